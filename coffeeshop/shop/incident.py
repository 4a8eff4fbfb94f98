"""Plan the incident of a day: choose it and its victim, and take the credential.

The seed and the rota plan one. It happens only if its credential exists at that moment: a key that works, a password
that is set, a session, a role that trusts the partner or the machine. If it doesn't, another incident is tried. If
none can happen, none does. The same theft can be tried on another account, to compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Caller, Key, ServiceError
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import Element, Policy, Standing, Statement, Values
from coffeeshop.shop.happenings import Incident, happenings
from coffeeshop.shop.job_needs import need_statements
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.radius import (
    NO_WAYS,
    BlastRadius,
    find_blast_radius,
)
from coffeeshop.shop.rota import OPENS, Rota, shift_hours, shop_time
from coffeeshop.shop.serve import (
    active_keys,
    assume_function_role,
    assumed_session_key,
    missing_credential_text,
    outside_principal,
    serve,
    usable_credentials,
    user_named,
    want_name,
)
from coffeeshop.shop.want import Badge, Want

COPIED = "copied-session"  # what happens in place of a leaked key or password


# The kinds of principals, as wants write them, whose credentials are stolen. Otherwise it is a user.
VICTIM_KINDS = {"machine": "function", "partner": "account"}


class Theft(Struct, frozen=True):
    """A planned or real theft: the kind of incident, its victim (a user, a function or a partner account) and its time.

    `is_lent`: the victim owns no such credential, and the thief takes the session that the shop lends
    the victim for their work.
    """

    incident: Incident
    victim: str
    at: datetime
    is_lent: bool = False

    @property
    def name(self) -> str:
        """Return the incident's id. If a lent session is taken in place of a key or a password, return COPIED."""
        is_copy = self.is_lent and self.incident.credential_kind != "session"
        return COPIED if is_copy else self.incident.id

    def concerns(self, want: Want) -> bool:
        """Return whether a want is that of the victim."""
        kind = VICTIM_KINDS.get(self.incident.credential_kind)
        if kind:
            return want.who == f"{kind}/{self.victim}"
        return user_of(want) == self.victim

    def counted_part(self, radius: BlastRadius) -> BlastRadius:
        """Return the part of a radius that counts. Of an insider's, only what their jobs don't need counts."""
        return radius.beyond_jobs() if self.incident.insider else radius


class StolenCredential(Struct, frozen=True):
    """The credential that a thief took (`caller`), and the account that contains it.

    If `caller` is None, `why_none` says why there was nothing to take. `key_id` is the id of the
    stolen access key, if it can be deactivated in the account. `needs_mfa_code`: the sign-in asked
    for an MFA code, which the thief doesn't have. `sign_in` is a made-up want, whose credential is
    that of a new sign-in by the thief (None: they can't sign in). `password` is the digest of the
    stolen password.
    """

    account: Account
    caller: Caller | None = None
    why_none: str = ""
    needs_mfa_code: bool = False
    key_id: str = ""
    sign_in: Want | None = None
    password: str = ""


def fill_sentence(
    template: str, person: str, key: str = "", with_mfa_code: bool = False
) -> str:
    """Return a sentence with its blanks filled: {who} or {Who}, {key} and {code}.

    `person` is the victim. `key` is the id of their access key ("": unknown). `with_mfa_code`: the
    stolen session began with an MFA code.
    """
    key_text = f"access key {key}".strip()
    with_capital_name = template.replace("{Who}", person[:1].upper() + person[1:])
    if with_mfa_code:
        sign_in = "with an MFA code"
    else:
        sign_in = "without an MFA code"
    return (
        with_capital_name.replace("{who}", person)
        .replace("{key}", key_text)
        .replace("{code}", sign_in)
    )


class PlannedTheft(Struct, frozen=True):
    """The theft that is planned for a day.

    `is_fixed`: exactly this theft happens, even if its victim has no such credential by then. `is_forced`: this
    incident happens, with another victim if need be.
    """

    theft: Theft
    is_fixed: bool = False
    is_forced: bool = False


def plan_theft(
    account: Account,
    rota: Rota,
    seed: int,
    incident_id: str = "",
    same_theft: Theft | None = None,
) -> PlannedTheft | None:
    """Plan the theft of a day, from the account at opening time. None: no incident has a possible victim.

    `same_theft` is another day's theft to repeat. `incident_id` is the id of an incident to run ("":
    chance draws one). If the victim is fired that day, they are chosen now, because they don't come
    to work.
    """
    if same_theft is not None:
        return PlannedTheft(same_theft, is_fixed=True)
    theft = _draw_theft(rota, seed, incident_id)
    is_forced = bool(incident_id)
    if theft is None:
        return None
    if not theft.incident.victim_leaves:
        return PlannedTheft(theft, is_forced=is_forced)
    possible_theft = _first_possible(account, rota, seed, [theft.incident], theft.at)
    return PlannedTheft(
        possible_theft or theft,
        is_fixed=is_forced or possible_theft is not None,
        is_forced=is_forced,
    )


def _draw_theft(rota: Rota, seed: int, incident_id: str) -> Theft | None:
    """Draw an incident, a victim and a time by chance. None: no incident has a possible victim."""
    incidents = [incident for incident in happenings().incidents if victims(rota, incident)]
    incidents = [
        row
        for row in incidents
        if (row.id == incident_id if incident_id else _is_drawable(row, rota))
    ]
    if not incidents:
        return None
    row = incidents[rota.draw_number(seed, rota.drawing_date, "incident") % len(incidents)]
    begins = shop_time(rota.date, row.begins)
    ends = shop_time(rota.date, row.ends)
    minutes = int((ends - begins).total_seconds()) // 60
    at = begins + timedelta(
        minutes=rota.draw_number(seed, rota.drawing_date, row.id, "at") % minutes
    )
    return Theft(row, _victims_in_turn(rota, seed, row)[0], at)


def _victims_in_turn(rota: Rota, seed: int, incident: Incident) -> Values:
    """Return every possible victim of an incident, starting with a randomly drawn one.

    The others follow in turn, for the case that the first has no credential to steal.
    """
    possible_victims = victims(rota, incident)
    if possible_victims:
        first_index = rota.draw_number(seed, rota.drawing_date, incident.id, "who") % len(
            possible_victims
        )
    else:
        first_index = 0
    return (*possible_victims[first_index:], *possible_victims[:first_index])


def theft_at_moment(
    account: Account,
    rota: Rota,
    seed: int,
    planned_theft: PlannedTheft,
    at: datetime,
    is_last_try: bool = True,
) -> Theft | None:
    """Return the theft that happens in an account at an instant. None: there is no credential to steal.

    A fixed plan happens as it is. Otherwise the planned incident is tried with each victim, and then
    every other incident. A forced plan tries no other incident. If `is_last_try`, a forced plan
    happens even if there is nothing to steal.
    """
    if planned_theft.is_fixed:
        return planned_theft.theft
    rows = happenings().incidents
    incident_index = rows.index(planned_theft.theft.incident)
    if planned_theft.is_forced:
        other_incidents = ()
    else:
        other_incidents = (*rows[incident_index + 1 :], *rows[:incident_index])
    incidents = [
        row
        for row in (planned_theft.theft.incident, *other_incidents)
        if not row.victim_leaves
    ]
    theft = _first_possible(account, rota, seed, incidents, at)
    if theft is None and planned_theft.is_forced and is_last_try:
        return with_lent_flag(account, rota, replace(planned_theft.theft, at=at))
    return theft


def _first_possible(
    account: Account, rota: Rota, seed: int, incidents: Iterable[Incident], at: datetime
) -> Theft | None:
    """Return the theft of the first incident that can happen at an instant, with its first possible victim.

    Return None if none of the `incidents` can.
    """
    planned = (
        Theft(incident, person, at)
        for incident in incidents
        for person in _victims_in_turn(rota, seed, incident)
    )
    thefts = (with_lent_flag(account, rota, theft) for theft in planned)
    return next((theft for theft in thefts if can_happen(account, rota, seed, theft)), None)


def with_lent_flag(account: Account, rota: Rota, theft: Theft) -> Theft:
    """Return the theft with `is_lent` set.

    The stolen credential is lent if the shop lends the victim sessions for their work, and the victim has
    no credential of their own to steal. A key or a password will do where a password is stolen, and a
    password or a session where a session is.
    """
    user = user_named(account, theft.victim)
    has_key = user is not None and bool(active_keys(account, user.id))
    has_password = user is not None and user.login is not None
    has_session = user is not None and bool(_morning_session(account, user, theft.at))
    has_own_credential = {
        "key": has_key,
        "password": has_key or has_password,
        "session": has_password or has_session,
    }.get(theft.incident.credential_kind, True)
    return replace(
        theft,
        is_lent=user is not None
        and not has_own_credential
        and _want_for_person(rota, theft.victim, "any").minted,
    )


def can_happen(account: Account, rota: Rota, seed: int, theft: Theft) -> bool:
    """Return whether the credential that a theft needs exists at that moment.

    A credential that the shop lends exists only after the victim's shift has begun. A password of a
    user with an MFA device counts too: the theft happens, and the code stops the thief.
    """
    stolen = take_credential(account, rota, theft)
    if stolen.caller is None:
        return stolen.needs_mfa_code
    if theft.incident.credential_kind == "partner":
        return _is_partner_trusted(account, theft)
    is_existing_key = (
        isinstance(stolen.caller, Key) and stolen.caller.id in account.credentials
    )
    exists_all_day = is_existing_key or (
        theft.incident.credential_kind in ("password", "machine") and not theft.is_lent
    )
    return (
        exists_all_day
        or theft.incident.victim_leaves
        or shift_hours(theft.victim, rota, seed)[0] <= theft.at
    )


def _is_partner_trusted(account: Account, theft: Theft) -> bool:
    """Return whether a role's trust policy or a resource policy lets the partner account in."""
    standing_or_error = build_standing(account, outside_principal(theft.victim), theft.at)
    if isinstance(standing_or_error, ServiceError):
        return False
    return any(roles_trusting(account, standing_or_error.principal)) or bool(
        find_blast_radius(account, (outside_principal(theft.victim),), theft.at).pairs
    )


def _is_drawable(incident: Incident, rota: Rota) -> bool:
    """Return whether chance may draw an incident.

    Somebody who is fired (`victim_leaves`) doesn't work on that day or later. So nobody is fired who
    works alone, or who has to work tomorrow.
    """
    return not incident.victim_leaves or (
        len(rota.people) > 1 and not rota.same_people_tomorrow
    )


def victims(rota: Rota, incident: Incident) -> Values:
    """Return the possible victims of a kind of incident: functions, partner accounts, or the users with jobs."""
    kind = VICTIM_KINDS.get(incident.credential_kind)
    people = (
        person
        for person in rota.people
        if not (incident.people_only and person in rota.machines)
    )
    if kind:
        return rota.outsiders_of_kind(kind)
    return tuple(people)


def theft_radius(
    account: Account,
    rota: Rota,
    theft: Theft,
    steps: Steps | None = None,
    permitted: Standing | None = None,
) -> BlastRadius:
    """Return the blast radius of a theft in an account: everything that its credential can reach.

    It is empty if there is nothing to steal. `steps` is the search's budget (None: unlimited).
    `permitted` is what the victim is permitted (None: as their jobs run in this account).
    """
    stolen = take_credential(account, rota, theft)
    if stolen.caller is None:
        return BlastRadius()
    return find_blast_radius(
        stolen.account,
        (stolen.caller,),
        theft.at,
        None if theft.incident.seeks_more_access else NO_WAYS,
        steps,
        permitted or permitted_access(account, rota, theft),
    )


def permitted_access(
    account: Account, rota: Rota, theft: Theft, current_account: Account | None = None
) -> Standing:
    """Return what the victim of a theft is permitted: what their jobs need, as policies.

    An insider is also permitted what `rota.slack` tolerates. A request that must be refused for this
    person, and isn't refused in `current_account` (None: `account`), is denied: such access is a
    fault of the account, not a need.
    """
    tickets = (serve(account, job, theft.at) for job in rota.jobs if theft.concerns(job))
    allows = (
        statement
        for ticket in tickets
        for outcome in ticket.outcomes
        for statement in need_statements(ticket, outcome)
    )
    refusal_tickets = (
        serve(current_account or account, want, theft.at)
        for want in rota.wants
        if want.mode is Mode.NEVER and theft.concerns(want)
    )
    denies = (
        Statement(
            "Deny",
            Element((decision.request.action,)),
            Element((decision.request.resource,)),
        )
        for ticket in refusal_tickets
        if ticket.has_succeeded
        for decision in ticket.outcomes[-1].decisions
    )
    needs = shared_policy((*allows, *denies), "needed")
    if not theft.incident.insider:
        return Standing.of(needs)
    return Standing.of(needs, rota.slack.get(theft.victim, Policy(())))


def user_of(want: Want) -> str:
    """Return the user's name of a want. A want writes "user/NAME" if the name is also a keyword."""
    return want.who.removeprefix("user/")


# ---------------------------------------------------------------------------- what is taken
def take_credential(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Return the credential that the thief gets by a theft, with the account at that moment."""
    if theft.is_lent and theft.incident.credential_kind != "session":
        return _take_lent_session(account, theft)
    return STEAL_BY_KIND[theft.incident.credential_kind](account, rota, theft)


def _take_key(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Steal an active access key of the victim."""
    want = replace(_want_for_person(rota, theft.victim, "key"), minted=False)
    taken = _steal_first_credential(account, want, theft.at)
    if isinstance(taken.caller, Key):
        return replace(taken, key_id=taken.caller.id)
    return taken


def _take_password(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Steal a password. If the user has an MFA device, the sign-in asks for a code, and the thief gets no session."""
    user = user_named(account, theft.victim)
    if user is not None and user.login is not None and _has_device(account, user):
        return StolenCredential(
            account,
            None,
            "the sign-in asks for a code, and only the phone shows it",
            needs_mfa_code=True,
        )
    want = replace(_want_for_person(rota, theft.victim, "password"), minted=False)
    taken = _steal_first_credential(account, want, theft.at)
    if taken.caller and user and user.login:
        return replace(taken, sign_in=want, password=user.login.history[0])
    return taken


def _take_usual_credential(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Steal the credential that the victim works with: one that they own, or else one that the shop lends them."""
    first_job = next(iter(rota.jobs_of(theft.victim)), None)
    want = _want_for_person(rota, theft.victim, first_job.badge if first_job else "any")
    want_with_own_credential = replace(want, minted=False)
    own_credential = _steal_first_credential(account, want_with_own_credential, theft.at)
    if own_credential.caller:
        return replace(own_credential, sign_in=want_with_own_credential)
    lent_credential = _steal_first_credential(account, want, theft.at)
    return replace(lent_credential, sign_in=want)


def _take_session(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Steal a session that began before the shop opened: an existing one, or else a new console session from that time.

    There is none if the user was created later, or can neither sign in nor be lent a session.
    """
    user = user_named(account, theft.victim)
    if user is None:
        return StolenCredential(account, None, f"there is no user {theft.victim}")
    if session := _morning_session(account, user, theft.at):
        return StolenCredential(account, Key(session.id))
    opens = shop_time(theft.at.date(), OPENS)
    if user.created > opens or (
        user.login is None and not _want_for_person(rota, theft.victim, "any").minted
    ):
        return StolenCredential(
            account, None, f"{theft.victim} had no session when the shop opened"
        )
    return StolenCredential(
        *mint_credential(
            account,
            account.arn(user),
            "code" if _has_device(account, user) else "password",
            opens,
        )
    )


def _morning_session(account: Account, user: User, at: datetime) -> Session | None:
    """Return a session of the user that began before the shop opened and still works, or None."""
    opens = shop_time(at.date(), OPENS)
    sessions = (
        credential
        for credential in account.credentials.values()
        if isinstance(credential, Session) and credential.taker == user.id
    )
    return next(
        (each for each in sessions if each.issued <= opens and each.expires > at), None
    )


def _take_partner(account: Account, _: Rota, theft: Theft) -> StolenCredential:
    """Steal a credential of the partner account. Its own policies are unknown, so they count as allowing everything."""
    return StolenCredential(account, outside_principal(theft.victim))


def _take_function_role(account: Account, _: Rota, theft: Theft) -> StolenCredential:
    """Steal the session of the role that a Lambda function runs with."""
    outcome = assume_function_role(account, theft.victim, theft.at)
    session_key = assumed_session_key(outcome) if outcome else None
    if outcome is None or session_key is None:
        return StolenCredential(
            account, None, f"the function {theft.victim} has no role that it can assume"
        )
    return StolenCredential(outcome.account, session_key)


Steal: TypeAlias = Callable[[Account, Rota, Theft], StolenCredential]
STEAL_BY_KIND: Mapping[str, Steal] = {
    "key": _take_key,
    "password": _take_password,
    "badge": _take_usual_credential,
    "session": _take_session,
    "partner": _take_partner,
    "machine": _take_function_role,
}


def _take_lent_session(account: Account, theft: Theft) -> StolenCredential:
    """Steal a session that the shop lends a user who owns no credential. It has an MFA code if the user has a device."""
    user = user_named(account, theft.victim)
    if user is None:
        return StolenCredential(account, None, f"there is no user {theft.victim}")
    return StolenCredential(
        *mint_credential(
            account,
            account.arn(user),
            "code" if _has_device(account, user) else "password",
            theft.at,
        )
    )


def _want_for_person(rota: Rota, user_name: str, badge: Badge) -> Want:
    """Return a made-up want of a user, which serves only to get a credential of the kind `badge`.

    Its `minted` is that of the person's first real want. It says whether the shop lends the person
    credentials that aren't in the account.
    """
    minted = next(
        (want.minted for want in rota.wants if want.who.removeprefix("user/") == user_name),
        True,
    )
    return Want("taken", Mode.MAY, want_name(user_name), "", badge=badge, minted=minted)


def _steal_first_credential(account: Account, want: Want, at: datetime) -> StolenCredential:
    """Return the first credential that the want's person has, as stolen, or the reason why there is none."""
    first_credential = next(usable_credentials(account, want, at), None)
    if first_credential:
        return StolenCredential(*first_credential)
    return StolenCredential(account, None, missing_credential_text(account, want))


def _has_device(account: Account, user: User | None) -> bool:
    """Return whether a user has an MFA device."""
    return user is not None and bool(account.devices_of(user.id))
