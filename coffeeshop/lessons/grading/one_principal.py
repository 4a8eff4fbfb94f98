"""What the keys of one principal have to do with one another: nobody is a user by type and a role by ARN.

Where a class leaves several keys of its principal free, this is the fence around what no one principal sends. It says only
what the policies in force could tell apart: pairs of keys that they read, under the values that they name.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import permutations

from coffeeshop.lessons.grading.moments import conditions, never
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import Condition, Standing, Statement, Values

ARN, ACCOUNT, TYPE, ID, NAME = (
    *("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid", "aws:username"),
)
# Of each type of principal, what its keys look like; only a user has a name.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "User": {TYPE: "User", ARN: "arn:aws:iam::*:user/*", ID: "AIDA*", NAME: "*"},
    "AssumedRole": {TYPE: "AssumedRole", ARN: "arn:aws:iam::*:role/*", ID: "AROA*:??*"},
    "FederatedUser": {TYPE: "FederatedUser", ARN: "arn:aws:sts::*:federated-user/??*", ID: "????????????:??*"},
    "Account": {TYPE: "Account", ARN: "arn:aws:iam::*:root", ID: "????????????"},
}


def consistent(standing: Standing) -> Iterator[Statement]:
    """What no one principal sends, as far as these policies could see it."""
    asked = _asked(standing)
    read = [key for key in (TYPE, ARN, ID) if key.lower() in asked]
    for key in read:
        yield never(_unlike(key, *(looks[key] for looks in LOOKS.values())))
    for one, other in permutations(read, 2):
        yield from (never(_like(one, looks[one]), _unlike(other, looks[other])) for looks in LOOKS.values())
    if NAME.lower() in asked:
        yield from _named(read)
    if ARN.lower() in asked:
        yield from _of_arns(asked)


def unborn(standing: Standing) -> Iterator[Statement]:
    """Whoever is made tomorrow has an id that no policy can say yet: AWS gives none twice.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    if said := tuple(filter(WHOLE_ID.match, _asked(standing).get(ID.lower(), ()))):
        yield never(_like(ID, *said))


WHOLE_ID = re.compile(r"A(?:ID|RO)A[A-Z0-9]{12,}(?::|$)")


def _named(read: list[str]) -> Iterator[Statement]:
    """A user has a name, which holds neither colon nor slash, and nobody else has."""
    yield never(_like(NAME, "*:*", "*/*"))
    user = LOOKS["User"]
    for key in read:
        yield never(_like(key, user[key]), _null(NAME, "true"))
        yield never(_unlike(key, user[key]), _null(NAME, "false"))


def _of_arns(asked: Mapping[str, Values]) -> Iterator[Statement]:
    """An ARN tells its account, and that of a user ends with the name."""
    for account in asked.get(ACCOUNT.lower(), ()):
        yield from _alike(_like(ACCOUNT, account), _like(ARN, f"arn:aws:*::{account}:*"))
    for name in asked.get(NAME.lower(), ()):
        arns = _like(ARN, f"arn:aws:iam::*:user/{name}", f"arn:aws:iam::*:user/*/{name}")
        yield from _alike(_like(NAME, name), arns) if "*" not in name else (never(_like(NAME, name), _not(arns)),)
    for arn in asked[ARN.lower()]:
        account, rest = (*arn.split(":", 5), *("*" * 6))[4:6]
        if ACCOUNT.lower() in asked and arn.startswith("arn:aws:") and "*" not in account:
            yield never(_like(ARN, arn), _unlike(ACCOUNT, account))
        last = rest.rpartition("/")[2]
        if NAME.lower() in asked and rest.startswith("user/") and "*" not in last:
            yield never(_like(ARN, arn), _unlike(NAME, last))


def _asked(standing: Standing) -> Mapping[str, Values]:
    """The keys of principals that the conditions in force read, in lower case, with the texts that they compare them with."""
    found: dict[str, dict[str, None]] = {}
    for condition in conditions(standing):
        key = condition.key.lower()
        texts = condition.values if OPERATORS[condition.operator].type in ("String", "ARN") else ()
        found.setdefault(key, {}).update(dict.fromkeys(text for text in texts if "${" not in text))
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
