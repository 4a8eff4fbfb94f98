"""What someone could come to hold: candidate calls played through the one door, so that every path is real.

A thief's deed is a path replayed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from msgspec import Struct, msgpack
from msgspec.structs import replace

from coffeeshop.account.access.callers import credential_owner
from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import AttackerState, Move, Unfinished, Way
from coffeeshop.account.escalation.edit_permissions import Opened, opened, silenced
from coffeeshop.account.escalation.ways import WAYS
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Act, Caller, Key, Outcome, Reply, ServiceError
from coffeeshop.account.same import Content, Same
from coffeeshop.policy.comparison.budgets import LAYER, PLAYED, Steps
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.language.conditions import condition_test
from coffeeshop.policy.model import Kind, Layer, Policy, Present, Standing, Statement

NODES, TRIES = 300, 2000  # paths and moves, where the search ends
EACH = 600  # moves of one way of one credential, so that none uses up what others need
TURN = 40  # steps that asking takes which moves a credential has
TOO_MANY = "moves: there are more ways to {} than can be tried"


class Path(Struct, frozen=True):
    """What someone holds after `acts`, which `ways` they went, and with which credential; () is what they hold now.

    `held` are all the credentials that they have by then, `caller` the one that this path won or strengthened. Of a
    path that is `aside` nothing follows that does not follow from another, which opened more.
    """

    acts: tuple[Act, ...]
    account: Account
    caller: Caller
    ways: tuple[str, ...] = ()
    held: tuple[Caller, ...] = ()
    aside: bool = False


def reach(
    account: Account,
    caller: Caller,
    at: datetime,
    ways: Mapping[str, Way] | None = None,
    steps: Steps | None = None,
) -> Iterator[Path | Unfinished]:
    """Yields every path that leads to something new to hold, shortest first, the empty one before all; at most NODES,
    and what is found within TRIES. What was left out of a search is told at its end, once for each reason.

    `steps` are what it may take, where several searches share them. Once a path leads to someone who can do everything, no
    path is followed further: there is nothing more to hold, but what things deny even them.
    """
    ways = WAYS if ways is None else ways
    queue = [Path((), account, caller, held=(caller,))]
    seen = set[Hashable]()
    almighty = False
    tries = Tries(steps or Steps())
    left = dict[Unfinished, None]()
    followed = 0
    while queue and followed < NODES:
        path = queue.pop(0)
        who = build_standing(path.account, path.caller, at)
        tries.steps.spend(LAYER * len(who.layers) if isinstance(who, Standing) else 0)
        if (
            isinstance(who, ServiceError)
            or (essence := _essence(path.account.home_of(path.caller), who)) in seen
        ):
            continue
        seen.add(essence)
        yield path
        if almighty or path.aside:
            continue
        followed = followed + 1
        almighty = may_do_everything(account, who)
        if almighty and "edit" in ways:
            left_to_do = {"edit": silenced}
        elif almighty:
            left_to_do = {}
        else:
            left_to_do = ways
        for found in further(path, at, left_to_do, tries):
            if isinstance(found, Unfinished):
                left[found] = None
            else:
                queue.append(found)
    if queue and not almighty:
        left[Unfinished("paths: more lead further than can be followed")] = None
    if not almighty:
        yield from left


class Tries:
    """Counts the moves of one search: TRIES of them, as far as its steps last."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self._left = TRIES

    def take(self) -> bool:
        """Takes one, if there is one left."""
        self._left -= 1
        return self._left >= 0 and self.steps.remaining > 0


def _essence(account: Account, who: Standing) -> Hashable:
    """Returns what tells a standing from another: who it is, and of what its session fixes only what some policy reads.
    A name for a session that nobody asks about makes it no other.
    """
    own = [layer for layer in who.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST)]
    things = Same(resource_layers(account))
    read, named = _asked_of(things)
    read |= _keys_read(own)
    fixed = frozenset(
        (key.lower(), value) for key, value in who.fixed.items() if key.lower() in read
    )
    if who.principal.arn in named or who.principal.kind != "role":
        called = who.principal.arn
    else:
        called = ""
    # what caps a session is told apart whole, and so is what somebody holds
    return called, who.principal.role_arn, tuple(own), _content(things), fixed


@lru_cache(maxsize=16)
def _content(things: Same[tuple[Layer, ...]]) -> Content[tuple[Layer, ...]]:
    return Content(things.value)


@lru_cache(maxsize=16)
def _asked_of(things: Same[tuple[Layer, ...]]) -> tuple[frozenset[str], frozenset[str]]:
    """Returns the keys that the policies of things read, in lower case, and the principals that they name."""
    statements = (
        s for layer in things.value for policy in layer.policies for s in policy.statements
    )
    named = (
        value
        for s in statements
        for _, value in (s.principals.entries if s.principals else ())
    )
    return _keys_read(things.value), frozenset(named)


def _keys_read(layers: Iterable[Layer]) -> frozenset[str]:
    policies = (policy for layer in layers for policy in layer.policies)
    return frozenset(
        key.lower() for policy in policies for key in compiled_policy(policy).keys_read
    )


def may_do_everything(account: Account, who: Standing) -> bool:
    """Tells whether one statement allows everything and nothing caps or denies it: root, administrators. A stranger's
    own side, which allows everything too, opens nothing here. What the organization keeps from everybody here alike,
    nobody can come to hold.
    """
    if who.principal.account != account.id:
        return False
    caps = [
        _apart(layer) for layer in who.layers if layer.kind in CAPS or _tells_apart(layer)
    ]
    if not all(any(map(allows_everything, cap)) and not _denied(cap, who) for cap in caps):
        return False
    own = [
        policy
        for layer in who.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
    ]
    return who.principal.kind == "root" or (
        any(map(allows_everything, own)) and not _denied(own, who)
    )


CAPS = {Kind.BOUNDARY, Kind.SESSION}


def _tells_apart(layer: Layer) -> bool:
    """Tells whether this is a level of SCPs that may bind some of the account and not others: one that asks who it is."""
    return layer.kind is Kind.SCP and any(map(_is_about_somebody, layer.policies))


def _apart(layer: Layer) -> tuple[Policy, ...]:
    """Returns the policies of a cap; of a level of SCPs without the denies that bind all of the account alike."""
    if layer.kind is not Kind.SCP:
        return layer.policies
    return tuple(
        dataclasses.replace(policy, statements=tuple(filter(_is_apart, policy.statements)))
        for policy in layer.policies
    )


def _is_apart(statement: Statement) -> bool:
    return statement.effect == "Allow" or _is_about_somebody(Policy((statement,)))


def _is_about_somebody(policy: Policy) -> bool:
    return any(map(_is_of_somebody, compiled_policy(policy).keys_read))


def _is_of_somebody(key: str) -> bool:
    key = key.lower()
    return key in OF_SESSIONS or (key.startswith("aws:principal") and key not in OF_ALL)


# The keys of principals that are alike for all of an account, and what else tells one session from another.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
OF_ALL = {
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalisawsservice",
}
OF_SESSIONS = {
    *(
        "aws:userid",
        "aws:username",
        "aws:sourceidentity",
        "aws:tokenissuetime",
        "aws:federatedprovider",
    ),
    *("aws:multifactorauthpresent", "aws:multifactorauthage"),
}


def _denied(policies: Iterable[Policy], who: Standing) -> bool:
    """Tells whether the policies may deny them anything: not where what is fixed of them, such as a code, fails a
    condition.
    """
    fixed = {
        key.lower(): value
        for key, value in who.fixed.items()
        if value is not Present.PRESENT
    }
    context = {key: value for key, value in fixed.items() if value}
    denies = (
        statement
        for policy in policies
        for statement in policy.statements
        if statement.effect == "Deny"
    )
    for statement in denies:
        settled = (
            condition
            for condition in statement.conditions
            if condition.key.lower() in fixed
        )
        if all(condition_test(condition)(context) for condition in settled):
            return True
    return False


def allows_everything(policy: Policy) -> bool:
    """Tells whether one statement allows every action on every resource, whatever the request."""
    return any(
        s.effect == "Allow"
        and "*" in s.actions.values
        and s.resources
        and "*" in s.resources.values
        and not s.conditions
        for s in policy.statements
        if not s.actions.negated
    )


def further(
    path: Path, at: datetime, ways: Mapping[str, Way] = WAYS, tries: Tries | None = None
) -> Iterator[Path | Unfinished]:
    """Yields the paths one move further, and what was not tried: each way of each credential has a budget of its own."""
    tries = tries or Tries(Steps())
    mine = dict.fromkeys(
        who.id
        for held in path.held
        if isinstance(who := credential_owner(path.account, held), User | Role)
    )
    entities = tuple(
        e for id in mine if isinstance(e := path.account.entity_by_id(id), User | Role)
    )
    tried: dict[bytes, Outcome] = {}
    for caller in path.held:
        left = _left(path, caller, ways)
        tries.steps.spend(TURN if left else 0)
        if not tries.steps.remaining:
            yield from (Unfinished(TOO_MANY.format(name)) for name in left)
        elif left:
            who = build_standing(path.account, caller, at)
            assert isinstance(who, Standing), "no move takes away a credential that is held"
            state = AttackerState(
                path.account, caller, who, entities, path.held, at, tries.steps
            )
            yield from _moved(path, state, left, tried, tries)


def _moved(
    path: Path,
    state: AttackerState,
    ways: Mapping[str, Way],
    tried: dict[bytes, Outcome],
    tries: Tries,
) -> Iterator[Path | Unfinished]:
    """Yields the paths one move of one credential further."""
    openings: dict[Opened, list[Path]] = {}
    for name, way in ways.items():
        for number, move in enumerate(way(state)):
            if isinstance(move, Unfinished):
                yield move
            elif number >= EACH or not tries.take():
                yield Unfinished(TOO_MANY.format(name))
                break
            elif thing := opened(move):
                openings.setdefault(thing, []).extend(
                    _played(path, state.at, name, move, tried, tries.steps)
                )
            else:
                yield from _played(path, state.at, name, move, tried, tries.steps)
    yield from _opened(
        path, state.at, [found for found in openings.values() if found], tried, tries.steps
    )


def _left(path: Path, caller: Caller, ways: Mapping[str, Way]) -> Mapping[str, Way]:
    """Returns the ways that are left to a credential: taking a role changes nothing for those that were held before, which
    had their turn at taking.
    """
    took = path.ways[-1:] == ("assume",) and caller != path.caller
    if took:
        return {name: way for name, way in ways.items() if name != "assume"}
    return ways


def _opened(
    path: Path,
    at: datetime,
    openings: Sequence[Sequence[Path]],
    tried: dict[bytes, Outcome],
    steps: Steps,
) -> Iterator[Path]:
    """Yields the paths on which one thing is opened, and the one on which all are. The policy of one bears on no other:
    whatever some of them open all of them open, so no subset need be followed.
    """
    yield from (
        replace(one, aside=len(openings) > 1) for found in openings for one in found
    )
    if len(openings) > 1:
        firsts = (found[0].acts[len(path.acts) :] for found in openings)
        move = tuple((act.caller, act.call) for acts in firsts for act in acts)
        yield from _played(path, at, "edit", move, tried, steps)


def _played(
    path: Path,
    at: datetime,
    way: str,
    move: Move,
    tried: dict[bytes, Outcome],
    steps: Steps,
) -> Iterator[Path]:
    """Yields the paths after a move, if every call of it succeeds: as the credential it won, else as each that they
    hold. `tried` is what came of the calls that were played here already: moves that begin alike begin once.
    """
    account = path.account
    acts = path.acts
    won = None
    for number, (caller, call) in enumerate(move, 1):
        beginning = msgpack.encode(move[:number])
        if beginning not in tried:
            steps.spend(PLAYED)
            tried[beginning] = handle(account, Act(at, caller, call))
        outcome = tried[beginning]
        if not isinstance(outcome.answer, Reply):
            return
        account = outcome.account
        acts = (*acts, outcome.act)
        won = credential_won(outcome.answer)
    for caller in (won,) if won else path.held:
        held = path.held if caller in path.held else (*path.held, caller)
        yield Path(acts, account, caller, (*path.ways, way), held)


def credential_won(answer: Reply) -> Key | None:
    """Returns the credential in an answer: of a key, of a session, of a sign-in."""
    body = answer.body
    for holder in (body.get("AccessKey"), body.get("Credentials"), body):
        if isinstance(holder, Mapping) and isinstance(id := holder.get("AccessKeyId"), str):
            return Key(id)
    return None
