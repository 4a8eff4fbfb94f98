"""The ways to run code as a role of a service that pathfinding.cloud lists: each is found, and none with less."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote
from typing import Any

from coffeeshop.account.escalation.survey import Ascent, survey
from tests.account.shop import ADMIN, AT, ID, Shop, allow, local, trust, user
from tests.tables import each_row

RECORDED = json.loads((Path(__file__).parent / "pathfinding.json").read_text("utf-8"))
PATHS, PATHS_OF_IAM = RECORDED["paths"], RECORDED["of iam"]
# Ways that need less than the source says, so that one permission fewer is another way.
NEEDLESS = {
    "ec2instanceconnect-003": {"ec2:DescribeInstances"},
    "ecs-001": {"ecs:CreateCluster"},
    "ecs-002": {"ecs:CreateCluster"},
    "lambda-004": {"lambda:InvokeFunction"},
    # A function's own policy can let them change its code.
    "lambda-005": {"lambda:AddPermission", "lambda:UpdateFunctionCode"},
    "cloudformation-004": {"iam:PassRole"},  # a stack set that exists has a role
    "cloudformation-005": set[str](),
    "codebuild-001": {"iam:PassRole", "codebuild:CreateProject"},
    "codebuild-004": {"iam:PassRole", "codebuild:CreateProject"},
    "bedrock-001": {"iam:PassRole", "bedrock-agentcore:CreateCodeInterpreter"},
}
# Ways that we don't see, and why.
UNSEEN = {
    "sagemaker-001": "a new notebook runs nothing until somebody opens it or gives it a lifecycle script",
}


def _ascent(path: dict[str, Any], permissions: list[str]) -> Ascent | None:
    """Return the way to everything of somebody with these permissions, where a service has a role that can do everything."""
    service = path["service"]
    shop = Shop()
    shop.role("Strong", trust(service=service), allow("*"))
    shop("iam create-instance-profile --instance-profile-name Strong")
    shop(
        "iam add-role-to-instance-profile --instance-profile-name Strong --role-name Strong"
    )
    if service == "lambda.amazonaws.com" and "iam:PassRole" not in path["required"]:
        code: dict[str, Any] = {
            "Runtime": "python3.13",
            "Handler": "m.h",
            "Code": {"ZipFile": b"zip"},
        }
        arn = shop.account.arn(shop.account.roles["strong"])
        shop.call("lambda", "CreateFunction", FunctionName="jobs", Role=arn, **code)
    shop.hire("kim", allow(permissions))
    [surveyed] = survey(shop.account, AT, [shop.account.users["kim"]])
    return next((ascent for ascent in surveyed.ascents if ascent.everything), None)


@each_row(((path,) for path in PATHS), lambda path: path["id"])
def test_each_way_to_run_code_as_a_role_is_found(path: dict[str, Any]):
    ascent = _ascent(path, path["required"])
    assert (ascent is None) == (path["id"] in UNSEEN)


@each_row(((path,) for path in PATHS), lambda path: path["id"])
def test_a_way_that_lacks_a_permission_is_none(path: dict[str, Any]):
    needless = NEEDLESS.get(path["id"], set())
    for permission in path["required"]:
        rest = [each for each in path["required"] if each != permission]
        ascent = _ascent(path, rest) if rest else None
        assert (ascent is not None) == (permission in needless), permission


def _iam_ascents(permissions: list[str]) -> bool:
    """Tell whether somebody with these permissions has a way to everything, among people and roles that have it."""
    shop = Shop()
    for name in ("boss", "chief"):
        shop.hire(name, allow("*"))
    shop("iam create-access-key --user-name chief")
    shop("iam create-login-profile --user-name chief --password Latte-art-77x!")
    shop.role("Strong", trust(service="ec2.amazonaws.com"), allow("*"))
    shop.role("Open", trust(f"arn:aws:iam::{ID}:root"), allow("*"))
    shop("iam create-group --group-name Staff")
    shop("iam create-group --group-name Bosses")
    shop(f"iam attach-group-policy --group-name Bosses --policy-arn {ADMIN}")
    text = quote(allow(permissions or ["s3:ListAllMyBuckets"]))
    shop(f"iam create-policy --policy-name Own --policy-document {text}")
    shop.hire("kim")
    shop.role("Worn", trust(user("kim")))
    shop(f"iam attach-user-policy --user-name kim --policy-arn {local('Own')}")
    shop("iam add-user-to-group --user-name kim --group-name Staff")
    [surveyed] = survey(shop.account, AT, [shop.account.users["kim"]])
    return any(ascent.everything for ascent in surveyed.ascents)


@each_row(((path,) for path in PATHS_OF_IAM), lambda path: path["id"])
def test_each_way_to_change_what_somebody_holds_is_found(path: dict[str, Any]):
    assert _iam_ascents(path["required"])


def test_who_may_do_none_of_this_has_no_way_to_everything():
    assert not _iam_ascents([])
