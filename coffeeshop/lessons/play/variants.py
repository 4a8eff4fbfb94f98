"""Define the variants of a scenario, and those that belong to one learner.

A *variant* is a number from which the names in a scenario are drawn. In a class, each
learner has a block of variants of their own, so that answers can't be copied.
"""

from __future__ import annotations

LAST_VARIANT = 999_999_999  # the highest seed of names. 0 stands for the names as written
ALL_VARIANTS = range(LAST_VARIANT + 1)
BLOCK_SIZE = 1000  # variants of one learner of a class. After a revealed solution they begin again in the next one


def variant_block(first: int) -> range:
    """Return the variants of the learner whose first variant is `first`."""
    return range(first, min(first + BLOCK_SIZE, LAST_VARIANT + 1))


def read_first_variant(text: str) -> int | None:
    """Return the number of a learner's first variant from the text in their save, or None if the text isn't one."""
    if text.isascii() and text.isdecimal() and int(text) <= LAST_VARIANT:
        return int(text)
    return None
