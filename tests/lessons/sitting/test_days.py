"""Days of a play: when they open, what is an edit of them, and the shop of one's own that grows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from coffeeshop.account.model import Call
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.growth import grown, growth
from coffeeshop.lessons.sitting.answers import Noted
from coffeeshop.lessons.sitting.days import account_at, begun, day_of, evening_of, next_date, rota_of, stops
from coffeeshop.lessons.sitting.opening import Opening, read
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.problem import Problems
from coffeeshop.shop.day import Kind
from coffeeshop.shop.happenings import happenings
from coffeeshop.shop.incident import victims
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.radius import needed
from coffeeshop.shop.serve import serve
from coffeeshop.views.day import evening as views
from coffeeshop.views.rows import lines
from tests.views.plays import played, scenario

OWN = "own-shop"
HIRING = '[hiring]\nfirst = 1\nevery = 2\nmost = 1\nlike = ["casey"]'


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    kept = Progress(tmp_path / "ana.sqlite3")
    player = Player(kept)
    assert isinstance(player.open(OWN), Noted)
    yield player
    kept.close()


def lived(player: Player, seed: int = 0) -> Opening:
    """A whole day, told to its end."""
    opening = player.playing.day or begun(player.playing.scenario, player.playing.now, seed)
    over = Opening(opening.date, seed, told=opening.closes)
    assert isinstance(player.live(over), Noted)
    return over


# ------------------------------------------------------------------ any scenario
@pytest.mark.parametrize(("hour", "day"), [(5, 2), (6, 2), (7, 3), (22, 3)])
def test_a_day_opens_at_the_next_six_o_clock(hour: int, day: int):
    assert next_date(datetime(2026, 3, 2, hour, tzinfo=UTC)) == date(2026, 3, day)


def test_every_scenario_opens_for_a_day_after_it_is_solved():
    play = played("10", "solution")
    opening = begun(play.scenario, play.now)
    found = evening_of(play, day_of(play, opening), advice=False)
    assert (found.turned_away, opening.told) == (0, None)
    assert found.before is not None
    assert found.course is not None


def test_the_evening_says_with_which_policies_it_compares():
    play = played("10", "solution")
    opening = begun(play.scenario, play.now)
    found = evening_of(play, day_of(play, opening), advice=False)
    assert found.untouched
    assert "The same theft before you changed anything: " in lines(views.evening(found))
    later = begun(play.scenario, opening.opens + timedelta(days=1))
    found = evening_of(play, day_of(play, later), advice=False)
    assert not found.untouched
    assert "The same theft under yesterday's policies: " in lines(views.evening(found))


@pytest.mark.parametrize("incident", ["leaked-key", "phished-password", "curious-colleague"])
def test_the_solved_opening_week_serves_everybody_and_a_stolen_badge_reaches_one_person_s_jobs(incident: str):
    play = played("C1", "solution")
    day = day_of(play, Opening(next_date(play.now), 3, incident))
    assert all(ticket.allowed for ticket in day.tickets)
    assert day.course is not None
    theft = day.course.theft
    jobs = needed(day.opened, day.rota.jobs_of(theft.who), theft.at)
    own_badge = {pair for pair in day.course.radius.pairs if pair[0].kind in ("user", "mfa")}
    if theft.incident.insider:
        assert day.course.minutes == 0
    assert day.course.radius.pairs - own_badge <= jobs


def test_what_the_play_did_before_is_the_shop_and_what_it_does_in_the_day_an_edit():
    play = played("10", "solution")
    opening = Opening(date(2026, 3, 3))
    assert account_at(play, opening.opens) == play.account
    assert account_at(play, play.scenario.now) == play.scenario.opening
    same_day = Opening(date(2026, 3, 2))
    day = day_of(play, same_day)
    assert day.opened == play.scenario.opening
    edits = [one.outcome for one in day.happenings if one.kind is Kind.EDIT]
    assert [outcome.act for outcome in edits if outcome] == list(play.acts)


def test_people_whom_only_the_grade_makes_up_do_not_come_to_work():
    for name in ("02", "26"):
        plan = rota_of(scenario(name), date(2026, 3, 3))
        said = " ".join(line for want in plan.wants for line in want.do) + " ".join(
            want.who for want in plan.wants
        )
        assert "{new" not in said
        assert "newcomer" not in {want.who for want in plan.wants}


@pytest.mark.parametrize(("name", "machine"), [("19", "espresso-bot"), ("29", "flyer-printer")])
def test_a_scenario_s_machines_type_no_password(name: str, machine: str):
    plan = rota_of(scenario(name), date(2026, 3, 3))
    rows = {row.id: victims(plan, row) for row in happenings().incidents}
    assert machine in rows["leaked-key"]
    assert machine not in rows["phished-password"]


# --------------------------------------------------------------- the own shop
def test_the_shop_grows_and_its_reference_works_on_every_day():
    own = scenario(OWN)
    found = growth(own.files)
    assert found is not None
    play = run_play(own, own.solution)
    assert all(outcome.allowed for outcome in play.outcomes)
    sizes = [len(grown(found, day, own.shop, own.opening, own.files)) for day in (1, 2, 8, 20, 60, 365)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == sizes[-2], "it stops growing"
    wants = grown(found, 365, own.shop, own.opening, own.files)
    assert len({want.who for want in wants}) >= 30
    assert {serve(play.account, want, play.now).mark for want in wants} == {Mark.OK}


def test_the_clock_stands_in_the_morning_and_the_evening_is_kept(player: Player):
    opening = begun(player.playing.scenario, player.playing.now)
    assert isinstance(player.live(opening), Noted)
    assert player.playing.now == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert player.playing.day == opening
    done = player.do(Call("iam", "CreateUser", {"UserName": "casey"}))
    assert player.playing.play.outcomes[-1].act.at == opening.opens
    lived(player)
    assert player.playing.day is None
    assert player.playing.play.outcomes[-1].act.call.operation == "GetCallerIdentity"
    assert player.playing.now.hour == 22
    assert done is not None
    player.progress.close()
    again = Player(Progress(player.progress.path))
    again.open(OWN)
    assert next_date(again.playing.now) == date(2026, 3, 3)
    again.progress.close()


def test_day_follows_day(player: Player):
    for nth in range(3):
        assert lived(player).date == date(2026, 3, 2) + timedelta(days=nth)
    wants = [len(rota_of(player.playing.scenario, date(2026, 3, day)).wants) for day in (2, 3, 4)]
    assert wants == sorted(set(wants))


def test_a_scenario_s_clock_is_where_it_was_after_a_day(tmp_path: Path):
    kept = Progress(tmp_path / "ana.sqlite3")
    player = Player(kept)
    player.open("10")
    before = player.playing.now
    lived(player)
    assert (player.playing.now, player.playing.play.outcomes, player.playing.day) == (before, (), None)
    kept.close()


def test_a_day_that_is_open_is_taken_up_where_it_was_left_until_it_is_over_or_begun_again(tmp_path: Path):
    path = tmp_path / "ana.sqlite3"
    with closing(Progress(path)) as kept:
        player = Player(kept)
        player.open("10")
        opening = begun(player.playing.scenario, player.playing.now, seed=3, incident="leaked-key")
        noon = opening.opens + timedelta(hours=6)
        player.live(Opening(opening.date, opening.seed, opening.incident, told=noon))
        left = player.playing
    with closing(Progress(path)) as kept:
        player = Player(kept)
        player.open("10")
        assert (player.playing.day, player.playing.now) == (left.day, noon + timedelta(seconds=1))
        lived(player)
        player.open("10")
        assert player.playing.day is None
        player.live(opening)
        player.begin_again()
        assert player.playing.day is None


@pytest.mark.parametrize("rubbish", ["", "{}", "[1", '{"date": "2026-03-02", "told": "2026-03-02T12:00:00"}'])
def test_what_is_no_opening_is_no_day(rubbish: str):
    assert read(rubbish) is None


def test_a_day_stops_where_somebody_notices_and_then_goes_on_to_its_end():
    play = played("10", "solution")
    opening = Opening(date(2026, 3, 3), incident="leaked-key")
    day = day_of(play, opening)
    assert day.course is not None
    assert day.course.noticed is not None
    first = stops(day, opening)
    assert first == day.course.noticed
    assert stops(day, Opening(opening.date, incident="leaked-key", told=first)) == opening.closes


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "hiring = 3",
        HIRING.replace("every = 2", "every = 0"),
        HIRING.replace('["casey"]', "[]"),
        f"{HIRING}\n[[job]]\nid = 1",
    ],
)
def test_a_growth_that_does_not_fit_is_told(wrong: str):
    with pytest.raises(Problems) as found:
        growth({"growth.toml": wrong.encode()})
    assert all("growth.toml" in str(problem) for problem in found.value.problems)


def test_a_line_that_nobody_can_read_is_a_job_that_is_not_done():
    own = scenario(OWN)
    text = f'{HIRING}\n[[job]]\nid = "x"\nas = ["ada"]\ndo = "aws s3api fly"\nsay = "Ada flies"'
    found = growth({"growth.toml": text.encode()})
    assert found is not None
    (want,) = grown(found, 1, own.shop, own.opening, {})
    assert "fly" in serve(own.opening, want, own.now).missing
