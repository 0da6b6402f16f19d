"""Who may do what: roles give permissions, permissions open commands."""

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache


class Permission(Enum):
    """What a command asks of its caller. The values are the names in a token's `permissions` claim."""

    JOIN = "breakout:join"
    MANAGE = "breakout:manage"
    OPERATE = "breakout:operate"


STAFF_ROLES = frozenset({"OWNER", "ADMIN", "MODERATOR"})


def permissions_of(roles: Iterable[str], extra: Iterable[str]) -> frozenset[str]:
    """The permissions of a user with these roles, plus those given explicitly.

    Every role gives JOIN; staff roles give MANAGE as well; OPERATE is only ever given explicitly. A user without any
    role is an attendee. Unknown extra permissions are kept: they open nothing here.
    """
    given = {Permission.JOIN.value, *extra}
    if STAFF_ROLES.intersection(roles):
        given.add(Permission.MANAGE.value)
    return _shared(frozenset(given))


@lru_cache(maxsize=256)
def _shared(permissions: frozenset[str]) -> frozenset[str]:
    """An equal set that others hold already: thousands of people may do the same."""
    return permissions
