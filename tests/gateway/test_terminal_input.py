"""What a typed line means, and where lines come from."""

import os

import pytest
import trio
import trio.testing

from gateway.terminal_input import Line, LineRefused, parse_line, read_lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ping", Line("breakout.ping", {})),
        ("  breakout.ping  ", Line("breakout.ping", {})),
        ('room.join {"roomId": "r1"}\r', Line("breakout.room.join", {"roomId": "r1"})),
        ('chat.send   {"text": "a # b"}', Line("breakout.chat.send", {"text": "a # b"})),
    ],
)
def test_line_is_an_event_and_its_data(text, line):
    assert parse_line(text) == line


@pytest.mark.parametrize("text", ["", "   ", "\t\r", "# room.join", "  #"])
def test_line_is_skipped_when_it_is_empty_or_a_remark(text):
    assert parse_line(text) is None


@pytest.mark.parametrize("text", ["room.join r1", "room.join {", "room.join [1]", "room.join null", 'room.join {"a": NaN}'])
def test_line_is_refused_when_its_data_is_no_object(text):
    with pytest.raises(LineRefused, match=r"the data of room\.join"):
        parse_line(text)


async def test_lines_are_read_until_the_end_with_and_without_a_last_break():
    reading, writing = os.pipe()
    os.write(writing, "one\ntwö\n\nlast".encode())
    os.close(writing)
    with trio.fail_after(5):
        assert [line async for line in read_lines(reading)] == ["one", "twö", "", "last"]
    os.close(reading)


async def test_reading_can_be_given_up_while_nothing_is_typed():
    reading, writing = os.pipe()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:

            async def read():
                async for _ in read_lines(reading):
                    pass

            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert nursery.cancel_scope.cancelled_caught
    os.close(writing)
    os.close(reading)
