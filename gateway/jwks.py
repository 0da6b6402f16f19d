"""The public keys of an identity provider (RFC 7517), from a URL or a file.

They are read at the start, once an hour, and when a token names a key id that nobody knows: that is how a provider's new
key becomes known. Readers never wait: a token with an unknown id is refused, the keys are read in the background, at most
once a minute whatever arrives, and the client that tries again gets in. Only the configured place is ever read; the `jku`,
`x5u` and `jwk` headers of a token are not looked at.

A provider that cannot be reached at the start is asked again every few seconds; until it has answered, the server is not ready,
and tokens of its are answered with 503, since nothing is known against them. A file that cannot be read ends the start.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import httpx
import orjson
import structlog
import trio
from attrs import frozen
from jwt import PyJWK

from gateway.settings import Settings
from gateway.signing_key import KeyRefused
from gateway.token_key import public_keys

REFRESH_SECONDS: Final = 3600
"""A key that the provider withdraws stops being believed within the hour."""

MIN_REFRESH_SECONDS: Final = 60
"""Between two reads, so that tokens with invented key ids cannot make this server flood the provider."""

RETRY_SECONDS: Final = 5
"""Between two reads while no key is known: at a boot the network may take as long as that to come up."""

FETCH_SECONDS: Final = 10
MAX_BYTES: Final = 256 * 1024
MAX_KEYS: Final = 100

_log = structlog.get_logger(__name__)

Fetch = Callable[[], Awaitable[bytes]]
KeyTable = Mapping[tuple[str, str | None], PyJWK]


@frozen
class JwksStatistics:
    """How many keys are known, how often reading them went well or failed since the start, and how old what is known is."""

    keys: int = 0
    reads: int = 0
    failures: int = 0
    age_seconds: float = 0.0


class PublishedKeys:
    """The keys of one place, kept fresh."""

    def __init__(self, fetch: Fetch, place: str, *, patient: bool = False) -> None:
        """`patient`: The place may be out of reach for a while, at the start too."""
        self._fetch = fetch
        self._place = place
        self._patient = patient
        self._keys: KeyTable = {}
        self._wanted = trio.Event()
        self._read_at = self._good_at = -float("inf")
        self._reads = 0
        self._failures = 0

    @property
    def statistics(self) -> JwksStatistics:
        age = trio.current_time() - self._good_at
        return JwksStatistics(len(self._keys), self._reads, self._failures, age)

    @property
    def known(self) -> bool:
        """Whether they were read at all."""
        return bool(self._keys)

    def find(self, algorithm: str, key_id: str | None) -> PyJWK | None:
        """The key for a token; None where there is none, and then the keys are read again soon. Never blocks.

        A token without a key id is checked with the only key of its algorithm, if there is just one.
        """
        if key_id is None:
            fitting = [key for (known, _), key in self._keys.items() if known == algorithm]
            return fitting[0] if len(fitting) == 1 else None
        key = self._keys.get((algorithm, key_id))
        if key is None:
            self._wanted.set()
        return key

    async def begin(self) -> None:
        """Read the keys before the server starts; a provider that fails is asked again by `keep_fresh`.

        Raises:
            KeyRefused: As `load`, of a file.
        """
        self._good_at = trio.current_time()
        if self._patient:
            await self._refresh()
        else:
            await self.load()

    async def load(self) -> None:
        """Read the keys once.

        Raises:
            KeyRefused: The place cannot be read, or holds no key that this server can use.
        """
        self._read_at = trio.current_time()
        self._keys = await self._read()
        self._good_at = trio.current_time()
        self._reads += 1

    async def keep_fresh(self) -> NoReturn:
        """Read the keys when they are due or wanted, for ever. A failure keeps the keys there are."""
        while True:
            if self._keys:
                with trio.move_on_after(REFRESH_SECONDS):
                    await self._wanted.wait()
            await trio.sleep_until(self._read_at + (MIN_REFRESH_SECONDS if self._keys else RETRY_SECONDS))
            self._wanted = trio.Event()
            await self._refresh()

    async def _refresh(self) -> None:
        first = not self._keys
        try:
            await self.load()
            if first and self._failures:
                _log.info("keys read at last", keys=len(self._keys))
        except KeyRefused as refused:
            self._failures += 1
            if self._keys:
                _log.warning("keys not refreshed", reason=str(refused), keys_kept=len(self._keys))
            else:
                _log.error("not ready: keys not read", reason=str(refused), again_in_seconds=RETRY_SECONDS)

    async def _read(self) -> KeyTable:
        try:
            with trio.fail_after(FETCH_SECONDS):
                text = await self._fetch()
        except trio.TooSlowError:
            raise KeyRefused(f"{self._place} did not give its keys within {FETCH_SECONDS} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise KeyRefused(f"cannot read keys from {self._place}: {str(error) or type(error).__name__}") from None
        return key_table(text, self._place)


def published_keys(settings: Settings) -> PublishedKeys | None:
    """The keys that the settings point to, not read yet; None where they point to none."""
    if settings.jwks_url is not None:
        url = settings.jwks_url
        return PublishedKeys(lambda: _get(url), url, patient=True)
    if settings.jwks_file is not None:
        path = settings.jwks_file
        return PublishedKeys(lambda: _read_file(path), str(path))
    return None


def key_table(text: bytes, place: str) -> KeyTable:
    """The keys of a JWKS by algorithm and key id.

    Raises:
        KeyRefused: It is no JWKS, too large, or has no key that this server can use.
    """
    if len(text) > MAX_BYTES:
        raise KeyRefused(f"the keys of {place} are larger than {MAX_BYTES} bytes")
    table = {(key.algorithm_name, _key_id(entry)): key for entry in _entries(text, place) for key in public_keys(entry)}
    if not table:
        raise KeyRefused(f"{place} has no public key for RS256, PS256, ES256 or EdDSA")
    return table


def _entries(text: bytes, place: str) -> list[dict[str, Any]]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise KeyRefused(f"{place} is not a JWKS: it must be a JSON object with a list of keys")
    return [entry for entry in entries[:MAX_KEYS] if isinstance(entry, dict)]


def _key_id(entry: Mapping[str, Any]) -> str | None:
    key_id = entry.get("kid")
    return key_id if isinstance(key_id, str) else None


async def _get(url: str) -> bytes:
    """The body at `url`; what is beyond the limit is read, until the time is over, and thrown away.

    Leaving the loop early instead would leave httpx's generators to the garbage collector. Redirects are not followed: the
    operator named one place.
    """
    body = b""
    async with httpx.AsyncClient(follow_redirects=False) as client, client.stream("GET", url) as response:
        if response.status_code != httpx.codes.OK:
            raise httpx.HTTPError(f"it answered {response.status_code}")
        async for chunk in response.aiter_bytes():
            if len(body) <= MAX_BYTES:
                body += chunk
    return body


async def _read_file(path: Path) -> bytes:
    return await trio.Path(path).read_bytes()
