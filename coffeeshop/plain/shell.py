"""Hold the state of plain mode, read its lines, and show problems and the credential in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from coffeeshop.account.model import Act
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.check_up_rows import AnyCheckUp
from coffeeshop.lessons.sitting.answers import Done, MovedOn, Noted
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.model import Problem
from coffeeshop.views.identity import Identity, identity, signs_in_again
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import OUTFILE, problem_sentences

CONFIRM_HINT = " Type yes to do it anyway. Anything else changes nothing."


class Suggestion(Struct, frozen=True):
    """The next step in words.

    `day_notice` is what an open day says before the step. `subject` says what the step is about, and `instruction` how to do
    it. `cause` says why the step's job or refusal doesn't hold yet. `headline` is the step in a few words. `is_call` tells
    whether AWS calls do it, which `instruction` then shows.
    """

    day_notice: str = ""
    subject: str = ""
    instruction: str = ""
    cause: str = ""
    headline: str = ""
    is_call: bool = False
    step: Step = Step("")

    @property
    def sentence(self) -> str:
        """Return the next step and how to do it."""
        return f"{self.subject} {self.instruction}".rstrip()


class Shell(Struct):
    """The state of plain mode: the player, and the source of the next lines.

    `graded_scenario` is the scenario that the learner had graded: there, Next also speaks of missing stars.
    `suggestion` is the one shown last. It is shortened when it stays the same.
    `answer_prefix` is the command that a bare letter completes, right after a question.
    `last_page` is the scenario and the number of the lesson's page that was shown last.
    `shown_problems` are those shown for the policy file that was written last.
    `is_interactive` tells whether the input is a terminal, so that questions can be asked.
    `step_shown_in_full` is the step that the learner asked to see in full.
    `check_up` is being answered. `file_being_typed` names the file whose lines come next.
    `last_outfile` is the last act whose line named a file for AWS's answer, and that file.
    """

    player: Player
    source: Iterator[str]
    graded_scenario: Scenario | None = None
    suggestion: Suggestion = Suggestion()
    answer_prefix: str = ""
    last_page: tuple[str, int] = ("", 0)
    shown_problems: tuple[Problem, ...] = ()
    is_interactive: bool = False
    step_shown_in_full: Step | None = None
    check_up: AnyCheckUp | None = None
    file_being_typed: str = ""
    last_outfile: tuple[Act, str] | None = None

    @property
    def prompt(self) -> str:
        """Return what stands before a typed line: the file that is being written, or else the credential in use."""
        if self.file_being_typed:
            return f"{self.file_being_typed}: "
        sitting = self.player.sitting
        return f"{sitting.profile if sitting else 'coffeeshop'}> "

    @property
    def sitting(self) -> Sitting:
        """Return the sitting. Words that need one aren't run without it."""
        return self.player.playing

    def outfile_of(self, act: Act) -> str:
        """Return the file that the line of an act named for its answer, or a placeholder."""
        last_act, name = self.last_outfile or (None, OUTFILE)
        return name if act == last_act else OUTFILE


def current_wall_time() -> datetime:
    """Return the current time of the real clock."""
    return datetime.now(UTC)  # noqa: TID251  # a shell's clock


def read_line(shell: Shell) -> str | None:
    """Return the next line of input. Return None if the input ended, or the learner pressed Control-C."""
    try:
        return next(shell.source, None)
    except KeyboardInterrupt:
        return None


def has_agreed(shell: Shell) -> bool:
    """Read the next line, and tell whether it is "yes"."""
    return (read_line(shell) or "").strip().lower() == "yes"


def expect_answer(shell: Shell, command_word: str) -> str:
    """Let the next line answer a question by its letter alone, and return a sentence that says how to answer.

    After that line, the letter needs `command_word` before it.
    """
    shell.answer_prefix = command_word
    return f"Type `a` to guess a, and see AWS's decision. Later, type `{command_word} a`. It is never scored."


def problem_rows(problems: Iterable[Problem]) -> Iterator[Row]:
    """Yield each problem, with its level."""
    yield from (Row(str(problem), word=str(problem.level)) for problem in problems)


def plain_rows(*problems: Problem | None) -> Iterator[Row]:
    """Yield each problem that there is, without its level."""
    yield from (Row(problem_sentences(problem)) for problem in problems if problem)


def note_rows(answer: Done | Noted | MovedOn) -> Iterator[Row]:
    """Yield the problem of an answer, which is shown before the answer."""
    if answer.problem:
        yield from problem_rows([answer.problem])


def changed_identity_rows(shell: Shell, before: str) -> Iterator[Row]:
    """Yield the credential in use, if it changed."""
    if shell.sitting.profile != before:
        yield from identity_rows(shell, "")


def identity_rows(shell: Shell, _: str) -> Iterator[Row]:
    """Yield the credential in use and the shop's clock, and how to sign in again after a session expired."""
    current_time = shell.sitting.now
    me = identity(shell.sitting.play.account, shell.sitting.profile, current_time)
    mfa = ", with MFA" if me.mfa else ""
    ended = f"; {me.ended}" if me.ended else ""
    shows = f"{current_time:%A %H:%M}{f':{current_time:%S}' if current_time.second else ''}"
    yield Row(
        f"{me.caller_text} ({me.means}{mfa}){ended}. The shop's clock shows {shows}.",
        word="You are",
    )
    if sign_in_hint := sign_in_again_text(shell, me):
        yield Row(sign_in_hint, indent=1)


def sign_in_again_text(shell: Shell, me: Identity) -> str:
    """Return how to sign in again after a session expired. Return "" if none has."""
    if signs_in_again(shell.sitting.play, me):
        return f"{me.run_out}: `as {me.who}` signs in again."
    return ""
