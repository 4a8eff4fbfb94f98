"""Names that the grade makes up for principals and things that may exist later, and their explanations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from coffeeshop.lessons.grading.canaries import (
    SEARCHED_NAME,
    STANDS_FOR,
    draw_canaries,
    made_up_note,
)
from coffeeshop.lessons.grading.made_up_names import (
    is_known,
    is_named_by_policy,
    known_arns,
    resource_name,
    searched_names,
)
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Decision
from coffeeshop.views.rows import Row


def made_up_names(play: Play) -> Mapping[str, str]:
    """Return the explanation of each made-up name of a play, by name."""
    names = draw_canaries(play)
    return {names[kind]: message for kind, message in STANDS_FOR.items()}


def made_up_resources(play: Play, decisions: Iterable[Decision]) -> Mapping[str, str]:
    """Return the ARN of each requested resource that the comparison of policies made up, with its name.

    The account doesn't have it, and neither a command of the scenario nor a policy names it.
    """
    arns = known_arns(play.account)
    return {arn: resource_name(arn, arns) for arn in _unknown_arns(play, decisions, arns)}


def _unknown_arns(
    play: Play, decisions: Iterable[Decision], known: frozenset[str]
) -> Iterator[str]:
    """Yield the ARNs of `made_up_resources`. `known` are the ARNs of what exists."""
    requested = [each for each in decisions if each.request.resource != "*"]
    if not requested:
        return
    commands = [line.text for want in play.scenario.wants for line in want.do]
    # A policy that allows everything doesn't name the thing, but another person's policy may.
    policies = {
        policy.text
        for decision in requested
        for layer in decision.standing.layers
        for policy in layer.policies
    }
    for resource in dict.fromkeys(decision.request.resource for decision in requested):
        name = resource_name(resource)
        if (
            not is_known(resource, known)
            and not any(_names(text, name) for text in commands)
            and not any(f'{resource}"' in text for text in policies)
            and not is_named_by_policy(resource, play.account)
        ):
            yield resource


def explained_person(name: str, names: Mapping[str, str]) -> str:
    """Return a person's name for a sentence, with the explanation of a made-up name."""
    if name in names:
        return f"{names[name]}, here called {name},"
    return name


def explain_name(text: str, names: Mapping[str, str]) -> str:
    """Return a thing's name with the explanation of each made-up name in it."""
    meanings = [message for name, message in names.items() if _names(text, name)]
    match meanings:
        case []:
            return text
        case [meaning]:
            return f"{text} (a made-up name, which stands for {meaning})"
        case _:
            return f"{text} (made-up names, which stand for {join_words(meanings)})"


def with_made_up_names(
    play: Play, rows: Iterable[Row], decisions: Iterable[Decision] = ()
) -> Iterator[Row]:
    """Yield rows, then an explanation of each made-up name in them."""
    shown_rows = list(rows)
    yield from shown_rows
    yield from made_up_notes(play, shown_rows, decisions)


def made_up_notes(
    play: Play, rows: Iterable[Row], decisions: Iterable[Decision] = ()
) -> Iterator[Row]:
    """Yield an explanation of each made-up name in some rows.

    `decisions` are those that the rows tell: the comparison can have made up the resource of one.
    """
    text = "\n".join(f"{row.word} {row.text}" for row in rows)
    # By its ARN, since a user or a bucket can have the same name.
    resources = made_up_resources(play, decisions).items()
    shown_resources = [name for arn, name in resources if _names(text, arn)]
    names = {
        **dict.fromkeys(shown_resources, SEARCHED_NAME),
        **made_up_names(play),
        **dict.fromkeys(searched_names(text, play.account), SEARCHED_NAME),
    }
    for name, stands_for in names.items():
        if _names(text, name):
            yield Row(made_up_note(name, stands_for), role="muted", indent=1)


def _names(text: str, name: str) -> bool:
    """Return whether a name occurs in a text as a whole word."""
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))
