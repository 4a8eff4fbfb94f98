"""Who could become what in an account: `reach` from everybody, and the roles that a service would wear for them.

What is played is proven. What asks a service that is not simulated is judged by the policies alone; what needs a thing of
which the account knows nothing, such as an EC2 instance, is told with that supposition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from coffeeshop.account.access.callers import credential_owner
from coffeeshop.account.access.sessions import mint_credential, new_session
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.escalation.reach import may_do_everything, reach
from coffeeshop.account.escalation.run_as_role import handed, supposed
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Act, Call, Caller, Key, Reply, Service
from coffeeshop.policy.comparison.budgets import STEPS, Steps, StepsError
from coffeeshop.policy.model import Request, Standing

SURVEYED = 10_000_000  # steps that the searches of one survey may take in all
STARTED = 2_000  # that beginning one takes
UNSEEN = "starts: too many are looked from at once, and this is one of those left out"
HOUR = timedelta(hours=1)


class Ascent(Struct, frozen=True):
    """What somebody could become: the ARN of an identity, their own if it is more power that they win, and whether it may
    do everything. `acts` lead there; or `asks`, by which `service` wears the role for them, if `supposing` that it wears
    it already is true.
    """

    becomes: str
    everything: bool
    acts: tuple[Act, ...] = ()
    service: str = ""
    asks: tuple[Request, ...] = ()
    supposing: str = ""


class Surveyed(Struct, frozen=True):
    """What was found from one start, the ARN of a user or role: whether it may do everything as it is, what it could
    become, the most first, and what the search left out.
    """

    who: str
    everything: bool = False
    ascents: tuple[Ascent, ...] = ()
    unfinished: tuple[str, ...] = ()


def starts(account: Account, name: str = "") -> tuple[User | Role, ...]:
    """Returns every user, then every role that is not AWS's own; with `name`, those that are called so."""
    found = (*account.users.values(), *account.roles.values())
    if name:
        called = name.lower()
        return tuple(
            one for one in found if called in (one.name.lower(), account.arn(one).lower())
        )
    return tuple(one for one in found if not one.path.startswith("/aws-service-role/"))


def survey(
    account: Account, at: datetime, starts: Iterable[User | Role]
) -> Iterator[Surveyed]:
    """Yields what each of these could become. All searches together take SURVEYED steps; where these end, it is told."""
    steps = Steps(SURVEYED)
    for start in starts:
        try:
            steps.take(STARTED)
        except StepsError:
            yield Surveyed(account.arn(start), unfinished=(UNSEEN,))
            continue
        with steps.at_most(STEPS):
            found = _from(account, start, at, steps)
        yield found


def _from(account: Account, start: User | Role, at: datetime, steps: Steps) -> Surveyed:
    who = account.arn(start)
    account, caller = holding(account, start, at)
    own = build_standing(account, caller, at)
    if not isinstance(own, Standing):
        return Surveyed(who)
    if may_do_everything(account, own):
        return Surveyed(who, everything=True)
    found = dict[tuple[str, bool], Ascent]()
    left = dict[str, None]()
    for ascent in (*_played(account, caller, at, steps), *_worn(account, own, at, steps)):
        if isinstance(ascent, Unfinished):
            left[ascent.reason] = None
        else:
            found.setdefault((ascent.becomes, ascent.everything), ascent)
    ascents = sorted(
        found.values(), key=lambda ascent: (not ascent.everything, bool(ascent.supposing))
    )
    return Surveyed(who, ascents=tuple(ascents), unfinished=tuple(left))


def holding(account: Account, start: User | Role, at: datetime) -> tuple[Account, Caller]:
    """Returns a copy in which a user has a key, or a role a session, and that credential."""
    if isinstance(start, User):
        return mint_credential(account, account.arn(start), "key", at)
    account, session = new_session(
        account, "Role", start.id, start.name, at, HOUR, name="canary"
    )
    return account, Key(session.id)


def _played(
    account: Account, caller: Caller, at: datetime, steps: Steps
) -> Iterator[Ascent | Unfinished]:
    """Yields where paths lead that were played."""
    for path in reach(account, caller, at, steps=steps):
        if isinstance(path, Unfinished):
            yield path
        elif path.acts:
            who = build_standing(path.account, path.caller, at)
            found = credential_owner(path.account, path.caller)
            if isinstance(found, User | Role):
                becomes = path.account.arn(found)
            else:
                becomes = path.account.root_arn
            everything = isinstance(who, Standing) and may_do_everything(path.account, who)
            yield Ascent(becomes, everything, path.acts)


def _worn(
    account: Account, who: Standing, at: datetime, steps: Steps
) -> Iterator[Ascent | Unfinished]:
    """Yields the roles that a service wears for them, if it may take the role."""
    now = (
        found if isinstance(found, Unfinished) else ("", found)
        for found in handed(account, who, steps)
    )
    for found in (*now, *supposed(account, who, steps)):
        if isinstance(found, Unfinished):
            yield found
            continue
        thing, (service, role, asks) = found
        if (everything := _taken(account, service, role, at)) is not None:
            yield Ascent(
                account.arn(role),
                everything,
                (),
                service,
                asks,
                f"{thing} wears it" if thing else "",
            )


def _taken(account: Account, service: str, role: Role, at: datetime) -> bool | None:
    """Tells whether a service that takes the role may do everything; None where it may not take it."""
    said = {"RoleArn": account.arn(role), "RoleSessionName": "canary"}
    taken = handle(account, Act(at, Service(service), Call("sts", "AssumeRole", said)))
    if not isinstance(taken.answer, Reply):
        return None
    held = taken.answer.body["Credentials"]
    assert isinstance(held, dict), "AssumeRole answers credentials"
    worn = build_standing(taken.account, Key(str(held["AccessKeyId"])), at)
    return isinstance(worn, Standing) and may_do_everything(taken.account, worn)
