"""The store: one SQLite file with a journal of every change, snapshots, and the tables other tools read.

May import: `breakout`, trio, cattrs, orjson and sqlite-utils (which nothing else imports). Knows nothing of actors or
sockets.

Promises: what `Journal.submit` reports as committed survives `kill -9` and a power cut (`synchronous=FULL`, nothing is
reported before its COMMIT returned); a batch is stored whole or not at all; a load sees every change submitted before
it; a file that is corrupt, foreign, newer than this program or in use is refused by name and never touched.

One connection owns the file, and one job at a time uses it (`lane.py`): SQLite before 3.51.3 can corrupt a WAL that two
connections reset at once, and an exclusive lock keeps a second server out.

Start reading at `persistence.py` (what opens and closes), then `journal.py` (the group commit), `commit.py` (what a batch
writes) and `restore.py` (how state comes back).
"""

from persistence.journal import JournalStatistics
from persistence.persistence import Persistence, open_persistence
from persistence.refusal import StoreRefused
from persistence.settings import PersistenceSettings

__all__ = ["open_persistence", "Persistence", "PersistenceSettings", "JournalStatistics", "StoreRefused"]
