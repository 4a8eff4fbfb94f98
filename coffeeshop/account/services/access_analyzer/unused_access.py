"""Unused access: roles, access keys, passwords and permissions that nobody used for a number of days.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.services.access_analyzer.analyzed_resources import analyzed_accounts
from coffeeshop.account.services.access_analyzer.finding import Finding
from coffeeshop.account.services.iam.last_accessed import allowed_services, tracked_actions
from coffeeshop.account.values import Json, JsonObject

SERVICE_ROLES = ("/aws-service-role/", "/aws-reserved/")


def unused_access(account: Account, analyzer: Analyzer, at: datetime) -> Iterator[Finding]:
    """Yield the findings of an analyzer of unused access, by account."""
    since = at - timedelta(days=analyzer.age)
    excluded_ids = {id for rule in analyzer.exclusions for id in _words(rule, "accountIds")}
    for home in analyzed_accounts(account, analyzer):
        if home.id not in excluded_ids:
            yield from _findings_in(home, analyzer, since)


def _words(rule: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """Return a list of texts in an exclusion."""
    value = rule.get(name)
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _is_excluded(entity: User | Role, analyzer: Analyzer) -> bool:
    """Return whether a user or role has the tags of an exclusion."""
    for rule in analyzer.exclusions:
        tag_sets = rule.get("resourceTags")
        for tags in tag_sets if isinstance(tag_sets, tuple) else ():
            if isinstance(tags, Mapping) and all(
                entity.tags.get(key) == value for key, value in tags.items()
            ):
                return True
    return False


def _findings_in(home: Account, analyzer: Analyzer, since: datetime) -> Iterator[Finding]:
    """Yield the findings in one account: of roles, then of users."""
    for role in home.roles.values():
        if not _is_excluded(role, analyzer) and not role.path.startswith(SERVICE_ROLES):
            yield from _role_findings(home, role, since)
    for user in home.users.values():
        if not _is_excluded(user, analyzer):
            yield from _user_findings(home, user, since)


def _last_use(home: Account, id: str) -> datetime | None:
    """Return when a user, role or key was last used, or None."""
    uses = [use.at for use in home.usage.get(id, {}).values()]
    return max(uses, default=None)


def _is_unused(created: datetime, used: datetime | None, since: datetime) -> bool:
    """Return whether something was there, and not used, during the whole period."""
    return created <= since and (used is None or used < since)


def _last_accessed(used: datetime | None) -> JsonObject:
    """Return the member for the last use, if there was one."""
    return {"lastAccessed": format_timestamp(used)} if used else {}


def _finding(
    home: Account,
    entity: User | Role,
    finding_type: str,
    details: Iterable[JsonObject],
    mark: str = "",
) -> Finding:
    """Return a finding about a user or role."""
    kind = f"AWS::IAM::{type(entity).__name__}"
    arn = home.arn(entity)
    rows = tuple(details)
    return Finding(finding_type, arn, kind, home.id, entity.created, rows, mark)


def _role_findings(home: Account, role: Role, since: datetime) -> Iterator[Finding]:
    """Yield that a role is unused, or which of its permissions are."""
    used = _last_use(home, role.id)
    if _is_unused(role.created, used, since):
        details: JsonObject = {"unusedIamRoleDetails": _last_accessed(used)}
        yield _finding(home, role, "UnusedIAMRole", (details,))
        return
    yield from _permission_findings(home, role, since)


def _user_findings(home: Account, user: User, since: datetime) -> Iterator[Finding]:
    """Yield the unused keys and password of a user, and their unused permissions."""
    for key in home.keys_of(user.id):
        used = _last_use(home, key.id)
        if key.status == "Active" and _is_unused(key.created, used, since):
            row: JsonObject = {"accessKeyId": key.id, **_last_accessed(used)}
            details: JsonObject = {"unusedIamUserAccessKeyDetails": row}
            yield _finding(home, user, "UnusedIAMUserAccessKey", (details,), key.id)
    login = user.login
    if login and _is_unused(login.created, login.used, since):
        details = {"unusedIamUserPasswordDetails": _last_accessed(login.used)}
        yield _finding(home, user, "UnusedIAMUserPassword", (details,))
    yield from _permission_findings(home, user, since)


def _permission_findings(
    home: Account, entity: User | Role, since: datetime
) -> Iterator[Finding]:
    """Yield one finding about all permissions that a user or role didn't use in the period."""
    if entity.created > since:
        return
    policies = policies_of_entity(home, entity)
    uses = home.usage.get(entity.id, {})
    services = sorted({name for policy in policies for name in allowed_services(policy)})
    details: list[JsonObject] = []
    for service in services:
        service_uses = {
            action.lower(): use.at
            for action, use in uses.items()
            if action.startswith(f"{service}:")
        }
        used = max(service_uses.values(), default=None)
        if used is None or used < since:
            row: JsonObject = {"serviceNamespace": service, **_last_accessed(used)}
            details.append({"unusedPermissionDetails": row})
            continue
        unused_actions = tuple(
            {"action": action.partition(":")[2], **_last_accessed(last)}
            for action in tracked_actions(service, policies)
            if (last := service_uses.get(action.lower())) is None or last < since
        )
        if unused_actions:
            row = {
                "serviceNamespace": service,
                "actions": unused_actions,
                **_last_accessed(used),
            }
            details.append({"unusedPermissionDetails": row})
    if details:
        yield _finding(home, entity, "UnusedPermission", details)
