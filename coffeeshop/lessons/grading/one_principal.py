"""How the context keys of one principal go together: nobody is a user by type and a role by ARN.

A comparison may leave several keys about the principal free. Then this fence denies the
combinations that no single principal sends, so that they aren't reported as excesses. It only tells
apart what the policies read.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import permutations

from coffeeshop.lessons.grading.fences import all_conditions, deny_when
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import Condition, Standing, Statement, Values

ARN_KEY = "aws:PrincipalArn"
ACCOUNT_KEY = "aws:PrincipalAccount"
TYPE_KEY = "aws:PrincipalType"
USER_ID_KEY = "aws:userid"
USER_NAME_KEY = "aws:username"
MFA_PRESENT_KEY = "aws:MultiFactorAuthPresent"
MFA_AGE_KEY = "aws:MultiFactorAuthAge"
ISSUED_KEY = "aws:TokenIssueTime"
# Only a role's session has them.
OF_ROLES = ("aws:SourceIdentity", "aws:FederatedProvider", "lambda:SourceFunctionArn")
OF_TYPES = (TYPE_KEY, ARN_KEY, USER_ID_KEY)  # each tells the type of a principal
SOURCE_ARN_KEY = "aws:SourceArn"  # of a service's request: the resource for which it acts
SOURCE_ACCOUNT = "aws:SourceAccount"
ORGANIZATION_KEY = "aws:PrincipalOrgID"
ORGANIZATION_PATHS_KEY = "aws:PrincipalOrgPaths"
# What the keys of each type of principal look like; only a user has a name.
PRINCIPAL_KEY_PATTERNS: Mapping[str, Mapping[str, str]] = {
    "User": {
        TYPE_KEY: "User",
        ARN_KEY: "arn:aws:iam::*:user/*",
        USER_ID_KEY: "AIDA*",
        USER_NAME_KEY: "*",
    },
    "AssumedRole": {
        TYPE_KEY: "AssumedRole",
        ARN_KEY: "arn:aws:iam::*:role/*",
        USER_ID_KEY: "AROA*:??*",
    },
    "FederatedUser": {
        TYPE_KEY: "FederatedUser",
        ARN_KEY: "arn:aws:sts::*:federated-user/??*",
        USER_ID_KEY: "????????????:??*",
    },
    "Account": {
        TYPE_KEY: "Account",
        ARN_KEY: "arn:aws:iam::*:root",
        USER_ID_KEY: "????????????",
    },
}


def deny_inconsistent_keys(standing: Standing) -> tuple[Statement, ...]:
    """Return Denies of combinations of principal keys that no single principal sends, as far
    as these policies read them.

    A comparison chooses each key by itself. Without the Denies it could show a request that
    nobody can send.
    """
    return _inconsistencies(tuple(_compared_texts(standing).items()))


@lru_cache(maxsize=16)  # most principals of a play are under policies that read the same
def _inconsistencies(
    texts_by_key: tuple[tuple[str, Values], ...],
) -> tuple[Statement, ...]:
    """Return the Denies of `deny_inconsistent_keys`, given the keys in lower case and the texts
    that policies compare them with.
    """
    return tuple(_deny_inconsistencies(dict(texts_by_key)))


def _deny_inconsistencies(compared: Mapping[str, Values]) -> Iterator[Statement]:
    """Yield the Denies of `deny_inconsistent_keys`."""
    for key in OF_TYPES:
        yield deny_when(
            _is_unlike(key, *(looks[key] for looks in PRINCIPAL_KEY_PATTERNS.values()))
        )
    for key_here, key_there in permutations(OF_TYPES, 2):
        yield from (
            deny_when(
                _is_like(key_here, looks[key_here]), _is_unlike(key_there, looks[key_there])
            )
            for looks in PRINCIPAL_KEY_PATTERNS.values()
        )
    yield from deny_impossible_ids()
    yield from _deny_wrong_names()
    if ARN_KEY.lower() in compared:
        yield from _deny_wrong_arns(compared)
    yield from _deny_wrong_ids(compared)
    yield from _deny_wrong_sessions()
    for organization in compared.get(ORGANIZATION_KEY.lower(), ()):
        yield from _deny_wrong_paths(organization)


def deny_other_arns(arn: str) -> Iterator[Statement]:
    """Yield Denies of what a principal with this ARN doesn't send: another ARN, or the type, id or
    name of another one.
    """
    yield deny_when(_is_unlike(ARN_KEY, arn))
    for looks in (
        looks
        for looks in PRINCIPAL_KEY_PATTERNS.values()
        if fnmatchcase(arn, looks[ARN_KEY])
    ):
        yield from (
            deny_when(_is_unlike(key, looks[key])) for key in (TYPE_KEY, USER_ID_KEY)
        )
        if USER_NAME_KEY in looks:
            yield deny_when(_is_unlike(USER_NAME_KEY, arn.rpartition("/")[2]))
        else:
            yield deny_when(_is_null(USER_NAME_KEY, "false"))


def deny_impossible_ids() -> Iterator[Statement]:
    """Yield a Deny of ids that AWS never makes. A session's id has one colon, before the
    session's name; a user's has none.
    """
    yield deny_when(_is_like(USER_ID_KEY, "*:*:*", "AIDA*:*"))


def deny_existing_ids(standing: Standing) -> Iterator[Statement]:
    """Yield a Deny of every complete unique id in the policies. A new principal has none of these:
    AWS never reuses one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    if whole_ids := tuple(
        filter(WHOLE_ID.match, _compared_texts(standing).get(USER_ID_KEY.lower(), ()))
    ):
        yield deny_when(_is_like(USER_ID_KEY, *whole_ids))


WHOLE_ID = re.compile(r"A(?:ID|RO)A[A-Z0-9]{12,}(?::|$)")


def deny_wrong_sources(standing: Standing) -> Iterator[Statement]:
    """Yield Denies of requests that a service makes for a resource of one account, and that name
    another account.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount
    """
    for arn in _compared_texts(standing).get(SOURCE_ARN_KEY.lower(), ()):
        account, _ = _account_and_resource(arn)
        if account.isdigit():
            yield deny_when(
                _is_like(SOURCE_ARN_KEY, arn), _is_unlike(SOURCE_ACCOUNT, account)
            )


def _deny_wrong_names() -> Iterator[Statement]:
    """Yield Denies of impossible user names: with a colon or a slash, of a principal that
    is no user, or of a user without a name.
    """
    yield deny_when(_is_like(USER_NAME_KEY, "*:*", "*/*"))
    user = PRINCIPAL_KEY_PATTERNS["User"]
    for key in OF_TYPES:
        yield deny_when(_is_like(key, user[key]), _is_null(USER_NAME_KEY, "true"))
        yield deny_when(_is_unlike(key, user[key]), _is_null(USER_NAME_KEY, "false"))


def _deny_wrong_arns(compared: Mapping[str, Values]) -> Iterator[Statement]:
    """Yield Denies of ARNs that contradict the principal's account or user name, for each value
    that the policies compare.
    """
    for account in compared.get(ACCOUNT_KEY.lower(), ()):
        yield from _deny_unless_both(
            _is_like(ACCOUNT_KEY, account), _is_like(ARN_KEY, f"arn:aws:*::{account}:*")
        )
    for name in compared.get(USER_NAME_KEY.lower(), ()):
        arns = _is_like(
            ARN_KEY, f"arn:aws:iam::*:user/{name}", f"arn:aws:iam::*:user/*/{name}"
        )
        if "*" in name:  # such a name also fits ARNs with a slash in its place
            yield deny_when(_is_like(USER_NAME_KEY, name), _negate_like(arns))
        else:
            yield from _deny_unless_both(_is_like(USER_NAME_KEY, name), arns)
    for arn in compared[ARN_KEY.lower()]:
        account, resource = _account_and_resource(arn)
        reads_account = ACCOUNT_KEY.lower() in compared and arn.startswith("arn:aws:")
        if reads_account and "*" not in account:
            yield deny_when(_is_like(ARN_KEY, arn), _is_unlike(ACCOUNT_KEY, account))
        user_name = resource.rpartition("/")[2]
        reads_name = USER_NAME_KEY.lower() in compared and resource.startswith("user/")
        if reads_name and "*" not in user_name:
            yield deny_when(_is_like(ARN_KEY, arn), _is_unlike(USER_NAME_KEY, user_name))


def _account_and_resource(arn: str) -> tuple[str, str]:
    """Return the account and the resource of an ARN pattern; "*" for a part it doesn't have."""
    missing = ("*",) * 6
    parts = (*arn.split(":", 5), *missing)
    return parts[4], parts[5]


def _deny_wrong_ids(compared: Mapping[str, Values]) -> Iterator[Statement]:
    """Yield Denies of requests whose principal id and account contradict each other.

    The comparison chooses the two keys independently, so without these Denies it could show
    a request that nobody can send. An id that begins with an account's number is its root
    user's or a federated user's. A user's or role's id begins with A and names no account,
    so "A*" fits every account.
    """
    for id in compared.get(USER_ID_KEY.lower(), ()):
        account, colon, name = id.partition(":")
        if account.isdigit():
            if colon:
                arn = f"arn:aws:sts::{account}:federated-user/{name}"
            else:
                arn = f"arn:aws:iam::{account}:root"
            yield deny_when(_is_like(USER_ID_KEY, id), _is_unlike(ACCOUNT_KEY, account))
            yield from _deny_unless_both(_is_like(USER_ID_KEY, id), _is_like(ARN_KEY, arn))
    for account in compared.get(ACCOUNT_KEY.lower(), ()):
        yield deny_when(
            _is_like(ACCOUNT_KEY, account),
            _is_unlike(USER_ID_KEY, account, f"{account}:*", "A*"),
        )


def _deny_wrong_sessions() -> Iterator[Statement]:
    """Yield Denies of sessions that contradict themselves.

    With an MFA code comes its age. A session of a role or federated user has a time of issue and no
    code. Only a role's session has the claims of who assumed it.
    """
    coded = Condition("Bool", MFA_PRESENT_KEY, ("true",))
    uncoded = Condition("Bool", MFA_PRESENT_KEY, ("false",), if_exists=True)
    yield deny_when(coded, _is_null(MFA_AGE_KEY, "true"))
    yield deny_when(uncoded, _is_null(MFA_AGE_KEY, "false"))
    yield from (
        deny_when(_is_null(USER_NAME_KEY, "false"), _is_null(claim, "false"))
        for claim in OF_ROLES
    )
    for key in OF_TYPES:
        sessions = _is_like(
            key,
            PRINCIPAL_KEY_PATTERNS["AssumedRole"][key],
            PRINCIPAL_KEY_PATTERNS["FederatedUser"][key],
        )
        yield deny_when(sessions, _is_null(ISSUED_KEY, "true"))
        yield deny_when(sessions, coded)
        yield from (
            deny_when(
                _is_unlike(key, PRINCIPAL_KEY_PATTERNS["AssumedRole"][key]),
                _is_null(claim, "false"),
            )
            for claim in OF_ROLES
        )


def _deny_wrong_paths(id: str) -> Iterator[Statement]:
    """Yield Denies of organization paths that don't begin with the organization."""
    below = (f"{id}/*",)
    yield deny_when(
        _is_like(ORGANIZATION_KEY, id),
        Condition("StringNotLike", ORGANIZATION_PATHS_KEY, below, "ForAnyValue"),
    )
    yield deny_when(
        _is_unlike(ORGANIZATION_KEY, id),
        Condition("StringLike", ORGANIZATION_PATHS_KEY, below, "ForAnyValue"),
    )
    yield deny_when(
        _is_null(ORGANIZATION_KEY, "false"), _is_null(ORGANIZATION_PATHS_KEY, "true")
    )
    yield deny_when(
        _is_null(ORGANIZATION_KEY, "true"), _is_null(ORGANIZATION_PATHS_KEY, "false")
    )


def _compared_texts(standing: Standing) -> Mapping[str, Values]:
    """Return the keys that the conditions read, in lower case, each with the texts that it
    is compared with.
    """
    texts_by_key: dict[str, dict[str, None]] = {}
    for condition in all_conditions(standing):
        key = condition.key.lower()
        if OPERATORS[condition.operator].type in ("String", "ARN"):
            texts = condition.values
        else:
            texts = ()
        texts_by_key.setdefault(key, {}).update(
            dict.fromkeys(text for text in texts if "${" not in text)
        )
    return {key: tuple(texts) for key, texts in texts_by_key.items()}


# -------------------------------------------------------------------- conditions
def _deny_unless_both(condition: Condition, counterpart: Condition) -> Iterator[Statement]:
    """Yield Denies of requests that meet one of two conditions and not the other.

    Both say the same, so a real request meets both or neither.
    """
    yield deny_when(condition, _negate_like(counterpart))
    yield deny_when(_negate_like(condition), counterpart)


def _is_like(key: str, *patterns: str) -> Condition:
    """Return the condition that a key matches one of these patterns."""
    return Condition("StringLike", key, patterns)


def _is_unlike(key: str, *patterns: str) -> Condition:
    """Return the condition that a key matches none of these patterns."""
    return Condition("StringNotLike", key, patterns)


def _negate_like(condition: Condition) -> Condition:
    """Return the opposite of a condition made by `_is_like`."""
    return _is_unlike(condition.key, *condition.values)


def _is_null(key: str, absent: str) -> Condition:
    """Return the condition that a key is absent ("true") or present ("false")."""
    return Condition("Null", key, (absent,))
