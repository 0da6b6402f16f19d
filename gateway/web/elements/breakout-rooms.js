// <breakout-rooms>: what an attendee sees - the rooms, and the room they sit in.

import { BreakoutElement } from "./breakout_element.js";
import { useDesk } from "./desk.js";
import { html, useEffect } from "./html.js";
import { lazy } from "./lazy.js";
import { RoomList } from "./room_list.js";
import { nameOf } from "./words.js";

const RoomInside = lazy(
  () => import("./room_inside.js"),
  "RoomInside",
  html`<div class="view"><div class="bone"
  aria-hidden="true"></div></div>`,
);

class BreakoutRooms extends BreakoutElement {
  static styles = ["rooms"];

  view() {
    return Rooms;
  }
}

function Rooms() {
  const desk = useDesk();
  useNews(desk);
  const seat = desk.seat.value;
  return seat ? html`<${RoomInside} key=${seat.roomId} seat=${seat} />` : html`<${RoomList} />`;
}

/** Say what happened to somebody who did not do it themselves. @param {ReturnType<typeof useDesk>} desk */
function useNews(desk) {
  useEffect(() => {
    const { client } = desk;
    const ends = [
      client.on("breakout.broadcast.message", ({ text, user }) =>
        desk.tell(`${nameOf(user)}: ${text}`, { urgent: true }),
      ),
      client.on("breakout.timer.warning", ({ roomId, remainingSeconds }) => {
        if (roomId === client.state.seat?.roomId)
          desk.tell(
            remainingSeconds === 60
              ? "One minute left in this room."
              : `${remainingSeconds / 60} minutes left in this room.`,
            { urgent: true },
          );
      }),
      client.on("breakout.participant.seated", ({ room, by }) => {
        if (by === "staff")
          desk.tell(
            room
              ? `An organizer placed you in ${room.room.name}.`
              : "An organizer brought you back to the main session.",
            { urgent: true },
          );
        if (by === "auto" && room) desk.tell(`You were seated in ${room.room.name}.`);
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [desk]);
}

customElements.define("breakout-rooms", BreakoutRooms);
