// Only a server for development gives tokens for the asking.

/** @typedef {import("./person.js").Person} Person */

/**
 * A token for development; the server gives them only with --dev.
 *
 * @param {{name: string, role: string, session: string}} wish
 * @returns {Promise<Person>}
 */
export async function developmentPerson(wish) {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error.message);
  return { token: body.token, name: wish.name };
}
