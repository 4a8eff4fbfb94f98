"""A trail can write into a bucket of another account, if that bucket's policy lets CloudTrail in for it."""

import json
from shlex import quote

import pytest

from coffeeshop.account.access import sessions
from coffeeshop.account.ids import new_account
from coffeeshop.account.persistent_map import SortedMap
from tests.account.shop import AT, ID, Shop

NORTH = "333344445555"
BUCKET = "coffeeshop-logs"


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({}, ""),
        ({"StringEquals": {"aws:SourceAccount": NORTH}}, ""),
        (
            {"StringEquals": {"aws:SourceAccount": ID}},
            "InsufficientS3BucketPolicyException",
        ),
        ({"StringEquals": {"aws:ResourceAccount": ID}}, ""),
        (
            {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{ID}:trail/*"}},
            "InsufficientS3BucketPolicyException",
        ),
    ],
)
def test_the_bucket_policy_says_for_whose_trail_cloudtrail_writes(
    condition: dict[str, object], answer: str
):
    shop = Shop()
    north = new_account(NORTH, b"north", AT, "owner@north.example", "Cold-brew-5", "north")
    shop.set(others=SortedMap([(NORTH, sessions.new_key(north, NORTH, "north", AT)[0])]))
    arn = f"arn:aws:s3:::{BUCKET}"
    row = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": [arn, f"{arn}/*"],
        "Condition": condition,
    }
    text = quote(json.dumps({"Version": "2012-10-17", "Statement": [row]}))
    shop(f"s3api create-bucket --bucket {BUCKET}", "root")
    shop(f"s3api put-bucket-policy --bucket {BUCKET} --policy {text}", "root")
    outcome = shop.outcome(
        f"cloudtrail create-trail --name audit --s3-bucket-name {BUCKET}", "north"
    )
    assert getattr(outcome.answer, "code", "") == answer


def test_a_trail_tells_when_it_began_and_ended_to_log():
    """A new trail's answer was recorded on 20 December 2025: text beside the instants, empty where there was nothing."""
    shop = Shop()
    row = {
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        "Effect": "Allow",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [row]})
    shop(f"s3api create-bucket --bucket {BUCKET}")
    shop(f"s3api put-bucket-policy --bucket {BUCKET} --policy {quote(document)}")
    shop(f"cloudtrail create-trail --name audit --s3-bucket-name {BUCKET}")
    silent = {
        "LatestDeliveryAttemptTime": "",
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "LatestDeliveryAttemptSucceeded": "",
    }
    line = "cloudtrail get-trail-status --name audit"
    never = {"TimeLoggingStarted": "", "TimeLoggingStopped": ""}
    assert shop(line) == {"IsLogging": False, **silent, **never}
    shop("cloudtrail start-logging --name audit")
    began = shop.at
    assert shop(line) == {
        "IsLogging": True,
        "StartLoggingTime": began.isoformat(),
        **silent,
        "TimeLoggingStarted": f"{began:%Y-%m-%dT%H:%M:%SZ}",
        "TimeLoggingStopped": "",
    }
    shop.later(seconds=60)
    shop("cloudtrail stop-logging --name audit")
    status = shop(line)
    assert status["IsLogging"] is False
    assert status["TimeLoggingStarted"] == f"{began:%Y-%m-%dT%H:%M:%SZ}"
    assert status["TimeLoggingStopped"] == f"{shop.at:%Y-%m-%dT%H:%M:%SZ}"
