"""Check a launch: the message with which a platform sends somebody to this tool.

Every check that the security framework asks for has its own refusal, with one sentence for the person who was sent.
https://www.imsglobal.org/spec/security/v1p0 · https://www.imsglobal.org/spec/lti/v1p3 ·
https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from enum import Enum
from hmac import compare_digest
from typing import Any, cast

from msgspec import DecodeError, Struct, json

from coffeeshop.exchange import split_address
from coffeeshop.harmless import is_hidden
from coffeeshop.lti.platform import Platform

CLOCK_LEEWAY = 60.0  # seconds by which two clocks can differ
LONGEST_TOKEN = 64 * 1024  # characters
LONGEST_ID = 255  # characters of a person's id: the standard's limit
LONGEST_TEXT = 200  # characters of a name
LTI_CLAIM_PREFIX = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
GRADES_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
LTI_VERSION = "1.3.0"
LINK_REQUEST = "LtiResourceLinkRequest"
CHOICE_REQUEST = "LtiDeepLinkingRequest"
# A role in the course, whole or in its old short form: https://www.imsglobal.org/spec/lti/v1p3#role-vocabularies
ROLE_PATTERN = re.compile(
    r"(?:http://purl\.imsglobal\.org/vocab/lis/v2/membership(?:/(?P<main>\w+))?#)?(?P<role>\w+)"
)
TEACHER_ROLES = frozenset({"Instructor", "Administrator", "ContentDeveloper"})
Claims = Mapping[str, Any]


class Refusal(Enum):
    """A reason to refuse a launch. The text is for the person who was sent."""

    UNKNOWN_PLATFORM = (
        "This learning platform isn't registered here. Ask your teacher to register it."
    )
    UNKNOWN_LOGIN = (
        "This sign-in didn't start here. Open the activity in your course again."
    )
    EXPIRED_LOGIN = "The sign-in took too long. Open the activity in your course again."
    OTHER_BROWSER = "This started in another browser, or your browser blocks cookies in this frame. Open Coffeeshop in a new window."
    REPLAYED = "This link works only once. Open the activity in your course again."
    FORGED = "This request wasn't signed by the learning platform. Open the activity in your course again."
    NO_KEYS = "The learning platform's keys can't be fetched now. Try again in a minute."
    EXPIRED = "This link has expired. Open the activity in your course again."
    NOT_YET = "This request has a time in the future. Ask your teacher to check the clocks of both servers."
    WRONG_ISSUER = "This request comes from a different platform than the sign-in. Open the activity in your course again."
    WRONG_AUDIENCE = (
        "This request was meant for another tool. Open the activity in your course again."
    )
    WRONG_NONCE = (
        "This request belongs to another sign-in. Open the activity in your course again."
    )
    WRONG_DEPLOYMENT = (
        "This course isn't registered here. Ask your teacher to register its deployment."
    )
    WRONG_VERSION = (
        "The learning platform doesn't use LTI 1.3. Ask your teacher to register it again."
    )
    WRONG_MESSAGE = "The learning platform asked for something that Coffeeshop can't open. Tell your teacher."
    WRONG_TARGET = (
        "This link leads to another address. Ask your teacher to check the activity's link."
    )
    WRONG_REQUEST = "The learning platform sent an incomplete request. Open the activity in your course again."
    NOBODY = "The learning platform didn't say who you are. Sign in there and open the activity again."
    NO_ROLE = "In this course you are neither a learner nor an instructor. Ask your teacher to add you."
    NOT_TEACHER = "Only an instructor can choose activities. Ask your teacher to add one."
    DENIED = "The learning platform didn't sign you in. Sign in there and open the activity again."
    NO_SUCH_TASK = "This activity isn't part of the class any more. Tell your teacher."
    NO_ASSIGNMENT = (
        "This class has no assignment yet. Add one with the command `class assign 05`."
    )

    @property
    def code(self) -> str:
        """Return the reason for the log."""
        return self.name.lower().replace("_", " ")


class LaunchError(ValueError):
    """Reports a launch that is refused."""

    def __init__(self, refusal: Refusal) -> None:
        """Take the reason."""
        super().__init__(refusal.value)
        self.refusal = refusal


class Login(Struct, frozen=True):
    """A login that began here: what its launch has to fit. `started` is in seconds."""

    issuer: str
    client_id: str
    nonce: str
    started: float


class GradeService(Struct, frozen=True):
    """Where a platform takes scores for an activity, and what it permits."""

    scopes: tuple[str, ...] = ()
    line_item: str = ""
    line_items: str = ""
    link: str = ""


class Person(Struct, frozen=True):
    """Who was sent, by the platform's id. Other fields are "" if the platform doesn't tell them."""

    id: str
    name: str = ""
    email: str = ""
    school_id: str = ""


class Launch(Struct, frozen=True):
    """A launch that was checked.

    `task` is what the activity's link names, or "". `settings` are those of a choice, or None if nothing is to be chosen.
    """

    platform: Platform
    deployment: str
    person: Person
    is_teacher: bool
    task: str = ""
    grades: GradeService | None = None
    settings: Claims | None = None


def unverified_claims(token: str) -> Claims:
    """Return the claims of a token without verifying its signature. Raise LaunchError if it isn't a token."""
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3 or not token.isascii():
        raise LaunchError(Refusal.FORGED)
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = b64decode(padded, b"-_", validate=True)
        return json.decode(claims, type=dict[str, Any])
    except (ValueError, DecodeError, RecursionError):
        raise LaunchError(Refusal.FORGED) from None


def check_launch(
    token: str,
    login: Login,
    platform: Platform,
    is_signed: Callable[[str], bool],
    now: float,
) -> Launch:
    """Return the launch in a token, which answers a login. Raise LaunchError if any check fails.

    `is_signed` says whether the platform signed it. `now` is the time in seconds.
    """
    claims = unverified_claims(token)
    if not is_signed(token):
        raise LaunchError(Refusal.FORGED)
    _check_token(claims, login, platform)
    _check_times(claims, login, now)
    _check_message(claims, platform)
    person = _read_person(claims)
    is_teacher = _is_teacher(claims)
    settings = None
    if claims[LTI_CLAIM_PREFIX + "message_type"] == CHOICE_REQUEST:
        if not is_teacher:
            raise LaunchError(Refusal.NOT_TEACHER)
        settings = _mapping(claims, DEEP_LINKING)
    return Launch(
        platform,
        str(claims[LTI_CLAIM_PREFIX + "deployment_id"]),
        person,
        is_teacher,
        _text(_mapping(claims, LTI_CLAIM_PREFIX + "custom"), "assignment"),
        _read_grade_service(claims),
        settings,
    )


def _check_token(claims: Claims, login: Login, platform: Platform) -> None:
    """Raise LaunchError unless the token is from the platform, for this tool and for this login."""
    if claims.get("iss") != platform.issuer:
        raise LaunchError(Refusal.WRONG_ISSUER)
    audience = claims.get("aud")
    audiences = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if platform.client_id not in audiences:
        raise LaunchError(Refusal.WRONG_AUDIENCE)
    # A token for several audiences must say in `azp` (authorized party) that it is for this tool.
    is_for_us_only = all(each == platform.client_id for each in audiences)
    authorized_party = claims.get("azp", platform.client_id if is_for_us_only else None)
    if authorized_party != platform.client_id:
        raise LaunchError(Refusal.WRONG_AUDIENCE)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not compare_digest(
        nonce.encode(errors="replace"), login.nonce.encode(errors="replace")
    ):
        raise LaunchError(Refusal.WRONG_NONCE)


def _check_times(claims: Claims, login: Login, now: float) -> None:
    """Raise LaunchError unless the token was issued after the login, and is valid now."""
    expires = _instant(claims.get("exp"))
    issued = _instant(claims.get("iat"))
    valid_from = _instant(claims.get("nbf", issued))
    if expires is None or issued is None or valid_from is None:
        raise LaunchError(Refusal.EXPIRED)
    if now >= expires + CLOCK_LEEWAY or issued < login.started - CLOCK_LEEWAY:
        raise LaunchError(Refusal.EXPIRED)
    if max(issued, valid_from) > now + CLOCK_LEEWAY:
        raise LaunchError(Refusal.NOT_YET)


def _instant(value: object) -> float | None:
    """Return a claim's time in seconds, or None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _check_message(claims: Claims, platform: Platform) -> None:
    """Raise LaunchError unless the message is one of LTI 1.3 that this tool can open."""
    if claims.get(LTI_CLAIM_PREFIX + "deployment_id") not in platform.deployments:
        raise LaunchError(Refusal.WRONG_DEPLOYMENT)
    if claims.get(LTI_CLAIM_PREFIX + "version") != LTI_VERSION:
        raise LaunchError(Refusal.WRONG_VERSION)
    kind = claims.get(LTI_CLAIM_PREFIX + "message_type")
    if kind not in (LINK_REQUEST, CHOICE_REQUEST):
        raise LaunchError(Refusal.WRONG_MESSAGE)
    link = _mapping(claims, LTI_CLAIM_PREFIX + "resource_link")
    if kind == LINK_REQUEST and not _text(link, "id"):
        raise LaunchError(Refusal.WRONG_MESSAGE)


def _read_person(claims: Claims) -> Person:
    """Return who was sent. Raise LaunchError if the platform doesn't say."""
    id = claims.get("sub")
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID:
        raise LaunchError(Refusal.NOBODY)
    if any(map(is_hidden, id)):
        raise LaunchError(Refusal.NOBODY)
    parts = (_text(claims, "given_name"), _text(claims, "family_name"))
    name = _text(claims, "name") or " ".join(filter(None, parts))
    school = _mapping(claims, LTI_CLAIM_PREFIX + "lis")
    return Person(id, name, _text(claims, "email"), _text(school, "person_sourcedid"))


def _is_teacher(claims: Claims) -> bool:
    """Return whether somebody teaches the course. Raise LaunchError if they don't learn there either."""
    listed = claims.get(LTI_CLAIM_PREFIX + "roles")
    rows = cast("list[object]", listed) if isinstance(listed, list) else []
    matches = [ROLE_PATTERN.fullmatch(row) for row in rows if isinstance(row, str)]
    roles = {match["main"] or match["role"] for match in matches if match}
    if roles & TEACHER_ROLES:
        return True
    if "Learner" in roles:
        return False
    raise LaunchError(Refusal.NO_ROLE)


def _read_grade_service(claims: Claims) -> GradeService | None:
    """Return where the platform takes scores, or None if it takes none."""
    service = _mapping(claims, GRADES_CLAIM)
    listed = service.get("scope")
    rows = cast("list[object]", listed) if isinstance(listed, list) else []
    scopes = tuple(row for row in rows if isinstance(row, str))
    line_item = _address(service, "lineitem")
    line_items = _address(service, "lineitems")
    if not line_item and not line_items:
        return None
    link = _whole_text(_mapping(claims, LTI_CLAIM_PREFIX + "resource_link"), "id")
    return GradeService(scopes, line_item, line_items, link)


def _mapping(claims: Claims, name: str) -> Claims:
    """Return the object in a claim, or an empty one."""
    value = claims.get(name)
    return cast("Claims", value) if isinstance(value, dict) else {}


def _address(claims: Claims, name: str) -> str:
    """Return the address in a claim, or ""."""
    text = _whole_text(claims, name)
    return text if split_address(text) else ""


def _whole_text(claims: Claims, name: str) -> str:
    """Return the whole text of a claim, or ""."""
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST_TOKEN else ""


def _text(claims: Claims, name: str) -> str:
    """Return the text of a claim on one line, without hidden characters, or ""."""
    value = claims.get(name)
    if not isinstance(value, str):
        return ""
    visible = "".join(" " if is_hidden(character) else character for character in value)
    return " ".join(visible.split())[:LONGEST_TEXT]
