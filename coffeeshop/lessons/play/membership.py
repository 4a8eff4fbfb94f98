"""Write and read a join code: it tells a learner's program its class, variants and assignments, without a network.

A code is the class's name, a colon, and a number in base 32. The number ends in a checksum, which
finds typing mistakes. It holds a secret of the learner's own, so that nobody can guess another
learner's code. The secret signs the learner's hand-ins.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import randbits
from typing import NamedTuple

from msgspec import Struct

from coffeeshop.lessons.play.late_rule import TIME_UNITS
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.policy.problem import Level, Place, Problem, Problems

CLASS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
CODE_PATTERN = re.compile(
    rf"{CLASS_NAME.pattern}:[0-9A-Za-z][0-9A-Za-z-]{{10,}}"
)  # in a file
CODE_DIGITS = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which look like others
)
LOOKALIKE_DIGITS = str.maketrans("OIL", "011")
GROUP_LENGTH = 5  # digits between two hyphens
MAX_CODE_LENGTH = 4000  # characters of a code
CODE_VERSION = 1
CHECK_BITS = 20
SECRET_BITS = 45
ID_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz-+"  # of an assignment's id
EXERCISE_PREFIX = "practice-"  # begins an exercise's id: its topic and level follow
CHECK_UP_ASSIGNMENT = "check-up-"  # begins a check-up's id: before or after follows
PRACTICE_MARK = "+"  # stands for that in a code
TIME_ORIGIN = datetime(2020, 1, 1, tzinfo=UTC)  # times of a code are minutes from here
LATE_UNITS = ("", *TIME_UNITS)
MAX_ASSIGNMENTS = 31  # assignments of a class
COPY_FIX = "copy the whole code again, or ask your teacher for it"


class Assignment(Struct, frozen=True):
    """A scenario, or an exercise such as practice-roles-2, with its due date and late rule.

    It is an exam if it has `opens`: then it is played from `opens` until `due`.
    """

    id: str
    due: datetime | None = None
    late: str = ""
    opens: datetime | None = None

    @property
    def is_exercise(self) -> bool:
        """Return whether each learner plays an exercise of their own."""
        return self.id.startswith(EXERCISE_PREFIX)

    @property
    def is_exam(self) -> bool:
        """Return whether this is an exam."""
        return self.opens is not None

    def is_open_exam(self, at: datetime) -> bool:
        """Return whether this is an exam that is open at a time."""
        return (
            self.opens is not None and self.due is not None and self.opens <= at < self.due
        )


class Membership(Struct, frozen=True):
    """What a learner's program knows of their class.

    `first` is the first of the learner's variants, and tells the learner apart. `practice` is the seed
    of their exercises. `secret` is known to the learner and the teacher only.
    """

    class_name: str
    first: int
    practice: int
    secret: int
    assignments: tuple[Assignment, ...] = ()

    @property
    def learner(self) -> str:
        """Return the learner's id in the class, which is no name: IAM-101/412000."""
        return f"{self.class_name}/{self.first}"

    def play_id(self, assignment: Assignment) -> str:
        """Return the id under which the learner plays an assignment. An exercise has the learner's own seed."""
        if assignment.is_exercise:
            return f"{assignment.id}-{self.practice}"
        return assignment.id

    def exam_at(self, at: datetime) -> Assignment | None:
        """Return the exam that is open at a time."""
        return next((each for each in self.assignments if each.is_open_exam(at)), None)

    def sign(self, text: str) -> str:
        """Return the learner's signature of a text, as 16 hexadecimal digits."""
        return signature_of(self.secret, text)


def new_secret() -> int:
    """Return a new secret for a learner."""
    return randbits(SECRET_BITS)


def signature_of(secret: int, text: str) -> str:
    """Return the signature of a text by a learner's secret, as 16 hexadecimal digits."""
    key = secret.to_bytes(SECRET_BITS // 8 + 1)
    return hmac.new(key, text.encode(), sha256).hexdigest()[:16]


class _Field(NamedTuple):
    """A part of a code's number: its value and its length in bits."""

    value: int
    bits: int


def join_code(membership: Membership) -> str:
    """Return the code of a learner, with the assignments that the class has now."""
    fields = [*_membership_fields(membership)]
    fields.append(_Field(_checksum(membership.class_name, fields), CHECK_BITS))
    number, length = _join_fields(fields)
    padding = -length % 5
    number <<= padding
    digits = "".join(
        CODE_DIGITS[number >> shift & 31] for shift in range(length + padding - 5, -1, -5)
    )
    groups = (digits[at : at + GROUP_LENGTH] for at in range(0, len(digits), GROUP_LENGTH))
    return f"{membership.class_name}:{'-'.join(groups)}"


def _membership_fields(membership: Membership) -> Iterator[_Field]:
    """Yield the parts of a code, without the checksum."""
    has_own_seed = membership.practice != membership.first
    yield _Field(CODE_VERSION, 3)
    yield _Field(membership.first, 30)
    yield _Field(has_own_seed, 1)
    if has_own_seed:
        yield _Field(membership.practice, 30)
    yield _Field(membership.secret, SECRET_BITS)
    yield _Field(len(membership.assignments), 5)
    for assignment in membership.assignments:
        yield from _assignment_fields(assignment)


def _assignment_fields(assignment: Assignment) -> Iterator[_Field]:
    """Yield the parts of an assignment."""
    id = _short_id(assignment.id)
    yield _Field(len(id), 6)
    yield from (_Field(ID_LETTERS.index(letter), 6) for letter in id)
    percent, _, unit = assignment.late.partition("/")
    yield _Field(int(percent.rstrip("%") or 0), 7)
    yield _Field(LATE_UNITS.index(unit), 2)
    for instant in (assignment.due, assignment.opens):
        yield _Field(instant is not None, 1)
        if instant is not None:
            yield _Field((instant - TIME_ORIGIN) // timedelta(minutes=1), 26)


def _short_id(id: str) -> str:
    """Return an assignment's id as a code spells it: +roles-2 for practice-roles-2."""
    if id.startswith(EXERCISE_PREFIX):
        return PRACTICE_MARK + id.removeprefix(EXERCISE_PREFIX)
    return id


def _whole_id(short: str) -> str:
    """Return the id that a code spells in short."""
    if short.startswith(PRACTICE_MARK):
        return EXERCISE_PREFIX + short.removeprefix(PRACTICE_MARK)
    return short


def _join_fields(fields: Iterable[_Field]) -> tuple[int, int]:
    """Return the number that has these parts in order, and its length in bits."""
    number = 0
    length = 0
    for value, bits in fields:
        number = number << bits | value
        length += bits
    return number, length


def _checksum(class_name: str, fields: Iterable[_Field]) -> int:
    """Return the checksum of a code. It depends on the class's name, which is typed as well."""
    number, length = _join_fields(fields)
    digest = sha256(f"{class_name.lower()}:{length}:{number}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 32 - CHECK_BITS


# -------------------------------------------------------------------- reading
class _BitReader:
    """Reads the parts of a number in order, and remembers them for the checksum. Raise ValueError at its end."""

    def __init__(self, number: int, length: int) -> None:
        self._number = number
        self._left = length
        self.fields: list[_Field] = []

    def read(self, bits: int) -> int:
        """Return the next part."""
        self._left -= bits
        if self._left < 0:
            raise ValueError("it is too short")
        value = self._number >> self._left & (1 << bits) - 1
        self.fields.append(_Field(value, bits))
        return value

    def check_end(self) -> None:
        """Raise ValueError unless only the padding is left, and it is empty."""
        if self._left >= 5 or self._number & (1 << self._left) - 1:
            raise ValueError("it is too long")


def parse_join_code(text: str) -> Membership:
    """Return what a code holds. Letter case, spaces and hyphens don't matter. Raise Problems for a mistake."""
    name, colon, body = text.strip().rpartition(":")
    digits = re.sub(r"[\s-]", "", body.upper()).translate(LOOKALIKE_DIGITS)
    if not colon or not CLASS_NAME.fullmatch(name) or len(text) > MAX_CODE_LENGTH:
        message = f"{text[:60]!a} isn't a join code"
        raise _code_problem(message, f"a code begins with the class's name; {COPY_FIX}")
    if not digits or set(digits) - set(CODE_DIGITS):
        wrong = "".join(sorted(set(digits) - set(CODE_DIGITS)))[:10]
        raise _code_problem(f"a join code has no {wrong!a}", COPY_FIX)
    number = 0
    for digit in digits:
        number = number << 5 | CODE_DIGITS.index(digit)
    try:
        return _read_membership(name, _BitReader(number, 5 * len(digits)))
    except (ValueError, IndexError, OverflowError):
        message = "this join code has a typing mistake, or a part of it is missing"
        raise _code_problem(message, COPY_FIX) from None


def _read_membership(name: str, reader: _BitReader) -> Membership:
    """Return the membership in a code. Raise ValueError, IndexError or OverflowError if the code is wrong."""
    if reader.read(3) != CODE_VERSION:
        raise ValueError("it is of another version")
    first = reader.read(30)
    practice = reader.read(30) if reader.read(1) else first
    secret = reader.read(SECRET_BITS)
    assignments = tuple(_read_assignment(reader) for _ in range(reader.read(5)))
    expected = _checksum(name, reader.fields)
    if reader.read(CHECK_BITS) != expected or max(first, practice) > LAST_VARIANT:
        raise ValueError("its checksum is wrong")
    reader.check_end()
    return Membership(name, first, practice, secret, assignments)


def _read_assignment(reader: _BitReader) -> Assignment:
    """Return the next assignment in a code."""
    short_id = "".join(ID_LETTERS[reader.read(6)] for _ in range(reader.read(6)))
    percent = reader.read(7)
    unit = LATE_UNITS[reader.read(2)]
    if percent:
        late = f"{percent}%/{unit}".rstrip("/")
    else:
        late = ""
    due, opens = (
        TIME_ORIGIN + timedelta(minutes=reader.read(26)) if reader.read(1) else None
        for _ in range(2)
    )
    return Assignment(_whole_id(short_id), due, late, opens)


def _code_problem(message: str, mend: str) -> Problems:
    """Return the problem that a text is no join code."""
    return Problems(Problem(Level.ERROR, "no-code", Place("", 0), message, mend))
