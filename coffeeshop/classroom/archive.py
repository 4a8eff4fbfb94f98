"""Read zip files that people hand in: what is packed is read in memory and bounded, and no name in it becomes a path."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

SIZE = 512 * 1024 * 1024  # bytes at most of an archive
DIRECTORY = 8 * 1024 * 1024  # bytes at most of its list of files: zipfile makes objects of all of it
UNPACKED = 512 * 1024 * 1024  # bytes at most that are unpacked of one archive and those in it
FEE = 4096  # bytes that a look at a file counts at least, so that their number is bounded, too
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # how an archive begins, and an empty one
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
END, LOCATOR = (
    struct.Struct("<4s4H2LH"),
    b"PK\x06\x07",
)
COMMENT = 65_535
ENCRYPTED = 0x1
# NotImplementedError is a RuntimeError.
BROKEN = (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class ArchiveError(Exception):
    """Says what is wrong with an archive, or with a file in it; it completes "it …"."""


class Budget:
    """Counts what may still be unpacked: one for an archive and all that are packed in it."""

    def __init__(self) -> None:
        self.room = UNPACKED

    def check(self) -> None:
        """Raises ArchiveError where nothing more may be unpacked."""
        if self.room <= 0:
            raise ArchiveError(f"comes after {UNPACKED // 2**20:,} MiB that were unpacked of its archive")

    def spend(self, bytes: int) -> None:
        """Note what was unpacked."""
        self.room -= max(bytes, FEE)


class Archive:
    """An archive that is open for reading. Raises ArchiveError where it is none."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        _check(stream)
        self.stream, self.budget = stream, budget
        try:
            self._zip = ZipFile(stream)
        except (*BROKEN, struct.error) as error:
            raise ArchiveError(f"is no zip file that can be read: {error}") from None

    def files(self) -> Iterator[tuple[int, str]]:
        """Yields what is packed, without the folders, in order of name: its number in the archive, and its name."""
        # One may be empty, which zipfile takes for no name.
        names = (info.filename for info in self._zip.infolist())
        packed = ((name, number) for number, name in enumerate(names) if not name.endswith("/"))
        return ((number, name) for name, number in sorted(packed))

    def read(self, number: int, limit: int) -> bytes:
        """Returns at most so many bytes of the file of that number. Raises ArchiveError."""
        info = self._zip.infolist()[number]
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
