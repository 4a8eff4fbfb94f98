"""Versions of objects: written, read, deleted, listed, and who can do so.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
"""

from collections.abc import Mapping
from shlex import quote
from typing import Any

from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.model import Outcome, Reply, ServiceError
from tests.account.shop import Shop, allow

BUCKET = "coffeeshop-recipes"
ARN = f"arn:aws:s3:::{BUCKET}"
KEY = "latte.txt"


def versioned(status: str = "Enabled") -> Shop:
    """A bucket with versions, which has an object from before."""
    shop = Shop()
    shop(f"s3api create-bucket --bucket {BUCKET}")
    put(shop, b"old")
    configuration = f"Status={status}"
    shop(
        f"s3api put-bucket-versioning --bucket {BUCKET} --versioning-configuration {configuration}"
    )
    return shop


def put(shop: Shop, body: bytes) -> str:
    """The id of the version that was written, "" if none is told."""
    outcome = shop.call("s3", "PutObject", Bucket=BUCKET, Key=KEY, Body=body)
    return str(body_of(outcome).get("VersionId", ""))


def body_of(outcome: Outcome) -> Mapping[str, Any]:
    assert isinstance(outcome.answer, Reply), outcome.answer
    return outcome.answer.body


def content(shop: Shop, version: str = "") -> Any:
    """The bytes of the object or of a version, or the code with which it is refused."""
    named = {"VersionId": version} if version else {}
    answer = shop.call("s3", "GetObject", Bucket=BUCKET, Key=KEY, **named).answer
    return answer.code if isinstance(answer, ServiceError) else answer.body["Body"]


def listed(shop: Shop) -> list[tuple[str, bool]]:
    """The ids of all versions and delete markers, with whether they are the newest."""
    body = shop(f"s3api list-object-versions --bucket {BUCKET}")
    rows = (*body.get("Versions", ()), *body.get("DeleteMarkers", ()))
    return [(row["VersionId"], row["IsLatest"]) for row in rows]


def test_each_write_adds_a_version_and_earlier_ones_can_be_read():
    shop = versioned()
    second = put(shop, b"second")
    third = put(shop, b"third")
    assert len({second, third, "null"}) == 3
    assert [content(shop, version) for version in ("null", second, third, "")] == [
        b"old",
        b"second",
        b"third",
        b"third",
    ]
    assert listed(shop) == [(third, True), (second, False), ("null", False)]


def test_a_deletion_leaves_a_marker_and_without_it_the_object_is_back():
    shop = versioned()
    kept = put(shop, b"new")
    marker = shop(f"s3api delete-object --bucket {BUCKET} --key {KEY}")
    assert marker["DeleteMarker"] is True
    assert content(shop) == "NoSuchKey"
    assert content(shop, marker["VersionId"]) == "MethodNotAllowed"
    assert content(shop, kept) == b"new"
    shop(
        f"s3api delete-object --bucket {BUCKET} --key {KEY} --version-id {marker['VersionId']}"
    )
    assert content(shop) == b"new"


def test_a_version_that_is_deleted_by_its_id_is_gone_for_good():
    shop = versioned()
    newest = put(shop, b"new")
    shop(f"s3api delete-object --bucket {BUCKET} --key {KEY} --version-id {newest}")
    assert content(shop) == b"old"
    assert content(shop, newest) == "NoSuchVersion"
    assert listed(shop) == [("null", True)]


def test_while_versioning_is_suspended_a_write_replaces_the_version_null():
    shop = versioned()
    kept = put(shop, b"kept")
    shop(
        f"s3api put-bucket-versioning --bucket {BUCKET} --versioning-configuration Status=Suspended"
    )
    assert put(shop, b"first") == ""
    assert put(shop, b"second") == ""
    assert listed(shop) == [("null", True), (kept, False)]
    marker = shop(f"s3api delete-object --bucket {BUCKET} --key {KEY}")
    assert marker == {"DeleteMarker": True, "VersionId": "null"}
    assert listed(shop) == [(kept, False), ("null", True)]


def test_an_id_that_s3_never_gave_is_no_version():
    shop = versioned()
    assert content(shop, "3") == "InvalidArgument"
    other = versioned()
    strange = put(other, b"x")[:-1] + "0"
    assert content(shop, strange) == "InvalidArgument"


def test_a_bucket_with_versions_or_markers_is_not_empty():
    shop = versioned()
    shop(f"s3api delete-object --bucket {BUCKET} --key {KEY}")
    code, text = shop.refused(f"s3api delete-bucket --bucket {BUCKET}")
    assert (code, "all versions" in text) == ("BucketNotEmpty", True)
    for version, _ in listed(shop):
        shop(f"s3api delete-object --bucket {BUCKET} --key {KEY} --version-id {version}")
    shop(f"s3api delete-bucket --bucket {BUCKET}")


def test_many_deletions_name_versions_and_markers():
    shop = versioned()
    newest = put(shop, b"new")
    objects = {"Objects": ({"Key": KEY, "VersionId": newest}, {"Key": KEY})}
    rows = body_of(shop.call("s3", "DeleteObjects", Bucket=BUCKET, Delete=objects))
    first, second = rows["Deleted"]
    assert first == {"Key": KEY, "VersionId": newest}
    assert (second["DeleteMarker"], second["Key"]) == (True, KEY)
    assert listed(shop) == [("null", False), (second["DeleteMarkerVersionId"], True)]


def test_a_version_can_be_copied_over_the_current_one():
    shop = versioned()
    put(shop, b"new")
    source = f"{BUCKET}/{KEY}?versionId=null"
    shop(f"s3api copy-object --bucket {BUCKET} --key {KEY} --copy-source {quote(source)}")
    assert content(shop) == b"old"


def test_tags_are_those_of_one_version():
    shop = versioned()
    put(shop, b"new")
    tagging = {"TagSet": ({"Key": "branch", "Value": "north"},)}
    named = {"Bucket": BUCKET, "Key": KEY, "VersionId": "null"}
    shop.call("s3", "PutObjectTagging", Tagging=tagging, **named)
    assert shop(f"s3api get-object-tagging --bucket {BUCKET} --key {KEY}")["TagSet"] == ()
    old = shop(f"s3api get-object-tagging --bucket {BUCKET} --key {KEY} --version-id null")
    assert old["TagSet"] == tagging["TagSet"]


def test_versions_are_listed_in_pages():
    shop = versioned()
    ids = [put(shop, b"new"), put(shop, b"newer")]
    page = f"s3api list-object-versions --bucket {BUCKET} --max-keys 1"
    seen = list[str]()
    markers = ""
    while True:
        body = shop(page + markers)
        seen += [row["VersionId"] for row in body["Versions"]]
        if not body["IsTruncated"]:
            break
        markers = f" --key-marker {body['NextKeyMarker']} --version-id-marker {body['NextVersionIdMarker']}"
    assert seen == [*reversed(ids), "null"]


def test_a_version_needs_an_action_of_its_own():
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"""
    shop = versioned()
    named = f"--bucket {BUCKET} --key {KEY} --version-id null"
    asked = {
        f"get-object {named} out": "s3:GetObjectVersion",
        f"head-object {named}": "s3:GetObjectVersion",
        f"get-object-tagging {named}": "s3:GetObjectVersionTagging",
        f"put-object-tagging {named} --tagging TagSet=[]": "s3:PutObjectVersionTagging",
        f"delete-object-tagging {named}": "s3:DeleteObjectVersionTagging",
        f"get-object-acl {named}": "s3:GetObjectVersionAcl",
        f"delete-object {named}": "s3:DeleteObjectVersion",
        f"list-object-versions --bucket {BUCKET}": "s3:ListBucketVersions",
        f"get-bucket-versioning --bucket {BUCKET}": "s3:GetBucketVersioning",
        f"put-bucket-versioning --bucket {BUCKET} --versioning-configuration Status=Enabled": "s3:PutBucketVersioning",
    }
    shop.hire("plain", allow(["s3:GetObject", "s3:DeleteObject", "s3:ListBucket"]))
    for line, action in asked.items():
        outcome = shop.outcome(f"s3api {line}", "plain")
        assert isinstance(outcome.answer, ServiceError), line
        assert [decision.request.action for decision in outcome.decisions] == [action]
    for number, (line, action) in enumerate(asked.items()):
        shop.hire(f"exact{number}", allow(action))
        answer = shop.outcome(f"s3api {line}", f"exact{number}").answer
        assert isinstance(answer, Reply), (line, answer)


def test_who_can_delete_objects_cannot_delete_a_version():
    shop = versioned()
    shop.hire("casey", allow("s3:DeleteObject", f"{ARN}/*"))
    objects = {"Objects": ({"Key": KEY, "VersionId": "null"}, {"Key": KEY})}
    answer = body_of(
        shop.call("s3", "DeleteObjects", "casey", Bucket=BUCKET, Delete=objects)
    )
    assert [row["Code"] for row in answer["Errors"]] == ["AccessDenied"]
    assert content(shop, "null") == b"old"


def test_a_condition_can_be_on_the_version():
    shop = versioned()
    second = put(shop, b"second")
    only = {"StringEquals": {"s3:VersionId": "null"}}
    shop.hire("casey", allow("s3:GetObjectVersion", f"{ARN}/*", Condition=only))
    line = f"s3api get-object --bucket {BUCKET} --key {KEY} --version-id"
    shop(f"{line} null out", "casey")
    assert shop.refused(f"{line} {second} out", "casey")[0] == "AccessDenied"


def test_the_record_has_the_subresource_and_the_version():
    shop = versioned()
    (setting,) = [each for each in shop.outcomes if "Versioning" in each.act.call.operation]
    record: Any = cloudtrail_event(setting)["requestParameters"]
    assert record["versioning"] == ""
    assert record["VersioningConfiguration"]["Status"] == "Enabled"
    reading = shop.outcome(
        f"s3api get-object --bucket {BUCKET} --key {KEY} --version-id null out"
    )
    record = cloudtrail_event(reading)["requestParameters"]
    assert record["versionId"] == "null"
