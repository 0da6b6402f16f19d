import { html } from "../html.js";
import { StatusPill, secondsLeft } from "../room_state.js";
import { clockText, counted, nameOf, noEntryText } from "../words.js";
import { byAttention } from "./attention.js";

const WORDS = {
  loading: ["Loading…", ""],
  live: ["Live", "good"],
  lost: ["Reconnecting…", "warm"],
  refused: ["No access", "alarm"],
};

/** @param {{watch: ReturnType<typeof import("./event_watch.js").openEvent>}} props */
export function Producer({ watch }) {
  const report = watch.report.value;
  const now = watch.now.value;
  const [word, look] = WORDS[/** @type {keyof typeof WORDS} */ (watch.status.value)];
  const sessions = (report?.sessions ?? []).map((/** @type {any} */ session) => ({
    session,
    rooms: byAttention(session, now),
  }));
  return html`<div class="stage">
    <div class="row between wrap"><h1>Event <span class="muted">${watch.eventId}</span></h1><span class="pill ${look}"
      role="status">${word}</span></div>
    ${
      watch.status.value === "refused" &&
      html`<p class="notice alarm"
      role="alert">${watch.why.value ? noEntryText(watch.why.value) : "The server does not accept this sign-in."}</p>`
    }
    ${report && html`<${Totals} sessions=${sessions} />`}
    ${
      report &&
      !sessions.length &&
      html`<div
      class="card empty"><h2>No sessions yet</h2><p>They appear here with their first rooms.</p></div>`
    }
    ${!report && watch.status.value === "loading" && html`<div class="bone" aria-hidden="true"></div>`}
    ${sessions.map(
      (/** @type {any} */ one) => html`<${Session} key=${one.session.sessionId} session=${one.session}
      rooms=${one.rooms} now=${now} />`,
    )}
  </div>`;
}

/** @param {{sessions: {session: any, rooms: any[]}[]}} props */
function Totals({ sessions }) {
  const rooms = sessions.flatMap((one) => one.rooms);
  const sum = (/** @type {(one: any) => number} */ of) => rooms.reduce((total, one) => total + of(one), 0);
  const help = sum((one) => Number(one.help));
  return html`<dl class="totals">
    <div class="total"><dt>${sessions.length === 1 ? "session" : "sessions"}</dt><dd>${sessions.length}</dd></div>
    <div class="total"><dt>${rooms.length === 1 ? "open room" : "open rooms"}</dt><dd>${rooms.length}</dd></div>
    <div class="total"><dt>people in rooms</dt><dd>${sum((one) => one.people)}</dd></div>
    <div class="total"><dt>timers running</dt><dd>${sum((one) => Number(one.room.timer?.state === "running"))}</dd></div>
    <div class="total ${help ? "alarm" : ""}"><dt>asking for help</dt><dd>${help}</dd></div>
  </dl>`;
}

/** @param {{session: any, rooms: any[], now: number}} props */
function Session({ session, rooms, now }) {
  return html`<section class="card session" aria-labelledby=${`session-${session.sessionId}`}>
    <div class="row between wrap">
      <h2 id=${`session-${session.sessionId}`}>${session.sessionId}</h2>
      <p class="muted small">${counted(rooms.length, "open room")}, ${counted(session.people ?? 0, "person", "people")}</p>
    </div>
    ${
      rooms.length
        ? html`<div class="sheet" role="region" tabindex="0"
      aria-label=${`Rooms of ${session.sessionId}`}><table>
      <thead><tr><th scope="col">Room</th><th scope="col">Status</th><th scope="col">People</th><th
        scope="col">Time left</th><th scope="col">Led by</th><th scope="col">Wants a look</th></tr></thead>
      <tbody>${rooms.map((one) => html`<${Row} key=${one.room.id} one=${one} now=${now} />`)}</tbody>
    </table></div>`
        : html`<p class="muted">No open rooms.</p>`
    }
  </section>`;
}

/** @param {{one: import("./attention.js").Seen, now: number}} props */
function Row({ one, now }) {
  const { room } = one;
  const left = secondsLeft(room.timer, now);
  return html`<tr>
    <th scope="row">${room.name}</th>
    <td><${StatusPill} status=${room.status} /></td>
    <td>${one.people} of ${room.maxParticipants}</td>
    <td>${left === null ? "–" : clockText(left)}${room.timer?.state === "paused" && " paused"}</td>
    <td>${room.facilitator ? nameOf(room.facilitator) : "–"}</td>
    <td><${Wants} one=${one} /></td>
  </tr>`;
}

/** @param {{one: import("./attention.js").Seen}} props */
function Wants({ one }) {
  const wants = [
    one.help && html`<span class="pill alarm">Help</span>`,
    one.silentMinutes !== null && html`<span class="pill warm">silent ${one.silentMinutes} min</span>`,
    one.unvisited && html`<span class="pill">not visited</span>`,
  ].filter(Boolean);
  return wants.length ? html`<span class="row wrap" style=${{ "--gap": "0.35rem" }}>${wants}</span>` : "–";
}
