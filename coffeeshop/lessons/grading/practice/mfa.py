"""Practice rules about MFA: who can work without a code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from coffeeshop.lessons.grading.needed import BADGES_WITHOUT_MFA, slack_as_statements
from coffeeshop.lessons.grading.newcomers import newcomers_beside
from coffeeshop.lessons.grading.practice import option_names
from coffeeshop.lessons.grading.practice.verdicts import claim_excess, offence_text
from coffeeshop.lessons.grading.principal_classes import IN_A_GROUP
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.slack import ALWAYS_ALLOWED, own_credentials_slack
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Offence, Options, Slack
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    Standing,
)


def mfa_required(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yield an offence for each listed person who can work without an MFA code."""
    yield from _offences_without_code(trial, option_names(options, "who"))


def admin_mfa(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each administrator without an MFA device, or who can work
    without a code.

    If a policy asks for the code, it must ask new members of the administrators' groups as
    well.
    """
    account = trial.play.account
    admins = trial.play.scenario.people.admins
    for name in admins:
        user = account.users.get(name.lower())
        if user and not account.devices_of(user.id):
            yield Offence(name, f"{name} has no MFA device")
    yield from _offences_without_code(trial, admins)
    if trial.uses_minted_credentials:
        newcomers = (
            structs.replace(session, standing=IN_A_GROUP.open_standing(trial, session))
            for session in newcomers_beside(trial, admins)
        )
        yield from _session_offences(
            trial,
            newcomers,
            "anyone hired later who is not an administrator",
            _administrators_without_code(trial),
        )


def _offences_without_code(trial: Trial, people: Iterable[str]) -> Iterator[Offence]:
    """Yield an offence for each session of these people that needs no MFA code and allows more than
    looking after themselves.
    """
    for subject in people:
        yield from _session_offences(
            trial, trial.sessions_of(subject), subject, _self_service_access(trial, subject)
        )


def _session_offences(
    trial: Trial, sessions: Iterable[HeldSession], name: str, permitted: Standing
) -> Iterator[Offence]:
    """Yield an offence for each session opened by a key or password alone that allows more than
    `permitted`.
    """
    for session in (session for session in sessions if session.badge in BADGES_WITHOUT_MFA):
        if wider := claim_excess(trial.find_excesses(session.standing, permitted, most=1)):
            credential = "an access key" if session.badge == "key" else "the password"
            yield Offence(
                session.who,
                offence_text(
                    f"{name} can work with {credential} alone",
                    f"that {name} can do nothing with {credential} alone",
                    wider,
                ),
            )


def _self_service_access(trial: Trial, name: str) -> Standing:
    """Return the access of a principal without an MFA code: look after their own
    credentials, and what jobs let anyone do.
    """
    if name.lower() in trial.genuine_names(trial.play.scenario.people.admins):
        return _administrators_without_code(trial)
    user = trial.account.users.get(name.lower())
    return _access_without_code(
        trial, next(own_credentials_slack(trial.account.id, user.name if user else name))
    )


def _administrators_without_code(trial: Trial) -> Standing:
    """Return the access of administrators without a code: what AWS's example policy
    exempts, for any user.
    """
    return _access_without_code(
        trial,
        structs.replace(
            next(own_credentials_slack(trial.account.id, "")), resources=("*",)
        ),
    )


def _access_without_code(trial: Trial, uncoded: Slack) -> Standing:
    """Return the access that a principal may have without MFA.

    It is the slack `uncoded`, the calls that no policy can deny, and what jobs let anyone do.
    """
    of_anybody = (
        statement
        for need in trial.needs
        if need.who == "anyone"
        for statement in need.statements
    )
    statements = (
        *slack_as_statements(uncoded),
        *slack_as_statements(ALWAYS_ALLOWED),
        *of_anybody,
    )
    return Standing.of(shared_policy(statements, "self-service"))
