"""An object that the form of a page uploads, within what a policy allows that was signed beforehand.

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
from coffeeshop.endpoint.claim import Claim, claimed_by_form
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols.xml import Element, document, element, escaped, parsed

FORM = re.compile(
    r'multipart/form-data\s*;(?:.*;)?\s*boundary="?([^";,\s]{1,70})"?.*', re.IGNORECASE
)
NAME, FILE = (
    re.compile(rb'[;\s]%s="([^"]*)"' % word, re.IGNORECASE)
    for word in (b"name", b"filename")
)
ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
UNSIGNED = {
    "policy",
    "x-amz-signature",
    "signature",
    "awsaccesskeyid",
}  # fields of which no policy speaks
SENT = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-type",
    "expires",
)
ABOUT = {
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-signature",
    "x-amz-security-token",
}


class Upload(Struct, frozen=True):
    """A form that came: its fields by lower-cased name, `bucket` among them, and its file."""

    fields: Mapping[str, str]
    file: bytes

    @property
    def claim(self) -> Claim | None:
        """Returns who signed the form's policy; None where nobody did. Raises ServiceError where it cannot be read."""
        if "policy" in self.fields:
            return claimed_by_form(self.fields)
        return None

    def put(self, request: Request) -> Request:
        """Returns the request that puts the same object."""
        told = {
            name: said
            for name, said in self.fields.items()
            if name.startswith("x-amz-") and name not in ABOUT
        }
        told |= {name: self.fields[name] for name in SENT if name in self.fields}
        told |= {"x-amz-acl": self.fields["acl"]} if "acl" in self.fields else {}
        told |= (
            {"x-amz-tagging": _tags(self.fields["tagging"])}
            if "tagging" in self.fields
            else {}
        )
        path = f"/{self.fields['bucket']}/{quote(self.fields['key'])}"
        kept = {
            name: request.headers[name]
            for name in ("host", "user-agent")
            if name in request.headers
        }
        return Request("PUT", path, headers={**kept, **told}, body=self.file)


def _tags(text: str) -> str:
    """Returns a form's tags, which are XML there, as a header has them. Raises UnreadableError."""
    tags = [
        tag for found in parsed(text.encode()).named("TagSet") for tag in found.named("Tag")
    ]
    return urlencode([(_inside(tag, "Key"), _inside(tag, "Value")) for tag in tags])


def _inside(at: Element, name: str) -> str:
    return "".join(child.text for child in at.named(name))


def uploaded(request: Request) -> Upload | None:
    """Returns the form that uploads to a bucket, None where a request is none. Raises ServiceError where it is not whole."""
    if request.method == "POST":
        form = FORM.fullmatch(request.header("content-type"))
    else:
        form = None
    bucket = request.path.strip("/")
    if form is None or not bucket or "/" in bucket:
        return None
    fields = dict[str, str]()
    file = None
    for head, data in _parts(request.body, form[1].encode("latin-1")):
        name = _said(NAME, head).lower()
        if name == "file":
            file = data
            fields["key"] = fields.get("key", "").replace("${filename}", _said(FILE, head))
            break
        fields[name] = data.decode()
    if file is None:
        raise ServiceError(
            "InvalidArgument", "POST requires exactly one file upload per request."
        )
    if not fields["key"]:
        raise ServiceError("InvalidArgument", KEYLESS)
    return Upload({**fields, "bucket": bucket}, file)


KEYLESS = "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the head and the data of each part."""
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not parts or not parts[-1].startswith(b"--"):
        raise ServiceError(
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data.",
        )
    for part in parts[:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        yield head, data


def _said(pattern: re.Pattern[bytes], head: bytes) -> str:
    found = pattern.search(head)
    return found[1].decode() if found else ""


# ------------------------------------------------------------------ the policy
def permit(upload: Upload, now: datetime) -> None:
    """Raises ServiceError unless the form's policy, whose signature was proven, allows what it uploads."""
    try:
        policy = msgspec.json.decode(
            b64decode(upload.fields["policy"], validate=True), type=Policy
        )
        ends = datetime.fromisoformat(policy.expiration)
        conditions = [*map(_condition, policy.conditions)]
    except (Error, ValueError, msgspec.DecodeError):
        text = "The content of the form does not meet the conditions specified in the policy document."
        raise ServiceError("InvalidPolicyDocument", f"Invalid Policy: {text}") from None
    if now >= (ends if ends.tzinfo else ends.replace(tzinfo=UTC)):
        raise _denied("Policy expired.")
    for how, what, limit in conditions:
        _hold(upload, how, what, limit)
    named = {what for _, what, _ in conditions}
    extra = sorted(
        n for n in upload.fields.keys() - named - UNSIGNED if not n.startswith("x-ignore-")
    )
    if extra:
        raise _denied(f"Extra input fields: {', '.join(extra)}")


class Policy(Struct, frozen=True):
    """A policy as it is signed: until when it is good, and what it says of the fields."""

    expiration: str
    conditions: list[dict[str, str | int] | list[str | int]]


def _condition(
    said: dict[str, str | int] | list[str | int],
) -> tuple[str, str, str | tuple[int, int]]:
    """Returns a condition: how it compares, which field, and with what. Raises ValueError."""
    match said:
        case dict() if len(said) == 1:
            ((name, value),) = said.items()
            return "eq", name.lower(), str(value)
        case ["content-length-range", int(least), int(most)]:
            return "content-length-range", "", (least, most)
        case [str(how), str(name), str(value)] if how.lower() in (
            "eq",
            "starts-with",
        ) and name.startswith("$"):
            return how.lower(), name[1:].lower(), value
        case _:
            raise ValueError(said)


def _hold(upload: Upload, how: str, what: str, limit: str | tuple[int, int]) -> None:
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
    given = upload.fields.get(what, "")
    if not (given.startswith(limit) if how == "starts-with" else given == limit):
        raise _denied(f'Policy Condition failed: ["{how}", "${what}", "{limit}"]')


def _denied(text: str) -> ServiceError:
    return ServiceError("AccessDenied", f"Invalid according to Policy: {text}", 403)


# ------------------------------------------------------------------ the answer
def received(upload: Upload, response: Response, host: str) -> Response:
    """Returns what a form is told of an object that was put: nothing, as it asked to be, or to go on elsewhere."""
    fields = upload.fields
    headers = dict(response.headers)
    told = {"Bucket": fields["bucket"], "Key": fields["key"], "ETag": headers["etag"]}
    location = f"http://{host}/{fields['bucket']}/{quote(fields['key'])}"
    goes = fields.get("success_action_redirect", "")
    if ADDRESS.fullmatch(goes):
        query = urlencode({name.lower(): said for name, said in told.items()})
        return Response(
            303, {**headers, "location": f"{goes}{'&' if '?' in goes else '?'}{query}"}
        )
    if fields.get("success_action_status") == "201":
        inside = "".join(
            element(name, escaped(said))
            for name, said in {"Location": location, **told}.items()
        )
        headers |= {"content-type": "application/xml", "location": location}
        return Response(201, headers, document(element("PostResponse", inside)))
    return Response(
        200 if fields.get("success_action_status") == "200" else 204,
        {**headers, "location": location},
    )
