"""What `diagnose` says about one refusal: what decided, and what to look up."""

from __future__ import annotations

import pytest

from coffeeshop.policy.denial.model import (
    Denial,
    DeniedPrincipal,
    Effect,
    PrincipalKind,
    Topic,
)
from coffeeshop.views.diagnosis.asks import request_to_make
from coffeeshop.views.diagnosis.facts import decision_sentence
from coffeeshop.views.diagnosis.looks import first_look
from coffeeshop.views.diagnosis.unknowns import missing_facts


@pytest.mark.parametrize(
    ("policy", "words"), [("p-123", " It names the policy p-123."), ("", "")]
)
def test_a_decoded_deny_names_its_policy_if_the_message_does(policy: str, words: str):
    denial = Denial(Topic.DECODED, policy=policy, effect=Effect.EXPLICIT)
    assert decision_sentence(denial) == (
        "A Deny statement matched (explicit deny). The message lists the matching "
        f"statements.{words}"
    )


@pytest.mark.parametrize(
    ("owner", "is_hidden"), [("444455556666", True), ("111122223333", False)]
)
def test_only_across_accounts_aws_is_said_to_hide_the_reason(owner: str, is_hidden: bool):
    principal = DeniedPrincipal(PrincipalKind.USER, "arn", "ada", "111122223333")
    resource = f"arn:aws:sqs:eu-west-1:{owner}:orders"
    denial = Denial(Topic.SENTENCE, principal, "sqs:SendMessage", resource=resource)
    facts = " ".join(missing_facts(denial))
    assert "Which policy: " in facts
    assert ("Across accounts, AWS hides the reason." in facts) is is_hidden


@pytest.mark.parametrize(
    ("resource", "asked"),
    [
        ("arn:aws:iam::111122223333:role/Cashier", "to allow sts:AssumeRole on it instead."),
        ("arn:aws:iam::444455556666:role/Cashier", ", and the IAM administrators in account 111122223333"),
        ("", "If it is in another account, ask for both."),
    ],
)  # fmt: skip
def test_only_across_accounts_both_policies_must_let_a_caller_assume_a_role(
    resource: str, asked: str
):
    principal = DeniedPrincipal(PrincipalKind.USER, "arn", "bo", "111122223333")
    denial = Denial(Topic.SENTENCE, principal, "sts:AssumeRole", resource=resource)
    assert asked in request_to_make(denial)
    assert "If it trusts only the account" in first_look(denial)
