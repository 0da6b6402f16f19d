import { html } from "../html.js";
import { useDesk } from "../desk.js";
import { timeOfDay } from "../words.js";

/** Rooms that were closed, and the way to open them again with the people who sat there. */
export function ClosedRooms() {
  const desk = useDesk();
  const rooms = desk.closedRooms.value;
  if (!rooms.length) return null;
  const reopen = async (/** @type {any} */ room) => {
    const reply = await desk.run("room.reopen", { roomId: room.id });
    if (reply)
      desk.tell(
        `${room.name} is open again${reply.restored.length ? `, with ${reply.restored.length} of its people` : ""}.`,
      );
  };
  return html`<details class="card" open=${desk.rooms.value.length === 0}>
    <summary class="strong">Closed rooms (${rooms.length})</summary>
    <ul class="past">${rooms.map(
      (room) => html`<li key=${room.id}><div class="row between">
      <p class="grow cut">${room.name} ${room.endedAt && html`<span class="small muted">closed ${timeOfDay(room.endedAt)}</span>`}</p>
      <button class="button compact" aria-label=${`Reopen ${room.name}`} onClick=${() => reopen(room)}>Reopen</button>
    </div></li>`,
    )}</ul>
  </details>`;
}
