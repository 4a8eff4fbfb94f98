"""The learner's progress as rows: skills shown so far, the next scenario, and the questions due today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.play.check_up_rows import skipped_chapters
from coffeeshop.lessons.play.progress import Best, Progress
from coffeeshop.lessons.play.recall import (
    QUESTION_SEPARATOR,
    Met,
    Repetition,
    repetitions,
)
from coffeeshop.lessons.scenario.course import advised_scenario
from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.teaching.morning import subjects_due_today
from coffeeshop.lessons.teaching.suspicions import SeenExample, suspicions
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import Role, Row
from coffeeshop.views.text import capital, count_noun

STAR_TEXTS = {  # by stars
    0: (Mark.MISS, "not yet", "you tried it, but a job fails or a refusal doesn't hold"),
    1: (
        Mark.EXTRA,
        "partly",
        "everyone can work, but some can do more than their jobs need",
    ),
    2: (
        Mark.EXTRA,
        "nearly",
        "no one can do more than their jobs need, but a best practice is broken",
    ),
    3: (Mark.OK, "shown", ""),
}


# By how often a skill was shown without help: the sign, the word and the style.
SKILL_STEPS: tuple[tuple[str, str, Role], ...] = (
    ("○", "not yet", "muted"),
    ("◐", "once", "text"),
    ("●", "by yourself", "ok"),
)
SUSPICIONS_SHOWN = 3
SKIPPED_TEXT = "shown by check-up"
COUNT_NOTE = (
    "A skill counts once in each play of a scenario, unless a hint or a full step helped you with it there. "
    "Your own shop doesn't count."
)


def never_shown(_: str) -> int:
    """Return that a skill was never shown."""
    return 0


def invitation(progress: Progress, at: datetime, extra: Path | None = None) -> str:
    """Return a phrase that counts the questions of this morning, or ""."""
    question_count = len(subjects_due_today(progress, at.date(), extra))
    if question_count:
        return count_noun(
            question_count, "morning question waits", "morning questions wait"
        )
    return ""


def progress(
    forms: Iterable[Heading],
    chapters: Mapping[int, str],
    best: Mapping[str, Best],
    meetings: Iterable[Met],
    today: date,
    last: str = "",
    times_alone: Callable[[str], int] = never_shown,
    ascii: bool = False,
    guesses: Mapping[str, Mapping[int, str]] | None = None,
) -> Iterator[Row]:
    """Yield the next scenario, what the learner may believe, their skills, and what comes again.

    `guesses` are the letters guessed in lessons, by scenario and page. `times_alone` returns how often the
    learner showed a skill without help. `ascii` leaves out the signs.
    A chapter that teaches no skill of the course's table has a row for each scenario.

    Nothing is locked and no learner is ranked.
    """
    # Imported late for the same reason as the skills below.
    from coffeeshop.lessons.teaching.teaching_pages import skills_by_chapter

    forms = tuple(forms)
    meetings = tuple(meetings)
    won = {id: each_best.stars for id, each_best in best.items()}
    skipped = skipped_chapters(meetings)
    known_ids = {form.id for form in forms if form.chapter in skipped}
    yield from _next_rows(advised_scenario(forms, won, last, known_ids), won, last)
    yield from _suspicion_rows(guesses or {}, meetings)
    yield _legend_row(ascii)
    for chapter, scenarios in groupby(
        sorted(forms, key=lambda form: form.chapter), lambda form: form.chapter
    ):
        title = f"{chapter} {chapters.get(chapter, 'More')}"
        if chapter in skipped:
            title = f"{title}, {SKIPPED_TEXT}"
        ids = skills_by_chapter().get(chapter, ())
        if ids:
            yield from _skill_rows(title, ids, times_alone, ascii)
        else:
            yield Row(title, role="title")
            yield from (_scenario_row(form, best.get(form.id)) for form in scenarios)
    yield from _repetition_rows(
        repetitions(meetings), {form.id: form for form in forms}, today
    )


def _skill_rows(
    title: str, ids: Sequence[str], times_alone: Callable[[str], int], ascii: bool
) -> Iterator[Row]:
    """Yield a chapter's title with a sign for each skill, and the skills by step, the best first."""
    # Imports the engine, which the shelf does not need.
    from coffeeshop.lessons.teaching.skills import skills

    steps = {id: min(times_alone(id), len(SKILL_STEPS) - 1) for id in ids}
    ordered_steps = sorted(steps.values(), reverse=True)
    signs = "" if ascii else f"  {''.join(SKILL_STEPS[step][0] for step in ordered_steps)}"
    yield Row(f"{title}{signs}", role="title")
    for id, step in sorted(steps.items(), key=lambda item: item[1], reverse=True):
        sign, word, role = SKILL_STEPS[step]
        text = f"{word}: {skills()[id].name}" if ascii else f"{sign} {skills()[id].name}"
        yield Row(text, role=role, indent=1)


def _legend_row(ascii: bool) -> Row:
    """Return the row that explains the signs, or the words in their place."""
    if ascii:
        return Row(COUNT_NOTE, role="muted")
    signs = ", ".join(f"{sign} {word}" for sign, word, _ in reversed(SKILL_STEPS))
    return Row(f"{signs}. {COUNT_NOTE}", role="muted")


def _next_rows(form: Heading | None, won: Mapping[str, int], last: str) -> Iterator[Row]:
    """Yield a row for the advised scenario with the reason. `last` is the id of the last scenario played."""
    if form is None:
        yield Row("Every scenario has three stars. Morning questions keep it fresh.")
        return
    if not form.after:
        basis_text = "you can begin with it"
    elif set(form.after) <= won.keys():
        basis_text = "it comes after what you have done"
    else:
        basis_text = "later scenarios build on it"
    if form.id == last:
        ready = "you played it last"
    else:
        ready = basis_text
    if form.id in won:
        reason = f"it has {won[form.id]} of 3 stars"
    else:
        reason = ready
    yield Row(f"{_scenario_title(form)}; {reason}.", word="Next")


def _scenario_title(form: Heading) -> str:
    """Return a scenario's number and title. The number opens it."""
    return f"{number(form.id)} {form.title}".lstrip()


def _scenario_row(form: Heading, best: Best | None) -> Row:
    """Return a row for the objective of a scenario, marked by its stars (None: never played)."""
    if best is None:
        return Row(
            f"{capital(form.objective)} ({_scenario_title(form)})",
            Mark.QUIET,
            "not yet",
            indent=1,
        )
    mark, word, reason = STAR_TEXTS[best.stars]
    return Row(
        f"{capital(form.objective)} ({_scenario_title(form)}){f': {reason}' if reason else ''}",
        mark,
        word,
        indent=1,
    )


def _suspicion_rows(
    guesses: Mapping[str, Mapping[int, str]], meetings: Iterable[Met]
) -> Iterator[Row]:
    """Yield the misconceptions that fit the learner, each with the reason why it isn't so, and where to see it."""
    suspected = suspicions(guesses, meetings)[:SUSPICIONS_SHOWN]
    if suspected:
        yield Row("What you may believe", role="title")
    for suspicion in suspected:
        misconception = suspicion.misconception
        yield Row(f"You may believe this: “{misconception.believed}”", indent=1)
        yield Row(
            f"Here is why it's wrong: {misconception.holds}{_example_text(suspicion.example)}",
            role="muted",
            indent=2,
        )


def _example_text(example: SeenExample | None) -> str:
    """Return a sentence that says where an example is, or ""."""
    if example is None:
        return ""
    where = f"scenario {number(example.scenario)}"
    if example.page:
        return f" The lesson of {where} shows it, on the page “{example.page}”."
    return f" The question before {where} shows it."


def _repetition_rows(
    repetitions_by_subject: Mapping[str, Repetition],
    forms: Mapping[str, Heading],
    today: date,
) -> Iterator[Row]:
    """Yield a row for each subject that the learner got wrong once, the open ones first."""
    if not repetitions_by_subject:
        return
    yield Row("What you got wrong once, in a guess or in the account", role="title")
    for each_repetition in sorted(
        repetitions_by_subject.values(),
        key=lambda repetition: (repetition.is_settled, repetition.due, repetition.subject),
    ):
        yield Row(
            _subject(each_repetition.subject, forms),
            Mark.OK if each_repetition.is_settled else Mark.QUIET,
            _state(each_repetition, today),
            indent=1,
        )


def _state(repetition: Repetition, today: date) -> str:
    """Return the state of a repetition: settled, or its right answers and the next date."""
    if repetition.is_settled:
        return "settled"
    if repetition.due <= today:
        moment = "now"
    else:
        moment = f"on {repetition.due:%d %b}".replace(" 0", " ")
    if not repetition.days_right:
        return f"asked again {moment}"
    days = count_noun(repetition.days_right, "day")
    return f"right on {days}, asked again {moment}"


def _subject(subject: str, forms: Mapping[str, Heading]) -> str:
    """Return what holds in place of a misconception, or the number of a scenario's question."""
    misconception = misconceptions().get(subject)
    if misconception:
        return misconception.holds
    id, _, nth = subject.partition(QUESTION_SEPARATOR)
    title = forms[id].title if id in forms else id
    return f"Question {nth} of “{title}”"
