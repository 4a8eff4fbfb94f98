"""List the analyzers of IAM Access Analyzer and what each finds, with the policy or credential that a finding is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account import ids
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.values import Json, JsonObject
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun, list_few_names
from coffeeshop.views.things.item import Item, Noun, fact_row, part_item
from coffeeshop.views.things.items import groups, item_parts, people, policies, roles

if TYPE_CHECKING:  # it brings the comparison of policies
    from coffeeshop.account.services.access_analyzer.finding import Finding

# By type of finding, in the words of the list. ExternalAccess has its principal instead.
UNUSED_FINDING_TEXTS = {
    "UnusedIAMRole": "unused role",
    "UnusedIAMUserAccessKey": "unused access key",
    "UnusedIAMUserPassword": "unused password",
    "UnusedPermission": "unused permissions",
}
# The part of a user, role or policy that a finding of this type is about.
FINDING_PARTS: Mapping[str, tuple[Noun, ...]] = {
    "UnusedIAMRole": ("trust",),
    "UnusedIAMUserAccessKey": ("key",),
    "UnusedIAMUserPassword": ("login",),
    "UnusedPermission": (
        *("inline-user", "inline-role", "attached-user", "attached-role"),
        "membership",
    ),
}


def analyzer_things(account: Account, at: datetime) -> tuple[Item, ...]:
    """Return the active findings of all analyzers at a time, then the archived ones, then the analyzers."""
    findings = [
        item
        for analyzer in account.analyzers.values()
        for item in _finding_items(account, analyzer, at)
    ]
    analyzer_items = (
        _analyzer_item(account, each, findings) for each in account.analyzers.values()
    )
    return (
        *(item for item in findings if item.noun == "finding"),
        *(item for item in findings if item.noun != "finding"),
        *analyzer_items,
    )


# ------------------------------------------------------------------ analyzers
def _analyzer_item(account: Account, analyzer: Analyzer, findings: list[Item]) -> Item:
    """Return an analyzer with its number of active findings and its archive rules."""
    arn = ids.arn(account, "analyzer", analyzer.name)
    active = sum(
        item.noun == "finding" and item.names["analyzerArn"] == arn for item in findings
    )
    about = f"access unused for {analyzer.age} days" if analyzer.age else "external access"
    row = Row(
        f"analyzer, {about}, {count_noun(active, 'finding')}", None, analyzer.name, "muted"
    )
    names = {"analyzerName": analyzer.name, "analyzerArn": arn}
    rules = (
        part_item(
            "archive-rule",
            name,
            "archive rule",
            {**names, "ruleName": name},
            f"rule:{name}",
        )
        for name in analyzer.rules
    )
    parts = (fact_row(arn), fact_row(analyzer.type, "type"), *rules)
    return Item(arn, row, "analyzer", names, parts=parts)


# ------------------------------------------------------------------ findings
def _finding_items(account: Account, analyzer: Analyzer, at: datetime) -> Iterator[Item]:
    """Yield the findings of an analyzer."""
    # The comparison engine is imported when an analyzer is asked.
    from coffeeshop.account.services.access_analyzer.finding import current_findings

    arn = ids.arn(account, "analyzer", analyzer.name)
    causes = _policies_by_resource(account)
    for finding in current_findings(account, analyzer, at):
        noun: Noun = "finding" if finding.status == "ACTIVE" else "archived-finding"
        name = finding.resource.rpartition(":")[2].rpartition("/")[2]
        row = Row(_finding_text(finding), None, name, "muted")
        names = {"analyzerArn": arn, "ids": finding.id}
        parts = (*_finding_facts(finding), *_cause_items(account, finding, causes))
        yield Item(finding.id, row, noun, names, parts=parts)


def _finding_text(finding: Finding) -> str:
    """Return what a finding says: who has access, or what isn't used."""
    if finding.type in UNUSED_FINDING_TEXTS:
        text = UNUSED_FINDING_TEXTS[finding.type]
    elif finding.access["isPublic"]:
        text = "public"
    else:
        text = f"lets in {_members_text(finding.access['principal'])}"
    return text if finding.status == "ACTIVE" else f"archived: {text}"


def _members_text(value: Json) -> str:
    """Return the values of a structure, such as {"AWS": "444455556666"}, as text."""
    assert isinstance(value, Mapping), "principal and condition are maps"
    return ", ".join(map(str, value.values()))


def _finding_facts(finding: Finding) -> Iterator[Item]:
    """Yield the facts of a finding."""
    yield fact_row(finding.resource)
    if finding.type in UNUSED_FINDING_TEXTS:
        for detail in finding.details:
            yield from _unused_facts(detail)
    else:
        yield from _access_facts(finding.access)
    yield fact_row(finding.status.lower(), "status")


def _access_facts(access: JsonObject) -> Iterator[Item]:
    """Yield who has access from outside, to what, and under which conditions."""
    yield fact_row(_members_text(access["principal"]), "who")
    actions = access["action"]
    assert isinstance(actions, tuple)
    yield fact_row(list_few_names(tuple(map(str, actions))), "actions")
    condition = access["condition"]
    assert isinstance(condition, Mapping)
    for key, value in condition.items():
        yield fact_row(str(value), key)


def _unused_facts(detail: JsonObject) -> Iterator[Item]:
    """Yield one thing that isn't used, and when it was last used."""
    for row in detail.values():
        assert isinstance(row, Mapping)
        used = row.get("lastAccessed")
        text = f"last used {str(used)[:10]}" if used else "never used in this account"
        actions = row.get("actions")
        if isinstance(actions, tuple):
            names = tuple(
                str(each["action"]) for each in actions if isinstance(each, Mapping)
            )
            text = f"unused: {list_few_names(names)}"
        yield fact_row(
            text, str(row.get("serviceNamespace") or row.get("accessKeyId") or "use")
        )


def _policies_by_resource(account: Account) -> dict[str, Item]:
    """Return the trust, bucket and key policies by the ARN of their resource."""
    policies_by_arn = dict[str, Item]()
    for item in policies(account):
        match item.noun:
            case "trust":
                role = account.roles[item.names["RoleName"].lower()]
                policies_by_arn[account.arn(role)] = item
            case "bucket-policy":
                policies_by_arn[f"arn:aws:s3:::{item.names['Bucket']}"] = item
            case "key-policy":
                key = account.kms_keys[item.names["KeyId"]]
                policies_by_arn[ids.arn(account, "kms-key", key.id)] = item
            case _:
                pass
    return policies_by_arn


def _cause_items(
    account: Account, finding: Finding, causes: Mapping[str, Item]
) -> Iterator[Item]:
    """Yield the policy, credential or membership that a finding is about, so that it can be changed here."""
    if finding.type == "ExternalAccess":
        if cause := causes.get(finding.resource):
            yield cause
        return
    nouns = FINDING_PARTS.get(finding.type, ())
    for item in (*people(account), *groups(account), *roles(account)):
        parts = item_parts(account, item)
        if parts[0].row.text == finding.resource:
            yield from (
                part
                for part in parts
                if part.noun in nouns
                and (part.noun != "key" or _is_about_key(finding, part))
            )


def _is_about_key(finding: Finding, part: Item) -> bool:
    """Return whether a finding about an access key is about this one."""
    return part.names["AccessKeyId"] == finding.mark
