"""Tokens of real issuers at the endpoint: their published keys verify them, and nothing else opens a session."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from coffeeshop.account.access.web_identity import sign_claims
from coffeeshop.account.model import Call
from coffeeshop.endpoint.answer import Endpoint
from coffeeshop.endpoint.issuers import (
    Issuer,
    Issuers,
    fetch_document,
    parse_issuer,
)
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.strangers import MOST_KEPT
from coffeeshop.exchange import MAX_ANSWER_BYTES
from coffeeshop.lessons.play.in_memory import InMemory
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.published_keys import KeysError
from tests.tables import each_row

IDP = "https://idp.coffee.example"
ARN = "arn:aws:iam::111122223333:oidc-provider/idp.coffee.example"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": ARN},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"idp.coffee.example:sub": "robot"}},
        },
    }
)
RSA = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
EC = ECKey.generate_key("P-256", {"kid": "two"}, auto_kid=False)
STRANGER = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Wall:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def public_keys(*keys: Key) -> bytes:
    """Return a JWKS document with the public parts of these keys."""
    return json.dumps(KeySet(list(keys)).as_dict(private=False)).encode()


def token_of(key: Any = RSA, alg: str = "RS256", **claims: Any) -> str:
    """Return a token of the issuer, signed with a key."""
    second = int(NOW.timestamp())
    whole = {
        "iss": IDP,
        "sub": "robot",
        "aud": "app",
        "iat": second,
        "exp": second + 300,
        **claims,
    }
    header = {"alg": alg, "kid": key.kid}
    return jwt.encode(header, whole, key, algorithms=[alg])


@pytest.fixture
def keys(tmp_path: Path) -> str:
    """The path of a file with the issuer's public keys."""
    path = tmp_path / "keys.json"
    path.write_bytes(public_keys(RSA, EC))
    return str(path)


def endpoint_with(keys: str, wall: Wall, scenario: str = "05") -> Endpoint:
    """Return an endpoint that trusts the issuer, and whose account has its provider and a role for its robot."""
    player = Player(InMemory())
    player.open(scenario)
    for call in (
        Call("iam", "CreateOpenIDConnectProvider", {"Url": IDP, "ClientIDList": ("app",)}),
        Call("iam", "CreateRole", {"RoleName": "Robot", "AssumeRolePolicyDocument": TRUST}),
    ):
        player.do(call)
    return Endpoint(player, wall, issuers=(Issuer(IDP, keys),))


def exchange(endpoint: Endpoint, token: str, action: str = "") -> Response:
    """Return the response to an exchange of a token, which nobody signed."""
    form = {
        "Action": action or "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::111122223333:role/Robot",
        "RoleSessionName": "robot",
        "WebIdentityToken": token,
    }
    headers = {
        "host": "127.0.0.1:4517",
        "content-type": "application/x-www-form-urlencoded",
    }
    return endpoint.answer(Request("POST", "/", "", headers, urlencode(form).encode()))


def acts_of(endpoint: Endpoint) -> int:
    return len(endpoint.player.playing.play.acts)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256")])
def test_a_token_that_the_published_keys_verify_opens_a_session(
    keys: str, key: Any, alg: str
):
    endpoint = endpoint_with(keys, Wall())
    before = acts_of(endpoint)
    token = token_of(key, alg)
    response = exchange(endpoint, token)
    assert response.status == 200, response.body
    assert b"<SubjectFromWebIdentityToken>robot<" in response.body
    assert acts_of(endpoint) == before + 1
    act = endpoint.player.playing.play.acts[-1]
    assert token.rpartition(".")[2] not in str(act.call.parameters)


def raw_token(alg: str, secret: bytes) -> str:
    """Return a token with another algorithm in its header, signed by HMAC or (without a secret) by nothing."""
    header, claims, _ = token_of().split(".")
    row = json.dumps({"alg": alg, "kid": "one"}).encode()
    header = urlsafe_b64encode(row).decode().rstrip("=")
    signed_text = f"{header}.{claims}"
    if not secret:
        return f"{signed_text}."
    signature = hmac.digest(secret, signed_text.encode(), "sha256")
    return f"{signed_text}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


BAD_TOKENS = {
    "by a key that isn't published": (token_of(STRANGER), b"InvalidIdentityToken"),
    "by HS256 with the public key": (
        raw_token("HS256", RSA.as_pem(private=False)),
        b"InvalidIdentityToken",
    ),
    "by nothing": (raw_token("none", b""), b"InvalidIdentityToken"),
    "by RS384": (token_of(RSA, "RS384"), b"InvalidIdentityToken"),
    "with a changed claim": (
        ".".join(
            (
                token_of().split(".")[0],
                token_of(sub="root").split(".")[1],
                token_of().split(".")[2],
            )
        ),
        b"InvalidIdentityToken",
    ),
    "for another audience": (token_of(aud="other"), b"Incorrect token audience"),
    "of another issuer": (
        token_of(iss="https://else.example"),
        b"No OpenIDConnect provider found in your account for https://else.example",
    ),
    "about another subject": (
        token_of(sub="somebody"),
        b"Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    "that has expired": (
        token_of(exp=int(NOW.timestamp())),
        b"Token expired: current date/time",
    ),
    "that is none": ("a.b.c", b"InvalidIdentityToken"),
    "without dots": ("x" * 20_000, b"InvalidIdentityToken"),
    "that is too long": ("x" * 20_001, b"ValidationError"),
    "without text": ("\u20ac.\u20ac.\u20ac", b"InvalidIdentityToken"),
}


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_any_other_token_is_refused_and_leaves_no_act(keys: str, what: str):
    token, text = BAD_TOKENS[what]
    endpoint = endpoint_with(keys, Wall())
    before = acts_of(endpoint)
    response = exchange(endpoint, token)
    assert response.status in (400, 403)
    assert text in response.body, response.body
    assert acts_of(endpoint) == before


def test_the_form_that_a_play_stores_is_no_token_for_strangers(keys: str):
    endpoint = endpoint_with(keys, Wall())
    claims = {"iss": IDP, "sub": "robot", "aud": "app", "iat": 1, "exp": 10**10}
    token = sign_claims(endpoint.player.playing.play.account, claims)
    assert b"InvalidIdentityToken" in exchange(endpoint, token).body
    assert exchange(endpoint_without_issuers(), token).status == 400


def endpoint_without_issuers() -> Endpoint:
    player = Player(InMemory())
    player.open("05")
    return Endpoint(player, Wall())


def test_the_time_of_a_token_is_the_wall_clocks_in_a_lesson_of_another_time(keys: str):
    wall = Wall()
    endpoint = endpoint_with(keys, wall)
    token = token_of()
    wall.now += timedelta(seconds=299)
    assert exchange(endpoint, token).status == 200
    wall.now += timedelta(seconds=1)
    assert b"ExpiredTokenException" in exchange(endpoint, token).body


def test_a_verified_token_is_never_too_many(keys: str):
    endpoint = endpoint_with(keys, Wall())
    for _ in range(MOST_KEPT + 1):
        assert exchange(endpoint, token_of()).status == 200


def test_saml_is_answered_by_name(keys: str):
    endpoint = endpoint_with(keys, Wall())
    response = exchange(endpoint, "x", "AssumeRoleWithSAML")
    assert b"NotSimulated" in response.body
    assert response.status == 400


# ---------------------------------------------------------------- keys at an address
@contextmanager
def jwks_server(body: bytes, status: int = 200) -> Generator[tuple[str, list[str]]]:
    """Serve a document on this machine. Yield its address, and the paths that were asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(status)
            self.send_header("location", "http://192.0.2.1/keys")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/jwks", paths
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_keys_are_fetched_from_this_machine_and_at_most_once_in_ten_seconds():
    wall = Wall()
    with jwks_server(public_keys(RSA)) as (address, paths):
        issuers = Issuers([Issuer(IDP, address)], wall)
        assert issuers.verified_claims(token_of(STRANGER)) is None
        assert issuers.verified_claims(token_of(STRANGER)) is None
        assert issuers.verified_claims(token_of()) is not None
        assert paths == ["/jwks"]
        wall.now += timedelta(seconds=10)
        assert issuers.verified_claims(token_of(STRANGER)) is None
        assert paths == ["/jwks", "/jwks"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 200), (b"[]", 200), (b"x" * (MAX_ANSWER_BYTES + 1), 200), (b"", 302)],
)
def test_a_bad_document_verifies_nothing(body: bytes, status: int):
    with jwks_server(body, status) as (address, paths):
        issuers = Issuers([Issuer(IDP, address)], Wall())
        assert issuers.verified_claims(token_of()) is None
        assert paths == ["/jwks"]


@each_row(
    (address,)
    for address in [
        "http://192.0.2.1/jwks",
        "https://127.0.0.1/jwks",
        "http://idp.example/jwks",
        "http://127.0.0.1.example/jwks",
        "http://user@127.0.0.1/jwks",
        "http://127.0.0.1:port/jwks",
        "ftp://127.0.0.1/jwks",
        "file:///etc/passwd",
    ]
)
def test_nothing_is_fetched_from_elsewhere(address: str):
    with pytest.raises(KeysError, match="only from this machine"):
        Issuers([Issuer(IDP, address)], Wall())
    with pytest.raises(KeysError, match="only from this machine"):
        fetch_document(address)


@pytest.mark.parametrize(
    "text", ["x", "https://idp.example", "https://idp.example=", "x=y"]
)
def test_an_issuer_is_an_address_and_its_keys(text: str):
    with pytest.raises(KeysError, match="ISSUER=KEYS"):
        parse_issuer(text)
    assert parse_issuer("https://a.example/b=k.json") == Issuer(
        "https://a.example/b", "k.json"
    )


@pytest.mark.parametrize("body", [b"", b"{}", b'{"keys": 7}', b'{"keys": []}', b"\xff"])
def test_a_file_without_keys_is_a_problem(body: bytes, tmp_path: Path):
    path = tmp_path / "keys.json"
    path.write_bytes(body)
    with pytest.raises(KeysError, match="no JWKS document"):
        Issuers([Issuer(IDP, str(path))], Wall())
