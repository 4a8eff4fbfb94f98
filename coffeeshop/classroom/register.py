"""Keep the register of a class: the owner of each hand-in, its delay, the best of several, and missing learners."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import Struct

from coffeeshop.classroom.alike import Comparison, Likeness
from coffeeshop.classroom.judge import Graded, Task, ungradable_report
from coffeeshop.classroom.roster import Learner, Roster, unique_names
from coffeeshop.classroom.submitters import Submitters
from coffeeshop.classroom.whose import Owners, is_marked_late, sender_key
from coffeeshop.lessons.exercises.choice import parse_choice
from coffeeshop.lessons.grading.report_document import ReportDocument, UngradedReport
from coffeeshop.lessons.play.late_rule import kept_share
from coffeeshop.policy.model import Level, Place, Problem
from coffeeshop.views.assignments import instant_text
from coffeeshop.views.text import count_noun

MISSING_STATUS = "missing"
NOT_YET = "not handed in yet"  # and it isn't due yet
MARKED_BY_HAND = "marked by the teacher"
NO_HAND_IN = "no hand-in"
EXAM_GRACE = timedelta(minutes=1)  # after the end, since times are cut to minutes


class TeacherMark(Struct, frozen=True):
    """A mark that the teacher gave to one learner by hand: the share of the points from 0 to 100, and the reason."""

    score: float
    reason: str

    def __str__(self) -> str:
        """Return the reason in words, to follow the points."""
        return f"given by the teacher: {self.reason}"


class Terms(Struct, frozen=True):
    """One learner's due date, the cost of a delay, and the mark that the teacher gave by hand, if any.

    An exam has `opens`: a hand-in from before that, or from after `due`, doesn't count, and the first one does.
    """

    due: datetime | None = None
    late_rule: str = ""
    opens: datetime | None = None
    has_own_date: bool = False
    teacher_mark: TeacherMark | None = None

    def overrules_mark(self, collected: datetime | None) -> bool:
        """Return whether our due date decides, and not the mark "late" of the system that collected the hand-in.

        Ours decides if the learner has a date of their own, or if the class got the hand-in before it was due.
        """
        if self.due is None or collected is None:
            return self.has_own_date
        return self.has_own_date or collected <= self.due


class Assigned(Struct, frozen=True):
    """The assignment that a register is about: its id and title, and the terms of each learner by key."""

    id: str
    title: str
    terms: Mapping[str, Terms]


class Entry(Struct, frozen=True):
    """A hand-in in the register. `score` is None if it could not be graded."""

    name: str
    status: str
    stars: int
    score: float | None
    summary: str
    handed_in: str
    delay: timedelta | None
    marked_late: bool  # by the system that collected it
    late_rule: str = ""
    is_exam: bool = False

    @property
    def share_left(self) -> float:
        """Return the share of its points that the hand-in keeps."""
        return kept_share(self.late_rule, self.delay)

    @property
    def score_left(self) -> float | None:
        """Return the score after the deduction for lateness, or None if there is no score."""
        return None if self.score is None else self.score * self.share_left

    @property
    def rank(self) -> tuple[float, ...]:
        """Return a sort key, higher for better: more stars, then more points, then less delay.

        Where delays cost points, what is left of them comes first. In an exam, the first hand-in counts.
        """
        late = self.delay.total_seconds() if self.delay else 0
        score = -1 if self.score is None else self.score
        if self.is_exam and self.score is not None:
            return (1, -datetime.fromisoformat(self.handed_in).timestamp())
        if self.is_exam:
            return (0,)
        if self.late_rule:
            return (
                score if self.score_left is None else self.score_left,
                self.stars,
                -late,
            )
        return (self.stars, score, -late)

    @property
    def result_text(self) -> str:
        """Return the summary without its full stop, so that more text can follow."""
        return self.summary.removesuffix(".")

    @property
    def lateness(self) -> str:
        """Return the delay and its cost in words, or "" if the hand-in was in time."""
        text = lateness_text(self.delay, self.marked_late)
        if self.marked_late and self.late_rule and not self.delay:
            return f"{text}, but without a date, so there is no penalty"
        if self.share_left < 1:
            return f"{text}, with a penalty of {1 - self.share_left:.0%}"
        return text


class Result(Struct, frozen=True):
    """A learner's result in a scenario.

    `best` is the best hand-in, or None if there is none. `hand_in_count` counts the hand-ins, and `passed_over_count` the
    files that are no hand-ins. `absence` is the status of a learner without a hand-in: MISSING_STATUS or NOT_YET.
    `teacher_mark` counts instead of the hand-ins.
    """

    learner: Learner
    shown_name: str
    scenario: str
    title: str
    best: Entry | None
    hand_in_count: int
    passed_over_count: int = 0
    absence: str = MISSING_STATUS
    teacher_mark: TeacherMark | None = None

    @property
    def status(self) -> str:
        """Return the status of the best hand-in, or of somebody without one."""
        if self.best:
            return self.best.status
        return MARKED_BY_HAND if self.teacher_mark else self.absence

    @property
    def counted_score(self) -> float | None:
        """Return the learner's points, 0 to 100: those that a teacher gave, or else those of the best hand-in.

        Return None if there are none.
        """
        if self.teacher_mark:
            return self.teacher_mark.score
        return self.best.score_left if self.best else None

    @property
    def feedback(self) -> str:
        """Return what a gradebook tells the learner: the summary of the best hand-in, a delay, and the teacher's reason."""
        parts = []
        if self.best:
            parts = [self.best.summary]
            if self.best.lateness:
                parts = [self.best.result_text, self.best.lateness]
        parts += [f"mark {self.teacher_mark}"] if self.teacher_mark else []
        return "; ".join(parts)

    def __str__(self) -> str:
        """Return the result as one line."""
        if self.scenario:
            prefix = f"{self.shown_name}: {self.scenario}: "
        else:
            prefix = f"{self.shown_name}: "
        if self.best is None:
            if self.passed_over_count:
                suffix = f", {count_noun(self.passed_over_count, 'file')} skipped"
            else:
                suffix = ""
            return f"{prefix}{NO_HAND_IN if self.teacher_mark else self.absence}{suffix}"
        if self.hand_in_count > 1:
            best_of_text = f", the best of {self.hand_in_count} hand-ins"
        else:
            best_of_text = ""
        if self.best.lateness:
            lateness_text = f", {self.best.lateness}"
        else:
            lateness_text = ""
        return f"{prefix}{self.best.result_text if best_of_text or lateness_text else self.best.summary}{best_of_text}{lateness_text}"


class Register:
    """Collects the reports of a class one by one.

    `due` is the deadline. `shows_pseudonyms` shows pseudonyms instead of names. With `submitters`, every hand-in belongs to them, and
    names of files don't count.
    """

    def __init__(
        self,
        roster: Roster | None = None,
        due: datetime | None = None,
        shows_pseudonyms: bool = False,
        submitters: Submitters | None = None,
        assigned: Assigned | None = None,
        now: datetime | None = None,
        accepted_variants: Mapping[tuple[str, str], tuple[int, ...]] | None = None,
    ) -> None:
        """Begin a register without grades.

        With `shows_pseudonyms`, learners are called by their pseudonyms. `submitters` are the
        learners of the one submission that an autograder grades. With `assigned`, the register
        is about one assignment of a class, and each learner has their own terms. A hand-in
        that is due after `now` isn't missing yet. Without `now`, every absent one is missing.
        `accepted_variants` has the other variants that the teacher accepts, by learner and assignment.
        """
        self.roster = roster
        self._due = due
        self._now = now
        self._group_name = "class" if assigned else "roster"
        self._shows_pseudonyms = shows_pseudonyms
        self.learners = roster.learners if roster else ()
        self._names = unique_names(self.learners, shows_pseudonyms)
        self._owners = Owners(self.learners)
        self.submitters = submitters
        # By learner and scenario.
        self._entries = defaultdict[tuple[str, str], list[Entry]](list)
        self._accepted_variants = accepted_variants or {}
        self._terms: Mapping[str, Terms] = assigned.terms if assigned else {}
        self._titles: dict[str, str] = {}  # by scenario
        if assigned:
            self._titles[assigned.id] = assigned.title
        self._passed_over = Counter[str]()  # files that are no hand-ins, by learner
        self._comparison = Comparison()
        self.files_without_owner: list[str] = []
        # Lines about late hand-ins, for a class without a roster.
        self._late_lines: list[str] = []
        self._counts = Counter[str]()

    def name_for(self, learner: Learner) -> str:
        """Return the unique name of a learner."""
        return self._names.get(learner.key, learner.name)

    def _owner_key(self, owner: Learner | None) -> str:
        """Return the key of a learner, or the pseudonym if names are veiled. Return "" for None."""
        if owner is None:
            return ""
        if self._shows_pseudonyms:
            return self.name_for(owner)
        return owner.key

    def pass_over(self, name: str) -> None:
        """Count a file that is no hand-in for its possible owners."""
        self._passed_over.update(owner.key for owner in self._owners.owners_of_file(name))

    def with_owners(self, task: Task, number: int) -> Task:
        """Return a task with the learners who may own it.

        If there is one owner, a script is played in their variant. With pseudonyms, the
        task's name is replaced, because a file's name often has the learner's.
        """
        if self.submitters:
            owners = self.submitters.learners
        else:
            owners = self._owners.owners_of_file(task.name)
        if owners and (self.submitters or len(owners) == 1):
            first = owners[0].first_variant
        else:
            first = None
        task = replace(
            task,
            own_variant=first or 0,
            owners=owners,
            sender_key=sender_key(task.name),
            marked_late=is_marked_late(task.name),
        )
        if not self._shows_pseudonyms:
            return task
        return replace(
            task, name=" ".join((*map(self.name_for, owners[:1]), f"hand-in {number}"))
        )

    def record_grade(
        self, task: Task, graded: Graded, collected: datetime | None = None
    ) -> Graded:
        """Enter a report, and return it with its owner and delay.

        A play in another learner's variant becomes ungradable. The play is compared with
        others even then. `collected` is when the class got the hand-in, if that is known.
        """
        owner = self._find_owner(task, graded)
        document = graded.document
        if self.submitters and not owner:
            graded = ungradable_report(task, self.submitters.unknown_problem)
        elif owner and (
            problem := self._foreign_variant_problem(
                owner, document, graded.scenario_varies
            )
        ):
            graded = ungradable_report(task, problem)
        terms = self._terms_of(owner)
        handed_in = graded.document.handin.handed_in
        marked_late = task.marked_late and not terms.overrules_mark(collected)
        if problem := _outside_exam_problem(handed_in, terms):
            graded = ungradable_report(task, problem)
        late = delay_after(handed_in, terms.due)
        if document.scenario:
            drawn = parse_choice(document.scenario.id)
            self._titles.setdefault(
                assignment_of(document.scenario.id),
                "" if drawn else document.scenario.title,
            )
            self._comparison.add(
                document.scenario.id,
                self.name_for(owner) if owner and self._terms else task.name,
                owner.key if owner else task.sender_key,
                graded.trace,
            )
        if owner:
            if graded.document.scenario:
                scenario = assignment_of(graded.document.scenario.id)
            else:
                scenario = ""
            self._entries[owner.key, scenario].append(
                _register_entry(graded, late, marked_late, terms)
            )
        self._count_lateness(graded, late, marked_late)
        return replace(graded, owner_key=self._owner_key(owner), delay=late)

    def _terms_of(self, owner: Learner | None) -> Terms:
        """Return a learner's terms. Without an assignment, only the deadline is known."""
        if owner is None:
            return Terms(self._due)
        return self._terms.get(owner.key, Terms(self._due))

    def _count_lateness(
        self, graded: Graded, delay: timedelta | None, marked_late: bool
    ) -> None:
        """Count a hand-in, and keep a line about it if it was late."""
        self._counts["all"] += 1
        self._counts["undated"] += graded.document.handin.handed_in is None
        if message := lateness_text(delay, marked_late):
            self._late_lines.append(f"{graded.name}: {message}")

    def lateness_lines(self) -> Iterator[str]:
        """Yield lines about late and undated hand-ins, if there is a deadline.

        With a roster, each learner's result has the delay, so only undated hand-ins are counted.
        """
        if self._due is None:
            return
        if self.roster is None:
            yield from self._late_lines
            yield f"{count_noun(len(self._late_lines), 'hand-in')} of {self._counts['all']} came late"
        if undated := self._counts["undated"]:
            yield f"{count_noun(undated, 'hand-in')} of {self._counts['all']} came at an unknown time, because the file has no date"

    def _find_owner(self, task: Task, graded: Graded) -> Learner | None:
        """Return the owner of a hand-in, or None.

        If a submitter is known, nobody else can own it. Otherwise the name of the file and the
        variant decide, and a file that fits no one or several is added to `files_without_owner`.
        """
        if self.submitters:
            if self.submitters.learners:
                return self.submitters.owner_of(graded.document.variant)
            return None
        owners = task.owners
        if len(owners) != 1:
            owners = self._owners.narrow_by_variant(owners, graded.document.variant)
        if len(owners) == 1:
            return owners[0]
        if self.roster:
            several = " or ".join(map(self.name_for, task.owners[:3]))
            if several:
                reason = f"could be from {several}"
            else:
                reason = f"isn't from anyone in the {self._group_name}"
            self.files_without_owner.append(f"{task.name}: it {reason}")
        return None

    def _foreign_variant_problem(
        self, owner: Learner, document: ReportDocument, varies: bool
    ) -> Problem | None:
        """Return the problem that a play isn't of its learner's variant or practice seed, or None.

        It is fine if the learner was allowed that variant, or if the scenario doesn't vary.
        """
        if isinstance(document, UngradedReport):
            return None
        variant = document.variant
        choice = parse_choice(document.scenario.id)
        if choice and not owner.practises(choice.seed):
            message = f"it is the exercise with seed {choice.seed}, but {self.name_for(owner)} has another seed"
            return _other_variant_problem(
                message,
                f"play the assigned exercise, with seed {owner.first_practice_seed}",
            )
        assignment = assignment_of(document.scenario.id)
        accepted_variants = self._accepted_variants.get((owner.key, assignment), ())
        if choice or not varies or owner.plays(variant) or variant in accepted_variants:
            return None
        other_learner = self._owners.owner_of_variant(variant)
        if other_learner:
            owner_text = f", which is {self.name_for(other_learner)}'s"
        else:
            owner_text = ""
        message = f"it was played in variant {variant}{owner_text}, not in the variant of {self.name_for(owner)}"
        return _other_variant_problem(
            message,
            f"play the assigned variant, with --first-variant {owner.first_variant}",
        )

    # ---------------------------------------------------------------- what came of it
    def results(self) -> Iterator[Result]:
        """Yield each learner's best result in each scenario of the class, in the order of
        the roster.

        A hand-in whose scenario couldn't be read may belong to any. So it counts for each
        scenario in which its learner has no other hand-in.
        """
        for learner in self.learners:
            unassigned = self._entries.get((learner.key, ""), [])
            for scenario, title in sorted(self._titles.items()) or [("", "")]:
                if scenario:
                    entries = self._entries.get((learner.key, scenario), [])
                else:
                    entries = []
                entries = entries or unassigned
                best = max(entries, key=lambda entry: entry.rank, default=None)
                others_count = self._passed_over[learner.key]
                yield Result(
                    learner,
                    self.name_for(learner),
                    scenario,
                    title or scenario,
                    best,
                    len(entries),
                    others_count,
                    self._absence(learner),
                    self._terms_of(learner).teacher_mark,
                )

    def _absence(self, learner: Learner) -> str:
        """Return the status of a learner who handed in nothing."""
        due = self._terms_of(learner).due
        is_due = self._now is None or due is None or due <= self._now
        return MISSING_STATUS if is_due else NOT_YET

    def likenesses(self) -> Iterator[Likeness]:
        """Yield the hand-ins that are alike."""
        return self._comparison.find_likenesses()


def _other_variant_problem(text: str, mend: str) -> Problem:
    """Return the problem that a play is of a variant that wasn't given to its learner."""
    return Problem(Level.ERROR, "other-variant", Place("", 1), text, mend)


def assignment_of(scenario: str) -> str:
    """Return the assignment that a scenario's id belongs to.

    Exercises whose ids differ only in the seed at the end are one assignment: each learner
    has their own.
    """
    if choice := parse_choice(scenario):
        return choice.id.rpartition("-")[0]
    return scenario


def _outside_exam_problem(handed_in: str | None, terms: Terms) -> Problem | None:
    """Return the problem that a hand-in of an exam was written before or after it, or None."""
    if terms.opens is None or terms.due is None:
        return None
    try:
        at = datetime.fromisoformat(handed_in or "")
        if terms.opens <= at <= terms.due + EXAM_GRACE:
            return None
        message = f"it was handed in at {instant_text(at)}, outside the exam"
    except (ValueError, TypeError):
        message = (
            "it doesn't say when it was handed in, but an exam counts only in its time"
        )
    fix = "to make it count, give the learner another time with `class exam --for`"
    return Problem(Level.ERROR, "outside-exam", Place(), message, fix)


def _register_entry(
    graded: Graded, delay: timedelta | None, marked_late: bool, terms: Terms
) -> Entry:
    """Return the register's entry of a report. `late` is the delay, None if it is unknown or there is none.

    `marked_late`: the file's name says that it is late.
    """
    document = graded.document
    return Entry(
        name=graded.name,
        status=document.status,
        stars=document.stars or 0,
        score=document.score,
        summary=graded.summary_line,
        handed_in=document.handin.handed_in or "",
        delay=delay,
        marked_late=marked_late,
        late_rule=terms.late_rule,
        is_exam=terms.opens is not None,
    )


def delay_after(handed_in: str | None, due: datetime | None) -> timedelta | None:
    """Return how long after the deadline a hand-in came.

    Return None if it came in time or a date is missing or invalid.
    """
    if due is None or handed_in is None:
        return None
    try:
        late = datetime.fromisoformat(handed_in) - due
    except (ValueError, TypeError):  # another program wrote the report
        return None
    return late if late > timedelta() else None


def lateness_text(delay: timedelta | None, marked_late: bool) -> str:
    """Return the delay in words. Return "" if the hand-in came in time.

    `marked_late`: the file's name says that it is late. That counts only if the delay is unknown.
    """
    if delay:
        return f"late by {duration_text(delay)}"
    if marked_late:
        return "late according to the file's name"
    return ""


def duration_text(duration: timedelta) -> str:
    """Return a duration in its two largest units."""
    minutes = max(1, int(duration.total_seconds()) // 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    units = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(units[:2])
