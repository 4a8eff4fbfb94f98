"""The welcome screen: the game in a few lines, and the first scenario."""

from __future__ import annotations

from coffeeshop.views.rows import Row

FIRST = "00"  # the first scenario, a very easy one
STARS = (
    "it works, and what must be refused is refused",
    "and apart from administrators, nobody can do more",
    "and it is done so that it lasts",
)


def welcome(star: str = "★") -> tuple[Row, ...]:
    """Return the learner's part, the shop's words for AWS's terms, the stars, and the promise that nothing breaks."""
    return (
        Row(
            "You own a coffee shop. Its drawers, its till and its machines are an account at AWS, Amazon's cloud, and you "
            "say who may touch what."
        ),
        Row(""),
        Row(
            "says who somebody is. A new one opens nothing. (AWS: a user's credential)",
            word="A badge",
        ),
        Row("is worn for one job, and comes off again. (AWS: a role)", word="An apron"),
        Row("says what may be done. (AWS: a policy)", word="A list on the wall"),
        Row("What stands on no list is refused."),
        Row(""),
        Row(
            "Every story has jobs that must work, requests that must be refused, and stars:"
        ),
        *(
            Row(message, word=f"{star * index:<3}", indent=1)
            for index, message in enumerate(STARS, 1)
        ),
        Row(""),
        Row(
            "Nothing can break. All of it is a model on this machine: no real account is touched, every step is kept, and "
            "each can be taken back. Hints are free, and no clock runs."
        ),
    )
