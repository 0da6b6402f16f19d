import { html, useState } from "./html.js";
import { useDesk } from "./desk.js";
import { Field, Modal } from "./modal.js";

/** Call an organizer into the room. @param {{onClose: () => void}} props */
export function HelpDialog({ onClose }) {
  const desk = useDesk();
  const [reason, setReason] = useState("");
  const ask = async () => {
    if (await desk.run("help.request", reason.trim() ? { reason: reason.trim() } : {})) {
      desk.say("The organizers were called.");
      onClose();
    }
  };
  return html`<${Modal} title="Ask for help" submit="Call an organizer" onSubmit=${ask} onClose=${onClose}>
    <${Field} label="What is it about? (optional)" hint="The organizers see it before they come.">
      <textarea class="input" maxlength="200" value=${reason}
        onInput=${(/** @type {any} */ event) => setReason(event.currentTarget.value)}></textarea>
    <//>
  <//>`;
}
