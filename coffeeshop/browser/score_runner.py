"""Keep what learners hand in, and have it graded and sent to their learning platform.

A program of its own grades and sends, so that it never holds up the learners' keys. A hand-in is on disk before that, so
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

LOOKS = 30.0  # seconds from look to look at what waits
PATIENCE = 600.0  # seconds that the program may take
FAILED = "hand-ins can't be graded now, and nothing is lost. To see why, run %s"


class ScoreRunner:
    """Runs `program` when something was handed in, and when `waits` says that scores wait.

    `folder` is where hand-ins go. The program takes them from there.
    """

    def __init__(self, program: Program, folder: Path, waits: Callable[[], bool]) -> None:
        """Prepare. Nothing runs yet."""
        self._program = program
        self._folder = folder
        self._waits = waits
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._has_failed = False

    def start(self) -> None:
        """Begin to look, in the running loop."""
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Look no more. A program that runs is ended: what it hasn't done is done at the next start."""
        if self._task is not None:
            self._task.cancel()

    async def keep_hand_in(self, learner: str, text: str) -> None:
        """Keep what a learner handed in, and have it graded soon. `learner` is the name of a folder. Raise OSError."""
        data = text.encode("utf-8", "replace")
        await asyncio.to_thread(self._write, learner, data)
        self._came.set()

    def _write(self, learner: str, data: bytes) -> None:
        """Write a hand-in into the learner's folder."""
        folder = self._folder / learner
        make_folder(self._folder.parent, 0o700)
        make_folder(folder, 0o700)
        write_whole(folder / sha256(data).hexdigest(), data, private=True)

    async def _run(self) -> None:
        """Run the program whenever there is something to do. The first look is at once."""
        while True:
            if self._came.is_set() or await asyncio.to_thread(self._has_work):
                self._came.clear()
                await self._run_program()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), LOOKS)

    def _has_work(self) -> bool:
        """Return whether a hand-in or a score waits."""
        return any(self._folder.glob("*/*")) or self._waits()

    async def _run_program(self) -> None:
        """Run the program once. If it fails or takes too long, say so once, and the next look tries again."""
        is_done = await self._exit_code() == 0
        if not is_done and not self._has_failed:
            logging.getLogger(__name__).warning(FAILED, command_line("class lti send"))
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
            return await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            return None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
