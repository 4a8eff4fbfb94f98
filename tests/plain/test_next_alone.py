"""Whoever types nothing but what Next says, with names of their own for its capitals, comes to three stars line by line, too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.plain.session import session
from tests.views.plays import scenario

LINES = 40
BLANKS = {  # what stands for each word in capitals: what the brief calls a group, or whatever one likes
    "--group-name NAME": "--group-name Cashiers",
    "--policy-name NAME": "--policy-name receipts",
    "PASSWORD": "Latte-art-at-7",
    "DOCUMENT": "file://policies/receipts.json",
}


def typed(said: str) -> list[str]:
    """The lines that Next says, one after the other, their blanks filled."""
    for blank, filled in BLANKS.items():
        said = said.replace(blank, filled)
    lines = re.findall(r"`([^`]+)`", said)
    return [
        line
        for line in lines
        if line.split()[0] in ("aws", "console", "undo", "grade", "as")
    ]


@pytest.mark.parametrize("name", ["00", "01", "02", "03", "04", "05", "10"])
def test_whoever_types_what_next_says_comes_to_three_stars(
    tmp_path: Path, name: str
) -> None:
    told = [""]
    with session(tmp_path) as plain:
        plain(f"play {scenario(name).id}")
        while not told[-1].startswith("Next: Three stars!") and len(told) < LINES:
            told += [line for line in plain("next") if line.startswith("Next:")]
            for line in typed(told[-1]):
                answer = plain(line)
                assert not any(each.startswith("aws: [ERROR]: ") for each in answer), (
                    line,
                    answer,
                )
    assert told[-1].startswith("Next: Three stars!"), "\n".join(told)
