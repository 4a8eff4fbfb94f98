"""Run the tests of one change after the other, as a plugin of pytest, for `tools/mutate.py`.

Tests are read once, in a copy of the checkout with switches (`tools/mutant_switches.py`). Each change is tried in a copy of
this process, in which its switch is on. The tests that lie beside the module come first, then those that name it, then those
that were seen to reach the place. A test counts only where it passes without the change. What runs at import, or is reached
by no test of this process, is tried in a process of its own.
"""

from __future__ import annotations

import builtins
import json
import os
import random  # noqa: TID251  # its draw is told with its seed
import re
import resource
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tools.mutant_switches import PACKAGE, Place

TESTS = Path("tests")
MOST = 40  # tests of a round
FILES = 4  # test files that are run in a process of their own
SECONDS = 90  # of processor time for a round
BATCH = 100  # tests that are run together to see what they reach
NOBODY = -1  # the number of no place: nothing is changed
NO_END = "tests that do not end"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests made of a place: the one that noticed the change, or "", and how many were tried."""

    place: str
    killer: str
    tests: int

    def as_row(self) -> dict[str, str | int]:
        """Return the row of a file of verdicts."""
        return asdict(self)


class Server:
    """A plugin of pytest that runs the tests of each place instead of all tests."""

    def __init__(
        self,
        home: Path,
        places: Sequence[Place],
        left: Sequence[int],
        tell: Callable[[int, Verdict], None],
        thorough: bool,
        reach: Path,
        reach_tests: int,
    ) -> None:
        self.home, self.places, self.left = home, places, left
        self.tell, self.thorough = tell, thorough
        self.reach, self.reach_tests = reach, reach_tests
        self.names = [place.name for place in places]
        self.trusted: set[str] = set()
        self.doubtful: set[str] = set()  # fail without a change, too
        self.failing = ""
        self.reached: set[int] = set()
        self.items: list[pytest.Item] = []
        self.by_place: dict[int, set[str]] = defaultdict(set)

    # ------------------------------------------------------------------ pytest's calls
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the first test that failed."""
        if report.failed and not self.failing:
            self.failing = report.nodeid

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every place that is left."""
        self.items = session.items
        if self.left:
            self._run_for_reach()
        for number in self.left:
            self.tell(number, self._judge(number))
        return True

    def _run_for_reach(self) -> None:
        """Run one case of some tests without a change, to see which places they reach. What was seen is kept in a file."""
        ran, reached = set[str](), dict[str, list[str]]()
        if self.reach.exists():
            ran, reached = map(json.loads, self.reach.read_text().splitlines())
            ran = set(ran)
        for number, name in enumerate(self.names):
            self.by_place[number].update(reached.get(name, ()))
        first_cases: dict[str, pytest.Item] = {}
        for item in self.items:
            function = item.nodeid.partition("[")[0]
            if function not in ran and not item.get_closest_marker("slow"):
                first_cases.setdefault(function, item)
        room = max(0, self.reach_tests - len(ran))
        chosen = _sample([*first_cases.values()], room, random.Random(room))
        random.Random(room).shuffle(chosen)
        for first in range(0, len(chosen), BATCH):
            batch = chosen[first : first + BATCH]
            self._run(NOBODY, batch, stops=False)
            ran |= {item.nodeid.partition("[")[0] for item in batch}
            tests = {
                name: sorted(self.by_place[number])
                for number, name in enumerate(self.names)
            }
            self.reach.write_text(f"{json.dumps(sorted(ran))}\n{json.dumps(tests)}\n")
            count = sum(map(bool, tests.values()))
            print(f"{len(ran)} tests reach {count} places", file=sys.__stderr__, flush=True)

    # ----------------------------------------------------------------------- judgement
    def _judge(self, number: int) -> Verdict:
        """Judge a place by tests in forks of this process.

        Fresh processes try a place that runs at import and, if `thorough`, one that survived.
        """
        tried, killer = 0, ""
        for items in self._rounds(number):
            tried += len(items)
            if killer := self._notice(number, items):
                break
        place = self.places[number]
        if not killer and (place.runs_at_import or self.thorough):
            files = self._files(place.path)
            tried += len(files)
            killer = self._notice_outside(number, files)
        return Verdict(self.names[number], killer, tried)

    def _rounds(self, number: int) -> list[list[pytest.Item]]:
        """Return what is tried in turn, no test twice."""
        place = self.places[number]
        if place.runs_at_import:
            return []
        chance = random.Random(self.names[number])
        naming = set(map(str, test_files(place.path)))
        reaching = self.by_place[number]
        beside = str(TESTS / place.path.relative_to(PACKAGE).parent)
        beside_file = f"{beside}/test_{place.path.stem}.py"
        rounds: list[list[pytest.Item]] = [[], [], [], [], []]
        for item in self.items:
            name = item.nodeid
            file = name.partition("::")[0]
            if item.get_closest_marker("slow") and not self.thorough:
                continue
            if file == beside_file:
                rounds[0].append(item)
            elif name.partition("[")[0] in reaching:
                rounds[1 if file.startswith(beside) else 2].append(item)
            elif file in naming:
                rounds[3].append(item)
            elif self.thorough and file.startswith(beside):
                rounds[4].append(item)
        most = MOST * (10 if self.thorough else 1)
        return [_sample(items, most, chance) for items in rounds if items]

    def _notice(self, number: int, items: Sequence[pytest.Item]) -> str:
        """Return the first test that fails only with the change, or ""."""
        while True:
            asked = [item for item in items if item.nodeid not in self.doubtful]
            failing = self._run(number, asked)
            if failing == "" or failing in self.trusted:
                return failing
            if failing == NO_END:
                return NO_END if self._run(NOBODY, asked) == "" else ""
            alone = [item for item in items if item.nodeid == failing]
            if self._run(NOBODY, alone) == "":
                self.trusted.add(failing)
                return failing
            self.doubtful.add(failing)

    def _run(self, number: int, items: Sequence[pytest.Item], stops: bool = True) -> str:
        """Run tests in a copy of this process, until one fails if it `stops`. Return the first that failed, or ""."""
        if not items:
            return ""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._run_and_exit(number, items, writing, stops)
        os.close(writing)
        with os.fdopen(reading) as stream:
            answer = stream.read()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if not answer:
            return NO_END
        document = json.loads(answer)
        for place, name in document["reached"]:
            self.by_place[place].add(name.partition("[")[0])
        return document["failing"]

    def _run_and_exit(
        self, number: int, items: Sequence[pytest.Item], writing: int, stops: bool
    ) -> None:
        told: list[tuple[int, str]] = []
        try:
            os.setpgrp()
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            os.environ["MUTANT"] = str(number)
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silence, stream)
            reached = self.reached

            def chosen(place: int) -> bool:
                reached.add(place)
                return place == number

            builtins._at = chosen  # type: ignore[attr-defined]
            for item, following in zip(items, [*items[1:], None], strict=True):
                reached.clear()
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                told += [(place, item.nodeid) for place in reached]
                if self.failing and stops:
                    break
            with os.fdopen(writing, "w") as stream:
                json.dump({"failing": self.failing, "reached": told}, stream)
        finally:
            os._exit(0)

    # ------------------------------------------------------------ processes of their own
    def _files(self, path: Path) -> list[str]:
        return [
            str(file) for file in test_files(path)[: FILES * (3 if self.thorough else 1)]
        ]

    def _notice_outside(self, number: int, files: Sequence[str]) -> str:
        """Return the first file of tests, run by itself, that fails only with the change, or ""."""
        for file in files:
            if self._run_outside(number, file) and not self._run_outside(NOBODY, file):
                return file
        return ""

    def _run_outside(self, number: int, file: str) -> bool:
        """Return whether a file of tests fails."""
        marks = "not peers" if self.thorough else "not peers and not slow"
        line = [sys.executable, "-m", "pytest", "-x", "-q", "-m", marks, "-n", "0"]
        environment = os.environ | {"MUTANT": str(number), "PYTHONPATH": str(self.home)}
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                [*line, "-p", "no:cacheprovider", file],
                cwd=self.home,
                env=environment,
                capture_output=True,
                timeout=10 * SECONDS,
                check=False,
            )
            return done.returncode not in (0, 5)
        return True


def _sample(
    items: Sequence[pytest.Item], most: int, chance: random.Random
) -> list[pytest.Item]:
    """Return at most so many tests, in the order in which they were read."""
    if len(items) <= most:
        return [*items]
    chosen = sorted(chance.sample(range(len(items)), most))
    return [items[index] for index in chosen]


def test_files(path: Path) -> list[Path]:
    """Return the test files that name a module, those first that lie near it."""
    module = ".".join(path.with_suffix("").parts)
    package, _, name = module.rpartition(".")
    naming = re.compile(
        rf"\b{re.escape(module)}\b|from {re.escape(package)} import [^\n]*\b{name}\b"
    )
    place = TESTS / path.relative_to(PACKAGE).parent
    beside = place / f"test_{path.stem}.py"
    files = [file for file in TESTS.rglob("test_*.py") if naming.search(file.read_text())]
    files += [beside] if beside.exists() and beside not in files else []
    return sorted(
        files, key=lambda file: (file != beside, place not in file.parents, str(file))
    )
