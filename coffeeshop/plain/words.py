"""The words of plain mode: each a row, with a sentence and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from coffeeshop.lessons.grading.grade import grade, open_shop
from coffeeshop.lessons.model import Play, Quiz
from coffeeshop.lessons.play.quiz import CHOICES
from coffeeshop.lessons.play.script import clock
from coffeeshop.lessons.scenario.find import find, folders, heading
from coffeeshop.lessons.scenario.load import load, reopened
from coffeeshop.lessons.scenario.variant import seed_of
from coffeeshop.plain.shell import Shell, moved, playing, read_over, step, told_by, typed_line, who
from coffeeshop.policy.model import Kind, Problem
from coffeeshop.views.brief import brief, calls
from coffeeshop.views.identity import badges
from coffeeshop.views.quiz import LETTERS, asks, told
from coffeeshop.views.report import derivation, report
from coffeeshop.views.requests import record
from coffeeshop.views.rows import Row
from coffeeshop.views.text import counted, kept, stars
from coffeeshop.views.tickets import outcome_rows, tally, tickets, why

BLANK = "-blank.json"  # files of a scenario that are there to be started from
WRITING = "JSON in one line in single quotes, or file://NAME of a file: `write NAME.json` begins one"


def _help(shell: Shell, _: str) -> Iterator[Row]:
    yield from (Row(word.say, word=name) for name, word in WORDS.items())
    yield Row("any AWS CLI line, such as: aws iam list-users", word="aws …")
    yield Row(
        "sign in or switch roles, such as: console sign-in --user-name NAME --password PASSWORD", word="console …"
    )
    yield Row("leave; everything is kept", word="quit")


def shelf(shell: Shell, _: str) -> Iterator[Row]:
    best, begun = shell.progress.best(), shell.progress.begun()
    for folder in folders(shell.extra):
        form = heading(folder)
        if isinstance(form, tuple):
            yield from (Row(str(problem)) for problem in form)
            continue
        done = best.get(form.id)
        acts = f" {counted(begun[form.id], 'act')} kept." if form.id in begun else ""
        yield Row(f"{form.title}: {form.objective}. {done.stars if done else 0} of 3 stars.{acts}", word=form.id)
    yield Row("`play 05-receipts-drawer`, or `play 05`, begins one or goes on with it.")


def begin(shell: Shell, id: str, variant: int | None = None) -> Iterator[Row]:
    folder = find(id, shell.extra)
    found = (folder,) if isinstance(folder, Problem) else reopened(folder, variant, shell.progress.variant)
    if isinstance(folder, Problem) or isinstance(found, tuple):
        yield from (Row(str(problem)) for problem in (found if isinstance(found, tuple) else ()))
        return
    before, shell.folder = shell.progress.problem, folder
    shell.play, shell.profile, shell.shown = shell.progress.resume(found), found.desk[0], ()
    shell.waited, shell.hinted = timedelta(0), ""
    if shell.progress.problem is not before:
        yield Row(str(shell.progress.problem))
    yield from brief(found)
    if shell.play.outcomes:
        yield Row(f"You go on where you stopped: {kept(len(shell.play.outcomes))}. `trail` tells them.")
    elif _questions(shell):
        yield Row("Before you change anything: what will AWS decide? `predict` asks you.")
    yield from who(shell, "")
    yield from step(shell)


def _brief(shell: Shell, _: str) -> Iterable[Row]:
    return brief(playing(shell).scenario)


def _questions(shell: Shell) -> dict[str, Quiz]:
    """What may be asked now, by number: the questions that come after only of whoever had three stars here."""
    scenario = playing(shell).scenario
    best = shell.progress.best().get(scenario.id)
    full = best is not None and best.stars == 3
    found = (quiz for quiz in scenario.quizzes if quiz.when == "before" or full)
    return {str(n): quiz for n, quiz in enumerate(found, 1)}


def _predict(shell: Shell, rest: str) -> Iterator[Row]:
    questions, (number, letter, *_) = _questions(shell), [*rest.lower().split(), "", ""]
    if number in questions and letter in LETTERS:
        yield from told(playing(shell).scenario, questions[number], LETTERS[letter])
        return
    for number, quiz in questions.items():
        yield from asks(quiz)
        yield from (Row(CHOICES[answer], word=letter, indent=1) for letter, answer in LETTERS.items())
        yield Row(f"`predict {number} a` says a, and tells what AWS decides. It is never scored.")
    if not questions:
        yield Row("There is nothing to predict here.")


def _calls(shell: Shell, _: str) -> Iterator[Row]:
    yield Row("The calls of this scenario; words in capitals are yours to say:", role="title")
    yield from calls(playing(shell).scenario)
    yield Row(f"A document is {WRITING}.")
    blanks = [name for name in shell.files if name.endswith(BLANK)]
    if blanks:
        yield Row(f"To start from, with blanks to fill: {', '.join(blanks)} (`show NAME` prints one).")


def _open(shell: Shell, _: str) -> Iterator[Row]:
    shell.shown = open_shop(playing(shell))
    for number, row in enumerate(tickets(shell.shown), 1):
        yield Row(row.text, row.mark, f"{number} {row.word}", row.role)
    yield Row(f"{tally(shell.shown)}. `why` and a number says why; `grade` grades.")


def _why(shell: Shell, rest: str) -> Iterable[Row]:
    shown = shell.shown or open_shop(playing(shell))
    numbered = {str(number): ticket for number, ticket in enumerate(shown, 1)}
    if rest in numbered:
        return why(numbered[rest])
    if rest:
        return [Row(f"`why` takes a number from 1 to {len(shown)}, as `open` shows them.")]
    outcomes = playing(shell).outcomes
    return outcome_rows(outcomes[-1]) if outcomes else [Row("Nothing was asked yet. `open` opens the shop.")]


def _grade(shell: Shell, _: str) -> Iterator[Row]:
    graded = grade(playing(shell))
    if not graded.asks:
        yield from report(graded)
        return
    problem = shell.progress.graded(playing(shell).scenario, graded, datetime.now(UTC))  # noqa: TID251  # a shell's clock
    yield from report(graded)
    yield from derivation(graded)
    if graded.stars == 3:
        yield from (
            Row(text) for text in (playing(shell).scenario.debrief, *playing(shell).scenario.fine_print) if text
        )
        if any(quiz.when == "after" for quiz in playing(shell).scenario.quizzes):
            yield Row("`predict` asks one question more: what will AWS decide?")
        yield Row(f"{stars(3)} `list` shows what comes next.")
    else:
        yield Row("`hint` gives one; it costs nothing.")
    if problem:
        yield Row(str(problem))


def _hint(shell: Shell, _: str) -> Iterator[Row]:
    found = grade(playing(shell)).findings
    if not found:
        yield Row("There is nothing to hint at.")
        return
    first = found[0]
    shell.rung = shell.rung + 1 if first.key == shell.hinted else 1
    shell.hinted = first.key
    rung = min(shell.rung, len(first.hints))
    yield Row(first.what, role="name")
    yield Row(first.hints[rung - 1], word=f"hint {rung} of {len(first.hints)}")


def _undo(shell: Shell, _: str) -> Iterator[Row]:
    play = playing(shell)
    if not play.outcomes:
        yield Row("There is nothing to undo.")
        return
    if (yield from moved(shell, play.undo())):
        yield Row(f"Undone: {_told(play)}. `redo` brings it back.")


def _redo(shell: Shell, _: str) -> Iterator[Row]:
    if not playing(shell).undone:
        yield Row("There is nothing to redo.")
        return
    if (yield from moved(shell, playing(shell).redo())):
        yield Row(f"Done again: {_told(playing(shell))}.")


def _told(play: Play) -> str:
    call = play.outcomes[-1].act.call
    return f"{call.service} {call.operation}"


def _as(shell: Shell, rest: str) -> Iterator[Row]:
    known = [badge.profile for badge in badges(playing(shell))]
    if rest not in known:
        yield Row(f"You hold: {', '.join(known)}. `as NAME` takes one up.")
        return
    shell.profile = rest
    yield from who(shell, "")


def _wait(shell: Shell, rest: str) -> Iterator[Row]:
    word = rest.removeprefix("at ").strip()
    until = clock(word, shell.now) or clock(f"+{word}", shell.now)
    if until is None or until < shell.now:
        yield Row("`wait` takes how long, 30s, 45m, 8h or 1d, or an instant to come: 2026-03-02T17:00:00Z.")
        return
    shell.waited += until - shell.now
    yield from who(shell, "")


def _write(shell: Shell, rest: str) -> Iterator[Row]:
    name = rest.strip()
    if not name or any(c in name for c in "/\\ ") or len(name) > 64:
        yield Row("`write NAME.json` writes a file: a plain name, without a folder.")
        return
    yield Row("Type the text; a line with a single dot ends it.")
    rows: list[str] = []
    while (typed := typed_line(shell)) is not None and typed.strip() != ".":
        rows.append(typed.rstrip("\r\n"))
    text = "\n".join(rows) + "\n"
    problem = shell.progress.write(playing(shell).scenario, name, text)
    yield Row(str(problem) if problem else f"Kept {name}, {counted(len(rows), 'line')}. Use it as file://{name}.")
    yield from read_over(text, _kind(text))


def _kind(text: str) -> Kind:
    """The grammar that a file seems to be written in: who is named, and whether what."""
    if '"Principal"' not in text:
        return Kind.IDENTITY
    return Kind.RESOURCE if '"Resource"' in text else Kind.TRUST


def _show(shell: Shell, rest: str) -> Iterator[Row]:
    name = rest.removeprefix("file://")
    found = shell.files.get(name)
    if found is None:
        yield Row(f"There is no file {rest or 'of no name'}. There are: {', '.join(sorted(shell.files))}.")
        return
    yield from (Row(text, role="code") for text in found.decode("utf-8", "replace").splitlines())
    yield from told_by(shell, name)


def _trail(shell: Shell, rest: str) -> Iterator[Row]:
    numbered = {str(number): outcome for number, outcome in enumerate(playing(shell).outcomes, 1)}
    if rest in numbered:
        yield from (Row(line, role="code") for line in record(numbered[rest]))
        return
    for number, outcome in numbered.items():
        first = next(iter(outcome_rows(outcome)))
        yield Row(f"{outcome.act.at:%H:%M} {first.text}", word=f"{number} {'done' if outcome.allowed else 'refused'}")
    if rest:
        yield Row("`trail` and a number of these shows CloudTrail's record of that call.")


def _again(shell: Shell, rest: str) -> Iterator[Row]:
    scenario, asked = playing(shell).scenario, seed_of(rest)
    if rest and asked is None:
        yield Row("`again` begins this scenario again; `again 4` in other names, those of variant 4.")
        return
    found = load(shell.folder, shell.progress.fresh(scenario) if asked is None else asked)
    if isinstance(found, tuple):
        yield from (Row(str(problem)) for problem in found)
        return
    shell.profile, shell.hinted = found.desk[0], ""
    yield from moved(shell, shell.progress.forget(found))
    yield from brief(found) if found.variant != scenario.variant else ()
    yield Row("Begun again: the shop is as it was.")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of plain mode: what it does, in a sentence; whether a play is needed."""

    say: str
    answer: Callable[[Shell, str], Iterable[Row]]
    playing: bool = True


WORDS: dict[str, Word] = {
    "help": Word("this list", _help, playing=False),
    "list": Word("the scenarios and how far you are", shelf, playing=False),
    "play": Word("begin a scenario or go on with it: play 05", begin, playing=False),
    "brief": Word("the story and every sentence that will be checked", _brief),
    "predict": Word("what will AWS decide? a question before you begin; never scored: predict 1 a", _predict),
    "calls": Word("the AWS calls of this scenario, and how a policy is written", _calls),
    "open": Word("open the shop: every job and refusal is tried once", _open),
    "why": Word("why it came out so: why 2 for a line of `open`, why alone for your last call", _why),
    "grade": Word("stars, and what stands before the next one", _grade),
    "hint": Word("the next hint; free, as many as you like", _hint),
    "next": Word("what to do next", lambda shell, _: step(shell)),
    "undo": Word("take back the last act", _undo),
    "redo": Word("do it again", _redo),
    "who": Word("whose badge you hold", who),
    "as": Word("take up another badge: as NAME", _as),
    "wait": Word("let time pass before your next call, for another code or a session's end: wait 30s, wait 8h", _wait),
    "write": Word("write a file, to a line with a single dot: write receipts.json", _write),
    "show": Word("print a file: show receipts.json", _show),
    "trail": Word("what was done so far; trail 3: CloudTrail's record of the third call", _trail),
    "again": Word("begin this scenario again; again 4: in other names, those of its variant 4", _again),
}
