"""Write the userIdentity element of a CloudTrail record.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from typing import assert_never

from coffeeshop.account import ids
from coffeeshop.account.access.web_identity import identity_of, read_claims
from coffeeshop.account.credentials import AccessKey, Credential, Session
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Account, Key, Nobody, Outcome, Outsider, Service
from coffeeshop.account.values import Json


def user_identity(outcome: Outcome) -> dict[str, Json]:
    """Return who made a call: a service, a principal of another account, nobody, or the owner of a credential."""
    account = outcome.account
    caller = outcome.act.caller
    if outcome.act.call.operation == "AssumeRoleWithWebIdentity":
        return _web_identity_record(account, outcome)
    match caller:
        case Service(name):
            return {"type": "AWSService", "invokedBy": name}
        case Outsider(arn):
            return {
                "type": "AWSAccount",
                "principalId": arn,
                "accountId": arn.split(":")[4],
            }
        case Nobody() if outcome.act.call.operation == "PortalSignIn":
            return _portal_identity(account, outcome)
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


def foreign_identity(outcome: Outcome) -> dict[str, Json]:
    """Return who made a call, as the account sees it that owns what the call was about.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """
    identity = user_identity(outcome)
    return {
        "type": "AWSAccount",
        "principalId": identity.get("principalId", ""),
        "accountId": outcome.account.id,
    }


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


def _portal_identity(account: Account, outcome: Outcome) -> dict[str, Json]:
    """Return who signed in to the access portal. An unknown name isn't recorded."""
    center = account.organization_center
    name = outcome.act.call.text("UserName")
    user = center.user_named(name) if center else None
    if center is None or user is None:
        return {"type": "Unknown", "accountId": account.id}
    return {
        "type": "IdentityCenterUser",
        "accountId": account.id,
        "onBehalfOf": {"userId": user.id, "identityStoreArn": center.store_arn},
    }


def _web_identity_record(account: Account, outcome: Outcome) -> dict[str, Json]:
    """Return who a token says that its bearer is, whether AWS accepted it or not."""
    claims = read_claims(outcome.act.call.text("WebIdentityToken"))
    identity = identity_of(account, claims) if claims else None
    if identity is None:
        return {"type": "WebIdentityUser"}
    return {
        "type": "WebIdentityUser",
        "principalId": f"{identity.provider}:{identity.audience}:{identity.subject}",
        "userName": identity.subject,
        "identityProvider": identity.provider,
    }


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
        "sessionContext": {
            "sessionIssuer": issuer,
            **_federation_record(credential),
            "attributes": attributes,
        },
    }


def _federation_record(session: Session) -> dict[str, Json]:
    """Return the element about the identity provider whose token opened a session, if one did."""
    if not session.provider or ":saml-provider/" in session.provider:
        return {}
    data: dict[str, Json] = {"federatedProvider": session.provider, "attributes": {}}
    return {"webIdFederationData": data}


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
        "creationDate": format_instant(session.issued),
        "mfaAuthenticated": "true" if session.mfa else "false",
    }
