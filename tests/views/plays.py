"""Plays of the bundled scenarios, as far as a script takes them."""

from __future__ import annotations

from functools import cache

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.shop.want import Ticket

# A role of 15 with its policy, in which nobody is yet; a group of 10 with one, in which nobody is either.
TRUSTED = """aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Cashier --policy-name sales --policy-document file://policies/cashier.json
"""
LOOSE = """aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
"""


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
    return run_all_wants(played(name, script))


@cache
def graded(name: str, script: str = "") -> Report:
    return grade(played(name, script))
