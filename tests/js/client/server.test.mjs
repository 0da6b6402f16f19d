import assert from "node:assert/strict";
import { test } from "node:test";
import { Server, token, until } from "./server.mjs";

/** A WebSocket that loses what the server sends while `lossy.loses(frame)`. */
function lossySocket() {
  const lossy = { loses: () => false, lost: [] };
  lossy.Class = class extends WebSocket {
    set onmessage(handler) {
      super.onmessage = (event) => {
        const frame = JSON.parse(event.data);
        if (lossy.loses(frame)) lossy.lost.push(frame);
        else handler(event);
      };
    }
  };
  return lossy;
}

const people = (roster) => roster.map((person) => person.userId).sort();

test("an evening with a real server", async (t) => {
  const server = await Server.start(t);
  const olga = await server.online(t, "olga", { role: "MODERATOR" });
  const { room } = await olga.call("breakout.room.create", { name: "Blue" });

  await t.test("people who join see each other and what is said", async (t) => {
    const [ann, ben] = await Promise.all(["ann", "ben"].map((name) => server.online(t, name)));
    await Promise.all([ann, ben].map((client) => client.call("breakout.room.join", { roomId: room.id })));
    await ann.call("breakout.chat.send", { text: "Shall we start?" });
    for (const client of [ann, ben]) {
      const state = await until(client, ({ roster, chat }) => roster.length === 2 && chat.length === 1);
      assert.deepEqual([people(state.roster), state.chat[0].text, state.seat.roomId], [["ann", "ben"], "Shall we start?", room.id]);
    }
    const seen = await until(olga, ({ rosters, rooms, chats }) => rosters[room.id].length === 2 && rooms[0].participantCount === 2 && room.id in chats);
    assert.equal(seen.chats[room.id][0].text, "Shall we start?");
    await Promise.all([ann, ben].map((client) => client.call("breakout.room.leave")));
  });

  await t.test("a second device follows the first", async (t) => {
    const [phone, laptop] = [await server.online(t, "cyd"), await server.online(t, "cyd")];
    await phone.call("breakout.room.join", { roomId: room.id });
    assert.equal((await until(laptop, ({ seat }) => seat !== null)).seat.by, "self");
    await laptop.call("breakout.room.leave");
    await until(phone, ({ seat }) => seat === null);
  });

  await t.test("the clock is the server's to a few milliseconds", async (t) => {
    const ann = await server.online(t, "ann");
    const { clock } = await until(ann, (state) => state.clock.roundTripMs !== null);
    assert.ok(Math.abs(clock.offsetMs) <= 50, JSON.stringify(clock)); // the same machine's clock
  });

  await t.test("a push that got lost is noticed and repaired", async (t) => {
    const lossy = lossySocket();
    const ann = await server.online(t, "ann", { WebSocket: lossy.Class });
    lossy.loses = (frame) => frame.event === "breakout.room.created" && frame.data.room.name === "Red";
    await olga.call("breakout.room.create", { name: "Red" });
    await olga.call("breakout.room.create", { name: "Green" });
    await until(ann, ({ rooms }) => ["Red", "Green"].every((name) => rooms.some((other) => other.name === name)));
    assert.equal(lossy.lost.length, 1);
  });

  await t.test("a recall is acknowledged by itself and the organizer sees the receipt", async (t) => {
    const ann = await server.online(t, "ann");
    await ann.call("breakout.room.join", { roomId: room.id });
    const { recallId, expected } = await olga.call("breakout.all.recall", { graceSeconds: 0 });
    const { recall } = await until(ann, (state) => state.recall?.acknowledged === true && state.seat === null);
    const { recallProgress } = await until(olga, (state) => state.recallProgress?.completedAt !== undefined);
    assert.deepEqual([recall.recallId, expected, recallProgress.recallId, recallProgress.acknowledged], [recallId, 1, recallId, 1]);
    assert.deepEqual([olga.state.rooms.length, olga.state.closedRooms.length], [0, 3]);
    await olga.call("breakout.room.reopen", { roomId: room.id });
    await until(ann, ({ seat }) => seat?.roomId === room.id);
  });

  await t.test("a command in flight when the server dies is done once, and people find their seat", async (t) => {
    const lossy = lossySocket();
    const otto = await server.online(t, "otto", { role: "MODERATOR", WebSocket: lossy.Class });
    const ann = await server.online(t, "ann");
    await ann.call("breakout.room.join", { roomId: room.id });
    await ann.call("breakout.chat.send", { text: "before" });
    await until(ann, ({ chat }) => chat.at(-1)?.text === "before");
    lossy.loses = (frame) => frame.event === "reply";
    const created = otto.call("breakout.room.create", { name: "Once" });
    await until(olga, ({ rooms }) => rooms.some((other) => other.name === "Once")); // committed; its reply is lost
    const waiting = ann.call("breakout.chat.send", { text: "after" }); // perhaps committed, perhaps not
    lossy.loses = () => false;
    const back = [otto, ann, olga].map((client) => until(client, (state) => state.connection.status === "reconnecting"));
    await server.kill();
    await Promise.all(back);
    const late = ann.call("breakout.chat.send", { text: "while away" });
    await server.restart();
    for (const client of [otto, ann, olga]) client.reconnect();
    const [{ room: once }] = await Promise.all([created, waiting, late]);
    const state = await until(ann, ({ chat }) => chat.at(-1)?.text === "while away");
    assert.deepEqual(state.chat.slice(-3).map((message) => message.text), ["before", "after", "while away"]);
    assert.equal(state.seat.roomId, room.id);
    const { rooms } = await until(olga, (other) => other.connection.status === "online");
    assert.deepEqual(rooms.filter((other) => other.name === "Once").map((other) => other.id), [once.id]);
  });

  await t.test("a token that runs out on the open connection is renewed without losing the place", async (t) => {
    const asked = [];
    const source = ({ reason }) => (asked.push(reason), token("dan", "ATTENDEE", asked.length === 1 ? 2 : 600));
    const dan = await server.online(t, "dan", { token: source });
    await dan.call("breakout.room.join", { roomId: room.id });
    await until(dan, ({ connection }) => connection.status === "reconnecting");
    const state = await until(dan, ({ connection }) => connection.status === "online");
    assert.deepEqual([asked, state.seat.roomId], [["start", "expired"], room.id]);
  });

  await t.test("a token that the server does not believe, or not for this session, ends it with the reason", async (t) => {
    const forged = server.connect(t, "eve", { token: `${token("eve", "OWNER", 600)}x` });
    const elsewhere = server.connect(t, "eve", { token: token("eve", "OWNER", 600, { sessions: ["other"] }) });
    const ends = await Promise.all([forged, elsewhere].map((client) => until(client, ({ connection }) => connection.status === "ended")));
    assert.deepEqual(ends.map(({ connection }) => connection.reason), ["token_refused", "not_allowed"]);
  });

  await t.test("after a storm of changes every state is what a newcomer is shown", async (t) => {
    let seed = 7; // the same storm at every run
    const draw = (many) => (seed = (seed * 48_271) % 2_147_483_647) % many;
    const names = ["eva", "fay", "gus", "hal"];
    const clients = await Promise.all(names.map((name) => server.online(t, name)));
    await olga.call("breakout.rooms.create", { rooms: ["A", "B", "C"].map((name) => ({ name, maxParticipants: 2 })) });
    const { rooms } = await until(olga, (state) => ["A", "B", "C"].every((name) => state.rooms.some((other) => other.name === name)));
    const any = () => rooms[draw(rooms.length)].id;
    const done = [];
    for (let n = 0; n < 60; n += 1) {
      const client = clients[draw(clients.length)];
      const commands = [
        () => client.call("breakout.room.join", { roomId: any() }),
        () => client.call("breakout.room.leave"),
        () => client.call("breakout.chat.send", { text: `message ${n}` }),
        () => olga.call("breakout.timer.start", { roomId: any(), durationSeconds: 600 }),
        () => olga.call("breakout.timer.extend", { roomId: any(), seconds: 60 }),
        () => olga.call("breakout.room.update", { roomId: any(), topic: `topic ${n}` }),
        () => olga.call("breakout.timer.pause", { roomId: any() }),
      ];
      done.push(commands[draw(commands.length)]().catch(({ code }) => assert.notEqual(code, "timed_out"))); // refusals are a part of the storm
      if (n % 10 === 9) await Promise.all(done);
    }
    await Promise.all(done);
    await new Promise((resolve) => setTimeout(resolve, 600)); // more than two of the windows in which changes are gathered
    for (const [name, role, client] of [...names.map((other, n) => [other, "ATTENDEE", clients[n]]), ["olga", "MODERATOR", olga]]) {
      const fresh = await server.online(t, name, { role });
      assert.deepEqual(lasting(client.state), lasting(fresh.state), name);
      fresh.close();
    }
  });
});

/** What two clients of one user must agree on. What is left of a timer is as of the last frame. */
function lasting({ rooms, seat, roster, chat, rosters, lobby, help, self }) {
  const still = (room) => ({ ...room, timer: room.timer && { ...room.timer, remainingSeconds: room.timer.endsAt === null ? room.timer.remainingSeconds : null } });
  const byUser = (list) => [...list].sort((a, b) => (a.userId < b.userId ? -1 : 1));
  return { rooms: rooms.map(still), seat: seat && still(seat.room), roster, chat, rosters, lobby: byUser(lobby), help, self };
}
