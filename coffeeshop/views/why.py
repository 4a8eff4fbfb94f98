"""The whole reason of one decision, step by step, with the statement that decided or came nearest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coffeeshop.policy.explain import LAYER, NearestMiss, heard, label, missing_keys, nearest, sentence
from coffeeshop.policy.model import Allowed, Decision, ExplicitlyDenied, ImplicitlyDenied, Kind, Matched, Present
from coffeeshop.shop.want import Mark
from coffeeshop.views.rows import Row

ORDER = (Kind.SCP, Kind.RCP, Kind.RESOURCE, Kind.TRUST, Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION)
GIVES = (Kind.RESOURCE, Kind.TRUST, Kind.IDENTITY)  # the others only narrow


@dataclass(frozen=True, slots=True)
class Why:
    """`rows` are the steps; `cited` is the statement to show as text, with `missed` where it came only near."""

    asked: str
    rows: tuple[Row, ...]
    cited: Matched | None
    missed: NearestMiss | None


def why(decision: Decision) -> Why:
    """Every step that AWS takes for this request, in its order, and what each came to."""
    missed = nearest(decision)
    cited = (
        missed.matched if missed else None if isinstance(decision, ImplicitlyDenied) else next(iter(decision.by), None)
    )
    request = decision.request
    return Why(f"{request.action} on {request.resource}", tuple(_steps(decision, missed)), cited, missed)


def _steps(decision: Decision, missed: NearestMiss | None) -> Iterator[Row]:
    said = sentence(decision)
    head = {Allowed: "allowed", ExplicitlyDenied: "explicit deny", ImplicitlyDenied: "implicit deny"}[type(decision)]
    yield Row(said[:1].upper() + said[1:], Mark.OK if isinstance(decision, Allowed) else Mark.MISS, head)
    layers = heard(decision)
    denies = [label(clause.matched(one.layer)) for one in layers for clause in one.denies]
    statements = sum(len(policy.statements) for one in layers for policy in one.layer.policies)
    text = ", ".join(denies) or f"none among {statements} {'statement' if statements == 1 else 'statements'}"
    yield Row(text, Mark.MISS if denies else Mark.QUIET, "1 Does anything deny?")
    step = 1
    for kind in ORDER:
        mine = [one for one in layers if one.layer.kind is kind]
        if not mine and kind is not Kind.IDENTITY:
            continue
        step += 1
        allows = [label(clause.matched(one.layer)) for one in mine for clause in one.allows]
        names = list(
            dict.fromkeys(
                policy.name.rpartition("/")[2] for one in mine for policy in one.layer.policies if policy.name
            )
        )
        yield _layer(step, kind, allows, names)
    if missed is not None:
        yield from _missed(missed)
    if keys := missing_keys(decision):
        yield Row(", ".join(keys), None, "Not in the request", "muted")


def _layer(step: int, kind: Kind, allows: list[str], names: list[str]) -> Row:
    word = f"{step} {LAYER[kind][:1].upper()}{LAYER[kind][1:]}"
    if allows:
        return Row("allowed by " + ", ".join(allows), Mark.OK, word)
    held = f"nothing in {', '.join(names)} allows it" if names else "there is none"
    return Row(held, Mark.MISS if kind in GIVES else Mark.QUIET, word)


def _missed(missed: NearestMiss) -> Iterator[Row]:
    """What the nearest statement says and what was asked, one above the other, with the first difference."""
    yield Row(
        f"{label(missed.matched)}, but the {missed.element.replace('-', ' ')} does not fit", Mark.QUIET, "Closest"
    )
    yield Row(f"says  {missed.wrote}", role="code", indent=2)
    yield Row(f"asked {missed.asked}", role="code", indent=2)
    yield Row(" " * (6 + _common(missed.wrote, missed.asked)) + "^", role="error", indent=2)


def _common(left: str, right: str) -> int:
    """How many characters two texts share from the start."""
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def request(decision: Decision) -> tuple[Row, ...]:
    """Who asked, for what, and the request context that conditions can speak of."""
    asked, context = decision.request, {**decision.standing.fixed, **decision.request.context}
    known = (
        (key, "present" if isinstance(values, Present) else ", ".join(values))
        for key, values in sorted(context.items())
        if values is not None
    )
    named = (("principal", decision.standing.principal.arn), ("action", asked.action), ("resource", asked.resource))
    return (*(Row(text, word=word) for word, text in named), *(Row(text, None, word, "muted") for word, text in known))
