"""Laws of the comparison, and attacks on it: random policies with every operator, random requests, and a second judge."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from random import Random  # noqa: TID251 -- Hypothesis rolls the dice, or a seed written here
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bench.refute import TYPED, attacked, refutations, shows
from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import (
    Element,
    Excess,
    Kind,
    Layer,
    Policy,
    Standing,
    Statement,
)
from tests.examples import examples
from tests.policy.comparison.pairs import (
    layered,
    open_to_all,
    pair,
    policy,
    request,
    statement,
)
from tests.policy.judge import judge, z3

OPEN = Domain.open_domain()
DICE = st.integers(0, 10**9).map(Random)
EFFORT = 200_000  # steps of z3 for one pair: enough for more than half of them
FEW = settings(examples(3), suppress_health_check=list(HealthCheck))


def within(new: Standing, old: Standing, domain: Domain = OPEN) -> bool:
    """Whether it is proven that new allows nothing that old does not."""
    return next(excesses(new, old, domain), None) is None


def joined(*policies: Policy) -> Standing:
    return Standing.of(*policies)


Drawn: TypeAlias = Callable[[Random], tuple[Standing, Standing]]


# -------------------------------------------------------------------- attacks
@FEW
@given(DICE, st.sampled_from([pair, layered, open_to_all]), st.sampled_from([OPEN, TYPED]))
def test_every_witness_is_allowed_by_new_and_not_by_old(
    dice: Random, kind: Drawn, domain: Domain
):
    new, old = kind(dice)
    for one in islice(excesses(new, old, domain), 5):
        assert isinstance(one, Excess)
        assert shows(new, old, one.witness, one.principal)


@FEW
@given(DICE, st.sampled_from([pair, layered, open_to_all]), st.sampled_from([OPEN, TYPED]))
def test_no_request_refutes_that_there_is_no_excess(
    dice: Random, kind: Drawn, domain: Domain
):
    new, old = kind(dice)
    assume(within(new, old, domain))
    for asked, who in refutations(dice, new, old, domain):
        assert not shows(new, old, asked, who)


@FEW
@given(DICE)
def test_a_request_that_shows_a_difference_is_never_missed(dice: Random):
    new, old = pair(dice)
    if any(shows(new, old, request(dice, new, old)) for _ in range(20)):
        assert not within(new, old)


def test_an_attack_counts_what_it_saw():
    seen = Counter[str]()
    wrong = [line for number in range(6) for line in attacked(number, 1, seen)]
    assert wrong == []
    assert (
        sum(
            seen[f"{domain} {verdict}"]
            for domain in ("open", "typed")
            for verdict in ("PASS", "FAIL")
        )
        == 6
    )


@pytest.mark.peers
@pytest.mark.skipif(
    z3 is None, reason="z3, the second judge, is not installed (the peers extra)"
)
def test_z3_never_disagrees():
    asked = decided = 0
    for number in range(300):
        dice = Random(f"z3/{number}")
        new, old = (single(one) for one in pair(dice))
        verdict = judge(new, old, milliseconds=60_000, effort=EFFORT)
        asked += 1
        if verdict != "unknown":
            decided += 1
            assert (verdict == "unsat") is within(new, old), f"pair {number}"
    assert decided > asked // 2


def single(standing: Standing) -> Standing:
    """Without keys of several values, for which z3 would need another theory."""
    policies = [p for layer in standing.layers for p in layer.policies]
    statements = [
        replace(s, conditions=tuple(c for c in s.conditions if c.key != "aws:TagKeys"))
        for p in policies
        for s in p.statements
    ]
    return Standing.of(Policy(tuple(statements)))


# ----------------------------------------------------------------------- laws
@FEW
@given(DICE)
def test_nothing_exceeds_itself(dice: Random):
    for new, _ in (pair(dice), layered(dice), open_to_all(dice)):
        assert within(new, new)
        assert within(new, new, TYPED)


@FEW
@given(DICE)
def test_to_be_within_is_transitive(dice: Random):
    small, middle = pair(dice)
    _, large = pair(dice)
    if within(small, middle) and within(middle, large):
        assert within(small, large)


@FEW
@given(DICE)
def test_an_allow_more_never_takes_an_excess_away(dice: Random):
    new, old = pair(dice)
    (layer,) = new.layers
    more = replace(
        new,
        layers=(
            replace(layer, policies=(*layer.policies, Policy((statement(dice, "Allow"),)))),
        ),
    )
    if not within(new, old):
        assert not within(more, old)


@FEW
@given(DICE)
def test_a_deny_more_never_makes_an_excess(dice: Random):
    new, old = pair(dice)
    (layer,) = new.layers
    less = replace(
        new,
        layers=(
            replace(layer, policies=(*layer.policies, Policy((statement(dice, "Deny"),)))),
        ),
    )
    assert within(less, new)
    if within(new, old):
        assert within(less, old)


@FEW
@given(DICE)
def test_whatever_is_typed_is_open(dice: Random):
    new, old = pair(dice)
    if within(new, old):
        assert within(new, old, TYPED)


@FEW
@given(DICE)
def test_neither_order_nor_grouping_matter(dice: Random):
    one, other = policy(dice), policy(dice)
    together = Policy((*other.statements, *one.statements))
    assert within(joined(one, other), joined(together))
    assert within(joined(together), joined(other, one))


@FEW
@given(DICE)
def test_to_split_a_statement_is_to_say_the_same(dice: Random):
    whole = policy(dice)
    parts = Policy(tuple(part for one in whole.statements for part in split(one)))
    assert within(joined(whole), joined(parts))
    assert within(joined(parts), joined(whole))


def split(one: Statement) -> list[Statement]:
    """One statement for each action and resource, where neither is a Not… form."""
    resources = one.resources or Element(())
    if one.actions.negated or resources.negated:
        return [one]
    return [
        replace(one, actions=Element((action,)), resources=Element((resource,)))
        for action in one.actions.values
        for resource in resources.values
    ]


@FEW
@given(DICE)
def test_to_write_out_a_wildcard_over_the_catalogue_is_to_say_the_same_of_typed_requests(
    dice: Random,
):
    whole = policy(dice)
    assume(
        all("*" not in s.actions.values and not s.actions.negated for s in whole.statements)
    )
    written = Policy(
        tuple(
            replace(
                s,
                actions=Element(
                    tuple(n for v in s.actions.values for n in catalog.expand_pattern(v))
                    or ("s3:None",)
                ),
            )
            for s in whole.statements
        )
    )
    assert within(joined(whole), joined(written), TYPED)
    assert within(joined(written), joined(whole), TYPED)


@FEW
@given(DICE)
def test_a_cap_that_allows_everything_changes_nothing(dice: Random):
    new, old = pair(dice)
    everything = Layer(
        Kind.BOUNDARY, (Policy((Statement("Allow", Element(("*",)), Element(("*",))),)),)
    )
    assert within(replace(new, layers=(*new.layers, everything)), new)
    assert within(new, replace(new, layers=(*new.layers, everything)))
    assert within(replace(new, layers=(*new.layers, everything)), old) is within(new, old)


def test_the_pairs_hold_every_operator():
    dice = Random("operators")
    met = {
        c.operator
        for _ in range(600)
        for s in policy(dice).statements
        for c in s.conditions
    }
    assert met == set(OPERATORS)
