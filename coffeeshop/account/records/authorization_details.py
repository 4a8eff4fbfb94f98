"""Import and export of GetAccountAuthorizationDetails: a real account's identities and policies, to be looked at here.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
Not in the document, so absent after an import: secrets, resource policies, service control policies, and of roles the
description and the longest session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access import sessions
from coffeeshop.account.access.aws_managed_policies import aws_policy
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.credentials import LoginProfile, MfaDevice, Use
from coffeeshop.account.iam_resources import (
    Group,
    InstanceProfile,
    ManagedPolicy,
    PolicyVersion,
    Role,
    User,
)
from coffeeshop.account.model import Account
from coffeeshop.account.records.authorization_details_reader import (
    KINDS,
    WHOLE,
    Detail,
    account_of,
    behind,
    contradictions,
    date,
    described,
    document,
    fault,
    gathered,
    out_of_bounds,
    strange,
    unreadable,
)
from coffeeshop.account.services.iam import reports
from coffeeshop.account.values import Document
from coffeeshop.policy.language.stored_document import parse_stored, statement_number
from coffeeshop.policy.model import Kind, Policy, Problem

AWS_OWN = "arn:aws:iam::aws:"
SHORTEN = "mend it in the account before it is to be changed there"
NOBODY = (
    "owner@example.com",
    "",
    "",
)  # an e-mail address, no password, no name: the document does not tell


def exported(account: Account) -> str:
    """Returns the account's authorization details as JSON text."""
    return json.dumps(reports.all_authorization_details(account), indent=4)


def imported(
    text: str,
    seed: bytes,
    at: datetime,
    report: str | None = None,
    owner: tuple[str, str, str] = NOBODY,
) -> tuple[Account, tuple[Problem, ...]]:
    """Returns the account that a details file (and perhaps a credential report) describes, as it stood at `at`.

    `owner` is root's e-mail address and password, and the account's name. What stays behind comes back as problems: so
    do statements that nobody here understands; they are kept, and count on the safe side (`stored_document`). Raises Problems where the
    file is no such thing.
    """
    whole, told = described(text, at)
    if wrong := tuple(contradictions(whole)):
        raise unreadable(wrong)
    account = ids.new_account(account_of(whole), seed, at, *owner)
    reader = _Reader()
    for name, built in BUILT.items():
        for n, row in enumerate(whole[name]):
            account = built(account, reader, row, f"{name}[{n}]")
    lost = tuple(_lost(account, whole))
    if report is not None:
        account = _reported(account, report, at)
    return account, gathered((*told, *reader.problems, *lost))


def _lost(account: Account, whole: Detail) -> Iterator[Problem]:
    """Yields what the rows name and the file does not hold."""
    for name in KINDS:
        for n, row in enumerate(whole[name]):
            for arn in (*_attached(row), *filter(None, [_boundary(row)])):
                if find_managed_policy(account, arn) is None:
                    said = f"the policy {arn} is neither in the file nor one that is known here: it allows nothing"
                    yield behind(f"{name}[{n}]", said, WHOLE)
            for group in row.get("GroupList", ()):
                if group.lower() not in account.groups:
                    yield behind(
                        f"{name}[{n}].GroupList",
                        f"the group {group} is not in the file",
                        WHOLE,
                    )


# ------------------------------------------------------------------------ rows
def _attached(row: Detail) -> tuple[str, ...]:
    return tuple(policy["PolicyArn"] for policy in row.get("AttachedManagedPolicies", ()))


def _tags(row: Detail) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in row.get("Tags", ())}


def _boundary(row: Detail) -> str:
    return row.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


def _instant(value: object) -> datetime:
    found = date(value)
    assert found is not None, "described() has looked"
    return found


def _counts(policy: Policy, problem: Problem) -> str:
    """Tells what becomes of a statement that nobody here understands."""
    number = statement_number(problem)
    if not policy.statements:
        return f"it says nothing: {problem.text}"
    if number is None:
        return f"it is not understood, so here it allows nothing, and denies all that it may speak of: {problem.text}"
    allows = policy.statements[number].effect == "Allow"
    if allows:
        said = "an Allow that allows nothing here"
    else:
        said = "a Deny that denies here all that it may speak of"
    return f"statement {number + 1} is not understood, {said}: {problem.text}"


class _Reader:
    """What is complained of while rows are read: documents that do not parse, ids that are none."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        # Documents without a problem, which are read once.
        self._clear: dict[tuple[str, Kind, str], Document] = {}

    def document(self, value: object, kind: Kind, name: str, place: str) -> Document:
        """Returns a document as the file gives it. What AWS manages is held to no customer's bounds."""
        text = document(value)
        if (text, kind, name) in self._clear:
            return self._clear[text, kind, name]
        policy, problems = parse_stored(text, kind, name)
        beyond = () if name.startswith(AWS_OWN) else out_of_bounds(value)
        for told in beyond:
            said = f"`{name}` is kept, though IAM would not take it now: {told}"
            self.problems.append(behind(place, said, SHORTEN))
        for problem in problems:
            where = f"{place}, {problem.place.path}".removesuffix(", ")
            self.problems.append(
                behind(
                    where, f"`{name}` is kept, but {_counts(policy, problem)}", problem.mend
                )
            )
        found = Document(text, policy)
        if not beyond and not problems:
            self._clear[text, kind, name] = found
        return found

    def inline(self, row: Detail, kind: str, place: str) -> dict[str, Document]:
        """Returns the inline policies of a row by lower-cased name."""
        found = row.get(f"{kind}PolicyList", ())
        return {
            p["PolicyName"].lower(): self.document(
                p["PolicyDocument"],
                Kind.IDENTITY,
                p["PolicyName"],
                f"{place}.{kind}PolicyList[{n}]",
            )
            for n, p in enumerate(found)
        }

    def named(
        self, account: Account, row: Detail, kind: str, place: str
    ) -> tuple[Account, tuple[str, str, str, datetime]]:
        """Returns unique id, name, path and date of a row; an id that AWS would not give gives way to one of ours."""
        id = row[f"{kind}Id"]
        name = row[f"{kind}Name"]
        if strange(kind, id):
            if id:  # one that is missing was told of already
                said = f"`{kind}Id` is no unique id of AWS's ({ids.PREFIXES[kind.lower()]}…): a made one stands for it"
                self.problems.append(behind(place, said))
            account, id = ids.new_unique_id(account, kind.lower(), name.lower())
        return account, (id, name, row["Path"], _instant(row["CreateDate"]))


def _policy(account: Account, reader: _Reader, row: Detail, place: str) -> Account:
    """Returns a managed policy of the account's, or one of AWS's that is not known here."""
    arn = row["Arn"]
    if aws_policy(arn):
        return account
    account, (id, name, path, created) = reader.named(account, row, "Policy", place)
    held = tuple(
        PolicyVersion(
            version["VersionId"],
            reader.document(
                version["Document"], Kind.IDENTITY, arn, f"{place}, {version['VersionId']}"
            ),
            date(version.get("CreateDate")) or created,
        )
        for version in sorted(row["PolicyVersionList"], key=_number)
    )
    updated = date(row.get("UpdateDate")) or created
    minted = max(map(_number, row["PolicyVersionList"]))
    default = row["DefaultVersionId"]
    said = row.get("Description", "")
    made = ManagedPolicy(arn, id, name, path, created, updated, held, default, minted, said)
    book = "lent" if arn.startswith(AWS_OWN) else "policies"
    return replace(account, **{book: getattr(account, book).put(arn, made)})


def _number(version: Detail) -> int:
    return int(version["VersionId"].removeprefix("v").split(".")[0])


def _group(account: Account, reader: _Reader, row: Detail, place: str) -> Account:
    account, named = reader.named(account, row, "Group", place)
    return account.put(Group(*named, _attached(row), reader.inline(row, "Group", place)))


def _user(account: Account, reader: _Reader, row: Detail, place: str) -> Account:
    account, named = reader.named(account, row, "User", place)
    groups = (account.groups.get(name.lower()) for name in row.get("GroupList", ()))
    ids = tuple(group.id for group in groups if group)
    inline = reader.inline(row, "User", place)
    return account.put(
        User(*named, _tags(row), ids, _attached(row), inline, _boundary(row))
    )


def _role(account: Account, reader: _Reader, row: Detail, place: str) -> Account:
    account, named = reader.named(account, row, "Role", place)
    trust = reader.document(
        row["AssumeRolePolicyDocument"],
        Kind.TRUST,
        "trust policy",
        f"{place}.AssumeRolePolicyDocument",
    )
    role = Role(
        *named, trust, tags=_tags(row), attached=_attached(row), boundary=_boundary(row)
    )
    account = account.put(replace(role, inline=reader.inline(row, "Role", place)))
    last = row.get("RoleLastUsed", {})
    account = _profiles(account, reader, role, row, place)
    if (used := date(last.get("LastUsedDate"))) is None:
        return account
    use = Use(used, last.get("Region", ids.REGION), "")
    return replace(account, usage=account.usage.put(role.id, {"": use}))


def _profiles(
    account: Account, reader: _Reader, role: Role, row: Detail, place: str
) -> Account:
    """Returns the account with the instance profiles that hold a role; what one lacks is the role's, or made. A profile
    holds one role.
    """
    for n, profile in enumerate(row.get("InstanceProfileList", ())):
        id = profile.get("InstanceProfileId", "")
        name = profile["InstanceProfileName"]
        if name.lower() in account.instance_profiles:
            said = f"the instance profile {name} holds another role already, and here that alone"
            reader.problems.append(behind(f"{place}.InstanceProfileList[{n}]", said))
            continue
        if strange("instance-profile", id):
            account, id = ids.new_unique_id(account, "instance-profile", name.lower())
        path = profile.get("Path", "/")
        created = date(profile.get("CreateDate")) or role.created
        made = InstanceProfile(id, name, path, created, (role.id,), _tags(profile))
        account = replace(
            account, instance_profiles=account.instance_profiles.put(name.lower(), made)
        )
    return account


BUILT: Mapping[
    str, Callable[[Account, _Reader, Detail, str], Account]
] = {  # groups before their members
    "Policies": _policy,
    "GroupDetailList": _group,
    "UserDetailList": _user,
    "RoleDetailList": _role,
}


# ------------------------------------------------------------ credential report
def _reported(account: Account, report: str, at: datetime) -> Account:
    """Returns the account with the passwords, keys and devices of a credential report: they exist, nobody knows their
    secrets.
    """
    import csv  # few accounts come with a report

    rows = csv.DictReader(report.splitlines())
    try:
        lacking = [name for name in reports.COLUMNS if name not in (rows.fieldnames or ())]
        found = () if lacking else tuple(rows)
    except csv.Error as wrong:
        raise unreadable(
            [fault("", f"the credential report is no CSV: {wrong}", REPORT)]
        ) from None
    problems = [
        fault(name, "the credential report lacks this column", REPORT) for name in lacking
    ]
    if problems := [*problems, *_unlike(account, found)]:
        raise unreadable(problems)
    for row in found:
        account = _owner(account, row, at)
    return account


REPORT = "write it with `aws iam get-credential-report --query Content --output text | base64 -d`"
ROOT = "<root_account>"


def _unlike(account: Account, rows: tuple[dict[str, str], ...]) -> Iterator[Problem]:
    """Yields the rows of a report that are of another account, of nobody in it, twice, or of other cells than the
    columns.
    """
    lines: dict[str, int] = {}
    for n, row in enumerate(rows, 2):
        place = f"the credential report, line {n}"
        if set(map(type, row.values())) != {str}:
            yield fault(place, "it has not as many cells as there are columns", REPORT)
        elif row["arn"].split(":")[4:5] != [account.id]:
            yield fault(
                place,
                f"`{row['arn']}` is not of the account {account.id}",
                "bring both of one account",
            )
        elif row["user"] != ROOT and row["user"].lower() not in account.users:
            yield fault(
                place,
                f"the details hold no user `{row['user']}`",
                "write both again, one after the other",
            )
        elif (first := lines.setdefault(row["user"].lower(), n)) != n:
            yield fault(
                place,
                f"`{row['user']}` is there already, in line {first}",
                "leave one of them out",
            )


def _owner(account: Account, row: Mapping[str, str], at: datetime) -> Account:
    """Returns the account with what one row tells: a password, up to two keys, a device."""
    user = account.users.get(row["user"].lower())
    owner, name = (user.id, user.name) if user else (account.id, "root")
    if user and row["password_enabled"] == "true":
        changed = date(row["password_last_changed"]) or user.created
        login = LoginProfile(
            user.created, changed, ("",), used=date(row["password_last_used"])
        )
        account = account.put(replace(user, login=login))
    for n in (1, 2):
        account = _key(account, owner, name, row, f"access_key_{n}")
    if row["mfa_active"] == "true":
        serial = ids.arn(account, "mfa", name)
        device = MfaDevice(serial, ids.mfa_seed(account, serial, 1), at, owner, at)
        account = replace(account, devices=account.devices.put(serial, device))
    return account


def _key(
    account: Account, owner: str, name: str, row: Mapping[str, str], column: str
) -> Account:
    created = date(row[f"{column}_last_rotated"])
    if created is None:
        return account
    account, key = sessions.new_key(
        replace(account, calls=account.calls + 1), owner, name, created
    )
    if row[f"{column}_active"] == "true":
        status = "Active"
    else:
        status = "Inactive"
    account = replace(
        account, credentials=account.credentials.put(key.id, replace(key, status=status))
    )
    if used := date(row[f"{column}_last_used_date"]):
        use = Use(
            used, row[f"{column}_last_used_region"], row[f"{column}_last_used_service"]
        )
        account = replace(account, usage=account.usage.put(key.id, {"": use}))
    return account
