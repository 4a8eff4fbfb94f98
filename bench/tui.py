"""First frame, key to paint and memory of the app, beside a bare Textual app in the same run, each in a real terminal.

    python bench/tui.py [--runs 15] [--acts 100] [--rounds 20] [--peer "posting default" --words Collection]

A pseudo-terminal of 120 by 40 cells stands for the terminal. *First frame*: from starting the process to the last
byte of the first screen that holds its words. *Key to paint*: from writing the key to the last byte that the screen
answers with (it is at rest when nothing came for 40 ms). The apps start by turns, so that all of them meet the same
load. The acts are undo and redo of one call on the shop floor, so each changes the play, is committed to disk, and
shows the whole floor anew. *Memory*: what is resident after them, how much of that are pages of files (of programs
and libraries, which processes share), and what is resident after as many rounds through screens that open and close:
none of them may stay behind. Another app can be timed to the first screen that holds its words, between ours and the
bare one. Python's bytecode is kept in a folder of this run, and each app starts once before it is timed, since an
installed program is compiled already. The keys are timed in rounds by turns with the bare app's. Linux only: memory is
read from /proc. Prints one JSON line, whose last part has the three figures to compare: the ratio of the first frames
and the ninety-fifth percentile of the keys in milliseconds, each a median, and the megabytes in play.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import json
import os
import platform
import pty
import select
import shlex
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    BINDINGS = [("u", "flip"), ("U", "flip")]
    def compose(self):
        yield Static("bare 0" + "\\n" + "x" * 4000, markup=False)
    def action_flip(self):
        self.n = 1 - getattr(self, "n", 0)
        self.query_one(Static).update("bare %d" % self.n + "\\n" + "xy"[self.n] * 4000)
Bare().run()
"""
STEPS = (  # from the opening to an act that is shown on the floor: keys, and what the screen says then
    ("b", b"What will be checked"),
    ("\x1b", b"Must work"),
    (":", b"type an aws line"),
    ("aws iam create-group --group-name Bench\r", b"AGPA"),
    ("\x1b", b"grants nothing yet"),
)
ROUND = (  # through screens that open and close
    ("2", b"Users"),
    ("3", b"Policies"),
    ("1", b"Must work"),
    ("b", b"What will be checked"),
    ("\x1b", b"Must work"),
    ("?", b"Marks"),
    ("\x1b", b"Must work"),
)
REST = 0.04  # seconds without a byte: the screen is at rest
PATIENCE = 20.0
NO_BYTECODE = (
    "PYTHONDONTWRITEBYTECODE"  # a variable that would have each start compile everything
)


class Terminal:
    """A process in a pseudo-terminal."""

    def __init__(self, argv: list[str], env: dict[str, str]) -> None:
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def settle(self, words: bytes = b"", since: float = 0.0) -> float:
        """Seconds from `since` to the last byte before the screen rests or the process ends, once `words` were seen."""
        seen, last, end = b"", 0.0, time.perf_counter() + PATIENCE
        while time.perf_counter() < end:
            if more := self._read():
                seen += more
                last = time.perf_counter()
            elif last and words in seen:
                return last - since
        raise TimeoutError(f"not seen within {PATIENCE:g} s: {words!r}")

    def _read(self) -> bytes:
        """What comes before the screen rests; nothing from a process that has ended."""
        if not select.select([self.fd], [], [], REST)[0]:
            return b""
        try:
            return os.read(self.fd, 1 << 16)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return b""

    def press(self, keys: str, words: bytes = b"") -> float:
        """Seconds from a key to its last painted byte."""
        since = time.perf_counter()
        os.write(self.fd, keys.encode())
        return self.settle(words, since)

    def memory(self, of: str = "VmRSS") -> float:
        """Resident megabytes; RssFile are those of files."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return round(
            int(
                next(line.split()[1] for line in status.splitlines() if line.startswith(of))
            )
            / 1024,
            1,
        )

    def close(self) -> None:
        """End the process that was started here."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def first_frame(argv: list[str], words: bytes, env: dict[str, str]) -> float:
    """Milliseconds to the first frame."""
    terminal = Terminal(argv, env)
    found = 1000 * terminal.settle(words, terminal.started)
    terminal.close()
    return found


def keys(terminal: Terminal, acts: int) -> list[float]:
    """Milliseconds from key to paint: undo and redo by turns."""
    return [1000 * terminal.press("uU"[n % 2]) for n in range(acts)]


def walked(terminal: Terminal, rounds: int) -> float:
    """Megabytes after rounds through screens."""
    for key, words in ROUND * rounds:
        terminal.press(key, words)
    return terminal.memory()


def key_rounds(
    terminals: list[Terminal], acts: int, rounds: int
) -> list[list[list[float]]]:
    """For each terminal its rounds of keys, taken by turns, so that both apps meet the same load."""
    turns = [[keys(terminal, acts) for terminal in terminals] for _ in range(rounds)]
    return list(map(list, zip(*turns, strict=True)))


def measured(
    frames: list[float], rounds: list[list[float]], terminal: Terminal
) -> dict[str, float]:
    """The numbers of one app, which is still there: medians of its starts, and of its rounds of keys."""
    return {
        "first_frame_ms": round(statistics.median(frames), 1),
        "key_p50_ms": round(statistics.median(map(statistics.median, rounds)), 1),
        "key_p95_ms": round(
            statistics.median(statistics.quantiles(paints, n=20)[18] for paints in rounds),
            1,
        ),
        "memory_mb": terminal.memory(),
        "of_files_mb": terminal.memory("RssFile"),
    }


def environment(folder: str) -> dict[str, str]:
    """The variables of the apps: a terminal with colours, saves and bytecode in a folder of this run."""
    env = {name: text for name, text in os.environ.items() if name != NO_BYTECODE}
    return env | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "COFFEESHOP_DATA": f"{folder}/saves",
        "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--acts", type=int, default=100, help="keys in a round")
    parser.add_argument("--key-rounds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=20, help="rounds through screens")
    parser.add_argument(
        "--peer",
        type=shlex.split,
        help="the command of another app, timed to its first frame",
    )
    parser.add_argument(
        "--words",
        type=os.fsencode,
        default=b"",
        help="what the first screen of that app holds",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = environment(folder)
        bare = [sys.executable, "-c", BARE]
        home = [sys.executable, "-m", "coffeeshop"]
        play = [*home, "play", "05"]
        apps = [
            (bare, b"bare"),
            (home, b"Coffeeshop"),
            *([(options.peer, options.words)] if options.peer else []),
        ]
        for app in apps:
            first_frame(*app, env)  # compiles it
        turns = [[first_frame(*app, env) for app in apps] for _ in range(options.runs)]
        bare_frames, home_frames, *peers = map(list, zip(*turns, strict=True))

        first = Terminal(play, env)  # compiles the rest
        first.settle(b"opens")
        first.close()
        bare_app = Terminal(bare, env)
        bare_app.settle(b"bare")
        shop = Terminal(play, env)
        shop.settle(b"opens")
        for step, words in STEPS:
            shop.press(step, words)
        time.sleep(1)
        terminals = [bare_app, shop]
        bare_rounds, shop_rounds = key_rounds(terminals, options.acts, options.key_rounds)
        bare_numbers = measured(bare_frames, bare_rounds, bare_app)
        numbers = measured(home_frames, shop_rounds, shop)
        numbers["walked_mb"] = walked(shop, options.rounds)
        bare_app.close()
        shop.close()
    found = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 2),
        "coffeeshop": numbers,
        "bare": bare_numbers,
    }
    for frames in peers:
        found["peer"] = {"first_frame_ms": round(statistics.median(frames), 1)}
    pairs = zip(home_frames, bare_frames, strict=True)
    found["figures"] = {
        "first_frame_ratio": round(
            statistics.median(ours / bare for ours, bare in pairs), 2
        ),
        "key_p95_ms": numbers["key_p95_ms"],
        "memory_mb": numbers["memory_mb"],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
