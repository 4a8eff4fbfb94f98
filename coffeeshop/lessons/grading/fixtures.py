"""What must keep existing, as it was: a bucket with its contents, a user with name, path and its tags, a role that can be
worn as long as before, a policy that says what it did, a table with its items, a queue with its messages and settings, an
instance that runs, a trail with all that it does, an account in its unit, the kinds of badge that somebody has to show.

A scenario names them as `fixed`; what it does not name is not to be lost for that. What a job stores, changes or erases is
that job's to change: whoever did it in play has changed nothing else. A copy is a job's only where the same person's jobs
open what was copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from coffeeshop.account import ids
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Object, Trail
from coffeeshop.account.services.cloudtrail import log_delivery
from coffeeshop.account.services.sqs import DEFAULTS
from coffeeshop.lessons.grading.moments import at_every_moment
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.grading.work import (
    ERASES,
    OPENS,
    WRITES,
    copy_origins,
    job_work,
    object_arn,
)
from coffeeshop.lessons.model import Check, Finding, Offence, Play, Scenario
from coffeeshop.shop.serve import active_keys

HOUR = 3600  # seconds
SHOWN = 3  # pieces of what was tampered with, named in a finding
Piece: TypeAlias = tuple[
    str, str
]  # the ARN of a thing, for jobs to work on; and what of it


class Stays(NamedTuple):
    """What must stay of a thing. What is the `same` may not change. Of what it `holds` nothing may be lost, nor a member of a
    set therein; more may come. It `lasts` that many seconds, or longer.
    """

    same: tuple[object, ...]
    holds: Mapping[Piece, object] = {}
    lasts: int = 0


State = Callable[[Account, str], Stays | None]


def _bucket_state(account: Account, name: str) -> Stays | None:
    bucket = account.buckets.get(name)
    if bucket is None:
        return None
    return Stays(
        (),
        {
            (object_arn(name, key), ""): _object_parts(stored)
            for key, stored in bucket.objects.items()
        },
    )


def _object_parts(object: Object) -> frozenset[object]:
    return frozenset((object.body, *object.tags.items()))


def _user_state(account: Account, name: str) -> Stays | None:
    user = account.users.get(name.lower())
    return user and Stays((user.name, user.path), _own_pieces(user.tags))


def _group_state(account: Account, name: str) -> Stays | None:
    group = account.groups.get(name.lower())
    return group and Stays((group.name, group.path))


def _role_state(account: Account, name: str) -> Stays | None:
    role = account.roles.get(name.lower())
    return role and Stays((role.name, role.path), _own_pieces(role.tags), role.max_session)


def _policy_state(account: Account, name: str) -> Stays | None:
    """What is in force of a policy of the account's, whatever lies beside it."""
    policy = next(
        (policy for policy in account.policies.values() if policy.name == name), None
    )
    return policy and Stays((policy.path, policy.document.policy.statements))


def _table_state(account: Account, name: str) -> Stays | None:
    arn = ids.arn(account, "table", name)
    table = account.tables.get(name)  # what was made anew lost all that was in it
    return table and Stays(
        (table.created, table.key, table.type),
        {(arn, key): item for key, item in table.items.items()},
    )


def _queue_state(account: Account, name: str) -> Stays | None:
    queue = account.queues.get(name)
    arn = ids.arn(account, "queue", name)
    if queue is None:
        return None
    settings = {**DEFAULTS, **queue.attributes}
    return Stays(
        (queue.created, settings),
        {(arn, message.id): message.body for message in queue.messages},
    )


def _instance_state(account: Account, id: str) -> Stays | None:
    instance = account.instances.get(id)
    arn = ids.arn(account, "instance", id)
    return instance and Stays(
        (), {(arn, "running"): ""} if instance.state == "running" else {}
    )


def _function_state(account: Account, name: str) -> Stays | None:
    function = account.functions.get(name)
    arn = ids.arn(account, "function", name)
    if function is None:
        return None
    return Stays(
        (function.timeout, function.memory),
        {(arn, "code"): (function.code, function.runtime, function.handler)},
    )


def _trail_state(account: Account, name: str) -> Stays | None:
    """All that a trail does; one that was begun again, or made anew, does as before."""
    trail = account.trails.get(name)
    if trail is None:
        return None
    does = {
        "writes": _keeps_writing(account, trail),
        "of services without a Region": trail.global_events,
        "of every Region": trail.every_region,
        "with digests": trail.validated,
    }
    return Stays(
        (trail.bucket, trail.prefix),
        _own_pieces({effect: "" for effect, is_done in does.items() if is_done}),
    )


def _keeps_writing(account: Account, trail: Trail) -> bool:
    """Whether a trail writes, and goes on to: its bucket lets CloudTrail in at every moment from when it began."""
    # Asked for when something is compared, and not before
    from coffeeshop.policy.comparison.answers import first_excesses
    from coffeeshop.policy.comparison.domain import Domain

    if not trail.logging or trail.bucket not in account.buckets:
        return False
    began = trail.started or account.created
    service_standing, requests = log_delivery(account, trail, began)
    return not first_excesses(
        *at_every_moment(service_standing, requests, began),
        Domain.typed_domain((account.id,)),
    )


def _account_state(account: Account, id: str) -> Stays | None:
    member = (
        account.joined_organization.members.get(id) if account.joined_organization else None
    )
    return member and Stays((member.parent, account.seen_from(id).closed))


def _badge_state(account: Account, name: str) -> Stays | None:
    user = account.users.get(name.lower())
    if user:
        kinds = {"password": user.login, "key": active_keys(account, user.id)}
    else:
        kinds = {}
    pieces = _own_pieces({kind: "" for kind, credential in kinds.items() if credential})
    return Stays((), pieces) if pieces else None


def _own_pieces(values: Mapping[str, str]) -> Mapping[Piece, str]:
    """What belongs to a thing that no job works on."""
    return {("", name): value for name, value in values.items()}


FIXTURES: Mapping[str, State] = {
    "bucket": _bucket_state,
    "user": _user_state,
    "group": _group_state,
    "role": _role_state,
    "policy": _policy_state,
    "table": _table_state,
    "queue": _queue_state,
    "instance": _instance_state,
    "function": _function_state,
    "trail": _trail_state,
    "account": _account_state,
    "badge": _badge_state,
}


def check_fixtures(play: Play) -> Iterator[Check]:
    """Yields whether each thing that the scenario names is still what it was; then what it does not name and is gone, or of
    which something was lost.
    """
    fixed = play.scenario.fixed
    yield from (check_fixture(play, name) for name in fixed)
    unnamed = (
        check_fixture(play, name, named=False)
        for name in _shop_fixtures(play.scenario)
        if name not in fixed
    )
    yield from (check for check in unnamed if not check.passed)


def check_fixture(play: Play, name: str, *, named: bool = True) -> Check:
    """Tells whether `kind/NAME` is still what it was in the untouched world; changed policies are no change of it, and nothing
    that came beside it, a tag or another kind of badge, say. What that allows is judged like all else. A bucket that is
    `named` holds no copy that came from elsewhere, either.
    """
    kind, _, rest = name.partition("/")
    former_state = FIXTURES[kind](play.scenario.opening, rest)
    state = FIXTURES[kind](play.account, rest)
    say = f"The {kind} {rest} stays as it was"
    if former_state is None or state is None or former_state.same != state.same:
        return Check(f"fixture:{name}", say, False)
    if former_state.lasts > state.lasts:
        lasts = f"a session lasts at most {state.lasts / HOUR:g} h, not {former_state.lasts / HOUR:g}"
        return Check(f"fixture:{name}", say, False, evidence=(Offence(rest, lasts),))
    copied = _copied_pieces(play, state) if named and kind == "bucket" else ()
    unexplained = _unexplained_pieces(
        play, former_state, state, (*_lost_pieces(former_state, state), *copied)
    )
    evidence = tuple(
        Offence(rest, _piece_change(former_state, state, piece)) for piece in unexplained
    )
    return Check(f"fixture:{name}", say, not evidence, evidence=evidence)


def _shop_fixtures(scenario: Scenario) -> Iterator[str]:
    """What is not to be lost, whoever names it: all that keeps data, runs or writes down, and the account's place in its
    organization, where anything is asked at all.
    """
    if not scenario.wants:
        return
    opening = scenario.opening
    books = {
        "bucket": opening.buckets,
        "table": opening.tables,
        "queue": opening.queues,
        "function": opening.functions,
    }
    books |= {
        "instance": opening.instances,
        "trail": opening.trails,
        "account": opening.joined_organization.members
        if opening.joined_organization
        else (),
    }
    for kind, book in books.items():
        yield from (f"{kind}/{name}" for name in book)


# ------------------------------------------------------------------ what jobs change
def _lost_pieces(former_state: Stays, state: Stays) -> Iterator[Piece]:
    return (
        piece
        for piece, value in former_state.holds.items()
        if not _is_kept(value, state.holds.get(piece))
    )


def _is_kept(former_value: object, value_now: object) -> bool:
    if isinstance(former_value, frozenset) and isinstance(value_now, frozenset):
        return former_value <= value_now
    return former_value == value_now


def _copied_pieces(play: Play, state: Stays) -> Iterator[Piece]:
    """What was copied into a bucket, beside what is there or over it."""
    copies = copy_origins(play)
    return (piece for piece in state.holds if piece[0] in copies)


def _unexplained_pieces(
    play: Play, former_state: Stays, state: Stays, changed: Iterable[Piece]
) -> tuple[Piece, ...]:
    """The pieces that no job explains: a piece that changed or is new must be somebody's to store, one that is gone
    somebody's to erase. A copy is explained only if the same person may open its original whatever its tags, since others
    may read the copy.
    """
    pieces = tuple(changed)
    if not pieces:
        return ()
    jobs = tuple(job_work(play.scenario))
    copies = copy_origins(play)

    def is_work(piece: Piece) -> bool:
        arn, _ = piece
        if piece not in state.holds:
            return any(job.does_action(ERASES, arn) for job in jobs)
        storing = {
            job.who
            for job in jobs
            if job.does_action(WRITES, arn, anew=piece not in former_state.holds)
        }
        opening = {
            job.who
            for job in jobs
            if job.does_action(OPENS, copies.get(arn, "")) and not job.bound
        }
        return bool(storing & opening if arn in copies else storing)

    return tuple(piece for piece in pieces if not is_work(piece))


def _piece_change(former_state: Stays, state: Stays, piece: Piece) -> str:
    """What became of a piece, in a few words: voided/0398.json is gone."""
    arn, detail = piece
    piece_name = (
        detail or arn.partition(":::")[2].partition("/")[2] or arn.rpartition(":")[2]
    )
    if piece not in state.holds:
        became = "is gone"
    elif piece in former_state.holds:
        became = "is not what it was"
    else:
        became = "was not there"
    return f"{piece_name} {became}"


# -------------------------------------------------------------------- in words
def tampering_findings(checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of all that is not what it was."""
    names = join_words([check.subject.partition("/")[2] for check in checks])
    headline = f"{names}: gone, or not what it was."
    pieces = [offence.text for check in checks for offence in check.pieces(Offence)]
    details = f"{join_words(pieces[:SHOWN])}. " if pieces else ""
    yield Finding(
        f"tampered:{checks[0].subject}",
        tuple(checks),
        (),
        headline,
        f"{details}{NO_PROTECTION}",
    )


NO_PROTECTION = "The shop needs it as it was; a request that fails because the thing is gone is no protection."
