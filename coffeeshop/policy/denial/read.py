"""Find every refusal in a text, and say of each who was refused what, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from coffeeshop.policy.denial.claims import Claim, find_claims
from coffeeshop.policy.denial.events import find_decoded_message
from coffeeshop.policy.denial.flatten import flatten_text
from coffeeshop.policy.denial.model import Denial, Effect, PolicyKind, Topic
from coffeeshop.policy.denial.principals import describe_principal
from coffeeshop.policy.denial.services import spell_action
from coffeeshop.policy.denial.surroundings import add_wrappers, complete_denial

_LOOSE = re.compile(
    r"access\s?-?_?denied|\b403\b[^\n]{0,40}forbidden|forbidden\b[^\n]{0,40}\b403\b|"
    r"not\s{1,20}authori[sz]ed|unauthori[sz]ed|"
    r"authorization(?:error|\s{1,20}(?:failed|failure))|"
    r"insufficient\s{1,20}(?:permissions?|privileges?)|permission\s{1,20}denied|"
    r"returned\s{1,20}error:\s{1,20}403|access\s{1,20}was\s{1,20}denied|all access to this object has been disabled",
    re.IGNORECASE,
)


def find_denials(text: str) -> tuple[Denial, ...]:
    """Return the refusals in a text, in order. Equal ones are counted, not repeated.

    >>> [denial] = find_denials(
    ...     "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: s3:GetObject on resource: "
    ...     '"arn:aws:s3:::receipts/monday" because no identity-based policy allows the s3:GetObject action'
    ... )
    >>> denial.principal.name, denial.action, denial.policy_kind.value, denial.effect.value
    ('ada', 's3:GetObject', 'identity-based policy', 'implicit')
    """
    flat = flatten_text(text)
    decoded = find_decoded_message(flat)
    if decoded:
        return (_decoded_denial(flat),)
    claims = add_wrappers(flat, find_claims(flat))
    claims.sort(key=lambda claim: claim.start)
    denials = [
        complete_denial(flat, claim, _end_of(claim, claims[number:], len(flat)))
        for number, claim in enumerate(claims)
    ]
    return _merge_equal(denials) or _loose_denial(flat)


def _end_of(claim: Claim, claims: Iterable[Claim], end: int) -> int:
    """Return where the next refusal begins, or the end of the text."""
    return next((each.start for each in claims if each.start > claim.start), end)


def _decoded_denial(text: str) -> Denial:
    """Return what a decoded authorization message says."""
    decoded = find_decoded_message(text)
    if decoded is None:
        return Denial(Topic.DECODED)
    action = spell_action(decoded.action)
    return Denial(
        Topic.DECODED,
        describe_principal(decoded.principal),
        action,
        resource=decoded.resource,
        policy=decoded.policy,
        effect=Effect.EXPLICIT if decoded.is_explicit else Effect.IMPLICIT,
        service=action.partition(":")[0],
    )


def _merge_equal(denials: Iterable[Denial]) -> tuple[Denial, ...]:
    """Return the refusals, with equal ones counted. One that says nothing of its own joins its neighbour."""
    merged: dict[tuple[object, ...], Denial] = {}
    for denial in denials:
        key = _identity_of(denial)
        same = next((known for known in merged if _says_no_more(key, known)), None)
        if same is not None:
            merged[same] = replace(merged[same], times=merged[same].times + (key == same))
            continue
        less = next((known for known in merged if _says_no_more(known, key)), None)
        if less is not None:
            merged = {
                (key if known == less else known): (denial if known == less else each)
                for known, each in merged.items()
            }
            continue
        merged[key] = denial
    return tuple(merged.values())


def _identity_of(denial: Denial) -> tuple[object, ...]:
    """Return what tells one refusal from another."""
    return (
        denial.topic,
        denial.principal.text,
        denial.action,
        denial.resource,
        denial.policy_kind,
        denial.effect,
        denial.operation,
        denial.service,
    )


def _says_no_more(key: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Return whether a refusal says nothing that another one doesn't say.

    Only bare ones are joined to others of another wording: a stack trace repeats its error.
    """
    if key == other:
        return True
    if key[0] is not Topic.BARE:
        return key[0] is other[0] and _fits(key, other)
    return _fits(key, other) and (other[0] is Topic.BARE or not any(key[1:4]))


def _fits(key: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Return whether each thing that a refusal says is said by the other one as well."""
    empty = ("", PolicyKind.UNKNOWN, Effect.UNKNOWN)
    return all(
        value in empty or value == known
        for value, known in zip(key[1:], other[1:], strict=True)
    )


def _loose_denial(text: str) -> tuple[Denial, ...]:
    """Return a refusal that only a word tells, or nothing."""
    match = _LOOSE.search(text)
    if match is None:
        return ()
    denial = Denial(Topic.BARE, message=" ".join(match[0].split()))
    claim = Claim(match.start(), match.end(), denial)
    return (complete_denial(text, claim, len(text)),)
