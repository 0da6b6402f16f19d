// The head of a room from the inside: where one is, how long still, and what one can do. While one is called back it
// says when, and what happens then.

import { html, useState } from "./html.js";
import { useDesk } from "./desk.js";
import { Clock, StatusPill } from "./room_state.js";
import { ConnectionPill } from "./connection.js";
import { HelpDialog } from "./help_dialog.js";
import { FacilitatorTools } from "./facilitator_tools.js";
import { clockText, clockWords, counted, nameOf } from "./words.js";

const MORE_TIME_SECONDS = 300;

/** @param {{room: any}} props */
export function RoomHead({ room }) {
  const desk = useDesk();
  const { timer, warning } = desk.state.value;
  const recall = running(desk);
  return html`<div class="card roomhead ${recall ? "recalled" : ""}">
    <div class="stack" style=${{ "--gap": "0.35rem" }}>
      <div class="row wrap" style=${{ "--gap": "0.5rem" }}>
        <${StatusPill} status=${room.status} />
        <${ConnectionPill} />
        ${
          warning &&
          timer?.state === "running" &&
          !recall &&
          html`<span
          class="pill warm">${counted(warning.remainingSeconds / 60, "minute")} left</span>`
        }
      </div>
      <h1 tabindex="-1" id="room-title">${room.name}</h1>
      ${recall ? html`<${Next} recall=${recall} />` : html`<${About} room=${room} />`}
    </div>
    ${recall ? html`<${ReturnClock} recall=${recall} />` : html`<${Clock} timer=${timer} />`}
    <${Actions} room=${room} />
  </div>`;
}

/** The recall one still has to follow, or null. @param {ReturnType<typeof useDesk>} desk */
function running(desk) {
  const recall = desk.recall.value;
  return recall && recall.returnAt > desk.second.value - 1000 && !recall.acknowledged ? recall : null;
}

/** @param {{room: any}} props */
function About({ room }) {
  return html`
    ${room.topic && html`<p>${room.topic}</p>`}
    ${room.facilitator && html`<p class="small muted">Led by ${nameOf(room.facilitator)}</p>`}`;
}

const CALLS = {
  forced: [
    "Everybody is called back to the main session.",
    "Then this room closes and you are back; finish your sentence.",
  ],
  invited: ["You are invited back to the main session.", "This room stays open. Leave it when you are ready."],
};

/** @param {{recall: any}} props */
function Next({ recall }) {
  const [notice, next] = CALLS[recall.mode === "invited" ? "invited" : "forced"];
  return html`<div role="alert">
    <p class="strong">${notice}</p>
    <p>${next}</p>
  </div>`;
}

/** @param {{recall: any}} props */
function ReturnClock({ recall }) {
  const { second } = useDesk();
  const left = Math.max(0, Math.ceil((recall.returnAt - second.value) / 1000));
  return html`<div class="time">
    <div class="clock alarm" role="timer" aria-label=${`Back in ${clockWords(left)}`}>${clockText(left)}</div>
    <p class="small">until you are back</p>
  </div>`;
}

/** @param {{room: any}} props */
function Actions({ room }) {
  const desk = useDesk();
  const [asking, setAsking] = useState(false);
  const me = desk.self.value?.userId;
  const call = desk.help.value.find((one) => one.roomId === room.id);
  const speaking = desk.state.value.roster.find((/** @type {any} */ one) => one.userId === me)?.speaking ?? false;

  const moreTime = async () => {
    if (await desk.run("time.request", { seconds: MORE_TIME_SECONDS }))
      desk.tell("The organizers were asked for 5 more minutes.");
  };
  return html`<div class="actions row wrap" style=${{ "--gap": "0.5rem" }}>
    <button class="button ${speaking ? "on" : ""}" aria-pressed=${speaking}
      onClick=${() => desk.run(speaking ? "speaking.stop" : "speaking.start")}>I am speaking</button>
    ${
      call
        ? html`<${OpenCall} call=${call} />`
        : html`<button class="button"
      onClick=${() => setAsking(true)}>Ask for help</button>`
    }
    ${room.timer && html`<button class="button" onClick=${moreTime}>Ask for more time</button>`}
    <${FacilitatorTools} room=${room} />
    <button class="button" onClick=${() => desk.run("room.leave")}>Leave room</button>
    ${asking && html`<${HelpDialog} onClose=${() => setAsking(false)} />`}
  </div>`;
}

/** @param {{call: any}} props */
function OpenCall({ call }) {
  const desk = useDesk();
  const word = call.claimedBy ? `${nameOf(call.claimedBy)} is coming` : "Help was asked for";
  return html`<span class="row wrap" style=${{ "--gap": "0.5rem" }}>
    <span class="pill ${call.claimedBy ? "good" : "warm"}" role="status">${word}</span>
    <button class="button" onClick=${() => desk.run("help.cancel")}>No longer needed</button>
  </span>`;
}
