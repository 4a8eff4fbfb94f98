"""Read the glossary: each term of screens, lessons and briefs, with a sentence and an example."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property

from msgspec import Struct

from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.schema import Text
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.model import Level, Place, Problem, Problems, Values

GLOSSARY_FILE = "glossary.toml"


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """A term: `says` explains it in a sentence, and `example` shows it in the shop.

    `also` are other words for it. `page` is AWS's page about it, "" for the game's own words.
    """

    name: Text
    says: Text
    example: Text
    also: Values = ()
    page: str = ""


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    term: tuple[Term, ...]


class Glossary(Struct, frozen=True, dict=True):
    """The terms of the glossary. It finds them by word and in texts."""

    terms: tuple[Term, ...]

    def find(self, word: str) -> Term | None:
        """Return the term of a word: its name or another word for it, singular or plural, or None."""
        return self._words.get(_plain_word(word))

    def among(self, text: str) -> tuple[Term, ...]:
        """Return the terms that a text uses, each once, in the order of the text."""
        terms = (self.find(word[0]) for word in self._pattern.finditer(text))
        return tuple(dict.fromkeys(term for term in terms if term is not None))

    @cached_property
    def _words(self) -> dict[str, Term]:
        """Return each term by its name and other words, singular and plural."""
        return {
            form: term
            for term in self.terms
            for word in (term.name, *term.also)
            for form in _word_forms(word)
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Return a pattern that matches any word, longest first, so that "trust policy" is not found as "policy"."""
        words = sorted(self._words, key=len, reverse=True)
        any_word = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
        return re.compile(rf"(?<![\w:/-])(?:{any_word})(?![\w/-]|:\w)", re.IGNORECASE)


def _plain_word(word: str) -> str:
    return " ".join(word.lower().split())


def _word_forms(word: str) -> tuple[str, ...]:
    """Return a word's singular and plural: "policy" and "policies", "key" and "keys"."""
    plain = _plain_word(word)
    if re.search("[^aeiou]y$", plain):
        many = f"{plain[:-1]}ies"
    else:
        many = f"{plain}s"
    return plain, many


def read_glossary(text: str) -> Glossary:
    """Return the glossary in the text of a glossary.toml. Raise Problems with every fault."""
    terms = read_toml(text, _Form, GLOSSARY_FILE).term
    if problems := tuple(_duplicate_words(terms)):
        raise Problems(*problems)
    return Glossary(terms)


def _duplicate_words(terms: tuple[Term, ...]) -> Iterator[Problem]:
    """Yield a problem for each word that two terms have."""
    claimed: dict[str, Term] = {}
    for term in terms:
        for word in (
            form for name in (term.name, *term.also) for form in _word_forms(name)
        ):
            if (first := claimed.setdefault(word, term)) is not term:
                message = f"`{word}` stands for {first.name} and for {term.name}"
                yield Problem(
                    Level.ERROR,
                    "bad-glossary",
                    Place(f"{GLOSSARY_FILE}, {term.name}"),
                    message,
                    "let one have it",
                )


def glossary_of(files: Mapping[str, bytes]) -> Glossary:
    """Return the glossary for a scenario with these files: the course's, with the terms of its own glossary.toml.

    An own term takes the place of a course's term that has one of its words. Raise Problems.
    """
    own_data = files.get(GLOSSARY_FILE)
    if own_data is None:
        return glossary()
    own_glossary = read_glossary(text_of(own_data))
    return Glossary(
        (
            *own_glossary.terms,
            *(
                term
                for term in glossary().terms
                if not any(own_glossary.find(word) for word in (term.name, *term.also))
            ),
        )
    )


@cache
def glossary() -> Glossary:
    """Return the course's glossary. A test keeps it free of problems."""
    return read_glossary((course() / GLOSSARY_FILE).read_text(encoding="utf-8"))
