"""Add harmless things to an answer: unused resources, users without permissions, and statements without effect.

They can break practice rules. They must not cost any other check.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.iam_resources import User, is_reserved_role
from coffeeshop.lessons.authoring.policy_slots import put_policy, spots, standing_so
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.grade import judge_play
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_script
from coffeeshop.policy.model import Condition, Kind, Statement

Lines = Callable[[Play], Iterable[str]]  # root's lines after the play


def failed_early_checks(play: Play) -> list[str]:
    """Return the ids of the failed checks of the first two stars."""
    return [
        check.id
        for check in judge_play(play)
        if check.kind is not CheckKind.PRACTICE and not check.passed
    ]


def with_additions(play: Play, *additions: Lines) -> Play:
    """Return the play after root added these things, by a key that is then deleted."""
    account, _ = mint_credential(play.account, play.account.root_arn, "key", play.now)
    script = "\n".join(line for addition in additions for line in addition(play))
    steps = run_script(account, script, play.now, {}, "root")
    outcomes = [outcome for step in steps for outcome in step.outcomes]
    refused = [str(outcome.answer) for outcome in outcomes if not outcome.has_succeeded]
    assert not refused, f"the owner may do anything, and reads {refused}"
    if outcomes:
        return standing_so(
            play, replace(outcomes[-1].account, credentials=play.account.credentials)
        )
    return play


def document(*statements: Mapping[str, object]) -> str:
    """Return the text of a policy with these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ALLOW_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
UNMET_CONDITION = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
ALLOW_NEVER = {**ALLOW_EVERYTHING, "Condition": UNMET_CONDITION}
UNNEEDED_DENY = {
    "Effect": "Deny",
    "Action": ["organizations:LeaveOrganization", "account:CloseAccount"],
    "Resource": "*",
}
SPARE_BOUNDARY = "spare-cap"
KEYWORD_NAMES = (  # names that mean something else in a form or a finding
    "anyone",
    "root",
    "function",
    "account",
    "newcomer",
    "role",
    "service",
    "stranger",
    "session",
)


def unused_thing_lines(play: Play) -> Iterator[str]:
    """Yield lines that create unused resources, groups, policies and roles, and change settings of the account."""
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": play.account.id},
            "Action": "sts:AssumeRole",
        }
    )
    yield "aws iam create-group --group-name Spare"
    yield f"aws iam put-group-policy --group-name Spare --policy-name all --policy-document '{document(ALLOW_EVERYTHING)}'"
    yield f"aws iam create-policy --policy-name spare --policy-document '{document(ALLOW_EVERYTHING)}'"
    yield f"aws iam create-role --role-name Spare --assume-role-policy-document '{trust}'"
    yield "aws s3api create-bucket --bucket coffeeshop-spare"
    yield f"aws s3api put-bucket-policy --bucket coffeeshop-spare --policy '{only_encrypted('coffeeshop-spare')}'"
    yield "aws sqs create-queue --queue-name spare"
    yield (
        "aws dynamodb create-table --table-name Spare --key-schema AttributeName=id,KeyType=HASH "
        "--attribute-definitions AttributeName=id,AttributeType=S --billing-mode PAY_PER_REQUEST"
    )
    yield "aws iam create-account-alias --account-alias coffeeshop-spare"
    yield "aws iam update-account-password-policy --minimum-password-length 8"


def user_lines(_: Play) -> Iterator[str]:
    """Yield lines that create users without permissions, with names that have a meaning in a scenario's form."""
    yield from (
        f"aws iam create-user --user-name {name} --path /staff/" for name in KEYWORD_NAMES
    )


def label_lines(play: Play) -> Iterator[str]:
    """Yield lines that tag every user and role and describe every role."""
    for user in play.account.users.values():
        yield f"aws iam tag-user --user-name {user.name} --tags Key=spare,Value=label"
    for role in play.account.roles.values():
        if is_reserved_role(role):
            continue  # only AWS can change it
        yield f"aws iam tag-role --role-name {role.name} --tags Key=spare,Value=label"
        yield f"aws iam update-role --role-name {role.name} --description label --max-session-duration {role.max_session}"


def boundary_lines(play: Play) -> Iterator[str]:
    """Yield lines that give each graded user without a permissions boundary one that allows everything."""
    yield f"aws iam create-policy --policy-name {SPARE_BOUNDARY} --policy-document '{document(ALLOW_EVERYTHING)}'"
    cap = f"arn:aws:iam::{play.account.id}:policy/{SPARE_BOUNDARY}"
    for user in _graded_users(play):
        if not user.boundary:
            yield f"aws iam put-user-permissions-boundary --user-name {user.name} --permissions-boundary {cap}"


def idle_statement_lines(play: Play) -> Iterator[str]:
    """Yield lines that give each graded user statements without effect.

    They are a Deny of unneeded actions and an Allow that never applies.
    """
    text = document(UNNEEDED_DENY, ALLOW_NEVER)
    for user in _graded_users(play):
        yield f"aws iam put-user-policy --user-name {user.name} --policy-name spare --policy-document '{text}'"


def encryption_policy_lines(play: Play) -> Iterator[str]:
    """Yield lines that give each bucket without a policy one that denies unencrypted requests."""
    for name, bucket in play.account.buckets.items():
        if bucket.policy is None:
            yield f"aws s3api put-bucket-policy --bucket {name} --policy '{only_encrypted(name)}'"


def only_encrypted(bucket: str) -> str:
    """Return the bucket policy that AWS recommends.

    https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule
    """
    on = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": on,
            "Condition": plain,
        }
    )


ADDITIONS: dict[str, Lines] = {
    "resources that no one uses": unused_thing_lines,
    "users without permissions": user_lines,
    "tags and descriptions": label_lines,
    "permissions boundaries that allow everything": boundary_lines,
    "statements that deny what no one needs, or that never apply": idle_statement_lines,
    "buckets that refuse unencrypted requests": encryption_policy_lines,
}


def _graded_users(play: Play) -> Iterator[User]:
    """Yield the graded people who are users. A person who left has no user."""
    named = (
        play.account.users.get(person.lower()) for person in play.scenario.people.graded
    )
    yield from (user for user in named if user is not None)


# --------------------------------------------------------------- on every grant
def conditions_always_met(account: str) -> tuple[Condition, ...]:
    """Return conditions that every needed request meets. A request by an AWS service meets only the first."""
    return (
        Condition("Bool", "aws:SecureTransport", ("true",)),
        Condition("Bool", "aws:ViaAWSService", ("false",)),
        Condition("BoolIfExists", "aws:PrincipalIsAWSService", ("false",)),
        Condition("StringEqualsIfExists", "aws:PrincipalAccount", (account,)),
        Condition("StringEquals", "aws:ResourceAccount", (account,)),
        Condition("StringEquals", "aws:RequestedRegion", ("us-east-1",)),
        Condition("DateGreaterThan", "aws:CurrentTime", ("2020-01-01T00:00:00Z",)),
        Condition("NumericGreaterThan", "aws:EpochTime", ("1577836800",)),
        Condition("NotIpAddress", "aws:SourceIp", ("192.0.2.0/24",)),
        Condition("StringNotLike", "aws:UserAgent", ("curl*",)),
        Condition("Null", "aws:SourceVpce", ("true",)),
    )


def with_conditions(play: Play) -> Play:
    """Return the play with conditions on every Allow that every needed request meets."""
    account, conditions = play.account, conditions_always_met(play.account.id)
    for spot in spots(play):
        if spot.kind is Kind.IDENTITY:
            asked_conditions = conditions
        else:
            asked_conditions = conditions[:1]

        def under(
            statement: Statement, asked_conditions: tuple[Condition, ...] = asked_conditions
        ) -> Statement:
            if statement.effect == "Allow":
                extra_conditions = tuple(_fitting(statement, asked_conditions))
            else:
                extra_conditions = ()
            return dataclasses.replace(
                statement, conditions=(*statement.conditions, *extra_conditions)
            )

        policy = dataclasses.replace(
            spot.policy, statements=tuple(map(under, spot.policy.statements))
        )
        account = put_policy(account, spot, policy)
    return standing_so(play, account)


def _fitting(
    statement: Statement, conditions: tuple[Condition, ...]
) -> Iterator[Condition]:
    """Yield the conditions that a statement's requests meet. S3 sends those about KMS keys for its caller."""
    is_about_keys = any(value.startswith("kms:") for value in statement.actions.values)
    for condition in conditions:
        if not (is_about_keys and condition.key == "aws:ViaAWSService"):
            yield condition
