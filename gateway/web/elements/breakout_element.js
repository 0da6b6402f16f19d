// The base of the custom elements: attributes in, a shadow root with the view out, one connection while it is on the
// page.
//
//   server   where Breakout answers, "https://rooms.example.org"; by default the origin that this module came from
//   session  the session's id
//   token    a JWT; the property `token` may also be a function that gives one, or a promise of one, whenever it is needed
//   theme    "light" or "dark"; by default the reader's own choice
//
// Events, for the page around it (they bubble and leave shadow roots): `breakout-connection` {status, reason},
// `breakout-seat` {roomId, by} when one has sat down or stood up, `breakout-recall` {recallId, returnAt, mode} when one
// is called back.

import { sessionUrl } from "../client/breakout.js";
import { Desk, openDesk } from "./desk.js";
import { effect, html, render } from "./html.js";
import { loadWhenUsed } from "./lazy.js";
import { sheets } from "./sheets.js";
import { Notices } from "./notices.js";

export class BreakoutElement extends HTMLElement {
  static observedAttributes = ["server", "session", "token"];

  /** Names of the style sheets, beside tokens and base. @type {string[]} */
  static styles = [];

  /** Staff views want closed rooms too. */
  static closedRooms = false;

  /** @type {ReturnType<typeof openDesk> | null} */
  #desk = null;
  /** @type {string | (() => any) | null} */
  #token = null;
  #queued = false;
  /** @type {(() => void) | null} */
  #unwatch = null;

  constructor() {
    super();
    loadWhenUsed(this.attachShadow({ mode: "open" }));
  }

  /** What stands in the shadow root; a component. @returns {any} */
  view() {
    throw new Error("every element has a view");
  }

  get token() {
    return this.#token ?? this.getAttribute("token");
  }

  set token(token) {
    this.#token = token;
    this.#later();
  }

  /** The server's origin, without a slash at the end. */
  get server() {
    return new URL(this.getAttribute("server") || import.meta.url, location.href).origin;
  }

  /** The client behind this element, or null while there is none. */
  get client() {
    return this.#desk?.client ?? null;
  }

  connectedCallback() {
    this.#later();
  }

  disconnectedCallback() {
    this.#later();
  }

  attributeChangedCallback() {
    this.#later();
  }

  /** Several attributes are set one after the other: begin once, after the last. */
  #later() {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      this.#begin();
    });
  }

  async #begin() {
    this.#end();
    const { shadowRoot, token } = this;
    const sessionId = this.getAttribute("session");
    if (!this.isConnected || shadowRoot === null || !sessionId || !token) return;
    const kind = /** @type {typeof BreakoutElement} */ (this.constructor);
    const url = sessionUrl(this.server, sessionId);
    const desk = (this.#desk = openDesk({ url, token, server: this.server, sessionId, closedRooms: kind.closedRooms }));
    shadowRoot.adoptedStyleSheets = await sheets(["tokens", "base", ...kind.styles]);
    if (this.#desk !== desk) return;
    this.#unwatch = this.#announce(desk);
    render(html`<${Desk.Provider} value=${desk}><${this.view()} /><${Notices} /><//>`, shadowRoot);
  }

  #end() {
    if (this.#desk === null) return;
    this.#unwatch?.();
    this.#desk.close();
    this.#desk = this.#unwatch = null;
    if (this.shadowRoot) render(null, this.shadowRoot);
  }

  /** Tell the page around the element what it may want to follow. @param {ReturnType<typeof openDesk>} desk */
  #announce(desk) {
    const ends = [
      effect(() =>
        this.#tell("connection", { status: desk.connection.value.status, reason: desk.connection.value.reason }),
      ),
      desk.client.on("breakout.participant.seated", ({ roomId, by }) => this.#tell("seat", { roomId, by })),
      desk.client.on("breakout.recalled", ({ recallId, returnAt, mode }) =>
        this.#tell("recall", { recallId, returnAt, mode }),
      ),
    ];
    return () => ends.forEach((end) => end());
  }

  /** @param {string} what @param {object} detail */
  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`breakout-${what}`, { detail, bubbles: true, composed: true }));
  }
}
