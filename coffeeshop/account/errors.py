"""Every refusal that AWS answers with, save AccessDenied's texts, which `policy.evaluation.explain` makes.

Codes and texts: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html and answers seen of AWS; those
marked "uncertain" are the best text known: no recording, no example of AWS's and no public file was found to tell it.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sized
from zlib import compress

from coffeeshop.account.model import Call, ServiceError
from coffeeshop.policy.model import ExplicitlyDenied, ImplicitlyDenied

STATUS = {  # wire code -> HTTP status; 400 for all others
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
OUTSIDE = "policies outside your own account."


def service_error(code: str, text: str, reason: str = "") -> ServiceError:
    """Returns a refusal with the HTTP status of its code."""
    return ServiceError(code, text, STATUS.get(code, 400), reason)


TYPED = frozenset(  # Lambda's own; those that every service has tell no type
    {"InvalidParameterValueException", "InvalidRequestContentException"}
    | {"ResourceConflictException", "ResourceNotFoundException"}
)


def error_details(service: str, error: ServiceError) -> dict[str, str]:
    """Returns what an error tells beside code and message, by the names that the service's model has for it.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-error-format.html
    """
    if service == "lambda" and error.code in TYPED:
        return {"Type": "User"}
    return {"Reason": error.reason} if error.reason else {}


INSTEAD = {  # by service and operation that are not simulated: what there is in their place
    # `aws s3 cp` asks unasked.
    ("s3", "CreateMultipartUpload"): "an object comes in one part here, of at most 1 MiB",
    (
        "iam",
        "CreateServiceLinkedRole",
    ): "create-role makes one that a service wears, if its trust policy names the service",
    (
        "cloudtrail",
        "LookupEvents",
    ): "the play's own trail shows what CloudTrail records of each call",
}


def not_simulated(service: str, operation: str) -> ServiceError:
    """Returns NotSimulated, with what there is instead."""
    text = f"{service}:{operation} is not simulated in this account"
    return service_error(
        "NotSimulated",
        ": ".join(filter(None, (text, INSTEAD.get((service, operation))))) + ".",
    )


def access_denied(text: str) -> ServiceError:
    """Returns AccessDenied for another reason than a policy."""
    return service_error("AccessDenied", text)


def validation_error(text: str) -> ServiceError:
    """Returns one fault of a parameter that only the account's state shows."""
    return service_error("ValidationError", text)


def no_such_entity(kind: str, name: str) -> ServiceError:
    """Returns NoSuchEntity of a user, group, role, managed or inline policy, device, key, login profile, password policy."""
    return service_error(
        "NoSuchEntity",
        MISSING.get(kind, "The {kind} with name {name} cannot be found.").format(
            kind=kind, name=name
        ),
    )


MISSING = {
    "attachable": "Policy {name} does not exist or is not attachable.",
    "scope": "Scope ARN: {name} does not exist or is not attachable.",  # a boundary, as CreateRole is recorded to say
    "policy": "Policy {name} was not found.",
    "key": "The Access Key with id {name} cannot be found.",
    "login": "Login Profile for User {name} cannot be found.",
    "password policy": "The Password Policy with domain name {name} cannot be found.",
    "deleted password policy": "The account policy with name {name} cannot be found.",  # AWS's PowerShell example
    "own device": "MFA Device invalid for user.",
    "device": "VirtualMFADevice with serial number {name} does not exist.",  # uncertain: moto has "doesn't"
    "boundary": "The permissions boundary of {name} cannot be found.",  # uncertain
    "instance profile": "Instance Profile {name} cannot be found.",
    "alias": "The account alias with name {name} cannot be found.",  # uncertain
    "job": "The job with id {name} cannot be found.",  # uncertain
}


def entity_already_exists(kind: str, name: str) -> ServiceError:
    """Returns EntityAlreadyExists."""
    return service_error(
        "EntityAlreadyExists",
        EXISTS.get(kind, "{kind} with name {name} already exists.").format(
            kind=kind, name=name
        ),
    )


EXISTS = {
    "instance profile": "Instance Profile {name} already exists.",
    "alias": "The account alias {name} already exists.",
    "policy": "A policy called {name} already exists. Duplicate names are not allowed.",
    "login": "Login Profile for user {name} already exists.",
    "device": "MFADevice entity at the same path and name already exists.",
    "own device": "MFA Device for user {name} already exists.",
    "used device": "MFA Device is already in use.",
}


def check_quota(held: Sized | int, quota: int, name: str) -> None:
    """Raises LimitExceeded unless one more fits below the quota.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if (held if isinstance(held, int) else len(held)) >= quota:
        raise service_error("LimitExceeded", f"Cannot exceed quota for {name}: {quota}")


def delete_conflict(text: str) -> ServiceError:
    """Returns DeleteConflict."""
    return service_error("DeleteConflict", text)


def entity_in_use(obstacle: str) -> ServiceError:
    """Returns DeleteConflict of a user, group or role that something still hangs on: "detach all policies"."""
    return delete_conflict(f"Cannot delete entity, must {obstacle} first.")


# -------------------------------------------------------- bad credentials
INVALID = "The security token included in the request is invalid"
EXPIRED = "The security token included in the request is expired"
WORDED: dict[
    tuple[str, str], tuple[str, str, int]
] = {  # (service, code) -> as that service words it
    ("sts", "InvalidClientTokenId"): ("InvalidClientTokenId", f"{INVALID}.", 403),
    ("s3", "InvalidClientTokenId"): (
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
    ),
    ("s3", "ExpiredToken"): ("ExpiredToken", "The provided token has expired.", 400),
    ("dynamodb", "InvalidClientTokenId"): (
        "UnrecognizedClientException",
        f"{INVALID}.",
        400,
    ),
    ("dynamodb", "ExpiredToken"): ("ExpiredTokenException", EXPIRED, 400),
    ("lambda", "InvalidClientTokenId"): ("UnrecognizedClientException", f"{INVALID}.", 403),
    ("lambda", "ExpiredToken"): ("ExpiredTokenException", EXPIRED, 403),
    **{
        (service, code): worded
        for service in ("organizations", "cloudtrail")
        for code, worded in (
            ("InvalidClientTokenId", ("UnrecognizedClientException", f"{INVALID}.", 400)),
            ("ExpiredToken", ("ExpiredTokenException", EXPIRED, 400)),
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
    *(code for code, _, _ in WORDED.values()),
}


def reword_for_service(service: str, refusal: ServiceError) -> ServiceError:
    """Returns a bad credential, as that service words it."""
    worded = WORDED.get((service, refusal.code))
    return ServiceError(*worded) if worded else refusal


# ---------------------------------------------------------------- AccessDenied
DENIED = {  # code and HTTP status where they are not AccessDenied, 403
    "dynamodb": ("AccessDeniedException", 400),
    "lambda": ("AccessDeniedException", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "organizations": ("AccessDeniedException", 400),
    "cloudtrail": ("AccessDeniedException", 400),
}
# What protects, as against any other failure.
REFUSALS = {
    *BAD_CREDENTIAL,
    "AccessDenied",
    *(code for code, _ in DENIED.values()),
    "403",
}


def is_refusal(answer: object) -> bool:
    """Tell whether AWS refused a call for lack of permission or of a valid credential, not for any other error."""
    return isinstance(answer, ServiceError) and answer.code in REFUSALS


# IAM prints the full ARN of what they make.
MADE = {"CreateUser", "CreateRole", "CreateGroup", "CreateInstanceProfile"}
LISTED = {  # what IAM prints where it asks on "*", if not that (seen)
    "iam:ListUsers": "arn:aws:iam::{account}:user{path}",
    "iam:ListGroups": "arn:aws:iam::{account}:group{path}",
    "iam:ListRoles": "arn:aws:iam::{account}:role{path}",
    "iam:ListInstanceProfiles": "arn:aws:iam::{account}:instance-profile{path}",
    "iam:ListVirtualMFADevices": "arn:aws:iam::{account}:mfa/",
    "iam:ListPolicies": "policy path {path}",
}


def not_authorized(
    call: Call, decision: ExplicitlyDenied | ImplicitlyDenied
) -> ServiceError:
    """Returns AccessDenied, or what that service calls it. HEAD answers have no text at all, and S3 tells those of other
    accounts, and nobody, no more than that.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """
    code, status = DENIED.get(call.service, ("AccessDenied", 403))
    if call.operation in {"HeadObject", "HeadBucket"}:
        return ServiceError("403", "Forbidden", 403)
    if (
        call.service == "s3"
        and decision.standing.principal.account != decision.request.account
    ):
        return access_denied("Access Denied")
    from coffeeshop.policy.evaluation.explain import (
        message,  # with the whole engine: a list of scenarios does without it
    )

    text = message(decision, _printed(call, decision))
    if call.service == "ec2":
        failure = f"Encoded authorization failure message: {encode_decision(decision)}"
        text = f"You are not authorized to perform this operation. {text} {failure}"
    return ServiceError(code, text, status)


def _printed(call: Call, decision: ExplicitlyDenied | ImplicitlyDenied) -> str | None:
    """Returns what IAM prints as the resource (seen): `user casey`, `policy ARN`; None: the ARN, as of what a simulation is
    of, or nothing.
    """
    request = decision.request
    action = request.action
    arn = request.resource
    if action in LISTED:
        return LISTED[action].format(
            account=request.account, path=call.text("PathPrefix", "/")
        )
    if action.startswith("iam:") and arn == "*":
        return arn
    if not action.startswith("iam:") or not arn.startswith("arn:aws:iam:"):
        return None
    if (
        call.operation in MADE
        or action == "iam:PassRole"
        or "PolicySourceArn" in call.parameters
    ):
        return None
    kind, _, path = arn.split(":", 5)[5].partition("/")
    name = path.rsplit("/", 1)[-1]
    if kind == "policy":
        return f"policy {name if call.operation == 'CreatePolicy' else arn}"
    return f"{NOUNS[kind]} {name}" if kind in NOUNS else None


NOUNS = {
    "user": "user",
    "group": "group",
    "role": "role",
    "instance-profile": "instance profile",
}


def encode_decision(decision: ExplicitlyDenied | ImplicitlyDenied) -> str:
    """Returns the decision as EC2 hands it out: sts:DecodeAuthorizationMessage opens it (the encoding is our choice)."""
    request = decision.request
    explicit = isinstance(decision, ExplicitlyDenied)
    if isinstance(decision, ExplicitlyDenied):
        statements = [
            {"policy": m.policy.name, "sid": m.statement.sid} for m in decision.by
        ]
    else:
        statements = []
    context = {key: list(values) for key, values in request.context.items()}
    told = {
        "allowed": False,
        "explicitDeny": explicit,
        "matchedStatements": {"items": statements},
        "context": {
            "principal": {
                "id": decision.standing.principal.id,
                "arn": decision.standing.principal.arn,
            },
            "action": request.action,
            "resource": request.resource,
            "conditions": context,
        },
    }
    return urlsafe_b64encode(compress(json.dumps(told).encode())).decode()
