"""Lists in pages, as the CLI reads them: how much of one a line wants, and the token by which another line goes on.

What the CLI does beyond its documentation was seen of versions 1 and 2; tests/endpoint/test_printed.py holds it to that.
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
from coffeeshop.account.command.option_values import Raw, UnreadableError, parsed
from coffeeshop.account.command.output import query
from coffeeshop.account.command.terminal_text import plain
from coffeeshop.account.model import Answer, Call, Reply, ServiceError
from coffeeshop.account.values import Json

AMOUNT = "boto_truncate_amount"  # in a token: how many items of its page have been shown
ENCODED = "boto_encoded_keys"  # in a token: the paths to what is Base64 of bytes


class Window(Struct, frozen=True):
    """What a line wants of a list: `most` items (None: all), without the first `skip` of the page at which its token begins
    (None: no token).
    """

    most: int | None = None
    skip: int | None = None


class Listed(Struct, frozen=True):
    """What was read of a list, page by page, and the token by which it goes on ("": there is no more)."""

    pages: tuple[Reply, ...]
    token: str = ""


def listed(
    call: Call, window: Window | None
) -> Generator[Call, Answer, Listed | ServiceError]:
    """Makes a call, and once more for each page that is wanted; without a window once. Returns what came of it."""
    paged = OPERATIONS[call.service, call.operation].pages
    pages = list[Reply]()
    left = window.most if window else None
    skip = window.skip if window else None
    while True:
        answer = yield call
        if isinstance(answer, ServiceError):
            return answer
        if paged is None or window is None:
            return Listed((answer,))
        if skip is None:
            seen = answer.body
        else:
            seen = _without_first(paged, answer.body, skip)
        items = _items(seen.get(paged.results[0]))
        if left is not None and len(items) > left:
            shown = Reply({**seen, paged.results[0]: items[:left]})
            return Listed(
                (*pages, shown),
                _token(paged, call.parameters.get(paged.token), left + (skip or 0)),
            )
        pages.append(Reply(seen))
        following = _following(paged, seen)
        left = None if left is None else left - len(items)
        if following is None or left == 0:
            return Listed(tuple(pages), token_after(call, answer))
        call = replace(call, parameters={**call.parameters, paged.token: following})
        skip = None


def _items(value: Json) -> tuple[Json, ...]:
    return value if isinstance(value, tuple) else ()


def _without_first(paged: Pages, body: Mapping[str, Json], skip: int) -> Mapping[str, Json]:
    """Returns the page at which a token begins: without what was shown of the list that is counted, and without the other
    lists, which the CLI takes for shown whatever the token says.
    """
    counted, *others = paged.results
    emptied = {name: () for name in others if isinstance(body.get(name), tuple)}
    if counted in body:
        left = {counted: _items(body[counted])[skip:]}
    else:
        left = {}
    # Null where there is none, as the CLI has it.
    return {**dict.fromkeys(paged.results), **body, **emptied, **left}


def _following(paged: Pages, body: Mapping[str, Json]) -> Json:
    """Returns the value of the token's parameter for the next page, None where this was the last."""
    if paged.more and not body.get(paged.more):
        return None
    if paged.next.isidentifier():
        return body.get(paged.next) or None
    # ListObjects names the next, or its last key is it.
    return cast(Json, query.found(paged.next, plain(body))) or None


# --------------------------------------------------------------------- tokens
def token_after(call: Call, page: Reply) -> str:
    """Returns the token by which a list goes on behind a page, "" where it does not."""
    row = OPERATIONS.get((call.service, call.operation))
    paged = row.pages if row else None
    following = _following(paged, page.body) if paged else None
    if paged and following is not None:
        return _token(paged, following)
    return ""


def _token(paged: Pages, value: Json, shown: int | None = None) -> str:
    held: dict[str, object] = {paged.token: plain(value)}
    if shown is not None:
        held[AMOUNT] = shown
    if paths := list(_bytes_in(value, (paged.token,))):
        held[ENCODED] = paths
    return b64encode(json.dumps(held).encode()).decode()


def _bytes_in(value: Json, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, bytes):
        yield path
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _bytes_in(part, (*path, key))


def begun(text: str, paged: Pages) -> tuple[Mapping[str, Raw], int]:
    """Returns the parameters of the page at which a token begins, and how many of its items have been shown.

    What is no such token is AWS's own, with the number behind `___` that older versions of the CLI wrote. Raises
    UnreadableError.
    """
    held = _held(text)
    if held is None:
        value, skip = _older(text)
        held = {paged.token: value}
    else:
        skip = held.get(AMOUNT, 0)
    if not isinstance(skip, int):
        raise _bad(text)
    return {
        name: part
        for name, part in held.items()
        if part is not None and name not in {AMOUNT, ENCODED}
    }, skip


def _held(text: str) -> dict[str, Raw] | None:
    try:
        found = parsed(b64decode(text).decode())
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _older(text: str) -> tuple[str | None, int]:
    value, _, number = text.partition("___")
    if "___" in number:
        raise _bad(text)
    if not number.isdecimal():
        value = text
        number = "0"
    return (None if value == "None" else value), int(number[:9])


def _bad(text: str) -> UnreadableError:
    return UnreadableError(
        "bad-value",
        f"Bad starting token: {text}",
        "give the NextToken of the answer before",
    )
