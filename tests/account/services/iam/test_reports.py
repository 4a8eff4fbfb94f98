"""What an account tells about itself: reports, summary, details, last accessed, simulation, records of the trail."""

import csv
import json
from collections.abc import Callable
from shlex import quote
from typing import Any
from urllib.parse import quote as quote_of_url

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Account, Key, Nobody, Outsider, Reply, Service
from coffeeshop.account.records import authorization_details
from coffeeshop.policy.model import Kind, Problems, Standing
from tests.account.shop import (
    ADMIN,
    AT,
    EMAIL,
    ID,
    PASSWORD,
    READ_ONLY,
    Shop,
    allow,
    deny,
    local,
    organized,
    policy,
    role,
    statement,
    trust,
    user,
)

ROOT = f"arn:aws:iam::{ID}:root"


def staffed() -> Shop:
    shop = Shop()
    shop.hire("casey", allow(["s3:ListBucket", "s3:GetObject", "iam:ListUsers"]))
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    return shop


# ---------------------------------------------------------- credential report
def report(shop: Shop) -> str:
    shop("iam generate-credential-report")
    body = shop("iam get-credential-report")
    assert body["ReportFormat"] == "text/csv"
    content = body["Content"]
    assert isinstance(content, bytes)
    assert not content.endswith(b"\n")
    return content.decode()


def rows(shop: Shop) -> dict[str, dict[str, str]]:
    return {row["user"]: row for row in csv.DictReader(report(shop).split("\n"))}


def test_a_report_is_frozen_for_four_hours():
    shop = staffed()
    assert shop.refused("iam get-credential-report")[0] == "ReportNotPresent"
    assert shop("iam generate-credential-report")["State"] == "STARTED"
    shop("iam create-user --user-name Bo")
    assert shop.later(hours=3)("iam generate-credential-report") == {"State": "COMPLETE"}
    assert b"Bo" not in shop("iam get-credential-report")["Content"]  # type: ignore[operator]
    assert shop.later(hours=1).refused("iam get-credential-report")[0] == "ReportExpired"
    shop("iam generate-credential-report")
    assert b"Bo" in shop("iam get-credential-report")["Content"]  # type: ignore[operator]


def test_a_report_has_a_row_for_root_and_each_user_by_name():
    shop = staffed()
    shop("iam create-user --user-name Bo")
    shop.phone("casey")
    shop("iam update-account-password-policy --max-password-age 30")
    shop("iam create-access-key --user-name casey")
    shop("iam update-access-key --user-name casey --access-key-id @key:2 --status Inactive")
    shop(
        "sts get-caller-identity",
        find_caller(
            shop.account, shop.account.keys_of(shop.account.users["casey"].id)[0].id
        ),
    )
    found = rows(shop)
    assert list(found) == ["<root_account>", "Bo", "casey"]
    assert len(found["casey"]) == 22
    root = found["<root_account>"]
    assert (
        root["password_enabled"],
        root["password_last_used"],
        root["access_key_1_active"],
    ) == (
        "not_supported",
        "no_information",
        "true",
    )
    casey = {
        key: value for key, value in found["casey"].items() if value not in {"N/A", "false"}
    }
    assert casey == {
        "user": "casey",
        "arn": user("casey"),
        "user_creation_time": "2026-03-02T08:00:00Z",
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": "2026-03-02T08:00:00Z",
        "password_next_rotation": "2026-04-01T08:00:00Z",
        "mfa_active": "true",
        "access_key_1_active": "true",
        "access_key_1_last_rotated": "2026-03-02T08:00:00Z",
        "access_key_1_last_used_date": "2026-03-02T08:00:00Z",
        "access_key_1_last_used_region": "us-east-1",
        "access_key_1_last_used_service": "sts",
        "access_key_2_last_rotated": "2026-03-02T08:00:00Z",
    }
    assert (found["Bo"]["password_enabled"], found["Bo"]["password_last_changed"]) == (
        "false",
        "N/A",
    )


def test_a_password_without_rotation_has_no_next():
    assert rows(staffed())["casey"]["password_next_rotation"] == "N/A"


# ------------------------------------------------------------------- summary
def test_the_summary_counts():
    shop = staffed()
    shop.phone("casey")
    shop(f"iam create-policy --policy-name p --policy-document {quote(allow('s3:*'))}")
    found = shop("iam get-account-summary")["SummaryMap"]
    counted = {k: v for k, v in found.items() if not k.endswith("Quota") and v}
    assert counted == {
        "Users": 1,
        "Policies": 1,
        "PolicyVersionsInUse": 1,
        "MFADevices": 1,
        "MFADevicesInUse": 1,
        "AccountAccessKeysPresent": 1,
        "AccountPasswordPresent": 1,
        "GlobalEndpointTokenVersion": 1,
    }
    assert (found["UsersQuota"], found["PolicySizeQuota"]) == (5000, 6144)


# -------------------------------------------------------------------- details
def whole() -> Shop:
    shop = staffed()
    shop("iam tag-user --user-name casey --tags Key=branch,Value=north")
    shop("iam create-group --group-name Cashiers --path /shop/")
    shop("iam add-user-to-group --group-name Cashiers --user-name casey")
    shop(
        f"iam put-group-policy --group-name Cashiers --policy-name g --policy-document {quote(allow('sqs:*'))}"
    )
    shop.role("Till", trust(user("casey")), deny("s3:*"))
    shop.role("Spare", trust(user("casey")))
    shop(f"iam create-policy --policy-name p --policy-document {quote(allow('s3:*'))}")
    shop(
        f"iam create-policy-version --policy-arn {local('p')} --policy-document {quote(allow('sqs:*'))} --set-as-default"
    )
    shop(f"iam attach-role-policy --role-name Till --policy-arn {local('p')}")
    shop(f"iam attach-group-policy --group-name Cashiers --policy-arn {READ_ONLY}")
    shop(
        f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {ADMIN}"
    )
    shop.wear("Till", "casey")
    shop("sts get-caller-identity", find_caller(shop.account, "shift"))
    return shop


def test_authorization_details_hold_everything_that_decides():
    shop = whole()
    body = shop("iam get-account-authorization-details")
    (casey,) = body["UserDetailList"]
    assert (
        casey["GroupList"],
        casey["Tags"],
        casey["PermissionsBoundary"]["PermissionsBoundaryArn"],
    ) == (
        ("Cashiers",),
        ({"Key": "branch", "Value": "north"},),
        ADMIN,
    )
    assert casey["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == (
        "s3:ListBucket",
        "s3:GetObject",
        "iam:ListUsers",
    )
    spare, till = body["RoleDetailList"]
    assert spare["RoleLastUsed"] == {}
    assert till["RoleLastUsed"] == {
        "LastUsedDate": "2026-03-02T08:00:00+00:00",
        "Region": "us-east-1",
    }
    assert {p["Arn"] for p in body["Policies"]} == {local("p"), READ_ONLY, ADMIN}
    own = next(p for p in body["Policies"] if p["Arn"] == local("p"))
    assert [v["VersionId"] for v in own["PolicyVersionList"]] == ["v2", "v1"]
    shop("iam delete-user-policy --user-name casey --policy-name p0")
    shop("iam delete-role-policy --role-name Till --policy-name p0")
    body = shop("iam get-account-authorization-details")
    assert "UserPolicyList" not in body["UserDetailList"][0]
    assert body["RoleDetailList"][1]["RolePolicyList"] == ()


def test_authorization_details_come_by_filter_and_page():
    shop = whole()
    body = shop("iam get-account-authorization-details --filter Role LocalManagedPolicy")
    assert [
        len(body[name])
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    ] == [
        0,
        0,
        2,
        1,
    ]
    page = shop.call("iam", "GetAccountAuthorizationDetails", MaxItems=2).answer.body  # type: ignore[union-attr]
    assert (
        len(page["UserDetailList"]),
        len(page["GroupDetailList"]),
        page["IsTruncated"],
    ) == (1, 1, True)
    rest = shop.call(
        "iam", "GetAccountAuthorizationDetails", MaxItems=9, Marker=page["Marker"]
    ).answer.body  # type: ignore[union-attr]
    assert (len(rest["RoleDetailList"]), len(rest["Policies"]), rest["IsTruncated"]) == (
        2,
        3,
        False,
    )


def decisions(account: Account, name: str) -> tuple[object, ...]:
    """What bears on a user, without what an import cannot know."""
    account, key = _minted(account, name)
    who = build_standing(account, key, AT)
    assert isinstance(who, Standing)
    return (
        who.principal,
        tuple(layer for layer in who.layers if layer.kind is not Kind.RESOURCE),
        dict(who.fixed),
    )


def _minted(account: Account, name: str) -> tuple[Account, Key]:
    return mint_credential(account, account.arn(account.users[name]), "key", AT)


def test_an_import_of_an_export_keeps_every_decision():
    shop = whole()
    text = authorization_details.export_details(shop.account)
    again, problems = authorization_details.import_details(text, b"other", AT)
    assert problems == ()
    assert authorization_details.export_details(again) == text
    assert decisions(again, "casey") == decisions(shop.account, "casey")


def test_a_name_with_a_comma_and_a_path_with_a_quote_stay_in_their_columns():
    shop = Shop()
    shop("""iam create-user --user-name ca,sey --path '/a,"b/'""")
    row = rows(shop)["ca,sey"]
    assert (row["user"], row["arn"]) == ("ca,sey", f'arn:aws:iam::{ID}:user/a,"b/ca,sey')
    assert (row["password_enabled"], row["cert_2_last_rotated"]) == ("false", "N/A")


def test_an_import_reads_url_encoded_documents_and_the_credential_report():
    shop = whole()
    shop.phone("casey")
    shop("iam create-access-key --user-name casey")
    shop("iam update-access-key --user-name casey --access-key-id @key:2 --status Inactive")
    found = json.loads(authorization_details.export_details(shop.account))
    encoded = quote_url(json.dumps(found["RoleDetailList"][0]["AssumeRolePolicyDocument"]))
    found["RoleDetailList"][0]["AssumeRolePolicyDocument"] = encoded
    found["RoleDetailList"][0].pop("RoleLastUsed")
    again, problems = authorization_details.import_details(
        json.dumps(found), b"other", AT, report(shop)
    )
    assert problems == ()
    assert rows(Shop_of(again)) == {
        **rows(shop),
        "<root_account>": rows(Shop_of(again))["<root_account>"],
    }


def quote_url(text: str) -> str:
    return quote_of_url(text, safe="")


def Shop_of(account: Account) -> Shop:  # noqa: N802  # reads as a constructor
    return Shop(_with_root(account))


def _with_root(account: Account) -> Account:
    return mint_credential(account, account.root_arn, "key", AT)[0]


def test_an_import_keeps_documents_that_iam_would_refuse_and_says_so():
    found = json.loads(authorization_details.export_details(whole().account))
    found["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = {
        "Version": "2012-10-17",
        "Statemnt": [],
    }
    account, problems = authorization_details.import_details(json.dumps(found), b"x", AT)
    assert {(problem.level, problem.place.path) for problem in problems} == {
        ("warning", "UserDetailList[0].UserPolicyList[0], Statemnt"),
        ("warning", "UserDetailList[0].UserPolicyList[0], Statement"),
    }
    assert "`p0` is kept, but it says nothing" in problems[0].text
    assert account.users["casey"].inline["p0"].policy.statements == ()


def test_a_policy_of_aws_that_this_account_lacks_comes_from_the_file():
    found = json.loads(authorization_details.export_details(whole().account))
    strange: dict[str, Any] = {
        **found["Policies"][0],
        "Arn": "arn:aws:iam::aws:policy/Strange",
        "PolicyName": "Strange",
        "PolicyId": "ANPASTRANGE",
        "Description": "d",
    }
    strange["UpdateDate"] = "2026-03-02T07:00:00Z"
    for version in strange["PolicyVersionList"]:
        version.pop("CreateDate")
    found["Policies"].append(strange)
    account, _ = authorization_details.import_details(json.dumps(found), b"x", AT)
    assert account.lent["arn:aws:iam::aws:policy/Strange"].description == "d"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "the file is no JSON"),
        ("[" * 100_000, "the file is no JSON"),
        ("[]", "the file holds none of"),
        ('{"UserDetailList": {}}', "UserDetailList: `{}` is no list"),
        ('{"UserDetailList": [{"UserName": "x"}]}', "UserDetailList[0]: `Arn` is missing"),
        ('{"GroupDetailList": [{"GroupName": "g", "GroupId": "i", "Arn": "a", "Path": "/", "CreateDate": "noon"}]}', "`noon` is no date"),
        ('{"GroupDetailList": [{"GroupName": "g", "GroupId": "i", "Arn": "a", "Path": "/", "CreateDate": "2026-03-02T08:00:00Z", "AttachedManagedPolicies": [{}]}]}', "GroupDetailList[0].AttachedManagedPolicies[0]: `PolicyArn` is missing"),
    ],
)  # fmt: skip
def test_what_is_no_details_file_is_told_all_at_once(text: str, told: str):
    with pytest.raises(Problems) as wrong:
        authorization_details.import_details(text, b"x", AT)
    assert told in str(wrong.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: "user,arn\n", "user_creation_time: the credential report lacks this column"),
        (lambda text: "", "user: the credential report lacks this column"),
        (lambda text: f"{text}\n" + text.splitlines()[1], "line 4: `<root_account>` is there already, in line 2"),
        (lambda text: f"{text}\n" + text.splitlines()[-1].replace("casey", "Casey", 1), "`Casey` is there already, in line"),
        (lambda text: text.replace("false", "x" * 200_000, 1), "the credential report is no CSV: field larger than field limit"),
    ],
)  # fmt: skip
def test_a_credential_report_that_is_none_is_told(change: Callable[[str], str], told: str):
    shop = whole()
    with pytest.raises(Problems) as wrong:
        authorization_details.import_details(
            authorization_details.export_details(shop.account),
            b"x",
            AT,
            change(report(shop)),
        )
    assert told in str(wrong.value)


def test_an_import_of_nothing_but_awss_policies_has_a_made_up_account():
    account, _ = authorization_details.import_details('{"Policies": []}', b"x", AT)
    assert account.id == ID


# -------------------------------------------------------------- last accessed
def accessed(
    shop: Shop, arn: str, granularity: str = "SERVICE_LEVEL"
) -> dict[str, dict[str, object]]:
    job = shop(
        f"iam generate-service-last-accessed-details --arn {arn} --granularity {granularity}"
    )["JobId"]
    body = shop.call(
        "iam", "GetServiceLastAccessedDetails", JobId=job, MaxItems=1000
    ).answer.body  # type: ignore[union-attr]
    assert body["JobStatus"] == "COMPLETED"
    return {row["ServiceNamespace"]: row for row in body["ServicesLastAccessed"]}  # type: ignore[union-attr,index,misc]


def test_last_access_counts_attempts_of_the_services_that_policies_may_allow():
    shop = staffed()
    shop.later(hours=1)("iam list-users", "casey")
    shop.outcome("s3api list-objects-v2 --bucket coffeeshop-receipts", "casey")
    shop.refused("dynamodb list-tables", "casey")
    found = accessed(shop, user("casey"))
    assert set(found) == {"iam", "s3"}
    assert found["iam"] == {
        "ServiceName": "AWS Identity and Access Management (IAM)",
        "ServiceNamespace": "iam",
        "TotalAuthenticatedEntities": 1,
        "LastAuthenticated": "2026-03-02T09:00:00+00:00",
        "LastAuthenticatedEntity": user("casey"),
        "LastAuthenticatedRegion": "us-east-1",
    }
    shop.later(days=400)
    assert "LastAuthenticated" not in accessed(shop, user("casey"))["iam"]


def test_last_access_is_told_as_it_stood_when_the_job_was_done():
    shop = staffed()
    job = shop(f"iam generate-service-last-accessed-details --arn {user('casey')}")["JobId"]
    shop.later(hours=1)("iam list-users", "casey")
    shop("iam delete-user-policy --user-name casey --policy-name p0")
    told = shop(f"iam get-service-last-accessed-details --job-id {job}")[
        "ServicesLastAccessed"
    ]
    assert [(row["ServiceNamespace"], "LastAuthenticated" in row) for row in told] == [
        ("iam", False),
        ("s3", False),
    ]  # type: ignore[index,union-attr]


def test_last_access_of_actions_leaves_out_the_data_plane():
    shop = staffed()
    shop("s3api list-objects-v2 --bucket coffeeshop-receipts", "casey")
    tracked = accessed(shop, user("casey"), "ACTION_LEVEL")["s3"][
        "TrackedActionsLastAccessed"
    ]
    assert tracked == (
        {
            "ActionName": "ListBucket",
            "LastAccessedEntity": user("casey"),
            "LastAccessedTime": "2026-03-02T08:00:00+00:00",
            "LastAccessedRegion": "us-east-1",
        },
    )
    assert accessed(shop, user("casey"), "ACTION_LEVEL")["iam"][
        "TrackedActionsLastAccessed"
    ] == ({"ActionName": "ListUsers"},)
    but = policy({"Effect": "Allow", "NotAction": ["iam:List*"], "Resource": "*"})
    shop(
        f"iam put-user-policy --user-name casey --policy-name p0 --policy-document {quote(but)}"
    )
    actions = {
        row["ActionName"]
        for row in accessed(shop, user("casey"), "ACTION_LEVEL")["iam"][
            "TrackedActionsLastAccessed"
        ]  # type: ignore[attr-defined]
    }
    assert "CreateUser" in actions
    assert "ListUsers" not in actions


def test_last_access_of_groups_policies_and_roles_is_their_members():
    shop = whole()
    shop("iam delete-user-permissions-boundary --user-name casey")
    shop.outcome("sqs list-queues", "casey")
    assert accessed(shop, f"arn:aws:iam::{ID}:group/shop/Cashiers")["sqs"][
        "LastAuthenticatedEntity"
    ] == user("casey")
    assert "s3" in accessed(shop, READ_ONLY)
    shop(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    assert accessed(shop, ADMIN)["sqs"]["TotalAuthenticatedEntities"] == 1
    assert "LastAuthenticated" not in accessed(shop, role("Till"))["sqs"]
    nothing = policy(statement(None, NotAction=["iam:*"]) | {"Action": None})
    broad = json.loads(nothing)
    del broad["Statement"][0]["Action"]
    shop(
        f"iam create-policy --policy-name broad --policy-document {quote(json.dumps(broad))}"
    )
    found = accessed(shop, local("broad"))
    assert "iam" not in found
    assert len(found) > 400


@pytest.mark.parametrize(
    ("arn", "code", "text"),
    [
        (user("nobody"), "NoSuchEntity", "The user with name nobody cannot be found."),
        (user("x/casey"), "NoSuchEntity", "The user with name casey cannot be found."),
        (local("none"), "NoSuchEntity", f"Policy {local('none')} was not found."),
        (
            ROOT,
            "InvalidInput",
            f"Invalid Entity Arn: {ROOT} does not clearly define entity type and name.",
        ),
    ],
)
def test_last_access_of_nothing_is_refused(arn: str, code: str, text: str):
    assert staffed().refused(f"iam generate-service-last-accessed-details --arn {arn}") == (
        code,
        text,
    )


def test_a_job_that_nobody_started():
    job = "00000000-0000-0000-0000-000000000000"
    assert staffed().refused(f"iam get-service-last-accessed-details --job-id {job}") == (
        "NoSuchEntity",
        f"The job with id {job} cannot be found.",
    )


# ----------------------------------------------------------------- simulation
def test_the_simulator_says_what_a_users_policies_would():
    shop = staffed()
    line = f"iam simulate-principal-policy --policy-source-arn {user('casey')} --action-names s3:ListBucket s3:DeleteObject"
    results = shop(line)["EvaluationResults"]
    assert [(r["EvalActionName"], r["EvalDecision"]) for r in results] == [
        ("s3:ListBucket", "allowed"),
        ("s3:DeleteObject", "implicitDeny"),
    ]
    shop(
        f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {READ_ONLY}"
    )
    more = quote(allow("iam:CreateUser"))
    result = shop(
        f"iam simulate-principal-policy --policy-source-arn {user('casey')} --action-names iam:CreateUser --policy-input-list {more}"
    )["EvaluationResults"][0]
    assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == (
        "implicitDeny",
        {"AllowedByPermissionsBoundary": False},
    )
    free = quote(allow("*"))
    result = shop(f"{line} --permissions-boundary-policy-input-list {free}")[
        "EvaluationResults"
    ][0]
    assert result["PermissionsBoundaryDecisionDetail"] == {
        "AllowedByPermissionsBoundary": True
    }


def test_the_simulator_answers_page_by_page_in_the_order_of_the_actions():
    shop = Shop()
    line = f"iam simulate-custom-policy --policy-input-list {quote(allow('s3:*'))} --action-names sqs:SendMessage s3:GetObject s3:DeleteObject"
    first = shop(f"{line} --no-paginate --max-items 2")
    assert [result["EvalActionName"] for result in first["EvaluationResults"]] == [
        "sqs:SendMessage",
        "s3:GetObject",
    ]
    rest = shop(f"{line} --marker {first['Marker']}")
    assert [result["EvalActionName"] for result in rest["EvaluationResults"]] == [
        "s3:DeleteObject"
    ]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    other = f"iam simulate-custom-policy --policy-input-list {quote(allow('s3:*'))} --action-names s3:GetObject"
    assert shop.refused(f"{other} --marker {first['Marker']}") == (
        "ValidationError",
        "Marker and Filter do not match",
    )


def test_the_simulator_says_of_one_without_policies_that_nothing_is_allowed():
    shop = Shop()
    shop("iam create-user --user-name robin")
    line = f"iam simulate-principal-policy --policy-source-arn {user('robin')} --action-names s3:ListBucket"
    assert [r["EvalDecision"] for r in shop(line)["EvaluationResults"]] == ["implicitDeny"]
    (result,) = shop(f"{line} --policy-input-list {quote(allow('s3:*'))}")[
        "EvaluationResults"
    ]
    assert result["EvalDecision"] == "allowed"


def test_the_simulator_takes_roles_groups_and_the_organization():
    shop = whole()
    text = allow("sqs:*")
    shop.set(organization=organized((text,)))
    shop.set(organization=None)
    for arn in (role("Till"), f"arn:aws:iam::{ID}:group/shop/Cashiers"):
        assert (
            shop(
                f"iam simulate-principal-policy --policy-source-arn {arn} --action-names sqs:SendMessage"
            )["EvaluationResults"][0]["EvalDecision"]
            == "allowed"
        )
    text = policy(statement("*"), statement("sqs:SendMessage", effect="Deny"))
    shop.set(organization=organized((text,)))
    result = shop(
        f"iam simulate-principal-policy --policy-source-arn {role('Till')} --action-names sqs:SendMessage"
    )["EvaluationResults"][0]
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}


def test_the_simulator_refuses_in_its_own_words():
    shop = staffed()
    assert (
        shop.refused(
            f"iam simulate-principal-policy --policy-source-arn {user('nobody')} --action-names s3:ListBucket"
        )[0]
        == "NoSuchEntity"
    )
    assert (
        shop.refused(
            f"iam simulate-custom-policy --policy-input-list {quote(allow('s3:*'))} --action-names 's3:*'"
        )[0]
        == "InvalidInput"
    )
    assert (
        shop(
            f"iam simulate-custom-policy --policy-input-list {quote(allow('s3:*'))} --action-names s3:GetObject"
        )["EvaluationResults"][0]["EvalDecision"]
        == "allowed"
    )


def test_the_keys_that_policies_read_are_named():
    shop = staffed()
    text = quote(
        allow(
            "s3:GetObject",
            "arn:aws:s3:::b/${aws:username}/*",
            Condition={"StringEquals": {"s3:prefix": "${aws:PrincipalTag/x}"}},
        )
    )
    assert shop(f"iam get-context-keys-for-custom-policy --policy-input-list {text}")[
        "ContextKeyNames"
    ] == (
        "s3:prefix",
        "aws:username",
        "aws:PrincipalTag/x",
    )
    assert (
        shop.refused("iam get-context-keys-for-custom-policy --policy-input-list '{'")[0]
        == "InvalidInput"
    )
    line = f"iam get-context-keys-for-principal-policy --policy-source-arn {user('casey')}"
    assert shop(line)["ContextKeyNames"] == ()
    assert shop(f"{line} --policy-input-list {text}")["ContextKeyNames"][0] == "s3:prefix"
    assert shop.refused(f"{line} --policy-input-list '{{'")[0] == "InvalidInput"


# ---------------------------------------------------------------------- events
KEYS = ["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "requestParameters", "responseElements", "requestID", "eventID", "readOnly", "eventType", "managementEvent", "recipientAccountId", "eventCategory", "tlsDetails"]  # fmt: skip


def last(shop: Shop) -> dict[str, Any]:
    return dict(cloudtrail_event(shop.outcomes[-1]))


def test_a_record_has_cloudtrails_keys_in_cloudtrails_order():
    shop = staffed()
    shop.outcome("iam create-user --user-name robin --tags Key=a,Value=b")
    record = last(shop)
    assert list(record) == KEYS
    assert record["requestParameters"] == {
        "userName": "robin",
        "tags": ({"key": "a", "value": "b"},),
    }
    assert record["responseElements"]["user"]["userName"] == "robin"  # type: ignore[index]
    assert record["userIdentity"] == {
        "type": "Root",
        "principalId": ID,
        "arn": f"arn:aws:iam::{ID}:root",
        "accountId": ID,
        "accessKeyId": shop.account.keys_of(ID)[0].id,
    }
    assert (record["readOnly"], record["eventCategory"]) == (False, "Management")


def test_a_refusal_says_why_and_not_what_was_asked():
    shop = staffed()
    shop.refused("iam create-user --user-name robin", "casey")
    record = last(shop)
    assert (
        record["errorCode"],
        record["requestParameters"],
        record["responseElements"],
    ) == (
        "AccessDenied",
        None,
        None,
    )
    shop.refused("iam get-user --user-name nobody")
    assert last(shop)["errorCode"] == "NoSuchEntityException"
    shop.refused("s3api list-objects-v2 --bucket nowhere")
    assert (
        last(shop)["errorCode"],
        last(shop)["eventName"],
        last(shop)["requestParameters"],
    ) == (
        "NoSuchBucket",
        "ListObjects",
        {
            "bucketName": "nowhere",
            "Host": "nowhere.s3.us-east-1.amazonaws.com",
            "list-type": "2",
        },
    )


def test_reads_answer_nothing_and_data_events_are_marked():
    shop = staffed()
    shop("s3api put-object --bucket coffeeshop-receipts --key k --body receipt.json")
    record = last(shop)
    assert (
        record["eventCategory"],
        record["managementEvent"],
        record["requestParameters"],
    ) == (
        "Data",
        False,
        {
            "bucketName": "coffeeshop-receipts",
            "key": "k",
            "Host": "coffeeshop-receipts.s3.us-east-1.amazonaws.com",
        },
    )
    bucket = {
        "accountId": ID,
        "type": "AWS::S3::Bucket",
        "ARN": "arn:aws:s3:::coffeeshop-receipts",
    }
    drawer = {"type": "AWS::S3::Object", "ARN": f"{bucket['ARN']}/k"}
    assert record["resources"] == (drawer, bucket)
    shop("s3api list-buckets")
    assert (
        last(shop)["responseElements"],
        last(shop)["readOnly"],
        last(shop)["requestParameters"],
    ) == (
        None,
        True,
        {"Host": "s3.us-east-1.amazonaws.com"},
    )


def test_sessions_say_who_issued_them():
    shop = staffed()
    shop(
        f"iam put-user-policy --user-name casey --policy-name a --policy-document {quote(allow('sts:*'))}"
    )
    shop.role("Till", trust(user("casey")))
    session = shop.wear("Till", "casey")
    elements = last(shop)["responseElements"]
    assert set(elements["credentials"]) == {"accessKeyId", "sessionToken", "expiration"}  # type: ignore[index]
    assert elements["credentials"]["expiration"] == "Mar 2, 2026, 9:00:00 AM"  # type: ignore[index]
    shop("sts get-caller-identity", session)
    who = last(shop)["userIdentity"]
    assert who["type"] == "AssumedRole"
    assert who["sessionContext"]["sessionIssuer"]["type"] == "Role"  # type: ignore[index]
    assert who["sessionContext"]["sessionIssuer"]["userName"] == "Till"  # type: ignore[index]
    assert who["sessionContext"]["attributes"] == {
        "mfaAuthenticated": "false",
        "creationDate": "2026-03-02T08:00:00Z",
    }  # type: ignore[index]
    shop("sts get-session-token", "casey")
    assert last(shop)["readOnly"] is False
    shop("sts get-caller-identity", "casey-session")
    assert last(shop)["userIdentity"]["type"] == "IAMUser"  # type: ignore[index]
    shop("sts get-federation-token --name guest", "casey")
    shop("sts get-caller-identity", "guest")
    assert last(shop)["userIdentity"]["type"] == "FederatedUser"  # type: ignore[index]
    shop("sts get-federation-token --name owner")
    shop("sts get-caller-identity", "owner")
    assert last(shop)["userIdentity"]["sessionContext"]["sessionIssuer"]["type"] == "Root"  # type: ignore[index]


def test_signing_in_is_recorded_without_its_secrets():
    shop = staffed()
    shop.sign_in("casey")
    record = last(shop)
    assert (record["eventName"], record["eventSource"], record["responseElements"]) == (
        "ConsoleLogin",
        "signin.amazonaws.com",
        {"ConsoleLogin": "Success"},
    )
    assert record["additionalEventData"]["MFAUsed"] == "No"  # type: ignore[index]
    shop.refused("console sign-in --user-name Latte-art-7 --password casey")
    record = last(shop)
    assert (record["userIdentity"]["userName"], record["errorMessage"]) == (
        "HIDDEN_DUE_TO_SECURITY_REASONS",
        "No username found in supplied account",
    )  # type: ignore[index]
    shop.refused("console sign-in --user-name casey --password wrong")
    assert last(shop)["errorMessage"] == "Failed authentication"
    assert "Latte-art-7" not in str(record)
    shop(f"console sign-in --root-email {EMAIL} --password {PASSWORD}")
    assert last(shop)["userIdentity"]["type"] == "Root"  # type: ignore[index]
    shop("sts get-caller-identity", "root@console")
    assert "sessionContext" in last(shop)["userIdentity"]  # type: ignore[operator]
    shop.phone("casey")
    shop.later(minutes=1).sign_in("casey", "--mfa-code @phone")
    assert last(shop)["additionalEventData"] == {
        "LoginTo": "https://console.aws.amazon.com/console/home",
        "MobileVersion": "No",
        "MFAUsed": "Yes",
        "MFAIdentifier": f"arn:aws:iam::{ID}:mfa/casey",
    }
    shop.refused("console close-account", "casey@console")
    assert last(shop)["errorMessage"] == "Only the root user can do this."


def test_switching_roles_is_recorded_with_where_from():
    shop = staffed()
    shop.role("Till", trust(user("casey")))
    shop.sign_in("casey")
    shop("console switch-role --role-name Till", "casey@console")
    record = last(shop)
    assert (record["eventName"], record["eventType"], record["responseElements"]) == (
        "SwitchRole",
        "AwsConsoleSignIn",
        {"SwitchRole": "Success"},
    )
    assert record["additionalEventData"]["SwitchFrom"] == user("casey")  # type: ignore[index]


def test_devices_enrolled_in_the_console_are_recorded_as_iams_calls():
    shop = staffed()
    shop(f"console sign-in --root-email {EMAIL} --password {PASSWORD}")
    shop("console enroll-security-key --user-name casey --device-name yubi", "root@console")
    record = last(shop)
    assert (
        record["eventSource"],
        record["eventName"],
        record["eventType"],
        record["requestParameters"],
    ) == (
        "iam.amazonaws.com",
        "EnableMFADevice",
        "AwsApiCall",
        {"userName": "casey", "deviceName": "yubi"},
    )


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("dynamodb get-item --table-name Stock --key '{\"item\":{\"S\":\"x\"}}'", "AccessDenied", f"User: {user('robin')} is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:{ID}:table/Stock because no identity-based policy allows the dynamodb:GetItem action"),
        ("lambda list-functions", "AccessDenied", f"User: {user('robin')} is not authorized to perform: lambda:ListFunctions because no identity-based policy allows the lambda:ListFunctions action"),
        ("s3api head-bucket --bucket receipts", "AccessDenied", f'User: {user("robin")} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::receipts" because no identity-based policy allows the s3:ListBucket action'),
        ("ec2 describe-instances", "Client.UnauthorizedOperation", ""),
    ],
)  # fmt: skip
def test_a_record_calls_every_services_refusal_access_denied(
    line: str, code: str, text: str
):
    shop = staffed()
    shop.hire("robin")
    shop.refused(line, "robin")
    assert last(shop)["errorCode"] == code
    assert str(last(shop)["errorMessage"]).startswith(text)
    keeps_parameters = line.startswith(("s3api", "ec2"))
    assert (last(shop)["requestParameters"] is not None) == keeps_parameters


@pytest.mark.parametrize(
    ("caller", "type_"),
    [(Service("lambda.amazonaws.com"), "AWSService"), (Outsider("arn:aws:iam::444455556666:root"), "AWSAccount"), (Nobody(), "AWSAccount"), (Key("AKIANOBODYKNOWSTHIS1"), "Unknown")],
)  # fmt: skip
def test_strangers_are_recorded_too(caller: Service | Outsider | Nobody | Key, type_: str):
    shop = staffed()
    shop.call("s3", "ListBuckets", caller)
    assert last(shop)["userIdentity"]["type"] == type_  # type: ignore[index]


def test_the_deed_of_somebody_who_is_gone_keeps_their_id():
    shop = staffed()
    key = find_caller(shop.account, "casey")
    casey = shop.account.users["casey"]
    shop.account = shop.account.drop(casey)
    shop.outcome("sts get-caller-identity", key)
    assert last(shop)["userIdentity"]["principalId"] == casey.id  # type: ignore[index]


def test_no_secret_enters_a_record():
    shop = staffed()
    shop.phone("casey")
    shop("iam create-access-key --user-name casey")
    seed = shop.account.devices[f"arn:aws:iam::{ID}:mfa/casey"].seed
    text = str([cloudtrail_event(outcome) for outcome in shop.outcomes])
    bodies = [
        outcome.answer.body
        for outcome in shop.outcomes
        if isinstance(outcome.answer, Reply)
    ]
    secrets = [str(body.get("AccessKey", {}).get("SecretAccessKey")) for body in bodies]  # type: ignore[union-attr]
    for secret in {
        *secrets,
        seed,
        "Latte-art-7",
        shop.code(f"arn:aws:iam::{ID}:mfa/casey"),
    } - {"None"}:
        assert secret not in text


def test_a_fresh_account_reports_itself():
    account = new_account(ID, b"x", AT, EMAIL, PASSWORD)
    assert json.loads(authorization_details.export_details(account)) == {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
