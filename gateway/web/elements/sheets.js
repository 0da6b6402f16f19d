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
  const url = new URL(`${name}.css`, base).href;
  try {
    sheet.replaceSync(ofPage(url) ?? (await (await fetch(url)).text()));
  } catch {
    loading.delete(name); // the next element of this kind tries again
  }
  return sheet;
}

/** What the page around has loaded already need not come twice. @param {string} url */
function ofPage(url) {
  const linked = [...document.styleSheets].find((sheet) => sheet.href === url);
  return linked ? Array.from(linked.cssRules, (rule) => rule.cssText).join("\n") : null;
}
