"""Keeps one process of the real aws CLI, and has it carry out line after line: a start costs more than a call.

Version 1 runs this file; version 2, which is a binary, loads it as a plugin of its own. Only the standard library is there.
"""

import contextlib
import importlib
import io
import json
import os
import socketserver
import sys
import types
from typing import Any


def awscli_initialize(_events: Any) -> None:
    """Begin to serve where version 2 starts; a line's own driver, which loads its plugins too, is left alone."""
    if path := os.environ.pop("KEPT_CLI", ""):
        serve(path)


def serve(path: str) -> None:
    """Answer on a socket of this machine: a JSON object a line, of `argv`, `folder`, `env` and `send`."""
    clidriver: Any = importlib.import_module(
        "awscli.clidriver"
    )  # the CLI's own, which is there only now
    # Where it found its models.
    own = {name: os.environ[name] for name in ("AWS_DATA_PATH",) if name in os.environ}
    models = clidriver.create_clidriver().session.get_component("data_loader")  # read once

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                asked = json.loads(line)
                os.environ.clear()
                os.environ.update(asked["env"] | own)
                os.chdir(asked["folder"])
                told = _done(clidriver, models, asked["argv"], asked["send"])
                os.chdir("/")
                self.wfile.write(json.dumps(told).encode() + b"\n")

    with socketserver.UnixStreamServer(path, Handler) as server:
        server.serve_forever()


def _done(clidriver: Any, models: Any, argv: list[str], send: bool) -> dict[str, Any]:
    """What a line printed and came to; of one that is not sent, with which parameters it came to the wire, if it did."""
    caller, invoke = clidriver.CLIOperationCaller, clidriver.CLIOperationCaller.invoke
    taken: dict[str, Any] = {}
    wire: list[Any] = []

    def taking(
        self: Any, service: str, operation: str, parameters: Any, parsed_globals: Any
    ) -> int:
        pages = parameters.get("PaginationConfig", {})
        taken.update(
            {name: part for name, part in parameters.items() if name != "PaginationConfig"}
            | pages
        )
        return invoke(self, service, operation, parameters, parsed_globals)

    def decoding(params: dict[str, Any], **_: Any) -> None:
        taken.update({name: _plain(part) for name, part in params.items() if name in taken})

    def ending(request: Any, **_: Any) -> Any:
        wire.append(request)
        return types.SimpleNamespace(
            url=request.url, status_code=400, headers={}, content=b"", raw=None
        )

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            # A new one, since --cli-input-json makes one forget what is required.
            driver = clidriver.create_clidriver()
            driver.session.register_component("data_loader", models)
            if not send:
                caller.invoke = taking
                events = driver.session.get_component("event_emitter")
                events.register_last(
                    "provide-client-params", decoding
                )  # where version 2 has decoded base64
                events.register_first("before-send", ending)
            code = driver.main(argv)
        except SystemExit as left:
            code = left.code
        finally:
            caller.invoke = invoke
        out.flush()
    said = out.buffer.getvalue().decode("utf-8", "replace")
    return {
        "out": said,
        "err": err.getvalue(),
        "code": code or 0,
        "taken": _plain(taken) if wire else None,
    }


def _plain(value: Any) -> Any:
    """Parameters as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    value = value.read() if hasattr(value, "read") else value
    return value.decode("latin-1") if isinstance(value, bytes) else value


if __name__ == "__main__":
    serve(sys.argv[1])
