"""Pulling the plug: whatever was acknowledged before a kill -9 is there afterwards, and the save opens."""

from __future__ import annotations

import os
import random  # noqa: TID251  # a dice of the test, seeded: the same kills each time
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from tests.forked import ForkedCommand

ROOT = Path(__file__).parent.parent.parent
HIRES = 10  # lines that are typed at once
POINTS = int(os.environ.get("COFFEESHOP_KILLS", "20"))  # at which plays are killed in all
WORDS = ["play", "05", "--plain", "--learner", "ana"]
TIMES = 10  # that one play is killed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]


@pytest.fixture(scope="module")
def lesson() -> Scenario:
    path = find("05")
    return load(path)


def hires(prefix: str) -> bytes:
    return b"".join(
        f"aws iam create-user --user-name {prefix}{n}\n".encode() for n in range(HIRES)
    )


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "COFFEESHOP_DATA": str(home)}


def begun(home: Path) -> closing[ForkedCommand]:
    return closing(ForkedCommand(WORDS, ROOT, environment(home)))


def killed(home: Path, prefix: str, point: tuple[int, float]) -> list[str]:
    """Who was acknowledged as hired before the kill: so long after so many acknowledgements, or at the end of all."""
    after, later = point
    acknowledged: list[str] = []
    with begun(home) as shop:
        shop.stdin.write(hires(prefix))
        shop.stdin.flush()
        for line in shop.stdout:  # to the end of what was flushed before the kill
            if b'"UserName"' in line:
                acknowledged.append(line.split(b'"')[3].decode())
                if len(acknowledged) == after:
                    threading.Timer(later, shop.kill).start()
            if len(acknowledged) == HIRES:
                shop.kill()
    return acknowledged


def kept(home: Path, lesson: Scenario) -> list[str]:
    """Who is hired in the save, which opens without a problem."""
    with closing(Progress(save_path(home, "ana"))) as progress:
        assert progress.problem is None
        play = progress.resume(lesson)
    assert all(outcome.has_succeeded for outcome in play.outcomes)
    return [str(act.call.parameters["UserName"]) for act in play.acts]


def attack(home: Path, lesson: Scenario, points: int, chance: random.Random) -> None:
    """So many kills of one play, each resumed by the next; some acts of the last session may be kept unacknowledged."""
    before: list[str] = []
    for number in range(points):
        prefix = f"p{number}x"
        acknowledged = killed(
            home, prefix, (chance.randint(1, HIRES - 1), chance.random() * 0.01)
        )
        now = kept(home, lesson)
        assert now[: len(before)] == before
        assert now[len(before) :][: len(acknowledged)] == acknowledged
        assert now[len(before) :] == [f"{prefix}{n}" for n in range(len(now) - len(before))]
        before = now


@pytest.mark.parametrize("seed", range(POINTS // TIMES))
def test_whatever_was_acknowledged_outlives_a_kill(
    tmp_path: Path, lesson: Scenario, seed: int
):
    attack(
        tmp_path, lesson, TIMES, random.Random(20260302 + seed)
    )  # seeded: the same kills each time


def test_a_kill_between_sessions_loses_nothing(tmp_path: Path, lesson: Scenario):
    command = [sys.executable, "-m", "coffeeshop", *WORDS]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment(tmp_path)
    ) as shop:
        assert shop.stdout is not None
        shop.stdout.readline()
        shop.kill()
    assert shop.returncode == -signal.SIGKILL
    assert kept(tmp_path, lesson) == []
    assert killed(tmp_path, "a", (HIRES, 0)) == [f"a{n}" for n in range(HIRES)]
    assert kept(tmp_path, lesson) == [f"a{n}" for n in range(HIRES)]
