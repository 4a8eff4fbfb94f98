"""moto as a second opinion: random sequences of IAM calls, codes and answers; each disagreement is judged and kept."""

import importlib.util
import json
import os
import random  # noqa: TID251  # seeded: the sequences are the same in every run
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from coffeeshop.account.api.operations import OPERATIONS, Operation
from coffeeshop.account.model import Reply
from tests.account.shop import ID, READ_ONLY, Shop, allow, local, policy, statement, trust

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(
        importlib.util.find_spec("moto") is None, reason="moto is absent (extra: peers)"
    ),
]

LIST = allow("s3:ListBucket", "arn:aws:s3:::b")
OLD = '{"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
BROKEN = policy(statement("s3:*", "nowhere"))
TRUST = trust(f"arn:aws:iam::{ID}:root")
PATHS, BOOLEANS = ("/", "/shop/", "/shop/front/"), (True, False)
DEVICES = tuple(f"arn:aws:iam::{ID}:mfa/{name}" for name in ("phone", "tablet"))
POOLS: Mapping[str, tuple[Any, ...]] = {  # what is drawn for a parameter
    "UserName": ("casey", "robin"),
    "GroupName": ("Cashiers", "Openers"),
    "RoleName": ("Till", "Stock"),
    "InstanceProfileName": ("Servers", "Kiosks"),
    "AccountAlias": ("espresso", "ristretto"),
    "PolicyName": ("p", "q"),
    "NewUserName": ("robin", "sam", "casey"),
    "NewGroupName": ("Openers", "Closers"),
    "PolicyArn": (local("p"), local("q"), READ_ONLY),
    "PermissionsBoundary": (local("p"), READ_ONLY),
    "PolicyDocument": (LIST, LIST, LIST, OLD, BROKEN),
    "AssumeRolePolicyDocument": (TRUST, TRUST, TRUST, LIST),
    "VersionId": ("v1", "v2", "v3"),
    "SetAsDefault": BOOLEANS,
    "Tags": ([{"Key": "a", "Value": "1"}], [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}], [{"Key": "aws:x", "Value": "1"}]),
    "TagKeys": (["a"], ["b"], ["c"]),
    **dict.fromkeys(("Path", "NewPath", "PathPrefix"), PATHS),
    "Description": ("d", "e"),
    "MaxSessionDuration": (3600, 7200),
    "Password": ("Latte-art-7", "Mocha-art-8"),
    "PasswordResetRequired": BOOLEANS,
    "Status": ("Active", "Inactive"),
    "EntityFilter": ("User", "Role", "Group"),
    "PolicyUsageFilter": ("PermissionsPolicy", "PermissionsBoundary"),
    "Filter": (["User"], ["Role"], ["Group"]),
    "VirtualMFADeviceName": ("phone", "tablet"),
    "SerialNumber": DEVICES,
    "AuthenticationCode1": ("123456",),
    "AuthenticationCode2": ("234567",),
    "AssignmentStatus": ("Assigned", "Unassigned", "Any"),
    "MinimumPasswordLength": (8, 10),
    "MaxPasswordAge": (30,),
    "PasswordReusePrevention": (3,),
    **dict.fromkeys(("RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters"), BOOLEANS),
    **dict.fromkeys(("AllowUsersToChangePassword", "HardExpiry"), BOOLEANS),
}  # fmt: skip
# Moto takes these to be required, or answers with all of AWS's policies.
ALWAYS = {"UserName", "Password", "Filter"}
LEFT = {"Marker", "MaxItems"}  # moto's markers are its own
SEEDS = range(int(os.environ.get("COFFEESHOP_SEEDS", "4")))
# Providers have documents and tokens of their own: tests/account/access/test_web_identity.py.
PROVIDERS = {name for service, name in OPERATIONS if service == "iam" and ("OpenIDConnect" in name or "SAML" in name)}  # fmt: skip
# A service gives its role a name of its own, and can delete no other: tests/account/services/iam/test_identities.py.
LINKED = {"CreateServiceLinkedRole", "DeleteServiceLinkedRole", "GetServiceLinkedRoleDeletionStatus"}  # fmt: skip
APART = PROVIDERS | LINKED | {  # rows that moto has and that are not asked
    "ListPolicies", "GetAccountSummary",  # they hold all of AWS's own policies, of which each has another selection
    "GenerateCredentialReport", "GetCredentialReport", "GetAccessKeyLastUsed",  # they tell of what each saw of use
    "DeactivateMFADevice",  # its codes are any six digits, so that a device of its is enabled and ours is not
}  # fmt: skip
NOBODYS = ("AKIANOBODYKNOWSTHIS1",) * 2
START = (
    "CreateUser",
    "CreateGroup",
    "CreateRole",
    "CreatePolicy",
    "CreateAccessKey",
    "CreateVirtualMFADevice",
) * 2

IAM = "https://docs.aws.amazon.com/IAM/latest"
API, OWN = f"{IAM}/APIReference/API_", "what AWS owns cannot be changed (seen)"
TAGS = f"no key begins with aws: {IAM}/UserGuide/id_tags.html"
JUDGED: Mapping[tuple[str, str, str], str] = {  # (operation, ours, moto's): why ours stands
    ("RemoveUserFromGroup", "", "NoSuchEntity"): "whoever is no member is removed without a word (seen)",
    ("UpdateGroup", "", "EntityAlreadyExists"): "a name that is its own is not taken (uncertain)",
    ("UpdateUser", "EntityAlreadyExists", ""): f"a taken name is refused: {API}UpdateUser.html",
    ("UpdateGroup", "NoSuchEntity", ""): f"declared: {API}UpdateGroup.html",
    ("DeleteUser", "DeleteConflict", ""): f"what it has must go first: {API}DeleteUser.html",
    ("DeleteGroup", "DeleteConflict", ""): f"members and policies must go first: {API}DeleteGroup.html",
    ("DeleteRole", "DeleteConflict", ""): f"inline policies must go first: {API}DeleteRole.html",
    ("DeletePolicy", "DeleteConflict", ""): f"other versions must go first: {API}DeletePolicy.html",
    ("DeletePolicy", "AccessDenied", ""): OWN,
    ("DeletePolicyVersion", "AccessDenied", "DeleteConflict"): OWN,
    ("DeletePolicyVersion", "AccessDenied", "NoSuchEntity"): OWN,
    ("CreatePolicyVersion", "AccessDenied", ""): OWN,
    ("CreatePolicyVersion", "MalformedPolicyDocument", "LimitExceeded"): "the text comes before the quota (uncertain)",
    ("SetDefaultPolicyVersion", "AccessDenied", ""): OWN,
    ("TagPolicy", "InvalidInput", ""): OWN,
    ("UntagPolicy", "InvalidInput", ""): OWN,
    ("ListPolicyTags", "InvalidInput", ""): OWN,
    ("DeleteAccountAlias", "NoSuchEntity", ""): f"declared: {API}DeleteAccountAlias.html",
    ("ListInstanceProfilesForRole", "NoSuchEntity", ""): f"declared: {API}ListInstanceProfilesForRole.html",
    ("CreateAccountAlias", "EntityAlreadyExists", ""): f"declared: {API}CreateAccountAlias.html",
    **{(f"{verb}InstanceProfile", "InvalidInput", ""): TAGS for verb in ("Create", "Tag")},
    ("RemoveRoleFromInstanceProfile", "NoSuchEntity", ""): "the role is not in it (there moto breaks)",
    ("DeleteInstanceProfile", "DeleteConflict", ""): f"the role must go first: {API}DeleteInstanceProfile.html",
    ("AddRoleToInstanceProfile", "LimitExceeded", ""): f"a profile holds one role: {API}AddRoleToInstanceProfile.html",
    ("ListEntitiesForPolicy", "NoSuchEntity", ""): f"declared: {API}ListEntitiesForPolicy.html",
    **{(f"Create{kind}", "NoSuchEntity", ""): f"the boundary must be there: {API}Create{kind}.html" for kind in ("User", "Role")},
    ("PutRolePermissionsBoundary", "NoSuchEntity", ""): f"declared: {API}PutRolePermissionsBoundary.html",
    ("DeleteRolePermissionsBoundary", "NoSuchEntity", ""): f"declared: {API}DeleteRolePermissionsBoundary.html",
    **{(name, "InvalidInput", ""): TAGS for name in ("CreateUser", "CreateRole", "CreatePolicy", "CreateVirtualMFADevice", "TagUser", "TagRole")},
    ("CreatePolicyVersion", "NoSuchEntity", "MalformedPolicyDocument"): "which policy is meant comes before its text (uncertain)",
    ("CreatePolicy", "EntityAlreadyExists", ""): f"names are unique whatever their paths: {IAM}/UserGuide/reference_iam-quotas.html",
    **{(f"Put{kind}Policy", "", "MalformedPolicyDocument"): f"an inline policy may be of 2008-10-17: {IAM}/UserGuide/reference_policies_elements_version.html" for kind in ("User", "Group", "Role")},
    ("CreateRole", "MalformedPolicyDocument", ""): f"declared: {API}CreateRole.html",
    **{(f"{verb}LoginProfile", "PasswordPolicyViolation", ""): f"declared: {API}{verb}LoginProfile.html" for verb in ("Create", "Update")},
    ("EnableMFADevice", "InvalidAuthenticationCode", ""): f"declared: {API}EnableMFADevice.html",
    ("EnableMFADevice", "NoSuchEntity", ""): f"declared: {API}EnableMFADevice.html",
    **{(f"{verb}AccessKey", "NoSuchEntity", ""): f"a key is its user's (of one that is gone, moto breaks): {API}{verb}AccessKey.html" for verb in ("Update", "Delete")},
}  # fmt: skip
LIVE = (
    "UpdateRole leaves alone what it is not given, as has been seen live; moto sets it back"
)
WORN = f"a boundary is told of, counts as a use, and its type is Policy: {IAM}/UserGuide/access_policies_boundaries.html"
SHAPES: Mapping[str, str] = {  # member of an answer: why ours stands
    "LoginProfile.PasswordResetRequired": "moto does not read what was asked",
    "PolicyVersion.Document": f"what was just brought is not said again: {API}CreatePolicyVersion.html#API_CreatePolicyVersion_Examples",
    "Versions.Document": f"a list leaves the text out: {API}ListPolicyVersions.html#API_ListPolicyVersions_Examples",
    "Role.MaxSessionDuration": f"{LIVE}; what makes or describes leaves it out: {API}CreateRole.html#API_CreateRole_Examples",
    "Role.Description": LIVE,
    "Roles.Description": LIVE,
    "Roles.MaxSessionDuration": LIVE,
    **{f"{where}Roles.{member}": f"a profile's role is shown as lists show it: {API}GetInstanceProfile.html#API_GetInstanceProfile_Examples" for where in ("InstanceProfile.", "InstanceProfiles.", "RoleDetailList.InstanceProfileList.") for member in ("MaxSessionDuration", "Tags", "PermissionsBoundary", "Description")},
    "InstanceProfiles": f"a path filters: {API}ListInstanceProfiles.html",
    **{f"{where}.Tags": f"lists leave tags out: {API}ListInstanceProfiles.html" for where in ("InstanceProfiles", "RoleDetailList.InstanceProfileList")},
    "RoleDetailList.PermissionsBoundary.PermissionsBoundaryType": WORN,
    **{f"Role.PermissionsBoundary{tail}": WORN for tail in ("", ".PermissionsBoundaryType")},
    **{f"{where}.PermissionsBoundary": WORN for where in ("User", "UserDetailList")},
    "Policy.PermissionsBoundaryUsageCount": WORN,
    **{f"Policy{kind}": f"a boundary is a use, and a filter leaves out the others: {API}ListEntitiesForPolicy.html" for kind in ("Users", "Groups", "Roles")},
    **{f"VirtualMFADevices.{secret}": f"the secret is told once: {API}CreateVirtualMFADevice.html" for secret in ("Base32StringSeed", "QRCodePNG")},
    "Users.Tags": f"GetGroup leaves tags out: {API}GetGroup.html#API_GetGroup_Examples",
    "Policy.AttachmentCount": "moto counts an attachment again that was there, and one of what is gone",
    "Groups": f"a path filters: {API}ListGroups.html",
    **{f"{where}.{member}": "moto forgets a new path that comes with no new name" for where in ("Group", "Groups", "GroupDetailList") for member in ("Path", "Arn")},
    **{f"{where}Tags": "moto gives a new thing the tags of one of the same name that is gone" for where in ("", "User.", "UserDetailList.")},
    "AccessKeyMetadata.UserName": "moto leaves keys behind when their user is renamed",
    "AccessKeyMetadata": "moto leaves keys behind when their user is renamed",
    **{f"{where}.IsDefaultVersion": "one version is always the default" for where in ("PolicyVersion", "Versions")},
}  # fmt: skip
MASKED = {"UserId", "RoleId", "GroupId", "InstanceProfileId", "PolicyId", "AccessKeyId", "SecretAccessKey", "CreateDate", "UpdateDate", "Base32StringSeed", "QRCodePNG"}  # fmt: skip


def _drawn(draw: random.Random, row: Operation) -> dict[str, Any]:
    """Arguments for a row: what it must have, and a quarter of what it may have; a key is drawn later."""
    pool = {
        **POOLS,
        **(
            {"PolicyDocument": POOLS["AssumeRolePolicyDocument"]}
            if row.name == "UpdateAssumeRolePolicy"
            else {}
        ),
    }
    asked = [member.name for member in row.members if member.name not in LEFT]
    needed = ALWAYS | {member.name for member in row.members if member.required}
    return {
        name: draw.choice(pool[name])
        for name in asked
        if name in pool and (name in needed or draw.random() < 0.25)
    }


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    return (
        {key: _tuples(item) for key, item in value.items()}
        if isinstance(value, dict)
        else value
    )


def _named(item: Any) -> list[str]:
    """What a list is put in order by: each of the two has an order of its own."""
    return [str(item[key]) for key in sorted(item) if key.endswith(("Name", "Key", "Number", "VersionId"))] if isinstance(item, dict) else [item]  # fmt: skip


def _plain(value: Any) -> Any:
    """An answer without ids, dates, secrets and order; documents are read."""
    if isinstance(value, Mapping):
        return {
            key: "*" if key in MASKED else _plain(item)
            for key, item in value.items()
            if key != "ResponseMetadata"
        }
    if isinstance(value, (list, tuple)):
        return sorted(map(_plain, value), key=_named)
    return (
        _plain(json.loads(value))
        if isinstance(value, str) and value.startswith("{")
        else value
    )


def _differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Where two plain answers differ; what is absent and what is empty are the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() | theirs.keys():
            yield from _differences(
                ours.get(key) or None, theirs.get(key) or None, f"{path}.{key}".lstrip(".")
            )
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from _differences(one, other, path)
    elif ours != theirs:
        yield path


class Both:
    """The two accounts, which stay the same. Where moto is known to let through what we refuse, it is not asked, and
    where it refuses what we let through, ours is taken back."""

    def __init__(self, client: Any) -> None:
        self.shop, self.client, self.keys = Shop(), client, list[tuple[str, str]]()

    def theirs(self, name: str, parameters: Mapping[str, Any]) -> tuple[str, Any]:
        botocore = importlib.import_module("botocore")
        try:
            return "", getattr(self.client, botocore.xform_name(name))(**parameters)
        except botocore.exceptions.ClientError as refusal:
            return refusal.response["Error"]["Code"], refusal.response

    def ask(self, row: Operation, draw: random.Random) -> None:
        parameters = _drawn(draw, row)
        ours, other = ({}, {}) if not row.input.member("AccessKeyId") else ({"AccessKeyId": key} for key in draw.choice(self.keys or [NOBODYS]))  # fmt: skip
        before, answer = (
            self.shop.account,
            self.shop.call("iam", row.name, **_tuples(parameters | ours)).answer,
        )
        code = getattr(answer, "code", "")
        if (row.name, code, "") in JUDGED:
            return
        refused, told = self.theirs(row.name, parameters | other)
        if code != refused:
            assert (row.name, code, refused) in JUDGED, (row.name, parameters, answer, told)
            self.shop.account = before
        elif isinstance(answer, Reply):
            if row.name == "CreateAccessKey":
                made = cast("dict[str, str]", answer.body["AccessKey"])
                self.keys.append((made["AccessKeyId"], told["AccessKey"]["AccessKeyId"]))
            here, there = _plain(answer.body), _plain(told)
            assert set(_differences(here, there)) <= SHAPES.keys(), (
                row.name,
                parameters,
                here,
                there,
            )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_moto_agrees_or_was_judged(seed: int, monkeypatch: pytest.MonkeyPatch):
    """Three hundred calls a seed after a common start."""
    monkeypatch.setitem(os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    monkeypatch.setitem(os.environ, "MOTO_ACCOUNT_ID", ID)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setitem(os.environ, name, "testing")
    boto3, moto, botocore = (
        importlib.import_module(name) for name in ("boto3", "moto", "botocore")
    )
    importlib.import_module("moto.core.config")
    has = set(dir(importlib.import_module("moto.iam.responses").IamResponse)) - {
        botocore.xform_name(name) for name in APART
    }
    common = [row for row in OPERATIONS.values() if row.service == "iam" and row.simulated and botocore.xform_name(row.name) in has]  # fmt: skip
    assert len(common) > 60
    draw = random.Random(seed)
    with moto.mock_aws():
        both = Both(boto3.client("iam", region_name="us-east-1"))
        if both.client.get_user()["User"]["Arn"].split(":")[4] != ID:
            pytest.skip("moto was loaded earlier for another account")
        for row in [
            *(OPERATIONS["iam", name] for name in START),
            *draw.choices(common, k=300),
        ]:
            both.ask(row, draw)
