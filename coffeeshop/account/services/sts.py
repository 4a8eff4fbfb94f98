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
from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account, Act, Call, Key, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.tagging import tagged
from coffeeshop.account.values import Document, Json, Tags
from coffeeshop.policy.model import Standing

HOUR = 3600
HALF_DAY = 12 * HOUR
SESSION_POLICIES = 10  # managed ones; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MESSAGE = 1024 * 1024  # bytes of an encoded message, unpacked: no refusal says more
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
WRONG_SERIAL = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)

OPERATIONS = Operations()


@OPERATIONS.add_with_standing("GetCallerIdentity")
def caller_identity(account: Account, act: Act, standing: Standing) -> Change:
    return account, Reply(
        {
            "UserId": standing.principal.id,
            "Account": standing.principal.account or account.id,
            "Arn": standing.principal.arn,
        }
    )


def _session(account: Account, act: Act) -> Session | None:
    """Returns the session that calls, where it is one."""
    found = account.home_of(act.caller).credential_of(act.caller)
    return found if isinstance(found, Session) else None


# --------------------------------------------------------------------- codes
def mfa_checked(account: Account, act: Act) -> Account:
    """Returns the account after SerialNumber and TokenCode of the call were checked; untouched where it has neither."""
    call = act.call
    serial = call.text("SerialNumber")
    code = call.text("TokenCode")
    if not serial and not code:
        return account
    if not serial or not code:
        raise errors.validation_error(
            "Both SerialNumber and TokenCode are required for MFA."
        )  # uncertain
    home = account.home_of(act.caller)
    found = home.credential_of(act.caller)
    if found:
        device = totp.enabled_device(home, found.owner, serial)
    else:
        device = None
    if device is None or not device.seed:
        raise errors.access_denied(WRONG_SERIAL)
    if (spent := totp.spend_code(home, device, code, act.at)) is None:
        raise errors.access_denied(WRONG_CODE)
    return spent.seen_from(account.id)


# --------------------------------------------------------------------- roles
@OPERATIONS.add_with_standing("AssumeRole")
def assume_role(account: Account, act: Act, standing: Standing) -> Change:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    call = act.call
    name = call.text("RoleSessionName")
    account, session = new_role_session(account, act, standing, name, name)
    role = account.entity_by_id(session.owner)
    assert isinstance(role, Role), "new_role_session() answers a session of a role"
    arn = ids.arn(account, "assumed-role", f"{role.name}/{name}")
    body: dict[str, Json] = {
        "Credentials": sessions.credentials_structure(account, session),
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{name}", "Arn": arn},
    }
    if session.policies is not None or call.tags:
        body["PackedPolicySize"] = _packed(session)
    if session.source_identity:
        body["SourceIdentity"] = session.source_identity
    return account, Reply(body)


def _packed(session: Session) -> int:
    """Returns what session policies and tags take of their space, in percent: of their characters (our choice, since
    AWS packs them; none take nothing, as seen).
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
    """Returns a role session for a caller who may have it: what AssumeRole and the console's SwitchRole do."""
    call = act.call
    before = _session(account, act)
    (asked, *_) = requests_of_call(account, call)
    role = account.roles.get(asked.resource.rsplit("/", 1)[-1].lower())
    if role is None or account.arn(role) != asked.resource:
        raise errors.access_denied(
            f"User: {standing.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {asked.resource}"
        )
    chained = before if before and before.kind == "Role" else None
    if chained and chained.source_identity not in {"", call.text("SourceIdentity")}:
        raise errors.access_denied(
            "The source identity of a session cannot be changed."
        )  # uncertain
    tags, transitive = _carried(chained, call)
    return sessions.new_session(
        mfa_checked(account, act),
        "Role",
        role.id,
        profile,
        act.at,
        _duration(call, role, chained),
        name=name,
        taker=_taker(account, act, standing),
        policies=_session_policies(account, call),
        tags=tags,
        transitive=transitive,
        source_identity=call.text("SourceIdentity"),
    )


def _taker(account: Account, act: Act, standing: Standing) -> str:
    """Returns who took it in the first place: the user behind a chain of roles; a service or a stranger by name, and of a
    chain that a service began the session before, since that is no longer the service's.
    """
    if isinstance(act.caller, Key):
        found = account.home_of(act.caller).credentials[act.caller.id]
    else:
        found = None
    if not found or (isinstance(found, Session) and found.taker.endswith(".amazonaws.com")):
        return standing.principal.arn
    if isinstance(found, Session):
        return found.taker
    return found.owner


def _duration(call: Call, role: Role, chained: Session | None) -> timedelta:
    seconds = call.number("DurationSeconds", HOUR)
    if seconds > role.max_session:
        raise errors.validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if chained and seconds > HOUR:
        raise errors.validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    return timedelta(seconds=seconds)


def _carried(chained: Session | None, call: Call) -> tuple[Tags, tuple[str, ...]]:
    """Returns the session's tags, the call's over the transitive ones of the session before, which may not be set
    again; and the keys of those that go on to the next role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    if chained:
        before = {key.lower() for key in chained.transitive}
    else:
        before = set[str]()
    if chained:
        inherited = {
            key: value for key, value in chained.tags.items() if key.lower() in before
        }
    else:
        inherited = {}
    given = _session_tags(call)
    if before.intersection(map(str.lower, given)):
        raise errors.service_error("InvalidParameterValue", SET_AGAIN)
    further = {key.lower() for key in call.words("TransitiveTagKeys")}
    if further - {key.lower() for key in given}:
        raise errors.service_error("InvalidParameterValue", UNTAGGED)
    tags = {**inherited, **given}
    return tags, tuple(key for key in tags if key.lower() in before | further)


SET_AGAIN = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
    "from the calling session."
)
UNTAGGED = "The specified transitive tag key must be included in the requested tags."


def _session_tags(call: Call) -> Tags:
    return tagged({}, call, code="InvalidParameterValue")


def _session_policies(account: Account, call: Call) -> tuple[Document | str, ...] | None:
    """Returns inline and managed session policies; None where the call gives none, so that nothing caps the session."""
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
def session_token(account: Account, act: Act, standing: Standing) -> Change:
    """Makes a session, for long-term keys only. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    owner, name = _long_term(account, act, "GetSessionToken")
    lasts = _capped(act.call, standing)
    account = mfa_checked(account, act)
    mfa = act.at if act.call.text("TokenCode") else None
    account, session = sessions.new_session(
        account, "SessionToken", owner, f"{name}-session", act.at, lasts, mfa=mfa
    )
    return account, Reply({"Credentials": sessions.credentials_structure(account, session)})


@OPERATIONS.add_with_standing("GetFederationToken")
def federation_token(account: Account, act: Act, standing: Standing) -> Change:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html"""
    call = act.call
    owner, _ = _long_term(account, act, "GetFederationToken")
    name = call.text("Name")
    policies = _session_policies(account, call) or ()
    lasts = _capped(call, standing)
    account, session = sessions.new_session(
        account,
        "Federation",
        owner,
        name,
        act.at,
        lasts,
        name=name,
        policies=policies,
        tags=_session_tags(call),
    )
    user = {
        "FederatedUserId": f"{account.id}:{name}",
        "Arn": ids.arn(account, "federated-user", name),
    }
    body = {
        "Credentials": sessions.credentials_structure(account, session),
        "FederatedUser": user,
    }
    return account, Reply({**body, "PackedPolicySize": _packed(session)})


def _long_term(account: Account, act: Act, operation: str) -> tuple[str, str]:
    """Returns the owner of the access key that calls."""
    if _session(account, act) is not None or not isinstance(act.caller, Key):
        raise errors.access_denied(f"Cannot call {operation} with session credentials")
    found = account.credentials[act.caller.id]
    user = calling_user(account, act.caller)
    return found.owner, user.name if user else "root"


def _capped(call: Call, standing: Standing) -> timedelta:
    """Returns twelve hours unless asked; root gets an hour at most."""
    seconds = call.number("DurationSeconds", HALF_DAY)
    return timedelta(
        seconds=min(seconds, HOUR) if standing.principal.kind == "root" else seconds
    )


# -------------------------------------------------------------------- reading
@OPERATIONS.add("GetAccessKeyInfo")
def key_info(account: Account, act: Act) -> Change:
    """Tells which account a key belongs to. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html"""
    if act.call.text("AccessKeyId") not in account.credentials:
        raise errors.validation_error("Invalid Access Key Id.")  # uncertain
    return account, Reply({"Account": account.id})


@OPERATIONS.add("DecodeAuthorizationMessage")
def decode_message(account: Account, act: Act) -> Change:
    """Opens what EC2 says when it refuses (`errors.encoded`)."""
    try:
        packed = urlsafe_b64decode(act.call.text("EncodedMessage"))
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(packed, MESSAGE).decode()
        if not unpacking.eof:
            raise ValueError("cut off, or longer than any refusal")
        json.loads(text)
    except (ValueError, RecursionError, zlib.error):
        raise errors.service_error(
            "InvalidAuthorizationMessageException", "The message is not valid."
        ) from None  # uncertain
    return account, Reply({"DecodedMessage": text})
