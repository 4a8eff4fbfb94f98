"""Compute the CloudTrail record of an outcome when it is shown.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
Passwords, secrets, seeds, codes and bodies never enter a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.credentials import AccessKey, Credential, Session
from coffeeshop.account.door import answering_account
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import (
    Account,
    Call,
    Key,
    Nobody,
    Outcome,
    Outsider,
    Reply,
    Service,
    ServiceError,
)
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Allowed, ExplicitlyDenied, ImplicitlyDenied

GLOBAL = {"iam", "sts", "console", "organizations"}
READS = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Query",
    "Scan",
    "Simulate",
    "Generate",
    "AssumeRole",
    "Decode",
)
WRITES = {
    "GetSessionToken",
    "GetFederationToken",
}  # writes, in spite of their names (recorded)
SECRET = {
    *(
        "Password",
        "OldPassword",
        "NewPassword",
        "SecretAccessKey",
        "Base32StringSeed",
        "QRCodePNG",
        "MfaCode",
        "TokenCode",
    ),
    *(
        "AuthenticationCode1",
        "AuthenticationCode2",
        "Body",
        "Code",
        "ZipFile",
        "Payload",
        "Content",
        "Item",
        "MessageBody",
    ),
    *("ExpressionAttributeValues", "Messages", "Items", "Attributes", "Environment"),
}
DATA = {  # data events, which a trail records only if it is configured to
    "s3": {
        "GetObject",
        "HeadObject",
        "PutObject",
        "CopyObject",
        "DeleteObject",
        "DeleteObjects",
    }
    | {"ListObjects", "ListObjectsV2", "HeadBucket"}
    | {f"{verb}ObjectTagging" for verb in ("Get", "Put", "Delete")},
    "dynamodb": {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"},
    "sqs": {"SendMessage", "ReceiveMessage", "DeleteMessage"},
    "lambda": {"Invoke"},
}
NAMES = {  # operation -> eventName, where they differ
    "ListObjectsV2": "ListObjects",
    **{
        f"{verb}PublicAccessBlock": f"{verb}BucketPublicAccessBlock"
        for verb in ("Get", "Put", "Delete")
    },
    "SignIn": "ConsoleLogin",
    "ChangeEmail": "EmailUpdated",
    "ChangeRootPassword": "PasswordUpdated",
    "EnrollSecurityKey": "EnableMFADevice",
    "EnrollRootMfa": "EnableMFADevice",
    "RemoveRootMfa": "DeactivateMFADevice",
}
# Acts of the console that CloudTrail records as calls of IAM.
CALLS = {"EnrollSecurityKey", "EnrollRootMfa", "RemoveRootMfa"}
TYPES = {  # service -> kind in an ARN -> type of the resource
    "iam": {
        **{kind: f"AWS::IAM::{kind.title()}" for kind in ("user", "group", "role")},
        "policy": "AWS::IAM::ManagedPolicy",
        "mfa": "AWS::IAM::VirtualMFADevice",
    },
    "s3": {"object": "AWS::S3::Object", "bucket": "AWS::S3::Bucket"},
    "dynamodb": {"table": "AWS::DynamoDB::Table"},
    "sqs": {"": "AWS::SQS::Queue"},
    "lambda": {"function": "AWS::Lambda::Function"},
    "ec2": {"instance": "AWS::EC2::Instance"},
    "cloudtrail": {"trail": "AWS::CloudTrail::Trail"},
}


def cloudtrail_event(outcome: Outcome) -> dict[str, Json]:
    """Return the record of an act, with CloudTrail's keys in CloudTrail's order."""
    outcome = replace(outcome, account=answering_account(outcome.account, outcome.act))
    act = outcome.act
    account = outcome.account
    answer = outcome.answer
    call = act.call
    is_console = call.service == "console" and call.operation not in CALLS
    if is_console:
        service = "signin"
        elements = _console_elements(call, answer)
    else:
        if call.service == "console":
            service = "iam"
        else:
            service = call.service
        elements = _response_elements(answer, _is_read(call))
    if errors.is_refusal(answer) or is_console:
        parameters = None
    else:
        parameters = _lower_camel_case(call.parameters) or None
    if isinstance(answer, ServiceError):
        error_fields = _error_fields(outcome, answer)
    else:
        error_fields = {}
    additional_data = _additional_data(outcome)
    is_management = call.operation not in DATA.get(call.service, ())
    return {
        "eventVersion": "1.11",
        "userIdentity": _user_identity(outcome),
        "eventTime": format_instant(act.at),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": NAMES.get(call.operation, call.operation),
        "awsRegion": ids.REGION if call.service in GLOBAL else call.origin.region,
        "sourceIPAddress": call.origin.ip,
        "userAgent": call.origin.agent,
        **error_fields,
        "requestParameters": parameters,
        "responseElements": elements,
        **({"additionalEventData": additional_data} if additional_data else {}),
        "requestID": ids.draw_uuid(account.seed, "request", account.calls),
        "eventID": ids.draw_uuid(account.seed, "event", account.calls),
        "readOnly": _is_read(call),
        "resources": tuple(_resource_records(outcome)),
        "eventType": "AwsConsoleSignIn" if is_console else "AwsApiCall",
        "managementEvent": is_management,
        "recipientAccountId": account.id,
        "eventCategory": "Management" if is_management else "Data",
    }


def _is_read(call: Call) -> bool:
    return call.operation.startswith(READS) and call.operation not in WRITES


def _resource_records(outcome: Outcome) -> Iterator[Json]:
    """Yield the resources of the call's requests, each once, with their owners."""
    requests = (decision.request for decision in outcome.decisions)
    arns_and_owners = dict.fromkeys(
        (request.resource, request.account) for request in requests
    )
    for arn, owner in arns_and_owners:
        if arn != "*":
            account_id = owner or outcome.account.id
            yield {"ARN": arn, "accountId": account_id, **_resource_type(arn)}


# -------------------------------------------------------------------- who
def _user_identity(outcome: Outcome) -> dict[str, Json]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    account = outcome.account
    caller = outcome.act.caller
    match caller:
        case Service(name):
            return {"type": "AWSService", "invokedBy": name}
        case Outsider(arn):
            return {
                "type": "AWSAccount",
                "principalId": arn,
                "accountId": arn.split(":")[4],
            }
        case Nobody() if outcome.act.call.operation == "SignIn":
            return _sign_in_identity(account, outcome)
        case Nobody():
            return {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}
        case Key(id):
            credential = account.credentials.get(id)
            if credential:
                return _credential_identity(account, credential)
            return {"type": "Unknown", "accessKeyId": id}
        case _:
            assert_never(caller)


def _sign_in_identity(account: Account, outcome: Outcome) -> dict[str, Json]:
    """Return who signed in. An unknown user name is hidden: it may be a password in the wrong field."""
    call = outcome.act.call
    if "RootEmail" in call.parameters:
        return {
            "type": "Root",
            "principalId": account.id,
            "arn": account.root_arn,
            "accountId": account.id,
        }
    user = account.users.get(call.text("UserName").lower())
    if user is None:
        return {
            "type": "IAMUser",
            "accountId": account.id,
            "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
        }
    return _user_record(account, user)


def _user_record(account: Account, user: User) -> dict[str, Json]:
    """Return the userIdentity element for an IAM user."""
    arn = account.arn(user)
    return {
        "type": "IAMUser",
        "principalId": user.id,
        "arn": arn,
        "accountId": account.id,
        "userName": user.name,
    }


def _credential_identity(account: Account, credential: Credential) -> dict[str, Json]:
    """Return the identity of a credential's owner, with its key id and, for a session, its context."""
    entity = account.entity_by_id(credential.owner)
    key = {"accessKeyId": credential.id}
    if isinstance(entity, User):
        owner = _user_record(account, entity)
    else:
        owner = _root_record(account, credential)
    if isinstance(credential, AccessKey):
        return {**owner, **key}
    attributes = _session_attributes(credential)
    if credential.kind in {"Console", "SessionToken"}:
        return {**owner, **key, "sessionContext": {"attributes": attributes}}
    is_role = credential.kind == "Role"
    if isinstance(entity, Role):
        name = f"{entity.name}/{credential.name}"
    else:
        name = credential.name
    issuer = _issuer_record(account, entity)
    return {
        "type": "AssumedRole" if is_role else "FederatedUser",
        "principalId": f"{credential.owner if is_role else account.id}:{credential.name}",
        "arn": ids.arn(account, "assumed-role" if is_role else "federated-user", name),
        "accountId": account.id,
        **key,
        "sessionContext": {"sessionIssuer": issuer, "attributes": attributes},
    }


def _root_record(account: Account, credential: Credential) -> dict[str, Json]:
    """Return root, or the bare unique id of a user who was deleted."""
    if credential.owner != account.id:
        return {"type": "IAMUser", "principalId": credential.owner, "accountId": account.id}
    return {
        "type": "Root",
        "principalId": account.id,
        "arn": account.root_arn,
        "accountId": account.id,
    }


def _issuer_record(account: Account, entity: object) -> dict[str, Json]:
    """Return the sessionIssuer element of a session: the role or user that it belongs to, or root."""
    if not isinstance(entity, User | Role):
        return {
            "type": "Root",
            "principalId": account.id,
            "arn": account.root_arn,
            "accountId": account.id,
        }
    kind = "Role" if isinstance(entity, Role) else "IAMUser"
    arn = account.arn(entity)
    return {
        "type": kind,
        "principalId": entity.id,
        "arn": arn,
        "accountId": account.id,
        "userName": entity.name,
    }


def _session_attributes(session: Session) -> dict[str, Json]:
    return {
        "mfaAuthenticated": "true" if session.mfa else "false",
        "creationDate": format_instant(session.issued),
    }


# -------------------------------------------------------------------- what
def _error_fields(outcome: Outcome, answer: ServiceError) -> dict[str, Json]:
    """Return code and text of an error. A missing permission is AccessDenied, whatever the service calls it, with the
    reason.
    """
    call = outcome.act.call
    if call.operation == "SignIn":
        is_known = (
            "RootEmail" in call.parameters
            or call.text("UserName").lower() in outcome.account.users
        )
        if is_known:
            return {"errorMessage": "Failed authentication"}
        return {"errorMessage": "No username found in supplied account"}
    if call.service == "ec2":
        return {"errorCode": f"Client.{answer.code}", "errorMessage": answer.message}
    for decision in outcome.decisions:
        if not isinstance(decision, Allowed):
            text = _denial_text(call, answer, decision)
            return {"errorCode": "AccessDenied", "errorMessage": text}
    code = answer.code
    operation = OPERATIONS.get((call.service, call.operation))
    if operation and call.service == "iam" and code in operation.errors:
        code = f"{code}Exception"
    return {"errorCode": code, "errorMessage": answer.message}


def _denial_text(
    call: Call, answer: ServiceError, decision: ExplicitlyDenied | ImplicitlyDenied
) -> str:
    """Return the text of a refusal. A refused HEAD request has none on the wire, but has one in CloudTrail."""
    if not call.operation.startswith("Head"):
        return answer.message
    # This imports the whole engine, which a list of scenarios doesn't need.
    from coffeeshop.policy.evaluation.explain import message

    return message(decision)


def _resource_type(arn: str) -> dict[str, Json]:
    """Return the type of a resource, if CloudTrail has one for it."""
    if arn.count(":") < 5:
        return {}
    _, _, service, _, _, name = arn.split(":", 5)
    if service == "s3":
        kind = "object" if "/" in name else "bucket"
    elif "/" in name or ":" in name:
        kind = name.replace(":", "/").partition("/")[0]
    else:
        kind = ""
    resource_type = TYPES.get(service, {}).get(kind)
    if resource_type:
        return {"type": resource_type}
    return {}


def _lower_camel_case(value: Mapping[str, Json]) -> dict[str, Json]:
    """Return parameters or an answer with keys in lower camel case, and without secrets."""
    return {
        f"{key[:1].lower()}{key[1:]}": _convert_value(value[key])
        for key in value
        if key not in SECRET
    }


def _convert_value(item: Json) -> Json:
    """Return a value with all member names in lower camel case, as CloudTrail writes them."""
    if isinstance(item, Mapping):
        return _lower_camel_case(item)
    if isinstance(item, tuple):
        return tuple(map(_convert_value, item))
    return item


def _response_elements(answer: Reply | ServiceError, read: bool) -> Json:
    """Return the answer of a write as CloudTrail records it. AssumeRole is a read, but its answer is recorded as well."""
    if isinstance(answer, ServiceError) or (read and "Credentials" not in answer.body):
        return None
    return _lower_camel_case(answer.body) or None


def _console_elements(call: Call, answer: Reply | ServiceError) -> Json:
    name = NAMES.get(call.operation, call.operation)
    return {name: "Success" if isinstance(answer, Reply) else "Failure"}


HOME = "https://console.aws.amazon.com/console/home"


def _additional_data(outcome: Outcome) -> dict[str, Json]:
    """Return the additional data that CloudTrail records for signing in and switching roles.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
    """
    operation = outcome.act.call.operation
    if operation == "SwitchRole":
        return {"SwitchFrom": _user_identity(outcome).get("arn"), "RedirectTo": HOME}
    if operation != "SignIn":
        return {}
    if isinstance(outcome.answer, Reply):
        serial = _device_used(outcome)
    else:
        serial = ""
    data: dict[str, Json] = {
        "LoginTo": HOME,
        "MobileVersion": "No",
        "MFAUsed": "Yes" if serial else "No",
    }
    if serial:
        data["MFAIdentifier"] = serial
    return data


def _device_used(outcome: Outcome) -> str:
    """Return the serial of the MFA device whose code was used to sign in, or ""."""
    call = outcome.act.call
    account = outcome.account
    if security_key := call.text("SecurityKey"):
        return security_key
    user = account.users.get(call.text("UserName").lower())
    if "RootEmail" in call.parameters:
        owner = account.id
    else:
        owner = user.id if user else ""
    if "MfaCode" not in call.parameters:
        return ""
    devices = [device for device in account.devices_of(owner) if device.used]
    if not devices:
        return ""
    last_used = max(devices, key=lambda device: (device.used[-1], device.serial))
    return last_used.serial
