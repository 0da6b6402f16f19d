"""Which worker owns a session."""

from hashlib import blake2b


def owner(session_id: str, workers: int) -> int:
    """The number of the owner, from 1 to `workers`.

    Rendezvous hashing: every worker draws a number for the session, and the highest wins. So with one worker more or less only the
    sessions move that it gains or loses, one in N. The same in every process and for ever: files are laid out by it.
    """
    name = session_id.encode("utf-8", "surrogatepass")
    return max(range(1, workers + 1), key=lambda number: blake2b(b"%d:%b" % (number, name)).digest())
