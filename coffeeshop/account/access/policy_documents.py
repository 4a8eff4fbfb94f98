"""Policy documents at the door: text -> Document, or the refusal of the first stage that fails, as AWS tells it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
`policy.parse` finds every problem; `account.access.policy_refusals` says which of them AWS would tell, and in which words.
Unknown services and actions are accepted in identity policies, as AWS does: a typo is silently useless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import Any, cast

from coffeeshop.account import errors
from coffeeshop.account.access.named_principals import (
    has_bare_star_principal,
    unknown_principals,
)
from coffeeshop.account.access.policy_refusals import (
    ANY_RESOURCE,
    BROKEN,
    BUCKET_TEXTS,
    IDENTITY_TEXTS,
    PRINCIPAL,
    SYNTAX,
    TRUST_TEXTS,
    refusal_text,
)
from coffeeshop.account.model import Account
from coffeeshop.account.values import Document, Json
from coffeeshop.policy import catalog
from coffeeshop.policy.language.parse import attempt_parse, examine_policy
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Kind, Level, Policy, Statement

NO_OBJECT = "Policies must be valid JSON and the first byte must be '{'"
ALLOWED_ALL_BUT = "Allow with NotPrincipal is not allowed."
TELLING = {
    "missing-version",
    "old-version",
}  # warnings that managed policies are refused for


# --------------------------------------------------------------------- reading
def parse_managed_policy(text: str, arn: str) -> Document:
    """Returns a managed policy, for identities or as a boundary, named by its ARN. Raises MalformedPolicyDocument, also
    where its version is missing or of 2008.
    """
    return _identity(text, arn, Kind.IDENTITY, TELLING)


def parse_inline_policy(text: str, name: str) -> Document:
    """Returns an inline policy of an identity. Raises MalformedPolicyDocument.

    One without Version, or of 2008-10-17, is taken and means what it says: AWS SAM itself writes them
    (aws/serverless-application-model, tests/translator/output/function_with_policy_templates.json), and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html says what they default to.
    """
    return _identity(text, name, Kind.IDENTITY)


def _identity(text: str, name: str, kind: Kind, unfit: Container[str] = ()) -> Document:
    """Returns a policy of an identity or a session; `unfit` are the warnings that it is refused for."""
    policy, problems = examine_policy(text, kind, name)
    telling = [p for p in problems if p.level is Level.ERROR or p.code in unfit]
    if policy is None or telling:
        raise errors.service_error(
            "MalformedPolicyDocument", refusal_text(text, telling, IDENTITY_TEXTS, SYNTAX)
        )
    if regional := next(filter(S3_REGION.fullmatch, _resources(policy)), None):
        told_of = f"Resource {regional} can not contain region information."
        raise errors.service_error("MalformedPolicyDocument", told_of)
    return Document(text, policy)


S3_REGION = re.compile(
    r"arn:[^:]*:s3:[^:]+:[^:]*:(?!accesspoint/|job/|storage-lens|access-grants/|async-request/|\*).*"
)


def _resources(policy: Policy) -> Iterator[str]:
    named = (statement.resources for statement in policy.statements if statement.resources)
    return (value for resources in named for value in resources.values)


def parse_session_policy(text: str) -> Document:
    """Returns a session policy. Raises MalformedPolicyDocument, or PackedPolicyTooLarge past 2048 characters.

    What AWS answers to one without Version is not known. The language's own rule stands then (it defaults to 2008-10-17),
    as for inline policies: the refusal is recorded of managed policies alone.
    """
    if len(text) > SESSION_SIZE:
        percent = len(text) * 100 // SESSION_SIZE
        raise errors.service_error(
            "PackedPolicyTooLarge", f"Packed policy consumes {percent}% of allotted space."
        )
    return _identity(text, "session policy", Kind.SESSION)


SESSION_SIZE = 2048
TRUST_SIZE = 2048


def parse_trust_policy(account: Account, text: str) -> Document:
    """Returns a trust policy, whose principals of this account must exist. Raises MalformedPolicyDocument,
    LimitExceeded.
    """
    policy, problems = examine_policy(text, Kind.TRUST, "trust policy")
    if policy is None:
        faults = [p for p in problems if p.level is Level.ERROR]
        raise errors.service_error(
            "MalformedPolicyDocument", refusal_text(text, faults, TRUST_TEXTS, BROKEN)
        )
    if unfit := [wrong for statement in policy.statements if (wrong := _unfit(statement))]:
        raise errors.service_error("MalformedPolicyDocument", unfit[0])
    if has_bare_star_principal(text):
        raise errors.service_error("MalformedPolicyDocument", STAR)
    if strange := unknown_principals(account, policy):
        kind, value = strange[0]
        raise errors.service_error(
            "MalformedPolicyDocument", PRINCIPAL.format(kind=kind.upper(), value=value)
        )
    if quota_size(text) > TRUST_SIZE:
        raise errors.service_error(
            "LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}"
        )
    return Document(text, policy)


def _unfit(statement: Statement) -> str:
    """Returns what a trust policy is told of a Principal that can be read and trusts nobody, or all but a few."""
    principals = statement.principals
    if principals and principals.negated:
        wrong = "AssumeRole policy must not contain NotPrincipal field."
        if statement.effect == "Allow":
            return ALLOWED_ALL_BUT
        return wrong
    return "" if principals and principals.entries else NOBODY


NOBODY = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
    "The passed in policy has a statement with no principals!"
)


# {"AWS": "*"} is taken (aws/aws-cdk#5732).
STAR = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'


def parse_bucket_policy(account: Account, text: str, arn: str) -> Document:
    """Returns a bucket policy. Raises MalformedPolicy, as S3 tells it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
    """
    policy, problems = examine_policy(text, Kind.RESOURCE, "bucket policy")
    if not text.startswith("{"):
        raise errors.service_error("MalformedPolicy", NO_OBJECT)
    if policy is None:
        faults = [p for p in problems if p.level is Level.ERROR]
        raise errors.service_error(
            "MalformedPolicy",
            refusal_text(text, faults, BUCKET_TEXTS, "Invalid policy syntax."),
        )
    if any(
        s.effect == "Allow" and s.principals and s.principals.negated
        for s in policy.statements
    ):
        raise errors.service_error("MalformedPolicy", ALLOWED_ALL_BUT)
    if unknown_principals(account, policy):
        raise errors.service_error("MalformedPolicy", "Invalid principal in policy")
    for statement in policy.statements:
        _applies(statement, arn)
    return Document(text, policy)


def parse_queue_policy(account: Account, text: str) -> Document:
    """Returns a queue's policy, whose Resource may be any text (recorded: `$sqs_queue_arn`). Raises InvalidAttributeValue,
    as SQS tells it.
    """
    policy, problems = attempt_parse(text, Kind.RESOURCE, "queue policy")
    wrong = any(
        problem.level is Level.ERROR and problem.code not in ANY_RESOURCE
        for problem in problems
    )
    if policy is None or wrong or unknown_principals(account, policy):
        raise errors.service_error(
            "InvalidAttributeValue", "Invalid value for the parameter Policy."
        )
    return Document(text, policy)


def quota_size(text: str) -> int:
    """Returns what counts against a quota: characters without white space."""
    return len("".join(text.split()))


# ------------------------------------------------------------- bucket policies
def _applies(statement: Statement, bucket: str) -> None:
    """Tells whether each action exists and applies to a resource of its statement, and each resource lies in the
    bucket.
    """
    resources = statement.resources
    if resources is None or resources.negated or statement.actions.negated:
        return
    inside = (f"{bucket}/", f"{bucket}*")
    if not all(
        value in ("*", bucket) or value.startswith(inside) for value in resources.values
    ):
        raise errors.service_error("MalformedPolicy", "Policy has invalid resource")
    kinds = {kind for value in resources.values for kind in _kinds(value, bucket)}
    for pattern in statement.actions.values:
        names = (name for name in catalog.expand_pattern(pattern) if name.startswith("s3:"))
        actions = [found for name in names if (found := catalog.find_action(name))]
        if not actions:
            raise errors.service_error("MalformedPolicy", "Policy has invalid action")
        if not any(
            target.name in kinds for action in actions for target in action.resource_types
        ):
            raise errors.service_error(
                "MalformedPolicy", "Action does not apply to any resource(s) in statement"
            )


def _kinds(value: str, bucket: str) -> Iterator[str]:
    """Yields of what a resource of a bucket policy may be the ARN: of the bucket, of an object in it."""
    matches = glob(value)
    if matches(bucket):
        yield "bucket"
    if "/" in value or matches(f"{bucket}/x"):
        yield "object"


# ---------------------------------------------------------------------- showing
def document_json(document: Document) -> Json:
    """Returns a document as the aws CLI prints it: an object."""
    return _shown(document.text)


@lru_cache(maxsize=1024)
def _shown(text: str) -> Json:
    return freeze_json(json.loads(text))


def freeze_json(value: Any) -> Json:
    """Returns JSON with tuples for lists."""
    if isinstance(value, dict):
        return {
            key: freeze_json(item) for key, item in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        return tuple(map(freeze_json, cast("list[Any]", value)))
    return value
