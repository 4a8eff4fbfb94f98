"""Find the single changes that would have stopped a theft.

Root makes each candidate on a copy. It counts if the theft then reaches less, every job that worked still works and
every refusal that held still holds. The candidates are the measures that IAM's best practices name: remove access,
narrow it to the actions in use, ask for an MFA code, narrow a role's trust, revoke sessions.
https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.access.callers import credential_owner
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command.write import write_line
from coffeeshop.account.door import handle
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.shop.incident import Theft, needs_of, own_access, theft_radius
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.measures import Usage, best_practice_distance, candidate_calls
from coffeeshop.shop.radius import Radius
from coffeeshop.shop.rota import Rota
from coffeeshop.shop.serve import (
    assume_function_role,
    assumed_session_key,
    serve,
    user_named,
)

MOST = 60  # at most this many candidates are tried
BEST = 3  # at most this many changes are returned
TRIED = 20_000_000  # steps that all searches for paths may take together
# Returns whether a call leaves everything else right.
Keeps: TypeAlias = Callable[[Call], bool]


class Change(Struct, frozen=True):
    """A call that would have helped. Of `things_before` things in reach, counted at each access level, `things_left` remain.

    `only_needed_left`: the person's jobs need everything that remains.
    """

    call: Call
    things_left: int
    things_before: int
    only_needed_left: bool = False


def helpful_changes(
    account: Account, rota: Rota, theft: Theft, keeps: Keeps = lambda _: True
) -> tuple[Change, ...]:
    """Return the best changes that could have been made before the theft.

    Changes that remove access come before those that add a deny, then the smallest reach, then the shortest command.
    A deny is returned only if it helps more than every removal and `keeps` accepts it.
    """
    at = theft.at
    radius_before = theft_radius(account, rota, theft)
    insider_access = own_access(account, rota, theft, radius_before)
    before = len(radius_before.pairs - insider_access)
    if not before:
        return ()
    if theft.incident.victim_leaves:
        skipped_jobs = rota.jobs_of(theft.victim)
    else:
        skipped_jobs = ()
    tickets_before = [
        serve(account, want, at) for want in rota.wants if want not in skipped_jobs
    ]
    wants_that_hold = [ticket.want for ticket in tickets_before if ticket.mark is Mark.OK]
    working_jobs = [
        ticket
        for ticket in tickets_before
        if ticket.want in rota.jobs and ticket.has_succeeded
    ]
    with_root, root = mint_credential(account, account.root_arn, "key", at)
    steps = Steps(TRIED)
    changes = list[Change]()
    needs = needs_of(account, rota, theft.victim, at)
    for call in islice(
        candidate_calls(
            account,
            Usage.of(working_jobs),
            _used_identities(account, theft, radius_before),
            at,
        ),
        MOST,
    ):
        outcome = handle(with_root, Act(at, root, call))
        if not outcome.has_succeeded:
            continue
        after = theft_radius(outcome.account, rota, theft, steps)
        if not steps.remaining:  # the search is incomplete, so its reach may be too small
            break
        remaining = len(after.pairs - insider_access)
        if remaining < before and all(
            serve(outcome.account, want, at).mark is Mark.OK for want in wants_that_hold
        ):
            changes.append(
                Change(call, remaining, before, after.pairs - insider_access <= needs)
            )
    return tuple(_best_changes(changes, keeps))


def _best_changes(changes: Iterable[Change], keeps: Keeps) -> list[Change]:
    """Return the changes that are worth showing, best first."""
    best = list[Change]()
    for change in sorted(
        changes,
        key=lambda change: (
            best_practice_distance(change.call),
            change.things_left,
            len(write_line(change.call)),
        ),
    ):
        if len(best) == BEST:
            break
        if (not best_practice_distance(change.call) or _helps_more(change, best)) and keeps(
            change.call
        ):
            best.append(change)
    return best


def _helps_more(change: Change, other_changes: Iterable[Change]) -> bool:
    """Return whether a change leaves less in reach than every change that is closer to best practice."""
    return all(
        change.things_left < other_change.things_left
        for other_change in other_changes
        if best_practice_distance(other_change.call) < best_practice_distance(change.call)
    )


def _used_identities(
    account: Account, theft: Theft, reached: Radius
) -> Iterator[User | Role]:
    """Yield the identities whose rights the theft used: the victim's own, and those to which its paths lead."""
    entities_by_id = dict[str, User | Role]()
    if user := user_named(account, theft.victim):
        entities_by_id[user.id] = user
    if theft.incident.credential_kind == "machine" and (
        outcome := assume_function_role(account, theft.victim, theft.at)
    ):
        session_key = assumed_session_key(outcome)
        if session_key:
            role = credential_owner(outcome.account, session_key)
        else:
            role = None
        if isinstance(role, Role):
            entities_by_id[role.id] = role
    for path in reached.paths:
        owner = credential_owner(path.account, path.caller)
        if owner:
            entity_now = account.entity_by_id(owner.id)
        else:
            entity_now = None
        if isinstance(entity_now, User | Role):
            entities_by_id.setdefault(entity_now.id, entity_now)
    yield from entities_by_id.values()
