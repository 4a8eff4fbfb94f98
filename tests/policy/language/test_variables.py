"""Policy variables: what stands in their places."""

from hypothesis import given, settings
from hypothesis import strategies as st

from coffeeshop.policy.language.arn import arn_glob
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.variables import fitting_values, resolve_variables

NAME = "aws:username"


def test_a_value_is_what_stands_in_the_place_of_its_variable():
    assert list(fitting_values("home/${aws:username}/*", NAME, "home/bob/x")) == ["bob"]
    assert list(fitting_values("${aws:username}", NAME, "bob")) == ["bob"]
    assert list(fitting_values("home/${aws:username}", NAME, "home/")) == []


def test_a_variable_twice_in_one_value_holds_the_same_twice():
    twice = "home/${aws:username}/${AWS:UserName, 'x'}.json"
    assert list(fitting_values(twice, NAME, "home/bob/bob.json")) == ["bob"]
    assert list(fitting_values(twice, NAME, "home/bob/eve.json")) == []
    assert list(fitting_values("${aws:username}-${aws:username}", NAME, "a-b-a-b")) == [
        "a-b"
    ]


def test_other_variables_may_be_anything():
    assert "bob" in list(
        fitting_values("${aws:PrincipalTag/team}/${aws:username}/${*}", NAME, "tea/bob/*")
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "/", "*", "?", "${aws:username}"]), max_size=7).map(
        "".join
    ),
    st.text("ab/", max_size=8),
)
def test_every_value_found_makes_the_pattern_match(pattern: str, wanted: str):
    if "${" in pattern:
        for value in fitting_values(pattern, NAME, wanted):
            assert value
            assert glob(resolve_variables(pattern, {NAME: (value,)}) or "")(wanted)


def test_a_hostile_pattern_is_tried_a_few_times_only():
    pattern, wanted = "${aws:username}" + "*a" * 12 + "b", "a" * 1_400
    assert list(fitting_values(pattern, NAME, wanted)) == []
    assert arn_glob(resolve_variables(pattern, {NAME: ("a",)}) or "")(wanted) is False
