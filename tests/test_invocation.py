"""Commands that messages name can be typed as they are, however the program was started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from coffeeshop.invocation import command_line


@pytest.mark.parametrize(
    ("started", "typed"),
    [
        (".venv/bin/coffeeshop", ".venv/bin/coffeeshop --plain"),
        ("my venv/bin/coffeeshop", "'my venv/bin/coffeeshop' --plain"),
        ("/opt/shop/bin/coffeeshop", "/opt/shop/bin/coffeeshop --plain"),
        ("/usr/bin/pytest", "coffeeshop --plain"),
    ],
)
def test_a_command_is_named_as_the_program_was_started(
    monkeypatch: pytest.MonkeyPatch, started: str, typed: str
):
    monkeypatch.setattr(sys, "argv", [started])
    monkeypatch.setenv("PATH", "")
    assert command_line("--plain") == typed


def test_a_program_on_the_path_is_named_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    program = tmp_path / "coffeeshop"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_line("play", "05") == "coffeeshop play 05"


def test_a_module_that_was_run_is_named_with_its_python(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "coffeeshop", "play", "nowhere"], capture_output=True, text=True, check=False
    )
    assert f"`{sys.executable} -m coffeeshop scenarios` lists them" in done.stderr
