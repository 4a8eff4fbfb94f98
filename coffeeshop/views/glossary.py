"""The glossary as rows: first the words of the text on the screen, then all others, or a single word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from coffeeshop.lessons.teaching.glossary import Glossary, Term, glossary, glossary_of
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.problem import Problems
from coffeeshop.views.rows import Row

NO_FILES: Mapping[str, bytes] = MappingProxyType({})


def known_glossary_of(files: Mapping[str, bytes]) -> Glossary:
    """Return the glossary of a scenario. If its own can't be read, return the course's: `author check` says why."""
    try:
        return glossary_of(files)
    except Problems:
        return glossary()


def words(
    seen: str = "", files: Mapping[str, bytes] = NO_FILES
) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Return the terms that a text uses, in its order, and all other terms, sorted by name.

    `files` are those of the open scenario, which can have a glossary of its own.
    """
    known_glossary = known_glossary_of(files)
    own_terms = known_glossary.among(seen)
    other_terms = sorted(
        (term for term in known_glossary.terms if term not in own_terms),
        key=lambda term: term.name.lstrip(":").lower(),
    )
    return own_terms, tuple(other_terms)


def term_rows(term: Term) -> Iterator[Row]:
    """Yield rows for a term's meaning, example, synonyms and AWS page."""
    yield Row(term.says, word=term.name)
    yield Row(f"For example: {term.example}", role="muted", indent=1)
    if term.also:
        yield Row(f"Also: {', '.join(term.also)}", role="muted", indent=1)
    if term.page:
        yield Row(term.page, role="muted", indent=1)


def found_rows(word: str, files: Mapping[str, bytes] = NO_FILES) -> Iterator[Row]:
    """Yield the rows of a word's term, of the terms that begin with the word, or a suggestion."""
    known_glossary = known_glossary_of(files)
    if (term := known_glossary.find(word)) is not None:
        yield from term_rows(term)
        return
    begun = [term for term in known_glossary.terms if _begins(term, word.lower())]
    for term in begun:
        yield from term_rows(term)
    if not begun:
        near = nearest_name(
            word,
            [name for term in known_glossary.terms for name in (term.name, *term.also)],
        )
        if near:
            suggestion = f"; did you mean `{near}`?"
        else:
            suggestion = ". `words` lists them all."
        yield Row(f"The glossary has no word `{word[:40]}`{suggestion}")


def _begins(term: Term, word: str) -> bool:
    """Return whether a term, or a synonym of it, begins with the word."""
    return any(name.lower().startswith(word) for name in (term.name, *term.also))
