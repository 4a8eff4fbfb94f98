"""A boundary or a tag that the learner changed is named where it is why, and not the policy that asks for it."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.views.next import next_step
from tests.views.plays import scenario

BOUNDARY = "arn:aws:iam::111122223333:policy/StaffBoundary"
UNBOUND = "aws iam delete-user-permissions-boundary --user-name robin\n"
OTHER = "aws iam put-user-permissions-boundary --user-name robin --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess\n"
BOUND = f"aws iam put-user-permissions-boundary --user-name sam --permissions-boundary {BOUNDARY}\n"


def solved(name: str, *lines: str) -> Play:
    return run_play(scenario(name), scenario(name).solution + "".join(lines))


@pytest.mark.parametrize(
    ("line", "says", "call"),
    [
        (
            UNBOUND,
            "The user robin no longer has the permissions boundary StaffBoundary.",
            "iam put-user-permissions-boundary",
        ),
        (
            OTHER,
            "The permissions boundary of the user robin is ReadOnlyAccess now, and was StaffBoundary before.",
            "iam put-user-permissions-boundary",
        ),
        (
            BOUND,
            "The user sam has the permissions boundary StaffBoundary now, and had none before.",
            "iam delete-user-permissions-boundary",
        ),
    ],
)
def test_a_boundary_that_was_changed_is_named_and_not_the_policy_that_asks_for_it(
    line: str, says: str, call: str
) -> None:
    play = solved("22", line)
    assert says in grade(play).findings[0].why
    step = next_step(play, run_all_wants(play), None, "ada@console")
    assert says in step.text
    assert "hiring" not in step.text
    assert step.calls == (call,)


def test_what_the_policy_itself_lacks_is_said_of_the_policy() -> None:
    play = run_play(scenario("22"), UNBOUND)
    assert "boundary StaffBoundary." not in grade(play).findings[0].why


def test_leaks_that_another_change_let_through_are_another_finding() -> None:
    c4 = scenario("C4")
    lines = [
        line
        for line in c4.solution.splitlines()
        if "StaffLimit" not in line and "put-bucket-policy" not in line
    ]
    lines += [
        "aws iam delete-user-permissions-boundary --user-name robin",
        "aws s3api delete-bucket-policy --bucket coffeeshop-receipts",
    ]
    findings = grade(run_play(c4, "\n".join(lines))).findings
    assert [finding.key for finding in findings] == [
        "leak:delete@robin",
        "leak:elsewhere@casey",
    ]
    robin, casey = (finding.why for finding in findings)
    assert robin.startswith("The user robin no longer has the permissions boundary")
    gone = "The bucket coffeeshop-receipts no longer has its resource-based policy."
    assert casey.startswith(gone)
