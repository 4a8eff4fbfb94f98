"""How many frames a second an opened shop of ten tickets holds, in a real terminal of 120 by 40 cells.

    python bench/shop.py [--seconds 6]

The app is started in a pseudo-terminal and `r` is pressed; a frame is a paint that begins above where the last one ended,
and the rate is that of the paints while anything moves. *Draw* is what a frame costs in processor time: the view's picture
of a moment, and the widget's strips of it. Linux only. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from itertools import cycle, islice, pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import select

from tui import STEPS, Terminal

from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.tui.theme import picture_paints
from coffeeshop.tui.widgets.drawing import strips
from coffeeshop.views.picture.beats import beat_start_times, beats, moment_at
from coffeeshop.views.picture.opening import draw_moment

SCENARIO, TICKETS = "10", 10
MOVE = re.compile(rb"\x1b\[(\d+);\d+H")  # the cursor, to where something is painted


def drawing(columns: int = 118, rows: int = 32) -> list[float]:
    """Milliseconds of each frame of ten tickets, drawn one after the other."""
    play = Play(load(find(SCENARIO)))
    played = tuple(islice(cycle(beats(play, run_all_wants(play))), TICKETS))
    colours, found = picture_paints("dark-roast"), list[float]()
    for frame in range(int(30 * beat_start_times(played)[-1])):
        if at := moment_at(played, frame / 30):
            since = time.process_time()
            strips(draw_moment(played, at, columns, rows, colours), columns)
            found.append(1000 * (time.process_time() - since))
    return found


def held(seconds: float, env: dict[str, str]) -> tuple[float, float]:
    """Frames a second that reach the terminal, and the share of a core that the app takes for them."""
    terminal = Terminal([sys.executable, "-m", "coffeeshop", "play", SCENARIO], env)
    terminal.settle(b"opens")
    for step, words in STEPS[:2]:
        terminal.press(step, words)
    os.write(terminal.fd, b"r")
    frames, row, start, before, seen = list[float](), 0, 0.0, 0.0, b""
    while not start or time.perf_counter() - start < seconds:
        if not select.select([terminal.fd], [], [], 5)[0]:
            continue
        seen = os.read(terminal.fd, 1 << 16)
        if not start and b"1 of 9" in seen:
            start, before = time.perf_counter(), spent(terminal.pid)
        for found in MOVE.finditer(seen) if start else ():
            if (at := int(found[1])) <= row:
                frames.append(time.perf_counter())
            row = at
    cost = spent(terminal.pid) - before
    terminal.close()
    gaps = [later - sooner for sooner, later in pairwise(frames)]
    return 1 / statistics.median(gaps), cost / seconds


def spent(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "COFFEESHOP_DATA": folder,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        (frames, whole), costs = held(asked.seconds, env), drawing()
    print(
        json.dumps({
            "machine": platform.platform(), "load": os.getloadavg()[0], "frames_per_second": round(frames, 1),
            "share_of_a_core": round(whole, 2),
            "draw_p50_ms": round(statistics.median(costs), 2), "draw_p95_ms": round(statistics.quantiles(costs, n=20)[18], 2),
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
