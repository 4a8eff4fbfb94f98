"""Test the grader by mutation: change a scenario's solution slightly in every way, and grade it again.

A mutant that changes anybody's access or a practice rule's result must lose a star. Its first finding must
name a person concerned. If it widens access, its witness must be a request that only the mutant allows. An
equivalent mutant or rewrite must keep stars, points and findings. The comparison of all sessions, both ways,
decides whether a mutant differs. The grade doesn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import astuple

from coffeeshop.lessons.authoring.ablations import mutants_without_line
from coffeeshop.lessons.authoring.assertions import faults
from coffeeshop.lessons.authoring.backdoors import Backdoor, backdoors, find_unseen_door
from coffeeshop.lessons.authoring.equivalent_mutants import rewrites
from coffeeshop.lessons.authoring.key_denies import key_denies
from coffeeshop.lessons.authoring.mutants import Mutant, mutants
from coffeeshop.lessons.authoring.verdict import JudgedPlay, is_about
from coffeeshop.lessons.check_kinds import CheckKind, FindingKind
from coffeeshop.lessons.grading.administering import POLICY_ACTIONS
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Finding, Proof, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.spoilers import SOLUTION_FILE
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Excess, Level, Place, Problem, Problems
from coffeeshop.shop.want import Ticket

FIRST_EXCESS = 1  # excess of each session, which is enough to see a lost star
ALL_CASES = slice(None)  # all cases
WIDENING_FAMILIES = (
    "add",
    "widen",
    "loosen",
)  # families whose witness must be a newly allowed request


class Tally(Struct, frozen=True):
    """The number of cases of each kind.

    `different` mutants changed access. `within` counts mutants that kept every star because their changes are
    within needed and slack. `equivalent` mutants changed no access. `rewrites` and `open` count rewrites and
    backdoors.
    """

    different: int = 0
    within: int = 0
    equivalent: int = 0
    rewrites: int = 0
    open: int = 0

    def __add__(self, other_tally: Tally) -> Tally:
        """Return the sum of both."""
        return Tally(
            *(
                own_number + other_number
                for own_number, other_number in zip(
                    astuple(self), astuple(other_tally), strict=True
                )
            )
        )


# The cases tried, and the grader's errors.
Found: TypeAlias = tuple[Tally, tuple[Problem, ...]]
Case: TypeAlias = Callable[[], Found]  # one change of the solution. A call grades it


def grade_mutants(
    scenario: Scenario, most: int | None = None, part: slice = ALL_CASES
) -> Found:
    """Grade every mutant and rewrite of the solution, and return the tally and a Problem for each error of the grader.

    `most` limits the mutants, the backdoors and the key Denies, each evenly spread (None: no limit). `part` selects cases by their places.
    """
    try:
        own_cases = all_cases(scenario, most)[part]
    except Problems as unreadable:
        return Tally(), unreadable.problems
    return total_findings(case() for case in own_cases)


def total_findings(parts: Iterable[Found]) -> Found:
    """Return the sum of several results, with their problems in order."""
    tallies, problems = tuple(zip(*parts, strict=True)) or ((), ())
    return sum(tallies, Tally()), tuple(chain.from_iterable(problems))


@lru_cache(maxsize=1)
def all_cases(scenario: Scenario, most: int | None) -> tuple[Case, ...]:
    """Return every case of a scenario, not yet graded, the slowest first so that parallel workers end together.

    Raise Problems where the solution can't be read.
    """
    play = run_play(scenario, scenario.solution, SOLUTION_FILE)
    solved = JudgedPlay(play)
    changed = evenly_spread(
        (*mutants(play), *mutants_without_line(scenario, scenario.solution)), most
    )
    broken = (
        *faults.single_fault_sets(scenario),
        *faults.drawn_sets(scenario, faults.MORE_SEEDS),
    )
    return (
        *(partial(_judge_faults, scenario, broken_set) for broken_set in broken),
        *(partial(_judge_rewrite, broken_set, solved) for broken_set in rewrites(play)),
        *(partial(_judge_mutant, broken_set, solved) for broken_set in changed),
        *(
            partial(_judge_backdoor, backdoor)
            for backdoor in evenly_spread((*backdoors(play),), most)
        ),
        *(
            partial(_judge_key_deny, denied)
            for denied in evenly_spread((*key_denies(play),), most)
        ),
    )


def _judge_mutant(mutant: Mutant, solved: JudgedPlay) -> Found:
    """Grade a mutant, and count it by its kind."""
    judged = JudgedPlay(mutant.play, FIRST_EXCESS)
    if not judged.differs_from(solved):
        return Tally(equivalent=1), tuple(_find_difference(mutant, judged, solved))
    if judged.is_harmless_beside(solved):
        return Tally(within=1), tuple(_find_difference(mutant, judged, solved))
    return Tally(different=1), tuple(_missed_change_problems(mutant, judged, solved))


def _judge_backdoor(backdoor: Backdoor) -> Found:
    """Grade a backdoor."""
    return Tally(open=1), tuple(find_unseen_door(backdoor))


def _judge_key_deny(mutant: Mutant) -> Found:
    """Grade a Deny of a key that a job's requests can carry: it must cost the first star."""
    stars = grade(mutant.play).stars
    if stars == 0:
        return Tally(different=1), ()
    return Tally(), (
        _problem(mutant, f"this mutant removes part of a job, but earns {stars} stars"),
    )


def _judge_rewrite(mutant: Mutant, solved: JudgedPlay) -> Found:
    """Grade a rewrite, which must change nothing."""
    judged = JudgedPlay(mutant.play, FIRST_EXCESS)
    # A rewrite can take access only from an administrator.
    is_same = not judged.differs_from(solved) or judged.is_harmless_beside(solved)
    return Tally(rewrites=1), tuple(
        _find_difference(mutant, judged, solved)
        if is_same
        else _missed_change_problems(mutant, judged, solved)
    )


def _judge_faults(scenario: Scenario, broken: faults.Broken) -> Found:
    """Try a set of faults."""
    return Tally(), tuple(faults.find_mending_problems(scenario, broken))


T = TypeVar("T")


def evenly_spread(rows: Sequence[T], most: int | None) -> Sequence[T]:
    """Return at most `most` of the rows, evenly spread. None returns all."""
    if most is None:
        return rows
    return rows[:: max(1, -(-len(rows) // most))]


# ------------------------------------------------------------------- judgement
def _problem(mutant: Mutant, message: str) -> Problem:
    """Return the problem that the grader judges a mutant wrongly."""
    return Problem(
        Level.ERROR,
        "grader",
        Place(f"mutant {mutant.family}"),
        f"{mutant.note}: {message}",
        "fix the grader",
    )


def _find_difference(
    mutant: Mutant, judged: JudgedPlay, solved: JudgedPlay
) -> Iterator[Problem]:
    """Yield a problem where an equivalent mutant has other stars, points or findings than the solution."""
    got = judged.report
    solved_report = solved.report
    if (got.stars, got.score, [f.key for f in got.findings]) != (
        solved_report.stars,
        solved_report.score,
        [f.key for f in solved_report.findings],
    ):
        keys = ", ".join(finding.key for finding in got.findings)
        yield _problem(
            mutant,
            f"this mutant changes nothing that matters, but earns {got.stars} stars ({keys})",
        )


def _missed_change_problems(
    mutant: Mutant, judged: JudgedPlay, solved: JudgedPlay
) -> Iterator[Problem]:
    """Yield the problems of grading a mutant that decides differently from the solution.

    It must lose a star. Its first finding must name someone whose access changed, and a request that
    proves it.
    """
    first = judged.first_finding
    if first is None:
        yield _problem(
            mutant,
            f"this mutant keeps three stars, although it changes what {_changed_people(judged, solved)} can do",
        )
        return
    if not _names_somebody(first, judged, solved) and not _names_somebody(
        judged.report.findings[0], judged, solved
    ):
        yield _problem(
            mutant,
            f"the first finding {first.key} doesn't name any of {_changed_people(judged, solved)}",
        )
    if mutant.family in WIDENING_FAMILIES and not all(
        _is_newly_allowed(proof, solved) for proof in _proofs(first)
    ):
        yield _problem(mutant, f"the example request of {first.key} was allowed before")


def _names_somebody(finding: Finding, judged: JudgedPlay, solved: JudgedPlay) -> bool:
    """Return whether a finding names a person whose access changed.

    These pass: a practice finding, a resource without an administrator, what the whole account lost, a refused request
    that works by calls of a job, such as in a function with another role, and a mutant that changes no one's access.
    """
    if finding.kind is FindingKind.LOCKED_OUT:
        kind = finding.checks[0].subject.partition("/")[0]
        if kind in POLICY_ACTIONS:
            return True
    if finding.key == f"{FindingKind.LOST}:account/{judged.play.account.id}":
        return True
    if any(ticket.needs_detour for ticket in finding.checks[0].pieces(Ticket)):
        return True
    named = (person for person in judged.everybody(solved) if is_about(finding, person))
    about = finding.kind is FindingKind.PRACTICE or any(
        judged.has_changed_for(solved, person) for person in named
    )
    return about or not any(judged.changed_people(solved))


def _changed_people(judged: JudgedPlay, solved: JudgedPlay) -> str:
    """Return the names of the people whose access changed."""
    return ", ".join(judged.changed_people(solved))


def _proofs(finding: Finding) -> Iterator[Proof]:
    """Yield the proofs of excess in a finding."""
    checks = (check for check in finding.checks if check.kind is CheckKind.EXCESS)
    return (proof for check in checks for proof in check.pieces(Proof))


def _is_newly_allowed(proof: Proof, solved: JudgedPlay) -> bool:
    """Return whether the solution denies the first witness of a proof in the same kind of session."""
    excess = proof.found[0]
    if not isinstance(excess, Excess):
        return True
    before = next(
        (
            session.standing
            for session in solved.trial.all_possible_sessions(proof.who)
            if session.badge == proof.badge
        ),
        None,
    )
    return before is None or not isinstance(authorize(before, excess.witness), Allowed)
