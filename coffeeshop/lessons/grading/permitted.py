"""What a member of a principal class is permitted: the needed access, and the access that
may stay from before the play.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.model import Call
from coffeeshop.lessons.grading.across_accounts import (
    toward_other_accounts,
)
from coffeeshop.lessons.grading.fences import without_needed
from coffeeshop.lessons.grading.needed import STRONGEST_BADGE
from coffeeshop.lessons.grading.permitted_before import (
    has_job,
    permitted_before,
    untagged_kind,
)
from coffeeshop.lessons.grading.principal_classes import (
    GIVEN_A_BADGE,
    HIRED_BELOW,
    IN_A_GROUP,
    PrincipalClass,
)
from coffeeshop.lessons.grading.role_needs import needed_statements, needs_of_role
from coffeeshop.lessons.grading.sentences import STRANGERS, TOMORROW
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.workload_claims import WORKLOAD_PREFIX
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    Allowed,
    Condition,
    Element,
    Policy,
    Standing,
    Statement,
)
from coffeeshop.shop.serve import outside_principal, user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

OWN_NAME = "${aws:username}"


class Permitted(Struct, frozen=True):
    """The access that a session may have. Everything else is an excess.

    `needed` holds the requests of jobs and slack. It has only Allows. `before` is what was
    allowed before the play, if the member may keep that.
    """

    needed: Standing
    before: Standing | None = None

    def excess_pair(self, allowed: Standing) -> tuple[Standing, Standing]:
        """Return two standings: what the first allows and the second doesn't is the excess.

        A comparison has one standing on each side. So if something may be kept, the needed access
        is denied in the first standing, and the rest is compared with what was there before.
        """
        if self.before is None:
            return allowed, self.needed
        return without_needed(allowed, self.needed), self.before

    def toward_other_accounts(self) -> Permitted:
        """Return what is permitted on other accounts' resources."""
        return replace(self, before=self.before and toward_other_accounts(self.before))


def permitted_access(trial: Trial, row: PrincipalClass, member: HeldSession) -> Permitted:
    """Return what a member of a class is permitted in its session: the access that jobs
    need, and the access that may stay.
    """
    return Permitted(
        Standing.of(_needed_policy(trial, untagged_kind(trial, row, member), member)),
        permitted_before(trial, row, member),
    )


def _needed_policy(trial: Trial, kind: str, member: HeldSession) -> Policy:
    """Return everything that a member needs, as one policy.

    Whose jobs count depends on the class. A service role has the needs of the jobs done in
    it. A newcomer in a group has the needs of their colleagues.
    """
    subject = member.who
    newcomer = trial.names["newcomer"]
    match kind:
        case "role of a service" | "session of a provider":
            statements = (
                *needs_of_role(trial, subject.partition("/")[2]),
                *_needs_of_workloads(trial, subject),
            )
        case "function" if not has_job(trial, subject):
            statements = (
                *needed_statements(trial, subject, member.badge),
                *_needs_in_function_role(trial, subject.partition("/")[2]),
            )
        case "service":
            statements = (
                *needed_statements(trial, subject, "key"),
                *_needs_of_lambda(trial, subject.partition("/")[2]),
            )
        case "newcomer" | HIRED_BELOW.kind:
            statements = _needs_under_any_name(trial, member.badge)
        case IN_A_GROUP.kind:
            statements = (
                *_needs_under_any_name(trial, member.badge),
                *_needs_of_colleagues(trial, member),
            )
        case GIVEN_A_BADGE.kind:
            # A new credential is given for the same jobs, so the strongest may do all of them.
            statements = needed_statements(trial, subject, STRONGEST_BADGE)
        case "role of tomorrow":
            # A newcomer does their job in the new role.
            statements = needed_statements(trial, newcomer, "key")
        case "of a sister account":
            # A session in a role there does the role's jobs, which are asked with a key.
            badge = "key" if member.badge == subject else member.badge
            statements = needed_statements(trial, subject, badge)
        case "other account":
            statements = (
                *needed_statements(trial, subject, member.badge),
                *_needs_of_guests(trial, subject),
            )
        case _:
            statements = (
                *needed_statements(trial, subject, member.badge),
                *_needs_of_newcomers(trial, member),
                *(_needs_of_workloads(trial, "key") if kind == "federated" else ()),
            )
    return shared_policy(tuple(statements), "needed")


def _needs_of_guests(trial: Trial, account: str) -> Iterator[Statement]:
    """Yield what jobs need of principals of another account, each with a condition on that principal.

    `account` is judged as a whole. So without the condition, everybody there would be permitted what one
    of them needs. A stranger stands for every other account, and gets the needs of all of them. An account
    that joins the organization tomorrow (TOMORROW) can have any id, so its own needs have no condition.
    """
    if account in STRANGERS:
        account_prefix = "account/"
    else:
        account_prefix = f"{account}/"
    for need in trial.needs:
        if not need.who.startswith(account_prefix) or need.badge != "key":
            continue
        if account == TOMORROW and trial.stable_name(need.who) == TOMORROW:
            yield from need.statements
            continue
        principal = need.who.removeprefix("account/")  # an account id, or ID/user/NAME
        if "/" in principal:
            arn = outside_principal(principal).arn
            is_principal = Condition("ArnEquals", "aws:PrincipalArn", (arn,))
        else:
            is_principal = Condition("StringEquals", "aws:PrincipalAccount", (principal,))
        for statement in need.statements:
            conditions = (*statement.conditions, is_principal)
            yield dataclasses.replace(statement, conditions=conditions)


def _needs_under_any_name(trial: Trial, badge: str) -> Iterator[Statement]:
    """Yield what a newcomer's jobs need with that badge, under the drawn name and under any other.

    A resource with the newcomer's name, such as their own folder, gets the caller's name:
    `${aws:username}`.
    """
    newcomer = trial.names["newcomer"]
    for statement in needed_statements(trial, newcomer, badge):
        yield statement
        renamed = _under_own_name(statement, newcomer)
        if renamed != statement:
            yield renamed


@lru_cache(maxsize=256)  # each member of each group asks
def _under_own_name(statement: Statement, name: str) -> Statement:
    """Return the statement with `${aws:username}` in place of a user's name, in its resources and
    conditions.
    """
    pattern = rf"(?<![^/]){re.escape(name)}(?=/|$)"
    conditions = tuple(
        dataclasses.replace(
            condition,
            values=tuple(re.sub(pattern, OWN_NAME, value) for value in condition.values),
        )
        for condition in statement.conditions
    )
    renamed = with_renamed_resources(statement, name, OWN_NAME)
    return dataclasses.replace(renamed, conditions=conditions)


def _needs_of_newcomers(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield what jobs need of newcomers, if this member is a user who was created in the play.

    Such a user is a newcomer under another name, so the drawn name becomes theirs. A tag value that
    a job gives a newcomer becomes their own value.
    """
    user = user_named(member.account, member.who)
    if user is None or trial.play.scenario.opening.entity_by_id(user.id):
        return
    newcomer = trial.names["newcomer"]
    newname = trial.names["newname"]
    tags_after_jobs = (
        session.account.users[newcomer].tags
        for session in trial.newcomer_sessions_after_jobs()
    )
    own_value = next(
        (
            user.tags[key]
            for tags in tags_after_jobs
            for key in tags
            if tags[key] == newname and key in user.tags
        ),
        newname,
    )
    for statement in needed_statements(trial, newcomer, member.badge):
        conditions = tuple(
            _with_value(condition, newname, own_value) for condition in statement.conditions
        )
        renamed = with_renamed_resources(statement, newcomer, user.name)
        yield dataclasses.replace(renamed, conditions=conditions)


def _with_value(condition: Condition, old: str, new: str) -> Condition:
    """Return the condition with the value `new` wherever it had `old`."""
    values = tuple(new if value == old else value for value in condition.values)
    return dataclasses.replace(condition, values=values)


def _needs_of_colleagues(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield what jobs need of users whose groups the newcomer is in as well, on the
    newcomer's own resources.
    """
    groups = set(member.account.users[trial.names["newcomer"]].groups)
    for subject in trial.ordinary_users:
        user = user_named(trial.account, subject)
        if user and user.groups and groups.issuperset(user.groups):
            for statement in needed_statements(trial, subject, member.badge):
                yield _under_own_name(statement, user.name)


def with_renamed_resources(statement: Statement, name: str, new_name: str) -> Statement:
    """Return the statement with a new name wherever an ARN ends with the old one, or has it
    between slashes.
    """
    resources = statement.resources or Element(("*",))
    renamed = (
        re.sub(rf"(?<=/){re.escape(name)}(?=/|$)", new_name, resource)
        for resource in resources.values
    )
    return dataclasses.replace(
        statement, resources=dataclasses.replace(resources, values=tuple(renamed))
    )


def _needs_of_workloads(trial: Trial, badge: str) -> Iterator[Statement]:
    """Yield what workloads outside AWS need with a credential: "key" is their token, role/NAME a session in that role."""
    for need in trial.needs:
        if need.who.startswith(WORKLOAD_PREFIX) and need.badge.lower() == badge.lower():
            yield from need.statements


def _needs_in_function_role(trial: Trial, name: str) -> Iterator[Statement]:
    """Yield what others need in a function's role, if the function may use it."""
    role = trial.account.functions[name].role.rpartition("/")[2]
    if role and _may_use_role(trial, name):
        yield from needs_of_role(trial, role)


def _may_use_role(trial: Trial, name: str) -> bool:
    """Tell whether a function that has no job may do what others do in its role.

    It may if it had the role before the play, or if jobs need somebody to deploy a function with
    it.
    """
    function = trial.account.functions[name]
    function_before = trial.play.scenario.opening.functions.get(name)
    if function_before and function_before.role == function.role:
        return True
    call = Call("lambda", "CreateFunction", {"FunctionName": name, "Role": function.role})
    return all(
        isinstance(authorize(trial.needed_by_anybody, request), Allowed)
        for request in requests_of_call(trial.account, call)
    )


def _needs_of_lambda(trial: Trial, service: str) -> Iterator[Statement]:
    """Yield that Lambda may assume the roles of functions that have a job."""
    if service == "lambda.amazonaws.com":
        roles = (
            function.role
            for name, function in trial.account.functions.items()
            if has_job(trial, f"function/{name}")
        )
        for role in dict.fromkeys(roles):
            yield Statement("Allow", Element(("sts:AssumeRole",)), Element((role,)))
