"""Plan the incident of a day: choose it and its victim, and take the credential.

The seed and the rota plan one. It happens only if its credential exists at that moment: a key that works, a password
that is set, a session, a role that trusts the partner or the machine. If it doesn't, another incident is tried. If
none can happen, none does. The same theft can be tried on another account, to compare the two.
"""

from __future__ import annotations

import dataclasses
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
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Policy, Request, Standing, Values
from coffeeshop.shop.happenings import Incident, happenings
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.radius import NO_WAYS, Pairs, Radius, needed_access, reach_radius
from coffeeshop.shop.rota import OPENS, Rota, shift, shop_time
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


class Theft(Struct, frozen=True):
    """An incident and its victim: a user, a function or a partner account.

    `is_lent`: the victim owns neither such a credential nor a key. The thief takes the session that
    the shop lends the victim.
    """

    incident: Incident
    victim: str
    at: datetime
    is_lent: bool = False

    @property
    def name(self) -> str:
        """Return the incident's id. If a lent session is taken in place of a key or a password, return COPIED."""
        return COPIED if self.is_lent else self.incident.id


class StolenCredential(Struct, frozen=True):
    """The credential that a thief took (`caller`), and the account that contains it.

    If `caller` is None, `why_none` says why there was nothing to take. `key_id` is the id of the
    stolen access key, if it can be deactivated in the account. `needs_mfa_code`: the sign-in asked
    for an MFA code, which the thief doesn't have.
    """

    account: Account
    caller: Caller | None = None
    why_none: str = ""
    needs_mfa_code: bool = False
    key_id: str = ""


def fill_sentence(say: str, person: str, key: str = "", coded: bool = False) -> str:
    """Return a sentence of the tables with its blanks filled: the person, their access key and the kind of sign-in.

    A `key` of "" stands for a key without a known id. `coded`: the person's session began with an MFA code.
    """
    named = f"access key {key}".strip()
    begun = say.replace("{Who}", person[:1].upper() + person[1:])
    if coded:
        sign_in = "with an MFA code"
    else:
        sign_in = "without an MFA code"
    return begun.replace("{who}", person).replace("{key}", named).replace("{code}", sign_in)


class Plan(Struct, frozen=True):
    """The theft that is planned for a day.

    `fixed`: exactly this theft happens, even if its victim has no such credential by then. `forced`: at least this
    incident happens, with another victim if need be.
    """

    theft: Theft
    fixed: bool = False
    forced: bool = False


def plan_theft(
    account: Account,
    rota: Rota,
    seed: int,
    incident: str = "",
    same_theft: Theft | None = None,
) -> Plan | None:
    """Return the theft that is planned for a day, from the account at opening time.

    `same_theft` is another day's theft to repeat. `incident` is the id of an incident to run ("":
    chance draws one). The victim of an incident with `victim_leaves` is chosen now, because they
    don't come to work that day. None: the incident has no possible victim.
    """
    if same_theft is not None:
        return Plan(same_theft, fixed=True)
    theft = _draw_theft(rota, seed, incident)
    forced = bool(incident)
    if theft is None:
        return None
    if not theft.incident.victim_leaves:
        return Plan(theft, forced=forced)
    possible_theft = _first_possible(account, rota, seed, [theft.incident], theft.at)
    return Plan(
        possible_theft or theft, fixed=forced or possible_theft is not None, forced=forced
    )


def _draw_theft(rota: Rota, seed: int, incident: str) -> Theft | None:
    """Return the theft that chance draws: an incident, a victim and a time. None: no incident has a victim."""
    rows = [row for row in happenings().incidents if victims(rota, row)]
    rows = [
        row
        for row in rows
        if (row.id == incident if incident else _may_be_drawn(row, rota))
    ]
    if not rows:
        return None
    row = rows[rota.dice(seed, rota.drawn, "incident") % len(rows)]
    begins = shop_time(rota.date, row.begins)
    ends = shop_time(rota.date, row.ends)
    minutes = int((ends - begins).total_seconds()) // 60
    at = begins + timedelta(minutes=rota.dice(seed, rota.drawn, row.id, "at") % minutes)
    return Theft(row, _victims_in_turn(rota, seed, row)[0], at)


def _victims_in_turn(rota: Rota, seed: int, row: Incident) -> Values:
    """Return every possible victim of an incident, from the one that chance draws onwards."""
    values = victims(rota, row)
    if values:
        first = rota.dice(seed, rota.drawn, row.id, "who") % len(values)
    else:
        first = 0
    return (*values[first:], *values[:first])


def theft_at_moment(
    account: Account,
    rota: Rota,
    seed: int,
    plan: Plan,
    at: datetime,
    is_last_try: bool = True,
) -> Theft | None:
    """Return the theft that happens in an account at an instant. None: no credential exists that could be taken.

    A fixed plan happens as it is. Otherwise the planned incident is tried with each victim, then every other
    incident. A forced plan tries no other incident. At the `last` instant it happens even if there is nothing to
    take.
    """
    if plan.fixed:
        return plan.theft
    rows = happenings().incidents
    nth = rows.index(plan.theft.incident)
    if plan.forced:
        other_incidents = ()
    else:
        other_incidents = (*rows[nth + 1 :], *rows[:nth])
    incidents = [
        row for row in (plan.theft.incident, *other_incidents) if not row.victim_leaves
    ]
    theft = _first_possible(account, rota, seed, incidents, at)
    if theft is None and plan.forced and is_last_try:
        return settle_theft(account, rota, replace(plan.theft, at=at))
    return theft


def _first_possible(
    account: Account, rota: Rota, seed: int, rows: Iterable[Incident], at: datetime
) -> Theft | None:
    """Return the first theft that can happen, incident by incident and victim by victim. None: none can."""
    planned = (
        Theft(row, person, at)
        for row in rows
        for person in _victims_in_turn(rota, seed, row)
    )
    thefts = (settle_theft(account, rota, theft) for theft in planned)
    return next((theft for theft in thefts if can_happen(account, rota, seed, theft)), None)


def settle_theft(account: Account, rota: Rota, theft: Theft) -> Theft:
    """Return the theft with `is_lent` set.

    A session is lent if the victim owns neither the credential nor a key, and the shop lends them
    one for their work.
    """
    user = user_named(account, theft.victim)
    key = user is not None and bool(active_keys(account, user.id))
    password = user is not None and user.login is not None
    has_own_credential = {"key": key, "password": key or password}.get(
        theft.incident.credential_kind, True
    )
    return replace(
        theft,
        is_lent=user is not None
        and not has_own_credential
        and _want_for_person(rota, theft.victim, "any").minted,
    )


def can_happen(account: Account, rota: Rota, seed: int, theft: Theft) -> bool:
    """Return whether a theft's credential exists at that moment.

    A lent credential exists only after its user's shift has begun. A password that asks for an MFA code counts.
    """
    stolen = take_credential(account, rota, theft)
    if stolen.caller is None:
        return stolen.needs_mfa_code
    if theft.incident.credential_kind == "partner":
        return _is_partner_trusted(account, theft)
    owned = isinstance(stolen.caller, Key) and stolen.caller.id in account.credentials
    exists_all_day = owned or (
        theft.incident.credential_kind in ("password", "machine") and not theft.is_lent
    )
    return (
        exists_all_day
        or theft.incident.victim_leaves
        or shift(theft.victim, rota, seed)[0] <= theft.at
    )


def _is_partner_trusted(account: Account, theft: Theft) -> bool:
    """Return whether a role or a resource policy lets the partner account in."""
    standing_or_error = build_standing(account, outside_principal(theft.victim), theft.at)
    if isinstance(standing_or_error, ServiceError):
        return False
    return any(roles_trusting(account, standing_or_error.principal)) or bool(
        reach_radius(account, (outside_principal(theft.victim),), theft.at).pairs
    )


def _may_be_drawn(incident: Incident, rota: Rota) -> bool:
    """Return whether chance may draw an incident.

    A person who works alone, or who works again tomorrow, isn't fired.
    """
    return not incident.victim_leaves or (
        len(rota.people) > 1 and not rota.same_people_tomorrow
    )


def victims(rota: Rota, incident: Incident) -> Values:
    """Return the possible victims of an incident: people, functions or partner accounts."""
    kind = {"machine": "function", "partner": "account"}.get(incident.credential_kind)
    people = (
        person
        for person in rota.people
        if not (incident.people_only and person in rota.machines)
    )
    if kind:
        return rota.of_kind(kind)
    return tuple(people)


def theft_radius(
    account: Account, rota: Rota, theft: Theft, steps: Steps | None = None
) -> Radius:
    """Return everything that a theft reaches in an account. `steps` limits the search, as in `radius`."""
    stolen = take_credential(account, rota, theft)
    if stolen.caller is None:
        return Radius()
    return reach_radius(
        stolen.account,
        (stolen.caller,),
        theft.at,
        None if theft.incident.seeks_more_access else NO_WAYS,
        steps,
    )


def own_access(account: Account, rota: Rota, theft: Theft, radius: Radius) -> Pairs:
    """Return the part of a radius that an insider has anyway: access that their jobs need or that is slack.

    The result is empty if the thief is no insider.
    """
    if not theft.incident.insider:
        return frozenset()
    slack = Standing.of(rota.slack.get(theft.victim, Policy(())))
    slack_reached = (
        reached for reached in radius.reached if _is_slack(slack, reached.decision.request)
    )
    return needed_access(account, rota.jobs_of(theft.victim), theft.at) | {
        reached.pair for reached in slack_reached
    }


def needs_of(account: Account, rota: Rota, person: str, at: datetime) -> Pairs:
    """Return the access that a person's jobs need, without access that a broken refusal gives."""
    refusals = (
        want for want in rota.wants if want.mode is Mode.NEVER and user_of(want) == person
    )
    broken = (want for want in refusals if serve(account, want, at).has_succeeded)
    return needed_access(account, rota.jobs_of(person), at) - needed_access(
        account, broken, at
    )


def user_of(want: Want) -> str:
    """Return the user's name of a want, without the prefix "user/"."""
    return want.who.removeprefix("user/")


def _is_slack(slack: Standing, request: Request) -> bool:
    """Return whether the slack policy allows a request."""
    # Slack is a policy without an account, so the request must have none either.
    return isinstance(authorize(slack, dataclasses.replace(request, account="")), Allowed)


# ---------------------------------------------------------------------------- what is taken
def take_credential(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Return the credential that the thief holds after the theft, with the account at that moment."""
    if theft.is_lent:
        return _take_lent_session(account, theft)
    return TAKES[theft.incident.credential_kind](account, rota, theft)


def _take_key(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Take an existing access key."""
    want = replace(_want_for_person(rota, theft.victim, "key"), minted=False)
    taken = _show_credential(account, want, theft.at)
    if isinstance(taken.caller, Key):
        return replace(taken, key_id=taken.caller.id)
    return taken


def _take_password(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Take a password. If the user has an MFA device, the password alone opens nothing."""
    user = user_named(account, theft.victim)
    if user is not None and user.login is not None and _has_device(account, user):
        return StolenCredential(
            account,
            None,
            "the sign-in asks for a code, and only the phone has it",
            needs_mfa_code=True,
        )
    return _show_credential(
        account,
        replace(_want_for_person(rota, theft.victim, "password"), minted=False),
        theft.at,
    )


def _take_usual_credential(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Take the credential that the person works with: one that they own, or else one that the shop lends them."""
    own_want = next(iter(rota.jobs_of(theft.victim)), None)
    want = _want_for_person(rota, theft.victim, own_want.badge if own_want else "any")
    own_taken = _show_credential(account, replace(want, minted=False), theft.at)
    if own_taken.caller:
        return own_taken
    return _show_credential(account, want, theft.at)


def _take_session(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Take a session that began before the shop opened: an existing one, or else a new console session."""
    user = user_named(account, theft.victim)
    if user is None:
        return StolenCredential(account, None, f"there is no user {theft.victim}")
    opens = shop_time(theft.at.date(), OPENS)
    for credential in account.credentials.values():
        if (
            isinstance(credential, Session)
            and credential.taker == user.id
            and credential.issued <= opens
            and credential.expires > theft.at
        ):
            return StolenCredential(account, Key(credential.id))
    if user.created > opens or (
        user.login is None and not _want_for_person(rota, theft.victim, "any").minted
    ):
        return StolenCredential(
            account, None, f"{theft.victim} had no session as the shop opened"
        )
    return StolenCredential(
        *mint_credential(
            account,
            account.arn(user),
            "code" if _has_device(account, user) else "password",
            opens,
        )
    )


def _take_partner(account: Account, _: Rota, theft: Theft) -> StolenCredential:
    """Take the place of a principal in the partner account."""
    return StolenCredential(account, outside_principal(theft.victim))


def _take_function_role(account: Account, _: Rota, theft: Theft) -> StolenCredential:
    """Take the credentials of the function's role."""
    outcome = assume_function_role(account, theft.victim, theft.at)
    session_key = assumed_session_key(outcome) if outcome else None
    if outcome is None or session_key is None:
        return StolenCredential(
            account, None, f"the function {theft.victim} has no role that it can take"
        )
    return StolenCredential(outcome.account, session_key)


Take: TypeAlias = Callable[[Account, Rota, Theft], StolenCredential]
TAKES: Mapping[str, Take] = {
    "key": _take_key,
    "password": _take_password,
    "badge": _take_usual_credential,
    "session": _take_session,
    "partner": _take_partner,
    "machine": _take_function_role,
}


def _take_lent_session(account: Account, theft: Theft) -> StolenCredential:
    """Take a session that the shop lends a user who owns no credential."""
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
    """Return a want that shows a credential of a kind.

    `minted` is taken from the person's first want. It means that the shop lends them credentials.
    """
    minted = next(
        (want.minted for want in rota.wants if want.who.removeprefix("user/") == user_name),
        True,
    )
    return Want("taken", Mode.MAY, want_name(user_name), "", badge=badge, minted=minted)


def _show_credential(account: Account, want: Want, at: datetime) -> StolenCredential:
    """Return the first credential that the person of a want can show, or why there is none."""
    first_credential = next(usable_credentials(account, want, at), None)
    if first_credential:
        return StolenCredential(*first_credential)
    return StolenCredential(account, None, missing_credential_text(account, want))


def _has_device(account: Account, user: User | None) -> bool:
    """Return whether a user has an MFA device."""
    return user is not None and bool(account.devices_of(user.id))
