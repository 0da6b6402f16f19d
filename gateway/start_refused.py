"""Why the server, or a command, does not start."""


class StartRefused(Exception):
    """A setting, a key or a file is not as it must be.

    The message is one sentence for the person at the terminal: what is wrong, where it was said, and what to do. It never
    contains a secret. The command line prints it and exits with `exit_code`.
    """

    exit_code = 2
    """As click does for a wrong option: nothing was begun, and trying again does not help."""


class NotNow(StartRefused):
    """What is in the way may go by itself: another process has the port or the file. Worth trying again."""

    exit_code = 75
    """EX_TEMPFAIL of sysexits.h."""
