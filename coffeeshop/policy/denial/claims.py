"""The parts of a text that say a refusal: AWS's sentence, the console's form, and texts of services."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from coffeeshop.policy.denial.known_texts import KnownMatch, find_known_texts
from coffeeshop.policy.denial.model import (
    Denial,
    DeniedPrincipal,
    Effect,
    PolicyKind,
    PrincipalKind,
    Topic,
)
from coffeeshop.policy.denial.principals import describe_principal
from coffeeshop.policy.denial.sentences import Sentence, find_sentences
from coffeeshop.policy.denial.services import infer_action, service_prefix, spell_action

MAX_MATCHES = 200  # matches of one pattern that are looked at

_CONSOLE_PATTERN = re.compile(
    r"User:\s{0,40}(?P<who>arn:\S{5,300})"
    r"\s{1,80}(?:Service:\s{0,40}(?P<service>[\w-]{1,40})\s{1,80})"
    r"?Action:\s{0,40}(?P<action>[\w:-]{3,120})\s{1,80}"
    r"(?:On\s{1,20}resources?(?:\(s\))?:\s{0,40}(?P<resource>\S{1,400})\s{1,80})"
    r"?(?:Context:\s{0,40}(?P<context>[^\n]{3,200}))?",
    re.IGNORECASE,
)

ASSUME_ACTIONS = {
    "sts:assumerole",
    "sts:assumerolewithwebidentity",
    "sts:assumerolewithsaml",
    "sts:tagsession",
    "sts:setsourceidentity",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A refusal, and the part of the text that says it."""

    start: int
    end: int
    denial: Denial


def find_claims(text: str) -> list[Claim]:
    """Return every part of a text that says a refusal. None covers a part of another."""
    sentences = list(_sentence_claims(text))
    service_claims = [
        claim for claim in _known_claims(text) if not _leads_to(claim, sentences)
    ]
    claims = [
        claim
        for claim in sentences
        if claim.denial.topic is not Topic.EC2_OPERATION
        or not _covers_part(claim, service_claims)
    ]
    for more_claims in (_console_claims(text), service_claims):
        claims += [claim for claim in more_claims if not _covers_part(claim, claims)]
    return [claim for claim in claims if not _is_told_by(claim, claims)]


def _leads_to(claim: Claim, sentences: Iterable[Claim]) -> bool:
    """Return whether a sentence about the same call follows "could not assume the role: …"."""
    return claim.denial.topic is Topic.ROLE_NOT_ASSUMED and any(
        0 <= sentence.start - claim.end < 400
        and sentence.denial.action.lower().startswith("sts:assume")
        for sentence in sentences
    )


def _is_told_by(claim: Claim, claims: Iterable[Claim]) -> bool:
    """Return whether a general remark, such as "You don't have permission", has its details nearby."""
    return claim.denial.topic is Topic.PERMISSION and any(
        each.denial.topic is not Topic.PERMISSION and abs(each.start - claim.start) < 800
        for each in claims
    )


def _sentence_claims(text: str) -> Iterator[Claim]:
    """Yield AWS's usual sentences.

    "You are not authorized to perform this operation" joins the sentence behind it.
    """
    opening: Claim | None = None
    for sentence in find_sentences(text, MAX_MATCHES):
        claim = Claim(sentence.start, sentence.end, _sentence_denial(sentence))
        if opening and sentence.action and sentence.start - opening.end < 200:
            yield replace(claim, start=opening.start)
            opening = None
            continue
        if opening:
            yield opening
            opening = None
        if sentence.action or sentence.principal:
            yield claim
        else:
            opening = claim
    if opening:
        yield opening


def _sentence_denial(sentence: Sentence) -> Denial:
    """Return the refusal that a sentence of AWS's reports."""
    reason = sentence.reason
    denial = Denial(
        Topic.SENTENCE,
        describe_principal(sentence.principal),
        resource=sentence.resource,
        policy_kind=reason.policy_kind,
        policy=reason.policy,
        effect=reason.effect,
        reason=reason.clause,
    )
    if not sentence.action:
        if not sentence.principal:
            denial = replace(denial, topic=Topic.EC2_OPERATION)
        return denial
    action = spell_action(sentence.action)
    needed = spell_action(reason.needed_action or sentence.action)
    if reason.policy_kind is PolicyKind.RESOURCE and needed.lower() in ASSUME_ACTIONS:
        denial = replace(denial, policy_kind=PolicyKind.TRUST)
    if action.lower() != needed.lower():
        denial = replace(denial, needed_action=needed)
    return replace(denial, action=action)


def _console_claims(text: str) -> Iterator[Claim]:
    """Yield the console's form: User, Service, Action, On resource(s) and Context, each with a label."""
    for number, match in enumerate(_CONSOLE_PATTERN.finditer(text)):
        if number == MAX_MATCHES:
            return
        action = match["action"]
        if match["service"] and ":" not in action:
            action = f"{match['service']}:{action}"
        context = f" {match['context']}" if match["context"] else ""
        context = context.replace("the action", f"the {action} action")
        sentence_text = (
            f"User: {match['who']} is not authorized to perform: {action} because{context}"
        )
        if "explicit deny" in context:
            sentence_text = sentence_text.replace(" because", "", 1)
        sentence = next(find_sentences(sentence_text, 1))
        resource = match["resource"] or ""
        denial = replace(_sentence_denial(sentence), resource=resource)
        yield Claim(match.start(), match.end(), denial)


def _known_claims(text: str) -> Iterator[Claim]:
    """Yield the texts of services that have a row. Earlier rows win over later ones."""
    claims = list[Claim]()
    for match in find_known_texts(text, MAX_MATCHES):
        claim = Claim(match.start, match.end, _known_denial(match))
        if not _covers_part(claim, claims) and not _repeats(claim, claims):
            claims.append(claim)
    yield from claims


def _repeats(claim: Claim, claims: Iterable[Claim]) -> bool:
    """Return whether a claim repeats one just before it.

    Wrong credentials are reported by an error's code, and again by its message.
    """
    return claim.denial.topic is Topic.CREDENTIALS and any(
        0 <= claim.start - each.end < 20 and each.denial.topic is Topic.CREDENTIALS
        for each in claims
    )


_NO_SERVICES = {"service", "it", "that", "and", "the", "is", "was", "error", "you"}


def _known_denial(match: KnownMatch) -> Denial:
    """Return the refusal that a text known of one service reports."""
    row = match.row
    action = row.action or _known_action(match)
    principal_text = match.principal
    if principal_text.lower() in _NO_SERVICES:
        principal_text = ""
    if row.topic is Topic.ROLE_NOT_ASSUMED and principal_text:
        principal = DeniedPrincipal(PrincipalKind.SERVICE, principal_text, principal_text)
    elif principal_text:
        principal = describe_principal(principal_text)
    else:
        principal = DeniedPrincipal()
    return Denial(
        row.topic,
        principal,
        action,
        resource=match.resource,
        policy_kind=row.policy_kind,
        effect=Effect.EXPLICIT if "explicit deny" in match.message else row.effect,
        service=row.service,
        message=match.message,
    )


def _known_action(match: KnownMatch) -> str:
    """Return the action that a service's error message names, as IAM spells it, or ""."""
    if match.action_service:
        return infer_action(service_prefix(match.action_service), match.action)
    if ":" in match.action and match.row.topic is not Topic.SEARCH_DOMAIN:
        return spell_action(match.action)
    return ""


def _covers_part(claim: Claim, claims: Iterable[Claim]) -> bool:
    """Return whether a claim covers a part of another."""
    return any(claim.start < each.end and each.start < claim.end for each in claims)
