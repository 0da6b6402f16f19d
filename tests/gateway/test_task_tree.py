"""The tree of tasks as text."""

import trio
from trio.testing import wait_all_tasks_blocked

from gateway.task_tree import task_tree


async def _wait(event: trio.Event) -> None:
    await event.wait()


async def test_tree_names_tasks_and_where_they_wait(nursery: trio.Nursery) -> None:
    nursery.start_soon(_wait, trio.Event(), name="the one that waits")
    await wait_all_tasks_blocked()
    (line,) = [line for line in task_tree().splitlines() if "the one that waits" in line]
    assert line.endswith("in _wait")
    assert "test_task_tree.py:" in line


async def test_tasks_that_cannot_be_told_apart_are_counted_on_one_line(nursery: trio.Nursery) -> None:
    for _ in range(40):
        nursery.start_soon(_wait, trio.Event(), name="one of many")
    await wait_all_tasks_blocked()
    (line,) = [line for line in task_tree().splitlines() if "one of many" in line]
    assert line.endswith("  x 40")


async def test_task_below_another_stands_indented_below_it(nursery: trio.Nursery) -> None:
    async def parent() -> None:
        async with trio.open_nursery() as inner:
            inner.start_soon(_wait, trio.Event(), name="the child")

    nursery.start_soon(parent, name="the parent")
    await wait_all_tasks_blocked()
    lines = task_tree().splitlines()
    at = next(n for n, line in enumerate(lines) if "the parent" in line)
    indents = [len(line) - len(line.lstrip()) for line in lines[at : at + 2]]
    assert "the child" in lines[at + 1]
    assert indents[1] == indents[0] + 2


async def test_task_that_has_not_begun_is_shown_too(nursery: trio.Nursery) -> None:
    nursery.start_soon(_wait, trio.Event(), name="the next one")
    assert "the next one" in task_tree()
