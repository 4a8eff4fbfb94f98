"""The grade, measured: the engine's time on one hand-in, and a class of a thousand on two processes with their memory.

    python bench/grade.py [HANDINS [PROCESSES]]

One hand-in is timed after its scenario was loaded: reading, replaying, grading, the untouched world's share included
once and then kept. The class is the solution and the wrong answers of every scenario, over and over, by `coffeeshop grade`.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from statistics import median
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

from coffeeshop.lessons.grading.grade import grade, quality_floor
from coffeeshop.lessons.grading.permission_counts import count_permissions
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.handin import SUFFIX, handin_text, read_handin, replay_handin
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load

ROUNDS = 7


def main() -> None:
    """Print both tables."""
    handins = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    scenarios = [load(folder) for folder in folders()]
    print(
        f"{'one hand-in, ms':<34}{'calls':>6}{'replay':>9}{'grade':>9}{'report':>9}{'sizes':>9}{'slowest':>9}"
    )
    for scenario in scenarios:
        _one(scenario)
    _class(scenarios, handins, processes)


def _texts(scenario: Scenario) -> list[str]:
    scripts = [
        scenario.solution,
        *(scenario.files[wrong.script].decode() for wrong in scenario.wrongs),
    ]
    return [handin_text(run_play(scenario, script)) for script in scripts]


def _one(scenario: Scenario) -> None:
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


def _class(scenarios: list[Scenario], handins: int, processes: int) -> None:
    texts = [text for scenario in scenarios for text in _texts(scenario)]
    with TemporaryDirectory() as folder:
        for n in range(handins):
            (Path(folder) / f"{n:05}{SUFFIX}").write_text(texts[n % len(texts)])
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
