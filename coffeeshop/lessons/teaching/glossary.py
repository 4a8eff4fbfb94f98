"""Read the glossary: every term that screens, lessons and briefs use, in a sentence and an example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property

from msgspec import Struct

from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.schema import Text
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.model import Level, Place, Problem, Problems, Values

FILE = "glossary.toml"


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """One term: `says` is a sentence, `example` shows it in the shop; `also` are other words for it, as texts use them.
    `page` is AWS's; words of the game's own have none."""

    name: Text
    says: Text
    example: Text
    also: Values = ()
    page: str = ""


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    term: tuple[Term, ...]


class Glossary(Struct, frozen=True, dict=True):
    """The terms by name, and where texts use them."""

    terms: tuple[Term, ...]

    def find(self, word: str) -> Term | None:
        """Returns the term that a word stands for: its name, another word for it, either in the plural."""
        return self._words.get(_plain(word))

    def among(self, text: str) -> tuple[Term, ...]:
        """Returns the terms that a text uses, each once, in the order in which it does."""
        terms = (self.find(word[0]) for word in self._pattern.finditer(text))
        return tuple(dict.fromkeys(term for term in terms if term is not None))

    @cached_property
    def _words(self) -> dict[str, Term]:
        return {
            form: term
            for term in self.terms
            for word in (term.name, *term.also)
            for form in _forms(word)
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Any of the words, the longest first: `trust policy` is not a mere `policy`."""
        words = sorted(self._words, key=len, reverse=True)
        any_word = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
        return re.compile(rf"(?<![\w:/-])(?:{any_word})(?![\w/-]|:\w)", re.IGNORECASE)


def _plain(word: str) -> str:
    return " ".join(word.lower().split())


def _forms(word: str) -> tuple[str, ...]:
    """ "policy" and "policies", "key" and "keys"."""
    plain = _plain(word)
    if re.search("[^aeiou]y$", plain):
        many = f"{plain[:-1]}ies"
    else:
        many = f"{plain}s"
    return plain, many


def read_glossary(text: str) -> Glossary:
    """Returns the glossary that the text of a glossary.toml holds. Raises Problems, all of them."""
    terms = read_toml(text, _Form, FILE).term
    if problems := tuple(_twice(terms)):
        raise Problems(*problems)
    return Glossary(terms)


def _twice(terms: tuple[Term, ...]) -> Iterator[Problem]:
    """Yields the words that two terms claim."""
    claimed: dict[str, Term] = {}
    for term in terms:
        for word in (form for name in (term.name, *term.also) for form in _forms(name)):
            if (first := claimed.setdefault(word, term)) is not term:
                message = f"`{word}` stands for {first.name} and for {term.name}"
                yield Problem(
                    Level.ERROR,
                    "bad-glossary",
                    Place(f"{FILE}, {term.name}"),
                    message,
                    "let one have it",
                )


@cache
def glossary() -> Glossary:
    """Returns the glossary of the course, which a test holds to be without problems."""
    return read_glossary((course() / FILE).read_text(encoding="utf-8"))
