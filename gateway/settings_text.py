"""The settings as a TOML file that explains itself."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

from attrs import fields

from gateway.settings import Settings
from gateway.settings_source import variable

HEADER = """\
# Settings of breakout, with their defaults. Give the file with: breakout serve --config FILE
# The environment wins over this file, and the command line over both.
"""


def settings_toml() -> str:
    """Every setting with its reason, commented out at its default: a valid settings file that changes nothing."""
    return HEADER + "".join(f"\n{line}" for line in _lines())


def _lines() -> Iterator[str]:
    for field in fields(Settings):
        yield "\n".join(textwrap.wrap(field.metadata["help"], 118, initial_indent="# ", subsequent_indent="# "))
        yield f"# Environment: {variable(field.name)}"
        yield f"#{field.name} = {_toml(field.default)}\n"


def _toml(value: object) -> str:
    if value is None:
        return '""  # not set'
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(str(value) if isinstance(value, Path) else value)
