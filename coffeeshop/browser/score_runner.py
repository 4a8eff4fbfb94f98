"""Save what learners hand in, then run the program that grades it and sends the scores to their learning platform.

That program is a process of its own, so it never delays the learners' keys. A hand-in is on disk before it starts, so
nothing is lost if the server is killed.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio.subprocess import DEVNULL
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from coffeeshop.browser.messages import Size
from coffeeshop.browser.session import Program
from coffeeshop.files import make_folder, write_whole
from coffeeshop.invocation import command_line

CHECK_INTERVAL = 30.0  # seconds between two checks for work
PROGRAM_TIMEOUT = 600.0  # seconds that the program may take
GRADING_FAILED = "hand-ins can't be graded now, but they are kept. To see why, run %s"


class ScoreRunner:
    """Runs a program that grades hand-ins and sends scores, whenever there is work for it.

    There is work while `folder` has hand-ins, which the program removes, and while `has_unsent_scores()`
    is true.
    """

    def __init__(
        self, program: Program, folder: Path, has_unsent_scores: Callable[[], bool]
    ) -> None:
        """Store what `start` needs. Nothing runs yet."""
        self._program = program
        self._folder = folder
        self._has_unsent_scores = has_unsent_scores
        self._hand_in_arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._has_failed = False

    def start(self) -> None:
        """Begin to check for work, in the running event loop."""
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Check no more, and kill the program if it runs. The next start does what it hasn't done."""
        if self._task is not None:
            self._task.cancel()

    async def keep_hand_in(self, learner: str, text: str) -> None:
        """Save what a learner handed in, and have it graded soon.

        `learner` is the name of their folder. Raise OSError if the file can't be written.
        """
        data = text.encode("utf-8", "replace")
        await asyncio.to_thread(self._write, learner, data)
        self._hand_in_arrived.set()

    def _write(self, learner: str, data: bytes) -> None:
        """Write a hand-in into the learner's folder."""
        folder = self._folder / learner
        make_folder(self._folder.parent, 0o700)
        make_folder(folder, 0o700)
        write_whole(folder / sha256(data).hexdigest(), data, private=True)

    async def _run(self) -> None:
        """Run the program whenever there is work: now, at each hand-in, and after every interval."""
        while True:
            if self._hand_in_arrived.is_set() or await asyncio.to_thread(self._has_work):
                self._hand_in_arrived.clear()
                await self._run_program()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hand_in_arrived.wait(), CHECK_INTERVAL)

    def _has_work(self) -> bool:
        """Return whether a hand-in or a score hasn't been dealt with yet."""
        return any(self._folder.glob("*/*")) or self._has_unsent_scores()

    async def _run_program(self) -> None:
        """Run the program once. Log the first of several failures in a row. The next check tries again."""
        is_done = await self._exit_code() == 0
        if not is_done and not self._has_failed:
            logging.getLogger(__name__).warning(
                GRADING_FAILED, command_line("class lti send")
            )
        self._has_failed = not is_done

    async def _exit_code(self) -> int | None:
        """Return the exit code of the program, or None if it can't start or takes too long."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._program.command,
                env=self._program.environment(Size(80, 24)),
                cwd=self._program.data,
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return None
        try:
            return await asyncio.wait_for(process.wait(), PROGRAM_TIMEOUT)
        except TimeoutError:
            return None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
