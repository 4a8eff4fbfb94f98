"""moto as a second opinion: random sequences of IAM calls; each disagreement is judged by AWS's documentation and kept."""

import importlib.util
import os
import random  # noqa: TID251  # seeded: the sequences are the same in every run
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.account.shop import ID, READ_ONLY, Shop, allow, local, policy, statement, trust

pytestmark = pytest.mark.skipif(importlib.util.find_spec("moto") is None, reason="moto is absent (extra: peers)")

USERS, GROUPS, ROLES, NAMES = ("casey", "robin"), ("Cashiers", "Openers"), ("Till", "Stock"), ("p", "q")
ARNS = (local("p"), local("q"), READ_ONLY)
LIST = allow("s3:ListBucket", "arn:aws:s3:::b")
OLD = '{"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
BROKEN = policy(statement("s3:*", "nowhere"))
TRUST = trust(f"arn:aws:iam::{ID}:root")
KINDS = {"User": USERS, "Group": GROUPS, "Role": ROLES}
Make = Callable[[random.Random], Mapping[str, Any]]


def _naming(kind: str, **more: tuple[Any, ...]) -> Make:
    def make(draw: random.Random) -> Mapping[str, Any]:
        return {f"{kind}Name": draw.choice(KINDS[kind]), **{name: draw.choice(pool) for name, pool in more.items()}}

    return make


def _arn(**more: tuple[Any, ...]) -> Make:
    return lambda draw: {"PolicyArn": draw.choice(ARNS), **{name: draw.choice(pool) for name, pool in more.items()}}


OPERATIONS: dict[str, Make] = {
    "CreateUser": lambda draw: {"UserName": draw.choice(USERS)},
    "GetUser": _naming("User"),
    "DeleteUser": _naming("User"),
    "UpdateUser": _naming("User", NewUserName=("robin", "sam")),
    "CreateGroup": _naming("Group"),
    "GetGroup": _naming("Group"),
    "DeleteGroup": _naming("Group"),
    "AddUserToGroup": _naming("User", GroupName=GROUPS),
    "RemoveUserFromGroup": _naming("User", GroupName=GROUPS),
    "ListGroupsForUser": _naming("User"),
    "CreateRole": _naming("Role", AssumeRolePolicyDocument=(TRUST,)),
    "GetRole": _naming("Role"),
    "DeleteRole": _naming("Role"),
    "UpdateRole": _naming("Role", Description=("d",)),
    "CreatePolicy": lambda draw: {
        "PolicyName": draw.choice(NAMES),
        "PolicyDocument": draw.choice((LIST, LIST, OLD, BROKEN)),
    },
    "GetPolicy": _arn(),
    "DeletePolicy": _arn(),
    "CreatePolicyVersion": _arn(PolicyDocument=(LIST, OLD), SetAsDefault=(True, False)),
    "DeletePolicyVersion": _arn(VersionId=("v1", "v2", "v3")),
    "GetPolicyVersion": _arn(VersionId=("v1", "v2")),
    "SetDefaultPolicyVersion": _arn(VersionId=("v1", "v2")),
    "ListPolicyVersions": _arn(),
    "ListEntitiesForPolicy": _arn(),
    "CreateAccessKey": _naming("User"),
    "ListAccessKeys": _naming("User"),
    "CreateLoginProfile": _naming("User", Password=("Latte-art-7",)),
    "GetLoginProfile": _naming("User"),
    "UpdateLoginProfile": _naming("User", Password=("Mocha-art-8",)),
    "DeleteLoginProfile": _naming("User"),
    "TagUser": _naming("User", Tags=([{"Key": "a", "Value": "1"}], [{"Key": "b", "Value": "2"}])),
    "UntagUser": _naming("User", TagKeys=(["a"],)),
    "ListUserTags": _naming("User"),
    **{f"{verb}{kind}Policy": _naming(kind, PolicyArn=ARNS) for kind in KINDS for verb in ("Attach", "Detach")},
    **{f"Put{kind}Policy": _naming(kind, PolicyName=NAMES, PolicyDocument=(LIST, LIST, OLD)) for kind in KINDS},
    **{f"{verb}{kind}Policy": _naming(kind, PolicyName=NAMES) for kind in KINDS for verb in ("Get", "Delete")},
    **{f"List{kind}Policies": _naming(kind) for kind in KINDS},
    **{f"ListAttached{kind}Policies": _naming(kind) for kind in KINDS},
}
JUDGED: dict[tuple[str, str, str], str] = {  # (operation, ours, moto's): why ours stands
    ("RemoveUserFromGroup", "", "NoSuchEntity"): "whoever is no member is removed without a word (seen)",
    ("UpdateUser", "EntityAlreadyExists", ""): "a taken name is refused: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html",
    ("DeleteUser", "DeleteConflict", ""): "a login profile must go first: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html",
    ("DeleteGroup", "DeleteConflict", ""): "members and policies must go first: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html",
    ("DeleteRole", "DeleteConflict", ""): "inline policies must go first: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html",
    ("DeletePolicy", "AccessDenied", ""): "AWS's own policies cannot be deleted (seen)",
    ("DeletePolicy", "AccessDenied", "DeleteConflict"): "AWS's own policies cannot be deleted, in use or not (seen)",
    ("DeletePolicy", "DeleteConflict", ""): "other versions must go first: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html",
    ("DeletePolicyVersion", "AccessDenied", "DeleteConflict"): "AWS's own policies cannot be changed (seen)",
    ("DeletePolicyVersion", "AccessDenied", "NoSuchEntity"): "AWS's own policies cannot be changed (seen)",
    ("CreatePolicyVersion", "AccessDenied", ""): "AWS's own policies cannot be changed (seen)",
    ("CreatePolicyVersion", "AccessDenied", "MalformedPolicyDocument"): "whose policy it is comes before its text (uncertain)",
    ("CreatePolicyVersion", "NoSuchEntity", "MalformedPolicyDocument"): "existence comes before the text (uncertain)",
    ("CreatePolicyVersion", "MalformedPolicyDocument", "LimitExceeded"): "the text comes before the quota (uncertain)",
    ("SetDefaultPolicyVersion", "AccessDenied", "NoSuchEntity"): "AWS's own policies cannot be changed (seen)",
    ("SetDefaultPolicyVersion", "AccessDenied", ""): "AWS's own policies cannot be changed (seen)",
    ("ListEntitiesForPolicy", "NoSuchEntity", ""): "declared: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html",
    ("PutUserPolicy", "NoSuchEntity", "MalformedPolicyDocument"): "existence comes before the text (uncertain)",
    ("PutGroupPolicy", "NoSuchEntity", "MalformedPolicyDocument"): "existence comes before the text (uncertain)",
    ("PutRolePolicy", "NoSuchEntity", "MalformedPolicyDocument"): "existence comes before the text (uncertain)",
    ("CreatePolicy", "EntityAlreadyExists", "MalformedPolicyDocument"): "state comes before the text (uncertain)",
}  # fmt: skip


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    return {key: _tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore")
def test_moto_agrees_or_was_judged(seed: int, monkeypatch: pytest.MonkeyPatch):
    """Sixty calls a seed after a common start; a judged disagreement about success ends the sequence."""
    monkeypatch.setitem(os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    monkeypatch.setitem(os.environ, "MOTO_ACCOUNT_ID", ID)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setitem(os.environ, name, "testing")
    boto3, moto, botocore = (importlib.import_module(name) for name in ("boto3", "moto", "botocore"))
    importlib.import_module("moto.core.config")
    draw = random.Random(seed)
    start = ["CreateUser", "CreateGroup", "CreateRole", "CreatePolicy"] * 2
    with moto.mock_aws():
        iam, shop = boto3.client("iam", region_name="us-east-1"), Shop()
        if iam.get_user()["User"]["Arn"].split(":")[4] != ID:
            pytest.skip("moto was loaded earlier for another account")
        for name in [*start, *draw.choices(list(OPERATIONS), k=60)]:
            parameters = OPERATIONS[name](draw)
            answer = shop.call("iam", name, **_tuples(dict(parameters))).answer
            ours = getattr(answer, "code", "")
            try:
                getattr(iam, botocore.xform_name(name))(**parameters)
                theirs = ""
            except botocore.exceptions.ClientError as refusal:
                theirs = refusal.response["Error"]["Code"]
            if ours != theirs:
                assert (name, ours, theirs) in JUDGED, (name, parameters, answer, theirs)
                if not ours or not theirs:
                    break
