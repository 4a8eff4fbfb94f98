"""Rename a scenario's people and things: a seed draws a new name of the same kind for each name in `[variant].rename`.

The renaming changes text before it is parsed: story, scripts, policies, checks and the shop's script. So only
the loader knows of variants. A name is a whole word, hyphens included. A longer word that begins with it
stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, ScenarioForm
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Level, Place, Problem

Renaming: TypeAlias = Callable[[str], str]

WORD_PATTERN = re.compile(r"[\w-]+")

Pools: TypeAlias = Mapping[str, tuple[str, ...]]  # the names to draw from, by kind


def seed_of(text: str) -> int | None:
    """Return the seed that a user typed. Return None if it isn't a whole number above 0 from 0 to LAST_VARIANT."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    return None


def draw_renaming(
    rename: Mapping[str, str], pools: Pools, seed: int, texts: Iterable[str]
) -> Renaming:
    """Return a function that puts the new names for a seed into a text. Seed 0 changes nothing.

    `rename` has the pool of each name. No new name is drawn twice, or occurs as a word in `texts`.
    `find_rename_problems` must have found none.
    """
    new = dict(_draw_new_names(rename, pools, seed, texts)) if seed else {}
    return word_replacer(
        new
        | {
            name.capitalize(): new_name.capitalize()
            for name, new_name in new.items()
            if name.islower()
        }
    )


def word_replacer(table: Mapping[str, str]) -> Renaming:
    """Return a function that replaces the words of a text by those in the table."""
    return lambda text: (
        WORD_PATTERN.sub(lambda word: table.get(word[0], word[0]), text) if table else text
    )


def _draw_new_names(
    rename: Mapping[str, str], pools: Pools, seed: int, texts: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield each name and its new name for a seed."""
    from hashlib import sha256  # most plays don't rename

    taken = {word.lower() for word in _words(texts)}
    for pool in dict.fromkeys(rename.values()):
        free = [name for name in pools[pool] if name.lower() not in taken]
        # Within one turn each seed rotates the names by another step.
        turn, first = divmod(seed, len(free))
        free.sort(key=lambda name: sha256(f"{turn} {name}".encode()).digest())
        yield from zip(
            [name for name in rename if rename[name] == pool],
            free[first:] + free[:first],
            strict=False,
        )


def _words(texts: Iterable[str]) -> Counter[str]:
    """Return how often each word occurs in these texts."""
    return Counter(word for text in texts for word in WORD_PATTERN.findall(text))


T = TypeVar("T")


def rename_all(value: T, new: Renaming) -> T:
    """Return a form, or any part of it, with new names in its texts and in the keys of its free tables."""
    return cast("T", _rename_value(value, new))


def _rename_value(value: Any, new: Renaming) -> Any:
    """Return a value with new names in all its texts."""
    match value:
        case str():
            return new(value)
        case tuple():
            return tuple(
                _rename_value(item, new) for item in cast("tuple[Any, ...]", value)
            )
        case list():
            return [_rename_value(item, new) for item in cast("list[Any]", value)]
        case dict():
            return {
                new(key): _rename_value(item, new)
                for key, item in cast("dict[str, Any]", value).items()
            }
        case msgspec.Struct():
            fields = {
                name: _rename_value(getattr(value, name), new)
                for name in value.__struct_fields__
            }
            return msgspec.structs.replace(value, **fields)
        case _:
            return value


def renamed_form(form: ScenarioForm, new: Renaming) -> ScenarioForm:
    """Return the scenario's form with new names. The ids of scenarios stay."""
    return msgspec.structs.replace(
        rename_all(form, new), id=form.id, after=form.after, variant=form.variant
    )


# -------------------------------------------------------------------- problems
def find_rename_problems(
    rename: Mapping[str, str], pools: Pools, seed: int, texts: Iterable[str]
) -> Iterator[Problem]:
    """Yield a problem for each reason why `rename` can't be drawn.

    It can be empty, have an unknown or too small pool, or have a name that occurs in no text.
    """
    if seed and not rename:
        message = f"there is no variant {seed}, since the scenario has no names to replace"
        yield _problem(
            "no-variant",
            message,
            "leave --variant out, or list names under rename in [variant]",
        )
    words = _words(texts)
    taken = {word.lower() for word in words}
    for name, pool in rename.items():
        uses = words[name] + (words[name.capitalize()] if name.islower() else 0)
        if not WORD_PATTERN.fullmatch(name) or uses < 2:  # once is in `rename` itself
            other_names = sorted(taken - rename.keys())
            mend = suggest_name(name, other_names, "write the whole word, with its hyphens")
            yield _problem(
                "no-such-name", f"no text of the scenario has the word `{name}`", mend
            )
        if pool not in pools:
            mend = suggest_name(pool, pools, f"choose one of: {', '.join(pools)}")
            yield _problem("unknown-pool", f"there is no pool `{pool}` for `{name}`", mend)
    for pool in pools.keys() & rename.values():
        wanted_count = sum(of == pool for of in rename.values())
        free = sum(name.lower() not in taken for name in pools[pool])
        if wanted_count > free:
            message = f"{wanted_count} names need a new one from the pool {pool}, and it has only {free} that the scenario doesn't use"
            yield _problem(
                "small-pool", message, "rename fewer names, or choose another pool"
            )


def _problem(code: str, text: str, mend: str) -> Problem:
    return Problem(Level.ERROR, code, Place(f"{SCENARIO_FILE}, variant.rename"), text, mend)
