"""Draw an exercise by topic, level and seed, and check it before a learner sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import tomli_w
from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.authoring.author import check_exercise
from coffeeshop.lessons.exercises.blanks import BLANK_SUFFIX, blank_document
from coffeeshop.lessons.exercises.broken import break_part
from coffeeshop.lessons.exercises.choice import (
    ALL_TOPICS,
    ANY_TOPIC,
    BROKEN_LEVEL,
    DIAGNOSIS,
    FIRST_TOPICS,
    Choice,
)
from coffeeshop.lessons.exercises.first_edition import FIRST_BELIEFS, FIRST_HOLDS
from coffeeshop.lessons.exercises.ideas import IDEAS, Idea
from coffeeshop.lessons.exercises.pairs import IDEA_PAIRS
from coffeeshop.lessons.exercises.part import Kit, Part, Setting
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.spoilers import files_read_by
from coffeeshop.lessons.scenario.dice import Dice, Names
from coffeeshop.lessons.scenario.load import build_scenario
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, read_form
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.lessons.teaching.skills import skills
from coffeeshop.policy.problem import Level, Place, Problem, Problems

MAX_DRAFTS = 20  # tries for one exercise, at most
TEMPLATE_LEVEL = 1  # the level with templates
PAIRS_FROM = 3  # the level whose ideas affect each other
BROKEN_TITLE = "A broken account"
# The calls that help with a broken account, so that the list doesn't give the fix away.
BROKEN_CALLS = (
    "iam get-user",
    "iam list-groups-for-user",
    "iam list-group-policies",
    "iam get-group-policy",
    "iam get-role",
    "iam get-role-policy",
    "iam get-policy-version",
    "s3 get-bucket-policy",
    "iam add-user-to-group",
    "iam put-group-policy",
    "iam put-role-policy",
    "iam update-assume-role-policy",
    "iam create-policy-version",
    "iam delete-user-permissions-boundary",
    "s3 delete-bucket-policy",
)
# Services whose names in command lines aren't those of their calls.
CALLED_SERVICES = {"s3api": "s3", "accessanalyzer": "access-analyzer"}
# Those that help as well where a KMS key encrypts something.
BROKEN_KEY_CALLS = ("kms get-key-policy", "kms put-key-policy")
BROKEN_OBJECTIVE = "Find why a request fails, and fix only that"
# The practice rules of every exercise.
USUAL_RULES = ("no-direct-user-policies", "no-wildcard-action", "no-unknown-actions")


class Exercise(Struct, frozen=True):
    """An exercise that passed every check: its files by path, and the problems of each refused draft."""

    choice: Choice
    files: Mapping[str, bytes]
    refused: tuple[tuple[Problem, ...], ...] = ()


@lru_cache(maxsize=8)
def exercise(choice: Choice) -> Exercise:
    """Return the exercise of a choice: the first draft that passes every check of `author check`.

    Raise Problems if none of MAX_DRAFTS drafts does.
    """
    refused = list[tuple[Problem, ...]]()
    for number in range(MAX_DRAFTS):
        try:
            files = draft(choice, number)
        except Problems as found:
            refused.append(found.problems)
            continue
        problems = faults(choice, files)
        if not problems:
            return Exercise(choice, files, tuple(refused))
        refused.append(problems)
    message = f"none of {MAX_DRAFTS} drafts of {choice.id} holds"
    raise Problems(
        Problem(Level.ERROR, "no-exercise", Place(), message, "take another seed"),
        *refused[0],
    )


def faults(choice: Choice, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Return the problems of a draft, by the checks that every scenario passes."""
    try:
        return check_exercise(scenario_of_files(choice, files))
    except Problems as found:
        return found.problems


def scenario_of_files(choice: Choice, files: Mapping[str, bytes]) -> Scenario:
    """Return the scenario in the files of an exercise. Raise Problems."""
    return build_scenario(read_form(files[SCENARIO_FILE].decode()), choice.id, files, 0)


def draft(choice: Choice, number: int) -> Mapping[str, bytes]:
    """Return the files of a draft that isn't checked yet. Raise Problems if nothing breaks an account of level 4."""
    dice = Dice(f"{choice.id} {number}")
    if choice.is_first_edition:
        ideas = [_first_idea(IDEAS[topic]) for topic in _first_topics(choice, dice)]
        names = Names(dice, course_shop().pools)
        parts = [idea.make(Kit(names, dice, at, True)) for at, idea in enumerate(ideas, 1)]
        return _files_of(_scenario_table(choice, ideas, parts), parts)
    topics, idea = _drawn_idea(choice, dice)
    names = Names(dice, course_shop().pools)
    part = idea.make(Kit(names, dice, 1, account_seed=choice.id.encode()))
    if choice.level == BROKEN_LEVEL:
        return _broken_files(choice, topics, idea, part, dice, names)
    return _todays_files(choice, idea, part)


def _todays_files(choice: Choice, idea: Idea, part: Part) -> Mapping[str, bytes]:
    """Return the files of an exercise of today's edition, on an idea or a pair of ideas."""
    table = _scenario_table(choice, (idea,), (part,)) | _todays_keys(choice, part)
    return _files_of(
        table, (part,), _templates(part) if choice.level == TEMPLATE_LEVEL else {}
    )


def _broken_files(
    choice: Choice,
    topics: Sequence[str],
    idea: Idea,
    part: Part,
    dice: Dice,
    names: Names,
) -> Mapping[str, bytes]:
    """Return the files of a broken account. Raise Problems if no change breaks just a job in it."""
    title = Idea(BROKEN_TITLE, BROKEN_OBJECTIVE, idea.chapter, idea.make)

    def build(tried: Part) -> Scenario:
        """Return the scenario of a part. Raise Problems."""
        return scenario_of_files(choice, _todays_files(choice, title, tried))

    broken = break_part(part, dice, names, build)
    if broken is None:
        message = f"no change breaks {idea.title!r} as it should"
        raise Problems(
            Problem(Level.ERROR, "unbroken", Place(), message, "take another draft")
        )
    table = _scenario_table(choice, (title,), (broken.part,))
    table["story"] |= {"opening": broken.opening}
    calls = [*map(_call_name, broken.part.solution)]
    if part.key_names:
        calls = [*BROKEN_KEY_CALLS, *calls]
    table |= _todays_keys(choice, broken.part) | {
        "form": "diagnosis",
        "calls": [*dict.fromkeys((*BROKEN_CALLS, *filter(None, calls)))],
        "point": [id for id, skill in skills().items() if {*topics} & {*skill.practice}],
        "case": [broken.case],
        # The case's own hints, and those about wrong answers to it.
        "hint": [*broken.hints, *filter(broken.is_about_mistake, table["hint"])],
        "quiz": [],
    }
    return _files_of(table, (broken.part,))


def _files_of(
    table: Mapping[str, Any], parts: Sequence[Part], templates: Mapping[str, str] = {}
) -> Mapping[str, bytes]:
    """Return the files of an exercise by path."""
    texts = {
        SCENARIO_FILE: tomli_w.dumps(table),
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
        **templates,
    }
    return {name: text.encode() for name, text in sorted(texts.items())}


def _drawn_idea(choice: Choice, dice: Dice) -> tuple[tuple[str, ...], Idea]:
    """Return the idea, or the pair of ideas, of an exercise, with its topics."""
    is_open = choice.topic in (ANY_TOPIC, DIAGNOSIS)
    alone = [
        ((topic,), IDEAS[topic]) for topic in ALL_TOPICS if is_open or topic == choice.topic
    ]
    pairs = [
        (pair.topics, pair.idea)
        for pair in IDEA_PAIRS
        if is_open or choice.topic in pair.topics
    ]
    drawn_from = {PAIRS_FROM: pairs, BROKEN_LEVEL: [*alone, *pairs]}.get(
        choice.level, alone
    )
    return dice.some(drawn_from, 1)[0]


def _todays_keys(choice: Choice, part: Part) -> dict[str, Any]:
    """Return the keys that scenario.toml has in today's edition, besides those of the first edition."""
    lines = (*part.setting.looks, *part.solution)
    return {
        "form": "completion" if choice.level == TEMPLATE_LEVEL else "task",
        "calls": [*dict.fromkeys(filter(None, map(_call_name, lines)))],
    }


def _call_name(line: str) -> str:
    """Return the call of a command line as scenario.toml names it: "iam put-group-policy"."""
    program, service, operation = f"{line}   ".split(" ")[:3]
    if program != "aws":
        return ""
    return f"{CALLED_SERVICES.get(service, service)} {operation}"


def _templates(part: Part) -> dict[str, str]:
    """Return a template for each document of the solution that the world doesn't have, by file name."""
    world_files = files_read_by(part.world)
    templates = dict[str, str]()
    for name in files_read_by(part.solution):
        if name not in world_files:
            text = json.dumps(blank_document(part.documents[name]), indent=2)
            templates[name.replace(".json", BLANK_SUFFIX)] = f"{text}\n"
    return templates


def _first_idea(idea: Idea) -> Idea:
    """Return an idea as it was in the first edition."""
    return replace(
        idea,
        title=idea.first_title or idea.title,
        objective=idea.first_objective or idea.objective,
    )


def _first_topics(choice: Choice, dice: Dice) -> tuple[str, ...]:
    """Return the topics of an exercise of the first edition, the chosen topic first and the others drawn."""
    first = () if choice.topic == ANY_TOPIC else (choice.topic,)
    other_names = [topic for topic in FIRST_TOPICS if topic not in first]
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
    rules = dict.fromkeys(
        (*USUAL_RULES, *chain.from_iterable(part.rules for part in parts))
    )
    setting = _merged_setting(parts)
    people = {
        "graded": [name for part in parts for name in part.people],
        "admins": ["ada"],
    }
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
        "misconceptions": sorted({mistake.misconception for mistake in mistakes} - {""}),
        "story": {
            "text": "\n\n".join(part.story for part in parts),
            "names": [f"group/{name}" for part in parts for name in part.groups],
            "debrief": "\n\n".join(part.debrief for part in parts),
            "fine_print": sorted(
                {misconceptions()[mistake.misconception].page for mistake in mistakes}
            ),
        },
        "world": {
            "now": "2026-03-02T08:00:00Z",
            "fixed": [name for part in parts for name in part.fixed],
            **({"desk": [*setting.desk]} if setting.desk else {}),
        },
        "people": people | _setting_people(setting),
        **({"workload": dict(setting.workloads)} if setting.workloads else {}),
        "job": [row for part in parts for row in part.jobs],
        "refuse": [row for part in parts for row in part.refusals],
        "practice": [
            {"rule": rule, **setting.rule_options.get(rule, {})}
            for rule in rules
            if rule not in setting.without
        ],
        "hint": [*_hints(parts, choice.is_first_edition)],
        "quiz": [parts[0].question],
        "wrong": [
            {
                "script": f"wrong/{mistake.name}.sh",
                "stars": mistake.stars,
                "findings": [*mistake.findings],
                "misconception": mistake.misconception,
            }
            for mistake in mistakes
        ],
    }


def _merged_setting(parts: Sequence[Part]) -> Setting:
    """Return the setting of an exercise. Exercises of several parts have none."""
    return parts[0].setting if len(parts) == 1 else Setting()


def _setting_people(setting: Setting) -> dict[str, Any]:
    """Return the rows of the table `people` that a setting needs."""
    table = dict[str, Any]()
    if setting.machines:
        table["machines"] = [*setting.machines]
    if setting.has_real_credentials:
        table["badges"] = "real"
    if setting.outside:
        table["outside"] = dict(setting.outside)
    return table


def _hints(parts: Sequence[Part], is_first_edition: bool) -> Iterator[dict[str, Any]]:
    """Yield hints for each mistake's first finding: the misconception as a question, the fact, and the answer."""
    told_hints = set[str]()
    for part in parts:
        for mistake in part.mistakes:
            first = min(mistake.findings)
            if first not in told_hints:
                told_hints.add(first)
                misconception = misconceptions()[mistake.misconception]
                question = "Is it so?" if is_first_edition else "Is this true?"
                believed = misconception.believed
                holds = misconception.holds
                if is_first_edition:
                    believed = FIRST_BELIEFS.get(mistake.misconception, believed)
                    holds = FIRST_HOLDS.get(mistake.misconception, holds)
                yield {
                    "on": [first],
                    "text": [
                        f"{question} “{believed}”",
                        holds,
                        "\n".join(part.solution),
                    ],
                }
