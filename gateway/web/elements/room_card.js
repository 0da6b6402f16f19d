// A room from the outside: what it is about, who leads it, how much room and time is left, and the way in.

import { html, useState } from "./html.js";
import { useDesk } from "./desk.js";
import { StatusPill, TimeLeft } from "./room_state.js";
import { nameOf } from "./words.js";

/** @param {{room: any}} props */
export function Seats({ room }) {
  const { participantCount: taken, maxParticipants: places } = room;
  return html`<div class="seats ${taken >= places ? "full" : ""}">
    <span class="small number">${taken} of ${places} places taken</span>
    <span class="bar" aria-hidden="true"><i style=${{ "--share": Math.min(1, taken / places) }}></i></span>
  </div>`;
}

/** @param {{room: any}} props */
export function RoomCard({ room }) {
  return html`<li class="card roomcard">
    <div class="row between">
      <${StatusPill} status=${room.status} />
      <${TimeOf} room=${room} />
    </div>
    <div class="stack" style=${{ "--gap": "0.25rem" }}>
      <h2>${room.name}</h2>
      ${room.topic && html`<p class="muted topic">${room.topic}</p>`}
      ${room.facilitator && html`<p class="small muted">Led by ${nameOf(room.facilitator)}</p>`}
    </div>
    <div class="row between">
      <${Seats} room=${room} />
      <${Join} room=${room} />
    </div>
  </li>`;
}

/** @param {{room: any}} props */
function TimeOf({ room }) {
  if (room.timer) return html`<${TimeLeft} timer=${room.timer} />`;
  return html`<span
    class="small muted">${room.durationMinutes ? `${room.durationMinutes} min` : "no time limit"}</span>`;
}

/** @param {{room: any}} props */
function Join({ room }) {
  const desk = useDesk();
  const [joining, setJoining] = useState(false);
  const bar = barrier(room, desk);
  const join = async () => {
    setJoining(true);
    await desk.run("room.join", { roomId: room.id });
    setJoining(false);
  };
  return html`<button class="button ${bar ? "" : "primary"}" disabled=${Boolean(bar) || joining}
    aria-label=${`${bar ?? "Join"}: ${room.name}`} onClick=${join}>
    ${bar ?? (joining ? "Joining…" : "Join")}
  </button>`;
}

/**
 * Why one cannot come in, in two words; null when one can.
 *
 * @param {any} room
 * @param {ReturnType<typeof useDesk>} desk
 */
function barrier(room, desk) {
  const self = desk.self.value;
  const recall = desk.recall.value;
  const leads = self?.staff || room.facilitator?.id === self?.userId;
  if (desk.unavailable.value.includes(room.id)) return "One moment";
  if (room.status === "CLOSING" && recall?.mode === "forced" && recall.returnAt > desk.client.now()) return "Closing";
  if (leads) return null;
  if (room.locked) return "Locked";
  return room.participantCount >= room.maxParticipants ? "Room full" : null;
}
