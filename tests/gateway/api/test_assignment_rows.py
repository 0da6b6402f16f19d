"""What is read from a CSV file, and what is no CSV file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.assignment_rows import MAX_LINES, MAX_ROWS, read_rows
from gateway.api.refused import ApiRefused

WANTED = [(1, ("ana", "Blue")), (2, ("ben", "Green"))]


def read(text: str | bytes) -> list[tuple[int, tuple[str, ...]]]:
    body = text.encode() if isinstance(text, str) else text
    return [(row.line, row.cells) for row in read_rows(body)]


def refusal(text: str | bytes) -> tuple[int, str, str]:
    with pytest.raises(ApiRefused) as caught:
        read(text)
    return caught.value.status, caught.value.code, caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "ana,Blue\nben,Green\n",
        "ana,Blue\r\nben,Green",
        "ana,Blue\rben,Green\r",
        "\ufeffana,Blue\nben,Green\n",
        "ana;Blue\nben;Green\n",
        '"ana";"Blue"\n"ben";"Green"\n',
        " ana , Blue \nben,\tGreen\n",
        "ana,Blue,,\nben,Green,,\n",
    ],
)
def test_files_of_all_spreadsheets_are_read_alike(text: str) -> None:
    assert read(text) == WANTED


@pytest.mark.parametrize("header", ["userId,room", "userid;Room", "User ID,Room name or ID", "\ufeffuser_id,roomId"])
def test_header_is_no_row(header: str) -> None:
    separator = ";" if ";" in header else ","
    assert read(f"{header}\nana{separator}Blue\n") == [(2, ("ana", "Blue"))]


def test_user_who_is_called_like_a_header_is_a_row() -> None:
    assert read("user,Blue\n") == [(1, ("user", "Blue"))]


def test_empty_lines_are_no_rows_and_count_as_lines() -> None:
    assert read("\nana,Blue\n\n,\n;;\nben,Green\n")[1:] == [(5, (";;",)), (6, ("ben", "Green"))]


def test_separators_and_line_ends_inside_quotes_belong_to_the_cell() -> None:
    assert read('"ana, of; us",Blue\n"b\nen","say ""hi"""\neva,Red\n') == [
        (1, ("ana, of; us", "Blue")), (2, ("b\nen", 'say "hi"')), (4, ("eva", "Red")),
    ]  # fmt: skip


def test_rows_with_too_few_or_too_many_cells_are_kept_for_the_report() -> None:
    assert read("ana\nben,Green,Red\n") == [(1, ("ana",)), (2, ("ben", "Green", "Red"))]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "userId,room\n", ",\n,,,\n"])
def test_file_without_rows_is_refused(text: str) -> None:
    assert refusal(text)[:2] == (422, "invalid_data")


def test_file_that_is_not_utf8_is_refused_with_its_line() -> None:
    status, code, message = refusal(b"ana,Blue\nben,Gr\xfcn\n")
    assert (status, code) == (400, "malformed")
    assert "line 2" in message


@pytest.mark.parametrize("text", ['ana,Blue\nben,"Green\n', 'ana,Blue\nben,"Green"x\n', f"ana,Blue\nben,{'x' * 140_000}\n"])
def test_file_that_is_not_csv_is_refused_with_its_line(text: str) -> None:
    status, code, message = refusal(text)
    assert (status, code) == (400, "malformed")
    assert "line 2" in message


def test_as_many_rows_as_one_command_takes_are_read_and_one_more_is_refused() -> None:
    rows = "".join(f"user-{n},Blue\n" for n in range(MAX_ROWS))
    assert len(read("userId,room\n" + rows)) == MAX_ROWS
    assert refusal(rows + "ana,Blue\n")[:2] == (413, "limit_reached")
    assert refusal("userId,room\n" + rows * 5)[:2] == (413, "limit_reached")


def test_file_of_line_ends_is_not_read_to_its_end() -> None:
    assert read("\n" * (MAX_LINES - 1) + "ana,Blue") == [(MAX_LINES, ("ana", "Blue"))]
    assert refusal("\n" * 200_000)[:2] == (413, "limit_reached")


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(body: bytes) -> None:
    try:
        rows = read_rows(body)
    except ApiRefused as refused:
        status = refused.status
    else:
        status = 200
        assert all(any(row.cells) for row in rows)
    assert status in (200, 400, 422)
