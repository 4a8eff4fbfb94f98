"""Test that the check of our English finds mistakes and leaves names alone."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.peers


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("You can attach an policy to a group.", "an"),
        ("They could of read every object.", "could of"),
        ("A policy can be atached to many users.", "atached"),
        ("This statement allows the the whole bucket.", "the the"),
    ],
)
def test_a_mistake_in_a_text_is_found(text: str, excerpt: str) -> None:
    from tools.check_english import Passage, find_mistakes

    mistakes = find_mistakes(Passage("here", text))

    assert [mistake.excerpt.strip() for mistake in mistakes] == [excerpt]


@pytest.mark.parametrize(
    "text",
    [
        "Attach it with aws iam attach-user-policy --user-name casey, then open 2026/03/0412.json.",
        "The action s3:GetObject on arn:aws:s3:::coffeeshop-receipts/* needs no wildcard.",
        "AccessDenied: no policy allows sqs:SendMessage for {who} here.",
    ],
)
def test_a_name_of_awss_is_no_mistake(text: str) -> None:
    from tools.check_english import Passage, find_mistakes

    assert find_mistakes(Passage("here", text)) == ()
