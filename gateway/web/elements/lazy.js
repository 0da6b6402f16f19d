// Views that are not needed for the first sight of a page: loaded when they are shown, or as soon as somebody is about
// to do something, whichever comes first.

import { html, useEffect, useState } from "./html.js";

const RETRY_MS = 2000;

/** @type {(() => Promise<any>)[]} */
const known = [];

/**
 * A component that loads the module of the real one.
 *
 * @param {() => Promise<Record<string, any>>} load
 * @param {string} name  under which the module exports it
 * @param {any} [meanwhile]  what is shown until then
 */
export function lazy(load, name, meanwhile = null) {
  known.push(load);
  /** @type {any} */
  let View = null;
  /** @param {Record<string, unknown>} props */
  function Lazy(props) {
    const [, draw] = useState(0);
    useEffect(() => {
      if (View !== null) return undefined;
      let gone = false;
      const attempt = async () => {
        try {
          View = (await load())[name];
          draw((count) => count + 1);
        } catch {
          if (!gone) window.setTimeout(attempt, RETRY_MS); // no network just now
        }
      };
      attempt();
      return () => {
        gone = true;
      };
    }, []);
    return View === null ? meanwhile : html`<${View} ...${props} />`;
  }
  return Lazy;
}

/** Load everything at the first sign that somebody is there. @param {EventTarget} target */
export function loadWhenUsed(target) {
  const all = () => {
    for (const sign of SIGNS) target.removeEventListener(sign, all);
    for (const load of known) load().catch(() => {}); // tried again when it is shown
  };
  for (const sign of SIGNS) target.addEventListener(sign, all);
}

const SIGNS = ["pointerover", "pointerdown", "focusin", "keydown"];
