"""Describe an app that crashed, for the teacher: how it ended and where in the program, without any text of the
learner.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath

from msgspec import Struct

from coffeeshop.harmless import escape_line

MAX_LOG_LINES = 12  # lines for one app, at most
MAX_LINE_LENGTH = 200  # characters of a line, at most
KEPT_ERROR_OUTPUT = 64 * 1024  # last bytes of standard error, where the reason is
# The parts of a traceback that quote no learner: the frames and the types of exceptions.
FRAME_PATTERN = re.compile(
    r'^\s*File "(?P<file>[^"\n]+\.py)", line (?P<line>\d{1,6})(?:,)? in (?P<name>[\w<>.]+)$'
)
EXCEPTION_PATTERN = re.compile(
    r"^(?P<type>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning))(?::|$)"
)


class Wreck(Struct, frozen=True):
    """A crashed app: its exit code (negative: the signal that killed it) and the end of its standard error.

    `begun` tells whether the app had started. Before that, a learner can't have typed anything.
    """

    code: int
    error_output: str
    begun: bool

    @property
    def ending_text(self) -> str:
        """Return how the app ended, in words."""
        if self.code < 0:
            return f"was killed by {_signal_name(-self.code)}"
        return f"{'crashed' if self.begun else 'did not start'} with exit code {self.code}"

    def __str__(self) -> str:
        """Return the text for the teacher: a line on how the app ended, then the lines of the program."""
        if self.begun:
            details = self._traceback_lines()
        else:
            details = (line for line in self.error_output.splitlines() if line.strip())
        lines = [f"  {escape_line(line[:MAX_LINE_LENGTH])}" for line in details]
        return "\n".join((self.ending_text, *lines[-MAX_LOG_LINES:]))

    def _traceback_lines(self) -> Iterator[str]:
        """Yield a short line for each frame of the traceback, and the type of each exception.

        The exceptions' messages are left out, because they can quote what a learner typed.
        """
        for line in self.error_output.splitlines():
            if frame := FRAME_PATTERN.match(line):
                file = "/".join(PurePath(frame["file"]).parts[-3:])
                yield f"{file}:{frame['line']} in {frame['name']}"
            elif exception := EXCEPTION_PATTERN.match(line):
                yield exception["type"]


def _signal_name(number: int) -> str:
    """Return the name of a signal, or its number if it has none."""
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
