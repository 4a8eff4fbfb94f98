"""Read the catalogue's files. Each line is one service, and is read only when it is needed."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypedDict, cast

if TYPE_CHECKING:
    from pathlib import Path

CATALOG_FILE = "catalog.jsonl"
DESCRIPTIONS_FILE = "catalog-described.jsonl"


class Row(TypedDict):
    """One line of `catalog.jsonl`. A condition key is its number in `keys`."""

    service: str
    name: str
    keys: list[tuple[str, str]]
    types: dict[str, tuple[str, list[int]]]
    actions: dict[str, tuple[str, list[tuple[str, int, list[int]]], list[int]]]
    api: dict[str, str]


class Header(TypedDict):
    """The first line of `catalog.jsonl`.

    `homes` lists, for a foreign prefix, the services whose tables have its keys.
    """

    source: str
    date: str
    homes: dict[str, list[str]]
    # and "global", a list of (key, type)


def _data_file(name: str) -> Path:
    """Return the path of a data file of the catalogue."""
    from pathlib import Path

    return Path(__file__).with_name(name)


def _load_json(line: str | bytes) -> object:
    """Return the value of a JSON text. The import waits until it is needed."""
    import json

    return json.loads(line)


@cache
def line_offsets(name: str = CATALOG_FILE) -> dict[str, int]:
    """Return the offset of each service's line in a file, by prefix, and of the header
    under "".

    The lines, two megabytes, aren't kept.
    """
    begins = b'{"service":"'
    at = 0
    offsets: dict[str, int] = {}
    with _data_file(name).open("rb") as file:
        for line in file:
            if line.startswith(begins):
                prefix = line[len(begins) : line.index(b'"', len(begins))].decode()
            else:
                prefix = ""
            offsets[prefix] = at
            at += len(line)
    return offsets


def _read_line(prefix: str, name: str = CATALOG_FILE) -> bytes:
    """Return a service's line of a data file, without reading the others."""
    with _data_file(name).open("rb") as file:
        file.seek(line_offsets(name)[prefix])
        return file.readline()


@cache
def read_header() -> Header:
    """Return the header, which is the first line."""
    return cast("Header", _load_json(_read_line("")))


@lru_cache(maxsize=1024)
def service_row(prefix: str) -> Row | None:
    """Return the row of a service, or None."""
    return read_row(prefix)


def read_row(prefix: str) -> Row | None:
    """Return the row of a service, or None, without keeping it.

    All rows would take fifteen megabytes, and whoever looks through them wants a little of each.
    """
    if prefix and prefix in line_offsets():
        return cast("Row", _load_json(_read_line(prefix)))
    return None


@lru_cache(maxsize=1024)
def aws_descriptions(prefix: str) -> dict[str, str]:
    """Return AWS's descriptions of a service's actions, or none for a service that isn't in the course."""
    if prefix not in line_offsets(DESCRIPTIONS_FILE):
        return {}
    return cast(
        "dict[str, dict[str, str]]", _load_json(_read_line(prefix, DESCRIPTIONS_FILE))
    )["actions"]


# A limit of one answer is no limit of the permission: a caller can ask for the rest.
ONE_ANSWER = re.compile(r",? \(?up to [\d,]+(?: [KMG]B in size)?\)?$")


def aws_description(prefix: str, word: str) -> str:
    """Return AWS's description of an action, without the limit of one answer, or ""."""
    return ONE_ANSWER.sub("", aws_descriptions(prefix).get(word, ""))


@cache
def _all_plain_descriptions() -> dict[str, dict[str, str]]:
    """Return all descriptions in plain words, by service and action."""
    import tomllib

    return tomllib.loads(_data_file("plain.toml").read_text("utf-8"))


def plain_descriptions(prefix: str) -> dict[str, str]:
    """Return the descriptions of a service's actions in plain words. Few actions have one."""
    return _all_plain_descriptions().get(prefix, {})


def catalog_text() -> str:
    """Return the catalogue's whole text."""
    return _data_file(CATALOG_FILE).read_text("utf-8")
