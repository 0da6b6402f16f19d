// Who waits for an organizer, the longest first; and who asked for more time.

import { html, useEffect } from "../html.js";
import { useDesk } from "../desk.js";
import { ago, nameOf } from "../words.js";

const WISH_MS = 120_000; // older wishes for time have been seen or are over

export function HelpQueue() {
  const desk = useDesk();
  const queue = desk.help.value;
  const wishes = latestWishes(desk.state.value, desk.second.value);
  useNews(desk);
  return html`<section class="card stack helpqueue" style=${{ "--gap": "0.5rem" }} aria-labelledby="help-title">
    <h2 id="help-title">Help <span class="muted number">${queue.length || ""}</span></h2>
    ${queue.length + wishes.length === 0 && html`<p class="muted small">Nobody is waiting.</p>`}
    <ul class="queue">
      ${queue.map((call) => html`<${Call} key=${call.helpId} call=${call} />`)}
      ${wishes.map(
        (/** @type {any} */ wish) => html`<${Wish} key=${`${wish.roomId}-${wish.receivedAt}`}
        wish=${wish} />`,
      )}
    </ul>
  </section>`;
}

/**
 * The last wish of each open room that is still fresh.
 *
 * @param {import("../desk.js").State} state
 * @param {number} now
 */
function latestWishes({ timeRequests, rooms }, now) {
  const fresh = timeRequests.filter(
    (one) => now - one.receivedAt < WISH_MS && rooms.some((room) => room.id === one.roomId),
  );
  return [...new Map(fresh.map((one) => [one.roomId, one])).values()];
}

/** @param {{call: any}} props */
function Call({ call }) {
  const desk = useDesk();
  const room = desk.rooms.value.find((one) => one.id === call.roomId);
  const minute = Math.floor(desk.second.value / 60_000) * 60_000;
  return html`<li>
    <p><span class="strong">${room?.name ?? "A room"}</span> <span
      class="muted small">${nameOf(call.user)}, ${ago(call.requestedAt, Math.max(minute, call.requestedAt))}</span></p>
    ${call.reason && html`<p class="small">${call.reason}</p>`}
    ${call.claimedBy && html`<p class="small muted">${nameOf(call.claimedBy)} is on it.</p>`}
    <div class="tools">
      ${
        !call.claimedBy &&
        html`<button class="button compact" aria-label=${`I am coming: ${room?.name ?? "room"}`}
        onClick=${() => desk.run("help.claim", { helpId: call.helpId })}>I am coming</button>`
      }
      <button class="button compact" aria-label=${`Done: ${room?.name ?? "room"}`}
        onClick=${() => desk.run("help.resolve", { helpId: call.helpId })}>Done</button>
    </div>
  </li>`;
}

/** @param {{wish: any}} props */
function Wish({ wish }) {
  const desk = useDesk();
  const room = desk.rooms.value.find((one) => one.id === wish.roomId);
  const minutes = Math.max(1, Math.round(wish.seconds / 60));
  if (!room) return null;
  return html`<li>
    <p><span class="strong">${room.name}</span> <span
      class="muted small">${nameOf(wish.user)} asks for ${minutes} min more</span></p>
    <div class="tools"><button class="button compact" aria-label=${`Give ${minutes} min: ${room.name}`}
      onClick=${() => desk.run("timer.extend", { roomId: wish.roomId, seconds: wish.seconds })}>Give ${minutes} min</button></div>
  </li>`;
}

/** New calls are announced, also when the queue is out of sight. @param {ReturnType<typeof useDesk>} desk */
function useNews(desk) {
  useEffect(() => {
    const known = new Set(desk.help.peek().map((call) => call.helpId));
    return desk.client.on("breakout.help.updated", () => {
      for (const call of desk.client.state.help) {
        if (known.has(call.helpId)) continue;
        known.add(call.helpId);
        const room = desk.client.state.rooms.find((/** @type {any} */ one) => one.id === call.roomId);
        desk.tell(`${nameOf(call.user)} asks for help in ${room?.name ?? "a room"}.`, { urgent: true, kind: "help" });
      }
    });
  }, [desk]);
}
