"""What is counted in the evening: trade done and lost, how far the theft reached tonight and would have reached under
other policies, how long it lasted, and which single change would have stopped it.
"""

from __future__ import annotations

from msgspec import Struct

from coffeeshop.account.model import Account
from coffeeshop.shop.changes import Change, changes
from coffeeshop.shop.day import Course, Day
from coffeeshop.shop.incident import reaches
from coffeeshop.shop.radius import Radius
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket


class Lost(Struct, frozen=True):
    """A job that was not done: how often, and the first ticket, which holds the decision. `refused` tells whether it
    was for want of permission, or of a credential; else what was asked for is gone.
    """

    ticket: Ticket
    times: int

    @property
    def refused(self) -> bool:
        """Tells whether AWS refused it, or nobody could ask."""
        return bool(self.ticket.missing) or self.ticket.refused


class Evening(Struct, frozen=True):
    """The evening of a day. `before` is how far the same theft reaches under other policies, if they are known, and
    `stuck` how many jobs nobody could do under them; `changes` are single changes that stop the theft or shorten its
    reach, and no job, the best first.
    """

    day: Day
    done: int
    lost: tuple[Lost, ...]
    before: Radius | None = None
    stuck: int = 0
    changes: tuple[Change, ...] = ()

    @property
    def course(self) -> Course | None:
        """Returns the incident."""
        return self.day.course

    @property
    def turned_away(self) -> int:
        """Tells how many customers left without what they came for."""
        return sum(one.times for one in self.lost)


def evening(day: Day, before: Account | None = None, advice: bool = True) -> Evening:
    """Returns what is counted of a day; `before` is the account as it stood under yesterday's policies. `advice`: look
    for changes too, which takes longer than the day.
    """
    done, lost = 0, dict[str, Lost]()
    for ticket in day.tickets:
        if ticket.allowed:
            done += 1
        else:
            first = lost.get(ticket.want.id, Lost(ticket, 0))
            lost[ticket.want.id] = Lost(first.ticket, first.times + 1)
    course = day.course
    old = reaches(before, day.rota, course.theft) if before and course else None
    found = changes(day.opened, day.rota, course.theft) if advice and course else ()
    stuck = sum(not serve(before, job, course.theft.at).allowed for job in day.rota.jobs) if before and course else 0
    return Evening(day, done, tuple(lost.values()), old, stuck, found)
