"""The endpoint beside moto's server, over loopback: the same calls by the same clients.

    PYTHONPATH=. python bench/endpoint.py [ROUNDS]

A round creates, reads and deletes a user: three calls. Three clients make them:

- `boto3` signs each call and parses its answer. That takes it longer than the endpoint needs to answer. So its calls a
  second say what a user of boto3 notices, and mostly measure boto3. Meanwhile the server's processor may fall asleep, so
  that a call costs the server half as much again as the same bytes without a pause.
- `http` sends calls that were signed beforehand, by the standard library. Most of its time is the server's.
- `anew` does so over a new connection for each call. With the other clients only the endpoint keeps a connection open:
  moto's server closes it after each call.

The servers take turns in blocks of calls, so that both meet the same load. But where more programs want to run than there
are processors, calls a second tell how long the system let each side wait. Then only processor time counts.

Prints, of each server: seconds from the start of its process to its first answer, and resident memory then and after the
calls. Then, by client: calls a second, the fastest, middle, 99th and slowest of them, and milliseconds of processor time
for one, of the server and of the client. At last, how many times moto's calls a second the endpoint answers, and the load.
Signatures are verified by the endpoint only, and neither keeps anything on the disk.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any, TypeAlias
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"
ROUNDS = 300
BLOCK = 50  # rounds of a server before it is the other's turn
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


# -------------------------------------------------------------------- the clients
Calls: TypeAlias = Sequence[Callable[[], object]]  # each makes one call, or raises


def boto3_calls(url: str, names: Iterable[str]) -> Calls:
    """Return the calls of a round for each user name, as boto3 makes them."""
    config = Config(retries={"max_attempts": 0})
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    iam: Any = boto3.client(
        "iam", endpoint_url=url, region_name=REGION, config=config, **keys
    )
    iam.list_users()  # the first call is the client's own start
    operations = (iam.create_user, iam.get_user, iam.delete_user)
    return [partial(operation, UserName=name) for name in names for operation in operations]


def signed_calls(url: str, names: Iterable[str], closes: bool = False) -> Calls:
    """Return the same calls, signed already, as the standard library sends them.

    `closes` closes the connection after each.
    """
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port)
    send(connection, closes, signed_request(url, "ListUsers"))
    operations = ("CreateUser", "GetUser", "DeleteUser")
    return [
        partial(send, connection, closes, signed_request(url, operation, UserName=name))
        for name in names
        for operation in operations
    ]


def signed_request(url: str, operation: str, **parameters: str) -> AWSPreparedRequest:
    """Return the request of an IAM call with its signature."""
    form = {"Action": operation, "Version": "2010-05-08", **parameters}
    request = AWSRequest("POST", url, data=urlencode(form))
    request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    SigV4Auth(Credentials(KEY, SECRET), "iam", REGION).add_auth(request)
    return request.prepare()


def send(connection: HTTPConnection, closes: bool, request: AWSPreparedRequest) -> None:
    """Send a request and read its response. Raise RuntimeError if it isn't a success.

    A connection that was closed opens again by itself.
    """
    headers = dict(request.headers.items())
    connection.request("POST", "/", request.body, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status != 200:
        raise RuntimeError(text.decode())
    if closes:
        connection.close()


CLIENTS: Mapping[str, Callable[[str, Iterable[str]], Calls]] = {
    "boto3": boto3_calls,
    "http": signed_calls,
    "anew": partial(signed_calls, closes=True),
}


# ---------------------------------------------------------------- the measurement
@dataclass
class Measurement:
    """Seconds that calls of one client to one server took."""

    calls: list[float] = field(default_factory=list)
    server_time: float = 0.0  # of processor
    client_time: float = 0.0  # of processor

    def add(self, calls: Calls, process: int) -> None:
        """Make these calls to the server of a process, and add what they took."""
        server_before, client_before = busy(process), process_time()
        for call in calls:
            began = perf_counter()
            call()
            self.calls.append(perf_counter() - began)
        self.server_time += busy(process) - server_before
        self.client_time += process_time() - client_before

    @property
    def rate(self) -> float:
        """Return the calls a second."""
        return len(self.calls) / sum(self.calls)

    def line(self) -> str:
        """Return the columns of the table."""
        ordered = sorted(self.calls)
        quantiles = (
            1000 * ordered[int(len(ordered) * share)] for share in (0.0, 0.5, 0.99, 0.9999)
        )
        times = (
            1000 * seconds / len(ordered)
            for seconds in (self.server_time, self.client_time)
        )
        numbers = "".join(f"{number:8.2f}" for number in (*quantiles, *times))
        return f"{self.rate:9.0f}{numbers}"


def main() -> None:
    """Measure both servers by both clients, and print the tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    measured = {(client, name): Measurement() for client in CLIENTS for name in COMMANDS}
    with ExitStack() as running:
        servers = {name: running.enter_context(server(name)) for name in COMMANDS}
        memory = {name: resident(process) for name, (_, process, _) in servers.items()}
        for first in range(0, rounds, BLOCK):
            names = [f"user-{n}" for n in range(first, min(first + BLOCK, rounds))]
            for (client, name), measurement in measured.items():
                url, process, _ = servers[name]
                measurement.add(CLIENTS[client](url, names), process)
        print(f"{'':18}{'start s':>8}{'MiB':>8}{'after':>8}")
        for name, (_, process, start) in servers.items():
            print(f"{name:18}{start:8.2f}{memory[name]:8.0f}{resident(process):8.0f}")
    columns = ("best ms", "p50", "p99", "worst", "server", "client")
    print(f"\n{'':18}{'calls/s':>9}{''.join(f'{column:>8}' for column in columns)}")
    for (client, name), measurement in measured.items():
        print(f"{client:7}{name:11}{measurement.line()}")
    for client in CLIENTS:
        ratio = measured[client, "coffeeshop"].rate / measured[client, "moto"].rate
        print(f"\n{client:7}{ratio:.1f} times moto's calls a second", end="")
    print(f"\n\nload {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
