"""Every list can be read in pages, and what AWS takes for granted can be said."""

import pytest

from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.resources import Instance
from tests.account.shop import AT, Shop, allow, answered, role, trust

INSTANCES = tuple(f"i-0c0ffee5b0a2d00{n:02}" for n in range(7))


def stocked() -> Shop:
    shop = Shop()
    for n in range(7):
        shop(f"sqs create-queue --queue-name q{n}")
    rows = ((id, Instance(id, f"grinder-{n}", AT)) for n, id in enumerate(INSTANCES))
    shop.set(instances=SortedMap(rows))
    shop.role("Machine", trust(service="lambda.amazonaws.com"))
    for n in range(53):
        code = {"ZipFile": b"zip"}
        kind = {"Runtime": "python3.13", "Handler": "m.h"}
        shop.call(
            "lambda",
            "CreateFunction",
            FunctionName=f"f{n:02}",
            Role=role("Machine"),
            Code=code,
            **kind,
        )
    return shop


PAGED = {  # (service, operation, parameters of a page, its token, the answer's, what it lists)
    "functions": (
        "lambda",
        "ListFunctions",
        {"MaxItems": 3},
        "Marker",
        "NextMarker",
        "Functions",
    ),
    "queues": (
        "sqs",
        "ListQueues",
        {"MaxResults": 3},
        "NextToken",
        "NextToken",
        "QueueUrls",
    ),
}


@pytest.mark.parametrize("row", PAGED.values(), ids=PAGED)
def test_the_pages_of_a_list_are_the_list(
    row: tuple[str, str, dict[str, int], str, str, str],
):
    service, operation, size, token, following, member = row
    shop = stocked()
    rows: list[object] = []
    parameters = dict[str, object](size)
    while True:
        page = answered(shop.call(service, operation, **parameters))
        assert len(page[member]) <= 3
        rows += page[member]
        if following not in page:
            break
        parameters[token] = page[following]
    assert (
        len(rows) == len({str(row) for row in rows}) == (53 if service == "lambda" else 7)
    )


def test_lambda_lists_fifty_functions_at_most():
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
    shop = stocked()
    page = answered(shop.call("lambda", "ListFunctions", MaxItems=10000))
    assert len(page["Functions"]) == 50
    rest = answered(shop.call("lambda", "ListFunctions", Marker=page["NextMarker"]))
    assert len(rest["Functions"]) == 3
    assert "NextMarker" not in rest


def test_a_token_of_another_list_is_refused_by_each_service():
    shop = stocked()
    for service, operation, token in (
        ("lambda", "ListFunctions", {"Marker": "x"}),
        ("sqs", "ListQueues", {"NextToken": "x"}),
        ("ec2", "DescribeInstances", {"NextToken": "x"}),
    ):
        code = shop.call(service, operation, **token).answer.code  # type: ignore[union-attr]
        assert code.startswith("InvalidParameterValue")


def test_queues_are_listed_a_thousand_at_a_time_and_only_max_results_earns_a_token():
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"""
    shop = stocked()
    assert "NextToken" not in answered(shop.call("sqs", "ListQueues"))
    assert "NextToken" in answered(shop.call("sqs", "ListQueues", MaxResults=2))
    for size in (0, 1001):
        refused = shop.call("sqs", "ListQueues", MaxResults=size).answer
        assert refused.code == "InvalidParameterValue"  # type: ignore[union-attr]


def test_instances_are_described_in_pages_of_five_or_more():
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"""
    shop = stocked()
    page = answered(shop.call("ec2", "DescribeInstances", MaxResults=5))
    rest = answered(
        shop.call("ec2", "DescribeInstances", MaxResults=5, NextToken=page["NextToken"])
    )
    ids = [
        row["InstanceId"]
        for answer in (page, rest)
        for reservation in answer["Reservations"]
        for row in reservation["Instances"]
    ]
    assert ids == list(INSTANCES)
    small = shop.call("ec2", "DescribeInstances", MaxResults=4).answer
    named = shop.call(
        "ec2", "DescribeInstances", MaxResults=5, InstanceIds=(INSTANCES[0],)
    ).answer
    assert small.code == "InvalidParameterValue"  # type: ignore[union-attr]
    assert named.code == "InvalidParameterCombination"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ("Name=tag:Name,Values=grinder-1,grinder-2", 2),
        ("Name=tag:Name,Values='grinder-?'", 7),
        ("Name=instance-state-name,Values=running Name=instance-id,Values='*01'", 1),
        ("Name=instance-state-name,Values=stopped", 0),
        ("Name=tag:Team,Values=bar", 0),
    ],
)
def test_instances_are_described_that_pass_every_filter(filters: str, count: int):
    answer = answered(stocked().outcome(f"ec2 describe-instances --filters {filters}"))
    assert sum(len(row["Instances"]) for row in answer["Reservations"]) == count


def test_regions_pass_filters_too_and_an_unknown_filter_is_refused():
    shop = Shop()
    europe = "--filters Name=region-name,Values='eu-west-*'"
    regions = answered(shop.outcome(f"ec2 describe-regions {europe}"))["Regions"]
    assert [row["RegionName"] for row in regions] == ["eu-west-1", "eu-west-2", "eu-west-3"]
    assert shop.refused("ec2 describe-regions --filters Name=color,Values=x") == (
        "InvalidParameterValue",
        "The filter 'color' is invalid",
    )


def test_a_dry_run_tells_that_it_would_have_succeeded_and_changes_nothing():
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html"""
    shop = stocked()
    line = f"ec2 stop-instances --instance-ids {INSTANCES[0]} --dry-run"
    assert shop.refused(line)[0] == "DryRunOperation"
    assert shop.account.instances[INSTANCES[0]].state == "running"
    shop.hire("casey")
    assert shop.refused(line, "casey")[0] == "UnauthorizedOperation"


def test_a_projection_takes_the_attributes_that_it_names():
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html"""
    shop = Shop()
    shop("dynamodb create-table --table-name T --attribute-definitions AttributeName=k,AttributeType=S --key-schema AttributeName=k,KeyType=HASH --billing-mode PAY_PER_REQUEST")  # fmt: skip
    item = {"k": {"S": "1"}, "name": {"S": "Sumatra"}, "size": {"N": "3"}}
    shop.call("dynamodb", "PutItem", TableName="T", Item=item)
    names = {"#n": "name"}
    read = {
        "TableName": "T",
        "ProjectionExpression": "#n, size",
        "ExpressionAttributeNames": names,
    }
    wanted = {"name": {"S": "Sumatra"}, "size": {"N": "3"}}
    key = {"k": {"S": "1"}}
    assert answered(shop.call("dynamodb", "GetItem", Key=key, **read))["Item"] == wanted
    assert answered(shop.call("dynamodb", "Scan", **read))["Items"] == (wanted,)
    condition = {
        "KeyConditionExpression": "k = :k",
        "ExpressionAttributeValues": {":k": {"S": "1"}},
    }
    assert answered(shop.call("dynamodb", "Query", **read, **condition))["Items"] == (
        wanted,
    )
    unused = shop.call(
        "dynamodb", "Scan", **{**read, "ProjectionExpression": "size"}
    ).answer
    assert "unused in expressions" in unused.message  # type: ignore[union-attr]
    deep = shop.call(
        "dynamodb", "Scan", TableName="T", ProjectionExpression="name.first"
    ).answer
    assert "not simulated" in deep.message  # type: ignore[union-attr]


def test_a_projection_is_what_a_policy_for_attributes_judges():
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"""
    shop = Shop()
    shop("dynamodb create-table --table-name T --attribute-definitions AttributeName=k,AttributeType=S --key-schema AttributeName=k,KeyType=HASH --billing-mode PAY_PER_REQUEST")  # fmt: skip
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["k", "name"]},
        "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    shop.hire("casey", allow("dynamodb:GetItem", Condition=condition))
    line = 'dynamodb get-item --table-name T --key \'{"k":{"S":"1"}}\''
    assert shop.refused(line, "casey")[0] == "AccessDeniedException"
    assert (
        shop.refused(f"{line} --projection-expression size", "casey")[0]
        == "AccessDeniedException"
    )
    assert answered(shop.outcome(f"{line} --projection-expression name", "casey")) == {}
