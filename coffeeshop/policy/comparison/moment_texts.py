"""Spell moments as AWS writes them, for conditions that compare a key of time as text.

AWS writes aws:CurrentTime and aws:TokenIssueTime like 2026-03-02T08:00:00Z, and aws:EpochTime in seconds. All
moments have texts of one length, whose order is that of the moments. So one walk, digit by digit, meets every
set of patterns before, at and after every moment that other conditions compare with.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import isleap
from collections.abc import Collection, Hashable, Iterator
from typing import Final

from coffeeshop.policy.comparison.automata import Automaton
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.language.literal_predicates import Text

# 0 stands for a digit.
ISO_FORMAT: Final = "0000-00-00T00:00:00Z"
EPOCH_FORMAT: Final = "0" * 10
STEPS_PER_LETTER: Final = 5
_DIGITS = "0123456789"
_AFTER_DIGITS = "~"  # sorts after every letter of a moment


def moment_texts(
    patterns: Collection[Text], moments: Collection[str], format: str, steps: Steps
) -> Iterator[str]:
    """Yield one moment, as text in this format, for each class of moments that the patterns and bounds make.

    Two moments are in one class if they match the same `patterns` and are before, at or after the same
    `moments`. The earliest of a class is yielded. `moments` are in the same format, so they are compared
    as texts. Each letter that is tried takes steps.
    """
    automaton = Automaton(tuple(patterns), steps)
    unmentioned, *mentioned = automaton.letters
    bounds = sorted(set(moments))
    # What the texts so far have in common, and the first of them.
    first_texts: dict[Hashable, tuple[int, int, int, str]] = {
        (): (automaton.start, 0, len(bounds), "")
    }
    for symbol in format:
        longer: dict[Hashable, tuple[int, int, int, str]] = {}
        for state, low, high, text in first_texts.values():
            for letter in _DIGITS if symbol == "0" else symbol:
                steps.take(STEPS_PER_LETTER)
                longer_text = text + letter
                if format is ISO_FORMAT and not _begins_moment(longer_text):
                    continue
                known_letter = letter if letter in mentioned else unmentioned
                after = automaton.next_state(state, known_letter)
                first = bisect_left(bounds, longer_text, low, high)
                last = bisect_right(bounds, longer_text + _AFTER_DIGITS, low, high)
                key = after, first, last, _calendar_facts(longer_text, format)
                longer.setdefault(key, (after, first, last, longer_text))
        first_texts = longer
    yield from (text for _, _, _, text in first_texts.values())


def _begins_moment(text: str) -> bool:
    """Tell whether a moment from the year 1000 on can begin with this text."""
    match len(text):
        case 1:
            return text != "0"
        case 7:
            return "01" <= text[5:] <= "12"
        case 10:
            return 1 <= int(text[8:]) <= _days_of_month(text)
        case 13:
            return text[11:] < "24"
        case 15 | 18:
            return text[-1] < "6"
        case _:
            return True


def _days_of_month(text: str) -> int:
    """Return how many days the month has with which the text begins."""
    month = int(text[5:7])
    if month == 2:
        return 29 if isleap(int(text[:4])) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _calendar_facts(text: str, format: str) -> Hashable:
    """Return what of the text so far decides which days may follow."""
    if format is not ISO_FORMAT:
        return None
    match len(text):
        case 1:
            return int(text) % 2
        case 2:
            return int(text) % 4
        case 3:
            return int(text[:2]) % 4, text[2] == "0", int(text[2]) % 2
        case 4 | 5 | 6:
            return isleap(int(text[:4])), text[4:]
        case 7 | 8 | 9:
            return _days_of_month(text), text[8:]
        case _:
            return None
