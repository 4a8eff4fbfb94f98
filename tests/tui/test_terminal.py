"""A real terminal: the process, its bytes, and what it leaves behind when it ends well, is told to end, or breaks."""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path

import pytest

from tests.tui.terminal import PATIENCE, Terminal, restored, wait_for_stop

TERMINATED = 128 + signal.SIGTERM  # the exit code, as a POSIX shell would report it


def test_a_terminal_larger_than_any_desk_is_painted_and_can_be_left(tmp_path: Path):
    terminal = Terminal(tmp_path, "-m", "coffeeshop", lines=65535, columns=65535)
    terminal.until("Look around")
    terminal.press("\x11")
    assert terminal.end() == 0
    assert len(terminal.wrote) < 10_000_000
    assert restored(terminal)


@pytest.fixture
def app(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path, "-m", "coffeeshop", "play", "05")
    terminal.open_brief()
    return terminal


def test_keys_come_as_bytes_and_ctrl_q_ends_it_cleanly(app: Terminal) -> None:
    app.press("\x1b")
    app.until("Must work")
    app.press("2")
    app.until("Users")
    app.press("\x11")
    assert app.end() == 0
    assert restored(app)


@pytest.mark.slow
def test_bytes_that_are_no_text_are_no_keys_and_end_nothing(app: Terminal) -> None:
    app.press("\x1b")
    app.until("Must work")
    for sent in (b"caf\xe9", b"\x1b[M\xff\xff\xff"):  # Latin-1, a mouse of old
        os.write(app.fd, sent)
    app.press("\x11")
    assert app.end() == 0
    assert "Traceback" not in app.wrote


@pytest.mark.slow
@pytest.mark.parametrize(
    ("begins", "ends"), [(b"", b""), (b"\x1b[200~", b"\x1b[201~")], ids=["typed", "pasted"]
)
def test_bytes_that_are_no_text_enter_no_field(
    app: Terminal, begins: bytes, ends: bytes
) -> None:
    app.press("\x1b")
    app.until("Must work")
    app.press(":")
    app.until("an aws line")
    os.write(app.fd, begins + b"aws iam get-user --user-name ca\xe9s\xff\xfeey" + ends)
    os.write(app.fd, b"\x1b[M\xff\xff\xff\r")
    app.until("user/casey")
    app.press("\x11")
    assert app.end() == 0


def test_a_terminal_is_restored_when_the_process_is_told_to_end(app: Terminal) -> None:
    os.kill(app.pid, signal.SIGTERM)
    assert app.end() == TERMINATED
    assert restored(app)


EARLY_END = """
import os, signal, sys
from coffeeshop.__main__ import main
from coffeeshop.tui.driver import TerminalDriver

def start(driver, start=TerminalDriver.start_application_mode):
    start(driver)
    os.kill(os.getpid(), signal.SIGTERM)

TerminalDriver.start_application_mode = start
sys.argv = ["coffeeshop", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize("words", [["play", "05"], []], ids=["a scenario", "the shelf"])
def test_a_terminal_is_restored_when_the_process_is_told_to_end_before_its_first_screen(
    tmp_path: Path, words: list[str]
) -> None:
    terminal = Terminal(tmp_path, "-c", EARLY_END, *words)
    assert terminal.end() == TERMINATED
    assert restored(terminal)


def test_without_its_terminal_it_ends_even_where_hangups_are_ignored(
    tmp_path: Path,
) -> None:
    was = signal.signal(
        signal.SIGHUP, signal.SIG_IGN
    )  # as nohup does, and children inherit it
    try:
        terminal = Terminal(tmp_path, "-m", "coffeeshop", "play", "05")
    finally:
        signal.signal(signal.SIGHUP, was)
    terminal.open_brief()
    os.close(terminal.fd)
    end = time.monotonic() + PATIENCE
    while os.waitpid(terminal.pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
            pytest.fail("it goes on without a terminal")
        select.select([], [], [], 0.05)


CRASH = """
from pathlib import Path
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.tui.app import CoffeeshopApp
import os

def broken(app):
    raise RuntimeError("broken on purpose")

CoffeeshopApp.action_undo = broken
player = Player(Progress(Path(os.environ["COFFEESHOP_DATA"]) / "x.sqlite3"))
player.open("05")
app = CoffeeshopApp(player)
app.run()
raise SystemExit(app.return_code)
"""


def test_a_terminal_is_restored_when_the_app_breaks(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(CRASH)
    terminal = Terminal(tmp_path, str(script))
    terminal.open_brief()
    terminal.press("\x1b")
    terminal.until("Must work")
    terminal.press("u")
    assert terminal.end() == 1
    assert restored(terminal)
    assert "broken on purpose" in terminal.wrote


@pytest.mark.slow
def test_typing_into_the_editor_does_not_kill_the_process(tmp_path: Path) -> None:
    """The parser that colours JSON has ended processes in other versions."""
    terminal = Terminal(tmp_path, "-m", "coffeeshop", "play", "05")
    terminal.open_brief()
    terminal.press("\x1b")
    terminal.until("Must work")
    terminal.press("3")
    terminal.until("logs")
    terminal.press("n")
    terminal.until("It has no effect until")
    terminal.press("Receipts\r")
    terminal.until("Reads as")
    terminal.press('s3:ListBucket"}]{')
    terminal.until("Problems")
    terminal.press("\x11")
    assert terminal.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "repeats", [1, 3], ids=lambda repeats: f"each signal {repeats} times"
)
def test_an_app_that_is_stopped_and_continued_amid_output_goes_on_and_ends(
    app: Terminal, repeats: int
) -> None:
    app.press("\x1b")
    app.until("Must work")
    for n in range(20):
        app.press("23"[n % 2] * 10)  # so that it paints
        for _ in range(repeats):
            os.kill(app.pid, signal.SIGTSTP)
        assert wait_for_stop(app)
        for _ in range(repeats):
            os.kill(app.pid, signal.SIGCONT)
    app.wrote = ""
    app.go_on("\x1b\x1b1", "Must work")
    os.kill(app.pid, signal.SIGTERM)
    assert app.end() == TERMINATED
    assert restored(app)


@pytest.mark.slow
def test_a_stop_that_is_taken_back_at_once_leaves_the_app_running(app: Terminal) -> None:
    app.press("\x1b")
    app.until("Must work")
    for _ in range(20):
        os.kill(app.pid, signal.SIGTSTP)
        os.kill(app.pid, signal.SIGCONT)
    app.go_on("2", "Groups")
    os.kill(app.pid, signal.SIGTERM)
    assert app.end() == TERMINATED
