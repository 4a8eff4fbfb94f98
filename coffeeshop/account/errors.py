"""Every error that AWS answers with. The texts of AccessDenied come from `policy.evaluation.explain`.

Codes and texts are from https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html and from recorded
answers of AWS. A text marked "uncertain" is a guess: we found no recording and no example of it.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sized
from zlib import compress

from coffeeshop.account.model import Call, ServiceError
from coffeeshop.policy.model import ExplicitlyDenied, ImplicitlyDenied

HTTP_STATUS = {  # wire code -> HTTP status; 400 for all others
    "AccessDenied": 403,
    "ConcurrentModification": 409,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "EntityTemporarilyUnmodifiable": 409,
    "ExpiredToken": 403,
    "InvalidAuthenticationCode": 403,
    "InvalidClientTokenId": 403,
    "LimitExceeded": 409,
    "MissingAuthenticationToken": 403,
    "NoSuchEntity": 404,
    "NotSimulated": 501,
    "PolicyEvaluation": 500,
    "ReportExpired": 410,
    "ReportInProgress": 404,
    "ReportNotPresent": 410,
}
OUTSIDE_ACCOUNT = "policies outside your own account."


def service_error(code: str, text: str, reason: str = "") -> ServiceError:
    """Return an error with the HTTP status of its code."""
    return ServiceError(code, text, HTTP_STATUS.get(code, 400), reason)


TYPED_ERRORS = (
    frozenset(  # Lambda's own errors: the ones that every service has carry no Type
        {"InvalidParameterValueException", "InvalidRequestContentException"}
        | {"ResourceConflictException", "ResourceNotFoundException"}
    )
)


def error_details(service: str, error: ServiceError) -> dict[str, str]:
    """Return the members of an error other than code and message, under the names in the service's model.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-error-format.html
    """
    if service == "lambda" and error.code in TYPED_ERRORS:
        return {"Type": "User"}
    if service == "identitystore":
        return dict(error.members)
    if error.reason:
        return {"Reason": error.reason}
    if service == "access-analyzer":
        return dict(error.members)
    return {}


def not_simulated(service: str, operation: str) -> ServiceError:
    """Return NotSimulated for an operation of AWS's that isn't simulated."""
    text = f"{service}:{operation} is not simulated in this account."
    return service_error("NotSimulated", text)


def not_simulated_parameter(service: str, operation: str, name: str) -> ServiceError:
    """Return NotSimulated for a parameter that has no effect here."""
    text = (
        f"The parameter {name} of {service}:{operation} is not simulated in this account."
    )
    return service_error("NotSimulated", text)


def access_denied(text: str) -> ServiceError:
    """Return AccessDenied for a reason that isn't a policy."""
    return service_error("AccessDenied", text)


def validation_error(text: str) -> ServiceError:
    """Return ValidationError for a parameter that only the state of the account shows to be wrong."""
    return service_error("ValidationError", text)


def no_such_entity(kind: str, name: str) -> ServiceError:
    """Return NoSuchEntity for a kind of thing, a key of MISSING_TEXTS or a noun."""
    text = MISSING_TEXTS.get(kind, "The {kind} with name {name} cannot be found.")
    return service_error("NoSuchEntity", text.format(kind=kind, name=name))


MISSING_TEXTS = {
    "attachable": "Policy {name} does not exist or is not attachable.",
    "scope": "Scope ARN: {name} does not exist or is not attachable.",  # a boundary, as CreateRole is recorded to say
    "policy": "Policy {name} was not found.",
    "key": "The Access Key with id {name} cannot be found.",
    "login": "Login Profile for User {name} cannot be found.",
    "password policy": "The Password Policy with domain name {name} cannot be found.",
    "deleted password policy": "The account policy with name {name} cannot be found.",  # AWS's PowerShell example
    "own device": "MFA Device invalid for user.",
    "device": "MFA Device with serial number {name} does not exist.",
    "boundary": "The permissions boundary of {name} cannot be found.",  # uncertain
    "instance profile": "Instance Profile {name} cannot be found.",
    "alias": "The account alias with name {name} cannot be found.",  # uncertain
    "OIDC provider": "OpenIDConnect Provider not found for arn {name}",
    "SAML provider": "Manifest not found for arn {name}",
    "deletion task": "The deletion task {name} cannot be found.",  # uncertain
    "job": "The job with id {name} cannot be found.",  # uncertain
}


def entity_already_exists(kind: str, name: str) -> ServiceError:
    """Return EntityAlreadyExists for a kind of thing, a key of EXISTS_TEXTS or a noun."""
    text = EXISTS_TEXTS.get(kind, "{kind} with name {name} already exists.")
    return service_error("EntityAlreadyExists", text.format(kind=kind, name=name))


EXISTS_TEXTS = {
    "instance profile": "Instance Profile {name} already exists.",
    "alias": "The account alias {name} already exists.",
    "OIDC provider": "Provider with url {name} already exists.",
    "policy": "A policy called {name} already exists. Duplicate names are not allowed.",
    "login": "Login Profile for user {name} already exists.",
    "device": "MFA device already exists.",
    "own device": "MFA Device for user {name} already exists.",
    "used device": "MFA Device is already in use.",
}


def check_quota(existing: Sized | int, quota: int, name: str) -> None:
    """Raise LimitExceeded unless one more fits below the quota.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if isinstance(existing, int):
        count = existing
    else:
        count = len(existing)
    if count >= quota:
        raise service_error("LimitExceeded", f"Cannot exceed quota for {name}: {quota}")


def delete_conflict(text: str) -> ServiceError:
    return service_error("DeleteConflict", text)


def entity_in_use(obstacle: str) -> ServiceError:
    """Return DeleteConflict for a user, group or role with something still attached: "detach all policies"."""
    return delete_conflict(f"Cannot delete entity, must {obstacle} first.")


# -------------------------------------------------------- bad credentials
INVALID_TOKEN = "The security token included in the request is invalid"
EXPIRED_TOKEN = "The security token included in the request is expired"
# Services that word a bad credential and a lack of permission as Organizations does.
JSON_SERVICES = ("organizations", "cloudtrail", "kms", "sso-admin", "identitystore")
# (service, code) -> the code, text and status that the service uses.
SERVICE_TEXTS: dict[tuple[str, str], tuple[str, str, int]] = {
    ("sts", "InvalidClientTokenId"): ("InvalidClientTokenId", f"{INVALID_TOKEN}.", 403),
    ("s3", "InvalidClientTokenId"): (
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
    ),
    ("s3", "ExpiredToken"): ("ExpiredToken", "The provided token has expired.", 400),
    ("dynamodb", "InvalidClientTokenId"): (
        "UnrecognizedClientException",
        f"{INVALID_TOKEN}.",
        400,
    ),
    ("dynamodb", "ExpiredToken"): ("ExpiredTokenException", EXPIRED_TOKEN, 400),
    ("lambda", "InvalidClientTokenId"): (
        "UnrecognizedClientException",
        f"{INVALID_TOKEN}.",
        403,
    ),
    ("lambda", "ExpiredToken"): ("ExpiredTokenException", EXPIRED_TOKEN, 403),
    ("access-analyzer", "InvalidClientTokenId"): (
        "UnrecognizedClientException",
        f"{INVALID_TOKEN}.",
        403,
    ),
    ("access-analyzer", "ExpiredToken"): ("ExpiredTokenException", EXPIRED_TOKEN, 403),
    **{
        (service, code): worded
        for service in JSON_SERVICES
        for code, worded in (
            (
                "InvalidClientTokenId",
                ("UnrecognizedClientException", f"{INVALID_TOKEN}.", 400),
            ),
            ("ExpiredToken", ("ExpiredTokenException", EXPIRED_TOKEN, 400)),
        )
    },
    ("ec2", "InvalidClientTokenId"): (
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
        401,
    ),
    ("ec2", "ExpiredToken"): ("RequestExpired", "Request has expired.", 400),
}
BAD_CREDENTIAL = {
    "InvalidClientTokenId",
    "ExpiredToken",
    "MissingAuthenticationToken",
    "InvalidIdentityToken",
    *(code for code, _, _ in SERVICE_TEXTS.values()),
}


def reword_for_service(service: str, refusal: ServiceError) -> ServiceError:
    """Return the refusal of a bad credential in the words of that service."""
    worded = SERVICE_TEXTS.get((service, refusal.code))
    return ServiceError(*worded) if worded else refusal


# ---------------------------------------------------------------- AccessDenied
DENIED_CODES = {  # code and HTTP status where they are not AccessDenied, 403
    "dynamodb": ("AccessDeniedException", 400),
    "lambda": ("AccessDeniedException", 403),
    "ec2": ("UnauthorizedOperation", 403),
    **dict.fromkeys(JSON_SERVICES, ("AccessDeniedException", 400)),
    "access-analyzer": ("AccessDeniedException", 403),
}
# The codes that say a call was refused, as opposed to those of any other error.
REFUSAL_CODES = {
    *BAD_CREDENTIAL,
    "AccessDenied",
    *(code for code, _ in DENIED_CODES.values()),
    "403",
}


def is_refusal(answer: object) -> bool:
    """Return whether AWS refused a call for lack of permission or of a valid credential, not for any other error."""
    return isinstance(answer, ServiceError) and answer.code in REFUSAL_CODES


def is_policy_refusal(answer: object) -> bool:
    """Return whether a refusal is one for lack of permission, and not of a valid credential."""
    return (
        isinstance(answer, ServiceError)
        and is_refusal(answer)
        and answer.code not in BAD_CREDENTIAL
    )


# For these, IAM prints the full ARN of the thing that the call would make.
CREATE_OPERATIONS = {
    *("CreateUser", "CreateRole", "CreateGroup", "CreateInstanceProfile"),
    "CreateServiceLinkedRole",
}
LISTED_RESOURCES = {  # action on "*" -> the resource that the service prints in place of "*" (recorded)
    "iam:ListUsers": "arn:aws:iam::{account}:user{path}",
    "iam:ListGroups": "arn:aws:iam::{account}:group{path}",
    "iam:ListRoles": "arn:aws:iam::{account}:role{path}",
    "iam:ListInstanceProfiles": "arn:aws:iam::{account}:instance-profile{path}",
    "iam:ListVirtualMFADevices": "arn:aws:iam::{account}:mfa/",
    "iam:ListPolicies": "policy path {path}",
    # Reported by users in November 2022. In 2018 it was still "*".
    "dynamodb:ListTables": "arn:aws:dynamodb:{region}:{account}:table/*",
}


def not_authorized(
    call: Call, decision: ExplicitlyDenied | ImplicitlyDenied
) -> ServiceError:
    """Return AccessDenied with its reason, under the code that the service uses for it.

    HEAD answers have no text. S3 gives no reason to anonymous callers and to callers of other accounts.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """
    code, status = DENIED_CODES.get(call.service, ("AccessDenied", 403))
    if call.operation == "AssumeRoleWithWebIdentity":
        return access_denied(f"Not authorized to perform {decision.request.action}")
    if call.operation in {"HeadObject", "HeadBucket"}:
        return ServiceError("403", "Forbidden", 403)
    if call.text("AliasName").startswith("alias/aws/"):
        return ServiceError("NotAuthorizedException", "")  # KMS keeps these for itself
    is_foreign = decision.standing.principal.account != decision.request.account
    if call.service == "s3" and is_foreign:
        return access_denied("Access Denied")
    # This imports the whole engine, which a list of scenarios doesn't need.
    from coffeeshop.policy.evaluation.explain import message

    text = message(decision, _printed_resource(call, decision))
    if call.service == "ec2":
        failure = f"Encoded authorization failure message: {encode_decision(decision)}"
        text = f"You are not authorized to perform this operation. {text} {failure}"
    return ServiceError(code, text, status)


def _printed_resource(
    call: Call, decision: ExplicitlyDenied | ImplicitlyDenied
) -> str | None:
    """Return how IAM prints the resource of a denied request (recorded): `user casey`, `policy ARN`.

    IAM and Organizations print `*`, too.

    None stands for the ARN as it is.
    """
    request = decision.request
    action = request.action
    arn = request.resource
    if action in LISTED_RESOURCES:
        path = call.text("PathPrefix", "/")
        return LISTED_RESOURCES[action].format(
            account=request.account, path=path, region=call.origin.region
        )
    if action.startswith(("iam:", "organizations:")) and arn == "*":
        return arn
    if not action.startswith("iam:") or not arn.startswith("arn:aws:iam:"):
        return None
    is_simulation = "PolicySourceArn" in call.parameters
    if call.operation in CREATE_OPERATIONS or action == "iam:PassRole" or is_simulation:
        return None
    kind, _, path = arn.split(":", 5)[5].partition("/")
    name = path.rsplit("/", 1)[-1]
    if kind == "policy":
        printed = name if call.operation == "CreatePolicy" else arn
        return f"policy {printed}"
    if kind in ENTITY_NOUNS:
        return f"{ENTITY_NOUNS[kind]} {name}"
    return None


ENTITY_NOUNS = {
    "user": "user",
    "group": "group",
    "role": "role",
    "instance-profile": "instance profile",
}


def encode_decision(decision: ExplicitlyDenied | ImplicitlyDenied) -> str:
    """Return a decision as EC2 hands it out, for sts:DecodeAuthorizationMessage. The encoding is our own choice."""
    request = decision.request
    principal = decision.standing.principal
    is_explicit = isinstance(decision, ExplicitlyDenied)
    statements: list[dict[str, str]] = []
    if isinstance(decision, ExplicitlyDenied):
        statements = [
            {"policy": match.policy.name, "sid": match.statement.sid}
            for match in decision.by
        ]
    conditions = {key: list(values) for key, values in request.context.items()}
    message = {
        "allowed": False,
        "explicitDeny": is_explicit,
        "matchedStatements": {"items": statements},
        "context": {
            "principal": {"id": principal.id, "arn": principal.arn},
            "action": request.action,
            "resource": request.resource,
            "conditions": conditions,
        },
    }
    return urlsafe_b64encode(compress(json.dumps(message).encode())).decode()
