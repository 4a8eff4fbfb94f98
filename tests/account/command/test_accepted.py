"""Every line that the game prints or asks for is one that the real CLI takes: of version 1 in this process's own copy, of
version 2 where this machine has it.
"""

import shlex
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from random import Random  # noqa: TID251  # values drawn of a seed, so that they replay
from re import findall, sub
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings

from coffeeshop.account.command import lines, write
from coffeeshop.account.model import Call
from coffeeshop.lessons.scenario.load import load
from coffeeshop.views.brief import usage
from tests.account.command.test_laws import ROWS, structures
from tests.account.command.test_peers import Theirs, theirs
from tests.real_cli import version_2

pytestmark = [pytest.mark.peers, pytest.mark.slow]
__all__ = ["theirs"]  # the fixture of version 1
SCENARIOS = Path(__file__).parents[3] / "scenarios"
FOLDERS = sorted(path.parent for path in SCENARIOS.glob("*/scenario.toml"))
PLACES = {  # what only the game knows, and what stands in capitals for the reader's own
    "@phone": "123456",
    "@key": "AKIAIOSFODNN7EXAMPLE",
    "@job": "0" * 36,
    "ARN": "arn:aws:iam::111122223333:role/till",
    "NUMBER": "arn:aws:iam::111122223333:mfa/casey",
    "CODE1": "123456",
    "CODE2": "654321",
}


def scripts() -> Iterator[tuple[str, Path]]:
    """The lines of the shop and of every scenario, with the folder whose files they name."""
    for path in (SCENARIOS / "shop.sh", *SCENARIOS.glob("*/*.sh"), *SCENARIOS.glob("*/wrong/*.sh")):
        folder = path.parent.parent if path.parent.name == "wrong" else path.parent
        yield from ((line, folder) for _, line in lines(path.read_text("utf-8")) if line.startswith("aws "))


def told() -> Iterator[tuple[str, Path]]:
    """The lines of jobs, refusals and hints, and the calls of each brief."""
    for folder in FOLDERS:
        scenario = load(folder)
        yield from ((line, folder) for want in scenario.wants for line in want.do)
        yield from ((usage(call).replace("fileb://FILE", "fileb://scenario.toml"), folder) for call in scenario.calls)
        text = (folder / "scenario.toml").read_text("utf-8")
        yield from ((line, folder) for line in findall(r"`(aws [^`]+ --[^`]+)`", text))


def known(line: str) -> list[str]:
    """The words of a line but its profile, with what only the game knows put in."""
    words = shlex.split(sub(r"\\\n", " ", line))[1:]
    words = [word for place, word in enumerate(words) if "--profile" not in (word, words[place - 1])]
    return [next((value for name, value in PLACES.items() if word.startswith(name)), word) for word in words]


def shape(line: str) -> tuple[str, ...]:
    """What a parser sees of a line: its command, and which options stand in it."""
    words = known(line)
    return (*words[:2], *sorted({word.partition("=")[0] for word in words if word.startswith("--")}))


def every() -> list[tuple[str, Path]]:
    """One line of each shape."""
    found = [
        (line, folder)
        for line, folder in (*scripts(), *told())
        if line.startswith("aws ") and "{" not in line.split("'")[0]
    ]
    return list({shape(line): (line, folder) for line, folder in found}.values())


class Refusing(BaseHTTPRequestHandler):
    """Answers every request with an error at once: the line was taken if it got here."""

    def do_POST(self) -> None:  # the name that http.server asks for
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_DELETE = do_HEAD = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def refused(words: list[str], folder: Path, url: str, home: Path) -> str:
    """What version 2 says of a line that it does not take; "" of one that it sends."""
    environment = {
        "AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "HOME": str(home),
    }  # fmt: skip
    words = [
        str(home / word) if place and words[place - 1] == "--outfile" else word for place, word in enumerate(words)
    ]
    done = subprocess.run(
        [version_2(), *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    return done.stderr.strip() if done.returncode == 252 else ""


def test_version_1_takes_every_line_of_scenarios_hints_and_calls(theirs: Theirs):
    """Those with code for Lambda aside: it opens the ZIP file, and that lies in the scenario's folder."""
    asked = [
        sub(r"(fileb?)://[\w./-]+", r"\1://receipt.json", shlex.join(["aws", *known(line)]))
        for line, _ in every()
        if "--zip-file" not in line
    ]
    assert [line for line in asked if theirs(line) is None] == []


@pytest.mark.skipif(not version_2(), reason="the aws CLI of version 2 is not installed")
def test_version_2_takes_every_line_of_scenarios_hints_and_calls(url: str, tmp_path: Path):
    asked = every()
    assert len(asked) > 50
    with ThreadPoolExecutor(2) as pool:
        said = pool.map(lambda row: (row[0], refused(known(row[0]), row[1], url, tmp_path)), asked)
        assert [row for row in said if row[1]] == []


def drawn() -> list[str]:
    """Three lines of the writer for each operation, of any values; those that need JSON beside options are read alike only
    by what stands in either.
    """
    found: list[str] = []
    for number, row in enumerate(row for row in ROWS if row.service != "console"):

        @settings(
            max_examples=3, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(parameters=structures(row.input, 2))
        def draw(parameters: dict[str, object]) -> None:
            named = {"Bucket": "coffeeshop-receipts"} if "Bucket" in parameters else {}  # the CLI checks no other name
            found.append(write(Call(row.service, row.name, {**parameters, **named})))  # noqa: B023  # called at once

        draw()
        assert len(found) > number
    return found


@pytest.mark.skipif(not version_2(), reason="the aws CLI of version 2 is not installed")
def test_version_2_takes_what_is_written_of_any_call(url: str, tmp_path: Path):
    asked = [line for line in drawn() if "--cli-input-json" not in line or "ZipFile" in line]
    some = Random(3).sample(asked, min(len(asked), 444))
    with ThreadPoolExecutor(2) as pool:
        said = pool.map(lambda line: (line, refused(shlex.split(line)[1:], tmp_path, url, tmp_path)), some)
        assert [row for row in said if row[1]] == []
