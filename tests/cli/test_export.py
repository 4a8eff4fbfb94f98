"""`coffeeshop export` and `coffeeshop import`: a play carried elsewhere, a real account carried here, and nothing lost."""

from __future__ import annotations

import csv
import json
import subprocess
from base64 import b64decode
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coffeeshop.account.records.authorization_details import import_details
from coffeeshop.account.services.iam.reports import REPORT_COLUMNS
from coffeeshop.cli import group

HIRE = "play 05\naws iam create-user --user-name sam\naws iam list-users\nquit\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", "data")
    monkeypatch.setenv("COFFEESHOP_LEARNER", "kim")
    return tmp_path


def coffeeshop(*line: str, stdin: str = "") -> Result:
    return CliRunner().invoke(group, list(line), input=stdin)


def played(lines: str = HIRE) -> None:
    assert coffeeshop("play", "--plain", stdin=lines).exit_code == 0


def told(done: Result) -> str:
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


# ---------------------------------------------------------------------- export
def test_a_play_is_handed_in_and_graded(home: Path):
    played()
    done = coffeeshop("export", "05", "--out", "kim.handin.jsonl")
    written = "kim.handin.jsonl: a hand-in, to be graded elsewhere. The receipts drawer.\n"
    assert (done.exit_code, done.stdout) == (0, written)
    assert (
        json.loads((home / "kim.handin.jsonl").read_text().partition("\n")[0])["calls"] == 2
    )
    assert coffeeshop("grade", "kim.handin.jsonl").exit_code == 1
    assert [path.name for path in home.iterdir() if path.name.startswith(".")] == []


def test_what_was_undone_is_not_handed_in(home: Path):
    played(HIRE.replace("quit", "undo\nquit"))
    assert len(coffeeshop("export", "05").stdout.splitlines()) == 2


def test_the_acts_alone_are_one_a_line(home: Path):
    played()
    calls = [
        json.loads(line)["call"]
        for line in coffeeshop("export", "05", "--format", "json").stdout.splitlines()
    ]
    assert calls == ["iam:CreateUser", "iam:ListUsers"]


def test_what_help_says_of_an_act_is_what_an_act_holds(home: Path):
    played()
    told_of = coffeeshop("export", "--help").stdout
    for line in coffeeshop("export", "05", "--format", "json").stdout.splitlines():
        assert all(f'"{name}"' in told_of for name in json.loads(line))


def test_the_records_are_a_log_file_of_cloudtrails(home: Path):
    played()
    log = json.loads(coffeeshop("export", "05", "--format", "cloudtrail").stdout)
    assert [record["eventName"] for record in log["Records"]] == ["CreateUser", "ListUsers"]
    assert {record["userIdentity"]["userName"] for record in log["Records"]} == {"ada"}


def test_the_script_is_bash_that_bash_can_read(home: Path):
    played()
    script = coffeeshop("export", "05", "--format", "script").stdout
    assert "aws iam create-user --user-name sam" in script
    assert (
        subprocess.run(["bash", "-n"], input=script.encode(), check=False).returncode == 0
    )


def test_the_details_are_those_of_the_account_as_it_stands(home: Path):
    played()
    details = json.loads(coffeeshop("export", "05", "--format", "details").stdout)
    assert {user["UserName"] for user in details["UserDetailList"]} >= {
        "ada",
        "casey",
        "sam",
    }


def test_the_details_of_what_nobody_played_are_the_untouched_world(home: Path):
    details = json.loads(coffeeshop("export", "05", "--format", "details").stdout)
    assert "sam" not in {user["UserName"] for user in details["UserDetailList"]}


@pytest.mark.parametrize("form", ["handin", "script", "json"])
def test_who_has_done_nothing_is_told_whose_play_it_is(home: Path, form: str):
    played()
    assert coffeeshop("play", "--plain", "--learner", "lou", stdin="quit\n").exit_code == 0
    assert "nothing was done in 05-receipts-drawer yet by this learner" in told(
        coffeeshop("export", "05", "--format", form, "--learner", "lou")
    )


def test_a_play_that_there_is_not_is_told(home: Path):
    assert 'there is no scenario "99-nowhere"' in told(coffeeshop("export", "99-nowhere"))


def test_a_save_that_is_damaged_is_told_and_nothing_is_handed_in(home: Path):
    (home / "data").mkdir()
    (home / "data" / "kim.sqlite3").write_bytes(b"coffee" * 1000)
    assert "cannot be used" in told(coffeeshop("export", "05"))


def test_a_play_with_somebody_elses_badge_is_told_before_it_is_handed_in(home: Path):
    played(
        "play 05\nconsole sign-in --root-email owner@coffeeshop.example --password House-blend-1\naws iam list-users --profile root@console\nquit\n"
    )
    assert "was made with a badge that is not yours: it belongs to the owner" in told(
        coffeeshop("export", "05")
    )


@pytest.mark.parametrize("out", ["gone/x.jsonl", "data"])
def test_a_file_that_cannot_be_written_is_told_and_what_was_there_stays(
    home: Path, out: str
):
    played()
    assert "cannot be written" in told(coffeeshop("export", "05", "--out", out))
    assert (home / "data").is_dir()


# ---------------------------------------------------------------------- import
@pytest.fixture
def details(home: Path) -> str:
    played("play 15\naws iam create-user --user-name sam\nquit\n")
    assert (
        coffeeshop("export", "15", "--format", "details", "--out", "details.json").exit_code
        == 0
    )
    return "details.json"


def test_an_account_becomes_a_free_play_that_is_kept(home: Path, details: str):
    done = coffeeshop("import", details, "--as", "acme")
    assert done.exit_code == 0
    assert "coffeeshop play acme" in done.stdout
    assert (
        '"UserName": "sam"'
        in coffeeshop("play", "acme", "--plain", stdin="aws iam list-users\nquit\n").stdout
    )
    assert len(coffeeshop("export", "acme").stdout.splitlines()) == 2
    assert "The account acme" in coffeeshop("scenarios").stdout


def test_a_free_play_asks_nothing(home: Path, details: str):
    coffeeshop("import", details, "--as", "acme")
    (home / "empty.sh").write_text("")
    done = coffeeshop("run", "acme", "empty.sh", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["stars"], report["score"]) == (0, 3, 100)
    assert {result["kind"] for result in report["results"]} == {"only"}


def test_export_after_import_gives_the_same_identities(home: Path, details: str):
    coffeeshop("import", details, "--as", "acme")
    again = json.loads(coffeeshop("export", "acme", "--format", "details").stdout)
    assert (
        again["GroupDetailList"]
        == json.loads((home / details).read_text())["GroupDetailList"]
    )


def test_a_hand_in_of_a_free_play_is_graded_by_its_name(home: Path, details: str):
    coffeeshop("import", details, "--as", "acme")
    coffeeshop("play", "acme", "--plain", stdin="aws iam list-users\nquit\n")
    coffeeshop("export", "acme", "--out", "a.handin.jsonl")
    assert coffeeshop("grade", "a.handin.jsonl", "--scenario", "acme").exit_code == 0


def test_documents_that_iam_would_refuse_are_told_and_kept(home: Path, details: str):
    whole = json.loads((home / details).read_text())
    whole["UserDetailList"][0]["UserPolicyList"] = [
        {"PolicyName": "odd", "PolicyDocument": {"Statement": "coffee"}}
    ]
    (home / "odd.json").write_text(json.dumps(whole))
    done = coffeeshop("import", "odd.json", "--as", "odd")
    assert done.exit_code == 0
    assert "odd" in done.stderr
    assert coffeeshop("play", "odd", "--plain", stdin="quit\n").exit_code == 0


def test_whatever_is_imported_can_be_opened(
    home: Path, details: str, monkeypatch: pytest.MonkeyPatch
):
    asked = (
        "play 15\naws iam generate-credential-report\naws iam get-credential-report\nquit\n"
    )
    (home / "report.csv").write_bytes(
        content(coffeeshop("play", "15", "--plain", stdin=asked))
    )
    assert (
        coffeeshop("import", details, "--as", "acme", "--report", "report.csv").exit_code
        == 0
    )
    small = (home / "data" / "accounts" / "acme" / "world.sh").stat().st_size
    # What comes of the account is larger.
    monkeypatch.setattr("coffeeshop.lessons.scenario.folder_files.FILE_LIMIT", small)
    assert coffeeshop("play", "acme", "--plain", stdin="quit\n").exit_code == 0


def content(done: Result) -> bytes:
    """The credential report that a play showed."""
    shown = (
        line.partition('"Content": ')[2].strip(' ",') for line in done.stdout.splitlines()
    )
    return b64decode(next(filter(None, shown)))


def test_a_credential_report_adds_the_keys_that_details_do_not_hold(
    home: Path, details: str
):
    asked = [
        "aws iam create-access-key --user-name sam",
        "aws iam generate-credential-report",
        "aws iam get-credential-report",
    ]
    done = coffeeshop(
        "play", "15", "--plain", stdin="\n".join(("play 15", *asked, "quit\n"))
    )
    (home / "report.csv").write_bytes(content(done))
    assert (
        coffeeshop("import", details, "--as", "acme", "--report", "report.csv").exit_code
        == 0
    )
    keys = coffeeshop(
        "play", "acme", "--plain", stdin="aws iam list-access-keys --user-name sam\nquit\n"
    ).stdout
    assert '"Status": "Active"' in keys


def test_a_credential_report_that_is_none_is_told(home: Path, details: str):
    (home / "report.csv").write_text("user,arn\n")
    assert "the credential report lacks this column" in told(
        coffeeshop("import", details, "--as", "acme", "--report", "report.csv")
    )


@pytest.mark.parametrize(("name", "said"), [
    ("../x", "can't be the name of an account"), ("", "can't be the name of an account"), ("-x", "can't be the name of an account"), ("x" * 61, "can't be the name of an account"),
    ("05", "the name 05 is already used"), ("05-receipts-drawer", "the name 05-receipts-drawer is already used"),
])  # fmt: skip
def test_a_name_that_cannot_be_its_name_is_told(
    home: Path, details: str, name: str, said: str
):
    assert said in told(coffeeshop("import", details, f"--as={name}"))
    assert not (home / "data" / "accounts").exists()


class Empty(datetime):
    """The clock of a machine whose battery is empty."""

    YEAR = 1970

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Empty:
        return cls(cls.YEAR, 1, 1, tzinfo=tz)


class Astray(Empty):
    """A clock that shows what none on a wall does."""

    YEAR = 1850


@pytest.mark.parametrize("form", ["handin", "script", "details"])
def test_where_the_clock_shows_what_none_does_nothing_is_handed_in(
    home: Path, monkeypatch: pytest.MonkeyPatch, form: str
):
    played()
    monkeypatch.setattr("coffeeshop.cli.output.datetime", Astray)
    said = told(coffeeshop("export", "05", "--format", form))
    assert "shows 1850-01-01, and nothing can be handed in then; set the clock" in said


def test_a_grade_of_a_clock_astray_stops_no_hand_in_once_it_is_right(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as then:
        then.setattr("coffeeshop.plain.shell.datetime", Astray)
        played(HIRE.replace("quit", "grade\nquit"))
    header = json.loads(coffeeshop("export", "05").stdout.splitlines()[0])
    assert (header["record"]["tries"], header["record"].get("first_try")) == (1, None)


@pytest.mark.parametrize(
    "words",
    [
        ["import", "details.json", "--as", "acme"],
        ["endpoint", "--port", "0", "--save", "acme"],
        ["endpoint", "--port", "0", "--fresh"],
    ],
)
def test_where_the_clock_shows_1970_no_account_is_made_that_nothing_can_open(
    home: Path, details: str, monkeypatch: pytest.MonkeyPatch, words: list[str]
):
    monkeypatch.setattr("coffeeshop.cli.output.datetime", Empty)
    assert "shows 1970-01-01, and no account can be created then; set the clock" in told(
        coffeeshop(*words)
    )
    assert not (home / "data" / "accounts").exists()


def test_a_name_is_taken_once(home: Path, details: str):
    coffeeshop("import", details, "--as", "acme")
    before = sorted((home / "data" / "accounts" / "acme").iterdir())
    assert "the name acme is already used" in told(
        coffeeshop("import", details, "--as", "acme")
    )
    assert sorted((home / "data" / "accounts" / "acme").iterdir()) == before


def test_a_name_that_another_process_takes_meanwhile_is_told_as_taken(
    home: Path, details: str, monkeypatch: pytest.MonkeyPatch
):
    def imported_twice(*given: Any) -> Any:
        monkeypatch.setattr("coffeeshop.cli.carry.import_details", import_details)
        assert coffeeshop("import", details, "--as", "acme").exit_code == 0
        return import_details(*given)

    monkeypatch.setattr("coffeeshop.cli.carry.import_details", imported_twice)
    assert "the name acme is already used" in told(
        coffeeshop("import", details, "--as", "acme")
    )
    assert [path.name for path in (home / "data" / "accounts").iterdir()] == ["acme"]


@pytest.mark.parametrize(("data", "said"), [
    (b"\xff\xff", "cannot be read"), (b"coffee", "the file is no JSON"), (b"{}", "holds none of UserDetailList"), (b"[" * 100_000, "the file is no JSON"),
    (b'{"UserDetailList": [{"UserName": "x"}]}', "`Arn` is missing"), (b'{"UserDetailList": 5}', "`5` is no list"),
], ids=["binary", "no JSON", "nothing of it", "deep", "a row that lacks a member", "no list"])  # fmt: skip
def test_what_is_no_details_is_told(home: Path, data: bytes, said: str):
    (home / "details.json").write_bytes(data)
    assert said in told(coffeeshop("import", "details.json", "--as", "acme"))


def test_a_file_may_come_by_standard_input(home: Path, details: str):
    done = coffeeshop("import", "-", "--as", "acme", stdin=(home / details).read_text())
    assert (done.exit_code, done.stderr) == (0, "")
    assert (home / "data" / "accounts" / "acme" / "details.json").read_text() == (
        home / details
    ).read_text()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_as_a_shell_of_windows_writes_it_is_read(
    home: Path, details: str, encoding: str
):
    (home / "windows.json").write_text((home / details).read_text(), encoding=encoding)
    assert coffeeshop("import", "windows.json", "--as", "acme").exit_code == 0
    assert '"sam"' in coffeeshop("export", "acme", "--format", "details").stdout


def test_root_can_come_back_and_let_people_in(home: Path, details: str):
    coffeeshop("import", details, "--as", "acme")
    asked = [
        "brief",
        "console sign-out",
        "console sign-in --root-email owner@coffeeshop.example --password House-blend-1",
        "aws iam create-login-profile --user-name sam --password Hello-World-99",
        "console sign-in --user-name sam --password Hello-World-99",
    ]
    shown = coffeeshop(
        "play", "acme", "--plain", stdin="\n".join((*asked, "quit\n"))
    ).stdout
    assert shown.count('"ConsoleLogin": "Success"') == 2
    assert "owner@coffeeshop.example and the password House-blend-1" in shown


def test_a_free_play_speaks_of_no_jobs(home: Path, details: str):
    coffeeshop("import", details, "--as", "acme")
    shown = coffeeshop("play", "acme", "--plain", stdin="open\nquit\n").stdout
    assert "The shop has no jobs and no refusals yet" in shown
    assert "this must work" not in shown


def test_a_free_play_earns_no_stars_and_keeps_none(home: Path, details: str):
    coffeeshop("import", details, "--as", "acme")
    hired = "aws iam create-user --user-name zoe\n"
    powerful = "aws iam attach-user-policy --user-name zoe --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"
    shown = coffeeshop(
        "play", "acme", "--plain", stdin=f"grade\n{hired}{powerful}grade\nquit\n"
    ).stdout
    assert shown.count("Nothing is asked here, so there are no stars to earn.") == 2
    assert "3 of 3 stars" not in shown
    assert "Zoe can do everything." in shown
    assert "★" not in coffeeshop("scenarios").stdout


def test_what_of_a_file_stays_behind_is_told_and_the_play_is_made(home: Path, details: str):
    whole = json.loads((home / details).read_text())
    for row in whole["RoleDetailList"]:
        row["Comment"] = "of the till"
    (home / "more.json").write_text(json.dumps(whole))
    done = coffeeshop("import", "more.json", "--as", "acme")
    assert done.exit_code == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "warning: RoleDetailList[0].Comment: AWS's document has no `Comment`: it is not read (so in"
    )


def test_a_report_of_another_account_or_of_strangers_is_told(home: Path, details: str):
    columns = ",".join(REPORT_COLUMNS)
    strange = [f"{name},{arn}{',' * (len(REPORT_COLUMNS) - 2)}" for name, arn in STRANGERS]
    (home / "report.csv").write_text("\n".join((columns, *strange, "sam,short")))
    said = told(
        coffeeshop("import", details, "--as", "acme", "--report", "report.csv")
    ).splitlines()
    assert [line.split("; ")[0] for line in said] == [
        "error: the credential report, line 2: `arn:aws:iam::999999999999:root` is not of the account 111122223333",
        "error: the credential report, line 3: the details hold no user `nobody`",
        "error: the credential report, line 4: it has not as many cells as there are columns",
    ]


STRANGERS = [
    ("<root_account>", "arn:aws:iam::999999999999:root"),
    ("nobody", "arn:aws:iam::111122223333:user/nobody"),
]


def test_a_file_that_is_gone_or_a_folder_is_told(home: Path):
    assert "No such file" in told(coffeeshop("import", "gone.json", "--as", "acme"))
    assert "it is a folder" in told(coffeeshop("import", ".", "--as", "acme"))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_a_file_that_never_ends_is_told(home: Path):
    assert "/dev/zero cannot be read: it is a device" in told(
        coffeeshop("import", "/dev/zero", "--as", "acme")
    )


def test_a_data_folder_that_cannot_be_written_is_told(
    home: Path, details: str, monkeypatch: pytest.MonkeyPatch
):
    (home / "file").write_text("")
    monkeypatch.setenv("COFFEESHOP_DATA", "file")
    assert "cannot be written" in told(coffeeshop("import", details, "--as", "acme"))


@pytest.mark.slow
# ------------------------------------------------------------------ author new
def test_a_new_scenario_holds_before_anything_is_changed(home: Path):
    (home / "mine").mkdir()
    assert (
        coffeeshop("author", "new", "91-the-bakery", "--scenarios", "mine").exit_code == 0
    )
    done = coffeeshop("author", "check", "91", "--scenarios", "mine")
    assert (done.exit_code, done.stderr) == (0, "")
    assert len([*(home / "mine" / "91-the-bakery" / "wrong").iterdir()]) == 3


def test_the_folder_of_a_new_scenario_is_created_with_it(home: Path):
    assert coffeeshop("author", "new", "93-new", "--scenarios", "mine").exit_code == 0
    assert (home / "mine" / "93-new" / "scenario.toml").is_file()


def test_without_a_folder_of_ones_own_it_is_written_here(home: Path):
    assert coffeeshop("author", "new", "92-here").exit_code == 0
    assert (home / "92-here" / "scenario.toml").is_file()


@pytest.mark.parametrize(("id", "said"), [
    ("../x", "can't be the id of a scenario"), ("The Bakery", "can't be the id of a scenario"), ("05-receipts-drawer", "there is already a scenario called 05-receipts-drawer"),
])  # fmt: skip
def test_an_id_that_cannot_be_one_is_told(home: Path, id: str, said: str):
    assert said in told(coffeeshop("author", "new", id))
    assert [*home.iterdir()] == []


def test_nothing_is_written_over_a_folder_that_is_there(home: Path):
    (home / "92-here").mkdir()
    (home / "92-here" / "mine.txt").write_text("mine")
    assert "cannot be written" in told(coffeeshop("author", "new", "92-here"))
    assert [path.name for path in (home / "92-here").iterdir()] == ["mine.txt"]


# --------------------------------------------------------------------- a class
CLASS = "learner,name,variant\nkim,Kim,7000\nana/x,Ana Vidal,\nBo.,Bo,\n"


def test_a_class_is_collected_into_a_folder_for_each_and_graded_from_there(home: Path):
    (home / "given.csv").write_text(CLASS)
    played()  # Kim, as it is written, which is not hers
    for learner in ("ana/x", "Bo."):
        assert (
            coffeeshop("play", "--learner", learner, "--plain", stdin=HIRE).exit_code == 0
        )
    done = coffeeshop("export", "05", "--class", "given.csv", "--out", "hand-ins")
    assert (done.exit_code, done.stdout) == (
        0,
        "hand-ins: written for 2 of 3 learners\nNo play here: Kim\n",
    )
    files = sorted(
        path.relative_to(home).as_posix() for path in (home / "hand-ins").rglob("*.jsonl")
    )
    name = "05-receipts-drawer.handin.jsonl"
    assert files == [f"hand-ins/Bo%2E/{name}", f"hand-ins/ana%2Fx/{name}"]
    graded = coffeeshop("grade", "hand-ins", "--roster", "given.csv")
    assert "Ana Vidal: 05-receipts-drawer: ☆☆☆" in graded.stdout
    assert "Kim: 05-receipts-drawer: missing" in graded.stdout
    assert sorted(path.name for path in (home / "data").glob("*.sqlite3")) == [
        "Bo..sqlite3",
        "ana%2Fx.sqlite3",
        "kim.sqlite3",
    ]


@pytest.mark.parametrize(
    "save",
    [
        "1001",
        "ana.v@x.example",
        "Ana.V",
        "avidal",
        "Ana Vidal",
        "vidal ana",
        "ana vidál",
        "ana",
    ],
)
def test_who_played_by_another_name_of_theirs_is_collected_and_it_is_told(
    home: Path, save: str
):
    (home / "class.csv").write_text(
        "learner,username,name,email\n1001,avidal,Ana Vidal,ana.v@x.example\n1002,bo,Bo,b@x.example\n"
    )
    assert coffeeshop("play", "--learner", save, "--plain", stdin=HIRE).exit_code == 0
    done = coffeeshop("export", "05", "--class", "class.csv", "--out", "all")
    assert [path.name for path in (home / "all").iterdir()] == ["1001"]
    assert (f"Ana Vidal played as {save}\n" in done.stdout) == (save != "1001")
    assert "No play here: Bo\n" in done.stdout
    assert "nobody" not in done.stdout


def test_plays_that_are_nobody_s_or_of_several_are_told_with_the_command_that_takes_them(
    home: Path,
):
    (home / "class.csv").write_text("learner,name\n1,Kim Lee\n2,Kim Lee\n3,Ana Vidal\n")
    for learner in ("Kim Lee", "zoe", "3", "ana"):
        played_by(learner)
    coffeeshop("play", "06", "--learner", "other", "--plain", stdin="aws iam list-users\n")
    done = coffeeshop("export", "05", "--class", "class.csv", "--out", "all")
    assert done.stdout.splitlines() == [
        "Ana Vidal also played as ana. To export that play too: coffeeshop export 05-receipts-drawer --learner ana",
        "all: written for 1 of 3 learners",
        "No play here: Kim Lee (1), Kim Lee (2)",
        "Kim Lee played here and may be Kim Lee (1) or Kim Lee (2). To export that play: coffeeshop export 05-receipts-drawer --learner 'Kim Lee'",
        "zoe played here but isn't in the roster. To export that play: coffeeshop export 05-receipts-drawer --learner zoe",
    ]


def played_by(learner: str) -> None:
    assert coffeeshop("play", "--learner", learner, "--plain", stdin=HIRE).exit_code == 0


@pytest.mark.parametrize(
    "learner",
    [
        "2026/0412",
        "20:26",
        "a\\b",
        "*26?",
        '2"6<0>4|',
        "100%25",
        "50%",
        ".26.",
        "Łukasz/é",
        "a%2Fb",
        "名/前",
    ],
)
def test_whatever_a_learner_is_called_their_folder_tells_whose_it_is(
    home: Path, learner: str
):
    with (home / "given.csv").open("w", newline="") as given:
        csv.writer(given).writerows(
            [("learner", "name"), (learner, "Ana Vidal"), ("kim", "Kim")]
        )
    assert coffeeshop("play", "--learner", learner, "--plain", stdin=HIRE).exit_code == 0
    assert (
        coffeeshop("export", "05", "--class", "given.csv", "--out", "outs").exit_code == 0
    )
    graded = coffeeshop("grade", "outs", "--roster", "given.csv")
    assert "Ana Vidal: 05-receipts-drawer: ☆☆☆" in graded.stdout
    assert "nobody's" not in graded.stderr


def test_a_class_is_collected_in_every_form_and_over_what_was_collected_before(home: Path):
    (home / "given.csv").write_text("learner\nkim\n")
    played()
    for _ in range(2):
        done = coffeeshop(
            "export",
            "05",
            "--class",
            "given.csv",
            "--format",
            "script",
            "--undo",
            "--out",
            "all",
        )
        assert done.exit_code == 0
    assert [path.name for path in (home / "all" / "kim").iterdir()] == [
        "05-receipts-drawer.undo.sh"
    ]


def test_of_a_class_one_save_that_cannot_be_read_is_told_and_the_others_are_collected(
    home: Path,
):
    (home / "given.csv").write_text("learner\nkim\nana\n")
    played()
    (home / "data" / "ana.sqlite3").write_bytes(b"rubbish" * 500)
    done = coffeeshop("export", "05", "--class", "given.csv", "--out", "all")
    assert (done.exit_code, "ana: " in done.stderr) == (2, True)
    assert [path.name for path in (home / "all").iterdir()] == ["kim"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            ("--class", "given.csv"),
            "to export a class's plays, name a folder: add --out hand-ins",
        ),
        (
            ("--class", "given.csv", "--out", "all", "--learner", "kim"),
            "use either --roster or --learner, not both",
        ),
        (("--class", "none.csv", "--out", "all"), "none.csv"),
        (("--class", "given.csv", "--out", "given.csv"), "cannot be written"),
    ],
)
def test_how_a_class_cannot_be_collected_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...], said: str
):
    played()
    monkeypatch.delenv("COFFEESHOP_LEARNER")
    (home / "given.csv").write_text("learner\nkim\n")
    done = coffeeshop("export", "05", *line)
    assert (done.exit_code, said in done.stderr) == (2, True)


LONG = ["a" * 300, "é" * 90, "/" * 90]


@pytest.mark.parametrize("long", LONG, ids=["letters", "accents", "signs"])
def test_of_a_class_one_whose_name_no_save_can_have_is_told_and_the_others_are_collected(
    home: Path, long: str
):
    (home / "given.csv").write_text(f"learner\n{long}\nkim\n")
    played()
    done = coffeeshop("export", "05", "--class", "given.csv", "--out", "all")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        2,
        "all: written for 1 of 2 learners",
    )
    assert "no save can have a name as long as" in done.stderr
    assert [path.name for path in (home / "all").iterdir()] == ["kim"]


def test_of_a_class_one_whose_folder_cannot_be_written_is_told_and_the_others_are_collected(
    home: Path,
):
    (home / "given.csv").write_text("learner\nana\nkim\n")
    played()
    assert coffeeshop("play", "--learner", "ana", "--plain", stdin=HIRE).exit_code == 0
    (home / "all").mkdir()
    (home / "all" / "ana").write_text("a file")
    done = coffeeshop("export", "05", "--class", "given.csv", "--out", "all")
    assert (done.exit_code, done.stdout) == (
        2,
        "all: written for 1 of 2 learners\nNo play here: ana\n",
    )
    assert (
        "error: ana: all/ana/05-receipts-drawer.handin.jsonl cannot be written"
        in done.stderr
    )
    assert [path.name for path in (home / "all" / "kim").iterdir()] == [
        "05-receipts-drawer.handin.jsonl"
    ]


@pytest.mark.parametrize("long", LONG, ids=["letters", "accents", "signs"])
def test_a_learner_whose_name_no_save_can_have_is_told(home: Path, long: str):
    assert "no save can have a name as long as" in told(
        coffeeshop("export", "05", "--learner", long)
    )


@pytest.mark.parametrize(
    "longest", ["a" * 239, "/" * 79, "a" + "é" * 39], ids=["letters", "signs", "accents"]
)
def test_the_longest_name_that_a_save_can_have_is_played_and_collected(
    home: Path, longest: str
):
    (home / "given.csv").write_text(f"learner\n{longest}\n")
    assert coffeeshop("play", "--learner", longest, "--plain", stdin=HIRE).exit_code == 0
    done = coffeeshop("export", "05", "--class", "given.csv", "--out", "all")
    assert (done.exit_code, done.stdout) == (0, "all: written for 1 of 1 learner\n")
    assert "no save" in told(coffeeshop("export", "05", "--learner", f"{longest}é"))


@pytest.mark.parametrize(
    "line",
    [
        ("export", "05"),
        ("export", "05", "--format", "details"),
        ("scenarios",),
        ("access", "05"),
        ("reach", "05"),
        ("day", "--save", "05"),
    ],
)
@pytest.mark.parametrize("learner", [None, "kym"])
def test_looking_makes_no_save(
    home: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...], learner: str | None
):
    monkeypatch.delenv("COFFEESHOP_LEARNER")
    coffeeshop(*line, *(("--learner", learner) if learner else ()))
    assert not (home / "data").exists()


def test_who_named_nobody_and_never_played_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("COFFEESHOP_LEARNER")
    monkeypatch.setattr("getpass.getuser", lambda: "sam")
    assert "no one called sam has played here yet; play a scenario first" in told(
        coffeeshop("export", "05")
    )


def test_who_never_played_here_is_told_with_those_who_did_and_gets_no_save(home: Path):
    played()
    done = coffeeshop("export", "05", "--learner", "kym")
    assert "no one called kym has played here yet; choose one of kim" in told(done)
    assert [path.name for path in (home / "data").iterdir() if "kym" in path.name] == []
