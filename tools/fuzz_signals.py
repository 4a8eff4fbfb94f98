"""What the fuzzing harness sends to the app in a terminal: keys and signals, in any order."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import strategies as st

from tests.tui.terminal import Terminal, restored


class LeftBehindError(Exception):
    """The app left a terminal or a save in disorder."""


LAST_ROW = "\x1b[24;1H"  # where the cursor goes to paint the last row
SIGNALS = ("SIGTSTP", "SIGCONT", "SIGWINCH", "SIGURG")
PRESSED = (*"1234?gycu:x", "\x1b", "\r", "\t", "\x1b[B", "\x1b[200~aws\x1b[201~", "\x1a")


def signal_series() -> st.SearchStrategy[list[str]]:
    """Return keys and signals in a row."""
    steps = st.sampled_from(SIGNALS) | st.sampled_from(PRESSED)
    return st.lists(steps, min_size=5, max_size=60)


def send_signals(series: list[str]) -> None:
    """Send keys and signals to an app in a terminal. Hold that it ends when asked to, restores the terminal, and keeps its save."""
    folder = Path("terminal")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    terminal = Terminal(folder, "-m", "coffeeshop", "play", "05")
    try:
        terminal.until(LAST_ROW)
        for step in series:
            if step in SIGNALS:
                os.kill(terminal.pid, getattr(signal, step))
            else:
                terminal.press(step)
        status = terminal.end_by(signal.SIGTERM)
    except BaseException:
        terminal.kill()
        raise
    # SIGTERM is sent again each second. On a busy machine one comes after the app has put all back.
    has_ended = status in (0, -signal.SIGTERM)
    if not has_ended or "Traceback" in terminal.wrote or not restored(terminal):
        raise LeftBehindError(f"exit status {status}: {terminal.wrote[-300:]!r}")
    saves = [*folder.rglob("*.sqlite3")]
    if len(saves) != 1:
        raise LeftBehindError(f"saves: {saves}")
    with closing(sqlite3.connect(saves[0])) as db:
        if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise LeftBehindError("the save is damaged")
