"""Find the credential that a job needs and that its user lost, so that no other is made in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import active_keys, user_named
from coffeeshop.shop.want import Lack, Ticket, Want

# By the badge that a job asks for: kinds of credential of which the user needs one, and their name.
NEEDED_KINDS: Mapping[str, tuple[tuple[frozenset[str], Lack, str], ...]] = {
    "any": ((frozenset({"password", "key"}), Lack.ANYTHING, "a password or a key"),),
    "key": ((frozenset({"key"}), Lack.KEY, "a working key"),),
    "password": ((frozenset({"password"}), Lack.PASSWORD, "a password to sign in with"),),
    "code": (
        (frozenset({"device"}), Lack.DEVICE, "an MFA device"),
        (
            frozenset({"password", "key"}),
            Lack.PASSWORD,
            "a password or a key to use with a code",
        ),
    ),
}


def lost_credential(
    before: Account, account: Account, want: Want, wants: Iterable[Want]
) -> tuple[Lack, str] | None:
    """Return the kind and the name of the credential that a job needs and its user has lost, or None.

    `wants` are those of the shop. An MFA code doesn't count if the user had no device before, unless another job
    is done with the user's password: it is the one to use with a code, then.
    """
    former_user = user_named(before, want.who)
    user = user_named(account, want.who)
    if former_user is None or user is None:
        return None
    kinds_before = _credential_kinds(before, former_user)
    kinds_now = _credential_kinds(account, user)
    works_with_password = "password" in kinds_before and any(
        each.badge == "password" and each.mode is Mode.MUST and each.who == want.who
        for each in wants
    )
    if want.badge == "code" and "device" not in kinds_before and not works_with_password:
        return None
    lost = (
        (lack, label)
        for kinds, lack, label in NEEDED_KINDS.get(want.badge, ())
        if kinds_before & kinds and not kinds_now & kinds
    )
    return next(lost, None)


def ticket_after_loss(want: Want, lack: Lack, label: str) -> Ticket:
    """Return the ticket of a job that can't run, because its user lost the credential `label`."""
    missing = f"{want.who} no longer has {label}"
    return Ticket(want, missing=missing, lack=lack, lost=label)


def _credential_kinds(account: Account, user: User) -> frozenset[str]:
    """Return the kinds of credential that a user has."""
    credentials = {
        "password": user.login,
        "key": active_keys(account, user.id),
        "device": account.devices_of(user.id),
    }
    return frozenset(kind for kind, credential in credentials.items() if credential)
