"""Read the shop of a scenario: the course's, or the one in the scenario's folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256

from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.shop.model import Shop

SHOP_SCRIPT = "shop.sh"
SHOP_FILE = "shop.toml"


@cache
def shop_script() -> str:
    """Return the script from which every world starts."""
    return (course() / SHOP_SCRIPT).read_text(encoding="utf-8")


def shop_digest() -> str:
    """Return a hash of the shop's script: 16 hexadecimal digits."""
    return sha256(shop_script().encode()).hexdigest()[:16]


@cache
def course_shop() -> Shop:
    """Return the facts of the course's shop. A test ensures that they can be read."""
    return read_shop((course() / SHOP_FILE).read_text(encoding="utf-8"))


def shop_of(files: Mapping[str, bytes]) -> Shop:
    """Return the facts of the shop of a scenario with these files. Raise Problems."""
    own_data = files.get(SHOP_FILE)
    if own_data is None:
        return course_shop()
    return read_shop(text_of(own_data))


def read_shop(text: str) -> Shop:
    """Return the shop in the text of a shop.toml. Raise Problems, all at once."""
    shop = read_toml(text, Shop, SHOP_FILE)
    if problems := tuple(_contradictions(shop)):
        raise Problems(*problems)
    return shop


def _contradictions(shop: Shop) -> Iterator[Problem]:
    """Yield a problem for calls without a location, and for new names that would move a thing to another location."""
    last = shop.locations[-1]
    if last.service or last.word:
        mend = "end with a [[location]] that has only a station"
        yield _problem(
            "location",
            "the last [[location]] doesn't fit every call, so some calls would have no place on the picture",
            mend,
        )
    words = [location.word.lower() for location in shop.locations if location.word]
    for pool, names in shop.pools.items():
        for name in names:
            for word in words:
                if word in name.lower():
                    message = f"the name `{name}` contains `{word}`, and a [[location]] finds its calls by that word"
                    yield _problem(f"pools.{pool}", message, "choose another name")
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield _problem(
                f"pools.{pool}",
                f"the name `{name}` is in this pool twice",
                "delete one of them",
            )


def _problem(key: str, message: str, mend: str) -> Problem:
    return Problem(Level.ERROR, "bad-shop", Place(f"{SHOP_FILE}, {key}"), message, mend)
