"""What a request says of who sent it: a key, and a signature by which it can be proven. Read here, proven in `signature`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (version 2, of addresses that boto3 signs)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.message import Request
from coffeeshop.endpoint.refusals import refusal

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
LONGEST = 604_800  # seconds that a signed address may be good for: seven days


class Claim(Struct, frozen=True):
    """Whose key signed a request, and how. `scope` is date, Region and service, none in version 2; `signed` the names
    of the headers that are under the signature; `stamp` when it was signed, as 20260302T080000Z, "" in version 2;
    `expires` the seconds for which an address is good from then (None: it is no address), in version 2 the instant at
    which it ends, in seconds since 1970.
    """

    key: str
    signature: str
    scope: tuple[str, str, str] = ("", "", "s3")
    signed: tuple[str, ...] = ()
    stamp: str = ""
    expires: int | None = None
    token: str = ""

    @property
    def at(self) -> datetime:
        """Returns the instant at which it was signed."""
        return datetime.fromisoformat(self.stamp)

    @property
    def date(self) -> str:
        """Returns the day of the scope: 20260302."""
        return self.scope[0]

    @property
    def region(self) -> str:
        """Returns the Region of the scope."""
        return self.scope[1]

    @property
    def service(self) -> str:
        """Returns the service of the scope."""
        return self.scope[2]


def claimed(request: Request) -> Claim | None:
    """Returns the claim of a request, None where it makes none. Raises ServiceError where it cannot be read."""
    if said := request.header("authorization"):
        return _of_header(request, said)
    if "X-Amz-Algorithm" in request.words:
        return _of_address(request.words)
    if "AWSAccessKeyId" in request.words:
        return _of_version_2(request.words)
    return None


def _of_header(request: Request, said: str) -> Claim:
    algorithm, _, rest = said.partition(" ")
    if algorithm == "AWS":
        raise ServiceError("InvalidRequest", f"{UNSUPPORTED} Please use {ALGORITHM}.")
    service = _service_of(rest)
    if algorithm != ALGORITHM:
        raise refusal(
            "malformed",
            service,
            f"Unsupported signing algorithm: {algorithm[:40]!a}; use {ALGORITHM}",
        )
    split = (part.strip().partition("=") for part in rest.split(","))
    parts = {name: value for name, _, value in split}
    if missing := [
        name for name in ("Credential", "Signature", "SignedHeaders") if not parts.get(name)
    ]:
        texts = (f"Authorization header requires '{name}' parameter." for name in missing)
        raise refusal("malformed", service, " ".join(texts))
    key, scope = _credential(parts["Credential"], service)
    return Claim(
        key,
        parts["Signature"],
        scope,
        tuple(parts["SignedHeaders"].split(";")),
        _stamp(request.header("x-amz-date") or request.header("date"), service),
        token=request.header("x-amz-security-token"),
    )


def _of_address(words: Mapping[str, str]) -> Claim:
    service = _service_of(words.get("X-Amz-Credential", ""))
    wanted = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    if missing := [name for name in wanted if not words.get(name)]:
        text = f"Query-string authentication version 4 requires the {', '.join(missing)} parameter."
        raise refusal("malformed", service, text)
    if words["X-Amz-Algorithm"] != ALGORITHM:
        raise refusal("malformed", service, f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    key, scope = _credential(words["X-Amz-Credential"], service)
    return Claim(
        key,
        words["X-Amz-Signature"],
        scope,
        tuple(words["X-Amz-SignedHeaders"].split(";")),
        _stamp(words["X-Amz-Date"], service),
        _seconds(words.get("X-Amz-Expires", ""), service, LONGEST),
        words.get("X-Amz-Security-Token", ""),
    )


def _of_version_2(words: Mapping[str, str]) -> Claim:
    ends = _seconds(words.get("Expires", ""), "s3", 2**40)
    return Claim(
        words["AWSAccessKeyId"],
        words.get("Signature", ""),
        expires=ends,
        token=words.get("x-amz-security-token", ""),
    )


def claimed_by_form(fields: Mapping[str, str]) -> Claim:
    """Returns the claim of a form's policy, by the form's fields. Raises ServiceError where it cannot be read."""
    token = fields.get("x-amz-security-token", "")
    if "x-amz-credential" not in fields:  # version 2
        return Claim(
            fields.get("awsaccesskeyid", ""), fields.get("signature", ""), token=token
        )
    key, scope = _credential(fields["x-amz-credential"], "s3")
    stamp = _stamp(fields.get("x-amz-date", ""), "s3")
    return Claim(key, fields.get("x-amz-signature", ""), scope, stamp=stamp, token=token)


UNSUPPORTED = "The authorization mechanism you have provided is not supported."


def _service_of(said: str) -> str:
    """Returns the service that a credential speaks of, as far as it can be told: in its words what is wrong is told."""
    parts = said.partition("Credential=")[2].partition(",")[0] or said
    return next(iter(parts.split("/")[3:4]), "")


def _credential(said: str, service: str) -> tuple[str, tuple[str, str, str]]:
    parts = said.split("/")
    if len(parts) != 5 or not all(parts) or parts[4] != TERMINATOR:
        text = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request"
        raise refusal("malformed", service, f"{text}, got: {said[:200]!a}")
    return parts[0], (parts[1], parts[2], parts[3])


def _stamp(said: str, service: str) -> str:
    try:
        if not STAMP.fullmatch(said):
            raise ValueError
        datetime.fromisoformat(said)
    except ValueError:
        text = f"Date must be in ISO-8601 'basic format'. Got {said[:40]!a}. See http://en.wikipedia.org/wiki/ISO_8601"
        raise refusal("malformed", service, text) from None
    return said


def _seconds(said: str, service: str, most: int) -> int:
    if not (
        said.isascii() and said.isdecimal() and len(said) < 16 and 0 < int(said) <= most
    ):
        raise refusal(
            "malformed",
            service,
            f"X-Amz-Expires must be a number of seconds from 1 to {most}",
        )
    return int(said)
