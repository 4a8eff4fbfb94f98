"""Keep a class in one SQLite file: its roster, variants, codes, assignments, exams and hand-ins.

A learner is known by the first of their variants, which is drawn once. Each change is one
transaction. A file that isn't a whole class is refused, and stays as it is.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

import msgspec
from msgspec import Struct

from coffeeshop.classroom.class_schema import (
    check_class_file,
    create_class_tables,
    upgrade_class_file,
)
from coffeeshop.classroom.class_store import (
    CLASS_SUFFIX,
    add_class,
    class_names,
    has_class,
    stored_class,
)
from coffeeshop.classroom.register import TeacherMark
from coffeeshop.classroom.roster import Learner, Roster, roster_of_rows
from coffeeshop.classroom.whose import Owners, is_marked_late
from coffeeshop.database_file import open_database
from coffeeshop.files import lock_folder, make_folder
from coffeeshop.lessons.play.handin import signer_of_handin
from coffeeshop.lessons.play.membership import (
    CHECK_UP_ASSIGNMENT,
    CLASS_NAME,
    EXERCISE_PREFIX,
    Assignment,
    Membership,
    join_code,
    new_secret,
)
from coffeeshop.lessons.scenario.find import number
from coffeeshop.policy.problem import Level, Place, Problem, Problems

LINK_BYTES = 24  # random ones, in a browser's link
GIVEN_PREFIX = "given"  # begins the names of hand-ins that the teacher gave to a learner


class ClassAssignment(Struct, frozen=True):
    """An assignment of the class, with the points of a full score."""

    assignment: Assignment
    points: float = 100.0

    @property
    def id(self) -> str:
        """Return the scenario's id, or practice-TOPIC-LEVEL."""
        return self.assignment.id


class Allowance(Struct, frozen=True):
    """What one learner may do otherwise in an assignment: other dates, or other variants that are accepted."""

    due: datetime | None = None
    opens: datetime | None = None
    accepted_variants: tuple[int, ...] = ()

    @property
    def variants_text(self) -> str:
        """Return the accepted variants in words, to follow the dates, or ""."""
        if not self.accepted_variants:
            return ""
        noun = "variant" if len(self.accepted_variants) == 1 else "variants"
        verb = "is" if len(self.accepted_variants) == 1 else "are"
        return (
            f"; {noun} {', '.join(map(str, self.accepted_variants))} {verb} also accepted"
        )


class Member(Struct, frozen=True):
    """A learner of the class, with the secret of their code and of their browser's link."""

    learner: Learner
    first_variant: int
    secret: int
    link: str


class KeptHandIn(Struct, frozen=True):
    """A hand-in as it was collected. Its name tells where it came from.

    `collected_at` is None if the time isn't known. `row_number` is its number in the class's file.
    """

    name: str
    body: bytes
    collected_at: datetime | None = None
    row_number: int = 0


class KeptClass(Struct, frozen=True, dict=True):
    """A class as its file holds it.

    `scenarios` is the folder of the teacher's own scenarios, or "". `url` is the address at which the class was served
    last, or "".
    """

    name: str
    roster: Roster
    members: tuple[Member, ...]
    assignments: tuple[ClassAssignment, ...] = ()
    allowances: Mapping[tuple[int, str], Allowance] = {}
    teacher_marks: Mapping[tuple[int, str], TeacherMark] = {}
    scenarios: str = ""
    url: str = ""

    @cached_property
    def members_by_key(self) -> Mapping[str, Member]:
        """Return the members by their learner's key in the roster."""
        return {member.learner.key: member for member in self.members}

    @cached_property
    def members_by_link(self) -> Mapping[str, Member]:
        """Return the members by the secret of their link."""
        return {member.link: member for member in self.members}

    @property
    def own_scenarios(self) -> Path | None:
        """Return the folder of the teacher's own scenarios."""
        return Path(self.scenarios) if self.scenarios else None

    def find_assignment(self, id: str) -> ClassAssignment | None:
        """Return the assignment of a scenario."""
        return next((task for task in self.assignments if task.id == id), None)

    def allowance(self, key: str, id: str) -> Allowance:
        """Return a learner's exceptions from an assignment: other dates, or other variants."""
        member = self.members_by_key[key]
        return self.allowances.get((member.first_variant, id), Allowance())

    def teacher_mark(self, key: str, id: str) -> TeacherMark | None:
        """Return the mark that the teacher gave to a learner by hand, or None."""
        return self.teacher_marks.get((self.members_by_key[key].first_variant, id))

    @property
    def accepted_variants(self) -> dict[tuple[str, str], tuple[int, ...]]:
        """Return the other variants that the teacher accepts, by learner's key and assignment."""
        return {
            (member.learner.key, task.id): self.allowance(
                member.learner.key, task.id
            ).accepted_variants
            for member in self.members
            for task in self.assignments
        }

    def assignment_for(self, key: str, task: ClassAssignment) -> Assignment:
        """Return an assignment with a learner's own dates."""
        allowance = self.allowance(key, task.id)
        return msgspec.structs.replace(
            task.assignment,
            due=allowance.due or task.assignment.due,
            opens=allowance.opens or task.assignment.opens,
        )

    def membership(self, key: str) -> Membership:
        """Return what a learner's program needs to know of the class, with the learner's own dates."""
        member = self.members_by_key[key]
        assignments = (self.assignment_for(key, task) for task in self.assignments)
        practice = member.learner.first_practice_seed
        return Membership(
            self.name,
            member.first_variant,
            member.first_variant if practice is None else practice,
            member.secret,
            tuple(
                msgspec.structs.replace(assignment, id=short_id(assignment.id))
                for assignment in assignments
            ),
        )

    def member_with_id(self, id: str) -> Member | None:
        """Return the learner whom a hand-in names, as in IAM-101/412000, or None."""
        class_name, _, first = id.rpartition("/")
        if class_name.casefold() != self.name.casefold():
            return None
        return next(
            (each for each in self.members if str(each.first_variant) == first), None
        )

    def code(self, key: str) -> str:
        """Return a learner's join code. It contains the assignments that the class has now."""
        return join_code(self.membership(key))

    def find_member(self, text: str) -> Member:
        """Return the learner with this id, email or name. Raise Problems if there is none, or several.

        A learner whose key it is wins over those who are called so.
        """
        by_key = [
            member
            for key, member in self.members_by_key.items()
            if key.casefold() == text.casefold()
        ]
        called = Owners(member.learner for member in self.members).learners_called(text)
        fitting = by_key or [self.members_by_key[learner.key] for learner in called]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            keys = ", ".join(member.learner.key for member in fitting[:10])
            message = f"{self.name} has {len(fitting)} learners called {text[:40]!a}"
            raise _class_problem("who", message, f"choose one by id: {keys}")
        message = f"{self.name} has no learner called {text[:40]!a}"
        raise _class_problem("who", message, "give a learner's id, email or name")


def short_id(id: str) -> str:
    """Return the number of a scenario in lower case, or the whole id if it has none."""
    if id.startswith((EXERCISE_PREFIX, CHECK_UP_ASSIGNMENT)):
        return id
    return (number(id) if "-" in id else id).lower()


def class_path(folder: Path, name: str) -> Path:
    """Return the path of a class's file in the folder of classes. Raise Problems if it can't be a name."""
    if not CLASS_NAME.fullmatch(name):
        message = f"{name[:60]!a} can't be the name of a class"
        mend = "use at most 40 letters, digits, '.', '_' or '-', such as IAM-101"
        raise _class_problem("bad-name", message, mend)
    same = (known for known in class_names(folder) if known.lower() == name.lower())
    return folder / f"{next(same, name)}{CLASS_SUFFIX}"


# -------------------------------------------------------------------- reading
def read_class(path: Path) -> KeptClass:
    """Return the class in a file. Raise Problems if the file isn't a whole class."""
    with _open_class(path) as db:
        return _read_rows(db)


@contextmanager
def _open_class(path: Path, is_change: bool = False) -> Generator[sqlite3.Connection]:
    """Provide a class's file after checking all of it. Raise Problems, and leave the file as it is."""
    try:
        with stored_class(path, is_change) as db:
            db.execute("BEGIN")
            upgrade_class_file(db)
            check_class_file(db)
            db.execute("COMMIT")
            yield db
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"the class in {path} can't be used: {reason}; the file was not changed"
        mend = "restore it from a backup, or move it away and make the class again"
        raise _class_problem("class-unusable", message, mend) from None


def _read_rows(db: sqlite3.Connection) -> KeptClass:
    """Return the class. Raise Problems if its roster doesn't fit its learners."""
    ((name, headings, scenarios),) = db.execute("SELECT * FROM class").fetchall()
    try:
        columns = msgspec.json.decode(headings, type=tuple[str, ...])
        rows = tuple(
            msgspec.json.decode(cells, type=tuple[str, ...])
            for (cells,) in db.execute("SELECT cells FROM roster_row ORDER BY n")
        )
    except (msgspec.MsgspecError, RecursionError) as error:
        raise sqlite3.DatabaseError(str(error)) from None
    if any(len(cells) != len(columns) for cells in rows):
        raise sqlite3.DatabaseError("a row of the roster is too short or too long")
    roster = roster_of_rows(columns, rows)
    learners = {learner.first_variant: learner for learner in roster.learners}
    kept = db.execute("SELECT first, secret, link FROM learner ORDER BY n").fetchall()
    if {first for first, *_ in kept} != {*learners} or len(kept) != len(roster.learners):
        raise sqlite3.DatabaseError("the roster and the codes have different learners")
    members = tuple(
        Member(learners[first], first, secret, link) for first, secret, link in kept
    )
    tasks = tuple(
        ClassAssignment(
            Assignment(id, _parse_instant(due), late, _parse_instant(opens)), points
        )
        for id, _, due, late, opens, points in db.execute(
            "SELECT * FROM assignment ORDER BY n"
        )
    )
    variants = defaultdict[tuple[int, str], list[int]](list)
    query = "SELECT first, id, variant FROM accepted_variant ORDER BY rowid"
    for first, id, variant in db.execute(query):
        variants[first, id].append(variant)
    dates = {
        (first, id): (_parse_instant(due), _parse_instant(opens))
        for first, id, due, opens in db.execute("SELECT * FROM allowance")
    }
    allowances = {
        place: Allowance(*dates.get(place, (None, None)), tuple(variants.get(place, ())))
        for place in (*dates, *variants)
    }
    given_marks = {
        (first, id): TeacherMark(score, reason)
        for first, id, score, reason in db.execute("SELECT * FROM given_mark")
    }
    url = next((url for (url,) in db.execute("SELECT url FROM server")), "")
    return KeptClass(name, roster, members, tasks, allowances, given_marks, scenarios, url)


def _parse_instant(text: str) -> datetime | None:
    """Return a stored time. "" is None."""
    return datetime.fromisoformat(text) if text else None


def _format_instant(instant: datetime | None) -> str:
    """Return a time as the file stores it."""
    return instant.astimezone(UTC).isoformat(timespec="seconds") if instant else ""


# -------------------------------------------------------------------- writing
class ClassFile:
    """A class's file in one transaction. `kept` is the class as it was when the transaction began."""

    def __init__(self, db: sqlite3.Connection, kept: KeptClass) -> None:
        self._db = db
        self.kept = kept
        self._owners = Owners(member.learner for member in kept.members)

    def write_roster(self, roster: Roster) -> None:
        """Write the roster. Learners who aren't in the file yet get a secret and a link."""
        self._db.execute("UPDATE class SET headings = ?", (json.dumps(roster.headings),))
        _write_roster_rows(self._db, roster)

    def write_scenarios(self, folder: Path) -> None:
        """Write the folder of the teacher's own scenarios."""
        self._db.execute("UPDATE class SET scenarios = ?", (str(folder.absolute()),))

    def write_url(self, url: str) -> None:
        """Write the address at which the class is served."""
        self._db.execute("DELETE FROM server")
        self._db.execute("INSERT INTO server VALUES (?)", (url,))

    def write_assignment(self, task: ClassAssignment) -> None:
        """Write an assignment. It takes the place of an earlier one of the same scenario."""
        assignment = task.assignment
        dates = (_format_instant(assignment.due), _format_instant(assignment.opens))
        place = next(
            (at for at, known in enumerate(self.kept.assignments) if known.id == task.id),
            len(self.kept.assignments),
        )
        row = (task.id, place, dates[0], assignment.late, dates[1], task.points)
        self._db.execute("INSERT OR REPLACE INTO assignment VALUES (?, ?, ?, ?, ?, ?)", row)

    def remove_assignment(self, id: str) -> None:
        """Remove an assignment and its allowances. Hand-ins and marks that were given by hand stay."""
        for table in ("assignment", "allowance", "accepted_variant"):
            self._db.execute(f"DELETE FROM {table} WHERE id = ?", (id,))

    def write_allowance(
        self, first_variant: int, assignment_id: str, allowance: Allowance
    ) -> None:
        """Write what one learner may do otherwise in an assignment."""
        dates = (_format_instant(allowance.due), _format_instant(allowance.opens))
        row = (first_variant, assignment_id, *dates)
        self._db.execute("INSERT OR REPLACE INTO allowance VALUES (?, ?, ?, ?)", row)
        query = "DELETE FROM accepted_variant WHERE first = ? AND id = ?"
        self._db.execute(query, (first_variant, assignment_id))
        rows = [
            (first_variant, assignment_id, variant)
            for variant in allowance.accepted_variants
        ]
        self._db.executemany("INSERT INTO accepted_variant VALUES (?, ?, ?)", rows)

    def write_teacher_mark(
        self, first_variant: int, assignment_id: str, mark: TeacherMark | None
    ) -> None:
        """Write the mark that the teacher gave to a learner by hand. None removes it."""
        query = "DELETE FROM given_mark WHERE first = ? AND id = ?"
        self._db.execute(query, (first_variant, assignment_id))
        if mark is not None:
            row = (first_variant, assignment_id, mark.score, mark.reason)
            self._db.execute("INSERT INTO given_mark VALUES (?, ?, ?, ?)", row)

    def add_hand_ins(
        self, hand_ins: Iterable[tuple[str, bytes]], at: datetime
    ) -> tuple[str, ...]:
        """Add hand-ins that were collected at a time: the name and the bytes of each. Return the names of those that are new.

        Equal bytes aren't new under another name that says the same of them. What the teacher gave to a learner by hand
        isn't new under any name, unless it is now given to another learner.
        """
        names = defaultdict[str, set[str]](set)  # by digest
        for digest, name in self._db.execute("SELECT digest, name FROM handin"):
            names[digest].add(name)
        new_names = list[str]()
        for name, body in hand_ins:
            digest = sha256(body).hexdigest()
            if not self._has_hand_in(name, body, names[digest]):
                names[digest].add(name)
                new_names.append(name)
                row = (digest, name, body, _format_instant(at))
                query = (
                    "INSERT INTO handin (digest, name, body, collected) VALUES (?, ?, ?, ?)"
                )
                self._db.execute(query, row)
        return tuple(new_names)

    def _has_hand_in(self, name: str, body: bytes, known_names: set[str]) -> bool:
        """Return whether the class has a hand-in already, by the names under which it has these bytes."""
        place = f"{GIVEN_PREFIX}/"
        if not name.startswith(place) and any(
            known.startswith(place) for known in known_names
        ):
            return True
        signer = self.kept.member_with_id(signer_of_handin(body)) if known_names else None
        return any(
            known == name
            or self._owner_and_lateness(known, signer)
            == self._owner_and_lateness(name, signer)
            for known in known_names
        )

    def _owner_and_lateness(self, name: str, signer: Member | None) -> tuple[str, bool]:
        """Return what a hand-in's name adds to its bytes: whose it is, and that it was late.

        The name of a file that belongs to no one stays as it is, since copies can show who copied.
        """
        owners = self._owners.owners_of_file(name)
        if len(owners) == 1:
            owner = owners[0].key
        else:
            owner = signer.learner.key if signer else f"/{name}"
        return owner, is_marked_late(name)

    def remove_hand_ins(self, hand_ins: Iterable[KeptHandIn]) -> None:
        """Remove collected hand-ins."""
        rows = [(hand_in.row_number,) for hand_in in hand_ins]
        self._db.executemany("DELETE FROM handin WHERE n = ?", rows)


@contextmanager
def change_class(path: Path) -> Generator[ClassFile]:
    """Provide a class to change, in one transaction. If the body raises, nothing changes. Raise Problems."""
    with _open_class(path, is_change=True) as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield ClassFile(db, _read_rows(db))
            _read_rows(db)  # a change that can't be read back is rolled back
            check_class_file(db)
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def create_class(path: Path, name: str, roster: Roster) -> KeptClass:
    """Make a class from a roster with variants, and return it. Raise Problems if there is one of that name.

    The file is the owner's alone. It gets its name when it is whole.
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        make_folder(path.parent.parent, 0o700)
        make_folder(path.parent, 0o700)
        with lock_folder(path.parent):
            if has_class(path):
                raise _taken_problem(path, name)
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            _write_new_class(draft, name, roster)
            add_class(draft, path)
    except FileExistsError:
        raise _taken_problem(path, name) from None
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        mend = "free some space there, or name another folder in COFFEESHOP_DATA"
        raise _class_problem(
            "unwritable", f"{path} can't be written: {reason}", mend
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return read_class(path)


def _taken_problem(path: Path, name: str) -> Problems:
    """Return the problem that there is a class of this name."""
    message = f"there is already a class called {name}, in {path}"
    mend = "add learners with `class add`, or choose another name"
    return _class_problem("taken", message, mend)


def _write_new_class(path: Path, name: str, roster: Roster) -> None:
    """Write a class into an empty file, in one transaction. Raise sqlite3.Error."""
    with closing(open_database(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        create_class_tables(db)
        headings = json.dumps(roster.headings)
        db.execute("INSERT INTO class VALUES (?, ?, '')", (name, headings))
        _write_roster_rows(db, roster)
        db.execute("COMMIT")


def _write_roster_rows(db: sqlite3.Connection, roster: Roster) -> None:
    """Write the rows of a roster, and draw what new learners need."""
    rows = enumerate(map(json.dumps, roster.rows))
    db.executemany("INSERT OR REPLACE INTO roster_row VALUES (?, ?)", rows)
    known = {first for (first,) in db.execute("SELECT first FROM learner")}
    db.executemany(
        "INSERT INTO learner VALUES (?, ?, ?, ?)",
        (
            (
                learner.first_variant,
                learner.row_index,
                new_secret(),
                token_urlsafe(LINK_BYTES),
            )
            for learner in roster.learners
            if learner.first_variant not in known
        ),
    )


def read_hand_ins(path: Path) -> tuple[KeptHandIn, ...]:
    """Return the collected hand-ins, in the order in which they came. Raise Problems."""
    with _open_class(path) as db:
        query = "SELECT name, body, collected, n FROM handin ORDER BY n"
        rows = db.execute(query).fetchall()
    return tuple(
        KeptHandIn(name, body, _parse_instant(at), n) for name, body, at, n in rows
    )


def _class_problem(code: str, message: str, mend: str) -> Problems:
    """Return a problem of a class, ready to raise."""
    return Problems(Problem(Level.ERROR, code, Place(), message, mend))
