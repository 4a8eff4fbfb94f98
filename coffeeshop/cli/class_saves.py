"""Find what learners of a class played on this machine, and write their hand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from coffeeshop.classroom.class_grades import MACHINE
from coffeeshop.classroom.kept_class import KeptClass, Member
from coffeeshop.cli.carried_plays import Saves, checked_save, play_exporter
from coffeeshop.cli.output import data_folder
from coffeeshop.cli.problems import print_problems
from coffeeshop.lessons.play.handin import SUFFIX
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import folder_name
from coffeeshop.lessons.play.save_place import last_change, saved_learners
from coffeeshop.lessons.play.variants import variant_block
from coffeeshop.policy.problem import Problems


def machine_hand_ins(kept: KeptClass, is_final: bool = True) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of a hand-in for each assignment that a learner played on this machine.

    A save that joined the class belongs to the learner of its code, whatever it is called. Print what can't be read. Without
    `is_final`, hand-ins show how far the plays are. They have the time of the last change, so those of a play that
    rests are equal.
    """
    saves = _saves_by_member(kept)
    for member in kept.members:
        for save_name in saves.get(member.first, ()):
            yield from _hand_ins_of_save(kept, member, save_name, is_final)


def _saves_by_member(kept: KeptClass) -> dict[int, list[str]]:
    """Return the names of each learner's saves, by the learner's first variant."""
    names = saved_learners(data_folder())
    joined = {
        name: first for name in names if (first := _joined_first(kept, name)) is not None
    }
    called = Saves([member.learner for member in kept.members])
    return {
        member.first: [
            name
            for name in dict.fromkeys((*joined, *called.saves_of(member.learner)))
            if joined.get(name, member.first) == member.first
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
    kept: KeptClass, member: Member, save_name: str, is_final: bool
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of a hand-in for each assignment with acts in a save.

    Unless `is_final`, it only shows how far the play was at the last change of the save.
    """
    place = checked_save(save_name)
    if place is None:
        return
    as_of = None if is_final else last_change(place)
    key = member.learner.key
    membership = kept.membership(key)
    with closing(Progress(place, variant_block(member.first))) as save:
        for task in kept.tasks:
            id = membership.play_id(task.assignment)
            try:
                text = play_exporter(id, "handin", None, kept.extra, as_of)(save)
            except Problems as refused:
                print_problems(
                    replace(problem, text=f"{member.learner.name} ({key}): {problem.text}")
                    for problem in refused.problems
                    if problem.code not in ("nothing-done", "unknown-scenario")
                )
            else:
                yield f"{MACHINE}/{folder_name(key)}/{task.id}{SUFFIX}", text.encode()
