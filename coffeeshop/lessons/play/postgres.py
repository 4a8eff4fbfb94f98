"""Connect to a PostgreSQL server that can restart while we use it.

A lost connection is opened again: a read is repeated, and the server is asked about a COMMIT that got no answer. Only imported
if COFFEESHOP_DATABASE names a database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from secrets import token_hex
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg

from coffeeshop.lessons.play.save_connection import BrokenConnectionError, DatabaseLostError

T = TypeVar("T")
CONNECT_SECONDS = 5  # for one connection
RESTART_TIMEOUT = 10.0  # seconds in which a server that restarts may be back
OPENING_PATIENCE = 30.0  # the same for the first connection: without it nobody can play
RETRY_PAUSE = 0.2  # seconds between two tries
LOCK_NAME = 0x434F4646  # "COFF": the advisory lock of run_alone
SESSION_SETTINGS = "-c synchronous_commit=on -c lock_timeout=5s -c statement_timeout=30s -c client_min_messages=warning"
REGISTRY_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS coffeeshop",
    'CREATE TABLE IF NOT EXISTS coffeeshop.save (name TEXT COLLATE "C" PRIMARY KEY, format INTEGER NOT NULL, '
    "changed TIMESTAMPTZ NOT NULL DEFAULT now())",
    'CREATE TABLE IF NOT EXISTS coffeeshop.class (name TEXT COLLATE "C" PRIMARY KEY, body BYTEA NOT NULL)',
    "CREATE TABLE IF NOT EXISTS coffeeshop.lti_key (n INTEGER PRIMARY KEY CHECK (n = 1), body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS coffeeshop.receipt (connection TEXT PRIMARY KEY, number BIGINT NOT NULL)",
)
# The last transaction of a connection that changed anything.
RECEIPT_INSERT = (
    "INSERT INTO coffeeshop.receipt SELECT ?, ? WHERE pg_current_xact_id_if_assigned() IS NOT NULL "
    "ON CONFLICT (connection) DO UPDATE SET number = excluded.number"
)


class PostgresConnection:
    """A connection to a server that is opened again when it was lost. Raises DatabaseLostError."""

    def __init__(self, url: str, schema: str = "coffeeshop") -> None:
        """Connect. Tables without a schema's name are in `schema`. Make the registry of saves and classes if it isn't there."""
        self._url = url
        self._options = f"{SESSION_SETTINGS} -c search_path={schema}"
        self._is_in_change = False
        self._receipt_key = token_hex(16)
        self._changes = 0
        self._db = self._wait_for_server(OPENING_PATIENCE)
        self.run_alone(self._make_registry)

    def run_alone(self, work: Callable[[], T]) -> T:
        """Do the work in one transaction, of one program at a time, and return its result. Close the connection on error.

        If the server restarts meanwhile, `work` is called again.
        """
        end = monotonic() + OPENING_PATIENCE
        with self.close_on_error():
            while True:
                try:
                    with self.transaction():
                        self.execute("SELECT pg_advisory_xact_lock(?)", (LOCK_NAME,))
                        return work()
                except BrokenConnectionError as error:
                    if monotonic() > end:
                        raise
                    self._db = self._reconnect(error)

    def _make_registry(self) -> None:
        """Make the tables that list saves and classes, unless they are there."""
        for statement in REGISTRY_TABLES:
            self.execute(statement)

    def execute(self, query: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        """Run a query in SQLite's spelling, with ? for values. Outside a change it is repeated after a lost connection."""
        return self._run(lambda: self._db.execute(_translate(query), _plain(values)))

    def executemany(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a query for each row of values."""
        plain_rows = [_plain(row) for row in rows]
        self._run(lambda: self._db.cursor().executemany(_translate(query), plain_rows))

    @contextmanager
    def close_on_error(self) -> Generator[None]:
        """Close the connection if the body raises."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Run the body in one transaction. Roll back if it raises."""
        self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self.roll_back()
            raise

    def begin(self) -> None:
        """Begin a transaction."""
        self.execute("BEGIN")
        self._is_in_change = True

    def commit(self) -> None:
        """Commit. If the connection is lost meanwhile, look whether the server has our receipt.

        The server's own number of the transaction is no proof: after a crash, another transaction can get it.
        """
        receipt = self.execute(RECEIPT_INSERT, (self._receipt_key, self._changes + 1))
        self._changes += receipt.rowcount
        try:
            self._is_in_change = False
            self._db.commit()
        except psycopg.Error as error:
            if not self._db.closed or not receipt.rowcount:
                raise _lost(error) from None
            self._db = self._reconnect(error)
            if self._last_receipt() != self._changes:
                raise BrokenConnectionError(_first_line(error)) from None

    def _last_receipt(self) -> int:
        """Return the number of this connection's last change that the server has."""
        query = "SELECT number FROM coffeeshop.receipt WHERE connection = ?"
        row = self.execute(query, (self._receipt_key,)).fetchone()
        return row[0] if row else 0

    def roll_back(self) -> None:
        """End the open transaction without its changes."""
        self._is_in_change = False
        with suppress(psycopg.Error):
            self._db.rollback()

    def close(self) -> None:
        """Close the connection. A second call does nothing."""
        if self._changes and not self._db.closed:
            query = "DELETE FROM coffeeshop.receipt WHERE connection = %s"
            with suppress(psycopg.Error):
                self._db.execute(query, (self._receipt_key,))
        self._db.close()

    def _run(self, work: Callable[[], T]) -> T:
        """Do the work. Do it again on a new connection if the old one was lost outside a transaction."""
        try:
            return work()
        except psycopg.Error as error:
            if not self._db.closed:
                raise _lost(error) from None
            if self._is_in_change:
                raise BrokenConnectionError(_first_line(error)) from None
            self._db = self._reconnect(error)
        try:
            return work()
        except psycopg.Error as error:
            raise _lost(error) from None

    def _connect(self) -> psycopg.Connection[Any]:
        """Open a connection. Raise DatabaseLostError."""
        try:
            return psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                options=self._options,
            )
        except psycopg.Error as error:
            raise _lost(error) from None

    def _reconnect(self, error: Exception) -> psycopg.Connection[Any]:
        """Open the lost connection again. A server that restarts has RESTART_TIMEOUT seconds."""
        self._db.close()
        try:
            return self._wait_for_server(RESTART_TIMEOUT)
        except DatabaseLostError:
            raise _lost(error) from None

    def _wait_for_server(self, seconds: float) -> psycopg.Connection[Any]:
        """Open a connection. A server that restarts has so many seconds to be back."""
        end = monotonic() + seconds
        while True:
            try:
                return self._connect()
            except DatabaseLostError:
                if monotonic() > end:
                    raise
            sleep(RETRY_PAUSE)


def _translate(query: str) -> bytes:
    """Return a query of ours in PostgreSQL's spelling, with the placeholders of psycopg."""
    spelled = query.replace("%", "%%").replace("instr(", "strpos(")
    return re.sub(r"\?", "%s", spelled).encode()


def _plain(values: Sequence[object]) -> list[object]:
    """Return values as the columns have them: SQLite keeps a bool as a number."""
    return [int(value) if isinstance(value, bool) else value for value in values]


def _lost(error: Exception) -> DatabaseLostError:
    """Return the error without the server's details, which can be long."""
    return DatabaseLostError(_first_line(error))


def _first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no answer"
