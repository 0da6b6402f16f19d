import { html } from "./html.js";
import { STATUS } from "./words.js";

/** A room's status as a word and a colour. @param {{status: keyof typeof STATUS}} props */
export function StatusPill({ status }) {
  const { word, look } = STATUS[status];
  return html`<span class="pill ${look}">${word}</span>`;
}
