"""Policy variables: `${aws:username}` in a pattern becomes the value that the request carries.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from coffeeshop.policy.language.patterns import (
    Token,
    Tokens,
    Wild,
    escape_wildcards,
    matcher,
    matching_beginnings,
    matching_ends,
    pattern_tokens,
)
from coffeeshop.policy.model import Values

_VARIABLE_PATTERN = re.compile(r"\$\{(?![*?$]\})([^{}']*)(?:'([^']*)'\s*)?\}")

ANY_TEXT: Tokens = (Wild.ONE, Wild.RUN)  # no value is empty
TRIED_VALUES = 16  # how many values are tried for one place


class Variable(NamedTuple):
    """A policy variable: the name of its key, as written, and its default for requests without the key (None:
    no default).
    """

    name: str
    default: str | None


@lru_cache(maxsize=8192)
def split_variables(text: str) -> tuple[str | Variable, ...]:
    """Return a text as pieces of pattern, with their escapes, and variables."""
    pieces: list[str | Variable] = []
    end = 0
    for match in _VARIABLE_PATTERN.finditer(text):
        pieces += [text[end : match.start()], Variable(match[1].strip(" ,"), match[2])]
        end = match.end()
    return (*pieces, text[end:])


def variable_names(text: str) -> tuple[str, ...]:
    """Return the keys that a text uses as variables, as written."""
    if "${" in text:
        return tuple(
            part.name for part in split_variables(text) if isinstance(part, Variable)
        )
    return ()


def resolve_variables(text: str, context: Mapping[str, Values]) -> str | None:
    """Return the pattern with the variables' values as plain text, or None if one has no single value.

    `context` has keys in lower case. A default counts only if the key is missing.
    """
    written: list[str] = []
    for part in split_variables(text):
        if isinstance(part, str):
            written.append(part)
            continue
        values = context.get(
            part.name.lower(), () if part.default is None else (part.default,)
        )
        if len(values) != 1:
            return None
        written.append(escape_wildcards(values[0]))
    return "".join(written)


@lru_cache(maxsize=4096)  # a comparison looks at each statement again without the others
def fitting_values(text: str, key: str, wanted: str) -> tuple[str, ...]:
    """Return values of the variable `key` (in lower case) with which the pattern `text` matches `wanted`.

    At most TRIED_VALUES candidates are tried. All other variables can have any value. If the text has the
    variable twice, both have the same value:

    >>> fitting_values("home/${aws:username}/${aws:username}.json", "aws:username", "home/bob/bob.json")
    ('bob',)
    """
    pieces = split_variables(text)
    place = next(
        index
        for index, piece in enumerate(pieces)
        if isinstance(piece, Variable) and piece.name.lower() == key
    )
    starts = matching_beginnings(_open_pattern(pieces[:place], key, ANY_TEXT), wanted)
    stops = matching_ends(_open_pattern(pieces[place + 1 :], key, ANY_TEXT), wanted)
    spans = (
        (start, stop) for start in starts for stop in stops[bisect_right(stops, start) :]
    )
    tried = dict.fromkeys(wanted[start:stop] for start, stop in islice(spans, TRIED_VALUES))
    return tuple(
        value for value in tried if matcher(_open_pattern(pieces, key, (value,)))(wanted)
    )


def _open_pattern(pieces: Iterable[str | Variable], key: str, value: Tokens) -> Tokens:
    """Return the pieces as a pattern, with `value` for the variable `key` and any text for other variables."""
    opened: list[Token] = []
    for piece in pieces:
        if isinstance(piece, str):
            opened += pattern_tokens(piece)
        else:
            opened += value if piece.name.lower() == key else (Wild.RUN,)
    return tuple(opened)


def escape_variables(text: str) -> str:
    """Return the pattern in which `${…}` is plain text, as in documents of version
    2008-10-17.
    """
    return text.replace("${", "${$}{")
