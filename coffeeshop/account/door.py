"""The one door to an account: validate, authenticate, authorize, apply, record. Every change of an account goes through it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access.authorization_requests import (
    ASSUMING_OPERATIONS,
    complete_call,
    requests_of_act,
)
from coffeeshop.account.access.callers import (
    WEB_IDENTITY,
    answering_account,
    is_root,
    is_unsigned,
)
from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.access.targets import target_account_id
from coffeeshop.account.access.web_identity import verify_token
from coffeeshop.account.api import parameters
from coffeeshop.account.api.operations import OPERATIONS, services
from coffeeshop.account.credentials import Session, Use
from coffeeshop.account.events.event_history import record_event
from coffeeshop.account.model import (
    Account,
    Act,
    Answer,
    Call,
    Nobody,
    Outcome,
    ServiceError,
)
from coffeeshop.account.services import Apply, Operations, console
from coffeeshop.account.services.iam import identities
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Decision, Principal, Request, Standing

SERVICE_MODULES: Mapping[str, tuple[str, ...]] = {
    # service -> its modules in `account/services/`, in the order in which an operation is looked up in them
    "iam": (
        "iam.identities",
        "iam.attachments",
        "iam.policies",
        "iam.credentials",
        "iam.service_credentials",
        "iam.mfa",
        "iam.tags",
        "iam.linked_roles",
        "iam.instance_profiles",
        "iam.account_alias",
        "iam.empty_lists",
        "iam.oidc_providers",
        "iam.saml_providers",
        "iam.reports",
        "iam.last_accessed",
        "iam.simulator",
    ),
    "sts": ("sts",),
    "console": ("console", "access_portal"),
    "s3": (
        "s3.buckets",
        "s3.objects",
        "s3.bucket_policies",
        "s3.bucket_settings",
        "s3.encryption",
        "s3.multipart",
        "s3.multipart_lists",
        "s3.tag_sets",
        "s3.versioning",
        "s3.acls",
    ),
    "dynamodb": ("dynamodb.tables", "dynamodb.items", "dynamodb.queries"),
    "sqs": ("sqs.queues", "sqs.messages", "sqs.batches"),
    "lambda": ("lambda_",),
    "ec2": ("ec2",),
    "organizations": (
        "organizations.accounts",
        "organizations.units",
        "organizations.policies",
        "organizations.invitations",
        "organizations.tags",
    ),
    "cloudtrail": ("cloudtrail", "event_lookup"),
    "kms": (
        "kms.keys",
        "kms.cryptography",
        "kms.aliases",
        "kms.key_policies",
        "kms.grants",
    ),
    "sso-admin": (
        "sso_admin.instances",
        "sso_admin.permission_sets",
        "sso_admin.assignments",
    ),
    "identitystore": ("identitystore.users", "identitystore.groups"),
    "access-analyzer": (
        "access_analyzer.policy_checks",
        "access_analyzer.analyzers",
        "access_analyzer.archive_rules",
        "access_analyzer.findings",
    ),
}
# The answer of these operations says for each object whether it was permitted.
ANSWERED_PER_OBJECT = {"DeleteObjects"}
ANONYMOUS_SERVICES = {"s3", "sqs"}  # services whose resource policies can allow anyone
# For root, no resource policy can deny these: otherwise a policy could lock everybody out.
UNDENIABLE_FOR_ROOT = {
    "GetBucketPolicy",
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "SetQueueAttributes",
}


def handle(account: Account, act: Act) -> Outcome:
    """Return the outcome of one act. A refused call changes only the record of last use.

    With several accounts, the account of the caller's credential answers. A sign-in is answered by its account.

    The checks come in AWS's order: the operation, its parameters, the credential, authorization (before existence), then
    the operation's own. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    home = answering_account(account, act)
    outcome = _handle_at_home(home, act)
    after = record_event(outcome)
    return replace(outcome, account=after.seen_from(account.id))


def _handle_at_home(account: Account, act: Act) -> Outcome:
    """Return the outcome of an act by a caller of this account."""
    before = replace(account, calls=account.calls + 1)
    standing = None
    decisions = ()
    answer: Answer
    try:
        apply = _find_operation(act.call)
        complete_act = _complete_act(before, act)
        standing, requests = _authenticate(before, complete_act)
        decisions = tuple(authorize(standing, request) for request in requests)
        _refuse_denied(act.call, decisions)
        _refuse_protected(before, act.call)
        target = before.seen_from(target_account_id(before, act.call, requests))
        after, answer = apply(target, complete_act, standing)
        after = after.seen_from(account.id)
    except ServiceError as refusal:
        after = before
        answer = refusal.bare()
    if standing:
        after = _with_last_use(after, act, decisions)
    return Outcome(act, after, answer, decisions)


def _complete_act(account: Account, act: Act) -> Act:
    """Return an act with the caller whose permissions count, and with the parameters that AWS takes from the caller."""
    if is_unsigned(act.call):
        caller = Nobody()
    else:
        caller = console.effective_caller(account, act)
    return replace(act, caller=caller, call=complete_call(account, act.call, caller))


def is_refused(account: Account, act: Act) -> bool:
    """Return whether a call is refused because of its credential or a policy. Other errors of the call don't count."""
    home = answering_account(account, act)
    try:
        standing, requests = _authenticate(home, _complete_act(home, act))
    except ServiceError:
        return True
    decisions = (authorize(standing, request) for request in requests)
    return not all(isinstance(decision, Allowed) for decision in decisions)


def replay(account: Account, acts: Iterable[Act]) -> tuple[Outcome, ...]:
    """Return the outcomes of acts, each on the account that the one before it left.

    Raise ValueError if an act is earlier than the one before it.
    """
    outcomes: list[Outcome] = []
    for act in acts:
        if outcomes and act.at < outcomes[-1].act.at:
            raise ValueError(f"{act.at} comes before {outcomes[-1].act.at}")
        outcomes.append(handle(account, act))
        account = outcomes[-1].account
    return tuple(outcomes)


def _find_operation(call: Call) -> Apply:
    """Return the function that carries out the call's operation, after checking its parameters.

    Raise InvalidAction, NotSimulated or ValidationError.
    """
    row = OPERATIONS.get((call.service, call.operation))
    if row is None:
        raise _invalid_action(call)
    apply = _operation_function(call.service, call.operation)
    if apply is None:
        raise errors.not_simulated(call.service, call.operation)
    parameters.check_parameters(row, call.parameters)
    return apply


@cache
def _operation_function(service: str, operation: str) -> Apply | None:
    """Return the function that carries out an operation once it is allowed, or None if it isn't simulated.

    Modules are imported when an operation is looked up in them, because a play calls few services.
    """
    for name in SERVICE_MODULES[service]:
        module = import_module(f"coffeeshop.account.services.{name}")
        operations: Operations = module.OPERATIONS
        if operation in operations:
            return operations[operation]
    return None


def _invalid_action(call: Call) -> ServiceError:
    """Return AWS's refusal of an operation that the service doesn't have. Where it can, AWS names the API's version."""
    versions = (
        model.version for model in services().values() if model.name == call.service
    )
    version = next(versions, "")
    if version:
        api = f"version {version}"
    else:
        api = f"service {call.service}"
    return errors.service_error(
        "InvalidAction", f"Could not find operation {call.operation} for {api}"
    )


# ------------------------------------------------------------- authentication
def _authenticate(account: Account, act: Act) -> tuple[Standing, tuple[Request, ...]]:
    """Return the caller's standing, and the requests that the call has to be allowed.

    Raise ServiceError if the credential is not valid.
    """
    service = act.call.service
    operation = act.call.operation
    is_anonymous = isinstance(act.caller, Nobody)
    if is_anonymous and service not in ANONYMOUS_SERVICES and not is_unsigned(act.call):
        raise errors.service_error(
            "MissingAuthenticationToken", "Request is missing Authentication Token"
        )
    requests = requests_of_act(account, act)
    resources = [request.resource for request in requests]
    if operation in UNDENIABLE_FOR_ROOT and is_root(account, act.caller):
        resources = []
    if operation == WEB_IDENTITY:
        return _web_identity_standing(account, act, resources), requests
    try:
        standing = build_call_standing(account, act.caller, act.at, resources)
        _refuse_unreachable(account, act, standing)
    except ServiceError as refusal:
        raise errors.reword_for_service(service, refusal) from None
    return standing, requests


def _web_identity_standing(account: Account, act: Act, resources: list[str]) -> Standing:
    """Return the standing of the bearer of a token: its provider is the principal that trust policies name.

    Raise InvalidIdentityToken or ExpiredTokenException.
    """
    identity = verify_token(account, act.call, act.at)
    nobody = build_call_standing(account, Nobody(), act.at, resources)
    principal = Principal(identity.provider, "", identity.provider, "federated")
    return dataclasses.replace(nobody, principal=principal, fixed={})


def _refuse_unreachable(account: Account, act: Act, standing: Standing) -> None:
    """Refuse calls that root and temporary credentials can't make, regardless of policies.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    operation = act.call.operation
    if standing.principal.kind == "root" and operation in ASSUMING_OPERATIONS:
        raise errors.access_denied("Roles may not be assumed by root accounts.")
    session = account.credential_of(act.caller)
    if not isinstance(session, Session) or session.kind not in STS_OPERATIONS:
        return
    if act.call.service == "iam" and (session.kind == "Federation" or session.mfa is None):
        raise errors.service_error("InvalidClientTokenId", errors.INVALID_TOKEN)
    if act.call.service == "sts" and operation not in STS_OPERATIONS[session.kind]:
        raise errors.access_denied(f"Cannot call {operation} with session credentials")


STS_OPERATIONS = {  # the STS operations that a session of a kind can call. Other kinds can call all
    "SessionToken": {"AssumeRole", "GetCallerIdentity"},
    "Federation": {"GetCallerIdentity"},
}


# -------------------------------------------------------------- authorization
def _refuse_denied(call: Call, decisions: Iterable[Decision]) -> None:
    """Raise the first refusal, in the words of its service, unless the answer reports refusals per object."""
    if call.operation in ANSWERED_PER_OBJECT:
        return
    for decision in decisions:
        if not isinstance(decision, Allowed):
            raise errors.not_authorized(call, decision)


def _refuse_protected(account: Account, call: Call) -> None:
    """Raise UnmodifiableEntity if a call would change a service-linked role or a role of Identity Center.

    Only operations that declare this error refuse.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    if "UnmodifiableEntity" not in OPERATIONS[call.service, call.operation].errors:
        return
    role = account.roles.get(call.text("RoleName").lower())
    if role and role.path.startswith(tuple(identities.RESERVED_PATHS)):
        raise errors.service_error(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS",
        )


# ----------------------------------------------------------------- the record
def _with_last_use(account: Account, act: Act, decisions: tuple[Decision, ...]) -> Account:
    """Return the account with the last use of the caller's credential and action. Refused calls count too.

    A credential's use is recorded at most once in 15 minutes, as AWS does.
    """
    credential = account.credential_of(act.caller)
    if credential is None or is_unsigned(act.call):
        return account
    use = Use(act.at, act.call.origin.region, act.call.service)
    usage = account.usage
    last_use = usage.get(credential.id, {}).get("")
    if last_use is None or act.at - last_use.at >= QUARTER_HOUR:
        usage = usage.put(credential.id, {"": use})
    if decisions:
        action = decisions[0].request.action
    else:
        action = f"{act.call.service}:{act.call.operation}"
    owner_usage = usage.get(credential.owner, {})
    if owner_usage.get(action) != use:  # scripts make many calls in a second
        usage = usage.put(credential.owner, {**owner_usage, action: use})
    return replace(account, usage=usage)


QUARTER_HOUR = timedelta(minutes=15)
