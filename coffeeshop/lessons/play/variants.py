"""Define the variants of a scenario, and those that belong to one learner."""

from __future__ import annotations

LAST_VARIANT = 999_999_999  # the highest seed of names. 0 stands for the names as written
EVERY = range(LAST_VARIANT + 1)
BLOCK = 1000  # variants of one learner of a class. After a revealed solution they begin again in the next one


def variant_block(first: int) -> range:
    """Return the variants of the learner whose first variant is `first`."""
    return range(first, min(first + BLOCK, LAST_VARIANT + 1))


def first_kept(text: str) -> int | None:
    """Return the first of a learner's own variants from the text in their save. None where the text is no variant."""
    if text.isascii() and text.isdecimal() and int(text) <= LAST_VARIANT:
        return int(text)
    return None
