"""The one door: validate, authenticate, authorise, apply, record; all else that changes an account goes through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access.authorization_requests import (
    ASSUMING_OPERATIONS,
    complete_call,
    requests_of_act,
)
from coffeeshop.account.access.callers import is_root
from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.api import parameters
from coffeeshop.account.api.operations import OPERATIONS, services
from coffeeshop.account.credentials import Session, Use
from coffeeshop.account.model import (
    Account,
    Act,
    Answer,
    Call,
    Nobody,
    Outcome,
    ServiceError,
)
from coffeeshop.account.services import (
    Apply,
    cloudtrail,
    console,
    dynamodb,
    ec2,
    lambda_,
    organizations,
    s3,
    sqs,
    sts,
)
from coffeeshop.account.services.iam import (
    account_alias,
    attachments,
    credentials,
    identities,
    instance_profiles,
    last_accessed,
    mfa,
    not_held,
    policies,
    reports,
    simulator,
    tags,
)
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Decision, Request, Standing

DOES: Mapping[
    str, Mapping[str, Apply]
] = {  # service -> operation -> what it does once it is allowed
    "iam": {
        **identities.OPERATIONS,
        **instance_profiles.OPERATIONS,
        **policies.OPERATIONS,
        **attachments.OPERATIONS,
        **credentials.OPERATIONS,
        **mfa.OPERATIONS,
        **tags.OPERATIONS,
        **account_alias.OPERATIONS,
        **not_held.OPERATIONS,
        **reports.OPERATIONS,
        **last_accessed.OPERATIONS,
        **simulator.OPERATIONS,
    },
    "sts": sts.OPERATIONS,
    "console": console.OPERATIONS,
    "s3": s3.OPERATIONS,
    "dynamodb": dynamodb.OPERATIONS,
    "sqs": sqs.OPERATIONS,
    "lambda": lambda_.OPERATIONS,
    "ec2": ec2.OPERATIONS,
    "organizations": organizations.OPERATIONS,
    "cloudtrail": cloudtrail.OPERATIONS,
}
ROW_BY_ROW = {"DeleteObjects"}  # its answer tells of each thing whether it was done
ANONYMOUS = {"s3", "sqs"}  # services whose resource policies may speak to anyone
# Never for root.
LOCKED_OUT = {
    "GetBucketPolicy",
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "SetQueueAttributes",
}


def handle(account: Account, act: Act) -> Outcome:
    """Returns what comes of one act. A refused call changes nothing but the record of use.

    Of several accounts that one answers whose credential calls, or that somebody signs in to.

    Order: the operation, its parameters, the credential, authorisation (before existence), then what the operation
    itself finds. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    there = answering_account(account, act)
    outcome = _answered(there, act)
    if there.id == account.id:
        return outcome
    return replace(outcome, account=outcome.account.seen_from(account.id))


def answering_account(account: Account, act: Act) -> Account:
    """Returns the accounts with the one in front that a call is made in."""
    if act.call.operation != "SignIn" or not account.others:
        return account.home_of(act.caller)
    named = {act.call.text("AccountId"), act.call.text("RootEmail")} - {""}
    found = (
        other.id
        for other in account.others.values()
        if named & {other.id, other.alias, other.email}
    )
    return account.seen_from(next(found, account.id))


def _answered(account: Account, act: Act) -> Outcome:
    before = replace(account, calls=account.calls + 1)
    who = None
    decisions = ()
    answer: Answer
    try:
        apply = _operation(act.call)
        whole = _whole(before, act)
        who, requests = _authenticated(before, whole)
        decisions = tuple(authorize(who, request) for request in requests)
        _refuse_denied(act.call, decisions)
        _refuse_protected(before, act.call)
        after, answer = apply(
            before.seen_from(_held_by(before, act.call, requests)), whole, who
        )
        after = after.seen_from(account.id)
    except ServiceError as refusal:
        after = before
        answer = refusal.bare()
    return Outcome(
        act, _with_last_use(after, act, decisions) if who else after, answer, decisions
    )


def _whole(account: Account, act: Act) -> Act:
    """Returns an act with whose rights it counts under, and what AWS takes from the caller."""
    caller = console.speaker(account, act)
    return replace(act, caller=caller, call=complete_call(account, act.call, caller))


def is_refused(account: Account, act: Act) -> bool:
    """Tells whether a policy refuses a call, or the credential opens nothing; what else AWS would find in the call isn't asked."""
    there = answering_account(account, act)
    try:
        who, requests = _authenticated(there, _whole(there, act))
    except ServiceError:
        return True
    return not all(isinstance(authorize(who, request), Allowed) for request in requests)


ACROSS = {"sts", "s3"}  # services whose calls act on what another account holds


def _held_by(account: Account, call: Call, requests: tuple[Request, ...]) -> str:
    """Returns the account in which a call is carried out: the one that has the role or the bucket."""
    holders = (
        request.account
        for request in requests
        if call.service in ACROSS and request.account in account.others
    )
    return next(holders, account.id)


def replay(account: Account, acts: Iterable[Act]) -> tuple[Outcome, ...]:
    """Returns the outcomes of acts, each on the account that the one before it left. ValueError where time runs
    backwards.
    """
    done: list[Outcome] = []
    for act in acts:
        if done and act.at < done[-1].act.at:
            raise ValueError(f"{act.at} comes before {done[-1].act.at}")
        done.append(handle(account, act))
        account = done[-1].account
    return tuple(done)


def _operation(call: Call) -> Apply:
    """Returns what the call's operation does, once its parameters fit. InvalidAction, NotSimulated, ValidationError."""
    try:
        row = OPERATIONS[call.service, call.operation]
    except KeyError:
        version = next(
            (model.version for model in services().values() if model.name == call.service),
            "",
        )
        whose = f"version {version}" if version else f"service {call.service}"
        raise errors.service_error(
            "InvalidAction", f"Could not find operation {call.operation} for {whose}"
        ) from None
    apply = DOES[call.service].get(call.operation)
    if apply is None:
        raise errors.not_simulated(call.service, call.operation)
    parameters.check(row, call.parameters)
    return apply


# ------------------------------------------------------------- authentication
def _authenticated(account: Account, act: Act) -> tuple[Standing, tuple[Request, ...]]:
    """Returns who calls, and what they ask for, with the time of the call. Raises ServiceError where the credential is bad."""
    service = act.call.service
    if (
        isinstance(act.caller, Nobody)
        and service not in ANONYMOUS
        and act.call.operation != "SignIn"
    ):
        raise errors.service_error(
            "MissingAuthenticationToken", "Request is missing Authentication Token"
        )
    requests = requests_of_act(account, act)
    unlocked = act.call.operation in LOCKED_OUT and is_root(account, act.caller)
    try:
        who = build_call_standing(
            account, act.caller, act.at, () if unlocked else (r.resource for r in requests)
        )
        _refuse_unreachable(account, act, who)
    except ServiceError as refusal:
        raise errors.reword_for_service(service, refusal) from None
    return who, requests


def _refuse_unreachable(account: Account, act: Act, who: Standing) -> None:
    """Refuses what root, and a temporary credential, may not call at all, whatever policies say.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    if who.principal.kind == "root" and act.call.operation in ASSUMING_OPERATIONS:
        raise errors.access_denied("Roles may not be assumed by root accounts.")
    found = account.credential_of(act.caller)
    if not isinstance(found, Session) or found.kind not in BOUND:
        return
    if act.call.service == "iam" and (found.kind == "Federation" or found.mfa is None):
        raise errors.service_error("InvalidClientTokenId", errors.INVALID)
    if act.call.service == "sts" and act.call.operation not in BOUND[found.kind]:
        raise errors.access_denied(
            f"Cannot call {act.call.operation} with session credentials"
        )


BOUND = {
    "SessionToken": {"AssumeRole", "GetCallerIdentity"},
    "Federation": {"GetCallerIdentity"},
}


# -------------------------------------------------------------- authorization
def _refuse_denied(call: Call, decisions: Iterable[Decision]) -> None:
    """Raises the first refusal, in the words of its service; what is told row by row is not refused as a whole."""
    if call.operation in ROW_BY_ROW:
        return
    for decision in decisions:
        if not isinstance(decision, Allowed):
            raise errors.not_authorized(call, decision)


def _refuse_protected(account: Account, call: Call) -> None:
    """Raises UnmodifiableEntity, of rows that declare it: roles of AWS's services and of Identity Center are not changed.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    if "UnmodifiableEntity" in OPERATIONS[call.service, call.operation].errors:
        role = account.roles.get(call.text("RoleName").lower())
        if role and role.path.startswith(tuple(identities.RESERVED)):
            raise errors.service_error(
                "UnmodifiableEntity",
                f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS",
            )


# ----------------------------------------------------------------- the record
def _with_last_use(account: Account, act: Act, decisions: tuple[Decision, ...]) -> Account:
    """Returns the account with the last use of the caller's credential and action, refused calls included.

    A credential's use is recorded at most once in 15 minutes, as AWS does.
    """
    found = account.credential_of(act.caller)
    if found is None:
        return account
    use = Use(act.at, act.call.origin.region, act.call.service)
    usage = account.usage
    last = usage.get(found.id, {}).get("")
    if last is None or act.at - last.at >= QUARTER:
        usage = usage.put(found.id, {"": use})
    if decisions:
        action = decisions[0].request.action
    else:
        action = f"{act.call.service}:{act.call.operation}"
    of_owner = usage.get(found.owner, {})
    if of_owner.get(action) != use:  # scripts call many times in a second
        usage = usage.put(found.owner, {**of_owner, action: use})
    return replace(account, usage=usage)


QUARTER = timedelta(minutes=15)
