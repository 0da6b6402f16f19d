// What opens on top of the board or appears in the course of an evening. None of it is needed for a first look at the
// board.

import { lazy } from "../lazy.js";

export const AssignDialog = lazy(() => import("./assign_dialog.js"), "AssignDialog");
export const BroadcastDialog = lazy(() => import("./broadcast_dialog.js"), "BroadcastDialog");
export const CarryBar = lazy(() => import("./carry_bar.js"), "CarryBar");
export const CloseDialog = lazy(() => import("./close_dialog.js"), "CloseDialog");
export const ClosedRooms = lazy(() => import("./closed_rooms.js"), "ClosedRooms");
export const HistoryDialog = lazy(() => import("./history_dialog.js"), "HistoryDialog");
export const RecallDialog = lazy(() => import("./recall_dialog.js"), "RecallDialog");
export const RecallPanel = lazy(() => import("./recall_panel.js"), "RecallPanel");
export const RoomDialog = lazy(() => import("./room_dialog.js"), "RoomDialog");
