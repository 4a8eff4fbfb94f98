"""What the command tests share: a small account, one moment, and reading a line in it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access import sessions
from coffeeshop.account.command import read_act
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Act, Call, Job
from coffeeshop.account.resources import Bucket
from coffeeshop.policy.model import Problem

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
FILES = {
    "policies/till.json": b'{\r\n  "Version": "2012-10-17"\r\n}',
    "receipt.json": b'{"total": 4}',
    "picture.png": b"\x89PNG\xff",
}


def _account() -> Account:
    account = ids.new_account(
        "111122223333", b"seed", AT, "owner@shop.example", "espresso-Doppio-7"
    )
    account, _ = sessions.new_key(account, account.id, "root", AT)
    for name, keys in (("casey", 2), ("robin", 1), ("sam", 0)):
        account, id = ids.new_unique_id(account, "user", name)
        account = account.put(User(id, name, "/", AT))
        for _ in range(keys):
            account, _ = sessions.new_key(account, id, name, AT)
    casey, robin = account.users["casey"].id, account.users["robin"].id
    devices = account.devices
    for name, owner, seed in (
        ("casey", casey, SEED),
        ("robin", robin, SEED),
        ("robin2", robin, SEED),
        ("spare", "", SEED),
        ("owner", account.id, SEED),
    ):
        serial = f"arn:aws:iam::111122223333:mfa/{name}"
        devices = devices.put(
            serial, MfaDevice(serial, seed, AT, owner, AT if owner else None)
        )
    key = "arn:aws:iam::111122223333:u2f/user/sam/yubi-ABC"
    devices = devices.put(key, MfaDevice(key, "", AT, account.users["sam"].id, AT))
    buckets = account.buckets.put(
        "coffeeshop-receipts", Bucket("coffeeshop-receipts", AT, "us-east-1")
    )
    return replace(account, devices=devices, buckets=buckets)


WORLD = _account()
JOB = "0" * 36
WITH_JOB = replace(WORLD, jobs=WORLD.jobs.put(JOB, Job("arn", "SERVICE_LEVEL", AT, WORLD)))


def act(
    line: str,
    account: Account = WORLD,
    files: Mapping[str, bytes] = FILES,
    profile: str = "root",
) -> Act:
    """The act of a line that can be read."""
    found = read_act(line, account, AT, files, profile)
    assert isinstance(found, Act), [str(problem) for problem in found]
    return found


def call(line: str, account: Account = WORLD) -> Call:
    return act(line, account).call


def problems(
    line: str, account: Account = WORLD, files: Mapping[str, bytes] = FILES
) -> tuple[Problem, ...]:
    """The problems of a line that cannot."""
    found = read_act(line, account, AT, files)
    assert isinstance(found, tuple), found
    assert found
    return found


def said(line: str, account: Account = WORLD) -> list[tuple[str, int, str]]:
    """Code, column and text of each problem."""
    return [
        (problem.code, problem.place.column, problem.text)
        for problem in problems(line, account)
    ]
