"""The tables, as migrations of sqlite-utils: a released one is never edited, only followed by another.

All tables are STRICT, and but for the journal WITHOUT ROWID, keyed `(session_id, ...)`, so that the rows of one session
share pages. Instants are milliseconds since the epoch; booleans are 0 and 1.
"""

from pathlib import Path

from sqlite_utils import Database, Migrations

from persistence.backup import back_up, free_name
from persistence.database import transaction
from persistence.refusal import SchemaTooNew

MIGRATIONS = Migrations("breakout")

JOURNAL = (
    """
    CREATE TABLE journal (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        room_id TEXT,
        change_id TEXT NOT NULL,
        cause TEXT NOT NULL,
        by_user TEXT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX journal_session ON journal (session_id, position)",
    "CREATE INDEX journal_room ON journal (session_id, room_id, position)",
    """
    CREATE TABLE idempotency_keys (
        session_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        key TEXT NOT NULL,
        digest BLOB NOT NULL,
        reply BLOB NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (session_id, user_id, key)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX idempotency_keys_at ON idempotency_keys (at)",
)

SNAPSHOTS = (
    """
    CREATE TABLE breakout_sessions (
        session_id TEXT PRIMARY KEY,
        position INTEGER NOT NULL,
        active INTEGER NOT NULL,
        state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE breakout_rooms (
        session_id TEXT NOT NULL,
        id TEXT NOT NULL,
        event_id TEXT,
        name TEXT NOT NULL,
        topic TEXT,
        max_participants INTEGER NOT NULL,
        duration_minutes INTEGER NOT NULL,
        auto_assign INTEGER NOT NULL,
        locked INTEGER NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        creator_id TEXT NOT NULL,
        creator_first_name TEXT NOT NULL,
        creator_last_name TEXT NOT NULL,
        facilitator_id TEXT,
        facilitator_first_name TEXT,
        facilitator_last_name TEXT,
        participant_count INTEGER NOT NULL,
        help_requested INTEGER NOT NULL,
        timer_state TEXT,
        timer_duration_seconds INTEGER,
        timer_started_at INTEGER,
        timer_ends_at INTEGER,
        timer_remaining_seconds INTEGER,
        timer_revision INTEGER,
        revision INTEGER NOT NULL,
        video_room_id TEXT,
        video_room_url TEXT,
        position INTEGER NOT NULL,
        active INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (session_id, id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX breakout_rooms_event ON breakout_rooms (event_id) WHERE event_id IS NOT NULL",
    """
    CREATE TABLE breakout_participants (
        session_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        role TEXT NOT NULL,
        joined_at INTEGER NOT NULL,
        speaking_time_seconds INTEGER NOT NULL,
        PRIMARY KEY (session_id, room_id, user_id)
    ) STRICT, WITHOUT ROWID
    """,
)

PROJECTIONS = (
    """
    CREATE TABLE breakout_users (
        session_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        first_seen_at INTEGER NOT NULL,
        PRIMARY KEY (session_id, user_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE breakout_messages (
        session_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        text TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        PRIMARY KEY (session_id, room_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE breakout_attendance (
        session_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        user_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        role TEXT NOT NULL,
        joined_at INTEGER NOT NULL,
        left_at INTEGER,
        speaking_seconds INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (session_id, position, user_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX breakout_attendance_open ON breakout_attendance (session_id, room_id, user_id) WHERE left_at IS NULL",
)


OPERATOR_ACTS = """
    CREATE TABLE operator_acts (
        at INTEGER PRIMARY KEY,
        operator_id TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        action TEXT NOT NULL,
        target TEXT NOT NULL,
        outcome TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
"""

REVOKED_USERS = """
    CREATE TABLE revoked_users (
        user_id TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        operator_id TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
"""


@MIGRATIONS(name="001_journal_snapshots_projections")
def create_tables(db: Database) -> None:
    for statement in (*JOURNAL, *SNAPSHOTS, *PROJECTIONS):
        db.conn.execute(statement)


@MIGRATIONS(name="002_operator_acts")
def create_operator_acts(db: Database) -> None:
    db.conn.execute(OPERATOR_ACTS)


@MIGRATIONS(name="003_revoked_users")
def create_revoked_users(db: Database) -> None:
    db.conn.execute(REVOKED_USERS)


def upgrade(db: Database, path: Path, migrations: Migrations = MIGRATIONS) -> None:
    """Bring the schema up to date: all pending migrations or, when one fails, none. Blocks.

    A database that already has tables is copied first, to `<file>.before-<migration>` beside it.

    Raises:
        SchemaTooNew: A migration was applied that this program does not know.
        BackupRefused: The copy could not be made; nothing was changed.
    """
    applied = {migration.name for migration in migrations.applied(db)}
    pending = [migration.name for migration in migrations.pending(db)]
    known = {migration.name for migration in migrations._migrations}  # noqa: SLF001  sqlite-utils has no public list
    if applied - known:
        raise SchemaTooNew(f"{path} was written by a later version ({max(applied - known)}); upgrade this program")
    if not pending:
        return
    if applied:
        back_up(db, free_name(path.with_name(f"{path.name}.before-{pending[0]}")))
    with transaction(db):
        migrations.apply(db)
