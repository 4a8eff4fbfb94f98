"""Let people into a class whom its learning platforms send. `coffeeshop serve` uses this."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from coffeeshop.browser.lti_door import Seat
from coffeeshop.classroom.kept_class import (
    ClassAssignment,
    KeptClass,
    Member,
    change_class,
)
from coffeeshop.classroom.newcomers import (
    EMPTY_HEADINGS,
    add_distinct_learner,
    add_newcomers,
)
from coffeeshop.classroom.roster import PLACEHOLDER_NAMES, Roster, roster_of_rows
from coffeeshop.cli.member_directory import MemberDirectory
from coffeeshop.lessons.scenario.find import folders, is_named
from coffeeshop.lti.deep_link import Activity
from coffeeshop.lti.launch import Launch, LaunchError, Person, Refusal
from coffeeshop.lti.platform import Platform
from coffeeshop.lti.store import KnownPerson, LtiStore
from coffeeshop.views.assignments import assignment_title

PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")  # the same in any table
SHOP_ACTIVITY = Activity("", "Coffeeshop: the whole shop")


class LtiClass:
    """A kept class into which platforms send people."""

    def __init__(
        self, path: Path, store: LtiStore, page_secret: str, directory: MemberDirectory
    ) -> None:
        """Name the class's file, its store and its members. `page_secret` opens the teacher's page."""
        self._path = path
        self._store = store
        self._page_secret = page_secret
        self._directory = directory

    def seat(self, launch: Launch) -> Seat:
        """Return where a launch leads: a teacher to the class page, a learner to the assignment that it names.

        A learner who comes for the first time is added to the class. Raise LaunchError or Problems.
        """
        if launch.is_teacher:
            if not self._directory.kept().assignments:
                raise LaunchError(Refusal.NO_ASSIGNMENT)
            return Seat(self._page_secret, None)
        id = self._task_id(launch.task)
        member = self._member(launch.platform, launch.person)
        kept = self._directory.kept()
        person = KnownPerson(
            launch.platform.issuer, launch.person.id, member.first_variant, id
        )
        self._store.write_person(person)
        if launch.grades is not None and kept.find_assignment(id):
            self._store.write_service(launch.platform, person, launch.grades)
        return Seat(member.link, self._directory.make_place(kept, member, id))

    def activities(self) -> Sequence[Activity]:
        """Return the assignments of the class, the shop, and the scenarios that aren't assigned. Raise Problems."""
        kept = self._directory.kept()
        assigned = [_assigned_activity(kept, task) for task in kept.assignments]
        assigned_ids = {task.id for task in kept.assignments}
        others = [
            Activity(folder.name, assignment_title(folder.name, kept.own_scenarios))
            for folder in folders(kept.own_scenarios)
            if folder.name not in assigned_ids
        ]
        return [*assigned, SHOP_ACTIVITY, *others]

    # --------------------------------------------------------------- who is who
    def _task_id(self, task: str) -> str:
        """Return the id of the assignment or scenario that a link names. Raise LaunchError if there is none."""
        if not task:
            return ""
        kept = self._directory.kept()
        ids = (
            *(each.id for each in kept.assignments),
            *(each.name for each in folders(kept.own_scenarios)),
        )
        fitting = [id for id in ids if id == task or is_named(task, id)]
        if not fitting:
            raise LaunchError(Refusal.NO_SUCH_TASK)
        return fitting[0]

    def _member(self, platform: Platform, person: Person) -> Member:
        """Return the learner whom a platform knows by this id. Somebody new is added to the class. Raise Problems."""
        known = self._store.find_person(platform.issuer, person.id)
        members = {
            member.first_variant: member for member in self._directory.kept().members
        }
        if known and known.first in members:
            return members[known.first]
        first = self._enter(platform, person)
        return next(
            member
            for member in self._directory.kept().members
            if member.first_variant == first
        )

    def _enter(self, platform: Platform, person: Person) -> int:
        """Add a learner who comes for the first time, and return the first of their variants. Raise Problems.

        The class is locked meanwhile, so two launches of one person at once don't make two learners.
        """
        with change_class(self._path) as file:
            known = self._store.find_person(platform.issuer, person.id)
            firsts = {member.first_variant for member in file.kept.members}
            if known and known.first in firsts:
                return known.first
            member = _expected_member(file.kept, person, self._store)
            if member is not None:
                first = member.first_variant
            else:
                roster = _roster_with(file.kept.roster, platform, person)
                file.write_roster(roster)
                newcomers = {learner.first_variant for learner in roster.learners} - firsts
                first = next(iter(newcomers), None)
                if first is None:
                    raise LaunchError(Refusal.NOBODY)
            self._store.write_person(KnownPerson(platform.issuer, person.id, first))
            return first


def _expected_member(kept: KeptClass, person: Person, store: LtiStore) -> Member | None:
    """Return the member of the roster whom a platform's person is, by an id, or None. Names and emails never count.

    A member who came before as another person isn't returned.

    Each system numbers people from 1, so a plain number of the platform proves nothing. The school's id does.
    """
    ids = (person.school_id, "" if person.id.isdigit() else person.id)
    taken = {each.first for each in store.people()}
    members = (kept.members_by_key.get(id) for id in ids if id)
    return next(
        (each for each in members if each and each.first_variant not in taken), None
    )


def _roster_with(roster: Roster, platform: Platform, person: Person) -> Roster:
    """Return the class's roster with a new learner, or with one who had left and comes back. Raise Problems."""
    seed = token_hex(16)
    if not person.id.isdigit() and person.id in {
        learner.key for learner in roster.former_learners
    }:
        returning = roster_of_rows(("learner id",), ((person.id,),))
        return add_newcomers(roster, returning, seed).roster
    # A roster skips rows with certain texts, such as the name of Canvas's student for trying a course.
    texts = (
        "" if text.lower() in PLACEHOLDER_NAMES else text
        for text in (person.name, person.email)
    )
    row = (_free_id(roster, platform, person), *texts)
    newcomer = roster_of_rows(EMPTY_HEADINGS, (row,))
    return add_distinct_learner(roster, newcomer, seed)


def _free_id(roster: Roster, platform: Platform, person: Person) -> str:
    """Return the platform's id for somebody, or one made from it.

    A plain number gets the platform's name, since saves of all classes are in one folder. An id that can't be a learner's,
    or is somebody else's, is hidden in a hash.
    """
    taken = {
        learner.key.casefold() for learner in (*roster.learners, *roster.former_learners)
    }
    host = urlsplit(platform.issuer).hostname or ""
    with_host = f"{person.id}@{host}"
    own_ids = (with_host,) if person.id.isdigit() else (person.id, with_host)
    for id in own_ids:
        if PLAIN_ID.fullmatch(id) and id.casefold() not in taken:
            return id
    digest = sha256(f"{platform.issuer}\0{person.id}".encode()).hexdigest()
    return f"lti-{digest[:20]}"


def _assigned_activity(kept: KeptClass, task: ClassAssignment) -> Activity:
    """Return an assignment as something to choose."""
    title = assignment_title(task.id, kept.own_scenarios)
    assignment = task.assignment
    return Activity(task.id, title, task.points, assignment.opens, assignment.due)
