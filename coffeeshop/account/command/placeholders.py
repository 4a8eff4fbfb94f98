"""Replace references such as `@phone`, `@key` and `@unit:Shops`, whose values can't be known in advance.

They are replaced when a line is read, so CloudTrail records the values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from coffeeshop.account.access import totp
from coffeeshop.account.access.web_identity import issue_token
from coffeeshop.account.command.option_values import UnreadableError
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.identity_center import IdentityCenter, PermissionSet
from coffeeshop.account.model import Account, Caller
from coffeeshop.account.values import Json

PlainParameters = Mapping[str, str]  # the line's own plain parameters


def resolve_reference(
    name: str,
    text: str,
    account: Account,
    caller: Caller,
    line: PlainParameters,
    at: datetime,
) -> str:
    """Return the value of a reference in a parameter.

    Other texts stay as they are. Raise UnreadableError.
    """
    form = PLACEHOLDER_FORMS.get(name)
    if form is None or not text.startswith("@"):
        return text
    pattern, example, find = form
    match = re.fullmatch(pattern, text)
    if match is None:
        raise UnreadableError(
            "bad-reference", f"{text!r} is no reference of {name}", f"write {example}"
        )
    return find(account, caller, line, at, match[1] or "")


def resolve_references(
    name: str,
    value: Json,
    account: Account,
    caller: Caller,
    line: PlainParameters,
    at: datetime,
) -> Json:
    """Return a parameter with its references resolved, also those inside a structure, such as MemberId."""
    if isinstance(value, str):
        return resolve_reference(name, value, account, caller, line, at)
    if isinstance(value, Mapping) and holds_reference(value):
        return {
            member: resolve_references(member, part, account, caller, line, at)
            for member, part in value.items()
        }
    return value


def holds_reference(value: Mapping[str, Json]) -> bool:
    """Return whether a structure has a member with a reference, such as `@key`, that its parameter takes."""
    return any(
        isinstance(part, str) and part.startswith("@") and member in PLACEHOLDER_FORMS
        for member, part in value.items()
    )


def _mfa_code(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, later: str
) -> str:
    """Return the code that an MFA device shows now. With `later`, such as "1", return a later one.

    A device shows a new code every 30 seconds. `later` counts those codes.
    The device is the one with the line's serial number, or else the user's only device.
    """
    serial = line.get("SerialNumber", "")
    if serial:
        device = account.devices.get(serial)
        if device is None:
            raise UnreadableError(
                "bad-reference",
                f"there is no MFA device {serial}",
                "look at --serial-number",
            )
    else:
        device = _only_device(account, _owner_id(account, caller, line))
    if not device.seed:
        raise UnreadableError(
            "bad-reference", f"{device.serial} is a security key: it shows no codes"
        )
    return totp.device_code(device, at, int(later or 0))


def _only_device(account: Account, owner: str) -> MfaDevice:
    """Return the only MFA device of an owner. Raise UnreadableError if there are none or several."""
    devices = [device for device in account.devices.values() if device.owner == owner]
    if len(devices) != 1:
        serials = ", ".join(sorted(device.serial for device in devices))
        say = f"@phone stands for the user's only device; there are {len(devices)}: {serials}".rstrip(
            ": "
        )
        raise UnreadableError("bad-reference", say, "name one with --serial-number")
    return devices[0]


def _access_key_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, place: str
) -> str:
    """Return the id of the user's only access key, or of the first or second by age."""
    keys = account.keys_of(_owner_id(account, caller, line))
    ordinal = int(place or 0)
    if (ordinal or 1) > len(keys) or (not ordinal and len(keys) > 1):
        if len(keys) == 1:
            many = "one access key"
        else:
            many = f"{len(keys)} access keys"
        mend = ("create one first", "write @key", "write @key:1 or @key:2")[
            min(len(keys), 2)
        ]
        raise UnreadableError(
            "bad-reference",
            f"@key{f':{ordinal}' if ordinal else ''}: the user has {many}",
            mend,
        )
    return keys[(ordinal or 1) - 1].id


def _newest_job_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, _: str
) -> str:
    """Return the id of the newest job of GenerateServiceLastAccessedDetails."""
    if not account.jobs:
        raise UnreadableError(
            "bad-reference", "@job: there is no job yet", "generate one first"
        )
    return max(account.jobs, key=lambda id: (account.jobs[id].created, id))


def _unit_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, name: str
) -> str:
    """Return the id of the unit with that name, or of the organization's root."""
    if account.joined_organization:
        units = account.joined_organization.units.values()
    else:
        units = ()
    return _only_id(
        f"@unit:{name}" if name else "@root",
        [u.id for u in units if (u.name == name if name else not u.parent)],
    )


def _control_policy_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, name: str
) -> str:
    """Return the id of the organization's policy with that name."""
    if account.joined_organization:
        policies = account.joined_organization.policies.values()
    else:
        policies = ()
    return _only_id(
        f"@policy:{name}", [policy.id for policy in policies if policy.name == name]
    )


def _kms_key_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, alias: str
) -> str:
    """Return the id of the KMS key that has this alias."""
    found_alias = account.kms_aliases.get(alias)
    if found_alias is None:
        raise UnreadableError(
            "bad-reference",
            f"@{alias}: there is no such alias of a KMS key",
            "aws kms list-aliases lists them",
        )
    return found_alias.key


def _invitation_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, _: str
) -> str:
    """Return the id of the account's invitation that is still open."""
    accounts = (account, *account.others.values())
    organizations = (
        organization.organization for organization in accounts if organization.organization
    )
    all_invitations = (
        invitation
        for organization in organizations
        for invitation in organization.invitations.values()
    )
    invitations = (
        invitation for invitation in all_invitations if invitation.account == account.id
    )
    return _only_id(
        "@invitation",
        [invitation.id for invitation in invitations if invitation.state == "REQUESTED"],
    )


def _workload_token(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, name: str
) -> str:
    """Return the token that a workload outside AWS gets from its issuer now."""
    workload = account.workloads.get(name)
    if workload is None:
        names = ", ".join(account.workloads)
        raise UnreadableError(
            "bad-reference",
            f"@token:{name}: there is no workload {name}",
            f"workloads here: {names or 'none'}",
        )
    return issue_token(account, workload, at)


# --------------------------------------------------------------- Identity Center
def _own_center(account: Account, reference: str) -> IdentityCenter:
    """Return the account's Identity Center. Raise UnreadableError if there is none."""
    center = account.organization_center
    if center is None:
        text = f"{reference}: IAM Identity Center isn't enabled here"
        raise UnreadableError("bad-reference", text, "console enable-identity-center")
    return center


def _instance_arn(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, _: str
) -> str:
    """Return the ARN of the instance of Identity Center."""
    return _own_center(account, "@instance").arn


def _store_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, _: str
) -> str:
    """Return the id of the identity store."""
    return _own_center(account, "@identity-store").store


def _named_in_center(account: Account, text: str) -> str:
    """Return the id or ARN of "user:NAME", "group:NAME" or "permission-set:NAME". Raise UnreadableError."""
    kind, _, name = text.partition(":")
    center = _own_center(account, f"@{text}")
    match kind:
        case "user":
            thing = center.user_named(name)
            names = [user.name for user in center.users.values()]
        case "group":
            thing = center.group_named(name)
            names = [group.name for group in center.groups.values()]
        case _:
            thing = center.permission_set_named(name)
            names = [each.name for each in center.permission_sets.values()]
    if thing is None:
        say = f"@{text}: there is no {kind.replace('-', ' ')} {name} in IAM Identity Center"
        raise UnreadableError("bad-reference", say, f"here: {', '.join(names) or 'none'}")
    is_set = isinstance(thing, PermissionSet)
    return center.permission_set_arn(thing.id) if is_set else thing.id


def _center_thing(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, text: str
) -> str:
    """Return the id of a user or group of Identity Center, or the ARN of a permission set, by its name."""
    return _named_in_center(account, text)


def _membership_id(
    account: Account, caller: Caller, line: PlainParameters, at: datetime, text: str
) -> str:
    """Return the id of the membership of "GROUP/USER". Raise UnreadableError."""
    group, _, user = text.partition("/")
    center = _own_center(account, f"@membership:{text}")
    ids = (
        _named_in_center(account, f"group:{group}"),
        _named_in_center(account, f"user:{user}"),
    )
    membership = center.membership_of(*ids)
    if membership is None:
        say = f"@membership:{text}: {user} isn't in the group {group}"
        raise UnreadableError("bad-reference", say)
    return membership.id


def _only_id(reference: str, matching_ids: Sequence[str]) -> str:
    """Return the only id. Raise UnreadableError if there are none or several."""
    if len(matching_ids) != 1:
        say = f"{reference}: there are {len(matching_ids)} such things in the organization"
        raise UnreadableError(
            "bad-reference", say, "write its id; the organization's lists tell it"
        )
    return matching_ids[0]


def _owner_id(account: Account, caller: Caller, line: PlainParameters) -> str:
    """Return the unique id of the line's user, or else of the caller. Root's is the account id.

    Raise UnreadableError if there is no such user.
    """
    if "RootEmail" in line:
        return account.id
    if name := line.get("UserName", ""):
        user = account.users.get(name.lower())
        if user is None:
            raise UnreadableError(
                "bad-reference", f"there is no user {name}", "look at --user-name"
            )
        return user.id
    credential = account.credential_of(caller)
    if credential:
        return credential.owner
    return ""


Find = Callable[[Account, Caller, PlainParameters, datetime, str], str]
PHONE_CODE: tuple[str, str, Find] = (
    r"@phone([+-]\d{1,4})?",
    "@phone, @phone+1 or @phone-1",
    _mfa_code,
)
UNIT_PLACE: tuple[str, str, Find] = (
    r"@(?:root|unit:(.+))",
    "@unit:NAME or @root",
    _unit_id,
)
CENTER_FORMS: Mapping[str, tuple[str, str, Find]] = {
    "InstanceArn": (r"@instance()", "@instance", _instance_arn),
    "IdentityStoreId": (r"@identity-store()", "@identity-store", _store_id),
    "PermissionSetArn": (
        r"@(permission-set:.+)",
        "@permission-set:NAME",
        _center_thing,
    ),
    "UserId": (r"@(user:.+)", "@user:NAME", _center_thing),
    "GroupId": (r"@(group:.+)", "@group:NAME", _center_thing),
    "PrincipalId": (r"@((?:user|group):.+)", "@user:NAME or @group:NAME", _center_thing),
    "MembershipId": (r"@membership:(.+/.+)", "@membership:GROUP/USER", _membership_id),
}
PLACEHOLDER_FORMS: Mapping[str, tuple[str, str, Find]] = {
    **dict.fromkeys(
        ("TokenCode", "MfaCode", "AuthenticationCode1", "AuthenticationCode2"), PHONE_CODE
    ),
    "AccessKeyId": (r"@key(?::([1-9]))?", "@key, @key:1 or @key:2", _access_key_id),
    **dict.fromkeys(("KeyId", "TargetKeyId"), (r"@(alias/.+)", "@alias/NAME", _kms_key_id)),
    "JobId": (r"@job()", "@job", _newest_job_id),
    **dict.fromkeys(
        (
            "ParentId",
            "SourceParentId",
            "DestinationParentId",
            "TargetId",
            "OrganizationalUnitId",
            "RootId",
        ),
        UNIT_PLACE,
    ),
    **CENTER_FORMS,
    "WebIdentityToken": (r"@token:(.+)", "@token:WORKLOAD", _workload_token),
    "PolicyId": (r"@policy:(.+)", "@policy:NAME", _control_policy_id),
    "HandshakeId": (r"@invitation()", "@invitation", _invitation_id),
}


def profile_names(account: Account) -> tuple[str, ...]:
    """Return the profiles of all credentials, sorted."""
    return tuple(sorted({credential.profile for credential in account.all_credentials}))


def text_parameters(parameters: Mapping[str, Json]) -> PlainParameters:
    """Return the parameters that are text."""
    return {name: value for name, value in parameters.items() if isinstance(value, str)}
