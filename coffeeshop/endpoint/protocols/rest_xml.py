"""REST with XML bodies, of S3.

https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.api.operations import Operation, Shape
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols import rest
from coffeeshop.endpoint.protocols.codec import Body, Codec
from coffeeshop.endpoint.protocols.xml import document, element, escaped, parsed
from coffeeshop.endpoint.protocols.xml_values import read_structure, structure

NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
INSTANT = "iso8601.000"
ROOTS: Mapping[
    str, str
] = {  # what S3 calls an answer, where it is not the operation's name with Result
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "DeleteObjects": "DeleteResult",
    "GetObjectTagging": "Tagging",
    "GetBucketTagging": "Tagging",
    "GetBucketAcl": "AccessControlPolicy",
    "GetObjectAcl": "AccessControlPolicy",
    "GetBucketVersioning": "VersioningConfiguration",
}
# The one member that is the root itself.
BARE: Mapping[str, str] = {"GetBucketLocation": "LocationConstraint"}
SUMS = (
    "CRC32",
    "CRC32C",
    "CRC64NVME",
    "SHA1",
    "SHA256",
    "SHA512",
    "MD5",
    "Algorithm",
    "Mode",
    "Type",
)
HEARD = frozenset(  # they matter on the wire alone; what copies is told of annotations by every aws CLI, and no object here has any
    {
        "AnnotationDirective",
        "ContentLength",
        "ContentMD5",
        *(f"Checksum{sum}" for sum in SUMS),
    }
)
OF_OBJECTS = frozenset(  # what of an object is asked for, and how it is answered: heeded by `selection`
    {
        *("Range", "IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince"),
        *(
            "ResponseCacheControl",
            "ResponseContentDisposition",
            "ResponseContentEncoding",
            "ResponseContentLanguage",
        ),
        *("ResponseContentType", "ResponseExpires"),
    }
)
HEARD_BY: Mapping[str, frozenset[str]] = dict.fromkeys(
    ("GetObject", "HeadObject"), HEARD | OF_OBJECTS
)


# --------------------------------------------------------------------- reading
def _read(row: Operation, request: Request) -> dict[str, Json]:
    unheeded = rest.unheeded(row.input, request, HEARD_BY.get(row.name, HEARD))
    found = rest.located(row, request) | dict.fromkeys(unheeded, "")
    shape = row.input
    payload = row.input.member(row.input.payload)
    if payload is None:
        return found | (
            read_structure(_bodily(shape), parsed(request.body))
            if _has_body(shape, request)
            else {}
        )
    if payload.shape.type == "structure":
        return found | (
            {payload.name: read_structure(payload.shape, parsed(request.body))}
            if request.body
            else {}
        )
    if request.body:
        found[payload.name] = (
            request.body if payload.shape.type == "blob" else request.body.decode()
        )
    return found


def _has_body(shape: Shape, request: Request) -> bool:
    return bool(request.body) and any(not member.location for member in shape.members)


def _bodily(shape: Shape) -> Shape:
    """Returns a shape without its members that stand beside the body."""
    bodily = tuple(member for member in shape.members if not member.location)
    return Shape(shape.name, shape.type, members=bodily)


# --------------------------------------------------------------------- writing
def _write(row: Operation, body: Body, id: str) -> Response:
    shape = row.output
    payload = row.output.member(row.output.payload)
    told = {**_ids(id), **rest.headers(shape, body)}
    if row.name in BARE:
        said = element(
            BARE[row.name], escaped(str(body.get(BARE[row.name]) or "")), NAMESPACE
        )
        return Response(row.status, {**told, **XML}, document(said))
    if payload is not None and payload.shape.type != "structure":
        value = body.get(payload.name, b"")
        return Response(
            row.status, told, value if isinstance(value, bytes) else str(value).encode()
        )
    held = body if payload is None else body.get(payload.name)
    inner = shape if payload is None else payload.shape
    if (
        row.status == 204
        or row.method == "HEAD"
        or not any(not member.location for member in inner.members)
    ):
        return Response(row.status, told)
    root = (payload and payload.wire) or ROOTS.get(row.name, f"{row.name}Result")
    if isinstance(held, Mapping):
        inside = structure(inner, held, INSTANT)
    else:
        inside = ""
    return Response(row.status, {**told, **XML}, document(element(root, inside, NAMESPACE)))


def _refuse(service: str, refusal: ServiceError, id: str) -> Response:
    said = {"Code": refusal.code, "Message": refusal.message, "RequestId": id, "HostId": id}
    inside = (element(name, escaped(text)) for name, text in said.items())
    root = element("Error", "".join(inside))
    return Response(refusal.status, {**_ids(id), **XML}, document(root))


XML = {"content-type": "application/xml"}


def _ids(id: str) -> dict[str, str]:
    return {"x-amz-request-id": id, "x-amz-id-2": id}


REST_XML = Codec(_read, _write, _refuse)
