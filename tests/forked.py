"""Runs a command in a process of its own that is forked where all of it is loaded: a start costs more than most commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from typing import BinaryIO

LOADED = [
    "coffeeshop.cli.author",
    "coffeeshop.cli.grade",
    "coffeeshop.cli.play",
    "coffeeshop.plain.loop",
    "coffeeshop.policy.comparison.inclusion",
    "markdown_it",
    "pyotp",
    "tests.forked",
]
PATIENCE = 60  # seconds


@cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def forked(
    words: list[str], given: bytes, at: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Returns what `coffeeshop` with these words comes to, in a folder and an environment, when it is given that to read."""
    with TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "err")]
        streams[0].write_bytes(given)
        process = _server().Process(target=_run, args=(words, streams, at, dict(env)))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"not done within {PATIENCE} s: {words}")
        return subprocess.CompletedProcess(
            words, process.exitcode, *(path.read_bytes() for path in streams[1:])
        )


class ForkedCommand:
    """A command in a forked process that is going to be killed, with a pipe to what it reads and one from what it writes."""

    def __init__(self, words: list[str], at: Path, env: Mapping[str, str]) -> None:
        context = _server()
        read, ours = context.Pipe(duplex=False)
        theirs, written = context.Pipe(duplex=False)
        with read, ours, theirs, written:
            streams = [read, written, Path(os.devnull)]
            self._process = context.Process(
                target=_run, args=(words, streams, at, dict(env))
            )
            self._process.start()
            self.stdin: BinaryIO = os.fdopen(os.dup(ours.fileno()), "wb")
            self.stdout: BinaryIO = os.fdopen(os.dup(theirs.fileno()), "rb")

    def kill(self) -> None:
        """Send it SIGKILL, which a process can't handle."""
        self._process.kill()

    def close(self) -> None:
        """Close the pipes, and wait until the killed process is gone."""
        self.stdin.close()
        self.stdout.close()
        self._process.join(PATIENCE)
        assert self._process.exitcode == -SIGKILL


def _run(
    words: list[str], streams: list[Path | Connection], at: Path, env: dict[str, str]
) -> None:
    """Run the command as a shell would: in its folder and environment, with streams of its own."""
    for number, stream in enumerate(streams):
        is_file = isinstance(stream, Path)
        os.dup2(
            os.open(stream, os.O_RDWR | os.O_CREAT) if is_file else stream.fileno(), number
        )
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, closefd=False) for number, mode in enumerate("rww")
    )
    os.chdir(at)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["coffeeshop", *words]
    from coffeeshop.cli import main

    main()
