"""One learner at one play, below every shell: what is done is kept, what another window did is taken up."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from sqlite3 import connect
from threading import Barrier, Thread

import pytest
from msgspec.structs import replace

import coffeeshop.lessons.grading.grade as grading
from coffeeshop.account.condensed import Condensed
from coffeeshop.account.door import replay
from coffeeshop.account.model import Account, Act, Call, Nobody, Outcome
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_problems import SCENARIO_CHANGED
from coffeeshop.lessons.sitting.answers import (
    Done,
    Exported,
    Followed,
    Graded,
    Hinted,
    MovedOn,
    Noted,
    Predicted,
    Refused,
)
from coffeeshop.lessons.sitting.days import next_opening
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.shop.mark import Mark
from tests.lessons.folder import FILES, ID, SCENARIO, folder, policy, put

AT = datetime(2026, 3, 2, tzinfo=UTC)
HIRE = "aws iam create-user --user-name {}"
RIGHT = FILES["solution.sh"].strip()
VARIED = {
    **FILES,
    "scenario.toml": f'{SCENARIO}\n[variant]\nrename = {{ casey = "people" }}\n',
}
AFTER = """
[[quiz]]
when = "after"
as = "casey"
do = "aws s3api list-objects-v2 --bucket coffeeshop-receipts"
why = "The drawer is not its receipts."
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder(tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def save(tmp_path: Path) -> Path:
    return tmp_path / "ana.sqlite3"


@contextmanager
def playing(save: Path, extra: Path, name: str = ID) -> Generator[Player]:
    """A player in a window of their own, the scenario opened."""
    with closing(Progress(save)) as progress:
        player = Player(progress, extra)
        assert isinstance(player.open(name), Noted)
        yield player


@pytest.fixture
def player(save: Path, mine: Path) -> Iterator[Player]:
    with playing(save, mine) as found:
        yield found


def done(answer: object) -> Done:
    assert isinstance(answer, Done), answer
    return answer


def codes(answer: object) -> list[str]:
    assert isinstance(answer, Refused), answer
    return [problem.code for problem in answer.problems]


def trail(player: Player) -> tuple[object, object]:
    """What was done, and undone; the scenario itself is another one in each window."""
    return player.playing.play.outcomes, player.playing.play.undone


def operations(player: Player) -> list[str]:
    return [act.call.operation for act in player.playing.play.acts]


# ----------------------------------------------------------------- to begin and to leave
def test_what_cannot_be_opened_is_refused_and_the_sitting_stays(player: Player, mine: Path):
    before = player.sitting
    assert codes(player.open("no-such-thing")) == ["unknown-scenario"]
    (mine / ID / "scenario.toml").write_text("format = 1")
    assert set(codes(player.open(ID))) == {"missing-key"}
    assert set(codes(player.begin_again())) == {"missing-key"}
    assert player.sitting is before


def test_before_anything_is_opened_there_is_no_sitting(save: Path, mine: Path):
    with closing(Progress(save)) as progress:
        assert Player(progress, mine).sitting is None


def test_a_sitting_is_taken_up_as_it_was_left(player: Player, save: Path, mine: Path):
    done(player.type("aws iam create-access-key --user-name casey"))
    done(player.type(HIRE.format("sam")))
    done(player.undo())
    assert player.use_profile("casey") == Noted()
    assert player.write("mine.json", "{}") == Noted()
    with playing(save, mine) as later:
        assert trail(later) == trail(player)
        assert (later.playing.profile, later.playing.drafts) == (
            "casey",
            {"mine.json": b"{}"},
        )


def test_a_badge_that_is_no_more_is_not_taken_up_again(
    player: Player, save: Path, mine: Path
):
    done(player.type("aws iam create-access-key --user-name casey"))
    player.use_profile("casey")
    player.progress._db.execute("UPDATE badge SET profile = 'someone-else'")
    with playing(save, mine) as later:
        assert later.playing.profile == "ada@console"


def test_a_scenario_opened_afresh_begins_without_acts_badge_and_drafts(player: Player):
    done(player.type("aws iam create-access-key --user-name casey"))
    player.use_profile("casey")
    player.write("mine.json", "{}")
    assert player.open(ID, afresh=True) == Noted()
    assert player.playing.play.acts == ()
    assert (player.playing.profile, player.playing.drafts) == ("ada@console", {})
    assert player.progress.profile(player.playing.scenario) == ""


def test_who_begins_again_forgets_nothing_that_another_window_did_meanwhile(
    save: Path, tmp_path: Path
):
    folder(tmp_path / "mine", FILES)
    with (
        playing(save, tmp_path / "mine") as first,
        playing(save, tmp_path / "mine") as second,
    ):
        done(second.type(RIGHT))
        moved = first.begin_again()
        assert isinstance(moved, MovedOn)
        assert [act.call.operation for act in first.playing.play.acts] == [
            act.call.operation for act in second.playing.play.acts
        ]
        assert first.begin_again() == Noted()
        assert first.playing.play.acts == ()


def test_a_scenario_opened_afresh_is_left_as_another_window_moved_it_on(
    save: Path, tmp_path: Path
):
    folder(tmp_path / "mine", FILES)
    with (
        playing(save, tmp_path / "mine") as first,
        playing(save, tmp_path / "mine") as second,
    ):
        done(second.type(RIGHT))
        opened = first.open(ID, afresh=True)
        assert isinstance(opened, Noted)
        assert opened.problem is not None
        assert opened.problem.code == "moved-on"
        assert len(first.playing.play.acts) == len(second.playing.play.acts) > 0


def test_whoever_saw_the_solution_begins_again_in_another_variant(
    save: Path, tmp_path: Path
):
    folder(tmp_path / "varied", VARIED)
    with playing(save, tmp_path / "varied") as player:
        problem = player.record_exposure("solution.sh")
        assert problem is not None
        assert (problem.code, player.record_exposure("solution.sh")) == ("told", None)
        assert player.begin_again() == Noted()
        assert player.playing.scenario.variant == 1
        assert player.begin_again(7) == Noted()
        assert player.playing.scenario.variant == 7
        assert player.open(ID) == Noted()
        assert player.playing.scenario.variant == 7
        player.record_exposure("solution.sh")
        assert player.open(ID, afresh=True) == Noted()
        assert player.playing.scenario.variant == 8


# -------------------------------------------------------------------------- acts
def test_an_act_is_on_the_disk_when_it_is_answered(player: Player, save: Path, mine: Path):
    for name in ("sam", "kim"):
        done(player.type(HIRE.format(name)))
        with playing(save, mine) as other:
            assert other.playing.play.acts == player.playing.play.acts


def test_a_line_that_cannot_be_read_is_refused_and_is_no_act(player: Player):
    assert codes(player.type("aws iam create-usr")) == ["unknown-operation"]
    assert player.playing.play.acts == ()
    assert player.progress.history() == ("aws iam create-usr",)


def test_a_call_is_made_by_the_badge_in_hand_or_by_another(player: Player):
    done(player.type("aws iam create-access-key --user-name casey"))
    assert done(player.do(Call("iam", "ListUsers"))).outcome.has_succeeded
    assert not done(player.do(Call("iam", "ListUsers"), "casey")).outcome.has_succeeded
    assert player.playing.profile == "ada@console"
    assert isinstance(player.playing.caller_of("nobody"), Nobody)


def test_the_clock_moves_on_by_what_was_waited_until_the_next_act(player: Player):
    start = player.playing.now
    assert player.wait(timedelta(hours=8)) == player.wait(timedelta(hours=1)) == Noted()
    assert player.playing.now == start + timedelta(hours=9)
    assert done(player.type(HIRE.format("sam"))).outcome.act.at == start + timedelta(
        hours=9
    )
    assert player.playing.now == start + timedelta(hours=9, minutes=1)


def test_the_grade_is_of_the_time_that_the_clock_shows(player: Player) -> None:
    done(player.type(RIGHT))
    until = (player.playing.now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    denied = {
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:CurrentTime": until}},
    }  # fmt: skip
    text = json.dumps({"Version": "2012-10-17", "Statement": denied})
    line = "aws iam put-user-policy --user-name casey --policy-name later"
    done(player.type(f"{line} --policy-document {quote(text)}"))
    assert player.grade(AT).report.stars == 0
    player.wait(timedelta(hours=2))
    report = player.grade(AT).report
    assert all(ticket.mark is Mark.OK for ticket in player.playing.tickets)
    assert report.stars > 0
    done(player.type("aws iam list-users"))
    assert player.grade(AT).report.stars == report.stars


@pytest.mark.parametrize(
    "acts",
    [
        "wait",
        "live",
        "live do",
        "live do undo",
        "live do undo redo",
        "do undo live",
        "live do wait",
    ],
)
def test_the_jobs_are_tried_by_the_clock_of_the_sitting(player: Player, acts: str):
    opening = next_opening(player.playing.scenario, player.playing.now)
    for act in acts.split():
        {
            "wait": lambda: player.wait(timedelta(hours=8)),
            "live": lambda: player.continue_day(
                replace(opening, seen_until=opening.opens + timedelta(hours=7))
            ),
            "do": lambda: player.type(HIRE.format("sam")),
            "undo": player.undo,
            "redo": player.redo,
        }[act]()
    sitting = player.playing
    tried = {
        outcome.act.at for ticket in sitting.tickets for outcome in ticket.outcomes[-1:]
    }
    assert tried == {sitting.now}
    assert sitting.day is None or sitting.now >= opening.opens + timedelta(hours=7)


@pytest.mark.parametrize(
    "span", [timedelta(seconds=-1), timedelta.max, timedelta(days=365 * 1000)]
)
def test_the_clock_never_runs_backwards_nor_out_of_its_time(
    player: Player, span: timedelta
):
    start = player.playing.now
    assert codes(player.wait(span)) == ["backwards"]
    assert player.playing.now == start


def test_undo_and_redo_are_refused_where_there_is_nothing(player: Player):
    assert codes(player.undo()) == ["nothing-to-undo"]
    assert codes(player.redo()) == ["nothing-to-redo"]
    hired = done(player.type(HIRE.format("sam"))).outcome
    assert done(player.undo()).outcome is hired
    assert codes(player.undo()) == ["nothing-to-undo"]
    assert done(player.redo()).outcome is hired


def test_undo_and_redo_come_back_to_what_was_judged_of_the_play(player: Player):
    for name in ("sam", "mina"):
        done(player.type(HIRE.format(name)))
    judged = player.playing.assessment
    for move in (player.undo, player.undo, player.redo, player.redo):
        done(move())
    assert player.playing.assessment is judged


def test_redo_does_what_was_undone_though_another_act_was_judged_in_its_place(
    player: Player,
):
    for name in ("sam", "mina"):
        done(player.type(HIRE.format(name)))
        judged = player.playing.assessment
        done(player.undo())
    done(player.redo())
    assert [act.call.text("UserName") for act in player.playing.play.acts] == ["mina"]
    assert player.playing.assessment is judged


def test_what_is_not_kept_is_told_and_catches_up(player: Player, save: Path, mine: Path):
    player.progress._db.execute("PRAGMA query_only = 1")
    unkept = done(player.type(HIRE.format("sam"))).problem
    assert unkept is not None
    assert unkept.code == "not-saved"
    for note in (player.write("a.json", "{}"), player.leave()):
        assert note.problem is not None
    assert (operations(player), player.playing.drafts) == (
        ["CreateUser"],
        {"a.json": b"{}"},
    )
    player.progress._db.execute("PRAGMA query_only = 0")
    assert player.leave() == Noted()
    with playing(save, mine) as later:
        assert operations(later) == ["CreateUser"]


# ------------------------------------------------------------------------- another window
@pytest.mark.parametrize("move", ["do", "type", "undo", "redo"])
def test_a_play_that_another_window_moved_on_is_taken_up(
    player: Player, save: Path, mine: Path, move: str
):
    done(player.type(HIRE.format("sam")))
    if move == "redo":
        done(player.undo())
    with playing(save, mine) as other:
        done(other.type(HIRE.format("kim")))
        other.write("theirs.json", "{}")
        theirs = other.playing
    answers = {
        "do": lambda: player.do(Call("iam", "ListUsers")),
        "type": lambda: player.type("aws iam list-users"),
        "undo": player.undo,
        "redo": player.redo,
    }
    answer = answers[move]()
    assert isinstance(answer, MovedOn)
    assert answer.problem.code == "moved-on"
    assert trail(player) == (theirs.play.outcomes, theirs.play.undone)
    assert player.playing.drafts == theirs.drafts
    done(player.type(HIRE.format("lee")))
    with playing(save, mine) as later:
        assert trail(later) == trail(player)


def hire(player: Player, name: str, at: datetime = AT) -> Done | Refused:
    return player.perform(
        player.playing.caller, Call("iam", "CreateUser", {"UserName": name}), at
    )


def hired(player: Player) -> list[str]:
    return [act.call.text("UserName") for act in player.playing.play.acts]


def test_of_two_who_perform_in_turn_neither_loses_an_act(
    player: Player, save: Path, mine: Path
):
    with playing(save, mine) as other:
        for n in range(3):
            done(hire(player, f"ours-{n}"))
            done(hire(other, f"theirs-{n}"))
        names = [f"{whose}-{n}" for n in range(3) for whose in ("ours", "theirs")]
        assert hired(other) == names
    followed = player.adopt_other_window()
    assert isinstance(followed, Followed)
    assert [outcome.act.call.text("UserName") for outcome in followed.done] == ["theirs-2"]
    assert (hired(player), followed.undone, player.adopt_other_window()) == (
        names,
        (),
        None,
    )


def test_a_grade_of_very_many_calls_works_out_no_more_than_it_asks_about(
    player: Player, monkeypatch: pytest.MonkeyPatch
):
    again = list[int]()

    def replayed(account: Account, acts: tuple[Act, ...]) -> tuple[Outcome, ...]:
        again.append(len(acts))
        return replay(account, acts)

    monkeypatch.setattr("coffeeshop.account.condensed.STRETCH_LENGTH", 5)
    monkeypatch.setattr("coffeeshop.account.door.replay", replayed)
    done(hire(player, "sam", player.playing.now))
    done(hire(player, "casey", player.playing.now))  # she is there: never made good
    for _ in range(50):
        look = Call("iam", "GetUser", {"UserName": "casey"})
        done(player.perform(player.playing.caller, look, player.playing.now))
    play = player.playing.play
    report = grading.grade(play)
    assert "error:CreateUser:EntityAlreadyExists" in [
        finding.key for finding in report.findings
    ]
    assert (len(play.acts), sum(again)) == (52, 5)
    again.clear()
    before = play.undo()
    assert (before.acts, again) == (play.acts[:-1], [])


def test_of_very_many_calls_none_is_lost_in_a_window_that_holds_few_of_them(
    player: Player, save: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("coffeeshop.account.condensed.STRETCH_LENGTH", 2)
    names = [f"ours-{n}" for n in range(9)]
    for name in names:
        done(hire(player, name, player.playing.now))
    assert isinstance(player.playing.play.outcomes, Condensed)
    with playing(save, mine) as other:
        assert other.playing.play.outcomes == tuple(player.playing.play.outcomes)
        for _ in range(6):
            done(other.undo())
        done(hire(other, "theirs", other.playing.now))
    followed = player.adopt_other_window()
    assert isinstance(followed, Followed)
    assert [outcome.act.call.text("UserName") for outcome in followed.undone] == names[3:]
    done(hire(player, "sam", player.playing.now))
    assert hired(player) == [*names[:3], "theirs", "sam"]
    done(player.undo())
    done(player.redo())
    with playing(save, mine) as later:
        assert later.playing.play.outcomes == tuple(player.playing.play.outcomes)


def test_what_another_window_takes_back_is_followed(player: Player, save: Path, mine: Path):
    done(hire(player, "sam"))
    (was,) = player.playing.play.outcomes
    with playing(save, mine) as other:
        done(other.undo())
    assert player.adopt_other_window() == Followed((), (was,))
    assert len(player.playing.play.undone) == 1


def test_an_act_happens_when_it_is_said_to_and_never_before_the_last(player: Player):
    later = player.playing.now + timedelta(days=1)
    assert done(hire(player, "sam", later)).outcome.act.at == later
    assert done(hire(player, "kim", later - timedelta(hours=1))).outcome.act.at == later


def test_what_cannot_be_kept_is_not_performed(player: Player, save: Path):
    with closing(connect(save)) as full:
        full.execute(
            "CREATE TRIGGER full BEFORE INSERT ON act BEGIN SELECT RAISE(FAIL, 'no room'); END"
        )
    before = player.playing
    refused = hire(player, "sam")
    assert codes(refused) == ["not-saved"]
    assert "nothing was done" in str(refused)
    assert player.playing is before
    with closing(connect(save)) as full:
        full.execute("DROP TRIGGER full")
    done(hire(player, "sam"))
    assert hired(player) == ["sam"]


def test_another_window_that_takes_another_badge_moves_nothing_on(
    player: Player, save: Path, mine: Path
):
    done(player.type("aws iam create-access-key --user-name casey"))
    with playing(save, mine) as other:
        assert other.use_profile("casey") == Noted()
    assert player.playing.profile == "ada@console"
    done(player.type(HIRE.format("sam")))
    with playing(save, mine) as later:
        assert later.playing.profile == "ada@console"


def test_who_performs_a_strangers_call_leaves_the_badge_that_another_window_took_in_hand(
    player: Player, save: Path, mine: Path
):
    done(player.type("aws iam create-access-key --user-name casey"))
    with playing(save, mine) as other:
        assert other.use_profile("casey") == Noted()
        done(hire(player, "sam"))
    with playing(save, mine) as later:
        assert (later.playing.profile, hired(later)[-1]) == ("casey", "sam")


# ------------------------------------------------------------------------------- badges
SIGN_IN = {"UserName": "casey", "Password": "Ristretto-1-2-3"}
TRUST = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}}'


@pytest.mark.parametrize("typed", [True, False])
def test_signing_in_takes_up_the_session_that_it_opens_typed_or_not(
    player: Player, save: Path, mine: Path, typed: bool
):
    done(
        player.type(
            "aws iam create-login-profile --user-name casey --password Ristretto-1-2-3"
        )
    )
    line = "console sign-in --user-name casey --password Ristretto-1-2-3"
    done(player.type(line) if typed else player.do(Call("console", "SignIn", SIGN_IN)))
    assert player.playing.profile == "casey@console"
    with playing(save, mine) as later:
        assert later.playing.profile == "casey@console"
    done(player.undo())
    assert player.playing.profile == "ada@console"


def test_a_badge_that_outlives_what_was_taken_back_or_done_again_stays_in_hand(
    player: Player,
):
    done(player.type("aws iam create-access-key --user-name casey"))
    assert player.use_profile("casey") == Noted()
    done(player.type("aws iam list-users"))
    done(player.undo())
    assert player.playing.profile == "casey"
    done(player.redo())
    assert player.playing.profile == "casey"
    done(player.undo())
    done(player.undo())
    assert player.playing.profile == "ada@console"  # the key was never made


def test_a_sign_in_that_fails_leaves_the_badge_in_hand(player: Player):
    assert not done(player.do(Call("console", "SignIn", SIGN_IN))).outcome.has_succeeded
    assert player.playing.profile == "ada@console"


def test_a_role_is_put_on_and_taken_off_in_the_browser(player: Player):
    done(
        player.type(
            f"aws iam create-role --role-name Till --assume-role-policy-document '{TRUST}'"
        )
    )
    signed_in = player.playing.caller
    done(player.type("console switch-role --role-name Till"))
    assert player.playing.caller != signed_in
    done(player.type("console switch-back"))
    assert player.playing.caller == signed_in


def test_only_a_badge_that_one_holds_is_taken(player: Player):
    assert codes(player.use_profile("casey")) == ["no-badge"]
    assert player.playing.profile == "ada@console"


# ---------------------------------------------------------------------- files and policies
def test_a_draft_lies_over_the_file_of_its_name(player: Player):
    own = policy("s3:GetObject", "s3:DeleteObject")
    player.write("policies/right.json", own)
    assert player.playing.files["policies/right.json"] == own.encode()
    done(player.type(RIGHT))
    assert player.playing.play.account.users["casey"].inline["receipts"].text == own


def test_a_policy_that_names_nothing_is_remarked_on(player: Player):
    line = put(policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-recipts/*")).strip()
    (remark,) = done(player.type(line)).remarks
    assert (remark.code, remark.mend) == (
        "names-nothing",
        "did you mean `coffeeshop-receipts`?",
    )
    assert done(player.type(RIGHT)).remarks == ()
    assert done(player.type("aws iam list-users")).remarks == ()


def test_a_version_that_is_not_in_force_is_remarked_on(player: Player):
    arn, document = "arn:aws:iam::111122223333:policy/R", "file://policies/right.json"
    done(player.type(f"aws iam create-policy --policy-name R --policy-document {document}"))
    line = f"aws iam create-policy-version --policy-arn {arn} --policy-document {document}"
    (remark,) = done(player.type(line)).remarks
    assert (remark.code, remark.text) == (
        "not-in-force",
        "v2 stays, and v1 stays the default version",
    )
    assert (
        remark.mend
        == f"aws iam set-default-policy-version --policy-arn {arn} --version-id v2 makes v2 the default"
    )
    assert done(player.type(f"{line} --set-as-default")).remarks == ()


def test_a_policy_that_is_refused_is_not_remarked_on(player: Player):
    line = put(
        policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-recipts/*"), who="nobody"
    ).strip()
    assert done(player.type(line)).remarks == ()


# ------------------------------------------------------------------------------ the grade
def test_a_play_is_graded_once_whoever_asks(
    player: Player, monkeypatch: pytest.MonkeyPatch
):
    asked, worked_out, together = list[object](), grading.grade, Barrier(4)
    monkeypatch.setattr(
        grading, "grade", lambda play: (asked.append(play), worked_out(play))[1]
    )
    judged = player.playing.assessment

    def ask() -> None:
        together.wait()
        judged.grade()

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert player.playing.report is player.grade(AT).report
    player.hint()
    assert asked == [player.playing.play]


def test_a_grade_counts_once_for_each_play(player: Player):
    for _ in range(3):
        assert player.grade(AT).problem is None
    assert player.progress.best_results()[ID].tries == 1
    done(player.type(RIGHT))
    for _ in range(2):
        assert player.grade(AT).report.stars == 3
    assert (
        player.progress.best_results()[ID].tries,
        player.progress.best_results()[ID].stars,
    ) == (2, 3)


def test_a_play_that_is_opened_and_left_again_counts_as_no_further_grading(
    save: Path, mine: Path
):
    with playing(save, mine) as player:
        done(player.type(RIGHT))
        player.grade(AT)
    for _ in range(3):
        with playing(save, mine) as player:
            player.playing.assessment.grade()
            assert player.keep_stars(AT) is None
            assert player.progress.best_results()[ID].tries == 1


def test_a_scenario_that_was_changed_says_so_until_it_is_played(save: Path, mine: Path):
    with playing(save, mine) as player:
        done(player.type(HIRE.format("sam")))
    with (mine / ID / "world.sh").open("a") as world:
        world.write("# another shop\n")
    with closing(Progress(save)) as progress:
        player = Player(progress, mine)
        answer = player.open(ID)
        assert isinstance(answer, Noted)
        assert answer.problem == SCENARIO_CHANGED
        done(player.type(HIRE.format("bo")))
        assert player.open(ID) == Noted(None)


def test_what_a_play_comes_to_is_remembered_along_undo_and_redo(player: Player):
    judged = player.playing.assessment
    done(player.type(HIRE.format("sam")))
    assert player.playing.assessment is not judged
    assert player.playing.report is None
    done(player.undo())
    assert player.playing.assessment is judged


def test_a_result_that_could_not_be_kept_is_kept_when_it_is_asked_for_again(player: Player):
    player.progress._db.execute("PRAGMA query_only = 1")
    assert player.grade(AT).problem is not None
    player.progress._db.execute("PRAGMA query_only = 0")
    assert player.grade(AT).problem is None
    assert player.progress.best_results()[ID].tries == 1


def test_the_stars_of_a_solution_that_was_shown_are_not_kept(save: Path, tmp_path: Path):
    folder(tmp_path / "varied", VARIED)
    with playing(save, tmp_path / "varied") as player:
        done(player.type("aws iam list-users"))
        player.record_exposure("solution.sh")
        for _ in range(2):
            problem = player.grade(AT).problem
            assert problem is not None
            assert problem.code == "shown"
        assert player.progress.best_results() == {}


def test_hints_go_down_the_ladder_of_the_first_finding_and_stay_at_its_end(player: Player):
    rungs = [hinted for _ in range(4) if isinstance(hinted := player.hint(), Hinted)]
    assert [hinted.number for hinted in rungs] == [1, 2, 3, 3]
    assert [hinted.text for hinted in rungs] == [
        *rungs[0].finding.hints,
        rungs[0].finding.hints[-1],
    ]
    assert player.playing.hints_read == {rungs[0].finding.ladder: 3}
    done(player.type(put(policy("s3:GetObject", "s3:DeleteObject")).strip()))
    other = player.hint()
    assert other is not None
    assert other.number == 1
    done(player.undo())
    assert player.playing.hints_read[rungs[0].finding.ladder] == 3


def test_whoever_comes_back_goes_on_with_the_hints_and_is_not_asked_again_what_was_answered(
    save: Path, tmp_path: Path
):
    folder(tmp_path / "mine")
    with playing(save, tmp_path / "mine") as player:
        first = player.hint()
        player.predict(1, "allowed", AT)
    with playing(save, tmp_path / "mine") as later:
        second = later.hint()
        assert first is not None
        assert second is not None
        assert (second.finding.key, first.number, second.number) == (
            first.finding.key,
            1,
            2,
        )
        assert later.playing.predicted == {1}
        assert later.progress.hints_read(later.playing.scenario) == {
            first.finding.ladder: 2
        }


def test_with_three_stars_there_is_no_hint(player: Player):
    done(player.type(RIGHT))
    assert player.hint() is None


# ------------------------------------------------------------------------------ questions
def test_the_questions_after_are_asked_of_whoever_has_three_stars_and_keep_their_numbers(
    save: Path, tmp_path: Path
):
    folder(tmp_path / "more", {**FILES, "scenario.toml": SCENARIO + AFTER})
    with playing(save, tmp_path / "more") as player:
        assert [quiz.when for quiz in player.playing.questions.values()] == ["before"]
        assert codes(player.predict(2, "allowed", AT)) == ["no-question"]
        done(player.type(RIGHT))
        assert isinstance(player.grade(AT), Graded)
        assert {number: quiz.when for number, quiz in player.playing.questions.items()} == {
            1: "before",
            2: "after",
        }
    with playing(save, tmp_path / "more") as later:
        later.begin_again()
        assert len(later.playing.questions) == 2


def test_a_prediction_is_noted_and_answered_by_the_engine(player: Player):
    predicted = player.predict(1, "allowed", AT)
    assert isinstance(predicted, Predicted)
    assert (predicted.said, predicted.asked.answer) == ("allowed", "implicitDeny")
    assert player.playing.predicted == {1}


# -------------------------------------------------------------------------------- export
def test_a_play_is_written_down_once_something_was_done(player: Player):
    assert codes(player.export("handin", AT)) == ["nothing-done"]
    done(player.type(HIRE.format("sam")))
    exported = player.export("json", AT)
    assert isinstance(exported, Exported)
    assert exported.text.count("\n") == 1


# ---------------------------------------------------------------- lines of several calls
def test_a_line_of_several_calls_is_undone_and_done_again_as_one(player: Player):
    done(player.type("aws s3 mb s3://coffeeshop-new"))
    player.write("menu.txt", "espresso")
    moved = ["PutObject", "HeadObject", "CopyObject", "DeleteObject"]
    done(player.type("aws s3 cp menu.txt s3://coffeeshop-new"))
    done(player.type("aws s3 mv s3://coffeeshop-new/menu.txt s3://coffeeshop-new/old.txt"))
    assert operations(player) == ["CreateBucket", *moved]
    assert [
        outcome.act.call.operation for outcome in done(player.undo()).outcomes
    ] == moved[1:]
    assert list(player.playing.play.account.buckets["coffeeshop-new"].objects) == [
        "menu.txt"
    ]
    assert len(done(player.redo()).outcomes) == 3
    assert list(player.playing.play.account.buckets["coffeeshop-new"].objects) == [
        "old.txt"
    ]


def test_what_a_line_of_several_calls_did_is_saved_and_handed_in(
    player: Player, save: Path, mine: Path
):
    for line in (
        "aws s3 mb s3://coffeeshop-new",
        "aws s3 cp policies/right.json s3://coffeeshop-new",
    ):
        done(player.type(line))
    acts = player.playing.play.acts
    with playing(save, mine) as again:
        assert again.playing.play.acts == acts
    script = player.export("script", AT)
    assert isinstance(script, Exported)
    assert "aws s3api put-object" in script.text


def test_a_line_that_calls_nothing_leaves_the_play_as_it_is(player: Player):
    before = player.playing.play
    assert done(player.type("aws s3 presign s3://coffeeshop-receipts/x")).outcomes == ()
    assert player.playing.play is before


def test_what_is_downloaded_is_a_draft(player: Player):
    done(player.type("aws s3 mb s3://coffeeshop-new"))
    player.write("menu.txt", "espresso")
    done(player.type("aws s3 cp menu.txt s3://coffeeshop-new/x"))
    done(player.type("aws s3 cp s3://coffeeshop-new/x back/again.txt"))
    assert player.playing.files["back/again.txt"] == b"espresso"
