"""From text to words, by the quoting rules of a shell and without one: what only a shell could do is a problem.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html (2.2 Quoting)
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from coffeeshop.account.api.patterns import FORBIDDEN_CHARACTERS
from coffeeshop.policy.model import Level, Place, Problem

MAX_LINE_LENGTH = 262_144  # characters of a line, bytes of a file
MAX_PROBLEMS = 20  # problems of one line; whoever has made more has not meant a command


class Word(Struct, frozen=True):
    """A word with its quotes taken off, and where it stands: offsets in the line, quotes included."""

    text: str
    start: int
    end: int


WORD_PIECES = re.compile(
    r"""(?P<space>[ \t\r]+) | (?P<joined>\\\r?\n) | (?P<escaped>\\.)
    | '(?P<single>[^']*)' | "(?P<double>(?:[^"\\]++|\\.)*+)" | (?P<unclosed>['"].*)
    | (?P<comment>(?<!\S)\#[^\n]*) | (?P<newline>\n)
    | (?P<shell>\|\|? | &&? | <<? | [;>()*?] | `[^`]*`? | \$\([^)]*\)? | \$(?=[\w{'"?*@$!-])
        | (?<!\S)~ | \{(?=[^\s{}'"]*(?:,|\.\.)))
    | (?P<typographic>(?<!\S)[\u2013\u2014\u2018\u2019\u201c\u201d])
    | (?P<plain>[\w./:=@%+,-]++ | .)""",
    re.VERBOSE | re.DOTALL,
)
NO_SHELL = "there is no shell here"
SHELL_ALTERNATIVES = {  # what to do where a shell would have had to
    "|": f"{NO_SHELL}: --query says which part of an answer is wanted",
    ">": f"{NO_SHELL}: answers are only shown; --query says which part",
    "$": f"{NO_SHELL}: write the value itself; --query with --output text shows it alone",
    "`": f"{NO_SHELL}: write the value itself; --query with --output text shows it alone",
    "&&": f"{NO_SHELL}: type one line after the other",
    ";": f"{NO_SHELL}: type one line after the other",
}
PATTERN_CHARACTERS = {"*", "?"}
SHELL_CHARACTERS = {
    "*": "`*` is a pattern that a shell would match with file names",
    "?": "`?` is a pattern that a shell would match with file names",
    "$": "`$` is a variable or command that a shell would fill in",
    "`": "a backtick is a command that a shell would fill in",
    "~": "`~` is a folder that a shell would fill in",
    "{": "`{…,…}` is a list that a shell would spread",
    "<<": "`<<` is a here-document, which needs a shell",
}


# A backslash at the end of a line that no other backslash escapes.
CONTINUED_LINE = re.compile(r"(?<!\\)(?:\\\\)*\\\r?\n?\Z")


def is_continued(line: str) -> bool:
    """Tell whether a line continues in the next one, as in a shell. Then it ends in a backslash."""
    return CONTINUED_LINE.search(line) is not None


def join_continued(lines: Iterable[str]) -> str:
    """Return the first of these lines, joined with those after it as long as each goes on in the next.

    At most MAX_LINE_LENGTH characters are joined. "": there is no line.
    """
    joined = ""
    for line in lines:
        joined += line
        if not is_continued(line) or len(joined) > MAX_LINE_LENGTH:
            break
        joined = CONTINUED_LINE.sub("", joined)
    return joined


def place_of_span(text: str, start: int, end: int, path: str = "") -> Place:
    """Return the place of a span in a text, with line and column from 1."""
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return Place(path, line, column, start, end)


def line_problem(
    text: str, span: tuple[int, int], code: str, say: str, mend: str = "", path: str = ""
) -> Problem:
    """Return an error at a span of a command line."""
    return Problem(Level.ERROR, code, place_of_span(text, *span, path), say, mend)


@lru_cache(maxsize=64)  # a day at the shop asks in the same few lines, thousands of times
def split_line(line: str) -> tuple[tuple[Word, ...], tuple[Problem, ...]]:
    """Return the words of one command, and every problem with its characters, quotes and shell syntax."""
    if len(line) > MAX_LINE_LENGTH:
        say = f"the line has {len(line)} characters; at most {MAX_LINE_LENGTH} are read"
        return (), (
            line_problem(line, (0, 0), "too-long", say, "put long values into a file"),
        )
    pieces = tuple(WORD_PIECES.finditer(line))
    faults = islice(
        (fault for piece in pieces if (fault := _piece_problem(line, piece))), MAX_PROBLEMS
    )
    return tuple(_join_pieces(pieces)), (*_control_characters(line), *faults)


def _join_pieces(pieces: tuple[re.Match[str], ...]) -> Iterator[Word]:
    """Yield the words of a command line. Pieces that touch, such as a"b", are one word.

    A backslash at the end of a line (a "joined" piece) continues the word in the next line.
    """
    begun: list[re.Match[str]] = []
    for piece in (*pieces, None):
        if piece:
            kind = piece.lastgroup
        else:
            kind = "space"
        if piece is not None and kind not in {"space", "comment", "newline", "joined"}:
            begun.append(piece)
        elif begun and kind != "joined":
            yield Word("".join(map(_piece_text, begun)), begun[0].start(), begun[-1].end())
            begun = []


def _piece_text(piece: re.Match[str]) -> str:
    """Return the text that a piece adds to its word."""
    match piece.lastgroup:
        case "escaped" | "unclosed":
            return piece[0][1:]
        case "single":
            return piece["single"]
        case "double":
            return re.sub(
                r'\\(?:([\\"$`])|\n)', lambda match: match[1] or "", piece["double"]
            )
        case _:
            return piece[0]


def _piece_problem(line: str, piece: re.Match[str]) -> Problem | None:
    """Return the problem with a piece that needs a shell or isn't well formed."""
    sign = piece[0]
    span = piece.span()
    match piece.lastgroup:
        case "unclosed":
            say = f"No closing quotation for {sign[0]}"
            mend = f"end it with {sign[0]}"
            code = "unbalanced-quote"
        case "double" if match := re.search(
            r"(?<!\\)(?:\\\\)*(\$(?=[\w({])|`)", piece["double"]
        ):
            say = f"{SHELL_CHARACTERS[match[1]]} between double quotes"
            mend = "use single quotes"
            code = "shell-syntax"
            span = (
                piece.start("double") + match.start(1),
                piece.start("double") + match.end(1),
            )
        case "shell" if sign in PATTERN_CHARACTERS and _fits_no_file(line, piece):
            return None
        case "shell":
            say = SHELL_CHARACTERS.get(
                sign, SHELL_CHARACTERS.get(sign[0], f"`{sign}` belongs to a shell")
            )
            mend = SHELL_ALTERNATIVES.get(sign, SHELL_ALTERNATIVES.get(sign[0], QUOTE_FIX))
            code = "shell-syntax"
        case "newline" if _ends_command(line, piece):
            say = "a new line begins another command"
            mend = "end a line that goes on with \\"
            code = "shell-syntax"
        case "plain" if sign == "\\":
            say = "No escaped character after \\"
            mend = "leave the backslash out"
            code = "unbalanced-quote"
        case "typographic":
            say = f"`{sign}` is a typographic sign"
            mend = "type a straight quote, or --"
            code = "typographic-sign"
        case _:
            return None
    return line_problem(line, span, code, say, mend)


QUOTE_FIX = "there is no shell here: quote it, or leave it out"


def _ends_command(line: str, piece: re.Match[str]) -> bool:
    """Return whether a line end separates two commands, comments aside."""
    behind = re.fullmatch(r"(\s|#[^\n]*)*", line[piece.end() :]) is None
    return behind and bool(line[: piece.start()].strip())


def _fits_no_file(line: str, piece: re.Match[str]) -> bool:
    """Return whether a pattern can't match a file, since it has a colon or is `[*]`.

    Bash passes such words on.
    """
    begun = line[: piece.start()].rpartition(" ")[2]
    around = line[piece.start() - 1 : piece.end() + 1]
    return ":" in begun or around == "[*]"


def _control_characters(line: str) -> Iterator[Problem]:
    """Yield the problem of the first control character in a line."""
    if match := FORBIDDEN_CHARACTERS.search(line):
        yield line_problem(
            line,
            match.span(),
            "control-character",
            f"control character {match[0]!r:.8}",
            "leave it out",
        )


# ------------------------------------------------------------------- scripts
def script_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield a script's commands and `#@` directives, each with the number of its first
    line.

    A command goes on after a backslash at a line's end, and within quotes. Its line ends
    are kept, so a problem of `read_act` is at the script's line `number + place.line - 1`.
    """
    begun: list[str] = []
    still = ""
    first = 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not begun and (not stripped or re.match(r"#(?!@)", stripped)):
            continue
        first = first if begun else number
        still = "" if not begun and stripped.startswith("#@") else _open_at_end(line, still)
        begun.append(line)
        if not still:
            yield first, "\n".join(begun).strip()
            begun = []
    if begun:
        yield first, "\n".join(begun).strip()


def _open_at_end(line: str, still: str) -> str:
    """Return what is open at the end of a script's line: a quote, a backslash, or "".

    `still` is what was open at its beginning.
    """
    last = deque(WORD_PIECES.finditer(still.strip("\\") + line), maxlen=1)
    if last and last[0].lastgroup == "unclosed":
        return last[0][0][0]
    if last and last[0][0] in {"\\", "\\\r"}:
        return "\\"
    return ""
