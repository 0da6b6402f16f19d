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
