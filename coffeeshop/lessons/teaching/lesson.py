"""Compute a lesson: run its blocks on a copy of the scenario's account, so that they show real decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace as placed_at
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.sessions import MINTED_PREFIX, mint_credential, new_key
from coffeeshop.account.api.operations import services
from coffeeshop.account.command import parse_call
from coffeeshop.account.command.grammar import find_operation
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.quiz import Prediction
from coffeeshop.lessons.play.script import TIME_BETWEEN_CALLS, Step, run_script
from coffeeshop.lessons.scenario.schema import Badge, Text
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.lessons.teaching.markdown import (
    CHAPTER_FILE,
    LESSON_FILE,
    Block,
    Draft,
    Marks,
    PageOutline,
    Paragraph,
    page_outlines,
    pages,
    words,
)
from coffeeshop.policy.language.parse import parse_draft
from coffeeshop.policy.model import Kind, Level, Place, Problem, Problems
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket, Want

BLOCK_POLICY_KINDS = {
    "policy": Kind.IDENTITY,
    "trust": Kind.TRUST,
    "resource": Kind.RESOURCE,
    "scp": Kind.SCP,
}
# Errors of documents that AWS takes all the same, so that a lesson can show what comes of them.
TAKEN_ERRORS = frozenset({"variable-in-old-version"})
# A line that begins a call: "aws iam create-user", "console sign-in".
CALL_LINE_PATTERN = re.compile(
    r"^(?:aws )?(?P<service>[a-z0-9-]+) (?P<word>[a-z0-9-]+)", re.MULTILINE
)
CELLS_LIMIT = 40  # at most this many cells in a Reach
CALLER_PATTERN = re.compile(
    r"(?P<who>[\w+=,.@/-]+)(?: as (?P<via>[\w+=,.@/-]+))?(?: with a (?P<badge>key|password|code))?",
    re.ASCII,
)


class Document(Struct, frozen=True):
    """A policy to show: its file's name, its text, and its kind."""

    name: str
    text: str
    kind: Kind


class DemonstratedCall(Struct, frozen=True):
    """A call of a demonstration: the sentence about it, the command as typed, and its outcome."""

    say: str
    command: str
    outcome: Outcome


class Demonstration(Struct, frozen=True):
    """A demonstration: calls that the account's owner makes in turn on the lesson's copy of the account."""

    calls: tuple[DemonstratedCall, ...]


class Reach(Struct, frozen=True):
    """Who can reach which thing: `tickets` has a row for each of `people`, with a ticket for each of `things`."""

    people: tuple[str, ...]
    things: tuple[str, ...]
    tickets: tuple[tuple[Ticket, ...], ...]


PagePart: TypeAlias = Paragraph | Document | Demonstration | Prediction | Reach


class Page(Struct, frozen=True):
    """A page with one idea: its title, its parts, and its marks."""

    title: str
    parts: tuple[PagePart, ...]
    marks: Marks = Marks()

    @property
    def teaches(self) -> tuple[str, ...]:
        """Return the ids of the skills that the page teaches."""
        return self.marks.teaches

    @property
    def prediction(self) -> Prediction | None:
        """Return the page's question about a request. Return None if it has none."""
        return next((part for part in self.parts if isinstance(part, Prediction)), None)


class Lesson(Struct, frozen=True):
    """The pages to read before a scenario's play."""

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
    """Return whether a scenario has a lesson."""
    return bool(lesson_texts(scenario))


def lesson_texts(scenario: Scenario) -> Mapping[str, str]:
    """Return the lesson's texts by file name, in reading order."""
    return {
        name: scenario.text(name)
        for name in (CHAPTER_FILE, LESSON_FILE)
        if name in scenario.files
    }


def lesson(scenario: Scenario) -> Lesson:
    """Return a scenario's lesson with every block computed, the chapter's pages first if it begins one.

    Raise Problems with every fault.
    """
    stage = _Stage(scenario)
    lesson_pages = tuple(
        Page(draft.title, tuple(stage.parts(draft)), draft.marks)
        for draft in lesson_drafts(scenario)
    )
    if stage.problems:
        raise Problems(*stage.problems)
    return Lesson(lesson_pages)


def lesson_drafts(scenario: Scenario) -> tuple[Draft, ...]:
    """Return the lesson's pages as written, before blocks are computed. Raise Problems."""
    return tuple(
        draft
        for name, text in lesson_texts(scenario).items()
        for draft in pages(text, name)
    )


def lesson_outlines(scenario: Scenario) -> tuple[PageOutline, ...]:
    """Return the outline of each page of the lesson, its blocks not computed. Raise Problems."""
    return tuple(
        outline
        for name, text in lesson_texts(scenario).items()
        for outline in page_outlines(text, name)
    )


def shown_operations(page: PageOutline) -> frozenset[tuple[str, str]]:
    """Return the operations that the acts of a page carry out: ("iam", "CreateUser")."""
    by_command = services()
    rows = (
        find_operation(by_command[match["service"]].name, match["word"])
        for match in CALL_LINE_PATTERN.finditer(page.acts)
        if match["service"] in by_command
    )
    return frozenset((row.service, row.name) for row in rows if row)


class _Stage:
    """The account on which a lesson's blocks run: the scenario's at its start, changed by the lesson's own acts.

    The root user of each other account has a key under the account's name, as in `world.sh`.
    """

    def __init__(self, scenario: Scenario) -> None:
        account, self.owner = mint_credential(
            scenario.opening, scenario.opening.root_arn, "key", scenario.now
        )
        for other in account.others.values():
            with_key, _ = new_key(
                other,
                other.id,
                other.name,
                scenario.now,
                birth=f"{MINTED_PREFIX}/{other.id}",
            )
            account = replace(account, others=account.others.put(other.id, with_key))
        self.account = account
        self.at, self.files = scenario.now, dict(scenario.files)
        self.problems: list[Problem] = []

    def parts(self, draft: Draft) -> Iterator[PagePart]:
        """Yield the computed parts of a page. Keep the problems of a block that fails."""
        for part in draft.parts:
            if isinstance(part, Paragraph):
                yield part
                continue
            try:
                yield BLOCK_READERS[part.kind](self, part)
            except Problems as found:
                self.problems += (
                    _problem_in_file(problem, part, draft.file)
                    for problem in found.problems
                )

    def document(self, block: Block) -> Document:
        """Return a policy to show, and keep it under its name for later acts.

        An empty block shows the scenario's file of that name.
        """
        text = block.text or self._file(block.name)
        kind = BLOCK_POLICY_KINDS[block.kind]
        # imported here because most lessons have no policy
        from coffeeshop.policy.validation.validate import validation_errors

        policy, _ = parse_draft(text, kind)
        wrong = tuple(
            problem
            for problem in validation_errors(text, kind)
            if problem.code not in TAKEN_ERRORS
        )
        if wrong or policy is None:
            raise Problems(
                *wrong
                or (_block_problem("this is no policy", "let it be one that AWS takes"),)
            )
        if block.name:
            self.files[block.name] = text.encode()
        return Document(block.name.rpartition("/")[2], text.strip("\n"), kind)

    def _file(self, name: str) -> str:
        """Return the text of a file of the scenario or of an earlier block. Raise Problems if there is none."""
        if name not in self.files:
            raise Problems(
                _block_problem(
                    f"there is no file {name or 'without a name'}",
                    "write the policy into the block",
                )
            )
        return self.files[name].decode("utf-8", "replace")

    def acts(self, block: Block) -> Demonstration:
        """Run the owner's calls and return them. The account goes on from them. All of them must succeed."""
        return self._demonstration(block, fails=False)

    def fails(self, block: Block) -> Demonstration:
        """Run calls that AWS answers with an error, and return them. All of them must fail."""
        return self._demonstration(block, fails=True)

    def _demonstration(self, block: Block, fails: bool) -> Demonstration:
        """Run the calls of a block. Raise Problems if one succeeds or fails unlike the others."""
        demonstrated_calls = list[DemonstratedCall]()
        rows = block.text.split("\n")
        for step in run_script(self.account, block.text, self.at, self.files, self.owner):
            if step.problems:
                raise Problems(*step.problems)
            if not step.outcomes:
                message = "this line makes no call"
                raise Problems(_block_problem(message, "show one that does", step.number))
            if problem := _unexpected_outcome(step, fails):
                raise Problems(problem)
            last = step.outcomes[-1]
            demonstrated_calls.append(
                DemonstratedCall(
                    _comment_above(rows, step.number),
                    " ".join(step.line.replace("\\\n", "").split()),
                    last,
                )
            )
            self.account = last.account
            self.at = last.act.at + TIME_BETWEEN_CALLS
        return Demonstration(tuple(demonstrated_calls))

    def prediction(self, block: Block) -> Prediction:
        """Return a request with its decision in the account as it is now."""
        request_block = read_toml(block.text, _Request, LESSON_FILE)
        return Prediction(
            self._try_call(request_block.who, request_block.do),
            words(" ".join(request_block.why.split())),
        )

    def reach(self, block: Block) -> Reach:
        """Return the tickets of each person's call for each thing."""
        reach_block = read_toml(block.text, _Reach, LESSON_FILE)
        if not 0 < len(reach_block.who) * len(reach_block.to) <= CELLS_LIMIT:
            raise Problems(
                _block_problem(
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
        """Return the ticket of one call of a person. Raise Problems if no policy decides it."""
        match = CALLER_PATTERN.fullmatch(person)
        line = " ".join(do.split())
        if match is None:
            raise Problems(
                _block_problem(
                    f"{person!a} is no one",
                    'write "kim", "kim as Cashier" or "kim with a code"',
                )
            )
        if (role := match["via"]) and role.lower() not in self.account.roles:
            raise Problems(
                _block_problem(
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
            (parse_call(line, self.files),),
            badge,
            match["via"] or "",
            untold=not match["badge"],
        )
        ticket = serve(self.account, want, self.at)
        stopped = ticket.stopping_call
        if ticket.decision is None or (stopped is not None and not ticket.was_refused):
            message = ticket.missing or (
                str(stopped.answer) if stopped else "nothing was asked"
            )
            raise Problems(
                _block_problem(
                    f"policies don't decide this request of {person}'s: {message}",
                    "use a request that AWS allows or denies",
                )
            )
        return ticket


BLOCK_READERS: Mapping[str, Callable[[_Stage, Block], PagePart]] = {
    **dict.fromkeys(BLOCK_POLICY_KINDS, _Stage.document),
    "acts": _Stage.acts,
    "fails": _Stage.fails,
    "request": _Stage.prediction,
    "reach": _Stage.reach,
}


def _unexpected_outcome(step: Step, fails: bool) -> Problem | None:
    """Return the problem of a line that should succeed and doesn't, or the other way round."""
    failed = next((outcome for outcome in step.outcomes if not outcome.has_succeeded), None)
    if fails and failed is None:
        message = "AWS carries this out"
        return _block_problem(message, "write it into acts", step.number)
    if not fails and failed is not None:
        message = f"AWS refuses this: {failed.answer}"
        mend = "show what works, or write it into fails"
        return _block_problem(message, mend, step.number)
    return None


def _comment_above(rows: list[str], number: int) -> str:
    """Return the comment lines directly above a command, as one text."""
    above = list[str]()
    for row in reversed(rows[: number - 1]):
        if not row.startswith("# "):
            break
        above.insert(0, row.removeprefix("# ").strip())
    return words(" ".join(above))


def _display_name(person: str) -> str:
    """Return the name of a principal as a page shows it."""
    kind, _, name = person.partition("/")
    if kind == "function" and name:
        return f"The function {name}"
    if person == "root":
        return "The owner"
    return person[:1].upper() + person[1:]


def _block_problem(message: str, mend: str, line: int = 0) -> Problem:
    return Problem(Level.ERROR, "bad-block", Place(LESSON_FILE, line), message, mend)


def _problem_in_file(problem: Problem, block: Block, file: str) -> Problem:
    """Return a problem with its place in the lesson's file. A block's text begins one line below its fence."""
    line = block.line + max(problem.place.line, 0)
    return placed_at(
        problem, place=Place(file, line, problem.place.column if problem.place.line else 0)
    )
