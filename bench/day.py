"""How long a day of 30 people takes, and whether 365 days of a shop of one's own stay linear in time and flat in memory.

    python bench/day.py [--requests 2000] [--days 365]

*Day* is run_day alone, of the own shop as its reference leaves it, with 30 people at work and about so many requests, with
a stolen key among them: the median of seven. *Evening* is what is counted of it, with the search for single changes. The
days of a year are run one after the other by the headless command's own functions; of these the processor time of each
quarter and the resident memory at its end are told. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import OWN_SHOP, find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.days import day_of, evening_of, next_date, rota_of
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.shop.day import Day, Kind
from coffeeshop.shop.day_run import run_day
from coffeeshop.shop.evening import day_results

GROWN = 60  # by that day the own shop has all its people


def requests(day: Day) -> int:
    """Calls that were made in a day."""
    tickets = sum(len(ticket.outcomes) for ticket in day.tickets)
    return tickets + sum(one.kind is Kind.ATTACK for one in day.happenings)


def whole_day(play: Play, wanted: int) -> dict[str, object]:
    """A day of about so many requests, and its evening."""
    date = next_date(play.now) + timedelta(days=GROWN)
    plan = rota_of(play.scenario, date)
    plan = replace(plan, customers_per_job=max(wanted // len(plan.jobs), 1))
    spent, worked, day = list[float](), list[float](), None
    for _ in range(7):
        since, before = time.perf_counter(), time.process_time()
        day = run_day(play.account, plan, 1, incident_id="leaked-key")
        spent.append(time.perf_counter() - since)
        worked.append(time.process_time() - before)
    assert day is not None
    since = time.perf_counter()
    counted = day_results(day, play.scenario.opening)
    return {
        "people": len(plan.people),
        "requests": requests(day),
        "jobs_failed": counted.failed_count,
        "day_seconds": round(statistics.median(spent), 3),
        "day_processor_seconds": round(statistics.median(worked), 3),
        "evening_seconds": round(time.perf_counter() - since, 3),
    }


def year(play: Play, days: int) -> dict[str, object]:
    """So many days, one after the other: processor seconds of each quarter, and megabytes at its end."""
    first, seconds, resident = next_date(play.now), list[float](), list[float]()
    since = time.process_time()
    for nth in range(days):
        one = Opening(first + timedelta(days=nth))
        evening_of(play, day_of(play, one), advice=False)
        if (nth + 1) % max(days // 4, 1) == 0:
            seconds.append(round(time.process_time() - since, 2))
            resident.append(memory())
            since = time.process_time()
    return {
        "days": days,
        "quarter_processor_seconds": seconds,
        "quarter_megabytes": resident,
    }


def memory() -> float:
    """Megabytes that this process holds. Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args()
    scenario = load(find(OWN_SHOP))
    play = run_play(scenario, scenario.solution)
    found = {**whole_day(play, asked.requests), **year(play, asked.days)}
    print(json.dumps({"machine": platform.platform(), "load": os.getloadavg()[0], **found}))


if __name__ == "__main__":
    main()
