"""Feed the program what nobody would write, for as long as it is left running, and tell what gave way.

    python -m tools.fuzz [TARGET ...] [--minutes 10] [--seed 1] [--keep FOLDER]

A target is a strategy of inputs and what is done with one; Hypothesis's engine makes them and is told how long each took,
so that it climbs towards what is slow. Looked for: an exception that is our own, more than a target's seconds or more than
`MEGABYTES` for one input, and two rooms of the program that disagree. What is found is written to FOLDER, one file each; it
belongs into `tests/hard/` once it is mended. Each target runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType

from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis.errors import HypothesisException
from hypothesis.strategies import text

from tools.fuzz_targets import TARGETS, Target, forget_streams

MEGABYTES = 200  # beyond what its process held before it: the engine alone takes up to 170
ROUND = 200  # inputs of one seed
UNHURRIED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


@dataclass
class Tally:
    """What a target has seen so far: inputs, their processor time, the slowest, the most memory that one took, and each
    thing that gave way by its kind.
    """

    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_input: str = ""
    megabytes: float = 0.0
    found: dict[str, str] = field(default_factory=dict[str, str])


class TooSlow(BaseException):
    """Ends a deed that has had its time; no `except Exception` on its way may swallow it."""


@contextmanager
def limited(seconds: float) -> Generator[None]:
    """Interrupt what is not done after so many seconds, also where it only waits."""

    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def held() -> float:
    """Answers the most memory that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def held_now() -> float:
    """Answers the memory that this process holds, in megabytes, from which on `held` counts; where a system forgets no peak,
    that is the peak.
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    return held()


def attempt(tally: Tally, made: Target, given_input: object) -> float:
    """Do one deed, and note what gave way; answers the seconds of processor time that it took."""
    shown = given_input if isinstance(given_input, str) else repr(given_input)
    base, started = held_now(), process_time()
    try:
        with (
            limited(20 * made.seconds),
            redirect_stdout(StringIO()),
            redirect_stderr(StringIO()),
        ):
            made.deed(given_input)
    except TooSlow:
        tally.found.setdefault("never done", shown)
    except (KeyboardInterrupt, HypothesisException):
        raise
    except BaseException as error:  # whatever it is, it is what we look for
        where = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {str(error)[:120]}"
        tally.found.setdefault(kind, shown)
    took, megabytes = process_time() - started, held() - base
    tally.inputs += 1
    tally.seconds += took
    if took > tally.slowest:
        tally.slowest, tally.slowest_input = took, shown
    if took > made.seconds:
        tally.found.setdefault(f"over {made.seconds:g} s", shown)
    tally.megabytes = max(tally.megabytes, megabytes)
    if megabytes > MEGABYTES:
        tally.found.setdefault(f"over {MEGABYTES} MB", shown)
    return took


def attack(name: str, minutes: float, first: int, keep: Path | None) -> Tally:
    """Run one target for so many minutes, seed after seed."""
    made = TARGETS[name]
    made.prepare()
    attempt(
        Tally(), made, made.plain
    )  # loads what the deed needs, which is not the input's memory
    tally, until, number = Tally(), perf_counter() + 60 * minutes, first
    while perf_counter() < until:

        @seed(number)
        @settings(
            max_examples=ROUND,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.target),
            suppress_health_check=UNHURRIED,
        )
        @given(made.inputs())
        def play(given_input: object) -> None:
            if perf_counter() < until:
                target(attempt(tally, made, given_input))

        play()
        number += 1
    if keep:
        write_found(keep, name, tally)
    return tally


def write_found(keep: Path, name: str, tally: Tally) -> None:
    """Write what gave way, and the slowest input, each to a file named by what it is."""
    keep.mkdir(parents=True, exist_ok=True)
    for kind, shown in {**tally.found, "slowest": tally.slowest_input}.items():
        digest = sha256(shown.encode("utf-8", "replace")).hexdigest()[:10]
        (keep / f"{name}-{digest}.txt").write_text(f"{kind}\n{shown}", "utf-8", "replace")


def attack_in_a_folder(name: str, minutes: float, first: int, keep: Path | None) -> Tally:
    """Run one target where its files and saves harm nobody."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["COFFEESHOP_DATA"] = folder
        forget_streams()
        return attack(name, minutes, first, keep)


def main() -> int:
    """Attack each target in turn; the exit code says whether anything gave way."""
    parser = argparse.ArgumentParser(
        description="Feed the program what no one would write."
    )
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}"
    )
    parser.add_argument("--minutes", type=float, default=10, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, metavar="FOLDER")
    asked = parser.parse_args()
    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(
            f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}"
        )
    keep = asked.keep.resolve() if asked.keep else None
    with tempfile.TemporaryDirectory() as tables:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tables
        with ProcessPoolExecutor(
            1, get_context("spawn")
        ) as process:  # whose memory no target inherits
            process.submit(make_tables).result()
        return int(
            attack_each(asked.targets or [*TARGETS], asked.minutes, asked.seed, keep) > 0
        )


def make_tables() -> None:
    """Let Hypothesis write its tables of Unicode, for which it takes 200 MB for a moment, where each target finds them: a
    target's memory is that of its inputs.
    """
    text().validate()


def attack_each(names: Sequence[str], minutes: float, first: int, keep: Path | None) -> int:
    """Attack targets in turn, and tell of each; answers the most that gave way in one."""
    context, worst = get_context("spawn"), 0
    print(
        f"{'target':<12}{'inputs':>9}{'processor':>11}{'slowest':>10}{'memory':>10}  gave way"
    )
    for name in names:
        with ProcessPoolExecutor(1, context) as process:
            try:
                tally = process.submit(
                    attack_in_a_folder, name, minutes, first, keep
                ).result()
            except Exception as error:  # its process is gone, or an input could not be made: the other targets go on
                tally = Tally(found={f"ended by {type(error).__name__}": str(error)})
        print(
            f"{name:<12}{tally.inputs:>9}{tally.seconds:>9.0f} s{tally.slowest:>8.2f} s{tally.megabytes:>7.0f} MB  "
            f"{len(tally.found)}"
        )
        for kind, shown in tally.found.items():
            print(f"    {kind}\n        {json.dumps(shown)[:300]}")
        worst = max(worst, len(tally.found))
        sys.stdout.flush()
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
