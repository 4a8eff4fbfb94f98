"""Analyzers: who trusts whom, or how long access can stay unused. Findings are computed when somebody asks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-create-external.html
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.access_analyzer.archive_rules import (
    new_rule,
    with_rule,
)
from coffeeshop.account.services.access_analyzer.lookups import (
    conflict,
    named_analyzer,
    page_of_rows,
    quota_exceeded,
    validation_exception,
    with_analyzer,
)
from coffeeshop.account.services.tagging import add_tags
from coffeeshop.account.values import Json, JsonObject

OPERATIONS = Operations()
ACCOUNT_TYPES = ("ACCOUNT", "ACCOUNT_UNUSED_ACCESS")
ORGANIZATION_TYPES = ("ORGANIZATION", "ORGANIZATION_UNUSED_ACCESS")
DEFAULT_AGE = 90  # days: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UnusedAccessConfiguration.html
UNUSED_AGES = range(1, 366)
MOST_ANALYZERS = {"ACCOUNT": 1, "ORGANIZATION": 5}  # of a type, in a Region


@OPERATIONS.add("CreateAnalyzer")
def create_analyzer(account: Account, act: Act) -> Change:
    """Create an analyzer, with its archive rules."""
    call = act.call
    name = call.text("analyzerName")
    kind = call.text("type")
    if kind not in (*ACCOUNT_TYPES, *ORGANIZATION_TYPES):
        text = f"Analyzers of the type {kind} are not simulated in this account."
        raise errors.service_error("NotSimulated", text)
    if name in account.analyzers:
        raise conflict("Analyzer", name)
    _check_organization(account, kind)
    _check_quota(account, kind)
    age, exclusions = _unused_access_settings(call, kind)
    tags = add_tags({}, call.tags, "ValidationException")
    analyzer = Analyzer(name, kind, act.at, age, exclusions, tags)
    for row in call.rows("archiveRules"):
        rule = new_rule(str(row["ruleName"]), row["filter"], act.at)
        analyzer = with_rule(analyzer, rule)
    arn = ids.arn(account, "analyzer", name)
    return with_analyzer(account, analyzer), Reply({"arn": arn})


def _check_organization(account: Account, kind: str) -> None:
    """Raise ValidationException unless the account can have an analyzer of its organization."""
    if kind not in ORGANIZATION_TYPES:
        return
    organization = account.joined_organization
    if organization is None or organization.management != account.id:
        text = "You must create the organization analyzer in the management account or a delegated administrator's."  # uncertain
        raise validation_exception(text)


def _check_quota(account: Account, kind: str) -> None:
    """Raise ServiceQuotaExceededException if there are as many analyzers of a type as there can be."""
    same_type = [each for each in account.analyzers.values() if each.type == kind]
    if len(same_type) >= MOST_ANALYZERS.get(kind.partition("_")[0], 1):
        text = f"You already have the maximum number of {kind} analyzers."  # uncertain
        raise quota_exceeded(text, "Analyzer", kind)


def _unused_access_settings(call: Call, kind: str) -> tuple[int, tuple[JsonObject, ...]]:
    """Return after how many days access is unused, and what isn't analyzed. 0: external access."""
    configuration = cast("JsonObject", call.map("configuration").get("unusedAccess") or {})
    is_unused = kind.endswith("UNUSED_ACCESS")
    if configuration and not is_unused:
        raise validation_exception(f"The type {kind} has no unusedAccess.")  # uncertain
    if not is_unused:
        return 0, ()
    age = configuration.get("unusedAccessAge", DEFAULT_AGE)
    if not isinstance(age, int) or age not in UNUSED_AGES:
        # uncertain
        text = (
            f"unusedAccessAge must be between {UNUSED_AGES[0]} and {UNUSED_AGES[-1]} days."
        )
        raise validation_exception(text)
    rule = cast("JsonObject", configuration.get("analysisRule") or {})
    exclusions = cast("tuple[JsonObject, ...]", rule.get("exclusions") or ())
    return age, exclusions


def _analyzer_shape(account: Account, analyzer: Analyzer, at: datetime) -> JsonObject:
    """Return an analyzer as GetAnalyzer and ListAnalyzers show it."""
    configuration: JsonObject = {}
    if analyzer.age:
        settings: JsonObject = {"unusedAccessAge": analyzer.age}
        if analyzer.exclusions:
            settings["analysisRule"] = {"exclusions": analyzer.exclusions}
        configuration = {"configuration": {"unusedAccess": settings}}
    return {
        "arn": ids.arn(account, "analyzer", analyzer.name),
        "name": analyzer.name,
        "type": analyzer.type,
        "createdAt": format_timestamp(analyzer.created),
        **_last_analyzed(account, analyzer, at),
        "tags": {**analyzer.tags},
        "status": "ACTIVE",
        **configuration,
    }


def _last_analyzed(account: Account, analyzer: Analyzer, at: datetime) -> JsonObject:
    """Return the resource that an analyzer of external access analyzed last, if there is one."""
    from coffeeshop.account.services.access_analyzer.analyzed_resources import (
        analyzed_resources,
    )

    if analyzer.age:
        return {}
    *_, last = [None, *analyzed_resources(account, analyzer)]
    if last is None:
        return {}
    return {
        "lastResourceAnalyzed": last.arn,
        "lastResourceAnalyzedAt": format_timestamp(at),
    }


@OPERATIONS.add("GetAnalyzer")
def get_analyzer(account: Account, act: Act) -> Change:
    analyzer = named_analyzer(account, act.call)
    shape = _analyzer_shape(account, analyzer, act.at)
    return account, Reply({"analyzer": shape})


@OPERATIONS.add("ListAnalyzers")
def list_analyzers(account: Account, act: Act) -> Change:
    wanted = act.call.text("type")
    shapes: list[Json] = [
        _analyzer_shape(account, analyzer, act.at)
        for analyzer in account.analyzers.values()
        if wanted in ("", analyzer.type)
    ]
    return account, page_of_rows(act.call, "analyzers", shapes)


@OPERATIONS.add("DeleteAnalyzer")
def delete_analyzer(account: Account, act: Act) -> Change:
    """Delete an analyzer with its archive rules and its findings."""
    analyzer = named_analyzer(account, act.call)
    analyzers = account.analyzers.drop(analyzer.name)
    return replace(account, analyzers=analyzers), EMPTY_REPLY


# ------------------------------------------------------------------------ tags
@OPERATIONS.add("TagResource")
def tag_resource(account: Account, act: Act) -> Change:
    analyzer = named_analyzer(account, act.call)
    tags = add_tags(analyzer.tags, act.call.tags, "ValidationException")
    return with_analyzer(account, replace(analyzer, tags=tags)), EMPTY_REPLY


@OPERATIONS.add("UntagResource")
def untag_resource(account: Account, act: Act) -> Change:
    analyzer = named_analyzer(account, act.call)
    removed = act.call.words("tagKeys")
    tags = {key: value for key, value in analyzer.tags.items() if key not in removed}
    return with_analyzer(account, replace(analyzer, tags=tags)), EMPTY_REPLY


@OPERATIONS.add("ListTagsForResource")
def list_tags(account: Account, act: Act) -> Change:
    analyzer = named_analyzer(account, act.call)
    return account, Reply({"tags": {**analyzer.tags}})
