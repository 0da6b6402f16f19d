"""Where people and operators come in: who listens there, and who can."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
from attrs import evolve, frozen

from gateway.doctor.finding import DOUBTFUL, GOOD, WRONG, Finding
from gateway.host_facts import listening_process, max_descriptors
from gateway.listening_socket import open_listeners
from gateway.own_server import own_trust, own_url
from gateway.setting_checks import UNIX
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.workers.files import is_spread, store_files
from persistence.examine import examine

READY_SECONDS: Final = 3.0
"""For a server to say whether it is ready. It takes milliseconds, or a second where a worker does not answer."""

SPARE_DESCRIPTORS: Final = 300
"""For the database, the logs, operators and connections that are being refused."""

LOCAL: Final = ("127.0.0.1", "::1", "localhost")


@frozen
class Answer:
    """What came from the port.

    Attributes:
        ready: What the server there says of itself; False also where there is none of ours.
        state: Its own words; empty where there is none of ours.
        silent: It took the connection and said nothing.
        stranger: It shows another certificate than the one of the settings.
    """

    ready: bool = False
    state: str = ""
    silent: bool = False
    stranger: bool = False


def look_at_port(settings: Settings) -> Iterator[Finding]:
    where = f"{settings.host}:{settings.port}"
    try:
        for listener in open_listeners(settings.host, settings.port):
            listener.close()
    except OSError as error:
        if error.errno == errno.EACCES:
            todo = "a port above 1023, or give the server CAP_NET_BIND_SERVICE"
            yield Finding("port", WRONG, f"this user may not listen on {where}", todo)
        else:
            yield _taken_port(settings, where, error)
    else:
        yield Finding("port", GOOD, f"{where} is free; no server runs there")


def _taken_port(settings: Settings, where: str, error: OSError) -> Finding:
    answer, pid = _ask(settings), listening_process(settings.port)
    process = "its PID" if pid is None else str(pid)
    if answer.stranger:
        todo = f"where it is this server, has it read the renewed file: kill -HUP {process}"
        return Finding("port", WRONG, f"who listens at {where} shows another certificate than tls_certificate", todo)
    if answer.silent and _database_in_use(settings):
        todo = f"kill -USR1 {process}, which has it say in its log where; then kill -9 {process}: nothing acknowledged is lost"
        return Finding("port", WRONG, f"the server at {where} takes connections and does not answer: it hangs", todo)
    if not answer.state:
        todo = f"choose another --port, or stop who has it: {'ss -ltnp' if pid is None else f'process {pid}'}"
        return Finding("port", WRONG, f"{where} cannot be listened on ({error.strerror}), and no server answers there", todo)
    if not _database_in_use(settings):
        todo = f"stop that one (process {process}), or look with the settings that it has; or choose another port"
        return Finding("port", WRONG, f"another Breakout answers at {where}: nobody has {settings.db} open", todo)
    if answer.ready:
        return Finding("port", GOOD, f"a server is ready at {where}")
    return Finding("port", WRONG, f"the server at {where} is not ready: {answer.state}", "look at its log and at the disk")


def _database_in_use(settings: Settings) -> bool:
    files = store_files(settings.db) if is_spread(settings.db) else [settings.db]
    return any(examine(path).state == "in use" for path in files)


def _ask(settings: Settings) -> Answer:
    public = evolve(settings, admin_listen=None)
    try:
        trust = own_trust(settings) or True
        found = httpx.get(f"{own_url(public)}/readyz", timeout=READY_SECONDS, trust_env=False, verify=trust)
        body = found.json()
    except httpx.ReadTimeout:
        return Answer(silent=True)
    except httpx.ConnectError as error:
        return Answer(stranger="CERTIFICATE_VERIFY_FAILED" in str(error))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, StartRefused):
        return Answer()
    if not isinstance(body, dict) or not {"status", "store"} <= set(body):
        return Answer()
    return Answer(found.status_code == httpx.codes.OK, _state(body))


def _state(body: dict[str, Any]) -> str:
    said = f"{body['status']}, its store is {body['store']}"
    if body.get("keys") == "missing":
        said += ", the keys of its identity provider were not read yet"
    silent = [str(worker["worker"]) for worker in body.get("workers", ()) if not worker["ready"]]
    return f"{said}, not ready is worker {', '.join(silent)} (breakout top says more)" if silent else said


def look_at_descriptors(settings: Settings) -> Iterator[Finding]:
    pid = listening_process(settings.port)
    limit, wanted = max_descriptors(pid), settings.max_connections + SPARE_DESCRIPTORS
    whose = "a process that is started from here" if pid is None else f"the server, process {pid}"
    what = f"{limit:,} for {whose}; max_connections = {settings.max_connections:,}"
    if limit < wanted:
        todo = f"raise the limit to {wanted:,} (ulimit -n; a systemd unit has LimitNOFILE=), or lower max_connections"
        yield Finding("descriptors", DOUBTFUL, what, todo)
    else:
        yield Finding("descriptors", GOOD, what)


def look_at_exposure(settings: Settings) -> Iterator[Finding]:
    local = settings.host in LOCAL
    if not local and settings.dev:
        yield Finding("exposure", WRONG, "with dev everybody may be anybody, and other machines can connect", "leave out dev")
    elif not local and settings.admin_listen is None:
        todo = "set admin_listen = \"unix:/run/breakout/admin.sock\", or block /api/admin in the proxy"
        yield Finding("exposure", DOUBTFUL, "the operators' API is on the public port", todo)
    else:
        yield Finding("exposure", GOOD, "this machine only" if local else f"operators at {settings.admin_listen}")
    if settings.admin_listen is not None:
        yield from _own_address_findings(settings.admin_listen)


def _own_address_findings(address: str) -> Iterator[Finding]:
    if address.startswith(UNIX):
        directory = Path(address.removeprefix(UNIX)).parent
        if not directory.is_dir():
            todo = f"mkdir {directory}, for the server's user, unless a RuntimeDirectory= of systemd makes it at the start"
            yield Finding("exposure", DOUBTFUL, f"admin_listen: there is no directory {directory}", todo)
    elif address.rpartition(":")[0].strip("[]") not in LOCAL:
        todo = "use a socket (unix:/run/breakout/admin.sock) or 127.0.0.1, and reach it by ssh"
        what = f"admin_listen {address} is plain HTTP that other machines can reach, with operators' tokens in it"
        yield Finding("exposure", DOUBTFUL, what, todo)
