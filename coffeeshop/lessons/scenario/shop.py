"""Read the shop in which a scenario plays: the course's, or the one that the scenario's folder brings along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256

from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.shop.model import Shop

SCRIPT = "shop.sh"
FACTS = "shop.toml"


@cache
def shop_script() -> str:
    """Returns the lines from which every world starts."""
    return (course() / SCRIPT).read_text(encoding="utf-8")


def shop_digest() -> str:
    """Returns 16 hexadecimal digits that stand for those lines."""
    return sha256(shop_script().encode()).hexdigest()[:16]


@cache
def course_shop() -> Shop:
    """Returns the facts of the shop of the course, which a test holds to be without problems."""
    return read_shop((course() / FACTS).read_text(encoding="utf-8"))


def shop_of(files: Mapping[str, bytes]) -> Shop:
    """Returns the facts of the shop of a scenario with these files. Raises Problems."""
    own_data = files.get(FACTS)
    if own_data is None:
        return course_shop()
    return read_shop(text_of(own_data))


def read_shop(text: str) -> Shop:
    """Returns the shop that the text of a shop.toml tells of. Raises Problems, all of them."""
    shop = read_toml(text, Shop, FACTS)
    if problems := tuple(_contradictions(shop)):
        raise Problems(*problems)
    return shop


def _contradictions(shop: Shop) -> Iterator[Problem]:
    """Yields what fits the form and cannot be: calls made nowhere, new names that move a thing to another station."""
    last = shop.locations[-1]
    if last.service or last.word:
        mend = "end with a [[location]] that has a station alone"
        yield _problem(
            "location",
            "no location fits every call: what fits none would stand nowhere",
            mend,
        )
    words = [location.word.lower() for location in shop.locations if location.word]
    for pool, names in shop.pools.items():
        for name in names:
            for word in words:
                if word in name.lower():
                    message = (
                        f"the name `{name}` holds `{word}`, by which a call is located"
                    )
                    yield _problem(f"pools.{pool}", message, "take another name")
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield _problem(
                f"pools.{pool}", f"the name `{name}` stands there twice", "name it once"
            )


def _problem(key: str, message: str, mend: str) -> Problem:
    return Problem(Level.ERROR, "bad-shop", Place(f"{FACTS}, {key}"), message, mend)
