"""The sign-in page and what `aws login` does with it: an authorization code with proof of its key, then a session.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
https://www.rfc-editor.org/rfc/rfc7636 (PKCE). Whoever has the code and its verifier gets the session: the proof that a
client adds of a key of its own (DPoP) is not asked for, on a machine that is the learner's.
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
from coffeeshop.endpoint.exports import exports
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.signin_page import FIELDS, form, redirect, told

SIGN_IN = "/v1/signin"
AUTHORIZE = "/v1/authorize"
TOKEN = "/v1/token"
CONFIRM = "/v1/sessions/confirmation"
SAME = "arn:aws:signin:::devtools/same-device"
OTHER = "arn:aws:signin:::devtools/cross-device"
ASKED = (
    "response_type",
    "client_id",
    "state",
    "code_challenge_method",
    "scope",
    "redirect_uri",
    "code_challenge",
)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
MOST_FAILURES = 10  # within LOCKED: more guesses aren't tried
LOCKED = timedelta(minutes=5)
TOO_MANY = "Too many failed sign-in attempts. Please try again later."  # uncertain
WAITING = 100  # codes that were given and not yet taken


class Grant(Struct, frozen=True):
    """What a code is good for: one session, once, for the client that asked for it."""

    session: str
    client: str
    redirect: str
    challenge: str


class SignIn:
    """Answers the addresses of the sign-in page. `perform` does an act, `account` is the account as it stands, `left`
    tells how many seconds a session has left, `wall` the time.
    """

    def __init__(
        self,
        perform: Callable[[Call], Outcome],
        account: Callable[[], Account],
        left: Callable[[Session], int],
        wall: Callable[[], datetime],
    ) -> None:
        self._perform = perform
        self._account = account
        self._left = left
        self._wall = wall
        self._failures: deque[datetime] = deque(maxlen=MOST_FAILURES)
        self._grants: OrderedDict[str, Grant] = OrderedDict()

    def answer(self, request: Request) -> Response | None:
        """Returns the response to a request for one of these addresses; None for any other. Raises ValueError where what
        it says is no text.
        """
        match request.method, request.path:
            case "GET", "/" if _browses(request):
                return redirect(SIGN_IN)
            case "GET", "/v1/signin" | "/v1/authorize":
                return self._asked(request)
            case "POST", "/v1/signin" | "/v1/authorize":
                return self._typed(request)
            case "GET", "/v1/sessions/confirmation":
                return _code_shown(request)
            case "POST", "/v1/token":
                return self._token(request)
            case _:
                return None

    # ---------------------------------------------------------------- the browser
    def _asked(self, request: Request) -> Response:
        if request.path == AUTHORIZE:
            hidden = {name: request.words.get(name, "") for name in ASKED}
        else:
            hidden = {}
        if wrong := _wrong(request, hidden):
            return told("This cannot be authorized", wrong, status=400)
        return form(request.path, hidden, {"AccountId": self._account().id})

    def _typed(self, request: Request) -> Response:
        typed = dict(request.form)
        here = request.header("host")
        if request.path == AUTHORIZE:
            hidden = {name: typed.get(name, "") for name in ASKED}
        else:
            hidden = {}
        if wrong := _wrong(request, hidden):
            return told("This cannot be authorized", wrong, status=400)
        given: dict[str, Json] = {name: typed[name] for name in FIELDS if typed.get(name)}
        if "UserName" in given:
            given.pop("RootEmail", None)
        elif "RootEmail" in given:
            given.pop("AccountId", None)
        if self._is_locked():
            return form(request.path, hidden, typed, TOO_MANY)
        outcome = self._perform(Call("console", "SignIn", given))
        if isinstance(outcome.answer, ServiceError):
            self._failures.append(self._wall())
            return form(request.path, hidden, typed, outcome.answer.message)
        session = self._account().credentials[str(outcome.answer.body["AccessKeyId"])]
        assert isinstance(session, Session), "signing in opens a session"
        if not hidden:
            lines = exports(f"http://{here}", self._account(), session)
            return told(
                "Signed in",
                f"You act as {session.profile}. Paste this into a terminal:",
                lines,
            )
        return redirect(
            f"{hidden['redirect_uri']}?{urlencode({'code': self._grant(session, hidden), 'state': hidden['state']})}"
        )

    def _is_locked(self) -> bool:
        """Return whether so many sign-ins failed lately that the next one isn't even tried."""
        failures = self._failures
        return len(failures) == MOST_FAILURES and self._wall() - failures[0] < LOCKED

    def _grant(self, session: Session, hidden: Mapping[str, str]) -> str:
        """Returns a new code; the oldest that nobody took are forgotten."""
        code = token_urlsafe(32)
        self._grants[code] = Grant(
            session.id,
            hidden["client_id"],
            hidden["redirect_uri"],
            hidden["code_challenge"],
        )
        while len(self._grants) > WAITING:
            self._grants.popitem(last=False)
        return code

    # ----------------------------------------------------------------- the client
    def _token(self, request: Request) -> Response:
        try:
            said = msgspec.json.decode(request.body, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            return _refused("invalid_request", "the body is no JSON object")
        asked = {name: value for name, value in said.items() if isinstance(value, str)}
        match asked.get("grantType"):
            case "authorization_code":
                session = self._redeem(asked)
            case "refresh_token":
                session = self._of_refresh(asked.get("refreshToken", ""))
            case _:
                return _refused(
                    "unsupported_grant_type",
                    "grantType is authorization_code or refresh_token",
                )
        if session is None or self._left(session) <= 0:
            return _refused(
                "invalid_grant" if session is None else "TOKEN_EXPIRED",
                "sign in again: aws login",
            )
        return _answered(200, self._tokens(session, asked.get("clientId", "")))

    def _redeem(self, asked: Mapping[str, str]) -> Session | None:
        """Returns the session of a code, which is spent with it."""
        grant = self._grants.pop(asked.get("code", ""), None)
        proof = (
            urlsafe_b64encode(sha256(asked.get("codeVerifier", "").encode()).digest())
            .decode()
            .rstrip("=")
        )
        if grant is None or not hmac.compare_digest(proof, grant.challenge):
            return None
        if (asked.get("clientId"), asked.get("redirectUri")) != (
            grant.client,
            grant.redirect,
        ):
            return None
        return self._session(grant.session)

    def _of_refresh(self, said: str) -> Session | None:
        id, _, token = said.partition(".")
        found = self._session(id)
        same = found is not None and hmac.compare_digest(
            ids.session_token(self._account(), found).encode(), token.encode()
        )
        return found if same else None

    def _session(self, id: str) -> Session | None:
        found = self._account().credentials.get(id)
        return found if isinstance(found, Session) else None

    def _tokens(self, session: Session, client: str) -> dict[str, object]:
        account = self._account()
        owner = account.entity_by_id(session.owner) if session.owner != account.id else None
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
            "idToken": _unsigned({"sub": arn, "aud": client, "iss": "coffeeshop"}),
        }


def _wrong(request: Request, hidden: Mapping[str, str]) -> str:
    """Returns what is wrong with a client's question, "" for nothing. A code goes to this machine alone."""
    if not hidden:
        return ""
    place = hidden["redirect_uri"]
    here = f"http://{request.header('host')}{CONFIRM}"
    if hidden["response_type"] != "code" or hidden["code_challenge_method"] not in {
        "SHA-256",
        "S256",
    }:
        return "response_type is code, code_challenge_method is SHA-256"
    if not CHALLENGE.fullmatch(hidden["code_challenge"]):
        return "code_challenge is the SHA-256 of the verifier, in base64url: 43 characters"
    if hidden["client_id"] == OTHER:
        return "" if place == here else f"redirect_uri is {here}"
    if hidden["client_id"] != SAME:
        return f"client_id is {SAME} or {OTHER}"
    try:
        parts = urlsplit(place)
        local = (
            parts.scheme == "http"
            and parts.hostname in LOOPBACK
            and not (parts.query or parts.fragment)
        )
    except ValueError:
        local = False
    if local and re.fullmatch(r"[\x21-\x7e]+", place):
        return ""
    return "redirect_uri is of this machine: http://127.0.0.1:PORT/…"


def _browses(request: Request) -> bool:
    return (
        "text/html" in request.header("accept")
        and not request.header("authorization")
        and not request.query
    )


def _code_shown(request: Request) -> Response:
    """Shows the code that `aws login --remote` asks for."""
    said = urlencode({name: request.words.get(name, "") for name in ("code", "state")})
    return told(
        "Signed in",
        "Type this code into the terminal that asks for it:",
        (b64encode(said.encode()).decode(),),
    )


def _refused(code: str, text: str) -> Response:
    response = _answered(400, {"error": code, "message": text})
    return Response(
        400,
        {**response.headers, "x-amzn-errortype": "AccessDeniedException"},
        response.body,
    )


def _answered(status: int, said: object) -> Response:
    return Response(
        status,
        {"content-type": "application/json", "cache-control": "no-store"},
        json.dumps(said).encode(),
    )


def _unsigned(claims: Mapping[str, str]) -> str:
    """Returns a JSON Web Token without a signature: the CLI reads in it who signed in."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return (
        ".".join(
            urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in parts
        )
        + "."
    )
