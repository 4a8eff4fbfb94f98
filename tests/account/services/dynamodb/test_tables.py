"""DynamoDB: tables with a sort key, and the tables that can't be made."""

from tests.account.shop import Shop
from tests.tables import each_row

NAMED = "dynamodb create-table --table-name Sales --billing-mode PAY_PER_REQUEST"


def schema(*keys: str) -> str:
    """Return --key-schema for `name` (HASH), `name:RANGE` and so on."""
    words = [key.partition(":") for key in keys]
    elements = [f"AttributeName={name},KeyType={kind or 'HASH'}" for name, _, kind in words]
    return f"--key-schema {' '.join(elements)}"


def defined(*names: str) -> str:
    """Return --attribute-definitions of text."""
    elements = [f"AttributeName={name},AttributeType=S" for name in names]
    return f"--attribute-definitions {' '.join(elements)}"


def test_a_table_has_a_hash_key_and_a_sort_key():
    shop = Shop()
    definitions = "--attribute-definitions AttributeName=at,AttributeType=N AttributeName=till,AttributeType=S"
    made = shop(f"{NAMED} {schema('till', 'at:RANGE')} {definitions}")["TableDescription"]
    described = shop("dynamodb describe-table --table-name Sales")["Table"]
    assert made["KeySchema"] == described["KeySchema"]
    assert described["KeySchema"] == (
        {"AttributeName": "till", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    )
    assert described["AttributeDefinitions"] == (
        {"AttributeName": "till", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
    )


WRONG = "One or more parameter values were invalid:"
UNDEFINED = "Invalid KeySchema: Some index key attribute have no definition"
UNEVEN = f"{WRONG} Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"


@each_row([
        (schema("a"), defined("b"), f"{WRONG} Some index key attributes are not defined in AttributeDefinitions. Keys: [a], AttributeDefinitions: [b]"),
        (schema("a", "a"), defined("b"), UNDEFINED),
        (schema("a", "b:RANGE"), defined("b"), UNDEFINED),
        (schema("a", "a"), defined("a"), "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
        (schema("a", "b"), defined("a", "b"), "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        (schema("a:RANGE", "b"), defined("a", "b"), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (schema("a:RANGE", "b:RANGE"), defined("a", "b"), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (schema("a:RANGE"), defined("a"), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (schema("a", "b:RANGE"), defined("a", "b", "c"), UNEVEN),
        (schema("a"), defined("a", "b"), UNEVEN),
    ])  # fmt: skip
def test_keys_that_make_no_table_are_refused(keys: str, definitions: str, text: str):
    """Recorded by architect/dynalite, test/createTable.js (Apache-2.0), on AWS until 2023."""
    shop = Shop()
    assert shop.refused(f"{NAMED} {keys} {definitions}") == ("ValidationException", text)
    assert "Sales" not in shop.account.tables


def test_a_table_needs_a_key_and_takes_at_most_two():
    shop = Shop()
    code, text = shop.refused(NAMED)
    assert (code, "at 'keySchema'" in text) == ("ValidationException", True)
    three = schema("a", "b:RANGE", "c:RANGE")
    code, text = shop.refused(f"{NAMED} {three} {defined('a', 'b', 'c')}")
    assert code == "ValidationException"
    assert text.endswith("Member must have length less than or equal to 2")
