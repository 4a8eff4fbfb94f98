"""KMS: keys with their policies, aliases, grants and tags, and simulated cryptography with symmetric keys.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services import Apply
from coffeeshop.account.services.kms import (
    aliases,
    cryptography,
    grants,
    key_policies,
    keys,
)

OPERATIONS: Mapping[str, Apply] = {
    **keys.OPERATIONS,
    **aliases.OPERATIONS,
    **key_policies.OPERATIONS,
    **grants.OPERATIONS,
    **cryptography.OPERATIONS,
}
