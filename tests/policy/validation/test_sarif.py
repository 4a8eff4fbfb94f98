"""What `validate --format sarif` writes is SARIF 2.1.0 by its published schema, and points where the problems are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy.model import Level, Place, Problem
from coffeeshop.policy.validation.sarif import CheckedFile, sarif_log
from coffeeshop.policy.validation.validate import validate

SCHEMA: Any = json.loads(
    Path(__file__).with_name("sarif-schema-2.1.0.json").read_text("utf-8")
)
READER = jsonschema.Draft4Validator(SCHEMA)
ODD = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Resource": "arn:aws:s3:::beans/grüße/*", "Action": ["s3:ListObject",
      "s3:*"]
  }]
}
"""


def written(
    *files: tuple[str, bytes], lost: tuple[Problem, ...] = (), code: int = 0
) -> dict[str, Any]:
    told: Any = json.loads(
        json.dumps(
            sarif_log(
                [CheckedFile(n, data, validate(data)) for n, data in files],
                lost,
                code,
                "1.0",
            )
        )
    )
    READER.validate(told)
    (run,) = told["runs"]
    return run


def test_a_finding_stands_where_its_text_does():
    run = written(("policies/odd.json", ODD.encode()), code=1)
    lines = ODD.splitlines()
    for result in run["results"]:
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        span = ODD[region["charOffset"] : region["charOffset"] + region["charLength"]]
        if region["startLine"] == region["endLine"]:
            assert (
                span
                == lines[region["startLine"] - 1][
                    region["startColumn"] - 1 : region["endColumn"] - 1
                ]
            )
        assert (
            location["physicalLocation"]["artifactLocation"]["uri"] == "policies/odd.json"
        )
    unknown = next(
        result for result in run["results"] if result["ruleId"] == "unknown-action"
    )
    assert unknown["level"] == "error"
    assert unknown["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "Statement[0].Action[0]"}
    ]
    assert unknown["properties"] == {"findingType": "ERROR", "issueCode": "INVALID_ACTION"}
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]


def test_every_finding_has_its_rule():
    run = written(("odd.json", ODD.encode()), ("none.json", b""), ("bytes.json", b"\xff"))
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["helpUri"].startswith(
            "https://docs.aws.amazon.com/"
        )


def test_a_file_that_cannot_be_read_is_told_of_the_run():
    lost = Problem(Level.ERROR, "unreadable", Place(), "gone.json cannot be read")
    (invocation,) = written(lost=(lost,), code=2)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "gone.json cannot be read"}}
    ]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("-", "stdin"),
        ("a b/ü.json", "a%20b/%C3%BC.json"),
        ("/tmp/a.json", "file:///tmp/a.json"),
        ("\udcff.json", "%FF.json"),
    ],
)
def test_names_of_files_are_uris(name: str, uri: str):
    run = written((name, b"{"))
    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == uri
    )


@given(st.text() | st.binary(max_size=40))
def test_whatever_is_checked_the_log_is_sarif(text: str | bytes):
    written(("any", text if isinstance(text, bytes) else text.encode(errors="replace")))
