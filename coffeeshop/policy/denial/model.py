"""The nouns of a refusal: who asked for what, which kind of policy decided, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PolicyKind(StrEnum):
    """The kind of policy that AWS's text names, in AWS's words, or what decided instead of one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SCP = "service control policy"
    RCP = "resource control policy"
    VPC_ENDPOINT = "VPC endpoint policy"
    PUBLIC_ACCESS = "S3 Block Public Access"
    OTHER = "another check"
    UNKNOWN = "unknown"


class Effect(StrEnum):
    """Whether a Deny statement matched, or no Allow statement did."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"
    UNKNOWN = "unknown"


class PrincipalKind(StrEnum):
    """The kind of a principal, as its ARN says it."""

    USER = "IAM user"
    SESSION = "role session"
    ROLE = "IAM role"
    ROOT = "root user"
    FEDERATED = "federated user"
    SERVICE = "AWS service"
    ANONYMOUS = "anonymous"
    OTHER = "other"
    UNKNOWN = "unknown"


class Topic(StrEnum):
    """A text of AWS's that doesn't say who, what and why in AWS's usual sentence."""

    SENTENCE = "sentence"  # the usual sentence
    BARE = "access-denied"  # "Access Denied" or a code, and nothing else
    EC2_OPERATION = "unauthorized-operation"
    KMS_CIPHERTEXT = "kms-ciphertext"
    KMS_THROUGH_SERVICE = "kms-through-service"
    SQS_QUEUE = "sqs-resource"
    ORGANIZATIONS = "organizations"
    SERVICE_ROLE = "service-role"
    ROLE_NOT_ASSUMED = "role-not-assumed"
    FUNCTION_PERMISSION = "function-permission"
    LAKE_FORMATION = "lake-formation"
    BEDROCK_MODEL = "bedrock-model"
    MARKETPLACE = "marketplace-subscription"
    MFA = "mfa"
    ROOT_ASSUMES = "root-assumes"
    SESSION_CALLS = "session-credentials"
    CROSS_ACCOUNT_PASS = "cross-account-pass-role"
    IDENTITY_POOL = "identity-pool"
    IDENTITY_CENTER = "identity-center"
    SEARCH_DOMAIN = "search-domain"
    API_GATEWAY = "api-gateway"
    DECODED = "decoded-message"
    PERMISSION = "no-permission"  # "You don't have permission to …"
    BUCKET_POLICY = "delivery-bucket"
    NOTIFICATION_TARGET = "notification-target"
    IMAGE = "image-not-shared"
    OBJECT_LOCK = "object-lock"
    CLOUDFRONT = "cloudfront"
    GRAPHQL = "graphql-rules"
    IMAGE_PULL = "image-pull"
    MOUNT = "file-system-mount"
    GIT = "git-repository"
    BILLING = "billing-access"
    CREDENTIALS = "credentials"
    OPT_IN = "opt-in"
    OTHER_SYSTEM = "other-system"


@dataclass(frozen=True, slots=True)
class DeniedPrincipal:
    """Who was refused. Each text is "" if AWS's text doesn't say it.

    `account` can be masked, such as `********2543`. `session` is the name of a role session.
    """

    kind: PrincipalKind = PrincipalKind.UNKNOWN
    text: str = ""
    name: str = ""
    account: str = ""
    session: str = ""

    @property
    def arn(self) -> str:
        """Return its ARN, or "" if the text gives none."""
        return self.text if self.text.startswith("arn:") else ""


@dataclass(frozen=True, slots=True)
class Denial:
    """One refusal, as far as its text says. A text is "" where AWS says nothing.

    `needed_action` is the action that policies must allow, if AWS's reason names another one than
    the one that was called: vpce:AllowMultiRegion for ec2:CreateVpcEndpoint.
    `is_action_inferred` says that the action was inferred from the operation. `reason` is
    AWS's clause word for word. `encoded` is EC2's encoded authorization message.
    `authorization_id` finds the details of the decision in IAM, for a day or longer.
    `times` counts equal refusals in the same text.
    """

    topic: Topic
    principal: DeniedPrincipal = DeniedPrincipal()
    action: str = ""
    needed_action: str = ""
    is_action_inferred: bool = False
    resource: str = ""
    policy_kind: PolicyKind = PolicyKind.UNKNOWN
    policy: str = ""
    effect: Effect = Effect.UNKNOWN
    reason: str = ""
    code: str = ""
    operation: str = ""
    service: str = ""
    request_id: str = ""
    encoded: str = ""
    authorization_id: str = ""
    message: str = ""
    times: int = 1
