"""What the operations of IAM Access Analyzer have in common: pages, and errors that name a resource."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.analyzer_requests import analyzer_name
from coffeeshop.account.model import Account, Call, Reply, ServiceError
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.values import Json, JsonObject

PAGE_SIZE = 100
PAGE_PARAMETERS = {"nextToken", "maxResults"}


def page_of_rows(call: Call, member: str, rows: Sequence[Json]) -> Reply:
    """Return the page of a list that a call asks for. Raise ValidationException for a token of another list."""
    page_size = call.number("maxResults", PAGE_SIZE)
    if page_size < 1:
        raise validation_exception("maxResults must be at least 1.")  # uncertain
    digest = _filters_digest(call)
    first = _read_token(call, digest)
    page = tuple(rows[first : first + page_size])
    rest: JsonObject = {}
    if first + page_size < len(rows):
        text = f"{digest}{first + page_size}"
        rest["nextToken"] = urlsafe_b64encode(text.encode()).decode()
    return Reply({member: page, **rest})


def _filters_digest(call: Call) -> str:
    """Return a digest of what a list is asked for. A token works only with the same parameters."""
    filters = {
        name: value
        for name, value in call.parameters.items()
        if name not in PAGE_PARAMETERS
    }
    return sha256(repr((call.operation, sorted(filters.items()))).encode()).hexdigest()[:32]


def _read_token(call: Call, digest: str) -> int:
    """Return the number of the first row that a token asks for."""
    if "nextToken" not in call.parameters:
        return 0
    try:
        text = urlsafe_b64decode(call.text("nextToken")).decode("ascii")
    except ValueError:
        text = ""
    number = text.removeprefix(digest)
    if not text.startswith(digest) or not number.isdecimal():
        raise validation_exception("The token is not valid.")  # uncertain
    return int(number)


def validation_exception(text: str) -> ServiceError:
    """Return the refusal of a parameter."""
    return ServiceError("ValidationException", text, 400)


def not_found(kind: str, name: str) -> ServiceError:
    """Return the refusal of an analyzer, archive rule, finding or resource that doesn't exist."""
    text = f"{kind} not found: {name}"  # uncertain
    return ServiceError(
        "ResourceNotFoundException", text, 404, members=_resource_members(kind, name)
    )


def conflict(kind: str, name: str) -> ServiceError:
    """Return the refusal of a name that is taken."""
    text = f"{kind} {name} already exists."  # uncertain
    return ServiceError(
        "ConflictException", text, 409, members=_resource_members(kind, name)
    )


def quota_exceeded(text: str, kind: str, name: str) -> ServiceError:
    """Return the refusal of one more than there can be."""
    members = _resource_members(kind, name)
    return ServiceError("ServiceQuotaExceededException", text, 402, members=members)


def _resource_members(kind: str, name: str) -> tuple[tuple[str, str], ...]:
    """Return the members with which an error names what it is about."""
    return ("resourceId", name), ("resourceType", kind)


def named_analyzer(account: Account, call: Call) -> Analyzer:
    """Return the analyzer that a call names, by name or ARN. Raise ResourceNotFoundException."""
    name = analyzer_name(call)
    arn = call.text("analyzerArn") or call.text("resourceArn")
    own_arn = ids.arn(account, "analyzer", name)
    analyzer = account.analyzers.get(name)
    if analyzer is None or arn not in ("", own_arn):
        raise not_found("Analyzer", arn or own_arn)
    return analyzer


def with_analyzer(account: Account, analyzer: Analyzer) -> Account:
    """Return the account with a new or changed analyzer."""
    return replace(account, analyzers=account.analyzers.put(analyzer.name, analyzer))
