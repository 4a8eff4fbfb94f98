"""Compute a lesson: what its blocks show is played on a copy of the scenario's account, so that it cannot be wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace as placed_at
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.quiz import Prediction
from coffeeshop.lessons.play.script import MINUTE, run_script
from coffeeshop.lessons.scenario.schema import Badge, Text
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.lessons.teaching.markdown import (
    CHAPTER,
    FILE,
    Block,
    Draft,
    Paragraph,
    pages,
    words,
)
from coffeeshop.policy.language.parse import parse_draft
from coffeeshop.policy.model import Kind, Level, Place, Problem, Problems
from coffeeshop.policy.validation.validate import validation_errors
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket, Want

KINDS = {
    "policy": Kind.IDENTITY,
    "trust": Kind.TRUST,
    "resource": Kind.RESOURCE,
    "scp": Kind.SCP,
}
CELLS_LIMIT = 40  # cells in a picture of who can reach what, at most
WHO = re.compile(
    r"(?P<who>[\w+=,.@/-]+)(?: as (?P<via>[\w+=,.@/-]+))?(?: with a (?P<badge>key|password|code))?",
    re.ASCII,
)


class Document(Struct, frozen=True):
    """A policy to look at: its file's name, its text, and in which grammar it is written."""

    name: str
    text: str
    kind: Kind


class Deed(Struct, frozen=True):
    """A call of the demonstration: what is said of it, the command as it is typed, and what came of it."""

    say: str
    command: str
    outcome: Outcome


class Acts(Struct, frozen=True):
    """A worked demonstration: calls that the owner makes, one after the other, on the lesson's own account."""

    deeds: tuple[Deed, ...]


class Reach(Struct, frozen=True):
    """Who can reach what: `tickets` holds for each of `people` what came of each of `things`, in their order."""

    people: tuple[str, ...]
    things: tuple[str, ...]
    tickets: tuple[tuple[Ticket, ...], ...]


PagePart: TypeAlias = Paragraph | Document | Acts | Prediction | Reach


class Page(Struct, frozen=True):
    """One idea: a title, and what tells and shows it."""

    title: str
    parts: tuple[PagePart, ...]

    @property
    def prediction(self) -> Prediction | None:
        """Returns the request that the page asks about, if it asks."""
        return next((part for part in self.parts if isinstance(part, Prediction)), None)


class Lesson(Struct, frozen=True):
    """What is read before a scenario asks for anything."""

    pages: tuple[Page, ...]


class _Request(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """The text of a request block."""

    who: Text
    do: Text
    why: Text


class _Reach(Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a reach block: who, and by the name of each thing the call that reaches it."""

    who: tuple[str, ...]
    to: dict[str, str]


def has_lesson(scenario: Scenario) -> bool:
    """Tells whether a scenario's folder brings a lesson."""
    return bool(lesson_texts(scenario))


def lesson_texts(scenario: Scenario) -> Mapping[str, str]:
    """Returns the text of the lesson by the files that hold it, in the order in which they are read."""
    return {name: scenario.text(name) for name in (CHAPTER, FILE) if name in scenario.files}


def lesson(scenario: Scenario) -> Lesson:
    """Returns the lesson of a scenario that has one, after that of its chapter if it begins one; every block is
    computed. Raises Problems, all of them.
    """
    stage = _Stage(scenario)
    lesson_pages = tuple(
        Page(draft.title, tuple(stage.parts(draft))) for draft in drafts(scenario)
    )
    if stage.problems:
        raise Problems(*stage.problems)
    return Lesson(lesson_pages)


def drafts(scenario: Scenario) -> tuple[Draft, ...]:
    """Returns the pages as they are written. Raises Problems."""
    return tuple(
        draft
        for name, text in lesson_texts(scenario).items()
        for draft in pages(text, name)
    )


class _Stage:
    """The account on which a lesson plays: the scenario's, as it begins, and what the lesson's own acts make of it."""

    def __init__(self, scenario: Scenario) -> None:
        self.account, self.owner = mint_credential(
            scenario.opening, scenario.opening.root_arn, "key", scenario.now
        )
        self.at, self.files = scenario.now, dict(scenario.files)
        self.problems: list[Problem] = []

    def parts(self, draft: Draft) -> Iterator[PagePart]:
        """Yields what stands on a page; of a block that does not compute, its problems are kept."""
        for part in draft.parts:
            if isinstance(part, Paragraph):
                yield part
                continue
            try:
                yield FILLS[part.kind](self, part)
            except Problems as found:
                self.problems += (
                    _problem_in_file(problem, part, draft.file)
                    for problem in found.problems
                )

    def document(self, block: Block) -> Document:
        """Returns a policy, kept under its name for the acts to come; an empty block shows the scenario's file of that name."""
        text = block.text or self._file(block.name)
        kind = KINDS[block.kind]
        policy, _ = parse_draft(text, kind)
        wrong = validation_errors(text, kind)
        if wrong or policy is None:
            raise Problems(
                *wrong or (_fault("this is no policy", "let it be one that AWS takes"),)
            )
        if block.name:
            self.files[block.name] = text.encode()
        return Document(block.name.rpartition("/")[2], text.strip("\n"), kind)

    def _file(self, name: str) -> str:
        if name not in self.files:
            raise Problems(
                _fault(
                    f"there is no file {name or 'without a name'}",
                    "write the policy into the block",
                )
            )
        return self.files[name].decode("utf-8", "replace")

    def acts(self, block: Block) -> Acts:
        """Returns calls of the owner's, from which the account goes on; all of them must succeed."""
        deeds = list[Deed]()
        rows = block.text.split("\n")
        for step in run_script(self.account, block.text, self.at, self.files, self.owner):
            if step.problems:
                raise Problems(*step.problems)
            if refused := next(
                (outcome for outcome in step.outcomes if not outcome.has_succeeded), None
            ):
                raise Problems(
                    _fault(
                        f"AWS refuses this: {refused.answer}",
                        "show what works",
                        step.number,
                    )
                )
            if not step.outcomes:
                raise Problems(
                    _fault("this line makes no call", "show one that does", step.number)
                )
            last = step.outcomes[-1]
            deeds.append(
                Deed(
                    _comment_above(rows, step.number),
                    " ".join(step.line.replace("\\\n", " ").split()),
                    last,
                )
            )
            self.account = last.account
            self.at = last.act.at + MINUTE
        return Acts(tuple(deeds))

    def prediction(self, block: Block) -> Prediction:
        """Returns a request, decided on the account as it is now."""
        request_block = read_toml(block.text, _Request, FILE)
        return Prediction(
            self._try_call(request_block.who, request_block.do),
            words(" ".join(request_block.why.split())),
        )

    def reach(self, block: Block) -> Reach:
        """Returns everybody's request for everything."""
        reach_block = read_toml(block.text, _Reach, FILE)
        if not 0 < len(reach_block.who) * len(reach_block.to) <= CELLS_LIMIT:
            raise Problems(
                _fault(
                    f"the picture has no cell, or more than {CELLS_LIMIT}",
                    "show a few people and things",
                )
            )
        tickets = [
            tuple(self._try_call(person, do) for do in reach_block.to.values())
            for person in reach_block.who
        ]
        return Reach(
            tuple(map(_display_name, reach_block.who)),
            tuple(reach_block.to),
            tuple(tickets),
        )

    def _try_call(self, person: str, do: str) -> Ticket:
        """What AWS decides on a call of somebody's. Raises Problems where policies do not decide it."""
        match = WHO.fullmatch(person)
        line = " ".join(do.split())
        if match is None:
            raise Problems(
                _fault(
                    f"{person!a} is nobody",
                    'write "kim", "kim as Cashier" or "kim with a code"',
                )
            )
        if (role := match["via"]) and role.lower() not in self.account.roles:
            raise Problems(
                _fault(
                    f"there is no role {role} for {match['who']} to put on",
                    "make it in a block before",
                )
            )
        badge: Badge = match["badge"] or "key"  # pyright: ignore[reportAssignmentType]  # as the pattern has it
        want = Want(
            f"lesson@{person}",
            Mode.MAY,
            match["who"],
            line,
            (line,),
            badge,
            match["via"] or "",
            untold=not match["badge"],
            files=self.files,
        )
        ticket = serve(self.account, want, self.at)
        stopped = ticket.stopping_call
        if ticket.decision is None or (stopped is not None and not ticket.was_refused):
            message = ticket.missing or (
                str(stopped.answer) if stopped else "nothing was asked"
            )
            raise Problems(
                _fault(
                    f"policies do not decide what {person} asks: {message}",
                    "ask what AWS allows or denies",
                )
            )
        return ticket


FILLS: Mapping[str, Callable[[_Stage, Block], PagePart]] = {
    **dict.fromkeys(KINDS, _Stage.document),
    "acts": _Stage.acts,
    "request": _Stage.prediction,
    "reach": _Stage.reach,
}


def _comment_above(rows: list[str], number: int) -> str:
    """Returns the comment that stands right above a command."""
    above = list[str]()
    for row in reversed(rows[: number - 1]):
        if not row.startswith("# "):
            break
        above.insert(0, row.removeprefix("# ").strip())
    return words(" ".join(above))


def _display_name(person: str) -> str:
    kind, _, name = person.partition("/")
    if kind == "function" and name:
        return f"The function {name}"
    if person == "root":
        return "The owner"
    return person[:1].upper() + person[1:]


def _fault(message: str, mend: str, line: int = 0) -> Problem:
    return Problem(Level.ERROR, "bad-block", Place(FILE, line), message, mend)


def _problem_in_file(problem: Problem, block: Block, file: str) -> Problem:
    """A problem with its place in the lesson's file, where the block's first line is the one after its fence."""
    line = block.line + max(problem.place.line, 0)
    return placed_at(
        problem, place=Place(file, line, problem.place.column if problem.place.line else 0)
    )
