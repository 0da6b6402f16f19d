"""Where settings come from: defaults, then a TOML file, then the environment, then the command line; the last one wins.

A name that nobody knows is an error, because a mistyped setting that is silently ignored runs a server in a way nobody
chose.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, cast

from attrs import fields_dict, frozen
from cattrs import Converter

from gateway.setting import SettingRefused
from gateway.setting_types import textual, typed
from gateway.settings import Settings
from gateway.start_refused import StartRefused

PREFIX: Final = "BREAKOUT_"

OTHER_VARIABLES: Final = frozenset({"BREAKOUT_CONFIG", "BREAKOUT_TOKEN", "BREAKOUT_URL"})
"""Variables of the same prefix that are not settings of the server: what the commands read in place of options."""

SETTINGS: Final = fields_dict(Settings)


@frozen
class _Source:
    """Values of one origin; `label(name)` is what that origin calls the setting `name`."""

    values: Mapping[str, object]
    label: Callable[[str], str]
    converter: Converter

    def value(self, name: str) -> object:
        """The value of `name` in the setting's own type."""
        try:
            value: object = self.converter.structure(self.values[name], cast("type[object]", SETTINGS[name].type))
        except ValueError as error:
            raise StartRefused(f"{self.label(name)} must be {error}") from None
        return value


def load_settings(config: Path | None, environ: Mapping[str, str], options: Mapping[str, object]) -> Settings:
    """Read every source and check the whole.

    Args:
        config: A TOML file, or None.
        environ: The process's environment; only names that begin with `BREAKOUT_` are looked at.
        options: Of the command line, already of their types; None means not given.

    Raises:
        StartRefused: An unknown name, a wrong type, a value out of bounds, or a file that cannot be read.
    """
    sources = [_from_environ(environ), _from_options(options)]
    if config is not None:
        sources.insert(0, _from_file(config))
    winner = {name: source for source in sources for name in source.values}
    values = {name: source.value(name) for name, source in winner.items()}
    try:
        return Settings(**values)  # type: ignore[arg-type]  # each was structured by its field's own type
    except SettingRefused as refused:
        label = winner[refused.name].label(refused.name) if refused.name in winner else refused.name
        raise StartRefused(f"{label} {refused.why}") from None


def variable(name: str) -> str:
    """What the environment calls the setting `name`."""
    return PREFIX + name.upper()


def _from_file(path: Path) -> _Source:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartRefused(f"cannot read the settings file {path}: {error.strerror}") from None
    except ValueError as error:
        raise StartRefused(f"{path} is not a TOML file: {error}") from None
    for name in values:
        if name not in SETTINGS:
            raise StartRefused(f"unknown setting {name} in {path}{_meant(name, SETTINGS)}")
    return _Source(values, lambda name: f"{name} in {path}", typed())


def _from_environ(environ: Mapping[str, str]) -> _Source:
    ours = {key: text for key, text in environ.items() if key.upper().startswith(PREFIX) and key not in OTHER_VARIABLES}
    known = {variable(name): name for name in SETTINGS}
    for key in ours:
        if key not in known:
            raise StartRefused(f"unknown setting {key}{_meant_variable(key)}")
    return _Source({known[key]: text for key, text in ours.items()}, variable, textual())


def _from_options(options: Mapping[str, object]) -> _Source:
    given = {name: value for name, value in options.items() if value is not None}
    return _Source(given, lambda name: f"--{name.replace('_', '-')}", typed())


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _meant_variable(key: str) -> str:
    """Compared without the prefix, which would make every name look like every other."""
    bare = {name.removeprefix(PREFIX): name for name in [*map(variable, SETTINGS), *OTHER_VARIABLES]}
    near = get_close_matches(key.upper().removeprefix(PREFIX), list(bare), n=1)
    return f"; did you mean {bare[near[0]]}?" if near else ""
