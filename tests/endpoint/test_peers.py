"""botocore is the judge: what it sends is read as it was meant, and what we write it reads as it was said, for every row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from random import Random  # noqa: TID251  # a drawn value: of a seed, so it replays
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer

from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.api.parameters import INPUT_REASONS
from coffeeshop.account.errors import TYPED_ERRORS
from coffeeshop.account.model import ServiceError
from coffeeshop.account.services.organizations.lookups import (
    CONSTRAINT_TEXTS,
    INVALID_INPUT_TEXTS,
)
from coffeeshop.endpoint.message import Request
from coffeeshop.endpoint.protocols.rest_xml import BARE_REPLIES
from coffeeshop.endpoint.request_signature import RequestSignature
from coffeeshop.endpoint.routing import PROTOCOL_CODECS, find_route, operations
from tests.endpoint.shop import received

pytestmark = [pytest.mark.peers, pytest.mark.slow]
ROWS = [*operations()]
# The others botocore reads beside its parser: test_boto3.py.
READ = [row for row in ROWS if row.name not in BARE_REPLIES]
DEPTH = 5
SEEDS = 2
LOADER = Loader()
UNIONS = {"AnalyzerConfiguration", "FindingDetails", "PathElement"}  # one member of each
MODEL_NAMES = {"access-analyzer": "accessanalyzer"}  # where botocore calls it otherwise
MODELS = {
    name: ServiceModel(LOADER.load_service_model(MODEL_NAMES.get(name, name), "service-2"))
    for name in {row.service for row in ROWS}
}


def codec(row: Operation):
    return PROTOCOL_CODECS[MODELS[row.service].metadata["protocol"]]


def value(shape: Shape, draw: Random, depth: int = DEPTH, of: str = "") -> Any:
    """Any value of a shape's type; limits of length and pattern are the account's, not the wire's."""
    match shape.type:
        case "structure":
            chosen = [
                m for m in shape.members if depth and (m.required or draw.random() < 0.7)
            ]
            if shape.name in UNIONS:
                chosen = [draw.choice(shape.members)]
            return {
                m.name: value(m.shape, draw, depth - 1, m.location)
                for m in chosen
                if m.location != "statusCode"
            }
        case "list" | "map" if not depth:
            return () if shape.type == "list" else {}
        case "list":
            return tuple(
                value(inner(shape.element), draw, depth - 1, of)
                for _ in range(draw.randint(1, 3))
            )
        case "map":
            keys = {word(draw, of or "map") for _ in range(draw.randint(1, 3))}
            return {key: value(inner(shape.value), draw, depth - 1, of) for key in keys}
        case _:
            return scalar(shape, draw, of)


def scalar(shape: Shape, draw: Random, of: str) -> Any:
    """Any value of a type that holds no others."""
    drawn: Mapping[str, Callable[[], Any]] = {
        "integer": lambda: draw.randint(0, 10**6),
        "long": lambda: draw.randint(0, 10**12),
        "double": lambda: draw.randint(0, 1000) / 4,
        "boolean": lambda: draw.random() < 0.5,
        "blob": lambda: draw.randbytes(draw.randint(1, 9)),
        "timestamp": lambda: datetime.fromtimestamp(
            draw.randint(0, 2**31), UTC
        ).isoformat(),
    }
    if shape.enum and draw.random() < 0.5:
        return draw.choice(shape.enum)
    return drawn.get(shape.type, lambda: word(draw, of))()


def inner(member: Member | None) -> Shape:
    """What an element, a value or a member holds."""
    assert member is not None, "the row has it"
    return member.shape


def word(draw: Random, of: str) -> str:
    letters = (
        "abcxyz019-"
        if of in {"header", "headers", "map"}
        else "abc XYZ/+&<>\"'%=?#;é☕\n\t"
    )
    return "w" + "".join(draw.choice(letters) for _ in range(draw.randint(0, 9))) + "z"


def as_botocore_takes(shape: Shape, said: Any) -> Any:
    """A value as boto3's caller gives it, and gets it back."""
    match said:
        case Mapping() if shape.type == "structure":
            return {
                name: as_botocore_takes(inner(shape.member(name)), one)
                for name, one in said.items()
            }
        case Mapping():
            return {
                key: as_botocore_takes(inner(shape.value), one) for key, one in said.items()
            }
        case tuple():
            return [as_botocore_takes(inner(shape.element), one) for one in said]
        case str() if shape.type == "timestamp":
            return datetime.fromisoformat(said)
        case _:
            return said


def sent(row: Operation, parameters: Mapping[str, Any]) -> Request:
    """The request that botocore makes of parameters."""
    model = MODELS[row.service]
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    made = serializer.serialize_to_request(
        as_botocore_takes(row.input, parameters), model.operation_model(row.name)
    )
    headers: dict[str, str] = {**cast("dict[str, str]", made["headers"])}
    url = f"http://127.0.0.1:4517{made['url_path']}"
    request = AWSRequest(
        made["method"], url, headers, made["body"], params=made["query_string"]
    ).prepare()
    return received(request)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.service}:{row.name}")
def test_what_botocore_sends_is_read_as_it_was_meant(row: Operation):
    for seed in range(SEEDS):
        draw = Random(f"{row.name}{seed}")
        meant = value(row.input, draw, DEPTH)
        meant = without_empty(meant)
        request = sent(row, meant)
        signature = RequestSignature("AKIA", "", ("", "us-east-1", row.service))
        assert find_route(request, signature).operation(request) == row
        assert codec(row).read(row, request) == meant


def without_empty(said: Any) -> Any:
    """Parameters without structures, lists and maps of nothing, which a form cannot say."""
    match said:
        case Mapping():
            held = {name: without_empty(one) for name, one in said.items()}
            return {
                name: one for name, one in held.items() if one not in ({}, (), [], None)
            }
        case tuple() | list():
            return type(said)(
                one for one in map(without_empty, said) if one not in ({}, (), [])
            )
        case _:
            return said


@pytest.mark.parametrize("row", READ, ids=lambda row: f"{row.service}:{row.name}")
def test_botocore_reads_every_reply_as_it_was_said(row: Operation):
    for seed in range(SEEDS):
        draw = Random(f"{row.name}{seed}")
        said = without_empty(value(row.output, draw, DEPTH))
        response = codec(row).write(row, said, "an-id")
        parsed = parse(row, response.status, response.headers, response.body)
        assert parsed.pop("ResponseMetadata")["HTTPStatusCode"] == response.status
        unsaid = {m.name for m in row.output.members if m.location == "statusCode"}
        assert without_empty(whole(parsed, unsaid)) == as_botocore_takes(row.output, said)


def whole(parsed: Mapping[str, Any], unsaid: set[str]) -> dict[str, Any]:
    """A parsed reply with its streams read, and without what nobody said."""
    read = {
        name: one.read() if hasattr(one, "read") else one
        for name, one in parsed.items()
        if name not in unsaid
    }
    return {name: one for name, one in read.items() if one not in ("", b"")}


def parse(row: Operation, status: int, headers: Mapping[str, str], body: bytes) -> Any:
    model = MODELS[row.service]
    parser = ResponseParserFactory().create_parser(model.metadata["protocol"])
    shape = model.operation_model(row.name).output_shape
    streaming = status < 300 and model.operation_model(row.name).has_streaming_output
    held = cast(Any, HTTPHeaders).from_dict(dict(headers))
    told = {
        "status_code": status,
        "headers": held,
        "body": BytesIO(body) if streaming else body,
    }
    return parser.parse(told, shape)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.service}:{row.name}")
def test_botocore_reads_every_refusal_as_it_was_said(row: Operation):
    for code, status in (
        *row.errors.items(),
        ("AccessDenied", 403),
        ("ValidationError", 400),
    ):
        status = min(status, 499)
        response = codec(row).refuse(
            row.service, ServiceError(code, "so <not> & never “so”", status), "an-id"
        )
        parsed = parse(row, response.status, response.headers, response.body)
        assert parsed["Error"]["Code"] == code
        assert parsed["Error"]["Message"] == "so <not> & never “so”"
        assert parsed["ResponseMetadata"]["HTTPStatusCode"] == status
        assert (
            row.service == "lambda"
            or row.service == "sqs"
            or parsed["ResponseMetadata"].get("RequestId") == "an-id"
        )


def test_lambdas_own_errors_and_no_others_tell_whose_fault_it_was():
    """The members that botocore knows of an error are what the CLI prints below it."""
    row = next(row for row in ROWS if row.name == "GetFunction")
    for code in (
        *TYPED_ERRORS,
        "AccessDeniedException",
        "ValidationException",
        "UnrecognizedClientException",
    ):
        response = codec(row).refuse("lambda", ServiceError(code, "so", 400), "an-id")
        modelled = "Type" in getattr(
            MODELS["lambda"].shape_for_error_code(code), "members", ()
        )
        assert json.loads(response.body).get("Type") == ("User" if modelled else None)


def test_a_reason_of_organizations_is_one_that_botocore_knows():
    row = next(row for row in ROWS if row.name == "AttachPolicy")
    words = {
        word.format(measure=measure)
        for word in INPUT_REASONS.values()
        for measure in ("LENGTH", "VALUE")
    }
    for code, reasons in (
        (
            "InvalidInputException",
            {
                *INVALID_INPUT_TEXTS,
                *words,
                "INVALID_NEXT_TOKEN",
                "INVALID_SYSTEM_TAGS_PARAMETER",
            },
        ),
        (
            "ConstraintViolationException",
            {*CONSTRAINT_TEXTS, "POLICY_CONTENT_LIMIT_EXCEEDED"}
            - {"ALREADY_IN_AN_ORGANIZATION"},
        ),
        (
            "HandshakeConstraintViolationException",
            {"ACCOUNT_NUMBER_LIMIT_EXCEEDED", "ALREADY_IN_AN_ORGANIZATION"},
        ),
    ):
        known = (
            cast(Any, MODELS["organizations"].shape_for_error_code(code))
            .members["Reason"]
            .enum
        )
        for reason in reasons:
            assert reason in known
            response = codec(row).refuse(
                "organizations", ServiceError(code, "so", reason=reason), "an-id"
            )
            assert json.loads(response.body)["Reason"] == reason
