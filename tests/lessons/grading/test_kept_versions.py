"""A version of a policy that is kept and not in force is named wherever the policy decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.views.rows import lines
from coffeeshop.views.tickets import outcome_rows
from tests.plain.session import session
from tests.views.plays import graded

RECEIPTS = "arn:aws:iam::111122223333:policy/Receipts"
MAKE = f"aws iam create-policy-version --policy-arn {RECEIPTS} --policy-document file://policies/"
PUT = f"aws iam set-default-policy-version --policy-arn {RECEIPTS} --version-id "
IN_FORCE = "Version v1 of the policy Receipts is the default. Version v2 still exists, and would allow this"


def test_the_grade_and_why_name_the_version_that_would_do(tmp_path: Path):
    assert IN_FORCE in graded("06", f"{MAKE}receipts.json").findings[0].why
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 06")
        plain(f"{MAKE}receipts.json")
        assert any(IN_FORCE in row for row in plain("why 2"))


@pytest.mark.parametrize(
    ("lines_", "said"),
    [
        (f"{MAKE}receipts.json --set-as-default", None),
        (f"{MAKE}list.json", None),  # it says the same
        (
            f"{MAKE}both-on-the-bucket.json",
            "Version v2 still exists, and says something else",
        ),
        (f"{MAKE}any-object.json --set-as-default", "Version v1 still exists"),
    ],
)
def test_a_version_that_differs_is_named_and_one_that_does_not_is_not(
    lines_: str, said: str | None
):
    whys = " ".join(finding.why for finding in graded("06", lines_).findings)
    assert (said in whys) if said else ("is kept" not in whys)


def test_a_leak_that_an_older_version_would_refuse_says_so(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 06")
        plain(f"{MAKE}receipts.json --set-as-default")
        opened = plain.shell.sitting.tickets[1].outcomes[-1]
        text = lines(outcome_rows(opened, never=True))
        assert "Version v1 still exists, and would refuse this. It can also refuse" in text
        assert "set-default-policy-version" not in text
        assert "is kept" not in lines(outcome_rows(opened))
