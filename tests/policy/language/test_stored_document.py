"""What AWS holds is read, whatever our grammar thinks of it, and what is not understood counts on the safe side."""

import json

import pytest
from hypothesis import given

from coffeeshop.account.access.aws_managed_policies import common_managed_documents
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.language.stored_document import parse_stored
from coffeeshop.policy.model import (
    Allowed,
    Kind,
    Layer,
    Policy,
    Principal,
    Request,
    Standing,
)
from coffeeshop.policy.plain_english import policy_readings
from tests.policy.arbitrary import policies, requests
from tests.policy.test_definition import read
from tests.tables import each_row

BUCKET = "arn:aws:s3:::beans"
ALL = parse(
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
    name="all",
)


def statement(effect: str = "Deny", **elements: object) -> dict[str, object]:
    whole = {"Effect": effect, "Action": "s3:ListBucket", "Resource": BUCKET, **elements}
    return {name: value for name, value in whole.items() if value is not None}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def held(policy: Policy) -> Standing:
    return Standing.of(ALL, policy)


def allowed(policy: Policy, action: str = "s3:ListBucket", resource: str = BUCKET) -> bool:
    return isinstance(authorize(held(policy), Request(action, resource)), Allowed)


UNCLEAR = [
    {"Condition": {"StringSounds": {"aws:username": "casey"}}},
    {"Condition": {"DateLessThan": {"aws:CurrentTime": "noon"}}},
    {"Condition": "whenever"},
    {"Resource": ["arn:aws:s3:::other", "arn:aws:s3::beans"]},
    {"Resource": None},
    {"Action": ["s3:PutObject", 5]},
    {"Action": []},
    {"Audience": "everybody"},
    {"Effect": "deny"},
    {"Principal": "*"},
]


@each_row((odd,) for odd in UNCLEAR)
def test_a_deny_that_is_not_understood_denies_all_that_it_may_speak_of(
    odd: dict[str, object],
) -> None:
    text = document(statement("Allow"), statement(**odd))
    with pytest.raises(MalformedPolicy):
        parse(text)
    policy, problems = parse_stored(text, name="odd")
    assert problems
    assert not allowed(policy)
    said = explain_decision(authorize(held(policy), Request("s3:ListBucket", BUCKET)))
    assert said.startswith(
        "statement 2 of policy “odd” may deny this s3:ListBucket request: it is not understood ("
    )


@each_row((odd,) for odd in [one for one in UNCLEAR if "Effect" not in one])
def test_an_allow_that_is_not_understood_allows_nothing_and_is_named(
    odd: dict[str, object],
) -> None:
    policy, _ = parse_stored(document(statement("Allow", **odd)), name="odd")
    for asked in (Request("s3:ListBucket", BUCKET), Request("s3:PutObject", BUCKET)):
        decision = authorize(Standing.of(policy), asked)
        assert not isinstance(decision, Allowed)
        assert (
            "Closest Allow: statement 1 of policy “odd” is not understood ("
            in explain_decision(decision)
        )


def test_what_can_be_read_of_a_deny_still_bounds_it() -> None:
    policy, _ = parse_stored(document(statement(Condition={"StringSounds": {"a": "b"}})))
    assert not allowed(policy)
    assert allowed(policy, "s3:GetObject", f"{BUCKET}/1")
    assert allowed(policy, "s3:ListBucket", "arn:aws:s3:::other")


def test_the_statements_beside_it_are_as_they_are() -> None:
    policy, problems = parse_stored(
        document(statement(Action=5), statement("Allow", Sid="a b"), statement("Allow"))
    )
    assert [problem.code for problem in problems] == ["wrong-type"]
    assert [bool(one.unclear) for one in policy.statements] == [True, False, False]
    assert policy.statements[1].actions.values == ("s3:ListBucket",)


def test_a_deny_of_a_resource_denies_everybody_where_its_principal_is_not_understood() -> (
    None
):
    policy, _ = parse_stored(
        document(statement(Principal={"Folk": "casey"})), Kind.RESOURCE
    )
    casey = Principal("arn:aws:iam::111122223333:user/casey", "111122223333")
    standing = Standing(
        casey, (Layer(Kind.IDENTITY, (ALL,)), Layer(Kind.RESOURCE, (policy,), BUCKET))
    )
    assert not isinstance(authorize(standing, Request("s3:ListBucket", BUCKET)), Allowed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"Version": "2099-01-01", "Statement": {"Effect": "Deny"}}',
        b"\xff",
    ],
)
def test_a_text_of_which_nothing_is_understood_may_deny_anything(text: str | bytes) -> None:
    policy, problems = parse_stored(text)
    assert problems
    assert not policy.statements or not allowed(policy)


def test_it_is_said_where_the_policy_is_read_aloud() -> None:
    policy, _ = parse_stored(document(statement("Allow", Action=5), statement(Resource=5)))
    notes = [
        row.text
        for reading in policy_readings(policy, Kind.IDENTITY)
        for row in reading.rows
        if row.label == "note"
    ]
    assert notes == [
        "not understood (this is `5`, but it has to be a text), so it allows nothing here",
        "not understood (this is `5`, but it has to be a text), so it denies everything that it could match",
    ]


def test_every_aws_managed_policy_that_is_known_is_understood() -> None:
    for one in common_managed_documents():
        policy, problems = parse_stored(one.text, name=one.arn)
        assert problems == ()
        assert policy == parse(one.text, name=one.arn)


@pytest.mark.parametrize(
    "odd",
    [
        {
            "Resource": "arn:aws:iam::aws:role-template/cloudwatch.amazonaws.com/Integration:1"
        },
        {"Resource": None, "NotResource": "arn:aws:iam::*:root"},
    ],
    ids=["role-template", "root-task"],
)
def test_a_resource_that_only_aws_names_is_understood(odd: dict[str, object]) -> None:
    """In service-linked roles' policies, and in those of root tasks: IAMAuditRootUserCredentials and its like."""
    policy, problems = parse_stored(document(statement("Allow", Action="iam:*", **odd)))
    assert problems == ()
    allowed_on = [
        isinstance(
            authorize(Standing.of(policy), Request("iam:GetRole", resource)), Allowed
        )
        for resource in (
            odd.get("Resource") or "arn:aws:iam::111122223333:role/Till",
            "arn:aws:iam::111122223333:root",
        )
    ]
    assert allowed_on == [True, False]


@pytest.mark.peers
def test_every_document_that_aws_manages_is_understood() -> None:
    """AWS's own text, as moto copied it."""
    moto = pytest.importorskip(
        "moto.iam.aws_managed_policies", reason="moto is absent (extra: peers)"
    )
    documents = {
        name: row["Document"]
        for name, row in json.loads(moto.aws_managed_policies_data).items()
    }
    assert len(documents) > 1_000
    assert {
        name: told
        for name, text in documents.items()
        if (told := parse_stored(json.dumps(text))[1])
    } == {}


@given(policies(Kind.IDENTITY), requests())
def test_nothing_is_allowed_that_the_words_as_they_stand_do_not_allow(
    policy: Policy, request: Request
) -> None:
    held_by_aws, _ = parse_stored(dumps(policy))
    if isinstance(authorize(Standing.of(held_by_aws), request), Allowed):
        assert isinstance(authorize(read(Standing.of(policy)), request), Allowed)


@given(policies(Kind.RESOURCE))
def test_a_document_without_a_fault_is_what_it_is(policy: Policy) -> None:
    try:
        plain = parse(dumps(policy), Kind.RESOURCE)
    except MalformedPolicy:
        return
    assert parse_stored(dumps(policy), Kind.RESOURCE) == (plain, ())


def test_a_policy_is_printed_with_two_blanks_a_level():
    assert dumps(ALL).splitlines()[:4] == [
        "{",
        '  "Version": "2012-10-17",',
        '  "Statement": [',
        "    {",
    ]
