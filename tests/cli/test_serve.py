"""`coffeeshop serve`: what cannot be served is named with its mend; what can is told with a link for each learner."""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import group
from coffeeshop.cli import serve as command
from coffeeshop.cli.problems import CONNECTIONS_FULL, warn_once_when_full


def serve(tmp_path: Path, *words: str) -> Result:
    return CliRunner().invoke(
        group, ["serve", *words], env={"COFFEESHOP_DATA": str(tmp_path / "data")}
    )


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """The places that would be served."""
    found: list[Mapping[str, Any]] = []

    def kept(places: Mapping[str, Any], *_: object) -> None:
        found.append(places)

    monkeypatch.setattr(command, "_serve", kept)
    return found


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("coffeeshop.cli.problems.find_spec", lambda _: None)
    done = serve(tmp_path)
    assert (done.exit_code, "pip install 'coffeeshop-iam[serve]'" in done.stderr) == (
        2,
        True,
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "could play as you"),
        (["--host", "shop.example.org"], "could play as you"),
        (["--class", "none.csv"], "none.csv"),
        (["no-such-scenario"], "no-such-scenario"),
        (["--port", "70000"], "70000"),
        (["--sessions", "0"], "sessions"),
        (["--idle", "0"], "idle"),
        (["--url", "shop.example.org"], "isn't the address of a server"),
        (["--url", "https://shop.example.org/a//b"], "isn't the address of a server"),
        (["--url", "https://shop.example.org/../b"], "isn't the address of a server"),
        (["--url", "https://shop.example.org/{secret}"], "isn't the address of a server"),
        (["--url", "https://shop.example.org/?a"], "isn't the address of a server"),
        (["--status", "9100"], "isn't an address with a port"),
        (["--status", "127.0.0.1:70000"], "isn't an address with a port"),
        (["--url", "https://[::1"], "isn't the address of a server"),
        (["--url", "https://a:b@shop.example.org"], "isn't the address of a server"),
        (["--url", "javascript:alert(1)"], "isn't the address of a server"),
    ],
)
def test_what_cannot_be_served_is_told_with_its_mend(
    tmp_path: Path, words: list[str], told: str
):
    done = serve(tmp_path, "--port", "0", *words)
    assert (done.exit_code, told in done.stderr, "a bug in Coffeeshop" in done.stderr) == (
        2,
        True,
        False,
    )


def test_a_port_that_is_taken_is_told(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = serve(tmp_path, "--port", str(taken.getsockname()[1]))
    assert (done.exit_code, "choose another port with --port" in done.stderr) == (2, True)


def test_a_class_has_a_place_for_each_and_its_odd_rows_are_told(
    tmp_path: Path, told: list[Mapping[str, Any]]
):
    roster = tmp_path / "roster.csv"
    roster.write_text(
        f"learner,name\nana,Ana Vidal\nben,Ben\nANA,Ana again\n--help,Help\n{'x' * 300},Long\n"
    )
    done = serve(tmp_path, "05", "--class", str(roster))
    assert done.exit_code == 0
    assert ["twice" in done.stderr, "there is no link for this learner" in done.stderr] == [
        True,
        True,
    ]
    assert "has no variants, so all learners play with the same names; " in done.stderr
    (places,) = told
    assert [place.name for place in places.values()] == ["Ana Vidal", "Ben", "Help"]
    assert [place.program.words[-1] for place in places.values()] == [
        "--learner=ana",
        "--learner=ben",
        "--learner=--help",
    ]
    assert json.loads((tmp_path / "data" / "links.json").read_text()) == {
        learner: secret
        for secret, learner in zip(places, ("ana", "ben", "--help"), strict=True)
    }


def test_links_of_two_with_one_name_tell_whose_is_which(
    tmp_path: Path, told: list[Mapping[str, Any]]
):
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "learner,name,variant\nk1,Kim Lee,7000\nk2,Kim Lee,8000\nbo,Bo,9000\n"
    )
    assert serve(tmp_path, "05", "--roster", str(roster)).exit_code == 0
    lines = command._start_lines(told[0], "http://x", False)
    assert [line.partition("  ")[2] for line in lines[:3]] == [
        "Kim Lee (k1)",
        "Kim Lee (k2)",
        "Bo",
    ]
    assert [place.name for place in told[0].values()] == [
        "Kim Lee",
        "Kim Lee",
        "Bo",
    ]  # on their own pages


def test_a_scenario_is_begun_in_the_variant_that_the_roster_gives(
    tmp_path: Path, told: list[Mapping[str, Any]]
):
    (tmp_path / "roster.csv").write_text("learner,variant\nana,7000\nben,\n")
    assert serve(tmp_path, "05", "--class", str(tmp_path / "roster.csv")).exit_code == 0
    assert "warning" not in serve(tmp_path, "--class", str(tmp_path / "roster.csv")).stderr
    scenario, shelf = ([*places.values()] for places in told)
    assert scenario[0].program.words == (
        "play",
        "05-receipts-drawer",
        "--first-variant=7000",
        "--learner=ana",
    )
    assert scenario[1].program.words == ("play", "05-receipts-drawer", "--learner=ben")
    assert shelf[0].program.words == ("play", "--first-variant=7000", "--learner=ana")


def test_whoever_is_a_learner_by_a_variable_serves_a_class_all_the_same(
    tmp_path: Path, told: list[Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "roster.csv").write_text("learner\nana\n")
    monkeypatch.setenv("COFFEESHOP_LEARNER", "kim")
    assert serve(tmp_path, "--class", str(tmp_path / "roster.csv")).exit_code == 0
    assert (
        serve(
            tmp_path, "--class", str(tmp_path / "roster.csv"), "--learner", "kim"
        ).exit_code
        == 2
    )
    assert len(told) == 1


@pytest.mark.parametrize(
    "text", ["", "points\n3\n", "learner\n", "\0\0\0", "learner\n" + "x" * 200_000 + "\n"]
)
def test_a_roster_of_nobody_is_told(
    tmp_path: Path, told: list[Mapping[str, Any]], text: str
):
    (tmp_path / "roster.csv").write_text(text)
    done = serve(tmp_path, "--class", str(tmp_path / "roster.csv"))
    assert (done.exit_code, done.stderr.startswith("error: "), told) == (2, True, [])


def test_the_links_are_written_to_a_table_of_the_teachers_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "r.csv").write_text(
        "learner,name,email\nana,Ana Vidal,ana@x.example\nbo,=1+1,\n"
    )

    def served(places: Mapping[str, Any], *options: Any) -> None:
        options[-2]("https://shop.example.org")
        told.extend(places)

    told = list[str]()
    monkeypatch.setattr(command, "_serve", served)
    file = tmp_path / "links.csv"
    assert (
        serve(tmp_path, "--class", str(tmp_path / "r.csv"), "--links", str(file)).exit_code
        == 0
    )
    assert file.read_text().splitlines() == [
        "learner,name,email,link",
        f"ana,Ana Vidal,ana@x.example,https://shop.example.org/{told[0]}/",
        f"bo,'=1+1,,https://shop.example.org/{told[1]}/",
    ]
    assert file.stat().st_mode & 0o077 == 0
    done = serve(
        tmp_path,
        "--class",
        str(tmp_path / "r.csv"),
        "--links",
        str(tmp_path / "none" / "links.csv"),
    )
    assert (done.exit_code, "choose another file with --links" in done.stderr) == (2, True)


def test_a_link_is_told_for_each_with_a_name_that_does_nothing_to_a_terminal():
    from coffeeshop.browser.server import Place
    from coffeeshop.browser.session import Program

    places = {"A" * 32: Place("Ana\x1b]0;x\x07\n", "Coffeeshop", Program((), Path()))}
    lines = command._start_lines(places, "http://127.0.0.1:4518", is_readable=True)
    assert lines[0].startswith("WARNING: ")
    assert lines[1].startswith(f"http://127.0.0.1:4518/{'A' * 32}/  Ana")
    assert not re.search(r"[\x00-\x1f]", "".join(lines))


def test_that_no_connection_can_be_taken_is_told_once_and_on_one_line(
    caplog: pytest.LogCaptureFixture,
):
    log = logging.getLogger("asyncio")
    before = [*log.filters]
    try:
        warn_once_when_full()
        full = OSError(24, "Too many open files")
        for _ in range(3):
            log.error("socket.accept() out of system resource\nsocket: <6>", exc_info=full)
        log.error("another")
    finally:
        log.filters[:] = before
    assert [(said.getMessage(), said.exc_info) for said in caplog.records] == [
        (CONNECTIONS_FULL, None),
        ("another", None),
    ]


def test_a_kept_class_is_served_by_its_name_with_the_links_that_it_keeps(
    tmp_path: Path, told: list[Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    (tmp_path / "roster.csv").write_text("learner,name\na,Ana\nb,Bo\n")
    made = ["class", "new", "IAM-101", "--roster", str(tmp_path / "roster.csv")]
    assert CliRunner().invoke(group, made).exit_code == 0
    done = serve(tmp_path, "05", "--class", "IAM-101")
    assert (done.exit_code, done.stderr) == (0, "")
    (places,) = told
    listed = CliRunner().invoke(group, ["class", "links"]).stdout
    assert all(f"/{secret}/" in listed for secret in places)
    assert all("--class=IAM-101" in place.program.words for place in places.values())


def test_links_lie_below_the_path_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "roster.csv").write_text("learner,name\na,Ana\n")
    monkeypatch.setattr("coffeeshop.browser.server.serve", announce_port)
    done = serve(
        tmp_path,
        "--class",
        str(tmp_path / "roster.csv"),
        "--url",
        "https://school.example/iam/",
        "--links",
        str(tmp_path / "links.csv"),
    )
    assert done.exit_code == 0
    (secret,) = re.findall(
        r"^https://school\.example/iam/([^/]+)/  Ana$", done.stdout, re.MULTILINE
    )
    assert f"https://school.example/iam/{secret}/" in (tmp_path / "links.csv").read_text()


async def announce_port(server: object, host: str, port: int, tell: Any, _: object) -> None:
    """Say that the server listens, and end."""
    tell(port)


def test_events_have_their_time_and_ids_only_where_they_are_asked_for(
    tmp_path: Path, told: list[Mapping[str, Any]], capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "roster.csv").write_text("learner,name\na17,Ana\n")
    for way in ("hidden", "ids"):
        serve(tmp_path, "--class", str(tmp_path / "roster.csv"), "--events", way)
    assert [[place.log_name for place in places.values()] for places in told] == [
        [""],
        ["a17"],
    ]
    command.print_event({"event": "started", "learner": "a17"})
    line = json.loads(capsys.readouterr().err)
    assert line.pop("time").endswith("+00:00")
    assert line == {"event": "started", "learner": "a17"}


@pytest.mark.parametrize(("scheme", "is_warned"), [("https", False), ("http", True)])
def test_that_nothing_is_encrypted_is_said_only_without_a_proxy_that_encrypts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, is_warned: bool
):
    (tmp_path / "roster.csv").write_text("learner,name\na,Ana\n")
    monkeypatch.setattr("coffeeshop.browser.server.serve", announce_port)
    roster = str(tmp_path / "roster.csv")
    url = f"{scheme}://shop.example.org"
    done = serve(tmp_path, "--class", roster, "--host", "0.0.0.0", "--url", url)
    assert (done.exit_code, "nothing is encrypted" in done.stdout) == (0, is_warned)
