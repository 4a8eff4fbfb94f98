"""Managed policies and versions, attachments, inline policies, boundaries: success, refusals, quotas."""

import json
from shlex import quote

import pytest

from tests.account.shop import (
    ADMIN,
    READ_ONLY,
    Shop,
    allow,
    deny,
    local,
    policy,
    statement,
    trust,
    user,
)

LIST = quote(allow("s3:ListBucket", "arn:aws:s3:::coffeeshop-receipts"))
MAKE = f"iam create-policy --policy-name Till --policy-document {LIST}"
TILL = local("Till")
CASEY = "iam create-user --user-name casey"


def test_a_policy_allows_once_it_is_attached_and_not_before():
    shop = Shop()
    shop.hire("casey")
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    made = shop(f"{MAKE} --description d --path /shop/ --tags Key=a,Value=b")["Policy"]
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["Tags"]) == (
        "v1",
        0,
        ({"Key": "a", "Value": "b"},),
    )
    arn = local("shop/Till")
    listing = "s3api list-objects-v2 --bucket coffeeshop-receipts"
    assert shop.refused(listing, "casey")[0] == "AccessDenied"
    shop(f"iam attach-user-policy --user-name casey --policy-arn {arn}")
    shop(listing, "casey")
    found = shop(f"iam get-policy --policy-arn {arn}")["Policy"]
    assert (found["Description"], found["AttachmentCount"]) == ("d", 1)
    shop(f"iam detach-user-policy --user-name casey --policy-arn {arn}")
    assert shop.refused(listing, "casey")[0] == "AccessDenied"


def test_setting_the_default_version_acts_on_every_attachment_at_once():
    shop = Shop()
    shop.hire("casey")
    shop(MAKE)
    shop(f"iam attach-user-policy --user-name casey --policy-arn {TILL}")
    later = shop(
        f"iam create-policy-version --policy-arn {TILL} --policy-document {quote(allow('iam:ListUsers'))}"
    )["PolicyVersion"]
    assert later == {
        "VersionId": "v2",
        "IsDefaultVersion": False,
        "CreateDate": "2026-03-02T08:00:00+00:00",
    }
    assert shop.refused("iam list-users", "casey")[0] == "AccessDenied"
    shop(f"iam set-default-policy-version --policy-arn {TILL} --version-id v2")
    shop("iam list-users", "casey")
    versions = shop(f"iam list-policy-versions --policy-arn {TILL}")["Versions"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in versions] == [
        ("v2", True),
        ("v1", False),
    ]
    document = shop(f"iam get-policy-version --policy-arn {TILL} --version-id v1")[
        "PolicyVersion"
    ]["Document"]
    assert document["Statement"][0]["Action"] == "s3:ListBucket"


def test_version_numbers_never_return():
    shop = Shop()
    shop(MAKE)
    shop(f"iam create-policy-version --policy-arn {TILL} --policy-document {LIST}")
    shop(f"iam delete-policy-version --policy-arn {TILL} --version-id v2")
    assert (
        shop(
            f"iam create-policy-version --policy-arn {TILL} --policy-document {LIST} --set-as-default"
        )["PolicyVersion"]["VersionId"]
        == "v3"
    )


def test_policies_are_listed_by_scope_prefix_and_use():
    shop = Shop()
    shop(CASEY)
    shop(MAKE)
    shop(f"iam create-policy --policy-name Spare --path /spare/ --policy-document {LIST}")
    shop(f"iam attach-user-policy --user-name casey --policy-arn {TILL}")
    shop(
        f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {READ_ONLY}"
    )

    def names(options: str) -> list[str]:
        return [
            p["PolicyName"]
            for p in shop(f"iam list-policies {options} --no-paginate --max-items 1000")[
                "Policies"
            ]
        ]

    assert names("--scope Local") == ["Spare", "Till"]
    assert names("--scope Local --path-prefix /spare/") == ["Spare"]
    assert names("--only-attached") == ["AmazonS3ReadOnlyAccess", "Till"]
    assert names("--only-attached --policy-usage-filter PermissionsPolicy") == ["Till"]
    assert names("--only-attached --policy-usage-filter PermissionsBoundary") == [
        "AmazonS3ReadOnlyAccess"
    ]
    assert "AdministratorAccess" in names("--scope AWS")
    assert names("--path-prefix /spare/") == ["Spare"]


def test_entities_of_a_policy_are_listed_by_kind_and_use():
    shop = Shop()
    shop(f"{CASEY} --path /staff/")
    shop("iam create-group --group-name G")
    shop.role("R", trust(user("staff/casey")))
    shop(MAKE)
    for kind, name in (("user", "casey"), ("group", "G")):
        shop(f"iam attach-{kind}-policy --{kind}-name {name} --policy-arn {TILL}")
    shop(f"iam put-role-permissions-boundary --role-name R --permissions-boundary {TILL}")

    def names(options: str = "") -> list[str]:
        body = shop(f"iam list-entities-for-policy --policy-arn {TILL} {options}")
        kinds = ("Group", "User", "Role")
        return [row[f"{kind}Name"] for kind in kinds for row in body[f"Policy{kind}s"]]

    assert names() == ["G", "casey", "R"]
    assert names("--entity-filter User") == ["casey"]
    assert names("--path-prefix /staff/") == ["casey"]
    assert names("--policy-usage-filter PermissionsPolicy") == ["G", "casey"]
    assert names("--policy-usage-filter PermissionsBoundary") == ["R"]


def test_entities_of_a_policy_come_in_pages_over_all_kinds():
    shop = Shop()
    shop(CASEY)
    shop("iam create-group --group-name G")
    shop(MAKE)
    for kind, name in (("user", "casey"), ("group", "G")):
        shop(f"iam attach-{kind}-policy --{kind}-name {name} --policy-arn {TILL}")
    line = f"iam list-entities-for-policy --policy-arn {TILL} --no-paginate --max-items 1"
    first = shop(line)
    assert (
        [g["GroupName"] for g in first["PolicyGroups"]],
        first["PolicyUsers"],
        first["IsTruncated"],
    ) == (
        ["G"],
        (),
        True,
    )
    rest = shop(f"{line} --marker {first['Marker']}")
    assert (rest["PolicyGroups"], [u["UserName"] for u in rest["PolicyUsers"]]) == (
        (),
        ["casey"],
    )
    assert (rest["IsTruncated"], "Marker" in rest) == (False, False)


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_inline_policies_are_matched_without_case_and_echoed_as_asked(kind: str):
    shop = Shop()
    shop(CASEY)
    shop("iam create-group --group-name casey")
    shop.role("casey", trust(user("casey")))
    shop(
        f"iam put-{kind}-policy --{kind}-name casey --policy-name Receipts --policy-document {LIST}"
    )
    shop(
        f"iam put-{kind}-policy --{kind}-name casey --policy-name RECEIPTS --policy-document {quote(allow('s3:*'))}"
    )
    assert shop(f"iam list-{kind}-policies --{kind}-name casey")["PolicyNames"] == (
        "Receipts",
    )
    found = shop(f"iam get-{kind}-policy --{kind}-name casey --policy-name rECEIPTS")
    assert (found["PolicyName"], found["PolicyDocument"]["Statement"][0]["Action"]) == (
        "rECEIPTS",
        "s3:*",
    )
    shop(f"iam attach-{kind}-policy --{kind}-name casey --policy-arn {READ_ONLY}")
    shop(f"iam attach-{kind}-policy --{kind}-name casey --policy-arn {READ_ONLY}")
    attached = shop(f"iam list-attached-{kind}-policies --{kind}-name casey")[
        "AttachedPolicies"
    ]
    assert attached == ({"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": READ_ONLY},)
    shop(f"iam delete-{kind}-policy --{kind}-name casey --policy-name RECEIPTS")
    assert shop(f"iam list-{kind}-policies --{kind}-name casey")["PolicyNames"] == ()


def test_a_boundary_caps_and_lifts_again():
    shop = Shop()
    shop.hire("casey", allow("iam:ListUsers"), allow("s3:*"))
    shop(
        f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {READ_ONLY}"
    )
    assert shop.refused("iam list-users", "casey")[1].endswith(
        "because no permissions boundary allows the iam:ListUsers action"
    )
    shop("iam delete-user-permissions-boundary --user-name casey")
    shop("iam list-users", "casey")
    shop.role("R", trust(user("casey")))
    shop(
        f"iam put-role-permissions-boundary --role-name R --permissions-boundary {READ_ONLY}"
    )
    shop("iam delete-role-permissions-boundary --role-name R")
    assert shop.account.roles["r"].boundary == ""


def test_a_managed_deny_names_itself():
    shop = Shop()
    shop.hire("casey", allow("*"))
    shop(
        f"iam create-policy --policy-name NoUsers --policy-document {quote(deny('iam:ListUsers'))}"
    )
    shop(f"iam attach-user-policy --user-name casey --policy-arn {local('NoUsers')}")
    assert shop.refused("iam list-users", "casey")[1].endswith(
        f"with an explicit deny in an identity-based policy: {local('NoUsers')}"
    )


RESERVED = "arn:aws:iam::aws:policy/aws-service-role/X"
REFUSALS = [
    ("", f"iam get-policy --policy-arn {TILL}", "NoSuchEntity", f"Policy {TILL} was not found."),
    (CASEY, f"iam attach-user-policy --user-name casey --policy-arn {TILL}", "NoSuchEntity", f"Policy {TILL} does not exist or is not attachable."),
    (CASEY, f"iam attach-user-policy --user-name casey --policy-arn {RESERVED}", "PolicyNotAttachable", "Cannot attach AWS reserved policy to an IAM user."),
    (CASEY, f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {RESERVED}", "PolicyNotAttachable", "Cannot attach AWS reserved policy to an IAM user."),
    (CASEY, f"iam detach-user-policy --user-name casey --policy-arn {TILL}", "NoSuchEntity", f"Policy {TILL} was not found."),
    (CASEY, "iam get-user-policy --user-name casey --policy-name p", "NoSuchEntity", "The user policy with name p cannot be found."),
    (CASEY, "iam delete-user-policy --user-name casey --policy-name p", "NoSuchEntity", "The user policy with name p cannot be found."),
    (CASEY, "iam delete-user-permissions-boundary --user-name casey", "NoSuchEntity", "The permissions boundary of casey cannot be found."),
    (MAKE, MAKE.replace("Till", "till --path /x/"), "EntityAlreadyExists", "A policy called till already exists. Duplicate names are not allowed."),
    (MAKE, f"iam delete-policy-version --policy-arn {TILL} --version-id v1", "DeleteConflict", "Cannot delete the default version of a policy."),
    (MAKE, f"iam get-policy-version --policy-arn {TILL} --version-id v9", "NoSuchEntity", f"Policy {TILL} version v9 does not exist or is not attachable."),
    ("", f"iam get-policy-version --policy-arn {TILL} --version-id v1", "NoSuchEntity", f"Policy {TILL} version v1 does not exist or is not attachable."),
    ("", f"iam set-default-policy-version --policy-arn {TILL} --version-id v1", "NoSuchEntity", f"Policy {TILL} version v1 does not exist or is not attachable."),
    ("", f"iam list-entities-for-policy --policy-arn {TILL}", "NoSuchEntity", f"Policy {TILL} does not exist or is not attachable."),
    ("", "iam get-policy --policy-arn AmazonS3ReadOnlyAccess", "ValidationError", "ARN AmazonS3ReadOnlyAccess is not valid."),
    ("", f"{MAKE} --tags Key=a,Value=1 Key=a,Value=2", "InvalidInput", "Duplicate tag keys found."),
    ("", f"{MAKE} --tags Key=AWS:a,Value=1", "InvalidInput", "Tag keys beginning with aws: are reserved for system use."),
    (f"{MAKE};{CASEY};iam attach-user-policy --user-name casey --policy-arn {TILL}", f"iam delete-policy --policy-arn {TILL}", "DeleteConflict", "Cannot delete a policy attached to entities."),
    (f"{MAKE};{CASEY};iam put-user-permissions-boundary --user-name casey --permissions-boundary {TILL}", f"iam delete-policy --policy-arn {TILL}", "DeleteConflict", "Cannot delete a policy attached to entities."),
    (f"{MAKE};iam create-policy-version --policy-arn {TILL} --policy-document {LIST}", f"iam delete-policy --policy-arn {TILL}", "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."),
    ("", f"iam delete-policy --policy-arn {ADMIN}", "AccessDenied", "Cannot delete policies outside your own account."),
    ("", f"iam create-policy-version --policy-arn {ADMIN} --policy-document {LIST}", "AccessDenied", "Cannot create versions for policies outside your own account."),
    ("", f"iam set-default-policy-version --policy-arn {ADMIN} --version-id v1", "AccessDenied", "Cannot update policies outside your own account."),
    ("", f"iam delete-policy-version --policy-arn {ADMIN} --version-id v1", "AccessDenied", "Cannot delete policy versions for policies outside your own account."),
]  # fmt: skip


@pytest.mark.parametrize(("before", "line", "code", "text"), REFUSALS)
def test_refusals_are_awss(before: str, line: str, code: str, text: str):
    shop = Shop()
    for step in filter(None, before.split(";")):
        shop(step)
    assert shop.refused(line) == (code, text)


def test_a_policy_goes_when_it_is_unused_and_has_one_version():
    shop = Shop()
    shop(MAKE)
    shop(f"iam delete-policy --policy-arn {TILL}")
    assert not shop.account.policies


# -------------------------------------------------------------------- quotas
def padded(size: int) -> str:
    """A policy of exactly so many characters that are not white space."""

    def text(pad: int) -> str:
        return policy(statement("s3:GetObject", "arn:aws:s3:::" + "x" * pad))

    return text(size - len("".join(text(0).split())))


@pytest.mark.parametrize(
    ("kind", "quota"), [("user", 2048), ("group", 5120), ("role", 10240)]
)
def test_inline_policies_have_a_size_together(kind: str, quota: int):
    shop = Shop()
    shop(CASEY)
    shop("iam create-group --group-name casey")
    shop.role("casey", trust(user("casey")))
    half = quota // 2
    shop(
        f"iam put-{kind}-policy --{kind}-name casey --policy-name a --policy-document {quote(padded(half))}"
    )
    shop(
        f"iam put-{kind}-policy --{kind}-name casey --policy-name b --policy-document {quote(padded(half))}"
    )
    shop(
        f"iam put-{kind}-policy --{kind}-name casey --policy-name b --policy-document {quote(padded(half))}"
    )
    line = f"iam put-{kind}-policy --{kind}-name casey --policy-name b --policy-document {quote(padded(half + 1))}"
    assert shop.refused(line) == (
        "LimitExceeded",
        f"Maximum policy size of {quota} bytes exceeded for {kind} casey",
    )


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_what_is_attached_is_attached_again_without_a_change_even_where_no_more_would_fit(
    kind: str,
):
    shop = Shop()
    shop(CASEY)
    shop("iam create-group --group-name casey")
    shop.role("casey", trust(user("casey")))
    attach = f"iam attach-{kind}-policy --{kind}-name casey --policy-arn "
    for n in range(10):
        shop(f"iam create-policy --policy-name p{n} --policy-document {LIST}")
        shop(attach + local(f"p{n}"))
    before = getattr(shop.account, f"{kind}s")["casey"]
    shop(attach + local("p9"))
    assert getattr(shop.account, f"{kind}s")["casey"] == before


def test_a_policy_has_five_versions_at_most():
    shop = Shop()
    shop(MAKE)
    version = f"iam create-policy-version --policy-arn {TILL} --policy-document {LIST}"
    for _ in range(4):
        shop(version)
    assert shop.refused(version) == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    )
    shop(f"iam delete-policy-version --policy-arn {TILL} --version-id v2")
    shop(version)


def test_documents_are_answered_as_objects():
    shop = Shop()
    shop(MAKE)
    body = shop(f"iam get-policy-version --policy-arn {TILL} --version-id v1")[
        "PolicyVersion"
    ]
    assert (
        json.loads(json.dumps(body["Document"]))
        == json.loads(allow("s3:ListBucket", "arn:aws:s3:::coffeeshop-receipts")) | {}
    )
