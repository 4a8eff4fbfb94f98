"""`--generate-cli-skeleton`: the parameters of an operation, blank, as JSON that --cli-input-json takes once it is filled in.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html
"""

from __future__ import annotations

from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.command.terminal_text import dump_json
from coffeeshop.account.values import Json

BLANK_VALUES: dict[str, Json] = {
    "string": "",
    "integer": 0,
    "long": 0,
    "double": 0.0,
    "boolean": True,
    "blob": None,
    "document": {},
    "timestamp": "1970-01-01T00:00:00",
}


def parameter_skeleton(row: Operation) -> str:
    """Return an operation's simulated parameters as blank JSON, as the CLI prints it."""
    return dump_json(_blank_value(row.input), 4)


def _blank_value(shape: Shape, enclosing: tuple[str, ...] = ()) -> Json:
    """Return a blank value of a shape. A structure inside one of its own kind is empty."""
    inner = (*enclosing, shape.name)
    match shape:
        case Shape(type="structure"):
            if shape.name in enclosing:
                return {}
            return {
                member.name: _blank_value(member.shape, inner) for member in shape.members
            }
        case Shape(type="list", element=Member() as element):
            return (_blank_value(element.shape, inner),)
        case Shape(type="map", value=Member() as value):
            return {"KeyName": _blank_value(value.shape, inner)}
        case _:
            if shape.enum:
                return shape.enum[0]
            return BLANK_VALUES[shape.type]
