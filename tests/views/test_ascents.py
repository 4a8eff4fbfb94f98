"""Who could become what: a step names who makes the call, and whoever isn't looked from is told."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from coffeeshop.account.escalation.survey import (
    Ascent,
    Surveyed,
    starting_entities,
    survey,
)
from coffeeshop.policy import parse
from coffeeshop.policy.model import Kind
from coffeeshop.shop.want import Ticket
from coffeeshop.views.ascents import escalation_headline, escalation_rows, outside_rows
from coffeeshop.views.rows import lines
from coffeeshop.views.tickets import explain_ticket
from tests.views.plays import graded, played, scenario

ADMIN = "arn:aws:iam::111122223333:role/AdminMachine"
TAKES = f"lambda.amazonaws.com assumes {ADMIN}, and runs their code with it"


def test_a_step_that_a_service_makes_is_no_command_of_theirs():
    play = played("26")
    said = lines(
        escalation_rows(
            survey(play.account, play.now, starting_entities(play.account, "indra")),
            play.account,
        )
    )
    assert TAKES in said
    assert "aws sts assume-role" not in said


def test_a_name_that_the_search_made_up_is_told_as_made_up():
    play = played("26")
    said = lines(
        escalation_rows(
            survey(play.account, play.now, starting_entities(play.account, "indra")),
            play.account,
        )
    )
    assert "“report-canary” is a made-up name. It stands for any name that fits." in said


def test_a_function_with_the_name_that_a_search_makes_up_hides_no_way_and_is_not_made_up():
    made = "aws lambda create-function --function-name report-canary --runtime python3.13 --handler f.f --role arn:aws:iam::111122223333:role/AdminMachine --zip-file fileb://function.zip\n"
    play = played("26", made)
    said = lines(
        escalation_rows(
            survey(play.account, play.now, starting_entities(play.account, "indra")),
            play.account,
        )
    )
    assert TAKES in said
    assert "“report-canary-2” is a made-up name." in said
    assert "“report-canary” is a made-up name." not in said


def test_why_tells_a_step_that_a_service_makes_as_its_own():
    leaks = (ticket for check in graded("26").checks for ticket in check.pieces(Ticket))
    ticket = next(one for one in leaks if one.detour)
    said = lines(explain_ticket(ticket))
    assert TAKES in said
    assert "$ aws sts assume-role" not in said


INDRA = "arn:aws:iam::111122223333:user/indra"
ROBIN = "arn:aws:iam::111122223333:user/robin"


def test_one_principal_is_told_by_name_and_not_counted_out_of_one():
    assert (
        escalation_headline([Surveyed(INDRA)])
        == "User indra can't do everything now, and couldn't gain full access unaided."
    )
    able = Surveyed(INDRA, everything=True)
    assert escalation_headline([able]) == "User indra can do everything now."
    climbing = Surveyed(INDRA, ascents=(Ascent(ROBIN, True),))
    assert (
        escalation_headline([climbing])
        == "User indra can't do everything now, but could gain full access unaided."
    )


def test_where_nobody_can_do_everything_nobody_is_called_another():
    headline = escalation_headline([Surveyed(INDRA), Surveyed(ROBIN)])
    assert headline == (
        "Of 2 users and roles, none can do everything now, and none could gain full access unaided."
    )


def test_an_account_that_a_role_trusts_is_told_as_not_looked_from():
    trust = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"AWS": "444455556666"}}}'
    )
    line = (
        f"aws iam create-role --role-name Cashier --assume-role-policy-document '{trust}'\n"
    )
    said = lines(outside_rows(played("26", line).account))
    assert (
        "Not checked: account 444455556666, named in the trust policy of Cashier." in said
    )


def test_a_trusted_role_of_another_account_is_told_by_its_name_and_not_as_the_account():
    said = lines(outside_rows(played("25", "solution").account))
    assert said == (
        "Not checked: role Courier in account 444455556666, "
        "named in the trust policy of OrdersExport."
    )


@pytest.mark.parametrize(
    ("principal", "said"),
    [
        ({"AWS": "*"}, "every other AWS account"),
        ("*", "every other AWS account"),
        (
            {
                "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
            },
            "provider token.actions.githubusercontent.com",
        ),
        ({"Federated": "accounts.google.com"}, "provider accounts.google.com"),
        (
            {
                "Federated": "arn:aws:iam::111122223333:saml-provider/AWSSSO_a1_DO_NOT_DELETE"
            },
            "IAM Identity Center",
        ),
        ({"Service": "lambda.amazonaws.com"}, ""),
        ({"AWS": "arn:aws:iam::111122223333:root"}, ""),
    ],
)
def test_everyone_outside_whom_a_role_trusts_is_told_as_not_checked(
    principal: object, said: str
) -> None:
    account = played("26").account
    trust = {"Effect": "Allow", "Action": "sts:*", "Principal": principal}
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": trust}), Kind.TRUST)
    role = next(iter(account.roles.values()))
    trusting = replace(role, trust=replace(role.trust, policy=policy))
    account = replace(account, roles=account.roles.put(role.name.lower(), trusting))
    told = [line for line in lines(outside_rows(account)).splitlines() if role.name in line]
    wanted = f"Not checked: {said}, named in the trust policy of {role.name}."
    assert told == ([wanted] if said else [])


def test_who_can_do_everything_only_under_a_condition_is_counted_apart() -> None:
    admin = "arn:aws:iam::111122223333:role/Admin"
    worn = Ascent(admin, True, supposing="a Lambda function has it")
    surveys = [Surveyed("arn:aws:iam::111122223333:user/indra", ascents=(worn,))]
    assert escalation_headline(surveys) == (
        "User indra can't do everything now, and couldn't gain full access unaided. "
        "It could, but only under the condition that its line names."
    )


def test_a_principal_that_several_ways_lead_to_is_named_once() -> None:
    robin = Ascent("arn:aws:iam::111122223333:user/robin", False)
    ways = (robin,) * 8
    said = lines(
        escalation_rows(
            [Surveyed("arn:aws:iam::111122223333:user/mina", ascents=ways)],
            played("26").account,
        )
    )
    assert said.splitlines()[-1].count("user robin") == 1


def test_who_gains_nothing_by_their_own_calls_may_still_be_given_more_by_others() -> None:
    """Mina could attach any policy to Sam, who has no credential to make calls with."""
    play = played("22", scenario("22").text("wrong/attach-freely.sh"))
    surveys = (*survey(play.account, play.now, starting_entities(play.account, "")),)
    said = lines(escalation_rows(surveys, play.account))
    assert "user sam, role espresso-role: can't gain more access unaided" in said
    headline = escalation_headline(surveys)
    assert headline.endswith("no other could gain full access unaided.")


def test_what_the_organization_leaves_out_is_not_called_everything() -> None:
    for number, ability in (
        ("44", "can already do everything that the organization allows"),
        ("10", "can do everything already"),
    ):
        play = played(number)
        surveys = tuple(
            survey(play.account, play.now, starting_entities(play.account, "ada"))
        )
        assert ability in lines(escalation_rows(surveys, play.account))
        limited = "everything that the organization allows now"
        assert (limited in escalation_headline(surveys)) is (number == "44")


def test_roles_that_need_an_assumption_are_told_with_it() -> None:
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"],
                    "Resource": "*",
                }
            ],
        }
    )
    play = played(
        "26",
        "aws iam delete-group-policy --group-name Developers --policy-name reports\n"
        f"aws iam put-user-policy --user-name indra --policy-name p --policy-document '{document}'\n",
    )
    indra = starting_entities(play.account, "indra")
    told = lines(escalation_rows(survey(play.account, play.now, indra), play.account))
    assert "and could become role espresso-role, role ReportRole\n" in told
    assert "and could become role ReportPayroll, if a Lambda function has it" in told
