"""Hypothesis strategies: policies and requests over few names, so that they meet often."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Kind,
    Layer,
    Policy,
    Principal,
    Principals,
    Request,
    Standing,
    Statement,
)

T = TypeVar("T")

ACCOUNTS = ("111122223333", "444455556666")
CASEY, CASHIER = (
    "arn:aws:iam::111122223333:user/casey",
    "arn:aws:iam::111122223333:role/Cashier",
)
SESSION, FAY = (
    "arn:aws:sts::111122223333:assumed-role/Cashier/bo",
    "arn:aws:sts::111122223333:federated-user/fay",
)
PAT = "arn:aws:iam::444455556666:user/pat"

ACTIONS = (
    "s3:GetObject",
    "s3:ListBucket",
    "sqs:SendMessage",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "iam:PassRole",
)
ACTION_PATTERNS = (
    *ACTIONS,
    "*",
    "s3:*",
    "S3:getOBJECT",
    "s3:?etObject",
    "*:List*",
    "sts:*",
    "s3:*Object*",
    "i?m:*",
)
RESOURCES = (
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/casey/1",
    "arn:aws:s3:::b/*/1",
    "arn:aws:s3:::c/x:y",
    CASHIER,
    "arn:aws:sqs:us-east-2:111122223333:casey-q",
    "not an arn",
)
RESOURCE_PATTERNS = (
    *RESOURCES, "arn:aws:s3:::*", "arn:aws:s3:::b/*", "arn:aws:s3:::?/c*", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/${*}/?", "**",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'casey'}/1", "arn:*:s3:::c/x?y", "arn:aws:sqs:*:111122223333:${aws:username}-q", "arn:aws:sqs:*:*",
    "arn:aws:*:*:*:casey-q", "arn:aws:sqs", "arn:aws:s3::b", "arn:*:iam::", "arn:aws:sqs:us-*:111122223333", "arn:aws:s3:${aws:username}", "arn:aws:iam::${aws:username}:role/*", "*casey*",
)  # fmt: skip
KEYS = (
    "aws:username",
    "aws:PrincipalTag/team",
    "aws:TagKeys",
    "shop:Number",
    "AWS:USERNAME",
)
TEXTS = ("casey", "Casey", "c*", "?asey", "", "10", "10.0", "9", "true", "false", "2026-06-01", "2026-06-01T00:00:00Z", "1780272000", "203.0.113.7",
         "203.0.113.0/24", "2001:db8::1", "QUJD", "arn:aws:s3:::b", "arn:aws:s3:*", "arn:*:*:*:*:b", "a:b", "*")  # fmt: skip
WANTED = (
    *TEXTS,
    "${aws:username}",
    "${aws:PrincipalTag/team, 'casey'}",
    "${*}",
    "x${?}",
    "${$}",
    "arn:aws:s3:::${aws:username}",
)

PRINCIPALS = (
    Principal(CASEY, ACCOUNTS[0], "AIDACASEY"),
    Principal(SESSION, ACCOUNTS[0], "AROACASHIER:bo", "role", CASHIER, "AROACASHIER"),
    Principal(CASHIER, ACCOUNTS[0], "AROACASHIER", "role", CASHIER, "AROACASHIER"),
    Principal(FAY, ACCOUNTS[0], "", "federated", CASEY, "AIDACASEY"),
    Principal("arn:aws:iam::111122223333:root", ACCOUNTS[0], ACCOUNTS[0], "root"),
    Principal(PAT, ACCOUNTS[1], "AIDAPAT"),
    Principal("anonymous", kind="anonymous"),
    Principal("lambda.amazonaws.com", kind="service"),
    Principal("accounts.google.com", kind="federated"),
)  # fmt: skip
ENTRIES = (
    ("AWS", "*"), ("AWS", CASEY), ("AWS", CASHIER), ("AWS", SESSION), ("AWS", FAY), ("AWS", PAT), ("AWS", ACCOUNTS[0]), ("AWS", ACCOUNTS[1]),
    ("AWS", "arn:aws:iam::111122223333:root"), ("AWS", "AIDACASEY"), ("AWS", "AROACASHIER"), ("Service", "lambda.amazonaws.com"),
    ("Federated", "accounts.google.com"),
)  # fmt: skip
ON = {Kind.RESOURCE: ("*", "arn:aws:s3:::b"), Kind.TRUST: ("*", CASHIER)}


def few(values: Sequence[T], least: int = 1) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=3).map(tuple)


def elements(values: Sequence[str]):
    return st.builds(Element, few(values), st.sampled_from((False, False, False, True)))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    operator = draw(st.sampled_from(sorted(OPERATORS)))
    wanted = ("true", "false", "True") if operator == "Null" else WANTED
    quantifier = draw(st.sampled_from(("", "", "ForAllValues", "ForAnyValue")))
    return Condition(
        operator,
        draw(st.sampled_from(KEYS)),
        draw(few(wanted, 0)),
        quantifier,
        operator != "Null" and draw(st.booleans()),
    )


def statements(kind: Kind):
    joined = kind in (Kind.RESOURCE, Kind.RCP, Kind.TRUST)
    principals = (
        st.builds(Principals, few(ENTRIES), st.sampled_from((False, False, False, True)))
        if joined
        else st.none()
    )
    resources = st.none() if kind is Kind.TRUST else elements(RESOURCE_PATTERNS)
    few_conditions = st.lists(conditions(), max_size=2).map(tuple)
    return st.builds(
        Statement,
        st.sampled_from(("Allow", "Allow", "Deny")),
        elements(ACTION_PATTERNS),
        resources,
        principals,
        few_conditions,
    )


def policies(kind: Kind):
    version = st.sampled_from(("2012-10-17", "2012-10-17", "2008-10-17"))
    return st.builds(
        Policy, st.lists(statements(kind), max_size=4).map(tuple), version=version
    )


def layers():
    return st.sampled_from((Kind.IDENTITY, Kind.IDENTITY, Kind.RESOURCE, *Kind)).flatmap(
        lambda kind: st.builds(
            Layer,
            st.just(kind),
            st.lists(policies(kind), max_size=2).map(tuple),
            st.sampled_from(ON.get(kind, ("*",))),
        )
    )


def contexts():
    return st.dictionaries(st.sampled_from(KEYS), few(TEXTS, 0), max_size=4)


def standings():
    fixed = st.dictionaries(
        st.sampled_from(KEYS), few(TEXTS) | st.none() | st.just(PRESENT), max_size=2
    )
    return st.builds(
        Standing,
        st.sampled_from(PRINCIPALS),
        st.lists(layers(), max_size=4).map(tuple),
        fixed,
    )


def requests():
    accounts = st.sampled_from(("", *ACCOUNTS))
    return st.builds(
        Request,
        st.sampled_from((*ACTIONS, "S3:GETOBJECT")),
        st.sampled_from(RESOURCES),
        contexts(),
        accounts,
    )
