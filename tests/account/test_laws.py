"""Laws of the account: over every row, and over any sequence of calls."""

import json
from datetime import timedelta
from shlex import quote

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access import sessions
from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.kms_requests import new_key_id
from coffeeshop.account.api.operations import OPERATIONS, Member, Shape
from coffeeshop.account.credentials import AccessKey, Session
from coffeeshop.account.door import ANSWERED_PER_OBJECT, handle, replay
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Key,
    Nobody,
    Outcome,
    ServiceError,
)
from coffeeshop.account.resources import Instance
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Allowed, ExplicitlyDenied
from tests.account.shop import (
    ADMIN,
    AT,
    CORP,
    HUB,
    ID,
    ISSUER,
    METADATA,
    QUEUE,
    READ_ONLY,
    Shop,
    allow,
    deny,
    local,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.account.simulated import DOES
from tests.examples import examples
from tests.tables import each_row

_, KEY = new_key_id(Shop().account)
OUTSIDE = f"arn:aws:access-analyzer:us-east-1:{ID}:analyzer/outside"
SERIAL = f"arn:aws:iam::{ID}:mfa/casey"
INSTANCE = "arn:aws:sso:::instance/ssoins-0000000000000000"
NOWHERE = "00000000-0000-0000-0000-000000000000"
POOL: dict[str, tuple[Json, ...]] = {  # what a parameter may be; the first is what exists
    "UserName": ("casey", "robin", "Bo"),
    "NewUserName": ("sam", "robin"),
    "GroupName": ("Cashiers", "Openers"),
    "NewGroupName": ("Early", "Cashiers"),
    "RoleName": ("Till", "Stock"),
    "PolicyName": ("p0", "receipts"),
    "PolicyArn": (local("p0"), local("receipts"), ADMIN, READ_ONLY),
    "PermissionsBoundary": (READ_ONLY, local("p0")),
    "VersionId": ("v1", "v2"),
    "Path": ("/", "/staff/"),
    "PathPrefix": ("/", "/staff/"),
    "NewPath": ("/staff/", "/"),
    "PolicyDocument": (allow("s3:*"), deny("iam:ListUsers"), allow("*"), "{", trust(f"arn:aws:iam::{ID}:root")),
    "AssumeRolePolicyDocument": (trust(f"arn:aws:iam::{ID}:root"), trust(user("casey")), "{}"),
    "Policy": (allow("s3:GetObject", "arn:aws:s3:::coffeeshop-receipts/*", Principal="*"), allow("*"), "{"),
    "PolicyArns": (({"arn": READ_ONLY},),),
    "PolicyInputList": ((allow("s3:*"),),),
    "PermissionsBoundaryPolicyInputList": ((allow("s3:*"),),),
    "PolicySourceArn": (user("casey"), role("Till")),
    "ActionNames": (("s3:GetObject",), ("iam:ListUsers", "s3:ListBucket")),
    "ResourceArns": (("*",),),
    "CallerArn": (user("casey"),),
    "ResourcePolicy": (allow("*", Principal="*"),),
    "Arn": (user("casey"), local("p0")),
    "JobId": ("00000000-0000-0000-0000-000000000000",),
    "RoleArn": (role("Till"), role("Stock")),
    "Role": (role("Machine"), role("Till")),
    "RoleSessionName": ("shift", "till"),
    "DurationSeconds": (900, 3600, 7200),
    "MaxSessionDuration": (3600, 43200),
    "Name": ("guest",),
    "AccessKeyId": ("AKIANOBODYKNOWSTHIS1",),
    "Status": ("Inactive", "Active"),
    "Password": ("Latte-art-7", "short"),
    "OldPassword": ("Latte-art-7",),
    "NewPassword": ("Mocha-art-8",),
    "MinimumPasswordLength": (8,),
    "MaxPasswordAge": (90,),
    "PasswordReusePrevention": (2,),
    "VirtualMFADeviceName": ("robin", "casey"),
    "SerialNumber": (SERIAL, f"arn:aws:iam::{ID}:mfa/robin"),
    "DeviceName": ("yubi",),
    "AuthenticationCode1": ("000000",),
    "AuthenticationCode2": ("111111",),
    "TokenCode": ("000000",),
    "MfaCode": ("000000",),
    "SecurityKey": ("arn:aws:iam::1:u2f/user/x/y",),
    "Tags": (({"Key": "branch", "Value": "north"},),),
    "tags": ({"branch": "north"},),
    "ResourceArn": (f"arn:aws:dynamodb:us-east-1:{ID}:table/Register",),
    "Resource": (f"arn:aws:lambda:us-east-1:{ID}:function:espresso-api",),
    "TagKeys": (("branch",),),
    "TransitiveTagKeys": (("branch",),),
    "RootEmail": ("owner@shop.example",),
    "AccountId": (ID,),
    "Email": ("new@shop.example",),
    "EncodedMessage": ("bm9uZQ==",),
    "InstanceProfileName": ("Servers", "Kiosks"),
    "AccountAlias": ("espresso", "ristretto"),
    "ServiceNamespaces": (("s3",),),
    "Bucket": ("coffeeshop-receipts", "coffeeshop-recipes"),
    "OwnershipControls": ({"Rules": ({"ObjectOwnership": "BucketOwnerPreferred"},)},),
    "ServiceName": ("codecommit.amazonaws.com",),
    "ServiceSpecificCredentialId": ("ACCAEXAMPLE123EXAMPLE",),
    "VersioningConfiguration": ({"Status": "Enabled"}, {"Status": "Suspended"}),
    "PublicAccessBlockConfiguration": ({"BlockPublicAcls": True}, {}),
    "ServerSideEncryptionConfiguration": ({"Rules": ({"BucketKeyEnabled": True},)},),
    "CreateBucketConfiguration": ({"LocationConstraint": "eu-west-1"},),
    "CopySource": ("coffeeshop-receipts/2026/03/0412.json", "coffeeshop-recipes/x"),
    "Delete": ({"Objects": ({"Key": "2026/03/0412.json"}, {"Key": "x"})},),
    "Key": ("2026/03/0412.json", "x"),
    "Body": (b"{}",),
    "Prefix": ("2026/",),
    "Delimiter": ("/",),
    "MaxKeys": (2,),
    "TableName": ("Register", "Inventory"),
    "KeySchema": (({"AttributeName": "sale", "KeyType": "HASH"},),),
    "AttributeDefinitions": (({"AttributeName": "sale", "AttributeType": "S"},),),
    "Item": ({"sale": {"S": "1"}},),
    "UpdateExpression": ("SET total = :t",),
    "ExpressionAttributeValues": ({":t": {"N": "4"}},),
    "KeyConditionExpression": ("sale = :t",),
    "QueueUrl": (QUEUE,),
    "QueueName": ("online-orders", "returns"),
    "Attributes": ({"VisibilityTimeout": "30"},),
    "AttributeNames": (("All",),),
    "MessageBody": ("latte",),
    "ReceiptHandle": ("none",),
    "FunctionName": ("espresso-api", "other"),
    "Code": ({"ZipFile": b"zip"},),
    "ZipFile": (b"",),
    "Runtime": ("python3.13",),
    "Handler": ("m.h",),
    "StatementId": ("s1",),
    "Action": ("lambda:InvokeFunction",),
    "Principal": ("*",),
    "InstanceIds": (("i-0123456789abcdef0",),),
    "MaxItems": (100, 1),
    "Scope": ("Local", "AWS"),
    "Granularity": ("SERVICE_LEVEL", "ACTION_LEVEL"),
    "ExternalId": ("shop-7f3a",),
    "SourceIdentity": ("casey",),
    **dict.fromkeys(("ParentId", "SourceParentId", "DestinationParentId", "OrganizationalUnitId"), ("ou-root-shops123",)),
    **dict.fromkeys(("ChildId", "TargetId", "ResourceId"), ("ou-root-shops123",)),
    "RootId": ("r-root",),
    "PolicyId": ("p-FullAWSAccess",),
    "HandshakeId": ("h-invited1",),
    "ResourceIdList": ((f"arn:aws:cloudtrail:us-east-1:{ID}:trail/audit",),),
    "CreateAccountRequestId": ("car-asked123",),
    **dict.fromkeys(("KeyId", "TargetKeyId", "DestinationKeyId"), (KEY, "alias/receipts")),
    "AliasName": ("alias/receipts", "alias/spare"),
    "Operations": (("Decrypt",), ("Encrypt", "CreateGrant")),
    "GranteePrincipal": (user("casey"), user("robin")),
    "RetiringPrincipal": (user("casey"),),
    "EncryptionContext": ({"shop": "main"}, {}),
    "Plaintext": (b"beans",),
    "Target": ({"Id": "444455556666", "Type": "ACCOUNT"},),
    "Url": (f"{ISSUER}/corner", ISSUER, "x"),
    "OpenIDConnectProviderArn": (HUB, f"{HUB}/corner"),
    "ClientID": ("sts.amazonaws.com", "app"),
    "ThumbprintList": (("a" * 40,),),
    "SAMLProviderArn": (CORP,),
    "SAMLMetadataDocument": (METADATA, "x" * 1000),
    "WebIdentityToken": ("none", "a.b.c"),
    "analyzerName": ("outside", "other"),
    "analyzerArn": (OUTSIDE, f"{OUTSIDE}x"),
    "resourceArn": (OUTSIDE, role("Till")),
    "ruleName": ("tills", "other"),
    "filter": ({"resource": {"contains": ("Till",)}}, {"colour": {"exists": True}}),
    "access": (({"actions": ("s3:GetObject",)},), ({},)),
    "tagKeys": (("branch",),),
    "ids": (("none",),),
    **dict.fromkeys(
        ("policyDocument", "newPolicyDocument", "existingPolicyDocument"),
        (allow("s3:*"), allow("s3:*", Principal="*"), "{"),
    ),
}  # fmt: skip
SKIPPED = {
    "Marker",
    "ContextEntries",
    "ResourceOwner",
    "Filter",
    "OrderedOrganizationPolicyInputList",
    "ProvidedContexts",
}
CENTER: dict[str, tuple[Json, ...]] = {  # of Identity Center and its identity store
    "InstanceArn": (INSTANCE,),
    "PermissionSetArn": (
        f"{INSTANCE.replace('instance', 'permissionSet', 1)}/ps-{'0' * 16}",
    ),
    "ResourceArn": (INSTANCE,),
    "ManagedPolicyArn": (ADMIN, READ_ONLY),
    "CustomerManagedPolicyReference": ({"Name": "p0"},),
    "PermissionsBoundary": ({"ManagedPolicyArn": ADMIN},),
    "InlinePolicy": (allow("sqs:*"),),
    "TargetId": (ID,),
    "AccountId": (ID,),
    "PrincipalId": (NOWHERE,),
    "AccountAssignmentCreationRequestId": (NOWHERE,),
    "AccountAssignmentDeletionRequestId": (NOWHERE,),
    "ProvisionPermissionSetRequestId": (NOWHERE,),
    "IdentityStoreId": ("d-0000000000",),
    "UserId": (NOWHERE,),
    "GroupId": (NOWHERE,),
    "MembershipId": (NOWHERE,),
    "MemberId": ({"UserId": NOWHERE},),
    "GroupIds": ((NOWHERE,),),
    "Operations": (({"AttributePath": "title", "AttributeValue": "Chef"},),),
    "AlternateIdentifier": (
        {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "kim"}},
    ),
}
DYNAMO = {"Key": ({"sale": {"S": "1"}},)}
ROWS = [(service, name) for service, operations in DOES.items() for name in operations]


def _pool(service: str, member: Member) -> tuple[Json, ...]:
    if service == "dynamodb" and member.name in DYNAMO:
        return DYNAMO[member.name]
    if service in {"sso-admin", "identitystore"} and member.name in CENTER:
        return CENTER[member.name]
    if member.name == "Tagging":
        return (
            ({"TagSet": ({"Key": "a", "Value": "b"},)},)
            if member.shape.type == "structure"
            else ("a=b",)
        )
    if member.name == "VersionId" and service == "s3":
        return ("null", "x")
    if member.name == "Tags" and service == "kms":
        return (({"TagKey": "branch", "TagValue": "north"},),)
    if member.name == "Tags" and member.shape.type == "map":
        return POOL["tags"]
    if member.name == "Entries" and member.shape.element:
        entry = member.shape.element.shape
        return (({part.name: "a" for part in entry.members if part.required},),)
    return POOL.get(member.name) or _plain(member.shape)


def _plain(shape: Shape) -> tuple[Json, ...]:
    match shape.type:
        case "boolean":
            return (True, False)
        case "string":
            return shape.enum or ("xxxxxxxxxx",)
        case "integer" | "long":
            return (int(shape.minimum or 1),)
        case _:
            return ()


def least(service: str, name: str) -> Call:
    """The call with what it must have, naming what exists."""
    members = OPERATIONS[service, name].members
    return Call(
        service,
        name,
        {m.name: _pool(service, m)[0] for m in members if m.required or m.name in NAMING},
    )


NAMING = {"UserName"}


def world(*policies: str) -> Shop:
    """A shop where everything that `least` names exists, and Casey holds these policies, a password and a key."""
    shop = Shop()
    shop.hire("casey", *policies)
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    shop("iam create-group --group-name Cashiers")
    shop("iam create-group --group-name Openers")
    shop("iam add-user-to-group --group-name Cashiers --user-name casey")
    shop(f"iam create-policy --policy-name p0 --policy-document {quote(allow('sqs:*'))}")
    shop.role(
        "Till", trust(user("casey"), "arn:aws:iam::444455556666:root"), allow("sqs:*")
    )
    shop.role("Machine", trust(service="lambda.amazonaws.com"), allow("sqs:*"))
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop("s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json")
    shop.call(
        "dynamodb",
        "CreateTable",
        TableName="Register",
        KeySchema=POOL["KeySchema"][0],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=POOL["AttributeDefinitions"][0],
    )
    shop("sqs create-queue --queue-name online-orders")
    shop("kms create-key")
    shop(f"kms create-alias --alias-name alias/receipts --target-key-id {KEY}")
    shop(f"iam create-open-id-connect-provider --url {ISSUER}")
    shop(f"iam create-saml-provider --name Corp --saml-metadata-document {quote(METADATA)}")
    shop(
        f"lambda create-function --function-name espresso-api --role {role('Machine')} --runtime python3.13 --handler m.h --zip-file fileb://receipt.json"
    )
    shop("accessanalyzer create-analyzer --analyzer-name outside --type ACCOUNT")
    criteria = json.dumps(POOL["filter"][0])
    shop(
        f"accessanalyzer create-archive-rule --analyzer-name outside --rule-name tills --filter {quote(criteria)}"
    )
    return shop


POOR, RICH = world(), world(allow("*"))
OPEN = {
    ("sts", "GetCallerIdentity"),
    ("sts", "GetSessionToken"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("console", "SignIn"),
    ("console", "SignOut"),
    ("console", "SwitchBack"),
}


def by(account: Account, service: str) -> tuple[Account, Caller]:
    """How Casey calls that service: with a key, or from the console, where she has signed in without a code."""
    if service != "console":
        return account, find_caller(account, "casey")
    return sessions.mint_credential(account, user("casey"), "password", AT)


def same_but_for_use(before: Account, outcome: Outcome) -> bool:
    return replace(outcome.account, calls=before.calls, usage=before.usage) == before


def refused(outcome: Outcome) -> bool:
    """Whether policies refused it, as a whole or row by row."""
    if outcome.act.call.operation in ANSWERED_PER_OBJECT:
        return not outcome.has_succeeded
    return (
        isinstance(outcome.answer, ServiceError)
        and outcome.answer.code in errors.REFUSAL_CODES
    )


@each_row(ROWS, part=lambda service, _: service)
def test_no_operation_can_be_called_by_someone_whom_no_policy_allows(
    service: str, name: str
):
    call = least(service, name)
    account, caller = by(POOR.account, service)
    if (
        name == "AssumeRole" or name == "SwitchRole"
    ):  # the trust of Till names the very Casey, which suffices
        call = replace(
            call,
            parameters={
                **call.parameters,
                "RoleArn": role("Machine"),
                "RoleName": "Machine",
            },
        )
        call = replace(
            call,
            parameters={
                k: v
                for k, v in call.parameters.items()
                if k in {m.name for m in OPERATIONS[service, name].members}
            },
        )
    outcome = handle(account, Act(AT, caller, call))
    if (service, name) in OPEN:
        assert isinstance(outcome.answer, ServiceError) or not outcome.decisions
        return
    assert refused(outcome), f"{call}: {outcome.answer}"
    assert same_but_for_use(account, outcome)


@each_row(ROWS, part=lambda service, _: service)
def test_an_empty_list_of_what_to_change_is_no_way_around_the_policies(
    service: str, name: str
):
    call = least(service, name)
    board = Instance(
        "i-0123456789abcdef0",
        "menu-board",
        AT,
        "stopped" if name == "StartInstances" else "running",
    )
    account, caller = by(
        replace(POOR.account, instances=POOR.account.instances.put(board.id, board)),
        service,
    )
    emptied = {
        key: () if isinstance(value, tuple) else value
        for key, value in call.parameters.items()
    }
    outcome = handle(account, Act(AT, caller, replace(call, parameters=emptied)))
    assert (
        outcome.decisions or (service, name) in OPEN or same_but_for_use(account, outcome)
    )


@each_row([row for row in ROWS if row not in OPEN], part=lambda service, _: service)
def test_a_deny_of_each_action_that_it_asks_for_refuses_it(service: str, name: str):
    call = least(service, name)
    account, caller = by(RICH.account, service)
    for request in requests_of_call(account, call, caller):
        shop = Shop(account)
        document = policy(statement(request.action, request.resource, "Deny", Sid="No"))
        shop(
            f"iam put-user-policy --user-name casey --policy-name no --policy-document {quote(document)}"
        )
        outcome = handle(shop.account, Act(AT, caller, call))
        denied = [d for d in outcome.decisions if isinstance(d, ExplicitlyDenied)]
        assert [d.by[0].statement.sid for d in denied] == ["No"], (request, outcome.answer)
        assert refused(outcome), outcome.answer
        assert same_but_for_use(shop.account, outcome) or name in ANSWERED_PER_OBJECT


@each_row([row for row in ROWS if row not in OPEN], part=lambda service, _: service)
def test_exactly_what_it_asks_for_suffices(service: str, name: str):
    """`asks` says all of it: an Allow of each request, no wider, gets past the policies."""
    call = least(service, name)
    wanted = requests_of_call(POOR.account, call, find_caller(POOR.account, "casey"))
    shop = Shop(POOR.account)
    if wanted:
        document = policy(
            *(statement(request.action, request.resource) for request in wanted)
        )
        shop(
            f"iam put-user-policy --user-name casey --policy-name yes --policy-document {quote(document)}"
        )
    account, caller = by(shop.account, service)
    outcome = handle(account, Act(AT, caller, call))
    assert [request.action for request in wanted] == [
        decision.request.action for decision in outcome.decisions
    ]
    assert all(isinstance(decision, Allowed) for decision in outcome.decisions)


def test_every_simulated_row_is_done_and_no_other():
    assert {key for key, row in OPERATIONS.items() if row.simulated} == set(ROWS)


# --------------------------------------------------------------- any sequence
@st.composite
def calls(draw: st.DrawFn) -> Call:
    service, name = draw(st.sampled_from(ROWS))
    parameters: dict[str, Json] = {}
    for member in OPERATIONS[service, name].members:
        pool = _pool(service, member)
        if member.name in SKIPPED or not pool:
            continue
        if member.required or draw(st.integers(0, 3)) == 0 or member.name in NAMING:
            parameters[member.name] = draw(st.sampled_from(pool))
    return Call(service, name, parameters)


PROFILES = st.sampled_from(
    [
        "root",
        "root",
        "root@console",
        "casey",
        "casey@console",
        "robin",
        "shift",
        "casey-session",
        "guest",
        "nobody",
    ]
)
SEQUENCES = st.lists(st.tuples(PROFILES, calls(), st.integers(0, 3000)), max_size=12)


def played(shop: Shop, sequence: list[tuple[str, Call, int]]) -> list[Outcome]:
    """Each call by the newest credential of that profile, some seconds after the one before."""
    at, account, outcomes = AT, shop.account, list[Outcome]()
    for profile, call, seconds in sequence:
        at += timedelta(seconds=seconds)
        outcomes.append(handle(account, Act(at, find_caller(account, profile), call)))
        account = outcomes[-1].account
    return outcomes


@given(SEQUENCES)
def test_a_replay_is_the_fold_of_the_door_and_gives_the_same_again(
    sequence: list[tuple[str, Call, int]],
):
    outcomes = played(RICH, sequence)
    assert replay(RICH.account, [outcome.act for outcome in outcomes]) == tuple(outcomes)


@given(SEQUENCES)
def test_a_refused_call_changes_nothing_but_use(sequence: list[tuple[str, Call, int]]):
    before = RICH.account
    for outcome in played(RICH, sequence):
        if not outcome.has_succeeded:
            assert same_but_for_use(before, outcome)
        before = outcome.account


@given(SEQUENCES)
def test_every_code_is_declared_or_common(sequence: list[tuple[str, Call, int]]):
    common = {
        "AccessDenied",
        "ValidationError",
        "InvalidClientTokenId",
        "ExpiredToken",
        "MissingAuthenticationToken",
    }
    for outcome in played(RICH, sequence):
        call = outcome.act.call
        if call.service in {"iam", "sts"} and isinstance(outcome.answer, ServiceError):
            row = OPERATIONS[call.service, call.operation]
            assert outcome.answer.code in common | set(row.errors), (call, outcome.answer)


@given(SEQUENCES)
def test_ids_are_unique_and_each_is_one_things(sequence: list[tuple[str, Call, int]]):
    accounts = [RICH.account, *(outcome.account for outcome in played(RICH, sequence))]
    owners: dict[str, str] = {}
    for account in accounts:
        for entity in (
            *account.users.values(),
            *account.groups.values(),
            *account.roles.values(),
            *account.policies.values(),
        ):
            assert (
                owners.setdefault(entity.id, f"{type(entity).__name__} {entity.created}")
                == f"{type(entity).__name__} {entity.created}"
            )
        last = accounts[-1].credentials
        assert set(account.credentials) <= set(
            last
        )  # credentials are never forgotten, nor made twice
        assert all(last[id].made == held.made for id, held in account.credentials.items())
        assert {account.names[id] for id in account.names} == {
            *account.users,
            *account.groups,
            *account.roles,
        }


INDEPENDENT = [
    Call("iam", "CreateUser", {"UserName": "sam"}),
    Call("iam", "CreateGroup", {"GroupName": "Early"}),
    Call(
        "iam",
        "CreateRole",
        {"RoleName": "Stock", "AssumeRolePolicyDocument": trust(f"arn:aws:iam::{ID}:root")},
    ),
    Call(
        "iam", "CreatePolicy", {"PolicyName": "receipts", "PolicyDocument": allow("s3:*")}
    ),
    Call("iam", "CreateAccessKey", {"UserName": "casey"}),
    Call(
        "iam",
        "PutGroupPolicy",
        {"GroupName": "Openers", "PolicyName": "g", "PolicyDocument": allow("s3:*")},
    ),
    Call("iam", "AttachRolePolicy", {"RoleName": "Till", "PolicyArn": READ_ONLY}),
    Call(
        "iam",
        "TagUser",
        {"UserName": "casey", "Tags": ({"Key": "branch", "Value": "north"},)},
    ),
    Call("iam", "CreateVirtualMFADevice", {"VirtualMFADeviceName": "robin"}),
    Call("sts", "GetSessionToken", {}),
    Call("s3", "CreateBucket", {"Bucket": "coffeeshop-recipes"}),
    Call("s3", "PutObject", {"Bucket": "coffeeshop-receipts", "Key": "x", "Body": b"y"}),
    Call("dynamodb", "PutItem", {"TableName": "Register", "Item": {"sale": {"S": "1"}}}),
    Call("sqs", "CreateQueue", {"QueueName": "returns"}),
]


def undated(account: Account) -> Account:
    """The account without what tells the order of calls: dates, counts, use."""

    def plain(held: AccessKey | Session) -> AccessKey | Session:
        if isinstance(held, Session):
            return replace(held, made=0, issued=AT, expires=AT)
        return replace(held, made=0, created=AT)

    plain_credentials = type(account.credentials)(
        (id, plain(held)) for id, held in account.credentials.items()
    )
    return replace(
        account, calls=0, usage=type(account.usage)(), credentials=plain_credentials
    )


@given(st.permutations(INDEPENDENT))
@examples(2)
def test_independent_calls_commute_but_for_dates(order: list[Call]):
    root = find_caller(RICH.account, "root")

    def after(calls: list[Call]) -> Account:
        outcomes = replay(RICH.account, [Act(AT, root, call) for call in calls])
        assert all(outcome.has_succeeded for outcome in outcomes)
        return undated(outcomes[-1].account)

    assert after(order) == after(INDEPENDENT)


@given(
    st.sampled_from([c for c in INDEPENDENT if c.service == "iam"]),
    st.sampled_from(["iam:*", "iam:Create*", "*"]),
)
@examples(4)
def test_an_added_deny_never_turns_a_refusal_into_a_success(call: Call, action: str):
    shop = Shop(RICH.account)
    before = handle(shop.account, Act(AT, find_caller(shop.account, "casey"), call))
    shop(
        f"iam put-user-policy --user-name casey --policy-name no --policy-document {quote(deny(action))}"
    )
    after = handle(shop.account, Act(AT, find_caller(shop.account, "casey"), call))
    assert before.has_succeeded or not after.has_succeeded
    assert not after.has_succeeded or action == "iam:Create*"


def test_nobody_reads_but_what_is_open():
    assert (
        handle(RICH.account, Act(AT, Nobody(), Call("s3", "ListBuckets"))).has_succeeded
        is False
    )
    assert (
        handle(
            RICH.account, Act(AT, Key("AKIANOBODYKNOWSTHIS1"), Call("s3", "ListBuckets"))
        ).has_succeeded
        is False
    )


WEIRD = st.sampled_from(
    [
        "",
        "\ud800",
        "\x00",
        "\x1b[31m",
        "[/]",
        "x" * 300,
        "☕",
        "../..",
        "arn:",
        user(""),
        "{",
        "[" * 9000,
        "null",
        "%",
        "{0}",
        "-1",
        '{"Statement":null}',
    ]
)


def strange(shape: Shape, depth: int = 3) -> st.SearchStrategy[Json]:
    """Any value of that type, fitting or not."""
    numbers, blobs = st.sampled_from([0, -1, 10**30, 900]), st.sampled_from([b"", b"\xff"])
    scalars = {
        "integer": numbers,
        "long": numbers,
        "boolean": st.booleans(),
        "blob": blobs,
        "string": WEIRD,
    }
    if shape.type == "structure" and depth:
        return st.fixed_dictionaries(
            {}, optional={m.name: strange(m.shape, depth - 1) for m in shape.members}
        ).map(_plainly)
    if shape.element and depth:
        return st.lists(strange(shape.element.shape, depth - 1), max_size=2).map(tuple)
    if shape.value and depth:
        return st.dictionaries(
            WEIRD, strange(shape.value.shape, depth - 1), max_size=2
        ).map(_plainly)
    empty: dict[str, Json] = {"list": (), "map": {}, "structure": {}}
    return (
        st.just(empty[shape.type])
        if shape.type in empty
        else scalars.get(shape.type, WEIRD)
    )


def _plainly(found: dict[str, Json]) -> Json:
    return found


@settings(max_examples=150, deadline=None)
@given(calls(), st.data(), PROFILES)
def test_no_value_makes_the_door_raise(call: Call, data: st.DataObject, profile: str):
    members = list(OPERATIONS[call.service, call.operation].members)
    wrong = data.draw(st.lists(st.sampled_from(members), max_size=3)) if members else []
    parameters = {**call.parameters, **{m.name: data.draw(strange(m.shape)) for m in wrong}}
    outcome = handle(
        RICH.account,
        Act(AT, find_caller(RICH.account, profile), replace(call, parameters=parameters)),
    )
    assert cloudtrail_event(outcome)["eventName"]
