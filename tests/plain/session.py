"""Plain mode as a person sits at it: lines typed, lines read."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.sitting.answers import Noted
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.help_setting import FADING_HELP, FULL_HELP, HELP_SETTING
from coffeeshop.plain.loop import play_plain, respond
from coffeeshop.plain.shell import Shell
from coffeeshop.views import solved_step
from coffeeshop.views.rows import line


class Session:
    """A shell with its save. `session("open")` answers the lines that are printed for it; `more` is typed after it.

    Most tests are about Next's whole text, so `help` is full. Those that name it get the solution, too (`session`).
    """

    def __init__(
        self, save: Path, extra: Path | None = None, help: str = FULL_HELP
    ) -> None:
        self.progress = Progress(save)
        if help != FADING_HELP:
            self.progress.set_setting(HELP_SETTING, help)
        self.shell = Shell(Player(self.progress, extra), iter(()))

    def __call__(self, typed: str, *more: str) -> list[str]:
        self.shell.source = iter([f"{line}\n" for line in more])
        return [line(row) for row in respond(self.shell, typed)]


@contextmanager
def session(save: Path, extra: Path | None = None, help: str = "") -> Generator[Session]:
    """A shell. Without `help`, Next says its own steps in full, and not the solution's calls."""
    found = Session(save, extra, help or FULL_HELP)
    with closing(found.progress), nullcontext() if help else without_solution():
        yield found


def without_solution() -> AbstractContextManager[object]:
    """Next as it is where a scenario has no solution."""
    return patch.object(solved_step, "solved_step", lambda step, *_: step)


def printed(
    home: Path, *typed: str, id: str | None = None, learner: str = "ana"
) -> list[str]:
    """What a whole session prints, from its welcome to the end of its input."""
    out = StringIO()
    with closing(Progress(save_path(home, learner))) as progress:
        player = Player(progress)
        assert id is None or isinstance(player.open(id), Noted)
        assert (
            play_plain(player, StringIO("".join(f"{line}\n" for line in typed)), out) == 0
        )
    return out.getvalue().splitlines()
