"""Read the files that people name or hand in, and write files for them: what may be a trap is no file.

What is read is an ordinary file of limited size: no link, which leads to what somebody else may not read, no pipe that
never ends, no device. What cannot be read is named and never quoted. What is written is there whole or not at all, and
is never written through a link.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from coffeeshop.harmless import escaped_line
from coffeeshop.policy.model import Level, Place, Problem

STANDARD_INPUT = "-"
KINDS = {
    stat.S_IFLNK: "it is a link",
    stat.S_IFDIR: "it is a folder",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
}
# Not every system has all of them: no link is followed, no pipe waited for, no terminal taken.
FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


class _NotOrdinaryError(OSError):
    """Says what a file is that is none to be read."""


def open_file(path: Path, mend: str = "name a file") -> BinaryIO | Problem:
    """Opens an ordinary file, or tells why it cannot be read, and how to mend that."""
    try:
        _check(path.lstat())  # before it is opened: to open a device may do something
        descriptor = os.open(path, FLAGS)
        try:
            _check(os.fstat(descriptor))  # which is the file that was opened, whatever stands there now
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        said = getattr(error, "strerror", None) or error
        return _problem("unreadable", f"{path} cannot be read: {said}", mend)


def read_file(path: Path, limit: int, mend: str = "name a file") -> bytes | Problem:
    """Returns the bytes of an ordinary file of at most so many, or tells why it cannot be read."""
    stream = open_file(path, mend)
    if isinstance(stream, Problem):
        return stream
    with stream:
        return _within(stream, str(path), limit, mend)


def open_input(name: str) -> BinaryIO | Problem:
    """Opens what a command line names: an ordinary file, or with `-` standard input, whatever that is."""
    mend = f"name a file, or {STANDARD_INPUT} for standard input"
    if name != STANDARD_INPUT:
        return open_file(Path(name), mend)
    if not sys.stdin:  # closed by who started us
        return _problem("unreadable", "standard input is closed", "name a file")
    return sys.stdin.buffer


def read_input(name: str, limit: int) -> bytes | Problem:
    """Returns the bytes of what a command line names, at most so many, or tells why it cannot be read."""
    if name != STANDARD_INPUT:
        return read_file(Path(name), limit, f"name a file, or {STANDARD_INPUT} for standard input")
    stream = open_input(name)
    return stream if isinstance(stream, Problem) else _within(stream, "standard input", limit, "")


def write_whole(path: Path, text: str) -> None:
    """Writes a file in UTF-8 that holds the whole text, or leaves what was there before. Raises OSError."""
    part = path.with_name(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _check(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        said = KINDS.get(stat.S_IFMT(found.st_mode), "it is no file")
        raise _NotOrdinaryError(0, said)


def _within(stream: BinaryIO, name: str, limit: int, mend: str) -> bytes | Problem:
    try:
        data = stream.read(limit + 1)
    except OSError as error:
        return _problem("unreadable", f"{name} cannot be read: {error.strerror or error}", mend)
    if len(data) > limit:
        return _problem("too-large", f"{name} is larger than {limit:,} bytes", "name a smaller one")
    return data


def _problem(code: str, text: str, mend: str) -> Problem:
    return Problem(Level.ERROR, code, Place(), escaped_line(text), mend)
