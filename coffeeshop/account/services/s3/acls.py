"""ACLs of buckets and objects, and Object Ownership, which turns ACLs off and on.

Here an ACL never grants anything to anyone but the owner: what would is refused by name, so that policies alone decide.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.api.operations import OPERATIONS as OPERATIONS_OF_AWS
from coffeeshop.account.api.s3_refusals import MALFORMED_XML, malformed_xml
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import BUCKET_OWNER, Bucket
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.s3.lookups import (
    named_bucket,
    named_object,
    with_bucket,
)
from coffeeshop.account.services.s3.versions import version_members
from coffeeshop.account.values import Json, JsonObject
from coffeeshop.policy.model import Standing

GRANT_PARAMETERS = (
    "GrantFullControl",
    "GrantRead",
    "GrantReadACP",
    "GrantWrite",
    "GrantWriteACP",
)
# AWS's own examples write the kind in large letters, in small ones, and without quotes.
GRANTEE_PATTERN = re.compile('(uri|id|emailAddress)="?([^"]*)"?', re.IGNORECASE)
CANONICAL_ID = re.compile("[0-9a-f]{64}")
PUBLIC_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}
GRANTEE_GROUPS = {*PUBLIC_GROUPS, "http://acs.amazonaws.com/groups/s3/LogDelivery"}
OWNERS_ONLY = {"private", "bucket-owner-full-control", "bucket-owner-read"}
PUBLIC_ACLS = {"public-read", "public-read-write", "authenticated-read"}
PUBLIC_ACL_PREVENTED = (
    "public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
)

OPERATIONS = Operations()


@OPERATIONS.add("GetBucketOwnershipControls")
def get_bucket_ownership_controls(account: Account, act: Act) -> Change:
    bucket = named_bucket(account, act.call)
    if not bucket.ownership:
        text = "The bucket ownership controls were not found"
        raise ServiceError("OwnershipControlsNotFoundError", text, 404)
    rules = ({"ObjectOwnership": bucket.ownership},)
    return account, Reply({"OwnershipControls": {"Rules": rules}})


@OPERATIONS.add("PutBucketOwnershipControls")
def put_bucket_ownership_controls(account: Account, act: Act) -> Change:
    """Say who owns the objects of a bucket. Only BucketOwnerEnforced turns ACLs off.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
    """
    bucket = named_bucket(account, act.call)
    rules = act.call.map("OwnershipControls").get("Rules", ())
    if not isinstance(rules, tuple) or len(rules) != 1:
        raise malformed_xml()
    rule = rules[0]
    ownership = str(rule["ObjectOwnership"]) if isinstance(rule, Mapping) else ""
    return with_bucket(account, replace(bucket, ownership=ownership)), EMPTY_REPLY


@OPERATIONS.add("DeleteBucketOwnershipControls")
def delete_bucket_ownership_controls(account: Account, act: Act) -> Change:
    """Delete a bucket's Object Ownership, which turns ACLs on. It is no error if it has none."""
    bucket = replace(named_bucket(account, act.call), ownership="")
    return with_bucket(account, bucket), EMPTY_REPLY


@OPERATIONS.add("GetBucketAcl")
def get_bucket_acl(account: Account, act: Act) -> Change:
    """Return the ACL of a bucket: its owner has full control."""
    named_bucket(account, act.call)
    return account, Reply(_owner_acl(account))


@OPERATIONS.add_with_standing("GetObjectAcl")
def get_object_acl(account: Account, act: Act, standing: Standing) -> Change:
    """Return the ACL of an object: the bucket's owner has full control."""
    named_object(account, act, standing)
    return account, Reply(_owner_acl(account))


@OPERATIONS.add_with_standing("PutBucketAcl")
def put_bucket_acl(account: Account, act: Act, standing: Standing) -> Change:
    """Write a bucket's ACL, if its ACLs are on.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
    """
    bucket = named_bucket(account, act.call)
    arn = ids.arn(account, "bucket", bucket.name)
    _check_acl(account, bucket, act.call, (standing.principal.arn, arn))
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("PutObjectAcl")
def put_object_acl(account: Account, act: Act, standing: Standing) -> Change:
    """Write an object's ACL, if the ACLs of its bucket are on.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
    """
    bucket, stored = named_object(account, act, standing)
    arn = ids.arn(account, "bucket", f"{bucket.name}/{act.call.text('Key')}")
    _check_acl(account, bucket, act.call, (standing.principal.arn, arn))
    return account, Reply(version_members(bucket, stored))


def _check_acl(
    account: Account, bucket: Bucket, call: Call, caller_and_target: tuple[str, str]
) -> None:
    """Raise unless a call writes the ACL that a bucket or an object has anyway.

    A public ACL is AccessDenied while BlockPublicAcls is on, whether ACLs are on or off
    (recorded). What would grant something to others is NotSimulated.
    """
    canned = call.text("ACL")
    policy = call.map("AccessControlPolicy")
    headers = [name for name in GRANT_PARAMETERS if call.text(name)]
    _refuse_unclear_acl(call, canned, policy, headers)
    is_public = canned in PUBLIC_ACLS or _grants_public(policy, map(call.text, headers))
    if is_public and bucket.public_access.get("BlockPublicAcls"):
        caller, target = caller_and_target
        user = f"User: {caller} is not authorized to perform: s3:{call.operation}"
        raise errors.access_denied(
            f'{user} on resource: "{target}" because {PUBLIC_ACL_PREVENTED}'
        )
    if bucket.ownership == BUCKET_OWNER:
        raise ServiceError(
            "AccessControlListNotSupported", "The bucket does not allow ACLs"
        )
    is_owners = canned in OWNERS_ONLY or (policy and _grants_owner_only(account, policy))
    if headers or not is_owners:
        text = f"An ACL that grants access to others is not simulated: {call.operation}."
        raise ServiceError("NotSimulated", text, 501)


def _refuse_unclear_acl(
    call: Call, canned: str, policy: Mapping[str, Json], headers: list[str]
) -> None:
    """Raise unless a call has one form of ACL, and a well-formed one (recorded)."""
    if canned and headers:
        text = "Specifying both Canned ACLs and Header Grants is not allowed"
        raise ServiceError("InvalidRequest", text)
    if policy and (canned or headers):
        text = "This request does not support content"
        raise ServiceError("UnexpectedContent", text)
    if "AccessControlPolicy" in call.parameters and not _is_well_formed(policy):
        raise ServiceError("MalformedACLError", MALFORMED_XML)
    for name in headers:
        _check_header(call, name)
    for grantee in _named_people(policy):
        _check_person(grantee)
    if not (canned or policy or headers):
        members = (("MissingHeaderName", "x-amz-acl"),)
        text = "Your request was missing a required header"
        raise ServiceError("MissingSecurityHeader", text, members=members)


def _check_header(call: Call, name: str) -> None:
    """Raise InvalidArgument unless a header is a list of grantees, such as `id="…"`."""
    for part in call.text(name).split(","):
        found = GRANTEE_PATTERN.fullmatch(part.strip())
        if found is None:
            member = OPERATIONS_OF_AWS[call.service, call.operation].input.member(name)
            header = member.wire if member else name
            raise _unfit_argument("Argument format not recognized", header, call.text(name))
        kind = found[1].lower()
        value = found[2]
        if kind == "uri" and value not in GRANTEE_GROUPS:
            raise _unfit_argument("Invalid group uri", "uri", value)
        if kind == "id" and not CANONICAL_ID.fullmatch(value):
            raise _unfit_argument("Invalid id", "id", value)


def _named_people(policy: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """Yield the owner and the grantees of an ACL."""
    owner = policy.get("Owner")
    grants = policy.get("Grants", ())
    if isinstance(owner, Mapping):
        yield owner
    for grant in grants if isinstance(grants, tuple) else ():
        grantee = grant.get("Grantee") if isinstance(grant, Mapping) else None
        if isinstance(grantee, Mapping):
            yield grantee


def _grants_public(policy: Mapping[str, Json], headers: Iterable[str]) -> bool:
    """Tell whether an ACL or the headers of one grant something to a group of all people."""
    groups = {str(person.get("URI")) for person in _named_people(policy)}
    named_in_headers = any(group in text for text in headers for group in PUBLIC_GROUPS)
    return named_in_headers or not groups.isdisjoint(PUBLIC_GROUPS)


def _check_person(person: Mapping[str, Json]) -> None:
    """Raise InvalidArgument for an id that no account has, or a group that S3 doesn't know."""
    id = person.get("ID")
    uri = person.get("URI")
    if id is not None and not CANONICAL_ID.fullmatch(str(id)):
        raise _unfit_argument("Invalid id", "CanonicalUser/ID", str(id))
    if uri is not None and uri not in GRANTEE_GROUPS:
        raise _unfit_argument("Invalid group uri", "Group/URI", str(uri))


def _unfit_argument(text: str, name: str, value: str) -> ServiceError:
    members = (("ArgumentName", name), ("ArgumentValue", value))
    return ServiceError("InvalidArgument", text, members=members)


def _is_well_formed(policy: Mapping[str, Json]) -> bool:
    """Tell whether an ACL names its owner and has a grantee in each grant."""
    owner = policy.get("Owner")
    grants = policy.get("Grants")
    return isinstance(owner, Mapping) and "ID" in owner and isinstance(grants, tuple)


def _grants_owner_only(account: Account, policy: Mapping[str, Json]) -> bool:
    """Tell whether an ACL grants full control to the owner and nothing else."""
    return policy.get("Grants") == _owner_acl(account)["Grants"]


def _owner_acl(account: Account) -> JsonObject:
    """Return the ACL that everything has here: full control of the bucket's owner."""
    owner = {"ID": ids.canonical_user_id(account)}
    grant: Json = {
        "Grantee": {**owner, "Type": "CanonicalUser"},
        "Permission": "FULL_CONTROL",
    }
    return {"Owner": owner, "Grants": (grant,)}
