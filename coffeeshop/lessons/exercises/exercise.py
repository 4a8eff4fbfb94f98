"""Draw an exercise by topic, level and seed, and check it before a learner sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import tomli_w
from msgspec import Struct

from coffeeshop.lessons.authoring.author import check
from coffeeshop.lessons.exercises.choice import ANY, Choice
from coffeeshop.lessons.exercises.dice import Dice, Names
from coffeeshop.lessons.exercises.ideas import IDEAS, Idea
from coffeeshop.lessons.exercises.part import Kit, Part
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.load import build_scenario
from coffeeshop.lessons.scenario.schema import FILE, read_form
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.lessons.teaching.misconceptions import misconceptions
from coffeeshop.policy.problem import Level, Place, Problem, Problems

DRAFTS = 20  # tries for one exercise, at most
# The practice rules of every exercise.
USUAL = ("no-direct-user-policies", "no-wildcard-action", "no-unknown-actions")


class Exercise(Struct, frozen=True):
    """An exercise that passed every check: its files by path, and the problems of each refused draft."""

    choice: Choice
    files: Mapping[str, bytes]
    refused: tuple[tuple[Problem, ...], ...] = ()


@lru_cache(maxsize=8)
def exercise(choice: Choice) -> Exercise:
    """Return the exercise of a choice: the first draft that passes every check of `author check`.

    Raise Problems if none of DRAFTS drafts does.
    """
    refused = list[tuple[Problem, ...]]()
    for number in range(DRAFTS):
        files = draft(choice, number)
        problems = faults(choice, files)
        if not problems:
            return Exercise(choice, files, tuple(refused))
        refused.append(problems)
    message = f"none of {DRAFTS} drafts of {choice.id} holds"
    raise Problems(
        Problem(Level.ERROR, "no-exercise", Place(), message, "take another seed"),
        *refused[0],
    )


def faults(choice: Choice, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Return the problems of a draft, by the checks that every scenario passes."""
    try:
        return check(scenario_of_files(choice, files))
    except Problems as found:
        return found.problems


def scenario_of_files(choice: Choice, files: Mapping[str, bytes]) -> Scenario:
    """Return the scenario in the files of an exercise. Raise Problems."""
    return build_scenario(read_form(files[FILE].decode()), choice.id, files, 0)


def draft(choice: Choice, number: int) -> Mapping[str, bytes]:
    """Return the files of a draft that isn't checked yet."""
    dice = Dice(f"{choice.id} {number}")
    topics = _topics(choice, dice)
    names = Names(dice, course_shop().pools)
    parts = tuple(
        IDEAS[topic].make(Kit(names, dice, index)) for index, topic in enumerate(topics, 1)
    )
    texts = {
        FILE: tomli_w.dumps(
            _scenario_table(choice, tuple(IDEAS[topic] for topic in topics), parts)
        ),
        "world.sh": _script_text(chain.from_iterable(part.world for part in parts)),
        "solution.sh": _script_text(chain.from_iterable(part.solution for part in parts)),
        **{
            f"wrong/{name}.sh": _script_text(lines) for name, lines in _wrong_scripts(parts)
        },
        **{
            name: f"{json.dumps(text, indent=2)}\n"
            for part in parts
            for name, text in part.documents.items()
        },
    }
    return {name: text.encode() for name, text in sorted(texts.items())}


def _topics(choice: Choice, dice: Dice) -> tuple[str, ...]:
    """Return the topics of an exercise, the chosen topic first and the others drawn."""
    first = () if choice.topic == ANY else (choice.topic,)
    other_names = [topic for topic in IDEAS if topic not in first]
    return (*first, *dice.some(other_names, choice.level - len(first)))


def _script_text(lines: Iterator[str] | Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _wrong_scripts(parts: Sequence[Part]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a script for each mistake: the mistake in its own part, and the solution of every other part."""
    for part in parts:
        for mistake in part.mistakes:
            yield (
                mistake.name,
                tuple(
                    line
                    for each_part in parts
                    for line in (mistake.lines if each_part is part else each_part.solution)
                ),
            )


def _scenario_table(
    choice: Choice, ideas: Sequence[Idea], parts: Sequence[Part]
) -> dict[str, Any]:
    """Return the table of scenario.toml."""
    mistakes = [mistake for part in parts for mistake in part.mistakes]
    first = ideas[0]
    rules = dict.fromkeys((*USUAL, *chain.from_iterable(part.rules for part in parts)))
    return {
        "format": 1,
        "id": choice.id,
        "title": first.title
        if len(ideas) == 1
        else f"{first.title}, and {len(ideas) - 1} more",
        "chapter": first.chapter,
        "article": "beyond",
        "objective": "; ".join(idea.objective for idea in ideas),
        "minutes": 8 * len(ideas),
        "misconceptions": sorted({mistake.belief for mistake in mistakes} - {""}),
        "story": {
            "text": "\n\n".join(part.story for part in parts),
            "names": [f"group/{name}" for part in parts for name in part.groups],
            "debrief": "\n\n".join(part.debrief for part in parts),
            "fine_print": sorted(
                {misconceptions()[mistake.belief].page for mistake in mistakes}
            ),
        },
        "world": {
            "now": "2026-03-02T08:00:00Z",
            "fixed": [name for part in parts for name in part.fixed],
        },
        "people": {
            "graded": [name for part in parts for name in part.people],
            "admins": ["ada"],
        },
        "job": [row for part in parts for row in part.jobs],
        "refuse": [row for part in parts for row in part.refusals],
        "practice": [{"rule": rule} for rule in rules],
        "hint": [*_hints(parts)],
        "quiz": [parts[0].question],
        "wrong": [
            {
                "script": f"wrong/{mistake.name}.sh",
                "stars": mistake.stars,
                "findings": [*mistake.findings],
                "misconception": mistake.belief,
            }
            for mistake in mistakes
        ],
    }


def _hints(parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    """Yield hints for each mistake's first finding: the belief as a question, the fact, and the answer."""
    told_hints = set[str]()
    for part in parts:
        for mistake in part.mistakes:
            first = min(mistake.findings)
            if first not in told_hints:
                told_hints.add(first)
                belief = misconceptions()[mistake.belief]
                yield {
                    "on": [first],
                    "text": [
                        f"Is it so? “{belief.believed}”",
                        belief.holds,
                        "\n".join(part.solution),
                    ],
                }
