"""What the command line asks the operators' API: a client that knows where the server is and who asks.

On the server's own machine nothing need be said: address and key come from the server's settings, and the token is made for each
request and good for a minute. From elsewhere it takes an URL and a token.
"""

import getpass
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
from attrs import frozen

from breakout.permission import Permission
from gateway.setting_checks import UNIX
from gateway.settings import Settings
from gateway.signing_key import signing_key
from gateway.start_refused import StartRefused
from gateway.token_issue import Person, issue_token

TOKEN_SECONDS: Final = 60
"""Long enough for a request and two clocks that differ a little."""

PATIENCE_SECONDS: Final = 30.0
"""Longer than a server with workers waits for one of them; mostly it takes milliseconds."""

BACKUP_SECONDS: Final = 660.0
"""A backup takes 0.4 s per 100 MB, and a server with workers gives each ten minutes for its file."""

LOOK_SECONDS: Final = 4.0
"""For who looks again and again: a little longer than a server with workers waits for one of them."""


MAX_ID_LENGTH: Final = 64


class ServerRefused(Exception):
    """The server said no.

    Attributes:
        code: Of the error.
        message: One sentence.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{message} ({code}, {status})")
        self.status = status
        self.code = code
        self.message = message


class NoAnswer(StartRefused):
    """The server was asked and did not answer in time, or broke off: it may have done what was asked, or still do it."""

    exit_code = 3


@frozen
class AdminClient:
    """One server, as an operator sees it. Every call blocks, for `patience_seconds` at most.

    Attributes:
        trust: Whose certificates are good; None: those of the authorities that everybody trusts.

    Raises of every call:
        ServerRefused: It answered with an error.
        StartRefused: It cannot be reached, or is no Breakout server; nothing was asked.
        NoAnswer: See there.
    """

    url: str
    token: Callable[[], str]
    trust: ssl.SSLContext | None = None
    patience_seconds: float = PATIENCE_SECONDS

    def get(self, path: str, **query: object) -> Any:
        return self._ask("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        return self._ask("POST", path, json=body or {})

    def put(self, path: str, body: Mapping[str, object]) -> Any:
        return self._ask("PUT", path, json=body)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token()}"}
        try:
            with self._http() as http:
                answer = http.request(method, f"/api/admin/{path}", headers=headers, **more)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise StartRefused(f"cannot reach the server at {self.url}: {str(error) or type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise self._no_answer(method, error) from None
        return _answer(answer, self.url)

    def _no_answer(self, method: str, error: httpx.HTTPError) -> NoAnswer:
        what = f"in {self.patience_seconds:g} s" if isinstance(error, httpx.TimeoutException) else f"({error})"
        todo = "does it hang? breakout doctor" if method == "GET" else "it may still take effect: see breakout audit"
        return NoAnswer(f"no answer from {self.url} {what}; {todo}")

    def _http(self) -> httpx.Client:
        if self.url.startswith(UNIX):
            path = Path(self.url.removeprefix(UNIX))
            if not path.is_socket():
                raise StartRefused(f"cannot reach the server at {self.url}: there is no such socket; does it run?")
            transport = httpx.HTTPTransport(uds=str(path))
            return httpx.Client(base_url="http://breakout", transport=transport, timeout=self.patience_seconds)
        return httpx.Client(base_url=self.url, timeout=self.patience_seconds, trust_env=False, verify=self.trust or True)


def part(identifier: str) -> str:
    """An id as one part of a path. Raises: StartRefused: It can be none."""
    if not 1 <= len(identifier) <= MAX_ID_LENGTH or "/" in identifier:
        raise StartRefused(f"{identifier!r} is no id: those have 1-{MAX_ID_LENGTH} characters and no /")
    return quote(identifier, safe="")


def own_token(settings: Settings) -> Callable[[], str]:
    """Makes operators' tokens with the key of the server with these settings, for whoever runs this program.

    Raises:
        StartRefused: There is no key that could be read.
    """
    key = signing_key(settings, beside_database=True)
    if key is None:
        raise StartRefused(
            "a token is needed: --token T, --token @FILE, or BREAKOUT_TOKEN; or name the server's settings with --config, "
            "or its database with --db, so that its own key can sign one"
        )
    person = Person(user_id=_who(), given_name="Operator", permissions=[Permission.OPERATE.value])
    return lambda: issue_token(person, settings, key, now=time.time(), lifetime_seconds=TOKEN_SECONDS)


def _who() -> str:
    """For the audit log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):  # a user id without a name, as in containers
        return "cli"


def _answer(answer: httpx.Response, url: str) -> Any:
    try:
        body = answer.json()
    except ValueError:
        raise StartRefused(f"{url} answers like no Breakout server ({answer.status_code})") from None
    if answer.is_success:
        return body
    error = body.get("error", {}) if isinstance(body, dict) else {}
    raise ServerRefused(answer.status_code, str(error.get("code")), str(error.get("message")))
