"""What came of a call, as the AWS CLI 2 prints it, in the form that its line asks for.

Errors are printed as every version of the CLI words them, without the `aws: [ERROR]: ` that some put before them, and
with the details that version 2 puts below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias, cast

from msgspec import Struct

from coffeeshop.account.api.operations import OPERATIONS, Member, Operation, Pages, Shape
from coffeeshop.account.command.grammar import CLI_ONLY
from coffeeshop.account.command.output import UnprintableError, query
from coffeeshop.account.command.output.yaml import yaml
from coffeeshop.account.command.pages import token_after
from coffeeshop.account.command.terminal_text import Plain, dumps, plain
from coffeeshop.account.errors import error_details
from coffeeshop.account.model import Call, Outcome, Reply, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.harmless import escape_hidden

# create-virtual-mfa-device writes them to its --outfile and prints neither.
SAVED = {"Base32StringSeed", "QRCodePNG"}
# Listings whose keys the CLI asks for encoded as in a URL, and decodes.
ENCODED = {("s3", "ListObjects"), ("s3", "ListObjectsV2")}
Output: TypeAlias = Literal["json", "text", "table", "yaml", "yaml-stream", "off"]
Body: TypeAlias = Mapping[str, Json]


class Form(Struct, frozen=True):
    """How a line wants its answer: --output, --query ("": all of it), and whether pages are merged."""

    output: Output = "json"
    query: str = ""
    merged: bool = True


class Printed(Struct, frozen=True):
    """What a line prints, in which form, whether it failed, and the files that it writes. Control characters are
    written as escapes: nothing here can move a cursor.
    """

    text: str = ""
    form: Output = "text"
    failed: bool = False
    files: Mapping[str, bytes] = {}


def answer(outcome: Outcome) -> Printed:
    """Returns JSON with four spaces, members in AWS's order and without what goes to a file; nothing for an empty
    reply; a refusal as one sentence.
    """
    call = outcome.act.call
    found = outcome.answer
    if isinstance(found, ServiceError):
        return refusal(call, found)
    return printed(call, (found,), Form(), token_after(call, found))


def refusal(call: Call, error: ServiceError) -> Printed:
    """Returns the sentence of an error, and below it what more it tells; the console's is AWS's alone."""
    if call.service == "console":
        return Printed(escape_hidden(error.message), failed=True)
    said = f"An error occurred ({error.code}) when calling the {call.operation} operation: {error.message}"
    more = "".join(
        f"\n{name}: {value}" for name, value in error_details(call.service, error).items()
    )
    return Printed(
        escape_hidden(f"{said}\n\nAdditional error details:{more}" if more else said),
        failed=True,
    )


def printed(call: Call, pages: tuple[Reply, ...], form: Form, token: str = "") -> Printed:
    """Returns what a call's answer, or its pages, look like in a form, and by which token they go on; a query that only
    now fails is said.
    """
    row = OPERATIONS.get(
        (call.service, call.operation), Operation(call.service, call.operation)
    )
    try:
        said = "\n".join(
            PRINTS[form.output](
                _Answer(row, tuple(_ready(row, page.body) for page in pages), form, token)
            )
        )
    except (query.QueryError, UnprintableError) as error:
        return Printed(escape_hidden(str(error)), failed=True)
    return Printed(said if form.output == "json" else escape_hidden(said), form.output)


# ---------------------------------------------------------------------- forms
class _Answer(Struct, frozen=True):
    """The pages of an answer, the form in which they are wanted, and the token of what follows."""

    row: Operation
    pages: tuple[Body, ...]
    form: Form
    token: str

    def found(self, value: Body) -> Plain:
        """Returns what the query finds in a value."""
        if self.form.query:
            return query.found(self.form.query, plain(value))
        return plain(value)

    @property
    def paged(self) -> Pages | None:
        """Tells how the pages are merged, where they are."""
        return self.row.pages if self.form.merged else None

    @property
    def whole(self) -> Body:
        """Returns the pages as one: their results joined, what is the same on all of them, and where to go on."""
        if (paged := self.paged) is None:
            return self.pages[0]
        met = dict.fromkeys(
            name
            for page in self.pages
            for name in paged.results
            if page.get(name) is not None
        )
        found = {name: self._joined(name) for name in met}
        same = {name: self.pages[0].get(name) for name in paged.same}
        return {**found, **same, **self.following}

    def _joined(self, name: str) -> Json:
        return _joined(
            [part for page in self.pages if (part := page.get(name)) is not None]
        )

    @property
    def following(self) -> Body:
        """Tells where to go on: --starting-token takes it."""
        return {"NextToken": self.token} if self.token else {}


def _joined(parts: list[Json]) -> Json:
    match parts:
        case [tuple(), *_]:
            return tuple(one for part in parts if isinstance(part, tuple) for one in part)
        case [int(), *_]:
            return sum(part for part in parts if isinstance(part, int))
        case _:
            return parts[0] if parts else None


def _json(answer: _Answer) -> Iterator[str]:
    if (value := answer.found(answer.whole)) != {}:
        yield dumps(cast(Json, value), 4)


def _text(answer: _Answer) -> Iterator[str]:
    """Yields page by page, each with all that it could have held."""
    from coffeeshop.account.command.output.text import (
        text_lines,
    )  # for the few lines that ask for it

    if (paged := answer.paged) is None:
        yield from text_lines(answer.found(answer.pages[0]))
        return
    for number, page in enumerate(answer.pages):
        names = paged.results if number else (*paged.results, *paged.same)
        yield from text_lines(answer.found({name: page.get(name) for name in names}))
    if answer.following:
        yield from text_lines(answer.found({"NextToken": answer.following}))


def _table(answer: _Answer) -> Iterator[str]:
    from coffeeshop.account.command.output.table import table_lines  # likewise

    return table_lines(answer.row.name, answer.found(answer.whole))


def _yaml(answer: _Answer) -> Iterator[str]:
    if (value := answer.found(answer.whole)) != {}:
        yield yaml(value)


def _yaml_stream(answer: _Answer) -> Iterator[str]:
    for page in answer.pages:
        if (value := answer.found(page)) != {} or answer.paged:
            yield yaml([value])


PRINTS: Mapping[Output, Callable[[_Answer], Iterator[str]]] = {
    "json": _json,
    "text": _text,
    "table": _table,
    "yaml": _yaml,
    "yaml-stream": _yaml_stream,
    "off": lambda _: iter(()),
}


# ----------------------------------------------------------------- the answer
def _ready(row: Operation, body: Body) -> Body:
    """Returns a body in AWS's order, without what goes to a file, and with what the CLI's own asking brings."""
    payload = row.output.member(row.output.payload)
    if (row.service, row.name) in CLI_ONLY:
        body = {key: _without(part, SAVED) for key, part in body.items()}
    if (row.service, row.name) in ENCODED:
        body = {**body, "EncodingType": "url"}
    # Though it be empty.
    body = {
        **{one.name: {} for one in row.output.members if one.location == "headers"},
        **body,
    }
    found = cast(Body, _ordered(row.output, body))
    if payload is None:
        return found
    # Behind the headers.
    if payload.shape.type == "blob":
        read = {}
    else:
        read = {payload.name: found.get(payload.name)}
    return {**{key: part for key, part in found.items() if key != payload.name}, **read}


def _without(value: Json, names: set[str]) -> Json:
    if isinstance(value, Mapping):
        return {key: value[key] for key in value if key not in names}
    return value


def _ordered(shape: Shape, value: Json) -> Json:
    """Returns the members in the order of the row; those that it does not know come last."""
    match value:
        case Mapping() if shape.type == "structure":
            known = {
                m.name: _ordered(m.shape, value[m.name])
                for m in shape.members
                if m.name in value
            }
            return {
                **known,
                **{key: part for key, part in value.items() if key not in known},
            }
        case Mapping() if shape.type == "map":
            return {
                key: _ordered(cast(Member, shape.value).shape, part)
                for key, part in value.items()
            }
        case tuple() if shape.type == "list":
            return tuple(
                _ordered(cast(Member, shape.element).shape, part) for part in value
            )
        case _:
            return value
