"""What the fuzzing harness feeds of files with a form of their own: a class's roster, an archive of hand-ins, a scenario's tables."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Sequence
from contextlib import closing, suppress
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final
from warnings import catch_warnings, simplefilter
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import tomli_w
from hypothesis import strategies as st

from coffeeshop.classroom.collect import FileReader, FileToGrade, collect_files
from coffeeshop.lessons.scenario.find import course, folders
from coffeeshop.policy.model import Problems

ENCODINGS: Final = (
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "latin-1",
)
HEADINGS: Final = (
    *("learner", "name", "Student", "ID", "SIS User ID", "SIS Login ID", "Username", "OrgDefinedId", "Email", "First name"),
    *("Last name", "variant", "practice", "pseudonym", "Section", "Points Possible", "", "Learner "),
)  # fmt: skip
CELLS: Final = (
    *("kim", "ana", "kim ", "=1+1", "@x", "-1", "\t=x", "1", "007", "9" * 400, "practice-roles-1-7", "", " ", "\x00", "\ufeff"),
    *("\u202e", "e\u0301", "a\nb", "a\rb", '"', "'", "a,b", "a;b", "..", "../x", "x" * 5000, "Points Possible", "<b>", "[red]"),
)  # fmt: skip
NAMES: Final = (
    *("kim.sh", "KIM.sh", "../kim.sh", "/kim.sh", "a/../b.sh", ".kim.sh", "x" * 300 + ".sh", "a\nb.sh", "\u202e.sh", "é.sh"),
    *("kim.handin.jsonl", "kim/answer.sh", "__MACOSX/._kim.sh", "C:\\kim.sh", "in.zip", "d/", "kim_1_2_k.sh", "deep/" * 40 + "k"),
)  # fmt: skip
MODES: Final = (0o100644, 0o120777, 0o040755, 0o010644, 0o060000, 0)
VALUES: Final = (
    *(0, -1, 10**18, -(2**63), 1.5, float("nan"), float("inf"), True, "", " ", "x", "*", "a\nb", "{", "{{x}}", "\u202e", "\x00"),
    *("x" * 10_000, "arn:aws:s3:::*", "s3:GetObject", "casey", "ada", "root", "aws iam list-users", "../../x", "99999h", "é" * 99),
    *([], [[]], {}, [{}], {"a": 1}, ["x"] * 300, [1, "a"]),
    *(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), date(2026, 1, 1)),
)  # fmt: skip


# -------------------------------------------------------------------- rosters
def rosters() -> st.SearchStrategy[bytes]:
    """Returns rosters in any encoding, with rows of any length."""
    cell = st.sampled_from(CELLS) | st.text(max_size=8)
    rows = st.lists(st.lists(cell, max_size=7), max_size=12)
    headings = st.lists(st.sampled_from(HEADINGS) | cell, min_size=1, max_size=6)
    return st.builds(
        _table, headings, rows, st.sampled_from(",;\t"), st.sampled_from(ENCODINGS)
    )


def _table(
    headings: list[str], rows: list[list[str]], between: str, encoding: str
) -> bytes:
    stream = StringIO(newline="")
    csv.writer(stream, delimiter=between, quoting=csv.QUOTE_ALL).writerows(
        [headings, *rows]
    )
    return stream.getvalue().encode(encoding, "replace")


# ------------------------------------------------------------------- archives
def archives() -> st.SearchStrategy[bytes]:
    """Returns archives of hand-ins, one in the other, whole or with some bytes changed."""
    texts = st.sampled_from(
        (b"aws iam list-users\n", b"", b"\x00" * 10**5, b'{"scenario": "05"}')
    ) | st.binary(max_size=60)

    def packed(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        files = st.tuples(
            st.sampled_from(NAMES),
            inner,
            st.sampled_from(MODES),
            st.sampled_from((ZIP_STORED, ZIP_DEFLATED)),
        )
        return st.lists(files, max_size=6).map(_archive)

    changes = st.lists(
        st.tuples(st.integers(1, 400), st.binary(min_size=1, max_size=4)), max_size=4
    )
    return st.builds(_changed, packed(st.one_of(texts, packed(texts))), changes)


def _archive(files: Sequence[tuple[str, bytes, int, int]]) -> bytes:
    stream = BytesIO()
    with catch_warnings(), ZipFile(stream, "w") as archive:
        simplefilter("ignore", UserWarning)  # of a name that is there twice, as it may be
        for number, (name, data, mode, method) in enumerate(files):
            info = ZipInfo(name if number % 3 else f"{number}{name}")
            info.external_attr, info.compress_type = mode << 16, method
            archive.writestr(info, data)
    return stream.getvalue()


def unpack(data: bytes) -> None:
    """Find the hand-ins of an archive, and read each."""
    Path("class.zip").write_bytes(data)
    with closing(FileReader()) as reader:
        for found in collect_files([Path("class.zip")], grades_scripts=True):
            if isinstance(found, FileToGrade):
                with suppress(Problems):
                    reader.read(found)


def _changed(data: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """Returns the bytes with some of the last changed, where an archive says what is in it."""
    for back, piece in changes:
        at = max(0, len(data) - back)
        data = data[:at] + piece + data[at + len(piece) :]
    return data


# --------------------------------------------------------------------- tables
@cache
def tables() -> st.SearchStrategy[tuple[str, str, str]]:
    """Returns a scenario, one of its two forms, and another text for it: values of other types, keys at other places."""
    names = [folder.name for folder in folders(None)]

    @st.composite
    def changed(draw: st.DrawFn) -> tuple[str, str, str]:
        scenario = draw(st.sampled_from(names))
        file = draw(st.sampled_from(("scenario.toml", "scenario.toml", "shop.toml")))
        path = course() / scenario / file if file == "scenario.toml" else course() / file
        table = tomllib.loads(Path(path).read_text("utf-8"))
        for _ in range(draw(st.integers(1, 3))):
            _change(draw, table)
        return scenario, file, tomli_w.dumps(table)

    return changed()


def _change(draw: st.DrawFn, table: dict[str, Any]) -> None:
    """Put something else at some place of a table, or take away what is there."""
    held: Any = table
    while held:
        at = draw(
            st.sampled_from([*held] if isinstance(held, dict) else [*range(len(held))])
        )
        inner = held[at]
        if isinstance(inner, dict | list) and inner and draw(st.integers(0, 5)):
            held = inner
            continue
        if draw(st.integers(0, 3)) == 0:
            del held[at]
        else:
            held[at] = deepcopy(
                draw(st.sampled_from(VALUES))
            )  # the next change may be inside it
        return
