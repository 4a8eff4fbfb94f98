"""Print the answer of a call as version 2 of the AWS CLI does, in the format that the line requests.

Errors have the prefix that version 2 writes since February 2026 (https://github.com/aws/aws-cli/pull/10094), and below
them the details that the service's model names (https://github.com/aws/aws-cli/pull/10142). Version 1 writes neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias, cast

from msgspec import Struct

from coffeeshop.account.api.operations import OPERATIONS, Member, Operation, Pages, Shape
from coffeeshop.account.command.grammar import CLI_ONLY
from coffeeshop.account.command.output import UnprintableError, query
from coffeeshop.account.command.output.yaml import yaml_text
from coffeeshop.account.command.pages import token_after
from coffeeshop.account.command.terminal_text import Plain, dump_json, to_plain_json
from coffeeshop.account.errors import error_details
from coffeeshop.account.model import Call, Outcome, Reply, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.harmless import escape_hidden

# Members that create-virtual-mfa-device writes to its --outfile and doesn't print.
SAVED_MEMBERS = {"Base32StringSeed", "QRCodePNG"}
# Listings whose keys the CLI asks for encoded as in a URL, and decodes.
ENCODED_LISTINGS = {
    ("s3", "ListObjects"),
    ("s3", "ListObjectsV2"),
    ("s3", "ListObjectVersions"),
}
ERROR_PREFIX = "aws: [ERROR]: "  # what version 2 puts before every error
Output: TypeAlias = Literal["json", "text", "table", "yaml", "yaml-stream", "off"]
Body: TypeAlias = Mapping[str, Json]


class Form(Struct, frozen=True):
    """The requested format of an answer: --output, --query ("": the whole answer), and whether pages are merged."""

    output: Output = "json"
    query: str = ""
    merged: bool = True


class Printed(Struct, frozen=True):
    """The printed text of a line, its format, whether the line failed, and the files that it writes.

    `outfile` is the name that the line gives for a file, also if the call failed.

    Control characters are escaped, so that a text can't move the cursor.
    """

    text: str = ""
    form: Output = "text"
    failed: bool = False
    files: Mapping[str, Json] = {}
    outfile: str = ""


def format_outcome(outcome: Outcome) -> Printed:
    """Return an answer as the CLI's JSON, or a refusal as one sentence.

    Members are in AWS's order, without those that go to a file. An empty reply prints
    nothing.
    """
    call = outcome.act.call
    reply = outcome.answer
    if isinstance(reply, ServiceError):
        return format_refusal(call, reply)
    return format_pages(call, (reply,), Form(), token_after(call, reply))


def format_refusal(call: Call, error: ServiceError) -> Printed:
    """Return the sentence of an error, with its details below.

    The console prints AWS's message only.
    """
    if call.service == "console":
        return Printed(escape_hidden(error.message), failed=True)
    operation = call.operation.rpartition(":")[2]  # a bare request has its action
    sentence = f"{ERROR_PREFIX}An error occurred ({error.code}) when calling the {operation} operation: {error.message}"
    detail_lines = "".join(
        f"\n{name}: {value}" for name, value in error_details(call.service, error).items()
    )
    return Printed(
        escape_hidden(
            f"{sentence}\n\nAdditional error details:{detail_lines}"
            if detail_lines
            else sentence
        ),
        failed=True,
    )


def format_pages(
    call: Call, pages: tuple[Reply, ...], form: Form, token: str = ""
) -> Printed:
    """Return a call's answer, or its pages, in an output format.

    `token` is the one for the next page.

    A query that fails only now prints its error.
    """
    row = OPERATIONS.get(
        (call.service, call.operation), Operation(call.service, call.operation)
    )
    try:
        text = "\n".join(
            OUTPUT_WRITERS[form.output](
                _Answer(
                    row, tuple(_prepare_body(row, page.body) for page in pages), form, token
                )
            )
        )
    except (query.QueryError, UnprintableError) as error:
        return Printed(escape_hidden(str(error)), failed=True)
    return Printed(text if form.output == "json" else escape_hidden(text), form.output)


# ---------------------------------------------------------------------- forms
class _Answer(Struct, frozen=True):
    """The pages of an answer, the requested format, and the token of the next page ("": none)."""

    row: Operation
    pages: tuple[Body, ...]
    form: Form
    token: str

    def query_value(self, value: Body) -> Plain:
        """Return the result of the query on a value, or the whole value."""
        if self.form.query:
            return query.run_query(self.form.query, to_plain_json(value))
        return to_plain_json(value)

    @property
    def merging(self) -> Pages | None:
        """Return how pages are merged, or None if they aren't."""
        if self.form.merged:
            return self.row.pages
        return None

    @property
    def merged_body(self) -> Body:
        """Return all pages as one: the joined results, the members that all pages share,
        and the next token.
        """
        if (merging := self.merging) is None:
            return self.pages[0]
        result_names = dict.fromkeys(
            name
            for page in self.pages
            for name in merging.results
            if page.get(name) is not None
        )
        results = {name: self._join_member(name) for name in result_names}
        same_members = {name: self.pages[0].get(name) for name in merging.same}
        return {**results, **same_members, **self.continuation}

    def _join_member(self, name: str) -> Json:
        """Return one member of all pages, joined."""
        return _join_parts(
            [part for page in self.pages if (part := page.get(name)) is not None]
        )

    @property
    def continuation(self) -> Body:
        """Return the token for --starting-token, if there is more."""
        if self.token:
            return {"NextToken": self.token}
        return {}


def _join_parts(parts: list[Json]) -> Json:
    """Return the parts of a member joined as the CLI does: lists are chained, numbers added, else the first counts."""
    match parts:
        case [tuple(), *_]:
            return tuple(item for part in parts if isinstance(part, tuple) for item in part)
        case [int(), *_]:
            return sum(part for part in parts if isinstance(part, int))
        case _:
            if parts:
                return parts[0]
            return None


def _json_output(answer: _Answer) -> Iterator[str]:
    """Yield the merged pages as JSON. An empty structure prints nothing."""
    if (value := answer.query_value(answer.merged_body)) != {}:
        yield dump_json(cast(Json, value), 4)


def _text_output(answer: _Answer) -> Iterator[str]:
    """Yield the answer page by page. Members that are the same on every page come with the first."""
    # For the few lines that ask for it.
    from coffeeshop.account.command.output.text import text_lines

    if (paged := answer.merging) is None:
        yield from text_lines(answer.query_value(answer.pages[0]))
        return
    for number, page in enumerate(answer.pages):
        if number:
            names = paged.results
        else:
            names = (*paged.results, *paged.same)
        yield from text_lines(answer.query_value({name: page.get(name) for name in names}))
    if answer.continuation:
        yield from text_lines(answer.query_value({"NextToken": answer.continuation}))


def _table_output(answer: _Answer) -> Iterator[str]:
    """Yield the merged pages as a table."""
    # Imported late, for the few lines that ask for it.
    from coffeeshop.account.command.output.table import table_lines

    return table_lines(answer.row.name, answer.query_value(answer.merged_body))


def _yaml_output(answer: _Answer) -> Iterator[str]:
    """Yield the merged pages as YAML. An empty structure prints nothing."""
    if (value := answer.query_value(answer.merged_body)) != {}:
        yield yaml_text(value)


def _yaml_stream_output(answer: _Answer) -> Iterator[str]:
    """Yield each page as a YAML list of one element, as the CLI streams them."""
    for page in answer.pages:
        if (value := answer.query_value(page)) != {} or answer.merging:
            yield yaml_text([value])


OUTPUT_WRITERS: Mapping[Output, Callable[[_Answer], Iterator[str]]] = {
    "json": _json_output,
    "text": _text_output,
    "table": _table_output,
    "yaml": _yaml_output,
    "yaml-stream": _yaml_stream_output,
    "off": lambda _: iter(()),
}


# ----------------------------------------------------------------- the answer
def _prepare_body(row: Operation, body: Body) -> Body:
    """Return a body in AWS's order, without members that go to a file.

    Members from HTTP headers come first, even if they are empty, and the payload last. Bytes aren't printed.
    """
    payload = row.output.member(row.output.payload)
    if (row.service, row.name) in CLI_ONLY:
        body = {key: _without_members(part, SAVED_MEMBERS) for key, part in body.items()}
    if (row.service, row.name) in ENCODED_LISTINGS:
        body = {**body, "EncodingType": "url"}
    # The CLI prints members from headers even if they are empty.
    body = {
        **{
            member.name: {} for member in row.output.members if member.location == "headers"
        },
        **body,
    }
    ordered = cast(Body, _in_row_order(row.output, body))
    if payload is None:
        return ordered
    # The payload comes after the headers.
    if payload.shape.type == "blob":
        read = {}
    else:
        read = {payload.name: ordered.get(payload.name)}
    return {**{key: part for key, part in ordered.items() if key != payload.name}, **read}


def _without_members(value: Json, names: set[str]) -> Json:
    """Return a structure without the members of these names. Any other value is returned as it is."""
    if isinstance(value, Mapping):
        return {key: value[key] for key in value if key not in names}
    return value


def _in_row_order(shape: Shape, value: Json) -> Json:
    """Return the members in the order of the row. Unknown members come last."""
    match value:
        case Mapping() if shape.type == "structure":
            known_members = {
                member.name: _in_row_order(member.shape, value[member.name])
                for member in shape.members
                if member.name in value
            }
            return {
                **known_members,
                **{key: part for key, part in value.items() if key not in known_members},
            }
        case Mapping() if shape.type == "map":
            return {
                key: _in_row_order(cast(Member, shape.value).shape, part)
                for key, part in value.items()
            }
        case tuple() if shape.type == "list":
            return tuple(
                _in_row_order(cast(Member, shape.element).shape, part) for part in value
            )
        case _:
            return value
