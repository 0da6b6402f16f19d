// A room on the organizer's board.

import { html, useComputed } from "../html.js";
import { useDesk } from "../desk.js";
import { StatusPill, TimeLeft } from "../room_state.js";
import { nameOf } from "../words.js";
import { useBoard } from "./board.js";
import { Crew } from "./crew.js";
import { CloseDialog, RoomDialog } from "./dialogs.js";

const MORE_TIME_SECONDS = 300;

/** @param {{id: string}} props */
export function Lane({ id }) {
  const board = useBoard();
  const aimed = useComputed(() => board.carry.target.value === id).value;
  const lane = board.lanes.lane(id);
  if (!lane) return null;
  const { room, people, unavailable, hidden } = lane.value;
  const full = room.participantCount >= room.maxParticipants;
  return html`<li class="lane ${aimed ? "target" : ""} ${room.helpRequested ? "help" : ""}" data-place=${id}
    hidden=${hidden}>
    <div class="row between" style=${{ "--gap": "0.5rem" }}>
      <h3 class="cut grow" id=${`lane-${id}`}>${room.name}</h3>
      ${room.helpRequested && html`<span class="pill alarm">Help</span>`}
      ${unavailable ? html`<span class="pill warm">Restarting</span>` : html`<${StatusPill} status=${room.status} />`}
    </div>
    <div class="facts">
      <span class="number ${full ? "strong" : ""}">${room.participantCount} of ${room.maxParticipants}</span>
      ${
        room.timer
          ? html`<${TimeLeft}
        timer=${room.timer} />`
          : html`<span>${room.durationMinutes ? `${room.durationMinutes} min` : "no limit"}</span>`
      }
      ${room.facilitator && html`<span class="cut">${nameOf(room.facilitator)}</span>`}
      ${room.locked && html`<span>locked</span>`}
      ${room.autoAssign && html`<span>latecomers</span>`}
    </div>
    <${Crew} people=${people} label=${`People in ${room.name}`} />
    <${LaneTools} room=${room} />
  </li>`;
}

/** What can be done with the room; while somebody is held, the place to put them. @param {{room: any}} props */
function LaneTools({ room }) {
  const desk = useDesk();
  const { carry, dialog } = useBoard();
  const run = (/** @type {string} */ event, data = {}) => desk.run(event, { roomId: room.id, ...data });
  if (carry.active.value) {
    return html`<div class="tools"><button class="button compact here" data-here
      aria-label=${`Move here: ${room.name}`}>Move here</button></div>`;
  }
  const timer = room.timer;
  const turn = timer?.state === "paused" ? "Resume" : "Pause";
  return html`<div class="tools">
    ${
      timer
        ? html`
      <button class="button compact"
        aria-label=${`${turn} timer: ${room.name}`} onClick=${() => run(`timer.${turn.toLowerCase()}`)}>${turn}</button>
      <button class="button compact" aria-label=${`+5 min: ${room.name}`}
        onClick=${() => run("timer.extend", { seconds: MORE_TIME_SECONDS })}>+5 min</button>`
        : room.durationMinutes > 0 &&
          html`<button class="button compact" aria-label=${`Start timer: ${room.name}`}
      onClick=${() => run("timer.start")}>Start</button>`
    }
    <button class="button compact" aria-label=${`Edit ${room.name}`}
      onClick=${() => {
        dialog.value = () => html`<${RoomDialog} room=${room} />`;
      }}>Edit</button>
    <button class="button compact" aria-label=${`Close ${room.name}`}
      onClick=${() => {
        dialog.value = () => html`<${CloseDialog} room=${room} />`;
      }}>Close</button>
  </div>`;
}
