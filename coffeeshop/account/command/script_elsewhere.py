"""What a play made and changed beyond its own account: in those beside it, and in the organization that they are in.

The counterpart of a script has credentials for one account alone, so it tells of these what is to be done by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.control_policies import find_control_policy
from coffeeshop.account.model import Account
from coffeeshop.account.organization import Organization

BOOKS = (
    "functions",
    "tables",
    "queues",
    "buckets",
    "trails",
    "users",
    "groups",
    "roles",
    "policies",
)


def elsewhere(ground: Account, last: Account) -> Iterator[str]:
    """Yields what stands in other accounts, and in an organization, that was not there on the `ground`: of each one line."""
    for one in last.others.values():
        before = ground.others.get(one.id)
        made = [name for book in BOOKS for name in _made(before, one, book)]
        if made:
            yield f"in the account {one.id} the play made {', '.join(made)}"
    known = {one.id: one for one in ground.organizations}
    for new in last.organizations:
        old = known.get(new.id, Organization(new.id, new.management))
        yield from (
            f"in the organization of {new.management} the play {did}"
            for did in _changed(old, new)
        )


def _made(before: Account | None, now: Account, book: str) -> Iterator[str]:
    there = getattr(before, book) if before else ()
    kind = book.removesuffix("s").replace("policie", "policy")
    yield from (
        f"the {kind} {thing.name}"
        for key, thing in getattr(now, book).items()
        if key not in there
    )


def _changed(old: Organization, new: Organization) -> Iterator[str]:
    """Yields what was done, in an order in which it can be undone."""
    for place in new.attached:
        yield from _hung(old, new, place)
    for id, policy in new.policies.items():
        if id not in old.policies:
            yield f"made the policy {policy.name}: detach it, then delete it"
        elif policy.document.text != old.policies[id].document.text:
            yield f"changed the policy {policy.name}"
    yield from (
        f"deleted the policy {policy.name}"
        for id, policy in old.policies.items()
        if id not in new.policies
    )
    for id, member in new.members.items():
        if id not in old.members and id != new.management:
            yield f"{'made' if member.method == 'CREATED' else 'took in'} the account {id}"
        elif id in old.members and member.parent != old.members[id].parent:
            yield f"moved the account {id} to {new.units[member.parent].name}"
    yield from (f"let the account {id} go" for id in old.members if id not in new.members)
    made = (
        unit.name for id, unit in new.units.items() if id not in old.units and unit.parent
    )
    yield from (f"made the unit {name}" for name in made)


def _hung(old: Organization, new: Organization, place: str) -> Iterator[str]:
    """Yields what hangs on a place or does so no more; of AWS's own, what hangs on a new place is not told."""
    was = old.attached.get(place)
    now = new.attached[place]
    if place in new.units:
        where = new.units[place].name
    else:
        where = f"the account {place}"
    for id in now:
        if id not in (was or ()) and (was is not None or id in new.policies):
            yield f"hung {_called(new, id)} on {where}"
    yield from (f"took {_called(old, id)} off {where}" for id in was or () if id not in now)


def _called(organization: Organization, id: str) -> str:
    found = find_control_policy(organization, id)
    return found.name if found else id
