"""The word `draw` of the plain shell: a grant in lines that read well aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plain.session import Session, session


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Session]:
    with session(tmp_path / "ana.sqlite", tmp_path / "mine") as opened:
        opened("play 10")
        yield opened


def test_draw_tells_what_a_person_gets_and_through_what(plain: Session) -> None:
    assert plain("draw casey") == [
        "What casey gets",
        "  ✓ allowed: casey → inline policy receipts → bucket coffeeshop-receipts: list, read",
    ]


def test_draw_follows_each_act(plain: Session) -> None:
    plain("aws iam delete-user-policy --user-name casey --policy-name receipts")
    assert plain("draw casey") == [
        "What casey gets",
        "gone: casey → inline policy receipts → bucket coffeeshop-receipts: your last act took this away",
        "No policy allows casey anything.",
    ]


def test_draw_takes_a_person_and_a_command(plain: Session) -> None:
    title, reason = plain("draw casey s3 ls")
    assert title == "AWS refuses casey s3:ListAllMyBuckets"
    assert reason.startswith("Nothing allows s3:ListAllMyBuckets there (implicit deny).")


def test_draw_alone_names_people_and_things(plain: Session) -> None:
    (usage,) = plain("draw")
    assert "People: ada, bo, casey, robin, sam." in usage


def test_draw_changes_nothing(plain: Session) -> None:
    before = plain("trail")
    plain("draw ada s3api delete-bucket --bucket coffeeshop-payroll")
    assert plain("trail") == before
    assert any("coffeeshop-payroll" in row for row in plain("aws s3 ls"))
