"""Help that fades, line by line: Next plays no scenario but the first one, and asking gives all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.help_setting import (
    FADING_HELP,
    FULL_HELP,
    HELP_SETTING,
    NO_HELP,
)
from tests.examples import some
from tests.plain.session import Session, session
from tests.views.plays import scenario
from tools.gallery import prepare

NAMES = [folder.name for folder in folders()]
PASTED_NAMES = [NAMES[0], *some(NAMES[1:], 12)]
PLAYED_NAMES = some(NAMES, 6)
SOLVED_NAMES = some(NAMES, 12)  # every one at night, as of the others
PASTED = ("aws", "console", "undo", "grade", "as")  # what the bot types of what Next prints
STEPS = 90


class Played(Struct, frozen=True):
    """What a bot came to: its stars, and its acts that succeeded."""

    stars: int
    acts: int


def pasted_lines(said: str) -> Iterator[str]:
    """The lines that Next prints, as they are: words in capitals stay."""
    for line in re.findall(r"`([^`]+)`", said):
        if line.split()[0] in PASTED:
            yield line


def next_line(plain: Session) -> str:
    """What Next says."""
    return next(line for line in plain("next") if line.startswith("Next:"))


def follow_next(plain: Session, name: str) -> Played:
    """Paste whatever Next says, until it says the same again."""
    plain(f"play {name}")
    return follow_on(plain)


def follow_on(plain: Session) -> Played:
    """Paste whatever Next says from here on, until it changes nothing."""
    seen = set[tuple[str, int]]()
    while (said := next_line(plain)) and len(seen) < STEPS:
        state = (said, len(plain.shell.sitting.play.outcomes))
        if state in seen:
            break
        seen.add(state)
        for line in pasted_lines(said):
            plain(line)
    sitting = plain.shell.sitting
    acts = sum(outcome.has_succeeded for outcome in sitting.play.outcomes)
    return Played(sitting.assessment.grade().stars, acts)


@pytest.mark.parametrize("name", PASTED_NAMES)
def test_a_bot_that_only_pastes_what_next_says_earns_no_three_stars_but_in_the_first(
    tmp_path: Path, name: str
) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        stars = follow_next(plain, name).stars
    assert (stars == 3) == (name[:2] == "00")


@pytest.mark.parametrize("name", SOLVED_NAMES)
def test_a_bot_that_only_pastes_what_next_says_earns_three_stars_with_full_help(
    tmp_path: Path, name: str
) -> None:
    with session(tmp_path, help=FULL_HELP) as plain:
        assert follow_next(plain, name).stars == 3


@pytest.mark.parametrize("name", PLAYED_NAMES)
def test_with_full_help_next_leads_on_from_a_wrong_answer_and_from_its_undone_half(
    tmp_path: Path, name: str
) -> None:
    wrong = scenario(name).wrongs[0]
    lines = scenario(name).text(wrong.script).replace("\\\n", " ").splitlines()
    with session(tmp_path, help=FULL_HELP) as plain:
        plain(f"play {name}")
        for line in lines:
            plain(line)
        assert follow_on(plain).stars == 3
    with session(tmp_path / "half", help=FULL_HELP) as plain:
        plain(f"play {name}")
        for line in lines:
            plain(line)
        for _ in lines[::2]:
            plain("undo")
        assert follow_on(plain).stars == 3


def test_a_call_of_the_solution_counts_as_help_with_the_point_and_its_own_skills(
    tmp_path: Path,
) -> None:
    with session(tmp_path, help=FULL_HELP) as plain:
        plain("play 22")
        assert "The solution's next call is `aws iam put-group-policy" in next_line(plain)
        asked = plain.progress.help_asked(name_of(plain.shell.sitting.scenario))
        assert asked["boundary"] is Help.STEP
        assert len(asked) > 1
        plain("settings help fading")
        assert "solution" not in next_line(plain)


def test_a_wrong_policy_in_the_way_is_replaced_and_what_no_call_restores_is_undone(
    tmp_path: Path,
) -> None:
    with session(tmp_path, help=FULL_HELP) as plain:
        plain("play 05")
        plain(f"aws iam create-policy --policy-name Receipts --policy-document '{WRONG}'")
        plain(f"aws iam attach-user-policy --user-name casey --policy-arn {RECEIPTS}")
        line = f"`aws iam create-policy-version --policy-arn {RECEIPTS} --policy-document"
        assert line in next_line(plain)
        plain("play 42")
        plain("aws iam delete-access-key --user-name kiosk --access-key-id @key:1")
        assert next_line(plain).endswith(
            "From here, no call leads to the solution. `undo` takes back the last act."
        )


@pytest.mark.parametrize("name", PLAYED_NAMES)
def test_a_bot_that_plays_the_solution_and_never_asks_is_never_blocked(
    tmp_path: Path, name: str
) -> None:
    with session(tmp_path, help=NO_HELP) as plain:
        plain(f"play {name}")
        for line in solution_lines(name):
            assert next_line(plain)
            answer = plain(line)
            assert not any(row.startswith("aws: [ERROR]: ") for row in answer), answer
        assert plain.shell.sitting.assessment.grade().stars == 3
        assert plain.progress.help_asked(name_of(plain.shell.sitting.scenario)) == {}


def solution_lines(name: str) -> list[str]:
    """The lines of a scenario's solution, each with what its next lines go on with."""
    return scenario(name).solution.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", some(NAMES, 6))
def test_whoever_has_shown_every_skill_is_told_no_call_all_along_a_play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, times: int
) -> None:
    monkeypatch.setattr(Player, "times_alone", lambda *_: times)
    with session(tmp_path, help=FADING_HELP) as plain:
        plain(f"play {name}")
        for line in solution_lines(name):
            said = next_line(plain)
            assert not re.search("`aws |document", said), said
            # A finding of the grade names what is extra.
            assert times == 1 or "s3:" not in said or "`grade` says more" in said, said
            plain(line)


STOLEN_KEY = "aws iam delete-access-key --user-name robin --access-key-id @key"
THIEFS_KEY = "aws iam delete-access-key --user-name svc2 --access-key-id @key"


@pytest.mark.parametrize(
    ("name", "acts", "beginning"),
    [
        ("C2", (), "Next: “Bo, as Cashier, updates stock” is still allowed"),
        (
            "C3",
            (STOLEN_KEY,),
            "Next: “svc2's key lists the receipts” is still allowed",
        ),
        ("27", (STOLEN_KEY, THIEFS_KEY), "Next: “The thief's 09:25 session"),
    ],
)
def test_a_stolen_session_that_no_call_ends_waits_for_what_a_call_ends(
    tmp_path: Path, name: str, acts: tuple[str, ...], beginning: str
) -> None:
    with session(tmp_path, help=FULL_HELP) as plain:
        plain(f"play {name}")
        for act in acts:
            plain(act)
        assert next_line(plain).startswith(beginning)


def test_next_goes_to_root_for_the_key_that_only_root_can_delete_and_back(
    tmp_path: Path,
) -> None:
    with session(tmp_path, help=FULL_HELP) as plain:
        plain("play 29")
        *others_lines, _ = solution_lines("29")
        for line in others_lines:
            plain(line)
        told = next_line(plain)
        assert told.endswith("only the root user can delete its key. `as root@console` uses it.")  # fmt: skip
        plain("as root@console")
        assert "delete root's own key. `aws iam delete-access-key" in next_line(plain)
        plain("aws iam delete-access-key --access-key-id @key")
        assert "Go on as Ada. `as ada@console`" in next_line(plain)


JOIN = "aws iam add-user-to-group --group-name Cashiers --user-name casey"
HIRE = "aws iam create-user --user-name casey"


def test_next_full_says_the_whole_step_once_and_counts_as_help(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        plain("play 04")
        faded = next_line(plain)
        assert faded == (
            "Next: “Casey lists the receipts” doesn't work yet. `next why` gives the cause, `hint` gives a hint, and `next full` shows the call."
        )
        (full,) = plain("next full")
        assert full.endswith(f"Casey is in no group. `{JOIN}`.")
        assert next_line(plain) == full
        scenario_name = name_of(plain.shell.sitting.scenario)
        assert plain.progress.help_asked(scenario_name) == {"join-group": Help.STEP}
        plain(JOIN)
        plain("undo")
        assert next_line(plain) == full


def test_a_scenario_opens_with_what_next_is_about_and_not_with_why_alone(
    tmp_path: Path,
) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        steps = [row for row in plain("play 31") if row.startswith("Next:")]
        assert steps == [next_line(plain)]
        assert steps[0].startswith("Next: “Kim can open any recipe” doesn't work yet.")


def test_next_full_promises_no_whole_step_where_next_knows_no_call(
    tmp_path: Path,
) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        for name in ("22", "31"):
            plain(f"play {name}")
            faded = next_line(plain)
            assert "whole step" not in faded
            assert "`next full` says what else helps" in faded
            (full,) = plain("next full")
            assert full.startswith(faded.partition(". ")[0])
            assert "Choose the next call yourself." in full
            assert full.endswith("`next why` says why, and `hint` gives a hint.")


def test_next_why_explains_nothing_where_next_is_about_no_job(tmp_path: Path) -> None:
    with session(tmp_path) as plain:
        plain("play own-shop")
        (said,) = plain("next why")
        assert "isn't about one failing job or refusal, so there is no decision" in said
        assert "`next` suggests" not in "".join(plain("calls"))


def test_next_why_says_what_decided_and_is_no_help_that_counts(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        plain("play 04")
        told = "\n".join(plain("next why"))
        assert "implicit" in told.lower()
        assert "add-user-to-group" not in told
        scenario_name = name_of(plain.shell.sitting.scenario)
        assert plain.progress.help_asked(scenario_name) == {"join-group": Help.CAUSE}


def test_a_hint_counts_as_help_with_the_step_that_next_says(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        plain("play 04")
        plain("hint")
        scenario_name = name_of(plain.shell.sitting.scenario)
        assert plain.progress.help_asked(scenario_name) == {"join-group": Help.HINT}


def test_the_full_step_that_next_says_unasked_is_no_help(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        plain("play 00")
        (full,) = plain("next full")
        assert HIRE in full
        assert plain.progress.help_asked(name_of(plain.shell.sitting.scenario)) == {}


def test_what_was_done_once_without_help_is_said_without_its_call(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        for line in ("play 00", HIRE, JOIN, "grade", "play 03"):
            plain(line)
        # The user is the point of 03, so 02 shows how a skill fades.
        plain("play 02")
        plain("aws iam create-group --group-name Admins")
        plain(
            "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
        )
        assert next_line(plain).endswith("Look at the users. `next full` shows the call.")


def test_after_a_call_the_faded_step_says_no_more_than_before(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        plain("play 05")
        rows = plain(
            f"aws iam put-user-policy --user-name casey --policy-name a --policy-document '{WRONG}'"
        )
        assert rows[-1].startswith("Next: “Casey lists the receipts” doesn't work yet")
        assert "s3:" not in rows[-1]


RECEIPTS = "arn:aws:iam::111122223333:policy/Receipts"
WRONG = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::coffeeshop-receipts/*"}}'


def test_calls_lists_what_the_learner_has_not_done_alone(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        assert any(
            "add-user-to-group --group-name" in row
            for row in (plain("play 04"), plain("calls"))[1]
        )
        for line in ("play 00", HIRE, JOIN, "grade", "play 04"):
            plain(line)
        assert plain("calls")[1].strip() == "aws iam add-user-to-group …"
        assert plain("calls")[2].startswith("A call that ends in … is one that you know")
        prepare(plain.progress, "11", graded=True)
        plain("play 04")
        assert plain("calls") == [
            "You already know all the calls here. `calls all` lists them."
        ]
        assert (
            "add-user-to-group --group-name NAME --user-name NAME" in plain("calls all")[1]
        )


def test_next_says_that_putting_a_policy_of_that_name_replaces_the_whole_policy(
    tmp_path: Path,
) -> None:
    with session(tmp_path) as plain:
        for line in (
            "play 20",
            "cause 1 identity receipts List",
            "cause 2 identity receipts Open",
            "aws iam get-group-policy --group-name Staff --policy-name receipts",
        ):
            plain(line)
        told = next_line(plain)
        assert (
            "It replaces the whole policy “receipts”, so keep in it what the jobs" in told
        )
        assert "with another name" in told


def test_the_setting_is_shown_and_changed_by_a_word(tmp_path: Path) -> None:
    with session(tmp_path, help=FADING_HELP) as plain:
        assert plain("settings")[0].startswith("help fading: `next` says less")
        assert plain("settings help none") == [
            "help none: `next` says only the failing job or refusal, until you ask."
        ]
        assert plain.progress.settings()[HELP_SETTING] == NO_HELP
        assert plain("settings help often") == [
            "`settings help` takes fading, full or none."
        ]
        plain("play 00")
        assert HIRE not in next_line(plain)
        assert plain("calls") == ["`calls all` lists the calls of this scenario."]
        plain("settings help full")
        assert HIRE in next_line(plain)
