"""The texts of services that refuse without AWS's usual sentence. A row tells what each text means.

The texts are quoted from AWS's documentation and from reports of users. Add a row for a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coffeeshop.policy.denial.model import Effect, PolicyKind, Topic


@dataclass(frozen=True, slots=True)
class KnownText:
    """One text of a service. Groups of its pattern can be named `who`, `action`, `on`
    and `resource`.

    `action` is the action that policies must allow, if the text always means the same one.
    `service` is the prefix of the service. The group `on` is the service of an action that the
    text names without it: "CreateNetworkInterface on EC2".
    """

    topic: Topic
    pattern: re.Pattern[str]
    service: str = ""
    action: str = ""
    policy_kind: PolicyKind = PolicyKind.UNKNOWN
    effect: Effect = Effect.UNKNOWN


@dataclass(frozen=True, slots=True)
class KnownMatch:
    """A row that was found in a text, its place, and what its groups say."""

    row: KnownText
    start: int
    end: int
    principal: str = ""
    action: str = ""
    action_service: str = ""
    resource: str = ""
    message: str = ""


def _row(
    topic: Topic,
    pattern: str,
    service: str = "",
    action: str = "",
    policy_kind: PolicyKind = PolicyKind.UNKNOWN,
    effect: Effect = Effect.UNKNOWN,
) -> KnownText:
    """Return a row. A blank of the pattern stands for any white space."""
    spaced = pattern.replace(" ", r"\s{1,80}")
    return KnownText(
        topic, re.compile(spaced, re.IGNORECASE), service, action, policy_kind, effect
    )


_ROLE_ARN = r"arn:[^\s\"'`,;)]{5,300}?:role/[^\s\"'`,;):]{1,200}"
# The role of a service as the principal, and a role that a service assumes as the resource.
_PRINCIPAL_GROUP = rf"['\"`]?(?:(?P<who>{_ROLE_ARN})|[\w/+=.@-]{{1,200}})['\"`]?"
_ROLE_GROUP = rf"['\"`]?(?:(?P<resource>{_ROLE_ARN})|[\w/+=.@-]{{1,200}})['\"`]?"
TRUST = PolicyKind.TRUST
IDENTITY = PolicyKind.IDENTITY
RESOURCE = PolicyKind.RESOURCE
OTHER = PolicyKind.OTHER
IMPLICIT = Effect.IMPLICIT

KNOWN_TEXTS = (
    _row(
        Topic.GRAPHQL,
        r"Not Authorized to access \w{1,80} on type \w{1,80}",
        "appsync",
        "appsync:GraphQL",
        OTHER,
    ),
    _row(
        Topic.IMAGE_PULL,
        r"Lambda does not have permission to access the ECR image",
        "lambda",
        "ecr:BatchGetImage",
        RESOURCE,
        IMPLICIT,
    ),
    _row(
        Topic.MOUNT,
        r"mount\.nfs4?: access denied by server while mounting (?P<resource>\S{1,200})",
        "elasticfilesystem",
        "elasticfilesystem:ClientMount",
    ),
    _row(
        Topic.GIT,
        r"git-codecommit\.[^\n]{0,300}?returned error: 403",
        "codecommit",
    ),
    _row(
        Topic.BILLING,
        r"(?:IAM user (?:and role )?access to Billing information is not activated|"
        r"User not enabled for cost explorer access|You don'?t have permission to access "
        r"billing information)",
        "",
        "",
        OTHER,
    ),
    _row(
        Topic.PERMISSION,
        r"(?P<who>Anonymous) (?:users cannot|access is forbidden)[^\n]{0,80}",
        "s3",
    ),
    _row(
        Topic.PERMISSION,
        r"(?:(?P<who>arn:[^\s\"'`,;]{10,300}) )?do(?:es)? not have permissions? to create "
        r"(?:the |a )?service.linked role",
        "iam",
        "iam:CreateServiceLinkedRole",
    ),
    _row(
        Topic.PERMISSION,
        r"does not have permissions? to (?:access|use|read|call) (?:the |this )?"
        r"(?:resource:? |role:? )?(?P<resource>arn:[^\s\"'`,;]{10,300})",
    ),
    _row(
        Topic.SQS_QUEUE,
        r"The specified queue does not exist or you do not have access to it",
        "sqs",
    ),
    _row(
        Topic.LAKE_FORMATION,
        r"Principal does not have any privilege on specified resource",
        "lakeformation",
        "",
        OTHER,
        IMPLICIT,
    ),
    _row(
        Topic.SERVICE_ROLE,
        r"Access was denied(?: when calling [\w ]{2,40})?\. Ensure that the (?:trust|access)"
        r" policy",
        "firehose",
    ),
    _row(
        Topic.SERVICE_ROLE,
        rf"Permission denied while using role (?P<who>{_ROLE_ARN})",
    ),
    _row(
        Topic.SERVICE_ROLE,
        r"Could not access model data at (?P<resource>s3://[^\s\"']{3,300}?)\.? Please ensure "
        rf"that the role ['\"](?P<who>{_ROLE_ARN})",
        "sagemaker",
        "s3:GetObject",
    ),
    _row(
        Topic.ROLE_NOT_ASSUMED,
        r"(?:not authorized to get credentials of|access denied when attempting to assume) "
        rf"role {_ROLE_GROUP}",
        "",
        "sts:AssumeRole",
        TRUST,
    ),
    _row(
        Topic.KMS_CIPHERTEXT,
        r"The ciphertext refers to a (?:customer master key|customer managed key|kms "
        r"key|key) that does not exist, does not exist in this region, or you are not "
        r"allowed to access",
        "kms",
        "kms:Decrypt",
    ),
    _row(
        Topic.KMS_THROUGH_SERVICE,
        r"Lambda was unable to (?:decrypt|configure)[^.\n]{1,120}because (?:the )?KMS "
        r"access (?:was|is) denied",
        "lambda",
        "kms:Decrypt",
    ),
    _row(Topic.KMS_THROUGH_SERVICE, r"Access to KMS is not allowed", "", "kms:Decrypt"),
    _row(
        Topic.SQS_QUEUE,
        r"Access to the resource (?P<resource>https?://[^\s\"'`<]{1,300}) is `?denied",
        "sqs",
    ),
    _row(
        Topic.ORGANIZATIONS,
        r"You don'?t have permissions? to access this resource",
        "organizations",
    ),
    _row(
        Topic.ORGANIZATIONS,
        r"(?:This action can only be made by accounts in an AWS Organization"
        r"|You(?:'re| are) not the (?:management|master) account|must be (?:called|"
        r"made) (?:from|by) the (?:organization'?s? )?(?:management|master) account)",
        "organizations",
        "",
        OTHER,
    ),
    _row(
        Topic.MFA,
        r"MultiFactorAuthentication failed[^\n\"]{0,200}",
        "sts",
        "",
        OTHER,
        Effect.EXPLICIT,
    ),
    _row(
        Topic.ROOT_ASSUMES,
        r"Roles may not be assumed by root accounts",
        "sts",
        "sts:AssumeRole",
        OTHER,
        Effect.EXPLICIT,
    ),
    _row(
        Topic.SESSION_CALLS,
        r"Cannot call (?P<action>\w{3,60}) with (?:session|temporary|federation)[\w "
        r"]{0,30}credentials",
        "sts",
        "",
        OTHER,
        Effect.EXPLICIT,
    ),
    _row(
        Topic.CROSS_ACCOUNT_PASS,
        r"Cross-account pass role is not allowed",
        "iam",
        "iam:PassRole",
        OTHER,
        Effect.EXPLICIT,
    ),
    _row(
        Topic.LAKE_FORMATION,
        r"Insufficient Lake Formation permission(?:\(s\)|s)?:? Required "
        r"(?P<action>[\w ,]{2,60}?) on (?P<resource>[\w./*-]{1,200})",
        "lakeformation",
        "",
        OTHER,
        IMPLICIT,
    ),
    _row(
        Topic.LAKE_FORMATION,
        r"Insufficient Lake Formation permission(?:\(s\)|s)?"
        r"(?: on (?P<resource>[\w./*-]{1,200}))?",
        "lakeformation",
        "",
        OTHER,
        IMPLICIT,
    ),
    _row(
        Topic.MARKETPLACE,
        r"Model access is denied due to [^\n]{0,80}? not authorized to perform the required "
        r"AWS Marketplace actions \((?P<action>aws-marketplace:\w{3,60})",
        "bedrock",
        "",
        IDENTITY,
    ),
    _row(
        Topic.BEDROCK_MODEL,
        r"(?:You don'?t have|Your account (?:does not|doesn'?t) have) access to the "
        r"model with the specified model ID|Model access is denied",
        "bedrock",
        "bedrock:InvokeModel",
        OTHER,
    ),
    _row(
        Topic.ROLE_NOT_ASSUMED,
        r"The role defined for the function cannot be assumed by Lambda",
        "lambda",
        "sts:AssumeRole",
        TRUST,
        IMPLICIT,
    ),
    _row(
        Topic.ROLE_NOT_ASSUMED,
        rf"(?:(?P<who>(?:API )?[\w-]{{2,40}}) )?(?:is|was|were|are)?\s?(?:unable to|not able to|not "
        rf"authorized to|cannot|can'?t|could not|couldn'?t|does not have (?:the )"
        rf"?permissions? to|failed to)"
        rf" (?:perform sts:)?assume(?:Role)? (?:on )?(?:the |your |this |provided |"
        rf"specified |given |task |execution |service |IAM )*(?:role|rolearn)?(?: arn(?!:))"
        rf"?\s?:?\s?{_ROLE_GROUP}",
        "",
        "sts:AssumeRole",
        TRUST,
    ),
    _row(
        Topic.ROLE_NOT_ASSUMED,
        r"(?:Neither the global service principal [\w.-]+, nor the regional one is "
        r"authorized to assume the provided role"
        rf"|role (?:{_ROLE_GROUP} )?(?:cannot be assumed|can'?t be assumed|is invalid or "
        r"cannot be assumed|is not assumable)(?: by)?"
        r"|Please (?:make sure|ensure) (?:that )?the role (?:exists and )?can be assumed"
        r"|role you provide must allow [\w ]{2,60} to assume the role)",
        "",
        "sts:AssumeRole",
        TRUST,
    ),
    _row(
        Topic.ROLE_NOT_ASSUMED,
        r"(?P<who>[\w-]{2,40}) is (?:unable|not able) to perform:? sts:AssumeRole on (?:the |"
        rf"this )?role(?: {_ROLE_GROUP})?",
        "",
        "sts:AssumeRole",
        TRUST,
        IMPLICIT,
    ),
    _row(
        Topic.SERVICE_ROLE,
        rf"(?:The )?(?:provided |specified |given )?(?:execution |service |task |IAM )"
        rf"?role (?:['\"`]?(?P<who>{_ROLE_ARN})['\"`]? )?(?:does not|doesn'?t|do not) have "
        rf"(?:sufficient |the |required |enough )*permissions? to (?:call|perform|"
        rf"execute|access|use|invoke)? ?(?P<action>[\w:]{{2,80}})?(?: on (?P<on>\w{{2,40}}))?",
        "",
        "",
        IDENTITY,
        IMPLICIT,
    ),
    _row(
        Topic.SERVICE_ROLE,
        r"Not allowed to invoke (?P<resource>arn:[^\s\"'`,;]{5,300})",
    ),
    _row(
        Topic.SERVICE_ROLE,
        r"Your access has been denied by (?P<on>\w{2,40}), please make sure your "
        r"(?:function )?execution role ha(?:ve|s) permissions? to \*?(?P<action>[\w:]{2,80})"
        r"[^\n]{0,200}",
        "",
        "",
        IDENTITY,
        IMPLICIT,
    ),
    _row(
        Topic.SERVICE_ROLE,
        rf"Service role {_PRINCIPAL_GROUP} (?:does not allow|has insufficient)[^\n]{{0,160}}",
        "",
        "",
        IDENTITY,
        IMPLICIT,
    ),
    _row(
        Topic.SERVICE_ROLE,
        rf"IAM role {_PRINCIPAL_GROUP} does not give you permission to perform operations in the "
        r"following AWS service: \w{2,60}",
        "",
        "",
        IDENTITY,
        IMPLICIT,
    ),
    _row(
        Topic.SERVICE_ROLE,
        r"Cannot access stream (?P<resource>arn:[^\s\"'`,;]{5,300}?)\. Please ensure the "
        r"role can perform",
        "",
        "",
        IDENTITY,
        IMPLICIT,
    ),
    _row(
        Topic.SERVICE_ROLE,
        rf"(?:service role or action role|provided role|IAM role ARN value|role {_PRINCIPAL_GROUP}) "
        r"(?:(?:doesn'?t|does not) have the permissions required to access|(?:does not|"
        r"doesn'?t) have sufficient permissions|is invalid or does not include the "
        r"required permissions)[^\n]{0,160}",
        "",
        "",
        IDENTITY,
        IMPLICIT,
    ),
    _row(
        Topic.BUCKET_POLICY,
        r"(?:Access Denied for bucket: (?P<resource>[\w.-]{3,63})|Incorrect S3 bucket "
        r"policy is detected for bucket|Insufficient delivery policy to s3 bucket)"
        r"[^\n]{0,160}",
        "s3",
        "s3:PutObject",
        RESOURCE,
    ),
    _row(
        Topic.NOTIFICATION_TARGET,
        r"Unable to validate the following destination configurations",
        "s3",
        "",
        RESOURCE,
        IMPLICIT,
    ),
    _row(
        Topic.IMAGE,
        r"Not authorized for images?: \[?(?P<resource>[\w, -]{3,200})\]?",
        "ec2",
        "ec2:RunInstances",
        OTHER,
    ),
    _row(
        Topic.OBJECT_LOCK,
        r"Access Denied because object protected by object lock",
        "s3",
        "",
        OTHER,
        Effect.EXPLICIT,
    ),
    _row(
        Topic.CLOUDFRONT,
        r"Generated by cloudfront",
        "cloudfront",
        "",
        OTHER,
    ),
    _row(
        Topic.FUNCTION_PERMISSION,
        r"Invalid permissions on Lambda function",
        "lambda",
        "lambda:InvokeFunction",
        RESOURCE,
        IMPLICIT,
    ),
    _row(
        Topic.IDENTITY_POOL,
        r"(?:Access to Identity ['\"`]?(?P<resource>[\w:-]{4,80})['\"`]? is forbidden|"
        r"Unauthenticated access is not supported for this identity pool|Invalid "
        r"identity pool configuration)",
        "cognito-identity",
        "",
        OTHER,
    ),
    _row(
        Topic.IDENTITY_CENTER,
        r"(?:\(ForbiddenException\) when calling the GetRoleCredentials operation|"
        r"ForbiddenException): No access",
        "sso",
        "",
        OTHER,
    ),
    _row(
        Topic.SEARCH_DOMAIN,
        r"no permissions for \[(?P<action>[\w:/*, .-]{2,200})\] and User \[(?:name=)"
        r"?(?P<who>[^\],\n]{1,300})",
        "es",
        "",
        OTHER,
        IMPLICIT,
    ),
    _row(
        Topic.API_GATEWAY,
        r"User is not authorized to access this resource(?: with an explicit deny)?",
        "execute-api",
        "execute-api:Invoke",
    ),
    _row(
        Topic.API_GATEWAY,
        r"\"message\"\s?:\s?\"(?:Forbidden|Unauthorized)\"",
        "execute-api",
        "execute-api:Invoke",
    ),
    _row(
        Topic.CREDENTIALS,
        r"(?:Missing Authentication Token|The security token included in the request "
        r"is (?:invalid|expired)|security token included in the request is expired"
        r"|The AWS Access Key Id you provided does not exist in our records|The "
        r"request signature we calculated does not match"
        r"|Unable to locate credentials|no basic auth credentials|Your authorization "
        r"token has expired|Could not load credentials from any providers"
        r"|Token has expired and refresh failed|Request has expired|The provided "
        r"token (?:has expired|is malformed)|Requests? is missing Authentication "
        r"Token"
        r"|AWS was not able to validate the provided access credentials|Signature "
        r"(?:not yet current|expired)|not a valid key=value pair"
        r"|Incorrect username or password|(?:Access|Refresh) Token has (?:expired|been "
        r"revoked)|No OpenIDConnect provider found in your account"
        r"|InvalidIdentityToken|Incorrect token audience|Couldn'?t "
        r"retrieve verification key|UnrecognizedClientException|InvalidClientTokenId|SignatureDoesNotMatch|"
        r"ExpiredToken(?:Exception)?\b|InvalidAccessKeyId)",
        "",
        "",
        OTHER,
    ),
    _row(
        Topic.OPT_IN,
        r"(?:Your account must be verified before you can|Your account is (?:currently )"
        r"?blocked|OptInRequired|You are not subscribed to this service|needs? a "
        r"subscription for the service)",
        "",
        "",
        OTHER,
    ),
    _row(
        Topic.OTHER_SYSTEM,
        r"(?:\b\w{2,40} ['\"][\w.-]{1,200}['\"] is forbidden:|Access denied for user ['\"]|"
        r"pull access denied for |\bis forbidden: User ['\"](?P<who>[^'\"\n]{1,200})['\"] cannot|You must "
        r"be logged in to the server|requested access to the resource is denied|permission denied \(publickey|PERMISSION_DENIED:|"
        r"pods? is forbidden)",
        "",
        "",
        OTHER,
    ),
    _row(
        Topic.PERMISSION,
        r"(?:(?P<who>arn:[^\s\"'`,;]{10,300})|you|user|role|it|caller|principal|account|"
        r"identity) (?:do(?:es)? not|"
        r"don'?t|doesn'?t|lacks?|needs?) (?:have )?(?:the |sufficient |required |"
        r"necessary |any |enough |proper )*"
        r"(?:permissions?|access|privileges?|authori[sz]ation)(?:\(s\))? ?(?:required "
        r")?(?:(?:to|for) (?:perform |call |use |access )?(?:the )"
        r"?['\"`]?(?P<action>[a-z0-9-]{2,40}:[A-Za-z*]{3,80})['\"`]?)?",
    ),
)


def find_known_texts(text: str, limit: int) -> Iterator[KnownMatch]:
    """Yield the known texts of services in a text, at most `limit` of each row."""
    for row in KNOWN_TEXTS:
        for number, match in enumerate(row.pattern.finditer(text)):
            if number == limit:
                break
            groups = match.groupdict()
            yield KnownMatch(
                row,
                match.start(),
                match.end(),
                _clean_name(groups.get("who") or ""),
                groups.get("action") or "",
                groups.get("on") or "",
                _clean_name(groups.get("resource") or ""),
                " ".join(match[0].split()),
            )


def _clean_name(name: str) -> str:
    """Return a resource or a principal without the punctuation that follows it."""
    return name.strip("`'\"").rstrip(".,;:")
