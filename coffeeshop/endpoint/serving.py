"""Serves an endpoint on a socket until it is stopped. The only module that needs the extra `endpoint`."""

from __future__ import annotations

import gc
import socket
from contextlib import suppress

import uvicorn

from coffeeshop.endpoint.answer import Endpoint
from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.http import Http

WAITING = 1024  # connections that may wait to be taken
IDLE = 75  # seconds that a connection is held between two requests
LAST = 2  # seconds that requests under way have once the endpoint is stopped


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Port 0 stands for a free one. Raise OSError.
    TCP is named, since asyncio sends small writes at once (TCP_NODELAY) over such sockets alone: what a response has after
    its last full packet would else wait 40 ms for the client's acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(WAITING)
    except BaseException:
        listening.close()
        raise
    return listening


def serve(endpoint: Endpoint, listening: socket.socket) -> None:
    """Answer what comes until Ctrl-C or SIGTERM; what is under way is answered first."""
    config = uvicorn.Config(
        App(endpoint),  # type: ignore[arg-type]  # Http asks it, without ASGI between
        http=Http,
        ws="none",
        lifespan="off",
        log_config=None,  # a log would ask standard output for its colours, which who started us may have closed
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody stands between, and nothing is taken from what is said of an address
        backlog=WAITING,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=LAST,
    )
    gc.freeze()  # what is loaded stays, and calls would wait while the collector walks it in vain
    gc.set_threshold(10_000)  # what calls leave is kept too, and holds no circles
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
