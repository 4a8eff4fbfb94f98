"""Read one part of an object, as it was uploaded.

The answers are as LocalStack's tests recorded them from AWS (test_get_object_part, February 2026).
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from itertools import accumulate

from msgspec import Struct

from coffeeshop.account.api.s3_refusals import ARGUMENT_TEXTS
from coffeeshop.account.model import Call, ServiceError
from coffeeshop.account.resources import Object
from coffeeshop.account.values import JsonObject

MOST_PARTS = 10_000


class Part(Struct, frozen=True):
    """The bytes of a part: from `start` up to, and without, `end`."""

    start: int
    end: int


def part_number(call: Call) -> int:
    """Return the number of a part. Raise InvalidArgument unless it is one of 10,000."""
    number = call.number("PartNumber")
    if not 1 <= number <= MOST_PARTS:
        raise ServiceError("InvalidArgument", ARGUMENT_TEXTS["PartNumber"])
    return number


def requested_part(call: Call, stored: Object) -> Part | None:
    """Return the part of the parameter PartNumber, or None without one.

    An object that was put in one piece has one part. Raise InvalidArgument, InvalidPartNumber.
    """
    if "PartNumber" not in call.parameters:
        return None
    number = part_number(call)
    sizes = stored.parts or (len(stored.body),)
    if number > len(sizes):
        members = (
            ("ActualPartCount", str(len(sizes))),
            ("PartNumberRequested", str(number)),
        )
        text = "The requested partnumber is not satisfiable"
        raise ServiceError("InvalidPartNumber", text, 416, members=members)
    ends = tuple(accumulate(sizes))
    return Part(ends[number - 1] - sizes[number - 1], ends[number - 1])


def part_members(part: Part | None, stored: Object) -> JsonObject:
    """Return what the answer tells of a part instead of the whole object."""
    if part is None or part.start == part.end:
        return {}
    content_range = f"bytes {part.start}-{part.end - 1}/{len(stored.body)}"
    members: JsonObject = {
        "ContentLength": part.end - part.start,
        "ContentRange": content_range,
    }
    if stored.parts:
        members |= {"PartsCount": len(stored.parts)}
    return members
