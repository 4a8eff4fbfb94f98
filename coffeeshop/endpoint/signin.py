"""The sign-in page and `aws login`: an authorization code with proof of its key, then a session.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
https://www.rfc-editor.org/rfc/rfc7636 (PKCE). A client needs the code and its verifier to get the session. A proof of the
client's own key (DPoP) isn't required, because the machine is the learner's.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Struct

from coffeeshop.account import ids
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Call, Outcome, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.exports import export_lines
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.signin_page import (
    FORM_FIELDS,
    message_page,
    redirect_to,
    sign_in_form,
)

SIGN_IN = "/v1/signin"
AUTHORIZE_PATH = "/v1/authorize"
TOKEN_PATH = "/v1/token"
CONFIRM_PATH = "/v1/sessions/confirmation"
SAME_DEVICE_CLIENT = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE_CLIENT = "arn:aws:signin:::devtools/cross-device"
AUTHORIZE_PARAMETERS = (
    "response_type",
    "client_id",
    "state",
    "code_challenge_method",
    "scope",
    "redirect_uri",
    "code_challenge",
)
LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}
CHALLENGE_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")
MOST_FAILURES = 10  # within LOCKOUT_TIME: more guesses aren't tried
LOCKOUT_TIME = timedelta(minutes=5)
TOO_MANY = "Too many failed sign-in attempts. Please try again later."  # uncertain
MAX_OPEN_CODES = 100  # codes that were not redeemed yet


class Grant(Struct, frozen=True):
    """The session that an authorization code gives, once, to the client that requested it."""

    session: str
    client: str
    redirect: str
    challenge: str


class SignIn:
    """Answers requests to the sign-in page.

    `perform` does an act. `account` returns the account. `seconds_left` returns the rest of a session, and `wall` the time.
    """

    def __init__(
        self,
        perform: Callable[[Call], Outcome],
        account: Callable[[], Account],
        seconds_left: Callable[[Session], int],
        wall: Callable[[], datetime],
    ) -> None:
        """Begin without sign-ins.

        `perform` makes a call of the account, and `wall` returns the real time.
        """
        self._perform = perform
        self._account = account
        self._left = seconds_left
        self._wall = wall
        self._failures: deque[datetime] = deque(maxlen=MOST_FAILURES)
        self._grants: OrderedDict[str, Grant] = OrderedDict()

    def answer(self, request: Request) -> Response | None:
        """Return the response of the sign-in page, or None for another path.

        Raise ValueError if the form isn't text.
        """
        match request.method, request.path:
            case "GET", "/" if _is_from_browser(request):
                return redirect_to(SIGN_IN)
            case "GET", "/v1/signin" | "/v1/authorize":
                return self._show_form(request)
            case "POST", "/v1/signin" | "/v1/authorize":
                return self._sign_in(request)
            case "GET", "/v1/sessions/confirmation":
                return _code_page(request)
            case "POST", "/v1/token":
                return self._answer_client(request)
            case _:
                return None

    # ---------------------------------------------------------------- the browser
    def _show_form(self, request: Request) -> Response:
        """Return the sign-in form, or the error in a client's request for a code."""
        if request.path == AUTHORIZE_PATH:
            hidden = {
                name: request.query_fields.get(name, "") for name in AUTHORIZE_PARAMETERS
            }
        else:
            hidden = {}
        if wrong := _request_fault(request, hidden):
            return message_page("This cannot be authorized", wrong, status=400)
        return sign_in_form(request.path, hidden, {"AccountId": self._account().id})

    def _sign_in(self, request: Request) -> Response:
        """Sign in with a submitted form.

        Return the form again if it fails. Return export lines, or a redirect with a code if a client requested one.
        """
        typed = dict(request.form_fields)
        host = request.header("host")
        if request.path == AUTHORIZE_PATH:
            hidden = {name: typed.get(name, "") for name in AUTHORIZE_PARAMETERS}
        else:
            hidden = {}
        if wrong := _request_fault(request, hidden):
            return message_page("This cannot be authorized", wrong, status=400)
        parameters: dict[str, Json] = {
            name: typed[name] for name in FORM_FIELDS if typed.get(name)
        }
        if "UserName" in parameters:
            parameters.pop("RootEmail", None)
        elif "RootEmail" in parameters:
            parameters.pop("AccountId", None)
        if self._is_locked():
            return sign_in_form(request.path, hidden, typed, TOO_MANY)
        outcome = self._perform(Call("console", "SignIn", parameters))
        if isinstance(outcome.answer, ServiceError):
            self._failures.append(self._wall())
            return sign_in_form(request.path, hidden, typed, outcome.answer.message)
        session = self._account().credentials[str(outcome.answer.body["AccessKeyId"])]
        assert isinstance(session, Session), "this sign-in must open a session"
        if not hidden:
            lines = export_lines(f"http://{host}", self._account(), session)
            return message_page(
                "Signed in",
                f"You act as {session.profile}. Paste this into a terminal:",
                lines,
            )
        return redirect_to(
            f"{hidden['redirect_uri']}?{urlencode({'code': self._new_code(session, hidden), 'state': hidden['state']})}"
        )

    def _is_locked(self) -> bool:
        """Return whether too many sign-ins failed within LOCKOUT_TIME to try another."""
        failures = self._failures
        return len(failures) == MOST_FAILURES and self._wall() - failures[0] < LOCKOUT_TIME

    def _new_code(self, session: Session, hidden: Mapping[str, str]) -> str:
        """Return a new authorization code. The oldest codes are dropped beyond MAX_OPEN_CODES."""
        code = token_urlsafe(32)
        self._grants[code] = Grant(
            session.id,
            hidden["client_id"],
            hidden["redirect_uri"],
            hidden["code_challenge"],
        )
        while len(self._grants) > MAX_OPEN_CODES:
            self._grants.popitem(last=False)
        return code

    # ----------------------------------------------------------------- the client
    def _answer_client(self, request: Request) -> Response:
        """Return the tokens for a client's code or refresh token, or the refusal."""
        try:
            fields = msgspec.json.decode(request.body, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            return _token_refusal("invalid_request", "the body isn't a JSON object")
        parameters = {
            name: value for name, value in fields.items() if isinstance(value, str)
        }
        match parameters.get("grantType"):
            case "authorization_code":
                session = self._session_of_code(parameters)
            case "refresh_token":
                session = self._find_refreshed(parameters.get("refreshToken", ""))
            case _:
                return _token_refusal(
                    "unsupported_grant_type",
                    "grantType is authorization_code or refresh_token",
                )
        if session is None or self._left(session) <= 0:
            return _token_refusal(
                "invalid_grant" if session is None else "TOKEN_EXPIRED",
                "sign in again with `aws login`",
            )
        return _json_response(200, self._tokens(session, parameters.get("clientId", "")))

    def _session_of_code(self, parameters: Mapping[str, str]) -> Session | None:
        """Return the session of an authorization code, or None if the proof or the client is wrong.

        The code can't be used again.
        """
        grant = self._grants.pop(parameters.get("code", ""), None)
        proof = (
            urlsafe_b64encode(sha256(parameters.get("codeVerifier", "").encode()).digest())
            .decode()
            .rstrip("=")
        )
        if grant is None or not hmac.compare_digest(proof, grant.challenge):
            return None
        if (parameters.get("clientId"), parameters.get("redirectUri")) != (
            grant.client,
            grant.redirect,
        ):
            return None
        return self._find_session(grant.session)

    def _find_refreshed(self, refresh_token: str) -> Session | None:
        """Return the session of a refresh token, which is the session's id and token, or None."""
        id, _, token = refresh_token.partition(".")
        session = self._find_session(id)
        if session is None:
            return None
        session_token = ids.session_token(self._account(), session)
        if hmac.compare_digest(session_token.encode(), token.encode()):
            return session
        return None

    def _find_session(self, id: str) -> Session | None:
        """Return the session with this id, or None."""
        credential = self._account().credentials.get(id)
        if isinstance(credential, Session):
            return credential
        return None

    def _tokens(self, session: Session, client: str) -> dict[str, object]:
        """Return the tokens of a session, as `aws login` reads them."""
        account = self._account()
        if session.owner != account.id:
            owner = account.entity_by_id(session.owner)
        else:
            owner = None
        token = ids.session_token(account, session)
        arn = account.arn(owner) if owner else account.root_arn
        secret = ids.secret_key(account, session.id)
        return {
            "accessToken": {
                "accessKeyId": session.id,
                "secretAccessKey": secret,
                "sessionToken": token,
            },
            "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
            "expiresIn": self._left(session),
            "refreshToken": f"{session.id}.{token}",
            "idToken": _unsigned_token({"sub": arn, "aud": client, "iss": "coffeeshop"}),
        }


def _request_fault(request: Request, hidden: Mapping[str, str]) -> str:
    """Return the fault in a client's request for a code, or "". Codes are sent only to this machine.

    `hidden` has the request's parameters. It is empty if no client asked, which is no fault.
    """
    if not hidden:
        return ""
    place = hidden["redirect_uri"]
    confirmation = f"http://{request.header('host')}{CONFIRM_PATH}"
    if hidden["response_type"] != "code" or hidden["code_challenge_method"] not in {
        "SHA-256",
        "S256",
    }:
        return "response_type is code, code_challenge_method is SHA-256"
    if not CHALLENGE_PATTERN.fullmatch(hidden["code_challenge"]):
        return "code_challenge must be the SHA-256 of the verifier in base64url, which has 43 characters"
    if hidden["client_id"] == CROSS_DEVICE_CLIENT:
        if place == confirmation:
            return ""
        return f"redirect_uri is {confirmation}"
    if hidden["client_id"] != SAME_DEVICE_CLIENT:
        return f"client_id is {SAME_DEVICE_CLIENT} or {CROSS_DEVICE_CLIENT}"
    try:
        parts = urlsplit(place)
        local = (
            parts.scheme == "http"
            and parts.hostname in LOOPBACK_HOSTS
            and not (parts.query or parts.fragment)
        )
    except ValueError:
        local = False
    if local and re.fullmatch(r"[\x21-\x7e]+", place):
        return ""
    return (
        "redirect_uri must be an address on this machine, such as http://127.0.0.1:PORT/…"
    )


def _is_from_browser(request: Request) -> bool:
    """Return whether a browser requested the page by its address.

    A browser accepts HTML. AWS's clients sign their requests or send a query.
    """
    return (
        "text/html" in request.header("accept")
        and not request.header("authorization")
        and not request.query
    )


def _code_page(request: Request) -> Response:
    """Return the page with the code for `aws login --remote`."""
    parameters = urlencode(
        {name: request.query_fields.get(name, "") for name in ("code", "state")}
    )
    return message_page(
        "Signed in",
        "Type this code into the terminal that asks for it:",
        (b64encode(parameters.encode()).decode(),),
    )


def _token_refusal(code: str, text: str) -> Response:
    """Return the refusal of a client's request for tokens, in the form of AWS's errors."""
    response = _json_response(400, {"error": code, "message": text})
    return Response(
        400,
        {**response.headers, "x-amzn-errortype": "AccessDeniedException"},
        response.body,
    )


def _json_response(status: int, body: object) -> Response:
    """Return a JSON response that no cache may keep, because it can hold tokens."""
    return Response(
        status,
        {"content-type": "application/json", "cache-control": "no-store"},
        json.dumps(body).encode(),
    )


def _unsigned_token(claims: Mapping[str, str]) -> str:
    """Return a JSON Web Token without a signature. The CLI reads the user's ARN from it."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return (
        ".".join(
            urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in parts
        )
        + "."
    )
