"""What plain mode says after a beginner's wrong turns is so, and reads as a sentence."""

from __future__ import annotations

import re
from pathlib import Path

from coffeeshop.lessons.teaching.help_setting import FADING_HELP
from tests.plain.session import session


def test_a_badge_with_the_wrong_ending_is_answered_with_the_badge_of_that_user(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        plain("aws iam create-access-key --user-name sam")
        assert plain("as sam@key") == [
            "There is no badge called sam@key. Badges of sam: sam. Type `as sam`."
        ]


def test_of_two_access_keys_the_one_in_use_is_named(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        plain("aws iam create-access-key --user-name sam")
        assert not any("two access keys" in said for said in plain("as sam"))
        plain("as ada@console")
        second = "\n".join(plain("aws iam create-access-key --user-name sam"))
        (id,) = re.findall(r'"AccessKeyId": "(\w+)"', second)
        told = f"There are two access keys. You use the newer one, {id}."
        assert told in [line.strip() for line in plain("as sam")]


def test_a_page_whose_title_asks_ends_without_another_full_stop(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 00")
        plain("aws iam list-users")
        said = plain("next")[0]
        assert said.endswith("on page 1 of 5: Who is asking?")


def test_the_full_step_names_one_word_for_the_calls(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3", help=FADING_HELP) as plain:
        plain("play 22")
        said = plain("next full")[0]
        assert (
            "Choose the next call yourself. `calls` shows the AWS calls to use here."
            in said
        )
        assert "`calls all`" not in said


def test_a_refused_call_is_told_in_whole_sentences(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        plain("aws iam change-password --old-password x --new-password Abcdefg-1")
        said = plain("grade")
        assert "· AWS refused ChangePassword. It hasn't succeeded since." in said


def test_the_trail_says_that_the_name_of_a_file_of_code_is_an_example(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 26")
        plain(
            "aws lambda create-function --function-name report-x --runtime python3.13 --handler f.f "
            "--role arn:aws:iam::111122223333:role/ReportRole --zip-file fileb://function.zip"
        )
        *lines, note = plain("trail x")
        assert "The names of files aren't part of a call" in "\n".join((*lines, note))
