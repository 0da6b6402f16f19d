// <breakout-control>: what an organizer sees - the lobby, every room with its people, who asks for help.

import { BreakoutElement } from "./breakout_element.js";
import { Board, openBoard, useBoard } from "./control/board.js";
import { DeskHead } from "./control/desk_head.js";
import { CarryBar, ClosedRooms, RecallPanel, RoomDialog } from "./control/dialogs.js";
import { HelpQueue } from "./control/help_queue.js";
import { Lane } from "./control/lane.js";
import { Lobby } from "./control/lobby.js";
import { loadedGestures } from "./control/loaded_gestures.js";
import { useDesk } from "./desk.js";
import { html, useEffect, useMemo } from "./html.js";

class BreakoutControl extends BreakoutElement {
  static styles = ["control"];
  static closedRooms = true;

  view() {
    return Control;
  }
}

function Control() {
  const desk = useDesk();
  const board = useMemo(() => openBoard(desk), [desk]);
  const handlers = useMemo(() => loadedGestures(desk, board), [board]);
  useEffect(() => board.lanes.stop, [board]);
  const self = desk.self.value;
  if (self && !self.staff) return html`<${NotStaff} />`;
  return html`<${Board.Provider} value=${board}>
    <div class="desk" ...${handlers}>
      <${DeskHead} />
      <${HelpQueue} />
      <${Lobby} />
      <${Lanes} />
      <div class="bars">
        ${desk.recallProgress.value && html`<${RecallPanel} />`}
        ${board.carry.active.value && html`<${CarryBar} />`}
      </div>
    </div>
    <${OpenDialog} />
  <//>`;
}

function Lanes() {
  const desk = useDesk();
  const { lanes, dialog } = useBoard();
  const order = lanes.order.value;
  const empty = desk.self.value !== null && desk.rooms.value.length === 0;
  return html`<section class="stack rooms" aria-label="Rooms">
    ${
      desk.self.value === null &&
      html`<div class="lanes"
      aria-hidden="true">${[1, 2, 3].map((key) => html`<div key=${key} class="bone"></div>`)}</div>`
    }
    ${
      empty &&
      html`<div
      class="card empty"><h2>No open rooms</h2><p>Create one or many; people can be placed in them at once.</p>
      <button class="button primary" onClick=${() => {
        dialog.value = RoomDialog;
      }}>New rooms</button></div>`
    }
    <ul class="lanes">${order.map((id) => html`<${Lane} key=${id} id=${id} />`)}</ul>
    ${desk.closedRooms.value.length > 0 && html`<${ClosedRooms} />`}
  </section>`;
}

function OpenDialog() {
  const { dialog } = useBoard();
  const Dialog = dialog.value;
  return Dialog && html`<${Dialog} />`;
}

function NotStaff() {
  return html`<div class="desk"><div class="card empty">
    <h2>For organizers</h2><p>Your sign-in lets you take part in this session, not organize it.</p>
  </div></div>`;
}

customElements.define("breakout-control", BreakoutControl);
