"""Calls that are allowed and not needed: sets that a brief may name, and what no policy can take away."""

from __future__ import annotations

from coffeeshop.lessons.model import Slack
from coffeeshop.policy.model import Values

# Calls that every badge may make on itself, and looking around in S3: allowed where a brief says so.
SETS: dict[str, Values] = {
    "own-badge": (
        "iam:ChangePassword", "iam:GetUser", "iam:GetAccountPasswordPolicy", "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices", "iam:ListVirtualMFADevices",
    ),
    "browse": ("s3:ListAllMyBuckets", "s3:GetBucketLocation"),
}  # fmt: skip

# Calls that no policy can take away: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
ALWAYS = Slack("always", (), ("sts:GetCallerIdentity", "sts:GetSessionToken"))


def own_badge(account: str, who: str) -> Slack:
    """Self-service on one's own user and one's own device."""
    own = (f"arn:aws:iam::{account}:user/{who}", f"arn:aws:iam::{account}:mfa/*")
    return Slack("own-badge", (who,), SETS["own-badge"], own)
