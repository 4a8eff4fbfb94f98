"""Define the words of plain mode: the help sentence of each, and the function that answers it. What few words need is imported there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.command.shell_words import MAX_LINE_LENGTH
from coffeeshop.account.model import Outcome
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.script import parse_clock
from coffeeshop.lessons.scenario.course import completed_parts, headings
from coffeeshop.lessons.sitting.answers import Done, MovedOn, Refused
from coffeeshop.lessons.sitting.policy_text import examine_text, grammar_of
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.lessons.teaching.lesson import lesson_texts
from coffeeshop.lessons.teaching.markdown import heading_title
from coffeeshop.plain.asking import OF_FIX, asks_cause, needed_calls, settings
from coffeeshop.plain.badge import MAX_NAME_SHOWN, take_up
from coffeeshop.plain.call import reaction_rows
from coffeeshop.plain.cause import name_cause
from coffeeshop.plain.day import day
from coffeeshop.plain.draw import draw
from coffeeshop.plain.lesson import lesson
from coffeeshop.plain.morning import morning, progress
from coffeeshop.plain.next_step import next_scenario_text, suggested_step
from coffeeshop.plain.nothing import NO_JOBS, nothing_lacks, which_number
from coffeeshop.plain.predict import after_question, onward, predict
from coffeeshop.plain.shelf import shelf
from coffeeshop.plain.shell import (
    Shell,
    changed_identity_rows,
    current_wall_time,
    identity_rows,
    note_rows,
    plain_rows,
    problem_rows,
    read_line,
)
from coffeeshop.plain.show import show
from coffeeshop.plain.story import begin, begin_again, tell_brief
from coffeeshop.plain.trail import trail
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.views.brief import brief
from coffeeshop.views.cases import result_rows
from coffeeshop.views.fade import skills_of_step
from coffeeshop.views.glossary import NO_FILES, found_rows, words
from coffeeshop.views.made_up import with_made_up_names
from coffeeshop.views.picture import beats, feast
from coffeeshop.views.report import finding_rows, hint_rows, report, score_rows
from coffeeshop.views.rows import Row, lines
from coffeeshop.views.situation import BEFORE_THE_DAY, changes_open_day
from coffeeshop.views.text import count_noun, problem_sentences, stars
from coffeeshop.views.tickets import explain_ticket, outcome_rows, tally_sentence, tickets


def _help(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield each word with its sentence. With a word, yield that word's sentence."""
    if rest:
        chosen_word = rest.partition(" ")[0][:MAX_NAME_SHOWN]
        yield (
            Row(WORDS[chosen_word].say, word=chosen_word)
            if chosen_word in WORDS
            else LINE_STARTS.get(chosen_word) or unknown(chosen_word)
        )
        return
    yield from (Row(word.say, word=name) for name, word in WORDS.items())
    yield from LINE_STARTS.values()


LINE_STARTS = {  # what a line can begin with, besides the words
    "aws": Row(
        "Run an AWS CLI line of a simulated service, such as `aws iam list-users`.",
        word="aws …",
    ),
    "console": Row(
        "Sign in or switch roles, such as `console sign-in --user-name NAME --password PASSWORD`.",
        word="console …",
    ),
    "quit": Row("Leave. Everything is saved.", word="quit"),
}


def unknown(word: str) -> Row:
    """Return a sentence that says a word is unknown, and which word may have been meant."""
    if word in PROGRAM_COMMANDS:
        return Row(
            f"`{word}` isn't a command here. In a terminal, try `{command_line(word, '--help')}`."
        )
    near = nearest_name(word, [*WORDS, *LINE_STARTS])
    suggestion = f" Did you mean `{near}`?" if near else ""
    return Row(f"`{word}` isn't a command.{suggestion} `help` lists the commands.")


# Commands of the program that a learner may look for here. `own-shop` is opened by `play`.
PROGRAM_COMMANDS = frozenset(
    [
        "run",
        "restore",
        "join",
        "class",
        "export",
        "import",
        "endpoint",
        "serve",
        "author",
        "validate",
        "explain",
        "diagnose",
        "simulate",
        "compare",
    ]
)


def _glossary(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the glossary: the terms of this scenario, and the names of the others. With a term, yield its entry."""
    files = shell.sitting.scenario.files if shell.player.sitting else NO_FILES
    if rest:
        yield from found_rows(rest, files)
        return
    seen = ""
    if shell.player.sitting:
        scenario = shell.sitting.scenario
        lesson_lines = "\n".join(lesson_texts(scenario).values()).split("\n")
        titles = (heading_title(line)[0] for line in lesson_lines)
        seen = "\n".join((lines(brief(scenario)), *titles))
    own_terms, other_terms = words(seen, files)
    for term in own_terms:
        yield Row(term.says, word=term.name)
    yield Row(
        f"{'Others' if own_terms else 'They are'}: {', '.join(term.name for term in other_terms)}."
    )
    yield Row(
        "Type `words` and one of them for its meaning, with an example: words trust policy"
    )


def _open_shop(shell: Shell, _: str) -> Iterator[Row]:
    """Yield each job and refusal with its result, and the story of each."""
    found_tickets = shell.sitting.listed_tickets
    if not shell.sitting.tickets:
        yield Row(NO_JOBS)
        return
    stories = (
        beats.beat_row(beat) for beat in beats.beats(shell.sitting.play, found_tickets)
    )
    for number, (row, story) in enumerate(
        zip(tickets(found_tickets), stories, strict=True), 1
    ):
        yield Row(row.text, row.mark, f"{number} {row.word}", row.role)
        yield story
    tally = tally_sentence(shell.sitting.tickets, found_tickets)
    yield Row(f"{tally} `why` and a number explains one. `grade` judges them all.")


def _explain_ticket(shell: Shell, rest: str) -> Iterable[Row]:
    """Return why a numbered job has its result. Without a number, return why the last call has."""
    numbered = {
        str(number): ticket for number, ticket in enumerate(shell.sitting.listed_tickets, 1)
    }
    if rest in numbered:
        shell.player.ask_reason(numbered[rest].outcomes)
        return with_made_up_names(
            shell.sitting.play, explain_ticket(numbered[rest]), numbered[rest].all_decisions
        )
    if rest:
        return [Row(which_number(len(numbered)))]
    outcomes = shell.sitting.play.outcomes
    if outcomes:
        shell.player.ask_reason(outcomes[-1:])
        return outcome_rows(outcomes[-1], outfile=shell.outfile_of(outcomes[-1].act))
    return [Row("You haven't called AWS yet. `open` tries every job.")]


def _grade(shell: Shell, rest: str) -> Iterator[Row]:
    """Grade the play, and yield the report. With three stars, also yield the debriefing and the next scenario."""
    graded = shell.player.grade(current_wall_time())
    shell.graded_scenario = shell.sitting.scenario
    yield from report(graded.report)
    yield from result_rows(graded.report, shell.sitting.diagnoses)
    if not graded.report.gives_stars:
        return
    if rest == MORE_WORD:
        yield from score_rows(graded.report)
    if graded.report.stars == 3:
        scenario = shell.sitting.scenario
        best = shell.player.progress.best_results()
        stars_of = {id: done_best.stars for id, done_best in best.items()}
        yield from feast.celebration_rows(
            completed_parts(headings(shell.player.extra).values(), stars_of, scenario.id)
        )
        yield from plain_texts(
            scenario.debrief, *(scenario.fine_print if rest == MORE_WORD else ())
        )
        if after_question(shell):
            yield Row("`predict` asks one more question: what will AWS decide?")
        if rest != MORE_WORD:
            yield Row("`grade more` says where to read more, and how the points add up.")
        yield Row(f"{stars(3)} {next_scenario_text(shell)}")
    else:
        yield Row("`hint` gives a hint. Hints cost no points.")
    yield from plain_rows(graded.problem)


MORE_WORD = "more"


def plain_texts(*texts: str) -> Iterator[Row]:
    yield from (Row(text) for text in texts if text)


def _access(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield who can reach which thing. With a name, yield why."""
    # Imported with the comparison of policies, because opening a shop doesn't need it.
    from coffeeshop.views.access.words import access_rows, subject_name

    play = shell.sitting.play
    access = shell.sitting.assessment.access()
    unnamed = shell.sitting.unnamed_statements
    if rows := access_rows(access, rest, unnamed, play.account):
        yield from with_made_up_names(play, rows, access.all_decisions)
        other = "alone shows everyone" if rest else "and a name shows the requests"
        yield Row(f"`access` {other}.")
    else:
        yield Row(
            f"No one here is called {rest}. Names: {', '.join(map(subject_name, access.subjects))}."
        )


def _reach(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield who can gain which access by which calls. With a name, begin from that principal."""
    # Imported with the comparison of policies, because opening a shop doesn't need it.
    from coffeeshop.views import ascents

    reading = shell.sitting.assessment.survey(rest)
    if isinstance(reading, Refused):
        outside = ascents.unsurveyed_rows(shell.sitting.play, rest)
        yield from outside or plain_rows(*reading.problems)
        return
    account = shell.sitting.play.account
    yield from ascents.escalation_rows(reading, account)
    yield Row(ascents.escalation_headline(reading))
    yield from () if rest else ascents.outside_rows(account)


NAMED_ABOVE = re.compile(r"above|that statement|this Deny|of these")


def _hint(shell: Shell, _: str) -> Iterator[Row]:
    """Yield the next hint for the first finding."""
    hinted = shell.player.hint(skills_of_step(suggested_step(shell).step))
    if hinted is None:
        yield Row(
            f"There is no hint now: {nothing_lacks(shell.sitting.play_with_wants.scenario)}."
        )
        return
    if asks_cause(shell):
        yield OF_FIX
    # A hint says "named above" of what the finding says.
    if NAMED_ABOVE.search(hinted.text):
        concealed = replace(hinted.finding, why="")
        yield from finding_rows(concealed if asks_cause(shell) else hinted.finding)
    else:
        yield Row(hinted.finding.what, role="name")
    of = len(hinted.finding.hints)
    first, *code = hint_rows(hinted.text)
    yield replace(first, word=f"hint {hinted.number} of {of}")
    yield from code
    if hinted.number == of:
        yield Row("That was the last hint for this. `grade` shows what is still missing.")


def _undo(shell: Shell, _: str) -> Iterator[Row]:
    """Undo the last act, and yield the rows that say so."""
    before = shell.sitting
    yield from _undo_rows(
        shell, before, shell.player.undo(), "undo", "Undone: {}. `redo` brings it back."
    )


def _redo(shell: Shell, _: str) -> Iterator[Row]:
    """Redo the act that was undone last, and yield the rows that say so."""
    before = shell.sitting
    yield from _undo_rows(shell, before, shell.player.redo(), "redo", "Done again: {}.")


def _undo_rows(
    shell: Shell, before: Sitting, answer: Done | Refused | MovedOn, word: str, message: str
) -> Iterator[Row]:
    """Yield the answer to an undo or a redo. `before` is the state before it."""
    if isinstance(answer, Refused):
        yield Row(f"There is nothing to {word}.")
        return
    yield from note_rows(answer)
    yield from changed_identity_rows(shell, before.profile)
    if not isinstance(answer, MovedOn):
        yield Row(message.format(_operation_names(answer.outcomes)))
        if changes_open_day(shell.sitting, answer.outcomes):
            yield Row(BEFORE_THE_DAY)
        yield from reaction_rows(shell, before)


def _operation_names(outcomes: Iterable[Outcome]) -> str:
    """Return the operations of an act. One that failed says so, as it changed nothing."""
    return ", ".join(dict.fromkeys(map(_operation_name, outcomes)))


def _operation_name(outcome: Outcome) -> str:
    call = outcome.act.call
    failed = "" if outcome.has_succeeded else " (it had failed, and changed nothing)"
    return f"{call.service} {call.operation}{failed}"


def _wait(shell: Shell, rest: str) -> Iterator[Row]:
    """Let the clock run for a time, or until an instant."""
    word = rest.removeprefix("at ").strip()
    current_time = shell.sitting.now
    until = parse_clock(word, current_time) or parse_clock(f"+{word}", current_time)
    day = shell.sitting.day
    if day and until and until > day.closes:
        yield Row(
            f"Not done: a day is open until {day.closes:%H:%M}. `day` lets its clock run on."
        )
        return
    if until is None or isinstance(shell.player.wait(until - current_time), Refused):
        yield Row(
            "`wait` takes a length of time (30s, 45m, 8h or 1d) or a later time (2026-03-02T17:00:00Z)."
        )
        return
    yield from identity_rows(shell, "")


def _write(shell: Shell, rest: str) -> Iterator[Row]:
    """Read lines up to a dot, write them to a file, and yield the problems of the text."""
    name = rest.strip().removeprefix("fileb://").removeprefix("file://")
    plain = name and len(name) <= MAX_NAME_SHOWN and not any(c in name for c in "/\\ ")
    if not plain and name not in tuple(shell.sitting.folder):
        yield Row(
            "`write NAME.json` writes a file. Choose a new name, or the name of a file that exists, without a folder."
        )
        return
    yield Row(
        "Type the text. A line with a single dot ends it. A line with two dots leaves the file unchanged."
    )
    shell.file_being_typed = name
    rows = _typed_text(shell)
    shell.file_being_typed = ""
    if not any(row.strip() for row in rows):
        now = "stays as it was" if name in shell.sitting.files else "doesn't exist"
        yield Row(f"Nothing was written: {name} {now}.")
        return
    text = "\n".join(rows) + "\n"
    if len(text.encode()) > MAX_LINE_LENGTH:
        yield Row(f"Nothing was written: a file has at most {MAX_LINE_LENGTH:,} bytes.")
        return
    problem = shell.player.write(name, text).problem
    yield Row(
        problem_sentences(problem)
        if problem
        else f"Saved {name}, {count_noun(len(rows), 'line')}. Use it as {_file_scheme(name)}{name}."
    )
    if not _is_document(name, text):
        return
    _, problems = examine_text(text, grammar_of(text), shell.sitting.play.account)
    shell.shown_problems = problems
    yield from problem_rows(problems)


def _file_scheme(name: str) -> str:
    """Return what an option of the AWS CLI has before a file's name. A ZIP file is read as bytes."""
    return "fileb://" if name.lower().endswith(".zip") else "file://"


def _is_document(name: str, text: str) -> bool:
    """Return whether a file is meant to be a JSON document, by its name's ending or its first character."""
    ending = name.rpartition(".")[2] if "." in name else "json"
    return ending.lower() == "json" or text.lstrip().startswith("{")


def _typed_text(shell: Shell) -> list[str]:
    """Return the lines up to a single dot or the end of the input. Two dots discard them.

    Lines beyond MAX_LINE_LENGTH are read and dropped, except the first of them. So the text shows as too long.
    """
    rows: list[str] = []
    room = MAX_LINE_LENGTH
    while (typed := read_line(shell)) is not None and typed.strip() != ".":
        if typed.strip() == "..":
            return []
        row = typed.rstrip("\r\n")
        if room >= 0:
            rows.append(row)
        room -= len(row) + 1  # each character is at least a byte, and the line end is one
    return rows


def _actions(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the AWS actions that fit a search. Without one, yield those that the shop's jobs use."""
    from coffeeshop.views.policy.actions import found_rows

    yield from found_rows(shell.sitting.play_with_wants, rest)
    if not rest:
        yield Row("`actions` with your own words finds others: actions write sales")


def _practice(shell: Shell, rest: str) -> Iterable[Row]:
    """Return the topics of practice. With a topic, draw an exercise, and begin it."""
    from coffeeshop.plain.practice import practice

    return practice(shell, rest)


def _check_up(shell: Shell, rest: str) -> Iterable[Row]:
    """Return the chapters with a check-up. With a chapter, ask its next question, or answer it."""
    from coffeeshop.plain.check_up import check_up

    return check_up(shell, rest)


class Word(Struct, frozen=True):
    """A word of plain mode: its help sentence, its function, and whether it needs a play."""

    say: str
    answer: Callable[[Shell, str], Iterable[Row]]
    playing: bool = True


WORDS: dict[str, Word] = {
    "help": Word("List these commands.", _help, playing=False),
    "list": Word(
        "List the chapters and their scenarios. `list 2` lists chapter 2, with your stars.",
        shelf,
        playing=False,
    ),
    "morning": Word(
        "Answer questions about what you got wrong before. They are never scored.",
        morning,
        playing=False,
    ),
    "progress": Word(
        "Show the skills that you have shown, and those to come.", progress, playing=False
    ),
    "play": Word(
        "Begin or continue a scenario. `play 05` plays scenario 05, and `play` continues the last one.",
        begin,
        playing=False,
    ),
    "practice": Word(
        "Play an exercise that is drawn for you. `practice groups 3` draws one on groups, of level 3. `practice` lists the topics.",
        _practice,
        playing=False,
    ),
    "check-up": Word(
        "Answer questions on a chapter, to skip it: `check-up 3`. `check-up before` is on the course. `check-up` lists them.",
        _check_up,
        playing=False,
    ),
    "brief": Word(
        "Read the story, and the sentences that are checked. A diagnosis shows its cases instead.",
        tell_brief,
    ),
    "lesson": Word(
        "Read the lesson, page by page. `lesson 2` shows page 2, `lesson 2 a` guesses a there, and `lesson 2 tell` tells the answer.",
        lesson,
    ),
    "words": Word(
        "Look up a word. `words bucket` explains bucket, and `words` lists the glossary, with this scenario's words first.",
        _glossary,
        playing=False,
    ),
    "predict": Word(
        "Guess how AWS decides, before you begin. Guesses are never scored. `predict 1 a` answers question 1 with a.",
        predict,
    ),
    "calls": Word(
        "Show the AWS calls of this scenario, shorter where you know them. `calls all` shows each in full.",
        needed_calls,
    ),
    "open": Word(
        "Try every job and refusal once, on a copy. A diagnosis lists what was wrong at the start, or is wrong now.",
        _open_shop,
    ),
    "why": Word(
        "Explain a decision of AWS. `why 2` explains line 2 of `open`, and `why` your last call.",
        _explain_ticket,
    ),
    "cause": Word(
        "Name what decided a case. `cause 1` lists the possible causes of case 1, and `cause 1 identity receipts List` names one.",
        name_cause,
    ),
    "access": Word(
        "Show everyone's access to each resource. `access NAME` gives the reasons for one person.",
        _access,
    ),
    "draw": Word(
        "Draw who gets access, through what, and what limits it. Try `draw NAME`, `draw s3://BUCKET` or `draw NAME s3 ls`.",
        draw,
    ),
    "reach": Word(
        "Show the users and roles that each principal could become, and by which calls. `reach NAME` shows those of one.",
        _reach,
    ),
    "grade": Word(
        "Show your stars, and the reason for each missing one. `grade more` adds the points, and what to read.",
        _grade,
    ),
    "day": Word(
        "Open the shop for a day, or let its clock run on. `day 7` draws other customers and another incident.",
        day,
    ),
    "hint": Word("Show the next hint. Hints cost no points.", _hint),
    "next": Word(
        "Show the next thing to do. `next why` adds the cause, and `next full` the whole step.",
        onward,
    ),
    "settings": Word(
        "Choose how much `next` says: `settings help full`, `settings help fading` or `settings help none`.",
        settings,
        playing=False,
    ),
    "undo": Word("Take back your last call.", _undo),
    "redo": Word("Do again what `undo` took back.", _redo),
    "who": Word("Show the badge that you use.", identity_rows),
    "as": Word("Use another badge. `as NAME` uses the badge of NAME.", take_up),
    "wait": Word(
        "Let time pass before your next call, for a new MFA code or until a session ends. Try `wait 30s` or `wait 8h`.",
        _wait,
    ),
    "write": Word(
        "Write a file. `write receipts.json` begins one. A line with one dot saves it, and a line with two dots cancels.",
        _write,
    ),
    "show": Word("Print a file: `show receipts.json`.", show),
    "actions": Word(
        "Find an AWS action by words, as in `actions open receipt`. `actions` lists those of the jobs and refusals.",
        _actions,
    ),
    "trail": Word(
        "List your calls. `trail 3` shows CloudTrail's record of the third.", trail
    ),
    "again": Word("Begin again. `again 4` uses the names of variant 4.", begin_again),
}
