"""Find members of a kept class while it is served, also those who joined after the server started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from coffeeshop.browser.places import Place
from coffeeshop.classroom.kept_class import KeptClass, Member, read_class
from coffeeshop.lti.store import LtiStore

MOMENT = 0.2  # seconds
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
        if self._known is not None and monotonic() - self._read_at < MOMENT:
            return self._known
        return self.kept()

    def secrets(self) -> Mapping[str, str]:
        """Return the secret of each member's link, by the member's id. Raise Problems."""
        return {
            key: member.link for key, member in self._recent_class().members_by_key.items()
        }

    def find_place(self, secret: str) -> Place | None:
        """Return the place of the member with this link, or None. Raise Problems."""
        kept = self._recent_class()
        members = {member.link: member for member in kept.members}
        member = members.get(secret)
        if member is None:
            return None
        tasks = {person.first: person.task for person in self._store.people()}
        return self.make_place(kept, member, tasks.get(member.first, ""))
