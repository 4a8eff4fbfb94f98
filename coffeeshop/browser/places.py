"""Describe the places of a server: each is one learner's session, with the limits that all of them share."""

from __future__ import annotations

from msgspec import Struct

from coffeeshop.browser.session import Program


class Place(Struct, frozen=True):
    """A learner's name, the subject of the play, and the program that the session runs.

    `apart` is the teacher's unique name for the learner, or "" if `name` is unique. `log_name` is the learner's name in the
    log, or "" for the start of a hash. `user` is the learner's id in the class, and `folder` the name of the folder for
    their hand-ins. Both are "" without a class.
    """

    name: str
    what: str
    program: Program
    apart: str = ""
    log_name: str = ""
    user: str = ""
    folder: str = ""

    @property
    def name_for_teacher(self) -> str:
        """Return the teacher's name for the learner."""
        return self.apart or self.name


class Limits(Struct, frozen=True):
    """The limits on sessions.

    `sessions` is how many can run at once. A session ends after `idle` seconds without a key, or `lost` seconds without a window.
    """

    sessions: int = 40
    idle: float = 30 * 60.0
    lost: float = 2 * 60.0
