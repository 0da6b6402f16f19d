// The room one sits in.

import { html, useEffect, useRef } from "./html.js";
import { useDesk } from "./desk.js";
import { Chat } from "./chat.js";
import { ConnectionEnd } from "./connection.js";
import { TimeWishes } from "./facilitator_tools.js";
import { Roster } from "./person.js";
import { RoomHead } from "./room_head.js";

/** @param {{seat: {roomId: string, room: any, by: string | null}}} props */
export function RoomInside({ seat }) {
  const desk = useDesk();
  const { roster } = desk.state.value;
  const view = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (seat.by === "self") view.current?.querySelector("h1")?.focus();
  }, [seat.roomId]);
  return html`<section class="view" ref=${view} aria-labelledby="room-title">
    <${ConnectionEnd} />
    <div class="inside">
      <${RoomHead} room=${seat.room} />
      <section class="card roster stack" style=${{ "--gap": "0.6rem" }} aria-labelledby="roster-title">
        <h2 id="roster-title">In this room <span class="muted number">${roster.length}</span></h2>
        <${Roster} people=${roster} selfId=${desk.self.value?.userId} />
      </section>
      <${Chat} roomId=${seat.roomId} />
    </div>
    <${TimeWishes} room=${seat.room} />
    ${
      desk.unavailable.value.includes(seat.roomId) &&
      html`<div class="notice warm"
      role="status"><p>This room is being restarted; your seat and the chat stay. One moment.</p></div>`
    }
  </section>`;
}
