"""Find members of a kept class while it is served, also those who joined after the server started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from coffeeshop.browser.places import Place
from coffeeshop.classroom.kept_class import KeptClass, Member, read_class
from coffeeshop.lti.store import LtiStore

WATCH_SECONDS = 0.2  # seconds
MakePlace = Callable[[KeptClass, Member, str], Place]


class MemberDirectory:
    """The members of a class, as its file has them now."""

    def __init__(self, path: Path, store: LtiStore, make_place: MakePlace) -> None:
        """Name the class's file and its store. `make_place` makes a member's place for an assignment, or "" for the shelf."""
        self._path = path
        self._store = store
        self.make_place = make_place
        self._stamp: tuple[int, int] | None = None
        self._known: KeptClass | None = None
        self._read_at = float("-inf")

    def kept(self) -> KeptClass:
        """Return the class. It is read again only if its file changed. Raise Problems."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
        except OSError:
            stamp = None
        known = self._known
        if known is None or stamp is None or stamp != self._stamp:
            known = read_class(self._path)
            self._known = known
            self._stamp = stamp
            self._read_at = monotonic()
        return known

    def _recent_class(self) -> KeptClass:
        """Return the class as it was a moment ago: anybody can ask for a link. Raise Problems."""
        if self._known is not None and monotonic() - self._read_at < WATCH_SECONDS:
            return self._known
        return self.kept()

    def secrets(self) -> Mapping[str, str]:
        """Return the secret of each member's link, by the member's id. Raise Problems."""
        return {
            key: member.link for key, member in self._recent_class().members_by_key.items()
        }

    def find_place(self, secret: str) -> Place | None:
        """Return the place of the member with this link, or None. Raise Problems.

        It is the assignment that they opened last from a platform, also if another server let them in.
        """
        kept = self._known
        member = _member_with_link(kept, secret)
        if member is None:
            kept = self._recent_class()
            member = _member_with_link(kept, secret)
        if kept is None or member is None:
            return None
        task = self._store.task_of(member.first_variant)
        if task and kept.find_assignment(task) is None:
            kept = self._recent_class()  # it may have been assigned since
        return self.make_place(kept, member, task)


def _member_with_link(kept: KeptClass | None, secret: str) -> Member | None:
    """Return the member of a class with this link, or None."""
    if kept is None:
        return None
    return kept.members_by_link.get(secret)
