"""Read AWS's usual sentence: "User: … is not authorized to perform: … on resource: … because …".

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
Services write it in many ways: without the resource, without the reason, with other words for
the principal. Terminals break it in the middle of a name. Every search is bounded, so that a
hostile text takes no longer than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coffeeshop.policy import catalog
from coffeeshop.policy.denial.flatten import trim_end
from coffeeshop.policy.denial.reasons import Reason, read_reason

# What the sentence is found by.
_ANCHOR_PATTERN = re.compile(
    r"not\s{1,40}(?:currently\s{1,40})"
    r"?authori[sz]ed\s{1,40}to\s{1,40}(?:perform(?P<colon>\s?:)?|(?P<other_verb>access|call|invoke|use|create|assume|view|list|describe))\s{0,200}",
    re.IGNORECASE,
)
_ACTION_PATTERN = re.compile(
    r"[\"'`\[({]{0,2}(?P<action>[A-Za-z0-9-]{1,60}(?:\s?:\s?[A-Za-z0-9*]{1,100})|null\b"
    r"|[A-Za-z][A-Za-z0-9]{2,100}|<[^<>\n]{1,60}>)"
)
_GENERIC_WORDS = re.compile(
    r"(?:this|the|that|an?|any|your|actions?\b|operations?\b)\b", re.IGNORECASE
)
_ACTION_END = re.compile(r"\n\s{0,200}([A-Za-z0-9:-]{1,60})")
_MAX_CHARACTERS_BEFORE = 700  # characters before the anchor that can name the principal
_MAX_CHARACTERS_AFTER = 3000  # characters after it that belong to the sentence
_LABEL_PATTERN = re.compile(
    r"(?:\b(?:user|principal|caller|identity|role|resource)\s?(?:\(s\))?\s?:|"
    r"\b(?:user|principal|role)\s(?=[\"'`]?arn:))\s{0,200}",
    re.IGNORECASE,
)
_LINK_WORDS = re.compile(r"\s{0,200}(?:is|are|was)?\s{0,200}$", re.IGNORECASE)
_LAST_NAME = re.compile(r"(?:arn:[^\s\"'`]{1,400}|[\w.@+=,/<>{}*$-]{1,200})$")
# Words before the verb that name no principal. "Message=" and the like don't either.
_NO_NAME = {
    *("you", "ou", "we", "i", "it", "they", "this", "that", "which", "and", "but"),
    *("user", "principal", "account", "caller", "role", "request"),
    *("error", "exception", "message"),
}
_MORE_OF_NAME = re.compile(
    r"(?!(?:and|but|which|who|that|it|was|has|does|currently)\b)[\w/.@-]{1,60}",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"\s{0,200}\n\s{0,200}")
_ON_RESOURCE = re.compile(
    r"[\"'`\])}]{0,2}[\s,.]{0,40}(?:on|for|against|with)"
    r"\s{1,200}(?:(?P<this>this\s{1,40}(?:resource|object|key)\b|the\s{1,40}resource\s{1,40}associated\s{1,40}with\s{1,40}this\s{1,40}\w{1,40})"
    r"|(?:the\s{1,40})?(?:following\s{1,40})?(?:resources?\b|resource\(s\))"
    r"\s?(?:\(s\))?(?P<colon>\s?:)?\s{0,200}"
    r"|(?=[\"'`]?arn:)|(?=role\s{1,40}arn:)|(?=<[^<>\n]{1,60}>))",
    re.IGNORECASE,
)
_RESOURCE_END = re.compile(
    r"\s{1,200}(?:because\b|with\s{1,40}an?\s{1,40}(?:explicit|implicit)|"
    r"due\s{1,40}to\b|as\s{1,40}the\b|\(|status\s{1,40}code"
    r"|request\s{1,40}id|https?\b|at\s{1,40}\w{1,60}\.|[-—–]\s)|[\n<\"'`|]|[.,;]\s|"
    r"\.$|,\s?\"",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one sentence says, and the part of the text that it covers.

    `action` is "" for "You are not authorized to perform this operation".
    """

    start: int
    end: int
    principal: str
    action: str
    resource: str
    reason: Reason


def find_sentences(text: str, limit: int) -> Iterator[Sentence]:
    """Yield the sentences of a text in order, at most `limit`."""
    anchors = list(_first_matches(text, limit))
    previous_end = 0
    for number, anchor in enumerate(anchors):
        end = min(len(text), anchor.end() + _MAX_CHARACTERS_AFTER)
        if number + 1 < len(anchors):
            end = min(end, anchors[number + 1].start())
        sentence = _read_sentence(text, anchor, previous_end, end)
        previous_end = sentence.end
        yield sentence


def _first_matches(text: str, limit: int) -> Iterator[re.Match[str]]:
    """Yield the first anchors of a text."""
    for number, anchor in enumerate(_ANCHOR_PATTERN.finditer(text)):
        if number == limit:
            return
        yield anchor


def _read_sentence(text: str, anchor: re.Match[str], after: int, end: int) -> Sentence:
    """Return the sentence around an anchor. It begins after `after` and ends before `end`."""
    start, principal = _read_principal(
        text, anchor.start(), max(after, anchor.start() - _MAX_CHARACTERS_BEFORE)
    )
    action, at = ("", anchor.end())
    verb = (anchor["other_verb"] or "").lower()
    if verb:
        action = "sts:AssumeRole" if verb == "assume" else ""
        resource, at = _read_object(text, at, end)
    else:
        action, at = _read_action(text, anchor.end())
        is_word = action.isalpha() and action.islower()
        if is_word and not anchor["colon"]:  # "perform sensitive tasks" names none
            action, at = ("", anchor.end())
        resource, at = _read_resource(text, at, end) if action else ("", at)
    reason = read_reason(text, at, end)
    return Sentence(start, reason.end, principal, action, resource, reason)


def _read_principal(text: str, at: int, after: int) -> tuple[int, str]:
    """Return where a sentence begins, and the principal that stands before its verb."""
    before = text[after:at].rpartition("<Message>")[2]
    after = at - len(before)
    link = _LINK_WORDS.search(before)
    if link:
        before = before[: link.start()]
    labels = list(_LABEL_PATTERN.finditer(before))
    if labels:
        label = labels[-1]
        name = _clean_name(before[label.end() :], ":" in label[0])
        if name:
            return after + label.start(), name
    match = _LAST_NAME.search(before.removesuffix("]").removesuffix('"').removesuffix("'"))
    if match is None or _is_no_name([match[0]]):
        return after + len(before), ""
    name = match[0]
    if "arn:" not in name:
        name = name.strip("<>.,:*")
    return after + match.start(), name


def _clean_name(name: str, has_colon: bool) -> str:
    """Return a principal without what surrounds it: quote marks, a link, a line break in an ARN.

    A bare name of more than three words is no name. Behind a label without a colon, such as
    "role", other words can't follow.
    """
    name = name.strip().strip("\"'`[")
    if name.startswith("arn:"):
        arn = _LINE_BREAK.sub("", name).partition("](")[0]
        first, _, second_word = arn.partition(" ")
        if second_word and not has_colon:
            return ""
        if _MORE_OF_NAME.fullmatch(second_word):  # "user/user name" hides a name
            first = arn
        return trim_end(first.strip("\"'`"))[:400]
    if not name.strip(".…"):  # somebody left the name out
        return ""
    words = name.removesuffix("]").split()
    if len(words) > 3 or ":" in " ".join(words[:-1]) or _is_no_name(words[-1:]):
        return ""
    return " ".join(words)[:200]


def _is_no_name(words: list[str]) -> bool:
    """Return whether the word before the verb is no principal: "You", or "Message="."""
    if not words or words[0].endswith("=") or not words[0].strip("-–—|:"):
        return True
    return words[0].lower().strip(".,:") in _NO_NAME


def _read_action(text: str, at: int) -> tuple[str, int]:
    """Return the action at a place, and where it ends. It is "" if the text names none.

    A terminal can break it in the middle. The pieces are joined if that makes an action of AWS's.
    """
    if _GENERIC_WORDS.match(text, at):
        return "", at
    match = _ACTION_PATTERN.match(text, at)
    if match is None:
        return "", at
    action = re.sub(r"\s", "", match["action"])
    continued = _ACTION_END.match(text, match.end())
    if continued and catalog.find_action(action) is None:
        for piece in (continued[1], continued[1].rstrip(":.,")):
            if catalog.find_action(action + piece):
                return action + piece, continued.end()
    if action.lower() == "null":
        return "", match.end()
    return action, match.end()


def _read_resource(text: str, at: int, end: int) -> tuple[str, int]:
    """Return the resource that a sentence names after its action, and where it ends."""
    match = _ON_RESOURCE.match(text, at, end)
    if match is None:
        return "", at
    at = match.end()
    if match["this"] or text.startswith("(", at):
        return "", at
    role = re.compile(r"role\s{1,40}(?=arn:)", re.IGNORECASE).match(text, at, end)
    if role:
        at = role.end()
    mark = text[at : at + 1]
    if mark and mark in "\"'`":
        close = text.find(mark, at + 1, min(end, at + 2000))
        if mark == "`":  # SES closes it with the other mark
            close = close if close > 0 else text.find("'", at + 1, min(end, at + 2000))
        if close > 0:
            return _LINE_BREAK.sub("", text[at + 1 : close]), close + 1
        at += 1
    if text.startswith(("arn:", "aws:"), at):
        return _read_arn(text, at, end)
    placeholder = _WHOLE_PLACEHOLDER.match(text, at, end)
    if placeholder:
        return placeholder[0], placeholder.end()
    stop = _RESOURCE_END.search(text, at, min(end, at + 300))
    close = stop.start() if stop else min(end, at + 300)
    return trim_end(" ".join(text[at:close].split())), close


def _read_object(text: str, at: int, end: int) -> tuple[str, int]:
    """Return the ARN that follows a verb other than "perform": "to assume IAM Role arn:…"."""
    match = _OBJECT_PATTERN.match(text, at, end)
    return _read_arn(text, match.end(), end) if match else ("", at)


_OBJECT_PATTERN = re.compile(
    r"(?:(?:the|this|IAM|role|resource|topic|key|:)\s{0,20}){0,6}[\"'`]?(?=arn:)",
    re.IGNORECASE,
)
_WHOLE_PLACEHOLDER = re.compile(
    r"\*{1,40}|<[^<>\n]{1,80}>|\[[^\[\]\n]{1,80}\]|\{[^{}\n]{1,80}\}"
)
_ARN_PIECE = re.compile(r"[^\s\"'`]{1,1200}")
_ARN_MORE = re.compile(r"\s{0,200}\n\s{0,200}([^\s\"'`]{1,600})")
_AFTER_ARN = re.compile(
    r"(?:because|with|due|status|is|at|on|as|and|or|request|error|http|caused|for|in|"
    r"the|to|please|traceback|if|this|exit|exception|failed|during"
    r"|user:?|info|warn|debug|fatal|arn:.*|raise|file|could|api|aws|an|make|you|see|"
    r"it)[:.,]?$|[(\[{}\])/<>#+*|=~-]{1,3}$|\(|\[|\d{4}[-/]\d\d|\w+Error|\w+Exception|"
    r"[│\u2575\u2577┃@]|--|//",
    re.IGNORECASE,
)


def _read_arn(text: str, at: int, end: int) -> tuple[str, int]:
    """Return the ARN at a place, and where it ends. A line break within it is taken out."""
    match = _ARN_PIECE.match(text, at, end)
    if match is None:
        return "", at
    arn = match[0]
    at = match.end()
    for _ in range(6):
        following = _ARN_MORE.match(text, at, end)
        if following is None or not _is_cut(arn, following[1]):
            break
        arn += following[1]
        at = following.end()
    arn = arn.partition("</")[0]
    return trim_end(arn), at


def _is_cut(arn: str, following: str) -> bool:
    """Return whether a line break is within an ARN, and the following word is its rest."""
    if _AFTER_ARN.match(following):
        return False
    if arn.count(":") < 5:
        return True
    if arn.endswith((".", ",", ";", ")", '"')):
        return False
    return (
        arn[-1] in "-/:_"
        or "/" in following
        or (arn[-1].isalnum() and bool(re.match(r"[a-z0-9_-]+[/:*-]", following)))
    )
