"""Check that what the shop needs stays as it was: buckets with their contents, users, roles, tables
with their items, and so on.

A scenario lists such things as `fixed`. A thing of the shop that it doesn't list must not be lost
either. A part may change if a job changes it. A copy counts as a job's only if the same person's
jobs can read the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from coffeeshop.account import ids
from coffeeshop.account.access.s3_encryption import KMS_ALGORITHMS
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Object, Trail
from coffeeshop.account.services.sqs.lookups import QUEUE_DEFAULTS
from coffeeshop.lessons.check_kinds import CheckKind, FindingKind
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.grading.work import (
    ERASE_PREFIXES,
    READ_PREFIXES,
    WRITE_PREFIXES,
    copy_origins,
    job_work,
    object_arn,
)
from coffeeshop.lessons.model import Check, Finding, Offence, Play, Scenario
from coffeeshop.shop.serve import active_keys

ONE_HOUR_SECONDS = 3600  # seconds
MAX_PARTS_NAMED = 3  # changed parts that a finding names
# The ARN of the resource that a job would have to change, and a detail of it. Each can be "".
Piece: TypeAlias = tuple[str, str]


class FixtureState(NamedTuple):
    """The state of a thing, such as a bucket or a trail, as far as it must stay.

    `fixed_settings` must not change. No part may be lost, such as an object of a bucket, but
    parts can be added, and a job can change one. `seconds` is how long a session can last, and
    must not shrink.
    """

    fixed_settings: tuple[object, ...]
    parts: Mapping[Piece, object] = {}
    seconds: int = 0


State = Callable[[Account, str], FixtureState | None]


def _bucket_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a bucket: its objects with their tags, and its encryption with a KMS key."""
    bucket = account.buckets.get(name)
    if bucket is None:
        return None
    objects: dict[Piece, object] = {
        (object_arn(name, key), ""): _object_parts(stored)
        for key, stored in bucket.objects.items()
    }
    if bucket.encryption.algorithm in KMS_ALGORITHMS:
        objects |= _parts_without_job(
            {"the encryption of new objects": bucket.encryption.key}
        )
    return FixtureState((), objects)


def _object_parts(object: Object) -> frozenset[object]:
    """Return an object's body, tags and KMS key as a set: a lost tag or key counts as a loss, and
    a new tag doesn't.
    """
    key = [object.encryption.key] if object.encryption.key else []
    return frozenset((object.body, *object.tags.items(), *key))


def _key_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of the KMS key with an alias: which key it is, and whether it can be used.

    `name` is the alias without `alias/`.
    """
    alias = account.kms_aliases.get(f"alias/{name}")
    key = account.kms_keys.get(alias.key) if alias else None
    if key is None:
        return None
    is_usable = key.enabled and key.deleted_at is None
    return FixtureState((key.id,), _parts_without_job({"usable": ""} if is_usable else {}))


def _user_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a user: name, path and tags. What they are allowed is judged elsewhere."""
    user = account.users.get(name.lower())
    return user and FixtureState((user.name, user.path), _parts_without_job(user.tags))


def _group_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a group: name and path."""
    group = account.groups.get(name.lower())
    return group and FixtureState((group.name, group.path))


def _role_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a role: name, path, tags, and how long its sessions may last."""
    role = account.roles.get(name.lower())
    return role and FixtureState(
        (role.name, role.path), _parts_without_job(role.tags), role.max_session
    )


def _policy_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a customer managed policy: what its default version says."""
    policy = next(
        (policy for policy in account.policies.values() if policy.name == name), None
    )
    return policy and FixtureState((policy.path, policy.document.policy.statements))


def _table_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a table: its keys and items."""
    arn = ids.arn(account, "table", name)
    table = account.tables.get(name)  # a table that was made again lost its items
    return table and FixtureState(
        (table.created, table.keys),
        {(arn, key): item for key, item in table.items.items()},
    )


def _queue_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a queue: its settings and messages."""
    queue = account.queues.get(name)
    arn = ids.arn(account, "queue", name)
    if queue is None:
        return None
    settings = {**QUEUE_DEFAULTS, **queue.attributes}
    return FixtureState(
        (queue.created, settings),
        {(arn, message.id): message.body for message in queue.messages},
    )


def _instance_state(account: Account, id: str) -> FixtureState | None:
    """Return the state of an instance: whether it runs."""
    instance = account.instances.get(id)
    arn = ids.arn(account, "instance", id)
    return instance and FixtureState(
        (), {(arn, "running"): ""} if instance.state == "running" else {}
    )


def _function_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a function: its limits and its code."""
    function = account.functions.get(name)
    arn = ids.arn(account, "function", name)
    if function is None:
        return None
    return FixtureState(
        (function.timeout, function.memory),
        {(arn, "code"): (function.code, function.runtime, function.handler)},
    )


def _trail_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a trail.

    The bucket and prefix that it writes to must stay the same. Each thing that it does,
    such as recording every Region, is a part: a trail may do more than before, but not
    less.
    """
    trail = account.trails.get(name)
    if trail is None:
        return None
    abilities = {
        "writes": _keeps_writing(account, trail),
        "of services without a Region": trail.global_events,
        "of every Region": trail.every_region,
        "with digests": trail.validated,
    }
    return FixtureState(
        (trail.bucket, trail.prefix),
        _parts_without_job(
            {effect: "" for effect, is_done in abilities.items() if is_done}
        ),
    )


def _keeps_writing(account: Account, trail: Trail) -> bool:
    """Tell whether a trail writes and goes on to.

    Its bucket must let CloudTrail in at every moment from the trail's start, since a bucket policy can have an
    end date.
    """
    # Imported late, since few scenarios have a trail.
    from coffeeshop.account.services.cloudtrail import log_delivery
    from coffeeshop.lessons.grading.moments import at_every_moment
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


def _account_state(account: Account, id: str) -> FixtureState | None:
    """Return the state of a member account: its organizational unit, and whether it is closed."""
    if account.joined_organization:
        member = account.joined_organization.members.get(id)
    else:
        member = None
    return member and FixtureState((member.parent, account.seen_from(id).closed))


def _badge_state(account: Account, name: str) -> FixtureState | None:
    """Return the state of a user's credentials: whether they have a password and an active key.
    None if they have neither.
    """
    user = account.users.get(name.lower())
    if user:
        kinds = {"password": user.login, "key": active_keys(account, user.id)}
    else:
        kinds = {}
    pieces = _parts_without_job(
        {kind: "" for kind, credential in kinds.items() if credential}
    )
    return FixtureState((), pieces) if pieces else None


def _parts_without_job(values: Mapping[str, str]) -> Mapping[Piece, str]:
    """Return details and their values as parts that no job can change.

    Their ARN is "", which is the ARN of no job's resource.
    """
    return {("", name): value for name, value in values.items()}


FIXTURE_STATES: Mapping[str, State] = {
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
    "key": _key_state,
    "badge": _badge_state,
}


def check_fixtures(play: Play) -> Iterator[Check]:
    """Yield a check for each thing that the scenario lists, then the failed checks of the other things."""
    fixed = play.scenario.fixed
    yield from (check_fixture(play, name) for name in fixed)
    unnamed = (
        check_fixture(play, name, named=False)
        for name in _shop_fixtures(play.scenario)
        if name not in fixed
    )
    yield from (check for check in unnamed if not check.passed)


def check_fixture(play: Play, name: str, *, named: bool = True) -> Check:
    """Return the check whether `kind/NAME` is still what it was when the play began.

    Changed policies don't count here, and neither do new tags, items or credentials: what they
    allow is judged elsewhere. A bucket that the scenario lists (`named`) must not hold a copy that
    came from elsewhere either, since others could read it there.
    """
    kind, _, rest = name.partition("/")
    former_state = FIXTURE_STATES[kind](play.scenario.opening, rest)
    state = FIXTURE_STATES[kind](play.account, rest)
    say = f"The {kind} {rest} stays as it was"
    if (
        former_state is None
        or state is None
        or former_state.fixed_settings != state.fixed_settings
    ):
        return Check(CheckKind.FIXTURE.id_of(name), say, False)
    if former_state.seconds > state.seconds:
        lasts = f"a session lasts at most {state.seconds / ONE_HOUR_SECONDS:g} h, not {former_state.seconds / ONE_HOUR_SECONDS:g}"
        return Check(
            CheckKind.FIXTURE.id_of(name), say, False, evidence=(Offence(rest, lasts),)
        )
    if named and kind == "bucket":
        copied = _copied_pieces(play, state)
    else:
        copied = ()
    unexplained = _unexplained_pieces(
        play, former_state, state, (*_lost_parts(former_state, state), *copied)
    )
    evidence = tuple(
        Offence(rest, _piece_change(former_state, state, piece)) for piece in unexplained
    )
    return Check(CheckKind.FIXTURE.id_of(name), say, not evidence, evidence=evidence)


def _shop_fixtures(scenario: Scenario) -> Iterator[str]:
    """Yield as kind/NAME what the shop can't do without: all that keeps data, runs or records.

    It must not be lost even if the scenario's `fixed` doesn't list it.
    """
    if not scenario.wants:
        return
    opening = scenario.opening
    books = {
        "bucket": opening.buckets,
        "table": opening.tables,
        "queue": opening.queues,
        "function": opening.functions,
        "key": [name.removeprefix("alias/") for name in opening.kms_aliases],
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
def _lost_parts(former_state: FixtureState, state: FixtureState) -> Iterator[Piece]:
    """Yield the parts of a thing that are gone or changed since the start."""
    return (
        part
        for part, value in former_state.parts.items()
        if not _is_kept(value, state.parts.get(part))
    )


def _is_kept(former_value: object, value_now: object) -> bool:
    """Tell whether a value is unchanged. A set may gain members."""
    if isinstance(former_value, frozenset) and isinstance(value_now, frozenset):
        return former_value <= value_now
    return former_value == value_now


def _copied_pieces(play: Play, state: FixtureState) -> Iterator[Piece]:
    """Yield the parts of a bucket that were copied into it from elsewhere during the play."""
    copies = copy_origins(play)
    return (piece for piece in state.parts if piece[0] in copies)


def _unexplained_pieces(
    play: Play, former_state: FixtureState, state: FixtureState, changed: Iterable[Piece]
) -> tuple[Piece, ...]:
    """Return the changed parts of a thing that no job explains.

    A changed or new part is explained by a job that stores it, a missing part by a job that
    deletes it. Others may be able to read a copy, so a copy is explained only if the same
    person's jobs can read its original without a condition.
    """
    pieces = tuple(changed)
    if not pieces:
        return ()
    jobs = tuple(job_work(play.scenario))
    copies = copy_origins(play)

    def is_work(piece: Piece) -> bool:
        """Tell whether a job includes the event that happened to the piece."""
        arn, _ = piece
        if piece not in state.parts:
            return any(job.does_action(ERASE_PREFIXES, arn) for job in jobs)
        is_new = piece not in former_state.parts
        writers = {
            job.who for job in jobs if job.does_action(WRITE_PREFIXES, arn, anew=is_new)
        }
        if arn not in copies:
            return bool(writers)
        readers = {
            job.who
            for job in jobs
            if job.does_action(READ_PREFIXES, copies[arn]) and not job.bound
        }
        return bool(writers & readers)

    return tuple(piece for piece in pieces if not is_work(piece))


def _piece_change(former_state: FixtureState, state: FixtureState, piece: Piece) -> str:
    """Return what became of a part in a few words: voided/0398.json is gone."""
    arn, detail = piece
    object_key = arn.partition(":::")[2].partition("/")[2]
    piece_name = detail or object_key or arn.rpartition(":")[2]
    if piece not in state.parts:
        became = "is gone"
    elif piece in former_state.parts:
        became = "was changed"
    else:
        became = "was added"
    return f"{piece_name} {became}"


# -------------------------------------------------------------------- in words
def tampering_findings(checks: list[Check]) -> Iterator[Finding]:
    """Yield one finding for everything that isn't what it was."""
    headline = tampering_sentence([check.subject for check in checks])
    pieces = [offence.text for check in checks for offence in check.pieces(Offence)]
    details = f"{join_words(pieces[:MAX_PARTS_NAMED])}. " if pieces else ""
    yield Finding(
        FindingKind.TAMPERED.key_of(checks[0].subject),
        tuple(checks),
        (),
        headline,
        f"{details}{NO_PROTECTION}",
    )


def tampering_sentence(subjects: Sequence[str]) -> str:
    """Return the sentence that things (`kind/NAME`) must stay as they were and didn't."""
    parts = [subject.partition("/") for subject in subjects]
    things = join_words([f"the {kind} {name}" for kind, _, name in parts])
    if len(subjects) == 1:
        predicate = "was deleted or changed. It must stay as it was."
    else:
        predicate = "were deleted or changed. They must stay as they were."
    return f"{things[0].upper()}{things[1:]} {predicate}"


NO_PROTECTION = "The shop needs it as it was. A request that fails because the thing is gone is no protection."
