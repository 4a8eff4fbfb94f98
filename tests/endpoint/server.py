"""`coffeeshop endpoint`, run as a command in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = {
    "COFFEESHOP_ROOT_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "COFFEESHOP_ROOT_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
EXPORT = re.compile(r"\b(AWS_\w+)=(\S+)")


@dataclass
class Server:
    """A running endpoint, and what it told to paste."""

    process: subprocess.Popen[str]
    exports: dict[str, str]
    said: str

    @property
    def url(self) -> str:
        return self.exports["AWS_ENDPOINT_URL"]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self, service: str) -> Any:
        """A client of boto3's with what was pasted."""
        told = self.exports
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=told["AWS_REGION"],
            aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=told.get("AWS_SESSION_TOKEN"),
            config=Config(retries={"max_attempts": 0}, max_pool_connections=1),
        )


@contextmanager
def serving(data: Path, *words: str) -> Generator[Server]:
    """Runs `coffeeshop endpoint WORDS` on a free port, until the block is left; then it must end well."""
    command = [sys.executable, "-m", "coffeeshop", "endpoint", "--port", "0", *words]
    env = {
        **os.environ,
        **ROOT,
        "COFFEESHOP_DATA": str(data),
        "COFFEESHOP_LEARNER": "casey",
    }
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Version 1 of the aws CLI" in line:
            break
    said = "".join(lines)
    try:
        yield Server(process, dict(EXPORT.findall(said)), said)
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert errors == ""
