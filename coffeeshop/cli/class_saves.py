"""Find what learners of a class played on this machine, and write their hand-ins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import click

from coffeeshop.classroom.class_grades import THIS_MACHINE
from coffeeshop.classroom.kept_class import KeptClass, Member
from coffeeshop.cli.carried_plays import (
    Saves,
    checked_save,
    ends_exam,
    exam_work_time,
    play_exporter,
)
from coffeeshop.cli.join import join_save
from coffeeshop.cli.output import data_folder, wall_clock
from coffeeshop.cli.problems import print_problems
from coffeeshop.lessons.play.handin import HAND_IN_SUFFIX
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import folder_name
from coffeeshop.lessons.play.save_place import last_change, saved_learners
from coffeeshop.lessons.play.variants import variant_block
from coffeeshop.lessons.scenario.find import shelf_number
from coffeeshop.policy.problem import Problems
from coffeeshop.views.text import count_noun


def machine_hand_ins(kept: KeptClass, is_final: bool = True) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of a hand-in for each assignment that a learner played on this machine.

    A save that joined the class belongs to the learner of its code, whatever it is called. Print what can't be read. Without
    `is_final`, hand-ins show how far the plays are. They have the time of the last change, so those of a play that
    rests are equal.
    """
    saves = _saves_by_member(kept)
    open_exams = Counter[str]()
    for member in kept.members:
        for save_name in saves.get(member.first_variant, ()):
            yield from _hand_ins_of_save(kept, member, save_name, is_final, open_exams)
    for id, count in open_exams.items():
        verb = "is" if count == 1 else "are"
        text = f"{count_noun(count, 'learner')} {verb} still taking the exam {shelf_number(id, kept.own_scenarios)}"
        click.echo(f"{text}. Collect again when it ends.", err=True)


def tell_saves(kept: KeptClass, first: int | None = None) -> None:
    """Write the assignments of the class into the saves on this machine that joined it, or into those of one learner.

    An app that runs there takes them over. Print which save can't be written.
    """
    members = {member.first_variant: member for member in kept.members}
    for name in saved_learners(data_folder()):
        joined_first = _joined_first(kept, name)
        if joined_first in members and first in (None, joined_first):
            with closing(Progress(checked_save(name))) as save:
                join_save(save, kept.membership(members[joined_first].learner.key))


def _saves_by_member(kept: KeptClass) -> dict[int, list[str]]:
    """Return the names of each learner's saves, by the learner's first variant."""
    names = saved_learners(data_folder())
    joined = {
        name: first for name in names if (first := _joined_first(kept, name)) is not None
    }
    called = Saves([member.learner for member in kept.members])
    return {
        member.first_variant: [
            name
            for name in dict.fromkeys((*joined, *called.saves_of(member.learner)))
            if joined.get(name, member.first_variant) == member.first_variant
        ]
        for member in kept.members
    }


def _joined_first(kept: KeptClass, save_name: str) -> int | None:
    """Return the first variant of the learner who joined this class in a save, or None."""
    place = checked_save(save_name)
    if place is None:
        return None
    with closing(Progress(place)) as save:
        membership = save.membership
    if membership and membership.class_name.casefold() == kept.name.casefold():
        return membership.first
    return None


def _hand_ins_of_save(
    kept: KeptClass,
    member: Member,
    save_name: str,
    is_final: bool,
    open_exams: Counter[str],
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of a hand-in for each assignment with acts in a save.

    Unless `is_final`, it only shows how far the play was at the last change of the save. An exam that is open isn't
    ended: it is counted in `open_exams`. One that ended has the time of the play's last change, if that was in its time.
    """
    place = checked_save(save_name)
    if place is None:
        return
    changed = last_change(place)
    key = member.learner.key
    membership = kept.membership(key)
    with closing(Progress(place, variant_block(member.first_variant))) as save:
        for task in kept.assignments:
            assignment = kept.assignment_for(key, task)
            id = membership.play_id(assignment)
            is_open = is_final and assignment.is_open_exam(wall_clock())
            if is_open and ends_exam(save, id, kept.own_scenarios):
                open_exams[id] += 1
                continue
            try:
                worked = changed
                if assignment.is_exam and not assignment.is_open_exam(changed):
                    worked = exam_work_time(save, id, kept.own_scenarios) or changed
                is_of_exam = assignment.is_open_exam(worked)
                at = None if is_final and not is_of_exam else worked
                text = play_exporter(id, "handin", None, kept.own_scenarios, at, is_final)(
                    save
                )
            except Problems as refused:
                print_problems(
                    replace(problem, text=f"{member.learner.name} ({key}): {problem.text}")
                    for problem in refused.problems
                    if problem.code not in ("nothing-done", "unknown-scenario")
                )
            else:
                yield (
                    f"{THIS_MACHINE}/{folder_name(key)}/{task.id}{HAND_IN_SUFFIX}",
                    text.encode(),
                )
