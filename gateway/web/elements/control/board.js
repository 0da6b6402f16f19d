// What the views of <breakout-control> share beside the desk.

import { computed, createContext, signal, useContext } from "../html.js";
import { nameOf } from "../words.js";
import { openLanes } from "./lanes.js";

/** @param {ReturnType<typeof import("../desk.js").openDesk>} desk */
export function openBoard(desk) {
  const wanted = signal(""); // what the organizer looks for, in lower case
  const lanes = openLanes(desk, wanted);
  return {
    lanes,
    wanted,
    carry: openHeld(),
    dialog: signal(/** @type {any} */ (null)), // the component that is open on top, or null
    returnAt: signal(/** @type {number | null} */ (null)), // of the recall announced here
  };
}

export const Board = createContext(/** @type {ReturnType<typeof openBoard> | null} */ (null));

/** @returns {ReturnType<typeof openBoard>} */
export function useBoard() {
  const board = useContext(Board);
  if (board === null) throw new Error("outside of <breakout-control>");
  return board;
}

/**
 * Everybody present by id: their name and the room they sit in, or null.
 *
 * @param {ReturnType<typeof import("../desk.js").openDesk>} desk
 */
export function everybody(desk) {
  /** @type {Map<string, {name: string, roomId: string | null, staff: boolean}>} */
  const people = new Map();
  for (const member of desk.lobby.peek())
    people.set(member.userId, { name: nameOf(member), roomId: null, staff: member.staff });
  for (const [roomId, roster] of Object.entries(desk.rosters.peek())) {
    for (const person of /** @type {any[]} */ (roster))
      people.set(person.userId, { name: nameOf(person), roomId, staff: person.role === "FACILITATOR" });
  }
  return people;
}

/** @typedef {{userId: string, name: string}} Held */

/** The main session as a place to put somebody. */
export const LOBBY = "lobby";

/** Who is picked up, and over which place: what the board shows of it. What can be done with them is in carry.js. */
function openHeld() {
  /** By user id. @type {import("../html.d.ts").Signal<Map<string, Held>>} */
  const held = signal(new Map());
  const target = signal(/** @type {string | null} */ (null));
  const active = computed(() => held.value.size > 0);
  /** Whose chip gets the focus once it stands in its new place. */
  const follow = { userId: /** @type {string | null} */ (null) };
  return { held, target, active, follow };
}
