"""Replay command lines of AWS's own user guides: `tutorials.jsonl` has a page on each line.

A page has the lines in their order, and between them ours (`ours`), which make what the page takes for granted. `names` says
what a name of the page stands for here: `{key}` is the newest KMS key. `files` says what a file of the page holds. `answer`
is the form of the answer that the page shows (times as text: the CLI's version 1 wrote some as numbers), or "answered",
or the code of an error, or "refused by the CLI", which its version 1 was seen to do.
`differs` says why ours is unlike the page's. Only command lines, names and types were carried over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.command.line import Line, carry_out
from coffeeshop.account.command.understand import understand_line
from coffeeshop.account.model import Act, Answer, Call, ServiceError
from tests.account.shop import ID, Shop, allow, answered, trust
from tests.recorded.answers import form, has_members

PAGES = Path(__file__).with_name("tutorials.jsonl")
CONTENTS = {
    "trust": trust(f"arn:aws:iam::{ID}:root"),
    "policy": allow("s3:*"),
    "text": "hello",
}
REFUSED = "refused by the CLI"
NOT_SIMULATED = "NotSimulated"


class Carried(NamedTuple):
    """A line with what came of it. `outcome` is a code, REFUSED, or the answers' forms. `text` is what was printed."""

    call: Mapping[str, Any]
    outcome: Any
    text: str

    @property
    def is_alike(self) -> bool:
        """Tell whether ours came to what the page's line does."""
        expected = self.call["answer"]
        if expected == "answered":
            return isinstance(self.outcome, list)
        if isinstance(expected, str):
            return self.outcome == expected
        return isinstance(self.outcome, list) and has_members(self.outcome[-1], expected)


@cache
def pages() -> tuple[Mapping[str, Any], ...]:
    """Return all pages."""
    lines = PAGES.read_text("utf-8").splitlines()
    return tuple(map(json.loads, lines))


def replay_page(page: Mapping[str, Any]) -> Iterator[Carried]:
    """Carry out a page's lines in a new account, as someone who may do everything."""
    shop = Shop()
    shop.hire("admin", allow("*"))
    files = {name: CONTENTS[kind].encode() for name, kind in page.get("files", {}).items()}
    for call in page["calls"]:
        line = call.get("ours", call.get("line"))
        for name, ours in page.get("names", {}).items():
            line = line.replace(name, ours)
        if "{key}" in line:
            line = line.replace("{key}", _newest_key(shop))
        if line.endswith("\\"):
            line += "\n"  # the page goes on with an empty line
        carried = _carry_out(shop, call, line, files)
        if "line" in call:
            yield carried
        else:
            assert isinstance(carried.outcome, list), carried


def _newest_key(shop: Shop) -> str:
    """Return the id of the KMS key that was made last."""
    made = (
        answered(outcome)
        for outcome in reversed(shop.outcomes)
        if outcome.act.call.operation == "CreateKey"
    )
    return str(next(made)["KeyMetadata"]["KeyId"])


def _carry_out(
    shop: Shop, call: Mapping[str, Any], line: str, files: Mapping[str, bytes]
) -> Carried:
    """Carry out one line as the shells do."""
    understood = understand_line(line, shop.account, shop.at, files, "admin")
    if not isinstance(understood, Line):
        texts = "; ".join(problem.text for problem in understood)
        is_named = all("not simulated" in problem.text for problem in understood[:1])
        return Carried(call, NOT_SIMULATED if is_named else REFUSED, texts)
    answers = list[Answer]()
    caller = understood.caller or find_caller(shop.account, "admin")

    def ask(asked: Call) -> Answer:
        answers.append(shop.do(Act(shop.at, caller, asked)).answer)
        return answers[-1]

    printed = carry_out(understood, ask)
    last = answers[-1] if answers else None
    if isinstance(last, ServiceError):
        return Carried(call, last.code, printed.text)
    forms = [form(each.body) for each in answers if not isinstance(each, ServiceError)]
    return Carried(call, forms, printed.text)
