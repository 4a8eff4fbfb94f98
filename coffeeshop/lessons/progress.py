"""What a learner has done, in one SQLite file: the only module that writes to disk.

Every change of a play is one committed transaction, made before its result is shown, so that nothing acknowledged is
lost by a crash. A file that is damaged or newer than this program is named and left untouched; where nothing can be
written, play goes on in memory and `problem` says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from coffeeshop.account.model import Act
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.trail import Unreadable, dumps, loads
from coffeeshop.policy.model import Level, Place, Problem

VERSION = 1
SCHEMA = """
CREATE TABLE play (name TEXT PRIMARY KEY, acts INTEGER NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE act (play TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (play, n)) WITHOUT ROWID;
CREATE TABLE draft (play TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (play, name)) WITHOUT ROWID;
CREATE TABLE result (id INTEGER PRIMARY KEY, scenario TEXT NOT NULL, at TEXT NOT NULL, stars INTEGER NOT NULL, score REAL NOT NULL);
CREATE TABLE line (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
HISTORY = 500  # lines of console history that are kept


@dataclass(frozen=True, slots=True)
class Best:
    """What a learner has reached in a scenario, and how often it was graded."""

    stars: int
    score: float
    tries: int


def save_path(folder: Path, learner: str) -> Path:
    """The file of a learner; whatever the name holds, it stays one file in that folder."""
    return folder / f"{quote(learner, safe=' @') or 'learner'}.sqlite3"


class Progress:
    """One learner's file, open. `problem` says why nothing is kept on disk, if so."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem: Problem | None = None
        self._kept: dict[str, tuple[tuple[Act, ...], int]] = {}  # play name -> acts and undone acts, revision
        try:
            self._db = self._open(path)
        except (sqlite3.Error, OSError) as error:
            self._db = self._memory(error)

    def _open(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, timeout=5)
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise Newer(f"it is of format {version}, this program writes {VERSION}")
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("its pages do not fit together")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            _create(db)
        except BaseException:
            db.close()
            raise
        return db

    def _memory(self, error: Exception) -> sqlite3.Connection:
        mend = (
            "update Coffeeshop"
            if isinstance(error, Newer)
            else "mend or move that file, or name another place in COFFEESHOP_DATA"
        )
        said = (
            f"the save {self.path} cannot be used ({error}); it is left as it is, and this play is kept in memory only"
        )
        self.problem = Problem(Level.WARNING, "save-unusable", Place(), said, mend)
        db = sqlite3.connect(":memory:", isolation_level=None)
        _create(db)
        return db

    def close(self) -> None:
        """Close the file; everything acknowledged is in it already."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    # ------------------------------------------------------------------ plays
    def resume(self, scenario: Scenario) -> Play:
        """The play of a scenario as it was left; a fresh one if there is none. A changed scenario begins afresh, and
        its old play stays in the file.
        """
        name = _name(scenario)
        row = self._db.execute("SELECT acts, revision FROM play WHERE name = ?", (name,)).fetchone()
        if row is None:
            return Play(scenario)
        bodies = self._db.execute("SELECT body FROM act WHERE play = ? ORDER BY n", (name,)).fetchall()
        acts: list[Act] = []
        for (body,) in bodies:
            try:
                acts.append(loads(body))
            except Unreadable:
                break
        count = min(row[0], len(acts))
        play = Play(scenario)
        for act in acts[:count]:
            play = play.do(act)
        self._kept[name] = (tuple(acts), row[1])
        return Play(scenario, play.outcomes, tuple(acts[count:]))

    def keep(self, play: Play) -> Problem | None:
        """Commit where the play stands, its undone acts with it; a Problem says why it could not be, and the next
        `keep` catches up. Another window that moved the same play on is a Problem too ("moved-on").
        """
        name = _name(play.scenario)
        acts = (*play.acts, *play.undone)
        kept, revision = self._kept.get(name, ((), 0))
        same = next((n for n, (a, b) in enumerate(zip(kept, acts, strict=False)) if a != b), min(len(kept), len(acts)))
        try:
            with self._writing():
                row = self._db.execute("SELECT revision FROM play WHERE name = ?", (name,)).fetchone()
                if row is not None and row[0] != revision:
                    return Problem(Level.WARNING, "moved-on", Place(), MOVED_ON, "start it again to go on from there")
                self._db.execute("DELETE FROM act WHERE play = ? AND n >= ?", (name, same))
                rows = [(name, n, dumps(act)) for n, act in enumerate(acts) if n >= same]
                self._db.executemany("INSERT INTO act VALUES (?, ?, ?)", rows)
                self._db.execute("INSERT OR REPLACE INTO play VALUES (?, ?, ?)", (name, len(play.acts), revision + 1))
        except sqlite3.Error as error:
            return _unsaved(error)
        self._kept[name] = (acts, revision + 1)
        return None

    def forget(self, scenario: Scenario) -> Play:
        """The play begun again: its acts are gone, its results stay."""
        with self._writing():
            for table in ("act", "draft"):
                self._db.execute(f"DELETE FROM {table} WHERE play = ?", (_name(scenario),))  # our own names
            self._db.execute("DELETE FROM play WHERE name = ?", (_name(scenario),))
        self._kept.pop(_name(scenario), None)
        return Play(scenario)

    # ----------------------------------------------------------------- drafts
    def drafts(self, scenario: Scenario) -> dict[str, bytes]:
        """What the learner wrote: file name -> text, laid over the scenario's own files."""
        rows = self._db.execute("SELECT name, body FROM draft WHERE play = ? ORDER BY name", (_name(scenario),))
        return {name: body.encode() for name, body in rows}

    def write(self, scenario: Scenario, name: str, text: str) -> Problem | None:
        """Keep a draft."""
        return self._put("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", _name(scenario), name, text)

    # ---------------------------------------------------------------- results
    def graded(self, scenario: Scenario, report: Report, at: datetime) -> Problem | None:
        """Keep what a grading came to; `at` is the wall clock's, which only a shell reads."""
        row = (scenario.id, at.isoformat(timespec="seconds"), report.stars, report.score)
        return self._put("INSERT INTO result (scenario, at, stars, score) VALUES (?, ?, ?, ?)", *row)

    def best(self) -> dict[str, Best]:
        """By scenario id, the best of all gradings."""
        rows = self._db.execute("SELECT scenario, max(stars), max(score), count(*) FROM result GROUP BY scenario")
        return {id: Best(stars, score, tries) for id, stars, score, tries in rows}

    def begun(self) -> dict[str, int]:
        """By scenario id, how many acts of an unfinished play are kept."""
        rows = self._db.execute("SELECT name, acts FROM play WHERE acts > 0")
        return {name.partition("@")[0]: acts for name, acts in rows}

    # ------------------------------------------------------ history, settings
    def history(self) -> tuple[str, ...]:
        """The lines typed into the console, oldest first."""
        rows = self._db.execute(
            "SELECT body FROM (SELECT id, body FROM line ORDER BY id DESC LIMIT ?) ORDER BY id", (HISTORY,)
        )
        return tuple(body for (body,) in rows)

    def typed(self, line: str) -> Problem | None:
        """Keep a line of history."""
        return self._put("INSERT INTO line (body) VALUES (?)", line)

    def settings(self) -> dict[str, str]:
        """What the learner chose: theme, motion, picture."""
        return dict(self._db.execute("SELECT name, value FROM setting"))

    def choose(self, name: str, value: str) -> Problem | None:
        """Keep a setting."""
        return self._put("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)

    def _put(self, statement: str, *values: object) -> Problem | None:
        try:
            with self._writing():
                self._db.execute(statement, values)
        except sqlite3.Error as error:
            return _unsaved(error)
        return None


class Newer(sqlite3.DatabaseError):
    """A file that a later program wrote."""


MOVED_ON = "this play was moved on in another window; what you just did is not kept"


def _create(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] == 0:
        db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")


def _name(scenario: Scenario) -> str:
    return f"{scenario.id}@{scenario.digest}"


def _unsaved(error: sqlite3.Error) -> Problem:
    said = f"this could not be written to the save ({error}); it is done, and kept in memory until it can be"
    return Problem(Level.WARNING, "not-saved", Place(), said, "make room on the disk; the next act saves all of it")
