"""Word the refusals of a request before it reaches the account, as each service does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from coffeeshop.account import errors
from coffeeshop.account.model import ServiceError

Fault: TypeAlias = Literal[
    "malformed",
    "unsigned",
    "wrong",
    "expired",
    "url-expired",
    "unreadable",
    "too-large",
    "slow",
    "busy",
]
SIGNATURE_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
AUTH_FAILURE = ("AuthFailure", 401)
REST_JSON_SERVICES = ("lambda", "access-analyzer")
# Fault -> service ("" for all others) -> code, HTTP status.
FAULT_CODES: Mapping[Fault, Mapping[str, tuple[str, int]]] = {
    "malformed": {
        "": ("IncompleteSignature", 400),
        "s3": ("AuthorizationHeaderMalformed", 400),
        **dict.fromkeys(
            ("dynamodb", *errors.JSON_SERVICES),
            ("IncompleteSignatureException", 400),
        ),
        **dict.fromkeys(REST_JSON_SERVICES, ("IncompleteSignatureException", 403)),
        "ec2": AUTH_FAILURE,
    },
    "unsigned": {
        "": ("SignatureDoesNotMatch", 403),
        "s3": ("AccessDenied", 403),
        "ec2": AUTH_FAILURE,
    },
    "wrong": {
        "": ("SignatureDoesNotMatch", 403),
        **dict.fromkeys(
            ("dynamodb", *errors.JSON_SERVICES),
            ("InvalidSignatureException", 400),
        ),
        **dict.fromkeys(REST_JSON_SERVICES, ("InvalidSignatureException", 403)),
        "ec2": AUTH_FAILURE,
    },
    "expired": {  # the time at which a request was signed is over
        "": ("SignatureDoesNotMatch", 403),
        "s3": ("RequestTimeTooSkewed", 403),
        **dict.fromkeys(
            ("dynamodb", *errors.JSON_SERVICES),
            ("InvalidSignatureException", 400),
        ),
        **dict.fromkeys(REST_JSON_SERVICES, ("InvalidSignatureException", 403)),
        "ec2": ("RequestExpired", 400),
    },
    "url-expired": {"": ("AccessDenied", 403)},  # a presigned URL isn't valid any more
    "unreadable": {
        "": ("MalformedInput", 400),
        "s3": ("MalformedXML", 400),
        **dict.fromkeys(
            ("dynamodb", "sqs", *errors.JSON_SERVICES),
            ("SerializationException", 400),
        ),
        "lambda": ("InvalidRequestContentException", 400),
        "access-analyzer": ("SerializationException", 400),
        "ec2": ("InvalidParameterValue", 400),
    },
    "too-large": {"": ("RequestEntityTooLarge", 413), "s3": ("EntityTooLarge", 413)},
    "slow": {"": ("RequestTimeout", 408), "s3": ("RequestTimeout", 400)},
    "busy": {"": ("ServiceUnavailable", 503)},
}
# Faults of the server itself, after which clients try again.
SERVER_FAULTS = {"InternalFailure", "ServiceUnavailable"}


def refusal(fault: Fault, service: str, text: str) -> ServiceError:
    """Return a refusal with the service's code for this fault."""
    codes = FAULT_CODES[fault]
    code, status = codes.get(service, codes[""])
    return ServiceError(code, text, status)


def unknown_key(service: str) -> ServiceError:
    """Return the refusal of a key, or of a session token, that the account doesn't have."""
    return errors.reword_for_service(
        service, errors.service_error("InvalidClientTokenId", errors.INVALID_TOKEN)
    )


class UnreadableError(Exception):
    """The request isn't in the form of its protocol. The message names the place and the mistake."""
