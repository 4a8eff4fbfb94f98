"""The data files of the account: each line is `["key",row]`, read and made a value only when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Lines(Mapping[str, Any]):
    """The rows of files by their keys. What is kept of them is where they lie: few are ever met."""

    def __init__(self, *paths: Path) -> None:
        self._places: dict[str, tuple[Path, int]] = {}
        for path in paths:
            start = 0
            for line in path.read_bytes().splitlines(keepends=True):
                self._places[line[2 : line.index(b'"', 2)].decode()] = path, start
                start += len(line)

    def __getitem__(self, key: str) -> Any:
        path, start = self._places[key]
        with path.open("rb") as file:
            file.seek(start)
            return json.loads(file.readline())[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def line(key: str, row: object) -> str:
    """Returns a line, as the build scripts write it."""
    return json.dumps([key, row], separators=(",", ":"), ensure_ascii=False)
