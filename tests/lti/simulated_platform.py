"""A learning platform that runs on this machine, with real keys: it logs in, launches, asks for choices and takes scores.

What it checks about the tool, it checks as a platform does: with the tool's published key, and by the standard's words.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from coffeeshop.lti.platform import Platform

KEY = RSAKey.generate_key(2048, {"kid": "platform-1"}, auto_kid=False)
STRANGER = RSAKey.generate_key(2048, {"kid": "platform-1"}, auto_kid=False)
CLIENT, DEPLOYMENT = "tool-7", "course-2"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
LEARNER, INSTRUCTOR = f"{MEMBERSHIP}#Learner", f"{MEMBERSHIP}#Instructor"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = [AGS + "lineitem", AGS + "result.readonly", AGS + "score"]


class SimulatedPlatform:
    """The platform. `scores` are those that it took, `tokens` how often it gave an access token."""

    def __init__(self) -> None:
        self.url = ""
        self.tool_keys: bytes = b""
        self.scores: list[dict[str, Any]] = []
        self.score_addresses: list[str] = []
        self.results: dict[str, tuple[float, float]] = {}
        self.line_items: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        self.assertions: list[dict[str, Any]] = []
        self.refuses = 0  # so many requests for a score fail
        self.expires_in = 3600
        self.asked = asyncio.Event()  # for a score
        self.answers = asyncio.Event()  # to a score
        self.answers.set()
        self.jwks_asked = 0
        self.items_asked = 0
        self.tool_url = ""
        self.chooses = False  # the next who comes is a teacher who chooses an activity
        self.chosen: list[str] = []  # tokens of the tool

    @property
    def registration(self) -> Platform:
        """What a teacher registers."""
        return Platform(
            self.url,
            CLIENT,
            (DEPLOYMENT,),
            f"{self.url}/auth",
            f"{self.url}/token",
            f"{self.url}/jwks",
        )

    # ------------------------------------------------------------------ messages
    def claims(self, nonce: str, now: float, **changes: Any) -> dict[str, Any]:
        """The claims of a learner's launch, with changes. None takes a claim away."""
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "azp": CLIENT,
            "sub": "user-9",
            "nonce": nonce,
            "iat": int(now),
            "exp": int(now) + 300,
            "name": "Robin Vale",
            "email": "robin@x.example",
            CLAIM + "deployment_id": DEPLOYMENT,
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "resource_link": {"id": "link-1"},
            CLAIM + "roles": [LEARNER],
        }
        claims |= changes
        return {name: value for name, value in claims.items() if value is not None}

    def choice_claims(self, nonce: str, now: float, **changes: Any) -> dict[str, Any]:
        """The claims with which a teacher is sent to choose an activity."""
        settings = {
            "deep_link_return_url": f"{self.url}/return?course=2",
            "accept_types": ["ltiResourceLink", "link"],
            "accept_presentation_document_targets": ["iframe"],
            "data": "opaque <data>",
        }
        request = {
            CLAIM + "message_type": "LtiDeepLinkingRequest",
            CLAIM + "resource_link": None,
            CLAIM + "roles": [INSTRUCTOR],
            "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": settings,
        }
        return self.claims(nonce, now, **{**request, **changes})

    def grade_claim(self, line_item: bool = True) -> dict[str, Any]:
        """The claim that names the platform's gradebook."""
        endpoint: dict[str, Any] = {"scope": SCOPES, "lineitems": f"{self.url}/items?c=2"}
        if line_item:
            endpoint["lineitem"] = f"{self.url}/items/1?type=3"
        return {"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": endpoint}

    # --------------------------------------------------------------------- server
    async def _jwks(self, _: web.Request) -> web.Response:
        self.jwks_asked += 1
        return web.json_response(KeySet([KEY]).as_dict(private=False))

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        keys = KeySet.import_key_set(json.loads(self.tool_keys))
        token = jwt.decode(str(form["client_assertion"]), keys, algorithms=["RS256"])
        claims = token.claims
        assert token.header["kid"] == json.loads(self.tool_keys)["keys"][0]["kid"]
        assert form["grant_type"] == "client_credentials"
        assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)
        assert claims["aud"] == f"{self.url}/token"
        assert claims["jti"] not in {each["jti"] for each in self.assertions}
        self.assertions.append(claims)
        name = f"token-{len(self.assertions)}"
        self.tokens[name] = str(form["scope"])
        return web.json_response(
            {"access_token": name, "token_type": "Bearer", "expires_in": self.expires_in}
        )

    def _check_scope(self, request: web.Request, scope: str) -> None:
        name = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if scope not in self.tokens.get(name, "").split():
            raise web.HTTPUnauthorized

    async def _score(self, request: web.Request) -> web.Response:
        self._check_scope(request, AGS + "score")
        self.asked.set()
        await self.answers.wait()
        assert request.content_type == "application/vnd.ims.lis.v1.score+json"
        if self.refuses:
            self.refuses -= 1
            raise web.HTTPServiceUnavailable
        self.scores.append(json.loads(await request.text()))
        self.score_addresses.append(str(request.rel_url))
        return web.Response(status=204)

    async def _results(self, request: web.Request) -> web.Response:
        self._check_scope(request, AGS + "result.readonly")
        user = request.query["user_id"]
        rows = [
            {"userId": name, "resultScore": score, "resultMaximum": most}
            for name, (score, most) in self.results.items()
            if name == user
        ]
        return web.json_response(rows)

    async def _items(self, request: web.Request) -> web.Response:
        self._check_scope(request, AGS + "lineitem")
        self.items_asked += 1
        assert request.query["c"] == "2"
        if request.method == "GET":
            return web.json_response([*self.line_items.values()])
        item = json.loads(await request.text())
        item["id"] = f"{self.url}/items/{len(self.line_items) + 1}"
        self.line_items[item["id"]] = item
        return web.json_response(item, status=201)

    async def _course(self, request: web.Request) -> web.Response:
        """A page of the course, with the tool in a frame."""
        fields = {
            "iss": self.url,
            "login_hint": "hint-1",
            "target_link_uri": f"{self.tool_url}/lti/launch",
            "client_id": CLIENT,
        }
        address = escape(f"{self.tool_url}/lti/login?{urlencode(fields)}")
        frame = f'<iframe src="{address}" width="960" height="640"></iframe>'
        return web.Response(
            text=f"<!DOCTYPE html><title>Course</title>{frame}", content_type="text/html"
        )

    async def _auth(self, request: web.Request) -> web.Response:
        """Sign somebody in, who is sent on by a form."""
        assert request.query["redirect_uri"] == f"{self.tool_url}/lti/launch"
        kind = self.choice_claims if self.chooses else self.claims
        claims = kind(request.query["nonce"], time.time(), **self.grade_claim())
        values = {"id_token": signed(claims), "state": request.query["state"]}
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{escape(text)}">'
            for name, text in values.items()
        )
        form = (
            f'<form method="post" action="{request.query["redirect_uri"]}">{inputs}</form>'
        )
        text = f"<!DOCTYPE html>{form}<script>document.forms[0].submit()</script>"
        return web.Response(text=text, content_type="text/html")

    async def _return(self, request: web.Request) -> web.Response:
        """Take what a teacher chose."""
        self.chosen.append(str((await request.post())["JWT"]))
        return web.Response(text="<!DOCTYPE html><p>Thank you", content_type="text/html")

    @asynccontextmanager
    async def running(self, host: str = "127.0.0.1") -> AsyncGenerator[SimulatedPlatform]:
        """Run until the block ends."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/jwks", self._jwks),
                web.get("/course", self._course),
                web.get("/auth", self._auth),
                web.post("/return", self._return),
                web.post("/token", self._token),
                web.get("/items", self._items),
                web.post("/items", self._items),
                web.post("/items/{n}/scores", self._score),
                web.get("/items/{n}/results", self._results),
            ]
        )
        async with TestServer(application, host=host) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self


def signed(claims: dict[str, Any], key: RSAKey = KEY, **header: Any) -> str:
    """A token of the platform."""
    return jwt.encode({"alg": "RS256", "kid": "platform-1", **header}, claims, key)


def part(value: object) -> str:
    """A part of a token."""
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    """A token with the algorithm none."""
    return f"{part({'alg': 'none', 'kid': 'platform-1'})}.{part(claims)}."


def signed_with_public_key(claims: dict[str, Any], key: bytes) -> str:
    """A token whose HMAC has the published key as its secret."""
    head = f"{part({'alg': 'HS256', 'kid': 'platform-1'})}.{part(claims)}"
    mac = hmac.new(key, head.encode(), hashlib.sha256).digest()
    return f"{head}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def query_of(address: str) -> dict[str, str]:
    """The fields in an address's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
