// What the elements are made of, in one place: Preact, htm and signals, so that a module needs one import.

import { h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { render };
export { cloneElement, createContext } from "../vendor/preact.js";
export { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";
export { batch, computed, effect, signal, useComputed } from "../vendor/signals.js";

/** Markup as a tagged template. Whatever is put into it is text, never markup. */
export const html = htm.bind(h);
