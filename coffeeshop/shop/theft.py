"""Define a theft and the credential that it takes."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from coffeeshop.account.model import Account, Caller
from coffeeshop.shop.happenings import Incident
from coffeeshop.shop.radius import BlastRadius
from coffeeshop.shop.want import Want

COPIED_SESSION = "copied-session"  # what happens in place of a leaked key or password


# The kinds of principals, as wants write them, whose credentials are stolen. Otherwise it is a user.
VICTIM_KINDS = {
    "machine": "function",
    "partner": "account",
    "workload": "workload",
    "workforce": "workforce",
}


class Theft(Struct, frozen=True):
    """A planned or real theft: the kind of incident, its victim and its time.

    The victim is a user, or the name of a principal of one of VICTIM_KINDS.

    `is_lent`: the victim owns no such credential, and the thief takes the session that the shop lends
    the victim for their work.
    """

    incident: Incident
    victim: str
    at: datetime
    is_lent: bool = False

    @property
    def name(self) -> str:
        """Return the incident's id. If a lent session is taken in place of a key or a password, return COPIED_SESSION."""
        is_copy = self.is_lent and self.incident.credential_kind != "session"
        return COPIED_SESSION if is_copy else self.incident.id

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
    stolen password. `forked` is the workload whose repository was forked ("": none was).
    """

    account: Account
    caller: Caller | None = None
    why_none: str = ""
    needs_mfa_code: bool = False
    key_id: str = ""
    sign_in: Want | None = None
    password: str = ""
    forked: str = ""


def user_of(want: Want) -> str:
    """Return the user's name of a want. A want writes "user/NAME" if the name is also a keyword."""
    return want.who.removeprefix("user/")
