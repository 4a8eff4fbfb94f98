"""The evening: what is counted, what the same theft does under other policies, and which single change would have helped.

The three thefts that docs/learn.md compares are played here: the same theft in two accounts, and how far it reaches in each.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from shlex import quote

from msgspec.structs import replace

from coffeeshop.account.command import read_act
from coffeeshop.account.command.write import write_line
from coffeeshop.account.door import handle
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Account, Act
from coffeeshop.account.values import Document
from coffeeshop.policy.language.stored_document import parse_stored
from coffeeshop.shop.changes import Change
from coffeeshop.shop.day_run import run_day
from coffeeshop.shop.evening import Evening, day_results
from coffeeshop.shop.incident import theft_radius
from coffeeshop.shop.measures import CODE_POLICY, best_practice_distance
from coffeeshop.shop.rota import Rota
from coffeeshop.shop.serve import serve
from coffeeshop.views.day import evening as views
from coffeeshop.views.day.radius import radius_size
from coffeeshop.views.rows import lines
from tests.account.shop import (
    ADMIN,
    PASSWORD,
    Shop,
    allow,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.shop.opened import (
    LIST,
    ONE_BUCKET,
    PAYROLL,
    PAYROLLS,
    READ,
    RECEIPTS,
    SELL,
    STOCK,
    a_day,
    at,
    furnished,
    hired,
    job,
    rota,
)


def test_trade_is_counted_with_the_statement_that_decided():
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    found = day_results(
        a_day(shop, rota(job("casey", LIST), job("casey", READ, id="read"))), advice=False
    )
    assert (found.jobs_done, found.failed_count) == (3, 3)
    (lost,) = found.failed_jobs
    assert lost.was_refused
    assert lost.ticket.decision is not None
    assert lost.ticket.decision.request.action == "s3:GetObject"


def test_what_the_theft_took_is_lost_and_not_refused():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    found = day_results(
        a_day(shop, rota(job("casey", READ), times=60), "runaway-script"), advice=False
    )
    assert found.failed_jobs
    assert not any(lost.was_refused for lost in found.failed_jobs)


def test_a_deny_for_older_sessions_ends_no_job_that_a_new_session_does():
    shop = furnished()
    taker = "arn:aws:iam::444455556666:root"
    shop.role("Courier", trust(taker), ONE_BUCKET)
    work = replace(job("account/444455556666", LIST), via="Courier")
    for until, ended in ((at(12, 1), False), (at(12, day=date(2027, 3, 4)), True)):
        cut = {"DateLessThan": {"aws:TokenIssueTime": format_instant(until)}}
        line = f"iam put-role-policy --role-name Courier --policy-name Cut --policy-document {quote(policy(statement('*', Effect='Deny', Condition=cut)))}"
        act = read_act(f"aws {line}", shop.account, at(12), {}, "root")
        found = day_results(a_day(shop, rota(work), edits=[act]), advice=False)
        assert bool(found.ended_jobs) == ended
        said = lines(views.evening(found))
        assert ("No longer works: " in said) == ended
        assert ("The grade counts this." in said) == ended
        own = replace(
            found,
            day=replace(found.day, rota=replace(found.day.rota, same_people_tomorrow=True)),
        )
        assert "grade" not in lines(views.evening(own))


# ---------------------------------------------------------------------- changes
def changed(account: Account, change: Change) -> Account:
    """The account after somebody typed the line of a change."""
    shop = Shop(account)
    act = read_act(write_line(change.call), account, shop.at, {}, "root")
    assert isinstance(act, Act)
    outcome = handle(account, act)
    assert outcome.has_succeeded
    return outcome.account


def test_every_change_is_a_line_that_helps_and_stops_no_job():
    shop = furnished()
    shop("iam create-group --group-name Staff")
    shop(
        f"iam put-group-policy --group-name Staff --policy-name all --policy-document {quote(allow('s3:*'))}"
    )
    hired(shop, "casey")
    shop("iam add-user-to-group --group-name Staff --user-name casey")
    plan = rota(job("casey", LIST), job("casey", READ, id="read"))
    found = day_results(a_day(shop, plan, "leaked-key"))
    assert found.course is not None
    theft = found.course.theft
    before = len(theft_radius(shop.account, plan, theft).pairs)
    assert found.changes
    assert [change.things_left for change in found.changes] == sorted(
        change.things_left for change in found.changes
    )
    for change in found.changes:
        account = changed(shop.account, change)
        assert (
            len(theft_radius(account, plan, theft).pairs)
            == change.things_left
            < change.things_before
            == before
        )
        assert all(serve(account, want, theft.at).has_succeeded for want in plan.jobs)
    assert found.changes[0].things_left == 2, "what the jobs use: to list, and to read"


def test_a_trust_that_asks_for_the_id_stops_the_confused_deputy():
    shop = furnished()
    partner = "arn:aws:iam::444455556666:root"
    shop.role("Courier", trust(partner), ONE_BUCKET)
    take = f"aws sts assume-role --role-arn {role('Courier')} --role-session-name courier --external-id shop-7"
    found = day_results(
        a_day(shop, rota(job("account/444455556666", take)), "tricked-partner")
    )
    assert found.changes[0].things_left == 0
    assert "sts:ExternalId" in write_line(found.changes[0].call)


def test_for_a_machine_and_for_a_managed_policy_a_narrower_text_is_a_line_too():
    shop = furnished()
    shop.role("espresso-role", trust(service="lambda.amazonaws.com"))
    shop(
        f"iam create-policy --policy-name Machine --policy-document {quote(allow('dynamodb:*'))}"
    )
    shop(
        "iam attach-role-policy --role-name espresso-role --policy-arn arn:aws:iam::111122223333:policy/Machine"
    )
    code = '--runtime python3.13 --handler a.b --cli-input-json \'{"Code": {"ZipFile": "AA=="}}\''
    shop(
        f"lambda create-function --function-name espresso-api --role {role('espresso-role')} {code}"
    )
    plan = rota(job("function/espresso-api", SELL))
    found = day_results(a_day(shop, plan, "machine-role"))
    assert "create-policy-version" in {
        write_line(change.call).split()[2] for change in found.changes
    }
    assert found.changes[0].things_left == 1, "to write sales, which is its job"
    assert found.changes[0].only_needed_left


def test_a_policy_that_nobody_understands_is_not_rewritten():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    document = Document("nonsense", parse_stored("nonsense", name="odd")[0])
    odd = replace(
        shop.account.users["casey"],
        inline={**shop.account.users["casey"].inline, "odd": document},
    )
    account = shop.account.put(odd)
    day = run_day(account, rota(job("casey", LIST)), 7, incident_id="leaked-key")
    assert day_results(day).changes == (), "what cannot be read denies all"
    plain = day_results(
        run_day(shop.account, rota(job("casey", LIST)), 7, incident_id="leaked-key")
    )
    assert plain.changes


def test_what_would_have_helped_stops_no_job_of_somebody_who_went_home_either():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET, allow("s3:GetObject", f"{PAYROLLS}/*"))
    jobs = (job("casey", LIST), job("casey", READ, id="read"))
    day = a_day(shop, rota(*jobs), "leftover-session")
    assert not list(day.tickets)
    changes = day_results(day).changes
    assert changes
    for change in changes:
        account = changed(shop.account, change)
        assert all(serve(account, one, at(12)).has_succeeded for one in jobs)
        assert change.only_needed_left


def test_what_takes_the_credential_of_a_job_away_is_not_offered():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop("iam create-access-key --user-name casey")
    shop(f"iam create-login-profile --user-name casey --password {PASSWORD}")
    work = job("casey", LIST, badge="password")
    for incident in ("leaked-key", "phished-password"):
        changes = day_results(a_day(shop, rota(work), incident)).changes
        operations = {change.call.operation for change in changes}
        assert "DeleteLoginProfile" not in operations
        assert ("UpdateAccessKey" in operations) == (incident == "leaked-key")


def test_the_only_credential_of_a_job_is_not_offered_even_if_any_kind_would_do():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop(f"iam create-login-profile --user-name casey --password {PASSWORD}")
    plan = rota(job("casey", LIST, badge="any"))
    changes = day_results(a_day(shop, plan, "phished-password")).changes
    assert changes
    assert "DeleteLoginProfile" not in {change.call.operation for change in changes}


def test_what_would_have_helped_spares_the_job_that_waits_for_its_credential():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"), allow(["iam:ChangePassword", "iam:ListUsers"]))
    shop(f"iam create-login-profile --user-name casey --password {PASSWORD}")
    change = job(
        "casey",
        f"aws iam change-password --old-password {PASSWORD} --new-password {PASSWORD}9",
        id="password",
        badge="password",
    )
    before = shop.account
    plan = replace(rota(job("casey", LIST), change), account_before_play=before)
    shop("iam delete-login-profile --user-name casey")
    shop("iam create-access-key --user-name casey")
    changes = day_results(a_day(shop, plan, "leaked-key")).changes
    assert changes
    for found in changes:
        account = changed(shop.account, found)
        casey = replace(account.users["casey"], login=before.users["casey"].login)
        assert serve(account.put(casey), change, at(12)).has_succeeded, found.call


def test_a_deny_without_a_code_spares_what_jobs_do_without_one():
    shop = furnished()
    hired(shop, "casey", allow(["s3:*", "iam:ListGroups"]))
    shop(f"iam create-login-profile --user-name casey --password {PASSWORD}")
    look = job("casey", "aws iam list-groups", id="look", badge="password")
    work = job("casey", READ, badge="code")
    changes = day_results(a_day(shop, rota(work, look), "phished-password")).changes
    asking = [one for one in changes if one.call.text("PolicyName") == CODE_POLICY]
    assert asking
    assert "iam:ListGroups" in asking[0].call.text("PolicyDocument")
    assert "s3:GetObject" not in asking[0].call.text("PolicyDocument")


def test_a_change_that_leaves_an_insider_their_own_work_is_not_said_to_leave_nothing():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    found = day_results(a_day(shop, rota(job("casey", LIST)), "curious-colleague"))
    assert found.course is not None
    assert found.changes
    for change in found.changes:
        radius = theft_radius(
            changed(shop.account, change), found.day.rota, found.course.theft
        )
        assert change.only_needed_left == radius.has_only_needed
    said = lines(views.evening(found))
    assert "Only things that the jobs need would have been within reach." in said
    assert "Nothing would have been within reach." not in said


def test_what_takes_away_comes_first_and_a_deny_on_one_person_only_where_nothing_else_helps_as_much():
    grouped, alone = furnished(), furnished()
    grouped("iam create-group --group-name Staff")
    grouped(
        f"iam put-group-policy --group-name Staff --policy-name all --policy-document {quote(allow('s3:*'))}"
    )
    hired(grouped, "casey")
    grouped("iam add-user-to-group --group-name Staff --user-name casey")
    hired(alone, "casey")
    alone(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    plan = rota(job("casey", LIST))
    calls = [
        change.call for change in day_results(a_day(grouped, plan, "leaked-key")).changes
    ]
    assert calls[0].operation == "PutGroupPolicy"
    assert '"Allow"' in calls[0].text("PolicyDocument")
    assert [best_practice_distance(call) for call in calls] == sorted(
        map(best_practice_distance, calls)
    )
    assert not any(best_practice_distance(call) == 2 for call in calls)
    (only,) = day_results(a_day(alone, plan, "leaked-key")).changes
    assert best_practice_distance(only.call) == 2
    assert "That is a stopgap" in lines(
        views.evening(day_results(a_day(alone, plan, "leaked-key")))
    )


def test_a_key_that_is_put_away_is_a_change_that_keeps_to_the_rules():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    shop("iam create-access-key --user-name casey")
    found = day_results(
        a_day(shop, rota(job("casey", LIST, badge="password")), "leaked-key")
    )
    assert (found.changes[0].call.operation, found.changes[0].things_left) == (
        "UpdateAccessKey",
        0,
    )


def test_where_nothing_was_reached_nothing_need_change():
    shop = furnished()
    hired(shop, "casey")
    assert not day_results(a_day(shop, rota(job("casey", LIST)), "leaked-key")).changes


# --------------------------------------------------------------- demonstrations
PEOPLE = {"casey": [LIST, READ], "bo": [SELL, STOCK], "mina": [PAYROLL]}
LEAST = {
    "casey": ONE_BUCKET,
    "bo": policy(
        statement("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/Register"),
        statement("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/Inventory"),
    ),
    "mina": allow("s3:GetObject", f"{PAYROLLS}/*"),
}


def staffed(badge: str = "key", **via: str) -> Rota:
    """The rota of all three; `via` says in which role a job's line is done, by the end of the job's name."""
    wants = (
        job(who, line, id=f"{who}{n}", badge=badge, via=via.get(f"{who}{n}", ""))
        for who, lines in PEOPLE.items()
        for n, line in enumerate(lines)
    )
    return rota(*wants)


def group(shop: Shop, name: str, document: str, *members: str) -> None:
    shop(f"iam create-group --group-name {name}")
    shop(
        f"iam put-group-policy --group-name {name} --policy-name work --policy-document {quote(document)}"
    )
    for member in members:
        shop(f"iam add-user-to-group --group-name {name} --user-name {member}")


def built(build: Callable[[Shop], None]) -> Account:
    shop = furnished()
    for name in PEOPLE:
        shop(f"iam create-user --user-name {name}")
        shop(f"iam create-access-key --user-name {name}")
        shop(f"iam create-login-profile --user-name {name} --password Kaffee-klatsch-7")
    build(shop)
    return shop.account


def side_by_side(
    tonight: Account, yesterday: Account, plan: Rota, incident: str, who: str
) -> Evening:
    """The same theft in both accounts, on the first day on which it befalls that person; tonight all jobs are done."""
    seeds = (run_day(tonight, plan, seed, incident_id=incident) for seed in range(40))
    day = next(day for day in seeds if day.course and day.course.theft.victim == who)
    assert all(ticket.has_succeeded for ticket in day.tickets)
    found = day_results(day, yesterday, advice=False)
    assert found.radius_before is not None
    return found


def told(found: Evening) -> tuple[str, str]:
    """The two blast radii, as the evening tells them."""
    assert found.course is not None
    assert found.radius_before is not None
    return radius_size(found.course.radius), radius_size(found.radius_before)


LEARN = (Path(__file__).parents[2] / "docs" / "learn.md").read_text("utf-8")


def least(shop: Shop) -> None:
    for name in PEOPLE:
        group(shop, f"Only{name}", LEAST[name], name)


def administrators(shop: Shop) -> None:
    for name in PEOPLE:
        shop(f"iam attach-user-policy --user-name {name} --policy-arn {ADMIN}")


TABLES = "arn:aws:dynamodb:*:*:table/"
CODED = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
GROUPS = {
    "Receipts": (ONE_BUCKET, "casey"),
    "Tables": (
        policy(
            *(
                statement("dynamodb:*", f"{TABLES}{name}")
                for name in ("Register", "Inventory")
            )
        ),
        "bo",
    ),
    "Wages": (LEAST["mina"], "mina"),
}


def three_groups(shop: Shop) -> None:
    for name, (document, member) in GROUPS.items():
        group(shop, name, document, member)


def roles(shop: Shop) -> None:
    """Bo's two workstations are roles, each with its one permission, and worn with a code."""
    for name, action, table in (
        ("Cashier", "PutItem", "Register"),
        ("Stock", "GetItem", "Inventory"),
    ):
        shop.role(
            name,
            trust(user("bo"), **CODED),
            allow(f"dynamodb:{action}", f"{TABLES}{table}"),
        )
    for name in ("Receipts", "Wages"):
        group(shop, name, *GROUPS[name])


def codes(shop: Shop) -> None:
    for name in PEOPLE:
        rows = json.loads(LEAST[name])["Statement"]
        group(shop, f"Only{name}", policy(*({**row, **CODED} for row in rows)), name)


def test_least_privilege_against_administrators_all():
    found = side_by_side(
        built(least), built(administrators), staffed(), "leaked-key", "casey"
    )
    here, there = told(found)
    assert here == "1 of 7 resources: list 1, read 1"
    assert there.startswith("6 of 6 resources: list 6, read ")
    assert found.radius_before is not None
    assert found.radius_before.full_access_path
    assert f"| least privilege: {here} | AdministratorAccess for all: {there} |" in LEARN


def test_roles_against_three_groups():
    plan = staffed("code", bo0="Cashier", bo1="Stock")
    here, there = told(
        side_by_side(built(roles), built(three_groups), plan, "leaked-key", "bo")
    )
    assert (here, there[:24]) == ("nothing", "2 of 7 resources: list 2")
    assert (
        f"| two roles that require an MFA code: {here} | three groups: {there} |" in LEARN
    )


def test_codes_against_none():
    here, there = told(
        side_by_side(
            built(codes), built(least), staffed("code"), "phished-password", "mina"
        )
    )
    assert (here, there) == ("nothing", "1 of 7 resources: read 1")
    assert f"| an MFA code is required: {here} | no MFA code: {there} |" in LEARN
