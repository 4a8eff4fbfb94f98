"""The settings of a bucket that are read here and cannot be changed: as S3 has them for a bucket that was just made.

Tools that describe a bucket ask for all of them. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.model import Account, Act, Reply, ServiceError
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.s3.lookups import named_bucket
from coffeeshop.account.values import Json

# The answer, or the code and text where there is no such setting.
Setting = Mapping[str, Json] | tuple[str, str]
BUCKET_SETTINGS: Mapping[str, Setting] = {
    "GetBucketAccelerateConfiguration": {},
    "GetBucketCors": ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    "GetBucketLifecycleConfiguration": (
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
    ),
    "GetBucketLogging": {},
    "GetBucketNotificationConfiguration": {},
    "GetBucketReplication": (
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    ),
    "GetBucketRequestPayment": {"Payer": "BucketOwner"},
    "GetBucketWebsite": (
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
    ),
    "GetObjectLockConfiguration": (
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ),
    "ListBucketAnalyticsConfigurations": {"IsTruncated": False},
    "ListBucketIntelligentTieringConfigurations": {"IsTruncated": False},
    "ListBucketInventoryConfigurations": {"IsTruncated": False},
    "ListBucketMetricsConfigurations": {"IsTruncated": False},
}


OPERATIONS = Operations()


@OPERATIONS.add(*BUCKET_SETTINGS)
def get_default_setting(account: Account, act: Act) -> Change:
    """Answer a call about a bucket setting that isn't simulated, with S3's default or "not found"."""
    named_bucket(account, act.call)
    setting = BUCKET_SETTINGS[act.call.operation]
    if isinstance(setting, tuple):
        raise ServiceError(*setting, 404)
    return account, Reply(setting)
