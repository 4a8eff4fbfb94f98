"""Find the folder of saves, the learner's name and their save, and print rows. Every command uses this."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from coffeeshop.cli.problems import MAKE_ROOM, command_problem, report_write_errors
from coffeeshop.files import make_folder, write_folder
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_place import (
    SavePlace,
    database_url,
    exists,
    save_place,
    saved_learners,
)
from coffeeshop.policy.problem import Problem, Problems
from coffeeshop.views.rows import Row

if TYPE_CHECKING:
    from coffeeshop.lessons.exercises.choice import Choice
    from coffeeshop.lessons.play.membership import Assignment
    from coffeeshop.lessons.sitting.player import Player

T = TypeVar("T")


def data_folder() -> Path:
    """Return COFFEESHOP_DATA, or else the platform's folder for user data. Raise Problems if there is none."""
    if named := os.environ.get("COFFEESHOP_DATA"):
        return Path(named)
    import platformdirs

    try:
        return platformdirs.user_data_path("coffeeshop")
    except RuntimeError:  # for example in a container whose user isn't in its user database
        message = "your saves have no folder, because your user has no home folder"
        raise Problems(
            command_problem("no-home", message, "name a folder in COFFEESHOP_DATA")
        ) from None


def learner_name(named: str | None) -> str:
    """Return the name if it isn't empty, or else the login name."""
    try:
        return named or getpass.getuser()
    except (OSError, KeyError):  # a container without a user database
        return "learner"


def open_save(learner: str | None, own_variants: range | None = None) -> Progress:
    """Open the learner's save, and create it if needed. Raise Problems if another learner takes an exam here.

    `own_variants` are the learner's own variants. None means those that the save remembers.
    """
    name = learner_name(learner)
    check_no_exam_of_others(name)
    return Progress(save_place(data_folder(), name), own_variants)


def existing_save(learner: str) -> SavePlace | None:
    """Return the place of a learner's save, or None if it doesn't exist. Raise Problems."""
    place = save_place(data_folder(), learner)
    return place if exists(place) else None


def open_existing_save(learner: str | None) -> Progress:
    """Open a learner's save to read it. If there is none, return an empty one and create no file.

    Raise Problems if another learner takes an exam here.
    """
    name = learner_name(learner)
    check_no_exam_of_others(name)
    return Progress(existing_save(name))


def resume_play(
    progress: Progress, extra: Path | None, name: str, variant: int | None = None
) -> Player:
    """Return a player at the saved play of a scenario, an imported account or an exercise. Raise Problems."""
    from coffeeshop.lessons.sitting.answers import Refused
    from coffeeshop.lessons.sitting.player import Player

    player = Player(progress, extra, path_of_name)
    player.clock = wall_clock
    if isinstance(opened := player.open(name, variant), Refused):
        raise Problems(*opened.problems)
    return player


ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def accounts_folder() -> Path:
    """Return the folder of imported accounts. Each is a scenario without checks."""
    return data_folder() / "accounts"


def path_of_name(name: str) -> str:
    """Return the folder of the imported account or the exercise of that name. Return any other name unchanged."""
    if name.startswith("practice-"):
        from coffeeshop.lessons.exercises.choice import draws_here, parse_choice

        choice = parse_choice(name)
        if choice and draws_here():
            return str(exercise_folder(choice))
        return name
    folder = accounts_folder() / name
    if ACCOUNT_NAME.fullmatch(name) and folder.is_dir():
        return str(folder)
    return name


def wall_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # a shell


def check_no_exam(player: Player) -> None:
    """Raise Problems if an exam is open, which shows no results of plays."""
    if player.exam:
        raise Problems(_exam_problem(player.exam))


def check_no_exam_here() -> None:
    """Raise Problems if a learner sits an exam on this machine now."""
    own_name = learner_name(os.environ.get("COFFEESHOP_LEARNER"))
    for name in (own_name, *_other_learners(own_name)):
        if exam := _open_exam(name):
            raise Problems(_exam_problem(exam))


def _exam_problem(exam: Assignment) -> Problem:
    """Return the problem that an exam is open."""
    from coffeeshop.lessons.scenario.find import shelf_number

    hand_in = command_line("export", shelf_number(exam.id), "--out FILE")
    message = "you are taking an exam, and results are shown only after it"
    return command_problem("exam", message, f"first hand in with {hand_in}")


def check_no_exam_of_others(name: str) -> None:
    """Raise Problems if another learner sits an exam on this machine now, and this one doesn't.

    Another name must not show what the exam locks.
    """
    exams = {other: exam for other in _other_learners(name) if (exam := _open_exam(other))}
    if not exams or _open_exam(name):
        return
    from coffeeshop.lessons.scenario.find import shelf_number
    from coffeeshop.views.assignments import instant_text

    other, exam = next(iter(exams.items()))
    until = instant_text(exam.due) if exam.due else "later"
    message = f"{other} is taking an exam on this machine until {until}, so {name} can't use it now"
    play = command_line("play", shelf_number(exam.id), "--learner", quote(other))
    join = command_line("join CODE --learner", quote(name))
    mend = f"to continue as {other}: {play}. If {name} takes the exam too: {join}. Otherwise, wait until {other} has handed in"
    raise Problems(command_problem("exam-of-another", message, mend))


def _other_learners(name: str) -> list[str]:
    """Return the other learners with a save on this machine.

    Return none on a school's server or where a class is kept: many learners play there, each by their own link.
    """
    folder = data_folder()
    if database_url():
        return []
    others = [other for other in saved_learners(folder) if other != name]
    if not others:  # nearly always: so no start pays for reading the classes
        return []
    from coffeeshop.classroom.class_store import class_names

    return [] if class_names(folder / "classes") else others


def _open_exam(name: str) -> Assignment | None:
    """Return the exam that a learner takes now, or None."""
    from coffeeshop.lessons.sitting.player import Player

    with closing(Progress(existing_save(name))) as save:
        player = Player(save)
        player.clock = wall_clock
        return player.exam


def account_start_time() -> datetime:
    """Return the current time in UTC and whole seconds, for a new account to begin at.

    Raise Problems if a play's clock can't show it. A machine with an empty clock battery shows 1970.
    """
    from coffeeshop.account.instants import FIRST_INSTANT, LAST_INSTANT
    from coffeeshop.lessons.play.record import bad_clock_problem

    current_time = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # a shell
    if not FIRST_INSTANT <= current_time < LAST_INSTANT:
        raise Problems(bad_clock_problem(current_time, "no account can be created"))
    return current_time


def name_problems(name: str, extra: Path | None) -> Iterator[Problem]:
    """Yield the reason why a new account can't have this name, if there is one."""
    from coffeeshop.lessons.scenario.find import find

    if not ACCOUNT_NAME.fullmatch(name):
        yield command_problem(
            "bad-name",
            f"{name[:80]!r} can't be the name of an account",
            "use at most 60 small letters, digits and hyphens, and no hyphen at the start",
        )
        return
    with suppress(Problems):
        yield _taken_problem(name, find(path_of_name(name), extra))


def write_account(name: str, files: Mapping[str, str]) -> Path:
    """Write the folder of an account, which only the user of the machine can read, and return its path.

    Raise Problems if it can't be written, or if another process has just made one of that name.
    """
    folder = accounts_folder() / name
    with report_write_errors(accounts_folder(), MAKE_ROOM):
        make_folder(data_folder(), 0o700)
        try:
            return write_folder(folder, files, 0o700)
        except FileExistsError:
            raise Problems(_taken_problem(name, folder)) from None


def _taken_problem(name: str, folder: Path) -> Problem:
    """Return the problem that an account of this name exists already."""
    message = f"the name {name} is already used, by {folder}"
    return command_problem("taken", message, "choose another name, or remove that folder")


def exercise_folder(choice: Choice) -> Path:
    """Return the folder of an exercise, and write it if needed. Raise Problems if it can't be drawn or written."""
    from coffeeshop.lessons.exercises.exercise import exercise

    folder = data_folder() / "exercises" / choice.id
    if not folder.is_dir():
        files = {name: body.decode() for name, body in exercise(choice).files.items()}
        with report_write_errors(folder, MAKE_ROOM):
            make_folder(data_folder(), 0o700)
            with suppress(FileExistsError):  # another has drawn the same meanwhile
                write_folder(folder, files)
    return folder


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal. None stands for a stream that was closed before the program started."""
    return stream is not None and stream.isatty()


def check_screen(option: str) -> None:
    """Raise Problems if there is no terminal for a full screen: a pipe would wait for keys that never come."""
    if is_terminal(sys.stdin) and is_terminal(sys.stdout):
        return
    message = f"{option} needs a terminal, and this command isn't running in one"
    raise Problems(command_problem("no-terminal", message, f"leave out {option}"))


def print_rows(rows: Iterable[Row]) -> None:
    """Print rows on the standard output; on a terminal, break them between words."""
    from coffeeshop.plain.wrapped import break_row, width

    columns = width(sys.stdout)
    for row in rows:
        click.echo(break_row(row, columns))


def show_progress(
    things: Iterable[T], total: int, label: str, hidden: bool = False
) -> Generator[T]:
    """Yield the things. If there are several and standard error is a terminal, show a progress bar."""
    hidden = hidden or total < 2 or not is_terminal(sys.stderr)
    with click.progressbar(
        things, length=total, label=label, file=sys.stderr, hidden=hidden
    ) as progress_bar:
        yield from progress_bar
