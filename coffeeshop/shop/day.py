"""Define what a day at the shop is made of: its happenings, and the course of its incident."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Outcome
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.model import Standing
from coffeeshop.shop.happenings import Alarm, StolenKind, happenings
from coffeeshop.shop.incident import fill_sentence
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Station
from coffeeshop.shop.radius import (
    BlastRadius,
)
from coffeeshop.shop.rota import (
    Rota,
)
from coffeeshop.shop.serve import active_keys, user_named
from coffeeshop.shop.theft import VICTIM_KINDS, StolenCredential, Theft
from coffeeshop.shop.things import Thing, access_level_of
from coffeeshop.shop.want import Ticket


class Kind(StrEnum):
    """The kind of a happening."""

    NEWS = "news"
    TASK = "task"
    INSPECTION = "inspection"
    THEFT = "theft"
    ATTACK = "attack"
    NOTICED = "noticed"
    EDIT = "edit"
    CONTAINED = "contained"
    REOPENED = "reopened"


class Happening(Struct, frozen=True):
    """One event of a day: its time, its station, its sentence and its mark.

    A task and an inspection have a `ticket`. A call of the attacker or of the learner has an `outcome`. Both hold
    decisions.
    """

    at: datetime
    kind: Kind
    say: str
    place: Station | None = None
    mark: Mark = Mark.QUIET
    ticket: Ticket | None = None
    outcome: Outcome | None = None


class IncidentCourse(Struct, frozen=True):
    """What happened in the incident of one day: the stolen credential, its blast radius, the attacker's calls and the end.

        `account_before` is the account just before the theft. `radius` is the credential's
    reach at the theft. `radius_after_change` is its reach after the learner's last change,
    made at `changed_at`. `permitted` holds the needs of the victim's jobs, and an insider's
    other access. `made_today` are things that the staff made between opening time and the
    theft, which the learner's own account doesn't have. `noticed_at` and `alarm` say when
    and how the shop noticed. `contained_at` is when the credential could reach nothing any
    more, and `reopened_at` when a change by the learner last gave access back. None: it
    didn't happen. `sign_ins` are the sessions that the thief began later with the stolen
    password. `deletions` are the attacker's calls that deleted something.
    """

    theft: Theft
    stolen: StolenCredential
    account_before: Account
    radius: BlastRadius = BlastRadius()
    permitted: Standing | None = None
    made_today: frozenset[Thing] = frozenset()
    outcomes: tuple[Outcome, ...] = ()
    noticed_at: datetime | None = None
    alarm: Alarm | None = None
    contained_at: datetime | None = None
    changed_at: datetime | None = None
    radius_after_change: BlastRadius | None = None
    reopened_at: datetime | None = None
    sign_ins: tuple[StolenCredential, ...] = ()
    deletions: tuple[Outcome, ...] = ()

    def counted_part(self, radius: BlastRadius) -> BlastRadius:
        """Return the part of a radius that counts as lost by the theft."""
        return self.theft.counted_part(radius)

    @property
    def theft_sentence(self) -> str:
        """Return a sentence that says whose credential was stolen, and which.

        A session that the shop lent, and a theft of nothing, have sentences of their own.
        """
        incident = self.theft.incident
        if self.stolen.caller is None and not self.stolen.needs_mfa_code:
            useless_sentence = incident.say_if_useless
        else:
            useless_sentence = ""
        lent_sentence = incident.say_if_lent if self.theft.is_lent else ""
        sentence = useless_sentence or lent_sentence or incident.say
        told = f"{sentence} {self._lending_sentence}".strip()
        return fill_sentence(told, self.victim, self.stolen.key_id)

    @property
    def _lending_sentence(self) -> str:
        """Return what is said of a credential that the shop lent, with its victim's name blank. Return "" of another."""
        code = "with an MFA code" if self.is_with_code else "without an MFA code"
        if self._is_made_up:
            credential = self.stolen.account.credential_of(self.stolen.caller)
            is_session = isinstance(credential, Session)
            return happenings().made_up.replace(
                "{credential}", f"a session {code}" if is_session else "an access key"
            )
        if not self.theft.is_lent or self.stolen.caller is None:
            return ""
        return (
            happenings()
            .lent.replace("{lack}", self.theft.incident.lacks)
            .replace("{code}", code)
        )

    @property
    def _is_made_up(self) -> bool:
        """Return whether the victim is a user who owned nothing from which the stolen credential could come.

        AWS gives a user no session without a password or an access key.
        """
        account = self.account_before
        caller = self.stolen.caller
        user = user_named(account, self.theft.victim)
        if (
            user is None
            or caller is None
            or self.theft.incident.credential_kind in VICTIM_KINDS
        ):
            return False
        owns_credential = user.login is not None or bool(active_keys(account, user.id))
        return not owns_credential and account.credential_of(caller) is None

    @property
    def victim(self) -> str:
        """Return the victim's name, a user's in the letters in which the account has it."""
        user = user_named(self.account_before, self.theft.victim)
        return user.name if user else self.theft.victim

    @property
    def victim_title(self) -> str:
        """Return the victim's name in a sentence. A person's begins with a capital letter."""
        is_person = self.credential_kind == "workforce" or user_named(
            self.account_before, self.theft.victim
        )
        if not is_person:
            return self.victim
        return self.victim[:1].upper() + self.victim[1:]

    @property
    def is_with_code(self) -> bool:
        """Return whether the stolen credential is a session that began with an MFA code."""
        if self.stolen.caller:
            credential = self.stolen.account.credential_of(self.stolen.caller)
        else:
            credential = None
        return isinstance(credential, Session) and credential.mfa is not None

    @property
    def credential_kind(self) -> StolenKind:
        """Return the kind of credential that was stolen. It is a session if the shop only lent it to the victim."""
        if self.theft.is_lent:
            return "session"
        return self.theft.incident.credential_kind

    def is_open(self, current_time: datetime) -> bool:
        """Return whether at an instant the theft has happened and its access isn't cut off yet."""
        return self.theft.at <= current_time and (
            self.contained_at is None or self.contained_at > current_time
        )

    def has_changed_something(self, until: datetime) -> bool:
        """Return whether a call of the attacker up to an instant did more than list or read."""
        return any(
            outcome.has_succeeded
            and outcome.act.at <= until
            and outcome.decisions
            and access_level_of(outcome.main_decisions[0].request.action)
            not in (AccessLevel.LIST, AccessLevel.READ)
            for outcome in self.outcomes
        )

    @property
    def minutes_to_contain(self) -> int | None:
        """Return how many minutes passed until the incident was contained. Return None if it never was."""
        if self.contained_at is None:
            return None
        return int((self.contained_at - self.theft.at).total_seconds()) // 60


class Day(Struct, frozen=True):
    """A day that was run: its inputs, every happening, the account at closing time, and the incident's course.

    `course` is None if the day had no incident. `incident_id` is the id of the incident that was asked for ("": the
    seed drew one).
    """

    account_at_opening: Account
    rota: Rota
    seed: int
    happenings: tuple[Happening, ...]
    account_at_closing: Account
    course: IncidentCourse | None = None
    incident_id: str = ""

    @property
    def date(self) -> date:
        """Return the date of the day."""
        return self.rota.date

    @property
    def tickets(self) -> Iterator[Ticket]:
        """Yield the tickets of the customers, in the order in which they come."""
        return (
            happening.ticket
            for happening in self.happenings
            if happening.kind is Kind.TASK and happening.ticket
        )
