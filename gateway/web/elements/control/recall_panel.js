// A recall under way: how long still, who is back, who is missing.

import { html } from "../html.js";
import { useDesk } from "../desk.js";
import { clockText, counted } from "../words.js";
import { everybody, useBoard } from "./board.js";

const STAYS_MS = 60_000; // the outcome can be read for a minute
const NAMES = 12;

export function RecallPanel() {
  const desk = useDesk();
  const board = useBoard();
  const progress = desk.recallProgress.value;
  if (!progress || progress.cancelled || (progress.completedAt && desk.second.value - progress.completedAt > STAYS_MS))
    return null;
  const { expected, acknowledged, recallId } = progress;
  const returnAt = board.returnAt.value ?? desk.recall.value?.returnAt ?? 0;
  const left = Math.max(0, Math.ceil((returnAt - desk.second.value) / 1000));
  const all = acknowledged >= expected;
  const runs = left > 0 && !progress.completedAt;
  return html`<section class="notice ${all ? "good" : "warm"}" aria-label="Recall">
    <p class="grow"><strong
      class="number">${acknowledged} of ${expected} back</strong>
      ${runs && html` <span class="number">– ${clockText(left)} left</span>`}
      ${!all && html`<br /><span class="small">${missingText(desk, progress)}</span>`}</p>
    ${runs && html`<button class="button compact"
      onClick=${() => desk.run("recall.cancel", { recallId })}>Cancel the recall</button>`}
    <div class="progress" role="progressbar" aria-label="Back in the main session" aria-valuemin="0"
      aria-valuemax=${expected} aria-valuenow=${acknowledged}>
      <i style=${{ "--share": expected ? acknowledged / expected : 1 }}></i></div>
  </section>`;
}

/** @param {any} desk @param {any} progress */
function missingText(desk, { expected, acknowledged, missing }) {
  const people = everybody(desk);
  const names = missing.slice(0, NAMES).map((/** @type {string} */ id) => people.get(id)?.name ?? id);
  const more = expected - acknowledged - names.length;
  return `Not back yet: ${names.join(", ")}${more > 0 ? ` and ${counted(more, "other")}` : ""}`;
}
