"""Tell what kind of principal a text names."""

from __future__ import annotations

import re

from coffeeshop.policy.denial.model import DeniedPrincipal, PrincipalKind

_SERVICE_PATTERN = re.compile(r"[a-z0-9.-]{2,64}\.amazonaws\.com(?:\.cn)?")
_UNIQUE_ID = re.compile(r"(AIDA|AROA|ASCA|AGPA)[A-Z0-9]{8,}(?::(.*))?")
_HIDDEN_SESSION = re.compile(r"assumed-role/([^/]{1,200})(?:/(.{1,200}))?$")
_ANONYMOUS_NAMES = {
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
    if text.lower() in _ANONYMOUS_NAMES:
        return DeniedPrincipal(PrincipalKind.ANONYMOUS, "anonymous")
    if text.startswith("arn:"):
        return _describe_arn(text)
    if _SERVICE_PATTERN.fullmatch(text):
        return DeniedPrincipal(PrincipalKind.SERVICE, text, text)
    unique_id = _UNIQUE_ID.fullmatch(text)
    if unique_id:
        kind = PrincipalKind.SESSION if unique_id[1] == "AROA" else PrincipalKind.USER
        return DeniedPrincipal(kind, text, session=unique_id[2] or "")
    return _describe_path(text)


def _describe_path(text: str) -> DeniedPrincipal:
    """Return a principal that is named by the end of an ARN, such as `user/ada`, or by a bare name."""
    kind = _kind_of_path(text)
    if "/" not in text or kind is PrincipalKind.OTHER:
        return DeniedPrincipal(PrincipalKind.OTHER, text, text)
    name, session = _names_of_path(kind, text)
    return DeniedPrincipal(kind, text, name, session=session)


def _describe_arn(arn: str) -> DeniedPrincipal:
    """Return the principal with this ARN."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return _describe_short_arn(arn, parts)
    kind = _kind_of_path(parts[5])
    name, session = _names_of_path(kind, parts[5])
    return DeniedPrincipal(kind, arn, name, parts[4], session)


def _describe_short_arn(arn: str, parts: list[str]) -> DeniedPrincipal:
    """Return the principal with an ARN that lacks parts, because someone hid them."""
    session = _HIDDEN_SESSION.search(arn)
    if session:
        return DeniedPrincipal(
            PrincipalKind.SESSION, arn, session[1], session=session[2] or ""
        )
    end = parts[-1]
    name = end.rpartition("/")[2]
    if len(parts) < 5 and "/" not in end:
        name = ""
    return DeniedPrincipal(_kind_of_path(end), arn, name)


def _names_of_path(kind: PrincipalKind, path: str) -> tuple[str, str]:
    """Return the name and the session's name by the last part of an ARN."""
    if kind is PrincipalKind.ROOT:
        return "root", ""
    _, _, names = path.partition("/")
    if kind is PrincipalKind.SESSION:
        role, _, session = names.partition("/")
        return role.strip(), session.strip()
    return names.rpartition("/")[2] or path, ""


def _kind_of_path(path: str) -> PrincipalKind:
    """Return the kind of principal by the last part of its ARN."""
    return _KINDS_BY_ARN.get(path.partition("/")[0], PrincipalKind.OTHER)


_KINDS_BY_ARN = {
    "user": PrincipalKind.USER,
    "assumed-role": PrincipalKind.SESSION,
    "role": PrincipalKind.ROLE,
    "root": PrincipalKind.ROOT,
    "federated-user": PrincipalKind.FEDERATED,
}
