"""Let a teacher choose an activity for a course on a learning platform: LTI's Deep Linking.

A launch asks for a choice, the teacher chooses, and the choice goes back to the platform.

https://www.imsglobal.org/spec/lti-dl/v2p0
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any

from msgspec import Struct

from coffeeshop.exchange import split_address
from coffeeshop.lti.launch import (
    LTI_CLAIM_PREFIX,
    LTI_VERSION,
    Launch,
    LaunchError,
    Refusal,
)
from coffeeshop.lti.platform import Platform

CLAIM_PREFIX = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LINK_TYPE = "ltiResourceLink"
ANSWER_SECONDS = 300  # seconds for which an answer is valid


class Activity(Struct, frozen=True):
    """What a teacher can choose: an assignment of the class, a scenario, or the whole shop.

    `task` names it in the link, or is "" for the shop. Without `points`, it has no place in a gradebook.
    """

    task: str
    title: str
    points: float = 0.0
    opens: datetime | None = None
    due: datetime | None = None


class Choice(Struct, frozen=True):
    """A platform's request to let a teacher choose an activity.

    The answer goes to `return_url`, with `data` unchanged.
    """

    issuer: str
    client_id: str
    deployment: str
    return_url: str
    data: str | None = None


def requested_choice(launch: Launch) -> Choice:
    """Read the request for a choice from a launch. Raise LaunchError if this tool can't answer it."""
    settings = launch.settings or {}
    return_url = settings.get("deep_link_return_url")
    types = settings.get("accept_types")
    data = settings.get("data")
    if not isinstance(types, list) or LINK_TYPE not in types:
        raise LaunchError(Refusal.WRONG_MESSAGE)
    if not isinstance(return_url, str) or not _is_return_address(
        launch.platform, return_url
    ):
        raise LaunchError(Refusal.WRONG_MESSAGE)
    return Choice(
        launch.platform.issuer,
        launch.platform.client_id,
        launch.deployment,
        return_url,
        data if isinstance(data, str) else None,
    )


def _is_return_address(platform: Platform, text: str) -> bool:
    """Return whether an answer can be sent there without anybody reading along."""
    return platform.may_ask(split_address(text))


def answer_claims(
    choice: Choice, activity: Activity, launch_url: str, now: float
) -> Mapping[str, Any]:
    """Return the claims of the answer to a choice. `now` is the time in seconds."""
    claims: dict[str, Any] = {
        "iss": choice.client_id,
        "aud": [choice.issuer],
        "iat": int(now),
        "exp": int(now) + ANSWER_SECONDS,
        "nonce": token_urlsafe(16),
        LTI_CLAIM_PREFIX + "deployment_id": choice.deployment,
        LTI_CLAIM_PREFIX + "message_type": "LtiDeepLinkingResponse",
        LTI_CLAIM_PREFIX + "version": LTI_VERSION,
        CLAIM_PREFIX + "content_items": [_content_item(activity, launch_url)],
    }
    if choice.data is not None:
        claims[CLAIM_PREFIX + "data"] = choice.data
    return claims


def _content_item(activity: Activity, launch_url: str) -> Mapping[str, Any]:
    """Return an activity as the platform stores it."""
    item: dict[str, Any] = {"type": LINK_TYPE, "title": activity.title, "url": launch_url}
    if activity.task:
        item["custom"] = {"assignment": activity.task}
    if activity.points:
        item["lineItem"] = {
            "scoreMaximum": activity.points,
            "label": activity.title,
            "resourceId": activity.task,
        }
    dates = {"startDateTime": activity.opens, "endDateTime": activity.due}
    stated = {
        name: date.astimezone(UTC).isoformat(timespec="seconds")
        for name, date in dates.items()
        if date
    }
    if stated:
        item["submission"] = stated
    return item
