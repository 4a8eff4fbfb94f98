"""A finding of an analyzer, and what it finds now.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.services.access_analyzer.filters import meets_criteria
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Values


class Finding(Struct, frozen=True):
    """What an analyzer found: about external access with one row of details, about unused access with one or more.

    `id` is empty until the finding belongs to an analyzer. `updated` is when the policies of its
    resource or its status last changed.
    """

    type: str
    resource: str
    resource_type: str
    owner: str
    created: datetime
    details: tuple[JsonObject, ...]
    mark: str = ""
    id: str = ""
    status: str = "ACTIVE"
    updated: datetime | None = None

    @property
    def access(self) -> JsonObject:
        """Return the details about external access."""
        return self.details[0]

    @property
    def properties(self) -> Mapping[str, Values]:
        """Return the properties by which findings are filtered and sorted."""
        properties: dict[str, Values] = {
            "id": (self.id,),
            "resource": (self.resource,),
            "resourceType": (self.resource_type,),
            "resourceOwnerAccount": (self.owner,),
            "status": (self.status,),
            "findingType": (self.type,),
            "createdAt": (self.created.isoformat(),),
            "updatedAt": ((self.updated or self.created).isoformat(),),
        }
        if self.type == "ExternalAccess":
            properties |= _access_properties(self.access)
        return properties


def _access_properties(access: JsonObject) -> dict[str, Values]:
    """Return the properties of external access: who, what, and under which conditions."""
    properties: dict[str, Values] = {"isPublic": (str(access["isPublic"]).lower(),)}
    for member, name in (("principal", "principal."), ("condition", "condition.")):
        values = access[member]
        assert isinstance(values, Mapping)
        properties |= {f"{name}{key}": (str(value),) for key, value in values.items()}
    actions = access["action"]
    assert isinstance(actions, tuple)
    properties["action"] = tuple(map(str, actions))
    return properties


def current_findings(
    account: Account, analyzer: Analyzer, at: datetime
) -> tuple[Finding, ...]:
    """Return what an analyzer finds now, with the status of each."""
    # The comparison engine is imported when an analyzer is asked.
    from coffeeshop.account.services.access_analyzer.external_access import external_access
    from coffeeshop.account.services.access_analyzer.unused_access import unused_access

    if analyzer.age:
        findings = unused_access(account, analyzer, at)
    else:
        findings = external_access(account, analyzer)
    return tuple(_with_status(account, analyzer, finding) for finding in findings)


def _with_status(account: Account, analyzer: Analyzer, finding: Finding) -> Finding:
    """Return a finding as one of the analyzer: with its id, its dates and its status."""
    arn = ids.arn(account, "analyzer", analyzer.name)
    parts = (arn, analyzer.created, finding.type, finding.resource, finding.mark)
    created = max(finding.created, analyzer.created)
    finding = replace(
        finding, id=ids.draw_uuid(account.seed, "finding", *parts), created=created
    )
    if finding.id in analyzer.statuses:
        status, updated = analyzer.statuses[finding.id]
        updated = max(updated, finding.updated or updated)
        return replace(finding, status=status, updated=updated)
    for rule in analyzer.rules.values():
        if meets_criteria(finding.properties, rule.filter):
            return replace(finding, status="ARCHIVED")
    return finding
