"""S3: buckets, their objects, policies and settings, as much as the shop's staff and the tools of its teachers ask for.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services import Apply
from coffeeshop.account.services.s3 import (
    bucket_policies,
    bucket_settings,
    buckets,
    encryption,
    objects,
)

OPERATIONS: Mapping[str, Apply] = {
    **buckets.OPERATIONS,
    **objects.OPERATIONS,
    **bucket_policies.OPERATIONS,
    **bucket_settings.OPERATIONS,
    **encryption.OPERATIONS,
}
