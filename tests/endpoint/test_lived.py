"""The whole article, lived by real clients; and what Terraform's provider calls for IAM's resources."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from botocore import xform_name
from botocore.exceptions import ClientError

from coffeeshop.account import ids
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Act, Key, Outcome, ServiceError
from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.http import Http
from coffeeshop.endpoint.message import Request
from coffeeshop.lessons.play.in_memory import InMemory
from coffeeshop.lessons.play.script import run_script
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.player import Player
from tests.endpoint.shop import Shop, opened, wall
from tests.endpoint.test_cli import version_2

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[1] / "account" / "article"
SCRIPT = (FOLDER / "solution.sh").read_text("utf-8")


def article() -> tuple[Shop, list[tuple[str, Outcome]]]:
    """A shop in which the article has yet to happen, and what is to happen, by line."""
    scenario, lines = load(FOLDER), SCRIPT.splitlines()
    player = Player(InMemory())
    player.open_without_folder(scenario)
    steps = run_script(
        scenario.opening, SCRIPT, scenario.now, scenario.files, scenario.desk[0]
    )
    return Shop(player), [
        (lines[step.number - 1], outcome) for step in steps for outcome in step.outcomes
    ]


def wait(shop: Shop, act: Act) -> None:
    """Lets time pass in the play until an act happens."""
    clock = shop.endpoint.clock
    clock.read(shop.player.playing)
    clock.ahead = wall() - act.at
    if last := shop.player.playing.play.last:
        clock.note(last)


def keys(account: Account, caller: Key) -> dict[str, str]:
    found = account.credentials[caller.id]
    token = (
        {"aws_session_token": ids.session_token(account, found)}
        if isinstance(found, Session)
        else {}
    )
    return {
        "aws_access_key_id": caller.id,
        "aws_secret_access_key": ids.secret_key(account, caller.id),
        **token,
    }


def in_the_console(shop: Shop, act: Act) -> str:
    """The code with which an act of the console is refused: signing in by the endpoint's page, all else by the app."""
    if act.call.operation == "SignIn":
        form = urlencode(
            {name: str(value) for name, value in act.call.parameters.items()}
        ).encode()
        response = shop.endpoint.answer(
            Request("POST", "/v1/signin", "", {"host": "127.0.0.1"}, form)
        )
        if response.status == 403:
            return "AccessDenied"
    else:
        shop.player.perform(act.caller, act.call, act.at)
    answer = shop.player.playing.play.outcomes[-1].answer
    return answer.code if isinstance(answer, ServiceError) else ""


def thawed(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: thawed(one) for name, one in value.items()}
        case tuple():
            return [thawed(one) for one in value]
        case _:
            return value


def by_boto3(shop: Shop, act: Act) -> str:
    """The code with which boto3 is refused; "" where it is not."""
    assert isinstance(act.caller, Key), "the article has nobody call but people"
    client = shop.client(
        act.call.service, keys=keys(shop.player.playing.play.account, act.caller)
    )
    try:
        getattr(client, xform_name(act.call.operation))(**thawed(act.call.parameters))
    except ClientError as refused:
        return refused.response["Error"]["Code"]
    return ""


def codes(happens: list[tuple[str, Outcome]]) -> list[str]:
    return [
        outcome.answer.code if isinstance(outcome.answer, ServiceError) else ""
        for _, outcome in happens
    ]


def same(shop: Shop, happens: list[tuple[str, Outcome]]) -> None:
    """Holds that what real clients did is what the script does, by the same credentials, and comes to the same. A sign-in
    that failed is no act.
    """
    done = [
        (act.caller, act.call.service, act.call.operation)
        for act in shop.player.playing.play.acts
    ]
    kept = [
        o.act for _, o in happens if o.has_succeeded or o.act.call.operation != "SignIn"
    ]
    assert done == [(act.caller, act.call.service, act.call.operation) for act in kept]
    after, wanted = shop.player.playing.play.account, happens[-1][1].account
    assert (after.tables.keys(), after.credentials.keys()) == (
        wanted.tables.keys(),
        wanted.credentials.keys(),
    )


def test_the_article_is_lived_through_boto3():
    shop, happens = article()
    said: list[str] = []
    for _, outcome in happens:
        wait(shop, outcome.act)
        said.append(
            (in_the_console if outcome.act.call.service == "console" else by_boto3)(
                shop, outcome.act
            )
        )
    assert said == codes(happens)
    same(shop, happens)


def typed(line: str, act: Act) -> list[str]:
    """A line of the script as it is typed into a shell, with the codes that the phone showed."""
    words = shlex.split(line, comments=True)[1:]
    at = words.index("--profile")
    words = words[:at] + words[at + 2 :]
    shown = {
        "--authentication-code1": "AuthenticationCode1",
        "--authentication-code2": "AuthenticationCode2",
    }
    return [
        str(act.call.parameters[shown[before]]) if before in shown else word
        for before, word in zip(["", *words], words, strict=False)
    ]


@pytest.mark.peers
@pytest.mark.timeout(1200)  # half a minute, where nothing else runs
async def test_the_article_is_lived_through_the_real_cli(tmp_path: Path):
    cli = version_2()
    shop, happens = article()
    server = uvicorn.Server(
        uvicorn.Config(
            App(shop.endpoint), port=0, http=Http, lifespan="off", log_level="critical"
        )
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    fixed = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    said: list[str] = []
    for line, outcome in happens:
        act = outcome.act
        wait(shop, act)
        if act.call.service == "console":
            said.append(in_the_console(shop, act))
            continue
        assert isinstance(act.caller, Key), "the article has nobody call but people"
        held = {
            name.upper(): value
            for name, value in keys(shop.player.playing.play.account, act.caller).items()
        }
        env = {
            **fixed,
            **held,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        pipes = {"stdout": asyncio.subprocess.DEVNULL, "stderr": asyncio.subprocess.PIPE}
        done = await asyncio.create_subprocess_exec(
            cli, *typed(line, act), env=env, cwd=tmp_path, **pipes
        )
        _, errors = await done.communicate()
        said.append(
            errors.decode().partition("(")[2].partition(")")[0] if done.returncode else ""
        )
    server.should_exit = True
    await running
    assert said == codes(happens)
    same(shop, happens)


# ------------------------------------------------------------------------- Terraform
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}],
}
ARN = "arn:aws:iam::111122223333:policy/tf"
TAGS = [{"Key": "team", "Value": "till"}]
# What the provider calls, in its order, for a plan that makes a user, a group, a membership, a role, a policy and three
# attachments, reads them, changes them and takes them away: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
PLAN: list[tuple[str, dict[str, Any]]] = [
    ("create_user", {"UserName": "tf", "Path": "/", "Tags": TAGS}),
    ("get_user", {"UserName": "tf"}),
    ("create_group", {"GroupName": "tf", "Path": "/"}),
    ("get_group", {"GroupName": "tf"}),
    (
        "create_role",
        {
            "RoleName": "tf",
            "Path": "/",
            "AssumeRolePolicyDocument": json.dumps(TRUST),
            "MaxSessionDuration": 3600,
        },
    ),
    ("get_role", {"RoleName": "tf"}),
    ("list_role_policies", {"RoleName": "tf"}),
    ("list_attached_role_policies", {"RoleName": "tf"}),
    (
        "create_policy",
        {"PolicyName": "tf", "Path": "/", "PolicyDocument": json.dumps(POLICY)},
    ),
    ("get_policy", {"PolicyArn": ARN}),
    ("get_policy_version", {"PolicyArn": ARN, "VersionId": "v1"}),
    ("add_user_to_group", {"GroupName": "tf", "UserName": "tf"}),
    ("get_group", {"GroupName": "tf"}),
    ("list_groups_for_user", {"UserName": "tf"}),
    ("attach_role_policy", {"RoleName": "tf", "PolicyArn": ARN}),
    ("list_attached_role_policies", {"RoleName": "tf"}),
    ("attach_user_policy", {"UserName": "tf", "PolicyArn": ARN}),
    ("list_attached_user_policies", {"UserName": "tf"}),
    ("attach_group_policy", {"GroupName": "tf", "PolicyArn": ARN}),
    ("list_attached_group_policies", {"GroupName": "tf"}),
    ("update_assume_role_policy", {"RoleName": "tf", "PolicyDocument": json.dumps(TRUST)}),
    ("update_role", {"RoleName": "tf", "Description": "new", "MaxSessionDuration": 7200}),
    ("tag_role", {"RoleName": "tf", "Tags": TAGS}),
    ("list_policy_versions", {"PolicyArn": ARN}),
    (
        "create_policy_version",
        {"PolicyArn": ARN, "PolicyDocument": json.dumps(POLICY), "SetAsDefault": True},
    ),
    ("untag_user", {"UserName": "tf", "TagKeys": ["team"]}),
    ("update_user", {"UserName": "tf", "NewPath": "/new/"}),
    ("update_group", {"GroupName": "tf", "NewPath": "/new/"}),
    ("detach_group_policy", {"GroupName": "tf", "PolicyArn": ARN}),
    ("detach_user_policy", {"UserName": "tf", "PolicyArn": ARN}),
    ("detach_role_policy", {"RoleName": "tf", "PolicyArn": ARN}),
    ("remove_user_from_group", {"GroupName": "tf", "UserName": "tf"}),
    ("list_policy_versions", {"PolicyArn": ARN}),
    ("delete_policy_version", {"PolicyArn": ARN, "VersionId": "v1"}),
    ("delete_policy", {"PolicyArn": ARN}),
    ("list_instance_profiles_for_role", {"RoleName": "tf"}),
    ("list_attached_role_policies", {"RoleName": "tf"}),
    ("list_role_policies", {"RoleName": "tf"}),
    ("delete_role", {"RoleName": "tf"}),
    ("list_access_keys", {"UserName": "tf"}),
    ("list_ssh_public_keys", {"UserName": "tf"}),
    ("list_virtual_mfa_devices", {"AssignmentStatus": "Assigned"}),
    ("list_mfa_devices", {"UserName": "tf"}),
    ("list_signing_certificates", {"UserName": "tf"}),
    ("list_service_specific_credentials", {"UserName": "tf"}),
    ("delete_user", {"UserName": "tf"}),
    ("delete_group", {"GroupName": "tf"}),
]
GONE = [
    ("get_user", {"UserName": "tf"}),
    ("get_group", {"GroupName": "tf"}),
    ("get_role", {"RoleName": "tf"}),
    ("get_policy", {"PolicyArn": ARN}),
]


def test_terraforms_iam_resources_are_made_read_changed_and_taken_away():
    shop = opened()
    iam, before = shop.client("iam"), shop.player.playing.play.account
    assert shop.client("sts").get_caller_identity()["Account"] == before.id
    for name, parameters in PLAN:
        getattr(iam, name)(**parameters)
    for name, parameters in GONE:
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            getattr(iam, name)(**parameters)
    after = shop.player.playing.play.account
    assert (after.users, after.groups, after.roles, after.policies) == (
        before.users,
        before.groups,
        before.roles,
        before.policies,
    )
