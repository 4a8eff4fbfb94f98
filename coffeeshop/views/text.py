"""Word what is counted, named and told: plurals, stars, commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from coffeeshop.account.model import Call

FEW = 5  # names that are told before the others are counted


def paragraphs(text: str) -> tuple[str, ...]:
    """Returns a text of ours as its paragraphs, each one line."""
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def count_noun(count: int, name: str, many: str = "") -> str:
    """Returns a number with its noun: "1 act", "2 acts"; `many` says the plural of a noun that has another."""
    return f"{count} {name if count == 1 else many or f'{name}s'}"


def few(names: Sequence[str]) -> str:
    """Returns names as a list, of which the last are counted where there are many: "ada, bo, casey, kim, robin and 12 more"."""
    extra = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {extra} more" if extra > 0 else "")


def kept_acts(acts: int) -> str:
    """Returns "1 act is kept", "2 acts are kept"."""
    return count_noun(acts, "act is kept", "acts are kept")


def stars(count: int, ascii: bool = False) -> str:
    """Returns ★★☆ or **-, always three."""
    full, empty = ("*", "-") if ascii else ("★", "☆")
    return full * count + empty * (3 - count)


CODE = re.compile(
    r"(?<![^\s(“:])`([^`]+)`(?=$|[\s).,;:?!”])"
)  # as our sentences set off what stands in a text


def bare(text: str) -> str:
    """Returns a sentence of ours without the backticks around what it sets off, where no colour takes their place."""
    return CODE.sub(r"\1", text)


def capital(text: str) -> str:
    """Returns a text with its first letter large, the others as they are; the name of an action or an ARN stays as it
    is.
    """
    named = ":" in text.partition(" ")[0].rstrip(":")
    if named:
        return text
    return text[:1].upper() + text[1:]


def flat(command: str) -> str:
    """Returns a command in one line, as its documents would be written in one."""
    return re.sub(r"\n\s*", " ", command)


def command_of(call: Call, profile: str = "") -> str:
    """Returns a call as the command that would make it, with a word in place of a password: what is shown may be read by
    others, too. A bare request, which no command makes, is returned as what it asks.
    """
    # With the operations, which a list does without.
    from coffeeshop.account.command.write import PASSWORDS, write_line

    if call.service == "request":
        return f"{call.operation} on {call.parameters['Resource']}"
    hidden = dict.fromkeys(PASSWORDS & call.parameters.keys(), PASSWORD)
    return write_line(replace(call, parameters={**call.parameters, **hidden}), profile)


PASSWORD = "PASSWORD"  # as a command's usage has it


NOT_FOUND = 3  # the rank of what does not fit


def rank(typed: str, name: str, message: str = "", this_name: str = "") -> int:
    """Tells how well something fits what was typed: 0, it begins so or has all of these words among those that it is
    `this_name` by; 1, in its name; 2, in what is `message` about it; else NOT_FOUND.
    """
    typed = typed.lower().strip()
    name = name.lower()
    words = typed.split()
    other_names = this_name.lower().split()
    begun = [word for word in words if any(one.startswith(word) for one in other_names)]
    if name.startswith(typed) or begun == words:
        return 0
    if all(word in name for word in words):
        return 1
    message = f"{name} {message.lower()}"
    if all(word in message for word in words):
        return 2
    return NOT_FOUND
