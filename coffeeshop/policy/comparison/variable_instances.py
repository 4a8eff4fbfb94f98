"""Propose values for a policy variable that nothing fixes.

`home/${aws:username}/*` stands for one pattern per value, too many to try. A difference mostly shows in three cases. The key is
absent, it has any word, or it has the word at the same place of another pattern (`home/bob/*`) or of a condition on the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product

from coffeeshop.policy.comparison.budgets import INSTANCES
from coffeeshop.policy.language.variables import fitting_values, variable_names
from coffeeshop.policy.model import Fixed, Standing, Statement

WORD = "someone"


def propose_instances(
    keys: Iterable[str], standings: tuple[Standing, Standing]
) -> Iterator[Mapping[str, Fixed]]:
    """Yield choices of values for these keys (in lower case), the plainest first, at most
    INSTANCES.
    """
    statements = [
        statement
        for standing in standings
        for layer in standing.layers
        for policy in layer.policies
        for statement in policy.statements
    ]
    chosen = {
        key: dict.fromkeys((None, WORD, *_likely_values(key, statements))) for key in keys
    }
    for values in islice(product(*chosen.values()), INSTANCES):
        yield {
            key: (value,) if value else None
            for key, value in zip(chosen, values, strict=True)
        }


def _likely_values(key: str, statements: list[Statement]) -> Iterator[str]:
    """Yield the values that the statements have for the key: in conditions, and in its
    place elsewhere.
    """
    conditions = [
        condition for statement in statements for condition in statement.conditions
    ]
    for condition in conditions:
        if condition.key.lower() == key:
            yield from (
                _fill_wildcards(value)
                for value in condition.values
                if not variable_names(value)
            )
    elements = [
        statement.resources.values for statement in statements if statement.resources
    ]
    texts = [*(condition.values for condition in conditions), *elements]
    plain = [
        _fill_wildcards(value)
        for values in texts
        for value in values
        if not variable_names(value)
    ]
    for value in (
        value
        for values in texts
        for value in values
        if key in map(str.lower, variable_names(value))
    ):
        yield from (
            candidate for text in plain for candidate in fitting_values(value, key, text)
        )


def _fill_wildcards(pattern: str) -> str:
    return pattern.replace("*", "x").replace("?", "x")
