"""Tell what kind of principal a text names."""

from __future__ import annotations

import re

from coffeeshop.policy.denial.model import DeniedPrincipal, PrincipalKind

_SERVICE = re.compile(r"[a-z0-9.-]{2,64}\.amazonaws\.com(?:\.cn)?")
_UNIQUE_ID = re.compile(r"(AIDA|AROA|ASCA|AGPA)[A-Z0-9]{8,}(?::(.*))?")
_ANONYMOUS = {
    "anonymous",
    "anonymousprincipal",
    "anonymous principal",
    "arn:aws:iam::anonymous",
}


def describe_principal(text: str) -> DeniedPrincipal:
    """Return the principal that AWS's text names: an ARN, a service, a unique id, or a bare name.

    Redacted ARNs, such as `arn:aws:sts::<account>:assumed-role/Deploy`, are read as far as they go.
    """
    text = text.strip()
    if not text:
        return DeniedPrincipal()
    if text.lower() in _ANONYMOUS:
        return DeniedPrincipal(PrincipalKind.ANONYMOUS, "anonymous")
    if text.startswith("arn:"):
        return _describe_arn(text)
    if _SERVICE.fullmatch(text):
        return DeniedPrincipal(PrincipalKind.SERVICE, text, text)
    unique_id = _UNIQUE_ID.fullmatch(text)
    if unique_id:
        kind = PrincipalKind.SESSION if unique_id[1] == "AROA" else PrincipalKind.USER
        return DeniedPrincipal(kind, text, session=unique_id[2] or "")
    return DeniedPrincipal(PrincipalKind.OTHER, text, text)


def _describe_arn(arn: str) -> DeniedPrincipal:
    """Return the principal with this ARN."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        name = parts[-1].rpartition("/")[2]
        return DeniedPrincipal(_kind_of_path(parts[-1]), arn, name)
    account = parts[4]
    path = parts[5]
    kind = _kind_of_path(path)
    if kind is PrincipalKind.ROOT:
        return DeniedPrincipal(kind, arn, "root", account)
    _, _, rest = path.partition("/")
    if kind is PrincipalKind.SESSION:
        role, _, session = rest.partition("/")
        return DeniedPrincipal(kind, arn, role, account, session)
    return DeniedPrincipal(kind, arn, rest.rpartition("/")[2] or path, account)


def _kind_of_path(path: str) -> PrincipalKind:
    """Return the kind of principal by the last part of its ARN."""
    return _KINDS.get(path.partition("/")[0], PrincipalKind.OTHER)


_KINDS = {
    "user": PrincipalKind.USER,
    "assumed-role": PrincipalKind.SESSION,
    "role": PrincipalKind.ROLE,
    "root": PrincipalKind.ROOT,
    "federated-user": PrincipalKind.FEDERATED,
}
