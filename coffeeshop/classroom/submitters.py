"""Find the submitter of a submission and the assigned variant, from the file that an autograder's system writes.

Gradescope names the submitter, who is in the roster. PrairieLearn names no user, and its question draws a variant.
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

MAX_FILE_BYTES = (
    16 * 1024 * 1024
)  # bytes, at most: PrairieLearn's holds what was submitted, too


class User(Struct, frozen=True):
    """A submitter, as Gradescope names them. Learners can choose their own name, so it proves nothing.

    https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/
    """

    email: str | None = None
    sid: str | int | None = None

    @property
    def names(self) -> Iterator[str]:
        """Yield the identifiers to look up in a roster, the most reliable first."""
        email = self.email or ""
        yield from filter(None, (email, str(self.sid or ""), email.partition("@")[0]))


class _Parameters(Struct, frozen=True):
    """PrairieLearn's parameters of a question."""

    first_variant: Annotated[int, Meta(ge=0, le=LAST_VARIANT)] | None = None


class _SystemFile(Struct, frozen=True):
    """The file of either system."""

    users: tuple[User, ...] = ()
    params: _Parameters = _Parameters()


class Submitters(Struct, frozen=True):
    """The learners who made a submission: several for a group, none if the class has none of them.

    `names_text` is the grading system's name for them.
    """

    learners: tuple[Learner, ...]
    names_text: str = ""

    @property
    def unknown_problem(self) -> Problem:
        """Return the problem that the class has none of the submitters."""
        message = f"no one in the class is called {self.names_text or 'like the person who submitted this'}"
        return Problem(
            Level.ERROR,
            "not-in-class",
            Place(),
            message,
            "ask your teacher to add you to the class",
        )

    def owner_of(self, variant: int | None) -> Learner:
        """Return the learner with this variant, or else the first learner. `learners` must not be empty."""
        playing = (
            learner
            for learner in self.learners
            if variant is not None and learner.plays(variant)
        )
        return next(playing, self.learners[0])


def read_submitters(path: Path, roster: Roster | None) -> Submitters:
    """Return the submitters of a hand-in, as the grading system's file beside it names
    them.

    If that file has the submitter's first variant, no name is needed. Otherwise its users
    are looked up in the roster. Raise Problems if the file can't be read, or if it has
    neither.
    """
    data = read_file(
        path, MAX_FILE_BYTES, "name the file that the system wrote next to the submission"
    )
    try:
        document = msgspec.json.decode(data, type=_SystemFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise _unusable(path, f"cannot be read: {wrong}") from None
    if document.params.first_variant is not None:
        return Submitters((Learner("the submitter", {}, 0, document.params.first_variant),))
    if not document.users:
        raise _unusable(path, "names neither the person who submitted nor a variant")
    if roster is None:
        raise _unusable(
            path,
            "names the person who submitted, but there is no class in which to look them up",
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
    """Return the learner with the first of these identifiers that the class has, or () if several learners have
    it.
    """
    for name in names:
        if learners := owners.learners_with_account(name):
            return learners if len(learners) == 1 else ()
    return ()


def _unusable(path: Path, reason: str) -> Problems:
    """Return the problem with a system's file."""
    mend = "name Gradescope's submission_metadata.json with --roster FILE, or PrairieLearn's data.json"
    return Problems(
        Problem(Level.ERROR, "no-submitter", Place(), f"{path} {reason}"[:500], mend)
    )
