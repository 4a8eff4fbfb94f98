"""Begin, continue and restart a scenario, with the brief and the learner's state."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.play.play_name import play_name
from coffeeshop.lessons.scenario.find import lists_command
from coffeeshop.lessons.scenario.variant import seed_of
from coffeeshop.lessons.sitting.answers import MovedOn, Refused
from coffeeshop.lessons.teaching.bookmark import LAST_SCENARIO_SETTING
from coffeeshop.lessons.teaching.markdown import CHAPTER_FILE, LESSON_FILE
from coffeeshop.plain.next_step import first_step_rows, next_step_rows
from coffeeshop.plain.predict import asks_first
from coffeeshop.plain.shelf import last
from coffeeshop.plain.shell import (
    CONFIRM_HINT,
    Shell,
    current_wall_time,
    has_agreed,
    identity_rows,
    note_rows,
    plain_rows,
)
from coffeeshop.views.brief import brief
from coffeeshop.views.exam import exam_text
from coffeeshop.views.rows import Row
from coffeeshop.views.situation import is_untouched, situation_of
from coffeeshop.views.text import count_noun, headed_text, kept_acts, problem_sentences


def begin(shell: Shell, id: str, variant: int | None = None) -> Iterator[Row]:
    """Begin or continue a scenario by its id. "": the last one."""
    yield from plain_rows(shell.player.keep_stars(current_wall_time()))
    opened = shell.player.open(id or last(shell.player).id, variant)
    if isinstance(opened, Refused):
        yield from (
            Row(problem_sentences(problem).replace(lists_command(), "`list`"))
            for problem in opened.problems
        )
        return
    yield from plain_rows(opened.problem)
    yield from opening(shell)


def opening(shell: Shell) -> Iterator[Row]:
    """Yield the opening of a scenario: who stands where, what fails, and what to do first.

    A scenario in play shows its state. The brief, the lesson and the guess are named, and read on request.
    """
    scenario = shell.sitting.scenario
    shell.player.progress.set_setting(LAST_SCENARIO_SETTING, scenario.id)
    if not is_untouched(shell.sitting):
        yield Row(headed_text(scenario.full_title, scenario.objective), role="title")
        yield from _state_rows(shell)
        yield _texts_row(shell)
        return
    situation = situation_of(scenario, shell.sitting.tickets)
    yield Row(headed_text(scenario.full_title, situation.text), role="title")
    yield from first_step_rows(shell)
    yield _texts_row(shell)


def _texts_row(shell: Shell) -> Row:
    """Return a row with the words that show the texts of a scenario, or what an exam allows."""
    if shell.sitting.in_exam:
        exam = shell.player.exam
        return Row(exam_text(exam.due if exam else None))
    has_lesson = not {CHAPTER_FILE, LESSON_FILE}.isdisjoint(shell.sitting.scenario.files)
    words = ["`brief` tells the story"]
    words += ["`lesson` teaches it"] if has_lesson else []
    words += ["`predict` asks for a guess"] if asks_first(shell) else []
    return Row(f"{'; '.join(words)}.")


def _state_rows(shell: Shell) -> Iterator[Row]:
    """Yield the state of the play: its acts, its open day, the credential in use and the next step."""
    play = shell.sitting.play
    if play.outcomes:
        yield Row(
            f"You're back where you left off: {kept_acts(len(play.outcomes))}. `trail` shows what you did."
        )
    if day := shell.sitting.day:
        yield Row(
            f"{day.date:%A %d %B} isn't over, and its clock shows {shell.sitting.now:%H:%M}. `day` continues it."
        )
    yield from identity_rows(shell, "")
    yield from next_step_rows(shell)


def tell_brief(shell: Shell, _: str) -> Iterator[Row]:
    """Yield the brief. Before the first act, add who the learner is and the next step."""
    yield from brief(shell.sitting.play_with_wants.scenario)
    if is_untouched(shell.sitting):
        yield from _state_rows(shell)


def begin_again(shell: Shell, rest: str) -> Iterator[Row]:
    """Begin the scenario again. With a number, use the names of that variant."""
    before = shell.sitting
    seed = seed_of(rest)
    if rest and seed is None:
        yield Row(
            "`again` begins this scenario again. `again 4` begins it with the names of variant 4."
        )
        return
    lost_text = _lost_acts_text(shell, seed)
    if shell.is_interactive and lost_text:
        yield Row(f"{lost_text}{CONFIRM_HINT}")
        if not has_agreed(shell):
            yield Row("Not done: everything is as it was.")
            return
    begun = shell.player.begin_again(seed)
    if isinstance(begun, Refused) and any(
        problem.code == "no-variant" for problem in begun.problems
    ):
        message = f"There is no variant {seed}: nothing here has other names."
        yield Row(f"{message} `again` begins it again.")
        return
    if isinstance(begun, Refused):
        yield from plain_rows(*begun.problems)
        return
    yield from note_rows(begun)
    if isinstance(begun, MovedOn):
        return
    if shell.sitting.scenario.variant != before.scenario.variant:
        yield from opening(shell)
    yield Row("The scenario begins again: the shop is as it was at the start.")
    if lost_text and not shell.is_interactive:
        yield Row(lost_text)


def _lost_acts_text(shell: Shell, seed: int | None) -> str:
    """Return which acts are lost if the scenario begins again. "": none. The plays of other variants stay.

    `seed` is the variant to begin. None: this one, or another one if its solution was revealed.
    """
    scenario = shell.sitting.scenario
    progress = shell.player.progress
    if seed is None and not shell.sitting.in_exam:
        seed = progress.fresh_variant(scenario.id, scenario.digest, scenario.variant)
    if seed is None or seed == scenario.variant or shell.sitting.in_exam:
        play, acts = "This play's", len(shell.sitting.play.acts)
    else:
        play = f"Variant {seed}'s"
        acts = progress.act_count(play_name(scenario.id, scenario.digest, seed))
    return f"{play} {count_noun(acts, 'act')} can't be brought back." if acts else ""
