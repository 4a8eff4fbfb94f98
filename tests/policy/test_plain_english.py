import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.access.aws_managed_policies import common_managed_documents
from coffeeshop.policy import catalog
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Condition, Kind
from coffeeshop.policy.plain_english import (
    action_words,
    condition_words,
    policy_readings,
    principal_words,
    resource_words,
)
from tests.tables import each_row


def read(statement: object, kind: Kind = Kind.IDENTITY) -> list[tuple[str, str]]:
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": statement}), kind)
    return [
        (row.label, row.text)
        for reading in policy_readings(policy, kind)
        for row in reading.rows
    ]


def test_an_action_that_does_not_exist_is_not_said_to_be_usable():
    assert action_words("s3:ListObject") == "use s3:ListObject (no known action)"
    assert "known" not in action_words("s3:ListBucket")


def test_a_statement_is_read_aloud_who_may_do_what_on_what_and_when():
    statement = {
        "Sid": "Receipts",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::receipts", "arn:aws:s3:::receipts/*"],
        "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.7"]}},
    }
    assert read(statement) == [
        ("who", "everyone who has this policy"),
        ("can", "open an object (a file) in a bucket (s3:GetObject)"),
        ("can", "list the names of the objects (files) in a bucket (s3:ListBucket)"),
        ("on", "the bucket receipts (arn:aws:s3:::receipts)"),
        ("on", "every object in the bucket receipts (arn:aws:s3:::receipts/*)"),
        ("if", "the caller's address (aws:SourceIp) is in 203.0.113.0/24 or 198.51.100.7"),
    ]


def test_readings_have_the_number_the_sid_and_the_line():
    text = '{"Version": "2012-10-17", "Statement": [\n{"Effect": "Allow", "Action": "*", "Resource": "*"},\n{"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}]}'
    found = policy_readings(parse(text), Kind.IDENTITY)
    assert [(reading.title, reading.place.line) for reading in found] == [
        ("Statement 1", 2),
        ("Statement 2 (No)", 3),
    ]


def test_the_articles_action_is_flagged_with_the_one_that_was_meant():
    statement = {
        "Effect": "Allow",
        "Action": "s3:ListObject",
        "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET",
    }
    assert (
        "note",
        "s3:ListObject isn't an action of AWS; did you mean s3:ListBucket?",
    ) in read(statement)


def test_an_action_like_no_other_is_flagged_without_a_suggestion():
    assert ("note", "coffee:Brew isn't an action of AWS") in read(
        {"Effect": "Allow", "Action": "coffee:Brew", "Resource": "*"}
    )


def test_a_deny_says_what_may_not_be_done_and_not_elements_say_but():
    statement = {
        "Effect": "Deny",
        "NotAction": ["iam:GetUser", "sqs:*"],
        "NotResource": "arn:aws:iam::*:user/casey",
    }
    assert read(statement) == [
        ("who", "everyone who has this policy"),
        ("can't", "do anything, except to"),
        ("", "read the details of a user (iam:GetUser)"),
        ("", "do everything in Amazon SQS (sqs:*: 20 actions)"),
        ("on", "everything but the user casey (arn:aws:iam::*:user/casey)"),
    ]


def test_a_deny_of_every_action_leaves_no_doubt_that_nothing_may_be_done():
    assert ("can't", "do anything (*)") in read(
        {"Effect": "Deny", "Action": "*", "Resource": "*"}
    )
    assert ("can't", "do anything in Amazon SQS (sqs:*: 20 actions)") in read(
        {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    )
    assert ("can", "do everything (*)") in read(
        {"Effect": "Allow", "Action": "*", "Resource": "*"}
    )


def test_a_trust_policy_has_principals_and_no_resource():
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    labels = [label for label, _ in read(statement, Kind.TRUST)]
    assert labels == ["who", "can"]


def test_not_principal_reads_as_everyone_but():
    statement = {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": "111122223333"},
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::beans",
    }
    assert read(statement, Kind.RESOURCE)[0] == (
        "who",
        "everyone except the account 111122223333",
    )


def test_a_deny_reads_as_about_everyone_of_an_account_and_not_principal_as_one_line():
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "111122223333"},
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::beans",
    }
    assert read(statement, Kind.RESOURCE)[0] == (
        "who",
        "everyone in the account 111122223333",
    )
    users = [f"arn:aws:iam::111122223333:user/{name}" for name in ("ada", "bo")]
    all_but = {**statement, "NotPrincipal": {"AWS": users}}
    del all_but["Principal"]
    assert read(all_but, Kind.RESOURCE)[:2] == [
        (
            "who",
            "everyone except the user ada in account 111122223333 and the user bo in account 111122223333",
        ),
        (
            "note",
            "it also denies a user or role that it lists, unless it lists their account too, and for a role its session",
        ),
    ]


def test_a_star_means_only_principals_where_calls_are_signed():
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    (_, who), *_ = read(statement, Kind.TRUST)
    assert who == "every principal of every AWS account"
    (_, who), *_ = read({**statement, "Resource": "*"}, Kind.RESOURCE)
    assert who == "everyone in the world"


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SESSION, Kind.SCP])
def test_policies_that_only_cap_say_at_most(kind: Kind):
    ((_, who), *_) = read({"Effect": "Allow", "Action": "*", "Resource": "*"}, kind)
    assert who.endswith("at most")


@each_row(
    [
        (("AWS", "*"), "everyone in the world"),
        (
            ("AWS", "111122223333"),
            "everyone in the account 111122223333 whose own policies allow it",
        ),
        (
            ("AWS", "arn:aws:iam::111122223333:root"),
            "everyone in the account 111122223333 whose own policies allow it",
        ),
        (
            ("AWS", "arn:aws:iam::111122223333:user/casey"),
            "the user casey in account 111122223333",
        ),
        (
            ("AWS", "arn:aws:sts::111122223333:assumed-role/bar/casey"),
            "the role session bar/casey in account 111122223333",
        ),
        (("AWS", "AIDAEXAMPLE"), "the principal AIDAEXAMPLE"),
        (("Service", "lambda.amazonaws.com"), "the AWS service lambda.amazonaws.com"),
        (
            ("Federated", "arn:aws:iam::111122223333:saml-provider/corp"),
            "anyone who signed in at the SAML provider corp",
        ),
        (
            ("Federated", "cognito-identity.amazonaws.com"),
            "anyone with a token of cognito-identity.amazonaws.com",
        ),
    ]
)
def test_a_principal_in_words(principal: tuple[str, str], words: str):
    assert principal_words(*principal) == words


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("*", "do everything (*)"),
        ("*:*", "do everything (*:*)"),
        ("sqs:*", "do everything in Amazon SQS (sqs:*: 20 actions)"),
        (
            "sqs:*Message",
            "use sqs:*Message: 3 actions, DeleteMessage, ReceiveMessage, SendMessage",
        ),
        (
            "s3:List*",
            "use s3:List*: 18 actions, ListAccessGrants, ListAccessGrantsInstances, ListAccessGrantsLocations …",
        ),
        ("batch:CancelJob", "use batch:CancelJob"),
        ("coffee:*", "use coffee:*"),
    ],
)
def test_an_action_in_words(action: str, words: str):
    assert action_words(action) == words


@each_row(
    [
        ("*", "every resource"),
        ("arn:aws:s3:::beans", "the bucket beans"),
        ("arn:aws:s3:::*", "every bucket"),
        ("arn:aws:s3:::*/*", "every object in every bucket"),
        (
            "arn:aws:s3:::beans/receipts/*",
            "the objects in the bucket beans whose name begins with receipts/",
        ),
        ("arn:aws:s3:::beans/a?/*", "the object a?/* in the bucket beans"),
        ("arn:aws:s3:::beans/receipt", "the object receipt in the bucket beans"),
        ("arn:aws:s3:eu-west-1:111122223333:accesspoint/till", "the accesspoint till"),
        ("arn:aws:iam::111122223333:role/*", "every role"),
        ("arn:aws:dynamodb:*:111122223333:table/beans", "the table beans"),
        ("arn:aws:coffee:::cup/blue", "the resource cup/blue"),
    ]
)
def test_a_resource_in_words_and_its_arn_behind_it(resource: str, words: str):
    assert resource_words(resource) == (
        words if resource == "*" else f"{words} ({resource})"
    )


def test_what_is_no_arn_is_read_as_it_is_written_and_star_in_a_resource_policy_is_this_resource():
    assert resource_words("beans") == "beans"
    assert resource_words("*", Kind.RESOURCE) == "this resource"


@each_row(
    [
        (
            Condition("StringEquals", "aws:username", ("a", "b")),
            "the user's name (aws:username) is a or b",
        ),
        (
            Condition("StringNotEquals", "aws:username", ("a", "b")),
            "the user's name (aws:username) is not a or b, or the request has no such key",
        ),
        (
            Condition("StringLike", "x:y", ("a*",), if_exists=True),
            "x:y matches a*, or the request has no such key",
        ),
        (Condition("Null", "x:y", ("true",)), "x:y is not in the request"),
        (Condition("Null", "x:y", ("false", "FALSE")), "x:y is in the request"),
        (
            Condition("Null", "x:y", ("false", "true")),
            "x:y is in the request or not (this always matches)",
        ),
        (Condition("Null", "x:y", ("true",), "ForAllValues"), "x:y is not in the request"),
        (
            Condition("Null", "x:y", ("false",), "ForAllValues"),
            "x:y is in the request or not (this always matches)",
        ),
        (Condition("Null", "x:y", ("false",), "ForAnyValue"), "x:y is in the request"),
        (
            Condition("Null", "x:y", ("true",), "ForAnyValue"),
            "x:y is both in the request and missing (this never matches)",
        ),
        (Condition("NumericGreaterThan", "x:y", ("3",)), "x:y is more than 3"),
        (
            Condition("NotIpAddress", "x:y", ("203.0.113.9",)),
            "x:y is not in 203.0.113.9, or the request has no such key",
        ),
        (Condition("Bool", "x:y", ("true",)), "x:y is true"),
        (
            Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),
            "a code was given at sign-in (aws:MultiFactorAuthPresent)",
        ),
        (
            Condition("Bool", "aws:MultiFactorAuthPresent", ("false",), if_exists=True),
            "no code was given at sign-in (aws:MultiFactorAuthPresent), or the request has no such key",
        ),
        (
            Condition("Bool", "aws:MultiFactorAuthPresent", ("false",)),
            "no code was given at sign-in (aws:MultiFactorAuthPresent), and the request has the key",
        ),
        (Condition("StringEquals", "x:y", ("a",), "ForAnyValue"), "some value of x:y is a"),
        (
            Condition("StringNotEquals", "x:y", ("a",), "ForAnyValue"),
            "some value of x:y is not a",
        ),
        (
            Condition("StringEquals", "x:y", ("a",), "ForAllValues"),
            "each value of x:y is a, or the request has no such key",
        ),
        (
            Condition("StringNotEquals", "x:y", ("a", "b"), "ForAllValues"),
            "no value of x:y is a or b, or the request has no such key",
        ),
        (Condition("StringEquals", "x:y", ()), "x:y is nothing"),
    ]
)
def test_a_condition_in_words(condition: Condition, words: str):
    assert condition_words(condition) == words


@each_row((operator,) for operator in OPERATORS)
def test_every_operator_can_be_read_aloud(operator: str):
    words = condition_words(Condition(operator, "x:y", ("true",)))
    assert words.startswith("x:y is") or " matches" in words or " doesn't match" in words


def test_every_managed_policy_of_aws_can_be_read_aloud():
    for managed in common_managed_documents():
        for reading in policy_readings(parse(managed.text), Kind.IDENTITY):
            assert reading.rows[0].label == "who", managed.name


@given(st.text(max_size=30))
def test_any_value_can_be_read_aloud(text: str):
    assert action_words(f"s3:{text}")
    assert resource_words(f"arn:aws:s3:::{text}")
    assert resource_words(f"arn:aws:iam::111122223333:{text}")
    assert principal_words("AWS", text)


@pytest.mark.parametrize(
    ("action", "may"),
    [
        (
            "dynamodb:GetItem",
            "return a set of attributes for the item with the given primary key",
        ),
        ("dynamodb:DeleteItem", "delete a single item in a table by primary key"),
        ("iam:ChangePassword", "change their own password"),
        ("kms:Encrypt", "use the specified AWS KMS key to encrypt data and data keys"),
    ],
)
def test_what_an_action_does_follows_may_whoever_aws_says_it_of(action: str, may: str):
    assert catalog.aws_description(action) == may


def test_a_second_verb_follows_may_too():
    assert ", or add a new item to the table" in catalog.aws_description(
        "dynamodb:UpdateItem"
    )


@each_row(
    (prefix,)
    for prefix in [
        "lambda",
        "dynamodb",
        "iam",
        "sqs",
        "s3",
        "sts",
        "ec2",
        "kms",
        "ssm",
        "support",
    ]
)
def test_no_action_is_told_in_the_third_person(prefix: str):
    first = [
        catalog.describe_action(name).partition(" ")[0]
        for name in catalog.expand_pattern(f"{prefix}:*")
    ]
    assert not [verb for verb in first if verb.endswith("s") and not verb.endswith("ss")]


def test_names_that_begin_alike_are_told_by_their_beginning():
    said = resource_words("arn:aws:lambda:us-east-1:111122223333:function:report-*")
    assert said.startswith("every function whose name begins with report- (")


def test_what_ends_in_a_colon_and_a_star_is_what_lies_below():
    said = resource_words(
        "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/espresso-api:*"
    )
    assert said.startswith("everything below the log-group /aws/lambda/espresso-api (")


@pytest.mark.parametrize("noun", ["user", "role", "group", "policy", "instance-profile"])
def test_what_iam_sorts_by_a_path_is_told_by_the_path(noun: str):
    said = resource_words(f"arn:aws:iam::111122223333:{noun}/ovens/*")
    assert said.startswith(f"every {noun} under the path /ovens/ (")
