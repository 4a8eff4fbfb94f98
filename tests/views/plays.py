"""Plays of the bundled scenarios, as far as a script takes them."""

from __future__ import annotations

from functools import cache

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import open_shop
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.shop.want import Ticket


@cache
def scenario(name: str) -> Scenario:
    folder = find(name)
    return load(folder)


@cache
def played(name: str, script: str = "") -> Play:
    """The scenario after its solution (`script` is "solution") or after these lines."""
    text = scenario(name).solution if script == "solution" else script
    return run_play(scenario(name), text)


@cache
def opened(name: str, script: str = "") -> tuple[Ticket, ...]:
    return open_shop(played(name, script))


@cache
def graded(name: str, script: str = "") -> Report:
    return grade(played(name, script))
