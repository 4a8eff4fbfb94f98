"""AWS CLI syntax: a line to what it does, a call to a line, an answer to text."""

from __future__ import annotations

from coffeeshop.account.command.answer import Printed, answer
from coffeeshop.account.command.line import Line, carry_out
from coffeeshop.account.command.read import read
from coffeeshop.account.command.shell_words import lines
from coffeeshop.account.command.understand import understood
from coffeeshop.account.command.write import write

__all__ = ["Line", "Printed", "answer", "carry_out", "lines", "read", "understood", "write"]
