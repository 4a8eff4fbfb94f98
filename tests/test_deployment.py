"""What the container files and the forge's CI file ask for exists, and works outside a container."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from coffeeshop.cli import group
from coffeeshop.cli import serve as command
from tests.browser.windows import served

ROOT = Path(__file__).parents[1]
CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
PORT = "4518"


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text("utf-8"))


def instruction(name: str) -> str:
    """Return what follows the last instruction of this name, with continued lines joined."""
    lines = CONTAINERFILE.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith(f"{name} ")][-1].removeprefix(name)


@pytest.fixture
def shop() -> Any:
    return read_yaml(ROOT / "deploy" / "compose.yaml")["services"]["shop"]


async def test_the_health_check_of_the_image_passes_while_the_server_answers_and_fails_after(
    tmp_path: Path,
):
    health_check = json.loads(instruction("HEALTHCHECK").partition("CMD")[2])

    async def exit_code(port: int) -> int:
        words = [word.replace(PORT, str(port)) for word in health_check[1:]]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    async with served(tmp_path, host="0.0.0.0") as reached:
        port = reached.port
        assert await exit_code(port) == 0
    assert await exit_code(port) != 0


def test_the_image_runs_as_a_user_without_rights_and_writes_only_to_its_volume(shop: Any):
    assert instruction("USER").strip() == "10001"
    assert json.loads(instruction("VOLUME")) == ["/data"]
    assert "COFFEESHOP_DATA=/data" in instruction("ENV")
    assert shop["read_only"]
    assert shop["cap_drop"] == ["ALL"]
    assert shop["volumes"] == ["saves:/data"]


def test_the_image_installs_an_extra_that_the_package_has():
    extras = set(re.findall(r"\[(\w+)\]", CONTAINERFILE))
    assert extras == {"serve"}
    assert "\nserve = [" in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_command_of_the_compose_file_serves_a_kept_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop: Any
):
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path))
    (tmp_path / "roster.csv").write_text("learner,name\na,Ana\n")
    served_with: list[Any] = []
    monkeypatch.setattr(command, "_serve", lambda *given: served_with.extend(given))
    run = CliRunner().invoke
    roster = str(tmp_path / "roster.csv")
    assert run(group, ["class", "new", "IAM-101", "--roster", roster]).exit_code == 0
    names = {"CLASS": "IAM-101", "DOMAIN": "shop.example.org"}
    words = [
        re.sub(r"\$\{(\w+)[^}]*\}", lambda match: names[match[1]], word)
        for word in shop["command"]
    ]
    done = run(group, words)
    assert (done.exit_code, done.stderr) == (0, "")
    places, _, host, port, address, _, watched = served_with
    assert [place.name for place in places.values()] == ["Ana"]
    assert (host, str(port), address) == ("0.0.0.0", PORT, "https://shop.example.org")
    assert watched.status == ("0.0.0.0", 9100)
    assert shop["expose"] == [PORT, "9100"]


def test_the_image_alone_starts_a_command_that_exists():
    words = json.loads(instruction("CMD"))
    serve = group.get_command(click.Context(group), words[0])
    assert serve is not None
    serve.make_context(words[0], words[1:])  # raises for an unknown option


def test_the_forge_runs_the_scripts_that_are_here():
    jobs = read_yaml(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    parts = jobs["slow"]["strategy"]["matrix"]["part"]
    slow = (ROOT / ".ci" / "slow").read_text("utf-8")
    assert f'wanted=" ${{*:-{" ".join(parts)}}} "' in slow
    commands = [
        step["run"] for job in jobs.values() for step in job["steps"] if "run" in step
    ]
    assert commands == [".ci/run", ".ci/slow ${{ matrix.part }}"]
    for line in commands:
        assert (ROOT / shlex.split(line)[0]).stat().st_mode & 0o111
