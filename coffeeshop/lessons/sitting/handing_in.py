"""Write a play to a file, and keep the rules of an exam until it is handed in.

A hand-in of a learner who joined a class is signed. The same play handed in again keeps its time, so that a
learner who lost the file isn't late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.sitting.answers import Exported, Refused, refusal_for
from coffeeshop.policy.problem import Problems

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Play
    from coffeeshop.lessons.play.membership import Assignment, Membership
    from coffeeshop.lessons.play.progress import Progress
    from coffeeshop.lessons.play.record import Record
    from coffeeshop.lessons.sitting.sitting import Sitting

# These begin the names of settings. A play's name follows. The value is a time, and a digest of the play then.
HANDED_IN = "handed-in:"
CHANGED_IN_EXAM = "changed-in-exam:"


class HandingIn:
    """The part of a player that hands in. `clock` returns the time of the wall. Without it, no exam is noticed."""

    progress: Progress
    sitting: Sitting | None
    clock: Callable[[], datetime] | None = None

    @property
    def playing(self) -> Sitting:
        """Return the sitting. Fail an assertion where no scenario is open."""
        assert self.sitting is not None, "no scenario was opened"
        return self.sitting

    @cached_property
    def membership(self) -> Membership | None:
        """Return what the save knew of the learner's class when this player began, or followed it last."""
        return self.progress.membership

    def follow_class(self) -> bool:
        """Take over what the save knows of the class by now. Return whether that changed.

        The teacher of a class on this machine changes an assignment, or the learner joins with a newer code.
        """
        before = self.membership
        self.membership = self.progress.membership
        return self.membership != before

    # -------------------------------------------------------------------- exams
    @property
    def exam(self) -> Assignment | None:
        """Return the exam that is open now and not handed in yet, or None."""
        if self.clock is None or self.membership is None:
            return None
        exam = self.membership.exam_at(self.clock())
        if exam is None or self._is_handed_in(exam):
            return None
        return exam

    def notice_exam(self) -> bool:
        """Note whether the open scenario is an exam now. Return whether that changed, or the scenario must be left."""
        if self.sitting is None:
            return self.exam is not None
        exam = self.exam
        in_exam = exam is not None
        changed = self.sitting.in_exam != in_exam
        if changed:
            self.sitting = replace(self.sitting, in_exam=in_exam)
        return changed

    def note_exam_work(self) -> None:
        """Keep when the play was changed last in an exam. What the learner plays afterwards doesn't change that time.

        It can't be computed: acts have the shop's time.
        """
        sitting = self.sitting
        if self.clock is None or sitting is None or not sitting.in_exam:
            return
        name = name_of(sitting.scenario)
        value = f"{self.clock().isoformat()} {_work_digest(sitting.play, len(sitting.named_causes))}"
        self.progress.set_setting(CHANGED_IN_EXAM + name, value)

    def exam_work_time(self) -> datetime | None:
        """Return when the open play was changed last, if that was in an exam, or None."""
        sitting = self.playing
        value = self.progress.settings().get(
            CHANGED_IN_EXAM + name_of(sitting.scenario), ""
        )
        stored = _read_hand_in(value)
        digest = _work_digest(sitting.play, len(sitting.named_causes))
        return stored[0] if stored and stored[1] == digest else None

    @property
    def must_leave(self) -> bool:
        """Return whether an exam is open and the open scenario is another one."""
        from coffeeshop.lessons.scenario.find import is_named

        exam = self.exam
        if exam is None or self.sitting is None:
            return False
        return not is_named(exam.id, self.sitting.scenario.id)

    def _is_handed_in(self, exam: Assignment) -> bool:
        """Return whether a play of the exam was handed in while it was open."""
        from coffeeshop.lessons.scenario.find import is_named

        for name, value in self.progress.settings().items():
            id = name.removeprefix(HANDED_IN).partition("@")[0]
            if name.startswith(HANDED_IN) and is_named(exam.id, id):
                stored = _read_hand_in(value)
                if stored and exam.opens and exam.opens <= stored[0]:
                    return True
        return False

    def exam_refusal(self, id: str) -> Refused | None:
        """Return why a scenario can't be played now because of an exam, or None."""
        from coffeeshop.lessons.scenario.find import is_named, shelf_number

        if self.clock is None or self.membership is None:
            return None
        if (exam := self.exam) and exam.due and not is_named(exam.id, id):
            message = f"an exam is open until {exam.due.astimezone():%H:%M}, and you can play only it"
            return refusal_for("exam", message, f"play {shelf_number(exam.id)}")
        at = self.clock()
        for exam in self.membership.assignments:
            if exam.opens and at < exam.opens and is_named(exam.id, id):
                opens = exam.opens.astimezone()
                message = f"this is an exam, which opens on {opens:%a %d %b at %H:%M}"
                return refusal_for("exam", message, "come back then")
        return None

    # ----------------------------------------------------------------- to a file
    def export(self, form: str, at: datetime, is_final: bool = True) -> Exported | Refused:
        """Return the play in a form of `lessons.play.export.EXPORT_FORMS`. `at` is the wall clock's time.

        A hand-in that isn't final only shows how far the play is. It isn't signed, and the save doesn't keep its time.
        """
        from coffeeshop.lessons.play.export import HAND_IN, export_play

        try:
            play = self.playing.play
            record = self.progress.handin_record(play.scenario, at)
            text = export_play(play, form, record)
            if form == HAND_IN and self.membership and is_final:
                if refusal := self._second_hand_in_refusal(play, record):
                    return refusal
                stored = _last_hand_in(self.progress, play)
                record = _record_of_member(self.progress, self.membership, play, record)
                text = export_play(play, form, record)
                is_changed = stored is not None and stored[1] != _content(play, record)
                earlier = stored[0] if stored and is_changed else None
                return Exported(text, record.handed_in, earlier)
            return Exported(text)
        except Problems as found:
            return Refused(found.problems)

    def _second_hand_in_refusal(self, play: Play, record: Record) -> Refused | None:
        """Return why a play of an exam can't be handed in again after it was changed, or None."""
        from coffeeshop.lessons.scenario.find import is_named

        if self.clock is None or self.membership is None:
            return None
        exam = self.membership.exam_at(self.clock())
        stored = _last_hand_in(self.progress, play)
        if exam is None or stored is None or not is_named(exam.id, play.scenario.id):
            return None
        if stored[1] == _content(play, record) or (exam.opens and stored[0] < exam.opens):
            return None
        message = f"you handed in this exam at {stored[0].astimezone():%H:%M}, and the first hand-in counts"
        return refusal_for(
            "handed-in", message, "undo what you did since to write it again"
        )


def _record_of_member(
    progress: Progress, membership: Membership, play: Play, record: Record
) -> Record:
    """Return the signed record of a hand-in. Keep when the play was handed in first."""
    from coffeeshop.lessons.play.handin import sign_record

    content = _content(play, record)
    stored = _last_hand_in(progress, play)
    if stored and stored[1] == content:
        record = replace(record, handed_in=stored[0])
    else:
        keep_hand_in_time(progress, play, record)
    return sign_record(play, record, membership)


def keep_hand_in_time(progress: Progress, play: Play, record: Record) -> None:
    """Keep when a play was handed in, and what of it."""
    value = f"{record.handed_in.isoformat()} {_content(play, record)}"
    progress.set_setting(HANDED_IN + name_of(play.scenario), value)


def _content(play: Play, record: Record) -> str:
    """Return a digest of what is handed in."""
    return _work_digest(play, len(record.causes))


def _work_digest(play: Play, causes: int) -> str:
    """Return a digest of what was done: the acts, and how many causes were named."""
    from coffeeshop.lessons.play.handin import acts_digest

    return f"{acts_digest(play.acts)}-{causes}"


def _last_hand_in(progress: Progress, play: Play) -> tuple[datetime, str] | None:
    """Return when a play was handed in last, and a digest of what was. Return None if it wasn't yet."""
    return _read_hand_in(progress.settings().get(HANDED_IN + name_of(play.scenario), ""))


def _read_hand_in(value: str) -> tuple[datetime, str] | None:
    """Return the time and the digest in a setting, or None if it isn't one."""
    instant, _, content = value.partition(" ")
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        return None
    return (at, content) if at.tzinfo else None
