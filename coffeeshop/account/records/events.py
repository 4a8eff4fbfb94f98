"""The CloudTrail record of an outcome, computed when it is shown.

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
from coffeeshop.policy.model import Allowed

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
WRITES = {"GetSessionToken", "GetFederationToken"}  # that their names belie (seen)
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
DATA = {  # what a trail keeps only where it is asked to
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
NAMES = {  # eventName, where it is not the operation's
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
CALLS = {
    "EnrollSecurityKey",
    "EnrollRootMfa",
    "RemoveRootMfa",
}  # acts of the console that are calls of IAM's
TYPES = {  # by service and kind of an ARN: the resource's type
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


def event(outcome: Outcome) -> dict[str, Json]:
    """Returns the record, with CloudTrail's keys in CloudTrail's order."""
    outcome = replace(outcome, account=answering_account(outcome.account, outcome.act))
    act = outcome.act
    account = outcome.account
    answer = outcome.answer
    call = act.call
    console = call.service == "console" and call.operation not in CALLS
    if console:
        service = "signin"
    elif call.service == "console":
        service = "iam"
    else:
        service = call.service
    management = call.operation not in DATA.get(call.service, ())
    read = call.operation.startswith(READS) and call.operation not in WRITES
    return {
        "eventVersion": "1.11",
        "userIdentity": _identity(outcome),
        "eventTime": format_instant(act.at),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": NAMES.get(call.operation, call.operation),
        "awsRegion": ids.REGION if call.service in GLOBAL else call.origin.region,
        "sourceIPAddress": call.origin.ip,
        "userAgent": call.origin.agent,
        **(_failure(outcome, answer) if isinstance(answer, ServiceError) else {}),
        "requestParameters": None
        if errors.is_refusal(answer) or console
        else _plain(call.parameters) or None,
        "responseElements": _console(call, answer) if console else _elements(answer, read),
        **({"additionalEventData": more} if (more := _additional(outcome)) else {}),
        "requestID": ids.draw_uuid(account.seed, "request", account.calls),
        "eventID": ids.draw_uuid(account.seed, "event", account.calls),
        "readOnly": read,
        "resources": tuple(_resources(outcome)),
        "eventType": "AwsConsoleSignIn" if console else "AwsApiCall",
        "managementEvent": management,
        "recipientAccountId": account.id,
        "eventCategory": "Management" if management else "Data",
    }


def _resources(outcome: Outcome) -> Iterator[Json]:
    """Yields what was decided about, each once, and whose it is."""
    asked = (
        (decision.request.resource, decision.request.account)
        for decision in outcome.decisions
    )
    for arn, owner in dict.fromkeys(asked):
        if arn != "*":
            yield {"ARN": arn, "accountId": owner or outcome.account.id, **_type(arn)}


# -------------------------------------------------------------------- who
def _identity(outcome: Outcome) -> dict[str, Json]:
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
            return _signing(account, outcome)
        case Nobody():
            return {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}
        case Key(id):
            found = account.credentials.get(id)
            if found:
                return _holder(account, found)
            return {"type": "Unknown", "accessKeyId": id}
        case _:
            assert_never(caller)


def _signing(account: Account, outcome: Outcome) -> dict[str, Json]:
    """Returns who signed in; a name that the account does not know may be a password in the wrong field."""
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
    return _user(account, user)


def _user(account: Account, user: User) -> dict[str, Json]:
    arn = account.arn(user)
    return {
        "type": "IAMUser",
        "principalId": user.id,
        "arn": arn,
        "accountId": account.id,
        "userName": user.name,
    }


def _holder(account: Account, found: Credential) -> dict[str, Json]:
    entity = account.entity_by_id(found.owner)
    key = {"accessKeyId": found.id}
    if isinstance(found, AccessKey):
        return {
            **(
                _user(account, entity)
                if isinstance(entity, User)
                else _root(account, found)
            ),
            **key,
        }
    if found.kind in {"Console", "SessionToken"}:
        if isinstance(entity, User):
            who = _user(account, entity)
        else:
            who = _root(account, found)
        return {**who, **key, "sessionContext": {"attributes": _attributes(found)}}
    role = found.kind == "Role"
    if isinstance(entity, Role):
        name = f"{entity.name}/{found.name}"
    else:
        name = found.name
    issuer = _issuer(account, entity)
    return {
        "type": "AssumedRole" if role else "FederatedUser",
        "principalId": f"{found.owner if role else account.id}:{found.name}",
        "arn": ids.arn(account, "assumed-role" if role else "federated-user", name),
        "accountId": account.id,
        **key,
        "sessionContext": {"sessionIssuer": issuer, "attributes": _attributes(found)},
    }


def _root(account: Account, found: Credential) -> dict[str, Json]:
    """Returns root; or the bare unique id of somebody who is gone."""
    if found.owner != account.id:
        return {"type": "IAMUser", "principalId": found.owner, "accountId": account.id}
    return {
        "type": "Root",
        "principalId": account.id,
        "arn": account.root_arn,
        "accountId": account.id,
    }


def _issuer(account: Account, entity: object) -> dict[str, Json]:
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


def _attributes(found: Session) -> dict[str, Json]:
    return {
        "mfaAuthenticated": "true" if found.mfa else "false",
        "creationDate": format_instant(found.issued),
    }


# -------------------------------------------------------------------- what
def _failure(outcome: Outcome, answer: ServiceError) -> dict[str, Json]:
    """Returns code and text; a refusal for lack of permission is AccessDenied whatever its service calls it, and says
    why.
    """
    call = outcome.act.call
    denied = next((d for d in outcome.decisions if not isinstance(d, Allowed)), None)
    if call.operation == "SignIn":
        known = (
            "RootEmail" in call.parameters
            or call.text("UserName").lower() in outcome.account.users
        )
        return {
            "errorMessage": "Failed authentication"
            if known
            else "No username found in supplied account"
        }
    if call.service == "ec2":
        return {"errorCode": f"Client.{answer.code}", "errorMessage": answer.message}
    if denied:
        from coffeeshop.policy.evaluation.explain import (
            message,  # with the whole engine: a list of scenarios does without it
        )

        # HEAD answers without one.
        if call.operation.startswith("Head"):
            text = message(denied)
        else:
            text = answer.message
        return {"errorCode": "AccessDenied", "errorMessage": text}
    declared = OPERATIONS.get((call.service, call.operation))
    if declared and call.service == "iam" and answer.code in declared.errors:
        suffix = "Exception"
    else:
        suffix = ""
    return {"errorCode": f"{answer.code}{suffix}", "errorMessage": answer.message}


def _type(arn: str) -> dict[str, Json]:
    """Returns the type of a resource, where it is told of one."""
    if arn.count(":") < 5:
        return {}
    _, _, service, _, _, name = arn.split(":", 5)
    if "/" in name or ":" in name:
        kind = name.replace(":", "/").partition("/")[0]
    else:
        kind = ""
    if service == "s3":
        kind = "object" if "/" in name else "bucket"
    found = TYPES.get(service, {}).get(kind)
    return {"type": found} if found else {}


def _plain(value: Mapping[str, Json]) -> dict[str, Json]:
    """Returns parameters or an answer in lower camel case, without secrets."""
    return {
        f"{key[:1].lower()}{key[1:]}": _value(value[key])
        for key in value
        if key not in SECRET
    }


def _value(item: Json) -> Json:
    if isinstance(item, Mapping):
        return _plain(item)
    if isinstance(item, tuple):
        return tuple(map(_value, item))
    return item


def _elements(answer: Reply | ServiceError, read: bool) -> Json:
    """Returns what a change answered; AssumeRole, though a read, shows the credential's id."""
    if isinstance(answer, ServiceError) or (read and "Credentials" not in answer.body):
        return None
    return _plain(answer.body) or None


def _console(call: Call, answer: Reply | ServiceError) -> Json:
    name = NAMES.get(call.operation, call.operation)
    return {name: "Success" if isinstance(answer, Reply) else "Failure"}


HOME = "https://console.aws.amazon.com/console/home"


def _additional(outcome: Outcome) -> dict[str, Json]:
    """Returns what signing in and switching roles tell besides.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
    """
    call = outcome.act.call
    answered = isinstance(outcome.answer, Reply)
    match call.operation:
        case "SwitchRole":
            return {"SwitchFrom": _identity(outcome).get("arn"), "RedirectTo": HOME}
        case "SignIn":
            serial = _device(outcome) if answered else ""
            told: dict[str, Json] = {
                "LoginTo": HOME,
                "MobileVersion": "No",
                "MFAUsed": "Yes" if serial else "No",
            }
            if serial:
                return {**told, "MFAIdentifier": serial}
            return told
        case _:
            return {}


def _device(outcome: Outcome) -> str:
    """Returns the serial of the device that answered a sign-in, "" where none was asked."""
    call = outcome.act.call
    account = outcome.account
    if key := call.text("SecurityKey"):
        return key
    person = account.users.get(call.text("UserName").lower())
    if "RootEmail" in call.parameters:
        owner = account.id
    elif person:
        owner = person.id
    else:
        owner = ""
    spent = [
        (device.used[-1], device.serial)
        for device in account.devices_of(owner)
        if device.used
    ]
    if spent and "MfaCode" in call.parameters:
        return max(spent)[1]
    return ""
