"""Who a caller is and which policies apply to them: the only place that builds a Standing from an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import assert_never

from msgspec import Struct

from coffeeshop.account import ids
from coffeeshop.account.access.callers import live_credential
from coffeeshop.account.access.control_policies import (
    organization_keys,
    organization_layers,
)
from coffeeshop.account.access.identity_policies import (
    attached_policies,
    policies_with_owners,
)
from coffeeshop.account.access.resource_policies import resource_layer, resource_layers
from coffeeshop.account.credentials import AccessKey, Credential, Session
from coffeeshop.account.iam_resources import Entity, Role, User
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import (
    Account,
    Caller,
    Key,
    Nobody,
    Outsider,
    Service,
    ServiceError,
)
from coffeeshop.account.same import Part, Same
from coffeeshop.account.values import Document
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import (
    PRESENT,
    Element,
    Fixed,
    Kind,
    Layer,
    Policy,
    Principal,
    Standing,
    Statement,
)

ALL_VALUES = Element(("*",))
ALLOW_EVERYTHING = Policy(
    (Statement("Allow", ALL_VALUES, ALL_VALUES),), name="a policy of their own account"
)


class _CallerSide(Struct, frozen=True):
    """The caller's side of a Standing: the principal, the policies of their own account, and their session's keys."""

    principal: Principal
    layers: tuple[Layer, ...]
    fixed: Mapping[str, Fixed]


def build_standing(
    account: Account, caller: Caller, at: datetime, owner: str = ""
) -> Standing | ServiceError:
    """Return the caller's standing: the principal, the keys that the session fixes, and every layer that applies to them.

    Each resource policy of the account is a layer; with an `owner`, each of that other account's. Keys that differ from call
    to call (time, address) aren't fixed. A principal tag that some policy reads and that the caller lacks is fixed as
    absent. If the credential isn't valid, return AWS's refusal.
    """
    return _build_standing(
        _relevant_part(account.home_of(caller), caller), caller, at, owner
    )


def _relevant_part(account: Account, caller: Caller) -> Part[Account]:
    """Return a cache key for the account, of the parts that a caller's standing depends on."""
    return Part(account, STANDING_FIELDS, account.credential_of(caller))


def _caller_part(account: Account, caller: Caller) -> Part[Account]:
    """Return a cache key for the account, of the parts that a caller's side of a standing depends on."""
    return Part(account, CALLER_FIELDS, account.credential_of(caller))


def _fields_without(left_out: frozenset[str]) -> attrgetter[tuple[object, ...]]:
    """Return a function that takes all fields out of an account but these."""
    names = (name for name in Account.__struct_fields__ if name not in left_out)
    return attrgetter(*names)


# Counters and records, on which no standing depends. The credential in use is compared by itself.
RECORD_FIELDS = frozenset(
    {
        "calls",
        "credentials",
        "births",
        "usage",
        "reported",
        "reported_at",
        "jobs",
        "event_history",
    }
)
# Only resource policies depend on these. Programs change them with most of their writes.
RESOURCE_FIELDS = frozenset(
    {
        "buckets",
        "tables",
        "queues",
        "deleted_queues",
        "functions",
        "instances",
        "trails",
        "kms_keys",
        "kms_aliases",
    }
)
STANDING_FIELDS = _fields_without(RECORD_FIELDS)
CALLER_FIELDS = _fields_without(RECORD_FIELDS | RESOURCE_FIELDS)


# A search and its reader ask for the same standing in the same account.
@lru_cache(maxsize=256)
def _build_standing(
    part: Part[Account], caller: Caller, at: datetime, owner: str
) -> Standing | ServiceError:
    """Return the standing as `build_standing` documents. It is cached by the parts of the account that it depends on."""
    account = part.value
    try:
        callers_part = _build_caller(_caller_part(account, caller), caller, at)
    except ServiceError as refusal:
        return refusal.bare()
    is_foreign = owner in account.others
    layers = resource_layers(account.seen_from(owner) if is_foreign else account)
    fixed_keys = {key.lower() for key in callers_part.fixed}
    tag_keys = _tag_keys_read(callers_part.layers) | _tag_keys_of_resources(Same(layers))
    absent_tags: dict[str, Fixed] = {
        key: None for key in sorted(tag_keys) if key.lower() not in fixed_keys
    }
    fixed = {**callers_part.fixed, **absent_tags}
    ordered = _order_layers(account, callers_part, layers)
    if is_foreign:
        ordered = _with_rcps_of(account, owner, ordered)
    return Standing(callers_part.principal, ordered, fixed)


def _tag_keys_read(layers: Iterable[Layer]) -> frozenset[str]:
    """Return the context keys of the principal tags that layers read."""
    policies = (policy for layer in layers for policy in layer.policies)
    tags = (tag for policy in policies for tag in tags_read(policy))
    return frozenset(f"aws:PrincipalTag/{tag}" for tag in tags)


@lru_cache(maxsize=16)
def _tag_keys_of_resources(layers: Same[tuple[Layer, ...]]) -> frozenset[str]:
    """Return the keys of resource tags that these layers' policies read. Cached, because layers are shared."""
    return _tag_keys_read(layers.value)


def build_call_standing(
    account: Account, caller: Caller, at: datetime, resources: Iterable[str]
) -> Standing:
    """Return the caller's standing for one call: its resource policies are those of the call's resources alone.

    Raise ServiceError if the credential isn't valid.
    """
    side = _build_caller(_caller_part(account, caller), caller, at)
    touched = tuple(dict.fromkeys(resources))
    resource_policies: list[Layer] = []
    for arn in touched:
        owner = account
        if account.others:
            owner = account.others.get(account.account_id_owning(arn), account)
        if layer := resource_layer(owner, arn):
            resource_policies.append(layer)
    layers = _order_layers(account, side, resource_policies)
    if account.others:
        owners = {account.account_id_owning(arn) for arn in touched}
        foreign_owners = owners & account.others.keys()
    else:
        foreign_owners = ()
    for id in foreign_owners:  # at most one: a call acts in one account
        layers = _with_rcps_of(account, id, layers)
    return Standing(side.principal, layers, side.fixed)


def _with_rcps_of(
    account: Account, owner: str, layers: tuple[Layer, ...]
) -> tuple[Layer, ...]:
    """Return the layers with the resource control policies of another account in place of the caller's."""
    without_rcps = (layer for layer in layers if layer.kind is not Kind.RCP)
    return (*without_rcps, *organization_layers(account.seen_from(owner), ""))


def _order_layers(
    account: Account, side: _CallerSide, resource_policies: Iterable[Layer]
) -> tuple[Layer, ...]:
    """Return a caller's own layers and those of the resources.

    The own layers of a caller of another account come last, because we only assume them.
    """
    if side.principal.account == account.id:
        return (*side.layers, *resource_policies)
    return (*resource_policies, *side.layers)


def tags_read(policy: Policy) -> Iterator[str]:
    """Yield the keys of the principal tags that a policy reads."""
    form = compiled_policy(policy)
    for key, lowered_key in zip(form.keys_read, form.lowered_keys, strict=True):
        if lowered_key.startswith(PRINCIPAL_TAG_PREFIX):
            yield key[len(PRINCIPAL_TAG_PREFIX) :]


PRINCIPAL_TAG_PREFIX = "aws:principaltag/"


@lru_cache(maxsize=256)  # the caller of an act was mostly asked about before, or acts again
def _build_caller(part: Part[Account], caller: Caller, at: datetime) -> _CallerSide:
    """Return the caller's side of a standing. Raise ServiceError if their credential isn't valid."""
    account = part.value
    match caller:
        case Nobody():
            principal = Principal("anonymous", "", "anonymous", "anonymous")
            fixed = {
                **_principal_keys("Anonymous"),
                "aws:PrincipalAccount": ("anonymous",),
                "aws:userid": ("anonymous",),
            }
            return _CallerSide(principal, (*organization_layers(account, ""),), fixed)
        case Service(name):
            fixed = {
                **_principal_keys("Service"),
                "aws:PrincipalIsAWSService": ("true",),
                "aws:PrincipalServiceName": (name,),
            }
            principal = Principal(name, "", name, "service")
            return _CallerSide(principal, (*organization_layers(account, ""),), fixed)
        case Outsider(arn):
            return _build_outsider(account, arn, at)
        case Key():
            return _build_holder(account, live_credential(account, caller, at))
        case _:
            assert_never(caller)


def _build_outsider(account: Account, arn: str, at: datetime) -> _CallerSide:
    """Return a caller of another account. We assume that their own account allows them everything."""
    principal = _outside_principal(arn)
    layers = (
        Layer(Kind.IDENTITY, (ALLOW_EVERYTHING,)),
        *organization_layers(account, principal.account),
    )
    type = _principal_type(arn)
    # Only temporary credentials have a time of issue, and a role has no others.
    issued = (format_instant(at),) if type == "AssumedRole" else None
    fixed = {
        **_principal_keys(type),
        "aws:TokenIssueTime": issued,
        "aws:PrincipalArn": (principal.principal_arn,),
        "aws:PrincipalAccount": (principal.account,),
        "aws:userid": (_outside_id(arn),),
        CALLER_ACCOUNT: (principal.account,),
        **organization_keys(account, principal.account),
    }
    return _CallerSide(principal, layers, fixed)


def _principal_type(arn: str) -> str:
    """Return the aws:PrincipalType of a principal with this ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    """
    resource = arn.split(":", 5)[5]
    kind = resource.partition("/")[0]
    return PRINCIPAL_TYPES.get(kind, "User")


PRINCIPAL_TYPES = {
    "role": "AssumedRole",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    "root": "Account",
}


def _outside_id(arn: str) -> str:
    """Return the aws:userid of a principal with this ARN. We don't know the unique id, so it is an example.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    """
    _, _, _, _, account, resource = arn.split(":", 5)
    kind, _, name = resource.partition("/")
    match kind:
        case "root":
            return account
        case "user":
            return EXAMPLE_USER_ID
        case "role" | "assumed-role":
            return f"{EXAMPLE_ROLE_ID}:{name.partition('/')[2] or EXAMPLE_SESSION}"
        case _:
            return f"{account}:{name}"


EXAMPLE_USER_ID = "AIDACKCEVSQ6C2EXAMPLE"
EXAMPLE_ROLE_ID = "AROADBQP57FF2AEXAMPLE"
EXAMPLE_SESSION = "session"


def _outside_principal(arn: str) -> Principal:
    """Return a principal of another account. The ARN of its root means any principal of that account."""
    account = arn.split(":")[4]
    name = arn.split(":", 5)[5]
    if name.startswith("assumed-role/"):
        role_arn = f"arn:aws:iam::{account}:role/{name.split('/')[1]}"
        return Principal(arn, account, arn, "role", role_arn)
    if name.startswith("role/"):
        return Principal(arn, account, arn, "role", arn)
    return Principal(arn, account, arn, "account" if name == "root" else "user")


def _build_holder(account: Account, credential: Credential) -> _CallerSide:
    """Return the caller with a valid credential: root, a user, a role session or a federated user."""
    entity = account.entity_by_id(credential.owner)
    user_name = dict[str, Fixed]()
    if isinstance(credential, Session) and credential.kind == "Federation":
        arn = ids.arn(account, "federated-user", credential.name)
        id = f"{account.id}:{credential.name}"
        if isinstance(entity, User):
            issuer = account.arn(entity)
        else:
            issuer = ""
        principal = Principal(arn, account.id, id, "federated", issuer)
        type = "FederatedUser"
    elif isinstance(entity, Role) and isinstance(credential, Session):
        arn = ids.arn(account, "assumed-role", f"{entity.name}/{credential.name}")
        id = f"{entity.id}:{credential.name}"
        principal = Principal(arn, account.id, id, "role", account.arn(entity), entity.id)
        type = "AssumedRole"
    elif isinstance(entity, User):
        principal = Principal(account.arn(entity), account.id, entity.id)
        type = "User"
        user_name = {"aws:username": (entity.name,)}
    else:
        principal = Principal(account.root_arn, account.id, account.id, "root")
        type = "Account"
    fixed = {
        **_principal_keys(type),
        **_session_keys(account, credential),
        "aws:PrincipalAccount": (account.id,),
        CALLER_ACCOUNT: (account.id,),
        "aws:PrincipalArn": (principal.principal_arn,),
        "aws:userid": (principal.id,),
        **user_name,
        **_principal_tags(credential, entity),
    }
    organization = organization_layers(
        account, "" if _is_service_linked(entity) else account.id
    )
    layers = (*_identity_layers(account, credential, entity), *organization)
    return _CallerSide(principal, layers, fixed)


def _identity_layers(
    account: Account, credential: Credential, entity: Entity | None
) -> Iterator[Layer]:
    """Yield the layers that come with an identity: its policies, its permissions boundary, and its
    session's policies.

    `entity` is the user or role of the credential (None: root). Root has no identity policies, since
    AWS needs no Allow for it. A federated session of root is limited by its session policies alone, so
    its identity layer allows everything.
    """
    if isinstance(credential, Session):
        session = credential
    else:
        session = None
    if isinstance(entity, User | Role):
        policies = policies_with_owners(account, entity)
        yield Layer(Kind.IDENTITY, (*policies, *_own_password_policy(account, entity)))
        if entity.boundary:
            yield Layer(Kind.BOUNDARY, attached_policies(account, (entity.boundary,)))
    elif session and session.kind == "Federation":
        yield Layer(Kind.IDENTITY, (ALLOW_EVERYTHING,))
    if session and session.policies is not None:
        inline = [
            policy.policy for policy in session.policies if isinstance(policy, Document)
        ]
        arns = [policy for policy in session.policies if isinstance(policy, str)]
        yield Layer(Kind.SESSION, (*inline, *attached_policies(account, arns)))


def _is_service_linked(entity: Entity | None) -> bool:
    """Return whether this is a service-linked role, which no SCP binds."""
    return isinstance(entity, Role) and entity.path.startswith("/aws-service-role/")


def _own_password_policy(account: Account, entity: User | Role) -> tuple[Policy, ...]:
    """Return a policy with the effect of the account setting AllowUsersToChangePassword, if it is on."""
    rules = account.password_policy
    if not isinstance(entity, User) or rules is None or not rules.users_may_change:
        return ()
    action = Element(("iam:ChangePassword",))
    statement = Statement("Allow", action, Element((account.arn(entity),)))
    return (Policy((statement,), name="AllowUsersToChangePassword"),)


def _principal_keys(type: str) -> dict[str, Fixed]:
    """Return the keys of the principal that every caller fixes. A key that isn't set later is absent."""
    absent: dict[str, Fixed] = dict.fromkeys(SERVICE_CALL_KEYS)
    return {**absent, "aws:PrincipalType": (type,), "aws:PrincipalIsAWSService": ("false",)}


LAMBDA_SERVICE = "lambda.amazonaws.com"
SOURCE_FUNCTION = "lambda:SourceFunctionArn"
CALLER_ACCOUNT = "kms:CallerAccount"
SERVICE_CALL_KEYS = (
    "aws:PrincipalAccount",
    CALLER_ACCOUNT,
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:username",
    "aws:SourceIdentity",
    "aws:TokenIssueTime",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:FederatedProvider",
    SOURCE_FUNCTION,
)


def _session_keys(account: Account, credential: Credential) -> dict[str, Fixed]:
    """Return the context keys that a session fixes. A long-term key has no MFA keys and no time of issue.

    A session that Lambda gets has the function's ARN, because Lambda names the session after the function.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    keys = organization_keys(account, account.id)
    if isinstance(credential, AccessKey):
        return keys
    # A code counts in the session that it opened, and not in a role assumed from there.
    has_mfa = credential.kind in {"Console", "SessionToken"} and credential.mfa is not None
    source_identity = credential.source_identity
    provider = credential.provider
    claims = {key: (value,) for key, value in credential.claims.items()}
    function = None
    if credential.taker == LAMBDA_SERVICE:
        function = (ids.arn(account, "function", credential.name),)
    return keys | {
        "aws:TokenIssueTime": (format_instant(credential.issued),),
        "aws:MultiFactorAuthPresent": ("true" if has_mfa else "false",),
        "aws:MultiFactorAuthAge": PRESENT if has_mfa else None,
        "aws:SourceIdentity": (source_identity,) if source_identity else None,
        "aws:FederatedProvider": (provider,) if provider else None,
        SOURCE_FUNCTION: function,
        **claims,
    }


def _principal_tags(credential: Credential, entity: Entity | None) -> dict[str, Fixed]:
    """Return the principal tags: those of the session, and those of the entity that the session doesn't replace."""
    if isinstance(entity, User | Role):
        tags = dict(entity.tags)
    else:
        tags = {}
    if isinstance(credential, Session):
        replaced = {key.lower() for key in credential.tags}
        kept_tags = {
            key: value for key, value in tags.items() if key.lower() not in replaced
        }
        tags = kept_tags | dict(credential.tags)
    return {f"aws:PrincipalTag/{key}": (value,) for key, value in tags.items()}
