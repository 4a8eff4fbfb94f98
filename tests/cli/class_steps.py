"""What tests of a kept class share: a teacher's machine, learners' machines, and plays that solve a scenario."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from click.testing import CliRunner, Result

from coffeeshop.classroom.kept_class import KeptClass, read_class
from coffeeshop.cli import group
from coffeeshop.lessons.play.membership import CODE_PATTERN
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load

ROSTER = "learner,name,email\n1,Kim Lee,k1@x.example\n2,Kim Lee,k2@x.example\n3,Ana Ames,ana@x.example\n"
FILE = Path("data/classes/IAM-101.class.sqlite3")
SOLVED = "05"


def coffeeshop(*line: str, learner: str = "", stdin: str = "") -> Result:
    """Run a command, on the teacher's machine or on a learner's."""
    env = {"COFFEESHOP_DATA": f"machine-of-{learner}"} if learner else {}
    return CliRunner().invoke(group, [*line], env=env, input=stdin)


def ok(*line: str, learner: str = "", stdin: str = "") -> str:
    """Run a command that must succeed, and return what it prints."""
    done = coffeeshop(*line, learner=learner, stdin=stdin)
    assert done.exit_code == 0, done.output
    return done.stdout


def kept() -> KeptClass:
    """Return the class."""
    return read_class(FILE)


def code_of(who: str) -> str:
    """Return a learner's code, as the teacher reads it."""
    match = CODE_PATTERN.search(ok("class", "show", who))
    assert match
    return match[0]


@cache
def solving_lines(variant: int, id: str = SOLVED) -> str:
    """Return the AWS CLI lines that solve a scenario in a variant."""
    files = load(find(id), variant).files

    def inline(match: re.Match[str]) -> str:
        return f"'{json.dumps(json.loads(files[match[1]]))}'"

    text = files["solution.sh"].decode().replace("\\\n", " ")
    return re.sub(r"file://(\S+)", inline, text)


def hand_in(who: str, out: str, lines: str | None = None, machine: str = "") -> Path:
    """Let a learner join, play 05 and hand in. `lines` are what they type, by default the solution."""
    machine = machine or who
    ok("join", code_of(who), learner=machine)
    variant = kept().find_member(who).first_variant
    typed = solving_lines(variant) if lines is None else lines
    ok("play", SOLVED, "--plain", learner=machine, stdin=typed)
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    ok("export", SOLVED, "--yes", "--out", out, learner=machine)
    return Path(out)
