"""The memory of comparisons: what it answers is what would be worked out, in the words of the policies at hand."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import islice
from random import Random  # noqa: TID251 -- Hypothesis rolls the dice
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.refute import TYPED
from coffeeshop.policy.comparison import answers
from coffeeshop.policy.comparison.answers import MAX_CACHED_LAYERS, first_excesses
from coffeeshop.policy.comparison.budgets import LAYER_COST, ONE_OF_MANY, Steps
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Excess,
    Kind,
    Layer,
    Place,
    Policy,
    Principal,
    Principals,
    Standing,
    Statement,
    Undecided,
)
from tests.examples import examples
from tests.policy.comparison.pairs import layered, pair

DICE = st.integers(0, 10**9).map(Random)
FEW = settings(examples(3), suppress_health_check=list(HealthCheck))
Drawn: TypeAlias = Callable[[Random], tuple[Standing, Standing]]


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    answers._compute_answer.cache_clear()
    answers._shared_meaning.cache_clear()
    answers._shared_layer.cache_clear()


def reworded(standing: Standing) -> Standing:
    """The standing with policies of other names and Sids, laid out anew: what they mean is the same."""
    layers = (
        replace(layer, policies=tuple(map(rewritten, layer.policies)))
        for layer in standing.layers
    )
    return replace(standing, layers=tuple(layers))


def rewritten(policy: Policy) -> Policy:
    statements = (
        replace(
            statement,
            sid=f"Other{number}",
            place=Place(f"Statement[{number}]", 7 + number, 3),
        )
        for number, statement in enumerate(policy.statements)
    )
    return replace(
        policy,
        statements=tuple(statements),
        name=f"another {policy.name}",
        text=f"  {policy.text}",
    )


def held(standing: Standing) -> list[Statement]:
    return [
        s
        for layer in standing.layers
        for policy in layer.policies
        for s in policy.statements
    ]


@FEW
@given(
    DICE, st.sampled_from([pair, layered]), st.sampled_from([Domain.open_domain(), TYPED])
)
def test_a_full_memory_answers_what_an_empty_one_works_out(
    dice: Random, kind: Drawn, domain: Domain
):
    new, old = kind(dice)
    told = []
    for mine, theirs in ((new, old), (new, old), (reworded(new), reworded(old))):
        steps = Steps()
        found = first_excesses(mine, theirs, domain, 5, steps)
        told.append(
            (
                [one.witness for one in found if isinstance(one, Excess)],
                len(found),
                steps.remaining,
            )
        )
        for one in found:
            statement = one.by.statement if isinstance(one, Excess) else one.by
            assert statement is None or any(statement is mine for mine in held(mine))
    assert told[0] == told[1] == told[2]
    forget()
    direct = list(islice(excesses(new, old, domain, Steps(ONE_OF_MANY)), 5))
    assert [one.witness for one in direct if isinstance(one, Excess)] == told[0][0]


def test_what_is_found_is_cited_as_the_policy_at_hand_has_it():
    text = '{"Version":"2012-10-17","Statement":{"Sid":"%s","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
    mine, yours = (Standing.of(parse(text % sid, name=sid)) for sid in ("Mine", "Yours"))
    one, other = (
        first_excesses(standing, Standing.of(), TYPED)[0] for standing in (mine, yours)
    )
    assert isinstance(one, Excess)
    assert isinstance(other, Excess)
    assert (one.by.policy.name, one.by.statement.sid) == ("Mine", "Mine")
    assert (other.by.policy.name, other.by.statement.sid) == ("Yours", "Yours")
    assert other.by.policy is yours.layers[0].policies[0]
    assert answers._compute_answer.cache_info().misses == 1


def test_a_doubt_names_the_place_in_the_policy_at_hand():
    words = '"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:RequestTag/team}/*"'
    for sid in ("Mine", "Yours"):
        text = f'{{"Version":"2012-10-17","Statement":{{"Sid":"{sid}",{words}}}}}'
        (found,) = first_excesses(Standing.of(parse(text)), Standing.of(), TYPED)
        assert found == Undecided(
            f"{sid}: the policy variable ${{aws:requesttag/team}} may hold anything"
        )


def test_who_has_fewer_steps_asks_another_question():
    new = Standing.of(Policy((Statement("Allow", Element(("s3:*",)), Element(("*",))),)))
    assert isinstance(first_excesses(new, Standing.of(), TYPED)[0], Excess)
    (found,) = first_excesses(new, Standing.of(), TYPED, steps=Steps(1))
    assert isinstance(found, Undecided)
    assert "steps" in found.reason


# ------------------------------------------------- nothing that could matter is left out of the question
WHOLE: tuple[Any, ...] = (
    Principal(
        "arn:aws:iam::111122223333:user/casey", "111122223333", "AIDA1", "user", "", ""
    ),
    Element(("s3:GetObject",)),
    Principals((("AWS", "*"),)),
    Condition("StringEquals", "aws:userid", ("AIDA1",)),
)
OTHERWISE: dict[
    type[Any], dict[str, Any]
] = {  # another value of each field that a question may hang on
    Principal: {
        "arn": "x",
        "account": "1",
        "id": "y",
        "kind": "role",
        "role_arn": "r",
        "role_id": "AROA1",
    },
    Element: {"values": ("s3:PutObject",), "negated": True},
    Principals: {"entries": (("AWS", "1"),), "negated": True},
    Condition: {
        "operator": "Bool",
        "key": "k",
        "values": ("v",),
        "quantifier": "ForAnyValue",
        "if_exists": True,
    },
    Statement: {
        "effect": "Deny",
        "actions": Element(("a:B",)),
        "resources": None,
        "principals": None,
        "conditions": (),
        "unclear": "a word",
    },
    Policy: {"statements": (), "version": "2008-10-17"},
    Layer: {"kind": Kind.RESOURCE, "policies": (), "on": "arn:aws:s3:::menu"},
    Standing: {"principal": Principal("z"), "layers": (), "fixed": {"aws:userid": PRESENT}},
}
WORDS = {
    Statement: {"sid", "place"},
    Policy: {"text", "name", "title"},
}  # what only a citation tells


def sample(condition: Condition, element: Element, principals: Principals) -> Statement:
    return Statement("Allow", element, element, principals, (condition,))


def asked(
    principal: Principal, element: Element, principals: Principals, condition: Condition
) -> Standing:
    policy = Policy((sample(condition, element, principals),))
    return Standing(
        principal, (Layer(Kind.IDENTITY, (policy,)),), {"aws:userid": ("AIDA1",)}
    )


def variants() -> Iterator[tuple[str, Standing]]:
    plain = asked(*WHOLE)
    (layer,) = plain.layers
    (policy,) = layer.policies
    (statement,) = policy.statements
    for place, part in enumerate(WHOLE):
        for name, value in OTHERWISE[type(part)].items():
            parts = [*WHOLE[:place], replace(part, **{name: value}), *WHOLE[place + 1 :]]
            yield f"{type(part).__name__}.{name}", asked(*parts)
    for whole, put in (
        (
            statement,
            lambda new: replace(
                plain,
                layers=(replace(layer, policies=(replace(policy, statements=(new,)),)),),
            ),
        ),
        (policy, lambda new: replace(plain, layers=(replace(layer, policies=(new,)),))),
        (layer, lambda new: replace(plain, layers=(new,))),
        (plain, lambda new: new),
    ):
        for name, value in OTHERWISE[type(whole)].items():
            yield f"{type(whole).__name__}.{name}", put(replace(whole, **{name: value}))


@pytest.mark.parametrize(("name", "standing"), list(variants()))
def test_each_field_that_a_comparison_can_see_is_in_its_question(
    name: str, standing: Standing
):
    whole = asked(*WHOLE)
    assert answers._pair_meaning(standing, whole) != answers._pair_meaning(whole, whole)


@pytest.mark.parametrize("noun", list(OTHERWISE))
def test_no_field_of_a_noun_is_forgotten_here(noun: type[Any]):
    assert {field.name for field in fields(noun)} == {
        *OTHERWISE[noun],
        *WORDS.get(noun, ()),
    }


def test_what_only_words_tell_is_in_no_question():
    plain = asked(*WHOLE)
    assert reworded(plain) != plain
    assert answers._pair_meaning(reworded(plain), plain) == answers._pair_meaning(
        plain, plain
    )


READS = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"%s}}'
DATES = ', "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}'
NAMED = ', "Condition": {"StringEquals": {"aws:username": "casey"}}'


def in_session(text: str, **fixed: str) -> Standing:
    keys = {key.replace("_", ":"): (value,) for key, value in fixed.items()}
    return replace(Standing.of(parse(READS % text)), fixed=keys)


@pytest.mark.parametrize("key", ["aws_username", "aws_UserName", "aws_userid"])
def test_two_sessions_that_no_policy_tells_apart_are_one_question(key: str):
    for name in ("casey", "drew"):
        first_excesses(in_session("", **{key: name}), Standing.of(), TYPED)
    assert answers._compute_answer.cache_info().currsize == 1


def test_two_sessions_that_one_of_the_policies_tells_apart_are_two_questions():
    both_read = parse(READS % NAMED)
    for name in ("casey", "drew"):
        found = first_excesses(
            in_session("", aws_username=name), Standing.of(both_read), TYPED
        )
        assert bool(found) is (name == "drew")
    for name in ("casey", "drew"):
        found = first_excesses(in_session(NAMED, AWS_UserName=name), Standing.of(), TYPED)
        assert bool(found) is (name == "casey")


def test_the_clock_is_one_key_of_a_question():
    """The session begins after the only moments that the policy allows."""
    for issued, allowed in (
        ("2029-01-01T00:00:00Z", True),
        ("2031-01-01T00:00:00Z", False),
    ):
        standing = in_session(DATES, aws_TokenIssueTime=issued)
        assert bool(first_excesses(standing, Standing.of(), TYPED)) is allowed


def test_a_question_about_many_layers_is_charged_for_them_each_time_and_not_kept():
    reads = parse(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'
    )
    on = (
        Layer(Kind.TRUST, (reads,), f"arn:aws:iam::111122223333:role/r{number}")
        for number in range(MAX_CACHED_LAYERS)
    )
    large, spent = Standing.of(reads), Steps()
    large = replace(large, layers=(*large.layers, *on))
    first_excesses(large, Standing.of(), TYPED, steps=spent)
    assert spent.total_taken >= LAYER_COST * MAX_CACHED_LAYERS
    assert not answers._compute_answer.cache_info().currsize
    first_excesses(Standing.of(reads), Standing.of(), TYPED)
    assert answers._compute_answer.cache_info().currsize == 1


def test_a_question_whose_answer_is_known_takes_no_steps_again():
    new, old = pair(Random("known"))
    layers = len(new.layers) + len(old.layers)
    known: answers.KnownAnswers = {}
    first, again = Steps(), Steps(LAYER_COST * layers + 1)
    found = first_excesses(new, old, TYPED, 5, first, known)
    assert found
    repeated = first_excesses(new, old, TYPED, 5, again, known)
    assert repeated == found
    assert again.total_taken == LAYER_COST * layers < first.total_taken
    (renamed,) = first_excesses(reworded(new), old, TYPED, 5, again, known)[:1]
    assert isinstance(renamed, Excess)
    assert renamed.by.statement.sid.startswith("Other")


FROM_HERE = ', "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}'


@pytest.mark.parametrize(
    "keys", [("aws:sourceip", "aws:SourceIp"), ("aws:SourceIp", "aws:sourceip")]
)
def test_of_two_spellings_of_a_key_the_last_one_counts_as_in_a_comparison(
    keys: tuple[str, str],
):
    values = (("198.51.100.7",), ("203.0.113.7",))
    standing = replace(
        Standing.of(parse(READS % FROM_HERE)), fixed=dict(zip(keys, values, strict=True))
    )
    assert first_excesses(standing, Standing.of(), TYPED) == tuple(
        islice(excesses(standing, Standing.of(), TYPED), 1)
    )
