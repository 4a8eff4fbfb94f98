"""Who a caller is and what bears upon them: the only place that builds a Standing from an account."""

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
    policies_of_entity,
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

ALL = Element(("*",))
EVERYTHING = Policy((Statement("Allow", ALL, ALL),), name="a policy of their own account")


class _Caller(Struct, frozen=True):
    """A caller on the way to a Standing: the principal, the layers of their own side, what their session fixes."""

    principal: Principal
    layers: tuple[Layer, ...]
    fixed: Mapping[str, Fixed]


def build_standing(
    account: Account, caller: Caller, at: datetime
) -> Standing | ServiceError:
    """Returns who asks, what their session fixes, and every layer that bears on them, with each resource policy of the account.

    What differs from call to call (time, address) is left free. Principal tags that some policy in force reads and
    that the caller lacks are fixed as absent. The answer is AWS's refusal where the credential is no good.
    """
    return _standing(_bearing(account.home_of(caller), caller), caller, at)


def _bearing(account: Account, caller: Caller) -> Part[Account]:
    """Returns the account as it bears on a caller."""
    used = account.credential_of(caller)
    return Part(account, BEARING, used)


# What of an account bears on a caller, beside the credential in use: not what is only counted and recorded.
BEARING = attrgetter(
    *(
        field
        for field in Account.__struct_fields__
        if field
        not in {
            "calls",
            "credentials",
            "births",
            "usage",
            "reported",
            "reported_at",
            "jobs",
        }
    )
)


@lru_cache(maxsize=256)  # a search and whoever reads it ask the same of the same account
def _standing(of: Part[Account], caller: Caller, at: datetime) -> Standing | ServiceError:
    account = of.value
    try:
        who = _who(of, caller, at)
    except ServiceError as refusal:
        return refusal.bare()
    things = resource_layers(account)
    fixed = {key.lower() for key in who.fixed}
    read = _tags_of(who.layers) | _tags_of_things(Same(things))
    lacking: dict[str, Fixed] = {
        key: None for key in sorted(read) if key.lower() not in fixed
    }
    return Standing(who.principal, _layers(account, who, things), {**who.fixed, **lacking})


def _tags_of(layers: Iterable[Layer]) -> frozenset[str]:
    """Returns the keys of principal tags that layers read, in full."""
    read = (
        tag for layer in layers for policy in layer.policies for tag in tags_read(policy)
    )
    return frozenset(f"aws:PrincipalTag/{tag}" for tag in read)


@lru_cache(maxsize=16)
def _tags_of_things(layers: Same[tuple[Layer, ...]]) -> frozenset[str]:
    return _tags_of(layers.value)


def build_call_standing(
    account: Account, caller: Caller, at: datetime, resources: Iterable[str]
) -> Standing:
    """Returns the same for one call: of the resource policies only those of what it touches. Raises ServiceError."""
    who = _who(_bearing(account, caller), caller, at)
    touched = tuple(dict.fromkeys(resources))
    found = (
        resource_layer(account.others.get(account.account_id_owning(arn), account), arn)
        for arn in touched
    )
    layers = _layers(account, who, [layer for layer in found if layer])
    if account.others:
        elsewhere = {
            account.account_id_owning(arn) for arn in touched
        } & account.others.keys()
    else:
        elsewhere = ()
    for id in elsewhere:  # one: a call acts in one account
        own = (layer for layer in layers if layer.kind is not Kind.RCP)
        layers = (*own, *organization_layers(account.seen_from(id), ""))
    return Standing(who.principal, layers, who.fixed)


def _layers(
    account: Account, who: _Caller, on_things: Iterable[Layer]
) -> tuple[Layer, ...]:
    """Returns a caller's own side and that of the things; of another account's callers last, since it is supposed."""
    ours = who.principal.account == account.id
    if ours:
        return (*who.layers, *on_things)
    return (*on_things, *who.layers)


def tags_read(policy: Policy) -> Iterator[str]:
    """Yields the keys of the principal tags that a policy reads."""
    return (
        key[len(TAG) :]
        for key in compiled_policy(policy).keys_read
        if key.lower().startswith(TAG)
    )


TAG = "aws:principaltag/"


@lru_cache(
    maxsize=256
)  # whoever comes to the door was mostly asked about before, or comes again
def _who(of: Part[Account], caller: Caller, at: datetime) -> _Caller:
    account = of.value
    match caller:
        case Nobody():
            who = Principal("anonymous", "", "anonymous", "anonymous")
            about = {**_principal_keys("Anonymous"), "aws:userid": ("anonymous",)}
            return _Caller(who, (*organization_layers(account, ""),), about)
        case Service(name):
            about = {
                **_principal_keys("Service"),
                "aws:PrincipalIsAWSService": ("true",),
                "aws:PrincipalServiceName": (name,),
            }
            who = Principal(name, "", name, "service")
            return _Caller(who, (*organization_layers(account, ""),), about)
        case Outsider(arn):
            who = _outsider(arn)
            layers = (
                Layer(Kind.IDENTITY, (EVERYTHING,)),
                *organization_layers(account, who.account),
            )
            keys = {
                "aws:PrincipalArn": (who.principal_arn,),
                "aws:PrincipalAccount": (who.account,),
            }
            keys |= organization_keys(account, who.account)
            return _Caller(who, layers, {**_principal_keys(_type_of(arn)), **keys})
        case Key():
            return _holder(account, live_credential(account, caller, at))
        case _:
            assert_never(caller)


def _type_of(arn: str) -> str:
    """Returns the aws:PrincipalType of somebody with this ARN.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    """
    return TYPES.get(arn.split(":", 5)[5].partition("/")[0], "User")


TYPES = {
    "role": "AssumedRole",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    "root": "Account",
}


def _outsider(arn: str) -> Principal:
    """Returns a principal of another account; its root's ARN stands for anyone there."""
    account = arn.split(":")[4]
    name = arn.split(":", 5)[5]
    if name.startswith("assumed-role/"):
        return Principal(
            arn, account, arn, "role", f"arn:aws:iam::{account}:role/{name.split('/')[1]}"
        )
    if name.startswith("role/"):
        return Principal(arn, account, arn, "role", arn)
    return Principal(arn, account, arn, "account" if name == "root" else "user")


def _holder(account: Account, found: Credential) -> _Caller:
    """Returns who holds a live credential: root, a user, a role session, a federated user."""
    entity = account.entity_by_id(found.owner)
    named = dict[str, Fixed]()
    if isinstance(found, Session) and found.kind == "Federation":
        arn = ids.arn(account, "federated-user", found.name)
        issuer = account.arn(entity) if isinstance(entity, User) else ""
        principal = Principal(
            arn, account.id, f"{account.id}:{found.name}", "federated", issuer
        )
        type = "FederatedUser"
    elif isinstance(entity, Role) and isinstance(found, Session):
        arn = ids.arn(account, "assumed-role", f"{entity.name}/{found.name}")
        id = f"{entity.id}:{found.name}"
        principal = Principal(arn, account.id, id, "role", account.arn(entity), entity.id)
        type = "AssumedRole"
    elif isinstance(entity, User):
        principal = Principal(account.arn(entity), account.id, entity.id)
        type = "User"
        named = {"aws:username": (entity.name,)}
    else:
        principal = Principal(account.root_arn, account.id, account.id, "root")
        type = "Account"
    fixed = {
        **_principal_keys(type),
        **_session_keys(account, found),
        "aws:PrincipalAccount": (account.id,),
        "aws:PrincipalArn": (principal.principal_arn,),
        "aws:userid": (principal.id,),
        **named,
        **_tags(found, entity),
    }
    on_all = organization_layers(account, "" if _is_linked(entity) else account.id)
    return _Caller(principal, (*_own(account, found, entity), *on_all), fixed)


def _own(account: Account, found: Credential, entity: Entity | None) -> Iterator[Layer]:
    """Returns the layers of an identity: its policies, boundary and session policies; root has none of them, unless it federates."""
    if isinstance(entity, User | Role):
        yield Layer(
            Kind.IDENTITY,
            (*policies_of_entity(account, entity), *_own_password(account, entity)),
        )
        if entity.boundary:
            yield Layer(Kind.BOUNDARY, attached_policies(account, (entity.boundary,)))
    elif isinstance(found, Session) and found.kind == "Federation":
        yield Layer(Kind.IDENTITY, (EVERYTHING,))
    if isinstance(found, Session) and found.policies is not None:
        inline = (given.policy for given in found.policies if isinstance(given, Document))
        arns = (given for given in found.policies if isinstance(given, str))
        yield Layer(Kind.SESSION, (*inline, *attached_policies(account, arns)))


def _is_linked(entity: Entity | None) -> bool:
    """Tells whether this is a role that AWS's services have for themselves, which no SCP binds."""
    return isinstance(entity, Role) and entity.path.startswith("/aws-service-role/")


def _own_password(account: Account, entity: User | Role) -> tuple[Policy, ...]:
    """Returns AllowUsersToChangePassword as the policy that it amounts to."""
    rules = account.password_policy
    if not isinstance(entity, User) or rules is None or not rules.users_may_change:
        return ()
    allow = Statement(
        "Allow", Element(("iam:ChangePassword",)), Element((account.arn(entity),))
    )
    return (Policy((allow,), name="AllowUsersToChangePassword"),)


def _principal_keys(type: str) -> dict[str, Fixed]:
    """Returns the keys of the principal that any caller fixes, absent until said."""
    absent: dict[str, Fixed] = dict.fromkeys(ABSENT)
    return {**absent, "aws:PrincipalType": (type,), "aws:PrincipalIsAWSService": ("false",)}


LAMBDA = "lambda.amazonaws.com"
SOURCE_FUNCTION = "lambda:SourceFunctionArn"
ABSENT = (
    "aws:PrincipalAccount",
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


def _session_keys(account: Account, found: Credential) -> dict[str, Fixed]:
    """Returns what a session fixes of the context; long-term keys carry no MFA keys and no time of issue at all.

    What Lambda puts on carries the function, after which Lambda names the session.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    org = organization_keys(account, account.id)
    if isinstance(found, AccessKey):
        return org
    own = found.kind in {"Console", "SessionToken"}
    return org | {
        "aws:TokenIssueTime": (format_instant(found.issued),),
        "aws:MultiFactorAuthPresent": ("true" if own and found.mfa else "false",),
        "aws:MultiFactorAuthAge": PRESENT if own and found.mfa else None,
        "aws:SourceIdentity": (found.source_identity,) if found.source_identity else None,
        SOURCE_FUNCTION: (ids.arn(account, "function", found.name),)
        if found.taker == LAMBDA
        else None,
    }


def _tags(found: Credential, entity: Entity | None) -> dict[str, Fixed]:
    """Returns the principal tags: the entity's, with the session's laid over them."""
    tags = dict(entity.tags) if isinstance(entity, User | Role) else {}
    if isinstance(found, Session):
        again = {key.lower() for key in found.tags}
        tags = {
            key: value for key, value in tags.items() if key.lower() not in again
        } | dict(found.tags)
    return {f"aws:PrincipalTag/{key}": (value,) for key, value in tags.items()}
