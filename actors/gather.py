"""One command that several rooms carry out: it is answered when the last of them has reported."""

from collections.abc import Callable

from attrs import Factory, define

from actors.messages import OrderDone


@define(eq=False)
class Gather:
    """The parts still outstanding, and how the others ended.

    Attributes:
        finish: Called once, when every room has reported.
    """

    finish: "Callable[[Gather], None]"
    outstanding: int = 0
    done: list[OrderDone] = Factory(list)
    refused: list[OrderDone] = Factory(list)


class Gathers:
    """The multi-room commands of a session that are under way."""

    def __init__(self) -> None:
        self._gathers: dict[str, Gather] = {}

    def __len__(self) -> int:
        return len(self._gathers)

    def begin(self, gather_id: str, gather: Gather) -> None:
        """Wait for `gather.outstanding` reports; with none outstanding it finishes at once."""
        if gather.outstanding:
            self._gathers[gather_id] = gather
        else:
            gather.finish(gather)

    def report(self, done: OrderDone) -> None:
        """Note one room's report."""
        gather = self._gathers.get(str(done.order.gather_id))
        if gather is None:
            return
        (gather.done if done.refusal is None else gather.refused).append(done)
        gather.outstanding -= 1
        if not gather.outstanding:
            del self._gathers[str(done.order.gather_id)]
            gather.finish(gather)
