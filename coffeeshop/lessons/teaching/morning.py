"""Ask morning questions: up to three a day, computed from mistakes that the learner made.

A misconception is asked about in an account that a wrong answer of a solved scenario leaves behind, with newly drawn names.
The questions are never scored, and nothing depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.play.check_up_rows import MORNING_PREFIX, chosen_answer
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import (
    QUESTION_SEPARATOR,
    Met,
    count_answered,
    due_subjects,
)
from coffeeshop.lessons.scenario.find import find, folders, scenario_form
from coffeeshop.lessons.scenario.schema import ScenarioForm
from coffeeshop.lessons.teaching.bookmark import all_guesses
from coffeeshop.lessons.teaching.suspicions import (
    DECISION_QUESTION,
    belief_chances,
    best_question,
    check_up_table,
    most_telling,
    question_gain,
)
from coffeeshop.policy.problem import Problem, Problems

# `waiting` must be fast, so plays and the account are imported only to ask.
if TYPE_CHECKING:
    from coffeeshop.lessons.model import Scenario, Wrong
    from coffeeshop.lessons.play.quiz import Prediction
    from coffeeshop.policy.simulation.simulate import EvalDecision

EACH_DAY = 3
LEAST_BITS = 0.2  # that a question must tell about a doubt, so that it is asked
# Kinds of findings that one call shows.
FINDINGS_OF_ONE_CALL = (FindingKind.LEAK, FindingKind.JOB_DENIED)


class MorningQuestion(Struct, frozen=True):
    """A morning question about a `subject`, asked in a scenario's account after `lines` were typed there.

    `documents` are the files that the lines read, by name. `told` is the situation of a check-up's question, whose policies
    are the documents.
    """

    subject: str
    title: str
    prediction: Prediction
    lines: tuple[str, ...] = ()
    documents: Mapping[str, str] = {}
    told: str = ""


def subjects_due_today(
    progress: Progress, today: date, extra: Path | None = None
) -> tuple[str, ...]:
    """Return the subjects that are due, at most three a day.

    If more are due, those come first that say most about what the learner may believe. If fewer are, a question of a
    check-up comes that tells apart what may be behind an earlier answer.
    """
    meetings = progress.meetings()
    overdue = due_subjects(meetings, today)
    if not overdue:
        return _doubtful_subjects(progress, meetings, today)
    solved = _solved_scenarios(progress, extra)
    remaining = EACH_DAY - count_answered(meetings, today)
    subjects = tuple(subject for subject in overdue if any(_sources(subject, solved)))
    if len(subjects) > remaining > 0:
        chances = belief_chances(all_guesses(progress), meetings)
        subjects = most_telling(subjects, chances)
    if len(subjects) < remaining:
        subjects = (*subjects, *_doubtful_subjects(progress, meetings, today))
    return subjects[: max(0, remaining)]


def _doubtful_subjects(
    progress: Progress, meetings: Iterable[Met], today: date
) -> tuple[str, ...]:
    """Return the check-up's question that tells most about the doubts of earlier days, once a day, as a subject.

    There is a doubt if several misconceptions explain one wrong answer.
    """
    meetings = tuple(meetings)
    asked = {met.subject for met in meetings if met.subject.startswith(MORNING_PREFIX)}
    if any(met.subject in asked and met.at.date() >= today for met in meetings):
        return ()
    earlier = [met for met in meetings if met.at.date() < today]
    chances = belief_chances(all_guesses(progress), earlier)
    tied = [group.ids for group in chances.groups if len(group.ids) > 1]
    if not tied:
        return ()
    doubtful = frozenset[str]().union(*tied)
    answered = {chosen_answer(met.subject).rpartition(".")[0] for met in meetings}
    questions = [
        question
        for key, question in check_up_table().items()
        if question.number == DECISION_QUESTION
        and key not in answered
        and not doubtful.isdisjoint(question.predicted)
    ]
    best = best_question(chances, questions)
    if best is None or question_gain(chances, best) < LEAST_BITS:
        return ()
    return (f"{MORNING_PREFIX}{best.scenario}",)


def next_question(
    progress: Progress, at: datetime, extra: Path | None = None
) -> MorningQuestion | None:
    """Return the next question of the day. Return None if nothing is due."""
    questions = (
        make_question(progress, subject, extra)
        for subject in subjects_due_today(progress, at.date(), extra)
    )
    return next((question for question in questions if question), None)


def record_answer(
    progress: Progress, question: MorningQuestion, eval_decision: EvalDecision, at: datetime
) -> Problem | None:
    """Keep whether the learner's answer `eval_decision` is right. Return a Problem if it couldn't be written to disk."""
    from coffeeshop.lessons.play.quiz import DECISION_CHOICES

    subject = question.subject
    if subject.startswith(MORNING_PREFIX):
        subject = f"{subject}.{[*DECISION_CHOICES].index(eval_decision)}"
    return progress.record_meetings(
        Met(at, subject, eval_decision == question.prediction.answer)
    )


def make_question(
    progress: Progress, subject: str, extra: Path | None = None
) -> MorningQuestion | None:
    """Return a question about a subject, each time from another source and with other names.

    Return None if no solved scenario can ask about it.
    """
    if subject.startswith(MORNING_PREFIX):
        return _check_up_question(subject)
    sources = tuple(_sources(subject, _solved_scenarios(progress, extra)))
    times = sum(met.subject == subject for met in progress.meetings())
    for turn in range(times, times + len(sources)):
        id, nth = sources[turn % len(sources)]
        with suppress(Problems):  # a scenario that cannot be read asks nothing
            if question := _question_about(subject, find(id, extra), nth, times):
                return question
    return None


def _check_up_question(subject: str) -> MorningQuestion | None:
    """Return a check-up's question about a decision as a morning question.

    Return None if the table has it no longer.
    """
    from coffeeshop.lessons.play.quiz import Prediction
    from coffeeshop.lessons.scenario.dice import Dice
    from coffeeshop.lessons.teaching import check_up

    key = subject.removeprefix(MORNING_PREFIX)
    drawn = [each for draws in check_up.drawn_rows() for each in draws if each.key == key]
    if not drawn:
        return None
    question = check_up.make_question(drawn[0], Dice(subject))
    prediction = Prediction(question.ticket, question.why)
    return MorningQuestion(
        subject, "", prediction, documents=question.policies, told=question.told
    )


def _solved_scenarios(progress: Progress, extra: Path | None) -> Mapping[str, ScenarioForm]:
    """Return the forms of the scenarios with three stars, by id."""
    won = {id for id, best in progress.best_results().items() if best.stars == 3}
    forms = dict[str, ScenarioForm]()
    for folder in folders(extra):
        if folder.name in won:
            with suppress(Problems):  # a changed scenario may no longer be readable
                forms[folder.name] = scenario_form(folder)
    return forms


def _sources(subject: str, solved: Mapping[str, ScenarioForm]) -> Iterator[tuple[str, int]]:
    """Yield the sources of questions about a subject: a scenario's id and a position.

    The position is that of the scenario's own question, or of a wrong answer that comes from the misconception.
    """
    own_scenario, _, number = subject.partition(QUESTION_SEPARATOR)
    if number:
        yield from (
            (own_scenario, int(number) - 1)
            for _ in (own_scenario,)
            if own_scenario in solved
        )
        return
    for id, form in solved.items():
        wrongs = enumerate(form.wrong)
        yield from (
            (id, nth)
            for nth, wrong_form in wrongs
            if wrong_form.misconception == subject and _shown_check(wrong_form.findings)
        )


def _shown_check(findings: Iterable[str]) -> str:
    """Return the check of a finding that one call is enough to show.

    Return "" if these findings have none.
    """
    parts = (key.split(":") for key in sorted(findings))
    return next((check for kind, check, *_ in parts if kind in FINDINGS_OF_ONE_CALL), "")


def _question_about(
    subject: str, folder: Path, nth: int, times: int
) -> MorningQuestion | None:
    """Return a question from one source, in another variant of the scenario if it varies.

    Return None if it can't ask.
    """
    from coffeeshop.lessons.scenario.load import load

    scenario = load(folder)
    if scenario.varies:
        scenario = load(folder, times + 1)
    if QUESTION_SEPARATOR in subject:
        return _own_question(subject, scenario, nth)
    return _question_after(subject, scenario, scenario.wrongs[nth])


def _own_question(subject: str, scenario: Scenario, nth: int) -> MorningQuestion | None:
    """Return the scenario's own question at a position, asked in its opening account.

    Return None if it has none there.
    """
    from coffeeshop.lessons.play.quiz import predict_answer, questions

    quiz = next(islice(questions(scenario), nth, None), None)
    if quiz:
        return MorningQuestion(subject, scenario.title, predict_answer(scenario, quiz))
    return None


def _question_after(
    subject: str, scenario: Scenario, wrong: Wrong
) -> MorningQuestion | None:
    """Return a question about the call that a wrong answer gets wrong, asked in the account after it."""
    from coffeeshop.account.command import script_lines
    from coffeeshop.lessons.grading.trial import run_all_wants
    from coffeeshop.lessons.play.quiz import Prediction
    from coffeeshop.lessons.play.script import run_play
    from coffeeshop.lessons.play.spoilers import files_read_by

    text = scenario.text(wrong.script)
    check = _shown_check(wrong.findings)
    ticket = next(
        (
            source
            for source in run_all_wants(run_play(scenario, text))
            if source.want.id == check
        ),
        None,
    )
    if ticket is None or ticket.decision is None:
        return None
    typed = tuple(line for _, line in script_lines(text) if not line.startswith("#"))
    documents = {
        name: scenario.text(name)
        for name in dict.fromkeys(files_read_by([text]))
        if name in scenario.files
    }
    return MorningQuestion(
        subject,
        scenario.title,
        Prediction(ticket, misconceptions()[subject].holds),
        typed,
        documents,
    )
