"""Our CloudTrail records beside recorded ones: the same members, with values of the same types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from shlex import quote
from typing import Any

from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from tests.account.services.iam.test_reports import staffed
from tests.account.shop import ID, Shop, allow, role, trust, user
from tests.tables import each_row

RECORDS = json.loads((Path(__file__).parent / "cloudtrail.json").read_text("utf-8"))
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
POLICY = f"arn:aws:iam::{ID}:policy/P"
TRUST, ALLOW = quote(trust(user("casey"))), quote(allow("s3:*"))
TAG = "--tags Key=a,Value=b"
COMPARED = ("requestParameters", "responseElements", "additionalEventData", "resources")
# Members that depend on the client: a network endpoint, an older API, or how it signed in.
OF_THE_CLIENT = {"tlsDetails", "sessionCredentialFromConsole", "errorMessage"}
IAM_LINES = f"""
create-role --path / --role-name R --assume-role-policy-document {TRUST} --max-session-duration 3600 {TAG}
create-user --path / --user-name U {TAG}
put-role-policy --role-name R --policy-name p --policy-document {ALLOW}
get-role-policy --role-name R --policy-name p
list-role-policies --role-name R
list-attached-role-policies --role-name R
create-policy --policy-name P --path / --policy-document {ALLOW} --description x {TAG}
get-policy --policy-arn {POLICY}
get-policy-version --policy-arn {POLICY} --version-id v1
list-policy-versions --policy-arn {POLICY}
list-entities-for-policy --policy-arn {POLICY}
attach-role-policy --role-name R --policy-arn {ADMIN}
attach-user-policy --user-name U --policy-arn {ADMIN}
list-instance-profiles-for-role --role-name R
create-instance-profile --instance-profile-name I --path / {TAG}
tag-instance-profile --instance-profile-name I {TAG}
add-role-to-instance-profile --instance-profile-name I --role-name R
get-instance-profile --instance-profile-name I
get-instance-profile --instance-profile-name nobody
remove-role-from-instance-profile --instance-profile-name I --role-name R
delete-instance-profile --instance-profile-name I
get-role --role-name R
get-role --role-name nobody
update-assume-role-policy --role-name R --policy-document {TRUST}
create-access-key --user-name U
list-access-keys --user-name U
create-login-profile --user-name U --password Latte-art-77x! --no-password-reset-required
get-login-profile --user-name U
update-login-profile --user-name U --password Latte-art-78x!
delete-login-profile --user-name U
delete-login-profile --user-name U
list-groups-for-user --user-name U
list-mfa-devices --user-name U
list-virtual-mfa-devices --assignment-status Assigned
list-signing-certificates --user-name U
list-service-specific-credentials --user-name U
list-ssh-public-keys
list-users
get-user
get-account-summary
get-account-authorization-details
detach-user-policy --user-name U --policy-arn {ADMIN}
detach-role-policy --role-name R --policy-arn {ADMIN}
delete-role-policy --role-name R --policy-name p
delete-policy --policy-arn {POLICY}
"""
BUCKET_READS = (
    *("acl", "location", "logging", "policy-status", "cors", "encryption", "replication"),
    *("lifecycle-configuration", "request-payment", "tagging", "versioning", "website"),
    *("accelerate-configuration", "policy"),
)
LAMBDA_LINES = """
get-function --function-name f
get-function-code-signing-config --function-name f
list-versions-by-function --function-name f
add-permission --function-name f --statement-id s1 --action lambda:InvokeFunction --principal '*'
remove-permission --function-name f --statement-id s1
update-function-code --function-name f --zip-file fileb://receipt.json
update-function-configuration --function-name f --description x
delete-function --function-name f
"""
TRAIL_LINES = """
create-trail --name trail --s3-bucket-name trails --include-global-service-events
start-logging --name trail
get-trail-status --name trail
describe-trails --trail-name-list trail
stop-logging --name trail
delete-trail --name trail
delete-trail --name trail
start-logging --name trail
stop-logging --name trail
"""
# What differs, and why. The element of the record is what isn't compared.
DIFFERENT = {
    ("s3 CreateBucket", "requestParameters"): "its client sent an ACL, which isn't simulated",
    ("s3 PutBucketPolicy", "requestParameters"): "it has another policy",
    ("lambda CreateFunction20150331", "requestParameters"): "its client had its code in a bucket",
    ("lambda CreateFunction20150331", "responseElements"): "we don't know ARNs of runtimes, and a function is ready at once",
    ("lambda ListVersionsByFunction20150331", "requestParameters"): "its client asked for a page size",
    ("lambda UpdateFunctionCode20150331v2", "requestParameters"): "its client published a version, and named the function by its ARN",
    ("lambda UpdateFunctionCode20150331v2", "responseElements"): "we don't know ARNs of runtimes, and a function is ready at once",
    ("lambda UpdateFunctionConfiguration20150331v2", "requestParameters"): "its client added a layer",
    ("lambda UpdateFunctionConfiguration20150331v2", "responseElements"): "its function has a layer",
    ("cloudtrail CreateTrail", "requestParameters"): "its client sent tags, which aren't simulated",
}  # fmt: skip


def _bucket_policy(bucket: str, principal: str, *actions: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": principal},
                    "Action": action,
                    "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                }
                for action in actions
            ],
        }
    )


def _play_lines(shop: Shop, service: str, lines: str) -> None:
    for line in lines.strip().splitlines():
        shop.outcome(f"{service} {line}")


def _play_buckets(shop: Shop) -> None:
    bucket = "stratus-bucket"
    policy = _bucket_policy(bucket, "cloudtrail.amazonaws.com", "s3:GetObject")
    shop.outcome(f"s3api create-bucket --bucket {bucket}")
    for name in BUCKET_READS:
        shop.outcome(f"s3api get-bucket-{name} --bucket {bucket}")
    for line in (
        "get-object-lock-configuration",
        "get-public-access-block",
        f"put-bucket-policy --policy {quote(policy)}",
        "get-bucket-policy",
        "get-bucket-policy-status",
        "delete-bucket-policy",
        "put-object --key k --body receipt.json",
        "delete-bucket",
        "delete-object --key k",
        "delete-bucket",
    ):
        shop.outcome(f"s3api {line} --bucket {bucket}")
    shop.outcome("s3api list-buckets")


def _play_sessions(shop: Shop) -> None:
    shop.outcome("sts get-caller-identity")
    assume = f"sts assume-role --role-arn {role('R')} --role-session-name shift --duration-seconds 900"
    shop.outcome(assume, "casey")
    policy = quote(allow("sts:*"))
    shop(
        f"iam put-user-policy --user-name casey --policy-name a --policy-document {policy}"
    )
    shop.outcome(assume, "casey")
    shop.outcome(f"sts get-federation-token --name guest --policy {ALLOW}", "casey")
    shop.sign_in("casey")


def _play_functions(shop: Shop) -> None:
    shop.role("Machine", trust(service="lambda.amazonaws.com"))
    shop.call(
        "lambda",
        "CreateFunction",
        FunctionName="f",
        Role=role("Machine"),
        Runtime="python3.13",
        Handler="m.h",
        Code={"ZipFile": b"zip"},
        Environment={"Variables": {"STAGE": "test"}},
    )
    _play_lines(shop, "lambda", LAMBDA_LINES)


def _play_trails(shop: Shop) -> None:
    policy = _bucket_policy(
        "trails", "cloudtrail.amazonaws.com", "s3:GetBucketAcl", "s3:PutObject"
    )
    shop("s3api create-bucket --bucket trails")
    shop(f"s3api put-bucket-policy --bucket trails --policy {quote(policy)}")
    _play_lines(shop, "cloudtrail", TRAIL_LINES)


@cache
def _our_records() -> Mapping[tuple[str, str], dict[str, Any]]:
    """Return the first record of ours of each kind: service and event, and the error."""
    shop = staffed()
    begun = len(shop.outcomes)
    _play_lines(shop, "iam", IAM_LINES)
    _play_sessions(shop)
    key = next(iter(shop.account.keys_of(shop.account.users["u"].id))).id
    shop.outcome(f"iam delete-access-key --user-name U --access-key-id {key}")
    shop.outcome("iam delete-user --user-name U")
    shop.outcome("iam delete-role --role-name R")
    _play_buckets(shop)
    _play_functions(shop)
    shop.outcome("organizations leave-organization", "casey")
    _play_trails(shop)
    shop.outcome("ec2 describe-instances")
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for outcome in shop.outcomes[begun:]:
        record = cloudtrail_event(outcome)
        source = str(record["eventSource"]).partition(".")[0]
        kind = (f"{source} {record['eventName']}", str(record.get("errorCode", "")))
        records.setdefault(kind, record)
    return records


def _shape(value: object) -> object:
    """Return a value with the names of types in place of the values."""
    if isinstance(value, Mapping):
        return {key: _shape(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_shape(each) for each in value[:1]]
    return type(value).__name__


@each_row(
    ((recorded,) for recorded in RECORDS["records"]),
    lambda row: f"{row['event']} {row['error']}".strip(),
)
def test_a_record_has_the_members_and_forms_of_a_recorded_one(recorded: dict[str, Any]):
    ours = _our_records()[recorded["event"], recorded["error"]]
    assert {*ours} - OF_THE_CLIENT == {*recorded["members"]} - OF_THE_CLIENT
    for element in COMPARED:
        if (recorded["event"], element) not in DIFFERENT:
            assert _shape(ours.get(element)) == _shape_of_row(recorded, element), element


def _shape_of_row(recorded: dict[str, Any], element: str) -> object:
    return recorded.get(element, "NoneType")


def test_what_is_said_to_differ_differs():
    rows = {(row["event"], row["error"]): row for row in RECORDS["records"]}
    for event, element in DIFFERENT:
        ours = _our_records()[event, ""].get(element)
        assert _shape(ours) != _shape_of_row(rows[event, ""], element), (event, element)


def test_dates_and_trust_policies_are_written_as_cloudtrail_writes_them():
    role_record = _our_records()["iam CreateRole", ""]["responseElements"]["role"]
    assert role_record["createDate"] == "Mar 2, 2026 8:00:00 AM"
    assert role_record["assumeRolePolicyDocument"].startswith("%7B%22Version%22%3A")
    session = _our_records()["sts AssumeRole", ""]["responseElements"]["credentials"]
    assert session["expiration"] == "Mar 2, 2026, 8:15:00 AM"
