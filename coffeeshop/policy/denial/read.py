"""Find every refusal in a text, and say of each who was refused what, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from coffeeshop.policy.denial.events import Event, find_decoded_message, read_event
from coffeeshop.policy.denial.flatten import flatten_text
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
from coffeeshop.policy.denial.wrappers import (
    Wrapper,
    find_wrappers,
    merge_wrappers,
    request_id_after,
    wrapper_after,
)

SEARCHED = 200  # matches of one pattern that are looked at
_ENCODED = re.compile(
    r"Encoded\s{1,40}authorization\s{1,40}failure\s{1,40}message\s?:\s{0,200}([\w-]{2"
    r"0,20000})",
    re.IGNORECASE,
)
_CONSOLE = re.compile(
    r"User:\s{0,40}(?P<who>arn:\S{5,300})"
    r"\s{1,80}(?:Service:\s{0,40}(?P<service>[\w-]{1,40})\s{1,80})"
    r"?Action:\s{0,40}(?P<action>[\w:-]{3,120})\s{1,80}"
    r"(?:On\s{1,20}resources?(?:\(s\))?:\s{0,40}(?P<resource>\S{1,400})\s{1,80})"
    r"?(?:Context:\s{0,40}(?P<context>[^\n]{3,200}))?",
    re.IGNORECASE,
)
_API = re.compile(r"\bAPI:\s{1,10}([a-z0-9-]{2,40}:\w{3,80})(?:\s{1,10}You)?\s{0,10}$")
_LOOSE = re.compile(
    r"access\s?-?_?denied|\b403\b[^\n]{0,40}forbidden|forbidden\b[^\n]{0,40}\b403\b|"
    r"not\s{1,20}authori[sz]ed|unauthori[sz]ed|"
    r"authorization(?:error|\s{1,20}(?:failed|failure))|"
    r"insufficient\s{1,20}(?:permissions?|privileges?)|permission\s{1,20}denied|all "
    r"access to this object has been disabled",
    re.IGNORECASE,
)
ASSUMING = {
    "sts:assumerole",
    "sts:assumerolewithwebidentity",
    "sts:assumerolewithsaml",
    "sts:tagsession",
    "sts:setsourceidentity",
}


@dataclass(frozen=True, slots=True)
class _Claim:
    """A refusal, and the part of the text that says it."""

    start: int
    end: int
    denial: Denial


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
    claims = [*_sentence_claims(flat)]
    claims += _without_overlap(_console_claims(flat), claims)
    claims += _without_overlap(_known_claims(flat), claims)
    claims = _with_wrappers(flat, claims)
    claims.sort(key=lambda claim: claim.start)
    denials = [_complete_denial(flat, claim) for claim in claims]
    return _merge_equal(denials) or _loose_denial(flat)


def _sentence_claims(text: str) -> Iterator[_Claim]:
    """Yield AWS's usual sentences. "You are not authorized to perform this operation" joins the sentence behind it."""
    opening: _Claim | None = None
    for sentence in find_sentences(text, SEARCHED):
        claim = _Claim(sentence.start, sentence.end, _sentence_denial(sentence))
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
    """Return what a sentence says."""
    if not sentence.action:
        return Denial(
            Topic.EC2_OPERATION if not sentence.principal else Topic.SENTENCE,
            describe_principal(sentence.principal),
            policy_kind=sentence.policy_kind,
            effect=sentence.effect,
            reason=sentence.reason,
            policy=sentence.policy,
        )
    asked = spell_action(sentence.action)
    needed = spell_action(sentence.needed_action or sentence.action)
    kind = sentence.policy_kind
    if kind is PolicyKind.RESOURCE and needed.lower() in ASSUMING:
        kind = PolicyKind.TRUST
    return Denial(
        Topic.SENTENCE,
        describe_principal(sentence.principal),
        asked,
        needed if asked.lower() != needed.lower() else "",
        resource=sentence.resource,
        policy_kind=kind,
        policy=sentence.policy,
        effect=sentence.effect,
        reason=sentence.reason,
    )


def _console_claims(text: str) -> Iterator[_Claim]:
    """Yield the console's form: User, Service, Action, On resource(s) and Context, each with a label."""
    for number, match in enumerate(_CONSOLE.finditer(text)):
        if number == SEARCHED:
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
        yield _Claim(match.start(), match.end(), denial)


def _known_claims(text: str) -> Iterator[_Claim]:
    """Yield the texts of services that have a row. Earlier rows win over later ones."""
    claims = list[_Claim]()
    for known in find_known_texts(text, SEARCHED):
        claim = _Claim(known.start, known.end, _known_denial(known))
        if not _overlaps(claim, claims):
            claims.append(claim)
    yield from claims


def _known_denial(known: KnownMatch) -> Denial:
    """Return what a service's own text says."""
    row = known.row
    action = row.action
    if (
        not action
        and known.action
        and ":" in known.action
        and row.topic is not Topic.SEARCH_DOMAIN
    ):
        action = spell_action(known.action)
    who = known.principal
    if row.topic is Topic.ROLE_NOT_ASSUMED and who:
        principal = DeniedPrincipal(PrincipalKind.SERVICE, who, who)
    elif who:
        principal = describe_principal(who)
    elif row.topic is Topic.SERVICE_ROLE and known.resource:
        principal = describe_principal(known.resource)
    else:
        principal = DeniedPrincipal()
    return Denial(
        row.topic,
        principal,
        action,
        resource="" if row.topic is Topic.SERVICE_ROLE else known.resource,
        policy_kind=row.policy_kind,
        effect=row.effect,
        service=row.service,
        message=known.message,
    )


def _overlaps(claim: _Claim, others: Iterable[_Claim]) -> bool:
    """Return whether a claim covers a part of another."""
    return any(claim.start < each.end and each.start < claim.end for each in others)


def _without_overlap(claims: Iterable[_Claim], earlier: list[_Claim]) -> list[_Claim]:
    """Return the claims that cover no part of an earlier one."""
    return [claim for claim in claims if not _overlaps(claim, earlier)]


def _with_wrappers(text: str, claims: list[_Claim]) -> list[_Claim]:
    """Return the claims with the code, operation and service that are written around them.

    A wrapper without a claim in it becomes one of its own: "Access Denied".
    """
    wrappers_of: dict[int, Wrapper] = {}
    single = list[Wrapper]()
    for wrapper in find_wrappers(text, SEARCHED):
        inside = [
            number for number, claim in enumerate(claims) if _is_around(wrapper, claim)
        ]
        if inside:
            number = inside[0]
            held = wrappers_of.get(number)
            wrappers_of[number] = merge_wrappers(held, wrapper) if held else wrapper
        else:
            single.append(wrapper)
    wrapped = [
        replace(claim, denial=_wrapped_denial(claim.denial, wrappers_of[number]))
        if number in wrappers_of
        else claim
        for number, claim in enumerate(claims)
    ]
    return wrapped + _bare_claims(single)


def _is_around(wrapper: Wrapper, claim: _Claim) -> bool:
    """Return whether a wrapper is that of a claim: they overlap, and its message begins near it."""
    overlaps = claim.start < wrapper.end + 1 and wrapper.start < claim.end
    return overlaps and claim.start - wrapper.message_start < NEAR


NEAR = 250  # characters between the beginning of a message and AWS's sentence in it


def _wrapped_denial(denial: Denial, wrapper: Wrapper) -> Denial:
    """Return a refusal with what its wrapper says."""
    return replace(
        denial,
        code=denial.code or wrapper.code,
        operation=denial.operation or wrapper.operation,
        service=denial.service or wrapper.service,
        request_id=denial.request_id or wrapper.request_id,
    )


def _bare_claims(wrappers: list[Wrapper]) -> list[_Claim]:
    """Return a claim for each group of wrappers that overlap."""
    claims = list[_Claim]()
    wrappers.sort(key=lambda wrapper: wrapper.start)
    group: Wrapper | None = None
    for wrapper in wrappers:
        if group and wrapper.start < group.end + 1:
            group = merge_wrappers(group, wrapper)
            continue
        if group:
            claims.append(_bare_claim(group))
        group = wrapper
    if group:
        claims.append(_bare_claim(group))
    return claims


def _bare_claim(wrapper: Wrapper) -> _Claim:
    """Return a claim that knows only what its wrapper says."""
    denial = Denial(Topic.BARE, message=wrapper.message[:300])
    return _Claim(wrapper.start, wrapper.end, _wrapped_denial(denial, wrapper))


def _complete_denial(text: str, claim: _Claim) -> Denial:
    """Return a refusal with what stands around it, and with the action that its operation needs."""
    denial = claim.denial
    end = claim.end + 1200
    behind = wrapper_after(text, claim.end, end)
    if behind and not denial.service:
        denial = _wrapped_denial(denial, behind)
    if not denial.request_id:
        denial = replace(denial, request_id=request_id_after(text, claim.start, end))
    encoded = _ENCODED.search(text, claim.start, min(len(text), claim.end + 25_000))
    if encoded and (denial.topic is Topic.EC2_OPERATION or denial.action):
        denial = replace(denial, encoded=encoded[1])
    denial = _with_event(denial, read_event(text, claim.start))
    prefix = service_prefix(denial.service)
    if (
        denial.topic is Topic.EC2_OPERATION
        and not prefix
        and denial.code in ("", "UnauthorizedOperation", "Client.UnauthorizedOperation")
    ):
        prefix = "ec2" if denial.code or denial.encoded else ""
    denial = replace(denial, service=prefix or denial.service)
    called = _API.search(text, max(0, claim.start - 100), claim.start)
    if called and not denial.action:
        denial = replace(denial, action=spell_action(called[1]))
    if ":" not in denial.action:
        action = infer_action(prefix, denial.action or denial.operation)
        denial = replace(denial, action=action, is_action_inferred=bool(action))
    if not denial.service and denial.action:
        denial = replace(denial, service=denial.action.partition(":")[0])
    return denial


def _with_event(denial: Denial, event: Event) -> Denial:
    """Return a refusal with what the CloudTrail event around it says."""
    principal = denial.principal
    if principal.kind is PrincipalKind.UNKNOWN and event.principal:
        principal = describe_principal(event.principal)
    return replace(
        denial,
        principal=principal,
        resource=denial.resource or event.resource,
        operation=denial.operation or event.operation,
        service=event.service or denial.service,
    )


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
    return (Denial(Topic.BARE, message=" ".join(match[0].split())),)
