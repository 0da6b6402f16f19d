// What one element knows and can do: the client's state as signals, a clock that beats on the server's seconds,
// notices.

import { connect } from "../client/breakout.js";
import { computed, createContext, signal, useContext } from "./html.js";
import { refusalText } from "./words.js";

/** @typedef {import("../client/breakout.d.ts").State} State */

const TOAST_MS = 6000;

/** The desk of the element around a component. */
export const Desk = createContext(/** @type {ReturnType<typeof openDesk> | null} */ (null));

/** @returns {ReturnType<typeof openDesk>} */
export function useDesk() {
  const desk = useContext(Desk);
  if (desk === null) throw new Error("outside of an element");
  return desk;
}

/**
 * Connect, and keep everything that the views of one element share.
 *
 * @param {{url: string, token: string | (() => any), server: string, sessionId: string, closedRooms?: boolean}} options
 */
export function openDesk({ url, token, server, sessionId, closedRooms = false }) {
  const client = connect({ url, token, closedRooms });
  const state = signal(client.state);
  const stop = client.subscribe((next) => {
    state.value = next;
  });
  const beat = openBeat(() => client.now());
  const notices = openNotices();

  /**
   * The slice of the state that `pick` takes; it changes only when that slice does.
   *
   * @type {<T>(pick: (s: State) => T) => import("./html.d.ts").ReadonlySignal<T>}
   */
  const slice = (pick) => computed(() => pick(state.value));

  /**
   * Send a command. A refusal becomes a notice and null; what succeeds gives the reply's data.
   *
   * @param {string} event  without "breakout."
   * @param {Record<string, unknown>} [data]
   * @returns {Promise<any>}
   */
  async function run(event, data = {}) {
    try {
      return await client.call(/** @type {any} */ (`breakout.${event}`), /** @type {any} */ (data));
    } catch (error) {
      notices.tell(refusalText(error), { urgent: true });
      return null;
    }
  }

  function close() {
    stop();
    beat.stop();
    client.close();
  }

  return {
    client,
    state,
    slice,
    run,
    close,
    server,
    sessionId,
    second: beat.second,
    toasts: notices.toasts,
    spoken: notices.spoken,
    urgent: notices.urgent,
    tell: notices.tell,
    dismiss: notices.dismiss,
    say: notices.say,
    token: () => (typeof token === "function" ? token() : token),
    self: slice((s) => s.self),
    rooms: slice((s) => s.rooms),
    closedRooms: slice((s) => s.closedRooms),
    seat: slice((s) => s.seat),
    connection: slice((s) => s.connection),
    help: slice((s) => s.help),
    recall: slice((s) => s.recall),
    lobby: slice((s) => s.lobby),
    rosters: slice((s) => s.rosters),
    recallProgress: slice((s) => s.recallProgress),
    unavailable: slice((s) => s.unavailable),
  };
}

/**
 * A signal with the server's present whole second, in ms, that changes on that clock's own beat.
 *
 * @param {() => number} now
 */
function openBeat(now) {
  const floor = () => Math.floor(now() / 1000) * 1000;
  const second = signal(floor());
  let timer = 0;
  const tick = () => {
    second.value = floor();
    timer = window.setTimeout(tick, 1005 - (now() % 1000));
  };
  tick();
  return { second, stop: () => window.clearTimeout(timer) };
}

/** Short notices on the screen and in the ears. */
function openNotices() {
  const toasts = signal(
    /** @type {{id: number, text: string, kind?: string, action?: {label: string, run: () => void}}[]} */ ([]),
  );
  const spoken = signal("");
  const urgent = signal("");
  let count = 0;

  /** @param {number} id */
  const dismiss = (id) => {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  };

  /** For screen readers only. @param {string} text */
  const say = (text) => {
    spoken.value = spoken.value === text ? `${text}\u00a0` : text;
  };

  /**
   * @param {string} text
   * @param {{urgent?: boolean, kind?: string, action?: {label: string, run: () => void}}} [options]  of one kind only the last is shown
   */
  const tell = (text, options = {}) => {
    const id = ++count;
    const others = toasts.value.filter((toast) => !options.kind || toast.kind !== options.kind);
    toasts.value = [...others.slice(-2), { id, text, kind: options.kind, action: options.action }];
    if (options.urgent) urgent.value = urgent.value === text ? `${text}\u00a0` : text;
    else say(text);
    window.setTimeout(() => dismiss(id), options.action ? 2 * TOAST_MS : TOAST_MS);
  };
  return { toasts, spoken, urgent, dismiss, say, tell };
}
