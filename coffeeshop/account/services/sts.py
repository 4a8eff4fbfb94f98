"""STS: who am I, and temporary credentials.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode
from datetime import timedelta
from itertools import chain

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents, sessions, totp
from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.callers import calling_user
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.access.web_identity import identity_of, read_claims
from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account, Act, Call, Key, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.tagging import add_iam_tags
from coffeeshop.account.values import Document, JsonObject, Tags
from coffeeshop.policy.model import Standing

ONE_HOUR_SECONDS = 3600
HALF_DAY = 12 * ONE_HOUR_SECONDS
SESSION_POLICIES = 10  # managed ones; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_MESSAGE_BYTES = (
    1024 * 1024
)  # bytes of an encoded message, unpacked: no refusal says more
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
WRONG_SERIAL = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)

OPERATIONS = Operations()


@OPERATIONS.add_with_standing("GetCallerIdentity")
def get_caller_identity(account: Account, act: Act, standing: Standing) -> Change:
    body = {
        "UserId": standing.principal.id,
        "Account": standing.principal.account or account.id,
        "Arn": standing.principal.arn,
    }
    return account, Reply(body)


def _calling_session(account: Account, act: Act) -> Session | None:
    """Return the session whose credential calls, or None for a long-term key."""
    credential = account.home_of(act.caller).credential_of(act.caller)
    if isinstance(credential, Session):
        return credential
    return None


# --------------------------------------------------------------------- codes
def check_mfa_code(account: Account, act: Act) -> Account:
    """Return the account after the call's MFA code was checked and spent.

    Without SerialNumber and TokenCode nothing is checked.
    """
    call = act.call
    serial = call.text("SerialNumber")
    code = call.text("TokenCode")
    if not serial and not code:
        return account
    if not serial or not code:
        # uncertain
        raise errors.validation_error(
            "Both SerialNumber and TokenCode are required for MFA."
        )
    home = account.home_of(act.caller)
    credential = home.credential_of(act.caller)
    if credential:
        device = totp.enabled_device(home, credential.owner, serial)
    else:
        device = None
    if device is None or not device.seed:
        raise errors.access_denied(WRONG_SERIAL)
    if (account_after := totp.spend_code(home, device, code, act.at)) is None:
        raise errors.access_denied(WRONG_CODE)
    return account_after.seen_from(account.id)


# --------------------------------------------------------------------- roles
@OPERATIONS.add_with_standing("AssumeRole")
def assume_role(account: Account, act: Act, standing: Standing) -> Change:
    """Assume a role, and return the session's temporary credentials.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    call = act.call
    name = call.text("RoleSessionName")
    account, session = new_role_session(account, act, standing, name, name)
    role = account.entity_by_id(session.owner)
    assert isinstance(role, Role), "new_role_session() answers a session of a role"
    arn = ids.arn(account, "assumed-role", f"{role.name}/{name}")
    body: JsonObject = {
        "Credentials": sessions.credentials_structure(account, session),
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{name}", "Arn": arn},
    }
    if session.policies is not None or call.tags:
        body["PackedPolicySize"] = _packed_policy_size(session)
    if session.source_identity:
        body["SourceIdentity"] = session.source_identity
    return account, Reply(body)


def _packed_policy_size(session: Session) -> int:
    """Return the percentage of their quota that session policies and tags use.

    We count characters, since AWS doesn't say how it packs them. Without any it is 0
    (seen).
    """
    policies = (
        policy if isinstance(policy, str) else policy.text
        for policy in session.policies or ()
    )
    size = sum(map(len, chain(policies, session.tags, session.tags.values())))
    return min(size * 100 // policy_documents.SESSION_SIZE, 100)


def new_role_session(
    account: Account, act: Act, standing: Standing, name: str, profile: str
) -> tuple[Account, Session]:
    """Return the account with a new session of a role, for AssumeRole and the console's
    SwitchRole.
    """
    call = act.call
    session = _calling_session(account, act)
    (request, *_) = requests_of_call(account, call)
    role = account.roles.get(request.resource.rsplit("/", 1)[-1].lower())
    if role is None or account.arn(role) != request.resource:
        raise errors.access_denied(
            f"User: {standing.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {request.resource}"
        )
    if session and session.kind == "Role":
        chained = session
    else:
        chained = None
    if chained and chained.source_identity not in {"", call.text("SourceIdentity")}:
        raise errors.access_denied(
            "The source identity of a session cannot be changed."
        )  # uncertain
    tags, transitive = _session_and_transitive_tags(chained, call)
    return sessions.new_session(
        check_mfa_code(account, act),
        "Role",
        role.id,
        profile,
        act.at,
        _session_duration(call, role, chained),
        name=name,
        taker=_original_taker(account, act, standing),
        policies=_session_policies(account, call),
        tags=tags,
        transitive=transitive,
        source_identity=call.text("SourceIdentity"),
    )


@OPERATIONS.add("AssumeRoleWithWebIdentity")
def assume_role_with_web_identity(account: Account, act: Act) -> Change:
    """Assume a role with the token of an OIDC issuer, which the door has verified.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    call = act.call
    name = call.text("RoleSessionName")
    role = account.role_named_by(call.text("RoleArn"))
    identity = identity_of(account, read_claims(call.text("WebIdentityToken")) or {})
    if role is None or identity is None:
        raise errors.access_denied(f"Not authorized to perform sts:{call.operation}")
    account, session = sessions.new_session(
        account,
        "Role",
        role.id,
        name,
        act.at,
        _session_duration(call, role, None),
        name=name,
        taker=identity.provider,
        policies=_session_policies(account, call),
        tags=identity.tags,
        transitive=identity.transitive,
        source_identity=identity.source_identity,
        provider=identity.provider,
        claims=identity.session_claims,
    )
    arn = ids.arn(account, "assumed-role", f"{role.name}/{name}")
    body: JsonObject = {
        "Credentials": sessions.credentials_structure(account, session),
        "SubjectFromWebIdentityToken": identity.subject,
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{name}", "Arn": arn},
        "Provider": identity.provider,
        "Audience": identity.audience,
    }
    if session.policies is not None or session.tags:
        body["PackedPolicySize"] = _packed_policy_size(session)
    if session.source_identity:
        body["SourceIdentity"] = session.source_identity
    return account, Reply(body)


def _original_taker(account: Account, act: Act, standing: Standing) -> str:
    """Return who assumed the first role of a chain: a user's id, or an ARN for services and
    outsiders.

    A chain that a service began counts from the session before, which is no longer the
    service's.
    """
    if isinstance(act.caller, Key):
        credential = account.home_of(act.caller).credentials[act.caller.id]
    else:
        credential = None
    if not credential or (
        isinstance(credential, Session) and credential.taker.endswith(".amazonaws.com")
    ):
        return standing.principal.arn
    if isinstance(credential, Session):
        return credential.taker
    return credential.owner


def _session_duration(call: Call, role: Role, chained: Session | None) -> timedelta:
    """Return how long a role session lasts, an hour by default.

    Raise ValidationError beyond the role's maximum, or beyond one hour if a role session assumes
    another role (role chaining).

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    seconds = call.number("DurationSeconds", ONE_HOUR_SECONDS)
    if seconds > role.max_session:
        raise errors.validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if chained and seconds > ONE_HOUR_SECONDS:
        raise errors.validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    return timedelta(seconds=seconds)


def _session_and_transitive_tags(
    chained: Session | None, call: Call
) -> tuple[Tags, tuple[str, ...]]:
    """Return the new session's tags, and the keys of those that are transitive.

    The call's tags are added to the transitive tags of the session before, which it can't
    change.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    transitive_keys = set[str]()
    inherited: Tags = {}
    if chained:
        transitive_keys = {key.lower() for key in chained.transitive}
        inherited = {
            key: value
            for key, value in chained.tags.items()
            if key.lower() in transitive_keys
        }
    new_tags = _requested_tags(call)
    if transitive_keys.intersection(map(str.lower, new_tags)):
        raise errors.service_error("InvalidParameterValue", SET_AGAIN)
    new_transitive_keys = {key.lower() for key in call.words("TransitiveTagKeys")}
    if new_transitive_keys - {key.lower() for key in new_tags}:
        raise errors.service_error("InvalidParameterValue", TRANSITIVE_TAG_MISSING)
    tags = {**inherited, **new_tags}
    all_transitive_keys = transitive_keys | new_transitive_keys
    return tags, tuple(key for key in tags if key.lower() in all_transitive_keys)


SET_AGAIN = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
TRANSITIVE_TAG_MISSING = (
    "The specified transitive tag key must be included in the requested tags."
)


def _requested_tags(call: Call) -> Tags:
    return add_iam_tags({}, call, code="InvalidParameterValue")


def _session_policies(account: Account, call: Call) -> tuple[Document | str, ...] | None:
    """Return inline and managed session policies.

    Return None if the call gives none, so nothing limits the session.
    """
    arns = tuple(str(row.get("arn", "")) for row in call.rows("PolicyArns"))
    if len(arns) > SESSION_POLICIES:
        limit = f"Member must have length less than or equal to {SESSION_POLICIES}"
        text = f"1 validation error detected: Value at 'policyArns' failed to satisfy constraint: {limit}"
        raise errors.validation_error(text)  # uncertain
    if unknown := [arn for arn in arns if find_managed_policy(account, arn) is None]:
        raise errors.validation_error(
            f"Policy {unknown[0]} does not exist or is not attachable."
        )  # uncertain
    if "Policy" in call.parameters:
        inline = (policy_documents.parse_session_policy(call.text("Policy")),)
    else:
        inline = ()
    return (*inline, *arns) or None


# ------------------------------------------------------- one's own sessions
@OPERATIONS.add_with_standing("GetSessionToken")
def get_session_token(account: Account, act: Act, standing: Standing) -> Change:
    """Create a session for the owner of a long-term access key.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    owner, name = _key_owner(account, act, "GetSessionToken")
    duration = _capped_duration(act.call, standing)
    account = check_mfa_code(account, act)
    if act.call.text("TokenCode"):
        mfa = act.at
    else:
        mfa = None
    account, session = sessions.new_session(
        account, "SessionToken", owner, f"{name}-session", act.at, duration, mfa=mfa
    )
    body = {"Credentials": sessions.credentials_structure(account, session)}
    return account, Reply(body)


@OPERATIONS.add_with_standing("GetFederationToken")
def get_federation_token(account: Account, act: Act, standing: Standing) -> Change:
    """Create a session for a federated user, limited by session policies.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    """
    call = act.call
    owner, _ = _key_owner(account, act, "GetFederationToken")
    name = call.text("Name")
    policies = _session_policies(account, call) or ()
    duration = _capped_duration(call, standing)
    account, session = sessions.new_session(
        account,
        "Federation",
        owner,
        name,
        act.at,
        duration,
        name=name,
        policies=policies,
        tags=_requested_tags(call),
    )
    user = {
        "FederatedUserId": f"{account.id}:{name}",
        "Arn": ids.arn(account, "federated-user", name),
    }
    body = {
        "Credentials": sessions.credentials_structure(account, session),
        "FederatedUser": user,
    }
    return account, Reply({**body, "PackedPolicySize": _packed_policy_size(session)})


def _key_owner(account: Account, act: Act, operation: str) -> tuple[str, str]:
    """Return the id and name of the long-term key's owner.

    Raise AccessDenied for sessions.
    """
    if _calling_session(account, act) is not None or not isinstance(act.caller, Key):
        raise errors.access_denied(f"Cannot call {operation} with session credentials")
    access_key = account.credentials[act.caller.id]
    user = calling_user(account, act.caller)
    return access_key.owner, user.name if user else "root"


def _capped_duration(call: Call, standing: Standing) -> timedelta:
    """Return DurationSeconds, twelve hours by default; for root an hour at most."""
    seconds = call.number("DurationSeconds", HALF_DAY)
    if standing.principal.kind == "root":
        seconds = min(seconds, ONE_HOUR_SECONDS)
    return timedelta(seconds=seconds)


# -------------------------------------------------------------------- reading
@OPERATIONS.add("GetAccessKeyInfo")
def get_access_key_info(account: Account, act: Act) -> Change:
    """Return the account that an access key belongs to.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    """
    if act.call.text("AccessKeyId") not in account.credentials:
        raise errors.validation_error("Invalid Access Key Id.")  # uncertain
    body = {"Account": account.id}
    return account, Reply(body)


@OPERATIONS.add("DecodeAuthorizationMessage")
def decode_authorization_message(account: Account, act: Act) -> Change:
    """Decode the message in EC2's refusals (`errors.encode_decision`)."""
    try:
        packed = urlsafe_b64decode(act.call.text("EncodedMessage"))
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(packed, MAX_MESSAGE_BYTES).decode()
        if not unpacking.eof:
            raise ValueError("cut off, or longer than any refusal")
        json.loads(text)
    except (ValueError, RecursionError, zlib.error):
        raise errors.service_error(
            "InvalidAuthorizationMessageException", "The message is not valid."
        ) from None  # uncertain
    body = {"DecodedMessage": text}
    return account, Reply(body)
