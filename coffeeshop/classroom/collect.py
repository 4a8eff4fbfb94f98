"""Find the hand-ins in files, in folders of learners, and in zip files from Canvas and Moodle.

A hand-in is recognized by its first bytes, because every system renames files. Every file is reported: as a piece to grade,
or as passed over with the reason.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.classroom.archive import (
    MAX_NAME_LENGTH,
    SIGNATURES,
    Archive,
    ArchiveError,
    Budget,
)
from coffeeshop.files import decode_text, is_folder, open_file, walk_folders
from coffeeshop.lessons.play.handin import MAX_BYTES
from coffeeshop.policy.model import Level, Place, Problem, Problems

SCRIPT_SUFFIX = ".sh"
SCRIPT_REASON = "is a script and not a hand-in"
SNIFFED_BYTES = 512  # bytes by which a file is known
MAX_NESTED_ARCHIVES = 2  # archives, one in the other
# Bytes at most of an archive in an archive, which is unpacked in memory.
MAX_INNER_BYTES = 16 * 1024 * 1024
HEADER_PATTERN = re.compile(r'\s*\{[^{}]*?"(?:scenario|calls|digest)"\s*:')
# 05.handin.jsonl, 05.handin-1.jsonl, 05.handin (1).jsonl.txt.
HAND_IN_NAME = re.compile(r"\.handin\b", re.IGNORECASE)
PACKED_SUFFIX = re.compile(r"\.(?:7z|rar|t?gz|tar|bz2|xz|zst)$", re.IGNORECASE)
MAX_HAND_INS = 50  # of one learner, or of an archive in an archive, at most
FILE_NAME_PATTERNS = (  # file names that systems make from a learner's name
    # Canvas: smithanna_LATE_123_4567_05.handin.jsonl.
    re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<lms>\d+)_\d+_"),
    re.compile(
        r"(?P<name>.+?)_\d+_assignsubmission_"
    ),  # Moodle: Anna Smith_123_assignsubmission_file_
    re.compile(
        r"\d+-\d+ - (?P<name>.+?) - "
    ),  # Brightspace: 123-4567 - Anna Smith - Nov 26, 2026 644 PM
)
HAND_IN_FIX = "name a file or folder that exists"


class FileToGrade(Struct, frozen=True):
    """A file to grade.

    `path` is the file itself or the archive that contains it. `member_numbers` leads to it in
    nested archives: the number of the member in each, () for a plain file.
    Files with the same `limits_key` share limits: they are one learner's, in an archive. "" has no limits.
    """

    name: str
    path: Path
    member_numbers: tuple[int, ...] = ()
    limits_key: str = ""


class PassedOver(Struct, frozen=True):
    """A file that is not graded. `reason` completes a sentence that begins with "it"."""

    name: str
    reason: str


class NothingToGrade(Struct, frozen=True):
    """A file or folder that the user named and that has nothing to grade."""

    file: Path


CollectedItem: TypeAlias = "FileToGrade | PassedOver | NothingToGrade"


def collect_files(files: Iterable[Path], grades_scripts: bool) -> Iterator[CollectedItem]:
    """Yield each named file, and each file in named folders and archives, once and in order.

    Yield NothingToGrade for a named file or folder in which everything is passed over. With
    `grades_scripts`, scripts of AWS CLI lines are graded as well as hand-ins. Links are not followed.
    """
    seen: set[Path] = set()
    for file in files:
        has_nothing = True
        for path in _files_below(file):
            real_path = Path(os.path.realpath(path.parent)) / path.name
            if real_path in seen:
                has_nothing = False
                continue
            seen.add(real_path)
            for finding in _examine_file(path, file, grades_scripts):
                has_nothing = has_nothing and isinstance(finding, PassedOver)
                yield finding
        if has_nothing:
            yield NothingToGrade(file)


def _files_below(file: Path) -> list[Path]:
    """Return the files below a path.

    Hidden folders, locked folders and links to folders aren't searched. They are returned
    as if they were files, so that they are reported as passed over.
    """
    if not is_folder(file):
        return [file]
    paths: list[Path] = []

    def add_locked_folder(error: OSError) -> None:
        paths.append(Path(error.filename))

    for place, folders, names in walk_folders(file, add_locked_folder):
        skipped_folders = {
            name
            for name in folders
            if name.startswith(".") or Path(place, name).is_symlink()
        }
        folders[:] = [name for name in folders if name not in skipped_folders]
        paths += (Path(place, name) for name in (*names, *skipped_folders))
    return sorted(paths)


def _examine_file(path: Path, named: Path, grades_scripts: bool) -> Iterator[CollectedItem]:
    """Yield what is in one file: a hand-in, the hand-ins of an archive, or why it is passed
    over.

    `named` is what the user named: a folder in which the file is, or this very file. Then it
    gets a report in any case, which says what is wrong with it, and an archive is no
    learner's.
    """
    name, is_named = str(path), path == named
    try:
        with open_file(path) as stream:
            head = stream.read(SNIFFED_BYTES)
            if head.startswith(SIGNATURES):
                below = "" if is_named else str(path.relative_to(named))
                archive = FileToGrade(name, path, limits_key=_limits_key(name, below))
                yield from _unpack_archive(
                    archive, stream, grades_scripts, Budget(), _HandInLimits()
                )
                return
    except Problems as found:
        # Then its report gives the reason.
        gets_report = is_named or _has_known_name(path.name, grades_scripts)
        yield (
            FileToGrade(name, path)
            if gets_report
            else PassedOver(name, _unopenable_reason(path, found))
        )
        return
    except OSError as error:
        yield PassedOver(name, f"cannot be read: {error.strerror or error}")
        return
    reason = "" if is_named else pass_over_reason(path.name, head, grades_scripts)
    yield PassedOver(name, reason) if reason else FileToGrade(name, path)


def _unopenable_reason(path: Path, problems: Problems) -> str:
    """Return why a file can't be opened, without its path, to complete a sentence that begins with "it"."""
    if path.name.startswith("."):
        return "is hidden"
    return problems.problems[0].text.removeprefix(f"{path} ")


def pass_over_reason(name: str, head: bytes, grades_scripts: bool) -> str:
    """Return why a file isn't graded, to complete a sentence that begins with "it". Return "" if it is graded.

    `head` are its first bytes. `grades_scripts` tells whether scripts of AWS CLI lines are graded.
    """
    if _begins_as_handin(head):
        return ""
    if name.startswith("."):
        return "is hidden"
    if _has_known_name(name, grades_scripts):
        return ""
    if name.endswith(SCRIPT_SUFFIX):
        return SCRIPT_REASON
    if PACKED_SUFFIX.search(name):
        return "is a kind of archive that can't be read: unpack it first"
    return "isn't a hand-in: its first line is different"


def _has_known_name(name: str, grades_scripts: bool) -> bool:
    """Return whether a file's name is that of a hand-in, or of a script if scripts are graded."""
    return HAND_IN_NAME.search(name) is not None or (
        grades_scripts and name.endswith(SCRIPT_SUFFIX)
    )


def _begins_as_handin(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of a hand-in, in any encoding."""
    with suppress(ValueError):  # the end may be cut within a character
        return HEADER_PATTERN.match(decode_text(head[: len(head) // 4 * 4])) is not None
    return HEADER_PATTERN.match(head.decode("utf-8", "replace")) is not None


# -------------------------------------------------------------------- archives
class _HandInLimits:
    """Counts the hand-ins of each learner in an archive and remembers their contents."""

    def __init__(self) -> None:
        self._hand_in_counts = Counter[str]()
        self._first_names: dict[tuple[str, tuple[int, int]], str] = {}

    def count_or_refuse(self, piece: FileToGrade, content: tuple[int, int]) -> str:
        """Count a hand-in and return "", or return why it isn't taken, to complete a
        sentence that begins with "it".

        `content` is the file's checksum and size, which tell equal files. Only archives of
        one learner have limits.
        """
        if not piece.limits_key:
            return ""
        first = self._first_names.setdefault((piece.limits_key, content), piece.name)
        if first != piece.name:
            return f"has the same content as {first}"
        if self._hand_in_counts[piece.limits_key] >= MAX_HAND_INS:
            return f"is one of more than {MAX_HAND_INS} hand-ins from one learner: to grade it too, unpack the archive or name this file"
        self._hand_in_counts[piece.limits_key] += 1
        return ""


def _unpack_archive(
    outer: FileToGrade,
    stream: IO[bytes],
    grades_scripts: bool,
    budget: Budget,
    limits: _HandInLimits,
) -> Iterator[CollectedItem]:
    """Yield the findings of an archive and of the archives inside it."""
    try:
        archive = Archive(stream, budget)
    except ArchiveError as error:
        yield PassedOver(outer.name, str(error))
        return
    for number, name in archive.files():
        full_name = f"{outer.name}/{name[: MAX_NAME_LENGTH + 1]}"
        limits_key = outer.limits_key or _limits_key(full_name, name)
        inner = FileToGrade(
            full_name, outer.path, (*outer.member_numbers, number), limits_key
        )
        try:
            head = archive.read(number, SNIFFED_BYTES, limits_key)
            if not head.startswith(SIGNATURES):
                reason = pass_over_reason(name.rpartition("/")[2], head, grades_scripts)
                reason = reason or limits.count_or_refuse(
                    inner, archive.content_identity(number)
                )
                yield PassedOver(inner.name, reason) if reason else inner
            elif len(inner.member_numbers) >= MAX_NESTED_ARCHIVES:
                yield PassedOver(
                    inner.name, "is an archive inside two other archives, which isn't read"
                )
            else:
                limits_key = limits_key or full_name
                data = BytesIO(_inner_archive_bytes(archive, number, limits_key))
                yield from _unpack_archive(
                    replace(inner, limits_key=limits_key),
                    data,
                    grades_scripts,
                    budget.share_of(limits_key),
                    limits,
                )
        except ArchiveError as error:
            yield PassedOver(inner.name, str(error))


def _limits_key(full_name: str, name: str) -> str:
    """Return a path to the learner from whose name an LMS made a part of this path, or "" if there is none.

    `name` is the end of the path, in the archive or in the folder that the user named. All
    files of a learner share limits, because an LMS takes several files from each.
    """
    place = full_name.removesuffix(name)
    for part in name.split("/"):
        matches = (system.match(part) for system in FILE_NAME_PATTERNS)
        if learner := next(filter(None, matches), None):
            return f"{place}{_learner_part(learner)}"
        place += f"{part}/"
    return ""


def _learner_part(learner: re.Match[str]) -> str:
    """Return the part of a file name that an LMS writes in all file names of one learner.

    Canvas adds a number to each file and a mark to a late one, so its part is only the name and the learner's number.
    """
    if "lms" in learner.groupdict():
        return "_".join(learner.groups())
    return learner[0]


def _inner_archive_bytes(archive: Archive, number: int, limits_key: str) -> bytes:
    """Return the bytes of a learner's archive inside another. Raise ArchiveError if it is too large."""
    data = archive.read(number, MAX_INNER_BYTES + 1, limits_key)
    if len(data) > MAX_INNER_BYTES:
        raise ArchiveError(
            f"is an archive inside another archive and larger than {MAX_INNER_BYTES // 2**20} MiB"
        )
    return data


class FileReader:
    """Reads pieces one after the other. The archives that contained the last piece stay open for the next."""

    def __init__(self) -> None:
        """Begin without open archives. Those of the file that was read last stay open."""
        self._path = Path()
        # By the numbers that lead to it from the outermost.
        self._archives: dict[tuple[int, ...], Archive] = {}

    def read(self, piece: FileToGrade) -> bytes:
        """Return the bytes of a piece, at most one more than LARGEST, which shows that it is too large.

        Raise Problems.
        """
        try:
            if piece.member_numbers:
                archive = self._archive(piece)
                return archive.read(
                    piece.member_numbers[-1], MAX_BYTES + 1, piece.limits_key
                )
            with open_file(piece.path, HAND_IN_FIX) as stream:
                return stream.read(MAX_BYTES + 1)
        except ArchiveError as error:
            message = f"it {error}"
        except OSError as error:
            message = f"it cannot be read: {error.strerror or error}"
        raise Problems(Problem(Level.ERROR, "unreadable", Place(), message, HAND_IN_FIX))

    def close(self) -> None:
        """Close the open archives."""
        for archive in self._archives.values():
            archive.stream.close()
        self._archives.clear()

    def _archive(self, piece: FileToGrade) -> Archive:
        """Return the open archive that contains a piece. Raise ArchiveError, OSError or Problems."""
        if piece.path != self._path:
            self.close()
            self._path = piece.path
        if () not in self._archives:
            self._archives[()] = Archive(open_file(piece.path, HAND_IN_FIX), Budget())
        nesting = piece.member_numbers[:-1]
        if nesting not in self._archives:
            outer = self._archives[()]
            self._archives = {(): outer}
            data = _inner_archive_bytes(outer, nesting[-1], piece.limits_key)
            share = outer.budget.share_of(piece.limits_key)
            self._archives[nesting] = Archive(BytesIO(data), share)
        return self._archives[nesting]
