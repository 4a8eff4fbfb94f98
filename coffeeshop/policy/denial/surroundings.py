"""What stands around a refusal: what tools write, a CloudTrail event, an encoded message, a stack trace."""

from __future__ import annotations

import re
from dataclasses import replace

from coffeeshop.policy import catalog
from coffeeshop.policy.denial.claims import MAX_MATCHES, Claim
from coffeeshop.policy.denial.events import Event, read_event
from coffeeshop.policy.denial.model import Denial, PrincipalKind, Topic
from coffeeshop.policy.denial.principals import describe_principal
from coffeeshop.policy.denial.reasons import read_reason
from coffeeshop.policy.denial.services import infer_action, service_prefix, spell_action
from coffeeshop.policy.denial.wrappers import (
    Wrapper,
    find_wrappers,
    merge_wrappers,
    operation_of_stack,
    request_id_after,
    wrapper_after,
)

_ENCODED_MESSAGE = re.compile(
    r"Encoded\s{1,40}authorization\s{1,40}failure\s{1,40}message\s?:\s{0,200}([\w-]{2"
    r"0,20000})",
    re.IGNORECASE,
)

_AUTHORIZATION_ID = re.compile(
    r"(?:/authorization-details/|authorization\s{1,40}id\s?:\s{0,40})([0-9A-Za-z]{8,100})",
    re.IGNORECASE,
)
_API_PATTERN = re.compile(
    r"\bAPI:\s{1,10}([a-z0-9-]{2,40}:\w{3,80})(?:\s{1,10}You)?\s{0,10}$"
)

_S3_URL = re.compile(r"\bs3://([a-z0-9][a-z0-9.-]{2,62}(?:/[^\s\"'`<>]{0,900})?)")

_ACTION_PATTERN = re.compile(r"\b[a-z][a-z0-9-]{1,40}:[A-Z][A-Za-z0-9]{2,80}\b")

MAX_DISTANCE = 250  # characters between the beginning of a message and AWS's sentence in it


def add_wrappers(text: str, claims: list[Claim]) -> list[Claim]:
    """Return the claims with the code, operation and service that are written around them.

    A wrapper without a claim in it becomes one of its own: "Access Denied".
    """
    wrappers_of: dict[int, Wrapper] = {}
    single = list[Wrapper]()
    for wrapper in find_wrappers(text, MAX_MATCHES):
        numbers = [
            number for number, claim in enumerate(claims) if _is_around(wrapper, claim)
        ]
        if numbers:
            number = numbers[-1] if wrapper.is_behind else numbers[0]
            earlier = wrappers_of.get(number)
            wrappers_of[number] = merge_wrappers(earlier, wrapper) if earlier else wrapper
        elif wrapper.is_refusing:
            single.append(wrapper)
    wrapped = [
        replace(claim, denial=_wrapped_denial(claim.denial, wrappers_of[number]))
        if number in wrappers_of
        else claim
        for number, claim in enumerate(claims)
    ]
    return wrapped + _bare_claims(single)


def _is_around(wrapper: Wrapper, claim: Claim) -> bool:
    """Return whether a wrapper is that of a claim: they overlap, and its message begins near it."""
    overlaps = claim.start < wrapper.end + 1 and wrapper.start < claim.end
    return overlaps and claim.start - wrapper.message_start < MAX_DISTANCE


def _wrapped_denial(denial: Denial, wrapper: Wrapper) -> Denial:
    """Return a refusal with what its wrapper says."""
    principal = denial.principal
    if principal.kind is PrincipalKind.UNKNOWN and wrapper.principal:
        principal = describe_principal(wrapper.principal)
    return replace(
        denial,
        code=denial.code or wrapper.code,
        operation=denial.operation or wrapper.operation,
        service=wrapper.service or denial.service,
        request_id=denial.request_id or wrapper.request_id,
        principal=principal,
    )


def _bare_claims(wrappers: list[Wrapper]) -> list[Claim]:
    """Return a claim for each group of wrappers that overlap."""
    claims = list[Claim]()
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


def _bare_claim(wrapper: Wrapper) -> Claim:
    """Return a claim that knows only what its wrapper says."""
    denial = bare_denial(wrapper.message[:300], wrapper.message)
    return Claim(wrapper.start, wrapper.end, _wrapped_denial(denial, wrapper))


def bare_denial(message: str, rest: str) -> Denial:
    """Return a refusal without a sentence of AWS's, with the action and the reason in the rest.

    People shorten what they paste: "AccessDenied: s3:GetObject … with an explicit deny in …".
    """
    known_actions = (
        match
        for match in _ACTION_PATTERN.finditer(rest, 0, 300)
        if catalog.find_action(match[0])
    )
    match = next(known_actions, None)
    reason = read_reason(rest, match.end() if match else 0, len(rest))
    return Denial(
        Topic.BARE,
        action=spell_action(match[0]) if match else "",
        policy_kind=reason.policy_kind,
        policy=reason.policy,
        effect=reason.effect,
        reason=reason.clause,
        message=message,
    )


def complete_denial(text: str, claim: Claim, end: int) -> Denial:
    """Return a refusal with what stands around it, and with the action that its operation needs.

    The next refusal begins at `end`.
    """
    denial = claim.denial
    near_end = min(end, claim.end + 1200)
    behind = wrapper_after(text, claim.end, near_end)
    if behind and not denial.service:
        denial = _wrapped_denial(denial, behind)
    if not denial.request_id:
        denial = replace(denial, request_id=request_id_after(text, claim.start, near_end))
    encoded = _ENCODED_MESSAGE.search(text, claim.start, end)
    if encoded and (denial.topic is Topic.EC2_OPERATION or denial.action):
        denial = replace(denial, encoded=encoded[1])
    named = _AUTHORIZATION_ID.search(text, claim.start, near_end)
    if named:
        denial = replace(denial, authorization_id=named[1])
    denial = _with_event(denial, read_event(text, claim.start))
    if not denial.operation:
        service, operation = operation_of_stack(text, claim.start, near_end)
        denial = replace(denial, service=denial.service or service, operation=operation)
    if denial.topic is Topic.BARE and not denial.resource:
        denial = replace(denial, resource=_s3_resource(text, claim))
    return _with_action(
        denial, _API_PATTERN.search(text, max(0, claim.start - 100), claim.start)
    )


def _with_action(denial: Denial, api_match: re.Match[str] | None) -> Denial:
    """Return a refusal with the action that CloudFormation or the operation tells, and its service."""
    prefix = service_prefix(denial.service)
    if denial.topic is Topic.EC2_OPERATION and not prefix and _is_ec2(denial):
        prefix = "ec2"
    action = denial.action
    if api_match and not action:
        action = spell_action(api_match[1])
    elif ":" in denial.operation and not action:
        action = spell_action(denial.operation)
    inferred = ""
    if ":" not in action and not action.startswith("<"):
        inferred = infer_action(prefix, action or denial.operation)
    action = inferred or action
    return replace(
        denial,
        action=action,
        is_action_inferred=bool(inferred),
        service=prefix or denial.service or action.partition(":")[0],
    )


def _is_ec2(denial: Denial) -> bool:
    """Return whether the text is EC2's own. Other services write the same sentence."""
    codes = ("UnauthorizedOperation", "Client.UnauthorizedOperation")
    return denial.code in codes or bool(denial.encoded)


def _s3_resource(text: str, claim: Claim) -> str:
    """Return the ARN of the object or bucket that the line before a bare refusal names, or "".

    The CLI writes "upload failed: ./a to s3://receipts/a An error occurred …".
    """
    line_start = max(text.rfind("\n", 0, claim.start) + 1, claim.start - 1000)
    match = _S3_URL.search(text, line_start, claim.end)
    return f"arn:aws:s3:::{match[1]}" if match else ""


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
