"""Exported scripts run to the end by the real AWS CLI against moto's server, and their counterparts empty it again.

By version 1 of the extra `peers`, and by version 2 where it is installed, each kept running: a start costs more than a
call. Two scenarios' scripts; with COFFEESHOP_REAL_CLI=all those of all of them. moto cannot answer all that they ask:
what it is taught for it is in `moto_taught.py`, openly.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account
from coffeeshop.account.organization import Organization
from coffeeshop.account.records.authorization_details import import_details
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.export import export_play
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.load import load
from tests.account.command.moto_taught import teach
from tests.real_cli import VERSIONS, WHOLE, kept

NEEDED = ("awscli", "boto3", "moto", "flask")
pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, NEEDED)) or shutil.which("bash") is None,
        reason=f"bash or one of {', '.join(NEEDED)} is absent (extra: peers)",
    ),
]

ROOT = Path(__file__).parents[3]
SCENARIOS = sorted(
    path.parent for path in (ROOT / "scenarios").glob("[0-9C]*/scenario.toml")
)
# Several accounts; all kinds of things.
WIDEST = [folder for folder in SCENARIOS if folder.name[:2] in {"24", "26"}]
RUN = SCENARIOS if WHOLE else WIDEST
ID, KEY = (
    "123456789012",
    ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""),
)

CLIENT = """\
#!{python} -SE
import json, os, socket, sys
argv = sys.argv[1:]
if argv[:1] == ["login"]:
    sys.exit(1)  # nobody is at a browser
if argv != ["--version"] and argv[0] != "configure":
    argv += ["--endpoint-url", {url!r}]  # version 1 heeds no variable for SQS
asked = {{"argv": argv, "folder": os.getcwd(), "env": dict(os.environ), "send": True}}
with socket.socket(socket.AF_UNIX) as s:
    s.connect({path!r})
    s.sendall(json.dumps(asked).encode() + b"\\n")
    said = json.loads(s.makefile().readline())
sys.stdout.write(said["out"])
sys.stderr.write(said["err"])
sys.exit(said["code"])
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of moto's server."""
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    from moto.server import ThreadedMotoServer

    with pytest.MonkeyPatch.context() as patched:
        teach(patched)
        running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        running.start()
        host, port = running.get_host_and_port()
        yield f"http://{host}:{port}"
        running.stop()


@pytest.fixture(scope="module", params=VERSIONS)
def cli(
    request: pytest.FixtureRequest, server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder with the `aws` that talks to that server, and a HOME without anything."""
    folder = tmp_path_factory.mktemp("cli")
    with kept(request.param, folder) as running:
        words = CLIENT.format(python=sys.executable, url=server, path=str(running.path))
        for name, text in {"aws": words, "sleep": "#!/bin/sh\n"}.items():
            (folder / name).write_text(text, "utf-8")
            (folder / name).chmod(0o755)
        yield folder


def typed(line: str, play: Play, moto: Moto) -> tuple[str, ...]:
    """What a person types at a line of a script: where somebody signs in, a key of the account that they are of."""
    if line.startswith("sign_in "):
        profile = line.split()[1]
        others = play.account.others.values()
        return moto.key(next((one.id for one in others if profile in profiles(one)), ID))
    return {"read -rp": ("123456",), "by_hand ": ("",)}.get(line[:8], ())


def profiles(account: Account) -> set[str]:
    """The names of an account's credentials: its root user's is the account's."""
    return {
        account.name,
        *(credential.profile for credential in account.credentials.values()),
    }


def run(script: str, cli: Path, answers: list[str], **variables: str) -> None:
    """Let bash run a script in moto's account; whatever it asks for is typed."""
    passwords = dict.fromkeys(
        re.findall(r"^ask (\w+)", script, re.MULTILINE), "Latte-art-at-7"
    )
    keys = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), KEY, strict=False))
    env = {
        "PATH": f"{cli}:{os.environ['PATH']}",
        "HOME": str(cli),
        "AWS_EC2_METADATA_DISABLED": "true",
        **keys,
        **passwords,
        **variables,
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=cli,
        env=env,
        input="".join(f"{line}\n" for line in answers),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------- portraits
class Moto:
    """One of moto's accounts, as boto3 sees it: the one that scripts are for, or that of a session's key."""

    def __init__(self, url: str, key: tuple[str, str, str] = KEY) -> None:
        import boto3

        self.url = url
        self.client = lambda service: boto3.client(
            service, endpoint_url=url, region_name="us-east-1",
            aws_access_key_id=key[0], aws_secret_access_key=key[1], aws_session_token=key[2] or None,
        )  # fmt: skip

    def key(self, id: str) -> tuple[str, str, str]:
        """A key of an account: moto has a session of a role be in the account of the role's ARN."""
        if id == ID:
            return KEY
        role = f"arn:aws:iam::{id}:role/owner"
        made = self.client("sts").assume_role(RoleArn=role, RoleSessionName="owner")[
            "Credentials"
        ]
        return made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]

    def elsewhere(self, id: str) -> Moto:
        """Another of moto's accounts."""
        return Moto(self.url, self.key(id))

    def account(self, at: Any) -> Account:
        found = self.client("iam").get_account_authorization_details(
            Filter=["User", "Group", "Role", "LocalManagedPolicy"]
        )
        return import_details(
            json.dumps({name: found[name] for name in LISTS}, default=str), b"", at
        )[0]

    def data(self) -> dict[str, Any]:
        """All that is no identity: names, and what they hold."""
        s3, dynamodb = self.client("s3"), self.client("dynamodb")
        buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        tables = dynamodb.list_tables()["TableNames"]
        return {
            "buckets": {
                name: sorted(
                    o["Key"] for o in s3.list_objects_v2(Bucket=name).get("Contents", [])
                )
                for name in buckets
            },
            "tables": {name: dynamodb.scan(TableName=name)["Count"] for name in tables},
            "queues": sorted(
                url.rpartition("/")[2]
                for url in self.client("sqs").list_queues().get("QueueUrls", [])
            ),
            "functions": sorted(
                f["FunctionName"]
                for f in self.client("lambda").list_functions()["Functions"]
            ),
            "devices": sorted(
                d["SerialNumber"]
                for d in self.client("iam").list_virtual_mfa_devices()["VirtualMFADevices"]
            ),
        }

    def organization(self) -> dict[str, Any]:
        """The organization that the account manages: its places, and what hangs on each."""
        org = self.client("organizations")
        policies = {
            one["Name"]: json.loads(
                org.describe_policy(PolicyId=one["Id"])["Policy"]["Content"]
            )
            for one in org.list_policies(Filter=SCP)["Policies"]
            if not one["AwsManaged"]
        }
        places = self._places(org, org.list_roots()["Roots"][0]["Id"], "Root")
        return {"policies": policies, "places": dict(places)}

    def _places(self, org: Any, id: str, path: str) -> Iterator[tuple[str, list[str]]]:
        hung = org.list_policies_for_target(TargetId=id, Filter=SCP)["Policies"]
        yield path, sorted(one["Name"] for one in hung)
        if path[-12:].isdigit():
            return
        for unit in org.list_organizational_units_for_parent(ParentId=id)[
            "OrganizationalUnits"
        ]:
            yield from self._places(org, unit["Id"], f"{path}/{unit['Name']}")
        for member in org.list_accounts_for_parent(ParentId=id)["Accounts"]:
            yield from self._places(org, member["Id"], f"{path}/{member['Id']}")


SCP = "SERVICE_CONTROL_POLICY"
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def identities(account: Account) -> dict[str, Any]:
    """Users, groups, roles and policies without what each account gives them (ids, dates, secrets), and without what moto
    does not keep, which is the boundary of a user.
    """
    entities = (*account.users.values(), *account.groups.values(), *account.roles.values())
    told: dict[str, Any] = {
        account.arn(entity): (
            sorted(entity.attached),
            {name: json.loads(document.text) for name, document in entity.inline.items()},
            sorted(
                group.name
                for id in getattr(entity, "groups", ())
                if (group := account.entity_by_id(id))
            ),
            dict(getattr(entity, "tags", {})),
            entity.boundary if isinstance(entity, Role) else "",
            json.loads(trust.text) if (trust := getattr(entity, "trust", None)) else None,
        )
        for entity in entities
    }
    told |= {
        arn: json.loads(policy.document.text) for arn, policy in account.policies.items()
    }
    return told


def data(account: Account) -> dict[str, Any]:
    """All that is no identity in a play's account: names, and what they hold."""
    return {
        "buckets": {
            named(name): sorted(bucket.objects) for name, bucket in account.buckets.items()
        },
        "tables": {name: len(table.items) for name, table in account.tables.items()},
        "queues": sorted(account.queues),
        "functions": sorted(account.functions),
        "devices": sorted(serial for serial in account.devices if ":mfa/" in serial),
    }


def organization(above: Organization) -> dict[str, Any]:
    """A play's organization, told as moto's is."""
    made = above.policies.values()

    def path(id: str) -> str:
        parent = above.units[id].parent if id in above.units else above.members[id].parent
        name = above.units[id].name if id in above.units else id
        return f"{path(parent)}/{name}" if parent else name

    def called(id: str) -> str:
        return above.policies[id].name if id in above.policies else id.removeprefix("p-")

    return {
        "policies": {policy.name: json.loads(policy.document.text) for policy in made},
        "places": {
            path(id): sorted(
                map(called, above.attached[id])
            )  # every place has AWS's own, or another
            for id in (*above.units, *above.members)
        },
    }


def named(bucket: str) -> str:
    return f"coffeeshop-{ID}-{bucket.removeprefix('coffeeshop-').lower()}"


def there(told: dict[str, Any], play: Play) -> dict[str, Any]:
    """The play's account in the words of moto's."""
    text = json.dumps(told)
    for name in play.account.buckets:
        text = text.replace(f"arn:aws:s3:::{name}", f"arn:aws:s3:::{named(name)}")
    text = text.replace("arn:aws:s3:::coffeeshop-*", f"arn:aws:s3:::coffeeshop-{ID}-*")
    return json.loads(text.replace(play.account.id, ID))


# ------------------------------------------------------------------------ tests
@pytest.mark.parametrize("folder", RUN, ids=lambda folder: folder.name)
def test_a_script_makes_the_account_of_the_play_and_its_counterpart_takes_it_away(
    folder: Path, server: str, cli: Path
):
    scenario = load(folder)
    play, moto = run_play(scenario, scenario.solution), Moto(server)
    urlopen(Request(f"{server}/moto-api/reset", method="POST")).close()
    given = {"MENU_BOARD": "i-0c0ffee5b0a2d0001", "HARDWARE_TOKEN": "GAHT99999999"}
    script = export_play(play, "script", Record(play.now))
    run(
        script,
        cli,
        [said for line in script.splitlines() for said in typed(line, play, moto)],
        **given,
    )
    for one in (play.account, *play.account.others.values()):
        there_too = moto if one is play.account else moto.elsewhere(one.id)
        assert json.loads(json.dumps(identities(there_too.account(play.now)))) == there(
            identities(one), play
        )
        assert there_too.data() == there(data(one), play)
        if one.organization:
            assert there_too.organization() == there(organization(one.organization), play)
    for _ in range(1 if RUN is WIDEST else 2):  # what is gone already is passed over
        run(export_play(play, "undo", Record(play.now)), cli, [], **given)
        assert identities(moto.account(play.now)) == {}
        assert not any(moto.data().values())
