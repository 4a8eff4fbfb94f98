"""A real OIDC server on this machine, whose tokens boto3 and the aws CLI exchange at a running endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.endpoint.server import Server, serving

pytestmark = [pytest.mark.peers, pytest.mark.slow]
HOST = "idp.coffee.example"
BACK = "http://localhost/back"
ARN = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
ROLE = "arn:aws:iam::111122223333:role/Robot"


@contextmanager
def oidc_server(lasts: timedelta = timedelta(hours=1)) -> Generator[str]:
    """Run the server behind what a TLS proxy tells it, so that its tokens name https. Yield its address on this machine."""
    mock = pytest.importorskip("oidc_provider_mock")
    werkzeug = pytest.importorskip("werkzeug.middleware.proxy_fix")
    serve = pytest.importorskip("werkzeug.serving")
    app = werkzeug.ProxyFix(mock.app(access_token_max_age=lasts), x_proto=1, x_host=1)
    server = serve.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the code is in its address."""

    def http_error_302(self, *_: Any, **__: Any) -> None:
        return None


def sign_in(server: str, audience: str, subject: str, host: str = HOST) -> str:
    """Return the ID token that a client gets for somebody who signs in."""
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": host}
    query = urlencode(
        {
            "client_id": audience,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid",
        }
    )
    request = urllib.request.Request(
        f"{server}/oauth2/authorize?{query}",
        urlencode({"sub": subject}).encode(),
        headers,
    )
    opener = urllib.request.build_opener(_Stay())
    try:
        opener.open(request)
        raise AssertionError("no redirect")
    except urllib.error.HTTPError as redirect:
        location = redirect.headers["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": audience,
        "client_secret": "x",
        "redirect_uri": BACK,
    }
    request = urllib.request.Request(
        f"{server}/oauth2/token", urlencode(form).encode(), headers
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["id_token"]


def make_provider(endpoint: Server) -> None:
    """Create the provider, and a role that its subject robot can assume."""
    iam = endpoint.client("iam")
    iam.create_open_id_connect_provider(Url=f"https://{HOST}", ClientIDList=["app"])
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": ARN},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{HOST}:sub": "robot", f"{HOST}:aud": "app"}},
        },
    }
    iam.create_role(RoleName="Robot", AssumeRolePolicyDocument=json.dumps(trust))


def unsigned_sts(endpoint: Server) -> Any:
    """Return boto3's client without any credential."""
    return boto3.client(
        "sts",
        endpoint_url=endpoint.url,
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}),
    )


def refusal_of(call: Callable[[], object]) -> str:
    """Return the code and text of a refusal."""
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value)


def test_tokens_of_a_real_issuer_are_exchanged_and_refused(tmp_path: Path):
    with (
        oidc_server() as server,
        oidc_server(timedelta(seconds=-1)) as late,
        serving(
            tmp_path, "--fresh", "--issuer", f"https://{HOST}={server}/jwks"
        ) as endpoint,
        serving(
            tmp_path, "--fresh", "--issuer", f"https://{HOST}={late}/jwks"
        ) as late_endpoint,
    ):
        make_provider(endpoint)
        make_provider(late_endpoint)
        sts = unsigned_sts(endpoint)

        def exchange(token: str, client: Any = sts) -> Any:
            return client.assume_role_with_web_identity(
                RoleArn=ROLE, RoleSessionName="robot", WebIdentityToken=token
            )

        token = sign_in(server, "app", "robot")
        answer = exchange(token)
        assert answer["SubjectFromWebIdentityToken"] == "robot"
        assert answer["Provider"] == ARN
        assert "AccessDenied" in refusal_of(
            lambda: exchange(sign_in(server, "app", "somebody"))
        )
        assert "Incorrect token audience" in refusal_of(
            lambda: exchange(sign_in(server, "other", "robot"))
        )
        assert "No OpenIDConnect provider found" in refusal_of(
            lambda: exchange(sign_in(server, "app", "robot", "else.example"))
        )
        assert "InvalidIdentityToken" in refusal_of(
            lambda: exchange(sign_in(late, "app", "robot"))
        )
        assert "ExpiredTokenException" in refusal_of(
            lambda: exchange(sign_in(late, "app", "robot"), unsigned_sts(late_endpoint))
        )
        (tmp_path / "token").write_text(token)
        line = (
            f"sts assume-role-with-web-identity --role-arn {ROLE} --role-session-name cli "
            "--web-identity-token file://token --query AssumedRoleUser.Arn --output text"
        )
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("AWS_")
        }
        printed = subprocess.run(
            [sys.executable, "-m", "awscli", *line.split(), "--endpoint-url", endpoint.url],
            cwd=tmp_path,
            env={**kept, "AWS_DEFAULT_REGION": "us-east-1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert printed.stdout.strip() == (
            "arn:aws:sts::111122223333:assumed-role/Robot/cli"
        ), printed.stderr
