"""`--query`: a JMESPath expression over an answer, in the CLI's words where it is none; what it makes is bounded.

https://jmespath.org/specification.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from warnings import catch_warnings, simplefilter

if TYPE_CHECKING:
    from coffeeshop.account.command.terminal_text import Plain

STEPS = 200_000  # parts of an expression looked at, each as often as it is
PARTS = 100_000  # elements or characters of any value on the way, and values of what is found
DEPTH = 64  # levels of what is found
MUCH = "--query finds more than a terminal could show; ask for less"


class QueryError(ValueError):
    """An expression that cannot be read, or not be answered; in the words of the CLI."""


def checked(expression: str) -> str:
    """Returns the expression. Raises QueryError where it is none."""
    _parsed(expression)
    return expression


def _parsed(expression: str) -> Any:
    from jmespath import compile, exceptions  # few lines have a query, and an import is a hundredth of a second

    try:
        with catch_warnings():
            simplefilter("ignore", PendingDeprecationWarning)  # of `casey` without quotes, which the CLI takes as well
            return compile(expression).parsed
    except RecursionError:
        said = "nested too deeply"
    except exceptions.JMESPathError as error:
        said = str(error)
    except ValueError:  # Python's, which reads no number of thousands of digits
        said = "a number in it is too long"
    raise QueryError(f"Bad value for --query {expression}: {said}")


def found(expression: str, value: Plain) -> Plain:
    """Returns what the expression finds in a value. Raises QueryError: of functions only their use tells what is wrong."""
    from jmespath import exceptions
    from jmespath.visitor import TreeInterpreter

    class Bounded(TreeInterpreter):
        """Looks at an expression part by part, so far and no further: `[@,@][]|` doubles with each time it is written."""

        steps = 0

        def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
            self.steps += 1
            seen = cast("Plain", super().visit(node, *args, **kwargs))
            if self.steps > STEPS or (isinstance(seen, list | dict | str) and len(seen) > PARTS):
                raise QueryError(MUCH)
            return seen

    try:
        answer = cast("Plain", Bounded().visit(_parsed(expression), value))
    except exceptions.JMESPathError as error:
        raise QueryError(str(error)) from None
    except RecursionError:
        raise QueryError("--query is nested too deeply") from None
    if not _showable(answer):
        raise QueryError(MUCH)
    return answer


def _showable(value: Plain) -> bool:
    """Tells whether a value can be printed: one that stands in many places is printed as often, or without end."""
    left, level = PARTS, [value]
    for _ in range(DEPTH):
        level = [part for one in level[: left + 1] if isinstance(one, list | dict) for part in _parts(one)]
        left -= sum(1 + len(part) // 16 if isinstance(part, str) else 1 for part in level)
        if left < 0 or not level:
            break
    return left >= 0 and not level


def _parts(value: list[Plain] | dict[str, Plain]) -> Sequence[Plain]:
    return value if isinstance(value, list) else list(value.values())
