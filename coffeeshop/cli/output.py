"""What every command shares: where data lies (the only place that knows), and who learns."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from coffeeshop.cli.problems import MAKE_ROOM, error, writing
from coffeeshop.files import make_folder, write_folder
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.policy.problem import Problem, Problems
from coffeeshop.views.rows import Row

if TYPE_CHECKING:
    from coffeeshop.lessons.exercises.choice import Choice
    from coffeeshop.lessons.sitting.player import Player

T = TypeVar("T")


def data_folder() -> Path:
    """Returns COFFEESHOP_DATA, else the platform's folder for user data. Raises Problems where this machine knows of none."""
    if named := os.environ.get("COFFEESHOP_DATA"):
        return Path(named)
    import platformdirs

    try:
        return platformdirs.user_data_path("coffeeshop")
    except RuntimeError:  # as in a container whose user nobody entered
        message = "there is no folder for your saves, since your user has no home folder"
        raise Problems(
            error("no-home", message, "name a folder in COFFEESHOP_DATA")
        ) from None


def learner_name(named: str | None) -> str:
    """Returns the learner who was named, else the user of the machine."""
    try:
        return named or getpass.getuser()
    except (OSError, KeyError):  # a container without a user database
        return "learner"


def progress(learner: str | None, own_variants: range | None = None) -> Progress:
    """Returns the learner's save, open; `own_variants` are the variants that are this learner's, None: those that it remembers."""
    return Progress(save_path(data_folder(), learner_name(learner)), own_variants)


def save_of(learner: str) -> Path | None:
    """Returns the save of a learner; None where there is none."""
    path = save_path(data_folder(), learner)
    try:
        path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return path  # who opens it is told why it cannot be
    return path


def kept_by(learner: str | None) -> Progress:
    """Returns what a learner has kept, to be looked at: who has no save gets none by that."""
    return Progress(save_of(learner_name(learner)))


def take_up(
    progress_kept: Progress, extra: Path | None, name: str, variant: int | None = None
) -> Player:
    """Take up the play of that name as it is kept: of a scenario, an imported account or an exercise. Raises Problems."""
    from coffeeshop.lessons.sitting.answers import Refused
    from coffeeshop.lessons.sitting.player import Player

    player = Player(progress_kept, extra, path_of_name)
    if isinstance(opened := player.open(name, variant), Refused):
        raise Problems(*opened.problems)
    return player


ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def accounts() -> Path:
    """Returns the folder of the accounts that were imported: each a scenario without checks."""
    return data_folder() / "accounts"


def path_of_name(name: str) -> str:
    """Returns the path of an imported account of that name, or of an exercise; any other name as it is."""
    if name.startswith("practice-"):
        from coffeeshop.lessons.exercises.choice import draws_here, parse_choice

        choice = parse_choice(name)
        if choice and draws_here():
            return str(drawn(choice))
        return name
    folder = accounts() / name
    if ACCOUNT_NAME.fullmatch(name) and folder.is_dir():
        return str(folder)
    return name


def beginning() -> datetime:
    """Returns when an account begins that is made now, by the clock on the wall, in UTC and whole seconds. Raises Problems
    where no clock of a play goes there: that of a machine whose battery is empty shows 1970.
    """
    from coffeeshop.lessons.play.record import bad_clock
    from coffeeshop.lessons.play.script import END, EPOCH

    current_time = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # a shell
    if not EPOCH <= current_time < END:
        raise Problems(bad_clock(current_time, "no account can begin"))
    return current_time


def find_taken_name(name: str, extra: Path | None) -> Iterator[Problem]:
    """Tells why no account of one's own can be called so."""
    from coffeeshop.lessons.scenario.find import find

    if not ACCOUNT_NAME.fullmatch(name):
        yield error(
            "bad-name",
            f"{name[:80]!r} cannot be its name",
            "at most 60 of a-z, 0-9 and -, no - in front",
        )
        return
    with suppress(Problems):
        yield _taken_problem(name, find(path_of_name(name), extra))


def write_account(name: str, files: Mapping[str, str]) -> Path:
    """Makes the folder of an account of one's own, which is nobody else's business. Raises Problems: it cannot be written,
    or another process has made one of that name meanwhile.
    """
    folder = accounts() / name
    with writing(accounts(), MAKE_ROOM):
        make_folder(data_folder(), 0o700)
        try:
            return write_folder(folder, files, 0o700)
        except FileExistsError:
            raise Problems(_taken_problem(name, folder)) from None


def _taken_problem(name: str, folder: Path) -> Problem:
    message = f"there is a {name} already, in {folder}"
    return error("taken", message, "choose another name, or remove that folder")


def drawn(choice: Choice) -> Path:
    """Returns the folder of an exercise, written where it is not there yet. Raises Problems: it cannot be drawn, or not
    be written.
    """
    from coffeeshop.lessons.exercises.exercise import exercise

    folder = data_folder() / "exercises" / choice.id
    if not folder.is_dir():
        files = {name: body.decode() for name, body in exercise(choice).files.items()}
        with writing(folder, MAKE_ROOM):
            make_folder(data_folder(), 0o700)
            with suppress(FileExistsError):  # another has drawn the same meanwhile
                write_folder(folder, files)
    return folder


def is_terminal(stream: TextIO | None) -> bool:
    """Tells whether a stream is a terminal; one that was closed by who started us is none."""
    return stream is not None and stream.isatty()


def print_rows(rows: Iterable[Row]) -> None:
    """Print rows on the standard output; on a terminal, break them between words."""
    from coffeeshop.plain.wrapped import break_row, width

    columns = width(sys.stdout)
    for row in rows:
        click.echo(break_row(row, columns))


def counted_off(
    things: Iterable[T], total: int, label: str, hidden: bool = False
) -> Generator[T]:
    """Yields the things, and shows on a terminal how far it is, where there are several."""
    hidden = hidden or total < 2 or not is_terminal(sys.stderr)
    with click.progressbar(
        things, length=total, label=label, file=sys.stderr, hidden=hidden
    ) as progress_bar:
        yield from progress_bar
