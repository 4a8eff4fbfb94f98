"""What a typed line says to the account: calls, each after the answer to the one before, and at the end what is printed."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from coffeeshop.account.command.answer import Printed
from coffeeshop.account.model import Answer, Call

# Calls are yielded, answers are sent, what is printed is returned.
Talk: TypeAlias = Generator[Call, Answer, Printed]
