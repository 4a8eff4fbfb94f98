"""Objects that are copied, and deleted many at once."""

from shlex import quote

from tests.account.shop import Shop, allow, answered, policy, statement

RECEIPTS, COPIES = "arn:aws:s3:::coffeeshop-receipts", "arn:aws:s3:::coffeeshop-copies"
COPY = "s3api copy-object --bucket coffeeshop-copies --key b --copy-source coffeeshop-receipts/a"


def drawer() -> Shop:
    shop = Shop()
    for name in ("receipts", "copies"):
        shop(f"s3api create-bucket --bucket coffeeshop-{name}")
    for key in ("a", "voided/1", "voided/2"):
        shop(f"s3api put-object --bucket coffeeshop-receipts --key {key} --body receipt.json --content-type text/plain --tagging branch=north")  # fmt: skip
    return shop


def test_a_copy_has_the_body_type_and_tags_of_its_source_or_those_of_the_call():
    shop = drawer()
    shop(COPY)
    copies = lambda: shop.account.buckets["coffeeshop-copies"].objects["b"]  # noqa: E731
    assert (copies().body, copies().details["ContentType"], copies().tags) == (
        b'{"total": 4}',
        "text/plain",
        {"branch": "north"},
    )
    shop(
        f"{COPY} --tagging-directive REPLACE --tagging shift=late --metadata-directive REPLACE --content-type text/csv"
    )
    assert (copies().details["ContentType"], copies().tags) == (
        "text/csv",
        {"shift": "late"},
    )
    shop(
        "s3api copy-object --bucket coffeeshop-copies --key c --copy-source /coffeeshop-receipts/voided%2F1"
    )
    assert "c" in shop.account.buckets["coffeeshop-copies"].objects


def test_to_copy_is_to_read_and_to_write_with_tags_where_there_are_any():
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    shop = drawer()
    needed = ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"]
    for lacking in needed:
        may = [
            statement(a, f"{RECEIPTS if 'Get' in a else COPIES}/*")
            for a in needed
            if a != lacking
        ]
        shop.hire(name := lacking[3:].lower(), policy(*may))
        assert lacking + " on resource" in shop.refused(COPY, name)[1]
    shop.hire(
        "casey",
        policy(
            statement("s3:GetObject", f"{RECEIPTS}/*"),
            statement("s3:PutObject", f"{COPIES}/*"),
        ),
    )
    shop(f"{COPY} --tagging-directive REPLACE", "casey")


def test_an_object_is_not_copied_onto_itself_unchanged():
    shop = drawer()
    line = "s3api copy-object --bucket coffeeshop-receipts --key a --copy-source coffeeshop-receipts/a"
    assert shop.refused(line)[0] == "InvalidRequest"
    shop(f"{line} --metadata-directive REPLACE --content-type text/html")
    assert (
        shop.account.buckets["coffeeshop-receipts"].objects["a"].details["ContentType"]
        == "text/html"
    )


PUT = "s3api put-object --bucket coffeeshop-receipts --body receipt.json --key"


def test_an_object_is_put_only_where_there_is_none_or_where_it_is_still_the_one_that_is_known():
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
    shop = drawer()
    known = shop(f"{PUT} lock --if-none-match '*'")["ETag"]
    assert shop.refused(f"{PUT} lock --if-none-match '*'")[0] == "PreconditionFailed"
    shop(
        f"s3api put-object --bucket coffeeshop-receipts --key lock --if-match {quote(known)}"
    )
    assert shop.refused(f"{PUT} lock --if-match {quote(known)}")[0] == "PreconditionFailed"
    assert shop.refused(f"{PUT} none --if-match {quote(known)}")[0] == "NoSuchKey"
    shop("s3api delete-object --bucket coffeeshop-receipts --key lock")
    shop(f"{PUT} lock --if-none-match '*'")


def test_who_writes_over_what_is_known_must_be_allowed_to_know_it():
    shop = drawer()
    known = shop("s3api head-object --bucket coffeeshop-receipts --key a")["ETag"]
    shop.hire("casey", allow("s3:PutObject", f"{RECEIPTS}/*"))
    shop.hire(
        "robin",
        policy(
            *(statement(f"s3:{verb}Object", f"{RECEIPTS}/*") for verb in ("Get", "Put"))
        ),
    )
    assert (
        "s3:GetObject on resource"
        in shop.refused(f"{PUT} a --if-match {quote(known)}", "casey")[1]
    )
    shop(f"{PUT} a", "casey")
    shop(f"{PUT} a --if-match {quote(known)}", "robin")


def test_a_policy_may_ask_for_writes_on_a_condition():
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html"""
    shop = drawer()
    only_new = {"Null": {"s3:if-none-match": "false"}}
    shop.hire(
        "casey", policy(statement("s3:PutObject", f"{RECEIPTS}/*", Condition=only_new))
    )
    assert shop.refused(f"{PUT} new", "casey")[0] == "AccessDenied"
    shop(f"{PUT} new --if-none-match '*'", "casey")


def test_a_policy_may_ask_that_whoever_writes_says_how_it_is_encrypted():
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html"""
    shop = drawer()
    sealed = {"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}}
    write = statement("s3:PutObject", [f"{RECEIPTS}/*", f"{COPIES}/*"], Condition=sealed)
    read = statement(["s3:GetObject", "s3:GetObjectTagging", "s3:PutObjectTagging"], "*")
    shop.hire("casey", policy(write, read))
    for line in (f"{PUT} new", COPY):
        assert shop.refused(line, "casey")[0] == "AccessDenied"
        shop(f"{line} --server-side-encryption AES256", "casey")


def test_of_many_objects_each_is_deleted_that_may_be_and_told():
    shop = drawer()
    shop.hire("casey", allow("s3:DeleteObject", f"{RECEIPTS}/voided/*"))
    wanted = quote(
        '{"Objects": [{"Key": "a"}, {"Key": "voided/1"}, {"Key": "voided/none"}]}'
    )
    outcome = shop.outcome(
        f"s3api delete-objects --bucket coffeeshop-receipts --delete {wanted}", "casey"
    )
    body = answered(outcome)
    assert body["Deleted"] == ({"Key": "voided/1"}, {"Key": "voided/none"})
    assert [(row["Key"], row["Code"]) for row in body["Errors"]] == [("a", "AccessDenied")]
    assert "s3:DeleteObject" in body["Errors"][0]["Message"]
    assert list(shop.account.buckets["coffeeshop-receipts"].objects) == ["a", "voided/2"]
    assert not outcome.has_succeeded  # what was not all done has not succeeded
    quiet = quote('{"Objects": [{"Key": "voided/2"}], "Quiet": true}')
    assert (
        shop(f"s3api delete-objects --bucket coffeeshop-receipts --delete {quiet}", "casey")
        == {}
    )


def test_that_a_key_is_missing_is_told_under_the_conditions_of_the_call():
    shop = drawer()
    here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    shop.hire("casey", policy(statement("s3:GetObject", f"{RECEIPTS}/*"), statement("s3:ListBucket", RECEIPTS, Condition=here)))  # fmt: skip
    assert (
        shop.refused("s3api get-object --bucket coffeeshop-receipts --key none o", "casey")[
            0
        ]
        == "NoSuchKey"
    )


DESCRIBED = "--metadata Barista=casey,shift=late --cache-control no-store --content-disposition inline"


def test_what_describes_an_object_is_kept_and_told_with_it():
    shop = drawer()
    line = "--bucket coffeeshop-receipts --key d"
    shop(f"s3api put-object {line} --body receipt.json {DESCRIBED}")
    for operation in ("head-object", "get-object"):
        told = answered(
            shop.outcome(f"s3api {operation} {line}" + " out" * (operation[0] == "g"))
        )
        assert told["Metadata"] == {"barista": "casey", "shift": "late"}
        assert (told["CacheControl"], told["ContentDisposition"]) == ("no-store", "inline")
        assert told["ContentType"] == "binary/octet-stream"


def test_a_copy_keeps_the_metadata_of_its_source_unless_the_call_replaces_it():
    shop = drawer()
    put = "s3api put-object --bucket coffeeshop-receipts --key a --body receipt.json"
    shop(f"{put} {DESCRIBED} --website-redirect-location /menu")
    details = lambda: shop.account.buckets["coffeeshop-copies"].objects["b"].details  # noqa: E731
    shop(f"{COPY} --metadata shift=early")
    assert details()["Metadata"] == {"barista": "casey", "shift": "late"}
    assert "WebsiteRedirectLocation" not in details()
    shop(f"{COPY} --metadata shift=early --metadata-directive REPLACE")
    assert details() == {
        "ContentType": "binary/octet-stream",
        "Metadata": {"shift": "early"},
    }


def test_two_kilobytes_of_metadata_are_too_much():
    shop = drawer()
    line = (
        f"s3api put-object --bucket coffeeshop-receipts --key d --metadata k={'v' * 2048}"
    )
    assert shop.refused(line)[0] == "MetadataTooLarge"


def test_who_expects_another_owner_is_denied():
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html"""
    shop = drawer()
    bucket = "--bucket coffeeshop-receipts"
    lines = (
        f"get-object {bucket} --key a out",
        f"list-objects-v2 {bucket}",
        f"get-bucket-acl {bucket}",
        f"put-public-access-block {bucket} --public-access-block-configuration BlockPublicAcls=true",
        COPY.removeprefix("s3api "),
    )
    for line in lines:
        assert (
            shop.refused(f"s3api {line} --expected-bucket-owner 444455556666")[0]
            == "AccessDenied"
        )
        answered(shop.outcome(f"s3api {line} --expected-bucket-owner 111122223333"))
    assert (
        shop.refused(f"{COPY} --expected-source-bucket-owner 444455556666")[0]
        == "AccessDenied"
    )
    assert shop.refused(
        f"s3api head-bucket {bucket} --expected-bucket-owner 444455556666"
    ) == ("403", "Forbidden")
