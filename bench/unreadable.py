"""A file that should be a result and is none. Apart from `result.py`, so that the command line needs none of the extra packages."""


class ResultUnreadable(Exception):
    """A file is no result of this bench, or cannot be compared with another one."""
