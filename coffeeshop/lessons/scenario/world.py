"""Build a scenario's world: the account before its script, the acts of the script, and the people at the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command import script_lines
from coffeeshop.account.iam_resources import User
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Account, Act, Workload
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.lessons.play.script import (
    FIRST_INSTANT,
    TIME_BETWEEN_CALLS,
    Step,
    add_directives,
    parse_clock,
    place_problem,
    run_script,
)
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.schema import ScenarioForm
from coffeeshop.lessons.scenario.shop import SHOP_SCRIPT
from coffeeshop.policy.model import Level, Place, Problem, Problems, Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.model import Owner
from coffeeshop.shop.serve import seen_from_account_of_user, usable_credentials
from coffeeshop.shop.want import Want

ONE_DAY = timedelta(days=1)


class World(Struct, frozen=True):
    """A world: the account before its scripts, the acts of the scripts, and the account after them."""

    ground: Account
    acts: tuple[Act, ...]
    account: Account


def world_of(
    form: ScenarioForm,
    current_time: datetime,
    shop: str,
    owner: Owner,
    files: Mapping[str, bytes],
) -> World:
    """Return the world of a form. Raise Problems.

    The account starts empty or from the imported details. Then shop.sh and the world's own script run by
    root, with a key that is deleted afterwards.
    """
    script = text_of(files[form.world.script])
    first = _first_line_time(script, current_time)
    began = first - TIME_BETWEEN_CALLS * sum(1 for _ in script_lines(shop))
    account = _base_account(form, began - ONE_DAY, owner, files)
    account = replace(
        account, outside=_outside_principals(form), workloads=_workloads(form)
    )
    account, root = mint_credential(account, account.root_arn, "key", began - ONE_DAY)
    parts = ((SHOP_SCRIPT, shop, began), (form.world.script, script, first))
    for _, text, at in parts:
        account = add_directives(account, text, at)
    ground = account
    acts = list[Act]()
    problems = list[Problem]()
    for name, text, at in parts:
        for step in run_script(account, text, at, files, root, name, is_world=True):
            if step.outcomes:
                account = step.outcomes[-1].account
            acts += [outcome.act for outcome in step.outcomes]
            problems += _world_problems(step, current_time)
    foreign_keys = (
        id for other_account in ground.others.values() for id in other_account.credentials
    )
    opening = _without_builder_keys(account, {root.id, *foreign_keys})
    if problems:
        raise Problems(*problems)
    return World(ground, tuple(acts), opening)


def _outside_principals(form: ScenarioForm) -> SortedMap[Values]:
    """Return the ARNs of the users and roles in foreign accounts that the scenario names, by account."""
    named: dict[str, Values] = {}
    for who in form.people.outside.values():
        _, id, principal = (*who.split("/", 2), "", "")[:3]
        if principal:
            named[id] = (*named.get(id, ()), f"arn:aws:iam::{id}:{principal}")
    return SortedMap(named.items())


def _workloads(form: ScenarioForm) -> SortedMap[Workload]:
    """Return the programs outside AWS that the scenario names."""
    return SortedMap(
        (name, Workload(row.issuer, row.claims, row.subjects))
        for name, row in form.workload.items()
    )


def _without_builder_keys(account: Account, keys: Set[str]) -> Account:
    """Return the account and its member accounts without the keys that built the world."""
    for each_account in (account, *account.others.values()):
        for id in keys & each_account.credentials.keys():
            seen_account = account.seen_from(each_account.id)
            account = replace(
                seen_account, credentials=seen_account.credentials.drop(id)
            ).seen_from(account.id)
    return account


def _first_line_time(script: str, current_time: datetime) -> datetime:
    """Return the time of the world's first line: a day before the play.

    If the script's first directive sets an earlier time, it is that.
    """
    set_to = (
        line.strip()
        for line in script.splitlines()
        if line.strip().startswith(TIME_LINE_PREFIX)
    )
    instants = (
        parse_clock(line.removeprefix(TIME_LINE_PREFIX).strip(), FIRST_INSTANT)
        for line in set_to
    )
    return min(current_time - ONE_DAY, next(filter(None, instants), current_time))


TIME_LINE_PREFIX = "#@ at "


def _base_account(
    form: ScenarioForm, at: datetime, owner: Owner, files: Mapping[str, bytes]
) -> Account:
    """Return the account before any line of a script. Raise Problems."""
    if not form.world.details:
        return new_account(
            owner.id, form.id.encode(), at, owner.email, owner.password, owner.name
        )
    # Imported here because few scenarios need it.
    from coffeeshop.account.records.authorization_details import import_details

    if form.world.report:
        report = text_of(files[form.world.report])
    else:
        report = None
    signs_in = (owner.email, owner.password, owner.name)
    try:
        return import_details(
            text_of(files[form.world.details]), form.id.encode(), at, report, signs_in
        )[0]
    except Problems as found:
        read = " and ".join(filter(None, (form.world.details, form.world.report)))
        raise Problems(
            *(place_problem(problem, read) for problem in found.problems)
        ) from None


def _world_problems(step: Step, current_time: datetime) -> Iterator[Problem]:
    """Yield a problem for each line of a world that can't be read, runs after the start of the play, or fails.

    After `#@ refused`, it's a problem if the line works.
    """
    yield from step.problems
    place = Place(step.name, step.number)
    if step.outcomes:
        at = step.outcomes[0].act.at
    else:
        at = current_time
    if at > current_time:
        message = f"this runs at {at.isoformat()}, but the play begins earlier, at {current_time.isoformat()}"
        yield Problem(
            Level.ERROR, "world-late", place, message, "give it a time before `now`"
        )
    if step.refused:
        if any(outcome.has_succeeded for outcome in step.outcomes):
            message = "AWS allows this call, but `#@ refused` says that it is refused"
            fix = "leave `#@ refused` out, or take the permission away"
            yield Problem(Level.ERROR, "world-allowed", place, message, fix)
        return
    for outcome in step.outcomes:
        if not outcome.has_succeeded:
            message = str(outcome.answer)
            mend = "change the line so that it runs without an error"
            yield Problem(Level.ERROR, "world-refused", place, message, mend)


def at_the_desk(
    account: Account, form: ScenarioForm, current_time: datetime
) -> tuple[Account, Values]:
    """Return the account with a console session for each person at the desk, and the profiles of the sessions.

    The sessions start at `current_time`, with an MFA code where the person has a device.
    """
    profiles: list[str] = []
    for name in form.world.desk:
        seat = seen_from_account_of_user(account, name)
        user = seat.users.get(name.lower())
        owner = user.id if user else seat.id
        coded = any(device.owner == owner for device in seat.devices.values())
        desk = Want(name, Mode.MAY, name, "", badge="code" if coded else "password")
        seat, _ = next(
            usable_credentials(
                _with_password_used(seat, user, current_time), desk, current_time
            )
        )
        account = seat.seen_from(account.id)
        profiles.append(f"{name}@console")
    return account, tuple(profiles)


def _with_password_used(account: Account, user: User | None, at: datetime) -> Account:
    """Return the account with the last use of a user's password, or root's, set. A credential report has it."""
    if user is None:
        return replace(account, root=replace(account.root, used=at))
    if user.login:
        return account.put(replace(user, login=replace(user.login, used=at)))
    return account
