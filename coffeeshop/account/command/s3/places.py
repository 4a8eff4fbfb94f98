"""Find the sources and targets of `aws s3`: objects in `s3://bucket/key`, or files of the scenario."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from hashlib import md5
from pathlib import PurePosixPath
from typing import TypeAlias, TypeVar

from msgspec import Struct

from coffeeshop.account.model import Answer, Call, Reply, ServiceError
from coffeeshop.account.values import Json

Found = TypeVar("Found")
# A generator that yields calls, is sent their answers, and returns a result.
Asking: TypeAlias = Generator[Call, Answer, Found]
S3_SCHEME = "s3://"
ACCESS_POINT = re.compile(
    r"(arn:aws[^:]*:s3[^:]*:[^:]*:\d{12}:(?:outpost[/:][^/:]+[/:])?accesspoint[/:][^/:]+)/?(.*)"
)


class Place(Struct, frozen=True):
    """A key of a bucket, or a path below the scenario's folder (`bucket` is ""). str() gives the CLI's form."""

    bucket: str
    key: str

    def __str__(self) -> str:
        if self.bucket:
            return f"{S3_SCHEME}{self.bucket}/{self.key}"
        if "/" in self.key:
            return self.key
        return f"./{self.key}"

    def under(self, name: str) -> Place:
        """Return the place of that name below this folder."""
        if not self.key or self.key.endswith("/"):
            folder = self.key
        else:
            folder = f"{self.key}/"
        return Place(self.bucket, folder + name)


class Thing(Struct, frozen=True):
    """An object or a file: its place, its name below the listed folder, its size in bytes and its MD5 sum."""

    place: Place
    name: str
    size: int = 0
    sum: str = ""


class S3Error(Exception):
    """Reports a refused call. Raised before anything is changed."""

    def __init__(self, call: Call, error: ServiceError) -> None:
        super().__init__(failure_text(call, error))
        self.code = error.code


def failure_text(call: Call, error: ServiceError) -> str:
    """Return the CLI's sentence for a refusal.

    The answer to a HEAD request has no text of its own.
    """
    missing = call.operation == "HeadObject" and error.status == 404
    if missing:
        reason = f'Key "{call.text("Key")}" does not exist'
    else:
        reason = error.message
    return f"An error occurred ({error.code}) when calling the {call.operation} operation: {reason}"


def parse_place(text: str) -> Place | None:
    """Return the place that a word names, or None for a path that leaves the scenario's folder."""
    if text.startswith(S3_SCHEME):
        name = text.removeprefix(S3_SCHEME)
        if access_point := ACCESS_POINT.fullmatch(name):
            return Place(access_point[1], access_point[2])
        bucket, _, key = name.partition("/")
        return Place(bucket, key)
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or text.startswith("~") or "\\" in text:
        return None
    return Place("", "" if str(path) == "." else f"{path}{'/' * text.endswith('/')}")


def make_call(call: Call) -> Asking[Reply]:
    """Make a call. Raise S3Error."""
    answer = yield call
    if isinstance(answer, ServiceError):
        raise S3Error(call, answer)
    return answer


def list_keys(
    bucket: str, prefix: str, further_parameters: Mapping[str, Json] | None = None
) -> Asking[tuple[Mapping[str, Json], ...]]:
    """Return the pages of keys with this prefix."""
    parameters: dict[str, Json] = {
        "Bucket": bucket,
        "Prefix": prefix,
        **(further_parameters or {}),
    }
    pages = list[Mapping[str, Json]]()
    while True:
        pages.append((yield from make_call(Call("s3", "ListObjectsV2", parameters))).body)
        if not (token := pages[-1].get("NextContinuationToken")):
            return tuple(pages)
        parameters["ContinuationToken"] = token


def rows_under(
    pages: tuple[Mapping[str, Json], ...], name: str
) -> tuple[Mapping[str, Json], ...]:
    """Return the structures that the pages hold under that name."""
    parts = (
        part
        for page in pages
        if isinstance(members := page.get(name), tuple)
        for part in members
    )
    return tuple(part for part in parts if isinstance(part, Mapping))


def find_things(folder: Place, files: Mapping[str, bytes]) -> Asking[tuple[Thing, ...]]:
    """Return all objects or files below a folder, by name."""
    top = folder.under("").key
    if not folder.bucket:
        names = sorted(path.removeprefix(top) for path in files if path.startswith(top))
        return tuple(
            _file_thing(Place("", top + name), name, files[top + name]) for name in names
        )
    object_rows = rows_under((yield from list_keys(folder.bucket, top)), "Contents")
    return tuple(_object_thing(folder.bucket, top, row) for row in object_rows)


def _file_thing(place: Place, name: str, body: bytes) -> Thing:
    """Return a local file as a thing to copy, with its size and MD5 sum."""
    return Thing(place, name, len(body), md5(body, usedforsecurity=False).hexdigest())


def _object_thing(bucket: str, top: str, row: Mapping[str, Json]) -> Thing:
    """Return an object of a listing as a thing to copy. Its name is the key below `top`, its sum the ETag."""
    key = str(row.get("Key"))
    size = row.get("Size")
    sum = str(row.get("ETag")).strip('"')
    return Thing(
        Place(bucket, key), key.removeprefix(top), size if isinstance(size, int) else 0, sum
    )
