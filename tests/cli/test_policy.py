import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import group

ARTICLE = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "s3:ListObject",
    "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"
  }]
}
"""
ALLOWED = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::beans/*"}}'
WIDER = ALLOWED.replace("beans/*", "beans*").replace('"Effect"', '"Sid": "Beans", "Effect"')


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*line: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(group, list(line), input=stdin)


def write(name: str, text: str | bytes) -> str:
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return name


# -------------------------------------------------------------------- validate
def test_validate_underlines_the_articles_action_and_says_what_was_meant(shop: Path):
    answer = run("validate", write("receipts.json", ARTICLE))
    assert answer.exit_code == 1
    assert answer.stdout.splitlines() == [
        "receipts.json:5:15: error: there is no action `s3:ListObject` [unknown-action]",
        '    5 |     "Action": "s3:ListObject",',
        "      |               ^^^^^^^^^^^^^^^",
        "       = did you mean `s3:ListBucket`? It is what the API operation ListObjects asks for. It lets someone list some or all of "
        "the objects in an Amazon S3 bucket. It acts on the bucket itself, not on the objects in it, so its resource "
        "is `arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET`",
        "receipts.json: 1 error",
    ]


@pytest.mark.parametrize("before", [0, 30, 300])
@pytest.mark.parametrize("after", [0, 300])
def test_validate_marks_a_problem_of_a_long_line_within_the_width_of_a_terminal(
    shop: Path, before: int, after: int
):
    text = f'{{{" " * before}"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:ListObject", "Resource": "*"{" " * after}}}}}'
    _, line, marks, *_ = run("validate", write("long.json", text)).stdout.splitlines()
    assert len(line) <= 80
    start = marks.index("^")
    assert line[start : len(marks)] == '"s3:ListObject"'


@pytest.mark.parametrize("order", [1, -1])
def test_files_whose_names_differ_by_half_a_character_and_its_escape_have_an_entry_each(
    shop: Path, order: int
):
    names = ["\udced.json", "\\udced.json", "\\\\udced.json", "b\\s.json"]
    for name in names:
        write(name, ALLOWED)
    answers = json.loads(
        run("validate", "--format", "json", *names[::order], *names).stdout
    )
    assert len(answers) == 4
    assert "b\\s.json" in answers
    assert all("\udced" not in name for name in answers)


def test_a_policy_without_a_problem_says_so(shop: Path):
    answer = run("validate", write("a.json", ALLOWED))
    assert (answer.exit_code, answer.stdout) == (0, "a.json: no problems\n")


def test_sarif_is_one_log_of_all_files_with_the_exit_code_of_the_command(shop: Path):
    answer = run(
        "validate",
        "--format",
        "sarif",
        write("a.json", ALLOWED),
        write("receipts.json", ARTICLE),
        "none.json",
    )
    (told,) = json.loads(answer.stdout)["runs"]
    assert answer.exit_code == 2
    assert [one["exitCode"] for one in told["invocations"]] == [2]
    assert [one["ruleId"] for one in told["results"]] == ["unknown-action"]
    assert "none.json" in answer.stderr
    assert run("validate", "--format", "sarif", "a.json").exit_code == 0


def test_the_hooks_for_pre_commit_run_commands_that_there_are_on_files_that_look_like_policies():
    hooks = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8")
    entries = re.findall(r"entry: coffeeshop (\S+)", hooks)
    assert entries == ["validate", "compare"]
    assert set(entries) <= set(group.list_commands(click.Context(group)))
    for pattern in re.findall(r"files: (.+)", hooks):
        named = (
            "policy.json",
            "iam/Policies/deploy.json",
            "read-only-policy-2.json",
            "package.json",
            "policies/a.yaml",
        )
        assert [bool(re.search(pattern, name)) for name in named] == [
            True,
            True,
            True,
            False,
            False,
        ]


@pytest.mark.parametrize(
    ("level", "code"), [("error", 0), ("security", 0), ("warning", 1), ("suggestion", 1)]
)
def test_how_mild_a_problem_may_be_is_said_by_fail_on(shop: Path, level: str, code: int):
    wide = write("wide.json", ALLOWED.replace("s3:GetObject", "s3:Get*"))
    assert run("validate", "--fail-on", level, wide).exit_code == code


def test_warnings_alone_are_no_failure_and_are_counted(shop: Path):
    answer = run(
        "validate",
        write(
            "a.json",
            ALLOWED.replace("s3:GetObject", "s3:Get*").replace("beans/*", "beans*"),
        ),
    )
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[-1] == "a.json: 1 warning"


def test_a_security_warning_about_which_aws_has_a_page_gives_its_address_once(shop: Path):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement, statement]})
    said = run("validate", "--kind", "trust", write("anchors.json", text)).stdout
    assert said.count("[roles-anywhere-anyone]") == 2
    assert said.count("https://docs.aws.amazon.com/rolesanywhere/") == 1


def test_a_problem_without_a_mend_takes_three_lines(shop: Path):
    text = ALLOWED.replace("beans/*", "beans/${coffee:bean}")
    assert len(run("validate", write("a.json", text)).stdout.splitlines()) == 3 + 1


def test_several_files_are_all_answered_and_the_worst_decides(shop: Path):
    answer = run(
        "validate", write("a.json", ALLOWED), "missing.json", write("b.json", ARTICLE)
    )
    assert answer.exit_code == 2
    assert "a.json: no problems" in answer.stdout
    assert "b.json: 1 error" in answer.stdout
    assert answer.stderr == (
        "error: missing.json cannot be read: No such file or directory; name a file, or - for standard input\n"
    )


def test_the_kind_settles_the_grammar(shop: Path):
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}}'
    assert run("validate", write("a.json", trust)).exit_code == 1
    assert run("validate", "--kind", "trust", "a.json").exit_code == 0


def test_json_has_the_shape_of_aws(shop: Path):
    answer = run("validate", "--format", "json", write("a.json", ARTICLE))
    (finding,) = json.loads(answer.stdout)["findings"]
    assert (answer.exit_code, finding["findingType"], finding["issueCode"]) == (
        1,
        "ERROR",
        "INVALID_ACTION",
    )


def test_json_of_several_files_is_keyed_by_their_names(shop: Path):
    answer = run(
        "validate", "--format", "json", write("a.json", ALLOWED), write("b.json", ALLOWED)
    )
    assert json.loads(answer.stdout) == {
        "a.json": {"findings": []},
        "b.json": {"findings": []},
    }


@pytest.mark.skipif(sys.platform != "linux", reason="a name is Unicode there")
def test_json_of_a_file_whose_name_is_no_text_is_read_by_whoever_reads_json(shop: Path):
    name = os.fsdecode(b"caf\xe9.json")
    answer = run(
        "validate", "--format", "json", write("a.json", ALLOWED), write(name, ALLOWED)
    )
    assert msgspec.json.decode(answer.stdout) == {
        "a.json": {"findings": []},
        "caf\\udce9.json": {"findings": []},
    }


def test_json_of_nothing_readable_is_nothing(shop: Path):
    answer = run("validate", "--format", "json", "missing.json")
    assert (answer.exit_code, answer.stdout) == (2, "")


def test_standard_input_is_a_file_too(shop: Path):
    assert run("validate", "-", stdin=ALLOWED).stdout == "-: no problems\n"


def test_a_long_line_is_shown_around_its_problem_and_a_long_span_is_cut(shop: Path):
    text = ALLOWED.replace('"Effect"', '"Sid": "' + "a" * 300 + '", "Effect"').replace(
        "s3:GetObject", "s3:" + "x" * 300
    )
    shown = run("validate", write("a.json", text)).stdout.splitlines()
    assert shown[1].startswith("    1 | …")
    assert shown[1].endswith("…")
    assert len(shown[1]) < 200
    assert shown[1][shown[2].index("^") :].startswith('"s3:xxx')


@pytest.mark.parametrize("form", ["text", "json"])
def test_each_problem_of_a_megabyte_in_one_line_is_told_at_once(shop: Path, form: str):
    empty = ALLOWED.replace(
        '"arn:aws:s3:::beans/*"', "[" + ", ".join(['""'] * 250_000) + "]"
    )
    assert run("validate", "--format", form, write("a.json", empty)).exit_code == 1


def test_wide_and_strange_characters_do_not_shift_the_underline(shop: Path):
    text = '{"Version": "2012-10-17", "Statement": {"Sid": "豆\\t", "Effect":\t"allow", "Action": "s3:GetObject", "Resource": "*"}}'
    shown = run("validate", write("a.json", text)).stdout.splitlines()
    line = next(number for number, row in enumerate(shown) if "isn't an effect" in row) + 1
    assert shown[line].index('"allow"') + 1 == shown[line + 1].index(
        "^"
    )  # the bean takes two columns
    assert shown[line + 1].count("^") == len('"allow"')


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the document ends where a value should be"),
        (b"\xff\xfe{", "byte 0xff is not UTF-8"),
        (b"[" * 10_000, "brackets within brackets"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"Version": ' + b"9" * 400 + b"}", "but it has to be a text"),
        (b'{"a": "\x1b[31mred"}', "closing quote"),
    ],
)
def test_what_is_no_policy_is_a_problem_and_never_a_traceback(
    shop: Path, content: bytes, says: str
):
    answer = run("validate", write("a.json", content))
    assert answer.exit_code == 1
    assert says in answer.stdout
    assert "\x1b" not in answer.stdout


@pytest.mark.parametrize("command", ["validate", "explain", "simulate"])
def test_what_cannot_be_read_is_a_problem_on_standard_error(shop: Path, command: str):
    write("big.json", b" " * (1024 * 1024 + 1))
    (shop / "folder").mkdir()
    for name, says in (
        ("missing.json", "No such file or directory"),
        ("folder", "it is a folder"),
        ("big.json", "larger than 1,048,576 bytes"),
        ("a\0b", "a\\x00b cannot be read"),
        ("\x1b[2J", "\\x1b[2J cannot be read"),
    ):
        answer = run(command, name)
        assert (answer.exit_code, answer.stdout) == (2, ""), name
        assert says in answer.stderr
        assert "\x1b" not in answer.stderr


def test_a_command_without_a_file_is_a_wrong_command_line(shop: Path):
    assert run("validate").exit_code == 2
    assert run("validate", "--kind", "menu", "a.json").exit_code == 2


# --------------------------------------------------------------------- explain
def test_explain_reads_the_articles_policy_aloud_and_flags_its_action(shop: Path):
    answer = run("explain", write("a.json", ARTICLE))
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [
        "Statement 1, line 3",
        "  who      everyone who has this policy",
        "  can      use s3:ListObject (no known action)",
        "  note     s3:ListObject isn't an action of AWS; did you mean s3:ListBucket?",
        "  on       the bucket AWSDOC-EXAMPLE-BUCKET (arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET)",
    ]


def test_explain_shows_what_the_grammar_refuses_where_it_stands(shop: Path):
    answer = run("explain", write("a.json", ALLOWED.replace("Action", "Actions")))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "^^^^^^^^^" in answer.stderr
    assert "did you mean `Action`?" in answer.stderr


def test_explain_reads_the_statements_that_an_error_leaves_clear(shop: Path):
    statement = json.loads(ALLOWED)["Statement"]
    clear = statement[0] if isinstance(statement, list) else statement
    document = {
        "Version": "2012-10-17",
        "Statement": [{**clear, "Sid": "a b"}, {**clear, "Effect": "Alow"}, clear],
    }
    answer = run("explain", write("a.json", json.dumps(document).encode()))
    assert answer.exit_code == 2
    assert "bad-sid" in answer.stderr
    titles = [line for line in answer.stdout.splitlines() if line.startswith("Statement")]
    assert titles == ["Statement 1 (a b), line 1", "Statement 3, line 1"]


def test_what_a_policy_holds_never_drives_the_terminal(shop: Path):
    answer = run(
        "explain", write("a.json", ALLOWED.replace("beans", "\\u001b[31mbeans\\u202e"))
    )
    assert answer.exit_code == 0
    assert "\\x1b[31mbeans\\u202e" in answer.stdout
    assert "\x1b" not in answer.stdout
    assert "\u202e" not in answer.stdout


# -------------------------------------------------------------------- simulate
INPUT = {
    "PolicyInputList": [ALLOWED],
    "ActionNames": ["s3:GetObject"],
    "ResourceArns": ["arn:aws:s3:::beans/a"],
}


def test_simulate_answers_a_document(shop: Path):
    answer = run("simulate", write("in.json", json.dumps(INPUT)))
    (result,) = json.loads(answer.stdout)["EvaluationResults"]
    assert (answer.exit_code, result["EvalDecision"]) == (0, "allowed")


def test_simulate_refuses_what_aws_refuses_and_what_is_no_document(shop: Path):
    for text, says in (
        ("{}", "ValidationError: PolicyInputList is missing"),
        ("[]", "isn't a JSON object"),
        ("{", "isn't a JSON document"),
        ("[" * 100_000, "isn't a JSON document"),
    ):
        answer = run("simulate", stdin=text)
        assert (answer.exit_code, answer.stdout) == (2, ""), text[:10]
        assert says in answer.stderr


def test_simulate_streams_and_a_bad_line_is_answered_on_its_own_line(shop: Path):
    text = "\n".join([json.dumps(INPUT), "nonsense", "", json.dumps(INPUT)])
    answer = run("simulate", "--jsonl", write("in.jsonl", text))
    first, second, third = map(json.loads, answer.stdout.splitlines())
    assert answer.exit_code == 0
    assert first == third
    assert set(second["Error"]) == {"Code", "Message"}


def test_a_stream_that_cannot_be_opened_is_a_problem(shop: Path):
    answer = run("simulate", "--jsonl", "missing.jsonl")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "missing.jsonl cannot be read" in answer.stderr


# --------------------------------------------------------------------- compare
def test_compare_passes_what_grants_nothing_new(shop: Path):
    answer = run("compare", write("new.json", ALLOWED), write("old.json", WIDER))
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == {
        "result": "PASS",
        "message": "The updated permissions do not grant new access compared to your existing policy.",
        "reasons": [],
        "witness": None,
    }


def test_compare_fails_what_grants_more_and_shows_a_request(shop: Path):
    answer = run("compare", write("new.json", WIDER), write("old.json", ALLOWED))
    verdict = json.loads(answer.stdout)
    assert (answer.exit_code, verdict["result"]) == (1, "FAIL")
    assert verdict["reasons"] == [
        {
            "description": "New access in the statement with sid: Beans.",
            "statementIndex": 0,
            "statementId": "Beans",
        }
    ]
    assert verdict["witness"]["action"].lower() == "s3:getobject"
    assert verdict["witness"]["resource"].startswith("arn:aws:s3:::beans")
    assert not verdict["witness"]["resource"].startswith("arn:aws:s3:::beans/")


def test_compare_says_where_a_statement_without_a_sid_stands(shop: Path):
    answer = run(
        "compare",
        write("new.json", ALLOWED),
        write("old.json", ALLOWED.replace("beans", "tea")),
    )
    assert json.loads(answer.stdout)["reasons"] == [
        {"description": "New access in the statement with index: 0.", "statementIndex": 0}
    ]


def test_a_witness_says_which_keys_it_has_and_which_it_lacks(shop: Path):
    statement = ALLOWED.replace('"Action"', '"Condition": {%s}, "Action"')
    new = write("new.json", statement % '"StringEquals": {"aws:username": "casey"}')
    old = write("old.json", statement % '"Bool": {"aws:MultiFactorAuthPresent": "true"}')
    verdict = json.loads(run("compare", new, old).stdout)
    assert verdict["witness"]["context"] == {"aws:username": ["casey"]}
    assert verdict["message"] == (
        "The modified permissions grant new access compared to your existing policy. For example: s3:GetObject on "
        "arn:aws:s3:::beans/x, when aws:username is casey and aws:MultiFactorAuthPresent is not in the request."
    )


def test_what_cannot_be_decided_is_never_a_pass(shop: Path):
    new, old = (
        write(name, ALLOWED.replace("beans/*", key))
        for name, key in (("n", "b/${aws:username}"), ("o", "b/?*"))
    )
    answer = run("compare", new, old)
    verdict = json.loads(answer.stdout)
    assert (answer.exit_code, verdict["result"], verdict["witness"]) == (
        1,
        "UNDECIDED",
        None,
    )
    assert "the policy variable ${aws:username} may hold anything" in verdict["message"]


def test_the_typed_domain_holds_only_what_aws_could_receive(shop: Path):
    new, old = (
        write("new.json", ALLOWED.replace("s3:GetObject", "s3:GetObjec")),
        write("old.json", WIDER),
    )
    assert run("compare", new, old).exit_code == 1
    assert run("compare", "--domain", "typed", new, old).exit_code == 0


def test_compare_streams_policies_as_text_or_as_documents(shop: Path):
    lines = [
        json.dumps({"new": ALLOWED, "reference": WIDER}),
        json.dumps({"new": json.loads(WIDER), "reference": json.loads(ALLOWED)}),
        "",
        "nonsense",
        "[]",
        json.dumps({"new": "{}", "reference": ALLOWED}),
    ]
    answer = run("compare", "--jsonl", stdin="\n".join(lines))
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert answer.exit_code == 0
    assert [one.get("result") or one["Error"]["Code"] for one in found] == [
        "PASS",
        "FAIL",
        "MalformedInput",
        "MalformedInput",
        "MalformedPolicyDocument",
    ]
    answer = run("compare", "--jsonl", write("lines.jsonl", lines[0]))
    assert json.loads(answer.stdout)["result"] == "PASS"


def test_compare_takes_two_files(shop: Path):
    for files in (
        ["a.json"],
        ["a.json", "b.json", "c.json"],
        ["--jsonl", "a.json", "b.json"],
        [],
    ):
        answer = run("compare", *files)
        assert answer.exit_code == 2
        assert "name two policies" in answer.stderr


# ------------------------------------------------------------------- processes
ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": "utf-8"}


def process(line: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in a shell, so that pipes break as they do for people."""
    command = line.replace("coffeeshop", f"{sys.executable} -m coffeeshop")
    root = Path(__file__).parents[2]
    return subprocess.run(
        ["sh", "-c", command],
        input=stdin,
        capture_output=True,
        cwd=root,
        env=ENVIRONMENT,
        check=False,
    )


def test_a_reader_that_goes_away_is_no_traceback():
    stdin = b"\n".join([json.dumps(INPUT).encode()] * 2000)
    done = process("coffeeshop simulate --jsonl | head -n 1", stdin)
    assert json.loads(done.stdout)["EvaluationResults"]
    assert done.stderr == b""


def test_closed_streams_are_no_traceback():
    assert process("coffeeshop validate - >&-", ALLOWED.encode()).stderr == b""
    done = process("coffeeshop validate - <&-")
    assert (done.returncode, done.stderr) == (
        2,
        b"error: standard input is closed; name a file\n",
    )


def test_commands_on_policies_do_not_load_the_app():
    code = (
        "import sys; from coffeeshop.cli import policy; "
        "print(sorted({'textual', 'msgspec', 'coffeeshop.account'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"},
    "Action": "sts:AssumeRole",
}
OF_BUCKET = {**TRUST, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::beans/*"}
OF_USER = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::beans/*"}


@pytest.mark.parametrize("command", ["validate", "explain"])
@pytest.mark.parametrize(
    ("statement", "kind", "meant"),
    [
        (TRUST, "identity", "trust"),
        (TRUST, "scp", "trust"),
        (TRUST, "resource", "trust"),
        (TRUST, "trust", ""),
        (OF_BUCKET, "identity", "resource"),
        (OF_BUCKET, "trust", "resource"),
        (OF_BUCKET, "resource", ""),
        (OF_USER, "trust", "identity"),
        (OF_USER, "resource", "identity"),
        (OF_USER, "identity", ""),
    ],
)
def test_a_policy_of_another_kind_is_recognized(
    command: str, statement: dict[str, object], kind: str, meant: str, shop: Path
):
    write("p.json", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    done = run(command, "--kind", kind, "p.json")
    assert ("this looks like" in done.output) == bool(meant)
    assert (f"Try again with --kind {meant}" in done.output) == bool(meant)
