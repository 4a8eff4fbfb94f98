"""Commands that messages name can be typed as they are, however the program was started."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import coffeeshop
from coffeeshop.cli import COMMANDS
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


def test_a_program_on_the_path_is_named_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    program = tmp_path / "coffeeshop"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_line("play", "05") == "coffeeshop play 05"


def test_a_module_that_was_run_is_named_with_its_python(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "coffeeshop", "play", "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"`{sys.executable} -m coffeeshop scenarios` lists" in done.stderr


# Modules whose texts go to other machines (students', a grader's, a schema's), where the program has its plain name.
FOR_OTHERS = {
    "classroom/reports.py",
    "cli/author.py",
    "cli/autograder.py",
    "cli/class_commands.py",
    "cli/class_members.py",
    "cli/class_links.py",
    "cli/class_show.py",
    "cli/endpoint.py",
    "cli/reports.py",
    "cli/roster.py",
    "lessons/grading/report_schema.py",
    "lessons/play/handin.py",
}
PROGRAM_NAME = "coffeeshop "
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def list_messages(module: Path) -> Iterator[str]:
    """Yield every text of a module, except what `--help` prints: docstrings and the help of options."""
    tree = list(ast.walk(ast.parse(module.read_text("utf-8"))))
    helps = [
        node.value for node in tree if isinstance(node, ast.keyword) and node.arg == "help"
    ]
    helps += [
        node.body[0].value
        for node in tree
        if isinstance(node, DOCUMENTED) and isinstance(node.body[0], ast.Expr)
    ]
    for node in tree:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in helps
        ):
            yield node.value


def test_a_message_names_no_command_of_this_program_by_itself():
    package = Path(coffeeshop.__file__).parent
    command = re.compile(rf"\bcoffeeshop ({'|'.join(COMMANDS)})\b")
    messages = [
        (module.name, text)
        for module in package.rglob("*.py")
        if module.relative_to(package).as_posix() not in FOR_OTHERS
        and PROGRAM_NAME in module.read_text("utf-8")
        for text in list_messages(module)
    ]
    assert messages
    assert [message for message in messages if command.search(message[1])] == []
