"""A hand-in: what a learner did, as JSON lines under a header, judged by replaying it and by nothing else.

On a learner's machine anything can be forged, so only what the calls come to counts. The header's sum finds accidents:
a file that was cut by a mail program, or a line that an editor changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Struct

from coffeeshop import __version__
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.model import Account, Act, Caller, Key, Nobody
from coffeeshop.files import decode_text
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.acts_json import UnreadableError, dumps, loads
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.play.script import END
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.policy.model import Level, Place, Problem, Problems

FORMAT = 1
SUFFIX = ".handin.jsonl"
CALLS = 2000  # at most
SIZE = 1024 * 1024  # characters, at most
LARGEST = 2 * SIZE + 2  # bytes of a file: UTF-16 takes twice as many, and a mark
AGAIN = "write it again: coffeeshop export NAME"


class Header(msgspec.Struct, frozen=True):
    """The first line: of which scenario (`digest`: of its files), in which variant of its names, how many calls follow,
    the sum over them and the record, and the record of how the learner came to them.
    """

    format: int
    scenario: str
    digest: str
    calls: int
    sum: str
    made_with: str = ""
    variant: Annotated[int, msgspec.Meta(ge=0, le=LAST_VARIANT)] = 0
    record: Record | None = None  # None in old hand-ins, of which nobody knows


class _Format(msgspec.Struct):
    format: int


class HandIn(Struct, frozen=True):
    """A hand-in as it was read: its header, and its acts, of which nothing is known yet."""

    header: Header
    acts: tuple[Act, ...]


def handin_text(play: Play, record: Record | None = None) -> str:
    """Returns the hand-in of a play: no name, no secret key; passwords that were typed are in it."""
    acts = play.acts
    scenario = play.scenario
    header = Header(
        FORMAT,
        scenario.id,
        scenario.digest,
        len(acts),
        acts_digest(acts, record),
        f"coffeeshop {__version__}",
        scenario.variant,
        record,
    )
    return "\n".join((msgspec.json.encode(header).decode(), *map(dumps, acts), ""))


def acts_digest(acts: Iterable[Act], record: Record | None = None) -> str:
    """Returns 16 hexadecimal digits that stand for exactly these acts and this record, however their lines were laid out."""
    if record is None:
        lines = ()
    else:
        lines = (msgspec.json.encode(record, order="sorted").decode(),)
    return sha256("\n".join((*map(dumps, acts), *lines)).encode()).hexdigest()[:16]


# -------------------------------------------------------------------- reading
def text_of(data: bytes, code: str = "not-a-handin", mend: str = AGAIN) -> str:
    """Returns the text of what was handed in. Raises Problems: it is too large; or no text, by that code."""
    try:
        text = decode_text(data) if len(data) <= LARGEST else ""
    except ValueError as error:
        raise _unreadable(code, 0, f"it is no text: {error}", mend) from None
    if len(data) > LARGEST or len(text) > SIZE:
        raise _unreadable(
            "too-large",
            0,
            f"it is larger than {SIZE:,} bytes",
            "hand in one play, not a recording",
        )
    return text


def read(data: bytes) -> HandIn:
    """Returns the hand-in that `data` holds. Raises Problems: every reason why it is none, each with its line."""
    first, *lines = text_of(data).split("\n")
    header = _header(first)
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > CALLS:
        raise _unreadable(
            "too-many-calls",
            CALLS + 2,
            f"it has {len(lines)} calls",
            f"at most {CALLS:,} are graded",
        )
    acts = list[Act]()
    problems = list[Problem]()
    for number, line in enumerate(lines, 2):
        try:
            acts.append(loads(line))
        except UnreadableError as error:
            cut = number == len(lines) + 1 and not line.rstrip().endswith("}")
            message = (
                f"it was cut: it ends within line {number}"
                if cut
                else f"its line {number} is no act: {error}"
            )
            problems.append(
                _problem("cut" if cut else "unreadable", number, message, AGAIN)
            )
    if problems := problems or [*_damage(header, acts)]:
        raise Problems(*problems)
    return HandIn(header, tuple(acts))


def _header(line: str) -> Header:
    try:
        written_in = msgspec.json.decode(line, type=_Format).format
        if written_in != FORMAT:
            message = f"it is of format {written_in}, this program reads {FORMAT}"
            raise _unreadable(
                "other-format",
                1,
                message,
                "update Coffeeshop" if written_in > FORMAT else AGAIN,
            )
        return msgspec.json.decode(line, type=Header)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        message = f"its first line is no header of a hand-in: {error}"
        raise _unreadable("not-a-handin", 1, message, AGAIN) from None


def _damage(header: Header, acts: list[Act]) -> Iterator[Problem]:
    if len(acts) != header.calls:
        message = f"it was cut, or lines were added: it has {len(acts)} of its {header.calls} calls"
        yield _problem("cut", len(acts) + 1, message, AGAIN)
    elif acts_digest(acts, header.record) != header.sum:
        message = "it was edited: it is not what it was written as"
        yield _problem(
            "edited", 0, message, f"{AGAIN}; or hand in a script of AWS CLI lines"
        )


# ------------------------------------------------------------------- replaying
def replay_handin(scenario: Scenario, handin: HandIn, accept_digest: bool = False) -> Play:
    """Returns the play that the acts come to. What AWS refuses is part of the play, no Problem. Raises Problems where they
    cannot be graded: another scenario, another version of it, times that run backwards, a badge that the learner cannot
    hold.
    """
    header = handin.header
    problems = list[Problem]()
    if header.scenario != scenario.id:
        message = f"it is of the scenario {header.scenario}, not of {scenario.id}"
        problems.append(_problem("other-scenario", 1, message, "grade it as what it is"))
    elif header.variant != scenario.variant:
        message = f"it was played in variant {header.variant}, not in {scenario.variant}"
        mend = f"play the one that was asked for: --variant {scenario.variant}"
        problems.append(_problem("other-variant", 1, message, mend))
    elif header.digest != scenario.digest and not accept_digest:
        message = f"it was played in another version of {scenario.id} ({header.digest}, this one is {scenario.digest})"
        problems.append(
            _problem(
                "other-digest",
                1,
                message,
                "get that version, or grade with --accept-digest",
            )
        )
    problems += _clock(scenario, handin.acts)
    if problems:
        raise Problems(*problems)
    return of_own_badges(Play(scenario).do(*handin.acts))


def of_own_badges(play: Play) -> Play:
    """Returns the play. Raises Problems where calls of it come from a badge that the learner cannot hold."""
    if problems := tuple(foreign(play)):
        raise Problems(*problems)
    return play


def _clock(scenario: Scenario, acts: Iterable[Act]) -> Iterator[Problem]:
    before = scenario.now
    for number, act in enumerate(acts, 2):
        if not before <= act.at < END:
            message = f"{act.at.isoformat()} comes after {before.isoformat()}: the clock of a play never runs backwards"
            yield _problem("backwards", number, message, AGAIN)
        before = max(before, act.at)


def foreign(play: Play) -> Iterator[Problem]:
    """Yields the calls by credentials that the learner cannot hold. Theirs are the desk's, what was made in play, and
    what the people of the cast have in the world; not root's, unless root is at the desk; not one whose finder is the
    story.
    """
    account = play.scenario.opening
    for number, outcome in enumerate(play.outcomes, 2):
        if reason := _strange(play.scenario, account, outcome.act.caller):
            mend = f"undo that call; your badges are {', '.join(play.scenario.desk)} and those you make"
            message = f"call {number - 1} comes from a badge that is not yours: {reason}"
            yield _problem("foreign-badge", number, message, mend)
        account = outcome.account


def _strange(scenario: Scenario, account: Account, caller: Caller) -> str:
    """Tells why the learner cannot hold this credential; nothing, if they can."""
    home = account.home_of(caller)
    credential = home.credential_of(caller)
    if credential is None:
        if isinstance(caller, Nobody):
            return ""
        return f"nobody has {caller} here"
    if Key(credential.id) in {want.held for want in scenario.wants}:
        return f"{credential.profile} is what somebody else still holds"
    if credential.owner == home.id:
        if home is account and "root" in _at_desk(scenario):
            return ""
        return "it is the owner's, who is not at the desk"
    if credential.id in {
        known_credential.id for known_credential in scenario.opening.all_credentials
    } and not {
        credential.owner,
        _taker(credential),
    } & _cast(scenario):
        return f"{credential.profile} is of nobody in the cast"
    return ""


def _taker(credential: Credential) -> str:
    return credential.taker if isinstance(credential, Session) else ""


def _at_desk(scenario: Scenario) -> set[str]:
    return {profile.partition("@")[0] for profile in scenario.desk}


def _cast(scenario: Scenario) -> set[str]:
    """Returns the unique ids of the people of the story."""
    people = scenario.people
    opening = scenario.opening
    names = {*_at_desk(scenario), *people.graded, *people.admins, *people.bystanders}
    books = [account.users for account in (opening, *opening.others.values())]
    members = (users.get(name.lower()) for users in books for name in names)
    return {user.id for user in members if user}


def _problem(code: str, line: int, text: str, mend: str) -> Problem:
    return Problem(Level.ERROR, code, Place("", line), text, mend)


def _unreadable(code: str, line: int, text: str, mend: str) -> Problems:
    return Problems(_problem(code, line, text, mend))
