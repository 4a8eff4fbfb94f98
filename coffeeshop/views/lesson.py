"""A lesson as rows: the text of a page, its question about a request, and a picture of the permissions."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from msgspec.structs import replace

from coffeeshop.lessons.teaching.lesson import (
    Demonstration,
    Document,
    Page,
    PagePart,
    Prediction,
    Reach,
)
from coffeeshop.lessons.teaching.markdown import Paragraph
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.shop.mark import Mark
from coffeeshop.views.cells import fit, width
from coffeeshop.views.policy.policy_text import policy_in_words
from coffeeshop.views.quiz import caller_phrase
from coffeeshop.views.rows import Role, Row
from coffeeshop.views.text import capital
from coffeeshop.views.why import wall_rows

GUESS_LETTERS: dict[str, bool] = {"a": True, "b": False}
GUESS_WORDS = {True: "allowed", False: "refused"}


def page_rows(page: Page) -> Iterator[Row]:
    """Yield the rows of a page up to its question. `answered_rows` yields the rest after a guess."""
    before, _ = part_page(page)
    yield Row(page.title, role="title")
    yield from (row for part in before for row in part_rows(part))


def answered_rows(page: Page, guess: bool | None) -> Iterator[Row]:
    """Yield AWS's decision on a page's request, then the rest of the page. A guess of None is no guess."""
    if page.prediction:
        yield from told_rows(page.prediction, guess)
    yield from (row for part in part_page(page)[1] for row in part_rows(part))


def part_page(page: Page) -> tuple[tuple[PagePart, ...], tuple[PagePart, ...]]:
    """Return the parts of a page up to its question, and the parts after it, which may give the answer away."""
    if page.prediction:
        end = page.parts.index(page.prediction) + 1
    else:
        end = len(page.parts)
    return page.parts[:end], page.parts[end:]


def part_rows(part: PagePart) -> Iterator[Row]:
    """Yield the rows of one part of a page. A prediction yields its question alone."""
    match part:
        case Paragraph():
            yield Row(
                part.text, Mark.QUIET if part.bullet else None, indent=int(part.bullet)
            )
        case Document():
            yield from document_rows(part)
        case Demonstration():
            yield from act_rows(part)
        case Prediction():
            yield from asked_rows(part)
        case Reach():
            yield from reach_rows(part)


def document_rows(shown_document: Document) -> Iterator[Row]:
    """Yield a policy's text and its meaning."""
    yield from (
        Row(text, role="code", indent=1) for text in shown_document.text.split("\n")
    )
    yield Row("In plain English:", role="muted")
    yield from means(shown_document)


def means(shown_document: Document) -> tuple[Row, ...]:
    """Return a policy in plain words."""
    return policy_in_words(shown_document.text, shown_document.kind)


def act_rows(acts: Demonstration) -> Iterator[Row]:
    """Yield what the owner did, each act with its command, and AWS's error if it failed."""
    for call in acts.calls:
        has_worked = call.outcome.has_succeeded
        if call.say:
            yield Row(call.say, Mark.OK if has_worked else Mark.MISS, role="name")
        yield Row(f"$ {call.command}", role="code", indent=1)
        if not has_worked:
            yield Row(f"AWS answers: {call.outcome.answer}", indent=1)


# ---------------------------------------------------------------- a prediction
def asked_rows(asked_prediction: Prediction) -> Iterator[Row]:
    """Yield the caller, the request and the question."""
    ticket = asked_prediction.ticket
    yield Row(caller_phrase(ticket), role="name")
    yield from (Row(f"$ {line.text}", role="code", indent=1) for line in ticket.want.do)
    yield Row("How does AWS decide? Your guess is never scored.", role="name")


def told_rows(asked_prediction: Prediction, guess: bool | None) -> Iterator[Row]:
    """Yield AWS's decision and its reason, below a wrong guess. A guess of None is no guess."""
    allowed = asked_prediction.ticket.has_succeeded
    decision = asked_prediction.ticket.decision
    if guess is not None and guess != allowed:
        yield Row(GUESS_WORDS[guess], Mark.MISS, "You said")
    yield Row(
        GUESS_WORDS[allowed],
        Mark.OK,
        "As you guessed, AWS says" if guess == allowed else "AWS says",
    )
    if decision is not None:
        yield Row(f"{capital(explain_decision(decision)).rstrip('.')}.", indent=1)
        yield from (replace(row, indent=1) for row in wall_rows(decision))
    yield Row(asked_prediction.why, indent=1)


# ------------------------------------------------------------ who can reach what
def reach_rows(reach: Reach) -> Iterator[Row]:
    """Yield for each person the things that they can use and those that they can't."""
    for person, tickets in zip(reach.people, reach.tickets, strict=True):
        for allowed, word in ((True, "allowed"), (False, "refused")):
            named = [
                thing
                for thing, ticket in zip(reach.things, tickets, strict=True)
                if ticket.has_succeeded is allowed
            ]
            if named:
                yield Row(", ".join(named), word=f"{person}, {word}")


Strip = tuple[tuple[str, Role], ...]  # one line of the picture, in pieces
MAX_NAME_WIDTH = 22  # cells of a person's name, at most
COLUMN_WIDTH = 15  # cells of a column


def reach_picture(reach: Reach, ascii: bool = False) -> Iterator[Strip]:
    """Yield the same as a picture: people at the left, things at the top, and a line for each cell."""
    side = max(min(width(person), MAX_NAME_WIDTH) for person in reach.people) + 2
    heads = [wrap(thing, COLUMN_WIDTH - 2) for thing in reach.things]
    tallest = max(map(len, heads))
    for level in range(tallest, 0, -1):  # short headings are aligned at the bottom
        row = (head[-level] if level <= len(head) else "" for head in heads)
        yield (" " * side, "text"), *((fit(text, COLUMN_WIDTH), "name") for text in row)
    for person, tickets in zip(reach.people, reach.tickets, strict=True):
        yield (
            (fit(person, side), "name"),
            *(_cell(ticket.has_succeeded, ascii) for ticket in tickets),
        )


def _cell(allowed: bool, ascii: bool) -> tuple[str, Role]:
    """Return one cell of the picture. No mark: nobody says that it should work."""
    if allowed:
        return fit("--> may" if ascii else "──▸ may", COLUMN_WIDTH), "ok"
    return fit("--| no" if ascii else "──┤ no", COLUMN_WIDTH), "muted"
