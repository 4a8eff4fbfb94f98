"""Buckets in any Region, their lists and what is read of them."""

import pytest

from tests.account.shop import Shop, allow, answered, policy, statement

WIEN, VIENNA = (
    "coffeeshop-wien",
    "--create-bucket-configuration LocationConstraint=eu-central-1",
)
RECEIPTS = "arn:aws:s3:::coffeeshop-receipts"


def branches() -> Shop:
    shop = Shop()
    for name, where in (("coffeeshop-receipts", ""), (WIEN, VIENNA), ("coffeeshop-paris", "--region eu-west-3 --create-bucket-configuration LocationConstraint=eu-west-3")):  # fmt: skip
        shop(f"s3api create-bucket --bucket {name} {where}")
    return shop


def test_a_bucket_is_made_in_the_region_that_the_call_names():
    shop = branches()
    body = shop(
        "s3api create-bucket --bucket coffeeshop-roma --create-bucket-configuration LocationConstraint=eu-south-1"
    )
    assert body["Location"] == "http://coffeeshop-roma.s3.amazonaws.com/"
    assert body["BucketArn"] == "arn:aws:s3:::coffeeshop-roma"
    where = {name: bucket.region for name, bucket in shop.account.buckets.items()}
    assert where == {"coffeeshop-paris": "eu-west-3", "coffeeshop-receipts": "us-east-1", "coffeeshop-roma": "eu-south-1", WIEN: "eu-central-1"}  # fmt: skip
    assert shop(f"s3api get-bucket-location --bucket {WIEN}") == {
        "LocationConstraint": "eu-central-1"
    }
    assert shop("s3api get-bucket-location --bucket coffeeshop-receipts") == {
        "LocationConstraint": None
    }
    assert shop(f"s3api head-bucket --bucket {WIEN}")["BucketRegion"] == "eu-central-1"


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("--create-bucket-configuration LocationConstraint=us-east-1", "InvalidLocationConstraint", "The specified location-constraint is not valid"),
        ("--create-bucket-configuration LocationConstraint=atlantis", "InvalidLocationConstraint", "The specified location-constraint is not valid"),
        ("--region eu-west-1", "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."),
        ("--region eu-west-1 --create-bucket-configuration LocationConstraint=eu-west-2", "IllegalLocationConstraintException", "The eu-west-2 location constraint is incompatible for the region specific endpoint this request was sent to."),
    ],
)  # fmt: skip
def test_where_no_bucket_can_be_is_told_as_s3_tells_it(line: str, code: str, text: str):
    assert Shop().refused(f"s3api create-bucket --bucket coffeeshop-new {line}") == (
        code,
        text,
    )


def test_the_old_name_of_europe_is_ireland():
    shop = Shop()
    shop(
        "s3api create-bucket --bucket b-1 --region eu-west-1 --create-bucket-configuration LocationConstraint=EU"
    )
    assert shop.account.buckets["b-1"].region == "eu-west-1"


def test_to_make_ones_bucket_again_is_refused_everywhere_but_in_us_east_1():
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
    shop = branches()
    shop("s3api put-object --bucket coffeeshop-receipts --key 1 --body receipt.json")
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    assert list(shop.account.buckets["coffeeshop-receipts"].objects) == ["1"]
    told = (
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
    )
    assert shop.refused(f"s3api create-bucket --bucket {WIEN} {VIENNA}") == told
    assert shop.refused(f"s3api create-bucket --bucket {WIEN}") == told


def test_a_policy_may_settle_where_buckets_are_made_and_asked():
    shop = Shop()
    only = {"StringEquals": {"s3:LocationConstraint": "eu-central-1"}}
    there = {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}
    shop.hire(
        "casey",
        policy(
            statement("s3:CreateBucket", Condition=only),
            statement("s3:ListBucket", Condition=there),
        ),
    )
    assert shop.refused("s3api create-bucket --bucket b-1", "casey")[0] == "AccessDenied"
    shop(f"s3api create-bucket --bucket {WIEN} {VIENNA}", "casey")
    shop(
        f"s3api list-objects-v2 --bucket {WIEN}", "casey"
    )  # clients go where the bucket is
    shop("s3api create-bucket --bucket b-1")
    assert shop.refused("s3api list-objects-v2 --bucket b-1", "casey")[0] == "AccessDenied"


def test_buckets_are_listed_by_beginning_region_and_page():
    shop = branches()

    def names(**parameters: object) -> tuple[list[str], object]:
        body = answered(shop.call("s3", "ListBuckets", **parameters))  # type: ignore[arg-type]
        return [bucket["Name"] for bucket in body["Buckets"]], body.get("ContinuationToken")

    assert names() == (["coffeeshop-paris", "coffeeshop-receipts", WIEN], None)
    assert names(BucketRegion="eu-west-3") == (["coffeeshop-paris"], None)
    assert names(Prefix="coffeeshop-r") == (["coffeeshop-receipts"], None)
    first, token = names(MaxBuckets=2)
    assert (first, names(MaxBuckets=2, ContinuationToken=token)) == (["coffeeshop-paris", "coffeeshop-receipts"], ([WIEN], None))  # type: ignore[arg-type] # fmt: skip
    plain, asked = (
        answered(shop.call("s3", "ListBuckets", **p))["Buckets"]
        for p in ({}, {"Prefix": "c"})
    )
    assert ("BucketRegion" in plain[0], "BucketRegion" in asked[0]) == (False, True)


def test_the_first_list_of_objects_goes_on_by_marker():
    shop = branches()
    for key in ("a/1", "a/2", "b c"):
        shop.call("s3", "PutObject", Bucket=WIEN, Key=key)
    page = answered(shop.call("s3", "ListObjects", Bucket=WIEN, MaxKeys=2))
    assert ([o["Key"] for o in page["Contents"]], page["IsTruncated"], "NextMarker" in page) == (["a/1", "a/2"], True, False)  # fmt: skip
    rest = answered(
        shop.call("s3", "ListObjects", Bucket=WIEN, Marker="a/2", Delimiter="/", MaxKeys=1)
    )
    assert ([o["Key"] for o in rest["Contents"]], rest["IsTruncated"], rest["Marker"]) == (
        ["b c"],
        False,
        "a/2",
    )
    rolled = answered(shop.call("s3", "ListObjects", Bucket=WIEN, Delimiter="/", MaxKeys=1))
    assert (rolled["CommonPrefixes"], rolled["NextMarker"]) == (({"Prefix": "a/"},), "a/")


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2"])
def test_keys_are_encoded_where_the_call_asks_for_it(operation: str):
    shop = branches()
    shop.call("s3", "PutObject", Bucket=WIEN, Key="a/b c&d")
    body = answered(
        shop.call("s3", operation, Bucket=WIEN, EncodingType="url", Prefix="a/b ")
    )
    assert (body["EncodingType"], body["Prefix"], body["Contents"][0]["Key"]) == (
        "url",
        "a/b%20",
        "a/b%20c%26d",
    )
    assert (
        answered(shop.call("s3", operation, Bucket=WIEN))["Contents"][0]["Key"] == "a/b c&d"
    )


def test_the_settings_of_a_bucket_are_those_of_one_just_made():
    shop = branches()
    shop.hire("casey", allow("s3:GetBucketCORS", RECEIPTS))
    assert (
        shop.refused(f"s3api get-bucket-cors --bucket {WIEN}", "casey")[0] == "AccessDenied"
    )
    told = shop.refused("s3api get-bucket-cors --bucket coffeeshop-receipts", "casey")
    assert told == ("NoSuchCORSConfiguration", "The CORS configuration does not exist")
    assert shop("s3api get-bucket-versioning --bucket coffeeshop-receipts") == {}
    acl = shop("s3api get-bucket-acl --bucket coffeeshop-receipts")
    assert acl["Owner"] == shop("s3api list-buckets")["Owner"]
    assert [grant["Grantee"]["ID"] for grant in acl["Grants"]] == [acl["Owner"]["ID"]]


def test_encoded_keys_leave_the_other_lists_of_an_object_as_they_are():
    shop = Shop()
    shop("s3api create-bucket --bucket shop-one")
    shop("s3api put-object --bucket shop-one --key 'a b' --body receipt.json")
    call = shop.call("s3", "ListObjectsV2", Bucket="shop-one", EncodingType="url")
    [row] = answered(call)["Contents"]
    assert (row["Key"], row["ChecksumAlgorithm"]) == ("a%20b", ("CRC64NVME",))
