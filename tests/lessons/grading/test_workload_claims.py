"""A trust policy that lets the tokens of others in is an excess, with a token that the issuer could give."""

import json
import re

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.workload_sessions import workload_sessions
from coffeeshop.lessons.model import Proof
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Excess

HOST = "token.actions.githubusercontent.com"
EXCESS = f"only:federated/arn:aws:iam::111122223333:oidc-provider/{HOST}"
ROBOT = load(find("33"))
MAIN = "repo:coffeeshop/menu:ref:refs/heads/main"


def witness_subjects(subject: str, more: str = "") -> list[str]:
    """Return the subjects of the excess if the trust policy requires this subject."""
    trust = ROBOT.text("policies/trust.json").replace("repo:coffeeshop/menu:*", subject)
    trust = trust.replace('"sts.amazonaws.com" }', f'"sts.amazonaws.com"{more} }}')
    files = {**ROBOT.files, "policies/trust.json": trust.encode()}
    report = grade(run_play(ROBOT, ROBOT.solution, files=files))
    checks = [check for check in report.checks if check.id == EXCESS]
    return [
        each.witness.context[f"{HOST}:sub"][0]
        for check in checks
        for proof in check.pieces(Proof)
        for each in proof.found
        if isinstance(each, Excess)
    ]


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("repo:coffeeshop/menu:*", []),
        (MAIN, []),
        ("repo:*", ["repo:espresso-fan/menu:ref:refs/heads/main"]),
        ("repo:coffeeshop/*", ["repo:coffeeshop/website:ref:refs/heads/main"]),
        ("repo:*/menu:*", ["repo:espresso-fan/menu:ref:refs/heads/main"]),
        ("repo:coffeeshop/menu*", ["repo:coffeeshop/menux:ref:refs/heads/main"]),
        (
            "repo:coffeeshop@12/menu@34:*",
            ["repo:coffeeshop@12/menu@34:ref:refs/heads/main"],
        ),
        ("repo:coffeeshop@12/*", ["repo:coffeeshop@12/x@1:ref:refs/heads/main"]),
        ("repo:coffee*/menu:*", ["repo:coffee/menu:ref:refs/heads/main"]),
    ],
)
def test_the_witness_is_a_subject_that_github_could_write(subject: str, found: list[str]):
    subjects = witness_subjects(subject)
    assert [re.sub("coffeex?/", "coffee/", each) for each in subjects] == found


def test_a_trust_in_the_repository_claim_lets_only_that_repository_in():
    repository = f', "{HOST}:repository": "coffeeshop/menu"'
    assert witness_subjects("repo:coffeeshop/*", repository) == []
    assert witness_subjects("repo:coffeeshop/*", repository.replace("menu", "x")) != []


def stars_of_conditions(conditions: dict[str, dict[str, str]]) -> tuple[int, list[str]]:
    """Return the stars and findings of 33's solution with these conditions in the trust policy."""
    trust = json.loads(ROBOT.text("policies/trust.json"))
    trust["Statement"][0]["Condition"] = conditions
    files = {**ROBOT.files, "policies/trust.json": json.dumps(trust).encode()}
    report = grade(run_play(ROBOT, ROBOT.solution, files=files))
    return report.stars, [finding.key for finding in report.findings]


AUDIENCE = {f"{HOST}:aud": "sts.amazonaws.com"}
MENU = {f"{HOST}:sub": "repo:coffeeshop/menu:*"}


@pytest.mark.parametrize(
    "conditions",
    [
        {"ForAllValues:StringLike": MENU, "Null": {f"{HOST}:sub": "false"}},
        {
            "ForAllValues:StringLike": MENU | {f"{HOST}:repository": "coffeeshop/menu"},
            "Null": {f"{HOST}:sub": "false", f"{HOST}:repository": "false"},
        },
        {"ForAnyValue:StringLike": MENU},
    ],
)
def test_a_subject_is_never_empty_so_a_set_operator_asks_for_it(
    conditions: dict[str, dict[str, str]],
):
    assert stars_of_conditions({"StringEquals": AUDIENCE, **conditions}) == (3, [])


@pytest.mark.parametrize(
    "conditions",
    [
        {"ForAllValues:StringLike": MENU},
        {
            "ForAllValues:StringLike": {f"{HOST}:sub": "repo:coffeeshop/*"},
            "Null": {f"{HOST}:sub": "false"},
        },
    ],
)
def test_a_set_operator_alone_lets_tokens_without_a_subject_in(
    conditions: dict[str, dict[str, str]],
):
    assert stars_of_conditions({"StringEquals": AUDIENCE, **conditions})[0] < 2


def test_a_job_of_a_workload_is_done_with_its_token():
    play = run_play(ROBOT, ROBOT.solution)
    report = grade(play)
    assert report.stars == 3
    assert run_play(ROBOT, ROBOT.solution).outcomes == play.outcomes


BRANCHES = load(find("34"))


def branches_grade(before: str = "", after: str = "") -> tuple[int, list[str]]:
    """Return the stars and findings of 34's solution, with a session opened before or after it.

    A session is named as the role and the workload: "MenuDeploy shop".
    """

    def assume(session: str) -> str:
        role, _, who = session.partition(" ")
        arn = f"arn:aws:iam::111122223333:role/{role}"
        return (
            f"aws sts assume-role-with-web-identity --role-arn {arn} "
            f"--role-session-name run --web-identity-token file://tokens/{who}\n"
        )

    lines = [
        assume(before) if before else "",
        BRANCHES.solution + "\n",
        assume(after) if after else "",
    ]
    report = grade(run_play(BRANCHES, "".join(lines), files=BRANCHES.files))
    return report.stars, [finding.key for finding in report.findings]


@pytest.mark.parametrize(
    ("workload", "badges"),
    [("shop", ["key", "role/MenuDeploy"]), ("pull-request", ["key"]), ("prices", [])],
)
def test_a_workload_holds_its_token_and_the_roles_that_trust_it(
    workload: str, badges: list[str]
):
    play = run_play(BRANCHES, BRANCHES.solution, files=BRANCHES.files)
    sessions = workload_sessions(play.account, f"workload/{workload}", play.now)
    assert [session.badge for session in sessions] == badges


@pytest.mark.parametrize("session", ["MenuDeploy shop", "MenuPreview main"])
def test_a_session_that_a_workload_opens_for_its_job_costs_no_star(session: str):
    assert branches_grade(after=session) == (3, [])


@pytest.mark.parametrize("who", ["main", "new-soup", "pull-request"])
def test_a_session_that_a_workload_opened_before_its_way_was_closed_still_counts(who: str):
    stars, findings = branches_grade(before=f"MenuDeploy {who}")
    assert (stars, findings) == (1, [f"excess:workload/{who}"])


def grade_of_trust(live: str, more: str = "") -> list[str]:
    """Return the findings of 34's solution with this subject, and more conditions, in the trust of MenuDeploy."""
    trust = BRANCHES.text("policies/trust-live.json")
    trust = trust.replace("repo:coffeeshop/menu:environment:shop", live)
    if "?" in live or "*" in live:
        trust = trust.replace('"StringEquals"', '"StringLike"')
    trust = trust.replace('"Condition": {', f'"Condition": {{{more}')
    files = {**BRANCHES.files, "policies/trust-live.json": trust.encode()}
    report = grade(run_play(BRANCHES, BRANCHES.solution, files=files))
    return [finding.key for finding in report.findings]


@pytest.mark.parametrize(
    ("subject", "findings"),
    [
        ("repo:coffeeshop/menu:environment:shop", []),
        ("repo:coffeeshop/menu:environment:sho?", [EXCESS.replace("only:", "excess:")]),
        ("repo:coffeeshop/menu:*:shop", [EXCESS.replace("only:", "excess:")]),
    ],
)
def test_tokens_keep_no_more_of_what_a_job_asks_of_a_provider_than_the_job_needs(
    subject: str, findings: list[str]
):
    assert grade_of_trust(subject) == findings


def test_a_condition_in_the_trust_of_one_role_refuses_no_job_in_another():
    asked = '"NumericLessThan": {"sts:DurationSeconds": "3601"},'
    live = "repo:coffeeshop/menu:environment:shop"
    assert grade_of_trust(live, asked) == ["job-denied:live@shop:condition"]


@pytest.mark.parametrize("quantifier", ["", "ForAnyValue:"])
def test_a_claim_has_one_value(quantifier: str):
    trust = BRANCHES.text("policies/trust-live.json").replace(
        '"StringEquals"', f'"{quantifier}StringEquals"'
    )
    files = {**BRANCHES.files, "policies/trust-live.json": trust.encode()}
    assert grade(run_play(BRANCHES, BRANCHES.solution, files=files)).stars == 3
