// The start page of development: choose whom to be, and be them.

import { developmentPerson } from "./development.js";
import { becomePerson } from "./person.js";

const PATHS = {
  ATTENDEE: (/** @type {string} */ session) => `/s/${session}`,
  MODERATOR: (/** @type {string} */ session) => `/s/${session}/manage`,
  PRODUCER: () => "/e/demo/producer",
};

const form = /** @type {HTMLFormElement} */ (document.getElementById("person"));
const problem = /** @type {HTMLElement} */ (document.getElementById("problem"));

/** @param {{name: string, role: keyof typeof PATHS, session: string}} wish */
async function open({ name, role, session }) {
  try {
    becomePerson(await developmentPerson({ name, session, role: role === "PRODUCER" ? "MODERATOR" : role }));
    location.assign(PATHS[role](encodeURIComponent(session)));
  } catch (error) {
    problem.textContent = String(/** @type {Error} */ (error).message);
    problem.hidden = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const role = /** @type {keyof typeof PATHS} */ (String(data.get("role")));
  open({ name: String(data.get("name")), role, session: String(data.get("session")) });
});

for (const tile of document.querySelectorAll("[data-name]")) {
  const { name = "", role = "" } = /** @type {HTMLElement} */ (tile).dataset;
  tile.addEventListener("click", () => open({ name, role: /** @type {keyof typeof PATHS} */ (role), session: "demo" }));
}
