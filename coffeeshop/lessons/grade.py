"""The judgement: everyone can work, nothing else is possible, and it is done in a way that lasts.

Which requests are allowed is asked of the policy engine, never read off the text of a policy; what is in excess is
proven by `policy.compare` over all requests there are. Checks stand on one another: what stands on a failed one is
not run, so that one missing user is one finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from coffeeshop.account.ids import arn
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody, Outsider, ServiceError
from coffeeshop.account.reach import reach
from coffeeshop.account.service import handle, replay
from coffeeshop.account.standing import standing
from coffeeshop.lessons.findings import findings
from coffeeshop.lessons.fixtures import fixture
from coffeeshop.lessons.model import Check, Passed, Play, Proof, Report, Scenario, Shares
from coffeeshop.lessons.needed import Held, lower_bound, needed, sessions, want_held
from coffeeshop.lessons.practice import RULES, sentence
from coffeeshop.policy.compare import Domain, excesses
from coffeeshop.policy.model import Element, Excess, Kind, Layer, Policy, Standing, Statement, Undecided
from coffeeshop.shop.serve import outsider, present, serve
from coffeeshop.shop.want import Mode, Ticket, Want

PARTNERS = ("444455556666", "777788889999")  # the partner of the story, and a stranger
SHOWN = 10  # how many excesses of one session are looked for


def grade(play: Play) -> Report:
    """The report of a play as it stands. Pure: the same acts give the same report."""
    checks = judge(play)
    return Report(checks, findings(play, checks), shares(checks), floor(play.scenario))


@lru_cache(maxsize=64)
def floor(scenario: Scenario) -> Fraction:
    """q of the untouched world: what the score counts from."""
    checks = judge(Play(scenario))
    return Report(checks, (), shares(checks), Fraction(0)).quality


def shares(checks: Iterable[Check]) -> Shares:
    """Of each kind of check, the share that holds; 1 where a scenario has none."""
    checks = tuple(checks)

    def share(kind: str) -> Fraction:
        mine = [check.passed is True for check in checks if check.kind == kind]
        return Fraction(sum(mine), len(mine)) if mine else Fraction(1)

    return Shares(share("job"), share("refuse"), share("only"), share("practice"))


def open_shop(play: Play) -> tuple[Ticket, ...]:
    """Every job and refusal run once on a copy of the account, in the order of the brief."""
    return tuple(serve(play.account, want, play.now) for want in play.scenario.wants)


# -------------------------------------------------------------------- checks
def judge(play: Play) -> tuple[Check, ...]:
    """Every check of the brief; each depends on those named in its `after`."""
    fixtures = tuple(fixture(play, name) for name in play.scenario.fixed)
    tickets = open_shop(play)
    jobs = [ticket for ticket in tickets if ticket.want.mode is Mode.MUST]
    people = tuple(_people(jobs))
    worn = tuple(_worn(jobs))
    checks = (
        *fixtures,
        *people,
        *worn,
        *(_job(play, ticket) for ticket in jobs),
        *(_refusal(play, ticket, jobs) for ticket in tickets if ticket.want.mode is Mode.NEVER),
        *_only(play, jobs),
        *(_practice(play, row.rule, row.options) for row in play.scenario.practice),
    )
    return tuple(_settle(checks))


def _settle(checks: Iterable[Check]) -> Iterator[Check]:
    """What stands on a check that failed, or was not run, was not run either."""
    settled: dict[str, Passed] = {}
    tampered = False
    for check in checks:
        tampered = tampered or (check.kind == "fixture" and check.passed is False)
        waits = any(settled.get(id) is not True for id in check.after if id in settled)
        if check.kind not in ("fixture", "practice") and (waits or tampered):
            check = replace(check, passed=None)
        settled[check.id] = check.passed
        yield check


def _people(jobs: Iterable[Ticket]) -> Iterator[Check]:
    for who in dict.fromkeys(t.want.who for t in jobs):
        mine = [t for t in jobs if t.want.who == who]
        found = all(not t.missing or t.outcomes for t in mine)
        yield Check(f"person:{who}", f"{name(who)} has a badge to show", found, evidence=tuple(mine))


def _worn(jobs: Iterable[Ticket]) -> Iterator[Check]:
    by_role = {f"{t.want.who}/{t.want.via}": t for t in reversed(list(jobs)) if t.want.via}
    for key in reversed(by_role):
        ticket = by_role[key]
        say = f"{name(ticket.want.who)} can wear the role {ticket.want.via}"
        yield Check(f"session:{key}", say, ticket.in_session, (f"person:{ticket.want.who}",), (ticket,))


def _job(play: Play, ticket: Ticket) -> Check:
    want = ticket.want
    on = (f"person:{want.who}", *([f"session:{want.who}/{want.via}"] if want.via else []), *want.after)
    narrow = _narrow(ticket) if ticket.allowed else ()
    evidence = (ticket, Proof(want.who, want.via or want.badge, narrow)) if narrow else (ticket,)
    return Check(f"job:{want.id}", want.say, ticket.allowed and not narrow, on, evidence)


def _narrow(ticket: Ticket) -> tuple[Excess | Undecided, ...]:
    """A request that the job covers and that is refused: the call works, its siblings do not."""
    held = want_held(ticket)
    bounds = lower_bound(ticket, held) if held else None
    return tuple(islice(excesses(*bounds, domain(ticket.outcomes[-1].account)), 1)) if bounds else ()


def _refusal(play: Play, ticket: Ticket, jobs: Iterable[Ticket]) -> Check:
    """A refusal holds for its person, and wherever they can come to by ways that no job of theirs needs."""
    leaks = () if _holds(ticket) else (ticket,)
    if ticket.want.reach:
        leaks += tuple(_reached(play, ticket.want, jobs))
    return Check(f"refuse:{ticket.want.id}", ticket.want.say, not leaks, evidence=leaks or (ticket,))


def _holds(ticket: Ticket) -> bool:
    return bool(ticket.missing) or not ticket.in_session or ticket.refused


def _reached(play: Play, want: Want, jobs: Iterable[Ticket]) -> Iterator[Ticket]:
    """The leaks at the end of each path, the calls of the path before them."""
    shown = present(play.account, want, play.now)
    if isinstance(shown, str):
        return
    needed = {_way(t.outcomes[0].act) for t in jobs if t.want.who == want.who and t.want.via and t.outcomes}
    for path in reach(*shown, play.now):
        if any(_way(act) not in needed for act in path.acts):
            ticket = serve(path.account, want, path.acts[-1].at, path.caller)
            if not _holds(ticket):
                yield replace(ticket, outcomes=(*replay(shown[0], path.acts), *ticket.outcomes))


def _way(act: Act) -> tuple[str, str]:
    return act.call.operation, str(act.call.parameters.get("RoleArn", act.call.parameters))


# -------------------------------------------------------------- nothing more
def domain(account: Account) -> Domain:
    """What counts as a request: what AWS could receive about anything in this account."""
    return Domain.typed((account.id,), tuple(_existing(account)))


def _existing(account: Account) -> Iterator[str]:
    """ARNs of what is there, which a witness prefers to invented names."""
    for name in sorted(account.buckets):
        yield arn(account, "bucket", name)
        yield from (arn(account, "bucket", f"{name}/{key}") for key in sorted(account.buckets[name].objects))
    yield from (arn(account, "table", name) for name in sorted(account.tables))
    yield from (arn(account, "queue", name) for name in sorted(account.queues))


def _only(play: Play, jobs: list[Ticket]) -> Iterator[Check]:
    scenario, account = play.scenario, play.account
    others = [user.name for _, user in sorted(account.users.items())]
    named = dict.fromkeys((*scenario.people.graded, *scenario.people.bystanders, *others))
    for who in named:
        if who not in scenario.people.admins:
            proofs = tuple(_proofs(play, who, jobs))
            yield Check(f"only:{who}", f"{name(who)} can do nothing else", not proofs, evidence=proofs)
    for who, held in _strangers(play):
        proofs = tuple(_proof(play, held, needed(play, who, held.badge, jobs)))
        yield Check(f"only:{who}", f"{STRANGERS[who]} can do nothing", not proofs, evidence=proofs)


STRANGERS = {
    "newcomer": "A colleague you have not met yet",
    "anyone": "Someone without a badge",
    **{f"account/{id}": f"The account {id}" for id in PARTNERS},
}


def _proofs(play: Play, who: str, jobs: list[Ticket]) -> Iterator[Proof]:
    """Each session of this person in which more is allowed than is fine."""
    if who.lower() not in play.account.users:
        return
    bystander = who in play.scenario.people.bystanders
    for held in sessions(play.account, who, _minted(play.scenario), play.now):
        fine = _before(play, held) if bystander else needed(play, who, held.badge, jobs)
        yield from _proof(play, held, fine)


def _proof(play: Play, held: Held, fine: Standing) -> Iterator[Proof]:
    found = tuple(islice(excesses(held.standing, fine, domain(play.account)), SHOWN))
    if found:
        yield Proof(held.who, held.badge, found)


def _before(play: Play, held: Held) -> Standing:
    """What the same session could do in the untouched world; nothing, if there was none."""
    scenario = play.scenario
    was = sessions(scenario.opening, held.who, _minted(scenario), scenario.now)
    return next((other.standing for other in was if other.badge == held.badge), Standing.of())


def _minted(scenario: Scenario) -> bool:
    return all(want.minted for want in scenario.wants)


def _strangers(play: Play) -> Iterator[tuple[str, Held]]:
    """Who has no part in the story: what resource-based policies and trusts give to everybody, they get."""
    account, caller = _newcomer(play)
    callers: list[tuple[str, Caller]] = [("newcomer", caller), ("anyone", Nobody())]
    callers += [(f"account/{id}", outsider(id)) for id in PARTNERS]
    for who, caller in callers:
        held = standing(account, caller, play.now)
        if not isinstance(held, ServiceError):
            yield who, Held(who, "key", account, caller, _here(held) if isinstance(caller, Outsider) else held)


def _here(held: Standing) -> Standing:
    """An outsider's standing towards the things of this account: what they may do at home, their own account may say,
    and of what is here only that matters of which a resource's policy speaks.
    """
    own = tuple(
        Statement("Allow", statement.actions, Element((layer.on, f"{layer.on}/*")))
        for layer in held.layers
        for policy in (layer.policies if layer.on != "*" else ())
        for statement in policy.statements
        if statement.effect == "Allow"
    )
    others = tuple(layer for layer in held.layers if layer.kind is not Kind.IDENTITY)
    return replace(held, layers=(Layer(Kind.IDENTITY, (Policy(own, name="their own account"),)), *others))


def _newcomer(play: Play) -> tuple[Account, Caller]:
    """A colleague with an empty badge, whose name nobody can have named: drawn from the folder's digest."""
    root = Want("root", Mode.MAY, "root", "")
    shown = present(play.account, root, play.now)
    if isinstance(shown, str):
        raise LookupError(shown)
    who = f"colleague-{play.scenario.digest[:8]}"
    account = handle(shown[0], Act(play.now, shown[1], Call("iam", "CreateUser", {"UserName": who}))).account
    met = present(account, replace(root, who=who), play.now)
    return (account, Nobody()) if isinstance(met, str) else met


# ------------------------------------------------------------------ practice
def _practice(play: Play, rule: str, options: object) -> Check:
    offences = tuple(RULES[rule].offences(play, options))
    return Check(f"practice:{rule}", sentence(rule, options), not offences, evidence=offences)


def name(who: str) -> str:
    """A person as a sentence begins: casey -> Casey."""
    return who[:1].upper() + who[1:]
