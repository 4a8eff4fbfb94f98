"""The question of a failed call fits the error that AWS answered with."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_the_question_on_a_credential_that_is_no_good_asks_about_the_credential(code: str):
    assert "credential" in FINDING_QUESTIONS[f"error:{code}"]
