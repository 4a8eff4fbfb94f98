"""Play a thief with a stolen credential, call by call.

The thief first takes the paths that lead to more access, full access first. Then they try every action of the table
on each thing, with every credential that they hold. A call that AWS refuses is in the trail and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from shlex import quote

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.command import read_act
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.reach import credential_won
from coffeeshop.account.model import Account, Act, Caller, Key, Outcome, Reply, ServiceError
from coffeeshop.shop.happenings import AttackerCommand, Incident, happenings
from coffeeshop.shop.radius import BlastRadius

MAX_CALLS = 60  # calls that an attacker makes at most
KEY_VALUES = {"S": "0", "N": "0", "B": "MA=="}  # of each type, the value that they try
MAX_OBJECTS_TAKEN = 3  # at most this many objects of a bucket are taken


class Attacker(Struct, frozen=True):
    """The state of an attacker.

    `planned_paths` are the paths to more access that they want to take. `acts_made` are the steps made so far,
    `lines_tried` the commands tried so far. `calls_left` is the number of calls that they may still make.
    """

    incident: Incident
    credentials: tuple[Caller, ...]
    planned_paths: tuple[tuple[Act, ...], ...] = ()
    acts_made: frozenset[str] = frozenset()
    lines_tried: frozenset[str] = frozenset()
    calls_left: int = MAX_CALLS


def plan_attack(attacker: Attacker, blast_radius: BlastRadius) -> Attacker:
    """Return the attacker with calls planned along the paths of their blast radius.

    The path to full access comes first, since it saves the others. Steps made under an older plan
    are forgotten, because the account has changed.
    """
    paths = sorted(
        blast_radius.paths, key=lambda path: path is not blast_radius.full_access_path
    )
    return replace(
        attacker,
        planned_paths=tuple(path.acts for path in paths if path.acts),
        acts_made=frozenset[str](),
    )


def make_next_call(
    attacker: Attacker, account: Account, at: datetime
) -> tuple[Attacker, Outcome | None]:
    """Make the attacker's next call.

    Return the attacker after it, and its outcome or None if no call is left.

    The planned calls to more access come first. Then every command of the incident is tried
    once.
    """
    callers = working_credentials(attacker, account, at)
    if not callers or not attacker.calls_left:
        return attacker, None
    for path_index, path in enumerate(attacker.planned_paths):
        step = next((act for act in path if _act_text(act) not in attacker.acts_made), None)
        if step and (step.caller in callers or not isinstance(step.caller, Key)):
            return _make_planned_call(
                replace(attacker, planned_paths=attacker.planned_paths[path_index:]),
                account,
                replace(step, at=at),
            )
    for line in attack_lines(account, attacker.incident):
        if line not in attacker.lines_tried:
            attacker_after = replace(
                attacker,
                planned_paths=(),
                lines_tried=attacker.lines_tried | {line},
                calls_left=attacker.calls_left - 1,
            )
            return attacker_after, _run_line(line, account, callers, at)
    return replace(attacker, planned_paths=()), None


def working_credentials(
    attacker: Attacker, account: Account, at: datetime
) -> tuple[Caller, ...]:
    """Return the credentials that still work, the last one won first."""
    return tuple(
        caller
        for caller in reversed(attacker.credentials)
        if _still_works(account, caller, at)
    )


def _still_works(account: Account, caller: Caller, at: datetime) -> bool:
    """Return whether AWS accepts a credential: it exists, is active and hasn't expired."""
    try:
        build_call_standing(account, caller, at, ())
    except ServiceError:
        return False
    return True


def _make_planned_call(
    attacker: Attacker, account: Account, act: Act
) -> tuple[Attacker, Outcome]:
    """Make one call of the first planned path.

    Return the attacker after it, and its outcome.

    If AWS's answer contains a credential, the attacker can use it from now on. If AWS
    refuses the call, the path is given up.
    """
    outcome = handle(account, act)
    answer = outcome.answer
    credentials = attacker.credentials
    planned_paths = attacker.planned_paths
    if isinstance(answer, Reply):
        credential_in_answer = credential_won(answer)
        if credential_in_answer and credential_in_answer not in credentials:
            credentials = (*credentials, credential_in_answer)
    else:
        planned_paths = planned_paths[1:]
    attacker_after = replace(
        attacker,
        credentials=credentials,
        planned_paths=planned_paths,
        acts_made=attacker.acts_made | {_act_text(act)},
        calls_left=attacker.calls_left - 1,
    )
    return attacker_after, outcome


def _act_text(act: Act) -> str:
    """Return a text that identifies a call and its caller without the time, to recognise a repeated call."""
    return f"{act.caller} {act.call}"


# ---------------------------------------------------------------------------- commands
def attack_lines(account: Account, incident: Incident) -> Iterator[str]:
    """Yield the command lines that the incident's thief tries, one access level after the
    other.
    """
    for level in incident.levels:
        for command in happenings().attacker_commands:
            if command.level is level and command.kind in (
                incident.kinds or (command.kind,)
            ):
                yield from _command_lines(account, command)


def _command_lines(account: Account, command: AttackerCommand) -> Iterator[str]:
    """Yield a command once for each thing of its kind. If it has a `{key}`, once for each of the first MAX_OBJECTS_TAKEN keys."""
    for name in thing_names(account, command.kind):
        line = command.line.replace("{name}", quote(name)).replace("{account}", account.id)
        if "{key}" in line:
            keys = islice(_item_keys(account, command.kind, name), MAX_OBJECTS_TAKEN)
        else:
            keys = [""]
        yield from (line.replace("{key}", quote(key)) for key in keys)


def _item_keys(account: Account, kind: str, name: str) -> Iterable[str]:
    """Return the keys that a command takes: the objects of a bucket, or one item of a table, which may not exist."""
    if kind == "bucket":
        return account.buckets[name].objects
    table = account.tables[name]
    return [json.dumps({key.name: {key.type: KEY_VALUES[key.type]} for key in table.keys})]


def can_do_something(
    account: Account, incident: Incident, caller: Caller, at: datetime
) -> bool:
    """Return whether AWS allows a credential one of the incident's commands."""
    outcomes = (
        _run_line(line, account, (caller,), at) for line in attack_lines(account, incident)
    )
    return any(outcome is not None and outcome.has_succeeded for outcome in outcomes)


def thing_names(account: Account, kind: str) -> Iterator[str]:
    """Yield the names of the account's things of a kind. A kind without names, such as the account, gives ""."""
    things_by_kind = {
        "bucket": account.buckets,
        "table": account.tables,
        "queue": account.queues,
        "function": account.functions,
        "instance": account.instances,
        "kms-key": account.kms_keys,
    }
    yield from things_by_kind.get(kind, [""])


def _run_line(
    line: str, account: Account, callers: Iterable[Caller], at: datetime
) -> Outcome | None:
    """Run a command line with each credential until one is allowed, and return that outcome.

    If every credential is refused, return the first refusal. None: the line makes no call.
    """
    first_refusal: Outcome | None = None
    for caller in callers:
        act = read_act(line, account, at, {}, caller)
        if isinstance(act, Act):
            outcome = handle(account, act)
        else:
            outcome = None
        if outcome and outcome.has_succeeded:
            return outcome
        first_refusal = first_refusal or outcome
    return first_refusal
