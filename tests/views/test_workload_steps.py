"""Next, Why and the lists lead a workload's job to its provider, its audience and the role that trusts it."""

from __future__ import annotations

import json

import pytest

from coffeeshop.account.model import Call
from coffeeshop.policy.model import Kind
from coffeeshop.shop.want import Ticket
from coffeeshop.views.brief import call_usage
from coffeeshop.views.failing_job import failing_job
from coffeeshop.views.next import next_step
from coffeeshop.views.policy.own_jobs import asks_of_policy
from coffeeshop.views.policy.templates import BLANK_STATEMENTS, blank_policy
from coffeeshop.views.requests import caller_name
from coffeeshop.views.step import Step, remaining_step
from coffeeshop.views.text import command_of
from coffeeshop.views.things.lists import shown_lists
from coffeeshop.views.why import untried_text
from tests.views.plays import graded, opened, played, scenario

HOST = "token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
PROVIDER = (
    f"aws iam create-open-id-connect-provider --url https://{HOST} --client-id-list {{}}\n"
)
GITHUB = PROVIDER.format("sts.amazonaws.com")


def role(subject: str, provider: str = ARN) -> str:
    condition = {"StringLike": {f"{HOST}:sub": subject}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    permissions = "--policy-name menu --policy-document file://policies/menu.json"
    return (
        f"aws iam create-role --role-name MenuDeploy --assume-role-policy-document '{trust}'\n"
        f"aws iam put-role-policy --role-name MenuDeploy {permissions}\n"
    )


def step_after(script: str) -> Step:
    return next_step(played("33", script), opened("33", script), None, "ada")


@pytest.mark.parametrize(
    ("script", "says", "does", "operation"),
    [
        ("", "no OIDC provider for the issuer", "← Providers, n makes one", "CreateOpenIDConnectProvider"),
        (PROVIDER.format("mill"), "doesn't accept the audience sts.amazonaws.com", "a adds a client id",
         "AddClientIDToOpenIDConnectProvider"),
        (GITHUB, "there is no MenuDeploy role yet", "n makes one", "CreateRole"),
        (GITHUB + role("repo:mill/prices:*"), "doesn't let this token in", "changes who can assume it",
         "UpdateAssumeRolePolicy"),
    ],
)  # fmt: skip
def test_next_names_what_a_workload_lacks_and_where_to_make_it(
    script: str, says: str, does: str, operation: str
) -> None:
    step = step_after(script)
    assert says in step.text
    assert does in step.does
    assert step.deed.operations == (("iam", operation),)
    assert step.key == "2"


def test_next_names_the_provider_that_a_trust_policy_leaves_out() -> None:
    gitlab = "aws iam create-open-id-connect-provider --url https://gitlab.com --client-id-list mill\n"
    arn = "arn:aws:iam::111122223333:oidc-provider/gitlab.com"
    trust = role("x", arn).replace(f"{HOST}:sub", "gitlab.com:sub")
    step = step_after(GITHUB + gitlab + trust)
    assert (
        "the trust policy of MenuDeploy doesn't name the provider of its token" in step.text
    )


@pytest.mark.parametrize("has_permissions", [True, False])
def test_a_wildcard_that_a_trust_policys_operator_takes_literally_comes_before_permissions(
    has_permissions: bool,
) -> None:
    script = role("repo:coffeeshop/menu:*").replace("StringLike", "StringEquals")
    if not has_permissions:
        script, _, _ = script.partition("aws iam put-role-policy")
    step = step_after(GITHUB + script)
    assert (
        "StringEquals reads the wildcard in `repo:coffeeshop/menu:*` as a plain character"
        in step.text
    )
    assert step.deed.operations == (("iam", "UpdateAssumeRolePolicy"),)


def test_the_arrows_to_a_list_are_as_many_as_it_takes() -> None:
    step = step_after("")
    tabs = tuple(shown_lists("people", played("33").account))
    keys = {tab: remaining_step(step, tabs, tab, "").key for tab in tabs}
    assert keys == {"users": "←", "groups": "→→", "roles": "→", "providers": "n"}


def failing(script: str = "") -> Ticket:
    job = failing_job(opened("33", script))
    assert job is not None
    return job


def test_the_caller_of_a_token_is_its_workload_and_the_token_is_not_printed() -> None:
    outcome = failing().outcomes[0]
    assert caller_name(outcome) == "workload menu"
    assert command_of(outcome.act.call).endswith("--web-identity-token TOKEN")


def test_the_trust_policy_of_a_new_role_begins_for_workloads_if_there_is_a_provider() -> (
    None
):
    create = Call("iam", "CreateRole", {"RoleName": "MenuDeploy"})
    assert blank_policy(played("33"), create, Kind.TRUST) == BLANK_STATEMENTS[Kind.TRUST]
    text = blank_policy(played("33", GITHUB), create, Kind.TRUST)
    (statement,) = json.loads(text)["Statement"]
    assert statement["Principal"] == {"Federated": ""}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    keys = {key for block in statement["Condition"].values() for key in block}
    assert keys == {f"{HOST}:aud", f"{HOST}:sub"}
    assert (
        blank_policy(played("33", GITHUB), create, Kind.IDENTITY)
        == BLANK_STATEMENTS[Kind.IDENTITY]
    )


def test_the_trust_policy_of_a_role_that_a_person_takes_begins_for_persons() -> None:
    lines = "aws iam create-open-id-connect-provider --url https://gitlab.com --client-id-list x\n"
    play = played("15", lines)
    taken = {want.via for want in play.scenario.wants if want.via}
    for name in taken:
        create = Call("iam", "CreateRole", {"RoleName": name})
        assert blank_policy(play, create, Kind.TRUST) == BLANK_STATEMENTS[Kind.TRUST]


def test_the_actions_of_a_workload_s_job_are_those_of_its_role() -> None:
    """A session's requests come after the exchange, so its role needs s3:PutObject and no sts action."""
    play = played("33", scenario("33").solution)
    write = Call("iam", "PutRolePolicy", {"RoleName": "MenuDeploy", "PolicyName": "menu"})
    asks = asks_of_policy(play, write)
    assert {ask.request.action for ask in asks} == {"s3:PutObject"}
    trust = Call("iam", "UpdateAssumeRolePolicy", {"RoleName": "MenuDeploy"})
    assert {ask.request.action for ask in asks_of_policy(play, trust)} == {
        "sts:AssumeRoleWithWebIdentity"
    }


def test_why_nobody_asks_names_what_the_person_concerned_lacks() -> None:
    for name, says in (("00", "n creates the user casey"), ("01", "⏎ on root shows")):
        tickets = [ticket for ticket in opened(name) if ticket.missing]
        told = {untried_text(played(name).account, ticket) for ticket in tickets}
        assert any(says in text for text in told), name


def test_the_grade_says_that_the_role_a_workload_asks_for_does_not_exist() -> None:
    why = graded("33", GITHUB).findings[0].why
    assert why.endswith("There is no role MenuDeploy in this account.")


def test_the_usage_of_a_new_provider_names_its_audience() -> None:
    usage = call_usage("iam create-open-id-connect-provider")
    assert usage.endswith(
        "create-open-id-connect-provider --url URL --client-id-list AUDIENCE"
    )
