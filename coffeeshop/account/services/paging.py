"""Lists in pages, by AWS's markers."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias

from coffeeshop.account import errors
from coffeeshop.account.iam_resources import Group, InstanceProfile, Role, User
from coffeeshop.account.model import Call, Reply, ServiceError
from coffeeshop.account.values import Json

Unfit: TypeAlias = Callable[[str], ServiceError]  # makes the refusal of a token


def page(
    call: Call, member: str, names: Iterable[str], show: Callable[[str], Json]
) -> Reply:
    """Returns one page of a list, by name without regard to case; `show` is asked for this page's names only.

    The marker holds a hash of the operation and its filters, and how the last name begins, with a hash of it: 320
    characters must do, and names may go before the next page is asked for. Of another list it is a ValidationError.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
    """
    shown, marker = _cut(
        call, names, "Marker", call.number("MaxItems", 100), errors.validation_error
    )
    rest = {"Marker": marker} if marker else {}
    return Reply({member: tuple(map(show, shown)), "IsTruncated": bool(marker), **rest})


def next_page(
    call: Call, member: str, names: Iterable[str], show: Callable[[str], Json]
) -> Reply:
    """Returns one page of a list of AWS Organizations', which tells of no more than the token of the next.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
    """
    shown, token = _cut(call, names, "NextToken", call.number("MaxResults", 20), _unfit)
    return Reply(
        {member: tuple(map(show, shown)), **({"NextToken": token} if token else {})}
    )


def _unfit(text: str) -> ServiceError:
    told = f"You provided a token that does not fit: {text}"  # uncertain
    return errors.service_error("InvalidInputException", told, "INVALID_NEXT_TOKEN")


def _cut(
    call: Call, names: Iterable[str], token: str, most: int, unfit: Unfit
) -> tuple[Sequence[str], str]:
    """Returns the names of the page that a call asks for, and the token of the next, "" where there is none. Raises what
    `unfit` makes of a token of another list.
    """
    # As _sorting_key has it; the second sort keeps the first's order.
    ordered = sorted(sorted(names), key=str.lower)
    filters = {
        key: value
        for key, value in call.parameters.items()
        if key not in {token, "MaxItems", "MaxResults"}
    }
    wanted = _hash(json.dumps([call.operation, filters], sort_keys=True, default=str))
    if token in call.parameters:
        first = _place_after(ordered, *_last_shown(call.text(token), wanted, unfit))
    else:
        first = 0
    shown = ordered[first : first + most]
    return shown, _marker(wanted, shown[-1]) if first + len(shown) < len(ordered) else ""


def _sorting_key(name: str) -> tuple[str, str]:
    """Returns what names are sorted by: without regard to case; of two that differ in case alone the capitals come first (seen)."""
    return name.lower(), name


MARKER_BYTES = 240  # bytes: 320 characters in Base64


def _marker(wanted: str, last: str) -> str:
    return urlsafe_b64encode(
        f"{wanted}{_hash(last)}{last}".encode()[:MARKER_BYTES]
    ).decode()


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _place_after(ordered: Sequence[str], head: str, hash: str) -> int:
    """Returns the place behind the name that a marker holds; where it has gone, that of the first which could follow
    it.
    """
    least = bisect_left(ordered, _sorting_key(head), key=_sorting_key)
    rest = enumerate(ordered[least:], least + 1)
    return next(
        (place for place, name in rest if name.startswith(head) and _hash(name) == hash),
        least,
    )


def _last_shown(given: str, wanted: str, unfit: Unfit) -> tuple[str, str]:
    """Tells how the last name of the page before begins, and its hash."""
    try:
        held = urlsafe_b64decode(given).decode(
            errors="ignore"
        )  # it may end in half a character
    except ValueError:
        held = ""
    if len(held) < 64:
        raise unfit("Invalid Marker.")
    if not held.startswith(wanted):
        raise unfit("Marker and Filter do not match")
    return held[64:], held[32:64]


def under(
    path: str, items: Mapping[str, User | Group | Role | InstanceProfile]
) -> list[str]:
    """Returns the names below a path prefix."""
    if path != "/":
        return [name for name, item in items.items() if item.path.startswith(path)]
    return list(items)
