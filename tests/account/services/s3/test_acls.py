"""ACLs, which are off unless a bucket turns them on, and which grant nothing here.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from shlex import quote

from coffeeshop.account.model import Reply, ServiceError
from tests.account.shop import Shop, allow

BUCKET = "coffeeshop-recipes"
KEY = "latte.txt"


def shelf() -> Shop:
    shop = Shop()
    shop(f"s3api create-bucket --bucket {BUCKET}")
    shop(f"s3api put-object --bucket {BUCKET} --key {KEY}")
    return shop


def test_a_new_bucket_takes_no_acl_and_says_so():
    shop = shelf()
    for line in ("put-bucket-acl", f"put-object-acl --key {KEY}"):
        assert shop.refused(f"s3api {line} --bucket {BUCKET} --acl private") == (
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs",
        )


def test_block_public_access_refuses_public_acls_before_ownership_does_and_says_why():
    """The text is as others saw it in 2026, of buckets in which ACLs were off."""
    shop = shelf()
    everyone = "uri=http://acs.amazonaws.com/groups/global/AllUsers"
    for line, action, place in (
        ("put-bucket-acl", "PutBucketAcl", BUCKET),
        (f"put-object-acl --key {KEY}", "PutObjectAcl", f"{BUCKET}/{KEY}"),
    ):
        for acl in ("--acl public-read", f"--grant-read {everyone}"):
            code, text = shop.refused(f"s3api {line} --bucket {BUCKET} {acl}")
            assert code == "AccessDenied"
            assert text.endswith(
                f'is not authorized to perform: s3:{action} on resource: "arn:aws:s3:::{place}" '
                "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
            )


def test_without_ownership_controls_acls_are_on_and_block_public_access_holds():
    shop = shelf()
    shop(f"s3api delete-bucket-ownership-controls --bucket {BUCKET}")
    shop(f"s3api put-bucket-acl --bucket {BUCKET} --acl private")
    public = f"s3api put-bucket-acl --bucket {BUCKET} --acl public-read"
    assert shop.refused(public)[0] == "AccessDenied"
    shop(f"s3api delete-public-access-block --bucket {BUCKET}")
    assert shop.refused(public)[0] == "NotSimulated"
    ownership = quote('{"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}')
    shop(f"s3api put-bucket-ownership-controls --bucket {BUCKET} --ownership-controls {ownership}")  # fmt: skip
    assert shop.refused(public)[0] == "AccessControlListNotSupported"


def test_grantees_are_read_as_the_cli_reference_writes_them():
    """https://docs.aws.amazon.com/cli/latest/reference/s3api/put-bucket-acl.html"""
    shop = shelf()
    for header in (
        "--grant-write URI=http://acs.amazonaws.com/groups/s3/LogDelivery",
        "--grant-full-control emailaddress=user1@example.com,emailaddress=user2@example.com",
    ):
        line = f"s3api put-bucket-acl --bucket {BUCKET} {header}"
        assert shop.refused(line)[0] == "AccessControlListNotSupported"


def test_each_needs_its_own_action():
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"""
    shop = shelf()
    rules = quote('{"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}')
    lines = {
        f"delete-bucket-ownership-controls --bucket {BUCKET}": "s3:PutBucketOwnershipControls",
        f"put-bucket-ownership-controls --bucket {BUCKET} --ownership-controls {rules}": "s3:PutBucketOwnershipControls",
        f"put-bucket-acl --bucket {BUCKET} --acl private": "s3:PutBucketAcl",
        f"put-object-acl --bucket {BUCKET} --key {KEY} --acl private": "s3:PutObjectAcl",
        f"put-object-acl --bucket {BUCKET} --key {KEY} --acl private --version-id null": "s3:PutObjectVersionAcl",
    }
    shop.hire("nothing")
    for number, (line, action) in enumerate(lines.items()):
        refusal = shop.outcome(f"s3api {line}", "nothing")
        assert isinstance(refusal.answer, ServiceError)
        assert [decision.request.action for decision in refusal.decisions] == [action]
        shop.hire(f"exact{number}", allow(action))
        answer = shop.outcome(f"s3api {line}", f"exact{number}").answer
        assert isinstance(answer, Reply), (line, answer)


def test_a_condition_can_be_on_the_acl():
    shop = shelf()
    shop(f"s3api delete-bucket-ownership-controls --bucket {BUCKET}")
    only = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    shop.hire("casey", allow("s3:PutObjectAcl", "*", Condition=only))
    line = f"s3api put-object-acl --bucket {BUCKET} --key {KEY} --acl"
    shop(f"{line} bucket-owner-full-control", "casey")
    assert shop.refused(f"{line} private", "casey")[0] == "AccessDenied"
