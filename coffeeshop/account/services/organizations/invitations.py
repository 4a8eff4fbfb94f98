"""Invite existing accounts to an organization; list, accept, decline and cancel invitations.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.organization import Invitation, MemberAccount, Organization
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.accounts import is_full, with_member
from coffeeshop.account.services.paging import organizations_page
from coffeeshop.account.values import Json, JsonObject

INVITATION_LIFETIME = timedelta(days=15)


OPERATIONS = Operations()


def _handshake_shape(
    organization: Organization, invitation: Invitation, at: datetime
) -> JsonObject:
    """Return an invitation as a handshake between the organization and the account."""
    management = organization.members[organization.management]
    sender: tuple[Json, ...] = (
        {"Type": "MASTER_EMAIL", "Value": management.email},
        {"Type": "MASTER_NAME", "Value": management.name},
        {"Type": "ORGANIZATION_FEATURE_SET", "Value": "ALL"},
    )
    notes: tuple[Json, ...] = ()
    if invitation.notes:
        notes = ({"Type": "NOTES", "Value": invitation.notes},)
    return {
        "Id": invitation.id,
        "Arn": organization.arn("handshake", f"invite/{invitation.id}"),
        "Parties": (
            {"Id": organization.id.removeprefix("o-"), "Type": "ORGANIZATION"},
            {"Id": invitation.account, "Type": "ACCOUNT"},
        ),
        "State": _state(invitation, at),
        "RequestedTimestamp": format_timestamp(invitation.sent),
        "ExpirationTimestamp": format_timestamp(invitation.expires),
        "Action": "INVITE",
        "Resources": (
            {"Type": "ORGANIZATION", "Value": organization.id, "Resources": sender},
            {"Type": "ACCOUNT", "Value": invitation.account},
            *notes,
        ),
    }


def _state(invitation: Invitation, at: datetime) -> str:
    """Return the state of an invitation at a time, after which it may have expired."""
    if invitation.state == "REQUESTED" and at >= invitation.expires:
        return "EXPIRED"
    return invitation.state


def _target_account(account: Account, call: Call) -> str:
    """Return the id of the account that Target names, by its id or email address."""
    target = call.map("Target")
    id = str(target.get("Id", ""))
    type = target.get("Type")
    if type == "ACCOUNT" and id.isdigit() and len(id) == 12:
        return id
    account_id = next(
        (
            member.id
            for member in account.others.values()
            if type == "EMAIL" and member.email == id
        ),
        "",
    )
    if not account_id:
        raise lookups.invalid_input("INVALID_ENUM")
    return account_id


@OPERATIONS.add("InviteAccountToOrganization")
def invite_account_to_organization(account: Account, act: Act) -> Change:
    """Invite an account that is in no organization. Only one invitation of it can be open."""
    organization = lookups.managed_organization(account)
    id = _target_account(account, act.call)
    if any(id in existing.members for existing in account.organizations):
        raise lookups.no_handshake("ALREADY_IN_AN_ORGANIZATION")
    if any(
        invitation.account == id and _is_open(invitation, act)
        for invitation in organization.invitations.values()
    ):
        raise lookups.refusal("DuplicateHandshakeException")
    if is_full(organization):
        raise lookups.no_handshake("ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    account, suffix = ids.new_organizations_id(account, "handshake", id, 20)
    sent = Invitation(
        f"h-{suffix}",
        id,
        act.at,
        act.at + INVITATION_LIFETIME,
        notes=act.call.text("Notes"),
    )
    organization = replace(
        organization, invitations=organization.invitations.put(sent.id, sent)
    )
    account_after = account.with_organization(organization)
    body = {"Handshake": _handshake_shape(organization, sent, act.at)}
    return account_after, Reply(body)


def _is_open(invitation: Invitation, act: Act) -> bool:
    return _state(invitation, act.at) == "REQUESTED"


def _named_invitation(account: Account, act: Act) -> tuple[Organization, Invitation]:
    """Return the invitation of HandshakeId.

    Only its sender and its addressee can see it.
    """
    id = act.call.text("HandshakeId")
    for organization in account.organizations:
        invitation = organization.invitations.get(id)
        if invitation and account.id in (organization.management, invitation.account):
            return organization, invitation
    raise lookups.refusal("HandshakeNotFoundException")


@OPERATIONS.add("DescribeHandshake")
def describe_handshake(account: Account, act: Act) -> Change:
    organization, invitation = _named_invitation(account, act)
    body = {"Handshake": _handshake_shape(organization, invitation, act.at)}
    return account, Reply(body)


@OPERATIONS.add("ListHandshakesForAccount")
def list_handshakes_for_account(account: Account, act: Act) -> Change:
    """List the invitations of the calling account."""
    handshakes = {
        invitation.id: (organization, invitation)
        for organization in account.organizations
        for invitation in organization.invitations.values()
        if invitation.account == account.id
    }
    return account, _handshakes_page(act, handshakes)


@OPERATIONS.add("ListHandshakesForOrganization")
def list_handshakes_for_organization(account: Account, act: Act) -> Change:
    """List the invitations that the organization sent."""
    organization = lookups.managed_organization(account)
    handshakes = {
        id: (organization, invitation)
        for id, invitation in organization.invitations.items()
    }
    return account, _handshakes_page(act, handshakes)


def _handshakes_page(
    act: Act, handshakes: Mapping[str, tuple[Organization, Invitation]]
) -> Reply:
    """Return a page of those handshakes that Filter asks for. All of them are of the action INVITE."""
    wanted = act.call.map("Filter")
    is_of_others = wanted.get("ParentHandshakeId") or (
        wanted.get("ActionType", "INVITE") != "INVITE"
    )
    ids = () if is_of_others else tuple(handshakes)
    return organizations_page(
        act.call, "Handshakes", ids, lambda id: _handshake_shape(*handshakes[id], act.at)
    )


@OPERATIONS.add("AcceptHandshake")
def accept_handshake(account: Account, act: Act) -> Change:
    """Make the invited account a member, in the organization's root."""
    organization, invitation = _open_invitation(account, act, "ACCEPTED")
    if account.id != invitation.account:
        raise lookups.refusal("AccessDeniedException")
    if account.joined_organization is not None:
        raise lookups.no_handshake("ALREADY_IN_AN_ORGANIZATION")
    member = MemberAccount(
        account.id, account.name, account.email, organization.root.id, act.at
    )
    return _end_invitation(
        account, act, with_member(organization, member), invitation, "ACCEPTED"
    )


@OPERATIONS.add("DeclineHandshake")
def decline_handshake(account: Account, act: Act) -> Change:
    """Decline an invitation, as the invited account."""
    organization, invitation = _open_invitation(account, act, "DECLINED")
    if account.id != invitation.account:
        raise lookups.refusal("AccessDeniedException")
    return _end_invitation(account, act, organization, invitation, "DECLINED")


@OPERATIONS.add("CancelHandshake")
def cancel_handshake(account: Account, act: Act) -> Change:
    """Take an invitation back, as the management account that sent it."""
    organization, invitation = _open_invitation(account, act, "CANCELED")
    if account.id != organization.management:
        raise lookups.refusal("AccessDeniedException")
    return _end_invitation(account, act, organization, invitation, "CANCELED")


def _open_invitation(
    account: Account, act: Act, wanted_state: str
) -> tuple[Organization, Invitation]:
    """Return the invitation of HandshakeId, which must be open to reach the wanted state."""
    organization, invitation = _named_invitation(account, act)
    if invitation.state == wanted_state:
        raise lookups.refusal("HandshakeAlreadyInStateException")
    if not _is_open(invitation, act):
        raise lookups.refusal("InvalidHandshakeTransitionException")
    return organization, invitation


def _end_invitation(
    account: Account,
    act: Act,
    organization: Organization,
    invitation: Invitation,
    state: str,
) -> Change:
    """Return the account with an invitation in its last state, and its handshake."""
    ended = replace(invitation, state=state)
    organization = replace(
        organization, invitations=organization.invitations.put(ended.id, ended)
    )
    account_after = account.with_organization(organization)
    body = {"Handshake": _handshake_shape(organization, ended, act.at)}
    return account_after, Reply(body)
