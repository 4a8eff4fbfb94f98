"""The texts of the course agree with the account about people, things and places."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from coffeeshop.lessons.scenario.find import course, find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.lesson import lesson_outlines
from coffeeshop.shop import happenings

HE = re.compile(r"\b(he|him|his)\b", re.IGNORECASE)


def test_bo_is_she_in_each_text_of_the_course() -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for pattern in ("*/scenario.toml", "*/lesson.md", "free/*/*.toml")
        for path in course().glob(pattern)
    ]
    sentences = [
        sentence for text in texts for sentence in re.split(r"(?<=[.!?])\s|\n\n", text)
    ]
    about_bo = [sentence for sentence in sentences if re.search(r"\bBo\b", sentence)]
    assert any(re.search(r"\bshe\b", sentence) for sentence in about_bo)
    assert [sentence for sentence in about_bo if HE.search(sentence)] == []


def test_no_alarm_of_a_day_claims_a_record_that_the_event_history_lacks() -> None:
    path = Path(happenings.__file__).with_suffix(".toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    says = [alarm["say"] for alarm in table["alarm"]]
    assert says
    assert [say for say in says if "CloudTrail" in say] == []


def test_the_page_that_teaches_to_provision_is_the_one_with_that_call() -> None:
    outlines = lesson_outlines(load(find("36")))
    (title,) = [
        page.title for page in outlines if "provision-permission-set" in page.teaches
    ]
    assert title == "Bring the change to the account"
    page = (find("36") / "lesson.md").read_text(encoding="utf-8").partition(f"# {title}")[2]
    assert "aws sso-admin provision-permission-set" in page.partition("\n# Who")[0]


def test_the_key_of_the_screen_that_is_left_was_used_within_three_days() -> None:
    scenario = load(find("42"))
    account = scenario.opening
    keys = account.keys_of(account.users["kiosk"].id)
    uses = [account.usage.get(key.id, {}).get("") for key in keys]
    assert len(uses) == 2
    assert all(use is not None and (scenario.now - use.at).days < 3 for use in uses)
