import { html } from "./html.js";
import { useDesk } from "./desk.js";
import { nameOf } from "./words.js";

const MORE_TIME_SECONDS = 300;

/** What the facilitator of a room can do from the inside: its timer. @param {{room: any}} props */
export function FacilitatorTools({ room }) {
  const desk = useDesk();
  const self = desk.self.value;
  if (!self || !(self.staff || room.facilitator?.id === self.userId)) return null;
  const timer = desk.state.value.timer;
  const run = (/** @type {string} */ event, data = {}) => desk.run(event, { roomId: room.id, ...data });
  if (!timer) {
    return (
      room.durationMinutes > 0 &&
      html`<button class="button"
      onClick=${() => run("timer.start")}>Start ${room.durationMinutes} minutes</button>`
    );
  }
  const paused = timer.state === "paused";
  return html`
    <button class="button"
      onClick=${() => run(paused ? "timer.resume" : "timer.pause")}>${paused ? "Go on" : "Pause timer"}</button>
    <button class="button"
      onClick=${() => run("timer.extend", { seconds: MORE_TIME_SECONDS })}>5 minutes more</button>`;
}

/** People ask for more time: the facilitator of their room can give it at once. @param {{room: any}} props */
export function TimeWishes({ room }) {
  const desk = useDesk();
  const self = desk.self.value;
  const wish = desk.state.value.timeRequests.filter((/** @type {any} */ one) => one.roomId === room.id).at(-1);
  const fresh = wish && desk.second.value - wish.receivedAt < 60_000;
  if (!fresh || !self || !(self.staff || room.facilitator?.id === self.userId)) return null;
  return html`<div class="notice warm"><p
    class="grow">${nameOf(wish.user)} asks for ${Math.round(wish.seconds / 60)} more minutes.</p>
    <button class="button compact"
      onClick=${() => desk.run("timer.extend", { roomId: room.id, seconds: wish.seconds })}>Give them</button></div>`;
}
