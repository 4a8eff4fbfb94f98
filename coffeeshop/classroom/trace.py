"""What is one's own in a play: its calls, and what was chosen in them beyond what the scenario forces everybody to do.

Forced are the calls that solve it and the words that its texts use. Chosen are names that no text has, Sids, how a document
is laid out, calls that were refused, waits. All of it is told in the names of variant 0, so that variants compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from msgspec import Struct

from coffeeshop.account.errors import is_refusal
from coffeeshop.account.model import Outcome, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.lessons.model import MINUTE, Play, Scenario
from coffeeshop.lessons.play.spoilers import telling
from coffeeshop.lessons.scenario.variant import WORD, Renaming, by_words

CHOSEN = re.compile(
    r"(?:Name|Path|Description|Password|Key|Value|Sid)$"
)  # members whose texts are one's own
LONGEST = 60  # characters of a choice


class Trace(Struct, frozen=True):
    """Holds a digest of each call of a play, in order, and what was chosen in them, each once."""

    calls: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


NO_TRACE = Trace()


def trace(play: Play, written: Scenario) -> Trace:
    """Returns the trace of a play; `written` is its scenario in the names of variant 0."""
    back = by_words(written_names(play.scenario, written))
    forced = _forced_words(written)
    calls = list[str]()
    choices = dict[str, None]()
    before = play.scenario.now - MINUTE
    for outcome in play.outcomes:
        call = outcome.act.call
        calls.append(
            _digest(back(f"{call.service}:{call.operation} {_plain(call.parameters)}"))
        )
        choices |= dict.fromkeys(
            choice for choice in _choices(call.parameters, back, forced)
        )
        choices |= dict.fromkeys(_manner(outcome, before))
        before = outcome.act.at
    return Trace(tuple(calls), tuple(choices))


@lru_cache(maxsize=16)
def written_names(played: Scenario, written: Scenario) -> Mapping[str, str]:
    """Tells how the names of a variant are written in variant 0: a renaming changes word by word."""
    table: dict[str, str] = {}
    if played.variant:
        for new, old in zip(played.files.values(), written.files.values(), strict=True):
            pairs = zip(
                WORD.findall(new.decode("utf-8", "replace")),
                WORD.findall(old.decode("utf-8", "replace")),
                strict=False,
            )
            table |= {
                old_word: new_word for old_word, new_word in pairs if old_word != new_word
            }
    return table


class Forced(Struct, frozen=True):
    """The words of all that a learner is given to read, in small letters and with their parts, and how the documents
    among it are laid out.
    """

    words: frozenset[str]
    layouts: frozenset[str]


@lru_cache(maxsize=16)
def _forced_words(scenario: Scenario) -> Forced:
    kept_names = telling(scenario) | {wrong.script for wrong in scenario.wrongs}
    texts_given = [scenario.text(name) for name in scenario.files if name not in kept_names]
    words = {word for text in texts_given for word in WORD.findall(text.lower())}
    parts = (part for word in words for part in (word, *word.split("-")))
    return Forced(frozenset(parts), frozenset(map(_layout, texts_given)))


def _is_forced(text: str, forced: Forced) -> bool:
    return forced.words.issuperset(WORD.findall(text.lower()))


def _layout(document: str) -> str:
    """Returns what tells how a document is laid out, whatever its texts say."""
    return _digest(TEXT.sub('""', document).strip())[:4]


def _plain(value: Json) -> str:
    return json.dumps(value, default=str, sort_keys=True)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def _choices(
    parameters: Mapping[str, Json], back: Renaming, forced: Forced
) -> Iterator[str]:
    """Yields the texts of a call that no text of the scenario has, and how its documents are laid out."""
    for key, text in _texts(parameters):
        text_back = back(text)
        if text_back.lstrip()[:1] == "{":
            if (layout := _layout(text_back)) not in forced.layouts:
                yield f"the layout of {key} ({layout})"
            yield from (
                f"Sid {sid[:LONGEST]}"
                for sid in SID.findall(text_back)
                if not forced.words.issuperset(WORD.findall(sid))
            )
        elif CHOSEN.search(key) and not _is_forced(text_back, forced):
            yield f"{key} {text_back[:LONGEST]}"


def _texts(value: Json, key: str = "") -> Iterator[tuple[str, str]]:
    """Yields every text of a call's parameters, with the name of its member."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, name)
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part, key)


TEXT = re.compile(r'"[^"]*"')
SID = re.compile(r'"Sid"\s*:\s*"([^"]*)"')


def _manner(outcome: Outcome, before: datetime) -> Iterator[str]:
    """Yields what was peculiar in how a call was made: it was refused or failed, or somebody waited before it."""
    call = outcome.act.call
    answer = outcome.answer
    if isinstance(answer, ServiceError):
        yield f"a {'refused' if is_refusal(answer) else 'failed'} {call.operation} ({answer.code})"
    gap = outcome.act.at - before
    if gap not in (MINUTE, MINUTE * 0):
        yield f"a wait of {gap} before {call.operation}"
