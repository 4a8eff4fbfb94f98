"""What to look at first, whom to ask for what, and how to find out what AWS's text leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.policy.denial.model import (
    Denial,
    Effect,
    PolicyKind,
    PrincipalKind,
    Topic,
)
from coffeeshop.policy.language.arn import Arn
from coffeeshop.views.diagnosis.facts import RESOURCE_POLICIES, is_cross_account

ASSUMING = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity")


def first_look(denial: Denial) -> str:
    """Return what to look at first."""
    named = ""
    if denial.policy:
        named = f"AWS names the policy {denial.policy}. Look there first. "
    own = TOPIC_LOOKS.get(denial.topic)
    if own:
        return f"{named}{own}"
    action = denial.needed_action or denial.action or "the action"
    where = f" on {denial.resource}" if denial.resource else ""
    if denial.policy_kind is PolicyKind.UNKNOWN:
        return named + _unknown_look(denial, action, where)
    looks = EXPLICIT_LOOKS if denial.effect is Effect.EXPLICIT else IMPLICIT_LOOKS
    return named + looks[denial.policy_kind].format(
        who=_who(denial), action=action, where=where, policy=_resource_policy(denial)
    )


def _who(denial: Denial) -> str:
    """Return the principal's short name, for the middle of a sentence."""
    principal = denial.principal
    match principal.kind:
        case PrincipalKind.SESSION | PrincipalKind.ROLE:
            return f"the role {principal.name}" if principal.name else "the role"
        case PrincipalKind.USER:
            return f"the user {principal.name}" if principal.name else "the user"
        case PrincipalKind.UNKNOWN | PrincipalKind.ANONYMOUS:
            return "the caller"
        case _:
            return principal.name or principal.text


def _resource_policy(denial: Denial) -> str:
    """Return how the service calls its resource-based policy."""
    action = denial.needed_action or denial.action
    service = action.partition(":")[0] or denial.service
    return RESOURCE_POLICIES.get(service, "the resource's policy")


EXPLICIT_LOOKS = {
    PolicyKind.IDENTITY: (
        "Search the policies of {who} (and of its groups) for a Deny statement that "
        "matches {action}{where}. Deny statements with conditions, such as a missing MFA "
        "code or a wrong Region, are the usual cause."
    ),
    PolicyKind.RESOURCE: (
        "Search {policy} for a Deny statement that matches {who}. Conditions on the "
        "organization, the VPC, the address or TLS are the usual cause."
    ),
    PolicyKind.TRUST: (
        "Search the trust policy of the role for a Deny statement that matches the caller."
    ),
    PolicyKind.BOUNDARY: (
        "Search the permissions boundary of {who} for a Deny statement that matches "
        "{action}{where}."
    ),
    PolicyKind.SESSION: (
        "Search the session policy that was passed when the session began for a Deny "
        "statement that matches {action}{where}."
    ),
    PolicyKind.SCP: (
        "Search the service control policies of the account and of the organizational "
        "units above it for a Deny statement that matches {action}{where}. Rules on "
        "Regions are the usual cause. Policies in the account itself can't fix it."
    ),
    PolicyKind.RCP: (
        "Search the resource control policies of the resource's account and of the "
        "organizational units above it for a Deny statement that matches {who}."
    ),
    PolicyKind.VPC_ENDPOINT: (
        "Search the policy of the VPC endpoint through which the call went for a Deny "
        "statement that matches {action}{where}."
    ),
    PolicyKind.PUBLIC_ACCESS: (
        "Look at the Block Public Access settings of the bucket, and of its account."
    ),
    PolicyKind.OTHER: (
        "Read AWS's reason above, and the service's own documentation on access."
    ),
}
IMPLICIT_LOOKS = {
    PolicyKind.IDENTITY: (
        "Look for an Allow of {action}{where} in the policies of {who} (for a user, also "
        "of its groups). Compare the action, the resource ARN and the conditions letter "
        "by letter."
    ),
    PolicyKind.RESOURCE: (
        "Look at {policy}. It must allow {action} to {who}. If the resource is in another "
        "account, the identity-based policies must allow it as well."
    ),
    PolicyKind.TRUST: (
        "Look at the role's trust policy. It must allow {action} to the caller, and its "
        "conditions (external ID, MFA, the token's subject) must match."
    ),
    PolicyKind.BOUNDARY: (
        "Look at the permissions boundary of {who}. A boundary grants nothing, but it "
        "must also allow {action}{where}."
    ),
    PolicyKind.SESSION: (
        "Look at the session policy that was passed when the session began. It must also "
        "allow {action}{where}. Tools and Cognito identity pools can pass one for you."
    ),
    PolicyKind.SCP: (
        "Look at the service control policies on each level: root, organizational units, "
        "and account. On every level, one of them must allow {action}."
    ),
    PolicyKind.RCP: (
        "Look at the resource control policies on each level above the resource's "
        "account. On every level, one of them must allow {action}."
    ),
    PolicyKind.VPC_ENDPOINT: (
        "Look at the policy of the VPC endpoint through which the call went. It must also "
        "allow {action}{where}."
    ),
    PolicyKind.PUBLIC_ACCESS: EXPLICIT_LOOKS[PolicyKind.PUBLIC_ACCESS],
    PolicyKind.OTHER: EXPLICIT_LOOKS[PolicyKind.OTHER],
}


def _unknown_look(denial: Denial, action: str, where: str) -> str:
    """Return what to look at first if the text names no kind of policy."""
    lowered = denial.action.lower()
    if lowered.startswith("sts:assumerolewith"):
        return (
            "Look at the role's trust policy: the identity provider, the audience (aud) "
            "and the subject (sub) in its conditions must be those of the token. A wrong "
            "role ARN gives the same text."
        )
    if lowered.startswith(ASSUMING):
        return (
            "Look at the role's trust policy first: it must name the caller. Then look "
            "for an Allow of sts:AssumeRole in the caller's own policies. A wrong role "
            "ARN gives the same text."
        )
    if denial.principal.kind is PrincipalKind.ANONYMOUS:
        return (
            f"Check whether the request was signed. Without credentials, only "
            f"{_resource_policy(denial)} can allow it."
        )
    if denial.effect is Effect.EXPLICIT:
        return (
            f"Search for a Deny statement that matches {action}{where}: first in the "
            f"policies of {_who(denial)}, then in {_resource_policy(denial)}, then in the "
            f"organization's policies. A rule that requires MFA is the usual cause."
        )
    if is_cross_account(denial):
        return (
            f"Two accounts must allow the call. Look for an Allow of {action} in the "
            f"policies of {_who(denial)}, and in {_resource_policy(denial)}."
        )
    if denial.service == "s3" or denial.action.startswith("s3:"):
        return (
            "Look at the caller's own policies first, then the bucket policy, then Block "
            "Public Access, and, if the object is encrypted with a KMS key, the key "
            "policy. If the object doesn't exist and the caller can't list the bucket, S3 "
            "also answers Access Denied."
        )
    return (
        f"Look for an Allow of {action}{where} in the policies of {_who(denial)}. That is "
        f"missing most often."
    )


TOPIC_LOOKS = {
    Topic.KMS_CIPHERTEXT: (
        "Check that the data was encrypted in this Region and with this key. Then look at "
        "the key policy: it must allow kms:Decrypt to the caller, or let the account's "
        "IAM policies do so, and then those must allow it."
    ),
    Topic.KMS_THROUGH_SERVICE: (
        "Look at the key policy of the KMS key that encrypts the secret or the function's "
        "variables. The caller (for a function, its execution role) needs kms:Decrypt on "
        "the key."
    ),
    Topic.SQS_QUEUE: (
        "Check the queue URL and the account in it. Then look for an Allow of the action "
        "on the queue's ARN in the caller's own policies, and in the queue policy if the "
        "queue is in another account."
    ),
    Topic.ORGANIZATIONS: (
        "Check which account calls. Most operations of AWS Organizations work only in the "
        "management account, or in a delegated administrator's. There, look for an Allow "
        "of the action."
    ),
    Topic.MFA: (
        "Check that the serial number is that of the caller's own MFA device "
        "(arn:aws:iam::…:mfa/…), that the code is fresh, and that each code is used once."
    ),
    Topic.ROOT_ASSUMES: "Sign in as an IAM user or role, and assume the role from there.",
    Topic.SESSION_CALLS: (
        "Check which credentials are in use. This operation needs the long-term keys of "
        "an IAM user."
    ),
    Topic.CROSS_ACCOUNT_PASS: (
        "Compare the account in the role's ARN with your own. Use a role of your own "
        "account."
    ),
    Topic.LAKE_FORMATION: (
        "Look in Lake Formation at the permissions on the database, the table or the "
        "location."
    ),
    Topic.BEDROCK_MODEL: (
        "Open Model access in the Bedrock console, in the Region of the call. Then look "
        "for an Allow of bedrock:InvokeModel."
    ),
    Topic.MARKETPLACE: (
        "Look for an Allow of aws-marketplace:ViewSubscriptions and "
        "aws-marketplace:Subscribe in the caller's policies. Bedrock subscribes the account "
        "to a model at its first call. One call by an administrator is enough."
    ),
    Topic.ROLE_NOT_ASSUMED: (
        "Look at the role's trust policy. It must allow sts:AssumeRole to the service "
        "that is named in the text. Check the role's ARN as well."
    ),
    Topic.SERVICE_ROLE: (
        "Look at the policies of the role that the service uses (its execution or service "
        "role). They must allow what the text names."
    ),
    Topic.FUNCTION_PERMISSION: (
        "Look at the function's resource-based policy. It must allow "
        "lambda:InvokeFunction to apigateway.amazonaws.com for this API."
    ),
    Topic.IDENTITY_POOL: (
        "Look at the identity pool: whether it allows guests, and which roles it gives."
    ),
    Topic.IDENTITY_CENTER: (
        "Sign in to the access portal, and check that the account and the permission set "
        "are listed there."
    ),
    Topic.SEARCH_DOMAIN: (
        "Look at the role mappings of the domain's security plugin: the user or role in "
        "the text must be mapped to a role with this permission."
    ),
    Topic.API_GATEWAY: (
        "Look at the API's authorizer, its API key settings and its resource policy. The "
        "text is from API Gateway, and not from a service behind it."
    ),
    Topic.CREDENTIALS: (
        "Run `aws sts get-caller-identity` with the same credentials. If that fails as "
        "well, renew or correct them: an expired session, a deleted key, a missing "
        "session token or a wrong clock."
    ),
    Topic.BUCKET_POLICY: (
        "Look at the bucket policy. It must allow s3:PutObject to the service that delivers "
        "logs there, with the prefix and the account that are configured."
    ),
    Topic.NOTIFICATION_TARGET: (
        "Look at the policy of the queue, the topic or the function. It must allow S3 to "
        "send to it, with aws:SourceArn for this bucket. Check that it exists as well."
    ),
    Topic.IMAGE: "Check the image's ID and the Region, and whether it is shared with you.",
    Topic.OBJECT_LOCK: "Look at the object's retention mode, retention date and legal hold.",
    Topic.CLOUDFRONT: (
        "Look at the distribution: its restrictions, its AWS WAF rules, and whether the "
        "bucket policy allows its origin access."
    ),
    Topic.OPT_IN: (
        "Check that the account is signed up for the service, and that the Region is "
        "turned on."
    ),
    Topic.OTHER_SYSTEM: (
        "Look at the rules of the system that answered, such as Kubernetes RBAC."
    ),
}


def request_to_make(denial: Denial) -> str:
    """Return what to ask of whom."""
    own = TOPIC_ASKS.get(denial.topic)
    if own:
        return own
    action = denial.needed_action or denial.action or "the action"
    where = f" on {denial.resource}" if denial.resource else ""
    home = _account_of(denial.principal.account)
    arn = Arn.read(denial.resource)
    owner = _account_of(arn.account if arn else "")
    if denial.effect is Effect.EXPLICIT:
        wish = f"an exception from the Deny for {_who(denial)}"
    else:
        wish = f"an Allow of {action}{where} for {_who(denial)}"
    if denial.policy_kind is PolicyKind.UNKNOWN:
        return _unknown_request(denial, home, wish)
    return ASKS[denial.policy_kind].format(
        home=home,
        owner=owner,
        wish=wish,
        who=_who(denial),
        policy=_resource_policy(denial),
    )


ASKS = {
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
        "Ask the organization's administrators for {wish}. Nobody in the member account "
        "can change a service control policy."
    ),
    PolicyKind.RCP: (
        "Ask the administrators of the organization that owns the resource for {wish}. "
        "Nobody in the member account can change a resource control policy."
    ),
    PolicyKind.VPC_ENDPOINT: (
        "Ask the owner of the VPC endpoint, usually the network team, for {wish} in its "
        "policy."
    ),
    PolicyKind.PUBLIC_ACCESS: (
        "Ask the bucket's owner whether the data must really be public. Usually, access "
        "for named principals is what you need."
    ),
    PolicyKind.OTHER: "Ask the owner of the resource, with AWS's text.",
}


def _unknown_request(denial: Denial, home: str, wish: str) -> str:
    """Return what to ask of whom if the text names no kind of policy."""
    if denial.topic is Topic.EC2_OPERATION and not denial.action:
        return (
            f"Ask the IAM administrators{home} to decode the message or to look into "
            f"CloudTrail. Tell them the time and the request ID."
        )
    if denial.action.lower().startswith(ASSUMING):
        return (
            f"Ask the owner of the role to trust {_who(denial)}, and the IAM "
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


def _account_of(number: str) -> str:
    """Return " of account …", or "" if the number isn't known."""
    return f" of account {number}" if number.isdigit() else ""


TOPIC_ASKS = {
    Topic.KMS_CIPHERTEXT: (
        "Ask the key's administrators to allow kms:Decrypt in the key policy, or to let "
        "IAM policies do so."
    ),
    Topic.KMS_THROUGH_SERVICE: (
        "Ask the key's administrators to allow kms:Decrypt in the key policy."
    ),
    Topic.MFA: (
        "Ask nobody yet: try again with a new code. If the device is out of step, ask the "
        "IAM administrators to resync it."
    ),
    Topic.ROOT_ASSUMES: (
        "Ask the account's administrators for an IAM user or role that can assume it."
    ),
    Topic.SESSION_CALLS: "Ask nobody: use other credentials, or another operation.",
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
    Topic.CREDENTIALS: "Ask nobody yet: renew your credentials, or sign in again.",
    Topic.BUCKET_POLICY: "Ask the bucket's owner to allow the delivery in its policy.",
    Topic.NOTIFICATION_TARGET: (
        "Ask the owner of the queue, the topic or the function to allow S3 in its policy."
    ),
    Topic.IMAGE: "Ask the image's owner to share it with your account.",
    Topic.OBJECT_LOCK: (
        "Ask the bucket's owner. In compliance mode, nobody can delete the object earlier."
    ),
    Topic.CLOUDFRONT: "Ask the owner of the distribution, with the request ID.",
    Topic.OPT_IN: (
        "Ask the account's administrators to sign up for the service or to turn on the "
        "Region."
    ),
    Topic.OTHER_SYSTEM: "Ask the administrators of that system.",
}


def places_to_look_up(denial: Denial) -> Iterator[str]:
    """Yield where AWS keeps more about this refusal, by the IDs that its text gives."""
    if denial.authorization_id:
        yield (
            f"Run `aws iam-toolbox get-request-authorization-details --authorization-id "
            f"{denial.authorization_id}` within a day. It lists the policies and statements "
            f"that matched. You need iam:GetRequestAuthorizationDetails."
        )
    if denial.request_id and denial.policy_kind is PolicyKind.UNKNOWN:
        yield f"Search CloudTrail for the request ID {denial.request_id}."


def missing_facts(denial: Denial) -> Iterator[str]:
    """Yield what the text doesn't say, and how to find it out."""
    if denial.topic in (Topic.OTHER_SYSTEM, Topic.CREDENTIALS, Topic.OPT_IN):
        return
    if denial.encoded:
        yield (
            f"The message is encoded. Decode it with `aws sts "
            f"decode-authorization-message --encoded-message {_short(denial.encoded)}`. "
            f"You need sts:DecodeAuthorizationMessage, and credentials of the same "
            f"account. Give the decoded text to this command."
        )
    elif denial.topic is Topic.EC2_OPERATION and not denial.action:
        yield (
            "EC2's text names no action. CloudTrail has it as eventName, and often an "
            "encoded message that `aws sts decode-authorization-message` decodes."
        )
    if (
        denial.principal.kind is PrincipalKind.UNKNOWN
        and denial.topic is not Topic.ROLE_NOT_ASSUMED
    ):
        yield (
            "Who: run `aws sts get-caller-identity` with the same credentials, or read "
            "userIdentity in the CloudTrail event."
        )
    if not denial.action and denial.topic is not Topic.EC2_OPERATION:
        yield (
            "Which action: read eventSource and eventName in the CloudTrail event. A "
            "program's debug log also names the operation."
        )
    if denial.policy_kind is PolicyKind.UNKNOWN and denial.topic is not Topic.DECODED:
        yield _finding_sentence(denial)


def _finding_sentence(denial: Denial) -> str:
    """Return how to find out which kind of policy decided."""
    sentence = (
        "Which policy: the errorMessage of the CloudTrail event often says more than the "
        "error itself. "
    )
    if denial.service == "s3":
        sentence += (
            "CloudTrail records calls on objects only if data events are turned on. "
        )
    sentence += "IAM's policy simulator tests the policies of a user or role."
    if is_cross_account(denial):
        sentence += " Across accounts, AWS hides the reason."
    if denial.principal.kind in (
        PrincipalKind.USER,
        PrincipalKind.SESSION,
        PrincipalKind.ROLE,
    ):
        sentence += (
            " If it worked before, last accessed information in IAM shows until when."
        )
    return sentence


def _short(encoded: str) -> str:
    """Return the beginning of an encoded message. The whole would fill the screen."""
    return encoded if len(encoded) <= 24 else f"{encoded[:20]}…"
