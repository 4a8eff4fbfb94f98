"""Tags of tables, queues and functions, which policies read."""

from shlex import quote

import pytest

from coffeeshop.account.model import Outcome
from coffeeshop.account.values import Json
from tests.account.shop import ID, Shop, allow, answered, policy, role, statement, trust

TABLE, FUNCTION = (
    f"arn:aws:dynamodb:us-east-1:{ID}:table/Register",
    f"arn:aws:lambda:us-east-1:{ID}:function:f",
)
QUEUE = f"https://sqs.us-east-1.amazonaws.com/{ID}/orders"
CREATED: dict[str, tuple[str, dict[str, Json]]] = {
    "dynamodb": (
        "CreateTable",
        {
            "TableName": "Register",
            "KeySchema": ({"AttributeName": "sale", "KeyType": "HASH"},),
            "AttributeDefinitions": ({"AttributeName": "sale", "AttributeType": "S"},),
            "BillingMode": "PAY_PER_REQUEST",
            "Tags": ({"Key": "branch", "Value": "north"},),
        },
    ),
    "sqs": ("CreateQueue", {"QueueName": "orders", "tags": {"branch": "north"}}),
    "lambda": (
        "CreateFunction",
        {
            "FunctionName": "f",
            "Role": role("Machine"),
            "Runtime": "python3.13",
            "Handler": "m.h",
            "Code": {"ZipFile": b"zip"},
            "Tags": {"branch": "north"},
        },
    ),
}
TAGGING = {
    "dynamodb": "dynamodb:TagResource",
    "sqs": "sqs:TagQueue",
    "lambda": "lambda:TagResource",
}
READ: dict[str, tuple[str, dict[str, Json]]] = {
    "dynamodb": ("ListTagsOfResource", {"ResourceArn": TABLE}),
    "sqs": ("ListQueueTags", {"QueueUrl": QUEUE}),
    "lambda": ("ListTags", {"Resource": FUNCTION}),
}


def made(shop: Shop, service: str, by: str = "root") -> Outcome:
    operation, parameters = CREATED[service]
    return shop.call(service, operation, by, **parameters)


def staffed() -> Shop:
    shop = Shop()
    shop.role("Machine", trust(service="lambda.amazonaws.com"))
    return shop


@pytest.mark.parametrize("service", sorted(CREATED))
def test_to_make_a_thing_with_tags_is_also_to_tag_it(service: str):
    shop = staffed()
    shop.hire("casey", policy(statement(f"{service}:Create*"), statement("iam:PassRole")))
    answer = made(shop, service, "casey").answer
    assert TAGGING[service] in answer.message  # type: ignore[union-attr]
    north = {"StringEquals": {"aws:RequestTag/branch": "north"}}
    text = allow(TAGGING[service], "*", Condition=north)
    shop(
        f"iam put-user-policy --user-name casey --policy-name t --policy-document {quote(text)}"
    )
    assert made(shop, service, "casey").has_succeeded


@pytest.mark.parametrize("service", sorted(CREATED))
def test_a_policy_may_ask_for_the_tags_of_a_thing(service: str):
    shop = staffed()
    assert made(shop, service).has_succeeded
    operation, parameters = READ[service]
    for name, branch in (("casey", "north"), ("robin", "south")):
        tagged = {"StringEquals": {"aws:ResourceTag/branch": branch}}
        shop.hire(name, allow(f"{service}:*", "*", Condition=tagged))
        assert shop.call(service, operation, name, **parameters).has_succeeded is (
            branch == "north"
        )


def test_a_function_is_described_without_its_code():
    shop = staffed()
    made(shop, "lambda")
    assert shop("lambda get-function-configuration --function-name f")["Handler"] == "m.h"
    (version,) = shop("lambda list-versions-by-function --function-name f")["Versions"]
    assert (version["Version"], version["FunctionArn"]) == (
        "$LATEST",
        f"{FUNCTION}:$LATEST",
    )
    assert shop("lambda get-function --function-name f")["Tags"] == {"branch": "north"}
    assert shop("lambda get-function-code-signing-config --function-name f") == {}


def test_the_tags_of_a_table_are_told_in_pages():
    shop = staffed()
    made(shop, "dynamodb")
    more = tuple({"Key": f"k{n:02}", "Value": "v"} for n in range(20))
    assert shop.call("dynamodb", "TagResource", ResourceArn=TABLE, Tags=more).has_succeeded
    found, token = list[str](), ""
    for size in (10, 10, 1):
        page = answered(shop.call("dynamodb", "ListTagsOfResource", ResourceArn=TABLE, **({"NextToken": token} if token else {})))  # fmt: skip
        assert len(page["Tags"]) == size
        found, token = (
            [*found, *(tag["Key"] for tag in page["Tags"])],
            page.get("NextToken", ""),
        )
    assert (found, token) == (["branch", *(tag["Key"] for tag in more)], "")
    answer = shop.call(
        "dynamodb", "ListTagsOfResource", ResourceArn=TABLE, NextToken="nowhere"
    ).answer
    assert answer.code == "ValidationException"  # type: ignore[union-attr]


def test_what_dynamodb_tells_of_a_table_that_is_not_there():
    told = ("TableNotFoundException", "Table not found: None")
    assert Shop().refused("dynamodb describe-continuous-backups --table-name None") == told
    arn = TABLE.replace("Register", "None")
    assert (
        Shop().refused(f"dynamodb list-tags-of-resource --resource-arn {arn}")[0]
        == "ResourceNotFoundException"
    )
