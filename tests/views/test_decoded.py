"""What a decoded authorization message says about a decision."""

from __future__ import annotations

import pytest

from coffeeshop.policy.denial.model import Denial, Effect, Topic
from coffeeshop.views.diagnosis.facts import decision_sentence


@pytest.mark.parametrize(
    ("policy", "words"), [("p-123", " It names the policy p-123."), ("", "")]
)
def test_a_decoded_deny_names_its_policy_if_the_message_does(policy: str, words: str):
    denial = Denial(Topic.DECODED, policy=policy, effect=Effect.EXPLICIT)
    assert decision_sentence(denial) == (
        "A Deny statement matched (explicit deny). The message lists the matching "
        f"statements.{words}"
    )
