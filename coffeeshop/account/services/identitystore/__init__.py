"""The identity store of IAM Identity Center: its users and groups.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services import Apply
from coffeeshop.account.services.identitystore import groups, users

OPERATIONS: Mapping[str, Apply] = {**users.OPERATIONS, **groups.OPERATIONS}
