"""The real texts of `develop.toml` and `measure.toml`, and whether the reader says what each says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from coffeeshop.policy.denial.model import Denial, PolicyKind
from coffeeshop.policy.denial.read import find_denials

SHORT_KINDS = {
    PolicyKind.IDENTITY: "identity",
    PolicyKind.RESOURCE: "resource",
    PolicyKind.TRUST: "trust",
    PolicyKind.BOUNDARY: "boundary",
    PolicyKind.SESSION: "session",
    PolicyKind.SCP: "scp",
    PolicyKind.RCP: "rcp",
    PolicyKind.VPC_ENDPOINT: "vpce",
    PolicyKind.PUBLIC_ACCESS: "public-access",
    PolicyKind.OTHER: "other",
    PolicyKind.UNKNOWN: "unknown",
}


class Case(NamedTuple):
    """One text, its address and date, what its first refusal says, and how many refusals it has."""

    source: str
    date: str
    text: str
    says: list[str]
    refusals: int


def read_cases(half: str) -> list[Case]:
    """Return the cases of one half: "develop" or "measure"."""
    path = Path(__file__).with_name(f"{half}.toml")
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["case"]
    return [
        Case(row["source"], row["date"], row["text"], row["says"], row.get("count", 1))
        for row in rows
    ]


def read_facts(denial: Denial) -> list[str]:
    """Return the facts of a refusal in the order of a case's `says`."""
    principal = denial.principal
    return [
        principal.kind.value,
        principal.account,
        principal.name,
        principal.session,
        denial.action,
        denial.resource,
        SHORT_KINDS[denial.policy_kind],
        denial.effect.value,
    ]


def is_right(case: Case) -> bool:
    """Return whether every fact of a case is read."""
    denials = find_denials(case.text)
    return len(denials) == case.refusals and read_facts(denials[0]) == case.says


def share_of_right(cases: list[Case]) -> float:
    """Return the share of cases that are read right, from 0 to 1."""
    return sum(map(is_right, cases)) / len(cases)
