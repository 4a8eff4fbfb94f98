"""An empty list says why it is empty and what to do: no heading stands alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.exercises.choice import Choice
from coffeeshop.lessons.exercises.exercise import exercise
from coffeeshop.plain.loop import respond
from coffeeshop.plain.words import WORDS
from coffeeshop.views.rows import Row, line
from tests.plain.session import Session, session

STORIES = ("00", "05", "10", "practice", "own-shop")
CHANGES = {"again", "undo", "redo", "quit", "write", "wait", "play"}


def opened(tmp_path: Path, story: str) -> str:
    """The name by which a story is opened; an exercise is drawn into a teacher's folder."""
    if story != "practice":
        return story
    choice = Choice("groups", 1, 7)
    for name, body in exercise(choice).files.items():
        place = tmp_path / "mine" / choice.id / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    return choice.id


def is_heading(row: Row) -> bool:
    verdict = row.text.endswith(".") or " points" in row.text  # says something by itself
    return row.text.endswith(":") or (row.role == "title" and not verdict)


@pytest.mark.parametrize("story", STORIES)
def test_no_heading_of_any_word_stands_without_a_row_below_it(tmp_path: Path, story: str):
    id = opened(tmp_path, story)
    with session(tmp_path / "ana.sqlite", tmp_path / "mine") as plain:
        plain(f"play {id}")
        for word in WORDS.keys() - CHANGES:
            rows = list(respond(plain.shell, word))
            assert rows, f"`{word}` says nothing"
            for row, below in zip(rows, [*rows[1:], None], strict=True):
                told = below is not None and not (
                    is_heading(row) and is_heading(below) and row.role == below.role
                )
                assert told or not is_heading(row), f"`{word}`: {line(row)}"


def said(plain: Session, word: str) -> str:
    return "\n".join(plain(word))


def test_an_empty_list_says_why_it_is_empty(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play own-shop")
        assert "suggests no AWS calls" in said(plain, "calls")
        assert "You haven't called AWS here yet." in said(plain, "trail")
        assert "nothing to try" in said(plain, "open")
        assert "nothing is asked for here" in said(plain, "hint")


def test_practice_lists_the_calls_that_give_what_its_jobs_need(tmp_path: Path):
    id = opened(tmp_path, "practice")
    with session(tmp_path / "ana.sqlite", tmp_path / "mine") as plain:
        plain(f"play {id}")
        assert "aws iam add-user-to-group" in said(plain, "calls")
