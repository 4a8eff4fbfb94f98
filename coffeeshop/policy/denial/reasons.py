"""Read the reason of a refusal: "because no … policy allows …", or "with an explicit deny in a …"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coffeeshop.policy.denial.flatten import trim_end
from coffeeshop.policy.denial.model import Effect, PolicyKind

_REASON_PATTERN = re.compile(
    r"(?:because\s{1,200}no\s{1,200}(?P<silent>[^.:;\n]{0,40}?(?:\n[^.:;\n]{0,40}?)?)"
    r"(?:\s{1,200}allows?\b(?:\s{1,200}the\s{1,200}(?P<needed>[A-Za-z0-9-]{1,60}:[A-Za-z"
    r"0-9*]{1,100}))?|(?<=policy)(?!\w)|(?<=boundary)(?!\w))"  # the end can be cut off
    r"|(?:with|due\s{1,200}to|because\s{1,200}of|by|as\s{1,40}there\s{1,40}is)"
    r"\s{1,200}an?\s{1,200}(?P<how>explicit|implicit)\s{1,200}den(?:y|ial)"
    r"(?:\s{1,200}(?:in|by|of|from)\s{1,200}(?:(?:an?|the|your|one|some)\s{1,200})"
    r"?(?P<denying>[A-Za-z][\w ()/\n-]{0,60}?(?:polic(?:y|ies)|boundary|boundaries|"
    r"SCP|RCP)(?:\s\((?:SCP|RCP)s?\))?))?"
    r"|because\s{1,200}(?P<other>the\s{1,200}resource\s{1,200}does\s{1,200}not\s{1,20"
    r"0}exist\s{1,200}in\s{1,200}this\s{1,200}Region|public\s[^.\n]{1,120}|"
    r"[^\n\"<]{3,200})"
    r"|(?P<bare_deny>explicitly\s{1,200}denied|\bexplicit\s{1,40}deny\b))",
    re.IGNORECASE,
)
_POLICY_ARN = re.compile(r"[\s:(]{0,200}(arn:[^\s\"'`<,;)]{10,300})")
_KINDS_BY_NAME = (
    ("identity", PolicyKind.IDENTITY),
    ("iam policy", PolicyKind.IDENTITY),
    ("inline policy", PolicyKind.IDENTITY),
    ("trust", PolicyKind.TRUST),
    ("assume role policy", PolicyKind.TRUST),
    ("boundar", PolicyKind.BOUNDARY),
    ("session", PolicyKind.SESSION),
    ("service control", PolicyKind.SCP),
    ("scp", PolicyKind.SCP),
    ("resource control", PolicyKind.RCP),
    ("rcp", PolicyKind.RCP),
    ("endpoint", PolicyKind.VPC_ENDPOINT),
    ("vpce", PolicyKind.VPC_ENDPOINT),
    ("resource", PolicyKind.RESOURCE),
    ("bucket", PolicyKind.RESOURCE),
    ("key policy", PolicyKind.RESOURCE),
    ("queue", PolicyKind.RESOURCE),
    ("topic", PolicyKind.RESOURCE),
    ("repository", PolicyKind.RESOURCE),
    ("access point", PolicyKind.RESOURCE),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """What decided, by the clause after the resource, and where the clause ends.

    `needed_action` is the action that the clause names, and `policy` the ARN of the policy.
    """

    end: int
    policy_kind: PolicyKind = PolicyKind.UNKNOWN
    effect: Effect = Effect.UNKNOWN
    clause: str = ""
    needed_action: str = ""
    policy: str = ""


def read_reason(text: str, at: int, end: int) -> Reason:
    """Return what decided, by the clause that follows a place. It begins before `end`."""
    match = _REASON_PATTERN.search(text, at, min(end, at + 420))
    if match is None or _is_far(text[at : match.start()]):
        return Reason(at)
    clause = " ".join(match[0].split())
    if match["silent"] is not None:
        kind = kind_of_phrase(match["silent"])
        needed = match["needed"] or ""
        return Reason(match.end(), kind, Effect.IMPLICIT, clause, needed)
    if match["other"]:
        return _other_reason(match["other"], clause, match.end())
    return _denying_reason(text, match, clause, end)


def _denying_reason(text: str, match: re.Match[str], clause: str, end: int) -> Reason:
    """Return the reason of a text that says "explicit deny", with the policy that it names."""
    effect = Effect.EXPLICIT
    if (match["how"] or "").lower() == "implicit":
        effect = Effect.IMPLICIT
    arn = _POLICY_ARN.match(text, match.end(), end)
    policy = trim_end(arn[1]) if arn else ""
    if match["denying"]:
        kind = kind_of_phrase(match["denying"])
    else:
        kind = _kind_of_policy_arn(policy)
    return Reason((arn or match).end(), kind, effect, clause, policy=policy)


def _is_far(between: str) -> bool:
    """Return whether a clause is too far from its sentence to belong to it."""
    text = between.strip(" \n\t.,:;\"'`)]}")
    return len(text) > 60 or text.count("\n") > 2


def _other_reason(phrase: str, clause: str, end: int) -> Reason:
    """Return the reason that a text gives in other words.

    KMS and others don't tell callers of other accounts which of three reasons it is.
    """
    words = " ".join(phrase.lower().split())
    if words.startswith("the") and "does not exist in this" in words:
        return Reason(end, PolicyKind.RESOURCE, Effect.UNKNOWN, clause)
    if "public" in words and "block" in words:
        return Reason(end, PolicyKind.PUBLIC_ACCESS, Effect.EXPLICIT, clause)
    kind = kind_of_phrase(words)
    if kind is PolicyKind.OTHER:
        kind = PolicyKind.UNKNOWN
    effect = Effect.UNKNOWN
    if "denie" in words or "deny" in words:
        effect = Effect.EXPLICIT
    return Reason(end, kind, effect, clause)


def kind_of_phrase(phrase: str) -> PolicyKind:
    """Return the kind of policy that AWS's words name."""
    words = "".join(phrase.lower().split())
    for word, kind in _KINDS_BY_NAME:
        if word.replace(" ", "") in words:
            return kind
    return PolicyKind.OTHER


def _kind_of_policy_arn(arn: str) -> PolicyKind:
    """Return the kind of policy by its ARN, or UNKNOWN."""
    if "service_control_policy" in arn:
        return PolicyKind.SCP
    if "resource_control_policy" in arn:
        return PolicyKind.RCP
    return PolicyKind.UNKNOWN
