"""The engine and the definition decide every request alike."""

import json
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Kind, Request, Standing, Statement
from coffeeshop.policy.simulation.simulate import decision_name as engine
from tests.examples import examples
from tests.policy.arbitrary import requests, standings
from tests.policy.definition import like, plain, verdict


@pytest.mark.slow
@examples(1 / 4)
@given(standings(), requests())
def test_the_engine_decides_as_the_definition_does(
    standing: Standing, request: Request
) -> None:
    assert engine(authorize(read(standing), request)) == verdict(standing, request)


def read(standing: Standing) -> Standing:
    """The standing with every resource as the reader of documents understands it, where it takes it."""
    layers = tuple(
        replace(
            layer,
            policies=tuple(
                replace(
                    policy,
                    statements=tuple(_read(s, layer.kind) for s in policy.statements),
                )
                for policy in layer.policies
            ),
        )
        for layer in standing.layers
    )
    return replace(standing, layers=layers)


def _read(statement: Statement, kind: Kind) -> Statement:
    resources = statement.resources
    if resources is None or kind not in (Kind.IDENTITY, Kind.BOUNDARY):
        return statement
    values = tuple(_understood(value, kind) for value in resources.values)
    return replace(statement, resources=replace(resources, values=values))


@cache
def _understood(value: str, kind: Kind) -> str:
    try:
        document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": value}}
        (statement,) = parse(json.dumps(document), kind).statements
    except MalformedPolicy:
        return value
    assert statement.resources is not None
    return statement.resources.values[0]


@given(st.text("ab*?", max_size=12), st.text("ab*", max_size=20))
def test_a_pattern_matches_what_the_definition_says(pattern: str, text: str) -> None:
    assert glob(pattern)(text) == like(plain(pattern), text)
