"""Decide requests: ours against moto and cedarpy on the same policies and requests, in one run.

python -m bench.decisions

One identity policy of 50 statements over 25 services, every tenth a Deny; 1,000 requests, half of which a statement speaks
of. The second workload adds three conditions to every statement. Cedar gets each statement as one policy, translated by
hand: actions and resources as `like` on attributes of the context. All engines must agree with ours on every request;
the last column counts where they do not. Growth adds statements about other services to the first workload.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any, TypeAlias

from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import message, nearest_miss
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import (
    Allowed,
    Kind,
    Layer,
    Policy,
    Principal,
    Request,
    Standing,
)

Document: TypeAlias = dict[str, Any]
Decide: TypeAlias = Callable[[Sequence[Request]], list[bool]]

CASEY = Principal("arn:aws:iam::111122223333:user/casey", "111122223333", "AIDACASEY")
SERVICES, STATEMENTS, REQUESTS = 25, 50, 1_000
CONTEXT = {
    "aws:PrincipalTag/team": ("coffee",),
    "aws:SourceIp": ("203.0.113.7",),
    "s3:prefix": ("receipts/monday",),
}
CONDITIONS = {
    "StringEquals": {"aws:PrincipalTag/team": ["coffee", "tea"]},
    "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
    "StringLike": {"s3:prefix": "receipts/*"},
}


# ----------------------------------------------------------------------- workload
def statement(number: int, conditions: bool, prefix: str = "svc") -> Document:
    """Two actions of one service, on one bucket and its objects."""
    service = f"{prefix}{number % SERVICES}"
    written: Document = {
        "Effect": "Deny" if number % 10 == 9 else "Allow",
        "Action": [f"{service}:Get*", f"{service}:List{number}"],
        "Resource": [
            f"arn:aws:{service}:::bucket{number}",
            f"arn:aws:{service}:::bucket{number}/*",
        ],
    }
    return {**written, "Condition": CONDITIONS} if conditions else written


def document(count: int, conditions: bool = False, prefix: str = "svc") -> Document:
    """A policy of so many statements."""
    return {
        "Version": "2012-10-17",
        "Statement": [statement(number, conditions, prefix) for number in range(count)],
    }


def requests(conditions: bool) -> list[Request]:
    """Every other one is what a statement speaks of; the rest ask for another bucket, or fail a condition."""
    made: list[Request] = []
    for number in range(REQUESTS):
        near = number % STATEMENTS
        bucket = near if number // STATEMENTS % 2 == 0 else near + 1
        team = "coffee" if number % 7 else "cake"
        context = {**CONTEXT, "aws:PrincipalTag/team": (team,)} if conditions else {}
        service = f"svc{near % SERVICES}"
        made.append(
            Request(
                f"{service}:GetObject",
                f"arn:aws:{service}:::bucket{bucket}/{number}",
                context,
            )
        )
    return made


# ------------------------------------------------------------------------ engines
def standing(written: Document) -> Standing:
    """Ours: parsed from the text."""
    return Standing(CASEY, (Layer(Kind.IDENTITY, (parse(json.dumps(written)),)),))


def ours(written: Document) -> Decide:
    """authorize."""
    return ours_of(standing(written))


def ours_of(who: Standing) -> Decide:
    """authorize, of a standing that is there."""
    return lambda asked: [isinstance(authorize(who, request), Allowed) for request in asked]


def ours_explained(written: Document) -> Decide:
    """authorize, and for a refusal AWS's text and the nearest miss."""
    who = standing(written)

    def decide(asked: Sequence[Request]) -> list[bool]:
        answers: list[bool] = []
        for request in asked:
            decision = authorize(who, request)
            answers.append(isinstance(decision, Allowed))
            if not isinstance(decision, Allowed):
                message(decision)
                nearest_miss(decision)
        return answers

    return decide


def moto(written: Document) -> Decide | None:
    """moto's IAMPolicy, which its `set_initial_no_auth_action_count` checks calls with."""
    try:
        from moto.iam.access_control import IAMPolicy, PermissionResult
    except ImportError:
        return None
    policy: Any = IAMPolicy(json.dumps(written))

    def decide(asked: Sequence[Request]) -> list[bool]:
        answers: list[bool] = []
        for request in asked:
            context = {key: values[0] for key, values in request.context.items()}
            found = policy.is_action_permitted(
                request.action, request.resource, CASEY.arn, context or None
            )
            answers.append(found is PermissionResult.PERMITTED)
        return answers

    return decide


def cedar(written: Document, batch: bool) -> Decide | None:
    """Cedar through cedarpy (Rust), one request at a time or all in one call."""
    try:
        import cedarpy
    except ImportError:
        return None
    library: Any = cedarpy
    policies = "\n".join(map(cedar_policy, written["Statement"]))

    def decide(asked: Sequence[Request]) -> list[bool]:
        made = [cedar_request(request) for request in asked]
        if batch:
            return [
                bool(found.allowed)
                for found in library.is_authorized_batch(made, policies, [])
            ]
        return [bool(library.is_authorized(one, policies, []).allowed) for one in made]

    return decide


def cedar_policy(written: Document) -> str:
    """A statement as Cedar writes it."""
    terms = [_any("action", written["Action"]), _any("resource", written["Resource"])]
    if "Condition" in written:
        terms += [
            _any("team", ["coffee", "tea"]),
            'context.ip.isInRange(ip("203.0.113.0/24"))',
            _any("prefix", ["receipts/*"]),
        ]
    effect = "permit" if written["Effect"] == "Allow" else "forbid"
    return f"{effect}(principal, action, resource) when {{ {' && '.join(terms)} }};"


def _any(name: str, patterns: list[str]) -> str:
    tests = (
        f'context.{name} like "{text}"' if "*" in text else f'context.{name} == "{text}"'
        for text in patterns
    )
    return f"({' || '.join(tests)})"


def cedar_request(request: Request) -> Document:
    """A request as Cedar takes it: what IAM matches by pattern stands in the context."""
    context: Document = {"action": request.action, "resource": request.resource}
    if request.context:
        team, address, prefix = (request.context[key][0] for key in CONTEXT)
        context |= {
            "team": team,
            "ip": {"__extn": {"fn": "ip", "arg": address}},
            "prefix": prefix,
        }
    return {
        "principal": 'User::"casey"',
        "action": 'Action::"ask"',
        "resource": 'Thing::"it"',
        "context": context,
    }


# --------------------------------------------------------------------- measurement
def rate(
    decide: Decide, asked: Sequence[Request], least: float = 0.5
) -> tuple[float, list[bool]]:
    """Decisions a second, the best of three runs of at least half a second, and the answers."""
    answers = decide(asked[:1]) and decide(asked)
    best = 0.0
    for _ in range(3):
        done, started = 0, time.perf_counter()
        while (spent := time.perf_counter() - started) < least:
            decide(asked)
            done += len(asked)
        best = max(best, done / spent)
    return best, answers


def table() -> None:
    """Plain and with conditions, every engine that is installed."""
    print(
        f"{'decisions a second, 50 statements':<38}{'plain':>12}{'conditions':>12}{'disagree':>10}"
    )
    engines: list[tuple[str, Callable[[Document], Decide | None]]] = [
        ("ours", ours),
        ("ours, every refusal explained", ours_explained),
        ("moto", moto),
        ("cedarpy, one by one", lambda written: cedar(written, batch=False)),
        ("cedarpy, 1,000 in a batch", lambda written: cedar(written, batch=True)),
    ]
    expected: dict[bool, list[bool]] = {}
    for name, engine in engines:
        rates: list[float] = []
        disagree = 0
        for conditions in (False, True):
            decide = engine(document(STATEMENTS, conditions))
            if decide is None:
                continue
            found, answers = rate(decide, requests(conditions))
            rates.append(found)
            disagree += sum(
                a != b
                for a, b in zip(
                    answers, expected.setdefault(conditions, answers), strict=True
                )
            )
        shown = (
            "".join(f"{one:>12,.0f}" for one in rates)
            if rates
            else f"{'not installed':>24}"
        )
        print(f"{name:<38}{shown}{disagree:>10}")
    print(
        f"allowed: {sum(expected[False])} of {REQUESTS} plain, {sum(expected[True])} of {REQUESTS} with conditions"
    )


def growth() -> None:
    """The same requests, among ever more statements about other services."""
    print(f"\n{'statements that do not concern them':<38}{'ours':>12}{'first one, ms':>14}")
    for more in (0, 450, 4_950, 49_950):
        written = document(STATEMENTS)
        written["Statement"] += document(more, prefix="other")["Statement"]
        who = standing(written)
        started = time.perf_counter()
        authorize(who, requests(False)[0])
        first = (time.perf_counter() - started) * 1e3
        found, _ = rate(ours_of(who), requests(False))
        print(f"{more:<38,}{found:>12,.0f}{first:>14.1f}")


def reading() -> None:
    """Parsing with places against json.loads, which has none."""
    text = dumps(parse(json.dumps(document(13, conditions=True))))

    def each(read: Callable[[str], object]) -> float:
        best = float("inf")
        for _ in range(5):
            started = time.perf_counter()
            for one in islice(cycle((text,)), 100):
                read(one)
            best = min(best, (time.perf_counter() - started) / 100)
        return best * 1e6

    bare, placed = each(json.loads), each(parse)
    policy: Policy = parse(text)
    print(f"\nparse {len(text):,} characters, {len(policy.statements)} statements")
    print(f"with places {placed:,.0f} µs, json.loads {bare:,.0f} µs: {placed / bare:.0f}x")


if __name__ == "__main__":
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    table()
    growth()
    reading()
