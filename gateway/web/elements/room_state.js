// A room's state: its status as a word and a colour, and the time left.
//
// Time left is reckoned by the server's clock and the deadline: every device shows the same second, however late its
// pushes come.

import { html } from "./html.js";
import { useDesk } from "./desk.js";
import { STATUS, clockText, clockWords } from "./words.js";

/** @typedef {{state: string, endsAt: number | null, remainingSeconds: number, durationSeconds: number} | null} Timer */

/** Whole seconds left at the server's second `now`; started ones count. @param {Timer} timer @param {number} now */
export function secondsLeft(timer, now) {
  if (!timer) return null;
  return timer.endsAt === null ? timer.remainingSeconds : Math.max(0, Math.ceil((timer.endsAt - now) / 1000));
}

/** "12:04", or "12:04 paused". @param {{timer: Timer}} props */
export function TimeLeft({ timer }) {
  if (!timer) return null;
  return html`<span class="number strong"><${Shown} timer=${timer} />${timer.state === "paused" && " paused"}</span>`;
}

/** The digits alone, written without drawing anything else anew. @param {{timer: NonNullable<Timer>}} props */
function Shown({ timer }) {
  const { second } = useDesk();
  return html`${clockText(secondsLeft(timer, second.value) ?? 0)}`;
}

/** The large clock inside a room. @param {{timer: Timer}} props */
export function Clock({ timer }) {
  const { second } = useDesk();
  if (!timer) return html`<p class="muted">No time limit running</p>`;
  const left = secondsLeft(timer, second.value) ?? 0;
  const look = left <= 60 ? "alarm" : left <= 300 ? "warm" : "";
  return html`<div class="time">
    <div class="clock ${timer.durationSeconds > 300 || left <= 60 ? look : ""}" role="timer"
      aria-label=${`${clockWords(left)} left`}>${clockText(left)}</div>
    <p class="small muted">${timer.state === "paused" ? "paused" : "left in this room"}</p>
  </div>`;
}

/** A room's status as a word and a colour. @param {{status: keyof typeof STATUS}} props */
export function StatusPill({ status }) {
  const { word, look } = STATUS[status];
  return html`<span class="pill ${look}">${word}</span>`;
}
