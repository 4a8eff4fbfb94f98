"""AWS CLI syntax: a line to an act, a call to a line, an answer to text, a trail to a script."""

from __future__ import annotations

from coffeeshop.account.command.answer import answer
from coffeeshop.account.command.read import read
from coffeeshop.account.command.script import script
from coffeeshop.account.command.shell_words import lines
from coffeeshop.account.command.write import write

__all__ = ["answer", "lines", "read", "script", "write"]
