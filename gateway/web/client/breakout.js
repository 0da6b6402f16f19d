// @ts-check
/**
 * The JavaScript client of a Breakout server: one ES module, no dependencies, for browsers (and Node from 22 on).
 *
 *     import { connect } from "https://SERVER/client/breakout.js";
 *
 *     const client = connect({ url: "wss://SERVER/ws/SESSION", token });
 *     client.subscribe((state) => render(state));
 *     client.on("breakout.chat.message", ({ message }) => console.log(message.text));
 *     await client.call("breakout.room.join", { roomId });
 *
 * connect(options) -> client. Begins to connect at once, and goes on until `close()` or an end that waiting cannot mend.
 *   url                 "wss://..." or "https://..." or a path such as "/ws/demo"; `sessionUrl(server, sessionId)` makes one.
 *   token               a JWT, or a function `({reason}) => token or promise of one`; it is called at the start ("start"), when
 *                       the token has expired ("expired") and when the server did not let the connection in ("refused").
 *   acknowledgeRecalls  true: the receipt of a recall is sent by itself as soon as one sits in no room. Hosts that
 *                       know better when the main session is on the screen again say false and call `acknowledgeRecall()`.
 *   closedRooms         false; true: staff get `state.closedRooms` filled, to open rooms again.
 *   timeoutMs           540000: how long a command may wait for its reply over all reconnects. Keys are remembered for 10 minutes.
 *   WebSocket           another constructor than the global one.
 *
 * client.call(event, data = {}, {idempotencyKey, timeoutMs, signal} = {}) -> promise of the reply's data.
 *   Every command gets an idempotency key. It waits while there is no connection, is sent again after a reconnect and
 *   after a refusal that says "try again" (rate_limited, room_unavailable, overloaded, storage_unavailable), so that it is never lost and never done twice.
 *   Rejects with BreakoutError {code, message, details, event}; besides the codes of the protocol: "timed_out", "aborted", "closed".
 * client.on(event, handler) -> function that takes the handler off again.
 *   handler(data, {event, topic, seq, sentAt}) for a push of that name, after `state` has it; "*" hears every push.
 * client.state -> the present State: an immutable snapshot; what did not change keeps its identity.
 * client.subscribe(listener) -> function that ends it; listener(state) is called at once and after every change (as stores and signals do).
 * client.ready -> promise of the first State with the session in it; rejects when the connection ended before.
 * client.now() -> the server's clock, in ms since the epoch.
 * client.remainingSeconds(timer = state.timer) -> whole seconds left by the server's clock (started ones count); null without a timer.
 * client.may(permission) -> whether `state.self` has "breakout:join" or "breakout:manage".
 * client.acknowledgeRecall() -> sends the receipt of `state.recall`, once.
 * client.resync() -> asks for the session anew; gaps in the pushes do so by themselves.
 * client.reconnect() -> connects now: ends a wait between attempts, and begins again after "ended".
 * client.renew(token) -> another token (or function) from the next connection on; begins again after "ended".
 * client.close() -> ends it; waiting commands reject with "closed".
 *
 * State (objects as in PROTOCOL.md; types in breakout.d.ts)
 *   connection      {status, attempt, retryAt, reason, closeCode, message}
 *                     status: "connecting"    the first attempts
 *                             "online"        the state below is true now
 *                             "reconnecting"  it was; the rest of the state is as last known. retryAt: local ms, or null while trying
 *                             "offline"       the device has no network; goes on when it has
 *                             "ended"         reason: "closed" (by close()), "token_expired", "token_refused" (bad token),
 *                                             "not_allowed" (not for this session), "replaced" (too many devices), "removed" (an operator
 *                                             has put one out of the session or the server; message: what the server says to that, or "");
 *                                             in the other states why it is not online: "unreachable", "lost", "stopping", "slow", ...
 *   clock           {offsetMs, roundTripMs}   server's clock minus the local one
 *   session         null until the first snapshot, then {id, epoch, settings}
 *   self            null, or {userId, firstName, lastName, permissions, staff}
 *   rooms           [Room] open ones, oldest first
 *   closedRooms     [Room] closed since the connection began (or, with `closedRooms`, all), last closed first
 *   seat            null in the main session, or {roomId, room: Room, by: "self"|"staff"|"auto"|null, facilitator}
 *   roster          [Participant] of one's room, in the order in which they sat down; [] without a seat
 *   chat            [Message] of one's room, oldest first, at most 100; [] without a seat
 *   timer           Timer of one's room, or null
 *   warning         null, or {roomId, remainingSeconds: 300|60, endsAt} of one's room's timer
 *   recall          null, or {recallId, returnAt, mode, reason, roomId, graceSeconds, acknowledged}; stays after the return until one sits again
 *   lastMove        null, or {roomId, by, at}: the last change of one's seat ("staff", "auto", "recall" want telling)
 *   help            [HelpItem] oldest first: for staff the queue, for others their own room's
 *   broadcasts      [{text, user, roomIds, sentAt}] the last 20, oldest first
 *   unavailable     [roomId] being restarted
 *   rosters         {roomId: [Participant]} of every open room for staff; of one's own for others
 *   chats           {roomId: [Message]} for staff what was heard since the connection began, at most 100 a room; likewise
 *   Staff only (empty for others):
 *   lobby           [LobbyMember] connected, in no room
 *   recallProgress  null, or {recallId, expected, acknowledged, missing, completedAt?, cancelled?, ...}
 *   timeRequests    [{roomId, user, seconds, receivedAt}] the last 20, oldest first (facilitators get them too)
 */

/** @typedef {import("./breakout.d.ts").State} State */
/** @typedef {import("./breakout.d.ts").Room} Room */
/** @typedef {import("./breakout.d.ts").Timer} Timer */
/** @typedef {import("./breakout.d.ts").Participant} Participant */
/** @typedef {import("./breakout.d.ts").Message} Message */
/** @typedef {import("./breakout.d.ts").RoomInside} RoomInside */
/** @typedef {import("./breakout.d.ts").SessionSnapshot} SessionSnapshot */
/** @typedef {import("./breakout.d.ts").RecallState} RecallState */
/** @typedef {import("./breakout.d.ts").Client} ClientInterface */
/** @typedef {import("./breakout.d.ts").CallOptions} CallOptions */
/** @typedef {import("./breakout.d.ts").Options} Options */
/** @typedef {import("./breakout.d.ts").TokenSource} TokenSource */
/** @typedef {import("./breakout.d.ts").TokenReason} TokenReason */
/** @typedef {import("./breakout.d.ts").PushMeta} PushMeta */
/** @typedef {import("./breakout.d.ts").EndReason} EndReason */
/** @typedef {ReturnType<typeof setTimeout>} TimerId */

const PROTOCOL = "breakout.v1";
/** As many messages as the server remembers of a room. */
const KEPT_MESSAGES = 100;
/** What a person can still want to read. */
const KEPT_NOTICES = 20;
/** Below the 10 minutes for which the server remembers keys: a command is never sent again when that might do it twice. */
const CALL_TIMEOUT_MS = 540_000;
/** From the first byte to the session's state; also covers a session that is loaded from a slow store. */
const OPEN_TIMEOUT_MS = 15_000;
/** Proxies give silent connections up at 60 s. */
const HEARTBEAT_MS = 25_000;
const PING_TIMEOUT_MS = 8_000;
/** After waking up, coming back to the tab or to the network: a person is waiting. */
const CHECK_TIMEOUT_MS = 4_000;
/** A connection that lived so long was a good one: the next failure is a first failure again. */
const GOOD_CONNECTION_MS = 5_000;
const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 20_000;
/** Clients of a draining server come back over so long, so that the next one is not stormed. */
const DRAIN_SPREAD_MS = 2_000;
const CLOCK_SAMPLES = 8;
/** A push that seems this old means that the local clock was set, or that this device slept. */
const CLOCK_JUMP_MS = 2_000;
/** Smaller corrections of the clock are no news. */
const CLOCK_NEWS_MS = 20;
/** How long after its end a recall is shown whose end nobody announced: it was taken back. */
const RECALL_OVER_MS = 3_000;
/** Below the server's 20 commands a second and 40 at once, so that a host's loop over 200 people is slowed and not refused. */
const COMMANDS_PER_SECOND = 15;
const COMMAND_BURST = 30;
/** Refusals after which the command had no effect and may be sent again. */
const TRY_AGAIN = new Set(["rate_limited", "room_unavailable", "overloaded", "storage_unavailable"]);

/** Why a connection closed, by close code; others are "lost". @type {Record<number, string>} */
const CLOSE_REASONS = { 1012: "stopping", 1013: "busy", 1008: "misbehaved", 4008: "slow", 4029: "flooding" };
/** Closes after which a client does not come back by itself. @type {Record<number, EndReason>} */
const FINAL_CLOSES = { 4002: "removed", 4009: "replaced" };
const TOKEN_EXPIRED = 4001;
const TOO_LARGE = 1009;
const DRAINING = 1012;
const FLOODING = 4029;

/** A command that was refused, or that ended here; see `code`. */
export class BreakoutError extends Error {
  /** @param {string} code @param {string} message @param {Readonly<Record<string, unknown>>} [details] @param {string} [event] */
  constructor(code, message, details = {}, event = "") {
    super(message);
    this.name = "BreakoutError";
    this.code = code;
    this.details = details;
    this.event = event;
  }
}

/**
 * The address of a session: `sessionUrl("https://server", "demo")` is "wss://server/ws/demo".
 * @type {typeof import("./breakout.d.ts").sessionUrl}
 */
export function sessionUrl(server, sessionId) {
  const url = new URL(`ws/${encodeURIComponent(sessionId)}`, new URL(`${server.replace(/\/+$/, "")}/`, base()));
  url.protocol = url.protocol.replace(/^http/, "ws");
  return url.href;
}

/**
 * Connects to a session; see the head of this file.
 * @type {typeof import("./breakout.d.ts").connect}
 */
export function connect(options) {
  return new Client(options);
}

// ---- lists and maps that keep their identity where nothing changes

/** @template T @param {readonly T[]} list @param {(item: T) => string} key @param {T} item @returns {readonly T[]} */
function put(list, key, item) {
  const at = list.findIndex((other) => key(other) === key(item));
  return at < 0 ? [...list, item] : list.map((other, index) => (index === at ? item : other));
}

/** Known items stay in their place. @template T @param {readonly T[]} list @param {(item: T) => string} key @param {readonly T[]} items @returns {readonly T[]} */
function putAll(list, key, items) {
  if (items.length === 0) return list;
  const all = new Map([...list, ...items].map((item) => [key(item), item]));
  return [...all.values()];
}

/** @template T @param {readonly T[]} list @param {(item: T) => string} key @param {ReadonlySet<string>} gone @returns {readonly T[]} */
function drop(list, key, gone) {
  return list.some((item) => gone.has(key(item))) ? list.filter((item) => !gone.has(key(item))) : list;
}

/** @template T @param {Readonly<Record<string, T>>} map @param {string} key @returns {Readonly<Record<string, T>>} */
function omit(map, key) {
  if (!(key in map)) return map;
  const { [key]: _, ...rest } = map;
  return rest;
}

/** @template T @param {Readonly<Record<string, T>>} map @param {readonly string[]} keys @returns {Readonly<Record<string, T>>} */
function pick(map, keys) {
  return Object.fromEntries(keys.filter((key) => key in map).map((key) => [key, map[key]]));
}

const byId = (/** @type {{id: string}} */ item) => item.id;
const byUser = (/** @type {{userId: string}} */ item) => item.userId;

// ---- the state: pure functions from a state and what the server says to the next state

/** @type {readonly never[]} */
const NOTHING = Object.freeze([]);

/** @type {State} */
const EMPTY = {
  connection: { status: "connecting", attempt: 0, retryAt: null, reason: null, closeCode: null, message: "" },
  clock: { offsetMs: 0, roundTripMs: null },
  session: null,
  self: null,
  rooms: NOTHING,
  closedRooms: NOTHING,
  seat: null,
  roster: NOTHING,
  chat: NOTHING,
  timer: null,
  warning: null,
  recall: null,
  lastMove: null,
  help: NOTHING,
  broadcasts: NOTHING,
  unavailable: NOTHING,
  rosters: {},
  chats: {},
  lobby: NOTHING,
  recallProgress: null,
  timeRequests: NOTHING,
};

/** @param {State} state @param {string} roomId */
function roomOf(state, roomId) {
  return state.rooms.find((room) => room.id === roomId) ?? state.closedRooms.find((room) => room.id === roomId);
}

/** What follows from the rest: one's room, its people, its chat, its timer. @param {State} state @returns {State} */
function derived(state) {
  const seat = state.seat;
  if (seat === null) return { ...state, roster: NOTHING, chat: NOTHING, timer: null, warning: null };
  const room = roomOf(state, seat.roomId) ?? seat.room;
  const facilitator = room.facilitator !== null && room.facilitator.id === state.self?.userId;
  const same = room === seat.room && facilitator === seat.facilitator;
  const warning = state.warning?.roomId === room.id && state.warning.endsAt === room.timer?.endsAt ? state.warning : null;
  return {
    ...state,
    seat: same ? seat : { ...seat, room, facilitator },
    roster: state.rosters[room.id] ?? NOTHING,
    chat: state.chats[room.id] ?? NOTHING,
    timer: room.timer,
    warning,
  };
}

/** A room's card, unless a newer one is known. @param {State} state @param {Room} card @returns {State} */
function withCard(state, card) {
  const known = roomOf(state, card.id);
  if (known !== undefined && known.revision > card.revision) return state;
  const recall = takenBack(state.recall, known, card) ? null : state.recall;
  const gone = new Set([card.id]);
  if (card.status === "CLOSED") {
    const closedRooms = [...put(state.closedRooms, byId, card)].sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
    const rooms = drop(state.rooms, byId, gone);
    const unavailable = state.unavailable.filter((roomId) => roomId !== card.id);
    return { ...state, recall, rooms, closedRooms, unavailable, rosters: omit(state.rosters, card.id), chats: omit(state.chats, card.id) };
  }
  const rosters = state.self?.staff && !(card.id in state.rosters) ? { ...state.rosters, [card.id]: NOTHING } : state.rosters;
  return { ...state, recall, rosters, rooms: inOrder(state.rooms, card), closedRooms: drop(state.closedRooms, byId, gone) };
}

/** @param {readonly Room[]} rooms @param {Room} card @returns {readonly Room[]} */
function inOrder(rooms, card) {
  if (rooms.some((room) => room.id === card.id)) return put(rooms, byId, card);
  const at = rooms.findIndex((room) => room.createdAt > card.createdAt);
  return at < 0 ? [...rooms, card] : [...rooms.slice(0, at), card, ...rooms.slice(at)];
}

/** Whether the room one was called out of goes on. @param {RecallState|null} recall @param {Room|undefined} before @param {Room} after */
function takenBack(recall, before, after) {
  const closing = recall !== null && !recall.acknowledged && recall.mode === "forced" && recall.roomId === after.id;
  return closing && before?.status === "CLOSING" && (after.status === "ACTIVE" || after.status === "WAITING");
}

/** @param {State} state @param {RoomInside} inside @returns {State} */
function withInside(state, { room, participants, messages }) {
  const next = withCard(state, room);
  return {
    ...next,
    rosters: { ...next.rosters, [room.id]: participants },
    chats: { ...next.chats, [room.id]: messages },
  };
}

/** Everything anew; what a snapshot does not say is kept where it can still be true. @param {State} state @param {SessionSnapshot} snapshot @param {number} now @returns {State} */
function withSnapshot(state, snapshot, now) {
  const { permissions, roomId, ...user } = snapshot.self;
  const staff = permissions.includes("breakout:manage");
  const open = snapshot.rooms.map(byId);
  const stays = roomId !== null && state.seat?.roomId === roomId;
  /** @type {State} */
  const next = {
    ...state,
    session: { id: snapshot.sessionId, epoch: snapshot.epoch, settings: snapshot.settings },
    self: { ...user, permissions, staff },
    rooms: snapshot.rooms,
    closedRooms: drop(state.closedRooms, byId, new Set(open)),
    rosters: snapshot.participants ?? {},
    chats: staff ? pick(state.chats, open) : {},
    lobby: snapshot.lobby ?? NOTHING,
    help: snapshot.help ?? (stays && snapshot.room?.room.helpRequested ? state.help : NOTHING),
    unavailable: NOTHING,
    recallProgress: snapshot.recall?.recallId === state.recallProgress?.recallId ? state.recallProgress : null,
    seat: null,
  };
  if (snapshot.room === null) return derived({ ...next, recall: recallAfter(state.recall, snapshot, now) });
  const room = snapshot.room.room;
  const seat = { roomId: room.id, room, by: stays && state.seat ? state.seat.by : null, facilitator: false };
  return derived({ ...withInside(next, snapshot.room), seat, recall: recallAfter(state.recall, snapshot, now) });
}

/** @param {RecallState|null} known @param {SessionSnapshot} snapshot @param {number} now @returns {RecallState|null} */
function recallAfter(known, snapshot, now) {
  const { recall, room } = snapshot;
  if (recall === null) {
    const pending = known !== null && known.reason !== "recall" && (room === null || known.roomId === room.room.id);
    return pending ? known : null;
  }
  if (known?.recallId === recall.recallId) return { ...known, ...recall };
  if (room !== null && recall.returnAt <= now) return null; // it only collects receipts, and this seat is a later one
  return { ...recall, reason: "recall", roomId: room?.room.id ?? null, graceSeconds: null, acknowledged: false };
}

/** One's seat, changed. @param {State} state @param {import("./breakout.d.ts").ParticipantSeatedPush} data @param {number} now @returns {State} */
function withSeat(state, { roomId, by, room: inside }, now) {
  const lastMove = { roomId, by, at: now };
  const staff = state.self?.staff ?? false;
  const help = staff ? state.help : NOTHING;
  if (inside === null) {
    const own = staff ? {} : { rosters: {}, chats: {} };
    return { ...state, ...own, help, lastMove, seat: null };
  }
  const over = state.recall !== null && (state.recall.acknowledged || state.recall.reason !== "recall" || state.recall.returnAt <= now);
  const own = staff ? {} : { rosters: {}, chats: {} };
  const next = withInside({ ...state, ...own, help, lastMove, recall: over ? null : state.recall }, inside);
  return { ...next, seat: { roomId: inside.room.id, room: inside.room, by, facilitator: false } };
}

/** @param {State} state @param {import("./breakout.d.ts").ParticipantsUpdatePush} data @returns {State} */
function withPeople(state, { roomId, joined, left, changed, participantCount, revision }) {
  const before = state.rosters[roomId];
  if (before === undefined) return state;
  const stayed = putAll(drop(before, byUser, new Set(left)), byUser, joined);
  const present = new Set(stayed.map(byUser));
  const roster = putAll(stayed, byUser, changed.filter((person) => present.has(person.userId)));
  const next = { ...state, rosters: { ...state.rosters, [roomId]: roster } };
  const card = roomOf(state, roomId);
  return card === undefined || card.revision > revision ? next : withCard(next, { ...card, participantCount, revision });
}

/** @param {State} state @param {string} roomId @param {(room: Room) => Room} change @returns {State} */
function withRoom(state, roomId, change) {
  const room = roomOf(state, roomId);
  const changed = room === undefined ? undefined : change(room);
  return changed === undefined || changed === room ? state : withCard(state, changed);
}

/** @param {State} state @param {import("./breakout.d.ts").TimerTickPush} tick @returns {State} */
function withTick(state, { roomId, endsAt, remainingSeconds, revision }) {
  return withRoom(state, roomId, (room) => {
    const timer = room.timer;
    if (timer === null || revision < timer.revision || timer.endsAt === endsAt) return room;
    return { ...room, timer: { ...timer, state: "running", endsAt, remainingSeconds, revision } };
  });
}

/** @param {State} state @param {import("./breakout.d.ts").RecallProgressPush} progress @returns {State} */
function withProgress(state, progress) {
  const over = progress.completedAt !== undefined && state.recall?.recallId === progress.recallId;
  return { ...state, recallProgress: progress, recall: over ? null : state.recall };
}

/** @param {State} state @param {Message} message @returns {State} */
function withMessage(state, message) {
  const before = state.chats[message.roomId] ?? NOTHING;
  if (before.some((other) => other.id === message.id)) return state;
  return { ...state, chats: { ...state.chats, [message.roomId]: [...before, message].slice(-KEPT_MESSAGES) } };
}

/**
 * What each push does to the state; a push that is not named here changes nothing.
 * @type {{[E in keyof import("./breakout.d.ts").Pushes]?: (state: State, data: import("./breakout.d.ts").Pushes[E], now: number) => State}}
 */
const APPLY = {
  "breakout.session.state": withSnapshot,
  "breakout.room.created": (state, { room }) => withCard(state, room),
  "breakout.rooms.updated": (state, { rooms }) => rooms.reduce(withCard, state),
  "breakout.room.closed": (state, { roomId, endedAt }) =>
    withRoom(state, roomId, (room) => ({ ...room, status: "CLOSED", endedAt, timer: null, participantCount: 0, helpRequested: false })),
  "breakout.participants.update": withPeople,
  "breakout.lobby.update": (state, { joined, left }) =>
    ({ ...state, lobby: putAll(drop(state.lobby, byUser, new Set(left)), byUser, joined) }),
  "breakout.participant.seated": withSeat,
  "breakout.timer.updated": (state, { roomId, timer, status }) =>
    withRoom(state, roomId, (room) => (timer && room.timer && timer.revision < room.timer.revision ? room : { ...room, timer, status })),
  "breakout.timer.tick": withTick,
  "breakout.timer.warning": (state, warning) => (warning.roomId === state.seat?.roomId ? { ...state, warning } : state),
  "breakout.recalled": (state, data) => ({ ...state, recall: { ...data, acknowledged: false } }),
  "breakout.recall.progress": withProgress,
  "breakout.chat.message": (state, { message }) => withMessage(state, message),
  "breakout.broadcast.message": (state, data) => ({ ...state, broadcasts: [...state.broadcasts, data].slice(-KEPT_NOTICES) }),
  "breakout.help.updated": (state, { help }) => ({ ...state, help }),
  "breakout.time.requested": (state, data, now) =>
    ({ ...state, timeRequests: [...state.timeRequests, { ...data, receivedAt: now }].slice(-KEPT_NOTICES) }),
  "breakout.room.unavailable": (state, { roomId }) => ({ ...state, unavailable: [...new Set([...state.unavailable, roomId])] }),
  "breakout.room.restored": (state, { roomId }) => ({ ...state, unavailable: state.unavailable.filter((other) => other !== roomId) }),
};

// ---- sequences: which pushes a snapshot contains, and whether one is missing

class Sequences {
  /** @type {Map<string, number>} */
  #last = new Map();

  /** @param {Readonly<Record<string, number>>} seqs */
  reset(seqs) {
    this.#last = new Map(Object.entries(seqs));
  }

  /** A topic one did not know begins with its first push. @param {string} topic @param {number} seq @returns {"next"|"known"|"gap"} */
  take(topic, seq) {
    const last = this.#last.get(topic);
    if (last !== undefined && seq <= last) return "known";
    this.#last.set(topic, seq);
    return last === undefined || seq === last + 1 ? "next" : "gap";
  }

  /** Rooms one has left are no longer heard: coming back, their topic begins anew. */
  forgetRooms() {
    for (const topic of this.#last.keys()) if (topic.startsWith("room:")) this.#last.delete(topic);
  }
}

// ---- the clock: the server's time by the local one

class Clock {
  offsetMs = 0;
  /** @type {number|null} */
  roundTripMs = null;
  /** @type {{offsetMs: number, roundTripMs: number}[]} */
  #samples = [];

  now() {
    return Date.now() + this.offsetMs;
  }

  /** One ping: the reply was sent half a round trip ago, more or less; the quickest of the last few errs least. @param {number} sentAt @param {number} receivedAt @param {number} serverAt */
  sample(sentAt, receivedAt, serverAt) {
    const roundTripMs = receivedAt - sentAt;
    this.#samples = [...this.#samples, { roundTripMs, offsetMs: serverAt - (sentAt + receivedAt) / 2 }].slice(-CLOCK_SAMPLES);
    const best = this.#samples.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a));
    this.offsetMs = Math.round(best.offsetMs) || 0; // never -0
    this.roundTripMs = best.roundTripMs;
  }

  /** A push cannot come from the future. Returns whether it seems so old that the local clock was set. @param {number} sentAt */
  observe(sentAt) {
    const offsetMs = sentAt - Date.now();
    if (offsetMs > this.offsetMs) this.offsetMs = offsetMs;
    return offsetMs < this.offsetMs - CLOCK_JUMP_MS;
  }

  forget() {
    this.#samples = [];
  }
}

/** A bucket of permits to send, filled steadily. */
class Pace {
  #permits = COMMAND_BURST;
  #filledAt = Date.now();

  /** Takes a permit: 0, or the milliseconds until there is one. */
  take() {
    const now = Date.now();
    const since = Math.max(0, now - this.#filledAt); // the clock may have been set back
    this.#permits = Math.min(COMMAND_BURST, this.#permits + (since * COMMANDS_PER_SECOND) / 1000);
    this.#filledAt = now;
    if (this.#permits < 1) return Math.ceil(((1 - this.#permits) * 1000) / COMMANDS_PER_SECOND);
    this.#permits -= 1;
    return 0;
  }
}

// ---- small things of the platform

/** @returns {string|undefined} */
function base() {
  return globalThis.location?.href;
}

/** A session's address as a WebSocket takes it. @param {string|URL} url */
function socketUrl(url) {
  const resolved = new URL(url, base());
  resolved.protocol = resolved.protocol.replace(/^http/, "ws");
  return resolved.href;
}

/** 128 random bits; `crypto.randomUUID` is missing on pages that came over plain HTTP. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a JWT says; throws where it cannot be read. @param {string} token */
function claimsOf(token) {
  return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
}

/** When a JWT expires, in ms; Infinity where it cannot be read: the server decides. @param {string} token */
function expiryOf(token) {
  try {
    const { exp } = claimsOf(token);
    return typeof exp === "number" ? exp * 1000 : Infinity;
  } catch {
    return Infinity;
  }
}

/** Whether a JWT is one for this session: the server's 403 then means the user. @param {any} token @param {string} url */
function goodFor(token, url) {
  try {
    const { sessions } = claimsOf(token);
    return !sessions || ["*", decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? "")].some((id) => sessions.includes(id));
  } catch {
    return false;
  }
}

/** Full jitter: anything from at once to twice as long as the last time. @param {number} attempt */
function backoffMs(attempt) {
  return Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt);
}

/** An error in a listener is the page's, and must not end the client. @param {() => void} listener */
function guarded(listener) {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

const deviceOffline = () => globalThis.navigator?.onLine === false;

/**
 * A command that has not been answered.
 * @typedef {object} Command
 * @property {string} id
 * @property {string} event
 * @property {string} text
 * @property {"waiting"|"sent"|"refused"} stage "sent" on the present connection; "refused" until it is tried again
 * @property {number} refusals
 * @property {TimerId|undefined} retry
 * @property {(data: any) => void} succeed
 * @property {(error: BreakoutError) => void} fail
 */

// ---- the client

/** @implements {ClientInterface} */
class Client {
  /** @type {State} */
  #state = EMPTY;
  #url;
  #WebSocket;
  /** @type {TokenSource} */
  #tokenSource;
  /** @type {string|null} */
  #token = null;
  /** @type {TokenReason} */
  #tokenReason = "start";
  #acknowledges;
  #listsClosed;
  #timeoutMs;
  /** @type {WebSocket|null} */
  #socket = null;
  /** Counts attempts, so that what belongs to a former one is recognised. */
  #turn = 0;
  #failures = 0;
  #refusedTokens = 0;
  #onlineSince = 0;
  #number = 0;
  #clock = new Clock();
  #sequences = new Sequences();
  #pace = new Pace();
  /** @type {Map<string, Command>} */
  #commands = new Map();
  /** @type {Map<string, (serverAt: number|null) => void>} */
  #pings = new Map();
  /** @type {Map<string, Set<(data: any, meta: PushMeta) => void>>} */
  #handlers = new Map();
  /** @type {Set<(state: State) => void>} */
  #listeners = new Set();
  /** @type {Set<string>} */
  #acknowledged = new Set();
  /** Recalls whose end was asked for. @type {Set<string>} */
  #lookedUp = new Set();
  #resyncing = false;
  /** The attempt whose clock is being measured. */
  #measuring = 0;
  /** @type {TimerId|undefined} */
  #sendTimer;
  /** @type {TimerId|undefined} */
  #retryTimer;
  /** @type {TimerId|undefined} */
  #openTimer;
  /** @type {TimerId|undefined} */
  #beatTimer;
  /** @type {TimerId|undefined} */
  #recallTimer;
  /** @type {() => void} */
  #becomeReady = () => {};
  /** @type {(error: BreakoutError) => void} */
  #neverReady = () => {};

  /** @param {Options} options */
  constructor({ url, token, acknowledgeRecalls = true, closedRooms = false, timeoutMs = CALL_TIMEOUT_MS, WebSocket = globalThis.WebSocket }) {
    this.#url = socketUrl(url);
    this.#tokenSource = token;
    this.#acknowledges = acknowledgeRecalls;
    this.#listsClosed = closedRooms;
    this.#timeoutMs = timeoutMs;
    this.#WebSocket = WebSocket;
    /** @type {Promise<State>} */
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = () => resolve(this.#state);
      this.#neverReady = reject;
    });
    this.ready.catch(() => {}); // whoever waits for it hears of it; nobody has to
    this.#watchDevice("addEventListener");
    this.#connect();
  }

  get state() {
    return this.#state;
  }

  /** @type {ClientInterface["subscribe"]} */
  subscribe(listener) {
    this.#listeners.add(listener);
    guarded(() => listener(this.#state));
    return () => void this.#listeners.delete(listener);
  }

  /** @param {string} event @param {(data: any, meta: PushMeta) => void} handler @returns {() => void} */
  on(event, handler) {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** @param {string} event @param {any} [data] @param {CallOptions} [options] @returns {Promise<any>} */
  call(event, data = {}, { idempotencyKey = randomKey(), timeoutMs = this.#timeoutMs, signal } = {}) {
    return new Promise((resolve, reject) => {
      const ended = this.#state.connection;
      if (ended.status === "ended") return reject(new BreakoutError("closed", `the connection has ended: ${ended.reason}`, {}, event));
      if (signal?.aborted) return reject(new BreakoutError("aborted", "the command was aborted", {}, event));
      const id = String(++this.#number);
      const text = JSON.stringify({ event, id, data, idempotencyKey });
      const stop = (/** @type {string} */ code, /** @type {string} */ why) => command.fail(new BreakoutError(code, why, {}, event));
      const timer = setTimeout(() => stop("timed_out", "no reply came in time; the command may have taken effect"), timeoutMs);
      const abort = () => stop("aborted", "the command was aborted; it may have taken effect");
      const settle = () => {
        clearTimeout(timer);
        clearTimeout(command.retry);
        signal?.removeEventListener("abort", abort);
        this.#commands.delete(id);
      };
      /** @type {Command} */
      const command = {
        id, event, text, stage: "waiting", refusals: 0, retry: undefined,
        succeed: (value) => (settle(), resolve(value)),
        fail: (error) => (settle(), reject(error)),
      };
      signal?.addEventListener("abort", abort);
      this.#commands.set(id, command);
      this.#sendWaiting();
    });
  }

  now() {
    return this.#clock.now();
  }

  /** @type {ClientInterface["remainingSeconds"]} */
  remainingSeconds(timer = this.#state.timer) {
    if (timer === null) return null;
    if (timer.endsAt === null) return timer.remainingSeconds;
    return Math.max(0, Math.min(timer.durationSeconds, Math.ceil((timer.endsAt - this.now()) / 1000)));
  }

  /** @type {ClientInterface["may"]} */
  may(permission) {
    const held = this.#state.self?.permissions ?? [];
    return held.includes(permission) || (permission === "breakout:join" && held.includes("breakout:manage"));
  }

  async acknowledgeRecall() {
    const recall = this.#state.recall;
    if (recall === null || this.#acknowledged.has(recall.recallId)) return;
    this.#acknowledged.add(recall.recallId);
    try {
      await this.call("breakout.recall.ack", { recallId: recall.recallId });
    } catch (error) {
      if (!(error instanceof BreakoutError)) throw error;
      if (error.code !== "recall_not_found") {
        this.#acknowledged.delete(recall.recallId);
        return; // the next snapshot brings the recall again, if it still runs
      }
    }
    const present = this.#state.recall;
    if (present?.recallId === recall.recallId) this.#set({ ...this.#state, recall: { ...present, acknowledged: true } });
  }

  async resync() {
    if (this.#resyncing) return;
    this.#resyncing = true;
    try {
      await this.call("breakout.session.get", {}); // `#reply` applies it, in order with the pushes around it
    } finally {
      this.#resyncing = false;
    }
  }

  reconnect() {
    const { status } = this.#state.connection;
    if (status === "online" || this.#socket !== null) return;
    if (status === "ended") this.#watchDevice("addEventListener");
    this.#failures = 0;
    this.#refusedTokens = 0;
    this.#connect();
  }

  /** @param {TokenSource} token */
  renew(token) {
    this.#tokenSource = token;
    this.#token = null;
    if (this.#state.connection.status !== "online") this.reconnect();
  }

  close() {
    this.#end("closed", null);
  }

  // -- connecting

  async #connect() {
    const turn = ++this.#turn;
    clearTimeout(this.#retryTimer);
    this.#show({ attempt: this.#failures, retryAt: null });
    try {
      const token = await this.#freshToken();
      if (turn === this.#turn) this.#open(token);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (error instanceof BreakoutError) this.#end("token_expired", null);
      else if (error instanceof SyntaxError || /** @type {any} */ (error)?.name === "SyntaxError") this.#end("token_refused", null);
      else this.#retryLater("token_unavailable", null, backoffMs(this.#failures));
    }
  }

  /** The token, a new one where the last is used up. Throws BreakoutError when there is no way to a new one. */
  async #freshToken() {
    if (this.#token !== null && expiryOf(this.#token) <= this.now()) this.#forgetToken("expired");
    if (this.#token === null) {
      const source = this.#tokenSource;
      this.#token = typeof source === "function" ? await source({ reason: this.#tokenReason }) : source;
      if (typeof source !== "function" && expiryOf(source) <= this.now()) throw new BreakoutError("token_expired", "the token has expired");
    }
    return this.#token;
  }

  /** @param {TokenReason} reason */
  #forgetToken(reason) {
    this.#token = null;
    this.#tokenReason = reason;
  }

  /** @param {string} token */
  #open(token) {
    const socket = new this.#WebSocket(this.#url, [PROTOCOL, `bearer.${token}`]);
    this.#socket = socket;
    let opened = false;
    this.#openTimer = setTimeout(() => this.#drop("unreachable"), OPEN_TIMEOUT_MS);
    socket.onopen = () => void (opened = true);
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#closed(code, opened, reason);
  }

  /** The connection is of no more use; do not wait for the other side to agree. @param {string} reason */
  #drop(reason) {
    const socket = this.#socket;
    this.#release();
    socket?.close();
    this.#retryLater(reason, null, backoffMs(this.#failures));
  }

  #release() {
    this.#socket = null;
    this.#resyncing = false;
    clearTimeout(this.#openTimer);
    clearTimeout(this.#beatTimer);
    this.#pings.clear();
    clearTimeout(this.#sendTimer);
    for (const command of this.#commands.values()) {
      clearTimeout(command.retry);
      command.stage = "waiting";
    }
    if (this.#onlineSince > 0 && Date.now() - this.#onlineSince >= GOOD_CONNECTION_MS) this.#failures = 0;
    this.#onlineSince = 0;
  }

  /** @param {number} code @param {boolean} opened @param {string} [message] */
  async #closed(code, opened, message) {
    if (code === TOO_LARGE) this.#failLargest();
    this.#release();
    if (code in FINAL_CLOSES) return this.#end(FINAL_CLOSES[code], code, message);
    if (code === TOKEN_EXPIRED) return this.#expired();
    if (!opened) return this.#refused();
    if (code === FLOODING) this.#failures = Math.max(this.#failures, 4);
    const delay = code === DRAINING ? Math.random() * DRAIN_SPREAD_MS : backoffMs(this.#failures);
    this.#retryLater(CLOSE_REASONS[code] ?? "lost", code, delay);
  }

  /** One of the commands sent was too large for this server: sending it again would never end. */
  #failLargest() {
    const sent = [...this.#commands.values()].filter((command) => command.stage === "sent");
    const largest = sent.reduce((a, b) => (b.text.length > a.text.length ? b : a), sent[0]);
    largest?.fail(new BreakoutError("too_large", "the command is larger than the server allows", {}, largest.event));
  }

  #expired() {
    if (typeof this.#tokenSource !== "function") return this.#end("token_expired", TOKEN_EXPIRED);
    this.#forgetToken("expired");
    this.#failures += 1; // a source that hands out expired tokens is asked ever more slowly
    if (this.#failures > 1) return this.#retryLater("token_expired", TOKEN_EXPIRED, backoffMs(this.#failures));
    this.#connect();
  }

  /** The handshake failed. Browsers do not say why; an HTTP request with the same token may. */
  async #refused() {
    const turn = this.#turn;
    const asks = this.#failures === 0 || this.#failures % 4 === 3;
    const status = asks ? await this.#statusOfToken() : 0;
    if (turn !== this.#turn) return;
    if (status === 403) return this.#end(goodFor(this.#token, this.#url) ? "removed" : "not_allowed", null);
    if (status === 401) {
      this.#refusedTokens += 1;
      if (typeof this.#tokenSource !== "function" || this.#refusedTokens > 2) return this.#end("token_refused", null);
    }
    if (status === 401 || this.#failures % 3 === 2) this.#forgetToken("refused");
    this.#retryLater("unreachable", null, backoffMs(this.#failures));
  }

  /** @returns {Promise<number>} 0 when there is no answer that says anything */
  async #statusOfToken() {
    const [path, session] = new URL(this.#url).pathname.split(/\/ws\/(?=[^/]+$)/);
    if (session === undefined) return 0;
    const url = new URL(this.#url);
    url.protocol = url.protocol.replace(/^ws/, "http");
    url.pathname = `${path}/api/sessions/${session}/rooms`;
    try {
      const headers = { authorization: `Bearer ${this.#token}` };
      const answer = await fetch(url, { method: "HEAD", headers, signal: AbortSignal.timeout(PING_TIMEOUT_MS) });
      return answer.status;
    } catch {
      return 0;
    }
  }

  /** @param {string} reason @param {number|null} closeCode @param {number} delayMs */
  #retryLater(reason, closeCode, delayMs) {
    this.#failures += 1;
    this.#show({ attempt: this.#failures, retryAt: Date.now() + delayMs, reason, closeCode, message: "" });
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), delayMs);
  }

  /** @param {EndReason} reason @param {number|null} closeCode */
  #end(reason, closeCode, message = "") {
    this.#turn += 1;
    const socket = this.#socket;
    this.#release();
    socket?.close(1000);
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#recallTimer);
    this.#watchDevice("removeEventListener");
    const error = new BreakoutError("closed", `the connection has ended: ${reason}`);
    this.#neverReady(error);
    for (const command of [...this.#commands.values()]) command.fail(new BreakoutError("closed", error.message, {}, command.event));
    this.#set({ ...this.#state, connection: { status: "ended", attempt: 0, retryAt: null, reason, closeCode, message } });
  }

  /** @param {Partial<State["connection"]>} changes */
  #show(changes) {
    const status = deviceOffline() ? "offline" : this.#state.session === null ? "connecting" : "reconnecting";
    this.#set({ ...this.#state, connection: { ...this.#state.connection, status, ...changes } });
  }

  // -- the device: sleep, tabs in the background, the network

  /** @param {"addEventListener"|"removeEventListener"} change */
  #watchDevice(change) {
    globalThis[change]?.("online", this.#onDevice);
    globalThis[change]?.("offline", this.#onDevice);
    globalThis[change]?.("pageshow", this.#onDevice);
    globalThis.document?.[change]("visibilitychange", this.#onDevice);
  }

  #onDevice = () => {
    const { status, retryAt } = this.#state.connection;
    if (status === "ended" || globalThis.document?.visibilityState === "hidden") return;
    if (status === "online") this.#measure(CHECK_TIMEOUT_MS);
    else if (deviceOffline() || retryAt === null) this.#show({});
    else this.#connect();
  };

  // -- frames

  /** @param {string} text */
  #receive(text) {
    const frame = JSON.parse(text);
    if (frame.event === "reply") this.#reply(frame);
    else this.#push(frame);
  }

  /** @param {{event: keyof import("./breakout.d.ts").Pushes, topic?: string, seq?: number, sentAt?: number, data: any}} frame */
  #push({ event, topic, seq, sentAt, data }) {
    if (event === "breakout.session.state") return this.#snapshot(data, event, sentAt);
    const place = topic === undefined || seq === undefined ? "next" : this.#sequences.take(topic, seq);
    if (place === "known") return;
    if (sentAt !== undefined) this.#observe(sentAt);
    if (event === "breakout.participant.seated" && !this.#state.self?.staff) this.#sequences.forgetRooms();
    const apply = /** @type {((state: State, data: any, now: number) => State)|undefined} */ (APPLY[event]);
    const state = apply === undefined ? this.#state : apply(this.#state, data, this.now());
    if (state !== this.#state) this.#set(derived(state));
    this.#tell(event, data, { event, topic: topic ?? null, seq: seq ?? null, sentAt: sentAt ?? null });
    if (place === "gap") this.#resyncQuietly();
    this.#follow(event, data);
  }

  /** @param {SessionSnapshot} data @param {"breakout.session.state"} event @param {number} [sentAt] */
  #snapshot(data, event, sentAt) {
    this.#take(data);
    this.#tell(event, data, { event, topic: null, seq: null, sentAt: sentAt ?? null });
    if (this.#listsClosed && this.#state.self?.staff) this.#listClosed();
  }

  /** A snapshot makes the state true: the connection is in use from here on. @param {SessionSnapshot} data */
  #take(data) {
    clearTimeout(this.#openTimer);
    this.#sequences.reset(data.seqs);
    const first = this.#onlineSince === 0;
    if (this.#clock.roundTripMs === null) this.#clock.observe(data.serverAt);
    const state = withSnapshot(this.#state, data, this.now());
    this.#set({ ...state, connection: { status: "online", attempt: 0, retryAt: null, reason: null, closeCode: null, message: "" } });
    if (first) this.#begin();
    this.#tendRecall();
  }

  #begin() {
    this.#onlineSince = Date.now();
    this.#refusedTokens = 0;
    this.#sendWaiting();
    this.#becomeReady();
    this.#clock.forget();
    this.#measure(PING_TIMEOUT_MS, 3);
  }

  /** What the client does by itself after a push. @param {string} event @param {any} data */
  #follow(event, data) {
    if (event === "breakout.recall.progress") this.#lookUpRecall(data);
    if (this.#state.recall !== null) this.#tendRecall();
  }

  /** Progress does not say when a recall ends; the snapshot does. @param {import("./breakout.d.ts").RecallProgressPush} progress */
  #lookUpRecall({ recallId, completedAt }) {
    if (completedAt !== undefined || this.#state.recall?.recallId === recallId || this.#lookedUp.has(recallId)) return;
    this.#lookedUp.add(recallId);
    this.#resyncQuietly();
  }

  #tendRecall() {
    const { recall, seat } = this.#state;
    clearTimeout(this.#recallTimer);
    if (recall === null) return;
    if (seat !== null) this.#recallTimer = setTimeout(() => this.#forgetRecall(), recall.returnAt + RECALL_OVER_MS - this.now());
    else if (this.#acknowledges && !recall.acknowledged) this.acknowledgeRecall();
  }

  /** One still sits although the recall's time is over: it was taken back, or was an invitation. */
  #forgetRecall() {
    if (this.#state.connection.status === "online") this.#set({ ...this.#state, recall: null });
  }

  #resyncQuietly() {
    this.resync().catch(() => {}); // lost with the connection, and the next one begins with a snapshot
  }

  async #listClosed() {
    try {
      const { rooms } = await this.call("breakout.rooms.list", { includeClosed: true });
      this.#set(derived(rooms.reduce(withCard, this.#state)));
    } catch (error) {
      if (!(error instanceof BreakoutError)) throw error; // refused or ended: the list stays as it was
    }
  }

  // -- commands

  /** Sends what waits, in order and no faster than the server takes it. */
  #sendWaiting() {
    clearTimeout(this.#sendTimer);
    if (this.#socket === null || this.#onlineSince === 0) return;
    for (const command of this.#commands.values()) {
      if (command.stage !== "waiting") continue;
      const delay = this.#pace.take();
      if (delay > 0) {
        this.#sendTimer = setTimeout(() => this.#sendWaiting(), delay);
        return;
      }
      command.stage = "sent";
      this.#socket.send(command.text);
    }
  }

  /** @param {{id: string|null, success: boolean, data?: any, error?: any}} frame */
  #reply({ id, success, data, error }) {
    if (id === null) return;
    const ping = this.#pings.get(id);
    if (ping !== undefined) return ping(success ? data.serverAt : null); // a refusal is a sign of life too
    const command = this.#commands.get(id);
    if (command === undefined) return;
    if (!success) return this.#refusal(command, error);
    if (command.event === "breakout.session.get") this.#take(data);
    command.succeed(data);
  }

  /** @param {Command} command @param {{code: string, message: string, details: Record<string, unknown>}} error */
  #refusal(command, { code, message, details }) {
    if (!TRY_AGAIN.has(code)) return command.fail(new BreakoutError(code, message, details, command.event));
    const least = Number(details.retryAfterSeconds ?? 0) * 1000;
    const delay = least + backoffMs(command.refusals);
    command.refusals += 1;
    command.stage = "refused";
    command.retry = setTimeout(() => {
      command.stage = "waiting";
      this.#sendWaiting();
    }, delay);
  }

  // -- heartbeat and clock

  /** Pings, `times` in a row, then again at the next beat; a ping without a reply ends the connection. @param {number} timeoutMs @param {number} [times] */
  async #measure(timeoutMs, times = 1) {
    const turn = this.#turn;
    if (this.#measuring === turn) return;
    this.#measuring = turn;
    clearTimeout(this.#beatTimer);
    for (let n = 0; n < times && turn === this.#turn; n += 1) await this.#ping(timeoutMs);
    if (turn !== this.#turn) return;
    this.#measuring = 0;
    if (this.#socket !== null) this.#beatTimer = setTimeout(() => this.#measure(PING_TIMEOUT_MS), HEARTBEAT_MS);
  }

  /** @param {number} timeoutMs @returns {Promise<void>} */
  #ping(timeoutMs) {
    return new Promise((resolve) => {
      const socket = this.#socket;
      if (socket === null) return resolve();
      const id = `ping-${++this.#number}`;
      const sentAt = Date.now();
      const timer = setTimeout(() => {
        resolve();
        if (socket === this.#socket) this.#drop("lost");
      }, timeoutMs);
      this.#pings.set(id, (serverAt) => {
        clearTimeout(timer);
        this.#pings.delete(id);
        if (serverAt !== null) this.#clock.sample(sentAt, Date.now(), serverAt);
        this.#showClock();
        resolve();
      });
      socket.send(JSON.stringify({ event: "breakout.ping", id, data: {} }));
    });
  }

  #showClock() {
    const { offsetMs, roundTripMs } = this.#clock;
    const shown = this.#state.clock;
    if ((shown.roundTripMs === null) === (roundTripMs === null) && Math.abs(shown.offsetMs - offsetMs) < CLOCK_NEWS_MS) return;
    this.#set({ ...this.#state, clock: { offsetMs, roundTripMs } });
  }

  /** @param {number} sentAt */
  #observe(sentAt) {
    const jumped = this.#clock.observe(sentAt);
    this.#showClock();
    if (!jumped) return;
    this.#clock.forget();
    this.#measure(PING_TIMEOUT_MS);
  }

  // -- telling

  /** @param {State} state */
  #set(state) {
    if (state === this.#state) return;
    this.#state = Object.freeze(state);
    for (const listener of [...this.#listeners]) guarded(() => listener(state));
  }

  /** @param {string} event @param {unknown} data @param {PushMeta} meta */
  #tell(event, data, meta) {
    for (const name of [event, "*"]) for (const handler of [...(this.#handlers.get(name) ?? [])]) guarded(() => handler(data, meta));
  }
}
