"""A day at the shop in words: what happens, hour by hour, and the evening; and where in the shop a theft reached.

Trade that goes well is told by the hour; whatever does not, and all that belongs to the incident, each by itself. A
screen draws from the same day: its happenings by their clock, `reached_at` for the map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from msgspec.structs import replace

from coffeeshop.account.command import answer
from coffeeshop.account.command.write import write
from coffeeshop.account.model import Outcome, ServiceError
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.evaluation.explain import label, sentence
from coffeeshop.policy.model import Allowed, Decision
from coffeeshop.shop.changes import Change
from coffeeshop.shop.day import Course, Day, Happening, Kind
from coffeeshop.shop.evening import Ended, Evening, Lost
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.measures import makeshift
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.radius import Radius, Reached
from coffeeshop.shop.things import LEVELS, Thing
from coffeeshop.shop.want import Ticket
from coffeeshop.views.access.words import SAID, titled
from coffeeshop.views.requests import caller_name
from coffeeshop.views.rows import ROLES, Role, Row
from coffeeshop.views.text import capital, counted, flat, spelled

WORDS = {  # by kind, and whether it went as the shop wants it
    (Kind.TASK, Mark.OK): "done",
    (Kind.TASK, Mark.MISS): "not done",
    (Kind.INSPECTION, Mark.OK): "refused, as it should be",
    (Kind.INSPECTION, Mark.LEAK): "allowed, though it must not be",
    (Kind.INSPECTION, Mark.MISS): "fails for another reason, which is no protection",
    (Kind.ATTACK, Mark.OK): "refused",
    (Kind.ATTACK, Mark.EXTRA): "taken",
    (Kind.ATTACK, Mark.QUIET): "allowed, as the jobs need it",
}
STOPGAP = " A stopgap: a policy of the jobs alone, in place of the wide one, needs no such deny."
FEW = 2  # an attacker's calls that go alike, one after the other, before they are told together
LOOKS: Mapping[Kind, Role] = {
    Kind.THEFT: "error",
    Kind.NOTICED: "warning",
    Kind.CONTAINED: "ok",
    Kind.REOPENED: "error",
}
HEADS = {
    Kind.NEWS: "",
    Kind.THEFT: "Incident",
    Kind.NOTICED: "Noticed",
    Kind.CONTAINED: "Contained",
    Kind.REOPENED: "Open again",
}


# ---------------------------------------------------------------------------- as it goes
def happened(day: Day, since: datetime | None = None, until: datetime | None = None) -> tuple[Row, ...]:
    """Tells what happened after one instant and up to another, hour by hour."""
    before = [one for one in day.happenings if since and one.at <= since]
    later = [one for one in day.happenings if not since or one.at > since]
    shown = [one for one in later if not until or one.at <= until]
    seen = {one.ticket.want.id for one in before if one.ticket and _fails(one)}
    return tuple(row for _, each in groupby(shown, _hour) for row in _of_an_hour([*each], seen))


def _hour(one: Happening) -> datetime:
    return one.at.replace(minute=0, second=0)


def _of_an_hour(those: Sequence[Happening], seen: set[str]) -> Iterator[Row]:
    served = sum(one.kind is Kind.TASK and one.mark is Mark.OK for one in those)
    away = sum(_fails(one) for one in those)
    turned = f", {away} turned away" if away else ""
    hour = _hour(those[0])
    yield Row(
        f"{counted(served, 'customer')} served{turned}",
        word=f"{hour:%H}:00 to {hour + timedelta(hours=1):%H}:00",
        role="name",
    )
    for alike, each in groupby((o for o in those if o.kind is not Kind.TASK or _fails(o)), _goes):
        calls = [*each]
        if alike and len(calls) > FEW:
            yield from _run(calls)
        else:
            yield from (row for one in calls for row in _told(one, seen))


def _goes(one: Happening) -> tuple[Mark, str] | None:
    """How an attacker's call goes: refused, or let through by a statement; None for whatever is told by itself."""
    return (one.mark, _let_in(one)) if one.kind is Kind.ATTACK else None


def _let_in(one: Happening) -> str:
    """The statement that let an attacker's call through; "" where AWS refused it, or none was needed."""
    last = one.outcome.decisions[-1:] if one.outcome and one.mark is not Mark.OK else ()
    return next(
        (label(decision.by[0]) for decision in last if isinstance(decision, Allowed) and decision.by), ""
    )


def _run(calls: Sequence[Happening]) -> Iterator[Row]:
    """Tells an attacker's calls together that go alike."""
    one, first = calls[0], headline(calls[0])
    span = f"{one.at:%H:%M} to {calls[-1].at:%H:%M} {WORDS[one.kind, one.mark]}"
    yield replace(first, text=f"{len(calls)} calls, the first by {first.text}", word=span)
    if statement := _let_in(one):
        yield Row(f"{capital(statement)} allows each of them.", indent=2)


def _fails(one: Happening) -> bool:
    return one.kind is Kind.TASK and one.mark is not Mark.OK


def _told(one: Happening, seen: set[str]) -> Iterator[Row]:
    """One happening; why a job is not done, the first time that it is not."""
    yield headline(one)
    if one.ticket and one.ticket.want.id not in seen and one.mark is not Mark.OK:
        seen.add(one.ticket.want.id)
        yield Row(because(one.ticket), indent=2)
    elif one.outcome and one.kind is Kind.ATTACK and one.mark is not Mark.OK:
        yield from (Row(ended(decision), indent=2) for decision in one.outcome.decisions[-1:])


def headline(one: Happening) -> Row:
    """Tells one happening in a line: when, its mark, and what."""
    clock = f"{one.at:%H:%M}"
    if one.outcome:
        who = "" if one.kind is Kind.EDIT else f"{caller_name(one.outcome)}: "
        word = f"You{_failed(one.outcome)}" if one.kind is Kind.EDIT else WORDS.get((one.kind, one.mark), "")
        mark = None if one.kind is Kind.EDIT else one.mark
        return Row(
            f"{who}{flat(spelled(one.outcome.act.call))}",
            mark,
            f"{clock} {word}",
            ROLES[one.mark] if mark else "text",
            1,
        )
    if one.ticket:
        return Row(one.say, one.mark, f"{clock} {WORDS[one.kind, one.mark]}", ROLES[one.mark], 1)
    return Row(one.say, None, f"{clock} {HEADS[one.kind]}".strip(), LOOKS.get(one.kind, "text"), 1)


def _failed(outcome: Outcome) -> str:
    """That a call of the learner's changed nothing, and by which error of AWS's; "" where it went well."""
    return f" (nothing done: {outcome.answer.code})" if isinstance(outcome.answer, ServiceError) else ""


def because(ticket: Ticket) -> str:
    """Tells why a customer left without what they came for: the statement that decided, else AWS's own words."""
    if ticket.missing:
        return f"{capital(ticket.missing)}."
    decision = ticket.decision
    refused = ticket.refused and not isinstance(decision, Allowed)
    if decision and (refused or ticket.want.mode is Mode.NEVER):
        return ended(decision)
    return answer(ticket.outcomes[-1]).text.strip() if ticket.outcomes else ""


def ended(decision: Decision) -> str:
    """Tells what decided, as a sentence of its own."""
    return f"{capital(sentence(decision)).rstrip('.')}."


# ---------------------------------------------------------------------------- the evening
def evening(found: Evening) -> tuple[Row, ...]:
    """Tells what is counted in the evening."""
    return tuple(_evening(found))


def _evening(found: Evening) -> Iterator[Row]:
    yield Row(f"{found.day.date:%A} evening", role="title")
    yield Row(f"{counted(found.done, 'customer')} served, {found.turned_away} turned away.", word="Trade")
    yield from (row for lost in found.lost for row in _lost(lost))
    yield from _theft(found, found.course)
    yield from (row for ended in found.ended for row in _ended(ended))


def _theft(found: Evening, course: Course | None) -> Iterator[Row]:
    """What was stolen, how far that reached, and what would have stopped it."""
    if course is None:
        yield Row("Nothing went wrong: there was nobody whom it could befall.", word="Incident")
        return
    yield Row(course.say, word="Incident")
    yield Row(course_of(course), indent=1)
    yield from blast(course)
    if found.before is not None:
        said = f"It reached {compared(course.radius, found.before)}.{unable(found)}"
        yield Row(said, word=f"The same theft {under(found)}")
    yield from _changes(found)


def _lost(lost: Lost) -> Iterator[Row]:
    why = "nobody to ask" if lost.ticket.missing else "refused" if lost.refused else "gone"
    yield Row(lost.ticket.want.say, Mark.MISS, f"{counted(lost.times, 'time')} {why}", "error", 1)
    yield Row(because(lost.ticket), indent=2)


def course_of(course: Course) -> str:
    """Tells what came of an incident: what was called, who noticed, how long it lasted."""
    if course.taken.caller is None:
        return f"Nothing came of it: {course.taken.nothing}."
    done = sum(outcome.allowed for outcome in course.outcomes)
    calls = f"Of {counted(len(course.outcomes), 'call')}, AWS let {done} through."
    said = [calls if course.outcomes else "No call was made with it."]
    if course.noticed:
        said.append(f"It was noticed at {course.noticed:%H:%M}.")
    elif course.outcomes:
        said.append("Nobody noticed before the shop closed.")
    return " ".join((*said, _contained(course)))


def _contained(course: Course) -> str:
    """How long it took until nothing more could be reached; where a change left something, what that was."""
    left, undone = _left(course), _undone(course)
    if course.minutes == 0 and not undone:
        return "It never got further."
    if course.minutes is not None:
        good = " for good" if undone else ""
        took = counted(course.minutes, "minute")
        return f"{undone}{left}{took} until it was contained{good}: from then on it opened nothing more."
    least = _needed(course.left or course.radius, course)
    if undone:
        return f"{undone}{left}It stayed open until the shop closed."
    if left:
        return f"{left}That stayed open until the shop closed, so it was not contained{': those jobs need that much' if least else ''}."
    if least:
        return f"It stayed open until the shop closed, but it opened little{least}. Your policies kept it that small."
    return "Nobody contained it: it stayed open until the shop closed."


def _left(course: Course) -> str:
    """What the learner's last change left open; "" where it left nothing, or no less than was open at first."""
    if course.changed is None or course.left is None or course.changed == course.contained:
        return ""
    found = beyond(course.left, course)
    if len(found.pairs) >= len(beyond(course.radius, course).pairs):
        return ""
    return f"Your change at {course.changed:%H:%M} left {size(found)}{_needed(found, course)}. "


def _undone(course: Course) -> str:
    """That a change of the learner's opened again what was contained; "" where none did."""
    return f"It was contained until your change at {course.reopened:%H:%M}. " if course.reopened else ""


def _needed(found: Radius, course: Course) -> str:
    """That a radius is as small as the jobs allow; "" where it is not, or nothing is reached."""
    small = found.pairs and found.pairs <= course.needs
    return f", no more than {course.theft.who}'s own jobs need" if small else ""


def beyond(found: Radius, course: Course) -> Radius:
    """Returns what of a radius is more than the jobs of an insider ask for."""
    return Radius(
        tuple(one for one in found.reached if one.pair not in course.own),
        found.everything,
        found.things,
        found.unfinished,
    )


def blast(course: Course) -> Iterator[Row]:
    """Tells the blast radius: every thing that the credential reached, by access level, with a statement for each."""
    found = course.radius
    yield Row(f"{size(found)}{_needed(found, course)}", word="Within reach (its blast radius)")
    for thing in found.touched:
        mine = found.of(thing)
        own = all(one.pair in course.own for one in mine)
        mark = Mark.QUIET if own else Mark.EXTRA
        yield Row(f"{levels(mine)}{': theirs anyway' if own else ''}", mark, titled(thing), ROLES[mark], 1)
        if found.everything is None:
            yield from (Row(f"{ended(one.decision)}{_way(one)}", indent=2) for one in mine[:1])
    if found.everything:
        acts = found.everything.acts
        how = ", ".join(spelled(act.call) for act in acts)
        yield Row(
            f"Whoever holds it can do everything{f', after: {how}' if how else ''}.", role="error", indent=1
        )
    yield from (
        Row(f"Not looked at further: {reason}.", role="muted", indent=1) for reason in found.unfinished
    )


def _way(one: Reached) -> str:
    """By which calls somebody comes there, if it takes any."""
    return f" By way of: {'; '.join(spelled(act.call) for act in one.path.acts)}" if one.path.acts else ""


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
    """Tells how far the same theft reached before."""
    return "the very same" if before.pairs == tonight.pairs else size(before)


def under(found: Evening) -> str:
    """Tells which policies those are that tonight's are compared with."""
    return "before you changed anything" if found.untouched else "under yesterday's policies"


def unable(found: Evening) -> str:
    """Tells what those other policies cost: a shop in which nobody can work is safe, too; "" where every job worked."""
    jobs = counted(len(found.day.rota.jobs), "job")
    return f" {found.stuck} of {jobs} did not work then." if found.stuck else ""


def _changes(found: Evening) -> Iterator[Row]:
    if found.changes:
        yield Row(
            "A single call, made before it happened, and no job would have stopped:",
            word="What would have helped",
        )
    edits = (one for one in found.day.happenings if one.kind is Kind.EDIT and one.outcome)
    yours = {flat(spelled(one.outcome.act.call)): one.at for one in edits if one.outcome}
    for change in found.changes:
        at = yours.get(flat(spelled(change.call)))
        mine = f" You made it at {at:%H:%M}." if at else ""
        yield Row(f"{_helped(change)}{STOPGAP * (makeshift(change.call) > 1)}{mine}", indent=1, role="ok")
        yield Row(write(change.call), role="code", indent=2)


def _helped(change: Change) -> str:
    """What would have been left within reach, as a sentence."""
    if not change.left:
        return "Nothing would have been within reach."
    if change.needed:
        return "No more would have been within reach than the jobs need."
    return f"Of {change.of} ways to use what is there, each thing at each access level, {change.left} would have been left."


def _ended(found: Ended) -> Iterator[Row]:
    """What the learner's own call stopped, and what gives it back: the grade asks for every job."""
    jobs = "; ".join(job.say for job in found.jobs)
    word = "Works no more" if len(found.jobs) == 1 else "Work no more"
    until = f"until your call at {found.act.at:%H:%M}: {flat(spelled(found.act.call))}"
    yield Row(f"{jobs}. This worked when the shop opened, {until}", word=word, role="error")
    if found.mend is None:
        yield Row("It stays so, and the grade counts it, until undo takes that call back.", indent=1)
        return
    yield Row(
        "It stays so, and the grade counts it, until undo takes that call back, or this is called:", indent=1
    )
    yield Row(flat(write(found.mend)), role="code", indent=2)


# ---------------------------------------------------------------------------- many days, and the map
def line(found: Evening) -> Row:
    """Tells a whole day in one line."""
    course = found.course
    said = f"{found.done} served, {found.turned_away} turned away"
    if course is None:
        return Row(said, word=f"{found.day.date:%a %d %b}")
    reach = f"{course.theft.incident.id} of {course.theft.who} at {course.theft.at:%H:%M} reached {size(course.radius)}"
    mark = Mark.LEAK if course.radius.pairs - course.own else Mark.OK
    return Row(f"{said}; {reach}", mark, f"{found.day.date:%a %d %b}", ROLES[mark])


def reached_at(found: Radius, shop: Shop) -> Mapping[Station, tuple[AccessLevel, ...]]:
    """Returns what is reached at each station of the picture, the harmless levels first; stations that are safe are not
    there.
    """
    there: dict[Station, set[AccessLevel]] = {}
    for one in found.reached:
        there.setdefault(stands(one.thing, shop), set()).add(one.level)
    return {place: tuple(sorted(levels, key=LEVELS.index)) for place, levels in there.items()}


def stands(thing: Thing, shop: Shop) -> Station:
    """Returns where in the picture a thing stands."""
    service = {"bucket": "s3", "table": "dynamodb", "queue": "sqs", "function": "lambda", "instance": "ec2"}
    return shop.station(service.get(thing.kind, "iam"), thing.name)
