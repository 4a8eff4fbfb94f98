"""DynamoDB: which items a Query and a Scan read, and in which order.

Most texts were recorded by architect/dynalite, test/query.js and test/scan.js (Apache-2.0), on AWS until 2023. Since then
AWS puts "Invalid KeyConditionExpression: " before some of them: getmoto/moto's verified tests (Apache-2.0), December 2025.
"""

import json
from collections.abc import Mapping
from shlex import quote
from typing import Any

import pytest

from coffeeshop.account.model import Answer, Reply, ServiceError
from tests.account.shop import Shop, allow, answered
from tests.tables import each_row

TABLE = "Sales"


def filled(type: str = "N", *sorts: str) -> Shop:
    """Return a shop whose table has the tills A and B, with these sort keys each."""
    shop = Shop()
    made = shop.call(
        "dynamodb",
        "CreateTable",
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=(
            {"AttributeName": "till", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ),
        AttributeDefinitions=(
            {"AttributeName": "till", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": type},
        ),
    )
    answered(made)
    for sort in sorts:
        for till in "AB":
            item = {"till": {"S": till}, "at": {type: sort}, "sum": {"N": "1"}}
            answered(shop.call("dynamodb", "PutItem", TableName=TABLE, Item=item))
    return shop


def ask(shop: Shop, condition: str, values: Mapping[str, Any], **others: Any) -> Answer:
    """Return the answer to a Query. The values are text, or numbers if they are int."""
    typed = {
        f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in values.items()
    }
    return shop.call(
        "dynamodb",
        "Query",
        TableName=TABLE,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=typed,
        **others,
    ).answer


def found(answer: Answer) -> list[str]:
    """Return the sort keys of an answer's items."""
    assert isinstance(answer, Reply), answer
    items: Any = answer.body["Items"]
    assert all(item["till"] == {"S": "A"} for item in items)
    return ["".join(item["at"].values()) for item in items]


NUMBERS = ("10", "9", "-2.5", "-30", "100", "0.5")


@each_row([
        ("till = :a", {}, ["-30", "-2.5", "0.5", "9", "10", "100"]),
        ("till = :a AND at = :x", {"x": 9}, ["9"]),
        ("till = :a and at < :x", {"x": 9}, ["-30", "-2.5", "0.5"]),
        ("till = :a AND at <= :x", {"x": 9}, ["-30", "-2.5", "0.5", "9"]),
        ("at > :x AND till = :a", {"x": 9}, ["10", "100"]),
        ("till = :a AND at >= :x", {"x": 9}, ["9", "10", "100"]),
        ("till = :a AND at BETWEEN :x AND :y", {"x": -3, "y": 9}, ["-2.5", "0.5", "9"]),
        ("(till = :a) and (at between :x and :y)", {"x": 9, "y": 9}, ["9"]),
        ("(till = :a AND at > :x)", {"x": 9}, ["10", "100"]),
        (":a = till AND :x <= at", {"x": 10}, ["10", "100"]),
        ("till = :a AND :x > at", {"x": 0}, ["-30", "-2.5"]),
    ])  # fmt: skip
def test_numbers_are_compared_and_ordered_as_numbers(
    condition: str, values: dict[str, int], sorts: list[str]
):
    assert found(ask(filled("N", *NUMBERS), condition, {"a": "A", **values})) == sorts


@each_row([
        ("till = :a", {}, ["10", "9", "Z", "a", "aa", "ab", "é"]),
        ("till = :a AND at < :x", {"x": "Z"}, ["10", "9"]),
        ("till = :a AND begins_with(at, :x)", {"x": "a"}, ["a", "aa", "ab"]),
        ("till=:a AND begins_with ( at,:x )", {"x": "ab"}, ["ab"]),
        ("till = :a AND at BETWEEN :x AND :y", {"x": "9", "y": "aa"}, ["9", "Z", "a", "aa"]),
    ])  # fmt: skip
def test_text_is_compared_byte_by_byte(
    condition: str, values: dict[str, str], sorts: list[str]
):
    shop = filled("S", "a", "9", "10", "Z", "é", "ab", "aa")
    assert found(ask(shop, condition, {"a": "A", **values})) == sorts


def test_bytes_are_compared_byte_by_byte():
    shop = filled("B")
    for sort in (b"\xff", b"\x01\x02", b"\x01"):
        item = {"till": {"S": "A"}, "at": {"B": sort}}
        answered(shop.call("dynamodb", "PutItem", TableName=TABLE, Item=item))
    values = {":a": {"S": "A"}, ":x": {"B": b"\x01"}}
    reply = answered(
        shop.call(
            "dynamodb",
            "Query",
            TableName=TABLE,
            KeyConditionExpression="till = :a AND begins_with(at, :x)",
            ExpressionAttributeValues=values,
        )
    )
    assert [item["at"]["B"] for item in reply["Items"]] == [b"\x01", b"\x01\x02"]


def test_a_query_goes_forward_or_backward_page_by_page():
    shop = filled("N", *NUMBERS)
    forward = ["-30", "-2.5", "0.5", "9", "10", "100"]
    for is_forward, expected in ((True, forward), (False, forward[::-1])):
        read = list[str]()
        start: dict[str, Any] = {}
        while True:
            answer = ask(
                shop, "till = :a", {"a": "A"}, Limit=4, ScanIndexForward=is_forward, **start
            )
            read += found(answer)
            assert isinstance(answer, Reply)
            if "LastEvaluatedKey" not in answer.body:
                break
            last = answer.body["LastEvaluatedKey"]
            assert last == {"till": {"S": "A"}, "at": {"N": read[-1]}}
            start = {"ExclusiveStartKey": last}
        assert read == expected


def test_a_page_may_begin_where_no_item_is():
    shop = filled("N", *NUMBERS)
    start = {"till": {"S": "A"}, "at": {"N": "9.50"}}
    answer = ask(shop, "till = :a", {"a": "A"}, ExclusiveStartKey=start)
    assert found(answer) == ["10", "100"]
    answer = ask(
        shop, "till = :a", {"a": "A"}, ExclusiveStartKey=start, ScanIndexForward=False
    )
    assert found(answer) == ["9", "0.5", "-2.5", "-30"]


def test_a_scan_reads_each_hash_key_in_the_order_of_its_sort_keys():
    shop = filled("N", "10", "9", "1")
    items = list[Mapping[str, Any]]()
    start: dict[str, Any] = {}
    counts = list[int]()
    while len(counts) < 4:
        reply = answered(shop.call("dynamodb", "Scan", TableName=TABLE, Limit=2, **start))
        items += reply["Items"]
        counts.append(reply["Count"])
        start = {"ExclusiveStartKey": reply.get("LastEvaluatedKey")}
    assert [(item["till"]["S"], item["at"]["N"]) for item in items] == [
        (till, at) for till in "AB" for at in ("1", "9", "10")
    ]
    assert counts == [2, 2, 2, 0]


def test_items_with_one_hash_key_are_told_apart_by_their_sort_keys():
    shop = filled("N", "1", "2")
    key = {"till": {"S": "A"}, "at": {"N": "1.0"}}

    def do(operation: str, **parameters: Any) -> Mapping[str, Any]:
        outcome = shop.call("dynamodb", operation, TableName=TABLE, **parameters)
        return answered(outcome)

    do("PutItem", Item={**key, "sum": {"N": "5"}})
    do(
        "UpdateItem",
        Key={**key, "at": {"N": "3"}},
        UpdateExpression="SET total_sum = :t",
        ExpressionAttributeValues={":t": {"N": "7"}},
    )
    assert do("GetItem", Key=key)["Item"]["sum"] == {"N": "5"}
    assert do("GetItem", Key={**key, "at": {"N": "2"}})["Item"]["sum"] == {"N": "1"}
    do("DeleteItem", Key=key)
    assert found(ask(shop, "till = :a", {"a": "A"})) == ["2", "3"]
    assert do("DescribeTable")["Table"]["ItemCount"] == 4


BAD = "Invalid KeyConditionExpression: "
FAULTY = f"{BAD}Invalid condition in KeyConditionExpression: "
FOREIGN = f"{BAD}Invalid operator used in KeyConditionExpression: "
NESTED = f"{BAD}KeyConditionExpressions cannot have conditions on nested attributes"


@each_row([
        ("till > :a", "Query key condition not supported"),
        ("begins_with(till, :a)", "Query key condition not supported"),
        ("till BETWEEN :a AND :a", "Query key condition not supported"),
        ("at = :n", "Query condition missed key schema element: till"),
        ("sum = :n AND at = :n", "Query condition missed key schema element: till"),
        ("till = :a AND sum = :n", "Query condition missed key schema element: at"),
        ("till = :a AND at = :n AND sum = :n", "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"),
        ("till = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        (":n > till", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("till = :a AND at = :a", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("till = :a AND begins_with(at, :n)", f"{BAD}Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
        ("till = :a AND at BETWEEN :n AND :a", f"{BAD}The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {{N:9}}, upper bound operand: AttributeValue: {{S:A}}"),
        ("till = :a AND at BETWEEN :m AND :n", f"{BAD}The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {{N:10}}, upper bound operand: AttributeValue: {{N:9}}"),
        ("till = :a AND at > :n AND at < :m", f"{BAD}KeyConditionExpressions must only contain one condition per key"),
        ("till = :a OR at = :n", f"{FOREIGN}OR"),
        ("not till = :a", f"{FOREIGN}NOT"),
        ("till IN (:a, :b)", f"{FOREIGN}IN"),
        ("till = :a AND at <> :n", f"{FOREIGN}<>"),
        ("till = :a AND contains(at, :a)", f"{FOREIGN}contains"),
        ("till = :a AND attribute_exists(at)", f"{FOREIGN}attribute_exists"),
        ("size(till) > :n", f"{BAD}KeyConditionExpressions cannot contain nested operations"),
        ("till = :a AND Begins_With(at, :a)", f"{BAD}Invalid function name; function: Begins_With"),
        ("till = at", f"{FAULTY}Multiple attribute names used in one condition"),
        ("till > at.b", f"{FAULTY}Multiple attribute names used in one condition"),
        ("begins_with(till, at)", f"{FAULTY}Multiple attribute names used in one condition"),
        ("till.a = :a", NESTED),
        ("till[0] = :a", NESTED),
        (":a = :n", f"{FAULTY}No key attribute specified"),
        ("begins_with(:a, till)", f"{FAULTY}begins_with operator must have the key attribute as its first operand"),
        (":a BETWEEN till AND :b", f"{FAULTY}BETWEEN operator must have the key attribute as its first operand"),
        ("", f"{BAD}The expression can not be empty;"),
        ("((till = :a))", f"{BAD}The expression has redundant parentheses;"),
        ("till = 4", f'{BAD}Syntax error; token: "4", near: "= 4"'),
        ("my-till = :a", f'{BAD}Syntax error; token: "-", near: "my-till"'),
        ("till = :a AND", f'{BAD}Syntax error; token: "<EOF>", near: "AND"'),
        ("till = :a AND (at = :n", f'{BAD}Syntax error; token: "<EOF>", near: ":n"'),
        ("till = :a, at = :n", f'{BAD}Syntax error; token: ",", near: ":a, at"'),
        ("till = :a and __at = :n", f'{BAD}Syntax error; token: "_", near: "and __"'),
        ("#no = :a", f"{BAD}An expression attribute name used in the document path is not defined; attribute name: #no"),
        ("till = :lost", f"{BAD}An expression attribute value used in expression is not defined; attribute value: :lost"),
    ])  # fmt: skip
def test_a_condition_that_names_no_items_is_refused_in_awss_words(
    condition: str, text: str
):
    values = {"a": "A", "b": "B", "n": 9, "m": 10}
    used = {name: value for name, value in values.items() if f":{name}" in condition}
    answer = ask(filled("N", "1"), condition, used)
    assert isinstance(answer, ServiceError)
    assert (answer.code, answer.message) == ("ValidationException", text)


def test_two_names_of_one_attribute_are_one_key():
    answer = ask(
        filled("N", "1"),
        "till = :a AND #t = :b",
        {"a": "A", "b": "B"},
        ExpressionAttributeNames={"#t": "till"},
    )
    assert isinstance(answer, ServiceError)
    assert answer.message.endswith("must only contain one condition per key")


def test_a_query_needs_a_condition():
    outcome = filled().call("dynamodb", "Query", TableName=TABLE)
    assert isinstance(outcome.answer, ServiceError)
    assert outcome.answer.message.startswith("Either the KeyConditions or Key")


A, AT_9 = {"till": {"S": "A"}}, {"at": {"N": "9"}}
INVALID = "The provided starting key is invalid"
MISMATCH = "The provided key element does not match the schema"


@each_row([
        ({}, "", INVALID),
        (A, "", INVALID),
        ({**A, "sum": {"N": "1"}}, "", INVALID),
        ({**A, **AT_9, "sum": {"N": "1"}}, "", INVALID),
        ({"till": {"N": "1"}, **AT_9}, "", MISMATCH),
        ({**A, "at": {"S": "9"}}, "", f"{INVALID}: {MISMATCH}"),
        ({"till": {"S": "B"}, **AT_9}, "", "The provided starting key is outside query boundaries based on provided conditions"),
        ({**A, **AT_9}, "AND at > :n", "The provided starting key does not match the range key predicate"),
        ({**A, **AT_9}, "AND at = :n", "The query can return at most one row and cannot be restarted"),
        ({"till": {"S": "B"}, **AT_9}, "AND at <= :n", "The query can return at most one row and cannot be restarted"),
    ])  # fmt: skip
def test_a_query_begins_only_where_it_could_have_ended(
    start: dict[str, Any], sorted_by: str, text: str
):
    values: dict[str, Any] = {"a": "A", **({"n": 9} if sorted_by else {})}
    answer = ask(
        filled("N", "9"), f"till = :a {sorted_by}", values, ExclusiveStartKey=start
    )
    assert isinstance(answer, ServiceError)
    assert (answer.code, answer.message) == ("ValidationException", text)


@pytest.mark.parametrize(
    "start",
    [{}, A, {**A, "sum": {"N": "1"}}, {**A, "at": {"S": "9"}}, {"till": {"N": "1"}}],
)
def test_a_scan_begins_only_after_a_key(start: dict[str, Any]):
    shop = filled("N", "9")
    outcome = shop.call("dynamodb", "Scan", TableName=TABLE, ExclusiveStartKey=start)
    assert isinstance(outcome.answer, ServiceError)
    assert outcome.answer.message == f"{INVALID}: {MISMATCH}"


@each_row([
        ("GetItem", {"Key": A}, MISMATCH),
        ("DeleteItem", {"Key": {**A, "at": {"S": "9"}}}, MISMATCH),
        ("GetItem", {"Key": {**A, **AT_9, "sum": {"N": "1"}}}, MISMATCH),
        ("PutItem", {"Item": A}, "One or more parameter values were invalid: Missing the key at in the item"),
        ("PutItem", {"Item": {**A, "at": {"S": "9"}}}, "One or more parameter values were invalid: Type mismatch for key at expected: N actual: S"),
        ("PutItem", {"Item": {**AT_9, "till": {"S": ""}}}, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: till"),
        ("GetItem", {"Key": {**AT_9, "till": {"S": ""}}}, "One or more parameter values were invalid: The AttributeValue for a key attribute cannot contain an empty string value. Key: till"),
        ("PutItem", {"Item": {**AT_9, "till": {"S": "é" * 1025}}}, "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ("UpdateItem", {"Key": {**A, **AT_9}, "UpdateExpression": "SET at = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}, "One or more parameter values were invalid: Cannot update attribute at. This attribute is part of the key"),
    ])  # fmt: skip
def test_an_item_needs_both_of_its_keys(
    operation: str, parameters: dict[str, Any], text: str
):
    outcome = filled("N", "9").call("dynamodb", operation, TableName=TABLE, **parameters)
    assert isinstance(outcome.answer, ServiceError)
    assert (outcome.answer.code, outcome.answer.message) == ("ValidationException", text)


def test_a_long_sort_key_is_refused():
    outcome = filled("S").call(
        "dynamodb", "PutItem", TableName=TABLE, Item={**A, "at": {"S": "a" * 1025}}
    )
    assert isinstance(outcome.answer, ServiceError)
    assert outcome.answer.message.endswith("has exceeded the size limit of 1024 bytes")


@each_row([
        ("till = :t", True),
        ("at > :d AND till = :t", True),
        (":t = #h AND at > :d", True),
        ("till = :o", False),
        ("till = :o AND at > :d", False),
        ("at > :d", False),
    ])  # fmt: skip
def test_the_leading_key_is_the_value_that_the_hash_key_must_have(
    condition: str, allowed: bool
):
    """dynamodb:LeadingKeys, whatever else the condition names, and in any order."""
    shop = filled("S", "1")
    own = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "A"},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    shop.hire("casey", allow("dynamodb:Query", "*", Condition=own))
    values = {":d": {"S": "A"}, ":t": {"S": "A"}, ":o": {"S": "B"}}
    used = {name: value for name, value in values.items() if name in condition}
    line = (
        f"dynamodb query --table-name {TABLE} --key-condition-expression {quote(condition)}"
    )
    line += f" --expression-attribute-values {quote(json.dumps(used))}"
    if "#h" in condition:
        line += ' --expression-attribute-names \'{"#h": "till"}\''
    assert shop.outcome(line, "casey").is_authorized is allowed


def test_the_line_of_a_query_has_its_options():
    shop = filled("N", "1", "2", "3")
    values = """'{":t": {"S": "A"}, ":n": {"N": "1"}}'"""
    line = f"dynamodb query --table-name {TABLE} --key-condition-expression 'till = :t AND at > :n'"
    reply = shop(f"{line} --expression-attribute-values {values} --no-scan-index-forward")
    assert [item["at"]["N"] for item in reply["Items"]] == ["3", "2"]
