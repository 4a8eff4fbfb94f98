"""Key policies: the one policy that every KMS key has, and the check that nobody locks everybody out.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from __future__ import annotations

import json

from msgspec.structs import replace

from coffeeshop.account.access.kms_requests import NamedKey, key_context
from coffeeshop.account.access.policy_documents import parse_key_policy
from coffeeshop.account.access.request_context import (
    complete_request,
    network_keys,
    time_keys,
)
from coffeeshop.account.access.resource_policies import key_layer
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.resources import KmsKey
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.kms.lookups import (
    key_arn,
    kms_error,
    kms_page,
    named_key,
    refuse_pending_deletion,
    with_key,
)
from coffeeshop.account.values import Document
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Kind, Request, Standing

POLICY_NAME = "default"  # a key policy has no other name
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."

OPERATIONS = Operations()


def default_policy(account: Account) -> Document:
    """Return the policy of a key that was created without one: the account's policies decide.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": account.root_arn},
        "Action": "kms:*",
        "Resource": "*",
    }
    whole = {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}
    text = json.dumps(whole, indent=2, separators=(",", " : "))
    return parse_key_policy(account, text)


def checked_policy(
    account: Account, act: Act, standing: Standing, id: str, text: str
) -> Document:
    """Return the policy for the key with this id. Raise MalformedPolicyDocumentException.

    Unless the call bypasses the check, the caller must be able to change the policy again. The account's
    root user counts as well, so a policy that names the account passes.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
    """
    document = parse_key_policy(account, text)
    if act.call.parameters.get("BypassPolicyLockoutSafetyCheck") is True:
        return document
    key = KmsKey(id, act.at, document)
    if not _can_change_policy(account, act, standing, key):
        raise kms_error("MalformedPolicyDocument", LOCKED_OUT)
    return document


def _can_change_policy(account: Account, act: Act, standing: Standing, key: KmsKey) -> bool:
    """Return whether the caller could call PutKeyPolicy on a key with this policy."""
    arn = key_arn(account, key)
    keys = {**time_keys(act.at), **network_keys(account, act.call)}
    context = key_context(NamedKey(arn, account, key))
    request = Request("kms:PutKeyPolicy", arn, context)
    completed = complete_request(account, request, keys, account.id, signed=True)
    own_layers = [layer for layer in standing.layers if layer.kind is not Kind.RESOURCE]
    layers = (*own_layers, key_layer(account, key))
    later_standing = Standing(standing.principal, layers, standing.fixed)
    return isinstance(authorize(later_standing, completed), Allowed)


@OPERATIONS.add("GetKeyPolicy")
def get_key_policy(account: Account, act: Act) -> Change:
    key = named_key(account, act)
    _check_policy_name(act)
    body = {"Policy": key.policy.text, "PolicyName": POLICY_NAME}
    return account, Reply(body)


def _check_policy_name(act: Act) -> None:
    """Raise NotFoundException for a policy that isn't called "default"."""
    if act.call.text("PolicyName", POLICY_NAME) != POLICY_NAME:
        raise kms_error("NotFound", "No such policy exists")


@OPERATIONS.add_with_standing("PutKeyPolicy")
def put_key_policy(account: Account, act: Act, standing: Standing) -> Change:
    """Replace a key's policy."""
    key = named_key(account, act)
    _check_policy_name(act)
    refuse_pending_deletion(account, key)
    text = act.call.text("Policy")
    policy = checked_policy(account, act, standing, key.id, text)
    return with_key(account, replace(key, policy=policy)), EMPTY_REPLY


@OPERATIONS.add("ListKeyPolicies")
def list_key_policies(account: Account, act: Act) -> Change:
    named_key(account, act)
    page = kms_page(act.call, "PolicyNames", [POLICY_NAME], lambda name: name)
    return account, page
