"""Sentence parts for views: plurals, lists of names, stars, commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from coffeeshop.account.model import Call
    from coffeeshop.policy.problem import Problem

LISTED_NAMES = 5  # names listed; the rest is counted


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of one of our texts, each as one line."""
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def count_noun(count: int, name: str, many: str = "") -> str:
    """Return a number with its noun: "1 act", "2 acts". `many` is an irregular plural."""
    return f"{count} {name if count == 1 else many or f'{name}s'}"


def list_few_names(names: Sequence[str]) -> str:
    """Return names as a list that counts the last of many: "ada, bo, casey, kim, robin and 12 more"."""
    extra = len(names) - LISTED_NAMES
    return ", ".join(names[:LISTED_NAMES]) + (f" and {extra} more" if extra > 0 else "")


def kept_acts(acts: int) -> str:
    """Return "1 act saved" or "2 acts are kept"."""
    return count_noun(acts, "act saved", "acts saved")


def stars(count: int, ascii: bool = False) -> str:
    """Return three stars, `count` of them full: ★★☆, or **- in ASCII."""
    full, empty = ("*", "-") if ascii else ("★", "☆")
    return full * count + empty * (3 - count)


# Code in backticks in one of our sentences.
CODE_PATTERN = re.compile(r"(?<![^\s(“:])`([^`]+)`(?=$|[\s).,;:?!”])")


def bare(text: str) -> str:
    """Return one of our sentences without backticks, for output without colour."""
    return CODE_PATTERN.sub(r"\1", text)


def capital(text: str) -> str:
    """Return a text with its first letter large. The name of an action or an ARN stays as it is."""
    named = ":" in text.partition(" ")[0].rstrip(":")
    if named:
        return text
    return text[:1].upper() + text[1:]


def end_sentence(text: str) -> str:
    """Return a text with a full stop, unless it ends with a mark of its own."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def problem_sentences(problem: Problem) -> str:
    """Return a problem without a place as sentences: what is wrong, then how to fix it. One with a place stays a line."""
    if str(problem.place):
        return str(problem)
    parts = filter(None, (problem.text, problem.mend))
    return " ".join(end_sentence(capital(part)) for part in parts)


def headed_text(heading: str, text: str) -> str:
    """Return a text after its heading: "Keys to the shop: Secure the root user". A question keeps its mark instead."""
    return f"{heading} {text}" if heading.endswith("?") else f"{heading}: {text}"


def command_on_one_line(command: str) -> str:
    """Return a command on one line, with its documents on one line."""
    return re.sub(r"\n\s*", " ", command)


PASSWORD, TOKEN = "PASSWORD", "TOKEN"  # the placeholders in a command's usage
OUTFILE = "OUTFILE"


def command_of(call: Call, profile: str = "", outfile: str = OUTFILE) -> str:
    """Return the command of a call, with PASSWORD and TOKEN in place of secrets, since others may see the screen.

    A function's code is the name of a file, since bytes tell a reader nothing.
    A call doesn't know the file to which its answer was written, so OUTFILE stands there, as in a
    command's usage, unless `outfile` is given. A bare request has no command. It is returned as its action and resource.
    """
    # Imported late, since lists do not need the operations.
    from coffeeshop.account.command.write import (
        PASSWORD_PARAMETERS,
        with_code_file,
        write_line,
    )

    if call.service == "request":
        return f"{call.operation} on {call.parameters['Resource']}"
    hidden = dict.fromkeys(PASSWORD_PARAMETERS & call.parameters.keys(), PASSWORD)
    if "WebIdentityToken" in call.parameters:
        hidden["WebIdentityToken"] = TOKEN
    shown_call = replace(call, parameters={**call.parameters, **hidden})
    return write_line(with_code_file(shown_call), profile, outfile)


NOT_FOUND = 3  # the rank of a name that does not fit


def match_rank(typed: str, name: str, description: str = "", words_for_it: str = "") -> int:
    """Return how well a name fits a typed text. A lower rank is better.

    0: the name begins with it, or each typed word begins one of `words_for_it`. 1: all words are
    in the name. 2: all words are in the name or the `description`. NOT_FOUND: none of these.
    """
    typed = typed.lower().strip()
    name = name.lower()
    words = typed.split()
    other_names = words_for_it.lower().split()
    matched_words = [
        word for word in words if any(one.startswith(word) for one in other_names)
    ]
    if name.startswith(typed) or matched_words == words:
        return 0
    if all(word in name for word in words):
        return 1
    description = f"{name} {description.lower()}"
    if all(word in description for word in words):
        return 2
    return NOT_FOUND


def short_arn(arn: str) -> str:
    """Return the part of an ARN that names the thing: user/casey, coffeeshop-receipts."""
    return arn.split(":", 5)[-1]
