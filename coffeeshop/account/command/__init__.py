"""AWS CLI syntax: a line to what it does, a call to a line, an answer to text."""

from __future__ import annotations

from coffeeshop.account.command.answer import Printed, format_outcome
from coffeeshop.account.command.line import Line, carry_out
from coffeeshop.account.command.read import read_act
from coffeeshop.account.command.shell_words import script_lines
from coffeeshop.account.command.understand import understand_line
from coffeeshop.account.command.write import write_line

__all__ = [
    "Line",
    "Printed",
    "carry_out",
    "format_outcome",
    "read_act",
    "script_lines",
    "understand_line",
    "write_line",
]
