"""Policy documents that a call brings: the parsed Document, or AWS's refusal.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
`policy.parse` finds every problem. `account.access.policy_refusals` says which one AWS would report, and in which words.
Identity policies can name services and actions that don't exist, as in AWS: a typo has no effect.
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
    BUCKET_TEXTS,
    IDENTITY_TEXTS,
    INVALID_PRINCIPAL,
    INVALID_PRINCIPALS,
    KEY_SYNTAX,
    KEY_TEXTS,
    SYNTAX_ERROR_AT,
    SYNTAX_ERRORS,
    TRUST_TEXTS,
    refusal_text,
)
from coffeeshop.account.model import Account
from coffeeshop.account.values import Document, Json
from coffeeshop.policy import catalog
from coffeeshop.policy.language.parse import attempt_parse, examine_policy
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Kind, Level, Policy, Statement
from coffeeshop.policy.validation.shared_providers import shared_provider, unread_controls

NO_OBJECT = "Policies must be valid JSON and the first byte must be '{'"
ALLOW_WITH_NOT_PRINCIPAL = "Allow with NotPrincipal is not allowed."
# Problems that are warnings for us, and for which AWS refuses a managed policy.
REFUSED_WARNINGS = {"missing-version", "old-version"}


# --------------------------------------------------------------------- reading
def parse_managed_policy(text: str, arn: str) -> Document:
    """Return a managed policy, for identities or as a permissions boundary, named by its ARN.

    Raise MalformedPolicyDocument, also if its Version is missing or 2008-10-17.
    """
    return _parse_identity_policy(text, arn, Kind.IDENTITY, REFUSED_WARNINGS)


def parse_inline_policy(text: str, name: str) -> Document:
    """Return an inline policy of an identity. Raise MalformedPolicyDocument.

    AWS accepts one without Version, or of 2008-10-17: AWS SAM itself writes them
    (aws/serverless-application-model, tests/translator/output/function_with_policy_templates.json), and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html says the default.
    """
    return _parse_identity_policy(text, name, Kind.IDENTITY)


def _parse_identity_policy(
    text: str, name: str, kind: Kind, refused_warnings: Container[str] = ()
) -> Document:
    """Return a policy of an identity or a session.

    Raise MalformedPolicyDocument for an error, and for a warning whose code is in `refused_warnings`.
    """
    policy, problems = examine_policy(text, kind, name)
    faults = [p for p in problems if p.level is Level.ERROR or p.code in refused_warnings]
    if policy is None or faults:
        message = refusal_text(text, faults, IDENTITY_TEXTS, SYNTAX_ERRORS)
        raise errors.service_error("MalformedPolicyDocument", message)
    for resource in _resources(policy):
        if S3_REGION.fullmatch(resource):
            message = f"Resource {resource} can not contain region information."
            raise errors.service_error("MalformedPolicyDocument", message)
    return Document(text, policy)


S3_REGION = re.compile(
    r"arn:[^:]*:s3:[^:]+:[^:]*:(?!accesspoint/|job/|storage-lens|access-grants/|async-request/|\*).*"
)


def _resources(policy: Policy) -> Iterator[str]:
    """Yield every value of Resource and NotResource in a policy."""
    for statement in policy.statements:
        if statement.resources:
            yield from statement.resources.values


def parse_session_policy(text: str) -> Document:
    """Return a session policy. Raise MalformedPolicyDocument, or PackedPolicyTooLarge past 2048 characters.

    AWS's answer to a missing Version isn't known. Here the language's default applies (2008-10-17), as for inline
    policies. A refusal is recorded for managed policies only.
    """
    if len(text) > SESSION_SIZE:
        percent = len(text) * 100 // SESSION_SIZE
        raise errors.service_error(
            "PackedPolicyTooLarge", f"Packed policy consumes {percent}% of allotted space."
        )
    return _parse_identity_policy(text, "session policy", Kind.SESSION)


SESSION_SIZE = 2048
TRUST_SIZE = 2048


def parse_trust_policy(account: Account, text: str) -> Document:
    """Return a trust policy. Raise MalformedPolicyDocument, also if a principal of this account doesn't exist.

    Raise LimitExceeded if it is too long.
    """
    policy, problems = examine_policy(text, Kind.TRUST, "trust policy")
    if policy is None:
        faults = [problem for problem in problems if problem.level is Level.ERROR]
        message = refusal_text(text, faults, TRUST_TEXTS, SYNTAX_ERROR_AT)
        raise errors.service_error("MalformedPolicyDocument", message)
    for statement in policy.statements:
        if message := _principal_fault(statement):
            raise errors.service_error("MalformedPolicyDocument", message)
    if controls := missing_control(policy):
        message = MISSING_CONTROL.format(keys=controls)  # uncertain
        raise errors.service_error("MalformedPolicyDocument", message)
    if has_bare_star_principal(text):
        raise errors.service_error("MalformedPolicyDocument", STAR_PRINCIPAL)
    if unknown := unknown_principals(account, policy):
        kind, value = unknown[0]
        message = INVALID_PRINCIPAL.format(kind=kind.upper(), value=value)
        raise errors.service_error("MalformedPolicyDocument", message)
    if quota_size(text) > TRUST_SIZE:
        raise errors.service_error(
            "LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}"
        )
    return Document(text, policy)


def _principal_fault(statement: Statement) -> str:
    """Return AWS's message about NotPrincipal or an empty Principal in a trust policy, or ""."""
    principals = statement.principals
    if principals and principals.negated:
        if statement.effect == "Allow":
            return ALLOW_WITH_NOT_PRINCIPAL
        return "AssumeRole policy must not contain NotPrincipal field."
    if principals and principals.entries:
        return ""
    return UNKNOWN_PRINCIPAL


def missing_control(policy: Policy) -> str:
    """Return the condition keys that a trust policy lacks for a shared OIDC provider, or "".

    Each Allow for such a provider must read a claim that tells the provider's tenants apart.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
    """
    for statement in policy.statements:
        if statement.effect != "Allow" or statement.principals is None:
            continue
        for kind, value in statement.principals.entries:
            row = shared_provider(value) if kind == "Federated" else None
            if row is None:
                continue
            if controls := unread_controls(*row, statement):
                return " or ".join(controls)
    return ""


MISSING_CONTROL = "The trust policy must evaluate the identity provider control {keys}."
UNKNOWN_PRINCIPAL = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
    "The passed in policy has a statement with no principals!"
)


# AWS accepts {"AWS": "*"} (aws/aws-cdk#5732).
STAR_PRINCIPAL = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'


def parse_bucket_policy(account: Account, text: str, arn: str) -> Document:
    """Return the policy of the bucket with this ARN. Raise MalformedPolicy, as S3 words it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
    """
    policy, problems = examine_policy(text, Kind.RESOURCE, "bucket policy")
    if not text.startswith("{"):
        raise errors.service_error("MalformedPolicy", NO_OBJECT)
    if policy is None:
        faults = [problem for problem in problems if problem.level is Level.ERROR]
        message = refusal_text(text, faults, BUCKET_TEXTS, "Invalid policy syntax.")
        raise errors.service_error("MalformedPolicy", message)
    for statement in policy.statements:
        principals = statement.principals
        if statement.effect == "Allow" and principals and principals.negated:
            raise errors.service_error("MalformedPolicy", ALLOW_WITH_NOT_PRINCIPAL)
    if unknown_principals(account, policy):
        raise errors.service_error("MalformedPolicy", "Invalid principal in policy")
    for statement in policy.statements:
        _check_resources(statement, arn)
    return Document(text, policy)


def parse_queue_policy(account: Account, text: str) -> Document:
    """Return the policy of a queue. Raise InvalidAttributeValue, as SQS words it.

    Its Resource can be any text (recorded: `$sqs_queue_arn`).
    """
    policy, problems = attempt_parse(text, Kind.RESOURCE, "queue policy")
    has_faults = any(
        problem.level is Level.ERROR and problem.code not in ANY_RESOURCE
        for problem in problems
    )
    if policy is None or has_faults or unknown_principals(account, policy):
        raise errors.service_error(
            "InvalidAttributeValue", "Invalid value for the parameter Policy."
        )
    return Document(text, policy)


def parse_key_policy(account: Account, text: str) -> Document:
    """Return the policy of a KMS key. Raise MalformedPolicyDocumentException, as KMS words it.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    """
    policy, problems = examine_policy(text, Kind.RESOURCE, "key policy")
    code = "MalformedPolicyDocumentException"
    if policy is None:
        faults = [problem for problem in problems if problem.level is Level.ERROR]
        raise errors.service_error(code, refusal_text(text, faults, KEY_TEXTS, KEY_SYNTAX))
    if unknown_principals(account, policy):
        raise errors.service_error(code, INVALID_PRINCIPALS)
    if quota_size(text) > KEY_POLICY_SIZE:
        raise errors.service_error("LimitExceededException", KEY_POLICY_TOO_LONG)
    return Document(text, policy)


# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
KEY_POLICY_SIZE = 32768
KEY_POLICY_TOO_LONG = f"Key policy must be at most {KEY_POLICY_SIZE} bytes."  # uncertain


def quota_size(text: str) -> int:
    """Return the size that counts against a quota: the characters without white space."""
    return len("".join(text.split()))


# ------------------------------------------------------------- bucket policies
def _check_resources(statement: Statement, bucket: str) -> None:
    """Raise MalformedPolicy unless each resource is in the bucket, and each action exists and applies to a resource."""
    resources = statement.resources
    if resources is None or resources.negated or statement.actions.negated:
        return
    prefixes = (f"{bucket}/", f"{bucket}*")
    for value in resources.values:
        if value not in ("*", bucket) and not value.startswith(prefixes):
            raise errors.service_error("MalformedPolicy", "Policy has invalid resource")
    kinds = {kind for value in resources.values for kind in _resource_kinds(value, bucket)}
    for pattern in statement.actions.values:
        names = [name for name in catalog.expand_pattern(pattern) if name.startswith("s3:")]
        actions = [action for name in names if (action := catalog.find_action(name))]
        if not actions:
            raise errors.service_error("MalformedPolicy", "Policy has invalid action")
        types = {target.name for action in actions for target in action.resource_types}
        if not types & kinds:
            raise errors.service_error(
                "MalformedPolicy", "Action does not apply to any resource(s) in statement"
            )


def _resource_kinds(value: str, bucket: str) -> Iterator[str]:
    """Yield the kinds of resource that a Resource in a bucket policy can match: the bucket, an object in it."""
    matches = glob(value)
    if matches(bucket):
        yield "bucket"
    if "/" in value or matches(f"{bucket}/x"):
        yield "object"


# ---------------------------------------------------------------------- showing
def document_json(document: Document) -> Json:
    """Return a document as the AWS CLI prints it: an object."""
    return _read_json(document.text)


@lru_cache(maxsize=1024)
def _read_json(text: str) -> Json:
    """Return the value of a JSON text, with tuples for lists."""
    return freeze_json(json.loads(text))


def freeze_json(value: Any) -> Json:
    """Return JSON with tuples in place of lists."""
    if isinstance(value, dict):
        return {
            key: freeze_json(item) for key, item in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        return tuple(map(freeze_json, cast("list[Any]", value)))
    return value
