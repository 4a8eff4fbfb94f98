"""What a person can do (allowed) and what the jobs need (needed, slack), as two standings that `excesses` compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from coffeeshop.account.asks import asks
from coffeeshop.account.model import Account, Caller, Outcome, ServiceError
from coffeeshop.account.reach import WAYS, reach
from coffeeshop.account.standing import standing
from coffeeshop.lessons.model import Play, Slack
from coffeeshop.policy.model import Condition, Element, Fixed, Policy, Request, Standing, Statement, Values
from coffeeshop.shop.serve import credential
from coffeeshop.shop.want import Mode, Ticket, Want

DIRECT: tuple[Literal["key", "password", "code"], ...] = ("key", "password", "code")  # weaker badges first

ASSUME = {"assume": WAYS["assume"]}

# Calls that no policy can take away: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
ALWAYS = Slack("always", (), ("sts:GetCallerIdentity", "sts:GetSessionToken"))


@dataclass(frozen=True, slots=True)
class Held:
    """One session that a person can hold: `badge` is key, password, code or role/NAME, and where it stands."""

    who: str
    badge: str
    account: Account
    caller: Caller
    standing: Standing


def sessions(account: Account, who: str, minted: bool, at: datetime) -> Iterator[Held]:
    """Every session that a user of this account can hold: each kind of badge, and each role they can come to wear."""
    worn: set[str] = set()
    for badge in DIRECT:
        shown = credential(account, who, badge, minted, at)
        if isinstance(shown, str):
            continue
        for path in reach(*shown, at, ASSUME):
            role = str(path.acts[-1].call.parameters["RoleArn"]).rpartition("/")[2] if path.acts else ""
            held = standing(path.account, path.caller, at)
            if isinstance(held, ServiceError) or role in worn:
                continue
            worn |= {role} - {""}
            yield Held(who, f"role/{role}" if role else badge, path.account, path.caller, held)


def needed(play: Play, who: str, badge: str, tickets: Iterable[Ticket]) -> Standing:
    """What the jobs of `who` ask for in a session of that badge, and the slack: the upper bound of what is fine."""
    mine = [t for t in tickets if t.want.mode is Mode.MUST and t.want.who in (who, "anyone")]
    asked = [statement for ticket in mine for statement in _asked(ticket, badge)]
    slack = [_allow(s.actions, s.resources) for s in (*play.scenario.slack, ALWAYS) if not s.who or who in s.who]
    return Standing.of(Policy((*asked, *slack), name="needed"))


def _asked(ticket: Ticket, badge: str) -> Iterator[Statement]:
    """The statements that one job needs in a session of that badge: everything its calls ask for."""
    want, worn = ticket.want, ticket.want.via
    for outcome in ticket.outcomes[1:] if worn else ticket.outcomes:
        if not (badge == f"role/{worn}" if worn else _covers(badge, want.badge)):
            continue
        judged = outcome is ticket.outcomes[-1]
        for request in asks(outcome.account, outcome.act.call, outcome.act.caller):
            upper = want.within or want.covers if judged else ()
            yield _allow((request.action,), upper or (request.resource,), want.conditions if judged else ())
    if worn and ticket.outcomes and _covers(badge, want.badge):
        yield from (_allow((r.action,), (r.resource,)) for r in _requests(ticket.outcomes[0]))


def _covers(badge: str, weaker: str) -> bool:
    """Whether someone with `badge` may do what a job does with `weaker`: a code opens what a key opens."""
    order = (*DIRECT,)
    return badge in order and order.index("key" if weaker == "any" else weaker) <= order.index(badge)  # pyright: ignore[reportArgumentType]


def _requests(outcome: Outcome) -> tuple[Request, ...]:
    return asks(outcome.account, outcome.act.call, outcome.act.caller)


def _allow(actions: Values, resources: Values, conditions: tuple[Condition, ...] = ()) -> Statement:
    return Statement("Allow", Element(actions), Element(resources), conditions=conditions)


def lower_bound(ticket: Ticket, held: Standing) -> tuple[Standing, Standing] | None:
    """What all must work for a job that covers more than one resource, and what is held, both under the very context
    of the job's own call; None for a job that covers its one resource only.
    """
    if not ticket.want.covers:
        return None
    requests = _requests(ticket.outcomes[-1])
    must = Policy(tuple(_allow((r.action,), ticket.want.covers) for r in requests), name="covers")
    settled = {key: value for request in requests for key, value in request.context.items()}
    fixed = _settled(held, settled)
    return replace(Standing.of(must), principal=held.principal, fixed=fixed), replace(held, fixed=fixed)


def _settled(held: Standing, context: dict[str, Values]) -> dict[str, Fixed]:
    """The context of one call as the only one: what no policy finds in it is absent."""
    read = {c.key.lower() for layer in held.layers for p in layer.policies for s in p.statements for c in s.conditions}
    said: dict[str, Fixed] = {
        **{k.lower(): v for k, v in held.fixed.items()},
        **{k.lower(): v for k, v in context.items()},
    }
    return {**dict.fromkeys(read), **said}


def want_held(ticket: Ticket) -> Standing | None:
    """The standing of whoever made the last call of a ticket."""
    last = ticket.outcomes[-1]
    found = standing(last.account, last.act.caller, last.act.at)
    return None if isinstance(found, ServiceError) else found


def jobs(wants: Iterable[Want]) -> Iterator[Want]:
    """The wants that must work."""
    return (want for want in wants if want.mode is Mode.MUST)
