"""What `coffeeshop export` writes: the text of one learner's play, or, of a class that played on this machine, of each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click

from coffeeshop.cli.output import data_folder, located, save_of
from coffeeshop.cli.problems import UNUSABLE, complain, error, writing
from coffeeshop.files import make_folder, write_whole
from coffeeshop.harmless import escaped_line
from coffeeshop.lessons.play.export import FORMS
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import folder_name, too_long
from coffeeshop.lessons.play.variants import EVERY, block
from coffeeshop.lessons.scenario.find import find, scenario_form
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.problem import Problems
from coffeeshop.views.text import counted

if TYPE_CHECKING:
    from coffeeshop.classroom.roster import Learner

SHOWN = 30  # names of learners that are told
Written = Callable[[Progress], str]  # a play as it is kept, in the form that was asked for


def carried_by(name: str, form: str, variant: int | None, extra: Path | None) -> Written:
    """Returns how a learner's play of that name is written down; what that returns raises Problems: there is none, or what
    is kept cannot be read.
    """

    def written(kept: Progress) -> str:
        player = Player(kept, extra, located)
        opened = player.open(name, variant)
        now = datetime.now(UTC)  # noqa: TID251  # a shell: a hand-in says when it was written
        answer = opened if isinstance(opened, Refused) else player.export(form, now)
        problems = (kept.problem,) if kept.problem else ()
        if isinstance(answer, Refused):
            raise Problems(*problems, *answer.problems)
        if problems:
            raise Problems(*problems)
        return answer.text

    return written


def check_played(name: str, variant: int | None, learner: str, extra: Path | None) -> None:
    """Raises Problems where there is no such play or variant, or nothing is kept here of that learner."""
    folder = find(located(name), extra)
    if variant:
        load(folder, variant)
    if _save_of(learner):
        return
    names = sorted(escaped_line(unquote(path.stem)) for path in data_folder().glob("*.sqlite3"))
    said = f"nobody called {escaped_line(learner)} has played here yet"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    mend = f"those who have are called {', '.join(names[:SHOWN])}{more}" if names else "play it first"
    raise Problems(error("nobody", said, mend))


def collect_class(roster: Path, name: str, form: str, written: Written, out: Path, extra: Path | None) -> int:
    """Write what each learner of a class played on this machine into a folder of their own below `out`, say who played
    nothing, and return the exit code: 2 where somebody's cannot be read or written. Raises Problems.
    """
    from coffeeshop.classroom.roster import read_roster

    file = f"{scenario_form(find(located(name), extra)).id}{FORMS[form].suffix}"
    learners, without, code = read_roster(roster).learners, list[str](), 0
    for learner in learners:
        try:
            text = _played(learner, written)
            if text is not None:
                _write(out / folder_name(learner.key) / file, text)
        except Problems as found:
            complain(replace(one, text=f"{escaped_line(learner.name)}: {one.text}") for one in found.problems)
            text, code = None, UNUSABLE
        if text is None:
            without.append(escaped_line(learner.name))
    click.echo(
        escaped_line(f"{out}: of {len(learners) - len(without)} of {counted(len(learners), 'learner')}")
    )
    if without:
        click.echo(f"nothing of {', '.join(without)}")
    return code


def _played(learner: Learner, written: Written) -> str | None:
    """Returns what a learner played, in the variants that are theirs; None where they did nothing. Raises Problems."""
    path = _save_of(learner.key)
    if path is None:
        return None
    with closing(Progress(path, EVERY if learner.variant is None else block(learner.variant))) as kept:
        try:
            return written(kept)
        except Problems as found:
            if [one.code for one in found.problems] == ["nothing-done"]:
                return None
            raise


def _save_of(learner: str) -> Path | None:
    """Returns the save of a learner; None where there is none. Raises Problems where there can be none."""
    if problem := too_long(learner):
        raise Problems(problem)
    return save_of(learner)


def _write(path: Path, text: str) -> None:
    with writing(path, "name another folder with --out"):
        make_folder(path.parent)
        write_whole(path, text)
