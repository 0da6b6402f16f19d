import { html } from "../html.js";
import { Face } from "../person.js";
import { nameOf } from "../words.js";

/**
 * A person who can be picked up. What is pressed, dragged or typed is handled by the board, for all chips at once.
 *
 * @param {{person: any, held: boolean, stop: boolean}} props  `stop`: the one of its place that the Tab key reaches
 */
export function Chip({ person, held, stop }) {
  const name = nameOf(person);
  const away = person.connected === false;
  const marks = [(person.role === "FACILITATOR" || person.staff) && "Staff", away && "away", person.speaking && "speaking"].filter(Boolean).join(", ");
  return html`<button class="chip ${away ? "away" : ""}" data-user=${person.userId} draggable="true" aria-pressed=${held} tabindex=${stop ? 0 : -1}>
    <${Face} id=${person.userId} name=${name} away=${away} speaking=${person.speaking} />
    <span class="cut">${name}</span>${marks && html`<span class="mark">${marks}</span>`}
  </button>`;
}
