// How the connection is: a word in the corner while it is well or being mended, a notice with a way out when it has
// ended.

import { html } from "./html.js";
import { useDesk } from "./desk.js";
import { noEntryText } from "./words.js";

const WORDS = {
  connecting: ["Connecting…", ""],
  online: ["Live", "good"],
  reconnecting: ["Reconnecting…", "warm"],
  offline: ["Offline", "warm"],
  ended: ["Disconnected", "alarm"],
};

const ENDS = {
  closed: "The connection was closed.",
  token_expired: "Your sign-in has expired. Sign in again to go on where you were.",
  token_refused: "The server does not accept this sign-in.",
  not_allowed: "This sign-in is not good for this session.",
  replaced: "You are signed in on too many devices; this one was disconnected.",
};

export function ConnectionPill() {
  const { connection } = useDesk();
  const status = /** @type {keyof typeof WORDS} */ (connection.value.status);
  const [word, look] = WORDS[status];
  return html`<span class="pill ${look}" role="status">${word}</span>`;
}

/** Nothing while there is a connection or hope of one. Whom an operator has put out is offered no other try. */
export function ConnectionEnd() {
  const { connection, client } = useDesk();
  const { status, reason, message } = connection.value;
  if (status !== "ended") return null;
  if (reason === "removed") return html`<p class="notice alarm" role="alert">${noEntryText(message)}</p>`;
  return html`<div class="notice alarm" role="alert">
    <p class="grow">${ENDS[/** @type {keyof typeof ENDS} */ (reason)] ?? "The connection has ended."}</p>
    <button class="button compact" onClick=${() => client.reconnect()}>Try again</button>
  </div>`;
}
