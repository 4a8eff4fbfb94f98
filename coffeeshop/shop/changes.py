"""Which single change would have stopped a theft: each candidate is tried on a copy, by root, and is kept if the theft
then reaches less and every job that worked still works.

The candidates are the measures that IAM's best practices name: take away, narrow to what is used, cap, ask for a code,
trust nobody but those who work in a role, revoke.
https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from coffeeshop.account.access.sessions import mint
from coffeeshop.account.access.standing import owner
from coffeeshop.account.command.write import write
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Call, Role, User
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.shop.incident import Theft, reaches, theirs
from coffeeshop.shop.measures import Usage, measures
from coffeeshop.shop.radius import Radius
from coffeeshop.shop.rota import Rota
from coffeeshop.shop.serve import serve, user_named, wearing, worn_key

MOST = 60  # candidates that are tried
BEST = 3  # changes that are told
TRIED = 20_000_000  # steps that all searches for paths may take


class Change(Struct, frozen=True):
    """A call that would have helped: of so many things at their levels, it leaves so many in reach."""

    call: Call
    left: int
    of: int


def changes(account: Account, rota: Rota, theft: Theft) -> tuple[Change, ...]:
    """Returns the best changes, had they been made in time: what leaves least in reach first, of equals the shortest line."""
    at, reached = theft.at, reaches(account, rota, theft)
    own, mine = theirs(account, rota, theft, reached), rota.jobs_of(theft.who)
    before = len(reached.pairs - own)
    if not before:
        return ()
    stay = (want for want in rota.jobs if not (theft.incident.leaves and want in mine))
    tickets = [ticket for want in stay if (ticket := serve(account, want, at)).allowed]
    rooted, root = mint(account, account.root_arn, "key", at)
    steps, found = Steps(TRIED), list[Change]()
    for call in islice(measures(account, Usage.of(tickets), _bearing(account, theft, reached), at), MOST):
        outcome = handle(rooted, Act(at, root, call))
        if not outcome.allowed:
            continue
        after = reaches(outcome.account, rota, theft, steps)
        if not steps.left:  # what was left out of a search may be reached all the same
            break
        left = len(after.pairs - own)
        if left < before and all(serve(outcome.account, ticket.want, at).allowed for ticket in tickets):
            found.append(Change(call, left, before))
    return tuple(sorted(found, key=lambda change: (change.left, len(write(change.call))))[:BEST])


def _bearing(account: Account, theft: Theft, reached: Radius) -> Iterator[User | Role]:
    """Yields the identities whose rights are in question: whose badge it was, and those that the paths lead to."""
    found = dict[str, User | Role]()
    if user := user_named(account, theft.who):
        found[user.id] = user
    if theft.incident.takes == "machine" and (outcome := wearing(account, theft.who, theft.at)):
        worn = worn_key(outcome)
        role = owner(outcome.account, worn) if worn else None
        if isinstance(role, Role):
            found[role.id] = role
    for path in reached.paths:
        held = owner(path.account, path.caller)
        mine = account.of_id(held.id) if held else None
        if isinstance(mine, User | Role):
            found.setdefault(mine.id, mine)
    yield from found.values()
