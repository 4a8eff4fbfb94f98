"""What kept strangers out before the play and does no more, though nobody comes in by that yet: a bucket's block of public
access.
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.public_access import is_public
from coffeeshop.lessons.grading.sentences import name
from coffeeshop.lessons.model import Check, Finding, Play


def unguarded(play: Play) -> Iterator[str]:
    """Yields each bucket of before the play, as bucket/NAME, of which S3 blocks less that is public than it did, and whose
    policy asks for no such thing: one that is public is judged by whom it lets in.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    for called, was in play.scenario.opening.buckets.items():
        now = play.account.buckets.get(called)
        if now is None or (now.policy and is_public(now.policy.policy)):
            continue
        if any(on and not now.public_access.get(what) for what, on in was.public_access.items()):
            yield f"bucket/{called}"


# -------------------------------------------------------------------- in words
def of_unguarded(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of each bucket that blocks less."""
    for check in checks:
        thing = check.subject
        what = f"{name(thing)} no longer blocks public access."
        yield Finding(f"unguarded:{thing}", (check,), (), what, STILL_CLOSED)


STILL_CLOSED = (
    "Nobody comes in by that alone; the next policy that says * would let in everybody. No job asks for it."
)
