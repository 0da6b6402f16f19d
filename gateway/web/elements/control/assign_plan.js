import { html, useMemo } from "../html.js";
import { useDesk } from "../desk.js";
import { counted } from "../words.js";
import { everybody } from "./board.js";

/** Who would sit where. @param {{plan: any, again: (() => void) | null}} props */
export function Plan({ plan, again }) {
  const desk = useDesk();
  const people = useMemo(() => everybody(desk), [plan]);
  const nameOf = (/** @type {string} */ id) => people.get(id)?.name ?? id;
  /** @type {Map<string, string[]>} */
  const rooms = new Map();
  for (const { userId, roomId } of plan.assignments) rooms.set(roomId, [...(rooms.get(roomId) ?? []), nameOf(userId)]);
  return html`<section class="stack" aria-live="polite" aria-label="Preview">
    <div class="row between wrap"><h3>${counted(plan.assignments.length, "person", "people")} in ${counted(rooms.size, "room")}</h3>
      ${again && html`<button class="button compact" type="button" onClick=${again}>Draw again</button>`}</div>
    ${plan.unplaced.length > 0 && html`<p class="notice warm">No place for ${plan.unplaced.map(nameOf).join(", ")}</p>`}
    ${
      plan.relaxed.length > 0 &&
      html`<p
      class="notice warm">Rules that could not be kept: ${plan.relaxed.join("; ")}</p>`
    }
    <ul class="plan">${desk.rooms.value
      .filter((room) => rooms.has(room.id))
      .map(
        (room) => html`<li key=${room.id}>
      <p class="row between"><span class="strong cut">${room.name}</span><span
        class="small muted number">${rooms.get(room.id)?.length}</span></p>
      <p class="small">${rooms.get(room.id)?.join(", ")}</p></li>`,
      )}</ul>
  </section>`;
}
