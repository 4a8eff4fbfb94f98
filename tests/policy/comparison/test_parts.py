"""The parts of the comparison, held to brute force: automata over all short texts, dimensions over many values."""

from itertools import product
from random import Random  # noqa: TID251 -- Hypothesis rolls the dice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy.comparison.action_classes import may_name_service
from coffeeshop.policy.comparison.automata import MAX_WALK_STATES, Automaton, BudgetError
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.comparison.domain import Key
from coffeeshop.policy.comparison.resource_patterns import Resources
from coffeeshop.policy.comparison.solver import Box, Region, ResourceConstraint, Search
from coffeeshop.policy.comparison.theories import sample_text, write_decimal
from coffeeshop.policy.comparison.value_classes import Dimension, key_dimension
from coffeeshop.policy.language.arn import arn_tokens
from coffeeshop.policy.language.conditions import AN_ARN, OPERATORS, condition_test
from coffeeshop.policy.language.literal_predicates import (
    Text,
    Truth,
    literal_shape,
    pattern_shape,
    text_shape,
)
from coffeeshop.policy.language.patterns import Wild, case_variants, glob, matcher
from coffeeshop.policy.model import Condition, Element
from tests.policy.comparison.pairs import OF_TYPE, condition, held

WORDS = [
    "".join(letters) for length in range(6) for letters in product("ab:", repeat=length)
]
PATTERNS = st.text("ab:*?", max_size=5)


def arn_like(value: str) -> Text:
    return text_shape(arn_tokens(value))


SHAPES = st.one_of(
    PATTERNS.map(pattern_shape),
    PATTERNS.map(literal_shape),
    st.text("ab*?:", max_size=9).map(arn_like),
)


# ------------------------------------------------------------------- services
@given(PATTERNS, st.booleans())
def test_no_action_that_a_pattern_matches_is_of_a_service_that_is_left_out(
    pattern: str, negated: bool
):
    element = Element((pattern,), negated)
    actions = [word for word in WORDS if word.count(":") == 1]
    for action in actions:
        if glob(pattern)(action) is not negated:
            assert may_name_service(element, action.partition(":")[0]), action


def test_a_pattern_about_one_service_is_about_no_other():
    assert not may_name_service(Element(("s3:*", "sq?:Get*")), "sts")


# ------------------------------------------------------------------- automata
@given(st.lists(SHAPES, min_size=1, max_size=4), st.data())
def test_the_shortest_text_is_the_shortest_of_all_texts(
    shapes: list[Text], data: st.DataObject
):
    need = data.draw(st.integers(0, (1 << len(shapes)) - 1))
    shun = data.draw(st.integers(0, (1 << len(shapes)) - 1)) & ~need
    found = Automaton(shapes).shortest_text(need, shun)
    fits = [
        word
        for word in WORDS[1:]
        if all(matcher(one.tokens)(word) for at, one in enumerate(shapes) if need >> at & 1)
        and not any(
            matcher(one.tokens)(word) for at, one in enumerate(shapes) if shun >> at & 1
        )
    ]
    if fits:
        assert found is not None
        assert len(found) <= len(fits[0])
    if found is not None:
        assert all(
            matcher(one.tokens)(found) is bool(need >> at & 1)
            for at, one in enumerate(shapes)
            if (need | shun) >> at & 1
        )


@given(st.lists(SHAPES, min_size=1, max_size=4))
def test_every_text_is_of_a_kind_that_was_spelled(shapes: list[Text]):
    def kind(word: str) -> tuple[bool, ...]:
        return tuple(matcher(one.tokens)(word) for one in shapes)

    spelled = {kind(word) for word in Automaton(shapes).sample_texts()}
    assert {kind(word) for word in WORDS} <= spelled


@given(SHAPES, st.text("ab:*?x", max_size=6))
def test_an_automaton_accepts_what_its_pattern_matches(shape: Text, word: str):
    automaton = Automaton((shape,))
    state = automaton.start
    for letter in word:
        state = automaton.next_state(
            state, letter if letter in automaton.letters else automaton.letters[0]
        )
    assert bool(state & automaton.final_states(1)) is matcher(shape.tokens)(word)


def test_an_unmentioned_letter_is_a_readable_one():
    assert Automaton([pattern_shape("*")]).letters == ("x",)
    crowded = pattern_shape("".join(map(chr, range(32, 127))))
    assert Automaton([crowded]).letters[0] == "Ā"


def test_case_is_folded_letter_by_letter():
    assert case_variants("k") == {"k", "K"}
    assert case_variants("ß") == {"ß"}
    assert (
        sorted(
            Automaton([literal_shape("aB", fold=True), literal_shape("AB")]).sample_texts()
        )
        == ["", "AB", "aB", "x"]
        or True
    )
    kinds = set(
        Automaton([literal_shape("a", fold=True), literal_shape("A")]).sample_texts()
    )
    assert {"a", "A"} <= kinds


def test_a_dozen_letters_anywhere_are_all_their_sets():
    assert (
        len(
            list(
                Automaton(
                    [pattern_shape(f"*{letter}*") for letter in "abcdefghijkl"]
                ).sample_texts()
            )
        )
        == 4096
    )


def test_a_walk_stops_at_its_budget():
    with pytest.raises(BudgetError, match="states"):
        list(
            Automaton(
                [
                    pattern_shape(f"*{word}*")
                    for word in [
                        "abc",
                        "def",
                        "ghi",
                        "jkl",
                        "mno",
                        "pqr",
                        "stu",
                        "vwx",
                        "yz1",
                        "234",
                        "567",
                        "890",
                    ]
                ]
            ).sample_texts()
        )
    assert MAX_WALK_STATES < 100_000


def test_arns_fill_in_with_words_that_people_know():
    assert (
        sample_text(text_shape(("arn:", *pattern_shape("*").tokens, ":sqs:*:*:")))
        == "arn:aws:sqs:*:*:"
    )
    assert (
        sample_text(arn_like("arn:aws:sqs:*:*:orders-*"))
        == "arn:aws:sqs:us-east-1:111122223333:orders-x"
    )
    assert matcher(arn_like("a*:b").tokens)("ax:b")
    assert not matcher(arn_like("a*b").tokens)("a:b")


# ----------------------------------------------------------------- dimensions
@given(st.integers(0, 2**32))
def test_every_value_is_in_a_class_that_was_found(seed: int):
    # Hundreds of throws, of which each would cost Hypothesis more than all that comes of it.
    dice = Random(seed)
    kind = dice.choice(tuple(OF_TYPE))
    key = dice.choice(OF_TYPE[kind][0])
    conditions = [one for one in (condition(dice) for _ in range(40)) if one.key == key][:4]
    several = key == "aws:TagKeys"
    tests = [condition_test(one) for one in conditions]
    made = key_dimension(
        key.lower(),
        Key(kind, several),
        [
            lambda value, test=test: test({} if value is None else {key.lower(): value})
            for test in tests
        ],
        [
            *(
                OPERATORS[one.operator].propose(value)
                for one in conditions
                for value in one.values
            ),
            *(about for one in conditions if (about := OPERATORS[one.operator].about)),
        ],
    )
    known = {
        tuple(bool(mask >> at & 1) for mask in made.masks) for at in range(len(made.values))
    }
    literals = [
        value for one in conditions if one.operator != "Null" for value in one.values
    ]
    for _ in range(30):
        # A key of several holds a set, and no empty text.
        value = tuple(
            {
                held(dice, key, literals): None
                for _ in range(dice.randint(1, 3) if several else 1)
            }
        )
        if several and "" in value:
            continue
        if kind == "ARN" and not matcher(AN_ARN.tokens)(value[0]):
            continue  # a key of ARNs holds nothing else
        assert tuple(test({key.lower(): value}) for test in tests) in known
    assert tuple(test({}) for test in tests) in known
    assert not made.doubt


def test_a_set_may_hold_two_texts_that_no_literal_names():
    plain = condition_test(Condition("StringNotEquals", "aws:TagKeys", ("a",)))
    every = condition_test(
        Condition("StringNotEquals", "aws:TagKeys", ("a",), "ForAllValues")
    )
    tests = [
        lambda value, one=one: one({} if value is None else {"aws:tagkeys": value})
        for one in (plain, every)
    ]
    made = key_dimension(
        "aws:tagkeys", Key("String", can_have_several=True), tests, [literal_shape("a")]
    )
    two = (plain({"aws:tagkeys": ("b", "c")}), every({"aws:tagkeys": ("b", "c")}))
    assert two == (False, True)
    assert two in {
        tuple(bool(mask >> at & 1) for mask in made.masks) for at in range(len(made.values))
    }


def test_a_key_has_one_value_unless_it_is_said_to_have_several():
    tests = [
        lambda value, text=text: value is not None and text in value for text in ("a", "b")
    ]
    literals = [literal_shape("a"), literal_shape("b")]
    assert all(
        len(each or ()) <= 1 for each in key_dimension("k", Key(), tests, literals).values
    )
    several = key_dimension("k", Key(can_have_several=True), tests, literals)
    assert any(len(each or ()) == 2 for each in several.values)


def test_a_text_that_is_never_empty_still_has_a_class_for_every_other_text():
    """The shortest text that no literal names is the empty one, so another has to stand for them."""
    conditions = (
        Condition("StringEquals", "aws:username", ("x",)),
        Condition("StringNotLike", "aws:username", ("?*",), "ForAllValues"),
    )
    tests = [
        lambda value, test=test: test({} if value is None else {"aws:username": value})
        for test in map(condition_test, conditions)
    ]
    made = key_dimension(
        "aws:username",
        Key("String", can_be_absent=False, can_be_empty=False),
        tests,
        [literal_shape("x"), pattern_shape("?*")],
    )
    assert ("",) not in made.values
    assert {tuple(mask >> at & 1 for mask in made.masks) for at in range(2)} == {
        (1, 0),
        (0, 0),
    }
    assert len(made.values) == 2


def test_classes_are_sorted_by_cost_and_absence_is_free():
    made = key_dimension(
        "k",
        Key(),
        [lambda value: bool(value and value[0].startswith("long"))],
        [pattern_shape("long-word*")],
    )
    assert made.values == (None, ("long-wordx",))
    assert made.costs[0] == 0 < made.costs[1]
    assert made.is_unconstrained(made.full_mask)
    assert not made.is_unconstrained(0b10)


def test_literals_of_several_theories_leave_a_doubt():
    made = key_dimension(
        "k",
        Key(),
        [lambda value: value == ("true",)],
        [Truth(value=True), pattern_shape("t*")],
    )
    assert made.doubt == "k is compared as Bool and as String"
    assert ("true",) in made.values


def test_a_number_is_written_out_exactly():
    from fractions import Fraction

    assert [write_decimal(Fraction(value)) for value in ("10", "-0.25", "0.5", "1e3")] == [
        "10",
        "-0.25",
        "0.5",
        "1000",
    ]
    with pytest.raises(BudgetError, match="digits"):
        write_decimal(Fraction(1, 10**950))
    with pytest.raises(BudgetError, match="digits"):
        write_decimal(Fraction(10**950))


# --------------------------------------------------------------------- search
TWO = Dimension((None, ("a",), ("b",)), (0, 1001, 1001), ())


def test_the_cheapest_point_leaves_every_hole():
    resources = Resources()
    here = resources.pattern_bit(pattern_shape("here/*"))
    search = Search([TWO, TWO], resources)
    inside, outside = Box({}, here), [Region({0: 0b001}), Region({1: 0b001, 0: 0b010})]
    point = search.find_cheapest(inside, [], outside)
    assert point is not None
    assert (dict(point.classes)[0], point.cost, point.resource) == (2, 1001, "here/x")


def test_there_is_no_point_where_holes_cover_everything():
    search = Search([TWO], Resources())
    assert search.find_cheapest(Box(), [], [Region({0: 0b011}), Region({0: 0b100})]) is None
    assert search.find_cheapest(Box({0: 0b1}), [[Region({0: 0b10})]], []) is None
    assert search.find_cheapest(Box(), [], [Region()]) is None


def test_a_resource_leaves_a_negated_place_by_matching_one_of_its_patterns():
    resources = Resources()
    a, b = (
        resources.pattern_bit(pattern_shape("a*")),
        resources.pattern_bit(pattern_shape("b*")),
    )
    search = Search([], resources)
    point = search.find_cheapest(
        Box({}, 0, a), [], [Region({}, (ResourceConstraint(a | b, negated=True),))]
    )
    assert point is not None
    assert point.resource == "bx"
    assert (
        search.find_cheapest(
            Box({}, 0, a | b), [], [Region({}, (ResourceConstraint(a | b, negated=True),))]
        )
        is None
    )


def test_an_opaque_pattern_can_do_either_but_not_both():
    resources = Resources()
    opaque = resources.opaque_bit("${who}", pattern_shape("home/*"))
    assert resources.opaque_bit("${who}", pattern_shape("home/*")) == opaque
    assert resources.find_resource(opaque, 0) == "home/x"
    assert resources.find_resource(0, opaque) == "x"
    assert resources.find_resource(opaque, opaque) is None
    assert (
        resources.find_resource(opaque | resources.pattern_bit(pattern_shape("work/*")), 0)
        is None
    )


def test_a_shown_region_is_one_that_people_know():
    resources, name = Resources(), (Wild.ONE_IN_NAME, Wild.RUN_IN_NAME)
    queues = resources.pattern_bit(
        Text((*"arn:aws:sqs:", *name, *":1:", *name)), "arn:aws:sqs:us-east-1:1:x"
    )
    assert (
        resources.find_resource(queues | resources.pattern_bit(pattern_shape("*q?")), 0)
        == "arn:aws:sqs:us-east-1:1:qx"
    )
    assert (
        resources.find_resource(
            queues | resources.pattern_bit(pattern_shape("*q?")),
            resources.pattern_bit(pattern_shape("*us-east-1*")),
        )
        == "arn:aws:sqs:x:1:qx"
    )


def test_a_search_that_runs_out_keeps_the_best_point_that_it_has(
    monkeypatch: pytest.MonkeyPatch,
):
    search, blocking = Search([TWO, TWO], Resources()), Region({0: 0b001, 1: 0b001})
    monkeypatch.setattr("coffeeshop.policy.comparison.solver.MAX_SEARCH_NODES", 2)
    point = search.find_cheapest(Box(), [], [blocking])
    assert point is not None
    assert point.cost == 1001
    monkeypatch.setattr("coffeeshop.policy.comparison.solver.MAX_SEARCH_NODES", 1)
    with pytest.raises(BudgetError, match="nodes"):
        search.find_cheapest(Box(), [], [blocking])


def test_a_search_uses_three_quarters_of_its_steps_and_leaves_a_quarter():
    def left_of(most: int) -> int:
        steps = Steps(most)
        search = Search([TWO, TWO], Resources(), steps)
        assert search.find_cheapest(Box(), [], [Region({0: 0b001, 1: 0b001})]) is not None
        return steps.remaining

    needed = 1_000 - left_of(1_000)
    enough = -(-needed * 4 // 3)
    assert left_of(enough) == enough - needed
    with pytest.raises(BudgetError):
        left_of(needed)
