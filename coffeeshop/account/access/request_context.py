"""The context keys of every request: its time, its network, its signature, and the owner of the resource.

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

# Services with one address for the whole world, in one Region.
GLOBAL_SERVICES = {"iam", "sts", "organizations"}


def complete_foreign_request(
    account: Account,
    request: Request,
    owner: str,
    at: datetime,
    origin: Origin,
    signed: bool,
) -> Request:
    """Return a request from outside this account's calls, completed with the context keys of every request.

    `origin` is where it comes from. `owner` is the account of its resource, and its Region is the resource's.
    """
    service = request.action.partition(":")[0]
    keys = network_keys(account, Call(service, request.action, origin=origin))
    arn = Arn.read(request.resource)
    if arn and arn.region:
        keys = {**keys, "aws:RequestedRegion": (arn.region,)}
    return complete_request(account, request, {**time_keys(at), **keys}, owner, signed)


# Scripts make many calls in a second, and each request keeps these.
@lru_cache(maxsize=256)
def time_keys(at: datetime) -> Mapping[str, Values]:
    """Return the time of a call, in both of AWS's formats."""
    return {
        "aws:CurrentTime": (format_instant(at),),
        "aws:EpochTime": (str(int(at.timestamp())),),
    }


def usual_context(at: datetime) -> Context:
    """Return the keys that searches give to a request: its time, and that it comes from the shop over TLS."""
    return {
        "aws:CurrentTime": (format_instant(at),),
        "aws:SecureTransport": ("true",),
        "aws:SourceIp": (Origin().ip,),
    }


def sent_region(account: Account, resource: str) -> Context:
    """Return the key of the Region to which a request on a resource goes: the resource's own, else the shop's."""
    arn = Arn.read(resource)
    region = arn.region if arn else ""
    if arn and arn.service == "s3":
        bucket = account.buckets.get(arn.resource.partition("/")[0])
        region = bucket.region if bucket else ""
    return {"aws:RequestedRegion": (region or ids.REGION,)}


def resource_owner(account: Account, request: Request) -> str:
    """Return the id of the account that owns a request's resource.

    For things of an organization, it is the caller's account: only the caller's own policies count there.
    """
    if request.action.startswith("organizations:"):
        return account.id
    return account.account_id_owning(request.resource)


def complete_request(
    account: Account, request: Request, keys: Mapping[str, Values], owner: str, signed: bool
) -> Request:
    """Return a request of this account with the context keys of every request, and with the owner of its resource."""
    context = {
        **keys,
        **ownership_keys(account, owner),
        **_signature_keys(request, owner, signed),
        **request.context,
    }
    return Request(request.action, request.resource, context, owner)


def ownership_keys(account: Account, owner: str) -> Context:
    """Return the account that owns a resource, and its organization, as far as this account can know it."""
    organization = account.joined_organization
    context = {"aws:ResourceAccount": (owner,)}
    if organization is None or owner not in organization.members:
        return context
    return {
        **context,
        "aws:ResourceOrgID": (organization.id,),
        "aws:ResourceOrgPaths": (org_path(organization, owner),),
    }


def _signature_keys(request: Request, owner: str, signed: bool) -> Context:
    """Return the context keys that AWS's own tools cause, and those of S3 about signature, encryption and owner.

    https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    """
    context: Context = {"aws:ViaAWSService": ("false",)} if signed else {}
    if request.action.lower().startswith("s3:"):
        return {**context, **s3_keys(owner, signed)}
    return context


def s3_keys(owner: str, signed: bool) -> Context:
    """Return S3's context keys for a call of AWS's own tools about a bucket of that account."""
    context: Context = {"s3:ResourceAccount": (owner,), "s3:TlsVersion": ("1.3",)}
    return {**context, **SIGNATURE_KEYS} if signed else context


SIGNATURE_KEYS: Context = {
    "s3:authType": ("REST-HEADER",),
    "s3:signatureversion": ("AWS4-HMAC-SHA256",),
    "s3:signatureAge": ("1000",),  # milliseconds
}


def network_keys(account: Account, call: Call) -> Mapping[str, Values]:
    """Return the context keys of the network. Clients send a call on a bucket to the bucket's Region."""
    region = call.origin.region
    if call.service in GLOBAL_SERVICES:
        region = ids.REGION
    elif call.service == "s3":
        bucket = account.buckets.get(call.text("Bucket"))
        region = bucket.region if bucket else region
    return _origin_keys(call.origin, region)


@lru_cache(maxsize=256)  # each request keeps these too
def _origin_keys(origin: Origin, region: str) -> Mapping[str, Values]:
    """Return the context keys about where a request comes from and which Region it goes to."""
    return {
        "aws:SourceIp": (origin.ip,),
        "aws:UserAgent": (origin.agent,),
        "aws:SecureTransport": ("true" if origin.secure else "false",),
        "aws:RequestedRegion": (region,),
    }
