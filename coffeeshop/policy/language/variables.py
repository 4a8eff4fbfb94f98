"""Policy variables: `${aws:username}` in a pattern becomes the value that the request carries.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from coffeeshop.policy.language.arn import escape
from coffeeshop.policy.model import Values

_VARIABLE = re.compile(r"\$\{(?![*?$]\})([^{}']*)(?:'([^']*)'\s*)?\}")


class Variable(NamedTuple):
    """A key to look up, its name as written, and what stands in for it when the request has no such key."""

    name: str
    default: str | None


@lru_cache(maxsize=8192)
def parts(text: str) -> tuple[str | Variable, ...]:
    """The text as pieces of pattern (with the escapes `${*}`, `${?}`, `${$}` still in them) and variables."""
    pieces: list[str | Variable] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        pieces += [text[end : found.start()], Variable(found[1].strip(" ,"), found[2])]
        end = found.end()
    return (*pieces, text[end:])


def names(text: str) -> tuple[str, ...]:
    """The keys that the text asks for, as written."""
    return tuple(part.name for part in parts(text) if isinstance(part, Variable)) if "${" in text else ()


def resolve(text: str, context: Mapping[str, Values]) -> str | None:
    """The pattern with every value written in as literal text, or None where one has no single value.

    `context` has its keys in lower case. A multivalued key is no variable; a default counts only if the key is absent.
    """
    written: list[str] = []
    for part in parts(text):
        if isinstance(part, str):
            written.append(part)
            continue
        values = context.get(part.name.lower(), () if part.default is None else (part.default,))
        if len(values) != 1:
            return None
        written.append(escape(values[0]))
    return "".join(written)


def literally(text: str) -> str:
    """What `${…}` means in a document of version 2008-10-17: those very characters."""
    return text.replace("${", "${$}{")
