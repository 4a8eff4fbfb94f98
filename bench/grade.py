"""The grade, measured: the engine's time on one hand-in, and a class of a thousand on two processes with their memory.

    python bench/grade.py [HANDINS [PROCESSES]]

One hand-in is timed after its scenario was loaded: reading, replaying, grading, the untouched world's share included
once and then kept. Garbage is collected as rarely as in a process of a class. The class is the solution and the wrong
answers of every scenario, over and over, by `coffeeshop grade`. The hard answers are the scripts of tests/hard, and
every policy there on a user, a bucket and the administrators; each is graded once. The summary stands beside the
figures of 1 December 2026, from a busy machine of two cores, and the targets.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from statistics import median
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

from coffeeshop.classroom.pool import COLLECTION_THRESHOLD
from coffeeshop.lessons.grading.grade import grade, quality_floor
from coffeeshop.lessons.grading.permission_counts import count_permissions
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.handin import (
    HAND_IN_SUFFIX,
    handin_text,
    read_handin,
    replay_handin,
)
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load

ROUNDS = 7
CAPSTONES = ("C1", "C2", "C3")
HARD = Path(__file__).parents[1] / "tests" / "hard"
HARD_SCENARIO = "10-the-cashiers"
MOST_BYTES = 6 * 1024
# What is measured: before, and what it shall be.
FIGURES: Mapping[str, tuple[str, str]] = {
    "median scenario, ms": ("19", "10"),
    "C1, ms": ("94", "40"),
    "C2, ms": ("73", "40"),
    "C3, ms": ("84", "40"),
    "hand-ins a second": ("40", "80"),
    "MB a process": ("123", "70"),
    "hardest answer, s": ("", "1"),
}


def main() -> None:
    """Print the tables, and last the summary."""
    handins = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    scenarios = [load(folder) for folder in folders()]
    gc.freeze()
    gc.set_threshold(COLLECTION_THRESHOLD)
    print(
        f"{'one hand-in, ms':<34}{'calls':>6}{'replay':>9}{'grade':>9}{'report':>9}{'sizes':>9}{'slowest':>9}"
    )
    graded = {scenario.id: _one(scenario) for scenario in scenarios}
    rate, megabytes = _class(scenarios, handins, processes)
    hardest = _hardest(
        next(scenario for scenario in scenarios if scenario.id == HARD_SCENARIO)
    )
    capstones = (
        next(time for id, time in graded.items() if id.startswith(capstone))
        for capstone in CAPSTONES
    )
    measured = (median(graded.values()), *capstones, rate, megabytes, hardest)
    print(f"\n{'summary':<24}{'now':>8}{'before':>8}{'target':>8}")
    for (name, (before, target)), value in zip(FIGURES.items(), measured, strict=True):
        print(f"{name:<24}{value:>8.1f}{before:>8}{target:>8}")


def _texts(scenario: Scenario) -> list[str]:
    scripts = [
        scenario.solution,
        *(scenario.files[wrong.script].decode() for wrong in scenario.wrongs),
    ]
    return [handin_text(run_play(scenario, script)) for script in scripts]


def _one(scenario: Scenario) -> float:
    """Print a scenario's row, and return the milliseconds of its grade."""
    texts = _texts(scenario)
    quality_floor(scenario)
    play = _played(scenario, texts[0])
    report = grade(play)
    times = (
        _timed(lambda: _played(scenario, texts[0])),
        _timed(lambda: grade(play)),
        _timed(lambda: report_json(play, report)),
        _timed(lambda: count_permissions(play, report)),
        max(
            _timed(lambda text=text: report_json(p := _played(scenario, text), grade(p)))
            for text in texts
        ),
    )
    print(
        f"{scenario.id:<34}{len(play.acts):>6}{''.join(f'{time:>9.1f}' for time in times)}"
    )
    return times[1]


def _played(scenario: Scenario, text: str) -> Play:
    handin = read_handin(text.encode())
    return replay_handin(scenario, handin)


def _timed(work: Callable[[], object]) -> float:
    """Median milliseconds of the processor, of a few rounds."""
    took: list[float] = []
    for _ in range(ROUNDS):
        start = process_time()
        work()
        took.append((process_time() - start) * 1000)
    return median(took)


def _class(scenarios: list[Scenario], handins: int, processes: int) -> tuple[float, float]:
    """Print how a class is graded, and return the hand-ins a second and the most megabytes of one process."""
    texts = [text for scenario in scenarios for text in _texts(scenario)]
    with TemporaryDirectory() as folder:
        for n in range(handins):
            (Path(folder) / f"{n:05}{HAND_IN_SUFFIX}").write_text(texts[n % len(texts)])
        line = [
            sys.executable,
            "-m",
            "coffeeshop",
            "grade",
            folder,
            "--format",
            "json",
            "--jobs",
            str(processes),
        ]
        start = perf_counter()
        with Popen(line, stdout=PIPE, stderr=PIPE) as graders:
            assert graders.stdout
            assert graders.stderr
            memory = _watch(graders.pid)
            graded = sum(1 for _ in graders.stdout)
            said = graders.stderr.read().decode()
        took = perf_counter() - start
    assert graded == handins, said
    print(
        f"\n{handins} hand-ins, {processes} processes on {os.cpu_count()} cores: {took:.1f} s, {handins / took:.0f} a second"
    )
    for part in (0.1, 0.25, 0.5, 0.75, 0.98):
        at = memory[int(len(memory) * part)]
        print(
            f"  resident after {part:>4.0%} of {len(memory)} samples, MB: {', '.join(f'{mb:.1f}' for mb in at)}"
        )
    return handins / took, max(megabytes for sample in memory for megabytes in sample)


def _hard_answers(solution: str) -> Iterator[tuple[str, str]]:
    """Yield hard answers of at most 6 KB, each with its name."""
    for path in sorted((HARD / "scripts").glob("*.sh")):
        yield path.stem, path.read_text()
    for path in sorted((HARD / "policies").glob("*.json")):
        try:
            policy = json.dumps(json.loads(path.read_bytes()))
        except (ValueError, RecursionError):  # no call takes it
            continue
        quoted = quote(policy)
        made = f"aws iam create-policy --policy-name Hard --policy-document {quoted}\n"
        arn = "arn:aws:iam::111122223333:policy/Hard"
        for kind, name in (("user", "casey"), ("group", "Cashiers"), ("group", "Admins")):
            attached = (
                f"aws iam attach-{kind}-policy --{kind}-name {name} --policy-arn {arn}\n"
            )
            yield f"{path.stem} on {name}", f"{solution}\n{made}{attached}"


def _hardest(scenario: Scenario) -> float:
    """Print the three hardest answers, and return the processor seconds of the hardest."""
    times: list[tuple[float, str]] = []
    for name, script in _hard_answers(scenario.solution):
        if len(script.encode()) <= MOST_BYTES + len(scenario.solution):
            play = run_play(scenario, script)
            start = process_time()
            grade(play)
            times.append((process_time() - start, name))
    print(f"\n{len(times)} hard answers, processor seconds:")
    for took, name in sorted(times, reverse=True)[:3]:
        print(f"  {took:6.2f}  {name}")
    return max(times)[0]


def _watch(pid: int) -> list[list[float]]:
    """Resident megabytes of a process and of each of its children, five times a second; Linux only."""
    samples: list[list[float]] = []

    def sample() -> None:
        while found := [mb for each in (pid, *_children(pid)) if (mb := _resident(each))]:
            samples.append(found)
            sleep(0.2)

    threading.Thread(target=sample, daemon=True).start()
    return samples


def _children(pid: int) -> list[int]:
    try:
        return [
            int(word)
            for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def _resident(pid: int) -> float:
    try:
        return (
            int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            * os.sysconf("SC_PAGE_SIZE")
            / 1e6
        )
    except (OSError, IndexError):
        return 0.0


if __name__ == "__main__":
    main()
