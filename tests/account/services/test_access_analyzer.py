"""IAM Access Analyzer: its checks beside the examples of AWS's reference, and what its analyzers find."""

import json
from shlex import quote
from typing import Any

import pytest
from msgspec.structs import replace

from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from tests.account.shop import (
    FRANCHISE,
    ID,
    Shop,
    allow,
    organized,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.tables import each_row

PARTNER = "444455556666"
BUCKET = "arn:aws:s3:::beans"
OUTSIDE = f"arn:aws:access-analyzer:us-east-1:{ID}:analyzer/outside"
IDLE = f"arn:aws:access-analyzer:us-east-1:{ID}:analyzer/idle"
READ = ["s3:GetObject", "s3:ListBucket"]


def guarded(*trusts: str) -> Shop:
    """A shop with an open bucket, an analyzer of external access, and a role for each trust policy."""
    shop = Shop()
    shop("s3api create-bucket --bucket beans")
    shop("s3api delete-public-access-block --bucket beans")
    for number, document in enumerate(trusts):
        shop.role(f"R{number}", document)
    shop("accessanalyzer create-analyzer --analyzer-name outside --type ACCOUNT")
    return shop


def put_policy(shop: Shop, *statements: dict[str, object]) -> None:
    text = quote(policy(*statements))
    shop(f"s3api put-bucket-policy --bucket beans --policy {text}")


def on_beans(
    action: object, principal: object, effect: str = "Allow", **more: object
) -> dict[str, object]:
    return statement(action, [BUCKET, f"{BUCKET}/*"], effect, Principal=principal, **more)


def found(shop: Shop, more: str = "", arn: str = OUTSIDE) -> list[Any]:
    return list(
        shop(f"accessanalyzer list-findings-v2 --analyzer-arn {arn} {more}")["findings"]
    )


def external(shop: Shop) -> list[Any]:
    """The findings of external access with their details."""
    return list(shop(f"accessanalyzer list-findings --analyzer-arn {OUTSIDE}")["findings"])


# ------------------------------------------------------------------- the checks
def test_a_new_action_is_new_access_in_the_words_of_the_reference():
    old = allow(READ, [BUCKET, f"{BUCKET}/*"])
    new = allow([*READ, "s3:GetObjectAcl"], [BUCKET, f"{BUCKET}/*"])
    line = "accessanalyzer check-no-new-access --policy-type IDENTITY_POLICY --existing-policy-document {} --new-policy-document {}"
    assert Shop()(line.format(quote(old), quote(new))) == {
        "result": "FAIL",
        "message": "The modified permissions grant new access compared to your existing policy.",
        "reasons": (
            {
                "description": "New access in the statement with index: 0.",
                "statementIndex": 0,
            },
        ),
    }
    assert Shop()(line.format(quote(new), quote(old))) == {
        "result": "PASS",
        "message": "The updated permissions do not grant new access compared to your existing policy.",
    }


@pytest.mark.parametrize(
    ("access", "numbers"),
    [
        ("actions=s3:DeleteBucket,s3:GetBucketLocation", []),
        ("actions=s3:DeleteBucket,s3:GetObject", [1]),
        (f"resources={BUCKET}/x", [1]),
        ("resources=arn:aws:s3:::other/x", []),
        (f"actions=iam:*,resources={BUCKET}/x", []),
        ("actions=iam:CreateUser,sqs:SendMessage", [0]),
    ],
)
def test_granted_access_names_the_statements_that_grant_it(access: str, numbers: list[int]):
    text = policy(
        statement("sqs:*", "arn:aws:sqs:us-east-1:*:orders", Sid="Queue"),
        statement(READ, [BUCKET, f"{BUCKET}/*"]),
        statement("iam:*", effect="Deny"),
    )
    line = f"--policy-document {quote(text)} --policy-type IDENTITY_POLICY"
    answer = Shop()(f"accessanalyzer check-access-not-granted {line} --access {access}")
    assert answer["result"] == ("FAIL" if numbers else "PASS")
    reasons = answer.get("reasons", ())
    assert [reason["statementIndex"] for reason in reasons] == numbers
    if numbers == [0]:
        assert reasons[0]["statementId"] == "Queue"
        assert reasons[0]["description"].endswith("with sid: Queue.")


ORG_ONLY = {"StringEquals": {"aws:PrincipalOrgID": "o-franchise"}}
NOT_ORG = {"StringNotEquals": {"aws:PrincipalOrgID": "o-franchise"}}


@each_row([
        ([on_beans("s3:GetObject", "*")], True),
        ([on_beans("s3:GetObject", {"AWS": user("ada")})], False),
        ([on_beans("s3:GetObject", {"AWS": PARTNER})], False),
        ([on_beans("s3:GetObject", "*", Condition=ORG_ONLY)], False),
        ([on_beans("s3:GetObject", "*"), on_beans("s3:*", "*", "Deny", Condition=NOT_ORG)], False),
        ([on_beans("s3:GetObject", "*"), on_beans("s3:PutObject", "*", "Deny")], True),
        ([on_beans("s3:GetObject", "*"), on_beans("s3:Get*", "*", "Deny")], False),
        ([on_beans("s3:GetObject", "*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})], False),
        ([on_beans("s3:GetObject", "*", Condition={"Bool": {"aws:SecureTransport": "true"}})], True),
        ([on_beans("s3:GetObject", "*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}})], True),
    ])  # fmt: skip
def test_public_is_who_has_none_of_the_values_that_a_policy_names(
    statements: list[dict[str, object]], is_public: bool
):
    text = quote(policy(*statements))
    answer = Shop()(
        f"accessanalyzer check-no-public-access --policy-document {text} --resource-type AWS::S3::Bucket"
    )
    assert answer["result"] == ("FAIL" if is_public else "PASS")


def test_a_trust_policy_is_checked_as_one():
    text = quote(trust("*").replace('{"AWS": ["*"]}', '"*"'))
    answer = Shop()(
        f"accessanalyzer check-no-public-access --policy-document {text} --resource-type AWS::IAM::AssumeRolePolicyDocument"
    )
    assert answer["result"] == "FAIL"
    line = f"accessanalyzer validate-policy --policy-document {text} --policy-type RESOURCE_POLICY"
    codes = {row["issueCode"] for row in Shop()(line)["findings"]}
    assert "MISSING_RESOURCE" not in codes


def test_findings_of_a_policy_come_in_pages_with_their_place():
    text = quote(allow(["s3:Gett", "s3:Putt", "s3:Deletee"]))
    line = f"--policy-document {text} --policy-type IDENTITY_POLICY"
    shop = Shop()
    whole = shop(f"accessanalyzer validate-policy {line}")["findings"]
    place = whole[0]["locations"][0]
    assert place["path"] == (
        {"value": "Statement"},
        {"index": 0},
        {"value": "Action"},
        {"index": 0},
    )
    assert place["span"]["start"]["line"] == 1
    parameters: Any = {
        "policyDocument": allow(["s3:Gett", "s3:Putt", "s3:Deletee"]),
        "policyType": "IDENTITY_POLICY",
        "maxResults": 2,
    }
    first: Any = shop.call("access-analyzer", "ValidatePolicy", **parameters).answer
    token = first.body["nextToken"]
    second: Any = shop.call(
        "access-analyzer", "ValidatePolicy", **parameters, nextToken=token
    ).answer
    assert (*first.body["findings"], *second.body["findings"]) == whole


# -------------------------------------------------------------- external access
def test_a_finding_tells_who_gets_in_by_what_and_under_which_condition():
    shop = guarded(trust(f"arn:aws:iam::{PARTNER}:root", Condition={"StringEquals": {"sts:ExternalId": "tart-7"}}))  # fmt: skip
    (finding,) = external(shop)
    assert finding["principal"] == {"AWS": PARTNER}
    assert finding["action"] == ("sts:AssumeRole",)
    assert finding["condition"] == {"sts:ExternalId": "tart-7"}
    assert (finding["resource"], finding["resourceType"]) == (role("R0"), "AWS::IAM::Role")
    assert (finding["isPublic"], finding["status"]) == (False, "ACTIVE")


def test_who_is_in_the_zone_of_trust_is_no_finding():
    shop = guarded(
        trust(f"arn:aws:iam::{ID}:root"),
        trust(service="lambda.amazonaws.com"),
    )
    put_policy(
        shop,
        on_beans("s3:GetObject", {"AWS": ID}),
        on_beans("s3:PutObject", "*", Condition={"StringEquals": {"aws:PrincipalAccount": ID}}),
        on_beans("s3:PutObject", "*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ID}:role/*"}}),
        on_beans("s3:PutObject", {"Service": "cloudtrail.amazonaws.com"}),
    )  # fmt: skip
    assert found(shop) == []


def test_a_public_statement_is_public_until_a_deny_or_the_public_access_block_shuts_it():
    shop = guarded()
    put_policy(shop, on_beans("s3:GetObject", "*"))
    (finding,) = external(shop)
    assert (finding["isPublic"], finding["principal"]) == (True, {"AWS": "*"})
    assert finding["sources"] == ({"type": "POLICY"},)
    put_policy(shop, on_beans("s3:GetObject", "*"), on_beans("s3:*", "*", "Deny"))
    assert external(shop) == []
    put_policy(shop, on_beans("s3:GetObject", "*"))
    shop(
        "s3api put-public-access-block --bucket beans --public-access-block-configuration RestrictPublicBuckets=true"
    )
    assert external(shop) == []


def test_a_finding_lists_only_the_actions_that_a_deny_leaves():
    shop = guarded()
    put_policy(
        shop,
        on_beans(["s3:GetObject", "s3:PutObject"], {"AWS": PARTNER}),
        on_beans("s3:Put*", "*", "Deny"),
    )
    assert [finding["action"] for finding in external(shop)] == [("s3:GetObject",)]


def test_queues_functions_and_keys_are_analyzed_too():
    shop = guarded()
    queue = f"arn:aws:sqs:us-east-1:{ID}:orders"
    letting = allow("sqs:SendMessage", queue, Principal={"AWS": PARTNER})
    attributes = json.dumps({"Policy": letting})
    shop(f"sqs create-queue --queue-name orders --attributes {quote(attributes)}")
    key = shop("kms create-key")["KeyMetadata"]["KeyId"]
    assert {each["resourceType"] for each in found(shop)} == {"AWS::SQS::Queue"}
    grantee = f"arn:aws:iam::{PARTNER}:role/x"
    shop.set(outside=shop.account.outside.put(PARTNER, (grantee,)))
    shop(
        f"kms create-grant --key-id {key} --grantee-principal {grantee} --operations Decrypt"
    )
    assert {each["resourceType"] for each in found(shop)} == {
        "AWS::SQS::Queue",
        "AWS::KMS::Key",
    }


def test_an_organization_s_analyzer_trusts_its_members():
    shop = guarded(trust(f"arn:aws:iam::{FRANCHISE}:root"), trust(f"arn:aws:iam::{PARTNER}:root"))  # fmt: skip
    shop.set(organization=organized(management=ID))
    organization = shop.account.organization
    assert organization is not None
    member = replace(organization.members[ID], id=FRANCHISE)
    shop.set(
        organization=replace(
            organization, members=organization.members.put(FRANCHISE, member)
        )
    )
    put_policy(shop, on_beans("s3:GetObject", "*", Condition=ORG_ONLY))
    shop("accessanalyzer create-analyzer --analyzer-name all --type ORGANIZATION")
    arn = OUTSIDE.replace("outside", "all")
    assert [each["resource"] for each in found(shop, arn=arn)] == [role("R1")]
    assert len(found(shop)) == 3


# ---------------------------------------------------- statuses and archive rules
def test_an_archive_rule_is_for_new_findings_until_it_is_applied():
    shop = guarded(trust(PARTNER))
    criteria = quote(json.dumps({"principal.AWS": {"contains": [PARTNER]}}))
    rule = "accessanalyzer create-archive-rule --analyzer-name outside --rule-name partner"
    shop(f"{rule} --filter {criteria}")
    assert [each["status"] for each in found(shop)] == ["ACTIVE"]
    shop.role("Later", trust(PARTNER))
    statuses = {each["resource"]: each["status"] for each in found(shop)}
    assert statuses == {role("Later"): "ARCHIVED", role("R0"): "ACTIVE"}
    shop(f"accessanalyzer apply-archive-rule --analyzer-arn {OUTSIDE} --rule-name partner")
    assert {each["status"] for each in found(shop)} == {"ARCHIVED"}
    delete = "accessanalyzer delete-archive-rule --analyzer-name outside"
    shop(f"{delete} --rule-name partner")
    assert {each["status"] for each in found(shop)} == {"ARCHIVED"}


def test_findings_are_archived_and_made_active_by_id_or_by_resource():
    shop = guarded(trust(PARTNER), trust(PARTNER))
    update = f"accessanalyzer update-findings --analyzer-arn {OUTSIDE}"
    first, second = found(shop)
    shop.later(minutes=5)(f"{update} --status ARCHIVED --ids {first['id']}")
    assert [each["status"] for each in found(shop)] == ["ARCHIVED", "ACTIVE"]
    assert found(shop)[0]["updatedAt"] > second["updatedAt"]
    active = """--filter '{"status": {"eq": ["ACTIVE"]}}'"""
    assert [each["id"] for each in found(shop, active)] == [second["id"]]
    shop(f"{update} --status ACTIVE --resource-arn {first['resource']}")
    assert [each["status"] for each in found(shop)] == ["ACTIVE", "ACTIVE"]


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ({"resource": {"contains": ["R0"]}}, 1),
        ({"resource": {"neq": [role("R0")]}}, 1),
        ({"isPublic": {"eq": ["true"]}}, 0),
        ({"error": {"exists": False}}, 2),
        ({"condition.sts:ExternalId": {"exists": True}}, 1),
        ({"resourceType": {"eq": ["AWS::IAM::Role"]}, "findingType": {"eq": ["ExternalAccess"]}}, 2),
        ({"action": {"contains": ["AssumeRole"]}}, 2),
    ],
)  # fmt: skip
def test_filters_choose_findings_by_their_properties(criteria: Any, count: int):
    shop = guarded(
        trust(PARTNER),
        trust(PARTNER, Condition={"StringEquals": {"sts:ExternalId": "tart-7"}}),
    )
    assert len(found(shop, f"--filter {quote(json.dumps(criteria))}")) == count


# ---------------------------------------------------------------- unused access
def idle_shop() -> Shop:
    """A shop in which casey works and robin, a spare key and a role don't, for 40 days."""
    shop = Shop()
    shop.hire("casey", allow(["s3:ListAllMyBuckets", "s3:CreateBucket", "sqs:*"]))
    shop.hire("robin", allow("s3:*"))
    shop("iam create-login-profile --user-name robin --password Latte-art-7")
    shop.role("Spare", trust(user("casey")))
    shop.later(days=40)("s3api list-buckets", "casey")
    shop(
        "accessanalyzer create-analyzer --analyzer-name idle --type ACCOUNT_UNUSED_ACCESS --configuration unusedAccess={unusedAccessAge=30}"
    )
    return shop


def unused(shop: Shop, finding_type: str) -> list[Any]:
    """The details of the findings of one type, by resource."""
    rows = [each for each in found(shop, arn=IDLE) if each["findingType"] == finding_type]
    line = f"accessanalyzer get-finding-v2 --analyzer-arn {IDLE} --id"
    return [
        (each["resource"], shop(f"{line} {each['id']}")["findingDetails"]) for each in rows
    ]


def test_what_nobody_used_is_found():
    shop = idle_shop()
    robin = user("robin")
    (key,) = shop.account.keys_of(shop.account.users["robin"].id)
    assert unused(shop, "UnusedIAMRole") == [
        (role("Spare"), ({"unusedIamRoleDetails": {}},))
    ]
    assert unused(shop, "UnusedIAMUserAccessKey") == [
        (robin, ({"unusedIamUserAccessKeyDetails": {"accessKeyId": key.id}},))
    ]
    assert unused(shop, "UnusedIAMUserPassword") == [
        (robin, ({"unusedIamUserPasswordDetails": {}},))
    ]


def test_unused_permissions_are_whole_services_or_single_actions():
    shop = idle_shop()
    details = dict(unused(shop, "UnusedPermission"))
    used = "2026-04-11T08:00:00+00:00"
    assert details[user("casey")] == (
        {
            "unusedPermissionDetails": {
                "serviceNamespace": "s3",
                "actions": ({"action": "CreateBucket"},),
                "lastAccessed": used,
            }
        },
        {"unusedPermissionDetails": {"serviceNamespace": "sqs"}},
    )
    assert details[user("robin")] == (
        {"unusedPermissionDetails": {"serviceNamespace": "s3"}},
    )


def test_access_that_is_younger_than_the_period_is_no_finding():
    shop = Shop()
    shop.hire("robin", allow("s3:*"))
    shop("accessanalyzer create-analyzer --analyzer-name idle --type ACCOUNT_UNUSED_ACCESS")
    shop.later(days=89)
    assert found(shop, arn=IDLE) == []
    shop.later(days=2)
    assert len(found(shop, arn=IDLE)) == 2


def test_an_exclusion_leaves_out_who_has_its_tags():
    shop = idle_shop()
    shop("iam tag-user --user-name robin --tags Key=shift,Value=night")
    shop("accessanalyzer delete-analyzer --analyzer-name idle")
    shop.call(
        "access-analyzer",
        "CreateAnalyzer",
        analyzerName="idle",
        type="ACCOUNT_UNUSED_ACCESS",
        configuration={
            "unusedAccess": {
                "unusedAccessAge": 30,
                "analysisRule": {"exclusions": ({"resourceTags": ({"shift": "night"},)},)},
            }
        },
    )
    assert user("robin") not in {each["resource"] for each in found(shop, arn=IDLE)}


def test_an_analyzer_of_unused_access_is_read_by_version_2_only():
    code, text = idle_shop().refused(f"accessanalyzer list-findings --analyzer-arn {IDLE}")
    assert code == "ValidationException"
    assert "V2" in text


# ------------------------------------------------------------------ its records
def test_cloudtrail_records_the_calls_of_the_service():
    shop = Shop()
    line = "accessanalyzer create-analyzer --analyzer-name outside --type ACCOUNT"
    record = cloudtrail_event(shop.outcome(line))
    assert record["eventSource"] == "access-analyzer.amazonaws.com"
    assert (record["readOnly"], record["eventName"]) == (False, "CreateAnalyzer")
    line = f"accessanalyzer list-findings --analyzer-arn {OUTSIDE}"
    assert cloudtrail_event(shop.outcome(line))["readOnly"] is True


def test_a_finding_has_the_time_of_the_change_that_made_it_and_of_the_last_one():
    shop = guarded()
    arn = f"--analyzer-arn {OUTSIDE} --resource-arn {BUCKET}"

    def times() -> list[str]:
        """When each finding was made and changed, and when the bucket changed."""
        named = [each[name] for each in found(shop) for name in ("createdAt", "updatedAt")]
        resource = shop(f"accessanalyzer get-analyzed-resource {arn}")["resource"]
        return [text[11:16] for text in (*named, resource["updatedAt"])]

    def trail_time(name: str) -> str:
        """When the newest event of a name was."""
        query = f"--lookup-attributes AttributeKey=EventName,AttributeValue={name}"
        return shop(f"cloudtrail lookup-events {query}")["Events"][0]["EventTime"][11:16]

    born = trail_time("CreateAnalyzer")
    assert times() == [born]
    put_policy(shop.later(hours=2), on_beans("s3:GetObject", {"AWS": PARTNER}))
    opened = trail_time("PutBucketPolicy")
    assert times() == [opened, opened, opened]
    assert opened > born
    shop.later(hours=1)("s3api list-buckets")
    assert times() == [opened, opened, opened]
    more = on_beans("s3:GetObject", {"AWS": ID})
    put_policy(shop, on_beans("s3:GetObject", {"AWS": PARTNER}), more)
    changed = trail_time("PutBucketPolicy")
    assert times() == [opened, changed, changed]
    shop("s3api delete-bucket-policy --bucket beans")
    put_policy(shop.later(hours=1), on_beans("s3:GetObject", {"AWS": PARTNER}))
    again = trail_time("PutBucketPolicy")
    assert times() == [again, again, again]
