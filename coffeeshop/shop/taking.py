"""Take the credential of a theft: one that exists in the account, or that the shop lends for the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Key
from coffeeshop.shop.forked_workload import open_fork_session
from coffeeshop.shop.lost_credential import lost_credential
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.rota import OPENING_TIME, Rota, shop_time
from coffeeshop.shop.serve import (
    active_keys,
    assume_function_role,
    assumed_session_key,
    missing_credential_text,
    outside_principal,
    usable_credentials,
    user_named,
    want_name,
)
from coffeeshop.shop.theft import StolenCredential, Theft
from coffeeshop.shop.want import Badge, Want


def take_credential(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Return the credential that the thief gets by a theft, with the account at that moment."""
    if theft.is_lent and theft.incident.credential_kind != "session":
        return _take_lent_session(account, theft)
    return STEAL_BY_KIND[theft.incident.credential_kind](account, rota, theft)


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
        and _want_for_person(account, rota, theft.victim, "any").minted,
    )


def _take_key(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Steal an active access key of the victim."""
    want = replace(_want_for_person(account, rota, theft.victim, "key"), minted=False)
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
    want = replace(_want_for_person(account, rota, theft.victim, "password"), minted=False)
    taken = _steal_first_credential(account, want, theft.at)
    if taken.caller and user and user.login:
        return replace(taken, sign_in=want, password=user.login.history[0])
    return taken


def _take_usual_credential(account: Account, rota: Rota, theft: Theft) -> StolenCredential:
    """Steal the credential that the victim works with: one that they own, or else one that the shop lends them."""
    first_job = next(iter(rota.jobs_of(theft.victim)), None)
    want = _want_for_person(
        account, rota, theft.victim, first_job.badge if first_job else "any"
    )
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
    opens = shop_time(theft.at.date(), OPENING_TIME)
    if user.created > opens or (
        user.login is None
        and not _want_for_person(account, rota, theft.victim, "any").minted
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
    opens = shop_time(at.date(), OPENING_TIME)
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


def _take_fork(account: Account, _: Rota, theft: Theft) -> StolenCredential:
    """Take the session that a workflow of a fork gets: that of a role whose trust policy lets the fork in."""
    session = open_fork_session(account, theft.victim, theft.at)
    if session is None:
        return StolenCredential(account, None, "no role lets a workflow of the fork in")
    return StolenCredential(*session, forked=theft.victim)


def _take_portal_session(account: Account, _: Rota, theft: Theft) -> StolenCredential:
    """Take a session that the victim opens at the access portal, with their first permission set."""
    want = Want("taken", Mode.MAY, f"workforce/{theft.victim}", "")
    taken = _steal_first_credential(account, want, theft.at)
    return replace(taken, sign_in=want) if taken.caller else taken


Steal: TypeAlias = Callable[[Account, Rota, Theft], StolenCredential]
STEAL_BY_KIND: Mapping[str, Steal] = {
    "key": _take_key,
    "password": _take_password,
    "badge": _take_usual_credential,
    "session": _take_session,
    "partner": _take_partner,
    "machine": _take_function_role,
    "workload": _take_fork,
    "workforce": _take_portal_session,
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


def _want_for_person(account: Account, rota: Rota, user_name: str, badge: Badge) -> Want:
    """Return a made-up want of a user, which serves only to get a credential of the kind `badge`.

    Its `minted` is that of the person's first real want. It says whether the shop lends the person
    credentials that aren't in the account. It lends none in place of what the person lost in the play.
    """
    minted = next(
        (want.minted for want in rota.wants if want.who.removeprefix("user/") == user_name),
        True,
    )
    minted = minted and not _has_lost_credentials(account, rota, user_name)
    return Want("taken", Mode.MAY, want_name(user_name), "", badge=badge, minted=minted)


def _has_lost_credentials(account: Account, rota: Rota, user_name: str) -> bool:
    """Return whether a user with jobs lost the credential for each of them in the play."""
    before = rota.account_before_play
    jobs = rota.jobs_of(user_name)
    if before is None or not jobs:
        return False
    return all(lost_credential(before, account, job, rota.wants) for job in jobs)


def _steal_first_credential(account: Account, want: Want, at: datetime) -> StolenCredential:
    """Return the first credential that the want's person has, as stolen, or the reason why there is none."""
    first_credential = next(usable_credentials(account, want, at), None)
    if first_credential:
        return StolenCredential(*first_credential)
    return StolenCredential(account, None, missing_credential_text(account, want))


def _has_device(account: Account, user: User | None) -> bool:
    """Return whether a user has an MFA device."""
    return user is not None and bool(account.devices_of(user.id))
