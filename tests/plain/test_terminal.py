"""Plain mode at a terminal: no word is broken, and tab knows what may come next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from coffeeshop.account.command.shell_words import MAX_LINE_LENGTH
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.plain import terminal
from coffeeshop.plain.loop import play_plain, respond
from coffeeshop.plain.terminal import (
    MAX_LINE_READ,
    MORE_PROMPT,
    page_lines,
    proposals,
    typed_lines,
)
from coffeeshop.plain.wrapped import break_row
from coffeeshop.views.report import hint_rows
from coffeeshop.views.rows import Row
from tests.plain.session import session

LONG = (
    "Casey lists the receipts, opens any receipt, and never looks into the drawer that is called payroll. "
    * 3
)


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_lines_are_broken_between_words_and_nothing_is_lost(columns: int):
    text = break_row(Row(LONG, word="star 1", indent=1), columns)
    assert all(len(part) < columns for part in text.split("\n"))
    assert text.split() == f"star 1: {LONG}".split()


def test_code_and_what_is_no_terminal_stay_on_one_line():
    assert break_row(Row(LONG, role="code"), 40) == LONG
    assert break_row(Row(LONG), None) == LONG


def test_a_line_break_in_a_text_stays_a_line_break():
    text = break_row(Row(f"{LONG}\n  {LONG}\nshort", indent=1), 40)
    assert all(len(part) < 40 for part in text.split("\n"))
    assert "\nshort" in text
    assert text.split() == f"{LONG} {LONG} short".split()


def test_the_document_of_a_hint_stays_as_it_is_to_be_typed(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        hints = [plain("hint") for _ in range(3)]
        assert hints[2][1].startswith(
            "hint 3 of 3: A document to start from. Fill in its blanks"
        )
        hint = plain.shell.player.hint()
        assert hint is not None
        rows = list(hint_rows(hint.text))
        document = "\n".join(break_row(row, 40) for row in rows if row.role == "code")
        assert json.loads(document)["Version"] == "2012-10-17"
        assert "\n" in document


def test_a_name_longer_than_the_line_stays_whole():
    arn = f"arn:aws:iam::111122223333:policy/{'x' * 60}"
    assert arn in break_row(Row(f"It is {arn} that speaks."), 40).split()


@pytest.mark.parametrize(
    ("typed", "shown", "next_line"),
    [
        (["", ""], range(25), None),
        (["", "q"], range(20), None),
        (["q"], range(10), None),
        (["who"], range(10), "who"),
        ([], range(10), None),  # the end of the input
    ],
)
def test_an_answer_longer_than_the_terminal_is_read_a_page_at_a_time_and_done_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: list[str],
    shown: range,
    next_line: str | None,
):
    monkeypatch.setattr(terminal, "_terminal_room", lambda _: 10)
    waiting, prompts, told = iter(typed), list[str](), list[int]()

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        if (line := next(waiting, None)) is None:
            raise EOFError
        return line

    def answer() -> Iterator[Row]:
        for number in range(25):
            told.append(number)
            yield Row(str(number))

    with session(tmp_path / "ana.sqlite3") as plain:
        read = list(page_lines(plain.shell, answer(), StringIO(), ask))
        assert read == [f"{number}\n" for number in shown]
        assert told == [*range(25)]
        assert next(plain.shell.source, None) == next_line
    assert set(prompts) == {MORE_PROMPT}


def test_what_is_read_by_a_program_is_never_paged(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        assert (
            len(
                [*page_lines(plain.shell, map(Row, map(str, range(200))), StringIO(), None)]
            )
            == 200
        )


def test_tab_knows_words_scenarios_files_badges_and_the_cli(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        assert "hint" in proposals("hi", plain.shell)
        assert proposals("show ", plain.shell) == ()
        assert "05-receipts-drawer" in proposals("play 0", plain.shell)
        plain("play 05")
        assert proposals("as a", plain.shell) == ("ada@console",)
        assert "solution.sh" not in proposals("show ", plain.shell)
        assert proposals("aws iam create-us", plain.shell) == ("create-user",)
        assert "casey" in proposals("aws iam get-user --user-name c", plain.shell)


class Endless(StringIO):
    """A device: characters without an end of line, as many as are asked for, until so many were read."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.left, self.most = characters, 0

    def readline(self, size: int | None = -1, /) -> str:
        assert size, "no one can hold all of it"
        taken = min(size, self.left)
        self.left, self.most = self.left - taken, max(self.most, taken)
        return "x" * taken


def test_of_a_line_that_never_ends_only_so_much_is_held_as_a_line_may_have(tmp_path: Path):
    source, out = Endless(10 * MAX_LINE_READ), StringIO()
    with closing(Progress(tmp_path / "save.sqlite3")) as progress:
        assert play_plain(Player(progress), source, out) == 0
    assert (source.left, source.most) == (0, MAX_LINE_READ)
    assert out.getvalue().count("isn't a command") == 1


def test_a_line_that_is_too_long_is_told_and_the_next_is_read(tmp_path: Path):
    with session(tmp_path / "save.sqlite3") as plain:
        plain("play 05")
        said = "".join(
            typed_lines(
                plain.shell,
                StringIO(f"aws iam list-users {'x' * 2 * MAX_LINE_LENGTH}\nquit\n"),
                None,
            )
        )
        long, _, rest = said.partition("quit")
        assert (len(long), rest) == (MAX_LINE_READ, "\n")
        assert f"at most {MAX_LINE_LENGTH} are read" in "\n".join(plain(long))


def test_while_a_text_is_typed_the_prompt_names_the_file_and_not_a_credential(
    tmp_path: Path,
):
    typed, prompts = iter(["write a.json", "{}", ".", "who"]), list[str]()

    def ask(prompt: str) -> str:
        if (line := next(typed, None)) is None:
            raise EOFError
        prompts.append(prompt)
        return line

    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 05")
        plain.shell.source = typed_lines(plain.shell, StringIO(), ask)
        for line in plain.shell.source:
            assert [*respond(plain.shell, line)]
    assert prompts == ["ada@console> ", "a.json: ", "a.json: ", "ada@console> "]
