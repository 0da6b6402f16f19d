// The style sheets of the elements, fetched once a page and shared by every shadow root.

const base = new URL("../styles/", import.meta.url);

/** @type {Map<string, Promise<CSSStyleSheet>>} */
const loading = new Map();

/**
 * The sheets of these names; one that cannot be loaded is left out, so that a failed style never costs the function.
 *
 * @param {string[]} names  without ".css"
 * @returns {Promise<CSSStyleSheet[]>}
 */
export async function sheets(names) {
  return Promise.all(names.map((name) => loading.get(name) ?? begin(name)));
}

/** @param {string} name */
function begin(name) {
  const sheet = fetchSheet(name);
  loading.set(name, sheet);
  return sheet;
}

/** @param {string} name */
async function fetchSheet(name) {
  const sheet = new CSSStyleSheet();
  try {
    const response = await fetch(new URL(`${name}.css`, base));
    if (response.ok) sheet.replaceSync(await response.text());
  } catch {
    loading.delete(name); // the next element of this kind tries again
  }
  return sheet;
}
