"""Towards whose things: those of this account, as somebody of another asks for them; and those of other accounts."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.moments import with_fence
from coffeeshop.policy.comparison.representatives import ANY_ACCOUNT
from coffeeshop.policy.evaluation.match import compiled_policy, shared_policy
from coffeeshop.policy.model import Element, Kind, Layer, Principals, Standing, Statement

ANYBODY = Principals((("AWS", "*"),))


def toward_our_resources(held: Standing, account: Account) -> Standing:
    """Returns an outsider's standing towards the things of this account: whatever they ask of these, their own account lets
    them; and of what is here only that matters of which a resource's policy speaks to them.
    """
    own = tuple(
        Statement("Allow", clause.statement.actions, Element((layer.on, f"{layer.on}/*")))
        for layer in held.layers
        for policy in (layer.policies if layer.on != "*" else ())
        for clause in compiled_policy(policy).clauses
        if clause.allows and clause.naming_of(held)
    )
    others = tuple(layer for layer in held.layers if layer.kind is not Kind.IDENTITY)
    return dataclasses.replace(
        held,
        layers=(
            *others,
            Layer(Kind.IDENTITY, (shared_policy(own, "a policy of their own account"),)),
        ),
    )


# Services whose resources can let another account in; of S3 the access points, since a bucket's ARN does not say whose it is:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
ADMITTING = (
    "s3", "sts", "sqs", "sns", "lambda", "kms", "dynamodb", "secretsmanager", "events", "ecr", "kinesis", "glue", "logs",
    "execute-api", "backup", "codeartifact", "codebuild", "elasticfilesystem", "es", "glacier", "ses", "states",
    "schemas", "mediastore", "lex", "serverlessrepo", "acm-pca", "cloudtrail", "vpc-lattice", "s3express", "s3tables",
)  # fmt: skip


def toward_other_accounts(held: Standing) -> Standing:
    """Returns a standing towards the things of another account, which lets them do what their own policies say."""
    others = tuple(
        layer for layer in held.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST)
    )
    admitted = Statement(
        "Allow",
        Element(tuple(f"{name}:*" for name in ADMITTING)),
        Element(("*",)),
        principals=ANYBODY,
    )
    there = dataclasses.replace(
        held,
        layers=(
            *others,
            Layer(Kind.RESOURCE, (shared_policy((admitted,), "the other account"),)),
        ),
    )
    ours = Element((f"arn:*:*:*:{held.principal.account}:*",))
    return with_fence(there, (Statement("Deny", Element(("*",)), ours),))


ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([^:]*):")


def other_accounts(holds: Standing, account: Account) -> Iterator[str]:
    """Yields the accounts besides ours of whose things a standing's own policies speak; ANY_ACCOUNT where they speak of some by
    a pattern, so that whatever else they say of accounts tells them apart.
    """
    if holds.principal.account != account.id or holds.principal.kind == "root":
        return
    spoken = {_account_in_pattern(value) for value in _allowed_resources(holds)} - {
        account.id,
        None,
    }
    yield from sorted({word if word and word.isdigit() else ANY_ACCOUNT for word in spoken})


def _allowed_resources(holds: Standing) -> Iterator[str]:
    for layer in holds.layers:
        for policy in layer.policies if layer.kind is Kind.IDENTITY else ():
            for s in policy.statements:
                if s.effect == "Allow" and s.resources:
                    yield from ("*",) if s.resources.negated else s.resources.values


def _account_in_pattern(pattern: str) -> str | None:
    """The account that an ARN pattern names; "*" for any; None where it has no place for one."""
    found = ACCOUNT.match(pattern)
    if not found:
        return "*" if "*" in pattern else None
    return found[1] or None
