// A button that opens a short list of things to do. Escape or a press elsewhere closes it; the focus goes back to the
// button.

import { html, useEffect, useRef, useState } from "../html.js";

/** @param {{label: string, items: {label: string, run: () => any, disabled?: boolean}[]}} props */
export function Menu({ label, items }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!open) return undefined;
    const away = (/** @type {Event} */ event) => {
      if (!event.composedPath().includes(/** @type {any} */ (box.current))) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  };
  const leave = (/** @type {any} */ event) => {
    if (event.relatedTarget && !box.current?.contains(event.relatedTarget)) setOpen(false);
  };
  const run = (/** @type {() => any} */ act) => {
    setOpen(false);
    button.current?.focus();
    act();
  };
  return html`<div class="menu" ref=${box} onKeyDown=${key} onFocusOut=${leave}>
    <button class="button" ref=${button} aria-expanded=${open} onClick=${() => setOpen(!open)}>${label} <span
      aria-hidden="true">▾</span></button>
    ${
      open &&
      html`<div
      class="list">${items.map(
        (item) => html`<button key=${item.label} class="button compact" disabled=${item.disabled}
        onClick=${() => run(item.run)}>${item.label}</button>`,
      )}</div>`
    }
  </div>`;
}
