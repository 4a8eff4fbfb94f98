"""Assert the stars of each answer: none for the untouched world, three for a solution, the declared ones for a wrong
answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.api.parameters import parameter_faults
from coffeeshop.account.command import script_lines
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.authoring.ablations import (
    mutants_without_grant,
    mutants_without_line,
    script_steps,
    solution_without_optional_lines,
)
from coffeeshop.lessons.authoring.assertions.attempts import (
    Answers,
    answers,
    assertion_problem,
    form_of,
)
from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.model import Scenario, Wrong
from coffeeshop.lessons.play.script import Step, run_play
from coffeeshop.lessons.play.spoilers import SOLUTION_FILE
from coffeeshop.lessons.play.spoilers import solutions as scripts
from coffeeshop.lessons.scenario.load import build_scenario
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.policy.model import Problem, Problems
from coffeeshop.shop.serve import missing_credential_text

CALL_LIMIT = 60  # a wrong answer makes fewer calls
MIN_WRONG_ANSWERS = 3  # the least number of wrong answers


def world_is_reproducible(scenario: Scenario) -> Iterator[Problem]:
    """Assert that two runs of the world's script give the same account."""
    form = form_of(scenario)
    try:
        # The files already have the names of the variant.
        is_same = (
            build_scenario(form, scenario.id, scenario.files, 0).opening == scenario.opening
        )
    except Problems:
        is_same = False
    if not is_same:
        yield assertion_problem(
            form.world.script,
            "the script gave two different accounts when it ran twice",
            "please report this, because it is a bug in Coffeeshop",
        )


def untouched_world_earns_nothing(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the untouched world earns no points and has a finding."""
    report = answers(scenario).untouched.report
    if report.stars or report.score or not report.findings:
        message = f"without any act, the scenario earns {report.stars} stars and {report.score} points"
        yield assertion_problem(
            "world.sh", message, "add something that is wrong at the start"
        )


# ------------------------------------------------------------------- solutions
def solutions_earn_everything(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every solution earns three stars and 100 points, without findings or errors."""
    all_answers = answers(scenario)
    yield from (
        problem
        for name in scripts(scenario)
        for problem in all_answers.unreadable.get(name, ())
    )
    for name, judged in all_answers.solutions.items():
        report = judged.report
        if report.stars != 3 or report.score != 100 or report.findings:
            message = f"it earns {report.stars} stars and {report.score} points ({_keys(f.key for f in report.findings)})"
            yield assertion_problem(
                name, message, "a solution must earn 3 stars and 100 points"
            )
        for outcome in judged.play.outcomes:
            if not outcome.has_succeeded:
                yield assertion_problem(
                    name,
                    f"a call is refused: {outcome.answer}",
                    "change the solution so that it runs without errors",
                )


def neighbours_can_be_swapped(scenario: Scenario) -> Iterator[Problem]:
    """Assert that swapping two neighbouring lines of a solution changes no verdict, if
    neither needs the other. Learners do them in any order.
    """
    for name, judged in answers(scenario).solutions.items():
        for number, turned in _swapped_scripts(scripts(scenario)[name], scenario):
            try:
                swapped_play = JudgedPlay(run_play(scenario, turned, name))
            except Problems:  # the lines depend on each other
                continue
            if _all_calls_succeed(swapped_play) and _verdict(swapped_play) != _verdict(
                judged
            ):
                keys = _keys(finding.key for finding in swapped_play.report.findings)
                message = f"if line {number} and the next one are swapped, it earns {swapped_play.report.stars} stars ({keys})"
                yield assertion_problem(
                    name,
                    message,
                    "remove checks that depend on their order, or make one line need the other",
                )


def _all_calls_succeed(judged: JudgedPlay) -> bool:
    """Return whether every call of the play succeeded."""
    return all(outcome.has_succeeded for outcome in judged.play.outcomes)


def _verdict(judged: JudgedPlay) -> object:
    """Return the checks' results and the findings' keys."""
    return [(check.id, check.passed) for check in judged.report.checks], [
        f.key for f in judged.report.findings
    ]


# Operations that act on what others changed before: they come after them.
BRINGS_INTO_FORCE = frozenset({"ProvisionPermissionSet"})


def _swapped_scripts(text: str, scenario: Scenario) -> Iterator[tuple[int, str]]:
    """Yield the script with two neighbouring lines swapped, for each pair of which neither has all the other's names."""
    rows = list(script_lines(text))
    things = {step.number: _things(step) for step in script_steps(scenario, text)}
    abouts = (things.get(number, frozenset[str]()) for number, _ in rows)
    for index, (first_names, second_names) in enumerate(pairwise(abouts)):
        if not first_names <= second_names and not second_names <= first_names:
            turned = (*rows[:index], rows[index + 1], rows[index], *rows[index + 2 :])
            yield rows[index][0], "\n".join(line for _, line in turned)


def _things(step: Step) -> frozenset[str]:
    """Return the names in the parameters of a line's calls, without documents.

    A call that brings earlier changes into force is about nothing else, so it needs the lines before it.
    """
    operations = {outcome.act.call.operation for outcome in step.outcomes}
    if operations & BRINGS_INTO_FORCE:
        return frozenset()
    values = (
        value for outcome in step.outcomes for value in outcome.act.call.parameters.values()
    )
    return frozenset(
        value
        for value in values
        if isinstance(value, str) and not value.lstrip().startswith("{")
    )


def solution_is_minimal(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the solution loses a star without any one line, Allow, membership or attachment."""
    text = solution_without_optional_lines(scenario)
    if answers(scenario).solved_play is None:
        return
    try:
        base = JudgedPlay(run_play(scenario, text, SOLUTION_FILE))
    except Problems:
        base = None
    if base is None or base.report.stars != 3:
        yield assertion_problem(
            SOLUTION_FILE,
            "the solution loses a star without its optional lines",
            "mark only lines as optional that aren't needed",
        )
        return
    for mutant in (
        *mutants_without_line(scenario, text),
        *mutants_without_grant(base.play),
    ):
        if JudgedPlay(mutant.play).first_failed_check is None:
            mend = "remove it, or write `#@ optional: why` above the line that adds it"
            yield assertion_problem(
                SOLUTION_FILE,
                f"the solution keeps its stars even if {mutant.note}",
                mend,
            )


# --------------------------------------------------------------- wrong answers
def wrong_answers_earn_as_declared(scenario: Scenario) -> Iterator[Problem]:
    """Assert that there are at least three wrong answers.

    Each earns exactly its stars and findings in few calls, and has texts that no other has. No script is left over.
    """
    if len(scenario.wrongs) < MIN_WRONG_ANSWERS:
        yield assertion_problem(
            SCENARIO_FILE,
            f"there are only {len(scenario.wrongs)} wrong answers",
            f"add at least {MIN_WRONG_ANSWERS} tempting ones",
        )
    yield from _unnamed_scripts(scenario)
    all_answers = answers(scenario)
    seen_names: dict[tuple[str, ...], str] = {}
    for wrong in scenario.wrongs:
        yield from all_answers.unreadable.get(wrong.script, ())
        if judged := all_answers.wrongs.get(wrong.script):
            yield from _declaration_problems(wrong, judged)
            words = tuple(
                f"{finding.what} {finding.why}" for finding in judged.report.findings
            )
            if (twin := seen_names.setdefault(words, wrong.script)) != wrong.script:
                said_too = f"the learner reads the same text as for {twin}"
                yield assertion_problem(
                    wrong.script,
                    said_too,
                    "remove one of them, or give it a different mistake",
                )


def _unnamed_scripts(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for each script in the folder `wrong` that no wrong answer names."""
    named = {wrong.script for wrong in scenario.wrongs}
    for name in scenario.files:
        if name.startswith("wrong/") and name.endswith(".sh") and name not in named:
            mend = f'add [[wrong]] with script = "{name}", or delete the file'
            yield assertion_problem(name, "no [[wrong]] names this script", mend)


def _declaration_problems(wrong: Wrong, judged: JudgedPlay) -> Iterator[Problem]:
    """Yield a problem where a wrong answer earns other stars or findings than declared, or makes too many calls."""
    stars = judged.report.stars
    found_keys = {finding.key for finding in judged.report.findings}
    if (stars, found_keys) != (wrong.stars, wrong.findings):
        message = f"it earns {stars} stars and {_keys(found_keys)}, but {wrong.stars} stars and {_keys(wrong.findings)} are declared"
        yield assertion_problem(
            wrong.script, message, "declare what it earns, or change what it does"
        )
    if len(judged.play.outcomes) >= CALL_LIMIT:
        yield assertion_problem(
            wrong.script,
            f"it makes {len(judged.play.outcomes)} calls",
            f"use fewer than {CALL_LIMIT}",
        )


# -------------------------------------------------------------------- all lines
def check_lines_are_readable(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the lines of all checks can be read in the solved play. An unreadable line would always be denied."""
    if solved := answers(scenario).solved_play:
        for ticket in solved.trial.tickets:
            if ticket.missing and ticket.missing != missing_credential_text(
                solved.trial.account, ticket.want
            ):
                message = f"a line in {ticket.want.id} cannot be read: {ticket.missing}"
                yield assertion_problem(
                    SCENARIO_FILE, message, "write a line that runs in the solved shop"
                )


def calls_fit_aws(scenario: Scenario) -> Iterator[Problem]:
    """Assert that AWS's API accepts the parameters of every call in wrong answers and checks."""
    for name, outcome in _calls(answers(scenario)):
        call = outcome.act.call
        row = OPERATIONS.get((call.service, call.operation))
        for message in parameter_faults(row, call.parameters) if row else ():
            yield assertion_problem(
                name,
                f"AWS doesn't accept this {call.operation} call: {message}",
                "use parameters that the API accepts",
            )


def _calls(all_answers: Answers) -> Iterator[tuple[str, Outcome]]:
    """Yield the outcomes of wrong answers and checks, each with its place."""
    for name, judged in all_answers.wrongs.items():
        yield from ((name, outcome) for outcome in judged.play.outcomes)
    for ticket in all_answers.solved_play.trial.tickets if all_answers.solved_play else ():
        yield from (
            (f"{SCENARIO_FILE}, {ticket.want.id}", outcome) for outcome in ticket.outcomes
        )


# ---------------------------------------------------------------------- pieces
def _keys(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)) or "no finding"
