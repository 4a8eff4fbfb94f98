"""Find the principals that an act would lock out, by making it on a copy of the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import role_arn
from coffeeshop.account.command import carry_out, understand_line
from coffeeshop.account.credentials import Session
from coffeeshop.account.door import handle, is_refused
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Act, Answer, Call, Caller, Outcome
from coffeeshop.lessons.grading.needed import USER_BADGES
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.comparison.budgets import ONE_OF_MANY, Steps
from coffeeshop.policy.model import Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import assumed_session_key, usable_credentials, want_name
from coffeeshop.shop.want import Want

# The user can sign in or switch again.
REVERSIBLE_OPERATIONS = {"SignIn", "SignOut", "SwitchRole", "SwitchBack"}
# These make a thing that nobody uses yet, so nobody loses anything.
CREATE_OPERATIONS = {
    "CreateUser",
    "CreateGroup",
    "CreateRole",
    "CreatePolicy",
    "CreateBucket",
}
REVERTING_OPERATIONS: dict[
    str, str
] = {  # by operation: the one that reverts it, with the same parameters
    "AddUserToGroup": "RemoveUserFromGroup",
    "AttachUserPolicy": "DetachUserPolicy",
    "AttachGroupPolicy": "DetachGroupPolicy",
    "AttachRolePolicy": "DetachRolePolicy",
    "AttachPolicy": "DetachPolicy",
}
OPPOSITE_OPERATIONS = {
    **REVERTING_OPERATIONS,
    **{back: there for there, back in REVERTING_OPERATIONS.items()},
}
# A Deny of older sessions names a time a few minutes ahead. Sessions that begin after it are allowed again.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
REVOCATION_WINDOW = timedelta(hours=1)


def locked_out_by(sitting: Sitting, call_or_line: Call | str) -> LockOut | None:
    """Return the lock-out that a call or a typed line by the credential in use would cause. Nothing is done.

    None means that it locks out no principal, or can't be read.
    """
    if isinstance(call_or_line, str):
        outcomes = _try_line(sitting, call_or_line)
    else:
        outcomes = _try_call(sitting, call_or_line)
    before = sitting.play.account
    for outcome in outcomes:
        if lock := lock_out(before, outcome):
            return lock
        before = outcome.account
    return None


def _try_call(sitting: Sitting, call: Call) -> tuple[Outcome, ...]:
    """Return the outcome of a call on a copy of the account."""
    act = Act(sitting.now, sitting.caller_for(call, sitting.profile), call)
    return (handle(sitting.play.account, act),)


def _try_line(sitting: Sitting, line: str) -> tuple[Outcome, ...]:
    """Return the outcomes of a line's calls on a copy of the account. Empty where the line can't be read."""
    account = sitting.play.account
    line_or_problems = understand_line(
        line, account, sitting.now, sitting.folder, sitting.profile
    )
    if isinstance(line_or_problems, tuple):
        return ()
    outcomes: list[Outcome] = []

    def ask(call: Call) -> Answer:
        before = outcomes[-1].account if outcomes else account
        outcomes.append(handle(before, Act(sitting.now, line_or_problems.caller, call)))
        return outcomes[-1].answer

    carry_out(line_or_problems, ask)
    return tuple(outcomes)


class LockOut(Struct, frozen=True):
    """The losses that an act of the principal `who` causes.

    `ends`: the credential in use stops working. `refused`: an operation that the credential could call before
    ("": none). `shut`: no other credential of that person allows the call once the session ends. `stripped`:
    that person is no longer an administrator. `orphaned`: ids of accounts that only root can now administer.
    `able`: the other users who can still make the call or revert it. `again`: the person who acts can do so too, with
    a new sign-in or another credential of theirs, now or soon. `root_able`: so can the root user. Of a KMS key,
    root can't if the key policy doesn't name the account.
    """

    who: str
    call: Call
    ends: bool = False
    refused: str = ""
    shut: bool = False
    stripped: bool = False
    orphaned: Values = ()
    able: Values = ()
    again: bool = False
    root_able: bool = True

    @property
    def actor_loses(self) -> bool:
        """Return whether the person who acts loses anything."""
        return bool(self.ends or self.refused or self.shut or self.stripped)


def lock_out(before: Account, outcome: Outcome) -> LockOut | None:
    """Return the lock-out that an outcome causes, compared with the account before it, or None.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """
    act = outcome.act
    if (
        not outcome.has_succeeded
        or act.call.operation in REVERSIBLE_OPERATIONS | CREATE_OPERATIONS
        or not has_changed(before, outcome.account)
    ):
        return None
    account_before = before.home_of(act.caller)
    account_after = outcome.account.home_of(act.caller)
    actor = _Actor.of_caller(account_before, act.caller)
    if actor is None:
        return None
    calls = _both_ways(account_before, act)
    lost = [each_act.call for each_act in calls if is_refused(account_after, each_act)]
    stripped = actor.user is not None and _loses_administration(
        account_before, account_after, actor.who, act.at
    )
    lock_out = LockOut(
        actor.who,
        act.call,
        ends=is_refused(account_after, replace(act, call=ASKS_WHO)),
        refused=lost[0].operation if lost else "",
        shut=any(
            actor.allows(account_before, each_act)
            and not _allows_soon(actor, account_after, each_act)
            for each_act in calls
        ),
        stripped=stripped,
        orphaned=tuple(_orphaned_accounts(before, outcome.account, act.at)),
    )
    if not lock_out.actor_loses and not lock_out.orphaned:
        return None
    able = tuple(_able_users(account_after, actor.who, calls[-1]))
    again = _allows_soon(actor, account_after, calls[-1])
    root_able = _is_root_able(account_after, calls[-1])
    return replace(lock_out, able=able, again=again, root_able=root_able)


ASKS_WHO = Call("sts", "GetCallerIdentity")  # no policy refuses it


def has_changed(before: Account, after: Account) -> bool:
    """Return whether an act changed more than the counters of use."""
    return replace(before, calls=0, usage=after.usage) != replace(after, calls=0)


def _both_ways(account: Account, act: Act) -> tuple[Act, ...]:
    """Return the act, and the act that reverts it if AWS would have allowed that before.

    Someone who can only do the one and not undo it has lost something.
    """
    back = OPPOSITE_OPERATIONS.get(act.call.operation)
    if back is None:
        return (act,)
    opposite = replace(act, call=replace(act.call, operation=back))
    if is_refused(account, opposite):
        return (act,)
    return (act, opposite)


class _Actor(Struct, frozen=True):
    """The person who acts: their name, their user if they have one, and the role that they assumed."""

    who: str
    user: User | None = None
    role: str = ""

    @classmethod
    def of_caller(cls, account: Account, caller: Caller) -> _Actor | None:
        """Return the owner of a credential. Return None if the account doesn't have the credential."""
        credential = account.credential_of(caller)
        if credential is None:
            return None
        if credential.owner == account.id:
            return cls("root")
        owner = account.entity_by_id(credential.owner)
        if isinstance(credential, Session):
            taker = account.entity_by_id(credential.taker)
        else:
            taker = owner
        role = owner.name if isinstance(owner, Role) else ""
        if isinstance(taker, User):
            return cls(taker.name, taker, role)
        return cls(credential.profile, None, role)

    def allows(self, account: Account, act: Act) -> bool:
        """Return whether one of the actor's credentials, or a new session in their role, allows the call."""
        if self.user:
            current_entity = account.entity_by_id(self.user.id)
        else:
            current_entity = None
        if isinstance(current_entity, User):
            that_person = want_name(current_entity.name)
        else:
            that_person = self.who
        if self.user is not None and current_entity is None:
            return False
        return any(
            not is_refused(other_account, sent)
            for other_account, sent in _acts_by_credential(
                account, that_person, self.role, act
            )
        )


def _acts_by_credential(
    account: Account, person: str, role: str, act: Act
) -> Iterator[tuple[Account, Act]]:
    """Yield the act by each credential that a person has, or by a session in the role where `role` is given.

    Each comes with the account in which the credential exists.
    """
    for badge in USER_BADGES:
        want = Want(person, Mode.MAY, person, "", badge=badge, minted=False)
        for other_account, caller in usable_credentials(account, want, act.at):
            if not role:
                yield other_account, replace(act, caller=caller)
                continue
            takes = Call(
                "sts",
                "AssumeRole",
                {"RoleArn": role_arn(other_account, role), "RoleSessionName": "again"},
            )
            taken = handle(other_account, Act(act.at, caller, takes))
            if key := assumed_session_key(taken):
                yield taken.account, replace(act, caller=key)


def _allows_soon(actor: _Actor, account: Account, act: Act) -> bool:
    """Return whether a credential that the actor has, or gets by a new sign-in, allows the call now or soon."""
    later = replace(act, at=act.at + REVOCATION_WINDOW)
    return actor.allows(account, act) or actor.allows(account, later)


def _able_users(account: Account, person: str, act: Act) -> Iterator[str]:
    """Yield the names of the other users who could make the call."""
    other_users = (user for user in account.users.values() if user.name != person)
    yield from (
        user.name
        for user in other_users
        if _allows_soon(_Actor(user.name, user), account, act)
    )


def _is_root_able(account: Account, act: Act) -> bool:
    """Return whether the root user could make the call."""
    want = Want("root", Mode.MAY, "root", "")
    return any(
        not is_refused(other_account, replace(act, caller=caller))
        for other_account, caller in usable_credentials(account, want, act.at)
    )


# ------------------------------------------------------------------ administrators
def takes_the_account(
    before: Account, after: Account, admins: Values, at: datetime
) -> bool:
    """Return whether one of `admins` stops being an administrator, or an account keeps no administrator but root."""
    stripped = (
        person for person in admins if _loses_administration(before, after, person, at)
    )
    return any(stripped) or any(_orphaned_accounts(before, after, at))


def _can_administer(account: Account, that_person: str, at: datetime) -> bool:
    """Return whether a person can administer the account."""
    from coffeeshop.lessons.grading.administering import (  # it compares, as few acts ask for
        can_administer,
    )

    return can_administer(account, want_name(that_person), at, Steps(ONE_OF_MANY))


def _can_administer_soon(account: Account, that_person: str, at: datetime) -> bool:
    """Return whether a person can administer the account now, or with a sign-in that begins soon."""
    return any(
        _can_administer(account, that_person, moment)
        for moment in (at, at + REVOCATION_WINDOW)
    )


def _loses_administration(
    old_account: Account, current_account: Account, person: str, at: datetime
) -> bool:
    """Return whether a person could administer the account before, and can't now or soon."""
    return (
        person.lower() not in current_account.users
        or not _can_administer_soon(current_account, person, at)
    ) and _can_administer(old_account, person, at)


def _orphaned_accounts(before: Account, after: Account, at: datetime) -> Iterator[str]:
    """Yield the id of each account that a user could administer before, and no user can now or soon."""
    for id in (before.id, *before.others):
        is_there = after.id == id or id in after.others
        current_account = after.seen_from(id) if is_there else None
        is_kept = current_account is not None and any(
            _can_administer_soon(current_account, name, at)
            for name in current_account.users
        )
        if not is_kept:
            old_account = before.seen_from(id)
            if any(_can_administer(old_account, name, at) for name in old_account.users):
                yield id
