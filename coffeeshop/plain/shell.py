"""What plain mode holds, and what happens to it: a call made, the play moved on, whose badge, what next."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from coffeeshop.account.command import answer, read
from coffeeshop.account.model import Act, Outcome, Reply
from coffeeshop.lessons.grading.grade import open_shop
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.spoilers import read_by
from coffeeshop.policy.model import Kind
from coffeeshop.policy.validation.validate import validate
from coffeeshop.shop.want import Ticket
from coffeeshop.views.identity import badges, identity
from coffeeshop.views.next import next_step
from coffeeshop.views.rows import Row
from coffeeshop.views.things.item_actions import document_of


@dataclass(slots=True)
class Shell:
    """What the loop holds: the play, the badge in hand, how long one waits before the next call, and how far down the
    hints the learner has gone.
    """

    progress: Progress
    extra: Path | None
    source: Iterator[str]
    play: Play | None = None
    folder: Path = Path()
    profile: str = ""
    waited: timedelta = timedelta(0)
    shown: tuple[Ticket, ...] = ()
    hinted: str = ""
    rung: int = 0

    @property
    def now(self) -> datetime:
        """When the next call happens."""
        return playing(self).now + self.waited

    @property
    def files(self) -> dict[str, bytes]:
        """The scenario's files, with what the learner wrote laid over them."""
        return {**playing(self).scenario.files, **self.progress.drafts(playing(self).scenario)}


def playing(shell: Shell) -> Play:
    """The play; the table of words lets nobody come here without one."""
    assert shell.play is not None
    return shell.play


def typed_line(shell: Shell) -> str | None:
    """The next line of input; None at its end, and where it is broken off (Control-C)."""
    try:
        return next(shell.source, None)
    except KeyboardInterrupt:
        return None


def moved(shell: Shell, play: Play) -> Generator[Row, None, bool]:
    """The play stands elsewhere now: kept before it is shown. Whether it does: another window may have moved it on."""
    problem = shell.progress.keep(play)
    elsewhere = problem is not None and problem.code == "moved-on"
    shell.play, shell.shown = shell.progress.resume(play.scenario) if elsewhere else play, ()
    shell.waited = timedelta(0)
    if problem:
        yield Row(str(problem), word=str(problem.level))
    if shell.profile not in [badge.profile for badge in badges(playing(shell))]:
        shell.profile = play.scenario.desk[0]
        yield from who(shell, "")
    return not elsewhere


def who(shell: Shell, _: str) -> Iterator[Row]:
    me = identity(playing(shell).account, shell.profile, shell.now)
    role = f", wearing {me.role}" if me.role else ""
    code = ", with a code" if me.mfa else ""
    ended = f"; {me.ended}" if me.ended else ""
    shows = f"{shell.now:%A %H:%M}{f':{shell.now:%S}' if shell.now.second else ''}"
    yield Row(f"{me.who}{role} ({me.means}{code}){ended}. The shop's clock shows {shows}.", word="You are")


def step(shell: Shell) -> Iterator[Row]:
    step = next_step(playing(shell), shell.shown or open_shop(playing(shell)), None)
    other = "`calls` shows the AWS calls to use here." if playing(shell).scenario.calls else "`help` lists the words."
    yield Row(f"{step.text.rstrip(':.')}. {PLAIN_NEXT.get(step.key, other)}", word="Next")


PLAIN_NEXT = {
    "y": "`open`, then `why` and its number, says why.",
    "g": "`grade` grades it.",
    "u": "`undo` takes back the last act.",
}


def told_by(shell: Shell, *names: str) -> Iterator[Row]:
    """That these files were printed or used, where one tells the answer."""
    if told := shell.progress.told(playing(shell).scenario, names):
        yield Row(str(told))


def call(shell: Shell, typed: str) -> Iterator[Row]:
    play = playing(shell)
    yield from told_by(shell, *read_by([typed]))
    act = read(typed, play.account, shell.now, shell.files, shell.profile)
    if not isinstance(act, Act):
        yield from (Row(str(problem), word=str(problem.level)) for problem in act)
        return
    if not (yield from moved(shell, play.do(act))):
        return
    outcome = playing(shell).outcomes[-1]
    yield from (Row(text, role="code") for text in answer(outcome).splitlines())
    if not outcome.allowed:
        yield Row("`why` says what decided.")
        return
    yield Row("done", role="ok")
    if found := document_of(act.call.service, act.call.operation, tuple(act.call.parameters)):
        name, kind = found
        if said := [*read_over(str(act.call.parameters[name]), kind)]:
            yield from (Row("AWS accepts the policy as it is. Read over, it has this:"), *said)
    if act.call.service == "console":
        shell.profile = _session(shell, outcome)
        yield from who(shell, "")
    yield from step(shell)


def _session(shell: Shell, outcome: Outcome) -> str:
    """The badge in hand after an act in the console: a sign-in or a switch of role takes up the session that it opens."""
    id = outcome.answer.body.get("AccessKeyId") if isinstance(outcome.answer, Reply) else None
    opened = outcome.account.credentials.get(str(id))
    return opened.profile if opened else shell.profile


def read_over(document: str, kind: Kind) -> Iterator[Row]:
    """What is wrong or unwise in a policy document."""
    yield from (Row(str(problem), word=str(problem.level)) for problem in validate(document, kind))
