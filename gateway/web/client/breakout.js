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
 * client.close() -> ends it; waiting commands reject with "closed".
 *
 * State (objects as in PROTOCOL.md; types in breakout.d.ts)
 *   connection      {status, attempt, retryAt, reason, closeCode}
 *                     status: "connecting"    the first attempts
 *                             "online"        the state below is true now
 *                             "reconnecting"  it was; the rest of the state is as last known. retryAt: local ms, or null while trying
 *                             "offline"       the device has no network; goes on when it has
 *                             "ended"         reason: "closed" (by close()), "token_expired", "token_refused" (bad token),
 *                                             "not_allowed" (not for this session), "replaced" (too many devices), "removed"
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
 *   Staff only (empty for others):
 *   rosters         {roomId: [Participant]} of every open room
 *   chats           {roomId: [Message]} what was heard since the connection began, at most 100 a room
 *   lobby           [LobbyMember] connected, in no room
 *   recallProgress  null, or {recallId, expected, acknowledged, missing, completedAt?, cancelled?, ...}
 *   timeRequests    [{roomId, user, seconds, receivedAt}] the last 20, oldest first (facilitators get them too)
 */
