// Which rooms want a look: those who call for help, then those where people sit and nobody talks, then those no
// organizer has been in.

const SILENT_MS = 180_000; // three minutes without a word, in a room with people

/**
 * @typedef {{room: any, help: boolean, silentMinutes: number | null, unvisited: boolean, people: number, rank: number}} Seen
 */

/** @param {any} room @param {any} activity  of this room, or undefined @param {number} now @returns {Seen} */
export function seen(room, activity, now) {
  const people = activity?.people ?? room.participantCount;
  const since = Math.max(activity?.lastMessageAt ?? 0, room.startedAt ?? room.createdAt);
  const silent = people > 1 && now - since > SILENT_MS;
  const unvisited = people > 0 && activity?.visited === false;
  const rank = (room.helpRequested ? 4 : 0) + (silent ? 2 : 0) + (unvisited ? 1 : 0);
  return {
    room,
    help: room.helpRequested,
    silentMinutes: silent ? Math.floor((now - since) / 60_000) : null,
    unvisited,
    people,
    rank,
  };
}

/** Open rooms of a session, those that want a look first. @param {any} session @param {number} now */
export function byAttention(session, now) {
  const open = session.rooms.filter((/** @type {any} */ room) => room.status !== "CLOSED");
  const all = open.map((/** @type {any} */ room) => seen(room, session.activity?.[room.id], now));
  return all.sort(
    (/** @type {Seen} */ a, /** @type {Seen} */ b) =>
      b.rank - a.rank || b.people - a.people || a.room.createdAt - b.room.createdAt,
  );
}
