"""What ends a theft that goes on: calls that work on an account as it stands, and where the rights come from that were stolen.

A session lives on until it expires, unless a policy denies those that were issued before.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.access.callers import owner
from coffeeshop.account.access.identity_policies import attached
from coffeeshop.account.access.standing import standing
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Account, Call, ServiceError
from coffeeshop.policy.model import Values
from coffeeshop.shop.incident import Taken, Theft
from coffeeshop.shop.measures import revoking_call
from coffeeshop.shop.serve import outsider


class Sources(Struct, frozen=True):
    """From where the rights come of whoever holds what was stolen: the user or role, the policies of its own by name, and
    its groups, each of which allows something; of a partner, the roles that trust them.
    """

    identity: User | Role | None = None
    policies: Values = ()
    groups: Values = ()
    roles: Values = ()


def sources_of(account: Account, theft: Theft, taken: Taken) -> Sources:
    """Return from where the rights of a stolen credential come, in an account as it stands."""
    if theft.incident.takes == "partner":
        who = standing(account, outsider(theft.who), theft.at)
        trusting = () if isinstance(who, ServiceError) else roles_trusting(account, who.principal)
        return Sources(roles=tuple(role.name for role in trusting))
    identity = _identity(account, taken)
    if identity is None:
        return Sources()
    joined = map(account.of_id, identity.groups if isinstance(identity, User) else ())
    groups = (group.name for group in joined if isinstance(group, Group) and _giving(account, group))
    return Sources(identity, _giving(account, identity), tuple(groups))


def _giving(account: Account, holder: User | Group | Role) -> Values:
    """The policies of its own that allow something, by name: one that only denies gives no rights."""
    inline = (document.policy for document in holder.inline.values())
    policies = (*inline, *attached(account, holder.attached))
    return tuple(each.name for each in policies if any(row.effect == "Allow" for row in each.statements))


def _identity(account: Account, taken: Taken) -> User | Role | None:
    held = owner(taken.account, taken.caller) if taken.caller else None
    found = account.of_id(held.id) if held else None
    return found if isinstance(found, User | Role) else None


def stopping_calls(account: Account, theft: Theft, taken: Taken, at: datetime) -> Iterator[Call]:
    """Yield the calls that end what was stolen, in an account as it stands; none where only its policies can be changed."""
    identity, takes = _identity(account, taken), "session" if theft.lent else theft.incident.takes
    if takes == "key":
        key = account.credentials.get(taken.key)
        if isinstance(key, AccessKey) and key.status == "Active" and isinstance(identity, User):
            named = {"UserName": identity.name, "AccessKeyId": key.id}
            yield Call("iam", "UpdateAccessKey", {**named, "Status": "Inactive"})
    elif takes == "password" and isinstance(identity, User) and identity.login:
        yield Call("iam", "DeleteLoginProfile", {"UserName": identity.name})
    if takes in ("password", "session", "machine") and identity is not None:
        yield revoking_call(identity, at)
