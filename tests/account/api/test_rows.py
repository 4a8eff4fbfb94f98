"""Each row of the table of operations: its smallest success, each of its refusals, each quota at its limit and past it.

Every entry starts from one shop, `WORLD`, in which everything stands that the calls name.
"""

import ast
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache, partial
from itertools import chain, pairwise
from shlex import quote
from textwrap import dedent
from types import FunctionType
from typing import Any, NamedTuple

from msgspec.structs import replace

from coffeeshop.account.access import sessions, totp
from coffeeshop.account.access.authorization_requests import complete_call
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.kms_requests import new_key_id
from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.access.web_identity import issue_token
from coffeeshop.account.api.operations import OPERATIONS, Shape
from coffeeshop.account.api.violations import PYTHON_TYPES
from coffeeshop.account.ciphertexts import encrypt_bytes
from coffeeshop.account.credentials import MfaDevice, Session
from coffeeshop.account.door import ANSWERED_PER_OBJECT, handle
from coffeeshop.account.errors import JSON_SERVICES, TYPED_ERRORS, error_details
from coffeeshop.account.iam_resources import Entity
from coffeeshop.account.ids import draw_uuid, new_account
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Origin,
    Outcome,
    Reply,
    ServiceError,
    Workload,
)
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.resources import Instance
from coffeeshop.account.services.access_analyzer.finding import current_findings
from coffeeshop.account.services.organizations.lookups import CONSTRAINT_TEXTS
from coffeeshop.account.services.s3.multipart import part_tag
from coffeeshop.account.services.sso_admin.assignments import REQUEST_IDS
from coffeeshop.account.values import Json
from tests.account.shop import (
    ADMIN,
    AT,
    CORP,
    EMAIL,
    HUB,
    ID,
    ISSUER,
    METADATA,
    PASSWORD,
    QUEUE,
    READ_ONLY,
    ROOT_IN,
    Shop,
    allow,
    local,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.account.simulated import DOES
from tests.tables import each_row

NOW = AT + timedelta(minutes=10)
SUBJECT = "repo:coffeeshop/menu:ref:refs/heads/main"
BRANCH, KIOSK, CORNER, ROAST = (
    "222233334444",
    "333344445555",
    "555566667777",
    "666677778888",
)  # accounts beside the shop's
LATTE, MOCHA = "Latte-art-7", "Mocha-art-8"
RECEIPTS, SPARE, NONE = local("Receipts"), local("Spare"), local("nobody")
DEPLOYS: Json = {"resource": {"contains": ("Deploy",)}}
LIST, TRUSTED = allow("s3:ListBucket"), trust(f"arn:aws:iam::{ID}:root")
RESERVED = "arn:aws:iam::aws:policy/aws-service-role/X"
BUCKET, OBJECT = "coffeeshop-receipts", "2026/03/0412.json"
AUDIT = f"arn:aws:cloudtrail:us-east-1:{ID}:trail/audit"
COMMITS = "codecommit.amazonaws.com"
ACL_BUCKET = "coffeeshop-wien"  # its ACLs are on
WITH_ACLS: Json = {"Rules": ({"ObjectOwnership": "BucketOwnerPreferred"},)}
EVERYONE: Json = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}  # fmt: skip
LOG_SERVICE: Json = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": "READ"}  # fmt: skip
BOARD, LAMP = "i-0123456789abcdef0", "i-0123456789abcdef1"
REGISTER = f"arn:aws:dynamodb:us-east-1:{ID}:table/Register"
MACHINE = f"arn:aws:lambda:us-east-1:{ID}:function:espresso-api"
LATE = ({"Key": "shift", "Value": "late"},)
NORTH = ({"Key": "branch", "Value": "north"},)
SALE, KEYED = {"sale": {"S": "1"}}, ({"AttributeName": "sale", "KeyType": "HASH"},)
SAID = ({"AttributeName": "sale", "AttributeType": "S"},)
PAID = {"AttributeDefinitions": SAID, "BillingMode": "PAY_PER_REQUEST"}
WRITTEN: dict[str, Json] = {
    "Runtime": "python3.13",
    "Handler": "m.h",
    "Code": {"ZipFile": b"z"},
}
IS_SALE = {
    "KeyConditionExpression": "sale = :s",
    "ExpressionAttributeValues": {":s": {"S": "1"}},
}
WITH_KMS: Json = {
    "Rules": (
        {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": "alias/receipts",
            },
            "BucketKeyEnabled": True,
        },
    )
}
READERS = allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*", Principal={"AWS": user("ada")})
ROOT_KEYS = policy(statement("kms:*", Principal={"AWS": f"arn:aws:iam::{ID}:root"}))
PERMITTED = json.dumps(
    {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [
            {
                "Sid": "s1",
                "Effect": "Allow",
                "Principal": {"AWS": user("ada")},
                "Action": "lambda:InvokeFunction",
                "Resource": f"arn:aws:lambda:us-east-1:{ID}:function:espresso-api",
            }
        ],
    }
)
YUBI = f"arn:aws:iam::{ID}:u2f/user/ada/yubi-ABCDEFGH"
PHONE, FREE, SAFE, TOKEN = (
    f"arn:aws:iam::{ID}:mfa/{name}" for name in ("dana", "spare", "safe", "none")
)


def _world() -> Account:
    """Casey can do everything and has all that a user can have; Dana has a phone; Idle may do nothing; Robin, Openers,
    Stock and Spare are bare.
    """
    shop = Shop()
    for name in ("casey", "dana", "ada"):
        shop.hire(name, allow("*"))
    shop.hire("idle")
    shop(
        f"iam create-policy --policy-name Receipts --policy-document {quote(LIST)} --tags Key=branch,Value=north"
    )
    shop(
        f"iam create-policy-version --policy-arn {RECEIPTS} --policy-document {quote(LIST)} --set-as-default"
    )
    shop(f"iam create-policy --policy-name Spare --policy-document {quote(LIST)}")
    shop("iam create-user --user-name robin")
    shop(
        f"iam put-user-permissions-boundary --user-name robin --permissions-boundary {READ_ONLY}"
    )
    for name in ("Cashiers", "Openers"):
        shop(f"iam create-group --group-name {name}")
    shop(
        f"iam put-group-policy --group-name Cashiers --policy-name p0 --policy-document {quote(LIST)}"
    )
    shop("iam add-user-to-group --group-name Cashiers --user-name casey")
    shop.role("Till", trust(user("casey"), user("dana")), allow("*"))
    shop.role("Machine", trust(service="lambda.amazonaws.com"))
    shop.role("Stock", TRUSTED)
    shop("iam create-service-linked-role --aws-service-name batch.amazonaws.com")
    shop(
        f"iam put-role-permissions-boundary --role-name Stock --permissions-boundary {READ_ONLY}"
    )
    for one in ("user --user-name casey", "role --role-name Till"):
        shop(f"iam tag-{one} --tags Key=branch,Value=north")
    for one in (
        "user-policy --user-name casey",
        "group-policy --group-name Cashiers",
        "role-policy --role-name Till",
    ):
        shop(f"iam attach-{one} --policy-arn {RECEIPTS}")
    shop(
        f"iam create-service-specific-credential --user-name casey --service-name {COMMITS}"
    )
    for name in ("casey", "dana"):
        shop(f"iam create-login-profile --user-name {name} --password {LATTE}")
    shop("iam update-account-password-policy --password-reuse-prevention 2")
    shop("iam generate-credential-report")
    shop("iam create-account-alias --account-alias espresso")
    _things(shop)
    _hardware(shop)
    _federated(shop)
    _organized(shop)
    shop(
        "accessanalyzer create-analyzer --analyzer-name outside --type ACCOUNT --tags branch=north"
    )
    shop(
        f"accessanalyzer create-archive-rule --analyzer-name outside --rule-name deploys --filter {quote(json.dumps(DEPLOYS))}"
    )
    shop.later(minutes=5)
    shop(f"{ROOT_IN} --mfa-code {shop.code(SAFE)}")
    shop.sign_in("dana", "--mfa-code @phone")
    shop.sign_in("casey")
    shop.account, _ = sessions.mint_credential(
        shop.account, user("idle"), "password", shop.at
    )
    _centered(shop)
    shop("console switch-role --role-name Till", "casey@console")
    shop("sts get-caller-identity", shop.wear("Till", "casey"))
    shop("iam generate-service-last-accessed-details --arn " + user("casey"))
    return shop.account


def _hardware(shop: Shop) -> None:
    """Phones and keys, and what hands roles to machines."""
    shop.phone("dana")
    for serial, owner in ((FREE, ""), (SAFE, ID)):
        tags = {"branch": "north"}
        device = MfaDevice(
            serial,
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            AT,
            owner,
            AT if owner else None,
            tags=tags,
        )
        shop.set(devices=shop.account.devices.put(serial, device))
    shop.set(
        devices=shop.account.devices.put(
            YUBI, MfaDevice(YUBI, "", AT, shop.account.users["ada"].id, AT)
        )
    )
    for name in ("Servers", "Empty"):
        shop(
            f"iam create-instance-profile --instance-profile-name {name} --tags Key=branch,Value=north"
        )
    shop(
        "iam add-role-to-instance-profile --instance-profile-name Servers --role-name Till"
    )


def _federated(shop: Shop) -> None:
    """Providers outside, and a role that one repository of GitHub's may take."""
    shop(
        f"iam create-open-id-connect-provider --url {ISSUER} --client-id-list sts.amazonaws.com --tags Key=branch,Value=north"
    )
    shop(
        f"iam create-saml-provider --name Corp --saml-metadata-document {quote(METADATA)} --tags Key=branch,Value=north"
    )
    shop.role(
        "Deploy",
        policy(
            {
                "Effect": "Allow",
                "Principal": {"Federated": HUB},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {"token.actions.githubusercontent.com:sub": SUBJECT}
                },
            }
        ),
    )


def _organized(shop: Shop) -> None:
    """The shop manages an organization with a branch in it, has asked a kiosk to join, and made an account; a corner
    shop has nothing to do with it. Two trails, of which one writes.
    """
    accounts = (("branch", BRANCH), ("kiosk", KIOSK), ("corner", CORNER), ("roast", ROAST))
    for name, id in accounts:
        fresh = new_account(id, name.encode(), AT, f"owner@{name}.example", PASSWORD, name)
        beside = sessions.new_key(fresh, id, name, AT)[0]
        shop.set(others=shop.account.others.put(id, beside))
    shop("organizations create-organization")
    for parent, name in (("@root", "Shops"), ("@root", "Empty"), ("@unit:Shops", "Kiosks")):
        shop(
            f"organizations create-organizational-unit --parent-id {parent} --name {name} --tags Key=branch,Value=north"
        )
    for id in (BRANCH, KIOSK):
        shop(f"organizations invite-account-to-organization --target Id={id},Type=ACCOUNT")
        if id == BRANCH:
            shop("organizations accept-handshake --handshake-id @invitation", "branch")
    shop("organizations create-account --email north@shop.example --account-name North")
    for name in ("Rules", "Spares"):
        text = (
            f"--content {quote(allow('*'))} --description d --type SERVICE_CONTROL_POLICY"
        )
        shop(
            f"organizations create-policy --name {name} {text} --tags Key=branch,Value=north"
        )
    shop("organizations attach-policy --policy-id @policy:Rules --target-id @unit:Shops")
    shop("organizations create-organization", "roast")
    shop("s3api create-bucket --bucket coffeeshop-trail")
    letting = policy(*(statement(["s3:GetBucketAcl", "s3:PutObject"], f"arn:aws:s3:::coffeeshop-trail{end}", Principal={"Service": "cloudtrail.amazonaws.com"}) for end in ("", "/*")))  # fmt: skip
    letting = letting.replace('["s3:GetBucketAcl", "s3:PutObject"]', '"s3:GetBucketAcl"', 1).replace('["s3:GetBucketAcl", "s3:PutObject"]', '"s3:PutObject"')  # fmt: skip
    shop(f"s3api put-bucket-policy --bucket coffeeshop-trail --policy {quote(letting)}")
    for name in ("audit", "idle"):
        shop(f"cloudtrail create-trail --name {name} --s3-bucket-name coffeeshop-trail")
    shop("cloudtrail start-logging --name audit")


def _things(shop: Shop) -> None:
    """What the staff works with."""
    for bucket in (BUCKET, "coffeeshop-recipes"):
        shop(f"s3api create-bucket --bucket {bucket}")
    vienna = "--create-bucket-configuration LocationConstraint=eu-central-1"
    shop(f"s3api create-bucket --bucket coffeeshop-wien {vienna}")
    shop(f"s3api put-object --bucket {BUCKET} --key {OBJECT} --tagging branch=north")
    shop(f"s3api put-bucket-policy --bucket {BUCKET} --policy {quote(READERS)}")
    _upload(shop)
    shop.call(
        "dynamodb", "CreateTable", TableName="Register", KeySchema=KEYED, Tags=NORTH, **PAID
    )
    shop.call("dynamodb", "PutItem", TableName="Register", Item=SALE)
    shop("sqs create-queue --queue-name online-orders --tags branch=north")
    shop(f"sqs send-message --queue-url {QUEUE} --message-body latte")
    shop(f"sqs receive-message --queue-url {QUEUE} --visibility-timeout 1")
    tags = {"branch": "north"}
    shop.call(
        "lambda",
        "CreateFunction",
        FunctionName="espresso-api",
        Role=role("Machine"),
        Tags=tags,
        **WRITTEN,
    )
    permission = {
        "StatementId": "s1",
        "Action": "lambda:InvokeFunction",
        "Principal": user("ada"),
    }
    shop.call("lambda", "AddPermission", FunctionName="espresso-api", **permission)
    shop(f"s3api delete-bucket-ownership-controls --bucket {ACL_BUCKET}")
    shop(f"s3api put-object --bucket {ACL_BUCKET} --key menu")
    _keys(shop)
    shop.call(
        "s3",
        "PutBucketEncryption",
        Bucket="coffeeshop-recipes",
        ServerSideEncryptionConfiguration=WITH_KMS,
    )
    for id, state in ((BOARD, "running"), (LAMP, "stopped")):
        shop.set(instances=shop.account.instances.put(id, Instance(id, "menu", AT, state)))


def _upload(shop: Shop) -> None:
    """An upload that has one part."""
    begun: dict[str, Json] = {"Bucket": BUCKET, "Key": "roll"}
    shop.call("s3", "CreateMultipartUpload", **begun)
    begun["UploadId"] = next(iter(shop.account.buckets[BUCKET].uploads))
    shop.call("s3", "UploadPart", PartNumber=1, Body=b"beans", **begun)
    tagging = {"TagSet": NORTH}
    shop.call("s3", "PutBucketTagging", Bucket="coffeeshop-recipes", Tagging=tagging)


def _keys(shop: Shop) -> None:
    """Keys of KMS: one with all that a key can have, one that waits for its deletion, one for signatures."""
    key = str(
        shop("kms create-key --tags TagKey=branch,TagValue=north")["KeyMetadata"]["KeyId"]
    )
    shop(f"kms create-alias --alias-name alias/receipts --target-key-id {key}")
    shop(f"kms enable-key-rotation --key-id {key}")
    shop(
        f"kms create-grant --key-id {key} --grantee-principal {user('ada')} --operations Decrypt --retiring-principal {user('casey')}"
    )
    shop("kms create-key")
    due = shop("kms create-key")["KeyMetadata"]["KeyId"]
    shop(f"kms schedule-key-deletion --key-id {due} --pending-window-in-days 7")
    shop(
        "kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY --description signs"
    )
    off = shop("kms create-key --description off")["KeyMetadata"]["KeyId"]
    shop(f"kms disable-key --key-id {off}")


def _centered(shop: Shop) -> None:
    """Identity Center with a permission set that has all that one can have, in the branch, and a bare one; Kim is in
    Baristas. The roast has an organization without it.
    """
    shop(f"console sign-in --root-email owner@roast.example --password {PASSWORD}")
    shop("console enable-identity-center", "root@console")
    found = shop("sso-admin list-instances")["Instances"][0]
    at, store = (
        f"--instance-arn {found['InstanceArn']}",
        f"--identity-store-id {found['IdentityStoreId']}",
    )
    shop(
        f"sso-admin tag-resource --resource-arn {found['InstanceArn']} --tags Key=branch,Value=north"
    )
    people = {
        name: shop(
            f"identitystore create-user {store} --user-name {name} --display-name {name} --name GivenName={name},FamilyName=Lee --emails Value={name}@shop.example"
        )["UserId"]
        for name in ("kim", "mo")
    }
    teams = {
        name: shop(f"identitystore create-group {store} --display-name {name}")["GroupId"]
        for name in ("Baristas", "Openers")
    }
    shop(
        f"identitystore create-group-membership {store} --group-id {teams['Baristas']} --member-id UserId={people['kim']}"
    )
    shop(
        f"iam create-policy --policy-name Receipts --policy-document {quote(LIST)}",
        "branch",
    )
    sets = {
        name: shop(
            f"sso-admin create-permission-set {at} --name {name} --description d --tags Key=branch,Value=north"
        )["PermissionSet"]["PermissionSetArn"]
        for name in ("Barista", "Bare", "Old")
    }
    one = f"{at} --permission-set-arn {sets['Barista']}"
    shop(
        f"sso-admin attach-managed-policy-to-permission-set {one} --managed-policy-arn {READ_ONLY}"
    )
    shop(
        f"sso-admin attach-customer-managed-policy-reference-to-permission-set {one} --customer-managed-policy-reference Name=Receipts"
    )
    shop(
        f"sso-admin put-inline-policy-to-permission-set {one} --inline-policy {quote(LIST)}"
    )
    shop(
        f"sso-admin put-permissions-boundary-to-permission-set {one} --permissions-boundary ManagedPolicyArn={ADMIN}"
    )
    to = f"--target-id {BRANCH} --target-type AWS_ACCOUNT"
    shop(
        f"sso-admin create-account-assignment {one} {to} --principal-type GROUP --principal-id {teams['Baristas']}"
    )
    other = f"{one} {to} --principal-type USER --principal-id {people['mo']}"
    shop(f"sso-admin create-account-assignment {other}")
    shop(f"sso-admin delete-account-assignment {other}")
    shop(f"sso-admin provision-permission-set {one} --target-type ALL_PROVISIONED_ACCOUNTS")
    shop(f"sso-admin update-permission-set {one} --description new")


WORLD = _world()
CENTER = WORLD.identity_center
assert CENTER is not None
STORE = CENTER.store
KIM, MO = (u.id for n in ("kim", "mo") for u in CENTER.users.values() if u.name == n)
BARISTAS, TEAM = (
    g.id for n in ("Baristas", "Openers") for g in CENTER.groups.values() if g.name == n
)
(IN_TEAM,) = CENTER.memberships
BARISTA, BARE, OLD = (
    CENTER.permission_set_arn(each.id)
    for n in ("Barista", "Bare", "Old")
    for each in CENTER.permission_sets.values()
    if each.name == n
)
TO_BRANCH = {"TargetId": BRANCH, "TargetType": "AWS_ACCOUNT"}
OF_TEAM = {"PrincipalType": "GROUP", "PrincipalId": BARISTAS}
BY_NAME = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "KIM"}}
BY_TEAM = {
    "UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "Baristas"}
}
KIM_NAMED = {"GivenName": "Jo", "FamilyName": "Lee"}


def asked_for(kind: str, principal: str) -> str:
    """The id of the request of that kind about somebody."""
    assert CENTER is not None
    (found,) = (
        request.id
        for request in CENTER.requests.values()
        if (request.kind, request.principal) == (kind, principal)
    )
    return found


(ROAST_IN,) = (
    id for id, held in WORLD.others[ROAST].credentials.items() if isinstance(held, Session)
)


OUTSIDE = f"arn:aws:access-analyzer:us-east-1:{ID}:analyzer/outside"
FINDING = next(
    finding.id
    for finding in current_findings(WORLD, WORLD.analyzers["outside"], NOW)
    if finding.resource == role("Deploy")
)
SEAL = WORLD.kms_aliases["alias/receipts"].key
DUE_KEY = next(id for id, key in WORLD.kms_keys.items() if key.deleted_at)
SIGNER, OFF = (
    next(id for id, key in WORLD.kms_keys.items() if key.description == text)
    for text in ("signs", "off")
)
PLAIN = next(id for id, key in WORLD.kms_keys.items() if key.description == "" and id not in {SEAL, DUE_KEY})  # fmt: skip
(GRANT,) = WORLD.kms_keys[SEAL].grants
_, NEW_KEY = new_key_id(WORLD)
SEALED = encrypt_bytes(WORLD, WORLD.kms_keys[SEAL], b"beans", {"shop": "main"})
TASK = "task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/" + draw_uuid(
    WORLD.seed, "deletion", "AWSServiceRoleForBatch", 1
)
PUSHER: dict[str, Json] = {"UserName": "casey", "ServiceSpecificCredentialId": WORLD.users["casey"].service_credentials[0].id}  # fmt: skip
KEY = WORLD.keys_of(WORLD.users["casey"].id)[0].id
(JOB,) = WORLD.jobs
DUE = replace(WORLD.users["casey"].login, reset_required=True)
UPLOAD = next(iter(WORLD.buckets[BUCKET].uploads))
BEGUN = {"Bucket": BUCKET, "Key": "roll", "UploadId": UPLOAD}
BEANS = part_tag(WORLD.buckets[BUCKET].uploads[UPLOAD].parts[1])
SIZE = {"size": {"DataType": "String", "StringValue": "large"}}
HANDLE = WORLD.queues["online-orders"].messages[0].receipt
ORGANIZATION = WORLD.organization
assert ORGANIZATION is not None
TOP = ORGANIZATION.root.id
SHOPS, EMPTY, KIOSKS = (next(u.id for u in ORGANIZATION.units.values() if u.name == n) for n in ("Shops", "Empty", "Kiosks"))  # fmt: skip
WORKFLOW = Workload(ISSUER, {"sub": SUBJECT, "aud": "sts.amazonaws.com"})


def issued(**claims: Json) -> str:
    """A token of the workflow's, with some claims changed."""
    return issue_token(WORLD, replace(WORKFLOW, claims={**WORKFLOW.claims, **claims}), NOW)


RULES, SPARES = (
    next(p.id for p in ORGANIZATION.policies.values() if p.name == n)
    for n in ("Rules", "Spares")
)
ASKING, GRANTED = (
    next(i.id for i in ORGANIZATION.invitations.values() if i.account == id)
    for id in (KIOSK, BRANCH)
)
(CREATION,) = ORGANIZATION.creations.values()
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


def code(serial: str, step: int = 0) -> str:
    return totp.device_code(WORLD.devices[serial], NOW, step)


class Line(NamedTuple):
    """A call and the profile that makes it."""

    call: Call
    by: str = "root"


def _line(service: str, operation: str, by: str = "", **parameters: Json) -> Line:
    return Line(
        Call(service, operation, parameters),
        by or ("root@console" if service == "console" else "root"),
    )


iam, sts, console, s3, dynamodb, sqs, lambda_, ec2, organizations, cloudtrail, kms = (
    partial(_line, service)
    for service in (
        *("iam", "sts", "console", "s3", "dynamodb", "sqs", "lambda", "ec2"),
        *("organizations", "cloudtrail", "kms"),
    )
)
sso = partial(_line, "sso-admin", InstanceArn=CENTER.arn)
sets = partial(sso, PermissionSetArn=BARISTA)
bare = partial(sso, PermissionSetArn=BARE)
people = partial(_line, "identitystore", IdentityStoreId=STORE)
analyzer = partial(_line, "access-analyzer")


def done(account: Account, line: Line) -> Outcome:
    return handle(account, Act(NOW, find_caller(account, line.by), line.call))


def same_but_for_use(before: Account, after: Account) -> bool:
    return unused(before) == unused(after)


def unused(account: Account) -> Account:
    """The accounts without their records of use."""
    others = SortedMap((id, unused(other)) for id, other in account.others.items())
    return replace(account, calls=0, usage=SortedMap(), others=others)


# ------------------------------------------------------------------ successes
# Armed, bare.
KINDS = (
    ("User", "casey", "robin"),
    ("Group", "Cashiers", "Openers"),
    ("Role", "Till", "Stock"),
)
Reading = Line | Callable[[Account], Json] | None


def _duration_of_new(account: Account) -> Json:
    """How long a session of the permission set New lasts. None: there is no such set."""
    center = account.identity_center
    found = center.permission_set_named("New") if center else None
    return found.duration if found else None


def _success_of_each(
    kind: str, armed: str, bare: str
) -> Iterator[tuple[Line, Reading, Json]]:
    """What users, groups and roles can bear."""
    name, inline = f"{kind}Name", {"PolicyName": "p0"}
    of_armed, of_bare = {name: armed}, {name: bare}
    attached, held = (
        iam(f"ListAttached{kind}Policies", **of_bare),
        iam(f"Get{kind}Policy", **of_bare, **inline),
    )
    yield (
        iam(f"Attach{kind}Policy", **of_bare, PolicyArn=SPARE),
        attached,
        {"AttachedPolicies": ({"PolicyArn": SPARE},)},
    )
    yield (
        iam(f"Detach{kind}Policy", **of_armed, PolicyArn=RECEIPTS),
        iam(f"ListAttached{kind}Policies", **of_armed),
        {"AttachedPolicies": ()},
    )
    yield (
        iam(f"ListAttached{kind}Policies", **of_armed),
        None,
        {
            "AttachedPolicies": ({"PolicyName": "Receipts", "PolicyArn": RECEIPTS},),
            "IsTruncated": False,
        },
    )
    yield (
        iam(f"Put{kind}Policy", **of_bare, **inline, PolicyDocument=LIST),
        held,
        {name: bare, "PolicyName": "p0"},
    )
    yield (
        iam(f"Get{kind}Policy", **of_armed, **inline),
        None,
        {"PolicyDocument": {"Version": "2012-10-17"}},
    )
    yield (
        iam(f"Delete{kind}Policy", **of_armed, **inline),
        iam(f"List{kind}Policies", **of_armed),
        {"PolicyNames": ()},
    )
    yield (
        iam(f"List{kind}Policies", **of_armed),
        None,
        {"PolicyNames": ("p0",), "IsTruncated": False},
    )


def _success_of_tags(
    kind: str, named: Mapping[str, Json]
) -> Iterator[tuple[Line, Reading, Json]]:
    tags = iam(f"List{kind}Tags", **named)
    more = ({"Key": "shift", "Value": "late"},)
    yield iam(f"Tag{kind}", **named, Tags=more), tags, {"Tags": (*NORTH, *more)}
    yield iam(f"Untag{kind}", **named, TagKeys=("branch",)), tags, {"Tags": ()}
    yield tags, None, {"Tags": NORTH, "IsTruncated": False}


def _success_of_boundary(
    kind: str, armed: str, bare: str
) -> Iterator[tuple[Line, Reading, Json]]:
    """Here it is the bare one that has a boundary."""
    read, bounded = (
        iam(f"Get{kind}", **{f"{kind}Name": armed}),
        {"PermissionsBoundaryArn": READ_ONLY},
    )
    put = iam(
        f"Put{kind}PermissionsBoundary",
        **{f"{kind}Name": armed},
        PermissionsBoundary=READ_ONLY,
    )
    yield put, read, {kind: {"PermissionsBoundary": bounded}}
    delete = iam(f"Delete{kind}PermissionsBoundary", **{f"{kind}Name": bare})
    yield (
        delete,
        lambda account: getattr(account, f"{kind.lower()}s")[bare.lower()].boundary,
        "",
    )


SUCCESSES: list[tuple[Line, Reading, Json]] = [  # a call, what reads the change back (None: it changes nothing), what is shown
    (iam("CreateUser", UserName="Bo"), iam("GetUser", UserName="bo"), {"User": {"UserName": "Bo", "Path": "/"}}),
    (iam("GetUser", UserName="casey"), None, {"User": {"Arn": user("casey"), "Tags": NORTH, "PasswordLastUsed": "2026-03-02T08:05:00+00:00"}}),
    (iam("ListUsers"), None, {"Users": ({"UserName": "casey"}, {"UserName": "robin"}), "IsTruncated": False}),
    (iam("UpdateUser", UserName="robin", NewUserName="sam"), iam("GetUser", UserName="sam"), {"User": {"UserName": "sam"}}),
    (iam("DeleteUser", UserName="robin"), iam("GetUser", UserName="robin"), "NoSuchEntity"),
    (iam("CreateGroup", GroupName="Early"), iam("GetGroup", GroupName="early"), {"Group": {"GroupName": "Early"}}),
    (iam("GetGroup", GroupName="Cashiers"), None, {"Group": {"GroupName": "Cashiers"}, "Users": ({"UserName": "casey"},)}),
    (iam("ListGroups"), None, {"Groups": ({"GroupName": "Cashiers"}, {"GroupName": "Openers"})}),
    (iam("ListGroupsForUser", UserName="casey"), None, {"Groups": ({"GroupName": "Cashiers"},), "IsTruncated": False}),
    (iam("UpdateGroup", GroupName="Openers", NewGroupName="Early"), iam("GetGroup", GroupName="Early"), {"Group": {"GroupName": "Early"}}),
    (iam("DeleteGroup", GroupName="Openers"), iam("GetGroup", GroupName="Openers"), "NoSuchEntity"),
    (iam("AddUserToGroup", GroupName="Openers", UserName="robin"), iam("GetGroup", GroupName="Openers"), {"Users": ({"UserName": "robin"},)}),
    (iam("RemoveUserFromGroup", GroupName="Cashiers", UserName="casey"), iam("GetGroup", GroupName="Cashiers"), {"Users": ()}),
    (iam("CreateRole", RoleName="Bar", AssumeRolePolicyDocument=TRUSTED), iam("GetRole", RoleName="bar"), {"Role": {"RoleName": "Bar", "MaxSessionDuration": 3600}}),
    (iam("GetRole", RoleName="Till"), None, {"Role": {"Arn": role("Till"), "Tags": NORTH, "RoleLastUsed": {"Region": "us-east-1"}}}),
    (iam("ListRoles"), None, {"Roles": ({"RoleName": "Stock"}, {"RoleName": "Till"}), "IsTruncated": False}),
    (iam("UpdateRole", RoleName="Stock", MaxSessionDuration=7200), iam("GetRole", RoleName="Stock"), {"Role": {"MaxSessionDuration": 7200}}),
    (iam("UpdateRoleDescription", RoleName="Stock", Description="d"), iam("GetRole", RoleName="Stock"), {"Role": {"Description": "d"}}),
    (iam("UpdateAssumeRolePolicy", RoleName="Stock", PolicyDocument=trust(user("ada"))), iam("GetRole", RoleName="Stock"), {"Role": {"AssumeRolePolicyDocument": {"Statement": ({"Principal": {"AWS": (user("ada"),)}},)}}}),
    (iam("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x", Description="d"), iam("GetRole", RoleName="AWSServiceRoleForAutoScaling_x"), {"Role": {"Path": "/aws-service-role/autoscaling.amazonaws.com/", "Description": "d"}}),
    (iam("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForBatch"), iam("GetRole", RoleName="AWSServiceRoleForBatch"), "NoSuchEntity"),
    (iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=TASK), None, {"Status": "SUCCEEDED"}),
    (iam("DeleteRole", RoleName="Stock"), iam("GetRole", RoleName="Stock"), "NoSuchEntity"),
    *_success_of_tags("User", {"UserName": "casey"}),
    *_success_of_tags("Role", {"RoleName": "Till"}),
    *_success_of_tags("Policy", {"PolicyArn": RECEIPTS}),
    *_success_of_tags("InstanceProfile", {"InstanceProfileName": "Servers"}),
    *_success_of_tags("MFADevice", {"SerialNumber": FREE}),
    (iam("CreateInstanceProfile", InstanceProfileName="Kiosks", Path="/shop/"), iam("GetInstanceProfile", InstanceProfileName="kiosks"), {"InstanceProfile": {"Arn": f"arn:aws:iam::{ID}:instance-profile/shop/Kiosks", "Roles": ()}}),
    (iam("GetInstanceProfile", InstanceProfileName="Servers"), None, {"InstanceProfile": {"InstanceProfileName": "Servers", "Roles": ({"Arn": role("Till")},), "Tags": NORTH}}),
    (iam("ListInstanceProfiles"), None, {"InstanceProfiles": ({"InstanceProfileName": "Empty"}, {"InstanceProfileName": "Servers"}), "IsTruncated": False}),
    (iam("ListInstanceProfilesForRole", RoleName="Till"), None, {"InstanceProfiles": ({"InstanceProfileName": "Servers"},)}),
    (iam("DeleteInstanceProfile", InstanceProfileName="Empty"), iam("GetInstanceProfile", InstanceProfileName="Empty"), "NoSuchEntity"),
    (iam("AddRoleToInstanceProfile", InstanceProfileName="Empty", RoleName="Stock"), iam("ListInstanceProfilesForRole", RoleName="Stock"), {"InstanceProfiles": ({"InstanceProfileName": "Empty"},)}),
    (iam("RemoveRoleFromInstanceProfile", InstanceProfileName="Servers", RoleName="Till"), iam("ListInstanceProfilesForRole", RoleName="Till"), {"InstanceProfiles": ()}),
    (iam("CreateAccountAlias", AccountAlias="coffeeshop"), iam("ListAccountAliases"), {"AccountAliases": ("coffeeshop",)}),
    (iam("ListAccountAliases"), None, {"AccountAliases": ("espresso",), "IsTruncated": False}),
    (iam("DeleteAccountAlias", AccountAlias="espresso"), iam("ListAccountAliases"), {"AccountAliases": ()}),
    (iam("GetMFADevice", UserName="ada", SerialNumber=YUBI), None, {"UserName": "ada", "SerialNumber": YUBI}),
    (iam("ListSSHPublicKeys", UserName="casey"), None, {"SSHPublicKeys": (), "IsTruncated": False}),
    (iam("ListSigningCertificates", UserName="casey"), None, {"Certificates": (), "IsTruncated": False}),
    (iam("CreateServiceSpecificCredential", UserName="robin", ServiceName=COMMITS), iam("ListServiceSpecificCredentials", UserName="robin"), {"ServiceSpecificCredentials": ({"ServiceName": COMMITS, "Status": "Active"},)}),
    (iam("ListServiceSpecificCredentials", UserName="casey"), None, {"ServiceSpecificCredentials": ({"UserName": "casey"},), "IsTruncated": False}),
    (iam("UpdateServiceSpecificCredential", **PUSHER, Status="Inactive"), iam("ListServiceSpecificCredentials", UserName="casey"), {"ServiceSpecificCredentials": ({"Status": "Inactive"},)}),
    (iam("ResetServiceSpecificCredential", **PUSHER), lambda account: account.users["casey"].service_credentials[0].resets, 1),
    (iam("DeleteServiceSpecificCredential", **PUSHER), iam("ListServiceSpecificCredentials", UserName="casey"), {"ServiceSpecificCredentials": ()}),
    (iam("ListServerCertificates"), None, {"ServerCertificateMetadataList": (), "IsTruncated": False}),
    (iam("CreateOpenIDConnectProvider", Url="https://idp.shop.example/a", ClientIDList=("app",), ThumbprintList=("A" * 40,)), iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=f"arn:aws:iam::{ID}:oidc-provider/idp.shop.example/a"), {"Url": "idp.shop.example/a", "ClientIDList": ("app",), "ThumbprintList": ("a" * 40,)}),
    (iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=HUB), None, {"Url": ISSUER.removeprefix("https://"), "ClientIDList": ("sts.amazonaws.com",), "Tags": NORTH}),
    (iam("ListOpenIDConnectProviders"), None, {"OpenIDConnectProviderList": ({"Arn": HUB},)}),
    (iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=HUB), iam("ListOpenIDConnectProviders"), {"OpenIDConnectProviderList": ()}),
    (iam("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=HUB, ClientID="app"), iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=HUB), {"ClientIDList": ("sts.amazonaws.com", "app")}),
    (iam("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=HUB, ClientID="sts.amazonaws.com"), iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=HUB), {"ClientIDList": ()}),
    (iam("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=HUB, ThumbprintList=("b" * 40,)), iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=HUB), {"ThumbprintList": ("b" * 40,)}),
    *_success_of_tags("OpenIDConnectProvider", {"OpenIDConnectProviderArn": HUB}),
    (iam("CreateSAMLProvider", Name="Guild", SAMLMetadataDocument=METADATA), iam("GetSAMLProvider", SAMLProviderArn=f"arn:aws:iam::{ID}:saml-provider/Guild"), {"SAMLMetadataDocument": METADATA}),
    (iam("GetSAMLProvider", SAMLProviderArn=CORP), None, {"SAMLMetadataDocument": METADATA, "ValidUntil": "2126-03-02T08:00:00+00:00", "Tags": NORTH}),
    (iam("ListSAMLProviders"), None, {"SAMLProviderList": ({"Arn": CORP, "CreateDate": "2026-03-02T08:00:00+00:00"},)}),
    (iam("UpdateSAMLProvider", SAMLProviderArn=CORP, SAMLMetadataDocument=METADATA.replace("idp", "sso")), iam("GetSAMLProvider", SAMLProviderArn=CORP), {"SAMLMetadataDocument": METADATA.replace("idp", "sso")}),
    (iam("DeleteSAMLProvider", SAMLProviderArn=CORP), iam("ListSAMLProviders"), {"SAMLProviderList": ()}),
    *_success_of_tags("SAMLProvider", {"SAMLProviderArn": CORP}),
    (iam("ListPoliciesGrantingServiceAccess", Arn=user("casey"), ServiceNamespaces=("s3", "sqs")), None, {"PoliciesGrantingServiceAccess": ({"ServiceNamespace": "s3", "Policies": ({"PolicyName": "p0", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "casey"}, {"PolicyType": "MANAGED", "PolicyArn": RECEIPTS}, {"EntityType": "GROUP", "EntityName": "Cashiers"})}, {"ServiceNamespace": "sqs", "Policies": ({"EntityType": "USER"},)})}),
    (iam("CreatePolicy", PolicyName="New", PolicyDocument=LIST), iam("GetPolicy", PolicyArn=local("New")), {"Policy": {"PolicyName": "New", "DefaultVersionId": "v1", "Tags": ()}}),
    (iam("GetPolicy", PolicyArn=RECEIPTS), None, {"Policy": {"Arn": RECEIPTS, "DefaultVersionId": "v2", "AttachmentCount": 3, "Tags": NORTH}}),
    (iam("ListPolicies", Scope="Local"), None, {"Policies": ({"Arn": RECEIPTS}, {"Arn": SPARE}), "IsTruncated": False}),
    (iam("DeletePolicy", PolicyArn=SPARE), iam("GetPolicy", PolicyArn=SPARE), "NoSuchEntity"),
    (iam("CreatePolicyVersion", PolicyArn=SPARE, PolicyDocument=LIST), iam("ListPolicyVersions", PolicyArn=SPARE), {"Versions": ({"VersionId": "v2", "IsDefaultVersion": False},)}),
    (iam("GetPolicyVersion", PolicyArn=RECEIPTS, VersionId="v1"), None, {"PolicyVersion": {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Version": "2012-10-17"}}}),
    (iam("ListPolicyVersions", PolicyArn=RECEIPTS), None, {"Versions": ({"VersionId": "v2", "IsDefaultVersion": True}, {"VersionId": "v1"})}),
    (iam("DeletePolicyVersion", PolicyArn=RECEIPTS, VersionId="v1"), iam("GetPolicyVersion", PolicyArn=RECEIPTS, VersionId="v1"), "NoSuchEntity"),
    (iam("SetDefaultPolicyVersion", PolicyArn=RECEIPTS, VersionId="v1"), iam("GetPolicy", PolicyArn=RECEIPTS), {"Policy": {"DefaultVersionId": "v1"}}),
    (iam("ListEntitiesForPolicy", PolicyArn=RECEIPTS), None, {"PolicyGroups": ({"GroupName": "Cashiers"},), "PolicyUsers": ({"UserName": "casey"},), "PolicyRoles": ({"RoleName": "Till"},), "IsTruncated": False}),
    *chain.from_iterable(_success_of_each(*kind) for kind in KINDS),
    *chain.from_iterable(_success_of_boundary(*kind) for kind in KINDS if kind[0] != "Group"),
    (iam("CreateAccessKey", UserName="robin"), iam("ListAccessKeys", UserName="robin"), {"AccessKeyMetadata": ({"UserName": "robin", "Status": "Active"},)}),
    (iam("ListAccessKeys", UserName="casey"), None, {"AccessKeyMetadata": ({"AccessKeyId": KEY},), "IsTruncated": False}),
    (iam("UpdateAccessKey", UserName="casey", AccessKeyId=KEY, Status="Inactive"), iam("ListAccessKeys", UserName="casey"), {"AccessKeyMetadata": ({"Status": "Inactive"},)}),
    (iam("DeleteAccessKey", UserName="casey", AccessKeyId=KEY), iam("ListAccessKeys", UserName="casey"), {"AccessKeyMetadata": ()}),
    (iam("GetAccessKeyLastUsed", AccessKeyId=KEY), None, {"UserName": "casey", "AccessKeyLastUsed": {"ServiceName": "sts"}}),
    (iam("CreateLoginProfile", UserName="robin", Password=LATTE), iam("GetLoginProfile", UserName="robin"), {"LoginProfile": {"UserName": "robin", "PasswordResetRequired": False}}),
    (iam("GetLoginProfile", UserName="casey"), None, {"LoginProfile": {"UserName": "casey", "PasswordResetRequired": False}}),
    (iam("UpdateLoginProfile", UserName="casey", PasswordResetRequired=True), iam("GetLoginProfile", UserName="casey"), {"LoginProfile": {"PasswordResetRequired": True}}),
    (iam("DeleteLoginProfile", UserName="casey"), iam("GetLoginProfile", UserName="casey"), "NoSuchEntity"),
    (iam("ChangePassword", "casey", OldPassword=LATTE, NewPassword=MOCHA), console("SignIn", UserName="casey", Password=MOCHA), {"ConsoleLogin": "Success"}),
    (iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=9), iam("GetAccountPasswordPolicy"), {"PasswordPolicy": {"MinimumPasswordLength": 9}}),
    (iam("GetAccountPasswordPolicy"), None, {"PasswordPolicy": {"MinimumPasswordLength": 6, "PasswordReusePrevention": 2, "ExpirePasswords": False}}),
    (iam("DeleteAccountPasswordPolicy"), iam("GetAccountPasswordPolicy"), "NoSuchEntity"),
    (iam("CreateVirtualMFADevice", VirtualMFADeviceName="new"), iam("ListVirtualMFADevices", AssignmentStatus="Unassigned"), {"VirtualMFADevices": ({"SerialNumber": f"arn:aws:iam::{ID}:mfa/new"},)}),
    (iam("EnableMFADevice", UserName="robin", SerialNumber=FREE, AuthenticationCode1=code(FREE, -1), AuthenticationCode2=code(FREE)), iam("ListMFADevices", UserName="robin"), {"MFADevices": ({"SerialNumber": FREE},)}),
    (iam("ResyncMFADevice", UserName="dana", SerialNumber=PHONE, AuthenticationCode1=code(PHONE, 20), AuthenticationCode2=code(PHONE, 21)), console("SignIn", UserName="dana", Password=LATTE, MfaCode=code(PHONE, 22)), {"ConsoleLogin": "Success"}),
    (iam("DeactivateMFADevice", UserName="dana", SerialNumber=PHONE), iam("ListMFADevices", UserName="dana"), {"MFADevices": ()}),
    (iam("DeleteVirtualMFADevice", SerialNumber=FREE), iam("ListVirtualMFADevices", AssignmentStatus="Unassigned"), {"VirtualMFADevices": ()}),
    (iam("ListMFADevices", UserName="dana"), None, {"MFADevices": ({"UserName": "dana", "SerialNumber": PHONE},)}),
    (iam("ListVirtualMFADevices"), None, {"VirtualMFADevices": ({"SerialNumber": PHONE, "User": {"UserName": "dana"}}, {"SerialNumber": FREE})}),
    (iam("GenerateCredentialReport"), None, {"State": "COMPLETE"}),
    (iam("GetCredentialReport"), None, {"ReportFormat": "text/csv", "GeneratedTime": "2026-03-02T08:00:00+00:00"}),
    (iam("GetAccountSummary"), None, {"SummaryMap": {"Users": 5, "Groups": 2, "Roles": 5, "Policies": 2, "MFADevices": 3, "MFADevicesInUse": 3, "InstanceProfiles": 2}}),
    (iam("GetAccountAuthorizationDetails"), None, {"UserDetailList": ({"UserName": "casey"},), "GroupDetailList": ({"GroupName": "Cashiers"},), "RoleDetailList": ({"RoleName": "Till"},), "Policies": ({"Arn": RECEIPTS},), "IsTruncated": False}),
    (iam("GenerateServiceLastAccessedDetails", Arn=RECEIPTS), lambda account: len(account.jobs), 2),
    (iam("GetServiceLastAccessedDetails", JobId=JOB, MaxItems=1000), None, {"JobStatus": "COMPLETED", "ServicesLastAccessed": ({"ServiceNamespace": "sts", "TotalAuthenticatedEntities": 1},)}),
    (iam("SimulateCustomPolicy", PolicyInputList=(LIST,), ActionNames=("s3:ListBucket",)), None, {"EvaluationResults": ({"EvalDecision": "allowed"},), "IsTruncated": False}),
    (iam("SimulatePrincipalPolicy", PolicySourceArn=user("idle"), ActionNames=("s3:ListBucket",)), None, {"EvaluationResults": ({"EvalDecision": "implicitDeny"},)}),
    (iam("GetContextKeysForCustomPolicy", PolicyInputList=(allow("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}),)), None, {"ContextKeyNames": ("aws:SecureTransport",)}),
    (iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=user("casey")), None, {"ContextKeyNames": ()}),
    (sts("GetCallerIdentity"), None, {"UserId": ID, "Account": ID, "Arn": f"arn:aws:iam::{ID}:root"}),
    (sts("AssumeRole", "casey", RoleArn=role("Till"), RoleSessionName="late"), sts("GetCallerIdentity", "late"), {"Arn": f"arn:aws:sts::{ID}:assumed-role/Till/late"}),
    (sts("AssumeRoleWithWebIdentity", RoleArn=role("Deploy"), RoleSessionName="menu", WebIdentityToken=issued()), sts("GetCallerIdentity", "menu"), {"Arn": f"arn:aws:sts::{ID}:assumed-role/Deploy/menu"}),
    (sts("GetSessionToken", "casey"), sts("GetCallerIdentity", "casey-session"), {"Arn": user("casey")}),
    (sts("GetFederationToken", "casey", Name="guest"), sts("GetCallerIdentity", "guest"), {"Arn": f"arn:aws:sts::{ID}:federated-user/guest"}),
    (sts("GetAccessKeyInfo", AccessKeyId=KEY), None, {"Account": ID}),
    (sts("DecodeAuthorizationMessage", EncodedMessage="eJyrrgUAAXUA-Q=="), None, {"DecodedMessage": "{}"}),
    (console("SignIn", UserName="casey", Password=LATTE), sts("GetCallerIdentity", "casey@console"), {"Arn": user("casey")}),
    (console("SignOut", "dana@console"), iam("ListUsers", "dana@console"), "ExpiredToken"),
    (console("SwitchRole", "dana@console", RoleName="Till"), sts("GetCallerIdentity", "dana@console"), {"Arn": f"arn:aws:sts::{ID}:assumed-role/Till/dana"}),
    (console("SwitchBack", "casey@console"), sts("GetCallerIdentity", "casey@console"), {"Arn": user("casey")}),
    (console("EnrollSecurityKey", UserName="robin", DeviceName="yubi"), iam("ListMFADevices", UserName="robin"), {"MFADevices": ({"UserName": "robin"},)}),
    (console("EnrollRootMfa", SerialNumber=FREE, AuthenticationCode1=code(FREE, -1), AuthenticationCode2=code(FREE)), iam("ListMFADevices"), {"MFADevices": ({"SerialNumber": FREE},)}),
    (console("RemoveRootMfa", SerialNumber=SAFE), iam("ListMFADevices"), {"MFADevices": ()}),
    (console("ChangeEmail", Email="new@shop.example"), console("SignIn", RootEmail="new@shop.example", Password=PASSWORD, MfaCode=code(SAFE)), {"ConsoleLogin": "Success"}),
    (console("ChangeRootPassword", OldPassword=PASSWORD, NewPassword=MOCHA), console("SignIn", RootEmail=EMAIL, Password=MOCHA, MfaCode=code(SAFE)), {"ConsoleLogin": "Success"}),
    (console("CloseAccount"), sts("GetCallerIdentity"), "InvalidClientTokenId"),
    (console("ActivateBillingAccess"), lambda account: account.billing, True),
    (s3("CreateBucket", Bucket="coffeeshop-menus"), s3("HeadBucket", Bucket="coffeeshop-menus"), {"BucketRegion": "us-east-1"}),
    (s3("DeleteBucket", Bucket="coffeeshop-recipes"), s3("ListObjectsV2", Bucket="coffeeshop-recipes"), "NoSuchBucket"),
    (s3("ListBuckets"), None, {"Buckets": ({"Name": BUCKET}, {"Name": "coffeeshop-recipes"})}),
    (s3("HeadBucket", Bucket=BUCKET), None, {"BucketRegion": "us-east-1", "AccessPointAlias": False}),
    (s3("GetBucketLocation", Bucket="coffeeshop-wien"), None, {"LocationConstraint": "eu-central-1"}),
    (s3("ListObjects", Bucket=BUCKET), None, {"Contents": ({"Key": OBJECT},), "IsTruncated": False, "Marker": ""}),
    (s3("CopyObject", Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/{OBJECT}"), s3("GetObjectTagging", Bucket=BUCKET, Key="copy"), {"TagSet": NORTH}),
    (s3("DeleteObjects", Bucket=BUCKET, Delete={"Objects": ({"Key": OBJECT}, {"Key": "none"})}), s3("GetObject", Bucket=BUCKET, Key=OBJECT), "NoSuchKey"),
    (s3("GetBucketPolicyStatus", Bucket=BUCKET), None, {"PolicyStatus": {"IsPublic": False}}),
    (s3("GetPublicAccessBlock", Bucket=BUCKET), None, {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True}}),
    (s3("PutPublicAccessBlock", Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicAcls": True}), s3("GetPublicAccessBlock", Bucket=BUCKET), {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": False}}),
    (s3("DeletePublicAccessBlock", Bucket=BUCKET), s3("GetPublicAccessBlock", Bucket=BUCKET), "NoSuchPublicAccessBlockConfiguration"),
    (s3("GetBucketAccelerateConfiguration", Bucket=BUCKET), None, {}),
    (s3("GetBucketAcl", Bucket=BUCKET), None, {"Grants": ({"Permission": "FULL_CONTROL"},)}),
    (s3("PutBucketEncryption", Bucket=BUCKET, ServerSideEncryptionConfiguration=WITH_KMS), s3("GetBucketEncryption", Bucket=BUCKET), {"ServerSideEncryptionConfiguration": WITH_KMS}),
    (s3("DeleteBucketEncryption", Bucket="coffeeshop-recipes"), s3("GetBucketEncryption", Bucket="coffeeshop-recipes"), {"ServerSideEncryptionConfiguration": {"Rules": ({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},)}}),
    (s3("GetBucketEncryption", Bucket=BUCKET), None, {"ServerSideEncryptionConfiguration": {"Rules": ({"BucketKeyEnabled": False},)}}),
    *((s3(f"ListBucket{kind}Configurations", Bucket=BUCKET), None, {"IsTruncated": False}) for kind in ("Analytics", "IntelligentTiering", "Inventory", "Metrics")),
    (s3("GetBucketLogging", Bucket=BUCKET), None, {}),
    (s3("GetBucketNotificationConfiguration", Bucket=BUCKET), None, {}),
    (s3("GetBucketOwnershipControls", Bucket=BUCKET), None, {"OwnershipControls": {"Rules": ({"ObjectOwnership": "BucketOwnerEnforced"},)}}),
    (s3("GetBucketRequestPayment", Bucket=BUCKET), None, {"Payer": "BucketOwner"}),
    (s3("PutBucketOwnershipControls", Bucket=BUCKET, OwnershipControls=WITH_ACLS), s3("GetBucketOwnershipControls", Bucket=BUCKET), {"OwnershipControls": WITH_ACLS}),
    (s3("DeleteBucketOwnershipControls", Bucket=BUCKET), s3("GetBucketOwnershipControls", Bucket=BUCKET), "OwnershipControlsNotFoundError"),
    (s3("PutBucketAcl", Bucket=ACL_BUCKET, ACL="private"), None, {}),
    (s3("PutObjectAcl", Bucket=ACL_BUCKET, Key="menu", ACL="private"), None, {}),
    (s3("GetBucketVersioning", Bucket=BUCKET), None, {}),
    (s3("PutBucketVersioning", Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}), s3("GetBucketVersioning", Bucket=BUCKET), {"Status": "Enabled"}),
    (s3("ListObjectVersions", Bucket=BUCKET), None, {"Versions": ({"Key": OBJECT, "VersionId": "null", "IsLatest": True},), "IsTruncated": False}),
    (s3("ListObjectsV2", Bucket=BUCKET), None, {"Contents": ({"Key": OBJECT},), "IsTruncated": False, "KeyCount": 1}),
    (s3("GetObject", Bucket=BUCKET, Key=OBJECT), None, {"Body": b"", "ContentLength": 0, "TagCount": 1}),
    (s3("HeadObject", Bucket=BUCKET, Key=OBJECT), None, {"ContentLength": 0, "TagCount": 1}),
    (s3("PutObject", Bucket=BUCKET, Key="x", Body=b"y"), s3("GetObject", Bucket=BUCKET, Key="x"), {"Body": b"y"}),
    (s3("DeleteObject", Bucket=BUCKET, Key=OBJECT), s3("GetObject", Bucket=BUCKET, Key=OBJECT), "NoSuchKey"),
    (s3("GetObjectTagging", Bucket=BUCKET, Key=OBJECT), None, {"TagSet": NORTH}),
    (s3("PutObjectTagging", Bucket=BUCKET, Key=OBJECT, Tagging={"TagSet": ({"Key": "shift", "Value": "late"},)}), s3("GetObjectTagging", Bucket=BUCKET, Key=OBJECT), {"TagSet": ({"Key": "shift", "Value": "late"},)}),
    (s3("DeleteObjectTagging", Bucket=BUCKET, Key=OBJECT), s3("GetObjectTagging", Bucket=BUCKET, Key=OBJECT), {"TagSet": ()}),
    (s3("GetBucketTagging", Bucket="coffeeshop-recipes"), None, {"TagSet": NORTH}),
    (s3("PutBucketTagging", Bucket=BUCKET, Tagging={"TagSet": NORTH}), s3("GetBucketTagging", Bucket=BUCKET), {"TagSet": NORTH}),
    (s3("DeleteBucketTagging", Bucket="coffeeshop-recipes"), s3("GetBucketTagging", Bucket="coffeeshop-recipes"), "NoSuchTagSet"),
    (s3("GetObjectAcl", Bucket=BUCKET, Key=OBJECT), None, {"Grants": ({"Permission": "FULL_CONTROL"},)}),
    (s3("CreateMultipartUpload", Bucket=BUCKET, Key="bag"), s3("ListMultipartUploads", Bucket=BUCKET), {"Uploads": ({"Key": "bag"}, {"Key": "roll"})}),
    (s3("UploadPart", **BEGUN, PartNumber=2, Body=b"milk"), s3("ListParts", **BEGUN), {"Parts": ({"Size": 5}, {"PartNumber": 2, "Size": 4})}),
    (s3("UploadPartCopy", **BEGUN, PartNumber=2, CopySource=f"{BUCKET}/{OBJECT}"), s3("ListParts", **BEGUN), {"Parts": ({"Size": 5}, {"PartNumber": 2, "Size": 0})}),
    (s3("CompleteMultipartUpload", **BEGUN, MultipartUpload={"Parts": ({"PartNumber": 1, "ETag": BEANS},)}), s3("GetObject", Bucket=BUCKET, Key="roll"), {"Body": b"beans"}),
    (s3("AbortMultipartUpload", **BEGUN), s3("ListParts", **BEGUN), "NoSuchUpload"),
    (s3("ListParts", **BEGUN), None, {"Parts": ({"PartNumber": 1, "ETag": BEANS},), "IsTruncated": False, "MaxParts": 1000}),
    (s3("ListMultipartUploads", Bucket=BUCKET), None, {"Uploads": ({"UploadId": UPLOAD},), "NextKeyMarker": "roll", "NextUploadIdMarker": UPLOAD}),
    (s3("GetBucketPolicy", Bucket=BUCKET), None, {"Policy": READERS}),
    (s3("PutBucketPolicy", Bucket="coffeeshop-recipes", Policy=READERS.replace(BUCKET, "coffeeshop-recipes")), s3("GetBucketPolicy", Bucket="coffeeshop-recipes"), {"Policy": READERS.replace(BUCKET, "coffeeshop-recipes")}),
    (s3("DeleteBucketPolicy", Bucket=BUCKET), s3("GetBucketPolicy", Bucket=BUCKET), "NoSuchBucketPolicy"),
    (dynamodb("CreateTable", TableName="Menu", KeySchema=KEYED, **PAID), dynamodb("DescribeTable", TableName="Menu"), {"Table": {"TableName": "Menu", "TableStatus": "ACTIVE"}}),
    (dynamodb("DescribeTable", TableName="Register"), None, {"Table": {"KeySchema": KEYED, "ItemCount": 1}}),
    (dynamodb("ListTables"), None, {"TableNames": ("Register",)}),
    (dynamodb("DescribeTimeToLive", TableName="Register"), None, {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}),
    (dynamodb("DescribeContinuousBackups", TableName="Register"), None, {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}}),
    (dynamodb("ListTagsOfResource", ResourceArn=REGISTER), None, {"Tags": NORTH}),
    (dynamodb("TagResource", ResourceArn=REGISTER, Tags=LATE), dynamodb("ListTagsOfResource", ResourceArn=REGISTER), {"Tags": (*NORTH, *LATE)}),
    (dynamodb("UntagResource", ResourceArn=REGISTER, TagKeys=("branch",)), dynamodb("ListTagsOfResource", ResourceArn=REGISTER), {"Tags": ()}),
    (dynamodb("DeleteTable", TableName="Register"), dynamodb("ListTables"), {"TableNames": ()}),
    (dynamodb("GetItem", TableName="Register", Key=SALE), None, {"Item": SALE}),
    (dynamodb("PutItem", TableName="Register", Item={"sale": {"S": "2"}}), dynamodb("Scan", TableName="Register"), {"Count": 2}),
    (dynamodb("UpdateItem", TableName="Register", Key=SALE, UpdateExpression="SET total = :t", ExpressionAttributeValues={":t": {"N": "4"}}), dynamodb("GetItem", TableName="Register", Key=SALE), {"Item": {"sale": {"S": "1"}, "total": {"N": "4"}}}),
    (dynamodb("DeleteItem", TableName="Register", Key=SALE), dynamodb("Scan", TableName="Register"), {"Items": ()}),
    (dynamodb("Query", TableName="Register", **IS_SALE), None, {"Items": (SALE,), "Count": 1}),
    (dynamodb("Scan", TableName="Register"), None, {"Items": (SALE,), "ScannedCount": 1}),
    (sqs("CreateQueue", QueueName="returns"), sqs("GetQueueUrl", QueueName="returns"), {"QueueUrl": QUEUE.replace("online-orders", "returns")}),
    (sqs("ListQueues"), None, {"QueueUrls": (QUEUE,)}),
    (sqs("ListQueueTags", QueueUrl=QUEUE), None, {"Tags": {"branch": "north"}}),
    (sqs("TagQueue", QueueUrl=QUEUE, Tags={"shift": "late"}), sqs("ListQueueTags", QueueUrl=QUEUE), {"Tags": {"branch": "north", "shift": "late"}}),
    (sqs("UntagQueue", QueueUrl=QUEUE, TagKeys=("branch",)), sqs("ListQueueTags", QueueUrl=QUEUE), {}),
    (sqs("GetQueueUrl", QueueName="online-orders"), None, {"QueueUrl": QUEUE}),
    (sqs("GetQueueAttributes", QueueUrl=QUEUE, AttributeNames=("All",)), None, {"Attributes": {"ApproximateNumberOfMessages": "1"}}),
    (sqs("SetQueueAttributes", QueueUrl=QUEUE, Attributes={"VisibilityTimeout": "60"}), sqs("GetQueueAttributes", QueueUrl=QUEUE, AttributeNames=("All",)), {"Attributes": {"VisibilityTimeout": "60"}}),
    (sqs("SendMessage", QueueUrl=QUEUE, MessageBody="mocha"), sqs("ReceiveMessage", QueueUrl=QUEUE, MaxNumberOfMessages=10), {"Messages": ({"Body": "latte"}, {"Body": "mocha"})}),
    (sqs("ReceiveMessage", QueueUrl=QUEUE), sqs("ReceiveMessage", QueueUrl=QUEUE), {}),
    (sqs("DeleteMessage", QueueUrl=QUEUE, ReceiptHandle=HANDLE), sqs("ReceiveMessage", QueueUrl=QUEUE), {}),
    (sqs("ChangeMessageVisibility", QueueUrl=QUEUE, ReceiptHandle=HANDLE, VisibilityTimeout=60), sqs("ReceiveMessage", QueueUrl=QUEUE), {}),
    (sqs("SendMessageBatch", QueueUrl=QUEUE, Entries=({"Id": "a", "MessageBody": "mocha", "MessageAttributes": SIZE},)), sqs("ReceiveMessage", QueueUrl=QUEUE, MaxNumberOfMessages=10, MessageAttributeNames=("All",)), {"Messages": ({"Body": "latte"}, {"Body": "mocha", "MessageAttributes": SIZE})}),
    (sqs("DeleteMessageBatch", QueueUrl=QUEUE, Entries=({"Id": "a", "ReceiptHandle": HANDLE},)), sqs("ReceiveMessage", QueueUrl=QUEUE), {}),
    (sqs("ChangeMessageVisibilityBatch", QueueUrl=QUEUE, Entries=({"Id": "a", "ReceiptHandle": HANDLE, "VisibilityTimeout": 60},)), sqs("ReceiveMessage", QueueUrl=QUEUE), {}),
    (sqs("PurgeQueue", QueueUrl=QUEUE), sqs("ReceiveMessage", QueueUrl=QUEUE), {}),
    (sqs("DeleteQueue", QueueUrl=QUEUE), sqs("ListQueues"), {}),
    (lambda_("CreateFunction", FunctionName="report", Role=role("Machine"), **WRITTEN), lambda_("GetFunction", FunctionName="report"), {"Configuration": {"Role": role("Machine")}}),
    (lambda_("GetFunction", FunctionName="espresso-api"), None, {"Configuration": {"FunctionName": "espresso-api", "CodeSize": 1}}),
    (lambda_("ListFunctions"), None, {"Functions": ({"FunctionName": "espresso-api"},)}),
    (lambda_("GetFunctionConfiguration", FunctionName="espresso-api"), None, {"FunctionName": "espresso-api", "Role": role("Machine")}),
    (lambda_("GetFunctionCodeSigningConfig", FunctionName="espresso-api"), None, {}),
    (lambda_("ListVersionsByFunction", FunctionName="espresso-api"), None, {"Versions": ({"Version": "$LATEST"},)}),
    (lambda_("ListTags", Resource=MACHINE), None, {"Tags": {"branch": "north"}}),
    (lambda_("TagResource", Resource=MACHINE, Tags={"shift": "late"}), lambda_("ListTags", Resource=MACHINE), {"Tags": {"branch": "north", "shift": "late"}}),
    (lambda_("UntagResource", Resource=MACHINE, TagKeys=("branch",)), lambda_("ListTags", Resource=MACHINE), {"Tags": {}}),
    (lambda_("UpdateFunctionCode", FunctionName="espresso-api", ZipFile=b"zip"), lambda_("GetFunction", FunctionName="espresso-api"), {"Configuration": {"CodeSize": 3}}),
    (lambda_("UpdateFunctionConfiguration", FunctionName="espresso-api", Description="d"), lambda_("GetFunction", FunctionName="espresso-api"), {"Configuration": {"Description": "d"}}),
    (lambda_("DeleteFunction", FunctionName="espresso-api"), lambda_("GetFunction", FunctionName="espresso-api"), "ResourceNotFoundException"),
    (lambda_("Invoke", FunctionName="espresso-api"), None, {"StatusCode": 200}),
    (lambda_("AddPermission", FunctionName="espresso-api", StatementId="s2", Action="lambda:InvokeFunction", Principal="*"), lambda account: '"s2"' in str(account.functions["espresso-api"].policy), True),
    (lambda_("RemovePermission", FunctionName="espresso-api", StatementId="s1"), lambda_("GetPolicy", FunctionName="espresso-api"), "ResourceNotFoundException"),
    (lambda_("GetPolicy", FunctionName="espresso-api"), None, {"Policy": PERMITTED}),
    (ec2("DescribeInstances"), None, {"Reservations": ({"Instances": ({"InstanceId": BOARD, "State": {"Name": "running"}},)},)}),
    (ec2("DescribeRegions", RegionNames=("eu-west-1",), AllRegions=True), None, {"Regions": ({"OptInStatus": "opt-in-not-required", "RegionName": "eu-west-1", "Endpoint": "ec2.eu-west-1.amazonaws.com"},)}),
    (ec2("StartInstances", InstanceIds=(LAMP,)), ec2("DescribeInstances", InstanceIds=(LAMP,)), {"Reservations": ({"Instances": ({"State": {"Name": "running"}},)},)}),
    (ec2("StopInstances", InstanceIds=(BOARD,)), ec2("DescribeInstances", InstanceIds=(BOARD,)), {"Reservations": ({"Instances": ({"State": {"Name": "stopped"}},)},)}),
    (organizations("CreateOrganization", "corner"), organizations("DescribeOrganization", "corner"), {"Organization": {"MasterAccountId": CORNER, "FeatureSet": "ALL"}}),
    (organizations("DescribeOrganization", "branch"), None, {"Organization": {"Id": ORGANIZATION.id, "MasterAccountId": ID}}),
    (organizations("LeaveOrganization", "branch"), organizations("DescribeOrganization", "branch"), "AWSOrganizationsNotInUseException"),
    (organizations("RemoveAccountFromOrganization", AccountId=BRANCH), organizations("DescribeAccount", AccountId=BRANCH), "AccountNotFoundException"),
    (organizations("InviteAccountToOrganization", Target={"Id": CORNER, "Type": "ACCOUNT"}, Notes="come"), lambda account: sum(i.account == CORNER for i in account.joined_organization.invitations.values()) if account.joined_organization else 0, 1),
    (organizations("AcceptHandshake", "kiosk", HandshakeId=ASKING), organizations("DescribeOrganization", "kiosk"), {"Organization": {"Id": ORGANIZATION.id}}),
    (organizations("DescribeHandshake", HandshakeId=GRANTED), None, {"Handshake": {"Id": GRANTED, "State": "ACCEPTED", "Action": "INVITE"}}),
    (organizations("DeclineHandshake", "kiosk", HandshakeId=ASKING), organizations("DescribeHandshake", "kiosk", HandshakeId=ASKING), {"Handshake": {"State": "DECLINED"}}),
    (organizations("CancelHandshake", HandshakeId=ASKING), organizations("DescribeHandshake", "kiosk", HandshakeId=ASKING), {"Handshake": {"State": "CANCELED"}}),
    (organizations("ListHandshakesForAccount", "kiosk"), None, {"Handshakes": ({"Id": ASKING, "State": "REQUESTED"},)}),
    (organizations("ListHandshakesForOrganization", Filter={"ActionType": "INVITE"}), None, {"Handshakes": ({"Id": ASKING}, {"Id": GRANTED, "State": "ACCEPTED"})}),
    (organizations("ListDelegatedAdministrators", ServicePrincipal="access-analyzer.amazonaws.com"), None, {"DelegatedAdministrators": ()}),
    (organizations("ListAWSServiceAccessForOrganization"), None, {"EnabledServicePrincipals": ()}),
    (organizations("CreateAccount", Email="south@shop.example", AccountName="South"), organizations("ListAccounts"), {"Accounts": ({"Name": "South", "JoinedMethod": "CREATED"},)}),
    (organizations("DescribeCreateAccountStatus", CreateAccountRequestId=CREATION.id), None, {"CreateAccountStatus": {"State": "SUCCEEDED", "AccountId": CREATION.account}}),
    (organizations("ListCreateAccountStatus", States=("SUCCEEDED",)), None, {"CreateAccountStatuses": ({"Id": CREATION.id, "AccountId": CREATION.account},)}),
    (organizations("ListAccounts"), None, {"Accounts": ({"Id": ID, "Status": "ACTIVE"}, {"Id": BRANCH, "JoinedMethod": "INVITED"}, {"Name": "North"})}),
    (organizations("ListAccountsForParent", ParentId=TOP), None, {"Accounts": ({"Id": ID}, {"Id": BRANCH})}),
    (organizations("DescribeAccount", AccountId=BRANCH), None, {"Account": {"Id": BRANCH, "Email": "owner@branch.example"}}),
    (organizations("MoveAccount", AccountId=BRANCH, SourceParentId=TOP, DestinationParentId=SHOPS), organizations("ListAccountsForParent", ParentId=SHOPS), {"Accounts": ({"Id": BRANCH},)}),
    (organizations("ListRoots"), None, {"Roots": ({"Id": TOP, "PolicyTypes": ({"Type": SCP, "Status": "ENABLED"},)},)}),
    (organizations("CreateOrganizationalUnit", ParentId=TOP, Name="Depots"), organizations("ListOrganizationalUnitsForParent", ParentId=TOP), {"OrganizationalUnits": ({"Name": "Depots"},)}),
    (organizations("DescribeOrganizationalUnit", OrganizationalUnitId=SHOPS), None, {"OrganizationalUnit": {"Name": "Shops", "Path": f"{ORGANIZATION.id}/{TOP}/{SHOPS}/"}}),
    (organizations("UpdateOrganizationalUnit", OrganizationalUnitId=SHOPS, Name="Bars"), organizations("DescribeOrganizationalUnit", OrganizationalUnitId=SHOPS), {"OrganizationalUnit": {"Name": "Bars"}}),
    (organizations("DeleteOrganizationalUnit", OrganizationalUnitId=EMPTY), organizations("DescribeOrganizationalUnit", OrganizationalUnitId=EMPTY), "OrganizationalUnitNotFoundException"),
    (organizations("ListOrganizationalUnitsForParent", ParentId=SHOPS), None, {"OrganizationalUnits": ({"Name": "Kiosks"},)}),
    (organizations("ListParents", ChildId=KIOSKS), None, {"Parents": ({"Id": SHOPS, "Type": "ORGANIZATIONAL_UNIT"},)}),
    (organizations("ListChildren", ParentId=TOP, ChildType="ACCOUNT"), None, {"Children": ({"Id": BRANCH, "Type": "ACCOUNT"},)}),
    (organizations("EnablePolicyType", RootId=TOP, PolicyType=RCP), organizations("ListPoliciesForTarget", TargetId=BRANCH, Filter=RCP), {"Policies": ({"Name": "RCPFullAWSAccess", "AwsManaged": True},)}),
    (organizations("DisablePolicyType", RootId=TOP, PolicyType=SCP), organizations("ListPoliciesForTarget", TargetId=SHOPS, Filter=SCP), {"Policies": ()}),
    (organizations("CreatePolicy", Name="New", Description="", Type=SCP, Content=LIST), organizations("ListPolicies", Filter=SCP), {"Policies": ({"Name": "New", "AwsManaged": False},)}),
    (organizations("DescribePolicy", PolicyId=RULES), None, {"Policy": {"PolicySummary": {"Name": "Rules", "Type": SCP}, "Content": allow("*")}}),
    (organizations("UpdatePolicy", PolicyId=RULES, Content=LIST), organizations("DescribePolicy", PolicyId=RULES), {"Policy": {"PolicySummary": {"Name": "Rules", "Description": "d"}, "Content": LIST}}),
    (organizations("DeletePolicy", PolicyId=SPARES), organizations("DescribePolicy", PolicyId=SPARES), "PolicyNotFoundException"),
    (organizations("ListPolicies", Filter=SCP), None, {"Policies": ({"Name": "Rules"}, {"Id": "p-FullAWSAccess", "AwsManaged": True})}),
    (organizations("AttachPolicy", PolicyId=SPARES, TargetId=SHOPS), organizations("ListTargetsForPolicy", PolicyId=SPARES), {"Targets": ({"TargetId": SHOPS, "Name": "Shops", "Type": "ORGANIZATIONAL_UNIT"},)}),
    (organizations("DetachPolicy", PolicyId=RULES, TargetId=SHOPS), organizations("ListTargetsForPolicy", PolicyId=RULES), {"Targets": ()}),
    (organizations("ListPoliciesForTarget", TargetId=SHOPS, Filter=SCP), None, {"Policies": ({"Name": "FullAWSAccess"}, {"Name": "Rules"})}),
    (organizations("ListTargetsForPolicy", PolicyId="p-FullAWSAccess"), None, {"Targets": ({"TargetId": TOP, "Type": "ROOT"}, {"TargetId": ID, "Type": "ACCOUNT"})}),
    (organizations("TagResource", ResourceId=RULES, Tags=({"Key": "shift", "Value": "late"},)), organizations("ListTagsForResource", ResourceId=RULES), {"Tags": ({"Key": "shift", "Value": "late"},)}),
    (organizations("UntagResource", ResourceId=SHOPS, TagKeys=("branch",)), organizations("ListTagsForResource", ResourceId=SHOPS), {"Tags": ()}),
    (organizations("ListTagsForResource", ResourceId=SHOPS), None, {"Tags": NORTH}),
    (cloudtrail("CreateTrail", Name="night", S3BucketName="coffeeshop-trail", S3KeyPrefix="n"), cloudtrail("DescribeTrails", trailNameList=("night",)), {"trailList": ({"Name": "night", "S3KeyPrefix": "n", "IncludeGlobalServiceEvents": True},)}),
    (cloudtrail("DescribeTrails"), None, {"trailList": ({"Name": "audit", "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ID}:trail/audit"}, {"Name": "idle"})}),
    (cloudtrail("ListTrails"), None, {"Trails": ({"Name": "audit", "HomeRegion": "us-east-1"}, {"Name": "idle"})}),
    (cloudtrail("GetTrail", Name="idle"), None, {"Trail": {"Name": "idle", "HasInsightSelectors": False}}),
    (cloudtrail("GetEventSelectors", TrailName="audit"), None, {"TrailARN": AUDIT, "EventSelectors": ({"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": ()},)}),
    (cloudtrail("ListTags", ResourceIdList=(AUDIT,)), None, {"ResourceTagList": ({"ResourceId": AUDIT, "TagsList": ()},)}),
    (cloudtrail("GetTrailStatus", Name="audit"), None, {"IsLogging": True}),
    (cloudtrail("StartLogging", Name="idle"), cloudtrail("GetTrailStatus", Name="idle"), {"IsLogging": True}),
    (cloudtrail("StopLogging", Name="audit"), cloudtrail("GetTrailStatus", Name="audit"), {"IsLogging": False}),
    (cloudtrail("DeleteTrail", Name="audit"), cloudtrail("GetTrailStatus", Name="audit"), "TrailNotFoundException"),
    (cloudtrail("LookupEvents", LookupAttributes=({"AttributeKey": "EventName", "AttributeValue": "CreateTrail"},), MaxResults=1), None, {"Events": ({"EventName": "CreateTrail", "EventSource": "cloudtrail.amazonaws.com", "Username": "root", "ReadOnly": "false"},)}),
    # -------------------------------------------------------- Access Analyzer
    (analyzer("ValidatePolicy", policyDocument=LIST.replace("List", "Lists"), policyType="IDENTITY_POLICY"), None, {"findings": ({"issueCode": "INVALID_ACTION", "findingType": "ERROR"},)}),
    (analyzer("CheckNoNewAccess", newPolicyDocument=allow("s3:*"), existingPolicyDocument=LIST, policyType="IDENTITY_POLICY"), None, {"result": "FAIL", "reasons": ({"statementIndex": 0},)}),
    (analyzer("CheckAccessNotGranted", policyDocument=LIST, access=({"actions": ("iam:CreateUser",)},), policyType="IDENTITY_POLICY"), None, {"result": "PASS"}),
    (analyzer("CheckNoPublicAccess", policyDocument=READERS, resourceType="AWS::S3::Bucket"), None, {"result": "PASS"}),
    (analyzer("CreateAnalyzer", analyzerName="idle", type="ACCOUNT_UNUSED_ACCESS", tags={"branch": "south"}, archiveRules=({"ruleName": "all", "filter": DEPLOYS},), configuration={"unusedAccess": {"unusedAccessAge": 30}}), analyzer("GetAnalyzer", analyzerName="idle"), {"analyzer": {"type": "ACCOUNT_UNUSED_ACCESS", "tags": {"branch": "south"}, "configuration": {"unusedAccess": {"unusedAccessAge": 30}}}}),
    (analyzer("GetAnalyzer", analyzerName="outside"), None, {"analyzer": {"arn": OUTSIDE, "name": "outside", "type": "ACCOUNT", "status": "ACTIVE"}}),
    (analyzer("ListAnalyzers"), None, {"analyzers": ({"arn": OUTSIDE},)}),
    (analyzer("DeleteAnalyzer", analyzerName="outside"), analyzer("GetAnalyzer", analyzerName="outside"), "ResourceNotFoundException"),
    (analyzer("TagResource", resourceArn=OUTSIDE, tags={"desk": "1"}), analyzer("ListTagsForResource", resourceArn=OUTSIDE), {"tags": {"desk": "1"}}),
    (analyzer("UntagResource", resourceArn=OUTSIDE, tagKeys=("branch",)), analyzer("ListTagsForResource", resourceArn=OUTSIDE), {"tags": {}}),
    (analyzer("ListTagsForResource", resourceArn=OUTSIDE), None, {"tags": {"branch": "north"}}),
    (analyzer("CreateArchiveRule", analyzerName="outside", ruleName="roles", filter=DEPLOYS), analyzer("GetArchiveRule", analyzerName="outside", ruleName="roles"), {"archiveRule": {"ruleName": "roles"}}),
    (analyzer("GetArchiveRule", analyzerName="outside", ruleName="deploys"), None, {"archiveRule": {"ruleName": "deploys", "filter": DEPLOYS}}),
    (analyzer("ListArchiveRules", analyzerName="outside"), None, {"archiveRules": ({"ruleName": "deploys"},)}),
    (analyzer("UpdateArchiveRule", analyzerName="outside", ruleName="deploys", filter={"isPublic": {"eq": ("true",)}}), analyzer("GetArchiveRule", analyzerName="outside", ruleName="deploys"), {"archiveRule": {"filter": {"isPublic": {"eq": ("true",)}}}}),
    (analyzer("ApplyArchiveRule", analyzerArn=OUTSIDE, ruleName="deploys"), analyzer("GetFinding", analyzerArn=OUTSIDE, id=FINDING), {"finding": {"status": "ARCHIVED"}}),
    (analyzer("DeleteArchiveRule", analyzerName="outside", ruleName="deploys"), analyzer("GetArchiveRule", analyzerName="outside", ruleName="deploys"), "ResourceNotFoundException"),
    (analyzer("ListFindings", analyzerArn=OUTSIDE, filter={"resourceType": {"eq": ("AWS::IAM::Role",)}}, sort={"attributeName": "resource", "orderBy": "ASC"}), None, {"findings": ({"id": FINDING, "principal": {"Federated": HUB}, "status": "ACTIVE", "isPublic": False},)}),
    (analyzer("GetFinding", analyzerArn=OUTSIDE, id=FINDING), None, {"finding": {"id": FINDING, "resource": role("Deploy"), "action": ("sts:AssumeRoleWithWebIdentity",)}}),
    (analyzer("ListFindingsV2", analyzerArn=OUTSIDE), None, {"findings": ({"id": FINDING, "findingType": "ExternalAccess"},)}),
    (analyzer("GetFindingV2", analyzerArn=OUTSIDE, id=FINDING), None, {"id": FINDING, "findingDetails": ({"externalAccessDetails": {"principal": {"Federated": HUB}}},)}),
    (analyzer("UpdateFindings", analyzerArn=OUTSIDE, ids=(FINDING,), status="ARCHIVED"), analyzer("GetFinding", analyzerArn=OUTSIDE, id=FINDING), {"finding": {"status": "ARCHIVED"}}),
    (analyzer("ListAnalyzedResources", analyzerArn=OUTSIDE, resourceType="AWS::IAM::Role"), None, {"analyzedResources": ({"resourceArn": role("Deploy"), "resourceOwnerAccount": ID},)}),
    (analyzer("GetAnalyzedResource", analyzerArn=OUTSIDE, resourceArn=role("Deploy")), None, {"resource": {"resourceArn": role("Deploy"), "isPublic": False, "status": "ACTIVE"}}),
    (analyzer("StartResourceScan", analyzerArn=OUTSIDE, resourceArn=role("Deploy")), None, {}),
    (kms("CreateKey", Description="new"), kms("DescribeKey", KeyId=NEW_KEY), {"KeyMetadata": {"Description": "new"}}),
    (kms("DescribeKey", KeyId="alias/receipts"), None, {"KeyMetadata": {"KeyId": SEAL, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}}),
    (kms("ListKeys", Limit=1), None, {"Truncated": True}),
    (kms("UpdateKeyDescription", KeyId=SEAL, Description="d"), kms("DescribeKey", KeyId=SEAL), {"KeyMetadata": {"Description": "d"}}),
    (kms("CreateAlias", AliasName="alias/spare", TargetKeyId=SEAL), kms("DescribeKey", KeyId="alias/spare"), {"KeyMetadata": {"KeyId": SEAL}}),
    (kms("UpdateAlias", AliasName="alias/receipts", TargetKeyId=PLAIN), kms("DescribeKey", KeyId="alias/receipts"), {"KeyMetadata": {"KeyId": PLAIN}}),
    (kms("DeleteAlias", AliasName="alias/receipts"), kms("DescribeKey", KeyId="alias/receipts"), "NotFoundException"),
    (kms("ListAliases", KeyId=SEAL), None, {"Aliases": ({"AliasName": "alias/receipts", "TargetKeyId": SEAL},)}),
    (kms("GetKeyPolicy", KeyId=SEAL), None, {"PolicyName": "default"}),
    (kms("PutKeyPolicy", KeyId=SEAL, Policy=ROOT_KEYS), kms("GetKeyPolicy", KeyId=SEAL), {"Policy": ROOT_KEYS}),
    (kms("ListKeyPolicies", KeyId=SEAL), None, {"PolicyNames": ("default",)}),
    (kms("EnableKey", KeyId=OFF), kms("DescribeKey", KeyId=OFF), {"KeyMetadata": {"Enabled": True}}),
    (kms("DisableKey", KeyId=SEAL), kms("DescribeKey", KeyId=SEAL), {"KeyMetadata": {"KeyState": "Disabled"}}),
    (kms("ScheduleKeyDeletion", KeyId=SEAL, PendingWindowInDays=7), kms("DescribeKey", KeyId=SEAL), {"KeyMetadata": {"KeyState": "PendingDeletion"}}),
    (kms("CancelKeyDeletion", KeyId=DUE_KEY), kms("DescribeKey", KeyId=DUE_KEY), {"KeyMetadata": {"KeyState": "Disabled"}}),
    (kms("EnableKeyRotation", KeyId=PLAIN, RotationPeriodInDays=90), kms("GetKeyRotationStatus", KeyId=PLAIN), {"KeyRotationEnabled": True, "RotationPeriodInDays": 90}),
    (kms("DisableKeyRotation", KeyId=SEAL), kms("GetKeyRotationStatus", KeyId=SEAL), {"KeyRotationEnabled": False}),
    (kms("GetKeyRotationStatus", KeyId=SEAL), None, {"KeyRotationEnabled": True, "RotationPeriodInDays": 365}),
    (kms("TagResource", KeyId=SEAL, Tags=({"TagKey": "shift", "TagValue": "late"},)), kms("ListResourceTags", KeyId=SEAL), {"Tags": ({"TagKey": "branch", "TagValue": "north"}, {"TagKey": "shift", "TagValue": "late"})}),
    (kms("UntagResource", KeyId=SEAL, TagKeys=("branch",)), kms("ListResourceTags", KeyId=SEAL), {"Tags": ()}),
    (kms("ListResourceTags", KeyId=SEAL), None, {"Tags": ({"TagKey": "branch", "TagValue": "north"},)}),
    (kms("Encrypt", KeyId="alias/receipts", Plaintext=b"beans"), None, {"EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
    (kms("Decrypt", CiphertextBlob=SEALED, EncryptionContext={"shop": "main"}), None, {"Plaintext": b"beans"}),
    (kms("ReEncrypt", CiphertextBlob=SEALED, SourceEncryptionContext={"shop": "main"}, DestinationKeyId=PLAIN), None, {"SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
    (kms("GenerateDataKey", KeyId=SEAL, KeySpec="AES_256"), None, {"KeyId": f"arn:aws:kms:us-east-1:{ID}:key/{SEAL}"}),
    (kms("GenerateDataKeyWithoutPlaintext", KeyId=SEAL, NumberOfBytes=8), None, {"KeyId": f"arn:aws:kms:us-east-1:{ID}:key/{SEAL}"}),
    (kms("CreateGrant", KeyId=SEAL, GranteePrincipal=user("dana"), Operations=("Encrypt",)), kms("ListGrants", KeyId=SEAL, GranteePrincipal=user("dana")), {"Grants": ({"Operations": ("Encrypt",)},)}),
    (kms("ListGrants", KeyId=SEAL), None, {"Grants": ({"GrantId": GRANT.id, "GranteePrincipal": user("ada"), "Operations": ("Decrypt",)},)}),
    (kms("ListRetirableGrants", RetiringPrincipal=user("casey")), None, {"Grants": ({"GrantId": GRANT.id},)}),
    (kms("RevokeGrant", KeyId=SEAL, GrantId=GRANT.id), kms("ListGrants", KeyId=SEAL), {"Grants": ()}),
    (kms("RetireGrant", "casey", KeyId=SEAL, GrantId=GRANT.id), kms("ListGrants", KeyId=SEAL), {"Grants": ()}),
    (console("EnableIdentityCenter", ROAST_IN), _line("sso-admin", "ListInstances", "roast"), {"Instances": ({"OwnerAccountId": ROAST, "Status": "ACTIVE"},)}),
    (console("PortalSignIn", UserName="kim", AccountId=BRANCH, PermissionSetName="Barista"), sts("GetCallerIdentity", "kim@portal"), {"Account": BRANCH}),
    (_line("sso-admin", "ListInstances"), None, {"Instances": ({"InstanceArn": CENTER.arn, "IdentityStoreId": STORE, "OwnerAccountId": ID},)}),
    (sso("DescribeInstance"), None, {"IdentityStoreId": STORE, "PermissionSetsEnabled": True}),
    (sso("UpdateInstance", Name="Shop"), sso("DescribeInstance"), {"Name": "Shop"}),
    (sso("CreatePermissionSet", Name="New", SessionDuration="PT2H"), _duration_of_new, "PT2H"),
    (sets("DescribePermissionSet"), None, {"PermissionSet": {"Name": "Barista", "SessionDuration": "PT1H", "Description": "new"}}),
    (sets("UpdatePermissionSet", SessionDuration="PT8H"), sets("DescribePermissionSet"), {"PermissionSet": {"SessionDuration": "PT8H", "Description": "new"}}),
    (sso("DeletePermissionSet", PermissionSetArn=OLD), sso("DescribePermissionSet", PermissionSetArn=OLD), "ResourceNotFoundException"),
    (sso("ListPermissionSets"), None, {"PermissionSets": (BARISTA, BARE, OLD)}),
    (bare("AttachManagedPolicyToPermissionSet", ManagedPolicyArn=ADMIN), bare("ListManagedPoliciesInPermissionSet"), {"AttachedManagedPolicies": ({"Name": "AdministratorAccess", "Arn": ADMIN},)}),
    (sets("DetachManagedPolicyFromPermissionSet", ManagedPolicyArn=READ_ONLY), sets("ListManagedPoliciesInPermissionSet"), {"AttachedManagedPolicies": ()}),
    (sets("ListManagedPoliciesInPermissionSet"), None, {"AttachedManagedPolicies": ({"Arn": READ_ONLY},)}),
    (bare("AttachCustomerManagedPolicyReferenceToPermissionSet", CustomerManagedPolicyReference={"Name": "Spare"}), bare("ListCustomerManagedPolicyReferencesInPermissionSet"), {"CustomerManagedPolicyReferences": ({"Name": "Spare", "Path": "/"},)}),
    (sets("DetachCustomerManagedPolicyReferenceFromPermissionSet", CustomerManagedPolicyReference={"Name": "Receipts"}), sets("ListCustomerManagedPolicyReferencesInPermissionSet"), {"CustomerManagedPolicyReferences": ()}),
    (sets("ListCustomerManagedPolicyReferencesInPermissionSet"), None, {"CustomerManagedPolicyReferences": ({"Name": "Receipts", "Path": "/"},)}),
    (bare("PutInlinePolicyToPermissionSet", InlinePolicy=LIST), bare("GetInlinePolicyForPermissionSet"), {"InlinePolicy": LIST}),
    (sets("GetInlinePolicyForPermissionSet"), None, {"InlinePolicy": LIST}),
    (sets("DeleteInlinePolicyFromPermissionSet"), sets("GetInlinePolicyForPermissionSet"), {"InlinePolicy": ""}),
    (bare("PutPermissionsBoundaryToPermissionSet", PermissionsBoundary={"CustomerManagedPolicyReference": {"Name": "Receipts"}}), bare("GetPermissionsBoundaryForPermissionSet"), {"PermissionsBoundary": {"CustomerManagedPolicyReference": {"Name": "Receipts", "Path": "/"}}}),
    (sets("GetPermissionsBoundaryForPermissionSet"), None, {"PermissionsBoundary": {"ManagedPolicyArn": ADMIN}}),
    (sets("DeletePermissionsBoundaryFromPermissionSet"), sets("GetPermissionsBoundaryForPermissionSet"), "ResourceNotFoundException"),
    (bare("CreateAccountAssignment", TargetId=ID, TargetType="AWS_ACCOUNT", PrincipalType="USER", PrincipalId=MO), bare("ListAccountAssignments", AccountId=ID), {"AccountAssignments": ({"PrincipalType": "USER", "PrincipalId": MO},)}),
    (sets("DeleteAccountAssignment", **TO_BRANCH, **OF_TEAM), sets("ListAccountsForProvisionedPermissionSet"), {"AccountIds": ()}),
    (sets("ListAccountAssignments", AccountId=BRANCH), None, {"AccountAssignments": ({"AccountId": BRANCH, **OF_TEAM},)}),
    (sso("ListAccountAssignmentsForPrincipal", PrincipalType="USER", PrincipalId=KIM), None, {"AccountAssignments": ({"PermissionSetArn": BARISTA, **OF_TEAM},)}),
    (sso("DescribeAccountAssignmentCreationStatus", AccountAssignmentCreationRequestId=asked_for("creation", MO)), None, {"AccountAssignmentCreationStatus": {"Status": "SUCCEEDED", "TargetId": BRANCH, "PrincipalId": MO}}),
    (sso("ListAccountAssignmentCreationStatus", Filter={"Status": "SUCCEEDED"}), None, {"AccountAssignmentsCreationStatus": ({"RequestId": asked_for("creation", MO)},)}),
    (sso("DescribeAccountAssignmentDeletionStatus", AccountAssignmentDeletionRequestId=asked_for("deletion", MO)), None, {"AccountAssignmentDeletionStatus": {"Status": "SUCCEEDED", "PrincipalId": MO}}),
    (sso("ListAccountAssignmentDeletionStatus"), None, {"AccountAssignmentsDeletionStatus": ({"Status": "SUCCEEDED"},)}),
    (sets("ListAccountsForProvisionedPermissionSet", ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED"), None, {"AccountIds": (BRANCH,)}),
    (sso("ListPermissionSetsProvisionedToAccount", AccountId=BRANCH), None, {"PermissionSets": (BARISTA,)}),
    (sets("ProvisionPermissionSet", **TO_BRANCH), sets("ListAccountsForProvisionedPermissionSet", ProvisioningStatus="LATEST_PERMISSION_SET_PROVISIONED"), {"AccountIds": (BRANCH,)}),
    (sso("DescribePermissionSetProvisioningStatus", ProvisionPermissionSetRequestId=asked_for("provisioning", "")), None, {"PermissionSetProvisioningStatus": {"Status": "SUCCEEDED", "PermissionSetArn": BARISTA}}),
    (sso("ListPermissionSetProvisioningStatus"), None, {"PermissionSetsProvisioningStatus": ({"RequestId": asked_for("provisioning", "")},)}),
    (sso("TagResource", ResourceArn=BARE, Tags=LATE), sso("ListTagsForResource", ResourceArn=BARE), {"Tags": NORTH + LATE}),
    (sso("UntagResource", ResourceArn=CENTER.arn, TagKeys=("branch",)), sso("ListTagsForResource", ResourceArn=CENTER.arn), {"Tags": ()}),
    (sso("ListTagsForResource", ResourceArn=CENTER.arn), None, {"Tags": NORTH}),
    (people("CreateUser", UserName="jo", DisplayName="Jo", Name=KIM_NAMED), people("ListUsers"), {"Users": ({"UserName": "jo", "Name": KIM_NAMED, "UserStatus": "ENABLED"},)}),
    (people("DescribeUser", UserId=KIM), None, {"UserName": "kim", "UserId": KIM, "Emails": ({"Value": "kim@shop.example"},)}),
    (people("UpdateUser", UserId=KIM, Operations=({"AttributePath": "title", "AttributeValue": "Chef"}, {"AttributePath": "name.givenName", "AttributeValue": "Jo"})), people("DescribeUser", UserId=KIM), {"Title": "Chef", "Name": KIM_NAMED, "Revision": "2"}),
    (people("DeleteUser", UserId=KIM), people("ListGroupMemberships", GroupId=BARISTAS), {"GroupMemberships": ()}),
    (people("ListUsers", Filters=({"AttributePath": "UserName", "AttributeValue": "kim"},)), None, {"Users": ({"UserId": KIM},)}),
    (people("GetUserId", AlternateIdentifier=BY_NAME), None, {"UserId": KIM, "IdentityStoreId": STORE}),
    (people("CreateGroup", DisplayName="Chefs", Description="d"), people("ListGroups"), {"Groups": ({"DisplayName": "Chefs", "Description": "d"},)}),
    (people("DescribeGroup", GroupId=BARISTAS), None, {"DisplayName": "Baristas", "GroupId": BARISTAS}),
    (people("UpdateGroup", GroupId=TEAM, Operations=({"AttributePath": "displayName", "AttributeValue": "Early"}, {"AttributePath": "description", "AttributeValue": "d"})), people("DescribeGroup", GroupId=TEAM), {"DisplayName": "Early", "Description": "d"}),
    (people("DeleteGroup", GroupId=BARISTAS), people("ListGroupMembershipsForMember", MemberId={"UserId": KIM}), {"GroupMemberships": ()}),
    (people("ListGroups"), None, {"Groups": ({"GroupId": BARISTAS}, {"GroupId": TEAM})}),
    (people("GetGroupId", AlternateIdentifier=BY_TEAM), None, {"GroupId": BARISTAS}),
    (people("CreateGroupMembership", GroupId=TEAM, MemberId={"UserId": MO}), people("ListGroupMemberships", GroupId=TEAM), {"GroupMemberships": ({"MemberId": {"UserId": MO}},)}),
    (people("DescribeGroupMembership", MembershipId=IN_TEAM), None, {"GroupId": BARISTAS, "MemberId": {"UserId": KIM}}),
    (people("DeleteGroupMembership", MembershipId=IN_TEAM), people("DescribeGroupMembership", MembershipId=IN_TEAM), "ResourceNotFoundException"),
    (people("GetGroupMembershipId", GroupId=BARISTAS, MemberId={"UserId": KIM}), None, {"MembershipId": IN_TEAM}),
    (people("ListGroupMemberships", GroupId=BARISTAS), None, {"GroupMemberships": ({"MembershipId": IN_TEAM},)}),
    (people("ListGroupMembershipsForMember", MemberId={"UserId": KIM}), None, {"GroupMemberships": ({"GroupId": BARISTAS},)}),
    (people("IsMemberInGroups", MemberId={"UserId": KIM}, GroupIds=(BARISTAS, TEAM)), None, {"Results": ({"GroupId": BARISTAS, "MembershipExists": True}, {"GroupId": TEAM, "MembershipExists": False})}),
]  # fmt: skip
ALWAYS_ABSENT = {  # settings that no call here makes: their only answer is that there are none
    "GetBucketCors": "NoSuchCORSConfiguration",
    "GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
    "GetBucketReplication": "ReplicationConfigurationNotFoundError",
    "GetBucketWebsite": "NoSuchWebsiteConfiguration",
    "GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
}


class Refusal(NamedTuple):
    """A call that is refused, the code, and what is done to the shop before it."""

    line: Line
    code: str
    before: Callable[[Account], Account] = lambda account: account


ABSENT = [
    *(Refusal(s3(name, Bucket=BUCKET), code) for name, code in ALWAYS_ABSENT.items()),
    Refusal(
        cloudtrail("GetInsightSelectors", TrailName="audit"), "InsightNotEnabledException"
    ),
    Refusal(iam("ListOrganizationsFeatures"), "ServiceAccessNotEnabledException"),
]
ANSWERED = {(line.call.service, line.call.operation): line for line, _, _ in SUCCESSES}
ASKED = {
    **ANSWERED,
    **{(line.call.service, line.call.operation): line for line, _, _ in ABSENT},
}


def read(account: Account, reading: Reading) -> Json:
    """What a reading call answers, the code where it is refused; or what a function finds in the account."""
    if not isinstance(reading, Line):
        return reading(account) if reading else None
    return told(done(account, reading))


def told(outcome: Outcome) -> Json:
    return outcome.answer.body if isinstance(outcome.answer, Reply) else outcome.answer.code


def shows(found: Json, wanted: Json) -> bool:
    """Whether what is wanted stands in what was found: each member of a structure, each element of a list."""
    if isinstance(wanted, Mapping) and wanted:
        return isinstance(found, Mapping) and all(
            key in found and shows(found[key], part) for key, part in wanted.items()
        )
    if isinstance(wanted, tuple) and wanted:
        return isinstance(found, tuple) and all(
            any(shows(part, one) for part in found) for one in wanted
        )
    return found == wanted


def operation_of(line: Line, *_: object) -> str:
    return line.call.operation


def service_of(line: Line, *_: object) -> str:
    return line.call.service


def test_every_row_has_a_success_and_one_only():
    shown = (line for line, _, _ in (*SUCCESSES, *ABSENT))
    assert sorted((line.call.service, line.call.operation) for line in shown) == sorted(
        key for key, row in OPERATIONS.items() if row.simulated
    )


@each_row(SUCCESSES, operation_of, service_of)
def test_each_row_does_what_it_says_and_the_change_can_be_read(
    line: Line, reading: Reading, wanted: Json
):
    outcome = done(WORLD, line)
    assert outcome.has_succeeded, outcome.answer
    if reading is None:
        assert shows(told(outcome), wanted), told(outcome)
        assert same_but_for_use(WORLD, outcome.account)
    else:
        assert not shows(read(WORLD, reading), wanted)
        found = read(outcome.account, reading)
        assert shows(found, wanted), found


# -------------------------------------------------------------------- replies
# Texts on the wire, objects as the CLI shows them.
DOCUMENTS = {
    "PolicyDocument",
    "Document",
    "AssumeRolePolicyDocument",
}
SEEN = {
    "IAM Policy",
    "Policy",
}  # what AWS was seen to answer although its enums do not hold it


# What AWS leaves out although it is declared as required: batches of SQS tell none where nothing is (recorded).
UNTOLD = {"Failed", "Successful"}


def unfit(shape: Shape, value: Json, path: str) -> Iterator[str]:
    """Where a reply is not as its shape says: what lacks, what is not known, what has another type."""
    if path.rpartition(".")[2] in DOCUMENTS:
        return
    if not isinstance(value, PYTHON_TYPES[shape.type]) or (
        isinstance(value, bool) and shape.type != "boolean"
    ):
        yield f"{path}: no {shape.type}"
    elif shape.enum and value not in SEEN.union(shape.enum):
        yield f"{path}: {value}"
    for key, part in value.items() if isinstance(value, Mapping) else ():
        member = shape.value if shape.type == "map" else shape.member(key)
        yield from (
            unfit(member.shape, part, f"{path}.{key}")
            if member
            else [f"{path}.{key}: unknown"]
        )
    for part in value if isinstance(value, tuple) else ():
        assert shape.element is not None
        yield from unfit(shape.element.shape, part, f"{path}[]")
    # Root has neither name nor path (seen).
    if isinstance(value, Mapping) and value and "UserId" not in value:
        yield from (
            f"{path}.{m.name}: lacks"
            for m in shape.members
            if m.required and m.name not in value and m.name not in UNTOLD
        )


@each_row(((line,) for line in ANSWERED.values()), operation_of, service_of)
def test_each_reply_has_the_shape_that_its_row_declares(line: Line):
    body = told(done(WORLD, line))
    assert (
        list(
            unfit(
                OPERATIONS[line.call.service, line.call.operation].output,
                body,
                line.call.operation,
            )
        )
        == []
    )


# ----------------------------------------------------------------- parameters
class Heard(Mapping[str, Json]):
    """A call's parameters, and in `names` those that were asked for."""

    def __init__(self, given: Mapping[str, Json], names: set[str]) -> None:
        self.given, self.names = given, names

    def __getitem__(self, name: str) -> Json:
        self.names.add(name)
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


IDLE = {  # taken although nobody reads them, since nothing can come of them here
    ("GetItem", "ConsistentRead"): "every read is consistent",
    ("Query", "ConsistentRead"): "every read is consistent",
    ("Scan", "ConsistentRead"): "every read is consistent",
    ("ListServerCertificates", "PathPrefix"): "there are none under any path",
    ("ListInstances", "RegionScope"): "there is one instance",
    ("CreateAccountAssignment", "TargetType"): "accounts are the only targets",
    ("DeleteAccountAssignment", "TargetType"): "accounts are the only targets",
    **dict.fromkeys(
        (
            (name, "GrantTokens")
            for name in (
                *("Encrypt", "Decrypt", "ReEncrypt", "DescribeKey", "CreateGrant"),
                *("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
            )
        ),
        "a grant counts at once",
    ),
    ("ValidatePolicy", "locale"): "the texts are in English only",
    **dict.fromkeys(
        (
            (name, "clientToken")
            for name in (
                *("CreateAnalyzer", "DeleteAnalyzer", "CreateArchiveRule"),
                *("UpdateArchiveRule", "ApplyArchiveRule", "DeleteArchiveRule"),
                "UpdateFindings",
            )
        ),
        "a repeated call is refused or changes nothing",
    ),
}
WHOLE = [  # what reads some of its parameters only where they, or others, are given
    iam("ListPolicies", OnlyAttached=True),
    s3("CopyObject", Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/{OBJECT}", MetadataDirective="REPLACE", TaggingDirective="REPLACE"),
    s3("CreateMultipartUpload", Bucket=BUCKET, Key="bag", ServerSideEncryption="aws:kms", SSEKMSKeyId=SEAL),
    s3("ListMultipartUploads", Bucket=BUCKET, KeyMarker="roll", UploadIdMarker=UPLOAD),
    s3("ListObjectVersions", Bucket=BUCKET, KeyMarker=OBJECT, VersionIdMarker="null"),
    s3("CopyObject", Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/{OBJECT}", ServerSideEncryption="aws:kms", SSEKMSKeyId=SEAL),
    iam("UpdateAccountPasswordPolicy", **{m.name: 1 if m.shape.type == "integer" else True for m in OPERATIONS["iam", "UpdateAccountPasswordPolicy"].members}),
    *(
        iam(name, **{m.name: "" for m in OPERATIONS["iam", name].members} | {"PolicySourceArn": user("casey")})
        for name in ("SimulatePrincipalPolicy", "SimulateCustomPolicy")
    ),
]  # fmt: skip


def _heard() -> Iterator[tuple[str, str]]:
    """Operation and parameter, for each that what the rows do asks for."""
    shown = [(line, WORLD) for line in (*WHOLE, *ASKED.values())]
    for line, account in (
        *shown,
        *((refusal.line, refusal.before(WORLD)) for refusal in REFUSALS),
    ):
        call, caller, names = line.call, find_caller(account, line.by), set[str]()
        with suppress(ServiceError):
            there = account.home_of(caller)
            who = build_call_standing(there, caller, NOW, ())
            heard = replace(
                call, parameters=Heard(complete_call(there, call, caller).parameters, names)
            )
            DOES[call.service][call.operation](there, Act(NOW, caller, heard), who)
        yield from ((call.operation, name) for name in names)


def test_every_parameter_that_a_row_takes_is_read_by_what_it_does():
    """What nothing reads is left out of the row by name: an ignored parameter would teach what is not so."""
    taken = {
        (name, member.name)
        for (_, name), row in OPERATIONS.items()
        for member in row.members
    }
    assert taken - set(_heard()) == IDLE.keys()


# ------------------------------------------------------------------- refusals
Changes = Mapping[str, Json]
MADE = {  # parameters that name what the call makes; every other one names what must exist
    ("CreateUser", "UserName"),
    ("CreateGroup", "GroupName"),
    ("CreateRole", "RoleName"),
    ("CreatePolicy", "PolicyName"),
    ("CreateInstanceProfile", "InstanceProfileName"),
    # To delete a missing one succeeds.
    ("DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn"),
    *((f"Put{kind}Policy", "PolicyName") for kind, *_ in KINDS),
}
NOBODY: Changes = {  # parameter -> a value that fits and names nothing
    "UserName": "nobody",
    "GroupName": "Nobody",
    "RoleName": "Nobody",
    "InstanceProfileName": "Nobody",
    "PolicyArn": NONE,
    "PolicyName": "nobody",
    "PermissionsBoundary": NONE,
    "VersionId": "v9",
    "SerialNumber": TOKEN,
    "PolicySourceArn": user("nobody"),
    "Arn": user("nobody"),
    "JobId": "00000000-0000-0000-0000-000000000000",
    "OpenIDConnectProviderArn": f"{HUB}/x",
    "SAMLProviderArn": f"{CORP}x",
}
OPEN = {  # never a matter of policies, or told row by row
    *("GetCallerIdentity", "GetSessionToken", "SignIn", "SignOut", "SwitchBack"),
    "PortalSignIn",
    "AssumeRoleWithWebIdentity",
    *ANSWERED_PER_OBJECT,
}
DENIED = {
    **dict.fromkeys(
        ("dynamodb", "lambda", "access-analyzer", *JSON_SERVICES),
        "AccessDeniedException",
    ),
    "ec2": "UnauthorizedOperation",
}
UNFIT = {
    **dict.fromkeys(
        ("dynamodb", "lambda", "access-analyzer", *JSON_SERVICES), "ValidationException"
    ),
    "organizations": "InvalidInputException",
}


def but(line: Line, **changes: Json) -> Line:
    """The call with other parameters; None takes one away."""
    parameters = {
        key: value
        for key, value in {**line.call.parameters, **changes}.items()
        if value is not None
    }
    return line._replace(call=replace(line.call, parameters=parameters))


def _callers(line: Line) -> Iterator[Refusal]:
    """Whoever may not, or may not from there."""
    service, name = line.call.service, line.call.operation
    if name not in OPEN:
        idle = line._replace(by="idle@console" if service == "console" else "idle")
        yield Refusal(
            idle, "403" if name.startswith("Head") else DENIED.get(service, "AccessDenied")
        )
    if service == "console" and name not in {"SignIn", "PortalSignIn"}:
        yield Refusal(line._replace(by="casey"), "MissingAuthenticationToken")


def _lacking(line: Line) -> Iterator[Refusal]:
    """Each parameter that the call must have left out."""
    service = line.call.service
    for member in OPERATIONS[service, line.call.operation].members:
        if member.required:
            code = UNFIT.get(service, "ValidationError")
            if service == "s3":  # a body is held against its schema, the rest by itself
                code = "InvalidArgument" if member.location else "MalformedXML"
            yield Refusal(but(line, **{member.name: None}), code)


def _unfit(line: Line) -> Iterator[Refusal]:
    """A marker of another list; no name where the caller is no user; a document that is none."""
    for member in OPERATIONS["iam", line.call.operation].members:
        if member.name == "Marker":
            yield Refusal(but(line, Marker="bm9uZQ=="), "ValidationError")
        if member.name == "UserName" and not member.required:
            yield Refusal(but(line._replace(by="shift"), UserName=None), "ValidationError")
        if member.name.endswith("PolicyDocument"):
            yield Refusal(but(line, **{member.name: "{"}), "MalformedPolicyDocument")


def _nowhere(line: Line) -> Iterator[Refusal]:
    """Each name that the call gives naming nothing."""
    for parameter in sorted(line.call.parameters.keys() & NOBODY.keys()):
        if (line.call.operation, parameter) not in MADE:
            yield Refusal(but(line, **{parameter: NOBODY[parameter]}), "NoSuchEntity")


def _of(
    service: str, operation: str, code: str, *changes: Changes, by: str = ""
) -> Iterator[Refusal]:
    """The row's own call with each of these changes."""
    line = ASKED[service, operation]
    return (
        Refusal(but(line._replace(by=by or line.by), **change), code) for change in changes
    )


def _marked(account: Account) -> Account:
    """The account where the newest version of the receipt is a delete marker with the id null."""
    suspended = {"Status": "Suspended"}
    for line in (
        s3("PutBucketVersioning", Bucket=BUCKET, VersioningConfiguration=suspended),
        s3("DeleteObject", Bucket=BUCKET, Key=OBJECT),
    ):
        account = done(account, line).account
    return account


def _holding(**changes: object) -> Callable[[Account], Account]:
    return lambda account: replace(account, **changes)


def _changing(name: str, **changes: object) -> Callable[[Account], Account]:
    """The user, group or role of that name with these changes."""

    def changed(account: Account) -> Account:
        books: tuple[Mapping[str, Entity], ...] = (
            account.users,
            account.groups,
            account.roles,
        )
        found = next(book[name.lower()] for book in books if name.lower() in book)
        return account.put(replace(found, **changes))

    return changed


def _signed_out(account: Account) -> Account:
    """Casey's sign-in, from which she switched to a role, has ended."""
    ended = next(held for held in account.credentials.values() if isinstance(held, Session) and held.kind == "Console" and held.owner == account.users["casey"].id)  # fmt: skip
    return replace(
        account, credentials=account.credentials.put(ended.id, replace(ended, expires=AT))
    )


KEY_OPERATIONS = sorted(
    name
    for (service, name), line in ASKED.items()
    if service == "kms" and line.call.parameters.keys() & {"KeyId"}
)
ABROAD = ASKED["s3", "CreateBucket"]._replace(
    call=replace(ASKED["s3", "CreateBucket"].call, origin=Origin(region="eu-west-1"))
)
OF_ARN = ("ListTagsOfResource", "TagResource", "UntagResource")  # of DynamoDB's
RESERVED_TAG = ({"Key": "AWS:x", "Value": "1"},)
CASED = (
    "TagPolicy",
    "TagInstanceProfile",
    "TagMFADevice",
    "TagOpenIDConnectProvider",
    "TagSAMLProvider",
)  # keys that differ in case alone are two
TWICE = (*NORTH, {"Key": "Branch", "Value": "south"})
CODES = {"AuthenticationCode1": "000000", "AuthenticationCode2": "111111"}


def linked(account: Account) -> Account:
    """The world with each role in the path of those that are linked to a service: an imported account has such."""
    for name in list(account.roles):
        account = account.put(
            replace(account.roles[name], path="/aws-service-role/lambda.amazonaws.com/")
        )
    return account


def _tagging(account: Account) -> Account:
    """The world in which whoever takes the role Till may tag the session."""
    text = trust(user("casey")).replace(
        '"sts:AssumeRole"', '["sts:AssumeRole", "sts:TagSession"]'
    )
    return done(
        account, iam("UpdateAssumeRolePolicy", RoleName="Till", PolicyDocument=text)
    ).account


OPEN_TO = {  # who may, though their account does not manage the organization
    ("CreateOrganization", "corner"), ("CreateOrganization", "branch"), ("DescribeOrganization", "branch"),
    ("LeaveOrganization", "branch"), *((name, by) for name in ("DescribeHandshake", "AcceptHandshake", "DeclineHandshake", "CancelHandshake", "ListHandshakesForAccount") for by in ("corner", "branch")),
}  # fmt: skip
ABSENTEES = {  # parameter -> what fits and names nothing, and what AWS calls it
    "AccountId": ("999999999999", "AccountNotFoundException"),
    "ParentId": ("ou-none-nowhere1", "ParentNotFoundException"),
    "SourceParentId": ("ou-none-nowhere1", "SourceParentNotFoundException"),
    "DestinationParentId": ("ou-none-nowhere1", "DestinationParentNotFoundException"),
    "OrganizationalUnitId": ("ou-none-nowhere1", "OrganizationalUnitNotFoundException"),
    "ChildId": ("ou-none-nowhere1", "ChildNotFoundException"),
    "RootId": ("r-none", "RootNotFoundException"),
    "PolicyId": ("p-nowhere1", "PolicyNotFoundException"),
    "TargetId": ("ou-none-nowhere1", "TargetNotFoundException"),
    "ResourceId": ("p-nowhere1", "TargetNotFoundException"),
    "HandshakeId": ("h-nowhere123", "HandshakeNotFoundException"),
    "CreateAccountRequestId": ("car-nowhere1", "CreateAccountStatusNotFoundException"),
}


def _invited(**changes: object) -> Callable[[Account], Account]:
    """The invitation of the kiosk with these changes."""

    def changed(account: Account) -> Account:
        above = account.organization
        assert above is not None
        invitations = above.invitations.put(
            ASKING, replace(above.invitations[ASKING], **changes)
        )
        return account.with_organization(replace(above, invitations=invitations))

    return changed


def _made_here(account: Account) -> Account:
    """The branch is an account that the organization made, a moment ago."""
    return _organization(
        account, members=lambda old: old.put(BRANCH, replace(old[BRANCH], method="CREATED"))
    )


def _organization(account: Account, **changes: Callable[[Any], object]) -> Account:
    """The organization with some of it made anew from what it was."""
    above = account.organization
    assert above is not None
    return account.with_organization(
        replace(
            above,
            **{name: change(getattr(above, name)) for name, change in changes.items()},
        )
    )


def _elsewhere(account: Account) -> Account:
    """The kiosk has an organization of its own by now."""
    return done(
        account, ASKED["organizations", "CreateOrganization"]._replace(by="kiosk")
    ).account


NOWHERE = "00000000-0000-0000-0000-000000000000"
NO_CENTER: Mapping[str, Changes] = {  # parameter -> what fits and names nothing
    "InstanceArn": {"InstanceArn": "arn:aws:sso:::instance/ssoins-0000000000000000"},
    "PermissionSetArn": {"PermissionSetArn": f"{BARISTA[:-16]}0000000000000000"},
    "ResourceArn": {"ResourceArn": f"{BARISTA[:-16]}0000000000000000"},
    "PrincipalId": {"PrincipalId": NOWHERE},
    "TargetId": {"TargetId": CORNER},
    **{name: {name: NOWHERE} for name in REQUEST_IDS.values()},
}
FAILING_LATER = {  # what the status of the request tells
    ("ProvisionPermissionSet", "TargetId"),
    ("DeleteAccountAssignment", "PrincipalId"),
}
NO_PERSON: Mapping[str, Changes] = {
    "IdentityStoreId": {"IdentityStoreId": "d-0000000000"},
    "UserId": {"UserId": NOWHERE},
    "GroupId": {"GroupId": NOWHERE},
    "MembershipId": {"MembershipId": NOWHERE},
    "MemberId": {"MemberId": {"UserId": NOWHERE}},
    "GroupIds": {"GroupIds": (NOWHERE,)},
    "AlternateIdentifier": {
        "AlternateIdentifier": {
            "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "nobody"}
        }
    },
}
NO_TEAM = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "None"}}


def _without_organization(account: Account) -> Account:
    """The world in which the roast has no organization."""
    roast = replace(account.others[ROAST], organization=None)
    return replace(account, others=account.others.put(ROAST, roast))


WEB = "AssumeRoleWithWebIdentity"
REFUSALS: list[Refusal] = [
    *(
        Refusal(line, "UnmodifiableEntity", linked)
        for line in ASKED.values()
        if "UnmodifiableEntity" in OPERATIONS[line.call.service, line.call.operation].errors
    ),
    *(refusal for line in ASKED.values() for kind in (_callers, _lacking) for refusal in kind(line)),
    *(r for (service, _), line in ASKED.items() if service == "iam" for kind in (_unfit, _nowhere) for r in kind(line)),
    *_of("iam", "CreateUser", "EntityAlreadyExists", {"UserName": "CASEY"}),
    *_of("iam", "CreateUser", "NoSuchEntity", {"PermissionsBoundary": NONE}),
    *_of("iam", "UpdateUser", "EntityAlreadyExists", {"NewUserName": "CASEY"}),
    *_of("iam", "DeleteUser", "DeleteConflict", {"UserName": "casey"}),
    *_of("iam", "CreateGroup", "EntityAlreadyExists", {"GroupName": "CASHIERS"}),
    *_of("iam", "UpdateGroup", "EntityAlreadyExists", {"NewGroupName": "CASHIERS"}),
    *_of("iam", "DeleteGroup", "DeleteConflict", {"GroupName": "Cashiers"}),
    *_of("iam", "CreateRole", "EntityAlreadyExists", {"RoleName": "TILL"}),
    *_of("iam", "CreateRole", "InvalidInput", {"Path": "/aws-reserved/till/"}),
    *_of("iam", "CreateRole", "NoSuchEntity", {"PermissionsBoundary": NONE}),
    *_of("iam", "CreateServiceLinkedRole", "InvalidInput", {"AWSServiceName": "batch.amazonaws.com"}),
    *_of("iam", "CreateServiceLinkedRole", "NotSimulated", {"AWSServiceName": "coffee.amazonaws.com"}),
    *_of("iam", "DeleteServiceLinkedRole", "NoSuchEntity", {"RoleName": "Till"}),
    *_of("iam", "GetServiceLinkedRoleDeletionStatus", "NoSuchEntity", {"DeletionTaskId": "task/none"}, {"DeletionTaskId": f"{TASK}0"}),
    *_of("iam", "DeleteRole", "DeleteConflict", {"RoleName": "Till"}),
    *chain.from_iterable(
        _of("iam", name, "InvalidInput", {"Tags": RESERVED_TAG}, {"Tags": TWICE})
        for name in ("CreateUser", "CreateRole", "TagUser", "TagRole")
    ),
    *chain.from_iterable(
        _of("iam", name, "InvalidInput", {"Tags": RESERVED_TAG}, {"Tags": NORTH * 2})
        for name in ("CreatePolicy", "CreateVirtualMFADevice", "CreateInstanceProfile", "CreateOpenIDConnectProvider", "CreateSAMLProvider", *CASED)
    ),
    *_of("iam", "CreateOpenIDConnectProvider", "EntityAlreadyExists", {"Url": ISSUER}),
    *_of("iam", "CreateOpenIDConnectProvider", "ValidationError", {"Url": "idp.shop.example"}, {"Url": "https://["}, {"ThumbprintList": ("a" * 39,)}),
    *_of("iam", "CreateOpenIDConnectProvider", "InvalidInput", {"Url": "http://idp.shop.example"}, {"Url": "https://idp.shop.example:8443"}, {"Url": "https://idp.shop.example?x=1"}, {"Url": "https://idp.shop.example/a b"}, {"ThumbprintList": ("a" * 40,) * 6}),
    *_of("iam", "UpdateOpenIDConnectProviderThumbprint", "InvalidInput", {"ThumbprintList": ("a" * 40,) * 6}),
    *_of("iam", "TagOpenIDConnectProvider", "InvalidInput", {"Tags": ()}),
    *_of("iam", "TagSAMLProvider", "InvalidInput", {"Tags": ()}),
    *_of("iam", "CreateSAMLProvider", "EntityAlreadyExists", {"Name": "Corp"}),
    *chain.from_iterable(
        _of("iam", name, "InvalidInput", *({"SAMLMetadataDocument": text} for text in (
            "x" * 1000,
            METADATA[:-1],
            METADATA.replace("entityID", "id"),
            METADATA.replace("IDPSSO", "SPSSO"),
            METADATA.replace("X509Certificate", "X509Data2"),
            "<!DOCTYPE x [<!ENTITY e 'e'>]>" + METADATA,
            "\ufeff" + METADATA,
        )))
        for name in ("CreateSAMLProvider", "UpdateSAMLProvider")
    ),
    *_of("iam", "TagPolicy", "InvalidInput", {"Tags": ()}, {"PolicyArn": ADMIN}),
    *_of("iam", "TagInstanceProfile", "InvalidInput", {"Tags": ()}),
    *_of("iam", "TagMFADevice", "InvalidInput", {"Tags": ()}),
    *_of("iam", "CreateInstanceProfile", "EntityAlreadyExists", {"InstanceProfileName": "SERVERS"}),
    *_of("iam", "DeleteInstanceProfile", "DeleteConflict", {"InstanceProfileName": "Servers"}),
    *_of("iam", "RemoveRoleFromInstanceProfile", "NoSuchEntity", {"RoleName": "Stock"}),
    *_of("iam", "CreateAccountAlias", "EntityAlreadyExists", {"AccountAlias": "espresso"}),
    *_of("iam", "DeleteAccountAlias", "NoSuchEntity", {"AccountAlias": "coffeeshop"}),
    *_of("iam", "GetMFADevice", "ValidationError", {"UserName": "dana", "SerialNumber": PHONE}),
    *_of("iam", "UntagPolicy", "InvalidInput", {"PolicyArn": ADMIN}),
    *_of("iam", "ListPolicyTags", "InvalidInput", {"PolicyArn": ADMIN}),
    *_of("iam", "CreatePolicy", "EntityAlreadyExists", {"PolicyName": "RECEIPTS", "Path": "/shop/"}),
    *_of("iam", "DeletePolicy", "DeleteConflict", {"PolicyArn": RECEIPTS}),
    *_of("iam", "DeletePolicyVersion", "DeleteConflict", {"VersionId": "v2"}),
    *chain.from_iterable(
        _of("iam", name, "AccessDenied", {"PolicyArn": ADMIN})
        for name in ("DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion")
    ),
    *chain.from_iterable(
        _of("iam", f"Attach{kind}Policy", "PolicyNotAttachable", {"PolicyArn": RESERVED}) for kind, *_ in KINDS
    ),
    *chain.from_iterable(
        _of("iam", f"Put{kind}PermissionsBoundary", "PolicyNotAttachable", {"PermissionsBoundary": RESERVED})
        for kind in ("User", "Role")
    ),
    *_of("iam", "DeleteUserPermissionsBoundary", "NoSuchEntity", {"UserName": "casey"}),
    *_of("iam", "DeleteRolePermissionsBoundary", "NoSuchEntity", {"RoleName": "Till"}),
    *_of("iam", "UpdateAccessKey", "NoSuchEntity", {"AccessKeyId": "AKIANOBODYKNOWSTHIS1"}),
    *_of("iam", "UpdateAccessKey", "InvalidInput", {"Status": "Expired"}),
    *_of("iam", "DeleteAccessKey", "NoSuchEntity", {"AccessKeyId": "AKIANOBODYKNOWSTHIS1"}),
    *_of("iam", "GetAccessKeyLastUsed", "AccessDenied", {"AccessKeyId": "AKIANOBODYKNOWSTHIS1"}),
    *_of("iam", "CreateLoginProfile", "EntityAlreadyExists", {"UserName": "casey"}),
    *_of("iam", "CreateLoginProfile", "PasswordPolicyViolation", {"Password": "short"}),
    *_of("iam", "CreateLoginProfile", "ValidationError", {"Password": None}),
    *_of("iam", "GetLoginProfile", "NoSuchEntity", {"UserName": "robin"}),
    *_of("iam", "UpdateLoginProfile", "PasswordPolicyViolation", {"Password": "short"}, {"Password": LATTE}),
    *_of("iam", "ChangePassword", "AccessDenied", {"OldPassword": MOCHA}),
    *_of("iam", "ChangePassword", "PasswordPolicyViolation", {"NewPassword": LATTE}),
    *_of("iam", "ChangePassword", "PasswordPolicyViolation", {"NewPassword": "short"}),
    *_of("iam", "ChangePassword", "NoSuchEntity", {}, by="ada"),
    *_of("iam", "ChangePassword", "InvalidUserType", {}, by="root"),
    *(
        Refusal(ASKED["iam", f"{verb}AccountPasswordPolicy"], "NoSuchEntity", _holding(password_policy=None))
        for verb in ("Get", "Delete")
    ),
    *_of("iam", "CreateVirtualMFADevice", "EntityAlreadyExists", {"VirtualMFADeviceName": "spare"}),
    *_of("iam", "EnableMFADevice", "EntityAlreadyExists", {"UserName": "dana", "SerialNumber": PHONE}),
    *_of("iam", "EnableMFADevice", "EntityAlreadyExists", {"SerialNumber": PHONE}),
    *_of("iam", "EnableMFADevice", "InvalidAuthenticationCode", CODES),
    *_of("iam", "EnableMFADevice", "AccessDenied", {"UserName": "dana"}, by="dana"),
    *_of("iam", "ResyncMFADevice", "InvalidAuthenticationCode", CODES),
    *_of("iam", "DeactivateMFADevice", "AccessDenied", {}, by="dana"),
    *_of("iam", "DeleteVirtualMFADevice", "DeleteConflict", {"SerialNumber": PHONE}),
    Refusal(iam("GetCredentialReport"), "ReportNotPresent", _holding(reported=None, reported_at=None)),
    Refusal(iam("GetCredentialReport"), "ReportExpired", _holding(reported_at=NOW - timedelta(hours=4))),
    *chain.from_iterable(
        _of("iam", name, "InvalidInput", {"Arn": f"arn:aws:iam::{ID}:root"})
        for name in ("GenerateServiceLastAccessedDetails", "ListPoliciesGrantingServiceAccess")
    ),
    *_of("iam", "SimulateCustomPolicy", "InvalidInput", {"PolicyInputList": ("{",)}, {"ActionNames": ("s3:*",)}),
    *_of("iam", "SimulatePrincipalPolicy", "InvalidInput", {"PolicyInputList": ("{",)}, {"ActionNames": ("s3:*",)}),
    *_of("iam", "GetContextKeysForCustomPolicy", "InvalidInput", {"PolicyInputList": ("{",)}),
    *_of("iam", "GetContextKeysForPrincipalPolicy", "InvalidInput", {"PolicyInputList": ("{",)}),
    # ------------------------------------------------------------------- STS
    *chain.from_iterable(
        (
            *_of("sts", name, "MalformedPolicyDocument", {"Policy": "{"}),
            *_of("sts", name, "ValidationError", {"PolicyArns": ({"arn": NONE},)}, {"PolicyArns": ({"arn": READ_ONLY},) * 11}),
        )
        for name in ("AssumeRole", "GetFederationToken")
    ),
    *_of("sts", "GetFederationToken", "InvalidParameterValue", {"Tags": RESERVED_TAG}, {"Tags": TWICE}),
    Refusal(
        but(ASKED["sts", "AssumeRole"], Tags=NORTH, TransitiveTagKeys=("shift",)), "InvalidParameterValue", _tagging
    ),
    *_of("sts", "AssumeRole", "ValidationError", {"RoleArn": "arn:aws:iam::role/Till"}),
    *_of("sts", "AssumeRole", "AccessDenied", {"Tags": NORTH}),  # the trust does not let sessions be tagged
    *_of("sts", "AssumeRole", "AccessDenied", {"RoleArn": role("Nobody")}, {"SerialNumber": PHONE, "TokenCode": "000000"}),
    *_of("sts", "AssumeRole", "AccessDenied", {}, by="root"),
    *_of("sts", "AssumeRole", "AccessDenied", {"SerialNumber": PHONE, "TokenCode": "000000"}, by="dana"),
    *_of("sts", "AssumeRole", "ValidationError", {"TokenCode": "000000"}, {"DurationSeconds": 3601}),
    *_of("sts", WEB, "MalformedPolicyDocument", {"Policy": "{"}),
    *_of("sts", WEB, "ValidationError", {"PolicyArns": ({"arn": NONE},)}, {"PolicyArns": ({"arn": READ_ONLY},) * 11}, {"DurationSeconds": 3601}, {"RoleArn": "arn:aws:iam::role/Deploy"}),
    *_of("sts", WEB, "AccessDenied", {"RoleArn": role("Nobody")}, {"RoleArn": role("Till")}, {"WebIdentityToken": issued(sub="repo:somebody/menu:ref:refs/heads/main")}),
    *_of("sts", WEB, "InvalidIdentityToken", *({"WebIdentityToken": token} for token in ("none", "a.b.c", issued(aud="other"), issued(aud=7), issued(iss="https://idp.shop.example"), issued()[:-3], issued()[:-3] + "abc"))),
    *_of("sts", WEB, "ExpiredTokenException", {"WebIdentityToken": issue_token(WORLD, WORKFLOW, AT - timedelta(minutes=1))}),
    *_of("sts", "GetSessionToken", "AccessDenied", {}, by="shift"),
    *_of("sts", "GetSessionToken", "ValidationError", {"TokenCode": "000000"}),
    *_of("sts", "GetFederationToken", "AccessDenied", {}, by="shift"),
    *_of("sts", "GetAccessKeyInfo", "ValidationError", {"AccessKeyId": "AKIANOBODYKNOWSTHIS1"}),
    *_of("sts", "DecodeAuthorizationMessage", "InvalidAuthorizationMessageException", {"EncodedMessage": "bm9uZQ=="}),
    # --------------------------------------------------------------- console
    *_of("console", "SignIn", "AccessDenied", {"Password": MOCHA}, {"UserName": "dana"}, {"AccountId": "444455556666"}),
    *(
        Refusal(but(ASKED["console", "SignIn"], NewPassword=new), told, _changing("casey", login=DUE))
        for new, told in ((None, "AccessDenied"), ("short", "PasswordPolicyViolation"))
    ),
    *_of("console", "SwitchRole", "AccessDenied", {"RoleName": "Nobody"}, {"AccountId": "444455556666"}),
    *_of("console", "SwitchBack", "AccessDenied", {}, by="root@console"),
    Refusal(ASKED["console", "SwitchBack"], "ExpiredToken", _signed_out),
    *_of("console", "EnrollSecurityKey", "NoSuchEntity", {"UserName": "nobody"}),
    *_of("console", "EnrollSecurityKey", "ValidationError", {"UserName": None}, by="casey@console"),
    Refusal(
        console("EnrollSecurityKey", "dana@console", DeviceName="yubi"),
        "AccessDenied",
        lambda account: sessions.mint_credential(account, user("dana"), "password", AT)[0],
    ),
    *_of("console", "EnrollRootMfa", "EntityAlreadyExists", {"SerialNumber": SAFE}, {"SerialNumber": PHONE}),
    *_of("console", "EnrollRootMfa", "InvalidAuthenticationCode", CODES),
    *_of("console", "EnrollRootMfa", "NoSuchEntity", {"SerialNumber": TOKEN}),
    *_of("console", "RemoveRootMfa", "NoSuchEntity", {"SerialNumber": TOKEN}),
    *_of("console", "ChangeRootPassword", "AccessDenied", {"OldPassword": MOCHA}),
    *_of("console", "ChangeRootPassword", "PasswordPolicyViolation", {"NewPassword": "short"}),
    # ------------------------------------------------------------ data plane
    *chain.from_iterable(
        _of(service, name, "NoSuchBucket", {"Bucket": "nowhere"})
        for service, name in ASKED
        if service == "s3" and name not in {"CreateBucket", "ListBuckets", "HeadObject", "HeadBucket"}
    ),
    *chain.from_iterable(
        _of("s3", name, "NoSuchKey", {"Key": "none"})
        for name in ("GetObject", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging")
    ),
    *chain.from_iterable(
        _of("s3", name, "InvalidBucketOwnerAWSAccountID", {"ExpectedBucketOwner": "somebody"})
        for service, name in ASKED
        if service == "s3" and OPERATIONS["s3", name].input.member("ExpectedBucketOwner") and not name.startswith("Head")
    ),
    *ABSENT,
    Refusal(iam("ListOrganizationsFeatures", "kiosk"), "OrganizationNotFoundException"),
    Refusal(iam("ListOrganizationsFeatures", "branch"), "AccountNotManagementOrDelegatedAdministratorException"),
    *chain.from_iterable(
        _of("s3", name, "NoSuchUpload", {"UploadId": "none"}, {"Key": OBJECT})
        for name in ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload", "ListParts")
    ),
    *_of("s3", "UploadPart", "InvalidArgument", {"PartNumber": 0}, {"PartNumber": 10001}),
    *_of("s3", "UploadPartCopy", "NoSuchKey", {"CopySource": f"{BUCKET}/none"}),
    *_of("s3", "UploadPartCopy", "InvalidArgument", {"PartNumber": 0}, {"CopySourceRange": "0-1"}, {"CopySourceRange": "bytes=1-0"}),
    *_of("s3", "UploadPartCopy", "InvalidRequest", {"CopySourceRange": "bytes=0-1"}),
    *_of("s3", "ListMultipartUploads", "InvalidArgument", {"KeyMarker": "roll", "UploadIdMarker": "none"}),
    *_of("s3", "CompleteMultipartUpload", "InvalidRequest", {"MultipartUpload": {}}, {"MpuObjectSize": 4}),
    *_of("s3", "CompleteMultipartUpload", "MalformedXML", {"MultipartUpload": {"Parts": ({"ETag": BEANS},)}}),
    *_of("s3", "CompleteMultipartUpload", "InvalidPartOrder", {"MultipartUpload": {"Parts": ({"PartNumber": 1, "ETag": BEANS},) * 2}}),
    *_of("s3", "CompleteMultipartUpload", "InvalidPart", {"MultipartUpload": {"Parts": ({"PartNumber": 2, "ETag": BEANS},)}}, {"MultipartUpload": {"Parts": ({"PartNumber": 1, "ETag": "x"},)}}),
    *_of("s3", "CompleteMultipartUpload", "NoSuchKey", {"IfMatch": '"other"'}),
    *_of("s3", "CompleteMultipartUpload", "NotImplemented", {"IfNoneMatch": '"other"'}),
    Refusal(
        but(ASKED["s3", "CompleteMultipartUpload"], MultipartUpload={"Parts": tuple({"PartNumber": number, "ETag": BEANS} for number in (1, 2))}),
        "EntityTooSmall",
        lambda account: done(account, s3("UploadPart", **BEGUN, PartNumber=2, Body=b"beans")).account,
    ),
    *(
        Refusal(but(ASKED["s3", "CompleteMultipartUpload"], **condition), code, lambda account: done(account, s3("PutObject", Bucket=BUCKET, Key="roll", Body=b"beans")).account)
        for condition, code in (({"IfNoneMatch": "*"}, "PreconditionFailed"), ({"IfMatch": BEANS}, "ConditionalRequestConflict"))
    ),
    *_of("s3", "CreateMultipartUpload", "MetadataTooLarge", {"Metadata": {"k": "v" * 2048}}),
    *_of("s3", "GetBucketTagging", "NoSuchTagSet", {"Bucket": BUCKET}),
    *_of("s3", "GetObjectAcl", "NoSuchKey", {"Key": "none"}),
    *chain.from_iterable(
        _of("s3", name, "InvalidTag", *({"Tagging": {"TagSet": tags}} for tags in (RESERVED_TAG, NORTH * 2, ({"Key": "a,b", "Value": ""},), ({"Key": "a", "Value": "b,c"},))))
        for name in ("PutBucketTagging", "PutObjectTagging")
    ),
    *chain.from_iterable(
        (
            *_of("s3", name, "NoSuchVersion", {"Key": "none", "VersionId": "null"}),
            *_of("s3", name, "InvalidArgument", {"VersionId": "3"}),
            Refusal(but(ASKED["s3", name], VersionId="null"), "MethodNotAllowed", _marked),
        )
        for name in ("GetObject", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging", "GetObjectAcl")
    ),
    *chain.from_iterable(
        (
            *_of("s3", name, "NoSuchVersion", {"CopySource": f"{BUCKET}/none?versionId=null"}),
            *_of("s3", name, "InvalidArgument", {"CopySource": f"{BUCKET}/{OBJECT}?versionId=3"}),
            Refusal(but(ASKED["s3", name], CopySource=f"{BUCKET}/{OBJECT}?versionId=null"), "InvalidRequest", _marked),
        )
        for name in ("CopyObject", "UploadPartCopy")
    ),
    *chain.from_iterable(
        (
            *_of("s3", name, "AccessControlListNotSupported", {"Bucket": BUCKET, "Key": OBJECT} if name == "PutObjectAcl" else {"Bucket": BUCKET}),
            *_of("s3", name, "AccessDenied", {"ACL": "public-read"}),
            *_of("s3", name, "NotSimulated", {"ACL": None, "AccessControlPolicy": {"Owner": {"ID": "1" * 64}, "Grants": (LOG_SERVICE,)}}, {"ACL": None, "GrantRead": f"id={'1' * 64}"}),
            *_of("s3", name, "AccessDenied", {"ACL": None, "AccessControlPolicy": {"Owner": {"ID": "1" * 64}, "Grants": (EVERYONE,)}}),
            *_of("s3", name, "InvalidArgument", {"ACL": "beans"}, *({"ACL": None, "GrantRead": grantee} for grantee in ("beans", "id=1", "uri=beans"))),
            *_of("s3", name, "InvalidRequest", {"GrantRead": f"id={'1' * 64}"}),
            *_of("s3", name, "UnexpectedContent", {"AccessControlPolicy": {"Owner": {"ID": "1" * 64}, "Grants": (EVERYONE,)}}),
            *_of("s3", name, "MalformedACLError", {"ACL": None, "AccessControlPolicy": {"Grants": (EVERYONE,)}}),
            *_of("s3", name, "MissingSecurityHeader", {"ACL": None}),
        )
        for name in ("PutBucketAcl", "PutObjectAcl")
    ),
    *chain.from_iterable(
        _of("iam", f"{verb}ServiceSpecificCredential", "NoSuchEntity", {"ServiceSpecificCredentialId": "x" * 21}, {"UserName": "nobody"})
        for verb in ("Update", "Reset", "Delete")
    ),
    *chain.from_iterable(
        (
            *_of("iam", name, "NoSuchEntity", {"ServiceName": "lambda.amazonaws.com"}),
            *_of("iam", name, "NotSimulated", {"ServiceName": "bedrock.amazonaws.com"}),
        )
        for name in ("CreateServiceSpecificCredential", "ListServiceSpecificCredentials")
    ),
    *_of("iam", "UpdateServiceSpecificCredential", "NotSimulated", {"Status": "Expired"}),
    *_of("s3", "PutObjectAcl", "NoSuchKey", {"Key": "none"}),
    *_of("s3", "PutObjectAcl", "NoSuchVersion", {"Key": "none", "VersionId": "null"}),
    Refusal(s3("PutObjectAcl", Bucket=BUCKET, Key=OBJECT, ACL="private"), "MethodNotAllowed", _marked),
    *_of("s3", "PutBucketOwnershipControls", "MalformedXML", {"OwnershipControls": {"Rules": ()}}, {"OwnershipControls": {"Rules": ({"ObjectOwnership": "beans"},)}}),
    *_of("s3", "GetBucketOwnershipControls", "OwnershipControlsNotFoundError", {"Bucket": ACL_BUCKET}),
    *_of("s3", "HeadObject", "400", {"VersionId": "3"}),
    *_of("s3", "GetObject", "InvalidPartNumber", {"PartNumber": 2}),
    *_of("s3", "HeadObject", "416", {"PartNumber": 2}),
    Refusal(but(ASKED["s3", "HeadObject"], VersionId="null"), "405", _marked),
    *_of("s3", "DeleteObject", "InvalidArgument", {"VersionId": "3"}),
    *_of("s3", "PutBucketVersioning", "IllegalVersioningConfigurationException", {"VersioningConfiguration": {}}),
    *_of("s3", "PutBucketVersioning", "MalformedXML", {"VersioningConfiguration": {"Status": "enabled"}}),
    *_of("s3", "ListObjectVersions", "InvalidArgument", {"VersionIdMarker": "null"}, {"EncodingType": "x"}),
    *_of("s3", "CopyObject", "NoSuchKey", {"CopySource": f"{BUCKET}/none"}),
    *_of("s3", "CopyObject", "NoSuchBucket", {"CopySource": "nowhere/none"}),
    *_of("s3", "CopyObject", "InvalidRequest", {"Key": OBJECT}),
    *_of("s3", "CopyObject", "InvalidArgument", {"TaggingDirective": "REPLACE", "Tagging": "k=v&k=w"}),
    *_of("s3", "DeleteObjects", "MalformedXML", {"Delete": {"Objects": ()}}),
    *_of("s3", "ListObjects", "InvalidArgument", {"MaxKeys": -1}),
    *_of("s3", "HeadObject", "404", {"Key": "none"}, {"Bucket": "nowhere"}),
    *_of("s3", "HeadBucket", "404", {"Bucket": "nowhere"}),
    *_of("s3", "CreateBucket", "BucketAlreadyOwnedByYou", {"Bucket": "coffeeshop-wien"}),
    *_of("s3", "CreateBucket", "InvalidLocationConstraint", {"CreateBucketConfiguration": {"LocationConstraint": "us-east-1"}}),
    *_of("s3", "CreateBucket", "InvalidBucketName", {"Bucket": "Coffeeshop"}),
    Refusal(ABROAD, "IllegalLocationConstraintException"),
    *_of("s3", "DeleteBucket", "BucketNotEmpty", {"Bucket": BUCKET}),
    *_of("s3", "ListObjectsV2", "InvalidArgument", {"MaxKeys": -1}, {"ContinuationToken": ""}),
    *_of("s3", "PutObject", "InvalidArgument", {"Tagging": "k=v&k=w"}),
    *_of("s3", "PutObject", "PreconditionFailed", {"Key": OBJECT, "IfNoneMatch": "*"}, {"Key": OBJECT, "IfMatch": '"other"'}),
    *chain.from_iterable(
        (
            *_of("s3", name, "NotSimulated", {"ServerSideEncryption": "aws:fsx"}),
            *_of("s3", name, "InvalidArgument", {"SSEKMSKeyId": "alias/receipts"}),
            *_of("s3", name, "KMS.NotFoundException", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "nowhere"}),
        )
        for name in ("PutObject", "CopyObject", "CreateMultipartUpload")
    ),
    *_of("s3", "PutBucketEncryption", "MalformedXML", {"ServerSideEncryptionConfiguration": {"Rules": ()}}),
    *_of("s3", "PutBucketEncryption", "InvalidArgument", {"ServerSideEncryptionConfiguration": {"Rules": ({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "x"}},)}}),
    *_of("s3", "PutBucketEncryption", "NotSimulated", {"ServerSideEncryptionConfiguration": {"Rules": ({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:fsx"}},)}}),
    *_of("s3", "PutObject", "NoSuchKey", {"Key": "none", "IfMatch": '"other"'}),
    *_of("s3", "PutObject", "NotImplemented", {"IfNoneMatch": '"other"'}, {"IfNoneMatch": "*", "IfMatch": '"other"'}),
    *_of("s3", "GetBucketPolicy", "NoSuchBucketPolicy", {"Bucket": "coffeeshop-recipes"}),
    *_of("s3", "GetBucketPolicyStatus", "NoSuchBucketPolicy", {"Bucket": "coffeeshop-recipes"}),
    Refusal(
        ASKED["s3", "GetPublicAccessBlock"],
        "NoSuchPublicAccessBlockConfiguration",
        lambda account: done(account, ASKED["s3", "DeletePublicAccessBlock"]).account,
    ),
    *_of("s3", "PutBucketPolicy", "MalformedPolicy", {"Policy": "{"}, {"Policy": READERS}),
    *chain.from_iterable(
        _of("dynamodb", name, "ResourceNotFoundException", {"TableName": "Nowhere"})
        for service, name in ASKED
        if service == "dynamodb" and name not in {"CreateTable", "ListTables", "DescribeContinuousBackups", *OF_ARN}
    ),
    *chain.from_iterable(
        _of("dynamodb", name, "ResourceNotFoundException", {"ResourceArn": REGISTER.replace("Register", "Nowhere")})
        for name in OF_ARN
    ),
    *_of("dynamodb", "DescribeContinuousBackups", "TableNotFoundException", {"TableName": "Nowhere"}),
    *_of("dynamodb", "CreateTable", "ValidationException", {"Tags": RESERVED_TAG}),
    *_of("dynamodb", "ListTagsOfResource", "ValidationException", {"NextToken": "nowhere"}),
    *_of("dynamodb", "TagResource", "ValidationException", {"Tags": RESERVED_TAG}),
    *_of("sqs", "CreateQueue", "InvalidParameterValue", {"tags": {"aws:x": "1"}}),
    *_of("sqs", "TagQueue", "InvalidParameterValue", {"Tags": {"aws:x": "1"}}),
    *_of("lambda", "CreateFunction", "InvalidParameterValueException", {"Tags": {"aws:x": "1"}}),
    *_of("lambda", "TagResource", "InvalidParameterValueException", {"Tags": {"aws:x": "1"}}),
    *_of("dynamodb", "CreateTable", "ResourceInUseException", {"TableName": "Register"}),
    *_of("dynamodb", "CreateTable", "ValidationException", {"AttributeDefinitions": ()}, {"BillingMode": None}),
    *_of("dynamodb", "CreateTable", "ValidationException", {"KeySchema": KEYED * 2}),
    *_of("dynamodb", "UpdateItem", "NotSimulated", {"UpdateExpression": "REMOVE total"}),
    *chain.from_iterable(
        _of("dynamodb", name, "NotSimulated", {"ProjectionExpression": "lines[0]"})
        for name in ("GetItem", "Query", "Scan")
    ),
    *_of("dynamodb", "Query", "ValidationException", {"KeyConditionExpression": "sale > :s"}),
    *_of("dynamodb", "CreateTable", "ValidationException", {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}),
    *_of("dynamodb", "PutItem", "ValidationException", {"ReturnValues": "ALL_NEW"}),
    *chain.from_iterable(
        _of("dynamodb", name, "ValidationException", {"Key": {"sale": {"N": "1"}}})
        for name in ("GetItem", "UpdateItem", "DeleteItem")
    ),
    *_of("dynamodb", "PutItem", "ValidationException", {"Item": {"total": {"N": "1"}}}),
    *_of("dynamodb", "Query", "ValidationException", {"ExpressionAttributeValues": {}}),
    *_of("dynamodb", "Scan", "ValidationException", {"ExclusiveStartKey": {"sale": {"N": "1"}}}),
    *chain.from_iterable(
        _of("sqs", name, "AWS.SimpleQueueService.NonExistentQueue", {"QueueUrl": QUEUE.replace("online-orders", "none")})
        for service, name in ASKED
        if service == "sqs" and name not in {"CreateQueue", "ListQueues", "GetQueueUrl"}
    ),
    *_of("sqs", "GetQueueUrl", "AWS.SimpleQueueService.NonExistentQueue", {"QueueName": "none"}),
    *_of("sqs", "CreateQueue", "QueueAlreadyExists", {"QueueName": "online-orders", "Attributes": {"DelaySeconds": "9"}}),
    *chain.from_iterable(
        _of("sqs", name, "InvalidAddress", {"QueueUrl": "online-orders"})
        for service, name in ASKED
        if service == "sqs" and name not in {"CreateQueue", "ListQueues", "GetQueueUrl"}
    ),
    *chain.from_iterable(
        _of("sqs", name, code, {"Attributes": {attribute: "1"}})
        for name in ("CreateQueue", "SetQueueAttributes")
        for code, attribute in (("InvalidAttributeName", "QueueArn"), ("InvalidAttributeName", "ContentBasedDeduplication"), ("NotSimulated", "RedrivePolicy"))
    ),
    *_of("sqs", "CreateQueue", "InvalidParameterValue", {"QueueName": "a b"}),
    Refusal(
        ASKED["sqs", "CreateQueue"],
        "AWS.SimpleQueueService.QueueDeletedRecently",
        lambda account: replace(account, deleted_queues=account.deleted_queues.put("returns", NOW)),
    ),
    Refusal(
        ASKED["sqs", "PurgeQueue"],
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        lambda account: done(account, ASKED["sqs", "PurgeQueue"]).account,
    ),
    *_of("sqs", "SendMessage", "MissingParameter", {"MessageBody": ""}),
    *_of("sqs", "SendMessage", "InvalidParameterValue", {"MessageDeduplicationId": "1"}, {"MessageGroupId": "a b"}),
    *_of("sqs", "CreateQueue", "InvalidParameterValue", {"Attributes": {"FifoQueue": "true"}}),
    *_of("sqs", "ReceiveMessage", "InvalidAttributeName", {"AttributeNames": ("Sender",)}, {"AttributeNames": ("All", "Sender")}),
    *_of("sqs", "DeleteMessage", "ReceiptHandleIsInvalid", {"ReceiptHandle": "nobody-knows"}),
    *_of("sqs", "ChangeMessageVisibility", "ReceiptHandleIsInvalid", {"ReceiptHandle": "nobody-knows"}),
    *_of("sqs", "ChangeMessageVisibility", "InvalidParameterValue", {"ReceiptHandle": "A" * 40}),
    *chain.from_iterable(
        _of("sqs", name, f"AWS.SimpleQueueService.{code}", {"Entries": tuple({**entry, "Id": id} for id in ids)})
        for name, entry in (
            ("SendMessageBatch", {"MessageBody": "x"}),
            ("DeleteMessageBatch", {"ReceiptHandle": HANDLE}),
            ("ChangeMessageVisibilityBatch", {"ReceiptHandle": HANDLE}),
        )
        for code, ids in (
            ("EmptyBatchRequest", ""),
            ("TooManyEntriesInBatchRequest", "abcdefghijk"),
            ("InvalidBatchEntryId", ":"),
            ("BatchEntryIdsNotDistinct", "aa"),
        )
    ),
    *_of("sqs", "SendMessageBatch", "AWS.SimpleQueueService.BatchRequestTooLong", {"Entries": ({"Id": "a", "MessageBody": "x" * 1048577},)}),
    *_of("sqs", "CreateQueue", "InvalidAttributeValue", {"Attributes": {"DelaySeconds": "soon"}}),
    *_of("sqs", "SetQueueAttributes", "InvalidAttributeValue", {"Attributes": {"Policy": "{"}}),
    *chain.from_iterable(
        _of("lambda", name, "ResourceNotFoundException", {"FunctionName": "nothing"})
        for service, name in ASKED
        if service == "lambda" and name not in {"CreateFunction", "ListFunctions", "ListTags", "TagResource", "UntagResource"}
    ),
    *chain.from_iterable(
        _of("lambda", name, "ResourceNotFoundException", {"Resource": MACHINE + "x"})
        for name in ("ListTags", "TagResource", "UntagResource")
    ),
    *_of("lambda", "RemovePermission", "ResourceNotFoundException", {"StatementId": "s9"}),
    *_of("lambda", "CreateFunction", "ResourceConflictException", {"FunctionName": "espresso-api"}),
    *_of("lambda", "CreateFunction", "InvalidParameterValueException", {"Role": role("Till")}, {"Handler": None}, {"Code": {}}, {"Code": {"ZipFile": b""}}),
    *_of("lambda", "UpdateFunctionCode", "InvalidParameterValueException", {"ZipFile": None}, {"ZipFile": b""}),
    *_of("lambda", "UpdateFunctionConfiguration", "InvalidParameterValueException", {"Role": role("Till")}),
    *_of("lambda", "Invoke", "InvalidRequestContentException", {"Payload": b"{order: 1}"}, {"Payload": b"\xff"}, {"Payload": b"[" * 100_000}),
    *_of("lambda", "AddPermission", "ResourceConflictException", {"StatementId": "s1"}),
    *_of("lambda", "AddPermission", "InvalidParameterValueException", {"Principal": user("nobody")}),
    *_of("ec2", "DescribeRegions", "InvalidParameterValue", {"RegionNames": ("eu-nowhere-1",)}),
    *_of("ec2", "DescribeInstances", "InvalidParameterValue", {"InstanceIds": (), "MaxResults": 4}),
    *_of("ec2", "DescribeInstances", "InvalidParameterCombination", {"InstanceIds": (BOARD,), "MaxResults": 5}),
    *chain.from_iterable(
        _of("ec2", name, "DryRunOperation", {"DryRun": True})
        for name in ("DescribeInstances", "DescribeRegions", "StartInstances", "StopInstances")
    ),
    *_of("lambda", "ListFunctions", "InvalidParameterValueException", {"Marker": "x"}),
    *_of("lambda", "ListVersionsByFunction", "InvalidParameterValueException", {"Marker": "x"}),
    *_of("sqs", "ListQueues", "InvalidParameterValue", {"NextToken": "x"}),
    *_of("s3", "PutObject", "MetadataTooLarge", {"Metadata": {"k": "v" * 2048}}),
    *_of("s3", "CopyObject", "MetadataTooLarge", {"Metadata": {"k": "v" * 2048}, "MetadataDirective": "REPLACE"}),
    *chain.from_iterable(
        _of("ec2", f"{verb}Instances", "InvalidParameterCombination", {"InstanceIds": ()}) for verb in ("Start", "Stop")
    ),
    *chain.from_iterable(
        _of("ec2", f"{verb}Instances", f"InvalidInstanceID.{code}", {"InstanceIds": (id,)})
        for verb in ("Describe", "Start", "Stop")
        for code, id in (("NotFound", "i-00000000000000000"), ("Malformed", "menu-board"))
    ),
    # ----------------------------------------------------------- organizations
    *(
        Refusal(line._replace(by=by), code)
        for (service, name), line in ASKED.items()
        for by, code in (("corner", "AWSOrganizationsNotInUseException"), ("branch", "AccessDeniedException"))
        if service == "organizations" and (name, by) not in OPEN_TO
    ),
    *chain.from_iterable(
        _of("organizations", name, code, {parameter: value})
        for service, name in ASKED
        if service == "organizations"
        for parameter, (value, code) in ABSENTEES.items()
        if parameter in ASKED[service, name].call.parameters
    ),
    *chain.from_iterable(
        _of("organizations", name, "InvalidInputException", {"NextToken": "bm9uZQ=="})
        for service, name in ASKED
        if service == "organizations" and OPERATIONS[service, name].input.member("NextToken")
    ),
    *_of("organizations", "CreateOrganization", "AlreadyInOrganizationException", {}, by="root"),
    *_of("kms", "CreateKey", "NotSimulated", {"KeySpec": "SM2"}),
    *_of("kms", "DescribeKey", "NotSimulated", {"KeyId": "alias/aws/ssm"}),
    *_of("organizations", "CreateOrganization", "NotSimulated", {"FeatureSet": "CONSOLIDATED_BILLING"}),
    *_of("organizations", "LeaveOrganization", "MasterCannotLeaveOrganizationException", {}, by="root"),
    Refusal(ASKED["organizations", "LeaveOrganization"], "ConstraintViolationException", _made_here),
    *_of("organizations", "RemoveAccountFromOrganization", "MasterCannotLeaveOrganizationException", {"AccountId": ID}),
    *_of("organizations", "RemoveAccountFromOrganization", "ConstraintViolationException", {"AccountId": CREATION.account}),
    *_of("organizations", "InviteAccountToOrganization", "InvalidInputException", {"Target": {"Id": "nobody@shop.example", "Type": "EMAIL"}}),
    *_of("organizations", "InviteAccountToOrganization", "HandshakeConstraintViolationException", {"Target": {"Id": "owner@branch.example", "Type": "EMAIL"}}),
    *_of("organizations", "InviteAccountToOrganization", "DuplicateHandshakeException", {"Target": {"Id": KIOSK, "Type": "ACCOUNT"}}),
    *_of("organizations", "AcceptHandshake", "AccessDeniedException", {}, by="root"),
    *_of("organizations", "DeclineHandshake", "AccessDeniedException", {}, by="root"),
    *_of("organizations", "CancelHandshake", "AccessDeniedException", {}, by="kiosk"),
    Refusal(ASKED["organizations", "DeclineHandshake"], "HandshakeAlreadyInStateException", _invited(state="DECLINED")),
    Refusal(ASKED["organizations", "CancelHandshake"], "HandshakeAlreadyInStateException", _invited(state="CANCELED")),
    Refusal(ASKED["organizations", "DeclineHandshake"], "InvalidHandshakeTransitionException", _invited(state="CANCELED")),
    Refusal(ASKED["organizations", "CancelHandshake"], "InvalidHandshakeTransitionException", _invited(expires=AT)),
    *_of("organizations", "AcceptHandshake", "HandshakeAlreadyInStateException", {"HandshakeId": GRANTED}, by="branch"),
    Refusal(ASKED["organizations", "AcceptHandshake"], "InvalidHandshakeTransitionException", _invited(expires=AT)),
    Refusal(ASKED["organizations", "AcceptHandshake"], "HandshakeConstraintViolationException", _elsewhere),
    *_of("organizations", "MoveAccount", "SourceParentNotFoundException", {"SourceParentId": EMPTY}),
    *_of("organizations", "MoveAccount", "DuplicateAccountException", {"DestinationParentId": TOP}),
    *_of("organizations", "CreateOrganizationalUnit", "DuplicateOrganizationalUnitException", {"Name": "Shops"}),
    *_of("organizations", "UpdateOrganizationalUnit", "DuplicateOrganizationalUnitException", {"Name": "Empty"}),
    *_of("organizations", "DeleteOrganizationalUnit", "OrganizationalUnitNotEmptyException", {"OrganizationalUnitId": SHOPS}),
    *_of("organizations", "EnablePolicyType", "PolicyTypeAlreadyEnabledException", {"PolicyType": SCP}),
    *_of("organizations", "DisablePolicyType", "PolicyTypeNotEnabledException", {"PolicyType": RCP}),
    # An RCP can only deny: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
    *_of("organizations", "CreatePolicy", "MalformedPolicyDocumentException", {"Type": RCP, "Content": allow("s3:*", Principal="*")}),
    *chain.from_iterable(
        _of("organizations", name, "NotSimulated", {parameter: "TAG_POLICY"})
        for name, parameter in (("CreatePolicy", "Type"), ("EnablePolicyType", "PolicyType"), ("DisablePolicyType", "PolicyType"))
    ),
    *chain.from_iterable(
        _of("organizations", f"{verb}Policy", code, change)
        for verb in ("Create", "Update")
        for code, change in (("MalformedPolicyDocumentException", {"Content": "{"}), ("MalformedPolicyDocumentException", {"Content": READERS}), ("DuplicatePolicyException", {"Name": "FullAWSAccess"}))
    ),
    *chain.from_iterable(
        _of("organizations", name, "InvalidInputException", {"PolicyId": "p-FullAWSAccess"})
        for name in ("UpdatePolicy", "DeletePolicy")
    ),
    *_of("organizations", "DeletePolicy", "PolicyInUseException", {"PolicyId": RULES}),
    *_of("organizations", "AttachPolicy", "DuplicatePolicyAttachmentException", {"PolicyId": RULES}),
    *_of("organizations", "AttachPolicy", "PolicyTypeNotEnabledException", {"PolicyId": "p-RCPFullAWSAccess"}),
    *_of("organizations", "DetachPolicy", "PolicyNotAttachedException", {"PolicyId": SPARES}),
    *_of("organizations", "DetachPolicy", "ConstraintViolationException", {"PolicyId": "p-FullAWSAccess", "TargetId": TOP}),
    Refusal(but(ASKED["organizations", "DetachPolicy"], PolicyId="p-RCPFullAWSAccess"), "InvalidInputException", lambda account: done(account, ASKED["organizations", "EnablePolicyType"]).account),
    *chain.from_iterable(
        _of("organizations", name, "InvalidInputException", {"Tags": RESERVED_TAG}, {"Tags": NORTH * 2})
        for name in ("CreateAccount", "CreateOrganizationalUnit", "CreatePolicy", "TagResource")
    ),
    # ------------------------------------------------------------- CloudTrail
    *chain.from_iterable(
        _of("cloudtrail", name, "TrailNotFoundException", {"Name": "nowhere"})
        for name in ("GetTrail", "GetTrailStatus", "StartLogging", "StopLogging", "DeleteTrail")
    ),
    *chain.from_iterable(
        _of("cloudtrail", name, "TrailNotFoundException", {"TrailName": "nowhere"})
        for name in ("GetEventSelectors", "GetInsightSelectors")
    ),
    *_of("cloudtrail", "ListTags", "CloudTrailARNInvalidException", {"ResourceIdList": ("audit",)}),
    *_of("cloudtrail", "ListTags", "ResourceNotFoundException", {"ResourceIdList": (f"{AUDIT}or",)}),
    *_of("cloudtrail", "CreateTrail", "InvalidTrailNameException", {"Name": "a"}),
    *_of("cloudtrail", "CreateTrail", "TrailAlreadyExistsException", {"Name": "audit"}),
    *_of("cloudtrail", "CreateTrail", "S3BucketDoesNotExistException", {"S3BucketName": "nowhere"}),
    *_of("cloudtrail", "CreateTrail", "InsufficientS3BucketPolicyException", {"S3BucketName": BUCKET}),
    *_of("cloudtrail", "LookupEvents", "InvalidLookupAttributesException", {"LookupAttributes": ({"AttributeKey": "Badge", "AttributeValue": "1"},)}, {"LookupAttributes": ({"AttributeKey": "EventName", "AttributeValue": "1"},) * 2}),
    *_of("cloudtrail", "LookupEvents", "InvalidTimeRangeException", {"StartTime": "2026-03-02T09:00:00Z", "EndTime": "2026-03-02T08:00:00Z"}),
    *_of("cloudtrail", "LookupEvents", "InvalidMaxResultsException", {"MaxResults": 51}),
    *_of("cloudtrail", "LookupEvents", "InvalidNextTokenException", {"NextToken": "bm9uZQ=="}),
    *_of("cloudtrail", "LookupEvents", "InvalidEventCategoryException", {"EventCategory": "management"}),
    # -------------------------------------------------------- Access Analyzer
    *chain.from_iterable(
        _of("access-analyzer", name, "ResourceNotFoundException", {parameter: value})
        for (service, name), line in ASKED.items()
        if service == "access-analyzer" and name != "CreateAnalyzer"
        for parameter, value in (("analyzerName", "nowhere"), ("analyzerArn", f"{OUTSIDE}x"), ("ruleName", "none"), ("id", "none"))
        if parameter in line.call.parameters and (name, parameter) != ("CreateArchiveRule", "ruleName")
    ),
    *chain.from_iterable(
        _of("access-analyzer", name, "ResourceNotFoundException", {"resourceArn": f"{OUTSIDE}x"})
        for name in ("TagResource", "UntagResource", "ListTagsForResource", "GetAnalyzedResource", "StartResourceScan")
    ),
    *chain.from_iterable(
        _of("access-analyzer", name, "ValidationException", {"nextToken": "bm9uZQ=="}, {"maxResults": 0})
        for service, name in ASKED
        if service == "access-analyzer" and OPERATIONS[service, name].input.member("nextToken")
    ),
    *chain.from_iterable(
        _of("access-analyzer", name, "ValidationException", {"filter": {"colour": {"eq": ("red",)}}}, {"filter": {"resource": {}}})
        for name in ("ListFindings", "ListFindingsV2", "CreateArchiveRule", "UpdateArchiveRule")
    ),
    *_of("access-analyzer", "CheckNoNewAccess", "InvalidParameterException", {"newPolicyDocument": "{"}, {"existingPolicyDocument": READERS}),
    *_of("access-analyzer", "CheckAccessNotGranted", "InvalidParameterException", {"policyDocument": "{"}, {"access": ({},)}),
    *_of("access-analyzer", "CheckNoPublicAccess", "InvalidParameterException", {"policyDocument": LIST}),
    *_of("access-analyzer", "CreateAnalyzer", "ConflictException", {"analyzerName": "outside"}),
    *_of("access-analyzer", "CreateAnalyzer", "ServiceQuotaExceededException", {"type": "ACCOUNT", "configuration": None}),
    *_of("access-analyzer", "CreateAnalyzer", "NotSimulated", {"type": "ACCOUNT_INTERNAL_ACCESS"}),
    *_of("access-analyzer", "CreateAnalyzer", "ValidationException", {"configuration": {"unusedAccess": {"unusedAccessAge": 0}}}, {"type": "ORGANIZATION"}, {"tags": {"aws:x": "1"}}),
    *_of("access-analyzer", "CreateAnalyzer", "ValidationException", {"type": "ORGANIZATION_UNUSED_ACCESS"}, by="branch"),
    *_of("access-analyzer", "TagResource", "ValidationException", {"tags": {"aws:x": "1"}}),
    *_of("access-analyzer", "CreateArchiveRule", "ConflictException", {"ruleName": "deploys"}),
    *_of("access-analyzer", "ListFindings", "ValidationException", {"sort": {"attributeName": "colour"}}),
    *_of("access-analyzer", "UpdateFindings", "ValidationException", {"ids": None}),
    *_of("access-analyzer", "StartResourceScan", "ResourceNotFoundException", {"resourceOwnerAccount": BRANCH}),
    # -------------------------------------------------------------------- KMS
    *chain.from_iterable(
        _of("kms", name, "NotFoundException", {"KeyId": "00000000-0000-0000-0000-000000000000"}, {"KeyId": "nowhere"})
        for name in KEY_OPERATIONS
    ),
    *chain.from_iterable(
        _of("kms", name, "KMSInvalidStateException", {"KeyId": DUE_KEY})
        for name in KEY_OPERATIONS if not name.startswith(("Describe", "Get", "List", "Cancel", "Re"))
    ),
    *chain.from_iterable(
        _of("kms", name, "DisabledException", {"KeyId": OFF})
        for name in ("Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "CreateGrant", "EnableKeyRotation", "DisableKeyRotation")
    ),
    *_of("kms", "CreateKey", "ValidationException", {"KeySpec": "RSA_2048"}, {"KeyUsage": "SIGN_VERIFY"}),
    *_of("kms", "CreateKey", "MalformedPolicyDocumentException", {"Policy": "{"}, {"Policy": ROOT_KEYS.replace(":root", ":user/ada")}, {"Policy": ROOT_KEYS.replace(":root", ":user/nobody")}),
    *_of("kms", "PutKeyPolicy", "MalformedPolicyDocumentException", {"Policy": "{"}, {"Policy": ROOT_KEYS.replace(":root", ":user/ada")}),
    *_of("kms", "PutKeyPolicy", "NotFoundException", {"PolicyName": "other"}),
    *_of("kms", "GetKeyPolicy", "NotFoundException", {"PolicyName": "other"}),
    *_of("kms", "TagResource", "TagException", {"Tags": ({"TagKey": "aws:x", "TagValue": ""},)}, {"Tags": ({"TagKey": "x", "TagValue": ""},) * 2}),
    *_of("kms", "CreateAlias", "AlreadyExistsException", {"AliasName": "alias/receipts"}),
    *_of("kms", "CreateAlias", "ValidationException", {"AliasName": "spare"}),
    *_of("kms", "CreateAlias", "NotAuthorizedException", {"AliasName": "alias/aws/spare"}),
    *_of("kms", "CreateAlias", "NotFoundException", {"TargetKeyId": "nowhere"}),
    *_of("kms", "CreateAlias", "KMSInvalidStateException", {"TargetKeyId": DUE_KEY}),
    *_of("kms", "UpdateAlias", "ValidationException", {"TargetKeyId": SIGNER}),
    *chain.from_iterable(_of("kms", name, "NotFoundException", {"AliasName": "alias/nowhere"}) for name in ("UpdateAlias", "DeleteAlias")),
    *_of("kms", "ScheduleKeyDeletion", "ValidationException", {"PendingWindowInDays": 6}, {"PendingWindowInDays": 31}),
    *_of("kms", "CancelKeyDeletion", "KMSInvalidStateException", {"KeyId": SEAL}),
    *_of("kms", "EnableKeyRotation", "UnsupportedOperationException", {"KeyId": SIGNER}),
    *_of("kms", "Encrypt", "InvalidKeyUsageException", {"KeyId": SIGNER}, {"EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
    *_of("kms", "GenerateDataKey", "InvalidKeyUsageException", {"KeyId": SIGNER}),
    *_of("kms", "GenerateDataKey", "ValidationException", {"KeySpec": None}, {"NumberOfBytes": 8}),
    *_of("kms", "Decrypt", "InvalidCiphertextException", {"EncryptionContext": None}, {"CiphertextBlob": b"beans"}),
    *_of("kms", "Decrypt", "IncorrectKeyException", {"KeyId": PLAIN}),
    *_of("kms", "ReEncrypt", "InvalidCiphertextException", {"SourceEncryptionContext": None}),
    *_of("kms", "ReEncrypt", "IncorrectKeyException", {"SourceKeyId": PLAIN}),
    *_of("kms", "ReEncrypt", "NotFoundException", {"DestinationKeyId": "nowhere"}),
    *_of("kms", "CreateGrant", "InvalidArnException", {"GranteePrincipal": user("nobody")}, {"RetiringPrincipal": "dana"}),
    *_of("kms", "CreateGrant", "ValidationException", {"GranteePrincipal": None}),
    *_of("kms", "CreateGrant", "DryRunOperationException", {"DryRun": True}),
    *chain.from_iterable(_of("kms", name, "InvalidGrantIdException", {"GrantId": "none"}) for name in ("RevokeGrant", "RetireGrant")),
    *_of("kms", "RetireGrant", "ValidationException", {"GrantId": None}),
    *_of("kms", "ListKeys", "InvalidMarkerException", {"Marker": "bm9uZQ=="}),
    # -------------------------------------------------------- Identity Center
    *_of("console", "EnableIdentityCenter", "ConflictException", {}, by="root@console"),
    *(
        Refusal(line, "ValidationException", _without_organization)
        for line in (ASKED["console", "EnableIdentityCenter"],)
    ),
    *_of("console", "PortalSignIn", "AccessDenied", {"UserName": "mo"}, {"UserName": "nobody"}, {"PermissionSetName": "Bare"}, {"AccountId": ID}, {"AccountId": CORNER}, {"AccountId": "999999999999"}),
    *(
        Refusal(line._replace(by=by), code)
        for (service, name), line in ASKED.items()
        for by, code in (("branch", "AccessDeniedException"), ("corner", "AccessDeniedException"))
        if service == "sso-admin" and name != "ListInstances"
    ),
    *chain.from_iterable(
        _of("sso-admin", name, "ResourceNotFoundException", change)
        for service, name in ASKED
        if service == "sso-admin"
        for parameter, change in NO_CENTER.items()
        if parameter in ASKED[service, name].call.parameters
        and (name, parameter) not in FAILING_LATER
    ),
    *chain.from_iterable(
        _of(service, name, "ValidationException", {"NextToken": "bm9uZQ=="})
        for service, name in ASKED
        if service in {"sso-admin", "identitystore"} and OPERATIONS[service, name].input.member("NextToken")
    ),
    *_of("sso-admin", "CreatePermissionSet", "ConflictException", {"Name": "BARISTA"}),
    *chain.from_iterable(
        _of("sso-admin", name, "ValidationException", *({"SessionDuration": text} for text in ("PT59M", "PT13H", "P1M", "-PT2H")))
        for name in ("CreatePermissionSet", "UpdatePermissionSet")
    ),
    *chain.from_iterable(
        _of("sso-admin", name, "ValidationException", {"Tags": RESERVED_TAG}, {"Tags": NORTH * 2})
        for name in ("CreatePermissionSet", "TagResource")
    ),
    *_of("sso-admin", "DeletePermissionSet", "ConflictException", {"PermissionSetArn": BARISTA}),
    *_of("sso-admin", "AttachManagedPolicyToPermissionSet", "ConflictException", {"PermissionSetArn": BARISTA, "ManagedPolicyArn": READ_ONLY}),
    *_of("sso-admin", "AttachManagedPolicyToPermissionSet", "ResourceNotFoundException", {"ManagedPolicyArn": "arn:aws:iam::aws:policy/Nothing"}),
    *_of("sso-admin", "DetachManagedPolicyFromPermissionSet", "ResourceNotFoundException", {"ManagedPolicyArn": ADMIN}),
    *_of("sso-admin", "AttachCustomerManagedPolicyReferenceToPermissionSet", "ConflictException", {"PermissionSetArn": BARISTA, "CustomerManagedPolicyReference": {"Name": "Receipts", "Path": "/"}}),
    *_of("sso-admin", "DetachCustomerManagedPolicyReferenceFromPermissionSet", "ResourceNotFoundException", {"CustomerManagedPolicyReference": {"Name": "Spare"}}),
    *_of("sso-admin", "PutInlinePolicyToPermissionSet", "ValidationException", {"InlinePolicy": "{"}),
    *_of("sso-admin", "DeleteInlinePolicyFromPermissionSet", "ResourceNotFoundException", {"PermissionSetArn": BARE}),
    *_of("sso-admin", "PutPermissionsBoundaryToPermissionSet", "ValidationException", {"PermissionsBoundary": {}}),
    *_of("sso-admin", "PutPermissionsBoundaryToPermissionSet", "ResourceNotFoundException", {"PermissionsBoundary": {"ManagedPolicyArn": "arn:aws:iam::aws:policy/Nothing"}}),
    *chain.from_iterable(
        _of("sso-admin", f"{verb}PermissionsBoundary{where}PermissionSet", "ResourceNotFoundException", {"PermissionSetArn": BARE})
        for verb, where in (("Get", "For"), ("Delete", "From"))
    ),
    *_of("sso-admin", "ProvisionPermissionSet", "ValidationException", {"TargetId": None}),
    *chain.from_iterable(
        _of("identitystore", name, "ResourceNotFoundException", change)
        for service, name in ASKED
        if service == "identitystore"
        for parameter, change in NO_PERSON.items()
        if parameter in ASKED[service, name].call.parameters
        and (name, parameter) != ("GetGroupId", "AlternateIdentifier")
    ),
    *_of("identitystore", "GetGroupId", "ResourceNotFoundException", {"AlternateIdentifier": NO_TEAM}),
    *_of("identitystore", "GetUserId", "ResourceNotFoundException", {"AlternateIdentifier": {"UniqueAttribute": {"AttributePath": "emails.value", "AttributeValue": "nobody"}}}),
    *_of("identitystore", "CreateUser", "ConflictException", {"UserName": "KIM"}),
    *_of("identitystore", "CreateUser", "ValidationException", {"UserName": None}, {"UserName": "Administrator"}, {"DisplayName": None}, {"Name": None}, {"Name": {"GivenName": "Jo"}}),
    *_of("identitystore", "UpdateUser", "ConflictException", {"Revision": "7"}, {"Operations": ({"AttributePath": "userName", "AttributeValue": "mo"},)}),
    *_of("identitystore", "UpdateUser", "ValidationException", *({"Operations": ({"AttributePath": path},)} for path in ("displayName", "beans", "name.beans", "userName", "identityStoreId"))),
    *chain.from_iterable(_of("identitystore", name, "ConflictException", {"Revision": "7"}) for name in ("DeleteUser", "UpdateGroup", "DeleteGroup")),
    *chain.from_iterable(_of("identitystore", name, "ValidationException", {"Filters": ({"AttributePath": "beans", "AttributeValue": "x"},)}) for name in ("ListUsers", "ListGroups")),
    *chain.from_iterable(_of("identitystore", name, "ValidationException", {"AlternateIdentifier": {}}, {"AlternateIdentifier": {"UniqueAttribute": {"AttributePath": "beans", "AttributeValue": "x"}}}) for name in ("GetUserId", "GetGroupId")),
    *chain.from_iterable(_of("identitystore", name, "ValidationException", {"MemberId": {}}) for name in ("CreateGroupMembership", "GetGroupMembershipId", "ListGroupMembershipsForMember", "IsMemberInGroups")),
    *_of("identitystore", "CreateGroup", "ConflictException", {"DisplayName": "BARISTAS"}),
    *_of("identitystore", "CreateGroup", "ValidationException", {"DisplayName": None}, {"DisplayName": "AWSAdministrators"}),
    *_of("identitystore", "UpdateGroup", "ConflictException", {"Operations": ({"AttributePath": "displayName", "AttributeValue": "Baristas"},)}),
    *_of("identitystore", "UpdateGroup", "ValidationException", {"Operations": ({"AttributePath": "beans"},)}, {"Operations": ({"AttributePath": "displayName"},)}),
    *_of("identitystore", "CreateGroupMembership", "ConflictException", {"GroupId": BARISTAS, "MemberId": {"UserId": KIM}}),
    *_of("identitystore", "GetGroupMembershipId", "ResourceNotFoundException", {"GroupId": TEAM}),
]  # fmt: skip
STATUS = {  # by HTTP status, the codes; 400 for all others
    403: {"AWS.SimpleQueueService.PurgeQueueInProgress", "AccessDenied", "ExpiredToken", "AccessDeniedException", "UnauthorizedOperation", "403", "InvalidAuthenticationCode", "MissingAuthenticationToken"},
    405: {"MethodNotAllowed", "405"},
    404: {"OwnershipControlsNotFoundError", "NoSuchUpload", "NoSuchVersion", "NoSuchTagSet", "NoSuchEntity", "NoSuchBucket", "NoSuchKey", "NoSuchBucketPolicy", "ResourceNotFoundException", "InvalidAddress", "404", "NoSuchPublicAccessBlockConfiguration", *ALWAYS_ABSENT.values()},
    402: {"ServiceQuotaExceededException"},
    409: {"EntityAlreadyExists", "DeleteConflict", "LimitExceeded", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "ResourceConflictException", "ConditionalRequestConflict"},
    410: {"ReportNotPresent", "ReportExpired"},
    416: {"InvalidPartNumber", "416"},
    412: {"PreconditionFailed", "DryRunOperation"},
    501: {"NotSimulated", "NotImplemented"},
}  # fmt: skip
# What every operation of IAM and STS may answer without declaring it.
COMMON = {"AccessDenied", "ValidationError"}
BEYOND = {  # what is answered although the row does not declare it
    ("CreateRole", "NoSuchEntity"),  # a boundary that is not there, as CreateUser says it
    (
        "AssumeRole",
        "InvalidParameterValue",
    ),  # tags and transitive keys (seen), likewise below
    ("GetFederationToken", "InvalidParameterValue"),
    # API keys of services, and credentials that expire
    ("CreateServiceSpecificCredential", "NotSimulated"),
    ("ListServiceSpecificCredentials", "NotSimulated"),
    ("UpdateServiceSpecificCredential", "NotSimulated"),
    ("CreateServiceLinkedRole", "NotSimulated"),  # a service of which we know no role
}


def status(service: str, code: str) -> int:
    """The HTTP status of a code; DynamoDB has no other than 400."""
    found = next((number for number, codes in STATUS.items() if code in codes), 400)
    if (service, code) == ("access-analyzer", "ConflictException"):
        return 409
    return 400 if service in {"dynamodb", *JSON_SERVICES} and found != 501 else found


DETAILS = {  # what an error tells beside code and message, by its service and code
    **{("lambda", code): {"Type"} for code in TYPED_ERRORS},
    **{
        ("access-analyzer", code): {"resourceId", "resourceType"}
        for code in (
            "ResourceNotFoundException",
            "ConflictException",
            "ServiceQuotaExceededException",
        )
    },
    **{
        ("organizations", code): {"Reason"}
        for code in (
            "ConstraintViolationException",
            "HandshakeConstraintViolationException",
            "InvalidInputException",
        )
    },
    ("identitystore", "ConflictException"): {"Reason"},
    ("identitystore", "ResourceNotFoundException"): {"ResourceType"},
}


@each_row(
    ((refusal,) for refusal in REFUSALS),
    lambda refusal: f"{refusal.line.call.operation}-{refusal.code}",
    lambda refusal: refusal.line.call.service,
)
def test_each_refusal_has_its_code_and_status_and_changes_nothing(refusal: Refusal):
    account, call = refusal.before(WORLD), refusal.line.call
    outcome = done(account, refusal.line)
    assert isinstance(outcome.answer, ServiceError), outcome.answer
    assert (outcome.answer.code, outcome.answer.status) == (
        refusal.code,
        status(call.service, refusal.code),
    ), outcome.answer
    # An identity store names the id that it lacks, where the call gave one.
    details = set(error_details(call.service, outcome.answer)) - {"ResourceId"}
    assert details == DETAILS.get((call.service, refusal.code), set())
    assert same_but_for_use(account, outcome.account)


def test_every_code_of_iam_and_sts_is_declared_with_its_status_or_common():
    for line, code, _ in REFUSALS:
        service, name = line.call.service, line.call.operation
        if service in {"iam", "sts"} and code not in COMMON and (name, code) not in BEYOND:
            assert OPERATIONS[service, name].errors.get(code) == status(service, code), (
                name,
                code,
            )


# --------------------------------------------------------------------- quotas
def padded(size: int) -> str:
    """A policy of exactly so many characters that are not white space; there is more of that."""
    bare = len("".join(policy(statement("s3:GetObject", "arn:aws:s3:::")).split()))
    return policy(statement("s3:GetObject", "arn:aws:s3:::" + "x" * (size - bare)))


def key_policy_of(size: int) -> str:
    """A key policy of exactly so many characters that are not white space."""
    bare = len("".join(ROOT_KEYS.split()))
    sid = "x" * (size - bare - len('"Sid":"",'))
    return ROOT_KEYS.replace('"Effect"', f'"Sid": "{sid}", "Effect"')


def trusting(size: int) -> str:
    def text(pad: int) -> str:
        return trust(
            f"arn:aws:iam::{ID}:root",
            Condition={"StringEquals": {"sts:ExternalId": "x" * pad}},
        )

    return text(size - len("".join(text(0).split())))


def packed(size: int) -> str:
    """A policy of exactly so many characters, white space among them."""
    return LIST + " " * (size - len(LIST))


def _copies(
    book: str, number: int, like: str, name: str = "name"
) -> Callable[[Account], Account]:
    """So many of what stands in that book under `like`, and nothing else there."""

    def filled(account: Account) -> Account:
        held = getattr(account, book)
        return replace(
            account,
            **{
                book: type(held)(
                    (f"x{n}", replace(held[like], **{name: f"x{n}"})) for n in range(number)
                )
            },
        )

    return filled


def _devices(number: int, owner: str) -> Callable[[Account], Account]:
    """The owner with so many devices; the one that was root's is free."""

    def armed(account: Account) -> Account:
        devices = account.devices.put(
            SAFE, replace(account.devices[SAFE], owner="", enabled=None)
        )
        for n in range(number):
            devices = devices.put(
                f"serial-{n}", MfaDevice(f"serial-{n}", "A" * 32, AT, owner, AT)
            )
        return replace(account, devices=devices)

    return armed


def _versions(account: Account) -> Account:
    spare = account.policies[SPARE]
    held = tuple(replace(spare.versions[0], id=f"v{n}") for n in range(1, 5))
    return replace(
        account,
        policies=account.policies.put(SPARE, replace(spare, versions=held, minted=4)),
    )


def _tagged(account: Account) -> Account:
    """Whatever is tagged below has 49 tags."""
    tags = {f"k{n}": "v" for n in range(49)}
    account = account.put(replace(account.users["casey"], tags=tags)).put(
        replace(account.roles["till"], tags=tags)
    )
    profile, device = account.instance_profiles["servers"], account.devices[FREE]
    return replace(
        account,
        policies=account.policies.put(
            RECEIPTS, replace(account.policies[RECEIPTS], tags=tags)
        ),
        instance_profiles=account.instance_profiles.put(
            "servers", replace(profile, tags=tags)
        ),
        devices=account.devices.put(FREE, replace(device, tags=tags)),
        oidc_providers=account.oidc_providers.put(
            HUB, replace(account.oidc_providers[HUB], tags=tags)
        ),
        saml_providers=account.saml_providers.put(
            CORP, replace(account.saml_providers[CORP], tags=tags)
        ),
    )


def _quota(line: Line, fits: Changes, past: Changes, text: str, before: Callable[[Account], Account] = lambda a: a, code: str = "LimitExceeded") -> tuple[Line, Line, str, str, Callable[[Account], Account]]:  # fmt: skip
    return but(line, **fits), but(line, **past), code, text, before


ROBIN, HELD = WORLD.users["robin"].id, tuple(f"AGPA{n}" for n in range(9))
CANNOT_EXCEED = "Cannot exceed quota for "


def _numbered(book: str, size: int, copied: str) -> Callable[[Account], Account]:
    """The organization with that many units, members or policies; each more is a copy of one."""

    def filled(old: SortedMap[Any]) -> SortedMap[Any]:
        ids = {"units": "ou-none-{:08}", "members": "{:012}", "policies": "p-copied{:05}"}
        for n in range(size - len(old)):
            id = ids[book].format(n)
            old = old.put(id, replace(old[copied], id=id, name=f"{n}"))
        return old

    return lambda account: _organization(account, **{book: filled})


def _hung(account: Account) -> Account:
    """The unit of the shops with four policies, and as many again to hang there."""
    account = _numbered("policies", 6, RULES)(account)
    return _organization(
        account,
        attached=lambda old: {
            **old,
            SHOPS: (*old[SHOPS], "p-copied00000", "p-copied00001"),
        },
    )


def _deeper(account: Account) -> Account:
    """Empty is a unit of the fourth level, Kiosks one of the fifth."""
    account = _numbered("units", 6, EMPTY)(account)
    line = (SHOPS, "ou-none-00000000", "ou-none-00000001", EMPTY, KIOSKS)
    for above, below in pairwise(line):
        account = _organization(account, units=partial(_below, above, below))
    return account


def _below(above: str, below: str, units: SortedMap[Any]) -> SortedMap[Any]:
    return units.put(below, replace(units[below], parent=above))


def _labelled(account: Account) -> Account:
    """The unit of the shops with forty-nine tags."""
    return _organization(account, units=lambda old: old.put(SHOPS, replace(old[SHOPS], tags={f"k{n}": "" for n in range(49)})))  # fmt: skip


def _trails(account: Account) -> Account:
    trails = account.trails
    for n in range(2):
        trails = trails.put(f"t{n}", replace(trails["audit"], name=f"t{n}"))
    return replace(account, trails=trails)


BEYOND_LIMIT = partial(_quota, code="ConstraintViolationException")


def _ruled(account: Account) -> Account:
    """The analyzer with 99 archive rules."""
    outside = account.analyzers["outside"]
    rules = outside.rules
    for n in range(99 - len(rules)):
        rules = rules.put(f"r{n}", replace(rules["deploys"], name=f"r{n}"))
    changed = account.analyzers.put("outside", replace(outside, rules=rules))
    return replace(account, analyzers=changed)


QUOTAS = [  # what fits at the limit, what is one past it, the code, the text, and what fills the shop to one below
    _quota(ASKED["iam", "CreateUser"], {}, {"UserName": "more"}, CANNOT_EXCEED + "UsersPerAccount: 5000", _copies("users", 4999, "robin")),
    _quota(ASKED["iam", "CreateGroup"], {}, {"GroupName": "more"}, CANNOT_EXCEED + "GroupsPerAccount: 300", _copies("groups", 299, "openers")),
    _quota(ASKED["iam", "CreateRole"], {}, {"RoleName": "more"}, CANNOT_EXCEED + "RolesPerAccount: 1000", _copies("roles", 999, "stock")),
    _quota(ASKED["iam", "CreateServiceLinkedRole"], {}, {"CustomSuffix": "more"}, CANNOT_EXCEED + "RolesPerAccount: 1000", _copies("roles", 999, "stock")),
    _quota(ASKED["iam", "CreatePolicy"], {}, {"PolicyName": "more"}, CANNOT_EXCEED + "PoliciesPerAccount: 1500", _copies("policies", 1499, SPARE)),
    _quota(ASKED["iam", "AddUserToGroup"], {}, {"GroupName": "Cashiers"}, CANNOT_EXCEED + "GroupsPerUser: 10", _changing("robin", groups=HELD)),
    *(
        _quota(ASKED["iam", f"Tag{kind}"], {}, {"Tags": ({"Key": "more", "Value": ""},)}, CANNOT_EXCEED + "TagsPerResource: 50", _tagged)
        for kind in ("User", "Role", "Policy", "InstanceProfile", "MFADevice", "OpenIDConnectProvider", "SAMLProvider")
    ),
    _quota(ASKED["iam", "CreateOpenIDConnectProvider"], {}, {"Url": "https://more.example"}, CANNOT_EXCEED + "OpenIdConnectProvidersPerAccount: 100", _copies("oidc_providers", 99, HUB, "url")),
    _quota(ASKED["iam", "CreateOpenIDConnectProvider"], {"ClientIDList": tuple(map(str, range(100)))}, {"Url": "https://more.example", "ClientIDList": tuple(map(str, range(101)))}, CANNOT_EXCEED + "ClientIdsPerOpenIdConnectProvider: 100"),
    _quota(ASKED["iam", "AddClientIDToOpenIDConnectProvider"], {}, {"ClientID": "more"}, CANNOT_EXCEED + "ClientIdsPerOpenIdConnectProvider: 100", lambda account: replace(account, oidc_providers=account.oidc_providers.put(HUB, replace(account.oidc_providers[HUB], client_ids=tuple(map(str, range(99))))))),
    _quota(ASKED["iam", "CreateSAMLProvider"], {}, {"Name": "more"}, CANNOT_EXCEED + "SAMLProvidersPerAccount: 100", _copies("saml_providers", 99, CORP)),

    _quota(ASKED["iam", "CreateInstanceProfile"], {}, {"InstanceProfileName": "more"}, CANNOT_EXCEED + "InstanceProfilesPerAccount: 1000", _copies("instance_profiles", 999, "empty")),
    _quota(ASKED["iam", "AddRoleToInstanceProfile"], {}, {}, CANNOT_EXCEED + "InstanceSessionsPerInstanceProfile: 1"),
    *(
        _quota(ASKED["iam", f"Attach{kind}Policy"], {}, {"PolicyArn": RECEIPTS}, f"{CANNOT_EXCEED}PoliciesPer{kind}: 10", _changing(bare, attached=tuple(map(local, "abcdefghi"))))
        for kind, _, bare in KINDS
    ),
    *(
        _quota(ASKED["iam", f"Put{kind}Policy"], {"PolicyDocument": padded(size)}, {"PolicyDocument": padded(size + 1)}, f"Maximum policy size of {size} bytes exceeded for {kind.lower()} {bare}")
        for (kind, _, bare), size in zip(KINDS, (2048, 5120, 10240), strict=True)
    ),
    _quota(ASKED["iam", "CreatePolicy"], {"PolicyDocument": padded(6144)}, {"PolicyName": "more", "PolicyDocument": padded(6145)}, CANNOT_EXCEED + "PolicySize: 6144"),
    _quota(ASKED["iam", "CreatePolicyVersion"], {"PolicyDocument": padded(6144)}, {"PolicyDocument": padded(6145)}, CANNOT_EXCEED + "PolicySize: 6144"),
    *(
        _quota(ASKED["kms", name], {"Policy": key_policy_of(32768)}, {"Policy": key_policy_of(32769)}, "Key policy must be at most 32768 bytes.", code="LimitExceededException")
        for name in ("CreateKey", "PutKeyPolicy")
    ),
    _quota(ASKED["iam", "CreatePolicyVersion"], {}, {}, "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.", _versions),
    _quota(ASKED["iam", "CreateRole"], {"AssumeRolePolicyDocument": trusting(2048)}, {"RoleName": "more", "AssumeRolePolicyDocument": trusting(2049)}, CANNOT_EXCEED + "ACLSizePerRole: 2048"),
    _quota(ASKED["iam", "UpdateAssumeRolePolicy"], {"PolicyDocument": trusting(2048)}, {"PolicyDocument": trusting(2049)}, CANNOT_EXCEED + "ACLSizePerRole: 2048"),
    _quota(ASKED["iam", "CreateAccessKey"], {"UserName": "casey"}, {"UserName": "casey"}, CANNOT_EXCEED + "AccessKeysPerUser: 2"),
    _quota(ASKED["iam", "CreateServiceSpecificCredential"], {"UserName": "casey"}, {"UserName": "casey"}, CANNOT_EXCEED + "ServiceSpecificCredentialsPerUser: 2"),
    _quota(ASKED["iam", "EnableMFADevice"], {}, {"SerialNumber": SAFE}, CANNOT_EXCEED + "MFADevicesPerUser: 8", _devices(7, ROBIN)),
    _quota(ASKED["console", "EnrollSecurityKey"], {}, {}, CANNOT_EXCEED + "MFADevicesPerUser: 8", _devices(7, ROBIN)),
    _quota(ASKED["console", "EnrollRootMfa"], {}, {"SerialNumber": SAFE}, CANNOT_EXCEED + "MFADevicesPerUser: 8", _devices(7, ID)),
    _quota(ASKED["sts", "AssumeRole"], {"Policy": packed(2048)}, {"Policy": packed(2049)}, "Packed policy consumes 100% of allotted space.", code="PackedPolicyTooLarge"),
    _quota(ASKED["sts", "AssumeRole"], {"DurationSeconds": 7200}, {"DurationSeconds": 7201}, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", _changing("Till", max_session=7200), "ValidationError"),
    *(
        _quota(ASKED["sqs", name], {parameter: most}, {parameter: most + 1}, f"Value {most + 1} for parameter {parameter} is invalid. Reason: Must be {reason}, if provided.", code="InvalidParameterValue")
        for name, parameter, most, reason in (("SendMessage", "DelaySeconds", 900, "between 0 and 900"), ("ReceiveMessage", "WaitTimeSeconds", 20, ">= 0 and <= 20"), ("ReceiveMessage", "VisibilityTimeout", 43200, "between 0 and 43200"), ("ReceiveMessage", "MaxNumberOfMessages", 10, "between 1 and 10"))
    ),
    BEYOND_LIMIT(ASKED["organizations", "AttachPolicy"], {}, {"PolicyId": "p-copied00002"}, CONSTRAINT_TEXTS["MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"], _hung),
    BEYOND_LIMIT(ASKED["organizations", "CreateAccount"], {}, {"Email": "west@shop.example"}, CONSTRAINT_TEXTS["ACCOUNT_NUMBER_LIMIT_EXCEEDED"], _numbered("members", 8, BRANCH)),
    BEYOND_LIMIT(ASKED["organizations", "CreateOrganizationalUnit"], {}, {"Name": "more"}, CONSTRAINT_TEXTS["OU_NUMBER_LIMIT_EXCEEDED"], _numbered("units", 2000, EMPTY)),
    BEYOND_LIMIT(ASKED["organizations", "CreateOrganizationalUnit"], {"ParentId": EMPTY}, {"ParentId": KIOSKS, "Name": "more"}, CONSTRAINT_TEXTS["OU_DEPTH_LIMIT_EXCEEDED"], _deeper),
    BEYOND_LIMIT(ASKED["organizations", "CreatePolicy"], {}, {"Name": "more"}, CONSTRAINT_TEXTS["POLICY_NUMBER_LIMIT_EXCEEDED"], _numbered("policies", 9999, RULES)),
    BEYOND_LIMIT(ASKED["organizations", "CreatePolicy"], {"Content": packed(5120)}, {"Name": "more", "Content": packed(5121)}, "You have exceeded the maximum policy size."),
    BEYOND_LIMIT(ASKED["organizations", "UpdatePolicy"], {"Content": packed(5120)}, {"Content": packed(5121)}, "You have exceeded the maximum policy size."),
    BEYOND_LIMIT(ASKED["organizations", "TagResource"], {"ResourceId": SHOPS}, {"ResourceId": SHOPS, "Tags": ({"Key": "more", "Value": ""},)}, CONSTRAINT_TEXTS["MAX_TAG_LIMIT_EXCEEDED"], _labelled),
    _quota(ASKED["access-analyzer", "CreateArchiveRule"], {}, {"ruleName": "more"}, "An analyzer can have at most 100 archive rules.", _ruled, "ServiceQuotaExceededException"),
    _quota(ASKED["cloudtrail", "CreateTrail"], {}, {"Name": "more"}, f"User: {ID} already has 5 trails in us-east-1.", _trails, "MaximumNumberOfTrailsExceededException"),
]  # fmt: skip


@each_row(QUOTAS)  # fmt: skip
def test_each_quota_takes_the_last_that_fits_and_refuses_one_more(
    fits: Line, past: Line, code: str, text: str, before: Callable[[Account], Account]
):
    full = done(before(WORLD), fits)
    assert full.has_succeeded, full.answer
    refused = done(full.account, past).answer
    assert isinstance(refused, ServiceError)
    assert (refused.code, refused.message, refused.status) == (
        code,
        text,
        status(past.call.service, code),
    )
    assert set(error_details(past.call.service, refused)) == DETAILS.get(
        (past.call.service, code), set()
    )


# --------------------------------------------------------------- completeness
REFUSERS = {
    "service_error",
    "ServiceError",
}  # what makes a refusal; a code is their first argument


@cache
def _source(function: FunctionType) -> tuple[frozenset[str], tuple[FunctionType, ...]]:
    """The codes that stand in a function, and the functions of the package that it names."""
    nodes, codes, named = (
        list(ast.walk(ast.parse(dedent(inspect.getsource(function))))),
        set[str](),
        list[object](),
    )
    own = {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name),
                args=[ast.Constant(value=str(code)), *_],
            ):
                codes |= {code} if name in REFUSERS else set()
            case ast.Name(id=name) if name not in own:
                named.append(function.__globals__.get(name))
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                named.append(getattr(function.__globals__.get(module), name, None))
            case _:
                pass
    # Remembered or not.
    functions = (
        found for each in named if isinstance(found := inspect.unwrap(each), FunctionType)
    )
    return frozenset(codes), tuple(
        f for f in functions if f.__module__.startswith("coffeeshop.account")
    )


def raised(function: FunctionType) -> set[str]:
    """The codes that a function can raise, itself or by what it calls, however far down."""
    seen, ahead = set[FunctionType](), [function]
    while ahead:
        if (found := ahead.pop()) not in seen:
            seen.add(found)
            ahead += _source(found)[1]
    return {code for found in seen for code in _source(found)[0]}


@cache
def claimed() -> frozenset[tuple[str, str, str]]:
    """Service, operation and code: what the operation can raise; of IAM and STS also what the row declares."""
    can = (
        (s, n, code)
        for s, operations in DOES.items()
        for n, does in operations.items()
        for code in raised(inspect.unwrap(does))
    )
    declared = (
        (s, n, code)
        for s, n in ASKED
        if s in {"iam", "sts"}
        for code in OPERATIONS[s, n].errors
    )
    return frozenset(chain(can, declared))


SHOWN = {
    *((line.call.service, line.call.operation, code) for line, code, _ in REFUSALS),
    *((fits.call.service, fits.call.operation, code) for fits, _, code, _, _ in QUOTAS),
}
CANNOT: list[tuple[str, str, str]] = [  # codes that cannot come about here, of which operations ("*": all), and why
    ("NotAuthorizedException", "DeleteObjects", "KMS alone answers so, about an alias of its own"),
    ("NoSuchEntity", "CreateServiceLinkedRole", "it names nothing that exists before"),
    ("InvalidInput", "GetServiceLinkedRoleDeletionStatus", "any text can be a task's id"),
    ("InvalidParameterValue", "SendMessageBatch DeleteMessageBatch ChangeMessageVisibilityBatch", "an entry tells it, and the call succeeds"),
    ("ServiceFailure", "*", "nothing here breaks down"),
    ("ConcurrentModification EntityTemporarilyUnmodifiable", "*", "one call comes after the other"),
    ("ReportInProgress", "*", "a report is ready at once"),
    ("PolicyEvaluation", "*", "a policy that can be read can be evaluated"),
    ("RegionDisabledException", "*", "STS is active in every Region"),
    ("ExpiredTokenException", "AssumeRole", "it is said of web identities; a session that has expired is ExpiredToken"),
    ("InvalidContextAssertion", "*", "ProvidedContexts is not taken"),
    ("LimitExceeded", "UpdateUser DeleteUser UpdateGroup DeleteGroup RemoveUserFromGroup DeleteRole DeleteServiceLinkedRole", "it makes nothing that is counted"),
    ("LimitExceeded", "DetachUserPolicy DetachGroupPolicy DetachRolePolicy", "it makes nothing that is counted"),
    ("LimitExceeded", "DeleteUserPolicy DeleteGroupPolicy DeleteRolePolicy", "it makes nothing that is counted"),
    ("LimitExceeded", "DeletePolicy DeletePolicyVersion SetDefaultPolicyVersion", "it makes nothing that is counted"),
    ("LimitExceeded", "UpdateAccessKey DeleteAccessKey ResyncMFADevice DeactivateMFADevice DeleteVirtualMFADevice", "it makes nothing that is counted"),
    ("LimitExceeded", "UpdateLoginProfile DeleteLoginProfile ChangePassword UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy", "it makes nothing that is counted"),
    ("LimitExceeded", "CreateLoginProfile", "a user has one password, and a second is EntityAlreadyExists"),
    ("LimitExceeded", "CreateVirtualMFADevice", "virtual devices are not counted here"),
    ("LimitExceeded", "GenerateCredentialReport", "reports may be asked for as often as one likes"),
    ("LimitExceeded", "DeleteInstanceProfile RemoveRoleFromInstanceProfile DeleteAccountAlias", "it makes nothing that is counted"),
    ("LimitExceeded", "CreateAccountAlias", "a new alias takes the place of the old one"),
    ("EntityAlreadyExists", "AddRoleToInstanceProfile", "a profile with a role is full: LimitExceeded"),
    ("InvalidInput", "GetOpenIDConnectProvider DeleteOpenIDConnectProvider AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider UntagOpenIDConnectProvider ListOpenIDConnectProviderTags", "an ARN that names nothing is NoSuchEntity"),
    ("InvalidInput", "GetSAMLProvider DeleteSAMLProvider UntagSAMLProvider ListSAMLProviderTags", "an ARN that names nothing is NoSuchEntity"),
    ("LimitExceeded", "DeleteSAMLProvider UpdateSAMLProvider", "it makes nothing that is counted"),
    ("NoSuchEntity", "DeleteOpenIDConnectProvider", "to delete a missing one succeeds"),
    ("OpenIdIdpCommunicationError", "CreateOpenIDConnectProvider", "nothing is fetched"),
    ("OrganizationNotInAllFeaturesModeException", "ListOrganizationsFeatures", "every organization has all features"),
    ("IDPRejectedClaim IDPCommunicationError", "AssumeRoleWithWebIdentity", "nothing is fetched"),
    ("InvalidInput", "UntagInstanceProfile UntagMFADevice ListInstanceProfileTags ListMFADeviceTags", "only AWS's own policies cannot bear tags"),
    ("NotSupportedService", "ListServiceSpecificCredentials CreateServiceSpecificCredential", "AWS says NoSuchEntity of such a service (recorded)"),
    ("InvalidInput", "AttachUserPolicy AttachGroupPolicy AttachRolePolicy DetachUserPolicy DetachGroupPolicy DetachRolePolicy", "what does not fit is ValidationError"),
    ("InvalidInput", "ListAttachedUserPolicies ListAttachedGroupPolicies ListAttachedRolePolicies ListEntitiesForPolicy", "what does not fit is ValidationError"),
    ("InvalidInput", "GetPolicy DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions DeletePolicyVersion SetDefaultPolicyVersion", "what does not fit is ValidationError"),
    ("InvalidInput", "PutUserPermissionsBoundary PutRolePermissionsBoundary UpdateRole UpdateLoginProfile", "what does not fit is ValidationError"),
    ("InvalidInput", "GetServiceLastAccessedDetails", "what does not fit is ValidationError"),
    ("InvalidInput", "UntagUser UntagRole ListUserTags ListRoleTags", "only AWS's own policies cannot bear tags"),
    ("NoSuchEntity MalformedPolicyDocument", "UpdateAccountPasswordPolicy", "it names nothing and takes no document"),
    ("NoSuchEntity", "CreateGroup", "a new group names nothing that must exist"),
    ("MalformedPolicyDocument PackedPolicyTooLarge", "SwitchRole", "the console gives no session policy"),
    ("InvalidParameterValue", "SwitchRole", "the console gives no tags"),
    ("LimitExceeded", "SwitchRole AssumeRole GetFederationToken", "a call has no more than 50 tags: ValidationError"),
    ("PackedPolicyTooLarge", "GetFederationToken AssumeRoleWithWebIdentity", "the parameter's own limit is as long: ValidationError"),
    ("InvalidAddress", "GetQueueUrl", "it takes a name, and tells the address"),
    ("AccessDenied NoSuchBucket InvalidBucketOwnerAWSAccountID", "HeadBucket HeadObject", "an answer to HEAD has no code but its status"),
    ("NoSuchKey", "HeadObject", "an answer to HEAD has no code but its status"),
    ("ExpiredToken InvalidClientTokenId", "CreateTrail", "CloudTrail asks for the bucket as a service, which has no credential"),
    ("LimitExceeded MalformedPolicyDocument", "CreateAccount", "the role that it makes trusts one account and no more"),
    ("LimitExceeded MalformedPolicyDocument", "CreateAccountAssignment ProvisionPermissionSet", "the role that it makes trusts one provider and no more"),
    ("MalformedPolicyDocument", "PutInlinePolicyToPermissionSet", "Identity Center calls it ValidationException"),
    ("ServiceQuotaExceededException", "UpdateArchiveRule", "it makes nothing that is counted"),
    ("403 AccessDenied", "DeleteObjects", "what is denied is told of each object in the answer"),
    ("MissingParameter", "SendMessageBatch DeleteMessageBatch ChangeMessageVisibilityBatch", "a batch calls it InvalidParameterValue"),
    ("InvalidParameterValue", "DeleteMessage", "it is said of FIFO queues only, see test_fifo_queues.py"),
    ("NoSuchVersion", "DeleteObjects", "it is told of each object in the answer"),
    ("MethodNotAllowed", "CopyObject UploadPartCopy", "a delete marker as a source is InvalidRequest"),
    ("MethodNotAllowed NoSuchVersion InvalidPartNumber", "HeadObject", "an answer to HEAD has no code but its status"),
]  # fmt: skip


def _excused() -> Iterator[set[tuple[str, str, str]]]:
    """What each code and operation of the list excuses."""
    for codes, names, _ in CANNOT:
        for code in codes.split():
            for name in names.split():
                yield {
                    claim
                    for claim in claimed()
                    if claim[2] == code and name in {"*", claim[1]}
                }


def test_every_code_that_is_declared_or_can_be_raised_is_shown_or_cannot_come_about():
    assert sorted(claimed() - SHOWN - set(chain.from_iterable(_excused()))) == []


def test_nothing_is_excused_that_nobody_claims_or_that_does_come_about():
    for excused in _excused():
        assert excused
        assert excused.isdisjoint(SHOWN)
