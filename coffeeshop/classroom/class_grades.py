"""Sort the graded hand-ins of a kept class into a register for each assignment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote

from msgspec import Struct, structs

from coffeeshop.classroom.class_gain import measure_class
from coffeeshop.classroom.judge import Graded, Task
from coffeeshop.classroom.kept_class import (
    GIVEN_PREFIX,
    ClassAssignment,
    KeptClass,
    KeptHandIn,
    Member,
)
from coffeeshop.classroom.overview import ClassFacts, Overview, build_overview
from coffeeshop.classroom.register import (
    Assigned,
    Register,
    Result,
    Terms,
    assignment_of,
)
from coffeeshop.classroom.whose import Owners
from coffeeshop.lessons.grading.report_document import GradedReport, ReportDocument
from coffeeshop.lessons.play.check_up_rows import CourseCheckUp
from coffeeshop.lessons.play.handin import (
    HandIn,
    read_handin,
    scenario_of_handin,
    signed_text,
)
from coffeeshop.lessons.play.membership import signature_of
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.problem import Level, Place, Problem, Problems
from coffeeshop.views.assignments import assignment_name

THIS_MACHINE = "this machine"  # begins the names of hand-ins from saves on this machine
BELONGS_TO_NO_ONE = "it isn't from anyone in the class"


class ClassGrades(Struct, frozen=True):
    """The registers of a class by assignment, the reports, whose each hand-in is, and what belongs nowhere.

    `check_ups` has the check-ups of the course by moment and learner. It is empty if the class was given none.
    """

    registers: dict[str, Register]
    documents: tuple[ReportDocument, ...]
    facts: ClassFacts
    uncounted_lines: tuple[str, ...]
    check_ups: dict[str, dict[str, CourseCheckUp]]

    def results(self, id: str) -> Iterator[Result]:
        """Yield each learner's result in an assignment."""
        return self.registers[id].results()

    def result_of(self, id: str, key: str) -> Result:
        """Return one learner's result in an assignment."""
        return next(result for result in self.results(id) if result.learner.key == key)

    def overview(self, kept: KeptClass) -> Overview:
        """Return the summary of the class, for its page."""
        overview = build_overview(self.documents, kept.roster, facts=self.facts)
        return structs.replace(
            overview, gain=measure_class(len(kept.members), self.check_ups)
        )


def class_tasks(kept: KeptClass, hand_ins: Sequence[KeptHandIn]) -> Iterator[Task]:
    """Yield a task for each hand-in, with the learner who signed it or may own it."""
    register = Register(kept.roster)
    names = numbered_names(hand_ins)
    for number, (hand_in, name) in enumerate(zip(hand_ins, names, strict=True), 1):
        task = register.with_owners(
            Task(name, hand_in.body, scenarios_folder=kept.own_scenarios), number
        )
        if member := _named_member(kept, hand_in.name):
            task = replace(task, owners=(member.learner,), own_variant=member.first_variant)
        yield _with_signer(kept, task, hand_in.body)


def numbered_names(hand_ins: Sequence[KeptHandIn]) -> Iterator[str]:
    """Yield a name for each hand-in. Those of one name get a number, so that each name is one file's."""
    times = Counter[str]()
    for hand_in in hand_ins:
        times[hand_in.name] += 1
        count = times[hand_in.name]
        yield f"{hand_in.name} ({count})" if count > 1 else hand_in.name


def _named_member(kept: KeptClass, name: str) -> Member | None:
    """Return the member in whose folder a hand-in is that was played on this machine, or that the teacher gave to them."""
    place, _, rest = name.partition("/")
    if place not in (GIVEN_PREFIX, THIS_MACHINE):
        return None
    return kept.members_by_key.get(unquote(rest.partition("/")[0]))


def uncounted_hand_ins(
    kept: KeptClass, hand_ins: Sequence[KeptHandIn]
) -> Iterator[tuple[KeptHandIn, str]]:
    """Yield each hand-in that won't count for any learner, with the reason. Only its header is read."""
    owners = Owners(member.learner for member in kept.members)
    for hand_in, task in zip(hand_ins, class_tasks(kept, hand_ins), strict=True):
        try:
            variant = read_handin(hand_in.body).header.variant
        except Problems as refused:
            yield hand_in, f"it can't be graded: {refused.problems[0].text}"
            continue
        possible = owners.narrow_by_variant(task.owners, variant)
        if not possible:
            yield hand_in, BELONGS_TO_NO_ONE
        elif len(possible) > 1:
            names = " or ".join(learner.key for learner in possible[:3])
            yield hand_in, f"it could be from {names}"


def _with_signer(kept: KeptClass, task: Task, body: bytes) -> Task:
    """Return a task whose owner is the learner who signed the hand-in.

    Without a signature of this class, return it as it is. With a wrong one, its problem takes the place of its bytes.
    """
    try:
        handin = read_handin(body)
    except Problems:
        return task
    record = handin.header.record
    signer = kept.member_with_id(record.learner if record else "")
    if signer is None:
        return _refuse_other_class(kept, task, record.learner if record else "")
    if not _is_signed_by(handin, signer):
        message = f"it claims to be from {signer.learner.name}, but its signature is wrong"
        fix = "ask the learner to hand in from the computer on which they joined the class"
        return replace(task, content=(_hand_in_problem("forged", message, fix),))
    if len(task.owners) == 1 and task.owners[0].key != signer.learner.key:
        message = f"it was signed by {signer.learner.name} ({signer.learner.key})"
        fix = f"ask {task.owners[0].name} to hand in their own work"
        return replace(task, content=(_hand_in_problem("signed-by-another", message, fix),))
    return replace(task, owners=(signer.learner,))


def _refuse_other_class(kept: KeptClass, task: Task, id: str) -> Task:
    """Return a task with a problem in place of its bytes if a learner of another class signed the hand-in (by their id,
    as in IAM-101/412000). The teacher can still give it to a learner by hand.
    """
    class_name, slash, _ = id.rpartition("/")
    is_given = task.name.startswith(f"{GIVEN_PREFIX}/")
    if not slash or class_name.casefold() == kept.name.casefold() or is_given:
        return task
    message = f"it was signed by a learner in another class, {class_name}"
    fix = "ask the learner to hand in their own work, or assign this file to a learner with `class collect --for`"
    return replace(task, content=(_hand_in_problem("signed-elsewhere", message, fix),))


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
    kept: KeptClass, results: Iterable[tuple[Task, KeptHandIn, Graded]], now: datetime
) -> ClassGrades:
    """Return the grades of a class from each hand-in with its task and report.

    What is due after `now` isn't missing. A hand-in that counts for no one, or that isn't of an
    assignment, is listed in `uncounted_lines` with the reason.
    """
    registers = {task.id: _register_for(kept, task, now) for task in kept.assignments}
    documents = list[ReportDocument]()
    unassigned = list[str]()
    owner_keys = dict[str, str]()
    assignments = dict[str, str]()
    check_ups = {
        moment: dict[str, CourseCheckUp]()
        for task in kept.assignments
        if (moment := assigned_moment(task.id))
    }
    for task, hand_in, graded in results:
        id = assignment_of(scenario_of_handin(hand_in.body))
        if id not in registers:
            reason = f"{id} isn't assigned" if id else graded.summary_line
            unassigned.append(f"{task.name}: {reason}")
            continue
        entered = registers[id].record_grade(task, graded, hand_in.collected_at)
        moment = assigned_moment(id)
        if not moment:
            documents.append(entered.document)
        elif entered.owner_key and isinstance(entered.document, GradedReport):
            check_ups[moment][entered.owner_key] = _reported_check_up(
                moment, entered.document
            )
        assignments[task.name] = id
        if entered.owner_key:
            owner_keys[task.name] = entered.owner_key
        elif entered.document.problems:
            unassigned.append(f"{task.name}: {entered.summary_line}")
    class_results = {
        (result.learner.key, id): result
        for id, register in registers.items()
        for result in register.results()
    }
    titles = {
        task.id: assignment_name(task.id, kept.own_scenarios)
        for task in kept.assignments
        if not assigned_moment(task.id)
    }
    facts = ClassFacts(owner_keys, assignments, titles, class_results)
    return ClassGrades(registers, tuple(documents), facts, tuple(unassigned), check_ups)


def _reported_check_up(moment: str, report: GradedReport) -> CourseCheckUp:
    """Return the check-up that a report is about."""
    right = tuple(answer.right for answer in report.check_up)
    chosen = tuple(answer.chosen for answer in report.check_up)
    return CourseCheckUp(moment, report.variant, right, chosen)


def _register_for(kept: KeptClass, task: ClassAssignment, now: datetime) -> Register:
    """Return an empty register for an assignment, with the terms of each learner."""
    terms = dict[str, Terms]()
    for member in kept.members:
        key = member.learner.key
        dates = kept.assignment_for(key, task)
        allowance = kept.allowance(key, task.id)
        terms[key] = Terms(
            dates.due,
            dates.late,
            dates.opens,
            allowance.due is not None,
            kept.teacher_mark(key, task.id),
        )
    title = assignment_name(task.id, kept.own_scenarios)
    return Register(
        kept.roster,
        assigned=Assigned(task.id, title, terms),
        now=now,
        accepted_variants=kept.accepted_variants,
    )


def _hand_in_problem(code: str, message: str, fix: str) -> Problem:
    """Return a problem of a hand-in."""
    return Problem(Level.ERROR, code, Place(), message, fix)
