"""Plain characters in place of those that a terminal's encoding doesn't have."""

from __future__ import annotations

import codecs
from typing import TextIO

PLAIN_CHARACTERS = {
    # marks and stars
    "✓": "ok", "✗": "x", "▲": "++", "◆": "!!", "·": ".", "★": "*", "☆": "-", "●": "*", "○": "o", "◐": "o", "■": "#", "□": "o",
    # signs and arrows
    "▸": ">", "▶": ">", "»": ">", "«": "<", "›": ">", "‹": "<", "→": ">", "←": "<", "↑": "^", "↓": "v", "⏎": "Enter", "°": "o",
    # punctuation
    "…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*", "×": "x", "\u00a0": " ", "\u2011": "-",
    # lines and blocks
    "─": "-", "━": "-", "╌": "-", "═": "=", "│": "|", "┃": "|", "║": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+",
    "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "┏": "+", "┓": "+", "┗": "+", "┛": "+",
    "█": "#", "▀": '"', "▄": "_", "▌": "|", "▐": "|", "▟": "/", "▙": "\\", "▛": "/", "▜": "\\", "▎": "|", "▊": "|", "▁": "_",
    "▔": '"', "░": ".", "▒": ":", "▓": "#",
    # pictures of characters that nobody sees
    "␊": "\\n", "␉": "\\t", "␛": "\\e", "␡": "\\d", "␣": "_", "␦": "~", "\ufffd": "~",
}  # fmt: skip
# Error handlers for missing characters: TEXT replaces one by as many as it takes, CELL_ERRORS by one.
TEXT_ERRORS = "coffeeshop.text"
CELL_ERRORS = "coffeeshop.cells"


def plain_character(character: str, encoding: str) -> str:
    """Return a replacement for a character that an encoding lacks: a letter without its accent, or an escape."""
    import unicodedata  # a megabyte, which few terminals need

    if character in PLAIN_CHARACTERS:
        return PLAIN_CHARACTERS[character]
    letters = (
        unicodedata.normalize("NFKD", character).encode(encoding, "ignore").decode(encoding)
    )
    if letters.strip():
        return letters
    return character.encode("ascii", "backslashreplace").decode()


def _replace_text(error: UnicodeError) -> tuple[str, int]:
    """Return plain characters for those that can't be encoded, and where to go on, as
    `codecs` asks an error handler to.
    """
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return "".join(plain_character(each, error.encoding) for each in missing), error.end


def _replace_cells(error: UnicodeError) -> tuple[str, int]:
    """Replace each character by one character, so that the text beside it keeps its column."""
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return "".join(plain_character(each, error.encoding)[0] for each in missing), error.end


codecs.register_error(TEXT_ERRORS, _replace_text)
codecs.register_error(CELL_ERRORS, _replace_cells)


def set_stream_encoding(stream: TextIO, errors: str) -> None:
    """Write UTF-8 to a pipe or a file, and keep a terminal's own encoding.

    `errors` names the error handler for characters that the encoding lacks.
    """
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding=None if stream.isatty() else "utf-8", errors=errors)
