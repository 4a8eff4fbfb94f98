"""Extract a learner's own choices from a play: its calls, and any detail that the scenario doesn't force.

The calls of the solution and the words of the scenario's texts are forced. Other names, Sids, layouts of documents, refused
calls and waits are choices. All are written with the names of variant 0, so that variants can be compared.
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
from coffeeshop.lessons.model import ONE_MINUTE, Play, Scenario
from coffeeshop.lessons.play.spoilers import spoiler_files
from coffeeshop.lessons.scenario.variant import WORD_PATTERN, Renaming, word_replacer

# Members whose texts a learner chooses.
CHOSEN_MEMBERS = re.compile(r"(?:Name|Path|Description|Password|Key|Value|Sid)$")
MAX_CHOICE_LENGTH = 60  # characters of a choice


class Trace(Struct, frozen=True):
    """The digests of a play's calls, in order, and its choices, each once."""

    calls: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


NO_TRACE = Trace()


def trace_of_play(play: Play, original_scenario: Scenario) -> Trace:
    """Return the trace of a play: a digest of each call, and the choices that the learner
    was free to make.

    Learners play variants with different names. Traces have the names of
    `original_scenario`, so that they can be compared.
    """
    undo_renaming = word_replacer(original_names(play.scenario, original_scenario))
    given_texts = _scenario_texts(original_scenario)
    calls = list[str]()
    choices = dict[str, None]()
    previous_time = play.scenario.now - ONE_MINUTE
    for outcome in play.outcomes:
        call = outcome.act.call
        calls.append(
            _digest(
                undo_renaming(
                    f"{call.service}:{call.operation} {canonical_json(call.parameters)}"
                )
            )
        )
        choices |= dict.fromkeys(
            choice for choice in _chosen_texts(call.parameters, undo_renaming, given_texts)
        )
        choices |= dict.fromkeys(_circumstances(outcome, previous_time))
        previous_time = outcome.act.at
    return Trace(tuple(calls), tuple(choices))


@lru_cache(maxsize=16)
def original_names(played: Scenario, written: Scenario) -> Mapping[str, str]:
    """Return the original name (of variant 0, `written`) for each other name in the played variant.

    A variant's files differ from the original ones only in single words. So the words are
    compared in order.
    """
    original_by_played: dict[str, str] = {}
    if played.variant:
        for new, old in zip(played.files.values(), written.files.values(), strict=True):
            pairs = zip(
                WORD_PATTERN.findall(new.decode("utf-8", "replace")),
                WORD_PATTERN.findall(old.decode("utf-8", "replace")),
                strict=False,
            )
            original_by_played |= {
                played_word: original_word
                for played_word, original_word in pairs
                if played_word != original_word
            }
    return original_by_played


class ScenarioTexts(Struct, frozen=True):
    """The words and document layouts of all texts that a scenario gives to its learners.

    `words` are in lowercase, with the parts of hyphenated words.
    """

    words: frozenset[str]
    layouts: frozenset[str]


@lru_cache(maxsize=16)
def _scenario_texts(scenario: Scenario) -> ScenarioTexts:
    """Return the words and layouts of a scenario's texts, without its solutions."""
    hidden_files = spoiler_files(scenario) | {wrong.script for wrong in scenario.wrongs}
    texts_given = [
        scenario.text(name) for name in scenario.files if name not in hidden_files
    ]
    words = {word for text in texts_given for word in WORD_PATTERN.findall(text.lower())}
    parts = (part for word in words for part in (word, *word.split("-")))
    return ScenarioTexts(frozenset(parts), frozenset(map(_layout_digest, texts_given)))


def _is_in_texts(text: str, scenario_texts: ScenarioTexts) -> bool:
    """Return whether every word of a text is in the scenario's texts, so that a learner may
    have got it from there.
    """
    return scenario_texts.words.issuperset(WORD_PATTERN.findall(text.lower()))


def _layout_digest(document: str) -> str:
    """Return a short digest of a document's layout. Its strings are ignored."""
    return _digest(QUOTED_TEXT.sub('""', document).strip())[:4]


def canonical_json(value: Json) -> str:
    """Return a value as JSON text, equal for equal values."""
    return json.dumps(value, default=str, sort_keys=True)


def _digest(text: str) -> str:
    """Return a short hash of a text: a trace is stored without the learner's texts."""
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def _chosen_texts(
    parameters: Mapping[str, Json], undo_renaming: Renaming, scenario_texts: ScenarioTexts
) -> Iterator[str]:
    """Yield what the learner was free to choose in a call: names, Sids, and the layout of
    documents.

    Two learners would rarely choose the same, so equal choices suggest copying. A learner's
    variant has other names than other variants: `undo_renaming` turns them back, so that
    learners can be compared. A name that the scenario itself mentions
    (`scenario_texts`) isn't the learner's choice.
    """
    for key, text in _texts(parameters):
        original_text = undo_renaming(text)
        if original_text.lstrip()[:1] == "{":
            if (layout := _layout_digest(original_text)) not in scenario_texts.layouts:
                yield f"the layout of {key} ({layout})"
            yield from (
                f"Sid {sid[:MAX_CHOICE_LENGTH]}"
                for sid in SID_PATTERN.findall(original_text)
                if not scenario_texts.words.issuperset(WORD_PATTERN.findall(sid))
            )
        elif CHOSEN_MEMBERS.search(key) and not _is_in_texts(original_text, scenario_texts):
            yield f"{key} {original_text[:MAX_CHOICE_LENGTH]}"


def _texts(value: Json, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and text of each string in a call's parameters, however deep.

    An element of a list has the list's name.
    """
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, name)
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part, key)


QUOTED_TEXT = re.compile(r'"[^"]*"')
SID_PATTERN = re.compile(r'"Sid"\s*:\s*"([^"]*)"')


def _circumstances(outcome: Outcome, previous_time: datetime) -> Iterator[str]:
    """Yield what else about a call was the learner's own: that it was refused or failed,
    and an unusual wait before it.
    """
    call = outcome.act.call
    answer = outcome.answer
    if isinstance(answer, ServiceError):
        yield f"a {'refused' if is_refusal(answer) else 'failed'} {call.operation} ({answer.code})"
    gap = outcome.act.at - previous_time
    if gap not in (ONE_MINUTE, ONE_MINUTE * 0):
        yield f"a pause of {gap} before {call.operation}"
