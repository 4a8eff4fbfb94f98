"""DynamoDB: tables and their items."""

import pytest

from tests.account.shop import ID, Shop, allow, answered, deny, user
from tests.tables import each_row

TABLE = "--table-name Inventory"
CREATE = f"dynamodb create-table {TABLE} --key-schema AttributeName=item,KeyType=HASH --attribute-definitions AttributeName=item,AttributeType=S --billing-mode PAY_PER_REQUEST"
BEANS = """--key '{"item": {"S": "beans"}}'"""
ONE = """--expression-attribute-values '{":n": {"N": "1"}}'"""


def stock() -> Shop:
    shop = Shop()
    shop(CREATE)
    shop(
        f"""dynamodb put-item {TABLE} --item '{{"item": {{"S": "beans"}}, "bags": {{"N": "40"}}}}'"""
    )
    return shop


def test_tables_are_made_described_listed_and_deleted():
    shop = stock()
    shop(CREATE.replace("Inventory", "Register"))
    described = shop(f"dynamodb describe-table {TABLE}")["Table"]
    assert (described["ItemCount"], described["TableArn"]) == (
        1,
        f"arn:aws:dynamodb:us-east-1:{ID}:table/Inventory",
    )
    assert shop("dynamodb list-tables") == {"TableNames": ("Inventory", "Register")}
    first = answered(shop.call("dynamodb", "ListTables", Limit=1))
    assert first == {"TableNames": ("Inventory",), "LastEvaluatedTableName": "Inventory"}
    assert answered(
        shop.call("dynamodb", "ListTables", ExclusiveStartTableName="Inventory")
    ) == {"TableNames": ("Register",)}  # type: ignore[union-attr]
    shop(f"dynamodb delete-table {TABLE}")
    assert set(shop.account.tables) == {"Register"}


def test_items_are_put_found_changed_and_deleted():
    shop = stock()
    assert shop(f"dynamodb get-item {TABLE} {BEANS}")["Item"] == {
        "item": {"S": "beans"},
        "bags": {"N": "40"},
    }
    names = """--expression-attribute-names '{"#b": "bags"}' --expression-attribute-values '{":n": {"N": "39"}, ":o": {"S": "Peru"}}'"""
    update = f"dynamodb update-item {TABLE} {BEANS} --update-expression 'SET #b = :n, origin = :o' {names}"
    assert shop(f"{update} --return-values ALL_NEW")["Attributes"] == {
        "item": {"S": "beans"},
        "bags": {"N": "39"},
        "origin": {"S": "Peru"},
    }
    assert shop(update) == {}
    assert (
        shop(f"""dynamodb update-item {TABLE} --key '{{"item": {{"S": "milk"}}}}'""") == {}
    )
    query = f"""dynamodb query {TABLE} --key-condition-expression 'item = :i' --expression-attribute-values"""
    assert shop(f"""{query} '{{":i": {{"S": "beans"}}}}'""")["Count"] == 1
    assert shop(f"""{query} '{{":i": {{"S": "none"}}}}'""") == {
        "Items": (),
        "Count": 0,
        "ScannedCount": 0,
    }
    assert shop(f"dynamodb scan {TABLE}")["Count"] == 2
    for _ in range(2):
        shop(f"dynamodb delete-item {TABLE} {BEANS}")
    assert shop(f"dynamodb get-item {TABLE} {BEANS}") == {}


@each_row([
        (CREATE, "ResourceInUseException", "Table already exists: Inventory"),
        (CREATE.replace("Inventory", "T").replace("definitions AttributeName=item", "definitions AttributeName=other"), "ValidationException", "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [item], AttributeDefinitions: [other]"),
        ("dynamodb scan --table-name none", "ResourceNotFoundException", "Requested resource not found"),
        ("dynamodb describe-table --table-name none", "ResourceNotFoundException", "Requested resource not found: Table: none not found"),
        (f"""dynamodb get-item {TABLE} --key '{{"item": {{"N": "1"}}}}'""", "ValidationException", "The provided key element does not match the schema"),
        (f"""dynamodb get-item {TABLE} --key '{{"item": {{"S": "beans"}}, "bags": {{"N": "40"}}}}'""", "ValidationException", "The provided key element does not match the schema"),
        (f"""dynamodb put-item {TABLE} --item '{{"bags": {{"N": "40"}}}}'""", "ValidationException", "One or more parameter values were invalid: Missing the key item in the item"),
        (f"""dynamodb put-item {TABLE} --item '{{"item": {{"N": "1"}}}}'""", "ValidationException", "One or more parameter values were invalid: Type mismatch for key item expected: S actual: N"),
        (f"dynamodb delete-item {TABLE} {BEANS} --return-values ALL_NEW", "ValidationException", "Return values set to invalid value"),
        (f"""dynamodb update-item {TABLE} {BEANS} --update-expression 'SET item = :x' --expression-attribute-values '{{":x": {{"S": "milk"}}}}'""", "ValidationException", "One or more parameter values were invalid: Cannot update attribute item. This attribute is part of the key"),
        (f"""dynamodb update-item {TABLE} {BEANS} --expression-attribute-values '{{":x": {{"S": "milk"}}}}'""", "ValidationException", "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null"),
        (f"""dynamodb update-item {TABLE} {BEANS} --update-expression 'SET a = :x' --expression-attribute-names '{{"#b": "b"}}' --expression-attribute-values '{{":x": {{"S": "milk"}}}}'""", "ValidationException", "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"),
        (f"dynamodb update-item {TABLE} {BEANS} --update-expression 'REMOVE bags'", "NotSimulated", "UpdateExpression is not simulated beyond `SET a = :x[, b = :y]`: REMOVE bags"),
        (f"dynamodb update-item {TABLE} {BEANS} --update-expression 'SET a = :x'", "ValidationException", "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :x"),
        (f"""dynamodb update-item {TABLE} {BEANS} --update-expression 'SET #a = :x' --expression-attribute-values '{{":x": {{"N": "1"}}}}'""", "ValidationException", "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #a"),
        (f"""dynamodb put-item {TABLE} --item '{{"item": {{"S": "milk"}}, "bags": {{"N": "abc"}}}}'""", "ValidationException", "The parameter cannot be converted to a numeric value: abc"),
        (f"""dynamodb put-item {TABLE} --item '{{"item": {{"S": "milk"}}, "bags": {{"N": "1e126"}}}}'""", "ValidationException", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        (f"""dynamodb put-item {TABLE} --item '{{"item": {{"S": "milk"}}, "bags": {{"N": "1e-131"}}}}'""", "ValidationException", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
        (f"""dynamodb put-item {TABLE} --item '{{"item": {{"S": "milk"}}, "bags": {{"N": "111111111111111111111111111111111111111"}}}}'""", "ValidationException", "Attempting to store more than 38 significant digits in a Number"),
        (f"""dynamodb put-item {TABLE} --item '{{"item": {{}}}}'""", "ValidationException", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (f"""dynamodb put-item {TABLE} --item '{{"item": {{"S": "milk"}}, "all": {{"L": [{{"M": {{"a": {{"NS": ["1", "x"]}}}}}}]}}}}'""", "ValidationException", "The parameter cannot be converted to a numeric value: x"),
        (f"""dynamodb get-item {TABLE} --key '{{"item": {{"S": "beans", "N": "1"}}}}'""", "ValidationException", "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
        (f"""dynamodb update-item {TABLE} {BEANS} {ONE} --update-expression 'SET a = :n' --expression-attribute-names '{{"a": "b"}}'""", "ValidationException", 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        (f"""dynamodb update-item {TABLE} {BEANS} --update-expression 'SET a = :n' --expression-attribute-values '{{"n": {{"N": "1"}}}}'""", "ValidationException", 'ExpressionAttributeValues contains invalid key: Syntax error; key: "n"'),
        (f"""dynamodb update-item {TABLE} {BEANS} {ONE} --update-expression 'SET a = :n, #a = :n' --expression-attribute-names '{{"#a": "a"}}'""", "ValidationException", "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"),
        (f"""dynamodb get-item {TABLE} {BEANS} --projection-expression '#r.#1star' --expression-attribute-names '{{"#r": "Reviews", "#1star": "OneStar"}}'""", "NotSimulated", "ProjectionExpression is not simulated beyond names of attributes: #r.#1star"),
    ])  # fmt: skip
def test_dynamodb_refuses_in_its_own_words(line: str, code: str, text: str):
    assert stock().refused(line) == (code, text)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1.0", "1"),
        ("007", "7"),
        ("-0", "0"),
        ("+1.50e2", "150"),
        (".5", "0.5"),
        ("1E20", "1" + "0" * 20),
        ("0e999", "0"),
    ],
)
def test_a_number_is_one_however_it_is_written(written: str, kept: str):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    shop = Shop()
    shop(CREATE.replace("AttributeType=S", "AttributeType=N"))
    for n in (written, kept):
        shop(
            f"""dynamodb put-item {TABLE} --item '{{"item": {{"N": "{n}"}}, "as": {{"S": "{n}"}}}}'"""
        )
    assert shop(f"dynamodb scan {TABLE}")["Items"] == (
        {"item": {"N": kept}, "as": {"S": kept}},
    )
    assert shop(f"""dynamodb get-item {TABLE} --key '{{"item": {{"N": "{written}"}}}}'""")[
        "Item"
    ]


def test_a_key_that_is_a_number_is_read_by_policies_however_it_is_written():
    shop = Shop()
    shop(CREATE.replace("AttributeType=S", "AttributeType=N"))
    not_seven = {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "7"}}
    shop.hire("casey", allow("dynamodb:*"), deny("dynamodb:*", Condition=not_seven))
    for written, code in (("7.0", "AccessDeniedException"), ("x", "ValidationException")):
        line = f"""dynamodb get-item {TABLE} --key '{{"item": {{"N": "{written}"}}}}'"""
        assert shop.refused(line, "casey")[0] == code


def test_a_table_is_paid_for_by_request_or_by_what_it_may_read_and_write():
    shop = stock()
    assert shop(f"dynamodb describe-table {TABLE}")["Table"]["BillingModeSummary"] == {
        "BillingMode": "PAY_PER_REQUEST"
    }
    bare = CREATE.replace("Inventory", "Register").replace(
        " --billing-mode PAY_PER_REQUEST", ""
    )
    wrong = "One or more parameter values were invalid: "
    assert shop.refused(bare)[1].startswith(
        f"{wrong}ReadCapacityUnits and WriteCapacityUnits must both be specified"
    )
    units = "--provisioned-throughput ReadCapacityUnits=5,WriteCapacityUnits=2"
    assert shop.refused(f"{bare} {units} --billing-mode PAY_PER_REQUEST")[1].startswith(
        f"{wrong}Neither Read"
    )
    described = shop(f"{bare} {units}")["TableDescription"]
    assert described["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": 5,
        "WriteCapacityUnits": 2,
    }
    assert "BillingModeSummary" not in described


def test_an_update_shows_what_was_or_what_is_whole_or_what_it_changed():
    shop = stock()
    update = f"""dynamodb update-item {TABLE} {BEANS} --update-expression 'SET bags = :n' --expression-attribute-values"""

    def shown(values: str, bags: int) -> object:
        return shop(
            f"""{update} '{{":n": {{"N": "{bags}"}}}}' --return-values {values}"""
        ).get("Attributes")

    assert shown("UPDATED_OLD", 39) == {"bags": {"N": "40"}}
    assert shown("UPDATED_NEW", 38) == {"bags": {"N": "38"}}
    assert shown("ALL_OLD", 37) == {"item": {"S": "beans"}, "bags": {"N": "38"}}
    assert shown("NONE", 36) is None


def test_what_a_put_or_a_delete_takes_away_is_shown_if_asked_for():
    shop = stock()
    put = f"""dynamodb put-item {TABLE} --return-values ALL_OLD --item '{{"item": {{"S": "beans"}}}}'"""
    assert shop(put)["Attributes"] == {"item": {"S": "beans"}, "bags": {"N": "40"}}
    assert shop(f"dynamodb delete-item {TABLE} {BEANS} --return-values ALL_OLD")[
        "Attributes"
    ] == {"item": {"S": "beans"}}
    assert shop(f"dynamodb delete-item {TABLE} {BEANS} --return-values ALL_OLD") == {}
    assert shop(put) == {}


def test_a_table_is_read_page_by_page():
    shop = stock()
    shop(f"""dynamodb put-item {TABLE} --item '{{"item": {{"S": "milk"}}}}'""")
    first = shop(f"dynamodb scan {TABLE} --limit 1")
    assert (first["Count"], first["LastEvaluatedKey"]) == (1, {"item": {"S": "beans"}})
    rest = shop(
        f"""dynamodb scan {TABLE} --exclusive-start-key '{{"item": {{"S": "beans"}}}}'"""
    )
    assert rest == {"Items": ({"item": {"S": "milk"}},), "Count": 1, "ScannedCount": 1}
    query = f"""dynamodb query {TABLE} --key-condition-expression 'item = :i' --expression-attribute-values '{{":i": {{"S": "milk"}}}}'"""
    assert shop(f"{query} --limit 1")["LastEvaluatedKey"] == {"item": {"S": "milk"}}
    assert (
        shop(f"""{query} --exclusive-start-key '{{"item": {{"S": "milk"}}}}'""")["Items"]
        == ()
    )


def test_policies_read_the_leading_key():
    shop = stock()
    own = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:username}"},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    shop.hire("beans", allow(["dynamodb:GetItem", "dynamodb:Query"], "*", Condition=own))
    shop(f"dynamodb get-item {TABLE} {BEANS}", "beans")
    query = f"dynamodb query {TABLE} --key-condition-expression 'item = :i' --expression-attribute-values"
    shop(f"""{query} '{{":i": {{"S": "beans"}}}}'""", "beans")
    code, text = shop.refused(f"""{query} '{{":i": {{"S": "milk"}}}}'""", "beans")
    assert (code, text[:40]) == (
        "AccessDeniedException",
        f"User: {user('beans')} is not"[:40],
    )
    unused = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}"
    for asked, decoy in (("beans", "milk"), ("milk", "beans")):
        values = f"""'{{":a": {{"S": "{decoy}"}}, ":i": {{"S": "{asked}"}}}}'"""
        code, text = shop.refused(f"{query} {values}", "beans")
        if asked == "beans":
            assert (code, text) == ("ValidationException", unused)
        else:
            assert code == "AccessDeniedException"


SOME = {
    "ForAllValues:StringEquals": {"dynamodb:Attributes": ["item", "bags"]},
    "StringEqualsIfExists": {
        "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
    },
}


@each_row([
        (f"update-item {TABLE} {BEANS} {ONE} --update-expression 'SET bags = :n'", True),
        (f"update-item {TABLE} {BEANS} {ONE} --update-expression 'SET bags = :n' --return-values UPDATED_NEW", True),
        (f"update-item {TABLE} {BEANS} {ONE} --update-expression 'SET bags = :n' --return-values ALL_NEW", False),
        (f"update-item {TABLE} {BEANS} {ONE} --update-expression 'set bags = :n, price = :n'", False),
        (f"update-item {TABLE} {BEANS} {ONE} --update-expression 'SET #b = :n' --expression-attribute-names '#b=bags'", True),
        (f"update-item {TABLE} {BEANS} {ONE} --update-expression 'SET #b = :n' --expression-attribute-names '#b=price'", False),
        (f"get-item {TABLE} {BEANS}", False),
        (f"scan {TABLE}", False),
    ])  # fmt: skip
def test_policies_read_the_attributes_that_a_call_names_and_what_it_is_shown(
    line: str, allowed: bool
):
    """The second example of AWS's page on fine-grained access control.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    shop = stock()
    shop.hire("casey", allow("dynamodb:*", "*", Condition=SOME))
    assert shop.outcome(f"dynamodb {line}", "casey").has_succeeded is allowed


def test_what_a_write_shows_has_a_value_though_it_is_not_given():
    shop = stock()
    shop.hire(
        "casey",
        allow(
            "dynamodb:*", "*", Condition={"StringEquals": {"dynamodb:ReturnValues": "NONE"}}
        ),
    )
    shop(f"dynamodb delete-item {TABLE} {BEANS}", "casey")
    assert shop.refused(
        f"dynamodb delete-item {TABLE} {BEANS} --return-values ALL_OLD", "casey"
    )[0] == ("AccessDeniedException")
