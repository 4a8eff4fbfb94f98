"""The requests of S3's multipart uploads.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from coffeeshop.account.access.data_requests import (
    RequestsOf,
    copy_source,
    requests_on_bucket,
    requests_on_object,
)
from coffeeshop.account.access.s3_encryption import (
    bucket_home,
    decryption_requests,
    kms_request,
    write_requests,
)
from coffeeshop.account.model import Account, Call
from coffeeshop.policy.model import Request


def _upload_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield s3:PutObject, and kms:Decrypt if the upload is encrypted with KMS."""
    yield from requests_on_object("PutObject", existing=False)(account, call)
    name = call.text("Bucket")
    home = bucket_home(account, name)
    bucket = home.buckets.get(name)
    upload = bucket.uploads.get(call.text("UploadId")) if bucket else None
    if upload:
        yield from kms_request(home, name, upload.key, upload.encryption, "Decrypt")


def _create_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of PutObject, with its tags and its encryption."""
    yield from write_requests(account, replace(call, operation="PutObject"))


def _copy_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests to read the source, and those of UploadPart."""
    source = replace(call, parameters=copy_source(call))
    yield from requests_on_object("GetObject")(account, source)
    yield from decryption_requests(account, source)
    yield from _upload_requests(account, call)


MULTIPART_ROWS: Mapping[str, RequestsOf] = {
    "CreateMultipartUpload": _create_requests,
    "UploadPart": _upload_requests,
    "UploadPartCopy": _copy_requests,
    "CompleteMultipartUpload": _upload_requests,
    "AbortMultipartUpload": requests_on_object(existing=False),
    "ListParts": requests_on_object("ListMultipartUploadParts", existing=False),
    "ListMultipartUploads": requests_on_bucket("ListBucketMultipartUploads"),
}
