"""S3 Block Public Access: the meaning of "public", what is refused, and who still gets in.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from shlex import quote
from typing import Any

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.public_access import PUBLIC_ACCESS_SETTINGS, is_public
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Nobody, Outcome, Outsider, Service
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import ExplicitlyDenied, Kind, Request, Standing
from tests.account.shop import AT, ID, Shop, allow, deny, policy, statement, user
from tests.tables import each_row

RECEIPTS = "arn:aws:s3:::coffeeshop-receipts"
PARTNER = "arn:aws:iam::444455556666:user/mateo"
OFF = "s3api delete-public-access-block --bucket coffeeshop-receipts"
GET = "s3api get-object --bucket coffeeshop-receipts --key x out"
ANYONE: dict[str, Any] = {"Principal": "*"}
ONLY = "StringEquals"


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Principal": "*", "Condition": {operator: {key: list(values)}}}


@each_row([
        # the page's own examples
        ({"Principal": {"Federated": "graph.facebook.com"}}, True),
        (ANYONE, True),
        (when("StringLike", "aws:SourceVpc", "vpc-*"), True),
        (when(ONLY, "aws:SourceVpc", "vpc-91237329"), False),
        ({"Principal": {"Service": "cloudtrail.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "444455556666"}}, False),
        (when("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:123456789012:accesspoint/*"), False),
        (when("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:*:accesspoint/*"), True),
        (when("IpAddress", "aws:SourceIp", "0.0.0.0/1"), True),
        # principals
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": [PARTNER, "*"]}}, True),
        ({"Principal": {"AWS": PARTNER}}, False),
        ({"Principal": {"CanonicalUser": "0" * 64}}, False),
        ({"Principal": {"AWS": PARTNER, "Federated": "accounts.google.com"}}, True),
        # keys, with fixed values and without
        *((when(ONLY, f"aws:{key}", "fixed"), False) for key in ("PrincipalOrgID", "PrincipalAccount", "PrincipalArn", "SourceArn", "SourceVpce", "SourceOwner", "SourceAccount", "userid")),
        (when(ONLY, "s3:DataAccessPointAccount", ID), False),
        (when(ONLY, "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:111122223333:key/k"), False),
        (when(ONLY, "AWS:PRINCIPALORGID", "o-a1b2c3d4e5"), False),
        (when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ID}:role/*"), True),
        (when("StringLike", "aws:userid", "AROAEXAMPLE:*"), True),
        (when(ONLY, "aws:PrincipalAccount", "${aws:ResourceAccount}"), True),
        (when(ONLY, "aws:SourceVpc", "vpc-1", "vpc-2"), False),
        (when("StringLike", "aws:SourceVpc", "vpc-1", "vpc-*"), True),
        (when(ONLY, "aws:UserAgent", "till"), True),
        (when("Bool", "aws:SecureTransport", "true"), True),
        # conditions that hold for those whom they do not speak of
        (when("StringEqualsIfExists", "aws:SourceVpc", "vpc-1"), True),
        (when("StringNotEquals", "aws:SourceVpc", "vpc-1"), True),
        (when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1"), True),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/ou-1/"), False),
        (when("Null", "aws:SourceVpc", "false"), True),
        # ranges of addresses
        (when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), False),
        (when("IpAddress", "aws:SourceIp", "203.0.113.7"), False),
        (when("IpAddress", "aws:SourceIp", "9.0.0.0/8"), False),
        (when("IpAddress", "aws:SourceIp", "9.0.0.0/7"), True),
        (when("IpAddress", "aws:SourceIp", "10.0.0.0/8", "192.168.0.0/16"), False),
        (when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "0.0.0.0/0"), True),
        (when("IpAddress", "aws:SourceIp", "2001:db8::/32"), False),
        (when("IpAddress", "aws:SourceIp", "2001::/16"), True),
        (when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), True),
    ])  # fmt: skip
def test_a_policy_is_public_unless_each_grant_is_to_fixed_ones(
    grant: dict[str, Any], public: bool
):
    granting = statement("s3:GetObject", f"{RECEIPTS}/*", **grant)
    assert is_public(parse(policy(granting), Kind.RESOURCE)) is public
    assert (
        is_public(
            parse(policy(granting, statement("s3:*", "*", "Deny", **ANYONE)), Kind.RESOURCE)
        )
        is public
    )


def test_one_public_statement_makes_the_policy_public_and_denies_none():
    named = statement("s3:GetObject", f"{RECEIPTS}/*", Principal={"AWS": PARTNER})
    assert is_public(
        parse(
            policy(named, statement("s3:GetObject", f"{RECEIPTS}/*", **ANYONE)),
            Kind.RESOURCE,
        )
    )
    assert not is_public(parse(deny("s3:*", "*", **ANYONE), Kind.RESOURCE))


def both() -> str:
    """Open to anyone, and to the partner by name."""
    return policy(
        statement("s3:GetObject", f"{RECEIPTS}/*", **ANYONE),
        statement(
            "s3:GetObject",
            f"{RECEIPTS}/*",
            Principal={"AWS": PARTNER, "Service": "logging.s3.amazonaws.com"},
        ),
    )


def drawer() -> Shop:
    shop = Shop()
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop("s3api put-object --bucket coffeeshop-receipts --key x --body receipt.json")
    shop.hire("casey")
    return shop


def put(shop: Shop, text: str, by: str = "root") -> Outcome:
    return shop.outcome(
        f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(text)}", by
    )


def test_a_new_bucket_blocks_all_four_ways_and_refuses_a_public_policy():
    shop = drawer()
    shown = shop("s3api get-public-access-block --bucket coffeeshop-receipts")
    assert shown == {
        "PublicAccessBlockConfiguration": dict.fromkeys(PUBLIC_ACCESS_SETTINGS, True)
    }
    shop.hire("ada", allow("s3:*"))
    refused = put(shop, allow("s3:GetObject", f"{RECEIPTS}/*", **ANYONE), "ada").answer
    because = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
    told = f'User: {user("ada")} is not authorized to perform: s3:PutBucketPolicy on resource: "{RECEIPTS}" {because}'
    assert (refused.code, refused.message, refused.status) == ("AccessDenied", told, 403)  # type: ignore[union-attr]
    assert shop.account.buckets["coffeeshop-receipts"].policy is None
    assert put(
        shop, allow("s3:GetObject", f"{RECEIPTS}/*", Principal={"AWS": PARTNER}), "ada"
    ).has_succeeded
    assert shop(GET, Outsider(PARTNER))


def test_the_settings_are_changed_whole_and_taken_away():
    shop = drawer()
    line = "s3api put-public-access-block --bucket coffeeshop-receipts --public-access-block-configuration"
    shop(f"{line} BlockPublicAcls=true,RestrictPublicBuckets=true")
    shown = shop("s3api get-public-access-block --bucket coffeeshop-receipts")[
        "PublicAccessBlockConfiguration"
    ]
    assert [name for name in PUBLIC_ACCESS_SETTINGS if shown[name]] == [
        "BlockPublicAcls",
        "RestrictPublicBuckets",
    ]
    for _ in range(2):
        shop(OFF)
    told = (
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    )
    assert (
        shop.refused("s3api get-public-access-block --bucket coffeeshop-receipts") == told
    )
    shop.hire("ada", allow("s3:PutBucketPublicAccessBlock", RECEIPTS))
    shop(f"{line} BlockPublicAcls=true", "ada")
    shop(OFF, "ada")
    assert "s3:GetBucketPublicAccessBlock on resource" in shop.refused("s3api get-public-access-block --bucket coffeeshop-receipts", "ada")[1]  # fmt: skip


def test_the_status_tells_whether_the_policy_is_public_whatever_is_blocked():
    shop = drawer()
    status = "s3api get-bucket-policy-status --bucket coffeeshop-receipts"
    assert shop.refused(status)[0] == "NoSuchBucketPolicy"
    shop(OFF)
    for text, public in (
        (both(), True),
        (allow("s3:*", f"{RECEIPTS}/*", Principal={"AWS": PARTNER}), False),
    ):
        assert put(shop, text).has_succeeded
        assert shop(status) == {"PolicyStatus": {"IsPublic": public}}


def test_what_is_open_is_open_until_the_bucket_restricts_it_to_its_own_account_and_services():
    shop = drawer()
    shop(OFF)
    assert put(shop, both()).has_succeeded
    outside = (Nobody(), Outsider(PARTNER), Outsider("arn:aws:iam::777788889999:root"))
    for who in (*outside, "casey"):
        shop(GET, who)
    shop("s3api put-public-access-block --bucket coffeeshop-receipts --public-access-block-configuration RestrictPublicBuckets=true")  # fmt: skip
    for who in outside:
        assert shop.refused(GET, who) == ("AccessDenied", "Access Denied")
    shop(GET, "casey")
    shop(GET, Service("logging.s3.amazonaws.com"))
    assert put(
        shop, allow("s3:GetObject", f"{RECEIPTS}/*", Principal={"AWS": PARTNER})
    ).has_succeeded
    shop(
        GET, Outsider(PARTNER)
    )  # without a public statement the grant to the partner counts again


def test_the_standing_of_a_stranger_says_what_shuts_them_out():
    shop = drawer()
    shop(OFF)
    put(shop, both())
    shop("s3api put-public-access-block --bucket coffeeshop-receipts --public-access-block-configuration RestrictPublicBuckets=true")  # fmt: skip
    asked = Request("s3:GetObject", f"{RECEIPTS}/x", account=ID)
    for caller in (Nobody(), Outsider(PARTNER)):
        who = build_standing(shop.account, caller, AT)
        assert isinstance(who, Standing)
        found = authorize(who, asked)
        assert isinstance(found, ExplicitlyDenied)
        assert [m.statement.sid for m in found.by] == ["RestrictPublicBuckets"]
    who = build_standing(shop.account, find_caller(shop.account, "casey"), AT)
    assert isinstance(who, Standing)
    assert not isinstance(authorize(who, asked), ExplicitlyDenied)
