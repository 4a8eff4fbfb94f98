"""Say who can change the policy that decided, and how to ask them."""

from __future__ import annotations

from coffeeshop.policy.denial.model import (
    Denial,
    Effect,
    PolicyKind,
    PrincipalKind,
    Topic,
)
from coffeeshop.policy.language.arn import Arn
from coffeeshop.views.diagnosis.facts import (
    ASSUME_ACTIONS,
    WITH_TOKEN,
    is_cross_account,
    permission_set_of,
    resource_policy,
    short_name,
)


def request_to_make(denial: Denial) -> str:
    """Return whom to ask, and the question."""
    topic_sentence = TOPIC_ASKS.get(denial.topic)
    if topic_sentence:
        return topic_sentence
    action = denial.needed_action or denial.action or "the action"
    place = f" on {denial.resource}" if denial.resource else ""
    home = _account_of(denial.principal.account)
    arn = Arn.read(denial.resource)
    owner = f" (account {arn.account})" if arn and arn.account.isdigit() else ""
    if denial.effect is Effect.EXPLICIT:
        wish = f"an exception from the Deny for {short_name(denial)}"
    else:
        wish = f"an Allow of {action}{place} for {short_name(denial)}"
    permission_set = permission_set_of(denial.principal)
    if denial.policy_kind is PolicyKind.IDENTITY and permission_set:
        return (
            f"Ask the administrators of IAM Identity Center for {wish}, in the permission "
            f"set {permission_set}. Changes to the role itself don't last."
        )
    if denial.policy_kind is PolicyKind.UNKNOWN:
        return _unknown_request(denial, home, wish)
    return REQUESTS_BY_POLICY[denial.policy_kind].format(
        home=home,
        owner=owner,
        wish=wish,
        who=short_name(denial),
        policy=resource_policy(denial),
    )


REQUESTS_BY_POLICY = {
    PolicyKind.IDENTITY: "Ask the IAM administrators{home} for {wish}.",
    PolicyKind.RESOURCE: "Ask the owner of the resource{owner} for {wish} in {policy}.",
    PolicyKind.TRUST: (
        "Ask the IAM administrators of the role's account to trust {who} in the role's "
        "trust policy."
    ),
    PolicyKind.BOUNDARY: (
        "Ask the administrators who set the permissions boundary for {wish}. Often you "
        "can't change it yourself, by design."
    ),
    PolicyKind.SESSION: (
        "Ask the owner of the program or tool that starts the session to pass a wider "
        "session policy, or none."
    ),
    PolicyKind.SCP: (
        "Ask the organization's administrators for {wish}. Only the management "
        "account, or a member account that is a delegated administrator for policies, "
        "can change a service control policy."
    ),
    PolicyKind.RCP: (
        "Ask the administrators of the organization that owns the resource for {wish}. "
        "Only its management account, or a member account that is a delegated "
        "administrator for policies, can change a resource control policy."
    ),
    PolicyKind.VPC_ENDPOINT: (
        "Ask the owner of the VPC endpoint, usually the network team, for {wish} in its "
        "policy."
    ),
    PolicyKind.PUBLIC_ACCESS: (
        "Ask the bucket's owner whether the data must really be public. Usually, you need access for named "
        "principals only."
    ),
    PolicyKind.OTHER: "Ask the owner of the resource, with AWS's text.",
}


def _unknown_request(denial: Denial, home: str, wish: str) -> str:
    """Return whom to ask, and the question, if the text names no kind of policy."""
    if denial.topic is Topic.EC2_OPERATION and not denial.action:
        return (
            f"Ask the IAM administrators{home} to decode the message or to look into "
            f"CloudTrail. Tell them the time and the request ID."
        )
    if denial.principal.kind is PrincipalKind.ROOT:
        return (
            f"Ask the owner of the resource to look at {resource_policy(denial)}, and the "
            f"organization's administrators to look at its policies."
        )
    if denial.action.lower().startswith(WITH_TOKEN):
        return (
            "Ask the owner of the role to let its trust policy accept the token: its "
            "issuer, its audience and its subject."
        )
    if denial.principal.kind is PrincipalKind.ANONYMOUS:
        return (
            f"Ask the owner of the resource for credentials to sign the request with, or "
            f"to let everyone in by {resource_policy(denial)}."
        )
    if denial.action.lower().startswith(ASSUME_ACTIONS) and not is_cross_account(denial):
        # Within an account, a trust policy that names the user is enough, and so is an Allow where it trusts the account:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
        return (
            f"Ask the owner of the role to trust {short_name(denial)}. If the role trusts "
            f"the whole account, ask the IAM administrators{home} to allow sts:AssumeRole "
            f"on it instead.{_both_accounts_text(denial)}"
        )
    if denial.action.lower().startswith(ASSUME_ACTIONS):
        return (
            f"Ask the owner of the role to trust {short_name(denial)}, and the IAM "
            f"administrators{home} to allow sts:AssumeRole on it."
        )
    if denial.topic is Topic.BARE and not denial.action:
        return (
            "Ask the owner of the resource, with the time, the request ID and the account "
            "that called."
        )
    return (
        f"Ask the IAM administrators{home} for {wish}. If a policy already allows it, ask "
        f"for a look at the resource's policy and the organization's policies."
    )


def _both_accounts_text(denial: Denial) -> str:
    """Return that two accounts must allow the call. Return "" if both ARNs are of one account."""
    arn = Arn.read(denial.resource)
    if arn and arn.account.isdigit() and arn.account == denial.principal.account:
        return ""
    return " If it is in another account, ask for both."


def _account_of(number: str) -> str:
    """Return " of account …", or "" if the number isn't known."""
    return f" in account {number}" if number.isdigit() else ""


TOPIC_ASKS = {
    Topic.KMS_CIPHERTEXT: (
        "Ask the key's administrators to allow kms:Decrypt in the key policy, or to let "
        "IAM policies do so."
    ),
    Topic.KMS_THROUGH_SERVICE: (
        "Ask the key's administrators to allow kms:Decrypt in the key policy."
    ),
    Topic.MFA: (
        "Don't ask anyone yet. Try again with a new code. If the device is out of step, ask the "
        "IAM administrators to resync it."
    ),
    Topic.ROOT_ASSUMES: (
        "Ask the account's administrators for an IAM user or role that can assume it."
    ),
    Topic.SESSION_CALLS: "You don't need to ask anyone. Use other credentials, or another operation.",
    Topic.CROSS_ACCOUNT_PASS: (
        "Ask the IAM administrators of your account for a role there."
    ),
    Topic.LAKE_FORMATION: "Ask the data lake's administrators for that permission.",
    Topic.BEDROCK_MODEL: "Ask the account's administrators for access to the model.",
    Topic.ROLE_NOT_ASSUMED: (
        "Ask the IAM administrators of the role's account to trust the service in the "
        "role's trust policy."
    ),
    Topic.SERVICE_ROLE: "Ask the IAM administrators to allow it in a policy of that role.",
    Topic.FUNCTION_PERMISSION: (
        "Ask the function's owner to add the permission (`aws lambda add-permission`)."
    ),
    Topic.ORGANIZATIONS: (
        "Ask the organization's administrators to make the call, or to make your account "
        "a delegated administrator."
    ),
    Topic.IDENTITY_POOL: "Ask the owner of the identity pool.",
    Topic.IDENTITY_CENTER: (
        "Ask the administrators of IAM Identity Center to assign you to the account and "
        "the permission set."
    ),
    Topic.SEARCH_DOMAIN: "Ask the domain's administrators to map the user or role.",
    Topic.API_GATEWAY: "Ask the API's owner.",
    Topic.GRAPHQL: "Ask the API's owner for a rule that lets you in.",
    Topic.IMAGE_PULL: "Ask the repository's owner to allow Lambda in its policy.",
    Topic.MOUNT: "Ask the owner of the file system to allow the mount in its policy.",
    Topic.BILLING: "Ask the owner of the account to open billing to IAM users and roles.",
    Topic.CREDENTIALS: "Don't ask anyone yet. Renew your credentials, or sign in again.",
    Topic.BUCKET_POLICY: "Ask the bucket's owner to allow the delivery in its policy.",
    Topic.NOTIFICATION_TARGET: (
        "Ask the owner of the queue, the topic or the function to allow S3 in its policy."
    ),
    Topic.IMAGE: "Ask the image's owner to share it with your account.",
    Topic.OBJECT_LOCK: (
        "Ask the bucket's owner. In compliance mode, no one can delete the object earlier."
    ),
    Topic.CLOUDFRONT: "Ask the owner of the distribution, with the request ID.",
    Topic.OPT_IN: (
        "Ask the account's administrators to sign up for the service or to turn on the "
        "Region."
    ),
    Topic.OTHER_SYSTEM: "Ask the administrators of that system.",
}
