"""The player: holds a learner's Progress, and is the only thing that changes a sitting.

What is done is committed before it is answered, so that nothing that was shown is lost. The engine is imported when the
first scenario is opened: a list of scenarios does without it.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.spoilers import read_by
from coffeeshop.lessons.sitting.answers import Done, Exported, Graded, Hinted, MovedOn, Noted, Predicted, Refused, Typed
from coffeeshop.policy.problem import Level, Place, Problem, Problems

if TYPE_CHECKING:
    from coffeeshop.account.model import Act, Answer, Call, Outcome
    from coffeeshop.lessons.grading.access import Access
    from coffeeshop.lessons.model import Play
    from coffeeshop.lessons.sitting.assessment import Assessment
    from coffeeshop.lessons.sitting.sitting import Sitting
    from coffeeshop.policy.simulation.simulate import EvalDecision

REMEMBERED = 8  # plays whose tickets and grade are remembered: undo and redo come back to them


class Player:
    """One learner, at most one sitting. `extra` is a folder of scenarios beside the course; `sitting` is None until a
    scenario is opened.
    """

    def __init__(self, progress: Progress, extra: Path | None = None) -> None:
        self.progress, self.extra = progress, extra
        self.sitting: Sitting | None = None
        self._folder = Path()
        self._assessed: deque[Assessment] = deque(maxlen=REMEMBERED)

    @property
    def playing(self) -> Sitting:
        """The sitting, for whoever knows that a scenario was opened."""
        assert self.sitting is not None, "no scenario was opened"
        return self.sitting

    # ------------------------------------------------------- to begin and to leave
    def open(self, name: str, variant: int | None = None, afresh: bool = False) -> Noted | Refused:
        """Take up the play of a scenario (its id, number or path) where it was left, in that variant (None: the one that
        was last played); `afresh`: from its beginning, in a variant whose solution the learner has not seen.
        """
        from coffeeshop.lessons.scenario.find import find
        from coffeeshop.lessons.scenario.load import load

        last = self._fresh_variant if afresh else self.progress.variant
        try:
            folder = find(name, self.extra)
            scenario = load(folder, last if variant is None else variant)
        except Problems as found:
            return Refused(found.problems)
        before, self._folder = self.progress.problem, folder
        self._sit(self.progress.forget(scenario) if afresh else self.progress.resume(scenario))
        problem = self.progress.problem
        return Noted(problem if problem is not before else None)

    def _fresh_variant(self, id: str, digest: str) -> int:
        return self.progress.fresh(id, digest, self.progress.variant(id, digest))

    def begin_again(self, variant: int | None = None) -> Noted | MovedOn | Refused:
        """Begin this scenario again, in that variant; None: in this one, or in another if its solution was shown."""
        from coffeeshop.lessons.scenario.load import load

        now = self.playing.scenario
        seed = self.progress.fresh(now.id, now.digest, now.variant) if variant is None else variant
        try:
            scenario = load(self._folder, seed)
        except Problems as found:
            return Refused(found.problems)
        self._sit(self.progress.forget(scenario))
        answer = self._commit(self.playing.play, self.playing.profile)
        return answer if isinstance(answer, MovedOn) else Noted(answer)

    def leave(self) -> Noted:
        """Try once more to keep what the disk did not take; the note tells what is not kept."""
        unkept = self.sitting and self.progress.keep(self.sitting.play, self.sitting.profile)
        return Noted(self.progress.problem or unkept)

    # ------------------------------------------------------------------------- acts
    def do(self, call: Call, profile: str = "") -> Done | MovedOn:
        """Make a call with the badge in hand, or with that of another profile."""
        from coffeeshop.account.model import Act

        sitting = self.playing
        return self._act(Act(sitting.now, sitting.caller_of(profile or sitting.profile), call))

    def type(self, line: str) -> Typed | Refused | MovedOn:
        """Carry out a line of the AWS CLI, or of the console's acts; Refused where it cannot be read. The calls of one
        line are made at one instant.
        """
        from coffeeshop.account.command import carried_out, understood
        from coffeeshop.account.model import Act

        sitting = self.playing
        self.progress.append_history(line)
        told = self.expose(*read_by([line]))
        found = understood(line, sitting.play.account, sitting.now, sitting.files, sitting.profile)
        if isinstance(found, tuple):
            return Refused(found, told)
        play = sitting.play

        def ask(call: Call) -> Answer:
            nonlocal play
            play = play.do(Act(sitting.now, found.caller, call))
            return play.outcomes[-1].answer

        printed = carried_out(found, ask)
        outcomes = play.outcomes[len(sitting.play.outcomes) :]
        moved = self._moved(play, outcomes) if outcomes else Done(())
        if isinstance(moved, MovedOn):
            return MovedOn(moved.problem, told)
        return Typed(outcomes, moved.problem, printed=printed, told=told, notes=found.notes)

    def undo(self) -> Done | Refused | MovedOn:
        """Take the last act back, and with it the others of its line."""
        play = self.playing.play
        if not play.outcomes:
            return _refused("nothing-to-undo", "nothing was done yet", "")
        before = play.undo()
        return self._moved(before, play.outcomes[len(before.outcomes) :])

    def redo(self) -> Done | Refused | MovedOn:
        """Do the act again that was taken back last, and the others of its line."""
        play = self.playing.play
        if not play.undone:
            return _refused("nothing-to-redo", "nothing was undone", "")
        after = play.redo()
        return self._moved(after, after.outcomes[len(play.outcomes) :])

    def _act(self, act: Act) -> Done | MovedOn:
        play = self.playing.play.do(act)
        return self._moved(play, play.outcomes[-1:])

    def _moved(self, play: Play, outcomes: tuple[Outcome, ...]) -> Done | MovedOn:
        done = play.outcomes and play.outcomes[-1] is outcomes[-1]
        profile = (_opened(outcomes[-1]) if done else "") or self.playing.profile
        answer = self._commit(play, profile)
        return answer if isinstance(answer, MovedOn) else Done(outcomes, answer)

    def _commit(self, play: Play, profile: str) -> MovedOn | Problem | None:
        """Keep a play before it is shown. Where another window moved it on, the other's play is taken up."""
        profile = _in_hand(play, profile)
        problem = self.progress.keep(play, profile)
        if problem is not None and problem.code == "moved-on":
            profile = self.playing.profile
            self._turn(self.progress.resume(play.scenario), profile)
            self.sitting = replace(self.playing, drafts=self.progress.drafts(play.scenario))
            return MovedOn(problem)
        self._turn(play, profile)
        return problem

    # ------------------------------------------------------ what is the learner's own
    def take(self, profile: str) -> Noted | Refused:
        """Take another badge in hand, of those that the learner holds."""
        from coffeeshop.lessons.sitting.sitting import profiles

        sitting = self.playing
        held = profiles(sitting.play)
        if profile not in held:
            return _refused("no-badge", f"you hold no badge {profile!a}", f"you hold: {', '.join(held)}")
        self.sitting = replace(sitting, profile=profile)
        return Noted(self.progress.keep(sitting.play, profile))

    def wait(self, span: timedelta) -> Noted | Refused:
        """Let time pass before the next act."""
        from coffeeshop.lessons.play.script import END

        sitting = self.playing
        if not timedelta() <= span < END - sitting.now:
            return _refused(
                "backwards",
                "the clock of a play never runs backwards, nor beyond the year 2998",
                "wait for an instant to come",
            )
        self.sitting = replace(sitting, waited=sitting.waited + span)
        return Noted()

    def write(self, name: str, text: str) -> Noted:
        """Keep a draft: a file that lies over the scenario's own of that name."""
        sitting = self.playing
        self.sitting = replace(sitting, drafts={**sitting.drafts, name: text.encode()})
        return Noted(self.progress.write(sitting.scenario, name, text))

    def expose(self, *names: str) -> Problem | None:
        """Note that these files were printed or used; a Problem, once, where one of them tells the answer."""
        return self.progress.record_exposure(self.playing.scenario, names)

    def predict(self, number: int, said: EvalDecision) -> Predicted | Refused:
        """Say what AWS will decide on the question of that number."""
        from coffeeshop.lessons.play.quiz import decide

        sitting = self.playing
        quiz = sitting.questions.get(number)
        if quiz is None:
            return _refused("no-question", f"there is no question {number} now", "")
        self.sitting = replace(sitting, predicted={**sitting.predicted, number: said})
        return Predicted(quiz, said, decide(sitting.scenario, quiz)[0])

    # ------------------------------------------------------------------- the grade
    def grade(self, at: datetime) -> Graded:
        """Grade the play as it stands and keep the result, once for each play; `at` is the clock on the wall."""
        sitting = self.playing
        report, problem = sitting.judged.grade(), None
        if report.asks and not sitting.judged.counted:
            problem = self.progress.record_result(sitting.scenario, report, at)
            sitting.judged.counted = problem is None
        mastered = sitting.mastered or (report.asks and report.stars == 3)
        self.sitting = replace(sitting, mastered=mastered)
        return Graded(report, problem)

    def access(self) -> Access:
        """Work out who can reach what in the account as it stands; a shell that must not wait calls
        `sitting.judged.access()` in a thread.
        """
        return self.playing.judged.access()

    def hint(self) -> Hinted | None:
        """Give one rung more of the first finding's ladder, to its end; None where there is nothing to find."""
        sitting = self.playing
        first = next(iter(sitting.judged.grade().findings), None)
        if first is None:
            return None
        rung = min(sitting.rungs.get(first.key, 0) + 1, len(first.hints))
        self.sitting = replace(sitting, rungs={**sitting.rungs, first.key: rung})
        return Hinted(first, rung)

    def export(self, form: str) -> Exported | Refused:
        """Write the play down in a form of `lessons.play.export.FORMS`."""
        from coffeeshop.lessons.play.export import carried

        try:
            return Exported(carried(self.playing.play, form))
        except Problems as found:
            return Refused(found.problems)

    # ----------------------------------------------------------------- the sitting
    def _sit(self, play: Play) -> None:
        """Sit down at a play, with the badge that was in hand when it was left."""
        from coffeeshop.lessons.sitting.sitting import Sitting

        scenario, best = play.scenario, self.progress.best().get(play.scenario.id)
        profile = _in_hand(play, self.progress.profile(scenario))
        drafts, mastered = self.progress.drafts(scenario), best is not None and best.stars == 3
        self.sitting = Sitting(play, self._assessment(play), profile, drafts=drafts, mastered=mastered)

    def _turn(self, play: Play, profile: str) -> None:
        """Turn to where the play stands now."""
        self.sitting = replace(
            self.playing,
            play=play,
            judged=self._assessment(play),
            profile=_in_hand(play, profile),
            waited=timedelta(),
        )

    def _assessment(self, play: Play) -> Assessment:
        """The assessment of these acts: the one that is remembered, else a new one."""
        from coffeeshop.lessons.sitting.assessment import Assessment

        for known in self._assessed:
            if known.same(play):
                return known
        self._assessed.append(Assessment(play))
        return self._assessed[-1]


def _in_hand(play: Play, profile: str) -> str:
    """That profile, if the learner holds it; else the first of the desk."""
    from coffeeshop.lessons.sitting.sitting import profiles

    return profile if profile in profiles(play) else play.scenario.desk[0]


def _opened(outcome: Outcome) -> str:
    """The profile of the session that an act of the console opened: a sign-in, a switch of role; "" where none was."""
    from coffeeshop.account.model import Reply

    if outcome.act.call.service != "console" or not isinstance(outcome.answer, Reply):
        return ""
    session = outcome.account.credentials.get(str(outcome.answer.body.get("AccessKeyId")))
    return session.profile if session else ""


def _refused(code: str, text: str, mend: str) -> Refused:
    return Refused((Problem(Level.ERROR, code, Place(), text, mend),))
