"""One thing that was looked at."""

from collections.abc import Callable, Iterator
from typing import Final

from attrs import frozen

from gateway.settings import Settings

GOOD: Final = "good"
DOUBTFUL: Final = "doubtful"
WRONG: Final = "wrong"


@frozen
class Finding:
    """Attributes: todo: What to do about it; empty where all is well."""

    subject: str
    state: str
    what: str
    todo: str = ""


Look = Callable[[Settings], Iterator[Finding]]
"""Raises OSError where this user may not even look."""
