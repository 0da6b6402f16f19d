"""What happened below the supervisor, told to it: by its rooms, by the tasks that read the store."""

from actors._runtime import ActorHandle


class Report:
    """The way to a session's supervisor, for those who work for it and are there before it.

    Whoever holds it holds nothing of the session: so the parts of one that is over leave memory at once.

    Attributes:
        supervisor: Whom to tell; None until it has started.
    """

    __slots__ = ("supervisor",)

    def __init__(self) -> None:
        self.supervisor: ActorHandle | None = None

    def __call__(self, message: object) -> None:
        """Put `message` into the supervisor's mailbox. One that has ended is told nothing: the next one begins from the store."""
        if self.supervisor is not None and self.supervisor.is_alive():
            self.supervisor.tell(message)
