"""Sort the graded hand-ins of a kept class into a register for each assignment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from msgspec import Struct

from coffeeshop.classroom.judge import Graded, Task
from coffeeshop.classroom.kept_class import ClassAssignment, KeptClass, KeptHandIn, Member
from coffeeshop.classroom.overview import ClassFacts, Overview, build_overview
from coffeeshop.classroom.register import (
    Assigned,
    Register,
    Result,
    Terms,
    assignment_of,
)
from coffeeshop.lessons.grading.report_document import ReportDocument
from coffeeshop.lessons.play.handin import (
    HandIn,
    read_handin,
    scenario_of_handin,
    signed_text,
)
from coffeeshop.lessons.play.membership import signature_of
from coffeeshop.policy.problem import Level, Place, Problem, Problems
from coffeeshop.views.assignments import assignment_name


class ClassGrades(Struct, frozen=True):
    """The registers of a class by assignment, the reports, whose each hand-in is, and what belongs nowhere."""

    registers: dict[str, Register]
    documents: tuple[ReportDocument, ...]
    facts: ClassFacts
    unassigned: tuple[str, ...]

    def results(self, id: str) -> Iterator[Result]:
        """Yield each learner's result in an assignment."""
        return self.registers[id].results()

    def result_of(self, id: str, key: str) -> Result:
        """Return one learner's result in an assignment."""
        return next(result for result in self.results(id) if result.learner.key == key)

    def overview(self, kept: KeptClass) -> Overview:
        """Return the summary of the class, for its page."""
        return build_overview(self.documents, kept.roster, facts=self.facts)


def class_tasks(kept: KeptClass, hand_ins: Sequence[KeptHandIn]) -> Iterator[Task]:
    """Yield a task for each hand-in, with the learner who signed it or may own it.

    Hand-ins of one name get a number, so that each name is one file's.
    """
    register = Register(kept.roster)
    times = Counter[str]()
    for number, hand_in in enumerate(hand_ins, 1):
        times[hand_in.name] += 1
        count = times[hand_in.name]
        name = f"{hand_in.name} ({count})" if count > 1 else hand_in.name
        task = register.with_owners(Task(name, hand_in.body, extra=kept.extra), number)
        yield _with_signer(kept, task, hand_in.body)


def _with_signer(kept: KeptClass, task: Task, body: bytes) -> Task:
    """Return a task whose owner is the learner who signed the hand-in.

    Without a signature of this class, return it as it is. With a wrong one, its problem takes the place of its bytes.
    """
    try:
        handin = read_handin(body)
    except Problems:
        return task
    signer = _claimed_signer(kept, handin)
    if signer is None:
        return task
    if not _is_signed_by(handin, signer):
        message = f"it claims to be {signer.learner.name}'s, and its signature is wrong"
        fix = "ask the learner to hand in from the program that joined the class"
        return replace(task, handed=(_problem("forged", message, fix),))
    if len(task.owners) == 1 and task.owners[0].key != signer.learner.key:
        message = f"{signer.learner.name} ({signer.learner.key}) signed it"
        fix = f"ask {task.owners[0].name} for a hand-in of their own"
        return replace(task, handed=(_problem("signed-by-another", message, fix),))
    return replace(task, owners=(signer.learner,))


def _claimed_signer(kept: KeptClass, handin: HandIn) -> Member | None:
    """Return the learner of the class that a hand-in names, or None."""
    record = handin.header.record
    class_name, _, first = (record.learner if record else "").rpartition("/")
    if class_name.casefold() != kept.name.casefold():
        return None
    return next((member for member in kept.members if str(member.first) == first), None)


def _is_signed_by(handin: HandIn, member: Member) -> bool:
    """Return whether a hand-in has this learner's signature."""
    header = handin.header
    if header.record is None:
        return False
    text = signed_text(
        header.scenario, header.digest, header.variant, handin.acts, header.record
    )
    return header.record.proof == signature_of(member.secret, text)


def sort_results(
    kept: KeptClass, results: Iterable[tuple[Task, bytes, Graded]]
) -> ClassGrades:
    """Return the grades of a class from each hand-in's task, bytes and report."""
    registers = {task.id: _register_for(kept, task) for task in kept.tasks}
    documents = list[ReportDocument]()
    unassigned = list[str]()
    owner_keys = dict[str, str]()
    assignments = dict[str, str]()
    for task, body, graded in results:
        id = assignment_of(scenario_of_handin(body))
        if id not in registers:
            reason = f"{id} isn't assigned" if id else graded.summary_line
            unassigned.append(f"{task.name}: {reason}")
            continue
        entered = registers[id].record_grade(task, graded)
        documents.append(entered.document)
        assignments[task.name] = id
        if entered.who:
            owner_keys[task.name] = entered.who
        elif entered.document.problems:
            unassigned.append(f"{task.name}: {entered.summary_line}")
    dues = {
        (member.learner.key, task.id): due
        for task in kept.tasks
        for member in kept.members
        if (due := kept.assignment_for(member.learner.key, task).due)
    }
    titles = {task.id: assignment_name(task.id, kept.extra) for task in kept.tasks}
    facts = ClassFacts(owner_keys, assignments, titles, dues)
    return ClassGrades(registers, tuple(documents), facts, tuple(unassigned))


def _register_for(kept: KeptClass, task: ClassAssignment) -> Register:
    """Return an empty register for an assignment, with the terms of each learner."""
    terms = dict[str, Terms]()
    for member in kept.members:
        key = member.learner.key
        dates = kept.assignment_for(key, task)
        variant = kept.allowance(key, task.id).variant
        terms[key] = Terms(dates.due, dates.late, dates.opens, variant)
    title = assignment_name(task.id, kept.extra)
    return Register(kept.roster, assigned=Assigned(task.id, title, terms))


def _problem(code: str, message: str, fix: str) -> Problem:
    """Return a problem of a hand-in."""
    return Problem(Level.ERROR, code, Place(), message, fix)
