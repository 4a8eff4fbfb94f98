"""The evening of a day at the shop, in words: the trade, what came of the incident, and what would have stopped it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from coffeeshop.account.command.write import write_line
from coffeeshop.account.iam_resources import User
from coffeeshop.shop.changes import Change
from coffeeshop.shop.day import Course, Day, Kind
from coffeeshop.shop.evening import Ended, Evening, Lost
from coffeeshop.shop.happenings import Takes
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.measures import makeshift
from coffeeshop.shop.rota import CLOSES, clock
from coffeeshop.views.day.hours import because
from coffeeshop.views.day.radius import as_needed, beyond, blast, compared, size
from coffeeshop.views.requests import came_of
from coffeeshop.views.rows import ROLES, Row
from coffeeshop.views.text import counted, flat, spelled

STOPGAP = (
    " A stopgap: a policy of the jobs alone, in place of the wide one, needs no such deny."
)

CONTAINS: Mapping[Takes, str] = {  # what ends a theft though jobs need what was stolen
    "key": "an access key made inactive",
    "password": "another password, and a Deny for whoever signed in before",
    "badge": "policies of the jobs alone",
    "session": "a Deny for whoever signed in before, who can then sign in again",
    "partner": "a role that asks the partner for an external ID",
    "machine": "a Deny for the sessions of before, after which the machine takes another",
}


def evening(found: Evening) -> tuple[Row, ...]:
    """Tells what is counted in the evening."""
    return tuple(_evening(found))


def _evening(found: Evening) -> Iterator[Row]:
    yield Row(f"{found.day.date:%A} evening", role="title")
    yield Row(
        f"{counted(found.done, 'customer')} served, {found.turned_away} turned away.",
        word="Trade",
    )
    yield from (row for lost in found.lost for row in _lost(lost))
    yield from _theft(found, found.course)
    yield from (
        row for ended in found.ended for row in _ended(ended, found.day.rota.goes_on)
    )


def _theft(found: Evening, course: Course | None) -> Iterator[Row]:
    """What was stolen, how far that reached, and what would have stopped it."""
    if course is None:
        yield Row(
            "Nothing went wrong: there was no credential that somebody could have taken.",
            word="Incident",
        )
        return
    yield Row(course.say, word="Incident")
    yield Row(course_of(found, course), indent=1)
    yield from blast(course)
    if found.before is not None:
        said = f"{compared(course.radius, found.before)}{unable(found)}"
        yield Row(said, word=f"The same incident {under(found)}")
    yield from _changes(found)


def _lost(lost: Lost) -> Iterator[Row]:
    stopped = lost.ticket.stopped
    if lost.ticket.missing or stopped is None:
        why = "nobody to ask"
    else:
        why = came_of(stopped)
    yield Row(
        lost.ticket.want.say, Mark.MISS, f"{counted(lost.times, 'time')} {why}", "error", 1
    )
    yield Row(because(lost.ticket), indent=2)


def course_of(found: Evening, course: Course) -> str:
    """Tells what came of an incident: what was called, who noticed, how long it lasted."""
    if course.taken.caller is None:
        return f"Nothing came of it: {course.taken.nothing}."
    done = sum(outcome.has_succeeded for outcome in course.outcomes)
    calls = f"Of {counted(len(course.outcomes), 'call')}, AWS let {done} through."
    said = [calls if course.outcomes else "No call was made with it."]
    if course.noticed:
        said.append(f"It was noticed at {course.noticed:%H:%M}.")
    elif course.outcomes:
        said.append("Nobody noticed before the shop closed.")
    return " ".join((*said, _contained(found, course)))


def _contained(found: Evening, course: Course) -> str:
    """How long it took until nothing more could be reached; where a change left something, what that was."""
    left = _left(course)
    undone = _undone(course)
    if course.minutes == 0 and not undone:
        return "It never got further."
    if course.minutes is not None:
        good = " for good" if undone else ""
        took = counted(course.minutes, "minute")
        return f"{undone}{left}{took} until it was contained{good}: from then on it opened nothing more."
    least = as_needed(course.left or course.radius, course)
    if undone:
        return f"{undone}{left}It stayed open until the shop closed."
    if left:
        if least and not _stopped(course, found.ended):
            why = ", since the jobs need what is left"
        else:
            why = ""
        helps = CONTAINS[_still_held(found.day, course)]
        return f"{left}That stayed open until the shop closed, so it was not contained: what helps first is {helps}{why}."
    if least:
        return f"It stayed open until the shop closed, but it opened little{least}. Your policies kept it that small."
    return "Nobody contained it: it stayed open until the shop closed."


def _still_held(day: Day, course: Course) -> Takes:
    """Which sort of credential the thief still held in the end: a password may be gone, and who signed in by it not."""
    from coffeeshop.shop.stopping import loot_of  # with the day, which a shop opens without

    loot = loot_of(day.closed, course, clock(day.date, CLOSES))
    gone = isinstance(loot.whose, User) and loot.whose.login is None
    if loot.takes == "password" and gone:
        return "session"
    return loot.takes


def _stopped(course: Course, ended: Sequence[Ended]) -> bool:
    """Whether the learner stopped jobs of the person whom it befell."""
    who = course.theft.who
    return any(job.who.removeprefix("user/") == who for one in ended for job in one.jobs)


def _left(course: Course) -> str:
    """What the learner's last change left open; "" where it left nothing, or no less than was open at first."""
    if course.changed is None or course.left is None or course.changed == course.contained:
        return ""
    found = beyond(course.left, course)
    if len(found.pairs) >= len(beyond(course.radius, course).pairs):
        return ""
    return f"Your change at {course.changed:%H:%M} left {size(found)}{as_needed(found, course)}. "


def _undone(course: Course) -> str:
    """That a change of the learner's opened again what was contained; "" where none did."""
    if course.reopened:
        return f"It was contained until your change at {course.reopened:%H:%M}. "
    return ""


def under(found: Evening) -> str:
    """Tells which policies those are that tonight's are compared with."""
    if found.untouched:
        return "before you changed anything"
    return "under yesterday's policies"


def unable(found: Evening) -> str:
    """Tells what those other policies cost: a shop in which nobody can work is safe, too; "" where every job worked."""
    jobs = counted(len(found.day.rota.jobs), "job")
    if found.stuck:
        return f" {found.stuck} of {jobs} did not work then."
    return ""


def _changes(found: Evening) -> Iterator[Row]:
    head = "What would have helped"
    if found.changes:
        yield Row(
            "A single call, made before it happened, and no job would have stopped:",
            word=head,
        )
    elif found.advised and found.course and beyond(found.course.radius, found.course).pairs:
        yield Row(
            "No single call would have helped without breaking something else.", word=head
        )
    edits = (one for one in found.day.happenings if one.kind is Kind.EDIT and one.outcome)
    yours = {flat(spelled(one.outcome.act.call)): one.at for one in edits if one.outcome}
    for change in found.changes:
        at = yours.get(flat(spelled(change.call)))
        mine = f" You made it at {at:%H:%M}." if at else ""
        yield Row(
            f"{_helped(change)}{STOPGAP * (makeshift(change.call) > 1)}{mine}",
            indent=1,
            role="ok",
        )
        yield Row(write_line(change.call), role="code", indent=2)


def _helped(change: Change) -> str:
    """What would have been left within reach, as a sentence."""
    if not change.left:
        return "Nothing would have been within reach."
    if change.needed:
        return "No more would have been within reach than the jobs need."
    return f"Of {change.of} ways to use what is there, each thing at each access level, {change.left} would have been left."


def _ended(found: Ended, own: bool) -> Iterator[Row]:
    """What the learner's own call stopped, and what gives it back; in a shop of one's `own` nothing is graded."""
    jobs = "; ".join(job.say for job in found.jobs)
    word = "Works no more" if len(found.jobs) == 1 else "Work no more"
    until = f"until your call at {found.act.at:%H:%M}: {flat(spelled(found.act.call))}"
    yield Row(f"{jobs}. This worked when the shop opened, {until}", word=word, role="error")
    graded = "" if own else ", and the grade counts it,"
    stays = f"It stays so{graded} until undo takes that call back"
    if found.mend is None:
        yield Row(f"{stays}.", indent=1)
        return
    yield Row(f"{stays}, or this is called:", indent=1)
    yield Row(flat(write_line(found.mend)), role="code", indent=2)


def line(found: Evening) -> Row:
    """Tells a whole day in one line."""
    course = found.course
    said = f"{found.done} served, {found.turned_away} turned away"
    if course is None:
        return Row(said, word=f"{found.day.date:%a %d %b}")
    reach = f"{course.theft.name} of {course.theft.who} at {course.theft.at:%H:%M} reached {size(course.radius)}"
    mark = Mark.LEAK if course.radius.pairs - course.own else Mark.OK
    return Row(f"{said}; {reach}", mark, f"{found.day.date:%a %d %b}", ROLES[mark])
