"""Where a Deny refuses a job, Next names its policy and leads to it, whatever kind of policy it is; of trust it says nothing."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import ExplicitlyDenied, ImplicitlyDenied, Kind, Layer, Matched
from coffeeshop.shop.want import Ticket
from coffeeshop.views.assume_role import handshakes
from coffeeshop.views.denials import denial_step
from coffeeshop.views.failing_job import failing_job
from coffeeshop.views.next import next_step
from coffeeshop.views.step import Step, Target
from tests.views.plays import TRUSTED, played

BO = "arn:aws:iam::111122223333:user/bo"
STOP = "arn:aws:iam::111122223333:policy/Stop"


def document(effect: str = "Deny", **more: object) -> str:
    resource = {} if "Principal" in more else {"Resource": "*"}
    return json.dumps({"Statement": {"Effect": effect, "Action": "*", **resource, **more}})


def trust(*effects: str) -> str:
    named = [
        {"Effect": e, "Principal": {"AWS": BO}, "Action": "sts:AssumeRole"} for e in effects
    ]
    return f"aws iam update-assume-role-policy --role-name Cashier --policy-document '{json.dumps({'Statement': named})}'\n"


WORN = TRUSTED + trust("Allow")
DATED = document().replace("{", '{"Version": "2012-10-17", ', 1)
CREATED = f"aws iam create-policy --policy-name Stop --policy-document '{DATED}'\n"
BOUNDED = f"{CREATED}aws iam put-user-permissions-boundary --user-name bo --permissions-boundary {STOP}"
USERS = f"aws iam put-user-policy --user-name bo --policy-name stop --policy-document '{document()}'"
GROUPS = f"aws iam put-group-policy --group-name Baristas --policy-name stop --policy-document '{document()}'"
MANAGED = f"{CREATED}aws iam attach-user-policy --user-name bo --policy-arn {STOP}"
AWSS = "aws iam attach-user-policy --user-name bo --policy-arn arn:aws:iam::aws:policy/AWSDenyAll"
ROLES = f"aws iam put-role-policy --role-name Cashier --policy-name stop --policy-document '{document()}'"


def step(script: str) -> Step:
    play = played("15", script)
    return next_step(play, run_all_wants(play), None)


@pytest.mark.parametrize(
    ("script", "said", "way"),
    [
        (USERS, "The policy “stop” on Bo denies sts:AssumeRole:", ("users", "bo", "e")),
        (
            GROUPS,
            "The policy “stop” on Bo's group Baristas denies sts:AssumeRole:",
            ("groups", "Baristas", "e"),
        ),
        (
            MANAGED,
            "The policy “Stop” on Bo denies sts:AssumeRole:",
            ("policies", "Stop", "⏎"),
        ),
        (
            AWSS,
            "The policy “AWSDenyAll” on Bo denies sts:AssumeRole:",
            ("users", "bo", "d"),
        ),
        (
            BOUNDED,
            "The permissions boundary Stop denies sts:AssumeRole:",
            ("policies", "Stop", "⏎"),
        ),
        (
            trust("Allow", "Deny"),
            "The trust policy of the role Cashier denies sts:AssumeRole:",
            ("roles", "Cashier", "e"),
        ),
        (
            ROLES,
            "The policy “stop” on the role Cashier denies dynamodb:PutItem:",
            ("roles", "Cashier", "e"),
        ),
    ],
    ids=["user", "group", "managed", "AWS's", "boundary", "trust", "role"],
)
def test_a_deny_is_named_with_the_place_where_it_stands(
    script: str, said: str, way: tuple[str, str, str]
) -> None:
    found = step(f"{WORN}{script}\n")
    assert found.text.endswith(f". {said}")
    assert "trust policy needs to name" not in found.text
    assert found.target
    assert (found.target.tab, found.target.item_name, found.target.key) == way


def test_of_a_deny_under_a_condition_next_says_why_and_leads_nobody_to_take_it_away() -> (
    None
):
    coded = document(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    found = step(
        f"{WORN}aws iam put-user-policy --user-name bo --policy-name stop --policy-document '{coded}'\n"
    )
    assert found.text.endswith("The policy “stop” on Bo denies sts:AssumeRole:")
    assert (found.key, found.target) == ("y", None)


def failing(script: str) -> Ticket:
    job = failing_job(run_all_wants(played("15", script)))
    assert job is not None
    return job


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.SCP, "The service control policy Rules denies"),
        (Kind.RCP, "The resource control policy Rules denies"),
        (Kind.SESSION, "The session policy Rules denies"),
        (Kind.BOUNDARY, "The permissions boundary Rules denies"),
    ],
)
def test_a_deny_that_stands_in_no_list_is_named_and_explained(
    kind: Kind, said: str
) -> None:
    play, job = played("15", TRUSTED), failing(TRUSTED)
    was, rules = job.decision, parse(document(), Kind.SCP, "Rules")
    assert was is not None
    matched = Matched(rules.statements[0], rules, Layer(kind, (rules,)))
    decision = ExplicitlyDenied(was.standing, was.request, (matched,))
    found = denial_step(
        play, replace(job, outcomes=(replace(job.outcomes[-1], decisions=(decision,)),))
    )
    assert found
    assert said in found.text
    assert (found.key, found.want) == ("y", job.want.id)


def test_a_setting_of_block_public_access_is_named_and_not_the_bucket_policy() -> None:
    bucket = "aws s3api put-public-access-block --bucket coffeeshop-recipes --public-access-block-configuration RestrictPublicBuckets=true"
    job = failing_job(run_all_wants(played("38", bucket)))
    assert job is not None
    found = denial_step(played("38", bucket), job)
    assert found
    named = "The setting RestrictPublicBuckets of Block Public Access denies s3:GetObject"
    assert named in found.text
    assert found.key == "y"


def test_the_trust_is_spoken_of_where_the_trust_is_what_lacks() -> None:
    job = failing(TRUSTED)
    assert isinstance(job.decision, ImplicitlyDenied)
    assert denial_step(played("15", TRUSTED), job) is None
    assert "Name bo in it" in step(TRUSTED).text
    assert step(f"{TRUSTED}{ROLES}\n").text.startswith("“Bo"), (
        "what the role may do comes after who may wear it"
    )


def test_a_boundary_is_no_policy_that_is_attached_to_nobody() -> None:
    bounds = CREATED.replace('"Deny"', '"Allow"').replace(
        '"Action": "*"', '"Action": "dynamodb:*"'
    )
    assert "because it isn't attached" in step(f"{WORN}{bounds}").text
    assert (
        "because it isn't attached"
        not in step(f"{WORN}{bounds}{BOUNDED.removeprefix(CREATED)}").text
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (USERS, "trusts you · statement 1 of policy “stop” denies it"),
        (AWSS, "trusts you · statement “DenyAll” of policy “AWSDenyAll” denies it"),
        (
            trust("Allow", "Deny"),
            "does not trust you · statement 2 of the trust policy denies it",
        ),
    ],
)
def test_before_a_role_is_taken_the_deny_is_told_that_refuses_it(
    script: str, said: str
) -> None:
    keyed = "aws iam create-access-key --user-name bo\n"
    shown = {
        shake.role: shake.row.text
        for shake in handshakes(played("15", f"{WORN}{keyed}{script}\n"), "bo")
    }
    assert shown["Cashier"] == said


def test_a_deny_of_aws_s_own_is_detached_on_the_row_that_is_named() -> None:
    way = step(f"{WORN}{AWSS}\n").target
    assert isinstance(way, Target)
    assert way.text_on_row == "detaches the policy AWSDenyAll from bo"


@pytest.mark.parametrize("service", ["dynamodb:*", "sts:AssumeRole"])
def test_of_a_boundary_that_is_silent_neither_side_of_the_handshake_is_blamed(
    service: str,
) -> None:
    may = document("Allow", Action="sts:AssumeRole")
    bounds = CREATED.replace('"Deny"', '"Allow"').replace(
        '"Action": "*"', f'"Action": "{service}"'
    )
    asks = f"aws iam put-user-policy --user-name bo --policy-name may --policy-document '{may}'\n"
    found = step(f"{TRUSTED}{asks}{bounds}{BOUNDED.removeprefix(CREATED)}\n")
    assert found.text.endswith("No permissions boundary allows sts:AssumeRole.") is (
        service == "dynamodb:*"
    )
    assert "trust policy" not in found.text
