// The head of the organizer's page: how things stand, and what concerns all rooms at once.

import { html } from "../html.js";
import { useDesk } from "../desk.js";
import { ConnectionEnd, ConnectionPill } from "../connection.js";
import { useBoard } from "./board.js";
import { AssignDialog, BroadcastDialog, HistoryDialog, RecallDialog, RoomDialog } from "./dialogs.js";
import { Menu } from "./menu.js";

const MORE_TIME_SECONDS = 300;

export function DeskHead() {
  const desk = useDesk();
  const { dialog, wanted } = useBoard();
  const open = (/** @type {any} */ component) => () => {
    dialog.value = component;
  };
  const none = desk.rooms.value.length === 0;
  return html`<header class="deskhead">
    <div class="row between wrap">
      <h1>Organize <span class="muted">${desk.sessionId}</span></h1>
      <${ConnectionPill} />
    </div>
    <${Figures} />
    <div class="tools">
      <button class="button primary" onClick=${open(RoomDialog)}>New rooms</button>
      <button class="button" disabled=${none} onClick=${open(AssignDialog)}>Assign people</button>
      <${Timers} />
      <button class="button" disabled=${none} onClick=${open(BroadcastDialog)}>Announce</button>
      <button class="button danger" disabled=${none} onClick=${open(RecallDialog)}>Recall everyone</button>
      <${Menu} label="More" items=${[
        { label: "What was changed, undo", run: open(HistoryDialog) },
        {
          label: "Download attendance (CSV)",
          run: async () => (await import("./attendance.js")).downloadAttendance(desk),
        },
      ]} />
      <input class="input find" type="search" aria-label="Find a room or a person" placeholder="Find a room or a person"
        value=${wanted.value}
        onInput=${(/** @type {any} */ event) => {
          wanted.value = event.currentTarget.value.trim().toLowerCase();
        }} />
    </div>
    <${ConnectionEnd} />
  </header>`;
}

function Figures() {
  const desk = useDesk();
  const seated = Object.values(desk.rosters.value).reduce(
    (sum, people) => sum + /** @type {any[]} */ (people).length,
    0,
  );
  const running = desk.rooms.value.filter((room) => room.timer?.state === "running").length;
  return html`<p class="figures">
    <${Figure} count=${desk.rooms.value.length} one="room" many="rooms" />
    <${Figure} count=${seated} one="person in rooms" many="people in rooms" />
    <${Figure} count=${desk.lobby.value.length} one="in the main session" many="in the main session" />
    <${Figure} count=${running} one="timer runs" many="timers run" />
    <${Figure} count=${desk.help.value.length} one="asks for help" many="ask for help" />
  </p>`;
}

/** @param {{count: number, one: string, many: string}} props */
function Figure({ count, one, many }) {
  return html`<span><b>${count}</b> ${count === 1 ? one : many}</span>`;
}

function Timers() {
  const desk = useDesk();
  const rooms = desk.rooms.value;
  const waiting = rooms.filter((room) => !room.timer && room.durationMinutes > 0);
  const running = rooms.filter((room) => room.timer?.state === "running");
  const paused = rooms.filter((room) => room.timer?.state === "paused");
  const each = (/** @type {any[]} */ some, /** @type {string} */ event) => async () => {
    for (const room of some) await desk.run(event, { roomId: room.id });
  };
  const extend = (/** @type {number} */ seconds) => () => desk.run("timer.extendAll", { seconds });
  return html`<${Menu} label="Timers" items=${[
    { label: `Start all (${waiting.length})`, disabled: !waiting.length, run: each(waiting, "timer.start") },
    { label: "5 minutes more for all", disabled: !running.length, run: extend(MORE_TIME_SECONDS) },
    { label: "1 minute more for all", disabled: !running.length, run: extend(60) },
    { label: `Pause all (${running.length})`, disabled: !running.length, run: each(running, "timer.pause") },
    { label: `Resume all (${paused.length})`, disabled: !paused.length, run: each(paused, "timer.resume") },
  ]} />`;
}
