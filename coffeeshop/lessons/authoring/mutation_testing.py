"""Mutation testing of the grader: a scenario's solution, changed a little in every way, and graded again.

A mutant that changes what anybody can do, or how a practice rule answers, must lose a star, and its first finding must
name a person who is touched; one that widens must be shown by a request that only the mutant allows. An equivalent
mutant or rewrite must keep stars, points and findings. Whether a mutant is *different* is decided by comparing the
sessions of every person, both ways, not by the grade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import astuple

from coffeeshop.lessons.authoring.ablations import left_out
from coffeeshop.lessons.authoring.assertions import faults
from coffeeshop.lessons.authoring.backdoors import Backdoor, backdoors, find_unseen_door
from coffeeshop.lessons.authoring.equivalent_mutants import rewrites
from coffeeshop.lessons.authoring.mutants import Mutant, mutants
from coffeeshop.lessons.authoring.verdict import Judged, is_about
from coffeeshop.lessons.model import Finding, Proof, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.spoilers import SOLUTION
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Excess, Level, Place, Problem, Problems

FIRST = (
    1  # excess of each session is enough to know that a mutant loses its star, and by what
)
ALL = slice(None)  # all cases
WIDER = ("add", "widen", "loosen")  # families whose witness must lie in what they added


class Tally(Struct, frozen=True):
    """How many mutants were different, how many of those lost no star (but stay within needed and slack), how many
    were equivalent, how many rewrites were tried, and how many doors were left open to somebody else.
    """

    different: int = 0
    within: int = 0
    equivalent: int = 0
    rewrites: int = 0
    open: int = 0

    def __add__(self, other_tally: Tally) -> Tally:
        """Counts both."""
        return Tally(
            *(
                own_number + other_number
                for own_number, other_number in zip(
                    astuple(self), astuple(other_tally), strict=True
                )
            )
        )


Found: TypeAlias = tuple[
    Tally, tuple[Problem, ...]
]  # what was tried, and what the grader got wrong
Case: TypeAlias = Callable[
    [], Found
]  # one change of the solution, graded when it is called


def attack(scenario: Scenario, most: int | None = None, part: slice = ALL) -> Found:
    """Grade every mutant and rewrite of the solution: the tally, and a Problem for each that the grader got wrong. `most`
    is how many mutants are graded at most, evenly spread (None: all), `part` which of the cases, by their places.
    """
    try:
        own_cases = cases(scenario, most)[part]
    except Problems as unreadable:
        return Tally(), unreadable.problems
    return total(case() for case in own_cases)


def total(parts: Iterable[Found]) -> Found:
    """Returns what was found of several cases, in their order, as of one."""
    tallies, problems = tuple(zip(*parts, strict=True)) or ((), ())
    return sum(tallies, Tally()), tuple(chain.from_iterable(problems))


@lru_cache(maxsize=1)
def cases(scenario: Scenario, most: int | None) -> tuple[Case, ...]:
    """Returns every case of a scenario, made and not yet graded, those that take longest first: so nobody waits for the last.
    Raises Problems: its solution cannot be read.
    """
    play = run_play(scenario, scenario.solution, SOLUTION)
    solved = Judged(play)
    changed = spread((*mutants(play), *left_out(scenario, scenario.solution)), most)
    broken = (*faults.alone(scenario), *faults.drawn_sets(scenario, faults.MORE))
    return (
        *(partial(_faulty, scenario, broken_set) for broken_set in broken),
        *(partial(_judge_rewrite, broken_set, solved) for broken_set in rewrites(play)),
        *(partial(_judge_mutant, broken_set, solved) for broken_set in changed),
        *(partial(_judge_backdoor, broken_set) for broken_set in backdoors(play)),
    )


def _judge_mutant(mutant: Mutant, solved: Judged) -> Found:
    judged = Judged(mutant.play, FIRST)
    if not judged.differs(solved):
        return Tally(equivalent=1), tuple(_find_difference(mutant, judged, solved))
    if judged.harmless(solved):
        return Tally(within=1), tuple(_find_difference(mutant, judged, solved))
    return Tally(different=1), tuple(_caught(mutant, judged, solved))


def _judge_backdoor(backdoor: Backdoor) -> Found:
    return Tally(open=1), tuple(find_unseen_door(backdoor))


def _judge_rewrite(mutant: Mutant, solved: Judged) -> Found:
    judged = Judged(mutant.play, FIRST)
    # What only an administrator lacks harms nobody.
    is_same = not judged.differs(solved) or judged.harmless(solved)
    return Tally(rewrites=1), tuple(
        _find_difference(mutant, judged, solved)
        if is_same
        else _caught(mutant, judged, solved)
    )


def _faulty(scenario: Scenario, broken: faults.Broken) -> Found:
    return Tally(), tuple(faults.find_mending_problems(scenario, broken))


T = TypeVar("T")


def spread(rows: Sequence[T], most: int | None) -> Sequence[T]:
    """Returns at most so many of the rows, each as far from the next."""
    if most is None:
        return rows
    return rows[:: max(1, -(-len(rows) // most))]


# ------------------------------------------------------------------- judgement
def _problem(mutant: Mutant, message: str) -> Problem:
    return Problem(
        Level.ERROR,
        "grader",
        Place(f"mutant {mutant.family}"),
        f"{mutant.note}: {message}",
        "mend the grader",
    )


def _find_difference(mutant: Mutant, judged: Judged, solved: Judged) -> Iterator[Problem]:
    got = judged.report
    solved_report = solved.report
    if (got.stars, got.score, [f.key for f in got.findings]) != (
        solved_report.stars,
        solved_report.score,
        [f.key for f in solved_report.findings],
    ):
        keys = ", ".join(finding.key for finding in got.findings)
        yield _problem(
            mutant, f"changes nothing that matters, and earns {got.stars} stars ({keys})"
        )


def _caught(mutant: Mutant, judged: Judged, solved: Judged) -> Iterator[Problem]:
    first = judged.first
    if first is None:
        yield _problem(
            mutant,
            f"survives with three stars; {_changed_people(judged, solved)} can do something else",
        )
        return
    if not _names_somebody(first, judged, solved) and not _names_somebody(
        judged.report.findings[0], judged, solved
    ):
        yield _problem(
            mutant,
            f"its first finding {first.key} names nobody of {_changed_people(judged, solved)}",
        )
    if mutant.family in WIDER and not all(
        _is_news(proof, solved) for proof in _proofs(first)
    ):
        yield _problem(mutant, f"the witness of {first.key} is no news")


def _names_somebody(finding: Finding, judged: Judged, solved: Judged) -> bool:
    """Tells whether a finding is about one of those who are touched, if anybody is; one of practice need not be."""
    named = (person for person in judged.everybody(solved) if is_about(finding, person))
    about = finding.kind == "practice" or any(
        judged.has_changed_for(solved, person) for person in named
    )
    return about or not any(judged.changed_people(solved))


def _changed_people(judged: Judged, solved: Judged) -> str:
    return ", ".join(judged.changed_people(solved))


def _proofs(finding: Finding) -> Iterator[Proof]:
    checks = (check for check in finding.checks if check.kind == "only")
    return (proof for check in checks for proof in check.pieces(Proof))


def _is_news(proof: Proof, solved: Judged) -> bool:
    """Tells whether the first witness of a proof was refused in the solution's own session of that badge."""
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
