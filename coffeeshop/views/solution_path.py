"""Find the calls that lead from any state of a play to its solved account.

The scenario's solution, played on a copy of the account, gives the solved account. Two accounts differ by facts
(`account/facts.py`). Each call of a path makes the difference smaller, so a path ends. The calls are those of the solution,
those that restore or remove what differs, and those that made the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from shlex import quote

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.api.operations import kebab
from coffeeshop.account.command import Line, script_lines, understand_line
from coffeeshop.account.command.script_undo import restoring_calls
from coffeeshop.account.command.write import write_line
from coffeeshop.account.facts import (
    Fact,
    account_facts,
    canonical_json,
    is_session_fact,
)
from coffeeshop.account.model import Account, Call
from coffeeshop.account.organization import Organization
from coffeeshop.account.same import Same
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import line_outcomes, run_play
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.views.deed import Deed
from coffeeshop.views.identity import sign_in_parameters, users_able_to_sign_in
from coffeeshop.views.things.dialog import operation_form
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import list_removals, menu_actions
from coffeeshop.views.things.items import root_item
from coffeeshop.views.things.lists import LISTS_BY_MODE

PROFILE_PATTERN = re.compile(r"\s--profile[ =](\S+)")
DOCUMENT_PATTERN = re.compile(r"file://(\S+)")
SIGN_IN = "console sign-in"


class Move(Struct, frozen=True):
    """One call on the way: its line, and the profile that makes it."""

    line: str
    profile: str

    def line_by(self, profile: str) -> str:
        """Return the line as a learner types it who uses the credential of `profile`."""
        if profile == self.profile or self.line.startswith(SIGN_IN):
            return self.line
        return f"{self.line} --profile {self.profile}"

    def do(self, play: Play) -> Play | None:
        """Return the play after the line. None: it can't be read, or one of its calls fails."""
        reading = understand_line(self.line, play.account, play.now, {}, self.profile)
        if not isinstance(reading, Line):
            return None
        outcomes = line_outcomes(play.account, reading, play.now)
        if not outcomes or not all(outcome.has_succeeded for outcome in outcomes):
            return None
        return Play(play.scenario, play.outcomes + outcomes)

    def call(self, play: Play) -> Call | None:
        """Return the first call of the line. None: it can't be read in this play."""
        reading = understand_line(self.line, play.account, play.now, {}, self.profile)
        return next(reading.talk(), None) if isinstance(reading, Line) else None


class Path(Struct, frozen=True):
    """The moves from a state of a play, and the facts in which the account differs from the solved one after them."""

    moves: tuple[Move, ...]
    gap: frozenset[Fact]


class _State:
    """A play on the way. States with the same facts of one scenario are equal, whatever their times and ids."""

    def __init__(self, play: Play) -> None:
        """Take the play's account apart. `gap` are the facts in which it differs from the solved account."""
        self.play = play
        solved, goal = _solved(Same(play.scenario))
        self.facts = account_facts(play.account, play.now, play.scenario.opening, solved)
        self.gap = frozenset(
            fact for fact in self.facts ^ goal if fact in goal or not is_session_fact(fact)
        )

    def __eq__(self, compared: object) -> bool:
        if not isinstance(compared, _State):
            return False
        is_same_scenario = self.play.scenario is compared.play.scenario
        return is_same_scenario and self.facts == compared.facts

    def __hash__(self) -> int:
        return hash(self.facts)


def solution_path(play: Play) -> Path:
    """Return the path from a play's account to the solved account of its scenario.

    It is as long as a move makes the difference smaller.
    """
    return _path_from(_State(play))


def gap_of(play: Play) -> frozenset[Fact]:
    """Return the facts in which a play's account differs from the solved one."""
    return _State(play).gap


def end_of(play: Play, path: Path) -> Play:
    """Return the play after the moves of a path that are possible."""
    for move in path.moves:
        play = move.do(play) or play
    return play


def leads_to_stars(play: Play, path: Path) -> bool:
    """Return whether three stars are won after the moves of a play's path.

    The solved account has them. Another one is graded, since what differs may not matter.
    """
    return not path.gap or _earns_stars(_State(play))


@lru_cache(maxsize=64)
def _earns_stars(state: _State) -> bool:
    """Return whether three stars are won after the moves that are possible."""
    return grade(end_of(state.play, _path_from(state))).stars == 3


@lru_cache(maxsize=8)
def _solved(scenario: Same[Scenario]) -> tuple[Account, frozenset[Fact]]:
    """Return a scenario's solved account and its facts."""
    opened = scenario.value
    play = run_play(opened, opened.solution)
    return play.account, account_facts(play.account, play.now, opened.opening)


@lru_cache(maxsize=256)
def _path_from(state: _State) -> Path:
    """Return the path from a state: the first move that makes the difference smaller, and the path from there."""
    for move in _possible_moves(state.play) if state.gap else ():
        after = move.do(state.play)
        state_after = _State(after) if after else state
        if len(state_after.gap) < len(state.gap):
            onward = _path_from(state_after)
            return Path((move, *onward.moves), onward.gap)
    return Path((), state.gap)


def _possible_moves(play: Play) -> Iterator[Move]:
    """Yield the moves to try, those of the solution first."""
    scenario = play.scenario
    for _, line in script_lines(scenario.solution):
        if not line.startswith("#@"):
            named = PROFILE_PATTERN.search(line)
            profile = named[1] if named else scenario.desk[0]
            yield Move(_with_documents(PROFILE_PATTERN.sub("", line), play), profile)
    for name in users_able_to_sign_in(play):
        values = sign_in_parameters(play, name)
        yield Move(_sign_in_line(values), "")
        yield Move(_sign_in_line({**values, "MfaCode": "@phone"}), "")
    for call in _mending_calls(play, _solved(Same(scenario))[0]):
        for profile in profiles(play):
            yield Move(_line_of(call), profile)


def _with_documents(line: str, play: Play) -> str:
    """Return a line of the solution with the texts of the files that it names."""
    files = play.scenario.files
    return DOCUMENT_PATTERN.sub(
        lambda match: quote(canonical_json(files[match[1]].decode())), line
    )


def _sign_in_line(values: Mapping[str, str]) -> str:
    """Return the line of a sign-in. A code can be a reference."""
    words = (f"--{kebab(name)} {quote(value)}" for name, value in values.items())
    return f"{SIGN_IN} {' '.join(words)}"


def _mending_calls(play: Play, solved: Account) -> Iterator[Call]:
    """Yield the calls that restore what was changed, take away what is too much, and make again what is gone."""
    account = play.account
    with suppress(KeyError):  # a thing of the solved account is gone
        yield from restoring_calls(solved, account)
    for policy in solved.policies.values():
        document = {"PolicyArn": policy.arn, "PolicyDocument": policy.document.text}
        yield Call("iam", "CreatePolicyVersion", {**document, "SetAsDefault": True})
    for item in _all_items(play):
        for removal in list_removals(account, item):
            yield _menu_call(account, removal.action, removal.item)
        for action in menu_actions(item, "d"):
            yield _menu_call(account, action, item)
    for changed in account.organizations:
        yield from _organization_calls(changed, solved)
    for act in play.scenario.made:
        yield act.call


def _all_items(play: Play) -> Iterator[Item]:
    """Yield everything that the app lists, and the root user."""
    yield root_item(play.account)
    for tabs in LISTS_BY_MODE.values():
        for listed in tabs.values():
            yield from listed.items(play.account, play.now)


def _organization_calls(changed: Organization, solved: Account) -> Iterator[Call]:
    """Yield the calls that give an organization's policies the documents and targets that they have in the solved account."""
    goal = next((each for each in solved.organizations if each.id == changed.id), changed)
    for target, ids in changed.attached.items():
        for id in ids:
            if id not in goal.attached.get(target, ()):
                yield Call(
                    "organizations", "DetachPolicy", {"PolicyId": id, "TargetId": target}
                )
    for target, ids in goal.attached.items():
        for id in ids:
            yield Call(
                "organizations", "AttachPolicy", {"PolicyId": id, "TargetId": target}
            )
    for id, policy in goal.policies.items():
        yield Call(
            "organizations",
            "UpdatePolicy",
            {"PolicyId": id, "Content": policy.document.text},
        )
    for id in changed.policies:
        if id not in goal.policies:
            yield Call("organizations", "DeletePolicy", {"PolicyId": id})


def _menu_call(account: Account, action: Deed, item: Item) -> Call:
    """Return the call that a menu action makes on an item."""
    return operation_form(account, action, item.names).call({})


def _line_of(call: Call) -> str:
    """Return a call as a line, with its documents on one line."""
    parameters = {
        name: canonical_json(value) if isinstance(value, str) else value
        for name, value in call.parameters.items()
    }
    return write_line(replace(call, parameters=parameters))
