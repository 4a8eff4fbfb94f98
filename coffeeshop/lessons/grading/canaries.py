"""Draw people and things that no hand-in can have named. They come tomorrow, and an answer
must hold for them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from msgspec.structs import replace

from coffeeshop.account.door import replay
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.account.organization import MemberAccount
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import usable_credentials
from coffeeshop.shop.want import Want

PROOF_NAME = "whoever comes to a proof"
STANDS_FOR = {  # the meaning of each drawn name
    "newcomer": "anyone you hire later",
    "newname": "any new name",
    "tomorrow": "any bucket you make later",
    "stranger": "any other account",
    "newshop": "any account that joins the organization later",
}

SEARCHED_NAME = "any name that fits"


def draw_canaries(play: Play) -> dict[str, str]:
    """Return by kind the names of people and things that come tomorrow, which no policy can have
    foreseen.

    They are drawn from the scenario, its variant and the acts, so the same play always gets the
    same names. `stranger` and `newshop` are account ids. In a proof all plays get the same names,
    so that comparisons can be remembered from one play to the next.
    """
    if play.scenario.in_proof:
        seed = PROOF_NAME
    else:
        seed = (play.scenario.edition, play.acts)
    # A play can have 10,000 acts. Their JSON would take four times as long as `repr`.
    digest = sha256(repr(seed).encode()).digest()
    letters = "".join(chr(ord("a") + byte % 26) for byte in digest)
    return {
        "newcomer": letters[:10],
        "newname": letters[10:20],
        "tomorrow": letters[20:32],
        "stranger": str(int.from_bytes(digest[:8]) % 10**12).zfill(12),
        "newshop": str(int.from_bytes(digest[8:16]) % 10**12).zfill(12),
    }


def made_up_note(name: str, stands_for: str) -> str:
    """Return the sentence that explains a drawn name."""
    return f"“{name}” is a made-up name. It stands for {stands_for}."


def made_up_sentences(meanings: Mapping[str, str]) -> str:
    """Return the sentences that explain drawn names, with a space before each. `meanings` has what each name
    stands for.
    """
    return "".join(f" {made_up_note(name, meaning)}" for name, meaning in meanings.items())


def with_canaries(play: Play, names: Mapping[str, str]) -> Account:
    """Return a copy of the account with a new colleague who has no permissions, and a new
    bucket. In an organization a new member account joins as well.

    The strangers' access is the access of future principals.
    """
    calls = (
        Call("iam", "CreateUser", {"UserName": names["newcomer"]}),
        Call("s3", "CreateBucket", {"Bucket": names["tomorrow"]}),
    )
    real_account = play.account
    # A newcomer comes even if the organization denies root to create users.
    unmanaged = replace(real_account, organization=None, others=SortedMap())
    account, root = next(
        usable_credentials(unmanaged, Want("root", Mode.MAY, "root", ""), play.now)
    )
    staffed = replay(account, [Act(play.now, root, call) for call in calls])[-1].account
    # Root's key was only for these calls.
    staffed = replace(
        staffed,
        credentials=real_account.credentials,
        organization=real_account.organization,
        others=real_account.others,
    )
    return _with_member_account(staffed, play, names["newshop"])


def _with_member_account(account: Account, play: Play, id: str) -> Account:
    """Return the account with a new member account in its organization, in the unit that ours was in, if that
    still exists.

    A rule for our unit has to cover whoever joins it.
    """
    organization = account.joined_organization
    if organization is None:
        return account
    from coffeeshop.account.services.organizations.accounts import with_member

    former_organization = play.scenario.opening.joined_organization
    unit = organization.root.id
    if former_organization:
        former_unit = former_organization.members[account.id].parent
        if former_unit in organization.units:
            unit = former_unit
    member = MemberAccount(id, "Tomorrow", "", unit, play.now, "CREATED")
    return account.with_organization(with_member(organization, member))
