"""Run `coffeeshop author autograder`, which packs the files with which Gradescope or PrairieLearn grades hand-ins."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from shlex import quote
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

import click

from coffeeshop.classroom.cells import row
from coffeeshop.classroom.headings import FIELD_HEADINGS
from coffeeshop.classroom.roster import ID_FIELDS, NAME_FIELDS
from coffeeshop.cli.options import (
    POINTS_OPTION,
    SCENARIOS_OPTION,
    FilePath,
    complete_scenarios,
    roster_option,
)
from coffeeshop.cli.problems import command_problem, report_write_errors
from coffeeshop.cli.roster import read_roster_with_warnings
from coffeeshop.cli.wheel import build_wheel, zip_files
from coffeeshop.files import write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.problem import Problems

# https://gradescope-autograders.readthedocs.io/en/latest/specs/
SETUP_SCRIPT = """#!/usr/bin/env bash
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
"$root/venv/bin/pip" install "$root"/source/coffeeshop_iam-*.whl
"""
RUN_SCRIPT = """#!/usr/bin/env bash
# Grades what a learner handed in: the best hand-in of the submission.
root="${AUTOGRADER_ROOT:-/autograder}"
mkdir -p "$root/results"
"$root/venv/bin/coffeeshop" grade "$root/submission" --scenario @ID@ --points @POINTS@ @CLASS@\\
  --best --format gradescope --out "$root/results/results.json"
test -s "$root/results/results.json"  # exit codes of grade say how well it went, not whether it did
"""

ROSTER_FILE = "roster.csv"  # beside the program: who has which variant, so that a learner gets no points for another learner's
CLASS_OPTIONS = (
    f'--roster "$root/source/{ROSTER_FILE}" --submitter "$root/submission_metadata.json" '
)

# https://docs.prairielearn.com/externalGrading/
GRADER_SCRIPT = """#!/usr/bin/env bash
# Grades what a learner handed in: the best hand-in among the files of the submission.
root="${GRADE_ROOT:-/grade}"
mkdir -p "$root/results"
coffeeshop grade "$root/student" --scenario @ID@ @CLASS@--best --format prairielearn --out "$root/results/results.json"
test -s "$root/results/results.json"
"""
DOCKERFILE = """FROM python:3.12-slim
COPY coffeeshop_iam-*.whl /tmp/
RUN pip install --no-cache-dir /tmp/coffeeshop_iam-*.whl && rm /tmp/coffeeshop_iam-*.whl
COPY grade.sh /usr/local/bin/grade.sh
RUN chmod +x /usr/local/bin/grade.sh
"""
INFO_TEMPLATE = """{
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
SERVER_TEMPLATE = """import random


def generate(data):
    # PrairieLearn doesn't tell the grader who submits, so each learner's question has its own variant and accepts no other.
    data["params"]["first_variant"] = 1000 * random.randrange(1, 1_000_000)
"""
DRAWN_OPTIONS = '--submitter "$root/data/data.json" '
# https://docs.prairielearn.com/pl-file-upload/
QUESTION_TEMPLATE = """<pl-question-panel>
  <p>Play the scenario: <code>coffeeshop play @ID@@FIRST@</code>. When you are done, press <code>x</code>, or type
    <code>coffeeshop export @ID@ --out @ID@.handin.jsonl</code>. Upload the file that this writes. Its name must end in
    <code>.jsonl</code>.</p>
  <pl-file-upload file-patterns="*.jsonl"></pl-file-upload>
</pl-question-panel>
<pl-submission-panel><pl-external-grader-results></pl-external-grader-results></pl-submission-panel>
"""


class AutograderOrder(NamedTuple):
    """The order for an autograder: a scenario, the points of a full score, and the roster as CSV text ("": none)."""

    scenario: Scenario
    points: float
    roster: str


FilesOfOrder = Callable[[AutograderOrder], Mapping[str, str]]


def _gradescope_files(order: AutograderOrder) -> Mapping[str, str]:
    """Return the texts of a Gradescope autograder by path: two scripts, and the roster if there is one."""
    files = {
        "setup.sh": SETUP_SCRIPT,
        "run_autograder": _fill_template(
            RUN_SCRIPT, order, CLASS_OPTIONS if order.roster else ""
        ),
    }
    if order.roster:
        return {**files, ROSTER_FILE: order.roster}
    return files


def _prairielearn_files(order: AutograderOrder) -> Mapping[str, str]:
    """Return the texts for PrairieLearn by path: the image's files and a question.

    If the scenario has variants, the question draws one for each learner.
    """
    id = order.scenario.id
    varies = order.scenario.varies
    question = QUESTION_TEMPLATE.replace(
        "@FIRST@", " --first-variant {{params.first_variant}}" if varies else ""
    )
    files = {
        "image/Dockerfile": DOCKERFILE,
        "image/grade.sh": _fill_template(
            GRADER_SCRIPT, order, DRAWN_OPTIONS if varies else ""
        ),
        f"questions/{id}/info.json": _fill_template(INFO_TEMPLATE, order),
        f"questions/{id}/question.html": question.replace("@ID@", escape(id)),
    }
    if varies:
        return {**files, f"questions/{id}/server.py": SERVER_TEMPLATE}
    return files


def _fill_template(text: str, order: AutograderOrder, owner: str = "") -> str:
    """Return a template with its placeholders filled in. The id is quoted for a shell, the title for JSON."""
    id = order.scenario.id
    filled = {
        "@ID@": quote(id),
        "@POINTS@": f"{order.points:g}",
        "@TITLE@": json.dumps(order.scenario.title),
        "@UUID@": str(uuid5(NAMESPACE_URL, f"coffeeshop:{id}")),
        "@CLASS@": owner,
    }
    for name, value in filled.items():
        text = text.replace(name, value)
    return text


def _roster_csv(path: Path | None, system: str) -> str:
    """Return the roster that an autograder needs, as CSV text: the columns that identify learners, and the variant.

    Raise Problems if the system doesn't tell who submits, or if no learner has a variant.
    """
    if path is None:
        return ""
    if system != "gradescope":
        message = f"{system} doesn't tell the grader who submitted a file, so a roster has no use there"
        mend = "leave out --roster: each learner's question has its own variant, and accepts no other"
        raise Problems(command_problem("no-identity", message, mend))
    roster = read_roster_with_warnings(path)
    if all(learner.first_variant is None for learner in roster.learners):
        message = (
            f"{path} has no variants, so the autograder couldn't tell whose play it grades"
        )
        raise Problems(
            command_problem(
                "no-variants",
                message,
                f"to add variants, run {command_line(f'roster assign {path} --out given.csv')}",
            )
        )
    fields = [
        field for field in (*ID_FIELDS, *NAME_FIELDS, "variant") if field in roster.fields
    ]
    rows = (
        [learner.entries.get(field, "") for field in fields] for learner in roster.learners
    )
    return "".join(map(row, ([FIELD_HEADINGS[field][0] for field in fields], *rows)))


# With the folder in which the program itself stands.
AUTOGRADER_SYSTEMS: Mapping[str, tuple[FilesOfOrder, str]] = {
    "gradescope": (_gradescope_files, ""),
    "prairielearn": (_prairielearn_files, "image/"),
}


@click.command()
@click.argument("system", type=click.Choice([*AUTOGRADER_SYSTEMS]))
@click.argument("id", shell_complete=complete_scenarios)
@POINTS_OPTION
@roster_option(
    "Class roster (CSV) that `roster assign` wrote. Each learner gets points only for their own variant."
)
@click.option(
    "--out",
    type=FilePath("can't be a zip file"),
    required=True,
    help="The zip file to write.",
)
@SCENARIOS_OPTION
def autograder(
    system: str,
    id: str,
    points: float,
    roster_path: Path | None,
    out: Path,
    extra: Path | None,
) -> None:
    """Write a zip file that lets SYSTEM grade hand-ins of the scenario ID automatically.

    gradescope: upload the file as the autograder of a programming assignment of --points points. prairielearn: unpack it,
    build the image (docker build -t YOUR-REGISTRY/coffeeshop-grader image), and name the image in the question's
    info.json. Both contain this program with only this scenario. The other packages that it needs are installed from PyPI.

    Without --roster, Gradescope's autograder accepts any variant from any learner. With it, a learner who submits another
    learner's variant gets 0 points and a message. PrairieLearn's question draws a variant for each learner.

    \b
    Example: coffeeshop author autograder gradescope 05 --class IAM-101 --out autograder.zip
    """
    folder = find(id, extra)
    scenario = load(folder)
    function, place = AUTOGRADER_SYSTEMS[system]
    order = AutograderOrder(scenario, points, _roster_csv(roster_path, system))
    files = {name: text.encode() for name, text in function(order).items()}
    name, program = build_wheel(
        {f"{scenario.id}/{name}": body for name, body in scenario.files.items()}, "grader"
    )
    files[f"{place}{name}"] = program
    with report_write_errors(out, "name another file"):
        write_whole(out, zip_files(files))
    click.echo(escape_line(f"{out} grades {scenario.id} in {system}: {', '.join(files)}"))
