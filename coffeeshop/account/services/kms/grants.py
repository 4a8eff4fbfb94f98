"""Grants: let a principal use a KMS key without a change of the key policy.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.authorization_requests import requests_of_act
from coffeeshop.account.access.kms_requests import (
    SYMMETRIC_SPEC,
    find_retired_grant,
    grant_constraints,
    grant_token,
)
from coffeeshop.account.access.named_principals import principal_exists
from coffeeshop.account.access.resource_policies import key_layer
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.resources import KmsGrant, KmsKey
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.kms.lookups import (
    format_date,
    has_keys,
    is_deleted,
    key_arn,
    kms_error,
    kms_page,
    named_key,
    refuse_dry_run,
    refuse_unusable,
    with_key,
)
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Kind, Standing

ID_SIZE = 64  # hexadecimal digits of a grant's id

OPERATIONS = Operations()


@OPERATIONS.add_with_standing("CreateGrant")
def create_grant(account: Account, act: Act, standing: Standing) -> Change:
    """Create a grant. With the name of an equal grant, return that grant again.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
    """
    call = act.call
    key = named_key(account, act)
    refuse_unusable(account, key)
    _refuse_principals(account, call)
    constraints = grant_constraints(call)
    _refuse_constraints(key, constraints)
    refuse_dry_run(call)
    account_after, drawn = ids.draw_next_bytes(account, "kms-grant", key.id)
    grant = KmsGrant(
        drawn.hex()[:ID_SIZE],
        act.at,
        call.text("GranteePrincipal"),
        standing.principal.arn,
        call.words("Operations"),
        call.text("Name"),
        call.text("RetiringPrincipal"),
        constraints.get("EncryptionContextSubset"),
        constraints.get("EncryptionContextEquals"),
    )
    equal_grant = next((old for old in key.grants if _is_same(old, grant)), None)
    if equal_grant:
        return account, Reply(_grant_answer(account, equal_grant))
    key = replace(key, grants=(*key.grants, grant))
    return with_key(account_after, key), Reply(_grant_answer(account, grant))


def _refuse_principals(account: Account, call: Call) -> None:
    """Raise for a grantee that is missing, and for principals that don't exist."""
    if not call.text("GranteePrincipal"):
        text = "GranteePrincipal is required."  # uncertain
        raise kms_error("Validation", text)
    for parameter in ("GranteePrincipal", "RetiringPrincipal"):
        principal = call.text(parameter)
        is_arn = principal.startswith(("arn:aws:iam::", "arn:aws:sts::"))
        if principal and not (is_arn and principal_exists(account, principal)):
            raise kms_error("InvalidArn", f"{parameter} is not valid: {principal}")


def _refuse_constraints(key: KmsKey, constraints: dict[str, dict[str, str]]) -> None:
    """Raise ValidationException for a constraint that the key can't have, and for two of them."""
    if len(constraints) > 1:
        text = "Only one encryption context constraint is allowed."  # uncertain
        raise kms_error("Validation", text)
    if constraints and key.spec != SYMMETRIC_SPEC:
        text = "Encryption context constraints need a symmetric key."  # uncertain
        raise kms_error("Validation", text)


def _is_same(old: KmsGrant, grant: KmsGrant) -> bool:
    """Return whether a grant with the same name has the same content. Without a name, each grant is new."""
    same = replace(grant, id=old.id, created=old.created, issuer=old.issuer)
    return bool(grant.name) and old == same


def _grant_answer(account: Account, grant: KmsGrant) -> JsonObject:
    """Return what CreateGrant answers."""
    return {"GrantToken": grant_token(account, grant), "GrantId": grant.id}


def _grant_shape(account: Account, key: KmsKey, grant: KmsGrant) -> JsonObject:
    """Return a grant as lists show it."""
    shape: JsonObject = {
        "KeyId": key_arn(account, key),
        "GrantId": grant.id,
        "Name": grant.name,
        "CreationDate": format_date(grant.created),
        "GranteePrincipal": grant.grantee,
    }
    if grant.retiring:
        shape["RetiringPrincipal"] = grant.retiring
    shape["IssuingAccount"] = f"arn:aws:iam::{grant.issuer.split(':')[4]}:root"
    shape["Operations"] = grant.operations
    constraints: JsonObject = {}
    if grant.subset is not None:
        constraints["EncryptionContextSubset"] = dict(grant.subset)
    if grant.equal is not None:
        constraints["EncryptionContextEquals"] = dict(grant.equal)
    if constraints:
        shape["Constraints"] = constraints
    return shape


@OPERATIONS.add("ListGrants")
def list_grants(account: Account, act: Act) -> Change:
    """List the grants of a key, by id, or those of one grantee."""
    key = named_key(account, act)
    grantee = act.call.text("GranteePrincipal")
    wanted_id = act.call.text("GrantId")
    grants = {
        grant.id: grant
        for grant in key.grants
        if grantee in {"", grant.grantee} and wanted_id in {"", grant.id}
    }
    page = kms_page(
        act.call, "Grants", grants, lambda id: _grant_shape(account, key, grants[id])
    )
    return account, page


@OPERATIONS.add("ListRetirableGrants")
def list_retirable_grants(account: Account, act: Act) -> Change:
    """List the grants that a principal can retire."""
    retiring = act.call.text("RetiringPrincipal")
    grants = {
        grant.id: (key, grant)
        for key in account.kms_keys.values()
        if has_keys(act.call) and not is_deleted(key, act.at)
        for grant in key.grants
        if grant.retiring == retiring
    }
    page = kms_page(
        act.call, "Grants", grants, lambda id: _grant_shape(account, *grants[id])
    )
    return account, page


@OPERATIONS.add("RevokeGrant")
def revoke_grant(account: Account, act: Act) -> Change:
    """End a grant, as an administrator of the key."""
    key = named_key(account, act)
    grant_id = act.call.text("GrantId")
    grant = next((grant for grant in key.grants if grant.id == grant_id), None)
    return _without_grant(account, act, key, grant)


@OPERATIONS.add_with_standing("RetireGrant")
def retire_grant(account: Account, act: Act, standing: Standing) -> Change:
    """End a grant, as its retiring principal or its grantee.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html
    """
    call = act.call
    has_id = call.text("KeyId") and call.text("GrantId")
    if bool(call.text("GrantToken")) == bool(has_id):
        text = "Grant token OR (grant ID, key ID) must be specified"
        raise kms_error("Validation", text)
    named, grant = find_retired_grant(account, call)
    if named.key is None and call.text("GrantToken"):
        raise kms_error("InvalidGrantToken", "Invalid grant token.")  # uncertain
    key = named.key or named_key(account, act)
    if grant and not _can_retire(account, act, standing, key, grant):
        text = f"User: {standing.principal.arn} is not authorized to perform: kms:RetireGrant on resource: {named.arn}"
        raise kms_error("AccessDenied", text)
    return _without_grant(account, act, key, grant)


def _can_retire(
    account: Account, act: Act, standing: Standing, key: KmsKey, grant: KmsGrant
) -> bool:
    """Return whether the caller can retire this grant. Other grants of the key don't count."""
    own_layers = [layer for layer in standing.layers if layer.kind is not Kind.RESOURCE]
    layers = (*own_layers, key_layer(account, key, (grant,)))
    counted = Standing(standing.principal, layers, standing.fixed)
    home = account.home_of(act.caller)
    return all(
        isinstance(authorize(counted, request), Allowed)
        for request in requests_of_act(home, act)
    )


def _without_grant(
    account: Account, act: Act, key: KmsKey, grant: KmsGrant | None
) -> Change:
    """Return the account without a grant. Raise InvalidGrantIdException if there is none."""
    if grant is None:
        text = f"Grant {act.call.text('GrantId')} does not exist."  # uncertain
        raise kms_error("InvalidGrantId", text)
    refuse_dry_run(act.call)
    grants = tuple(other_grant for other_grant in key.grants if other_grant != grant)
    return with_key(account, replace(key, grants=grants)), EMPTY_REPLY
