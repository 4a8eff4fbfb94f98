"""IAM Identity Center: what an assignment makes in an account, who can sign in to it, and what that leaves behind."""

from __future__ import annotations

from shlex import quote
from typing import Any

import pytest

from coffeeshop.account.command import read_act
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from tests.account.shop import ADMIN, AT, ID, READ_ONLY, ROOT_IN, Shop, allow

LISTING = allow("s3:ListAllMyBuckets")
KIM = "--name GivenName=Kim,FamilyName=Lee --display-name Kim"
TO_SHOP = f"--target-id {ID} --target-type AWS_ACCOUNT"
SIGN_IN = "console portal-sign-in --user-name kim --permission-set-name Barista"
DENIED = "AccessDenied"


class Center(Shop):
    """A shop with Identity Center: Kim is in Baristas, and the permission set Barista lists buckets."""

    def __init__(self) -> None:
        super().__init__()
        self("organizations create-organization")
        self(ROOT_IN)
        self("console enable-identity-center", "root@console")
        instance = self("sso-admin list-instances")["Instances"][0]
        self.instance: str = instance["InstanceArn"]
        self.store: str = instance["IdentityStoreId"]
        self.kim: str = self.people(f"create-user --user-name kim {KIM}")["UserId"]
        group = self.people("create-group --display-name Baristas")
        self.group: str = group["GroupId"]
        self.join()
        made = self.sso("create-permission-set --name Barista --session-duration PT4H")
        self.arn: str = made["PermissionSet"]["PermissionSetArn"]
        self.about_set(
            f"put-inline-policy-to-permission-set --inline-policy {quote(LISTING)}"
        )

    def people(self, line: str, by: str = "root") -> Any:
        return self(f"identitystore {line} --identity-store-id {self.store}", by)

    def join(self) -> str:
        member = f"--member-id UserId={self.kim}"
        made = self.people(f"create-group-membership --group-id {self.group} {member}")
        return str(made["MembershipId"])

    def sso(self, line: str) -> Any:
        return self(f"sso-admin {line} --instance-arn {self.instance}")

    def about_set(self, line: str) -> Any:
        return self.sso(f"{line} --permission-set-arn {self.arn}")

    def assign(self, verb: str = "create", to: str = TO_SHOP) -> str:
        """The request's id of an assignment to the group."""
        group = f"--principal-type GROUP --principal-id {self.group}"
        made = self.about_set(f"{verb}-account-assignment {to} {group}")
        (status,) = made.values()
        assert status["Status"] == "IN_PROGRESS"
        return str(status["RequestId"])

    @property
    def roles(self) -> list[Any]:
        return list(self("iam list-roles --path-prefix /aws-reserved/")["Roles"])

    def status(self, request: str) -> Any:
        option = f"--account-assignment-creation-request-id {request}"
        made = self.sso(f"describe-account-assignment-creation-status {option}")
        return made["AccountAssignmentCreationStatus"]

    def provision(self) -> None:
        self.about_set("provision-permission-set --target-type ALL_PROVISIONED_ACCOUNTS")


def test_an_assignment_makes_a_role_that_a_member_of_the_group_signs_in_to():
    center = Center()
    assert center.refused(SIGN_IN)[0] == DENIED
    request = center.assign()
    assert center.status(request)["Status"] == "SUCCEEDED"
    (role,) = center.roles
    assert role["RoleName"].startswith("AWSReservedSSO_Barista_")
    assert len(role["RoleName"].rpartition("_")[2]) == 16
    assert role["Path"] == "/aws-reserved/sso.amazonaws.com/"
    center(SIGN_IN)
    caller = center("sts get-caller-identity", "kim@portal")
    assert caller["Arn"].endswith(f":assumed-role/{role['RoleName']}/kim")
    assert center("s3api list-buckets", "kim@portal")
    assert center.refused("iam list-users", "kim@portal")[0] == DENIED


def test_the_session_lasts_as_long_as_the_permission_set_says():
    center = Center()
    center.assign()
    center(SIGN_IN)
    center.later(hours=4, seconds=-1)
    assert center("s3api list-buckets", "kim@portal")
    center.later(seconds=1)
    assert center.refused("s3api list-buckets", "kim@portal")[0] == "ExpiredToken"


def test_nobody_in_the_account_can_change_the_role():
    center = Center()
    center.assign()
    name = f"--role-name {center.roles[0]['RoleName']}"
    for line in (
        f"delete-role {name}",
        f"attach-role-policy {name} --policy-arn {ADMIN}",
        f"put-role-policy {name} --policy-name x --policy-document {quote(allow('*'))}",
        f"update-assume-role-policy {name} --policy-document {quote(LISTING)}",
        f"put-role-permissions-boundary {name} --permissions-boundary {ADMIN}",
    ):
        assert center.refused(f"iam {line}")[0] == "UnmodifiableEntity", line


def test_nobody_else_can_assume_the_role():
    center = Center()
    center.assign()
    center.hire("casey", allow("*"))
    line = f"sts assume-role --role-arn {center.roles[0]['Arn']} --role-session-name xx"
    assert center.refused(line, "casey")[0] == DENIED


def test_a_change_counts_in_the_account_once_it_is_provisioned():
    center = Center()
    center.assign()
    center.about_set(
        f"attach-managed-policy-to-permission-set --managed-policy-arn {ADMIN}"
    )
    center(SIGN_IN)
    assert center.refused("iam list-users", "kim@portal")[0] == DENIED
    center.provision()
    assert center("iam list-users", "kim@portal")


def test_a_boundary_limits_what_the_policies_allow():
    center = Center()
    center.about_set(
        f"attach-managed-policy-to-permission-set --managed-policy-arn {ADMIN}"
    )
    boundary = f"--permissions-boundary ManagedPolicyArn={READ_ONLY}"
    center.about_set(f"put-permissions-boundary-to-permission-set {boundary}")
    center.assign()
    center(SIGN_IN)
    assert center("s3api list-buckets", "kim@portal")
    assert center.refused("iam list-users", "kim@portal")[0] == DENIED


def test_a_policy_by_name_must_be_in_the_account():
    center = Center()
    reference = "--customer-managed-policy-reference Name=Users"
    center.about_set(
        f"attach-customer-managed-policy-reference-to-permission-set {reference}"
    )
    request = center.assign()
    status = center.status(request)
    assert status["Status"] == "FAILED"
    assert f"arn:aws:iam::{ID}:policy/Users" in status["FailureReason"]
    assert center.roles == []
    text = quote(allow("iam:ListUsers"))
    center(f"iam create-policy --policy-name Users --policy-document {text}")
    center.assign()
    center(SIGN_IN)
    assert center("iam list-users", "kim@portal")


def test_the_role_goes_with_the_last_assignment_and_its_sessions_with_it():
    center = Center()
    center.assign()
    center(SIGN_IN)
    user_assignment = f"{TO_SHOP} --principal-type USER --principal-id {center.kim}"
    center.about_set(f"create-account-assignment {user_assignment}")
    center.assign("delete")
    assert len(center.roles) == 1
    center.about_set(f"delete-account-assignment {user_assignment}")
    assert center.roles == []
    refused = center.refused("s3api list-buckets", "kim@portal")
    assert refused[0] == "InvalidAccessKeyId"


def test_who_leaves_the_group_signs_in_no_more_and_their_session_lives_on():
    center = Center()
    center.assign()
    center(SIGN_IN)
    (membership,) = center.people(f"list-group-memberships --group-id {center.group}")[
        "GroupMemberships"
    ]
    center.people(f"delete-group-membership --membership-id {membership['MembershipId']}")
    assert center.refused(SIGN_IN)[0] == DENIED
    assert center("s3api list-buckets", "kim@portal")


def test_outside_us_east_1_the_role_has_the_region_in_its_path():
    center = Shop()
    center("organizations create-organization")
    center(ROOT_IN)
    center("console enable-identity-center --region eu-west-1", "root@console")
    found = center("sso-admin list-instances")["Instances"][0]
    at, store = found["InstanceArn"], found["IdentityStoreId"]
    kim = center(
        f"identitystore create-user --identity-store-id {store} --user-name kim {KIM}"
    )
    made = center(f"sso-admin create-permission-set --name B --instance-arn {at}")
    center(
        f"sso-admin create-account-assignment --instance-arn {at} {TO_SHOP} --principal-type USER "
        f"--permission-set-arn {made['PermissionSet']['PermissionSetArn']} --principal-id {kim['UserId']}"
    )
    (role,) = center("iam list-roles --path-prefix /aws-reserved/")["Roles"]
    assert role["Path"] == "/aws-reserved/sso.amazonaws.com/eu-west-1/"


def test_cloudtrail_names_who_came_through_the_portal_and_hides_their_data():
    center = Center()
    event = cloudtrail_event(center.outcomes[-1])
    assert event["eventSource"] == "sso.amazonaws.com"
    created = next(
        outcome for outcome in center.outcomes if outcome.act.call.operation == "CreateUser"
    )
    parameters: Any = cloudtrail_event(created)["requestParameters"]
    assert parameters["userName"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert parameters["name"]["givenName"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert parameters["identityStoreId"] == center.store
    center.assign()
    event: Any = cloudtrail_event(center.outcome(SIGN_IN))
    assert (event["eventName"], event["eventType"]) == ("Federate", "AwsServiceEvent")
    assert event["userIdentity"]["onBehalfOf"]["userId"] == center.kim
    assert event["serviceEventDetails"] == {"role_name": "Barista", "account_id": ID}


def test_a_policy_can_allow_one_permission_set_and_one_account():
    center = Center()
    center.hire("bo", allow("sso:*", [center.instance, center.arn]))
    group = f"--principal-type GROUP --principal-id {center.group}"
    line = f"sso-admin create-account-assignment --instance-arn {center.instance} --permission-set-arn {center.arn} {TO_SHOP} {group}"
    code, text = center.refused(line, "bo")
    assert code == "AccessDeniedException"
    assert f"sso:CreateAccountAssignment on resource: arn:aws:sso:::account/{ID}" in text
    center.hire("robin", allow("sso:*", ["arn:aws:sso:::*"]))
    assert center(line, "robin")


@pytest.mark.parametrize("line", ["list-users", "list-groups"])
def test_an_account_without_identity_center_knows_nobody(line: str):
    shop = Shop()
    refused = shop.refused(f"identitystore {line} --identity-store-id d-0000000000")
    assert refused[0] == "ResourceNotFoundException"
    assert shop("sso-admin list-instances") == {"Instances": ()}


def test_an_identity_center_needs_an_organization():
    shop = Shop()
    shop(ROOT_IN)
    refused = shop.refused("console enable-identity-center", "root@console")
    assert refused[0] == "ValidationException"


def test_a_user_needs_the_permission_on_themselves_to_be_described():
    center = Center()
    store = f"arn:aws:identitystore::{ID}:identitystore/{center.store}"
    center.hire("bo", allow("identitystore:DescribeUser", store))
    line = f"identitystore describe-user --identity-store-id {center.store} --user-id {center.kim}"
    code, text = center.refused(line, "bo")
    assert code == "AccessDeniedException"
    assert f"arn:aws:identitystore:::user/{center.kim}" in text


def test_a_deleted_role_is_made_again_under_another_name():
    center = Center()
    center.assign()
    first = center.roles[0]["RoleName"]
    center.assign("delete")
    center.assign()
    assert center.roles[0]["RoleName"] != first


def test_iam_users_are_not_users_of_the_identity_store():
    center = Center()
    center.hire("casey")
    line = "console portal-sign-in --user-name casey --permission-set-name Barista"
    assert center.refused(line)[0] == DENIED


def test_a_line_can_name_what_is_in_identity_center_instead_of_its_id():
    center = Center()
    at = "--instance-arn @instance"
    to = f"{TO_SHOP} --principal-type GROUP --principal-id @group:Baristas"
    center(
        f"sso-admin create-account-assignment {at} {to} --permission-set-arn @permission-set:Barista"
    )
    store = "--identity-store-id @identity-store"
    center(
        f"identitystore delete-group-membership {store} --membership-id @membership:Baristas/kim"
    )
    member = "--group-id @group:Baristas --member-id UserId=@user:kim"
    assert center(f"identitystore create-group-membership {store} {member}")
    center(SIGN_IN)
    assert center("s3api list-buckets", "kim@portal")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--user-id @user:mo", "there is no user mo in IAM Identity Center"),
        ("--user-id @group:mo", "is no reference of UserId"),
    ],
)
def test_a_name_that_is_not_there_is_told_with_those_that_are(option: str, said: str):
    center = Center()
    line = f"aws identitystore describe-user --identity-store-id @identity-store {option}"
    problems = read_act(line, center.account, AT, {})
    assert isinstance(problems, tuple)
    assert said in str(problems[0])


def test_the_line_of_awss_user_guide_is_answered_with_its_members():
    # https://docs.aws.amazon.com/singlesignon/latest/userguide/addgroups.html
    center = Center()
    made = center.people(
        "create-group --display-name Developers --description 'Group that contains all developers'"
    )
    assert {"GroupId", "IdentityStoreId"} <= made.keys()
    assert made["IdentityStoreId"] == center.store
