"""Checks of Principal and NotPrincipal: strangers let in, and names that trust more, or less, than they seem to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from coffeeshop.policy.language.element_grammar import SERVICE_PATTERN
from coffeeshop.policy.language.principals import everyone_words
from coffeeshop.policy.model import Condition, Kind
from coffeeshop.policy.validation.checks.context import (
    CheckedStatement,
    Occurrence,
    issue_at,
)
from coffeeshop.policy.validation.checks.keys import is_key_delegation
from coffeeshop.policy.validation.shared_providers import (
    SharedProvider,
    closed_name,
    covered_kinds,
    covers_organization,
    names_tenant,
    project_provider,
    shared_provider,
    unread_controls,
)

_ACCOUNT_PATTERN: Final = re.compile(r"\d{12}|arn:[^:]+:iam::(\d{12}):root")
_SOURCE_KEYS: Final = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
)
_WEB_IDENTITY_ACTION: Final = "sts:assumerolewithwebidentity"
_SAML_ACTION: Final = "sts:assumerolewithsaml"


class _Entry(NamedTuple):
    type: str
    value: str
    path: str


def _principal_entries(checked: CheckedStatement) -> list[_Entry]:
    """Return the principals with their types and paths."""
    principals = checked.statement.principals
    counts: Counter[str] = Counter()
    entries: list[_Entry] = []
    for type_, value in principals.entries if principals else ():
        entries.append(
            _Entry(type_, value, f"{_element_path(checked)}.{type_}[{counts[type_]}]")
        )
        counts[type_] += 1
    return entries


def _element_path(checked: CheckedStatement) -> str:
    """Return the path of Principal or NotPrincipal."""
    principals = checked.statement.principals
    if principals and principals.negated:
        return f"{checked.path}.NotPrincipal"
    return f"{checked.path}.Principal"


def check_public_access(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield `*` in an Allow, and NotPrincipal."""
    principals = checked.statement.principals
    if principals and principals.negated and checked.kind is Kind.TRUST:
        yield issue_at("trust-not-principal", _element_path(checked))
        return
    if principals and principals.negated:
        yield issue_at(
            "allow-not-principal" if checked.allows else "deny-not-principal",
            _element_path(checked),
        )
        return
    for entry in (
        _principal_entries(checked)
        if checked.allows and checked.kind is not Kind.RCP
        else ()
    ):
        if entry.value == "*":
            if checked.statement.conditions:
                yield issue_at("public-with-condition", entry.path)
            else:
                everyone = everyone_words(checked.kind)
                if checked.kind is not Kind.TRUST:
                    everyone += ", with an AWS account or without"
                yield issue_at("public-principal", entry.path, everyone=everyone)


def check_principal_names(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield principals that were deleted, that aren't services, or that mean a whole
    account.
    """
    for type_, value, path in _principal_entries(checked):
        account = _ACCOUNT_PATTERN.fullmatch(value)
        if re.fullmatch(r"A(IDA|ROA)[A-Z0-9]+", value):
            yield issue_at("dead-principal", path, principal=value)
        elif type_ == "Service" and not SERVICE_PATTERN.fullmatch(value):
            yield issue_at("service-principal", path, principal=value)
        elif account and checked.allows and not checked.statement.conditions:
            if checked.kind is Kind.TRUST:
                yield issue_at("account-principal", path, principal=value)
            elif not is_key_delegation(checked):
                yield issue_at("account-on-resource", path, principal=value)


def check_redundant_principals(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield principals that the list names twice, or that `*` covers."""
    met: dict[str, str] = {}
    entries = _principal_entries(checked)
    public = any(entry.type == "AWS" and entry.value == "*" for entry in entries)
    for type_, value, path in entries:
        account = _ACCOUNT_PATTERN.fullmatch(value)
        if account:
            key = account[1] or value
        else:
            key = f"{type_} {value}"
        if key in met:
            yield issue_at("redundant-principal", path, principal=value, cover=met[key])
        elif public and type_ == "AWS" and value != "*":
            yield issue_at("redundant-principal", path, principal=value, cover="*")
        met.setdefault(key, value)


def check_confused_deputies(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield services that anyone could use to reach the resource.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    if (
        checked.kind is Kind.RESOURCE
        and checked.allows
        and not checked.has_condition_on(*_SOURCE_KEYS)
    ):
        for type_, value, path in _principal_entries(checked):
            if type_ == "Service":
                yield issue_at("confused-deputy", path, principal=value)


def check_federated_access(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield identity providers whose users aren't limited, and calls that don't suit the
    principal.
    """
    if checked.kind is not Kind.TRUST or not checked.allows:
        return
    for type_, value, path in _principal_entries(checked):
        if (
            type_ == "Federated"
            and ":saml-provider/" not in value
            and not _is_limited_by_claim(checked, value)
            and shared_provider(value) is None
        ):
            provider = value.rpartition("oidc-provider/")[2]
            yield issue_at(
                "federated-anyone",
                path,
                principal=value,
                keys=f"{provider}:aud, {provider}:sub",
            )
        fitting = _fitting_actions(type_, value)
        for action, action_path in checked.actions_with_paths():
            if action.lower() not in fitting and action.lower() in (
                "sts:assumerole",
                _WEB_IDENTITY_ACTION,
                _SAML_ACTION,
            ):
                yield issue_at(
                    "trust-principal-mismatch",
                    action_path,
                    principal=value,
                    action=action,
                    mended=_ACTION_SPELLINGS[fitting[0]],
                )


def check_shared_providers(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield shared OIDC providers without a condition that names one organization."""
    if checked.kind is not Kind.TRUST or not checked.allows:
        return
    for type_, value, path in _principal_entries(checked):
        row = shared_provider(value)
        if type_ != "Federated" or row is None:
            continue
        address, provider = row
        words = {
            "key": f"{address}:{provider.claim}",
            "example": provider.example,
            "users": provider.users,
        }
        limits = [
            (tenant, condition)
            for claim, tenant in provider.tenants.items()
            for condition in _limiting_conditions(checked, f"{address}:{claim}")
        ]
        if controls := unread_controls(address, provider, checked.statement):
            names = " or ".join(f"`{control}`" for control in controls)
            yield issue_at(
                "shared-provider-refused", path, provider=address, controls=names, **words
            )
        elif not limits:
            yield issue_at("shared-provider-anyone", path, provider=address, **words)
        elif not any(_names_tenants(tenant, condition) for tenant, condition in limits):
            tenant, condition = limits[0]
            wide_value = next(
                value for value in condition.values if not names_tenant(tenant, value)
            )
            yield issue_at("shared-provider-wide", path, value=wide_value, **words)
        else:
            yield from _open_ends(provider, limits, path)
            if not _has_further_claim(checked, address):
                yield from _wide_subjects(provider, limits, path)


def _open_ends(
    provider: SharedProvider, limits: Sequence[tuple[str, Condition]], path: str
) -> Iterator[Occurrence]:
    """Yield an issue for each value in which a wildcard is part of a repository's or project's name.

    `repo:acme/shop*` also matches the repository `acme/shop-of-someone-else`. `limits` are the conditions on the claim.
    """
    for _, condition in limits:
        if condition.operator.lower() != "stringlike":
            continue
        for value in condition.values:
            if mended := closed_name(provider, value):
                yield issue_at("shared-provider-open-end", path, value=value, mended=mended)


def _has_further_claim(checked: CheckedStatement, address: str) -> bool:
    """Tell whether a condition on another claim than audience and subject limits the runs, such as the workflow's."""
    keys = {condition.key.lower() for condition in checked.statement.conditions}
    further_keys = keys - {f"{address}:aud", f"{address}:sub"}
    return any(
        key.startswith(f"{address}:") and _is_limited(checked, key) for key in further_keys
    )


def _wide_subjects(
    provider: SharedProvider, limits: Sequence[tuple[str, Condition]], path: str
) -> Iterator[Occurrence]:
    """Yield the values that cover a whole organization, or every branch or the like of a repository."""
    for _, condition in limits:
        if condition.operator.lower() != "stringlike":
            continue
        for value in condition.values:
            words = {"value": value, "noun": provider.noun, "users": provider.users}
            if closed_name(provider, value):
                continue  # `_open_ends` reports it
            if covers_organization(provider, value):
                yield issue_at(
                    "shared-provider-organization", path, example=provider.example, **words
                )
            elif kinds := covered_kinds(provider, value):
                yield issue_at(
                    "shared-provider-every-run",
                    path,
                    kinds=" and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1]))),
                    example=provider.example,
                    **words,
                )


def check_audiences(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield OIDC providers whose subjects are limited, but not the audience of their tokens."""
    if checked.kind is not Kind.TRUST or not checked.allows:
        return
    for type_, value, path in _principal_entries(checked):
        if type_ != "Federated" or ":oidc-provider/" not in value:
            continue
        address = value.rpartition(":oidc-provider/")[2]
        if _is_limited(checked, f"{address}:sub") and not _is_limited(
            checked, f"{address}:aud"
        ):
            yield issue_at("federated-any-audience", path, key=f"{address}:aud")


def check_project_providers(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield providers of one organization whose projects no condition tells apart."""
    if checked.kind is not Kind.TRUST or not checked.allows:
        return
    for type_, value, path in _principal_entries(checked):
        row = project_provider(value)
        if type_ != "Federated" or row is None or not _is_limited_by_claim(checked, value):
            continue
        address, provider = row
        key = f"{address}:sub"
        words = {"users": provider.users, "example": provider.example}
        limits = _limiting_conditions(checked, key)
        if not limits:
            yield issue_at(
                "federated-any-project", path, provider=address, key=key, **words
            )
        elif not any(_names_tenants(provider.project, condition) for condition in limits):
            wide_value = next(
                value
                for value in limits[0].values
                if not names_tenant(provider.project, value)
            )
            yield issue_at("federated-project-wide", path, value=wide_value, **words)


def check_saml_providers(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield SAML providers without a condition on the audience of their assertions."""
    if checked.kind is not Kind.TRUST or not checked.allows:
        return
    for type_, value, path in _principal_entries(checked):
        is_saml = type_ == "Federated" and ":saml-provider/" in value
        if is_saml and not _is_limited(checked, "saml:aud"):
            yield issue_at("saml-anyone", path, principal=value)


def _limiting_conditions(checked: CheckedStatement, key: str) -> list[Condition]:
    """Return the conditions that a request meets only with a fitting value of the key."""
    return [
        condition
        for condition in checked.statement.conditions
        if condition.key.lower() == key.lower()
        and condition.operator.lower() in _EQUALITY_OPERATORS
        and condition.quantifier != "ForAllValues"
        and not condition.if_exists
    ]


def _is_limited(checked: CheckedStatement, key: str) -> bool:
    """Tell whether only some values of a key fit. The value `*` fits them all."""
    return any(
        condition.operator.lower() != "stringlike"
        or all(value.strip("*?") for value in condition.values)
        for condition in _limiting_conditions(checked, key)
    )


_EQUALITY_OPERATORS: Final = ("stringequals", "stringequalsignorecase", "stringlike")


def _names_tenants(tenant: str, condition: Condition) -> bool:
    """Tell whether each value of a condition names one organization. Only StringLike has wildcards."""
    if condition.operator.lower() != "stringlike":
        return True
    return all(names_tenant(tenant, value) for value in condition.values)


def check_roles_anywhere(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield the service of Roles Anywhere where no condition says which trust anchor is meant.

    A condition on the certificate's fields alone leaves every trust anchor that can sign such a certificate.
    """
    if checked.kind is not Kind.TRUST or not checked.allows:
        return
    conditions = checked.statement.conditions
    if any(_names_anchor(condition) for condition in conditions):
        return
    of_certificates = any(
        condition.key.lower() == "sts:sourceidentity"
        or condition.key.lower().startswith(
            ("aws:principaltag/x509", "aws:requesttag/x509")
        )
        for condition in conditions
    )
    code = "roles-anywhere-any-anchor" if of_certificates else "roles-anywhere-anyone"
    for type_, value, path in _principal_entries(checked):
        if type_ == "Service" and value == "rolesanywhere.amazonaws.com":
            yield issue_at(code, path)


def _names_anchor(condition: Condition) -> bool:
    """Tell whether a condition lets in the certificates of named trust anchors only."""
    return (
        condition.key.lower() == "aws:sourcearn"
        and condition.operator.lower() in (*_EQUALITY_OPERATORS, "arnequals", "arnlike")
        and condition.quantifier != "ForAllValues"
        and not condition.if_exists
        and all(
            value.rpartition("trust-anchor/")[2].strip("*?") for value in condition.values
        )
    )


def _is_limited_by_claim(checked: CheckedStatement, principal: str) -> bool:
    """Tell whether a condition on a claim of the provider says which of its users are meant."""
    address = principal.rpartition("oidc-provider/")[2].lower()
    return any(
        condition.key.lower().startswith(f"{address}:")
        and _is_limited(checked, condition.key)
        for condition in checked.statement.conditions
    )


def _fitting_actions(type_: str, value: str) -> tuple[str, ...]:
    """Return the action (in lower case) by which a principal of this type assumes a role."""
    if type_ != "Federated":
        return ("sts:assumerole",)
    if ":saml-provider/" in value:
        return (_SAML_ACTION,)
    return (_WEB_IDENTITY_ACTION,)


_ACTION_SPELLINGS: Final = {
    "sts:assumerole": "sts:AssumeRole",
    _WEB_IDENTITY_ACTION: "sts:AssumeRoleWithWebIdentity",
    _SAML_ACTION: "sts:AssumeRoleWithSAML",
}

CHECKS: Final = (
    check_public_access,
    check_principal_names,
    check_redundant_principals,
    check_confused_deputies,
    check_federated_access,
    check_shared_providers,
    check_project_providers,
    check_audiences,
    check_saml_providers,
    check_roles_anywhere,
)
