"""The words beside the generated descriptions are those of PROTOCOL.md."""

from pathlib import Path

from breakout.contract.table import COMMANDS, PUSHES
from breakout.errors import REFUSALS
from gateway.schema.__main__ import ROOT, WORDS
from gateway.schema.words import Words, dump_words, load_words, of_class, read_words


def test_stored_words_are_those_of_the_document() -> None:
    fresh = dump_words(read_words(ROOT / "PROTOCOL.md"))
    assert WORDS.read_text(encoding="utf-8") == fresh, "PROTOCOL.md has changed: run `make types`"


def test_every_event_and_error_is_described() -> None:
    words = load_words()
    named = [spec.event for spec in COMMANDS] + [spec.event for spec in PUSHES] + list(REFUSALS)
    assert [name for name in named if not words.get(name, Words("")).summary] == []


def test_words_of_a_section_are_its_first_paragraph_and_its_table(tmp_path: Path) -> None:
    document = tmp_path / "P.md"
    document.write_text(
        "# T\n\n## Commands\n\n### `breakout.a.b`\n\nDoes `it`, see\n[that](#x).\n\nNeeds **J**.\n\n"
        "| field | value | meaning |\n|---|---|---|\n| `one`? | string | the `first` |\n| `two` | string |  |\n\n"
        "Also possible: `conflict`.\n\n## Errors\n\n| code | transient | meaning |\n|---|---|---|\n| `bad` | no | is bad |\n"
    )
    assert read_words(document) == {
        "breakout.a.b": Words("Does it, see that.", {"one": "the first"}, "conflict."),
        "bad": Words("is bad"),
    }


def test_words_of_a_class_are_those_of_its_event() -> None:
    words = {"breakout.room.join": Words("joins"), "Room": Words("a room")}
    assert [of_class(words, name).summary for name in ("JoinRoom", "Room", "RoomReply")] == ["joins", "a room", ""]
