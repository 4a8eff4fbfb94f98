"""The welcome screen: the learner's part and the first scenario, in a few words."""

from __future__ import annotations

from coffeeshop.views.rows import Row

FIRST_SCENARIO = "00"  # the first scenario, a very easy one


def welcome() -> tuple[Row, ...]:
    """Return the learner's part, and the promise that nothing breaks. It is read before the first act."""
    return (
        Row(
            "You own a coffee shop. Its account is at AWS, and you decide who can do what."
        ),
        Row(""),
        Row("Nothing can break. The account is a model on this machine."),
    )
