"""Find what a thief can reach from an instant until the shop closes.

One search at one instant isn't enough. A Deny for older sessions ends those sessions, and leaves the password, the
access key or the trust policy from which new sessions come. So the search is repeated later in the day.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from coffeeshop.account.model import Account, Caller
from coffeeshop.policy.model import Standing
from coffeeshop.shop.forked_workload import open_fork_session
from coffeeshop.shop.happenings import Incident
from coffeeshop.shop.radius import NO_WAYS, BlastRadius, Reached, find_blast_radius
from coffeeshop.shop.rota import CLOSING_TIME, shop_time
from coffeeshop.shop.serve import usable_credentials, user_named
from coffeeshop.shop.theft import StolenCredential

# Parts of the names of the condition keys whose values change as time passes.
TIME_KEYS = ("tokenissuetime", "currenttime", "epochtime", "multifactorauthage")
LOOKAHEAD = timedelta(hours=1)  # a Deny for older sessions rarely reaches so far ahead


def find_lasting_reach(
    account: Account,
    incident: Incident,
    stolen: StolenCredential,
    credentials: Iterable[Caller],
    at: datetime,
    permitted: Standing | None = None,
) -> BlastRadius:
    """Return everything that a thief can reach at an instant or later that day.

    `credentials` are those that the thief holds. A new sign-in counts too, if they can sign in.
    `permitted` is what the victim's jobs need.
    """
    held_credentials = tuple(credentials)
    ways = None if incident.seeks_more_access else NO_WAYS
    closes = shop_time(at.date(), CLOSING_TIME)
    if _reads_the_time(account):
        moments = (at, min(at + LOOKAHEAD, closes), closes)
    else:
        moments = (at,)  # later, nothing more is allowed
    radii = list[BlastRadius]()
    for moment in moments:
        sign_in = new_sign_in(account, stolen, moment)
        if sign_in:
            account_then = sign_in[0]
            callers = (*held_credentials, sign_in[1])
        else:
            account_then = account
            callers = held_credentials
        radii.append(
            find_blast_radius(account_then, callers, moment, ways, permitted=permitted)
        )
    return _union_of_radii(radii)


def _reads_the_time(account: Account) -> bool:
    """Return whether a policy might decide differently later in the day, because it reads the time.

    An organization's policies aren't looked at. An account in one counts as if they did.
    """
    holders = (
        *account.users.values(),
        *account.groups.values(),
        *account.roles.values(),
    )
    resources = (
        *account.buckets.values(),
        *account.queues.values(),
        *account.functions.values(),
        *account.kms_keys.values(),
    )
    documents = (
        *(document for holder in holders for document in holder.inline.values()),
        *(role.trust for role in account.roles.values()),
        *(managed.document for managed in account.policies.values()),
        *(resource.policy for resource in resources if resource.policy),
    )
    has_organization = account.organization or account.joined_organization
    return bool(has_organization) or any(
        key in document.text.lower() for document in documents for key in TIME_KEYS
    )


def new_sign_in(
    account: Account, stolen: StolenCredential, at: datetime
) -> tuple[Account, Caller] | None:
    """Return the credential of a new sign-in by the thief, with its account. Return None if they can't sign in.

    A thief with a password can sign in until the password changes. An insider always can. A workflow of a fork gets
    a new session as long as a role lets it in.
    """
    if stolen.forked:
        return open_fork_session(account, stolen.forked, at)
    want = stolen.sign_in
    if want is None:
        return None
    if stolen.password:
        user = user_named(account, want.who)
        if not user or not user.login or user.login.history[0] != stolen.password:
            return None
    return next(usable_credentials(account, want, at), None)


def _union_of_radii(radii: Iterable[BlastRadius]) -> BlastRadius:
    """Return what at least one of the radii reaches, by its first decision."""
    parts = tuple(radii)
    full_access_paths = (part.full_access_path for part in parts if part.full_access_path)
    return BlastRadius(
        tuple(_first_reached(parts)),
        next(full_access_paths, None),
        parts[0].thing_count,
        tuple(dict.fromkeys(reason for part in parts for reason in part.unfinished)),
    )


def _first_reached(radii: Iterable[BlastRadius]) -> Iterator[Reached]:
    """Yield each reached pair of thing and access level once, and rather one that no job needs."""
    first_by_pair = dict[object, Reached]()
    for reached in (each for radius in radii for each in radius.reached):
        first = first_by_pair.setdefault(reached.pair, reached)
        if first.is_needed and not reached.is_needed:
            first_by_pair[reached.pair] = reached
    yield from first_by_pair.values()
