"""One answer for all who ask at the same time."""

import trio
from trio.testing import wait_all_tasks_blocked

from gateway.workers.shared import Shared


class Counted:
    """Answers with how often it was asked, once it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.may = trio.Event()

    async def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        await self.may.wait()
        return number


async def test_all_who_ask_while_an_answer_is_on_its_way_get_that_one() -> None:
    asked, answers = Counted(), []
    shared = Shared(asked)

    async def ask() -> None:
        answers.append(await shared.answer())

    async with trio.open_nursery() as nursery:
        for _ in range(1_000):
            nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        asked.may.set()
    assert answers == [1] * 1_000
    assert await shared.answer() == 2, "an old answer was kept"


async def test_others_ask_again_where_the_one_who_asked_is_cancelled() -> None:
    asked, answers = Counted(), []
    shared = Shared(asked)

    async def ask() -> None:
        answers.append(await shared.answer())

    with trio.fail_after(5):
        async with trio.open_nursery() as others:
            async with trio.open_nursery() as first:
                first.start_soon(ask)
                await wait_all_tasks_blocked()
                others.start_soon(ask)
                others.start_soon(ask)
                await wait_all_tasks_blocked()
                first.cancel_scope.cancel()
            await wait_all_tasks_blocked()
            asked.may.set()
    assert answers == [2, 2]
