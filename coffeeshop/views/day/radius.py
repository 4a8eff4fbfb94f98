"""How far a theft reached, in words: things by access level, with a statement for each; and where in the picture they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from coffeeshop.lessons.grading.reasons import service_step_sentence
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.day import Course
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.radius import Radius, Reached
from coffeeshop.shop.things import LEVELS, Thing
from coffeeshop.views.access.words import SAID, titled
from coffeeshop.views.day.hours import ended
from coffeeshop.views.rows import ROLES, Row
from coffeeshop.views.text import counted, spelled


def as_needed(found: Radius, course: Course) -> str:
    """Tells that a radius is as small as the jobs allow; "" where it is not, or nothing is reached."""
    small = found.pairs and found.pairs <= course.needs
    if small:
        return f", no more than {course.theft.who}'s own jobs need"
    return ""


def beyond(found: Radius, course: Course) -> Radius:
    """Returns what of a radius is more than the jobs of an insider ask for."""
    more = tuple(one for one in found.reached if one.pair not in course.own)
    return Radius(more, found.everything, found.things, found.unfinished)


def blast(course: Course) -> Iterator[Row]:
    """Tells the blast radius: every thing that the credential reached, by access level, with a statement for each."""
    found = course.radius
    yield Row(
        f"{size(found)}{as_needed(found, course)}", word="Within reach (its blast radius)"
    )
    for thing in found.touched:
        mine = found.of(thing)
        own = all(one.pair in course.own for one in mine)
        mark = Mark.QUIET if own else Mark.EXTRA
        yield Row(
            f"{levels(mine)}{': theirs anyway' if own else ''}",
            mark,
            titled(thing),
            ROLES[mark],
            1,
        )
        if found.everything is None:
            yield from (
                Row(f"{ended(one.decision)}{_way(one)}", indent=2) for one in mine[:1]
            )
    if found.everything:
        how = ", ".join(
            service_step_sentence(act) or spelled(act.call) for act in found.everything.acts
        )
        after = f", after: {how}" if how else ""
        yield Row(f"Whoever holds it can do everything{after}.", role="error", indent=1)
    for reason in found.unfinished:
        yield Row(f"Not looked at further: {reason}.", role="muted", indent=1)


def _way(one: Reached) -> str:
    """The calls by which somebody comes there, if it takes any."""
    if one.path.acts:
        return f" By way of: {'; '.join(service_step_sentence(act) or spelled(act.call) for act in one.path.acts)}"
    return ""


def size(found: Radius) -> str:
    """Tells a radius in numbers, of the things by access level: "3 of 14 things: list 2, read 3"."""
    if not found.reached:
        return "nothing"
    return f"{len(found.touched)} of {counted(found.things, 'thing')}: {by_level(found)}"


def by_level(found: Radius) -> str:
    """Tells on how many things each access level is reached, the harmless first: "list 2, read 3"."""
    times = Counter(one.level for one in found.reached)
    return ", ".join(f"{SAID[level]} {times[level]}" for level in LEVELS if times[level])


def levels(mine: Iterable[Reached]) -> str:
    """Names access levels, the harmless first: "list, read"."""
    there = {one.level for one in mine}
    return ", ".join(SAID[level] for level in LEVELS if level in there)


def compared(tonight: Radius, before: Radius) -> str:
    """Tells, as a sentence, how far the same incident reached before."""
    if before.pairs != tonight.pairs:
        return f"It reached {size(before)}."
    if tonight.pairs:
        return "It reached exactly the same."
    return "It reached nothing then, either."


def reached_at(found: Radius, shop: Shop) -> Mapping[Station, tuple[AccessLevel, ...]]:
    """Returns what is reached at each station of the picture, the harmless levels first; stations that are safe are not
    there.
    """
    there: dict[Station, set[AccessLevel]] = {}
    for one in found.reached:
        there.setdefault(stands(one.thing, shop), set()).add(one.level)
    return {
        place: tuple(sorted(levels, key=LEVELS.index)) for place, levels in there.items()
    }


def stands(thing: Thing, shop: Shop) -> Station:
    """Returns where in the picture a thing stands."""
    service = {
        "bucket": "s3",
        "table": "dynamodb",
        "queue": "sqs",
        "function": "lambda",
        "instance": "ec2",
    }
    return shop.station(service.get(thing.kind, "iam"), thing.name)
