"""Plan the incident of a day: choose it and its victim, and take the credential.

The seed and the rota plan one. It happens only if its credential exists at that moment: a key that works, a password
that is set, a session, a role that trusts the partner or the machine. If it doesn't, another incident is tried. If
none can happen, none does. The same theft can be tried on another account, to compare the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.model import Account, Key, ServiceError
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import Element, Policy, Standing, Statement, Values
from coffeeshop.shop.attacker import can_do_something, thing_names
from coffeeshop.shop.happenings import Incident, happenings
from coffeeshop.shop.job_needs import need_statements
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.radius import (
    NO_WAYS,
    BlastRadius,
    find_blast_radius,
)
from coffeeshop.shop.rota import Rota, shift_hours, shop_time
from coffeeshop.shop.serve import outside_principal, serve
from coffeeshop.shop.taking import take_credential, with_lent_flag
from coffeeshop.shop.theft import VICTIM_KINDS, Theft


def fill_sentence(template: str, person: str, key: str = "") -> str:
    """Return a sentence with its blanks filled: {who} or {Who}, and {key}.

    `person` is the victim. `key` is the id of their access key ("": unknown).
    """
    key_text = f"access key {key}".strip()
    with_capital_name = template.replace("{Who}", person[:1].upper() + person[1:])
    return with_capital_name.replace("{who}", person).replace("{key}", key_text)


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
    theft = _draw_theft(account, rota, seed, incident_id)
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


def _draw_theft(account: Account, rota: Rota, seed: int, incident_id: str) -> Theft | None:
    """Draw an incident, a victim and a time by chance. None: no incident has a possible victim."""
    incidents = [
        incident
        for incident in happenings().incidents
        if victims(rota, incident) and _has_things(account, incident)
    ]
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


def _has_things(account: Account, incident: Incident) -> bool:
    """Return whether the account has a thing of a kind that the incident is about."""
    return not incident.kinds or any(
        name for kind in incident.kinds for name in thing_names(account, kind)
    )


def can_happen(account: Account, rota: Rota, seed: int, theft: Theft) -> bool:
    """Return whether the credential that a theft needs exists at that moment.

    A credential that the shop lends exists only after the victim's shift has begun. A password of a
    user with an MFA device counts too: the theft happens, and the code stops the thief.
    """
    stolen = take_credential(account, rota, theft)
    if stolen.caller is None:
        return stolen.needs_mfa_code
    if not _has_things(account, theft.incident):
        return False
    kind = theft.incident.credential_kind
    if kind == "partner":
        return _is_partner_trusted(account, theft)
    if theft.incident.kinds:
        return can_do_something(stolen.account, theft.incident, stolen.caller, theft.at)
    if kind == "workforce":
        # The sentence says that the permission set has grown beyond the jobs.
        return bool(theft_radius(account, rota, theft).beyond_jobs().pairs)
    is_existing_key = (
        isinstance(stolen.caller, Key) and stolen.caller.id in account.credentials
    )
    exists_all_day = is_existing_key or (
        kind in ("password", "machine", "workload") and not theft.is_lent
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
    """Return the possible victims of a kind of incident: the users with jobs, or functions, partner accounts, workloads
    or people of IAM Identity Center.
    """
    kind = VICTIM_KINDS.get(incident.credential_kind)
    people = (
        person
        for person in rota.people
        if not (incident.people_only and person in rota.machines)
    )
    if kind == "workload":
        # What a stranger's workflow must not do isn't a reason to fork the stranger's repository.
        named = (job.who for job in rota.jobs if job.who.startswith("workload/"))
        return tuple(dict.fromkeys(who.removeprefix("workload/") for who in named))
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
