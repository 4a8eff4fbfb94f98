"""What a class sends in: however it was renamed, packed and nested, every file is graded or passed over for a reason."""

from __future__ import annotations

import os
from copy import copy
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest

from coffeeshop.classroom import archive as bounds
from coffeeshop.classroom.collect import (
    MAX_HAND_INS,
    FileReader,
    FileToGrade,
    NothingToGrade,
    PassedOver,
    collect_files,
)
from coffeeshop.lessons.play.handin import MAX_BYTES
from tests.examples import pairs
from tests.lessons.folder import refused

HANDIN = '{"format":1,"scenario":"90-a-small-one","digest":"x","calls":0,"sum":"y"}\n'


def seen(*files: Path, scripts: bool = False) -> dict[str, str]:
    """Tells of every file below or in what is named what becomes of it: "" where it is graded, else why not."""
    told: dict[str, str] = {}
    for found in collect_files(files, scripts):
        match found:
            case FileToGrade(name):
                told[name] = ""
            case PassedOver(name, why):
                told[name] = why
            case NothingToGrade(file):
                told[f"nothing in {file}"] = ""
    return told


def packed(files: dict[str, str | bytes], method: int = ZIP_DEFLATED) -> bytes:
    """Returns a zip file of these."""
    stream = BytesIO()
    with ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(("name", "encoding"), pairs([
    "05.handin.jsonl", "05.handin-1.jsonl", "05.handin (1).jsonl", "05.handin.jsonl.txt", "download", "05.json", "smithanna_LATE_12_34_05.handin-2.jsonl",
    "Anna Smith_12_assignsubmission_file_/05.handin.jsonl", "123-456 - Anna Smith - Nov 26, 2026 644 PM/05.handin.jsonl", "onlinetext.html",
], ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))  # fmt: skip
def test_a_hand_in_is_known_by_how_it_begins_however_it_was_renamed(
    tmp_path: Path, name: str, encoding: str
):
    path = tmp_path / "class" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(HANDIN.encode(encoding))
    assert seen(tmp_path / "class") == {str(path): ""}


@pytest.mark.parametrize(
    "name", ["05.handin.jsonl", "05.handin-1.jsonl", "05.HANDIN (1).jsonl.txt"]
)
def test_what_is_called_a_hand_in_gets_a_report_whatever_is_in_it(
    tmp_path: Path, name: str
):
    (tmp_path / name).write_bytes(b"%PDF")
    assert seen(tmp_path) == {str(tmp_path / name): ""}


@pytest.mark.parametrize(("name", "data", "why"), [
    ("notes.pdf", b"%PDF-1.7", "isn't a hand-in: its first line is different"), ("empty.jsonl", b"", "isn't a hand-in: its first line is different"),
    ("answer.sh", b"aws iam list-users", "is a script and not a hand-in"), (".DS_Store", b"\0\0", "is hidden"),
    ("._05.handin.jsonl", b"\0\5\x16\7", "is hidden"), ("all.7z", b"7z", "is a kind of archive that can't be read: unpack it first"),
    ("all.tar.gz", b"\x1f\x8b", "is a kind of archive that can't be read: unpack it first"),
    ("all.zip", b"PK\x03\x04 and no more", "isn't a complete zip file: its end is missing"),
])  # fmt: skip
def test_what_is_passed_over_says_why(tmp_path: Path, name: str, data: bytes, why: str):
    (tmp_path / name).write_bytes(data)
    assert seen(tmp_path) == {str(tmp_path / name): why, f"nothing in {tmp_path}": ""}


def test_links_hidden_folders_and_locked_ones_are_accounted_for(tmp_path: Path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b.handin.jsonl").symlink_to("/etc/passwd")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x").write_text(HANDIN)
    (tmp_path / "more").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "more")
    told = {Path(name).name: why for name, why in seen(tmp_path).items()}
    assert told == {
        ".git": "is hidden", "a": "cannot be read: it is a link", "b.handin.jsonl": "", "linked": "cannot be read: it is a link",
    }  # fmt: skip


def test_what_is_named_is_graded_and_what_is_named_twice_once(tmp_path: Path):
    path = tmp_path / "x.pdf"
    path.write_text("%PDF")
    assert seen(path, path) == {str(path): ""}
    assert [*map(type, collect_files([path, tmp_path, path], grades_scripts=False))] == [
        FileToGrade
    ]


# -------------------------------------------------------------------- archives
def read(path: Path) -> list[bytes]:
    """Returns the bytes of all that is to be graded there."""
    reader = FileReader()
    try:
        return [
            reader.read(found)
            for found in collect_files([path], grades_scripts=False)
            if isinstance(found, FileToGrade)
        ]
    finally:
        reader.close()


def test_a_file_of_a_zip_file_may_have_no_name_at_all(tmp_path: Path):
    data = packed({"06.handin.jsonl": HANDIN, "05.handin.jsonl": HANDIN, "x/": ""})
    # A name ends before a NUL.
    (tmp_path / "all.zip").write_bytes(data.replace(b"06.handin", b"\x006.handin"))
    assert seen(tmp_path) == {
        f"{tmp_path}/all.zip/": "",
        f"{tmp_path}/all.zip/05.handin.jsonl": "",
    }


def test_a_zip_file_is_read_with_those_that_are_packed_in_it(tmp_path: Path):
    inner = packed(
        {"05.handin.jsonl": HANDIN + "inner", "__MACOSX/._05.handin.jsonl": b"\0"}
    )
    path = tmp_path / "submissions.zip"
    path.write_bytes(
        packed(
            {
                "Bo_2_assignsubmission_file_/bo.zip": inner,
                "Ada_1_/05.handin.jsonl": HANDIN,
                "Bo_2_/x.pdf": "%PDF",
            }
        )
    )
    assert seen(tmp_path) == {
        f"{path}/Ada_1_/05.handin.jsonl": "",
        f"{path}/Bo_2_/x.pdf": "isn't a hand-in: its first line is different",
        f"{path}/Bo_2_assignsubmission_file_/bo.zip/05.handin.jsonl": "",
        f"{path}/Bo_2_assignsubmission_file_/bo.zip/__MACOSX/._05.handin.jsonl": "is hidden",
    }
    assert read(tmp_path) == [HANDIN.encode(), (HANDIN + "inner").encode()]


def test_two_files_of_one_name_in_an_archive_are_two(tmp_path: Path):
    data = packed({"05.handin.jsonl": HANDIN + "one", "06.handin.jsonl": HANDIN + "two"})
    (tmp_path / "a.zip").write_bytes(data.replace(b"06.handin", b"05.handin"))
    assert [data[-3:] for data in read(tmp_path)] == [b"one", b"two"]


def test_the_archives_of_a_class_are_read_one_behind_the_other(tmp_path: Path):
    for name in "ab":
        inner = packed({"x": f"{HANDIN} {name}", "y": HANDIN + name})
        (tmp_path / f"{name}.zip").write_bytes(
            packed({"1.zip": inner, "2.zip": inner, "3": HANDIN})
        )
    assert [data.decode()[-1] for data in read(tmp_path)] == [*"aaaa\n", *"bbbb\n"]


def test_an_archive_in_an_archive_in_an_archive_is_passed_over(tmp_path: Path):
    data = packed({"05.handin.jsonl": HANDIN})
    for name in ("3.zip", "2.zip", "1.zip"):
        data = packed({name: data})
    (tmp_path / "0.zip").write_bytes(data)
    assert (
        next(iter(seen(tmp_path).values()))
        == "is an archive inside two other archives, which isn't read"
    )


def test_names_in_an_archive_lead_nowhere(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(
        packed({"../../x.handin.jsonl": HANDIN, "/etc/y.handin.jsonl": HANDIN})
    )
    assert len(read(tmp_path)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


def test_a_bomb_is_unpacked_no_further_than_its_largest_hand_in(tmp_path: Path):
    (tmp_path / "bomb.zip").write_bytes(
        packed({"05.handin.jsonl": HANDIN + " " * 20 * MAX_BYTES})
    )
    assert [len(data) for data in read(tmp_path)] == [MAX_BYTES + 1]


def test_a_bomb_of_many_files_is_unpacked_as_far_as_its_archive_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounds, "MAX_UNPACKED_BYTES", 3 * bounds.BYTES_PER_FILE)
    (tmp_path / "bomb.zip").write_bytes(
        packed({f"{n}.handin.jsonl": HANDIN for n in range(5)})
    )
    assert [why.partition(" MiB")[0] for why in seen(tmp_path).values()] == [
        "",
        "",
        "",
        *2 * ["is in an archive with more than 0"],
    ]


@pytest.mark.parametrize(("size", "why"), [
    ("MAX_ARCHIVE_BYTES", "is larger than 0 MiB"), ("MAX_DIRECTORY_BYTES", "contains too many files"),
])  # fmt: skip
def test_an_archive_that_is_too_much_is_passed_over_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: str, why: str
):
    monkeypatch.setattr(bounds, size, 10)
    (tmp_path / "a.zip").write_bytes(packed({"05.handin.jsonl": HANDIN}))
    assert seen(tmp_path)[str(tmp_path / "a.zip")] == why


def test_an_archive_that_asks_for_another_list_of_files_is_passed_over(tmp_path: Path):
    data = packed({"05.handin.jsonl": HANDIN})
    end = data.rindex(b"PK\x05\x06")
    (tmp_path / "a.zip").write_bytes(data[:end] + b"PK\x06\x07" + b"\xff" * 16 + data[end:])
    assert seen(tmp_path)[str(tmp_path / "a.zip")] == "contains too many files"


def spoiled(data: bytes, how: str) -> bytes:
    """Returns an archive of one file in which something does not hold."""
    central, local = data.index(b"PK\x01\x02"), data.index(b"PK\x03\x04")
    match how:
        case "encrypted":
            return data[: central + 8] + b"\1" + data[central + 9 :]
        case "no such header":
            return (
                data[:local] + b"XX" + data[local + 2 :]
                if local
                else b"PK\x03\x04" + data.replace(b"PK\x03\x04", b"PK\x03\x05")
            )
        case "damaged":
            return data[: local + 60] + b"\xff\xff" + data[local + 62 :]
        case _:
            return data[:central] + b"XX" + data[central + 2 :]


@pytest.mark.parametrize(("how", "why"), [
    ("encrypted", "is encrypted"), ("no such header", "cannot be unpacked"), ("damaged", "cannot be unpacked"), ("no list", "isn't a readable zip file"),
])  # fmt: skip
def test_an_archive_that_does_not_hold_is_told(tmp_path: Path, how: str, why: str):
    (tmp_path / "a.zip").write_bytes(spoiled(packed({"05.handin.jsonl": HANDIN * 9}), how))
    first = next(iter(seen(tmp_path).values()))
    assert first.startswith(why), first


def test_what_is_packed_in_a_way_that_may_ask_for_gigabytes_is_not_unpacked(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(packed({"05.handin.jsonl": HANDIN}, ZIP_BZIP2))
    assert "is compressed with a method that isn't supported" in seen(tmp_path).values()


def test_what_goes_away_before_it_is_read_is_told(tmp_path: Path):
    path = tmp_path / "05.handin.jsonl"
    path.write_text(HANDIN)
    (piece,) = collect_files([path], grades_scripts=False)
    path.unlink()
    (problem,) = refused(FileReader().read, piece)
    assert problem.code == "unreadable"


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root opens every door",
)
def test_a_folder_that_is_locked_is_accounted_for(tmp_path: Path):
    (tmp_path / "locked").mkdir(mode=0)
    assert "cannot be read" in seen(tmp_path)[str(tmp_path / "locked")]


# ------------------------------------------------------------- what one learner packed
def listed_often(data: bytes, times: int) -> bytes:
    """A zip file that lists its one member so many times: its bytes are there once."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("0.handin.jsonl", data)
        for number in range(1, times):
            again = copy(archive.infolist()[0])
            again.filename = f"{number}.handin.jsonl"
            archive.filelist.append(again)
    return stream.getvalue()


@pytest.mark.parametrize("inner", [False, True])
def test_bytes_that_an_archive_lists_many_times_are_graded_once(
    tmp_path: Path, inner: bool
):
    data = listed_often(HANDIN.encode(), 500)
    (tmp_path / "a.zip").write_bytes(packed({"mine.zip": data}) if inner else data)
    told = [*seen(tmp_path).values()]
    assert told.count("") == 1
    assert told.count("is damaged: in the archive, it overlaps another file") == 499


def test_equal_files_that_one_learner_packed_are_graded_once(tmp_path: Path):
    mine = packed({f"{number}.handin.jsonl": HANDIN for number in range(30)})
    (tmp_path / "a.zip").write_bytes(packed({"mine.zip": mine}))
    told = [*seen(tmp_path).values()]
    assert told.count("") == 1
    assert all(not why or why.startswith("has the same content as") for why in told)


def test_equal_files_of_two_learners_are_both_graded(tmp_path: Path):
    names = (
        "smithanna_12_34_05.handin.jsonl",
        "leekim_13_35_05.handin.jsonl",
        "plain.handin.jsonl",
        "other.handin.jsonl",
    )
    (tmp_path / "class.zip").write_bytes(packed(dict.fromkeys(names, HANDIN)))
    assert [*seen(tmp_path).values()] == [""] * 4


def test_all_files_of_a_learner_share_their_limits_however_the_system_calls_each(
    tmp_path: Path,
):
    mine = {
        f"smithanna_{late}12_{number}_05.handin.jsonl": f"{HANDIN}{number % 90}"
        for number in range(100, 220)
        for late in ("", "LATE_")
    }
    (tmp_path / "class.zip").write_bytes(
        packed({**mine, "leekim_13_1_05.handin.jsonl": HANDIN})
    )
    told = [*seen(tmp_path).values()]
    assert told.count("") == MAX_HAND_INS + 1
    assert sum("has the same content as" in why for why in told) >= MAX_HAND_INS


@pytest.mark.parametrize(
    "outer",
    [
        "mine.zip",
        "smithanna_12_34_mine.zip",
        "Anna Smith_12_assignsubmission_file_/mine.zip",
    ],
)
def test_of_what_one_learner_packed_so_many_hand_ins_are_graded_whatever_they_are_called(
    tmp_path: Path, outer: str
):
    files = {
        f"name{number}_{number}_1_05.handin.jsonl": f"{HANDIN}{number}"
        for number in range(MAX_HAND_INS + 7)
    }
    (tmp_path / "class.zip").write_bytes(
        packed({outer: packed(files), "zoe_9_9_05.handin.jsonl": HANDIN})
    )
    told = seen(tmp_path)
    assert [*told.values()].count("") == MAX_HAND_INS + 1
    assert told[str(tmp_path / "class.zip/zoe_9_9_05.handin.jsonl")] == "", (
        "the others lose nothing by it"
    )


@pytest.mark.parametrize(
    "name",
    ["smithanna_12_34_mine.zip", "Anna Smith_12_assignsubmission_file_/mine.zip"],
)
def test_an_archive_that_lies_unpacked_in_a_folder_under_a_learner_s_name_has_their_limits(
    tmp_path: Path, name: str
):
    files = {f"{number}.handin.jsonl": f"{HANDIN}{number}" for number in range(60)}
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(packed({**files, "again.handin.jsonl": f"{HANDIN}7"}))
    told = [*seen(tmp_path).values()]
    assert told.count("") == MAX_HAND_INS
    assert [*seen(file).values()] == [""] * 61, "whoever names the archive gets all of it"


def test_a_class_of_any_size_is_graded_whole(tmp_path: Path):
    files = {f"learner{number}.handin.jsonl": HANDIN for number in range(5 * MAX_HAND_INS)}
    (tmp_path / "class.zip").write_bytes(packed(files))
    assert [*seen(tmp_path).values()] == [""] * 5 * MAX_HAND_INS


@pytest.mark.parametrize(
    "one_learners",
    [
        {"a.zip": packed({f"{n}.handin.jsonl": f"{HANDIN}{n}" for n in range(9)})},
        {f"adam_12_{n}_05.zip": b"PK\3\4" + bytes(bounds.BYTES_PER_FILE) for n in range(9)},
        {f"adam_12_{n}_05.handin.jsonl": f"{HANDIN}{n}" for n in range(9)},
    ],
    ids=["packed", "archives", "files"],
)
def test_what_one_learner_unpacks_takes_no_room_from_the_others(
    one_learners: dict[str, str | bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounds, "MAX_BYTES_PER_LEARNER", 4 * bounds.BYTES_PER_FILE)
    monkeypatch.setattr(bounds, "MAX_UNPACKED_BYTES", 8 * bounds.BYTES_PER_FILE)
    (tmp_path / "class.zip").write_bytes(
        packed({**one_learners, "zoe_9_9_05.handin.jsonl": HANDIN})
    )
    told = seen(tmp_path)
    assert told[str(tmp_path / "class.zip/zoe_9_9_05.handin.jsonl")] == ""
    assert any("in an archive with more than" in why for why in told.values())


def test_what_one_learner_s_files_are_read_for_takes_no_room_from_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    theirs = {f"adam_12_{n}_05.handin.jsonl": f"{HANDIN}{n}" for n in range(9)}
    (tmp_path / "class.zip").write_bytes(
        packed({**theirs, "zoe_9_9_05.handin.jsonl": HANDIN})
    )
    *pieces, last = collect_files([tmp_path], False)
    monkeypatch.setattr(bounds, "MAX_BYTES_PER_LEARNER", 4 * bounds.BYTES_PER_FILE)
    monkeypatch.setattr(bounds, "MAX_UNPACKED_BYTES", 8 * bounds.BYTES_PER_FILE)
    reader = FileReader()
    for piece in pieces[:4]:
        reader.read(piece)
    refused(reader.read, pieces[4])
    assert reader.read(last) == HANDIN.encode()
    reader.close()


def test_a_name_as_long_as_a_book_is_passed_over_and_cut(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(packed({"n" * 60_000: HANDIN}))
    ((name, why),) = [(name, why) for name, why in seen(tmp_path).items() if why]
    assert (len(name) < 2000, why) == (True, "has a name with more than 500 characters")


def test_an_archive_that_lists_too_many_files_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounds, "MAX_MEMBERS", 3)
    (tmp_path / "a.zip").write_bytes(packed({str(number): HANDIN for number in range(4)}))
    assert seen(tmp_path)[str(tmp_path / "a.zip")] == "contains more than 3 files"
