"""Find the single changes that would have stopped a theft.

Root makes each candidate on a copy. It counts if the theft then reaches less, every job that worked still works and
every refusal that held still holds. The candidates are the measures that IAM's best practices name: remove access,
narrow it to the actions in use, ask for an MFA code, narrow a role's trust.
https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.callers import credential_owner
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command.write import write_line
from coffeeshop.account.door import handle
from coffeeshop.account.iam_resources import Role, User, is_reserved_role
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.model import Allowed
from coffeeshop.shop.incident import permitted_access, theft_radius
from coffeeshop.shop.lost_credential import lost_credential
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.measures import Usage, best_practice_distance, candidate_calls
from coffeeshop.shop.radius import BlastRadius
from coffeeshop.shop.rota import Rota
from coffeeshop.shop.serve import (
    assume_function_role,
    assumed_session_key,
    serve,
    serve_again,
    user_named,
)
from coffeeshop.shop.theft import Theft
from coffeeshop.shop.want import Ticket, Want

MAX_CANDIDATES = 60  # at most this many candidates are tried
MAX_CHANGES = 3  # at most this many changes are returned
SEARCH_STEPS = 20_000_000  # steps that all searches for paths may take together
# Returns whether a call leaves everything else right.
IsHarmless: TypeAlias = Callable[[Call], bool]


class Change(Struct, frozen=True):
    """A call that would have helped. Of `things_before` things in reach, counted at each access level, `things_left` remain.

    Of an insider's reach, only what their jobs don't need is counted. `only_needed_left`: something is still within
    reach, and the person's jobs need all of it.
    """

    call: Call
    things_left: int
    things_before: int
    only_needed_left: bool = False


def helpful_changes(
    account: Account, rota: Rota, theft: Theft, is_harmless: IsHarmless = lambda _: True
) -> tuple[Change, ...]:
    """Return the best single changes that could have been made before the theft, at most
    MAX_CHANGES.

    Each candidate call is made on a copy, and the theft is repeated there. A change helps
    if the theft reaches less, and every job and refusal that was right before is still
    right. So is a job that only lacked its credential: somebody may give it back.
    `_best_changes` sorts them. `is_harmless` is asked about each call before it is
    returned. The search ends early when its budget is spent.
    """
    at = theft.at
    permitted = permitted_access(account, rota, theft)
    radius_before = theft_radius(account, rota, theft, permitted=permitted)
    reached_before = len(theft.counted_part(radius_before).pairs)
    if not reached_before:
        return ()
    tickets_before = [_policy_ticket(account, rota, want, at) for want in rota.wants]
    wants_that_hold = [ticket.want for ticket in tickets_before if ticket.mark is Mark.OK]
    # A job whose thing is gone works again once the thing is back, if no policy refuses it by then.
    allowed_jobs = [
        ticket
        for ticket in tickets_before
        if ticket.want in rota.jobs and not ticket.was_refused
    ]
    account_with_root, root = mint_credential(account, account.root_arn, "key", at)
    steps = Steps(SEARCH_STEPS)
    changes = list[Change]()
    candidates = candidate_calls(
        account,
        Usage.of_tickets(allowed_jobs),
        _used_identities(account, theft, radius_before),
    )
    for call in islice(candidates, MAX_CANDIDATES):
        outcome = handle(account_with_root, Act(at, root, call))
        if not outcome.has_succeeded:
            continue
        radius_after = theft_radius(outcome.account, rota, theft, steps, permitted)
        if not steps.remaining:  # the search is incomplete, so its reach may be too small
            break
        things_left = len(theft.counted_part(radius_after).pairs)
        still_hold = all(
            _still_holds(account, outcome.account, rota, want, at)
            for want in wants_that_hold
        ) and not any(
            _policy_ticket(outcome.account, rota, ticket.want, at).was_refused
            for ticket in allowed_jobs
            if ticket.mark is not Mark.OK
        )
        if (
            things_left < reached_before
            and still_hold
            and not _allows_a_refusal(call, outcome.account, rota, at)
        ):
            change = Change(call, things_left, reached_before, radius_after.has_only_needed)
            changes.append(change)
    return tuple(_best_changes(changes, is_harmless))


def _policy_ticket(account: Account, rota: Rota, want: Want, at: datetime) -> Ticket:
    """Return a run of a want. A job that fails is run again with a credential made for it and the sign-in from before
    the play, so that it fails only where policies refuse it.
    """
    ticket = serve(account, want, at)
    if want.mode is not Mode.MUST or ticket.has_succeeded:
        return ticket
    job_with_credential = replace(ticket, want=replace(want, minted=True))
    before = rota.account_before_play or account
    account_with_password = _with_deleted_password(account, before, want.who)
    again = serve_again(account_with_password, before, job_with_credential, at)
    return replace(again, want=want)


def _with_deleted_password(account: Account, before: Account, person: str) -> Account:
    """Return the account in which a user has the password again that was deleted since `before`."""
    user = user_named(account, person)
    former_user = user_named(before, person)
    if user is None or user.login is not None or former_user is None:
        return account
    return account.put(replace(user, login=former_user.login))


def _still_holds(
    before: Account, after: Account, rota: Rota, want: Want, at: datetime
) -> bool:
    """Return whether a want that held in `before` holds in `after`.

    A job whose person lost its credential doesn't, although `serve` would lend them another.
    """
    if want.mode is Mode.MUST and lost_credential(before, after, want, rota.wants):
        return False
    return _policy_ticket(after, rota, want, at).mark is Mark.OK


def _allows_a_refusal(call: Call, account: Account, rota: Rota, at: datetime) -> bool:
    """Return whether the policy that a call wrote allows a request that must be refused.

    The grade would blame that policy.
    """
    policy_name = call.text("PolicyName") or call.text("PolicyArn").rpartition("/")[2]
    refusals = (want for want in rota.wants if want.mode is Mode.NEVER)
    return any(
        matched.policy.name == policy_name
        for want in refusals
        if (ticket := serve(account, want, at)).has_succeeded
        for decision in ticket.outcomes[-1].decisions
        if isinstance(decision, Allowed)
        for matched in decision.by
    )


def _best_changes(changes: Iterable[Change], is_harmless: IsHarmless) -> list[Change]:
    """Return the harmless changes that are worth showing, best first, at most MAX_CHANGES.

    Changes that remove access come before those that add a deny, then the smallest reach,
    then the shortest command. A change that is further from best practice must leave less
    in reach than all those before it.
    """

    def order(change: Change) -> tuple[int, int, int]:
        """Return the sort key of a change: the smallest is the best."""
        distance = best_practice_distance(change.call)
        return distance, change.things_left, len(write_line(change.call))

    best = list[Change]()
    for change in sorted(changes, key=order):
        if len(best) == MAX_CHANGES:
            break
        removes_access = best_practice_distance(change.call) == 0
        is_worth_it = removes_access or _is_worth_offering(change, best)
        if is_worth_it and is_harmless(change.call):
            best.append(change)
    return best


def _is_worth_offering(change: Change, other_changes: Iterable[Change]) -> bool:
    """Return whether a change is worth offering beside others that are closer to best
    practice.

    It is worth it if it leaves the thief less in reach than each of those.
    """
    return all(
        change.things_left < other_change.things_left
        for other_change in other_changes
        if best_practice_distance(other_change.call) < best_practice_distance(change.call)
    )


def _used_identities(
    account: Account, theft: Theft, blast_radius: BlastRadius
) -> Iterator[User | Role]:
    """Yield the users and roles whose permissions the thief used.

    They are the victim, or the role of a function that is the victim, and every user and role that the
    thief could become.
    """
    entities_by_id = dict[str, User | Role]()
    if user := user_named(account, theft.victim):
        entities_by_id[user.id] = user
    if theft.incident.credential_kind == "machine" and (
        outcome := assume_function_role(account, theft.victim, theft.at)
    ):
        session_key = assumed_session_key(outcome)
        role = credential_owner(outcome.account, session_key) if session_key else None
        if isinstance(role, Role):
            entities_by_id[role.id] = role
    for path in blast_radius.paths:
        owner = credential_owner(path.account, path.caller)
        entity_now = account.entity_by_id(owner.id) if owner else None
        if isinstance(entity_now, User | Role) and not is_reserved_role(entity_now):
            entities_by_id.setdefault(entity_now.id, entity_now)
    yield from entities_by_id.values()
