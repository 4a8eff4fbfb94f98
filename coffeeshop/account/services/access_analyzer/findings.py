"""Read findings and analyzed resources, and set the status of findings.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-view.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.access_analyzer.archive_rules import with_statuses
from coffeeshop.account.services.access_analyzer.filters import (
    FILTER_PROPERTIES,
    check_criteria,
    meets_criteria,
)
from coffeeshop.account.services.access_analyzer.finding import Finding, current_findings
from coffeeshop.account.services.access_analyzer.lookups import (
    named_analyzer,
    not_found,
    page_of_rows,
    validation_exception,
    with_analyzer,
)
from coffeeshop.account.values import Json, JsonObject

OPERATIONS = Operations()
# uncertain
ONLY_V2 = "Use ListFindingsV2 and GetFindingV2 for an analyzer of unused access."


def _external_analyzer(account: Account, call: Call) -> Analyzer:
    """Return the analyzer of a call that knows external access only. Raise ValidationException."""
    analyzer = named_analyzer(account, call)
    if analyzer.age:
        raise validation_exception(ONLY_V2)
    return analyzer


def _wanted_findings(account: Account, analyzer: Analyzer, act: Act) -> tuple[Finding, ...]:
    """Return the findings that meet a call's filter, sorted as it asks."""
    criteria: dict[str, Json] = {**act.call.map("filter")}
    check_criteria(criteria)
    findings = [
        finding
        for finding in current_findings(account, analyzer, act.at)
        if meets_criteria(finding.properties, criteria)
    ]
    sort = act.call.map("sort")
    if sort:
        attribute = str(sort.get("attributeName", "updatedAt"))
        if attribute not in FILTER_PROPERTIES:
            raise validation_exception(f"Invalid sort attribute: {attribute}")  # uncertain
        findings.sort(
            key=lambda finding: finding.properties.get(attribute, ()),
            reverse=sort.get("orderBy") == "DESC",
        )
    return tuple(findings)


def _summary(finding: Finding, at: datetime) -> JsonObject:
    """Return what every answer shows of a finding."""
    updated = finding.updated or finding.created
    return {
        "id": finding.id,
        "resource": finding.resource,
        "resourceType": finding.resource_type,
        "resourceOwnerAccount": finding.owner,
        "createdAt": format_timestamp(finding.created),
        "analyzedAt": format_timestamp(at),
        "updatedAt": format_timestamp(updated),
        "status": finding.status,
    }


def _external_shape(finding: Finding, at: datetime) -> JsonObject:
    """Return a finding about external access as ListFindings and GetFinding show it."""
    return {**_summary(finding, at), **finding.access}


def _summary_v2(finding: Finding, at: datetime) -> JsonObject:
    return {**_summary(finding, at), "findingType": finding.type}


def _named_finding(account: Account, analyzer: Analyzer, act: Act) -> Finding:
    """Return the finding that a call names. Raise ResourceNotFoundException."""
    id = act.call.text("id")
    for finding in current_findings(account, analyzer, act.at):
        if finding.id == id:
            return finding
    raise not_found("Finding", id)


@OPERATIONS.add("ListFindings")
def list_findings(account: Account, act: Act) -> Change:
    analyzer = _external_analyzer(account, act.call)
    findings = _wanted_findings(account, analyzer, act)
    shapes = tuple(_external_shape(finding, act.at) for finding in findings)
    return account, page_of_rows(act.call, "findings", shapes)


@OPERATIONS.add("GetFinding")
def get_finding(account: Account, act: Act) -> Change:
    analyzer = _external_analyzer(account, act.call)
    finding = _named_finding(account, analyzer, act)
    return account, Reply({"finding": _external_shape(finding, act.at)})


@OPERATIONS.add("ListFindingsV2")
def list_findings_v2(account: Account, act: Act) -> Change:
    analyzer = named_analyzer(account, act.call)
    findings = _wanted_findings(account, analyzer, act)
    shapes = tuple(_summary_v2(finding, act.at) for finding in findings)
    return account, page_of_rows(act.call, "findings", shapes)


@OPERATIONS.add("GetFindingV2")
def get_finding_v2(account: Account, act: Act) -> Change:
    """Return a finding with a page of its details."""
    analyzer = named_analyzer(account, act.call)
    finding = _named_finding(account, analyzer, act)
    details = finding.details
    if finding.type == "ExternalAccess":
        details = ({"externalAccessDetails": finding.access},)
    page = page_of_rows(act.call, "findingDetails", details)
    return account, Reply({**_summary_v2(finding, act.at), **page.body})


@OPERATIONS.add("UpdateFindings")
def update_findings(account: Account, act: Act) -> Change:
    """Set the status of findings, by their ids or by their resource. Unknown ids are left out."""
    call = act.call
    analyzer = named_analyzer(account, call)
    ids = call.words("ids")
    resource = call.text("resourceArn")
    if not ids and not resource:
        raise validation_exception("Specify ids or resourceArn.")  # uncertain
    named = [
        finding
        for finding in current_findings(account, analyzer, act.at)
        if finding.id in ids or finding.resource == resource
    ]
    analyzer = with_statuses(analyzer, named, call.text("status"), act.at)
    return with_analyzer(account, analyzer), EMPTY_REPLY


# ---------------------------------------------------------- analyzed resources
@OPERATIONS.add("ListAnalyzedResources")
def list_analyzed_resources(account: Account, act: Act) -> Change:
    from coffeeshop.account.services.access_analyzer.analyzed_resources import (
        analyzed_resources,
    )

    analyzer = _external_analyzer(account, act.call)
    wanted = act.call.text("resourceType")
    shapes = tuple(
        {
            "resourceArn": resource.arn,
            "resourceOwnerAccount": resource.owner,
            "resourceType": resource.type,
        }
        for resource in analyzed_resources(account, analyzer)
        if wanted in ("", resource.type)
    )
    return account, page_of_rows(act.call, "analyzedResources", shapes)


@OPERATIONS.add("GetAnalyzedResource")
def get_analyzed_resource(account: Account, act: Act) -> Change:
    """Return whether a resource is shared with somebody outside, and for which actions."""
    from coffeeshop.account.services.access_analyzer.analyzed_resources import (
        analyzed_resources,
    )
    from coffeeshop.account.services.access_analyzer.earlier_policies import (
        policy_states,
    )

    analyzer = _external_analyzer(account, act.call)
    arn = act.call.text("resourceArn")
    resources = {each.arn: each for each in analyzed_resources(account, analyzer)}
    if arn not in resources:
        raise not_found("Resource", arn)
    resource = resources[arn]
    findings = [
        finding
        for finding in current_findings(account, analyzer, act.at)
        if finding.resource == arn
    ]
    created = max(resource.made, analyzer.created)
    updated = next(policy_states(account, analyzer, resource)).since
    shape: JsonObject = {
        "resourceArn": arn,
        "resourceType": resource.type,
        "createdAt": format_timestamp(created),
        "analyzedAt": format_timestamp(act.at),
        "updatedAt": format_timestamp(updated),
        "isPublic": any(finding.access["isPublic"] for finding in findings),
        "resourceOwnerAccount": resource.owner,
    }
    if findings:
        actions = dict.fromkeys(
            action for finding in findings for action in _actions(finding.access)
        )
        shape |= {"actions": tuple(actions), "sharedVia": ("POLICY",)}
        shape["status"] = findings[0].status
    return account, Reply({"resource": shape})


def _actions(access: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the actions of external access."""
    actions = access["action"]
    return tuple(map(str, actions)) if isinstance(actions, tuple) else ()


@OPERATIONS.add("StartResourceScan")
def start_resource_scan(account: Account, act: Act) -> Change:
    """Do nothing, since an analyzer looks at its resources whenever it is asked. Raise
    ResourceNotFoundException for a resource that it doesn't look at.
    """
    get_analyzed_resource(account, act)
    owner = act.call.text("resourceOwnerAccount")
    if owner not in ("", act.call.text("resourceArn").split(":")[4], account.id):
        raise not_found("Resource", act.call.text("resourceArn"))
    return account, EMPTY_REPLY
