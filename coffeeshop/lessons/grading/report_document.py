"""The report as typed data: what `--format json` writes, and what the other formats are made from.

`report_schema.py` writes the JSON schema of these classes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from coffeeshop.lessons.check_kinds import FindingKind, Waiting
from coffeeshop.lessons.grading.permission_counts import PermissionCounts

REPORT_FORMAT = 1
Share = Annotated[float, Meta(ge=0, le=1)]
Stars = Annotated[int, Meta(ge=0, le=3)]


class Tool(Struct, frozen=True):
    """What judged: the program, its version, and where its catalogue of AWS's actions comes from."""

    name: str
    version: str
    catalogue: str


class ProblemPlace(Struct, frozen=True):
    """Where a problem is: the file or the part of it, and the line, from 1 (0: none)."""

    path: str
    line: int


class ToldProblem(Struct, frozen=True):
    """Why something could not be graded, and how to mend that."""

    level: str
    code: str
    place: ProblemPlace
    text: str
    mend: str


class GradedScenario(Struct, frozen=True):
    """Which scenario was played; the digest stands for the files of its folder."""

    id: str
    title: str
    digest: str


class HandInSummary(Struct, frozen=True):
    """What was handed in: its file, a digest over its calls, how many there are, and when the last was made by the clock
    of the play. As the learner's machine tells it: when it was handed in, how often the scenario had been graded and when
    first, how many rungs of hints were read by the ladder of the finding, and whether the solution was shown. All but the
    name are null where they are not known: of a script, an old hand-in, or one that could not be read.
    """

    name: str
    digest: str | None = None
    calls: int | None = None
    ended: str | None = None
    handed_in: str | None = None
    tries: int | None = None
    first_try: str | None = None
    hints: dict[str, int] | None = None
    shown: bool | None = None


class ScoreShares(Struct, frozen=True):
    """What the score is made of: the shares of jobs that work (j), refusals that hold (r), people without excess (e) and
    practice rules kept (p); the quality that they come to (q), and that of the untouched world (q0).
    """

    j: Share
    r: Share
    e: Share
    p: Share
    q: float
    q0: float


class CheckResult(Struct, frozen=True):
    """One check: whether it passed (null: it waits for those in `after`), and the key of the finding that explains it."""

    id: str
    kind: str
    say: str
    passed: bool | None
    after: tuple[str, ...]
    finding: str | None


class NamedCauseResult(Struct, frozen=True):
    """What the learner named as the cause of a case: the kind of policy, the policy and the number of its statement (0:
    nothing allows the request), whether that is right, and how many wrong ones were named. It is null if nothing was.
    """

    case: str
    say: str
    policy_type: str | None
    policy: str | None
    statement: int | None
    verdict: str | None
    wrong: int


class CheckUpAnswer(Struct, frozen=True):
    """An answer of a check-up: the skill that the question is about, the question's key with the place of the choice, and
    whether it is right.
    """

    skill: str
    chosen: str
    right: bool


class AskedRequest(Struct, frozen=True):
    """A request to AWS: an action on a resource, with its context keys."""

    action: str
    resource: str
    context: dict[str, tuple[str, ...]]


class DecidingStatement(Struct, frozen=True):
    """The statement of a policy that decided: in which kind of policy, which one, by its sid and index, at which line."""

    policy_type: str
    policy: str
    sid: str
    index: int
    line: int
    text: str


class NearestStatement(DecidingStatement, frozen=True):
    """The statement that came nearest to allowing: the element that failed, its value, the
    requested value, and the probable intention.
    """

    element: str
    wrote: str
    asked: str
    suggestion: str


class FindingText(Struct, frozen=True):
    """A finding in sentences: the event, its reason, its meaning, and the question that
    leads on."""

    what: str
    why: str
    meaning: str
    ask: str


class ToldFinding(Struct, frozen=True):
    """Why one or more checks of a stage (the star that they belong to) do not hold, with the evidence."""

    key: str
    kind: str
    stage: int
    checks: tuple[str, ...]
    people: tuple[str, ...]
    session: str | None
    request: AskedRequest | None
    decision: str | None
    decided_by: DecidingStatement | None
    nearest: NearestStatement | None
    witness: AskedRequest | None
    path: tuple[str, ...]
    misconception: str
    text: FindingText
    hints: tuple[str, ...]

    @property
    def costs_star(self) -> bool:
        """Tell whether it blocks a star. A call that failed doesn't: it may only explain
        what does."""
        return self.kind != FindingKind.ERROR.value


class GradedReport(Struct, frozen=True):
    """The report on a play that could be graded. `shown`: its solution was, so that it
    earns nothing in this variant. `names`: how what this variant calls so is called in
    variant 0, by which findings of several variants are one. `causes`: the learner's named
    causes in a diagnosis. A script has none. `check_up`: the answers of a check-up of the course, which has nothing else.
    """

    format: Literal[1]
    tool: Tool
    status: Literal["complete", "not_yet", "tampered", "shown"]
    problems: tuple[ToldProblem, ...]
    scenario: GradedScenario
    variant: int
    handin: HandInSummary
    stars: Stars
    score: Annotated[float, Meta(ge=0, le=100)]
    shares: ScoreShares
    sizes: dict[str, PermissionCounts] | None
    results: tuple[CheckResult, ...]
    findings: tuple[ToldFinding, ...]
    waiting: dict[Waiting, int]
    praise: tuple[str, ...]
    names: dict[str, str] = {}
    causes: tuple[NamedCauseResult, ...] = ()
    check_up: tuple[CheckUpAnswer, ...] = ()


class UngradedReport(Struct, frozen=True):
    """The report on an ungraded hand-in, with the reasons. It has no score, because a score
    would be a verdict."""

    format: Literal[1]
    tool: Tool
    status: Literal["ungradable", "error"]
    problems: tuple[ToldProblem, ...]
    scenario: None
    handin: HandInSummary
    variant: None
    stars: None
    score: None
    shares: None
    sizes: None
    results: tuple[CheckResult, ...]
    findings: tuple[ToldFinding, ...]
    waiting: dict[Waiting, int]
    praise: tuple[str, ...]


ReportDocument: TypeAlias = GradedReport | UngradedReport


def as_json(document: ReportDocument) -> dict[str, Any]:
    """Returns a report as the tables, lists and texts of JSON, in the order in which they are written."""
    return msgspec.to_builtins(document)
