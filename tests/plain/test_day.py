"""The word `day`: told line by line, and it stops where something can be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coffeeshop.views.identity import identity
from tests.plain.session import Session, session
from tests.views.plays import scenario

SIGN_IN = "console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone"
KEYS = "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def test_a_day_of_a_scenario_is_told_to_its_evening_or_to_the_alarm(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 10")
        said = say("day 3")
        assert said[0] == "Tuesday 03 March 2026, 06:00 to 22:00, seed 3"
        if not said[-1].startswith("`day 3` plays Tuesday 03 March again"):
            assert any(line.startswith("Yours: The clock stands.") for line in said)
            assert any(line.startswith("What you can do now: ") for line in said)
            said += say("day")
        assert any(line.startswith("Trade: ") for line in said)
        assert said[-1].startswith("`day 3` plays Tuesday 03 March again")
        assert say("who") == [
            "You are: ada (console, with MFA). The shop's clock shows Monday 08:00."
        ]


def test_the_evening_of_an_own_shop_says_that_the_sign_in_ended(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        said = say("day")
        for _ in range(9):
            if said[-1].endswith("You can change the account first."):
                break
            said = say("day")
        assert said[-1].endswith("You can change the account first.")
        assert "`as ada` signs in again." in said[-2]


def test_after_a_scenario_s_day_it_is_said_that_the_same_day_comes_again_and_where_the_clock_is(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 22")
        said = say("day")
        while "`day` " not in said[-1] or "lets it go on" in "".join(said[-3:]):
            said = say("day")
        first = said[-2:]
        assert (
            first[0]
            == "The day is over. Its calls are undone, and yours are kept. Your clock is back at Monday 02 March, 08:00."
        )
        assert first[1].startswith("`day` plays Tuesday 03 March again")
        assert say("day")[0].startswith("Tuesday 03 March 2026")


def test_next_speaks_of_the_day_that_is_open_not_of_what_containing_takes_from_a_job(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 10")
        for line in scenario("10").solution.splitlines():
            say(line)
        say("day")
        assert (
            "Your sign-in ended on Monday at 20:00: `as ada` signs in again."
            in say("next")[0]
        )
        say("as ada")
        (said,) = say("next")
        noticed = (
            "Noticed, and not stopped: Casey's session. Your calls happen at that time."
        )
        assert said.startswith(
            f"Next: A day is open, at 10:50. {noticed} Narrow its permissions, or deny older sessions. `day` lets"
        )
        assert said.endswith("`day` lets the clock run on.")
        say("aws iam remove-user-from-group --group-name Cashiers --user-name casey")
        assert say("next")[0].startswith("Next: A day is open")


def test_next_is_said_in_short_after_a_call_that_changes_nothing_while_a_day_is_open(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 10")
        say("day")
        say("as ada")
        say(
            "aws iam delete-user-policy --user-name casey --policy-name receipts"
        )  # which ends the theft
        what = "Create the group Cashiers, as the brief asks, to give it the permission"
        assert say("next")[0].startswith(f"Next: A day is open, at 10:51. {what}. `aws ")
        assert (
            say("aws iam list-users")[-1]
            == f"Still next: A day is open, at 10:52. {what}. `next` says how."
        )


def test_what_is_typed_while_the_clock_stands_changes_the_day(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        morning = say("day 3")
        assert morning[1].startswith("News: Casey starts today.")
        assert (
            morning[-1]
            == "No customer has come yet. Do the task of the day, then type `day` to open the door."
        )
        say(SIGN_IN)
        say("aws iam create-user --user-name casey")
        say("aws iam create-access-key --user-name casey")
        say(KEYS)
        said = say("day")
        assert any(
            "06:01" in line and "create-user --user-name casey" in line for line in said
        )
        assert not any("not done" in line for line in said)
        while not said[-1].startswith("`day` opens Tuesday 03 March"):
            said = say("day")
        assert say("day")[0].startswith("Tuesday 03 March 2026")


def test_a_day_that_is_open_is_told_and_goes_on_when_the_play_is_taken_up(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        say("day 3")
    with session(tmp_path / "ana.sqlite3") as say:
        assert (
            "Monday 02 March isn't over, and its clock shows 06:00. `day` continues it."
            in say("play own-shop")
        )
        assert any("not done" in line for line in say("day"))


def test_a_day_that_is_taken_up_shows_one_clock(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        say("day")
        say(SIGN_IN)
        say("aws iam create-user --user-name casey")
    with session(tmp_path / "ana.sqlite3") as say:
        said = say("play own-shop")
        assert (
            "Monday 02 March isn't over, and its clock shows 06:02. `day` continues it."
            in said
        )
        assert any("The shop's clock shows Monday 06:02." in line for line in said)


def test_next_in_ones_own_shop_begins_the_first_day(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        said = "\n".join(say("play own-shop"))
        assert "Next: No day has begun yet. `day` begins a day in the shop." in said
        assert any(line.startswith("News: ") for line in say("day"))


def test_the_brief_of_ones_own_shop_names_no_evening_of_the_past(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        said = " ".join(say("brief"))
        assert "Sunday" not in said
        assert "tomorrow" not in said


CUTS = """aws iam put-user-policy --user-name casey --policy-name Cut --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-03-02T16:59:00Z"}}}}'"""


def test_a_stolen_password_stays_the_next_step_until_it_changes(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        say("day")
        say(SIGN_IN)
        say("aws iam create-user --user-name casey")
        say("aws iam create-login-profile --user-name casey --password Espresso-at-9")
        say(KEYS)
        assert any(
            "Casey typed a password into a fake sign-in page" in line for line in say("day")
        )
        listed, *calls = say("calls")
        assert listed.startswith("The calls that stop the incident.")
        assert any("aws iam delete-login-profile" in line for line in calls)
        assert not any("create-user" in line for line in calls)
        told = say(CUTS)[-1]
        assert "not stopped: Casey's password" in told
        assert "another reason" not in told
        change = "aws iam update-login-profile --user-name casey --password Another-at-11"
        assert "not stopped" not in say(change)[-1]
        said = say("day")
        assert sum("Contained: Nothing is within reach now." in line for line in said) == 1
        assert any(
            line.startswith("What you did: You contained it at 16:") for line in said
        )
        assert any(line.startswith("16:") and " to 17:00: " in line for line in said)


def test_a_seed_is_a_number(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 10")
        for typed in ("day x", "day -1", "day 99999999999", "day ²"):
            assert say(typed) == [
                "`day` runs the shop for a day. `day 7` draws other customers and another incident: its seed is a number of at most 9 digits."
            ]


RECEIPTS = """aws iam put-user-policy --user-name casey --policy-name receipts --policy-document '{"Version": "2012-10-17", \
"Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"}, \
{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"}]}'"""
ALL_OF_S3 = RECEIPTS.replace("s3:ListBucket", "s3:*").replace("s3:GetObject", "s3:*")
HIRES = "aws iam create-user --user-name casey"
KEY = "aws iam create-access-key --user-name casey"


@pytest.fixture
def first_day(tmp_path: Path) -> Iterator[Session]:
    """One's own shop, in the first morning."""
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        say("day")
        yield say


def test_what_a_shop_of_ones_own_asks_for_today_is_no_excess(first_day: Session):
    for line in (HIRES, KEY, RECEIPTS):
        first_day(line)
    assert first_day("grade") == [
        "Your own shop earns no stars. The grade judges its jobs so far.",
        "✓ Everything that the shop asks for works. Apart from administrators, no one can do more than needed.",
    ]
    assert first_day("hint")[0].startswith("There is no hint now: every job works so far")
    assert any("list, fine: s3:ListBucket" in line for line in first_day("access casey"))


def test_the_grade_of_ones_own_shop_speaks_of_no_star_that_a_failed_call_could_cost(
    first_day: Session,
):
    first_day("aws iam add-user-to-group --group-name Nobody --user-name casey")
    graded = "\n".join(first_day("grade"))
    assert "AddUserToGroup" in graded
    assert "costs no star" not in graded
    assert "It is listed because it may explain" in graded


def test_the_grade_of_ones_own_shop_names_what_no_job_of_today_asks_for(first_day: Session):
    for line in (HIRES, KEY, ALL_OF_S3):
        first_day(line)
    graded = "\n".join(first_day("grade"))
    assert "s3:DeleteObject" in graded
    assert "They have no job" not in graded
    assert "shreds a receipt" in first_day("hint")[0]


def test_jobs_of_ones_own_shop_can_be_tried_and_explained(first_day: Session):
    first_day(HIRES)
    first_day(KEY)
    first_day(RECEIPTS.replace("s3:GetObject", "s3:PutObject"))
    assert first_day("next")[0].endswith("`next why` says why.")
    assert any(
        "2 doesn't work: Casey opens a receipt" in line for line in first_day("open")
    )
    assert "Casey opens a receipt" in first_day("why 2")[0]
    assert first_day("why 9") == ["`why` takes a number from 1 to 3, as `open` shows them."]


def test_calls_of_ones_own_shop_give_what_its_jobs_need(first_day: Session):
    first_day(HIRES)
    first_day(KEY)
    assert "`aws iam put-user-policy --user-name casey " in first_day("next")[0]
    assert any(
        line.strip().startswith("aws iam put-user-policy") for line in first_day("calls")
    )


def test_why_with_nothing_to_number_says_what_it_explains(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        (said,) = say("why 1")
        assert "from 1 to 0" not in said
        assert said.startswith("`why` explains your last call.")


def test_a_new_day_of_ones_own_shop_asks_for_more_before_anything_is_done(
    first_day: Session,
):
    for line in (HIRES, KEY, RECEIPTS, "day"):
        first_day(line)
    while first_day.shell.sitting.day is not None:
        first_day("day")
    first_day(SIGN_IN)
    assert "so far works" in first_day("next")[0]
    first_day("day")
    assert any("Indra looks up stock" in line for line in first_day("open"))


def test_nobody_works_in_one_s_own_shop_without_a_credential_that_aws_takes(
    first_day: Session,
):
    for line in (HIRES, RECEIPTS):
        first_day(line)
    (told,) = first_day("next")
    assert told.startswith(
        "Next: “Casey lists the receipts”: casey has no password and no active access key. "
        "`aws iam create-login-profile --user-name casey"
    )
    first_day(KEY)
    assert "Everything that today asks for works" in first_day("next")[0]
    first_day(
        "aws iam update-access-key --user-name casey --access-key-id @key --status Inactive"
    )
    assert "Casey lists the receipts" in first_day("next")[0]


def test_the_trail_of_several_days_says_on_which_day_each_act_was(first_day: Session):
    first_day(HIRES)
    assert first_day("trail")[0].startswith("1 done: 06:")
    first_day("day")
    while first_day.shell.sitting.day is not None:
        first_day("day")
    first_day("day")
    first_day(SIGN_IN)
    trail = first_day("trail")
    assert trail[0].startswith("1 done: Mon 06:")
    assert trail[1].startswith("2 done: Tue 06:")
    first_day("undo")
    assert len(first_day("trail")) == 1, "the end of a day is no act of the learner's"


def test_the_morning_says_when_a_sign_in_ends_before_the_shop_closes(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        morning = say("day")
        assert "  Your sign-in ends at 08:00, before the shop closes." in "\n".join(morning)
        assert "`as ada`" not in "\n".join(say("as ada"))
    with session(tmp_path / "bo.sqlite3") as say:
        say("play own-shop")
        say("day")
        while "evening" not in "\n".join(told := say("day")):
            assert told
        say("as ada")
        tuesday = "\n".join(say("day"))
        assert "Your sign-in ends at 10:0" in tuesday
        assert "`as ada` signs in again, now or later." in tuesday
        say("as ada")
        ada = identity(say.shell.sitting.play.account, "ada@console", say.shell.sitting.now)
        assert ada.until is not None
        assert f"{ada.until:%H:%M}" == "18:00"


def test_two_jobs_that_begin_to_work_are_both_named(tmp_path: Path):
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": '
        '["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::coffeeshop-receipts", '
        '"arn:aws:s3:::coffeeshop-receipts/*"]}}'
    )
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        say("day")
        say("aws iam create-user --user-name casey")
        say("aws iam create-access-key --user-name casey")
        told = say(
            "aws iam put-user-policy --user-name casey --policy-name receipts "
            f"--policy-document '{policy}'"
        )
    assert "This works now: Casey lists the receipts. Also: Casey opens a receipt." in told


def test_a_key_that_the_learner_makes_inactive_ends_the_jobs_that_ask_for_one(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 22")
        for line in scenario("22").solution.splitlines():
            say(line)
        stolen = next(line for line in say("day 3") if "Incident: " in line)
        key = stolen.partition("access key ")[2].partition(" ")[0]
        say("as ada")
        ends = "aws iam update-access-key --user-name mina --access-key-id"
        assert "This stops 2 jobs" in "".join(say(f"{ends} {key} --status Inactive"))
        said = "\n".join(say("day"))
        assert "No longer works: Mina hires someone" in said
        assert "aws iam create-access-key --user-name mina" in said
        assert "What you did" not in said


def test_a_day_without_news_asks_for_no_task(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play own-shop")
        openings = [said for _ in range(14) if (said := say("day"))[0].endswith("seed 0")]
    sunday = next(said for said in openings if said[0].startswith("Sunday"))
    assert not any(line.startswith("News: ") for line in sunday)
    assert sunday[-1].endswith("This day has no task. `day` opens the door.")


def test_no_wait_goes_past_the_evening_of_an_open_day(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 20")
        assert any("Noticed" in line for line in say("day"))
        refused = "Not done: a day is open until 22:00. `day` lets its clock run on."
        for span in ("13h", "7h", "at 2026-03-04T08:00:00Z"):
            assert say(f"wait {span}") == [refused]
        assert "The shop's clock shows Tuesday 17:05:01." in "".join(say("wait 2h"))
        assert "Your clock is back at Monday 02 March, 08:00." in say("day")[-2]
        assert refused not in say("wait 13h")


def test_an_undo_of_what_was_before_the_open_day_says_that_the_day_may_change(
    tmp_path: Path,
):
    changes = "You made this change before the day opened, so the rest of the day may now be different."
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 20")
        say("aws iam create-user --user-name kim")
        assert any("Noticed" in line for line in say("day"))
        say(SIGN_IN)
        assert changes not in say("undo")
        assert changes in say("undo")
        assert changes in say("redo")
        say("undo")
        say("day")
        assert changes not in say("redo")


def test_an_undo_of_a_call_that_failed_before_the_open_day_changes_no_day(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 20")
        say("aws iam delete-user --user-name nobody")
        assert any("Noticed" in line for line in say("day"))
        undone = " ".join(say("undo"))
        assert "it had failed, and changed nothing" in undone
        assert "before the day opened" not in undone


def test_the_inspection_names_the_deny_that_misses_before_the_allow_that_is_right(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        plain("cause 1 identity receipts List")
        plain("cause 2 identity receipts Open")
        plain(
            "aws iam put-group-policy --group-name Staff --policy-name RequireCode "
            "--policy-document file://policies/require-code-bool.json"
        )
        said = plain("day")
    headline = "  ◆ 11:00 allowed, but it shouldn't be: Casey's access key alone lists the receipts"
    assert said[said.index(headline) + 1] == (
        "    Statement “RequireCode” of policy “RequireCode” would deny this, but the request has no "
        "aws:MultiFactorAuthPresent. Statement “List” of policy “receipts” allows this s3:ListBucket request."
    )
