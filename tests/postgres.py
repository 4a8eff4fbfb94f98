"""A real PostgreSQL server of Debian's, in a folder of its own, for the tests of saves in a database."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

BINARIES = ("initdb", "pg_ctl", "postgres")


def needs_postgres() -> pytest.MarkDecorator:
    """Skip a test where no server is installed."""
    is_there = all(shutil.which(name) for name in BINARIES)
    return pytest.mark.skipif(not is_there, reason="no PostgreSQL server is installed")


class PostgresServer:
    """A server that can be killed and started again. PostgreSQL refuses to run as root, so it then runs as nobody."""

    def __init__(self, connections: int = 200) -> None:
        self.connections = connections
        self.home = Path(tempfile.mkdtemp(prefix="pg-"))
        self.user = "nobody" if os.geteuid() == 0 else None
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.home, entry.pw_uid, entry.pw_gid)
        self.data = self.home / "data"
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "coffeeshop",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        self.start()

    @property
    def url(self) -> str:
        """Its URL, over a socket in its own folder."""
        return f"postgresql://coffeeshop@/postgres?host={self.home}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-k {self.home} -h '' -c fsync=off -c wal_writer_delay=10s -c max_connections={self.connections}"
        self._run(
            "pg_ctl",
            "-D",
            str(self.data),
            "-l",
            str(self.home / "log"),
            "-w",
            "-o",
            options,
            "start",
        )

    def kill(self) -> None:
        """Kill the server's first process with -9, and wait until its children are gone, too."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        group = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        os.kill(pid, signal.SIGKILL)
        for child in map(int, group.stdout.split()):
            while Path(f"/proc/{child}").exists():
                time.sleep(0.01)

    def stop(self) -> None:
        """Stop it and delete its folder."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop", check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, *words: str, check: bool = True) -> None:
        subprocess.run(
            words,
            check=check,
            user=self.user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd="/",
        )
