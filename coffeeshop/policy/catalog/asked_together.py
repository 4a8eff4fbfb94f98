"""Say which calls need a second action, and so send their own condition keys with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from coffeeshop.policy import catalog
from coffeeshop.policy.model import Values

# By action, the calls that need it beside their own: to pass tags or a source identity to a session, or to tag what
# they create. AWS decides both with the keys of the call. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
ASSUMING_CALLS = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
)
AUTHORIZED_WITH: Mapping[str, Values] = {
    "sts:TagSession": ASSUMING_CALLS,
    "sts:SetSourceIdentity": ASSUMING_CALLS,
    "iam:TagUser": ("iam:CreateUser",),
    "iam:TagRole": ("iam:CreateRole",),
}


def sent_keys(action: str) -> frozenset[str]:
    """Return the condition keys (templates) that a request for an action can carry, whichever call asks for it."""
    calls = AUTHORIZED_WITH.get(action, ())
    return catalog.carried_keys(action).union(*map(catalog.carried_keys, calls))


def call_that_sends(action: str, keys: Collection[str]) -> str:
    """Return the call in which a request for an action has one of these keys, if the action alone can't carry it.

    "": every call for the action can send the keys.
    """
    calls = AUTHORIZED_WITH.get(action, ())
    if not calls:
        return ""
    lacking = {*map(key_template, keys)} - {
        *map(key_template, catalog.carried_keys(action))
    }
    return next(
        (
            call
            for call in calls
            if not lacking.isdisjoint(map(key_template, catalog.carried_keys(call)))
        ),
        "",
    )


def key_template(key: str) -> str:
    """Return a key in lower case as the catalogue writes it: "aws:requesttag/" without the name of the tag."""
    prefix, slash, _ = key.lower().partition("/")
    return prefix + slash
