"""Text patterns on addresses, held to brute force over addresses at the edges of what they match."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy.comparison.address_texts import addresses_of_text
from coffeeshop.policy.comparison.value_classes import Key, key_dimension
from coffeeshop.policy.language.literal_predicates import pattern_shape
from coffeeshop.policy.language.patterns import glob

OCTETS = st.sampled_from(["", "0", "1", "10", "25", "255", "300", "*", "1*", "?", "2?"])
PATTERNS = st.lists(OCTETS, min_size=1, max_size=5).map(".".join)


@given(PATTERNS, st.lists(st.integers(0, 2**32 - 1)))
def test_the_ranges_of_a_text_have_all_addresses_that_it_matches(
    pattern: str, numbers: list[int]
):
    ranges = addresses_of_text(pattern_shape(pattern))
    if ranges is None:
        return
    edges = [
        edge
        for each in ranges
        for edge in (each.first - 1, each.first, each.last, each.last + 1)
    ]
    for number in (*numbers, *(edge for edge in edges if 0 <= edge < 2**32)):
        matches = glob(pattern)(str(IPv4Address(number)))
        is_in_range = any(each.first <= number <= each.last for each in ranges)
        assert pattern == "*" or matches == is_in_range, IPv4Address(number)
        assert pattern == "*" or not glob(pattern)(str(IPv6Address(number)))


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("10.*", 1), ("203.0.113.1*", 3), ("203.0.113.7", 1), ("::1", 1), ("x", 0), ("*", 0)],
)
def test_a_text_is_few_ranges_of_addresses(pattern: str, count: int):
    ranges = addresses_of_text(pattern_shape(pattern))
    assert ranges is not None
    assert len(ranges) == count


def test_ranges_of_other_patterns_are_unknown():
    assert addresses_of_text(pattern_shape("*.7")) is None
    assert addresses_of_text(pattern_shape("1*")) is None


@pytest.mark.parametrize(
    "pattern", ["10.*", "192.168.1.?", "203.0.113.7", "not an address"]
)
def test_an_address_is_compared_as_text_without_a_doubt(pattern: str):
    dimension = key_dimension(
        "aws:SourceIp",
        Key("IPAddress"),
        [lambda value: bool(value) and glob(pattern)(value[0])],
        [pattern_shape(pattern)],
    )
    assert dimension.doubt == ""
