"""Why the server, or a command, does not start."""


class StartRefused(Exception):
    """A setting, a key or a file is not as it must be.

    The message is one sentence for the person at the terminal: what is wrong, where it was said, and what to do. It never
    contains a secret. The command line prints it and exits with 2.
    """
