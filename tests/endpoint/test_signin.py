"""The sign-in page: what a browser sees of it, and what `aws login` gets by it."""

from __future__ import annotations

import json
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from coffeeshop.account.credentials import AccessKey, Session
from coffeeshop.cli.endpoint import begin_fresh_play
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.signin import (
    AUTHORIZE_PATH,
    CONFIRM_PATH,
    CROSS_DEVICE_CLIENT,
    SAME_DEVICE_CLIENT,
    SIGN_IN,
    TOKEN_PATH,
)
from coffeeshop.lessons.play.progress import Progress
from tests.endpoint.shop import Shop, opened, text_of

pytestmark = pytest.mark.slow
HOST = "127.0.0.1:4517"
VERIFIER = "v" * 64
CALLBACK = "http://127.0.0.1:40123/oauth/callback"
ASKED = {
    "response_type": "code",
    "client_id": SAME_DEVICE_CLIENT,
    "state": "a-state",
    "code_challenge_method": "SHA-256",
    "scope": "openid",
    "redirect_uri": CALLBACK,
    "code_challenge": urlsafe_b64encode(sha256(VERIFIER.encode()).digest())
    .decode()
    .rstrip("="),
}
PASSWORD = "Latte-art-at-7!"


@pytest.fixture
def shop() -> Shop:
    shop = opened()
    shop.client("iam").create_login_profile(UserName="casey", Password=PASSWORD)
    return shop


def got(
    shop: Shop, path: str, words: Mapping[str, str] = {}, **headers: str
) -> Response:  # never changed
    return shop.endpoint.answer(
        Request("GET", path, urlencode(words), {"host": HOST, **headers})
    )


def posted(shop: Shop, path: str, fields: Mapping[str, str], **headers: str) -> Response:
    return shop.endpoint.answer(
        Request("POST", path, "", {"host": HOST, **headers}, urlencode(fields).encode())
    )


def code_of(shop: Shop, **typed: str) -> str:
    """The code that a browser carries back to the client that asked."""
    response = posted(
        shop, AUTHORIZE_PATH, {**ASKED, "UserName": "casey", "Password": PASSWORD, **typed}
    )
    place = urlsplit(response.headers["location"])
    said = dict(parse_qsl(place.query))
    assert (
        response.status,
        f"{place.scheme}://{place.netloc}{place.path}",
        said["state"],
    ) == (
        303,
        CALLBACK,
        "a-state",
    )
    return said["code"]


def exchanged(shop: Shop, **asked: str) -> tuple[int, dict[str, Any]]:
    said = {
        "clientId": SAME_DEVICE_CLIENT,
        "grantType": "authorization_code",
        "redirectUri": CALLBACK,
        "codeVerifier": VERIFIER,
        **asked,
    }
    response = shop.endpoint.answer(
        Request("POST", TOKEN_PATH, "", {"host": HOST}, json.dumps(said).encode())
    )
    return response.status, json.loads(response.body)


def whose(shop: Shop, token: Mapping[str, Any]) -> str:
    given = token["accessToken"]
    keys = {
        "aws_access_key_id": given["accessKeyId"],
        "aws_secret_access_key": given["secretAccessKey"],
        "aws_session_token": given["sessionToken"],
    }
    return shop.client("sts", keys=keys).get_caller_identity()["Arn"]


def test_aws_login_gets_a_session_for_a_code_once(shop: Shop):
    code = code_of(shop)
    status, token = exchanged(shop, code=code)
    assert status == 200
    assert whose(shop, token) == "arn:aws:iam::111122223333:user/casey"
    claims = json.loads(b64decode(token["idToken"].split(".")[1] + "=="))
    assert claims["sub"] == "arn:aws:iam::111122223333:user/casey"
    assert 43_100 < token["expiresIn"] <= 43_200
    assert exchanged(shop, code=code) == (
        400,
        {"error": "invalid_grant", "message": "sign in again with `aws login`"},
    )


def test_a_session_is_read_anew_until_it_ends(shop: Shop):
    _, token = exchanged(shop, code=code_of(shop))
    again = {"grantType": "refresh_token", "refreshToken": token["refreshToken"]}
    status, fresh = exchanged(shop, **again)
    assert (status, fresh["accessToken"]) == (200, token["accessToken"])
    assert (
        exchanged(shop, **{**again, "refreshToken": token["refreshToken"] + "x"})[1][
            "error"
        ]
        == "invalid_grant"
    )
    shop.skew = timedelta(hours=13)
    assert exchanged(shop, **again)[1]["error"] == "TOKEN_EXPIRED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"codeVerifier": "w" * 64},
        {"clientId": CROSS_DEVICE_CLIENT},
        {"redirectUri": "http://127.0.0.1:1/x"},
        {"code": "guessed"},
    ],
)
def test_a_code_is_good_for_its_client_alone(shop: Shop, wrong: Mapping[str, str]):
    status, said = exchanged(shop, **{"code": code_of(shop), **wrong})
    assert (status, said["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"grantType": 1}', b'{"grantType": "password"}', b"[" * 10_000],
)
def test_what_asks_for_no_token_gets_none(shop: Shop, body: bytes):
    assert (
        shop.endpoint.answer(Request("POST", TOKEN_PATH, "", {"host": HOST}, body)).status
        == 400
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("redirect_uri", "https://example.com/"),
        ("redirect_uri", "http://127.0.0.1.example.com/"),
        ("redirect_uri", "http://127.0.0.1@example.com/"),
        ("redirect_uri", "http://127.0.0.1:1/\r\nx: y"),
        ("redirect_uri", "http://[::1"),
        ("redirect_uri", "javascript:alert(1)"),
        ("client_id", "arn:aws:signin:::devtools/strange"),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
        ("response_type", "token"),
    ],
)
def test_a_code_is_sent_to_this_machine_only_and_to_known_clients(
    shop: Shop, name: str, value: str
):
    before = shop.player.playing.play
    assert got(shop, AUTHORIZE_PATH, {**ASKED, name: value}).status == 400
    fields = {**ASKED, name: value, "UserName": "casey", "Password": PASSWORD}
    response = posted(shop, AUTHORIZE_PATH, fields)
    assert (response.status, "location" in response.headers) == (400, False)
    assert shop.player.playing.play is before


def test_a_browser_signs_in_and_gets_lines_to_paste(shop: Shop):
    assert got(shop, "/", accept="text/html").headers["location"] == SIGN_IN
    assert 'name="Password" type="password"' in text_of(got(shop, SIGN_IN))
    said = text_of(
        posted(
            shop,
            SIGN_IN,
            {"UserName": "casey", "Password": PASSWORD, "AccountId": "111122223333"},
        )
    )
    assert "casey@console" in said
    assert f"export AWS_ENDPOINT_URL=http://{HOST}" in said
    assert re.search(r"export AWS_SESSION_TOKEN=\S+", said)


def test_root_signs_in_by_e_mail(shop: Shop):
    owner = shop.player.playing.scenario.shop.account
    fields = {
        "RootEmail": owner.email,
        "AccountId": "111122223333",
        "Password": owner.password,
    }
    assert "root@console" in text_of(posted(shop, SIGN_IN, fields))


def test_a_wrong_password_is_told_in_aws_words_and_nothing_that_was_typed_is_markup(
    shop: Shop,
):
    typed = {
        "UserName": "casey",
        "RootEmail": "<b>casey</b>",
        "Password": "<i>secret</i>",
        "MfaCode": "123456",
    }
    response = posted(shop, AUTHORIZE_PATH, {**ASKED, "state": '"><script>', **typed})
    said = text_of(response)
    assert (response.status, "location" in response.headers) == (403, False)
    assert "Your authentication information is incorrect. Please try again." in said
    assert "&lt;b&gt;casey" in said
    assert not [part for part in ("<b>", "<script>", "secret", "123456") if part in said]
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_another_pages_form_signs_nobody_in(shop: Shop):
    fields = {"UserName": "casey", "Password": PASSWORD}
    assert posted(shop, SIGN_IN, fields, origin="https://example.com").status == 403
    assert posted(shop, SIGN_IN, fields, origin=f"http://{HOST}").status == 200


def test_another_device_is_shown_a_code_to_type(shop: Shop):
    asked = {
        **ASKED,
        "client_id": CROSS_DEVICE_CLIENT,
        "redirect_uri": f"http://{HOST}{CONFIRM_PATH}",
    }
    response = posted(
        shop, AUTHORIZE_PATH, {**asked, "UserName": "casey", "Password": PASSWORD}
    )
    shown = text_of(
        got(
            shop,
            CONFIRM_PATH,
            dict(parse_qsl(urlsplit(response.headers["location"]).query)),
        )
    )
    (typed,) = re.findall(r"<pre>(\S+)</pre>", shown)
    code = parse_qs(b64decode(typed).decode())["code"][0]
    status, token = exchanged(
        shop, code=code, clientId=CROSS_DEVICE_CLIENT, redirectUri=asked["redirect_uri"]
    )
    assert (status, whose(shop, token)) == (200, "arn:aws:iam::111122223333:user/casey")


def test_what_is_no_text_is_refused(shop: Shop):
    assert (
        shop.endpoint.answer(
            Request("GET", AUTHORIZE_PATH, "state=%ff", {"host": HOST})
        ).status
        == 400
    )
    assert (
        shop.endpoint.answer(
            Request("POST", SIGN_IN, "", {"host": HOST}, b"UserName=%ff")
        ).status
        == 400
    )


def test_a_root_user_without_a_key_is_signed_in_at_the_start_but_never_in_a_scenario_with_jobs(
    tmp_path: Path,
):
    fresh = Shop(begin_fresh_play(Progress(tmp_path / "fresh.sqlite3"), None))
    root_key = fresh.endpoint.start_credential()
    assert isinstance(root_key, AccessKey)
    fresh.client("iam", "root").delete_access_key(AccessKeyId=root_key.id)
    fresh.skew = timedelta(hours=13)  # after the session with which the account began
    assert isinstance(fresh.endpoint.start_credential(), Session)
    lesson = opened("02")
    lesson.player.wait(timedelta(hours=13))
    assert lesson.player.playing.profile == "root@console"
    assert lesson.endpoint.start_credential() is None
