"""Which variants there are, and which of them are one learner's own."""

from __future__ import annotations

LAST_VARIANT = 999_999_999  # the highest seed of names; 0 is the text as it is written
EVERY = range(LAST_VARIANT + 1)
BLOCK = 1000  # variants of one learner of a class: who was shown a solution begins again in the next of theirs


def block(first: int) -> range:
    """Returns the variants of the learner who was given this one."""
    return range(first, min(first + BLOCK, LAST_VARIANT + 1))


def first_kept(text: str) -> int | None:
    """Return the first of a learner's own variants as their save keeps it; None where it keeps none."""
    if text.isascii() and text.isdecimal() and int(text) <= LAST_VARIANT:
        return int(text)
    return None
