// What every lane shows, one signal a room, brought up to date in slices: 200 rooms that change at once are drawn over several
// frames, so that no stretch of work holds up the page. A slice takes at most SLICE_MS; the rest waits for the next frame.

import { effect, signal } from "../html.js";

const SLICE_MS = 10; // leaves most of a frame of 16 ms to layout and paint
const HIDDEN_MS = 250; // a page in the background gets no frames

/** @typedef {{room: any, people: any[], unavailable: boolean}} Lane */

/** @param {ReturnType<typeof import("../desk.js").openDesk>} desk */
export function openLanes(desk) {
  /** The rooms that have a lane, in order. */
  const order = signal(/** @type {string[]} */ ([]));
  /** @type {Map<string, any>} */
  const lanes = new Map();
  /** @type {Set<string>} */
  const dirty = new Set();
  let running = false;

  const stop = effect(() => {
    const { rooms, rosters, unavailable } = { rooms: desk.rooms.value, rosters: desk.rosters.value, unavailable: desk.unavailable.value };
    for (const room of rooms) {
      const lane = lanes.get(room.id)?.peek();
      const people = rosters[room.id];
      if (!lane || lane.room !== room || lane.people !== (people ?? lane.people) || lane.unavailable !== unavailable.includes(room.id)) dirty.add(room.id);
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
    const lane = { room, people: desk.rosters.peek()[id] ?? [], unavailable: desk.unavailable.peek().includes(id) };
    const known = lanes.get(id);
    if (known) {
      known.value = lane;
      return;
    }
    lanes.set(id, signal(lane));
    const listed = desk.rooms.peek().filter((one) => lanes.has(one.id)).map((one) => one.id);
    order.value = listed;
  }
  return { order, stop, lane: (/** @type {string} */ id) => lanes.get(id) };
}

function nextFrame() {
  return new Promise((resolve) => {
    if (document.hidden) window.setTimeout(resolve, HIDDEN_MS);
    else requestAnimationFrame(() => window.setTimeout(resolve)); // after the frame was painted
  });
}
