"""Hold the table of operations. `OPERATIONS["iam", "CreateUser"]` has a call's parameters, its answer and its errors.

One row serves the command reader and printer, help and completion, the parameter check, the app's forms and the wire.
`operations.jsonl` is made from botocore's models (tools/build_operations.py). `console.jsonl` is written by hand, in the
same format, for the acts that AWS offers in its console only. A line is a service, an operation, a shape, or the names of
the operations that aren't simulated. It is read when it is first used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from msgspec import Struct

from coffeeshop.account.api.jsonl_table import Lines

Type: TypeAlias = Literal[
    "structure",
    "list",
    "map",
    "string",
    "integer",
    "long",
    "double",
    "boolean",
    "timestamp",
    "blob",
    "document",
]
JsonRow: TypeAlias = dict[str, Any]
SCALAR_TYPES = frozenset(
    {"string", "integer", "long", "double", "boolean", "timestamp", "blob"}
)


def kebab(name: str) -> str:
    """Return the CLI's form of a name: `VirtualMFADeviceName` -> `virtual-mfa-device-name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


class Member(Struct, frozen=True):
    """A member of a structure, the element of a list, or the key or value of a map (these three without a name).

    `wire` is its name on the wire where that is another, `location` where it goes there: "uri", "header",
    "headers" (a prefix), "querystring", "statusCode", or "" for the body. `ec2` is its name in EC2's requests where that
    is another, `format` how an instant is written there if not as elsewhere, `attribute` whether it is one of its
    element's in XML.
    """

    service: str
    target: str
    name: str = ""
    required: bool = False
    wire: str = ""
    location: str = ""
    streaming: bool = False
    flattened: bool = False
    ec2: str = ""
    format: str = ""
    attribute: bool = False

    @property
    def shape(self) -> Shape:
        """Return the shape of its value."""
        return _load_shape(self.service, self.target)

    @property
    def option(self) -> str:
        """Return its option on the command line: `--user-name`."""
        return f"--{kebab(self.name)}"


class Shape(Struct, frozen=True):
    """A type with its limits: of length (string, blob), of number (list, map) or of value (numbers).

    `left_out` are AWS's members without effect here, by name. They have no shape. `element` is set for lists, `key` and
    `value` for maps, `members` and `payload` (the member that is the whole body on the wire) for structures.
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
    left_out: Mapping[str, Member] = {}
    element: Member | None = None
    key: Member | None = None
    value: Member | None = None

    def member(self, name: str) -> Member | None:
        """Return the member of a structure with exactly this name."""
        return next((member for member in self.members if member.name == name), None)


class Pages(Struct, frozen=True):
    """The names with which a list is read in pages.

    `token` and `limit` are parameters (Marker, MaxItems). `next` and `more` are members of the answer (Marker,
    IsTruncated). When the CLI merges pages, it joins the members in `results`, and prints those in `same` once.
    """

    token: str
    limit: str
    next: str
    more: str
    results: tuple[str, ...]
    same: tuple[str, ...] = ()


class Operation(Struct, frozen=True):
    """A row: the shapes of the parameters (`input`) and the answer (`output`), and the error codes with HTTP status.

    `takes` and `answers` are the names of these two shapes ("": none). An operation that isn't `simulated` has only a
    name, so that a refusal can name it. A request for an `unsigned` operation carries no credential of the account:
    its parameters prove who calls.
    """

    service: str
    name: str
    takes: str = ""
    answers: str = ""
    errors: Mapping[str, int] = {}
    wrapper: str = ""
    method: str = "POST"
    path: str = "/"
    status: int = 200
    pages: Pages | None = None
    simulated: bool = True
    unsigned: bool = False

    @property
    def cli(self) -> str:
        """Return its name on the command line: `create-user`."""
        return kebab(self.name)

    @property
    def input(self) -> Shape:
        """Return the shape of the parameters."""
        if self.takes:
            return _load_shape(self.service, self.takes)
        return Shape(self.name, "structure")

    @property
    def output(self) -> Shape:
        """Return the shape of the answer."""
        if self.answers:
            return _load_shape(self.service, self.answers)
        return Shape(self.name, "structure")

    @property
    def members(self) -> tuple[Member, ...]:
        """Return the parameters, in AWS's order."""
        return self.input.members


class ServiceModel(Struct, frozen=True):
    """A service: its command ("s3api" for s3) and the facts of its wire protocol."""

    name: str
    command: str
    protocol: str = ""
    version: str = ""
    namespace: str = ""
    target: str = ""


OTHER_SERVICES = "services.others"  # the key of the row that names them


@cache
def _rows() -> Mapping[str, Any]:
    """Return both files: "iam", "iam.operations.CreateUser", "iam.shapes.userNameType", "iam.others" -> row."""
    return Lines(
        Path(__file__).with_name("operations.jsonl"),
        Path(__file__).with_name("console.jsonl"),
    )


@lru_cache(maxsize=256)
def simulated_operations(service: str) -> tuple[str, ...]:
    """Return the operations of a service that are simulated."""
    start = f"{service}.operations."
    return tuple(key.removeprefix(start) for key in _rows() if key.startswith(start))


@cache
def _unsimulated_of(service: str) -> Mapping[str, tuple[Any, ...]]:
    """Return a service's operations that are not simulated, with method, path and required
    names.
    """
    return {name: tuple(place) for name, place in _rows()[f"{service}.others"].items()}


@cache
def _load_shape(service: str, name: str) -> Shape:
    """Return a service's shape from its line in the table."""
    row: JsonRow = _rows()[f"{service}.shapes.{name}"]
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
        members=tuple(
            _load_member(service, ref, key, key in required)
            for key, ref in row.get("members", {}).items()
        ),
        left_out={
            key: _load_member(service, {"shape": "", **ref}, key)
            for key, ref in row.get("left_out", {}).items()
        },
        **{
            part: _load_member(service, row[part])
            for part in ("element", "key", "value")
            if part in row
        },
    )


def _load_member(
    service: str, ref: JsonRow | str, name: str = "", required: bool = False
) -> Member:
    """Return a member from its entry in a shape's line. A text is the name of its shape."""
    row: JsonRow = {"shape": ref} if isinstance(ref, str) else ref
    return Member(
        service=service,
        target=row["shape"],
        name=name,
        required=required,
        wire=row.get("wire", ""),
        location=row.get("in", ""),
        streaming=row.get("streaming", False),
        flattened=row.get("flattened", False),
        ec2=row.get("ec2", ""),
        format=row.get("format", ""),
        attribute=row.get("attribute", False),
    )


class _Operations(Mapping[tuple[str, str], Operation]):
    """A mapping (service, operation) -> row. A row is made when it is first used."""

    def __getitem__(self, key: tuple[str, str]) -> Operation:
        return _load_operation(*key)

    def __contains__(self, key: object) -> bool:
        service, name = cast("tuple[str, str]", key)
        if service not in _rows():
            return False
        is_simulated = f"{service}.operations.{name}" in _rows()
        return is_simulated or name in _unsimulated_of(service)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for service in unsimulated_operations():
            for name in (*simulated_operations(service), *_unsimulated_of(service)):
                yield service, name

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _load_operation(service: str, name: str) -> Operation:
    """Return an operation from its line, or by its name if it isn't simulated. Raise KeyError if AWS has none."""
    row: JsonRow | None = _rows().get(f"{service}.operations.{name}")
    if row is None:
        if name in _unsimulated_of(service):
            method, path, _ = _unsimulated_of(service)[name] or ("POST", "/", ())
            return Operation(service, name, method=method, path=path, simulated=False)
        raise KeyError(name)
    method, path, status = row.get("http", ("POST", "/", 200))
    return Operation(
        service=service,
        name=name,
        takes=row.get("input", ""),
        answers=row.get("output", ""),
        errors=row.get("errors", {}),
        wrapper=row.get("wrapper", ""),
        method=method,
        path=path,
        status=status,
        pages=_load_pages(row["pages"]) if "pages" in row else None,
        unsigned=row.get("unsigned", False),
    )


def _load_pages(row: JsonRow) -> Pages:
    return Pages(
        row["token"],
        row["limit"],
        row["next"],
        row["more"],
        tuple(row["results"]),
        tuple(row.get("same", ())),
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = _Operations()


@cache
def services() -> Mapping[str, ServiceModel]:
    """Return every service by its command: "iam", "s3api", "console" …"""
    # A key with a dot is a service's operation or shape, such as `iam.CreateUser`.
    names = (key for key in _rows() if "." not in key)
    models = (ServiceModel(name=name, **_rows()[name]) for name in names)
    return {model.command: model for model in models}


def other_services() -> tuple[str, ...]:
    """Return the services of AWS that are not simulated, by their commands: "sns", "logs" …"""
    return tuple(_rows()[OTHER_SERVICES])


def unsimulated_operations() -> Mapping[str, tuple[str, ...]]:
    """Return the operations that are not simulated, by service, as the docs list them."""
    return {
        service.name: tuple(_unsimulated_of(service.name))
        for service in services().values()
    }


def required_wire_names(row: Operation) -> tuple[str, ...]:
    """Return the headers and query parameters that every request for an operation must
    have.
    """
    if not row.simulated:
        return next(iter(_unsimulated_of(row.service)[row.name][2:]), ())
    members = (
        member
        for member in row.members
        if member.required and member.location in ("header", "querystring")
    )
    return tuple(member.wire or member.name for member in members)
