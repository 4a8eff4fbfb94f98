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


def list_page(
    call: Call, member: str, names: Iterable[str], item_shape: Callable[[str], Json]
) -> Reply:
    """Return one page of a list, by name without regard to case.

    `item_shape` makes an item from its name. It is called only for the names on this page.

    The marker holds a hash of the operation and its filters, the beginning of the last
    name, and the name's hash. It can have 320 characters at most, and names can disappear
    before the next page is asked for. A marker of another list is a ValidationError.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
    """
    page_names, marker = page_of_names(
        call, names, "Marker", call.number("MaxItems", 100), errors.validation_error
    )
    if marker:
        rest = {"Marker": marker}
    else:
        rest = {}
    return Reply(
        {member: tuple(map(item_shape, page_names)), "IsTruncated": bool(marker), **rest}
    )


def organizations_page(
    call: Call, member: str, names: Iterable[str], item_shape: Callable[[str], Json]
) -> Reply:
    """Return one page of a list of AWS Organizations, whose answers have NextToken only.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
    """
    page_names, token = page_of_names(
        call, names, "NextToken", call.number("MaxResults", 20), _invalid_token
    )
    return Reply(
        {
            member: tuple(map(item_shape, page_names)),
            **({"NextToken": token} if token else {}),
        }
    )


def _invalid_token(text: str) -> ServiceError:
    message = f"You provided a token that does not fit: {text}"  # uncertain
    return errors.service_error("InvalidInputException", message, "INVALID_NEXT_TOKEN")


def page_of_names(
    call: Call, names: Iterable[str], token_name: str, page_size: int, make_refusal: Unfit
) -> tuple[Sequence[str], str]:
    """Return the names of the page that a call asks for, and the token of the next page
    ("": none).

    Raise what `make_refusal` returns for a token of another list.
    """
    # As _sorting_key has it; the second sort keeps the first's order.
    ordered = sorted(sorted(names), key=str.lower)
    filters = {
        key: value
        for key, value in call.parameters.items()
        if key not in {token_name, "MaxItems", "MaxResults", "Limit"}
    }
    request = json.dumps([call.operation, filters], sort_keys=True, default=str)
    filters_hash = _short_hash(request)
    first = 0
    if token_name in call.parameters:
        token = call.text(token_name)
        name_start, name_hash = _read_marker(token, filters_hash, make_refusal)
        first = _index_after(ordered, name_start, name_hash)
    page_names = ordered[first : first + page_size]
    is_last_page = first + len(page_names) >= len(ordered)
    if is_last_page:
        return page_names, ""
    return page_names, _make_marker(filters_hash, page_names[-1])


def _sorting_key(name: str) -> tuple[str, str]:
    """Return a key that sorts names without regard to case.

    Of two names that differ only in case, the one in capitals comes first (seen).
    """
    return name.lower(), name


MARKER_BYTES = 240  # bytes: 320 characters in Base64


def _make_marker(filters_hash: str, last_name: str) -> str:
    text = f"{filters_hash}{_short_hash(last_name)}{last_name}"
    return urlsafe_b64encode(text.encode()[:MARKER_BYTES]).decode()


def _short_hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _index_after(ordered: Sequence[str], name_start: str, name_hash: str) -> int:
    """Return the index after the name at which the page before ended, or where it would be
    if it has gone.

    A marker holds the beginning of that name, and a hash of all of it.
    """
    lower_bound = bisect_left(ordered, _sorting_key(name_start), key=_sorting_key)
    rest = enumerate(ordered[lower_bound:], lower_bound + 1)
    return next(
        (
            place
            for place, name in rest
            if name.startswith(name_start) and _short_hash(name) == name_hash
        ),
        lower_bound,
    )


def _read_marker(marker: str, filters_hash: str, make_refusal: Unfit) -> tuple[str, str]:
    """Return the beginning of the last name on the page before, and the name's hash."""
    try:
        # It may end in half a character.
        decoded = urlsafe_b64decode(marker).decode(errors="ignore")
    except ValueError:
        decoded = ""
    if len(decoded) < 64:
        raise make_refusal("Invalid Marker.")
    if not decoded.startswith(filters_hash):
        raise make_refusal("Marker and Filter do not match")
    return decoded[64:], decoded[32:64]


def names_under_path(
    prefix: str, items: Mapping[str, User | Group | Role | InstanceProfile]
) -> list[str]:
    """Return the names below a path prefix."""
    if prefix != "/":
        return [name for name, item in items.items() if item.path.startswith(prefix)]
    return list(items)
