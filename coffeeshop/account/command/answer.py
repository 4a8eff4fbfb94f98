"""What came of an act, as the AWS CLI 2 prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from coffeeshop.account.api.operations import OPERATIONS, Member, Operation, Shape
from coffeeshop.account.command.grammar import CLI_ONLY
from coffeeshop.account.command.terminal_text import dumps
from coffeeshop.account.model import Outcome, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.harmless import escaped

SAVED = {"Base32StringSeed", "QRCodePNG"}  # create-virtual-mfa-device writes them to its --outfile and prints neither


def answer(outcome: Outcome) -> str:
    """Returns JSON with four spaces, members in AWS's order and without what goes to a file; nothing for an empty reply; a
    refusal as one sentence. Control characters are written as escapes: nothing here can move a cursor.
    """
    call, found = outcome.act.call, outcome.answer
    if isinstance(found, ServiceError):
        said = f"An error occurred ({found.code}) when calling the {call.operation} operation: {found.message}"
        return escaped(found.message if call.service == "console" else said)
    row = OPERATIONS.get((call.service, call.operation))
    shown = _shown(row, found.body) if row else found.body
    return dumps(shown, 4) if shown else ""


def _shown(row: Operation, body: Mapping[str, Json]) -> Mapping[str, Json]:
    """Returns the body as the CLI shows it: pages merged, files apart."""
    streaming = {member.name for member in row.output.members if member.streaming or member.shape.streaming}
    found = dict(cast("Mapping[str, Json]", _ordered(row.output, body)))
    if (row.service, row.name) in CLI_ONLY:
        found = {key: _without(part, SAVED) for key, part in found.items()}
    if row.pages:
        following = found.get(row.pages.next)
        found = {key: part for key, part in found.items() if key in row.pages.results}
        found |= {"NextToken": following} if following else {}
    return {key: part for key, part in found.items() if key not in streaming}


def _without(value: Json, names: set[str]) -> Json:
    return {key: part for key, part in value.items() if key not in names} if isinstance(value, Mapping) else value


def _ordered(shape: Shape, value: Json) -> Json:
    """Returns the members in the order of the row; those that it does not know come last."""
    match value:
        case Mapping() if shape.type == "structure":
            known = {m.name: _ordered(m.shape, value[m.name]) for m in shape.members if m.name in value}
            return {**known, **{key: part for key, part in value.items() if key not in known}}
        case Mapping() if shape.type == "map":
            return {key: _ordered(cast(Member, shape.value).shape, part) for key, part in value.items()}
        case tuple() if shape.type == "list":
            return tuple(_ordered(cast(Member, shape.element).shape, part) for part in value)
        case _:
            return value
