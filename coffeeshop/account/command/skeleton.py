"""`--generate-cli-skeleton`: the parameters of an operation, blank, as JSON that --cli-input-json takes once it is filled in.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html
"""

from __future__ import annotations

from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.command.terminal_text import dumps
from coffeeshop.account.values import Json

BLANK: dict[str, Json] = {
    "string": "",
    "integer": 0,
    "long": 0,
    "double": 0.0,
    "boolean": True,
    "blob": None,
    "timestamp": "1970-01-01T00:00:00",
}


def skeleton(row: Operation) -> str:
    """Returns the parameters of an operation that are simulated, as the CLI prints them."""
    return dumps(_blank(row.input), 4)


def _blank(shape: Shape, within: tuple[str, ...] = ()) -> Json:
    """Returns a value of a shape that says nothing; a structure within one of its own kind is empty."""
    inner = (*within, shape.name)
    match shape:
        case Shape(type="structure"):
            if shape.name in within:
                return {}
            return {one.name: _blank(one.shape, inner) for one in shape.members}
        case Shape(type="list", element=Member() as element):
            return (_blank(element.shape, inner),)
        case Shape(type="map", value=Member() as value):
            return {"KeyName": _blank(value.shape, inner)}
        case _:
            return shape.enum[0] if shape.enum else BLANK[shape.type]
