"""Whose resources a session asks for: ours, as a principal of another account; or another
account's.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.fences import with_fence
from coffeeshop.policy.comparison.representatives import ANY_ACCOUNT
from coffeeshop.policy.evaluation.match import compiled_policy, shared_policy
from coffeeshop.policy.model import Element, Kind, Layer, Principals, Standing, Statement

ANYBODY = Principals((("AWS", "*"),))


def toward_our_resources(allowed: Standing, account: Account) -> Standing:
    """Return what a principal of another account is allowed on our resources.

    We can't see their own account's policies, so those are taken to allow whatever a policy of ours
    allows them. Then only the policies of our resources decide.
    """
    own_account_statements = tuple(
        Statement("Allow", clause.statement.actions, Element((layer.on, f"{layer.on}/*")))
        for layer in allowed.layers
        for policy in (layer.policies if layer.on != "*" else ())
        for clause in compiled_policy(policy).clauses
        if clause.allows and clause.naming_of(allowed)
    )
    other_layers = tuple(
        layer for layer in allowed.layers if layer.kind is not Kind.IDENTITY
    )
    return dataclasses.replace(
        allowed,
        layers=(
            *other_layers,
            Layer(
                Kind.IDENTITY,
                (shared_policy(own_account_statements, "a policy of their own account"),),
            ),
        ),
    )


# Services whose resources can let another account in; of S3 the access points, since a bucket's ARN does not say whose it is:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
RESOURCE_POLICY_SERVICES = (
    "s3", "sts", "sqs", "sns", "lambda", "kms", "dynamodb", "secretsmanager", "events", "ecr", "kinesis", "glue", "logs",
    "execute-api", "backup", "codeartifact", "codebuild", "elasticfilesystem", "es", "glacier", "ses", "states",
    "schemas", "mediastore", "lex", "serverlessrepo", "acm-pca", "cloudtrail", "vpc-lattice", "s3express", "s3tables",
)  # fmt: skip


OTHER_ACCOUNT = "the other account"  # in place of the policies there, which nobody sees


def toward_other_accounts(allowed: Standing) -> Standing:
    """Return what a session is allowed on another account's resources.

    We can't see that account's policies, so they are taken to let the session in. Then only the
    session's own policies decide.
    """
    own_layers = tuple(
        layer for layer in allowed.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST)
    )
    admitted = Statement(
        "Allow",
        Element(tuple(f"{name}:*" for name in RESOURCE_POLICY_SERVICES)),
        Element(("*",)),
        principals=ANYBODY,
    )
    other_account_view = dataclasses.replace(
        allowed,
        layers=(
            *own_layers,
            Layer(Kind.RESOURCE, (shared_policy((admitted,), OTHER_ACCOUNT),)),
        ),
    )
    ours = Element((f"arn:*:*:*:{allowed.principal.account}:*",))
    return with_fence(other_account_view, (Statement("Deny", Element(("*",)), ours),))


def deny_buckets_elsewhere(account: Account) -> Iterator[Statement]:
    """Yield a Deny of the buckets of all accounts but this one, which keeps them out of a
    comparison.

    The ARN of a bucket doesn't say whose it is, and a name that another account has can't be a
    bucket here.
    """
    names = [name for other in account.others.values() for name in other.buckets]
    if names:
        arns = tuple(f"arn:aws:s3:::{name}{end}" for name in names for end in ("", "/*"))
        yield Statement("Deny", Element(("*",)), Element(arns))


ARN_ACCOUNT_PATTERN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([^:]*):")


def other_accounts(allowed: Standing, account: Account) -> Iterator[str]:
    """Yield the ids of other accounts whose resources a session's own policies name.

    ANY_ACCOUNT stands for a pattern in place of an id.
    """
    if allowed.principal.account != account.id or allowed.principal.kind == "root":
        return
    named_accounts = {
        _account_in_pattern(value) for value in _allowed_resources(allowed)
    } - {
        account.id,
        None,
    }
    yield from sorted(
        {named if named and named.isdigit() else ANY_ACCOUNT for named in named_accounts}
    )


def _allowed_resources(allowed: Standing) -> Iterator[str]:
    """Yield the resource patterns of the session's identity-based Allows; "*" for a
    NotResource.
    """
    for layer in allowed.layers:
        for policy in layer.policies if layer.kind is Kind.IDENTITY else ():
            for s in policy.statements:
                if s.effect == "Allow" and s.resources:
                    yield from ("*",) if s.resources.negated else s.resources.values


def _account_in_pattern(pattern: str) -> str | None:
    """Return the account that an ARN pattern names: "*" for any, None if it has no place
    for one.
    """
    match = ARN_ACCOUNT_PATTERN.match(pattern)
    if not match:
        return "*" if "*" in pattern else None
    return match[1] or None
