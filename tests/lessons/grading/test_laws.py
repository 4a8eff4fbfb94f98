"""The laws of the grade, for plays that nobody wrote: policies drawn at random, put and attached in every way there is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coffeeshop.lessons.authoring.assertions.attempts import solutions
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.across_accounts import toward_other_accounts
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.report_document import as_json
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Check, Play, Proof, Report, Scenario, Shares
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Excess
from coffeeshop.shop.want import Ticket
from tests.examples import examples, some
from tests.lessons.folder import ALL, RECEIPTS, folder, graded, keys, played, put, scenario

Statement: TypeAlias = dict[str, Any]
EXAMPLES = examples(4)
PAYROLL = "arn:aws:s3:::coffeeshop-payroll"
ACTIONS = ["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject", "s3:Get*", "s3:*", "iam:ListUsers", "sqs:SendMessage", "s3:ListObject"]  # fmt: skip
RESOURCES = [ALL, RECEIPTS, f"{RECEIPTS}/2026/*", f"{RECEIPTS}/2026/03/0412.json", f"{RECEIPTS}*", f"{PAYROLL}/*", "arn:aws:s3:::*", "*"]  # fmt: skip
CONDITIONS: list[Statement] = [
    {},
    {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
    {"Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}},
]
statements = st.builds(
    lambda effect, actions, resources, condition: {
        "Effect": effect,
        "Action": actions,
        "Resource": resources,
        **condition,
    },
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True),
    st.sampled_from(CONDITIONS),
)
documents = st.lists(statements, min_size=1, max_size=3)
NEEDED: Statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [ALL]}


@cache
def small() -> Scenario:
    return scenario(folder(Path(mkdtemp())))


@cache
def lessons() -> tuple[Scenario, ...]:
    return tuple(scenario(path) for path in some(folders(), 5, lambda path: path.name))


def text(*said: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(said)})


def inline(said: Sequence[Statement], name: str = "p") -> str:
    return put(text(*said), name=name)


def judged(*said: Statement, lesson: Scenario | None = None) -> Report:
    return graded(lesson or small(), inline(said))


def verdict(report: Report) -> tuple[int, float]:
    return report.stars, report.score


# -------------------------------------------------------------------- the score
shares = st.builds(Shares, *(st.fractions(0, 1, max_denominator=6) for _ in range(4)))


def report_of(found: Shares, floor: Fraction) -> Report:
    rows = zip(
        ("job:x", "refuse:x", "only:x", "practice:x"),
        (found.jobs, found.refusals, found.excess, found.practice),
        strict=True,
    )
    return Report(tuple(Check(id, "", share == 1) for id, share in rows), (), found, floor)


@given(shares, shares, st.fractions(0, Fraction(1, 2)))
def test_the_score_never_falls_when_a_share_rises(
    one: Shares, other: Shares, floor: Fraction
):
    def most(name: str) -> Fraction:
        return max(getattr(one, name), getattr(other, name))

    better = Shares(most("jobs"), most("refusals"), most("excess"), most("practice"))
    assert report_of(better, floor).score >= report_of(one, floor).score


@given(shares, st.fractions(0, Fraction(1, 2)))
def test_three_stars_and_a_hundred_points_are_the_same_event(
    found: Shares, floor: Fraction
):
    report = report_of(found, floor)
    assert (report.stars == 3) is (report.score == 100)
    assert 0 <= report.score <= 100


@given(documents)
@EXAMPLES
def test_three_stars_and_a_hundred_points_are_the_same_event_for_plays_too(
    said: list[Statement],
):
    report = judged(*said)
    assert (report.stars == 3) is (report.score == 100)
    assert (report.stars == 3) is (report.findings == ())


# -------------------------------------------------------------------- where it starts
@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.id)
def test_the_untouched_world_scores_nothing_and_neither_does_denying_everything(
    lesson: Scenario,
):
    assert verdict(grade(Play(lesson))) == (0, 0)
    nothing = text({"Effect": "Deny", "Action": "*", "Resource": "*"})
    denied = "".join(
        put(nothing, who=who, name="nothing")
        for who in lesson.people.graded
        if who in lesson.opening.users
    )
    assert verdict(graded(lesson, denied)) == (0, 0)


@given(documents)
@EXAMPLES
def test_what_is_taken_away_again_scores_nothing(said: list[Statement]):
    gone = inline(said) + "aws iam delete-user-policy --user-name casey --policy-name p\n"
    assert verdict(graded(small(), gone)) == (0, 0)


# -------------------------------------------------------------------- more and less
@given(documents)
@EXAMPLES
def test_a_further_allow_never_raises_the_score_and_costs_the_second_star_where_it_opens_anything(
    said: list[Statement],
):
    further: list[Statement] = [{**one, "Effect": "Allow"} for one in said]
    alone, more = judged(NEEDED), judged(NEEDED, *further)
    assert alone.stars == 3
    assert more.score <= alone.score
    opened = any(
        check.passed is False for check in more.checks if check.kind in ("refuse", "only")
    )
    assert (more.stars >= 2) is not opened


@given(documents, documents)
@EXAMPLES
def test_a_further_allow_never_raises_the_score_from_wherever_one_stands(
    said: list[Statement], further: list[Statement]
):
    """A further Allow may let a job work; where no job works better by it, it raises nothing."""
    before, after = (
        judged(*said),
        judged(*said, *({**one, "Effect": "Allow"} for one in further)),
    )
    assume(after.shares.jobs == before.shares.jobs)
    assert after.score <= before.score


@given(documents)
@EXAMPLES
def test_without_the_needed_allow_nothing_more_is_earned_unless_something_closes_too(
    said: list[Statement],
):
    before, after = judged(NEEDED, *said), judged(*said)
    closed = (
        after.shares.refusals > before.shares.refusals
        or after.shares.excess > before.shares.excess
    )
    assert after.score <= before.score or closed


# -------------------------------------------------------------------- what changes nothing
def managed(said: Sequence[Statement]) -> str:
    return (
        f"aws iam create-policy --policy-name Elsewhere --policy-document '{text(*said)}'\n"
        "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Elsewhere\n"
    )


def of_group(said: Sequence[Statement]) -> str:
    return (
        "aws iam create-group --group-name Whatever\n"
        f"aws iam put-group-policy --group-name Whatever --policy-name p --policy-document '{text(*said)}'\n"
        "aws iam add-user-to-group --group-name Whatever --user-name casey\n"
    )


def by_action(said: Sequence[Statement]) -> list[Statement]:
    return [{**one, "Action": action} for one in said for action in one["Action"]]


def by_resource(said: Sequence[Statement]) -> list[Statement]:
    return [{**one, "Resource": resource} for one in said for resource in one["Resource"]]


def as_strings(said: Sequence[Statement]) -> list[Statement]:
    return [
        {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in one.items()}
        for one in said
    ]


REWRITES = {
    "reordered": lambda said: inline([*reversed(said)]),
    "repeated": lambda said: inline([*said, *said]),
    "split by action": lambda said: inline(by_action(said)),
    "split by resource": lambda said: inline(by_resource(said)),
    "other letters": lambda said: inline([{**one, "Action": [a.swapcase() for a in one["Action"]]} for one in said]),
    "named statements": lambda said: inline([{**one, "Sid": f"S{n}"} for n, one in enumerate(said)]),
    "lists of one as strings": lambda said: inline(as_strings(said)),
    "a policy for each": lambda said: "".join(inline([one], f"p{n}") for n, one in enumerate(said)),
    "managed": managed,
    "of a group": of_group,
    "under another name": lambda said: inline(said, "another-name"),
    "with an idle deny": lambda said: inline([*said, {"Effect": "Deny", "Action": "ec2:TerminateInstances", "Resource": "*"}]),
}  # fmt: skip


@pytest.mark.parametrize("rewrite", REWRITES)
@given(said=documents)
@examples(12)
def test_how_it_is_written_changes_neither_stars_nor_points(
    rewrite: str, said: list[Statement]
):
    assert verdict(graded(small(), REWRITES[rewrite](said))) == verdict(judged(*said))


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.id)
def test_several_full_solutions_are_one_verdict(lesson: Scenario):
    assert {verdict(graded(lesson, script)) for script in solutions(lesson).values()} == {
        (3, 100.0)
    }


# -------------------------------------------------------------------- denying
@given(documents)
@EXAMPLES
def test_denying_earns_no_points_while_jobs_fail(said: list[Statement]):
    denied = judged(*({**one, "Effect": "Deny"} for one in said))
    assert verdict(denied) == (0, 0)


@given(documents)
@EXAMPLES
def test_a_deny_that_meets_no_needed_request_changes_no_job(said: list[Statement]):
    elsewhere = [
        {**one, "Effect": "Deny", "Resource": [f"{PAYROLL}*", "arn:aws:sqs:*:*:*"]}
        for one in said
    ]
    report = judged(NEEDED, *elsewhere)
    assert report.check("job:read@casey").passed is True
    assert report.check("refuse:shred@casey").passed is True


# -------------------------------------------------------------------- reach and canaries
def test_a_list_of_forbidden_names_does_not_hold_for_a_bucket_of_tomorrow(tmp_path: Path):
    refusal = (
        '[[refuse]]\nid = "tomorrow"\nas = "casey"\nsay = "Casey opens a file in another bucket"\n'
        'do = "aws s3api put-object --bucket {tomorrow} --key x"\n\n[[practice]]'
    )
    lesson = scenario(folder(tmp_path, change=("[[practice]]", refusal)))
    listed = text(
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": [f"{PAYROLL}*", "arn:aws:s3:::coffeeshop-recipes*", "arn:aws:s3:::coffeeshop-orders-export*"]},
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": ALL},
    )  # fmt: skip
    report = graded(lesson, put(listed))
    assert keys(report) == ["leak:tomorrow@casey"]
    assert graded(lesson, put(text(NEEDED))).stars == 3


def test_a_refusal_must_hold_for_a_colleague_whom_nobody_has_met(tmp_path: Path):
    refusal = ('id = "shred"\nas = "casey"', 'id = "shred"\nas = "{newcomer}"')
    told = ('on = "leak:shred@casey"', 'on = "leak:shred@newcomer"')
    lesson = scenario(folder(tmp_path, change=refusal, told=told))
    open_to_all = text(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:DeleteObject", "Resource": ALL}
    )
    unblocked = "aws s3api delete-public-access-block --bucket coffeeshop-receipts\n"
    opened = f"{unblocked}aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{open_to_all}'\n"
    assert graded(lesson, lesson.solution).stars == 3
    assert graded(lesson, lesson.solution + opened).stars == 0


# -------------------------------------------------------------------- as the person
def test_a_job_that_somebody_else_could_do_earns_nothing():
    other = "aws iam create-user --user-name till\n" + put(text(NEEDED), who="till")
    assert graded(small(), other).shares.jobs == 0
    assert verdict(graded(small(), other)) == (0, 0)


# -------------------------------------------------------------------- purity
@given(documents)
@EXAMPLES
def test_grading_twice_gives_the_same_bytes_and_changes_no_account(said: list[Statement]):
    play = played(small(), inline(said))
    before = play.account
    first, second = (json.dumps(as_json(report_json(play, grade(play)))) for _ in range(2))
    assert first == second
    assert play.account is before
    assert play == played(small(), inline(said))


@given(documents, st.lists(st.sampled_from(["undo", "redo"]), max_size=6))
@EXAMPLES
def test_attempts_undo_and_redo_leave_no_trace_in_the_grade(
    said: list[Statement], moves: list[str]
):
    play = played(small(), inline(said) + managed([NEEDED]))
    wandered = play
    for move in moves:
        wandered = wandered.undo() if move == "undo" else wandered.redo()
    straight = play.back(len(wandered.acts))
    assert report_json(wandered, grade(wandered)) == report_json(straight, grade(straight))


# -------------------------------------------------------------------- findings
@given(documents)
@EXAMPLES
def test_a_witness_is_allowed_by_the_engine_and_neither_needed_nor_slack(
    said: list[Statement],
):
    play = played(small(), inline([NEEDED, *said]))
    trial = Trial(play)
    held = {(one.who, one.badge): one.standing for one in trial.sessions_of("casey")}
    for check in grade(play).checks:
        for proof in check.evidence:
            if check.id == "only:casey" and isinstance(proof, Proof):
                for excess in proof.found:
                    assert isinstance(excess, Excess)
                    ours = excess.witness.account in ("", trial.account.id)
                    standing = held["casey", proof.badge]
                    standing = (
                        standing if ours else toward_other_accounts(standing)
                    )  # another account lets them
                    assert isinstance(authorize(standing, excess.witness), Allowed)
                    assert not isinstance(
                        authorize(
                            trial.needed_access("casey", proof.badge), excess.witness
                        ),
                        Allowed,
                    )


@given(documents)
@EXAMPLES
def test_every_failing_check_of_the_next_star_is_explained_by_somebody_or_something(
    said: list[Statement],
):
    report = judged(*said)
    failing = {
        check.id
        for check in report.checks
        if check.passed is False and check.star == report.stars + 1
    }
    explained = {check.id for finding in report.findings for check in finding.checks}
    assert failing == explained
    for finding in report.findings:
        assert finding.people or finding.kind in ("practice", "tampered")
        assert finding.what
        assert finding.why
        assert len(finding.hints) == 3


@given(documents)
@EXAMPLES
def test_a_leak_is_a_call_that_the_account_lets_through(said: list[Statement]):
    for check in judged(*said).checks:
        if check.kind is CheckKind.REFUSAL and check.passed is False:
            (ticket,) = (one for one in check.evidence if isinstance(one, Ticket))
            assert all(outcome.has_succeeded for outcome in ticket.outcomes)
