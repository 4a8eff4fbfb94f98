"""Who was refused what, and which kind of policy decided: the facts of a refusal as sentences."""

from __future__ import annotations

import re

from coffeeshop.policy import catalog
from coffeeshop.policy.denial.model import (
    Denial,
    DeniedPrincipal,
    Effect,
    PolicyKind,
    PrincipalKind,
    Topic,
)
from coffeeshop.policy.language.arn import Arn

SAYS_NOTHING = "AWS's text doesn't say."
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_INSTANCE_ID_PATTERN = re.compile(r"i-[0-9a-f]{8,17}")
WITH_TOKEN = ("sts:assumerolewithwebidentity", "sts:assumerolewithsaml")
ASSUME_ACTIONS = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity")
# What a service calls its resource-based policy, for people who look for it.
RESOURCE_POLICIES = {
    "s3": "the bucket policy",
    "kms": "the key policy of the KMS key",
    "sqs": "the queue policy",
    "sns": "the topic policy",
    "lambda": "the function's or layer's resource-based policy",
    "ecr": "the repository policy",
    "secretsmanager": "the secret's resource policy",
    "es": "the domain's access policy",
    "execute-api": "the API's resource policy",
    "glue": "the Data Catalog's resource policy",
    "dynamodb": "the table's resource-based policy",
    "events": "the event bus's resource policy",
    "backup": "the vault's access policy",
    "logs": "the log resource policy",
    "iam": "the role's trust policy",
    "sts": "the role's trust policy",
}


def principal_sentence(principal: DeniedPrincipal) -> str:
    """Return who was refused: the kind, the account, the name and the session."""
    account = _account_words(principal.account)
    name = principal.name
    match principal.kind:
        case PrincipalKind.USER:
            return f"The IAM user {name or principal.text}{account}."
        case PrincipalKind.ROLE:
            return f"The IAM role {name}{account}."
        case PrincipalKind.ROOT:
            return f"The root user{account}."
        case PrincipalKind.FEDERATED:
            return f"The federated user {name}{account}."
        case PrincipalKind.SERVICE:
            return f"The AWS service {name}."
        case PrincipalKind.ANONYMOUS:
            return "No one: the request carried no AWS credentials (anonymous)."
        case PrincipalKind.SESSION:
            return _session_sentence(principal, account)
        case PrincipalKind.OTHER:
            return f"{principal.text}. The text gives no full ARN of a user or role."
        case PrincipalKind.UNKNOWN:
            return SAYS_NOTHING


def _session_sentence(principal: DeniedPrincipal, account: str) -> str:
    """Return who has a role session: the role, its account, and what the session's name tells."""
    role = principal.name
    session = principal.session
    if role:
        sentences = [f"A session of the IAM role {role}{account}."]
    else:
        sentences = [f"A role session, by its unique ID {principal.text}."]
    if session:
        sentences.append(f"The session is named {session}.")
    permission_set = permission_set_of(principal)
    if permission_set:
        sentences.append(
            f"IAM Identity Center made the role for the permission set {permission_set}."
        )
    elif _INSTANCE_ID_PATTERN.fullmatch(session):
        sentences.append(
            "EC2 names the sessions of its instances like that: a program on this "
            "instance sent the request."
        )
    elif session == "CognitoIdentityCredentials":
        sentences.append("Cognito gives such sessions to the users of an identity pool.")
    elif session.startswith("AWSCodeBuild-"):
        sentences.append("CodeBuild names the sessions of its builds like that.")
    return " ".join(sentences)


def permission_set_of(principal: DeniedPrincipal) -> str:
    """Return the permission set for which IAM Identity Center made a role, or ""."""
    match = _PERMISSION_SET.fullmatch(principal.name)
    return match[1] if match else ""


def _account_words(account: str) -> str:
    """Return the account of a principal, to follow its name. Someone may have hidden the number."""
    if not account:
        return ""
    if account.isdigit():
        return f" in account {account}"
    return f" of an account whose number is hidden ({account})"


def action_sentence(denial: Denial) -> str:
    """Return which action was refused, and what it does."""
    action = denial.action
    if not action:
        return SAYS_NOTHING
    if denial.needed_action:
        return f"{action}. The call also needs {denial.needed_action}, and that permission is missing."
    if denial.is_action_inferred and denial.operation:
        return (
            f"Probably {action}, because {denial.operation} needs it. The text names only "
            f"the operation."
        )
    if denial.is_action_inferred:
        return f"Probably {action}. The text names no service."
    if denial.topic in (Topic.KMS_CIPHERTEXT, Topic.KMS_THROUGH_SERVICE):
        return f"Probably {action}. The text doesn't name it."
    if ":" in action and catalog.find_action(action) is None:
        return f"{action}. AWS's reference doesn't list this action."
    described = catalog.describe_action(action)
    return f"{action} ({described})." if described else f"{action}."


def resource_sentence(denial: Denial) -> str:
    """Return on which resource, and whether it belongs to another account."""
    resource = denial.resource
    if not resource:
        return SAYS_NOTHING
    if resource == "*":
        return "* (the action isn't limited to one resource)."
    if is_cross_account(denial):
        arn = Arn.read(resource)
        owner = arn.account if arn else ""
        return (
            f"{resource}. It belongs to another account ({owner}), so both accounts must "
            f"allow the call."
        )
    return resource


def is_cross_account(denial: Denial) -> bool:
    """Return whether the text shows that the resource belongs to another account than the principal."""
    arn = Arn.read(denial.resource)
    owner = arn.account if arn else ""
    caller = denial.principal.account
    return owner.isdigit() and caller.isdigit() and owner != caller


def short_name(denial: Denial) -> str:
    """Return the principal's short name, for the middle of a sentence."""
    principal = denial.principal
    match principal.kind:
        case PrincipalKind.SESSION | PrincipalKind.ROLE:
            return f"the role {principal.name}" if principal.name else "the role"
        case PrincipalKind.USER:
            return f"the user {principal.name}" if principal.name else "the user"
        case PrincipalKind.UNKNOWN | PrincipalKind.ANONYMOUS:
            return "the caller"
        case PrincipalKind.ROOT:
            return "the root user"
        case _:
            return principal.name or principal.text


def resource_policy(denial: Denial) -> str:
    """Return how the service calls its resource-based policy."""
    action = denial.needed_action or denial.action
    service = action.partition(":")[0] or denial.service
    return RESOURCE_POLICIES.get(service, "the resource's policy")


def policy_name(denial: Denial) -> str:
    """Return the kind of policy that decided, with the name by which people find it."""
    kind = denial.policy_kind
    action = denial.needed_action or denial.action
    service = action.partition(":")[0] or denial.service
    policy = RESOURCE_POLICIES.get(service)
    if kind is PolicyKind.RESOURCE and policy:
        return f"{kind.value} ({policy})"
    return kind.value


def decision_sentence(denial: Denial) -> str:
    """Return which kind of policy decided, and whether it denied or nothing allowed."""
    action = denial.needed_action or denial.action or "the call"
    kind = denial.policy_kind
    explicit = denial.effect is Effect.EXPLICIT
    if denial.topic is Topic.DECODED:
        return _decoded_sentence(denial)
    if kind is PolicyKind.PUBLIC_ACCESS:
        return (
            "S3 Block Public Access. The bucket or its account blocks public policies or "
            "ACLs (explicit deny)."
        )
    if kind is PolicyKind.OTHER:
        return _other_sentence(denial)
    if kind is PolicyKind.UNKNOWN and explicit:
        return (
            f"The text doesn't name the kind of policy. A Deny statement in one of them "
            f"refuses {action} (explicit deny)."
        )
    if kind is PolicyKind.UNKNOWN and denial.effect is Effect.IMPLICIT:
        return (
            f"The text doesn't name the kind of policy. No policy allows {action} "
            f"(implicit deny)."
        )
    if kind is PolicyKind.UNKNOWN:
        return (
            "The text doesn't say which kind of policy decided, or whether a policy "
            "denied the call or none allowed it."
        )
    if explicit:
        article = "An" if kind is PolicyKind.IDENTITY else "A"
        return (
            f"{article} {policy_name(denial)}. A Deny statement there refuses {action} "
            f"(explicit deny). No Allow can override it."
        )
    if denial.effect is Effect.IMPLICIT:
        return f"No {policy_name(denial)} allows {action} (implicit deny)."
    article = "an" if kind is PolicyKind.IDENTITY else "a"
    return (
        f"Probably {article} {policy_name(denial)}. The text doesn't say whether it "
        f"denied the call or didn't allow it."
    )


def _decoded_sentence(denial: Denial) -> str:
    """Return what a decoded authorization message says about the decision."""
    if denial.effect is Effect.IMPLICIT:
        return (
            f"No policy allows {denial.action or 'the call'} (implicit deny). The message "
            f"names no kind of policy."
        )
    policy_words = f" It names the policy {denial.policy}." if denial.policy else ""
    return (
        f"A Deny statement matched (explicit deny). The message lists the matching "
        f"statements.{policy_words}"
    )


def _other_sentence(denial: Denial) -> str:
    """Return what decided, if it was no policy of IAM's."""
    if denial.topic is Topic.SENTENCE and denial.reason:
        return f"AWS gives this reason: {denial.reason}."
    return OTHER_CHECKS.get(
        denial.topic, "The service itself checks this, not an IAM policy."
    )


OTHER_CHECKS = {
    Topic.CREDENTIALS: (
        "No policy. AWS didn't accept the credentials, so it didn't get as far as policies."
    ),
    Topic.MFA: "No policy. AWS couldn't verify the MFA code or the MFA device.",
    Topic.ROOT_ASSUMES: "No policy. The root user can't assume roles.",
    Topic.SESSION_CALLS: (
        "No policy. This operation can't be called with temporary credentials."
    ),
    Topic.CROSS_ACCOUNT_PASS: (
        "No policy. A role can't be passed to a service in another account."
    ),
    Topic.LAKE_FORMATION: (
        "Lake Formation's own permissions. They come on top of IAM policies."
    ),
    Topic.BEDROCK_MODEL: (
        "Amazon Bedrock's model access. It must be granted before IAM policies count."
    ),
    Topic.ORGANIZATIONS: (
        "AWS Organizations. It answers only certain accounts of an organization."
    ),
    Topic.IDENTITY_POOL: "The settings of the Cognito identity pool.",
    Topic.IDENTITY_CENTER: (
        "IAM Identity Center. The user isn't assigned to this account and permission set, "
        "or no longer is."
    ),
    Topic.SEARCH_DOMAIN: "The domain's fine-grained access control, and not an IAM policy.",
    Topic.IMAGE: (
        "No policy. The image isn't shared with the account, or it doesn't exist in this "
        "Region."
    ),
    Topic.OBJECT_LOCK: "S3 Object Lock. The object is protected until its retention ends.",
    Topic.CLOUDFRONT: (
        "CloudFront answered, and not the service behind it. Its own rules, AWS WAF or the "
        "origin refused."
    ),
    Topic.GRAPHQL: "AppSync's own rules for types and fields, and not an IAM policy.",
    Topic.BILLING: "An account setting. IAM users and roles can't open billing by default.",
    Topic.OPT_IN: "No policy. The account isn't signed up for this service or Region.",
    Topic.OTHER_SYSTEM: (
        "This isn't AWS's refusal. Kubernetes or another system refused with its own rules."
    ),
}
