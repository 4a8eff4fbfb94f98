"""Service last accessed: when the services and actions that policies can allow were last used.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.identity_policies import (
    find_managed_policy,
    policies_of_entity,
)
from coffeeshop.account.credentials import Use
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Job, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.iam.policies import all_entities
from coffeeshop.account.services.lookups import entity_of_arn
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.values import Json, JsonObject
from coffeeshop.policy import catalog
from coffeeshop.policy.model import Policy

TRACKING_PERIOD = timedelta(days=400)  # how far back the data go


OPERATIONS = Operations()


@OPERATIONS.add("GenerateServiceLastAccessedDetails")
def generate_service_last_accessed(account: Account, act: Act) -> Change:
    """Create a job for a user, group, role or managed policy.

    It is complete at once, and shows the account as it is now (our choice).
    """
    arn = act.call.text("Arn")
    _policies_and_users(account, arn)
    id = ids.draw_uuid(account.seed, "job", arn, account.calls)
    job = Job(
        arn,
        act.call.text("Granularity", "SERVICE_LEVEL"),
        act.at,
        account.without_history(),
    )
    account_after = replace(account, jobs=account.jobs.put(id, job))
    body = {"JobId": id}
    return account_after, Reply(body)


def _policies_and_users(
    account: Account, arn: str
) -> tuple[tuple[Policy, ...], list[User | Role]]:
    """Return the policies behind an ARN, and the users and roles whose use counts."""
    if policy := find_managed_policy(account, arn):
        attached_to = [entity for entity in all_entities(account) if arn in entity.attached]
        groups = {entity.id for entity in attached_to if isinstance(entity, Group)}
        members = [
            user for user in account.users.values() if groups.intersection(user.groups)
        ]
        users_and_roles = {
            entity.id: entity
            for entity in (*attached_to, *members)
            if isinstance(entity, User | Role)
        }
        return (policy.document.policy,), list(users_and_roles.values())
    if ":policy/" in arn:
        raise errors.no_such_entity("policy", arn)
    entity = entity_of_arn(account, arn)
    policies = policies_of_entity(account, entity)
    if isinstance(entity, Group):
        members = [user for user in account.users.values() if entity.id in user.groups]
        return policies, list(members)
    return policies, [entity]


@OPERATIONS.add("GetServiceLastAccessedDetails")
def get_service_last_accessed(account: Account, act: Act) -> Change:
    """Return when the services that the policies can allow were last used, in the last 400
    days.

    Denied attempts count too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
    """
    job = account.jobs.get(act.call.text("JobId"))
    if job is None:
        raise errors.no_such_entity("job", act.call.text("JobId"))
    frozen = job.account
    policies, bearers = _policies_and_users(frozen, job.arn)
    uses = [
        (bearer, action, use)
        for bearer in bearers
        for action, use in frozen.usage.get(bearer.id, {}).items()
        if job.created - use.at < TRACKING_PERIOD
    ]
    by_action = job.granularity == "ACTION_LEVEL"
    services = sorted(
        {prefix for policy in policies for prefix in allowed_services(policy)}
    )
    listed = list_page(
        act.call,
        "ServicesLastAccessed",
        services,
        lambda prefix: _service_shape(frozen, prefix, uses, policies if by_action else ()),
    )
    status = {
        "JobStatus": "COMPLETED",
        "JobType": job.granularity,
        "JobCreationDate": format_timestamp(job.created),
    }
    body = {**status, **listed.body, "JobCompletionDate": format_timestamp(job.created)}
    return account, Reply(body)


@lru_cache(maxsize=256)
def _services_of_pattern(pattern: str) -> frozenset[str]:
    prefix = pattern.lower().partition(":")[0]
    if prefix == "*":
        return frozenset(catalog.service_prefixes())
    return frozenset({prefix}).intersection(catalog.service_prefixes())


def allowed_services(policy: Policy) -> set[str]:
    """Return the services in which a policy can allow something."""
    services: set[str] = set()
    for statement in policy.statements:
        if statement.effect == "Allow":
            named_services = {
                prefix
                for value in statement.actions.values
                for prefix in _services_of_pattern(value)
            }
            wholly_excluded = {
                value[:-2].lower()
                for value in statement.actions.values
                if value.endswith(":*")
            }
            if statement.actions.negated:
                services |= set(catalog.service_prefixes()) - wholly_excluded
            else:
                services |= named_services
    return services


def _service_shape(
    account: Account,
    prefix: str,
    uses: list[tuple[User | Role, str, Use]],
    tracked_policies: tuple[Policy, ...],
) -> JsonObject:
    """Return a service's row of last-accessed details: the last use, and the number of entities that used it.

    With `tracked_policies`, it has a row for each action that these policies allow and that AWS
    tracks.
    """
    service_uses = [
        (bearer, action, use)
        for bearer, action, use in uses
        if action.startswith(f"{prefix}:")
    ]
    service = catalog.find_service(prefix)
    row: JsonObject = {
        "ServiceName": service.name if service else prefix,
        "ServiceNamespace": prefix,
    }
    row["TotalAuthenticatedEntities"] = len({bearer.id for bearer, _, _ in service_uses})
    if service_uses:
        bearer, _, use = max(service_uses, key=lambda bearer_use: bearer_use[2].at)
        row |= {
            "LastAuthenticated": format_timestamp(use.at),
            "LastAuthenticatedEntity": account.arn(bearer),
            "LastAuthenticatedRegion": use.region,
        }
    if tracked_policies:
        row["TrackedActionsLastAccessed"] = tuple(
            _action_shape(account, name, service_uses)
            for name in tracked_actions(prefix, tracked_policies)
        )
    return row


def tracked_actions(prefix: str, policies: tuple[Policy, ...]) -> list[str]:
    """Return the actions that AWS tracks: those that the policies name, except data-plane
    actions.
    """
    actions: set[str] = set()
    statements = [statement for policy in policies for statement in policy.statements]
    for statement in statements:
        if statement.effect != "Allow":
            continue
        named_actions = {
            action
            for value in statement.actions.values
            for action in catalog.expand_pattern(value)
        }
        if statement.actions.negated:
            actions |= set(catalog.expand_pattern(f"{prefix}:*")) - named_actions
        else:
            actions |= named_actions
    tracked = actions - UNTRACKED_ACTIONS
    return sorted(action for action in tracked if action.startswith(f"{prefix}:"))


UNTRACKED_ACTIONS = frozenset(
    {
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:GetObjectTagging",
        "s3:PutObjectTagging",
        "s3:DeleteObjectTagging",
    }
    | {f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update", "Delete")}
    | {
        "dynamodb:Query",
        "dynamodb:Scan",
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "lambda:InvokeFunction",
    }
)


def _action_shape(
    account: Account, name: str, uses: list[tuple[User | Role, str, Use]]
) -> JsonObject:
    """Return an action's row of last-accessed details: the last use, if there was one."""
    row: JsonObject = {"ActionName": name.partition(":")[2]}
    action_uses = [
        (bearer, use) for bearer, action, use in uses if action.lower() == name.lower()
    ]
    if action_uses:
        bearer, use = max(action_uses, key=lambda bearer_use: bearer_use[1].at)
        row |= {
            "LastAccessedEntity": account.arn(bearer),
            "LastAccessedTime": format_timestamp(use.at),
            "LastAccessedRegion": use.region,
        }
    return row


# -------------------------------------------------------- what grants access
@OPERATIONS.add("ListPoliciesGrantingServiceAccess")
def list_policies_granting_access(account: Account, act: Act) -> Change:
    """List, for each service, the policies of an identity and its groups that can allow
    something there.

    Each policy counts by itself, and Denies count for nothing (seen).

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html
    """
    granting_policies = tuple(
        _granting_policies(account, entity_of_arn(account, act.call.text("Arn")))
    )
    namespaces = dict.fromkeys(act.call.words("ServiceNamespaces"))

    def shape(namespace: str) -> Json:
        return {
            "ServiceNamespace": namespace,
            "Policies": tuple(
                row for row, allows in granting_policies if namespace in allows
            ),
        }

    page = list_page(act.call, "PoliciesGrantingServiceAccess", namespaces, shape)
    return account, page


def _granting_policies(account: Account, entity: Entity) -> Iterator[tuple[Json, set[str]]]:
    """Yield each policy of an identity as the answer shows it, with the services that it
    can allow.
    """
    kind = type(entity).__name__.upper()
    for document in entity.inline.values():
        bearer = {"EntityType": kind, "EntityName": entity.name}
        yield (
            {"PolicyName": document.policy.name, "PolicyType": "INLINE", **bearer},
            allowed_services(document.policy),
        )
    for policy in filter(
        None, (find_managed_policy(account, arn) for arn in entity.attached)
    ):
        row = {"PolicyName": policy.name, "PolicyType": "MANAGED", "PolicyArn": policy.arn}
        yield row, allowed_services(policy.document.policy)
    for group in (
        (account.entity_by_id(id) for id in entity.groups)
        if isinstance(entity, User)
        else ()
    ):
        if group:
            yield from _granting_policies(account, group)
