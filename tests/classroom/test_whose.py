"""Whose a hand-in is: by its name, or the folder in which it lies, as learners and systems write them."""

from __future__ import annotations

import pytest

from coffeeshop.classroom.roster import parse_roster
from coffeeshop.classroom.whose import Owners, is_marked_late, sender_key
from tests.tables import each_row

CLASS = """learner,name,email,canvas id
ana,"Smith, Ana María",ana.smith@x.example,12
bo,Bo Łukasz,bl@x.example,13
44021,Cy Young,cy@x.example,14
smith,Dee Smith,dee@x.example,15
"""


@pytest.fixture(scope="module")
def owners() -> Owners:
    return Owners(parse_roster(CLASS).learners)


@pytest.mark.parametrize(("name", "keys"), [
    ("ana.handin.jsonl", ["ana"]), ("class/ana/05.handin.jsonl", ["ana"]), ("class/bo/05.handin-1.jsonl", ["bo"]), ("ANA.handin (1).jsonl.txt", ["ana"]),
    ("class/Ana María Smith/05.handin.jsonl", ["ana"]), ("class/Smith, Ana Maria/x", ["ana"]), ("ana.smith@x.example.jsonl", ["ana"]),
    ("smithanamaria_12_991_05.handin.jsonl", ["ana"]), ("xyz_LATE_13_991_05.handin-1.jsonl", ["bo"]), ("youngcy_999_991_05.handin.jsonl", ["44021"]),
    ("s.zip/Bo Łukasz_77_assignsubmission_file_/05.handin.jsonl", ["bo"]), ("s.zip/Cy Young_77_assignsubmission_file_05.handin.jsonl", ["44021"]),
    ("123-456 - Cy Young - Nov 26, 2026 644 PM/05.handin.jsonl", ["44021"]), ("class/05-44021.handin.jsonl", ["44021"]), ("05 cy young final.jsonl", ["44021"]),
    ("class\\bo\\05.handin.jsonl", ["bo"]), ("05-receipts-drawer.handin.jsonl", []), ("download (3)", []), ("", []), ("///", []), ("\ud800/\x1b", []),
])  # fmt: skip
def test_a_name_or_a_folder_tells_whose_it_is(owners: Owners, name: str, keys: list[str]):
    assert [learner.key for learner in owners.owners_of_file(name)] == keys


def test_a_name_that_two_have_is_told_of_both():
    both = Owners(parse_roster("learner,name\n1001,Ana Smith\n1002,Ana Smith\n").learners)
    assert [
        learner.key for learner in both.owners_of_file("class/Ana Smith/05.handin.jsonl")
    ] == [
        "1001",
        "1002",
    ]
    assert [
        learner.key for learner in both.owners_of_file("class/1002/05.handin.jsonl")
    ] == ["1002"]


@pytest.mark.parametrize(("one", "other", "same"), [
    ("a/05.handin.jsonl", "a/05.handin-1.jsonl", True), ("a/05.handin.jsonl", "b/05.handin.jsonl", False), ("ana.handin.jsonl", "bo.handin.jsonl", False),
    ("anasmith_1_2_05.handin.jsonl", "anasmith_1_3_05.handin-1.jsonl", True), ("a/05.handin (1).jsonl", "a/05.handin (2).jsonl", True),
    ("student-01.handin.jsonl", "student-02.handin.jsonl", False),
])  # fmt: skip
def test_what_one_hands_in_twice_is_known_without_a_roster(
    one: str, other: str, same: bool
):
    assert (sender_key(one) == sender_key(other)) is same


@each_row([
    ("x/smithana_LATE_12_991_05.jsonl", True), ("smithana_LATE_12_991_", True), ("smithana_12_991_05.jsonl", False), ("_LATE_12_991_05.jsonl", False),
    ("a/_LATE_12_991_05.jsonl", False), ("a__LATE_12_991_05.jsonl", False), ("smithana_LATE_12_991_05/x.jsonl", False), ("LATE_12_991_x", False),
])  # fmt: skip
def test_a_system_marks_who_is_late(name: str, late: bool):
    assert is_marked_late(name) is late


@pytest.mark.parametrize(
    "piece", ["a", " ", "1", "(", "(1", "_", "x_", "_LATE_", "_1", "1-1 - "]
)
def test_a_name_of_a_million_characters_is_nobodys_at_once(owners: Owners, piece: str):
    name = piece * (1_000_000 // len(piece)) + "x"
    assert owners.owners_of_file(name) == ()
    assert sender_key(name).startswith("/")
    assert not is_marked_late(name)
