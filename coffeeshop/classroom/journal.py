"""Keep graded reports on disk, so that an interrupted grading of a class continues where it stopped.

Results are stored in the order of the hand-ins. They are read back until the first hand-in that is missing or was graded in
another way. From there on everything is graded again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import astuple, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import msgspec

from coffeeshop import __version__
from coffeeshop.classroom.judge import Graded, Task
from coffeeshop.classroom.pool import Failed
from coffeeshop.classroom.trace import Trace
from coffeeshop.database_file import open_database, read_schema, spell_definition
from coffeeshop.files import walk_folders
from coffeeshop.lessons.grading.report_document import GradedReport, UngradedReport
from coffeeshop.policy.problem import Level, Place, Problem, Problems

SCHEMA = "CREATE TABLE IF NOT EXISTS graded (task TEXT PRIMARY KEY, report BLOB NOT NULL) WITHOUT ROWID"
TABLE_DEFINITION = spell_definition(SCHEMA)
UNGRADED_STATUSES = ("ungradable", "error")  # statuses without a score
APPLICATION_ID = 0x434F4646  # "COFF": marks the file as a journal
HEADER_BYTES = 72  # bytes of a database up to the end of its mark
Grading: TypeAlias = Callable[[Iterable[Task]], Generator[tuple[Task, Graded | Failed]]]


class Journal:
    """A SQLite file of reports by task, for one state of the scenarios (`folder_state`).

    A damaged journal is renamed, and a new one begins. If the disk is full, grading goes on without the journal. Both cases call
    `warn`. Raise Problems if the file is no journal or can't be opened.
    """

    def __init__(
        self, path: Path, state: str, warn: Callable[[Problem], object] = print
    ) -> None:
        """Open the journal at a path, or set a damaged one aside. Raise Problems if the file is no journal."""
        self._path = path
        self._state = state
        self._warn = warn
        self._can_store = True
        try:
            self._db = _open_journal(path)
        except _DamagedError as error:
            self._set_aside(error)
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            raise Problems(_no_journal_problem(path, error)) from None

    def find_report(self, task: Task) -> Graded | None:
        """Return the report of this task, or None if there is none or the journal is damaged."""
        try:
            cursor = self._db.execute(
                "SELECT report FROM graded WHERE task = ?", (self._task_digest(task),)
            )
            row = cursor.fetchone()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            self._db.close()
            self._set_aside(error)
            return None
        return _read_report(row[0]) if row else None

    def store_report(self, task: Task, graded: Graded) -> None:
        """Store a report. If the disk is full, warn once and store no further reports."""
        if not self._can_store:
            return
        report = (
            graded.name,
            graded.document,
            graded.text,
            graded.exit_code,
            graded.trace,
            graded.scenario_varies,
        )
        row = (self._task_digest(task), _pack_report(report))
        try:
            self._db.execute("INSERT OR REPLACE INTO graded VALUES (?, ?)", row)
        except sqlite3.Error as error:
            self._can_store = False
            message = f"{self._path} can't be written any more ({error}), so you can't resume after this point"
            self._warn(
                Problem(
                    Level.WARNING, "journal-full", Place(), message, "free some space there"
                )
            )

    def _set_aside(self, error: Exception) -> None:
        """Rename a damaged journal and open a new one in its place. Raise Problems if that fails."""
        aside = _free_name(self._path)
        try:
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._path.rename(aside)
            self._db = _open_journal(self._path)
        except (sqlite3.Error, OSError) as wrong:
            raise Problems(_no_journal_problem(self._path, wrong)) from None
        message = f"{self._path} is damaged ({error}), so it was renamed to {aside.name} and everything is graded again"
        self._warn(
            Problem(
                Level.WARNING,
                "journal-damaged",
                Place(),
                message,
                "you can delete the renamed file",
            )
        )

    def _task_digest(self, task: Task) -> str:
        """Return a digest of everything that a report depends on: the program's version,
        the scenarios, the task and the hand-in.
        """
        if isinstance(task.content, bytes):
            handed = task.content
        else:
            handed = repr(task.content).encode()
        rest = repr((__version__, self._state, astuple(replace(task, content=b""))))
        return sha256(rest.encode() + b"\0" + handed).hexdigest()

    def close(self) -> None:
        """Close the journal's file."""
        self._db.close()


def folder_state(scenarios: Iterable[Path]) -> str:
    """Return a digest that changes when a file in these folders is written, added or
    removed.

    A stored report is used again only if it was made with the same scenarios.
    """
    hash_so_far = sha256()
    for folder in scenarios:
        paths = (
            Path(place, name)
            for place, *names in walk_folders(folder)
            for name in chain(*names)
        )
        for path in sorted(paths):
            file_status = path.lstat()
            hash_so_far.update(
                f"{path} {file_status.st_size} {file_status.st_mtime_ns}\n".encode(
                    "utf-8", "surrogateescape"
                )
            )
    return hash_so_far.hexdigest()


def _pack_report(report: tuple[object, ...]) -> bytes:
    """Return a report as JSON in ASCII. A file's name can contain characters that UTF-8 can't encode."""
    return json.dumps(msgspec.to_builtins(report)).encode("ascii")


def _read_report(body: bytes) -> Graded | None:
    """Return a stored report, or None if it is damaged or from another version."""
    try:
        name, document, text, code, trace, varies = json.loads(body)
        if document["status"] in UNGRADED_STATUSES:
            kind = UngradedReport
        else:
            kind = GradedReport
        return Graded(
            msgspec.convert(name, str),
            msgspec.convert(document, kind),
            msgspec.convert(text, str),
            msgspec.convert(code, int),
            msgspec.convert(trace, Trace),
            msgspec.convert(varies, bool),
        )
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, RecursionError):
        return None


class _DamagedError(Exception):
    """The file is one of our journals, but it can't be read or contains other tables."""


def _no_journal_problem(path: Path, error: Exception) -> Problem:
    """Return the problem that a file can't be used to resume grading, with the reason."""
    message = f"{path} cannot be continued: {getattr(error, 'strerror', None) or error}"
    return Problem(
        Level.ERROR, "no-journal", Place(), message, "choose a new file with --resume"
    )


def _free_name(path: Path) -> Path:
    """Return an unused path next to a journal, for its damaged copy."""
    names = (
        path.with_name(f"{path.name}.damaged{number or ''}") for number in range(10_000)
    )
    return next(name for name in names if not name.exists() and not name.is_symlink())


def _open_journal(path: Path) -> sqlite3.Connection:
    """Return the opened journal, and create it if there is no file.

    Raise _DamagedError for a damaged journal, and sqlite3.Error for a file that is no journal. Neither changes the file.
    """
    db = open_database(path)
    try:
        (application_id,) = db.execute("PRAGMA application_id").fetchone()
        if application_id == APPLICATION_ID:
            _check_journal(db)
        elif db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise sqlite3.DatabaseError("it contains something else")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(SCHEMA)
    except BaseException as error:
        db.close()
        if _is_corruption(error) and _begins_as_journal(path):
            raise _DamagedError(str(error)) from None
        raise
    return db


def _is_corruption(error: BaseException) -> bool:
    """Return whether SQLite reports that a file is damaged, such as one that was cut."""
    code = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, sqlite3.DatabaseError) and code == sqlite3.SQLITE_CORRUPT


def _begins_as_journal(path: Path) -> bool:
    """Return whether a file begins like one of our journals, even if SQLite can't open it.

    https://www.sqlite.org/fileformat.html#the_database_header
    """
    with suppress(OSError), path.open("rb") as stream:
        return stream.read(HEADER_BYTES)[-4:] == APPLICATION_ID.to_bytes(4, "big")
    return False


def _check_journal(db: sqlite3.Connection) -> None:
    """Raise _DamagedError unless a journal contains only its own table and passes SQLite's check."""
    try:
        if read_schema(db) not in ([], [TABLE_DEFINITION]):
            raise _DamagedError("it contains something else")
        (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _DamagedError(str(error)) from None
    if answer != "ok":
        raise _DamagedError("the database is corrupt")


def resume_grading(
    journal: Journal, tasks: Iterable[Task], grading: Grading
) -> Generator[tuple[Task, Graded | Failed]]:
    """Yield each task with its report, in order.

    Reports come from the journal until the first one that is missing. `grading` makes the rest, and they are stored.
    """
    remaining_tasks = iter(tasks)
    for task in remaining_tasks:
        stored_report = journal.find_report(task)
        if stored_report is None:
            for task_done, result in grading(chain([task], remaining_tasks)):
                if isinstance(result, Graded):
                    journal.store_report(task_done, result)
                yield task_done, result
            return
        yield task, stored_report
