"""Words of the views."""

import pytest

from coffeeshop.views.text import capital


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing allows that", "Nothing allows that"),
        ("s3:ListBucket is allowed", "s3:ListBucket is allowed"),
        ("arn:aws:s3:::b is a bucket", "arn:aws:s3:::b is a bucket"),
        ("ada: no policy", "Ada: no policy"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_large_letter_and_an_action_as_aws_spells_it(text: str, said: str):
    assert capital(text) == said
