"""Write, read and replay a hand-in: a header and a learner's acts, as lines of JSON.

A learner can forge anything on their own machine, so only the result of replaying the acts counts. The
header's sum finds accidents: a file that was cut by a mail program, or a line that an editor changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from coffeeshop import __version__
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.instants import LAST_INSTANT
from coffeeshop.account.model import Account, Act, Caller, Key, Nobody
from coffeeshop.files import decode_text
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.acts_json import UnreadableError, act_line, parse_act_line
from coffeeshop.lessons.play.membership import Membership
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.policy.model import Level, Place, Problem, Problems

HAND_IN_FORMAT = 1
HAND_IN_SUFFIX = ".handin.jsonl"
MAX_CALLS = 2000  # at most
MAX_CHARACTERS = 1024 * 1024  # characters, at most
# Bytes of a file: UTF-16 takes two for each character, and two for its mark.
MAX_BYTES = 2 * MAX_CHARACTERS + 2
WRITE_AGAIN = "write it again: coffeeshop export NAME"


class Header(msgspec.Struct, frozen=True):
    """The first line of a hand-in.

    `digest` is the hash of the scenario's files. `variant` is the variant of its names. `calls` counts the
    lines that follow. `sum` is a hash of the calls and the record. `record` tells how the learner came to the
    acts.
    """

    format: int
    scenario: str
    digest: str
    calls: int
    sum: str
    made_with: str = ""
    variant: Annotated[int, msgspec.Meta(ge=0, le=LAST_VARIANT)] = 0
    record: Record | None = None  # None in old hand-ins


class _Format(msgspec.Struct):
    format: int


class HandIn(Struct, frozen=True):
    """A hand-in as read: its header and its acts. The acts are not replayed yet."""

    header: Header
    acts: tuple[Act, ...]


class Claim(Struct, frozen=True):
    """What a hand-in says it is of: the scenario's id, its digest and its variant."""

    id: str
    digest: str
    variant: int

    def signed_text(self, acts: Iterable[Act], record: Record) -> str:
        """Return the text that a learner's signature covers: the claim, the acts and the record."""
        return signed_text(self.id, self.digest, self.variant, acts, record)


def handin_text(play: Play, record: Record | None = None) -> str:
    """Return a play as a hand-in: the header, then one act a line.

    It has no learner's name and no secret key. Passwords that the learner typed are in it,
    since the acts need them.
    """
    return write_handin(_claim_of(play.scenario), play.acts, record)


def _claim_of(scenario: Scenario) -> Claim:
    """Return what a hand-in of a scenario says it is of."""
    return Claim(scenario.id, scenario.digest, scenario.variant)


def write_handin(claim: Claim, acts: tuple[Act, ...], record: Record | None) -> str:
    """Return a hand-in: the header, then one act a line."""
    header = Header(
        HAND_IN_FORMAT,
        claim.id,
        claim.digest,
        len(acts),
        acts_digest(acts, record),
        f"coffeeshop {__version__}",
        claim.variant,
        record,
    )
    return "\n".join((msgspec.json.encode(header).decode(), *map(act_line, acts), ""))


def acts_digest(acts: Iterable[Act], record: Record | None = None) -> str:
    """Return a short hash of acts and their record: 16 hexadecimal digits.

    How the lines are laid out doesn't change it.
    """
    if record is None:
        lines = ()
    else:
        lines = (msgspec.json.encode(record, order="sorted").decode(),)
    return sha256("\n".join((*map(act_line, acts), *lines)).encode()).hexdigest()[:16]


def sign_record(play: Play, record: Record, membership: Membership) -> Record:
    """Return a record with the id and the signature of a learner who joined a class."""
    named_record = replace(record, learner=membership.learner)
    claim = _claim_of(play.scenario)
    proof = membership.sign(claim.signed_text(play.acts, named_record))
    return replace(named_record, proof=proof)


def signed_text(
    id: str, digest: str, variant: int, acts: Iterable[Act], record: Record
) -> str:
    """Return the text that a learner's signature covers: the scenario in its version, the acts and the record."""
    return f"{id} {digest} {variant} {acts_digest(acts, replace(record, proof=''))}"


# -------------------------------------------------------------------- reading
def decode_handin(data: bytes, code: str = "not-a-handin", mend: str = WRITE_AGAIN) -> str:
    """Return a hand-in's bytes as text.

    Raise Problems with the code "too-large", or with `code` if the bytes aren't text.
    `mend` is the fix that the problem suggests.
    """
    try:
        text = decode_text(data) if len(data) <= MAX_BYTES else ""
    except ValueError as error:
        raise _unreadable_problem(code, 0, f"it isn't text: {error}", mend) from None
    if len(data) > MAX_BYTES or len(text) > MAX_CHARACTERS:
        raise _unreadable_problem(
            "too-large",
            0,
            f"it is larger than {MAX_CHARACTERS:,} bytes",
            "hand in one play, not a recording",
        )
    return text


def read_handin(data: bytes) -> HandIn:
    """Return the hand-in that `data` holds. Raise Problems with every reason why it can't be read, each with its line."""
    first, *lines = decode_handin(data).split("\n")
    header = _read_header(first)
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > MAX_CALLS:
        raise _unreadable_problem(
            "too-many-calls",
            MAX_CALLS + 2,
            f"it has {len(lines)} calls",
            f"at most {MAX_CALLS:,} are graded",
        )
    acts = list[Act]()
    problems = list[Problem]()
    for number, line in enumerate(lines, 2):
        try:
            acts.append(parse_act_line(line))
        except UnreadableError as error:
            cut = number == len(lines) + 1 and not line.rstrip().endswith("}")
            message = (
                f"it was cut: it ends within line {number}"
                if cut
                else f"its line {number} isn't an act: {error}"
            )
            problems.append(
                _problem("cut" if cut else "unreadable", number, message, WRITE_AGAIN)
            )
    if problems := problems or [*_damage_problems(header, acts)]:
        raise Problems(*problems)
    return HandIn(header, tuple(acts))


def scenario_of_handin(data: bytes) -> str:
    """Return the id of the scenario that a hand-in is of, even if its acts can't be read.

    Return "" if it has no header.
    """
    header = _header_of(data)
    return header.scenario if header else ""


def signer_of_handin(data: bytes) -> str:
    """Return the id in their class of the learner whom a hand-in names, or "". The signature isn't checked."""
    header = _header_of(data)
    return header.record.learner if header and header.record else ""


def _header_of(data: bytes) -> Header | None:
    """Return the header of a hand-in whose acts may be unreadable, or None."""
    try:
        return _read_header(decode_handin(data).partition("\n")[0])
    except Problems:
        return None


def _read_header(line: str) -> Header:
    """Return the header in the first line. Raise Problems where it is of another format or is no header."""
    if not line.strip():
        message = "it is empty, or begins with an empty line"
        raise _unreadable_problem("not-a-handin", 1, message, WRITE_AGAIN)
    try:
        written_in = msgspec.json.decode(line, type=_Format).format
        if written_in != HAND_IN_FORMAT:
            message = f"it has format {written_in}, but this program reads format {HAND_IN_FORMAT}"
            raise _unreadable_problem(
                "other-format",
                1,
                message,
                "update Coffeeshop" if written_in > HAND_IN_FORMAT else WRITE_AGAIN,
            )
        return msgspec.json.decode(line, type=Header)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        message = f"its first line isn't the header of a hand-in: {error}"
        raise _unreadable_problem("not-a-handin", 1, message, WRITE_AGAIN) from None


def _damage_problems(header: Header, acts: list[Act]) -> Iterator[Problem]:
    """Yield a problem if acts are missing or were changed: their number or their hash differs from the header's."""
    if len(acts) != header.calls:
        message = f"it was cut, or lines were added: it has {len(acts)} of its {header.calls} calls"
        yield _problem("cut", len(acts) + 1, message, WRITE_AGAIN)
    elif acts_digest(acts, header.record) != header.sum:
        message = "it was edited after it was written"
        yield _problem(
            "edited", 0, message, f"{WRITE_AGAIN}; or hand in a script of AWS CLI lines"
        )


# ------------------------------------------------------------------- replaying
def replay_handin(scenario: Scenario, handin: HandIn, accept_digest: bool = False) -> Play:
    """Return the play that results from a hand-in's acts. A call that AWS refuses is part of the play.

    Raise Problems where the play can't be graded: another scenario, another version or variant of it, times
    that run backwards, or a credential that the learner can't have. `accept_digest` allows another version.
    """
    header = handin.header
    problems = list[Problem]()
    if header.scenario != scenario.id:
        message = f"it belongs to the scenario {header.scenario}, not to {scenario.id}"
        problems.append(_problem("other-scenario", 1, message, "grade it as that scenario"))
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
    problems += _clock_problems(scenario, handin.acts)
    if problems:
        raise Problems(*problems)
    return check_own_credentials(Play(scenario).do(*handin.acts))


def check_own_credentials(play: Play) -> Play:
    """Return the play. Raise Problems where a call comes from a credential that the learner can't have."""
    if problems := tuple(foreign_credential_problems(play)):
        raise Problems(*problems)
    return play


def _clock_problems(scenario: Scenario, acts: Iterable[Act]) -> Iterator[Problem]:
    """Yield a problem for each act that is earlier than the one before it, or after the end of time (LAST_INSTANT)."""
    before = scenario.now
    for number, act in enumerate(acts, 2):
        if not before <= act.at < LAST_INSTANT:
            message = f"{act.at.isoformat()} comes after {before.isoformat()}: the clock of a play never runs backwards"
            yield _problem("backwards", number, message, WRITE_AGAIN)
        before = max(before, act.at)


def foreign_credential_problems(play: Play) -> Iterator[Problem]:
    """Yield a problem for each call by a credential that the learner can't have.

    The learner has the credentials of the scenario's desk, those made in the play, and
    those of people in the story. They have root's only if root is at the desk. A credential
    that a refusal says somebody else still holds isn't theirs.
    """
    account = play.scenario.opening
    for number, outcome in enumerate(play.outcomes, 2):
        if reason := _foreign_reason(play.scenario, account, outcome.act.caller):
            mend = f"undo that call; your badges are {', '.join(play.scenario.desk)} and those you make"
            message = f"call {number - 1} was made with a badge that is not yours: {reason}"
            yield _problem("foreign-badge", number, message, mend)
        account = outcome.account


def _foreign_reason(scenario: Scenario, account: Account, caller: Caller) -> str:
    """Return why the learner can't have this credential, or "" if they can."""
    home = account.home_of(caller)
    credential = home.credential_of(caller)
    if credential is None:
        if isinstance(caller, Nobody):
            return ""
        return f"no one has {caller} here"
    if Key(credential.id) in {want.opening_credential for want in scenario.wants}:
        return f"someone else still has {credential.profile}"
    if credential.owner == home.id:
        if home is account and "root" in _desk_names(scenario):
            return ""
        return "it belongs to the owner, who is not at the desk"
    if credential.id in {
        known_credential.id for known_credential in scenario.opening.all_credentials
    } and not {
        credential.owner,
        _session_opener(credential),
    } & _story_user_ids(scenario):
        return f"{credential.profile} belongs to no one in this scenario"
    return ""


def _session_opener(credential: Credential) -> str:
    """Return the id of the principal that opened a session, or "" if the credential is a key or a password."""
    return credential.taker if isinstance(credential, Session) else ""


def _desk_names(scenario: Scenario) -> set[str]:
    """Return the names of the people whose profiles are at the desk. A profile is NAME or NAME@ACCOUNT."""
    return {profile.partition("@")[0] for profile in scenario.desk}


def _story_user_ids(scenario: Scenario) -> set[str]:
    """Return the unique ids of the IAM users who are people of the story, in all of its accounts."""
    people = scenario.people
    opening = scenario.opening
    names = {*_desk_names(scenario), *people.graded, *people.admins, *people.bystanders}
    books = [account.users for account in (opening, *opening.others.values())]
    members = (users.get(name.lower()) for users in books for name in names)
    return {user.id for user in members if user}


def _problem(code: str, line: int, text: str, mend: str) -> Problem:
    """Return an error about a line of a hand-in, with its fix."""
    return Problem(Level.ERROR, code, Place("", line), text, mend)


def _unreadable_problem(code: str, line: int, text: str, mend: str) -> Problems:
    """Return the same error, ready to raise."""
    return Problems(_problem(code, line, text, mend))
