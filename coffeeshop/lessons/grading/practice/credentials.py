"""Practice rules about credentials: who has a user, a password, a key, an MFA device, and
how long they last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.access.passwords import password_matches
from coffeeshop.account.credentials import AccessKey, Session
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Call, Key
from coffeeshop.account.services.sso_admin.provisioning import (
    is_latest,
    provisioned_accounts,
)
from coffeeshop.lessons.grading.administering import can_administer
from coffeeshop.lessons.grading.formerly import name_before
from coffeeshop.lessons.grading.live_sessions import live_sessions
from coffeeshop.lessons.grading.practice import option_names
from coffeeshop.lessons.grading.practice.administrators import (
    administrative_roles,
    can_become_administrator,
    give_everything,
    trust_allows,
)
from coffeeshop.lessons.grading.practice.in_force import own_policies
from coffeeshop.lessons.grading.practice.naming import names_asker
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Offence, Options, Play
from coffeeshop.policy.comparison.budgets import ONE_OF_MANY, Steps
from coffeeshop.shop.serve import want_name

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain

ROOT_NAME = "the owner"


def root_no_keys(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each access key of the root user, active or not."""
    for key in trial.account.keys_of(trial.account.id):
        yield Offence(
            ROOT_NAME, f"the root user has the access key {key.id} ({key.status})"
        )


def root_mfa(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence if the root user has no MFA device."""
    if not trial.account.devices_of(trial.account.id):
        yield Offence(ROOT_NAME, "the root user can sign in with only a password")


def root_unused(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each new key of root's, and one for calls of root's that an
    administrator could have made.
    """
    opening = trial.play.scenario.opening
    account = trial.account
    former_key_ids = {key.id for key in opening.keys_of(opening.id)}
    for key in (key for key in account.keys_of(account.id) if key.id not in former_key_ids):
        yield Offence(
            ROOT_NAME, f"the root user has a new access key, {key.id} ({key.status})"
        )
    if late := late_calls(trial.play, trial.domain):
        first = trial.play.outcomes[late[0]].act.call.operation
        many = "a call" if len(late) == 1 else f"{len(late)} calls"
        sentence = (
            f"the root user made {many} after an administrator could sign in ({first})"
        )
        yield Offence(ROOT_NAME, sentence)


def late_calls(play: Play, domain: Domain) -> tuple[int, ...]:
    """Return the indexes in the play of root's calls that an administrator could have made by then.

    Calls from before there was an administrator don't count, nor those about root's own credentials.
    """
    has_administrator = False
    indexes: list[int] = []
    account = play.scenario.opening
    for index, outcome in enumerate(play.outcomes):
        if not has_administrator:
            admins = play.scenario.people.admins
            has_administrator = find_administrator(admins, account, domain) is not None
        credential = account.credential_of(outcome.act.caller)
        is_root = credential is not None and credential.owner == account.id
        if has_administrator and is_root and not _is_about_root(account, outcome.act.call):
            indexes.append(index)
        account = outcome.account
    return tuple(indexes)


def find_administrator(
    names: Iterable[str], account: Account, domain: Domain
) -> User | None:
    """Return the first of these users who can sign in with an MFA code and administer, or
    None.
    """
    for name in names:
        user = _ready_administrator(account, name, domain)
        if user:
            return user
    return None


def _ready_administrator(account: Account, name: str, domain: Domain) -> User | None:
    """Return the user if they have a password and an MFA device and can come to administer;
    else None.
    """
    user = account.users.get(name.lower())
    if user is None or user.login is None or not account.devices_of(user.id):
        return None
    if can_become_administrator(account, user, domain):
        return user
    return None


def _is_about_root(account: Account, call: Call) -> bool:
    """Tell whether a call of root's is about root's own credentials: signing in, or listing
    or changing its keys.
    """
    if call.service == "console":
        return call.operation != "ActivateBillingAccess"
    if call.operation == "ListAccessKeys":
        return not call.text("UserName")
    key = account.credentials.get(call.text("AccessKeyId"))
    return key is not None and key.owner == account.id


def admin_in_group(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each user who would be an administrator without their groups."""
    account = trial.play.account
    for user in account.users.values():
        if reason := next(_direct_power_sentences(account, user, trial.domain), ""):
            yield Offence(user.name, reason)


def _direct_power_sentences(account: Account, user: User, domain: Domain) -> Iterator[str]:
    """Yield a sentence for each way in which a user is an administrator without a group.

    It may be by one policy, by several together, by a role that names the user, or by one that they
    can assume.
    """
    direct_policies = own_policies(account, user)
    for policy in direct_policies:
        if give_everything((policy,), domain):
            yield f"the policy “{policy.name.rpartition('/')[2]}” is attached to the user {user.name}, not to a group"
    if give_everything(direct_policies, domain):
        yield f"several policies are attached to the user {user.name}, and together give everything"
    named = (
        role
        for role in account.roles.values()
        if any(names_asker(s, account, user) for s in trust_allows(role))
    )
    for role in named:
        if give_everything(policies_of_entity(account, role), domain):
            yield f"the role {role.name}, which can do everything, names {user.name} in its trust policy"
    for role in administrative_roles(account, user, direct_policies, domain):
        yield f"the role {role.name}, which can do everything, can be assumed by {user.name} without a group"


def individual_users(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each user who can sign in and is no person or machine of the scenario.

    A user with such a name who had another one before the play counts as nobody, too.
    """
    people = trial.play.scenario.people
    wanted = (want.who for want in trial.play.scenario.wants)
    cast = trial.genuine_names(
        (*people.graded, *people.admins, *people.bystanders, *people.machines, *wanted)
    )
    for name, user in sorted(trial.play.account.users.items()):
        if want_name(name) in cast:
            continue
        if user.login or _active_keys(trial.play.account, user):
            former_name = name_before(trial.play.scenario.opening, user)
            if former_name == user.name:
                description = "is no one in the story"
            else:
                description = f"is {former_name} under another name"
            yield Offence(
                user.name,
                f"{user.name} still has a password or an active key, and {description}",
            )


def _active_keys(account: Account, user: User) -> tuple[AccessKey, ...]:
    """Return a user's active access keys."""
    return tuple(key for key in account.keys_of(user.id) if key.status == "Active")


def _all_users(trial: Trial) -> Iterator[User]:
    return iter(trial.play.account.users.values())


def one_active_key(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each user with two active keys."""
    for user in _all_users(trial):
        if len(_active_keys(trial.play.account, user)) > 1:
            yield Offence(user.name, f"{user.name} has two working keys")


def keys_stay(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each active key of the start that is gone or inactive.

    A key that someone else has, as a refusal says, should go.
    """
    lost_keys = {want.opening_credential for want in trial.wants}
    opening = trial.play.scenario.opening
    for user in opening.users.values():
        account = trial.play.account
        kept_ids = {key.id for key in _active_keys(account, user)}
        for key in _active_keys(opening, user):
            if key.id not in kept_ids and Key(key.id) not in lost_keys:
                yield Offence(
                    user.name, f"{user.name}'s key {key.id} doesn't work any more"
                )


def leaked_keys_deleted(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each access key that someone else has, as a refusal says, and that still exists.

    An inactive key can be activated again.
    """
    lost_keys = {want.opening_credential for want in trial.wants}
    for user in _all_users(trial):
        for key in trial.play.account.keys_of(user.id):
            if Key(key.id) in lost_keys:
                yield Offence(
                    user.name,
                    f"{user.name}'s key {key.id} is {key.status.lower()}, not deleted",
                )


def provisioned_sets(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each permission set whose role in the account has something else.

    The next call that provisions it gives its role the access of the set.
    """
    center = trial.account.organization_center
    if center is None:
        return
    for permission_set in center.permission_sets.values():
        if trial.account.id not in provisioned_accounts(center, permission_set):
            continue
        if not is_latest(trial.account, center, permission_set, trial.account.id):
            name = permission_set.name
            yield Offence(name, f"the role of {name} doesn't have what {name} has now")


def key_age(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yield an offence for each active key older than {days}."""
    limit = _number_option(options, "days", 90)
    for user in _all_users(trial):
        for key in _active_keys(trial.play.account, user):
            age = _days_since(key.created, trial.play.now)
            if age > limit:
                yield Offence(user.name, f"{user.name}'s key {key.id} is {age} days old")


def no_unused_credentials(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yield an offence for each password or active key that was last used, or made, more
    than {days} ago.

    One that replaced such a credential in the play counts as old as that, whoever tried it.
    """
    limit = _number_option(options, "days", 90)
    # The learner works with the credentials at the desk, so they are in use.
    desk = {profile.partition("@")[0].lower() for profile in trial.play.scenario.desk}
    for user in (user for user in _all_users(trial) if user.name.lower() not in desk):
        for credential_name, last_use, is_new in _last_uses(trial, user, limit):
            idle = _days_since(last_use, trial.play.now)
            if idle <= limit:
                continue
            credential = f"{user.name}'s {credential_name}"
            text = f"no one used {credential} for {idle} days"
            if is_new:
                text = f"{credential} is new, in the place of one that no one used for {idle} days"
            yield Offence(user.name, text)


def _last_uses(
    trial: Trial, user: User, limit: int
) -> Iterator[tuple[str, datetime, bool]]:
    """Yield each working credential with when it was last used, or made, and whether it
    replaced an unused one.

    Replacing an unused key by a new key that nobody uses either fixes nothing. So a new
    credential takes over the last use of one that is gone, if that was unused for too long
    when the play began. The most recently used one is taken first.
    """
    scenario = trial.play.scenario
    former_user = scenario.opening.entity_by_id(user.id) or scenario.opening.users.get(
        user.name.lower()
    )
    if isinstance(former_user, User):
        before = _user_credentials(scenario.opening, former_user)
    else:
        before = {}
    working = {
        name: badge
        for name, badge in _user_credentials(trial.play.account, user).items()
        if badge.works
    }
    freed_uses = (
        badge.shown for name, badge in before.items() if badge.works and name not in working
    )
    places = iter(sorted(freed_uses, reverse=True))
    for credential_name, badge in working.items():
        if credential_name in before:
            old = before[credential_name].shown
        else:
            old = next(places, badge.shown)
        was_idle = _days_since(old, scenario.now) > limit
        yield (
            credential_name,
            old if was_idle else badge.shown,
            was_idle and credential_name not in before,
        )


class _Badge(NamedTuple):
    """A password or a key: when it was last used (or made, if never), and whether it works."""

    shown: datetime
    works: bool = True


def _user_credentials(account: Account, user: User) -> dict[str, _Badge]:
    """Return a user's keys and password by their names."""
    credentials = dict[str, _Badge]()
    for key in account.keys_of(user.id):
        used = account.usage.get(key.id, {}).get("")
        credentials[f"key {key.id}"] = _Badge(
            used.at if used else key.created, key.status == "Active"
        )
    if user.login:
        credentials["password"] = _Badge(user.login.used or user.login.created)
    return credentials


def _days_since(since: datetime, until: datetime) -> int:
    """Return the whole days between two moments."""
    return (until - since) // timedelta(days=1)


def _number_option(options: Options, name: str, default: int) -> int:
    """Return an option that is a number."""
    value = options.get(name, default)
    return value if isinstance(value, int) else default


def leavers_gone(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yield an offence for each user who should be gone and exists, under whatever name."""
    for name in option_names(options, "who"):
        if user := _remaining_user(trial, name):
            if user.name.lower() == name.lower():
                rename_note = ""
            else:
                rename_note = f", now called {user.name}"
            yield Offence(name, f"the user {name} is still there{rename_note}")


def _remaining_user(trial: Trial, name: str) -> User | None:
    """Return the user who has that name, or had it before the play."""
    account = trial.play.account
    opening = trial.play.scenario.opening
    if namesake := account.users.get(name.lower()):
        return namesake
    former_user = opening.users.get(name.lower())
    if former_user:
        renamed = account.entity_by_id(former_user.id)
    else:
        renamed = None
    if isinstance(renamed, User):
        return renamed
    return None


def no_machine_users(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each machine's user, and for each function whose settings have a
    key or somebody's password.
    """
    account = trial.play.account
    for name in trial.play.scenario.people.machines:
        if _remaining_user(trial, name):
            yield Offence(name, f"{name} is a machine, but has an IAM user")
    for name, function in account.functions.items():
        words = (
            function.description,
            *chain(*function.environment.items(), *function.tags.items()),
        )
        written = "\n".join(words).lower()
        if any(id.lower() in written for id in account.credentials):
            yield Offence(name, f"the settings of {name} hold an access key")
        if owner := next(
            (user_name for word in words for user_name in _password_owners(account, word)),
            "",
        ):
            yield Offence(name, f"the settings of {name} hold the password of {owner}")


def _password_owners(account: Account, password: str) -> Iterator[str]:
    """Yield everybody whose password this is."""
    if password_matches(account, account.id, account.root, password):
        yield ROOT_NAME
    yield from (
        user.name
        for user in account.users.values()
        if password_matches(account, user.id, user.login, password)
    )


def session_fits_shift(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yield an offence if the role is missing, its sessions can't last just {hours}, or one
    taken in the play lasts longer.
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
    """Yield each live session in a role that was taken in the play."""
    taken = (
        session
        for session, _ in live_sessions(play.account, play.now)
        if session.owner == role.id
    )
    return (session for session in taken if session.issued >= play.scenario.now)


def an_administrator_remains(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence if no administrator has a credential that leads to everything."""
    admins = sorted(trial.genuine_names(trial.play.scenario.people.admins))
    if not any(
        can_administer(trial.account, admin, trial.play.now, Steps(ONE_OF_MANY))
        for admin in admins
    ):
        yield Offence(ROOT_NAME, "only the root user can administer the account")
