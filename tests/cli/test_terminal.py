"""The commands at a terminal, which may know fewer characters than we print, and sends bytes that are no text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from tests.cli.test_commands import ROOT, environment
from tests.examples import choose_cases

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
OLD = {"PYTHONIOENCODING": "latin-1"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def at_terminal(
    home: Path, *words: str, typed: bytes = b"", more: Mapping[str, str] = {}
) -> tuple[int, bytes]:
    """Returns the exit code of the command and all that its terminal showed."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "coffeeshop", *words]
    os.write(ours, typed)
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=environment(home, **more),
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return process.returncode, shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's word for an end
        return b""


OLDER = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
OTHERS = (OLD, OLDER, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"})
LINES = b"play 01\ngrade\nhint\nplay 10\nnext\naws iam list-users --output table\nplay 99\nquit\n"
COMMANDS = [["--plain"], ["--help"], ["scenarios"], ["nothing"]]


@pytest.mark.parametrize(
    ("words", "more"),
    choose_cases(
        [*product(COMMANDS[:1], OTHERS), *zip(COMMANDS[1:], OTHERS, strict=False)],
        product(COMMANDS, OTHERS),
    ),
    ids=str,
)
def test_a_terminal_that_knows_fewer_characters_gets_plain_ones(
    home: Path, words: list[str], more: Mapping[str, str]
):
    _, shown = at_terminal(
        home, *words, typed=LINES if "--plain" in words else b"", more=more
    )
    assert not re.search(rb"\\[ux][0-9a-f]{2}|Traceback", shown), shown
    if "--plain" in words:
        assert b"---" in shown
        assert b"Everything is saved" in shown


@pytest.mark.parametrize("locale", ["0", "1"])
def test_bytes_that_are_no_text_are_typed_as_escapes(home: Path, locale: str):
    typed = b"play 05\naws iam create-user --user-name \xff\n\xed\xa0\x80\nquit\n"
    code, shown = at_terminal(home, "--plain", typed=typed, more={"PYTHONUTF8": locale})
    assert (code, b"Everything is saved" in shown) == (0, True)


def test_a_folder_that_a_command_tells_is_harmless(home: Path, tmp_path: Path):
    (tmp_path / "class.csv").write_text("learner\nana\n")
    out = tmp_path / os.fsdecode(b"\x1b]0;x\x07\xff.csv")
    code, shown = at_terminal(
        home, "roster", "assign", str(tmp_path / "class.csv"), "--out", str(out)
    )
    assert (code, out.is_file()) == (0, True)
    assert b"\\x1b]0;x\\x07\\udcff.csv: 1 learner" in shown


@pytest.mark.parametrize(
    "words",
    [
        ["play", "05", "{}"],
        ["{}"],
        ["--{}"],
        ["scenarios", "--{}"],
        ["run", "--format", "{}"],
    ],
)
def test_a_word_too_many_is_said_again_as_what_no_terminal_obeys(
    home: Path, words: list[str]
):
    code, shown = at_terminal(home, *(word.format("\x1b]0;x\x07\u202e") for word in words))
    assert (code, b"\\x1b]0;x\\x07\\u202e" in shown) == (2, True)
    assert not any(hidden in shown for hidden in (b"\x1b", b"\x07", "\u202e".encode()))
