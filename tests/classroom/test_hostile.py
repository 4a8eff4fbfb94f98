"""What people who mean harm hand in: what each of it earns, and that it stops nobody and reaches nothing."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest

from coffeeshop.classroom.collect import FileReader, FileToGrade, PassedOver, collect_files
from coffeeshop.classroom.formats import FORMATS
from coffeeshop.classroom.judge import Task, judge
from coffeeshop.harmless import is_harmless
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.acts_json import parse_act_line
from coffeeshop.lessons.play.handin import (
    MAX_BYTES,
    MAX_CALLS,
    MAX_CHARACTERS,
    acts_digest,
    handin_text,
)
from tests.lessons.folder import FILES, ID, folder, played, policy, scenario

ESCAPE, FORMULA, MARKUP = (
    "\x1b]0;owned\x07\x1b[2J",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>]]>[/red]",
)


@cache
def mine() -> Path:
    return folder(Path(mkdtemp()), FILES).parent


@cache
def lesson() -> Scenario:
    return scenario(mine() / ID)


def good(script: str = FILES["solution.sh"]) -> str:
    return handin_text(played(lesson(), script))


def forged(*lines: str, **header: Any) -> str:
    """Returns a hand-in of these acts whose header is right, but for what is replaced in it."""
    told = json.loads(good().split("\n")[0])
    told |= {
        "calls": len(lines),
        "sum": acts_digest(map(parse_act_line, lines)) if "sum" not in header else "",
        **header,
    }
    return "\n".join((json.dumps(told), *lines, ""))


@cache
def act(
    call: str = "iam:ListUsers",
    parameters: str = "{}",
    at: str = "2026-03-02T08:00:00Z",
    who: str = "",
) -> str:
    """Returns the line of an act, by the badge at the desk."""
    whose = who or json.dumps(json.loads(good().split("\n")[1])["as"])
    return f'{{"at":"{at}","as":{whose},"call":"{call}","parameters":{parameters}}}'


def putting(document: str) -> str:
    return act(
        "iam:PutUserPolicy",
        json.dumps({"UserName": "casey", "PolicyName": "p", "PolicyDocument": document}),
    )


def raw(*lines: str, **header: Any) -> str:
    """Returns a hand-in of lines that nobody could sum up."""
    return forged(**{"calls": len(lines), **header}) + "\n".join(lines)


def packed(files: dict[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


STARS = "aws s3api list-buckets\n"
WILD = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:" + "*a" * 40] * 20, "Resource": ["arn:aws:s3:::" + "*a?" * 60] * 10},
]})  # fmt: skip
NEVER = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "NotAction": f"s3:Get*{n}?", "NotResource": f"arn:aws:s3:::*{n}*/*"} for n in range(40)
]})  # fmt: skip


def hostile() -> Iterator[tuple[str, str | bytes, str]]:
    """Yields what it is, what is in the file, and what it earns: a code, a number of stars, or why it is passed over."""
    text = good()
    first, line, _ = text.split("\n")
    # cut, edited, forged
    yield "cut in its header", text[:40], "not-a-handin"
    yield "cut in an act", text[:-20], "cut"
    yield "cut between acts", first, "cut"
    yield "an act more", text + line, "cut"
    yield "an act edited", text.replace("GetObject", "PutObject"), "edited"
    yield "a sum that is none", text.replace(json.loads(first)["sum"], "0" * 16), "edited"
    yield (
        "stars of its own",
        text.replace('"format":1', '"format":1,"stars":3,"score":100', 1),
        "3",
    )
    yield "empty, and says it has three stars", forged(stars=3), "0"
    yield "another digest", text.replace(lesson().digest, "f" * 16), "other-digest"
    yield "another scenario", text.replace(ID, "05-receipts-drawer"), "other-digest"
    yield "a path for a scenario", text.replace(ID, f"../{ID}"), "unknown-scenario"
    yield "a scenario of escapes", raw(scenario=ESCAPE), "unknown-scenario"
    yield "a scenario of formulas", raw(scenario=FORMULA), "unknown-scenario"
    yield "a scenario of markup", raw(scenario=MARKUP), "unknown-scenario"
    yield "a variant that there is not", forged(variant=7), "no-variant"
    yield "a variant below nought", forged(variant=-1), "not-a-handin"
    yield "a count of a googol", forged(calls=10**100), "cut"
    yield "a later format", text.replace('"format":1', '"format":2', 1), "other-format"
    yield "a record that is none", forged(record={"handed_in": ESCAPE}), "not-a-handin"
    yield (
        "a record with a googol of tries",
        forged(record={"handed_in": "2026-03-02T08:00:00Z", "tries": 10**100}),
        "not-a-handin",
    )
    # whose, when, what
    yield "the owner's badge", forged(act(who='"AKIAIOSFODNN7EXAMPLE"')), "foreign-badge"
    yield "a service's word", forged(act(who='"service:ec2"')), "foreign-badge"
    yield (
        "another account's",
        forged(act(who='"arn:aws:iam::999999999999:root"')),
        "foreign-badge",
    )
    yield "before it began", forged(act(at="2020-01-01T00:00:00Z")), "backwards"
    yield (
        "backwards",
        forged(act(at="2026-03-02T09:00:00Z"), act(at="2026-03-02T08:30:00Z")),
        "backwards",
    )
    yield "at the end of time", forged(act(at="9999-12-31T23:59:59Z")), "backwards"
    yield "on no day", raw(act(at="2026-13-45T99:00:00Z")), "unreadable"
    yield "a service that there is not", forged(act(f"evil:{MARKUP}")), "0"
    yield (
        "parameters of another shape",
        forged(act("iam:CreateUser", '{"UserName":{"a":[1,null]}}')),
        "0",
    )
    yield (
        "a name of escapes",
        forged(act("iam:CreateUser", json.dumps({"UserName": ESCAPE}))),
        "0",
    )
    yield (
        "a name of half a character",
        forged(act("iam:CreateUser", '{"UserName":"\\ud800"}')),
        "0",
    )
    yield "a number that is none", raw(act("iam:CreateUser", '{"MaxItems":NaN}')), "edited"
    yield (
        "a number without end",
        raw(act("iam:CreateUser", '{"MaxItems":' + "9" * 5000 + "}")),
        "unreadable",
    )
    # large, deep, slow
    yield "huge", "x" * (MAX_BYTES + 1), "too-large"
    yield "huge in UTF-16", ("{" * (MAX_CHARACTERS + 1)).encode("utf-16"), "too-large"
    yield (
        "of more calls than are graded",
        forged(*[act()] * (MAX_CALLS + 1)),
        "too-many-calls",
    )
    yield "of as many as are graded", forged(*[act()] * 300), "0"
    yield "brackets", "[" * 500_000, "not-a-handin"
    yield "nested in an act", raw('{"a":' * 100_000), "cut"
    yield (
        "nested in parameters",
        raw(act(parameters='{"a":' * 100 + "1" + "}" * 100)),
        "unreadable",
    )
    yield "a line without end", raw("9" * 900_000), "cut"
    yield "a policy of stars", forged(putting(WILD)), "0"
    yield "a policy of nots", forged(putting(NEVER)), "0"
    yield "a policy nested deep", forged(putting('{"Statement":' * 2000)), "0"
    yield (
        "a policy far too long",
        forged(putting(policy(*[f"s3:Get{n}" for n in range(5000)]))),
        "0",
    )
    # other things
    yield "nothing", b"", "not-a-handin"
    yield "zeros", b"\0" * 5000, "not-a-handin"
    yield "a mark and no more", b"\xff\xfe", "not-a-handin"
    yield "half of UTF-16", text.encode("utf-16")[:-1], "not-a-handin"
    yield "UTF-16", text.encode("utf-16-be"), "3"
    yield "UTF-32", text.encode("utf-32"), "3"
    yield "lines of a Mac of old", text.replace("\n", "\r"), "not-a-handin"
    yield "Latin-1", text.encode().replace(b"casey", b"cas\xe9y"), "not-a-handin"
    yield "a pickle", pickle.dumps({"a": text}), "not-a-handin"
    yield "packed by gzip", gzip.compress(text.encode()), "not-a-handin"
    yield "a web page", f"<html>{MARKUP}</html>", "not-a-handin"
    yield "a script", FILES["solution.sh"], "not-a-handin"
    # archives
    yield "a bomb", packed({"x.handin.jsonl": b"{" + b" " * 30_000_000}), "too-large"
    yield (
        "a bomb of another kind",
        packed({"x.handin.jsonl": text.encode()}, ZIP_LZMA),
        "it is compressed with a method that isn't supported",
    )
    yield (
        "an archive of itself",
        packed({"a.zip": packed({"b.zip": packed({"c.zip": packed({})})})}),
        "it is an archive inside two other archives, which isn't read",
    )
    yield "paths out of it", packed({"../../../tmp/x.handin.jsonl": text.encode()}), "3"
    yield "names of escapes", packed({f"{ESCAPE}.handin.jsonl": text.encode()}), "3"
    yield (
        "no archive",
        b"PK\x03\x04" + b"\xff" * 100,
        "it isn't a complete zip file: its end is missing",
    )


CASES = [*hostile()]


def test_they_are_more_than_forty():
    assert len({name for name, _, _ in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize(
    ("data", "earned"),
    [pytest.param(data, earned, id=name) for name, data, earned in CASES],
)
def test_a_hostile_file_earns_what_it_should_and_reaches_nothing(
    tmp_path: Path, data: str | bytes, earned: str
):
    path = tmp_path / "eve.handin.jsonl"
    path.write_bytes(
        data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    )
    (found,) = (
        collect_files([path], grades_scripts=False)
        if earned[:3] != "it "
        else [*collect_files([path], grades_scripts=False)][:1]
    )
    if isinstance(found, PassedOver):
        assert f"it {found.reason}" == earned
        return
    assert isinstance(found, FileToGrade)
    reader = FileReader()
    graded = judge(
        Task(found.name, reader.read(found), scenarios_folder=mine()), lambda: None
    )
    reader.close()
    document = graded.document
    assert (
        document.problems[0].code if document.problems else str(document.stars)
    ) == earned
    assert all(is_harmless(form.write_one(graded)) for form in FORMATS.values())
    assert len(graded.text) < 60_000
