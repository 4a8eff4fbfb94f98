"""What an author may rely on: each assertion that makes a scenario its own proof, as a row of a table.

The full verdict is asserted, not a boolean: the untouched world earns nothing, the solution everything, and each
tempting wrong answer exactly its findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from coffeeshop.account.model import Act, Call
from coffeeshop.account.sessions import mint
from coffeeshop.lessons.grade import grade, open_shop
from coffeeshop.lessons.model import Play, Report, Scenario, Wrong
from coffeeshop.lessons.run import run_play
from coffeeshop.lessons.script import run_script
from coffeeshop.lessons.verdicts import unequal
from coffeeshop.policy.model import Level, Place, Problem
from coffeeshop.shop.serve import absence, serve
from coffeeshop.shop.want import Mode

SAY_LIMIT = 90  # characters of a check's sentence
CALL_LIMIT = 60  # calls of a wrong answer
WRONGS = 3  # at least
RUNGS = 3  # of a hint ladder
ALL = re.compile(r"\b(any|all|every|each)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that `author check` asserts of a scenario, in a sentence."""

    say: str
    faults: Callable[[Scenario], Iterator[Problem]]


def _fault(file: str, text: str, mend: str, code: str = "author") -> Problem:
    return Problem(Level.ERROR, code, Place(file), text, mend)


def _graded(scenario: Scenario, text: str, name: str) -> tuple[Play, Report] | tuple[Problem, ...]:
    played = run_play(scenario, text, name)
    return (played, grade(played)) if isinstance(played, Play) else played


# ------------------------------------------------------------------ assertions
def _sentences(scenario: Scenario) -> Iterator[Problem]:
    seen: set[str] = set()
    for want in scenario.wants:
        if want.say in seen and not want.quiet:
            yield _fault(
                "scenario.toml", f"two checks say “{want.say}”", "each sentence is its own; {Who} stands for the name"
            )
        if len(want.say) > SAY_LIMIT or "must be able to" in want.say:
            yield _fault(
                "scenario.toml",
                f"“{want.say}” is no plain sentence",
                f"at most {SAY_LIMIT} characters, without “must be able to”",
            )
        if want.covers and not ALL.search(want.say):
            yield _fault("scenario.toml", f"“{want.say}” covers more than its call", "say any, all, every or each")
        seen.add(want.say)


def _named(scenario: Scenario) -> Iterator[Problem]:
    """Every person and resource that a check uses stands in the story."""
    for want in scenario.wants:
        names = {want.who.rpartition("/")[2], want.via} | set(
            re.findall(r"--(?:bucket|table-name|queue-name|key) ([\w./-]+)", " ".join(want.do))
        )
        for name in sorted(names - {""}):
            if name.lower() not in scenario.story.lower() and not want.quiet:
                yield _fault(
                    "scenario.toml, story", f"the story does not speak of {name}, which {want.id} uses", "tell it"
                )


def _readable(scenario: Scenario) -> Iterator[Problem]:
    """A refusal whose line nobody can read would hold for ever."""
    match _graded(scenario, scenario.solution, "solution.sh"):
        case (Play() as play, Report()):
            for ticket in open_shop(play):
                if ticket.missing and ticket.missing != absence(play.account, ticket.want):
                    said = f"a line of {ticket.want.id} cannot be read: {ticket.missing}"
                    yield _fault("scenario.toml", said, "write the line as the solved shop can run it")
        case _:
            pass


def _untouched(scenario: Scenario) -> Iterator[Problem]:
    report = grade(Play(scenario))
    if report.stars or report.score or not report.findings:
        said = f"the untouched world earns {report.stars} stars and {report.score} points"
        yield _fault("world.sh", said, "something must be wrong at the start")


def solutions(scenario: Scenario) -> dict[str, str]:
    """The full solutions by file name: the reference one, and those under alt/."""
    others = {name: body.decode("utf-8", "replace") for name, body in scenario.files.items() if name.startswith("alt/")}
    return {"solution.sh": scenario.solution, **others}


def _solved(scenario: Scenario) -> Iterator[Problem]:
    for name, text in solutions(scenario).items():
        match _graded(scenario, text, name):
            case (Play() as play, Report() as report):
                yield from _perfect(name, play, report)
            case problems:
                yield from problems


def _perfect(name: str, play: Play, report: Report) -> Iterator[Problem]:
    if report.stars != 3 or report.score != 100 or report.findings:
        keys = ", ".join(finding.key for finding in report.findings)
        yield _fault(
            name, f"earns {report.stars} stars and {report.score} points ({keys})", "a solution earns 3 and 100"
        )
    for outcome in play.outcomes:
        if not outcome.allowed:
            yield _fault(name, f"a call is refused: {outcome.answer}", "a solution runs without errors")


def _wrongs(scenario: Scenario) -> Iterator[Problem]:
    if len(scenario.wrongs) < WRONGS:
        yield _fault(
            "scenario.toml", f"there are {len(scenario.wrongs)} wrong answers", f"at least {WRONGS} tempting ones"
        )
    for wrong in scenario.wrongs:
        match _graded(scenario, scenario.files[wrong.script].decode("utf-8", "replace"), wrong.script):
            case (Play() as play, Report() as report):
                yield from _exactly(wrong, play, report)
            case problems:
                yield from problems


def _exactly(wrong: Wrong, play: Play, report: Report) -> Iterator[Problem]:
    found = {finding.key for finding in report.findings}
    if (report.stars, found) != (wrong.stars, wrong.findings):
        said = f"earns {report.stars} stars and {_keys(found)}, declared are {wrong.stars} and {_keys(wrong.findings)}"
        yield _fault(wrong.script, said, "declare what it earns, or change what it does")
    if len(play.outcomes) > CALL_LIMIT:
        yield _fault(wrong.script, f"it makes {len(play.outcomes)} calls", f"at most {CALL_LIMIT}")


def _keys(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)) or "no finding"


def _minimal(scenario: Scenario) -> Iterator[Problem]:
    """Dropping any line of the solution costs a star, unless it is marked optional."""
    steps = tuple(run_script(scenario.opening, scenario.solution, scenario.now, scenario.files, scenario.desk[0]))
    for step in steps:
        rest = "\n".join(other.line for other in steps if other is not step)
        match _graded(scenario, rest, "solution.sh"):
            case (Play(), Report(stars=3)) if not step.optional:
                said = f"line {step.number} changes nothing: {step.line[:60]}"
                yield _fault("solution.sh", said, "drop it, or write `#@ optional: why` above it")
            case _:
                pass


def _administrators(scenario: Scenario) -> Iterator[Problem]:
    """Everything for everyone graded earns no star."""
    if scenario.people.graded and any(want.mode is Mode.NEVER for want in scenario.wants):
        report = grade(
            _with_policy(
                scenario, '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
            )
        )
        if report.stars:
            yield _fault(
                "scenario.toml",
                f"AdministratorAccess for everyone earns {report.stars} stars",
                "add the refusal it breaks",
            )


def _denied(scenario: Scenario) -> Iterator[Problem]:
    """Denying everything to everyone graded earns nothing."""
    if scenario.people.graded:
        report = grade(
            _with_policy(
                scenario, '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
            )
        )
        if report.stars or report.score:
            yield _fault("scenario.toml", f"denying everything earns {report.score} points", "add the job it breaks")


def _with_policy(scenario: Scenario, document: str) -> Play:
    """The untouched world with one inline policy on everyone graded, put there by root."""
    account, caller = mint(scenario.opening, scenario.opening.root_arn, "key", scenario.now)
    play = Play(replace(scenario, opening=account))
    for who in scenario.people.graded:
        parameters = {"UserName": who, "PolicyName": "trial", "PolicyDocument": document}
        play = play.do(Act(play.now, caller, Call("iam", "PutUserPolicy", parameters)))
    return play


def _ladders(scenario: Scenario) -> Iterator[Problem]:
    """Three rungs for every wrong answer's first finding; the first holds no policy text."""
    for wrong in scenario.wrongs:
        for key in sorted(wrong.findings):
            hint = next((h for h in scenario.hints if any(fnmatchcase(key, glob) for glob in h.on)), None)
            if hint is not None and len(hint.text) != RUNGS:
                yield _fault("scenario.toml, hint", f"the ladder for {key} has {len(hint.text)} rungs", "write three")
            if hint is not None and ("{" in hint.text[0] or "arn:" in hint.text[0]):
                yield _fault("scenario.toml, hint", f"rung 1 for {key} holds policy text", "ask a question")


def _quizzes(scenario: Scenario) -> Iterator[Problem]:
    for quiz in scenario.quizzes:
        ticket = serve(scenario.opening, quiz.want, scenario.now)
        if ticket.decision is None:
            said = f"“{quiz.want.say}” has no decision: {ticket.missing or ticket.stopped}"
            yield _fault("scenario.toml, quiz", said, "ask something that AWS decides by policies")


def _misconceptions(scenario: Scenario) -> Iterator[Problem]:
    carried = {wrong.misconception for wrong in scenario.wrongs}
    for name in scenario.misconceptions:
        if name not in carried:
            yield _fault("scenario.toml, misconceptions", f"{name} is carried by no wrong answer", "give it to one")


ASSERTIONS: tuple[Assertion, ...] = (
    Assertion("Every check is one plain sentence of its own", _sentences),
    Assertion("The story speaks of everything that a check uses", _named),
    Assertion("Every line of a check can be read", _readable),
    Assertion("The untouched world earns nothing", _untouched),
    Assertion("Every solution earns three stars and 100 points, and runs without errors", _solved),
    Assertion("Each wrong answer earns exactly its findings", _wrongs),
    Assertion("No line of the solution can be left out", _minimal),
    Assertion("AdministratorAccess for everyone earns no star", _administrators),
    Assertion("Denying everything earns nothing", _denied),
    Assertion("Hints have three rungs, and the first only asks", _ladders),
    Assertion("Every quiz can be asked", _quizzes),
    Assertion("Twenty variants of the names earn the same verdicts", unequal),
    Assertion("Every misconception is carried by a wrong answer", _misconceptions),
)


def check(scenario: Scenario) -> tuple[Problem, ...]:
    """Everything that does not hold, each with its file and its mend."""
    return tuple(problem for row in ASSERTIONS for problem in row.faults(scenario))
