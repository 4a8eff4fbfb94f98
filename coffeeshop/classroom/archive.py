"""Read zip files that people hand in: what is packed is read in memory and bounded, and no name in it becomes a path."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

SIZE = 512 * 1024 * 1024  # bytes at most of an archive
DIRECTORY = (
    8 * 1024 * 1024
)  # bytes at most of its list of files: zipfile makes objects of all of it
MEMBERS = 100_000  # files at most that an archive lists
NAME = 500  # characters at most of the name of a file in it
UNPACKED = (
    512 * 1024 * 1024
)  # bytes at most that are unpacked of one archive and those in it
INNER_UNPACKED = 64 * 1024 * 1024  # bytes at most that are unpacked of one archive in it
FEE = 4096  # bytes that a look at a file counts at least, so that their number is bounded, too
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # how an archive begins, and an empty one
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
END = struct.Struct("<4s4H2LH")
LOCATOR = b"PK\x06\x07"
LOCAL_HEADER = 30  # bytes at least in front of a file's own
COMMENT = 65_535
ENCRYPTED = 0x1
# NotImplementedError is a RuntimeError.
BROKEN = (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class ArchiveError(Exception):
    """Says what is wrong with an archive, or with a file in it; it completes "it …"."""


class Budget:
    """Counts what may still be unpacked of an archive. An archive in it has a smaller one of its own, so that what one
    learner packed takes no room from the others.
    """

    def __init__(self, size: int = 0) -> None:
        self.size = self.room = size or UNPACKED

    def check(self) -> None:
        """Raises ArchiveError where nothing more may be unpacked."""
        if self.room <= 0:
            raise ArchiveError(
                f"comes after {self.size // 2**20:,} MiB that were unpacked of its archive"
            )

    def spend(self, bytes: int) -> None:
        """Note what was unpacked."""
        self.room -= max(bytes, FEE)


class Archive:
    """An archive that is open for reading. Raises ArchiveError where it is none."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        _check(stream)
        self.stream = stream
        self.budget = budget
        try:
            self._zip = ZipFile(stream)
        except (*BROKEN, struct.error) as error:
            raise ArchiveError(f"is no zip file that can be read: {error}") from None
        if len(self._zip.infolist()) > MEMBERS:
            raise ArchiveError(f"lists more than {MEMBERS:,} files")
        self._shared = frozenset(_sharing(self._zip.infolist()))

    def files(self) -> Iterator[tuple[int, str]]:
        """Yields what is packed, without the folders, in order of name: its number in the archive, and its name."""
        # One may be empty, which zipfile takes for no name.
        names = (info.filename for info in self._zip.infolist())
        packed = (
            (name, number) for number, name in enumerate(names) if not name.endswith("/")
        )
        return ((number, name) for name, number in sorted(packed))

    def read(self, number: int, limit: int) -> bytes:
        """Returns at most so many bytes of the file of that number. Raises ArchiveError."""
        info = self._zip.infolist()[number]
        if len(info.filename) > NAME:
            raise ArchiveError(f"has a name of more than {NAME} characters")
        if number in self._shared:
            raise ArchiveError("shares its bytes with another file of the archive")
        if info.flag_bits & ENCRYPTED:
            raise ArchiveError("is encrypted")
        # Others may ask for gigabytes before the first byte.
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ArchiveError("is packed in a way that is not read here")
        self.budget.check()
        data = b""
        try:
            with self._zip.open(info) as file:
                data = file.read(limit)
        except (*BROKEN, struct.error) as error:
            raise ArchiveError(f"cannot be unpacked: {error}") from None
        finally:
            self.budget.spend(len(data))
        return data

    def content(self, number: int) -> tuple[int, int]:
        """Return what tells the content of a file from others: its checksum and size, as the archive lists them. A file
        that has others can't be unpacked.
        """
        info = self._zip.infolist()[number]
        return info.CRC, info.file_size


def _sharing(members: list[ZipInfo]) -> Iterator[int]:
    """Yield the numbers of the members whose bytes overlap those of one that begins before them: a few bytes can be listed
    as any number of files.
    """
    end = 0
    for number, info in sorted(
        enumerate(members), key=lambda member: member[1].header_offset
    ):
        if info.header_offset < end:
            yield number
        end = max(end, info.header_offset + LOCAL_HEADER + info.compress_size)


def _check(stream: IO[bytes]) -> None:
    """Look at how much a reader would have to hold before it reads anything. Raises ArchiveError."""
    size = stream.seek(0, 2)
    if size > SIZE:
        raise ArchiveError(f"is larger than {SIZE // 2**20:,} MiB")
    stream.seek(max(0, size - COMMENT - END.size - 20))
    tail = stream.read()
    at = tail.rfind(SIGNATURES[1])
    if at < 0 or len(tail) - at < END.size:
        raise ArchiveError("is no zip file that can be read: its end is missing")
    directory = END.unpack_from(tail, at)[5]
    if directory > DIRECTORY or LOCATOR in tail[max(0, at - 20) : at]:
        raise ArchiveError("lists more files than any class hands in")
    stream.seek(0)
