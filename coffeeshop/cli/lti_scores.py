"""Collect what learners handed in by their browsers, and send the class's scores to its learning platforms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from coffeeshop.classroom.class_grades import THIS_MACHINE, ClassGrades
from coffeeshop.classroom.kept_class import KeptClass, change_class
from coffeeshop.classroom.register import assignment_of
from coffeeshop.cli.lti_files import hand_in_folder, lti_store, tool_key
from coffeeshop.cli.output import wall_clock
from coffeeshop.files import read_file
from coffeeshop.lessons.play.handin import HAND_IN_SUFFIX, read_handin, scenario_of_handin
from coffeeshop.lessons.play.save_names import folder_name
from coffeeshop.lti.scores import Gradebook, Sending, send_scores
from coffeeshop.policy.problem import Problems
from coffeeshop.views.assignments import assignment_title
from coffeeshop.views.text import count_noun

MAX_HAND_IN_BYTES = 16 * 1024 * 1024  # bytes of a hand-in


def collect_from_browsers(path: Path, kept: KeptClass) -> list[Path]:
    """Take the hand-ins from browsers into the class. Return all files from browsers, to delete after grading. Raise Problems.

    A file that is no hand-in, such as another export, isn't taken.
    """
    folder = hand_in_folder(kept.name)
    files = sorted(folder.glob("*/*"))
    names = {str(member.first_variant): member.learner.key for member in kept.members}
    hand_ins = list[tuple[str, bytes]]()
    for file in files:
        with suppress(Problems):
            body = read_file(file, MAX_HAND_IN_BYTES)
            read_handin(body)
            id = assignment_of(scenario_of_handin(body))
            learner = folder_name(names.get(file.parent.name, file.parent.name))
            name = f"{THIS_MACHINE}/{learner}/{id}{HAND_IN_SUFFIX}"
            hand_ins.append((name, body))
    if hand_ins:
        with change_class(path) as class_file:
            class_file.add_hand_ins(hand_ins, wall_clock())
    return files


def note_credits(kept: KeptClass, grades: ClassGrades) -> None:
    """Keep the credit of each learner whom a platform sent, until the platform has it. Raise Problems."""
    store = lti_store(kept.name)
    firsts = {person.first for person in store.people()}
    keys = {member.learner.key: member.first_variant for member in kept.members}
    for task in kept.assignments:
        for result in grades.results(task.id):
            first = keys[result.learner.key]
            if first in firsts and result.counted_score is not None:
                credit = max(0.0, min(100.0, result.counted_score))
                store.note_credit(first, task.id, credit, result.feedback)


def send_class_scores(kept: KeptClass, is_patient: bool = False) -> Sending:
    """Send the scores that platforms don't have yet. With `is_patient`, send only those whose pause is over. Raise Problems."""

    def gradebook(id: str) -> Gradebook | None:
        task = kept.find_assignment(id)
        return task and Gradebook(assignment_title(id, kept.own_scenarios), task.points)

    def clock() -> float:
        return wall_clock().timestamp()

    store = lti_store(kept.name)
    return send_scores(store, tool_key(), gradebook, clock, is_patient)


def sending_lines(sending: Sending) -> Iterator[str]:
    """Yield what came of sending scores."""
    if sending.sent:
        yield f"Sent {count_noun(sending.sent, 'score')} to your learning platform"
    if sending.waiting:
        yield f"{count_noun(sending.waiting, 'score')} could not be sent yet. The program tries again later"
    yield from (f"  {error}" for error in sending.errors)
