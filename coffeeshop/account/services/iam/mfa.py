"""MFA devices: apps (virtual devices), hardware tokens and security keys.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from urllib.parse import quote

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import totp
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.iam_resources import User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.lookups import is_roots_own, user
from coffeeshop.account.services.paging import page
from coffeeshop.account.services.tagging import tagged
from coffeeshop.account.values import Deferred, Json
from coffeeshop.policy.model import Standing

DEVICES = 8
ENROLMENT, RESYNC = (
    range(-10, 2),
    range(-998, 1001),
)  # where the second code may lie, in steps (our choice)
GUARDED = "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user."


OPERATIONS = Operations()


@OPERATIONS.add("CreateVirtualMFADevice")
def create_virtual(account: Account, act: Act) -> Change:
    """Makes a virtual device; its seed is shown here and never again."""
    call = act.call
    serial = ids.arn(
        account,
        "mfa",
        f"{call.text('Path', '/').lstrip('/')}{call.text('VirtualMFADeviceName')}",
    )
    if serial in account.devices:
        raise errors.entity_already_exists("device", serial)
    n = _births(account, serial) + 1
    device = replace(unmade(account, serial, act.at), tags=tagged({}, call, cased=True))
    account = replace(account, births=account.births.put(f"mfa/{serial}", n))
    shown = {"SerialNumber": serial, "Base32StringSeed": device.seed.encode()}
    name = call.text("VirtualMFADeviceName")
    # It takes longer than the call.
    picture = Deferred(shown, QRCodePNG=lambda: _picture(uri(account, device, name)))
    return _with_device(account, device), Reply({"VirtualMFADevice": picture})


def _picture(text: str) -> bytes:
    """Returns the PNG of a text's QR code."""
    import segno  # most plays show none

    file = BytesIO()
    segno.make(text, micro=False).save(file, kind="png", scale=4)
    return file.getvalue()


def _births(account: Account, serial: str) -> int:
    return account.births.get(f"mfa/{serial}", 0)


def unmade(account: Account, serial: str, at: datetime) -> MfaDevice:
    """Returns the virtual device that would be made under that serial."""
    return MfaDevice(
        serial, ids.mfa_seed(account, serial, _births(account, serial) + 1), at
    )


def uri(account: Account, device: MfaDevice, name: str) -> str:
    """Returns what a phone's app reads from the QR code; it never poses as AWS."""
    return f"otpauth://totp/Coffeeshop:{quote(name)}@{account.id}?secret={device.seed}&issuer=Coffeeshop"


def _with_device(account: Account, device: MfaDevice) -> Account:
    return replace(account, devices=account.devices.put(device.serial, device))


@OPERATIONS.add_with_standing("EnableMFADevice")
def enable(account: Account, act: Act, standing: Standing) -> Change:
    found = user(account, act.call)
    guard_own(account, found, standing)
    return enrolled(account, found.id, found.name, act), DONE


def enrolled(account: Account, owner: str, name: str, act: Act) -> Account:
    """Returns the account after a device was enabled for a unique id (the account's id: root), with two consecutive
    codes.
    """
    serial = act.call.text("SerialNumber")
    device = account.devices.get(serial)
    if device is None or not device.seed:
        raise errors.no_such_entity("device", serial)
    if device.owner == owner:
        raise errors.entity_already_exists("own device", name)
    if device.owner:
        raise errors.entity_already_exists("used device", serial)
    errors.check_quota(account.devices_of(owner), DEVICES, "MFADevicesPerUser")
    first = act.call.text("AuthenticationCode1")
    second = act.call.text("AuthenticationCode2")
    paired = totp.resync_device(replace(device, drift=0), first, second, act.at, ENROLMENT)
    return _with_device(account, replace(paired, owner=owner, enabled=act.at))


def guard_own(account: Account, user: User, standing: Standing) -> None:
    """Whoever has a device needs a session with MFA to add or remove one of their own, whatever policies say."""
    own = standing.principal.id == user.id
    if (
        own
        and account.devices_of(user.id)
        and standing.fixed.get("aws:MultiFactorAuthPresent") != ("true",)
    ):
        raise errors.access_denied(GUARDED)


def _own_device(account: Account, user: User, call: Call) -> MfaDevice:
    if (device := totp.enabled_device(account, user.id, call.text("SerialNumber"))) is None:
        raise errors.no_such_entity("own device", call.text("SerialNumber"))
    return device


@OPERATIONS.add("ResyncMFADevice")
def resync(account: Account, act: Act) -> Change:
    call = act.call
    device = _own_device(account, user(account, call), call)
    if not device.seed:
        raise errors.no_such_entity("own device", device.serial)
    return _with_device(
        account,
        totp.resync_device(
            device,
            call.text("AuthenticationCode1"),
            call.text("AuthenticationCode2"),
            act.at,
            RESYNC,
        ),
    ), DONE


@OPERATIONS.add_with_standing("DeactivateMFADevice")
def deactivate(account: Account, act: Act, standing: Standing) -> Change:
    found = user(account, act.call)
    guard_own(account, found, standing)
    return released(account, _own_device(account, found, act.call)), DONE


def released(account: Account, device: MfaDevice) -> Account:
    """Returns the account after a device was taken from its owner; a security key ends with that."""
    if not device.seed:
        return replace(account, devices=account.devices.drop(device.serial))
    return _with_device(account, replace(device, owner="", enabled=None, drift=0))


@OPERATIONS.add("DeleteVirtualMFADevice")
def delete_virtual(account: Account, act: Act) -> Change:
    serial = act.call.text("SerialNumber")
    device = account.devices.get(serial)
    if device is None or ":mfa/" not in serial:
        raise errors.no_such_entity("device", serial)
    if device.owner:
        raise errors.delete_conflict("MFA VirtualDevice in use. Must deactivate first.")
    return replace(account, devices=account.devices.drop(serial)), DONE


def _shape(device: MfaDevice, name: str) -> dict[str, Json]:
    return {
        "UserName": name,
        "SerialNumber": device.serial,
        "EnableDate": format_timestamp(device.enabled or device.created),
    }


@OPERATIONS.add_with_standing("ListMFADevices")
def list_devices(account: Account, act: Act, standing: Standing) -> Change:
    if is_roots_own(act.call, standing):
        devices = {
            device.serial: _shape(device, "root")
            for device in account.devices_of(account.id)
        }
    else:
        found = user(account, act.call)
        devices = {
            device.serial: _shape(device, found.name)
            for device in account.devices_of(found.id)
        }
    return account, page(act.call, "MFADevices", devices, lambda serial: devices[serial])


@OPERATIONS.add_with_standing("GetMFADevice")
def get(account: Account, act: Act, standing: Standing) -> Change:
    """Tells of a security key; of devices that show codes it tells nothing."""
    serial = act.call.text("SerialNumber")
    if is_roots_own(act.call, standing):
        owner = account.id
        name = "root"
    else:
        named = user(account, act.call)
        owner = named.id
        name = named.name
    device = totp.enabled_device(account, owner, serial)
    if device is None:
        raise errors.no_such_entity("own device", serial)
    if device.seed:
        raise errors.validation_error(
            "The specified serial number is not that of a FIDO security key."
        )  # uncertain
    return account, Reply(_shape(device, name))


@OPERATIONS.add("ListVirtualMFADevices")
def list_virtual(account: Account, act: Act) -> Change:
    """Lists devices, never with seeds."""
    status = act.call.text("AssignmentStatus", "Any")
    found = {
        s: d
        for s, d in account.devices.items()
        if ":mfa/" in s and status in {"Any", "Assigned" if d.owner else "Unassigned"}
    }
    return account, page(
        act.call,
        "VirtualMFADevices",
        found,
        lambda serial: _virtual(account, found[serial]),
    )


def _virtual(account: Account, device: MfaDevice) -> dict[str, Json]:
    if not device.owner:
        return {"SerialNumber": device.serial}
    enabled: dict[str, Json] = {
        "EnableDate": format_timestamp(device.enabled or device.created)
    }
    holder = account.entity_by_id(device.owner)
    who: dict[str, Json] = {
        "UserId": account.id,
        "Arn": account.root_arn,
        "CreateDate": format_timestamp(account.created),
    }
    if isinstance(holder, User):
        made = format_timestamp(holder.created)
        who = {
            "Path": holder.path,
            "UserName": holder.name,
            "UserId": holder.id,
            "Arn": account.arn(holder),
            "CreateDate": made,
        }
    return {"SerialNumber": device.serial, "User": who, **enabled}
