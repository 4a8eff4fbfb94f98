"""The data files of the account: each line is `["key",row]`, read and made a value only when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any


class Lines(Mapping[str, Any]):
    """The rows of files by their keys. Only their offsets are kept, because few rows are ever used."""

    def __init__(self, *paths: Path) -> None:
        self._starts = {path: _row_starts(path) for path in paths}

    def __getitem__(self, key: str) -> Any:
        for path, starts in self._starts.items():
            if key in starts:
                return _read_row(path, starts[key])
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return any(key in starts for starts in self._starts.values())

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._starts.values())

    def __len__(self) -> int:
        return sum(map(len, self._starts.values()))


def _row_starts(path: Path) -> dict[str, int]:
    """Return the byte at which each row begins, by the row's key."""
    starts = dict[str, int]()
    start = 0
    with path.open("rb") as file:
        for line in file:
            # Each line is `["key",row]`. Parsing it would take much longer than finding the key.
            end_of_key = line.index(b'"', 2)
            starts[line[2:end_of_key].decode()] = start
            start += len(line)
    return starts


def _read_row(path: Path, start: int) -> Any:
    with path.open("rb") as file:
        file.seek(start)
        return json.loads(file.readline())[1]


def jsonl_line(key: str, row: object) -> str:
    """Return a line of the table, for the build scripts."""
    return json.dumps([key, row], separators=(",", ":"), ensure_ascii=False)
