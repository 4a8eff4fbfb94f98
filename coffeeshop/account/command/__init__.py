"""Read and write AWS CLI syntax: parse a line into a call, write a call as a line, print an answer."""

from __future__ import annotations

from coffeeshop.account.command.answer import Printed, format_outcome
from coffeeshop.account.command.line import Line, carry_out
from coffeeshop.account.command.read import CallLine, parse_call, read_act
from coffeeshop.account.command.shell_words import script_lines
from coffeeshop.account.command.understand import understand_line
from coffeeshop.account.command.write import with_code_file, write_line

__all__ = [
    "CallLine",
    "Line",
    "Printed",
    "carry_out",
    "format_outcome",
    "parse_call",
    "read_act",
    "script_lines",
    "understand_line",
    "with_code_file",
    "write_line",
]
