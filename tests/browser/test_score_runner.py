"""What is handed in is on disk before a program grades it, and a program that fails is run again."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from coffeeshop.browser import score_runner
from coffeeshop.browser.score_runner import GRADING_FAILED, ScoreRunner
from coffeeshop.browser.session import Program

COUNT = """
import sys
from pathlib import Path
runs = Path(sys.argv[1])
times = len(runs.read_text()) + 1 if runs.exists() else 1
runs.write_text("x" * times)
sys.exit(times < 3)
"""


class Counting(Program, frozen=True):
    """A program that counts its runs in a file, and fails twice."""

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-I", "-c", COUNT, *self.words)


async def test_a_program_that_fails_is_run_again_and_that_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(score_runner, "CHECK_INTERVAL", 0.05)
    runs = tmp_path / "runs"
    program = Counting((str(runs),), tmp_path)
    loop = asyncio.get_running_loop()
    all_done = asyncio.Event()

    def waits() -> bool:
        if len(_text(runs)) < 3:
            return True
        loop.call_soon_threadsafe(all_done.set)
        return False

    runner = ScoreRunner(program, tmp_path / "hand-ins", waits)
    runner.start()
    await asyncio.wait_for(all_done.wait(), 60)
    runner.stop()
    assert [record.msg for record in caplog.records] == [GRADING_FAILED]


async def test_a_hand_in_is_on_disk_and_its_owners_alone_before_anything_runs(
    tmp_path: Path,
):
    folder = tmp_path / "lti" / "IAM-101.handins"
    runner = ScoreRunner(Counting((), tmp_path), folder, lambda: False)
    await runner.keep_hand_in("412000", "acts\n")
    (file,) = folder.glob("412000/*")
    assert file.read_text() == "acts\n"
    assert (file.stat().st_mode & 0o777, folder.parent.stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )
    await runner.keep_hand_in("412000", "acts\n")
    assert len([*folder.glob("412000/*")]) == 1


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
