"""What is harmless, added to an answer: things that nobody uses, people who hold nothing, caps that cap nothing, and grants
under conditions that every request of the jobs meets. How it is done is for the third star to say; nothing else is lost.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.iam_resources import User
from coffeeshop.lessons.authoring.policy_slots import put_policy, spots, standing_so
from coffeeshop.lessons.grading.grade import judge_play
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_script
from coffeeshop.policy.model import Condition, Kind, Statement

Lines = Callable[[Play], Iterable[str]]  # what the owner types after the play


def lost(play: Play) -> list[str]:
    """Returns the ids of the checks that do not hold, of the first two stars."""
    return [
        check.id
        for check in judge_play(play)
        if check.kind != "practice" and not check.passed
    ]


def grown(play: Play, *additions: Lines) -> Play:
    """Returns the play as if the owner had added these, with a key that is gone again."""
    account, _ = mint_credential(play.account, play.account.root_arn, "key", play.now)
    script = "\n".join(line for addition in additions for line in addition(play))
    steps = run_script(account, script, play.now, {}, "root")
    made_outcomes = [outcome for step in steps for outcome in step.outcomes]
    refused = [
        str(outcome.answer) for outcome in made_outcomes if not outcome.has_succeeded
    ]
    assert not refused, f"the owner may do anything, and reads {refused}"
    if made_outcomes:
        return standing_so(
            play, replace(made_outcomes[-1].account, credentials=play.account.credentials)
        )
    return play


def document(*statements: Mapping[str, object]) -> str:
    """Returns the text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
UNMET = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
NEVER = {**EVERYTHING, "Condition": UNMET}
UNNEEDED = {
    "Effect": "Deny",
    "Action": ["organizations:LeaveOrganization", "account:CloseAccount"],
    "Resource": "*",
}
CAP = "spare-cap"
KEYWORDS = (
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


def things(play: Play) -> Iterator[str]:
    """Yields things, groups, policies and roles that nobody uses, and what holds for the whole account."""
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": play.account.id},
            "Action": "sts:AssumeRole",
        }
    )
    yield "aws iam create-group --group-name Spare"
    yield f"aws iam put-group-policy --group-name Spare --policy-name all --policy-document '{document(EVERYTHING)}'"
    yield f"aws iam create-policy --policy-name spare --policy-document '{document(EVERYTHING)}'"
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


def people(_: Play) -> Iterator[str]:
    """Yields people who hold nothing, whatever they are called."""
    yield from (
        f"aws iam create-user --user-name {name} --path /staff/" for name in KEYWORDS
    )


def labels(play: Play) -> Iterator[str]:
    """Yields a tag on everybody and on every role, and a description."""
    for user in play.account.users.values():
        yield f"aws iam tag-user --user-name {user.name} --tags Key=spare,Value=label"
    for role in play.account.roles.values():
        yield f"aws iam tag-role --role-name {role.name} --tags Key=spare,Value=label"
        yield f"aws iam update-role --role-name {role.name} --description label --max-session-duration {role.max_session}"


def caps(play: Play) -> Iterator[str]:
    """Yields a boundary that holds nothing back around everybody who is judged and has none."""
    yield f"aws iam create-policy --policy-name {CAP} --policy-document '{document(EVERYTHING)}'"
    cap = f"arn:aws:iam::{play.account.id}:policy/{CAP}"
    for user in _graded_users(play):
        if not user.boundary:
            yield f"aws iam put-user-permissions-boundary --user-name {user.name} --permissions-boundary {cap}"


def words(play: Play) -> Iterator[str]:
    """Statements that refuse what no job asks for, or never apply, on everybody who is judged."""
    text = document(UNNEEDED, NEVER)
    for user in _graded_users(play):
        yield f"aws iam put-user-policy --user-name {user.name} --policy-name spare --policy-document '{text}'"


def encryption_policies(play: Play) -> Iterator[str]:
    """Yields policies that take encrypted requests alone, for every bucket that has no policy of its own."""
    for name, bucket in play.account.buckets.items():
        if bucket.policy is None:
            yield f"aws s3api put-bucket-policy --bucket {name} --policy '{only_encrypted(name)}'"


def only_encrypted(bucket: str) -> str:
    """Returns what AWS recommends to every bucket: https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule"""
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
    "things that nobody uses": things,
    "people who hold nothing": people,
    "tags and descriptions": labels,
    "boundaries that hold nothing back": caps,
    "statements that refuse what nobody needs, or never apply": words,
    "buckets that refuse what is not encrypted": encryption_policies,
}


def _graded_users(play: Play) -> Iterator[User]:
    """Yields those who are judged by name and have a user; a leaver has none."""
    named = (
        play.account.users.get(person.lower()) for person in play.scenario.people.graded
    )
    yield from (user for user in named if user is not None)


# --------------------------------------------------------------- on every grant
def safe(account: str) -> tuple[Condition, ...]:
    """Returns conditions that every request of ours meets, the one first that a service's meets too."""
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
    """Returns the play with conditions on every statement that allows, which what is needed always meets."""
    account, conditions = play.account, safe(play.account.id)
    for spot in spots(play):
        if spot.kind is Kind.IDENTITY:
            asked_conditions = conditions
        else:
            asked_conditions = conditions[:1]

        def under(
            statement: Statement, asked_conditions: tuple[Condition, ...] = asked_conditions
        ) -> Statement:
            if statement.effect == "Allow":
                extra_conditions = asked_conditions
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
