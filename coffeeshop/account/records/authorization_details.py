"""Import and export of GetAccountAuthorizationDetails: the identities and policies of a real account.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
The document has no secrets, resource policies and service control policies, and neither the description nor the longest
session of a role. So an imported account doesn't have them.
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
    KINDS_BY_LIST,
    WRITE_ALL_FIX,
    Detail,
    account_id_of,
    contradictions,
    details_fault,
    details_problems,
    document_text,
    is_unknown_id,
    left_behind,
    limit_violations,
    merge_problems,
    read_date,
    read_details,
)
from coffeeshop.account.services.iam import reports
from coffeeshop.account.values import Document
from coffeeshop.policy.language.stored_document import parse_stored, statement_number
from coffeeshop.policy.model import Kind, Policy, Problem

AWS_OWN = "arn:aws:iam::aws:"
SHORTEN_FIX = "mend it in the account before it is to be changed there"
# An e-mail address, no password, no name: the document does not tell.
UNKNOWN_OWNER = ("owner@example.com", "", "")


def export_details(account: Account) -> str:
    """Return the account's authorization details as JSON text."""
    return json.dumps(reports.all_authorization_details(account), indent=4)


def import_details(
    text: str,
    seed: bytes,
    at: datetime,
    report: str | None = None,
    owner: tuple[str, str, str] = UNKNOWN_OWNER,
) -> tuple[Account, tuple[Problem, ...]]:
    """Return the account that a details file (and perhaps a credential report) describes, as it was at `at`.

    `owner` is root's e-mail address and password, and the account's name. The problems list the parts that aren't
    imported, and the statements that the parser can't interpret. These are kept, and count as denying rather than
    allowing (`stored_document`). Raise Problems if the file can't be read.
    """
    whole, problems = read_details(text, at)
    if faults := tuple(contradictions(whole)):
        raise details_problems(faults)
    account = ids.new_account(account_id_of(whole), seed, at, *owner)
    reader = _RowReader()
    for name, import_row in IMPORTERS.items():
        for number, row in enumerate(whole[name]):
            account = import_row(account, reader, row, f"{name}[{number}]")
    missing = tuple(_missing_references(account, whole))
    if report is not None:
        account = _import_report(account, report, at)
    return account, merge_problems((*problems, *reader.problems, *missing))


def _missing_references(account: Account, whole: Detail) -> Iterator[Problem]:
    """Yield the problems with policies and groups that rows name and that aren't in the file."""
    for name in KINDS_BY_LIST:
        for number, row in enumerate(whole[name]):
            place = f"{name}[{number}]"
            for arn in (*_attached_arns(row), *filter(None, [_boundary_arn(row)])):
                if find_managed_policy(account, arn) is None:
                    text = f"the policy {arn} is neither in the file nor one that is known here: it allows nothing"
                    yield left_behind(place, text, WRITE_ALL_FIX)
            for group in row.get("GroupList", ()):
                if group.lower() not in account.groups:
                    text = f"the group {group} is not in the file"
                    yield left_behind(f"{place}.GroupList", text, WRITE_ALL_FIX)


# ------------------------------------------------------------------------ rows
def _attached_arns(row: Detail) -> tuple[str, ...]:
    return tuple(policy["PolicyArn"] for policy in row.get("AttachedManagedPolicies", ()))


def _tags_of(row: Detail) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in row.get("Tags", ())}


def _boundary_arn(row: Detail) -> str:
    return row.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


def _read_instant(value: object) -> datetime:
    at = read_date(value)
    assert at is not None, "read_details() has looked"
    return at


def _effect_of_fault(policy: Policy, problem: Problem) -> str:
    """Return the effect that a policy or statement has here if the parser can't interpret it."""
    number = statement_number(problem)
    if not policy.statements:
        return f"it says nothing: {problem.text}"
    if number is None:
        return f"it is not understood, so here it allows nothing, and denies all that it may speak of: {problem.text}"
    if policy.statements[number].effect == "Allow":
        effect = "an Allow that allows nothing here"
    else:
        effect = "a Deny that denies here all that it may speak of"
    return f"statement {number + 1} is not understood, {effect}: {problem.text}"


class _RowReader:
    """Reads parts of rows, and collects the problems with them: documents that don't parse, ids of the wrong form."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        # Documents without a problem: each is read once.
        self._clear: dict[tuple[str, Kind, str], Document] = {}

    def document(self, value: object, kind: Kind, name: str, place: str) -> Document:
        """Return a document of the file. The limits for customers don't bind AWS's own policies."""
        text = document_text(value)
        if (text, kind, name) in self._clear:
            return self._clear[text, kind, name]
        policy, problems = parse_stored(text, kind, name)
        if name.startswith(AWS_OWN):
            violations = ()
        else:
            violations = limit_violations(value)
        for violation in violations:
            warning = f"`{name}` is kept, though IAM would not take it now: {violation}"
            self.problems.append(left_behind(place, warning, SHORTEN_FIX))
        for problem in problems:
            problem_place = f"{place}, {problem.place.path}".removesuffix(", ")
            warning = f"`{name}` is kept, but {_effect_of_fault(policy, problem)}"
            self.problems.append(left_behind(problem_place, warning, problem.mend))
        document = Document(text, policy)
        if not violations and not problems:
            self._clear[text, kind, name] = document
        return document

    def inline(self, row: Detail, kind: str, place: str) -> dict[str, Document]:
        """Return the inline policies of a row by lower-cased name."""
        field = f"{kind}PolicyList"
        documents: dict[str, Document] = {}
        for number, policy in enumerate(row.get(field, ())):
            name = policy["PolicyName"]
            documents[name.lower()] = self.document(
                policy["PolicyDocument"], Kind.IDENTITY, name, f"{place}.{field}[{number}]"
            )
        return documents

    def identity(
        self, account: Account, row: Detail, kind: str, place: str
    ) -> tuple[Account, tuple[str, str, str, datetime]]:
        """Return unique id, name, path and date of a row. A new id replaces one that doesn't have AWS's form."""
        id = row[f"{kind}Id"]
        name = row[f"{kind}Name"]
        if is_unknown_id(kind, id):
            if id:  # a missing id was reported before
                warning = f"`{kind}Id` is no unique id of AWS's ({ids.ID_PREFIXES[kind.lower()]}…): a made one stands for it"
                self.problems.append(left_behind(place, warning))
            account, id = ids.new_unique_id(account, kind.lower(), name.lower())
        return account, (id, name, row["Path"], _read_instant(row["CreateDate"]))


def _import_policy(
    account: Account, reader: _RowReader, row: Detail, place: str
) -> Account:
    """Return the account with a customer managed policy, or with an AWS managed policy that isn't in our list."""
    arn = row["Arn"]
    if aws_policy(arn):
        return account
    account, (id, name, path, created) = reader.identity(account, row, "Policy", place)
    versions: list[PolicyVersion] = []
    for version in sorted(row["PolicyVersionList"], key=_version_number):
        version_id = version["VersionId"]
        document = reader.document(
            version["Document"], Kind.IDENTITY, arn, f"{place}, {version_id}"
        )
        version_created = read_date(version.get("CreateDate")) or created
        versions.append(PolicyVersion(version_id, document, version_created))
    policy = ManagedPolicy(
        arn,
        id,
        name,
        path,
        created,
        updated=read_date(row.get("UpdateDate")) or created,
        versions=tuple(versions),
        default=row["DefaultVersionId"],
        minted=max(map(_version_number, row["PolicyVersionList"])),
        description=row.get("Description", ""),
    )
    book = "lent" if arn.startswith(AWS_OWN) else "policies"
    return replace(account, **{book: getattr(account, book).put(arn, policy)})


def _version_number(version: Detail) -> int:
    return int(version["VersionId"].removeprefix("v").split(".")[0])


def _import_group(account: Account, reader: _RowReader, row: Detail, place: str) -> Account:
    account, identity = reader.identity(account, row, "Group", place)
    inline = reader.inline(row, "Group", place)
    return account.put(Group(*identity, _attached_arns(row), inline))


def _import_user(account: Account, reader: _RowReader, row: Detail, place: str) -> Account:
    """Return the account with the user of a row, in the groups that were imported before."""
    account, identity = reader.identity(account, row, "User", place)
    groups = (account.groups.get(name.lower()) for name in row.get("GroupList", ()))
    group_ids = tuple(group.id for group in groups if group)
    inline = reader.inline(row, "User", place)
    user = User(
        *identity,
        _tags_of(row),
        group_ids,
        _attached_arns(row),
        inline,
        _boundary_arn(row),
    )
    return account.put(user)


def _import_role(account: Account, reader: _RowReader, row: Detail, place: str) -> Account:
    """Return the account with the role of a row, its instance profiles and its last use."""
    account, identity = reader.identity(account, row, "Role", place)
    trust = reader.document(
        row["AssumeRolePolicyDocument"],
        Kind.TRUST,
        "trust policy",
        f"{place}.AssumeRolePolicyDocument",
    )
    role = Role(
        *identity,
        trust,
        tags=_tags_of(row),
        attached=_attached_arns(row),
        boundary=_boundary_arn(row),
    )
    account = account.put(replace(role, inline=reader.inline(row, "Role", place)))
    account = _import_profiles(account, reader, role, row, place)
    last_use = row.get("RoleLastUsed", {})
    used = read_date(last_use.get("LastUsedDate"))
    if used is None:
        return account
    use = Use(used, last_use.get("Region", ids.REGION), "")
    return replace(account, usage=account.usage.put(role.id, {"": use}))


def _import_profiles(
    account: Account, reader: _RowReader, role: Role, row: Detail, place: str
) -> Account:
    """Return the account with the instance profiles of a role.

    A profile without a date gets the role's date, and one without an id gets a new id.

    An instance profile holds one role.
    """
    for number, profile in enumerate(row.get("InstanceProfileList", ())):
        id = profile.get("InstanceProfileId", "")
        name = profile["InstanceProfileName"]
        key = name.lower()
        if key in account.instance_profiles:
            warning = f"the instance profile {name} holds another role already, and here that alone"
            profile_place = f"{place}.InstanceProfileList[{number}]"
            reader.problems.append(left_behind(profile_place, warning))
            continue
        if is_unknown_id("instance-profile", id):
            account, id = ids.new_unique_id(account, "instance-profile", key)
        path = profile.get("Path", "/")
        created = read_date(profile.get("CreateDate")) or role.created
        instance_profile = InstanceProfile(
            id, name, path, created, (role.id,), _tags_of(profile)
        )
        profiles = account.instance_profiles.put(key, instance_profile)
        account = replace(account, instance_profiles=profiles)
    return account


# Groups before their members.
IMPORTERS: Mapping[str, Callable[[Account, _RowReader, Detail, str], Account]] = {
    "Policies": _import_policy,
    "GroupDetailList": _import_group,
    "UserDetailList": _import_user,
    "RoleDetailList": _import_role,
}


# ------------------------------------------------------------ credential report
def _import_report(account: Account, report: str, at: datetime) -> Account:
    """Return the account with the passwords, keys and devices of a credential report. Their secrets are unknown."""
    import csv  # few accounts come with a report

    reader = csv.DictReader(report.splitlines())
    try:
        columns = reader.fieldnames or ()
        missing_columns = [name for name in reports.REPORT_COLUMNS if name not in columns]
        rows = () if missing_columns else tuple(reader)
    except csv.Error as error:
        fault = details_fault(
            "", f"the credential report is no CSV: {error}", REPORT_COMMAND
        )
        raise details_problems([fault]) from None
    faults = [
        details_fault(name, "the credential report lacks this column", REPORT_COMMAND)
        for name in missing_columns
    ]
    faults += _report_faults(account, rows)
    if faults:
        raise details_problems(faults)
    for row in rows:
        account = _import_report_row(account, row, at)
    return account


REPORT_COMMAND = "write it with `aws iam get-credential-report --query Content --output text | base64 -d`"
ROOT_ROW = "<root_account>"


def _report_faults(account: Account, rows: tuple[dict[str, str], ...]) -> Iterator[Problem]:
    """Yield the problems with the rows of a report: the wrong number of cells, another account, an unknown user, a duplicate."""
    lines: dict[str, int] = {}
    for n, row in enumerate(rows, 2):
        place = f"the credential report, line {n}"
        if set(map(type, row.values())) != {str}:
            yield details_fault(
                place, "it has not as many cells as there are columns", REPORT_COMMAND
            )
        elif row["arn"].split(":")[4:5] != [account.id]:
            yield details_fault(
                place,
                f"`{row['arn']}` is not of the account {account.id}",
                "bring both of one account",
            )
        elif row["user"] != ROOT_ROW and row["user"].lower() not in account.users:
            yield details_fault(
                place,
                f"the details hold no user `{row['user']}`",
                "write both again, one after the other",
            )
        elif (first := lines.setdefault(row["user"].lower(), n)) != n:
            yield details_fault(
                place,
                f"`{row['user']}` is there already, in line {first}",
                "delete one of them",
            )


def _import_report_row(account: Account, row: Mapping[str, str], at: datetime) -> Account:
    """Return the account with the credentials in a row: a password, up to two keys, a device."""
    user = account.users.get(row["user"].lower())
    owner, name = (user.id, user.name) if user else (account.id, "root")
    if user and row["password_enabled"] == "true":
        changed = read_date(row["password_last_changed"]) or user.created
        login = LoginProfile(
            user.created, changed, ("",), used=read_date(row["password_last_used"])
        )
        account = account.put(replace(user, login=login))
    for n in (1, 2):
        account = _import_key(account, owner, name, row, f"access_key_{n}")
    if row["mfa_active"] == "true":
        serial = ids.arn(account, "mfa", name)
        device = MfaDevice(serial, ids.mfa_seed(account, serial, 1), at, owner, at)
        account = replace(account, devices=account.devices.put(serial, device))
    return account


def _import_key(
    account: Account, owner: str, name: str, row: Mapping[str, str], column: str
) -> Account:
    """Return the account with one access key of a credential report's row. `column` begins the names of its columns."""
    created = read_date(row[f"{column}_last_rotated"])
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
    if used := read_date(row[f"{column}_last_used_date"]):
        use = Use(
            used, row[f"{column}_last_used_region"], row[f"{column}_last_used_service"]
        )
        account = replace(account, usage=account.usage.put(key.id, {"": use}))
    return account
