"""Calls that are allowed and not needed: sets that a brief may name, and what no policy can take away."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.model import Slack
from coffeeshop.policy.model import Values

# The actions that AWS's self-service policy allows before a user shows a code, and those
# that need one:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
ACTIONS_WITHOUT_MFA: Values = (
    "iam:ChangePassword", "iam:GetUser", "iam:GetMFADevice", "iam:GetAccountPasswordPolicy",
    "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
)  # fmt: skip
ACTIONS_WITH_MFA: Values = (
    "iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys",
    "iam:UpdateAccessKey", "iam:DeleteSigningCertificate", "iam:ListSigningCertificates",
    "iam:UpdateSigningCertificate", "iam:UploadSigningCertificate", "iam:DeleteSSHPublicKey", "iam:GetSSHPublicKey",
    "iam:ListSSHPublicKeys", "iam:UpdateSSHPublicKey", "iam:UploadSSHPublicKey", "iam:CreateServiceSpecificCredential",
    "iam:DeleteServiceSpecificCredential", "iam:ListServiceSpecificCredentials", "iam:ResetServiceSpecificCredential",
    "iam:UpdateServiceSpecificCredential", "iam:DeactivateMFADevice",
)  # fmt: skip

SLACK_SETS: dict[str, Values] = {
    "own-badge": (*ACTIONS_WITHOUT_MFA, *ACTIONS_WITH_MFA),
    "browse": ("s3:ListAllMyBuckets", "s3:GetBucketLocation"),
}

# Calls that no policy can take away: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
ALWAYS_ALLOWED = Slack("always", (), ("sts:GetCallerIdentity", "sts:GetSessionToken"))


FUNCTION_PREFIX = "function/"


def own_logs_slack(subject: str) -> Iterator[Slack]:
    """Yield as slack the calls by which a function writes its own logs. Others have none.

    No job makes these calls, but without them the function's work can't be seen:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    if subject.startswith(FUNCTION_PREFIX):
        log_group = f"arn:aws:logs:*:*:log-group:/aws/lambda/{subject.removeprefix(FUNCTION_PREFIX)}"
        actions = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
        yield Slack("own-logs", (subject,), actions, (log_group, f"{log_group}:*"))


def own_credentials_slack(account: str, user_name: str) -> Iterator[Slack]:
    """Yield as slack the calls by which somebody looks after their own user and MFA devices.

    A second set asks for an MFA code. The two follow AWS's example policy: its exemptions
    from MFA, and its other permissions.
    """
    resources = (
        f"arn:aws:iam::{account}:user/{user_name}",
        f"arn:aws:iam::{account}:user/*/{user_name}",
        f"arn:aws:iam::{account}:mfa/*",
    )
    yield Slack("own-badge", (user_name,), ACTIONS_WITHOUT_MFA, resources)
    yield Slack("own-badge", (user_name,), ACTIONS_WITH_MFA, resources, "code")
