"""The real aws CLI of both versions: as it is started, and kept running for many lines.

Version 1 comes with the extra `peers`. Version 2 is taken where this machine has it: Debian's package `awscli`, AWS's own
installer, or what npm's `@aws-cdk/asset-awscli-v2` unpacks to. With COFFEESHOP_REAL_CLI=all what is asked of them in part
is asked whole: every line, every answer, the scripts of all scenarios; it takes an hour, and pytest's --timeout=0.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

WHOLE = os.environ.get("COFFEESHOP_REAL_CLI") == "all"
KEPT = Path(__file__).with_name("kept_cli.py")
NOBODY = {  # what every line needs that goes nowhere
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_CONFIG_FILE": "none",
    "AWS_SHARED_CREDENTIALS_FILE": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@cache
def version_2() -> str:
    """The path of the aws CLI of version 2; where there is none, a test that asks is skipped."""
    for folder in os.environ["PATH"].split(":"):
        found = shutil.which("aws", path=folder)
        if (
            found
            and b"aws-cli/2"
            in subprocess.run([found, "--version"], capture_output=True, check=False).stdout
        ):
            return found
    pytest.skip("the aws CLI of version 2 is not installed")


VERSIONS = [pytest.param(1, id="version-1"), pytest.param(2, id="version-2")]


@dataclass(frozen=True, slots=True)
class Said:
    """What a line printed and came to; of one that is not sent, the parameters that it would send, or None."""

    out: str
    err: str
    code: int
    taken: Any


@dataclass(frozen=True, slots=True)
class Kept:
    """A process of the real CLI that carries out line after line; `path` is the socket on which it is asked."""

    version: int
    path: Path

    def __call__(
        self,
        argv: list[str],
        folder: Path,
        env: Mapping[str, str] = NOBODY,
        *,
        send: bool = False,
    ) -> Said:
        """What comes of a line in a folder and an environment; unless it is sent, it ends at the wire."""
        asked = {"argv": argv, "folder": str(folder), "env": dict(env), "send": send}
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(self.path))
            one.sendall(json.dumps(asked).encode() + b"\n")
            with one.makefile(encoding="utf-8") as answer:
                return Said(**json.loads(answer.readline()))


@contextmanager
def kept(version: int, folder: Path) -> Generator[Kept]:
    """Keeps a CLI of version 1 or 2 running, with its socket and its settings in a folder, until the block is left."""
    path, settings = folder / "kept.socket", folder / "kept.config"
    settings.write_text(
        f"[plugins]\ncli_legacy_plugin_path = {KEPT.parent}\nkept = {KEPT.stem}\n", "utf-8"
    )
    plugin = {"AWS_CONFIG_FILE": str(settings), "KEPT_CLI": str(path)}
    if version == 1:
        command, env = [sys.executable, "-W", "ignore", str(KEPT), str(path)], {}
    else:
        command, env = [version_2(), "sts", "get-caller-identity"], plugin
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(path):
            assert process.poll() is None, "the CLI ended before it began"
        yield Kept(version, path)
    finally:
        process.kill()
        process.wait()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        return path.exists() and not one.connect_ex(str(path))
