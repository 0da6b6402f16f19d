"""The settings of a worker: what the front has resolved, as text for the channel; it holds secrets, so never a command line."""

import json
from pathlib import Path
from typing import Any, Final

from attrs import asdict, evolve, fields, frozen

from gateway.setting_types import typed
from gateway.settings import Settings
from gateway.signing_key import previous_key, signing_key
from gateway.workers.files import worker_file

_CONVERTER: Final = typed()


@frozen
class Assignment:
    """What one worker is to be.

    Attributes:
        number: From 1 to `workers`.
        settings: With its own file and its private address; `settings.workers` is how many there are.
    """

    number: int
    settings: Settings


def with_key(settings: Settings) -> Settings:
    """The settings with the keys themselves in place of where they are: one may stand beside `db`, which workers have another of.

    Raises:
        KeyRefused: The key cannot be read or made.
    """
    return evolve(
        settings,
        hmac_key=_text(signing_key(settings)), hmac_key_file=None,
        previous_hmac_key=_text(previous_key(settings)), previous_hmac_key_file=None,
    )  # fmt: skip


def _text(key: bytes | None) -> str | None:
    return None if key is None else key.decode("utf-8", "surrogateescape")


def assignment(settings: Settings, number: int, private_socket: Path, log_level: str) -> Assignment:
    """The `number`-th worker of a server with these settings, keys included; what operators ask reaches it at `private_socket`."""
    db, address = worker_file(settings.db, number), f"unix:{private_socket}"
    return Assignment(number, evolve(settings, db=db, admin_listen=address, log_level=log_level))


def to_text(given: Assignment) -> bytes:
    """JSON in ASCII, which takes a secret of any bytes."""
    values = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(given.settings).items()}
    return json.dumps({"number": given.number, "settings": values}).encode("ascii")


def from_text(text: bytes) -> Assignment:
    """The reverse of `to_text`."""
    read = json.loads(text)
    kinds: dict[str, Any] = {field.name: field.type for field in fields(Settings)}
    values = {
        name: None if value is None else _CONVERTER.structure(value, kinds[name]) for name, value in read["settings"].items()
    }
    return Assignment(read["number"], Settings(**values))  # type: ignore[arg-type]  # each was structured by its field's own type
