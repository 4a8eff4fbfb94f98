"""Find every problem of a policy's text: errors of grammar, statements without effect, and access that is too wide.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from coffeeshop.policy.language.element_grammar import is_blank
from coffeeshop.policy.language.json_source import (
    Members,
    Node,
    Source,
    Unreadable,
    decode_document,
    read_json,
)
from coffeeshop.policy.language.parse import attempt_parse, element_places
from coffeeshop.policy.language.stored_document import unclear_statements
from coffeeshop.policy.model import Kind, Level, Place, Policy, Problem
from coffeeshop.policy.validation.checks import (
    actions,
    conditions,
    document,
    keys,
    principals,
    resources,
    variables,
)
from coffeeshop.policy.validation.checks.context import CheckedStatement, Occurrence
from coffeeshop.policy.validation.issues import (
    finding_type,
    issue_code,
    issue_table,
    learn_more,
)

_OF_STATEMENTS: Final = (
    *actions.CHECKS,
    *resources.CHECKS,
    *principals.CHECKS,
    *conditions.CHECKS,
    *variables.CHECKS,
)
# An action's name is right or wrong whatever else its statement says.
_OF_UNCLEAR: Final = (actions.check_unknown_actions,)
DUPLICATE_SID: Final = "duplicate-sid"  # its place is the whole statement


def validate(text: str | bytes, kind: Kind = Kind.IDENTITY) -> tuple[Problem, ...]:
    """Return every problem of a document, in the order of its text.

    Of a statement whose meaning an error leaves unclear only the names of its actions are checked, and nothing of a
    text that is too large for any policy. What compares statements is checked if all are clear. Blanks are an
    exception: the other values are checked.

    >>> text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListObject", "Resource": "*"}}'
    >>> for problem in validate(text):
    ...     print(problem.level, problem.code, problem.place)
    error unknown-action line 1, column 70, Statement[0].Action
    """
    return _all_problems(text, kind, (*document.CHECKS, *keys.CHECKS))


def validation_errors(text: str | bytes, kind: Kind = Kind.IDENTITY) -> tuple[Problem, ...]:
    """Return only the errors of a document.

    It skips the checks of the whole document, which compare statements and find no errors.
    """
    return tuple(
        problem for problem in _all_problems(text, kind, ()) if problem.level is Level.ERROR
    )


_Check: TypeAlias = Callable[[Sequence[CheckedStatement]], Iterator[Occurrence]]


def _all_problems(
    text: str | bytes, kind: Kind, document_checks: Sequence[_Check]
) -> tuple[Problem, ...]:
    """Return the problems of a document, in the order of its text.

    `document_checks` are the checks of all statements together. A value that isn't written
    yet (a blank) is a problem of its own, so no other problem inside it is reported.
    """
    policy, problems = attempt_parse(text, kind)
    if policy is not None:
        places = element_places(text)
        rows = issue_table()
        errors = [each for each in problems if each.level is Level.ERROR]
        unclear = unclear_statements(each for each in errors if not is_blank(each))
        if unclear:
            document_checks = ()
        occurrences = _run_checks(policy, kind, document_checks, unclear)
        noticed = dict.fromkeys(
            rows[occurrence.code].to_problem(
                _enclosing_place(places, occurrence.path), occurrence.words
            )
            for occurrence in occurrences
        )
        faulty_places = [
            problem.place for problem in errors if problem.code != DUPLICATE_SID
        ]
        is_sound = (
            problem
            for problem in noticed
            if not any(map(problem.place.contains, faulty_places))
        )
        problems = [
            replace(problem, place=_bare_place(places, problem.place))
            for problem in (*problems, *is_sound)
        ]
    return tuple(
        sorted(
            problems,
            key=lambda problem: (problem.place.start, list(Level).index(problem.level)),
        )
    )


def _run_checks(
    policy: Policy,
    kind: Kind,
    document_checks: Sequence[_Check],
    unclear: Collection[int | None],
) -> Iterator[Occurrence]:
    """Yield what the checks find in all statements. `unclear` has the numbers of the unclear ones, from 0.

    A document over the largest quota is only measured.
    """
    statements = enumerate(policy.statements)
    statements_checked = [
        CheckedStatement(policy, kind, statement, f"Statement[{number}]")
        for number, statement in statements
    ]
    yield from document.check_size(statements_checked)
    if document.document_length(policy) > document.MAX_DOCUMENT_LENGTH:
        return
    for number, checked in enumerate(statements_checked):
        for check in _OF_UNCLEAR if number in unclear else _OF_STATEMENTS:
            yield from check(checked)
    for check in document_checks:
        yield from check(statements_checked)


def _enclosing_place(places: Mapping[str, Place], path: str) -> Place:
    """Return the place of a path, or of the nearest element around it.

    A lone `"*"` stands for {"AWS": ["*"]}, so some paths aren't in the text.
    """
    while path not in places:
        path = path[: max(path.rfind("["), path.rfind("."), 0)]
    return places[path]


def _bare_place(places: Mapping[str, Place], place: Place) -> Place:
    """Return a place without the index of a list where the document has a bare text: Action, not Action[0]."""
    bare = places.get(place.path.removesuffix("[0]"))
    is_bare = bare is not None and (bare.start, bare.end) == (place.start, place.end)
    has_key = "." in place.path  # Statement[0] stays, even for a lone statement
    return bare if bare is not None and is_bare and has_key else place


# ------------------------------------------------------------- AWS's own shape
def validator_findings(
    text: str | bytes, problems: Sequence[Problem]
) -> list[dict[str, object]]:
    """Return problems in ValidatePolicy's shape.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicyFinding.html
    """
    source, _ = decode_document(text)
    try:
        root_node = read_json(source)
    except Unreadable:
        root_node = None
    return [_finding_document(source, root_node, problem) for problem in problems]


def _finding_document(
    source: Source, root_node: Node | None, problem: Problem
) -> dict[str, object]:
    """Return one problem in ValidatePolicy's shape."""
    row = issue_table().get(problem.code)
    place = problem.place
    if root_node:
        path = list(_path_steps(root_node, place.start, place.end))
    else:
        path = []
    span = {
        "start": _position_document(source, place.start),
        "end": _position_document(source, place.end),
    }
    return {
        "findingType": finding_type(problem.level),
        "issueCode": issue_code(problem.code),
        "findingDetails": "; ".join(filter(None, (problem.text, problem.mend))),
        "locations": [{"path": path, "span": span}],
        "learnMoreLink": row.link if row else learn_more(),
    }


def _position_document(source: Source, offset: int) -> dict[str, int]:
    """Return an offset as AWS counts: lines from 1, columns and offsets from 0."""
    place = source.place("", offset, offset)
    return {"line": place.line, "column": place.column - 1, "offset": offset}


def _path_steps(node: Node, start: int, end: int) -> Iterator[Mapping[str, object]]:
    """Yield the steps to what is in a span, as AWS writes them: a name in an object, a
    number in a list.
    """
    if (node.start, node.end) == (start, end):
        return
    match node.value:
        case Members(pairs=pairs) if at := bisect_right(
            pairs, start, key=lambda pair: pair[0].start
        ):
            name, inner = pairs[at - 1]
            step: Mapping[str, object] = {"value": str(name.value)}
        case list() as items if at := bisect_right(
            items, start, key=lambda item: item.start
        ):
            inner = items[at - 1]
            step = {"index": at - 1}
        case _:
            return
    if end <= inner.end:
        yield step
        yield from _path_steps(inner, start, end)
