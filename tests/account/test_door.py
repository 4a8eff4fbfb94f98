"""The one door: the order of its checks, what each service calls a bad credential, the record of use."""

from datetime import timedelta
from shlex import quote

import pytest
from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle, replay
from coffeeshop.account.model import Act, Call, Key, Nobody, Outsider, ServiceError
from coffeeshop.policy.model import ExplicitlyDenied, Kind, Standing
from tests.account.shop import (
    AT,
    FRANCHISE,
    ID,
    READ_ONLY,
    Shop,
    allow,
    deny,
    organized,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.tables import each_row

INVALID = "The security token included in the request is invalid"


def test_an_operation_that_nobody_has_is_told_first():
    shop = Shop()
    answer = shop.call("iam", "BrewCoffee", Key("AKIANOBODYKNOWSTHIS1")).answer
    assert answer == ServiceError(
        "InvalidAction", "Could not find operation BrewCoffee for version 2010-05-08", 400
    )
    told = ServiceError(
        "InvalidAction", "Could not find operation Brew for service tea", 400
    )
    assert {shop.call("tea", "Brew").answer} == {told}


@pytest.mark.parametrize(
    "operation",
    ["UploadSigningCertificate", "UploadServerCertificate", "UploadSSHPublicKey"],
)
def test_what_is_not_simulated_is_answered_by_name(operation: str):
    told = ServiceError(
        "NotSimulated", f"iam:{operation} is not simulated in this account.", 501
    )
    assert Shop().call("iam", operation).answer == told


def test_parameters_come_before_the_credential():
    answer = Shop().call("iam", "GetGroup", Key("AKIANOBODYKNOWSTHIS1")).answer
    assert answer == ServiceError(
        "ValidationError",
        "1 validation error detected: Value at 'groupName' failed to satisfy constraint: Member must not be null",
        400,
    )


def test_permission_comes_before_existence():
    shop = Shop()
    shop.hire("casey")
    assert shop.refused("iam get-user --user-name nobody", "casey")[0] == "AccessDenied"
    assert (
        shop.refused("s3api get-object --bucket nowhere --key x out.json", "casey")[0]
        == "AccessDenied"
    )


CREDENTIALS = [
    ("iam", "ListUsers", "InvalidClientTokenId", INVALID, "ExpiredToken"),
    ("sts", "GetCallerIdentity", "InvalidClientTokenId", f"{INVALID}.", "ExpiredToken"),
    (
        "s3",
        "ListBuckets",
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        "ExpiredToken",
    ),
    (
        "dynamodb",
        "ListTables",
        "UnrecognizedClientException",
        f"{INVALID}.",
        "ExpiredTokenException",
    ),
    ("sqs", "ListQueues", "InvalidClientTokenId", INVALID, "ExpiredToken"),
    (
        "lambda",
        "ListFunctions",
        "UnrecognizedClientException",
        f"{INVALID}.",
        "ExpiredTokenException",
    ),
    (
        "ec2",
        "DescribeInstances",
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
        "RequestExpired",
    ),
]


@pytest.mark.parametrize(("service", "operation", "code", "text", "expired"), CREDENTIALS)
def test_a_bad_credential_in_each_services_words(
    service: str, operation: str, code: str, text: str, expired: str
):
    shop = Shop()
    answer = shop.call(service, operation, Key("AKIANOBODYKNOWSTHIS1")).answer
    assert isinstance(answer, ServiceError)
    assert (answer.code, answer.message) == (code, text)
    assert answer.code in errors.REFUSAL_CODES
    shop("sts get-session-token --duration-seconds 900")
    session = find_caller(shop.account, "root-session")
    answer = shop.later(minutes=15).call(service, operation, session).answer
    assert isinstance(answer, ServiceError)
    assert answer.code == expired
    assert answer.code in errors.REFUSAL_CODES


def test_without_a_credential_only_open_doors_answer():
    shop = Shop()
    for service, operation in (
        ("iam", "ListUsers"),
        ("dynamodb", "ListTables"),
        ("console", "SignOut"),
    ):
        answer = shop.call(service, operation, Nobody()).answer
        assert answer == ServiceError(
            "MissingAuthenticationToken", "Request is missing Authentication Token", 403
        )
    assert shop.refused("s3api list-buckets", Nobody())[0] == "AccessDenied"


def test_a_refused_call_changes_nothing_but_the_record_of_use():
    shop = Shop()
    key = shop.hire("casey")
    before = shop.account
    shop.later(hours=1).refused("iam create-user --user-name robin", "casey")
    assert replace(shop.account, calls=before.calls, usage=before.usage) == before
    assert shop.account.usage[before.users["casey"].id]["iam:CreateUser"].at == shop.at
    assert shop.account.usage[key.id][""].at == shop.at


def test_a_refusal_that_is_kept_holds_no_frame_and_so_no_play():
    shop, stranger = Shop(), Key("AKIANOBODYKNOWSTHIS1")
    key = shop.hire("casey")
    kept = [
        shop.call("iam", "DeleteUser", caller, UserName="x").answer
        for caller in (stranger, Nobody(), Key(key.id))
    ]
    for refusal in (*kept, build_standing(shop.account, stranger, AT)):
        assert isinstance(refusal, ServiceError)
        assert (refusal.__traceback__, refusal.__context__, refusal.__cause__) == (
            None,
            None,
            None,
        )


def test_a_bad_credential_leaves_no_use():
    shop = Shop()
    key = shop.hire("casey")
    shop(
        f"iam update-access-key --user-name casey --access-key-id {key.id} --status Inactive"
    )
    shop.refused("sts get-caller-identity", "casey")
    assert key.id not in shop.account.usage


def test_time_does_not_run_backwards():
    shop = Shop()
    root = find_caller(shop.account, "root")
    call = Call("sts", "GetCallerIdentity")
    with pytest.raises(ValueError, match="comes before"):
        replay(
            shop.account, [Act(AT, root, call), Act(AT - timedelta(seconds=1), root, call)]
        )


# --------------------------------------------------------------------- standing
def test_a_policy_may_ask_for_time_address_and_name():
    shop = Shop()
    shop.hire(
        "casey",
        allow(
            "iam:ListUsers",
            Condition={
                "DateLessThan": {"aws:CurrentTime": "2026-03-02T09:00:00Z"},
                "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
            },
        ),
        allow("iam:GetUser", "arn:aws:iam::*:user/${aws:username}"),
    )
    shop("iam list-users", "casey")
    shop("iam get-user", "casey")
    assert shop.refused("iam get-user --user-name robin", "casey")[0] == "AccessDenied"
    assert shop.later(hours=1).refused("iam list-users", "casey")[0] == "AccessDenied"


def test_a_deny_asking_for_a_code_lets_keys_through_unless_it_says_if_exists():
    shop = Shop()
    for operator, opens in (("Bool", True), ("BoolIfExists", False)):
        name = operator.lower()
        shop.hire(
            name,
            allow("iam:ListUsers"),
            deny("*", Condition={operator: {"aws:MultiFactorAuthPresent": "false"}}),
        )
        shop(f"iam create-login-profile --user-name {name} --password Latte-art-7")
        assert shop.outcome("iam list-users", name).has_succeeded is opens
        shop.sign_in(name)
        assert shop.refused("iam list-users", f"{name}@console")[0] == "AccessDenied"


def test_a_revoked_session_is_an_older_one():
    shop = Shop()
    shop.hire("casey", allow("sts:AssumeRole"))
    shop.role("Till", trust(f"arn:aws:iam::{ID}:root"), allow("iam:ListUsers"))
    old = shop.wear("Till", "casey")
    shop.later(minutes=10)
    revoked = deny(
        "*", Condition={"DateLessThan": {"aws:TokenIssueTime": "2026-03-02T08:05:00Z"}}
    )
    shop(
        f"iam put-role-policy --role-name Till --policy-name RevokeOld --policy-document {quote(revoked)}"
    )
    assert shop.refused("iam list-users", old)[1].endswith(
        "with an explicit deny in an identity-based policy"
    )
    shop("iam list-users", shop.wear("Till", "casey"))


def test_tags_of_badges_are_read_and_lacking_ones_are_absent():
    shop = Shop()
    own = {"StringEquals": {"s3:ExistingObjectTag/branch": "${aws:PrincipalTag/branch}"}}
    for name, tags in (("casey", "--tags Key=branch,Value=north"), ("indra", "")):
        shop.hire(
            name, allow("s3:GetObject", "arn:aws:s3:::coffeeshop-receipts/*", Condition=own)
        )
        if tags:
            shop(f"iam tag-user --user-name {name} {tags}")
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop("s3api put-object --bucket coffeeshop-receipts --key north --tagging branch=north")
    shop("s3api put-object --bucket coffeeshop-receipts --key south --tagging branch=south")
    get = "s3api get-object --bucket coffeeshop-receipts out.json --key"
    shop(f"{get} north", "casey")
    assert shop.refused(f"{get} south", "casey")[0] == "AccessDenied"
    assert shop.refused(f"{get} north", "indra")[0] == "AccessDenied"
    indra, casey = (
        build_standing(shop.account, find_caller(shop.account, name), AT)
        for name in ("indra", "casey")
    )
    assert isinstance(indra, Standing)
    assert isinstance(casey, Standing)
    assert indra.fixed["aws:PrincipalTag/branch"] is None
    assert casey.fixed["aws:PrincipalTag/branch"] == ("north",)


def test_a_standing_names_layers_in_order_and_each_resource_policy():
    shop = Shop()
    shop.hire("casey", allow("s3:*"))
    shop(f"iam attach-user-policy --user-name casey --policy-arn {READ_ONLY}")
    for group in ("Openers", "Cashiers"):
        shop(f"iam create-group --group-name {group}")
        shop(
            f"iam put-group-policy --group-name {group} --policy-name {group} --policy-document {quote(allow('sqs:*'))}"
        )
        shop(f"iam add-user-to-group --group-name {group} --user-name casey")
    shop(
        f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {READ_ONLY}"
    )
    shop.role("Till", trust(user("casey")))
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    named = allow("s3:GetObject", "arn:aws:s3:::coffeeshop-receipts/*", Principal="*")
    shop("s3api delete-public-access-block --bucket coffeeshop-receipts")
    shop(f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(named)}")
    who = build_standing(shop.account, find_caller(shop.account, "casey"), AT)
    assert isinstance(who, Standing)
    assert [
        (layer.kind, layer.on, [p.name for p in layer.policies]) for layer in who.layers
    ] == [
        (Kind.IDENTITY, "*", ["p0", READ_ONLY, "Cashiers", "Openers"]),
        (Kind.BOUNDARY, "*", [READ_ONLY]),
        (Kind.TRUST, role("Till"), ["trust policy"]),
        (Kind.RESOURCE, "arn:aws:s3:::coffeeshop-receipts", ["bucket policy"]),
    ]


def test_a_standing_of_a_bad_credential_is_the_refusal():
    shop = Shop()
    assert build_standing(shop.account, Key("AKIANOBODYKNOWSTHIS1"), AT) == ServiceError(
        "InvalidClientTokenId", INVALID, 403
    )


@pytest.mark.parametrize(
    ("arn", "kind", "role_arn"),
    [
        (
            "arn:aws:iam::444455556666:role/Courier",
            "role",
            "arn:aws:iam::444455556666:role/Courier",
        ),
        (
            "arn:aws:sts::444455556666:assumed-role/Courier/x",
            "role",
            "arn:aws:iam::444455556666:role/Courier",
        ),
        ("arn:aws:iam::444455556666:root", "account", ""),
        ("arn:aws:iam::444455556666:user/u", "user", ""),
    ],
)
def test_strangers_stand_with_their_own_side_allowed(arn: str, kind: str, role_arn: str):
    who = build_standing(Shop().account, Outsider(arn), AT)
    assert isinstance(who, Standing)
    assert (who.principal.kind, who.principal.role_arn, who.principal.account) == (
        kind,
        role_arn,
        "444455556666",
    )
    assert who.layers[0].kind is Kind.IDENTITY


def member(*scps: str, management: str = FRANCHISE, rcps: tuple[str, ...] = ()) -> Shop:
    """The shop below an organization's policies alone."""
    shop = Shop()
    shop.set(organization=organized(scps, rcps, management))
    return shop


def test_service_control_policies_bind_members_root_too_and_not_the_management_account():
    blind = policy(statement("*"), statement("cloudtrail:*", effect="Deny"))
    users = policy(statement("*"), statement("iam:ListUsers", effect="Deny"))
    for shop in (member(allow("*"), users), member(allow("s3:*", "*"))):
        assert shop.refused("iam list-users")[0] == "AccessDenied"
    member(allow("*"), blind)("iam list-users")
    member(users, management=ID)("iam list-users")


def test_resource_control_policies_bind_strangers_too():
    shop = member(
        allow("*"),
        rcps=(
            policy(
                statement("*", Principal="*"),
                statement("s3:GetObject", "*", "Deny", Principal="*"),
            ),
        ),
    )
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop("s3api put-object --bucket coffeeshop-receipts --key x")
    shop("s3api delete-public-access-block --bucket coffeeshop-receipts")
    shop(
        f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(allow('s3:GetObject', 'arn:aws:s3:::coffeeshop-receipts/*', Principal='*'))}"
    )
    for by in ("root", Nobody(), Outsider("arn:aws:iam::444455556666:user/u")):
        outcome = shop.outcome(
            "s3api get-object --bucket coffeeshop-receipts --key x out.json", by
        )
        (decision,) = outcome.decisions
        assert isinstance(decision, ExplicitlyDenied)
        assert decision.by[0].layer.kind is Kind.RCP
    who = build_standing(shop.account, find_caller(shop.account, "root"), AT)
    assert isinstance(who, Standing)
    assert who.fixed["aws:PrincipalOrgID"] == ("o-franchise",)


# ------------------------------------------------------------------------- asks
ASKS = [
    ("iam", "CreateUser", {"UserName": "sam", "Path": "/staff/"}, [("iam:CreateUser", f"arn:aws:iam::{ID}:user/staff/sam")]),
    ("iam", "AttachUserPolicy", {"UserName": "casey", "PolicyArn": READ_ONLY}, [("iam:AttachUserPolicy", user("casey"))]),
    ("iam", "AddUserToGroup", {"UserName": "casey", "GroupName": "G"}, [("iam:AddUserToGroup", f"arn:aws:iam::{ID}:group/G")]),
    ("iam", "UpdateUser", {"UserName": "casey", "NewUserName": "robin"}, [("iam:UpdateUser", user("casey")), ("iam:UpdateUser", user("robin"))]),
    ("iam", "UpdateUser", {"UserName": "casey", "NewPath": "/staff/"}, [("iam:UpdateUser", user("casey")), ("iam:UpdateUser", user("staff/casey"))]),
    ("iam", "UpdateUser", {"UserName": "casey"}, [("iam:UpdateUser", user("casey"))]),
    ("iam", "UpdateGroup", {"GroupName": "G", "NewGroupName": "H"}, [("iam:UpdateGroup", f"arn:aws:iam::{ID}:group/G"), ("iam:UpdateGroup", f"arn:aws:iam::{ID}:group/H")]),
    ("iam", "CreatePolicy", {"PolicyName": "p"}, [("iam:CreatePolicy", f"arn:aws:iam::{ID}:policy/p")]),
    ("iam", "CreateVirtualMFADevice", {"VirtualMFADeviceName": "casey"}, [("iam:CreateVirtualMFADevice", f"arn:aws:iam::{ID}:mfa/casey")]),
    ("iam", "GetAccessKeyLastUsed", {"AccessKeyId": "AKIANOBODYKNOWSTHIS1"}, [("iam:GetAccessKeyLastUsed", "*")]),
    ("iam", "ListUsers", {}, [("iam:ListUsers", "*")]),
    ("iam", "SimulateCustomPolicy", {}, [("iam:SimulateCustomPolicy", "*")]),
    ("sts", "GetCallerIdentity", {}, []),
    ("sts", "GetSessionToken", {}, []),
    ("sts", "AssumeRole", {"RoleArn": role("R"), "SourceIdentity": "x", "Tags": ({"Key": "a", "Value": "b"},)}, [("sts:AssumeRole", role("R")), ("sts:TagSession", role("R")), ("sts:SetSourceIdentity", role("R"))]),
    ("sts", "GetFederationToken", {"Name": "guest", "Tags": ({"Key": "a", "Value": "b"},)}, [("sts:GetFederationToken", f"arn:aws:sts::{ID}:federated-user/guest"), ("sts:TagSession", f"arn:aws:sts::{ID}:federated-user/guest")]),
    ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Tagging": "a=b"}, [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:PutObjectTagging", "arn:aws:s3:::b/k")]),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "IfMatch": "e"}, [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::b/k")]),
    ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
    ("lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{ID}:function:f")]),
    ("lambda", "CreateFunction", {"FunctionName": "f", "Role": role("R")}, [("lambda:CreateFunction", f"arn:aws:lambda:us-east-1:{ID}:function:f"), ("iam:PassRole", role("R"))]),
    ("ec2", "StopInstances", {"InstanceIds": ("i-1", "i-2")}, [("ec2:StopInstances", f"arn:aws:ec2:us-east-1:{ID}:instance/i-1"), ("ec2:StopInstances", f"arn:aws:ec2:us-east-1:{ID}:instance/i-2")]),
    ("console", "SwitchRole", {"RoleName": "R"}, [("sts:AssumeRole", role("R"))]),
    ("console", "EnrollSecurityKey", {"UserName": "casey"}, [("iam:EnableMFADevice", user("casey"))]),
    ("console", "SignIn", {}, []),
    ("sqs", "DeleteMessage", {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ID}/q"}, [("sqs:DeleteMessage", f"arn:aws:sqs:us-east-1:{ID}:q")]),
]  # fmt: skip


@each_row(ASKS)
def test_what_a_call_asks_for(
    service: str,
    operation: str,
    parameters: dict[str, object],
    expected: list[tuple[str, str]],
):
    shop = Shop()
    shop("iam create-user --user-name casey")
    shop("iam create-group --group-name G")
    found = requests_of_call(shop.account, Call(service, operation, parameters))  # type: ignore[arg-type]
    assert [(request.action, request.resource) for request in found] == expected


def test_a_call_asks_about_what_exists_by_its_path_and_by_the_caller():
    shop = Shop()
    key = shop.hire("casey")
    shop("iam update-user --user-name casey --new-path /staff/")
    (request,) = requests_of_call(shop.account, Call("iam", "CreateAccessKey"), key)
    assert request.resource == user("staff/casey")
    (request,) = requests_of_call(
        shop.account, Call("iam", "GetAccessKeyLastUsed", {"AccessKeyId": key.id}), key
    )
    assert request.resource == user("staff/casey")
    (request,) = requests_of_call(shop.account, Call("iam", "CreateAccessKey"))
    assert request.resource == "*"


def test_a_call_brings_its_context_along():
    shop = Shop()
    shop("iam create-user --user-name casey --tags Key=branch,Value=north")
    shop(
        f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {READ_ONLY}"
    )
    (request,) = requests_of_call(
        shop.account,
        Call("iam", "AttachUserPolicy", {"UserName": "casey", "PolicyArn": READ_ONLY}),
    )
    assert {k: v for k, v in request.context.items() if k.startswith("iam:")} == {
        "iam:ResourceTag/branch": ("north",),
        "iam:PolicyARN": (READ_ONLY,),
        "iam:PermissionsBoundary": (READ_ONLY,),
    }
    (request,) = requests_of_call(
        shop.account,
        Call("iam", "UntagUser", {"UserName": "casey", "TagKeys": ("branch",)}),
    )
    assert request.context["aws:TagKeys"] == ("branch",)
    (request,) = requests_of_call(
        shop.account,
        Call("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "north/", "MaxKeys": 5}),
    )
    assert (
        request.context["s3:prefix"],
        request.context["s3:max-keys"],
        "s3:delimiter" in request.context,
    ) == (
        ("north/",),
        ("5",),
        False,
    )
    assert request.context["aws:ResourceAccount"] == (ID,)
    (request,) = requests_of_call(
        shop.account,
        Call("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::444455556666:role/R"}),
    )
    assert (request.account, request.context["aws:ResourceAccount"]) == (
        "444455556666",
        ("444455556666",),
    )


@each_row(
    [
        ("list-users", f"arn:aws:iam::{ID}:user/"),
        ("list-groups", f"arn:aws:iam::{ID}:group/"),
        ("list-roles", f"arn:aws:iam::{ID}:role/"),
        ("list-virtual-mfa-devices", f"arn:aws:iam::{ID}:mfa/"),
        ("list-policies", "policy path /"),
        ("list-policies --path-prefix /shop/", "policy path /shop/"),
        ("get-account-authorization-details", "*"),
        ("get-account-summary", "*"),
        ("create-user --user-name x", f"arn:aws:iam::{ID}:user/x"),
        ("create-group --group-name x", f"arn:aws:iam::{ID}:group/x"),
        ("delete-group --group-name x", "group x"),
        ("create-policy --policy-name x --policy-document '{}'", "policy x"),
    ]
)
def test_a_refusal_prints_the_resource_as_iam_does(line: str, printed: str):
    shop = Shop()
    shop.hire("casey")
    told = shop.refused(f"iam {line}", "casey")[1]
    assert (
        f" on resource: {printed} because no identity-based policy allows the iam:" in told
    )


def test_dynamodb_prints_all_tables_where_a_list_is_refused_and_else_the_requests_own_table():
    shop = Shop()
    shop.hire("casey")
    tables = f" on resource: arn:aws:dynamodb:us-east-1:{ID}:table"
    told = shop.refused("dynamodb list-tables", "casey")[1]
    assert f"{tables}/* because no identity-based policy allows" in told
    told = shop.refused("dynamodb scan --table-name Till", "casey")[1]
    assert f"{tables}/Till because no identity-based policy allows" in told


def test_outcomes_carry_what_the_engine_decided_until_the_first_refusal():
    shop = Shop()
    shop.hire("indra", allow("lambda:CreateFunction"))
    shop.role("R", trust(service="lambda.amazonaws.com"))
    call = Call(
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": role("R"), "Code": {"ZipFile": b"zip"}},
    )
    outcome = handle(shop.account, Act(AT, find_caller(shop.account, "indra"), call))
    assert [(d.request.action, type(d).__name__) for d in outcome.decisions] == [
        ("lambda:CreateFunction", "Allowed"),
        ("iam:PassRole", "ImplicitlyDenied"),
    ]
