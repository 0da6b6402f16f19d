"""What PROTOCOL.md says of every event, object and field, as data: so that the same sentences stand in every description.

PROTOCOL.md is not a part of the installed package; `words.json` beside this file is, and `make types` writes it.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from attrs import asdict, field, frozen

from breakout.contract.table import COMMANDS, PUSHES

_HEADING = re.compile(r"#{1,4} +(.*)$")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


@frozen
class Words:
    """Of one event or object.

    Attributes:
        summary: A sentence or two.
        fields: What each field means, by its name on the wire; only those of which anything is said.
        refusals: Of a command, the errors that are its own, in words.
    """

    summary: str
    fields: dict[str, str] = field(factory=dict)
    refusals: str = ""


UNSAID = Words("")

EVENT_OF_CLASS = {spec.command.__name__: spec.event for spec in COMMANDS} | {spec.push.__name__: spec.event for spec in PUSHES}


def of_class(words: dict[str, Words], name: str) -> Words:
    """What is said of a class of the contract: of an object by its name, of a command or push by its event."""
    return words.get(name) or words.get(EVENT_OF_CLASS.get(name, ""), UNSAID)


def load_words() -> dict[str, Words]:
    """The words of the installed package, by event, object or error code."""
    stored = json.loads(files("gateway.schema").joinpath("words.json").read_text(encoding="utf-8"))
    return {name: Words(**words) for name, words in stored.items()}


def read_words(document: Path) -> dict[str, Words]:
    """The words of a PROTOCOL.md, by event, object or error code."""
    sections = dict(_sections(document.read_text(encoding="utf-8")))
    named = {title.strip("`"): _words(lines) for title, lines in sections.items() if title.startswith("`")}
    return named | {row[0]: Words(_plain(row[-1])) for row in _rows(sections["Errors"])}


def dump_words(words: dict[str, Words]) -> str:
    """The text of `words.json`."""
    return json.dumps({name: asdict(said) for name, said in words.items()}, ensure_ascii=False, indent=1) + "\n"


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    title, lines, fenced = "", list[str](), False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        yield title, lines
        title, lines = heading.group(1), []
    yield title, lines


def _words(lines: list[str]) -> Words:
    paragraphs = [" ".join(part.split()) for part in "\n".join(lines).split("\n\n") if part.strip()]
    fields = {row[0].rstrip("?"): _plain(row[-1]) for row in _rows(lines)}
    also = next((part for part in paragraphs if part.startswith("Also possible: ")), "")
    return Words(
        _plain(paragraphs[0]),
        {name: meaning for name, meaning in fields.items() if meaning},
        _plain(also.removeprefix("Also possible: ")),
    )


def _rows(lines: list[str]) -> list[list[str]]:
    """The cells of each row of the tables in `lines`; the first ones, which are names, without code marks."""
    rows = [row.strip("|").split("|") for row in lines if row.startswith("|")][2:]
    return [[first.replace("`", "").strip(), *(cell.strip() for cell in others)] for first, *others in rows]


def _plain(text: str) -> str:
    """Without links and code marks: the text is also read where Markdown is not."""
    return _LINK.sub(r"\1", text).replace("`", "")
