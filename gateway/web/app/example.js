// Somebody else's page. It gets a token for its user from its own server (here: the development server) and hands it to
// the element; it follows what happens through the element's events.

import "../elements/breakout-rooms.js";
import "../elements/breakout-producer.js";
import { developmentPerson } from "./development.js";

const rooms = /** @type {HTMLElement & {token: any}} */ (document.querySelector("breakout-rooms"));
const producer = /** @type {HTMLElement & {token: any}} */ (document.querySelector("breakout-producer"));
const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));

rooms.token = async () => (await developmentPerson({ name: "Gwen Guest", role: "ATTENDEE", session: "demo" })).token;
producer.token = async () =>
  (await developmentPerson({ name: "Pat Producer", role: "MODERATOR", session: "demo" })).token;

rooms.addEventListener("breakout-seat", (event) => {
  const { roomId } = /** @type {CustomEvent} */ (event).detail;
  stage.textContent = roomId ? "You are in a breakout room. The stage waits." : "On stage: The keynote";
});
