"""Hold a learner's Progress and change their sitting. No other module changes a sitting.

Every change is committed before the answer, so that a crash loses nothing. The engine is imported with the
first scenario, because the list of scenarios doesn't need it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met, question_subject
from coffeeshop.lessons.play.save_problems import NOT_SAVED, SCENARIO_CHANGED, nothing_done
from coffeeshop.lessons.sitting.answers import (
    Done,
    Followed,
    Graded,
    Hinted,
    MovedOn,
    Named,
    Noted,
    Predicted,
    Refused,
    Typed,
    refusal_for,
)
from coffeeshop.lessons.sitting.badges import opened_profile, profiles, usable_profile
from coffeeshop.lessons.sitting.handing_in import HandingIn
from coffeeshop.policy.problem import Problem, Problems

if TYPE_CHECKING:
    from coffeeshop.account.model import Act, Answer, Call, Caller, Outcome
    from coffeeshop.lessons.model import Cause, Play, Scenario
    from coffeeshop.lessons.scenario.load import VariantChoice
    from coffeeshop.lessons.sitting.assessment import Assessment
    from coffeeshop.lessons.sitting.opening import Opening
    from coffeeshop.lessons.sitting.shown_skills import ShownSkills
    from coffeeshop.lessons.teaching.lesson import Lesson
    from coffeeshop.policy.simulation.simulate import EvalDecision


class Player(HandingIn):
    """One learner, with at most one sitting. `sitting` is None until a scenario is open.

    `extra` is a folder of more scenarios. `locate` turns the name of a scenario outside the course into its
    path.
    """

    def __init__(
        self,
        progress: Progress,
        extra: Path | None = None,
        locate: Callable[[str], str] = str,
    ) -> None:
        """Begin without a sitting. `locate` turns a name into a path, such as that of an imported account."""
        self.progress = progress
        self.extra = extra
        self.locate = locate
        self.sitting = None
        self._folder = Path()
        self._assessed: list[Assessment] = []  # so that undo and redo find known plays
        self._taught: tuple[Scenario, Lesson | Refused | None] | None = None
        self._shown: ShownSkills | None = None

    @property
    def is_newcomer(self) -> bool:
        """Return whether this learner has not begun or finished anything yet."""
        return not self.progress.act_counts() and not self.progress.best_results()

    # ------------------------------------------------------- to begin and to leave
    def open(
        self, name: str, variant: int | None = None, afresh: bool = False
    ) -> Noted | Refused:
        """Open a scenario by its id, number or path, and resume its play.

        `variant` None stands for the variant that was played last. `afresh` begins a new play, in a variant
        whose solution the learner has not seen.
        """
        from coffeeshop.lessons.scenario.find import find

        # Another variant would let a learner look at the solution of this one.
        if self.exam:
            variant = None
            last = self.progress.variant
        elif afresh:
            last = self._fresh_variant
        else:
            last = self.progress.variant
        try:
            folder = find(self.locate(name), self.extra)
            scenario = self._load(folder, last if variant is None else variant)
        except Problems as found:
            return Refused(found.problems)
        if refusal := self.exam_refusal(scenario.id):
            return refusal
        before = self.progress.problem
        self._folder = folder
        moved = self._open_play(scenario, afresh)
        if moved is None and not afresh and self.progress.has_older_version_only(scenario):
            moved = SCENARIO_CHANGED
        problem = self.progress.problem
        return Noted(problem if problem is not before else moved)

    def _load(self, folder: Path, variant: VariantChoice | int) -> Scenario:
        """Return a scenario whose credentials have this installation's own secrets. Raise Problems."""
        from coffeeshop.lessons.scenario.load import load

        scenario = load(folder, variant)
        key = self.progress.proof_key
        if not key:
            return scenario
        ground = scenario.ground.with_proof_key(key)
        opening = scenario.opening.with_proof_key(key)
        return replace(scenario, ground=ground, opening=opening)

    def _fresh_variant(self, id: str, digest: str) -> int:
        """Return a variant whose solution the learner has not seen, or the last one where there is none."""
        return self.progress.fresh_variant(id, digest, self.progress.variant(id, digest))

    def open_without_folder(self, scenario: Scenario) -> None:
        """Open a scenario that has no folder, and resume its play."""
        self._make_sitting(self.progress.resume(scenario))

    def begin_again(self, variant: int | None = None) -> Noted | MovedOn | Refused:
        """Begin this scenario again.

        `variant` None stands for this variant, or for another one if its solution was revealed.
        """
        current_scenario = self.playing.scenario
        if self.playing.in_exam:
            seed = current_scenario.variant
        elif variant is None:
            seed = self.progress.fresh_variant(
                current_scenario.id, current_scenario.digest, current_scenario.variant
            )
        else:
            seed = variant
        try:
            scenario = self._load(self._folder, seed)
        except Problems as found:
            return Refused(found.problems)
        if moved := self._open_play(scenario, afresh=True):
            return MovedOn(moved)
        answer = self._commit(self.playing.play, self.playing.profile)
        return answer if isinstance(answer, MovedOn) else Noted(answer)

    def _open_play(self, scenario: Scenario, afresh: bool) -> Problem | None:
        """Open a scenario's play, new or resumed. Return a Problem where a new one couldn't begin."""
        if afresh:
            begun = self.progress.restart(scenario)
        else:
            begun = self.progress.resume(scenario)
        moved = begun if isinstance(begun, Problem) else None
        self._make_sitting(
            self.progress.resume(scenario) if isinstance(begun, Problem) else begun
        )
        if afresh and moved is None:
            # A new play begins at the first hint.
            self.sitting = replace(self.playing, hints_read={})
        return moved

    def leave(self) -> Noted:
        """Try once more to save unsaved acts. The answer's problem says which could not be saved."""
        unkept = self.sitting and self.progress.keep(
            self.sitting.play, self.sitting.profile
        )
        return Noted(self.progress.problem or unkept)

    # ------------------------------------------------------------------------- acts
    def do(self, call: Call, profile: str = "") -> Done | MovedOn:
        """Make a call with the credential in use, or with the credential of another profile."""
        from coffeeshop.account.model import Act

        sitting = self.playing
        return self._act(
            Act(sitting.now, sitting.caller_for(call, profile or sitting.profile), call)
        )

    def perform(self, caller: Caller, call: Call, at: datetime) -> Done | Refused:
        """Make a call by a proven credential at a time, or at the last act's time if that is later.

        It doesn't change the profile in use. Where another window changed the play, the call follows that
        window's acts. Return Refused, and do nothing, where the call couldn't be saved.
        """
        from coffeeshop.account.model import Act

        while True:
            sitting = self.playing
            last = sitting.play.last
            play = sitting.play.with_condensed_past().do(
                Act(max(at, last.act.at if last else sitting.scenario.now), caller, call)
            )
            problem = self.progress.keep(play)
            unkept = self.progress.write_problem or problem
            if unkept is not None and unkept.code in NOT_SAVED:
                return Refused((nothing_done(unkept),))
            if problem is None or problem.code != "moved-on":
                is_same = play.account.credentials is sitting.play.account.credentials
                self._change_sitting(
                    play,
                    sitting.profile if is_same else usable_profile(play, sitting.profile),
                )
                return Done(play.outcomes[-1:], problem)
            self._catch_up()

    def preview(self, caller: Caller, call: Call, at: datetime) -> Outcome:
        """Return the outcome of a call without making it, at a time or at the last act's time if that is later."""
        from coffeeshop.account.model import Act

        sitting = self.playing
        last = sitting.play.last
        earliest = last.act.at if last else sitting.scenario.now
        return (
            sitting.play.with_condensed_past()
            .do(Act(max(at, earliest), caller, call))
            .outcomes[-1]
        )

    def adopt_other_window(self) -> Followed | None:
        """Take over the changes that another window made in this play. None where there are none."""
        before = self.playing.play
        if not self.progress.has_changed_elsewhere(self.playing.scenario):
            return None
        self._catch_up()
        after = self.playing.play
        pairs = zip(before.acts, after.acts, strict=False)
        same_count = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], pairs))
        return Followed(after.outcomes[same_count:], before.outcomes[same_count:])

    def _catch_up(self) -> None:
        """Resume the play as another window left it."""
        sitting = self.playing
        play = self.progress.resume(sitting.scenario, sitting.play)
        self._change_sitting(play, usable_profile(play, sitting.profile))
        self.sitting = replace(
            self.playing,
            drafts=self.progress.drafts(sitting.scenario),
            named_causes=self.progress.named_causes(name_of(sitting.scenario)),
        )

    def type(self, line: str) -> Typed | Refused | MovedOn:
        """Carry out a line of the AWS CLI or of the console's acts, with all its calls at one time.

        Return Refused where the line can't be read.
        """
        from coffeeshop.account.command import carry_out, understand_line
        from coffeeshop.account.model import Act

        sitting = self.playing
        folder = self.playing.folder
        self.progress.append_history(line)
        line_or_problems = understand_line(
            line, sitting.play.account, sitting.now, folder, sitting.profile
        )
        if isinstance(line_or_problems, tuple):
            return Refused(line_or_problems, self.record_exposure(*folder.opened))
        if line_or_problems.profile and isinstance(
            taken := self.use_profile(line_or_problems.profile), Refused
        ):
            return taken
        play = sitting.play

        def ask(call: Call) -> Answer:
            nonlocal play
            play = play.do(Act(sitting.now, line_or_problems.caller, call))
            return play.outcomes[-1].answer

        printed = carry_out(line_or_problems, ask)
        problem = self.record_exposure(*folder.opened)
        for name, body in printed.files.items():
            if isinstance(body, bytes):
                self.write(name, body.decode("utf-8", "replace"))
        outcomes = play.outcomes[len(sitting.play.outcomes) :]
        if outcomes:
            moved = self._move_to(play, outcomes)
        else:
            moved = Done(())
        if isinstance(moved, MovedOn):
            return MovedOn(moved.problem, problem)
        return Typed(
            outcomes,
            moved.problem,
            printed=printed,
            spoiler=problem,
            notes=line_or_problems.notes,
        )

    def undo(self) -> Done | Refused | MovedOn:
        """Undo all acts of the line that was run last."""
        play = self.playing.play
        if not play.outcomes:
            return refusal_for("nothing-to-undo", "nothing was done yet", "")
        before = play.undo()
        return self._move_to(before, play.outcomes[len(before.outcomes) :])

    def redo(self) -> Done | Refused | MovedOn:
        """Redo all acts of the line that was undone last."""
        play = self.playing.play
        if not play.undone:
            return refusal_for("nothing-to-redo", "nothing was undone", "")
        after = play.redo(assessment.play for assessment in self._assessed)
        return self._move_to(after, after.outcomes[len(play.outcomes) :])

    def _act(self, act: Act) -> Done | MovedOn:
        """Do one act and commit it."""
        play = self.playing.play.do(act)
        return self._move_to(play, play.outcomes[-1:])

    def _move_to(self, play: Play, outcomes: tuple[Outcome, ...]) -> Done | MovedOn:
        """Commit a play that was reached by `outcomes`, and use the session that the last of them opened."""
        was_performed = play.outcomes and play.outcomes[-1] is outcomes[-1]
        profile = (
            opened_profile(outcomes[-1]) if was_performed else ""
        ) or self.playing.profile
        answer = self._commit(play, profile)
        if isinstance(answer, MovedOn):
            return answer
        return Done(outcomes, answer)

    def _commit(self, play: Play, profile: str) -> MovedOn | Problem | None:
        """Save a play before anything is painted. Where another window changed it, resume that window's play."""
        profile = usable_profile(play, profile)
        problem = self.progress.keep(play, profile)
        if problem is not None and problem.code == "moved-on":
            self._catch_up()
            return MovedOn(problem)
        self._change_sitting(play, profile)
        return problem

    # ------------------------------------------------------ the learner's own things
    def use_profile(self, profile: str) -> Noted | Refused:
        """Use another credential of the learner's, by its profile."""
        sitting = self.playing
        profile_names = profiles(sitting.play)
        if profile not in profile_names:
            return refusal_for(
                "no-badge",
                f"you have no badge called {profile!a}",
                f"you hold: {', '.join(profile_names)}",
            )
        self.sitting = replace(sitting, profile=profile)
        return Noted(self.progress.keep(sitting.play, profile))

    def wait(self, span: timedelta) -> Noted | Refused:
        """Let time pass before the next act."""
        from coffeeshop.account.instants import LAST_INSTANT

        sitting = self.playing
        if not timedelta() <= span < LAST_INSTANT - sitting.now:
            message = "the clock of a play never runs backwards, nor beyond the year 2998"
            return refusal_for("backwards", message, "wait for an instant to come")
        self._change_sitting(sitting.play.at(sitting.now + span), sitting.profile)
        return Noted()

    def continue_day(self, opening: Opening) -> Noted | Refused:
        """Open a day at the shop or continue it, and set the clock to the part that the learner has seen.

        At the end of the day the clock returns to the last act. In a shop that grows it stays at the evening,
        and the save records that.
        """
        from coffeeshop.lessons.sitting.days import is_own_shop
        from coffeeshop.lessons.sitting.opening import opening_json

        before = self.playing
        over = opening.is_over
        goes_on = is_own_shop(before.scenario)
        closed = opening if over and goes_on else before.closed
        self.sitting = replace(before, day=None if over else opening, closed=closed)
        if over and not goes_on:
            play = replace(before.play, waited=timedelta())
            self.sitting = replace(self.playing, play=play)
        elif isinstance(
            waited := self.wait(max(opening.clock - before.now, timedelta())), Refused
        ):
            self.sitting = before
            return waited
        entry = "" if over and not goes_on else opening_json(opening)
        return Noted(self.progress.record_day(before.scenario, entry))

    def write(self, name: str, text: str) -> Noted:
        """Keep a draft: a file that replaces the scenario's file of that name."""
        sitting = self.playing
        self.sitting = replace(sitting, drafts={**sitting.drafts, name: text.encode()})
        return Noted(self.progress.write_draft(sitting.scenario, name, text))

    def record_exposure(self, *names: str) -> Problem | None:
        """Record that these files were printed or used. Return a Problem the first time that one contains the answer."""
        return self.progress.record_exposure(self.playing.scenario, names)

    def lesson(self) -> Lesson | Refused | None:
        """Return the lesson of the scenario, computed once. None where it has none, Refused where it can't be read."""
        from coffeeshop.lessons.teaching.lesson import has_lesson, lesson

        scenario = self.playing.scenario
        if self._taught is None or self._taught[0] is not scenario:
            try:
                if has_lesson(scenario):
                    lesson_or_refusal = lesson(scenario)
                else:
                    lesson_or_refusal = None
            except Problems as wrong:
                lesson_or_refusal = Refused(wrong.problems)
            self._taught = (scenario, lesson_or_refusal)
        return self._taught[1]

    def predict(
        self, number: int, eval_decision: EvalDecision, at: datetime
    ) -> Predicted | Refused:
        """Record the learner's prediction for the question of that number. `at` is the wall clock's time."""
        from coffeeshop.lessons.play.quiz import predict_answer

        sitting = self.playing
        quiz = sitting.questions.get(number)
        if quiz is None:
            return refusal_for("no-question", f"there is no question {number} now", "")
        self.sitting = replace(sitting, predicted=sitting.predicted | {number})
        prediction = predict_answer(sitting.scenario, quiz)
        meeting = Met(
            at,
            question_subject(sitting.scenario.id, number),
            eval_decision == prediction.answer,
        )
        return Predicted(prediction, eval_decision, self.progress.record_meetings(meeting))

    def name_cause(self, case: str, cause: Cause) -> Named | Refused:
        """Name the cause of a case. It can be named again until it is right, and each wrong one costs points."""
        from coffeeshop.lessons.sitting.naming import accept_cause

        sitting = self.playing
        answer = accept_cause(sitting, case, cause)
        if isinstance(answer, Refused):
            return answer
        named_causes = (*sitting.named_causes, answer.named_cause)
        self.sitting = replace(sitting, named_causes=named_causes)
        sitting.assessment.counted = False  # the score changes with it
        problem = self.progress.record_cause(name_of(sitting.scenario), answer.named_cause)
        self.note_exam_work()
        return replace(answer, problem=problem)

    # ------------------------------------------------------------------- the grade
    def grade(self, at: datetime) -> Graded:
        """Grade the play and keep its result once. `at` is the wall clock's time."""
        return self.keep_grade(self.playing.assessment, at)

    def keep_grade(self, judged: Assessment, at: datetime) -> Graded:
        """Grade a play and keep its result once. It may have changed since the learner asked for the grade."""
        from coffeeshop.lessons.sitting.kept_grades import keep_grade

        graded = keep_grade(self.progress, judged, at)
        has_won = graded.report.gives_stars and graded.report.stars == 3
        if has_won and judged.play.scenario is self.playing.scenario:
            self.sitting = replace(self.playing, mastered=True)
        return graded

    def keep_stars(
        self, at: datetime, least: int = 1, judged: Assessment | None = None
    ) -> Problem | None:
        """Keep a grade that the learner didn't ask for, if it has `least` stars and is better than the best.

        So a story that is opened and left again counts as no further grading. The assessment is that of
        the current play if none is given.
        """
        from coffeeshop.lessons.sitting.kept_grades import beats_best

        if judged is None and self.sitting:
            judged = self.sitting.assessment
        if judged is None or judged.report is None or judged.report.stars < least:
            return None
        is_better = beats_best(self.progress, judged)
        return self.keep_grade(judged, at).problem if is_better else None

    @property
    def shown_skills(self) -> ShownSkills:
        """Return what this learner's plays show of each skill."""
        from coffeeshop.lessons.sitting.shown_skills import ShownSkills

        if self._shown is None:
            self._shown = ShownSkills(self.progress, self.extra, self.locate)
        return self._shown

    def times_alone(self, skill: str) -> int:
        """Return how often the learner showed a skill without help in other plays, up to twice."""
        return self.shown_skills.times_alone(skill, name_of(self.playing.scenario))

    def ask_help(self, skills: Collection[str], help: Help) -> Problem | None:
        """Keep that the learner asked for help with these skills in this play."""
        return self.progress.record_help(name_of(self.playing.scenario), skills, help)

    def ask_reason(self, outcomes: Iterable[Outcome]) -> None:
        """Keep that the learner asked why AWS decided so, if this names a cause that they have yet to name."""
        if self.playing.names_cause(outcomes):
            self.ask_help(self.playing.scenario.point, Help.HINT)

    def hint(self, skills: Collection[str] = ()) -> Hinted | None:
        """Return one more hint of the first finding, or its last hint again. Return None if there is no finding.

        `skills` are those of the step that Next suggests. The hint counts as help with them and with those of
        the finding. If there are none, or it is the last hint, it counts for the scenario's point as well.
        """
        from coffeeshop.lessons.teaching.skills import skills_of_finding

        sitting = self.playing
        first = next(iter(sitting.assessment.grade().findings), None)
        if first is None:
            return None
        number = min(sitting.hints_read.get(first.ladder, 0) + 1, len(first.hints))
        self.sitting = replace(
            sitting, hints_read={**sitting.hints_read, first.ladder: number}
        )
        self.progress.record_hint(sitting.scenario, first.ladder, number)
        helped = {*skills, *skills_of_finding(first.key)}
        if not helped or number == len(first.hints):
            helped.update(sitting.scenario.point)
        self.ask_help(helped, Help.HINT)
        return Hinted(first, number)

    # ----------------------------------------------------------------- the sitting
    def _make_sitting(self, play: Play) -> None:
        """Make the sitting at a play."""
        from coffeeshop.lessons.sitting.sitting import resume_sitting

        self.sitting = resume_sitting(play, self._assessed, self.progress)
        self.notice_exam()
        if self._shown is not None:
            self._shown.forget_times()

    def _change_sitting(self, play: Play, profile: str) -> None:
        """Change the sitting to a play and a profile.

        The clock doesn't go behind the part of the day that the learner has seen.
        """
        from coffeeshop.lessons.sitting.assessment import assessment_of

        day = self.playing.day or self.playing.closed
        play = play.at(day.clock) if day else play
        self.sitting = replace(
            self.playing,
            play=play,
            assessment=assessment_of(play, self._assessed),
            profile=profile,
        )
        self.note_exam_work()
