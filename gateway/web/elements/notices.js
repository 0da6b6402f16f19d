// Notices at the upper edge, and the live regions that say them: one polite, one that interrupts.

import { html } from "./html.js";
import { useDesk } from "./desk.js";

export function Notices() {
  const desk = useDesk();
  return html`
    <div class="unseen" role="status">${desk.spoken}</div>
    <div class="unseen" role="alert">${desk.urgent}</div>
    <div class="toasts">${desk.toasts.value.map((toast) => html`<${Toast} key=${toast.id} toast=${toast} />`)}</div>`;
}

/** @param {{toast: {id: number, text: string, action?: {label: string, run: () => void}}}} props */
function Toast({ toast }) {
  const desk = useDesk();
  const act = () => {
    desk.dismiss(toast.id);
    toast.action?.run();
  };
  return html`<div class="toast">
    <span class="pre grow">${toast.text}</span>
    ${toast.action && html`<button class="button compact" onClick=${act}>${toast.action.label}</button>`}
    <button class="button compact" onClick=${() => desk.dismiss(toast.id)}>Dismiss</button>
  </div>`;
}
