"""The endpoint beside moto's server: the same loop of boto3's, one client, over loopback.

    PYTHONPATH=. python bench/endpoint.py [ROUNDS]

A round creates, reads and deletes a user: three calls. Prints, of each server: seconds from the start of its process to
its first answer, resident memory then and after the loop, calls a second, the middle, 99th and slowest of the calls, and
the server's own milliseconds of processor time for one, which a busy machine leaves alone. Signatures are verified by the
endpoint only, and neither keeps anything on the disk.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ROUNDS = 300
COMMANDS = {
    "coffeeshop": [
        "-m",
        "coffeeshop",
        "endpoint",
        "--fresh",
        "--root-credentials",
        "env",
        "--port",
        "{port}",
    ],
    "moto": ["-m", "moto.server", "--port", "{port}"],
}


def free_port() -> int:
    """Returns a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def answers(url: str) -> bool:
    """Tells whether something answers there, whatever it says."""
    try:
        urlopen(url, timeout=5).close()
    except HTTPError:
        return True
    except (URLError, OSError):
        return False
    return True


@contextmanager
def server(name: str) -> Generator[tuple[str, int, float]]:
    """Runs a server; tells its address, its process, and after how many seconds it first answered."""
    port = free_port()
    words = [sys.executable, *(word.format(port=port) for word in COMMANDS[name])]
    root = {
        "COFFEESHOP_ROOT_ACCESS_KEY_ID": KEY,
        "COFFEESHOP_ROOT_SECRET_ACCESS_KEY": SECRET,
    }
    began = perf_counter()
    running = subprocess.Popen(
        words,
        env={**os.environ, **root},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not answers(url):
            sleep(0.005)
        yield url, running.pid, perf_counter() - began
    finally:
        running.terminate()
        running.wait()


def resident(process: int) -> float:
    """Returns the memory that a process holds, in MiB."""
    (line,) = (
        line
        for line in Path(f"/proc/{process}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


def busy(process: int) -> float:
    """Returns the seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loop(url: str, rounds: int) -> list[float]:
    """Makes the calls; returns how many seconds each took, sorted."""
    config = Config(retries={"max_attempts": 0})
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    iam: Any = boto3.client(
        "iam", endpoint_url=url, region_name="us-east-1", config=config, **keys
    )
    iam.list_users()  # the first call is the client's own start
    taken: list[float] = []
    for n in range(rounds):
        for call in (iam.create_user, iam.get_user, iam.delete_user):
            began = perf_counter()
            call(UserName=f"user-{n}")
            taken.append(perf_counter() - began)
    return sorted(taken)


def main() -> None:
    """Print a line for each server."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print(
        f"{'':12}{'start s':>9}{'MiB':>7}{'after':>7}{'calls/s':>9}{'p50 ms':>8}{'p99':>7}{'worst':>7}{'cpu ms':>8}"
    )
    for name in COMMANDS:
        with server(name) as (url, process, start):
            before, spent = resident(process), busy(process)
            taken = loop(url, rounds)
            p50, p99, worst = (
                1000 * taken[int(len(taken) * share)] for share in (0.5, 0.99, 0.9999)
            )
            rate = len(taken) / sum(taken)
            told = f"{start:9.2f}{before:7.0f}{resident(process):7.0f}{rate:9.0f}{p50:8.2f}{p99:7.2f}{worst:7.2f}"
            told += f"{1000 * (busy(process) - spent) / len(taken):8.2f}"
            print(f"{name:12}{told}", flush=True)


if __name__ == "__main__":
    main()
