"""Decide which requests without a credential are stored as acts of a play.

Anyone who reaches the endpoint can send such requests: a browser that loads an icon, a scanner, a page in a loop. All are
answered. A request is stored if it changes the account, such as a sign-in with the right password, or if the scenario has a
job or refusal about anyone.
"""

from __future__ import annotations

from msgspec.structs import fields

from coffeeshop.account.model import Account, Nobody, Outcome, ServiceError
from coffeeshop.lessons.model import Play

MOST_KEPT = 200  # in a play, without sign-ins and tokens
# Operations without a credential of the account whose success proves who called: by a password, or by a token.
SIGN_IN_OPERATIONS = frozenset({"SignIn", "AssumeRoleWithWebIdentity"})
THROTTLING_CODES = {"sqs": "RequestThrottled"}  # the code of a service that isn't S3
TOO_MANY = "Please reduce your request rate."
BROWSER_FILES = frozenset(
    {"/favicon.ico", "/robots.txt", "/sitemap.xml", "/apple-touch-icon.png"}
)
BROWSER_FOLDERS = ("/.well-known/", "/apple-touch-icon-")


def is_asked_by_browsers_alone(path: str) -> bool:
    """Return whether only browsers and crawlers request this path, without being told to."""
    return path in BROWSER_FILES or path.startswith(BROWSER_FOLDERS)


def is_stored(play: Play, outcome: Outcome) -> bool:
    """Return whether to store a call without a credential as an act of the play.

    A sign-in or token is stored if it succeeds. Another call is stored if it changes the account, or
    if the scenario asks about anyone, up to MOST_KEPT. Raise ServiceError for a change beyond them.
    """
    if outcome.act.call.operation in SIGN_IN_OPERATIONS:
        return outcome.has_succeeded
    changes = _is_changed(play.account, outcome.account)
    if not changes and not _asks_about_strangers(play):
        return False
    has_room = _count_strangers(play) < MOST_KEPT
    if changes and not has_room:
        service = outcome.act.call.service
        raise ServiceError(THROTTLING_CODES.get(service, "SlowDown"), TOO_MANY, 503)
    return has_room


def _is_changed(before: Account, after: Account) -> bool:
    """Return whether two accounts differ in more than their count of calls."""
    names = (field.name for field in fields(Account) if field.name != "calls")
    return any(
        _values_differ(getattr(before, name), getattr(after, name)) for name in names
    )


def _values_differ(before: object, after: object) -> bool:
    """Return whether two values differ. Most are the same object, which is seen at once."""
    return before is not after and before != after


def _asks_about_strangers(play: Play) -> bool:
    """Return whether the scenario has a job or refusal about anyone."""
    return any(want.who == "anyone" for want in play.scenario.wants)


def _count_strangers(play: Play) -> int:
    """Return how many stored acts have no credential, without sign-ins and tokens."""
    return sum(
        isinstance(act.caller, Nobody) and act.call.operation not in SIGN_IN_OPERATIONS
        for act in play.acts
    )
