"""What finished plays show of each skill, and with how much help."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coffeeshop.lessons.exercises.choice import Choice
from coffeeshop.lessons.exercises.exercise import draft
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.answers import Noted
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.skills import skills
from tests.lessons.saves import turn_back
from tests.views.plays import scenario
from tools.gallery import prepare

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
FIRST = ("aws iam create-user --user-name casey",)
JOIN = "aws iam add-user-to-group --group-name Cashiers --user-name casey"


@pytest.fixture
def player(tmp_path: Path) -> Generator[Player]:
    with closing(Progress(tmp_path / "ana.sqlite3")) as progress:
        yield Player(progress)


def play(player: Player, name: str, *lines: str, variant: int = 0) -> None:
    """Open a scenario, type these lines, and grade."""
    assert isinstance(player.open(name, variant), Noted)
    for line in lines:
        player.type(line)
    player.grade(AT)


def solve(player: Player, name: str) -> None:
    """Keep the play of a scenario's solution, with its stars."""
    prepare(player.progress, name, graded=True)


def solution_lines(name: str) -> list[str]:
    """The lines of a solution, without comments."""
    return [
        line for line in scenario(name).solution.splitlines() if line[:1] not in ("", "#")
    ]


def test_nothing_is_shown_before_the_first_star(player: Player) -> None:
    play(player, "00", *FIRST)
    assert player.shown_skills.times_alone("create-user") == 0


def test_an_act_of_a_play_with_a_star_shows_its_skill_once_a_play(player: Player) -> None:
    play(player, "00", *FIRST, JOIN)
    assert player.shown_skills.times_alone("create-user") == 1
    assert player.shown_skills.times_alone("join-group") == 1
    assert player.shown_skills.times_alone("create-role") == 0
    solve(player, "04")
    assert player.shown_skills.times_alone("join-group") == 2
    assert player.shown_skills.times_alone("create-user") == 1


def test_the_play_at_hand_does_not_count(player: Player) -> None:
    play(player, "00", *FIRST, JOIN)
    assert player.times_alone("join-group") == 0
    player.open("04")
    assert player.times_alone("join-group") == 1
    player.open("00")
    assert player.times_alone("join-group") == 0


def test_a_play_finished_meanwhile_counts_in_the_next_one(player: Player) -> None:
    player.open("04")
    assert player.times_alone("create-user") == 0
    play(player, "00", *FIRST, JOIN)
    player.open("04")
    assert player.times_alone("create-user") == 1


def test_a_refused_call_shows_nothing(player: Player) -> None:
    refused = "aws iam remove-user-from-group --group-name Cashiers --user-name nobody"
    play(player, "00", *FIRST, JOIN, refused)
    assert player.shown_skills.times_alone("leave-group") == 0


def test_an_undone_act_shows_nothing(player: Player) -> None:
    play(player, "00", *FIRST, JOIN, "aws iam create-group --group-name Bakers")
    player.undo()
    assert player.shown_skills.times_alone("create-group") == 0


@pytest.mark.parametrize(
    ("help", "times"), [(Help.CAUSE, 1), (Help.HINT, 0), (Help.STEP, 0)]
)
def test_a_hint_or_the_full_step_is_help_and_the_cause_is_not(
    player: Player, help: Help, times: int
) -> None:
    player.open("00")
    player.ask_help(["join-group"], help)
    play(player, "00", *FIRST, JOIN)
    assert player.shown_skills.times_alone("join-group") == times
    assert player.shown_skills.has_shown("join-group")
    assert player.shown_skills.times_alone("create-user") == 1


def test_the_most_help_counts(player: Player) -> None:
    player.open("00")
    for help in (Help.CAUSE, Help.STEP, Help.HINT):
        player.ask_help(["join-group"], help)
    asked = player.progress.help_asked(name_of(player.playing.scenario))
    assert asked == {"join-group": Help.STEP}


@pytest.mark.parametrize(("name", "times"), [("38", 0), ("20", 1), ("C3", 1)])
def test_an_exact_deny_is_shown_only_where_a_deny_was_written(
    player: Player, name: str, times: int
) -> None:
    solve(player, name)
    assert player.shown_skills.times_alone("exact-deny") == times


@pytest.mark.parametrize("asked", [Player.hint, None])
def test_help_of_any_kind_helped_with_what_the_whole_play_shows(
    player: Player, asked: Callable[[Player], object] | None
) -> None:
    player.open("20")
    if asked:
        assert asked(player)
    else:
        player.ask_help(["group-policy"], Help.STEP)
    solve(player, "20")
    assert player.shown_skills.times_alone("exact-deny") == 0
    assert player.shown_skills.times_alone("require-mfa") == 0
    assert player.shown_skills.has_shown("exact-deny")


def test_a_hint_about_no_skill_helps_with_the_point(player: Player) -> None:
    player.open("20")
    player.hint()
    asked = player.progress.help_asked(name_of(player.playing.scenario))
    assert asked == dict.fromkeys(player.playing.scenario.point, Help.HINT)


def test_a_play_begun_again_needs_no_help_any_more(player: Player) -> None:
    player.open("00")
    player.ask_help(["join-group"], Help.STEP)
    player.begin_again()
    play(player, "00", *FIRST, JOIN)
    assert player.shown_skills.times_alone("join-group") == 1


def test_a_variant_is_a_play_of_its_own(player: Player) -> None:
    solve(player, "04")
    join = "aws iam add-user-to-group --group-name {} --user-name {}"
    assert isinstance(player.open("04", 3), Noted)
    names = player.playing.scenario.solution.splitlines()[-1].split()
    play(
        player,
        "04",
        join.format(names[names.index("--group-name") + 1], names[-1]),
        variant=3,
    )
    assert player.shown_skills.times_alone("join-group") == 2


def test_a_mistake_that_was_possible_and_is_absent_shows_its_skill(player: Player) -> None:
    solve(player, "03")  # three stars: each person has their own user
    assert player.shown_skills.times_alone("own-user") == 1


def test_a_rule_that_the_scenario_is_not_about_shows_nothing(player: Player) -> None:
    solve(player, "05")  # its third star asks for no wildcards, and no answer of it has one
    assert player.shown_skills.times_alone("name-actions") == 0
    solve(player, "08")
    assert player.shown_skills.times_alone("name-actions") == 1


def test_a_rule_that_a_page_of_the_scenario_teaches_shows_its_skill(player: Player) -> None:
    solve(player, "16")  # its page says to name the person in the trust policy
    assert player.shown_skills.times_alone("name-principal") == 1
    solve(player, "18")
    assert player.shown_skills.times_alone("name-principal") == 1


def test_a_code_that_the_first_star_needs_shows_that_a_policy_requires_it(
    player: Player,
) -> None:
    solve(player, "21")
    assert player.shown_skills.times_alone("require-mfa") == 1


def test_the_point_of_a_scenario_is_shown_by_its_star(player: Player) -> None:
    assert player.shown_skills.times_alone("pass-role") == 0
    solve(player, "26")
    assert player.shown_skills.times_alone("pass-role") == 1


def test_trust_policies_for_workloads_show_the_skill_without_a_token(
    player: Player,
) -> None:
    assert player.shown_skills.times_alone("web-identity") == 0
    solve(player, "34")
    assert player.shown_skills.times_alone("web-identity") == 1


def test_reading_a_key_policy_does_not_show_that_one_was_written(player: Player) -> None:
    read = "aws kms get-key-policy --key-id alias/recipes --policy-name default"
    document = scenario("31").files["policies/unlock.json"].decode()
    put = (
        "aws iam put-group-policy --group-name Bakers --policy-name mine --policy-document"
    )
    play(player, "31", read, f"{put} '{' '.join(document.split())}'")
    assert player.shown_skills.times_alone("key-policy") == 0
    assert player.shown_skills.times_alone("kms-decrypt") == 1
    solve(player, "32")
    assert player.shown_skills.times_alone("key-policy") == 1


def test_no_skill_of_changing_something_is_shown_by_an_act_that_only_reads() -> None:
    about_reading = ("Find", "Read", "See", "Tell")  # they begin the names of such skills
    reads = ("Get", "List", "Describe", "Head")
    for skill in skills().values():
        verbs = [sign.split()[1] for sign in skill.operations]
        if not skill.name.startswith(about_reading):
            assert not [verb for verb in verbs if verb.startswith(reads)], skill.id


def test_two_stars_show_no_practice_rule(player: Player) -> None:
    alone = [line for line in solution_lines("03") if "delete-user" not in line]
    play(player, "03", *[line for line in alone if "robin" not in line])
    assert player.shown_skills.times_alone("own-user") == 0


def test_what_an_exercise_avoids_shows_its_skill_like_a_scenario(tmp_path: Path) -> None:
    choice = Choice("actions", 2, 3)
    for name, body in draft(choice, 0).items():
        place = tmp_path / choice.id / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    with closing(Progress(tmp_path / "ana.sqlite3")) as progress:
        player = Player(progress, locate=lambda name: str(tmp_path / name))
        assert isinstance(player.open(choice.id), Noted)
        player.type(player.playing.scenario.solution.strip())
        player.grade(AT)
        assert progress.most_stars()[choice.id] == 3
        assert player.shown_skills.times_alone("name-actions") == 1


def test_the_acts_of_an_earlier_version_of_a_scenario_count_as_they_are(
    player: Player, tmp_path: Path
) -> None:
    play(player, "00", *FIRST, JOIN)
    player.progress.close()
    with closing(sqlite3.connect(tmp_path / "ana.sqlite3")) as db:
        for table, column in (("play", "name"), ("act", "play"), ("badge", "play")):
            digest = name_of(scenario("00")).partition("@")[2]
            db.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (digest, "0" * 16)
            )
        db.commit()
    with closing(Progress(tmp_path / "ana.sqlite3")) as progress:
        assert progress.problem is None
        assert Player(progress).shown_skills.times_alone("join-group") == 1


def test_a_save_of_the_version_before_shows_its_skills_too(
    player: Player, tmp_path: Path
) -> None:
    play(player, "00", *FIRST, JOIN)
    player.progress.close()
    with closing(sqlite3.connect(tmp_path / "ana.sqlite3")) as db:
        turn_back(db, 5)
    with closing(Progress(tmp_path / "ana.sqlite3")) as progress:
        later = Player(progress)
        assert progress.problem is None
        assert later.shown_skills.times_alone("join-group") == 1
        later.open("04")
        later.ask_help(["join-group"], Help.HINT)
        assert progress.help_asked(name_of(later.playing.scenario)) == {
            "join-group": Help.HINT
        }
