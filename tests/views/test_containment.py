"""While a theft is noticed and not stopped, Next keeps it on every screen: whose credential it is, and where that is ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from shlex import quote
from typing import get_args

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command import read_act
from coffeeshop.account.door import handle
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Account, Act, Call, Key
from coffeeshop.lessons.sitting.assessment import assessment_of
from coffeeshop.lessons.sitting.days import day_of, next_opening
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.shop.day import IncidentCourse
from coffeeshop.shop.evening import day_results
from coffeeshop.shop.happenings import StolenKind, happenings
from coffeeshop.shop.measures import revoking_call
from coffeeshop.shop.stopping import remaining_access, revocation_time, stopping_calls
from coffeeshop.views import playback
from coffeeshop.views.containment import NOTICED_THEFT, STOPS_BY_CREDENTIAL, contains
from coffeeshop.views.day import evening as evenings
from coffeeshop.views.deed import Goal
from coffeeshop.views.next import day_lead, next_in
from coffeeshop.views.rows import lines
from coffeeshop.views.step import remaining_step
from tests.account.shop import allow, role, trust, user
from tests.shop.opened import LIST, ONE_BUCKET, STOCK, a_day, furnished, hired, job, rota
from tests.views.plays import played

PEOPLE = ("users", "groups", "roles", "center")


def sitting(
    name: str, script: str, incident: str, noticed: bool = True
) -> tuple[Sitting, IncidentCourse]:
    """A scenario on a day with that incident, as somebody notices it, or as it begins; and its course."""
    play = played(name, script)
    opening = next_opening(play.scenario, play.now, 1, incident)
    course = day_of(play, opening).course
    assert course is not None
    assert course.noticed_at is not None
    opening = replace(opening, seen_until=course.noticed_at if noticed else course.theft.at)
    return Sitting(play.at(opening.clock), assessment_of(play, []), "", day=opening), course


def by_root(account: Account, at: datetime, call: Call) -> Account:
    owned, root = mint_credential(account, account.root_arn, "key", at)
    outcome = handle(owned, Act(at, root, call))
    assert outcome.has_succeeded, call
    return outcome.account


def with_password(account: Account, who: str, at: datetime) -> Account:
    made = Call(
        "iam", "CreateLoginProfile", {"UserName": who, "Password": "Latte-art-at-7"}
    )
    return by_root(account, at, made)


def test_once_the_password_is_gone_the_session_that_runs_is_what_is_left_to_end() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop("iam create-login-profile --user-name casey --password Latte-art-at-7")
    course = a_day(shop, rota(job("casey", LIST)), "phished-password").course
    assert course is not None
    now = course.theft.at + timedelta(minutes=2)
    before = lines(playback.theft_advice(course, shop.account, now))
    assert "Change or delete the password" in before
    assert "add this statement to a policy of" in before
    assert "Casey's password" in contains(course, now, shop.account).text
    gone = by_root(
        shop.account, now, Call("iam", "DeleteLoginProfile", {"UserName": "casey"})
    )
    after = lines(playback.theft_advice(course, gone, now))
    assert "Delete the password" not in after
    assert "add this statement to a policy of the user casey" in after
    step = contains(course, now, gone)
    assert "password" not in f"{step.text}{step.does}"
    assert "the session of the user casey" in step.text
    assert "DeleteLoginProfile" not in {
        call.operation for call in stopping_calls(gone, course, now, now)
    }


def test_every_session_that_a_thief_holds_is_named_until_a_deny_ends_it() -> None:
    shop = furnished()
    hired(shop, "bo", ONE_BUCKET)
    shop.role("Stock", trust(user("bo")), allow("dynamodb:*"))
    course = a_day(
        shop, rota(job("bo", LIST), job("bo", STOCK, id="stock", via="Stock")), "leaked-key"
    ).course
    assert course is not None
    account, now = shop.account, course.outcomes[-1].act.at
    named = ["the user bo", "the role Stock"]
    for call in stopping_calls(account, course, now, now + timedelta(minutes=1)):
        said = lines(playback.theft_advice(course, account, now))
        assert [name for name in named if name in said] == named
        assert "the session of the role Stock" in contains(course, now, account).text
        named.pop(0)
        account = by_root(account, now, call)
    assert not named
    assert "Add to a policy" not in lines(playback.theft_advice(course, account, now))


def test_a_changed_password_ends_new_sign_ins_and_a_deny_does_not() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop("iam create-login-profile --user-name casey --password Latte-art-at-7")
    course = a_day(shop, rota(job("casey", LIST)), "phished-password").course
    assert course is not None
    now = course.theft.at + timedelta(minutes=2)
    other = {"UserName": "casey", "Password": "Another-one-at-9"}
    changed = by_root(shop.account, now, Call("iam", "UpdateLoginProfile", other))
    step = contains(course, now, changed)
    assert "password" not in f"{step.text}{step.does}"
    assert "the session of the user casey" in step.text
    casey = shop.account.users["casey"]
    denied = by_root(shop.account, now, revoking_call(casey, now + timedelta(minutes=1)))
    step = contains(course, now, denied)
    assert "Casey's password" in step.text
    assert "session" not in step.text


def test_what_the_partner_took_before_is_a_session_once_the_role_asks_for_an_external_id() -> (
    None
):
    shop = furnished()
    partner = "arn:aws:iam::444455556666:root"
    shop.role("Courier", trust(partner), ONE_BUCKET)
    take = f"aws sts assume-role --role-arn {role('Courier')} --role-session-name courier --external-id shop-7"
    plan = rota(job("account/444455556666", take))
    begins = a_day(shop, plan, "tricked-partner").course
    assert begins is not None
    asks = trust(partner, Condition={"StringEquals": {"sts:ExternalId": "shop-7"}})
    line = f"aws iam update-assume-role-policy --role-name Courier --policy-document {quote(asks)}"
    later = begins.theft.at + timedelta(minutes=6)
    act = read_act(line, shop.account, later, {}, "root")
    day = a_day(shop, plan, "tricked-partner", [act])
    course = day.course
    assert course is not None
    assert course.contained_at is not None
    assert timedelta() < course.contained_at - later <= timedelta(hours=1)
    step = contains(course, later, day.account_at_closing)
    assert "not stopped: the session of the role Courier." in step.text
    said = lines(evenings.evening(day_results(day, advice=False)))
    assert "first thing that helps is" not in said
    assert " after it began" in said


def test_the_role_of_a_partner_is_named_whole() -> None:
    shop = furnished()
    partner = "arn:aws:iam::444455556666:role/Courier"
    shop.role("Export", trust(partner), ONE_BUCKET)
    take = f"aws sts assume-role --role-arn {role('Export')} --role-session-name courier"
    plan = rota(job("account/444455556666/role/Courier", take))
    course = a_day(shop, plan, "tricked-partner").course
    assert course is not None
    step = contains(course, course.theft.at + timedelta(minutes=2), shop.account)
    assert course.victim_title in step.text
    assert "…" not in step.text


def test_who_has_no_policy_of_their_own_is_advised_to_get_a_new_one() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    course = a_day(shop, rota(job("casey", LIST)), "leftover-session").course
    assert course is not None
    now = course.theft.at + timedelta(minutes=2)
    assert "add this statement to a policy of the user casey" in lines(
        playback.theft_advice(course, shop.account, now)
    )
    shop("iam create-group --group-name Staff")
    shop("iam add-user-to-group --group-name Staff --user-name casey")
    shop(
        f"iam put-group-policy --group-name Staff --policy-name p --policy-document {quote(ONE_BUCKET)}"
    )
    shop("iam delete-user-policy --user-name casey --policy-name p0")
    assert "put this statement in a new policy of the user casey" in lines(
        playback.theft_advice(course, shop.account, now)
    )


def test_the_advised_deny_is_later_than_every_session_taken_until_the_last_call() -> None:
    shop = furnished()
    hired(shop, "bo", ONE_BUCKET)
    shop("iam create-login-profile --user-name bo --password Latte-art-at-7")
    shop.role("Stock", trust(user("bo")), allow("dynamodb:*"))
    jobs = (job("bo", LIST), job("bo", STOCK, id="stock", via="Stock"))
    course = a_day(shop, rota(*jobs), "phished-password").course
    assert course is not None
    now = course.outcomes[-1].act.at
    said = lines(playback.theft_advice(course, shop.account, now))
    # The password, the user and the role: the last call is made two minutes from now.
    assert format_instant(now + timedelta(minutes=4)) in said
    assert "Within a minute, " in said
    open_access = remaining_access(shop.account, course, now)
    until = revocation_time(open_access, now)
    account = shop.account
    calls = [*stopping_calls(account, course, now, until)]
    assert until > now + len(calls) * timedelta(minutes=1)
    begins = course.theft.at
    edits = [
        Act(now + nth * timedelta(minutes=1), root_key(account), call)
        for nth, call in enumerate(calls)
    ]
    day = a_day(shop, rota(*jobs), "phished-password", edits)
    assert day.course is not None
    assert day.course.contained_at == edits[-1].at
    assert begins == day.course.theft.at


def root_key(account: Account) -> Key:
    """The key of the root user."""
    owner = account.id
    return next(Key(id) for id, held in account.credentials.items() if held.owner == owner)


def test_every_sort_of_credential_has_a_place_where_it_is_ended() -> None:
    assert (
        set(STOPS_BY_CREDENTIAL)
        == set(get_args(StolenKind))
        == {row.credential_kind for row in happenings().incidents}
    )


@pytest.mark.parametrize(
    ("name", "script", "incident", "said"),
    [
        ("10", "", "leaked-key", "Robin's session"),
        ("12", "solution", "phished-password", "Indra's session"),
        ("10", "", "runaway-script", "Robin's badge"),
        ("C2", "", "curious-colleague", "Robin's badge"),
        (
            "C2",
            "",
            "tricked-partner",
            "the partner 777788889999 and the session of the role Cashier",
        ),
        ("03", "solution", "leaked-key", "Casey's access key"),
        ("own-shop", "solution", "leaked-key", "Casey's access key"),
    ],
)
def test_next_names_whose_credential_is_out_and_leads_to_what_ends_it(
    name: str, script: str, incident: str, said: str
) -> None:
    found, course = sitting(name, script, incident)
    assert found.day is not None
    step, alone = (
        next_in(found, None),
        contains(course, found.day.seen_until, found.play.account),
    )
    assert step == replace(alone, lead=day_lead(found))
    assert step.text.endswith(f"{NOTICED_THEFT}{said}. Your calls happen at that time.")
    assert step.target
    assert step.deed.goal is Goal.CONTAIN


@pytest.mark.parametrize("takes", get_args(StolenKind))
def test_whoever_stands_in_its_list_is_not_sent_there_again(takes: StolenKind) -> None:
    _, course = sitting("10", "", "leaked-key")
    incident = next(row for row in happenings().incidents if row.credential_kind == takes)
    account = with_password(course.stolen.account, course.theft.victim, course.theft.at)
    course = replace(
        course,
        theft=replace(course.theft, incident=incident, is_lent=False),
        stolen=replace(course.stolen, caller=None),
        outcomes=(),
    )
    step = contains(course, account=account)
    tab, does = STOPS_BY_CREDENTIAL[takes].tab, STOPS_BY_CREDENTIAL[takes].does
    here = remaining_step(
        step, PEOPLE if tab in PEOPLE else ("policies",), tab, course.theft.victim
    )
    assert here.key not in "2345"
    assert here.does.endswith(f": {does}")
    away = remaining_step(
        step,
        ("policies",) if tab in PEOPLE else PEOPLE,
        "policies" if tab in PEOPLE else "users",
        "x",
    )
    assert (away.key, away.does) == (step.key, step.does)


def test_before_anybody_notices_next_does_not_speak_of_it() -> None:
    found, _ = sitting("10", "", "leaked-key", noticed=False)
    assert NOTICED_THEFT not in next_in(found, None).text


READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.mark.parametrize(
    ("lines_typed", "does"),
    [
        ((f"iam attach-user-policy --user-name casey --policy-arn {READ_ONLY}",), "detach"),
        (
            (
                "iam create-group --group-name Readers",
                f"iam attach-group-policy --group-name Readers --policy-arn {READ_ONLY}",
                "iam add-user-to-group --group-name Readers --user-name casey",
            ),
            "remove from the group Readers",
        ),
    ],
)
def test_permissions_of_awss_own_policies_are_taken_away_and_not_narrowed(
    lines_typed: tuple[str, ...], does: str
) -> None:
    shop = furnished()
    hired(shop, "casey")
    shop("iam create-access-key --user-name casey")
    for line_typed in lines_typed:
        shop(line_typed)
    course = a_day(shop, rota(job("casey", LIST)), "runaway-script").course
    assert course is not None
    step = contains(course, None, shop.account)
    assert step.key == "2"
    assert does in step.does
    caller, now = root_key(shop.account), course.theft.at
    rows = lines(playback.remedy_rows(course, shop.account, caller, now))
    assert "No one can change AWS's own policies." in rows
    assert "narrow" not in f"{step.does}{rows}"


def test_permissions_of_a_policy_of_the_shop_can_be_narrowed() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop(f"iam attach-user-policy --user-name casey --policy-arn {READ_ONLY}")
    shop("iam create-access-key --user-name casey")
    course = a_day(shop, rota(job("casey", LIST)), "runaway-script").course
    assert course is not None
    assert (
        contains(course, None, shop.account).does == "Policies: take away what no job needs"
    )


@pytest.mark.parametrize("incident", ["runaway-script", "leaked-key"])
def test_whoever_aws_refuses_to_end_a_theft_is_led_to_somebody_who_can(
    incident: str,
) -> None:
    attacked, _ = sitting("10", "aws iam create-access-key --user-name bo", incident)
    step = next_in(replace(attacked, profile="bo"), None)
    assert "You can't call" in step.text
    assert step.deed.goal is not Goal.CONTAIN


def test_after_another_session_ran_out_next_goes_back_to_the_shops_own() -> None:
    script = """\
aws iam create-access-key --user-name ada
aws iam create-login-profile --user-name casey --password Latte-art-at-7
console sign-in --user-name casey --password Latte-art-at-7
"""
    own_shop, _ = sitting("10", script, "leaked-key")
    step = next_in(replace(own_shop, profile="casey@console"), None)
    assert "sign-in ended" in step.text
    assert step.deed.text == "signs in again"
