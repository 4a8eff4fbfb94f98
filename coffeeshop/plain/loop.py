"""Run plain mode: read a line, print the answer as lines of text, and repeat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import TextIO

from coffeeshop.account.command.shell_words import join_continued
from coffeeshop.lessons.play.spoilers import spoiler_files
from coffeeshop.lessons.scenario.find import shelf_number
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.plain.call import call_rows
from coffeeshop.plain.shelf import went_on
from coffeeshop.plain.shell import Shell, current_wall_time, plain_rows, read_line
from coffeeshop.plain.show import shown_file
from coffeeshop.plain.story import opening
from coffeeshop.plain.terminal import asking, page_lines, typed_lines
from coffeeshop.plain.words import WORDS, unknown
from coffeeshop.views.assignments import assignment_lines, class_news
from coffeeshop.views.progress import invitation
from coffeeshop.views.quiz import CHOICE_LETTERS
from coffeeshop.views.rows import Row
from coffeeshop.views.welcome import FIRST_SCENARIO, welcome


def play_plain(player: Player, source: TextIO, out: TextIO, first: str = "") -> int:
    """Play until the input ends or the learner types `quit`. Begin with the player's open scenario, if there is one.

    `first` is a line that is answered before the input. Return the exit code of the command.
    """
    shell = Shell(player, iter(()))
    ask = asking(shell, source, out)
    shell.is_interactive = ask is not None
    shell.source = typed_lines(shell, source, ask)

    def say(rows: Iterable[Row]) -> None:
        out.writelines(page_lines(shell, rows, out, ask))
        out.flush()

    say(respond(shell, first) if first else _welcome(shell))
    while True:
        typed = _command_line(shell)
        if typed is None or typed.split(maxsplit=1)[:1] in QUIT_LINES:
            say(save_and_say(shell))
            return 0
        say(respond(shell, typed.strip()))


def _command_line(shell: Shell) -> str | None:
    """Return the next line of input, joined with the lines after it while they end in a backslash, as a shell does.

    Examples in AWS's documentation are broken that way. A word of the game and a note are one line.
    """
    typed = read_line(shell)
    if typed is None or not typed.lstrip().startswith(CONTINUABLE_STARTS):
        return typed
    return join_continued(chain([typed], iter(partial(read_line, shell), None)))


def save_and_say(shell: Shell) -> Iterator[Row]:
    """Save the play, and say whether all of it was saved."""
    problem = shell.player.leave().problem or shell.player.keep_stars(current_wall_time())
    yield Row(
        f"Not everything is saved: {problem}"
        if problem
        else "Everything is saved. See you tomorrow."
    )


def _welcome(shell: Shell) -> Iterator[Row]:
    """Yield the first lines: the open scenario, or the last one played, or how to begin."""
    yield from plain_rows(shell.player.progress.problem)
    yield Row("Coffeeshop. `help` lists the commands, `quit` leaves.", role="title")
    yield from _assignment_rows(shell.player)
    if shell.player.sitting:
        yield from opening(shell)
    elif left_row := went_on(shell.player):
        yield left_row
        if waits := invitation(
            shell.player.progress, current_wall_time(), shell.player.extra
        ):
            yield Row(f"{waits}: `morning` asks. Your answers are never scored.")
    else:
        yield from (row for row in welcome() if row.text)
        yield FIRST_SCENARIO_HINT


def _assignment_rows(player: Player) -> Iterator[Row]:
    """Yield the assignments of the learner's class, unless an exam is open."""
    membership = player.membership
    if membership and not player.exam:
        for text in assignment_lines(membership.assignments, player.extra):
            yield Row(text, word=membership.class_name)


def _class_news(player: Player) -> Iterator[Row]:
    """Take over what the teacher changed in the class meanwhile, and yield a row for each change."""
    for text in class_news(player) or ():
        if player.membership:
            yield Row(text, word=f"New from {player.membership.class_name}")


def respond(shell: Shell, typed: str) -> Iterator[Row]:
    """Yield the answer to one line of input: an AWS call, or a word of this shell.

    A script's line for its clock, `#@ +30m`, is answered as a `wait`. A bare letter answers the question that was just
    asked. During an exam, what isn't allowed is answered first.
    """
    if DIRECTIVE_PATTERN.match(typed):
        typed = DIRECTIVE_PATTERN.sub("wait ", typed)
    if not typed or typed.startswith("#"):
        return
    if shell.answer_prefix and typed.lower() in BARE_ANSWERS:
        typed = f"{shell.answer_prefix} {typed}"
    word, _, rest = typed.partition(" ")
    word = FORMER_WORDS.get(word, word[:MAX_WORD_SHOWN])
    shell.answer_prefix = ""
    yield from _class_news(shell.player)
    if rows := [*_exam_rows(shell, word, rest)]:
        yield from rows
        return
    if word in COMMAND_STARTS or word.startswith("AWS_"):
        yield from call_rows(shell, typed) if shell.player.sitting else _not_playing(shell)
    elif word not in WORDS:
        yield unknown(word)
    elif WORDS[word].playing and shell.player.sitting is None:
        yield from _not_playing(shell)
    else:
        yield from WORDS[word].answer(shell, rest.strip())


def _exam_rows(shell: Shell, word: str, rest: str) -> Iterator[Row]:
    """Yield why a line isn't carried out during an exam. Yield nothing if it is."""
    player = shell.player
    player.notice_exam()
    exam = player.exam
    if exam is None:
        return
    if player.must_leave and word != "play":
        yield Row(
            f"An exam has begun. `play {shelf_number(exam.id)}` opens it. Your work is saved."
        )
    elif word in CLOSED_IN_EXAM or _gives_answer(shell, word, rest):
        yield Row(
            f"Not during the exam: `{word}`. Results and help come after you hand in."
        )


def _gives_answer(shell: Shell, word: str, rest: str) -> bool:
    """Return whether a line would show the actions of the jobs, or a file of the solution."""
    if word == "actions":
        return not rest.strip()
    sitting = shell.player.sitting
    if word != "show" or sitting is None:
        return False
    name = shown_file(rest)
    return name not in sitting.drafts and name in spoiler_files(sitting.scenario)


# Words that teach, explain, or show results or another scenario. What AWS shows, and the brief, stay open (`views/exam.py`).
CLOSED_IN_EXAM = frozenset(
    (
        "calls",
        "check-up",
        "lesson",
        "why",
        "open",
        "grade",
        "hint",
        "next",
        "access",
        "reach",
        "day",
        "list",
        "morning",
        "predict",
        "progress",
        "practice",
        "draw",
    )
)


def _not_playing(shell: Shell) -> Iterator[Row]:
    """Yield the rows for a line that needs a scenario while none is open."""
    yield NOT_PLAYING
    yield went_on(shell.player) or FIRST_SCENARIO_HINT


BARE_ANSWERS = (*CHOICE_LETTERS, "d")  # what answers a question alone
# The first words of lines that can be broken.
CONTINUABLE_STARTS = ("aws ", "console ")
DIRECTIVE_PATTERN = re.compile(r"#@\s*(?!\s|optional)")
QUIT_LINES = (["quit"], ["exit"], ["q"])  # the words that leave, whatever follows them
# First words of a command line, and prompts copied with one. `account/command/parse.py` refuses prompts.
COMMAND_STARTS = {
    "aws",
    "console",
    "export",
    "$",
    "%",
}
# Former names of words, for learners who are used to them.
FORMER_WORDS = {"rehearse": "open"}
MAX_WORD_SHOWN = 40  # at most this many characters of an unknown word are printed
NOT_PLAYING = Row("No scenario is open.")
FIRST_SCENARIO_HINT = Row(
    f"`play {FIRST_SCENARIO}` begins the first morning, and `list` lists the other scenarios."
)
