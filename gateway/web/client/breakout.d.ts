// The types of the JavaScript client. Written by `make types` from the server's own classes; do not edit.
// Instants (...At) are milliseconds since the Unix epoch on the server's clock; durations carry their unit in their name.

/** The session's rooms, oldest first. */
export interface ListRooms {
  /** closed rooms too. default false */
  readonly includeClosed?: boolean;
}

export interface RoomsReply {
  readonly rooms: readonly Room[];
}

/** A room's card. */
export interface Room {
  readonly id: string;
  readonly sessionId: string;
  /** the event it belongs to */
  readonly eventId: string | null;
  readonly name: string;
  readonly topic: string | null;
  /** places for people of role PARTICIPANT */
  readonly maxParticipants: number;
  /** the length of its timer; 0: no time limit */
  readonly durationMinutes: number;
  /** latecomers are seated here */
  readonly autoAssign: boolean;
  /** only staff and the facilitator may enter by themselves */
  readonly locked: boolean;
  /** see Rooms */
  readonly status: Status;
  readonly createdAt: number;
  /** when its first timer since creation or reopening was started */
  readonly startedAt: number | null;
  /** when it was closed */
  readonly endedAt: number | null;
  readonly creator: User;
  readonly facilitator: User | null;
  /** seats of role PARTICIPANT */
  readonly participantCount: number;
  /** somebody inside has called for help */
  readonly helpRequested: boolean;
  readonly timer: Timer | null;
  /** counts up with every stored change, see Rooms */
  readonly revision: number;
}

export type Status = "WAITING" | "ACTIVE" | "CLOSING" | "CLOSED";

/** A person as everybody in the session sees them. */
export interface User {
  readonly id: string;
  /** may be empty */
  readonly firstName: string;
  /** may be empty */
  readonly lastName: string;
}

/** A room's timer, as of the moment of the frame. */
export interface Timer {
  /** "running" or "paused" */
  readonly state: string;
  /** the whole length asked for, extensions included */
  readonly durationSeconds: number;
  readonly startedAt: number;
  /** when it ends, on a whole second; null while paused */
  readonly endsAt: number | null;
  /** seconds left, started ones counted */
  readonly remainingSeconds: number;
  /** counts up with every change of the timer, also from one timer of the room to the next */
  readonly revision: number;
}

/** A new room, open and WAITING. */
export interface CreateRoom {
  /** what people call it. 1 to 100 characters */
  readonly name: string;
  /** what it is about; "" and null both mean none. 0 to 500 characters; default null */
  readonly topic?: string | null;
  /** places for people of role PARTICIPANT. 1 to 1000; default 8 */
  readonly maxParticipants?: number;
  /** the length of its timer; 0: no time limit. 0 to 1440; default 15 */
  readonly durationMinutes?: number;
  /** latecomers are seated here. default false */
  readonly autoAssign?: boolean;
  /** only staff and the facilitator may enter by themselves. default false */
  readonly locked?: boolean;
  /** who facilitates; null: the creator. Somebody who has been in the session (else user_not_found). 1 to 128 characters; default null */
  readonly facilitatorId?: string | null;
  /** the event it belongs to; null: the one in the creator's token, if any. 1 to 64 characters; default null */
  readonly eventId?: string | null;
}

export interface RoomReply {
  readonly room: Room;
}

/** Several new rooms at once, all or none. */
export interface CreateRooms {
  /** the rooms, in order; with the frame's limit of 16 KiB. 1 to 200 items */
  readonly rooms: readonly RoomSpec[];
}

/** A room to create, sent by clients. */
export interface RoomSpec {
  /** what people call it. 1 to 100 characters */
  readonly name: string;
  /** what it is about; "" and null both mean none. 0 to 500 characters; default null */
  readonly topic?: string | null;
  /** places for people of role PARTICIPANT. 1 to 1000; default 8 */
  readonly maxParticipants?: number;
  /** the length of its timer; 0: no time limit. 0 to 1440; default 15 */
  readonly durationMinutes?: number;
  /** latecomers are seated here. default false */
  readonly autoAssign?: boolean;
  /** only staff and the facilitator may enter by themselves. default false */
  readonly locked?: boolean;
  /** as in breakout.room.create. 1 to 128 characters; default null */
  readonly facilitatorId?: string | null;
  /** the event it belongs to; null: the one in the creator's token, if any. 1 to 64 characters; default null */
  readonly eventId?: string | null;
}

/** Changes the settings of a room; only the fields given are changed. */
export interface UpdateRoom {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** what people call it. 1 to 100 characters */
  readonly name?: string;
  /** null clears it. 0 to 500 characters */
  readonly topic?: string | null;
  /** smaller than the present count: bars new joins, nobody has to leave. 1 to 1000 */
  readonly maxParticipants?: number;
  /** for the next timer; one that runs is not touched. 0 to 1440 */
  readonly durationMinutes?: number;
  /** latecomers are seated here */
  readonly autoAssign?: boolean;
  /** only staff and the facilitator may enter by themselves */
  readonly locked?: boolean;
  /** staff only (else forbidden); null: nobody; otherwise somebody who has been in the session (else user_not_found). 1 to 128 characters */
  readonly facilitatorId?: string | null;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** Takes a seat, and gives up the former one in the same step. Joining one's own room again is a success that changes nothing. */
export interface JoinRoom {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** What someone in a room sees: the join reply. */
export interface RoomInside {
  readonly room: Room;
  /** in the order in which they sat down */
  readonly participants: readonly Participant[];
  /** the last 100, oldest first */
  readonly messages: readonly Message[];
  readonly timer: Timer | null;
}

/** Somebody who sits in a room. */
export interface Participant {
  readonly userId: string;
  /** may be empty */
  readonly firstName: string;
  /** may be empty */
  readonly lastName: string;
  readonly role: Role;
  /** when they sat down */
  readonly joinedAt: number;
  /** has a live connection */
  readonly connected: boolean;
  readonly speaking: boolean;
  /** how long they have spoken in this room */
  readonly speakingTimeSeconds: number;
}

export type Role = "FACILITATOR" | "PARTICIPANT";

/** A chat message. */
export interface Message {
  readonly id: string;
  readonly roomId: string;
  /** who wrote it */
  readonly user: User;
  /** the message */
  readonly text: string;
  readonly sentAt: number;
}

/** Back to the main session; the reply names the room that was left. */
export interface LeaveRoom {}

export interface RoomIdReply {
  readonly roomId: string;
}

/** Closes a room, at once or after a grace. Its people get breakout.recalled. */
export interface CloseRoom {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** the room is CLOSING for so long; 0: it closes at once. 0 to 300; default 0 */
  readonly graceSeconds?: number;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** Opens a closed room again: WAITING, with its messages, without a timer. restored are the user ids of those who got their seat back. */
export interface ReopenRoom {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** those who sat here at the close and sit nowhere now get their seat back. default true */
  readonly restoreSeats?: boolean;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

export interface ReopenReply {
  readonly room: Room;
  readonly restored: readonly string[];
}

/** Starts the room's timer. A second start is refused and resets nothing. */
export interface StartTimer {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** null: the room's durationMinutes. In a room without a time limit it has to be given (else invalid_data). 1 to 86400; default null */
  readonly durationSeconds?: number | null;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

export interface TimerReply {
  readonly timer: Timer | null;
}

/** Lengthens or shortens what is left of a running or paused timer. */
export interface ExtendTimer {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** added to what is left; negative shortens, at least 1 s stays; not 0. -86400 to 86400 */
  readonly seconds: number;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** Stops the clock and keeps what is left. */
export interface PauseTimer {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** Runs on from where it was paused. */
export interface ResumeTimer {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** Takes the timer away; the room waits again. The reply has timer: null. */
export interface StopTimer {
  /** the room. 1 to 64 characters */
  readonly roomId: string;
  /** refuse with conflict when the room's revision is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** Extends every running timer of the session; paused ones stay as they are. roomIds are the rooms whose timer changed. */
export interface ExtendAllTimers {
  /** added to what is left; negative shortens, at least 1 s stays; not 0. -86400 to 86400 */
  readonly seconds: number;
}

export interface RoomIdsReply {
  readonly roomIds: readonly string[];
}

/** Calls everybody back to the main session. expected is the number of people seated now, connected or not. */
export interface RecallAll {
  /** how long people are given. 0 to 300; default 10 */
  readonly graceSeconds?: number;
  /** see Recall. default "forced" */
  readonly mode?: RecallMode;
}

export type RecallMode = "forced" | "invited";

export interface RecallReply {
  readonly recallId: string;
  readonly returnAt: number;
  readonly expected: number;
}

/** The receipt: this device shows the main session again. A second one changes nothing. */
export interface AcknowledgeRecall {
  /** from the announcement. 1 to 64 characters */
  readonly recallId: string;
}

export interface Done {}

/** Takes a recall back while its grace runs: the rooms go on as before. */
export interface CancelRecall {
  /** from the announcement. 1 to 64 characters */
  readonly recallId: string;
}

/** Who would sit where; changes nothing. assignments has everybody who would have a seat, in the order of the rooms, also those who sit there already. */
export interface PreviewAssignments {
  /** see Assignments */
  readonly strategy: Strategy;
  /** the rooms to fill; null: with manual those in assignments, else every room that can be entered. 1 to 200 items; default null */
  readonly roomIds?: readonly string[] | null;
  /** whom to place; null: with manual those in assignments, else everybody connected. 1 to 1000 items; default null */
  readonly userIds?: readonly string[] | null;
  /** needed with manual, refused without it. 1 to 1000 items; default null */
  readonly assignments?: readonly Placement[] | null;
  /** groups of user ids who want one room. 0 to 500 items; default [] */
  readonly keepTogether?: readonly (readonly string[])[];
  /** groups of whom no two want the same room. 0 to 500 items; default [] */
  readonly keepApart?: readonly (readonly string[])[];
  /** for random and rotate; null: the server draws one. 0 to 9007199254740992; default null */
  readonly seed?: number | null;
}

export type Strategy = "even" | "random" | "manual" | "rotate";

/** One person into one room, sent by clients and by the server. */
export interface Placement {
  /** 1 to 128 characters */
  readonly userId: string;
  /** 1 to 64 characters */
  readonly roomId: string;
}

export interface AssignmentsReply {
  readonly assignments: readonly Placement[];
  readonly unplaced: readonly string[];
  readonly relaxed: readonly string[];
}

/** Plans in the same way and seats everybody, as one step. The reply says what came of it: a room that was closed while the plan was made leaves its people in unplaced. */
export interface ApplyAssignments {
  /** see Assignments */
  readonly strategy: Strategy;
  /** the rooms to fill; null: with manual those in assignments, else every room that can be entered. 1 to 200 items; default null */
  readonly roomIds?: readonly string[] | null;
  /** whom to place; null: with manual those in assignments, else everybody connected. 1 to 1000 items; default null */
  readonly userIds?: readonly string[] | null;
  /** needed with manual, refused without it. 1 to 1000 items; default null */
  readonly assignments?: readonly Placement[] | null;
  /** groups of user ids who want one room. 0 to 500 items; default [] */
  readonly keepTogether?: readonly (readonly string[])[];
  /** groups of whom no two want the same room. 0 to 500 items; default [] */
  readonly keepApart?: readonly (readonly string[])[];
  /** for random and rotate; null: the server draws one. 0 to 9007199254740992; default null */
  readonly seed?: number | null;
}

/** Seats somebody in a room, or takes them back to the main session. Moving somebody to where they are is a success that changes nothing. */
export interface MoveParticipant {
  /** whom; somebody who has been in the session and was not put out. 1 to 128 characters */
  readonly userId: string;
  /** where to; null: the main session. 1 to 64 characters */
  readonly roomId: string | null;
  /** refuse with conflict when the revision of the room named is another. 0 to 9007199254740992; default null */
  readonly expectedRevision?: number | null;
}

/** Two people take each other's place, as one step; full and locked rooms bar nobody. For two people in one room it changes nothing. */
export interface SwapParticipants {
  /** two different people. 2 to 2 items */
  readonly userIds: readonly string[];
}

/** Attaches somebody to a person whom they accompany from here on, or to nobody. They are seated with their person at once, where that one sits in a room. */
export interface SetCompanion {
  /** the companion. 1 to 128 characters */
  readonly userId: string;
  /** their person; null: nobody, they keep their seat as one who counts, even beyond capacity. 1 to 128 characters */
  readonly companionOf: string | null;
}

/** A message to one's own room. */
export interface SendChat {
  /** the message. 1 to 2000 characters */
  readonly text: string;
  /** for staff, to write into a room from outside; null: one's own room. 1 to 64 characters; default null */
  readonly roomId?: string | null;
}

export interface MessageReply {
  readonly message: Message;
}

/** A message to all rooms and the main session, or to some rooms. delivered is the number of connections it went to. */
export interface SendBroadcast {
  /** the message. 1 to 2000 characters */
  readonly text: string;
  /** the rooms; null: the whole session. 1 to 200 items; default null */
  readonly roomIds?: readonly string[] | null;
}

export interface DeliveredReply {
  readonly delivered: number;
}

/** Calls for help from inside one's room. */
export interface RequestHelp {
  /** what about; "" and null both mean none. 0 to 200 characters; default null */
  readonly reason?: string | null;
}

export interface HelpReply {
  readonly helpId: string;
}

/** Takes the request of one's room back, whoever of the room made it. */
export interface CancelHelp {}

/** Says that one is on the way. A second claim by the same person changes nothing. */
export interface ClaimHelp {
  /** the request. 1 to 64 characters */
  readonly helpId: string;
}

/** Ends a request, claimed or not. */
export interface ResolveHelp {
  /** the request. 1 to 64 characters */
  readonly helpId: string;
}

/** Asks for more time from inside one's room. Staff and the facilitator get breakout.time.requested and may extend the timer; nothing else happens and nothing is stored. */
export interface RequestTime {
  /** how much more. 1 to 86400 */
  readonly seconds: number;
}

/** This device says that its user speaks. The reply has the sum so far, without the speech that goes on. A second start of the same device changes nothing. */
export interface StartSpeaking {}

export interface SpeakingReply {
  readonly speakingTimeSeconds: number;
}

/** This device says that its user is silent. When none of their devices speaks any more, the time since the first began is added, rounded to whole seconds. */
export interface StopSpeaking {}

/** What staff and facilitators did, the latest first. */
export interface ListHistory {
  /** how many at most. 1 to 100; default 50 */
  readonly limit?: number;
}

export interface HistoryReply {
  readonly changes: readonly HistoryChange[];
}

export interface HistoryChange {
  readonly changeId: string;
  readonly at: number;
  readonly by: User;
  readonly event: string;
  readonly summary: string;
  readonly undoable: boolean;
}

/** Takes a change back, as one step. restored are the user ids of those who got their seat back, with those who were taken back to the main session. See History and undo. */
export interface UndoChange {
  /** from breakout.history.list. 1 to 64 characters */
  readonly changeId: string;
}

export interface UndoReply {
  readonly restored: readonly string[];
}

/** The session as it is now; the remedy when a client has lost track. */
export interface GetSession {}

/** Everything one connection may know of the session at one point of its pushes. */
export interface SessionSnapshot {
  readonly sessionId: string;
  /** the server's clock */
  readonly serverAt: number;
  /** see Topics */
  readonly epoch: string;
  /** per topic the last seq that is included */
  readonly seqs: Readonly<Record<string, number>>;
  /** the connection's own user */
  readonly self: Myself;
  /** the open rooms, oldest first */
  readonly rooms: readonly Room[];
  /** the room one sits in */
  readonly room: RoomInside | null;
  /** staff only: by room id, the people of every open room */
  readonly participants?: Readonly<Record<string, readonly Participant[]>>;
  /** staff only: who is connected and sits in no room */
  readonly lobby?: readonly LobbyMember[];
  /** staff only: open requests for help, oldest first */
  readonly help?: readonly HelpItem[];
  /** the recall that runs or still collects receipts */
  readonly recall: RecallNotice | null;
  readonly settings: SettingsNotice;
}

/** The connection's own user. */
export interface Myself {
  readonly userId: string;
  /** may be empty */
  readonly firstName: string;
  /** may be empty */
  readonly lastName: string;
  /** sorted */
  readonly permissions: readonly string[];
  /** where one sits; null: main session */
  readonly roomId: string | null;
}

/** Somebody connected who sits in no room. */
export interface LobbyMember {
  readonly userId: string;
  /** may be empty */
  readonly firstName: string;
  /** may be empty */
  readonly lastName: string;
  /** has a live connection */
  readonly connected: boolean;
  /** holds breakout:manage */
  readonly staff: boolean;
}

/** An open request for help. */
export interface HelpItem {
  readonly helpId: string;
  readonly roomId: string;
  /** who called */
  readonly user: User;
  readonly reason: string | null;
  readonly requestedAt: number;
  /** who of the staff is on the way */
  readonly claimedBy: User | null;
}

/** A recall. */
export interface RecallNotice {
  readonly recallId: string;
  /** when the grace ends */
  readonly returnAt: number;
  /** "forced" or "invited" */
  readonly mode: string;
}

/** What a client needs to know of the server's settings. */
export interface SettingsNotice {
  /** between two ticks */
  readonly tickSeconds: number;
  /** without a sign of life before the server pings */
  readonly heartbeatSeconds: number;
  /** before the end */
  readonly warningSeconds: readonly number[];
  /** a seat is held for somebody who is gone */
  readonly seatHoldSeconds: number;
}

/** For measuring the offset of one's own clock. */
export interface Ping {}

export interface Pong {
  readonly serverAt: number;
}

/** A new room. */
export interface RoomCreatedPush {
  readonly room: Room;
}

/** Rooms whose card has changed. Gathered: at most every 250 ms, only what changed. */
export interface RoomsUpdatedPush {
  /** the rooms that changed, each in full */
  readonly rooms: readonly Room[];
}

/** A room was closed. */
export interface RoomClosedPush {
  /** the room */
  readonly roomId: string;
  /** "timer", "closed", "recall" or "failed" (the room failed too often to go on) */
  readonly reason: string;
  /** when it was closed */
  readonly endedAt: number;
}

/** Differences of a room's people, gathered over 50 ms. Someone who moves leaves the one room before they appear in the other. Applying a difference twice changes nothing. */
export interface ParticipantsUpdatePush {
  /** the room */
  readonly roomId: string;
  readonly joined: readonly Participant[];
  /** user ids */
  readonly left: readonly string[];
  /** others of whom something changed, in full */
  readonly changed: readonly Participant[];
  /** seats of role PARTICIPANT */
  readonly participantCount: number;
  /** the room's */
  readonly revision: number;
}

/** Differences of the lobby (who is connected and sits in no room), at most every 250 ms. */
export interface LobbyUpdatePush {
  /** who came, or of whom something changed */
  readonly joined: readonly LobbyMember[];
  /** user ids */
  readonly left: readonly string[];
}

/** One's own seat changed, by oneself on this or another device, by staff or by the server: every device follows. */
export interface ParticipantSeatedPush {
  /** null: the main session */
  readonly roomId: string | null;
  /** "self", "staff", "auto" (latecomer, or the hold of a seat ran out) or "recall" (the room closed, for whatever reason) */
  readonly by: string;
  /** the room as in the join reply; null in the main session */
  readonly room: RoomInside | null;
}

/** The timer was started, extended, paused, resumed or stopped. */
export interface TimerUpdatedPush {
  /** the room */
  readonly roomId: string;
  /** null after a stop */
  readonly timer: Timer | null;
  /** the room's */
  readonly status: Status;
}

/** Every second while the timer runs, on the deadline's own beat. A client that falls behind gets the latest tick and not all of them. */
export interface TimerTickPush {
  /** the room */
  readonly roomId: string;
  /** seconds left, started ones counted */
  readonly remainingSeconds: number;
  /** when it ends */
  readonly endsAt: number;
  /** the server's clock */
  readonly serverAt: number;
  /** the timer's; drop a tick whose revision is lower than the one shown */
  readonly revision: number;
}

/** The timer has reached a threshold below its length. */
export interface TimerWarningPush {
  /** the room */
  readonly roomId: string;
  /** 300 or 60 */
  readonly remainingSeconds: number;
  /** when it ends */
  readonly endsAt: number;
}

/** One's room is closing or has closed, or one is invited back to the main session. */
export interface RecalledPush {
  /** to acknowledge with breakout.recall.ack */
  readonly recallId: string;
  /** the room they sit in */
  readonly roomId: string;
  /** as in breakout.room.closed */
  readonly reason: string;
  /** "forced" or "invited" */
  readonly mode: string;
  /** 0: it has happened already */
  readonly graceSeconds: number;
  /** when the room closes, or, invited, when people are asked to be back */
  readonly returnAt: number;
}

/** How many receipts have come, at most every 250 ms; the last one has completedAt. */
export interface RecallProgressPush {
  readonly recallId: string;
  /** how many were seated at the announcement */
  readonly expected: number;
  /** how many of them have sent a receipt */
  readonly acknowledged: number;
  /** ids of the first 100 who have not */
  readonly missing: readonly string[];
  /** only in the last push */
  readonly completedAt?: number;
  /** true where it was cancelled; else left out */
  readonly cancelled?: boolean;
  /** from the announcement to the receipt: the median; in the last push, where there are receipts */
  readonly delayP50Ms?: number;
  /** likewise the 99th percentile */
  readonly delayP99Ms?: number;
  /** likewise the longest */
  readonly delayMaxMs?: number;
}

/** A message in a room. */
export interface ChatMessagePush {
  readonly message: Message;
}

/** Staff say something to many. To the whole session it goes on the topic session; to some rooms, once to each connection of their people and of staff, outside every topic, without topic and seq. It is also among the messages of these rooms, with the same user, text and sentAt: whoever joins at that very moment may get it both ways. */
export interface BroadcastMessagePush {
  /** the message */
  readonly text: string;
  /** who sent it */
  readonly user: User;
  /** the rooms; null: the whole session */
  readonly roomIds: readonly string[] | null;
  readonly sentAt: number;
}

/** The requests for help as they are now, in full. Staff get the whole queue of the session on topic staff, oldest first; the people in a room, other than staff, get that of their own room on you: one request, or none. */
export interface HelpUpdatedPush {
  /** replaces what was shown before */
  readonly help: readonly HelpItem[];
}

/** Somebody in a room asks for more time. Staff get it on topic staff; the facilitator of the room, where they are not connected as staff, on you. */
export interface TimeRequestedPush {
  /** the room */
  readonly roomId: string;
  /** who asks */
  readonly user: User;
  /** how much more */
  readonly seconds: number;
}

/** The room is being restarted after a failure, for a moment; commands to it get room_unavailable. Nothing that was acknowledged is lost. */
export interface RoomUnavailablePush {
  readonly roomId: string;
}

/** The room is back, with the same people, messages and deadline. */
export interface RoomRestoredPush {
  readonly roomId: string;
}

/** Every command: what `call` takes and what it gives. */
export interface Commands {
  /** The session's rooms, oldest first. */
  readonly "breakout.rooms.list": { readonly data: ListRooms; readonly reply: RoomsReply };
  /** A new room, open and WAITING. */
  readonly "breakout.room.create": { readonly data: CreateRoom; readonly reply: RoomReply };
  /** Several new rooms at once, all or none. */
  readonly "breakout.rooms.create": { readonly data: CreateRooms; readonly reply: RoomsReply };
  /** Changes the settings of a room; only the fields given are changed. */
  readonly "breakout.room.update": { readonly data: UpdateRoom; readonly reply: RoomReply };
  /** Takes a seat, and gives up the former one in the same step. Joining one's own room again is a success that changes nothing. */
  readonly "breakout.room.join": { readonly data: JoinRoom; readonly reply: RoomInside };
  /** Back to the main session; the reply names the room that was left. */
  readonly "breakout.room.leave": { readonly data: LeaveRoom; readonly reply: RoomIdReply };
  /** Closes a room, at once or after a grace. Its people get breakout.recalled. */
  readonly "breakout.room.close": { readonly data: CloseRoom; readonly reply: RoomReply };
  /** Opens a closed room again: WAITING, with its messages, without a timer. restored are the user ids of those who got their seat back. */
  readonly "breakout.room.reopen": { readonly data: ReopenRoom; readonly reply: ReopenReply };
  /** Starts the room's timer. A second start is refused and resets nothing. */
  readonly "breakout.timer.start": { readonly data: StartTimer; readonly reply: TimerReply };
  /** Lengthens or shortens what is left of a running or paused timer. */
  readonly "breakout.timer.extend": { readonly data: ExtendTimer; readonly reply: TimerReply };
  /** Stops the clock and keeps what is left. */
  readonly "breakout.timer.pause": { readonly data: PauseTimer; readonly reply: TimerReply };
  /** Runs on from where it was paused. */
  readonly "breakout.timer.resume": { readonly data: ResumeTimer; readonly reply: TimerReply };
  /** Takes the timer away; the room waits again. The reply has timer: null. */
  readonly "breakout.timer.stop": { readonly data: StopTimer; readonly reply: TimerReply };
  /** Extends every running timer of the session; paused ones stay as they are. roomIds are the rooms whose timer changed. */
  readonly "breakout.timer.extendAll": { readonly data: ExtendAllTimers; readonly reply: RoomIdsReply };
  /** Calls everybody back to the main session. expected is the number of people seated now, connected or not. */
  readonly "breakout.all.recall": { readonly data: RecallAll; readonly reply: RecallReply };
  /** The receipt: this device shows the main session again. A second one changes nothing. */
  readonly "breakout.recall.ack": { readonly data: AcknowledgeRecall; readonly reply: Done };
  /** Takes a recall back while its grace runs: the rooms go on as before. */
  readonly "breakout.recall.cancel": { readonly data: CancelRecall; readonly reply: Done };
  /** Who would sit where; changes nothing. assignments has everybody who would have a seat, in the order of the rooms, also those who sit there already. */
  readonly "breakout.assignments.preview": { readonly data: PreviewAssignments; readonly reply: AssignmentsReply };
  /** Plans in the same way and seats everybody, as one step. The reply says what came of it: a room that was closed while the plan was made leaves its people in unplaced. */
  readonly "breakout.assignments.apply": { readonly data: ApplyAssignments; readonly reply: AssignmentsReply };
  /** Seats somebody in a room, or takes them back to the main session. Moving somebody to where they are is a success that changes nothing. */
  readonly "breakout.participant.move": { readonly data: MoveParticipant; readonly reply: Done };
  /** Two people take each other's place, as one step; full and locked rooms bar nobody. For two people in one room it changes nothing. */
  readonly "breakout.participants.swap": { readonly data: SwapParticipants; readonly reply: Done };
  /** Attaches somebody to a person whom they accompany from here on, or to nobody. They are seated with their person at once, where that one sits in a room. */
  readonly "breakout.companion.set": { readonly data: SetCompanion; readonly reply: Done };
  /** A message to one's own room. */
  readonly "breakout.chat.send": { readonly data: SendChat; readonly reply: MessageReply };
  /** A message to all rooms and the main session, or to some rooms. delivered is the number of connections it went to. */
  readonly "breakout.broadcast.send": { readonly data: SendBroadcast; readonly reply: DeliveredReply };
  /** Calls for help from inside one's room. */
  readonly "breakout.help.request": { readonly data: RequestHelp; readonly reply: HelpReply };
  /** Takes the request of one's room back, whoever of the room made it. */
  readonly "breakout.help.cancel": { readonly data: CancelHelp; readonly reply: HelpReply };
  /** Says that one is on the way. A second claim by the same person changes nothing. */
  readonly "breakout.help.claim": { readonly data: ClaimHelp; readonly reply: Done };
  /** Ends a request, claimed or not. */
  readonly "breakout.help.resolve": { readonly data: ResolveHelp; readonly reply: Done };
  /** Asks for more time from inside one's room. Staff and the facilitator get breakout.time.requested and may extend the timer; nothing else happens and nothing is stored. */
  readonly "breakout.time.request": { readonly data: RequestTime; readonly reply: Done };
  /** This device says that its user speaks. The reply has the sum so far, without the speech that goes on. A second start of the same device changes nothing. */
  readonly "breakout.speaking.start": { readonly data: StartSpeaking; readonly reply: SpeakingReply };
  /** This device says that its user is silent. When none of their devices speaks any more, the time since the first began is added, rounded to whole seconds. */
  readonly "breakout.speaking.stop": { readonly data: StopSpeaking; readonly reply: SpeakingReply };
  /** What staff and facilitators did, the latest first. */
  readonly "breakout.history.list": { readonly data: ListHistory; readonly reply: HistoryReply };
  /** Takes a change back, as one step. restored are the user ids of those who got their seat back, with those who were taken back to the main session. See History and undo. */
  readonly "breakout.history.undo": { readonly data: UndoChange; readonly reply: UndoReply };
  /** The session as it is now; the remedy when a client has lost track. */
  readonly "breakout.session.get": { readonly data: GetSession; readonly reply: SessionSnapshot };
  /** For measuring the offset of one's own clock. */
  readonly "breakout.ping": { readonly data: Ping; readonly reply: Pong };
}

/** Every push that `on` hears. */
export interface Pushes {
  /** The first frame on every connection, and again when the session was loaded anew: everything this connection may know. */
  readonly "breakout.session.state": SessionSnapshot;
  /** A new room. */
  readonly "breakout.room.created": RoomCreatedPush;
  /** Rooms whose card has changed. Gathered: at most every 250 ms, only what changed. */
  readonly "breakout.rooms.updated": RoomsUpdatedPush;
  /** A room was closed. */
  readonly "breakout.room.closed": RoomClosedPush;
  /** Differences of a room's people, gathered over 50 ms. Someone who moves leaves the one room before they appear in the other. Applying a difference twice changes nothing. */
  readonly "breakout.participants.update": ParticipantsUpdatePush;
  /** Differences of the lobby (who is connected and sits in no room), at most every 250 ms. */
  readonly "breakout.lobby.update": LobbyUpdatePush;
  /** One's own seat changed, by oneself on this or another device, by staff or by the server: every device follows. */
  readonly "breakout.participant.seated": ParticipantSeatedPush;
  /** The timer was started, extended, paused, resumed or stopped. */
  readonly "breakout.timer.updated": TimerUpdatedPush;
  /** Every second while the timer runs, on the deadline's own beat. A client that falls behind gets the latest tick and not all of them. */
  readonly "breakout.timer.tick": TimerTickPush;
  /** The timer has reached a threshold below its length. */
  readonly "breakout.timer.warning": TimerWarningPush;
  /** One's room is closing or has closed, or one is invited back to the main session. */
  readonly "breakout.recalled": RecalledPush;
  /** How many receipts have come, at most every 250 ms; the last one has completedAt. */
  readonly "breakout.recall.progress": RecallProgressPush;
  /** A message in a room. */
  readonly "breakout.chat.message": ChatMessagePush;
  /** Staff say something to many. To the whole session it goes on the topic session; to some rooms, once to each connection of their people and of staff, outside every topic, without topic and seq. It is also among the messages of these rooms, with the same user, text and sentAt: whoever joins at that very moment may get it both ways. */
  readonly "breakout.broadcast.message": BroadcastMessagePush;
  /** The requests for help as they are now, in full. Staff get the whole queue of the session on topic staff, oldest first; the people in a room, other than staff, get that of their own room on you: one request, or none. */
  readonly "breakout.help.updated": HelpUpdatedPush;
  /** Somebody in a room asks for more time. Staff get it on topic staff; the facilitator of the room, where they are not connected as staff, on you. */
  readonly "breakout.time.requested": TimeRequestedPush;
  /** The room is being restarted after a failure, for a moment; commands to it get room_unavailable. Nothing that was acknowledged is lost. */
  readonly "breakout.room.unavailable": RoomUnavailablePush;
  /** The room is back, with the same people, messages and deadline. */
  readonly "breakout.room.restored": RoomRestoredPush;
}

export type RefusalCode =
  | "malformed"
  | "unknown_event"
  | "invalid_data"
  | "forbidden"
  | "room_not_found"
  | "room_closed"
  | "room_full"
  | "room_locked"
  | "not_in_room"
  | "user_not_found"
  | "timer_running"
  | "timer_not_running"
  | "recall_not_found"
  | "help_not_found"
  | "limit_reached"
  | "conflict"
  | "rate_limited"
  | "room_unavailable"
  | "overloaded"
  | "storage_unavailable"
  | "internal";

// ---- the client

/** Codes of errors: those of the protocol, and those of the client itself. */
export type ErrorCode = RefusalCode | "timed_out" | "aborted" | "closed" | "too_large";

/** A command that was refused, or that ended in the client; `code` says which. */
export class BreakoutError extends Error {
  constructor(code: string, message: string, details?: Readonly<Record<string, unknown>>, event?: string);
  code: ErrorCode | (string & {});
  /** Facts for a program, such as `fields` of "invalid_data". */
  details: Readonly<Record<string, unknown>>;
  /** The command's event; empty where there was none. */
  event: string;
}

export type TokenReason = "start" | "expired" | "refused";
export type TokenSource = string | ((why: { readonly reason: TokenReason }) => string | Promise<string>);

export interface Options {
  /** "wss://server/ws/session", the same with https, or a path on the page's own server. */
  readonly url: string | URL;
  readonly token: TokenSource;
  /** Send the receipt of a recall as soon as one sits in no room. Default true. */
  readonly acknowledgeRecalls?: boolean;
  /** Fill `state.closedRooms` for staff with the rooms closed before. Default false. */
  readonly closedRooms?: boolean;
  /** How long a command may wait for its reply, over all reconnects. Default and maximum of sense: 540000. */
  readonly timeoutMs?: number;
  readonly WebSocket?: typeof WebSocket;
}

export interface CallOptions {
  /** Given by itself; give one to make a command that survives the page. */
  readonly idempotencyKey?: string;
  readonly timeoutMs?: number;
  /** Stops waiting; the command may have taken effect. */
  readonly signal?: AbortSignal;
}

export type ConnectionStatus = "connecting" | "online" | "reconnecting" | "offline" | "ended";
export type EndReason = "closed" | "token_expired" | "token_refused" | "not_allowed" | "replaced" | "removed";

export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** Attempts that failed since it was last online. */
  readonly attempt: number;
  /** When the next attempt begins, by the local clock; null while one is under way. */
  readonly retryAt: number | null;
  /** Why it ended (`EndReason`), or why it is not online. */
  readonly reason: EndReason | (string & {}) | null;
  readonly closeCode: number | null;
  /** What the server said when it ended the connection, such as why one is `"removed"`; no capital at the start, empty where it said nothing. */
  readonly message: string;
}

export interface Seat {
  readonly roomId: string;
  readonly room: Room;
  /** Who sat one here; null where that is not known. */
  readonly by: string | null;
  /** One is this room's facilitator. */
  readonly facilitator: boolean;
}

export interface RecallState {
  readonly recallId: string;
  readonly returnAt: number;
  readonly mode: string;
  readonly reason: string;
  /** The room one is called out of; null where one sits in none. */
  readonly roomId: string | null;
  readonly graceSeconds: number | null;
  /** The receipt is stored. */
  readonly acknowledged: boolean;
}

export interface State {
  readonly connection: ConnectionState;
  /** The server's clock minus the local one. */
  readonly clock: { readonly offsetMs: number; readonly roundTripMs: number | null };
  readonly session: { readonly id: string; readonly epoch: string; readonly settings: SettingsNotice } | null;
  readonly self: (Omit<Myself, "roomId"> & { readonly staff: boolean }) | null;
  /** Open rooms, oldest first. */
  readonly rooms: readonly Room[];
  /** Rooms closed since the connection began (with `closedRooms`, all), last closed first. */
  readonly closedRooms: readonly Room[];
  readonly seat: Seat | null;
  readonly roster: readonly Participant[];
  readonly chat: readonly Message[];
  readonly timer: Timer | null;
  readonly warning: TimerWarningPush | null;
  readonly recall: RecallState | null;
  readonly lastMove: { readonly roomId: string | null; readonly by: string; readonly at: number } | null;
  readonly help: readonly HelpItem[];
  readonly broadcasts: readonly BroadcastMessagePush[];
  /** Rooms being restarted. */
  readonly unavailable: readonly string[];
  readonly rosters: Readonly<Record<string, readonly Participant[]>>;
  readonly chats: Readonly<Record<string, readonly Message[]>>;
  readonly lobby: readonly LobbyMember[];
  readonly recallProgress: RecallProgressPush | null;
  readonly timeRequests: readonly (TimeRequestedPush & { readonly receivedAt: number })[];
}

export interface PushMeta {
  readonly event: string;
  readonly topic: string | null;
  readonly seq: number | null;
  readonly sentAt: number | null;
}

type Data<E extends keyof Commands> = Commands[E]["data"];

export interface Client {
  readonly state: State;
  /** Resolves with the first state that has the session; rejects when the connection ended before. */
  readonly ready: Promise<State>;
  /** `listener` is called at once and after every change; the result ends it. */
  subscribe(listener: (state: State) => void): () => void;
  /** `handler` is called for every push of that name, after `state` has it; the result takes it off. */
  on<E extends keyof Pushes>(event: E, handler: (data: Pushes[E], meta: PushMeta) => void): () => void;
  on(event: "*", handler: (data: Pushes[keyof Pushes], meta: PushMeta) => void): () => void;
  /** Sends a command; never lost, never done twice. Rejects with BreakoutError. */
  call<E extends keyof Commands>(
    event: E,
    ...rest: {} extends Data<E> ? [data?: Data<E>, options?: CallOptions] : [data: Data<E>, options?: CallOptions]
  ): Promise<Commands[E]["reply"]>;
  /** The server's clock, in ms since the epoch. */
  now(): number;
  /** Whole seconds left, started ones counted; null without a timer. */
  remainingSeconds(timer?: Timer | null): number | null;
  may(permission: "breakout:join" | "breakout:manage" | (string & {})): boolean;
  /** Sends the receipt of `state.recall`, once. */
  acknowledgeRecall(): Promise<void>;
  /** Asks for the session anew. */
  resync(): Promise<void>;
  /** Connects now. */
  reconnect(): void;
  /** Another token from the next connection on. */
  renew(token: TokenSource): void;
  close(): void;
}

export function connect(options: Options): Client;
export function sessionUrl(server: string, sessionId: string): string;
