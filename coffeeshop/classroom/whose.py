"""Find the owner of a hand-in from its name or its folder, as learners and systems write them."""

from __future__ import annotations

import re
import sys
from bisect import bisect
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from coffeeshop.classroom.collect import FILE_NAME_PATTERNS, HAND_IN_NAME
from coffeeshop.classroom.headings import letters_and_digits
from coffeeshop.classroom.roster import Learner

WORD_SEPARATOR = re.compile(r"[\s_,;()+-]+")
CHARACTER_AFTER_ALL = chr(sys.maxunicode)
MIN_NAME_LENGTH = 3  # letters of a name: 05 is a scenario
EXTENSION_PATTERN = re.compile(r"\.[A-Za-z0-9]{1,6}$")


class Owners:
    """Finds learners of a class by their names, accounts and variants."""

    def __init__(self, learners: Iterable[Learner]) -> None:
        """Index the learners by name, account, LMS id and block of variants."""
        self._keys_by_name: dict[str, set[str]] = {}  # of the learners, by plain name
        self._key_by_lms_id: dict[str, str] = {}
        self._learners: dict[str, Learner] = {}
        # The first variant of each block, and its owner.
        self._owners_by_first_variant: list[tuple[int, str]] = []
        for learner in learners:
            self._learners[learner.key] = learner
            if learner.first_variant is not None:
                self._owners_by_first_variant.append((learner.first_variant, learner.key))
            if lms := learner.entries.get("lms"):
                self._key_by_lms_id[lms] = learner.key
            for word in _names_and_accounts(learner):
                self._keys_by_name.setdefault(word, set()).add(learner.key)
        self._owners_by_first_variant.sort()

    def owners_of_file(self, name: str) -> tuple[Learner, ...]:
        """Return the possible owners of a file: none, one, or several if its name is ambiguous."""
        for clue in _owner_clues(name):
            if names := self._keys_for(clue):
                return tuple(self._learners[key] for key in sorted(names))
        return ()

    def learners_with_account(self, account: str) -> tuple[Learner, ...]:
        """Return the learners with this id, login or email. The part of an email before @ matches as well."""
        word = letters_and_digits(account)
        learners = (
            learner
            for learner in self._learners.values()
            if word in map(letters_and_digits, filter(None, _accounts(learner)))
        )
        return tuple(learners) if word else ()

    def learners_called(self, name: str) -> tuple[Learner, ...]:
        """Return the learners whose whole id, email or name this is, or else those with this first name."""
        word = letters_and_digits(name)
        keys = self._keys_by_name.get(word) or {
            learner.key
            for learner in self._learners.values()
            if letters_and_digits(learner.first_name) == word
        }
        if word:
            return tuple(self._learners[key] for key in sorted(keys))
        return ()

    def possible_owners(self, name: str, variant: int | None) -> tuple[Learner, ...]:
        """Return the possible owners of a file.

        If its name is ambiguous, the variant decides, since each learner has their own.
        """
        named = self.owners_of_file(name)
        if len(named) == 1:
            return named
        return self.narrow_by_variant(named, variant)

    def narrow_by_variant(
        self, possible_owners: tuple[Learner, ...], variant: int | None
    ) -> tuple[Learner, ...]:
        """Return only the owner of this variant, if they may own the file.

        Otherwise return the possible owners as they are.

        If the name of the file says nothing (no possible owners), the variant alone
        decides.
        """
        by_variant = self.owner_of_variant(variant)
        if by_variant and by_variant in (possible_owners or (by_variant,)):
            return (by_variant,)
        return possible_owners

    def owner_of_variant(self, variant: int | None) -> Learner | None:
        """Return the learner to whom a variant was given, or None.

        Each learner has a block of variants. Only the last block that begins at the variant or
        before it can contain it.
        """
        if variant is None:
            return None
        # The pair sorts behind every block that begins at this variant, whoever owns it.
        next_block = bisect(self._owners_by_first_variant, (variant, CHARACTER_AFTER_ALL))
        if next_block == 0:
            return None
        _, owner_key = self._owners_by_first_variant[next_block - 1]
        learner = self._learners[owner_key]
        return learner if learner.plays(variant) else None

    def _keys_for(self, clue: str | re.Match[str]) -> set[str]:
        """Return the keys of the learners whom a clue about a file's owner matches.

        The clue is a name, or a match of the file name that a learning management system
        (LMS) gives. Such a match may contain the learner's id in the LMS, which is unique.
        Otherwise its name is looked up.
        """
        if isinstance(clue, str):
            return self._keys_by_name.get(letters_and_digits(clue), set())
        lms_id = clue.groupdict().get("lms", "")
        if lms_id in self._key_by_lms_id:
            return {self._key_by_lms_id[lms_id]}
        return self._keys_by_name.get(letters_and_digits(clue["name"]), set())


def _names_and_accounts(learner: Learner) -> Iterator[str]:
    """Yield each name and account of a learner, reduced to letters and digits."""
    entries = learner.entries
    first = entries.get("first", "")
    last = entries.get("last", "")
    if not (first and last):
        *given_names, family = learner.name.split()[-8:] or [""]
        first = " ".join(given_names)
        last = family
    names = (learner.name, entries.get("name", ""), learner.pseudonym)
    names = (*names, f"{first}{last}", f"{last}{first}")
    for word in (learner.key, *_accounts(learner), *names):
        if letters := letters_and_digits(word or ""):
            yield letters


def _accounts(learner: Learner) -> tuple[str, ...]:
    """Return a learner's id, login, email, and the email's part before @. Missing ones are ""."""
    entries, email = learner.entries, learner.entries.get("email", "")
    return (entries.get("id", ""), entries.get("login", ""), email, email.partition("@")[0])


def _owner_clues(name: str) -> Iterator[str | re.Match[str]]:
    """Yield the parts of a path that can name its owner, the most reliable first. URL escapes are decoded."""
    *folders, last = map(unquote, name.replace("\\", "/").split("/"))
    stem = HAND_IN_NAME.split(last)[0]
    stem = EXTENSION_PATTERN.sub("", stem) if stem == last else stem
    yield stem
    places = (last, *reversed(folders))
    for place in places:
        yield from filter(None, (system.match(place) for system in FILE_NAME_PATTERNS))
    yield from reversed(folders)
    for place in (stem, *reversed(folders)):
        yield from _word_runs(place)


def _word_runs(text: str) -> Iterator[str]:
    """Yield runs of adjacent words of a name, the longest first: one of them may be a
    learner's name.

    Runs that are too short to tell are left out.
    """
    words = WORD_SEPARATOR.split(text)[:12]
    for length in range(len(words) - 1, 0, -1):
        runs = (
            "".join(words[index : index + length])
            for index in range(len(words) - length + 1)
        )
        yield from (run for run in runs if len(run) >= MIN_NAME_LENGTH)


COPY_NUMBER_PATTERN = re.compile(
    r"(?<!\s)\s*\(\d+\)$"
)  # added to the second file of the same name


CANVAS_LATE_MARK = re.compile(r"(?<=[^_/\\])_LATE_\d+_\d+_[^/\\]*$")  # as Canvas marks it


def is_marked_late(name: str) -> bool:
    """Return whether the file name has Canvas's mark for a late hand-in."""
    return CANVAS_LATE_MARK.search(name) is not None


def sender_key(name: str) -> str:
    """Return a text that identifies the sender of a file without a roster: its folder, and the start of its name."""
    folder, _, last = name.replace("\\", "/").rpartition("/")
    system = next(filter(None, (system.match(last) for system in FILE_NAME_PATTERNS)), None)
    if system:
        stem = system["name"]
    else:
        stem = COPY_NUMBER_PATTERN.sub(
            "", EXTENSION_PATTERN.sub("", HAND_IN_NAME.split(last)[0])
        )
    return f"{folder}/{stem}"
