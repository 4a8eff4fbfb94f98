"""Create the organization; create, move, list and remove its accounts.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts.html
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.control_policies import SCP_TYPE, org_path
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.organization import Creation, MemberAccount, Organization, Unit
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.tags import add_request_tags
from coffeeshop.account.services.paging import organizations_page
from coffeeshop.account.values import JsonObject, Tags

MAX_ACCOUNTS = 10  # accounts, invitations that are open among them: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
MIN_ACCOUNT_AGE = timedelta(
    days=7
)  # that an account which was made here must be old before it may go
ACCESS_ROLE = "OrganizationAccountAccessRole"
ADMINISTRATOR_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"
SERVICE_LISTS = {
    "ListDelegatedAdministrators": "DelegatedAdministrators",
    "ListAWSServiceAccessForOrganization": "EnabledServicePrincipals",
}


OPERATIONS = Operations()


# ------------------------------------------------------------- the organization
def _organization_shape(organization: Organization) -> JsonObject:
    """Return an organization as AWS shows it."""
    management = organization.members[organization.management]
    return {
        "Id": organization.id,
        "Arn": f"arn:aws:organizations::{organization.management}:organization/{organization.id}",
        "FeatureSet": "ALL",
        "MasterAccountArn": organization.arn("account", management.id),
        "MasterAccountId": management.id,
        "MasterAccountEmail": management.email,
        # Whatever is enabled in the root (as AWS says).
        "AvailablePolicyTypes": ({"Type": SCP_TYPE, "Status": "ENABLED"},),
    }


@OPERATIONS.add("CreateOrganization")
def create_organization(account: Account, act: Act) -> Change:
    """Create an organization with all features, in which service control policies are
    enabled.
    """
    if account.joined_organization is not None:
        raise lookups.refusal("AlreadyInOrganizationException")
    if act.call.text("FeatureSet", "ALL") != "ALL":
        raise errors.service_error(
            "NotSimulated", "Organizations without all features are not simulated."
        )
    account, suffix = ids.new_organizations_id(account, "organization", "", 10)
    account, of_root = ids.new_organizations_id(account, "root", "", 4)
    root = Unit(f"r-{of_root}", "Root")
    manager = MemberAccount(account.id, account.name, account.email, root.id, act.at)
    organization = Organization(
        f"o-{suffix}",
        account.id,
        SortedMap([(root.id, root)]),
        SortedMap([(account.id, manager)]),
        types=(SCP_TYPE,),
    )
    organization = lookups.with_full_access(
        lookups.with_full_access(organization, root.id), account.id
    )
    account_after = replace(account, organization=organization)
    body = {"Organization": _organization_shape(organization)}
    return account_after, Reply(body)


@OPERATIONS.add("DescribeOrganization")
def describe_organization(account: Account, act: Act) -> Change:
    """Describe the organization. Every member account can ask."""
    body = {"Organization": _organization_shape(lookups.own_organization(account))}
    return account, Reply(body)


# ------------------------------------------------------------------- accounts
def member_shape(organization: Organization, member: MemberAccount) -> JsonObject:
    """Return an account as answers show it."""
    return {
        "Id": member.id,
        "Arn": organization.arn("account", member.id),
        "Email": member.email,
        "Name": member.name,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "Paths": (f"{org_path(organization, member.id)}{member.id}/",),
        "JoinedMethod": member.method,
        "JoinedTimestamp": format_timestamp(member.joined),
    }


@OPERATIONS.add("ListAccounts", "ListAccountsForParent")
def list_accounts(account: Account, act: Act) -> Change:
    """List all accounts, or those right below the unit that ParentId names."""
    organization = lookups.managed_organization(account)
    members = dict(organization.members)
    if "ParentId" in act.call.parameters:
        parent = lookups.named_unit(organization, act.call.text("ParentId"))
        members = {
            id: member for id, member in members.items() if member.parent == parent.id
        }
    page = organizations_page(
        act.call, "Accounts", members, lambda id: member_shape(organization, members[id])
    )
    return account, page


@OPERATIONS.add("DescribeAccount")
def describe_account(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    body = {
        "Account": member_shape(
            organization,
            lookups.member_account(organization, act.call.text("AccountId")),
        )
    }
    return account, Reply(body)


@OPERATIONS.add("MoveAccount")
def move_account(account: Account, act: Act) -> Change:
    """Move an account from one root or unit to another one."""
    call = act.call
    organization = lookups.managed_organization(account)
    member = lookups.member_account(organization, call.text("AccountId"))
    source = lookups.named_unit(
        organization, call.text("SourceParentId"), "SourceParentNotFoundException"
    )
    target = lookups.named_unit(
        organization, call.text("DestinationParentId"), "DestinationParentNotFoundException"
    )
    if member.parent != source.id:
        raise lookups.refusal("SourceParentNotFoundException")
    if source.id == target.id:
        raise lookups.refusal("DuplicateAccountException")
    moved = replace(member, parent=target.id)
    organization = replace(organization, members=organization.members.put(moved.id, moved))
    account = account.with_organization(organization)
    return account, EMPTY_REPLY


def with_member(organization: Organization, member: MemberAccount) -> Organization:
    """Return the organization with a new member account, under AWS's own policies."""
    organization = replace(
        organization, members=organization.members.put(member.id, member)
    )
    return lookups.with_full_access(
        organization,
        member.id,
    )


def is_full(organization: Organization) -> bool:
    """Return whether there is no room for another account.

    Open invitations count as accounts.
    """
    open_invitations = sum(
        1
        for invitation in organization.invitations.values()
        if invitation.state == "REQUESTED"
    )
    return len(organization.members) + open_invitations >= MAX_ACCOUNTS


# ----------------------------------------------------------------- new accounts
@OPERATIONS.add("CreateAccount")
def create_account(account: Account, act: Act) -> Change:
    """Create an account.

    AWS does it in the background; here it is done when the status is asked for (our
    choice).
    """
    call = act.call
    organization = lookups.managed_organization(account)
    name = call.text("AccountName")
    email = call.text("Email")
    tags = add_request_tags({}, call)
    if is_full(organization):
        raise lookups.limit_exceeded("ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    account, suffix = ids.new_organizations_id(account, "creation", name, 32)
    creation = Creation(f"car-{suffix}", name, act.at)
    taken_emails = {
        account.email,
        *(account_found.email for account_found in account.others.values()),
    }
    if email in taken_emails:
        creation = replace(creation, failure="EMAIL_ALREADY_EXISTS")
    else:
        account, creation, organization = _open_account(account, creation, act, tags)
    organization = replace(
        organization, creations=organization.creations.put(creation.id, creation)
    )
    account = account.with_organization(organization)
    status = {
        "Id": creation.id,
        "AccountName": name,
        "State": "IN_PROGRESS",
        "RequestedTimestamp": format_timestamp(act.at),
    }
    body = {"CreateAccountStatus": status}
    return account, Reply(body)


def _open_account(
    account: Account, creation: Creation, act: Act, tags: Tags
) -> tuple[Account, Creation, Organization]:
    """Return the accounts with a new one in the root, and a role for the management
    account.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_create.html
    """
    organization = lookups.managed_organization(account)
    call = act.call
    account, bytes = ids.draw_next_bytes(account, "account", creation.name)
    id = f"{int.from_bytes(bytes) % 10**12:012}"
    new_account = ids.new_account(
        id, bytes, act.at, call.text("Email"), bytes.hex(), creation.name
    )
    new_account = _with_access_role(
        replace(new_account, proof_key=account.proof_key),
        account,
        call.text("RoleName") or ACCESS_ROLE,
        act.at,
    )
    member = MemberAccount(
        id, creation.name, new_account.email, organization.root.id, act.at, "CREATED", tags
    )
    account = replace(account, others=account.others.put(id, new_account))
    return account, replace(creation, account=id), with_member(organization, member)


def _with_access_role(
    new_account: Account, management: Account, name: str, at: datetime
) -> Account:
    """Return a new account with a role by which the organization's management account can administer it.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": management.root_arn},
        "Action": "sts:AssumeRole",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    new_account, id = ids.new_unique_id(new_account, "role", name.lower())
    return new_account.put(
        Role(
            id,
            name,
            "/",
            at,
            policy_documents.parse_trust_policy(new_account, text),
            attached=(ADMINISTRATOR_ARN,),
        )
    )


@OPERATIONS.add("DescribeCreateAccountStatus")
def describe_create_account_status(account: Account, act: Act) -> Change:
    """Return the result of a request to create an account. Creation takes no time here."""
    organization = lookups.managed_organization(account)
    if (
        creation := organization.creations.get(act.call.text("CreateAccountRequestId"))
    ) is None:
        raise lookups.refusal("CreateAccountStatusNotFoundException")
    return account, Reply({"CreateAccountStatus": _creation_status(creation)})


@OPERATIONS.add("ListCreateAccountStatus")
def list_create_account_status(account: Account, act: Act) -> Change:
    """List the requests to create accounts, of all states or of those that are named."""
    organization = lookups.managed_organization(account)
    wanted_states = act.call.words("States")
    statuses = {
        id: _creation_status(creation) for id, creation in organization.creations.items()
    }
    wanted_ids = [
        id
        for id, status in statuses.items()
        if not wanted_states or status["State"] in wanted_states
    ]
    page = organizations_page(
        act.call, "CreateAccountStatuses", wanted_ids, lambda id: statuses[id]
    )
    return account, page


def _creation_status(creation: Creation) -> JsonObject:
    """Return a request to create an account with its result."""
    requested = format_timestamp(creation.asked)
    if creation.account:
        state = "SUCCEEDED"
        result = {"AccountId": creation.account}
    else:
        state = "FAILED"
        result = {"FailureReason": creation.failure}
    return {
        "Id": creation.id,
        "AccountName": creation.name,
        "State": state,
        "RequestedTimestamp": requested,
        "CompletedTimestamp": requested,
        **result,
    }


# ------------------------------------------------------ what no call here can set up
@OPERATIONS.add("ListDelegatedAdministrators", "ListAWSServiceAccessForOrganization")
def list_organization_services(account: Account, act: Act) -> Change:
    """Answer that no service has access to the organization, and no account administers one."""
    lookups.managed_organization(account)
    member = SERVICE_LISTS[act.call.operation]
    page = organizations_page(act.call, member, (), lambda name: name)
    return account, page


# --------------------------------------------------------------------- leaving
@OPERATIONS.add("LeaveOrganization")
def leave_organization(account: Account, act: Act) -> Change:
    """Take the calling account out of the organization, whose policies no longer apply to
    it.
    """
    organization = lookups.own_organization(account)
    return _remove_member(account, organization, organization.members[account.id], act.at)


@OPERATIONS.add("RemoveAccountFromOrganization")
def remove_account_from_organization(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    return _remove_member(
        account,
        organization,
        lookups.member_account(organization, act.call.text("AccountId")),
        act.at,
    )


def _remove_member(
    account: Account, organization: Organization, member: MemberAccount, at: datetime
) -> Change:
    """Return the management account after a member account has left its organization.

    A created account must have been in it for some days (MIN_ACCOUNT_AGE).
    """
    if member.id == organization.management:
        raise lookups.refusal("MasterCannotLeaveOrganizationException")
    if member.method == "CREATED" and at - member.joined < MIN_ACCOUNT_AGE:
        raise lookups.limit_exceeded("WAIT_PERIOD_ACTIVE")
    attached = {
        place: policy_ids
        for place, policy_ids in organization.attached.items()
        if place != member.id
    }
    remaining = replace(
        organization, members=organization.members.drop(member.id), attached=attached
    )
    return account.with_organization(remaining), EMPTY_REPLY
