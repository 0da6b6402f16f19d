// Mouse, touch and keys on the board, listened to once for all people and rooms.

import { openCarry } from "./carry.js";

/** @param {EventTarget | null} target @param {string} selector @returns {HTMLElement | null} */
function near(target, selector) {
  return target instanceof Element ? target.closest(selector) : null;
}

/** @param {HTMLElement | null} chip */
function personOf(chip) {
  return chip && { userId: chip.dataset.user ?? "", name: chip.querySelector(".cut")?.textContent ?? "" };
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * The handlers for the element around the board.
 *
 * @param {ReturnType<typeof import("../desk.js").openDesk>} desk @param {ReturnType<typeof import("./board.js").openBoard>} board
 */
export function gestures(desk, board) {
  const carry = openCarry(desk, board);
  const { active, target } = board.carry;

  /** @param {any} event */
  function onClick(event) {
    const place = near(event.target, "[data-place]")?.dataset.place;
    const chip = near(event.target, "[data-user]");
    const person = personOf(chip);
    if (person) carry.toggle(person);
    else if (place && near(event.target, "[data-here]")) carry.drop(place);
  }

  /** @param {any} event */
  function onKeyDown(event) {
    if (event.key === "Escape") return carry.cancel();
    const chip = near(event.target, "[data-user]");
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    if (!chip) return undefined;
    if (step && active.peek()) show(event.currentTarget, carry.aim(step));
    else if (step) neighbour(chip, step)?.focus();
    else if ((event.key === "Enter" || event.key === " ") && target.peek())
      carry.drop(/** @type {string} */ (target.peek()), { byKeyboard: true });
    else return undefined;
    return event.preventDefault();
  }

  /** @param {any} event */
  function onDragStart(event) {
    const person = personOf(near(event.target, "[data-user]"));
    if (!person || !event.dataTransfer) return;
    event.dataTransfer.setData("text/plain", person.name);
    event.dataTransfer.effectAllowed = "move";
    window.setTimeout(() => carry.hold(person)); // the page may change only after the drag has begun
  }

  /** @param {any} event */
  function onDragOver(event) {
    const place = near(event.target, "[data-place]")?.dataset.place ?? null;
    if (!active.peek()) return;
    target.value = place;
    if (place) event.preventDefault();
  }

  /** @param {any} event */
  function onDrop(event) {
    const place = near(event.target, "[data-place]")?.dataset.place;
    if (!place || !active.peek()) return;
    event.preventDefault();
    carry.drop(place);
  }

  /** @param {any} event */
  function onDragEnd(event) {
    if (event.dataTransfer?.dropEffect === "none") carry.cancel();
  }
  return { onClick, onKeyDown, onDragStart, onDragOver, onDrop, onDragEnd };
}

/** @param {HTMLElement} chip @param {number} step */
function neighbour(chip, step) {
  const next = step > 0 ? chip.nextElementSibling : chip.previousElementSibling;
  return next instanceof HTMLElement ? next : null;
}

/** @param {HTMLElement} board @param {string} place */
function show(board, place) {
  board.querySelector(`[data-place="${CSS.escape(place)}"]`)?.scrollIntoView({ block: "nearest" });
}
