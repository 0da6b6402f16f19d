import { html, useState } from "../html.js";
import { useDesk } from "../desk.js";
import { Field, Modal } from "../modal.js";
import { counted } from "../words.js";
import { useBoard } from "./board.js";

/** Close one room, now or in a moment. @param {{room: any}} props */
export function CloseDialog({ room }) {
  const desk = useDesk();
  const { dialog } = useBoard();
  const [grace, setGrace] = useState(10);
  const close = async () => {
    if (await desk.run("room.close", { roomId: room.id, graceSeconds: grace })) {
      dialog.value = null;
      desk.tell(grace ? `${room.name} closes in ${grace} seconds.` : `${room.name} is closed.`);
    }
  };
  return html`<${Modal} title=${`Close ${room.name}?`} submit="Close the room" look="danger" onSubmit=${close}
    onClose=${() => {
      dialog.value = null;
    }}>
    <p>${room.participantCount ? `${counted(room.participantCount, "person returns", "people return")} to the main session.` : "Nobody sits there."}
      The room can be opened again, with the same people.</p>
    <${Field} label="When">
      <select class="input" value=${grace}
        onChange=${(/** @type {any} */ event) => setGrace(Number(event.currentTarget.value))}>
        <option value="0">At once</option><option value="10">In 10 seconds</option><option
          value="30">In 30 seconds</option><option value="60">In a minute</option>
      </select>
    <//>
  <//>`;
}
