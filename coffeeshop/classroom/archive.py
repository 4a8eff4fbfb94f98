"""Read zip files that learners hand in.

Data is unpacked in memory, within limits, and no name in a zip becomes a path.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MAX_ARCHIVE_BYTES = 512 * 1024 * 1024  # bytes at most of an archive
# Bytes at most of its list of files, since zipfile makes an object for each.
MAX_DIRECTORY_BYTES = 8 * 1024 * 1024
MAX_MEMBERS = 100_000  # files at most that an archive lists
MAX_NAME_LENGTH = 500  # characters at most of the name of a file in it
# Bytes at most that are unpacked of one archive and those in it.
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_BYTES_PER_LEARNER = 64 * 1024 * 1024  # bytes at most that are unpacked for one learner
BYTES_PER_FILE = (
    4096  # least bytes that reading a file costs, which bounds the number of files
)
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # how an archive begins, and an empty one
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
END_RECORD = struct.Struct("<4s4H2LH")
ZIP64_LOCATOR = b"PK\x06\x07"
LOCAL_HEADER = 30  # bytes at least in front of a file's own
MAX_COMMENT_BYTES = (
    65_535  # bytes at most of an archive's comment. Reading more finds the same end
)
ENCRYPTED_FLAG = 0x1
# NotImplementedError is a RuntimeError.
BROKEN_ARCHIVE_ERRORS = (
    BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


class ArchiveError(Exception):
    """An error in an archive or in one of its files. Its message completes a sentence that begins with "it"."""


class Budget:
    """The number of bytes that can still be unpacked from an archive.

    Each learner has a share of it, so one learner's files can't use up the room of the others.
    """

    def __init__(self, size: int = 0) -> None:
        self.size = self.bytes_left = size or MAX_UNPACKED_BYTES
        self._shares: dict[str, Budget] = {}

    def share_of(self, learner: str) -> Budget:
        """Return a learner's share. Files of no known learner ("") can use the whole budget."""
        if not learner:
            return self
        return self._shares.setdefault(learner, Budget(MAX_BYTES_PER_LEARNER))

    def check(self) -> None:
        """Raise ArchiveError if the budget is used up."""
        if self.bytes_left <= 0:
            raise ArchiveError(
                f"is in an archive with more than {self.size // 2**20:,} MiB of files, of which only the first are read"
            )

    def spend(self, bytes: int) -> None:
        """Subtract bytes that were unpacked. Each file costs at least BYTES_PER_FILE."""
        self.bytes_left -= max(bytes, BYTES_PER_FILE)


class Archive:
    """An open zip file. Raise ArchiveError if the stream is no zip file, or is too large."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        """Open an archive. Unpacked bytes are taken from `budget`. Raise ArchiveError."""
        _check_sizes(stream)
        self.stream = stream
        self.budget = budget
        try:
            self._zip = ZipFile(stream)
        except (*BROKEN_ARCHIVE_ERRORS, struct.error) as error:
            raise ArchiveError(f"isn't a readable zip file: {error}") from None
        if len(self._zip.infolist()) > MAX_MEMBERS:
            raise ArchiveError(f"contains more than {MAX_MEMBERS:,} files")
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
        if len(info.filename) > MAX_NAME_LENGTH:
            raise ArchiveError(f"has a name with more than {MAX_NAME_LENGTH} characters")
        if number in self._overlapping:
            raise ArchiveError("is damaged: in the archive, it overlaps another file")
        if info.flag_bits & ENCRYPTED_FLAG:
            raise ArchiveError("is encrypted")
        # Others may ask for gigabytes before the first byte.
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ArchiveError("is compressed with a method that isn't supported")
        budgets = {self.budget, self.budget.share_of(learner)}
        for budget in budgets:
            budget.check()
        data = b""
        try:
            with self._zip.open(info) as file:
                data = file.read(limit)
        except (*BROKEN_ARCHIVE_ERRORS, struct.error) as error:
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
    if size > MAX_ARCHIVE_BYTES:
        raise ArchiveError(f"is larger than {MAX_ARCHIVE_BYTES // 2**20:,} MiB")
    stream.seek(max(0, size - MAX_COMMENT_BYTES - END_RECORD.size - 20))
    tail = stream.read()
    end_record = tail.rfind(SIGNATURES[1])
    if end_record < 0 or len(tail) - end_record < END_RECORD.size:
        raise ArchiveError("isn't a complete zip file: its end is missing")
    directory_size = END_RECORD.unpack_from(tail, end_record)[5]
    if (
        directory_size > MAX_DIRECTORY_BYTES
        or ZIP64_LOCATOR in tail[max(0, end_record - 20) : end_record]
    ):
        raise ArchiveError("contains too many files")
    stream.seek(0)
