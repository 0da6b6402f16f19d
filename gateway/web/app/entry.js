// The start page of a server in use: people come from their event's page; who has a token can go in here.

import { becomePerson, nameIn } from "./person.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("person"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const token = String(data.get("token")).trim();
  becomePerson({ token, name: nameIn(token) });
  const session = encodeURIComponent(String(data.get("session")).trim());
  location.assign(data.get("role") === "MODERATOR" ? `/s/${session}/manage` : `/s/${session}`);
});
