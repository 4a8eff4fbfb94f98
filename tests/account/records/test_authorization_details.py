"""A file of GetAccountAuthorizationDetails as AWS, its CLI and its SDKs write it: everything of it is here, or is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Account
from coffeeshop.account.records import authorization_details
from coffeeshop.policy.model import Problems, Standing
from tests.account.shop import AT, Shop
from tests.tables import each_row

ACCOUNT, IAM, AWS = "123456789012", "arn:aws:iam::123456789012", "arn:aws:iam::aws:policy"
ECR, SERVICE = (
    f"{AWS}/AmazonEC2ContainerRegistryPowerUser",
    f"{AWS}/aws-service-role/AutoScalingServiceRolePolicy",
)
DATE, BORN = "2023-01-05T10:11:12+00:00", datetime(2023, 1, 5, 10, 11, 12, tzinfo=UTC)
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
File = dict[str, Any]


def allowing(*actions: str) -> File:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": [*actions], "Resource": "*"}],
    }


def trusting(principal: File, action: str = "sts:AssumeRole") -> File:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": action}],
    }


def row(kind: str, name: str, path: str = "/", n: int = 1, **more: Any) -> File:
    id = f"{ {'User': 'AIDA', 'Group': 'AGPA', 'Role': 'AROA'}[kind] }IOSFODNN7EXAMPLE{n}"
    arn = f"{IAM}:{kind.lower()}{path}{name}"
    return {
        "Path": path,
        f"{kind}Name": name,
        f"{kind}Id": id,
        "Arn": arn,
        "CreateDate": DATE,
    } | more


def attached(*arns: str) -> list[File]:
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def managed(arn: str, n: int, default: str, **versions: File) -> File:
    stem, _, name = arn.rpartition("/")
    listed = [
        {
            "Document": document,
            "VersionId": id,
            "IsDefaultVersion": id == default,
            "CreateDate": DATE,
        }
        for id, document in versions.items()
    ]
    ids = {
        "PolicyId": f"ANPAIOSFODNN7EXAMPLE{n}",
        "Path": f"{stem.partition(':policy')[2]}/",
    }
    counts = {
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
    }
    dates = {
        "DefaultVersionId": default,
        "CreateDate": DATE,
        "UpdateDate": DATE,
        "PolicyVersionList": listed,
    }
    return {"PolicyName": name, "Arn": arn, **ids, **counts, **dates}


def real() -> File:
    """What `aws iam get-account-authorization-details --output json` prints of a lived-in account."""
    bounded = {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": f"{IAM}:policy/Boundary",
    }
    tags = [{"Key": "team", "Value": "data"}]
    users = [
        row(
            "User",
            "Alice.Smith@example.com",
            GroupList=["Admins"],
            AttachedManagedPolicies=[],
            Tags=tags,
        )
        | {
            "PermissionsBoundary": bounded,
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": allowing("s3:*")}],
        },
        row(
            "User",
            "ci-bot",
            "/svc/ci/",
            2,
            GroupList=[],
            AttachedManagedPolicies=attached(ECR),
            Tags=[],
        ),
    ]
    groups = [
        row(
            "Group",
            "Admins",
            GroupPolicyList=[],
            AttachedManagedPolicies=attached(f"{AWS}/AdministratorAccess"),
        )
    ]
    rest = {
        "InstanceProfileList": [],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
        "RoleLastUsed": {},
    }
    linked, oidc = (
        "/aws-service-role/autoscaling.amazonaws.com/",
        f"{IAM}:oidc-provider/token.actions.githubusercontent.com",
    )
    roles = [
        row("Role", "AWSServiceRoleForAutoScaling", linked, 1, **rest)
        | {"AssumeRolePolicyDocument": trusting({"Service": "autoscaling.amazonaws.com"})}
        | {
            "AttachedManagedPolicies": attached(SERVICE),
            "RoleLastUsed": {"LastUsedDate": DATE, "Region": "eu-west-1"},
        },
        row("Role", "deploy", "/", 2, **rest)
        | {
            "AssumeRolePolicyDocument": trusting(
                {"Federated": oidc}, "sts:AssumeRoleWithWebIdentity"
            )
        },
        row("Role", "audit", "/", 3, **rest)
        | {
            "AssumeRolePolicyDocument": trusting({"AWS": "arn:aws:iam::210987654321:root"}),
            "PermissionsBoundary": bounded,
        },
    ]
    policies = [
        managed(
            f"{IAM}:policy/Boundary",
            1,
            "v9",
            v12=allowing("s3:*"),
            v9=allowing("s3:*", "ecr:*"),
            v3=allowing("*"),
        ),
        managed(f"{AWS}/AdministratorAccess", 2, "v1", v1=allowing("*")),
        managed(ECR, 3, "v3", v3=allowing("ecr:*")),
        managed(SERVICE, 4, "v4", v4=allowing("ec2:*")),
    ]
    return json.loads(
        json.dumps(dict(zip(LISTS, (users, groups, roles, policies), strict=True)))
    )


def read(file: Any) -> tuple[Account, list[str]]:
    account, problems = authorization_details.import_details(
        file if isinstance(file, str) else json.dumps(file), b"x", AT
    )
    assert {str(problem.level) for problem in problems} <= {"warning"}
    return account, [str(problem) for problem in problems]


def refused(file: Any) -> str:
    with pytest.raises(Problems) as wrong:
        read(file)
    return str(wrong.value)


# ------------------------------------------------------------- as AWS writes it
def test_a_real_account_is_here_whole_and_nothing_is_told():
    account, told = read(real())
    assert told == []
    again = json.loads(authorization_details.export_details(account))
    by_name = {
        name: sorted(real()[name], key=lambda row: row["Arn"].lower()) for name in LISTS
    }
    assert {
        name: sorted(again[name], key=lambda row: row["Arn"].lower()) for name in LISTS[:3]
    } == {name: by_name[name] for name in LISTS[:3]}
    versions = {
        p["Arn"]: [v["VersionId"] for v in p["PolicyVersionList"]]
        for p in again["Policies"]
    }
    assert versions[f"{IAM}:policy/Boundary"] == ["v12", "v9", "v3"]
    assert account.policies[f"{IAM}:policy/Boundary"].minted == 12


def test_an_export_of_an_import_is_imported_to_the_same_export():
    account, _ = read(real())
    text = authorization_details.export_details(account)
    assert authorization_details.export_details(read(text)[0]) == text


PAGES = [
    {
        "UserDetailList": real()["UserDetailList"],
        "GroupDetailList": [],
        "IsTruncated": True,
        "Marker": "a",
    },
    {
        "GroupDetailList": real()["GroupDetailList"],
        "RoleDetailList": [],
        "IsTruncated": True,
        "Marker": "b",
    },
    {
        "RoleDetailList": real()["RoleDetailList"],
        "Policies": real()["Policies"],
        "IsTruncated": False,
    },
]


@pytest.mark.parametrize(
    "file",
    [
        json.dumps(PAGES),
        "\n".join(map(json.dumps, PAGES)),
        "".join(json.dumps(p, indent=4) for p in PAGES),
    ],
)
def test_pages_in_a_list_or_one_behind_the_other_are_one_account(file: str):
    account, told = read(file)
    assert (told, authorization_details.export_details(account)) == (
        [],
        authorization_details.export_details(read(real())[0]),
    )


@pytest.mark.parametrize(
    "more", [{"IsTruncated": True, "Marker": "a"}, {"NextToken": "eyJN"}]
)
def test_that_the_last_page_is_not_the_last_is_told(more: File):
    (told,) = read(real() | more)[1]
    assert told.startswith("the file ends where another page begins")
    assert "--no-paginate" in told


@pytest.mark.parametrize(
    "date",
    ["2023-01-05T10:11:12+00:00", "2023-01-05T10:11:12Z", "2023-01-05 11:11:12+01:00", "2023-01-05T10:11:12", 1672913472, 1672913472.4],
)  # fmt: skip
def test_a_date_is_iso_8601_or_seconds_since_1970(date: object):
    file = real()
    file["UserDetailList"][1]["CreateDate"] = date
    assert read(file)[0].users["ci-bot"].created == BORN


@pytest.mark.parametrize(
    "written", [lambda text: quote(text, safe=""), str], ids=["URL-encoded", "JSON as text"]
)
def test_documents_may_be_text_and_keep_what_looks_encoded(written: Any):
    file, document = real(), allowing("s3:GetObject") | {"Id": "100%25"}
    file["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = written(
        json.dumps(document)
    )
    account, told = read(file)
    assert told == []
    assert (
        json.loads(account.users["alice.smith@example.com"].inline["own"].text) == document
    )


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_an_account_of_another_partition_is_read_in_the_words_of_this_one(partition: str):
    file = json.dumps(real()).replace("arn:aws:", f"arn:{partition}:")
    account, (told,) = read(file)
    assert f"the account lies in the partition {partition}" in told
    assert authorization_details.export_details(
        account
    ) == authorization_details.export_details(read(real())[0])


# ----------------------------------------------------------------- AWS's policies
def opened(account: Account) -> Shop:
    """An imported account with a key of root's in hand."""
    return Shop(mint_credential(account, account.root_arn, "key", AT)[0])


def shop() -> Shop:
    return opened(read(real())[0])


def test_a_policy_of_aws_that_the_file_brings_is_awss_and_grants_what_it_says():
    here = shop()
    listed = {
        p["Arn"] for p in here("iam list-policies --scope AWS --only-attached")["Policies"]
    }
    assert listed == {ECR, SERVICE, f"{AWS}/AdministratorAccess"}
    assert {p["Arn"] for p in here("iam list-policies --scope Local")["Policies"]} == {
        f"{IAM}:policy/Boundary"
    }
    assert here("iam get-account-summary")["SummaryMap"]["Policies"] == 1
    here(f"iam attach-group-policy --group-name Admins --policy-arn {ECR}")
    seen = {
        p["Arn"]
        for p in here("iam get-account-authorization-details --filter AWSManagedPolicy")[
            "Policies"
        ]
    }
    assert ECR in seen


@pytest.mark.parametrize(
    "line",
    [f"create-policy-version --policy-arn {ECR} --set-as-default --policy-document '{json.dumps(allowing('*'))}'",
     f"set-default-policy-version --policy-arn {ECR} --version-id v3", f"tag-policy --policy-arn {ECR} --tags Key=a,Value=b"],
)  # fmt: skip
def test_a_policy_of_aws_that_the_file_brings_is_not_to_be_changed(line: str):
    assert shop().refused(f"iam {line}")[0] in {"AccessDenied", "InvalidInput"}


# ------------------------------------------------------------ what stays behind
@each_row([
        (lambda f: [r.update(InstanceProfileList=[{"InstanceProfileName": "web"}]) for r in f["RoleDetailList"][:2]],
         "RoleDetailList[1].InstanceProfileList[0]: the instance profile web holds another role already"),
        (lambda f: [u.update(LoginProfile={}) for u in f["UserDetailList"]],
         "UserDetailList[0].LoginProfile: AWS's document has no `LoginProfile`: it is not read (so in 2 places)"),
        (lambda f: f["Policies"][0].update(Tags=[{"Key": key, "Value": "x"} for key in ("Owner", "owner")]),
         "Policies[0].Tags: AWS's document has no `Tags`: it is not read"),
        (lambda f: f["GroupDetailList"][0].update(Tags=5), "GroupDetailList[0].Tags: AWS's document has no `Tags`"),
        (lambda f: f["RoleDetailList"][0].update(GroupList=[5]), "RoleDetailList[0].GroupList: AWS's document has no `GroupList`"),
        (lambda f: f["GroupDetailList"][0].update(PermissionsBoundary=""), "GroupDetailList[0].PermissionsBoundary: AWS's document has no"),
        (lambda f: f["Policies"].pop(0), "UserDetailList[0]: the policy arn:aws:iam::123456789012:policy/Boundary is neither"),
        (lambda f: f["GroupDetailList"].clear(), "UserDetailList[0].GroupList: the group Admins is not in the file"),
        (lambda f: f["UserDetailList"][0].update(UserId="alice"), "UserDetailList[0]: `UserId` is no unique id of AWS's (AIDA…)"),
        (lambda f: f["GroupDetailList"][0].update(GroupId="GreatestOfAllTime"), "GroupDetailList[0]: `GroupId` is no unique id"),
        (lambda f: f["RoleDetailList"][0].update(AssumeRolePolicyDocument=trusting({"AWS": "*"}) | {"Id": "\u2615"}),
         "RoleDetailList[0].AssumeRolePolicyDocument: `trust policy` is kept, though IAM would not take it now: Member must satisfy"),
        (lambda f: f["Policies"][0]["PolicyVersionList"][0].update(Document=long(131_073)),
         "Policies[0], v12: `arn:aws:iam::123456789012:policy/Boundary` is kept, though IAM would not take it now: Member must have length"),
        (lambda f: f["UserDetailList"][0].pop("UserName"), "UserDetailList[0]: `UserName` is missing: the name in its ARN stands for it"),
        (lambda f: f["Policies"][0].pop("Path"), "Policies[0]: `Path` is missing: the path in its ARN stands for it"),
        (lambda f: f["RoleDetailList"][0].pop("CreateDate"), "RoleDetailList[0]: `CreateDate` is missing: the date of the import"),
        (lambda f: f["Policies"][0].pop("DefaultVersionId"), "Policies[0]: `DefaultVersionId` is missing: the version that is marked"),
    ])  # fmt: skip
def test_what_stays_behind_is_told_and_the_rest_is_here(change: Any, told: str):
    file = real()
    change(file)
    account, problems = read(file)
    assert [problem for problem in problems if problem.startswith(told)]
    assert len(account.users) == 2
    account, key = mint_credential(
        account, f"{IAM}:user/Alice.Smith@example.com", "key", AT
    )
    assert isinstance(build_standing(account, key, AT), Standing)
    assert authorization_details.export_details(account)


# ---------------------------------------------------------------- bad input
@each_row([
        (lambda f: f["UserDetailList"][0].update(UserName="a/b"), "UserDetailList[0].UserName: `a/b`: The specified value"),
        (lambda f: f["UserDetailList"][0].update(UserName=5), "UserDetailList[0].UserName: `5` is no string"),
        (lambda f: f["UserDetailList"][0].update(GroupList="Admins"), "UserDetailList[0].GroupList: `Admins` is no list"),
        (lambda f: f["UserDetailList"][0].update(Tags=[{"Key": "k"}]), "UserDetailList[0].Tags[0]: `Value` is missing"),
        (lambda f: f["RoleDetailList"][2]["PermissionsBoundary"].clear(), "RoleDetailList[2].PermissionsBoundary: `PermissionsBoundaryArn` is missing"),
        (lambda f: f["RoleDetailList"][0].update(AssumeRolePolicyDocument="coffee"), "RoleDetailList[0].AssumeRolePolicyDocument: `coffee` is no policy document"),
        (lambda f: f["RoleDetailList"][0].update(AssumeRolePolicyDocument=[]), "RoleDetailList[0].AssumeRolePolicyDocument: `[]` is no policy document"),
        (lambda f: f["RoleDetailList"][0]["RoleLastUsed"].update(LastUsedDate=True), "RoleDetailList[0].RoleLastUsed.LastUsedDate: `true` is no date"),
        (lambda f: f["Policies"][0]["PolicyVersionList"][1].update(VersionId="nine"), "Policies[0].PolicyVersionList[1].VersionId: `nine`"),
        (lambda f: f["Policies"][0]["PolicyVersionList"][1].update(VersionId=f"v{'9' * 5000}"), "Policies[0].PolicyVersionList[1].VersionId: `v999"),
        (lambda f: f["Policies"][0].update(IsAttachable=1), "Policies[0].IsAttachable: `1` is no boolean"),
        (lambda f: f["Policies"][0].update(AttachmentCount=True), "Policies[0].AttachmentCount: `true` is no integer"),
    ])  # fmt: skip
def test_a_wrong_type_or_value_is_told_by_place_and_value(change: Any, told: str):
    file = real()
    change(file)
    assert told in refused(file)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f["UserDetailList"].append(row("User", "CI-BOT", "/", 9)), "UserDetailList[2].UserName: `ci-bot` is there already, as UserDetailList[1].UserName"),
        (lambda f: f["UserDetailList"].append(row("User", "bo", "/", 2)), "UserDetailList[2].UserId: `AIDAIOSFODNN7EXAMPLE2` is there already"),
        (lambda f: f["Policies"].append(f["Policies"][0]), "Policies[4].Arn: "),
        (lambda f: f["Policies"][0]["PolicyVersionList"].append(f["Policies"][0]["PolicyVersionList"][0]), "Policies[0].PolicyVersionList[3].VersionId: `v12` is there already"),
        (lambda f: f["Policies"][0].update(DefaultVersionId="v1"), "Policies[0].DefaultVersionId: there is no version `v1`"),
        (lambda f: f["RoleDetailList"][1].update(Path="/x/"), "RoleDetailList[1].Arn: `arn:aws:iam::123456789012:role/deploy` is not the ARN by path and name"),
        (lambda f: f["GroupDetailList"][0].update(Arn="arn:aws:iam::999999999999:group/Admins"), "GroupDetailList[0].Arn: "),
    ],
)  # fmt: skip
def test_what_cannot_stand_beside_the_rest_is_told_with_both(change: Any, told: str):
    file = real()
    change(file)
    assert told in refused(file)


def long(length: int) -> File:
    """A policy of so many characters without white space, as AWS counts them."""
    document = allowing("s3:GetObject", "")
    document["Statement"][0]["Action"][1] = "s3:" + "x" * (
        length - len(json.dumps(document, separators=(",", ":"))) - 3
    )
    return document


def test_a_policy_that_aws_manages_may_be_longer_than_a_customers():
    file = real()
    file["Policies"][3]["PolicyVersionList"][0]["Document"] = long(152_297)
    file["Policies"][0]["PolicyVersionList"][0]["Document"] = long(131_072)
    assert read(file)[1] == []


def test_instance_profiles_are_brought_with_the_roles_that_they_hold():
    file = real()
    whole = {
        "Path": "/web/",
        "InstanceProfileName": "web",
        "InstanceProfileId": "AIPAIOSFODNN7EXAMPLE1",
        "CreateDate": DATE,
    }
    file["RoleDetailList"][1]["InstanceProfileList"] = [
        whole,
        {"InstanceProfileName": "bare"},
    ]
    account, told = read(file)
    web, bare = account.instance_profiles["web"], account.instance_profiles["bare"]
    role = account.roles[file["RoleDetailList"][1]["RoleName"].lower()]
    assert (told, web.id, web.path, web.created, web.roles) == (
        [],
        "AIPAIOSFODNN7EXAMPLE1",
        "/web/",
        BORN,
        (role.id,),
    )
    assert (bare.id[:4], bare.path, bare.roles) == ("AIPA", "/", (role.id,))
    again = {
        row["RoleId"]: row
        for row in json.loads(authorization_details.export_details(account))[
            "RoleDetailList"
        ]
    }
    assert [p["InstanceProfileName"] for p in again[role.id]["InstanceProfileList"]] == [
        "bare",
        "web",
    ]


def test_what_an_emulator_leaves_out_of_policies_is_made_up_and_told():
    file = real()
    whole, _ = read(file)
    for policy in file["Policies"]:
        del policy["PolicyName"], policy["PolicyId"]
    account, told = read(file)
    assert told == [
        "Policies[0]: `PolicyName` is missing: the name in its ARN stands for it (so in 4 places)",
        "Policies[0]: `PolicyId` is missing: a made one stands for it (so in 4 places)",
    ]
    boundary = account.policies[f"{IAM}:policy/Boundary"]
    assert (boundary.name, boundary.path) == ("Boundary", "/")
    assert boundary.versions == whole.policies[f"{IAM}:policy/Boundary"].versions
    assert account.lent.keys() == whole.lent.keys()


def test_all_that_is_wrong_is_told_at_once_and_the_same_thing_once():
    file = real()
    for user in file["UserDetailList"]:
        del user["Arn"]
    file["Policies"][0]["PolicyVersionList"] = {}
    assert refused(file).splitlines() == [
        "UserDetailList[0]: `Arn` is missing (so in 2 places); write it with `aws iam get-account-authorization-details --output json`",
        "Policies[0].PolicyVersionList: `{}` is no list; write it with `aws iam get-account-authorization-details --output json`",
    ]


@pytest.mark.parametrize(
    "file",
    [{"UserDetailList": [{}] * 500_000}, [{}] * 500_000, [{"Policies": [{}] * 500}] * 500],
)
def test_what_lists_more_than_any_account_holds_is_told_and_not_looked_into(file: File):
    assert "the file lists more than 50,000 things" in refused(file)


@pytest.mark.slow
@pytest.mark.parametrize("tag", [{}, {"Key": "a", "Value": "b", "Colour": "c"}])
def test_of_very_many_problems_it_is_told_that_not_all_were_looked_for(tag: dict[str, str]):
    file = real()
    file["UserDetailList"][0]["Tags"] = [tag] * 200_000
    assert (
        "there are 100,000 problems, and what lies behind them was not looked at"
        in refused(file)
    )


def test_a_page_that_is_none_is_told_by_its_number():
    assert "page 2: the file holds none of UserDetailList" in refused(
        [real(), {"Users": []}]
    )
    assert "page 2, UserDetailList: `5` is no list" in refused(
        [real(), {"UserDetailList": 5}]
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        json.dumps(real())[:-9],
        json.dumps(real()) + "coffee",
        "userDetailList:\n- path: /\n",
    ],
)
def test_what_is_no_json_is_told(text: str):
    assert "the file is no JSON" in refused(text)


def test_roles_that_aws_keeps_for_itself_are_not_changed_by_anyone():
    code, said = shop().refused(
        f"iam detach-role-policy --role-name AWSServiceRoleForAutoScaling --policy-arn {SERVICE}"
    )
    assert (code, said) == (
        "UnmodifiableEntity",
        "Cannot perform the operation on the protected role 'AWSServiceRoleForAutoScaling' - this role is only modifiable by AWS",
    )
    assert shop()("iam get-role --role-name AWSServiceRoleForAutoScaling")["Role"][
        "Path"
    ].startswith("/aws-service-role/")


def test_a_statement_that_nobody_understands_is_told_and_counts_on_the_safe_side():
    file = real()
    odd = {
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringSounds": {"aws:username": "x"}},
    }
    lost = {"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr::all"}
    file["UserDetailList"][1]["UserPolicyList"] = [
        {
            "PolicyName": "odd",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [odd, lost]},
        }
    ]
    account, told = read(file)
    place = "UserDetailList[1].UserPolicyList[0], Statement"
    assert [line.partition(";")[0] for line in told] == [
        f"{place}[0].Condition.StringSounds: `odd` is kept, but statement 1 is not understood, a Deny that denies here all "
        "that it may speak of: unknown operator `StringSounds`",
        f"{place}[1].Resource[0]: `odd` is kept, but statement 2 is not understood, an Allow that allows nothing here: "
        "`arn:aws:ecr::all` lacks one of an ARN's six parts",
    ]
    there = opened(account)
    source = f"--policy-source-arn {IAM}:user/svc/ci/ci-bot --action-names"
    answered = there(
        f"iam simulate-principal-policy {source} s3:GetObject ecr:GetAuthorizationToken"
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in answered] == ["explicitDeny", "allowed"]
    assert json.loads(authorization_details.export_details(account))["UserDetailList"][0][
        "UserPolicyList"
    ]


def test_what_aws_manages_is_simulated_however_long_it_is():
    file = real()
    file["Policies"][2]["PolicyVersionList"][0]["Document"] = long(152_297)
    there = opened(read(file)[0])
    source = f"--policy-source-arn {IAM}:user/svc/ci/ci-bot --action-names s3:GetObject"
    assert there(f"iam simulate-principal-policy {source}")["EvaluationResults"]


def test_the_principal_of_a_trust_that_is_half_understood_can_still_be_renamed():
    file = real()
    file["RoleDetailList"][2]["AssumeRolePolicyDocument"] = {
        "Version": "2012-10-17",
        "Statement": [
            5,
            {
                **trusting({"AWS": f"{IAM}:user/svc/ci/ci-bot"})["Statement"][0],
                "Wherefore": "art",
            },
        ],
    }
    there = opened(read(file)[0])
    there("iam update-user --user-name ci-bot --new-user-name robot")
    assert f"{IAM}:user/svc/ci/robot" in there.account.roles["audit"].trust.text
