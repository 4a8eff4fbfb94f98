"""Under which circumstances a request gets through, in words: with which credential, when, from
where.

Only those context keys are told that the policies read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Outcome
from coffeeshop.lessons.grading.needed import badge_of
from coffeeshop.lessons.grading.request_space import request_time
from coffeeshop.lessons.grading.sentences import clock_time, display_name, join_words
from coffeeshop.policy.evaluation.explain import keys_in_use
from coffeeshop.policy.model import Allowed, Decision, Fixed, Present

CREDENTIAL_TEXTS: Mapping[str, str] = {
    "key": "with an access key",
    "password": "in a console session",
    "code": "in a console session",
    "federated": "in a federated session",
}
MFA_PRESENT_KEY = "aws:multifactorauthpresent"
MFA_AGE_KEY = "aws:multifactorauthage"
ISSUED_KEY = "aws:tokenissuetime"
CLOCK_KEYS = frozenset({"aws:currenttime", "aws:epochtime"})
KEY_TEXTS: Mapping[str, str] = {  # the text about existing keys
    MFA_AGE_KEY: "{} seconds after the MFA code",
    ISSUED_KEY: "in a session that began at {}",
    "aws:sourceip": "from the address {}",
    "aws:requestedregion": "in the Region {}",
    "sts:externalid": "with the external ID {}",
    "aws:sourcearn": "for the resource {}",
    "aws:sourceaccount": "for the account {}",
    "aws:useragent": "from the program {}",
}
TAG_KEY_TEXTS: Mapping[str, str] = {  # whose tag a key is about, by how it begins
    "aws:principaltag/": "the principal tag",
    "aws:resourcetag/": "the resource tag",
    "aws:requesttag/": "the request tag",
    "s3:existingobjecttag/": "the object tag",
}


def success_sentence(outcome: Outcome, account: Account, minted: bool = False) -> str:
    """Return a sentence that says when a call gets through: "AWS allows this call with an
    access key and without an MFA code."

    If the played `account` doesn't have the credential, it says that the call would, and
    who lacks it. `minted`: the check made the credential.
    """
    if outcome.decisions:
        decision = outcome.main_decisions[0]
    else:
        decision = None
    if not isinstance(decision, Allowed):
        return ""
    circumstances = describe_circumstances(outcome)
    lacking = missing_credential_sentence(outcome, account)
    if lacking:
        if minted:
            tried = "The grade created what is missing on a copy, and AWS allowed this call"
            return f"{lacking} {tried} {circumstances}."
        return f"AWS would allow this call {circumstances}, but {lacking}"
    return f"AWS allows this call {circumstances}."


def describe_circumstances(
    outcome: Outcome, extra_keys: Collection[str] | None = None
) -> str:
    """Return when a call is made, as a sentence goes on: "with an access key and without an
    MFA code".

    With `extra_keys` those keys are told even if no policy reads them, and whether a user
    shows an MFA code.
    """
    decision = outcome.main_decisions[0]
    phrases = tuple(dict.fromkeys(_circumstance_phrases(outcome, decision, extra_keys)))
    return join_words(phrases or (_moment_phrase(decision, outcome.act.at),))


def missing_credential_sentence(outcome: Outcome, account: Account) -> str:
    """Return a sentence that names the call's credential if its user doesn't have it now,
    or ""."""
    principal = outcome.main_decisions[0].standing.principal
    user = account.entity_by_id(principal.id)
    if principal.kind != "user" or not isinstance(user, User):
        return ""
    badge = badge_of(outcome.account, outcome.act.caller) or ""
    has_key = any(key.status == "Active" for key in account.keys_of(user.id))
    lacks = {
        "active access key": badge == "key" and not has_key,
        "password": badge in ("password", "code") and user.login is None,
        "MFA device": badge == "code" and not account.devices_of(user.id),
    }
    missing = [credential for credential, lacked in lacks.items() if lacked]
    if missing:
        return f"{display_name(user.name)} has no {' and no '.join(missing)}."
    return ""


def _circumstance_phrases(
    outcome: Outcome, decision: Decision, extra_keys: Collection[str] | None
) -> Iterator[str]:
    """Yield a phrase for the credential, the MFA code and the time of a call, and for each other
    key that matters.

    A key matters if a policy reads it, or if it is one of `extra_keys`.
    """
    badge_shown = badge_of(outcome.account, outcome.act.caller) or ""
    keys = {key.lower(): key for key in (*keys_in_use(decision), *sorted(extra_keys or ()))}
    yield from _credential_phrase(decision, badge_shown)
    if (
        (extra_keys is not None and badge_shown in CREDENTIAL_TEXTS)
        or MFA_PRESENT_KEY in keys
        or badge_shown in ("password", "code")
    ):
        yield (
            "with an MFA code"
            if _key_values(MFA_PRESENT_KEY, decision) == ("true",)
            else "without an MFA code"
        )
    if CLOCK_KEYS.intersection(keys):
        yield _moment_phrase(decision, outcome.act.at)
    for lowered, key in keys.items():
        if lowered not in CLOCK_KEYS and lowered != MFA_PRESENT_KEY:
            yield key_phrase(key, _key_values(lowered, decision))


def _credential_phrase(decision: Decision, badge: str) -> Iterator[str]:
    """Yield a phrase for the credential of a request, such as "with an access key", or for its role's session;
    else nothing.
    """
    principal = decision.standing.principal
    if principal.kind == "role":
        yield f"in a session of the role {principal.role_arn.rpartition('/')[2]}"
    elif principal.kind == "anonymous":
        yield "without a credential"
    elif badge in CREDENTIAL_TEXTS:
        yield CREDENTIAL_TEXTS[badge]


def _moment_phrase(decision: Decision, at: datetime) -> str:
    """Return a phrase for when a request is made: by its own clock keys if it has any, else at `at`."""
    time = request_time(decision.request) or at
    return f"at {time:%H:%M} on {time.day} {time:%B %Y}"


def key_phrase(key: str, values: Fixed) -> str:
    """Return a phrase for a context key and its values in a request: "from the address 203.0.113.9".

    `values` None means that the request lacks the key: "without …".
    """
    lowered = key.lower()
    prefix = next((prefix for prefix in TAG_KEY_TEXTS if lowered.startswith(prefix)), "")
    if prefix:
        named = f"{TAG_KEY_TEXTS[prefix]} {key[len(prefix) :]}"
    else:
        named = key
    if values is None:
        return f"without {named}"
    if isinstance(values, Present):
        return f"with {named}"
    value = ", ".join(values) or "“”"
    if lowered == ISSUED_KEY:
        value = clock_time(value) or value
    if lowered in KEY_TEXTS:
        return KEY_TEXTS[lowered].format(value)
    return f"with {named} = {value}"


def _key_values(key: str, decision: Decision) -> Fixed:
    """Return the values of a key (in lower case) in a request, else in its session; None if
    it has none.
    """
    contexts: tuple[Mapping[str, Fixed], ...] = (
        decision.request.context,
        decision.standing.fixed,
    )
    key_values = (
        values
        for context in contexts
        for name, values in context.items()
        if name.lower() == key
    )
    return next((values for values in key_values if values), None)
