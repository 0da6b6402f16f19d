// What the server knows of an event, asked again every few seconds while somebody looks.

import { signal } from "../html.js";

const EVERY_MS = 3000;
const AFTER_FAILURE_MS = 8000;

/** @param {{server: string, eventId: string, token: string | (() => any)}} options */
export function openEvent({ server, eventId, token }) {
  /** The last answer, or null before the first. @type {any} */
  const report = signal(null);
  /** "loading", "live", "lost" (the last answer is shown), "refused" */
  const status = signal("loading");
  /** Why the person may not see it, as the server says it; nobody asks again then. */
  const why = signal("");
  /** The server's clock in ms, as far as answers tell. */
  const now = signal(Date.now());
  let offset = 0;
  let ended = false;
  let timer = 0;
  /** @type {string | null} */
  let current = null;

  async function ask() {
    current ??= typeof token === "function" ? await token() : token;
    const response = await fetch(`${server}/api/events/${encodeURIComponent(eventId)}/rooms`, {
      headers: { Authorization: `Bearer ${current}` },
    });
    if (response.status === 401) current = null;
    if (response.status === 403) why.value = (await response.json()).error.message;
    if (response.status === 401 || response.status === 403) return "refused";
    if (!response.ok) return "lost";
    const answer = await response.json();
    offset = answer.serverAt - Date.now();
    report.value = answer;
    return "live";
  }

  async function turn() {
    let outcome = "lost";
    try {
      outcome = await ask();
    } catch {
      current = null; // no network, or no token: both may come back
    }
    if (ended) return;
    status.value = outcome;
    if (why.value) return;
    timer = window.setTimeout(turn, outcome === "live" ? EVERY_MS : AFTER_FAILURE_MS);
  }

  const beat = window.setInterval(() => {
    now.value = Date.now() + offset;
  }, 1000);
  turn();
  return {
    eventId,
    report,
    status,
    why,
    now,
    close() {
      ended = true;
      window.clearTimeout(timer);
      window.clearInterval(beat);
    },
  };
}
