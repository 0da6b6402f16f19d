"""Reports of several workers as one. Pure: JSON in, JSON out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from gateway.admin.sessions import sessions_page
from gateway.health import Phase

Report = dict[str, Any]

SEVEREST_FIRST: Final = (Phase.DRAINING.value, Phase.STARTING.value, Phase.SERVING.value)

JOINED: Final[dict[str, Callable[[Iterable[Any]], Any]]] = {
    "startedAt": min,
    "serverAt": max,
    "uptimeSeconds": max,
    "phase": lambda phases: min(phases, key=SEVEREST_FIRST.index),
    "storeHealthy": all,
    **dict.fromkeys(("lastCommitMs", "highCommitMs", "lateP99Ms", "lateHighMs"), max),
}
"""How a field of the server's report is made of those of its workers; every other one is added up."""


def joined_tree(trees: Sequence[Report]) -> Report:
    """`{server, sessions}` of `/api/admin/actors`; the server's report is empty where no worker answered."""
    servers = [tree["server"] for tree in trees]
    names = servers[0] if servers else ()
    server = {name: JOINED.get(name, sum)([report[name] for report in servers]) for name in names}
    return {"server": server, "sessions": [session for tree in trees for session in tree["sessions"]]}


def joined_event(reports: Sequence[Report]) -> Report:
    """`/api/events/{id}/rooms`: the sessions of all, sorted by id."""
    sessions = [session for report in reports for session in report["sessions"]]
    newest = max(reports, key=lambda report: report["serverAt"])
    return {**newest, "sessions": sorted(sessions, key=lambda session: session["sessionId"])}


def joined_acts(own: Report, reports: Sequence[Report], limit: int) -> Report:
    """`/api/admin/audit` of the whole server: at most `limit` acts, newest first, and those of the last one's instant.

    No page goes further back than the shortest of those it is made of.
    """
    pages = (own, *reports)
    acts = sorted((act for page in pages for act in page["acts"]), key=lambda act: -act["at"])
    ends = [page["before"] for page in pages if page["before"] is not None]
    if len(acts) > limit:
        ends.append(acts[limit - 1]["at"])
    before = max(ends, default=None)
    return {"acts": [act for act in acts if before is None or act["at"] >= before], "before": before}


def joined_sessions(pages: Sequence[Report], limit: int) -> Report:
    """`/api/admin/sessions`: at most `limit` sessions of all, sorted by id; each page has the first of its worker."""
    sessions = sorted((session for page in pages for session in page["sessions"]), key=lambda session: str(session["id"]))
    return sessions_page(sessions, limit)
