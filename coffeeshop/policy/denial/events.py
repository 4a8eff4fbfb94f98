"""Read what a CloudTrail event and a decoded authorization message say about a refused call."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEXT_VALUE = r"\"?\s?:\s?\"([^\"\n]{1,400})\""
_EVENT_SOURCE = re.compile(r"\"eventSource" + _TEXT_VALUE)
_EVENT_NAME = re.compile(r"\"eventName" + _TEXT_VALUE)
_IDENTITY_PATTERN = re.compile(r"\"userIdentity\"\s?:\s?\{(.{0,3000})", re.DOTALL)
_ARN_PATTERN = re.compile(r"\"arn" + _TEXT_VALUE)
_INVOKED_BY = re.compile(r"\"invokedBy" + _TEXT_VALUE)
_RESOURCE_PATTERN = re.compile(r"\"(?:ARN|resourceArn)" + _TEXT_VALUE)
_BUCKET_PATTERN = re.compile(r"\"bucketName" + _TEXT_VALUE)
_KEY_PATTERN = re.compile(r"\"key" + _TEXT_VALUE)
_EXPLICIT_PATTERN = re.compile(r"\"?explicitDeny\"?\s{0,9}:\s{0,9}(true|false)")
_DENIED_PATTERN = re.compile(r"\"?allowed\"?\s{0,9}:\s{0,9}false")
_ACTION_PATTERN = re.compile(r"\"action\"\s{0,9}:\s{0,9}\"([\w:*-]{3,120})\"")
_PRINCIPAL_PATTERN = re.compile(r"\"principal\"\s{0,9}:\s{0,9}\{([^}]{0,800})\}")
_DECODED_ARN = re.compile(r"\"arn\"\s{0,9}:\s{0,9}\"([^\"]{1,400})\"")
_DECODED_RESOURCE = re.compile(r"\"resource\"\s{0,9}:\s{0,9}\"([^\"]{1,600})\"")
_SOURCE_POLICY = re.compile(r"\"sourcePolicyId\"\s{0,9}:\s{0,9}\"([^\"]{1,300})\"")


@dataclass(frozen=True, slots=True)
class Event:
    """What the fields of an event say. Each is "" if it is missing."""

    service: str = ""
    operation: str = ""
    principal: str = ""
    resource: str = ""


@dataclass(frozen=True, slots=True)
class DecodedMessage:
    """The text of `aws sts decode-authorization-message`, and its place."""

    start: int
    end: int
    principal: str
    action: str
    resource: str
    is_explicit: bool
    policy: str


def read_event(text: str, at: int) -> Event:
    """Return the fields of the CloudTrail event around a place, or an empty event."""
    around = text[max(0, at - 6000) : at + 3000]
    if '"eventName' not in around:
        return Event()
    before = text[max(0, at - 6000) : at]
    opening = before.rfind('"userIdentity"')
    event = around[opening:] if opening >= 0 else around
    identity = _IDENTITY_PATTERN.search(event)
    bucket = _first(_BUCKET_PATTERN, event)
    resource = _first(_RESOURCE_PATTERN, event)
    if bucket and not resource:
        key = _first(_KEY_PATTERN, event)
        resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    return Event(
        _first(_EVENT_SOURCE, event),
        _first(_EVENT_NAME, event),
        (_first(_ARN_PATTERN, identity[1]) or _first(_INVOKED_BY, identity[1]))
        if identity
        else "",
        resource,
    )


def find_decoded_message(text: str) -> DecodedMessage | None:
    """Return the decoded authorization message in a text, or None."""
    explicit = _EXPLICIT_PATTERN.search(text)
    if explicit is None or not _DENIED_PATTERN.search(
        text, max(0, explicit.start() - 2000), explicit.end() + 2000
    ):
        return None
    message = text[max(0, explicit.start() - 200) : explicit.end() + 20_000]
    principal = _PRINCIPAL_PATTERN.search(message)
    return DecodedMessage(
        explicit.start(),
        min(len(text), explicit.end() + 20_000),
        _first(_DECODED_ARN, principal[1]) if principal else "",
        _first(_ACTION_PATTERN, message[principal.start() :])
        if principal
        else _first(_ACTION_PATTERN, message),
        _first(_DECODED_RESOURCE, message[principal.start() :]) if principal else "",
        explicit[1] == "true",
        _first(_SOURCE_POLICY, message),
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    """Return what a pattern's group matches first, or ""."""
    match = pattern.search(text)
    return match[1] if match else ""
