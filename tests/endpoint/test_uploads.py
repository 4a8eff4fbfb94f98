"""What the form of a page uploads by a policy of boto3's: what the policy allows, and nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import fromstring

import pytest
from botocore.auth import HmacV1PostAuth
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from coffeeshop.account.model import Key
from coffeeshop.endpoint.message import Request, Response
from tests.endpoint.shop import HOST, Shop, opened

pytestmark = pytest.mark.slow
DATA = b"hello\r\n\x00\xff--edge"
FORM = "multipart/form-data; boundary=edge"
TYPED = {"Content-Type": "text/plain"}
CONDITIONS = [["starts-with", "$Content-Type", "text/"], ["content-length-range", 1, 20]]


@pytest.fixture
def shop() -> Shop:
    made = opened()
    made.client("s3").create_bucket(Bucket="new-bucket")
    return made


def signed(
    shop: Shop, version: str = "s3v4", key: str = "up/${filename}", **fields: str
) -> dict[str, str]:
    """The fields of a form that boto3 signs for uploads of texts below up/, and these beside them."""
    signer = shop.client("s3", config=Config(signature_version=version))
    conditions = [*CONDITIONS, *({name: said} for name, said in fields.items())]
    made = signer.generate_presigned_post(
        "new-bucket", key, {**TYPED, **fields}, conditions, ExpiresIn=60
    )
    assert made["url"] == f"{HOST}/new-bucket"
    return made["fields"]


def whole(
    fields: Mapping[str, str], data: bytes | None = DATA, name: str = "menu.txt"
) -> bytes:
    """A form as browsers send it."""
    heads = [
        f'--edge\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{said}\r\n'
        for n, said in fields.items()
    ]
    body = "".join(heads).encode()
    if data is not None:
        head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: a/b\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    return body + b"--edge--\r\n"


def posted(
    shop: Shop, body: bytes, host: str = urlsplit(HOST).netloc, path: str = "/new-bucket"
) -> Response:
    return shop.endpoint.answer(
        Request("POST", path, "", {"host": host, "content-type": FORM}, body)
    )


def told(response: Response) -> tuple[int, str | None]:
    """The status and the code with which a form is refused."""
    return response.status, fromstring(response.body).findtext("Code")


def got(shop: Shop, key: str) -> Any:
    return shop.client("s3").get_object(Bucket="new-bucket", Key=key)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_form_uploads_what_its_policy_allows(shop: Shop, version: str):
    response = posted(shop, whole(signed(shop, version)))
    assert (response.status, response.body) == (204, b"")
    found = got(shop, "up/menu.txt")
    assert (found["Body"].read(), found["ContentType"], found["ETag"]) == (
        DATA,
        "text/plain",
        response.headers["etag"],
    )
    (act,) = (
        act for act in shop.player.playing.play.acts if act.call.operation == "PutObject"
    )
    assert act.caller == Key(shop.keys(shop.player.playing.profile)["aws_access_key_id"])


def test_a_form_may_name_its_bucket_by_the_host(shop: Shop):
    assert posted(shop, whole(signed(shop)), "new-bucket.localhost:4517", "/").status == 204


def test_what_a_form_says_of_its_object_is_heeded_or_refused_by_name(shop: Shop):
    tags = "<Tagging><TagSet><Tag><Key>branch</Key><Value>north &amp; west</Value></Tag></TagSet></Tagging>"
    refused = told(posted(shop, whole(signed(shop, tagging=tags))))
    assert refused == (400, "InvalidArgument")  # of the & in it: tags of objects have none
    assert (
        posted(shop, whole(signed(shop, tagging=tags.replace("&amp;", "+")))).status == 204
    )
    found = shop.client("s3").get_object_tagging(Bucket="new-bucket", Key="up/menu.txt")[
        "TagSet"
    ]
    assert found == [{"Key": "branch", "Value": "north + west"}]
    assert told(posted(shop, whole(signed(shop, tagging="<Tagging>")))) == (
        400,
        "MalformedXML",
    )
    assert told(posted(shop, whole(signed(shop, acl="public-read")))) == (
        400,
        "NotSimulated",
    )
    assert posted(shop, whole(signed(shop, **{"x-amz-meta-a": "b"}))).status == 204
    kept = shop.client("s3").head_object(Bucket="new-bucket", Key="up/menu.txt")
    assert kept["Metadata"] == {"a": "b"}


def test_a_form_is_answered_as_it_asks_to_be(shop: Shop):
    made = posted(shop, whole(signed(shop, success_action_status="201")))
    assert (made.status, fromstring(made.body).findtext("Key")) == (201, "up/menu.txt")
    assert posted(shop, whole(signed(shop, success_action_status="200"))).status == 200
    goes = posted(shop, whole(signed(shop, success_action_redirect="http://here/?a=b")))
    assert (goes.status, goes.headers["location"].partition("&etag")[0]) == (
        303,
        "http://here/?a=b&bucket=new-bucket&key=up%2Fmenu.txt",
    )
    for unfit in ("javascript:alert(1)", "http://here/ x", "/here"):
        assert (
            posted(shop, whole(signed(shop, success_action_redirect=unfit))).status == 204
        )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "down/menu.txt"}, "AccessDenied"),
        ({"Content-Type": "image/png"}, "AccessDenied"),
        ({"Cache-Control": "no-store"}, "AccessDenied"),
        (
            {
                "policy": b64encode(
                    b'{"expiration": "2030-01-01T00:00:00Z", "conditions": []}'
                ).decode()
            },
            "SignatureDoesNotMatch",
        ),
        ({"x-amz-signature": "é"}, "SignatureDoesNotMatch"),
        (
            {"x-amz-credential": "AKIA/20260302/us-east-1/s3/aws4_request"},
            "InvalidAccessKeyId",
        ),
        ({"x-amz-credential": "AKIA"}, "AuthorizationHeaderMalformed"),
        ({"x-amz-date": "today"}, "AuthorizationHeaderMalformed"),
    ],
)
def test_what_a_policy_does_not_allow_is_not_uploaded(
    shop: Shop, change: Mapping[str, str], code: str
):
    status, said = told(posted(shop, whole({**signed(shop), **change})))
    assert (status in (400, 403), said) == (True, code)
    with pytest.raises(ClientError, match="NoSuchKey"):
        got(shop, "up/menu.txt")


def test_the_size_of_what_is_uploaded_is_held_to(shop: Shop):
    assert told(posted(shop, whole(signed(shop), b"x" * 21))) == (400, "EntityTooLarge")
    assert told(posted(shop, whole(signed(shop), b""))) == (400, "EntityTooSmall")
    assert posted(shop, whole(signed(shop), b"x" * 20)).status == 204


def test_a_policy_is_good_until_it_ends(shop: Shop):
    form = whole(signed(shop))
    shop.skew = timedelta(seconds=61)
    assert told(posted(shop, form)) == (403, "AccessDenied")


@pytest.mark.parametrize(
    "policy",
    [
        "?",
        "[]",
        "{}",
        '{"expiration": 5, "conditions": []}',
        '{"expiration": "soon", "conditions": []}',
    ]
    + [
        f'{{"expiration": "2099-01-01T00:00:00Z", "conditions": {said}}}'
        for said in ('["eq"]', "7", '[["in", "$key", "a"]]', "[{}]")
    ],
)
def test_a_policy_that_is_none_is_told(shop: Shop, policy: str):
    keys = shop.keys(shop.player.playing.profile)
    text = b64encode(policy.encode()).decode()
    signer = HmacV1PostAuth(
        Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
    )
    fields = {
        "key": "k",
        "policy": text,
        "AWSAccessKeyId": keys["aws_access_key_id"],
        "signature": signer.sign_string(text),
        "x-amz-security-token": keys["aws_session_token"],
    }
    assert told(posted(shop, whole(fields))) == (400, "InvalidPolicyDocument")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (whole({"key": "k"}, None), "InvalidArgument"),
        (whole({"acl": "private"}), "InvalidArgument"),
        (b"", "MalformedPOSTRequest"),
        (whole({"key": "k"}).removesuffix(b"--\r\n"), "MalformedPOSTRequest"),
        (
            b'--edge\r\nContent-Disposition: form-data; name="key"\r\n\r\n\xff\r\n--edge--',
            "MalformedXML",
        ),
    ],
)
def test_a_form_that_is_not_whole_is_told(shop: Shop, body: bytes, code: str):
    assert told(posted(shop, body)) == (400, code)


def test_who_shows_no_policy_is_nobody(shop: Shop):
    before = shop.player.playing.play.acts
    assert told(posted(shop, whole({"key": "k"}))) == (403, "AccessDenied")
    assert shop.player.playing.play.acts == before
