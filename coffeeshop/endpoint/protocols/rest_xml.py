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
from coffeeshop.endpoint.protocols.xml import (
    escape_text,
    parse_xml,
    write_document,
    write_element,
)
from coffeeshop.endpoint.protocols.xml_values import read_structure, write_structure

XML_NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
INSTANT_FORMAT = "iso8601.000"
# S3's names of replies that aren't the operation's name with Result.
ROOT_ELEMENTS: Mapping[str, str] = {
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "DeleteObjects": "DeleteResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "GetObjectTagging": "Tagging",
    "GetBucketTagging": "Tagging",
    "GetBucketAcl": "AccessControlPolicy",
    "GetObjectAcl": "AccessControlPolicy",
    "GetBucketVersioning": "VersioningConfiguration",
}
# Replies whose only member is the root element.
BARE_REPLIES: Mapping[str, str] = {"GetBucketLocation": "LocationConstraint"}
CHECKSUM_NAMES = (
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
# Parameters that aren't simulated but do no harm: they concern only how a request is sent. The aws CLI
# sends AnnotationDirective in every copy, and no object here has annotations.
HARMLESS_PARAMETERS = frozenset(
    {
        "AnnotationDirective",
        "ContentLength",
        "ContentMD5",
        *(f"Checksum{sum}" for sum in CHECKSUM_NAMES),
    }
)
# The requested part of an object, and the headers of its response. `selection` applies them.
OF_OBJECTS = frozenset(
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
HARMLESS_BY_OPERATION: Mapping[str, frozenset[str]] = dict.fromkeys(
    ("GetObject", "HeadObject"), HARMLESS_PARAMETERS | OF_OBJECTS
)


# --------------------------------------------------------------------- reading
def _read_request(row: Operation, request: Request) -> dict[str, Json]:
    """Return the parameters in the path, query, headers and body. Raise UnreadableError.

    If the operation has a payload member, the body is that member alone.
    """
    shape = row.input
    harmless = HARMLESS_BY_OPERATION.get(row.name, HARMLESS_PARAMETERS)
    parameters = dict(rest.read_located_members(row, request))
    for name in rest.unsupported_parameters(shape, request, harmless):
        parameters[name] = ""  # so that the operation refuses it
    payload = shape.member(shape.payload)
    if payload is None:
        if _has_body(shape, request):
            root = parse_xml(request.body)
            parameters |= read_structure(_body_shape(shape), root)
    elif not request.body:
        pass
    elif payload.shape.type == "structure":
        root = parse_xml(request.body)
        parameters[payload.name] = read_structure(payload.shape, root)
    elif payload.shape.type == "blob":
        parameters[payload.name] = request.body
    else:
        parameters[payload.name] = request.body.decode()
    return parameters


def _has_body(shape: Shape, request: Request) -> bool:
    """Return whether a request has a body with members of this structure."""
    return bool(request.body) and any(not member.location for member in shape.members)


def _body_shape(shape: Shape) -> Shape:
    """Return the shape with only the members that belong in the body."""
    body_members = tuple(member for member in shape.members if not member.location)
    return Shape(shape.name, shape.type, members=body_members)


# --------------------------------------------------------------------- writing
def _write_response(row: Operation, body: Body, id: str) -> Response:
    """Return the response for a reply, with its payload or its XML as body."""
    shape = row.output
    payload = shape.member(shape.payload)
    headers = {**_id_headers(id), **rest.response_headers(shape, body)}
    if row.name in BARE_REPLIES:
        name = BARE_REPLIES[row.name]
        text = escape_text(str(body.get(name) or ""))
        root = write_element(name, text, XML_NAMESPACE)
        return Response(row.status, {**headers, **XML_HEADERS}, write_document(root))
    root_name = ROOT_ELEMENTS.get(row.name, f"{row.name}Result")
    members: Json | Body = body
    if payload is not None:
        if payload.shape.type != "structure":
            value = body.get(payload.name, b"")
            if isinstance(value, bytes):
                content = value
            else:
                content = str(value).encode()
            return Response(row.status, headers, content)
        members = body.get(payload.name)
        shape = payload.shape
        root_name = payload.wire or root_name
    has_members = any(not member.location for member in shape.members)
    if row.status == 204 or row.method == "HEAD" or not has_members:
        return Response(row.status, headers)
    elements = ""
    if isinstance(members, Mapping):
        elements = write_structure(shape, members, INSTANT_FORMAT)
    root = write_element(root_name, elements, XML_NAMESPACE)
    return Response(row.status, {**headers, **XML_HEADERS}, write_document(root))


def _write_refusal(service: str, refusal: ServiceError, id: str) -> Response:
    """Return the response for an error."""
    fields = {
        "Code": refusal.code,
        "Message": refusal.message,
        **dict(refusal.members),
        "RequestId": id,
        "HostId": id,
    }
    elements = (write_element(name, escape_text(text)) for name, text in fields.items())
    root = write_element("Error", "".join(elements))
    return Response(
        refusal.status, {**_id_headers(id), **XML_HEADERS}, write_document(root)
    )


XML_HEADERS = {"content-type": "application/xml"}


def _id_headers(id: str) -> dict[str, str]:
    """Return S3's headers with the request's id."""
    return {"x-amz-request-id": id, "x-amz-id-2": id}


REST_XML = Codec(_read_request, _write_response, _write_refusal)
