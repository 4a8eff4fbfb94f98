"""One judging of a play: what each person holds and needs, on a copy of the account with strangers in it.

*Allowed* is a session's standing; *needed* is the standing that has exactly what the jobs ask for, and the slack. What
is in excess is what `policy.excesses` finds between the two. What costs is computed once and kept for the judging.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import asks
from coffeeshop.account.access.standing import standing
from coffeeshop.account.credentials import Session
from coffeeshop.account.door import replay
from coffeeshop.account.escalation.reach import WAYS, Path, reach
from coffeeshop.account.ids import arn
from coffeeshop.account.model import Account, Act, Call, Caller, Key, Outcome, Role, ServiceError
from coffeeshop.lessons.grading.slack import ALWAYS, own_badge
from coffeeshop.lessons.model import Play, Slack
from coffeeshop.lessons.play.acts_json import dumps
from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Allowed, Condition, Element, Fixed, Policy, Request, Standing, Statement, Values
from coffeeshop.shop.serve import present, serve
from coffeeshop.shop.want import Mode, Ticket, Want, named

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain

DIRECT = ("key", "password", "code")  # weaker badges first
ASSUME = {"assume": WAYS["assume"]}


Way: TypeAlias = tuple[Path, tuple[Outcome, ...]]


class Held(Struct, frozen=True):
    """One session that somebody can hold: `badge` is key, password, code or role/NAME, and where it stands."""

    who: str
    badge: str
    account: Account
    caller: Caller
    standing: Standing


class Trial:
    """The judging of one play. `account` is a copy in which the canaries exist, whom no hand-in can have named."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.names = canaries(play)
        self.account = _peopled(play, self.names)
        self.tickets = tuple(serve(self.account, named(want, self.names), play.now) for want in play.scenario.wants)
        self.jobs = tuple(ticket for ticket in self.tickets if ticket.want.mode is Mode.MUST)
        self._sessions: dict[str, tuple[Held, ...]] = {}
        self._paths: dict[tuple[str, str, Caller | None], tuple[Way, ...]] = {}
        self._needed: dict[tuple[str, str], Standing] = {}

    @cached_property
    def domain(self) -> Domain:
        """What counts as a request in this account."""
        from coffeeshop.policy.comparison.domain import Domain  # asked for when something is compared, and not before

        return Domain.typed((self.account.id,), tuple(_existing(self.account)))

    @cached_property
    def minted(self) -> bool:
        """Whether people show badges minted for the trial, not those they really have."""
        return all(want.minted for want in self.play.scenario.wants)

    def later(self, ticket: Ticket) -> Ticket:
        """The same job on a later day that nobody can have named, unless its own time is part of it."""
        if ticket.want.at is not None:
            return ticket
        return serve(self.account, ticket.want, self.play.now + timedelta(days=int(self.names["days"])))

    def person(self, who: str, badge: str = "any") -> Want:
        """Somebody about to show a badge, and to ask for nothing yet."""
        return Want(who, Mode.MAY, who, "", badge=badge, minted=self.minted)  # pyright: ignore[reportArgumentType]  # of DIRECT

    # ------------------------------------------------------------ what they hold
    def sessions(self, who: str) -> tuple[Held, ...]:
        """Every session that somebody can hold: each kind of badge they can show, and each role they can wear."""
        if who not in self._sessions:
            self._sessions[who] = tuple(held_by(self.account, self.person, who, self.play))
        return self._sessions[who]

    def paths(self, want: Want) -> Iterator[Way]:
        """What the person of a want can come to by ways that no job of theirs needs, and the calls that lead there."""
        for badge in DIRECT if want.badge == "any" else (want.badge,):
            key = want.who, badge, want.held
            if key not in self._paths:
                self._paths[key] = tuple(self._ways(replace(want, badge=badge)))
            yield from self._paths[key]

    def _ways(self, want: Want) -> Iterator[Way]:
        for account, caller in present(self.account, want, self.play.now):
            for path in reach(account, caller, self.play.now):
                outcomes = replay(account, path.acts)
                if not all(self.is_needed(want.who, before, outcome) for before, outcome in _steps(account, outcomes)):
                    yield path, outcomes

    def is_needed(self, who: str, account: Account, outcome: Outcome) -> bool:
        """Whether a call of a path is one that the jobs of its person need: everything that it asks for is."""
        badge = _badge(account, outcome.act.caller)
        if badge is None:  # a service putting on what was passed to it
            return True
        fine = self.needed(who, badge)
        requests = asks(account, outcome.act.call, outcome.act.caller)
        return all(isinstance(authorize(fine, request), Allowed) for request in requests)

    # ------------------------------------------------------------ what they need
    def needed(self, who: str, badge: str) -> Standing:
        """What the jobs of `who` ask for in a session of that badge, and the slack: the upper bound of what is fine."""
        if (who, badge) not in self._needed:
            asked = self.asked(who, badge).statements
            self._needed[who, badge] = Standing.of(Policy((*asked, *self._slack(who)), name="needed"))
        return self._needed[who, badge]

    def asked(self, who: str, badge: str) -> Policy:
        """What the jobs of `who` ask for in a session of that badge, and nothing else."""
        mine = (ticket for ticket in self.jobs if ticket.want.who in (who, "anyone"))
        return Policy(tuple(statement for ticket in mine for statement in _asked(ticket, badge)), name="asked")

    def self_service(self, who: str) -> Standing:
        """Looking after one's own badge, and nothing else."""
        return Standing.of(
            Policy((*statements_of(own_badge(self.account.id, who)), *statements_of(ALWAYS)), name="self-service")
        )

    def _slack(self, who: str) -> Iterator[Statement]:
        sets = (slack for slack in (*self.play.scenario.slack, ALWAYS) if not slack.who or who in slack.who)
        return (statement for slack in sets for statement in statements_of(slack))


def _steps(account: Account, outcomes: tuple[Outcome, ...]) -> Iterator[tuple[Account, Outcome]]:
    for outcome in outcomes:
        yield account, outcome
        account = outcome.account


def held_by(account: Account, person: Callable[[str, str], Want], who: str, play: Play) -> Iterator[Held]:
    """The sessions of somebody in an account: directly, weaker badges first, and each role they can come to wear."""
    worn: set[str] = set()
    for badge in DIRECT if "/" not in who else DIRECT[:1]:
        for shown in present(account, person(who, badge), play.now):
            for path in reach(*shown, play.now, ASSUME):
                role = str(path.acts[-1].call.parameters["RoleArn"]).rpartition("/")[2] if path.acts else ""
                held = standing(path.account, path.caller, play.now)
                if not isinstance(held, ServiceError) and role not in worn:
                    worn |= {role} - {""}
                    yield Held(who, f"role/{role}" if role else badge, path.account, path.caller, held)


def _badge(account: Account, caller: Caller) -> str | None:
    """What kind of badge a credential is: key, password, code, role/NAME; None if it is a service's."""
    held = account.credentials.get(caller.id) if isinstance(caller, Key) else None
    if not isinstance(held, Session):
        return "key" if held else None
    owner = account.of_id(held.owner)
    return f"role/{owner.name}" if isinstance(owner, Role) else "code" if held.mfa else "password"


def _asked(ticket: Ticket, badge: str) -> Iterator[Statement]:
    """The statements that one job needs in a session of that badge: everything its calls ask for."""
    want, worn = ticket.want, ticket.want.via
    if worn and ticket.outcomes and _opens(badge, want.badge):
        yield from (_allow((r.action,), (r.resource,)) for r in requests_of(ticket.outcomes[0]))
    if badge == f"role/{worn}" if worn else _opens(badge, want.badge):
        for outcome in ticket.outcomes[1:] if worn else ticket.outcomes:
            judged = outcome is ticket.outcomes[-1]
            for request in requests_of(outcome):
                upper = _upper(want, request.resource) if judged else (request.resource,)
                yield _allow((request.action,), upper, want.conditions if judged else ())


def _opens(badge: str, weaker: str) -> bool:
    """Whether someone with `badge` may do what a job does with `weaker`: a code opens what a key opens."""
    return badge in DIRECT and DIRECT.index("key" if weaker == "any" else weaker) <= DIRECT.index(badge)


def _upper(want: Want, resource: str) -> Values:
    """On what the action of a job may be allowed: `within`, else `covers`, where they speak of its resource at all."""
    bound = want.within or want.covers
    return bound if any(glob(pattern)(resource) for pattern in bound) else (resource,)


def requests_of(outcome: Outcome) -> tuple[Request, ...]:
    """Everything that a call asked for."""
    if outcome.decisions:
        return tuple(decision.request for decision in outcome.decisions)
    return asks(outcome.account, outcome.act.call, outcome.act.caller)


def _allow(actions: Values, resources: Values, conditions: tuple[Condition, ...] = ()) -> Statement:
    return Statement("Allow", Element(actions), Element(resources), conditions=conditions)


def statements_of(slack: Slack) -> Iterator[Statement]:
    """A set of calls as statements; what takes no resource can only be asked on `*`, whatever the set names."""
    yield _allow(slack.actions, slack.resources)
    if bare := tuple(name for name in slack.actions if (found := catalog.action(name)) and not found.resource_types):
        yield _allow(bare, ("*",))


# ------------------------------------------------------------------ lower bound
def lower_bound(ticket: Ticket) -> tuple[Standing, Standing] | None:
    """What all must work for a job that covers more than one resource, and what is held, both under the very context
    of the job's own call; None for a job that covers its one resource only.
    """
    if not ticket.want.covers or not ticket.outcomes:
        return None
    last = ticket.outcomes[-1]
    held = standing(last.account, last.act.caller, last.act.at)
    if isinstance(held, ServiceError):
        return None
    requests = [
        request for request in requests_of(last) if _upper(ticket.want, request.resource) != (request.resource,)
    ]
    must = Policy(tuple(_allow((r.action,), ticket.want.covers) for r in requests), name="covers")
    fixed = _settled(held, {key: value for request in requests for key, value in request.context.items()})
    needed = dataclasses.replace(Standing.of(must), principal=held.principal, fixed=fixed)
    return needed, dataclasses.replace(held, fixed=fixed)


def _settled(held: Standing, context: Mapping[str, Values]) -> dict[str, Fixed]:
    """The context of one call as the only one: what no policy finds in it is absent."""
    read = {c.key.lower() for layer in held.layers for p in layer.policies for s in p.statements for c in s.conditions}
    said: dict[str, Fixed] = {key.lower(): value for key, value in held.fixed.items()}
    said |= {key.lower(): value for key, value in context.items()}
    return {**dict.fromkeys(read), **said}


# --------------------------------------------------------------------- canaries
def canaries(play: Play) -> dict[str, str]:
    """Names that nobody can have named, and no pattern can have foreseen: drawn whole from the scenario, its variant
    and the very acts that are judged. `stranger` is an account; `days` says after how many the jobs are tried again.
    """
    drawn = sha256("\n".join((play.scenario.edition, *map(dumps, play.acts))).encode()).digest()
    letters = "".join(chr(ord("a") + byte % 26) for byte in drawn)
    return {
        "newcomer": letters[:10],
        "newname": letters[10:20],
        "tomorrow": letters[20:32],
        "stranger": str(int.from_bytes(drawn[:8]) % 10**12).zfill(12),
        "days": str(1 + drawn[0]),
    }


def _peopled(play: Play, names: Mapping[str, str]) -> Account:
    """The account with a colleague who holds nothing and a bucket that was opened tomorrow."""
    calls = (
        Call("iam", "CreateUser", {"UserName": names["newcomer"]}),
        Call("s3", "CreateBucket", {"Bucket": names["tomorrow"]}),
    )
    account, root = next(present(play.account, Want("root", Mode.MAY, "root", ""), play.now))
    made = replay(account, [Act(play.now, root, call) for call in calls])[-1].account
    return replace(made, credentials=play.account.credentials)  # root's key was for the making only


def _existing(account: Account) -> Iterator[str]:
    """ARNs of what is there, which a witness prefers to invented names."""
    for name in account.buckets:
        yield arn(account, "bucket", name)
        yield from (arn(account, "bucket", f"{name}/{key}") for key in account.buckets[name].objects)
    yield from (arn(account, "table", name) for name in account.tables)
    yield from (arn(account, "queue", name) for name in account.queues)
    yield from (arn(account, "instance", id) for id in account.instances)
