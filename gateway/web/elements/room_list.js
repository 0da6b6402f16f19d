// All rooms, for somebody in the main session.

import { html, useState } from "./html.js";
import { useDesk } from "./desk.js";
import { ConnectionEnd, ConnectionPill } from "./connection.js";
import { RoomCard } from "./room_card.js";
import { counted } from "./words.js";

const SEARCH_FROM = 13; // a wide screen shows twelve cards at a glance

export function RoomList() {
  const desk = useDesk();
  const [wanted, setWanted] = useState("");
  const rooms = desk.rooms.value;
  const shown = rooms.filter((room) => `${room.name} ${room.topic ?? ""}`.toLowerCase().includes(wanted.toLowerCase()));
  return html`<section class="view" aria-labelledby="rooms-title">
    <header>
      <div>
        <h1 id="rooms-title" tabindex="-1">Breakout rooms</h1>
        <p class="muted">${desk.self.value ? summary(rooms) : "Looking for rooms…"}</p>
      </div>
      <${ConnectionPill} />
    </header>
    <${ConnectionEnd} />
    <${Returned} />
    ${
      rooms.length >= SEARCH_FROM &&
      html`<label class="field">
      <span class="label">Find a room</span>
      <input class="input" type="search" value=${wanted}
        onInput=${(/** @type {any} */ event) => setWanted(event.currentTarget.value)} />
    </label>`
    }
    ${
      desk.self.value === null
        ? html`<${Bones} />`
        : shown.length
          ? html`<ul class="cards">${shown.map((room) => html`<${RoomCard} key=${room.id} room=${room} />`)}</ul>`
          : html`<${Nothing} any=${rooms.length > 0} />`
    }
  </section>`;
}

/** @param {readonly any[]} rooms */
function summary(rooms) {
  return rooms.length
    ? `You are in the main session. ${counted(rooms.length, "room is", "rooms are")} open.`
    : "You are in the main session.";
}

/** @param {{any: boolean}} props */
function Nothing({ any }) {
  return html`<div class="card empty">
    <h2>${any ? "No room of that name" : "No open rooms"}</h2>
    <p>${any ? "Try another word." : "They appear here as soon as the organizers open them. You need not do anything."}</p>
  </div>`;
}

/** After a recall: where one is, and why. */
function Returned() {
  const { recall } = useDesk();
  if (!recall.value) return null;
  return html`<div class="notice good"><p
    class="grow"><strong>You are back in the main session.</strong> ${WHY[/** @type {keyof typeof WHY} */ (recall.value.reason)] ?? ""}</p></div>`;
}

const WHY = {
  timer: "The time in your room was up.",
  closed: "Your room was closed by the organizers.",
  recall: "The organizers called everybody back.",
  failed: "Your room had a fault and was closed; choose another one.",
};

function Bones() {
  return html`<ul class="cards"
    aria-hidden="true">${[1, 2, 3, 4].map((key) => html`<li key=${key} class="bone"></li>`)}</ul>`;
}
