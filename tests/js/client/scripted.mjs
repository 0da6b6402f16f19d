// A server of one's own making for the client: a WebSocket class whose other end is the test. Time and chance are the test's too.
import { connect } from "../../../gateway/web/client/breakout.js";

export const START = 1_790_000_000_000;

/** Every connection that the client opened, oldest first. With `pings` they answer these by themselves. */
export class Sockets {
  constructor({ pings = true } = {}) {
    const opened = (this.all = []);
    this.Class = class {
      sent = [];
      closedWith = undefined;
      constructor(url, protocols) {
        Object.assign(this, { url, protocols });
        opened.push(this);
      }
      send(text) {
        const frame = JSON.parse(text);
        this.sent.push(frame);
        if (pings && frame.event === "breakout.ping") Promise.resolve().then(() => this.answer(frame, { serverAt: Date.now() }));
      }
      close(code) {
        this.closedWith = code ?? 1005;
      }
      accept() {
        this.onopen?.({});
      }
      /** A frame from the server. */
      give(frame) {
        this.onmessage?.({ data: JSON.stringify(frame) });
      }
      end(code, reason = "") {
        this.onclose?.({ code, reason });
      }
      /** What the client sent of one event. */
      of(event) {
        return this.sent.filter((frame) => frame.event === event);
      }
      answer(frame, data) {
        this.give({ event: "reply", id: frame.id, success: true, data });
      }
      refuse(frame, code, details = {}) {
        this.give({ event: "reply", id: frame.id, success: false, error: { code, message: code, details } });
      }
      push(event, data, { topic, seq, sentAt } = {}) {
        this.give({ event, topic, seq, sentAt, data });
      }
    };
  }
  get last() {
    return this.all.at(-1);
  }
}

/** Mock timers, a fixed chance, and no network but the sockets; taken back when the test ends. */
export function still(t, { chance = 0.5 } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: START });
  t.mock.method(Math, "random", () => chance);
  t.mock.method(globalThis, "fetch", async () => { throw new TypeError("no network"); });
}

/** Lets promises settle, then time pass, then promises settle. */
export async function pass(t, ms) {
  await settle();
  t.mock.timers.tick(ms);
  await settle();
}

export async function settle() {
  for (let n = 0; n < 40; n += 1) await Promise.resolve();
}

/** A client whose connection is open and has its first snapshot. */
export async function online(t, snapshot = {}, { pings = true, ...options } = {}) {
  const sockets = new Sockets({ pings });
  const client = connect({ url: "ws://server/ws/demo", token: "t", WebSocket: sockets.Class, ...options });
  t.after(() => client.close());
  await settle();
  begin(sockets.last, snapshot);
  await settle();
  return { client, sockets };
}

export function begin(socket, snapshot = {}) {
  socket.accept();
  socket.push("breakout.session.state", session(snapshot));
}

export function session(changes = {}) {
  return {
    sessionId: "demo", serverAt: Date.now(), epoch: "e1", seqs: { session: 0, you: 0 },
    self: { userId: "ann", firstName: "Ann", lastName: "", permissions: ["breakout:join"], roomId: changes.room?.room.id ?? null },
    rooms: [], room: null, recall: null,
    settings: { tickSeconds: 1, heartbeatSeconds: 20, warningSeconds: [300, 60], seatHoldSeconds: 120 },
    ...changes,
  };
}

export const STAFF = { userId: "olga", firstName: "Olga", lastName: "", permissions: ["breakout:join", "breakout:manage"], roomId: null };

export function room(id, changes = {}) {
  return {
    id, sessionId: "demo", eventId: null, name: id, topic: null, maxParticipants: 8, durationMinutes: 15, autoAssign: false,
    locked: false, status: "WAITING", createdAt: START, startedAt: null, endedAt: null,
    creator: { id: "olga", firstName: "Olga", lastName: "" }, facilitator: null, participantCount: 0, helpRequested: false,
    timer: null, revision: 1, ...changes,
  };
}

export function person(userId, changes = {}) {
  return { userId, firstName: userId, lastName: "", role: "PARTICIPANT", joinedAt: START, connected: true, speaking: false, speakingTimeSeconds: 0, ...changes };
}

export function inside(card, people = ["ann"], messages = []) {
  return { room: card, participants: people.map((userId) => person(userId)), messages, timer: card.timer };
}

export function timer(changes = {}) {
  return { state: "running", durationSeconds: 600, startedAt: START, endsAt: START + 600_000, remainingSeconds: 600, revision: 2, ...changes };
}

/** A token that expires so many seconds from the start. */
export function jwt(seconds, name = "x", claims = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: name, exp: START / 1000 + seconds, ...claims })}.`;
}
