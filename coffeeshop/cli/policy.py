"""The commands on policies: validate, explain, simulate, compare.

Exit codes: 0 done (or PASS), 1 the policy has errors (or FAIL, or UNDECIDED), 2 input that cannot be used.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import cast

import click

from coffeeshop import __version__
from coffeeshop.cli.problems import UNUSABLE, complain
from coffeeshop.files import STANDARD_INPUT, cut_lines, open_input, read_input
from coffeeshop.harmless import escape_hidden, escape_line, escape_surrogates
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.model import Kind, Level, Place, Policy, Problem, Problems
from coffeeshop.views.cells import width

LIMIT = 1024 * 1024  # bytes of one document
MARGIN = 60  # characters of a long line that are shown on each side of a problem
KIND = click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), default=Kind.IDENTITY.value, show_default=True,
    help="What the policy hangs on.",
)  # fmt: skip


# --------------------------------------------------------------------- reading
def _invalid(code: str, text: str) -> Problems:
    return Problems(Problem(Level.ERROR, code, Place(), text))


def _policy(name: str, kind: Kind) -> Policy:
    """The policy in a file. Raises Problems where it cannot be read; what is wrong with its text ends the command."""
    data = read_input(name, LIMIT)
    try:
        return parse(data, kind, name)
    except MalformedPolicy as wrong:
        for line in _problem_lines(name, data, wrong.problems):
            click.echo(escape_line(line), err=True)
        raise SystemExit(UNUSABLE) from None


# -------------------------------------------------------------------- validate
@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@KIND
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="json: as AWS's ValidatePolicy; sarif: SARIF 2.1.0, for code scanners and editors.",
)
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Level]),
    default=Level.ERROR.value,
    show_default=True,
    help="The mildest problem that makes the exit code 1.",
)
def validate(files: tuple[str, ...], kind: str, form: str, fail_on: str) -> None:
    """Tell what is wrong or unwise in policies.

    Each problem is shown with its line; - is standard input. Exit code 1: a policy has errors (or what --fail-on says);
    2: a file cannot be read.
    """
    from coffeeshop.policy.validation.sarif import CheckedFile, sarif_log
    from coffeeshop.policy.validation.validate import validate as check
    from coffeeshop.policy.validation.validate import validator_findings

    checked: list[CheckedFile] = []
    lost: list[Problem] = []
    for name in files:
        try:
            data = read_input(name, LIMIT)
        except Problems as found:
            complain(found.problems)
            lost += found.problems
            continue
        checked.append(CheckedFile(name, data, check(data, Kind(kind))))
        if form == "text":
            click.echo(
                "\n".join(escape_line(line) for line in _problem_lines(*checked[-1]))
            )
    failing = list(Level)[: list(Level).index(Level(fail_on)) + 1]
    fails = any(
        problem.level in failing
        for checked_file in checked
        for problem in checked_file.problems
    )
    code = UNUSABLE if lost else int(fails)
    if form == "json" and checked:
        keys = _keys(checked_file.name for checked_file in checked)
        answers = {
            keys[checked_file.name]: {
                "findings": validator_findings(checked_file.data, checked_file.problems)
            }
            for checked_file in checked
        }
        click.echo(
            json.dumps(
                answers if len(files) > 1 else next(iter(answers.values())), indent=2
            )
        )
    if form == "sarif":
        click.echo(json.dumps(sarif_log(checked, lost, code, __version__), indent=2))
    raise SystemExit(code)


def _keys(names: Iterable[str]) -> dict[str, str]:
    """Returns each name in whole characters, no two alike that differ: of a file that is called as the escape of another,
    the backslashes are doubled until they do not.
    """
    names_of: dict[str, str] = {}
    for name in dict.fromkeys(names):
        key = escape_surrogates(name)
        while key in names_of:
            key = key.replace("\\", "\\\\")
        names_of[key] = name
    return {name: key for key, name in names_of.items()}


def _problem_lines(name: str, data: bytes, problems: Iterable[Problem]) -> Iterator[str]:
    """Every problem with its line, underlined, and how many there are of each level."""
    text = data.decode(errors="replace")
    counts: Counter[Level] = Counter()
    for problem in problems:
        place = problem.place
        counts[problem.level] += 1
        yield f"{name}:{place.line}:{place.column}: {problem.level}: {problem.text} [{problem.code}]"
        yield from _underline(text, place)
        if problem.mend:
            yield f"{'':>6} = {problem.mend}"
    says = [
        f"{counts[level]} {_NOUNS[level]}{'s' if counts[level] > 1 else ''}"
        for level in Level
        if counts[level]
    ]
    yield f"{name}: {', '.join(says) or 'no problems'}"


_NOUNS = {
    Level.ERROR: "error",
    Level.SECURITY: "security warning",
    Level.WARNING: "warning",
    Level.SUGGESTION: "suggestion",
}


def _underline(text: str, place: Place) -> Iterator[str]:
    """The line of a place and marks below it; of a long line what is around, of a long span its first line."""
    start, seen = (
        place.start - place.column + 1,
        min(len(text), place.start + 2 * MARGIN + 1),
    )
    end = next((at for at in range(place.start, seen) if text[at] in "\r\n"), seen)
    remaining = max(start, place.start - MARGIN)
    right = min(end, max(place.start + MARGIN, min(place.end, place.start + 2 * MARGIN)))
    before = _flat(text[remaining : place.start])
    marked = _flat(text[place.start : min(place.end, right)])
    cut = "…" if remaining > start else ""
    after = _flat(text[min(place.end, right) : right]) + ("…" if right < end else "")
    yield f"{place.line:>5} | {cut}{before}{marked}{after}"
    yield f"{'':>5} | {' ' * width(cut + before)}{'^' * max(1, width(marked))}"


def _flat(text: str) -> str:
    return escape_hidden(text).replace("\t", " ")


# --------------------------------------------------------------------- explain
@click.command()
@click.argument("file")
@KIND
def explain(file: str, kind: str) -> None:
    """Say in plain English what a policy does, statement by statement."""
    from coffeeshop.policy.plain_english import policy_readings

    policy = _policy(file, Kind(kind))
    for reading in policy_readings(policy, Kind(kind)):
        click.echo(escape_line(f"{reading.title}, line {reading.place.line}"))
        for row in reading.rows:
            click.echo(escape_hidden(f"  {row.label:<8} {row.text}"))


# -------------------------------------------------------------------- simulate
@click.command()
@click.argument("file", default="-")
@click.option("--jsonl", is_flag=True, help="One input a line, one answer a line.")
def simulate(file: str, jsonl: bool) -> None:
    """Answer inputs of AWS's SimulateCustomPolicy offline.

    FILE (or standard input) holds one JSON document; with --jsonl one a line, and a bad line is answered by an error.
    """
    from coffeeshop.policy.simulation.simulate import SimulationError, answer_lines
    from coffeeshop.policy.simulation.simulate import simulate as answer

    if jsonl:
        _stream(file, answer_lines)
        return
    document = _object(file)
    try:
        click.echo(json.dumps(answer(document), indent=2))
    except SimulationError as wrong:
        raise _invalid("invalid-input", f"{wrong.code}: {wrong}") from None


def _object(name: str) -> dict[str, object]:
    """The JSON object in a file. Raises Problems."""
    data = read_input(name, LIMIT)
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise _invalid("syntax", f"{name} is no JSON document: {wrong}") from None
    if not isinstance(document, dict):
        raise _invalid("syntax", f"{name} is no JSON object")
    return cast("dict[str, object]", document)


def _stream(name: str, answers: Callable[[Iterable[bytes]], Iterator[str]]) -> None:
    """Line by line, each answer written as soon as it is known."""
    stream = open_input(name)
    with nullcontext(stream) if name == STANDARD_INPUT else stream:
        for line in answers(
            cut_lines(stream, LIMIT)
        ):  # what is left of a longer one is no document
            click.echo(line)


# --------------------------------------------------------------------- compare
@click.command()
@click.argument("files", nargs=-1, metavar="[NEW REFERENCE | FILE]")
@click.option(
    "--jsonl",
    is_flag=True,
    help='One {"new", "reference"} a line, from FILE or standard input.',
)
@click.option(
    "--domain",
    type=click.Choice(["open", "typed"]),
    default="open",
    show_default=True,
    help="What counts as a request: anything, or what AWS could receive.",
)
@KIND
def compare(files: tuple[str, ...], jsonl: bool, domain: str, kind: str) -> None:
    """Does NEW allow anything that REFERENCE does not? Exact, and with a request that shows it.

    The answer has the shape of AWS's CheckNoNewAccess, and a witness. Exit code 0: PASS; 1: FAIL or UNDECIDED.
    """
    from coffeeshop.policy.comparison.no_new_access import (
        check_no_new_access,
        verdict_lines,
    )

    if jsonl and len(files) <= 1:
        _stream(
            files[0] if files else "-",
            lambda documents: verdict_lines(documents, Kind(kind), domain),
        )
        return
    if jsonl or len(files) != 2:
        raise click.UsageError(
            "name two policies, NEW and REFERENCE, or --jsonl and at most one file"
        )
    new, reference = (_policy(file, Kind(kind)) for file in files)
    answer = check_no_new_access(new, reference, domain)
    click.echo(json.dumps(answer, indent=2))
    raise SystemExit(0 if answer["result"] == "PASS" else 1)
