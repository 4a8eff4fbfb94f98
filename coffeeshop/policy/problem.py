"""A problem in any file.

It is apart from the nouns of policies because scenarios and saves have problems as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The severity of a problem: the finding types of AWS's ValidatePolicy, in lower case."""

    ERROR = "error"
    SECURITY = "security"
    WARNING = "warning"
    SUGGESTION = "suggestion"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text: a path in words, line and column from 1, and character offsets.

    A place without a line (0) is known by its path only: an option of a command, a key of a
    file.
    """

    path: str = ""
    line: int = 0
    column: int = 0
    start: int = 0
    end: int = 0

    def contains(self, inner: Place) -> bool:
        """Return whether another place is inside this one."""
        return self.start <= inner.start and inner.end <= self.end

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        if self.line and self.column:
            column = f"column {self.column}"
        else:
            column = ""
        return ", ".join(part for part in (line, column, self.path) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something unreadable or unwise, with its place and how to fix it.

    Policies, command lines, scenario files and hand-ins share it. `code` ("unknown-action")
    is the key in tables of texts and practice rules.
    """

    level: Level
    code: str
    place: Place
    text: str
    mend: str = ""

    def __str__(self) -> str:
        place = str(self.place)
        text = f"{place}: {self.text}" if place else self.text
        return "; ".join(part for part in (text, self.mend) if part)


class Problems(Exception):  # noqa: N818  # named for what it holds
    """Carries all the problems for which something can't be read or found.

    Modules below a shell raise it. The shell catches it in one place and shows every problem.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))
