"""A day: who comes when, what an edit changes, and how an incident begins and ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from shlex import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coffeeshop.account.command import read_act
from coffeeshop.account.model import Act
from coffeeshop.policy.model import ExplicitlyDenied, ImplicitlyDenied
from coffeeshop.shop.day import Day, IncidentCourse, Kind
from coffeeshop.shop.happenings import happenings
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Station
from coffeeshop.shop.want import Ticket
from tests.account.shop import (
    ADMIN,
    ID,
    Shop,
    allow,
    deny,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.examples import examples
from tests.shop.opened import (
    LIST,
    ONE_BUCKET,
    PAYROLL,
    PAYROLLS,
    READ,
    RECEIPTS,
    SELL,
    STOCK,
    TUESDAY,
    WEDNESDAY,
    a_day,
    at,
    furnished,
    hired,
    job,
    of,
    rota,
)

CODED = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def edit(shop: Shop, line: str, hour: int, minute: int = 0) -> Act:
    """A call that root makes on the day, at that time."""
    act = read_act(f"aws {line}", shop.account, at(hour, minute), {}, "root")
    assert isinstance(act, Act)
    return act


def course(day: Day) -> IncidentCourse:
    assert day.course is not None
    return day.course


def tickets(day: Day, *kinds: Kind) -> list[Ticket]:
    return [one.ticket for one in of(day, *kinds or (Kind.TASK,)) if one.ticket]


# ------------------------------------------------------------------ the rota
def test_the_same_seed_gives_the_same_day_to_the_byte():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    plan = rota(job("casey", LIST), job("casey", READ, id="read"))
    first, again = a_day(shop, plan), a_day(shop, plan)
    assert repr(first) == repr(again)
    assert repr(a_day(shop, plan, day=TUESDAY)) != repr(first)


def test_a_day_goes_by_the_clock_from_six_to_ten():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    day = a_day(shop, rota(job("casey", LIST), job("casey", READ, id="read"), times=20))
    times = [one.at for one in day.happenings]
    assert times == sorted(times)
    assert at(6) <= times[0]
    assert times[-1] <= at(22)
    assert len(tickets(day)) == 40


def test_roles_are_worn_one_after_the_other_and_the_one_of_the_delivery_after_it():
    shop = furnished()
    hired(shop, "bo")
    shop.role("Cashier", trust(user("bo")), allow("dynamodb:PutItem"))
    shop.role("Inventory", trust(user("bo")), allow("dynamodb:GetItem"))
    shop_rota = rota(
        job("bo", STOCK, id="stock", via="Inventory"),
        job("bo", SELL, id="till", via="Cashier"),
        times=9,
    )
    day = a_day(shop, shop_rota, day=TUESDAY)
    stock = [
        one.at
        for one in of(day, Kind.TASK)
        if one.ticket and one.ticket.want.via == "Inventory"
    ]
    till = [
        one.at
        for one in of(day, Kind.TASK)
        if one.ticket and one.ticket.want.via == "Cashier"
    ]
    assert all(ticket.has_succeeded for ticket in tickets(day))
    assert len(stock) == 18, "the delivery brings as many again"
    during = [each for each in stock if at(10, day=TUESDAY) <= each < at(11, day=TUESDAY)]
    assert len(during) >= 9
    assert max(till) < max(each for each in stock if each not in during)


@pytest.mark.parametrize(
    ("day", "place"),
    [(TUESDAY, Station.INVENTORY), (date(2026, 3, 31), Station.PAYROLL), (WEDNESDAY, None)],
)
def test_a_week_and_a_month_have_their_shape(day: date, place: Station | None):
    shop = furnished()
    plan = rota(job("indra", STOCK), job("mina", PAYROLL))
    told = [one.place for one in of(a_day(shop, plan, day=day), Kind.NEWS) if one.place]
    assert not of(a_day(shop, rota(job("casey", LIST)), day=day), Kind.NEWS), (
        "no one's business"
    )
    assert told == (
        [Station.INVENTORY, Station.PAYROLL] if day.day == 31 else [place] if place else []
    )


def test_an_inspector_tries_what_must_not_work():
    shop = furnished()
    hired(shop, "casey", allow("s3:GetObject", f"{PAYROLLS}/*"))
    never = job("casey", PAYROLL, id="payroll", mode=Mode.NEVER)
    days = (
        a_day(shop, rota(job("casey", LIST), never), day=WEDNESDAY + timedelta(days=n))
        for n in range(30)
    )
    tried = [one for day in days for one in of(day, Kind.INSPECTION)]
    assert {one.mark for one in tried} == {Mark.LEAK}
    assert len(tried) > 1


def test_a_machine_works_all_day_in_its_role():
    shop = furnished()
    shop.role(
        "espresso-role", trust(service="lambda.amazonaws.com"), allow("dynamodb:PutItem")
    )
    code = '--runtime python3.13 --handler a.b --cli-input-json \'{"Code": {"ZipFile": "AA=="}}\''
    shop(
        f"lambda create-function --function-name espresso-api --role {'arn:aws:iam::111122223333:role/espresso-role'} {code}"
    )
    day = a_day(shop, rota(job("function/espresso-api", SELL), times=30))
    assert all(ticket.has_succeeded for ticket in tickets(day))
    hours = [one.at.hour for one in of(day, Kind.TASK)]
    assert min(hours) < 9
    assert max(hours) > 18


# ----------------------------------------------------------- jobs and statements
ACTIONS = ["s3:ListBucket", "s3:GetObject", "s3:*", "*"]
RESOURCES = [RECEIPTS, f"{RECEIPTS}/*", "*", PAYROLLS]
documents = st.lists(
    st.tuples(
        st.sampled_from([allow, deny]), st.sampled_from(ACTIONS), st.sampled_from(RESOURCES)
    ),
    max_size=3,
).map(lambda rows: [make(action, resource) for make, action, resource in rows])


@examples(2)
@given(documents)
def test_every_refused_job_names_what_decided(policies: list[str]):
    shop = furnished()
    hired(shop, "casey", *policies)
    day = a_day(
        shop,
        rota(
            job("casey", LIST), job("casey", READ, id="read"), job("nobody", LIST), times=1
        ),
    )
    stolen = day.course.theft.at if day.course else at(22)
    before_the_theft = (
        one.ticket for one in of(day, Kind.TASK) if one.ticket and one.at < stolen
    )
    for ticket in before_the_theft:
        if ticket.want.who == "nobody":
            assert ticket.missing == "there is no user nobody"
        elif not ticket.has_succeeded:
            assert isinstance(ticket.decision, ExplicitlyDenied | ImplicitlyDenied)
            assert ticket.was_refused


def test_an_edit_changes_what_comes_after_it_and_nothing_before():
    shop = furnished()
    hired(shop, "casey")
    grant = edit(
        shop,
        f"iam put-user-policy --user-name casey --policy-name p --policy-document {quote(ONE_BUCKET)}",
        12,
    )
    plan = rota(job("casey", LIST), times=40)
    before, after = a_day(shop, plan), a_day(shop, plan, edits=[grant])
    early = [one for one in of(before, Kind.TASK) if one.at < at(12)]
    assert [one for one in of(after, Kind.TASK) if one.at < at(12)] == early
    assert {one.mark for one in of(before, Kind.TASK)} == {Mark.MISS}
    assert {one.mark for one in of(after, Kind.TASK) if one.at >= at(12)} <= {Mark.OK}
    assert [one.at for one in of(after, Kind.EDIT)] == [at(12)]


def test_what_would_change_the_badges_is_only_tried():
    shop = furnished()
    hired(shop, "ada", allow("iam:CreateUser"))
    day = a_day(shop, rota(job("ada", "aws iam create-user --user-name zoe"), times=5))
    assert all(ticket.has_succeeded for ticket in tickets(day))
    assert "zoe" not in day.account_at_closing.users


def test_who_is_refused_signs_in_anew_before_giving_up():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    older = deny(
        "*", Condition={"DateLessThan": {"aws:TokenIssueTime": "2026-03-04T15:00:00Z"}}
    )
    revoke = edit(
        shop,
        f"iam put-user-policy --user-name casey --policy-name r --policy-document {quote(older)}",
        15,
    )
    day = a_day(shop, rota(job("casey", LIST, badge="password"), times=60), edits=[revoke])
    assert all(ticket.has_succeeded for ticket in tickets(day))


# ------------------------------------------------------------------- incidents
def test_a_device_stops_the_phished_password_at_the_door():
    shop = furnished()
    hired(shop, "casey", allow("*"))
    open_to_all = course(a_day(shop, rota(job("casey", LIST)), "phished-password"))
    assert open_to_all.radius.full_access_path
    assert open_to_all.minutes_to_contain is None
    shop.phone("casey")
    shop("iam create-login-profile --user-name casey --password Latte-art-at-7")
    stopped = course(a_day(shop, rota(job("casey", LIST)), "phished-password"))
    assert stopped.stolen.needs_mfa_code
    assert (stopped.radius.reached, stopped.outcomes, stopped.minutes_to_contain) == (
        (),
        (),
        0,
    )
    assert stopped.alarm is not None
    assert stopped.alarm.sign == "door"


def test_a_required_code_stops_the_phished_password_of_who_has_no_device():
    shop = furnished()
    hired(shop, "casey", allow("*", Condition=CODED))
    day = a_day(shop, rota(job("casey", LIST, badge="code")), "phished-password")
    assert all(ticket.has_succeeded for ticket in tickets(day))
    assert not course(day).radius.reached
    assert course(day).minutes_to_contain == 0


def test_a_revoked_session_stops_at_once():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    plan = rota(job("casey", LIST))
    free = course(a_day(shop, plan, "leftover-session"))
    begins = free.theft.at
    assert len(free.outcomes) > 2
    deny_old = deny(
        "*",
        Condition={"DateLessThan": {"aws:TokenIssueTime": f"{begins:%Y-%m-%dT%H:%M:%SZ}"}},
    )
    line = f"aws iam put-user-policy --user-name casey --policy-name r --policy-document {quote(deny_old)}"
    revoke = read_act(line, shop.account, begins + timedelta(minutes=2), {}, "root")
    day = a_day(shop, plan, "leftover-session", [revoke])
    assert course(day).minutes_to_contain == 2
    assert len(course(day).outcomes) == 1
    assert not tickets(day), "whoever is ill does not work"


def test_revoking_a_role_s_sessions_does_not_stop_whoever_can_take_it_again():
    shop = furnished()
    shop.hire("casey")
    shop.role("Till", trust(user("casey")), ONE_BUCKET)
    plan = rota(job("casey", LIST, via="Till"))
    begins = course(a_day(shop, plan, "leaked-key")).theft.at
    older = deny(
        "*",
        Condition={
            "DateLessThan": {
                "aws:TokenIssueTime": f"{begins + timedelta(minutes=4):%Y-%m-%dT%H:%M:%SZ}"
            }
        },
    )
    line = f"aws iam put-role-policy --role-name Till --policy-name r --policy-document {quote(older)}"
    revoke = read_act(line, shop.account, begins + timedelta(minutes=4), {}, "root")
    found = course(a_day(shop, plan, "leaked-key", [revoke]))
    taken = [
        outcome.act.at
        for outcome in found.outcomes
        if outcome.act.call.operation == "AssumeRole"
    ]
    assert found.contained_at is None
    assert len(taken) == 2
    later = [one for one in found.outcomes if one.has_succeeded and one.act.at > taken[1]]
    assert later


PHISHED = "phished-password"


def with_password() -> Shop:
    """Casey, who has a password and can read the receipts."""
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop("iam create-login-profile --user-name casey --password Latte-art-at-7")
    return shop


def revoking(kind: str, name: str, minutes: int, until: datetime) -> str:
    """The line that denies the sessions of before."""
    older = deny("*", Condition={"DateLessThan": {"aws:TokenIssueTime": f"{until:%FT%TZ}"}})
    return f"iam put-{kind}-policy --{kind}-name {name} --policy-name r{minutes} --policy-document {quote(older)}"


def at_minute(shop: Shop, line: str, begins: datetime, minutes: int) -> Act:
    """Root's call, some minutes after another time."""
    act = read_act(
        f"aws {line}", shop.account, begins + timedelta(minutes=minutes), {}, "root"
    )
    assert isinstance(act, Act)
    return act


def test_a_deny_for_older_sessions_leaves_the_stolen_password():
    shop = with_password()
    plan = rota(job("casey", LIST))
    begins = course(a_day(shop, plan, PHISHED)).theft.at
    until = begins + timedelta(minutes=4)
    revoke = at_minute(shop, revoking("user", "casey", 3, until), begins, 3)
    day = a_day(shop, plan, PHISHED, [revoke])
    assert course(day).contained_at is None
    assert course(day).sign_ins, "the thief signs in again"
    later = [
        one.at for one in of(day, Kind.ATTACK) if one.mark is Mark.EXTRA and one.at >= until
    ]
    assert later
    changed = at_minute(
        shop,
        "iam update-login-profile --user-name casey --password Another-one-at-9",
        begins,
        2,
    )
    assert course(a_day(shop, plan, PHISHED, [changed, revoke])).minutes_to_contain == 3
    assert course(a_day(shop, plan, PHISHED, [changed])).contained_at is None


def test_a_deny_for_older_sessions_leaves_the_partner_who_can_assume_the_role_again():
    shop = furnished()
    shop.role("Courier", trust("arn:aws:iam::444455556666:root"), ONE_BUCKET)
    plan = rota(replace(job("account/444455556666", LIST), via="Courier"))
    begins = course(a_day(shop, plan, "tricked-partner")).theft.at
    until = begins + timedelta(minutes=9)
    line = revoking("role", "Courier", 3, until)
    revoke = at_minute(shop, line, begins, 3)
    assert course(a_day(shop, plan, "tricked-partner", [revoke])).contained_at is None


def test_a_colleague_whose_session_is_ended_signs_in_again():
    shop = with_password()
    shop(
        f"iam put-user-policy --user-name casey --policy-name more --policy-document {quote(allow('s3:*', PAYROLLS))}"
    )
    plan = rota(replace(job("casey", LIST, badge="password"), minted=False))
    begins = course(a_day(shop, plan, "curious-colleague")).theft.at
    line = revoking("user", "casey", 3, begins + timedelta(minutes=4))
    revoke = at_minute(shop, line, begins, 3)
    assert course(a_day(shop, plan, "curious-colleague", [revoke])).contained_at is None


def test_who_has_no_password_is_not_said_to_have_signed_in():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop("iam create-access-key --user-name casey")
    found = course(a_day(shop, rota(job("casey", LIST)), "leftover-session"))
    assert "signed in" not in found.theft_sentence
    assert "Casey has no password, and works in sessions" in found.theft_sentence
    assert found.theft.name == "leftover-session"
    shop("iam create-login-profile --user-name casey --password Latte-art-at-7")
    found = course(a_day(shop, rota(job("casey", LIST)), "leftover-session"))
    assert "lends" not in found.theft_sentence


def test_an_incident_that_comes_to_nothing_is_not_told_as_if_it_had_come_about():
    shop = furnished()
    plan = rota(job("function/menu-bot", LIST))
    found = course(a_day(shop, plan, "machine-role"))
    assert found.stolen.caller is None
    assert "works in that role now" not in found.theft_sentence


def test_a_session_that_nobody_ends_lasts_until_it_expires():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    contained = course(
        a_day(shop, rota(job("casey", LIST)), "leftover-session")
    ).contained_at
    assert contained is not None
    assert at(18) <= contained < at(18, 1)


def test_a_key_put_away_opens_nothing_and_one_left_is_never_contained():
    shop = furnished()
    shop.hire("casey", ONE_BUCKET)
    plan = rota(job("casey", LIST))
    lost = course(a_day(shop, plan, "leaked-key"))
    assert lost.minutes_to_contain is None
    minted = lost.stolen.caller
    assert minted is not None
    users = "iam delete-user-policy --user-name casey --policy-name p0"
    mended = edit(
        shop,
        users,
        lost.theft.at.hour,
        lost.theft.at.minute + 1 if lost.theft.at.minute < 59 else 59,
    )
    assert course(a_day(shop, plan, "leaked-key", [mended])).minutes_to_contain in (0, 1)


def test_the_key_that_is_taken_is_one_of_the_account_and_where_there_is_none_the_day_says_so():
    with_key, without = furnished(), furnished()
    for shop in (with_key, without):
        hired(shop, "casey", ONE_BUCKET)
    with_key("iam create-access-key --user-name casey")
    plan = rota(job("casey", LIST))
    found = course(a_day(with_key, plan, "leaked-key"))
    assert found.stolen.key_id in with_key.account.credentials
    assert f"Casey's access key {found.stolen.key_id} was posted" in found.theft_sentence
    away = f"iam delete-access-key --user-name casey --access-key-id {found.stolen.key_id}"
    mended = edit(with_key, away, 21)
    mended = replace(mended, at=found.theft.at + timedelta(minutes=2))
    assert course(a_day(with_key, plan, "leaked-key", [mended])).minutes_to_contain == 2
    lent = course(a_day(without, plan, "leaked-key"))
    assert (lent.credential_kind, lent.stolen.key_id) == ("session", "")
    assert lent.theft_sentence == (
        "A stranger copied Casey's session. Casey has no credential in the account, "
        "so the day invents one: a session without an MFA code."
    )
    without("iam create-login-profile --user-name casey --password Latte-art-at-7")
    lent = course(a_day(without, plan, "leaked-key"))
    assert lent.theft_sentence.endswith(
        "Casey has no access key, and works in sessions without an MFA code."
    )


def test_every_credential_that_the_day_makes_up_is_said_to_be_made_up():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    plan = rota(job("casey", LIST))
    kinds = ("key", "password", "badge", "session")
    rows = [
        row
        for row in happenings().incidents
        if row.credential_kind in kinds and not row.kinds
    ]
    days = [course(a_day(shop, plan, row.id)) for row in rows]
    for found in days:
        assert (found.stolen.caller is None) != ("the day invents" in found.theft_sentence)
    assert sum(found.stolen.caller is not None for found in days) == 5


@pytest.mark.parametrize(
    "incident", ["leaked-key", "phished-password", "curious-colleague", "leftover-session"]
)
def test_who_lost_every_credential_in_the_play_is_lent_none_to_work_with_or_to_steal(
    incident: str,
):
    shop = with_password()
    plan = replace(
        rota(
            job("casey", LIST, badge="code"),
            job("casey", READ, id="read", badge="password"),
        ),
        account_before_play=shop.account,
    )
    shop("iam delete-login-profile --user-name casey")
    day = a_day(shop, plan, incident)
    assert course(day).stolen.caller is None
    assert not [ticket for ticket in day.tickets if ticket.has_succeeded]
    assert day.tickets or incident == "leftover-session"
    for ticket in day.tickets:
        assert ticket.missing.startswith("casey no longer has a password")


@pytest.mark.parametrize("incident", ["leaked-key", "phished-password"])
def test_no_session_is_taken_of_whoever_works_with_a_key_and_what_is_not_there_is_not_given_away(
    incident: str,
):
    shop = furnished()
    shop.hire("casey", ONE_BUCKET)
    plan = rota(job("casey", LIST))
    with_key = course(a_day(shop, plan, incident))
    assert not with_key.theft.is_lent
    assert bool(with_key.stolen.caller) == (incident == "leaked-key")
    shop(
        f"iam delete-access-key --user-name casey --access-key-id {course(a_day(shop, plan, 'leaked-key')).stolen.key_id}"
    )
    own = rota(replace(job("casey", LIST), minted=False))
    vain = course(a_day(shop, own, incident))
    assert (vain.theft.is_lent, vain.stolen.caller, vain.minutes_to_contain) == (
        False,
        None,
        0,
    )
    for found in (with_key, vain):
        assert ("was posted" in found.theft_sentence) == (found.stolen.key_id != "")
        assert "typed the password" not in found.theft_sentence
        assert "session" not in found.theft_sentence


@pytest.mark.parametrize(
    "incident", ["phished-password", "curious-colleague", "leftover-session"]
)
def test_what_only_people_do_befalls_no_machine_that_has_a_user(incident: str):
    shop = furnished()
    hired(shop, "robin")
    hired(shop, "bot")
    plan = replace(rota(job("robin", LIST), job("bot", LIST)), machines=("bot",))
    days = [
        a_day(shop, plan, incident, day=WEDNESDAY + timedelta(days=n)) for n in range(9)
    ]
    assert {course(day).theft.victim for day in days} == {"robin"}
    assert (
        a_day(shop, replace(rota(job("bot", LIST)), machines=("bot",)), incident).course
        is None
    )
    lost = [
        a_day(shop, plan, "leaked-key", day=WEDNESDAY + timedelta(days=n)) for n in range(9)
    ]
    assert {course(day).theft.victim for day in lost} == {"robin", "bot"}


def test_a_script_that_tidies_away_is_noticed_by_who_comes_for_what_is_gone():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    plan = rota(job("casey", READ), job("robin", READ, id="read"), times=60)
    hired(shop, "robin", allow("s3:*"))
    day = a_day(shop, plan, "runaway-script")
    gone = [
        ticket for ticket in tickets(day) if ticket.stopping_call and not ticket.was_refused
    ]
    assert gone
    heard = course(day).alarm
    assert heard is not None
    assert heard.sign == "broken"
    assert of(day, Kind.NOTICED)[0].at == course(day).noticed_at


def test_an_external_id_stops_the_tricked_partner():
    def day(trusted: str) -> IncidentCourse:
        shop = furnished()
        shop.role("Courier", trusted, ONE_BUCKET)
        line = "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Courier --role-session-name courier --external-id shop-7"
        return course(
            a_day(shop, rota(job("account/444455556666", line)), "tricked-partner")
        )

    partner = "arn:aws:iam::444455556666:root"
    asked = {"Condition": {"StringEquals": {"sts:ExternalId": "shop-7"}}}
    assert {level.value for _, level in day(trust(partner)).radius.pairs} >= {
        "List",
        "Read",
    }
    assert not day(trust(partner, **asked)).radius.pairs
    other_shops_too = {"Condition": {"StringLike": {"sts:ExternalId": "shop-*"}}}
    tricked = day(trust(partner, **other_shops_too))
    assert tricked.radius.pairs
    assert tricked.outcomes[0].act.call.text("ExternalId").startswith("shop-")
    assert tricked.outcomes[0].act.call.text("ExternalId") != "shop-7"


def test_a_session_that_can_be_had_again_is_not_contained_when_it_ends():
    shop = furnished()
    shop.role(
        "Report",
        trust(service="lambda.amazonaws.com"),
        allow("s3:GetObject", f"{RECEIPTS}/*"),
    )
    reports = f"arn:aws:lambda:us-east-1:{ID}:function:report-*"
    may = policy(
        statement(["lambda:CreateFunction", "lambda:InvokeFunction"], reports),
        statement("iam:PassRole", role("Report")),
    )
    hired(shop, "casey", may)
    create = f'aws lambda create-function --function-name report-a --role {role("Report")} --runtime python3.13 --handler f.f --cli-input-json \'{{"Code": {{"ZipFile": ""}}}}\''
    run = "aws lambda invoke --function-name report-a out"
    deploy = replace(job("casey", create, run), covers=(reports,))
    day = a_day(shop, rota(deploy), "curious-colleague")
    assert course(day).radius.paths
    ran = {outcome.act.call.operation for outcome in course(day).outcomes}
    assert {"CreateFunction", "Invoke", "AssumeRole", "GetObject"} <= ran
    assert course(day).contained_at is None
    assert not of(day, Kind.CONTAINED)
    later = course(day).theft.at + timedelta(minutes=20)
    look = replace(edit(shop, "iam list-users", 6), at=later)
    day = a_day(shop, rota(deploy), "curious-colleague", edits=[look])
    creations = [
        outcome
        for outcome in course(day).outcomes
        if outcome.act.call.operation == "CreateFunction"
    ]
    assert [outcome.has_succeeded for outcome in creations] == [True]


def test_a_curious_colleague_is_nobody_to_contain_where_the_badge_opens_the_job_alone():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    assert (
        course(
            a_day(
                shop,
                rota(job("casey", LIST), job("casey", READ, id="read")),
                "curious-colleague",
            )
        ).minutes_to_contain
        == 0
    )
    shop(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    assert (
        course(
            a_day(shop, rota(job("casey", LIST)), "curious-colleague")
        ).minutes_to_contain
        is None
    )


UPDATE = """aws dynamodb update-item --table-name Inventory --key '{"item": {"S": "beans"}}' --update-expression 'SET bags = :n' --expression-attribute-values '{":n": {"N": "39"}}'"""


@pytest.mark.parametrize("more", [(), ("dynamodb:PutItem",)])
def test_what_a_script_does_beyond_the_very_actions_of_the_jobs_is_taken(
    more: tuple[str, ...],
):
    shop = furnished()
    table = "arn:aws:dynamodb:us-east-1:111122223333:table/Inventory"
    hired(shop, "indra", allow(["dynamodb:UpdateItem", *more], table))
    day = a_day(shop, rota(job("indra", UPDATE)), "runaway-script")
    found = course(day)
    beyond = found.counted_part(found.radius).reached
    assert [reached.decision.request.action for reached in beyond] == [*more]
    taken = [one for one in of(day, Kind.ATTACK) if one.mark is Mark.EXTRA]
    assert bool(taken) == bool(more)
    assert not any(one.mark is Mark.QUIET for one in of(day, Kind.ATTACK))


def test_every_resource_that_a_job_covers_is_needed():
    shop = furnished()
    shop("s3api put-object --bucket receipts --key 0413.json")
    hired(shop, "casey", ONE_BUCKET)
    reads = job("casey", READ, id="read")
    plan = rota(job("casey", LIST), replace(reads, covers=(f"{RECEIPTS}/*",)))
    whole = course(a_day(shop, plan, "curious-colleague"))
    assert whole.radius.has_only_needed
    assert whole.minutes_to_contain == 0
    one = course(a_day(shop, rota(job("casey", LIST), reads), "curious-colleague"))
    assert not one.radius.has_only_needed


def test_three_refusals_are_noticed_and_a_deny_sooner():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    plan = rota(job("casey", LIST))
    quiet = course(a_day(shop, plan, "leaked-key"))
    hired(shop, "robin")
    shop(
        f"iam put-user-policy --user-name casey --policy-name no --policy-document {quote(deny('s3:*', [PAYROLLS, PAYROLLS + '/*']))}"
    )
    loud = course(a_day(shop, plan, "leaked-key"))
    assert (quiet.alarm and quiet.alarm.sign, loud.alarm and loud.alarm.sign) == (
        "refusals",
        "denied",
    )
    assert loud.noticed_at is not None
    assert quiet.noticed_at is not None
    assert loud.noticed_at < quiet.noticed_at


def test_a_day_without_anybody_has_no_incident():
    assert a_day(furnished(), rota()).course is None


def test_chance_lets_nobody_go_who_works_alone():
    shop = furnished()
    hired(shop, "casey")
    days = [
        a_day(shop, rota(job("casey", LIST), times=1), day=WEDNESDAY + timedelta(days=n))
        for n in range(25)
    ]
    assert "leftover-session" not in {course(day).theft.incident.id for day in days}
    assert len({course(day).theft.incident.id for day in days}) == 4


def test_a_job_without_its_thing_is_noticed_whenever_it_comes_and_whatever_s3_answers():
    shop = furnished()
    hired(shop, "casey", allow("*"))
    hired(shop, "robin", allow("s3:GetObject"))
    plan = rota(job("casey", LIST), job("robin", READ, id="read"), times=60)
    days = [
        a_day(shop, plan, "runaway-script", day=WEDNESDAY + timedelta(days=n))
        for n in range(3)
    ]
    failed = [[one for one in tickets(day) if one.stopping_call] for day in days]
    assert any(len(each) == 60 for each in failed)
    assert all(one.was_refused for each in failed for one in each)
    alarms = [course(day).alarm for day, each in zip(days, failed, strict=True) if each]
    assert [alarm and alarm.sign for alarm in alarms] == ["broken"] * len(alarms)
