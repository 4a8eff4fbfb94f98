"""How many permissions somebody has, counted. Shown if asked for, and never scored.

A pair is an action and a resource of the shop that it can act on (`*` if it acts on none).
A subject has a pair if one of their sessions is allowed it, by an ordinary request at the
moment of the grade.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.access.request_context import usual_context
from coffeeshop.account.ids import arn
from coffeeshop.account.model import Account
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play, Proof, Report
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.comparison.domain import Domain, action_sort
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.literal_predicates import Text
from coffeeshop.policy.language.patterns import glob, matcher
from coffeeshop.policy.model import Allowed, Element, Excess, Request, Standing, Values

Pair: TypeAlias = tuple[str, str]  # action, resource
Sizes: TypeAlias = "dict[str, PermissionCounts]"  # by person

LEVEL_WEIGHTS = {
    AccessLevel.LIST: 1,
    AccessLevel.READ: 2,
    AccessLevel.WRITE: 4,
    AccessLevel.TAGGING: 4,
    AccessLevel.PERMISSIONS: 12,
}
TO_POWER = frozenset({  # what leads to other permissions weighs like permissions, whatever AWS calls its level
    "iam:AddUserToGroup", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateRole", "iam:CreateUser",
    "iam:PassRole", "iam:TagRole", "iam:TagUser", "iam:UpdateLoginProfile", "sts:AssumeRole", "lambda:CreateFunction",
    "lambda:InvokeFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "ec2:RunInstances",
})  # fmt: skip


class PermissionCounts(Struct, frozen=True):
    """Counts of pairs of an action and a resource: needed, allowed, in excess of need and slack, and all.

    Also the weight of the excess, and its share of each access level.
    """

    needed: int
    allowed: int
    excess: int
    all: int
    weight: int
    by_level: dict[str, int]


def count_permissions(play: Play, report: Report) -> Sizes:
    """Return the permission counts of everyone who is judged by name."""
    trial = Trial(play)
    return {
        subject: _count_subject(trial, report, subject)
        for subject in play.scenario.people.graded
    }


def _count_subject(trial: Trial, report: Report, subject: str) -> PermissionCounts:
    """Return the counts of one subject, over all their sessions and the excesses in the
    report.
    """
    arns = tuple(all_resource_arns(trial.account))
    needed = set[Pair]()
    permitted = set[Pair]()
    allowed = set[Pair]()
    for session in trial.sessions_of(subject):
        needed |= _allowed_pairs(
            trial, session, Standing.of(trial.job_policy(subject, session.badge)), arns
        )
        permitted |= _allowed_pairs(
            trial, session, trial.needed_access(subject, session.badge), arns
        )
        allowed |= _allowed_pairs(trial, session, session.standing, arns)
    reported = {
        (e.witness.action, e.witness.resource) for e in _reported_excesses(report, subject)
    }
    excess = (allowed | reported) - permitted
    table = action_table(arns, trial.account.id)
    invented = {
        (action, resource)
        for action, resource in reported
        if resource not in table.get(action, ())
    }
    levels = Counter(_access_level(action) for action, _ in sorted(excess))
    return PermissionCounts(
        needed=len(needed),
        allowed=len(allowed | reported),
        excess=len(excess),
        all=sum(map(len, table.values())) + len(invented),
        weight=sum(_pair_weight(pair, trial.play.scenario.sensitive) for pair in excess),
        by_level=dict(sorted(levels.items())),
    )


def _reported_excesses(report: Report, subject: str) -> Iterator[Excess]:
    """Yield the excesses of a subject in the report."""
    checks = (
        check for check in report.checks if check.id == CheckKind.EXCESS.id_of(subject)
    )
    proofs = (proof for check in checks for proof in check.pieces(Proof))
    yield from (excess for proof in proofs for excess in proof.excesses)


# ---------------------------------------------------------------------- pairs
def all_resource_arns(account: Account) -> Iterator[str]:
    """Yield the ARN of everything in the account, in order of kind and name."""
    for name in account.buckets:
        yield arn(account, "bucket", name)
        yield from (
            arn(account, "bucket", f"{name}/{key}") for key in account.buckets[name].objects
        )
    for kind, book in (
        ("table", account.tables),
        ("queue", account.queues),
        ("function", account.functions),
        ("kms-key", account.kms_keys),
    ):
        yield from (arn(account, kind, name) for name in book)
    yield from (arn(account, "instance", id) for id in account.instances)
    for entities in (account.users, account.groups, account.roles):
        yield from map(account.arn, entities.values())
    yield from account.policies
    yield from account.devices


@lru_cache(maxsize=4)
def action_table(arns: Values, account: str) -> Mapping[str, Values]:
    """Return the resources that each action of the catalog can act on; actions without any
    are left out.
    """
    domain = Domain.typed_domain((account,))
    arns_by_service: dict[str, list[str]] = {}
    for resource_arn in arns:
        arns_by_service.setdefault(_arn_service(resource_arn), []).append(resource_arn)
    matching: dict[Text, Values] = {}
    table: dict[str, Values] = {}
    for actions in _actions_by_sort():
        action_arns: list[str] = []
        for target in domain.resource_classes(actions[0], account):
            if target.pattern not in matching:
                service = _arn_service(target.head)
                candidates = arns_by_service.get(service, ()) if service else arns
                matching[target.pattern] = tuple(
                    filter(matcher(target.pattern.tokens), ("*", *candidates))
                )
            action_arns += matching[target.pattern]
        if action_arns:
            table.update(dict.fromkeys(actions, tuple(dict.fromkeys(action_arns))))
    return table


@lru_cache(maxsize=1)
def _actions_by_sort() -> tuple[Values, ...]:
    """Return the catalog's actions in groups: those of a service that act on the same types of resource."""
    groups: dict[object, list[str]] = {}
    for action in catalog.expand_pattern("*"):
        service = action.partition(":")[0]
        key = service, action_sort(action).resource_types
        groups.setdefault(key, []).append(action)
    return tuple(map(tuple, groups.values()))


def _arn_service(resource_arn: str) -> str:
    """Return the service in an ARN or its beginning; "" if there is none, as in `*`."""
    return resource_arn.split(":", 3)[2] if resource_arn.count(":") > 2 else ""


def _allowed_pairs(
    trial: Trial, session: HeldSession, standing: Standing, arns: Values
) -> set[Pair]:
    """Return every pair that a standing allows in that session. Only actions that its
    Allows mention are asked.
    """
    standing = replace(standing, fixed=session.standing.fixed)
    table = action_table(arns, trial.account.id)
    context = usual_context(trial.play.now)
    return {
        (action, resource)
        for action in _mentioned_actions(standing, table)
        for resource in table[action]
        if isinstance(
            authorize(standing, Request(action, resource, context, trial.account.id)),
            Allowed,
        )
    }


def _mentioned_actions(standing: Standing, table: Mapping[str, Values]) -> Iterable[str]:
    """Return the actions of the table that an Allow mentions."""
    allows = (
        s
        for layer in standing.layers
        for p in layer.policies
        for s in p.statements
        if s.effect == "Allow"
    )
    return sorted(
        {
            action
            for statement in allows
            for action in _matching_actions(statement.actions, table)
        }
    )


def _matching_actions(actions: Element, table: Mapping[str, Values]) -> Iterator[str]:
    """Yield the actions of the table that an Action or NotAction element matches."""
    if actions.negated:
        tests = [glob(value.lower()) for value in actions.values]
        for action in table:
            if not any(test(action.lower()) for test in tests):
                yield action
    else:
        yield from (
            action
            for value in actions.values
            for action in catalog.expand_pattern(value)
            if action in table
        )


# ---------------------------------------------------------------------- weight
def _access_level(action: str) -> str:
    """Return AWS's access level of an action in words; "unknown" if the catalog doesn't have it."""
    known_action = catalog.find_action(action)
    if known_action:
        return str(known_action.level)
    return "unknown"


def _pair_weight(pair: Pair, sensitive: Values) -> int:
    """Return the weight of having an action on a resource, by the action's access level.

    An action that leads to more permissions weighs most. On a `sensitive` resource the weight is doubled.
    """
    action, resource = pair
    known_action = catalog.find_action(action)
    if action in TO_POWER or known_action is None:
        weight = 12
    else:
        weight = LEVEL_WEIGHTS[known_action.level]
    return weight * (2 if any(glob(pattern)(resource) for pattern in sensitive) else 1)
