"""Keep what a class and its learning platforms know of each other in the school's PostgreSQL database.

Each class has a schema with the tables of `coffeeshop.lti.store`, so every server of the school answers launches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from hashlib import sha256

from coffeeshop.lessons.play.postgres import PostgresConnection
from coffeeshop.lessons.play.postgres_save import POSTGRES_TYPES
from coffeeshop.lessons.play.save_place import database_problem
from coffeeshop.lti.store import SCHEMA, Tables
from coffeeshop.lti.tool_key import ToolKey, new_tool_key, parse_tool_key

TOOL_KEY = "SELECT body FROM coffeeshop.lti_key"
SENDING_LOCK = 1  # the second number of the lock that a program has while it sends
WRITING_LOCK = 2  # the second number of the lock that a transaction has


class LtiSchema:
    """The schema of one class."""

    def __init__(self, url: str, class_name: str) -> None:
        """Name the database and the class. The schema is made when something is written."""
        digest = sha256(class_name.casefold().encode()).hexdigest()
        self._url = url
        self._schema = f"lti_{digest[:32]}"
        self._lock_number = int(digest[:7], 16)

    def exists(self) -> bool:
        """Return whether there is a schema. Raise Problems."""
        with self._connection() as server:
            return self._has_schema(server)

    @contextmanager
    def transaction(self) -> Generator[Tables]:
        """Provide the tables in one transaction, and make them if needed. Raise Problems.

        Transactions of a class follow one another, as in a SQLite file.
        """
        with self._connection() as server, server.transaction():
            lock = "SELECT pg_advisory_xact_lock(?, ?)"
            server.execute(lock, (self._lock_number, WRITING_LOCK))
            if not self._has_schema(server):
                self._make_tables(server)
            yield server

    @contextmanager
    def sending_lock(self) -> Generator[None]:
        """Hold the lock of the program that sends scores. Other programs wait for it. Raise Problems."""
        with self._connection() as server:
            server.execute("SET lock_timeout = 0")
            server.execute("SET statement_timeout = 0")
            server.execute(
                "SELECT pg_advisory_lock(?, ?)", (self._lock_number, SENDING_LOCK)
            )
            yield  # the end of the connection frees the lock

    def delete(self) -> None:
        """Delete the schema. Raise Problems."""
        with self._connection() as server:
            server.execute(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")

    @contextmanager
    def _connection(self) -> Generator[PostgresConnection]:
        """Provide a connection that finds the class's tables. Raise Problems."""
        try:
            with closing(PostgresConnection(self._url, self._schema)) as server:
                yield server
        except sqlite3.Error as error:
            raise database_problem(error) from None

    def _has_schema(self, server: PostgresConnection) -> bool:
        """Return whether the schema is there."""
        query = "SELECT 1 FROM pg_namespace WHERE nspname = ?"
        return server.execute(query, (self._schema,)).fetchone() is not None

    def _make_tables(self, server: PostgresConnection) -> None:
        """Make the schema and its tables."""
        server.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
        for statement in filter(None, map(str.strip, SCHEMA.split(";"))):
            server.execute(_definition(statement))


def _definition(statement: str) -> str:
    """Return the definition of a table in PostgreSQL's spelling."""
    for type_name, postgres_type in (*POSTGRES_TYPES, ("BLOB", "BYTEA")):
        statement = statement.replace(type_name, postgres_type)
    return statement


def load_database_key(url: str) -> ToolKey:
    """Return the tool's key in the database, which all servers share. Make it if there is none. Raise Problems."""
    try:
        with closing(PostgresConnection(url)) as server:
            body = server.run_alone(lambda: _key_body(server))
    except sqlite3.Error as error:
        raise database_problem(error) from None
    return parse_tool_key(body, "the database")


def _key_body(server: PostgresConnection) -> str:
    """Return the text of the tool's key in the database, and make one if there is none."""
    row = server.execute(TOOL_KEY).fetchone()
    if row is not None:
        return row[0]
    body = new_tool_key()
    server.execute("INSERT INTO coffeeshop.lti_key VALUES (1, ?)", (body,))
    return body
