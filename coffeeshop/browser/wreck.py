"""What a teacher is told of an app that ended by itself: how, and in which lines of the program; nothing that was typed."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath

from msgspec import Struct

from coffeeshop.harmless import escape_line

LINES, LONGEST = 12, 200  # lines that are told of one app, and characters of a line
KEPT = (
    64 * 1024
)  # bytes of standard error that are kept: the last ones, where the reason stands
# The parts of a traceback that hold no text of a learner's: where the program was, and which kind of error it met.
FRAME = re.compile(
    r'^\s*File "(?P<file>[^"\n]+\.py)", line (?P<line>\d{1,6})(?:,)? in (?P<name>[\w<>.]+)$'
)
KIND = re.compile(
    r"^(?P<kind>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning))(?::|$)"
)


class Wreck(Struct, frozen=True):
    """Holds an app's exit code (negative: the signal that killed it), the end of its standard error, and whether it had
    `begun`: before that nobody can have typed anything.
    """

    code: int
    said: str
    begun: bool

    @property
    def ending_text(self) -> str:
        """Returns how the app ended, in words."""
        if self.code < 0:
            return f"was killed by {_signal_name(-self.code)}"
        return f"{'crashed' if self.begun else 'did not start'} with exit code {self.code}"

    def __str__(self) -> str:
        """Returns what a teacher reads: a line on how it ended, and below it where in the program."""
        if self.begun:
            places = self._places()
        else:
            places = (line for line in self.said.splitlines() if line.strip())
        lines = [f"  {escape_line(line[:LONGEST])}" for line in places]
        return "\n".join((self.ending_text, *lines[-LINES:]))

    def _places(self) -> Iterator[str]:
        """Yields the frames and the kinds of errors of a traceback. What an error says may quote what was typed, so it is
        left out.
        """
        for line in self.said.splitlines():
            if frame := FRAME.match(line):
                file = "/".join(PurePath(frame["file"]).parts[-3:])
                yield f"{file}:{frame['line']} in {frame['name']}"
            elif kind := KIND.match(line):
                yield kind["kind"]


def _signal_name(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
