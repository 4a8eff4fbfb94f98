"""The lesson and the glossary, read line by line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coffeeshop.lessons.play.save_names import save_path
from tests.lessons.folder import FILES, ID, folder
from tests.plain.session import Session, session

LESSON = """# One idea

A *policy* says what is allowed.

```request
as = "casey"
do = "aws s3api list-objects-v2 --bucket coffeeshop-payroll"
why = "Nothing speaks of it."
```

# Another idea

- Nothing else.
"""


HIRE = "aws iam create-user --user-name casey"
TEXTS = "`brief` tells the story; `lesson` teaches it; `predict` asks for a guess."


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Session]:
    folder(tmp_path / "mine", {**FILES, "lesson.md": LESSON})
    with session(save_path(tmp_path / "home", "ana"), tmp_path / "mine") as found:
        yield found


def test_a_scenario_opens_with_a_situation_and_one_thing_to_do_and_names_its_texts(
    plain: Session,
) -> None:
    opening, step, texts = plain(f"play {ID}")
    assert opening == (
        "A small one: Casey is turned away: no policy allows s3:GetObject. "
        "Make this work first: “Casey can open any receipt”."
    )
    assert step.startswith("Next: `aws iam put-user-policy --user-name casey ")
    assert texts == TEXTS


def test_the_brief_before_the_first_act_says_what_is_next(plain: Session) -> None:
    plain(f"play {ID}")
    assert plain("brief")[-1].startswith("Next:")
    plain(HIRE)
    assert not plain("brief")[-1].startswith("Next:")


def test_whoever_goes_on_is_not_taught_again_but_may_ask(plain: Session) -> None:
    plain(f"play {ID}")
    plain("aws iam create-user --user-name sam")
    assert "Page 1 of 2" not in plain(f"play {ID}")
    assert plain("lesson")[0] == "Page 1 of 2"


def test_a_lesson_goes_on_where_it_was_left_and_one_that_was_read_begins_again(
    tmp_path: Path,
) -> None:
    longer = f"{LESSON}\n# The last\n\nThat is all.\n"
    folder(tmp_path / "mine", {**FILES, "lesson.md": longer})
    save = save_path(tmp_path / "home", "ana")
    with session(save, tmp_path / "mine") as plain:
        plain(f"play {ID}")
        plain("lesson 2")
    with session(save, tmp_path / "mine") as plain:
        assert not any(row.startswith("Page ") for row in plain(f"play {ID}"))
        assert plain("lesson")[0] == "Page 2 of 3"
        assert plain("lesson 3")[0] == "Page 3 of 3"
        assert plain("lesson")[0] == "Page 1 of 3"


def test_a_request_is_guessed_at_before_it_is_told(plain: Session) -> None:
    plain(f"play {ID}")
    asked = plain("lesson 1")
    assert asked[-2:] == [
        "`a` guesses allowed, `b` guesses refused. Later, type `lesson 1 a`.",
        "`lesson 2` shows the next page.",
    ]
    assert not any("implicit" in line for line in asked)
    assert plain("lesson 1 a")[:2] == ["✗ You said: allowed", "✓ AWS says: refused"]
    assert plain("lesson 1 b")[0] == "✓ As you guessed, AWS says: refused"
    plain("lesson 1")
    assert plain("B")[0] == "✓ As you guessed, AWS says: refused"
    plain("lesson 1")
    plain("lesson 2")
    assert plain("b")[0].startswith("`b` isn't a command")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("lesson 2", "That is the lesson. `brief` tells the story and the task."),
        ("lesson 3", "`lesson` takes the number of a page, from 1 to 2."),
        ("lesson x", "`lesson` takes the number of a page, from 1 to 2."),
        ("lesson 2 a", "That is the lesson. `brief` tells the story and the task."),
    ],
)
def test_what_is_no_page_says_which_there_are(
    plain: Session, typed: str, said: str
) -> None:
    plain(f"play {ID}")
    assert plain(typed)[-1] == said


def test_a_lesson_that_does_not_compute_says_where_and_the_brief_is_read_all_the_same(
    tmp_path: Path,
) -> None:
    folder(tmp_path / "mine", {**FILES, "lesson.md": "# A\n\n```policy\n{\n```\n"})
    with session(save_path(tmp_path / "home", "ana"), tmp_path / "mine") as plain:
        assert plain(f"play {ID}")[-1] == TEXTS
        assert plain("lesson")[0].startswith("error: line 5")


def test_a_scenario_without_a_lesson_says_so(tmp_path: Path) -> None:
    folder(tmp_path / "mine")
    with session(save_path(tmp_path / "home", "ana"), tmp_path / "mine") as plain:
        plain(f"play {ID}")
        assert plain("lesson") == ["There is no lesson here. `brief` tells the story."]


def test_the_words_of_the_scenario_come_first_and_one_is_told_with_its_example(
    plain: Session,
) -> None:
    everything = plain("words")
    assert everything[0].startswith(
        "They are: access key, access level, access portal, AccessDenied,"
    )
    plain(f"play {ID}")
    assert (
        "bucket: A container for files in the service S3. Its ARN covers the bucket, but not the objects in it."
        in plain("words")
    )
    assert plain("words buckets")[1] == "  For example: arn:aws:s3:::coffeeshop-receipts"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("trust", "trust policy: "),
        ("perm", "permissions boundary: "),
        ("bukket", "The glossary has no word `bukket`; did you mean `bucket`?"),
        ("qqqqqqqq", "The glossary has no word `qqqqqqqq`. `words` lists them all."),
    ],
)
def test_a_word_is_found_by_another_name_by_its_beginning_and_by_what_is_near(
    plain: Session, word: str, said: str
) -> None:
    assert plain(f"words {word}")[0].startswith(said)


def test_the_lesson_is_not_called_over_while_its_last_page_goes_on(tmp_path: Path) -> None:
    first, _, _ = LESSON.partition("# Another idea")
    folder(
        tmp_path / "mine",
        {**FILES, "lesson.md": f"# A start\n\nWords.\n\n{first}\nThe page's last words.\n"},
    )
    with session(save_path(tmp_path / "home", "ana"), tmp_path / "mine") as plain:
        plain(f"play {ID}")
        asked = plain("lesson 2")
        assert (
            "The page goes on after your guess. `lesson 2 tell` skips the guess." in asked
        )
        assert not any(
            row.startswith("That is the lesson") or "last words" in row for row in asked
        )
        told = plain("lesson 2 tell")
        assert told[0] == "✓ AWS says: refused"
        assert "The page's last words." in told
        assert told[-1].startswith("That is the lesson.")


def test_next_offers_the_page_that_it_needs_once_something_was_done_until_it_is_read(
    tmp_path: Path,
) -> None:
    offer = "`lesson 3` shows how, on page 3 of 5: A list on the wall."
    with session(save_path(tmp_path, "ana")) as plain:
        assert not any("shows how" in row for row in plain("play 00"))
        assert plain(HIRE)[-1].endswith(offer)
        assert plain("next")[-1].endswith(offer)
        assert "A list on the wall" in plain("lesson 3")
        assert "shows how" not in plain("next")[-1]


def test_the_answer_comes_after_its_page_if_that_was_not_shown_last(plain: Session) -> None:
    plain(f"play {ID}")
    told = plain("lesson 1 tell")
    assert told[0] == "Page 1 of 2"
    answers = [row for row in told if "AWS says" in row]
    assert len(answers) == 1
    assert told.index(answers[0]) > 2
    for typed in ("lesson 1 tell", "lesson 1 a"):
        assert plain(typed)[0] != "Page 1 of 2"
    plain("lesson 2")
    assert plain("lesson 1 b")[0] == "Page 1 of 2"
