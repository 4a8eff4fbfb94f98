"""The table of operations: `OPERATIONS["iam", "CreateUser"]` says what a call may carry, what it answers, how it fails.

One row serves the command reader and printer, help and completion, the parameter check, the app's forms and the wire.
`operations.json` is distilled from botocore's models (tools/build_operations.py), `console.json` holds by hand, in the
same form, the acts that AWS offers in its console only. Both are read when a row is first asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

Type: TypeAlias = Literal[
    "structure", "list", "map", "string", "integer", "long", "double", "boolean", "timestamp", "blob"
]
Row: TypeAlias = dict[str, Any]
SCALARS = frozenset({"string", "integer", "long", "double", "boolean", "timestamp", "blob"})


def kebab(name: str) -> str:
    """The CLI's form of a name: `VirtualMFADeviceName` -> `virtual-mfa-device-name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a structure, the element of a list, or the key or value of a map (these three without a name).

    `wire` is its name on the wire where that is another, `location` where it goes there: "uri", "header",
    "headers" (a prefix), "querystring", "statusCode", or "" for the body.
    """

    service: str
    target: str
    name: str = ""
    required: bool = False
    wire: str = ""
    location: str = ""
    streaming: bool = False
    flattened: bool = False

    @property
    def shape(self) -> Shape:
        """What it holds."""
        return _shape(self.service, self.target)

    @property
    def option(self) -> str:
        """Its option on the command line: `--user-name`."""
        return f"--{kebab(self.name)}"


@dataclass(frozen=True, slots=True)
class Shape:
    """A type with its limits: of length (string, blob), of number (list, map) or of value (numbers).

    `left_out` are the members that AWS knows and that nothing here would heed.
    `element` is set for lists, `key` and `value` for maps, `members` and `payload` (the member that is the whole body
    on the wire) for structures.
    """

    name: str
    type: Type
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    enum: tuple[str, ...] = ()
    sensitive: bool = False
    streaming: bool = False
    flattened: bool = False
    format: str = ""
    wire: str = ""
    payload: str = ""
    members: tuple[Member, ...] = ()
    left_out: tuple[str, ...] = ()
    element: Member | None = None
    key: Member | None = None
    value: Member | None = None

    def member(self, name: str) -> Member | None:
        """The member of a structure with exactly this name."""
        return next((member for member in self.members if member.name == name), None)


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list is read in pages: the parameters `Marker` and `MaxItems`, the answers `Marker` and `IsTruncated`, and
    `results`, the answers that the CLI prints when it has merged the pages.
    """

    token: str
    limit: str
    next: str
    more: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A row: what may be asked (`input`), what is answered (`output`), the declared error codes with HTTP status.

    An operation that is not `simulated` is known by name only, so that it can be answered by name.
    """

    service: str
    name: str
    input: Shape
    output: Shape
    errors: Mapping[str, int] = field(default_factory=dict[str, int])
    wrapper: str = ""
    method: str = "POST"
    path: str = "/"
    status: int = 200
    pages: Pages | None = None
    simulated: bool = True

    @property
    def cli(self) -> str:
        """Its name on the command line: `create-user`."""
        return kebab(self.name)

    @property
    def members(self) -> tuple[Member, ...]:
        """The parameters, in AWS's order."""
        return self.input.members


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its command ("s3api" for s3) and what its wire protocol needs."""

    name: str
    command: str
    protocol: str = ""
    version: str = ""
    namespace: str = ""
    target: str = ""


@cache
def _tables() -> dict[str, Row]:
    """Both files, read once: service name -> its row."""
    folder = files("coffeeshop.account")
    texts = (folder.joinpath(name).read_text(encoding="utf-8") for name in ("operations.json", "console.json"))
    return {name: row for text in texts for name, row in json.loads(text)["services"].items()}


@cache
def _shape(service: str, name: str) -> Shape:
    row: Row = _tables()[service]["shapes"][name]
    required = row.get("required", ())
    return Shape(
        name=name,
        type=row["type"],
        minimum=row.get("min"),
        maximum=row.get("max"),
        pattern=row.get("pattern", ""),
        enum=tuple(row.get("enum", ())),
        sensitive=row.get("sensitive", False),
        streaming=row.get("streaming", False),
        flattened=row.get("flattened", False),
        format=row.get("format", ""),
        wire=row.get("locationName", ""),
        payload=row.get("payload", ""),
        members=tuple(_member(service, ref, key, key in required) for key, ref in row.get("members", {}).items()),
        left_out=tuple(row.get("left_out", ())),
        **{part: _member(service, row[part]) for part in ("element", "key", "value") if part in row},
    )


def _member(service: str, ref: Row | str, name: str = "", required: bool = False) -> Member:
    row: Row = {"shape": ref} if isinstance(ref, str) else ref
    return Member(
        service=service,
        target=row["shape"],
        name=name,
        required=required,
        wire=row.get("wire", ""),
        location=row.get("in", ""),
        streaming=row.get("streaming", False),
        flattened=row.get("flattened", False),
    )


class _Operations(Mapping[tuple[str, str], Operation]):
    """(service, operation) -> row; rows are made when first asked for."""

    def __getitem__(self, key: tuple[str, str]) -> Operation:
        return _operation(*key)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for service, table in _tables().items():
            for name in (*table["operations"], *table["others"]):
                yield service, name

    def __len__(self) -> int:
        return sum(len(table["operations"]) + len(table["others"]) for table in _tables().values())


@cache
def _operation(service: str, name: str) -> Operation:
    table = _tables()[service]
    if name in table["others"]:
        return Operation(service, name, _nothing(name), _nothing(name), simulated=False)
    row: Row = table["operations"][name]
    method, path, status = row.get("http", ("POST", "/", 200))
    return Operation(
        service=service,
        name=name,
        input=_shape(service, row["input"]) if "input" in row else _nothing(name),
        output=_shape(service, row["output"]) if "output" in row else _nothing(name),
        errors=row.get("errors", {}),
        wrapper=row.get("wrapper", ""),
        method=method,
        path=path,
        status=status,
        pages=_pages(row["pages"]) if "pages" in row else None,
    )


def _pages(row: Row) -> Pages:
    return Pages(row["token"], row["limit"], row["next"], row["more"], tuple(row["results"]))


def _nothing(name: str) -> Shape:
    """The shape of an operation that takes, or answers, nothing."""
    return Shape(name, "structure")


OPERATIONS: Mapping[tuple[str, str], Operation] = _Operations()


@cache
def services() -> Mapping[str, Service]:
    """Every service by its command: "iam", "s3api", "console" …"""
    parts = ("command", "protocol", "version", "namespace", "target")
    rows = (Service(name, *(table.get(part, "") for part in parts)) for name, table in _tables().items())
    return {row.command: row for row in rows}


def unsimulated() -> Mapping[str, tuple[str, ...]]:
    """By service, the operations of AWS that are known by name only: what the docs list as not simulated."""
    return {service: tuple(table["others"]) for service, table in _tables().items()}
