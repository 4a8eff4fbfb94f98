"""Where a Deny that was meant for a leak misses it, every surface names the Deny; the Allow and a right Deny are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Kind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.views.next import next_step
from coffeeshop.views.policy.editor import rows_if_saved
from coffeeshop.views.rows import lines
from coffeeshop.views.tickets import explain_ticket
from coffeeshop.views.why import evaluation_steps
from tests.lessons.folder import ALL, RECEIPTS, folder, played, policy, put, scenario
from tests.views.plays import played as bundled

WIDE = put(policy("s3:*", on=[RECEIPTS, ALL]), name="wide")
NO_TLS = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
NO_CODE = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
MISSING = {
    "bucket": (
        policy("s3:DeleteObject", on=RECEIPTS, effect="Deny"),
        "it is about arn:aws:s3:::coffeeshop-receipts, ",
    ),
    "typing error in its bucket": (
        policy("s3:DeleteObject", on="arn:aws:s3:::coffeeshop-recipes/*", effect="Deny"),
        "it is about arn:aws:s3:::coffeeshop-recipes/*, not about arn:aws:s3:::coffeeshop-receipts/",
    ),
    "typing error": (
        policy("s3:DeleteObjects", effect="Deny"),
        "it says s3:DeleteObjects, which isn't an IAM action",
    ),
    "no code": (
        policy("s3:DeleteObject", effect="Deny", **NO_CODE),
        "the request has no aws:MultiFactorAuthPresent",
    ),
}
RIGHT = {
    "other bucket": policy("s3:*", on="arn:aws:s3:::coffeeshop-payroll/*", effect="Deny"),
    "numbered bucket": policy(
        "s3:*", on="arn:aws:s3:::coffeeshop-receipts2/*", effect="Deny"
    ),
    "transport": policy("s3:*", effect="Deny", **NO_TLS),
    "other person": policy(
        "s3:DeleteObject", effect="Deny", Condition={"StringEquals": {"aws:username": "bo"}}
    ),
    "other action": policy("s3:PutObject", effect="Deny"),
    "a job's": policy("s3:*", on=RECEIPTS, effect="Deny"),
    "a job's own": policy("s3:*", effect="Deny", **NO_CODE),
}


def answered(below: Path, deny: str) -> Play:
    return played(scenario(folder(below)), WIDE + put(deny, name="guard"))


@pytest.mark.parametrize(("deny", "said"), MISSING.values(), ids=MISSING)
def test_every_surface_names_the_deny_that_misses(deny: str, said: str, tmp_path: Path):
    play = answered(tmp_path, deny)
    tickets, report = run_all_wants(play), grade(play)
    leak = next(ticket for ticket in tickets if ticket.mark is Mark.LEAK)
    assert leak.decision is not None
    step = next_step(play, tickets, report)
    assert step.target is not None
    assert step.target.row_name == "guard"
    (finding,) = report.findings
    assert finding.by is not None
    assert finding.by.policy.name == "guard"
    steps = evaluation_steps(leak.decision, never=True)
    assert steps[0].cited is not None
    assert steps[0].cited.policy.name == "guard"
    shown = (
        step.text,
        finding.why,
        lines(one.row for one in steps),
        lines(explain_ticket(leak)),
    )
    assert [said in text for text in shown] == [True] * 4
    assert shown[1].index("of policy “guard” would deny this") < shown[1].index(
        "of policy “wide” allows"
    )


@pytest.mark.parametrize(("deny", "said"), MISSING.values(), ids=MISSING)
def test_the_editor_says_that_the_deny_would_miss(deny: str, said: str, tmp_path: Path):
    play = played(scenario(folder(tmp_path)), WIDE)
    named = {"UserName": "casey", "PolicyName": "guard", "PolicyDocument": deny}
    act = Act(
        play.now,
        find_caller(play.account, play.scenario.desk[0]),
        Call("iam", "PutUserPolicy", named),
    )
    rows = [
        row for row in rows_if_saved(play, run_all_wants(play), act) if row.word == "misses"
    ]
    assert [said in row.text for row in rows] == [True]


@pytest.mark.parametrize("deny", RIGHT.values(), ids=RIGHT)
def test_nobody_is_led_to_a_deny_that_is_right(deny: str, tmp_path: Path):
    play = answered(tmp_path, deny)
    tickets, report = run_all_wants(play), grade(play)
    step = next_step(play, tickets, report)
    assert step.target is not None
    assert step.target.row_name == "wide"
    (finding,) = report.findings
    assert finding.by is not None
    assert finding.by.policy.name == "wide"
    assert "would deny" not in finding.why


def test_of_a_plain_bool_next_leads_to_the_deny_and_not_to_the_receipts():
    play = bundled(
        "20",
        "aws iam put-group-policy --group-name Staff --policy-name RequireCode --policy-document file://policies/require-code-bool.json",
    )
    step = next_step(play, run_all_wants(play), grade(play))
    assert step.target is not None
    assert (step.target.item_name, step.target.row_name) == ("Staff", "RequireCode")


def test_in_the_untouched_mess_the_grade_names_the_bool_and_leaves_the_deny_that_is_right():
    findings = {finding.key: finding for finding in grade(bundled("C2")).findings}
    by = {key: finding.by for key, finding in findings.items()}
    key, other = by["leak:key@casey"], by["leak:shred@robin"]
    assert key is not None
    assert other is not None
    assert (key.policy.name, key.statement.effect) == ("code", "Deny")
    assert other.statement.effect == "Allow"


def test_what_is_denied_explicitly_is_told_by_its_deny(tmp_path: Path):
    play = answered(tmp_path, policy("s3:*", effect="Deny"))
    job = next(ticket for ticket in run_all_wants(play) if ticket.want.mode is Mode.MUST)
    step = next_step(play, run_all_wants(play), grade(play))
    assert job.decision is not None
    assert step.target is not None
    assert step.target.row_name == "guard"
    (finding,) = grade(play).findings
    assert finding.by is not None
    assert (finding.by.policy.name, finding.by.layer.kind) == ("guard", Kind.IDENTITY)
    cited = evaluation_steps(job.decision)[0].cited
    assert cited is not None
    assert cited.policy.name == "guard"
