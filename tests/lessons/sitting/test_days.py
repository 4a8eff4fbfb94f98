"""Days of a play: when they open, what is an edit of them, and the shop of one's own that grows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.command.write import write_line
from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.grading.grade import judge_play
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.check_wants import SAMPLE_VALUES
from coffeeshop.lessons.scenario.growth import read_growth, wants_of_day
from coffeeshop.lessons.sitting.answers import Done, Noted
from coffeeshop.lessons.sitting.days import (
    account_at,
    day_of,
    evening_of,
    news_of,
    next_date,
    next_opening,
    next_stop,
    rota_of,
)
from coffeeshop.lessons.sitting.lock_out import takes_the_account
from coffeeshop.lessons.sitting.opening import Again, Opening, opening_json, parse_opening
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.problem import Problems
from coffeeshop.shop.day import Kind
from coffeeshop.shop.happenings import happenings
from coffeeshop.shop.incident import victims
from coffeeshop.shop.lasting_reach import new_sign_in
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.radius import needed_access
from coffeeshop.shop.serve import serve
from coffeeshop.shop.stopping import rights_sources
from coffeeshop.views.day import evening as views
from coffeeshop.views.day import hours
from coffeeshop.views.day.radius import blast_rows
from coffeeshop.views.next import next_in
from coffeeshop.views.rows import lines
from tests.examples import pairs
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
    opening = player.playing.day or next_opening(
        player.playing.scenario, player.playing.now, seed
    )
    over = Opening(opening.date, seed, seen_until=opening.closes)
    assert isinstance(player.continue_day(over), Noted)
    return over


# ------------------------------------------------------------------ any scenario
@pytest.mark.parametrize(("hour", "day"), [(5, 2), (6, 2), (7, 3), (22, 3)])
def test_a_day_opens_at_the_next_six_o_clock(hour: int, day: int):
    assert next_date(datetime(2026, 3, 2, hour, tzinfo=UTC)) == date(2026, 3, day)


def test_every_scenario_opens_for_a_day_after_it_is_solved():
    play = played("10", "solution")
    opening = next_opening(play.scenario, play.now)
    found = evening_of(play, day_of(play, opening), advice=False)
    assert (found.failed_count, opening.seen_until) == (0, None)
    assert found.radius_before is not None
    assert found.course is not None


def test_a_day_of_an_untouched_shop_is_compared_with_nothing():
    play = played("31")
    found = evening_of(play, day_of(play, next_opening(play.scenario, play.now)), False)
    assert found.course is not None
    assert "before you changed anything" not in lines(views.evening(found))


def test_the_evening_says_with_which_policies_it_compares():
    play = played("10", "solution")
    opening = next_opening(play.scenario, play.now)
    found = evening_of(play, day_of(play, opening), advice=False)
    assert found.compared_at is None
    assert "The same incident before you changed anything: " in lines(views.evening(found))
    later = next_opening(play.scenario, opening.opens + timedelta(days=1))
    found = evening_of(play, day_of(play, later), advice=False)
    assert found.compared_at == opening.opens
    assert "The same incident under the policies of Tuesday, 06:00: " in lines(
        views.evening(found)
    )


@pytest.mark.parametrize(
    "incident", ["leaked-key", "phished-password", "curious-colleague"]
)
def test_the_solved_opening_week_serves_everybody_and_a_stolen_badge_reaches_one_person_s_jobs(
    incident: str,
):
    play = played("C1", "solution")
    day = day_of(play, Opening(next_date(play.now), 3, incident))
    assert all(ticket.has_succeeded for ticket in day.tickets)
    assert day.course is not None
    theft = day.course.theft
    jobs = needed_access(day.account_at_opening, day.rota.jobs_of(theft.victim), theft.at)
    own_badge = {
        pair for pair in day.course.radius.pairs if pair[0].kind in ("user", "mfa")
    }
    if theft.incident.insider:
        assert day.course.minutes_to_contain == 0
    assert day.course.radius.pairs - own_badge <= jobs


def test_what_the_play_did_before_is_the_shop_and_what_it_does_in_the_day_an_edit():
    play = played("10", "solution")
    opening = Opening(date(2026, 3, 3))
    assert account_at(play, opening.opens) == play.account
    assert account_at(play, play.scenario.now) == play.scenario.opening
    same_day = Opening(date(2026, 3, 2))
    day = day_of(play, same_day)
    assert day.account_at_opening == play.scenario.opening
    edits = [one.outcome for one in day.happenings if one.kind is Kind.EDIT]
    assert [outcome.act for outcome in edits if outcome] == list(play.acts)


def test_people_whom_only_the_grade_makes_up_do_not_come_to_work():
    for name in ("02", "24", "26", "37", "38", "C3"):
        plan = rota_of(scenario(name), date(2026, 3, 3))
        said = " ".join(line.text for want in plan.wants for line in want.do) + " ".join(
            want.who for want in plan.wants
        )
        assert "{new" not in said
        callers = {want.who for want in plan.wants}
        assert not callers & {"newcomer", f"account/{SAMPLE_VALUES['newshop']}"}


@pytest.mark.parametrize(
    ("name", "machine"), [("19", "espresso-bot"), ("29", "flyer-printer")]
)
def test_a_scenario_s_machines_type_no_password(name: str, machine: str):
    plan = rota_of(scenario(name), date(2026, 3, 3))
    rows = {row.id: victims(plan, row) for row in happenings().incidents}
    assert machine in rows["leaked-key"]
    assert machine not in rows["phished-password"]


REQUIRE_CODE = """aws iam put-group-policy --group-name Staff --policy-name RequireCode --policy-document '{"Version": "2012-10-17",
"Statement": [{"Effect": "Deny", "NotAction": ["iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice"],
"Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}'""".replace(
    "\n", " "
)
TRUST = """aws iam create-role --role-name OrdersExport --assume-role-policy-document '{"Version": "2012-10-17", "Statement":
[{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}]}'""".replace(
    "\n", " "
)
WIDE_TRUST = f"{TRUST}\naws iam put-role-policy --role-name OrdersExport --policy-name export --policy-document file://policies/export.json"


@pytest.mark.parametrize(
    ("incident", "name", "script"),
    pairs(
        ["leaked-key", "tricked-partner", "runaway-script"],
        [
            ("20", REQUIRE_CODE),
            ("20", ""),
            ("25", ""),
            ("25", WIDE_TRUST),
            ("10", "solution"),
            ("C2", ""),
        ],
    ),
)
def test_what_would_have_helped_breaks_no_check_that_passed_and_locks_no_administrator_out(
    name: str, script: str, incident: str
):
    play = played(name, script)
    found = evening_of(
        play, day_of(play, next_opening(play.scenario, play.now, incident=incident))
    )
    passed = {check.id: check.passed for check in judge_play(play)}
    for change in found.changes:
        caller = find_caller(play.account, play.scenario.desk[0])
        after = play.do(Act(play.now, caller, change.call))
        assert after.outcomes[-1].has_succeeded
        assert not [
            check.id
            for check in judge_play(after)
            if not check.passed and passed.get(check.id, True)
        ]
        assert not takes_the_account(
            play.account, after.account, play.scenario.people.admins, play.now
        )
        assert change.things_left < change.things_before


@pytest.mark.parametrize(("name", "script"), [("20", REQUIRE_CODE), ("25", "")])
def test_where_each_measure_that_is_tried_breaks_something_the_evening_says_no_more(
    name: str, script: str
):
    play = played(name, script)
    day = day_of(play, next_opening(play.scenario, play.now, incident="leaked-key"))
    said = lines(views.evening(evening_of(play, day)))
    assert f"What would have helped: {views.NO_CALL_FOUND}" in said
    assert "aws iam put-group-policy" not in said


def test_a_partner_s_trust_names_the_role_for_which_the_job_is_known():
    play = played("25", WIDE_TRUST)
    found = evening_of(
        play,
        day_of(play, next_opening(play.scenario, play.now, incident="tricked-partner")),
    )
    assert found.changes
    text = found.changes[0].call.text("PolicyDocument")
    assert "arn:aws:iam::444455556666:role/Courier" in text
    assert "444455556666:root" not in text


def test_what_a_job_may_do_under_any_name_is_not_beyond_it():
    play = played("26", "solution")
    for incident in ("curious-colleague", "runaway-script"):
        day = day_of(play, Opening(next_date(play.now), 5, incident))
        assert day.course is not None
        assert day.course.theft.victim == "indra"
        counted = day.course.counted_part(day.course.radius).reached_things
        assert not any(thing.kind == "function" for thing in counted), incident
        reached = lines(blast_rows(day.course))
        assert "report-weekly" not in reached or "report-weekly (made today): " in reached
        taken = [row.text for row in hours.happening_rows(day) if " taken" in row.word]
        assert not any("function" in text for text in taken)


def test_what_would_have_helped_is_nothing_that_the_review_or_a_refusal_blames():
    wide = """aws iam put-user-policy --user-name mina --policy-name Hire --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*User*", "Resource": "*"}}'"""
    form = scenario("22")
    play = run_play(form, wide)
    day = day_of(play, next_opening(form, play.now))
    found = evening_of(play, day)
    assert found.course is not None
    levels = {reached.level for reached in found.course.radius.beyond_jobs().reached}
    assert {AccessLevel.WRITE, AccessLevel.PERMISSIONS} <= levels
    assert not any("a-new-name" in write_line(change.call) for change in found.changes)
    assert "Nothing would have been within reach" not in lines(views.evening(found))


def test_a_call_that_would_have_helped_leaves_a_job_whose_thing_is_gone_its_permission():
    """Robin is gone, so Mina can attach no policy to her. She must be able to once Robin is back."""
    wide = """aws iam delete-user --user-name robin
aws iam put-group-policy --group-name Managers --policy-name hiring --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}}'"""
    form = scenario("22")
    play = run_play(form, wide)
    day = day_of(play, next_opening(form, play.now))
    changes = evening_of(play, day).changes
    assert changes
    for change in changes:
        assert "iam:AttachUserPolicy" in write_line(change.call)


def test_a_theft_that_a_broken_rule_let_in_is_not_called_what_the_jobs_need():
    play = played("20", "")
    day = day_of(play, next_opening(play.scenario, play.now, incident="leaked-key"))
    said = lines(views.evening(evening_of(play, day, advice=False)))
    assert day.course is not None
    assert any(
        thing.name.endswith("receipts") for thing in day.course.radius.reached_things
    )
    assert "own jobs need" not in said
    assert "Your policies kept it that small" not in said


def test_a_job_that_was_done_already_counts_as_done_in_the_day_as_in_the_grade():
    enrols = next(want for want in scenario("20").wants if want.id == "enrol@sam")
    play = run_play(
        scenario("20"), "\n".join([REQUIRE_CODE, *(line.text for line in enrols.do)])
    )
    assert next(check for check in judge_play(play) if check.id == "job:enrol@sam").passed
    day = day_of(play, next_opening(play.scenario, play.now))
    enrolled = [ticket for ticket in day.tickets if ticket.want.id == "enrol@sam"]
    assert enrolled
    assert all(ticket.has_succeeded for ticket in enrolled)


# --------------------------------------------------------------- the own shop
def test_the_shop_grows_and_its_reference_works_on_every_day():
    own = scenario(OWN)
    found = read_growth(own.files)
    assert found is not None
    play = run_play(own, own.solution)
    assert all(outcome.has_succeeded for outcome in play.outcomes)
    sizes = [
        len(wants_of_day(found, day, own.shop, own.opening, own.files))
        for day in (1, 2, 8, 20, 60, 365)
    ]
    assert sizes == sorted(sizes)
    assert sizes[-1] == sizes[-2], "it stops growing"
    wants = wants_of_day(found, 365, own.shop, own.opening, own.files)
    assert len({want.who for want in wants}) >= 30
    assert {serve(play.account, want, play.now).mark for want in wants} == {Mark.OK}


def test_the_clock_stands_in_the_morning_and_the_evening_is_kept(player: Player):
    opening = next_opening(player.playing.scenario, player.playing.now)
    assert isinstance(player.continue_day(opening), Noted)
    assert player.playing.now == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert player.playing.day == opening
    done = player.do(Call("iam", "CreateUser", {"UserName": "casey"}))
    assert player.playing.play.outcomes[-1].act.at == opening.opens
    lived(player)
    assert player.playing.day is None
    assert [act.call.operation for act in player.playing.play.acts] == ["CreateUser"]
    assert player.playing.now.hour == 22
    assert done is not None
    player.progress.close()
    again = Player(Progress(player.progress.path))
    again.open(OWN)
    assert next_date(again.playing.now) == date(2026, 3, 3)
    again.progress.close()


def test_undo_in_the_evening_takes_back_the_learner_s_act_and_leaves_it_evening(
    player: Player,
):
    lived(player)
    player.do(Call("iam", "CreateUser", {"UserName": "casey"}))
    lived(player)
    evening = player.playing.now
    undone = player.undo()
    assert isinstance(undone, Done)
    assert [each.act.call.operation for each in undone.outcomes] == ["CreateUser"]
    assert player.playing.now == evening
    assert not player.playing.play.outcomes
    player.progress.close()
    again = Player(Progress(player.progress.path))
    again.open(OWN)
    assert again.playing.now == evening
    assert again.playing.day is None
    again.progress.close()


def test_day_follows_day(player: Player):
    for nth in range(3):
        assert lived(player).date == date(2026, 3, 2) + timedelta(days=nth)
    wants = [
        len(rota_of(player.playing.scenario, date(2026, 3, day)).wants) for day in (2, 3, 4)
    ]
    assert wants == sorted(set(wants))


def test_a_day_of_ones_own_shop_is_compared_with_the_evening_before(player: Player):
    opening = next_opening(player.playing.scenario, player.playing.now)
    player.continue_day(opening)
    player.do(Call("iam", "CreateUser", {"UserName": "casey"}))
    player.do(
        Call(
            "iam",
            "AttachUserPolicy",
            {
                "UserName": "casey",
                "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess",
            },
        )
    )
    player.do(Call("iam", "CreateAccessKey", {"UserName": "casey"}))
    lived(player)
    play = player.playing.play
    tuesday = next_opening(play.scenario, play.now)
    found = evening_of(play, day_of(play, tuesday), advice=False)
    assert found.compared_at == datetime(2026, 3, 2, 22, tzinfo=UTC)
    said = lines(views.evening(found))
    assert "The same incident under the policies of Monday, 22:00: " in said
    assert "2 of today's 4 kinds of job would have failed." in said


def test_a_job_that_the_learner_did_is_not_said_to_work_no_more(tmp_path: Path):
    enrol = (
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name sam --outfile sam.png --bootstrap-method QRCodePNG",
        "aws iam enable-mfa-device --user-name sam --serial-number arn:aws:iam::111122223333:mfa/sam "
        "--authentication-code1 @phone --authentication-code2 @phone+1",
    )
    sign_in = "console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone"
    delete = "aws iam delete-login-profile --user-name sam"
    for calls, ended in ((enrol, False), ((*enrol, delete), True)):
        with closing(Progress(tmp_path / f"{ended}.sqlite3")) as kept:
            player = Player(kept)
            player.open("20")
            opening = next_opening(player.playing.scenario, player.playing.now)
            player.continue_day(
                replace(opening, seen_until=datetime(2026, 3, 3, 15, tzinfo=UTC))
            )
            for line in (sign_in, *calls):
                assert isinstance(player.type(line), Done)
            play = player.playing.play
            found = evening_of(play, day_of(play, opening), advice=False)
            assert bool(found.ended_jobs) == ended
            failing = [check for check in judge_play(play) if check.passed is not True]
            counted = {job.say for each in found.ended_jobs for job in each.jobs}
            assert counted <= {check.say for check in failing}


def test_what_the_brief_calls_fine_is_not_marked_as_more_than_needed():
    own = "arn:aws:iam::111122223333:user/${aws:username}"
    keys = (
        "aws iam put-user-policy --user-name sam --policy-name more --policy-document "
        f'\'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "{own}"}}}}\''
    )  # the brief asks for a code
    for script, is_fine in (("", True), (keys, False)):
        play = played("20", script)
        opening = next_opening(play.scenario, play.now)
        found = evening_of(play, day_of(play, opening), advice=False)
        assert found.course is not None
        assert found.course.victim == "sam"
        row = next(row for row in views.evening(found) if row.word == "users")
        assert (row.mark is Mark.QUIET) == is_fine
        assert row.text.endswith(": needed by the jobs, or also permitted") == is_fine


def test_a_scenario_s_clock_is_where_it_was_after_a_day(tmp_path: Path):
    kept = Progress(tmp_path / "ana.sqlite3")
    player = Player(kept)
    player.open("10")
    before = player.playing.now
    lived(player)
    assert (player.playing.now, player.playing.play.outcomes, player.playing.day) == (
        before,
        (),
        None,
    )
    kept.close()


def test_a_day_that_is_open_is_taken_up_where_it_was_left_until_it_is_over_or_begun_again(
    tmp_path: Path,
):
    path = tmp_path / "ana.sqlite3"
    with closing(Progress(path)) as kept:
        player = Player(kept)
        player.open("10")
        opening = next_opening(
            player.playing.scenario, player.playing.now, seed=3, incident="leaked-key"
        )
        noon = opening.opens + timedelta(hours=6)
        player.continue_day(
            Opening(opening.date, opening.seed, opening.incident, seen_until=noon)
        )
        left = player.playing
    with closing(Progress(path)) as kept:
        player = Player(kept)
        player.open("10")
        assert (player.playing.day, player.playing.now) == (
            left.day,
            noon + timedelta(seconds=1),
        )
        lived(player)
        player.open("10")
        assert player.playing.day is None
        player.continue_day(opening)
        player.begin_again()
        assert player.playing.day is None


def test_the_theft_of_a_day_that_is_played_again_is_kept_with_it():
    opening = Opening(
        date(2026, 3, 2), 3, again=Again("leaked-key", "casey", time(10, 2), lent=True)
    )
    assert parse_opening(opening_json(opening)) == opening


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "{}",
        "[1",
        '{"date": "2026-03-02", "told": "2026-03-02T12:00:00"}',
        '{"x": ' * 5000,
        '{"date": "0001-01-01"}',
        '{"date": "2026-03-02", "told": "9999-12-31T23:59:59Z"}',
        '{"date": "2026-03-02", "told": "0001-01-01T00:00:00+14:00"}',
        '{"date": "2026-03-02", "like": "9999-12-31"}',
        "\ud800",
    ],
)
def test_what_is_no_opening_is_no_day(rubbish: str):
    assert parse_opening(rubbish) is None


def test_a_day_stops_where_somebody_notices_and_then_goes_on_to_its_end():
    play = played("10", "solution")
    opening = Opening(date(2026, 3, 3), incident="leaked-key")
    day = day_of(play, opening)
    assert day.course is not None
    assert day.course.noticed_at is not None
    first = next_stop(day, opening)
    assert first == day.course.noticed_at
    assert (
        next_stop(day, Opening(opening.date, incident="leaked-key", seen_until=first))
        == opening.closes
    )


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
        read_growth({"growth.toml": wrong.encode()})
    assert all("growth.toml" in str(problem) for problem in found.value.problems)


def test_a_line_that_nobody_can_read_is_a_job_that_is_not_done():
    own = scenario(OWN)
    text = f'{HIRING}\n[[job]]\nid = "x"\nas = ["ada"]\ndo = "aws s3api fly"\nsay = "Ada flies"'
    found = read_growth({"growth.toml": text.encode()})
    assert found is not None
    (want,) = wants_of_day(found, 1, own.shop, own.opening, {})
    assert "fly" in serve(own.opening, want, own.now).missing


# ------------------------------------------------- what is told agrees with the account
def lived_in(*lines: str) -> Play:
    return run_play(scenario(OWN), "\n".join(lines))


def test_a_key_that_nobody_made_is_never_named_and_nobody_is_robbed_who_has_no_user():
    play = lived_in("aws iam create-user --user-name casey")
    for nth in range(8):
        opening = Opening(next_date(play.now) + timedelta(days=nth), nth)
        course = day_of(play, opening).course
        assert course is None or course.theft.victim not in (
            "indra",
            "bo",
            "mina",
            "sam",
            "robin",
        )
        assert course is None or "AKIA" not in course.theft_sentence


def test_where_nobody_works_with_anything_nothing_goes_wrong_and_the_evening_says_so():
    play = lived_in()
    day = day_of(play, Opening(next_date(play.now)))
    assert day.course is None
    assert "no IAM user or function with a job had a credential to steal" in lines(
        views.evening(evening_of(play, day))
    )


@pytest.mark.parametrize(
    ("nth", "line", "said", "there"),
    [
        (6, "aws s3api create-bucket --bucket coffeeshop-loyalty", "Create the bucket", "which already exists"),
        (
            12,
            "aws dynamodb create-table --table-name Reservations --key-schema AttributeName=name,KeyType=HASH "
            "--attribute-definitions AttributeName=name,AttributeType=S --billing-mode PAY_PER_REQUEST",
            "Create the table",
            "which already exists",
        ),
    ],
)  # fmt: skip
def test_the_morning_asks_nobody_to_make_what_is_there(
    nth: int, line: str, said: str, there: str
):
    date = next_date(scenario(OWN).now) + timedelta(days=nth - 1)
    assert said in " ".join(news_of(lived_in(), date))
    told = " ".join(news_of(lived_in(line), date))
    assert there in told
    assert said not in told


def test_nobody_is_let_go_in_a_shop_that_goes_on():
    play = run_play(scenario(OWN), scenario(OWN).solution)
    days = (
        day_of(play, Opening(next_date(scenario(OWN).now) + timedelta(days=2), seed))
        for seed in range(12)
    )
    assert not [
        day for day in days if day.course and day.course.theft.incident.victim_leaves
    ]


def test_next_says_what_today_asks_for_while_a_day_of_the_own_shop_is_open(player: Player):
    player.continue_day(next_opening(player.playing.scenario, player.playing.now))
    assert "there is no user casey" in next_in(player.playing, None).text
    player.use_profile("ada")
    player.do(Call("iam", "CreateUser", {"UserName": "casey"}))
    said = next_in(player.playing, None).text
    assert "Casey lists the receipts" in said
    assert "Nothing is asked" not in said


def test_a_day_that_is_played_again_has_the_same_theft_at_the_same_time_or_one_that_comes_to_nothing():
    play = played("03", "solution")
    first = day_of(play, next_opening(play.scenario, play.now, 3, "leaked-key"))
    assert first.course is not None
    key = first.course.stolen.key_id
    assert key
    who = first.course.theft.victim
    later = run_play(
        play.scenario,
        f"{play.scenario.solution}\naws iam delete-access-key --user-name {who} --access-key-id {key}",
    )
    for after, minutes in ((play, None), (later, 0)):
        again = day_of(
            after,
            next_opening(
                after.scenario,
                first.account_at_closing.created + timedelta(days=40),
                first.seed,
                like=first,
            ),
        )
        assert again.course is not None
        assert (again.course.theft.incident.id, again.course.theft.victim) == (
            "leaked-key",
            who,
        )
        assert again.course.theft.at.time() == first.course.theft.at.time()
        assert minutes is None or (
            again.course.minutes_to_contain,
            again.course.stolen.key_id,
        ) == (
            minutes,
            "",
        )


def test_two_shops_have_days_of_their_own_and_each_has_the_same_one_again() -> None:
    thefts = set[tuple[str, time]]()
    for name in ("05", "10", "11", "15", "18"):
        play = played(name)
        first, again = (
            day_of(play, next_opening(play.scenario, play.now, seed=0)) for _ in range(2)
        )
        assert first.happenings == again.happenings
        if first.course is not None:
            thefts.add((first.course.theft.incident.id, first.course.theft.at.time()))
    assert len(thefts) > 1
    assert len({at for _, at in thefts}) == len(thefts)


def test_a_task_with_a_new_name_works_each_time_that_it_comes() -> None:
    play = played("40", "solution")
    day = day_of(play, next_opening(play.scenario, play.now, 0))
    tasks = [each for each in day.happenings if each.kind is Kind.TASK]
    opened_queues = [each for each in tasks if "can create any new" in each.say]
    assert len(opened_queues) > 2
    assert {each.mark for each in tasks} == {Mark.OK}


FORK = "forked-repository"
GROWN = "grown-permission-set"
LOCKOUT = "key-policy-lockout"
KEY_KEEPER = """aws iam put-group-policy --group-name Bakers --policy-name keys --policy-document '{"Version": "2012-10-17",
"Statement": [{"Effect": "Allow", "Action": "kms:PutKeyPolicy", "Resource": "*"}]}'""".replace(
    "\n", " "
)


ANY_OWNER = (
    scenario("33").solution
    + """aws iam update-assume-role-policy --role-name MenuDeploy --policy-document '{"Version": "2012-10-17", "Statement":
{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated":
"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Condition": {
"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*/menu:*"}}}}'""".replace(
        "\n", " "
    )
)


@pytest.mark.parametrize(
    ("name", "incident", "open_script", "closed_script"),
    [
        ("33", FORK, ANY_OWNER, "solution"),
        ("36", GROWN, "", "solution"),
        ("31", LOCKOUT, KEY_KEEPER, KEY_KEEPER.replace("PutKeyPolicy", "CreateGrant")),
    ],
)
def test_an_incident_of_the_later_chapters_happens_only_where_it_is_possible(
    name: str, incident: str, open_script: str, closed_script: str
):
    drawn = [set[str](), set[str]()]
    for ids, script in zip(drawn, (open_script, closed_script), strict=True):
        play = played(name, script)
        for seed in range(12):
            course = day_of(play, Opening(next_date(play.now), seed)).course
            ids |= {course.theft.incident.id} if course else set()
    assert incident in drawn[0]
    assert incident not in drawn[1]


def test_a_fork_comes_in_through_an_owner_s_star_until_the_trust_policy_names_the_owner():
    play = played("33", ANY_OWNER)
    opening = next_opening(play.scenario, play.now, incident=FORK)
    course = day_of(play, opening).course
    assert course is not None
    assert course.radius.pairs
    assert course.contained_at is None
    ends = rights_sources(play.account, course.theft, course.stolen).changes
    assert [call.operation for call in ends] == ["UpdateAssumeRolePolicy"]
    assert new_sign_in(play.account, course.stolen, course.theft.at) is not None
    [change] = evening_of(play, day_of(play, opening)).changes
    helpful = change.call
    assert helpful.operation == "UpdateAssumeRolePolicy"
    assert "repo:coffeeshop/menu:*" in helpful.text("PolicyDocument")
    mended = played("33", "solution").account
    assert new_sign_in(mended, course.stolen, course.theft.at) is None


def test_a_script_that_writes_key_policies_stops_the_jobs_that_need_the_key():
    play = played("31", f"{scenario('31').solution}\n{KEY_KEEPER}")
    day = day_of(play, next_opening(play.scenario, play.now, incident=LOCKOUT))
    assert day.course is not None
    commands = [outcome.act.call.operation for outcome in day.course.outcomes]
    assert set(commands) == {"PutKeyPolicy"}
    assert day.course.alarm is not None
    assert day.course.alarm.sign == "locked"
    later = [
        ticket for ticket in day.tickets if ticket.outcomes[-1].act.at > day.course.theft.at
    ]
    assert later
    assert not any(ticket.has_succeeded for ticket in later)


def test_what_a_grown_permission_set_allows_is_taken_away_in_identity_center():
    play = played("36", "")
    course = day_of(play, next_opening(play.scenario, play.now, incident=GROWN)).course
    assert course is not None
    changes = rights_sources(play.account, course.theft, course.stolen).changes
    assert {call.service for call in changes} == {"sso-admin"}
