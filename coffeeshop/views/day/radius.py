"""The blast radius of a theft in words: things by access level, and their stations in the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping

from coffeeshop.lessons.grading.reasons import service_step_sentence
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.model import Statement
from coffeeshop.shop.day import IncidentCourse
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.radius import BlastRadius, Pairs, Reached
from coffeeshop.shop.things import ACCESS_LEVELS, Thing
from coffeeshop.views.access.words import LEVEL_WORDS, thing_name
from coffeeshop.views.day.hours import decision_sentence
from coffeeshop.views.rows import MARK_ROLES, Row
from coffeeshop.views.text import command_of, count_noun


def as_needed_phrase(radius: BlastRadius, course: IncidentCourse) -> str:
    """Return a phrase that says that the blast radius is as small as the jobs allow.

    Return "" if it is larger, or empty.
    """
    if radius.has_only_needed:
        return f", no more than {course.victim_title}'s own jobs need"
    return ""


def radius_beyond_jobs(radius: BlastRadius, course: IncidentCourse) -> BlastRadius:
    """Return the part of a radius that the thief's own jobs don't need."""
    return course.counted_part(radius)


def blast_rows(
    course: IncidentCourse,
    unnamed: Collection[Statement] = (),
    tolerated: Pairs = frozenset(),
) -> Iterator[Row]:
    """Yield the blast radius: every thing that the credential reached, by access level, with a statement.

    `unnamed` are the statements that aren't told, since the learner names them. `tolerated` is what the
    victim may have although not all of it is needed.
    """
    radius = course.radius
    yield Row(_size_beyond_jobs(course), word="Within reach (its blast radius)")
    for thing in radius.reached_things:
        own_reached_things = radius.levels_of(thing)
        reason = _reason_to_have(own_reached_things, tolerated)
        mark = Mark.QUIET if reason else Mark.EXTRA
        yield Row(
            f"{level_names(own_reached_things)}{reason}",
            mark,
            f"{thing_name(thing)}{' (made today)' if thing in course.made_today else ''}",
            MARK_ROLES[mark],
            1,
        )
        if radius.full_access_path is None:
            yield from (
                Row(
                    f"{decision_sentence(reached.decision, unnamed)}{_calls_before_text(reached)}",
                    indent=2,
                )
                for reached in own_reached_things[:1]
            )
    if radius.full_access_path:
        way_text = ", ".join(
            service_step_sentence(act) or command_of(act.call)
            for act in radius.full_access_path.acts
        )
        after = f", after: {way_text}" if way_text else ""
        yield Row(
            f"Everything in the account is within reach{after}.", role="error", indent=1
        )
    for reason in radius.unfinished:
        yield Row(f"Not checked further: {reason}.", role="muted", indent=1)


def _reason_to_have(reached_things: Iterable[Reached], tolerated: Pairs) -> str:
    """Return why the victim may have all of this access, after its levels. "": they need not have it."""
    reached_things = tuple(reached_things)
    if all(reached.is_needed for reached in reached_things):
        return ": needed by the jobs"
    if all(reached.is_needed or reached.pair in tolerated for reached in reached_things):
        return ": needed by the jobs, or also permitted"
    return ""


def _size_beyond_jobs(course: IncidentCourse) -> str:
    """Return the size of the radius, without the access that an insider has anyway."""
    beyond = radius_beyond_jobs(course.radius, course)
    if beyond.pairs == course.radius.pairs:
        return f"{radius_size(beyond)}{as_needed_phrase(beyond, course)}"
    return f"{radius_size(beyond)} beyond {course.victim_title}'s own jobs"


def _calls_before_text(reached: Reached) -> str:
    """Return the calls that had to come before a thing was reached. Return "" if there were none."""
    if reached.path.acts:
        return f" By way of: {'; '.join(service_step_sentence(act) or command_of(act.call) for act in reached.path.acts)}"
    return ""


def radius_size(radius: BlastRadius) -> str:
    """Return the size of a radius: "3 of 14 resources: list 2, read 3"."""
    if not radius.reached:
        return "nothing"
    return f"{len(radius.reached_things)} of {count_noun(radius.thing_count, 'resource')}: {counts_by_level(radius)}"


def counts_by_level(radius: BlastRadius) -> str:
    """Return the number of things for each access level, the harmless first: "list 2, read 3"."""
    times = Counter(reached.level for reached in radius.reached)
    return ", ".join(
        f"{LEVEL_WORDS[level]} {times[level]}" for level in ACCESS_LEVELS if times[level]
    )


def level_names(own_reached_things: Iterable[Reached]) -> str:
    """Return the access levels, the harmless first: "list, read"."""
    reached_levels = {reached.level for reached in own_reached_things}
    return ", ".join(
        LEVEL_WORDS[level] for level in ACCESS_LEVELS if level in reached_levels
    )


def compare_radii(
    before: BlastRadius, course: IncidentCourse, made_since: Container[Thing] = ()
) -> str:
    """Return sentences that compare the blast radius with that of the same theft under the policies `before`.

    The things `made_since` didn't exist under those policies, so they are counted apart.
    """
    newer = newer_things_text(course, made_since)
    if newer:
        return f"{_compare_older_things(before, course, made_since)}{newer}"
    return _compare_same_things(before, course)


def newer_things_text(course: IncidentCourse, made_since: Container[Thing]) -> str:
    """Return how many of the things within reach are among those `made_since`. "": none."""
    things = radius_beyond_jobs(course.radius, course).reached_things
    newer_count = sum(thing in made_since for thing in things)
    if not newer_count:
        return ""
    return f" {count_noun(newer_count, 'resource')} within reach today didn't exist then."


def _compare_older_things(
    before: BlastRadius, course: IncidentCourse, made_since: Container[Thing]
) -> str:
    """Return a sentence that compares two radii in which some things of today's are newer."""
    radius_before = radius_beyond_jobs(before, course)
    older = radius_beyond_jobs(course.radius, course).without(made_since)
    if radius_before.pairs != older.pairs:
        return f"Within reach: {radius_size(radius_before)}."
    if older.pairs:
        return "Of the resources that existed then, the same ones were within reach, at the same access levels."
    if before.reached:
        return f"Nothing beyond {course.victim_title}'s own jobs was within reach."
    return "Nothing was within reach."


def _compare_same_things(before: BlastRadius, course: IncidentCourse) -> str:
    """Return a sentence that compares two radii in which no thing of today's is newer."""
    radius_before = radius_beyond_jobs(before, course)
    radius_now = radius_beyond_jobs(course.radius, course)
    if radius_before.pairs != radius_now.pairs:
        return f"Within reach: {radius_size(radius_before)}."
    if radius_now.pairs:
        return "The same resources were within reach, at the same access levels."
    if before.reached or course.radius.reached:
        return f"Nothing beyond {course.victim_title}'s own jobs was within reach then, either."
    return "Nothing was within reach then, either."


def levels_by_place(
    radius: BlastRadius, shop: Shop
) -> Mapping[Station, tuple[AccessLevel, ...]]:
    """Return the access levels reached at each station of the picture. Safe stations are left out."""
    levels_by_station: dict[Station, set[AccessLevel]] = {}
    for reached in radius.reached:
        levels_by_station.setdefault(station_of_thing(reached.thing, shop), set()).add(
            reached.level
        )
    return {
        place: tuple(sorted(levels, key=ACCESS_LEVELS.index))
        for place, levels in levels_by_station.items()
    }


def needed_places(radius: BlastRadius, shop: Shop) -> set[Station]:
    """Return the stations at which the jobs need all that was reached."""
    beyond = {
        station_of_thing(reached.thing, shop)
        for reached in radius.reached
        if not reached.is_needed
    }
    return set(levels_by_place(radius, shop)) - beyond


def station_of_thing(thing: Thing, shop: Shop) -> Station:
    """Return the shop's station at which a thing is shown in the picture."""
    service = {
        "bucket": "s3",
        "table": "dynamodb",
        "queue": "sqs",
        "function": "lambda",
        "instance": "ec2",
        "kms-key": "kms",
    }
    return shop.station(service.get(thing.kind, "iam"), thing.name)
