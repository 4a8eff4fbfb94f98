"""Say which IP addresses a text pattern matches: conditions can compare aws:SourceIp as text, too.

A text such as `203.0.113.*` is then a range of addresses, as `203.0.113.0/24` is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from coffeeshop.policy.language.conditions import read_network
from coffeeshop.policy.language.literal_predicates import Network, Text
from coffeeshop.policy.language.patterns import Token, Wild, matcher

OCTETS = tuple(map(str, range(256)))
OCTET_COUNT = 4


def addresses_of_text(text: Text) -> tuple[Network, ...] | None:
    """Return the ranges of addresses that a text pattern matches.

    A pattern that matches none, or all of them, distinguishes no addresses, so it has no
    range. None: the pattern has wildcards of another kind, or may match addresses of IP
    version 6.
    """
    if text.tokens == (Wild.RUN,):
        return ()
    if not any(isinstance(token, Wild) for token in text.tokens):
        return tuple(_single_address("".join(map(str, text.tokens))))
    whole_octets, rest = _leading_octets(text.tokens)
    if not whole_octets:
        return None
    if len(whole_octets) >= OCTET_COUNT or not set(whole_octets) <= {*OCTETS}:
        return ()
    if len(whole_octets) < OCTET_COUNT - 1 and not _is_prefix(rest):
        return None
    fits = matcher(rest)
    octets = (octet for octet in OCTETS if fits(octet))
    return _joined_ranges(_range_of_octets((*whole_octets, octet)) for octet in octets)


def _single_address(text: str) -> Iterator[Network]:
    """Yield the address that this text is, if it is one."""
    if network := read_network(text) if "/" not in text else None:
        yield network


def _leading_octets(tokens: tuple[Token, ...]) -> tuple[tuple[str, ...], tuple[Token, ...]]:
    """Return the texts between the points before the first wildcard, and the tokens that follow."""
    letters = [token if isinstance(token, str) else "*" for token in tokens]
    before_wildcard = "".join(letters).partition("*")[0]
    *whole_octets, _ = before_wildcard.split(".")
    start = sum(len(octet) + 1 for octet in whole_octets)
    return tuple(whole_octets), tokens[start:]


def _is_prefix(tokens: tuple[Token, ...]) -> bool:
    """Return whether these tokens are letters, then one `*`."""
    *letters, last = tokens
    return last is Wild.RUN and all(isinstance(letter, str) for letter in letters)


def _range_of_octets(octets: tuple[str, ...]) -> Network:
    """Return the addresses of version 4 that begin with these octets."""
    missing = OCTET_COUNT - len(octets)
    first = int.from_bytes(map(int, (*octets, *["0"] * missing)))
    return Network(4, first, first + 256**missing - 1)


def _joined_ranges(ranges: Iterable[Network]) -> tuple[Network, ...]:
    """Return the ranges, in their order, with those as one that follow each other."""
    joined: list[Network] = []
    for each in ranges:
        if joined and joined[-1].last + 1 == each.first:
            joined[-1] = replace(joined[-1], last=each.last)
        else:
            joined.append(each)
    return tuple(joined)
