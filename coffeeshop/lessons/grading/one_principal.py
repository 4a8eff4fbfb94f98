"""What the keys of one principal have to do with one another: nobody is a user by type and a role by ARN.

Where a class leaves several keys of its principal free, this is the fence around what no one principal sends. It says only
what the policies in force could tell apart: pairs of keys that they read, under the values that they name.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import permutations

from coffeeshop.lessons.grading.moments import conditions, never
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import Condition, Standing, Statement, Values

ARN, ACCOUNT, TYPE, ID, NAME = (
    *(
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:userid",
        "aws:username",
    ),
)
CODE = "aws:MultiFactorAuthPresent"
AGE = "aws:MultiFactorAuthAge"
ISSUED = "aws:TokenIssueTime"
# Only a role's session has them.
OF_ROLES = ("aws:SourceIdentity", "aws:FederatedProvider", "lambda:SourceFunctionArn")
OF_TYPES = (TYPE, ARN, ID)  # each tells the type of a principal
ORGANIZATION = "aws:PrincipalOrgID"
PATHS = "aws:PrincipalOrgPaths"
# What the keys of each type of principal look like; only a user has a name.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "User": {TYPE: "User", ARN: "arn:aws:iam::*:user/*", ID: "AIDA*", NAME: "*"},
    "AssumedRole": {TYPE: "AssumedRole", ARN: "arn:aws:iam::*:role/*", ID: "AROA*:??*"},
    "FederatedUser": {
        TYPE: "FederatedUser",
        ARN: "arn:aws:sts::*:federated-user/??*",
        ID: "????????????:??*",
    },
    "Account": {TYPE: "Account", ARN: "arn:aws:iam::*:root", ID: "????????????"},
}


def consistent(standing: Standing) -> Iterator[Statement]:
    """Yields what no one principal sends, as far as these policies could see it."""
    asked = _asked(standing)
    for key in OF_TYPES:
        yield never(_unlike(key, *(looks[key] for looks in LOOKS.values())))
    for one, other in permutations(OF_TYPES, 2):
        yield from (
            never(_like(one, looks[one]), _unlike(other, looks[other]))
            for looks in LOOKS.values()
        )
    yield from whole_ids()
    yield from _named()
    if ARN.lower() in asked:
        yield from _of_arns(asked)
    yield from _of_ids(asked)
    yield from _of_sessions()
    for organization in asked.get(ORGANIZATION.lower(), ()):
        yield from _of_organization(organization)


def of_arn(arn: str) -> Iterator[Statement]:
    """Deny another ARN than this, and keys of another type of principal, or of another user, than it tells of."""
    yield never(_unlike(ARN, arn))
    for looks in (looks for looks in LOOKS.values() if fnmatchcase(arn, looks[ARN])):
        yield from (never(_unlike(key, looks[key])) for key in (TYPE, ID))
        if NAME in looks:
            yield never(_unlike(NAME, arn.rpartition("/")[2]))
        else:
            yield never(_null(NAME, "false"))


def whole_ids() -> Iterator[Statement]:
    """Deny ids that AWS never makes: one colon stands before a session's name, and a user's id has none."""
    yield never(_like(ID, "*:*:*", "AIDA*:*"))


def unborn(standing: Standing) -> Iterator[Statement]:
    """Whoever is made tomorrow has an id that no policy can say yet: AWS gives none twice.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    if said := tuple(filter(WHOLE_ID.match, _asked(standing).get(ID.lower(), ()))):
        yield never(_like(ID, *said))


WHOLE_ID = re.compile(r"A(?:ID|RO)A[A-Z0-9]{12,}(?::|$)")


def _named() -> Iterator[Statement]:
    """A user has a name, which holds neither colon nor slash, and nobody else has."""
    yield never(_like(NAME, "*:*", "*/*"))
    user = LOOKS["User"]
    for key in OF_TYPES:
        yield never(_like(key, user[key]), _null(NAME, "true"))
        yield never(_unlike(key, user[key]), _null(NAME, "false"))


def _of_arns(asked: Mapping[str, Values]) -> Iterator[Statement]:
    """An ARN tells its account, and that of a user ends with the name."""
    for account in asked.get(ACCOUNT.lower(), ()):
        yield from _alike(_like(ACCOUNT, account), _like(ARN, f"arn:aws:*::{account}:*"))
    for name in asked.get(NAME.lower(), ()):
        arns = _like(ARN, f"arn:aws:iam::*:user/{name}", f"arn:aws:iam::*:user/*/{name}")
        yield from (
            _alike(_like(NAME, name), arns)
            if "*" not in name
            else (never(_like(NAME, name), _not(arns)),)
        )
    for arn in asked[ARN.lower()]:
        account, rest = (*arn.split(":", 5), *("*" * 6))[4:6]
        if ACCOUNT.lower() in asked and arn.startswith("arn:aws:") and "*" not in account:
            yield never(_like(ARN, arn), _unlike(ACCOUNT, account))
        last = rest.rpartition("/")[2]
        if NAME.lower() in asked and rest.startswith("user/") and "*" not in last:
            yield never(_like(ARN, arn), _unlike(NAME, last))


def _of_ids(asked: Mapping[str, Values]) -> Iterator[Statement]:
    """An id that begins with an account's number is of that account: of its root, or of a federated user's name."""
    for id in asked.get(ID.lower(), ()):
        account, colon, name = id.partition(":")
        if account.isdigit():
            if colon:
                arn = f"arn:aws:sts::{account}:federated-user/{name}"
            else:
                arn = f"arn:aws:iam::{account}:root"
            yield never(_like(ID, id), _unlike(ACCOUNT, account))
            yield from _alike(_like(ID, id), _like(ARN, arn))
    for account in asked.get(ACCOUNT.lower(), ()):
        yield never(_like(ACCOUNT, account), _unlike(ID, account, f"{account}:*", "A*"))


def _of_sessions() -> Iterator[Statement]:
    """Denies of contradictory sessions: a code without an age, a session without a time of issue, a code on a session of
    a role or a federated user, and claims of a role's taker on any other session.
    """
    coded = Condition("Bool", CODE, ("true",))
    uncoded = Condition("Bool", CODE, ("false",), if_exists=True)
    yield never(coded, _null(AGE, "true"))
    yield never(uncoded, _null(AGE, "false"))
    yield from (never(_null(NAME, "false"), _null(said, "false")) for said in OF_ROLES)
    for key in OF_TYPES:
        sessions = _like(key, LOOKS["AssumedRole"][key], LOOKS["FederatedUser"][key])
        yield never(sessions, _null(ISSUED, "true"))
        yield never(sessions, coded)
        yield from (
            never(_unlike(key, LOOKS["AssumedRole"][key]), _null(said, "false"))
            for said in OF_ROLES
        )


def _of_organization(id: str) -> Iterator[Statement]:
    """The path of an account begins with its organization."""
    below = (f"{id}/*",)
    yield never(
        _like(ORGANIZATION, id), Condition("StringNotLike", PATHS, below, "ForAnyValue")
    )
    yield never(
        _unlike(ORGANIZATION, id), Condition("StringLike", PATHS, below, "ForAnyValue")
    )
    yield never(_null(ORGANIZATION, "false"), _null(PATHS, "true"))
    yield never(_null(ORGANIZATION, "true"), _null(PATHS, "false"))


def _asked(standing: Standing) -> Mapping[str, Values]:
    """The keys of principals that the conditions in force read, in lower case, with the texts that they compare them with."""
    found: dict[str, dict[str, None]] = {}
    for condition in conditions(standing):
        key = condition.key.lower()
        if OPERATORS[condition.operator].type in ("String", "ARN"):
            texts = condition.values
        else:
            texts = ()
        found.setdefault(key, {}).update(
            dict.fromkeys(text for text in texts if "${" not in text)
        )
    return {key: tuple(texts) for key, texts in found.items()}


# -------------------------------------------------------------------- conditions
def _alike(one: Condition, other: Condition) -> Iterator[Statement]:
    """Each holds where the other does."""
    yield never(one, _not(other))
    yield never(_not(one), other)


def _like(key: str, *patterns: str) -> Condition:
    return Condition("StringLike", key, patterns)


def _unlike(key: str, *patterns: str) -> Condition:
    return Condition("StringNotLike", key, patterns)


def _not(like: Condition) -> Condition:
    return _unlike(like.key, *like.values)


def _null(key: str, absent: str) -> Condition:
    return Condition("Null", key, (absent,))
