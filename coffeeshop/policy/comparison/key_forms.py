"""The forms of the values that AWS gives condition keys: the words of a list, or a pattern with examples.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from coffeeshop.policy.model import Values

# The pattern of a key's values, and examples.
KeyForm: TypeAlias = tuple[re.Pattern[str], Values]

# Keys whose values are words of a list.
# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html,
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html,
# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html, https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html
KEY_VALUES: Final[Mapping[str, str]] = {
    "s3:x-amz-acl": "private public-read public-read-write aws-exec-read authenticated-read bucket-owner-read "
    "bucket-owner-full-control log-delivery-write",
    "s3:x-amz-server-side-encryption": "AES256 aws:kms aws:kms:dsse",
    "s3:x-amz-storage-class": "STANDARD REDUCED_REDUNDANCY STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER "
    "GLACIER_IR DEEP_ARCHIVE OUTPOSTS SNOW EXPRESS_ONEZONE",
    "s3:x-amz-metadata-directive": "COPY REPLACE",
    "s3:object-lock-mode": "GOVERNANCE COMPLIANCE",
    "s3:object-lock-legal-hold": "ON OFF",
    "s3:authtype": "REST-HEADER REST-QUERY-STRING POST",
    "s3:signatureversion": "AWS4-HMAC-SHA256 AWS AWS4-ECDSA-P256-SHA256",
    "lambda:functionurlauthtype": "AWS_IAM NONE",
    "kms:keyspec": "SYMMETRIC_DEFAULT RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 "
    "ECC_SECG_P256K1 HMAC_224 HMAC_256 HMAC_384 HMAC_512 SM2",
    "kms:keyusage": "ENCRYPT_DECRYPT SIGN_VERIFY GENERATE_VERIFY_MAC KEY_AGREEMENT",
    "kms:keyorigin": "AWS_KMS EXTERNAL AWS_CLOUDHSM EXTERNAL_KEY_STORE",
    "organizations:policytype": "SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY TAG_POLICY BACKUP_POLICY",
}
POLICY_KEYS: Final = ("iam:permissionsboundary", "iam:policyarn")
A_POLICY: Final[KeyForm] = (
    re.compile(r"arn:aws[\w-]*:iam::(?:\d{12}|aws):policy/(?:[\w+=,.@/-]+)"),
    (
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
    ),
)
A_VIA_SERVICE: Final[KeyForm] = (
    re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?"),
    ("s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"),
)


def _word_form(text: str) -> KeyForm:
    """Return the form of a key whose values are these words, separated by spaces."""
    words = tuple(text.split())
    return re.compile("|".join(map(re.escape, words))), words


FORMS_OF_REQUESTS: Final[Mapping[str, KeyForm]] = {
    **{key: _word_form(words) for key, words in KEY_VALUES.items()},
    **dict.fromkeys(POLICY_KEYS, A_POLICY),
    "kms:viaservice": A_VIA_SERVICE,
}
