"""Refuse requests that a web page could send, before anything else of a request is read.

Any page that is open in a browser can send requests to this machine. The browser then adds headers that the page can't change.
https://www.w3.org/TR/fetch-metadata/ · https://www.rfc-editor.org/rfc/rfc6454 (Origin)
"""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec.structs import replace

from coffeeshop.endpoint.message import BUCKET_HOST_PATTERN, Request, Response
from coffeeshop.hosts import ServedHosts

# "": not from a browser, none: the user typed the address.
OWN_SITES = frozenset({"", "none", "same-origin"})
DISPLAY_DESTINATIONS = frozenset({"document", "iframe", "frame", "embed", "object"})
# An object that a browser displays must not act as a page of the endpoint's own, such as the sign-in page.
SANDBOX_HEADERS = {"content-security-policy": "sandbox"}
UNKNOWN_HOST = (
    "This endpoint can't be used under that host name. Use the address that it printed, "
    "or start it with --name and the name that you want."
)
OTHER_SITE = "This request came from a page of another site. The endpoint only answers programs and its own pages."


def refuse_stranger(request: Request, hosts: ServedHosts) -> Response | None:
    """Return the refusal of a request for another host or from another site's page, or None if the request is
    accepted.
    """
    host = request.header("host")
    if host and not (
        hosts.accepts_host_header(host) or BUCKET_HOST_PATTERN.fullmatch(host.lower())
    ):
        return _refusal(421, UNKNOWN_HOST)
    if request.header("sec-fetch-site") not in OWN_SITES or not _is_own_origin(
        request.header("origin"), host
    ):
        return _refusal(403, OTHER_SITE)
    return None


def _is_own_origin(origin: str, host: str) -> bool:
    """Return whether an Origin header names this host. "" does, because programs send none."""
    if not origin:
        return True
    try:
        site = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    # "null" has no site, and a request may have no host.
    return site != "" and site == host.lower()


def _refusal(status: int, text: str) -> Response:
    """Return a refusal as plain text, after which the connection closes."""
    headers = {"content-type": "text/plain; charset=utf-8", "connection": "close"}
    return Response(status, headers, f"{text}\n".encode())


def with_sandbox(request: Request, response: Response) -> Response:
    """Return the response with a sandbox policy if a browser displays it.

    It then can't act as a page of this endpoint.
    """
    if not _is_displayed(request) or "content-security-policy" in response.headers:
        return response
    return replace(response, headers={**response.headers, **SANDBOX_HEADERS})


def _is_displayed(request: Request) -> bool:
    """Return whether a browser displays the response.

    Browsers send Sec-Fetch-Dest only to trustworthy addresses. To others they ask for HTML
    (https://www.w3.org/TR/fetch-metadata/#http-integration).
    """
    place = request.header("sec-fetch-dest")
    return place in DISPLAY_DESTINATIONS or (
        not place and "text/html" in request.header("accept")
    )
