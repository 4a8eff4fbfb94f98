"""Runs a command in a process of its own that is forked where all of it is loaded: a start costs more than most commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory

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


def _run(words: list[str], streams: list[Path], at: Path, env: dict[str, str]) -> None:
    """Run the command as a shell would: in its folder and environment, with streams of its own."""
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, closefd=False) for number, mode in enumerate("rww")
    )
    os.chdir(at)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["coffeeshop", *words]
    from coffeeshop.cli import main

    main()
