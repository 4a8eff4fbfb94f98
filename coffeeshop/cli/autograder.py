"""`coffeeshop author autograder`: what Gradescope or PrairieLearn needs to grade hand-ins by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from shlex import quote
from uuid import NAMESPACE_URL, uuid5

import click

from coffeeshop.cli.options import POINTS, SCENARIOS
from coffeeshop.cli.problems import writing
from coffeeshop.cli.wheel import wheel, zipped
from coffeeshop.files import write_whole
from coffeeshop.harmless import escaped_line
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load

# https://gradescope-autograders.readthedocs.io/en/latest/specs/
SETUP = """#!/usr/bin/env bash
# Installs Coffeeshop once, when Gradescope builds the image.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
python=python3
if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'; then
  apt-get update
  apt-get install -y python3.11 python3.11-venv
  python=python3.11
fi
"$python" -m venv "$root/venv"
"$root/venv/bin/pip" install "$root"/source/coffeeshop-*.whl
"""
RUN = """#!/usr/bin/env bash
# Grades what a learner handed in: the best hand-in of the submission.
root="${AUTOGRADER_ROOT:-/autograder}"
mkdir -p "$root/results"
"$root/venv/bin/coffeeshop" grade "$root/submission" --scenario @ID@ --points @POINTS@ \\
  --best --format gradescope --out "$root/results/results.json"
test -s "$root/results/results.json"  # exit codes of grade say how well it went, not whether it did
"""

# https://docs.prairielearn.com/externalGrading/
GRADER = """#!/usr/bin/env bash
# Grades what a learner handed in: the best hand-in among the files of the submission.
root="${GRADE_ROOT:-/grade}"
mkdir -p "$root/results"
coffeeshop grade "$root/student" --scenario @ID@ --best --format prairielearn --out "$root/results/results.json"
test -s "$root/results/results.json"
"""
DOCKERFILE = """FROM python:3.12-slim
COPY coffeeshop-*.whl /tmp/
RUN pip install --no-cache-dir /tmp/coffeeshop-*.whl && rm /tmp/coffeeshop-*.whl
COPY grade.sh /usr/local/bin/grade.sh
RUN chmod +x /usr/local/bin/grade.sh
"""
INFO = """{
  "uuid": "@UUID@",
  "title": @TITLE@,
  "topic": "IAM",
  "type": "v3",
  "gradingMethod": "External",
  "externalGradingOptions": {
    "enabled": true,
    "image": "YOUR-REGISTRY/coffeeshop-grader",
    "entrypoint": "/usr/local/bin/grade.sh",
    "timeout": 60
  }
}
"""
QUESTION = """<pl-question-panel>
  <p>Play <code>@ID@</code>, then write it down with <code>coffeeshop export @ID@ --out handin.jsonl</code>, and hand in
    that file.</p>
  <pl-file-upload file-names="handin.jsonl"></pl-file-upload>
</pl-question-panel>
<pl-submission-panel><pl-external-grader-results></pl-external-grader-results></pl-submission-panel>
"""

Made = Callable[[str, str, float], Mapping[str, str]]  # from a scenario's id and title, and the points


def _gradescope(id: str, title: str, points: float) -> Mapping[str, str]:
    return {"setup.sh": SETUP, "run_autograder": _filled(RUN, id, title, points)}


def _prairielearn(id: str, title: str, points: float) -> Mapping[str, str]:
    return {
        "image/Dockerfile": DOCKERFILE,
        "image/grade.sh": _filled(GRADER, id, title, points),
        f"questions/{id}/info.json": _filled(INFO, id, title, points),
        f"questions/{id}/question.html": QUESTION.replace("@ID@", escape(id)),
    }


def _filled(text: str, id: str, title: str, points: float) -> str:
    """Returns a template with what it asks for: names for a shell are quoted, texts for JSON too."""
    filled = {
        "@ID@": quote(id),
        "@POINTS@": f"{points:g}",
        "@TITLE@": json.dumps(title),
        "@UUID@": str(uuid5(NAMESPACE_URL, f"coffeeshop:{id}")),
    }
    for name, value in filled.items():
        text = text.replace(name, value)
    return text


SYSTEMS: Mapping[str, tuple[Made, str]] = {  # with the folder in which the program itself stands
    "gradescope": (_gradescope, ""),
    "prairielearn": (_prairielearn, "image/"),
}


@click.command()
@click.argument("system", type=click.Choice([*SYSTEMS]))
@click.argument("id")
@POINTS
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A zip file to be written.")
@SCENARIOS
def autograder(system: str, id: str, points: float, out: Path, extra: Path | None) -> None:
    """Write a zip file with all that SYSTEM needs to grade hand-ins of the scenario ID by itself.

    gradescope: upload the file as it is, as the autograder of a programming assignment of so many --points. prairielearn:
    unpack it, build the image (docker build -t YOUR-REGISTRY/coffeeshop-grader image), name it in the question's
    info.json. Both hold this program with that scenario alone; what else it needs comes from PyPI when it is built.
    """
    folder = find(id, extra)
    scenario = load(folder)
    made, place = SYSTEMS[system]
    files = {name: text.encode() for name, text in made(scenario.id, scenario.title, points).items()}
    name, program = wheel({f"{scenario.id}/{name}": body for name, body in scenario.files.items()}, "grader")
    files[f"{place}{name}"] = program
    with writing(out, "name another file"):
        write_whole(out, zipped(files))
    click.echo(escaped_line(f"{out} grades {scenario.id} in {system}: {', '.join(files)}"))
