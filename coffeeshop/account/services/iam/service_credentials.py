"""Service-specific credentials: a user name and a password of an IAM user for one service, such as CodeCommit.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html
Codes and texts are as LocalStack's tests recorded them from AWS (tests/aws/services/iam, March 2025).
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.credentials import ServiceCredential
from coffeeshop.account.iam_resources import User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import is_about_root, named_user
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Standing

CREDENTIAL_SERVICES = {"codecommit.amazonaws.com", "cassandra.amazonaws.com"}
# Their credentials are API keys, which end after some days.
KEY_SERVICES = {"bedrock.amazonaws.com", "logs.amazonaws.com"}
MAX_CREDENTIALS = 2  # of a user for one service

OPERATIONS = Operations()


def _refuse_service(call: Call) -> None:
    """Raise NoSuchEntity for a service without such credentials, NotSimulated for one whose credentials are API keys."""
    service = call.text("ServiceName")
    if service in KEY_SERVICES:
        text = f"API keys of {service} are not simulated in this account."
        raise errors.service_error("NotSimulated", text)
    if service and service not in CREDENTIAL_SERVICES:
        text = f"No such service {service} is supported for Service Specific Credentials"
        raise errors.service_error("NoSuchEntity", text)


def _credential_shape(
    account: Account, user: User, credential: ServiceCredential
) -> JsonObject:
    """Return a credential without its password."""
    return {
        "CreateDate": format_timestamp(credential.created),
        "ServiceName": credential.service,
        "ServiceUserName": f"{user.name}-at-{account.id}",
        "ServiceSpecificCredentialId": credential.id,
        "UserName": user.name,
        "Status": credential.status,
    }


def _shown_once(account: Account, user: User, credential: ServiceCredential) -> Reply:
    """Return a credential with its password, which no later answer shows."""
    password = ids.service_password(account, credential.id, credential.resets)
    shape = _credential_shape(account, user, credential)
    return Reply({"ServiceSpecificCredential": {**shape, "ServicePassword": password}})


@OPERATIONS.add("CreateServiceSpecificCredential")
def create_service_specific_credential(account: Account, act: Act) -> Change:
    """Create a credential. Only this answer and a reset show its password.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
    """
    user = named_user(account, act.call)
    _refuse_service(act.call)
    service = act.call.text("ServiceName")
    held = [each for each in user.service_credentials if each.service == service]
    errors.check_quota(held, MAX_CREDENTIALS, "ServiceSpecificCredentialsPerUser")
    account, id = ids.new_unique_id(account, "service-credential", user.name.lower())
    credential = ServiceCredential(id, service, act.at)
    changed = replace(user, service_credentials=(*user.service_credentials, credential))
    return account.put(changed), _shown_once(account, user, credential)


@OPERATIONS.add_with_standing("ListServiceSpecificCredentials")
def list_service_specific_credentials(
    account: Account, act: Act, standing: Standing
) -> Change:
    """List the credentials of a user, or of all users."""
    call = act.call
    if call.parameters.get("AllUsers") is True:
        users = list(account.users.values())
    elif is_about_root(call, standing):
        users = []
    else:
        users = [named_user(account, call)]
    _refuse_service(call)
    shapes = {
        credential.id: _credential_shape(account, user, credential)
        for user in users
        for credential in user.service_credentials
        if call.text("ServiceName") in {"", credential.service}
    }
    page = list_page(call, "ServiceSpecificCredentials", shapes, lambda id: shapes[id])
    return account, page


def _named_credential(account: Account, call: Call) -> tuple[User, ServiceCredential]:
    """Return the user and the credential that a call names. Raise NoSuchEntity."""
    user = named_user(account, call)
    id = call.text("ServiceSpecificCredentialId")
    for credential in user.service_credentials:
        if credential.id == id:
            return user, credential
    raise errors.service_error("NoSuchEntity", f"No such credential {id} exists")


def _with_credential(account: Account, user: User, changed: ServiceCredential) -> Account:
    """Return the account in which a user has a credential in place of the one with its id."""
    credentials = tuple(
        changed if each.id == changed.id else each for each in user.service_credentials
    )
    return account.put(replace(user, service_credentials=credentials))


@OPERATIONS.add("UpdateServiceSpecificCredential")
def update_service_specific_credential(account: Account, act: Act) -> Change:
    """Activate or deactivate a credential."""
    user, credential = _named_credential(account, act.call)
    status = act.call.text("Status")
    if status == "Expired":
        text = "Status Expired is not supported."  # uncertain
        raise errors.service_error("NotSimulated", text)
    changed = replace(credential, status="Active" if status == "Active" else "Inactive")
    return _with_credential(account, user, changed), EMPTY_REPLY


@OPERATIONS.add("ResetServiceSpecificCredential")
def reset_service_specific_credential(account: Account, act: Act) -> Change:
    """Give a credential a new password. The old one no longer works."""
    user, credential = _named_credential(account, act.call)
    changed = replace(credential, resets=credential.resets + 1)
    account_after = _with_credential(account, user, changed)
    return account_after, _shown_once(account, user, changed)


@OPERATIONS.add("DeleteServiceSpecificCredential")
def delete_service_specific_credential(account: Account, act: Act) -> Change:
    """Delete a credential for good."""
    user, credential = _named_credential(account, act.call)
    remaining = tuple(each for each in user.service_credentials if each is not credential)
    return account.put(replace(user, service_credentials=remaining)), EMPTY_REPLY
