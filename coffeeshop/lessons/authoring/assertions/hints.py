"""Assert properties of the hints: three for each finding. The first is a question, and a last one that is a file solves
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from msgspec.structs import replace

from coffeeshop.account.model import Act
from coffeeshop.lessons.authoring.assertions.attempts import answers, assertion_problem
from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Finding, Play, Scenario
from coffeeshop.lessons.play.script import run_script
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.policy.model import Problem

HINTS_OF_A_FINDING = 3  # hints of a finding
POLICY_TEXT_PATTERN = re.compile(
    r"[{}]|\barn:|\b[a-z0-9-]+:[A-Z*]"
)  # braces, ARNs, actions
BLANK_PATTERN = re.compile("_{3,}")


def findings_have_three_hints(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every finding has three hints, the first without policy text.

    These are all written hints, and those of each wrong answer's first finding.
    """
    place = f"{SCENARIO_FILE}, hint"
    written = {hint.text: ", ".join(hint.on) for hint in scenario.hints}
    read = {
        f.hints: f.key
        for judged in answers(scenario).wrongs.values()
        for f in judged.report.findings[:1]
    }
    for hints, keys in {**written, **read}.items():
        if len(hints) != HINTS_OF_A_FINDING:
            yield assertion_problem(
                place, f"the finding {keys} has {len(hints)} hints", "write three hints"
            )
        if POLICY_TEXT_PATTERN.search(hints[0]):
            yield assertion_problem(
                place,
                f"the first hint for {keys} contains policy text",
                "ask a question instead",
            )


def last_hints_solve(scenario: Scenario) -> Iterator[Problem]:
    """Assert that a last hint that is a file removes the finding when its blanks have the solution's values.

    If it is the only finding, the play must gain a star.
    """
    all_answers = answers(scenario)
    files = {scenario.text(name): name for name in scenario.files}
    for script, judged in all_answers.wrongs.items():
        first = next(iter(judged.report.findings), None)
        name = files.get(first.hints[-1]) if first else None
        if (
            first
            and name
            and all_answers.solved_play
            and not _helps(judged, all_answers.solved_play, first)
        ):
            message = (
                f"the last hint for {first.key}, {name}, doesn't fix the answer {script}"
            )
            yield assertion_problem(
                f"{SCENARIO_FILE}, hint",
                message,
                "use the policy that the answer needs, with blanks at most",
            )


def _helps(wrong: JudgedPlay, solved: JudgedPlay, finding: Finding) -> bool:
    """Return whether the finding's last hint, filled in as in the solution, removes the finding or gains a star."""
    last_hint = finding.hints[-1]
    if _is_document(last_hint):
        filled = dict.fromkeys(
            text
            for act in solved.play.acts
            for text in _documents(act)
            if _is_filled_form(last_hint, text)
        )
        tries = (
            play
            for text in filled
            for play in _plays_with_document(wrong.play, solved.play, text)
        )
    else:
        tries = _continued_play(wrong.play, last_hint)
    after = map(grade, tries)  # lazily, until one helps
    if len(wrong.report.findings) == 1:
        return any(report.stars > wrong.report.stars for report in after)
    keys = ({other_finding.key for other_finding in report.findings} for report in after)
    return any(finding.key not in left_keys for left_keys in keys)


def _continued_play(wrong: Play, script: str) -> Iterator[Play]:
    """Yield the wrong answer followed by the lines of a script."""
    scenario = wrong.scenario
    steps = run_script(wrong.account, script, wrong.now, scenario.files, scenario.desk[0])
    yield replace(
        wrong,
        outcomes=(
            *wrong.outcomes,
            *(outcome for step in steps for outcome in step.outcomes),
        ),
    )


def _is_document(text: str) -> bool:
    """Return whether a text is a JSON document."""
    return text.lstrip().startswith("{")


def _plays_with_document(wrong: Play, solved: Play, document: str) -> Iterator[Play]:
    """Yield the wrong answer with a document of the solution.

    First the solution's calls with it follow the answer. Then it replaces each of the answer's own documents
    in turn.
    """
    solution_acts = (act for act in solved.acts if document in _documents(act))
    yield _perform_acts(wrong, (*wrong.acts, *solution_acts))
    for place, act in enumerate(wrong.acts):
        before = wrong.acts[:place]
        after = wrong.acts[place + 1 :]
        for own_document in _documents(act):
            yield _perform_acts(
                wrong, (*before, _act_with_document(act, own_document, document), *after)
            )


def _perform_acts(wrong: Play, acts: tuple[Act, ...]) -> Play:
    """Return the play of these acts, each at its time or later."""
    play = Play(wrong.scenario)
    for act in acts:
        play = play.do(replace(act, at=max(play.now, act.at)))
    return play


def _documents(act: Act) -> tuple[str, ...]:
    """Return the JSON documents among an act's parameters."""
    values = act.call.parameters.values()
    return tuple(
        value for value in values if isinstance(value, str) and _is_document(value)
    )


def _act_with_document(act: Act, own_document: str, document: str) -> Act:
    """Return the act with one document replaced by another."""
    parameters = {
        key: document if value == own_document else value
        for key, value in act.call.parameters.items()
    }
    return replace(act, call=replace(act.call, parameters=parameters))


def _is_filled_form(blank: str, text: str) -> bool:
    """Return whether a document is equal to another one with its blanks filled in, apart from white space."""
    message, pattern = ("".join(each.split()) for each in (text, blank))
    return fnmatchcase(
        message, BLANK_PATTERN.sub("*", re.sub(r"([*?\[])", r"[\1]", pattern))
    )
