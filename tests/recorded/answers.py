"""Replay recorded answers: calls that others made on AWS, and the form of what AWS answered.

`answers.jsonl` has a session on each line: its source, its name there, the day on which it was recorded, and the calls in
their order. A call whose answer was recorded has `answer`. That is [code, text, status] of an error, where `<name>` stands
for any text, or the members of a reply with the types of their values. `differs` says why ours is unlike it. `left` counts
the answers that can't be reached, with the reason.

Keys of maps that the caller chooses, such as tags, are left out. Values are ours: `{3:QueueUrl}` in a parameter is the member QueueUrl of our answer to call 3. Only names, codes, texts
and types were carried over.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from coffeeshop.account.ids import REGION
from coffeeshop.account.model import (
    Act,
    Answer,
    Call,
    Caller,
    Key,
    Origin,
    Reply,
    ServiceError,
)
from tests.account.shop import Shop, allow

HERE = Path(__file__).parent
REFERENCE = re.compile(r"\{(\d+):([\w.]+)\}")
PLACEHOLDER = re.compile(r"<[^<>]*>")
# Members that depend on the wire or on the client, not on the account.
OF_THE_WIRE = re.compile(
    "Checksum.*|ResponseMetadata|AcceptRanges|ContentRange|Body|Payload"
)
DOCUMENT = "document"


class Compared(NamedTuple):
    """A recorded answer beside ours. `differs` is the stated reason, `is_alike` whether they are alike."""

    session: Mapping[str, Any]
    call: Mapping[str, Any]
    answer: Answer
    differs: str
    is_alike: bool


@cache
def sessions() -> tuple[Mapping[str, Any], ...]:
    """Return all sessions."""
    lines = (HERE / "answers.jsonl").read_text("utf-8").splitlines()
    return tuple(map(json.loads, lines))


def replay(session: Mapping[str, Any]) -> Iterator[Compared]:
    """Replay a session in a new account, and yield each recorded answer beside ours.

    An example is compared with the answer to our own call of that operation, in the world of
    `tests/account/api/test_rows.py`, and must lack no member. Calls before it bring about what it takes for granted.
    """
    if session.get("is_example"):
        yield from _compare_examples(session)
        return
    shop = Shop()
    admin: Caller = shop.hire("admin", allow("*"))
    answers = list[Answer]()
    for call in session["calls"]:
        shop.later(seconds=call.get("after", 0))
        service, operation = call["call"].split()
        parameters = _filled_in(call.get("with", {}), answers)
        caller = admin
        if "by" in call:
            caller = Key(str(_filled_in(call["by"], answers)))
        origin = Origin(region=call.get("region", REGION))
        act = Act(shop.at, caller, Call(service, operation, parameters, origin))
        answer = shop.do(act).answer
        answers.append(answer)
        if "answer" in call:
            differs = call.get("differs", "")
            is_alike = _is_alike(call["answer"], answer)
            yield Compared(session, call, answer, differs, is_alike)


def _compare_examples(session: Mapping[str, Any]) -> Iterator[Compared]:
    """Yield each example beside our answer to the call that we have of its operation."""
    from tests.account.api.test_rows import ASKED, WORLD, but, done  # slow to import

    world = WORLD
    for call in session["calls"]:
        service, operation = call["call"].split()
        changes = _filled_in(call.get("with", {}), [])
        outcome = done(world, but(ASKED[service, operation], **changes))
        answer = outcome.answer
        if "answer" not in call:
            assert isinstance(answer, Reply), answer
            world = outcome.account
            continue
        is_alike = isinstance(answer, Reply) and has_members(
            form(answer.body), call["answer"]
        )
        yield Compared(session, call, answer, call.get("differs", ""), is_alike)


def has_members(ours: Any, recorded: Any) -> bool:
    """Tell whether a form has all members of another."""
    match recorded, ours:
        case dict(), dict():
            return all(
                name in ours and has_members(ours[name], part)
                for name, part in recorded.items()
            )
        case [part], [our_part]:
            return has_members(our_part, part)
        case list(), list():
            return True
        case _:
            return ours == recorded


def _filled_in(value: Any, answers: list[Answer]) -> Any:
    """Return a parameter with the values of our earlier answers, and tuples for lists."""
    match value:
        case str():
            return REFERENCE.sub(lambda found: _member_text(answers, found), value)
        case {"b64": str(text)}:
            return b64decode(text)
        case dict():
            return {name: _filled_in(part, answers) for name, part in value.items()}
        case list():
            return tuple(_filled_in(part, answers) for part in value)
        case _:
            return value


def _member_text(answers: list[Answer], reference: re.Match[str]) -> str:
    """Return the value of a member of an earlier answer."""
    answer = answers[int(reference[1])]
    assert isinstance(answer, Reply), answer
    value: Any = answer.body
    for name in reference[2].split("."):
        value = value[int(name)] if name.isdecimal() else value[name]
    return str(value)


def _is_alike(recorded: Any, answer: Answer) -> bool:
    """Tell whether an answer of ours has a recorded form."""
    if isinstance(answer, ServiceError) != isinstance(recorded, list):
        return False
    if isinstance(answer, ServiceError):
        code, text, status = recorded
        pattern = PLACEHOLDER.sub("\0", text)
        pattern = re.escape(pattern).replace("\0", ".*")
        return (answer.code, answer.status) == (code, status) and re.fullmatch(
            pattern, answer.message, re.DOTALL
        ) is not None
    return form(answer.body) == recorded


def form(value: Any) -> Any:
    """Return a value with the names of types in place of values, and without empty members and those of the wire."""
    match value:
        case Mapping():
            members = {
                name: DOCUMENT if name.endswith("Document") else form(part)
                for name, part in sorted(value.items())
                if not OF_THE_WIRE.fullmatch(name) and part not in ({}, "", None)
            }
            return {name: part for name, part in members.items() if part != {}}
        case list() | tuple():
            return [form(part) for part in value[:1]]
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case _:
            return "text"


def table_of_sources() -> Iterator[str]:
    """Yield a table: of each source, how many answers are alike, differ for a stated reason, or can't be reached.

    A line of a tutorial that is NotSimulated by name is counted as such.
    """
    from tests.recorded.tutorials import NOT_SIMULATED, pages, replay_page  # imports this

    counts = dict[str, Counter[str]]()
    for page in pages():
        counted = counts.setdefault(page["source"], Counter())
        for carried in replay_page(page):
            if carried.outcome == NOT_SIMULATED:
                kind = "not simulated"
            elif carried.is_alike:
                kind = "alike"
            else:
                kind = "differ" if "differs" in carried.call else "WRONG"
            counted[kind] += 1
    for session in sessions():
        counted = counts.setdefault(session["source"], Counter())
        for compared in replay(session):
            kind = "alike" if compared.is_alike else "differ"
            counted[kind if compared.is_alike or compared.differs else "WRONG"] += 1
        for number in session.get("left", {}).values():
            counted["not simulated"] += number
    kinds = ("alike", "differ", "not simulated", "WRONG")
    yield f"{'source':48}{''.join(f'{kind:>15}' for kind in kinds)}"
    for source, counted in sorted(counts.items()):
        yield f"{source:48}{''.join(f'{counted[kind]:>15}' for kind in kinds)}"
