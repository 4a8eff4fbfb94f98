"""Compute the CloudTrail record of an outcome when it is shown.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
Passwords, secrets, seeds, codes and bodies never enter a record.
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.callers import answering_account
from coffeeshop.account.access.targets import target_of_outcome
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.credentials import Session
from coffeeshop.account.events.event_identity import foreign_identity, user_identity
from coffeeshop.account.events.event_names import (
    SERVICE_EVENTS,
    event_name,
    event_source,
    is_console_event,
    is_data_event,
    is_read,
)
from coffeeshop.account.events.event_resources import event_resources
from coffeeshop.account.events.event_values import (
    bucket_host,
    request_parameters,
    response_elements,
)
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Call, Key, Outcome, Reply, Service, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Allowed, ExplicitlyDenied, ImplicitlyDenied

GLOBAL_SERVICES = {"iam", "sts", "console", "organizations"}
# The services that record the parameters of a refused call, too (recorded).
KEEPS_REFUSED_PARAMETERS = {"s3", "ec2"}


def cloudtrail_event(outcome: Outcome, recipient: str = "") -> dict[str, Json]:
    """Return the record of an act, with CloudTrail's keys in CloudTrail's order.

    A call on another account has two records with the same `sharedEventID`: the caller's, and
    one in the account that owns what the call was about. `recipient` is the id of the account
    whose record this is. "": the caller's.
    """
    act = outcome.act
    account = answering_account(outcome.account, act)
    outcome = replace(outcome, account=account)
    is_foreign = recipient not in ("", account.id)
    answer = outcome.answer
    call = act.call
    is_console = is_console_event(call)
    is_hidden = errors.is_refusal(answer) and call.service not in KEEPS_REFUSED_PARAMETERS
    error_fields = (
        _error_fields(outcome, answer) if isinstance(answer, ServiceError) else {}
    )
    request_id = ids.request_id(account)
    additional_data = _additional_data(outcome)
    resources = event_resources(outcome)
    is_management = not is_data_event(call)
    event_id = ids.draw_uuid(account.seed, "event", account.calls)
    return {
        "eventVersion": "1.11",
        "userIdentity": foreign_identity(outcome) if is_foreign else user_identity(outcome),
        "eventTime": format_instant(act.at),
        "eventSource": f"{event_source(call)}.amazonaws.com",
        "eventName": event_name(call),
        "awsRegion": event_region(call),
        "sourceIPAddress": _source_address(outcome),
        "userAgent": _user_agent(outcome),
        **error_fields,
        "requestParameters": None if is_hidden else request_parameters(call),
        "responseElements": response_elements(call, answer, request_id),
        **({"additionalEventData": additional_data} if additional_data else {}),
        **({} if is_console else {"requestID": request_id}),
        "eventID": ids.draw_uuid(account.seed, event_id, recipient)
        if is_foreign
        else event_id,
        "readOnly": is_read(call),
        **({"resources": resources} if resources else {}),
        "eventType": _event_type(call),
        "managementEvent": is_management,
        "recipientAccountId": recipient or account.id,
        **_shared_event(outcome),
        "eventCategory": "Management" if is_management else "Data",
        **_connection(outcome),
        **_portal_details(call, account.id),
    }


def event_region(call: Call) -> str:
    """Return the Region in which a call is recorded. Global services record theirs in one Region."""
    return ids.REGION if call.service in GLOBAL_SERVICES else call.origin.region


def _shared_event(outcome: Outcome) -> dict[str, Json]:
    """Return the id that both records of a call on another account have.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    account = outcome.account
    is_refused = isinstance(outcome.answer, ServiceError)
    if is_refused or target_of_outcome(outcome) == account.id:
        return {}
    return {"sharedEventID": ids.draw_uuid(account.seed, "shared event", account.calls)}


def _event_type(call: Call) -> str:
    """Return the eventType: an API call, an act of the sign-in pages, or an event of a service."""
    if call.operation in SERVICE_EVENTS:
        return "AwsServiceEvent"
    return "AwsConsoleSignIn" if is_console_event(call) else "AwsApiCall"


def _portal_details(call: Call, account_id: str) -> dict[str, Json]:
    """Return the details of a sign-in through the access portal: the account and the permission set."""
    if call.operation not in SERVICE_EVENTS:
        return {}
    role_name = call.text("PermissionSetName")
    details: dict[str, Json] = {"role_name": role_name, "account_id": account_id}
    return {"serviceEventDetails": details}


# Who signs in does so in a browser.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
BROWSER_USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)


def _user_agent(outcome: Outcome) -> str:
    """Return the program that made the call: a browser for an act of the console, or the name of the service."""
    caller = outcome.act.caller
    if isinstance(caller, Service):
        return caller.name
    if is_console_event(outcome.act.call):
        return BROWSER_USER_AGENT
    return outcome.act.call.origin.agent


def _source_address(outcome: Outcome) -> str:
    """Return the caller's IP address, or the name of the service that called."""
    caller = outcome.act.caller
    return caller.name if isinstance(caller, Service) else outcome.act.call.origin.ip


def _connection(outcome: Outcome) -> dict[str, Json]:
    """Return how the call came: over TLS, from the console, or from inside AWS, which is said by no member."""
    caller = outcome.act.caller
    call = outcome.act.call
    if isinstance(caller, Service):
        return {}
    if isinstance(caller, Key) and not is_console_event(call):
        credential = outcome.account.credentials.get(caller.id)
        if isinstance(credential, Session) and credential.kind == "Console":
            return {"sessionCredentialFromConsole": "true"}
    return {
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": CIPHER_SUITE,
            "clientProvidedHostHeader": _host(call),
        }
    }


CIPHER_SUITE = "TLS_AES_128_GCM_SHA256"


def _host(call: Call) -> str:
    """Return the host name that a client calls."""
    match event_source(call):
        case "signin":
            return "signin.aws.amazon.com"
        case "iam":
            return "iam.amazonaws.com"
        case "s3":
            return bucket_host(call)
        case service:
            return f"{service}.{event_region(call)}.amazonaws.com"


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


CONSOLE_HOME = "https://console.aws.amazon.com/console/home"


def _additional_data(outcome: Outcome) -> dict[str, Json]:
    """Return the additional data that CloudTrail records for S3, for signing in and for switching roles.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
    """
    call = outcome.act.call
    if call.service == "s3":
        return _transfer_data(outcome)
    operation = call.operation
    if operation == "SwitchRole":
        return {"SwitchFrom": user_identity(outcome).get("arn"), "RedirectTo": CONSOLE_HOME}
    if operation != "SignIn":
        return {}
    if isinstance(outcome.answer, Reply):
        serial = _device_used(outcome)
    else:
        serial = ""
    data: dict[str, Json] = {
        "LoginTo": CONSOLE_HOME,
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
    if "MfaCode" not in call.parameters:
        return ""
    user = account.users.get(call.text("UserName").lower())
    if "RootEmail" in call.parameters:
        owner_id = account.id
    else:
        owner_id = user.id if user else ""
    devices = [device for device in account.devices_of(owner_id) if device.used]
    if not devices:
        return ""
    # The sign-in just used a code, so the device that was used last is the one.
    last_used = max(devices, key=lambda device: (device.used[-1], device.serial))
    return last_used.serial


def _transfer_data(outcome: Outcome) -> dict[str, Json]:
    """Return how a request to S3 was signed and encrypted, and how many bytes came and went."""
    account = outcome.account
    call = outcome.act.call
    body = call.parameters.get("Body", b"")
    returned = (
        outcome.answer.body.get("Body", b"") if isinstance(outcome.answer, Reply) else b""
    )
    data: dict[str, Json] = {
        "SignatureVersion": "SigV4",
        "CipherSuite": CIPHER_SUITE,
        "bytesTransferredIn": len(body) if isinstance(body, bytes) else 0,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": ids.draw_uuid(account.seed, "host", account.calls).replace("-", ""),
        "bytesTransferredOut": len(returned) if isinstance(returned, bytes) else 0,
    }
    if call.operation in ("PutObject", "CopyObject"):
        data["SSEApplied"] = "Default_SSE_S3"
    return data
