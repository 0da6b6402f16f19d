import { html, useEffect, useState } from "../html.js";
import { useDesk } from "../desk.js";
import { Modal } from "../modal.js";
import { nameOf, timeOfDay } from "../words.js";
import { useBoard } from "./board.js";

/** What was changed, the newest first, and a way to take it back. */
export function HistoryDialog() {
  const desk = useDesk();
  const { dialog } = useBoard();
  const [changes, setChanges] = useState(/** @type {any[] | null} */ (null));
  const load = async () => setChanges((await desk.run("history.list", {}))?.changes ?? []);
  useEffect(() => {
    load();
  }, []);
  const undo = async (/** @type {any} */ change) => {
    if (await desk.run("history.undo", { changeId: change.changeId })) desk.tell(`Undone: ${change.summary}`);
    await load();
  };
  return html`<${Modal} title="What was changed" onClose=${() => {
    dialog.value = null;
  }}>
    ${changes?.length === 0 && html`<p class="muted">Nothing yet.</p>`}
    <ul class="past" aria-busy=${changes === null}>${(changes ?? []).map(
      (change) => html`<li key=${change.changeId}>
      <div class="row between">
        <p class="grow">${change.summary}<br /><span
          class="small muted">${change.by ? nameOf(change.by) : "By itself"}, ${timeOfDay(change.at)}</span></p>
        ${
          change.undoable &&
          html`<button class="button compact" type="button" aria-label=${`Undo: ${change.summary}`}
          onClick=${() => undo(change)}>Undo</button>`
        }
      </div></li>`,
    )}</ul>
  <//>`;
}
