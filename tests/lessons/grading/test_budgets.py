"""What one judging may take, whatever is handed in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from shlex import quote

import pytest

from coffeeshop.account import door
from coffeeshop.account.escalation import reach, searches
from coffeeshop.account.model import Account, Act, Outcome
from coffeeshop.lessons.authoring.additions import with_additions
from coffeeshop.lessons.grading import trial
from coffeeshop.lessons.grading.grade import judge_trial
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.policy.comparison import clock
from coffeeshop.policy.comparison.budgets import CALL_COST, GRADE_STEPS, Steps
from coffeeshop.shop.want import Want
from tests.examples import choose_cases
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played

HARD = Path(__file__).parents[2] / "hard" / "policies"
SCRIPTS = sorted((Path(__file__).parents[2] / "hard" / "scripts").glob("*.sh"))
WIDEST = ["not-elements", "every-service-by-wildcard"]
STAFF = ("casey", "robin", "sam", "indra", "mina", "bo")


def carried_by_everybody(name: str) -> str:
    """Lines that hang a hard policy on everybody who is judged in the first capstone."""
    arn = "arn:aws:iam::111122223333:policy/Hard"
    document = quote(json.dumps(json.loads((HARD / f"{name}.json").read_text())))
    made = f"aws iam create-policy --policy-name Hard --policy-document {document}\n"
    return made + "".join(
        f"aws iam attach-user-policy --user-name {who} --policy-arn {arn}\n"
        for who in STAFF
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", choose_cases(WIDEST[:1], WIDEST))
def test_a_judging_plays_no_more_calls_than_its_steps_pay_for(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    id = "C1-opening-week"
    searches._recent_results.cache_clear()
    judging = Trial(played(course(id), course(id).solution + carried_by_everybody(name)))
    calls, answered = 0, door._handle_at_home

    def counted(account: Account, act: Act) -> Outcome:
        nonlocal calls
        calls += 1
        return answered(account, act)

    monkeypatch.setattr(door, "_handle_at_home", counted)
    checks = judge_trial(judging)
    assert not all(check.passed for check in checks)
    # What a search found as its steps ended is played once more.
    assert reach.MAX_PATHS < calls <= 2 * GRADE_STEPS / CALL_COST


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_what_a_hard_script_means_is_worked_out_once_and_not_for_each_person(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    judging, laid, dimension = (
        Trial(played(course("10-the-cashiers"), path.read_text())),
        list[int](),
        clock.clock_dimension,
    )

    def counted(
        hands: Mapping[str, clock.TimeKey], tests: int, steps: Steps
    ) -> clock.Clock:
        laid.append(tests)
        return dimension(hands, tests, steps)

    monkeypatch.setattr(clock, "clock_dimension", counted)
    searches._recent_results.cache_clear()
    assert judge_trial(judging)
    assert len(laid) < len(judging.account.users)


def test_what_somebody_would_hold_is_searched_for_once(monkeypatch: pytest.MonkeyPatch):
    lesson, searched = course("03-one-badge-each"), list[str]()
    ghost = "aws iam create-user --user-name ghost\n"
    judging = Trial(played(lesson, lesson.solution + ghost))
    held_by = trial.find_sessions

    def counted(
        account: Account, asking: Callable[..., Want], who: str, now: datetime, steps: Steps
    ):
        searched.append(who)
        return held_by(account, asking, who, now, steps)

    monkeypatch.setattr(trial, "find_sessions", counted)
    assert (
        judging.all_possible_sessions("ghost")
        == judging.all_possible_sessions("ghost")
        != ()
    )
    assert searched == [
        "ghost",
        "ghost",
    ]  # with what they have, and with what they could be given


@pytest.mark.parametrize(
    "rule",
    [
        {"Action": "s3:PutObject", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Action": "iam:CreateUser", "Condition": {"StringLike": {"aws:Foo": "*"}}},
    ],
)
def test_a_deny_that_never_matches_an_administrator_leaves_nothing_unproven(
    rule: Mapping[str, object],
):
    id = "24-franchise-rules"
    denial = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Resource": "*", **rule}],
    }
    line = f"aws iam put-user-policy --user-name ada --policy-name extra --policy-document '{json.dumps(denial)}'"
    judging = Trial(
        with_additions(played(course(id), course(id).solution), lambda _: [line])
    )
    assert [check.id for check in judge_trial(judging) if not check.passed] == []
    assert judging.unproven_subjects == ()
