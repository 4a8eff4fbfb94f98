"""An answer on a resource's tag earns its stars in the spelling of the service, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lessons.folder import (
    FILES,
    SCENARIO,
    folder,
    graded,
    keys,
    policy,
    put,
    scenario,
)

JOBS: dict[str, tuple[str, str]] = {
    "secretsmanager": (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:till-abcdef",
    ),
    "ec2": (
        "ec2:StopInstances",
        "arn:aws:ec2:us-east-1:111122223333:instance/i-0c0ffee5b0a2d0001",
    ),
    "iam": ("iam:DeleteUser", "arn:aws:iam::111122223333:user/robin"),
    "ssm": ("ssm:GetParameter", "arn:aws:ssm:us-east-1:111122223333:parameter/x"),
}


def row(service: str, carried: str, bound: str) -> str:
    action, resource = JOBS[service]
    return f"""
[[job]]
id = "do"
as = "casey"
request = {{ action = "{action}", resource = "{resource}", context = {{ "{carried}:ResourceTag/branch" = "north" }} }}
within = {{ resource = "{resource}", condition = {{ StringEquals = {{ "{bound}:ResourceTag/branch" = "north" }} }} }}
say = "Casey does it where the tag says north"
"""


@pytest.mark.parametrize("written", ["aws", "own"])
@pytest.mark.parametrize("bound", ["aws", "own"])
@pytest.mark.parametrize("carried", ["aws", "own"])
@pytest.mark.parametrize("service", JOBS)
def test_a_right_answer_earns_its_stars_in_either_spelling(
    tmp_path: Path, service: str, carried: str, bound: str, written: str
):
    names = {"aws": "aws", "own": service}
    head = SCENARIO.partition("[[job]]")[0]
    text = head + row(service, names[carried], names[bound])
    lesson = scenario(folder(tmp_path, {**FILES, "scenario.toml": text}))
    action, resource = JOBS[service]
    key = f"{names[written]}:ResourceTag/branch"

    def answer(value: str) -> str:
        condition = {"StringEquals": {key: value}}
        return put(policy(action, on=resource, Condition=condition))

    right = graded(lesson, answer("north"))
    assert (right.stars, keys(right)) == (3, [])
    assert graded(lesson, answer("south")).stars == 0
    assert graded(lesson, put(policy(action, on=resource))).stars == 1
