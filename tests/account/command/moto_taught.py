"""What the scripts of the scenarios ask of AWS and moto's server cannot answer: it is taught here, by AWS's pages alone.

An add-in of the tests, on the classes that moto 5 itself answers with. Two things, and no more:

* Invitations into an organization. moto has no handshakes; InviteAccountToOrganization and AcceptHandshake are written
  from https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html and
  API_AcceptHandshake.html there: an account is asked by the management account, and is a member in the root, with
  FullAWSAccess hung on it, once it has accepted for itself.
* Inline policies without Version, as AWS SAM writes them. AWS takes them ("If you do not include a Version element, the
  value defaults to 2008-10-17", https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html);
  moto refuses them, so its check of Version is off.

What it makes is read back by moto's own operations, which nothing here touches.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest


def teach(patch: pytest.MonkeyPatch) -> None:
    """Let moto, in this process and until the patch is undone, answer what it lacks."""
    from moto.iam.policy_validation import IAMPolicyDocumentValidator
    from moto.organizations.responses import OrganizationsResponse

    patch.setattr(IAMPolicyDocumentValidator, "_validate_version", lambda _: None)
    patch.setattr(
        OrganizationsResponse, "invite_account_to_organization", invite, raising=False
    )
    patch.setattr(OrganizationsResponse, "accept_handshake", accept, raising=False)


def backends() -> list[Any]:
    """The backends of all accounts that asked Organizations for anything."""
    from moto.organizations.models import organizations_backends

    return [
        backend
        for of_account in list(organizations_backends.values())
        for backend in of_account.values()
    ]


def invite(response: Any) -> str:
    """Answers InviteAccountToOrganization: a handshake that its addressee has to accept."""
    from moto.organizations.exceptions import OrganizationsClientError

    sender, target = response.organizations_backend, response.request_params["Target"]
    if sender.org is None:
        raise OrganizationsClientError(
            "AWSOrganizationsNotInUseException", "Your account is not in an organization."
        )
    if target["Type"] != "ACCOUNT" or any(
        target["Id"] == one.id for backend in backends() for one in backend.accounts
    ):
        raise OrganizationsClientError(
            "HandshakeConstraintViolationException", "That account cannot be invited."
        )
    id = f"h-{uuid.uuid4().hex[:10]}"
    arn = (
        f"arn:aws:organizations::{sender.account_id}:handshake/{sender.org.id}/invite/{id}"
    )
    made = {"Id": id, "Arn": arn, "Action": "INVITE", "State": "REQUESTED"}
    made["Parties"] = [
        {"Id": sender.org.id.removeprefix("o-"), "Type": "ORGANIZATION"},
        target,
    ]
    # Forgotten when moto's state is reset.
    sender.handshakes = {**getattr(sender, "handshakes", {}), id: made}
    return json.dumps({"Handshake": made})


def accept(response: Any) -> str:
    """Answers AcceptHandshake: the account that calls joins, if it is the one that was asked."""
    from moto.organizations.exceptions import OrganizationsClientError

    id, caller = response.request_params["HandshakeId"], response.current_account
    sender = next((one for one in backends() if id in getattr(one, "handshakes", {})), None)
    if sender is None:
        raise OrganizationsClientError(
            "HandshakeNotFoundException", "There is no such handshake."
        )
    made = sender.handshakes[id]
    if caller != made["Parties"][1]["Id"]:
        raise OrganizationsClientError("AccessDeniedException", "Someone else was invited.")
    if made["State"] != "REQUESTED":
        raise OrganizationsClientError(
            "HandshakeAlreadyInStateException", "It was accepted before."
        )
    made["State"] = "ACCEPTED"
    join(sender, caller)
    return json.dumps({"Handshake": made})


def join(sender: Any, id: str) -> None:
    """Make an account that exists a member of the sender's organization: in the root, with AWS's own policy on it."""
    from moto.organizations.models import FakeAccount, organizations_backends

    member: Any = FakeAccount(sender.org, AccountName=id, Email=f"{id}@example.com")
    member.id, member.joined_method = id, "INVITED"
    sender.accounts.append(member)
    sender.attach_policy(PolicyId="p-FullAWSAccess", TargetId=id)
    organizations_backends.master_accounts[id] = (sender.account_id, sender.partition)
