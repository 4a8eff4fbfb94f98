"""Tell whose a submission is, and in which variant it was asked for, by what an autograder's system writes down beside it.

Gradescope names who submitted, whom a roster knows. PrairieLearn names nobody; there the question itself draws a variant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from coffeeshop.classroom.roster import Learner, Roster
from coffeeshop.classroom.whose import Owners
from coffeeshop.files import read_file
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.policy.problem import Level, Place, Problem, Problems

SIZE = 16 * 1024 * 1024  # bytes, at most: PrairieLearn's holds what was submitted, too


class User(Struct, frozen=True):
    """Who submitted, as Gradescope knows them. A name is no proof: learners can choose their own.

    https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/
    """

    email: str | None = None
    sid: str | int | None = None

    @property
    def names(self) -> Iterator[str]:
        """Yield by what a roster may know them, the surest first."""
        email = self.email or ""
        yield from filter(None, (email, str(self.sid or ""), email.partition("@")[0]))


class _Parameters(Struct, frozen=True):
    first_variant: Annotated[int, Meta(ge=0, le=LAST_VARIANT)] | None = None


class _Beside(Struct, frozen=True):
    """What stands in the file of either system."""

    users: tuple[User, ...] = ()
    params: _Parameters = _Parameters()


class Submitters(Struct, frozen=True):
    """Those whose a submission is: several where a group handed in, none where the class knows nobody of them. `said` is how
    the system calls them.
    """

    learners: tuple[Learner, ...]
    said: str = ""

    @property
    def unknown(self) -> Problem:
        """Return why nothing of theirs is graded."""
        message = f"nobody in the class is called {self.said or 'as the one who submitted'}"
        return Problem(
            Level.ERROR,
            "not-in-class",
            Place(),
            message,
            "ask your teacher to add you to the class",
        )

    def owner_of(self, variant: int | None) -> Learner:
        """Return the one whose variant it is, else the first; there is one."""
        playing = (
            learner
            for learner in self.learners
            if variant is not None and learner.plays(variant)
        )
        return next(playing, self.learners[0])


def read_submitters(path: Path, roster: Roster | None) -> Submitters:
    """Return whose the submission beside a file is. Raises Problems: the file can't be read, or names nobody."""
    data = read_file(path, SIZE, "name what the system wrote beside the submission")
    try:
        document = msgspec.json.decode(data, type=_Beside)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise _unusable(path, f"cannot be read: {wrong}") from None
    if document.params.first_variant is not None:
        return Submitters((Learner("the submitter", {}, 0, document.params.first_variant),))
    if not document.users:
        raise _unusable(path, "tells neither who submitted nor in which variant")
    if roster is None:
        raise _unusable(
            path, "tells who submitted, and there is no class in which to look for them"
        )
    owners = Owners(roster.learners)
    learners_by_name = {
        learner.key: learner
        for user in document.users
        for learner in _learners_named(owners, user.names)
    }
    return Submitters(
        tuple(learners_by_name.values()),
        " or ".join(filter(None, (user.email for user in document.users))),
    )


def _learners_named(owners: Owners, names: Iterable[str]) -> tuple[Learner, ...]:
    """Return the learner whom the first of these names tells that anybody has; nobody where it tells several."""
    for name in names:
        if learners := owners.by_account(name):
            return learners if len(learners) == 1 else ()
    return ()


def _unusable(path: Path, reason: str) -> Problems:
    mend = "name Gradescope's submission_metadata.json with --roster FILE, or PrairieLearn's data.json"
    return Problems(
        Problem(Level.ERROR, "no-submitter", Place(), f"{path} {reason}"[:500], mend)
    )
