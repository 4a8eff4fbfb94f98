"""Export the play of one learner, or of each learner of a class that played on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

import click

from coffeeshop.cli.output import data_folder, existing_save, path_of_name, wall_clock
from coffeeshop.cli.problems import (
    UNUSABLE_INPUT,
    command_problem,
    print_problems,
    report_write_errors,
)
from coffeeshop.files import make_folder, write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.export import EXPORT_FORMS
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import folder_name, long_name_problem
from coffeeshop.lessons.play.save_place import SavePlace, saved_learners
from coffeeshop.lessons.play.variants import variant_block
from coffeeshop.lessons.scenario.find import find, is_named, scenario_form
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.answers import Noted, Refused
from coffeeshop.lessons.sitting.check_up_handin import check_up_handin
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.problem import Problems
from coffeeshop.views.text import count_noun

if TYPE_CHECKING:
    from coffeeshop.classroom.roster import Learner
    from coffeeshop.lessons.model import Play

MAX_LEARNERS_NAMED = 30  # at most so many learners are named
ExportPlay = Callable[[Progress], str]  # returns a saved play in the requested format


class CarriedPlay(NamedTuple):
    """A saved play as text. `handed_in` is when it was handed in first, in the learner's class, or None.

    `own_variant` is the learner's own, if nothing was done in it and this is another one. `earlier` is when
    the play was handed in, if it was changed since.
    """

    text: str
    play: Play
    handed_in: datetime | None
    own_variant: int | None = None
    earlier: datetime | None = None


def play_exporter(
    name: str,
    form: str,
    variant: int | None,
    extra: Path | None,
    at: datetime | None = None,
    is_final: bool = True,
) -> ExportPlay:
    """Return a function that takes a save and returns its play of this name as text, in the format `form`.

    That function raises Problems if there is no such play, or if the save can't be read. `at` is the time of a hand-in (None:
    now). One that isn't final only shows how far the play was then.
    """

    if moment := assigned_moment(name):
        return lambda save: check_up_handin(save, moment)

    def export_play(save: Progress) -> str:
        player = Player(save, extra, path_of_name)
        return _carry(player, player.open(name, variant), form, at, is_final).text

    return export_play


def carry_play(
    save: Progress, name: str, form: str, variant: int | None, extra: Path | None
) -> CarriedPlay:
    """Return a play as text in the format `form`. Raise Problems.

    Without `first_variant`, it is the variant that `coffeeshop play` continues. If nothing was done in
    that, it is the variant played last, and `own_variant` is the one that `play` continues.
    """
    player = Player(save, extra, path_of_name)
    opened = player.open(name, variant)
    if isinstance(opened, Refused) or variant is not None or player.playing.play.acts:
        return _carry(player, opened, form)
    scenario = player.playing.scenario
    other = save.last_played_variant(scenario.id, scenario.digest)
    if other is None:
        return _carry(player, opened, form)
    carried = _carry(player, player.open(name, other), form)
    return carried._replace(own_variant=scenario.variant)


def _carry(
    player: Player,
    opened: Noted | Refused,
    form: str,
    at: datetime | None = None,
    is_final: bool = True,
) -> CarriedPlay:
    """Return the open play as text in the format `form`.

    Raise Problems if it couldn't be opened or exported, or if the save has a problem. `at` is the
    time of a hand-in. None: it is made now.
    """
    # Only now: a finished scenario can be handed in during an exam.
    player.clock = wall_clock
    save_problem = player.progress.problem
    problems = (save_problem,) if save_problem else ()
    if isinstance(opened, Refused):
        raise Problems(*problems, *opened.problems)
    answer = player.export(form, at or wall_clock(), is_final)
    problem = player.progress.problem or save_problem
    problems = (problem,) if problem else ()
    if isinstance(answer, Refused):
        raise Problems(*problems, *answer.problems)
    if problems:
        raise Problems(*problems)
    play = player.playing.play
    return CarriedPlay(answer.text, play, answer.handed_in, earlier=answer.earlier)


def ends_exam(save: Progress, name: str, extra: Path | None) -> bool:
    """Return whether a hand-in of this play would end an exam that is open now. Raise Problems."""
    player = Player(save, extra, path_of_name)
    player.clock = wall_clock
    id = scenario_form(find(path_of_name(name), extra)).id
    return player.exam is not None and is_named(player.exam.id, id)


def exam_work_time(save: Progress, name: str, extra: Path | None) -> datetime | None:
    """Return when this play was changed last, if that was in an exam, or None. Raise Problems."""
    player = Player(save, extra, path_of_name)
    opened = player.open(name)
    return None if isinstance(opened, Refused) else player.exam_work_time()


def check_save_exists(
    name: str, variant: int | None, learner: str, extra: Path | None
) -> None:
    """Raise Problems if there is no such scenario or variant, or if the learner has no save on this machine."""
    if not assigned_moment(name):
        folder = find(path_of_name(name), extra)
        if variant:
            load(folder, variant)
    if checked_save(learner):
        return
    names = sorted(map(escape_line, saved_learners(data_folder())))
    message = f"no one called {escape_line(learner)} has played here yet"
    if len(names) > MAX_LEARNERS_NAMED:
        rest_text = f" and {len(names) - MAX_LEARNERS_NAMED} more"
    else:
        rest_text = ""
    if names:
        mend = f"choose one of {', '.join(names[:MAX_LEARNERS_NAMED])}{rest_text}"
    else:
        mend = "play a scenario first"
    raise Problems(command_problem("nobody", message, mend))


def export_class(
    roster: Path,
    name: str,
    form: str,
    export_play: ExportPlay,
    out: Path,
    extra: Path | None,
) -> int:
    """Export each learner's play into a folder of their own below `out`, and return the exit code.

    Print which learners have no play, and which saves belong to no learner. The exit code is 2 if a play can't be read or
    written. Raise Problems if the roster or the scenario can't be read.
    """
    from coffeeshop.classroom.roster import unique_names
    from coffeeshop.cli.roster import read_roster_with_warnings

    id = scenario_form(find(path_of_name(name), extra)).id
    learners = read_roster_with_warnings(roster).learners
    names_without_play = list[str]()
    code = 0
    names_by_key = unique_names(learners)
    saves = Saves(learners)
    for learner in learners:
        try:
            items = _export_saves(learner, saves.saves_of(learner), export_play)
            if items:
                _write_text(
                    out / folder_name(learner.key) / f"{id}{EXPORT_FORMS[form].suffix}",
                    items[0][1],
                )
        except Problems as refused:
            print_problems(
                replace(problem, text=f"{names_by_key[learner.key]}: {problem.text}")
                for problem in refused.problems
            )
            items = []
            code = UNUSABLE_INPUT
        if not items:
            names_without_play.append(names_by_key[learner.key])
        for line in _save_name_lines(
            learner, names_by_key[learner.key], [save_name for save_name, _ in items], id
        ):
            click.echo(escape_line(line))
    click.echo(
        escape_line(
            f"{out}: written for {len(learners) - len(names_without_play)} of {count_noun(len(learners), 'learner')}"
        )
    )
    if names_without_play:
        click.echo(escape_line(f"No play here: {', '.join(names_without_play)}"))
    for line in saves.unassigned_lines(id, names_by_key):
        click.echo(escape_line(line))
    return code


def _save_name_lines(
    learner: Learner, name: str, played_as: list[str], id: str
) -> Iterator[str]:
    """Yield the save name of a learner if it isn't the roster's name for them, and their saves that aren't exported."""
    if played_as and played_as[0] != learner.key:
        yield f"{name} played as {played_as[0]}"
    for save_name in played_as[1:]:
        export_command = command_line("export", id, "--learner", quote(save_name))
        yield f"{name} also played as {save_name}. To export that play too: {export_command}"


class Saves:
    """Assigns the saves on this machine to learners. A save has the name that the learner typed."""

    def __init__(self, learners: Sequence[Learner]) -> None:
        """Find the owners of every save: the learner whose key is its name, or else all learners with such a name."""
        from coffeeshop.classroom.whose import Owners

        keys = {learner.key: learner for learner in learners}
        owners = Owners(learners)
        names = saved_learners(data_folder())
        self._owners_by_save = {
            name: (keys[name],) if name in keys else owners.learners_called(name)
            for name in names
        }

    def saves_of(self, learner: Learner) -> list[str]:
        """Return the names of the saves that belong to this learner alone. The one named as in the roster is first."""
        names = [
            name for name, owners in self._owners_by_save.items() if owners == (learner,)
        ]
        return sorted({*names, learner.key}, key=lambda name: (name != learner.key, name))

    def unassigned_lines(self, id: str, names_by_key: Mapping[str, str]) -> Iterator[str]:
        """Yield a line for each save with a play of the scenario that belongs to no learner, or perhaps to several."""
        for name, owners in self._owners_by_save.items():
            if len(owners) == 1 or not _has_begun(name, id):
                continue
            several = " or ".join(names_by_key[learner.key] for learner in owners[:3])
            if owners:
                reason = f"played here and may be {several}"
            else:
                reason = "played here but isn't in the roster"
            export_command = command_line("export", id, "--learner", quote(name))
            yield f"{name} {reason}. To export that play: {export_command}"


def _has_begun(learner: str, id: str) -> bool:
    """Return whether a learner's save has acts in a scenario."""
    with closing(Progress(checked_save(learner))) as save:
        return id in save.act_counts()


def _export_saves(
    learner: Learner, saves: Iterable[str], export_play: ExportPlay
) -> list[tuple[str, str]]:
    """Return the name and the exported text of each save in which the learner played one of their own variants.

    A save in which nothing was done is left out. Raise Problems if one can't be read.
    """
    items = list[tuple[str, str]]()
    if learner.first_variant is None:
        own_variants = None
    else:
        own_variants = variant_block(learner.first_variant)
    for save_name in saves:
        place = checked_save(save_name)
        if place is None:
            continue
        with closing(Progress(place, own_variants)) as save:
            try:
                items.append((save_name, export_play(save)))
            except Problems as refused:
                if [problem.code for problem in refused.problems] != ["nothing-done"]:
                    raise
    return items


def checked_save(learner: str) -> SavePlace | None:
    """Return the place of a learner's save, or None if there is none. Raise Problems if the name is too long for a file."""
    if problem := long_name_problem(learner):
        raise Problems(problem)
    return existing_save(learner)


def _write_text(path: Path, text: str) -> None:
    """Write a text file, and its folder if needed. Raise Problems if it can't be written."""
    with report_write_errors(path, "name another folder with --out"):
        make_folder(path.parent)
        write_whole(path, text)
