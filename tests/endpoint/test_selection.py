"""What boto3 asks for of an object: a range of it, or all of it on a condition, and how it is to be answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.endpoint.shop import opened

pytestmark = pytest.mark.slow
WHOLE = b"espresso, lungo"


@pytest.fixture
def s3() -> Any:
    made = opened().client("s3")
    made.create_bucket(Bucket="new-bucket")
    made.put_object(Bucket="new-bucket", Key="menu", Body=WHOLE, ContentType="text/plain")
    made.put_object(Bucket="new-bucket", Key="empty", Body=b"")
    return made


def refused(s3: Any, **asked: Any) -> tuple[str, int]:
    """The code and status with which a GET is refused; a HEAD must be by the same status, and without a word."""
    with pytest.raises(ClientError) as found:
        s3.get_object(Bucket="new-bucket", Key="menu", **asked)
    with pytest.raises(ClientError) as head:
        s3.head_object(Bucket="new-bucket", Key="menu", **asked)
    status = found.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert head.value.response["Error"]["Code"] == str(status)
    return found.value.response["Error"]["Code"], status


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-0", 0, 0),
        ("9-", 9, 14),
        ("-5", 10, 14),
        ("10-99", 10, 14),
        ("-99", 0, 14),
        ("0-14", 0, 14),
    ],
)
def test_a_range_is_answered_as_one(s3: Any, asked: str, first: int, last: int):
    asking = {
        "Bucket": "new-bucket",
        "Key": "menu",
        "Range": f"bytes={asked}",
        "ChecksumMode": "ENABLED",
    }
    got, head = s3.get_object(**asking), s3.head_object(**asking)
    assert got["Body"].read() == WHOLE[first : last + 1]
    for found in (got, head):
        said = (
            found["ResponseMetadata"]["HTTPStatusCode"],
            found["ContentRange"],
            found["ContentLength"],
        )
        assert said == (206, f"bytes {first}-{last}/15", last - first + 1)


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "bytes=5-4", "bytes=-", "bytes=a-b", "lines=0-1"]
)
def test_what_is_no_range_that_s3_gives_is_answered_whole(s3: Any, asked: str):
    got = s3.get_object(Bucket="new-bucket", Key="menu", Range=asked)
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (200, WHOLE)


@pytest.mark.parametrize("asked", ["bytes=15-", "bytes=99-100", "bytes=-0"])
def test_a_range_beyond_the_object_is_refused(s3: Any, asked: str):
    assert refused(s3, Range=asked) == ("InvalidRange", 416)
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket="new-bucket", Key="empty", Range="bytes=0-")


def test_an_object_is_got_on_conditions(s3: Any):
    head = s3.head_object(Bucket="new-bucket", Key="menu")
    etag, changed, day = head["ETag"], head["LastModified"], timedelta(days=1)
    unmet, known = ("PreconditionFailed", 412), ("304", 304)
    assert (
        refused(s3, IfMatch='"other"')
        == refused(s3, IfUnmodifiedSince=changed - day)
        == unmet
    )
    assert refused(s3, IfNoneMatch=etag) == refused(s3, IfModifiedSince=changed) == known
    assert (
        refused(s3, IfNoneMatch="*")
        == refused(s3, IfNoneMatch=f'"other", W/{etag}')
        == known
    )
    assert refused(s3, IfMatch='"other"', IfNoneMatch=etag) == unmet
    for met in (
        {"IfMatch": etag, "IfUnmodifiedSince": changed - day},
        {"IfNoneMatch": '"other"', "IfModifiedSince": changed + day},
        {"IfMatch": "*", "IfModifiedSince": changed - day},
        {"IfUnmodifiedSince": changed},
    ):
        assert s3.get_object(Bucket="new-bucket", Key="menu", **met)["Body"].read() == WHOLE


def test_an_object_is_put_on_conditions(s3: Any):
    with pytest.raises(ClientError) as found:
        s3.put_object(Bucket="new-bucket", Key="menu", Body=b"tea", IfNoneMatch="*")
    assert found.value.response["Error"]["Code"] == "PreconditionFailed"
    assert found.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    etag = s3.put_object(Bucket="new-bucket", Key="lock", Body=b"tea", IfNoneMatch="*")[
        "ETag"
    ]
    s3.put_object(Bucket="new-bucket", Key="lock", Body=b"milk", IfMatch=etag)
    assert s3.get_object(Bucket="new-bucket", Key="lock")["Body"].read() == b"milk"


def test_what_is_no_date_of_a_condition_is_overlooked(s3: Any):
    s3.meta.events.register(
        "before-sign.s3.GetObject",
        lambda request, **_: request.headers.add_header("If-Modified-Since", "soon"),
    )
    assert s3.get_object(Bucket="new-bucket", Key="menu")["Body"].read() == WHOLE


@pytest.mark.parametrize(
    ("zone", "is_sent"), [("GMT", False), ("-0000", False), ("+0100", True)]
)
def test_a_date_of_a_condition_is_read_in_its_time_zone(
    s3: Any, zone: str, is_sent: bool
) -> None:
    changed = s3.head_object(Bucket="new-bucket", Key="menu")["LastModified"]
    date = f"{changed:%a, %d %b %Y %H:%M:%S} {zone}"
    s3.meta.events.register(
        "before-sign.s3.GetObject",
        lambda request, **_: request.headers.add_header("If-Modified-Since", date),
    )
    if is_sent:
        s3.get_object(Bucket="new-bucket", Key="menu")
    else:
        with pytest.raises(ClientError) as error:
            s3.get_object(Bucket="new-bucket", Key="menu")
        assert error.value.response["Error"]["Code"] == "304"


def test_an_answer_is_told_as_it_was_asked_to_be(s3: Any):
    asked = {
        "ContentType": "text/html",
        "ContentDisposition": 'attachment; filename="a.txt"',
        "CacheControl": "no-store",
    }
    got = s3.get_object(
        Bucket="new-bucket",
        Key="menu",
        **{f"Response{name}": said for name, said in asked.items()},
    )
    assert {name: got[name] for name in asked} == asked
    assert isinstance(got["LastModified"], datetime)


def test_no_other_header_is_told_by_an_address(s3: Any):
    def ask(params: Any, **_: Any) -> None:
        params["query_string"]["response-etag"] = params["query_string"][
            "response-content-length"
        ] = "1"

    s3.meta.events.register("before-call.s3.GetObject", ask)
    got = s3.get_object(
        Bucket="new-bucket", Key="menu", ResponseContentType="text/html\r\nx-y: z"
    )
    assert (got["ETag"] == "1", got["ContentType"], got["ContentLength"]) == (
        False,
        "text/plain",
        15,
    )
