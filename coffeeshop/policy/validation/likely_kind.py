"""Find out which kind of policy a document was meant as, if it doesn't fit the kind that it was checked as."""

from __future__ import annotations

from collections.abc import Collection

from coffeeshop.policy.model import Kind


def likely_kind(kind: Kind, codes: Collection[str]) -> Kind | None:
    """Return the kind that a document looks like, from the codes of its problems as `kind`, or None if it may be right.

    Trust policies have a principal and no resource, resource-based policies have both, and other
    policies have only a resource.
    """
    if "principal-not-allowed" in codes:
        return Kind.TRUST if "missing-resource" in codes else Kind.RESOURCE
    if kind is Kind.TRUST and "resource-not-allowed" in codes:
        return Kind.IDENTITY if "missing-principal" in codes else Kind.RESOURCE
    if kind is Kind.RESOURCE and "missing-principal" in codes:
        return Kind.IDENTITY if "missing-resource" not in codes else None
    if kind is Kind.RESOURCE and "missing-resource" in codes:
        return Kind.TRUST
    return None
