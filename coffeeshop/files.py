"""Read the files that people name or hand in, and write files for them, without falling into traps.

Only ordinary files of limited size are read. A link could lead to a file that its author can't read, a pipe may never end,
and to open a device may do something. An error names a file and never quotes it. A file is written whole or not at
all, and never through a link to another file. Devices, pipes and our own standard output can be written to.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, takewhile
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
OTHER_FILE_KINDS = {
    stat.S_IFLNK: "it is a link",
    stat.S_IFDIR: "it is a folder",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
}
# Follow no link, wait for no pipe and take no terminal. Not every system has all of these flags.
READ_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0)
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


class _NotOrdinaryError(OSError):
    """Reports that a path isn't an ordinary file. The message names its kind."""


def open_file(path: Path, mend: str = "name a file") -> BinaryIO:
    """Open an ordinary file. Raise Problems if it can't be read, with `mend` as the advice."""
    try:
        # Before it is opened: to open a device may do something.
        _check_ordinary(path.lstat())
        descriptor = os.open(path, READ_FLAGS)
        try:
            # The file that was opened, whatever stands there now.
            _check_ordinary(os.fstat(descriptor))
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        reason = getattr(error, "strerror", None) or error
        raise _file_problems(
            "unreadable", f"{path} cannot be read: {reason}", mend
        ) from None


def read_file(path: Path, limit: int, mend: str = "name a file") -> bytes:
    """Return the bytes of an ordinary file with at most `limit` bytes. Raise Problems if it can't be read."""
    with open_file(path, mend) as stream:
        return _read_within(stream, str(path), limit, mend)


def open_input(name: str) -> BinaryIO:
    """Open a file of a command line: an ordinary file, or `-` for standard input of any kind. Raise Problems."""
    mend = f"name a file, or {STANDARD_INPUT} for standard input"
    if name != STANDARD_INPUT:
        return open_file(Path(name), mend)
    if not sys.stdin:  # closed by who started us
        raise _file_problems("unreadable", "standard input is closed", "name a file")
    return sys.stdin.buffer


def read_input(name: str, limit: int) -> bytes:
    """Return the bytes of a file of a command line, at most `limit`. Raise Problems if it can't be read."""
    if name != STANDARD_INPUT:
        return read_file(
            Path(name), limit, f"name a file, or {STANDARD_INPUT} for standard input"
        )
    return _read_within(open_input(name), "standard input", limit, "")


def is_folder(path: Path) -> bool:
    """Return whether there is a folder. A name that no file can have, such as one that is too long, names none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def walk_folders(
    folder: Path, on_error: Callable[[OSError], object] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder, with the names of the folders and of the files in it, as os.walk does.

    It goes into the folders that the caller leaves in the list, and follows no link. `on_error` gets the error if a folder
    can't be listed. This isn't recursive, because Python 3.11's os.walk fails in very deep folders.
    """
    waiting = [str(folder)]
    while waiting:
        for place, folders, names in islice(os.walk(waiting.pop(), onerror=on_error), 1):
            yield place, folders, names
            below = [os.path.join(place, name) for name in reversed(folders)]  # noqa: PTH118  # as os.walk says them
            waiting += (path for path in below if not os.path.islink(path))  # noqa: PTH114


def cut_lines(stream: IO[AnyStr], limit: int) -> Iterator[AnyStr]:
    """Yield the lines of a stream, each cut off after `limit` characters or bytes: a device may never end a line."""
    while line := stream.readline(limit):
        yield line
        while len(line) == limit and line[-1:] not in ("\n", b"\n"):
            line = stream.readline(limit)


def decode_text(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or UTF-32, with or without a byte order mark. Raise UnicodeDecodeError.

    Shells on Windows write UTF-16.
    """
    encoding = "utf-8"
    if len(data) > 3:  # fewer bytes show nothing
        from json import detect_encoding

        encoding = detect_encoding(data)
    return data.decode(encoding).removeprefix("\ufeff")


def write_whole(path: Path, content: str | bytes, private: bool = False) -> None:
    """Write a file with the whole content, a text in UTF-8, or leave the old file. Raise OSError.

    A private file is its owner's alone from its first byte on.
    """
    if isinstance(content, bytes):
        data = content
    else:
        data = content.encode()
    if opened := _open_stream(path, private):
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
    """Open a file to be written in pieces, in UTF-8. The old file, or a link, is replaced. Raise OSError."""
    if opened := _open_stream(path):
        return opened
    if path.is_symlink() or _is_standard_output(path):
        path.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o666), "w", encoding="utf-8", newline="\n")


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder, and the parents that it lacks, with this mode. Raise OSError.

    In a parent that others may write to, they could put another folder in the place of a private one.
    A umask that takes our own rights would leave a folder that we can't use.
    """
    lacking = takewhile(lambda folder: not folder.exists(), path.parents)
    for folder in (*reversed([*lacking]), path):
        is_new = not folder.exists()
        folder.mkdir(mode, exist_ok=True)
        if is_new and stat.S_IMODE(folder.stat().st_mode) & stat.S_IRWXU != stat.S_IRWXU:
            folder.chmod(stat.S_IRWXU)


@contextmanager
def lock_folder(folder: Path) -> Generator[None]:
    """Lock a folder for the block, so that no other process changes a file between our read and write. Raise OSError.

    If the process is killed, the system releases the lock. On Windows nothing is locked.
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
    """Make a new folder with all of these files, or none. Raise OSError, and FileExistsError if the folder exists."""
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
        # Each system tells this in words of its own.
        if isinstance(wrong, OSError) and folder.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        raise
    return folder


def _open_stream(path: Path, private: bool = False) -> TextIO | None:
    """Open a device, a pipe, or our standard output if a link such as /dev/stdout leads there, to append to it. Return None for
    any other path.

    Raise OSError, also if the content is private and others could read it.
    """
    if path.is_symlink() and _is_standard_output(path):
        sys.stdout.flush()
        return os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    try:
        status = path.stat()
    except (OSError, ValueError):  # nothing is there
        return None
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        return None
    if (
        private
        and os.name == "posix"
        and (status.st_uid != os.geteuid() or status.st_mode & OTHERS_READ)
    ):
        raise PermissionError(errno.EACCES, "others than you could read it there")
    return path.open("w", encoding="utf-8", newline="\n")


def _is_standard_output(path: Path) -> bool:
    """Return whether a path leads to our standard output."""
    try:
        return bool(sys.stdout) and os.path.samestat(path.stat(), os.fstat(1))
    except (OSError, ValueError):  # nothing is there, or no standard output is
        return False


def _check_ordinary(status: os.stat_result) -> None:
    """Raise _NotOrdinaryError for anything but a regular file, such as a device or a
    folder.
    """
    if not stat.S_ISREG(status.st_mode):
        kind = OTHER_FILE_KINDS.get(stat.S_IFMT(status.st_mode), "it isn't a file")
        raise _NotOrdinaryError(0, kind)


def _read_within(stream: BinaryIO, name: str, limit: int, mend: str) -> bytes:
    """Return the bytes of a stream.

    Raise Problems if it can't be read, or has more than `limit` bytes.
    """
    try:
        data = stream.read(limit + 1)
    except OSError as error:
        raise _file_problems(
            "unreadable", f"{name} cannot be read: {error.strerror or error}", mend
        ) from None
    if len(data) > limit:
        raise _file_problems(
            "too-large", f"{name} is larger than {limit:,} bytes", "name a smaller one"
        )
    return data


def _file_problems(code: str, text: str, mend: str) -> Problems:
    return Problems(Problem(Level.ERROR, code, Place(), escape_line(text), mend))
