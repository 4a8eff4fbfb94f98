"""Run `coffeeshop author`, which creates, checks and packs scenarios."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from coffeeshop.cli.author_beliefs import beliefs_command, learners_command
from coffeeshop.cli.autograder import autograder
from coffeeshop.cli.options import (
    SCENARIOS_OPTION,
    FilePath,
    complete_scenarios,
    roster_option,
)
from coffeeshop.cli.output import path_of_name, show_progress
from coffeeshop.cli.problems import (
    UNUSABLE_INPUT,
    command_problem,
    print_problems,
    report_write_errors,
)
from coffeeshop.cli.proof import Proof, prove
from coffeeshop.cli.roster import read_roster_with_warnings
from coffeeshop.cli.wheel import build_wheel
from coffeeshop.files import make_folder, write_folder, write_whole
from coffeeshop.harmless import escape_hidden, escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.authoring.author import ALL_ASSERTIONS
from coffeeshop.lessons.authoring.pack import differences, pack_files
from coffeeshop.lessons.exercises.choice import (
    ALL_TOPICS,
    ANY_TOPIC,
    BROKEN_LEVEL,
    DIAGNOSIS,
    LEVEL_TEXTS,
    Choice,
)
from coffeeshop.lessons.scenario.find import course, find, folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Problems
from coffeeshop.views.text import list_few_names


@click.group()
def author() -> None:
    """Create a scenario, and check that it works.

    \b
    Example: coffeeshop author new 91-the-bakery --scenarios mine
    """


@author.command("new")
@click.argument("id")
@click.option(
    "--scenarios",
    "extra",
    envvar="COFFEESHOP_SCENARIOS",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for your scenarios. It is created if it doesn't exist (default: $COFFEESHOP_SCENARIOS, or the current folder).",
)
def new(id: str, extra: Path | None) -> None:
    """Create a small working scenario for you to change.

    ID becomes the folder's name, such as 91-the-bakery. The page docs/scenario-toml.md explains each key.

    \b
    Example: coffeeshop author new 91-the-bakery --scenarios mine
    """
    folder = (extra or Path()) / id
    if not ID_PATTERN.fullmatch(id):
        raise Problems(
            command_problem(
                "bad-id",
                f"{id[:80]!r} can't be the id of a scenario",
                "write it like 91-the-bakery",
            )
        )
    if any(known_folder.name == id for known_folder in folders(extra)):
        raise Problems(
            command_problem(
                "taken", f"there is already a scenario called {id}", "choose another id"
            )
        )
    with report_write_errors(folder, "choose another id or folder"):
        write_folder(
            folder,
            {
                name: text.replace(TEMPLATE_ID, id)
                for name, text in _template_files().items()
            },
        )
    click.echo(
        escape_line(
            f"The new scenario is in {folder}, and passes its check. After a change, run: {command_line('author check', str(folder))}"
        )
    )


ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
TEMPLATE_ID = "00-your-scenario"


def _template_files() -> dict[str, str]:
    """Return the texts of the template scenario by relative path."""
    root = course() / "template" / TEMPLATE_ID
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }


@author.command("check")
@click.argument("id", required=False, shell_complete=complete_scenarios)
@click.option(
    "--mutants",
    is_flag=True,
    help="Also grade many wrong versions of the solution, called mutants (slow).",
)
@click.option(
    "--most",
    type=click.IntRange(1),
    metavar="N",
    help="Try at most N mutants of each kind (default: all).",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=lambda: min(os.cpu_count() or 1, MOST_JOBS),
    help="The number of processes to use.",
)
@SCENARIOS_OPTION
def check_command(
    id: str | None, mutants: bool, most: int | None, jobs: int, extra: Path | None
) -> None:
    """Check that a scenario works: that its solution earns three stars, its wrong answers don't, and much more.

    Name a scenario by its id or its folder. Without a name, all scenarios are checked.

    Exit codes: 0 every check passes, 1 a check fails, 2 a scenario can't be read.

    \b
    Example: coffeeshop author check mine/91-the-bakery --mutants
    """
    code = 0
    for folder in folders(extra) if id is None else [find(id, extra)]:
        try:
            proof = prove(folder, jobs, mutants, most)
        except Problems as found:
            print_problems(found.problems)
            code = UNUSABLE_INPUT
            continue
        code = max(code, 1 if proof.problems else 0)
        for message in _proof_lines(proof):
            click.echo(escape_line(f"{proof.scenario.id}: {message}"))
    raise SystemExit(code)


# Processes, if no one asks for more. Each one reads the scenario and judges its answers anew.
MOST_JOBS = 8


def _proof_lines(proof: Proof) -> Iterator[str]:
    """Yield the lines about a proof: the tally of its mutants if there is one, its problems, or that all assertions hold."""
    if tally := proof.tally:
        yield (
            f"{tally.different} mutants change access and lose a star, {tally.within} stay within what is needed or "
            f"permitted, {tally.equivalent} change nothing, {tally.open} let someone else in, {tally.rewrites} only rewrite a policy; "
            f"{len(proof.problems)} were graded wrongly"
        )
    yield from map(str, proof.problems)
    if not proof.problems:
        yield f"{len(ALL_ASSERTIONS)} assertions hold"


author.add_command(autograder)
author.add_command(beliefs_command)
author.add_command(learners_command)


@author.command("pack")
@click.argument("ids", nargs=-1, metavar="ID...", shell_complete=complete_scenarios)
@click.option(
    "--practice",
    "topic",
    type=click.Choice([ANY_TOPIC, *ALL_TOPICS, DIAGNOSIS]),
    help="Also pack an exercise on this topic for each learner.",
)
@click.option(
    "--level",
    type=click.IntRange(min(LEVEL_TEXTS), max(LEVEL_TEXTS)),
    default=1,
    show_default=True,
    help=f"How hard each exercise is. {', '.join(f'{level}: {text}' for level, text in LEVEL_TEXTS.items())}.",
)
@roster_option(
    "Class roster (CSV) with a seed for each learner. The command `roster assign --practice` writes it."
)
@click.option(
    "--out",
    type=FilePath("isn't a folder"),
    required=True,
    help="The folder to write to. Each scenario gets its own folder in it.",
)
@click.option(
    "--wheel",
    "as_wheel",
    is_flag=True,
    help="Write one Python wheel instead: the whole program, with only these scenarios.",
)
@SCENARIOS_OPTION
def pack(
    ids: tuple[str, ...],
    topic: str | None,
    level: int,
    roster_path: Path | None,
    out: Path,
    as_wheel: bool,
    extra: Path | None,
) -> None:
    """Write copies of scenarios for students, without the solutions, the wrong answers and the last hints.

    ID is a scenario or an exercise, such as practice-roles-level2-7. With --practice and --roster, an exercise for
    each learner is created and packed as well. A wheel can't create exercises, so students find no solutions in it. But
    anyone who installs the whole program can create the same exercise from its id, and see its solution.

    Students play and hand in packed scenarios like the originals. You need the originals to grade the hand-ins. Students
    play a folder with --scenarios FOLDER or COFFEESHOP_SCENARIOS, and install a wheel with pip install FILE. Before
    anything is written, the solution is tested in each pack, in up to three variants.

    \b
    Example: coffeeshop author pack 05 10 --wheel --out wheels
    """
    ids = (*ids, *_exercise_ids(topic, level, roster_path))
    if not ids:
        raise click.UsageError(
            "name a scenario, or exercises with --practice TOPIC --roster FILE"
        )
    click.echo(escape_hidden(pack_scenarios(ids, out, as_wheel, extra)))


def pack_scenarios(
    ids: Sequence[str], out: Path, as_wheel: bool, extra: Path | None
) -> str:
    """Write scenarios without answers, as folders or as a wheel, and return a sentence about them. Raise Problems."""
    files_by_scenario: dict[str, dict[str, bytes]] = {}
    for folder in show_progress(
        (find(path_of_name(id), extra) for id in ids), len(ids), "packed"
    ):
        scenario = load(folder)
        originals = [
            scenario,
            *(load(folder, seed) for seed in TRIED_VARIANTS if scenario.varies),
        ]
        files_by_scenario[scenario.id] = pack_files(scenario)
        if problems := tuple(differences(originals, files_by_scenario[scenario.id])):
            raise Problems(*problems)
    with report_write_errors(out, "choose another folder"):
        existing_folders = [out / id for id in files_by_scenario if (out / id).exists()]
        if existing_folders and not as_wheel:
            raise Problems(
                command_problem(
                    "taken",
                    f"{existing_folders[0]} already exists",
                    "choose another folder, or remove that one",
                )
            )
        if as_wheel:
            return _write_wheel(out, files_by_scenario)
        return _write_folders(out, files_by_scenario)


def _exercise_ids(topic: str | None, level: int, roster_path: Path | None) -> list[str]:
    """Return the ids of the exercises of a class, one for each learner. Raise Problems if a learner has no seed."""
    if (topic is None) != (roster_path is None):
        raise click.UsageError(
            "use --practice and --roster together: the roster contains each learner's seed"
        )
    if topic is None or roster_path is None:
        return []
    learners = read_roster_with_warnings(roster_path).learners
    if learners_without_seed := [
        learner.name for learner in learners if learner.first_practice_seed is None
    ]:
        message = f"{roster_path} has no practice seed for {list_few_names(learners_without_seed)}"
        raise Problems(
            command_problem(
                "no-seed",
                message,
                f"to add seeds, run {command_line(f'roster assign {roster_path} --practice --out given.csv')}",
            )
        )
    if topic == DIAGNOSIS:
        level = BROKEN_LEVEL
    return [
        Choice(topic, level, learner.first_practice_seed or 0).id for learner in learners
    ]


def _write_wheel(out: Path, files_by_scenario: Mapping[str, Mapping[str, bytes]]) -> str:
    """Write a wheel of the program that contains these scenarios.

    Return a sentence that says what is in it.

    Students install the wheel instead of the program. `files_by_scenario` has each
    scenario's files by its id. Raise OSError.
    """
    name, content = build_wheel(
        {
            f"{id}/{name}": body
            for id, files in files_by_scenario.items()
            for name, body in files.items()
        },
        "students",
        draws=False,
    )
    make_folder(out)
    write_whole(out / name, content)
    return f"{out / name} contains {', '.join(files_by_scenario)}. Students install it with: pip install {name}"


def _write_folders(out: Path, files_by_scenario: Mapping[str, Mapping[str, bytes]]) -> str:
    """Write a folder for each of these scenarios, and return a sentence about them. Raise OSError."""
    for id, files in files_by_scenario.items():
        write_folder(out / id, files)
    return f"{out} contains {', '.join(files_by_scenario)}. Students play it with: coffeeshop play --scenarios {out} ID"


TRIED_VARIANTS = (
    1,
    37,
)  # variants in which a pack is tried, beside the one as it is written
