// People and rooms as somebody types or pastes them: by name or by id, and what could not be found.

/** @typedef {Map<string, {name: string, roomId: string | null, staff: boolean}>} People */

/** @param {string} text */
const key = (text) => text.trim().replace(/\s+/g, " ").toLowerCase();

/**
 * Finds ids by id or by name; a name that two share is not found.
 *
 * @param {Iterable<[string, string]>} entries  id and name
 */
function finder(entries) {
  /** @type {Map<string, string | null>} */
  const known = new Map();
  for (const [id, name] of entries) {
    known.set(key(name), known.has(key(name)) ? null : id);
    known.set(key(id), id);
  }
  return (/** @type {string} */ text) => known.get(key(text)) ?? null;
}

/** @param {People} people */
export function personFinder(people) {
  return finder([...people].map(([id, { name }]) => [id, name]));
}

/** @param {any[]} rooms */
export function roomFinder(rooms) {
  return finder(rooms.map((room) => [room.id, room.name]));
}

/**
 * One group a line, people separated by commas or semicolons.
 *
 * @param {string} text @param {People} people
 * @returns {{groups: string[][], problems: string[]}}
 */
export function readGroups(text, people) {
  const find = personFinder(people);
  const problems = /** @type {string[]} */ ([]);
  const groups = lines(text)
    .map((line) =>
      line
        .split(/[,;]/)
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .map((names) => {
      const missing = names.filter((name) => find(name) === null);
      problems.push(...missing.map((name) => `${name}: nobody here, or more than one, has that name`));
      if (names.length < 2) problems.push(`${names[0]}: a group needs two people`);
      return /** @type {string[]} */ (names.map(find).filter(Boolean));
    });
  return { groups: groups.filter((group) => group.length > 1), problems };
}

/**
 * CSV with a person and a room in every line; quotes as spreadsheets write them, commas, semicolons or tabs between. A first line
 * that names neither is taken for a heading.
 *
 * @param {string} text @param {People} people @param {any[]} rooms
 * @returns {{assignments: {userId: string, roomId: string}[], problems: string[]}}
 */
export function readCsv(text, people, rooms) {
  const findPerson = personFinder(people);
  const findRoom = roomFinder(rooms);
  const assignments = /** @type {{userId: string, roomId: string}[]} */ ([]);
  const problems = /** @type {string[]} */ ([]);
  lines(text).forEach((line, index) => {
    const [person = "", room = ""] = cells(line);
    const userId = findPerson(person);
    const roomId = findRoom(room);
    if (userId && roomId) assignments.push({ userId, roomId });
    else if (index > 0 || userId || roomId)
      problems.push(
        `Line ${index + 1}: ${userId ? `no room is called ${room || "(nothing)"}` : `not one person is called ${person}`}`,
      );
  });
  return { assignments, problems };
}

/** @param {string} text */
function lines(text) {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line.trim());
}

/** @param {string} line */
function cells(line) {
  return [...line.matchAll(/(?:^|[,;\t])\s*(?:"((?:[^"]|"")*)"|([^,;\t]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  );
}
