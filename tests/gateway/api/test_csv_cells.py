import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.csv_cells import csv_lines, neutral, without_apostrophe


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    assert neutral(f'{start}HYPERLINK("http://evil")') == f"'{start}HYPERLINK(\"http://evil\")"


@pytest.mark.parametrize("cell", ["", "ana", "a=b", "'quoted'", "Ødegård", " =1"])
def test_harmless_cell_is_left_as_it_is(cell: str) -> None:
    assert neutral(cell) == cell
    assert without_apostrophe(cell) == cell


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_neutral_cell_never_begins_a_formula_and_can_be_read_back(cell: str) -> None:
    assert not neutral(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    if not cell.startswith("'"):
        assert without_apostrophe(neutral(cell)) == cell


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=2, max_size=5))
def test_lines_are_read_back_by_any_reader_of_csv(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(csv_lines([cells]).decode(), newline=""), strict=True)
    assert read == [neutral(cell) for cell in cells]


def test_numbers_are_bare_and_nothing_is_empty() -> None:
    text = csv_lines([["a,b", 5, None, -3], ["-3", 0, "", 'say "hi"']]).decode()
    assert text.split("\r\n") == ['"a,b",5,,-3', '\'-3,0,,"say ""hi"""', ""]
