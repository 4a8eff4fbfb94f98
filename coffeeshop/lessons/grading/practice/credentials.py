"""Rules about badges: who has a user, a password, a key, a device, and how long they last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.access.passwords import password_matches
from coffeeshop.account.credentials import AccessKey, Session
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.grading.administering import can_administer
from coffeeshop.lessons.grading.formerly import name_before
from coffeeshop.lessons.grading.practice import option_names
from coffeeshop.lessons.grading.practice.administrators import (
    administrative_roles,
    comes_to_administer,
    give_everything,
    trust_allows,
)
from coffeeshop.lessons.grading.practice.in_force import own_policies
from coffeeshop.lessons.grading.practice.naming import names_asker
from coffeeshop.lessons.grading.sessions import live_sessions
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Offence, Options, Play
from coffeeshop.policy.comparison.budgets import ONE_OF_MANY, Steps
from coffeeshop.shop.serve import person

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain

ROOT = "the owner"


def root_no_keys(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a root access key of either status."""
    for key in trial.account.keys_of(trial.account.id):
        yield Offence(ROOT, f"the owner has the access key {key.id} ({key.status})")


def root_mfa(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: no device on root."""
    if not trial.account.devices_of(trial.account.id):
        yield Offence(ROOT, "the owner's password opens everything alone")


def root_unused(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a call by root after an administrator could sign in with a code, save what only root can do; and
    a new key, on or off.
    """
    was = trial.play.scenario.opening
    now = trial.account
    known = {key.id for key in was.keys_of(was.id)}
    for key in (key for key in now.keys_of(now.id) if key.id not in known):
        yield Offence(ROOT, f"the owner has a new access key, {key.id} ({key.status})")
    if late := late_calls(trial.play, trial.domain):
        first = trial.play.outcomes[late[0]].act.call.operation
        many = "a call" if len(late) == 1 else f"{len(late)} calls"
        said = (
            f"the owner's badge made {many} after an administrator could sign in ({first})"
        )
        yield Offence(ROOT, said)


def late_calls(play: Play, domain: Domain) -> tuple[int, ...]:
    """Tells where in a play root made a call that an administrator could have made by then. No later call unmakes one."""
    ready = False
    late: list[int] = []
    account = play.scenario.opening
    for at, outcome in enumerate(play.outcomes):
        ready = (
            ready
            or find_administrator(play.scenario.people.admins, account, domain) is not None
        )
        caller = outcome.act.caller
        call = outcome.act.call
        held = account.credential_of(caller)
        if (
            ready
            and held
            and held.owner == account.id
            and not _is_about_root(account, call)
        ):
            late.append(at)
        account = outcome.account
    return tuple(late)


def find_administrator(
    names: Iterable[str], account: Account, domain: Domain
) -> User | None:
    """Returns the first of these users who can sign in with a code, and may administer then; None if nobody can."""
    return next(
        (user for name in names if (user := _ready_administrator(account, name, domain))),
        None,
    )


def _ready_administrator(account: Account, who: str, domain: Domain) -> User | None:
    user = account.users.get(who.lower())
    if user is None or user.login is None or not account.devices_of(user.id):
        return None
    if comes_to_administer(account, user, domain):
        return user
    return None


def _is_about_root(account: Account, call: Call) -> bool:
    """Whether a call of root's is about its own badge: it signs in, say, lists its keys, or names the AccessKeyId of one."""
    if call.service == "console":
        return call.operation != "ActivateBillingAccess"
    if call.operation == "ListAccessKeys":
        return not call.text("UserName")
    found = account.credentials.get(call.text("AccessKeyId"))
    return found is not None and found.owner == account.id


def admin_in_group(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: an administrator's power on a user: by one policy, by several, or by a role that names them or
    that they come to put on by no group.
    """
    account = trial.play.account
    for user in account.users.values():
        if said := next(_direct_power_sentences(account, user, trial.domain), ""):
            yield Offence(user.name, said)


def _direct_power_sentences(account: Account, user: User, domain: Domain) -> Iterator[str]:
    mine = own_policies(account, user)
    for policy in mine:
        if give_everything((policy,), domain):
            yield f"{policy.name.rpartition('/')[2]} hangs on {user.name} alone"
    if give_everything(mine, domain):
        yield f"several policies hang on {user.name} alone, and together give everything"
    named = (
        role
        for role in account.roles.values()
        if any(names_asker(s, account, user) for s in trust_allows(role))
    )
    for role in named:
        if give_everything(policies_of_entity(account, role), domain):
            yield f"the role {role.name}, which may do everything, lets in {user.name} by name"
    for role in administrative_roles(account, user, mine, domain):
        yield f"the role {role.name}, which may do everything, is {user.name}'s by no group"


def individual_users(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a user with an active password or key who is nobody of the story."""
    people = trial.play.scenario.people
    wanted = (want.who for want in trial.play.scenario.wants)
    cast = trial.genuine_names(
        (*people.graded, *people.admins, *people.bystanders, *people.machines, *wanted)
    )
    for name, user in sorted(trial.play.account.users.items()):
        if person(name) in cast:
            continue
        if user.login or _active_keys(trial.play.account, user):
            was = name_before(trial.play.scenario.opening, user)
            if was == user.name:
                whose = "nobody of the shop"
            else:
                whose = f"{was} under another name"
            yield Offence(
                user.name, f"{user.name} can be shown by whoever holds it, and is {whose}"
            )


def _active_keys(account: Account, user: User) -> tuple[AccessKey, ...]:
    return tuple(key for key in account.keys_of(user.id) if key.status == "Active")


def _all_users(trial: Trial) -> Iterator[User]:
    return iter(trial.play.account.users.values())


def one_active_key(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: two active keys."""
    for user in _all_users(trial):
        if len(_active_keys(trial.play.account, user)) > 1:
            yield Offence(user.name, f"{user.name} has two working keys")


def key_age(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yields offences: an active key older than {days}."""
    for user in _all_users(trial):
        for key in _active_keys(trial.play.account, user):
            if (age := _days_since(key.created, trial.play.now)) > _number_option(
                options, "days", 90
            ):
                yield Offence(user.name, f"{user.name}'s key {key.id} is {age} days old")


def no_unused_credentials(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yields offences: an active password or key that nobody used (or made) for {days}; one that took the place of such a one in play, of
    either kind, is no newer than that, whoever tried it.
    """
    limit = _number_option(options, "days", 90)
    # Who sits there is at work.
    desk = {profile.partition("@")[0].lower() for profile in trial.play.scenario.desk}
    for user in (user for user in _all_users(trial) if user.name.lower() not in desk):
        for called, shown, is_new in _last_uses(trial, user, limit):
            if (idle := _days_since(shown, trial.play.now)) > limit:
                mine = f"{user.name}'s {called}"
                since = f"for {idle} days"
                anew = f"{mine} is new, in the place of one that nobody used {since}"
                yield Offence(user.name, anew if is_new else f"nobody used {mine} {since}")


def _last_uses(
    trial: Trial, user: User, limit: int
) -> Iterator[tuple[str, datetime, bool]]:
    """Every badge that works, with when it was last used, or made, and whether it came for another: what was idle when the play
    began, or came for such a one, has been so since. Those that came took the places of those that went, of the last used first.
    """
    scenario = trial.play.scenario
    was = scenario.opening.entity_by_id(user.id) or scenario.opening.users.get(
        user.name.lower()
    )
    if isinstance(was, User):
        before = _user_credentials(scenario.opening, was)
    else:
        before = {}
    now = {
        called: badge
        for called, badge in _user_credentials(trial.play.account, user).items()
        if badge.works
    }
    gone = (
        badge.shown for called, badge in before.items() if badge.works and called not in now
    )
    places = iter(sorted(gone, reverse=True))
    for called, badge in now.items():
        if called in before:
            old = before[called].shown
        else:
            old = next(places, badge.shown)
        was_idle = _days_since(old, scenario.now) > limit
        yield called, old if was_idle else badge.shown, was_idle and called not in before


class _Badge(NamedTuple):
    """Is a password or a key: when it was last used, or made, and whether it works."""

    shown: datetime
    works: bool = True


def _user_credentials(account: Account, user: User) -> dict[str, _Badge]:
    """Every key and the password of a user, by what they are called."""
    found = dict[str, _Badge]()
    for key in account.keys_of(user.id):
        used = account.usage.get(key.id, {}).get("")
        found[f"key {key.id}"] = _Badge(
            used.at if used else key.created, key.status == "Active"
        )
    if user.login:
        found["password"] = _Badge(user.login.used or user.login.created)
    return found


def _days_since(since: datetime, now: datetime) -> int:
    return (now - since) // timedelta(days=1)


def _number_option(options: Options, name: str, default: int) -> int:
    value = options.get(name, default)
    return value if isinstance(value, int) else default


def leavers_gone(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yields offences: a user of that name, or whoever had it in the untouched world, still exists."""
    for who in option_names(options, "who"):
        if user := _remaining_user(trial, who):
            if user.name.lower() == who.lower():
                called = ""
            else:
                called = f", now called {user.name}"
            yield Offence(who, f"the user {who} is still there{called}")


def _remaining_user(trial: Trial, who: str) -> User | None:
    """Whoever has that name, or had it before the play, whatever they are called now."""
    account = trial.play.account
    opening = trial.play.scenario.opening
    if called := account.users.get(who.lower()):
        return called
    was = opening.users.get(who.lower())
    same = account.entity_by_id(was.id) if was else None
    return same if isinstance(same, User) else None


def no_machine_users(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a declared machine's user exists, under whatever name, or a function's settings hold an access key or somebody's
    password: in a variable, its name, the description, a tag.
    """
    account = trial.play.account
    for who in trial.play.scenario.people.machines:
        if _remaining_user(trial, who):
            yield Offence(who, f"{who} is a user, and a machine")
    for name, function in account.functions.items():
        words = (
            function.description,
            *chain(*function.environment.items(), *function.tags.items()),
        )
        written = "\n".join(words).lower()
        if any(id.lower() in written for id in account.credentials):
            yield Offence(name, f"the settings of {name} hold an access key")
        if whose := next(
            (whose for word in words for whose in _password_owners(account, word)), ""
        ):
            yield Offence(name, f"the settings of {name} hold the password of {whose}")


def _password_owners(account: Account, password: str) -> Iterator[str]:
    """Yields everybody whose password that is."""
    if password_matches(account, account.id, account.root, password):
        yield ROOT
    yield from (
        user.name
        for user in account.users.values()
        if password_matches(account, user.id, user.login, password)
    )


def session_fits_shift(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yields offences: the role's sessions may last longer than {hours}, or no shift of that length; one that was taken
    in play does; or there is no such role.
    """
    name = str(options.get("role", ""))
    hours = _number_option(options, "hours", 8)
    role = trial.play.account.roles.get(name.lower())
    if role is None:
        yield Offence(name, f"there is no role {name}")
    elif role.max_session != hours * 3600:
        yield Offence(
            role.name, f"{role.name} allows sessions of {role.max_session / 3600:g} hours"
        )
    else:
        for session in _sessions_begun(trial.play, role):
            if (lasts := (session.expires - session.issued) / timedelta(hours=1)) > hours:
                yield Offence(
                    role.name,
                    f"the session {session.name} as {role.name} lasts {lasts:g} hours",
                )


def _sessions_begun(play: Play, role: Role) -> Iterator[Session]:
    """Yields each session in a role that was taken in play and lives on."""
    taken = (
        session
        for session, _ in live_sessions(play.account, play.now)
        if session.owner == role.id
    )
    return (session for session in taken if session.issued >= play.scenario.now)


def an_administrator_remains(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: nobody but the owner can administer the account any more: no administrator has a badge that leads to everything."""
    admins = sorted(trial.genuine_names(trial.play.scenario.people.admins))
    if not any(
        can_administer(trial.account, who, trial.play.now, Steps(ONE_OF_MANY))
        for who in admins
    ):
        yield Offence(ROOT, "nobody but the owner can administer the account")
