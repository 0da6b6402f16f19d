"""A worker has the settings of its server, whatever they are, and its own file."""

from pathlib import Path
from typing import Any

from attrs import evolve

from gateway.settings import Settings
from gateway.signing_key import checking_keys, signing_key
from gateway.workers.handed_settings import assignment, from_text, to_text, with_key

EVERYTHING = Settings(
    host="::1", port=0, db=Path("/var/lib/x"), workers=3, dev=True, hmac_key="é" * 16 + "\udcff", previous_hmac_key="p" * 32,
    jwks_file=Path("/etc/keys.json"), token_issuer="i", token_audience="a", allowed_origins=("https://a.example", "http://b.example"),
    trusted_proxies=("10.0.0.0/8",), max_connections=77, backup_directory=Path("/var/backups"),
    metrics_open=False, log_format="json",
)  # fmt: skip


def test_settings_come_through_as_they_are() -> None:
    given = from_text(to_text(assignment(EVERYTHING, 2, Path("/run/w2"), "debug")))
    own: dict[str, Any] = {"db": Path("/var/lib/x/worker-2.db"), "admin_listen": "unix:/run/w2", "log_level": "debug"}
    assert given.number == 2
    assert given.settings == evolve(EVERYTHING, **own)


def test_defaults_come_through_too() -> None:
    given = from_text(to_text(assignment(Settings(workers=2), 1, Path("/run/w1"), "info")))
    assert given.settings == evolve(Settings(workers=2), db=Path("data/breakout.db/worker-1.db"), admin_listen="unix:/run/w1")


def test_key_beside_the_directory_is_the_key_of_every_worker(tmp_path: Path) -> None:
    settings = Settings(db=tmp_path / "breakout.db", workers=2, dev=True)
    made = signing_key(settings)
    given = from_text(to_text(assignment(with_key(settings), 2, Path("/run/w2"), "info")))
    assert made is not None
    assert signing_key(given.settings) == made


def test_key_file_may_vanish_once_the_server_has_read_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 40 + b"\n")
    (tmp_path / "before").write_bytes(b"p" * 40 + b"\n")
    files: dict[str, Any] = {"hmac_key_file": tmp_path / "key", "previous_hmac_key_file": tmp_path / "before"}
    settings = with_key(Settings(db=tmp_path / "b.db", workers=2, **files))
    (tmp_path / "key").unlink()
    (tmp_path / "before").unlink()
    assert checking_keys(assignment(settings, 1, Path("/run/w1"), "info").settings) == (b"k" * 40, b"p" * 40)


def test_server_without_a_key_of_its_own_has_workers_without() -> None:
    assert with_key(Settings(workers=2, jwks_file=Path("keys.json"))).hmac_key is None
