"""A person, and a person with what they may do."""

from attrs import frozen

from breakout.permission import Permission

_MANAGE = Permission.MANAGE.value


@frozen
class User:
    """A person as everybody in the session sees them. `id` has 1-128 characters and is the token's `sub`."""

    id: str
    first_name: str
    last_name: str


@frozen
class Caller:
    """The person behind one connection, with the permissions of their token.

    Attributes:
        event_id: The event that the token names; rooms this person creates belong to it.
    """

    user: User
    permissions: frozenset[str]
    event_id: str | None = None

    @property
    def staff(self) -> bool:
        """Holds `breakout:manage`."""
        return _MANAGE in self.permissions

    def may(self, permission: Permission) -> bool:
        """Whether the token gives `permission`; manage includes join."""
        if permission is Permission.JOIN:
            return self.staff or permission.value in self.permissions
        return permission.value in self.permissions
