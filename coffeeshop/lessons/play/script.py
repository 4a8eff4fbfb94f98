"""Run lines of text against an account: worlds, solutions, wrong answers, hand-ins and typed scripts."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.sessions import new_key
from coffeeshop.account.command import Line, carry_out, script_lines, understand_line
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.door import handle
from coffeeshop.account.instants import FIRST_INSTANT, LAST_INSTANT
from coffeeshop.account.model import Account, Act, Answer, Call, Caller, Outcome
from coffeeshop.account.resources import Instance
from coffeeshop.invocation import command_line
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.policy.model import Level, Place, Problem, Problems

TIME_BETWEEN_CALLS = timedelta(minutes=1)  # between one call and the next
DECLARATION_PATTERN = (
    re.compile(  # things that no call of this account can create, with their properties
        r"#@ (?:instance (?P<name>[\w+=,.@-]{1,128}) (?P<id>i-[0-9a-f]{17})"
        r"|token (?P<serial>[\w+=/:,.@-]{9,256}) (?P<seed>[A-Z2-7]{16,128})"
        r"|account (?P<account>[0-9]{12}) (?P<called>[\w+=,.@-]{1,50}))",
        re.ASCII,
    )
)
# lessons/scenario/ reads these directives.
AUTHOR_DIRECTIVE = re.compile(r"(?:solution|but|mends|breaks)\b")
TIME_SPAN_PATTERN = re.compile(
    r"(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", re.ASCII
)


class Step(Struct, frozen=True):
    """One line of the script `name`, with the outcomes of its calls or the problems of reading it.

    `optional` exempts the line from the check that a solution has no needless line. `refused`
    says that a world expects AWS to refuse it.
    """

    name: str
    number: int
    line: str
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[Problem, ...] = ()
    optional: bool = False
    refused: bool = False


def add_directives(account: Account, text: str, at: datetime) -> Account:
    """Return the account with the things that a script's `#@` lines declare, which no call can create.

    `#@ instance NAME ID` is an EC2 instance. `#@ token SERIAL SEED` is a hardware MFA token
    that is not enrolled yet. `#@ account ID NAME` is another account, whose root has a key
    under the profile NAME.
    """
    for _, line in script_lines(text):
        if match := DECLARATION_PATTERN.fullmatch(line):
            name = match["name"]
            id = match["id"]
            serial = match["serial"]
            seed = match["seed"]
            if id:
                account = replace(
                    account, instances=account.instances.put(id, Instance(id, name, at))
                )
            elif serial:
                account = replace(
                    account,
                    devices=account.devices.put(serial, MfaDevice(serial, seed, at)),
                )
            elif match["account"] != account.id:
                other_account = _make_other_account(
                    account, match["account"], match["called"], at
                )
                account = replace(
                    account, others=account.others.put(other_account.id, other_account)
                )
    return account


def _make_other_account(account: Account, id: str, name: str, at: datetime) -> Account:
    """Return a new account with this id and name, whose root has an access key under the profile `name`.

    Its secrets are drawn from the first account's seed, so a replay gives the same ones.
    """
    seed = ids.draw_bytes(account.seed, "account", id)
    fresh = ids.new_account(id, seed, at, f"owner@{name.lower()}.example", seed.hex(), name)
    return new_key(fresh, fresh.id, name, at)[0]


def run_script(
    account: Account,
    text: str,
    at: datetime,
    files: Mapping[str, bytes],
    profile: str | Caller,
    name: str = "",
    is_world: bool = False,
) -> Iterator[Step]:
    """Yield a step for every line of a script. The first call is made at `at`, each next one a minute later.

    `files` are the bytes by path that `file://` reads. `profile` is the credential of a
    line without `--profile`: a profile's name or a caller. `name` is the script's file, for
    problems. `#@ at INSTANT` and `#@ +30m` set the clock. `#@ optional: why` exempts the next
    line from the check for needless lines. In a world's script, `#@ from ADDRESS` is the IP
    address of the next line, and `#@ refused` says that AWS refuses it. A line that can't be
    read gives a step with problems. What `add_directives` adds must be in the account already.
    """
    optional = False
    refused = False
    address = ""
    for number, line in script_lines(text):
        if _declares_existing_thing(account, line):
            continue
        if line.startswith("#@"):
            word = line.removeprefix("#@").strip()
            if word.startswith("optional"):
                optional = True
                continue
            if is_world and word == "refused":
                refused = True
                continue
            if is_world and (given_address := _read_address(word)):
                address = given_address
                continue
            moment = parse_clock(word.removeprefix("at ").strip(), at)
            if moment is None or moment < at:
                yield Step(
                    name, number, line, (), (_directive_problem(name, number, word, at),)
                )
            else:
                at = moment
            continue
        reading = understand_line(line, account, at, files, profile)
        if isinstance(reading, Line):
            profile = reading.profile or profile
            outcomes = line_outcomes(account, reading, at, address)
            if outcomes:
                account = outcomes[-1].account
                at = at + TIME_BETWEEN_CALLS
            yield Step(name, number, line, outcomes, (), optional, refused)
        else:
            yield Step(
                name,
                number,
                line,
                (),
                tuple(place_problem(problem, name, number) for problem in reading),
                optional,
            )
        optional = False
        refused = False
        address = ""


def line_outcomes(
    account: Account, line: Line, at: datetime, address: str = ""
) -> tuple[Outcome, ...]:
    """Return the outcomes of a line's calls, all made at the time `at`, from an IP address if it's given.

    One line can make several, such as `aws s3 sync`.
    """
    outcomes: list[Outcome] = []

    def ask(call: Call) -> Answer:
        """Make a call on the account after the line's earlier calls, and return its answer."""
        if address:
            call = replace(call, origin=replace(call.origin, ip=address))
        outcomes.append(
            handle(
                outcomes[-1].account if outcomes else account, Act(at, line.caller, call)
            )
        )
        return outcomes[-1].answer

    carry_out(line, ask)
    return tuple(outcomes)


def _read_address(word: str) -> str:
    """Return the IPv4 address that a directive names, or ""."""
    text = word.removeprefix("from ")
    try:
        return str(IPv4Address(text)) if text != word else ""
    except ValueError:
        return ""


def _declares_existing_thing(account: Account, line: str) -> bool:
    """Return whether a line declares a thing that the account already has."""
    match = DECLARATION_PATTERN.fullmatch(line)
    return match is not None and (
        match["id"] in account.instances
        or match["serial"] in account.devices
        or match["account"] in account.others
    )


def parse_clock(word: str, at: datetime) -> datetime | None:
    """Return the time that `word` names, in whole seconds of UTC.

    A time is written "2026-03-02T09:10:00Z", a delay after `at` "+30m". None means that `word` is neither, or
    lies outside FIRST_INSTANT and LAST_INSTANT.
    """
    if word.startswith("+"):
        span = parse_duration(word[1:])
        instant = None if span is None else at + span
    else:
        instant = _read_instant(word)
    if instant and FIRST_INSTANT <= instant < LAST_INSTANT:
        return instant
    return None


def _read_instant(word: str) -> datetime | None:
    """Return an ISO 8601 time in UTC. Return None if `word` isn't one, or has no time zone."""
    try:
        instant = datetime.fromisoformat(word)
        if instant.tzinfo:
            return instant.astimezone(UTC).replace(microsecond=0)
        return None
    except (ValueError, OverflowError):
        return None


def parse_duration(word: str) -> timedelta | None:
    """Return a span such as "30s", "90m", "8h", "1d" or "7h59m". Return None if `word` isn't one."""
    match = TIME_SPAN_PATTERN.fullmatch(word) if word else None
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def place_problem(problem: Problem, name: str, number: int = 0) -> Problem:
    """Return a problem with the file's name in its place.

    `number` is the script's line on which the command begins, since the problem counts from
    the command's first line.
    """
    at = problem.place
    path = ", ".join(filter(None, (name, at.path)))
    line = number + max(at.line, 1) - 1 if number else at.line
    return dataclasses.replace(problem, place=dataclasses.replace(at, path=path, line=line))


def _directive_problem(name: str, number: int, word: str, at: datetime) -> Problem:
    """Return the Problem of a directive that is unknown or turns back the clock."""
    message = (
        f"`#@ {word}` is no directive, or sets the clock back (it shows {at.isoformat()})"
    )
    mend = "write `#@ at 2026-03-02T09:10:00Z`, `#@ +30m` or `#@ optional: why`; in a world's script also"
    mend += " `#@ refused`, `#@ from 198.51.100.7`,"
    mend += " `#@ instance NAME i-0123456789abcdef0`, `#@ token GAHT12345678 SEED` or `#@ account 222233334444 NAME`"
    if AUTHOR_DIRECTIVE.match(word):
        message = f"`#@ {word}` isn't read here"
        mend = f"write it once, in an answer that you play with `{command_line('run')}`: `#@ solution`, its `#@ but` lines below it"
    elif DECLARATION_PATTERN.fullmatch(f"#@ {word}"):
        message = f"`#@ {word}` makes nothing here"
        mend = "it stands in a world's script alone; another account has another number than the shop's"
    return Problem(Level.ERROR, "bad-directive", Place(name, number), message, mend)


def run_play(
    scenario: Scenario, text: str, name: str = "", files: Mapping[str, bytes] | None = None
) -> Play:
    """Return the play after every line of `text`, by the first profile of the desk.

    The lines read the scenario's files unless `files` are given. Raise Problems with every line that can't be
    read. A call that AWS refuses is part of the play.
    """
    folder = scenario.files if files is None else files
    steps = tuple(
        run_script(scenario.opening, text, scenario.now, folder, scenario.desk[0], name)
    )
    problems = tuple(problem for step in steps for problem in step.problems)
    if problems:
        raise Problems(*problems)
    return replace(
        Play(scenario),
        outcomes=tuple(outcome for step in steps for outcome in step.outcomes),
    )
