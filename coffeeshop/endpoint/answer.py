"""Answer one request, without sockets."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import uuid4

from coffeeshop.account import ids
from coffeeshop.account.access.callers import WEB_IDENTITY
from coffeeshop.account.access.web_identity import TIME_CLAIMS, is_number, sign_claims
from coffeeshop.account.api.operations import Operation
from coffeeshop.account.api.s3_refusals import refusal_members
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.model import (
    Call,
    Caller,
    Key,
    Nobody,
    Origin,
    Outcome,
    ServiceError,
)
from coffeeshop.account.values import Json
from coffeeshop.endpoint import bodies
from coffeeshop.endpoint.clock import Clock, shift_instants
from coffeeshop.endpoint.exports import starting_credential
from coffeeshop.endpoint.front_door import refuse_stranger
from coffeeshop.endpoint.issuers import Issuer, Issuers
from coffeeshop.endpoint.message import Request, Response, with_bucket_in_path
from coffeeshop.endpoint.protocols.codec import Body
from coffeeshop.endpoint.refusals import (
    SERVER_FAULTS,
    UnreadableError,
    refusal,
    unknown_key,
)
from coffeeshop.endpoint.request_signature import RequestSignature, read_signature
from coffeeshop.endpoint.routing import Route, find_route
from coffeeshop.endpoint.selection import select_content
from coffeeshop.endpoint.signature import verify_policy_signature, verify_signature
from coffeeshop.endpoint.signin import SignIn
from coffeeshop.endpoint.signin_page import message_page
from coffeeshop.endpoint.strangers import is_asked_by_browsers_alone, is_stored
from coffeeshop.endpoint.uploads import Upload, check_policy, read_upload, upload_response
from coffeeshop.hosts import ServedHosts
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.player import Player

REGION_PATTERN = re.compile(r"[a-z0-9-]{1,63}")
GLOBAL_SERVICES = frozenset({"iam", "sts"})  # services without a Region
MAX_USER_AGENT_LENGTH = 256  # characters of a client's User-Agent that are stored
MOST_KEPT = 512 * 1024 * 1024  # bytes of bodies that acts keep in memory
ENDPOINT_FULL = (
    "this endpoint stores at most 512 MiB of uploads: restart it, and store less"
)
MAX_PARAMETER_DEPTH = 60  # levels of nested parameters: a save holds no more


class Endpoint:
    """Answers requests from the player's play.

    `secrets` has the secrets of keys that the account didn't draw. `wall` returns the real time, in UTC and whole seconds.
    `hosts` are the names of the endpoint.
    """

    def __init__(
        self,
        player: Player,
        wall: Callable[[], datetime],
        secrets: Mapping[str, str] | None = None,
        hosts: ServedHosts | None = None,
        issuers: Iterable[Issuer] = (),
    ) -> None:
        """Prepare to answer for a player. `wall` returns the real time. `secrets` has the
        secrets of keys that the account didn't draw, by key id.

        `issuers` sign the tokens that open role sessions. Raise IssuerError if keys can't be used.
        """
        self._issuers = Issuers(issuers, wall)
        self.hosts = hosts or ServedHosts("127.0.0.1")
        self.player, self.clock, self.secrets = player, Clock(wall), secrets or {}
        self._kept_bytes = 0
        self._signin = SignIn(
            lambda call: self._do_act(Nobody(), call),
            lambda: self.player.playing.play.account,
            self._seconds_left,
            wall,
        )

    def start_credential(self) -> Credential | None:
        """Return the credential that a client starts with, or None if there is none.

        In the learner's own new account, where no scenario sets jobs, root signs in first.
        """
        sitting = self.player.playing
        at = self.clock.read(sitting)
        credential = starting_credential(sitting, at)
        if (
            credential is None
            and sitting.profile == "root@console"
            and not sitting.scenario.wants
        ):
            owner = sitting.scenario.shop.account
            sign_in: dict[str, Json] = {
                "RootEmail": sitting.play.account.email,
                "Password": owner.password,
            }
            self._do_act(Nobody(), Call("console", "SignIn", sign_in))
            credential = starting_credential(self.player.playing, at)
        return credential

    def answer(self, request: Request) -> Response:
        """Return the response to a request. A request from another site's page is refused."""
        return refuse_stranger(request, self.hosts) or self.respond(request)

    def respond(self, request: Request) -> Response:
        """Return the response to a request whose head was accepted.

        Errors have the form and the words of their service.
        """
        if (page := self._sign_in_response(request)) is not None:
            return page
        signature, wrong = _try_signature(request)
        route = find_route(request, signature)
        try:
            if wrong is not None:
                raise wrong
            response = self._call_response(request, signature, route)
        except ServiceError as refused:
            response = refusal_response(route, refused)
        except UnreadableError as said:
            response = refusal_response(
                route, refusal("unreadable", route.service, str(said))
            )
        except UnicodeDecodeError:
            response = refusal_response(
                route, refusal("unreadable", route.service, "this is not UTF-8")
            )
        except RecursionError:
            response = refusal_response(
                route, refusal("unreadable", route.service, "the JSON is nested too deeply")
            )
        if request.method == "HEAD":
            return _without_body(response)
        return response

    def _sign_in_response(self, request: Request) -> Response | None:
        """Return the response of the sign-in page, or None if the request is for the account."""
        self.player.adopt_other_window()
        try:
            return self._signin.answer(request)
        except (ServiceError, ValueError) as wrong:
            return message_page("This cannot be done", str(wrong), status=400)

    def _seconds_left(self, session: Session) -> int:
        """Return for how many seconds a session is still valid, by the clock of the play."""
        return int((session.expires - self.clock.read(self.player.playing)).total_seconds())

    def _call_response(
        self, request: Request, signature: RequestSignature | None, route: Route
    ) -> Response:
        """Return the response to a call of the account, or to an upload by an HTML form.

        Raise ServiceError with AWS's refusal, or UnreadableError if the request doesn't fit
        its protocol. Browsers ask for icons by themselves; those get a 404 and no act.
        """
        if signature is None and is_asked_by_browsers_alone(request.path):
            return Response(404)
        is_s3 = route.service == "s3"
        if is_s3:
            upload = read_upload(with_bucket_in_path(request))
        else:
            upload = None
        if upload is None:
            caller, decoded_request = self._authenticate_sender(request, signature)
            if is_s3:
                decoded_request = with_bucket_in_path(decoded_request)
            return self._perform_call(route, caller, signature, decoded_request)
        put = bodies.plain_request(upload.put_request(request), None, "")
        caller = self._authenticate_upload(upload)
        response = self._perform_call(route, caller, upload.signature, put)
        if response.status >= 400:
            return response
        return upload_response(upload, response, request.header("host"))

    def _perform_call(
        self,
        route: Route,
        caller: Caller,
        signature: RequestSignature | None,
        request: Request,
    ) -> Response:
        """Perform the call of an authenticated request, and return its response.

        Raise ServiceError if the bodies of all signed calls together would be larger than MOST_KEPT.
        """
        if self._kept_bytes + len(request.body) > MOST_KEPT:
            raise ServiceError("NotSaved", ENDPOINT_FULL)
        row = route.operation(request)
        parameters = route.codec.read(row, request)
        _check_depth(parameters)
        if row.name == WEB_IDENTITY:
            parameters = self._with_verified_token(parameters)
        call = Call(row.service, row.name, parameters, _call_origin(request, signature))
        outcome = self._do_act(caller, call)
        if not isinstance(caller, Nobody):  # few calls of strangers are kept
            self._kept_bytes += len(request.body)
        # As CloudTrail has it.
        id = ids.request_id(outcome.account)
        if isinstance(outcome.answer, ServiceError):
            return refusal_response(route, _named_subject(outcome.answer, call), id)
        response = route.codec.write(
            row, self._by_client_clock(row, outcome.answer.body), id
        )
        if row.service == "s3":
            return bodies.with_checksums(
                select_content(response, row, request), row, request
            )
        return response

    def _with_verified_token(self, parameters: Body) -> Body:
        """Return the parameters of AssumeRoleWithWebIdentity with a token that the account can verify by itself.

        A play must replay the same without the issuer's keys. So a token that they verify is written anew, with its times
        moved to the time of the play. Any other token loses its signature, so that the account refuses it.
        """
        token = parameters.get("WebIdentityToken")
        if not isinstance(token, str):
            return parameters
        claims = self._issuers.verified_claims(token)
        if claims is None:
            unsigned_text, dot, _ = token.rpartition(".")
            return {**parameters, "WebIdentityToken": f"{unsigned_text}." if dot else token}
        self.clock.read(self.player.playing)
        ahead = int(self.clock.ahead.total_seconds())
        moved = {
            name: claims[name] - ahead
            for name in TIME_CLAIMS
            if is_number(claims.get(name))
        }
        account = self.player.playing.play.account
        return {**parameters, "WebIdentityToken": sign_claims(account, {**claims, **moved})}

    def _do_act(self, caller: Caller, call: Call) -> Outcome:
        """Perform an act, save it, and return its outcome.

        An act without a credential is saved only if `is_stored` says so. Raise ServiceError if saving fails:
        the act isn't done then.
        """
        if isinstance(caller, Nobody):
            sitting = self.player.playing
            outcome = self.player.preview(caller, call, self.clock.read(sitting))
            if not is_stored(sitting.play, outcome):
                return outcome
        result = self.player.perform(caller, call, self.clock.read(self.player.playing))
        if isinstance(result, Refused):
            raise ServiceError("NotSaved", "; ".join(map(str, result.problems)))
        self.clock.note(result.outcome)
        return result.outcome

    def _by_client_clock(self, row: Operation, body: Body) -> Body:
        """Return a reply with its instants moved to the client's clock."""
        if self.clock.ahead:
            return cast(Body, shift_instants(row.output, body, self.clock.ahead))
        return body

    # ------------------------------------------------------------- who it is from
    def _authenticate_sender(
        self, request: Request, signature: RequestSignature | None
    ) -> tuple[Caller, Request]:
        """Return who signed a request, and the request with its body out of AWS's chunks.

        Without a signature it is Nobody. Raise ServiceError if the key is unknown or the
        signature is wrong.
        """
        if signature is None:
            return Nobody(), bodies.plain_request(request, None, "")
        secret = self._secret_key(signature)
        verify_signature(signature, request, secret, self.clock.wall())
        return Key(signature.key), bodies.plain_request(request, signature, secret)

    def _authenticate_upload(self, upload: Upload) -> Caller:
        """Return who signed an upload form's policy.

        Raise ServiceError if the signature is wrong or the policy forbids the upload.
        """
        signature = upload.signature
        if signature is None:
            return Nobody()
        verify_policy_signature(
            signature, upload.fields["policy"], self._secret_key(signature)
        )
        check_policy(upload, self.clock.wall())
        return Key(signature.key)

    def _secret_key(self, signature: RequestSignature) -> str:
        """Return the secret of a signature's key.

        Raise ServiceError if the account doesn't have the key, or if the signature's session token
        isn't the key's.
        """
        account = self.player.playing.play.account.home_of(Key(signature.key))
        credential = account.credentials.get(signature.key)
        if credential is None:
            raise unknown_key(signature.service)
        if isinstance(credential, Session):
            token = ids.session_token(account, credential)
        else:
            token = ""
        if not hmac.compare_digest(
            token.encode(), signature.token.encode("utf-8", "replace")
        ):
            raise unknown_key(signature.service)
        return self.secrets.get(signature.key) or ids.secret_key(account, signature.key)


def _named_subject(refusal: ServiceError, call: Call) -> ServiceError:
    """Return a refusal that names what it is about, if its service is S3."""
    if call.service != "s3":
        return refusal
    members = tuple(refusal_members(refusal, call).items())
    return ServiceError(
        refusal.code, refusal.message, refusal.status, refusal.reason, members
    )


def _try_signature(
    request: Request,
) -> tuple[RequestSignature | None, ServiceError | UnreadableError | None]:
    """Return a request's signature and None, or None and the error in it."""
    try:
        return read_signature(request), None
    except ServiceError as wrong:
        return None, wrong
    except UnicodeDecodeError:
        return None, UnreadableError("the query isn't valid UTF-8")


def refusal_route(request: Request) -> Route:
    """Return the route by which a refused request is answered. An unreadable signature counts as none."""
    return find_route(request, _try_signature(request)[0])


def _call_origin(request: Request, signature: RequestSignature | None) -> Origin:
    """Return the origin of a call.

    The loopback address stands for the shop's own line to AWS, so only Region and agent vary.
    """
    agent = request.header("user-agent")[:MAX_USER_AGENT_LENGTH]
    if (
        signature is None
        or signature.service in GLOBAL_SERVICES
        or not REGION_PATTERN.fullmatch(signature.region)
    ):
        return _build_origin(agent, ids.REGION)
    return _build_origin(agent, signature.region)


@lru_cache(maxsize=64)  # a client sends the same in every call
def _build_origin(agent: str, region: str) -> Origin:
    """Return the origin with this agent and Region. Equal origins share one object, because each act stores one."""
    return Origin(region=region, agent=agent)


def _check_depth(value: Json, room: int = MAX_PARAMETER_DEPTH) -> None:
    """Raise UnreadableError if parameters are nested deeper than a save allows."""
    if not room:
        raise UnreadableError(
            f"parameters are nested deeper than {MAX_PARAMETER_DEPTH} levels"
        )
    if isinstance(value, str):  # nearly all values are, and the other tests take longer
        return
    if isinstance(value, Mapping):
        for part in value.values():
            _check_depth(part, room - 1)
    elif isinstance(value, tuple):
        for part in value:
            _check_depth(part, room - 1)


def refusal_response(route: Route, refused: ServiceError, id: str = "") -> Response:
    """Return a refusal in the form of its service.

    Clients repeat a request after a status of 500 or more. An operation that isn't simulated is no fault of the server, so its
    status becomes 400.
    """
    if refused.status >= 500 and refused.code not in SERVER_FAULTS:
        refused = ServiceError(refused.code, refused.message, 400)
    return route.codec.refuse(route.service, refused, id or str(uuid4()))


def _without_body(response: Response) -> Response:
    """Return the response to a HEAD request: the headers of a success, or only the status of a refusal."""
    if response.status < 400:
        return Response(response.status, response.headers)
    headers = {
        name: value for name, value in response.headers.items() if name != "content-type"
    }
    return Response(response.status, {**headers, "content-length": "0"})
