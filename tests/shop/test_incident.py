"""An incident takes what exists: of any account, at any seed, its credential is there, works, and can be put away."""

from __future__ import annotations

from datetime import timedelta
from shlex import quote
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Call, Outcome, ServiceError
from coffeeshop.policy.model import Standing
from coffeeshop.shop.day import Day, IncidentCourse, Kind
from coffeeshop.shop.day_run import run_day
from coffeeshop.shop.happenings import happenings
from coffeeshop.shop.radius import NO_WAYS, find_blast_radius
from coffeeshop.shop.rota import Rota, shift_hours
from coffeeshop.shop.serve import outside_principal
from coffeeshop.shop.stopping import rights_sources, stopping_calls
from coffeeshop.shop.taking import take_credential
from coffeeshop.shop.theft import Theft
from tests.account.shop import Shop, allow, policy, role, statement, trust
from tests.examples import examples
from tests.shop.opened import (
    LIST,
    ONE_BUCKET,
    PAYROLL,
    READ,
    SELL,
    WEDNESDAY,
    furnished,
    hired,
    job,
    of,
    rota,
)

PARTNER = "444455556666"
PEOPLE = ("casey", "bo", "robin")
POLICIES = (
    None,
    ONE_BUCKET,
    allow("s3:*"),
    allow("*"),
    allow(["s3:GetObject", "iam:CreateAccessKey"]),
)
CODE = (
    '--runtime python3.13 --handler a.b --cli-input-json \'{"Code": {"ZipFile": "AA=="}}\''
)


class Hired(NamedTuple):
    """What somebody has: whether there is a user, their key ("": none), a password, a device, and what they may do."""

    there: bool
    key: str
    password: bool
    device: bool
    policy: str | None


people = st.builds(
    Hired,
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["", "", "Active", "Inactive"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(POLICIES),
)


def staffed(people: tuple[Hired, ...], trusts: str, machine: bool) -> Shop:
    """A shop with these people; a role for the partner, open to them, with an external id, or none; a machine, or none."""
    shop = furnished()
    for name, has in zip(PEOPLE, people, strict=True):
        if not has.there:
            continue
        hired(shop, name, *([has.policy] if has.policy else []))
        if has.key:
            made = shop(f"iam create-access-key --user-name {name}")
            id = made["AccessKey"]["AccessKeyId"]
            shop(
                f"iam update-access-key --user-name {name} --access-key-id {id} --status {has.key}"
            )
        if has.password:
            shop(f"iam create-login-profile --user-name {name} --password Latte-art-at-7")
        if has.device:
            shop.phone(name)
    if trusts:
        asks = (
            {"Condition": {"StringEquals": {"sts:ExternalId": "shop-7"}}}
            if trusts == "id"
            else {}
        )
        shop.role("Courier", trust(f"arn:aws:iam::{PARTNER}:root", **asks), ONE_BUCKET)
    if machine:
        shop.role(
            "espresso-role", trust(service="lambda.amazonaws.com"), allow("dynamodb:*")
        )
        shop(
            f"lambda create-function --function-name espresso-api --role {role('espresso-role')} {CODE}"
        )
    return shop


def plan_of(minted: bool, goes_on: bool) -> Rota:
    """Everybody's jobs: `minted` tells whether the shop lends people what they work with."""
    take = f"aws sts assume-role --role-arn {role('Courier')} --role-session-name c --external-id shop-7"
    wants = [
        job("casey", LIST), job("casey", READ, id="read"), job("bo", SELL, badge="code"), job("robin", PAYROLL, badge="password"),
        job(f"account/{PARTNER}", take), job("function/espresso-api", SELL),
    ]  # fmt: skip
    return replace(
        rota(*(replace(want, minted=minted) for want in wants), times=1),
        same_people_tomorrow=goes_on,
    )


Drawn: TypeAlias = tuple[tuple[Hired, Hired, Hired], str, bool, bool, bool, int, int]
days: st.SearchStrategy[Drawn] = st.tuples(
    st.tuples(people, people, people),
    st.sampled_from(["", "open", "id"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 40),
    st.integers(0, 30),
)


def lived(drawn: Drawn) -> tuple[Shop, Day]:
    staff, trusts, machine, minted, goes_on, seed, nth = drawn
    shop = staffed(staff, trusts, machine)
    plan = replace(plan_of(minted, goes_on), date=WEDNESDAY + timedelta(days=nth))
    return shop, run_day(shop.account, plan, seed)


NOBODY = Hired(False, "", False, False, None)
KEYLESS = Hired(True, "", False, False, ONE_BUCKET)


@examples(2)
@given(days)
@example(((KEYLESS, NOBODY, NOBODY), "", False, True, True, 0, 0))
def test_the_credential_of_an_incident_exists_in_the_account_and_works_at_that_moment(
    drawn: Drawn,
):
    _, day = lived(drawn)
    if day.course is not None:
        check_credential(day, day.course)


def check_credential(day: Day, course: IncidentCourse) -> None:
    account, theft, taken = course.account_before, course.theft, course.stolen
    if theft.incident.credential_kind == "machine":
        assert theft.victim in account.functions
    elif theft.incident.credential_kind == "partner":
        who = build_call_standing(account, outside_principal(PARTNER), theft.at, ())
        assert isinstance(who, Standing)
        assert list(roles_trusting(account, who.principal))
    else:
        user = account.users[theft.victim]
        if course.credential_kind == "key":
            key = account.credentials[taken.key_id]
            assert isinstance(key, AccessKey)
            assert (key.status, key.owner) == ("Active", user.id)
            assert taken.key_id in course.theft_sentence
        elif course.credential_kind == "password":
            assert user.login is not None
        elif course.credential_kind == "session":
            assert "access key AKIA" not in course.theft_sentence
            assert not theft.incident.victim_leaves or not day.rota.same_people_tomorrow
            assert theft.is_lent or theft.incident.victim_leaves
    if taken.needs_mfa_code:
        assert account.devices_of(account.users[theft.victim].id)
    else:
        assert taken.caller is not None
        build_call_standing(taken.account, taken.caller, theft.at, ())
    if theft.is_lent:
        assert shift_hours(theft.victim, day.rota, day.seed)[0] <= theft.at


@examples(2)
@given(days, st.integers(1, 30))
def test_what_is_advised_succeeds_and_contained_is_recorded_only_where_the_credential_opens_nothing(
    drawn: Drawn, minutes: int
):
    shop, day = lived(drawn)
    course = day.course
    if course is None or course.stolen.caller is None:
        return
    edits = advised(shop.account, course, minutes)
    check_contained(day)
    check_contained(run_day(shop.account, day.rota, day.seed, edits))
    found = rights_sources(shop.account, course.theft, course.stolen)
    assert {name.lower() for name in found.groups} <= set(shop.account.groups)
    assert {name.lower() for name in found.roles} <= set(shop.account.roles)


def advised(account: Account, course: IncidentCourse, minutes: int) -> list[Outcome]:
    """Make every call that is advised, so many minutes after the theft, by root: each succeeds."""
    at, made = course.theft.at + timedelta(minutes=minutes), list[Outcome]()
    for call in stopping_calls(account, course, at, at + timedelta(minutes=1)):
        owned, root = mint_credential(account, account.root_arn, "key", at)
        made.append(handle(owned, Act(at, root, call)))
        assert made[-1].has_succeeded, call
        account = made[-1].account
    return made


def check_contained(day: Day) -> None:
    """Ask the engine what the stolen credential opens where it is recorded that it opens nothing."""
    course = day.course
    if course is None or course.contained_at is None or course.stolen.caller is None:
        return
    opened = find_blast_radius(
        day.account_at_closing,
        (course.stolen.caller,),
        course.contained_at,
        None if course.theft.incident.seeks_more_access else NO_WAYS,
        permitted=course.permitted,
    )
    assert not course.counted_part(opened).pairs


@pytest.mark.parametrize(
    ("has", "incident", "minted"),
    [
        (KEYLESS._replace(key="Active"), "leaked-key", False),
        (KEYLESS._replace(password=True), "phished-password", False),
        (KEYLESS, "leaked-key", True),
        (KEYLESS, "leftover-session", True),
    ],
)
def test_what_is_advised_ends_the_theft(has: Hired, incident: str, minted: bool):
    shop = staffed((has, NOBODY, NOBODY), "", machine=False)
    plan = plan_of(minted, goes_on=False)
    course = run_day(shop.account, plan, 0, incident_id=incident).course
    assert course is not None
    assert course.contained_at is None or course.credential_kind == "session"
    again = run_day(
        shop.account, plan, 0, advised(shop.account, course, 1), incident
    ).course
    assert again is not None
    assert again.minutes_to_contain == 1


def test_a_key_that_the_staff_are_lent_is_in_no_account():
    shop = staffed((KEYLESS, NOBODY, NOBODY), "", machine=False)
    day = run_day(shop.account, plan_of(minted=True, goes_on=False), 0)
    lent = {
        each
        for each in day.account_at_closing.credentials
        if each not in shop.account.credentials
    }
    assert any(ticket.has_succeeded for ticket in day.tickets)
    assert not [each for each in lent if each.startswith("AKIA")]


def test_an_act_that_aws_refused_or_that_changes_nothing_contains_nothing():
    shop = staffed((KEYLESS._replace(key="Active"), NOBODY, NOBODY), "", machine=False)
    plan = plan_of(minted=False, goes_on=False)
    free = run_day(shop.account, plan, 0, incident_id="leaked-key").course
    assert free is not None
    at = free.theft.at + timedelta(minutes=2)
    owned, root = mint_credential(shop.account, shop.account.root_arn, "key", at)
    vain = Call(
        "iam",
        "DeleteAccessKey",
        {"UserName": "casey", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"},
    )
    for call in (vain, Call("iam", "ListAccessKeys", {"UserName": "casey"})):
        day = run_day(
            shop.account, plan, 0, [handle(owned, Act(at, root, call))], "leaked-key"
        )
        assert day.course is not None
        called = [outcome.act for outcome in day.course.outcomes]
        assert (day.course.contained_at, called) == (
            None,
            [outcome.act for outcome in free.outcomes],
        )
        assert len(of(day, Kind.EDIT)) == 1


def test_what_aws_refused_in_the_account_does_nothing_in_its_day():
    """A thief may have made what the learner's own account never held: the call is refused there, and does nothing here."""
    shop = staffed(
        (KEYLESS._replace(key="Active", policy=allow("*")), NOBODY, NOBODY),
        "",
        machine=False,
    )
    plan = plan_of(minted=False, goes_on=False)
    free = run_day(shop.account, plan, 0, incident_id="leaked-key")
    assert free.course is not None
    at = free.course.theft.at + timedelta(minutes=5)
    owned, root = mint_credential(shop.account, shop.account.root_arn, "key", at)
    key = Call(
        "iam",
        "DeleteAccessKey",
        {"UserName": "casey", "AccessKeyId": free.course.stolen.key_id},
    )
    done = handle(owned, Act(at, root, key))
    refused = replace(done, answer=ServiceError("NoSuchEntity", "", 404))
    for outcome, alive in ((done, False), (refused, True)):
        found = run_day(shop.account, plan, 0, [outcome], "leaked-key")
        status = getattr(
            found.account_at_closing.credentials[free.course.stolen.key_id], "status", ""
        )
        assert (status == "Active") is alive


def test_where_nothing_can_be_taken_nothing_goes_wrong_and_where_something_can_it_is_that():
    shop = staffed((NOBODY, NOBODY, NOBODY), "", machine=False)
    plan = plan_of(minted=True, goes_on=True)
    assert all(run_day(shop.account, plan, seed).course is None for seed in range(6))
    hired(shop, "casey", ONE_BUCKET)
    befell = [run_day(shop.account, plan, seed).course for seed in range(10)]
    assert {course.theft.victim for course in befell if course} == {"casey"}


def test_nobody_is_let_go_by_chance_who_is_at_work_again_tomorrow():
    shop = staffed((KEYLESS, KEYLESS, KEYLESS), "", machine=False)
    days = [
        run_day(shop.account, plan_of(minted=True, goes_on=True), seed)
        for seed in range(30)
    ]
    assert "leftover-session" not in {
        day.course.theft.incident.id for day in days if day.course
    }


def test_every_incident_of_the_table_comes_about_where_all_of_them_can():
    everything = Hired(True, "Active", True, False, ONE_BUCKET)
    shop = staffed((everything, everything, everything), "id", machine=True)
    days = (
        run_day(shop.account, plan_of(minted=False, goes_on=False), seed)
        for seed in range(40)
    )
    assert {day.course.theft.incident.id for day in days if day.course} == {
        row.id
        for row in happenings().incidents
        # The others need a workflow's role, a permission set or a KMS key.
        if row.credential_kind not in ("workload", "workforce") and not row.kinds
    }


def test_the_learner_s_own_key_of_the_day_has_in_the_day_the_id_that_it_has_in_the_account():
    shop = staffed((KEYLESS, NOBODY, NOBODY), "", machine=False)
    opened, plan = shop.account, plan_of(minted=True, goes_on=False)
    at = shift_hours("casey", plan, 0)[0] + timedelta(hours=1)
    owned, root = mint_credential(opened, opened.root_arn, "key", at)
    made = handle(
        owned, Act(at, root, Call("iam", "CreateAccessKey", {"UserName": "casey"}))
    )
    day = run_day(opened, plan, 0, [made])
    keys = {
        id
        for id, each in day.account_at_closing.credentials.items()
        if isinstance(each, AccessKey)
    }
    assert keys == {
        id for id, each in made.account.credentials.items() if isinstance(each, AccessKey)
    }


def test_a_policy_that_only_denies_and_a_group_without_an_allow_give_no_rights():
    shop = staffed((KEYLESS, NOBODY, NOBODY), "", machine=False)
    shop("iam create-group --group-name Fenced")
    for whom in ("group --group-name Fenced", "user --user-name casey"):
        kind, named = whom.split(" ", 1)
        deny = quote(policy(statement("s3:*", Effect="Deny")))
        shop(f"iam put-{kind}-policy {named} --policy-name Cut --policy-document {deny}")
    shop("iam add-user-to-group --group-name Fenced --user-name casey")
    theft = Theft(
        next(row for row in happenings().incidents if row.id == "leaked-key"),
        "casey",
        shop.at,
        is_lent=True,
    )
    plan = plan_of(minted=True, goes_on=True)
    found = rights_sources(shop.account, theft, take_credential(shop.account, plan, theft))
    assert (found.policies, found.groups) == (("p0",), ())


def test_a_function_is_called_a_function():
    assert not [row.say for row in happenings().incidents if "machine {who}" in row.say]


def test_a_session_in_place_of_what_nobody_owns_is_said_to_be_lent_and_claims_no_sign_in_to_the_console():
    table = happenings()
    assert "and works in sessions {code}" in table.lent
    for said in (
        table.lent,
        table.made_up,
        *(row.say_if_lent for row in table.incidents),
    ):
        assert "console" not in said
        assert "opened each day" not in said
