"""IAM Identity Center: permission sets, and who has them in which account.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services import Apply
from coffeeshop.account.services.sso_admin import assignments, instances, permission_sets

OPERATIONS: Mapping[str, Apply] = {
    **instances.OPERATIONS,
    **permission_sets.OPERATIONS,
    **assignments.OPERATIONS,
}
