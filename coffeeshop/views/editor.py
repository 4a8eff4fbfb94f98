"""What the policy editor says about a text: its problems, what it means, and what would change if it were saved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coffeeshop.account.model import Act, ServiceError
from coffeeshop.lessons.grade import grade, open_shop
from coffeeshop.lessons.model import Play
from coffeeshop.policy.faults import EMPTY
from coffeeshop.policy.issues import refuses
from coffeeshop.policy.model import Kind, Level, Problem
from coffeeshop.policy.parse import places
from coffeeshop.shop.want import Mark, Mode, Ticket
from coffeeshop.views.next import Step
from coffeeshop.views.rows import Role, Row
from coffeeshop.views.words import stars


def _blank(*inner: str) -> str:
    rows = ",\n".join(f"      {row}" for row in inner)
    return f'{{\n  "Version": "2012-10-17",\n  "Statement": [\n    {{\n{rows}\n    }}\n  ]\n}}\n'


_ALLOW, _WHOM, _WHAT, _ON = '"Effect": "Allow"', '"Principal": { "AWS": "" }', '"Action": ""', '"Resource": ""'
BLANK: dict[Kind, str] = {  # what a new policy starts from
    Kind.IDENTITY: _blank('"Sid": ""', _ALLOW, _WHAT, _ON),
    Kind.TRUST: _blank(_ALLOW, _WHOM, '"Action": "sts:AssumeRole"'),
    Kind.RESOURCE: _blank(_ALLOW, _WHOM, _WHAT, _ON),
}
OPENS = re.compile(r"\.(Action|Resource)\[")
STATEMENT = re.compile(r"Statement\[\d+\]")
REFUSED = Step("AWS would refuse this text:", "F8", "goes to the problem, F9 proposes names for its line")
LEFT = Step("AWS takes this text; a blank is left:", "tab", "goes to it, F2 saves")
TAKEN = Step("AWS takes this text. Read what it means, and what it would change:", "F2", "saves it")
CHANGED: dict[tuple[Mode, bool], tuple[Mark, str]] = {
    (Mode.MUST, True): (Mark.OK, "starts to work"),
    (Mode.MUST, False): (Mark.MISS, "stops working"),
    (Mode.NEVER, True): (Mark.LEAK, "no longer refused"),
    (Mode.NEVER, False): (Mark.OK, "refused from then on"),
}


def another(text: str, grammar: Kind, at: int) -> tuple[int, int, str] | None:
    """A blank statement after the one at offset `at`, as an edit: the span to replace, and by what. One that stood alone
    becomes a list. None where the text is no JSON with a statement, so that the edit never makes it worse.
    """
    found, blank = places(text), places(BLANK[grammar])["Statement[0]"]
    new, old = BLANK[grammar][blank.start : blank.end], [p for path, p in found.items() if STATEMENT.fullmatch(path)]
    if not old:
        return None
    after = next((place for place in reversed(old) if place.start <= at), old[0])
    if found["Statement"].start != after.start:
        return after.end, after.end, f",\n    {new}"
    return after.start, after.end, f"[\n    {text[after.start : after.end]},\n    {new}\n  ]"


def refused(problems: Sequence[Problem]) -> bool:
    """Whether AWS would refuse the text; what opens nothing it takes without a word."""
    return any(map(refuses, problems))


def editing(problems: Sequence[Problem], tab: bool) -> Step:
    """What to do next in the editor; `tab` is whether there is another blank for that key to go to."""
    refusals = tuple(filter(refuses, problems))
    if refusals and all(problem.text == EMPTY for problem in refusals):
        does = "proposes names, tab goes to the next blank" if tab else "proposes names"
        return Step("Fill in the blanks between the quotes:", "F9", does)
    if refusals:
        return REFUSED
    void = next((problem for problem in problems if problem.level is Level.ERROR), None)
    if void:
        opens = ": it opens nothing." if OPENS.search(void.place.path) else "."
        return Step(f"AWS takes this text, but {void.text}{opens}", "F8", "goes there")
    return LEFT if tab else TAKEN


def counted(problems: Sequence[Problem]) -> Iterator[tuple[str, Role]]:
    """How many there are, in the colour of the worst; mere notes apart."""
    notes = sum(problem.level is Level.SUGGESTION for problem in problems)
    count = len(problems) - notes
    yield str(count), "error" if refused(problems) else "warning" if count else "ok"
    if notes:
        yield f", {notes} {'note' if notes == 1 else 'notes'}", "muted"


def problem_rows(problems: Sequence[Problem]) -> tuple[Row, ...]:
    """One row a problem, its line first; ✗ stands for what AWS refuses, and for nothing else."""
    return tuple(
        Row(
            "; ".join(part for part in (p.text, p.mend) if part),
            Mark.MISS if refuses(p) else Mark.QUIET if p.level is Level.SUGGESTION else Mark.EXTRA,
            f"line {p.place.line}" if p.place.line else "",
        )
        for p in problems
    )


def if_saved(play: Play, before: Sequence[Ticket], act: Act) -> tuple[Row, ...]:
    """The play after `act`, which nobody keeps, compared with now: jobs, refusals, then stars and what stands before
    the next one. May take a moment: it grades.
    """
    return tuple(_if_saved(play, before, act))


def _if_saved(play: Play, before: Sequence[Ticket], act: Act) -> Iterator[Row]:
    after = play.do(act)
    if isinstance(answer := after.outcomes[-1].answer, ServiceError):
        yield Row(answer.message, Mark.MISS, answer.code)
        return
    then = open_shop(after)
    changed = [(t.want, t.allowed) for b, t in zip(before, then, strict=True) if b.allowed is not t.allowed]
    for want, allowed in changed:
        mark, word = CHANGED[want.mode, allowed]
        yield Row(want.say, mark, word)
    if not changed:
        yield Row("No job and no refusal changes.", Mark.QUIET)
    if all(ticket.mark is Mark.OK for ticket in then):
        report = grade(after)
        yield Row(f"{stars(report.stars)} is what it would earn", role="title")
        yield from (Row(finding.what, Mark.EXTRA if report.stars == 1 else Mark.QUIET) for finding in report.findings)
