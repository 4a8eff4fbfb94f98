"""What plain mode holds, and the rows of what a Player answers: a call made, whose badge, what next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from coffeeshop.account.access.passwords import describe_requirements
from coffeeshop.account.errors import is_refusal
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.sitting.answers import Done, MovedOn, Noted, Refused, Typed
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.course_place import comes_before, next_scenario
from coffeeshop.lessons.sitting.lock_out import locked_out_by
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.model import Problem
from coffeeshop.shop.mark import Mark
from coffeeshop.views.brief import names, takes_document, usage
from coffeeshop.views.containment import NOT_STOPPED
from coffeeshop.views.credential_report import credential_reports
from coffeeshop.views.day.hours import because
from coffeeshop.views.failing_job import failing_job
from coffeeshop.views.identity import (
    DOCUMENT,
    Identity,
    advice,
    failed_sign_in,
    identity,
    signs_in_again,
)
from coffeeshop.views.next import HINTS, MORE, TO_DAY, day_lead, next_in, signed_out
from coffeeshop.views.rows import Row
from coffeeshop.views.step import TO_DO, Step
from coffeeshop.views.text import capital
from coffeeshop.views.things.taking_away import TYPED, lock_out_text, took_away

WHY = "`why` says what decided."
NO_REFUSAL = (
    "This is an error, not a refusal: no policy stopped the call. `why` shows more."
)
WRITING = f"{DOCUMENT}: `write NAME.json` begins one."


class Told(Struct, frozen=True):
    """Is what Next said: what a day that is open says first, what is next, how it is done, and why it isn't so yet."""

    lead: str = ""
    what: str = ""
    how: str = ""
    cause: str = ""

    @property
    def whole(self) -> str:
        """Return what is next and how it is done."""
        return f"{self.what} {self.how}".rstrip()


class Shell(Struct):
    """Holds what the loop knows: who plays (`player`), and where the next lines come from (`source`).

    `graded` is the scenario of which a grade was asked for: from then on Next speaks of its stars. `next` is what Next
    said last, which is said in short after a call that changes nothing; `asked` what a bare letter answers, right after a
    question; `read_over` what was told of the file that was written last; `briefed` the scenario and variant whose brief
    was told last; `asks` tells that somebody sits at a terminal, who can be asked.
    """

    player: Player
    source: Iterator[str]
    graded: Scenario | None = None
    next: Told = Told()
    asked: str = ""
    read_over: tuple[Problem, ...] = ()
    briefed: tuple[str, int] = ("", 0)
    asks: bool = False

    @property
    def sitting(self) -> Sitting:
        """Returns the sitting; the table of words lets nobody come here without one."""
        return self.player.playing


def wall() -> datetime:
    """Returns the clock on the learner's wall."""
    return datetime.now(UTC)  # noqa: TID251  # a shell's clock


def typed_line(shell: Shell) -> str | None:
    """Returns the next line of input; None at its end, and where it is broken off (Control-C)."""
    try:
        return next(shell.source, None)
    except KeyboardInterrupt:
        return None


def expect_answer(shell: Shell, wanted_text: str) -> str:
    """Tells how what was just asked is answered: by a bare letter now, or by those words and a letter at any time."""
    shell.asked = wanted_text
    return f"`a` says a, and tells what AWS decides; later `{wanted_text} a`. It is never scored."


# --------------------------------------------------------------------- rows of answers
def problem_rows(problems: Iterable[Problem]) -> Iterator[Row]:
    """Yields each problem, with its level."""
    yield from (Row(str(problem), word=str(problem.level)) for problem in problems)


def plain_rows(*problems: Problem | None) -> Iterator[Row]:
    """Yields each problem that there is, without its level."""
    yield from (Row(str(problem)) for problem in problems if problem)


def notes(answer: Done | Noted | MovedOn) -> Iterator[Row]:
    """Tells what is to be known before anything else of an answer."""
    if answer.problem:
        yield from problem_rows([answer.problem])


def who_now(shell: Shell, before: str) -> Iterator[Row]:
    """Tells whose badge is in hand, if it is another one than before."""
    if shell.sitting.profile != before:
        yield from say_who(shell, "")


# --------------------------------------------------------------------------------- who
def say_who(shell: Shell, _: str) -> Iterator[Row]:
    current_time = shell.sitting.now
    me = identity(shell.sitting.play.account, shell.sitting.profile, current_time)
    code = ", with a code" if me.mfa else ""
    ended = f"; {me.ended}" if me.ended else ""
    shows = f"{current_time:%A %H:%M}{f':{current_time:%S}' if current_time.second else ''}"
    yield Row(
        f"{me.caller_text} ({me.means}{code}){ended}. The shop's clock shows {shows}.",
        word="You are",
    )
    if retry_text := _sign_in_again_text(shell, me):
        yield Row(retry_text, indent=1)


def _sign_in_again_text(shell: Shell, me: Identity) -> str:
    """Tells how a sign-in that has run out is made again; "" where none has."""
    if signs_in_again(shell.sitting.play, me):
        return f"{me.run_out}: `as {me.who}` signs in again."
    return ""


def step(shell: Shell) -> Iterator[Row]:
    """Tells what is next, and by which words or calls."""
    shell.next = _next(shell)
    yield Row(f"{shell.next.lead}{shell.next.whole}", word="Next")


def _next(shell: Shell) -> Told:
    """Returns what is next. What stands before a star is told as soon as everything works; that none does is the grade's
    to say.
    """
    sitting, is_asked = shell.sitting, shell.graded is shell.sitting.scenario
    tickets = (
        sitting.tickets if sitting.scenario.wants else ()
    )  # one's own shop earns no stars
    works = bool(tickets) and all(ticket.mark is Mark.OK for ticket in tickets)
    report = sitting.judged.grade() if works else sitting.report
    won = works and report is not None and report.asks and report.stars == 3
    me = identity(sitting.play.account, sitting.profile, sitting.now)
    if signed_out(sitting, report) and (retry_text := _sign_in_again_text(shell, me)):
        return Told("", retry_text)
    step = next_in(sitting, None if won and not is_asked else report)
    if (step.key, step.does) == TO_DAY:
        return Told("", step.text, "`day` lets it go on.")
    lead = day_lead(sitting)
    subject = capital(step.text.removeprefix(lead).removeprefix(TO_DO)).rstrip(
        ":."
    )  # behind the word Next
    if won and is_asked:
        way_text = going_on(shell)
    else:
        way_text = _way_text(sitting, step)
    return Told(lead, f"{subject}.", way_text, _cause(sitting, step))


def _cause(sitting: Sitting, step: Step) -> str:
    """Tells why the job or the refusal that a step is about doesn't hold; "" where it is about none."""
    failing = failing_job(sitting.tickets)
    about = step.want or (failing.want.id if failing else "")
    ticket = next((each for each in sitting.tickets if each.want.id == about), None)
    if ticket is None or ticket.mark is Mark.OK:
        return ""
    return because(ticket)


def _tell_next(shell: Shell) -> Row:
    """Tells after a call what is next: in short where it is what was told before, with its cause where that is new; a call
    that does it is not said twice.
    """
    before = shell.next
    shell.next = current_told = _next(shell)
    if current_told.whole != before.whole:
        return Row(f"{current_told.lead}{current_told.whole}", word="Next")
    if current_told.how.startswith(("`aws ", "`console ")):
        way_text = "`next` says how."
    else:
        way_text = current_told.how
    first = current_told.what.partition(". ")[0].rstrip(".")
    if current_told.cause == before.cause:
        message = f"{first}, as before. {way_text}"
    else:
        message = f"{first}: still so, for another reason. {current_told.cause} {way_text}"
    return Row(f"{current_told.lead}{message.rstrip()}", word="Next")


def going_on(shell: Shell) -> str:
    """Tell a learner who has three stars which scenario comes next."""
    form = next_scenario(shell.player)
    if form is None:
        further = "Every scenario has three stars"
    elif comes_before(shell.player, form):
        further = f"{form.title} isn't done yet: `play {form.id}` opens it"
    else:
        further = f"`play {form.id}` begins the next one, {form.title}"
    return f"{further}; `day` opens your shop for a day."


def _way_text(sitting: Sitting, step: Step) -> str:
    """Tells by which word, or by which calls, it is done."""
    scenario = sitting.play_with_wants.scenario
    if step.does == "signs in" and (badge := _safer(sitting)):
        return f"`as {badge}` takes it up."
    if step.badge:
        return f"`as {step.badge}` takes it up."
    if NOT_STOPPED in step.text:
        return f"{capital(step.does.rpartition(': ')[2])}; `day` lets the clock run on."
    if step.does.startswith(MORE):
        if step.does.endswith(HINTS):
            hints = ", and `hint` gives one"
        else:
            hints = ""
        return f"`grade` {step.does.partition(',')[0]}{hints}."
    if (known_name := PLAIN_NEXT.get(step.key)) is not None:
        return known_name
    if step.calls:
        typed = " and then ".join(f"`{usage(call, step.values)}`" for call in step.calls)
        if any(map(takes_document, step.calls)):
            written = f" {WRITING}"
        else:
            written = ""
        return f"{typed}{' shows it' if _reads(step.calls[-1]) else ''}.{written}{_password(sitting, step)}"
    if names(scenario):
        return "`calls` shows the AWS calls to use here."
    return "`help` lists the words."


def _password(sitting: Sitting, step: Step) -> str:
    """Tells what a password must have, where one is given."""
    if {"iam create-login-profile", "iam update-login-profile"} & set(step.calls):
        return f" A password has {describe_requirements(sitting.play.account.password_policy)}."
    return ""


def _reads(call: str) -> bool:
    return call.partition(" ")[2].startswith(("get-", "list-"))


def _safer(sitting: Sitting) -> str:
    """Returns the profile of an administrator's session with a code that the learner holds already; "" where none is."""
    play = sitting.play
    for profile in profiles(play):
        if profile.partition("@")[0] in sitting.scenario.people.admins:
            badge = identity(play.account, profile, sitting.now)
            if badge.mfa and not badge.ended:
                return profile
    return ""


def _not_who_was_tried(shell: Shell) -> Iterator[Row]:
    """Tells who made a call, where somebody else was to sign in right before it and AWS refused that."""
    sitting = shell.sitting
    me = identity(sitting.play.account, sitting.profile, sitting.now)
    if other_name := failed_sign_in(sitting.play, me):
        yield Row(f"You act as {me.who}: {other_name} is not signed in.")


PLAIN_NEXT = {
    "y": "`rehearse`, then `why` and its number, says why.",
    "g": "`grade` grades it.",
    "u": "`undo` takes back the last act.",
    "5": "`day` opens the shop for a day.",
}


# ------------------------------------------------------------------------------- calls
def call(shell: Shell, typed: str) -> Iterator[Row]:
    if locks := locked_out_by(shell.sitting, typed):
        yield Row(f"{lock_out_text(locks)}{CONFIRM if shell.asks else ''}", word="Careful")
        if shell.asks and not has_agreed(shell):
            yield Row("Not done: everything is as it was.")
            return
    before = shell.sitting.profile
    answer = shell.player.type(typed)
    yield from plain_rows(answer.told)
    if isinstance(answer, Refused):
        yield from problem_rows(answer.problems)
        return
    yield from notes(answer)
    if isinstance(answer, MovedOn):
        yield from who_now(shell, before)
        return
    yield from (Row(note) for note in answer.notes)
    yield from (Row(text, role="code") for text in answer.printed.text.splitlines())
    yield from credential_reports(answer.outcomes)
    if answer.outcomes:
        yield from _came_of(shell, answer, before)
    else:
        yield from who_now(shell, before)


CONFIRM = " Type yes to do it all the same; anything else leaves everything as it is."


def has_agreed(shell: Shell) -> bool:
    """Read the answer to a question at a terminal, and tell whether it is yes."""
    return (typed_line(shell) or "").strip().lower() == "yes"


def _remarks(shell: Shell, done_typed: Typed) -> Iterator[Row]:
    """Tells what is unwise about the policies that were put; what was told of the file when it was written is not said again."""
    remarks = done_typed.remarks
    new = [remark for remark in remarks if remark not in shell.read_over]
    if new:
        yield Row("AWS accepts the policy as it is. Read over, it has this:")
        yield from problem_rows(new)
    elif remarks:
        yield Row("AWS accepts the policy as it is, with what was said of its text.")


def _came_of(shell: Shell, done_typed: Typed, before: str) -> Iterator[Row]:
    """What is said after an answer: that it is done, what is unwise about it, whose badge is in hand, what is next."""
    if not all(outcome.has_succeeded for outcome in done_typed.outcomes):
        yield Row(
            advice(done_typed.outcomes)
            or (WHY if is_refusal(done_typed.outcomes[-1].answer) else NO_REFUSAL)
        )
        return
    if not done_typed.printed.failed:
        yield Row("done", role="ok")
    if took_away(shell.sitting.play, done_typed.outcomes):
        yield Row(TYPED)
    yield from _remarks(shell, done_typed)
    if done_typed.outcomes[-1].act.call.service == "console":
        yield from say_who(shell, "")
    else:
        yield from who_now(shell, before)
        yield from _not_who_was_tried(shell)
    yield _tell_next(shell)
    shell.player.keep_stars(wall(), 3)  # where they are not kept, the grade tells why
