"""The nouns of teaching: a scenario, a play of it, the checks and findings of its grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.condensed import Condensed
from coffeeshop.account.model import Account, Act, Outcome
from coffeeshop.policy.model import Excess, Matched, Undecided, Values
from coffeeshop.shop.model import Shop
from coffeeshop.shop.want import Ticket, Want

MINUTE = timedelta(minutes=1)  # between two acts of a play

Stage: TypeAlias = Literal[1, 2, 3]
Options: TypeAlias = Mapping[str, object]  # parameters of a practice rule
Passed: TypeAlias = "bool | None"  # None: not run, because something it stands on failed


# ------------------------------------------------------------------ scenario
class People(Struct, frozen=True):
    """The cast: `graded` are judged for excess, `admins` may hold everything, `bystanders` may keep and not gain."""

    graded: Values = ()
    admins: Values = ()
    bystanders: Values = ()
    machines: Values = ()


class Slack(Struct, frozen=True):
    """Allowed, not needed: these actions on these resources, of these people (all who are graded, if empty), who show
    at least that badge ("code") if one is said.
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
    """A hint's rungs or a tell's one sentence, for the findings whose key matches one of these globs."""

    on: Values
    text: Values


class Quiz(Struct, frozen=True):
    """A question whose answer the engine computes: what is AWS's decision on `want`? `why` is told afterwards."""

    when: Literal["before", "after"]
    want: Want
    why: str


class Wrong(Struct, frozen=True):
    """A tempting wrong answer: its script, and exactly the stars and findings it earns."""

    script: str
    stars: int
    findings: frozenset[str]
    misconception: str = ""


class Scenario(Struct, frozen=True, eq=False):
    """One lesson as data, its world already replayed. Compared by identity: it is loaded once, and never changed."""

    id: str
    title: str
    chapter: int
    article: str
    objective: str
    minutes: int
    story: str
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
    digest: str  # sums up the folder's files
    shop: Shop  # the shop in which it plays
    misconceptions: Values = ()
    after: Values = ()  # scenarios that are advised first
    sensitive: Values = ()  # ARNs, with wildcards, that count double in sizes
    variant: int = 0  # the seed by which its names were drawn; 0: as they are written
    varies: bool = False  # whether other seeds draw other names, or other faults
    # The folder before faults were drawn, where they are: `files` are after it.
    source: Mapping[str, bytes] = {}
    imported: bool = (
        False  # whether its ground is a real account's, which may be as empty as the shop's
    )
    in_proof: bool = False  # whether its author's own answers are judged: they name nobody who comes tomorrow
    grown: bool = False  # whether its wants are those of one day in a shop of one's own

    @property
    def full_title(self) -> str:
        """Returns the title, and in which variant of its names the scenario is played, if in one."""
        if self.variant:
            return f"{self.title} (variant {self.variant})"
        return self.title

    def text(self, name: str) -> str:
        """Returns a file of the folder as text."""
        return self.files[name].decode("utf-8", "replace")

    @property
    def world(self) -> tuple[Outcome, ...]:
        """Tells what came of the lines that made the world: replayed when asked for, so that nobody keeps every step of
        it.
        """
        from coffeeshop.account.door import (
            replay,
        )  # the whole engine: a list of scenarios does without it

        return replay(self.ground, self.made)

    @property
    def edition(self) -> str:
        """Return which version of the scenario it is, in which names: the digest of its files, and a variant."""
        if self.variant:
            return f"{self.digest}~{self.variant}"
        return self.digest


# ---------------------------------------------------------------------- play
class Play(Struct, frozen=True):
    """A scenario and what came of every act so far; `do`, `undo`, `redo`, `back` are pure and answer a new Play. `waited`
    is the time that passed since the last act: no act tells it, and the next one ends it.
    """

    scenario: Scenario
    outcomes: tuple[Outcome, ...] | Condensed = ()
    undone: tuple[Act, ...] = ()
    waited: timedelta = timedelta()

    @property
    def last(self) -> Outcome | None:
        """Return what came of the last act. One outcome stands for one play: only the acts before it lead to it."""
        if isinstance(self.outcomes, Condensed):
            return self.outcomes.last_outcome
        return self.outcomes[-1] if self.outcomes else None

    @property
    def account(self) -> Account:
        """Returns the account as it stands."""
        if self.last:
            return self.last.account
        return self.scenario.opening

    @property
    def now(self) -> datetime:
        """Tells when the next act happens: the scenario's start, then a minute after the last act, and what was waited."""
        return (self.last.act.at + MINUTE if self.last else self.scenario.now) + self.waited

    def at(self, clock: datetime) -> Play:
        """Returns the play once it is as late as that, with nothing done meanwhile; as it is, where it is later."""
        if clock > self.now:
            return replace(self, waited=self.waited + clock - self.now)
        return self

    @property
    def acts(self) -> tuple[Act, ...]:
        """Returns the trail: what is saved, handed in and exported."""
        if isinstance(self.outcomes, Condensed):
            return self.outcomes.acts
        return tuple(outcome.act for outcome in self.outcomes)

    def outcomes_of(self, wanted: Callable[[Act], bool]) -> Iterator[Outcome]:
        """Yields what came of the acts that are wanted: of thousands, it is not worked out again what came of all others."""
        if isinstance(self.outcomes, Condensed):
            return self.outcomes.filter_outcomes(wanted)
        return (outcome for outcome in self.outcomes if wanted(outcome.act))

    def with_condensed_past(self) -> Play:
        """Returns the same play, which keeps of long ago the trail alone: for acts of programs, who come by the thousand."""
        if isinstance(self.outcomes, Condensed):
            return self
        return replace(self, outcomes=Condensed(self.scenario.opening, self.outcomes))

    def do(self, *acts: Act) -> Play:
        """Returns the play after these acts; a preview is a `do` that nobody keeps."""
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
        """Returns the play before its last act, which `redo` brings back; with the other acts of its line, all of one
        instant.
        """
        if not self.outcomes:
            return self
        acts = self.acts
        last = [act for act in acts if act.at == acts[-1].at]
        return Play(
            self.scenario, self.back(len(acts) - len(last)).outcomes, (*last, *self.undone)
        )

    def redo(self, known_plays: Iterable[Play] = ()) -> Play:
        """Returns the play with what was undone last done again: as it was, where that is among the plays that are known."""
        if not self.undone:
            return self
        acts_again = tuple(act for act in self.undone if act.at == self.undone[0].at)
        remembered_play = next(
            (play for play in known_plays if play.continues(self, acts_again)), None
        ) or self.do(*acts_again)
        return Play(self.scenario, remembered_play.outcomes, self.undone[len(acts_again) :])

    def continues(self, before: Play, acts: tuple[Act, ...]) -> bool:
        """Tells whether it is the very play `before`, and then these acts."""
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
        """Returns the play as it stood after so many acts."""
        kept_outcomes = self.outcomes
        return Play(
            self.scenario,
            kept_outcomes.first_outcomes(acts)
            if isinstance(kept_outcomes, Condensed)
            else kept_outcomes[:acts],
        )


# --------------------------------------------------------------------- grade
class Proof(Struct, frozen=True):
    """What one person can do in one kind of session beyond what is needed; `badge` is "key" or "role/Cashier"."""

    who: str
    badge: str
    found: tuple[Excess | Undecided, ...]

    @property
    def excesses(self) -> tuple[Excess, ...]:
        """Returns what was proven."""
        return tuple(part for part in self.found if isinstance(part, Excess))

    @property
    def undecided_parts(self) -> tuple[Undecided, ...]:
        """Returns what nobody could prove."""
        return tuple(part for part in self.found if isinstance(part, Undecided))


class Escalation(Struct, frozen=True):
    """A path to more power, by a way that no job needs: the calls, which succeeded on a copy."""

    who: str
    way: str
    outcomes: tuple[Outcome, ...]


class Offence(Struct, frozen=True):
    """Who or what breaks a practice rule, in words, with the statement where one does."""

    who: str
    text: str
    by: Matched | None = None


Evidence: TypeAlias = Ticket | Proof | Escalation | Offence
E = TypeVar("E", Ticket, Proof, Escalation, Offence)


class Check(Struct, frozen=True):
    """One sentence of the brief and whether it holds. `id` is "kind:rest": job:list@casey, only:casey, practice:…"""

    id: str
    say: str
    passed: Passed
    after: Values = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def kind(self) -> str:
        """Returns its kind: fixture, person, session, job, administrator, bystander, refuse, only, setting or practice."""
        return self.id.partition(":")[0]

    @property
    def star(self) -> Stage:
        """Tells which star this check belongs to."""
        return {"only": 2, "setting": 2, "practice": 3}.get(self.kind, 1)  # pyright: ignore[reportReturnType]  # a table of literals

    def pieces(self, kind: type[E]) -> tuple[E, ...]:
        """Returns the evidence of one kind."""
        return tuple(part for part in self.evidence if isinstance(part, kind))

    @property
    def subject(self) -> str:
        """Returns the check without its kind: list@casey."""
        return self.id.partition(":")[2]


class Finding(Struct, frozen=True):
    """A root cause. `key` ("job-denied:list@casey:resource") is what hints, tells and wrong answers refer to; `what`,
    `why`, `meaning` and `ask` are the four short parts of what the learner reads.
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
    aspect: str = ""  # what of it is the matter, where the key does not say

    @property
    def ladder(self) -> str:
        """Tells which ladder the hints are: whoever errs in another way begins at the first."""
        if self.aspect:
            return f"{self.key}:{self.aspect}"
        return self.key

    @property
    def kind(self) -> str:
        """Returns its kind: job-denied, leak, excess, practice, …"""
        return self.key.partition(":")[0]

    @property
    def costs_star(self) -> bool:
        """Tell whether it stands before a star. A call that failed doesn't."""
        return self.kind != "error"


class Shares(Struct, frozen=True):
    """What the score is made of: jobs working, refusals holding, people without excess, practice rules kept, each 0..1."""

    jobs: Fraction
    refusals: Fraction
    excess: Fraction
    practice: Fraction


class Report(Struct, frozen=True):
    """The judgement of a play: its checks and what follows from them. Findings are those of the next star only."""

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    shares: Shares
    floor: Fraction  # q of the untouched world
    grown: bool = False  # whether a shop of one's own is judged, by what it asks for so far

    @property
    def is_tampered(self) -> bool:
        """Tells whether a fixture is gone or changed."""
        return any(
            check.kind == "fixture" and check.passed is False for check in self.checks
        )

    @property
    def asks(self) -> bool:
        """Tell whether stars can be earned: not in an account, or a shop, of one's own."""
        return not self.grown and any(
            check.kind in {"job", "refuse"} for check in self.checks
        )

    @property
    def stars(self) -> int:
        """Returns 0 to 3: jobs and refusals; and nothing more; and it is done in a way that lasts."""
        missing = {check.star for check in self.checks if check.passed is not True}
        return min(missing, default=4) - 1

    @property
    def quality(self) -> Fraction:
        """Returns q: j(1 + r)/6 without a star, (1 + e)/3 with the first, (2 + p)/3 with the second."""
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
        """Returns 0 to 100, to two places: q over what the untouched world already has."""
        if self.is_tampered:
            return 0.0
        if (
            self.floor == 1
        ):  # nothing is asked that the untouched world lacks: a play for its own sake
            return 100.0 if self.stars == 3 else 0.0
        gained = (self.quality - self.floor) / (1 - self.floor)
        return round(float(max(Fraction(0), 100 * gained)), 2)

    def check(self, id: str) -> Check:
        """Returns the check of that id; KeyError if there is none."""
        return next((c for c in self.checks if c.id == id), None) or _missing(id)


def _missing(id: str) -> Check:
    raise KeyError(id)
