"""AWS Organizations: units, accounts, and the policies attached to them."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services import Apply
from coffeeshop.account.services.organizations import (
    accounts,
    invitations,
    policies,
    tags,
    units,
)

OPERATIONS: Mapping[str, Apply] = {
    **accounts.OPERATIONS,
    **invitations.OPERATIONS,
    **units.OPERATIONS,
    **policies.OPERATIONS,
    **tags.OPERATIONS,
}
