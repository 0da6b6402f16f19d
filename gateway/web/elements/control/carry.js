// Picking people up and putting them down. By mouse: drag. By click or touch: press a person, then "Move here" in a
// room. By keyboard: Enter or Space on a person picks them up, the arrows choose a room, Enter puts them down, Escape
// lets them be. All three end in `drop`; what happens is announced.

import { batch } from "../html.js";
import { counted } from "../words.js";
import { LOBBY } from "./board.js";

/** @typedef {import("./board.js").Held} Held */

/**
 * @param {ReturnType<typeof import("../desk.js").openDesk>} desk
 * @param {ReturnType<typeof import("./board.js").openBoard>} board
 */
export function openCarry(desk, board) {
  const { held, target, follow } = board.carry;
  const { order } = board.lanes;

  /** @param {string} id */
  const placeName = (id) => {
    if (id === LOBBY) return "the main session";
    const room = desk.rooms.peek().find((one) => one.id === id);
    return room ? `${room.name}, ${room.participantCount} of ${room.maxParticipants}` : "a room";
  };
  /** Where somebody is now; they may have moved by themselves while held. @param {string} userId */
  const placeOf = (userId) => {
    const seated = Object.entries(desk.rosters.peek()).find(([, people]) =>
      people.some((one) => one.userId === userId),
    );
    return seated ? seated[0] : LOBBY;
  };
  const names = () => {
    const people = [...held.peek().values()];
    return people.length > 2 ? counted(people.length, "person", "people") : people.map((one) => one.name).join(" and ");
  };

  /** @param {Held} person */
  function toggle(person) {
    const next = new Map(held.peek());
    const had = next.delete(person.userId);
    if (!had) next.set(person.userId, person);
    batch(() => {
      held.value = next;
      target.value = null;
    });
    desk.say(
      had
        ? `${person.name} put back.`
        : `${person.name} picked up. Arrow keys choose a room, Enter places, Escape cancels.`,
    );
  }

  /** Hold at least this person, for a drag. @param {Held} person */
  function hold(person) {
    if (!held.peek().has(person.userId)) held.value = new Map([[person.userId, person]]);
  }

  function cancel() {
    if (!held.peek().size) return;
    batch(() => {
      held.value = new Map();
      target.value = null;
    });
    desk.say("Cancelled; nobody was moved.");
  }

  /** @param {number} step */
  function aim(step) {
    const places = [LOBBY, ...order.peek()];
    const start = places.indexOf(target.peek() ?? placeOf([...held.peek().keys()][0]));
    const next = places[(start + step + places.length) % places.length];
    target.value = next;
    desk.say(`${placeName(next)}. Enter to place ${names()} here.`);
    return next;
  }

  /** Put everybody who is held into `place`. @param {string} place @param {{byKeyboard?: boolean}} [options] */
  async function drop(place, { byKeyboard = false } = {}) {
    const people = [...held.peek().values()].filter((one) => placeOf(one.userId) !== place);
    const text = `${names()} moved to ${placeName(place).split(",")[0]}.`;
    if (byKeyboard) follow.userId = people.at(-1)?.userId ?? null;
    batch(() => {
      held.value = new Map();
      target.value = null;
    });
    if (people.length && (await putDown(desk, people, place)))
      desk.tell(text, { action: { label: "Undo", run: () => undoOwn(desk) } });
  }

  async function swap() {
    const [a, b] = [...held.peek().values()];
    batch(() => {
      held.value = new Map();
      target.value = null;
    });
    if (await desk.run("participants.swap", { userIds: [a.userId, b.userId] })) {
      desk.tell(`${a.name} and ${b.name} changed places.`, { action: { label: "Undo", run: () => undoOwn(desk) } });
    }
  }

  return { placeOf, toggle, hold, cancel, aim, drop, swap, names };
}

/**
 * One person is moved; several are assigned in one step, so that they can be undone in one.
 *
 * @param {any} desk
 * @param {any[]} people
 * @param {string} place
 */
async function putDown(desk, people, place) {
  if (place !== LOBBY && people.length > 1) {
    const reply = await desk.run("assignments.apply", {
      strategy: "manual",
      assignments: people.map(({ userId }) => ({ userId, roomId: place })),
    });
    if (reply?.unplaced?.length)
      desk.tell(`${counted(reply.unplaced.length, "person", "people")} found no place there.`, { urgent: true });
    return reply;
  }
  const replies = await Promise.all(
    people.map(({ userId }) => desk.run("participant.move", { userId, roomId: place === LOBBY ? null : place })),
  );
  return replies.every((reply) => reply !== null);
}

/** Take back the last thing that this organizer did and that can be taken back. @param {any} desk */
export async function undoOwn(desk) {
  const history = await desk.run("history.list", { limit: 20 });
  const change = history?.changes.find(
    (/** @type {any} */ one) => one.undoable && one.by?.id === desk.self.peek()?.userId,
  );
  if (!change) return desk.tell("There is nothing of yours to undo.");
  if (await desk.run("history.undo", { changeId: change.changeId })) desk.tell(`Undone: ${change.summary}`);
}
