"""Plain mode: a loop over lines of input. Everything is said in words, one line after the other; nothing is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

from coffeeshop.harmless import escaped
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.plain.shell import Shell, call, typed_line
from coffeeshop.plain.words import WORDS, begin, shelf
from coffeeshop.views.rows import Row, line


def play_plain(
    id: str | None, progress: Progress, extra: Path | None, source: TextIO, out: TextIO, variant: int | None = None
) -> int:
    """Play until the input ends or `quit`, from the scenario (in a variant; None: the last one); the command's exit code."""
    shell = Shell(progress, extra, iter(source))
    prompt = source.isatty()

    def say(rows: Iterable[Row]) -> None:
        out.writelines(escaped(line(row)) + "\n" for row in rows)
        out.flush()

    say(_welcome(shell, id, variant))
    while True:
        if prompt:
            out.write(f"{shell.profile or 'coffeeshop'}> ")
            out.flush()
        typed = typed_line(shell)
        if typed is None or typed.strip() in ("quit", "exit", "q"):
            say(_leave(shell))
            return 0
        say(respond(shell, typed.strip()))


def _leave(shell: Shell) -> Iterator[Row]:
    problem = shell.progress.problem or (shell.progress.keep(shell.play) if shell.play else None)
    yield Row(f"Not all of it is kept: {problem}" if problem else "Everything is kept. Until tomorrow.")


def _welcome(shell: Shell, id: str | None, variant: int | None) -> Iterator[Row]:
    if shell.progress.problem:
        yield Row(str(shell.progress.problem))
    yield Row("Coffeeshop. Type `help` for the words that work here, `quit` to leave.", role="title")
    yield from begin(shell, id, variant) if id else shelf(shell, "")


def respond(shell: Shell, typed: str) -> Iterator[Row]:
    """What one line of input is answered with; a script's line for its clock, `#@ +30m`, is a `wait`."""
    if DIRECTIVE.match(typed):
        typed = DIRECTIVE.sub("wait ", typed)
    word, _, rest = typed.partition(" ")
    word = word[:WORD]
    if not typed or typed.startswith("#"):
        return
    if word in ("aws", "console"):
        yield from call(shell, typed) if shell.play else [NOT_PLAYING]
    elif word not in WORDS:
        near = get_close_matches(word, [*WORDS, "aws", "console", "quit"], 1)
        meant = f"; did you mean `{near[0]}`?" if near else "."
        yield Row(f"`{word}` is no word here{meant} `help` lists them.")
    elif WORDS[word].playing and shell.play is None:
        yield NOT_PLAYING
    else:
        yield from WORDS[word].answer(shell, rest.strip())


DIRECTIVE = re.compile(r"#@\s*(?!\s|optional)")
WORD = 40  # characters of an unknown word that are repeated
NOT_PLAYING = Row("No scenario is being played. `list` shows them, `play 05` begins one.")
