"""The data files of the account: each line is `["key",row]`, read and made a value only when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Lines(Mapping[str, Any]):
    """The rows of files by their keys. Only their offsets are kept, because few rows are ever used."""

    def __init__(self, *paths: Path) -> None:
        self._indexes = {path: _row_index(path) for path in paths}

    def __getitem__(self, key: str) -> Any:
        for path, index in self._indexes.items():
            if (start := _row_start(index, key)) is not None:
                return _read_row(path, start)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        indexes = self._indexes.values()
        return isinstance(key, str) and any(
            _row_start(index, key) is not None for index in indexes
        )

    def __iter__(self) -> Iterator[str]:
        for index in self._indexes.values():
            for line in index.splitlines():
                yield line.partition("\t")[0]

    def __len__(self) -> int:
        return sum(index.count("\t") for index in self._indexes.values())


def _row_index(path: Path) -> str:
    """Return the key of each row and the byte at which the row begins, as lines: `key<tab>offset`.

    One text of thousands of keys takes a fifth of the memory of a dictionary.
    """
    lines = list[str]()
    start = 0
    with path.open("rb") as file:
        for line in file:
            # Each line is `["key",row]`. Parsing it would take much longer than finding the key.
            end_of_key = line.index(b'"', 2)
            lines.append(f"{line[2:end_of_key].decode()}\t{start}\n")
            start += len(line)
    return "".join(lines)


def _row_start(index: str, key: str) -> int | None:
    """Return the byte at which the row of a key begins, or None."""
    if "\t" in key:
        return None
    line_start = f"{key}\t"
    if index.startswith(line_start):
        place = 0
    else:
        place = index.find(f"\n{line_start}") + 1
        if not place:
            return None
    offset = place + len(line_start)
    return int(index[offset : index.index("\n", offset)])


def _read_row(path: Path, start: int) -> Any:
    with path.open("rb") as file:
        file.seek(start)
        return json.loads(file.readline())[1]


def jsonl_line(key: str, row: object) -> str:
    """Return a line of the table, for the build scripts."""
    return json.dumps([key, row], separators=(",", ":"), ensure_ascii=False)
