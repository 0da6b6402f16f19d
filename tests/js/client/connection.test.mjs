import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, sessionUrl } from "../../../gateway/web/client/breakout.js";
import { START, Sockets, begin, jwt, online, pass, room, settle, still } from "./scripted.mjs";

const start = async (t, options = {}) => {
  const sockets = new Sockets();
  const client = connect({ url: "ws://server/ws/demo", token: "t", WebSocket: sockets.Class, ...options });
  t.after(() => client.close());
  await settle();
  return { client, sockets };
};

const shown = ({ state: { connection } }) => [connection.status, connection.reason];

test("the address of a session keeps the server's path and escapes the session's name", () => {
  assert.equal(sessionUrl("https://server", "demo"), "wss://server/ws/demo");
  assert.equal(sessionUrl("http://127.0.0.1:8765/", "a/b ü"), "ws://127.0.0.1:8765/ws/a%2Fb%20%C3%BC");
  assert.equal(sessionUrl("wss://host/rooms", "x"), "wss://host/rooms/ws/x");
});

test("the token goes in a subprotocol and never in the address", async (t) => {
  still(t);
  const { client, sockets } = await start(t, { url: "https://server/ws/demo", token: "secret" });
  assert.deepEqual([sockets.last.url, sockets.last.protocols], ["wss://server/ws/demo", ["breakout.v1", "bearer.secret"]]);
  assert.equal(client.state.connection.status, "connecting");
});

test("ready waits for the first snapshot and gives the state", async (t) => {
  still(t);
  const { client, sockets } = await start(t);
  let ready = false;
  client.ready.then((state) => (ready = state === client.state));
  sockets.last.accept();
  await settle();
  assert.equal(ready, false);
  begin(sockets.last);
  await settle();
  assert.equal(ready, true);
});

test("a lost connection keeps the state, says when it tries again, and tries ever more seldom", async (t) => {
  still(t, { chance: 0.5 });
  const { client, sockets } = await online(t, { rooms: [room("r1")] });
  await pass(t, 6_000);
  sockets.last.end(1006);
  assert.deepEqual([shown(client), client.state.rooms.length], [["reconnecting", "lost"], 1]);
  assert.equal(client.state.connection.retryAt, START + 6_000 + 250);
  const waits = [];
  for (let n = 0; n < 8; n += 1) {
    waits.push(client.state.connection.retryAt - Date.now());
    await pass(t, waits.at(-1));
    assert.equal(client.state.connection.retryAt, null);
    sockets.last.end(1006);
    await settle();
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 10000, 10000]);
});

test("waits are spread over their whole length", async (t) => {
  for (const [chance, wait] of [[0, 0], [0.999, 499.5]]) {
    await t.test(String(chance), async (t) => {
      still(t, { chance });
      const { client, sockets } = await online(t);
      await pass(t, 6_000);
      sockets.last.end(1006);
      assert.equal(client.state.connection.retryAt - Date.now(), wait);
    });
  }
});

test("a connection that never lasts does not begin the waits anew", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const waits = [];
  for (let n = 0; n < 3; n += 1) {
    await pass(t, 1_000);
    sockets.last.end(1011);
    waits.push(client.state.connection.retryAt - Date.now());
    await pass(t, waits.at(-1));
    begin(sockets.last);
    await settle();
  }
  assert.deepEqual(waits, [250, 500, 1000]);
});

test("clients of a draining server come back over two seconds", async (t) => {
  still(t, { chance: 0.9 });
  const { client, sockets } = await online(t);
  await pass(t, 6_000);
  sockets.last.end(1012);
  assert.deepEqual([client.state.connection.retryAt - Date.now(), shown(client)], [1800, ["reconnecting", "stopping"]]);
});

test("a flooding client waits longer", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  await pass(t, 6_000);
  sockets.last.end(4029);
  assert.equal(client.state.connection.retryAt - Date.now(), 4000);
});

test("too many devices or a removal end it, and reconnect begins again", async (t) => {
  for (const [code, reason] of [[4009, "replaced"], [4002, "removed"]]) {
    await t.test(reason, async (t) => {
      still(t);
      const { client, sockets } = await online(t);
      sockets.last.end(code);
      await pass(t, 60_000);
      assert.deepEqual([shown(client), sockets.all.length], [["ended", reason], 1]);
      await assert.rejects(client.call("breakout.room.leave"), { name: "BreakoutError", code: "closed", event: "breakout.room.leave" });
      client.reconnect();
      await settle();
      begin(sockets.last);
      assert.deepEqual([sockets.all.length, shown(client)], [2, ["online", null]]);
    });
  }
});

test("closing ends the connection and the commands that wait", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  const waiting = client.call("breakout.room.leave");
  client.close();
  await assert.rejects(waiting, { code: "closed" });
  await pass(t, 60_000);
  assert.deepEqual([sockets.last.closedWith, sockets.all.length, shown(client)], [1000, 1, ["ended", "closed"]]);
});

test("ready is refused when it is closed before, and nobody has to listen", async (t) => {
  still(t);
  const { client } = await start(t);
  client.close();
  await assert.rejects(client.ready, { code: "closed" });
});

// tokens

test("an expired token is asked for anew at once, and the connection goes on with it", async (t) => {
  still(t);
  const asked = [];
  const { client, sockets } = await online(t, {}, { token: async ({ reason }) => (asked.push(reason), `token-${asked.length}`) });
  await pass(t, 10_000);
  sockets.last.end(4001);
  await settle();
  assert.deepEqual([asked, sockets.last.protocols[1], sockets.all.length], [["start", "expired"], "bearer.token-2", 2]);
  begin(sockets.last);
  assert.equal(client.state.connection.status, "online");
});

test("a source of expired tokens is not asked in a loop", async (t) => {
  still(t);
  let asked = 0;
  const { sockets } = await online(t, {}, { token: () => `token-${(asked += 1)}` });
  for (let n = 0; n < 4; n += 1) {
    sockets.last.end(4001);
    await pass(t, 500);
    if (sockets.last.onopen) begin(sockets.last);
  }
  assert.ok(asked <= 4, String(asked));
});

test("a token that has run out while away is renewed before the next attempt", async (t) => {
  still(t);
  const tokens = [jwt(60, "old"), jwt(9_000, "new")];
  const reasons = [];
  const { sockets } = await online(t, {}, { token: ({ reason }) => (reasons.push(reason), tokens[reasons.length - 1]) });
  await pass(t, 61_000);
  sockets.last.end(1006);
  await pass(t, 1_000);
  assert.deepEqual([reasons, sockets.last.protocols[1]], [["start", "expired"], `bearer.${tokens[1]}`]);
});

test("a plain token that has expired ends it, and a renewed one begins again", async (t) => {
  still(t);
  const { client, sockets } = await online(t, {}, { token: "plain" });
  sockets.last.end(4001);
  await settle();
  assert.deepEqual(shown(client), ["ended", "token_expired"]);
  client.renew("other");
  await settle();
  begin(sockets.last);
  assert.deepEqual([sockets.last.protocols[1], shown(client)], ["bearer.other", ["online", null]]);
});

test("a plain token that is expired from the start is not even tried", async (t) => {
  still(t);
  const { client, sockets } = await start(t, { token: jwt(-1) });
  assert.deepEqual([sockets.all.length, shown(client)], [0, ["ended", "token_expired"]]);
});

test("a token source that fails is asked again", async (t) => {
  still(t);
  let asked = 0;
  const { client, sockets } = await start(t, { token: async () => { if ((asked += 1) === 1) throw new Error("login server away"); return "ok"; } });
  assert.deepEqual(shown(client), ["connecting", "token_unavailable"]);
  await pass(t, 1_000);
  assert.equal(sockets.last.protocols[1], "bearer.ok");
});

test("a refused handshake says why where the server's HTTP does", async (t) => {
  for (const [status, reason] of [[401, "token_refused"], [403, "not_allowed"]]) {
    await t.test(reason, async (t) => {
      still(t);
      const asked = [];
      t.mock.method(globalThis, "fetch", async (url, { method, headers }) => (asked.push([String(url), method, headers.authorization]), { status }));
      const { client, sockets } = await start(t, { url: "wss://server/base/ws/my%20session" });
      sockets.last.end(1006);
      await settle();
      assert.deepEqual(asked, [["https://server/base/api/sessions/my%20session/rooms", "HEAD", "Bearer t"]]);
      assert.deepEqual(shown(client), ["ended", reason]);
    });
  }
});

test("a refusal of a token that is good for the session means its user, and is final", async (t) => {
  const tokens = [["removed", {}], ["removed", { sessions: ["*"] }], ["removed", { sessions: ["x", "my session"] }], ["not_allowed", { sessions: ["x"] }]];
  for (const [reason, claims] of tokens) {
    await t.test(JSON.stringify(claims), async (t) => {
      still(t);
      t.mock.method(globalThis, "fetch", async () => ({ status: 403 }));
      const { client, sockets } = await start(t, { url: "wss://server/base/ws/my%20session?x=/y", token: jwt(600, "x", claims) });
      sockets.last.end(1006);
      await pass(t, 60_000);
      assert.deepEqual([shown(client), sockets.all.length], [["ended", reason], 1]);
    });
  }
});

test("what the server says to somebody it removes is theirs to read", async (t) => {
  still(t);
  const { client, sockets } = await online(t);
  assert.equal(client.state.connection.message, "");
  sockets.last.end(4002, "an operator did it");
  assert.equal(client.state.connection.message, "an operator did it");
  client.reconnect();
  await settle();
  begin(sockets.last);
  assert.equal(client.state.connection.message, "");
});

test("a refused token is asked for anew twice before it ends", async (t) => {
  still(t);
  t.mock.method(globalThis, "fetch", async () => ({ status: 401 }));
  const reasons = [];
  const { client, sockets } = await start(t, { token: ({ reason }) => (reasons.push(reason), "bad") });
  for (let n = 0; n < 12 && client.state.connection.status !== "ended"; n += 1) {
    sockets.last.end(1006);
    await pass(t, 20_000);
  }
  assert.deepEqual(shown(client), ["ended", "token_refused"]);
  assert.ok(reasons.length >= 3 && reasons.slice(1).every((reason) => reason === "refused"), reasons.join());
});

test("a server that is away is tried for ever", async (t) => {
  still(t);
  const { client, sockets } = await start(t);
  for (let n = 0; n < 30; n += 1) {
    sockets.last.end(1006);
    await pass(t, 20_000);
  }
  assert.deepEqual([sockets.all.length, shown(client)], [31, ["connecting", "unreachable"]]);
});

test("a server that accepts and then says nothing is given up", async (t) => {
  still(t);
  const { client, sockets } = await start(t);
  sockets.last.accept();
  await pass(t, 15_000);
  assert.deepEqual([sockets.last.closedWith, shown(client)], [1005, ["connecting", "unreachable"]]);
  await pass(t, 20_000);
  assert.equal(sockets.all.length, 2);
});

// heartbeat and clock

test("a connection that does not answer a ping is given up", async (t) => {
  still(t);
  const { client, sockets } = await online(t, {}, { pings: false });
  const [ping] = sockets.last.of("breakout.ping");
  assert.equal("idempotencyKey" in ping, false);
  await pass(t, 8_000);
  assert.deepEqual([sockets.last.closedWith, shown(client)], [1005, ["reconnecting", "lost"]]);
});

test("pings go on at a steady beat", async (t) => {
  still(t);
  const { client, sockets } = await online(t, {}, { pings: false });
  const answerAll = async () => {
    for (let n = 0; n < sockets.last.of("breakout.ping").length; n += 1) {
      sockets.last.answer(sockets.last.of("breakout.ping")[n], { serverAt: Date.now() });
      await settle();
    }
  };
  await answerAll();
  assert.equal(sockets.last.of("breakout.ping").length, 3);
  for (let beat = 1; beat <= 3; beat += 1) {
    await pass(t, 25_000);
    await answerAll();
    assert.equal(sockets.last.of("breakout.ping").length, 3 + beat);
  }
  assert.equal(client.state.connection.status, "online");
});

test("the clock is that of the quickest ping", async (t) => {
  still(t);
  const { client, sockets } = await online(t, { serverAt: START }, { pings: false });
  const server = 5_000; // ahead of the local clock
  for (const [there, back] of [[300, 100], [10, 10], [200, 20]]) {
    const ping = sockets.last.of("breakout.ping").at(-1);
    await pass(t, there);
    const serverAt = Date.now() + server;
    await pass(t, back);
    sockets.last.answer(ping, { serverAt });
    await settle();
  }
  assert.deepEqual([client.state.clock, client.now() - Date.now()], [{ offsetMs: server, roundTripMs: 20 }, server]);
});

test("a local clock that is set back or ahead is found out", async (t) => {
  still(t);
  const { client, sockets } = await online(t, {}, { pings: false });
  for (let n = 0; n < 3; n += 1) {
    sockets.last.answer(sockets.last.of("breakout.ping")[n], { serverAt: Date.now() });
    await settle();
  }
  const push = (seq, sentAt) => sockets.last.push("breakout.room.created", { room: room(`r${seq}`) }, { topic: "session", seq, sentAt });
  push(1, Date.now() + 3_600_000); // nothing is sent in the future: the local clock was set back
  assert.equal(client.state.clock.offsetMs, 3_600_000);
  push(2, Date.now()); // seems an hour old: set ahead, so measured again
  await settle();
  const ping = sockets.last.of("breakout.ping").at(-1);
  sockets.last.answer(ping, { serverAt: Date.now() });
  assert.equal(client.state.clock.offsetMs, 0);
});

// the device

test("without a network the state says so, and the network's return ends the wait", async (t) => {
  still(t, { chance: 0.9 });
  const device = new EventTarget();
  const watched = ["addEventListener", "removeEventListener"];
  for (const name of watched) globalThis[name] = device[name].bind(device);
  t.after(() => watched.forEach((name) => delete globalThis[name]));
  let onLine = true;
  Object.defineProperty(globalThis, "navigator", { configurable: true, get: () => ({ onLine }) });
  const { client, sockets } = await online(t);
  await pass(t, 6_000);
  onLine = false;
  sockets.last.end(1006);
  assert.equal(client.state.connection.status, "offline");
  assert.ok(client.state.connection.retryAt > Date.now());
  onLine = true;
  device.dispatchEvent(new Event("online"));
  await settle();
  assert.deepEqual([sockets.all.length, client.state.connection.status], [2, "reconnecting"]);
});
