"""Remember what was graded, so that a class whose grading was stopped goes on where it was.

Results come in the order of the hand-ins, so what a stop leaves is a beginning: it is read back until the first hand-in that
is not in it, or was graded in another way, and from there on all is graded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable
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
from coffeeshop.files import walked
from coffeeshop.lessons.grading.report_document import GradedReport, UngradedReport
from coffeeshop.policy.problem import Level, Place, Problem, Problems

SCHEMA = "CREATE TABLE IF NOT EXISTS graded (task TEXT PRIMARY KEY, report BLOB NOT NULL) WITHOUT ROWID"
UNGRADED = ("ungradable", "error")  # statuses of what has no score
MARK = 0x434F4646  # "COFF": says in the file that it is such a journal
Grading: TypeAlias = Callable[[Iterable[Task]], Generator[tuple[Task, Graded | Failed]]]


class Journal:
    """A file that holds reports by what was asked for, and in which state the scenarios were (`state_of`). Raises Problems:
    it is no journal, or takes nothing.
    """

    def __init__(self, path: Path, state: str) -> None:
        self._state = state
        try:
            self._db = _open(path)
        except (sqlite3.Error, OSError) as error:
            said = f"{path} cannot be gone on from: {getattr(error, 'strerror', None) or error}"
            raise Problems(
                Problem(Level.ERROR, "no-journal", Place(), said, "name a new file with --resume")
            ) from None

    def known(self, task: Task) -> Graded | None:
        """Returns the report that was written on this very task."""
        row = self._db.execute("SELECT report FROM graded WHERE task = ?", (self._key(task),)).fetchone()
        return _read(row[0]) if row else None

    def note(self, task: Task, graded: Graded) -> None:
        """Keeps a report."""
        row = (
            self._key(task),
            msgspec.msgpack.encode((graded.name, graded.document, graded.text, graded.code, graded.trace)),
        )
        self._db.execute("INSERT OR REPLACE INTO graded VALUES (?, ?)", row)

    def _key(self, task: Task) -> str:
        """Returns a digest of everything that a report depends on."""
        handed = task.handed if isinstance(task.handed, bytes) else repr(task.handed).encode()
        rest = repr((__version__, self._state, astuple(replace(task, handed=b""))))
        return sha256(rest.encode() + b"\0" + handed).hexdigest()

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def state_of(scenarios: Iterable[Path]) -> str:
    """Returns a digest that is another once a file of these folders was written, added or taken away."""
    found = sha256()
    for folder in scenarios:
        inside = (Path(place, name) for place, *names in walked(folder) for name in chain(*names))
        for path in sorted(inside):
            told = path.lstat()
            found.update(f"{path} {told.st_size} {told.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _read(body: bytes) -> Graded | None:
    """Returns a report as it was written; None where it is another version's, or damaged: then it is graded again."""
    try:
        name, document, text, code, trace = msgspec.msgpack.decode(body)
        kind = UngradedReport if document["status"] in UNGRADED else GradedReport
        return Graded(
            str(name), msgspec.convert(document, kind), str(text), int(code), msgspec.convert(trace, Trace)
        )
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError):
        return None


def _open(path: Path) -> sqlite3.Connection:
    """Opens a journal, made where nothing is. Raises sqlite3.Error, and has changed nothing then."""
    if path.exists() and not path.is_file():
        raise sqlite3.DatabaseError("it is no file")
    db = sqlite3.connect(path, isolation_level=None)
    try:
        (mark,) = db.execute("PRAGMA application_id").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and mark != MARK:
            raise sqlite3.DatabaseError("it holds something else")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA application_id={MARK}")
        db.execute(SCHEMA)
    except BaseException:
        db.close()
        raise
    return db


def resumed(
    journal: Journal, tasks: Iterable[Task], grading: Grading
) -> Generator[tuple[Task, Graded | Failed]]:
    """Yields every task's report in order: those of the journal at first, while it has them, then what `grading` makes of
    the rest, which is noted.
    """
    left = iter(tasks)
    for task in left:
        known = journal.known(task)
        if known is None:
            for done, result in grading(chain([task], left)):
                if isinstance(result, Graded):
                    journal.note(done, result)
                yield done, result
            return
        yield task, known
