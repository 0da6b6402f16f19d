// Create one room or many, or change one.

import { html, useState } from "../html.js";
import { useDesk } from "../desk.js";
import { Check, Field, Modal } from "../modal.js";
import { counted } from "../words.js";
import { everybody, useBoard } from "./board.js";

const ROOMS_A_FRAME = 40; // with the longest topic, 40 rooms would not fit the server's 16 KiB; see `chunks`
const FRAME_BYTES = 12_000;
const FEW = 100; // a list that can still be looked through

/** @param {{room?: any}} props  without a room: new ones */
export function RoomDialog({ room }) {
  const desk = useDesk();
  const { dialog } = useBoard();
  const [form, setForm] = useState(() => initial(room));
  const [count, setCount] = useState(1);
  const close = () => {
    dialog.value = null;
  };
  const set = (/** @type {Record<string, unknown>} */ part) => setForm((now) => ({ ...now, ...part }));
  const number = (/** @type {any} */ event) => Number(event.currentTarget.value);

  const save = async () => {
    const done = room ? await change(desk, room, form) : await create(desk, form, count);
    if (done) close();
  };
  return html`<${Modal} title=${room ? `Edit ${room.name}` : "New rooms"}
    submit=${room ? "Save" : count > 1 ? `Create ${count} rooms` : "Create the room"}
    disabled=${!form.name.trim()} onSubmit=${save} onClose=${close}>
    ${
      !room &&
      html`<${Field} label="How many"
      hint=${count > 1 ? `They are called ${form.name.trim() || "Room"} 1 to ${form.name.trim() || "Room"} ${count}.` : undefined}>
      <input class="input" type="number" min="1" max="200" required value=${count}
        onInput=${(/** @type {any} */ event) => setCount(number(event))} /><//>`
    }
    <${Field} label="Name"><input class="input" required maxlength="100" value=${form.name}
      onInput=${(/** @type {any} */ event) => set({ name: event.currentTarget.value })} /><//>
    <${Field} label="Topic (optional)"><textarea class="input" maxlength="500" value=${form.topic}
      onInput=${(/** @type {any} */ event) => set({ topic: event.currentTarget.value })}></textarea><//>
    <div class="columns">
      <${Field} label="Places"><input class="input" type="number" min="1" max="1000" required
        value=${form.maxParticipants} onInput=${(/** @type {any} */ event) => set({ maxParticipants: number(event) })} /><//>
      <${Field} label="Minutes" hint="0: no time limit"><input class="input" type="number" min="0" max="1440" required
        value=${form.durationMinutes} onInput=${(/** @type {any} */ event) => set({ durationMinutes: number(event) })} /><//>
    </div>
    ${
      room &&
      html`<${Facilitator} roomId=${room.id} value=${form.facilitatorId}
      onChange=${(/** @type {string} */ id) => set({ facilitatorId: id })} />`
    }
    <${Check} label="Seat latecomers here" hint="Who arrives without a seat goes to the emptiest such room."
      checked=${form.autoAssign} onChange=${(/** @type {boolean} */ on) => set({ autoAssign: on })} />
    <${Check} label="Locked" hint="Only organizers can place people in it." checked=${form.locked}
      onChange=${(/** @type {boolean} */ on) => set({ locked: on })} />
  <//>`;
}

/** @param {any} room */
function initial(room) {
  return {
    name: room?.name ?? "Room",
    topic: room?.topic ?? "",
    maxParticipants: room?.maxParticipants ?? 8,
    durationMinutes: room?.durationMinutes ?? 15,
    autoAssign: room?.autoAssign ?? false,
    locked: room?.locked ?? false,
    facilitatorId: room?.facilitator?.id ?? "",
  };
}

/**
 * Organizers and the people of the room; in a session of few, everybody.
 *
 * @param {{roomId: string, value: string, onChange: (id: string) => void}} props
 */
function Facilitator({ roomId, value, onChange }) {
  const all = [...everybody(useDesk())];
  const near = all.length <= FEW ? all : all.filter(([id, one]) => one.staff || one.roomId === roomId || id === value);
  const people = near.sort(([, a], [, b]) => a.name.localeCompare(b.name));
  return html`<${Field} label="Facilitator">
    <select class="input" value=${value} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}>
      <option value="">Nobody</option>
      ${people.map(([id, { name }]) => html`<option key=${id} value=${id}>${name}</option>`)}
      ${value && !people.some(([id]) => id === value) && html`<option value=${value}>as before</option>`}
    </select><//>`;
}

/**
 * Only what was changed is sent, so that two organizers do not undo each other.
 *
 * @param {any} desk
 * @param {any} room
 * @param {any} form
 */
async function change(desk, room, form) {
  const before = initial(room);
  const after = { ...form, name: form.name.trim(), topic: form.topic.trim() };
  const changed = Object.entries(after).filter(
    ([key, value]) => value !== before[/** @type {keyof typeof before} */ (key)],
  );
  if (!changed.length) return true;
  return desk.run("room.update", {
    roomId: room.id,
    ...Object.fromEntries(changed.map(([key, value]) => [key, value === "" ? null : value])),
  });
}

/** @param {any} desk @param {any} form @param {number} count */
async function create(desk, form, count) {
  const { facilitatorId, topic, ...rest } = form;
  const base = { ...rest, name: form.name.trim(), topic: topic.trim() || null };
  const rooms = Array.from({ length: count }, (_, index) => ({
    ...base,
    name: count > 1 ? `${base.name} ${index + 1}` : base.name,
  }));
  for (const part of chunks(rooms)) if (!(await desk.run("rooms.create", { rooms: part }))) return false;
  desk.say(`${counted(count, "room")} created.`);
  return true;
}

/** @param {any[]} rooms */
function chunks(rooms) {
  const each = Math.max(
    1,
    Math.min(ROOMS_A_FRAME, Math.floor(FRAME_BYTES / new TextEncoder().encode(JSON.stringify(rooms[0])).length)),
  );
  return Array.from({ length: Math.ceil(rooms.length / each) }, (_, index) =>
    rooms.slice(index * each, (index + 1) * each),
  );
}
