"""An endpoint in this process, and boto3's clients that speak to it without a socket."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from urllib3.response import HTTPResponse

from coffeeshop.account import ids
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Key
from coffeeshop.endpoint.answer import Endpoint
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.lessons.play.in_memory import InMemory
from coffeeshop.lessons.sitting.player import Player

HOST = "http://127.0.0.1:4517"


def wall() -> datetime:
    """The clock on the wall: botocore signs by it."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251


@dataclass
class Shop:
    """An endpoint over a player, and the clients of people in it."""

    player: Player
    skew: timedelta = timedelta()
    change: Callable[[Request], Request] = lambda request: request  # on the way
    sent: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.endpoint = Endpoint(self.player, lambda: wall() + self.skew)

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answers a request of botocore's."""
        self.sent.append(self.change(received(request)))
        response = self.endpoint.answer(self.sent[-1])
        body = HTTPResponse(
            io.BytesIO(response.body),
            response.headers,
            response.status,
            preload_content=False,
            request_method=request.method,
        )
        return AWSResponse(request.url, response.status, response.headers, body)

    def keys(self, profile: str) -> dict[str, str]:
        """The credential of a profile, as boto3 takes it."""
        account = self.player.playing.play.account
        caller = find_caller(account, profile)
        assert isinstance(caller, Key), f"no one is called {profile}"
        found = account.credentials[caller.id]
        token = (
            {"aws_session_token": ids.session_token(account, found)}
            if isinstance(found, Session)
            else {}
        )
        return {
            "aws_access_key_id": caller.id,
            "aws_secret_access_key": ids.secret_key(account, caller.id),
            **token,
        }

    def client(
        self,
        service: str,
        profile: str = "",
        *,
        keys: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Any:
        """A client of boto3's that speaks to this endpoint, with the badge in hand or another."""
        found = self.keys(profile or self.player.playing.profile) if keys is None else keys
        config = Config(retries={"max_attempts": 0}, parameter_validation=False).merge(
            more.pop("config", Config())
        )
        made = boto3.client(
            service,
            **{
                "endpoint_url": HOST,
                "region_name": "us-east-1",
                "config": config,
                **found,
                **more,
            },
        )
        made.meta.events.register("before-send", self.send)
        return made


def received(request: AWSPreparedRequest) -> Request:
    """The request as a server sees it."""
    url = urlsplit(request.url)
    headers = {
        name.lower(): value if isinstance(value, str) else value.decode()
        for name, value in request.headers.items()
    }
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    body = body if isinstance(body, bytes) else body.encode()
    headers = {"host": url.netloc, **headers}
    return Request(request.method, url.path or "/", url.query, headers, body)


def opened(scenario: str = "05") -> Shop:
    """The shop of a scenario, kept nowhere."""
    player = Player(InMemory())
    player.open(scenario)
    return Shop(player)


def text_of(response: Response) -> str:
    """A response's body as text."""
    return response.body.decode()
