/**
 * Download who was where and for how long. The token goes in a header, never into an address.
 *
 * @param {ReturnType<typeof import("../desk.js").openDesk>} desk
 */
export async function downloadAttendance(desk) {
  try {
    const token = await desk.token();
    const address = `${desk.server}/api/sessions/${encodeURIComponent(desk.sessionId)}/attendance.csv`;
    const response = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(String(response.status));
    save(await response.blob(), `attendance-${desk.sessionId}.csv`);
  } catch {
    desk.tell("The attendance list could not be loaded; try again in a moment.", { urgent: true });
  }
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
