"""What `coffeeshop export` writes: the text of one learner's play, or, of a class that played on this machine, of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click

from coffeeshop.cli.output import data_folder, path_of_name, save_of
from coffeeshop.cli.problems import UNUSABLE, complain, error, writing
from coffeeshop.files import make_folder, write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.export import FORMS
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import folder_name, too_long
from coffeeshop.lessons.play.variants import block
from coffeeshop.lessons.scenario.find import find, scenario_form
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.problem import Problems
from coffeeshop.views.text import count_noun

if TYPE_CHECKING:
    from coffeeshop.classroom.roster import Learner

SHOWN = 30  # names of learners that are told
Written = Callable[[Progress], str]  # a play as it is kept, in the form that was asked for


def carried_by(name: str, form: str, variant: int | None, extra: Path | None) -> Written:
    """Returns how a learner's play of that name is written down; what that returns raises Problems: there is none, or what
    is kept cannot be read.
    """

    def write_handin(progress_kept: Progress) -> str:
        player = Player(progress_kept, extra, path_of_name)
        opened = player.open(name, variant)
        current_time = datetime.now(UTC)  # noqa: TID251  # a shell: a hand-in says when it was written
        if isinstance(opened, Refused):
            answer = opened
        else:
            answer = player.export(form, current_time)
        if progress_kept.problem:
            problems = (progress_kept.problem,)
        else:
            problems = ()
        if isinstance(answer, Refused):
            raise Problems(*problems, *answer.problems)
        if problems:
            raise Problems(*problems)
        return answer.text

    return write_handin


def check_played(name: str, variant: int | None, learner: str, extra: Path | None) -> None:
    """Raises Problems where there is no such play or variant, or nothing is kept here of that learner."""
    folder = find(path_of_name(name), extra)
    if variant:
        load(folder, variant)
    if _save_of(learner):
        return
    names = sorted(
        escape_line(unquote(path.stem)) for path in data_folder().glob("*.sqlite3")
    )
    message = f"nobody called {escape_line(learner)} has played here yet"
    if len(names) > SHOWN:
        rest_text = f" and {len(names) - SHOWN} more"
    else:
        rest_text = ""
    if names:
        mend = f"those who have are called {', '.join(names[:SHOWN])}{rest_text}"
    else:
        mend = "play it first"
    raise Problems(error("nobody", message, mend))


def collect_class(
    roster: Path, name: str, form: str, written: Written, out: Path, extra: Path | None
) -> int:
    """Write what each learner of a class played on this machine into a folder of their own below `out`, say whose nothing
    was found of and which plays are nobody's, and return the exit code: 2 where somebody's cannot be read or written.
    Raises Problems.
    """
    from coffeeshop.classroom.roster import names_apart
    from coffeeshop.cli.roster import take_roster

    id = scenario_form(find(path_of_name(name), extra)).id
    learners = take_roster(roster).learners
    without = list[str]()
    code = 0
    names_by_key = names_apart(learners)
    saves = _Saves(learners)
    for learner in learners:
        try:
            items = _plays_of(learner, saves.of(learner), written)
            if items:
                _write(
                    out / folder_name(learner.key) / f"{id}{FORMS[form].suffix}",
                    items[0][1],
                )
        except Problems as refused:
            complain(
                replace(problem, text=f"{names_by_key[learner.key]}: {problem.text}")
                for problem in refused.problems
            )
            items = []
            code = UNUSABLE
        if not items:
            without.append(names_by_key[learner.key])
        for line in _told_of(
            learner, names_by_key[learner.key], [save for save, _ in items], id
        ):
            click.echo(escape_line(line))
    click.echo(
        escape_line(
            f"{out}: of {len(learners) - len(without)} of {count_noun(len(learners), 'learner')}"
        )
    )
    if without:
        click.echo(escape_line(f"nothing of {', '.join(without)}"))
    for line in saves.told_of_nobody(id, names_by_key):
        click.echo(escape_line(line))
    return code


def _told_of(learner: Learner, name: str, played_as: list[str], id: str) -> Iterator[str]:
    """Yield as whom somebody played, where that is not what the roster calls them, and what else there is of theirs."""
    if played_as and played_as[0] != learner.key:
        yield f"{name}: played as {played_as[0]}"
    for save in played_as[1:]:
        written = command_line("export", id, "--learner", quote(save))
        yield f"{name}: also played as {save}, which is not written: {written}"


class _Saves:
    """Knows whose the saves on this machine are: a learner plays by the name that they typed."""

    def __init__(self, learners: Sequence[Learner]) -> None:
        from coffeeshop.classroom.whose import Owners

        keys = {learner.key: learner for learner in learners}
        owners = Owners(learners)
        names = sorted(
            unquote(path.stem, errors="surrogateescape")
            for path in data_folder().glob("*.sqlite3")
        )
        self._whose = {
            name: (keys[name],) if name in keys else owners.learners_called(name)
            for name in names
        }

    def of(self, learner: Learner) -> list[str]:
        """Return the names of the saves that are this learner's and nobody else's, that of the roster's key first."""
        names = [name for name, owners in self._whose.items() if owners == (learner,)]
        return sorted({*names, learner.key}, key=lambda name: (name != learner.key, name))

    def told_of_nobody(self, id: str, names_by_key: Mapping[str, str]) -> Iterator[str]:
        """Yield, for each save with a play of that scenario that could not be given to one learner, why."""
        for name, owners in self._whose.items():
            if len(owners) == 1 or not _has_begun(name, id):
                continue
            several = " or ".join(names_by_key[learner.key] for learner in owners[:3])
            if owners:
                reason = f"may be of {several}"
            else:
                reason = "is of nobody in the roster"
            written = command_line("export", id, "--learner", quote(name))
            yield f"what {name} played {reason}: {written}"


def _has_begun(learner: str, id: str) -> bool:
    with closing(Progress(_save_of(learner))) as progress_kept:
        return id in progress_kept.begun()


def _plays_of(
    learner: Learner, saves: Iterable[str], written: Written
) -> list[tuple[str, str]]:
    """Return by which names a learner played, in the variants that are theirs, and what; none where they did nothing. Raises
    Problems.
    """
    items = list[tuple[str, str]]()
    if learner.variant is None:
        own_variants = None
    else:
        own_variants = block(learner.variant)
    for save in saves:
        path = _save_of(save)
        if path is None:
            continue
        with closing(Progress(path, own_variants)) as progress_kept:
            try:
                items.append((save, written(progress_kept)))
            except Problems as refused:
                if [problem.code for problem in refused.problems] != ["nothing-done"]:
                    raise
    return items


def _save_of(learner: str) -> Path | None:
    """Returns the save of a learner; None where there is none. Raises Problems where there can be none."""
    if problem := too_long(learner):
        raise Problems(problem)
    return save_of(learner)


def _write(path: Path, text: str) -> None:
    with writing(path, "name another folder with --out"):
        make_folder(path.parent)
        write_whole(path, text)
