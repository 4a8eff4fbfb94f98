"""Read lists in pages as the CLI does: how many items a line wants, and the token with which another line continues.

Undocumented behaviour was observed with versions 1 and 2 of the CLI. tests/endpoint/test_printed.py compares it.
https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Generator, Iterator, Mapping
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.api.operations import OPERATIONS, Pages
from coffeeshop.account.command.option_values import Raw, UnreadableError, parse_json
from coffeeshop.account.command.output import query
from coffeeshop.account.command.terminal_text import to_plain_json
from coffeeshop.account.model import Answer, Call, Reply, ServiceError
from coffeeshop.account.values import Json

TRUNCATE_AMOUNT = (
    "boto_truncate_amount"  # in a token: how many items of its page have been shown
)
ENCODED_PATHS = (
    "boto_encoded_keys"  # in a token: the paths to values that are bytes in base64
)


class Window(Struct, frozen=True):
    """The part of a list that a line wants: at most `most` items (None: all).

    `skip` is the number of items of the first page that an earlier line showed. None: the line has no token.
    """

    most: int | None = None
    skip: int | None = None


class Listed(Struct, frozen=True):
    """The pages of a list that were read, and the token for the rest ("": there is no more)."""

    pages: tuple[Reply, ...]
    token: str = ""


def read_pages(
    call: Call, window: Window | None
) -> Generator[Call, Answer, Listed | ServiceError]:
    """Make a call, and repeat it for each page that the window wants.

    Each yielded call is to be sent its answer. Return the pages, or the first refusal. Without a
    `window`, return the first page as AWS answered it.
    """
    pages_row = OPERATIONS[call.service, call.operation].pages
    pages = list[Reply]()
    if window:
        items_left = window.most
    else:
        items_left = None
    if window:
        skip = window.skip
    else:
        skip = None
    while True:
        answer = yield call
        if isinstance(answer, ServiceError):
            return answer
        if pages_row is None or window is None:
            return Listed((answer,))
        if skip is None:
            body = answer.body
        else:
            body = _skip_items(pages_row, answer.body, skip)
        items = _items_of(body.get(pages_row.results[0]))
        if items_left is not None and len(items) > items_left:
            last_page = Reply({**body, pages_row.results[0]: items[:items_left]})
            return Listed(
                (*pages, last_page),
                _encode_token(
                    pages_row,
                    call.parameters.get(pages_row.token),
                    items_left + (skip or 0),
                ),
            )
        pages.append(Reply(body))
        following = _next_token(pages_row, body)
        if items_left is None:
            items_left = None
        else:
            items_left = items_left - len(items)
        if following is None or items_left == 0:
            return Listed(tuple(pages), token_after(call, answer))
        call = replace(call, parameters={**call.parameters, pages_row.token: following})
        skip = None


def _items_of(value: Json) -> tuple[Json, ...]:
    """Return the items of a list in an answer, or none if the page doesn't have it."""
    if isinstance(value, tuple):
        return value
    return ()


def _skip_items(paged: Pages, body: Mapping[str, Json], skip: int) -> Mapping[str, Json]:
    """Return a page without the items that an earlier line showed.

    The CLI counts only the first list, and takes the page's other lists as shown.
    """
    counted, *other_lists = paged.results
    emptied = {name: () for name in other_lists if isinstance(body.get(name), tuple)}
    if counted in body:
        remaining = {counted: _items_of(body[counted])[skip:]}
    else:
        remaining = {}
    # Null where there is none, as the CLI has it.
    return {**dict.fromkeys(paged.results), **body, **emptied, **remaining}


def _next_token(paged: Pages, body: Mapping[str, Json]) -> Json:
    """Return the token of the next page, or None if this is the last."""
    if paged.more and not body.get(paged.more):
        return None
    if paged.next.isidentifier():
        return body.get(paged.next) or None
    # ListObjects gives a next marker, or else its last key is the marker.
    return cast(Json, query.run_query(paged.next, to_plain_json(body))) or None


# --------------------------------------------------------------------- tokens
def token_after(call: Call, page: Reply) -> str:
    """Return the token for --starting-token after a page, or "" if it is the last page."""
    row = OPERATIONS.get((call.service, call.operation))
    if row:
        paged = row.pages
    else:
        paged = None
    if paged:
        following = _next_token(paged, page.body)
    else:
        following = None
    if paged and following is not None:
        return _encode_token(paged, following)
    return ""


def _encode_token(paged: Pages, value: Json, items_shown: int | None = None) -> str:
    """Return the CLI's token: the service's token and the number of items shown, as JSON in base64."""
    token_body: dict[str, object] = {paged.token: to_plain_json(value)}
    if items_shown is not None:
        token_body[TRUNCATE_AMOUNT] = items_shown
    if paths := list(_paths_to_bytes(value, (paged.token,))):
        token_body[ENCODED_PATHS] = paths
    return b64encode(json.dumps(token_body).encode()).decode()


def _paths_to_bytes(value: Json, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the path of every value that is bytes, below this path."""
    if isinstance(value, bytes):
        yield path
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _paths_to_bytes(part, (*path, key))


def read_token(text: str, paged: Pages) -> tuple[Mapping[str, Raw], int]:
    """Return the parameters of the page at which a token begins, and how many of its items
    were shown.

    Other texts are AWS's own tokens, with `___` and a number as older versions of the CLI
    wrote them. Raise UnreadableError.
    """
    token_body = _decode_token(text)
    if token_body is None:
        value, skip = _read_old_token(text)
        token_body = {paged.token: value}
    else:
        skip = token_body.get(TRUNCATE_AMOUNT, 0)
    if not isinstance(skip, int):
        raise _bad_token(text)
    return {
        name: part
        for name, part in token_body.items()
        if part is not None and name not in {TRUNCATE_AMOUNT, ENCODED_PATHS}
    }, skip


def _decode_token(text: str) -> dict[str, Raw] | None:
    """Return the JSON object in a CLI token, or None if the text isn't one."""
    try:
        document = parse_json(b64decode(text).decode())
    except ValueError:
        return None
    if isinstance(document, dict):
        return document
    return None


def _read_old_token(text: str) -> tuple[str | None, int]:
    """Return the service's token and the number of items shown from a token TOKEN___NUMBER. Raise UnreadableError."""
    value, _, number = text.partition("___")
    if "___" in number:
        raise _bad_token(text)
    if not number.isdecimal():
        value = text
        number = "0"
    return (None if value == "None" else value), int(number[:9])


def _bad_token(text: str) -> UnreadableError:
    """Return the error that a --starting-token can't be read, in the CLI's words."""
    return UnreadableError(
        "bad-value",
        f"Bad starting token: {text}",
        "give the NextToken of the previous answer",
    )
