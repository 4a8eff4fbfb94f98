"""Practice rules about the form of policies: where they are attached, and how they are
written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.account.access.identity_policies import (
    attached_policies,
    policies_of_entity,
)
from coffeeshop.account.escalation.reach import allows_everything
from coffeeshop.account.iam_resources import Entity, Role, User
from coffeeshop.account.model import Account
from coffeeshop.account.same import Same
from coffeeshop.lessons.grading.boundaries import users_below_boundary
from coffeeshop.lessons.grading.practice.administrators import give_everything
from coffeeshop.lessons.grading.practice.in_force import (
    AWS_MANAGED,
    CEILING_KINDS,
    GROUP_PREFIX,
    InForce,
    all_policies,
    allow_statements,
    customer_policies,
    describe_statement,
    graded_roles,
    is_rewritten,
    policies_in_force,
    policies_on_people,
)
from coffeeshop.lessons.grading.practice.naming import (
    Asker,
    asker_conditions,
    future_name_in,
    named_sessions,
    singles_out,
    user_named_by,
)
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Offence, Options, Play
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.resource_fit import unfit_words
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Condition, Kind, Policy, Statement, Values
from coffeeshop.policy.validation.checks.conditions import is_key
from coffeeshop.shop.mark import Mode

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain

CURRENT_VERSION = "2012-10-17"


def boundaries_stay(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each user and role whose permissions boundary is gone, or allows
    everything now.

    A new version of it may allow more. Someone who is deleted needs none.
    """
    account = trial.play.account
    opening = trial.play.scenario.opening
    for former in (*opening.users.values(), *opening.roles.values()):
        entity = account.entity_by_id(former.id)
        if not former.boundary or not isinstance(entity, User | Role):
            continue
        name = former.boundary.rpartition("/")[2]
        if entity.boundary != former.boundary:
            yield Offence(entity.name, f"{entity.name} had the boundary {name}")
        elif any(map(allows_everything, attached_policies(account, (entity.boundary,)))):
            yield Offence(
                entity.name, f"{name}, the boundary of {entity.name}, allows everything"
            )


def no_direct_user_policies(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each user with their own Allow, or that another policy names or
    exempts.

    A group's policy that tells one member from the others by name is such a policy, too.
    """
    for in_force in policies_on_people(trial.play):
        if is_rewritten(trial.play, in_force):
            continue
        statements = in_force.policy.statements
        allow = next((s for s in statements if s.effect == "Allow"), None)
        if allow:
            text = f"the user {in_force.holder} has a policy of their own, “{in_force.policy.name.rpartition('/')[2]}”"
            yield Offence(in_force.holder, text, in_force.cite_statement(allow))
    for in_force in customer_policies(trial.play):
        if in_force.kind in (Kind.TRUST, *CEILING_KINDS):
            continue
        for statement in in_force.policy.statements:
            named, phrase = _person_told_apart(trial.play, in_force, statement)
            if phrase:
                yield Offence(
                    named,
                    f"{describe_statement(in_force, statement)} {phrase}",
                    in_force.cite_statement(statement),
                )


def _person_told_apart(
    play: Play, in_force: InForce, statement: Statement
) -> tuple[str, str]:
    """Return whom a statement treats differently from others, and a phrase for how.

    Both are empty if it is nobody, or the holder of the policy itself.
    """
    user = user_named_by(play, statement)
    if user not in ("", in_force.holder):
        verb = "names" if statement.effect == "Allow" else "spares"
        return user, f"{verb} the user {user}"
    if in_force.holder.startswith(GROUP_PREFIX) and (
        name := future_name_in(play.account, statement)
    ):
        return in_force.holder, f"depends on the name {name}"
    return "", ""


def no_wildcard_action(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each Allow with a wildcard in its Action, or with a NotAction,
    whoever wrote it.

    If a job lets somebody attach any policy, AWS's policies don't count: nobody here chose
    their words.
    """
    free = {user.name for user in users_below_boundary(trial)}
    for in_force, statement in allow_statements(policies_in_force(trial.play)):
        if in_force.holder in free and in_force.policy.name.startswith(AWS_MANAGED):
            continue
        wild: Values = tuple(a for a in statement.actions.values if "*" in a or "?" in a)
        if wild or statement.actions.negated:
            word = "NotAction" if statement.actions.negated else wild[0]
            yield Offence(
                in_force.holder,
                f"{describe_statement(in_force, statement)} says {word}",
                in_force.cite_statement(statement),
            )


def no_unknown_actions(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each word without a meaning: an action or condition key that AWS
    doesn't have, and an action that acts on none of the statement's resources.
    """
    for in_force in customer_policies(trial.play):
        for statement in in_force.policy.statements:
            for word, why in _idle_words(statement):
                text = f"{describe_statement(in_force, statement)} says {word}, {why}"
                yield Offence(in_force.holder, text, in_force.cite_statement(statement))


def _idle_words(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield the actions and condition keys of a statement that have no effect, each with the reason."""
    yield from (
        (action, "which isn't an IAM action")
        for action in statement.actions.values
        if not catalog.expand_pattern(action)
    )
    keys = dict.fromkeys(condition.key for condition in statement.conditions)
    yield from ((key, "which isn't a condition key") for key in keys if not is_key(key))
    # A resource too many is no fault: people write a bucket and its objects together. The editor remarks on it.
    yield from (
        (action, "which acts on none of its resources")
        for action in unfit_words(statement).actions
    )


def named_principals(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each trust or resource policy that lets in everybody, a whole
    account or a whole provider.

    A condition that names the principals exactly makes up for it, and so does a job for
    that account.
    """
    wanted = (want.who for want in trial.wants if want.mode is Mode.MUST)
    invited = {
        "*" if subject == "anyone" else subject.removeprefix("account/")
        for subject in wanted
    } | {trial.play.account.id}
    for in_force, statement in allow_statements(customer_policies(trial.play)):
        principals = statement.principals
        if principals is None:
            continue
        if any(map(_names_principal, statement.conditions)) and not principals.negated:
            continue
        broad = [
            value
            for _, value in principals.entries
            if _is_everybody_or_account(value) and _principal_account(value) not in invited
        ]
        if not statement.conditions:
            broad += [value for kind, value in principals.entries if kind == "Federated"]
        if broad or principals.negated:
            word = "NotPrincipal" if principals.negated else broad[0]
            yield Offence(
                in_force.holder,
                f"{describe_statement(in_force, statement)} names {word}",
                in_force.cite_statement(statement),
            )


EQUALITY_OPERATORS = {"StringEquals", "StringLike", "ArnEquals", "ArnLike"}


def _names_principal(condition: Condition) -> bool:
    """Tell whether a condition asks for certain principals, each by its whole ARN."""
    is_exact = (
        condition.operator in EQUALITY_OPERATORS
        and not condition.if_exists
        and condition.quantifier != "ForAllValues"
    )
    is_whole = not any(wild in value for value in condition.values for wild in "*?$")
    return is_exact and is_whole and condition.key.lower() == "aws:principalarn"


def _is_everybody_or_account(value: str) -> bool:
    """Tell whether a principal is everybody or a whole account."""
    return value == "*" or value.endswith(":root") or (value.isdigit() and len(value) == 12)


def _principal_account(value: str) -> str:
    """Return the account that a principal names as a whole; * for everybody."""
    if value.startswith("arn:"):
        return value.split(":")[4]
    return value


def no_admin_elsewhere(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each user but the administrators, and each judged role, whose
    policies lead to everything.
    """
    play, account = trial.play, trial.play.account
    admins = trial.genuine_names(play.scenario.people.admins)
    holders: list[tuple[str, Entity]] = [
        *(
            (user.name, user)
            for user in account.users.values()
            if user.name.lower() not in admins
        ),
        *((f"role {role.name}", role) for role in graded_roles(play)),
    ]
    for holder, entity in holders:
        policies = policies_of_entity(account, entity)
        if not give_everything(policies, trial.domain):
            continue
        administrative = next(
            _administrative_statements(holder, policies, trial.domain), None
        )
        if administrative:
            in_force, statement = administrative
            sentence = f"{describe_statement(in_force, statement)} allows everything"
            yield Offence(holder, sentence, in_force.cite_statement(statement))
        else:
            yield Offence(holder, f"the policies of {holder} together allow everything")


def _administrative_statements(
    holder: str, policies: tuple[Policy, ...], domain: Domain
) -> Iterator[tuple[InForce, Statement]]:
    """Yield the statements that lead to everything by themselves."""
    for policy in policies:
        for statement in policy.statements:
            alone = dataclasses.replace(policy, statements=(statement,))
            if give_everything((alone,), domain):
                yield InForce(holder, policy, Kind.IDENTITY), statement


def no_dead_principals(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each value that names a deleted user or role, or their MFA
    device.

    They are named by a bare unique id, by a condition on who asks, by a session's name, or
    as a resource.
    """
    account = trial.play.account
    deleted = tuple(_deleted_principals(trial.play))
    devices = {*_deleted_devices(trial.play, deleted)}
    for in_force in all_policies(trial.play):
        for statement in in_force.policy.statements:
            if statement.principals:
                entries = statement.principals.entries
            else:
                entries = ()
            ids = (
                value
                for _, value in entries
                if value[:4] in ("AIDA", "AROA") and account.entity_by_id(value) is None
            )
            named_askers = (
                value
                for c, value in asker_conditions(statement)
                if _names_deleted(account, c, value, deleted)
            )
            things = (
                value
                for value in (statement.resources.values if statement.resources else ())
                if value in devices or _names_deleted(account, AS_A_THING, value, deleted)
            )
            sessions = (
                value
                for value, session_name in named_sessions(statement)
                if _names_deleted_session(account, session_name, deleted)
            )
            for value in dict.fromkeys((*ids, *named_askers, *things, *sessions)):
                text = (
                    f"{describe_statement(in_force, statement)} names {value}, who is gone"
                )
                yield Offence(in_force.holder, text, in_force.cite_statement(statement))


# How a Resource fits an ARN: by its parts, with wildcards.
AS_A_THING = Condition("ArnLike", "aws:PrincipalArn", ())


def _users_and_roles(account: Account) -> tuple[Asker, ...]:
    """Return all that can be named and deleted in an account: users and roles."""
    return (*account.users.values(), *account.roles.values())


def _accounts_over_time(play: Play) -> tuple[Account, ...]:
    """Return the account as it was at the start and after each call."""
    return (play.scenario.opening, *(outcome.account for outcome in play.outcomes))


def _deleted_principals(play: Play) -> Iterator[Asker]:
    """Yield every user and role that existed at some time of the play, and doesn't at its
    end.
    """
    ever_seen = {
        asker.id: asker
        for account in _accounts_over_time(play)
        for asker in _users_and_roles(account)
    }
    return (
        asker for id, asker in ever_seen.items() if play.account.entity_by_id(id) is None
    )


def _deleted_devices(play: Play, deleted: tuple[Asker, ...]) -> Iterator[str]:
    """Yield the serial numbers of the MFA devices that deleted users had and nobody has
    now.
    """
    ids = {principal.id for principal in deleted}
    # Few calls change the devices, so each state is looked at once.
    books = dict.fromkeys(Same(account.devices) for account in _accounts_over_time(play))
    ever_seen = (device for book in books for device in book.value.values())
    for serial in {device.serial for device in ever_seen if device.owner in ids}:
        device_now = play.account.devices.get(serial)
        if device_now is None or play.account.entity_by_id(device_now.owner) is None:
            yield serial


def _names_deleted(
    account: Account, condition: Condition, value: str, deleted: tuple[Asker, ...]
) -> bool:
    """Tell whether a condition's value names a deleted user or role, and no existing
    one."""
    fits_deleted = any(singles_out(condition, value, account, asker) for asker in deleted)
    return fits_deleted and not any(
        singles_out(condition, value, account, asker) for asker in _users_and_roles(account)
    )


def _names_deleted_session(
    account: Account, session_name: str, deleted: tuple[Asker, ...]
) -> bool:
    """Tell whether a role session's name in a policy matches a deleted user, and no present
    one.

    A pattern that matches an impossible name ("=") matches all names, so it names nobody.
    """
    fits = glob(session_name)
    present_names = ("=", *(user.name for user in account.users.values()))
    return any(
        fits(principal.name) for principal in deleted if isinstance(principal, User)
    ) and not any(map(fits, present_names))


def current_version(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each policy in force without Version 2012-10-17."""
    for in_force in customer_policies(trial.play):
        if in_force.policy.version != CURRENT_VERSION:
            yield Offence(
                in_force.holder,
                f"the policy of {in_force.holder} does not say Version {CURRENT_VERSION}",
            )
