"""Read what tools and SDKs write around an error: its code, the operation, the service and the request's id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

# Codes with which AWS refuses. Wrappers around other errors are left alone.
REFUSAL_CODES = re.compile(
    r"(?:access_?-?\s?denied|unauthori[sz]ed|not_?authori[sz]ed|"
    r"authori[sz]ation_?error|forbidden|"
    r"accessdenied|permission_?denied|noaccess|^403$|^401$)",
    re.IGNORECASE,
)
_WRAPPER_FORMS = (
    # botocore and the CLI, old and new
    r"error\s{1,10}(?:occurred\s{1,10})?\((?P<code>[\w.-]{2,60})"
    r"\)\s{1,10}(?:occurred\s{1,10})"
    r"?when\s{1,10}calling\s{1,10}the\s{1,10}(?P<operation>\w{2,60})\s{1,10}operation"
    r"(?:\s{0,10}\([^)\n]{0,60}\))?\s?(?::\s{0,10}(?P<message>[^\n]{0,1500}))?",
    # Go, version 2
    r"operation\s{1,10}error\s{1,10}(?P<service>[\w .&-]{2,60})"
    r":\s{0,10}(?P<operation>\w{2,60})"
    r",[^\n]{0,700}?StatusCode:\s?\d{3},\s{0,10}(?:RequestID:\s?(?P<request_id>[\w-]{"
    r"0,60}),?\s{0,10})?(?:HostID:\s?[^,\n]{0,140},\s{0,10})?"
    r"(?:(?:api\s{1,10}error\s{1,10})?(?P<code>[A-Za-z][\w.-]{2,60}):\s{1,10})"
    r"?(?P<message>[^\n]{0,1500})",
    # Java, both versions: behind the message
    r"\(Service:\s?(?P<service>[\w .-]{2,60})"
    r"[;,]\s{0,10}Status\s?Code:\s?40[0-9][;,]\s{0,10}(?:Error\s?Code:\s?(?P<code>[\w"
    r". -]{2,60})[;,]\s{0,10})?(?:Request\s?ID:\s?(?P<request_id>[\w<>*-]{0,60}))?",
    # XML
    r"<Code>(?P<code>[\w.-]{2,60})"
    r"</Code>\s{0,200}(?:<Message>(?P<message>[^<]{0,2000})</Message>)"
    r"?(?:[\s\S]{0,300}?<Request(?:Id|ID)>(?P<request_id>[\w-]{0,60})</Request(?:Id|ID)>)?",
    # JSON
    r"\"__type\"\s?:\s?\"(?:[\w.]{0,80}#)?(?P<code>[\w.-]{2,60})"
    r"\"(?:\s?,\s{0,40}\"[mM]essage\"\s?:\s?\"(?P<message>[^\"\n]{0,1500}))?",
    r"\"?errorCode\"?\s?:\s?\"(?P<code>[\w.-]{2,60})"
    r"\"(?:\s?,\s{0,80}\"?errorMessage\"?\s?:\s?\"(?P<message>[^\"\n]{0,1500}))?",
    # PHP, and Java of old
    r"(?:AWS\s)?Error\sCode:\s?(?P<code>[\w.-]{2,60})"
    r",\s?Status\sCode:\s?\d{3},(?:\s?AWS\sRequest\sID:\s?(?P<request_id>[\w-]{0,60})"
    r",)?[^\n]{0,120}?(?:Error[\s>]{0,6}Message:\s?(?P<message>[^\n]{0,300}))?",
    r"Status\sCode:\s?403,\sAWS\sService:\s?(?P<service>[\w .]{2,40})"
    r",\sAWS\sRequest\sID:\s?(?P<request_id>[\w-]{0,60})"
    r",\sAWS\sError\sCode:\s?(?P<code>\w{2,60})"
    r",\sAWS\sError\sMessage:\s?(?P<message>[^\n\"]{0,300})",
    r"Error\sexecuting\s\"(?P<operation>\w{2,60})"
    r"\"\son\s\"https?://(?P<service>[a-z0-9-]{2,40})"
    r"[^\"\n]{1,200}\";[^\n]{0,600}?(?P<code>AccessDenied\w{0,20}|"
    r"Unauthorized\w{0,20})\s?\(client\):\s?(?P<message>[^\n]{0,600})",
    # Ruby: behind the message, or before it
    r"\((?:Aws|AWS)::(?P<service>\w{2,40})::Errors::(?P<code>\w{2,60})\)",
    r"\[?(?:Aws|AWS)::(?P<service>\w{2,40})::Errors::(?P<code>\w{2,60})"
    r"\]?:?\s{0,6}(?P<message>[^\n]{0,600})",
    # .NET, and Redshift
    r"\bAmazon\.(?P<service>\w{2,40})(?:\.Model)?\.\w{2,60}Exception:\s(?P<message>[^\n]{0,600})",
    r"\b(?P<service>S3)ServiceException:\s?(?P<message>[^,\n]{0,100}),\s?Status\s?(?P<code>403)",
    # Go, version 1, JavaScript, and Terraform
    r"(?P<code>AccessDenied(?:Exception)?|Unauthorized(?:Operation|Exception)?|"
    r"AuthorizationError(?:Exception)?|NotAuthorized(?:Exception)?|"
    r"Forbidden(?:Exception)?|Client\.UnauthorizedOperation)\s?(?::|-|—)"
    r"\s{0,6}(?P<message>[^\n]{0,1500})",
    # a table of CloudTrail events
    r"(?:(?P<principal>arn:[^\s,|]{10,300})[\s,|][^\n]{0,80}?)?\b(?P<service>[a-z0-9-]{2,30})"
    r"\.amazonaws\.com[\s,|\"]{1,20}(?P<operation>[A-Z]\w{2,60})[\s,|\"]{1,20}"
    r"(?P<code>(?:Client\.)?(?:UnauthorizedOperation|AccessDenied)\w{0,20})"
    r"[\s,|\"]{0,20}(?P<message>[^\n]{0,600})",
    # CloudFormation
    r"(?<![A-Za-z])API:\s(?P<operation>[a-z0-9-]{2,40}:\w{3,80})\s(?P<code>Access\s?Denied)",
    # cloud-custodian, s3cmd and others
    r"(?P<code>Access\s?denied)\sapi:(?P<operation>\w{2,60})",
    r"\b(?P<operation>[A-Z]\w{2,60})\s(?:API\s)?(?:failed|responded)\swith\s"
    r"(?:error=)?'?(?P<code>AccessDenied\w{0,20}|Unauthorized\w{0,20})'?"
    r"(?::\s(?P<message>[^\n]{0,600}))?",
    r"S3\serror:\s?(?P<code>40[13]|Access\s?Denied)(?P<message>[^\n]{0,200})",
    r"(?P<operation>GetObject|PutObject|HeadObject|ListObjects\w{0,2})"
    r"\b[^\n]{0,80}(?P<code>403)\b(?P<message>[^\n]{0,100})",
)
_WRAPPER_PATTERNS = tuple(re.compile(pattern) for pattern in _WRAPPER_FORMS)
_SERVICE_SUFFIX = re.compile(
    r"\(Service:\s?(?P<service>[\w .-]{2,60})"
    r"[;,]\s{0,10}Status\s?Code:\s?\d{3}[;,]?\s{0,10}(?:Error\s?Code:\s?(?P<code>[\w. "
    r"-]{2,60})[;,]\s{0,10})?(?:Request\s?ID:\s?(?P<request_id>[\w<>*-]{0,60}))?",
    re.IGNORECASE,
)
_REQUEST_ID = re.compile(
    r"request\s?id[\"'>]?\s?[:=]\s?[\"']?(?P<id>[0-9A-Za-z][\w-]{7,60})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """What was written around an error, and its place. Each text is "" if it is missing.

    `is_behind` says that the message stands before the wrapper.
    """

    start: int
    end: int
    message_start: int
    code: str = ""
    operation: str = ""
    service: str = ""
    request_id: str = ""
    message: str = ""
    principal: str = ""
    is_behind: bool = False

    @property
    def is_refusing(self) -> bool:
        """Return whether it is around a refusal, and not another error."""
        return bool(REFUSAL_CODES.search(self.code or self.message))


def find_wrappers(text: str, limit: int) -> Iterator[Wrapper]:
    """Yield the wrappers of errors, at most `limit` of each form."""
    for pattern in _WRAPPER_PATTERNS:
        for match in islice(pattern.finditer(text), limit):
            wrapper = _wrapper_of(match)
            if match[0].startswith("("):
                wrapper = _with_message_before(text, wrapper)
            yield wrapper


def _wrapper_of(match: re.Match[str]) -> Wrapper:
    """Return the wrapper that a pattern matched."""
    groups = match.groupdict()
    message = groups.get("message")
    return Wrapper(
        match.start(),
        match.end(),
        match.start("message") if message else match.end(),
        " ".join((groups.get("code") or "").split()),
        groups.get("operation") or "",
        (groups.get("service") or "").strip(),
        (groups.get("request_id") or "").strip("<>"),
        (message or "").strip(),
        groups.get("principal") or "",
    )


def _with_message_before(text: str, wrapper: Wrapper) -> Wrapper:
    """Return a wrapper that stands behind its message, with that message.

    It covers the line until there, because the message can be longer.
    """
    line = text[max(0, wrapper.start - 300) : wrapper.start].rpartition("\n")[2]
    message = re.split(r"[:;]\s|\"", line)[-1]
    return replace(
        wrapper,
        start=wrapper.start - len(line),
        message_start=wrapper.start - len(message),
        message=message.strip(),
        is_behind=True,
    )


def wrapper_after(text: str, at: int, end: int) -> Wrapper | None:
    """Return what Java's SDK writes behind a message, or None. Line breaks can be before it."""
    match = _SERVICE_SUFFIX.search(text, at, min(end, at + 400))
    return _wrapper_of(match) if match else None


def request_id_after(text: str, at: int, end: int) -> str:
    """Return the id of the request that is written behind a message, or ""."""
    match = _REQUEST_ID.search(text, at, min(end, at + 600))
    return match["id"] if match else ""


_V3_COMMAND = re.compile(
    r"\b(?:deserializeAws_(?:restXml|restJson1|query|ec2|json1_[01])|de_)(\w{3,80}?)Command(?:Error)?\b"
)
_V3_CLIENT = re.compile(r"@aws-sdk/client-([a-z0-9-]{2,40})")


def operation_of_stack(text: str, at: int, end: int) -> tuple[str, str]:
    """Return the service and the operation that a stack trace of JavaScript's SDK names, or ""."""
    command = _V3_COMMAND.search(text, at, min(end, len(text)))
    client = _V3_CLIENT.search(text, at, min(end, len(text)))
    return (client[1] if client else "", command[1] if command else "")


def merge_wrappers(first: Wrapper, second: Wrapper) -> Wrapper:
    """Return the first wrapper with what only the second one says."""
    return replace(
        first,
        end=max(first.end, second.end),
        code=first.code or second.code,
        operation=first.operation or second.operation,
        service=first.service or second.service,
        request_id=first.request_id or second.request_id,
        principal=first.principal or second.principal,
    )
