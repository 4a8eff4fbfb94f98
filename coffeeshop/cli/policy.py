"""Run the commands on policies: validate, explain, simulate, compare.

Exit codes: 0 done (or PASS), 1 the policy has errors (or FAIL, or UNDECIDED), 2 the input can't be used.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import cast

import click

from coffeeshop import __version__
from coffeeshop.cli.problems import UNUSABLE_INPUT, print_problems
from coffeeshop.files import STANDARD_INPUT, cut_lines, open_input, read_input
from coffeeshop.harmless import escape_hidden, escape_line, escape_surrogates
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.model import Kind, Level, Place, Policy, Problem, Problems
from coffeeshop.policy.validation.likely_kind import likely_kind
from coffeeshop.views.cells import width

MAX_DOCUMENT_BYTES = 1024 * 1024  # bytes of one document
MAX_LINE_SHOWN = 70  # characters of a long line that are shown, so that the marks below it fit a terminal
SHOWN_BEFORE_PROBLEM = 24  # characters of it that are shown before a problem
KIND_OPTION = click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), default=Kind.IDENTITY.value, show_default=True,
    help="The kind of principal or resource that has the policy.",
)  # fmt: skip


# --------------------------------------------------------------------- reading
def _input_problem(code: str, text: str) -> Problems:
    """Return Problems with one error about an input."""
    return Problems(Problem(Level.ERROR, code, Place(), text))


def _read_policy(
    name: str, kind: Kind, reader: Callable[[bytes, Kind, str], Policy] = parse
) -> Policy:
    """Return the policy in a file. Raise Problems if the file can't be read.

    `reader` parses it. If its text isn't a policy, print each problem with its line and end the command.
    """
    data = read_input(name, MAX_DOCUMENT_BYTES)
    try:
        return reader(data, kind, name)
    except MalformedPolicy as wrong:
        for line in _problem_lines(name, data, wrong.problems, kind):
            click.echo(escape_line(line), err=True)
        raise SystemExit(UNUSABLE_INPUT) from None


# -------------------------------------------------------------------- validate
@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@KIND_OPTION
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="The output format: text, json (like AWS's ValidatePolicy) or sarif (SARIF 2.1.0, for code scanners and editors).",
)
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Level]),
    default=Level.ERROR.value,
    show_default=True,
    help="Exit with code 1 if there is a problem of this level or a more serious one.",
)
def validate(files: tuple[str, ...], kind: str, form: str, fail_on: str) -> None:
    """Find mistakes and risks in policies. FILE can be - for standard input.

    Each problem is shown with its line.

    Exit codes: 0 no problem as serious as --fail-on, 1 there is one, 2 a file can't be read.

    \b
    Example: coffeeshop validate policy.json
    """
    from coffeeshop.policy.validation.sarif import CheckedFile, sarif_log
    from coffeeshop.policy.validation.validate import validate as check
    from coffeeshop.policy.validation.validate import validator_findings

    checked_files: list[CheckedFile] = []
    unreadable: list[Problem] = []
    for name in files:
        try:
            data = read_input(name, MAX_DOCUMENT_BYTES)
        except Problems as found:
            print_problems(found.problems)
            unreadable += found.problems
            continue
        checked_files.append(CheckedFile(name, data, check(data, Kind(kind))))
        if form == "text":
            click.echo(
                "\n".join(
                    escape_line(line)
                    for line in _problem_lines(*checked_files[-1], Kind(kind))
                )
            )
    failing = list(Level)[: list(Level).index(Level(fail_on)) + 1]
    fails = any(
        problem.level in failing
        for checked_file in checked_files
        for problem in checked_file.problems
    )
    code = UNUSABLE_INPUT if unreadable else int(fails)
    if form == "json" and checked_files:
        keys = _distinct_keys(checked_file.name for checked_file in checked_files)
        answers = {
            keys[checked_file.name]: {
                "findings": validator_findings(checked_file.data, checked_file.problems)
            }
            for checked_file in checked_files
        }
        click.echo(
            json.dumps(
                answers if len(files) > 1 else next(iter(answers.values())), indent=2
            )
        )
    if form == "sarif":
        click.echo(
            json.dumps(sarif_log(checked_files, unreadable, code, __version__), indent=2)
        )
    raise SystemExit(code)


def _distinct_keys(names: Iterable[str]) -> dict[str, str]:
    """Return a JSON key for each file name, with bytes that aren't UTF-8 escaped.

    If a key is taken by another file, its backslashes are doubled until it isn't.
    """
    name_by_key: dict[str, str] = {}
    for name in dict.fromkeys(names):
        key = escape_surrogates(name)
        while key in name_by_key:
            key = key.replace("\\", "\\\\")
        name_by_key[key] = name
    return {name: key for key, name in name_by_key.items()}


def _problem_lines(
    name: str, data: bytes, problems: Iterable[Problem], kind: Kind
) -> Iterator[str]:
    """Yield every problem with its underlined line and its fix, then the number of problems of each level.

    An error or a security warning about which AWS has a page gives its address, once.
    If the document looks like another kind of policy, a last line says so.
    """
    from coffeeshop.policy.validation.issues import issue_table

    text = data.decode(errors="replace")
    counts: Counter[Level] = Counter()
    problems = tuple(problems)
    issues = issue_table()
    cited_pages = set[str]()
    for problem in problems:
        place = problem.place
        counts[problem.level] += 1
        yield f"{name}:{place.line}:{place.column}: {problem.level}: {problem.text} [{problem.code}]"
        yield from _underlined_lines(text, place)
        if problem.mend:
            yield f"{'':>6} = {problem.mend}"
        issue = issues.get(problem.code)
        is_grave = problem.level in (Level.ERROR, Level.SECURITY)
        if is_grave and issue and issue.page and issue.link not in cited_pages:
            cited_pages.add(issue.link)
            yield f"{'':>6} = {issue.link}"
    counts_by_level = [
        f"{counts[level]} {_LEVEL_NOUNS[level]}{'s' if counts[level] > 1 else ''}"
        for level in Level
        if counts[level]
    ]
    yield f"{name}: {', '.join(counts_by_level) or 'no problems'}"
    meant_kind = likely_kind(kind, {problem.code for problem in problems})
    if meant_kind:
        yield (
            f"{name}: this looks like {_KIND_NOUNS[meant_kind]}. "
            f"Try again with --kind {meant_kind}"
        )


_KIND_NOUNS = {
    Kind.TRUST: "the trust policy of a role",
    Kind.RESOURCE: "a resource-based policy",
    Kind.IDENTITY: "an identity-based policy",
}
_LEVEL_NOUNS = {
    Level.ERROR: "error",
    Level.SECURITY: "security warning",
    Level.WARNING: "warning",
    Level.SUGGESTION: "suggestion",
}


def _underlined_lines(text: str, place: Place) -> Iterator[str]:
    """Yield the source line of a place, and a line with marks below it.

    A line longer than ROOM is cut around the place, since the marks of a wrapped line would stand below
    other text. Of a span over several lines, the first is shown.
    """
    start = place.start - place.column + 1
    # A line can be of any length, so its end is looked for only as far as it could be shown.
    line_limit = min(len(text), place.start + MAX_LINE_SHOWN + 1)
    end = next(
        (index for index in range(place.start, line_limit) if text[index] in "\r\n"),
        line_limit,
    )
    if end - start > MAX_LINE_SHOWN:
        shown_from = max(
            start, min(place.start - SHOWN_BEFORE_PROBLEM, end - MAX_LINE_SHOWN)
        )
    else:
        shown_from = start
    shown_to = min(end, shown_from + MAX_LINE_SHOWN)
    before = _on_one_line(text[shown_from : place.start])
    marked_text = _on_one_line(text[place.start : min(place.end, shown_to)])
    cut = "…" if shown_from > start else ""
    after = _on_one_line(text[min(place.end, shown_to) : shown_to]) + (
        "…" if shown_to < end else ""
    )
    yield f"{place.line:>5} | {cut}{before}{marked_text}{after}"
    yield f"{'':>5} | {' ' * width(cut + before)}{'^' * max(1, width(marked_text))}"


def _on_one_line(text: str) -> str:
    """Return the text with hidden characters escaped and tabs as blanks, so that the marks below it line up."""
    return escape_hidden(text).replace("\t", " ")


# --------------------------------------------------------------------- explain
@click.command()
@click.argument("file")
@KIND_OPTION
def explain(file: str, kind: str) -> None:
    """Explain in plain English what a policy does, statement by statement.

    Errors are printed to standard error. Statements that are still clear despite an error are explained.

    \b
    Example: coffeeshop explain policy.json
    """
    from coffeeshop.policy.language.parse import attempt_parse
    from coffeeshop.policy.language.stored_document import unclear_statements
    from coffeeshop.policy.plain_english import policy_readings

    data = read_input(file, MAX_DOCUMENT_BYTES)
    policy, problems = attempt_parse(data, Kind(kind), file)
    errors = [problem for problem in problems if problem.level is Level.ERROR]
    for line in _problem_lines(file, data, errors, Kind(kind)) if errors else ():
        click.echo(escape_line(line), err=True)
    unclear = unclear_statements(errors)
    readings = policy_readings(policy, Kind(kind)) if policy else ()
    for number, reading in enumerate(readings):
        if number in unclear:
            continue
        click.echo(escape_line(f"{reading.title}, line {reading.place.line}"))
        for row in reading.rows:
            click.echo(escape_hidden(f"  {row.label:<8} {row.text}"))
    if errors:
        raise SystemExit(UNUSABLE_INPUT)


# -------------------------------------------------------------------- simulate
@click.command()
@click.argument("file", default="-")
@click.option(
    "--jsonl",
    is_flag=True,
    help="Read one input from each line, and write one answer for each.",
)
def simulate(file: str, jsonl: bool) -> None:
    """Answer AWS SimulateCustomPolicy requests offline.

    FILE (or standard input) contains one request as JSON. With --jsonl it contains one on each line, and the answer to a
    line that can't be read is an error.

    \b
    Example: coffeeshop simulate inputs.json
    """
    from coffeeshop.policy.simulation.simulate import SimulationError, answer_lines
    from coffeeshop.policy.simulation.simulate import simulate as answer

    if jsonl:
        _print_answers(file, answer_lines)
        return
    document = _read_json_object(file)
    try:
        click.echo(json.dumps(answer(document), indent=2))
    except SimulationError as wrong:
        raise _input_problem("invalid-input", f"{wrong.code}: {wrong}") from None


def _read_json_object(name: str) -> dict[str, object]:
    """Return the JSON object in a file. Raise Problems if it isn't one."""
    data = read_input(name, MAX_DOCUMENT_BYTES)
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise _input_problem("syntax", f"{name} isn't a JSON document: {wrong}") from None
    if not isinstance(document, dict):
        raise _input_problem("syntax", f"{name} isn't a JSON object")
    return cast("dict[str, object]", document)


def _print_answers(name: str, answers: Callable[[Iterable[bytes]], Iterator[str]]) -> None:
    """Answer a file line by line, and print each answer as soon as it is known."""
    stream = open_input(name)
    with nullcontext(stream) if name == STANDARD_INPUT else stream:
        # A line that was cut at LIMIT is no JSON, so it gets an error.
        for line in answers(cut_lines(stream, MAX_DOCUMENT_BYTES)):
            click.echo(line)


# --------------------------------------------------------------------- compare
@click.command()
@click.argument("files", nargs=-1, metavar="[NEW REFERENCE | FILE]")
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read pairs of policies from FILE or standard input, one {"new": …, "reference": …} on each line.',
)
@click.option(
    "--domain",
    type=click.Choice(["open", "typed"]),
    default="open",
    show_default=True,
    help="Which requests to compare: all (open), or only those that AWS could receive (typed).",
)
@KIND_OPTION
def compare(files: tuple[str, ...], jsonl: bool, domain: str, kind: str) -> None:
    """Check whether NEW allows anything that REFERENCE doesn't, and print a request that shows it.

    The answer has the format of AWS's CheckNoNewAccess, plus an example request.

    Exit codes: 0 PASS, 1 FAIL or UNDECIDED, 2 a policy can't be read.

    \b
    Example: coffeeshop compare new.json old.json
    """
    from coffeeshop.policy.comparison.no_new_access import (
        check_no_new_access,
        verdict_lines,
    )
    from coffeeshop.policy.language.stored_document import parse_comparable

    if jsonl and len(files) <= 1:
        _print_answers(
            files[0] if files else "-",
            lambda documents: verdict_lines(documents, Kind(kind), domain),
        )
        return
    if jsonl or len(files) != 2:
        raise click.UsageError(
            "name two policies, NEW and REFERENCE, or use --jsonl with at most one file"
        )
    new, reference = (_read_policy(file, Kind(kind), parse_comparable) for file in files)
    answer = check_no_new_access(new, reference, domain)
    click.echo(json.dumps(answer, indent=2))
    raise SystemExit(0 if answer["result"] == "PASS" else 1)
