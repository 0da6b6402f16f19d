// What every lane shows, one signal a room, brought up to date in slices: 200 rooms that change at once are drawn over
// several frames, so that no stretch of work holds up the page. A slice takes at most SLICE_MS; the rest waits for the
// next frame.

import { effect, signal } from "../html.js";
import { nameOf } from "../words.js";

const SLICE_MS = 6; // leaves most of a frame of 16 ms to layout, paint and others
const HIDDEN_MS = 250; // a page in the background gets no frames

/** @typedef {{room: any, people: readonly any[], unavailable: boolean, hidden: boolean}} Lane */

/**
 * @param {ReturnType<typeof import("../desk.js").openDesk>} desk
 * @param {import("../html.d.ts").Signal<string>} wanted  what the organizer looks for, in lower case; other lanes are hidden
 */
export function openLanes(desk, wanted) {
  /** The rooms that have a lane, in order. */
  const order = signal(/** @type {string[]} */ ([]));
  /** @type {Map<string, any>} */
  const lanes = new Map();
  /** @type {Set<string>} */
  const dirty = new Set();
  let running = false;
  let sought = "";

  const stop = effect(() => {
    const [rooms, rosters, unavailable] = [desk.rooms.value, desk.rosters.value, desk.unavailable.value];
    const anew = wanted.value !== sought;
    sought = wanted.value;
    for (const room of rooms) {
      const lane = lanes.get(room.id)?.peek();
      const same =
        lane &&
        lane.room === room &&
        lane.people === (rosters[room.id] ?? lane.people) &&
        lane.unavailable === unavailable.includes(room.id);
      if (anew || !same) dirty.add(room.id);
    }
    const open = new Set(rooms.map((room) => room.id));
    if (order.peek().some((id) => !open.has(id))) remove(open);
    if (dirty.size && !running) work();
  });

  /** @param {Set<string>} open */
  function remove(open) {
    order.value = order.peek().filter((id) => open.has(id));
    for (const id of lanes.keys()) if (!open.has(id)) lanes.delete(id);
  }

  async function work() {
    running = true;
    let began = performance.now();
    while (dirty.size) {
      const id = /** @type {string} */ (dirty.values().next().value);
      dirty.delete(id);
      publish(id);
      await null; // what the signal changed has been drawn by now
      if (performance.now() - began < SLICE_MS) continue;
      await nextFrame();
      began = performance.now();
    }
    running = false;
  }

  /** @param {string} id */
  function publish(id) {
    const room = desk.rooms.peek().find((one) => one.id === id);
    if (!room) return;
    const people = desk.rosters.peek()[id] ?? [];
    const lane = {
      room,
      people,
      unavailable: desk.unavailable.peek().includes(id),
      hidden: !matches(room, people, sought),
    };
    const known = lanes.get(id);
    if (known) {
      known.value = lane;
      return;
    }
    lanes.set(id, signal(lane));
    const listed = desk.rooms
      .peek()
      .filter((one) => lanes.has(one.id))
      .map((one) => one.id);
    order.value = listed;
  }
  return { order, stop, lane: (/** @type {string} */ id) => lanes.get(id) };
}

/** @param {any} room @param {readonly any[]} people @param {string} sought */
function matches(room, people, sought) {
  return !sought || [room.name, ...people.map(nameOf)].some((text) => text.toLowerCase().includes(sought));
}

function nextFrame() {
  return new Promise((resolve) => {
    if (document.hidden) window.setTimeout(resolve, HIDDEN_MS);
    else requestAnimationFrame(() => window.setTimeout(resolve)); // after the frame was painted
  });
}
