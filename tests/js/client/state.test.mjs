import assert from "node:assert/strict";
import { test } from "node:test";
import { STAFF, START, inside, online, person, room, session, settle, still, timer } from "./scripted.mjs";

const names = (list) => list.map((item) => item.name ?? item.userId ?? item.id);
const message = (id, roomId = "r1") => ({ id, roomId, user: { id: "ben", firstName: "Ben", lastName: "" }, text: id, sentAt: START });
const recalled = (changes = {}) => ({ recallId: "c1", roomId: "r1", reason: "recall", mode: "forced", graceSeconds: 10, returnAt: START + 10_000, ...changes });

test("a snapshot is shown as state", async (t) => {
  still(t);
  const card = room("r1", { timer: timer(), facilitator: { id: "ann", firstName: "Ann", lastName: "" } });
  const { client } = await online(t, { rooms: [room("r0"), card], room: inside(card, ["ann", "ben"], [message("m1")]) });
  const { state } = client;
  assert.equal(state.connection.status, "online");
  assert.deepEqual(state.session, { id: "demo", epoch: "e1", settings: session().settings });
  assert.deepEqual([state.self.userId, state.self.staff], ["ann", false]);
  assert.deepEqual(names(state.rooms), ["r0", "r1"]);
  assert.deepEqual([state.seat.roomId, state.seat.room, state.seat.by, state.seat.facilitator], ["r1", card, null, true]);
  assert.deepEqual([names(state.roster), names(state.chat), state.timer], [["ann", "ben"], ["m1"], card.timer]);
});

test("listeners hear of the present state at once, of every change, and nothing after they ended", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const heard = [];
  const end = client.subscribe((state) => heard.push(state.rooms.length));
  sockets.last.push("breakout.room.created", { room: room("r1") }, { topic: "session", seq: 1 });
  end();
  sockets.last.push("breakout.room.created", { room: room("r2") }, { topic: "session", seq: 2 });
  assert.deepEqual(heard, [0, 1]);
  assert.ok(Object.isFrozen(client.state));
});

test("what a push does not touch keeps its identity", async (t) => {
  still(t);
  const card = room("r1");
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card) });
  const before = client.state;
  sockets.last.push("breakout.chat.message", { message: message("m1") }, { topic: "room:r1", seq: 1 });
  assert.notEqual(client.state, before);
  for (const name of ["rooms", "seat", "roster", "lobby", "help", "self"]) assert.equal(client.state[name], before[name], name);
});

test("an error in a listener or handler does not stop the client", async (t) => {
  still(t);
  const thrown = [];
  t.mock.method(globalThis, "queueMicrotask", (later) => { try { later(); } catch (error) { thrown.push(error.message); } });
  const { client, sockets } = await online(t);
  client.subscribe(() => { throw new Error("listener"); });
  client.on("*", () => { throw new Error("handler"); });
  sockets.last.push("breakout.room.created", { room: room("r1") }, { topic: "session", seq: 1 });
  assert.deepEqual(names(client.state.rooms), ["r1"]);
  assert.deepEqual(thrown, ["listener", "listener", "handler"]);
});

test("a push that the snapshot contains is dropped, for handlers too", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { seqs: { session: 5 } });
  const heard = [];
  client.on("breakout.room.created", (data, meta) => heard.push([data.room.id, meta.seq]));
  for (const seq of [5, 6, 6]) sockets.last.push("breakout.room.created", { room: room(`r${seq}`) }, { topic: "session", seq });
  assert.deepEqual(heard, [["r6", 6]]);
  assert.deepEqual(names(client.state.rooms), ["r6"]);
});

test("a gap asks for the session once, and the answer makes the state true", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { seqs: { session: 1 } });
  sockets.last.push("breakout.room.created", { room: room("r3") }, { topic: "session", seq: 3 });
  sockets.last.push("breakout.room.created", { room: room("r5") }, { topic: "session", seq: 5 });
  const asked = sockets.last.of("breakout.session.get");
  assert.equal(asked.length, 1);
  sockets.last.answer(asked[0], session({ seqs: { session: 5 }, rooms: ["r2", "r3", "r4", "r5"].map((id) => room(id)) }));
  await settle();
  assert.deepEqual(names(client.state.rooms), ["r2", "r3", "r4", "r5"]);
  sockets.last.push("breakout.room.created", { room: room("r6") }, { topic: "session", seq: 6 });
  assert.equal(sockets.last.of("breakout.session.get").length, 1);
});

test("a room that one comes back to begins its sequence anew", async (t) => {
  still(t);
  const card = room("r1");
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card), seqs: { session: 0, you: 0, "room:r1": 4 } });
  sockets.last.push("breakout.participant.seated", { roomId: null, by: "staff", room: null }, { topic: "you", seq: 1 });
  sockets.last.push("breakout.participant.seated", { roomId: "r1", by: "staff", room: inside(card) }, { topic: "you", seq: 2 });
  sockets.last.push("breakout.chat.message", { message: message("m1") }, { topic: "room:r1", seq: 9 });
  assert.deepEqual(names(client.state.chat), ["m1"]);
  assert.equal(sockets.last.of("breakout.session.get").length, 0);
});

test("an older card does not replace a newer one", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { rooms: [room("r1", { revision: 7, name: "new" })] });
  sockets.last.push("breakout.rooms.updated", { rooms: [room("r1", { revision: 6, name: "old" })] }, { topic: "session", seq: 1 });
  assert.deepEqual(names(client.state.rooms), ["new"]);
});

test("a closed room moves to the closed ones and, opened again, back to its place", async (t) => {
  still(t);
  const rooms = [room("r1"), room("r2", { createdAt: START + 1 }), room("r3", { createdAt: START + 2 })];
  const { client, sockets } = await online(t, { rooms });
  sockets.last.push("breakout.room.closed", { roomId: "r2", reason: "closed", endedAt: START + 5 }, { topic: "session", seq: 1 });
  assert.deepEqual([names(client.state.rooms), names(client.state.closedRooms)], [["r1", "r3"], ["r2"]]);
  assert.equal(client.state.closedRooms[0].endedAt, START + 5);
  sockets.last.push("breakout.rooms.updated", { rooms: [{ ...rooms[1], revision: 4 }] }, { topic: "session", seq: 2 });
  assert.deepEqual([names(client.state.rooms), names(client.state.closedRooms)], [["r1", "r2", "r3"], []]);
});

test("differences of people are applied once however often they come", async (t) => {
  still(t);
  const card = room("r1", { revision: 3 });
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card, ["ann", "ben"]) });
  const change = { roomId: "r1", joined: [person("cyd")], left: ["ben"], changed: [person("ann", { speaking: true }), person("nobody")], participantCount: 2, revision: 5 };
  for (const seq of [1, 2]) sockets.last.push("breakout.participants.update", change, { topic: "room:r1", seq });
  assert.deepEqual(client.state.roster.map((other) => [other.userId, other.speaking]), [["ann", true], ["cyd", false]]);
  assert.deepEqual([client.state.seat.room.participantCount, client.state.seat.room.revision], [2, 5]);
});

test("staff see the people of every room, the lobby and the help queue", async (t) => {
  still(t);
  const help = [{ helpId: "h1", roomId: "r1", user: { id: "ann", firstName: "Ann", lastName: "" }, reason: null, requestedAt: START, claimedBy: null }];
  const lobby = [{ userId: "ben", firstName: "Ben", lastName: "", connected: true, staff: false }];
  const { client, sockets } = await online(t, { self: STAFF, rooms: [room("r1")], participants: { r1: [person("ann")] }, lobby, help: [] });
  sockets.last.push("breakout.help.updated", { help }, { topic: "staff", seq: 1 });
  sockets.last.push("breakout.room.created", { room: room("r2") }, { topic: "session", seq: 1 });
  sockets.last.push("breakout.participants.update", { roomId: "r2", joined: [person("ben")], left: [], changed: [], participantCount: 1, revision: 2 }, { topic: "room:r2", seq: 1 });
  sockets.last.push("breakout.lobby.update", { joined: [{ ...lobby[0], userId: "cyd" }], left: ["ben"] }, { topic: "staff", seq: 2 });
  const { rosters } = client.state;
  assert.deepEqual([names(rosters.r1), names(rosters.r2), names(client.state.lobby)], [["ann"], ["ben"], ["cyd"]]);
  assert.deepEqual([client.state.help, client.may("breakout:manage")], [help, true]);
});

test("a seat given by staff brings the room, its people and its chat; taken away, they are gone", async (t) => {
  still(t);
  const card = room("r1", { timer: timer() });
  const { client, sockets } = await online(t, { rooms: [card] });
  sockets.last.push("breakout.participant.seated", { roomId: "r1", by: "staff", room: inside(card, ["ben", "ann"], [message("m1")]) }, { topic: "you", seq: 1 });
  const seated = client.state;
  assert.deepEqual([seated.seat.by, names(seated.roster), names(seated.chat), seated.timer.endsAt], ["staff", ["ben", "ann"], ["m1"], card.timer.endsAt]);
  assert.deepEqual(seated.lastMove, { roomId: "r1", by: "staff", at: START });
  sockets.last.push("breakout.participant.seated", { roomId: null, by: "staff", room: null }, { topic: "you", seq: 2 });
  assert.deepEqual([client.state.seat, client.state.roster, client.state.chat, client.state.timer, client.state.rosters], [null, [], [], null, {}]);
});

test("a tick changes the state only when it says something new", async (t) => {
  still(t);
  const card = room("r1", { timer: timer() });
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card) });
  const before = client.state;
  const tick = (endsAt, revision) => sockets.last.push("breakout.timer.tick", { roomId: "r1", remainingSeconds: 599, endsAt, serverAt: START, revision }, { topic: "room:r1" });
  tick(card.timer.endsAt, 2);
  tick(START + 1, 1);
  assert.equal(client.state, before);
  tick(START + 700_000, 3);
  assert.deepEqual([client.state.timer.endsAt, client.state.timer.revision], [START + 700_000, 3]);
});

test("remaining seconds count down by the server's clock and never below zero or above the length", async (t) => {
  still(t);
  const card = room("r1", { timer: timer({ endsAt: START + 10_500 }) });
  const { client } = await online(t, { rooms: [card], room: inside(card) });
  assert.equal(client.remainingSeconds(), 11);
  t.mock.timers.tick(10_000);
  assert.equal(client.remainingSeconds(), 1);
  t.mock.timers.tick(60_000);
  assert.equal(client.remainingSeconds(), 0);
  assert.equal(client.remainingSeconds(timer({ durationSeconds: 5, endsAt: START + 900_000 })), 5);
  assert.equal(client.remainingSeconds(timer({ state: "paused", endsAt: null, remainingSeconds: 42 })), 42);
  assert.equal(client.remainingSeconds(null), null);
});

test("a warning is shown until the timer's end moves", async (t) => {
  still(t);
  const card = room("r1", { timer: timer() });
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card) });
  const warning = { roomId: "r1", remainingSeconds: 60, endsAt: card.timer.endsAt };
  sockets.last.push("breakout.timer.warning", warning, { topic: "room:r1", seq: 1 });
  assert.deepEqual(client.state.warning, warning);
  sockets.last.push("breakout.timer.updated", { roomId: "r1", timer: timer({ endsAt: START + 900_000, revision: 3 }), status: "ACTIVE" }, { topic: "room:r1", seq: 2 });
  assert.deepEqual([client.state.warning, client.state.timer.endsAt, client.state.seat.room.status], [null, START + 900_000, "ACTIVE"]);
});

test("chat keeps the last hundred messages and each of them once", async (t) => {
  still(t);
  const card = room("r1");
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card, ["ann"], [message("m0")]) });
  for (let n = 0; n <= 105; n += 1) sockets.last.push("breakout.chat.message", { message: message(`m${n}`) }, { topic: "room:r1", seq: n + 1 });
  assert.deepEqual([client.state.chat.length, client.state.chat[0].id, client.state.chat.at(-1).id], [100, "m6", "m105"]);
});

test("a room that is being restarted is named until it is back", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { self: STAFF, rooms: [room("r1")] });
  sockets.last.push("breakout.room.unavailable", { roomId: "r1" }, { topic: "room:r1", seq: 1 });
  assert.deepEqual(client.state.unavailable, ["r1"]);
  sockets.last.push("breakout.room.restored", { roomId: "r1" }, { topic: "room:r1", seq: 2 });
  assert.deepEqual(client.state.unavailable, []);
});

test("the last twenty broadcasts and requests for time are kept", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { self: STAFF });
  const user = { id: "ann", firstName: "Ann", lastName: "" };
  for (let n = 1; n <= 21; n += 1) {
    sockets.last.push("breakout.broadcast.message", { text: `b${n}`, user, roomIds: null, sentAt: START });
    sockets.last.push("breakout.time.requested", { roomId: "r1", user, seconds: n }, { topic: "staff", seq: n });
  }
  assert.deepEqual([client.state.broadcasts.length, client.state.broadcasts[0].text], [20, "b2"]);
  assert.deepEqual(client.state.timeRequests.at(-1), { roomId: "r1", user, seconds: 21, receivedAt: START });
});

test("pushes and fields of a later server are heard and change nothing", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const heard = [];
  client.on("*", (data, meta) => heard.push(meta.event));
  const before = client.state;
  sockets.last.push("breakout.something.new", { a: 1 }, { topic: "session", seq: 1 });
  assert.deepEqual([heard, client.state === before], [["breakout.something.new"], true]);
});

test("a session that was loaded anew replaces everything", async (t) => {
  still(t);
  const card = room("r1");
  const { client, sockets } = await online(t, { rooms: [card, room("r2")], room: inside(card), seqs: { session: 90 } });
  sockets.last.push("breakout.session.state", session({ epoch: "e2", rooms: [room("r2")], seqs: { session: 0 } }));
  assert.deepEqual([client.state.session.epoch, names(client.state.rooms), client.state.seat], ["e2", ["r2"], null]);
  sockets.last.push("breakout.room.created", { room: room("r3") }, { topic: "session", seq: 1 });
  assert.deepEqual(names(client.state.rooms), ["r2", "r3"]);
});

// recall

test("a recall is acknowledged once, as soon as one sits in no room", async (t) => {
  still(t);
  const card = room("r1");
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card) });
  sockets.last.push("breakout.recalled", recalled(), { topic: "you", seq: 1 });
  assert.deepEqual(client.state.recall, { ...recalled(), acknowledged: false });
  assert.equal(sockets.last.of("breakout.recall.ack").length, 0);
  sockets.last.push("breakout.participant.seated", { roomId: null, by: "recall", room: null }, { topic: "you", seq: 2 });
  sockets.last.push("breakout.room.created", { room: room("r9") }, { topic: "session", seq: 1 });
  const receipts = sockets.last.of("breakout.recall.ack");
  assert.deepEqual(receipts.map((frame) => frame.data), [{ recallId: "c1" }]);
  sockets.last.answer(receipts[0], {});
  await settle();
  assert.equal(client.state.recall.acknowledged, true);
});

test("a host that shows the main session itself acknowledges itself", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { recall: { recallId: "c1", returnAt: START, mode: "forced" } }, { acknowledgeRecalls: false });
  assert.equal(sockets.last.of("breakout.recall.ack").length, 0);
  const done = client.acknowledgeRecall();
  client.acknowledgeRecall();
  const receipts = sockets.last.of("breakout.recall.ack");
  assert.equal(receipts.length, 1);
  sockets.last.refuse(receipts[0], "recall_not_found");
  await done;
  assert.equal(client.state.recall.acknowledged, true);
});

test("a recall that is taken back disappears when the room goes on", async (t) => {
  still(t);
  const card = room("r1", { status: "ACTIVE" });
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card) });
  sockets.last.push("breakout.recalled", recalled(), { topic: "you", seq: 1 });
  sockets.last.push("breakout.rooms.updated", { rooms: [{ ...card, status: "CLOSING", revision: 2 }] }, { topic: "session", seq: 1 });
  assert.equal(client.state.recall.recallId, "c1");
  sockets.last.push("breakout.rooms.updated", { rooms: [{ ...card, status: "ACTIVE", revision: 3 }] }, { topic: "session", seq: 2 });
  assert.equal(client.state.recall, null);
});

test("an invitation ends with its time for those who stay", async (t) => {
  still(t);
  const card = room("r1");
  const { client, sockets } = await online(t, { rooms: [card], room: inside(card) });
  sockets.last.push("breakout.recalled", recalled({ mode: "invited" }), { topic: "you", seq: 1 });
  t.mock.timers.tick(12_900);
  assert.equal(client.state.recall.mode, "invited");
  t.mock.timers.tick(200);
  assert.equal(client.state.recall, null);
});

test("another organizer's recall is looked up, once, because progress does not say when it ends", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { self: STAFF });
  const progress = { recallId: "c1", expected: 3, acknowledged: 0, missing: ["a", "b", "c"] };
  sockets.last.push("breakout.recall.progress", progress, { topic: "staff", seq: 1 });
  sockets.last.push("breakout.recall.progress", { ...progress, acknowledged: 1 }, { topic: "staff", seq: 2 });
  const asked = sockets.last.of("breakout.session.get");
  assert.equal(asked.length, 1);
  sockets.last.answer(asked[0], session({ self: STAFF, seqs: { session: 0, you: 0, staff: 2 }, recall: { recallId: "c1", returnAt: START + 9_000, mode: "forced" } }));
  assert.deepEqual([client.state.recall.returnAt, client.state.recallProgress.acknowledged], [START + 9_000, 1]);
  sockets.last.push("breakout.recall.progress", { ...progress, completedAt: START + 9_500 }, { topic: "staff", seq: 3 });
  assert.deepEqual([client.state.recall, client.state.recallProgress.completedAt], [null, START + 9_500]);
});

test("a seat taken after the return is not called back by the old recall", async (t) => {
  still(t);
  const card = room("r2");
  const { client } = await online(t, { rooms: [card], room: inside(card), recall: { recallId: "c1", returnAt: START - 1, mode: "forced" } });
  assert.equal(client.state.recall, null);
});

test("staff get the rooms closed before where they ask for them", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { self: STAFF, rooms: [room("r1")] }, { closedRooms: true });
  const [asked] = sockets.last.of("breakout.rooms.list");
  assert.deepEqual(asked.data, { includeClosed: true });
  const closed = ["c1", "c2"].map((id, n) => room(id, { status: "CLOSED", endedAt: START + n }));
  sockets.last.answer(asked, { rooms: [...closed, room("r1")] });
  await settle();
  assert.deepEqual([names(client.state.rooms), names(client.state.closedRooms)], [["r1"], ["c2", "c1"]]);
});
