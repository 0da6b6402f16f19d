// A dialog: the browser's own, which keeps the focus inside, gives it back afterwards, and closes on Escape.

import { cloneElement, html, useEffect, useRef, useState } from "./html.js";

/** Ids of this page, counted up. */
let count = 0;

/**
 * @param {{title: string, submit?: string, look?: string, wide?: string, busy?: boolean, disabled?: boolean, onSubmit?: () => any,
 *   onClose: () => void, children?: any}} props  `onSubmit` may return a promise; while it runs, nothing can be sent twice
 */
export function Modal({ title, submit, look = "primary", wide, disabled = false, onSubmit, onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [label] = useState(() => `modal-${++count}`);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  /** @param {Event} event */
  const send = async (event) => {
    event.preventDefault();
    if (busy || disabled || !onSubmit) return;
    setBusy(true);
    try {
      await onSubmit();
    } finally {
      setBusy(false);
    }
  };
  return html`<dialog ref=${dialog} aria-labelledby=${label} style=${wide ? { "--wide": wide } : undefined}
    onClose=${onClose}>
    <header>
      <h2 id=${label}>${title}</h2>
      <button class="button plain compact" type="button" onClick=${() => dialog.current?.close()}>Close</button>
    </header>
    <form onSubmit=${send}>
      <div class="body" tabindex="-1">${children}</div>
      ${
        submit &&
        html`<footer>
        <button class="button" type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
        <button class="button ${look}" disabled=${busy || disabled}>${submit}</button>
      </footer>`
      }
    </form>
  </dialog>`;
}

/**
 * A labelled control; the hint describes it and is no part of its name.
 *
 * @param {{label: string, hint?: string, children?: any}} props
 */
export function Field({ label, hint, children }) {
  const [id] = useState(() => `hint-${++count}`);
  return html`<div class="field">
    <label class="field"><span
      class="label">${label}</span>${hint ? cloneElement(children, { "aria-describedby": id }) : children}</label>
    ${hint && html`<span class="hint" id=${id}>${hint}</span>`}
  </div>`;
}

/** @param {{label: string, hint?: string, checked: boolean, onChange: (checked: boolean) => void}} props */
export function Check({ label, hint, checked, onChange }) {
  return html`<label class="check">
    <input type="checkbox" checked=${checked}
      onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.checked)} />
    <span>${label}${hint && html`<br /><span class="small muted">${hint}</span>`}</span>
  </label>`;
}
