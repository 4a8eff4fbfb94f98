"""What every call brings beside its action and its resource: when, from where, how it was signed, whose the thing is.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import org_path
from coffeeshop.account.access.data_requests import Context
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Account, Call, Origin
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import Request, Values

GLOBAL = {
    "iam",
    "sts",
    "organizations",
}  # services with one address, which is in one Region


def complete_foreign_request(
    account: Account,
    request: Request,
    owner: str,
    at: datetime,
    origin: Origin,
    signed: bool,
) -> Request:
    """Returns a request that no call of this account makes with what every call brings, sent from there to the Region that
    its resource is in, and whose that is.
    """
    way = network_keys(
        account, Call(request.action.partition(":")[0], request.action, origin=origin)
    )
    if (there := Arn.read(request.resource)) and there.region:
        way = {**way, "aws:RequestedRegion": (there.region,)}
    return complete_request(account, request, {**time_keys(at), **way}, owner, signed)


@lru_cache(
    maxsize=256
)  # scripts call many times in a second, and what is asked is kept of each
def time_keys(at: datetime) -> Mapping[str, Values]:
    """Returns when a call is made, in both of AWS's clocks."""
    return {
        "aws:CurrentTime": (format_instant(at),),
        "aws:EpochTime": (str(int(at.timestamp())),),
    }


def resource_owner(account: Account, request: Request) -> str:
    """Returns whose a resource is. What is the organization's is asked of the caller's own policies alone."""
    if request.action.startswith("organizations:"):
        return account.id
    return account.account_id_owning(request.resource)


def complete_request(
    account: Account, request: Request, way: Mapping[str, Values], owner: str, signed: bool
) -> Request:
    """Returns the request with what every call brings, and whose its resource is."""
    context = {
        **way,
        **ownership_keys(account, owner),
        **_sent(request, owner, signed),
        **request.context,
    }
    return Request(request.action, request.resource, context, owner)


def ownership_keys(account: Account, owner: str) -> Context:
    """Returns whose a resource is, and in which organization that account is, as far as this one can know."""
    above = account.joined_organization
    context = {"aws:ResourceAccount": (owner,)}
    if above is None or owner not in above.members:
        return context
    return {
        **context,
        "aws:ResourceOrgID": (above.id,),
        "aws:ResourceOrgPaths": (org_path(above, owner),),
    }


def _sent(request: Request, owner: str, signed: bool) -> Context:
    """Returns what AWS's own tools send with any call, and what S3 sees of one: how it was signed and encrypted, and
    whose the bucket is. https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    """
    context: Context = {"aws:ViaAWSService": ("false",)} if signed else {}
    if request.action.lower().startswith("s3:"):
        return {**context, **s3_keys(owner, signed)}
    return context


def s3_keys(owner: str, signed: bool) -> Context:
    """Returns what S3 sees of a call that AWS's own tools send it, about a bucket of that account."""
    context: Context = {"s3:ResourceAccount": (owner,), "s3:TlsVersion": ("1.3",)}
    return {**context, **SIGNED} if signed else context


SIGNED: Context = {
    "s3:authType": ("REST-HEADER",),
    "s3:signatureversion": ("AWS4-HMAC-SHA256",),
    "s3:signatureAge": ("1000",),  # milliseconds
}


def network_keys(account: Account, call: Call) -> Mapping[str, Values]:
    """Returns what a call's way tells; clients send what is asked of a bucket to the Region that it is in."""
    if call.service == "s3":
        bucket = account.buckets.get(call.text("Bucket"))
    else:
        bucket = None
    return _way(
        call.origin,
        ids.REGION
        if call.service in GLOBAL
        else bucket.region
        if bucket
        else call.origin.region,
    )


@lru_cache(maxsize=256)  # as above
def _way(origin: Origin, region: str) -> Mapping[str, Values]:
    return {
        "aws:SourceIp": (origin.ip,),
        "aws:UserAgent": (origin.agent,),
        "aws:SecureTransport": ("true" if origin.secure else "false",),
        "aws:RequestedRegion": (region,),
    }
