"""Archive rules: criteria by which an analyzer archives new findings.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-archive-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.resources import Analyzer, ArchiveRule
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.access_analyzer.filters import (
    check_criteria,
    meets_criteria,
)
from coffeeshop.account.services.access_analyzer.lookups import (
    conflict,
    named_analyzer,
    not_found,
    page_of_rows,
    quota_exceeded,
    with_analyzer,
)
from coffeeshop.account.values import Json, JsonObject

if TYPE_CHECKING:
    from coffeeshop.account.services.access_analyzer.finding import Finding

OPERATIONS = Operations()
MOST_RULES = 100  # of an analyzer: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-quotas.html


def new_rule(name: str, criteria: Json, at: datetime) -> ArchiveRule:
    """Return a new rule. Raise ValidationException for criteria that AWS doesn't know."""
    checked = cast("Mapping[str, JsonObject]", criteria)
    check_criteria(checked)
    return ArchiveRule(name, checked, at, at)


def with_rule(analyzer: Analyzer, rule: ArchiveRule) -> Analyzer:
    """Return the analyzer with a new or changed rule. Raise ServiceQuotaExceededException."""
    if rule.name not in analyzer.rules and len(analyzer.rules) >= MOST_RULES:
        text = f"An analyzer can have at most {MOST_RULES} archive rules."  # uncertain
        raise quota_exceeded(text, "ArchiveRule", rule.name)
    return replace(analyzer, rules=analyzer.rules.put(rule.name, rule))


def with_statuses(
    analyzer: Analyzer, findings: Iterable[Finding], status: str, at: datetime
) -> Analyzer:
    """Return the analyzer with the status of some findings set."""
    statuses = analyzer.statuses
    for finding in findings:
        statuses = statuses.put(finding.id, (status, at))
    return replace(analyzer, statuses=statuses)


def _named_rule(analyzer: Analyzer, call: Call) -> ArchiveRule:
    """Return the rule that a call names. Raise ResourceNotFoundException."""
    rule = analyzer.rules.get(call.text("ruleName"))
    if rule is None:
        raise not_found("ArchiveRule", call.text("ruleName"))
    return rule


def _findings(account: Account, analyzer: Analyzer, at: datetime) -> tuple[Finding, ...]:
    """Return what an analyzer finds now."""
    from coffeeshop.account.services.access_analyzer.finding import current_findings

    return current_findings(account, analyzer, at)


@OPERATIONS.add("CreateArchiveRule")
def create_archive_rule(account: Account, act: Act) -> Change:
    """Create a rule for new findings. Those that there are now keep their status."""
    call = act.call
    analyzer = named_analyzer(account, call)
    name = call.text("ruleName")
    if name in analyzer.rules:
        raise conflict("ArchiveRule", name)
    rule = new_rule(name, call.map("filter"), act.at)
    return with_analyzer(
        account, _with_later_rule(account, analyzer, rule, act.at)
    ), EMPTY_REPLY


def _with_later_rule(
    account: Account, analyzer: Analyzer, rule: ArchiveRule, at: datetime
) -> Analyzer:
    """Return an analyzer with a rule that counts for findings that are still to come."""
    present = [
        finding
        for finding in _findings(account, analyzer, at)
        if finding.status == "ACTIVE"
    ]
    return with_rule(with_statuses(analyzer, present, "ACTIVE", at), rule)


@OPERATIONS.add("UpdateArchiveRule")
def update_archive_rule(account: Account, act: Act) -> Change:
    call = act.call
    analyzer = named_analyzer(account, call)
    created = _named_rule(analyzer, call).created
    rule = new_rule(call.text("ruleName"), call.map("filter"), act.at)
    rule = replace(rule, created=created)
    return with_analyzer(
        account, _with_later_rule(account, analyzer, rule, act.at)
    ), EMPTY_REPLY


@OPERATIONS.add("ApplyArchiveRule")
def apply_archive_rule(account: Account, act: Act) -> Change:
    """Archive the findings that there are now and that meet a rule."""
    analyzer = named_analyzer(account, act.call)
    rule = _named_rule(analyzer, act.call)
    met = [
        finding
        for finding in _findings(account, analyzer, act.at)
        if meets_criteria(finding.properties, rule.filter)
    ]
    return with_analyzer(
        account, with_statuses(analyzer, met, "ARCHIVED", act.at)
    ), EMPTY_REPLY


@OPERATIONS.add("DeleteArchiveRule")
def delete_archive_rule(account: Account, act: Act) -> Change:
    """Delete a rule. What it archived stays archived."""
    analyzer = named_analyzer(account, act.call)
    rule = _named_rule(analyzer, act.call)
    archived = [
        finding
        for finding in _findings(account, analyzer, act.at)
        if finding.status == "ARCHIVED"
    ]
    analyzer = with_statuses(analyzer, archived, "ARCHIVED", act.at)
    analyzer = replace(analyzer, rules=analyzer.rules.drop(rule.name))
    return with_analyzer(account, analyzer), EMPTY_REPLY


def _rule_shape(rule: ArchiveRule) -> JsonObject:
    """Return a rule as answers show it."""
    return {
        "ruleName": rule.name,
        "filter": rule.filter,
        "createdAt": format_timestamp(rule.created),
        "updatedAt": format_timestamp(rule.updated),
    }


@OPERATIONS.add("GetArchiveRule")
def get_archive_rule(account: Account, act: Act) -> Change:
    analyzer = named_analyzer(account, act.call)
    rule = _named_rule(analyzer, act.call)
    return account, Reply({"archiveRule": _rule_shape(rule)})


@OPERATIONS.add("ListArchiveRules")
def list_archive_rules(account: Account, act: Act) -> Change:
    analyzer = named_analyzer(account, act.call)
    shapes = tuple(map(_rule_shape, analyzer.rules.values()))
    return account, page_of_rows(act.call, "archiveRules", shapes)
