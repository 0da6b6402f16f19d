// A page of one element: who is here, and the element for the session or event in the address.

import { becomePerson, currentPerson, forgetPerson, nameIn } from "./person.js";

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const element = /** @type {HTMLElement & {token: string}} */ (part("view"));
const [, kind, name] = location.pathname.split("/").map(decodeURIComponent);

function show() {
  const person = currentPerson();
  part("sign-in").hidden = person !== null;
  element.hidden = part("change").hidden = person === null;
  part("who").textContent = person?.name ?? "";
  if (person) element.token = person.token;
}

part("change").addEventListener("click", () => {
  forgetPerson();
  location.assign("/");
});

part("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = /** @type {HTMLTextAreaElement} */ (part("token")).value.trim();
  becomePerson({ token, name: nameIn(token) });
  show();
});

element.setAttribute(kind === "e" ? "event" : "session", name);
document.title = `${name} – ${document.title}`;
part("where").textContent = name;
show();
