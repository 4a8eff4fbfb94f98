"""S3 with KMS keys: what S3 asks KMS for, and how it refuses."""

from __future__ import annotations

from shlex import quote

import pytest

from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.model import ServiceError
from tests.account.services.test_kms import Keys
from tests.account.shop import ID, Shop, allow, policy, statement, user

ROOT = f"arn:aws:iam::{ID}:root"
BUCKET = "coffeeshop-recipes"
PUT = f"s3api put-object --bucket {BUCKET} --key espresso.md --body receipt.json"
GET = f"s3api get-object --bucket {BUCKET} --key espresso.md espresso.md"
OBJECT = f"arn:aws:s3:::{BUCKET}/espresso.md"
VIA_S3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}


class Vault(Keys):
    """A shop whose recipes are encrypted with its KMS key."""

    def __init__(self, *policies: str) -> None:
        super().__init__(*policies)
        self(f"s3api create-bucket --bucket {BUCKET}")
        self(f"{PUT} {self.sealed}")

    @property
    def sealed(self) -> str:
        return f"--server-side-encryption aws:kms --ssekms-key-id {self.id}"


def test_reading_needs_the_key_as_well_and_the_refusal_says_so():
    shop = Vault(allow("s3:*"))
    assert shop.refused(GET, "casey") == (
        "AccessDenied",
        f"User: {user('casey')} is not authorized to perform: kms:Decrypt on resource: {shop.arn} "
        "because no identity-based policy allows the kms:Decrypt action",
    )
    shop.put_policy(
        statement("kms:*", Principal={"AWS": ROOT}),
        statement("kms:Decrypt", Principal={"AWS": user("casey")}),
    )
    assert shop(GET, "casey")["SSEKMSKeyId"] == shop.arn


def test_without_the_account_in_the_key_policy_s3s_refusal_names_the_resource_based_policy():
    shop = Vault(allow("*"))
    shop.put_policy(
        statement(
            "kms:*",
            Principal={"AWS": ROOT},
            Condition={"StringEquals": {"aws:PrincipalArn": "x"}},
        )
    )
    code, text = shop.refused(GET, "casey")
    assert code == "AccessDenied"
    assert text.endswith("because no resource-based policy allows the kms:Decrypt action")


def test_a_grant_is_enough_to_read():
    shop = Vault(allow("s3:*"))
    shop.grant(f"--constraints EncryptionContextSubset={{aws:s3:arn={OBJECT}}}")
    assert shop(GET, "casey")["ServerSideEncryption"] == "aws:kms"


def test_writing_needs_a_data_key():
    shop = Vault(allow("s3:*"), allow("kms:Decrypt"))
    assert (
        "kms:GenerateDataKey on resource"
        in shop.refused(f"{PUT} {shop.sealed}", "casey")[1]
    )
    assert shop(PUT, "casey")["ServerSideEncryption"] == "AES256"


def test_head_object_needs_no_key():
    shop = Vault(allow("s3:*"))
    line = f"s3api head-object --bucket {BUCKET} --key espresso.md"
    assert shop(line, "casey")["SSEKMSKeyId"] == shop.arn


@pytest.mark.parametrize(
    ("conditions", "is_allowed"),
    [
        ({"StringEquals": VIA_S3}, True),
        ({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, False),
        ({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": OBJECT}}, True),
        (
            {
                "StringEquals": {
                    "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{BUCKET}"
                }
            },
            False,
        ),
        ({"Bool": {"aws:ViaAWSService": "true"}}, True),
    ],
)
def test_s3_passes_on_where_the_request_comes_from_and_for_what(
    conditions: dict[str, object], is_allowed: bool
):
    shop = Vault(allow("s3:*"), allow("kms:Decrypt", Condition=conditions))
    assert shop.outcome(GET, "casey").has_succeeded is is_allowed


def test_with_a_bucket_key_the_encryption_context_is_the_bucket():
    condition = {
        "StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{BUCKET}"}
    }
    shop = Vault(allow("s3:*"), allow("kms:*", Condition=condition))
    assert shop.outcome(f"{PUT} {shop.sealed}", "casey").has_succeeded is False
    assert (
        shop(f"{PUT} {shop.sealed} --bucket-key-enabled", "casey")["BucketKeyEnabled"]
        is True
    )
    assert shop(GET, "casey")["BucketKeyEnabled"] is True


def _default_encryption(key: str, more: str = "") -> str:
    rule = f'{{"ApplyServerSideEncryptionByDefault": {{"SSEAlgorithm": "aws:kms"{key}}}{more}}}'
    text = quote(f'{{"Rules": [{rule}]}}')
    return f"s3api put-bucket-encryption --bucket {BUCKET} --server-side-encryption-configuration {text}"


def test_the_buckets_default_is_for_new_objects_only():
    shop = Vault()
    shop(PUT)
    shop(_default_encryption(f', "KMSMasterKeyID": "{shop.id}"'))
    assert shop(GET)["ServerSideEncryption"] == "AES256"
    assert shop(PUT)["SSEKMSKeyId"] == shop.arn
    answer = shop(f"s3api get-bucket-encryption --bucket {BUCKET}")
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == shop.id
    shop(f"s3api delete-bucket-encryption --bucket {BUCKET}")
    assert shop(PUT)["ServerSideEncryption"] == "AES256"


def test_without_a_key_s3_makes_its_own_which_everybody_can_use_through_s3():
    shop = Vault(allow("s3:*"))
    shop(_default_encryption(""))
    assert "alias/aws/s3" not in shop.account.kms_aliases
    answer = shop(PUT, "casey")
    metadata = shop("kms describe-key --key-id alias/aws/s3")["KeyMetadata"]
    assert answer["SSEKMSKeyId"] == metadata["Arn"]
    assert metadata["KeyManager"] == "AWS"
    assert shop.outcome(GET, "casey").has_succeeded
    line = "kms encrypt --key-id alias/aws/s3 --plaintext aGk="
    assert shop.refused(line, "casey")[0] == "AccessDeniedException"
    text = quote(policy(statement("kms:*", Principal={"AWS": ROOT})))
    line = f"kms put-key-policy --key-id {metadata['KeyId']} --policy {text}"
    assert shop.refused(line)[0] == "AccessDeniedException"


def test_a_copy_needs_the_sources_key_and_gets_its_own_encryption():
    shop = Vault(allow("s3:*"))
    line = f"s3api copy-object --bucket {BUCKET} --key copy.md --copy-source {BUCKET}/espresso.md"
    assert "kms:Decrypt" in shop.refused(line, "casey")[1]
    shop.grant()
    assert shop(line, "casey")["ServerSideEncryption"] == "AES256"
    assert "kms:GenerateDataKey" in shop.refused(f"{line} {shop.sealed}", "casey")[1]


def test_a_bucket_policy_can_ask_for_a_key():
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {
            "StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "KEY"}
        },
    }
    shop = Vault()
    text = quote(policy(deny)).replace("KEY", shop.arn)
    shop(f"s3api put-bucket-policy --bucket {BUCKET} --policy {text}")
    assert shop.refused(PUT)[0] == "AccessDenied"
    assert shop(f"{PUT} --server-side-encryption aws:kms --ssekms-key-id {shop.arn}")


NO_KEY = "134f2428-cec1-4b25-a1ae-9048164dba47"
NOT_THERE = f"Key 'arn:aws:kms:us-east-1:{ID}:key/{NO_KEY}' does not exist"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("fake-key-id", "Invalid keyId 'fake-key-id'"),
        (NO_KEY, NOT_THERE),
        (f"arn:aws:kms:us-east-1:{ID}:key/{NO_KEY}", NOT_THERE),
        (f"arn:aws:kms:eu-west-1:{ID}:key/{NO_KEY}", "Invalid arn eu-west-1"),
    ],
)
def test_a_key_that_is_not_there_is_refused_as_recorded(key: str, text: str):
    """LocalStack's test_s3_sse_validate_kms_key, recorded in February 2026."""
    shop = Vault()
    line = f"{PUT} --server-side-encryption aws:kms --ssekms-key-id {key}"
    assert shop.refused(line) == ("KMS.NotFoundException", text)


def test_a_key_that_cannot_be_used_is_refused_as_recorded():
    """LocalStack's test_s3_sse_validate_kms_key_state, recorded in February 2026."""
    shop = Vault()
    shop(f"kms disable-key --key-id {shop.id}")
    for line in (GET, f"{PUT} {shop.sealed}"):
        assert shop.refused(line) == ("KMS.DisabledException", f"{shop.arn} is disabled.")
    shop(f"kms schedule-key-deletion --key-id {shop.id} --pending-window-in-days 7")
    text = f"{shop.arn} is pending deletion."
    assert shop.refused(GET) == ("KMS.KMSInvalidStateException", text)


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ((), "MalformedXML"),
        (({"BucketKeyEnabled": True},) * 2, "MalformedXML"),
        (
            (
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "AES256",
                        "KMSMasterKeyID": "x",
                    }
                },
            ),
            "InvalidArgument",
        ),
    ],
)
def test_a_faulty_bucket_encryption_is_refused_as_recorded(
    rules: tuple[dict[str, object], ...], code: str
):
    """LocalStack's test_s3_default_bucket_encryption_exc, recorded in February 2026."""
    shop = Shop()
    shop(f"s3api create-bucket --bucket {BUCKET}")
    configuration = {"Rules": rules}
    answer = shop.call(
        "s3",
        "PutBucketEncryption",
        Bucket=BUCKET,
        ServerSideEncryptionConfiguration=configuration,  # type: ignore[arg-type]
    ).answer
    assert isinstance(answer, ServiceError)
    assert answer.code == code


def test_cloudtrail_records_the_key_of_a_write():
    shop = Vault()
    record = cloudtrail_event(shop.outcomes[-1])
    parameters = record["requestParameters"]
    assert isinstance(parameters, dict)
    assert parameters["x-amz-server-side-encryption-aws-kms-key-id"] == shop.id
    assert record["responseElements"] == {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": shop.arn,
    }


def test_a_bucket_elsewhere_finds_no_key_and_has_none_of_s3s_own():
    shop = Vault()
    there = "--region eu-west-1"
    location = "--create-bucket-configuration LocationConstraint=eu-west-1"
    shop(f"s3api create-bucket --bucket elsewhere {location} {there}")
    line = f"s3api put-object --bucket elsewhere --key k --server-side-encryption aws:kms {there}"
    foreign = NOT_THERE.replace("us-east-1", "eu-west-1")
    assert shop.refused(f"{line} --ssekms-key-id {NO_KEY}") == (
        "KMS.NotFoundException",
        foreign,
    )
    assert shop.refused(line)[0] == "NotSimulated"
