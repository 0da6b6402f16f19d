// The people of one place as chips. The Tab key stops once a place; the arrows go from chip to chip.

import { html, useComputed, useLayoutEffect, useRef, useState } from "../html.js";
import { useBoard } from "./board.js";
import { Chip } from "./chip.js";

/** @param {{people: any[], label: string, column?: boolean}} props */
export function Crew({ people, label, column = false }) {
  const { carry } = useBoard();
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [stop, setStop] = useState(/** @type {string | null} */ (null));
  const list = useRef(people);
  list.current = people;
  const held = useComputed(() => list.current.filter((one) => carry.held.value.has(one.userId)).map((one) => one.userId).join("\n")).value.split("\n");
  const reachable = people.some((one) => one.userId === stop) ? stop : people[0]?.userId;

  useLayoutEffect(() => {
    const user = carry.following();
    if (user && people.some((one) => one.userId === user) && carry.follows(user)) {
      box.current?.querySelector(/** @type {any} */ (`[data-user="${CSS.escape(user)}"]`))?.focus();
    }
  }, [people]);
  return html`<div class="crew ${column ? "column" : ""}" role="group" aria-label=${label} ref=${box}
    onFocusIn=${(/** @type {any} */ event) => setStop(event.target.closest("[data-user]")?.dataset.user ?? null)}>
    ${people.map((person) => html`<${Chip} key=${person.userId} person=${person} held=${held.includes(person.userId)} stop=${person.userId === reachable} />`)}
  </div>`;
}
