import { html, useState } from "../html.js";
import { useDesk } from "../desk.js";
import { Field, Modal } from "../modal.js";
import { counted } from "../words.js";
import { useBoard } from "./board.js";

/** Call everybody back. */
export function RecallDialog() {
  const desk = useDesk();
  const { dialog, returnAt } = useBoard();
  const [mode, setMode] = useState("forced");
  const [grace, setGrace] = useState(10);
  const seated = Object.values(desk.rosters.value).reduce(
    (sum, people) => sum + /** @type {any[]} */ (people).length,
    0,
  );
  const recall = async () => {
    const reply = await desk.run("all.recall", { graceSeconds: grace, mode });
    if (!reply) return;
    returnAt.value = reply.returnAt;
    dialog.value = null;
  };
  return html`<${Modal} title="Recall everyone" submit="Recall" onSubmit=${recall}
    onClose=${() => {
      dialog.value = null;
    }}>
    <p>${counted(seated, "person is", "people are")} in rooms now.</p>
    <div class="choices" role="radiogroup" aria-label="How">
      <label class="choice"><input type="radio" name="mode" checked=${mode === "forced"}
        onChange=${() => setMode("forced")} />
        <span class="strong">Everybody back</span><span
          class="small muted">All rooms close when the time is up.</span></label>
      <label class="choice"><input type="radio" name="mode" checked=${mode === "invited"}
        onChange=${() => setMode("invited")} />
        <span class="strong">Invite back</span><span
          class="small muted">Rooms stay open; people leave when they are ready.</span></label>
    </div>
    <${Field} label="Seconds until then"><input class="input" type="number" min="0" max="300" required value=${grace}
      onInput=${(/** @type {any} */ event) => setGrace(Number(event.currentTarget.value))} /><//>
  <//>`;
}
