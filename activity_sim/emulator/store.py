"""Where the emulator keeps what it knows: one SQLite database, in memory or in a file.

Times are whole milliseconds since 1970. A change is answered only when it is committed, and a commit is on the disk, so
a server that is killed has lost nothing that it said was done.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from activity_sim.errors import InputError

Row = sqlite3.Row
APPLICATION = 0x41537457
VERSION = 2
SCHEMA = """
CREATE TABLE account (sid TEXT NOT NULL);
CREATE TABLE workspaces (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, friendly_name TEXT NOT NULL,
    event_callback_url TEXT NOT NULL, events_filter TEXT, multi_task_enabled INTEGER NOT NULL,
    prioritize_queue_order TEXT NOT NULL, default_activity_sid TEXT, timeout_activity_sid TEXT,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE TABLE activities (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, workspace_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL, available INTEGER NOT NULL, date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL);
CREATE TABLE former_activities (sid TEXT PRIMARY KEY, workspace_sid TEXT NOT NULL, friendly_name TEXT NOT NULL);
CREATE TABLE workers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, workspace_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL, folded_name TEXT NOT NULL, attributes TEXT NOT NULL, activity_sid TEXT NOT NULL,
    version INTEGER NOT NULL, date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL,
    date_status_changed INTEGER NOT NULL);
CREATE TABLE spells (
    workspace_sid TEXT NOT NULL, worker_sid TEXT NOT NULL, folded_name TEXT NOT NULL, activity_sid TEXT NOT NULL,
    start INTEGER NOT NULL, stop INTEGER);
CREATE TABLE task_queues (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, workspace_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL, target_workers TEXT, task_order TEXT NOT NULL, max_reserved_workers INTEGER NOT NULL,
    reservation_activity_sid TEXT, assignment_activity_sid TEXT, date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL);
CREATE TABLE workflows (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, workspace_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL, configuration TEXT NOT NULL, assignment_callback_url TEXT,
    fallback_assignment_callback_url TEXT, task_reservation_timeout INTEGER NOT NULL, date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL);
CREATE TABLE task_channels (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, workspace_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL, unique_name TEXT NOT NULL, channel_optimized_routing INTEGER NOT NULL,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE TABLE worker_channels (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, workspace_sid TEXT NOT NULL,
    worker_sid TEXT NOT NULL, task_channel_sid TEXT NOT NULL, available INTEGER NOT NULL,
    configured_capacity INTEGER NOT NULL, date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, workspace_sid TEXT NOT NULL,
    event_type TEXT NOT NULL, event_date INTEGER NOT NULL, description TEXT NOT NULL, resource_type TEXT NOT NULL,
    resource_sid TEXT NOT NULL, worker_sid TEXT, event_data TEXT NOT NULL);
CREATE INDEX activities_of ON activities (workspace_sid, friendly_name);
CREATE INDEX workers_of ON workers (workspace_sid, folded_name);
CREATE INDEX workers_in ON workers (activity_sid);
CREATE INDEX task_queues_of ON task_queues (workspace_sid, friendly_name);
CREATE INDEX workflows_of ON workflows (workspace_sid, friendly_name);
CREATE INDEX task_channels_of ON task_channels (workspace_sid, unique_name);
CREATE INDEX worker_channels_of ON worker_channels (worker_sid);
CREATE INDEX worker_channels_on ON worker_channels (task_channel_sid);
CREATE INDEX spells_running ON spells (worker_sid) WHERE stop IS NULL;
CREATE INDEX spells_of ON spells (workspace_sid, stop);
CREATE INDEX events_of ON events (workspace_sid, event_date);
"""


def wall_clock() -> int:
    """Return the milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def new_sid(prefix: str) -> str:
    """Return a SID that nothing has yet: *prefix* and 32 hexadecimal digits."""
    return f"{prefix}{uuid4().hex}"


def written(milliseconds: int) -> str:
    """Return an instant as the API writes it: ISO 8601, GMT, whole seconds.

    >>> written(1_700_000_000_999)
    '2023-11-14T22:13:20Z'
    """
    return datetime.fromtimestamp(milliseconds // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """Keep the workspaces of one account.

    *database* is the file, None for memory; *account_sid* is the account that it must belong to, and that a new
    database gets. *clock* returns milliseconds; time never runs backwards here, even where the clock does.
    """

    def __init__(self, database: Path | None, account_sid: str | None, clock: Callable[[], int] = wall_clock) -> None:
        self._clock = clock
        self._connection = _opened(database)
        with self.closed_on_failure():
            self.account_sid = self._account(account_sid)
        self._latest = (
            self.scalar(
                "SELECT max(t) FROM (SELECT max(event_date) t FROM events UNION ALL SELECT max(start) FROM spells)"
            )
            or 0
        )

    def _account(self, wanted: str | None) -> str:
        known: str | None = self.scalar("SELECT sid FROM account")
        if known and wanted and known != wanted:
            raise InputError(f"belongs to the account {known}, not to {wanted}")
        if known:
            return known
        account = wanted or new_sid("AC")
        with self.transaction():
            self.insert("account", sid=account)
        return account

    def now(self) -> int:
        """Return the present instant, never before one that was returned earlier."""
        self._latest = max(self._latest, self._clock())
        return self._latest

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let all changes inside happen together, or none of them."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def rows(self, query: str, *values: Any, **named: Any) -> Iterator[Row]:
        """Yield the rows of *query*, with *values* or *named* ones in its places."""
        yield from self._connection.execute(query, named or values)

    def row(self, query: str, *values: Any) -> Row | None:
        """Return the first row of *query*, or None."""
        return next(self.rows(query, *values), None)

    def scalar(self, query: str, *values: Any) -> Any:
        """Return the first column of the first row of *query*, or None."""
        row = self.row(query, *values)
        return row[0] if row else None

    def change(self, statement: str, *values: Any) -> None:
        """Carry out *statement*."""
        self._connection.execute(statement, values)

    def insert(self, table: str, **values: Any) -> None:
        """Add a row to *table*."""
        marks = ", ".join("?" * len(values))
        self.change(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values())

    def update(self, table: str, sid: str, **values: Any) -> None:
        """Change the row of *table* that has *sid*."""
        columns = ", ".join(f"{column} = ?" for column in values)
        self.change(f"UPDATE {table} SET {columns} WHERE sid = ?", *values.values(), sid)

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Let go of the database where what is inside fails, although the error may keep the store alive."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


def _opened(database: Path | None) -> sqlite3.Connection:
    if database is not None and not database.absolute().parent.is_dir():
        raise InputError("is in a folder that does not exist")
    try:
        connection = sqlite3.connect(database or ":memory:", isolation_level=None, check_same_thread=False, timeout=0.5)
    except sqlite3.Error as error:
        raise InputError(f"cannot be opened: {error}") from None
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # one server a database: a second one is told so
        _lay_out(connection)
    except BaseException as error:
        connection.close()
        raise _refused(error) from None
    return connection


def _refused(error: BaseException) -> BaseException:
    """Return what to say of a database that *error* keeps from being used."""
    if isinstance(error, sqlite3.OperationalError):
        locked = "locked" in str(error)
        return InputError("is in use by another emulator" if locked else f"cannot be opened: {error}")
    return InputError("is a file, but not a database of the emulator") if isinstance(error, sqlite3.Error) else error


def _lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables in a new database, and refuse one that is not the emulator's."""
    application, version, tables = (
        connection.execute(query).fetchone()[0]
        for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    )
    if tables and (application, version) != (APPLICATION, VERSION):
        ours = application == APPLICATION
        raise InputError("was made by another version of the emulator" if ours else "is not a database of the emulator")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if not tables:
        identity = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
        connection.executescript(f"BEGIN EXCLUSIVE; {SCHEMA} {identity} COMMIT;")
