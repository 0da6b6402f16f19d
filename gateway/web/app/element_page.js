// A page of one element: who is here, and the element for the session or event in the address.

import { becomePerson, currentPerson, forgetPerson, nameIn } from "./person.js";

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {string} attribute  of the element that takes what the address names: "session" or "event"
 */
export function showElement(attribute) {
  const element = /** @type {HTMLElement & {token: string}} */ (part("view"));
  const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  element.setAttribute(attribute, name);
  document.title = `${name} – ${document.title}`;
  part("where").textContent = name;
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

  function show() {
    const person = currentPerson();
    part("sign-in").hidden = person !== null;
    element.hidden = part("change").hidden = person === null;
    part("who").textContent = person?.name ?? "";
    if (person) element.token = person.token;
  }
  show();
}
