import assert from "node:assert/strict";
import { test } from "node:test";
import { BreakoutError, connect } from "../../../gateway/web/client/breakout.js";
import { START, Sockets, begin, online, pass, settle, still } from "./scripted.mjs";

const outcome = (promise) => {
  const result = {};
  promise.then((data) => (result.data = data), (error) => (result.error = error));
  return result;
};

test("a command gives its reply's data", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const result = outcome(client.call("breakout.room.join", { roomId: "r1" }));
  const [frame] = sockets.last.of("breakout.room.join");
  assert.deepEqual(frame.data, { roomId: "r1" });
  assert.match(frame.idempotencyKey, /^[0-9a-f]{32}$/);
  sockets.last.answer(frame, { room: 1 });
  await settle();
  assert.deepEqual(result, { data: { room: 1 } });
});

test("a refusal is an error with its code, details and event", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const result = outcome(client.call("breakout.room.join", { roomId: "r1" }));
  sockets.last.refuse(sockets.last.of("breakout.room.join")[0], "room_full", { maxParticipants: 8 });
  await settle();
  assert.ok(result.error instanceof BreakoutError);
  assert.deepEqual([result.error.code, result.error.details, result.error.event], ["room_full", { maxParticipants: 8 }, "breakout.room.join"]);
});

test("every command has a key of its own, or the one that is given", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  for (const options of [undefined, undefined, { idempotencyKey: "mine" }]) outcome(client.call("breakout.room.leave", {}, options));
  const keys = sockets.last.of("breakout.room.leave").map((frame) => frame.idempotencyKey);
  assert.equal(new Set(keys).size, 3);
  assert.equal(keys[2], "mine");
});

test("commands wait for the first snapshot and go out in order", async (t) => {
  still(t);
  const sockets = new Sockets();
  const client = connect({ url: "ws://server/ws/demo", token: "t", WebSocket: sockets.Class });
  t.after(() => client.close());
  for (const text of ["a", "b"]) outcome(client.call("breakout.chat.send", { text }));
  await settle();
  sockets.last.accept();
  assert.deepEqual(sockets.last.sent, []);
  begin(sockets.last);
  assert.deepEqual(sockets.last.of("breakout.chat.send").map((frame) => frame.data.text), ["a", "b"]);
});

test("a command without a reply is sent again after a reconnect, the same to the letter, and is answered once", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const result = outcome(client.call("breakout.chat.send", { text: "hi" }));
  const [before] = sockets.last.of("breakout.chat.send");
  sockets.last.end(1006);
  await pass(t, 20_000);
  begin(sockets.last);
  const [again] = sockets.last.of("breakout.chat.send");
  assert.deepEqual(again, before);
  sockets.last.answer(again, { message: 1 });
  sockets.last.answer(again, { message: 2 });
  await settle();
  assert.deepEqual(result, { data: { message: 1 } });
});

test("what has been answered is not sent again", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  outcome(client.call("breakout.chat.send", { text: "hi" }));
  sockets.last.answer(sockets.last.of("breakout.chat.send")[0], {});
  sockets.last.end(1006);
  await pass(t, 20_000);
  begin(sockets.last);
  assert.deepEqual(sockets.last.of("breakout.chat.send"), []);
});

test("refusals that say try again are tried again with the same key", async (t) => {
  for (const code of ["rate_limited", "room_unavailable", "overloaded", "storage_unavailable"]) {
    await t.test(code, async (t) => {
      still(t);
      const { client, sockets } = await online(t);
      const result = outcome(client.call("breakout.chat.send", { text: "hi" }));
      const [first] = sockets.last.of("breakout.chat.send");
      sockets.last.refuse(first, code, code === "rate_limited" ? { retryAfterSeconds: 2 } : {});
      await pass(t, code === "rate_limited" ? 2_240 : 240);
      assert.equal(sockets.last.of("breakout.chat.send").length, 1);
      await pass(t, 20);
      const [, again] = sockets.last.of("breakout.chat.send");
      assert.deepEqual(again, first);
      sockets.last.answer(again, { ok: true });
      await settle();
      assert.deepEqual(result, { data: { ok: true } });
    });
  }
});

test("an internal error is not tried again, for it may have happened", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const result = outcome(client.call("breakout.chat.send", { text: "hi" }));
  sockets.last.refuse(sockets.last.of("breakout.chat.send")[0], "internal");
  await pass(t, 60_000);
  assert.deepEqual([result.error.code, sockets.all.flatMap((socket) => socket.of("breakout.chat.send")).length], ["internal", 1]);
});

test("a command that waits to be tried again is sent once after a reconnect", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  outcome(client.call("breakout.chat.send", { text: "hi" }));
  sockets.last.refuse(sockets.last.of("breakout.chat.send")[0], "rate_limited", { retryAfterSeconds: 60 });
  sockets.last.end(1006);
  await pass(t, 1_000);
  begin(sockets.last);
  await pass(t, 7_000);
  assert.equal(sockets.last.of("breakout.chat.send").length, 1);
});

test("a command ends after nine minutes, before the server forgets its key", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const result = outcome(client.call("breakout.chat.send", { text: "hi" }));
  sockets.last.end(1006);
  t.mock.timers.tick(539_999);
  await settle();
  assert.deepEqual(result, {});
  t.mock.timers.tick(1);
  await settle();
  assert.equal(result.error.code, "timed_out");
});

test("a command may be given less time, and may be aborted", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const hurried = outcome(client.call("breakout.room.leave", {}, { timeoutMs: 100 }));
  const abort = new AbortController();
  const dropped = outcome(client.call("breakout.room.leave", {}, { signal: abort.signal }));
  const late = outcome(client.call("breakout.room.leave", {}, { signal: AbortSignal.abort() }));
  t.mock.timers.tick(100);
  abort.abort();
  await settle();
  assert.deepEqual([hurried, dropped, late].map(({ error }) => error.code), ["timed_out", "aborted", "aborted"]);
  assert.equal(sockets.last.of("breakout.room.leave").length, 2);
});

test("a command that is too large for the server ends, and the others go on", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const large = outcome(client.call("breakout.rooms.create", { rooms: Array.from({ length: 200 }, () => ({ name: "x".repeat(100) })) }));
  const small = outcome(client.call("breakout.room.leave"));
  sockets.last.end(1009);
  await pass(t, 1_000);
  begin(sockets.last);
  assert.deepEqual(sockets.last.sent.map((frame) => frame.event), ["breakout.room.leave", "breakout.ping"]);
  sockets.last.answer(sockets.last.of("breakout.room.leave")[0], { roomId: "r1" });
  await settle();
  assert.deepEqual([large.error.code, small.data], ["too_large", { roomId: "r1" }]);
});

test("a loop over many people stays below the server's rate and loses nothing", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  for (let n = 0; n < 100; n += 1) outcome(client.call("breakout.participant.move", { userId: `u${n}`, roomId: null }));
  const sent = () => sockets.last.of("breakout.participant.move").length;
  assert.equal(sent(), 30);
  for (const ping of sockets.last.of("breakout.ping")) sockets.last.answer(ping, { serverAt: START });
  for (let second = 1; second <= 4; second += 1) {
    for (let n = 0; n < 100; n += 1) t.mock.timers.tick(10);
    assert.ok(sent() <= 30 + 15 * second + 1, `${sent()} after ${second} s`);
  }
  for (let n = 0; n < 150; n += 1) t.mock.timers.tick(10);
  assert.deepEqual(sockets.last.of("breakout.participant.move").map((frame) => frame.data.userId), Array.from({ length: 100 }, (_, n) => `u${n}`));
});
