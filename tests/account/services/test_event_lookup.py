"""LookupEvents: which calls it finds, how it filters and pages, and what it tells of each."""

import json
from typing import Any

import pytest

from coffeeshop.account.access import sessions
from coffeeshop.account.history import History
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import ServiceError
from coffeeshop.account.persistent_map import SortedMap
from tests.account.shop import ADMIN, AT, ID, Shop, allow, role, trust, user
from tests.account.shop import ROOT_IN as SIGN_IN
from tests.tables import each_row

LOOKUP = "cloudtrail lookup-events"
PARTNER = "222233334444"


def busy() -> Shop:
    """A shop in which casey, a minute apart, reads, is refused, assumes a role and touches data."""
    shop = Shop()
    shop.hire("casey", allow(["s3:*", "sts:*", "iam:List*"]))
    shop.role("Till", trust(user("casey")), allow("iam:*"))
    shop.later(minutes=1)("iam list-users", "casey")
    shop.later(minutes=1).refused("iam create-user --user-name svc", "casey")
    shop.later(minutes=1)("s3api create-bucket --bucket beans", "casey")
    shop.later(minutes=1)("s3api put-object --bucket beans --key a", "casey")
    shop.later(minutes=1)(
        f"sts assume-role --role-arn {role('Till')} --role-session-name shift", "casey"
    )
    shop.later(minutes=1)("iam create-user --user-name svc", "shift")
    return shop


def looked_up(shop: Shop, key: str = "", value: str = "", more: str = "") -> list[Any]:
    """The events that root finds by one attribute."""
    attribute = f"--lookup-attributes AttributeKey={key},AttributeValue={value}"
    return list(shop(f"{LOOKUP} {attribute if key else ''} {more}")["Events"])


def names(events: list[Any]) -> list[str]:
    return [event["EventName"] for event in events]


def test_the_latest_event_comes_first_and_data_events_are_left_out():
    assert names(looked_up(busy()))[:5] == [
        *("CreateUser", "AssumeRole", "CreateBucket", "CreateUser", "ListUsers")
    ]


def test_a_lookup_is_an_event_of_the_next_lookup():
    shop = busy()
    looked_up(shop)
    assert names(looked_up(shop))[0] == "LookupEvents"


@each_row(
    [
        ("EventName", "AssumeRole", ["AssumeRole"]),
        ("EventSource", "s3.amazonaws.com", ["CreateBucket"]),
        (
            "Username",
            "casey",
            ["AssumeRole", "CreateBucket", "CreateUser", "ListUsers"],
        ),
        ("Username", "shift", ["CreateUser"]),
        ("ReadOnly", "true", ["AssumeRole", "ListUsers"]),
        ("ResourceName", "beans", ["CreateBucket"]),
        ("ResourceName", "svc", ["CreateUser"]),
        ("ResourceType", "AWS::STS::AssumedRole", ["AssumeRole"]),
        ("EventName", "assumerole", []),
    ]
)
def test_an_attribute_finds_the_events_that_have_its_value(
    key: str, value: str, found: list[str]
):
    assert names(looked_up(busy(), key, value)) == found


def test_the_key_of_a_session_leads_to_the_call_that_opened_it():
    shop = busy()
    (event,) = looked_up(shop, "Username", "shift")
    key = event["AccessKeyId"]
    assert key.startswith("ASIA")
    assert names(looked_up(shop, "AccessKeyId", key)) == ["CreateUser"]
    (opening,) = looked_up(shop, "ResourceName", key)
    assert opening["EventName"] == "AssumeRole"
    assert [each["ResourceType"] for each in opening["Resources"]] == [
        "AWS::IAM::AccessKey",
        *["AWS::STS::AssumedRole"] * 3,
        "AWS::IAM::Role",
    ]


def test_an_id_finds_one_event_whose_record_has_the_same_id():
    shop = busy()
    wanted = looked_up(shop)[2]
    (event,) = looked_up(shop, "EventId", wanted["EventId"])
    record = json.loads(event["CloudTrailEvent"])
    assert event == wanted
    assert (record["eventID"], record["eventName"]) == (event["EventId"], "CreateBucket")


def test_a_refused_call_is_found_with_its_error():
    event = looked_up(busy(), "EventName", "CreateUser")[1]
    record = json.loads(event["CloudTrailEvent"])
    assert (record["errorCode"], event["Resources"]) == ("AccessDenied", ())
    assert record["errorMessage"].startswith(f"User: {user('casey')} is not authorized")
    assert record["requestParameters"] is None


def test_a_failed_sign_in_is_found():
    shop = Shop()
    shop.outcome(SIGN_IN + "x")
    (event,) = looked_up(shop, "EventName", "ConsoleLogin")
    assert json.loads(event["CloudTrailEvent"])["errorMessage"] == "Failed authentication"
    assert event["EventSource"] == "signin.amazonaws.com"


def test_calls_without_a_credential_of_the_account_are_not_found():
    shop = Shop()
    key = shop.hire("casey", allow("*"))
    shop(f"iam delete-access-key --user-name casey --access-key-id {key.id}")
    shop.call("iam", "ListUsers", key)
    shop.call("iam", "BrewCoffee")
    shop.call("iam", "UploadSSHPublicKey", UserName="casey", SSHPublicKeyBody="k")
    assert names(looked_up(shop))[0] == "DeleteAccessKey"


def test_a_time_range_includes_both_of_its_ends():
    shop = busy()
    at = "2026-03-02T08:0{}:00Z"
    between = f"--start-time {at.format(2)} --end-time {at.format(3)}"
    assert names(looked_up(shop, more=between)) == ["CreateBucket", "CreateUser"]


def test_events_are_kept_for_90_days():
    shop = busy().later(days=90, minutes=-5)
    assert names(looked_up(shop)) == ["CreateUser", "AssumeRole", "CreateBucket", "CreateUser", "ListUsers"]  # fmt: skip
    assert names(looked_up(shop.later(days=89))) == ["LookupEvents"]


def test_a_region_has_its_own_events_and_those_of_iam_are_in_one_region():
    shop = busy()
    shop("sqs list-queues --region eu-west-1")
    assert names(looked_up(shop, more="--region eu-west-1")) == ["ListQueues"]
    assert "ListQueues" not in names(looked_up(shop))


def test_a_token_leads_to_the_next_page_and_only_with_the_same_attributes():
    shop = busy()
    user_name = ({"AttributeKey": "Username", "AttributeValue": "casey"},)
    ask = {"LookupAttributes": user_name, "MaxResults": 3}
    first: Any = shop.call("cloudtrail", "LookupEvents", **ask).answer
    token = first.body["NextToken"]
    # What happens between two pages doesn't move the second page.
    shop("iam list-users", "casey")
    second: Any = shop.call("cloudtrail", "LookupEvents", **ask, NextToken=token).answer
    assert names(first.body["Events"]) == ["AssumeRole", "CreateBucket", "CreateUser"]
    assert names(second.body["Events"]) == ["ListUsers"]
    assert "NextToken" not in second.body
    for wrong in ({"NextToken": token}, {**ask, "NextToken": "beans"}):
        answer = shop.call("cloudtrail", "LookupEvents", **wrong).answer
        assert isinstance(answer, ServiceError)
        assert answer.code == "InvalidNextTokenException"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (
            {"LookupAttributes": ({"AttributeKey": "Badge", "AttributeValue": "1"},)},
            "InvalidLookupAttributesException",
        ),
        (
            {
                "LookupAttributes": (
                    {"AttributeKey": "EventName", "AttributeValue": "a"},
                    {"AttributeKey": "Username", "AttributeValue": "b"},
                )
            },
            "InvalidLookupAttributesException",
        ),
        (
            {"StartTime": "2026-03-02T09:00:00Z", "EndTime": "2026-03-02T08:00:00Z"},
            "InvalidTimeRangeException",
        ),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"EventCategory": "beans"}, "InvalidEventCategoryException"),
        ({"LookupAttributes": ({"AttributeKey": "EventName"},)}, "ValidationException"),
    ],
)
def test_a_wrong_lookup_is_refused_with_its_own_error(parameters: Any, code: str):
    answer = Shop().call("cloudtrail", "LookupEvents", **parameters).answer
    assert isinstance(answer, ServiceError)
    assert answer.code == code


def test_an_account_without_insights_has_no_insight_events():
    assert looked_up(busy(), more="--event-category insight") == []


def test_a_lookup_needs_its_permission_and_no_trail():
    shop = busy()
    code, text = shop.refused(LOOKUP, "casey")
    assert code == "AccessDeniedException"
    assert "cloudtrail:LookupEvents on resource: *" in text or "LookupEvents" in text
    assert not shop.account.trails


def test_both_accounts_find_the_assumption_of_a_role_across_accounts():
    shop = Shop()
    partner = new_account(PARTNER, b"partner", AT, "owner@partner.example", "Flat-white-2")
    partner = sessions.new_key(partner, PARTNER, "partner", AT)[0]
    shop.set(others=SortedMap([(PARTNER, partner)]))
    shop("iam create-user --user-name noor", "partner")
    shop("iam create-access-key --user-name noor", "partner")
    shop(f"iam attach-user-policy --user-name noor --policy-arn {ADMIN}", "partner")
    line = f"sts assume-role --role-session-name visit --role-arn {role('Visit')}"
    shop.refused(line, "noor")  # only the account of who asked sees a refusal
    shop.role("Visit", trust(f"arn:aws:iam::{PARTNER}:root"), allow("iam:ListUsers"))
    shop(line, "noor")
    shop("iam list-users", "visit")
    theirs, refused = shop(f"{LOOKUP} {ASSUMED}", "partner")["Events"]
    (ours,) = shop(f"{LOOKUP} {ASSUMED}")["Events"]
    their_record, our_record, refused_record = (
        json.loads(event["CloudTrailEvent"]) for event in (theirs, ours, refused)
    )
    assert theirs["Username"] == "noor"
    assert "Username" not in ours
    assert our_record["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": their_record["userIdentity"]["principalId"],
        "accountId": PARTNER,
    }
    assert their_record["sharedEventID"] == our_record["sharedEventID"]
    assert their_record["eventID"] != our_record["eventID"]
    assert [r["recipientAccountId"] for r in (their_record, our_record)] == [PARTNER, ID]
    assert "sharedEventID" not in refused_record
    assert names(looked_up(shop, "Username", "visit")) == ["ListUsers"]


ASSUMED = "--lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRole"


def test_a_long_history_costs_no_nesting():
    history = History[int]()
    for number in range(100):
        history = history.add(number)
    assert list(history.newest_first()) == list(reversed(range(100)))
    shop = Shop()
    for _ in range(300):
        shop("sts get-caller-identity")
    nested = [
        event.account.event_history for event in shop.account.event_history.newest_first()
    ]
    assert len(nested) == 300
    assert not any(list(each.newest_first()) for each in nested)
