"""Constraints on command fields, given as `Annotated[type, constraint]` and enforced at the gateway's edge."""

from typing import Annotated

from attrs import frozen


@frozen
class Text:
    """A string of `min_length` to `max_length` characters; control characters and lone surrogates are refused.

    Attributes:
        trim: White space at both ends is cut off before the length is taken.
        multiline: Line breaks and tabs are allowed.
    """

    max_length: int
    min_length: int = 1
    trim: bool = False
    multiline: bool = False


@frozen
class Whole:
    """A whole number from `minimum` to `maximum`; never a float, a bool or a string."""

    minimum: int
    maximum: int


@frozen
class Items:
    """A list of `min_items` to `max_items` items."""

    max_items: int
    min_items: int = 1


Id = Annotated[str, Text(64)]
UserId = Annotated[str, Text(128)]
Name = Annotated[str, Text(100, trim=True)]
Topic = Annotated[str, Text(500, min_length=0, trim=True)]
ChatText = Annotated[str, Text(2000, multiline=True)]
Reason = Annotated[str, Text(200, min_length=0, trim=True)]
Capacity = Annotated[int, Whole(1, 1000)]
Minutes = Annotated[int, Whole(0, 1440)]
Grace = Annotated[int, Whole(0, 300)]
TimerSeconds = Annotated[int, Whole(1, 86_400)]
ExtraSeconds = Annotated[int, Whole(-86_400, 86_400)]
Revision = Annotated[int, Whole(0, 2**53)]
