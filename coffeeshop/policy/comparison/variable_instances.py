"""Propose values for a policy variable that nothing fixes.

`home/${aws:username}/*` means one pattern per value, too many to try. A difference mostly
shows in three cases. The key is absent, it has any word, or it has the word at the same
place of another pattern (`home/bob/*`) or of a condition on the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product

from coffeeshop.policy.comparison.budgets import MAX_VARIABLE_INSTANCES
from coffeeshop.policy.language.variables import fitting_values, variable_names
from coffeeshop.policy.model import Fixed, Standing, Statement

EXAMPLE_VALUE = "someone"


def variable_value_choices(
    keys: Iterable[str], standings: tuple[Standing, Standing]
) -> Iterator[Mapping[str, Fixed]]:
    """Yield choices of values for the context keys that policy variables use, the plainest
    first, at most MAX_VARIABLE_INSTANCES.

    A variable whose value nothing fixes can have any. The comparison is made once for each
    choice. `keys` are in lower case. None means that the request lacks the key.
    """
    statements = [
        statement
        for standing in standings
        for layer in standing.layers
        for policy in layer.policies
        for statement in policy.statements
    ]
    chosen = {
        key: dict.fromkeys((None, EXAMPLE_VALUE, *_likely_values(key, statements)))
        for key in keys
    }
    for values in islice(product(*chosen.values()), MAX_VARIABLE_INSTANCES):
        yield {
            key: (value,) if value else None
            for key, value in zip(chosen, values, strict=True)
        }


def _likely_values(key: str, statements: list[Statement]) -> Iterator[str]:
    """Yield values of a key at which a difference could show.

    They are the values that conditions compare the key with, and the words that other
    patterns have in the variable's place.
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
    texts_without_variables = [
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
            candidate
            for text in texts_without_variables
            for candidate in fitting_values(value, key, text)
        )


def _fill_wildcards(pattern: str) -> str:
    """Return a text that the pattern matches, with x for each wildcard."""
    return pattern.replace("*", "x").replace("?", "x")
