"""The theorem, both ways, over answers drawn at random; `tools/try_grade.py` tries it at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.model import Scenario
from tests.lessons.grading.arbitrary_answers import lesson
from tests.lessons.grading.tried_answers import trial_of


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return lesson(Path(tmp_path_factory.mktemp("drawn")))


@pytest.mark.parametrize("seed", range(20_260_000, 20_260_008))
def test_whoever_is_let_in_is_found_and_whatever_is_found_is_let_in(
    drawn: Scenario, seed: int
):
    tries, broken = trial_of(drawn, seed)
    assert tries > 0
    assert broken == []
