"""One request and its response, without sockets."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import uuid4

from coffeeshop.account import ids
from coffeeshop.account.api.operations import Operation
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
from coffeeshop.endpoint.claim import Claim, claimed
from coffeeshop.endpoint.clock import Clock, shifted
from coffeeshop.endpoint.exports import in_hand
from coffeeshop.endpoint.front_door import refuse
from coffeeshop.endpoint.message import Request, Response, in_path
from coffeeshop.endpoint.protocols.codec import Body
from coffeeshop.endpoint.refusals import ITS_OWN, UnreadableError, refusal, unknown_key
from coffeeshop.endpoint.routing import Route, routed
from coffeeshop.endpoint.selection import selected
from coffeeshop.endpoint.signature import prove, prove_policy
from coffeeshop.endpoint.signin import SignIn
from coffeeshop.endpoint.signin_page import told
from coffeeshop.endpoint.strangers import is_asked_by_browsers_alone, is_kept
from coffeeshop.endpoint.uploads import Upload, permit, received, uploaded
from coffeeshop.hosts import ServedHosts
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.player import Player

REGION = re.compile(r"[a-z0-9-]{1,63}")
EVERYWHERE = frozenset(
    {"iam", "sts"}
)  # services of no Region, whatever Region a client signs for
AGENT = 256  # characters that are kept of what a client calls itself
DEEPEST = 60  # levels of nested parameters: a save holds no more


class Endpoint:
    """Answers requests out of the player's play. `secrets` are those of keys whose secret the account did not draw;
    `wall` tells the time, in UTC and whole seconds; `hosts` are the names by which it is reached.
    """

    def __init__(
        self,
        player: Player,
        wall: Callable[[], datetime],
        secrets: Mapping[str, str] | None = None,
        hosts: ServedHosts | None = None,
    ) -> None:
        self.hosts = hosts or ServedHosts("127.0.0.1")
        self.player, self.clock, self.secrets = player, Clock(wall), secrets or {}
        self._signin = SignIn(
            lambda call: self._done(Nobody(), call),
            lambda: self.player.playing.play.account,
            self._seconds_left,
            wall,
        )

    def begin(self) -> Credential | None:
        """Returns the credential that a client begins with, after root has signed in to an account of one's own in which
        nothing else lives.
        """
        sitting = self.player.playing
        at = self.clock.read(sitting)
        found = in_hand(sitting, at)
        if (
            found is None
            and sitting.profile == "root@console"
            and not sitting.scenario.wants
        ):
            owner = sitting.scenario.shop.account
            who: dict[str, Json] = {
                "RootEmail": sitting.play.account.email,
                "Password": owner.password,
            }
            self._done(Nobody(), Call("console", "SignIn", who))
            found = in_hand(self.player.playing, at)
        return found

    def answer(self, request: Request) -> Response:
        """Return the response to a request, or the refusal of one that another site's page sent."""
        return refuse(request, self.hosts) or self.respond(request)

    def respond(self, request: Request) -> Response:
        """Return the response to a request whose head was not refused; whatever is wrong with it, in the form and the words
        of its service.
        """
        if (page := self._page(request)) is not None:
            return page
        claim, wrong = _claim(request)
        route = routed(request, claim)
        try:
            if wrong is not None:
                raise wrong
            response = self._response(request, claim, route)
        except ServiceError as refused:
            response = refusing(route, refused)
        except UnreadableError as said:
            response = refusing(route, refusal("unreadable", route.service, str(said)))
        except UnicodeDecodeError:
            response = refusing(
                route, refusal("unreadable", route.service, "this is not UTF-8")
            )
        except RecursionError:
            response = refusing(
                route, refusal("unreadable", route.service, "this is nested too deeply")
            )
        if request.method == "HEAD":
            return _without_body(response)
        return response

    def _page(self, request: Request) -> Response | None:
        """Returns what the sign-in page answers; None where the request is for the account."""
        self.player.follow()
        try:
            return self._signin.answer(request)
        except (ServiceError, ValueError) as wrong:
            return told("This cannot be done", str(wrong), status=400)

    def _seconds_left(self, session: Session) -> int:
        return int((session.expires - self.clock.read(self.player.playing)).total_seconds())

    def _response(self, request: Request, claim: Claim | None, route: Route) -> Response:
        if claim is None and is_asked_by_browsers_alone(request.path):
            return Response(404)
        if route.service == "s3":
            upload = uploaded(in_path(request))
        else:
            upload = None
        if upload is None:
            caller, whole = self._proven(request, claim)
            return self._performed(
                route, caller, claim, in_path(whole) if route.service == "s3" else whole
            )
        put = bodies.plain(upload.put(request), None, "")
        response = self._performed(route, self._permitted(upload), upload.claim, put)
        if response.status >= 400:
            return response
        return received(upload, response, request.header("host"))

    def _performed(
        self, route: Route, caller: Caller, claim: Claim | None, request: Request
    ) -> Response:
        """Returns the response to a request whose sender is known."""
        row = route.operation(request)
        parameters = route.codec.read(row, request)
        _shallow(parameters)
        call = Call(row.service, row.name, parameters, _origin(request, claim))
        outcome = self._done(caller, call)
        id = ids.draw_uuid(
            outcome.account.seed, "request", outcome.account.calls
        )  # as CloudTrail has it
        if isinstance(outcome.answer, ServiceError):
            return refusing(route, outcome.answer, id)
        response = route.codec.write(row, self._told(row, outcome.answer.body), id)
        if row.service == "s3":
            return bodies.summed(selected(response, row, request), row, request)
        return response

    def _done(self, caller: Caller, call: Call) -> Outcome:
        """Do an act, and know that it is kept before it is answered; what nobody's credential signed is kept only if
        `is_kept` says so. Raises ServiceError where it could not be kept, and so was not done.
        """
        if isinstance(caller, Nobody):
            sitting = self.player.playing
            outcome = self.player.preview(caller, call, self.clock.read(sitting))
            if not is_kept(sitting.play, outcome):
                return outcome
        done = self.player.perform(caller, call, self.clock.read(self.player.playing))
        if isinstance(done, Refused):
            raise ServiceError("NotSaved", "; ".join(map(str, done.problems)))
        self.clock.note(done.outcome)
        return done.outcome

    def _told(self, row: Operation, body: Body) -> Body:
        """Returns a reply by the client's clock."""
        if self.clock.ahead:
            return cast(Body, shifted(row.output, body, self.clock.ahead))
        return body

    # ------------------------------------------------------------- who it is from
    def _proven(self, request: Request, claim: Claim | None) -> tuple[Caller, Request]:
        """Returns who sent a request, and the request with its body as it was meant. Raises ServiceError."""
        if claim is None:
            return Nobody(), bodies.plain(request, None, "")
        secret = self._secret(claim)
        prove(claim, request, secret, self.clock.wall())
        return Key(claim.key), bodies.plain(request, claim, secret)

    def _permitted(self, upload: Upload) -> Caller:
        """Returns who signed the policy of a form, which allows what the form uploads. Raises ServiceError."""
        claim = upload.claim
        if claim is None:
            return Nobody()
        prove_policy(claim, upload.fields["policy"], self._secret(claim))
        permit(upload, self.clock.wall())
        return Key(claim.key)

    def _secret(self, claim: Claim) -> str:
        """Returns the secret of a claim's key. Raises ServiceError where the account knows no such key, or another token."""
        account = self.player.playing.play.account.home_of(Key(claim.key))
        found = account.credentials.get(claim.key)
        if found is None:
            raise unknown_key(claim.service)
        if isinstance(found, Session):
            token = ids.session_token(account, found)
        else:
            token = ""
        if not hmac.compare_digest(token.encode(), claim.token.encode("utf-8", "replace")):
            raise unknown_key(claim.service)
        return self.secrets.get(claim.key) or ids.secret_key(account, claim.key)


def _claim(request: Request) -> tuple[Claim | None, ServiceError | UnreadableError | None]:
    """Returns a request's claim, or why it cannot be read."""
    try:
        return claimed(request), None
    except ServiceError as wrong:
        return None, wrong
    except UnicodeDecodeError:
        return None, UnreadableError("the query is not UTF-8")


def whither(request: Request) -> Route:
    """Returns in whose name, and how, a request is refused that was not taken."""
    return routed(request, _claim(request)[0])


def _origin(request: Request, claim: Claim | None) -> Origin:
    """Returns where a call comes from. Loopback stands in for the shop's own line to AWS, so address and encryption are
    those of the shop.
    """
    agent = request.header("user-agent")[:AGENT]
    if claim is None or claim.service in EVERYWHERE or not REGION.fullmatch(claim.region):
        return _from(agent, ids.REGION)
    return _from(agent, claim.region)


@lru_cache(maxsize=64)  # a client says the same in every call, and each call is kept
def _from(agent: str, region: str) -> Origin:
    return Origin(region=region, agent=agent)


def _shallow(value: Json, room: int = DEEPEST) -> None:
    """Raises UnreadableError where parameters are nested deeper than can be kept."""
    if not room:
        raise UnreadableError(f"parameters are nested deeper than {DEEPEST} levels")
    if isinstance(
        value, str
    ):  # as nearly all are, of which the other questions take longer
        return
    if isinstance(value, Mapping | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            _shallow(one, room - 1)


def refusing(route: Route, refused: ServiceError, id: str = "") -> Response:
    """Returns a refusal as its service words it. Clients ask three to five times over where a server says that the fault
    is its own: no fault of a server is what the shop does not simulate.
    """
    if refused.status >= 500 and refused.code not in ITS_OWN:
        refused = ServiceError(refused.code, refused.message, 400)
    return route.codec.refuse(route.service, refused, id or str(uuid4()))


def _without_body(response: Response) -> Response:
    """Returns what is answered to a HEAD: of what was found its length is told, of a refusal nothing but the status."""
    length = {} if response.status < 400 else {"content-length": "0"}
    kept = {
        name: value
        for name, value in response.headers.items()
        if response.status < 400 or name != "content-type"
    }
    return Response(response.status, {**kept, **length})
