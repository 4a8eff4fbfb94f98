"""Keep what a class and its learning platforms know of each other: in a file, or in the school's database.

It holds the platforms, logins that wait for their launch, who is whose learner, and the scores that a platform has or
doesn't have yet. Each change is one transaction, so a program that is killed loses no score. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from secrets import token_urlsafe
from typing import Any, Protocol

from msgspec import Struct, json, structs

from coffeeshop.lti.deep_link import Choice
from coffeeshop.lti.launch import GradeService, LaunchError, Login, Refusal
from coffeeshop.lti.platform import Platform

LOGIN_SECONDS = 600.0  # seconds that a login can take
USED_LOGIN_SECONDS = (
    3600.0  # seconds for which a used login is remembered, to tell a replay
)
MAX_REMEMBERED_LOGINS = 20_000  # logins that are remembered at once
TOKEN_BYTES = 24  # random ones, in a state, a nonce or a token
SCHEMA = """
CREATE TABLE IF NOT EXISTS platform (issuer TEXT, client_id TEXT, body BLOB NOT NULL, PRIMARY KEY (issuer, client_id));
CREATE TABLE IF NOT EXISTS login
    (state TEXT PRIMARY KEY, browser TEXT NOT NULL, body BLOB NOT NULL, request BLOB NOT NULL,
    started REAL NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS choice (code TEXT PRIMARY KEY, browser TEXT NOT NULL, body BLOB NOT NULL, started REAL NOT NULL);
CREATE TABLE IF NOT EXISTS person (issuer TEXT, id TEXT, first INTEGER NOT NULL, task TEXT NOT NULL, PRIMARY KEY (issuer, id));
CREATE TABLE IF NOT EXISTS score
    (issuer TEXT, client_id TEXT NOT NULL, id TEXT, first INTEGER NOT NULL, task TEXT, service BLOB NOT NULL,
    credit REAL, comment TEXT NOT NULL, sent REAL, tries INTEGER NOT NULL, due REAL NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (issuer, id, task));
CREATE TABLE IF NOT EXISTS access (issuer TEXT, client_id TEXT, scopes TEXT, token TEXT NOT NULL, expires REAL NOT NULL,
    PRIMARY KEY (issuer, client_id, scopes));
"""
SCORE_WAITS = "credit IS NOT NULL AND (sent IS NULL OR sent < credit)"


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


class Rows(Protocol):
    """What a query found, or how many rows it changed."""

    @property
    def rowcount(self) -> int:
        """Return how many rows a change met."""
        ...

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        ...


class Tables(Protocol):
    """The tables of `SCHEMA` in an open transaction."""

    def execute(self, query: str, values: Sequence[object] = (), /) -> Rows:
        """Run a query that SQLite and PostgreSQL know, with ? for values."""
        ...


class LtiDatabase(Protocol):
    """Where the tables of one class are. Each method raises Problems if they can't be used."""

    def exists(self) -> bool:
        """Return whether anything was written yet."""
        ...

    def transaction(self) -> AbstractContextManager[Tables]:
        """Provide the tables to one program alone, and make them if they aren't there.

        If the body raises, nothing changes.
        """
        ...

    def sending_lock(self) -> AbstractContextManager[None]:
        """Hold the lock of the program that sends scores. Other programs wait for it."""
        ...

    def delete(self) -> None:
        """Delete the tables, if they are there."""
        ...


class LtiStore:
    """What one class and its platforms know of each other."""

    def __init__(self, database: LtiDatabase) -> None:
        """Take the database. Its tables are made when something is written."""
        self._database = database

    def delete(self) -> None:
        """Delete everything. Raise Problems or OSError."""
        self._database.delete()

    def sending_lock(self) -> AbstractContextManager[None]:
        """Hold the lock of the program that sends scores. Raise Problems or OSError."""
        return self._database.sending_lock()

    # --------------------------------------------------------------- platforms
    def platforms(self) -> tuple[Platform, ...]:
        """Return the registered platforms. Raise Problems."""
        if not self._database.exists():
            return ()
        with self._database.transaction() as db:
            query = "SELECT body FROM platform ORDER BY issuer, client_id"
            rows = db.execute(query).fetchall()
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
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO platform VALUES (?, ?, ?) ON CONFLICT (issuer, client_id) DO UPDATE"
                " SET body = excluded.body",
                row,
            )

    def remove_platform(self, platform: Platform) -> None:
        """Remove a platform, its access tokens and the scores that wait for it. Its learners stay in the class."""
        key = (platform.issuer, platform.client_id)
        with self._database.transaction() as db:
            for table in ("platform", "access", "score"):
                db.execute(f"DELETE FROM {table} WHERE issuer = ? AND client_id = ?", key)

    # ------------------------------------------------------------------ logins
    def begin_login(
        self, platform: Platform, browser: str, request: dict[str, str], now: float
    ) -> tuple[str, Login]:
        """Keep a new login of a browser, and return its state.

        `request` is what the platform asked with, so that the login can begin again in another window. Anybody can begin
        logins. So beyond MAX_REMEMBERED_LOGINS, the oldest are forgotten.
        """
        state = token_urlsafe(TOKEN_BYTES)
        login = Login(platform.issuer, platform.client_id, token_urlsafe(TOKEN_BYTES), now)
        row = (state, browser, json.encode(login), json.encode(request), now, 0)
        with self._database.transaction() as db:
            db.execute("DELETE FROM login WHERE started < ?", (now - USED_LOGIN_SECONDS,))
            db.execute(
                "DELETE FROM login WHERE state NOT IN"
                " (SELECT state FROM login ORDER BY started DESC LIMIT ?)",
                (MAX_REMEMBERED_LOGINS - 1,),
            )
            db.execute("INSERT INTO login VALUES (?, ?, ?, ?, ?, ?)", row)
        return state, login

    def find_login(self, state: str, now: float) -> Login:
        """Return the login of a state. Raise LaunchError if it is unknown, used or too old."""
        with self._database.transaction() as db:
            query = "SELECT body, used, started FROM login WHERE state = ?"
            row = db.execute(query, (state,)).fetchone()
            if row is None:
                raise LaunchError(Refusal.UNKNOWN_LOGIN)
            body, used, started = row
            if used:
                raise LaunchError(Refusal.REPLAYED)
            if now - started > LOGIN_SECONDS:
                raise LaunchError(Refusal.EXPIRED_LOGIN)
            return json.decode(body, type=Login)

    def is_login_of(self, state: str, browser: str) -> bool:
        """Return whether a login began in this browser."""
        with self._database.transaction() as db:
            query = "SELECT 1 FROM login WHERE state = ? AND browser = ?"
            return (
                bool(browser) and db.execute(query, (state, browser)).fetchone() is not None
            )

    def login_request(self, state: str) -> dict[str, str]:
        """Return what a platform asked with at the login of this state, or nothing."""
        with self._database.transaction() as db:
            query = "SELECT request FROM login WHERE state = ?"
            row = db.execute(query, (state,)).fetchone()
            return json.decode(row[0], type=dict[str, str]) if row else {}

    def use_login(self, state: str) -> None:
        """Mark a login as used. Of several launches at once, one succeeds. Raise LaunchError in the others."""
        with self._database.transaction() as db:
            query = "UPDATE login SET used = 1 WHERE state = ? AND used = 0"
            if db.execute(query, (state,)).rowcount != 1:
                raise LaunchError(Refusal.REPLAYED)

    # ----------------------------------------------------------------- choices
    def begin_choice(self, choice: Choice, browser: str, now: float) -> str:
        """Keep a choice that a teacher makes in a browser, and return its code."""
        code = token_urlsafe(TOKEN_BYTES)
        with self._database.transaction() as db:
            db.execute("DELETE FROM choice WHERE started < ?", (now - USED_LOGIN_SECONDS,))
            row = (code, browser, json.encode(choice), now)
            db.execute("INSERT INTO choice VALUES (?, ?, ?, ?)", row)
        return code

    def end_choice(self, code: str, browser: str, now: float) -> Choice:
        """Return the choice of a code, once. Raise LaunchError if it is unknown, too old or another browser's."""
        with self._database.transaction() as db:
            query = "SELECT body, browser FROM choice WHERE code = ? AND started > ?"
            row = db.execute(query, (code, now - USED_LOGIN_SECONDS)).fetchone()
            if row is None:
                raise LaunchError(Refusal.UNKNOWN_LOGIN)
            if row[1] != browser:
                raise LaunchError(Refusal.OTHER_BROWSER)
            db.execute("DELETE FROM choice WHERE code = ?", (code,))
        return json.decode(row[0], type=Choice)

    # ------------------------------------------------------------------ people
    def people(self) -> tuple[KnownPerson, ...]:
        """Return the learners whom platforms sent."""
        if not self._database.exists():
            return ()
        with self._database.transaction() as db:
            rows = db.execute("SELECT issuer, id, first, task FROM person").fetchall()
        return tuple(KnownPerson(*row) for row in rows)

    def find_person(self, issuer: str, id: str) -> KnownPerson | None:
        """Return the learner whom a platform knows by this id."""
        with self._database.transaction() as db:
            query = "SELECT issuer, id, first, task FROM person WHERE issuer = ? AND id = ?"
            row = db.execute(query, (issuer, id)).fetchone()
        return KnownPerson(*row) if row else None

    def task_of(self, first: int) -> str:
        """Return the assignment that a learner opened last from a platform, or "".

        `first` is the learner's first variant, which identifies them.
        """
        if not self._database.exists():
            return ""
        with self._database.transaction() as db:
            query = "SELECT task FROM person WHERE first = ?"
            row = db.execute(query, (first,)).fetchone()
        return row[0] if row else ""

    def write_person(self, person: KnownPerson) -> None:
        """Save which learner of the class a user of a platform is, and which assignment they opened last."""
        with self._database.transaction() as db:
            row = structs.astuple(person)
            db.execute(
                "INSERT INTO person VALUES (?, ?, ?, ?) ON CONFLICT (issuer, id) DO UPDATE"
                " SET first = excluded.first, task = excluded.task",
                row,
            )

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
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO score VALUES (?, ?, ?, ?, ?, ?, NULL, '', NULL, 0, 0, '') ON CONFLICT (issuer, id, task) DO UPDATE"
                " SET client_id = excluded.client_id, first = excluded.first, service = excluded.service",
                row,
            )

    def note_credit(self, first: int, task: str, credit: float, comment: str) -> None:
        """Keep a learner's credit for an assignment, from 0 to 100, until platforms have it.

        A credit that isn't better than an earlier one changes nothing.
        """
        with self._database.transaction() as db:
            db.execute(
                "UPDATE score SET credit = ?, comment = ?, tries = 0, due = 0, error = ''"
                " WHERE first = ? AND task = ? AND (credit IS NULL OR credit < ?)",
                (credit, comment, first, task, credit),
            )

    def waiting_scores(self) -> tuple[Score, ...]:
        """Return the scores that platforms don't have yet."""
        if not self._database.exists():
            return ()
        with self._database.transaction() as db:
            rows = db.execute(
                f"SELECT * FROM score WHERE {SCORE_WAITS} ORDER BY due"
            ).fetchall()
            return tuple(map(_read_score, rows))

    def note_sent(self, score: Score) -> None:
        """Keep that a platform has a score."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE score SET sent = CASE WHEN sent > ? THEN sent ELSE ? END, tries = 0, due = 0, error = ''"
                " WHERE issuer = ? AND id = ? AND task = ?",
                (score.credit, score.credit, score.issuer, score.id, score.task),
            )

    def note_failure(self, score: Score, error: str, due: float) -> None:
        """Keep that a score couldn't be sent, why, and when to try again."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE score SET tries = tries + 1, due = ?, error = ?"
                " WHERE issuer = ? AND id = ? AND task = ?",
                (due, error, score.issuer, score.id, score.task),
            )

    def write_line_item(self, score: Score, line_item: str) -> None:
        """Keep the line item that was made or found for an assignment."""
        service = json.encode(structs.replace(score.service, line_item=line_item))
        with self._database.transaction() as db:
            db.execute(
                "UPDATE score SET service = ? WHERE issuer = ? AND id = ? AND task = ?",
                (service, score.issuer, score.id, score.task),
            )

    # ----------------------------------------------------------- access tokens
    def access_token(self, platform: Platform, scopes: str, now: float) -> str:
        """Return a token that is still valid, or ""."""
        with self._database.transaction() as db:
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
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO access VALUES (?, ?, ?, ?, ?) ON CONFLICT (issuer, client_id, scopes) DO UPDATE"
                " SET token = excluded.token, expires = excluded.expires",
                row,
            )


def _read_score(row: tuple[Any, ...]) -> Score:
    """Return the score in a row of its table."""
    issuer, client_id, id, first, task, service, *state = row
    address = json.decode(service, type=GradeService)
    return Score(issuer, client_id, id, first, task, address, *state)
