// Place people in rooms: choose how, look at who would go where, then do it. Nothing moves before "Apply".

import { html, useState } from "../html.js";
import { useDesk } from "../desk.js";
import { Field, Modal } from "../modal.js";
import { counted } from "../words.js";
import { Plan } from "./assign_plan.js";
import { everybody, useBoard } from "./board.js";
import { undoOwn } from "./carry.js";
import { readCsv, readGroups } from "./people_text.js";

const MAX_BYTES = 15_000; // of a frame of 16 KiB, its envelope aside

const STRATEGIES = [
  ["even", "Evenly", "Sizes differ by one at most"],
  ["random", "At random", "Another draw each time"],
  ["rotate", "Rotate", "With people they have not met"],
  ["manual", "From a list", "CSV: person, room"],
];

export function AssignDialog() {
  const desk = useDesk();
  const { dialog } = useBoard();
  const [form, setForm] = useState({ strategy: "even", who: "all", csv: "", together: "", apart: "", seed: newSeed() });
  const [plan, setPlan] = useState(/** @type {any} */ (null));
  const [problems, setProblems] = useState(/** @type {string[]} */ ([]));
  const set = (/** @type {Record<string, unknown>} */ part) => {
    setForm((now) => ({ ...now, ...part }));
    setPlan(null);
  };

  const preview = async () => {
    const request = read(desk, form);
    setProblems(request.problems);
    if (request.data) setPlan(await desk.run("assignments.preview", request.data));
  };
  const apply = async () => {
    const { data } = read(desk, form);
    const reply = data && (await desk.run("assignments.apply", data));
    if (!reply) return;
    dialog.value = null;
    desk.tell(`${counted(reply.assignments.length, "person", "people")} placed.`, {
      action: { label: "Undo", run: () => undoOwn(desk) },
    });
  };
  return html`<${Modal} title="Assign people" wide="46rem"
    submit=${plan ? `Apply to ${counted(plan.assignments.length, "person", "people")}` : "Preview"}
    disabled=${form.strategy === "manual" && !form.csv.trim()} onSubmit=${plan ? apply : preview} onClose=${() => {
      dialog.value = null;
    }}>
    <fieldset class="stack" style=${{ "--gap": "0.5rem" }}>
      <legend class="unseen">How</legend>
      <div class="choices">${STRATEGIES.map(
        ([id, word, hint]) => html`<label key=${id} class="choice">
        <input type="radio" name="strategy" checked=${form.strategy === id} onChange=${() => set({ strategy: id })} />
        <span class="strong">${word}</span><span class="small muted">${hint}</span></label>`,
      )}</div>
    </fieldset>
    ${
      form.strategy === "manual"
        ? html`<${FromList} form=${form} set=${set} />`
        : html`<${Rules} form=${form}
      set=${set} />`
    }
    ${
      problems.length > 0 &&
      html`<div class="notice alarm"
      role="alert"><ul>${problems.slice(0, 8).map((problem) => html`<li key=${problem}>${problem}</li>`)}
      ${problems.length > 8 && html`<li>and ${problems.length - 8} more</li>`}</ul></div>`
    }
    ${
      plan &&
      html`<${Plan} plan=${plan}
      again=${form.strategy === "random" ? () => set({ seed: newSeed() }) : null} />`
    }
  <//>`;
}

/** @param {{form: any, set: (part: Record<string, unknown>) => void}} props */
function FromList({ form, set }) {
  const load = async (/** @type {any} */ event) => {
    const file = event.currentTarget.files[0];
    if (file) set({ csv: await file.text() });
  };
  return html`
    <${Field} label="List" hint="One line for each person: name or id, then the room.">
      <textarea class="input" rows="6" placeholder="Ann Lee, Blue" value=${form.csv}
        onInput=${(/** @type {any} */ event) => set({ csv: event.currentTarget.value })}></textarea><//>
    <${Field} label="or a CSV file"><input class="input" type="file" accept=".csv,text/csv,text/plain"
      onChange=${load} /><//>`;
}

/** @param {{form: any, set: (part: Record<string, unknown>) => void}} props */
function Rules({ form, set }) {
  return html`
    <${Field} label="Whom">
      <select class="input" value=${form.who}
        onChange=${(/** @type {any} */ event) => set({ who: event.currentTarget.value })}>
        <option value="all">Everybody present</option><option value="lobby">Those in the main session</option>
      </select><//>
    <details>
      <summary>Rules: who sits together, who apart</summary>
      <div class="columns">
        <${Field} label="Together" hint="One group a line, names with commas between.">
          <textarea class="input" placeholder="Ann Lee, Ben Okri" value=${form.together}
            onInput=${(/** @type {any} */ event) => set({ together: event.currentTarget.value })}></textarea><//>
        <${Field} label="Apart" hint="No two of a line meet in one room.">
          <textarea class="input" value=${form.apart}
            onInput=${(/** @type {any} */ event) => set({ apart: event.currentTarget.value })}></textarea><//>
      </div>
    </details>`;
}

/** What to send, or why not. @param {any} desk @param {any} form @returns {{data: any, problems: string[]}} */
function read(desk, form) {
  const people = everybody(desk);
  if (form.strategy === "manual") {
    const { assignments, problems } = readCsv(form.csv, people, desk.rooms.peek());
    return checked(
      { strategy: "manual", assignments },
      assignments.length ? problems : [...problems, "No line has both a person and a room."],
    );
  }
  const together = readGroups(form.together, people);
  const apart = readGroups(form.apart, people);
  const data = { strategy: form.strategy, keepTogether: together.groups, keepApart: apart.groups, seed: form.seed };
  const userIds = [...people].filter(([, one]) => one.roomId === null && !one.staff).map(([id]) => id);
  const problems = [...together.problems, ...apart.problems];
  if (form.who === "lobby" && !userIds.length) problems.push("Nobody is in the main session.");
  return checked(form.who === "lobby" ? { ...data, userIds } : data, problems);
}

/** @param {any} data @param {string[]} problems */
function checked(data, problems) {
  const large = new TextEncoder().encode(JSON.stringify(data)).length > MAX_BYTES;
  const all = large
    ? [...problems, "That is more than fits into one step; assign in parts, or choose everybody present."]
    : problems;
  return { data: all.length ? null : data, problems: all };
}

function newSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
