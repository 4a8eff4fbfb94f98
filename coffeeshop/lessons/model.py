"""Define the values of teaching: a scenario, a play, and the checks and findings of its grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.condensed import Condensed
from coffeeshop.account.model import Account, Act, Outcome
from coffeeshop.lessons.causes import CAUSES_SHARE, CaseResult
from coffeeshop.lessons.causes import Case as Case
from coffeeshop.lessons.causes import Cause as Cause
from coffeeshop.lessons.causes import NamedCause as NamedCause
from coffeeshop.lessons.causes import Verdict as Verdict
from coffeeshop.lessons.check_kinds import CheckKind, FindingKind, Stage
from coffeeshop.policy.model import Excess, Matched, Undecided, Values
from coffeeshop.shop.model import Shop
from coffeeshop.shop.want import Ticket, Want

ONE_MINUTE = timedelta(minutes=1)  # between two acts of a play

Options: TypeAlias = Mapping[str, object]  # parameters of a practice rule
Passed: TypeAlias = "bool | None"  # None: not run, because a check before it failed


# ------------------------------------------------------------------ scenario
class People(Struct, frozen=True):
    """The people of a scenario.

    `graded` are judged for excess. `admins` may have every permission. `bystanders` may keep theirs and gain
    none. `machines` are users that programs work with.
    """

    graded: Values = ()
    admins: Values = ()
    bystanders: Values = ()
    machines: Values = ()


class Slack(Struct, frozen=True):
    """Requests that may work but need not: these actions on these resources.

    `who` are the people, and empty stands for all graded ones. `badge` "code" requires an MFA code, and ""
    requires nothing.
    """

    name: str
    who: Values
    actions: Values
    resources: Values = ("*",)
    badge: str = ""


class Practice(Struct, frozen=True):
    """A practice rule that this scenario asks for, with its parameters ({"days": 90})."""

    rule: str
    options: Options = {}


class Advice(Struct, frozen=True):
    """The hints of a finding, or one sentence about it, for findings whose key matches one of the globs `on`."""

    on: Values
    text: Values


class Quiz(Struct, frozen=True):
    """A question for AWS's decision on `want`, which the engine computes. The learner reads `why` after the answer."""

    when: Literal["before", "after"]
    want: Want
    why: str


class Wrong(Struct, frozen=True):
    """A tempting wrong answer: its script, and exactly the stars and findings that it earns."""

    script: str
    stars: int
    findings: frozenset[str]
    misconception: str = ""


class Named(Struct, frozen=True):
    """The groups, roles and policies that the story names, or whose permission a job must use."""

    groups: Values = ()
    roles: Values = ()
    policies: Values = ()


class Scenario(Struct, frozen=True, eq=False):
    """One lesson as data. Its world is already replayed. Scenarios compare by identity, since one is loaded once."""

    id: str
    title: str
    chapter: int
    article: str
    objective: str
    minutes: int
    story: str
    situation: str  # what the learner sees first. "": made of the first job that fails
    named: Named
    debrief: str
    fine_print: Values
    calls: Values  # the AWS calls it introduces: "iam create-policy"
    now: datetime
    ground: Account  # before shop.sh and world.sh
    made: tuple[Act, ...]  # by the lines of shop.sh and world.sh
    opening: Account  # after them
    desk: Values  # profiles the learner holds, the first in hand
    fixed: Values
    people: People
    wants: tuple[Want, ...]
    slack: tuple[Slack, ...]
    practice: tuple[Practice, ...]
    hints: tuple[Advice, ...]
    tells: tuple[Advice, ...]
    quizzes: tuple[Quiz, ...]
    solution: str
    wrongs: tuple[Wrong, ...]
    files: Mapping[str, bytes]  # every file of the folder, by its path below it
    digest: str  # a hash of the folder's files
    shop: Shop  # the shop in which it plays
    misconceptions: Values = ()
    after: Values = ()  # scenarios that are advised first
    cases: tuple[Case, ...] = ()  # of a diagnosis: what people report, in place of jobs
    point: Values = ()  # skills whose diagnosis Next leaves to the learner
    sensitive: Values = ()  # ARNs, with wildcards, that count double in sizes
    variant: int = 0  # the seed of its names. 0 stands for the names as written
    varies: bool = False  # whether other seeds draw other names, or other faults
    # The folder's files before faults were drawn. `files` have the faults.
    source: Mapping[str, bytes] = {}
    imported: bool = False  # whether its ground is a real account
    # Whether an author's answer is judged. It can't name a sample colleague.
    in_proof: bool = False
    # Whether its wants are those of one day in a shop that grows.
    is_growing_shop: bool = False

    @property
    def full_title(self) -> str:
        """Return the title, with the variant where it is not 0."""
        if self.variant:
            return f"{self.title} (variant {self.variant})"
        return self.title

    def text(self, name: str) -> str:
        return self.files[name].decode("utf-8", "replace")

    @property
    def world(self) -> tuple[Outcome, ...]:
        """Return the outcomes of the lines that made the world. They are replayed here, so that nothing stores them."""
        # The whole engine: a list of scenarios does without it.
        from coffeeshop.account.door import replay

        return replay(self.ground, self.made)

    @property
    def edition(self) -> str:
        """Return the version and variant of the scenario: DIGEST or DIGEST~VARIANT."""
        if self.variant:
            return f"{self.digest}~{self.variant}"
        return self.digest


# ---------------------------------------------------------------------- play
class Play(Struct, frozen=True):
    """A scenario with the outcome of every act. `do`, `undo`, `redo` and `back` return a new Play.

    `waited` is the time since the last act. The next act ends it.
    """

    scenario: Scenario
    outcomes: tuple[Outcome, ...] | Condensed = ()
    undone: tuple[Act, ...] = ()
    waited: timedelta = timedelta()

    @property
    def last(self) -> Outcome | None:
        """Return the outcome of the last act. Two plays with the same last outcome have the same acts."""
        if isinstance(self.outcomes, Condensed):
            return self.outcomes.last_outcome
        return self.outcomes[-1] if self.outcomes else None

    @property
    def account(self) -> Account:
        """Return the account after the last act."""
        last = self.last
        return last.account if last else self.scenario.opening

    @property
    def now(self) -> datetime:
        """Return the time of the next act: the scenario's start, or a minute after the last act, plus the time waited."""
        last = self.last
        return (last.act.at + ONE_MINUTE if last else self.scenario.now) + self.waited

    def at(self, clock: datetime) -> Play:
        """Return the play with its clock at `clock`, or unchanged where its clock is later."""
        if clock > self.now:
            return replace(self, waited=self.waited + clock - self.now)
        return self

    @property
    def acts(self) -> tuple[Act, ...]:
        """Return the acts, which saves, hand-ins and exports hold."""
        if isinstance(self.outcomes, Condensed):
            return self.outcomes.acts
        return tuple(outcome.act for outcome in self.outcomes)

    def outcomes_of(self, wanted: Callable[[Act], bool]) -> Iterator[Outcome]:
        """Yield the outcomes of the wanted acts. A condensed play computes only these."""
        if isinstance(self.outcomes, Condensed):
            return self.outcomes.filter_outcomes(wanted)
        return (outcome for outcome in self.outcomes if wanted(outcome.act))

    def with_condensed_past(self) -> Play:
        """Return the same play, which keeps only the acts of its past.

        It saves memory where programs make thousands of calls.
        """
        if isinstance(self.outcomes, Condensed):
            return self
        return replace(self, outcomes=Condensed(self.scenario.opening, self.outcomes))

    def do(self, *acts: Act) -> Play:
        """Return the play after these acts."""
        from coffeeshop.account.door import (
            handle,
        )  # the whole engine: a list of scenarios does without it

        new = list[Outcome]()
        account = self.account
        for act in acts:
            new.append(handle(account, act))
            account = new[-1].account
        return Play(self.scenario, self.outcomes + tuple(new))

    def undo(self) -> Play:
        """Return the play without the acts of its last line. `redo` restores them.

        The acts of one line have the same time.
        """
        if not self.outcomes:
            return self
        acts = self.acts
        last = [act for act in acts if act.at == acts[-1].at]
        return Play(
            self.scenario, self.back(len(acts) - len(last)).outcomes, (*last, *self.undone)
        )

    def redo(self, known_plays: Iterable[Play] = ()) -> Play:
        """Return the play with the acts of one line redone. Reuse a known play that has them."""
        if not self.undone:
            return self
        acts_again = tuple(act for act in self.undone if act.at == self.undone[0].at)
        remembered_play = next(
            (play for play in known_plays if play.continues(self, acts_again)), None
        ) or self.do(*acts_again)
        return Play(self.scenario, remembered_play.outcomes, self.undone[len(acts_again) :])

    def continues(self, before: Play, acts: tuple[Act, ...]) -> bool:
        """Return whether this play is `before` followed by these acts."""
        outcome_count = len(before.outcomes)
        if self.scenario is not before.scenario or len(
            self.outcomes
        ) != outcome_count + len(acts):
            return False
        return (
            self.back(outcome_count).last is before.last
            and self.acts[outcome_count:] == acts
        )

    def back(self, acts: int) -> Play:
        """Return the play after its first `acts` acts."""
        kept_outcomes = self.outcomes
        return Play(
            self.scenario,
            kept_outcomes.first_outcomes(acts)
            if isinstance(kept_outcomes, Condensed)
            else kept_outcomes[:acts],
        )


# --------------------------------------------------------------------- grade
class Proof(Struct, frozen=True):
    """The excess of one person in one kind of session. `badge` is "key" or "role/Cashier".

    `has_everything`: a policy allows the session everything, and no boundary or Deny limits it.
    """

    who: str
    badge: str
    found: tuple[Excess | Undecided, ...]
    has_everything: bool = False

    @property
    def excesses(self) -> tuple[Excess, ...]:
        """Return the parts that are proven excess."""
        return tuple(part for part in self.found if isinstance(part, Excess))

    @property
    def undecided_parts(self) -> tuple[Undecided, ...]:
        """Return the parts that couldn't be decided."""
        return tuple(part for part in self.found if isinstance(part, Undecided))


class Escalation(Struct, frozen=True):
    """A path to more access by a way that no job needs. Its calls succeeded on a copy of the account.

    `unneeded` is the first request of these calls that no job needs.
    """

    who: str
    way: str
    outcomes: tuple[Outcome, ...]
    unneeded: Outcome | None = None


class Offence(Struct, frozen=True):
    """A violation of a practice rule: the person or thing, the sentence, and the statement where one causes it."""

    who: str
    text: str
    by: Matched | None = None


Evidence: TypeAlias = Ticket | Proof | Escalation | Offence
E = TypeVar("E", Ticket, Proof, Escalation, Offence)


class Check(Struct, frozen=True):
    """One sentence of the brief, and whether it holds. `id` is "kind:rest": job:list@casey, only:casey, practice:…"""

    id: str
    say: str
    passed: Passed
    after: Values = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def kind(self) -> CheckKind:
        """Return the kind that begins the id."""
        return CheckKind(self.id.partition(":")[0])

    @property
    def star(self) -> Stage:
        """Return the star to which this check belongs."""
        return self.kind.star

    def pieces(self, kind: type[E]) -> tuple[E, ...]:
        """Return the evidence of one kind."""
        return tuple(part for part in self.evidence if isinstance(part, kind))

    @property
    def subject(self) -> str:
        """Return the check's id without its kind: list@casey."""
        return self.id.partition(":")[2]


class Finding(Struct, frozen=True):
    """A root cause of failed checks.

    Hints, tells and wrong answers refer to it by `key` ("job-denied:list@casey:resource"). `what`, `why`,
    `meaning` and `ask` are the four short texts that the learner reads.
    """

    key: str
    checks: tuple[Check, ...]
    people: Values
    what: str
    why: str
    meaning: str = ""
    ask: str = ""
    by: Matched | None = None
    path: Values = ()  # the calls that lead there
    hints: Values = ()
    aspect: str = ""  # a further part of the key of its advice, "" where the key is enough
    source: str = ""  # names the hints in the scenario or the library

    @property
    def ladder(self) -> str:
        """Return the key under which the read hints are counted: the line that fails, and the hints.

        If the line fails for another reason, and has the same hints then, the next hint is the next one.
        """
        if not self.source:
            return self.key
        _, _, line_and_reason = self.key.partition(":")
        return f"{line_and_reason.partition(':')[0]}:{self.source}"

    @property
    def kind(self) -> FindingKind:
        """Return the kind that begins the key."""
        return FindingKind(self.key.partition(":")[0])

    @property
    def costs_star(self) -> bool:
        """Return whether the finding costs a star. A call that failed doesn't."""
        return self.kind is not FindingKind.ERROR


class Shares(Struct, frozen=True):
    """The shares of the score, each 0..1: jobs that work, refusals that hold, people without excess, practice rules
    met.
    """

    jobs: Fraction
    refusals: Fraction
    excess: Fraction
    practice: Fraction


class Report(Struct, frozen=True):
    """The judgement of a play: its checks and findings. Findings are those of the next star only.

    `cases` are the results of a diagnosis. They are empty where it isn't known what the learner named.
    """

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    shares: Shares
    floor: Fraction  # the quality of the untouched world
    is_growing_shop: bool = False  # whether the play is of a shop that grows
    cases: tuple[CaseResult, ...] = ()

    @property
    def is_tampered(self) -> bool:
        """Return whether a fixture was deleted or changed."""
        return any(
            check.kind is CheckKind.FIXTURE and check.passed is False
            for check in self.checks
        )

    @property
    def gives_stars(self) -> bool:
        """Return whether stars can be earned. An imported account and a shop that grows have none."""
        return not self.is_growing_shop and any(
            check.kind in (CheckKind.JOB, CheckKind.REFUSAL) for check in self.checks
        )

    @property
    def stars(self) -> int:
        """Return 0 to 3.

        The first star is for jobs and refusals, the second for no excess, the third for practice rules.
        """
        missing = {check.star for check in self.checks if check.passed is not True}
        return min(missing, default=4) - 1

    @property
    def quality(self) -> Fraction:
        """Return the quality, 0..1: j(1 + r)/6 without a star, (1 + e)/3 with one, (2 + p)/3 with two or three."""
        s = self.shares
        match self.stars:
            case 0:
                return s.jobs * (1 + s.refusals) / 6
            case 1:
                return (1 + s.excess) / 3
            case _:
                return (2 + s.practice) / 3

    @property
    def score(self) -> float:
        """Return 0 to 100, rounded to two places.

        It is the quality gained over the untouched world. In a diagnosis, the causes that were named make up a
        fifth.
        """
        if self.is_tampered:
            return 0.0
        score = self._gained_quality
        if self.cases:
            named = sum(result.share for result in self.cases) / len(self.cases)
            score = (1 - CAUSES_SHARE) * score + CAUSES_SHARE * named
        return round(float(100 * score), 2)

    @property
    def _gained_quality(self) -> Fraction:
        """Return the quality gained over the untouched world, 0..1."""
        if self.floor == 1:  # the untouched world meets every check: no quality to gain
            return Fraction(self.stars == 3)
        return max(Fraction(0), (self.quality - self.floor) / (1 - self.floor))

    def check(self, id: str) -> Check:
        """Return the check of that id. Raise KeyError if there is none."""
        return next((c for c in self.checks if c.id == id), None) or _missing(id)


def _missing(id: str) -> Check:
    raise KeyError(id)
