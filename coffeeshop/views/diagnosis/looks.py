"""What to look at first after a refusal, by the kind of policy or the service that refused."""

from __future__ import annotations

from coffeeshop.policy.denial.model import (
    Denial,
    Effect,
    PolicyKind,
    PrincipalKind,
    Topic,
)
from coffeeshop.views.diagnosis.facts import (
    ASSUME_ACTIONS,
    WITH_TOKEN,
    is_cross_account,
    resource_policy,
    short_name,
)


def first_look(denial: Denial) -> str:
    """Return what to look at first."""
    named = ""
    if denial.policy:
        named = f"AWS names the policy {denial.policy}. Look there first. "
    topic_sentence = TOPIC_LOOKS.get(denial.topic)
    if topic_sentence:
        return f"{named}{topic_sentence}"
    action = denial.needed_action or denial.action or "the action"
    place = f" on {denial.resource}" if denial.resource else ""
    if denial.policy_kind is PolicyKind.UNKNOWN:
        return named + _unknown_look(denial, action, place)
    looks = EXPLICIT_LOOKS if denial.effect is Effect.EXPLICIT else IMPLICIT_LOOKS
    return named + looks[denial.policy_kind].format(
        who=short_name(denial),
        whose=_policy_owners(denial),
        action=action,
        place=place,
        policy=resource_policy(denial),
    )


def _policy_owners(denial: Denial) -> str:
    """Return whose identity-based policies count: a user has those of its groups as well."""
    if denial.principal.kind is PrincipalKind.USER:
        return f"{short_name(denial)} and of its groups"
    return short_name(denial)


EXPLICIT_LOOKS = {
    PolicyKind.IDENTITY: (
        "Search the policies of {whose} for a Deny statement that "
        "matches {action}{place}. Deny statements with conditions, such as a missing MFA "
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
        "{action}{place}."
    ),
    PolicyKind.SESSION: (
        "Search the session policy that was passed when the session began for a Deny "
        "statement that matches {action}{place}."
    ),
    PolicyKind.SCP: (
        "Search the service control policies of the account, and of the organizational "
        "units and the root above it, for a Deny statement that matches {action}{place}. Rules on "
        "Regions are the usual cause. Policies in the account itself can't fix it."
    ),
    PolicyKind.RCP: (
        "Search the resource control policies of the resource's account, and of the "
        "organizational units and the root above it, for a Deny statement that matches {who}."
    ),
    PolicyKind.VPC_ENDPOINT: (
        "Search the policy of the VPC endpoint through which the call went for a Deny "
        "statement that matches {action}{place}."
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
        "Look for an Allow of {action}{place} in the policies of {whose}. Compare the "
        "action, the resource ARN and the conditions letter by letter."
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
        "Look at the permissions boundary of {who}. A boundary gives no permission "
        "by itself, but it must also allow {action}{place}."
    ),
    PolicyKind.SESSION: (
        "Look at the session policy that was passed when the session began. It must also "
        "allow {action}{place}. Tools and Cognito identity pools can pass one for you."
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
        "allow {action}{place}."
    ),
    PolicyKind.PUBLIC_ACCESS: EXPLICIT_LOOKS[PolicyKind.PUBLIC_ACCESS],
    PolicyKind.OTHER: EXPLICIT_LOOKS[PolicyKind.OTHER],
}


def _unknown_look(denial: Denial, action: str, place: str) -> str:
    """Return what to look at first if the text names no kind of policy."""
    lowered = denial.action.lower()
    if lowered.startswith(WITH_TOKEN):
        return (
            "Look at the role's trust policy: the identity provider, the audience (aud) "
            "and the subject (sub) in its conditions must be those of the token. A wrong "
            "role ARN gives the same text."
        )
    if lowered.startswith(ASSUME_ACTIONS):
        return (
            "Look at the role's trust policy first: it must trust the caller, or the "
            "caller's account. If it trusts only the account, or if the role is in another "
            "account, a policy of the caller must also allow sts:AssumeRole. A wrong role "
            "ARN gives the same text."
        )
    if denial.principal.kind is PrincipalKind.ANONYMOUS:
        return (
            f"Check whether the request was signed. Without credentials, only "
            f"{resource_policy(denial)} can allow it."
        )
    if denial.principal.kind is PrincipalKind.ROOT:
        return (
            f"The root user needs no Allow in its own account. So look at "
            f"{resource_policy(denial)} and at the organization's policies, and check "
            f"whether the resource is in another account."
        )
    if denial.effect is Effect.EXPLICIT:
        return (
            f"Search for a Deny statement that matches {action}{place}: first in the "
            f"policies of {short_name(denial)}, then in {resource_policy(denial)}, then in the "
            f"organization's policies. A rule that requires MFA is the usual cause."
        )
    if is_cross_account(denial):
        return (
            f"Two accounts must allow the call. Look for an Allow of {action} in the "
            f"policies of {short_name(denial)}, and in {resource_policy(denial)}."
        )
    if denial.service == "s3" or denial.action.startswith("s3:"):
        return (
            "Look at the caller's own policies first, then the bucket policy, then Block "
            "Public Access, and, if the object is encrypted with a KMS key, the key "
            "policy. If the object doesn't exist and the caller can't list the bucket, S3 "
            "also answers Access Denied."
        )
    return (
        f"Look for an Allow of {action}{place} in the policies of {short_name(denial)}. A "
        f"missing Allow there is the most common cause."
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
        "Check that the serial number belongs to the caller's own MFA device "
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
        "aws-marketplace:Subscribe in the caller's policies. The first call to a model "
        "subscribes the account to it, so one call by an administrator is enough."
    ),
    Topic.ROLE_NOT_ASSUMED: (
        "Look at the role's trust policy. It must allow sts:AssumeRole to the service "
        "that is named in the text. Check the role's ARN as well."
    ),
    Topic.SERVICE_ROLE: (
        "Look at the policies of the role that the service uses (its execution or service "
        "role). They must allow the action that the text names."
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
    Topic.GRAPHQL: (
        "Look at the schema's rules for this type and field (@auth, @aws_iam and others), "
        "and at how the client signs in. IAM policies count only for IAM authorization."
    ),
    Topic.IMAGE_PULL: (
        "Look at the repository policy in Amazon ECR. It must allow ecr:BatchGetImage and "
        "ecr:GetDownloadUrlForLayer to lambda.amazonaws.com."
    ),
    Topic.MOUNT: (
        "Look at the file system policy, and at the policies of the role that mounts it: "
        "they must allow elasticfilesystem:ClientMount. Mount with the option iam, and with the "
        "access point if the policy asks for one."
    ),
    Topic.GIT: (
        "Check which credentials git sends: an old password in a keychain gives 403. Then "
        "look for an Allow of codecommit:GitPull or codecommit:GitPush on the repository."
    ),
    Topic.BILLING: (
        "Look at the account's setting for IAM access to billing. Only the root user can "
        "turn it on. Then look for an Allow of the action."
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
