"""The command line: `breakout serve`, `token`, `connect`, `demo`, `settings`, and the operators' commands.

Each command is a module of its own and imports what is heavy only when it runs, so that `breakout --help` and a wrong
option answer at once.
"""

from typing import Any

import click

from gateway.cli_admin import audit, backup, drain, evict, log_level, readmit, rooms, sessions
from gateway.cli_connect import connect
from gateway.cli_demo import demo
from gateway.cli_doctor import doctor
from gateway.cli_health import health
from gateway.cli_room import room
from gateway.cli_serve import serve
from gateway.cli_settings import settings
from gateway.cli_token import token
from gateway.cli_top import top
from gateway.cli_users import reinstate, revoke, revoked
from gateway.start_refused import StartRefused


class CommandRefused(click.ClickException):
    """One line on stderr, and no traceback: it is the operator who can do something about it."""

    def __init__(self, refused: StartRefused) -> None:
        super().__init__(str(refused))
        self.exit_code = refused.exit_code  # type: ignore[misc]  # click asks the instance

    def show(self, file: Any = None) -> None:
        click.echo(f"breakout: {self.format_message()}", err=True, file=file)


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal, alone or in the group of a nursery, becomes its one line."""
        try:
            return super().invoke(ctx)
        except StartRefused as refused:
            raise CommandRefused(refused) from None
        except BaseExceptionGroup as group:
            refusals = _refusals(group)
            if not refusals:
                raise
            raise CommandRefused(refusals[0]) from None


def _refusals(error: BaseException) -> list[StartRefused]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _refusals(inner)]
    return [error] if isinstance(error, StartRefused) else []


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="breakout", prog_name="breakout")
def main() -> None:
    """Breakout rooms for virtual sessions."""


OPERATORS = (rooms, room, sessions, top, evict, readmit, revoke, reinstate, revoked, backup, drain, audit, log_level, doctor)

for command in (serve, token, connect, demo, settings, health, *OPERATORS):
    main.add_command(command)
