"""Find the credential that a job needs and that its user lost, so that no other is made in its place."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.shop.serve import active_keys, user_named
from coffeeshop.shop.want import Lack, Want

# By the badge that a job asks for: kinds of credential of which the user needs one, and their name.
NEEDED_KINDS: Mapping[str, tuple[tuple[frozenset[str], Lack, str], ...]] = {
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
    before: Account, account: Account, want: Want
) -> tuple[Lack, str] | None:
    """Return the kind and the name of the credential that a job needs and its user has lost, or None.

    An MFA code doesn't count if the user had no device before.
    """
    former_user = user_named(before, want.who)
    user = user_named(account, want.who)
    if former_user is None or user is None:
        return None
    kinds_before = _credential_kinds(before, former_user)
    kinds_now = _credential_kinds(account, user)
    if want.badge == "code" and "device" not in kinds_before:
        return None
    lost = (
        (lack, label)
        for kinds, lack, label in NEEDED_KINDS.get(want.badge, ())
        if kinds_before & kinds and not kinds_now & kinds
    )
    return next(lost, None)


def _credential_kinds(account: Account, user: User) -> frozenset[str]:
    """Return the kinds of credential that a user has."""
    credentials = {
        "password": user.login,
        "key": active_keys(account, user.id),
        "device": account.devices_of(user.id),
    }
    return frozenset(kind for kind, credential in credentials.items() if credential)
