import pytest

from breakout.identity import Caller
from breakout.permission import STAFF_ROLES, Permission, permissions_of
from tests.fakes.rooms import ADA


def test_every_role_and_none_at_all_may_join():
    assert permissions_of([], []) == permissions_of(["ATTENDEE"], []) == {"breakout:join"}


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "MODERATOR"])
def test_staff_roles_manage_and_do_not_operate(role):
    assert permissions_of([role, "ATTENDEE"], []) == {"breakout:join", "breakout:manage"}
    assert role in STAFF_ROLES


def test_role_in_another_spelling_is_no_staff_role():
    assert permissions_of(["owner", "OWNERS"], []) == {"breakout:join"}


def test_extra_permissions_are_added_and_unknown_ones_kept():
    assert permissions_of([], ["breakout:operate", "x"]) == {"breakout:join", "breakout:operate", "x"}


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (set(), set()),
        ({"breakout:join"}, {Permission.JOIN}),
        ({"breakout:manage"}, {Permission.JOIN, Permission.MANAGE}),
        ({"breakout:operate"}, {Permission.OPERATE}),
    ],
)
def test_caller_may_what_their_permissions_say(held, may):
    caller = Caller(ADA, frozenset(held))
    assert {permission for permission in Permission if caller.may(permission)} == may
    assert caller.staff == (Permission.MANAGE in may)
