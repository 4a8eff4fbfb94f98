"""Rules about the form of policies: where they hang, and how they are written."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.iam_resources import Entity, User
from coffeeshop.account.model import Account
from coffeeshop.account.same import Same
from coffeeshop.lessons.grading.ceilings import below
from coffeeshop.lessons.grading.practice.administrators import administers
from coffeeshop.lessons.grading.practice.in_force import (
    AWS_MANAGED,
    CEILINGS,
    GROUP,
    InForce,
    allows,
    cited,
    everything_said,
    in_force,
    is_rewritten,
    on_people,
    roles,
    whoever_wrote,
)
from coffeeshop.lessons.grading.practice.naming import (
    Asker,
    asked_of,
    let_through,
    of_whoever_comes,
    session_names,
    singles_out,
)
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Offence, Options, Play
from coffeeshop.policy import catalog
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Condition, Kind, Policy, Statement, Values
from coffeeshop.policy.validation.checks.conditions import is_key
from coffeeshop.shop.mark import Mode

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain

CURRENT = "2012-10-17"


def no_direct_user_policies(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a user with an Allow of their own, or whom an Allow elsewhere names: a resource's, or a group's
    by a condition; one whom a Deny spares by name; and whoever comes into a group under a name that its policy tells
    from others.
    """
    for found in (
        one for one in on_people(trial.play) if not is_rewritten(trial.play, one)
    ):
        if allow := next((s for s in found.policy.statements if s.effect == "Allow"), None):
            text = f"the policy {found.policy.name.rpartition('/')[2]} hangs on {found.holder} alone"
            yield Offence(found.holder, text, found.matched(allow))
    for found in (
        one for one in in_force(trial.play) if one.kind not in (Kind.TRUST, *CEILINGS)
    ):
        for statement in found.policy.statements:
            who, said = _told_apart(trial.play, found, statement)
            if said:
                yield Offence(
                    who, f"{cited(found, statement)} {said}", found.matched(statement)
                )


def _told_apart(play: Play, found: InForce, statement: Statement) -> tuple[str, str]:
    """Whom a statement tells from others, and how; nothing, where it is nobody, or whoever it hangs on."""
    if (user := let_through(play, statement)) not in ("", found.holder):
        return (
            user,
            f"{'names' if statement.effect == 'Allow' else 'spares'} the user {user}",
        )
    if found.holder.startswith(GROUP) and (
        name := of_whoever_comes(play.account, statement)
    ):
        return found.holder, f"tells whoever is called {name} from the others"
    return "", ""


def no_wildcard_action(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: an Allow whose Action has a wildcard, or which says NotAction, whoever wrote it: somebody chose
    to hang it there. Where a job lets somebody hang whatever they like, what AWS wrote is nobody's choice of words.
    """
    free = {user.name for user in below(trial)}
    for found, statement in allows(whoever_wrote(trial.play)):
        if found.holder in free and found.policy.name.startswith(AWS_MANAGED):
            continue
        wild: Values = tuple(a for a in statement.actions.values if "*" in a or "?" in a)
        if wild or statement.actions.negated:
            word = "NotAction" if statement.actions.negated else wild[0]
            yield Offence(
                found.holder,
                f"{cited(found, statement)} says {word}",
                found.matched(statement),
            )


def no_unknown_actions(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: an action that the catalogue lacks, or a pattern that none of its actions fits; or a condition
    key that AWS has not.
    """
    for found in in_force(trial.play):
        for statement in found.policy.statements:
            for word, kind in _unknown(statement):
                text = f"{cited(found, statement)} says {word}, which is no {kind}"
                yield Offence(found.holder, text, found.matched(statement))


def _unknown(statement: Statement) -> Iterator[tuple[str, str]]:
    """The words of a statement that AWS does not know, and what they should be."""
    yield from (
        (action, "IAM action")
        for action in statement.actions.values
        if not catalog.expand_pattern(action)
    )
    keys = dict.fromkeys(condition.key for condition in statement.conditions)
    yield from ((key, "condition key") for key in keys if not is_key(key))


def named_principals(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: everybody, another account as a whole, or a provider whoever it signs in, in a trust or a resource's policy, unless
    a condition says who of them, or they are whom a job is for.
    """
    wanted = (want.who for want in trial.wants if want.mode is Mode.MUST)
    meant = {"*" if who == "anyone" else who.removeprefix("account/") for who in wanted} | {
        trial.play.account.id
    }
    for found, statement in allows(in_force(trial.play)):
        principals = statement.principals
        if principals is None or (
            any(map(_says_who, statement.conditions)) and not principals.negated
        ):
            continue
        broad = [
            value
            for _, value in principals.entries
            if _is_broad(value) and _account(value) not in meant
        ]
        broad += (
            []
            if statement.conditions
            else [value for kind, value in principals.entries if kind == "Federated"]
        )
        if broad or principals.negated:
            word = "NotPrincipal" if principals.negated else broad[0]
            yield Offence(
                found.holder,
                f"{cited(found, statement)} names {word}",
                found.matched(statement),
            )


SAME = {"StringEquals", "StringLike", "ArnEquals", "ArnLike"}


def _says_who(condition: Condition) -> bool:
    """Whether a condition asks for one of some principals, each by the whole of its ARN."""
    asked = (
        condition.operator in SAME
        and not condition.if_exists
        and condition.quantifier != "ForAllValues"
    )
    whole = not any(wild in value for value in condition.values for wild in "*?$")
    return asked and whole and condition.key.lower() == "aws:principalarn"


def _is_broad(value: str) -> bool:
    return value == "*" or value.endswith(":root") or (value.isdigit() and len(value) == 12)


def _account(value: str) -> str:
    """The account that a principal names as a whole; * for everybody."""
    if value.startswith("arn:"):
        return value.split(":")[4]
    return value


def no_admin_elsewhere(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: somebody else whose policies, taken together, give all of IAM, and so everything."""
    play, account = trial.play, trial.play.account
    admins = trial.cast(play.scenario.people.admins)
    holders: list[tuple[str, Entity]] = [
        *(
            (user.name, user)
            for user in account.users.values()
            if user.name.lower() not in admins
        ),
        *((f"role {role.name}", role) for role in roles(play)),
    ]
    for holder, entity in holders:
        policies = policies_of_entity(account, entity)
        if not administers(policies, trial.domain):
            continue
        found = next(_administrative(holder, policies, trial.domain), None)
        if found:
            said = f"{cited(*found)} allows everything"
        else:
            said = f"the policies of {holder} together allow everything"
        yield Offence(holder, said, found[0].matched(found[1]) if found else None)


def _administrative(
    holder: str, policies: tuple[Policy, ...], domain: Domain
) -> Iterator[tuple[InForce, Statement]]:
    """The statements that give all of IAM by themselves."""
    for policy in policies:
        for statement in policy.statements:
            if administers((dataclasses.replace(policy, statements=(statement,)),), domain):
                yield InForce(holder, policy, Kind.IDENTITY), statement


def no_dead_principals(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: somebody who is gone: as a bare unique id, which a principal's is then, by a condition on who
    asks, by a session that is called as they were, or as what may be worked on, they or a device of theirs.
    """
    account = trial.play.account
    gone = tuple(_gone(trial.play))
    devices = {*_devices(trial.play, gone)}
    for found in everything_said(trial.play):
        for statement in found.policy.statements:
            if statement.principals:
                entries = statement.principals.entries
            else:
                entries = ()
            ids = (
                value
                for _, value in entries
                if value[:4] in ("AIDA", "AROA") and account.entity_by_id(value) is None
            )
            asked = (
                value
                for c, value in asked_of(statement)
                if _is_of_the_gone(account, c, value, gone)
            )
            things = (
                value
                for value in (statement.resources.values if statement.resources else ())
                if value in devices or _is_of_the_gone(account, AS_A_THING, value, gone)
            )
            sessions = (
                value
                for value, called in session_names(statement)
                if _is_of_one_gone(account, called, gone)
            )
            for value in dict.fromkeys((*ids, *asked, *things, *sessions)):
                text = f"{cited(found, statement)} names {value}, who is gone"
                yield Offence(found.holder, text, found.matched(statement))


# How a Resource fits an ARN: by its parts, with wildcards.
AS_A_THING = Condition("ArnLike", "aws:PrincipalArn", ())


def _askers(account: Account) -> tuple[Asker, ...]:
    return (*account.users.values(), *account.roles.values())


def _ever(play: Play) -> tuple[Account, ...]:
    return (play.scenario.opening, *(outcome.account for outcome in play.outcomes))


def _gone(play: Play) -> Iterator[Asker]:
    """Everybody who was there at some time of the play, and is not by its end."""
    known = {asker.id: asker for account in _ever(play) for asker in _askers(account)}
    return (asker for id, asker in known.items() if play.account.entity_by_id(id) is None)


def _devices(play: Play, gone: tuple[Asker, ...]) -> Iterator[str]:
    """The serials of what they showed codes with, but for what somebody has by the end."""
    ids = {one.id for one in gone}
    books = dict.fromkeys(
        Same(account.devices) for account in _ever(play)
    )  # few calls change it
    known = (device for book in books for device in book.value.values())
    for serial in {device.serial for device in known if device.owner in ids}:
        now = play.account.devices.get(serial)
        if now is None or play.account.entity_by_id(now.owner) is None:
            yield serial


def _is_of_the_gone(
    account: Account, condition: Condition, value: str, gone: tuple[Asker, ...]
) -> bool:
    """Whether a value of a condition on who asks fits somebody who is gone, by name, and nobody who is there."""
    left = any(singles_out(condition, value, account, asker) for asker in gone)
    return left and not any(
        singles_out(condition, value, account, asker) for asker in _askers(account)
    )


def _is_of_one_gone(account: Account, called: str, gone: tuple[Asker, ...]) -> bool:
    """Whether the name of a session fits a user who is gone and nobody who is there, nor a name of no letter."""
    fits = glob(called)
    there = ("=", *(user.name for user in account.users.values()))
    return any(fits(one.name) for one in gone if isinstance(one, User)) and not any(
        map(fits, there)
    )


def current_version(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a policy in force that does not say Version 2012-10-17."""
    for found in in_force(trial.play):
        if found.policy.version != CURRENT:
            yield Offence(
                found.holder, f"the policy of {found.holder} does not say Version {CURRENT}"
            )
