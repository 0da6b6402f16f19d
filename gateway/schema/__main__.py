"""Writes what is generated and committed: `words.json` from PROTOCOL.md, and `breakout.d.ts` from the classes (`make types`)."""

from pathlib import Path

from gateway.schema.typescript import declarations
from gateway.schema.words import dump_words, read_words

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "gateway/schema/words.json"
DECLARATIONS = ROOT / "gateway/web/client/breakout.d.ts"


def main() -> None:
    """Run in a checkout; an installed package has no PROTOCOL.md."""
    words = read_words(ROOT / "PROTOCOL.md")
    WORDS.write_text(dump_words(words), encoding="utf-8")
    DECLARATIONS.write_text(declarations(words), encoding="utf-8")


if __name__ == "__main__":
    main()
