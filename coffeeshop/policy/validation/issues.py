"""The table of all issues that validation can find: their level, AWS's name, their text and their fix.

`issues.toml` has the rows. Errors of grammar have their own texts (`policy.parse`), so their rows have only AWS's name.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple, TypedDict, cast

from coffeeshop.policy.model import Level, Place, Problem

_GUIDE_URL: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_REFERENCE_PAGE: Final = "access-analyzer-reference-policy-checks"
_REFERENCE_ANCHORS: Final = {
    Level.ERROR: "error",
    Level.SECURITY: "security-warning",
    Level.WARNING: "general-warning",
    Level.SUGGESTION: "suggestion",
}


def learn_more() -> str:
    """Return the address of AWS's reference of its checks."""
    return f"{_GUIDE_URL}{_REFERENCE_PAGE}.html"


def finding_type(level: Level) -> str:
    """Return ValidatePolicy's name of a level: "SECURITY_WARNING"."""
    if level is Level.SECURITY:
        return "SECURITY_WARNING"
    return level.name


def issue_code(code: str) -> str:
    """Return ValidatePolicy's name for an issue, or a name in its style if it has none."""
    row = issue_table().get(code)
    if row:
        return row.issue_code
    return code.upper().replace("-", "_")


class Issue(NamedTuple):
    """One row. `issue_code` is ValidatePolicy's name, `text` and `mend` hold `{words}` for the check to fill
    in.
    """

    code: str
    level: Level
    issue_code: str
    text: str
    mend: str
    page: str

    @property
    def link(self) -> str:
        """Return the address of the page about the check: of another guide, of IAM's, else AWS's list of checks."""
        slug = self.issue_code.lower().replace("_", "-")
        if self.page.startswith("https://"):
            return self.page
        if self.page:
            return f"{_GUIDE_URL}{self.page}"
        return f"{learn_more()}#{_REFERENCE_PAGE}-{_REFERENCE_ANCHORS[self.level]}-{slug}"

    def to_problem(self, place: Place, words: Mapping[str, object]) -> Problem:
        """Return the issue as a problem at a place."""
        return Problem(
            self.level,
            self.code,
            place,
            self.text.format_map(words),
            self.mend.format_map(words),
        )


class _Row(TypedDict, total=False):
    level: str
    aws: str
    text: str
    mend: str
    page: str


def is_grammar_error(problem: Problem) -> bool:
    """Return whether the grammar refuses the text. AWS accepts every other text."""
    row = issue_table().get(problem.code)
    return problem.level is Level.ERROR and not (row and row.text)


@cache
def issue_table() -> Mapping[str, Issue]:
    """Return every issue by its code."""
    import tomllib
    from pathlib import Path

    rows = cast(
        "dict[str, _Row]",
        tomllib.loads(Path(__file__).with_name("issues.toml").read_text("utf-8")),
    )
    return {code: _build_issue(code, row) for code, row in rows.items()}


def _build_issue(code: str, row: _Row) -> Issue:
    """Return the issue of a row in `issues.toml`. Missing texts are ""."""
    return Issue(
        code,
        Level(row.get("level", "error")),
        row.get("aws", ""),
        row.get("text", ""),
        row.get("mend", ""),
        row.get("page", ""),
    )
