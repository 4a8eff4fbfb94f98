"""How much processor time calls take in a big account: `python bench/account.py`. 5,000 users, 300 groups, 1,000 roles."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.door import handle, replay
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Account, Act, Call, Caller, Key
from coffeeshop.account.values import Json

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
USERS, GROUPS, ROLES = 5000, 300, 1000
TRUST = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
    '"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}}'
)
RECEIPTS = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
    '"Action":"s3:ListBucket","Resource":"arn:aws:s3:::coffeeshop-receipts"}}'
)


def calls() -> Iterator[Call]:
    """The calls that make the big account; each user is in one group, each role has an inline policy."""
    yield Call("s3", "CreateBucket", {"Bucket": "coffeeshop-receipts"})
    for n in range(GROUPS):
        yield Call("iam", "CreateGroup", {"GroupName": f"group-{n}"})
        yield Call(
            "iam",
            "PutGroupPolicy",
            {
                "GroupName": f"group-{n}",
                "PolicyName": "receipts",
                "PolicyDocument": RECEIPTS,
            },
        )
    for n in range(USERS - 1):  # and Ada
        yield Call("iam", "CreateUser", {"UserName": f"user-{n}"})
        yield Call(
            "iam",
            "AddUserToGroup",
            {"UserName": f"user-{n}", "GroupName": f"group-{n % GROUPS}"},
        )
    for n in range(ROLES):
        yield Call(
            "iam",
            "CreateRole",
            {"RoleName": f"role-{n}", "AssumeRolePolicyDocument": TRUST},
        )
        yield Call(
            "iam",
            "PutRolePolicy",
            {"RoleName": f"role-{n}", "PolicyName": "receipts", "PolicyDocument": RECEIPTS},
        )


def big() -> tuple[Account, Caller, float, int]:
    """The account, its administrator, how long its replay took and how many calls that were."""
    account = new_account("111122223333", b"bench", AT, "owner@shop.example", "Espresso-1!")
    account, root = mint_credential(account, account.root_arn, "password", AT)
    for call in (
        Call("iam", "CreateUser", {"UserName": "ada"}),
        Call(
            "iam",
            "AttachUserPolicy",
            {"UserName": "ada", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        Call("iam", "CreateAccessKey", {"UserName": "ada"}),
    ):
        account = handle(account, Act(AT, root, call)).account
    ada = next(Key(id) for id in account.credentials if id.startswith("AKIA"))
    acts = [Act(AT + timedelta(seconds=n), ada, call) for n, call in enumerate(calls())]
    start = time.process_time()
    outcomes = replay(account, acts)
    took = time.process_time() - start
    assert all(outcome.has_succeeded for outcome in outcomes)
    return outcomes[-1].account, ada, took, len(acts)


def measured() -> dict[str, dict[str, Json]]:
    """One call of each sort, in the big account."""
    user, role = {"UserName": "user-77"}, {"RoleName": "role-77"}
    arn = "arn:aws:iam::111122223333"
    return {
        "iam CreateGroup": {"GroupName": "one too many"},
        "iam GetUser": dict(user),
        "iam ListUsers": {},
        "iam UpdateUser": {**user, "NewUserName": "renamed"},
        "iam ListGroups": {},
        "iam GetGroup": {"GroupName": "group-7"},
        "iam DeleteRole": {"RoleName": "role-none"},
        "iam ListRoles": {"MaxItems": 1000},
        "iam UpdateAssumeRolePolicy": {**role, "PolicyDocument": TRUST},
        "iam CreatePolicy": {"PolicyName": "p", "PolicyDocument": RECEIPTS},
        "iam ListPolicies": {},
        "iam ListEntitiesForPolicy": {
            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"
        },
        "iam AttachUserPolicy": {
            **user,
            "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        },
        "iam CreateAccessKey": dict(user),
        "iam CreateLoginProfile": {**user, "Password": "Espresso-1!"},
        "iam GetAccountSummary": {},
        "iam GetAccountAuthorizationDetails": {},
        "iam GenerateCredentialReport": {},
        "iam GetCredentialReport": {},
        "sts GetCallerIdentity": {},
        "sts AssumeRole": {"RoleArn": f"{arn}:role/role-77", "RoleSessionName": "till"},
        "s3 ListObjectsV2": {"Bucket": "coffeeshop-receipts"},
        "s3 PutObject": {
            "Bucket": "coffeeshop-receipts",
            "Key": "0412.json",
            "Body": b"{}",
        },
    }


def timed(run: Callable[[], object], times: int = 9) -> tuple[float, float]:
    """Median and worst, in milliseconds."""
    found: list[float] = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append((time.process_time() - start) * 1000)
    return median(found), max(found)


def main() -> None:
    """Print the table."""
    account, ada, took, count = big()
    print(
        f"replay of {count:,} calls: {took:.2f} s of processor time ({took / count * 1000:.3f} ms a call)"
    )
    print(
        f"in an account of {USERS:,} users, {GROUPS} groups, {ROLES:,} roles:\n{'call':<38}{'median ms':>10}{'worst ms':>10}"
    )
    at = AT + timedelta(days=1)
    for name, parameters in measured().items():
        service, operation = name.split()
        act = Act(at, ada, Call(service, operation, parameters))
        mid, worst = timed(lambda act=act, account=account: handle(account, act))
        if operation == "GenerateCredentialReport":
            account = handle(account, act).account
        print(f"{name:<38}{mid:>10.2f}{worst:>10.2f}")


if __name__ == "__main__":
    sys.exit(main())
