"""Order the events of a day at the shop: the learner's calls, customers, random events, the theft and the attacker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import merge
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.model import Act, Outcome
from coffeeshop.shop.happenings import Occasion
from coffeeshop.shop.incident import PlannedTheft
from coffeeshop.shop.rota import (
    CLOSING_TIME,
    OPENING_TIME,
    Rota,
    Task,
    draw_tasks,
    occasions_of_day,
    shop_time,
)

ATTACK_INTERVAL = timedelta(minutes=1)  # between two calls of an attacker
# If no credential could be stolen, the theft is tried again after this time.
RETRY_INTERVAL = timedelta(hours=1)
# A call of the learner. An Outcome if the call's outcome in the learner's own account is known.
LearnerCall: TypeAlias = Act | Outcome


class AttackerTurn(Struct, frozen=True):
    """An event at which the attacker may make one call."""


Event: TypeAlias = Act | Outcome | PlannedTheft | AttackerTurn | Occasion | Task
# Events of the same instant come in this order.
_ORDER_AT_SAME_TIME = (Act, Outcome, PlannedTheft, AttackerTurn, Occasion, Task)


def timed_events(
    rota: Rota,
    seed: int,
    learner_calls: Sequence[LearnerCall],
    planned_theft: PlannedTheft | None,
) -> Iterator[tuple[datetime, Event]]:
    """Yield the events of the day with their times, in the order of the clock.

    A user who is fired that day has no customers. The theft is tried every hour, because the
    credential may exist only later. The attacker acts every minute after it.
    """
    opens = shop_time(rota.date, OPENING_TIME)
    closes = shop_time(rota.date, CLOSING_TIME)
    sorted_occasions = sorted(
        occasions_of_day(rota, seed), key=lambda occasion: occasion.at
    )
    skipped_jobs = _jobs_of_fired_victim(rota, planned_theft)
    event_lists: list[list[tuple[datetime, Event]]] = [
        [
            (_time_of_call(call), call)
            for call in learner_calls
            if opens <= _time_of_call(call) < closes
        ],
        [(shop_time(rota.date, occasion.at), occasion) for occasion in sorted_occasions],
        [
            (task.at, task)
            for task in draw_tasks(rota, seed)
            if task.want not in skipped_jobs
        ],
    ]
    if planned_theft:
        theft_time = planned_theft.theft.at
        tries = _instants(RETRY_INTERVAL, theft_time, closes - RETRY_INTERVAL)
        turns = _instants(ATTACK_INTERVAL, theft_time + ATTACK_INTERVAL, closes)
        event_lists.append([(at, planned_theft) for at in tries])
        event_lists.append([(at, AttackerTurn()) for at in turns])
    return merge(
        *event_lists, key=lambda pair: (pair[0], _ORDER_AT_SAME_TIME.index(type(pair[1])))
    )


def _jobs_of_fired_victim(
    rota: Rota, planned_theft: PlannedTheft | None
) -> Sequence[object]:
    """Return the jobs that no one does on this day because the victim of the theft is fired. () if no one is."""
    if planned_theft is None or not planned_theft.is_fixed:
        return ()
    if not planned_theft.theft.incident.victim_leaves:
        return ()
    return rota.jobs_of(planned_theft.theft.victim)


def _time_of_call(learner_call: LearnerCall) -> datetime:
    """Return when the learner made a call."""
    act = learner_call.act if isinstance(learner_call, Outcome) else learner_call
    return act.at


def _instants(interval: timedelta, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """Yield the instants from `begins` until before `ends`, one `interval` apart."""
    while begins < ends:
        yield begins
        begins += interval
