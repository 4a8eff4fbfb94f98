"""Read a refusal that someone shortened, cut off or told in other words.

Only short texts with one refusal are read like this, since only their nearness shows which words belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from coffeeshop.policy import catalog
from coffeeshop.policy.denial.flatten import trim_end
from coffeeshop.policy.denial.model import (
    Denial,
    Effect,
    PolicyKind,
    PrincipalKind,
    Topic,
)
from coffeeshop.policy.denial.principals import describe_principal
from coffeeshop.policy.denial.reasons import kind_of_phrase
from coffeeshop.policy.denial.services import spell_action

MAX_TEXT_LENGTH = 1500  # characters of a text that is read like this

_POLICY_GROUP = (
    r"(?P<policy>(?:identity|resource)-based\s{1,9}polic(?:y|ies)|"
    r"(?:service|resource)\s{1,9}control\s{1,9}polic(?:y|ies)(?:\s\([SR]CPs?\))?|"
    r"[SR]CPs?\b|permissions?\s{1,9}boundar(?:y|ies)|session\s{1,9}polic(?:y|ies)|"
    r"(?:role\s{1,9})?trust\s{1,9}polic(?:y|ies)|VPC\s{1,9}endpoint\s{1,9}polic(?:y|ies)|"
    r"(?:bucket|key|queue|topic|repository)\s{1,9}polic(?:y|ies))"
)
_NONE_ALLOWS = re.compile(rf"\bno\s{{1,9}}{_POLICY_GROUP}", re.IGNORECASE)
_DENIES_PATTERN = re.compile(
    rf"(?:explicit(?:ly)?\s{{1,9}}den(?:y|ied|ial)|\bdenied)\s{{1,9}}(?:in|by|of|from)\s{{1,9}}"
    rf"(?:(?:an?|the|your|our)\s{{1,9}})?{_POLICY_GROUP}",
    re.IGNORECASE,
)
_POLICY_DENIES = re.compile(
    rf"{_POLICY_GROUP}\s{{1,9}}(?:explicitly\s{{1,9}})?(?:denies|denied|blocks|blocked)\b",
    re.IGNORECASE,
)
# The end of a text that was cut within the name of the policy.
_CUT_PATTERN = re.compile(
    r"(?:(?P<silent>because\s{1,9}no)|explicit\s{1,9}deny\s{1,9}in\s{1,9}(?:an?|the))\s{1,9}"
    r"(?P<policy>[a-z][a-z -]{2,40})(?:…|\.\.\.)?\s{0,9}$",
    re.IGNORECASE,
)
_POLICY_NAMES = (
    "identity-based policy",
    "resource-based policy",
    "resource control policy",
    "service control policy",
    "permissions boundary",
    "session policy",
    "trust policy",
    "role trust policy",
    "vpc endpoint policy",
)
_EXPLICIT_PATTERN = re.compile(r"\bexplicit(?:ly)?\s{1,9}den(?:y|ied|ies)\b", re.IGNORECASE)
_ACTION_PATTERN = re.compile(r"\b[a-z][a-z0-9-]{1,40}:[A-Z][A-Za-z0-9]{2,80}\b(?!\.\.\.|…)")
_RESOURCE_PATTERN = re.compile(
    r"\bon\s{1,9}(?:the\s{1,9})?(?:resources?\s?(?:\(s\))?\s?:?\s{0,9})?[\"'`]?(arn:[^\s\"'`<>]{5,900})",
    re.IGNORECASE,
)
_PRINCIPAL_PATTERN = re.compile(
    r"arn:aws[\w-]{0,20}:(?:iam::\d{12}:(?:user/|role/|root)|sts::\d{12}:(?:assumed-role|federated-user)/)"
    r"[^\s\"'`<>,;)]{0,300}"
)
_READ_TOPICS = (Topic.SENTENCE, Topic.BARE, Topic.PERMISSION)


def complete_short_denials(text: str, denials: tuple[Denial, ...]) -> tuple[Denial, ...]:
    """Return the refusals of a text. A single one gets the facts that the rest of a short text says.

    A short text that only tells what decided is a refusal, too: "s3:PutObject denied by SCP".
    """
    if len(text) > MAX_TEXT_LENGTH or len(denials) > 1:
        return denials
    kind, effect = _read_decision(text)
    if not denials:
        if kind is PolicyKind.UNKNOWN or effect is Effect.UNKNOWN:
            return ()
        denials = (Denial(Topic.BARE, message=" ".join(text.split())[:300]),)
    (denial,) = denials
    if denial.topic not in _READ_TOPICS:
        return denials
    is_vague = denial.policy_kind in (PolicyKind.UNKNOWN, PolicyKind.OTHER)
    if is_vague and kind is not PolicyKind.UNKNOWN:
        denial = replace(denial, policy_kind=kind)
    if denial.effect is Effect.UNKNOWN:
        denial = replace(denial, effect=effect)
    return (_with_names(text, denial),)


def _with_names(text: str, denial: Denial) -> Denial:
    """Return a refusal with the action, the resource and the principal that the text names anywhere."""
    if _is_cut_action(text, denial.action):
        denial = replace(denial, action="", service="")
    if not denial.action or denial.is_action_inferred:
        action = next(_named_actions(text), "")
        if action:
            denial = replace(
                denial,
                action=spell_action(action),
                is_action_inferred=False,
                service=denial.service or action.partition(":")[0],
            )
    if not denial.resource:
        resource = _RESOURCE_PATTERN.search(text)
        denial = replace(denial, resource=trim_end(resource[1]) if resource else "")
    if denial.principal.kind is PrincipalKind.UNKNOWN:
        named = next(
            (
                arn
                for arn in _PRINCIPAL_PATTERN.findall(text)
                if trim_end(arn) != denial.resource
            ),
            "",
        )
        denial = replace(denial, principal=describe_principal(trim_end(named)))
    return denial


def _named_actions(text: str) -> Iterator[str]:
    """Yield the actions of AWS's that a text names."""
    return (
        match[0]
        for match in _ACTION_PATTERN.finditer(text)
        if catalog.find_action(match[0])
    )


def _is_cut_action(text: str, action: str) -> bool:
    """Return whether a text was cut within the name of an action: "iam:Pa..."."""
    return (
        bool(action)
        and catalog.find_action(action) is None
        and re.search(rf"{re.escape(action)}(?:\.\.\.|…)", text) is not None
    )


def _read_decision(text: str) -> tuple[PolicyKind, Effect]:
    """Return the kind of policy that decided, and how. It is UNKNOWN if the text names several kinds, or none."""
    patterns = (
        (_NONE_ALLOWS, Effect.IMPLICIT),
        (_DENIES_PATTERN, Effect.EXPLICIT),
        (_POLICY_DENIES, Effect.EXPLICIT),
    )
    decisions = {
        (kind_of_phrase(match["policy"]), effect)
        for pattern, effect in patterns
        for match in pattern.finditer(text)
    }
    if not decisions and (cut := _CUT_PATTERN.search(text)):
        beginning = " ".join(cut["policy"].lower().split())
        kinds = {
            kind_of_phrase(name) for name in _POLICY_NAMES if name.startswith(beginning)
        }
        effect = Effect.IMPLICIT if cut["silent"] else Effect.EXPLICIT
        decisions = {(kind, effect) for kind in kinds}
    if len(decisions) == 1:
        return next(iter(decisions))
    return PolicyKind.UNKNOWN, (
        Effect.EXPLICIT if _EXPLICIT_PATTERN.search(text) else Effect.UNKNOWN
    )
