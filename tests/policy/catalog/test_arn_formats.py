"""Whether a pattern of a policy and the ARN format of a resource type have an ARN in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy.catalog import arn_formats
from coffeeshop.policy.catalog.arn_formats import fits_format
from coffeeshop.policy.language.arn import arn_glob
from tests.tables import each_row

OBJECT = "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
ROLE = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"
PIECES = ("arn", "aws", ":", "::", ":::", "s3", "iam", "role", "/", "x", "*", "?", "")
NAMES = ("x", "xx", "x/x", "s3", "x:x")


@each_row(
    [
        ("arn:aws:s3:::beans/*", True),
        ("arn:aws:s3:::beans", False),
        ("arn:aws:s3:::*", True),
        ("arn:*:s3:::?/?", True),
        ("arn:aws:s3:::/key", False),
        ("arn:aws:s3:::beans/", False),
        ("arn:aws:s3:::${aws:username}/x", True),
        ("arn:aws:sqs:::beans/x", False),
        ("*", True),
    ]
)
def test_a_hole_of_a_format_is_never_empty_and_takes_what_its_place_can(
    pattern: str, so: bool
) -> None:
    assert fits_format(pattern, OBJECT) is so


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
)
def test_a_pattern_that_matches_an_arn_of_the_format_fits_it(
    rest: str, first: str, second: str
) -> None:
    for pattern in (rest, f"arn:aws:s3:::{rest}", f"arn:aws:iam::{rest}"):
        bucket = first.partition("/")[0].partition(":")[0]
        for arn, template in (
            (f"arn:aws:s3:::{bucket}/{second}", OBJECT),
            (f"arn:aws:iam::{bucket}:role/{second}", ROLE),
        ):
            if arn_glob(pattern)(arn):
                assert fits_format(pattern, template)


def test_a_format_is_walked_along_once_however_many_stars_a_pattern_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps, step = list[object](), arn_formats._Format._states_after  # pyright: ignore[reportPrivateUsage]  # its work is counted

    def counted(self: arn_formats._Format, token: arn_formats.Token, here: int) -> int:  # pyright: ignore[reportPrivateUsage]  # likewise
        steps.append(token)
        return step(self, token, here)

    monkeypatch.setattr(arn_formats._Format, "_states_after", counted)  # pyright: ignore[reportPrivateUsage]  # likewise
    pattern = "arn:aws:s3:::" + "*a" * 900 + "b"
    assert fits_format(pattern, OBJECT)
    assert len(steps) == len(pattern)
