"""Names that the grade makes up for principals and things that may exist later, and their explanations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from coffeeshop.lessons.grading.canaries import (
    SEARCHED,
    STANDS_FOR,
    draw_canaries,
    made_up_note,
    searched_names,
)
from coffeeshop.lessons.model import Play
from coffeeshop.views.rows import Row


def made_up_names(play: Play) -> Mapping[str, str]:
    """Return the explanation of each made-up name of a play, by name."""
    names = draw_canaries(play)
    return {names[kind]: message for kind, message in STANDS_FOR.items()}


def explained_person(name: str, names: Mapping[str, str]) -> str:
    """Return a person's name for a sentence, with the explanation of a made-up name."""
    if name in names:
        return f"{names[name]}, here called {name},"
    return name


def explain_name(text: str, names: Mapping[str, str]) -> str:
    """Return a thing's name with the explanation of each made-up name in it."""
    found_names = [
        f"{message}, here called {name}" for name, message in names.items() if name in text
    ]
    if found_names:
        return f"{text} ({'; '.join(found_names)})"
    return text


def with_made_up_names(play: Play, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows, then an explanation of each made-up name in them."""
    shown_rows = list(rows)
    yield from shown_rows
    yield from made_up_notes(play, shown_rows)


def made_up_notes(play: Play, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield an explanation of each made-up name in some rows."""
    message = "\n".join(f"{row.word} {row.text}" for row in rows)
    for name, stands_for in made_up_names(play).items():
        if name in message:
            yield Row(made_up_note(name, stands_for), role="muted", indent=1)
    for name in searched_names(message):
        yield Row(made_up_note(name, SEARCHED), role="muted", indent=1)
