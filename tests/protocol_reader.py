"""Reads PROTOCOL.md: its headings, tables and examples."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")


def parts() -> dict[str, list[str]]:
    """The lines under each heading, up to the next heading of any level."""
    found: dict[str, list[str]] = {}
    fenced, lines = False, []
    for line in DOCUMENT.splitlines():
        fenced ^= line.startswith("```")
        if not fenced and re.match(r"#{1,4} ", line):
            title = line.lstrip("# ").strip("`")
            assert title not in found, f"the heading {title} comes twice"
            lines = found[title] = []
        else:
            lines.append(line)
    return found


PARTS = parts()


def table(title: str, columns: int) -> list[tuple[str, ...]]:
    """The first `columns` cells of each row of the table under a heading; empty when there is none."""
    rows = [line for line in PARTS[title] if line.startswith("|")]
    return [tuple(cell.strip() for cell in row.strip("|").split("|"))[:columns] for row in rows[2:]]


def json_frames() -> list[Any]:
    """Every example of a frame, one a line."""
    blocks = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    return [json.loads(line) for block in blocks for line in block.splitlines()]
