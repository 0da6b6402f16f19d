"""Cells of CSV files that spreadsheets open, and what people save from there.

A spreadsheet takes a cell that begins with one of a few characters for a formula, which can read other cells and send them
away. Such a cell gets an apostrophe in front, which spreadsheets take for "this is text".
"""

import csv
import io
from collections.abc import Iterable
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
APOSTROPHE: Final = "'"

Cell = str | int | None


def neutral(text: str) -> str:
    """`text` as a spreadsheet shows it and does not run it."""
    return APOSTROPHE + text if text.startswith(FORMULA_STARTS) else text


def without_apostrophe(text: str) -> str:
    """What `neutral` made `text` of; anything else as it is."""
    return text[1:] if text.startswith(APOSTROPHE) and text[1:].startswith(FORMULA_STARTS) else text


def csv_lines(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Rows as RFC 4180 has them, in UTF-8: texts neutral, numbers as they are, None empty."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue().encode()
