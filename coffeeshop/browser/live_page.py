"""Make the teacher's live page of a class: who plays, the stars so far, and what holds learners back.

The page is made in a process of its own, so that grading never holds up the learners' keys.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress

from coffeeshop.browser.messages import Size
from coffeeshop.browser.session import Program
from coffeeshop.harmless import escape_line

REFRESH_SECONDS = 30  # seconds after which the browser asks again
PAGE_TIMEOUT = 120.0  # seconds that the page may take
MAX_PAGE_BYTES = 16 * 1024 * 1024  # bytes of the page


class LivePage:
    """The page of a class as it is now.

    `program` writes the page to standard output. It is run at most once in REFRESH_SECONDS seconds, however many windows ask.
    """

    def __init__(self, program: Program) -> None:
        """Store what `html` needs. Nothing runs yet."""
        self._program = program
        self._lock = asyncio.Lock()
        self._html = ""
        self._made_at = float("-inf")

    async def html(self, players: list[str]) -> str:
        """Return the page as HTML. `players` are the names of those who play now.

        If it can't be made, return the last one that could, or "".
        """
        async with self._lock:
            loop_time = asyncio.get_running_loop().time
            if loop_time() - self._made_at >= REFRESH_SECONDS:
                html = await self._make_page(players)
                if html:
                    self._html = html
                    self._made_at = loop_time()
            return self._html

    async def _make_page(self, players: list[str]) -> str:
        """Return what the program writes, or "" if it fails or takes too long."""
        names = ", ".join(map(escape_line, players)) or "nobody"
        process = await asyncio.create_subprocess_exec(
            *self._program.command,
            f"--note=Playing now: {names}.",
            env=self._program.environment(Size(80, 24)),
            cwd=self._program.data,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(PAGE_TIMEOUT):
                assert process.stdout is not None
                page = await process.stdout.read(MAX_PAGE_BYTES)
                code = await process.wait()
        except TimeoutError:
            return ""
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return page.decode("utf-8", "replace") if code == 0 else ""
