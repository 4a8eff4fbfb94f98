"""Keep what a class and its learning platforms know of each other, in one SQLite file beside the class.

It holds the platforms, logins that wait for their launch, who is whose learner, and the scores that a platform has or
doesn't have yet. Each change is one transaction, so a program that is killed loses no score. Only the owner can read
the file. Times are in seconds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from msgspec import Struct, json, structs

from coffeeshop.files import lock_folder, make_folder
from coffeeshop.lti.deep_link import Choice
from coffeeshop.lti.launch import GradeService, LaunchError, Login, Refusal
from coffeeshop.lti.platform import Platform
from coffeeshop.policy.problem import Level, Place, Problem, Problems

SUFFIX = ".lti.sqlite3"
MARK = 0x434F464C  # "COFL": marks the file
VERSION = 1
PATIENCE = 600.0  # seconds that a login can take
MEMORY = 3600.0  # seconds for which a used login is remembered, to tell a replay
MOST = 20_000  # logins that are remembered at once
BYTES = 24  # random ones, in a state, a nonce or a token
SCHEMA = """
CREATE TABLE platform (issuer TEXT, client_id TEXT, body BLOB NOT NULL, PRIMARY KEY (issuer, client_id));
CREATE TABLE login
    (state TEXT PRIMARY KEY, browser TEXT NOT NULL, body BLOB NOT NULL, request BLOB NOT NULL,
    started REAL NOT NULL, used INTEGER NOT NULL);
CREATE TABLE choice (code TEXT PRIMARY KEY, browser TEXT NOT NULL, body BLOB NOT NULL, started REAL NOT NULL);
CREATE TABLE person (issuer TEXT, id TEXT, first INTEGER NOT NULL, task TEXT NOT NULL, PRIMARY KEY (issuer, id));
CREATE TABLE score
    (issuer TEXT, client_id TEXT NOT NULL, id TEXT, first INTEGER NOT NULL, task TEXT, service BLOB NOT NULL,
    credit REAL, comment TEXT NOT NULL, sent REAL, tries INTEGER NOT NULL, due REAL NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (issuer, id, task));
CREATE TABLE access (issuer TEXT, client_id TEXT, scopes TEXT, token TEXT NOT NULL, expires REAL NOT NULL,
    PRIMARY KEY (issuer, client_id, scopes));
"""
WAITS = "credit IS NOT NULL AND (sent IS NULL OR sent < credit)"


class KnownPerson(Struct, frozen=True):
    """A learner of the class as a platform knows them, and the assignment that they opened last."""

    issuer: str
    id: str
    first: int
    task: str = ""


class Score(Struct, frozen=True):
    """A learner's best credit for an assignment, from 0 to 100, and where it goes. `sent` is what the platform has.

    After `tries` that failed, the next is at `due`. `error` says why the last one failed.
    """

    issuer: str
    client_id: str
    id: str
    first: int
    task: str
    service: GradeService
    credit: float
    comment: str = ""
    sent: float | None = None
    tries: int = 0
    due: float = 0.0
    error: str = ""


class LtiStore:
    """The file of one class."""

    def __init__(self, path: Path) -> None:
        """Name the file. It is made when something is written."""
        self.path = path

    # --------------------------------------------------------------- platforms
    def platforms(self) -> tuple[Platform, ...]:
        """Return the registered platforms. Raise Problems."""
        if not self.path.exists():
            return ()
        with self._transaction() as db:
            rows = db.execute("SELECT body FROM platform ORDER BY issuer, client_id")
            return tuple(json.decode(body, type=Platform) for (body,) in rows)

    def find_platform(self, issuer: str, client_id: str = "") -> Platform | None:
        """Return a platform. Without a client id, it has to be the only one of its issuer."""
        fitting = [
            platform
            for platform in self.platforms()
            if platform.issuer == issuer and client_id in ("", platform.client_id)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def write_platform(self, platform: Platform) -> None:
        """Register a platform. It takes the place of an earlier one of this issuer and client id."""
        row = (platform.issuer, platform.client_id, json.encode(platform))
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO platform VALUES (?, ?, ?)", row)

    def remove_platform(self, platform: Platform) -> None:
        """Remove a platform, its access tokens and the scores that wait for it. Its learners stay in the class."""
        key = (platform.issuer, platform.client_id)
        with self._transaction() as db:
            for table in ("platform", "access", "score"):
                db.execute(f"DELETE FROM {table} WHERE issuer = ? AND client_id = ?", key)

    # ------------------------------------------------------------------ logins
    def begin_login(
        self, platform: Platform, browser: str, request: dict[str, str], now: float
    ) -> tuple[str, Login]:
        """Keep a new login of a browser, and return its state.

        `request` is what the platform asked with, so that the login can begin again in another window. Anybody can begin
        logins. So beyond MOST, the oldest are forgotten.
        """
        state = token_urlsafe(BYTES)
        login = Login(platform.issuer, platform.client_id, token_urlsafe(BYTES), now)
        row = (state, browser, json.encode(login), json.encode(request), now, 0)
        with self._transaction() as db:
            db.execute("DELETE FROM login WHERE started < ?", (now - MEMORY,))
            db.execute(
                "DELETE FROM login WHERE state IN"
                " (SELECT state FROM login ORDER BY started DESC LIMIT -1 OFFSET ?)",
                (MOST - 1,),
            )
            db.execute("INSERT INTO login VALUES (?, ?, ?, ?, ?, ?)", row)
        return state, login

    def find_login(self, state: str, now: float) -> Login:
        """Return the login of a state. Raise LaunchError if it is unknown, used or too old."""
        with self._transaction() as db:
            query = "SELECT body, used, started FROM login WHERE state = ?"
            row = db.execute(query, (state,)).fetchone()
        if row is None:
            raise LaunchError(Refusal.UNKNOWN_LOGIN)
        body, used, started = row
        if used:
            raise LaunchError(Refusal.REPLAYED)
        if now - started > PATIENCE:
            raise LaunchError(Refusal.EXPIRED_LOGIN)
        return json.decode(body, type=Login)

    def is_login_of(self, state: str, browser: str) -> bool:
        """Return whether a login began in this browser."""
        with self._transaction() as db:
            query = "SELECT 1 FROM login WHERE state = ? AND browser = ?"
            return (
                bool(browser) and db.execute(query, (state, browser)).fetchone() is not None
            )

    def login_request(self, state: str) -> dict[str, str]:
        """Return what a platform asked with at the login of this state, or nothing."""
        with self._transaction() as db:
            query = "SELECT request FROM login WHERE state = ?"
            row = db.execute(query, (state,)).fetchone()
        return json.decode(row[0], type=dict[str, str]) if row else {}

    def use_login(self, state: str) -> None:
        """Mark a login as used. Of several launches at once, one succeeds. Raise LaunchError in the others."""
        with self._transaction() as db:
            query = "UPDATE login SET used = 1 WHERE state = ? AND used = 0"
            if db.execute(query, (state,)).rowcount != 1:
                raise LaunchError(Refusal.REPLAYED)

    # ----------------------------------------------------------------- choices
    def begin_choice(self, choice: Choice, browser: str, now: float) -> str:
        """Keep a choice that a teacher makes in a browser, and return its code."""
        code = token_urlsafe(BYTES)
        with self._transaction() as db:
            db.execute("DELETE FROM choice WHERE started < ?", (now - MEMORY,))
            row = (code, browser, json.encode(choice), now)
            db.execute("INSERT INTO choice VALUES (?, ?, ?, ?)", row)
        return code

    def end_choice(self, code: str, browser: str, now: float) -> Choice:
        """Return the choice of a code, once. Raise LaunchError if it is unknown, too old or another browser's."""
        with self._transaction() as db:
            query = "SELECT body, browser FROM choice WHERE code = ? AND started > ?"
            row = db.execute(query, (code, now - MEMORY)).fetchone()
            if row is None:
                raise LaunchError(Refusal.UNKNOWN_LOGIN)
            if row[1] != browser:
                raise LaunchError(Refusal.OTHER_BROWSER)
            db.execute("DELETE FROM choice WHERE code = ?", (code,))
        return json.decode(row[0], type=Choice)

    # ------------------------------------------------------------------ people
    def people(self) -> tuple[KnownPerson, ...]:
        """Return the learners whom platforms sent."""
        if not self.path.exists():
            return ()
        with self._transaction() as db:
            rows = db.execute("SELECT issuer, id, first, task FROM person").fetchall()
        return tuple(KnownPerson(*row) for row in rows)

    def find_person(self, issuer: str, id: str) -> KnownPerson | None:
        """Return the learner whom a platform knows by this id."""
        with self._transaction() as db:
            query = "SELECT issuer, id, first, task FROM person WHERE issuer = ? AND id = ?"
            row = db.execute(query, (issuer, id)).fetchone()
        return KnownPerson(*row) if row else None

    def write_person(self, person: KnownPerson) -> None:
        """Keep who is whose learner."""
        with self._transaction() as db:
            row = structs.astuple(person)
            db.execute("INSERT OR REPLACE INTO person VALUES (?, ?, ?, ?)", row)

    # ------------------------------------------------------------------ scores
    def write_service(
        self, platform: Platform, person: KnownPerson, service: GradeService
    ) -> None:
        """Keep where a learner's score for their assignment goes. A score that is there already stays."""
        row = (
            platform.issuer,
            platform.client_id,
            person.id,
            person.first,
            person.task,
            json.encode(service),
        )
        with self._transaction() as db:
            db.execute(
                "INSERT INTO score VALUES (?, ?, ?, ?, ?, ?, NULL, '', NULL, 0, 0, '') ON CONFLICT DO UPDATE"
                " SET client_id = excluded.client_id, first = excluded.first, service = excluded.service",
                row,
            )

    def note_credit(self, first: int, task: str, credit: float, comment: str) -> None:
        """Keep a learner's credit for an assignment, from 0 to 100, until platforms have it.

        A credit that isn't better than an earlier one changes nothing.
        """
        with self._transaction() as db:
            db.execute(
                "UPDATE score SET credit = ?, comment = ?, tries = 0, due = 0, error = ''"
                " WHERE first = ? AND task = ? AND (credit IS NULL OR credit < ?)",
                (credit, comment, first, task, credit),
            )

    def waiting_scores(self) -> tuple[Score, ...]:
        """Return the scores that platforms don't have yet."""
        if not self.path.exists():
            return ()
        with self._transaction() as db:
            rows = db.execute(f"SELECT * FROM score WHERE {WAITS} ORDER BY due").fetchall()
        return tuple(map(_read_score, rows))

    def note_sent(self, score: Score) -> None:
        """Keep that a platform has a score."""
        with self._transaction() as db:
            db.execute(
                "UPDATE score SET sent = max(ifnull(sent, 0), ?), tries = 0, due = 0, error = ''"
                " WHERE issuer = ? AND id = ? AND task = ?",
                (score.credit, score.issuer, score.id, score.task),
            )

    def note_failure(self, score: Score, error: str, due: float) -> None:
        """Keep that a score couldn't be sent, why, and when to try again."""
        with self._transaction() as db:
            db.execute(
                "UPDATE score SET tries = tries + 1, due = ?, error = ?"
                " WHERE issuer = ? AND id = ? AND task = ?",
                (due, error, score.issuer, score.id, score.task),
            )

    def write_line_item(self, score: Score, line_item: str) -> None:
        """Keep the line item that was made or found for an assignment."""
        service = json.encode(structs.replace(score.service, line_item=line_item))
        with self._transaction() as db:
            db.execute(
                "UPDATE score SET service = ? WHERE issuer = ? AND id = ? AND task = ?",
                (service, score.issuer, score.id, score.task),
            )

    # ----------------------------------------------------------- access tokens
    def access_token(self, platform: Platform, scopes: str, now: float) -> str:
        """Return a token that is still valid, or ""."""
        with self._transaction() as db:
            row = db.execute(
                "SELECT token FROM access WHERE issuer = ? AND client_id = ? AND scopes = ? AND expires > ?",
                (platform.issuer, platform.client_id, scopes, now),
            ).fetchone()
        return row[0] if row else ""

    def write_access_token(
        self, platform: Platform, scopes: str, token: str, expires: float
    ) -> None:
        """Keep an access token until it expires. "" forgets it."""
        row = (platform.issuer, platform.client_id, scopes, token, expires)
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO access VALUES (?, ?, ?, ?, ?)", row)

    # --------------------------------------------------------------------- file
    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        """Provide the file in one transaction. If the body raises, nothing changes. Raise Problems if it can't be used."""
        try:
            self._make_file()
            with closing(
                sqlite3.connect(self.path, isolation_level=None, timeout=10)
            ) as db:
                _check_file(db)
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f"{self.path} can't be used: {reason}"
            mend = (
                "restore it from a backup, or move it away and register your platform again"
            )
            raise Problems(
                Problem(Level.ERROR, "lti-store", Place(), message, mend)
            ) from None

    def _make_file(self) -> None:
        """Make the file, its owner's alone, if there is none. It gets its name when it is whole."""
        if self.path.exists():
            return
        make_folder(self.path.parent, 0o700)
        with lock_folder(self.path.parent):
            if self.path.exists():
                return
            draft = self.path.with_name(f".{self.path.name}.new")
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(draft)) as db:
                db.executescript(
                    f"{SCHEMA} PRAGMA application_id = {MARK}; PRAGMA user_version = {VERSION};"
                )
            draft.replace(self.path)


def _read_score(row: tuple[Any, ...]) -> Score:
    """Return the score in a row of its table."""
    issuer, client_id, id, first, task, service, *state = row
    address = json.decode(service, type=GradeService)
    return Score(issuer, client_id, id, first, task, address, *state)


def _check_file(db: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError unless the file is one of these, of this version."""
    if db.execute("PRAGMA application_id").fetchone()[0] != MARK:
        raise sqlite3.DatabaseError("it holds something else")
    if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        raise sqlite3.DatabaseError("another version of Coffeeshop wrote it")
