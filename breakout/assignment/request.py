"""What the planner is asked, and what it answers."""

from collections.abc import Mapping

from attrs import field, frozen

from breakout.contract.commands import Placement, Strategy


@frozen
class RoomSlot:
    """A room to plan for.

    Attributes:
        capacity: Its `max_participants`.
        seated: Who sits there now and takes a place. Those who are among the people to place are placed afresh; the
            others stay and count.
        visitors: Who sits there and takes no place: the facilitator, staff, companions.
        name: For the sentences of `Plan.relaxed`; the id where it is empty.
    """

    id: str
    capacity: int
    seated: tuple[str, ...] = ()
    visitors: tuple[str, ...] = ()
    name: str = ""


@frozen
class PlanRequest:
    """Whom to place where, and with which wishes.

    Attributes:
        people: Whom to place, without staff and facilitators, in the order in which scarce places are given (RANDOM and
            ROTATE draw that order, EVEN puts those first who sit in a room named).
        manual: For MANUAL: the placements asked for, served in order. Other strategies ignore it.
        keep_together: Groups who want one room. Whoever is neither placed nor seated in a room named is overlooked.
        keep_apart: Groups of whom no two want the same room.
        seed: For RANDOM and ROTATE: the same seed gives the same plan.
        met: For ROTATE: how often two people have been in one room, per pair, in either order.
        companions: Who accompanies whom, of those present; they go where their person goes, asked for or not, and take
            no place.
        names: How to call people in the sentences of `Plan.relaxed`; the id where one is missing.
    """

    strategy: Strategy
    people: tuple[str, ...]
    rooms: tuple[RoomSlot, ...]
    manual: tuple[Placement, ...] = ()
    keep_together: tuple[tuple[str, ...], ...] = ()
    keep_apart: tuple[tuple[str, ...], ...] = ()
    seed: int = 0
    met: Mapping[tuple[str, str], int] = field(factory=dict)
    companions: Mapping[str, str] = field(factory=dict)
    names: Mapping[str, str] = field(factory=dict)


@frozen
class Plan:
    """Where everybody asked for should sit; nothing is changed by planning.

    Attributes:
        assignments: One per person placed, in the order of the rooms; also for those who sit there already.
        unplaced: For whom there was no place. Where they sit in a room named, their place is given to somebody else.
        relaxed: The wishes that could not be kept, a sentence each.
    """

    assignments: tuple[Placement, ...]
    unplaced: tuple[str, ...]
    relaxed: tuple[str, ...]
