"""The cited cases: one documented behaviour of AWS each, decided by the engine."""

import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Policy,
    Principal,
    Request,
    Standing,
)
from tests.tables import each_row

ACCOUNT, PARTNER = "111122223333", "444455556666"
CASEY = f"arn:aws:iam::{ACCOUNT}:user/casey"
CASHIER = f"arn:aws:iam::{ACCOUNT}:role/Cashier"
PEOPLE = {
    "casey": Principal(CASEY, ACCOUNT, "AIDACASEY"),
    "new-casey": Principal(CASEY, ACCOUNT, "AIDANEWCASEY"),
    "robin": Principal(f"arn:aws:iam::{ACCOUNT}:user/robin", ACCOUNT, "AIDAROBIN"),
    "bo": Principal(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Cashier/bo",
        ACCOUNT,
        "AROACASHIER:bo",
        "role",
        CASHIER,
        "AROACASHIER",
    ),
    "fay": Principal(
        f"arn:aws:sts::{ACCOUNT}:federated-user/fay",
        ACCOUNT,
        f"{ACCOUNT}:fay",
        "federated",
        CASEY,
        "AIDACASEY",
    ),
    "root": Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ACCOUNT, "root"),
    "pat": Principal(f"arn:aws:iam::{PARTNER}:user/pat", PARTNER, "AIDAPAT"),
    "stranger": Principal("anonymous", kind="anonymous"),
    "lambda": Principal("lambda.amazonaws.com", kind="service"),
    "google": Principal("accounts.google.com", kind="federated"),
}
ON = {Kind.RESOURCE: "arn:aws:s3:::receipts", Kind.TRUST: CASHIER}
FILES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
CASES = [case for file in FILES for case in tomllib.loads(file.read_text())["case"]]


def document(*statements: str) -> str:
    return f'{{"Version": "2012-10-17", "Statement": [{", ".join(statements)}]}}'


def policy(written: str | list[str], kind: Kind) -> Policy:
    return parse(
        document(*([written] if isinstance(written, str) else written)), kind, kind.value
    )


def layers(case: dict[str, Any]) -> list[Layer]:
    found = [Layer(Kind.IDENTITY, (parse(case["document"]),))] if "document" in case else []
    for kind in Kind:
        written = case.get(kind.value)
        levels = (
            written
            if kind in (Kind.SCP, Kind.RCP) and written
            else [written]
            if written
            else []
        )
        found += [
            Layer(kind, (policy(level, kind),), ON.get(kind, "*")) for level in levels
        ]
    return found


def decision(case: dict[str, Any]) -> Decision:
    action, _, resource = case["ask"].partition(" on ")
    context = {
        key: (value,) if isinstance(value, str) else tuple(value)
        for key, value in case.get("context", {}).items()
    }
    standing = Standing(PEOPLE[case.get("who", "casey")], tuple(layers(case)))
    return authorize(
        standing, Request(action, resource or "*", context, case.get("account", ""))
    )


def told(found: Decision) -> tuple[str, str]:
    """The result, and the kind of layer that is named for it."""
    match found:
        case Allowed():
            return "allowed", ""
        case ExplicitlyDenied(by=by):
            return "explicitDeny", by[0].layer.kind.value
        case ImplicitlyDenied(silent=silent):
            return "implicitDeny", silent.value


@each_row(((case,) for case in CASES), lambda case: f"{case['rule']}: {case['says']}")
def test_the_engine_decides_as_the_guide_says(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(MalformedPolicy) as wrong:
            parse(case["document"], Kind(case.get("kind", "identity")))
        assert [problem.code for problem in wrong.value.problems] == [case["refused"]]
        return
    result, kind = told(decision(case))
    assert (result, case.get("decided") and kind) == (case["expect"], case.get("decided"))


def test_every_rule_has_an_allowing_and_a_refusing_case() -> None:
    sides: dict[int, set[bool]] = defaultdict(set)
    for case in CASES:
        sides[case["rule"]].add(case.get("expect") == "allowed")
    assert {rule: sides[rule] for rule in range(1, 55)} == {
        rule: {True, False} for rule in range(1, 55)
    }


def test_the_cases_are_at_least_two_hundred_and_none_stands_twice() -> None:
    assert len(CASES) >= 200
    assert len({(case["rule"], case["says"]) for case in CASES}) == len(CASES)


def test_every_case_cites_a_page() -> None:
    for file in FILES:
        cited = tomllib.loads(file.read_text())
        assert all(
            (case.get("docs") or cited["docs"]).startswith(
                (
                    "reference_",
                    "reference-",
                    "id_",
                    "access_",
                    "https://docs.aws.amazon.com/",
                )
            )
            for case in cited["case"]
        )
