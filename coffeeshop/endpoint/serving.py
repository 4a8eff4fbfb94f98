"""Serve an endpoint on a socket until it is stopped. Only this module needs the extra `endpoint`."""

from __future__ import annotations

import gc
import socket
from contextlib import suppress

import uvicorn

from coffeeshop.endpoint.answer import Endpoint
from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.http import Http

CONNECTION_BACKLOG = 1024  # connections that may wait to be taken
KEEP_ALIVE_SECONDS = 75  # seconds that a connection is held between two requests
SHUTDOWN_SECONDS = 2  # seconds that requests under way have once the endpoint is stopped


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket. Port 0 chooses a free port. Raise OSError.

    The protocol must be TCP explicitly, because asyncio sets TCP_NODELAY only then. Without it, the end of a response waits 40 ms
    for the client's acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(CONNECTION_BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening


def serve(endpoint: Endpoint, listening: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM. Requests in work are answered first."""
    config = uvicorn.Config(
        App(endpoint),  # type: ignore[arg-type]  # Http calls it directly, without ASGI
        http=Http,
        ws="none",
        lifespan="off",
        log_config=None,  # a log would use standard output, which may be closed
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # there is no proxy, so its headers are not trusted
        backlog=CONNECTION_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    gc.freeze()  # loaded objects stay, and collecting them would delay calls
    gc.set_threshold(10_000)  # calls leave objects without cycles
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
