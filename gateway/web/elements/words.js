// How things are put into words: statuses, names, times and refusals.

/** @typedef {{id: string, firstName: string, lastName: string}} User */

export const STATUS = {
  WAITING: { word: "Open", look: "" },
  ACTIVE: { word: "In progress", look: "good" },
  CLOSING: { word: "Closing", look: "warm" },
  CLOSED: { word: "Closed", look: "gone" },
};

/** @param {{id?: string, userId?: string, firstName: string, lastName: string}} person */
export function nameOf(person) {
  return `${person.firstName} ${person.lastName}`.trim() || person.userId || person.id || "Somebody";
}

/** @param {string} name */
export function initials(name) {
  const letters = name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => [...word][0]);
  return (letters.length > 1 ? letters[0] + letters[letters.length - 1] : (letters[0] ?? "?")).toUpperCase();
}

/** A colour for a person that is the same on every device. @param {string} id */
export function hueOf(id) {
  let hash = 0x811c9dc5;
  for (const character of id) hash = (Math.imul(hash, 0x01000193) ^ (character.codePointAt(0) ?? 0)) >>> 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 16) % 360;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** 3725 -> "1:02:05", 125 -> "2:05". @param {number} seconds */
export function clockText(seconds) {
  const whole = Math.max(0, seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** The same for ears: "2 minutes 5 seconds". @param {number} seconds */
export function clockWords(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const words = [minutes && counted(minutes, "minute"), (rest || !minutes) && counted(rest, "second")];
  return words.filter(Boolean).join(" ");
}

/** @param {number} at  ms since the epoch */
export function timeOfDay(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** How long ago, in minutes at most: "just now", "4 min". @param {number} at @param {number} now */
export function ago(at, now) {
  const minutes = Math.floor((now - at) / 60_000);
  return minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}

const REFUSALS = {
  room_full: "That room is full.",
  room_closed: "That room is closed.",
  room_locked: "That room is locked; ask an organizer to place you there.",
  room_not_found: "That room is not there any more.",
  not_in_room: "You are not in a room.",
  forbidden: "You may not do that.",
  conflict: "Somebody else was faster; look again and repeat if it is still needed.",
  timer_running: "The timer already runs.",
  timer_not_running: "The timer does not run.",
  limit_reached: "There are as many open rooms as the server allows.",
  user_not_found: "That person is not here.",
  help_not_found: "That request is already settled.",
  recall_not_found: "That recall is over.",
  timed_out: "The server did not answer in time. It may still have been done.",
  closed: "The connection has ended.",
};

/** A refusal as a sentence for the person who caused it. @param {any} error */
export function refusalText(error) {
  const fields = error?.details?.fields;
  if (error?.code === "invalid_data" && fields) return Object.values(fields).map(sentence).join(" ");
  return (
    REFUSALS[/** @type {keyof typeof REFUSALS} */ (error?.code)] ?? sentence(error?.message || "That did not work")
  );
}

/** To somebody for whom trying again is of no use. @param {string} why  as the server says it; "" where it could not */
export function noEntryText(why) {
  return `${sentence(why || "an operator has ended your access to this server")} You may ask the organizer about it.`;
}

/** @param {unknown} text */
function sentence(text) {
  const words = String(text);
  return words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
}
