"""What the store says when it does not open, for the person at the terminal."""

from gateway.start_refused import NotNow, StartRefused
from persistence.refusal import BackupRefused, DatabaseInUse, StoreRefused


def start_refused(error: StoreRefused | BackupRefused) -> StartRefused:
    """The same sentence; a file that another process has may be free the next time."""
    return (NotNow if isinstance(error, DatabaseInUse) else StartRefused)(str(error))
