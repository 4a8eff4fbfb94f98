"""Print `--output text`: a line of tab-separated values for each structure, after the name of its member.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html#text-output
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.command.output import MIXED_LIST, UnprintableError
from coffeeshop.account.command.terminal_text import Plain


def text_lines(value: Plain, name: str | None = None) -> Iterator[str]:
    """Yield the lines of a member's value. `name` is None for the whole answer. Raise UnprintableError.

    Members are sorted by name, scalars before the rest. In a list of structures, each line has the columns of all
    structures, and missing values are empty.
    """
    match value:
        case dict():
            yield from _structure_lines(value, name)
        case list() if any(isinstance(part, dict) for part in value):
            yield from _structures_lines(value, name)
        case list():
            yield from _list_lines(value, name)
        case _:
            yield str(value)


def _structures_lines(values: list[Plain], name: str | None) -> Iterator[str]:
    """Yield the lines of a list of structures, all with the same columns. Raise UnprintableError for a mixed list."""
    structures = [value for value in values if isinstance(value, dict)]
    if len(structures) < len(values):
        raise UnprintableError(MIXED_LIST)
    shared = sorted({key for value in structures for key in _scalar_names(value)})
    for value in structures:
        yield from _structure_lines(value, name, shared)


def _structure_lines(
    value: dict[str, Plain], name: str | None, columns: Sequence[str] | None = None
) -> Iterator[str]:
    """Yield a structure as --output text prints it: its scalars on one line, then each nested value on its own.

    `name` is the key that the structure is under. `columns` are the keys to print if it is
    an element of a list.
    """
    if columns is None:
        names_shown = sorted(_scalar_names(value))
    else:
        names_shown = columns
    if cells := [str(value.get(key, "")) for key in names_shown]:
        yield _tab_line(cells, name)
    for key in sorted(value.keys() - set(names_shown)):
        yield from text_lines(value[key], key)


def _list_lines(value: list[Plain], name: str | None) -> Iterator[str]:
    """Yield the lines of a list: first its scalars, then its inner lists.

    With a name, each scalar has a line of its own. Without one, they share a line.
    """
    scalars = [str(part) for part in value if not isinstance(part, list)]
    if name is not None:
        yield from (_tab_line([cell], name) for cell in scalars)
    elif scalars:
        yield _tab_line(scalars, None)
    for part in value:
        if isinstance(part, list):
            yield from text_lines(part, name)


def _tab_line(cells: Iterable[str], name: str | None) -> str:
    """Return cells separated by tabs, after the name in capital letters if there is one."""
    return "\t".join(cells if name is None else (name.upper(), *cells))


def _scalar_names(value: dict[str, Plain]) -> Iterator[str]:
    """Return the keys of a structure whose values are neither lists nor structures."""
    return (key for key, part in value.items() if not isinstance(part, list | dict))
