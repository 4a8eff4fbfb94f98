"""Connect the endpoint to HTTP: refuse heads, and answer faults of the client or of our own."""

from __future__ import annotations

import re
import traceback
from errno import EMFILE, ENFILE

from msgspec.structs import replace

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.answer import Endpoint, refusal_response, refusal_route
from coffeeshop.endpoint.front_door import refuse_stranger, with_sandbox
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.refusals import Fault, refusal

MAX_BODY_BYTES = 1024 * 1024  # bytes of a body
# Bytes of an object or of a part of one, in signed chunks. Clients send at most 5 to 15 MiB at once by default.
LARGEST_OBJECT = 16 * MAX_BODY_BYTES + 64 * 1024
# A body of up to these bytes is read even if it is too large, because many clients read no
# response before they have sent the body.
LARGEST_DISCARDED = LARGEST_OBJECT
# More digits than any real size has. Python takes long to read a number of many digits.
MOST_DIGITS = 15
# Errors if no file can be opened, such as one that is read at its first use.
SCARCITY_ERRORS = {EMFILE, ENFILE}
OWN_ERROR_TEXT = (
    "this is a bug in Coffeeshop; please report it with the output of the endpoint"
)
REFUSAL_TEXTS: dict[Fault, str] = {
    "too-large": "Your proposed upload exceeds the maximum allowed size of {largest} bytes",
    "slow": "Your socket connection to the server was not read from or written to within the timeout period.",
    "busy": "The request has failed due to a temporary failure of the server.",
}
CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0a-\x1f\x7f]")  # no header holds these


def largest_body(request: Request) -> int:
    """Return how many bytes the body of a request can have. An object, or a part of one, can have more than others."""
    is_object = request.method == "PUT" and request.path.count("/") > 1
    return LARGEST_OBJECT if is_object else MAX_BODY_BYTES


class App:
    """The endpoint behind an HTTP server, which passes it heads and whole requests."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def refuse_head(self, request: Request) -> Response | None:
        """Decide by a request's head whether to refuse it before its body is read.

        Return the refusal, or None to read the body.
        """
        if (refused := refuse_stranger(request, self.endpoint.hosts)) is not None:
            return refused
        length = request.header("content-length")
        if not (length.isascii() and length.isdecimal() and len(length) <= MOST_DIGITS):
            return None
        size = int(length)
        # A client that sends Expect waits for our answer before it sends the body.
        is_client_waiting = bool(request.header("expect"))
        is_too_large = size > largest_body(request)
        if size > LARGEST_DISCARDED or (is_too_large and is_client_waiting):
            return self.refuse(request, "too-large")
        return None

    def refuse(self, request: Request, fault: Fault) -> Response:
        """Return the refusal of a request, which closes its connection.

        The rest of a body could still arrive, and closing frees a descriptor if they are scarce.
        """
        route = refusal_route(request)
        text = REFUSAL_TEXTS[fault].format(largest=largest_body(request))
        response = refusal_response(route, refusal(fault, route.service, text))
        return replace(response, headers={**response.headers, "connection": "close"})

    def answer(self, request: Request) -> Response:
        """Return the response to a whole request whose head was accepted.

        A crash becomes an InternalFailure, and the server stays up.
        """
        try:
            response = with_sandbox(request, self.endpoint.respond(request))
            _check_headers(response)
        except Exception as wrong:
            if isinstance(wrong, OSError) and wrong.errno in SCARCITY_ERRORS:
                return self.refuse(request, "busy")
            traceback.print_exc()
            return refusal_response(
                refusal_route(request), ServiceError("InternalFailure", OWN_ERROR_TEXT, 500)
            )
        return response


def _check_headers(response: Response) -> None:
    """Raise ValueError if a header holds a control character, which could start another header."""
    if CONTROL_CHARACTERS.search("".join(response.headers.values())):
        raise ValueError("a header contains a control character")
