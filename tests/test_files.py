"""Files of people who mean harm: what is no ordinary file is named, never read, never waited for, never quoted."""

from __future__ import annotations

import inspect
import json
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Generator
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coffeeshop import files
from coffeeshop.classroom.formats import FORMATS, summary_lines
from coffeeshop.classroom.judge import Task, judge, ungradable_report
from coffeeshop.cli import group
from coffeeshop.files import (
    cut_lines,
    make_folder,
    open_file,
    open_output,
    read_file,
    walk_folders,
    write_whole,
)
from coffeeshop.harmless import is_harmless
from coffeeshop.lessons.play.handin import MAX_CALLS, handin_text
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.policy.model import Level, Place, Problem
from tests.examples import pairs
from tests.lessons.folder import ID, folder, played, problems, scenario
from tests.lessons.folder import refused as told

ROOT = str(Path(__file__).parent.parent)
SECRET = "top-s3cret"
POSIX = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
NAMES = (
    "=cmd|' -C calc'!A0.handin.jsonl",
    "+1.handin.jsonl",
    " =1+1.handin.jsonl",
    "\uff1d1.handin.jsonl",
    "a\nanna: ★★★ 100.handin.jsonl",
    "\x1b]0;owned\x07.handin.jsonl",
    "\u202elnosj.handin.jsonl",
    "<script>alert(1)<script>]]>.handin.jsonl",
    "[link=x]bold[].handin.jsonl",
    "zero\u200bwidth.handin.jsonl",
)


def coffeeshop(*words: object) -> Result:
    return CliRunner().invoke(group, [*map(str, words)])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class of one, a teacher's folder of scenarios, and a private file that no report may tell of."""
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COFFEESHOP_SCENARIOS", str(tmp_path / "mine"))
    monkeypatch.chdir(tmp_path)
    lesson = scenario(folder(tmp_path / "mine"))
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "anna.handin.jsonl").write_text(
        handin_text(played(lesson, lesson.solution))
    )
    (tmp_path / "private").write_text(
        f"aws_secret_access_key = {SECRET}\naws {SECRET} {SECRET}\n"
    )
    return tmp_path


def trap(path: Path, kind: str, target: Path) -> Path:
    """A file that is none."""
    match kind:
        case "link":
            path.symlink_to(target)
        case "loop":
            path.symlink_to(path)
        case "dangling":
            path.symlink_to("/nowhere/at/all")
        case "pipe":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as it:
                it.bind(path.name)
        case "endless":
            path.symlink_to("/dev/zero")
        case _:
            path.mkdir()
    return path


TRAPS = {
    "link": "it is a link",
    "loop": "it is a link",
    "dangling": "it is a link",
    "pipe": "it is a pipe",
    "socket": "it is a socket",
    "endless": "it is a link",
    "folder": "it is a folder",
}


@POSIX
@pytest.mark.parametrize("kind", TRAPS)
def test_what_is_no_ordinary_file_is_named_and_not_read(home: Path, kind: str):
    path = trap(home / "trap", kind, home / "private")
    (found,) = told(read_file, path, 1000)
    assert (found.code, found.text) == (
        "unreadable",
        f"{path} cannot be read: {TRAPS[kind]}",
    )
    assert found.mend


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/tty", "/dev/stdin"])
def test_a_device_is_not_opened(device: str):
    assert told(open_file, Path(device))


@POSIX
def test_a_file_that_turns_into_a_pipe_while_it_is_opened_is_not_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    ordinary = (home / "private").stat()
    pipe = trap(home / "pipe", "pipe", home)
    monkeypatch.setattr(Path, "lstat", lambda _: ordinary)
    (found,) = told(open_file, pipe)
    assert "it is a pipe" in found.text


def test_a_file_is_read_up_to_its_limit(home: Path):
    (home / "file").write_bytes(b"x" * 10)
    assert read_file(home / "file", 10) == b"x" * 10
    (found,) = told(read_file, home / "file", 9)
    assert (found.code, found.text) == (
        "too-large",
        f"{home / 'file'} is larger than 9 bytes",
    )


@pytest.mark.parametrize(("end", "length"), pairs(["", "\n", "\nno"], range(8)))
def test_a_line_is_cut_off_and_the_next_begins_where_it_begins(length: int, end: str):
    text = f"ab\n{'x' * length}{end}"
    lines = [line.rstrip("\n")[:3] for line in text.splitlines(keepends=True)]
    assert [line.rstrip("\n") for line in cut_lines(StringIO(text), 3)] == lines
    assert [line.rstrip(b"\n") for line in cut_lines(BytesIO(text.encode()), 3)] == [
        line.encode() for line in lines
    ]


def test_a_file_that_cannot_be_read_is_named_on_one_line(home: Path):
    (found,) = told(read_file, Path("a\nerror: b\x1b[2J\0"), 9)
    assert found.text.startswith("a\\nerror: b\\x1b[2J\\x00 cannot be read")


def test_a_file_is_written_whole_and_never_through_a_link(home: Path):
    (home / "link").symlink_to(home / "private")
    write_whole(home / "link", "new\n")
    assert (home / "link").read_text() == "new\n"
    assert not (home / "link").is_symlink()
    assert SECRET in (home / "private").read_text()
    assert not [*home.glob(".*.part")]


def test_a_folder_in_more_folders_than_python_makes_is_an_error_of_the_system(home: Path):
    with pytest.raises(OSError, match="too long"):
        make_folder(home.joinpath(*["x"] * 3000))
    make_folder(home / "a" / "b", 0o700)
    make_folder(home / "a" / "b")
    assert stat.S_IMODE((home / "a" / "b").stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_private_folder_s_parents_are_private_where_it_makes_them(home: Path):
    before = os.umask(0)
    try:
        (home / "there").mkdir(0o755)
        make_folder(home / "there" / "new" / "newer" / "data", 0o700)
        make_folder(home / "there" / "new", 0o777)
    finally:
        os.umask(before)
    modes = [
        (home / path).stat().st_mode & 0o777
        for path in ("there", "there/new", "there/new/newer", "there/new/newer/data")
    ]
    assert modes == [0o755, 0o700, 0o700, 0o700]


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_folder_of_ours_can_be_used_by_us_whatever_the_umask_is(home: Path):
    before = os.umask(0o777)
    try:
        make_folder(home / "new" / "data", 0o700)
    finally:
        os.umask(before)
    modes = [(home / path).stat().st_mode & 0o777 for path in ("new", "new/data")]
    assert modes == [0o700, 0o700]


def test_what_is_no_folder_is_an_error_where_a_folder_is_made(home: Path):
    (home / "file").write_text("")
    (home / "nowhere").symlink_to(home / "gone")
    for path in ("file", "file/below", "nowhere"):
        with pytest.raises(OSError, match=path.partition("/")[0]):
            make_folder(home / path)


@pytest.mark.parametrize("name", ["", ".", "mine", ".."])
def test_a_folder_is_no_file_to_be_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    before = sorted(home.iterdir())
    monkeypatch.chdir(home)
    with pytest.raises(IsADirectoryError):
        write_whole(Path(name), "text")
    assert sorted(home.iterdir()) == before


def test_a_file_that_is_written_piece_by_piece_is_never_written_through_a_link(home: Path):
    (home / "link").symlink_to(home / "private")
    done = coffeeshop("grade", "--out", "link", "--format", "json", "class")
    assert done.exit_code == 0, done.output
    assert json.loads((home / "link").read_text())["stars"] == 3
    assert not (home / "link").is_symlink()
    assert SECRET in (home / "private").read_text()


@POSIX
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_pipe_takes_what_is_written_and_stays_a_pipe(home: Path, through_a_link: bool):
    pipe = trap(home / "pipe", "pipe", home)
    named = trap(home / "link", "link", pipe) if through_a_link else pipe
    for write in (write_whole, written_by_pieces):
        with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)) as reader:
            write(named, "new\n")
            assert reader.read() == "new\n"
    assert pipe.is_fifo()
    assert named.is_symlink() == through_a_link


def written_by_pieces(path: Path, text: str) -> None:
    with open_output(path) as stream:
        stream.write(text)


@POSIX
def test_what_is_our_standard_output_already_is_written_to_and_not_replaced(home: Path):
    (home / "stdout").symlink_to("/dev/fd/1")
    script = "from pathlib import Path; from coffeeshop.files import write_whole; write_whole(Path('stdout'), 'new')"
    with (home / "told").open("w") as told:
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            stdout=told,
            env={**os.environ, "PYTHONPATH": ROOT},
        )
    assert (home / "told").read_text() == "new"
    assert (home / "stdout").is_symlink()


def redirected(home: Path, code: str) -> str:
    """What stands in the file `told`, to which a program writes whose standard output it is, too."""
    script = f"from pathlib import Path; from coffeeshop.files import open_output, write_whole\n{code}"
    with (home / "told").open("w") as told:
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            stdout=told,
            env={**os.environ, "PYTHONPATH": ROOT},
        )
    return (home / "told").read_text()


WRITTEN = (
    "write_whole(Path({!r}), 'page, whole')",
    "with open_output(Path({!r})) as out: out.write('page, whole')",
)


@POSIX
@pytest.mark.parametrize("write", WRITTEN)
def test_a_file_that_is_our_standard_output_too_holds_all_that_was_written_to_it(
    home: Path, write: str
):
    assert (
        redirected(home, f"print('before')\n{write.format('told')}\nprint('line')")
        == "page, whole"
    )


@POSIX
@pytest.mark.parametrize("write", WRITTEN)
def test_what_a_link_brings_to_our_standard_output_comes_behind_what_stands_there(
    home: Path, write: str
):
    (home / "stdout").symlink_to("/dev/fd/1")
    assert (
        redirected(home, f"print('before')\n{write.format('stdout')}\nprint('line')")
        == "before\npage, wholeline\n"
    )


@POSIX
def test_a_private_file_is_its_owners_alone_where_our_standard_output_went_there(
    home: Path,
):
    redirected(home, "write_whole(Path('told'), 'secret', private=True)")
    assert (home / "told").stat().st_mode & 0o777 == 0o600


@POSIX
@pytest.mark.parametrize(
    ("mode", "others"), [(0o600, False), (0o620, False), (0o644, True), (0o640, True)]
)
def test_what_is_private_goes_into_no_pipe_that_others_can_read(
    home: Path, mode: int, others: bool
):
    pipe = trap(home / "pipe", "pipe", home)
    pipe.chmod(mode)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)) as reader:
        if others:
            with pytest.raises(
                PermissionError, match="others than you could read it there"
            ):
                write_whole(pipe, "secret", private=True)
        else:
            write_whole(pipe, "secret", private=True)
        assert reader.read() == ("" if others else "secret")
    assert pipe.is_fifo()


@POSIX
def test_a_journal_that_is_no_file_is_named(home: Path):
    trap(home / "pipe", "pipe", home)
    done = coffeeshop("grade", "--resume", "pipe", "class")
    assert done.exit_code == 2
    assert "it isn't a file" in done.stderr


# --------------------------------------------------------------------- hand-ins
@POSIX
@pytest.mark.parametrize(
    ("kind", "name"), pairs(TRAPS, ["mallory.handin.jsonl", "mallory.sh"])
)
def test_a_trap_among_the_hand_ins_is_named_costs_nothing_and_takes_no_other_with_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
):
    monkeypatch.chdir(home / "class")
    trap(home / "class" / name, kind, home / "private")
    done = coffeeshop("grade", "--scenario", ID, "--format", "json", ".")
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert SECRET not in done.stdout
    assert reports[0]["stars"] == 3
    if kind != "folder":
        assert (
            done.exit_code,
            reports[1]["status"],
            reports[1]["problems"][0]["code"],
        ) == (
            2,
            "ungradable",
            "unreadable",
        )


def test_a_link_to_another_hand_in_gets_no_grade_and_takes_none_away(home: Path):
    (home / "class" / "aaron.handin.jsonl").symlink_to("anna.handin.jsonl")
    done = coffeeshop("grade", "class")
    assert [line.partition(": ")[::2] for line in done.stdout.splitlines()] == [
        (
            "class/aaron.handin.jsonl",
            "ungradable: class/aaron.handin.jsonl cannot be read: it is a link",
        ),
        ("class/anna.handin.jsonl", "★★★ 100"),
    ]


@pytest.mark.parametrize(("form", "linked"), pairs(FORMATS, [True, False]))
def test_no_report_holds_the_text_of_a_file_that_is_no_hand_in(
    home: Path, form: str, linked: bool
):
    path = home / "mallory.sh"
    if linked:
        path.symlink_to("private")
    else:
        path.write_text(f"password: {SECRET}\nexport KEY={SECRET}\n")
    done = coffeeshop("grade", "--scenario", ID, "--format", form, path)
    assert done.exit_code == 2
    assert SECRET not in done.output


def test_a_folder_that_is_a_link_is_not_walked(home: Path):
    (home / "elsewhere").mkdir()
    (home / "class" / "anna.handin.jsonl").rename(home / "elsewhere" / "zoe.handin.jsonl")
    (home / "class" / "more").symlink_to(home / "elsewhere")
    assert coffeeshop("grade", "class").stdout == ""


def test_very_many_problems_are_counted_and_very_long_ones_cut(home: Path):
    (home / "a.sh").write_text("aws iam list-users\n" + "x\n" * 1_500 + "y" * 100_000)
    found = judge(Task("a", (home / "a.sh").read_bytes(), ID, home / "mine"), lambda: None)
    assert len(found.document.problems) == 51
    assert "and 1,451 more problems" in found.text
    (home / "b.sh").write_text("aws iam list-users\n" + "y" * 100_000)
    assert (
        len(
            judge(
                Task("b", (home / "b.sh").read_bytes(), ID, home / "mine"), lambda: None
            ).text
        )
        < 5_000
    )


def test_a_script_of_more_calls_than_a_hand_in_may_have_is_told(home: Path):
    (home / "long.sh").write_text("aws iam list-users\n" * (MAX_CALLS + 1))
    found = judge(
        Task("long", (home / "long.sh").read_bytes(), ID, home / "mine"), lambda: None
    )
    assert found.document.problems[0].code == "too-many-calls"


# ------------------------------------------------------------------------ names
@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("form", FORMATS)
def test_a_name_is_harmless_in_every_format(form: str, name: str):
    found = ungradable_report(
        Task(name, b""),
        Problem(Level.ERROR, "unreadable", Place(), f"{name} cannot be read"),
    )
    text = FORMATS[form].write_one(found)
    assert is_harmless(text)
    assert "<script>" not in text or form in (
        "text",
        "json",
        "gradescope",
        "prairielearn",
        "csv",
    )
    if form == "csv":
        assert all(
            cell[:1] not in "=+-@ \uff1d"
            for cell in (text.splitlines()[1][:1], text.splitlines()[1].strip('"')[:1])
        )
        assert len(text.splitlines()) == 2
    assert [line.count("\n") for line in summary_lines([found])] == [1]


@POSIX
def test_reports_of_hostile_names_stay_in_their_folder_and_can_be_listed(home: Path):
    whole = (home / "class" / "anna.handin.jsonl").read_text()
    for name in (*NAMES, "漢" * 70 + ".handin.jsonl"):
        (home / "class" / name).write_text(whole)
    done = coffeeshop("grade", "class", "--out", "reports/", "--format", "json")
    assert done.exit_code == 0, done.output
    written_names = [path.name for path in (home / "reports").iterdir()]
    assert len(written_names) == len(NAMES) + 2
    assert all(is_harmless(name) and "\n" not in name for name in written_names)
    assert len(done.stdout.splitlines()) == len(NAMES) + 2


# -------------------------------------------------------------------- scenarios
@POSIX
@pytest.mark.parametrize("kind", ["link", "pipe", "endless", "loop"])
def test_a_scenario_whose_form_is_no_file_is_told(home: Path, kind: str):
    root = home / "mine" / ID
    (root / "scenario.toml").unlink()
    trap(root / "scenario.toml", kind, home / "private")
    (found,) = problems(root)
    assert TRAPS[kind] in found
    assert SECRET not in found


@POSIX
def test_links_pipes_and_hidden_files_are_no_part_of_a_scenario(home: Path):
    root = home / "mine" / ID
    before = scenario(root).digest
    for kind in ("link", "loop", "pipe", "endless"):
        trap(root / f"policies/{kind}.json", kind, home / "private")
    (root / "wrong" / "more").symlink_to(home)
    (root / ".git").mkdir()
    (root / ".git" / "huge").write_bytes(b"x" * 3_000_000)
    assert scenario(root).digest == before


def test_a_scenario_of_very_many_files_is_told_and_not_read(home: Path):
    for number in range(1001):
        (home / "mine" / ID / "policies" / f"{number}.json").touch()
    assert problems(home / "mine" / ID) == [
        f"{ID}: the folder has more than 1000 files; make it smaller"
    ]


@POSIX
@pytest.mark.parametrize("name", [b"a\nb", b"\xff", b"\x1b[2J", "\u202e".encode()])
def test_a_file_of_a_scenario_whose_name_cannot_be_shown_is_told(home: Path, name: bytes):
    root = home / "mine" / ID / "policies"
    (root / os.fsdecode(name)).touch()
    (found,) = problems(home / "mine" / ID)
    assert "this name has characters that can't be shown" in found
    assert is_harmless(found)
    assert "\n" not in found


def test_a_folder_of_scenarios_that_is_a_link_is_none(home: Path):
    (home / "mine" / "91-elsewhere").symlink_to(home / "mine" / ID)
    assert [found.name for found in folders(home / "mine")].count("91-elsewhere") == 0
    assert {found.name for found in folders(home / "mine")} >= {ID}


# ------------------------------------------------------------- folders in folders
@pytest.fixture
def deep(home: Path) -> Generator[Path]:
    """A folder in a folder, more often than Python calls anything from within itself."""
    folder = home / "deep"
    folder.joinpath(*["d"] * 150).mkdir(parents=True)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 140)
    yield folder
    sys.setrecursionlimit(limit)


def test_however_deep_folders_lie_in_one_another_each_is_walked(deep: Path):
    assert sum(1 for _ in walk_folders(deep)) == 151


@POSIX
def test_folders_are_walked_as_the_system_s_own_walk_does(home: Path):
    for name in ("b/x", "b/y/z", "a", "shut/in"):
        (home / "tree" / name).mkdir(parents=True)
        (home / "tree" / name / "file").touch()
    (home / "tree" / "b" / "link").symlink_to(home / "tree")
    (home / "tree" / "circle").symlink_to("circle")
    found, known = list[tuple[str, ...]](), list[tuple[str, ...]]()
    for all, walk in ((found, walk_folders), (known, os.walk)):
        for place, inside, names in walk(home / "tree"):
            inside[:] = sorted(set(inside) - {"shut"})
            all.append((str(place), *inside, "|", *sorted(names)))
    assert found == known
    unlisted = list[OSError]()
    assert [*walk_folders(home / "nowhere", unlisted.append)] == []
    assert [error.filename for error in unlisted] == [str(home / "nowhere")]


# ----------------------------------------------------------- policies, details
@POSIX
@pytest.mark.parametrize("kind", ["link", "pipe", "endless", "loop", "dangling"])
@pytest.mark.parametrize(
    "words", [("validate",), ("explain",), ("diagnose",), ("simulate",), ("simulate", "--jsonl"), ("compare", "--jsonl"), ("import", "--as", "x")], ids=" ".join
)  # fmt: skip
def test_no_command_reads_what_is_no_ordinary_file(
    home: Path, kind: str, words: tuple[str, ...]
):
    done = coffeeshop(*words, trap(home / "trap", kind, home / "private"))
    assert done.exit_code == 2
    assert TRAPS[kind] in done.stderr
    assert SECRET not in done.output


def test_a_line_of_a_stream_that_is_longer_than_a_document_is_answered_by_an_error(
    home: Path,
):
    (home / "long.jsonl").write_bytes(b"[" + b" " * 3_000_000 + b"]\n{}\n")
    done = coffeeshop("simulate", "--jsonl", "long.jsonl")
    assert len(done.stdout.splitlines()) == 2


def test_what_is_written_out_is_for_others_to_read(home: Path):
    write_whole(home / "out", "x")
    assert stat.S_IMODE((home / "out").stat().st_mode) & 0o400


# Modules that make folders which the user named, for others to read.
NAMED_BY_USER = {
    "cli/author.py",
    "cli/carried_plays.py",
    "cli/class_grading.py",
    "cli/reports.py",
    "files.py",
}


def test_only_a_folder_that_the_user_named_is_made_for_others_to_read():
    code = Path(files.__file__).parent
    public = {
        module.relative_to(code).as_posix()
        for module in code.rglob("*.py")
        for call in re.findall(r"(?<!def )\bmake_folder\(.*", module.read_text("utf-8"))
        if not call.endswith(", 0o700)")
    }
    assert public == NAMED_BY_USER
