"""Each word of plain mode, and every line that is none."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.bookmark import LAST_SCENARIO_SETTING
from coffeeshop.lessons.teaching.lesson import lesson_texts
from coffeeshop.plain.loop import play_plain
from coffeeshop.plain.nothing import NO_ACTS
from coffeeshop.plain.words import WORDS
from tests.lessons.folder import FILES, ID, folder, policy, put
from tests.plain.session import Session, printed, session

RIGHT = "aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://policies/right.json"
HIRE = "aws iam create-user --user-name sam"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder(tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def save(tmp_path: Path) -> Path:
    return save_path(tmp_path / "home", "ana")


@pytest.fixture
def plain(save: Path, mine: Path) -> Iterator[Session]:
    """A session in the small scenario."""
    with session(save, mine) as found:
        found(f"play {ID}")
        yield found


# ---------------------------------------------------------------- the way in and out
def test_a_newcomer_is_told_what_this_is_and_where_to_begin(tmp_path: Path):
    said = printed(tmp_path)
    assert said[0] == "Coffeeshop. `help` lists the commands, `quit` leaves."
    assert said[1].startswith("You own a coffee shop.")
    assert said[-2:] == [
        "`play 00` begins the first morning, and `list` lists the other scenarios.",
        "Everything is saved. See you tomorrow.",
    ]


def test_whoever_comes_back_is_told_where_they_were_and_play_goes_on_with_it(
    tmp_path: Path,
):
    printed(tmp_path, "aws iam create-user --user-name casey", id="00")
    told = "The first morning (00-the-first-morning), with 1 act saved: `play` continues it, and `list` shows the other scenarios."
    assert printed(tmp_path)[1:-1] == [f"You were in {told}"]
    assert printed(tmp_path, "lesson 2")[3] == f"You were in {told}"
    assert (
        "You're back where you left off: 1 act saved. `trail` shows what you did."
        in printed(tmp_path, "play")
    )


def test_whoever_only_read_is_told_where_they_were_too(tmp_path: Path):
    printed(tmp_path, "lesson 2", id="05")
    assert printed(tmp_path)[1].startswith(
        "You were in The receipts drawer (05-receipts-drawer): `play` continues it"
    )
    assert any(row.startswith("Page 2 of ") for row in printed(tmp_path, "play", "lesson"))


def test_play_goes_on_with_a_shop_of_ones_own_and_a_story_that_is_gone_is_not_spoken_of(
    tmp_path: Path,
):
    printed(tmp_path, "brief", id="own-shop")
    assert printed(tmp_path)[1].startswith("You were in Your own shop (own-shop): ")
    with closing(Progress(save_path(tmp_path, "ana"))) as progress:
        progress.set_setting(LAST_SCENARIO_SETTING, "44-gone")
    assert printed(tmp_path)[1].startswith("You own a coffee shop.")


def test_who_goes_on_is_told_where_they_are_and_what_is_next_and_no_brief(plain: Session):
    plain(HIRE)
    title, kept, who, then, rest = plain(f"play {ID}")
    assert title == "A small one: One action on the things in one drawer"
    assert kept.startswith("You're back where you left off: 1 act saved.")
    assert who.startswith("You are: ")
    assert then.startswith("Next: ")
    assert rest == "`brief` tells the story."


def test_a_save_that_cannot_be_used_is_told_first_and_last(tmp_path: Path):
    (tmp_path / "home").write_text("a file")
    said = printed(tmp_path / "home" / "data")
    assert "cannot be used" in said[0]
    assert said[-1].startswith("Not everything is saved: the save ")


@pytest.mark.parametrize("word", ["quit", "exit", "q", "  quit  ", "quit now"])
def test_several_words_leave_and_nothing_after_them_is_read(tmp_path: Path, word: str):
    assert printed(tmp_path, word, "help")[-1] == "Everything is saved. See you tomorrow."


def test_control_c_leaves_and_everything_is_kept(tmp_path: Path):
    class Broken(StringIO):
        def readline(self, size: int | None = -1, /) -> str:
            raise KeyboardInterrupt

    out = StringIO()
    with closing(Progress(save_path(tmp_path, "ana"))) as progress:
        assert play_plain(Player(progress), Broken(), out) == 0
    assert out.getvalue().endswith("Everything is saved. See you tomorrow.\n")


def test_a_terminal_is_prompted_with_the_badge_in_hand(tmp_path: Path):
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    out = StringIO()
    with closing(Progress(save_path(tmp_path, "ana"))) as progress:
        play_plain(Player(progress), Terminal("play 05\nquit\n"), out)
    assert "\ncoffeeshop> The receipts drawer" in out.getvalue()
    assert "\nada@console> Everything is saved" in out.getvalue()


def test_a_scenario_asked_for_is_opened_at_once(tmp_path: Path):
    said = printed(tmp_path, "brief", id="05")
    assert said[1].startswith("The receipts drawer: Casey is at the till")
    assert "The receipts drawer: One action on one bucket, for one person" in said
    assert "You are: ada (console, with MFA). The shop's clock shows Monday 08:00." in said


def test_what_is_printed_holds_no_control_character(tmp_path: Path):
    said = printed(
        tmp_path,
        "\x1b[31mred",
        "play \x1b]0;x\x07",
        "aws iam create-user --user-name '\x1b[2J'",
        "write \x1b.json",
        ".",
        id="05",
    )
    assert all(line.isprintable() for line in said)
    assert any("\\x1b[31mred" in line for line in said)


# ------------------------------------------------------------------- what is no word
def test_an_empty_line_and_a_comment_are_answered_with_nothing(plain: Session):
    assert plain("") == plain("# a note to myself") == []


def test_an_unknown_word_is_answered_with_the_nearest(plain: Session):
    assert plain("grad") == [
        "`grad` isn't a command. Did you mean `grade`? `help` lists the commands."
    ]
    assert plain("xyzzy") == ["`xyzzy` isn't a command. `help` lists the commands."]


def test_a_word_that_was_called_otherwise_before_is_understood(plain: Session):
    assert plain("rehearse") == plain("open")


def test_a_very_long_word_is_told_in_part(plain: Session):
    (said,) = plain("x" * 100_000)
    assert len(said) < 100


@pytest.mark.parametrize(
    "typed",
    [
        "open",
        "grade",
        "aws iam list-users",
        "console sign-in",
        "write a.json",
        "undo",
        "why 1",
    ],
)
def test_what_needs_a_play_says_how_to_begin_one(save: Path, typed: str):
    with session(save) as plain:
        begin = "`play 00` begins the first morning, and `list` lists the other scenarios."
        assert plain(typed) == ["No scenario is open.", begin]


def test_help_lists_every_word(plain: Session):
    said = plain("help")
    assert [line.partition(":")[0] for line in said] == [
        *WORDS,
        "aws …",
        "console …",
        "quit",
    ]


# ------------------------------------------------------------------------- list, play
def test_the_list_tells_stars_and_acts(plain: Session):
    plain(RIGHT)
    plain("grade")
    (told,) = (
        line for line in plain("list") if line.startswith("2 Receipts and policies: ")
    )
    assert told.endswith("; 90 A small one (3 stars)")
    (row,) = (line for line in plain("list 2") if line.startswith(ID))
    assert (
        row
        == f"{ID}: A small one: One action on the things in one drawer. 3 of 3 stars. 1 act saved."
    )


def test_the_list_tells_a_scenario_that_cannot_be_read_and_goes_on(
    save: Path, tmp_path: Path
):
    folder(tmp_path / "broken", change=("format = 1", "fromat = 1"))
    with session(save, tmp_path / "broken") as plain:
        said = plain("list")
    assert any("unknown key `fromat`" in line for line in said)
    assert any("05 The receipts drawer" in line for line in said)


def test_the_list_has_a_line_for_each_chapter_and_says_which_there_are(plain: Session):
    told = [line for line in plain("list") if re.match(r"\d+ [^:]+: ", line)]
    assert sum(line.count(";") + 1 for line in told) == len(folders()) + 1
    assert plain("list x") == [
        f"`list` takes the number of a chapter: {', '.join(line.split()[0] for line in told)}. Without a number, it lists them all."
    ]


@pytest.mark.parametrize("name", ["[/]", "x" * 3000, "../../etc", "\x00"])
def test_a_scenario_that_there_is_not_is_told_and_the_play_goes_on(
    plain: Session, name: str
):
    said = plain(f"play {name}")
    assert said[0].startswith("There is no scenario")
    assert plain("trail") == [NO_ACTS]


def test_who_looks_for_a_scenario_that_there_is_not_is_sent_to_the_word_that_lists_them(
    plain: Session,
):
    (said,) = plain("play 77")
    assert said.endswith("which `list` lists.")


@pytest.mark.parametrize("id", [folder.name for folder in folders()])
def test_no_lesson_speaks_of_keys_of_the_app(id: str):
    scenario = load(find(id))
    pages = (scenario.story, *lesson_texts(scenario).values())
    assert not [
        word
        for word in ("F9", "keys type", "press ", "the app")
        for page in pages
        if word in page
    ]


def test_a_play_is_resumed_where_it_was_left(save: Path, mine: Path):
    with session(save, mine) as plain:
        plain(f"play {ID}")
        plain(HIRE)
        plain(RIGHT)
    with session(save, mine) as plain:
        said = plain(f"play {ID}")
        assert (
            "You're back where you left off: 2 acts saved. `trail` shows what you did."
            in said
        )
        assert [line.split(" ", 2)[2] for line in plain("trail")] == [
            f"08:00 $ {HIRE}",
            "08:01 $ aws iam put-user-policy --user-name casey --policy-name receipts --policy-document "
            f"'{FILES['policies/right.json']}'",
        ]


def test_a_play_whose_acts_cannot_be_read_says_so(save: Path, mine: Path):
    with session(save, mine) as plain:
        plain(f"play {ID}")
        plain(HIRE)
    with closing(sqlite3.connect(save)) as db, db:
        db.execute("UPDATE act SET body = 'coffee'")
    with session(save, mine) as plain:
        said = plain(f"play {ID}")
        assert f"act 1 of {ID} is no act" in said[0]
        assert "it stays as it is" in said[0]


# --------------------------------------------------------------------- brief, calls, show
def test_the_brief_can_be_read_again(plain: Session):
    said = plain("brief")
    assert said[0] == "A small one: One action on the things in one drawer"
    assert "  · Casey can open any receipt" in said
    assert "  · Casey shreds a receipt" in said


def test_calls_are_shown_with_what_they_must_be_told(plain: Session):
    assert plain("calls") == [
        "The calls of this scenario. Replace the words in capitals:",
        "  aws iam put-user-policy --user-name NAME --policy-name NAME --policy-document DOCUMENT",
        "Write the document as JSON on one line in single quotes, or name a file as file://NAME (`write NAME.json` begins one).",
    ]


def test_blanks_to_start_from_are_named(plain: Session):
    plain("write till-blank.json", "{}", ".")
    assert (
        plain("calls")[-1]
        == "Template to fill in: till-blank.json (`show NAME` prints one)."
    )


@pytest.mark.parametrize("name", ["policies/right.json", "file://policies/right.json"])
def test_a_file_is_printed(plain: Session, name: str):
    assert plain(f"show {name}") == FILES["policies/right.json"].splitlines()


@pytest.mark.parametrize("name", ["gone.json", "../../../etc/passwd", "/etc/passwd", "[/]"])
def test_a_file_that_there_is_not_is_answered_with_those_there_are(
    plain: Session, name: str
):
    (said,) = plain(f"show {name}")
    assert said.startswith(
        f"There is no file {name}. The files here are policies/right.json"
    )


def test_show_alone_names_the_files_that_tell_no_answer(plain: Session):
    plain("write mine.txt", "hello", ".")
    assert plain("show") == [
        "`show NAME` prints a file. The files here are mine.txt, policies/right.json."
    ]


# ------------------------------------------------------------------------------- calls
def test_a_call_is_answered_as_aws_does_and_what_comes_next_is_said_in_short_where_it_is_not_new(
    plain: Session,
):
    told = plain("next")
    said = plain(HIRE)
    assert said[0] == "{"
    assert '        "UserName": "sam",' in said
    assert said[-2:] == [
        "done",
        "Still next: “Casey can open any receipt” doesn't work yet. `next` says how.",
    ]
    assert plain("next") == told
    assert told[0].startswith("Next: “Casey can open any receipt” doesn't work yet.")
    assert plain("aws iam create-group --group-name C")[-1] == (
        "Next: The group C grants nothing yet. "
        "`aws iam put-group-policy --group-name C --policy-name NAME --policy-document DOCUMENT`. "
        "Write the document as JSON on one line in single quotes, or name a file as file://NAME (`write NAME.json` begins one)."
    )


def test_whoever_types_no_document_where_one_is_asked_is_told_what_one_is(plain: Session):
    put = "aws iam put-user-policy --user-name casey --policy-name p --policy-document"
    assert (
        plain(f"{put} DOCUMENT")[-1]
        == "Write the document as JSON on one line in single quotes, or name a file as file://NAME."
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        '{"Version": "2012-10-17" "Statement": []}',
        '{"Statement": [{"Effect": "Alow"}]}',
    ],
)
def test_a_document_that_aws_refuses_is_told_where_and_how_it_is_mended_by_the_call_and_by_why(
    plain: Session, wrong: str
):
    rows = plain("write wrong.json", *wrong.split(" "), ".")
    told = next(row for row in rows if row.startswith("error: line ")).removeprefix(
        "error: "
    )
    put = "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://wrong.json"
    assert plain(put)[-1] == f"{told[0].upper()}{told[1:]}"
    assert f"error: {told}" in [row.strip() for row in plain("why")]


def test_an_error_is_told_in_awss_words_and_not_called_a_refusal(plain: Session):
    assert plain("aws iam delete-user --user-name nobody") == [
        "aws: [ERROR]: An error occurred (NoSuchEntity) when calling the DeleteUser operation: The user with name nobody cannot be found.",
        "This is an error, not a refusal: no policy stopped the call. `why` shows more.",
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("aws", "error: line 1, column 4"),
        ("aws iam", "error: line 1, column 8"),
        ("aws iam creat-user", "create-user"),
        ("aws iam create-user --usr-nam sam --tag x", "--user-name"),
        ("aws iam create-user --user-name", "error: "),
        (
            "aws iam put-user-policy --user-name casey --policy-name a --policy-document file://../x",
            "only files below",
        ),
        (
            "aws iam put-user-policy --user-name casey --policy-name a --policy-document file://x",
            "files here: ",
        ),
        ("aws s3 lss", "error: "),
        ("aws iam list-users; rm -rf /", "belongs to a shell"),
        ("aws iam create-user --user-name '", "No closing quotation"),
        ("aws iam create-user --user-name $HOME", "a shell would fill in"),
        ("console sing-in", "error: "),
        ("aws iam list-users --profile robin", "could not be found"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_and_is_no_act(
    plain: Session, typed: str, said: str
):
    assert said in "\n".join(plain(typed))
    assert plain("trail") == [NO_ACTS]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("beans[/]", "ValidationError"),
        ("[bold]sam[/bold]", "ValidationError"),
        ("x" * 200, "ValidationError"),
        ("", "ValidationError|Invalid length"),
    ],
)
def test_a_name_that_aws_does_not_take_is_refused_in_its_words(
    plain: Session, name: str, said: str
):
    assert re.search(said, "\n".join(plain(f"aws iam create-user --user-name '{name}'")))


def test_a_policy_that_is_put_is_read_over(plain: Session):
    said = plain(put(policy("s3:ListObject")).strip())
    assert any(
        "there is no action `s3:ListObject`" in line
        and "did you mean `s3:ListBucket`?" in line
        for line in said
    )


def test_a_document_of_another_grammar_is_read_over_by_its_own(plain: Session):
    trust = policy("sts:AssumeRole").replace(
        '"Resource": "arn:aws:s3:::coffeeshop-receipts/*"',
        '"Principal": {"AWS": "arn:aws:iam::111122223333:root"}',
    )
    said = plain(
        f"aws iam create-role --role-name Till --assume-role-policy-document '{trust}'"
    )
    assert not [line for line in said if line.startswith("error")]
    bucket = policy(
        "s3:GetObject", Principal={"AWS": "arn:aws:iam::111122223333:user/casey"}
    )
    said = plain(
        f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{bucket}'"
    )
    assert "done" in said
    assert not [line for line in said if line.startswith("error")]


def test_what_only_looks_like_a_document_is_not_read_over(plain: Session):
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"
    said = plain(
        f"""aws sqs send-message --queue-url {url} --message-body '{{"espresso": 2}}'"""
    )
    assert "done" in said
    assert not [line for line in said if line.startswith(("error", "warning"))]


def test_a_policy_that_aws_refuses_is_no_json_or_has_a_wrong_element(plain: Session):
    for document in ("not JSON", policy("s3:GetObject").replace("Action", "Actions")):
        assert "(MalformedPolicyDocument)" in plain(put(document).strip())[0]


# --------------------------------------------------------------------------- open, why
def test_opening_the_shop_tries_every_job_and_refusal(plain: Session):
    assert plain("open") == [
        "✗ 1 doesn't work: Casey can open any receipt",
        "  At Register: casey requests s3:GetObject on coffeeshop-receipts/2026/03/0412.json. AWS refuses it, and the job is not done.",
        "✓ 2 refused, as it must be: Casey shreds a receipt",
        "  At Register: casey requests s3:DeleteObject on coffeeshop-receipts/2026/03/0412.json. AWS refuses it, as it should.",
        "The job doesn't work yet, the refusal holds. `why` and a number explains one. `grade` judges them all.",
    ]


def test_reach_tells_who_could_become_what_and_of_nobody_who_is_meant(plain: Session):
    assert plain("reach casey")[-1].startswith("User casey can't do everything now")
    assert "The account has no user or role 'casy'" in plain("reach casy")[0]


def test_access_tells_who_can_reach_what_and_of_one_of_them_why(plain: Session):
    assert "  ✗ coffeeshop-receipts: read (missing)" in plain("access")
    assert (
        "    ✗ read, missing: s3:GetObject on arn:aws:s3:::coffeeshop-receipts/2026/03/0412.json"
        in plain("access casey")
    )
    assert plain("access nobody")[0].startswith(
        "No one here is called nobody. Names: casey, "
    )


def test_why_explains_a_line_of_the_open_shop(plain: Session):
    plain("open")
    said = plain("why 1")
    assert said[0] == "✗ doesn't work: Casey can open any receipt"
    assert any("nothing allows it (implicit deny)" in line for line in said)


def test_why_opens_the_shop_where_it_is_closed(plain: Session):
    assert plain("why 2")[0] == "✓ refused, as it must be: Casey shreds a receipt"


@pytest.mark.parametrize("number", ["0", "3", "-1", "one", "²", "99999999999999999999"])
def test_why_takes_a_number_that_there_is(plain: Session, number: str):
    assert plain(f"why {number}") == [
        "`why` takes a number from 1 to 2, as `open` shows them."
    ]


def test_why_alone_explains_the_last_call(plain: Session):
    assert plain("why") == ["You haven't called AWS yet. `open` tries every job."]
    plain("aws iam delete-user --user-name nobody")
    said = plain("why")
    assert said[0] == "  $ aws iam delete-user --user-name nobody"
    assert said[1] == "    iam:DeleteUser on arn:aws:iam::111122223333:user/nobody: allowed"


def test_a_call_of_the_trail_is_shown_as_cloudtrail_records_it(plain: Session):
    plain("aws iam create-user --user-name lee")
    record = json.loads("\n".join(plain("trail 1")))
    assert (record["eventName"], record["requestParameters"]) == (
        "CreateUser",
        {"userName": "lee"},
    )
    assert record["userIdentity"]["userName"] == "ada"
    assert plain("trail 2")[1:] == [
        "`trail` with a number shows CloudTrail's record of that call."
    ]


def test_a_call_on_data_is_said_to_be_recorded_only_with_data_events(plain: Session):
    plain("aws s3api list-objects-v2 --bucket coffeeshop-receipts")
    *record, note = plain("trail 1")
    assert json.loads("\n".join(record))["eventCategory"] == "Data"
    assert note == "CloudTrail records it only if a trail logs data events."


# --------------------------------------------------------------------------- grade, hint
def test_a_grade_tells_stars_the_first_findings_and_the_score(plain: Session):
    said = plain("grade")
    assert said[0] == "0 of 3 stars, 0 of 100 points"
    assert said[-1] == "`hint` gives a hint. Hints cost no points."


def test_three_stars_end_in_the_debrief(plain: Session):
    plain(RIGHT)
    more = "`grade more` says where to read more, and how the points add up."
    assert plain("grade")[-3:] == [
        "An object is not its bucket.",
        more,
        "★★★ “The first morning” isn't done yet. `play 00-the-first-morning` opens it.",
    ]


def test_hints_go_down_their_ladder_and_stay_at_its_end(plain: Session):
    plain(put(policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-receipts")).strip())
    said = [plain("hint") for _ in range(4)]
    rungs = [rows[1] for rows in said]
    assert rungs[0] == "hint 1 of 3: What is a receipt, the drawer or a thing in it?"
    assert rungs[1] == "hint 2 of 3: An object's ARN goes on after the bucket's."
    assert rungs[2] == rungs[3] == f"hint 3 of 3: {FILES['policies/right.json']}"
    assert [rows[-1].startswith("That was the last hint") for rows in said] == [
        False,
        False,
        True,
        True,
    ]


def test_another_finding_begins_its_own_ladder(plain: Session):
    plain("hint")
    plain("hint")
    plain(put(policy("s3:GetObject", "s3:DeleteObject")).strip())
    assert plain("hint")[-1].startswith("hint 1 of 3: Which policy allows this")


@pytest.mark.parametrize(("away", "rung"), [(f"play {ID}", 2), ("again", 1)])
def test_whoever_comes_back_goes_on_with_the_hints_and_whoever_begins_anew_begins_at_the_first(
    plain: Session, away: str, rung: int
):
    plain("hint")
    plain(away)
    assert plain("hint")[-1].startswith(f"hint {rung} of 3: ")


def test_with_three_stars_there_is_nothing_to_hint_at(plain: Session):
    plain(RIGHT)
    assert plain("hint") == ["There is no hint now: you have three stars."]


# ----------------------------------------------------------------------- undo, redo, again
def test_undo_and_redo_move_along_the_trail(plain: Session):
    assert plain("undo") == ["There is nothing to undo."]
    assert plain("redo") == ["There is nothing to redo."]
    plain(HIRE)
    assert plain("undo") == ["Undone: iam CreateUser. `redo` brings it back."]
    assert plain("trail") == [NO_ACTS]
    assert plain("redo") == ["Done again: iam CreateUser."]
    assert plain("trail") == [f"1 done: 08:00 $ {HIRE}"]


def test_begun_again_the_shop_is_as_it_was(plain: Session, save: Path, mine: Path):
    plain(HIRE)
    assert plain("again") == [
        "The scenario begins again: the shop is as it was at the start.",
        "This play's 1 act can't be brought back.",
    ]
    assert plain("trail") == [NO_ACTS]
    with session(save, mine) as later:
        assert not any("You go on" in line for line in later(f"play {ID}"))


def test_a_badge_that_undo_took_away_is_laid_down(plain: Session):
    plain("aws iam create-access-key --user-name casey")
    assert plain("as casey")[0].startswith("You are: casey (access key)")
    assert plain("undo")[0].startswith("You are: ada (console, with MFA)")
    assert "done" in plain(HIRE)


# ------------------------------------------------------------------------------ badges
def test_who_tells_whose_badge_is_in_hand(plain: Session):
    assert plain("who") == [
        "You are: ada (console, with MFA). The shop's clock shows Monday 08:00."
    ]


@pytest.mark.parametrize("said", ["as ada", "as ada@console"])
def test_a_sign_in_that_ran_out_is_made_again_by_its_name(plain: Session, said: str):
    late = plain("wait 13h")
    assert "session ended Mon 20:00" in late[0]
    assert late[1] == "  Your sign-in ended on Monday at 20:00: `as ada` signs in again."
    assert plain("next") == [
        "Next: Your sign-in ended on Monday at 20:00: `as ada` signs in again."
    ]
    assert (
        "You are: ada (console, with MFA). The shop's clock shows Monday 21:01."
        in plain(said)
    )
    assert "done" in plain(HIRE)


def test_a_file_that_a_line_writes_can_be_shown_and_the_trail_says_its_name_is_no_part_of_the_call(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        name = "--virtual-mfa-device-name"
        method = "--bootstrap-method Base32StringSeed --outfile"
        say(f"aws iam create-virtual-mfa-device {name} two {method} two.txt")
        assert len(say("show two.txt")[0]) == 32
        say("aws s3api get-object --bucket coffeeshop-payroll --key march.csv mine.csv")
        assert say("show mine.csv") == ["mine.csv is empty."]
        assert "The names of files aren't part of a call" in say("trail")[-1]
        say("aws s3api get-object --bucket coffeeshop-payroll --key no.csv no.csv")
        assert say("show no.csv")[0].startswith("There is no file no.csv.")


def test_a_file_of_code_is_not_read_as_a_policy(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        said = say("write function.zip", "PK", ".")
        assert said[1:] == ["Saved function.zip, 1 line. Use it as fileb://function.zip."]
        assert len(say("write policy.json", "x", ".")) > 2


def test_as_takes_up_a_badge_that_was_made_and_no_other(plain: Session):
    assert plain("as root") == [
        "There is no badge called root. You have: ada@console. `as NAME` uses one of them."
    ]
    assert plain("as ada")[0].startswith("You are: ada (console, with MFA).")
    (said,) = plain("as casey")
    assert said.startswith(
        "You have no credential of casey. This user has no password to sign in with. "
        "`aws iam create-access-key --user-name casey` makes a key that you can use."
    )
    plain("aws iam create-login-profile --user-name casey --password Latte-art-at-7")
    (said,) = plain("as casey")
    assert "`console sign-in --user-name casey --password PASSWORD` signs in" in said
    plain("aws iam create-access-key --user-name casey")
    assert plain("as casey") == [
        "You are: casey (access key). The shop's clock shows Monday 08:02."
    ]
    assert plain("aws iam list-users")[0].startswith(
        "aws: [ERROR]: An error occurred (AccessDenied)"
    )


def test_signing_in_takes_up_the_session_that_it_makes(plain: Session):
    plain("aws iam create-login-profile --user-name casey --password Ristretto-1-2-3")
    said = plain("console sign-in --user-name casey --password Ristretto-1-2-3")
    assert "You are: casey (console). The shop's clock shows Monday 08:02." in said
    assert plain("as ada@console")[0].startswith("You are: ada")


def test_a_badge_that_is_no_good_any_more_says_so(plain: Session):
    plain("aws iam create-access-key --user-name casey")
    plain("as casey")
    plain("as ada@console")
    listed = plain("aws iam list-access-keys --user-name casey")
    (key,) = (line.split('"')[3] for line in listed if "AccessKeyId" in line)
    plain(
        f"aws iam update-access-key --user-name casey --access-key-id {key} --status Inactive"
    )
    assert plain("as casey") == [
        "You are: casey (access key); key inactive. The shop's clock shows Monday 08:03."
    ]


def test_a_role_that_is_worn_is_told(plain: Session):
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}}'
    plain(f"aws iam create-role --role-name Till --assume-role-policy-document '{trust}'")
    said = plain("console switch-role --role-name Till")
    assert any(line.startswith("You are: the role Till, in the session ") for line in said)


# ------------------------------------------------------------------------------- files
def test_a_file_that_is_written_is_kept_read_over_and_used(plain: Session):
    said = plain(
        "write till.json",
        *policy("s3:GetObject", "s3:ListObject").replace(", ", ",\n").splitlines(),
        ".",
    )
    assert said[1] == "Saved till.json, 5 lines. Use it as file://till.json."
    assert any("there is no action `s3:ListObject`" in line for line in said[1:])
    assert "done" in plain(
        "aws iam put-user-policy --user-name casey --policy-name a --policy-document file://till.json"
    )


def test_a_trust_policy_and_a_bucket_policy_are_read_over_as_what_they_are(plain: Session):
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}}'
    said = plain("write trust.json", trust, ".")
    assert not [line for line in said if line.startswith("error")]
    assert said[2].startswith("suggestion: line 1, column 81, Statement[0].Principal.AWS")
    bucket = policy(
        "s3:GetObject", Principal={"AWS": "arn:aws:iam::111122223333:user/casey"}
    )
    assert not [
        line
        for line in plain("write bucket.json", bucket, ".")[1:]
        if line.startswith("error")
    ]


def test_what_is_no_json_is_kept_and_told(plain: Session):
    said = plain("write notes.json", "buy milk", ".")
    assert said[1] == "Saved notes.json, 1 line. Use it as file://notes.json."
    assert said[2].startswith("error: line 1")


def test_a_file_goes_on_to_the_end_of_the_input(plain: Session):
    plain("write notes.json", "{}", "{}")
    assert plain("show notes.json") == ["{}", "{}"]


def test_a_file_that_is_too_long_is_not_written_and_what_follows_it_is_read(plain: Session):
    said = plain("write long.json", *["x" * 99] * 10_000, ".", "who")
    assert said[-1] == "Nothing was written: a file has at most 262,144 bytes."
    assert next(iter(plain.shell.source)) == "who\n"
    assert "There is no file long.json" in plain("show long.json")[0]
    assert plain("write short.json", "x" * 200_000)[1].startswith("Saved short.json")
    assert plain("write wide.json", "é" * 200_000, ".")[1] == said[-1]


@pytest.mark.parametrize("lines", [["."], ["", "  ", "."], [], ["{}", "{", ".."]])
def test_an_empty_text_or_one_that_is_taken_back_overwrites_nothing(
    plain: Session, lines: list[str]
):
    name, before = "old.json", ["{}"]
    plain(f"write {name}", *before, ".")
    assert plain(f"write {name}", *lines)[1:] == [
        f"Nothing was written: {name} stays as it was."
    ]
    assert plain(f"show {name}") == before
    assert plain("write new.json", *lines)[1:] == [
        "Nothing was written: new.json doesn't exist."
    ]


@pytest.mark.parametrize("name", ["", "a/b.json", "..\\x", "two words", "x" * 65])
def test_a_file_has_a_plain_name(plain: Session, name: str):
    said = "`write NAME.json` writes a file. Choose a new name, or the name of a file that exists, without a folder."
    assert plain(f"write {name}") == [said]


def test_a_file_with_blanks_is_filled_in_under_its_own_name(plain: Session):
    plain("play 05")
    assert "________" in " ".join(plain("show policies/receipts-blank.json"))
    assert (
        "Use it as file://policies/receipts-blank.json."
        in plain("write policies/receipts-blank.json", "{}", ".")[1]
    )
    assert plain("show policies/receipts-blank.json") == ["{}"]
    # It tells the answer.
    assert plain("write policies/receipts.json")[0].startswith(
        "`write NAME.json` writes a file"
    )


def test_a_file_is_there_in_the_next_session(plain: Session, save: Path, mine: Path):
    plain("write till.json", "{}", ".")
    with session(save, mine) as later:
        later(f"play {ID}")
        assert later("show till.json") == ["{}"]


# ------------------------------------------------------------------ disks, other windows
def test_a_full_disk_is_told_after_each_act_and_at_the_end(
    plain: Session, save: Path, mine: Path
):
    plain.progress._db.execute("PRAGMA query_only = 1")
    said = plain(HIRE)
    assert said[0].startswith("warning: this could not be written to the save")
    assert '        "UserName": "sam",' in said
    assert plain("grade")[-1].startswith("This could not be written to the save")
    assert plain("write a.json", "{}", ".")[1].startswith(
        "This could not be written to the save"
    )
    assert plain("show a.json") == ["{}"]
    plain.progress._db.execute("PRAGMA query_only = 0")
    plain("aws iam create-user --user-name mina")
    with session(save, mine) as later:
        assert (
            "You're back where you left off: 2 acts saved. `trail` shows what you did."
            in later(f"play {ID}")
        )


@pytest.mark.skipif(
    sys.platform == "win32", reason="an open file cannot be taken away there"
)
@pytest.mark.parametrize(
    ("replaced", "said"),
    [(False, "was taken away"), (True, "cannot be used (file is not a database)")],
)
def test_a_save_that_is_taken_away_is_told_by_the_next_line(
    plain: Session, save: Path, replaced: bool, said: str
):
    plain("aws iam create-user --user-name sam")
    save.unlink()
    if replaced:
        save.write_bytes(b"something else")
    assert said in "\n".join(plain("aws iam create-user --user-name kim"))


def test_leaving_with_acts_that_are_not_kept_says_so(tmp_path: Path):
    class Full(StringIO):
        """The disk is full once the scenario is begun, and has room again before the end where `room` says so."""

        room = False

        def readline(self, size: int | None = -1, /) -> str:
            line = super().readline(size)
            if "create-user" in line:
                progress._db.execute("PRAGMA query_only = 1")
            if "quit" in line and self.room:
                progress._db.execute("PRAGMA query_only = 0")
            return line

    for room, said in (
        (False, "Not everything is saved: this could not be written"),
        (True, "Everything is saved."),
    ):
        source, out = Full(f"play 05\n{HIRE}\nquit\n"), StringIO()
        source.room = room
        with closing(Progress(save_path(tmp_path, str(room)))) as progress:
            play_plain(Player(progress), source, out)
        assert out.getvalue().splitlines()[-1].startswith(said)


def test_a_play_that_another_window_moved_on_is_taken_up_where_it_stands(
    plain: Session, save: Path, mine: Path
):
    with session(save, mine) as other:
        other(f"play {ID}")
        other(HIRE)
    assert plain("aws iam create-user --user-name mina") == [
        "warning: this play moved on in another window, so what you just did is not saved; continue from its current state"
    ]
    assert plain("trail") == [f"1 done: 08:00 $ {HIRE}"]
    assert "done" in plain("aws iam create-user --user-name mina")


def test_undo_redo_and_again_are_stopped_by_another_window_too(
    plain: Session, save: Path, mine: Path
):
    plain(HIRE)
    with session(save, mine) as other:
        other(f"play {ID}")
        other("undo")
    assert plain("undo")[0].startswith("warning: this play moved on")
    assert plain("undo") == ["There is nothing to undo."]
    with session(save, mine) as other:
        other(f"play {ID}")
        other("redo")
    assert plain("redo")[0].startswith("warning: this play moved on")


def test_once_everything_works_next_names_what_stands_before_a_star_and_leaves_three_to_the_grade(
    tmp_path: Path,
):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 05")
        right = "file://policies/receipts.json"
        plain(f"aws iam create-policy --policy-name R --policy-document {right}")
        arn = "arn:aws:iam::111122223333:policy/R"
        right = plain(f"aws iam attach-user-policy --user-name casey --policy-arn {arn}")
        assert (
            right[-1]
            == "Next: Every job works and every refusal holds. `grade` shows your stars."
        )
        more = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}'
        said = plain(
            f"aws iam put-user-policy --user-name casey --policy-name more --policy-document '{more}'"
        )
        found = "Next: Casey can also call s3:ListAllMyBuckets. `grade` says more about star 2, and `hint` gives a hint."
        assert said[-1] == found
        assert "1 of 3 stars" in "\n".join(plain("grade"))
        assert plain("next")[-1] == found


def test_next_calls_a_group_as_the_brief_does(plain: Session):
    plain("play 10")
    assert plain("next")[-1].endswith("`aws iam create-group --group-name Cashiers`.")


def test_three_stars_that_were_graded_lead_on_to_the_next_scenario(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 00")
        plain("aws iam create-user --user-name casey")
        plain("aws iam add-user-to-group --group-name Cashiers --user-name casey")
        plain("grade")
        assert plain("next")[0].endswith(
            "`play 01-keys-to-the-shop` begins the next one, “Keys to the shop”."
        )


def test_what_a_password_must_have_is_told_where_one_is_given_and_where_one_is_refused(
    plain: Session,
):
    plain("play 02")
    plain("aws iam create-user --user-name ada")
    rules = "A password has 8 characters or more, of three of these kinds: uppercase letter, lowercase letter, number, symbol."
    assert (
        plain("aws iam create-login-profile --user-name ada --password espresso")[-1]
        == rules
    )
    plain(
        "aws iam update-account-password-policy --minimum-password-length 12 --require-symbols"
    )
    said = plain("aws iam create-login-profile --user-name ada --password espresso")
    assert said[-1] == "A password has 12 characters or more, one symbol at least."


def test_whoever_signs_in_as_somebody_without_a_password_is_told_that_there_is_none(
    plain: Session,
):
    plain("play 02")
    plain("aws iam create-user --user-name ada")
    said = plain("console sign-in --user-name ada --password espresso")
    assert "Your authentication information is incorrect" in " ".join(said)
    assert said[-2] == "Ada has no password yet: `aws iam create-login-profile` gives one."
    assert (
        "no password"
        not in plain("console sign-in --user-name nobody --password espresso")[-2]
    )


@pytest.mark.parametrize("leaves", ["quit", "play 01", ""])
def test_stars_of_whoever_leaves_without_grading_are_kept(tmp_path: Path, leaves: str):
    solution = load(find("00")).solution
    lines = (line for line in solution.splitlines() if line.startswith("aws"))
    printed(tmp_path, *lines, *filter(None, [leaves]), id="00")
    with closing(Progress(save_path(tmp_path, "ana"))) as progress:
        assert progress.best_results()["00-the-first-morning"].stars == 3


@pytest.mark.parametrize(
    ("typed", "user"),
    [
        (("aws iam create-user \\", "  --user-name \\", "lee"), "lee"),
        (("aws iam create-user --user-name le\\", "e"), "lee"),
        (("aws iam create-user \\",), ""),  # the input ends
    ],
)
def test_a_line_that_ends_in_a_backslash_goes_on_in_the_next(
    tmp_path: Path, typed: tuple[str, ...], user: str
):
    said = "\n".join(printed(tmp_path, *typed, id="00-the-first-morning"))
    assert (f'"UserName": "{user}"' in said) == bool(user)


def test_a_word_of_the_game_is_one_line_whatever_it_ends_in(tmp_path: Path):
    said = printed(tmp_path, "who \\", "quit", id="00-the-first-morning")
    assert said[-1].endswith("See you tomorrow.")
