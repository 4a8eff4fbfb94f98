from decimal import Decimal
from fractions import Fraction
from itertools import product

from coffeeshop.policy.language import literal_predicates
from coffeeshop.policy.language.conditions import (
    OPERATORS,
    condition_test,
    read_binary,
    read_boolean,
    read_instant,
    read_network,
    read_number,
)
from coffeeshop.policy.language.patterns import Wild
from coffeeshop.policy.model import Condition
from tests.tables import each_row


def test_every_operator_of_the_guide_has_its_row() -> None:
    strings = {
        f"String{name}"
        for name in (
            "Equals",
            "NotEquals",
            "EqualsIgnoreCase",
            "NotEqualsIgnoreCase",
            "Like",
            "NotLike",
        )
    }
    orders = (
        "Equals",
        "NotEquals",
        "LessThan",
        "LessThanEquals",
        "GreaterThan",
        "GreaterThanEquals",
    )
    arns = {"ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"}
    others = {"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"}
    assert set(OPERATORS) == strings | arns | others | {
        f"{kind}{order}" for kind in ("Numeric", "Date") for order in orders
    }
    assert {name for name, row in OPERATORS.items() if row.negated} == {
        name for name in OPERATORS if "Not" in name
    }


@each_row(
    product(
        sorted(OPERATORS),
        [
            "",
            "10",
            "true",
            "2026-01-01",
            "203.0.113.7",
            "QUJD",
            "arn:aws:s3:::b",
            "*",
            "\x00",
            "é" * 50,
            "1" * 5000,
        ],
    )
)
def test_no_operator_fails_on_any_text(name: str, value: str) -> None:
    row = OPERATORS[name]
    assert row.test(value, "x") in (True, False)
    assert row.test("x", value) in (True, False)
    assert isinstance(row.propose(value), literal_predicates.Shape)


@each_row([
        ("10", 10), ("-3", -3), ("+3", 3), ("1.50", 1.5), (".5", 0.5), ("1.", 1), ("1e3", 1000), ("25E-2", 0.25),
        ("", None), (".", None), ("ten", None), ("1e9999", None), ("1_0", None), ("٣", None), (" 1", None), ("9" * 1001, None), ("inf", None), ("nan", None),
    ])  # fmt: skip
def test_numbers_are_read_by_value(text: str, value: float | None) -> None:
    assert read_number(text) == (None if value is None else Decimal(str(value)))


@each_row([
        ("1970-01-01T00:00:00Z", "0"), ("1970", "0"), ("1970-02", "2678400"), ("1970-01-02", "86400"), ("1970-01-01T00:01Z", "60"),
        ("1970-01-01T00:00:01.25Z", "1.25"), ("1970-01-01T00:00:00", "0"), ("1970-01-01T02:30:00+02:30", "0"), ("1970-01-01T00:00:00-0100", "3600"),
        ("2024-02-29", "1709164800"), ("2000-02-29", "951782400"), ("1700000000", "1700000000"), ("1700000000.5", "1700000000.5"), ("-5", "-5"),
        ("12345", "12345"), ("0001-01-01", "-62135596800"), ("01T", "-62135596800"), ("2023-01-01T00", "1672531200"),
        ("2016-12-13t2:00:00.593194+23", "1481511600.593194"), ("2016-12-13T21:20:37.593194+00:00", "1481664037.593194"), ("-292275054", "-292275054"),
    ])  # fmt: skip
def test_dates_are_read_as_instants(text: str, seconds: str) -> None:
    assert read_instant(text) == Decimal(seconds)


@each_row((text,) for text in ["", "today", "0000-01-01", "2023-00-01", "2023-13-01", "2023-02-29", "1900-02-29", "2023-04-31", "2023-04-00", "2023-01-01T24:00Z", "2023-01-01T00:60Z", "2023-01-01T00:00:60Z",
     "2023-01-01T00:00+24:00", "2023-01-01T00:00+00:60", "2023-1-1", "1" * 19,
     "234-13", "2016-12-13t2:00:00.593194+1", "2016-12-13t2:00:00.1999999999+10:59", "9223372036854775808", "sdfdsf"])  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_instant(text) is None


def test_every_month_has_its_length() -> None:
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    ends = [
        (
            read_instant(f"2023-{month:02}-{days}"),
            read_instant(f"2023-{month:02}-{days + 1}"),
        )
        for month, days in enumerate(lengths, 1)
    ]
    assert all(last is not None and beyond is None for last, beyond in ends)
    assert read_instant("2024-02-29") is not None
    assert read_instant("2024-02-30") is None


def test_addresses_are_read_by_value() -> None:
    assert read_network("203.0.113.7") == read_network("203.0.113.7/32")
    assert read_network("203.0.113.7/24") == read_network("203.0.113.0/24")
    assert read_network("2001:DB8::1") == read_network("2001:db8:0:0:0:0:0:1/128")
    assert [
        read_network(text)
        for text in (
            "",
            "203.0.113",
            "203.0.113.0/33",
            "203.0.113.0/255.255.255.0",
            "203.0.113.0/",
            "fe80::1%eth0",
            "fe80::%1/64",
        )
    ] == [None] * 7


def test_booleans_and_bytes() -> None:
    assert [read_boolean(text) for text in ("true", "TRUE", "False", "1", "")] == [
        True,
        True,
        False,
        None,
        None,
    ]
    assert [read_binary(text) for text in ("QUJD", "QUJ", "é", "QU?JD", "")] == [
        b"ABC",
        None,
        None,
        None,
        b"",
    ]


def test_a_block_holds_its_parts_and_not_the_reverse() -> None:
    within = OPERATORS["IpAddress"].test
    assert within("203.0.113.128/25", "203.0.113.0/24")
    assert not within("203.0.113.0/24", "203.0.113.128/25")
    assert not within("203.0.112.0/23", "203.0.113.0/24")
    assert not within("::7", "0.0.0.0/0")
    assert not within("0.0.0.7", "::/0")


def test_variables_stand_in_strings_and_arns_only() -> None:
    context = {"shop:wanted": ("10",), "shop:key": ("10",)}
    variable = ("${shop:wanted}",)
    assert condition_test(Condition("StringEquals", "shop:Key", variable))(context)
    assert not condition_test(
        Condition("StringEquals", "shop:Key", variable), variables=False
    )(context)
    assert not condition_test(Condition("NumericEquals", "shop:Key", variable))(context)
    braces = {"shop:key": ("${anything}",)}
    assert condition_test(Condition("StringLike", "shop:Key", ("${*}",)), variables=False)(
        braces
    )
    assert not condition_test(Condition("StringLike", "shop:Key", ("${*}",)))(braces)


def test_literals_propose_the_shape_of_their_type() -> None:
    proposals = {
        ("StringEquals", "a*"): literal_predicates.literal_shape("a*"),
        ("StringNotEquals", "${*}"): literal_predicates.literal_shape("*"),
        ("StringEqualsIgnoreCase", "Ab"): literal_predicates.literal_shape("Ab", fold=True),
        ("StringLike", "a*"): literal_predicates.text_shape(("a", Wild.RUN)),
        ("ArnLike", "a*:b"): literal_predicates.text_shape(
            ("a", Wild.RUN_IN_SEGMENT, ":b")
        ),
        ("NumericLessThan", "0.5"): literal_predicates.number_shape(Fraction(1, 2)),
        ("Bool", "TRUE"): literal_predicates.boolean_shape(True),
        ("BinaryEquals", "QUJD"): literal_predicates.binary_shape(b"ABC"),
        ("Null", "true"): literal_predicates.nothing_shape(),
        ("NumericEquals", "ten"): literal_predicates.nothing_shape(),
    }
    assert {
        (name, text): OPERATORS[name].propose(text) for name, text in proposals
    } == proposals
