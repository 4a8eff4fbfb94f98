"""Puts a witness into words: what somebody may also do, on what, and when; absence is said, since it is what people overlook."""

from __future__ import annotations

from collections.abc import Container, Iterator

from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import Excess

STRANGERS = {
    "anonymous": "Anybody, without signing in,",
    "service": "The service {name}",
    "federated": "Somebody signed in by {name}",
}


def sentence(excess: Excess, who: str = "", settled: Container[str] = ()) -> str:
    """Returns a sentence such as "Casey may also s3:DeleteObject receipts/x in amzn-s3-demo-bucket, when aws:SecureTransport is false."

    `who` is a person's name; without it the principal of the excess is told, or "One". `settled` are keys (in lower
    case) that the session fixes, of which nothing is said.
    """
    witness = excess.witness
    said = " ".join(
        part
        for part in (who or _somebody(excess), "may also", witness.action, _where(witness.resource))
        if part
    )
    return f"{said}{when(excess, settled)}."


def when(excess: Excess, settled: Container[str] = ()) -> str:
    """Returns a clause such as ", when aws:SecureTransport is false and aws:MultiFactorAuthPresent is not in the request"; or nothing."""
    given = [f"{key} is {_values(values)}" for key, values in excess.witness.context.items()]
    conditions = [*given, *(f"{key} is not in the request" for key in sorted(_absent(excess, settled)))]
    return f", when {' and '.join(conditions)}" if conditions else ""


def _somebody(excess: Excess) -> str:
    who = excess.principal
    return "One" if who is None else STRANGERS.get(who.kind, "{name}").format(name=who.arn)


def _where(resource: str) -> str:
    """Names an object in its bucket, anything else by its name; nothing where the action takes no resource."""
    arn = Arn.read(resource)
    if arn is None:
        return "" if resource == "*" else resource
    bucket, slash, key = arn.resource.partition("/")
    return f"{key} in {bucket}" if arn.service == "s3" and slash and not arn.account else arn.resource


def _values(values: tuple[str, ...]) -> str:
    return " and ".join(value or "empty" for value in values)


def _absent(excess: Excess, settled: Container[str]) -> Iterator[str]:
    """Yields the keys that the two statements ask for and the request does not have."""
    there = {key.lower() for key in excess.witness.context}
    both = filter(None, (excess.by.statement, excess.nearest))
    conditions = (condition for statement in both for condition in statement.conditions)
    keys = {condition.key.lower(): condition.key for condition in conditions}
    for lowered, key in keys.items():
        if lowered not in there and lowered not in settled:
            yield key
