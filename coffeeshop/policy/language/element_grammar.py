"""Check single texts of a policy: actions, resources, principals, operators and values of conditions.

Each generator yields faults as (code, mistake, fix), and nothing for a valid text.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias, cast

from coffeeshop.policy.language.arn import arn_segments
from coffeeshop.policy.language.conditions import (
    OPERATORS,
    read_binary,
    read_boolean,
    read_instant,
    read_network,
    read_number,
)
from coffeeshop.policy.language.json_document import nearest_known_name
from coffeeshop.policy.language.patterns import is_everything
from coffeeshop.policy.model import Kind, Problem

Fault: TypeAlias = tuple[str, str, str]
Quantifier: TypeAlias = Literal["", "ForAllValues", "ForAnyValue"]

TRUST_ACTIONS: Final = (
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "TagSession",
    "SetSourceIdentity",
    "SetContext",
)
IAM_PATHS: Final = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/", "*",
)  # fmt: skip
# Kinds in which AWS completes an ARN.
ARN_COMPLETING_KINDS: Final = frozenset({Kind.IDENTITY, Kind.BOUNDARY})
STILL_EMPTY: Final = "is still empty"  # a blank that the author will fill in
SERVICE_PATTERN: Final = re.compile(
    r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)"
)
QUANTIFIERS: Final = ("ForAllValues", "ForAnyValue")
NULL_OPERATOR: Final = (
    "Null"  # tests whether a key is present, so it has no ...IfExists form
)

_ARN_FORM: Final = "`arn:aws:service:::resource`"
# Valid actions, recognized in one step because lists are long.
_ACTION_PATTERN: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\*):[^:]*+|\*")

_VALUE_READERS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "Numeric": (read_number, "write a number, such as 10"),
    "Date": (
        read_instant,
        "write a date, such as 2026-01-31T09:00:00Z, or seconds since 1970",
    ),
    "Bool": (read_boolean, "write true or false"),
    "Null": (read_boolean, "write true (the key is absent) or false (it is there)"),
    "Binary": (read_binary, "write the bytes in Base64"),
    "IPAddress": (read_network, "write an address or a CIDR block, such as 203.0.113.0/24"),
}


def is_blank(problem: Problem) -> bool:
    """Return whether a problem is about a value that isn't written yet."""
    return problem.text == STILL_EMPTY


def _wrong_text(text: str, reason: str) -> str:
    """Return the mistake in a text. A blank has its own message."""
    return f"`{text}` {reason}" if text else STILL_EMPTY


def action_faults(text: str, kind: Kind) -> Iterable[Fault]:
    """Return the faults of an action: `service:Name` with wildcards, or `*`.

    A trust policy can only have the actions that assume its role.
    """
    is_plainly_right = _ACTION_PATTERN.fullmatch(text) and kind is not Kind.TRUST
    return () if is_plainly_right else _action_faults(text, kind)


def _action_faults(text: str, kind: Kind) -> Iterator[Fault]:
    """Yield the fault of an action that `action_faults` couldn't accept at once, if it has
    one.
    """
    vendor, colon, name = text.partition(":")
    if text != "*" and not colon:
        yield (
            "action-without-vendor",
            _wrong_text(text, "doesn't name its service"),
            "write it as `service:Action`",
        )
    elif ":" in name:
        yield (
            "action-two-colons",
            f"`{text}` has more than one colon",
            "write it as `service:Action`",
        )
    elif text != "*" and not re.fullmatch(r"[A-Za-z0-9.-]+|\*", vendor):
        yield (
            "bad-vendor",
            f"`{vendor}` isn't a service prefix",
            "write the prefix in full, as in `service:Action`",
        )
    elif kind is Kind.TRUST and not _is_trust_action(vendor, name):
        allowed = ", ".join(f"sts:{action}" for action in TRUST_ACTIONS[:-1])
        yield (
            "trust-action",
            f"`{text}` isn't an action for a trust policy",
            f"use one of these: {allowed}",
        )


def _is_trust_action(vendor: str, name: str) -> bool:
    """Return whether a trust policy can allow an STS action. Wildcards count."""
    trust_actions = {action.lower() for action in TRUST_ACTIONS}
    return vendor.lower() == "sts" and (
        "*" in name or "?" in name or name.lower() in trust_actions
    )


def is_completed_by_aws(text: str, kind: Kind) -> bool:
    """Return whether AWS completes an ARN with too few parts.

    It does in identity policies and boundaries, if the ARN names its service and no part
    between two colons is empty.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html says so of
    identity-based policies, and that session policies are refused. That `arn:aws:s3::b` is
    refused is recorded (moto's AWS-verified policy documents). No page speaks of
    resource-based and control policies, so there it is a fault.
    """
    parts = arn_segments(text)
    return kind in ARN_COMPLETING_KINDS and 2 < len(parts) < 6 and "" not in parts[:-1]


def resource_faults(text: str, kind: Kind) -> Iterator[Fault]:
    """Yield the faults of a resource: an ARN of six parts with its service in full, or `*`."""
    parts = arn_segments(text)
    count = len(parts)
    if is_everything(text):
        return
    if count == 1:
        yield (
            "bad-resource",
            _wrong_text(text, "is neither an ARN nor `*`"),
            f"write it as {_ARN_FORM}",
        )
    elif not re.fullmatch(r"aws(-[a-z]+)*|\*", parts[1]):
        yield "bad-partition", f"`{parts[1]}` isn't a partition", f"write it as {_ARN_FORM}"
    elif parts[0] != "arn":
        yield (
            "bad-resource",
            f"`{text}` is neither an ARN nor `*`",
            f"write it as {_ARN_FORM}",
        )
    elif count > 2 and (
        not parts[2] or (count < 6 and not is_completed_by_aws(text, kind))
    ):
        yield (
            "incomplete-arn",
            f"`{text}` lacks one of an ARN's six parts",
            f"write it as {_ARN_FORM}",
        )
    elif count == 2 or not re.fullmatch(r"[A-Za-z0-9-]+", parts[2]):
        yield (
            "bad-resource-vendor",
            f"`{text}` names no service",
            "write the service's prefix in full",
        )
    elif parts[2] == "iam":
        yield from _iam_faults(text, *parts[3:])


def _iam_faults(
    text: str, region: str = "", account: str = "", resource: str = "*"
) -> Iterator[Fault]:
    """Yield the faults of IAM's ARNs: they have no Region and begin with a type of IAM."""
    if region:
        yield (
            "iam-region",
            f"`{text}`: IAM ARNs have no Region",
            "leave the Region empty: `arn:aws:iam::…`",
        )
    elif not resource.startswith(IAM_PATHS):
        yield (
            "iam-path",
            f"`{resource}` isn't a resource of IAM",
            f"begin with one of {' '.join(IAM_PATHS)}",
        )


def principal_faults(kind: str, text: str) -> Iterator[Fault]:
    """Yield the faults of a principal.

    An AWS principal is an account, user, role, session or unique id in full, or `*`.
    Principals of other types can have any name.
    """
    example = _PRINCIPAL_EXAMPLES[kind]
    if kind != "AWS":
        if not text or "*" in text:
            yield (
                "bad-principal",
                _wrong_text(text, f"isn't a {kind} principal"),
                f"as in `{example}`",
            )
        return
    parts = text.split(":", 5)
    if text == "*" or re.fullmatch(r"\d{12}|A(?:IDA|ROA)[A-Z0-9]+", text):
        return
    if "*" in text or "?" in text:
        yield (
            "principal-wildcard",
            f"`{text}`: a principal can't have wildcards",
            "name it in full, or use a condition on aws:PrincipalArn",
        )
    elif (
        parts[0] != "arn"
        or len(parts) < 6
        or parts[2] not in ("iam", "sts")
        or not parts[5]
    ):
        yield "bad-principal", _wrong_text(text, "isn't a principal"), f"as in `{example}`"
    elif parts[5].startswith("group/"):
        yield (
            "group-principal",
            f"`{text}`: a group can't be a principal",
            "name its users, or a role that they assume",
        )


_PRINCIPAL_EXAMPLES: Final = {
    "AWS": "arn:aws:iam::111122223333:user/name",
    "Service": "lambda.amazonaws.com",
    "Federated": "arn:aws:iam::111122223333:oidc-provider/gitlab.com",
    "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
}


def value_faults(operator: str, text: str) -> Iterator[Fault]:
    """Yield a fault if the operator's type can't read a value."""
    reads, example = _VALUE_READERS.get(OPERATORS[operator].type, (str, ""))
    if reads(text) is None:
        yield "bad-value", f"`{text}` isn't a value for {operator}", example


def read_operator(written: str) -> tuple[Quantifier, str, bool] | None:
    """Return the set operator, the operator, and whether it ends in IfExists, or None if it is unknown."""
    quantifier, colon, rest = written.rpartition(":")
    name = rest.removesuffix("IfExists")
    if (
        name not in OPERATORS
        or (colon and quantifier not in QUANTIFIERS)
        or (name == NULL_OPERATOR and name != rest)
    ):
        return None
    return cast(Quantifier, quantifier), name, rest != name


def meant_operator(written: str) -> str:
    """Return a suggestion for an unknown operator, or ""."""
    quantifier, colon, rest = written.rpartition(":")
    name = rest.removesuffix("IfExists")
    likely = nearest_known_name(name, tuple(OPERATORS))
    if not likely:
        return ""
    if_exists = "" if likely == NULL_OPERATOR else rest[len(name) :]
    return f"did you mean `{nearest_known_name(quantifier, QUANTIFIERS)}{colon}{likely}{if_exists}`?"
