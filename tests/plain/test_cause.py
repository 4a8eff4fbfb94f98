"""The word `cause`: what can be named is listed, a wrong cause costs points, a right one is explained, and it is kept."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.classroom.judge import Task, judge
from coffeeshop.lessons.grading.diagnosis import is_concealed, judge_named
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.report_document import GradedReport
from coffeeshop.lessons.model import Cause
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.quiz import predict_answer
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.sitting.answers import Exported
from coffeeshop.lessons.teaching.help_setting import FADING_HELP
from coffeeshop.policy.model import Kind
from coffeeshop.views.cases import result_rows
from coffeeshop.views.quiz import answer_rows
from coffeeshop.views.rows import lines
from tests.plain.session import Session, session
from tests.views.plays import scenario

AT = datetime(2026, 3, 2, tzinfo=UTC)
RIGHT = (
    "cause 1 identity stock-take List",
    "cause 2 trust role/Cashier Wear",
    "cause 3 resource coffeeshop-recipes 1",
)


@pytest.fixture
def plain(tmp_path: Path) -> Generator[Session]:
    with session(save_path(tmp_path, "ana"), help=FADING_HELP) as opened:
        opened("play 28")
        yield opened


def score(plain: Session) -> float:
    return plain.shell.player.grade(AT).report.score


def test_the_brief_shows_what_people_report_in_place_of_jobs(plain: Session):
    said = "\n".join(plain("brief"))
    assert 'Case 1: Robin: "Casey left, and then listed the receipts' in said
    assert "CloudTrail: ListObjects by user/casey on coffeeshop-receipts, no error" in said
    assert "this must work" not in said
    assert "this must be refused" not in said


def test_a_refused_case_shows_the_error_as_aws_writes_it(plain: Session):
    plain("play 12")
    assert any(
        "is not authorized to perform: s3:GetObject" in row for row in plain("cause")
    )


def test_cause_says_before_the_first_try_that_a_wrong_one_costs_points(plain: Session):
    assert any("A wrong cause costs points" in row for row in plain("cause"))
    assert any("A wrong cause costs points" in row for row in plain("cause 1"))


def test_cause_shows_which_cases_are_solved(plain: Session):
    assert not any("Named" in row for row in plain("cause"))
    plain(RIGHT[0])
    said = plain("cause")
    assert sum("Named: You have named its cause." in row for row in said) == 1
    assert "`cause 2` lists the possible causes of case 2." in said
    for line in RIGHT[1:]:
        plain(line)
    assert plain("cause")[-1] == "You have named every cause."


def test_a_named_cause_is_not_asked_for_and_costs_nothing(plain: Session):
    plain(RIGHT[0])
    said = "\n".join(plain("cause 1"))
    assert "Named: You have named its cause." in said
    assert "KIND" not in said
    assert "costs points" not in said
    assert plain(RIGHT[0])[-1] == "You named the cause of case 1 already. It is right."
    assert "KIND" in "\n".join(plain("cause 2"))


def test_next_says_that_stars_are_won_without_the_causes(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3", help=FADING_HELP) as plain:
        plain("play 26")
        assert "to earn points, and fix it to earn stars" in "\n".join(plain("brief"))
        assert "Three stars" not in plain("next")[-1]
        for line in scenario("26").solution.splitlines():
            plain(line)
        plain("grade")
        said = plain("next")[-1]
        assert said.startswith(
            "Next: Three stars! The causes that you name also earn points. Case 1. "
        )
        assert said.endswith("`cause 1` lists the possible causes.")


def test_next_asks_for_each_cause_and_gives_none(plain: Session):
    for number, line in enumerate(RIGHT, 1):
        said = plain("next")[-1]
        assert said.endswith(f"`cause {number}` lists the possible causes.")
        assert said.startswith(f"Next: Case {number}. ")
        assert "stock-take" not in said
        plain(line)
    assert "Case 1" not in plain("next")[-1]


def test_the_grade_does_not_give_away_what_is_not_named(plain: Session):
    assert "stock-take" not in "\n".join(plain("grade"))
    for line in RIGHT:
        plain(line)
    assert "statement “List” of policy “stock-take” allows" in "\n".join(plain("grade"))


def test_a_wrong_cause_says_where_to_look_and_costs_points(plain: Session):
    wrong, again = plain("cause 1 scp nothing")
    assert "Another kind of policy allows it" in wrong
    assert again.strip() == "You can try again. The next try is worth 3.3 points."
    assert "The kind is right" in plain("cause 1 identity Cashier/sales Sales")[0]
    assert plain(RIGHT[0])[0].startswith("✓ Right: Statement List of user/casey/stock-take")
    assert score(plain) == pytest.approx(20 / 9, abs=0.01)


def test_what_was_named_before_costs_nothing(plain: Session):
    plain("cause 1 scp nothing")
    assert "You named this before" in plain("cause 1 scp nothing")[0]
    plain(RIGHT[0])
    assert "It is right" in plain("cause 1 rcp nothing")[0]
    assert score(plain) == pytest.approx(20 / 6, abs=0.01)


@pytest.mark.parametrize(
    ("number", "statement"),
    [
        ("44", "cause 1 scp ShopWork Buckets"),
        ("44", "cause 1 session AppLimit"),
    ],
)
def test_a_statement_is_not_said_to_be_another_one_where_none_allows_the_request(
    plain: Session, number: str, statement: str
):
    plain(f"play {number}")
    text = plain(statement)[0]
    assert "another statement decides, or none" in text
    assert "✓ Right" in plain(" ".join([*statement.split()[:3], "nothing"]))[0]


MISTYPED = {
    "cause 9": "Name the case first, 1 to 3",
    "cause 1 identiy nothing": "did you mean identity?",
    "cause 1 identity": "Also name the policy: group/Cashiers/list",
    "cause 1 identity stock-take": "Also name the statement: List, Count.",
    "cause 1 identity stock-take Lost": "user/casey/stock-take has no statement 'Lost'.",
    "cause 1 identity stok-take List": "There is no identity-based policy 'stok-take'",
    "cause 1 scp stock-take List": "user/casey/stock-take isn't a service control policy",
    "cause 1 scp": "There is no service control policy here, so name `scp nothing`",
    "cause 1 identity 'stock-take": "A quotation mark is not closed.",
    "cause 1 identity stock-take List twice": "Your answer names too much.",
    "cause 1 identity \x1b[31m": "There is no identity-based policy '\\x1b[31m'",
}


@pytest.mark.parametrize(("typed", "said"), MISTYPED.items(), ids=MISTYPED)
def test_a_mistyped_cause_is_told_and_not_named(plain: Session, typed: str, said: str):
    assert said in plain(typed)[0]
    assert plain.shell.sitting.named_causes == ()


def test_a_name_that_two_policies_have_asks_for_the_place(plain: Session):
    plain("play 28")
    sitting = plain.shell.sitting
    locations = [located.location for located in sitting.diagnoses[0].policies]
    assert "group/Cashiers/list" in locations
    assert plain("cause 1 identity LIST list")[0].startswith("✓ Right")


def test_a_scenario_without_cases_asks_for_no_cause(plain: Session):
    plain("play 05")
    assert plain("cause") == [
        "This scenario has no cases, so there is no cause to name. `brief` says what to do."
    ]


def test_what_was_named_is_kept_and_an_undo_does_not_take_it_back(tmp_path: Path):
    save = save_path(tmp_path, "ana")
    with session(save) as plain:
        plain("play 28")
        plain(RIGHT[0])
        plain("aws iam create-user --user-name kim")
        plain("undo")
    with session(save) as plain:
        plain("play 28")
        (named,) = plain.shell.sitting.named_causes
        assert named.cause == Cause(Kind.IDENTITY, "user/casey/stock-take", 1)
        plain("again")
        assert plain.shell.sitting.named_causes == ()


def handin(plain: Session) -> str:
    plain("aws iam list-users")
    exported = plain.shell.player.export("handin", AT)
    assert isinstance(exported, Exported)
    return exported.text


def test_a_hand_in_carries_what_was_named_and_is_judged_again(plain: Session):
    plain("cause 1 scp nothing")
    for line in RIGHT[:2]:
        plain(line)
    graded = judge(Task("ana", handin(plain).encode(), "28"), lambda: None)
    told = graded.document
    assert isinstance(told, GradedReport)
    assert [(each.verdict, each.wrong) for each in told.causes] == [
        ("right", 1),
        ("right", 0),
        (None, 0),
    ]
    assert told.score == score(plain) == 10
    assert "after 1 wrong" in graded.text


def test_a_script_says_nothing_of_causes_and_is_judged_by_its_fix():
    script = "aws iam delete-user-policy --user-name casey --policy-name stock-take"
    told = judge(Task("ana.sh", script.encode(), "28"), lambda: None).document
    assert isinstance(told, GradedReport)
    assert told.causes == ()


@pytest.mark.parametrize(
    "cause",
    [
        {"layer": "magic", "policy": "", "statement": 0},
        {"layer": "scp", "policy": "x" * 301, "statement": 0},
        {"layer": "scp", "policy": "", "statement": -1},
        {"layer": "scp", "policy": 7, "statement": 0},
    ],
)
def test_a_hand_in_with_an_impossible_cause_is_refused(
    plain: Session, cause: dict[str, object]
):
    plain("cause 1 scp nothing")
    header, *acts = handin(plain).split("\n")
    changed = json.loads(header)
    changed["record"]["causes"] = [{"case": "receipts", "cause": cause}]
    text = "\n".join((json.dumps(changed), *acts))
    graded = judge(Task("ana", text.encode(), "28"), lambda: None)
    assert graded.document.status == "ungradable"


def test_a_cause_that_the_account_does_not_have_is_wrong_and_not_repeated(plain: Session):
    plain("cause 1 scp nothing")
    sitting = plain.shell.sitting
    (named,) = sitting.named_causes
    odd = Cause(Kind.IDENTITY, "\x1b[2J", 3)
    results = judge_named(sitting.diagnoses, [replace(named, cause=odd)])
    report = replace(grade(sitting.play), cases=results)
    said = lines(result_rows(report, sitting.diagnoses))
    assert "\x1b" not in said
    assert "something that isn't in the account" in said


def test_help_gives_no_cause_away_while_next_asks_for_it(plain: Session):
    plain("play 26")
    assert "Name the cause" in plain("next full")[-1]
    assert plain("next why") == [
        "In a diagnosis you name the cause yourself. `cause` lists the possible causes. `open` numbers "
        "the requests. `why` with a number gives a cause, but that counts as help."
    ]
    assert (
        plain("hint")[0] == "This hint is about the fix. Next asks for the cause: `cause`."
    )


def test_access_promises_requests_and_no_reason_that_it_holds_back(plain: Session):
    plain("play 42")
    assert plain("access")[-1] == "`access` and a name shows the requests."
    assert "The reason would reveal the cause" in "\n".join(plain("access kiosk"))


def test_why_tells_a_cause_and_counts_as_help_until_it_is_named(plain: Session) -> None:
    plain("play 42")
    assert "Statement OldTool" not in "\n".join(plain("access kiosk"))
    player = plain.shell.player
    name = name_of(player.playing.scenario)
    assert "statement “OldTool” of policy “menu” allows" in "\n".join(plain("why 2"))
    assert set(player.progress.help_asked(name)) == set(player.playing.scenario.point)
    plain("play 43")
    plain("cause 1 identity role/Closer/closing Orders")
    plain("why 1")
    assert player.progress.help_asked(name_of(player.playing.scenario)) == {}


@pytest.mark.parametrize("id", ["20", "26", "27", "28", "30", "42"])
def test_the_answer_to_a_guess_gives_no_reason_that_is_a_cause_before_it_is_named(
    plain: Session, id: str
) -> None:
    plain(f"play {id}")
    sitting = plain.shell.sitting
    (asked, *_) = (
        predict_answer(sitting.scenario, each) for each in sitting.questions.values()
    )
    assert is_concealed(asked.ticket.decision, sitting.unnamed_statements)
    said = "\n".join(plain("predict 1 a"))
    assert asked.why not in said
    assert plain.shell.player.progress.help_asked(name_of(sitting.scenario)) == {}
    told = lines(answer_rows(asked, asked.answer))
    assert asked.why in told


def test_a_theft_that_the_learner_has_to_find_comes_after_the_cause(tmp_path: Path) -> None:
    with session(tmp_path / "quiet.sqlite", help=FADING_HELP) as plain:
        plain("play 42")
        assert "Next: Case 1." in "\n".join(plain("next"))
        plain("cause 1 identity group/Screens/menu OldTool")
        again = "\n".join(plain("cause 1 identity group/Screens/menu OldTool"))
        assert "you named the cause of case 1 already" in again.lower()


def test_a_theft_that_the_brief_names_comes_before_the_cause(tmp_path: Path) -> None:
    with session(tmp_path / "named.sqlite", help=FADING_HELP) as plain:
        plain("play 27")
        assert "The leaked key lists the receipts" in "\n".join(plain("next"))
