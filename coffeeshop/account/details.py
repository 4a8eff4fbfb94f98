"""Import and export of GetAccountAuthorizationDetails: a real account's identities and policies, to be looked at here.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
Not in the document, so absent after an import: secrets, resource policies, service control policies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote

from coffeeshop.account import documents, ids, reports, sessions
from coffeeshop.account.model import (
    Account,
    Document,
    Group,
    LoginProfile,
    ManagedPolicy,
    MfaDevice,
    PolicyVersion,
    Role,
    Use,
    User,
)
from coffeeshop.policy.model import Kind, Level, Place, Policy, Problem
from coffeeshop.policy.parse import examine

Row = Mapping[str, Any]


class UnreadableDetailsError(Exception):
    """The file is no authorization details; `problems` says where and why, all at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def exported(account: Account) -> str:
    """The account's authorization details as JSON text."""
    return json.dumps(reports.details(account), indent=4)


def imported(text: str, seed: bytes, at: datetime, report: str = "") -> tuple[Account, tuple[Problem, ...]]:
    """The account that a details file (and perhaps a credential report) describes, as it stood at `at`.

    Documents may be objects or URL-encoded text. Those that IAM would refuse are kept, speak of nothing, and come back
    as problems. Raises UnreadableDetailsError where the file is no such thing.
    """
    whole = _read(text)
    reader = _Reader()
    rows = {name: _rows(whole, name) for name in reports.LISTS.values()}
    problems = [problem for name, found in rows.items() for problem in _lacking(name, found)]
    if problems:
        raise UnreadableDetailsError(problems)
    account = ids.opened(_account_id(rows), seed, at, "owner@example.com", "")
    for name, built in BUILT.items():
        for n, row in enumerate(rows[name]):
            try:
                account = built(account, reader, row)
            except (KeyError, TypeError, ValueError, AttributeError) as wrong:
                problems.append(_problem("bad-row", f"{name}[{n}]", f"the row cannot be read: {wrong!r}"))
    if problems:
        raise UnreadableDetailsError(problems)
    return _reported(account, report, at) if report else account, tuple(reader.problems)


# -------------------------------------------------------------------- reading
def _read(text: str) -> Row:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise _unreadable("", f"the file is no JSON: {wrong}") from None
    if not isinstance(whole, dict) or not any(name in whole for name in reports.LISTS.values()):
        raise _unreadable("", "the file holds none of UserDetailList, GroupDetailList, RoleDetailList, Policies")
    return cast("Row", whole)


def _unreadable(path: str, text: str) -> UnreadableDetailsError:
    return UnreadableDetailsError([_problem("not-details", path, text)])


def _problem(code: str, path: str, text: str) -> Problem:
    mend = "write it with `aws iam get-account-authorization-details --output json`"
    return Problem(Level.ERROR, code, Place(path), text, mend)


def _rows(whole: Row, name: str) -> list[Row]:
    found = whole.get(name, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in cast("list[Any]", found)):
        raise _unreadable(name, f"`{name}` is no list of objects")
    return cast("list[Row]", found)


NEEDED: Mapping[str, tuple[str, ...]] = {
    "UserDetailList": ("UserName", "UserId", "Arn", "Path", "CreateDate"),
    "GroupDetailList": ("GroupName", "GroupId", "Arn", "Path", "CreateDate"),
    "RoleDetailList": ("RoleName", "RoleId", "Arn", "Path", "CreateDate", "AssumeRolePolicyDocument"),
    "Policies": ("PolicyName", "PolicyId", "Arn", "Path", "CreateDate", "DefaultVersionId", "PolicyVersionList"),
}


def _lacking(name: str, rows: list[Row]) -> Iterator[Problem]:
    for n, row in enumerate(rows):
        for member in NEEDED[name]:
            if member not in row:
                yield _problem("missing-member", f"{name}[{n}]", f"`{member}` is missing")
            elif member == "CreateDate" and _date(row[member]) is None:
                yield _problem("bad-date", f"{name}[{n}]", f"`{row[member]}` is no date")


def _date(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _account_id(rows: Mapping[str, list[Row]]) -> str:
    """Whose ARNs these are; AWS's own policies aside."""
    arns = (str(row["Arn"]).split(":") for found in rows.values() for row in found)
    return next((parts[4] for parts in arns if len(parts) > 4 and parts[4].isdigit()), "111122223333")


def _named(row: Row, kind: str) -> tuple[str, str, str, datetime]:
    created = _date(row["CreateDate"])
    assert created is not None, "checked by _lacking"
    return str(row[f"{kind}Id"]), str(row[f"{kind}Name"]), str(row["Path"]), created


def _attached(row: Row) -> tuple[str, ...]:
    return tuple(str(policy["PolicyArn"]) for policy in row.get("AttachedManagedPolicies", ()))


def _tags(row: Row) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in row.get("Tags", ())}


def _boundary(row: Row) -> str:
    return str(row.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""))


class _Reader:
    """Documents while they are read: those that do not parse are kept and complained of."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def document(self, value: object, kind: Kind, name: str, place: str) -> Document:
        """A document, given as an object or as URL-encoded JSON."""
        text = unquote(value) if isinstance(value, str) else json.dumps(value, indent=2)
        policy, problems = examine(text, kind, name)
        if policy is None:
            faults = (problem for problem in problems if problem.level is Level.ERROR)
            self.problems += [replace(problem, place=replace(problem.place, path=place)) for problem in faults]
        return Document(text, policy or Policy((), text, name))

    def inline(self, row: Row, kind: str) -> dict[str, Document]:
        """The inline policies of a row by lower-cased name."""
        owner = row[f"{kind}Name"]
        return {
            str(p["PolicyName"]).lower(): self.document(
                p["PolicyDocument"], Kind.IDENTITY, str(p["PolicyName"]), f"{owner}/{p['PolicyName']}"
            )
            for p in row.get(f"{kind}PolicyList", ())
        }


def _policy(account: Account, reader: _Reader, row: Row) -> Account:
    """A managed policy of the account's, or one of AWS's that this account's AWS does not have."""
    arn = str(row["Arn"])
    if documents.aws_policy(arn):
        return account
    id, name, path, created = _named(row, "Policy")
    versions = sorted(
        row["PolicyVersionList"], key=lambda version: int(str(version["VersionId"]).removeprefix("v").split(".")[0])
    )
    held = tuple(
        PolicyVersion(
            str(version["VersionId"]),
            reader.document(version["Document"], Kind.IDENTITY, arn, f"{name} {version['VersionId']}"),
            _date(version.get("CreateDate")) or created,
        )
        for version in versions
    )
    minted = max(int(version.id.removeprefix("v").split(".")[0]) for version in held)
    updated = _date(row.get("UpdateDate")) or created
    default, described = str(row["DefaultVersionId"]), str(row.get("Description", ""))
    made = ManagedPolicy(arn, id, name, path, created, updated, held, default, minted, described)
    return replace(account, policies=account.policies.put(arn, made))


def _group(account: Account, reader: _Reader, row: Row) -> Account:
    return account.put(Group(*_named(row, "Group"), _attached(row), reader.inline(row, "Group")))


def _user(account: Account, reader: _Reader, row: Row) -> Account:
    names = [str(name).lower() for name in row.get("GroupList", ())]
    groups = tuple(account.groups[name].id for name in names if name in account.groups)
    inline = reader.inline(row, "User")
    return account.put(User(*_named(row, "User"), _tags(row), groups, _attached(row), inline, _boundary(row)))


def _role(account: Account, reader: _Reader, row: Row) -> Account:
    trust = reader.document(row["AssumeRolePolicyDocument"], Kind.TRUST, "trust policy", f"{row['RoleName']} trust")
    longest = int(row.get("MaxSessionDuration", 3600))
    role = Role(*_named(row, "Role"), trust, str(row.get("Description", "")), longest, _tags(row), _attached(row))
    account = account.put(replace(role, inline=reader.inline(row, "Role"), boundary=_boundary(row)))
    last = row.get("RoleLastUsed", {})
    if (used := _date(last.get("LastUsedDate"))) is None:
        return account
    use = Use(used, str(last.get("Region", ids.REGION)), "")
    return replace(account, usage=account.usage.put(role.id, {"": use}))


BUILT: Mapping[str, Callable[[Account, _Reader, Row], Account]] = {  # groups before their members
    "Policies": _policy,
    "GroupDetailList": _group,
    "UserDetailList": _user,
    "RoleDetailList": _role,
}


# ------------------------------------------------------------ credential report
def _reported(account: Account, report: str, at: datetime) -> Account:
    """The account with the passwords, keys and devices of a credential report: they exist, nobody knows their secrets."""
    import csv  # few accounts come with a report

    rows = csv.DictReader(report.splitlines())
    if lacking := [name for name in reports.COLUMNS if name not in (rows.fieldnames or ())]:
        raise UnreadableDetailsError([_problem("not-a-report", lacking[0], "the credential report lacks this column")])
    for row in rows:
        user = account.users.get(row["user"].lower())
        owner, name = (user.id, user.name) if user else (account.id, "root")
        if user and row["password_enabled"] == "true":
            changed = _date(row["password_last_changed"]) or user.created
            login = LoginProfile(user.created, changed, ("",), used=_date(row["password_last_used"]))
            account = account.put(replace(user, login=login))
        for n in (1, 2):
            account = _key(account, owner, name, row, f"access_key_{n}")
        if row["mfa_active"] == "true":
            serial = ids.arn(account, "mfa", name)
            device = MfaDevice(serial, ids.mfa_seed(account, serial, 1), at, owner, at)
            account = replace(account, devices=account.devices.put(serial, device))
    return account


def _key(account: Account, owner: str, name: str, row: Mapping[str, str], column: str) -> Account:
    created = _date(row[f"{column}_last_rotated"])
    if created is None:
        return account
    account, key = sessions.new_key(replace(account, calls=account.calls + 1), owner, name, created)
    status = "Active" if row[f"{column}_active"] == "true" else "Inactive"
    account = replace(account, credentials=account.credentials.put(key.id, replace(key, status=status)))
    if used := _date(row[f"{column}_last_used_date"]):
        use = Use(used, row[f"{column}_last_used_region"], row[f"{column}_last_used_service"])
        account = replace(account, usage=account.usage.put(key.id, {"": use}))
    return account
