"""The grader's own test: every change of a solution that matters costs a star, no rewrite costs anything."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from msgspec import structs

from coffeeshop.lessons.authoring import backdoors as doors
from coffeeshop.lessons.authoring import mutants
from coffeeshop.lessons.authoring import mutation_testing as attacks
from coffeeshop.lessons.authoring.backdoors import Backdoor, backdoors, find_unseen_door
from coffeeshop.lessons.authoring.equivalent_mutants import _with_a_deny, rewrites
from coffeeshop.lessons.authoring.key_denies import key_denies
from coffeeshop.lessons.authoring.mutants import Mutant
from coffeeshop.lessons.authoring.mutation_testing import (
    Tally,
    evenly_spread,
    grade_mutants,
)
from coffeeshop.lessons.authoring.policy_slots import put_policy as changed_in
from coffeeshop.lessons.authoring.policy_slots import spots, standing_so
from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.model import Play, Proof, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import (
    Condition,
    Element,
    Kind,
    Principals,
    Statement,
    Undecided,
)
from tests.lessons.folder import FILES, SCENARIO, folder, played, policy


@cache
def scenario(id: str) -> Scenario:
    found = find(id)
    return load(found)


@cache
def solved(id: str) -> Play:
    return run_play(scenario(id), scenario(id).solution, "solution.sh")


@pytest.mark.slow
@pytest.mark.parametrize(
    "id", ["02-the-first-administrator", "05-receipts-drawer"]
)  # the checks attack all
def test_the_grader_judges_every_mutant_and_every_rewrite_rightly(id: str):
    tally, problems = grade_mutants(scenario(id))
    assert problems == ()
    assert tally.different > 0


def test_the_mutants_of_the_receipts_drawer_are_many_and_of_every_family_that_fits():
    families = {mutant.family for mutant in mutants.mutants(solved("05-receipts-drawer"))}
    assert families == {"add", "widen", "take", "flip", "hand"}


def test_conditions_and_denies_are_loosened_and_dropped():
    notes = {
        (mutant.family, mutant.note.rpartition(": ")[2])
        for mutant in mutants.mutants(solved("20-mfa-at-the-door"))
    }
    assert ("drop", "Bool on aws:MultiFactorAuthPresent changed") in notes
    assert ("loosen", "Bool on aws:MultiFactorAuthPresent changed") in notes
    assert ("drop", "the statement is gone") in notes
    assert ("drop", "actions without iam:GetUser") in notes
    assert ("loosen", "actions spares s3:GetObject") in notes


def test_trust_is_given_to_each_other_user_to_the_account_and_to_everybody():
    notes = {mutant.note for mutant in mutants.mutants(solved("15-three-workstations"))}
    trust = {
        note.partition(": ")[2]
        for note in notes
        if note.startswith("the trust of role Cashier")
    }
    users = {
        f"trusts arn:aws:iam::111122223333:user/{who}"
        for who in ("ada", "bo", "casey", "mina")
    }
    assert users | {"trusts everyone", "Allow is now Deny"} == trust


def test_a_policy_is_tried_on_each_other_thing_of_its_kind():
    notes = {
        mutant.note.rpartition(": ")[2]
        for mutant in mutants.mutants(solved("15-three-workstations"))
    }
    assert "also on arn:aws:dynamodb:us-east-1:111122223333:table/Inventory" in notes
    assert "also on arn:aws:iam::111122223333:role/Manager" in notes


def test_beside_an_action_the_name_of_its_call_is_tried_which_only_a_rule_minds():
    found = next(
        m
        for m in mutants.mutants(solved("05-receipts-drawer"))
        if "call and no action" in m.note
    )
    assert found.note.endswith("also s3:HeadBucket, a call and no action")
    judged, before = JudgedPlay(found.play), JudgedPlay(solved("05-receipts-drawer"))
    assert tuple(judged.changed_people(before)) == ()
    assert [finding.key for finding in judged.report.findings] == [
        "practice:no-unknown-actions"
    ]


@pytest.mark.parametrize(
    ("id", "kinds"),
    [
        ("24-franchise-rules", {"a group policy", "a bucket policy", "a service control policy"}),
        ("15-three-workstations", {"a group policy", "a trust policy", "a queue policy"}),
        ("32-the-keeper-of-the-key", {"a trust policy", "a key policy"}),
    ],
)  # fmt: skip
def test_a_job_is_denied_by_each_key_that_it_can_send_in_each_kind_of_policy(
    id: str, kinds: set[str]
):
    notes = {mutant.note for mutant in key_denies(solved(id))}
    places = {note.partition(" denies ")[0] for note in notes}
    assert places >= {"an identity policy", "a boundary", *kinds}
    by_case: dict[str, set[str]] = {}
    for note in notes:
        place, _, case = note.partition(" denies ")
        by_case.setdefault(case, set()).add(place)
    assert all("an identity policy" in places for places in by_case.values())


def test_keys_that_a_reason_pins_are_denied_of_no_job():
    notes = {mutant.note for mutant in key_denies(solved("24-franchise-rules"))}
    keys = {note.rpartition(" on ")[2] for note in notes}
    assert {"s3:x-amz-acl", "s3:x-amz-storage-class"} <= keys
    assert keys.isdisjoint(
        {"s3:TlsVersion", "aws:SecureTransport", "s3:DataAccessPointArn"}
    )


def test_a_partner_is_anywhere_and_in_a_role_of_ours_at_the_place_of_work():
    notes = {mutant.note for mutant in key_denies(solved("25-the-delivery-partner"))}
    by_endpoint = {
        note.partition(" denies ")[2] for note in notes if note.endswith("aws:SourceVpce")
    }
    assert by_endpoint == {"sts:AssumeRole by Null on aws:SourceVpce"}


def test_another_session_policy_of_a_job_makes_a_difference():
    lesson = scenario("44-the-whole-wall")
    rest = lesson.solution.rpartition("aws iam create-policy-version")[0]
    assert JudgedPlay(played(lesson, rest)).differs_from(
        JudgedPlay(solved("44-the-whole-wall"))
    )


def test_an_even_spread_of_denies_has_every_kind_of_policy():
    denied = [mutant.note for mutant in key_denies(solved("08-the-wildcard-till"))]
    few = {note.partition(" denies ")[0] for note in denied[:: len(denied) // 8]}
    assert few == {note.partition(" denies ")[0] for note in denied}


def test_a_deny_of_a_key_that_costs_no_star_is_told():
    (denied, *_) = key_denies(solved("05-receipts-drawer"))
    assert attacks._judge_key_deny(denied) == (Tally(different=1), ())
    harmless = structs.replace(denied, play=solved("05-receipts-drawer"))
    _, (problem,) = attacks._judge_key_deny(harmless)
    assert problem.text.endswith("removes part of a job, but earns 3 stars")


def test_a_rewrite_says_the_same_and_keeps_every_star():
    seen = {
        mutant.note.rpartition(": ")[2] for mutant in rewrites(solved("10-the-cashiers"))
    }
    assert {
        "backwards",
        "in capitals",
        "without Sids",
        "said twice",
        "one statement for all",
    } <= seen
    for mutant in rewrites(solved("10-the-cashiers")):
        report = JudgedPlay(mutant.play).report
        assert (report.stars, report.score, report.findings) == (3, 100.0, ())


def test_the_only_statement_of_a_policy_is_taken_too():
    gone = next(
        m
        for m in mutants.mutants(solved("05-receipts-drawer"))
        if m.note.endswith("the statement is gone")
    )
    assert [finding.key for finding in JudgedPlay(gone.play).report.findings] == [
        "job-denied:list@casey:none"
    ]


def test_conditions_are_loosened_in_every_way_that_their_operator_has():
    condition = Condition(
        "StringEquals", "aws:PrincipalTag/team", ("bar", "till"), "ForAnyValue"
    )
    statement = Statement(
        "Allow", Element(("s3:GetObject",)), Element(("*",)), conditions=(condition,)
    )
    changed = [
        others[0].conditions for _, _, others in mutants._loosened_conditions(statement)
    ]
    assert changed == [
        (),
        (replace(condition, if_exists=True),),
        (replace(condition, operator="StringLike", values=("bar*", "till*")),),
        (replace(condition, quantifier="ForAllValues"),),
        (replace(condition, values=("till",)),),
        (replace(condition, values=("bar",)),),
    ]


def test_a_null_condition_is_dropped_and_has_no_form_with_if_exists():
    condition = Condition("Null", "aws:ResourceTag/team", ("true",))
    statement = Statement(
        "Allow", Element(("sqs:TagQueue",)), Element(("*",)), conditions=(condition,)
    )
    changed = [
        others[0].conditions for _, _, others in mutants._loosened_conditions(statement)
    ]
    assert changed == [()]


@pytest.mark.parametrize(
    ("joins", "touched"), [("StandIns", ("newcomer",)), ("Managers", ())]
)
def test_a_boundary_of_a_member_is_none_of_the_colleague_who_is_hired_beside_them(
    joins: str, touched: tuple[str, ...]
):
    """Sam's boundary keeps Sam from what both groups give. Only StandIns has nobody else."""
    before = JudgedPlay(solved("C3-franchise"))
    mutant = next(
        m for m in mutants.mutants(solved("C3-franchise")) if m.note == f"sam joins {joins}"
    )
    assert tuple(JudgedPlay(mutant.play).changed_people(before)) == touched
    tally, problems = attacks._judge_mutant(mutant, before)
    assert (tally.different, problems) == (len(touched), ())


def test_a_colleague_in_no_group_is_somebody_whose_access_a_bucket_policy_changes():
    before = JudgedPlay(solved("37-two-shops-one-drawer"))
    without_statement = [
        mutant
        for mutant in mutants.mutants(solved("37-two-shops-one-drawer"))
        if mutant.note.endswith("bucket policy: the statement is gone")
    ]
    assert any(
        JudgedPlay(mutant.play).has_changed_for(before, "newcomer")
        for mutant in without_statement
    )


def test_what_members_may_do_with_what_is_their_own_is_no_harm_in_whoever_is_hired_beside_them():
    before = JudgedPlay(solved("20-mfa-at-the-door"))
    note = "group Staff, SelfService: also iam:CreateAccessKey (Write)"
    mutant = next(
        m for m in mutants.mutants(solved("20-mfa-at-the-door")) if m.note == note
    )
    tally, problems = attacks._judge_mutant(mutant, before)
    assert (tally.within, problems) == (1, ())


def test_a_bucket_policy_is_changed_where_it_stands():
    play = solved("05-receipts-drawer")
    text = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",'
        ' "NotResource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET/voided/*"}}'
    )
    line = f"aws s3api put-bucket-policy --bucket AWSDOC-EXAMPLE-BUCKET --policy '{text}'"
    guarded = run_play(
        scenario("05-receipts-drawer"),
        f"{scenario('05-receipts-drawer').solution}\n{line}",
        "",
    )
    spot = next(spot for spot in spots(guarded) if spot.kind is Kind.RESOURCE)
    assert spot.holder == "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"
    policy = replace(
        spot.policy, statements=(replace(spot.policy.statements[0], sid="Shred"),)
    )
    after = (
        changed_in(guarded.account, spot, policy).buckets["AWSDOC-EXAMPLE-BUCKET"].policy
    )
    assert after is not None
    assert after.policy.statements[0].sid == "Shred"
    assert _with_a_deny(spot.policy) == spot.policy
    notes = {mutant.note.rpartition(": ")[2] for mutant in mutants.mutants(guarded)}
    assert "resources spares arn:aws:s3:::*" in notes
    assert play.account.buckets["AWSDOC-EXAMPLE-BUCKET"].policy is None


def test_a_play_without_acts_stands_otherwise_by_its_opening():
    untouched = Play(scenario("05-receipts-drawer"))
    account = solved("05-receipts-drawer").account
    assert standing_so(untouched, account).account is account


def widened(id: str) -> Play:
    play = solved(id)
    spot = next(iter(spots(play)))
    first, *rest = spot.policy.statements
    policy = replace(
        spot.policy, statements=(replace(first, resources=Element(("*",))), *rest)
    )
    return standing_so(play, changed_in(play.account, spot, policy))


def test_a_thing_without_its_tag_does_harm_where_a_refusal_is_about_the_tag():
    lesson = scenario("40-by-tag")
    untagged = lesson.solution.partition("\n")[2]
    judged = JudgedPlay(run_play(lesson, untagged))
    before = JudgedPlay(run_play(lesson, lesson.solution))
    assert judged.differs_from(before)
    assert not judged.is_harmless_beside(before)


def test_a_grader_that_lets_a_mutant_live_is_told_so():
    mutant = Mutant("widen", "to everything", widened("05-receipts-drawer"))
    judged, before = JudgedPlay(mutant.play), JudgedPlay(solved("05-receipts-drawer"))
    assert judged.differs_from(before)
    judged.__dict__["first_finding"] = None
    problems = tuple(attacks._missed_change_problems(mutant, judged, before))
    assert [problem.text for problem in problems] == [
        "to everything: this mutant keeps three stars, although it changes what casey can do"
    ]


def test_a_grader_that_punishes_a_rewrite_is_told_so():
    mutant = Mutant("rewrite", "the same", solved("05-receipts-drawer"))
    judged, before = JudgedPlay(mutant.play), JudgedPlay(widened("05-receipts-drawer"))
    problems = tuple(attacks._find_difference(mutant, before, judged))
    assert len(problems) == 1
    assert "changes nothing that matters, but earns" in problems[0].text


def test_a_finding_that_names_nobody_who_is_touched_is_told():
    mutant = Mutant("take", "gone", widened("05-receipts-drawer"))
    judged, before = JudgedPlay(mutant.play), JudgedPlay(solved("05-receipts-drawer"))
    stranger = structs.replace(
        judged.report.findings[0], key="leak:x@robin", people=("robin",)
    )
    judged.__dict__["report"] = structs.replace(judged.report, findings=(stranger,))
    judged.__dict__["first_finding"] = stranger
    problems = tuple(attacks._missed_change_problems(mutant, judged, before))
    assert [problem.text for problem in problems] == [
        "gone: the first finding leak:x@robin doesn't name any of casey"
    ]


def test_a_finding_about_somebody_without_a_badge_names_who_is_touched(tmp_path: Path):
    ask = "aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json"
    row = f'\n[[refuse]]\nid = "leave"\nas = "anyone"\ndo = "{ask}"\nsay = "Someone leaves a receipt at the door"\n'
    lesson = load(folder(tmp_path, {**FILES, "scenario.toml": SCENARIO + row}))
    lets_in = f"""aws s3api delete-public-access-block --bucket coffeeshop-receipts
aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{policy("s3:PutObject", Principal="*")}'
"""
    before, after = (
        JudgedPlay(played(lesson, FILES["solution.sh"] + more)) for more in ("", lets_in)
    )
    assert [finding.key for finding in after.report.findings] == ["leak:leave@anyone"]
    assert (
        tuple(
            attacks._missed_change_problems(
                Mutant("leave", "a line", after.play), after, before
            )
        )
        == ()
    )


def test_a_solution_that_cannot_be_read_is_all_there_is_to_tell():
    broken = structs.replace(
        scenario("05-receipts-drawer"), solution="aws iam create-usr\n"
    )
    tally, problems = grade_mutants(broken)
    assert tally == Tally()
    assert [problem.place.line for problem in problems] == [1]


def with_more(action: str) -> Play:
    """The receipts drawer solved, and one action more on its bucket."""
    play = solved("05-receipts-drawer")
    spot = next(iter(spots(play)))
    first = spot.policy.statements[0]
    policy = replace(
        spot.policy, statements=(first, replace(first, actions=Element((action,)), sid=""))
    )
    return standing_so(play, changed_in(play.account, spot, policy))


def test_a_witness_that_the_solution_allows_too_is_no_news():
    mutant = Mutant("widen", "more", with_more("s3:GetBucketLocation"))
    judged = JudgedPlay(mutant.play)
    assert [
        problem.text for problem in attacks._missed_change_problems(mutant, judged, judged)
    ] == ["more: the example request of excess:casey was allowed before"]
    assert (
        tuple(
            attacks._missed_change_problems(
                mutant, judged, JudgedPlay(solved("05-receipts-drawer"))
            )
        )
        == ()
    )


def test_what_could_not_be_decided_has_no_witness_to_doubt():
    undecided = Proof("casey", "key", (Undecided("too intricate"),))
    assert attacks._is_newly_allowed(undecided, JudgedPlay(solved("05-receipts-drawer")))


def test_a_deny_without_resources_is_loosened_by_its_actions_alone():
    everybody = Principals((("AWS", "*"),))
    deny = Statement("Deny", Element(("sts:AssumeRole", "sts:TagSession")), None, everybody)
    assert [note for _, note, _ in mutants._denies_less(deny)] == [
        "actions without sts:AssumeRole",
        "actions without sts:TagSession",
    ]


def test_a_queue_has_a_policy_and_no_spot():
    text = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue",'
        ' "Resource": "arn:aws:sqs:us-east-1:111122223333:online-orders"}}'
    )
    attributes = json.dumps({"Policy": text})
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"
    line = f"aws sqs set-queue-attributes --queue-url {url} --attributes '{attributes}'"
    guarded = run_play(scenario("05-receipts-drawer"), line, "")
    assert guarded.outcomes[-1].has_succeeded, guarded.outcomes[-1].answer
    assert [spot for spot in spots(guarded) if spot.kind is Kind.RESOURCE] == []


def unseen_of(opened: Iterable[Backdoor]) -> list[str]:
    return [str(problem) for backdoor in opened for problem in find_unseen_door(backdoor)]


def test_a_door_opened_to_any_class_of_principal_is_seen():
    solved = played(scenario("05-receipts-drawer"), scenario("05-receipts-drawer").solution)
    opened = list(backdoors(solved))
    assert len(opened) > 100
    assert unseen_of(opened) == []
    assert {backdoor.kind for backdoor in opened} == {
        "anonymous", "other account", "service", "federated", "known by an id", "newcomer", "user",
        "given a tag", "session of a provider", "role of a service", "workforce user",
    }  # fmt: skip


@pytest.mark.slow
def test_a_door_opened_in_a_sister_account_is_seen():
    solved = played(scenario("24-franchise-rules"), scenario("24-franchise-rules").solution)
    there = [
        backdoor.who
        for backdoor in backdoors(solved)
        if backdoor.kind == "of a sister account"
    ]
    assert len(there) == 4  # a user and a role in each
    assert unseen_of(backdoors(solved)) == []


@pytest.mark.slow
def test_a_door_that_the_grade_does_not_see_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    solved = played(scenario("05-receipts-drawer"), scenario("05-receipts-drawer").solution)
    monkeypatch.setattr(
        doors,
        "PRINCIPAL_CLASSES",
        tuple(row for row in doors.PRINCIPAL_CLASSES if row.kind != "service"),
    )
    said = unseen_of(backdoors(solved))
    assert said
    assert all("nothing is said of service/logging" in one for one in said)


def test_a_colleague_of_tomorrow_is_judged_with_any_badge_where_only_real_ones_count():
    solved = played(
        scenario("02-the-first-administrator"),
        scenario("02-the-first-administrator").solution,
    )
    assert unseen_of(backdoors(solved)) == []


def test_at_most_so_many_are_taken_evenly_spread():
    assert evenly_spread(range(10), None) == range(10)
    assert [*evenly_spread(range(10), 4)] == [0, 3, 6, 9]
    assert (
        [*evenly_spread(range(10), 10)] == [*evenly_spread(range(10), 99)] == [*range(10)]
    )
