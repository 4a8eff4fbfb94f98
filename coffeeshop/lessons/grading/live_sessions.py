"""Sessions that haven't expired: who holds each, and with which credential it was opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import (
    Account,
    Key,
    ServiceError,
)
from coffeeshop.lessons.grading.needed import STRONGEST_BADGE, badge_of, satisfies_badge
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.workforce import portal_user
from coffeeshop.lessons.grading.workload_claims import workload_of_session
from coffeeshop.lessons.model import Play
from coffeeshop.shop.serve import want_name
from coffeeshop.shop.want import Ticket


def live_sessions(account: Account, at: datetime) -> Iterator[tuple[Session, HeldSession]]:
    """Yield each session that hasn't expired, with its permissions, as a power of whoever started it.

    It counts even if they couldn't take it any more: AWS doesn't end a session when its user loses
    the right to it.
    """
    for credential in account.credentials.values():
        if not isinstance(credential, Session) or credential.expires <= at:
            continue
        allowed = build_standing(account, Key(credential.id), at)
        if not isinstance(allowed, ServiceError):
            badge = badge_of(account, Key(credential.id)) or "key"
            yield (
                credential,
                HeldSession(
                    session_holder(account, credential),
                    badge,
                    account,
                    Key(credential.id),
                    allowed,
                    credential.expires,
                ),
            )


def session_holder(account: Account, session: Session) -> str:
    """Return who holds a session: the user who took it, root, a federated user, a user of
    Identity Center, or the workload whose token opened it. If they are gone or unknown, it is the session itself.
    """
    if session.kind == "Federation":
        return f"federated-user/{session.name}"
    taker = account.entity_by_id(session.taker)
    if isinstance(taker, User):
        return want_name(taker.name)
    if session.taker == account.id:
        return "root"
    if user := portal_user(account, session):
        return user
    if session.provider and (workload := workload_of_session(account, session)):
        return workload
    return f"session/{session.name or session.id}"


def opening_badge(play: Play, session: Session) -> str:
    """Return the kind of credential with which somebody first signed in: key, password or
    code (a password with an MFA code).

    A role's session is traced back to the session that assumed the role, and so on. We can't know how a
    session from before the play was opened, so it counts as opened with a code, the strongest.
    """
    if session.mfa or session.id in play.scenario.opening.credentials:
        return STRONGEST_BADGE
    opening_outcome = next(
        outcome for outcome in play.outcomes if session.id in outcome.account.credentials
    )
    caller = opening_outcome.act.caller
    if isinstance(caller, Key):
        credential = opening_outcome.account.credentials[caller.id]
    else:
        credential = None
    if isinstance(credential, Session):
        return opening_badge(play, credential)
    if credential:
        return "key"
    return "password"


def jobs_ask_other_badge(
    jobs: Iterable[Ticket], session: HeldSession, credential: Session, play: Play
) -> bool:
    """Tell whether all jobs in a session's role ask for another kind of credential than the one
    that opened it.

    Then the jobs don't need this session, and what it is allowed is too much.
    """
    subject = session.who.lower()
    role_badge = session.badge.lower()
    wants = (job.want for job in jobs if job.want.via)
    person_wants = (want for want in wants if want.who.lower() == subject)
    asked_badges = [
        want.badge for want in person_wants if f"role/{want.via}".lower() == role_badge
    ]
    opener = opening_badge(play, credential)
    return bool(asked_badges) and not any(
        satisfies_badge(opener, badge) for badge in asked_badges
    )
