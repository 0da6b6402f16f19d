// A person: a round face with initials, and who is present, speaking or facilitating - in words as well as in colour.

import { html } from "./html.js";
import { hueOf, initials, nameOf } from "./words.js";

/** @param {{id: string, name: string, away?: boolean, speaking?: boolean}} props */
export function Face({ id, name, away = false, speaking = false }) {
  const look = `face${away ? " away" : ""}${speaking ? " speaking" : ""}`;
  return html`<span class=${look} style=${{ "--hue": hueOf(id) }} aria-hidden="true">${initials(name)}</span>`;
}

/** @param {{people: any[], selfId: string | undefined}} props */
export function Roster({ people, selfId }) {
  return html`<ul
    class="people">${people.map(
      (person) => html`<${Person} key=${person.userId} person=${person}
      self=${person.userId === selfId} />`,
    )}</ul>`;
}

/** @param {{person: any, self: boolean}} props */
function Person({ person, self }) {
  const name = nameOf(person);
  const facts = [
    person.role === "FACILITATOR" && "Facilitator",
    person.speaking && "speaking",
    !person.connected && "not connected",
  ]
    .filter(Boolean)
    .join(", ");
  return html`<li>
    <${Face} id=${person.userId} name=${name} away=${!person.connected} speaking=${person.speaking} />
    <span class="about">
      <span class="cut">${name}${self ? " (you)" : ""}</span>
      ${facts && html`<span class="small muted">${facts}</span>`}
    </span>
  </li>`;
}
