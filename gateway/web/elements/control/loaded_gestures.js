// Handlers for the board that load their code at the first sign of a hand on it; from then on they act at once.

const NAMES = ["onClick", "onKeyDown", "onDragStart", "onDragOver", "onDrop", "onDragEnd"];

/**
 * @param {ReturnType<typeof import("../desk.js").openDesk>} desk
 * @param {ReturnType<typeof import("./board.js").openBoard>} board
 */
export function loadedGestures(desk, board) {
  /** @type {any} */
  let loaded = null;
  /** @type {Promise<any> | null} */
  let loading = null;

  async function load() {
    loading ??= import("./gestures.js");
    try {
      loaded ??= (await loading).gestures(desk, board);
    } catch {
      loading = null; // no network just now; the next sign tries again
    }
  }

  /** @param {string} name */
  const pass = (name) => async (/** @type {any} */ event) => {
    if (loaded) return loaded[name](event);
    const { key, target, currentTarget } = event; // afterwards they are gone
    await load();
    return loaded?.[name]({ key, target, currentTarget, preventDefault() {} });
  };
  return { onPointerOver: load, onFocusIn: load, ...Object.fromEntries(NAMES.map((name) => [name, pass(name)])) };
}
