"""Write the reports on a whole account: credential report, summary, authorization details.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from io import StringIO

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.credentials import AccessKey, LoginProfile
from coffeeshop.account.iam_resources import Entity, Group, ManagedPolicy, Role, User
from coffeeshop.account.instants import format_instant, format_timestamp
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.iam.attachments import INLINE_SIZE, MAX_ATTACHED
from coffeeshop.account.services.iam.credentials import MAX_ACCESS_KEYS, last_use
from coffeeshop.account.services.iam.identities import (
    GROUPS_PER_USER,
    MAX_GROUPS,
    MAX_ROLES,
    MAX_USERS,
    role_last_used,
)
from coffeeshop.account.services.iam.instance_profiles import (
    MAX_INSTANCE_PROFILES,
    profile_shape,
)
from coffeeshop.account.services.iam.policies import (
    MANAGED_SIZE,
    MAX_POLICIES,
    MAX_VERSIONS,
    Tally,
    count_policy_uses,
    policy_shape,
    version_shape,
)
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Document, Json, JsonObject

REPORT_LIFETIME = timedelta(hours=4)  # while a credential report is kept
NOT_SUPPORTED = "not_supported"
NOT_APPLICABLE = "N/A"
NO_INFORMATION = "no_information"
FALSE_TEXT = "false"

OPERATIONS = Operations()


# ---------------------------------------------------------- credential report
@OPERATIONS.add("GenerateCredentialReport")
def generate_credential_report(account: Account, act: Act) -> Change:
    """Create the report, which is ready at once (our choice) and stays the same for four
    hours.
    """
    if account.reported_at is not None and act.at - account.reported_at < REPORT_LIFETIME:
        return account, Reply({"State": "COMPLETE"})
    text = "No report exists. Starting a new report generation task"
    account_after = replace(account, reported=account.without_history(), reported_at=act.at)
    body = {"State": "STARTED", "Description": text}
    return account_after, Reply(body)


@OPERATIONS.add("GetCredentialReport")
def get_credential_report(account: Account, act: Act) -> Change:
    """Return the credential report in CSV format. It must have been generated in the last four hours."""
    if account.reported is None or account.reported_at is None:
        # What clients print where AWS says nothing (seen).
        raise errors.service_error("ReportNotPresent", "Unknown")
    if act.at - account.reported_at >= REPORT_LIFETIME:
        # Uncertain.
        raise errors.service_error(
            "ReportExpired", "The report is older than four hours. Generate a new report."
        )
    body = {
        "Content": credential_report(account.reported).encode(),
        "ReportFormat": "text/csv",
    }
    return account, Reply({**body, "GeneratedTime": format_timestamp(account.reported_at)})


def credential_report(account: Account) -> str:
    """Return the report as AWS writes it.

    It is CSV, with root first, then users by name without regard to case, and no line end
    at the end.
    """
    report = StringIO()
    # Row by row: thousands of rows at once would want memory of their own.
    report.writelines(_report_lines(account))
    return report.getvalue()


def _report_lines(account: Account) -> Iterator[str]:
    """Yield the lines of the report, each but the first with a line end before it."""
    keys = _keys_by_owner(account)
    mfa_owners = {device.owner for device in account.devices.values()}
    with_credentials = mfa_owners | keys.keys()
    arns = account.arn_prefix(User)
    yield ",".join(REPORT_COLUMNS)
    yield f"\n<root_account>,{account.root_arn},{_root_cells(account, keys.get(account.id, ()), mfa_owners)}"
    for user in account.users.values():
        arn = f"{arns}{user.path}{user.name}"
        if "," in arn or '"' in arn:
            identity = _quote_cells(user.name, arn)
        else:
            identity = f"{user.name},{arn}"
        # In a large account most users have none.
        has_no_credentials = not user.login and user.id not in with_credentials
        if has_no_credentials:
            cells = NO_CREDENTIALS
        else:
            cells = _user_cells(account, user, keys.get(user.id, ()), mfa_owners)
        yield f"\n{identity},{format_instant(user.created)},{cells}"


def _quote_cells(*cells: str) -> str:
    """Return cells in quotes, for names with a comma or quote in them (our choice: AWS
    doesn't say).

    All other cells are words and dates. Running csv over them would take three times as
    long.
    """
    import csv  # for the few accounts with such names

    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return line.getvalue()


_KEY_COLUMNS = (
    "active",
    "last_rotated",
    "last_used_date",
    "last_used_region",
    "last_used_service",
)
REPORT_COLUMNS = (
    *(
        "user",
        "arn",
        "user_creation_time",
        "password_enabled",
        "password_last_used",
        "password_last_changed",
    ),
    *("password_next_rotation", "mfa_active"),
    *(f"access_key_{n}_{column}" for n in (1, 2) for column in _KEY_COLUMNS),
    *(f"cert_{n}_{column}" for n in (1, 2) for column in ("active", "last_rotated")),
)
NO_PASSWORD = ",".join((FALSE_TEXT, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE))
NO_KEY = ",".join(
    (FALSE_TEXT, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE)
)
NO_CERTIFICATES = ",".join((FALSE_TEXT, NOT_APPLICABLE) * 2)
# Most users of a large account have neither.
NO_CREDENTIALS = ",".join(
    (NO_PASSWORD, FALSE_TEXT, *[NO_KEY] * MAX_ACCESS_KEYS, NO_CERTIFICATES)
)


def _keys_by_owner(account: Account) -> dict[str, list[AccessKey]]:
    """Return the access keys of each owner, oldest first, without deleted ones."""
    keys_by_owner: dict[str, list[AccessKey]] = {}
    for key in account.credentials.values():
        if isinstance(key, AccessKey) and key.status != "Deleted":
            keys_by_owner.setdefault(key.owner, []).append(key)
    return {
        owner: sorted(keys, key=lambda key: key.made)
        for owner, keys in keys_by_owner.items()
    }


def _root_cells(account: Account, keys: Sequence[AccessKey], mfa_owners: Set[str]) -> str:
    """Return the root user's cells after the ARN."""
    password = f"{NOT_SUPPORTED},{_instant_or_never(account.root.used)},{NOT_SUPPORTED},{NOT_SUPPORTED}"
    mfa = _truth_word(account.id in mfa_owners)
    return f"{format_instant(account.created)},{password},{mfa},{_keys_cells(account, keys)},{NO_CERTIFICATES}"


def _user_cells(
    account: Account, user: User, keys: Sequence[AccessKey], mfa_owners: Set[str]
) -> str:
    """Return a user's cells after the creation time."""
    if user.login:
        password = _password_cells(account, user.login)
    else:
        password = NO_PASSWORD
    mfa = _truth_word(user.id in mfa_owners)
    return f"{password},{mfa},{_keys_cells(account, keys)},{NO_CERTIFICATES}"


def _instant_or_never(at: datetime | None) -> str:
    if at:
        return format_instant(at)
    return NO_INFORMATION


def _truth_word(value: bool) -> str:
    if value:
        return "true"
    return FALSE_TEXT


def _password_cells(account: Account, login: LoginProfile) -> str:
    """Return the report's cells about a user's password: enabled, last used, last changed, next rotation."""
    if account.password_policy:
        age = account.password_policy.max_age
    else:
        age = 0
    if age:
        rotation = format_instant(login.changed + timedelta(days=age))
    else:
        rotation = NOT_APPLICABLE
    return (
        f"true,{_instant_or_never(login.used)},{format_instant(login.changed)},{rotation}"
    )


def _keys_cells(account: Account, keys: Sequence[AccessKey]) -> str:
    cells = [_key_cells(account, key) for key in keys[:MAX_ACCESS_KEYS]]
    return ",".join(cells + [NO_KEY] * (MAX_ACCESS_KEYS - len(cells)))


def _key_cells(account: Account, key: AccessKey) -> str:
    """Return the report's cells about an access key: active, last rotated, last used with Region and service."""
    last = last_use(account, key.id)
    if last:
        place = f"{format_instant(last.at)},{last.region},{last.service}"
    else:
        place = f"{NOT_APPLICABLE},{NOT_APPLICABLE},{NOT_APPLICABLE}"
    return f"{_truth_word(key.status == 'Active')},{format_instant(key.created)},{place}"


# -------------------------------------------------------------------- summary
@OPERATIONS.add("GetAccountSummary")
def get_account_summary(account: Account, act: Act) -> Change:
    """Return the number of things in the account, and the quotas.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    virtual = [device for serial, device in account.devices.items() if ":mfa/" in serial]
    counts: JsonObject = {
        "Users": len(account.users),
        "UsersQuota": MAX_USERS,
        "Groups": len(account.groups),
        "GroupsQuota": MAX_GROUPS,
        "Roles": len(account.roles),
        "RolesQuota": MAX_ROLES,
        "Policies": len(account.policies),
        "PoliciesQuota": MAX_POLICIES,
        "PolicySizeQuota": MANAGED_SIZE,
        "PolicyVersionsInUse": sum(
            len(policy.versions) for policy in account.policies.values()
        ),
        "PolicyVersionsInUseQuota": 10000,
        "VersionsPerPolicyQuota": MAX_VERSIONS,
        "UserPolicySizeQuota": INLINE_SIZE[User],
        "GroupPolicySizeQuota": INLINE_SIZE[Group],
        "RolePolicySizeQuota": INLINE_SIZE[Role],
        "AttachedPoliciesPerUserQuota": MAX_ATTACHED,
        "AttachedPoliciesPerGroupQuota": MAX_ATTACHED,
        "AttachedPoliciesPerRoleQuota": MAX_ATTACHED,
        "GroupsPerUserQuota": GROUPS_PER_USER,
        "AccessKeysPerUserQuota": MAX_ACCESS_KEYS,
        "AssumeRolePolicySizeQuota": policy_documents.TRUST_SIZE,
        "SigningCertificatesPerUserQuota": 2,
        "ServerCertificates": 0,
        "ServerCertificatesQuota": 20,
        "InstanceProfiles": len(account.instance_profiles),
        "InstanceProfilesQuota": MAX_INSTANCE_PROFILES,
        "Providers": len(account.oidc_providers) + len(account.saml_providers),
        "MFADevices": len(virtual),
        "MFADevicesInUse": sum(bool(device.owner) for device in account.devices.values()),
        "AccountMFAEnabled": int(bool(account.devices_of(account.id))),
        "AccountAccessKeysPresent": int(bool(account.keys_of(account.id))),
        "AccountPasswordPresent": 1,
        "AccountSigningCertificatesPresent": 0,
        "GlobalEndpointTokenVersion": 1,
    }
    body = {"SummaryMap": counts}
    return account, Reply(body)


# ------------------------------------------------------- authorization details
DETAIL_FILTERS = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")
DETAIL_LISTS = {
    User: "UserDetailList",
    Group: "GroupDetailList",
    Role: "RoleDetailList",
    ManagedPolicy: "Policies",
}


@OPERATIONS.add("GetAccountAuthorizationDetails")
def get_authorization_details(account: Account, act: Act) -> Change:
    """List the details in pages that run over all four lists.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    """
    kinds = act.call.words("Filter") or DETAIL_FILTERS
    usage = count_policy_uses(account)
    books = {
        str(n): _items_of_kind(account, kind, usage)
        for n, kind in enumerate(DETAIL_FILTERS)
        if kind in kinds
    }
    names = [f"{n}\0{name}" for n, book in books.items() for name in book]
    page = list_page(act.call, "Details", names, lambda name: name)
    page_names = page.body["Details"]
    assert isinstance(page_names, tuple), "page() answers a tuple"
    lists: dict[str, list[Json]] = {member: [] for member in DETAIL_LISTS.values()}
    for n, _, name in (str(name).partition("\0") for name in page_names):
        item = books[n][name]
        lists[DETAIL_LISTS[type(item)]].append(_item_shape(account, item, usage))
    rest = {key: value for key, value in page.body.items() if key != "Details"}
    body = {**{member: tuple(items) for member, items in lists.items()}, **rest}
    return account, Reply(body)


def _items_of_kind(
    account: Account, kind: str, usage: Tally
) -> Mapping[str, Entity | ManagedPolicy]:
    """Return the entities or policies of one kind for GetAccountAuthorizationDetails.

    AWS managed policies are listed only if they are in use (`usage`).
    """
    books: dict[str, Mapping[str, Entity | ManagedPolicy]] = {
        "User": account.users,
        "Group": account.groups,
        "Role": account.roles,
        "LocalManagedPolicy": account.policies,
    }
    if kind in books:
        return books[kind]
    aws_policies = (
        (arn, find_managed_policy(account, arn))
        for arn in {**usage[0], **usage[1]}
        if arn not in account.policies
    )
    return {arn: policy for arn, policy in aws_policies if policy}


def all_authorization_details(account: Account) -> JsonObject:
    """Return all of GetAccountAuthorizationDetails in one piece, for `export --format
    details`.
    """
    lists: dict[str, list[Json]] = {member: [] for member in DETAIL_LISTS.values()}
    usage = count_policy_uses(account)
    for kind in DETAIL_FILTERS:
        items = _items_of_kind(account, kind, usage)
        for key in sorted(items, key=str.lower):
            item = items[key]
            lists[DETAIL_LISTS[type(item)]].append(_item_shape(account, item, usage))
    return {member: tuple(shapes) for member, shapes in lists.items()}


def _item_shape(account: Account, item: Entity | ManagedPolicy, usage: Tally) -> JsonObject:
    """Return the details of one entity or policy.

    A user without inline policies has no list of them; groups and roles have an empty one
    (seen).
    """
    if isinstance(item, ManagedPolicy):
        versions = tuple(
            {
                **version_shape(item, version),
                "Document": policy_documents.document_json(version.document),
            }
            for version in reversed(item.versions)
        )
        return {**policy_shape(item, usage), "PolicyVersionList": versions}
    kind = type(item).__name__
    row: JsonObject = {
        "Path": item.path,
        f"{kind}Name": item.name,
        f"{kind}Id": item.id,
        "Arn": account.arn(item),
        "CreateDate": format_timestamp(item.created),
        "AttachedManagedPolicies": tuple(_attached_shapes(account, item)),
    }
    if item.inline or not isinstance(item, User):
        row[f"{kind}PolicyList"] = tuple(
            _inline_shape(document) for _, document in sorted(item.inline.items())
        )
    if isinstance(item, Role):
        row |= {
            "AssumeRolePolicyDocument": policy_documents.document_json(item.trust),
            "InstanceProfileList": tuple(
                profile_shape(account, profile) for profile in account.profiles_of(item)
            ),
            **role_last_used(account, item),
        }
    if isinstance(item, User):
        row["GroupList"] = tuple(
            sorted(group.name for id in item.groups if (group := account.entity_by_id(id)))
        )
    if not isinstance(item, Group):
        row["Tags"] = tag_list(item.tags)
        if item.boundary:
            row["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": item.boundary,
            }
    return row


def _attached_shapes(account: Account, item: Entity) -> Iterator[JsonObject]:
    for arn in sorted(item.attached, key=str.lower):
        yield {"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn}


def _inline_shape(document: Document) -> JsonObject:
    return {
        "PolicyName": document.policy.name,
        "PolicyDocument": policy_documents.document_json(document),
    }
