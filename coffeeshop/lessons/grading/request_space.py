"""The requests that a question of the grade is about: which context keys are known, and why.

A job in the brief is one call, and a policy must work for many. So a comparison leaves context keys
free: absent, or with any value. A row of ALL_PINS says why the keys of some kind are known instead:
they have the value that the tried call shows, or are absent if it has none. So a rule about any
other key that a request can carry is judged for every value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.language.conditions import read_instant
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import PRESENT, Fixed, Request, Standing, Values

CONDITION_KEYS_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
S3_KEYS = (
    "https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Pin(Struct, frozen=True):
    """Keys whose values are known, as patterns, with the reason and AWS's page about them."""

    keys: Values
    reason: str
    page: str = CONDITION_KEYS_PAGE


# Where a person of the shop works. We don't know where others do, such as people of other accounts.
ADDRESS = "aws:SourceIp"
PLACE_PINS = (
    Pin((ADDRESS,), "People work at the shop, which has one address"),
    Pin(
        ("aws:SourceVpc*", "aws:VpcSourceIp", "aws:Vpce*"),
        "The place of work is on the internet, and has no VPC endpoint",
    ),
)
REGION_PIN = Pin(
    ("aws:RequestedRegion",),
    "AWS's tools send a request to the Region of the resource, or of the place of work",
)
# How a request is sent. Whoever means harm can send it otherwise, so refusals leave it free.
SENDING_PINS = (
    *PLACE_PINS,
    Pin(("aws:SecureTransport",), "AWS's tools send every request over TLS"),
    Pin(
        ("s3:authType", "s3:signatureversion", "s3:signatureAge", "s3:TlsVersion"),
        "AWS's tools sign each request in its header as they send it",
        S3_KEYS,
    ),
    Pin(
        ("aws:ViaAWSService", "aws:CalledVia*", "kms:ViaService"),
        "The person calls, and no service for them",
    ),
)
MACHINE_PIN = Pin(
    (
        "aws:SourceArn", "aws:SourceAccount", "aws:SourceOrg*", "aws:ViaAWSMCPService", "aws:Chatbot*", "aws:Ec2*", "ec2:RoleDelivery",
        "*:SourceInstanceARN", "aws:PrincipalServiceName*", "aws:AssumedRoot",
    ),
    "Only an AWS service, or a credential that a machine or a service has, brings them",
)  # fmt: skip
UNUSED_PIN = Pin(
    ("s3:AccessPoint*", "s3:DataAccessPoint*", "s3:AccessGrants*"),
    "The shop has no access points and no access grants",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html",
)
ORGANIZATION_PIN = Pin(
    ("aws:ResourceOrg*",), "They name the organization of the resource, if it is in one"
)
TAGGING_PIN = Pin(
    ("aws:RequestTag/*", "aws:TagKeys", "s3:RequestObjectTag*", "sts:SourceIdentity", "sts:TransitiveTagKeys"),
    "A request that sets them asks for another permission, such as sts:TagSession",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html",
)  # fmt: skip
ABSENT_PINS = (*SENDING_PINS, MACHINE_PIN, UNUSED_PIN, ORGANIZATION_PIN, TAGGING_PIN)
ALL_PINS = (
    *SENDING_PINS,
    REGION_PIN,
    MACHINE_PIN,
    UNUSED_PIN,
    ORGANIZATION_PIN,
    TAGGING_PIN,
    Pin(
        (
            "aws:Principal*", "aws:userid", "aws:username", "aws:SourceIdentity", "aws:FederatedProvider",
            "aws:MultiFactorAuth*", "aws:TokenIssueTime", "lambda:SourceFunctionArn",
            "kms:CallerAccount",
        ),
        "They say who the principal is, and what kind of session they are in",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable",
    ),
    Pin(
        (
            "aws:Resource*", "*:ResourceTag/*", "s3:ResourceAccount", "s3:ExistingObjectTag/*", "s3:BucketTag/*",
            "iam:PermissionsBoundary", "iam:FIDO*",
            "iam:RegisterSecurityKey", "kms:Key*", "kms:MultiRegion*", "kms:ResourceAliases",
        ),
        "They say what the resource is",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html",
    ),
)  # fmt: skip
# -------------------------------------------------------------------- keys of principals
# A class of principals (`principal_classes.py`) says which of these its members lack, have
# with a value of their own, or can choose.
# Only a service that acts for a resource says which: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
OF_SERVICES = (
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
)
BY_SERVICES = ("aws:PrincipalServiceName", "aws:PrincipalServiceNamesList")
NOT_OF_SERVICES = ("sts:ExternalId",)  # services assume roles without it
OF_PRINCIPALS = (
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "kms:CallerAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:userid",
    "aws:username",
    "aws:SourceIdentity",
    "aws:TokenIssueTime",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:FederatedProvider",
    "lambda:SourceFunctionArn",
)
# Of anybody who is signed in.
OF_ANYBODY = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid")
OF_SIGNATURES = (
    "aws:ViaAWSService",
    "s3:authType",
    "s3:signatureversion",
    "s3:signatureAge",
)
PRINCIPAL_TAG_PREFIX = "aws:principaltag/"


# -------------------------------------------------------------------- keys of a line
# Of such a key, the value that a line has is one of many.
EXAMPLE_KEYS = ("dynamodb:LeadingKeys",)
# Whoever opens a session names it as they like.
CHOSEN_KEYS = ("sts:RoleSessionName",)
# Every request has these, and each value comes from some version of AWS's tools.
TOOL_VALUES: Mapping[str, Values] = {"aws:UserAgent": ("aws-*", "Boto3*")}
NOW_KEYS = ("aws:CurrentTime", "aws:EpochTime")
# AWS includes these in every request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
KEYS_OF_EVERY_REQUEST = (*NOW_KEYS, "aws:RequestedRegion", "aws:SecureTransport")
ISSUED_KEY = "aws:TokenIssueTime"
MFA_AGE_KEY = "aws:MultiFactorAuthAge"
USER_ID = "aws:userid"
# One clock: the time of a request, the start of its session and the age of its MFA code.
CLOCK_KEYS = (*NOW_KEYS, ISSUED_KEY, MFA_AGE_KEY)


@lru_cache(maxsize=4096)
def find_pin(key: str) -> Pin | None:
    """Return the row of ALL_PINS that says why a context key's value is known.

    None: the key is free to have any value.
    """
    lowered = key.lower()
    return next(
        (
            pin
            for pin in ALL_PINS
            if any(glob(pattern.lower())(lowered) for pattern in pin.keys)
        ),
        None,
    )


def is_free(key: str, services: Collection[str]) -> bool:
    """Tell whether a request to these services can have any value of a context key, or none.

    Keys of other services are claims that only some sessions carry, so their values are known.
    """
    return key.partition(":")[0].lower() in ("aws", *services) and find_pin(key) is None


def is_way_of_sending(key: str) -> bool:
    """Tell whether a context key says from where or how a request is sent, such as the address or
    the program.

    A thief can choose that, so refusals must hold for all its values.
    """
    return find_pin(key) in SENDING_PINS or key.lower() in map(
        str.lower, (*TOOL_VALUES, *CHOSEN_KEYS)
    )


def is_resource_tag_key(key: str) -> bool:
    """Tell whether a key (in lower case) is a tag of the requested resource."""
    return "resourcetag/" in key or key.startswith("s3:existingobjecttag/")


def keys_read(standing: Standing) -> Iterator[str]:
    """Yield in lower case every context key that the policies read, in conditions or as
    variables.
    """
    for layer in standing.layers:
        for policy in layer.policies:
            yield from compiled_policy(policy).lowered_keys


def without_pins(standing: Standing, pins: Collection[Pin]) -> Standing:
    """Return the standing with the context keys of these rows left open.

    A key that has a value may then have any. A key that is known to be absent may then be absent or have any
    value.
    """
    fixed: dict[str, Fixed] = {}
    for key, value in standing.fixed.items():
        if find_pin(key) not in pins:
            fixed[key] = value
        elif value is not None:
            fixed[key] = PRESENT
    return dataclasses.replace(standing, fixed=fixed)


def absent_keys(standing: Standing) -> dict[str, Fixed]:
    """Return as absent the keys (lower case) that policies read and that a person's request with
    AWS's tools doesn't have.

    They are about machines, unusual ways of sending, what the shop doesn't use, and tags to set.
    """
    return dict.fromkeys(filter(_is_absent, keys_read(standing)))


def _is_absent(key: str) -> bool:
    """Tell whether no ordinary request has a context key (in lower case)."""
    return find_pin(key) in ABSENT_PINS or _is_claim(key)


def _is_claim(key: str) -> bool:
    """Tell whether only a request for a session, or a session of an identity provider, has a key."""
    service = key.partition(":")[0]
    return service not in ("aws", *catalog.service_prefixes()) or service == "sts"


class OpenKeys(Struct, frozen=True):
    """The context keys, in lower case, whose values a question leaves open.

    Those that are `free` can have any value or be absent. Those of `any_value` can have any value,
    if the tried call has one.
    """

    free: frozenset[str] = frozenset()
    any_value: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Return the keys of both kinds."""
        return self.free | self.any_value


def open_keys(
    read: Collection[str], actions: Iterable[str], sent: Collection[str], examples: Values
) -> OpenKeys:
    """Return the context keys, among those that policies read (`read`), that a job leaves
    open.

    They are the keys that its requests don't carry (`sent` are those that they do) and that
    nothing pins. To these come the `examples`: keys whose value in the call is, as the
    author says, one of many.
    """
    services = {action.partition(":")[0].lower() for action in actions}
    many = {key.lower() for key in (*EXAMPLE_KEYS, *TOOL_VALUES, *examples)}
    return OpenKeys(
        frozenset(key for key in read if key not in sent and is_free(key, services)),
        frozenset(key for key in read if key in many and key in sent),
    )


def settle_context(
    allowed: Standing, context: Mapping[str, Values], opened: OpenKeys
) -> dict[str, Fixed]:
    """Return the context of a call for a comparison: its values as they are, except for the
    open keys.

    A key that policies read and the call lacks is absent (None). A free key is left out,
    and PRESENT stands for any value.
    """
    values: dict[str, Fixed] = {key.lower(): value for key, value in allowed.fixed.items()}
    values |= {key.lower(): value for key, value in context.items()}
    settled: dict[str, Fixed] = {**dict.fromkeys(keys_read(allowed)), **values}
    settled |= {key: PRESENT for key in opened.any_value if settled.get(key) is not None}
    return {key: value for key, value in settled.items() if key not in opened.free}


def request_time(request: Request) -> datetime | None:
    """Return when a request is made: the latest of its clock keys; None if it has none that
    a calendar holds.
    """
    context = {key.lower(): values[0] for key, values in request.context.items() if values}
    timestamps = [
        read_instant(context[key.lower()])
        for key in (*NOW_KEYS, ISSUED_KEY)
        if key.lower() in context
    ]
    try:
        return max(
            (
                EPOCH + timedelta(seconds=int(timestamp))
                for timestamp in timestamps
                if timestamp is not None
            ),
            default=None,
        )
    except OverflowError:
        return None
