"""The engine and the definition decide every request alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Request, Standing
from coffeeshop.policy.simulation.simulate import verdict as engine
from tests.policy.arbitrary import requests, standings
from tests.policy.definition import like, plain, verdict


@pytest.mark.slow
@settings(max_examples=200)
@given(standings(), requests())
def test_the_engine_decides_as_the_definition_does(standing: Standing, request: Request) -> None:
    assert engine(authorize(standing, request)) == verdict(standing, request)


@given(st.text("ab*?", max_size=12), st.text("ab*", max_size=20))
def test_a_pattern_matches_what_the_definition_says(pattern: str, text: str) -> None:
    assert glob(pattern)(text) == like(plain(pattern), text)
