"""Find which credentials and permissions an attacker could get.

Every candidate call is made on a copy of the account, so every path really works. The thief of an incident replays
such a path.
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
from coffeeshop.account.access.sessions import LONGEST_SESSION
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import (
    CANARY_NAME,
    AttackerState,
    Move,
    Unfinished,
    Way,
    unused_word,
)
from coffeeshop.account.escalation.edit_permissions import (
    OpenedResource,
    deny_removing_moves,
    opened_resource,
)
from coffeeshop.account.escalation.ways import ESCALATION_WAYS
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Act, Caller, Key, Outcome, Reply, ServiceError
from coffeeshop.account.same import Content, Same
from coffeeshop.policy.comparison.budgets import CALL_COST, LAYER_COST, Steps
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.language.conditions import condition_test
from coffeeshop.policy.model import (
    Condition,
    Fixed,
    Kind,
    Layer,
    Policy,
    Present,
    Standing,
    Statement,
)

MAX_PATHS = 300  # the most paths that a search follows
MAX_MOVES = 2000  # the most moves that it tries
MAX_MOVES_PER_WAY = 600  # the most moves of one way of one credential, so that none uses up what others need
CREDENTIAL_COST = 40  # the steps that it costs to ask which moves a credential has
TOO_MANY = "moves: there are more ways to {} than can be tried"


class Path(Struct, frozen=True):
    """A sequence of acts of an attacker, and the account after it. The empty path is the start.

    `held` are all the credentials that they have by then. `caller` is the one that this
    path got or strengthened. A path that is `aside` isn't followed further: another path
    gives more access, and includes all that follows from this one.
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
    word: str = "",
) -> Iterator[Path | Unfinished]:
    """Yield every path by which a caller gets more access, shortest first.

    The first path has no acts: it is what the caller has now. A caller whose credential doesn't work
    has no paths. A path is yielded only if no earlier one led to the same access.

    `ways` are the moves to try, by name (None: all). `steps` is the budget, if several searches share
    it. `word` is in the names of what the caller creates ("": one that no name has yet). At most MAX_PATHS
    paths are followed, and at most MAX_MOVES moves tried. At the end, yield each reason why the search left
    something out.

    After a path to someone who is allowed everything, no path is followed further. The only things
    left to gain are those that a resource denies even to them.
    """
    ways = ESCALATION_WAYS if ways is None else ways
    new_word = word or unused_word(account)
    queue = [Path((), account, caller, held=(caller,))]
    reached_essences = set[Hashable]()
    is_almighty = False
    tries = Tries(steps or Steps())
    reasons = dict[Unfinished, None]()
    followed_count = 0
    while queue and followed_count < MAX_PATHS:
        path = queue.pop(0)
        standing = build_standing(path.account, path.caller, at)
        if isinstance(standing, ServiceError):
            continue
        tries.steps.spend(LAYER_COST * len(standing.layers))
        essence = _essence(path.account.home_of(path.caller), standing)
        if essence in reached_essences:
            continue
        reached_essences.add(essence)
        yield path
        if is_almighty or path.aside:
            continue
        followed_count = followed_count + 1
        is_almighty = may_do_everything(account, standing)
        if is_almighty:
            remaining_ways = _ways_for_almighty(ways)
        else:
            remaining_ways = ways
        for result in further_paths(path, at, remaining_ways, tries, new_word):
            if isinstance(result, Unfinished):
                reasons[result] = None
            else:
                queue.append(result)
    if queue and not is_almighty:
        reasons[Unfinished("paths: more lead further than can be followed")] = None
    if not is_almighty:
        yield from reasons


def _ways_for_almighty(ways: Mapping[str, Way]) -> Mapping[str, Way]:
    """Return the ways for an attacker who is allowed everything but what a resource denies."""
    if "edit" in ways:
        return {"edit": deny_removing_moves}
    return {}


class Tries:
    """Counts the moves of one search: MAX_MOVES of them, while its steps last."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self._left = MAX_MOVES

    def take(self) -> bool:
        """Take one, and return whether there was one left."""
        self._left -= 1
        return self._left >= 0 and self.steps.remaining > 0


def _essence(account: Account, standing: Standing) -> Hashable:
    """Return a key that is equal for standings with the same access, so that a search visits each only once.

    It has the principal, its policies, and those keys of the session that some policy
    reads. Two sessions that differ only in their names are the same, unless a policy reads
    the name.
    """
    own_layers = [
        layer for layer in standing.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST)
    ]
    resource_policies = Same(resource_layers(account))
    keys_read, named_principals = _keys_and_principals(resource_policies)
    keys_read |= _keys_read(own_layers)
    fixed = frozenset(
        (key.lower(), value)
        for key, value in standing.fixed.items()
        if key.lower() in keys_read
    )
    principal = standing.principal
    if principal.arn in named_principals or principal.kind != "role":
        arn = principal.arn
    else:
        arn = ""
    # Two session policies that differ make two standings, even if they have the same effect.
    return arn, principal.role_arn, tuple(own_layers), _content(resource_policies), fixed


@lru_cache(maxsize=16)
def _content(layers: Same[tuple[Layer, ...]]) -> Content[tuple[Layer, ...]]:
    """Return these layers as a key that compares by content."""
    return Content(layers.value)


@lru_cache(maxsize=16)
def _keys_and_principals(
    layers: Same[tuple[Layer, ...]],
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the keys that policies read, in lower case, and the principals that they name."""
    principals: set[str] = set()
    for layer in layers.value:
        for policy in layer.policies:
            for statement in policy.statements:
                if statement.principals:
                    entries = statement.principals.entries
                else:
                    entries = ()
                principals.update(value for _, value in entries)
    return _keys_read(layers.value), frozenset(principals)


def _keys_read(layers: Iterable[Layer]) -> frozenset[str]:
    """Return the context keys that the policies of these layers use, in lower case."""
    policies = (policy for layer in layers for policy in layer.policies)
    return frozenset(
        key for policy in policies for key in compiled_policy(policy).lowered_keys
    )


def may_do_everything(account: Account, standing: Standing, service: str = "*") -> bool:
    """Return whether one statement allows everything and nothing limits or denies it, as for root and administrators.

    With a `service`, such as s3, everything means every action of that service. The own
    policies of a principal of another account don't count here. A limit of the organization
    counts only if it depends on the principal: no principal gains what every principal
    loses.
    """
    principal = standing.principal
    if principal.account != account.id:
        return False
    for layer in standing.layers:
        if layer.kind not in LIMITING_KINDS and not _depends_on_principal(layer):
            continue
        policies = _limiting_policies(layer)
        if _limits_by_allows(layer) and not any(
            allows_everything(policy, service) for policy in policies
        ):
            return False
        if _might_deny(policies, standing):
            return False
    if principal.kind == "root":
        return True
    identity_policies = [
        policy
        for layer in standing.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
    ]
    if not any(allows_everything(policy, service) for policy in identity_policies):
        return False
    return not _might_deny(identity_policies, standing)


LIMITING_KINDS = {Kind.BOUNDARY, Kind.SESSION}


def _depends_on_principal(layer: Layer) -> bool:
    """Return whether this is a level of SCPs with a condition on the principal, so that it can limit only some of them."""
    return layer.kind is Kind.SCP and any(map(_reads_principal, layer.policies))


def _limits_by_allows(layer: Layer) -> bool:
    """Return whether what a layer doesn't allow can be missing for some principals of the account alone.

    Allows of an SCP without a condition on the principal are the same for all of them.
    """
    if layer.kind is not Kind.SCP:
        return True
    return any(
        statement.effect == "Allow" and _reads_principal(Policy((statement,)))
        for policy in layer.policies
        for statement in policy.statements
    )


def _limiting_policies(layer: Layer) -> tuple[Policy, ...]:
    """Return the policies of a layer. Denies of SCPs that apply to every principal of the account are left out."""
    if layer.kind is not Kind.SCP:
        return layer.policies
    policies: list[Policy] = []
    for policy in layer.policies:
        statements = tuple(filter(_is_limiting, policy.statements))
        policies.append(dataclasses.replace(policy, statements=statements))
    return tuple(policies)


def _is_limiting(statement: Statement) -> bool:
    """Return whether a statement of an SCP can treat principals of one account differently. Allows always count."""
    return statement.effect == "Allow" or _reads_principal(Policy((statement,)))


def _reads_principal(policy: Policy) -> bool:
    """Return whether a policy tests who the principal is."""
    return any(map(_is_principal_key, compiled_policy(policy).keys_read))


def _is_principal_key(key: str) -> bool:
    """Return whether a context key differs between principals of one account."""
    key = key.lower()
    if key in SESSION_KEYS:
        return True
    return key.startswith("aws:principal") and key not in ACCOUNT_KEYS


# The keys of principals that are the same in all of an account, or that only services have; and the other keys that
# differ between sessions.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
ACCOUNT_KEYS = {
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
}
SESSION_KEYS = {
    *(
        "aws:userid",
        "aws:username",
        "aws:sourceidentity",
        "aws:tokenissuetime",
        "aws:federatedprovider",
    ),
    *("aws:multifactorauthpresent", "aws:multifactorauthage"),
}


def _might_deny(policies: Iterable[Policy], standing: Standing) -> bool:
    """Return whether the policies might deny a request.

    A Deny doesn't count if what the session fixes, such as an MFA code, fails one of its conditions.
    """
    fixed = {key.lower(): value for key, value in standing.fixed.items()}
    return any(
        all(_can_be_met(condition, fixed) for condition in statement.conditions)
        for policy in policies
        for statement in policy.statements
        if statement.effect == "Deny"
    )


def _can_be_met(condition: Condition, fixed: Mapping[str, Fixed]) -> bool:
    """Return whether a session that fixes these keys (in lower case) might meet a condition.

    A key that is fixed as PRESENT can have any value. The age of an MFA code is then between 0 and the
    longest session, so a limit on it is tried with both ends.
    """
    key = condition.key.lower()
    if key not in fixed:
        return True
    test = condition_test(condition)
    known = {
        name: values
        for name, values in fixed.items()
        if values and values is not Present.PRESENT
    }
    if fixed[key] is not Present.PRESENT:
        return test(known)
    if key == CODE_AGE and condition.operator.startswith(LIMITING_OPERATORS):
        return any(test({**known, key: (age,)}) for age in CODE_AGES)
    return True


CODE_AGE = "aws:multifactorauthage"
CODE_AGES = ("0", str(int(LONGEST_SESSION.total_seconds())))  # the least and the most
LIMITING_OPERATORS = ("NumericLessThan", "NumericGreaterThan")


def allows_everything(policy: Policy, service: str = "*") -> bool:
    """Return whether one statement allows every action, or every one of a service, on every resource, for every request."""
    return any(_allows_everything(statement, service) for statement in policy.statements)


def _allows_everything(statement: Statement, service: str) -> bool:
    """Return whether a statement allows every action of a service on every resource, without conditions."""
    if statement.effect != "Allow" or statement.actions.negated or statement.conditions:
        return False
    resources = statement.resources
    if resources is None:
        return False
    actions = {value.lower() for value in statement.actions.values}
    has_actions = not actions.isdisjoint(("*", "*:*", f"{service}:*"))
    return has_actions and "*" in resources.values


def further_paths(
    path: Path,
    at: datetime,
    ways: Mapping[str, Way] = ESCALATION_WAYS,
    tries: Tries | None = None,
    word: str = CANARY_NAME,
) -> Iterator[Path | Unfinished]:
    """Yield the paths one move further, and what wasn't tried. Each way of each credential has a budget of its own."""
    tries = tries or Tries(Steps())
    identities = _identities_of(path)
    outcomes: dict[bytes, Outcome] = {}
    for caller in path.held:
        remaining_ways = _ways_of(path, caller, ways)
        tries.steps.spend(CREDENTIAL_COST if remaining_ways else 0)
        if not tries.steps.remaining:
            yield from (Unfinished(TOO_MANY.format(name)) for name in remaining_ways)
        elif remaining_ways:
            standing = build_standing(path.account, caller, at)
            assert isinstance(standing, Standing), (
                "no move takes away a credential that is held"
            )
            state = AttackerState(
                path.account,
                caller,
                standing,
                identities,
                path.held,
                at,
                tries.steps,
                word,
            )
            yield from _paths_of_credential(path, state, remaining_ways, outcomes, tries)


def _identities_of(path: Path) -> tuple[User | Role, ...]:
    """Return the users and roles whose credentials the attacker holds at the end of a path."""
    owners = (credential_owner(path.account, credential) for credential in path.held)
    ids = dict.fromkeys(owner.id for owner in owners if isinstance(owner, User | Role))
    entities = map(path.account.entity_by_id, ids)
    return tuple(entity for entity in entities if isinstance(entity, User | Role))


def _paths_of_credential(
    path: Path,
    state: AttackerState,
    ways: Mapping[str, Way],
    outcomes: dict[bytes, Outcome],
    tries: Tries,
) -> Iterator[Path | Unfinished]:
    """Yield the paths that go one move further with one credential, and an Unfinished for moves not tried."""
    openings: dict[OpenedResource, list[Path]] = {}
    for name, way in ways.items():
        for number, move in enumerate(way(state)):
            if isinstance(move, Unfinished):
                yield move
                continue
            if number >= MAX_MOVES_PER_WAY or not tries.take():
                yield Unfinished(TOO_MANY.format(name))
                break
            paths = _play_move(path, state.at, name, move, outcomes, tries.steps)
            if resource := opened_resource(move):
                openings.setdefault(resource, []).extend(paths)
            else:
                yield from paths
    successful = [paths for paths in openings.values() if paths]
    yield from _join_openings(path, state.at, successful, outcomes, tries.steps)


def _ways_of(path: Path, caller: Caller, ways: Mapping[str, Way]) -> Mapping[str, Way]:
    """Return the ways to try with a credential.

    Assuming a role changes nothing for the credentials that were there before, and they already had their turn.
    """
    was_there_before = path.ways[-1:] == ("assume",) and caller != path.caller
    if was_there_before:
        return {name: way for name, way in ways.items() if name != "assume"}
    return ways


def _join_openings(
    path: Path,
    at: datetime,
    openings: Sequence[Sequence[Path]],
    outcomes: dict[bytes, Outcome],
    steps: Steps,
) -> Iterator[Path]:
    """Yield the paths that open the policy of one resource each, and the path that opens all of them.

    The policy of one resource doesn't affect another one. So all together give what any subset gives, and
    the single ones aren't followed (`aside`).
    """
    has_several = len(openings) > 1
    for paths in openings:
        yield from (replace(opening, aside=has_several) for opening in paths)
    if has_several:
        acts = [act for paths in openings for act in paths[0].acts[len(path.acts) :]]
        move = tuple((act.caller, act.call) for act in acts)
        yield from _play_move(path, at, "edit", move, outcomes, steps)


def _play_move(
    path: Path,
    at: datetime,
    way: str,
    move: Move,
    outcomes: dict[bytes, Outcome],
    steps: Steps,
) -> Iterator[Path]:
    """Yield the paths after a move. There is none if one of its calls fails.

    If the move got a credential, there is one path, with that credential. Otherwise there is one for each
    credential that the attacker holds, because the move may have given more access to any of them.
    `outcomes` has the results of moves already played from here, by their beginnings: moves that begin
    alike are played once up to there.
    """
    account = path.account
    acts = path.acts
    new_credential = None
    for number, (caller, call) in enumerate(move, 1):
        beginning = msgpack.encode(move[:number])
        if beginning not in outcomes:
            steps.spend(CALL_COST)
            outcomes[beginning] = handle(account, Act(at, caller, call))
        outcome = outcomes[beginning]
        if not isinstance(outcome.answer, Reply):
            return
        account = outcome.account
        acts = (*acts, outcome.act)
        new_credential = credential_won(outcome.answer)
    for caller in (new_credential,) if new_credential else path.held:
        if caller in path.held:
            credentials = path.held
        else:
            credentials = (*path.held, caller)
        yield Path(acts, account, caller, (*path.ways, way), credentials)


def credential_won(answer: Reply) -> Key | None:
    """Return the credential in an answer: an access key, a session, or that of a sign-in."""
    body = answer.body
    for holder in (body.get("AccessKey"), body.get("Credentials"), body):
        if isinstance(holder, Mapping) and isinstance(id := holder.get("AccessKeyId"), str):
            return Key(id)
    return None
