import { html, useState } from "../html.js";
import { useDesk } from "../desk.js";
import { Field, Modal } from "../modal.js";
import { counted } from "../words.js";
import { useBoard } from "./board.js";

/** Say something to all rooms, or to one. */
export function BroadcastDialog() {
  const desk = useDesk();
  const { dialog } = useBoard();
  const [text, setText] = useState("");
  const [roomId, setRoomId] = useState("");
  const send = async () => {
    const reply = await desk.run(
      "broadcast.send",
      roomId ? { text: text.trim(), roomIds: [roomId] } : { text: text.trim() },
    );
    if (!reply) return;
    dialog.value = null;
    desk.tell(`Sent to ${counted(reply.delivered, "device")}.`);
  };
  return html`<${Modal} title="Announcement" submit="Send" disabled=${!text.trim()} onSubmit=${send}
    onClose=${() => {
      dialog.value = null;
    }}>
    <${Field} label="To">
      <select class="input" value=${roomId}
        onChange=${(/** @type {any} */ event) => setRoomId(event.currentTarget.value)}>
        <option value="">All rooms</option>
        ${desk.rooms.value.map((room) => html`<option key=${room.id} value=${room.id}>${room.name}</option>`)}
      </select><//>
    <${Field} label="Text">
      <textarea class="input" maxlength="2000" required value=${text}
        onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)}></textarea><//>
  <//>`;
}
