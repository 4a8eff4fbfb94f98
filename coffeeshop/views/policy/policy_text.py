"""A policy text in plain words, and everything that is wrong or unwise about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coffeeshop.account.model import Account
from coffeeshop.policy.language.parse import drafted, places
from coffeeshop.policy.language.spelling import nearest
from coffeeshop.policy.model import Kind, Level, Policy, Problem
from coffeeshop.policy.plain_english import readings
from coffeeshop.policy.validation.validate import validate
from coffeeshop.views.rows import Row

MOST = 100  # statements that are read aloud
NAMED = (  # what the ARN of a resource names; a wildcard or a variable in the name leaves it open
    ("bucket", r"arn:aws:s3:::([^/*?$]+)(?:/.*)?"),
    ("table", r"arn:aws:dynamodb:[^:]*:{account}:table/([^/*?$]+)(?:/.*)?"),
    ("queue", r"arn:aws:sqs:[^:]*:{account}:([^*?$]+)"),
    ("function", r"arn:aws:lambda:[^:]*:{account}:function:([^:*?$]+)(?::.*)?"),
    ("role", r"arn:aws:iam::{account}:role/(?:[^*?$]*/)?([^/*?$]+)"),
    ("user", r"arn:aws:iam::{account}:user/(?:[^*?$]*/)?([^/*?$]+)"),
    ("group", r"arn:aws:iam::{account}:group/(?:[^*?$]*/)?([^/*?$]+)"),
)


def examined(text: str, grammar: Kind, account: Account | None = None) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy, with its blanks, None where it cannot be read; and every problem in the order of the text, with an
    `account` also what its resources name that is not there.
    """
    policy, found = drafted(text, grammar)[0], validate(text, grammar)
    if policy is not None and account is not None:
        found = (*found, *_absent(text, policy, account))
    return policy, tuple(sorted(found, key=lambda problem: problem.place.start))


def _absent(text: str, policy: Policy, account: Account) -> Iterator[Problem]:
    """Resources that name nothing: AWS asks nobody whether they are there, and the policy waits for what never comes."""
    where = places(text)
    for number, statement in enumerate(policy.statements):
        if statement.resources is not None:
            element = "NotResource" if statement.resources.negated else "Resource"
            for at, value in enumerate(statement.resources.values):
                if said := _nobody(value, account):
                    place = where[f"Statement[{number}].{element}[{at}]"]
                    yield Problem(Level.WARNING, "names-nothing", place, *said)


def _nobody(value: str, account: Account) -> tuple[str, str] | None:
    """That there is no such thing in the account, and which one was probably meant."""
    for noun, pattern in NAMED:
        if found := re.fullmatch(pattern.format(account=account.id), value):
            there = [thing.name for thing in getattr(account, f"{noun}s").values()]
            meant = nearest(found[1], there, max(1, len(found[1]) // 3))
            mend = f"did you mean `{meant}`?" if meant else ""
            return None if found[1] in there else (f"there is no {noun} `{found[1]}` in this account", mend)
    return None


def reading(text: str, grammar: Kind) -> tuple[Row, ...]:
    """Each statement as a title and its lines; one row where the text is no policy."""
    policy, _ = drafted(text, grammar)
    return (Row("This is no policy yet.", role="muted"),) if policy is None else tuple(_read(policy, grammar))


def _read(policy: Policy, grammar: Kind) -> Iterator[Row]:
    found = readings(policy, grammar)
    for one in found[:MOST]:
        yield Row(one.title, role="title")
        yield from (Row(text, None, label, indent=1) for label, text in one.rows)
    if len(found) > MOST:
        yield Row(f"and {len(found) - MOST} statements more", role="muted")
