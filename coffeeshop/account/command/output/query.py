"""Evaluate `--query`, a JMESPath expression over an answer, within bounds. Errors have the CLI's words.

https://jmespath.org/specification.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from warnings import catch_warnings, simplefilter

if TYPE_CHECKING:
    from coffeeshop.account.command.terminal_text import Plain

MAX_VALUES = 100_000  # most values in a result
MAX_DEPTH = 64  # most levels of a result
TOO_MANY_VALUES = "--query finds more than a terminal could show; ask for less"
NESTED_TOO_DEEPLY = "nested too deeply"
JSON_TYPES = (list, dict, str, int, float, type(None))


class QueryError(ValueError):
    """Reports an expression that can't be read or evaluated, in the CLI's words."""


def check_query(expression: str) -> str:
    """Return the expression. Raise QueryError if it can't be read."""
    _parse_query(expression)
    return expression


def _parse_query(expression: str) -> Any:
    """Return a JMESPath expression, parsed. Imported late, because few lines have a query."""
    # Few lines have a query, and an import is a hundredth of a second.
    from jmespath import compile

    try:
        with catch_warnings():
            # A name without quotes, such as `casey`, which the CLI takes as well.
            simplefilter("ignore", PendingDeprecationWarning)
            return compile(expression).parsed
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecursionError):
            reason = NESTED_TOO_DEEPLY
        else:
            reason = str(error)
        raise QueryError(f"Bad value for --query {expression}: {reason}") from None


def run_query(expression: str, value: Plain) -> Plain:
    """Return the result of the expression on a value. Raise QueryError.

    Some faults of functions show only when they run.
    """
    from coffeeshop.account.command.output.bounded_query import BeyondError, Bounded

    try:
        answer = Bounded().visit(_parse_query(expression), value)
        if not _is_printable(answer):
            raise BeyondError
    except BeyondError:
        raise QueryError(TOO_MANY_VALUES) from None
    except RecursionError:
        raise QueryError(f"--query is {NESTED_TOO_DEEPLY}") from None
    except (
        ValueError,
        TypeError,
        ArithmeticError,
    ) as error:  # Python's own, as of [::0], '1'>`1`, ceil(`1e999`)
        raise QueryError(str(error)) from None
    return cast("Plain", answer)


def _is_printable(value: object) -> bool:
    """Return whether a value is small enough to print.

    Raise TypeError for a value that isn't JSON, such as the expression reference `&UserName`. A value counts once for
    each place in which it would be printed.
    """
    from coffeeshop.account.command.output.bounded_query import child_values, own_size

    budget = MAX_VALUES
    level = [value]
    for _ in range(MAX_DEPTH):
        if strange := [part for part in level if not isinstance(part, JSON_TYPES)]:
            raise TypeError(
                f"Object of type {type(strange[0]).__name__} is not JSON serializable"
            )
        level = [
            part for container in level[: budget + 1] for part in child_values(container)
        ]
        budget -= sum(map(own_size, level))
        if budget < 0 or not level:
            break
    return budget >= 0 and not level
