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

LINES, LONGEST = 12, 200  # lines for one app, and characters of a line
KEPT = 64 * 1024  # last bytes of standard error, which have the reason
# The parts of a traceback without a learner's text: the frames and the types of errors.
FRAME = re.compile(
    r'^\s*File "(?P<file>[^"\n]+\.py)", line (?P<line>\d{1,6})(?:,)? in (?P<name>[\w<>.]+)$'
)
KIND = re.compile(
    r"^(?P<kind>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning))(?::|$)"
)


class Wreck(Struct, frozen=True):
    """A crashed app: its exit code (negative: the signal that killed it) and the end of its standard error.

    `begun` tells whether the app had started. Before that, a learner can't have typed anything.
    """

    code: int
    said: str
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
            places = self._places()
        else:
            places = (line for line in self.said.splitlines() if line.strip())
        lines = [f"  {escape_line(line[:LONGEST])}" for line in places]
        return "\n".join((self.ending_text, *lines[-LINES:]))

    def _places(self) -> Iterator[str]:
        """Yield the frames and the types of errors in a traceback.

        Messages are left out, because they can quote typed text.
        """
        for line in self.said.splitlines():
            if frame := FRAME.match(line):
                file = "/".join(PurePath(frame["file"]).parts[-3:])
                yield f"{file}:{frame['line']} in {frame['name']}"
            elif kind := KIND.match(line):
                yield kind["kind"]


def _signal_name(number: int) -> str:
    """Return the name of a signal, or its number if it has none."""
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
