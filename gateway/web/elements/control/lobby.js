// Who is connected and sits in no room.

import { html, useComputed, useState } from "../html.js";
import { useDesk } from "../desk.js";
import { nameOf } from "../words.js";
import { LOBBY, useBoard } from "./board.js";
import { Crew } from "./crew.js";

const SHOWN = 60; // more of them at once is no list to read; there is a search

export function Lobby() {
  const desk = useDesk();
  const { carry, wanted } = useBoard();
  const [all, setAll] = useState(false);
  const aimed = useComputed(() => carry.target.value === LOBBY).value;
  const people = desk.lobby.value;
  const found = people.filter((one) => !wanted.value || nameOf(one).toLowerCase().includes(wanted.value));
  const shown = all ? found : found.slice(0, SHOWN);
  return html`<section class="lane lobby ${aimed ? "target" : ""}" data-place=${LOBBY} aria-labelledby="lobby-title">
    <h2 id="lobby-title">Main session <span class="muted number">${people.length}</span></h2>
    ${
      shown.length
        ? html`<${Crew} people=${shown} label="People in the main session" />`
        : html`<p
      class="muted small">${people.length ? "Nobody of that name." : "Everybody is in a room."}</p>`
    }
    ${
      found.length > SHOWN &&
      html`<button class="button compact plain"
      onClick=${() => setAll(!all)}>${all ? "Show fewer" : `Show all ${found.length}`}</button>`
    }
    ${
      carry.active.value &&
      html`<button class="button compact here" data-here
      aria-label="Move here: main session">Move here</button>`
    }
  </section>`;
}
