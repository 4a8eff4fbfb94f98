"""Make templates of policies: the solution's document with blanks to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

BLANK_SUFFIX = "-blank.json"  # ends the names of templates
BLANK_MARK = "________"


def blank_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy document without the values that the learner has to find."""
    statements: Any = document["Statement"]
    if isinstance(statements, list):
        blanked: Any = [
            _blank_statement(statement) for statement in cast("list[Any]", statements)
        ]
    else:
        blanked = _blank_statement(statements)
    return {**document, "Statement": blanked}


def _blank_statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement whose actions, resources, principal and condition are left to write."""
    return {key: _blank_element(key, value) for key, value in statement.items()}


def _blank_element(key: str, value: Any) -> Any:
    """Return an element of a statement with blanks. The effect stays."""
    match key:
        case "Effect":
            return value
        case "Condition":
            return {
                operator: {
                    f"{name.partition(':')[0]}:{BLANK_MARK}": BLANK_MARK for name in keys
                }
                for operator, keys in value.items()
            }
        case "Principal":
            return {kind: _blank_values(values) for kind, values in value.items()}
        case _:
            return _blank_values(value)


def _blank_values(value: str | Sequence[str]) -> Any:
    """Return one value or a list of values with blanks."""
    if isinstance(value, str):
        return _blank_value(value)
    return [*dict.fromkeys(map(_blank_value, value))]


def _blank_value(value: str) -> str:
    """Return the beginning of an action or of an ARN, and a blank. A lone star stays."""
    if value == "*":
        return value
    if value.startswith("arn:"):
        return f"{':'.join(value.split(':')[:5])}:{BLANK_MARK}"
    return f"{value.partition(':')[0]}:{BLANK_MARK}" if ":" in value else BLANK_MARK
