"""Assert properties of a library of faults: each one breaks only its own check, and sets can be fixed in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.authoring.assertions.attempts import assertion_problem, form_of
from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.grade import iterate_checks
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.drawn import (
    FAULT_PLACE_PATTERN,
    FAULTS_FOLDER,
    MEND_SCRIPT,
    Fault,
    draw_faults,
    fault_library,
    with_faults,
)
from coffeeshop.lessons.scenario.load import build_scenario
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, ScenarioForm, read_form
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem, Problems

FEW_SEEDS = range(1, 4)  # seeds of the sets that are always tried
MORE_SEEDS = range(4, 21)  # seeds of the sets that are tried with the mutants


class Broken(Struct, frozen=True):
    """A set of faults with its name. `mends` are the same faults in the order in which they are fixed."""

    what: str
    faults: tuple[Fault, ...]
    mends: tuple[Fault, ...]


def drawn_sets_are_sound(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every fault of a drawn set shows, and that the fixes earn three stars in any order."""
    yield from _find_placing_problems(scenario)
    for broken in drawn_sets(scenario, FEW_SEEDS):
        yield from find_mending_problems(scenario, broken)


def _find_placing_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for a library that is missing or unused, for unknown names, and for scripts without the
    directives.
    """
    form = form_of(scenario)
    is_there = any(path.startswith(FAULTS_FOLDER) for path in scenario.files)
    if form.faults and not scenario.source:
        message = f"the scenario asks for {form.faults.draw} faults, but has none"
        yield assertion_problem(
            f"{SCENARIO_FILE}, faults",
            message,
            f"add folders to {FAULTS_FOLDER}, or remove [faults]",
        )
    elif is_there and not form.faults:
        yield assertion_problem(
            FAULTS_FOLDER,
            "the faults in this folder are never used",
            "write how many to use, such as draw = 2 in [faults], or delete the folder",
        )
    if form.faults and scenario.source:
        names = [each_fault.name for each_fault in fault_library(scenario.source)]
    else:
        names = []
    for script in (
        path
        for path in scenario.source
        if path.endswith(".sh") and not path.startswith(FAULTS_FOLDER)
    ):
        for match in FAULT_PLACE_PATTERN.finditer(
            scenario.source[script].decode("utf-8", "replace")
        ):
            if match["but"] and match["but"] not in names:
                mend = suggest_name(match["but"], names, "name a folder in faults/")
                yield assertion_problem(
                    script, f"`{match[0]}`: there is no fault with that name", mend
                )
    if scenario.source:
        places = ((form.world.script, "breaks"), (form.solution.script, "mends"))
    else:
        places = ()
    for script, mark in places:
        if not any(
            match["what"] == mark
            for match in FAULT_PLACE_PATTERN.finditer(
                scenario.source[script].decode("utf-8", "replace")
            )
        ):
            yield assertion_problem(
                script,
                f"the script has no line `#@ {mark}`",
                "write it where the faults' lines belong",
            )


def drawn_sets(scenario: Scenario, seeds: Iterable[int]) -> Iterator[Broken]:
    """Yield the sets that a scenario draws by these seeds. A scenario without faults has none."""
    asked_faults = form_of(scenario).faults
    if asked_faults is None or not scenario.source:
        return
    for seed in seeds:
        faults = draw_faults(fault_library(scenario.source), asked_faults.draw, seed)
        mixed = sorted(
            faults, key=lambda fault: sha256(f"mends {seed} {fault.name}".encode()).digest()
        )
        yield Broken(f"the set of variant {seed}", tuple(faults), tuple(mixed))


def single_fault_sets(scenario: Scenario) -> Iterator[Broken]:
    """Yield each fault of the library alone."""
    return (
        Broken(fault.name, (fault,), (fault,)) for fault in fault_library(scenario.source)
    )


def find_mending_problems(scenario: Scenario, broken_set: Broken) -> Iterator[Problem]:
    """Yield a problem where a scenario with these faults fails other checks than theirs, or isn't solved by their
    fixes.
    """
    files = with_faults(scenario.source, broken_set.faults)
    form = read_form(files[SCENARIO_FILE].decode())
    try:
        broken = replace(
            build_scenario(form, scenario.id, files, 0), in_proof=scenario.in_proof
        )
        mended = JudgedPlay(
            run_play(
                broken,
                "\n".join(each_fault.mends for each_fault in broken_set.mends),
                MEND_SCRIPT,
            )
        )
    except Problems as found:
        yield from found.problems
        return
    failing = {
        _short(c.id)
        for c in iterate_checks(Trial(Play(broken)), kind_to_skip=CheckKind.EXCESS)
        if c.passed is False
    }
    own_checks = _checks(form) - _checks(form_of(scenario, scenario.source))
    if failing != own_checks:
        message = f"{broken_set.what} fails {', '.join(sorted(failing)) or 'no check'}, but should fail {', '.join(sorted(own_checks))}"
        yield assertion_problem(
            FAULTS_FOLDER, message, "break exactly what the fault's own checks are about"
        )
    if mended.first_failed_check or not all(
        outcome.has_succeeded for outcome in mended.play.outcomes
    ):
        keys = (
            ", ".join(finding.key for finding in mended.report.findings)
            or "a call is refused"
        )
        message = f"{broken_set.what} earns only {mended.report.stars} stars after its fix ({keys})"
        yield assertion_problem(
            FAULTS_FOLDER, message, f"fix the fault completely in {MEND_SCRIPT}"
        )


def _checks(form: ScenarioForm) -> set[str]:
    """Return the ids of the refusals and practice rules in a form."""
    return {CheckKind.REFUSAL.id_of(row.id) for row in form.refuse} | {
        CheckKind.PRACTICE.id_of(row["rule"]) for row in form.practice
    }


def _short(check: str) -> str:
    """Return the id of a check without its person."""
    return check.partition("@")[0]
