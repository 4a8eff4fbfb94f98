"""Who is answered at all: not a page of another site, not a stranger's guess, not another user of the machine."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from coffeeshop.account import ids
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Call, Key, Nobody
from coffeeshop.endpoint import http as connections
from coffeeshop.endpoint import peer_user
from coffeeshop.endpoint.answer import Endpoint
from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.front_door import refuse_stranger, with_sandbox
from coffeeshop.endpoint.http import OTHER_USERS
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.peer_user import is_other_user
from coffeeshop.endpoint.signin import LOCKOUT_TIME, MOST_FAILURES, TOO_MANY
from coffeeshop.endpoint.strangers import MOST_KEPT
from coffeeshop.hosts import ServedHosts
from coffeeshop.lessons.play.in_memory import InMemory
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.player import Player
from tests.endpoint.wire import connected
from tests.tables import each_row

HOST = "127.0.0.1:4517"
NOBODY = 65534
WHOAMI = "Action=GetCallerIdentity&Version=2011-06-15"
PASSWORD = "Latte-art-at-7!"


class Wall:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


def endpoint_of(scenario: str, wall: Wall) -> Endpoint:
    player = Player(InMemory())
    assert not isinstance(player.open(scenario), Refused)
    return Endpoint(player, wall)


def acts_of(endpoint: Endpoint) -> int:
    return len(endpoint.player.playing.play.acts)


def ask(
    endpoint: Endpoint,
    method: str,
    path: str,
    query: str = "",
    body: bytes = b"",
    **headers: str,
) -> Response:
    return endpoint.answer(Request(method, path, query, {"host": HOST, **headers}, body))


# ---------------------------------------------------------------- hosts and origins
@each_row(
    (host,)
    for host in [
        "evil.example",
        "evil.example:4517",
        "127.0.0.1.evil.example:4517",
        "localhost.evil.example",
        "user@127.0.0.1",
        "10.0.0.7:4517",
        "127.0.0.1:port",
        "[::1",
    ]
)
def test_a_host_that_is_not_served_is_refused(host: str):
    refused = refuse_stranger(
        Request("GET", "/", WHOAMI, {"host": host}), ServedHosts("127.0.0.1")
    )
    assert refused is not None
    assert refused.status == 421


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:4517",
        "localhost:4517",
        "[::1]:4517",
        "LOCALHOST",
        "receipts.localhost:4517",
        "docker.internal",
    ],
)
def test_a_host_that_is_served_is_answered(host: str):
    hosts = ServedHosts("127.0.0.1", ("docker.internal",))
    assert refuse_stranger(Request("GET", "/", WHOAMI, {"host": host}), hosts) is None


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Host: evil.example", b"421"),
        ("Host: localhost\r\nOrigin: https://evil.example", b"403"),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site", b"403"),
        ("Host: localhost\r\nHost: evil.example", b"421"),
    ],
)
def test_a_stranger_is_refused_before_the_body_of_a_request_is_read(
    wall: Wall, header: str, status: bytes
):
    endpoint, loop = endpoint_of("05", wall), asyncio.new_event_loop()
    http, wire = connected(App(endpoint), loop)
    http.data_received(f"POST / HTTP/1.1\r\n{header}\r\nContent-Length: 9\r\n\r\n".encode())
    assert (wire.wrote[9:12], wire.closed) == (status, True)
    loop.close()


def test_a_connection_of_another_user_is_refused(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "is_other_user", lambda *_: True)
    loop = asyncio.new_event_loop()
    _, wire = connected(App(endpoint_of("05", wall)), loop)
    assert (wire.wrote, wire.closed) == (OTHER_USERS, True)
    loop.close()


@pytest.mark.parametrize("origin", ["null", "x", "http://", "file:///tmp/a.html", "//"])
def test_an_origin_without_a_host_is_no_own_one_of_a_request_without_a_host(origin: str):
    refused = refuse_stranger(
        Request("GET", "/", "", {"origin": origin}), ServedHosts("127.0.0.1")
    )
    assert refused is not None
    assert refused.status == 403


def test_an_endpoint_that_listens_on_the_network_is_called_by_each_address_and_by_no_other_name():
    hosts = ServedHosts("0.0.0.0")
    assert hosts.accepts_host_header("192.0.2.7:4517")
    assert not hosts.accepts_host_header("school.example:4517")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://[::1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "anything-new"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/v1/signin", "/v1/token", "/receipts/day-1"])
def test_what_another_sites_page_sends_is_refused_on_every_path(
    wall: Wall, path: str, headers: dict[str, str]
):
    endpoint = endpoint_of("05", wall)
    before = acts_of(endpoint)
    assert ask(endpoint, "POST", path, "", WHOAMI.encode(), **headers).status == 403
    assert acts_of(endpoint) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": f"http://{HOST}"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_the_endpoints_own_pages_and_typed_addresses_are_answered(
    wall: Wall, headers: dict[str, str]
):
    assert ask(endpoint_of("05", wall), "GET", "/v1/signin", **headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-dest": "document"},
        {"sec-fetch-dest": "iframe"},
        {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    ],
)
def test_an_object_that_a_browser_displays_cannot_act_as_a_page_of_the_endpoint(
    headers: dict[str, str],
):
    shown = with_sandbox(Request("GET", "/b/page.html", "", headers), Response(200))
    assert shown.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    "headers", [{}, {"accept": "*/*"}, {"sec-fetch-dest": "image", "accept": "text/html"}]
)
def test_an_object_that_no_browser_displays_is_answered_as_it_is(headers: dict[str, str]):
    assert (
        with_sandbox(Request("GET", "/b/page.html", "", headers), Response(200)).headers
        == {}
    )


# ------------------------------------------------------------------ secrets of an installation
def secret_in(path: Path) -> tuple[str, str]:
    with closing(Progress(path)) as kept:
        player = Player(kept)
        player.open("05")
        player.do(Call("iam", "CreateAccessKey", {"UserName": "casey"}))
        account = player.playing.play.account
        caller = find_caller(account, "casey")
        assert isinstance(caller, Key)
        answer = player.playing.play.outcomes[-1].answer
        assert ids.secret_key(account, caller.id) in str(answer), (
            "the app shows the secret that the endpoint takes"
        )
        return caller.id, ids.secret_key(account, caller.id)


def test_two_installations_give_one_key_two_secrets_and_each_keeps_its_own(tmp_path: Path):
    ana, ben = tmp_path / "ana.sqlite3", tmp_path / "ben.sqlite3"
    (key, secret), (same_key, other_secret) = secret_in(ana), secret_in(ben)
    assert (key == same_key, secret == other_secret) == (True, False)
    with closing(Progress(ana)) as kept:
        again = Player(kept)
        again.open("05")
        assert ids.secret_key(again.playing.play.account, key) == secret


def test_a_hand_in_carries_no_secret_of_its_installation(tmp_path: Path, wall: Wall):
    with closing(Progress(tmp_path / "ana.sqlite3")) as kept:
        player = Player(kept)
        player.open("05")
        player.do(Call("iam", "CreateAccessKey", {"UserName": "casey"}))
        play = player.playing.play
        key_id = next(
            key.id for key in play.account.keys_of(play.account.users["casey"].id)
        )
        exported = player.export("handin", wall())
        assert kept.proof_key.hex() not in str(exported)
        assert ids.secret_key(play.account, key_id) not in str(exported)


# ----------------------------------------------------------------------------- strangers
# The owner's key, whose id every manual prints, with a guess for a signature.
GUESSED = urlencode(
    {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20260302/us-east-1/iam/aws4_request",
        "X-Amz-Date": "20260302T120000Z",
        "X-Amz-Expires": "300",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "0" * 64,
    }
)
BY_TOKEN = (
    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=eve"
    "&RoleArn=arn:aws:iam::111122223333:role/deploy"
)


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/favicon.ico", ""),
        ("GET", "/robots.txt", ""),
        ("GET", "/.well-known/security.txt", ""),
        ("GET", "/coffeeshop-receipts/day-1", ""),
        ("PUT", "/coffeeshop-receipts/day-1", ""),
        ("GET", "/", WHOAMI),
        ("GET", "/", "Action=CreateUser&Version=2010-05-08&UserName=eve"),
        ("POST", "/v1/signin", "RootEmail=owner@coffeeshop.example&Password=guess"),
        ("GET", "/", f"{WHOAMI}&{GUESSED}"),
        ("GET", "/coffeeshop-receipts/day-1", GUESSED),
        ("GET", "/", f"{BY_TOKEN}&WebIdentityToken=eyJhbGciOiJub25lIn0.e30."),
        ("OPTIONS", "/", ""),
    ],
)
def test_what_nobodys_credential_signed_is_answered_and_not_kept(
    wall: Wall, method: str, path: str, query: str
):
    endpoint = endpoint_of("05", wall)
    before = acts_of(endpoint)
    for _ in range(3):
        assert 400 <= ask(endpoint, method, path, query).status < 500
    assert acts_of(endpoint) == before


def open_bucket(endpoint: Endpoint, action: str) -> None:
    statement = f'{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"arn:aws:s3:::doors/*"}}'
    policy = f'{{"Version":"2012-10-17","Statement":[{statement}]}}'
    for line in (
        "aws s3api create-bucket --bucket doors",
        "aws s3api delete-public-access-block --bucket doors",
        f"aws s3api put-bucket-policy --bucket doors --policy '{policy}'",
    ):
        assert not isinstance(endpoint.player.type(line), Refused), line


def test_what_a_stranger_stores_in_an_open_bucket_is_kept_up_to_a_limit(wall: Wall):
    endpoint = endpoint_of("C2", wall)
    open_bucket(endpoint, "s3:PutObject")
    before = acts_of(endpoint)
    statuses = [
        ask(endpoint, "PUT", f"/doors/{number}").status for number in range(MOST_KEPT + 3)
    ]
    assert statuses == [200] * MOST_KEPT + [400] * 3
    assert acts_of(endpoint) == before + MOST_KEPT


def test_a_play_that_asks_about_strangers_keeps_their_calls_up_to_a_limit(wall: Wall):
    endpoint = endpoint_of("12", wall)
    before = acts_of(endpoint)
    for path in ("/favicon.ico", "/robots.txt", "/.well-known/x"):
        assert ask(endpoint, "GET", path).status == 404
    assert acts_of(endpoint) == before, "browsers ask for these by themselves"
    for _ in range(MOST_KEPT + 3):
        ask(endpoint, "GET", "/", WHOAMI)
    assert acts_of(endpoint) == before + MOST_KEPT


def sign_in(endpoint: Endpoint, password: str) -> Response:
    fields = {"UserName": "casey", "Password": password}
    return ask(endpoint, "POST", "/v1/signin", "", urlencode(fields).encode())


def test_guesses_of_a_password_are_limited_and_the_right_one_has_to_wait_then(wall: Wall):
    endpoint = endpoint_of("05", wall)
    endpoint.player.do(
        Call("iam", "CreateLoginProfile", {"UserName": "casey", "Password": PASSWORD})
    )
    before = acts_of(endpoint)
    for number in range(MOST_FAILURES):
        assert TOO_MANY not in sign_in(endpoint, f"guess-{number}").body.decode()
    assert TOO_MANY in sign_in(endpoint, PASSWORD).body.decode()
    assert acts_of(endpoint) == before, "no guess is an act"
    wall.now += LOCKOUT_TIME
    assert sign_in(endpoint, PASSWORD).status == 200
    assert endpoint.player.playing.play.acts[-1].caller == Nobody()


def test_a_few_mistakes_lock_nobody_out(wall: Wall):
    endpoint = endpoint_of("05", wall)
    endpoint.player.do(
        Call("iam", "CreateLoginProfile", {"UserName": "casey", "Password": PASSWORD})
    )
    for number in range(3 * MOST_FAILURES):
        sign_in(endpoint, f"guess-{number}")
        wall.now += timedelta(minutes=1)
    assert sign_in(endpoint, PASSWORD).status == 200


# ---------------------------------------------------------------- users of the machine
@contextmanager
def connection(
    *, as_user: int | None = None, host: str = "127.0.0.1", listens_on: str = ""
) -> Generator[socket.socket]:
    """The server's end of a connection that a process of that user (None: this one) made, and holds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening_family = socket.AF_INET6 if ":" in listens_on + host else socket.AF_INET
    with socket.create_server(
        (listens_on or host, 0),
        family=listening_family,
        dualstack_ipv6=listens_on == "::",
    ) as listening:
        become = "" if as_user is None else f"os.setuid({as_user});"
        address = (host, listening.getsockname()[1])
        program = f"import os,socket,sys;{become}s=socket.socket({int(family)});s.connect({address!r});sys.stdin.read()"
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE
        ) as client:
            taken, _ = listening.accept()
            with taken:
                yield taken
            client.communicate()


def has_diagnostics() -> bool:
    """Whether this kernel lets programs ask for a socket. Some sandboxes don't."""
    if sys.platform != "linux":
        return False
    try:
        socket.socket(
            socket.AF_NETLINK, socket.SOCK_DGRAM, peer_user.SOCK_DIAG_PROTOCOL
        ).close()
    except OSError:
        return False
    return True


on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells whose a connection is"
)
asks_kernel = pytest.mark.skipif(
    not has_diagnostics(), reason="this kernel describes no sockets"
)


@on_linux
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connection_of_ones_own_is_known(host: str):
    if host == "::1" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with connection(host=host) as taken:
        assert not is_other_user(taken.getpeername(), taken.getsockname())


@on_linux
@pytest.mark.skipif(
    os.name == "posix" and os.geteuid() != 0, reason="only root can become someone else"
)
@pytest.mark.parametrize(
    "disabled_way", ["ask_kernel", pytest.param("search_tables", marks=asks_kernel)]
)
def test_a_connection_of_another_user_is_known(
    disabled_way: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(peer_user, disabled_way, lambda peer, local: None)
    with connection(as_user=NOBODY) as taken:
        assert is_other_user(taken.getpeername(), taken.getsockname())


@on_linux
@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no socket takes both IPs")
@pytest.mark.skipif(
    os.name == "posix" and os.geteuid() != 0, reason="only root can become someone else"
)
def test_a_connection_of_another_user_is_known_where_both_kinds_of_ip_are_listened_on():
    with connection(as_user=NOBODY, listens_on="::") as taken:
        assert taken.getpeername()[0] == "::ffff:127.0.0.1"
        assert is_other_user(taken.getpeername(), taken.getsockname())
    with connection(listens_on="::") as taken:
        assert not is_other_user(taken.getpeername(), taken.getsockname())


@asks_kernel
@pytest.mark.parametrize(
    ("host", "listens_on"),
    [("127.0.0.1", ""), ("::1", ""), ("127.0.0.1", "::"), ("::ffff:127.0.0.1", "::")],
)
def test_the_kernel_and_its_tables_name_the_same_owner(host: str, listens_on: str):
    if ":" in host + listens_on and not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with connection(host=host, listens_on=listens_on) as taken:
        ends = taken.getpeername(), taken.getsockname()
        owner = peer_user.ask_kernel(*ends)
        assert owner is not None
        assert owner.user == os.geteuid()
        assert owner.inode
        assert owner == peer_user.search_tables(*ends)


@asks_kernel
def test_a_socket_that_listens_is_no_end_of_a_connection():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        assert peer_user.ask_kernel(address, ("127.0.0.1", 1)) is None
        assert peer_user.search_tables(address, ("127.0.0.1", 1)) is None


def test_what_comes_from_elsewhere_or_over_no_address_has_no_user_here():
    assert not is_other_user(("192.0.2.7", 40000), ("192.0.2.1", 4517))
    assert not is_other_user(None, None)
