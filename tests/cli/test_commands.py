"""The commands as a shell sees them: what they print where, and their exit codes; no bad input ends in a traceback."""

from __future__ import annotations

import gc
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import click
import platformdirs
import pytest
from click.testing import CliRunner

from coffeeshop.cli import group, output, play
from coffeeshop.lessons.sitting.player import Player
from tests.examples import pairs
from tests.forked import forked
from tests.lessons.folder import ID, folder, policy, put, spoiled
from tests.tables import each_row

ROOT = Path(__file__).parents[2]
FORKS = sys.platform != "win32"
DEV_FULL = Path("/dev/full")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def coffeeshop(
    home: Path,
    *words: str | Path,
    typed: str | bytes | None = "",
    at: Path | None = None,
    **env: str,
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, as a shell runs it; started anew where the interpreter itself is asked for more."""
    data = typed.encode() if isinstance(typed, str) else typed
    if FORKS and data is not None and not any(name.startswith("PYTHON") for name in env):
        return forked(list(map(str, words)), data, at or ROOT, environment(home, **env))
    return subprocess.run(
        [sys.executable, "-m", "coffeeshop", *words],
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
        cwd=at or ROOT,
        env=environment(home, **env),
    )


def environment(home: Path, **more: str) -> Mapping[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("COFFEESHOP")
    }
    return {**kept, "COFFEESHOP_DATA": str(home), "PYTHONPATH": str(ROOT), **more}


def told(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """What went to standard error, which holds no traceback; the exit code is as expected."""
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, out + err
    assert "Traceback" not in out + err
    return err


# ------------------------------------------------------------------ what it is
def test_the_version_is_told(home: Path):
    done = coffeeshop(home, "--version")
    assert told(done, 0) == ""
    assert done.stdout == b"coffeeshop, version 0.1.0\n"


def test_help_lists_every_command_without_importing_one(home: Path):
    script = (
        "import sys; from coffeeshop.cli import group, COMMANDS; from click.testing import CliRunner; "
        "said = CliRunner().invoke(group, ['--help']).output; assert all(name in said for name in COMMANDS); "
        "print(*(name for name in sys.modules if name.startswith('coffeeshop.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environment(home),
    )
    needed = {"characters", "cli", "cli.options", "harmless", "window"}
    assert set(done.stdout.decode().split()) == {f"coffeeshop.{name}" for name in needed}


def test_a_command_that_there_is_not_is_answered_with_the_nearest(home: Path):
    assert "did you mean `scenarios`?" in told(coffeeshop(home, "scenaros"), 2)
    assert "to open a scenario, type `" in told(coffeeshop(home, "own-shop"), 2)


def test_what_is_near_no_command_is_answered_with_all(home: Path):
    assert "the commands are play, " in told(coffeeshop(home, "[/]\x1b[31m"), 2)


@pytest.mark.parametrize(
    "said", [{}, {"COMP_WORDS": "coffeeshop pl"}, {"COMP_WORDS": "", "COMP_CWORD": "x"}]
)
def test_a_shell_that_asks_for_completion_in_no_shells_way_is_told_nothing(
    home: Path, said: dict[str, str]
):
    done = subprocess.run(
        [sys.executable, "-m", "coffeeshop"], capture_output=True, check=False, cwd=ROOT,
        env=environment(home, _COFFEESHOP_COMPLETE="bash_complete", **said),
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_an_unknown_option_is_told(home: Path):
    assert "No such option" in told(coffeeshop(home, "run", "--frmat", "json"), 2)


def test_an_option_may_stand_before_its_command(home: Path):
    before = coffeeshop(home, "--learner", "ana", "scenarios", "--json")
    assert told(before, 0) == ""
    played = coffeeshop(home, "--plain", "--learner", "ana", "play", "05", typed="quit\n")
    assert "The receipts drawer" in played.stdout.decode()


def test_an_option_that_its_command_does_not_take_is_told(home: Path):
    assert "`coffeeshop scenarios` doesn't have the option --plain" in told(
        coffeeshop(home, "--plain", "scenarios"), 2
    )


def test_a_variable_stands_for_an_option_of_every_command(home: Path):
    done = coffeeshop(home, "scenarios", COFFEESHOP_LEARNER="ana")
    assert told(done, 0) == ""


def test_without_a_command_and_without_a_terminal_the_game_starts_line_by_line(home: Path):
    done = coffeeshop(home, typed="quit\n")
    assert told(done, 0) == ""
    assert done.stdout.decode().startswith("Coffeeshop. `help` lists the commands")


@pytest.mark.parametrize(
    ("words", "closed"),
    pairs(
        ["play 05 --plain", "scenarios", "day", "check-up"],
        ["<&- >&-", ">&-", "<&- >&- 2>&-"],
    ),
)
def test_closed_streams_are_no_error(home: Path, words: str, closed: str):
    done = subprocess.run(
        f"{sys.executable} -m coffeeshop {words} {closed}", shell=True, capture_output=True, check=False, cwd=ROOT,
        env=environment(home), timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert told(done, 0) == ""


def test_a_file_takes_no_descriptor_of_an_output_that_is_closed(home: Path):
    """Or what is printed to the descriptor, by a library in C, would be written into a save."""
    program = (
        "import os, sys; from unittest.mock import patch; from coffeeshop import cli; "
        "show = lambda **_: os.write(0, str(os.dup(0) > 2).encode()); "
        "patch.object(cli, 'group', show).start(); cli.main()"
    )
    kept = home.with_name("kept")
    line = f"{shlex.join((sys.executable, '-c', program))} 0<>{kept} >&- 2>&-"
    subprocess.run(
        line, shell=True, check=True, cwd=ROOT, env=environment(home), timeout=60
    )
    assert kept.read_text() == "True"


# ------------------------------------------------------------------- scenarios
def test_scenarios_are_listed_with_stars_and_acts(home: Path):
    script = "\n".join(
        [
            put(policy("s3:ListBucket", on="arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET")).strip(),
            "grade",
            "quit\n",
        ]
    )
    coffeeshop(home, "play", "05", "--plain", typed=script)
    done = coffeeshop(home, "scenarios")
    assert told(done, 0) == ""
    lines = done.stdout.decode().splitlines()
    assert next(line for line in lines if line.strip().startswith("05")).endswith(
        "(8 min, 1 act saved)"
    )
    assert "★★★  The receipts drawer: One action" in done.stdout.decode()
    assert "☆☆☆  The Cashiers" in done.stdout.decode()


def test_scenarios_as_json_hold_the_same(home: Path):
    done = coffeeshop(home, "scenarios", "--json")
    row = next(row for row in json.loads(done.stdout) if row["id"] == "05-receipts-drawer")
    assert row == {
        "id": "05-receipts-drawer",
        "title": "The receipts drawer",
        "chapter": 2,
        "article": "IAM policies",
        "objective": "One action on one bucket, for one person",
        "minutes": 8,
        "stars": 0,
        "tries": 0,
        "acts": 0,
    }


def test_a_folder_of_ones_own_is_listed_too(home: Path, tmp_path: Path):
    folder(tmp_path / "mine")
    for done in (
        coffeeshop(home, "scenarios", "--scenarios", tmp_path / "mine"),
        coffeeshop(home, "scenarios", COFFEESHOP_SCENARIOS=str(tmp_path / "mine")),
    ):
        assert told(done, 0) == ""
        assert ID in done.stdout.decode()


def test_a_folder_of_ones_own_that_is_not_there_is_told(home: Path, tmp_path: Path):
    said = told(
        coffeeshop(home, "scenarios", COFFEESHOP_SCENARIOS=str(tmp_path / "gone")), 2
    )
    assert re.search("Invalid value for '--scenarios'.*gone' does not exist", said)


def test_an_unreadable_scenario_is_told_and_the_others_are_listed(
    home: Path, tmp_path: Path
):
    spoiled(tmp_path / "mine", "chapter = 2", "chaptre = 2")
    done = coffeeshop(home, "scenarios", "--scenarios", tmp_path / "mine")
    assert "unknown key `chaptre`; did you mean `chapter`?" in told(done, 2)
    assert "05-receipts-drawer" in done.stdout.decode()


# ------------------------------------------------------------------------- run
@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A scenario folder of one's own."""
    return folder(tmp_path / "mine")


def write(below: Path, text: str | bytes, name: str = "answer.sh") -> Path:
    path = below / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_solution_passes_with_exit_code_0(home: Path, mine: Path):
    done = coffeeshop(home, "run", mine, mine / "solution.sh")
    assert told(done, 0) == ""
    assert done.stdout.decode().startswith("3 of 3 stars, 100 of 100 points\n")


def test_a_wrong_answer_is_exit_code_1_with_its_finding(home: Path, mine: Path):
    done = coffeeshop(home, "run", mine, mine / "wrong" / "shred-too.sh")
    assert told(done, 1) == ""
    assert "“Casey shreds a receipt” is still allowed." in done.stdout.decode()


def test_fewer_stars_may_be_asked_for(home: Path, mine: Path):
    wide = write(mine, put(policy("s3:GetObject", "s3:PutObject")))
    assert coffeeshop(home, "run", mine, wide).returncode == 1
    assert coffeeshop(home, "run", mine, wide, "--need", "1").returncode == 0
    assert coffeeshop(home, "run", mine, wide, "--need", "2").returncode == 1


def test_an_answer_that_is_a_change_of_the_solution_is_played(home: Path, mine: Path):
    done = coffeeshop(home, "run", mine, write(mine.parent, "#@ solution\n"))
    assert (told(done, 0), done.stdout[:12]) == ("", b"3 of 3 stars")
    changed = "#@ solution\n#@ but receipts -> drawer\naws iam delete-user-policy --user-name casey --policy-name drawer\n"
    assert told(coffeeshop(home, "run", mine, write(mine.parent, changed)), 1) == ""


def test_an_answer_whose_faults_are_mended_is_played(home: Path):
    for path, code in (("solution.sh", 0), ("wrong/a-spare-version-kept.sh", 1)):
        done = coffeeshop(
            home, "run", "C2", ROOT / "scenarios" / "C2-inherit-the-mess" / path
        )
        assert told(done, code) == ""


@pytest.mark.parametrize(
    "directive", ["#@ solution", "#@ solution\n#@ but not aws", "#@ mends", "#@ breaks"]
)
def test_a_learners_script_cannot_ask_for_the_solution(
    home: Path, mine: Path, directive: str
):
    done = coffeeshop(home, "grade", write(mine, f"{directive}\n"), "--scenario", mine)
    assert done.returncode == 2
    assert (
        f"`{directive.splitlines()[0]}` isn't read here"
        in done.stdout.decode() + done.stderr.decode()
    )


def test_tampering_never_passes(home: Path, mine: Path):
    gone = write(mine, "aws iam delete-user --user-name casey\n")
    assert coffeeshop(home, "run", mine, gone, "--need", "0").returncode == 1


def test_the_same_script_gives_the_same_bytes(home: Path, mine: Path):
    first = coffeeshop(
        home,
        "run",
        mine,
        mine / "wrong" / "tonight.sh",
        "--format",
        "json",
        PYTHONHASHSEED="1",
    )
    second = coffeeshop(
        home,
        "run",
        mine,
        mine / "wrong" / "tonight.sh",
        "--format",
        "json",
        PYTHONHASHSEED="2",
    )
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["findings"][0]["key"] == "job-narrow:read@casey"


def test_json_is_ascii_whatever_the_terminal_can_show(home: Path, mine: Path):
    done = coffeeshop(
        home,
        "run",
        mine,
        mine / "solution.sh",
        "--format",
        "json",
        PYTHONIOENCODING="latin-1",
    )
    assert done.stdout.isascii()
    assert json.loads(done.stdout)["stars"] == 3


def test_marks_reach_a_pipe_of_another_encoding(home: Path, mine: Path):
    done = coffeeshop(home, "run", mine, mine / "solution.sh", PYTHONIOENCODING="latin-1")
    assert "✓ done" in done.stdout.decode()


UNREADABLE: dict[str, tuple[str, str]] = {
    "no command": ("make me a coffee\n", "line 1, column 1, answer.sh"),
    "an unknown service": ("aws glacier list-vaults\n", "simulated here: iam, sts"),
    "a misspelt service": ("aws imm list-users\n", "maybe you meant: iam"),
    "an unknown operation": ("aws iam list-user\n", "list-users"),
    "an unknown option": ("aws iam create-user --user-nmae sam --path /\n", "--user-name"),
    "a missing option": ("aws iam create-user\n", "--user-name"),
    "a missing file": (put("").replace("''", "file://policies/gone.json"), "files here: .*policies/right.json"),
    "a file above the folder": (put("").replace("''", "file://../../etc/passwd"), "only files below the scenario's folder are read"),
    "a file by its absolute path": (put("").replace("''", "file:///etc/passwd"), "only files below the scenario's folder are read"),
    "a file of one's home": (put("").replace("''", "file://~/.ssh/id_rsa"), "only files below the scenario's folder are read"),
    "a symbolic link": (put("").replace("''", "file://policies/link.json"), "No such file or directory"),
    "an open quote": ("aws iam create-user --user-name 'sam\n", "No closing quotation"),
    "a pipe": ("aws iam list-users | sh\n", "belongs to a shell"),
    "a command to be filled in": ("aws iam create-user --user-name $(id)\n", "a shell would fill in"),
    "an escape sequence": ("aws iam create-user --user-name '\x1b]0;owned\x07'\n", r"control character '\\x1b'"),
    "a directive": ("#@ +1 year\n", "is no directive"),
    "an unknown profile": ("aws iam list-users --profile robin\n", "The config profile \\(robin\\) could not be found"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_line_that_cannot_be_read_is_told_with_place_value_and_mend(
    home: Path, mine: Path, case: str
):
    text, said = UNREADABLE[case]
    (mine / "policies" / "link.json").symlink_to("/etc/passwd")
    done = coffeeshop(home, "run", mine, write(mine, "# a comment\n" + text))
    err = told(done, 2)
    assert re.search(said.replace("line 1", "line 2"), err), err
    assert "line 2" in err
    assert "answer.sh" in err
    assert "\x1b" not in err
    assert done.stdout == b""


def test_every_unreadable_line_is_told_at_once(home: Path, mine: Path):
    script = write(
        mine, "coffee\naws iam list-users\ntea\naws iam create-user --user-nam x\n"
    )
    assert len(told(coffeeshop(home, "run", mine, script), 2).splitlines()) >= 3


@pytest.mark.parametrize(
    "document",
    ["not JSON", "{}", policy("s3:GetObject").replace("Action", "Actions")],
    ids=["no JSON", "no statement", "a wrong element"],
)
def test_a_document_that_aws_refuses_is_part_of_the_play(
    home: Path, mine: Path, document: str
):
    done = coffeeshop(home, "run", mine, write(mine, put(document)), "--format", "json")
    assert told(done, 1) == ""
    report = json.loads(done.stdout)
    assert (report["status"], report["findings"][0]["key"]) == (
        "not_yet",
        "job-denied:read@casey:none",
    )


def test_an_action_that_there_is_not_is_a_finding_with_what_was_meant(home: Path):
    as_printed = ROOT / "scenarios" / "05-receipts-drawer" / "wrong" / "as-printed.sh"
    done = coffeeshop(home, "run", "05", as_printed)
    assert told(done, 1) == ""
    assert (
        "says s3:ListObject, which isn't an IAM action (did you mean s3:ListBucket?)"
        in done.stdout.decode()
    )


@pytest.mark.parametrize(
    "name", ["beans[/]", "[bold]beans[/bold]", "b" * 200, "ünï", "bean\\s"]
)
def test_a_name_that_aws_does_not_take_is_refused_in_its_words(
    home: Path, mine: Path, name: str
):
    done = coffeeshop(
        home, "run", mine, write(mine, f"aws iam create-user --user-name '{name}'\n")
    )
    assert told(done, 1) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "05-reciepts",
            'there is no scenario "05-reciepts"; did you mean 05-receipts-drawer?',
        ),
        ("99", 'there is no scenario "99"; choose one from 00-the-first-morning to '),
        ("\x1b[31m[/]", 'there is no scenario "\\u001b[31m[/]"'),
        ("a" * 5000, "there is no scenario"),
        ("../../etc", "there is no scenario"),
        ("", 'there is no scenario ""'),
        ("\udcff", 'there is no scenario "\\udcff"'),
    ],
)
def test_a_scenario_that_there_is_not_is_told_with_the_nearest(
    home: Path, mine: Path, name: str, said: str
):
    err = told(coffeeshop(home, "run", name, mine / "solution.sh"), 2)
    assert said in err
    assert "\x1b" not in err
    assert said in told(coffeeshop(home, "play", name, "--plain"), 2)
    assert said in told(coffeeshop(home, "author", "check", name), 2)


def test_a_scenario_with_problems_tells_them_all(home: Path, tmp_path: Path):
    root = folder(tmp_path, a=("chapter = 2", "chaptre = 2"), b=('id = "shred"', "id = 5"))
    err = told(coffeeshop(home, "run", root, root / "solution.sh"), 2)
    assert "unknown key `chaptre`" in err
    assert "the key `chapter` is missing" in err
    assert "`id`" in err


def test_a_script_that_is_not_there_is_told(home: Path, mine: Path):
    assert "No such file or directory" in told(
        coffeeshop(home, "run", mine, mine / "gone.sh"), 2
    )


def test_a_script_that_is_a_folder_is_told(home: Path, mine: Path):
    assert "it is a folder" in told(coffeeshop(home, "run", mine, mine), 2)


def test_a_script_that_is_no_text_is_told(home: Path, mine: Path):
    script = write(mine, b"aws iam list-users\xff\n")
    assert "name a text file with AWS CLI commands, in UTF-8" in told(
        coffeeshop(home, "run", mine, script), 2
    )


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_a_script_that_never_ends_is_told(home: Path, mine: Path):
    assert "it is a device" in told(coffeeshop(home, "run", mine, "/dev/zero"), 2)


def test_a_script_may_begin_with_a_byte_order_mark(home: Path, mine: Path):
    script = write(mine, b"\xef\xbb\xbf" + (mine / "solution.sh").read_bytes())
    assert told(coffeeshop(home, "run", mine, script), 0) == ""


@pytest.mark.parametrize("group", ["author", "roster"])
def test_a_group_without_a_command_tells_its_help_and_no_error(home: Path, group: str):
    shown = told(coffeeshop(home, group), 2)
    assert f"Usage: coffeeshop {group}" in shown
    assert "Error" not in shown


# ---------------------------------------------------------------- author check
def test_author_check_says_how_many_assertions_hold(home: Path, mine: Path):
    done = coffeeshop(home, "author", "check", mine)
    assert told(done, 0) == ""
    assert done.stdout.decode().startswith(f"{ID}: ")
    assert done.stdout.decode().endswith(" assertions hold\n")


def test_author_check_tells_each_fault_and_is_exit_code_1(home: Path, tmp_path: Path):
    root = spoiled(
        tmp_path, 'stars = 0\nfindings = ["leak:shred@casey"]', "stars = 1\nfindings = []"
    )
    done = coffeeshop(home, "author", "check", root)
    assert told(done, 1) == ""
    assert (
        "wrong/shred-too.sh: it earns 0 stars and leak:shred@casey, but 1 stars and no finding are declared"
        in done.stdout.decode()
    )


def test_author_check_goes_on_after_a_scenario_that_cannot_be_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # Not the course too.
    monkeypatch.setattr(
        "coffeeshop.cli.author.folders", lambda extra: sorted(extra.iterdir())
    )
    spoiled(tmp_path / "mine", "format = 1", "format = 2")
    folder(tmp_path / "mine", id="91-another", change=(f'id = "{ID}"', 'id = "91-another"'))
    result = CliRunner().invoke(
        group, ["author", "check", "--scenarios", str(tmp_path / "mine")]
    )
    assert result.exit_code == 2
    assert "91-another: " in result.stdout
    assert "`format`" in result.stderr


# --------------------------------------------------- homes, disks, our own errors
def save_of(home: Path, learner: str = "ana") -> Path:
    return home / f"{learner}.sqlite3"


def test_a_home_that_cannot_be_written_is_told_and_play_goes_on(home: Path):
    home.write_text("a file")
    done = coffeeshop(
        home / "data",
        "play",
        "05",
        "--plain",
        typed="aws iam create-user --user-name sam\nquit\n",
    )
    assert told(done, 0) == ""
    said = done.stdout.decode()
    assert "cannot be used" in said
    assert "name another place in COFFEESHOP_DATA" in said
    assert '"UserName": "sam"' in said
    assert "Not everything is saved" in said
    assert home.read_text() == "a file"


def test_a_home_that_cannot_be_written_is_told_beside_the_list(home: Path):
    home.write_text("a file")
    done = coffeeshop(home / "data", "scenarios", "--json")
    assert "cannot be used" in told(done, 0)
    assert json.loads(done.stdout)


@pytest.mark.parametrize("damage", ["newer", "garbage", "truncated"])
def test_a_save_that_cannot_be_used_is_told_and_left_as_it_is(home: Path, damage: str):
    lines = "".join(f"aws iam create-user --user-name hire{n}\n" for n in range(30))
    coffeeshop(home, "play", "05", "--plain", "--learner", "ana", typed=lines)
    save = save_of(home)
    if damage == "newer":
        with closing(sqlite3.connect(save)) as db:
            db.execute("PRAGMA user_version = 99")
    elif damage == "garbage":
        save.write_bytes(b"\x00\x1b[31m" * 3000)
    else:
        save.write_bytes(save.read_bytes()[: save.stat().st_size // 2])
    before = save.read_bytes()
    done = coffeeshop(
        home,
        "play",
        "05",
        "--plain",
        "--learner",
        "ana",
        typed="aws iam create-user --user-name sam\nquit\n",
    )
    assert told(done, 0) == ""
    assert f"the save {save} cannot be used" in done.stdout.decode()
    assert ("update Coffeeshop" in done.stdout.decode()) is (damage == "newer")
    assert save.read_bytes() == before


@pytest.mark.skipif(not DEV_FULL.exists(), reason="no full disk to write to")
@pytest.mark.parametrize("words", [["scenarios"], ["scenarios", "--json"], ["run", "05", "scenarios/05-receipts-drawer/solution.sh"], ["play", "05", "--plain"], ["--version"], ["explain", "scenarios/05-receipts-drawer/policies/receipts.json"]], ids=lambda words: words[0])  # fmt: skip
def test_a_full_disk_under_standard_output_is_told_without_a_traceback(
    home: Path, words: list[str]
):
    with DEV_FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "coffeeshop", *words], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
            check=False, cwd=ROOT, env=environment(home), timeout=60,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: [Errno 28] No space left on device")
    assert len(done.stderr.decode().splitlines()) == 1


@pytest.mark.skipif(not DEV_FULL.exists(), reason="no full disk to write to")
@pytest.mark.parametrize(
    ("words", "code"), [(("scenarios",), 2), (("play", "nowhere"), 2), (("nonsense",), 2)]
)
def test_who_can_be_told_nothing_at_all_still_gets_the_exit_code(
    home: Path, words: tuple[str, ...], code: int
):
    with DEV_FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "coffeeshop", *words], stdin=subprocess.DEVNULL, stdout=full, stderr=full, check=False,
            cwd=ROOT, env=environment(home), timeout=60,
        )  # fmt: skip
    assert done.returncode == code


def test_a_reader_that_goes_away_is_no_error_of_ours(home: Path):
    done = subprocess.run(
        f"{sys.executable} -m coffeeshop play 05 --plain | head -1", shell=True, capture_output=True, check=False,
        cwd=ROOT, env=environment(home), input=b"help\n" * 3000, timeout=60,
    )  # fmt: skip
    assert done.stderr == b""
    assert done.stdout.decode().startswith("Coffeeshop.")


BROKEN = "import coffeeshop.cli.play as play; play.folders = lambda _: 1 / 0; import coffeeshop.cli as cli; cli.main()"


def test_an_error_of_our_own_is_one_line_that_says_so_and_exit_code_3(home: Path):
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, "scenarios"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment(home),
    )
    (line,) = told(done, 3).splitlines()
    assert line.startswith(
        "error: this is a bug in Coffeeshop (ZeroDivisionError: division by zero)"
    )
    assert "report" in line
    assert "COFFEESHOP_DEBUG=1" in line


INTERRUPTED = """
import sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "{name}":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from coffeeshop.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "name", ["coffeeshop.cli", "click", "coffeeshop.cli.play", "coffeeshop.plain.loop"]
)
def test_control_c_ends_in_silence_what_is_still_being_imported(home: Path, name: str):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(name=name), "play", "05", "--plain"], stdin=subprocess.DEVNULL,
        capture_output=True, check=False, cwd=ROOT, env=environment(home),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.decode().strip() in ("", "Aborted!")


@pytest.mark.parametrize("name", ["scenarios", "unknown"])
def test_memory_is_collected_only_once_the_command_is_there(name: str):
    gc.disable()
    try:
        found = group.get_command(click.Context(group), name)
        assert gc.isenabled() is (found is not None)
    finally:
        gc.enable()


WRAPPED = INTERRUPTED.replace(
    "raise KeyboardInterrupt", 'raise RuntimeError("__set_name__") from KeyboardInterrupt()'
)


@pytest.mark.parametrize(
    "name", ["coffeeshop.cli", "click", "coffeeshop.cli.play", "coffeeshop.plain.loop"]
)
def test_control_c_ends_in_silence_also_where_python_makes_another_error_of_it(
    home: Path, name: str
):
    done = subprocess.run(
        [sys.executable, "-c", WRAPPED.format(name=name), "play", "05", "--plain"], stdin=subprocess.DEVNULL,
        capture_output=True, check=False, cwd=ROOT, env=environment(home),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"")


def test_where_there_is_no_memory_that_is_said_and_it_is_no_error_of_ours(home: Path):
    done = subprocess.run(
        [sys.executable, "-c", BROKEN.replace("1 / 0", "[0] * 2**60"), "scenarios"], capture_output=True, check=False,
        cwd=ROOT, env=environment(home),
    )  # fmt: skip
    assert told(done, 2).startswith("error: this computer is out of memory. ")


def test_an_error_of_our_own_shows_its_traceback_to_whoever_asks(home: Path):
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, "scenarios"], capture_output=True, check=False, cwd=ROOT,
        env=environment(home, COFFEESHOP_DEBUG="1"),
    )  # fmt: skip
    assert done.returncode == 3
    assert b"Traceback" in done.stderr
    assert b"a bug in Coffeeshop" in done.stderr


# ------------------------------------------------------------ who learns, and where
def test_the_learner_is_whoever_is_named_else_the_user_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
):
    assert output.learner_name("ana") == "ana"
    monkeypatch.setattr("getpass.getuser", lambda: "bo")
    assert output.learner_name(None) == "bo"

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert output.learner_name(None) == "learner"


def test_data_lies_where_the_variable_says_else_where_the_platform_keeps_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path))
    assert output.data_folder() == tmp_path
    monkeypatch.delenv("COFFEESHOP_DATA")
    assert output.data_folder() == platformdirs.user_data_path("coffeeshop")


def test_where_there_is_no_home_it_says_what_to_name(monkeypatch: pytest.MonkeyPatch):
    def homeless(_: str) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("COFFEESHOP_DATA", raising=False)
    monkeypatch.setattr(platformdirs, "user_data_path", homeless)
    done = CliRunner().invoke(group, ["scenarios"])
    assert (done.exit_code, "name a folder in COFFEESHOP_DATA" in done.stderr) == (2, True)


def test_each_learner_has_a_play_of_their_own(home: Path):
    coffeeshop(
        home,
        "play",
        "05",
        "--plain",
        "--learner",
        "ana",
        typed="aws iam create-user --user-name sam\n",
    )
    ana = coffeeshop(home, "play", "05", "--plain", COFFEESHOP_LEARNER="ana")
    bo = coffeeshop(home, "play", "05", "--plain", "--learner", "../bo")
    assert "1 act saved" in ana.stdout.decode()
    assert "act saved" not in bo.stdout.decode()
    assert sorted(path.name for path in home.iterdir() if path.suffix == ".sqlite3") == [
        "..%2Fbo.sqlite3",
        "ana.sqlite3",
    ]


def test_a_terminal_gets_the_app(monkeypatch: pytest.MonkeyPatch, mine: Path, home: Path):
    class Terminal:
        def isatty(self) -> bool:
            return True

    started: list[tuple[str, Path | None, str]] = []

    def app(player: Player) -> int:
        assert player.progress.path
        started.append(
            (player.progress.path.stem, player.extra, player.playing.scenario.id)
        )
        return 0

    monkeypatch.setattr(
        play,
        "sys",
        type("sys", (), {"stdin": Terminal(), "stdout": Terminal(), "modules": {}}),
    )
    monkeypatch.setattr("coffeeshop.tui.app.run", app)
    assert play.start_game(str(mine), False, "ana", None, 0) == 0
    assert started == [("ana", None, ID)]


@pytest.mark.parametrize("own", ["", "500"])
def test_escape_waits_less_than_textual_has_it_wait_unless_one_chose_how_long(
    monkeypatch: pytest.MonkeyPatch, own: str
):
    at_terminal, said = type("Terminal", (), {"isatty": lambda _: True})(), list[str]()
    monkeypatch.setattr(
        play,
        "sys",
        type("sys", (), {"stdin": at_terminal, "stdout": at_terminal, "modules": {}}),
    )
    monkeypatch.setattr(
        "coffeeshop.tui.app.run", lambda _: said.append(os.environ["ESCDELAY"]) or 0
    )
    monkeypatch.setenv("ESCDELAY", own)  # so that it is what it was when the test ends
    if not own:
        monkeypatch.delenv("ESCDELAY")
    assert play.start_game(None, False, "ana", None) == 0
    assert said == [own or "50"]


# ------------------------------------------------------------ help and completion
def shown_commands(
    command: click.Command = group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that help shows, with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from shown_commands(inner, (*path, name))


@each_row([*shown_commands()])
def test_every_help_has_an_example_that_the_program_takes(
    path: tuple[str, ...], command: click.Command
):
    text = click.unstyle(command.get_help(click.Context(command, info_name="coffeeshop")))
    lines = re.findall(r"Example: coffeeshop (.+)", text)
    assert lines, text
    for line in lines:
        words = shlex.split(line)
        assert words[: len(path)] == [*path]
        parse_line(words)


def parse_line(words: list[str]) -> None:
    """Raise an error of click's if our command line would refuse these words."""
    command: click.Command = group
    context = click.Context(command, info_name="coffeeshop")
    while isinstance(command, click.Group):
        _, inner, words = command.resolve_command(context, words)
        assert inner is not None
        command = inner
        context = click.Context(command, parent=context, info_name=command.name)
    _, rest, _ = command.make_parser(context).parse_args(list(words))
    assert not rest, f"{rest} are too many words"


@each_row(
    (words,)
    for words in [
        "play 0",
        "run 0",
        "access 0",
        "export 0",
        "serve 0",
        "author check 0",
        "class assign 0",
        "class exam 0",
    ]
)
def test_a_shell_completes_the_ids_of_scenarios(words: str):
    env = {"_COFFEESHOP_COMPLETE": "bash_complete", "COMP_WORDS": f"coffeeshop {words}"}
    env["COMP_CWORD"] = str(len(words.split()))
    done = CliRunner().invoke(group, [], prog_name="coffeeshop", env=env)
    assert "plain,05-receipts-drawer" in done.stdout
    assert "plain,C1-opening-week" not in done.stdout


@pytest.mark.parametrize("command", ["endpoint", "serve"])
def test_the_help_of_a_server_names_the_address_where_it_listens(command: str):
    text = " ".join(CliRunner().invoke(group, [command, "--help"]).stdout.split())
    assert "The address to listen on." in text
    assert "[default: 127.0.0.1]" in text
