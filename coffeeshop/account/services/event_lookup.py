"""LookupEvents of CloudTrail: the management events of the last 90 days in a Region. It needs no trail.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import NoReturn

from coffeeshop.account import errors
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.values import Json, JsonObject

KEPT_DAYS = timedelta(days=90)
PAGE_SIZE = 50
MAX_RESULTS = range(1, PAGE_SIZE + 1)
ATTRIBUTE_KEYS = (
    *("EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName"),
    *("EventSource", "AccessKeyId"),
)

OPERATIONS = Operations()


@OPERATIONS.add("LookupEvents")
def lookup_events(account: Account, act: Act) -> Change:
    """Return a page of events, the latest first."""
    call = act.call
    attribute = _lookup_attribute(call)
    first, last = _time_range(call, act.at)
    if call.text("EventCategory", "insight") != "insight":
        _refuse("InvalidEventCategoryException", "The event category is not valid.")
    page_size = call.number("MaxResults", PAGE_SIZE)
    if page_size not in MAX_RESULTS:
        text = f"MaxResults must be between 1 and {PAGE_SIZE}."
        _refuse("InvalidMaxResultsException", text)
    if "EventCategory" in call.parameters:
        # Insights needs a trail with insight selectors.
        return account, Reply({"Events": ()})
    events = (
        event
        for event in _events_between(account, call, first, last)
        if _matches_attribute(event, attribute)
    )
    digest = _filters_digest(call)
    events = _events_after(events, _read_token(call, digest))
    page = tuple(islice(events, page_size))
    rest: JsonObject = {}
    if next(events, None):
        rest["NextToken"] = _make_token(digest, page[-1])
    return account, Reply({"Events": page, **rest})


def _refuse(code: str, text: str) -> NoReturn:
    """Raise one of the operation's errors. The codes are AWS's, the texts are uncertain."""
    raise errors.service_error(code, text)


def _lookup_attribute(call: Call) -> tuple[str, str] | None:
    """Return the key and the value that events must have. None means all events.

    Raise InvalidLookupAttributesException.
    """
    code = "InvalidLookupAttributesException"
    attributes = call.rows("LookupAttributes")
    if len(attributes) > 1:
        _refuse(code, "You can specify only one lookup attribute.")
    attribute = next(iter(attributes), None)
    if attribute is None:
        return None
    key = str(attribute["AttributeKey"])
    value = str(attribute["AttributeValue"])
    if key not in ATTRIBUTE_KEYS:
        _refuse(code, f"The lookup attribute key {key} is not valid.")
    return key, value


def _time_range(call: Call, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last instant of a lookup. Raise InvalidTimeRangeException."""
    first = _parse_time(call, "StartTime", now - KEPT_DAYS)
    last = _parse_time(call, "EndTime", now)
    if first > last and {"StartTime", "EndTime"} <= call.parameters.keys():
        text = "The start time must be before the end time."
        _refuse("InvalidTimeRangeException", text)
    return max(first, now - KEPT_DAYS), last


def _parse_time(call: Call, name: str, otherwise: datetime) -> datetime:
    """Return a parameter that is a time, or another time if it's missing.

    Raise InvalidTimeRangeException for a text that is no time.
    """
    text = call.text(name)
    if not text:
        return otherwise
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _refuse("InvalidTimeRangeException", f"{name} is not a valid time.")
    return at if at.tzinfo else at.replace(tzinfo=otherwise.tzinfo)


def _events_between(
    account: Account, call: Call, first: datetime, last: datetime
) -> Iterator[Mapping[str, Json]]:
    """Yield the events of a Region between two instants, the latest first."""
    # Few calls need it, and the start of the program loads this module.
    from coffeeshop.account.events.cloudtrail_event import event_region
    from coffeeshop.account.events.event_summary import summarize_event

    for outcome in account.event_history.newest_first():
        if outcome.act.at < first:
            return
        in_region = event_region(outcome.act.call) == call.origin.region
        if outcome.act.at <= last and in_region:
            yield summarize_event(outcome, account.id)


def _matches_attribute(
    event: Mapping[str, Json], attribute: tuple[str, str] | None
) -> bool:
    """Return whether an event has the value that a lookup asks for. Case counts."""
    if attribute is None:
        return True
    key, value = attribute
    if key in ("ResourceType", "ResourceName"):
        resources = event["Resources"]
        assert isinstance(resources, tuple)
        return any(
            isinstance(resource, Mapping) and resource[key] == value
            for resource in resources
        )
    return event.get(key) == value


# ---------------------------------------------------------------------- tokens
def _filters_digest(call: Call) -> str:
    """Return a digest of what a lookup asks for. A token works only with the same parameters."""
    filters = {
        name: value
        for name, value in call.parameters.items()
        if name not in {"NextToken", "MaxResults"}
    }
    return sha256(repr(sorted(filters.items())).encode()).hexdigest()[:32]


def _make_token(digest: str, event: Mapping[str, Json]) -> str:
    return urlsafe_b64encode(f"{digest}{event['EventId']}".encode()).decode()


def _read_token(call: Call, digest: str) -> str:
    """Return the id of the last event of the page before, or "". Raise InvalidNextTokenException."""
    token = call.text("NextToken")
    if "NextToken" not in call.parameters:
        return ""
    try:
        text = urlsafe_b64decode(token).decode("ascii")
    except ValueError:
        text = ""
    if not text.startswith(digest) or len(text) == len(digest):
        text = "The token is not valid, or was used with other parameters."
        _refuse("InvalidNextTokenException", text)
    return text[len(digest) :]


def _events_after(
    events: Iterator[Mapping[str, Json]], event_id: str
) -> Iterator[Mapping[str, Json]]:
    """Return the events after the one with an id. "": all events."""
    if event_id:
        for event in events:
            if event["EventId"] == event_id:
                break
    return events
