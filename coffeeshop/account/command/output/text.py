"""`--output text`: a line of values between tabs for each structure, the name of its member before it.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html#text-output
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.command.output import MIXED, UnprintableError
from coffeeshop.account.command.terminal_text import Plain


def text_lines(value: Plain, name: str | None = None) -> Iterator[str]:
    """Yields the lines of a value that a member of this name holds (None: of what is printed as a whole).

    Members are sorted by name, scalars before the rest. In a list of structures each line has the columns of all, the
    missing ones empty. Raises UnprintableError.
    """
    match value:
        case dict():
            yield from _structure(value, name)
        case list() if any(isinstance(part, dict) for part in value):
            yield from _structures(value, name)
        case list():
            yield from _list(value, name)
        case _:
            yield str(value)


def _structures(values: list[Plain], name: str | None) -> Iterator[str]:
    structures = [value for value in values if isinstance(value, dict)]
    if len(structures) < len(values):
        raise UnprintableError(MIXED)
    shared = sorted({key for value in structures for key in _scalars(value)})
    for value in structures:
        yield from _structure(value, name, shared)


def _structure(
    value: dict[str, Plain], name: str | None, columns: Sequence[str] | None = None
) -> Iterator[str]:
    shown = sorted(_scalars(value)) if columns is None else columns
    if cells := [str(value.get(key, "")) for key in shown]:
        yield _line(cells, name)
    for key in sorted(value.keys() - set(shown)):
        yield from text_lines(value[key], key)


def _list(value: list[Plain], name: str | None) -> Iterator[str]:
    """Yields scalars in one line, in a line each where the member has a name; then the lists among them."""
    scalars = [str(part) for part in value if not isinstance(part, list)]
    if name is not None:
        yield from (_line([cell], name) for cell in scalars)
    elif scalars:
        yield _line(scalars, None)
    for part in value:
        if isinstance(part, list):
            yield from text_lines(part, name)


def _line(cells: Iterable[str], name: str | None) -> str:
    return "\t".join(cells if name is None else (name.upper(), *cells))


def _scalars(value: dict[str, Plain]) -> Iterator[str]:
    return (key for key, part in value.items() if not isinstance(part, list | dict))
