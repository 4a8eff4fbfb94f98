"""The organization itself and its accounts: made, moved, listed, and gone.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts.html
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.control_policies import SCP, org_path
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.organization import Creation, MemberAccount, Organization, Unit
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.tags import laid_over
from coffeeshop.account.services.paging import next_page
from coffeeshop.account.values import Json, Tags

MOST = 10  # accounts, invitations that are open among them: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
WAIT = timedelta(days=7)  # that an account which was made here must be old before it may go
ACCESS_ROLE = "OrganizationAccountAccessRole"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

OPERATIONS = Operations()


# ------------------------------------------------------------- the organization
def _shape(above: Organization) -> dict[str, Json]:
    manager = above.members[above.management]
    return {
        "Id": above.id,
        "Arn": f"arn:aws:organizations::{above.management}:organization/{above.id}",
        "FeatureSet": "ALL",
        "MasterAccountArn": above.arn("account", manager.id),
        "MasterAccountId": manager.id,
        "MasterAccountEmail": manager.email,
        # Whatever is enabled in the root (as AWS says).
        "AvailablePolicyTypes": ({"Type": SCP, "Status": "ENABLED"},),
    }


@OPERATIONS.add("CreateOrganization")
def create_organization(account: Account, act: Act) -> Change:
    """With all features service control policies are enabled from the first."""
    if account.joined_organization is not None:
        raise lookups.refused("AlreadyInOrganizationException")
    if act.call.text("FeatureSet", "ALL") != "ALL":
        raise errors.service_error(
            "NotSimulated", "Organizations without all features are not simulated."
        )
    account, end = ids.new_organizations_id(account, "organization", "", 10)
    account, of_root = ids.new_organizations_id(account, "root", "", 4)
    root = Unit(f"r-{of_root}", "Root")
    manager = MemberAccount(account.id, account.name, account.email, root.id, act.at)
    above = Organization(
        f"o-{end}",
        account.id,
        SortedMap([(root.id, root)]),
        SortedMap([(account.id, manager)]),
        types=(SCP,),
    )
    above = lookups.with_full(lookups.with_full(above, root.id), account.id)
    return replace(account, organization=above), Reply({"Organization": _shape(above)})


@OPERATIONS.add("DescribeOrganization")
def describe_organization(account: Account, act: Act) -> Change:
    """Every member may ask."""
    return account, Reply({"Organization": _shape(lookups.joined(account))})


# ------------------------------------------------------------------- accounts
def member_shape(above: Organization, member: MemberAccount) -> dict[str, Json]:
    """Returns an account as answers show it."""
    return {
        "Id": member.id,
        "Arn": above.arn("account", member.id),
        "Email": member.email,
        "Name": member.name,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "Paths": (f"{org_path(above, member.id)}{member.id}/",),
        "JoinedMethod": member.method,
        "JoinedTimestamp": format_timestamp(member.joined),
    }


@OPERATIONS.add("ListAccounts", "ListAccountsForParent")
def list_accounts(account: Account, act: Act) -> Change:
    """List all accounts, or those right below the unit that ParentId names."""
    organization = lookups.managed(account)
    members = dict(organization.members)
    if "ParentId" in act.call.parameters:
        parent = lookups.unit(organization, act.call.text("ParentId"))
        members = {
            id: member for id, member in members.items() if member.parent == parent.id
        }
    return account, next_page(
        act.call, "Accounts", members, lambda id: member_shape(organization, members[id])
    )


@OPERATIONS.add("DescribeAccount")
def describe(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    return account, Reply(
        {"Account": member_shape(above, lookups.member(above, act.call.text("AccountId")))}
    )


@OPERATIONS.add("MoveAccount")
def move(account: Account, act: Act) -> Change:
    call = act.call
    above = lookups.managed(account)
    old = lookups.member(above, call.text("AccountId"))
    source = lookups.unit(
        above, call.text("SourceParentId"), "SourceParentNotFoundException"
    )
    target = lookups.unit(
        above, call.text("DestinationParentId"), "DestinationParentNotFoundException"
    )
    if old.parent != source.id:
        raise lookups.refused("SourceParentNotFoundException")
    if source.id == target.id:
        raise lookups.refused("DuplicateAccountException")
    new = replace(old, parent=target.id)
    return account.with_organization(
        replace(above, members=above.members.put(new.id, new))
    ), DONE


def with_member(above: Organization, new: MemberAccount) -> Organization:
    """Returns the organization with an account more, under AWS's own policies."""
    return lookups.with_full(replace(above, members=above.members.put(new.id, new)), new.id)


def full(above: Organization) -> bool:
    """Tells whether there is no room for one account more; whoever was asked to join has theirs already."""
    asked = sum(
        1 for invitation in above.invitations.values() if invitation.state == "REQUESTED"
    )
    return len(above.members) + asked >= MOST


# ----------------------------------------------------------------- new accounts
@OPERATIONS.add("CreateAccount")
def create(account: Account, act: Act) -> Change:
    """AWS makes it in the background, and is done when it is next asked (our choice)."""
    call = act.call
    above = lookups.managed(account)
    name = call.text("AccountName")
    email = call.text("Email")
    tags = laid_over({}, call)
    if full(above):
        raise lookups.beyond("ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    account, end = ids.new_organizations_id(account, "creation", name, 32)
    asked = Creation(f"car-{end}", name, act.at)
    taken = {account.email, *(other.email for other in account.others.values())}
    if email in taken:
        asked = replace(asked, failure="EMAIL_ALREADY_EXISTS")
    else:
        account, asked, above = _opened(account, asked, act, tags)
    account = account.with_organization(
        replace(above, creations=above.creations.put(asked.id, asked))
    )
    begun = {
        "Id": asked.id,
        "AccountName": name,
        "State": "IN_PROGRESS",
        "RequestedTimestamp": format_timestamp(act.at),
    }
    return account, Reply({"CreateAccountStatus": begun})


def _opened(
    account: Account, asked: Creation, act: Act, tags: Tags
) -> tuple[Account, Creation, Organization]:
    """Returns the accounts with a new one among them, in the root, with a role by which the managing one administers
    it.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_create.html
    """
    above = lookups.managed(account)
    call = act.call
    account, bytes = ids.draw_next_bytes(account, "account", asked.name)
    id = f"{int.from_bytes(bytes) % 10**12:012}"
    made = ids.new_account(id, bytes, act.at, call.text("Email"), bytes.hex(), asked.name)
    made = _administered(
        replace(made, proof_key=account.proof_key),
        account,
        call.text("RoleName") or ACCESS_ROLE,
        act.at,
    )
    new = MemberAccount(id, asked.name, made.email, above.root.id, act.at, "CREATED", tags)
    account = replace(account, others=account.others.put(id, made))
    return account, replace(asked, account=id), with_member(above, new)


def _administered(made: Account, by: Account, name: str, at: datetime) -> Account:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": by.root_arn},
        "Action": "sts:AssumeRole",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made, id = ids.new_unique_id(made, "role", name.lower())
    return made.put(
        Role(
            id,
            name,
            "/",
            at,
            policy_documents.parse_trust_policy(made, text),
            attached=(ADMINISTRATOR,),
        )
    )


@OPERATIONS.add("DescribeCreateAccountStatus")
def describe_creation(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    if (found := above.creations.get(act.call.text("CreateAccountRequestId"))) is None:
        raise lookups.refused("CreateAccountStatusNotFoundException")
    asked = format_timestamp(found.asked)
    if found.account:
        became = {"AccountId": found.account}
    else:
        became = {"FailureReason": found.failure}
    state = "SUCCEEDED" if found.account else "FAILED"
    told = {
        "Id": found.id,
        "AccountName": found.name,
        "State": state,
        "RequestedTimestamp": asked,
    }
    return account, Reply(
        {"CreateAccountStatus": {**told, "CompletedTimestamp": asked, **became}}
    )


# --------------------------------------------------------------------- leaving
@OPERATIONS.add("LeaveOrganization")
def leave(account: Account, act: Act) -> Change:
    """The account that calls leaves, and nothing binds it any more."""
    above = lookups.joined(account)
    return _without(account, above, above.members[account.id], act.at)


@OPERATIONS.add("RemoveAccountFromOrganization")
def remove(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    return _without(
        account, above, lookups.member(above, act.call.text("AccountId")), act.at
    )


def _without(
    account: Account, above: Organization, gone: MemberAccount, at: datetime
) -> Change:
    if gone.id == above.management:
        raise lookups.refused("MasterCannotLeaveOrganizationException")
    if gone.method == "CREATED" and at - gone.joined < WAIT:
        raise lookups.beyond("WAIT_PERIOD_ACTIVE")
    attached = {place: held for place, held in above.attached.items() if place != gone.id}
    left = replace(above, members=above.members.drop(gone.id), attached=attached)
    return account.with_organization(left), DONE
