"""Find every refusal in a text, with its principal, request and reason."""

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
from coffeeshop.policy.denial.shortened import complete_short_denials
from coffeeshop.policy.denial.surroundings import add_wrappers, bare_denial, complete_denial

_REFUSAL_WORDS = re.compile(
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
    return complete_short_denials(flat, _merge_equal(denials) or _loose_denial(flat))


def _end_of(claim: Claim, claims: Iterable[Claim], end: int) -> int:
    """Return where the next refusal begins, or the end of the text."""
    return next((each.start for each in claims if each.start > claim.start), end)


def _decoded_denial(text: str) -> Denial:
    """Return the refusal that a decoded authorization message reports."""
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
    """Return the refusals, with equal ones counted.

    One that says less than another is left out: a stack trace repeats its error in fewer words.
    """
    merged = list[Denial]()
    for denial in denials:
        number = _number_of_fuller(denial, merged)
        if number is None:
            _add(denial, merged)
        elif _facts_of(denial) == _facts_of(merged[number]):
            merged[number] = replace(merged[number], times=merged[number].times + 1)
    return tuple(merged)


def _number_of_fuller(denial: Denial, merged: list[Denial]) -> int | None:
    """Return the place of the first refusal that says all that a new one says, or None."""
    for number, each in enumerate(merged):
        if _says_no_more(denial, each):
            return number
    return None


def _add(denial: Denial, merged: list[Denial]) -> None:
    """Add a refusal, in the place of one that says less, if there is one."""
    for number, each in enumerate(merged):
        if _says_no_more(each, denial):
            merged[number] = denial
            return
    merged.append(denial)


def _facts_of(denial: Denial) -> tuple[str, ...]:
    """Return the facts in which two refusals of the same topic can differ. "" is an unknown fact."""
    return (
        denial.principal.text,
        denial.action,
        denial.resource,
        _known(denial.policy_kind),
        _known(denial.effect),
        denial.operation,
        denial.service,
    )


def _known(fact: PolicyKind | Effect) -> str:
    """Return a fact, or "" if it is unknown."""
    return "" if fact in (PolicyKind.UNKNOWN, Effect.UNKNOWN) else fact.value


def _says_no_more(first: Denial, second: Denial) -> bool:
    """Return whether the first refusal says nothing that the second one doesn't say.

    A bare one joins another topic only if that names no principal, action or resource of its own.
    """
    if not all(
        fact in ("", second_fact)
        for fact, second_fact in zip(_facts_of(first), _facts_of(second), strict=True)
    ):
        return False
    if first.topic is second.topic:
        return True
    return first.topic is Topic.BARE and not any(_facts_of(first)[:3])


def _loose_denial(text: str) -> tuple[Denial, ...]:
    """Return the refusal of a text that matches no known form and only contains a word such as "denied", or ()."""
    match = _REFUSAL_WORDS.search(text)
    if match is None:
        return ()
    denial = bare_denial(" ".join(match[0].split()), text[match.end() :])
    claim = Claim(match.start(), match.end(), denial)
    return (complete_denial(text, claim, len(text)),)
