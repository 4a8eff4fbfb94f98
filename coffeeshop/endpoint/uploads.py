"""Upload an object from a form on a page, within the limits of a policy that was signed before.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols.xml import (
    Element,
    escape_text,
    parse_xml,
    write_document,
    write_element,
)
from coffeeshop.endpoint.request_signature import RequestSignature, read_form_signature

FORM_PATTERN = re.compile(
    r'multipart/form-data\s*;(?:.*;)?\s*boundary="?([^";,\s]{1,70})"?.*', re.IGNORECASE
)
FIELD_NAME_PATTERN, FILE_NAME_PATTERN = (
    re.compile(rb'[;\s]%s="([^"]*)"' % word, re.IGNORECASE)
    for word in (b"name", b"filename")
)
ADDRESS_PATTERN = re.compile(r"https?://[\x21-\x7e]+")
# Fields that need no condition in the policy.
CONDITIONLESS_FIELDS = {"policy", "x-amz-signature", "signature", "awsaccesskeyid"}
STORED_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-type",
    "expires",
)
SIGNATURE_FIELDS = {
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-signature",
    "x-amz-security-token",
}


class Upload(Struct, frozen=True):
    """A submitted form: its file, and its fields by lower-case name, with `bucket`."""

    fields: Mapping[str, str]
    file: bytes

    @property
    def signature(self) -> RequestSignature | None:
        """Return the signature of the form's policy, or None if it has no policy.

        Raise ServiceError if it is malformed.
        """
        if "policy" in self.fields:
            return read_form_signature(self.fields)
        return None

    def put_request(self, request: Request) -> Request:
        """Return the PUT request for the same object."""
        fields = self.fields
        headers = {
            name: request.headers[name]
            for name in ("host", "user-agent")
            if name in request.headers
        }
        headers |= {
            name: value
            for name, value in fields.items()
            if name.startswith("x-amz-") and name not in SIGNATURE_FIELDS
        }
        headers |= {name: fields[name] for name in STORED_HEADERS if name in fields}
        if "acl" in fields:
            headers["x-amz-acl"] = fields["acl"]
        if "tagging" in fields:
            headers["x-amz-tagging"] = _tags(fields["tagging"])
        path = f"/{fields['bucket']}/{quote(fields['key'])}"
        return Request("PUT", path, headers=headers, body=self.file)


def _tags(text: str) -> str:
    """Return a form's tags, which are XML, in the format of the tagging header. Raise UnreadableError."""
    tags = [
        tag
        for tag_set in parse_xml(text.encode()).children_named("TagSet")
        for tag in tag_set.children_named("Tag")
    ]
    return urlencode(
        [(_text_of_child(tag, "Key"), _text_of_child(tag, "Value")) for tag in tags]
    )


def _text_of_child(parent: Element, name: str) -> str:
    """Return the text of an element's children of this name, or ""."""
    return "".join(child.text for child in parent.children_named(name))


def read_upload(request: Request) -> Upload | None:
    """Return the form that uploads to a bucket, or None for another request.

    Raise ServiceError if it is incomplete.
    """
    if request.method == "POST":
        form = FORM_PATTERN.fullmatch(request.header("content-type"))
    else:
        form = None
    bucket = request.path.strip("/")
    if form is None or not bucket or "/" in bucket:
        return None
    fields = dict[str, str]()
    file = None
    for head, data in _multipart_parts(request.body, form[1].encode("latin-1")):
        name = _header_value(FIELD_NAME_PATTERN, head).lower()
        if name == "file":
            file = data
            fields["key"] = fields.get("key", "").replace(
                "${filename}", _header_value(FILE_NAME_PATTERN, head)
            )
            break
        fields[name] = data.decode()
    if file is None:
        raise ServiceError(
            "InvalidArgument", "POST requires exactly one file upload per request."
        )
    if not fields["key"]:
        raise ServiceError("InvalidArgument", KEY_FIELD_MISSING)
    return Upload({**fields, "bucket": bucket}, file)


KEY_FIELD_MISSING = "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."


def _multipart_parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the head and the data of each part of a multipart body. Raise ServiceError."""
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not parts or not parts[-1].startswith(b"--"):
        raise ServiceError(
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data.",
        )
    for part in parts[:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        yield head, data


def _header_value(pattern: re.Pattern[bytes], head: bytes) -> str:
    """Return what a pattern finds in the head of a form's part, or ""."""
    value = pattern.search(head)
    return value[1].decode() if value else ""


# ------------------------------------------------------------------ the policy
def check_policy(upload: Upload, at: datetime) -> None:
    """Raise ServiceError unless the form's policy allows the upload.

    Verify the policy's signature before: this function doesn't.
    """
    try:
        policy = msgspec.json.decode(
            b64decode(upload.fields["policy"], validate=True), type=Policy
        )
        ends = datetime.fromisoformat(policy.expiration)
        conditions = [*map(_read_condition, policy.conditions)]
    except (Error, ValueError, msgspec.DecodeError):
        text = "The content of the form does not meet the conditions specified in the policy document."
        raise ServiceError("InvalidPolicyDocument", f"Invalid Policy: {text}") from None
    if at >= (ends if ends.tzinfo else ends.replace(tzinfo=UTC)):
        raise _policy_refusal("Policy expired.")
    for operator, field, limit in conditions:
        _check_condition(upload, operator, field, limit)
    named = {field for _, field, _ in conditions}
    extra = sorted(
        n
        for n in upload.fields.keys() - named - CONDITIONLESS_FIELDS
        if not n.startswith("x-ignore-")
    )
    if extra:
        raise _policy_refusal(f"Extra input fields: {', '.join(extra)}")


class Policy(Struct, frozen=True):
    """A signed policy: its expiry and its conditions on the fields."""

    expiration: str
    conditions: list[dict[str, str | int] | list[str | int]]


def _read_condition(
    condition: dict[str, str | int] | list[str | int],
) -> tuple[str, str, str | tuple[int, int]]:
    """Return a condition's operator, field and value. Raise ValueError if it isn't a condition.

    A range of sizes has no field, and its value is the least and the most bytes.
    """
    match condition:
        case dict() if len(condition) == 1:
            ((name, value),) = condition.items()
            return "eq", name.lower(), str(value)
        case ["content-length-range", int(least), int(most)]:
            return "content-length-range", "", (least, most)
        case [str(operator), str(name), str(value)] if operator.lower() in (
            "eq",
            "starts-with",
        ) and name.startswith("$"):
            return operator.lower(), name[1:].lower(), value
        case _:
            raise ValueError(condition)


def _check_condition(
    upload: Upload, operator: str, field: str, limit: str | tuple[int, int]
) -> None:
    """Raise ServiceError unless the upload meets a condition. `limit` is a text, or the least and most size."""
    if isinstance(limit, tuple):
        least, most = limit
        if len(upload.file) > most:
            raise ServiceError(
                "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"
            )
        if len(upload.file) < least:
            raise ServiceError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
            )
        return
    value = upload.fields.get(field, "")
    if not (value.startswith(limit) if operator == "starts-with" else value == limit):
        raise _policy_refusal(
            f'Policy Condition failed: ["{operator}", "${field}", "{limit}"]'
        )


def _policy_refusal(text: str) -> ServiceError:
    """Return S3's refusal of an upload that its policy doesn't allow."""
    return ServiceError("AccessDenied", f"Invalid according to Policy: {text}", 403)


# ------------------------------------------------------------------ the answer
def upload_response(upload: Upload, response: Response, host: str) -> Response:
    """Return the response to an upload. The form chooses an empty response, the object's address, or a redirect."""
    fields = upload.fields
    headers = dict(response.headers)
    details = {"Bucket": fields["bucket"], "Key": fields["key"], "ETag": headers["etag"]}
    location = f"http://{host}/{fields['bucket']}/{quote(fields['key'])}"
    address = fields.get("success_action_redirect", "")
    if ADDRESS_PATTERN.fullmatch(address):
        query = urlencode({name.lower(): value for name, value in details.items()})
        return Response(
            303,
            {**headers, "location": f"{address}{'&' if '?' in address else '?'}{query}"},
        )
    if fields.get("success_action_status") == "201":
        content = "".join(
            write_element(name, escape_text(value))
            for name, value in {"Location": location, **details}.items()
        )
        headers |= {"content-type": "application/xml", "location": location}
        return Response(
            201, headers, write_document(write_element("PostResponse", content))
        )
    return Response(
        200 if fields.get("success_action_status") == "200" else 204,
        {**headers, "location": location},
    )
