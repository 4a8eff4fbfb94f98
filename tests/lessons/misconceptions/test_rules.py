"""Each rule predicts another decision than AWS's where the misconception is wrong, and the same elsewhere."""

from __future__ import annotations

import json

from coffeeshop.lessons.misconceptions.question import Question
from coffeeshop.lessons.misconceptions.rules import CALL_RULES, MISCONCEPTION_RULES, decide
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.teaching.refutations import course_examples
from coffeeshop.policy import parse
from coffeeshop.policy.model import Kind, Layer, Policy, Principal, Request, Standing
from tests.tables import each_row

ACCOUNT = "111122223333"
CASEY = f"arn:aws:iam::{ACCOUNT}:user/casey"
MENU = "arn:aws:s3:::recipes/menu.pdf"
BUCKET = "arn:aws:s3:::recipes"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Baker"


def policy(kind: Kind, *statements: dict[str, object], name: str = "") -> Policy:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return parse(json.dumps(document), kind, name)


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def identity(*statements: dict[str, object], name: str = "own") -> Layer:
    policies = (policy(Kind.IDENTITY, *statements, name=name),) if statements else ()
    return Layer(Kind.IDENTITY, policies)


def limit(kind: Kind, *statements: dict[str, object]) -> Layer:
    return Layer(kind, (policy(kind, *statements),))


def bucket_policy(*statements: dict[str, object]) -> Layer:
    return Layer(Kind.RESOURCE, (policy(Kind.RESOURCE, *statements),), BUCKET)


def user_question(
    *layers: Layer,
    action: str = "s3:GetObject",
    resource: str = MENU,
    owner: str = "",
    **context: str,
) -> Question:
    keys = {name.replace("__", ":"): (value,) for name, value in context.items()}
    standing = Standing(Principal(CASEY, ACCOUNT, "AIDACASEY"), layers)
    return Question(standing, Request(action, resource, keys, owner))


MANAGED = "arn:aws:iam::111122223333:policy/NoMenu"
LISTING = {"action": "s3:ListBucket", "resource": BUCKET}
# By rule: a question, AWS's decision, and the one that the rule predicts.
CASES = {
    "narrower-allow-wins": (
        user_question(identity(allow("s3:GetObject", MENU), deny("s3:*", f"{BUCKET}/*"))),
        "explicitDeny",
        "allowed",
    ),
    "allowed-unless-denied": (user_question(identity()), "implicitDeny", "allowed"),
    "bucket-covers-objects": (
        user_question(identity(allow("s3:GetObject", BUCKET))),
        "implicitDeny",
        "allowed",
    ),
    "objects-cover-bucket": (
        user_question(identity(allow("s3:ListBucket", f"{BUCKET}/*")), **LISTING),
        "implicitDeny",
        "allowed",
    ),
    "not-action-denies": (
        user_question(
            identity(
                {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"},
                allow("s3:GetObject"),
            )
        ),
        "allowed",
        "explicitDeny",
    ),
    "false-matches-missing": (
        user_question(
            identity(
                allow("s3:*"),
                deny("s3:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
            )
        ),
        "allowed",
        "explicitDeny",
    ),
    "key-is-always-there": (
        user_question(
            identity(
                allow("s3:*", Condition={"StringLikeIfExists": {"s3:prefix": "bread/*"}})
            ),
            **LISTING,
        ),
        "allowed",
        "implicitDeny",
    ),
    "missing-key-is-left-out": (
        user_question(
            identity(allow("s3:*", Condition={"StringLike": {"s3:prefix": "bread/*"}}))
        ),
        "implicitDeny",
        "allowed",
    ),
    "star-in-every-condition": (
        user_question(
            identity(allow("s3:*", Condition={"StringEquals": {"s3:prefix": "bread/*"}})),
            s3__prefix="bread/rye",
            **LISTING,
        ),
        "implicitDeny",
        "allowed",
    ),
    "case-is-ignored": (
        user_question(
            identity(allow("s3:*", Condition={"StringEquals": {"s3:prefix": "Bread"}})),
            s3__prefix="bread",
            **LISTING,
        ),
        "implicitDeny",
        "allowed",
    ),
    "actions-match-case": (
        user_question(identity(allow("s3:getobject"))),
        "allowed",
        "implicitDeny",
    ),
    "all-values-need-key": (
        user_question(
            identity(
                allow(
                    "s3:*", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}
                )
            )
        ),
        "allowed",
        "implicitDeny",
    ),
    "any-condition-is-enough": (
        user_question(
            identity(
                allow(
                    "s3:*",
                    Condition={
                        "StringEquals": {"s3:prefix": "bread"},
                        "NumericLessThan": {"s3:max-keys": "10"},
                    },
                )
            ),
            s3__prefix="bread",
            **LISTING,
        ),
        "implicitDeny",
        "allowed",
    ),
    "all-values-must-match": (
        user_question(
            identity(
                allow("s3:*", Condition={"StringEquals": {"s3:prefix": ["bread", "rolls"]}})
            ),
            s3__prefix="bread",
            **LISTING,
        ),
        "allowed",
        "implicitDeny",
    ),
    "star-stops-at-slash": (
        user_question(
            identity(allow("s3:GetObject", f"{BUCKET}/*")), resource=f"{BUCKET}/a/b.md"
        ),
        "allowed",
        "implicitDeny",
    ),
    "deny-allows-the-rest": (
        user_question(
            identity({"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"})
        ),
        "implicitDeny",
        "allowed",
    ),
    "last-statement-wins": (
        user_question(identity(deny("s3:*"), allow("s3:GetObject"))),
        "explicitDeny",
        "allowed",
    ),
    "first-statement-wins": (
        user_question(identity(allow("s3:GetObject"), deny("s3:*"))),
        "explicitDeny",
        "allowed",
    ),
    "deny-stays-in-policy": (
        user_question(
            Layer(
                Kind.IDENTITY,
                (
                    policy(Kind.IDENTITY, allow("s3:*"), name="a"),
                    policy(Kind.IDENTITY, deny("s3:GetObject"), name="b"),
                ),
            )
        ),
        "explicitDeny",
        "allowed",
    ),
    "inline-beats-managed": (
        user_question(
            Layer(
                Kind.IDENTITY,
                (
                    policy(Kind.IDENTITY, allow("s3:*"), name="inline"),
                    policy(Kind.IDENTITY, deny("s3:GetObject"), name=MANAGED),
                ),
            )
        ),
        "explicitDeny",
        "allowed",
    ),
    "administrators-ignore-bucket-denies": (
        user_question(
            identity(allow("*")), bucket_policy(deny("s3:*", f"{BUCKET}/*", Principal="*"))
        ),
        "explicitDeny",
        "allowed",
    ),
    "resource-allow-beats-deny": (
        user_question(
            identity(deny("s3:*")),
            bucket_policy(allow("s3:*", f"{BUCKET}/*", Principal={"AWS": CASEY})),
        ),
        "explicitDeny",
        "allowed",
    ),
    "both-sides-are-needed": (
        user_question(
            identity(),
            bucket_policy(allow("s3:*", f"{BUCKET}/*", Principal={"AWS": CASEY})),
        ),
        "allowed",
        "implicitDeny",
    ),
    "resource-policy-crosses": (
        user_question(
            identity(),
            bucket_policy(allow("s3:*", f"{BUCKET}/*", Principal={"AWS": CASEY})),
            owner="444455556666",
        ),
        "implicitDeny",
        "allowed",
    ),
    "account-lets-everyone-in": (
        user_question(
            identity(),
            bucket_policy(allow("s3:*", f"{BUCKET}/*", Principal={"AWS": ACCOUNT})),
        ),
        "implicitDeny",
        "allowed",
    ),
    "account-means-root-user": (
        user_question(
            identity(allow("s3:*")),
            bucket_policy(deny("s3:PutObject", f"{BUCKET}/*", Principal={"AWS": ACCOUNT})),
        ),
        "allowed",
        "allowed",
    ),
    "limits-grant": (
        user_question(identity(), limit(Kind.BOUNDARY, allow("s3:*"))),
        "implicitDeny",
        "allowed",
    ),
    "session-policy-adds": (
        user_question(identity(), limit(Kind.SESSION, allow("s3:*"))),
        "implicitDeny",
        "allowed",
    ),
    "tags-are-labels": (
        user_question(
            identity(
                allow(
                    "s3:*", Condition={"StringEquals": {"aws:PrincipalTag/oven": "stone"}}
                )
            )
        ),
        "implicitDeny",
        "allowed",
    ),
    "passing-needs-nothing": (
        user_question(identity(), action="iam:PassRole", resource=ROLE),
        "implicitDeny",
        "allowed",
    ),
    "one-side-is-enough": (
        user_question(
            identity(allow("sts:AssumeRole", ROLE)),
            Layer(Kind.TRUST, (), ROLE),
            action="sts:AssumeRole",
            resource=ROLE,
        ),
        "implicitDeny",
        "allowed",
    ),
}


@each_row((name,) for name in CASES)
def test_a_rule_predicts_what_somebody_with_the_misconception_expects(name: str):
    question, truth, predicted = CASES[name]
    assert decide(question) == truth
    assert decide(question, MISCONCEPTION_RULES[name]) == predicted


def test_each_row_names_a_rule_or_the_findings_that_it_overlooks():
    for misconception in misconceptions().values():
        if misconception.rule:
            assert misconception.rule in {**MISCONCEPTION_RULES, **CALL_RULES}
        else:
            assert misconception.overlooks, misconception.id


def test_each_rule_belongs_to_one_row_or_none():
    rules = [row.rule for row in misconceptions().values() if row.rule]
    assert len(rules) == len(set(rules))


def test_each_rule_of_the_table_differs_from_aws_in_a_case_here_or_in_an_example_of_the_course():
    differing = {
        name for name, (_, truth, predicted) in CASES.items() if truth != predicted
    }
    refuted = {
        id
        for part in course_examples()
        for example in part.examples
        for id in example.refutes
    }
    unproved = {
        row.id
        for row in misconceptions().values()
        if row.rule and row.rule not in differing and row.id not in refuted
    }
    assert unproved == set()


@each_row((name,) for name in MISCONCEPTION_RULES)
def test_every_rule_answers_every_question(name: str):
    for question, _, _ in CASES.values():
        assert decide(question, MISCONCEPTION_RULES[name]) in (
            "allowed",
            "explicitDeny",
            "implicitDeny",
        )


def test_the_engine_decides_a_question_as_before_once_a_rule_has_rewritten_it():
    for question, truth, _ in CASES.values():
        for rule in MISCONCEPTION_RULES.values():
            rule(question)
        assert decide(question) == truth
