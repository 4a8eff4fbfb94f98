"""Take the wrapping off an error text: JSON's escapes, entities, tags, colours, frames and quote marks.

What is left is AWS's own sentences, between other text. Line breaks stay, because some are
breaks of AWS's words by a terminal.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote_plus

_BLANKS_PATTERN = re.compile(r"[ \t\f\v]+")  # several are one, so that no search is slow
_EMPTY_LINES = re.compile(r"\s*\n\s*\n\s*")
_ANSI_PATTERN = re.compile(
    r"\x1b\[[0-9;:?]{0,40}[ -/]?[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)"
)
_ESCAPED_UNICODE = re.compile(r"\\{1,8}u([0-9a-fA-F]{4})")
_ESCAPED_BREAK = re.compile(r"\\{1,8}[nrt]")
_ESCAPED_SIGN = re.compile(r"\\{1,8}([\"'/`])")
_TAG_PATTERN = re.compile(
    r"</?(?!(?-i:Code>))(?:a|b|body|br|code|div|em|errors?|errorresponse|h[1-6]|head|html|hostid|i|li|ol|"
    r"p|pre|resource|response|span|strong|style|table|tbody|td|th|title|tr|type|ul|"
    r"detail)(?=[\s/>])[^<>]{0,300}/?>",
    re.IGNORECASE,
)
_ENTITY_PATTERN = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});")
# A frame or a quote mark at the beginning of a line: `│ Error`, `> User`, `  | User`.
_MARGIN_PATTERN = re.compile(
    r"^[ \t]*(?:[│┃║\u2575\u2577|>]+[ \t]*|,[ \t]+)+", re.MULTILINE
)
_QUOTE_MARK_PATTERN = re.compile(r"(?<=[ \n])> ")
_MARGIN_END = re.compile(r"[ \t]+(?:[│┃║|][ \t]?){1,3}$", re.MULTILINE)
# What someone wrote into an ARN to hide a part: `<account id>`.
_PLACEHOLDER_PATTERN = re.compile(
    r"(?<=[:/-])(?:<{1,2}[^<>\n]{1,60}>{1,2}|\{[^{}\n]{1,60}\}|\[[^\[\]\n]{1,60}\]|"
    r" ?\.\.\. ?(?=[:/])|[A-Za-z]{1,20} [A-Za-z0-9]{1,20}(?=:[a-z-]{4,20}/))"
)
_URL_ENCODED = re.compile(r"not(?:%20|\+)authorized", re.IGNORECASE)
_PLAIN_CHARACTERS = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\r": "\n"}
)


def flatten_text(text: str) -> str:
    """Return a text without its wrapping.

    XML's `<Code>`, `<Message>` and `<RequestId>` stay, because they are read later.
    """
    if _URL_ENCODED.search(text):
        text = unquote_plus(text, errors="replace")
    text = _ANSI_PATTERN.sub("", text).replace("\r\n", "\n").translate(_PLAIN_CHARACTERS)
    text = _BLANKS_PATTERN.sub(" ", _join_cut_lines(text))
    text = _ESCAPED_UNICODE.sub(_unescape_unicode, text)
    text = _ESCAPED_SIGN.sub(r"\1", text)
    text = _EMPTY_LINES.sub("\n\n", _ESCAPED_BREAK.sub("\n", text))
    text = _PLACEHOLDER_PATTERN.sub(
        _join_placeholder, _ENTITY_PATTERN.sub(_unescape_entity, text)
    )
    text = _TAG_PATTERN.sub(" ", text)
    return _QUOTE_MARK_PATTERN.sub("", _MARGIN_END.sub("", _MARGIN_PATTERN.sub("", text)))


def _join_cut_lines(text: str) -> str:
    """Return a text without the line breaks that a terminal made in the middle of words.

    That is so if all lines but the last are equally long. Then no break is AWS's own.
    """
    lines = text.strip("\n").split("\n")
    lengths = {len(line) for line in lines[:-1]}
    if len(lines) < 3 or len(lengths) != 1 or len(lines[-1]) > max(lengths):
        return text
    return "".join(lines)


def _join_placeholder(match: re.Match[str]) -> str:
    """Return a placeholder as one word."""
    return match[0].strip().replace(" ", "_")


def _unescape_unicode(match: re.Match[str]) -> str:
    """Return the character of JSON's escape. Half a character stays escaped."""
    number = int(match[1], 16)
    if 0xD800 <= number <= 0xDFFF:
        return match[0]
    return chr(number)


def _unescape_entity(match: re.Match[str]) -> str:
    """Return the character of an HTML entity. An unknown entity stays as it is."""
    return html.unescape(match[0])


_OPENING_BRACKETS = {")": "(", "]": "[", "}": "{", ">": "<"}
_MASK_ENDS = (":...", "/...", "@...", "-...")  # someone hid the rest of an ARN
_COLON_ENDS = ("log-stream:", "log-group:", "*:")  # ARNs that end with a colon


def trim_end(name: str) -> str:
    """Return a name without the punctuation of the sentence around it, as in `role/Baker).`.

    A closing bracket stays if the name opens it, and so do dots that stand for a hidden part: `role/...`.
    """
    while name and not name.endswith(_MASK_ENDS) and _is_loose(name):
        name = name[:-1]
    return name


def _is_loose(name: str) -> bool:
    """Return whether the last character of a name is punctuation of the sentence around it."""
    last = name[-1]
    if last == ":":
        return not name.endswith(_COLON_ENDS) and name.count(":") != 6
    if last in _OPENING_BRACKETS:
        return name.count(_OPENING_BRACKETS[last]) < name.count(last)
    return last in ".,;!\\"
