// Who uses this tab. The token stays in the tab's own storage: never in an address, never in a log, gone with the tab.

const KEY = "breakout.person";

/** @typedef {{token: string, name: string}} Person */

/** @returns {Person | null} */
export function currentPerson() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Person} person */
export function becomePerson(person) {
  sessionStorage.setItem(KEY, JSON.stringify(person));
}

export function forgetPerson() {
  sessionStorage.removeItem(KEY);
}

/** The name a token gives, for the corner of the page. @param {string} token */
export function nameIn(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (letter) =>
      letter.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return `${claims.given_name ?? ""} ${claims.family_name ?? ""}`.trim() || String(claims.sub ?? "");
  } catch {
    return "";
  }
}
