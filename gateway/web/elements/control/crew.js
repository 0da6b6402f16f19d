// The people of one place as chips. The Tab key stops once a place; the arrows go from chip to chip.

import { html, useComputed, useLayoutEffect, useRef, useState } from "../html.js";
import { Face } from "../person.js";
import { nameOf } from "../words.js";
import { useBoard } from "./board.js";

/** @param {{people: any[], label: string, column?: boolean}} props */
export function Crew({ people, label, column = false }) {
  const { carry } = useBoard();
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [stop, setStop] = useState(/** @type {string | null} */ (null));
  const list = useRef(people);
  list.current = people;
  const held = useComputed(() =>
    list.current
      .filter((one) => carry.held.value.has(one.userId))
      .map((one) => one.userId)
      .join("\n"),
  ).value.split("\n");
  const reachable = people.some((one) => one.userId === stop) ? stop : people[0]?.userId;

  useLayoutEffect(() => {
    const user = carry.follow.userId;
    if (user && people.some((one) => one.userId === user)) {
      carry.follow.userId = null;
      box.current?.querySelector(/** @type {any} */ (`[data-user="${CSS.escape(user)}"]`))?.focus();
    }
  }, [people]);
  return html`<div class="crew ${column ? "column" : ""}" role="group" aria-label=${label} ref=${box}
    onFocusIn=${(/** @type {any} */ event) => setStop(event.target.closest("[data-user]")?.dataset.user ?? null)}>
    ${people.map(
      (person) => html`<${Chip} key=${person.userId} person=${person} held=${held.includes(person.userId)}
      stop=${person.userId === reachable} />`,
    )}
  </div>`;
}

/**
 * A person who can be picked up. What is pressed, dragged or typed is handled by the board, for all chips at once.
 *
 * @param {{person: any, held: boolean, stop: boolean}} props  `stop`: the one of its place that the Tab key reaches
 */
function Chip({ person, held, stop }) {
  const name = nameOf(person);
  const away = person.connected === false;
  const marks = [
    (person.role === "FACILITATOR" || person.staff) && "Staff",
    away && "away",
    person.speaking && "speaking",
  ]
    .filter(Boolean)
    .join(", ");
  return html`<button class="chip ${away ? "away" : ""}" data-user=${person.userId} draggable="true"
    aria-pressed=${held} tabindex=${stop ? 0 : -1}>
    <${Face} id=${person.userId} name=${name} away=${away} speaking=${person.speaking} />
    <span class="cut">${name}</span>${marks && html`<span class="mark">${marks}</span>`}
  </button>`;
}
