"""How an account that exists comes to be in an organization: it is asked, and accepts.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.organization import Invitation, MemberAccount, Organization
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.accounts import full, with_member
from coffeeshop.account.values import Json

LASTS = timedelta(days=15)


OPERATIONS = Operations()


def _shape(above: Organization, invitation: Invitation) -> dict[str, Json]:
    manager = above.members[above.management]
    sender: tuple[Json, ...] = (
        {"Type": "MASTER_EMAIL", "Value": manager.email},
        {"Type": "MASTER_NAME", "Value": manager.name},
        {"Type": "ORGANIZATION_FEATURE_SET", "Value": "ALL"},
    )
    notes: tuple[Json, ...] = (
        ({"Type": "NOTES", "Value": invitation.notes},) if invitation.notes else ()
    )
    return {
        "Id": invitation.id,
        "Arn": above.arn("handshake", f"invite/{invitation.id}"),
        "Parties": (
            {"Id": above.id.removeprefix("o-"), "Type": "ORGANIZATION"},
            {"Id": invitation.account, "Type": "ACCOUNT"},
        ),
        "State": invitation.state,
        "RequestedTimestamp": format_timestamp(invitation.sent),
        "ExpirationTimestamp": format_timestamp(invitation.expires),
        "Action": "INVITE",
        "Resources": (
            {"Type": "ORGANIZATION", "Value": above.id, "Resources": sender},
            {"Type": "ACCOUNT", "Value": invitation.account},
            *notes,
        ),
    }


def _addressee(account: Account, call: Call) -> str:
    """Returns the account that Target names, by its id or by its e-mail address."""
    target = call.map("Target")
    id = str(target.get("Id", ""))
    type = target.get("Type")
    if type == "ACCOUNT" and id.isdigit() and len(id) == 12:
        return id
    found = next(
        (
            other.id
            for other in account.others.values()
            if type == "EMAIL" and other.email == id
        ),
        "",
    )
    if not found:
        raise lookups.unfit("INVALID_ENUM")
    return found


@OPERATIONS.add("InviteAccountToOrganization")
def invite(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    id = _addressee(account, act.call)
    if any(id in one.members for one in account.organizations):
        raise lookups.no_handshake("ALREADY_IN_AN_ORGANIZATION")
    if any(one.account == id and _is_open(one, act) for one in above.invitations.values()):
        raise lookups.refused("DuplicateHandshakeException")
    if full(above):
        raise lookups.no_handshake("ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    account, end = ids.new_organizations_id(account, "handshake", id, 20)
    sent = Invitation(f"h-{end}", id, act.at, act.at + LASTS, notes=act.call.text("Notes"))
    above = replace(above, invitations=above.invitations.put(sent.id, sent))
    return account.with_organization(above), Reply({"Handshake": _shape(above, sent)})


def _is_open(invitation: Invitation, act: Act) -> bool:
    return invitation.state == "REQUESTED" and act.at < invitation.expires


def _asked(account: Account, act: Act) -> tuple[Organization, Invitation]:
    """Returns the invitation of HandshakeId, to whoever sent it and whoever it was sent to."""
    id = act.call.text("HandshakeId")
    for above in account.organizations:
        found = above.invitations.get(id)
        if found and account.id in (above.management, found.account):
            return above, found
    raise lookups.refused("HandshakeNotFoundException")


@OPERATIONS.add("DescribeHandshake")
def describe(account: Account, act: Act) -> Change:
    return account, Reply({"Handshake": _shape(*_asked(account, act))})


@OPERATIONS.add("AcceptHandshake")
def accept(account: Account, act: Act) -> Change:
    """The account that was asked is a member from now on, in the root."""
    above, found = _asked(account, act)
    if account.id != found.account:
        raise lookups.refused("AccessDeniedException")
    if found.state == "ACCEPTED":
        raise lookups.refused("HandshakeAlreadyInStateException")
    if not _is_open(found, act):
        raise lookups.refused("InvalidHandshakeTransitionException")
    if account.joined_organization is not None:
        raise lookups.no_handshake("ALREADY_IN_AN_ORGANIZATION")
    new = MemberAccount(account.id, account.name, account.email, above.root.id, act.at)
    done = replace(found, state="ACCEPTED")
    above = replace(
        with_member(above, new), invitations=above.invitations.put(done.id, done)
    )
    return account.with_organization(above), Reply({"Handshake": _shape(above, done)})
