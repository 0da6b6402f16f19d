// <breakout-producer>: all sessions of an event. It asks the server every few seconds; a producer watches, and changes
// nothing.
//
//   server, token, theme  as for the other elements (see breakout_element.js)
//   event                 the event's id

import { html, render } from "./html.js";
import { openEvent } from "./producer/event_watch.js";
import { Producer } from "./producer/producer.js";
import { sheets } from "./sheets.js";

class BreakoutProducer extends HTMLElement {
  static observedAttributes = ["server", "event", "token"];

  /** @type {ReturnType<typeof openEvent> | null} */
  #watch = null;
  /** @type {string | (() => any) | null} */
  #token = null;
  #queued = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  get token() {
    return this.#token ?? this.getAttribute("token");
  }

  set token(token) {
    this.#token = token;
    this.#later();
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

  #later() {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      this.#begin();
    });
  }

  async #begin() {
    this.#watch?.close();
    this.#watch = null;
    const { shadowRoot, token } = this;
    const eventId = this.getAttribute("event");
    if (!this.isConnected || !shadowRoot || !eventId || !token) return;
    const server = new URL(this.getAttribute("server") || import.meta.url, location.href).origin;
    const watch = (this.#watch = openEvent({ server, eventId, token }));
    shadowRoot.adoptedStyleSheets = await sheets(["tokens", "base", "producer"]);
    if (this.#watch === watch) render(html`<${Producer} watch=${watch} />`, shadowRoot);
  }
}

customElements.define("breakout-producer", BreakoutProducer);
