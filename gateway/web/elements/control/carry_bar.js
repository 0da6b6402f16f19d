import { html, useMemo } from "../html.js";
import { useDesk } from "../desk.js";
import { LOBBY, useBoard } from "./board.js";
import { openCarry } from "./carry.js";

/** Who is held, and every way to put them down without dragging. */
export function CarryBar() {
  const desk = useDesk();
  const board = useBoard();
  const carry = useMemo(() => openCarry(desk, board), [desk, board]);
  if (!board.carry.active.value) return null;
  const people = [...board.carry.held.value.values()];
  const places = new Set(people.map((one) => carry.placeOf(one.userId)));
  const canSwap = people.length === 2 && places.size === 2 && !places.has(LOBBY);
  const place = (/** @type {any} */ event) => event.currentTarget.value && carry.drop(event.currentTarget.value);
  return html`<div class="carry" role="group" aria-label="Picked up">
    <span class="grow"><span class="strong">${carry.names()}</span> <span class="muted">picked up</span></span>
    <label class="row"><span class="small">Move to</span>
      <select class="input" value="" onChange=${place}>
        <option value="">Choose…</option><option value=${LOBBY}>Main session</option>
        ${desk.rooms.value.map(
          (room) => html`<option key=${room.id}
          value=${room.id}>${room.name} (${room.participantCount} of ${room.maxParticipants})</option>`,
        )}
      </select></label>
    ${canSwap && html`<button class="button" onClick=${carry.swap}>Swap the two</button>`}
    <button class="button" onClick=${carry.cancel}>Cancel</button>
  </div>`;
}
