"""What watchers of several rooms see of moves: never anybody in two rooms."""

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from actors.coalescer import CARD_WINDOWS, RosterDiff, RosterDiffs, ordered_diffs, window_after
from actors.effects import RosterChanged
from breakout.contract.objects import Participant
from breakout.room import Role

ROOMS = ("a", "b", "c", "d")
USERS = ("u", "v", "w")


def person(user_id: str, joined_at: int = 0) -> Participant:
    return Participant(user_id, user_id, "", Role.PARTICIPANT, joined_at, True, False, 0)


def joined(room_id: str, user_id: str) -> RosterChanged:
    return RosterChanged(room_id, joined=[person(user_id)])


def left(room_id: str, user_id: str) -> RosterChanged:
    return RosterChanged(room_id, left=[user_id])


class Watcher:
    """A client that applies each frame and remembers, per frame, in which rooms it showed each user."""

    def __init__(self, shown: dict[str, str] | None = None) -> None:
        self.rooms: dict[str, dict[str, Participant]] = {room_id: {} for room_id in ROOMS}
        for user_id, room_id in (shown or {}).items():
            self.rooms[room_id][user_id] = person(user_id)
        self.views: list[dict[str, list[str]]] = []

    def apply(self, room_id: str, diff: RosterDiff) -> None:
        for user_id in diff.left:
            self.rooms[room_id].pop(user_id, None)
        for participant in (*diff.joined.values(), *diff.changed.values()):
            self.rooms[room_id][participant.user_id] = participant
        self.views.append({user_id: self.where(user_id) for user_id in USERS})

    def apply_all(self, diffs: RosterDiffs) -> None:
        for room_id, diff in diffs.take():
            self.apply(room_id, diff)

    def where(self, user_id: str) -> list[str]:
        return [room_id for room_id, people in self.rooms.items() if user_id in people]

    def seats(self) -> dict[str, str]:
        return {user_id: room_id for room_id, people in self.rooms.items() for user_id in people}


def moving(diffs: RosterDiffs, user_id: str, former: str | None, room_id: str | None) -> Iterator[RosterChanged]:
    """The effects of one move, as the rooms emit them."""
    if room_id is not None:
        yield joined(room_id, user_id)
    if former is not None:
        yield left(former, user_id)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(USERS), st.sampled_from((*ROOMS, None))),
        st.tuples(st.just("swap"), st.sampled_from(USERS), st.sampled_from(USERS)),
        st.tuples(st.just("publish"), st.none(), st.none()),
    ),
    max_size=30,
)


def _targets(step: tuple[str, str | None, str | None], seats: dict[str, str]) -> dict[str, str | None]:
    kind, first, second = step
    if kind == "move":
        return {str(first): second}
    if kind == "swap" and first in seats and second in seats:
        return {str(first): seats[str(second)], str(second): seats[str(first)]}
    return {}


def _run(steps: list[tuple[str, str | None, str | None]], *, leave_first: bool) -> tuple[Watcher, dict[str, str]]:
    diffs, watcher, seats = RosterDiffs(), Watcher(), dict[str, str]()
    for step in steps:
        targets = _targets(step, seats)
        for user_id, room_id in targets.items():
            former = seats.pop(user_id, None)
            if former == room_id:
                former = None
            effects = list(moving(diffs, user_id, former, room_id))
            for effect in reversed(effects) if leave_first else effects:
                diffs.add(effect)
            if room_id is not None:
                seats[user_id] = room_id
        if step[0] == "publish":
            watcher.apply_all(diffs)
    watcher.apply_all(diffs)
    return watcher, seats


@given(steps, st.booleans())
def test_nobody_is_ever_shown_in_two_rooms_over_random_moves_and_swaps(
    steps: list[tuple[str, str | None, str | None]], leave_first: bool
) -> None:
    watcher, seats = _run(steps, leave_first=leave_first)
    assert all(len(rooms) <= 1 for view in watcher.views for rooms in view.values())
    assert watcher.seats() == seats


@given(st.sampled_from(ROOMS), st.sampled_from(ROOMS), st.booleans())
def test_single_move_shows_the_mover_in_no_room_for_at_most_one_push(
    former: str, room_id: str, leave_first: bool
) -> None:
    watcher, _ = _run([("move", "u", former), ("publish", None, None), ("move", "u", room_id)], leave_first=leave_first)
    nowhere = [not view["u"] for view in watcher.views]
    assert not any(first and second for first, second in pairwise(nowhere))


def test_swap_shows_one_room_in_two_frames() -> None:
    watcher = Watcher({"u": "a", "v": "b"})
    diffs = RosterDiffs()
    diffs.show("a", ["u"])
    diffs.show("b", ["v"])
    for effect in (joined("b", "u"), left("a", "u"), joined("a", "v"), left("b", "v")):
        diffs.add(effect)
    watcher.apply_all(diffs)
    assert len(watcher.views) == 3
    assert watcher.seats() == {"u": "b", "v": "a"}


def test_mover_through_a_third_room_leaves_the_first_before_they_appear_in_the_last() -> None:
    pending = {
        "c": RosterDiff(joined={"u": person("u")}),
        "b": RosterDiff(left={"u": None}),
        "a": RosterDiff(left={"u": None}, joined={"v": person("v")}),
        "d": RosterDiff(left={"v": None}, joined={"w": person("w")}),
    }
    order = [room_id for room_id, _ in ordered_diffs(pending)]
    assert order.index("a") < order.index("c")
    assert order.index("d") < order.index("a")


def test_coming_back_within_one_window_is_one_frame_that_shows_the_new_seat() -> None:
    diffs = RosterDiffs()
    diffs.show("a", ["u"])
    diffs.add(left("a", "u"))
    diffs.add(RosterChanged("a", joined=[person("u", joined_at=7)]))
    [(room_id, diff)] = diffs.take()
    assert (room_id, list(diff.left), diff.joined["u"].joined_at) == ("a", [], 7)


def test_change_of_somebody_who_was_shown_elsewhere_meanwhile_is_not_told() -> None:
    diffs = RosterDiffs()
    diffs.show("a", ["u"])
    diffs.add(joined("b", "u"))
    diffs.add(RosterChanged("a", changed=[person("u")]))
    watcher = Watcher({"u": "a"})
    watcher.apply_all(diffs)
    assert watcher.where("u") == ["b"]


def test_leave_that_was_implied_by_a_join_elsewhere_says_nothing_new_but_still_counts() -> None:
    diffs = RosterDiffs()
    diffs.show("a", ["u"])
    diffs.add(joined("b", "u"))
    diffs.take()
    diffs.add(left("a", "u"))
    [(room_id, diff)] = diffs.take()
    assert (room_id, diff) == ("a", RosterDiff())


def test_cards_leave_every_250_ms_while_they_cost_next_to_nothing() -> None:
    assert window_after(0.0) == window_after(0.012) == CARD_WINDOWS


def test_cards_leave_less_often_when_they_cost_much_but_at_least_once_a_second() -> None:
    assert window_after(0.025) == 10
    assert window_after(5.0) == 20
