"""Signatures that AWS's documentation works out, and bodies in chunks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from msgspec.structs import replace

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.bodies import plain_request
from coffeeshop.endpoint.chunks import join_chunks
from coffeeshop.endpoint.message import Request
from coffeeshop.endpoint.request_signature import RequestSignature, read_signature
from coffeeshop.endpoint.signature import verify_signature
from tests.tables import each_row

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOON = datetime(2013, 5, 24, tzinfo=UTC)
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SCOPE = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"


def told(request: Request, secret: str = SECRET, at: datetime = NOON) -> str:
    """The code with which a request is refused; "" where its signature is good."""
    try:
        signature = read_signature(request)
        assert signature is not None
        verify_signature(signature, request, secret, at)
    except ServiceError as refused:
        return refused.code
    return ""


# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
GET_OBJECT = Request(
    "GET",
    "/test.txt",
    headers={
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": EMPTY,
        "x-amz-date": "20130524T000000Z",
        "authorization": f"AWS4-HMAC-SHA256 {SCOPE},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
)
# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
ADDRESS = Request(
    "GET",
    "/test.txt",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    {"host": "examplebucket.s3.amazonaws.com"},
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
LIST_USERS = Request(
    "GET",
    "/",
    "Action=ListUsers&Version=2010-05-08",
    {
        "host": "iam.amazonaws.com",
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "x-amz-date": "20150830T123600Z",
        "authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    },
)
IAM_SECRET, IAM_TIME = (
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
)


def test_the_signatures_of_the_documentation_are_good():
    assert told(GET_OBJECT) == told(ADDRESS) == told(LIST_USERS, IAM_SECRET, IAM_TIME) == ""


def test_a_signature_is_good_for_a_quarter_of_an_hour_either_way_and_an_address_until_it_ends():
    quarter, day = timedelta(minutes=15), timedelta(days=1)
    assert told(GET_OBJECT, at=NOON + quarter) == told(GET_OBJECT, at=NOON - quarter) == ""
    assert (
        told(GET_OBJECT, at=NOON + quarter * 1.1)
        == told(GET_OBJECT, at=NOON - quarter * 1.1)
        == "RequestTimeTooSkewed"
    )
    assert told(LIST_USERS, IAM_SECRET, IAM_TIME + day) == "SignatureDoesNotMatch"
    assert told(ADDRESS, at=NOON + day - timedelta(seconds=1)) == ""
    assert (
        told(ADDRESS, at=NOON + day)
        == told(ADDRESS, at=NOON - quarter * 1.1)
        == "AccessDenied"
    )


@pytest.mark.parametrize(
    "query",
    ["acl", "versionId=a", "tagging&versionId=a%2Fb", "max-keys=3", "uploads&x=1", ""],
)
def test_an_address_of_version_2_signs_what_part_of_a_thing_it_is_about(query: str):
    asked = AWSRequest("GET", f"http://localhost/bucket/key?{query}")
    HmacV1QueryAuth(Credentials("AKID", SECRET), expires=10**9).add_auth(asked)
    address = urlsplit(asked.prepare().url)
    request = Request("GET", address.path, address.query, {"host": "localhost"})
    assert told(request, at=NOON) == ""
    another = f"{address.query}&logging"
    assert told(replace(request, query=another), at=NOON) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("stamp", ["00010101T000000Z", "99991231T235959Z"])
def test_an_address_from_the_ends_of_time_is_over(stamp: str):
    assert (
        told(replace(ADDRESS, query=ADDRESS.query.replace("20130524T000000Z", stamp)))
        == "AccessDenied"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/test.tx"},
        {"path": "/./test.txt"},
        {"query": "a=b"},
        {"headers": {**GET_OBJECT.headers, "range": "bytes=0-8"}},
        {"headers": {**GET_OBJECT.headers, "host": "other.s3.amazonaws.com"}},
        {"headers": {**GET_OBJECT.headers, "x-amz-date": "20130524T000001Z"}},
    ],
)
def test_nothing_that_is_signed_can_be_changed(change: dict[str, object]):
    assert told(replace(GET_OBJECT, **change)) == "SignatureDoesNotMatch"
    assert told(GET_OBJECT, "another secret") == "SignatureDoesNotMatch"


@each_row(
    [
        ("", ""),
        ("AWS4-HMAC-SHA256", "IncompleteSignature"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c", "IncompleteSignature"),
        (f"AWS4-HMAC-SHA256 {SCOPE}", "AuthorizationHeaderMalformed"),
        (
            f"AWS4-HMAC-SHA256 {SCOPE}x,SignedHeaders=host,Signature=0",
            "AuthorizationHeaderMalformed",
        ),
        (
            f"AWS4-ECDSA-P256-SHA256 {SCOPE},SignedHeaders=host,Signature=0",
            "AuthorizationHeaderMalformed",
        ),
        ("AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", "InvalidRequest"),
        ("Bearer é", "IncompleteSignature"),
        (f"AWS4-HMAC-SHA256 {SCOPE},SignedHeaders=x-amz-date,Signature=é", "AccessDenied"),
    ]
)
def test_a_header_that_proves_nothing_is_refused(said: str, code: str):
    request = replace(GET_OBJECT, headers={**GET_OBJECT.headers, "authorization": said})
    if said:
        assert told(request) == code
    else:
        assert read_signature(request) is None


# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
CHUNKS = (
    (
        "10000",
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        b"a" * 65536,
    ),
    (
        "400",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        b"a" * 1024,
    ),
    ("0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", b""),
)
STREAM = Request(
    "PUT",
    "/examplebucket/chunkObject.txt",
    headers={
        "host": "s3.amazonaws.com",
        "content-encoding": "aws-chunked",
        "content-length": "66824",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-date": "20130524T000000Z",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "authorization": f"AWS4-HMAC-SHA256 {SCOPE},SignedHeaders=content-encoding;content-length;host;"
        "x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,"
        "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    },
    body=b"".join(
        f"{size};chunk-signature={signature}\r\n".encode() + data + b"\r\n"
        for size, signature, data in CHUNKS
    ),
)


def body_of(request: Request) -> bytes | str:
    """The body that a request in chunks carries, or the code with which it is refused."""
    signature = read_signature(request)
    assert isinstance(signature, RequestSignature)
    try:
        return join_chunks(request, signature, SECRET).body
    except ServiceError as refused:
        return refused.code


def test_a_body_in_signed_chunks_is_put_together():
    assert told(STREAM) == ""
    assert body_of(STREAM) == b"a" * 66560


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"aaa\r\n0;", b"aab\r\n0;", "SignatureDoesNotMatch"),
        (b"0055627c", b"0055627d", "SignatureDoesNotMatch"),
        (b"400;", b"3ff;", "IncompleteBody"),
        (b"400;", b"+400;", "IncompleteBody"),
        (b"400;", b"zz;", "IncompleteBody"),
        (b"400;", b"ffffffff;", "IncompleteBody"),
        (b"0;chunk-signature=b6c6", b"", "IncompleteBody"),
    ],
)
def test_a_chunk_that_does_not_fit_is_refused(old: bytes, new: bytes, code: str):
    assert body_of(replace(STREAM, body=STREAM.body.replace(old, new))) == code


def trailed(body: bytes, length: str = "5") -> Request:
    """A request whose chunks nobody signed, and that is followed by a checksum."""
    said = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": length,
    }
    return Request("PUT", "/b/k", headers=said, body=body)


TRAILED = trailed(b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")


@pytest.mark.parametrize(
    ("said", "kept"),
    [("aws-chunked", ""), ("aws-chunked,gzip", "gzip"), ("gzip, aws-chunked", "gzip")],
)
def test_that_a_body_came_in_chunks_is_no_encoding_of_the_object(said: str, kept: str):
    request = replace(TRAILED, headers={**TRAILED.headers, "content-encoding": said})
    assert plain_request(request, None, "").header("content-encoding") == kept


def test_a_checksum_behind_the_chunks_is_held_to():
    good = TRAILED
    assert plain_request(good, None, "").body == b"hello"
    for wrong, code in (
        (replace(good, body=good.body.replace(b"NhCmhg", b"NhCmhw")), "BadDigest"),
        (trailed(good.body, "6"), "IncompleteBody"),
        (trailed(good.body, ""), "MissingContentLength"),
    ):
        with pytest.raises(ServiceError) as found:
            plain_request(wrong, None, "")
        assert found.value.code == code


@pytest.mark.parametrize(
    ("name", "value"),
    [  # of "123456789": https://reveng.sourceforge.io/crc-catalogue/all.htm
        ("crc32", "y/Q5Jg=="),
        ("crc32c", "4waSgw=="),
        ("crc64nvme", "rosUhgp5mIg="),
        ("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ],
)
def test_each_checksum_is_the_one_of_its_name(name: str, value: str):
    request = Request(
        "PUT", "/b/k", headers={f"x-amz-checksum-{name}": value}, body=b"123456789"
    )
    assert plain_request(request, None, "").body == b"123456789"
    with pytest.raises(ServiceError, match="did not match"):
        plain_request(replace(request, body=b"123456780"), None, "")
