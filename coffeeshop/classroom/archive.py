"""Read zip files that learners hand in.

Data is unpacked in memory, within limits, and no name in a zip becomes a path.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

SIZE = 512 * 1024 * 1024  # bytes at most of an archive
# Bytes at most of its list of files, since zipfile makes an object for each.
DIRECTORY = 8 * 1024 * 1024
MEMBERS = 100_000  # files at most that an archive lists
NAME = 500  # characters at most of the name of a file in it
# Bytes at most that are unpacked of one archive and those in it.
UNPACKED = 512 * 1024 * 1024
SHARE = 64 * 1024 * 1024  # bytes at most that are unpacked for one learner
FEE = 4096  # least bytes that reading a file costs, which bounds the number of files
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # how an archive begins, and an empty one
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
END = struct.Struct("<4s4H2LH")
LOCATOR = b"PK\x06\x07"
LOCAL_HEADER = 30  # bytes at least in front of a file's own
COMMENT = 65_535  # bytes at most of an archive's comment. Reading more finds the same end
ENCRYPTED = 0x1
# NotImplementedError is a RuntimeError.
BROKEN = (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class ArchiveError(Exception):
    """An error in an archive or in one of its files. Its message completes a sentence that begins with "it"."""


class Budget:
    """The number of bytes that can still be unpacked from an archive.

    Each learner has a share of it, so one learner's files can't use up the room of the others.
    """

    def __init__(self, size: int = 0) -> None:
        self.size = self.room = size or UNPACKED
        self._shares: dict[str, Budget] = {}

    def share_of(self, learner: str) -> Budget:
        """Return a learner's share. Files of no known learner ("") can use the whole budget."""
        if not learner:
            return self
        return self._shares.setdefault(learner, Budget(SHARE))

    def check(self) -> None:
        """Raise ArchiveError if the budget is used up."""
        if self.room <= 0:
            raise ArchiveError(
                f"comes after {self.size // 2**20:,} MiB that were unpacked of its archive"
            )

    def spend(self, bytes: int) -> None:
        """Subtract bytes that were unpacked. Each file costs at least FEE."""
        self.room -= max(bytes, FEE)


class Archive:
    """An open zip file. Raise ArchiveError if the stream is no zip file, or is too large."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        """Open an archive. Unpacked bytes are taken from `budget`. Raise ArchiveError."""
        _check_sizes(stream)
        self.stream = stream
        self.budget = budget
        try:
            self._zip = ZipFile(stream)
        except (*BROKEN, struct.error) as error:
            raise ArchiveError(f"isn't a readable zip file: {error}") from None
        if len(self._zip.infolist()) > MEMBERS:
            raise ArchiveError(f"lists more than {MEMBERS:,} files")
        self._overlapping = frozenset(_overlapping_members(self._zip.infolist()))

    def files(self) -> Iterator[tuple[int, str]]:
        """Yield the number and the name of each file in the archive, in order of name, without folders."""
        # zipfile reads an empty name as no name, so files are read by number.
        names = (info.filename for info in self._zip.infolist())
        named_files = (
            (name, number) for number, name in enumerate(names) if not name.endswith("/")
        )
        return ((number, name) for name, number in sorted(named_files))

    def read(self, number: int, limit: int, learner: str = "") -> bytes:
        """Return at most `limit` bytes of the file with that number. They are taken from the
        learner's share, too.

        Raise ArchiveError if it can't be read.
        """
        info = self._zip.infolist()[number]
        if len(info.filename) > NAME:
            raise ArchiveError(f"has a name of more than {NAME} characters")
        if number in self._overlapping:
            raise ArchiveError("overlaps another file in the archive")
        if info.flag_bits & ENCRYPTED:
            raise ArchiveError("is encrypted")
        # Others may ask for gigabytes before the first byte.
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ArchiveError("is packed in a way that is not read here")
        budgets = {self.budget, self.budget.share_of(learner)}
        for budget in budgets:
            budget.check()
        data = b""
        try:
            with self._zip.open(info) as file:
                data = file.read(limit)
        except (*BROKEN, struct.error) as error:
            raise ArchiveError(f"cannot be unpacked: {error}") from None
        finally:
            for budget in budgets:
                budget.spend(len(data))
        return data

    def content_identity(self, number: int) -> tuple[int, int]:
        """Return the checksum and size of a file, as the archive lists them.

        Equal files have equal ones.

        A file whose real checksum or size differs can't be unpacked, so the list can't lie.
        """
        info = self._zip.infolist()[number]
        return info.CRC, info.file_size


def _overlapping_members(members: list[ZipInfo]) -> Iterator[int]:
    """Yield the numbers of members whose bytes overlap an earlier member's.

    Without this check, a few bytes could be listed as any number of files.
    """
    end = 0
    for number, info in sorted(
        enumerate(members), key=lambda member: member[1].header_offset
    ):
        if info.header_offset < end:
            yield number
        end = max(end, info.header_offset + LOCAL_HEADER + info.compress_size)


def _check_sizes(stream: IO[bytes]) -> None:
    """Check the sizes of an archive and of its list of files before zipfile reads them.

    Raise ArchiveError if they are too large.
    """
    size = stream.seek(0, 2)
    if size > SIZE:
        raise ArchiveError(f"is larger than {SIZE // 2**20:,} MiB")
    stream.seek(max(0, size - COMMENT - END.size - 20))
    tail = stream.read()
    end_record = tail.rfind(SIGNATURES[1])
    if end_record < 0 or len(tail) - end_record < END.size:
        raise ArchiveError("isn't a readable zip file: its end is missing")
    directory_size = END.unpack_from(tail, end_record)[5]
    if directory_size > DIRECTORY or LOCATOR in tail[max(0, end_record - 20) : end_record]:
        raise ArchiveError("lists more files than any class hands in")
    stream.seek(0)
