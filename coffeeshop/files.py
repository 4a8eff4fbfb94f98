"""Read the files that people name or hand in, and write files for them: what may be a trap is no file.

What is read is an ordinary file of limited size: no link, which leads to what somebody else may not read, no pipe that
never ends, no device. What cannot be read is named and never quoted. What is written is there whole or not at all, and
is never written through a link to a file; a device, a pipe and our own standard output, where a link leads to it, take
it as they stand.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, AnyStr, BinaryIO, TextIO

from coffeeshop.harmless import escape_line
from coffeeshop.policy.problem import Level, Place, Problem, Problems

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

STANDARD_INPUT = "-"
OTHERS_READ = stat.S_IRGRP | stat.S_IROTH
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
    getattr(os, name, 0)
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


class _NotOrdinaryError(OSError):
    """Says what a file is that is none to be read."""


def open_file(path: Path, mend: str = "name a file") -> BinaryIO:
    """Opens an ordinary file. Raises Problems: why it cannot be read, and how to mend that."""
    try:
        _check(path.lstat())  # before it is opened: to open a device may do something
        descriptor = os.open(path, FLAGS)
        try:
            _check(
                os.fstat(descriptor)
            )  # the file that was opened, whatever stands there now
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        said = getattr(error, "strerror", None) or error
        raise _problems("unreadable", f"{path} cannot be read: {said}", mend) from None


def read_file(path: Path, limit: int, mend: str = "name a file") -> bytes:
    """Returns the bytes of an ordinary file of at most so many. Raises Problems: why it cannot be read."""
    with open_file(path, mend) as stream:
        return _within(stream, str(path), limit, mend)


def open_input(name: str) -> BinaryIO:
    """Opens what a command line names: an ordinary file, or with `-` standard input, whatever that is. Raises Problems."""
    mend = f"name a file, or {STANDARD_INPUT} for standard input"
    if name != STANDARD_INPUT:
        return open_file(Path(name), mend)
    if not sys.stdin:  # closed by who started us
        raise _problems("unreadable", "standard input is closed", "name a file")
    return sys.stdin.buffer


def read_input(name: str, limit: int) -> bytes:
    """Returns the bytes of what a command line names, at most so many. Raises Problems: why it cannot be read."""
    if name != STANDARD_INPUT:
        return read_file(
            Path(name), limit, f"name a file, or {STANDARD_INPUT} for standard input"
        )
    return _within(open_input(name), "standard input", limit, "")


def is_folder(path: Path) -> bool:
    """Tells whether there is a folder; a name that no file can have, as one too long, names none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def walk_folders(
    folder: Path, locked: Callable[[OSError], object] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yields of a folder and each below it where it is, and the names of the folders and of the files in it, as os.walk
    does: it goes into what is left of the folders, and into no link; `locked` hears why one cannot be listed. Python 3.11's
    own calls itself for each level, of which there may be more than it can.
    """
    waiting = [str(folder)]
    while waiting:
        for place, folders, names in islice(os.walk(waiting.pop(), onerror=locked), 1):
            yield place, folders, names
            below = [os.path.join(place, name) for name in reversed(folders)]  # noqa: PTH118  # as os.walk says them
            waiting += (path for path in below if not os.path.islink(path))  # noqa: PTH114


def cut_lines(stream: IO[AnyStr], limit: int) -> Iterator[AnyStr]:
    """Yields the lines of a stream, what is longer cut off after so many characters or bytes: a device has no end of line."""
    while line := stream.readline(limit):
        yield line
        while len(line) == limit and line[-1:] not in ("\n", b"\n"):
            line = stream.readline(limit)


def decode_text(data: bytes) -> str:
    """Returns the text of a file in UTF-8, UTF-16 or UTF-32, with or without a byte order mark: a shell of Windows writes
    UTF-16. Raises UnicodeDecodeError.
    """
    encoding = (
        json.detect_encoding(data) if len(data) > 3 else "utf-8"
    )  # fewer bytes show nothing
    return data.decode(encoding).removeprefix("\ufeff")


def write_whole(path: Path, content: str | bytes, private: bool = False) -> None:
    """Writes a file that holds the whole content, a text in UTF-8, or leaves what was there before; a private one is its
    owner's alone, from its first byte on. Raises OSError.
    """
    data = content if isinstance(content, bytes) else content.encode()
    if opened := _stream(path, private):
        with opened as stream:
            stream.buffer.write(data)
        return
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    part = path.with_name(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(
            part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def open_output(path: Path) -> TextIO:
    """Opens a file to be written piece by piece, in UTF-8; what stood there goes, a link too. Raises OSError."""
    if opened := _stream(path):
        return opened
    if path.is_symlink() or _is_ours(path):
        path.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o666), "w", encoding="utf-8", newline="\n")


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Makes a folder, and those in which it lies, where it is not there yet. Raises OSError."""
    try:
        path.mkdir(mode, parents=True, exist_ok=True)
    except RecursionError:  # Python's, of a thousand folders, one in the other
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG)) from None


@contextmanager
def alone_in(folder: Path) -> Generator[None]:
    """Keeps every other process out of the same block on that folder, until it is through: for a file that is read, and
    written again with more in it. The system ends what a process that was killed had kept. Where it knows no such locks
    (Windows), nobody is kept out. Raises OSError.
    """
    if not fcntl:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_folder(folder: Path, files: Mapping[str, str | bytes], mode: int = 0o755) -> Path:
    """Makes a new folder with these files, all of them or none. Raises OSError; FileExistsError, where one is there."""
    from shutil import rmtree  # only who writes a folder waits for them
    from tempfile import mkdtemp

    make_folder(folder.parent)
    part = Path(mkdtemp(prefix=".", dir=folder.parent))
    try:
        for name, text in files.items():
            make_folder((part / name).parent)
            (part / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        part.chmod(mode)
        part.rename(folder)
    except BaseException as wrong:
        rmtree(part, ignore_errors=True)
        if (
            isinstance(wrong, OSError) and folder.is_dir()
        ):  # each system tells this in words of its own
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        raise
    return folder


def _stream(path: Path, private: bool = False) -> TextIO | None:
    """Opens what no file can take the place of: a device, a pipe, and our standard output where a link as /dev/stdout leads
    to it, behind what stands there; None where a path leads to none of these. Raises OSError: of what is private also where
    others could read along.
    """
    if path.is_symlink() and _is_ours(path):
        sys.stdout.flush()
        return os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    try:
        found = path.stat()
    except (OSError, ValueError):  # nothing is there
        return None
    if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
        return None
    if (
        private
        and os.name == "posix"
        and (found.st_uid != os.geteuid() or found.st_mode & OTHERS_READ)
    ):
        raise PermissionError(errno.EACCES, "others than you could read it there")
    return path.open("w", encoding="utf-8", newline="\n")


def _is_ours(path: Path) -> bool:
    """Tells whether a path leads to what our standard output is."""
    try:
        return bool(sys.stdout) and os.path.samestat(path.stat(), os.fstat(1))
    except (OSError, ValueError):  # nothing is there, or no standard output is
        return False


def _check(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        said = KINDS.get(stat.S_IFMT(found.st_mode), "it is no file")
        raise _NotOrdinaryError(0, said)


def _within(stream: BinaryIO, name: str, limit: int, mend: str) -> bytes:
    try:
        data = stream.read(limit + 1)
    except OSError as error:
        raise _problems(
            "unreadable", f"{name} cannot be read: {error.strerror or error}", mend
        ) from None
    if len(data) > limit:
        raise _problems(
            "too-large", f"{name} is larger than {limit:,} bytes", "name a smaller one"
        )
    return data


def _problems(code: str, text: str, mend: str) -> Problems:
    return Problems(Problem(Level.ERROR, code, Place(), escape_line(text), mend))
