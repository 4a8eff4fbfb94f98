"""Other names for the same lesson: a seed draws, for each name of `[variant].rename`, another of the same kind.

The renaming is made on text, before anything of it is read: story, scripts, policies, checks and the shop's own lines
alike. So nothing behind the loader knows of variants. A name is a whole word, hyphens included; what merely begins
with it stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from coffeeshop.lessons.scenario.schema import FILE, ScenarioForm
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Level, Place, Problem

Renaming: TypeAlias = Callable[[str], str]

WORD = re.compile(r"[\w-]+")

Pools: TypeAlias = Mapping[
    str, tuple[str, ...]
]  # what another variant may call things, by kind


def seed_of(text: str) -> int | None:
    """Returns the seed that somebody typed; None if it is no whole number from 0 to LAST_VARIANT."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    return None


def renaming(
    rename: Mapping[str, str], pools: Pools, seed: int, texts: Iterable[str]
) -> Renaming:
    """Tells how the names of `rename` (name -> pool) are changed in any text by that seed; 0 changes nothing. A new
    name is drawn once, and none that a word of `texts` is in any letter case. `misnamed` has found no problem.
    """
    new = dict(_draw(rename, pools, seed, texts)) if seed else {}
    return by_words(
        new
        | {
            name.capitalize(): new_name.capitalize()
            for name, new_name in new.items()
            if name.islower()
        }
    )


def by_words(table: Mapping[str, str]) -> Renaming:
    """Returns a renaming that calls each word of a text as the table says; what it does not say stays."""
    return lambda text: (
        WORD.sub(lambda word: table.get(word[0], word[0]), text) if table else text
    )


def _draw(
    rename: Mapping[str, str], pools: Pools, seed: int, texts: Iterable[str]
) -> Iterator[tuple[str, str]]:
    from hashlib import sha256  # most plays are in the names as written

    taken = {word.lower() for word in _words(texts)}
    for pool in dict.fromkeys(rename.values()):
        free = [name for name in pools[pool] if name.lower() not in taken]
        turn, first = divmod(
            seed, len(free)
        )  # within a turn, each seed gives every name another
        free.sort(key=lambda name: sha256(f"{turn} {name}".encode()).digest())
        yield from zip(
            [name for name in rename if rename[name] == pool],
            free[first:] + free[:first],
            strict=False,
        )


def _words(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in WORD.findall(text))


T = TypeVar("T")


def rename_all(value: T, new: Renaming) -> T:
    """Returns a form, or any part of it, with the names of its texts changed; the keys of free tables are texts too."""
    return cast("T", _rename_value(value, new))


def _rename_value(value: Any, new: Renaming) -> Any:
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
    """Returns the scenario's form in other names; what scenarios are called stays."""
    return msgspec.structs.replace(
        rename_all(form, new), id=form.id, after=form.after, variant=form.variant
    )


# -------------------------------------------------------------------- problems
def find_rename_problems(
    rename: Mapping[str, str], pools: Pools, seed: int, texts: Iterable[str]
) -> Iterator[Problem]:
    """Tells what keeps `rename` from being drawn: no names at all, pools that are none or too small, names that no text
    has.
    """
    if seed and not rename:
        message = f"there is no variant {seed}: the scenario names nothing that may be called otherwise"
        yield _problem(
            "no-variant",
            message,
            "leave --variant out, or name something in [variant], rename",
        )
    words = _words(texts)
    taken = {word.lower() for word in words}
    for name, pool in rename.items():
        uses = words[name] + (words[name.capitalize()] if name.islower() else 0)
        if not WORD.fullmatch(name) or uses < 2:  # once is in `rename` itself
            other_names = sorted(taken - rename.keys())
            mend = suggest_name(name, other_names, "name a whole word, hyphens included")
            yield _problem(
                "no-such-name", f"no text of the scenario has the word `{name}`", mend
            )
        if pool not in pools:
            mend = suggest_name(pool, pools, f"there are: {', '.join(pools)}")
            yield _problem("unknown-pool", f"there is no pool `{pool}` for `{name}`", mend)
    for pool in pools.keys() & rename.values():
        wanted_count = sum(of == pool for of in rename.values())
        free = sum(name.lower() not in taken for name in pools[pool])
        if wanted_count > free:
            message = f"{wanted_count} names are to be of the pool {pool}, which has {free} that the scenario does not use"
            yield _problem("small-pool", message, "rename fewer")


def _problem(code: str, text: str, mend: str) -> Problem:
    return Problem(Level.ERROR, code, Place(f"{FILE}, variant.rename"), text, mend)
